"""A home file as a simulated home: every entity that a demo device can stand for becomes one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from appliance.demo.devices import DemoHome, DeviceSpec
from appliance.demo.zigbee2mqtt import Scene
from appliance.messages import Entity, Home, Json

_log = logging.getLogger(__name__)

_MIREDS = [153, 500]
_READING_OF: Mapping[str, str] = {
    "temperature": "temperature",
    "humidity": "humidity",
    "illuminance": "illuminance",
    "carbon_dioxide": "co2",
    "power": "power",
    "battery": "battery",
}
"""Device class of a sensor to its key in the JSON of a Zigbee device."""
_DETECTION_OF: Mapping[str, tuple[str, bool]] = {
    "motion": ("occupancy", True),
    "occupancy": ("occupancy", True),
    "door": ("contact", False),
    "window": ("contact", False),
    "opening": ("contact", False),
    "garage_door": ("contact", False),
    "moisture": ("water_leak", True),
    "smoke": ("smoke", True),
}
"""Device class of a binary sensor to its key, and the value there that means on."""


def simulated(home: Home) -> DemoHome:
    """The simulated home with the same floors, areas and names; what no demo device can stand for is left out and logged."""
    devices: dict[str, DeviceSpec] = {}
    scenes: list[Scene] = []
    left_out: list[str] = []
    for entity in home.entities:
        if entity.domain == "scene":
            scenes.append(Scene(len(scenes) + 1, entity.name, {}))
            continue
        made = _MAKERS[entity.domain](entity) if entity.domain in _MAKERS else None
        name = entity.name.translate(str.maketrans("/+#", "   ")).strip()
        if made is None or not name or name in devices:
            left_out.append(entity.id)
            continue
        kind, options = made
        devices[name] = DeviceSpec(kind, name, entity.area, options)
    if left_out:
        _log.warning("not simulated: %s", ", ".join(left_out))
    return DemoHome(home.floors, home.areas, tuple(devices.values()), tuple(scenes))


_Made = tuple[str, Mapping[str, Json]]


def _light(entity: Entity) -> _Made:
    brightness = round(_number(entity.attributes.get("brightness"), 255, 1, 255) * 254 / 255)
    return "zigbee_light", {"colours": True, "mireds": _MIREDS, "brightness": brightness, "is_on": entity.state == "on"}


def _plug(entity: Entity) -> _Made:
    return "zigbee_plug", {"is_on": entity.state == "on", "device_class": entity.device_class}


def _cover(entity: Entity) -> _Made:
    position = _number(entity.attributes.get("current_position"), 0 if entity.state == "closed" else 100, 0, 100)
    return "zigbee_cover", {"position": round(position), "device_class": entity.device_class}


def _lock(entity: Entity) -> _Made:
    return "zigbee_lock", {"locked": entity.state != "unlocked"}


def _climate(entity: Entity) -> _Made:
    setpoint = _number(entity.attributes.get("temperature"), 20, 5, 30)
    room = _number(entity.attributes.get("current_temperature"), setpoint, -40, 60)
    mode = entity.state if entity.state in ("off", "heat", "auto") else "heat"
    return "zigbee_thermostat", {"setpoint": setpoint, "room": room, "mode": mode}


def _sensor(entity: Entity) -> _Made | None:
    key = _READING_OF.get(entity.device_class or "")
    return ("zigbee_sensor", {"readings": {key: _number(entity.state, 20, -1e6, 1e6)}}) if key else None


def _binary_sensor(entity: Entity) -> _Made | None:
    found = _DETECTION_OF.get(entity.device_class or "")
    if found is None:
        return None
    key, on = found
    return "zigbee_sensor", {
        "readings": {key: on if entity.state == "on" else not on},
        "device_class": entity.device_class,
    }


def _board(part: str) -> Callable[[Entity], _Made]:
    return lambda _entity: ("board", {"parts": [{"part": part, "key": part}]})


_MAKERS: Mapping[str, Callable[[Entity], _Made | None]] = {
    "light": _light,
    "switch": _plug,
    "input_boolean": _plug,
    "cover": _cover,
    "lock": _lock,
    "climate": _climate,
    "sensor": _sensor,
    "binary_sensor": _binary_sensor,
    "fan": lambda _entity: ("esphome_fan", {}),
    "vacuum": lambda _entity: ("valetudo", {}),
    "valve": _board("valve"),
    "humidifier": _board("humidifier"),
}


def _number(value: Any, otherwise: float, low: float, high: float) -> float:
    try:
        return min(max(float(value), low), high)
    except (TypeError, ValueError):
        return otherwise
