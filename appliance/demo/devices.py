"""The simulated home: read from YAML, built as stations on a broker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from appliance.config import OutputSettings
from appliance.demo.boards import Board, Component, Door, Gauge, Humidifier, Valve
from appliance.demo.firmware import EspHomeFan, Valetudo
from appliance.demo.tasmota import Tasmota
from appliance.demo.wire import NO_FAULT, Clock, Fault, Station, Wire
from appliance.demo.zigbee2mqtt import Bridge, Scene, ZigbeeDevice
from appliance.demo.zigbee_devices import Cover, Light, Lock, Plug, Sensor, Thermostat
from appliance.errors import HomeError
from appliance.messages import Area, Floor, Json

HOME_FILE = Path(__file__).with_name("home.yaml")
"""The home that is simulated unless another is named."""

_log = logging.getLogger(__name__)

_ZIGBEE: Mapping[str, Callable[..., ZigbeeDevice]] = {
    "zigbee_light": Light,
    "zigbee_plug": Plug,
    "zigbee_cover": Cover,
    "zigbee_lock": Lock,
    "zigbee_thermostat": Thermostat,
    "zigbee_sensor": Sensor,
}
_STATIONS: Mapping[str, Callable[..., Station]] = {"tasmota": Tasmota, "esphome_fan": EspHomeFan, "valetudo": Valetudo}
_PARTS: Mapping[str, Callable[..., Component]] = {
    "door": Door,
    "gauge": Gauge,
    "valve": Valve,
    "humidifier": Humidifier,
}
_TELLS_AREA = ("esphome_fan", "valetudo")
"""Kinds that announce where they stand."""


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One device of the simulated home."""

    kind: str
    name: str
    """Its name towards people, also what faults are given to."""
    area: str | None = None
    """Area id."""
    options: Mapping[str, Json] = field(default_factory=dict)
    """Arguments of its class."""
    fault: Fault = NO_FAULT


@dataclass(frozen=True, slots=True)
class PinSpec:
    """One output of the node itself."""

    id: str
    """Entity id."""
    name: str
    area: str
    pin: int
    """BCM number."""
    kind: str
    """``relay`` or ``led``."""
    max_on_s: float | None = None


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A simulated home."""

    floors: tuple[Floor, ...]
    areas: tuple[Area, ...]
    devices: tuple[DeviceSpec, ...]
    scenes: tuple[Scene, ...] = ()
    pins: tuple[PinSpec, ...] = ()

    def area_of(self) -> Mapping[str, str]:
        """Device name to area id, for those that stand somewhere."""
        return {device.name: device.area for device in self.devices if device.area is not None}

    def with_faults(self, faults: Mapping[str, Fault]) -> DemoHome:
        """The same home with some devices misbehaving."""
        unknown = sorted(set(faults) - {device.name for device in self.devices})
        if unknown:
            msg = f"no simulated device is called {unknown[0]!r}"
            raise HomeError(msg)
        return replace(self, devices=tuple(replace(one, fault=faults.get(one.name, one.fault)) for one in self.devices))


def load_demo_home(path: Path = HOME_FILE) -> DemoHome:
    """Read a simulated home; raises :class:`HomeError` that names the place."""
    try:
        return parse_demo_home(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, HomeError) as error:
        msg = f"{path}: {error}"
        raise HomeError(msg) from error


def parse_demo_home(data: Json) -> DemoHome:
    """The simulated home of parsed YAML."""
    sections = {"floors", "areas", "devices", "scenes", "pins"}
    if not isinstance(data, dict) or not set(data) <= sections or "devices" not in data:
        msg = f"a simulated home has the sections {', '.join(sorted(sections))}; devices must be there"
        raise HomeError(msg)
    floors = tuple(_make(Floor, entry, "floors", aliases=tuple) for entry in _list(data, "floors"))
    areas = tuple(_make(Area, entry, "areas", aliases=tuple) for entry in _list(data, "areas"))
    devices = tuple(_device(entry) for entry in _list(data, "devices"))
    scenes = tuple(
        _make(Scene, {"id": number, **_dict(entry, "scenes")}, "scenes")
        for number, entry in enumerate(_list(data, "scenes"), 1)
    )
    pins = tuple(_make(PinSpec, entry, "pins") for entry in _list(data, "pins"))
    home = DemoHome(floors, areas, devices, scenes, pins)
    _check(home)
    return home


class Simulation:
    """All stations of a simulated home, connected to a broker."""

    def __init__(self, home: DemoHome, host: str, port: int) -> None:
        self._clock = Clock()
        self._wires = [Wire(self._clock, station, host, port) for station in stations(home)]

    def start(self, timeout: float = 10.0) -> None:
        """Connect them all and wait until each has announced itself; those that cannot are logged."""
        self._clock.start()
        for wire in self._wires:
            wire.start()
        missing = [wire for wire in self._wires if not wire.wait_announced(timeout)]
        if missing:
            _log.warning("%d simulated devices have no connection to the broker", len(missing))

    def stop(self) -> None:
        """Switch them all off."""
        for wire in self._wires:
            wire.stop()
        self._clock.stop()


def stations(home: DemoHome) -> Sequence[Station]:
    """The stations of a home: one bridge with all Zigbee devices, the others on their own."""
    zigbee: list[ZigbeeDevice] = []
    others: list[Station] = []
    names = {area.id: area.name for area in home.areas}
    for device in home.devices:
        try:
            if device.kind in _ZIGBEE:
                zigbee.append(_ZIGBEE[device.kind](device.name, fault=device.fault, **dict(device.options)))
            else:
                others.append(_station(device, names.get(device.area or "")))
        except (TypeError, ValueError) as error:
            msg = f"device {device.name!r}: {error}"
            raise HomeError(msg) from error
    return [Bridge(zigbee, home.scenes), *others] if zigbee else others


def outputs(home: DemoHome) -> tuple[OutputSettings, ...]:
    """The pins of a home as the configuration has them."""
    return tuple(
        OutputSettings(
            id=pin.id, name=pin.name, pin=pin.pin, kind=pin.kind, area=pin.area, max_on_s=pin.max_on_s or 0.0
        )
        for pin in home.pins
    )


def _station(device: DeviceSpec, area: str | None) -> Station:
    options = dict(device.options)
    if device.kind == "board":
        parts = [_part(dict(part), device.name) for part in options.pop("parts", ())]
        return Board(device.name, parts, area=area, fault=device.fault, **options)
    if device.kind in _TELLS_AREA:
        options["area"] = area
    return _STATIONS[device.kind](device.name, fault=device.fault, **options)


def _part(part: dict[str, Any], device: str) -> Component:
    kind = part.pop("part", None)
    if kind not in _PARTS:
        msg = f"device {device!r}: no such part: {kind} (there are {', '.join(_PARTS)})"
        raise HomeError(msg)
    return _PARTS[kind](**part)


def _device(entry: Json) -> DeviceSpec:
    options = dict(_dict(entry, "devices"))
    kind, name, area = options.pop("kind", None), options.pop("name", None), options.pop("area", None)
    kinds = (*_ZIGBEE, *_STATIONS, "board")
    if kind not in kinds:
        msg = f"device {name!r}: no such kind: {kind} (there are {', '.join(kinds)})"
        raise HomeError(msg)
    if not isinstance(name, str) or not name or any(sign in name for sign in "/+#"):
        msg = f"a device of kind {kind} needs a name without / + #, not {name!r}"
        raise HomeError(msg)
    return DeviceSpec(kind, name, area, options)


def _check(home: DemoHome) -> None:
    areas = {area.id for area in home.areas}
    names = [device.name for device in home.devices]
    places = [(device.name, device.area) for device in home.devices] + [(pin.name, pin.area) for pin in home.pins]
    for name, area in places:
        if area is not None and area not in areas:
            msg = f"{name!r} stands in the unknown area {area!r}"
            raise HomeError(msg)
    for name in names:
        if names.count(name) > 1:
            msg = f"two devices are called {name!r}"
            raise HomeError(msg)
    for scene in home.scenes:
        for name in scene.members:
            if name not in names:
                msg = f"scene {scene.name!r} names the unknown device {name!r}"
                raise HomeError(msg)
    stations(home)


def _make(cls: type[Any], entry: Json, section: str, **convert: Callable[[Any], Any]) -> Any:
    fields = {key: convert[key](value) if key in convert else value for key, value in _dict(entry, section).items()}
    try:
        return cls(**fields)
    except TypeError as error:
        msg = f"{section}: {error}"
        raise HomeError(msg) from error


def _list(data: Mapping[str, Json], key: str) -> list[Json]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        msg = f"{key} must be a list"
        raise HomeError(msg)
    return value


def _dict(entry: Json, section: str) -> dict[str, Json]:
    if not isinstance(entry, dict):
        msg = f"{section}: {entry!r} is no mapping"
        raise HomeError(msg)
    return entry
