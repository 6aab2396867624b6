"""What devices with Tasmota measure: sensors of their telemetry, detached switches, the battery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.home.announced import neat
from appliance.home.binding import STATE, Binding, Decay, Message, Reader, Update
from appliance.home.simple import json_object
from appliance.home.spec import MAX_NAME, Spec, readable
from appliance.home.tasmota_board import Board, whole_number
from appliance.messages import Json
from appliance.text import key

MAX_SENSORS = 64
"""Most sensor values of one device."""

_FOLLOWING, _PASSING = frozenset({1, 2, 3, 4, 5, 6, 9, 10, 15, 16}), frozenset({13, 14})
"""Modes in which a detached switch tells its position, and those in which it only tells that it goes on."""

_CLASSES: Mapping[str, tuple[str | None, str, str]] = {
    "Temperature": ("temperature", "°C", "temperature"), "Humidity": ("humidity", "%", "humidity"),
    "DewPoint": ("temperature", "°C", "dew point"), "Pressure": ("pressure", "hPa", "pressure"),
    "Illuminance": ("illuminance", "lx", "illuminance"), "Power": ("power", "W", "power"), "Voltage": ("voltage", "V", "voltage"),
    "Current": ("current", "A", "current"), "Total": ("energy", "kWh", "energy"), "Today": ("energy", "kWh", "energy today"),
    "Yesterday": ("energy", "kWh", "energy yesterday"), "ExportActive": ("energy", "kWh", "exported energy"),
    "CarbonDioxide": ("carbon_dioxide", "ppm", "carbon dioxide"), "eCO2": ("carbon_dioxide", "ppm", "eco2"),
    "TVOC": ("volatile_organic_compounds_parts", "ppb", "tvoc"), "PM1": ("pm1", "µg/m³", "pm1"), "PM2.5": ("pm25", "µg/m³", "pm2.5"),
    "PM10": ("pm10", "µg/m³", "pm10"), "Moisture": ("moisture", "%", "moisture"), "Distance": ("distance", "cm", "distance"),
    "Weight": ("weight", "kg", "weight"), "Battery": ("battery", "%", "battery"),
}  # fmt: skip
"""Sensor values that are taken in: key of the telemetry to device class, unit, and what people call it."""
_ALIKE = frozenset({"AS3935"})
"""Groups whose values are not what they are called: the distance of a thunderstorm is in kilometres."""
_OWN_CHIP = "ESP32"
_PRESSURES = ("hPa", "mmHg", "inHg")


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of the telemetry: where it is and what it means."""

    path: tuple[str, ...]
    quantity: str
    index: int | None = None
    """In a list: of a meter with several phases or clamps."""

    @property
    def part(self) -> str:
        """What tells it from the others of the device."""
        return "_".join((*self.path, *([str(self.index)] if self.index is not None else [])))

    def of(self, said: Mapping[str, Json]) -> Update:
        """The state in a report."""
        value: Json = said
        for step in self.path:
            value = value.get(step) if isinstance(value, dict) else None
        if self.index is not None:
            if isinstance(value, list):
                value = value[self.index] if self.index < len(value) else None
            elif self.index:
                value = None  # fewer phases are told than were announced
        return {STATE: str(neat(float(value)))} if isinstance(value, int | float) else {}


def sensors(board: Board, said: Mapping[str, Json], home_unit: str) -> Iterator[Spec]:
    """Values of the telemetry whose meaning is known."""
    groups = said.get("sn")
    if not isinstance(groups, dict):
        return
    found = list(_values(groups))[:MAX_SENSORS]
    owner = board.friendly(0, 1) if board.things == 1 else board.name  # of a plug: what is plugged in
    many = Counter(value.quantity for value in found if value.path[0] != _OWN_CHIP)
    for value in found:
        device_class, unit, label = _CLASSES[value.quantity]
        if device_class == "temperature":
            unit = _degrees(groups.get("TempUnit"), home_unit)
        elif device_class == "pressure":
            unit = groups["PressureUnit"] if groups.get("PressureUnit") in _PRESSURES else unit
        which = "" if many[value.quantity] <= 1 else _which(value, found)
        name = " ".join(part for part in (owner, which, label) if part)[:MAX_NAME]
        hidden = "the temperature of its own processor" if value.path[0] == _OWN_CHIP else ""
        yield board.spec("sensor", value.part, name, _sensor(board, value, unit), device_class, hidden)


def _values(groups: Mapping[str, Json]) -> Iterator[_Value]:
    for group, members in groups.items():
        if not isinstance(members, dict) or group in _ALIKE or len(group) > MAX_NAME:
            continue
        for name, value in members.items():
            quantity = name.rstrip("0123456789") if group == "ANALOG" else name  # pins are counted there
            if isinstance(value, dict):  # clamps of an analog input
                yield from (
                    _Value((group, name, own), own) for own in value if own in _CLASSES and len(name) <= MAX_NAME
                )
            elif quantity in _CLASSES and isinstance(value, list):
                yield from (_Value((group, name), quantity, index) for index in range(min(len(value), MAX_SENSORS)))
            elif quantity in _CLASSES and not isinstance(value, str):
                yield _Value((group, name), quantity)


def _which(value: _Value, found: list[_Value]) -> str:
    """What tells a value from others of its quantity: its sensor, if there are several, and its place in it."""
    alike = [one for one in found if one.quantity == value.quantity and one.path[0] != _OWN_CHIP]
    parts = []
    if len({one.path[0] for one in alike}) > 1:
        parts.append(readable(value.path[0].replace("-", " ")))
    if len({one.path for one in alike if one.path[0] == value.path[0]}) > 1:
        parts.append(readable(value.path[1]) if len(value.path) > 2 else value.path[1].removeprefix(value.quantity))
    if value.index is not None:
        parts.append(str(value.index + 1))
    return " ".join(part for part in parts if part)


def _degrees(said: Json, home_unit: str) -> str:
    if said in ("C", "F"):
        return f"°{said}"
    return "°F" if home_unit == "fahrenheit" else "°C"


def _sensor(board: Board, value: _Value, unit: str) -> Binding:
    return Binding(
        board.sensor_reports(lambda message, _now: value.of(json_object(message))),
        attributes={"unit_of_measurement": unit},
        availability=board.availability,
        polls=board.poll_sensors,
    )


def battery(board: Board) -> Iterator[Spec]:
    """What is left in the battery of a device that has one."""
    if board.whole("bat") != 1:
        return

    def read(message: Message, _now: Mapping[str, Json]) -> Update:
        return _Value(("BatteryPercentage",), "Battery").of(json_object(message))

    binding = Binding(
        board.reports(read),
        attributes={"unit_of_measurement": "%"},
        availability=board.availability,
        polls=board.poll,
    )
    yield board.spec("sensor", "battery", f"{board.name} battery", binding, "battery")


def switches(board: Board) -> Iterator[Spec]:
    """Contacts, motion sensors and buttons that switch nothing themselves (``SetOption114``)."""
    modes, names = board.config.get("swc"), board.config.get("swn")
    if not isinstance(modes, list):
        return
    for index, mode in enumerate(map(whole_number, modes[:MAX_SENSORS])):
        if mode in _FOLLOWING or mode in _PASSING:
            own = names[index] if isinstance(names, list) and index < len(names) else None
            label = own if isinstance(own, str) and own else f"Switch{index + 1}"
            spoken = readable(label) if label == own and key(readable(label)) else f"switch {index + 1}"
            yield board.spec(
                "binary_sensor", f"switch_{index + 1}", f"{board.name} {spoken}", _switch(board, label, mode)
            )


def _switch(board: Board, label: str, mode: int) -> Binding:
    states = {board.on: "on", board.off: "off"}

    def read(message: Message, _now: Mapping[str, Json]) -> Update:
        value = json_object(message).get(label)
        said = value.get("Action") if isinstance(value, dict) else value
        return {STATE: states[said]} if isinstance(said, str) and said in states else {}

    told = Reader(board.results, read)
    if mode in _PASSING:
        return Binding((told,), availability=board.availability, decay=Decay(1, "off", only_from="on"))
    return Binding((told, *board.sensor_reports(read)), availability=board.availability, polls=board.poll_sensors)
