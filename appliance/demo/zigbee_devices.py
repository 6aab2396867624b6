"""The Zigbee devices themselves: what each kind exposes, how it obeys, how it changes by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from appliance.demo import colour
from appliance.demo.wire import Fault, Job
from appliance.demo.zigbee2mqtt import Expose, Unsupported
from appliance.messages import Json

_NAMED_MIREDS = ("coolest", "cool", "neutral", "warm", "warmest")


class _Device:
    """What all kinds share."""

    model = ("Demo", "Zigbee device", "DEMO-0")

    def __init__(self, name: str, fault: Fault | None = None, device_class: str | None = None) -> None:
        self.name = name
        self.fault = fault or Fault()
        self.state: dict[str, Json] = {}
        self.report: Callable[[], None] = _nothing
        self.later: Callable[[float, Job], None] = _never
        self._device_class = device_class

    def exposes(self) -> Sequence[Expose]:
        """Its entities."""
        return ()

    def set(self, key: str, value: Json) -> None:
        """Apply one key of a command."""
        del value
        msg = f"No converter available for '{key}'"
        raise Unsupported(msg)

    def drift(self, chance: random.Random) -> bool:
        """Nothing changes by itself."""
        del chance
        return False

    def _classed(self, payload: dict[str, Json]) -> dict[str, Json]:
        return payload | {"device_class": self._device_class} if self._device_class else payload


class Light(_Device):
    """A dimmable lamp; with `mireds` its white can be tuned, with `colours` it has all colours."""

    def __init__(self, name: str, *, mireds: tuple[int, int] | None = None, colours: bool = False, brightness: int = 254,
                 is_on: bool = False, fault: Fault | None = None) -> None:  # fmt: skip
        super().__init__(name, fault)
        self.model = ("IKEA", "TRADFRI bulb E27", "LED1624G9" if colours else "LED1545G12")
        self._mireds = mireds
        self._colours = colours
        self.state = {"state": "ON" if is_on else "OFF", "brightness": brightness}
        if mireds is not None:
            self.state |= {"color_mode": "color_temp", "color_temp": min(370, mireds[1])}
        if colours:
            self.state |= {"color": {"x": 0.4599, "y": 0.4106}}
            self.state.setdefault("color_mode", "xy")

    def exposes(self) -> Sequence[Expose]:
        """One light with zigbee2mqtt's JSON schema."""
        modes = (["xy"] if self._colours else []) + (["color_temp"] if self._mireds else [])
        payload: dict[str, Json] = {
            "name": None,
            "schema": "json",
            "brightness": True,
            "brightness_scale": 254,
            "command_topic": "%topic%/set",
            "supported_color_modes": modes or ["brightness"],
            "effect": True,
            "effect_list": ["blink", "breathe", "okay", "finish_effect", "stop_effect"],
        }
        if self._mireds:
            payload |= {"min_mireds": self._mireds[0], "max_mireds": self._mireds[1]}
        return (Expose("light", "light", payload),)

    def set(self, key: str, value: Json) -> None:
        """State, brightness, colour, colour temperature; a transition and effects leave no trace in the state."""
        if key == "state":
            self.state["state"] = _switched(self.state["state"], value)
        elif key == "brightness":
            level = round(_number(key, value, 0, 255))
            self.state |= {"state": "ON", "brightness": min(level, 254)} if level else {"state": "OFF"}
        elif key == "color_temp" and self._mireds:
            self.state |= {"state": "ON", "color_mode": "color_temp", "color_temp": self._to_mireds(value)}
        elif key == "color" and self._colours:
            x, y = _xy(value)
            self.state |= {"state": "ON", "color_mode": "xy", "color": {"x": x, "y": y}}
        elif key not in ("transition", "effect"):
            super().set(key, value)

    def _to_mireds(self, value: Json) -> int:
        low, high = self._mireds or (0, 0)
        if value in _NAMED_MIREDS:
            return round(low + (high - low) * _NAMED_MIREDS.index(value) / (len(_NAMED_MIREDS) - 1))
        return round(min(max(_number("color_temp", value, 1, 10_000), low), high))


class Plug(_Device):
    """A switched outlet; with `watts` it meters what runs through it."""

    model = ("TuYa", "Smart plug (with power monitoring)", "TS011F_plug_1")

    def __init__(self, name: str, *, watts: float | None = None, is_on: bool = False, device_class: str | None = "outlet",
                 fault: Fault | None = None) -> None:  # fmt: skip
        super().__init__(name, fault, device_class)
        self._watts = watts
        self.state = {"state": "ON" if is_on else "OFF"}
        if watts is not None:
            self.state |= {"power": watts if is_on else 0, "energy": round(watts / 40, 2), "voltage": 231}

    def exposes(self) -> Sequence[Expose]:
        """A switch, and its meters."""
        switch = {"name": None, "command_topic": "%topic%/set", "payload_on": "ON", "payload_off": "OFF",
                  "value_template": "{{ value_json.state }}"}  # fmt: skip
        meters = (_sensor("power"), _sensor("energy"), _sensor("voltage")) if self._watts is not None else ()
        return (Expose("switch", "switch", self._classed(switch)), *meters)

    def set(self, key: str, value: Json) -> None:
        """The state; the power follows."""
        if key != "state":
            super().set(key, value)
        self.state["state"] = _switched(self.state["state"], value)
        if self._watts is not None:
            self.state["power"] = self._watts if self.state["state"] == "ON" else 0

    def drift(self, chance: random.Random) -> bool:
        """The load is never quite the same."""
        if not self._watts or self.state["state"] != "ON":
            return False
        self.state["power"] = round(self._watts * chance.uniform(0.96, 1.04), 1)
        self.state["energy"] = round(self.state["energy"] + self._watts / 100_000, 3)
        return True


class Cover(_Device):
    """A motor with a position: 0 closed, 100 open. The whole way takes `travel_s` seconds."""

    model = ("IKEA", "FYRTUR roller blind", "E1757")
    _STEP_S = 0.2

    def __init__(self, name: str, *, position: int = 100, travel_s: float = 1.0, device_class: str | None = None,
                 fault: Fault | None = None) -> None:  # fmt: skip
        super().__init__(name, fault, device_class)
        self._goal = position
        self._moving = False
        self._step = max(1, round(100 * self._STEP_S / travel_s))
        self.state = {"position": position, "state": _open_closed(position)}

    def exposes(self) -> Sequence[Expose]:
        """A cover with position; its kind is the owner's customisation."""
        return (Expose("cover", "cover", self._classed({
            "name": None, "command_topic": "%topic%/set", "set_position_topic": "%topic%/set", "position_topic": "%topic%",
            "set_position_template": '{ "position": {{ position }} }', "position_template": "{{ value_json.position }}",
            "value_template": "{{ value_json.state }}", "state_open": "OPEN", "state_closed": "CLOSE", "state_stopped": "STOP",
        })),)  # fmt: skip

    def set(self, key: str, value: Json) -> None:
        """Open, close, stop, or go to a position."""
        if key == "position":
            self._goal = round(_number(key, value, 0, 100))
        elif key == "state" and str(value).upper() in ("OPEN", "CLOSE", "STOP"):
            self._goal = {"OPEN": 100, "CLOSE": 0, "STOP": self.state["position"]}[str(value).upper()]
        else:
            super().set(key, value)
        if not self._moving and self._goal != self.state["position"]:
            self._moving = True
            self.later(self._STEP_S, self._move)

    def _move(self) -> None:
        here = self.state["position"]
        way = self._goal - here
        here += max(-self._step, min(self._step, way))
        self.state = {"position": here, "state": _open_closed(here)}
        self._moving = here != self._goal
        if self._moving:
            self.later(self._STEP_S, self._move)
        self.report()


class Lock(_Device):
    """A door lock whose motor takes a moment."""

    model = ("Danalock", "BT/ZB smartlock", "V3-BTZB")
    _TURN_S = 0.3

    def __init__(self, name: str, *, locked: bool = True, fault: Fault | None = None) -> None:
        super().__init__(name, fault)
        self.state = _lock_state(locked=locked) | {"battery": 86}

    def exposes(self) -> Sequence[Expose]:
        """A lock and its battery."""
        lock = {"name": None, "command_topic": "%topic%/set", "value_template": "{{ value_json.state }}", "payload_lock": "LOCK",
                "payload_unlock": "UNLOCK", "state_locked": "LOCK", "state_unlocked": "UNLOCK"}  # fmt: skip
        return (Expose("lock", "lock", lock), _sensor("battery"))

    def set(self, key: str, value: Json) -> None:
        """LOCK or UNLOCK; reported when the bolt has moved."""
        wanted = str(value).upper()
        if key != "state" or wanted not in ("LOCK", "UNLOCK"):
            super().set(key, value)
        self.later(self._TURN_S, lambda: self._turned(locked=wanted == "LOCK"))

    def _turned(self, *, locked: bool) -> None:
        self.state |= _lock_state(locked=locked)
        self.report()


class Thermostat(_Device):
    """A wall thermostat: the room follows its setpoint slowly."""

    model = ("Bosch", "Room thermostat II 230V", "BTH-RM230Z")

    def __init__(
        self, name: str, *, setpoint: float = 20.0, room: float = 20.4, mode: str = "heat", fault: Fault | None = None
    ) -> None:
        super().__init__(name, fault)
        self.state = {
            "current_heating_setpoint": setpoint,
            "local_temperature": room,
            "system_mode": mode,
            "running_state": "idle",
        }
        self.state["running_state"] = "heat" if self._gap() > 0 else "idle"

    def exposes(self) -> Sequence[Expose]:
        """A climate entity as zigbee2mqtt announces it."""
        return (Expose("climate", "climate", {
            "name": None, "min_temp": "5", "max_temp": "30", "temp_step": 0.5, "temperature_unit": "C",
            "modes": ["off", "heat", "auto"], "mode_command_topic": "%topic%/set/system_mode",
            "mode_state_topic": "%topic%", "mode_state_template": "{{ value_json.system_mode }}",
            "current_temperature_topic": "%topic%", "current_temperature_template": "{{ value_json.local_temperature }}",
            "temperature_state_topic": "%topic%", "temperature_state_template": "{{ value_json.current_heating_setpoint }}",
            "temperature_command_topic": "%topic%/set/current_heating_setpoint", "action_topic": "%topic%",
            "action_template": "{% set values = {None:None,'idle':'idle','heat':'heating','cool':'cooling','fan_only':'fan'} %}"
                               "{{ values[value_json.running_state] }}",
        }),)  # fmt: skip

    def set(self, key: str, value: Json) -> None:
        """Setpoint in steps of 0.5 degrees, or mode."""
        if key == "current_heating_setpoint":
            self.state[key] = round(_number(key, value, 5, 30) * 2) / 2
        elif key == "system_mode" and value in ("off", "heat", "auto"):
            self.state[key] = value
        else:
            super().set(key, value)
        self.state["running_state"] = "heat" if self._gap() > 0 else "idle"

    def drift(self, chance: random.Random) -> bool:
        """A step towards the setpoint while heating, else towards the cold outside."""
        step = 0.1 if self._gap() > 0 else -0.1 if self._gap() < 0 else chance.choice((-0.1, 0.0, 0.1))
        self.state["local_temperature"] = round(self.state["local_temperature"] + step, 1)
        self.state["running_state"] = "heat" if self._gap() > 0 else "idle"
        return step != 0

    def _gap(self) -> float:
        room: float = self.state["local_temperature"]
        goal: float = self.state["current_heating_setpoint"] if self.state["system_mode"] != "off" else min(room, 16.0)
        return round(goal - room, 1)


class Sensor(_Device):
    """A battery sensor with any of :data:`READINGS`; numbers wander, `True` and `False` stay."""

    model = ("Aqara", "Sensor", "WSDCGQ11LM")

    def __init__(
        self, name: str, *, readings: Mapping[str, Json], device_class: str | None = None, fault: Fault | None = None
    ) -> None:
        super().__init__(name, fault, device_class)
        self.state = dict(readings) | {"battery": 91}
        unknown = sorted(set(readings) - set(READINGS))
        if unknown:
            msg = f"{name}: no such reading: {unknown[0]} (there are {', '.join(READINGS)})"
            raise ValueError(msg)

    def exposes(self) -> Sequence[Expose]:
        """One entity for each reading."""
        return tuple(self._own_class(_sensor(key)) for key in self.state)

    def _own_class(self, one: Expose) -> Expose:
        detects = one.component == "binary_sensor"
        return Expose(one.component, one.object_id, self._classed(dict(one.payload))) if detects else one

    def drift(self, chance: random.Random) -> bool:
        """Readings wander a little; somebody may pass a motion sensor."""
        before = dict(self.state)
        for key, value in before.items():
            step = READINGS[key].wander
            if key == "occupancy":
                self.state[key] = chance.random() < 0.15
            elif step and not isinstance(value, bool):
                self.state[key] = round(value + chance.uniform(-step, step), READINGS[key].decimals)
        return self.state != before


class _Reading:
    """How one reading is announced, and how much it wanders between two reports."""

    def __init__(self, component: str, payload: Mapping[str, Json], wander: float = 0.0, decimals: int = 0) -> None:
        self.component = component
        self.payload = payload
        self.wander = wander
        self.decimals = decimals


def _measured(device_class: str, unit: str, **more: Json) -> dict[str, Json]:
    return {
        "device_class": device_class,
        "state_class": "measurement",
        "unit_of_measurement": unit,
        "enabled_by_default": True,
    } | more


def _detected(device_class: str, *, on: bool = True) -> dict[str, Json]:
    return {"device_class": device_class, "payload_on": on, "payload_off": not on}


READINGS: Mapping[str, _Reading] = {
    "temperature": _Reading("sensor", _measured("temperature", "°C"), 0.15, 1),
    "humidity": _Reading("sensor", _measured("humidity", "%"), 0.6, 1),
    "illuminance": _Reading("sensor", _measured("illuminance", "lx"), 6),
    "co2": _Reading("sensor", _measured("carbon_dioxide", "ppm", name="CO2"), 12),
    "soil_moisture": _Reading("sensor", _measured("moisture", "%", name="Soil moisture"), 0.4),
    "power": _Reading("sensor", _measured("power", "W")),
    "energy": _Reading("sensor", _measured("energy", "kWh", state_class="total_increasing")),
    "voltage": _Reading("sensor", _measured("voltage", "V", enabled_by_default=False, entity_category="diagnostic")),
    "battery": _Reading("sensor", _measured("battery", "%", entity_category="diagnostic")),
    "contact": _Reading("binary_sensor", _detected("door", on=False)),
    "occupancy": _Reading("binary_sensor", _detected("motion")),
    "water_leak": _Reading("binary_sensor", _detected("moisture")),
    "smoke": _Reading("binary_sensor", _detected("smoke")),
}
"""Key in the state to its discovery, as zigbee2mqtt writes it."""


def _sensor(key: str) -> Expose:
    reading = READINGS[key]
    return Expose(reading.component, key, dict(reading.payload) | {"value_template": "{{ value_json." + key + " }}"})


def _switched(now: str, value: Json) -> str:
    wanted = str(value).upper()
    if wanted == "TOGGLE":
        return "OFF" if now == "ON" else "ON"
    if wanted not in ("ON", "OFF"):
        msg = f"Invalid state '{value}'"
        raise Unsupported(msg)
    return wanted


def _number(key: str, value: Json, low: float, high: float) -> float:
    try:
        number = float(value) if not isinstance(value, bool) else None
    except (TypeError, ValueError):
        number = None
    if number is None or not low <= number <= high:
        msg = f"{key} value '{value}' is not a number from {low:g} to {high:g}"
        raise Unsupported(msg)
    return number


def _xy(value: Json) -> tuple[float, float]:
    """Chromaticity of the forms that zigbee2mqtt takes: xy, rgb, hue with saturation, hex."""
    if isinstance(value, str):
        value = {"hex": value}
    if isinstance(value, dict):
        if "x" in value and "y" in value:
            return round(_number("x", value["x"], 0, 1), 4), round(_number("y", value["y"], 0, 1), 4)
        if all(channel in value for channel in "rgb"):
            return colour.rgb_to_xy(*(_number(channel, value[channel], 0, 255) for channel in "rgb"))
        hue, saturation = value.get("hue", value.get("h")), value.get("saturation", value.get("s"))
        if hue is not None and saturation is not None:
            return colour.rgb_to_xy(
                *colour.hs_to_rgb(_number("hue", hue, 0, 360), _number("saturation", saturation, 0, 100))
            )
        rgb = colour.parse_hex(str(value.get("hex", "")))
        if rgb is not None:
            return colour.rgb_to_xy(*rgb)
    msg = f"Invalid color '{value}'"
    raise Unsupported(msg)


def _open_closed(position: int) -> str:
    return "OPEN" if position > 0 else "CLOSE"


def _lock_state(*, locked: bool) -> dict[str, str]:
    return {"state": "LOCK", "lock_state": "locked"} if locked else {"state": "UNLOCK", "lock_state": "unlocked"}


def _nothing() -> None:
    """No bridge is listening yet."""


def _never(_seconds: float, _job: Job) -> None:
    """No bridge keeps time yet."""
