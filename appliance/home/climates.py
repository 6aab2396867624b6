"""Components of MQTT discovery that hold a value: thermostats, water heaters, humidifiers, fans."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from appliance.errors import ActError, HomeError
from appliance.home.announced import Announced, Writer, as_number, neat
from appliance.home.binding import STATE, Binding, Encode, Message, Read, Reader, Update
from appliance.home.simple import first
from appliance.messages import Json

_ACTIONS = frozenset({"off", "heating", "cooling", "drying", "idle", "fan", "preheating", "defrosting"})
_MODES = ("auto", "off", "cool", "heat", "dry", "fan_only")
_WATER_MODES = ("off", "eco", "electric", "gas", "heat_pump", "high_demand", "performance")
_FREEZING_F = 32
_PERCENT = 100

_LOW, _HIGH = "target_temp_low", "target_temp_high"

Values = Mapping[str, Json]
Sent = tuple[tuple[str, str], ...]


class _Degrees:
    """Converts between the device's unit and the home's."""

    def __init__(self, config: Announced) -> None:
        unit = config.text("temperature_unit", "").upper()[:1]
        home = "F" if config.setting.unit == "fahrenheit" else "C"
        self.device = unit or home
        self.home = home

    @property
    def usual_span(self) -> float:
        """How far the two targets of a thermostat are apart where nobody has said it."""
        return 4.0 if self.home == "F" else 2.0

    def to_home(self, value: float) -> float | int:
        return neat(round(_convert(value, self.device, self.home), 1))

    def to_device(self, value: float) -> float | int:
        return neat(round(_convert(value, self.home, self.device), 1))


def _convert(value: float, have: str, want: str) -> float:
    if have == want:
        return value
    return value * 1.8 + _FREEZING_F if want == "F" else (value - _FREEZING_F) / 1.8


def _chosen(writer: Writer, options: tuple[str, ...], *keys: str) -> Encode:
    """Send one of the options that the device announced."""

    def encode(data: Values, _now: Values) -> Sent:
        value = str(first(data, *keys))
        if options and value not in options:
            message = f"{value!r} is none of {', '.join(options)}"
            raise ActError(message)
        return (writer(value),)

    return encode


def build_climate(config: Announced) -> Binding:
    """Compile a thermostat or air conditioner."""
    modes = config.texts("modes") or _MODES
    return _build_heater(config, modes, hvac=True)


def build_water_heater(config: Announced) -> Binding:
    """Compile a water heater."""
    return _build_heater(config, config.texts("modes") or _WATER_MODES, hvac=False)


def _build_heater(config: Announced, modes: tuple[str, ...], *, hvac: bool) -> Binding:
    degrees = _Degrees(config)
    usual = _usual_range(degrees.home, water=not hvac)
    attributes: dict[str, Json] = {
        "hvac_modes" if hvac else "operation_list": modes,
        "min_temp": usual[0],
        "max_temp": usual[1],
    }
    for key in ("min_temp", "max_temp"):
        if config.config.get(key) is not None:
            attributes[key] = degrees.to_home(config.number(key, 0))
    if config.config.get("temp_step") is not None:
        attributes["target_temp_step"] = neat(config.number("temp_step", 1.0))
    for key in ("fan_modes", "preset_modes", "swing_modes", "swing_horizontal_modes"):
        if config.texts(key):
            attributes[key] = config.texts(key)

    def degree(key: str) -> Callable[[str], Update]:
        return lambda value: {key: degrees.to_home(as_number(value))}

    def text(key: str) -> Callable[[str], Update]:
        return lambda value: {key: None if value in {"None", "null"} else value}

    config.read("mode_state_topic", "mode_state_template", lambda value: {STATE: value} if value in modes else {})
    config.read("temperature_state_topic", "temperature_state_template", degree("temperature"))
    config.read("current_temperature_topic", "current_temperature_template", degree("current_temperature"))
    config.read("fan_mode_state_topic", "fan_mode_state_template", text("fan_mode"))
    config.read("preset_mode_state_topic", "preset_mode_value_template", text("preset_mode"))
    for swing in ("swing_mode", "swing_horizontal_mode"):
        config.read(f"{swing}_state_topic", f"{swing}_state_template", text(swing))
    config.read("action_topic", "action_template", lambda value: {"hvac_action": value} if value in _ACTIONS else {})
    config.read(
        "current_humidity_topic", "current_humidity_template", lambda v: {"current_humidity": neat(as_number(v))}
    )
    config.read(
        "target_humidity_state_topic", "target_humidity_state_template", lambda v: {"humidity": neat(as_number(v))}
    )
    for bound in ("low", "high"):
        key = f"temperature_{bound}"
        config.read(f"{key}_state_topic", f"{key}_state_template", degree(f"target_temp_{bound}"))
    commands = _heater_commands(config, modes, attributes, degrees, hvac=hvac)
    readers = tuple(config.readers)
    if hvac and config.config.get("temperature_command_topic") is None:
        span = _Span(config, degrees, attributes)
        commands |= span.commands()
        readers = tuple(Reader(one.topic, span.completed(one.read)) for one in readers)
    return Binding(readers, commands, attributes=attributes)


class _Span:
    """A thermostat with two targets, from which it heats and above which it cools: one wish moves the one that counts, or both."""

    def __init__(self, config: Announced, degrees: _Degrees, attributes: Values) -> None:
        self._writers = {
            key: config.writer(f"temperature_{bound}_command_topic", f"temperature_{bound}_command_template")
            for key, bound in ((_LOW, "low"), (_HIGH, "high"))
        }
        self._degrees = degrees
        self._least, self._most = attributes["min_temp"], attributes["max_temp"]

    def commands(self) -> dict[str, Encode]:
        """``set_temperature``, if one of the targets can be commanded."""
        return {"set_temperature": self._set} if any(self._writers.values()) else {}

    def completed(self, read: Read) -> Read:
        """Let a reader tell the one target that people speak of, too."""

        def reading(message: Message, now: Values) -> Update:
            update = read(message, now)
            if update.keys().isdisjoint({STATE, _LOW, _HIGH}):
                return update
            known = {**now, **update}
            chosen = [known[key] for key in self._counting(known) if isinstance(known.get(key), int | float)]
            return {**update, "temperature": neat(sum(chosen) / len(chosen))} if chosen else update

        return reading

    def _counting(self, now: Values) -> tuple[str, ...]:
        """Which targets count in the present mode."""
        only = {"heat": _LOW, "cool": _HIGH}.get(str(now.get(STATE)))
        keys = tuple(key for key in (_LOW, _HIGH) if self._writers[key] is not None)
        keys = keys or tuple(key for key in (_LOW, _HIGH) if key in now)
        return (only,) if only is not None and only in keys else keys

    def _set(self, data: Values, now: Values) -> Sent:
        wish = float(first(data, "temperature"))
        if not self._least <= wish <= self._most:
            message = f"{neat(wish)} degrees is outside {self._least} to {self._most}"
            raise ActError(message)
        counting = self._counting(now)
        apart = 0.0
        if len(counting) == 2:
            low, high = now.get(_LOW), now.get(_HIGH)
            apart = self._degrees.usual_span / 2
            if isinstance(low, int | float) and isinstance(high, int | float) and high > low:
                apart = (high - low) / 2
            apart = min(apart, wish - self._least, self._most - wish)
        rises = isinstance(now.get("temperature"), int | float) and wish > now["temperature"]
        targets = {_LOW: wish - apart, _HIGH: wish + apart}
        order = reversed(counting) if rises else counting  # the lower one never passes the upper one
        return tuple(
            writer(self._degrees.to_device(targets[key])) for key in order if (writer := self._writers[key]) is not None
        )


def _heater_commands(
    config: Announced, modes: tuple[str, ...], attributes: Values, degrees: _Degrees, *, hvac: bool
) -> dict[str, Encode]:
    commands: dict[str, Encode] = {}
    mode = config.writer("mode_command_topic", "mode_command_template")
    if mode is not None:
        commands["set_hvac_mode" if hvac else "set_mode"] = _chosen(mode, modes, "hvac_mode", "mode", "operation_mode")
        if "off" in modes:
            commands["turn_off"] = lambda _data, _now: (mode("off"),)
        usual = next((item for item in ("auto", "heat_cool", "heat", *modes) if item in modes and item != "off"), None)
        if usual is not None:
            commands["turn_on"] = lambda _data, _now: (mode(usual),)
    power = config.writer("power_command_topic", "power_command_template")
    if power is not None:
        on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
        commands["turn_on"] = lambda _data, _now: (power(on),)
        commands["turn_off"] = lambda _data, _now: (power(off),)
    fan_mode = config.writer("fan_mode_command_topic", "fan_mode_command_template")
    if fan_mode is not None:
        commands["set_fan_mode"] = _chosen(fan_mode, config.texts("fan_modes"), "fan_mode", "mode")
    swing = config.writer("swing_mode_command_topic", "swing_mode_command_template")
    if swing is not None:
        commands["set_swing_mode"] = _chosen(swing, config.texts("swing_modes"), "swing_mode", "mode")
    preset = config.writer("preset_mode_command_topic", "preset_mode_command_template")
    if preset is not None and hvac:
        commands["set_mode"] = _chosen(preset, ("none", *config.texts("preset_modes")), "preset_mode", "mode")
    humidity = config.writer("target_humidity_command_topic", "target_humidity_command_template")
    if humidity is not None:
        commands["set_humidity"] = lambda data, _now: (humidity(neat(float(first(data, "humidity")))),)
    target = config.writer("temperature_command_topic", "temperature_command_template")
    if target is not None:

        def set_temperature(data: Values, _now: Values) -> Sent:
            value = float(first(data, "temperature"))
            if not attributes["min_temp"] <= value <= attributes["max_temp"]:
                message = f"{neat(value)} degrees is outside {attributes['min_temp']} to {attributes['max_temp']}"
                raise ActError(message)
            sent: Sent = (target(degrees.to_device(value)),)
            wanted = data.get("hvac_mode")
            if wanted is not None and mode is not None:
                sent = (*_chosen(mode, modes, "hvac_mode")({"hvac_mode": wanted}, _now), *sent)
            return sent

        commands["set_temperature"] = set_temperature
    return commands


def _usual_range(unit: str, *, water: bool) -> tuple[int, int]:
    """Return Home Assistant's usual limits in the home's unit (``C`` or ``F``)."""
    if water:
        return (110, 140) if unit == "F" else (43, 60)
    return (45, 95) if unit == "F" else (7, 35)


def build_humidifier(config: Announced) -> Binding:
    """Compile a humidifier or dehumidifier."""
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    states = {on: {STATE: "on"}, off: {STATE: "off"}, "None": {STATE: "unknown"}}
    low, high = neat(config.number("min_humidity", 0)), neat(config.number("max_humidity", 100))
    modes = config.texts("modes")
    config.read("state_topic", "state_value_template", lambda value: states.get(value, {}))
    config.read(
        "target_humidity_state_topic", "target_humidity_state_template", lambda v: {"humidity": neat(as_number(v))}
    )
    config.read(
        "current_humidity_topic", "current_humidity_template", lambda v: {"current_humidity": neat(as_number(v))}
    )
    config.read("mode_state_topic", "mode_state_template", lambda value: {"mode": value} if value in modes else {})
    commands: dict[str, Encode] = {}
    power = config.writer("command_topic", "command_template")
    if power is not None:
        commands["turn_on"] = lambda _data, _now: (power(on),)
        commands["turn_off"] = lambda _data, _now: (power(off),)
    target = config.writer("target_humidity_command_topic", "target_humidity_command_template")
    if target is not None:

        def set_humidity(data: Values, _now: Values) -> Sent:
            value = float(first(data, "humidity"))
            if not low <= value <= high:
                message = f"{neat(value)} percent is outside {low} to {high}"
                raise ActError(message)
            return (target(neat(value)),)

        commands["set_humidity"] = set_humidity
    mode = config.writer("mode_command_topic", "mode_command_template")
    if mode is not None and modes:
        commands["set_mode"] = _chosen(mode, modes, "mode")
    attributes: dict[str, Json] = {"min_humidity": low, "max_humidity": high}
    if modes:
        attributes["available_modes"] = modes
    return Binding(tuple(config.readers), commands, attributes=attributes)


class _Speeds:
    """The speeds of a fan as the device counts them, against percent."""

    def __init__(self, config: Announced) -> None:
        self.low = round(config.number("speed_range_min", 1))
        self.high = round(config.number("speed_range_max", 100))
        if not 1 <= self.low < self.high:
            message = "speed_range_min must be at least 1 and below speed_range_max"
            raise HomeError(message)
        self.count = self.high - self.low + 1

    def percent(self, speed: float) -> int:
        return min(_PERCENT, max(0, int((speed - self.low + 1) * _PERCENT // self.count)))

    def device(self, percent: float) -> int:
        return self.low - 1 + math.ceil(percent * self.count / _PERCENT)


def build_fan(config: Announced) -> Binding:
    """Compile a fan; its direction is read, but not commanded."""
    speeds = _Speeds(config)
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    states = {on: {STATE: "on"}, off: {STATE: "off"}, "None": {STATE: "unknown"}}
    swing_on = config.text("payload_oscillation_on", "oscillate_on")
    swing_off = config.text("payload_oscillation_off", "oscillate_off")
    swing = {swing_on: {"oscillating": True}, swing_off: {"oscillating": False}}
    presets = config.texts("preset_modes")
    reset = {config.text("payload_reset_percentage", "None"), config.text("payload_reset_preset_mode", "None")}

    def percentage(value: str) -> Update:
        return {"percentage": None} if value in reset else {"percentage": speeds.percent(as_number(value))}

    config.read("state_topic", "state_value_template", lambda value: states.get(value, {}))
    config.read("percentage_state_topic", "percentage_value_template", percentage)
    config.read(
        "preset_mode_state_topic", "preset_mode_value_template", lambda v: {"preset_mode": None if v in reset else v}
    )
    config.read("oscillation_state_topic", "oscillation_value_template", lambda value: swing.get(value, {}))
    config.read("direction_state_topic", "direction_value_template", lambda value: {"direction": value})
    commands: dict[str, Encode] = {}
    attributes: dict[str, Json] = {}
    power = config.writer("command_topic", "command_template")
    speed = config.writer("percentage_command_topic", "percentage_command_template")
    preset = config.writer("preset_mode_command_topic", "preset_mode_command_template")
    oscillation = config.writer("oscillation_command_topic", "oscillation_command_template")
    if speed is not None:
        attributes["percentage_step"] = round(_PERCENT / speeds.count, 2)

        def set_percentage(data: Values, now: Values) -> Sent:
            value = float(first(data, "percentage"))
            if not 0 <= value <= _PERCENT:
                message = f"a speed is 0 to 100 percent, not {neat(value)}"
                raise ActError(message)
            if value == 0 and power is not None:
                return (power(off),)
            starts = (power(on),) if power is not None and now.get(STATE) != "on" else ()
            return (*starts, speed(speeds.device(value)))

        commands["set_percentage"] = set_percentage
    if power is not None:

        def turn_on(data: Values, now: Values) -> Sent:
            if data.get("percentage") is not None and "set_percentage" in commands:
                return commands["set_percentage"](data, now)
            return (power(on),)

        commands["turn_on"] = turn_on
        commands["turn_off"] = lambda _data, _now: (power(off),)
    if preset is not None and presets:
        commands["set_mode"] = _chosen(preset, presets, "preset_mode", "mode")
        attributes["preset_modes"] = presets
    if oscillation is not None:

        def oscillate(data: Values, _now: Values) -> Sent:
            wanted = first(data, "oscillating", "oscillate")
            return (oscillation(swing_on if wanted in {True, "on"} else swing_off),)

        commands["oscillate"] = oscillate
    return Binding(tuple(config.readers), commands, attributes=attributes)
