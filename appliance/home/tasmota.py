"""Tasmota's own discovery: ``tasmota/discovery/<MAC>/config`` and ``…/sensors``, state on ``stat/…`` and ``tele/…``."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from appliance.errors import ActError, HomeError
from appliance.home.announced import neat
from appliance.home.binding import (
    STATE,
    Availability,
    AvailabilityTopic,
    Binding,
    Decay,
    Encode,
    Message,
    Read,
    Reader,
    Update,
)
from appliance.home.colors import color_attributes, kelvin_to_mired, mired_to_kelvin, wanted_rgb
from appliance.home.discovery import MAX_ANNOUNCEMENT
from appliance.home.simple import first, json_object
from appliance.home.spec import MAX_NAME, Spec, readable, slug
from appliance.home.topics import CommandTopics, topic_fault
from appliance.messages import NOTHING, Json
from appliance.text import key, read_json

PREFIX = "tasmota/discovery"
"""Where devices announce themselves."""
MAX_SENSORS = 64
"""Most sensor values of one device."""

_TOPIC = re.compile(rf"{PREFIX}/(?P<mac>[0-9A-Fa-f]{{12}})/(?P<part>config|sensors)")
_RELAY, _LIGHT, _SHUTTER = 1, 2, 3
_DIMMABLE, _COLORS, _COLOR_TEMPERATURES, _COLOR_AND_WHITE = 1, {3, 4, 5}, {2, 5}, 4
_FULL = 255
_PERCENT = 100
_MIREDS, _FEWER_MIREDS = (153, 500), (200, 380)
"""Range of colour temperatures, and that with SetOption82."""
_FAN_SPEEDS = 3
_FOLLOWING, _PASSING = frozenset({1, 2, 3, 4, 5, 6, 9, 10, 15, 16}), frozenset({13, 14})
"""Modes in which a detached switch tells its position, and those in which it only tells that it goes on."""

_CLASSES: Mapping[str, tuple[str | None, str]] = {
    "Temperature": ("temperature", "°C"), "Humidity": ("humidity", "%"), "DewPoint": ("temperature", "°C"),
    "Pressure": ("pressure", "hPa"), "Illuminance": ("illuminance", "lx"), "Power": ("power", "W"), "Voltage": ("voltage", "V"),
    "Current": ("current", "A"), "Total": ("energy", "kWh"), "Today": ("energy", "kWh"), "CarbonDioxide": ("carbon_dioxide", "ppm"),
    "eCO2": ("carbon_dioxide", "ppm"), "PM2.5": ("pm25", "µg/m³"), "Moisture": ("moisture", "%"), "Distance": ("distance", "cm"),
}  # fmt: skip
"""Sensor values that are taken in: key of the telemetry to device class and unit."""


def is_tasmota(topic: str) -> bool:
    """Whether `topic` belongs to Tasmota's discovery."""
    return topic.startswith(PREFIX + "/")


@dataclass(frozen=True, slots=True)
class TasmotaDevice:
    """What both discovery messages of one device say; frozen, replaced when one of them changes."""

    mac: str
    config: Mapping[str, Json] | None = None
    sensors: Mapping[str, Json] | None = None


def parse_tasmota(topic: str, payload: bytes) -> tuple[str, str, Mapping[str, Json] | None]:
    """Return (MAC, ``config`` or ``sensors``, keys); keys are None for an empty payload, which removes.

    Raises:
        HomeError: the topic or the payload is none of Tasmota's.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        message = f"the topic is not {PREFIX}/<MAC>/config or /sensors"
        raise HomeError(message)
    if not payload.strip():
        return match["mac"].upper(), match["part"], None
    if len(payload) > MAX_ANNOUNCEMENT:
        message = f"the announcement is larger than {MAX_ANNOUNCEMENT} bytes"
        raise HomeError(message)
    try:
        said = read_json(payload)
    except (ValueError, RecursionError) as error:
        message = "the announcement is not valid JSON"
        raise HomeError(message) from error
    if not isinstance(said, dict):
        message = "the announcement is not a JSON object"
        raise HomeError(message)
    return match["mac"].upper(), match["part"], said


def tasmota_specs(device: TasmotaDevice, topics: CommandTopics, home_unit: str = "celsius") -> tuple[Spec, ...]:
    """The entities of a device; none while its config is not known. Raises HomeError."""
    if device.config is None:
        return ()
    said = _Config(device.mac, device.config, topics)
    found = [*said.relays(), *said.shutters(), *said.switches()]
    if device.sensors is not None:
        found.extend(said.sensors(device.sensors, home_unit))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Lamp:
    """How one of the lights of a device is commanded, and what it can."""

    power: str
    capabilities: frozenset[str]
    dimmer: str = "Dimmer"
    """Command of its brightness."""
    dimmed: str = "Dimmer"
    """Key of its brightness in reports."""
    color_end: str = ""
    """``=`` leaves the white channels alone."""


class _Config:
    """Typed access to the config of one device."""

    def __init__(self, mac: str, config: Mapping[str, Json], topics: CommandTopics) -> None:
        self._mac = mac
        self._config = config
        self._allowed = topics
        self._name = readable(self._text("dn", "") or self._text("hn", mac))
        prefixes = config.get("tp", ["cmnd", "stat", "tele"])
        if not isinstance(prefixes, list) or len(prefixes) != 3 or not all(isinstance(item, str) for item in prefixes):
            message = "tp must be the three topic prefixes"
            raise HomeError(message)
        self._cmnd, self._stat, self._tele = (self._full_topic(prefix) for prefix in prefixes)
        states = config.get("state")
        self._off, self._on = ("OFF", "ON")
        if isinstance(states, list) and len(states) >= 2 and all(isinstance(item, str) for item in states[:2]):
            self._off, self._on = states[0], states[1]
        relays = config.get("rl", [])
        if not isinstance(relays, list) or len(relays) > 32:
            message = "rl must be the list of relays"
            raise HomeError(message)
        self._relays = [_whole(item) for item in relays]
        options = config.get("so")
        self._options: Mapping[str, Json] = options if isinstance(options, dict) else NOTHING
        self._availability = Availability(
            (AvailabilityTopic(self._tele + "LWT", self._text("onln", "Online"), self._text("ofln", "Offline")),)
        )
        fault = topics.fault(self._cmnd + "POWER")
        self._notes = (f"cannot be commanded: {fault}",) if fault else ()
        self._poll = () if fault else ((self._cmnd + "STATE", ""),)
        self._poll_sensors = () if fault else ((self._cmnd + "STATUS", "10"),)

    def _text(self, name: str, default: str) -> str:
        value = self._config.get(name, default)
        if not isinstance(value, str) or len(value) > MAX_NAME:
            message = f"{name} must be a string of at most {MAX_NAME} characters"
            raise HomeError(message)
        return value

    def _has(self, option: str) -> bool:
        """Whether a SetOption is on."""
        return self._options.get(option) == 1

    def _full_topic(self, prefix: str) -> str:
        topic = self._text("ft", "%prefix%/%topic%/")
        for mark, text in (
            ("%prefix%", prefix),
            ("%topic%", self._text("t", "")),
            ("%hostname%", self._text("hn", "")),
            ("%id%", self._mac[-6:]),
        ):
            topic = topic.replace(mark, text)
        topic = topic if topic.endswith("/") else topic + "/"
        fault = topic_fault(topic + "RESULT")
        if fault is not None or not self._text("t", ""):
            message = fault or "t (the topic) is missing"
            raise HomeError(message)
        return topic

    def _friendly(self, index: int) -> str:
        names = self._config.get("fn")
        name = names[index] if isinstance(names, list) and index < len(names) else None
        if isinstance(name, str) and key(readable(name)):
            return readable(name)
        return self._name if sum(map(bool, self._relays)) <= 1 else f"{self._name} {index + 1}"

    def _spec(self, domain: str, part: str, name: str, binding: Binding, device_class: str | None = None) -> Spec:
        return Spec(
            unique_id=f"tasmota_{self._mac}_{part}",
            domain=domain,
            name=name,
            object_id=slug(name) or f"tasmota_{self._mac.lower()}_{slug(part)}",
            binding=replace(binding, command_topics=(self._cmnd + "…",) if binding.commands else ()),
            device_class=device_class,
            device_name=self._name,
            origin="tasmota",
        )

    def _reports(self, read: Read) -> tuple[Reader, ...]:
        return tuple(Reader(topic, read) for topic in (self._stat + "RESULT", self._tele + "STATE"))

    # --- relays and lights

    def relays(self) -> Iterator[Spec]:
        """Switches and lights."""
        many = sum(kind in {_RELAY, _LIGHT} for kind in self._relays) > 1
        has_fan = self._config.get("if") == 1
        if has_fan:
            yield self._spec("fan", "fan", f"{self._name} fan", self._fan())
        linked = self._config.get("lk", 1) == 1 and not self._has("68")  # all channels are one light
        lights = [index for index, kind in enumerate(self._relays) if kind == _LIGHT]
        for index, kind in enumerate(self._relays):
            power = f"POWER{index + 1}" if many or index else "POWER"
            is_fans_lamp = has_fan and index == 0
            if kind == _LIGHT and not is_fans_lamp:
                if index == lights[0] or not linked:
                    lamp = self._lamp(power, index, index - lights[0])
                    yield self._spec("light", f"light_{index + 1}", self._friendly(index), self._light(lamp, index))
            elif kind == _RELAY or (kind == _LIGHT and is_fans_lamp):
                domain = "light" if self._has("30") or is_fans_lamp else "switch"
                binding = Binding(
                    self._powered(index),
                    self._power_commands(power),
                    availability=self._availability,
                    polls=self._poll,
                    notes=self._notes,
                )
                yield self._spec(domain, f"relay_{index + 1}", self._friendly(index), binding)

    def _power_of(self, said: Mapping[str, Json], index: int) -> Update:
        value = said.get(f"POWER{index + 1}")
        if value is None and index == 0:
            value = said.get("POWER")
        return {STATE: "on" if value == self._on else "off"} if value in (self._on, self._off) else {}

    def _powered(self, index: int) -> tuple[Reader, ...]:
        readers = self._reports(lambda message, _now: self._power_of(json_object(message), index))
        return readers + self._single_results("POWER" if index == 0 else f"POWER{index + 1}", index)

    def _single_results(self, command: str, index: int) -> tuple[Reader, ...]:
        """SetOption4: results come on ``stat/…/<command>`` instead of RESULT."""
        if not self._has("4"):
            return ()
        return (Reader(self._stat + command, lambda message, _now: self._power_of(json_object(message), index)),)

    def _power_commands(self, power: str) -> Mapping[str, Encode]:
        if self._notes:
            return NOTHING
        topic = self._cmnd + power
        return {
            "turn_on": lambda _data, _now: ((topic, self._on),),
            "turn_off": lambda _data, _now: ((topic, self._off),),
        }

    def _lamp(self, power: str, index: int, part: int) -> _Lamp:
        """What a light is; `part` counts the lights of the device from 0."""
        subtype = _whole(self._config.get("lt_st", 0))
        if self._has("68"):  # each channel is a light of its own
            channel = f"Channel{index + 1}"
            return _Lamp(power, frozenset({"brightness"}), channel, channel)
        if self._config.get("lk", 1) != 1 and subtype >= _COLOR_AND_WHITE and part < 2:  # colour and white apart
            white = {"color_temp"} if subtype in _COLOR_TEMPERATURES else set()
            own = {"color"} if part == 0 else white
            dimmer = f"Dimmer{part + 1}"
            return _Lamp(power, frozenset({"brightness", *own}), dimmer, dimmer, "" if part else "=")
        capabilities = {"brightness"} if subtype >= _DIMMABLE else set()
        capabilities |= {"color"} if subtype in _COLORS else set()
        capabilities |= {"color_temp"} if subtype in _COLOR_TEMPERATURES else set()
        return _Lamp(power, frozenset(capabilities), "Dimmer3" if self._config.get("ty") == 1 else "Dimmer")

    def _light(self, lamp: _Lamp, index: int) -> Binding:
        mireds = _FEWER_MIREDS if self._has("82") else _MIREDS
        attributes: dict[str, Json] = {}
        if "color_temp" in lamp.capabilities:
            attributes = dict(
                zip(("max_color_temp_kelvin", "min_color_temp_kelvin"), map(mired_to_kelvin, mireds), strict=True)
            )

        def read(message: Message, _now: Mapping[str, Json]) -> Update:
            said = json_object(message)
            update = dict(self._power_of(said, index))
            dimmed = said.get(lamp.dimmed)
            if isinstance(dimmed, int | float) and "brightness" in lamp.capabilities:
                update["brightness"] = min(_FULL, max(0, round(dimmed * _FULL / _PERCENT)))
            color = said.get("HSBColor")
            if isinstance(color, str) and "color" in lamp.capabilities:
                hue, saturation, _bright = (float(part) for part in color.split(","))
                update |= color_attributes(hs=(hue, saturation))
            if isinstance(said.get("CT"), int | float) and "color_temp" in lamp.capabilities:
                update["color_temp_kelvin"] = mired_to_kelvin(said["CT"])
            return update

        commands = dict(self._power_commands(lamp.power))
        if commands:
            commands["turn_on"] = lambda data, _now: self._turned_on(lamp, data, mireds)
        return Binding(
            self._reports(read),
            commands,
            lamp.capabilities,
            attributes,
            self._availability,
            polls=self._poll,
            notes=self._notes,
        )

    def _turned_on(self, lamp: _Lamp, data: Mapping[str, Json], mireds: tuple[int, int]) -> tuple[tuple[str, str], ...]:
        sent = []
        rgb = wanted_rgb(data)
        if rgb is not None:
            _need("color", lamp.capabilities)
            sent.append((self._cmnd + "Color2", ",".join(map(str, rgb)) + lamp.color_end))
        elif data.get("color_temp_kelvin") is not None:
            _need("color_temp", lamp.capabilities)
            mired = kelvin_to_mired(float(data["color_temp_kelvin"]))
            sent.append((self._cmnd + "CT", str(min(mireds[1], max(mireds[0], mired)))))
        if data.get("brightness") is not None:
            _need("brightness", lamp.capabilities)
            percent = round(float(data["brightness"]) * _PERCENT / _FULL)
            sent.append((self._cmnd + lamp.dimmer, str(min(_PERCENT, max(0, percent)))))
        return (*sent, (self._cmnd + lamp.power, self._on))

    # --- fans

    def _fan(self) -> Binding:
        """The motor of an iFan: three speeds."""

        def read(message: Message, _now: Mapping[str, Json]) -> Update:
            speed = json_object(message).get("FanSpeed")
            if type(speed) is not int or not 0 <= speed <= _FAN_SPEEDS:
                return {}
            return {STATE: "on" if speed else "off", "percentage": _PERCENT * speed // _FAN_SPEEDS}

        def say(speed: int) -> tuple[tuple[str, str], ...]:
            return ((self._cmnd + "FanSpeed", str(speed)),)

        def set_percentage(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
            wanted = float(first(data, "percentage"))
            if not 0 <= wanted <= _PERCENT:
                message = f"a speed is 0 to 100 percent, not {neat(wanted)}"
                raise ActError(message)
            return say(math.ceil(wanted * _FAN_SPEEDS / _PERCENT))

        commands: Mapping[str, Encode] = NOTHING
        if not self._notes:
            commands = {
                "turn_on": lambda data, now: set_percentage(data, now) if "percentage" in data else say(2),
                "turn_off": lambda _data, _now: say(0),
                "set_percentage": set_percentage,
            }
        return Binding(
            self._reports(read),
            commands,
            attributes={"percentage_step": round(_PERCENT / _FAN_SPEEDS, 2)},
            availability=self._availability,
            polls=self._poll,
            notes=self._notes,
        )

    # --- shutters

    def shutters(self) -> Iterator[Spec]:
        """Covers: two relays of kind 3 each."""
        relays = [index for index, kind in enumerate(self._relays) if kind == _SHUTTER]
        for number, index in enumerate(relays[::2], start=1):
            options = self._config.get("sho")
            inverted = isinstance(options, list) and len(options) >= number and bool(_whole(options[number - 1]) & 1)
            yield self._spec(
                "cover", f"shutter_{number}", self._friendly(index), self._shutter(number, inverted=inverted), "shutter"
            )

    def _shutter(self, number: int, *, inverted: bool) -> Binding:
        def percent(value: float) -> int:
            shown = min(_PERCENT, max(0, round(value)))
            return _PERCENT - shown if inverted else shown

        def read(message: Message, _now: Mapping[str, Json]) -> Update:
            said = json_object(message).get(f"Shutter{number}")
            if not isinstance(said, dict) or not isinstance(said.get("Position"), int | float):
                return {}
            position = percent(said["Position"])
            direction = said.get("Direction", 0)
            if direction in {1, -1}:
                return {STATE: "opening" if direction == 1 else "closing", "current_position": position}
            return {STATE: "closed" if position == 0 else "open", "current_position": position}

        def set_position(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
            value = float(first(data, "position", "current_position"))
            if not 0 <= value <= _PERCENT:
                message = f"a position is 0 to 100, not {neat(value)}"
                raise ActError(message)
            return ((f"{self._cmnd}ShutterPosition{number}", str(percent(value))),)

        def word(command: str) -> Encode:
            return lambda _data, _now: ((f"{self._cmnd}{command}{number}", ""),)

        commands: Mapping[str, Encode] = NOTHING
        if not self._notes:
            commands = {
                "open": word("ShutterOpen"),
                "close": word("ShutterClose"),
                "stop": word("ShutterStop"),
                "set_position": set_position,
            }
        readers = (
            *self._reports(read),
            Reader(self._tele + "SENSOR", read),
            Reader(self._stat + "STATUS10", lambda message, now: read(_inner(message, "StatusSNS"), now)),
        )
        return Binding(readers, commands, availability=self._availability, polls=self._poll_sensors, notes=self._notes)

    # --- switches and sensors

    def switches(self) -> Iterator[Spec]:
        """Contacts, motion sensors and buttons that switch nothing themselves (``SetOption114``)."""
        modes, names = self._config.get("swc"), self._config.get("swn")
        if not isinstance(modes, list):
            return
        for index, mode in enumerate(map(_whole, modes[:MAX_SENSORS])):
            if mode in _FOLLOWING or mode in _PASSING:
                own = names[index] if isinstance(names, list) and index < len(names) else None
                label = own if isinstance(own, str) and key(readable(own)) else f"Switch{index + 1}"
                shown = f"{self._name} {readable(label) if own == label else f'switch {index + 1}'}"
                yield self._spec("binary_sensor", f"switch_{index + 1}", shown, self._switch(label, mode))

    def _switch(self, label: str, mode: int) -> Binding:
        states = {self._on: "on", self._off: "off"}

        def change(value: Json) -> Update:
            said = value.get("Action") if isinstance(value, dict) else value
            return {STATE: states[said]} if isinstance(said, str) and said in states else {}

        readers = [Reader(self._stat + "RESULT", lambda message, _now: change(json_object(message).get(label)))]
        if mode in _PASSING:
            return Binding(tuple(readers), availability=self._availability, decay=Decay(1, "off", only_from="on"))
        readers += [
            Reader(self._tele + "SENSOR", lambda message, _now: change(json_object(message).get(label))),
            Reader(
                self._stat + "STATUS10",
                lambda message, _now: change(json_object(_inner(message, "StatusSNS")).get(label)),
            ),
        ]
        return Binding(tuple(readers), availability=self._availability, polls=self._poll_sensors)

    def sensors(self, said: Mapping[str, Json], home_unit: str) -> Iterator[Spec]:
        """Values of the telemetry whose meaning is known."""
        values = said.get("sn")
        if not isinstance(values, dict):
            return
        unit = values.get("TempUnit")
        count = 0
        for group, members in values.items():
            if not isinstance(members, dict):
                continue
            for name in members:
                if name not in _CLASSES or isinstance(members[name], dict | list | str):
                    continue
                count += 1
                if count > MAX_SENSORS:
                    return
                device_class, usual = _CLASSES[name]
                if device_class == "temperature":
                    usual = f"°{unit}" if unit in {"C", "F"} else ("°F" if home_unit == "fahrenheit" else "°C")
                yield self._sensor(str(group)[:MAX_NAME], name, device_class, usual)

    def _sensor(self, group: str, name: str, device_class: str | None, unit: str) -> Spec:
        def change(said: Mapping[str, Json]) -> Update:
            values = said.get(group)
            value = values.get(name) if isinstance(values, dict) else None
            return {STATE: str(neat(float(value)))} if isinstance(value, int | float) else {}

        readers = (
            Reader(self._tele + "SENSOR", lambda message, _now: change(json_object(message))),
            Reader(self._stat + "STATUS10", lambda message, _now: change(json_object(_inner(message, "StatusSNS")))),
        )
        label = {"Total": "energy", "Today": "energy today", "DewPoint": "dew point"}.get(name, name.lower())
        binding = Binding(
            readers,
            attributes={"unit_of_measurement": unit},
            availability=self._availability,
            polls=self._poll_sensors,
        )
        return self._spec("sensor", f"{group}_{name}", f"{self._sensor_owner()} {label}", binding, device_class)

    def _sensor_owner(self) -> str:
        """What the sensors belong to: of a plug with one relay, what is plugged in."""
        return self._friendly(0) if sum(map(bool, self._relays)) == 1 else self._name


def _inner(message: Message, group: str) -> Message:
    """The message as if only the object under `group` had been sent."""
    return Message(message.topic, json.dumps(json_object(message).get(group)).encode())


def _whole(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _need(capability: str, capabilities: frozenset[str]) -> None:
    if capability not in capabilities:
        message = f"this light has no {capability.replace('_', ' ')}"
        raise ActError(message)
