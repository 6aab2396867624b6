"""The plain components of MQTT discovery: switches, sirens, sensors, buttons, scenes, numbers, choices, alarms, trackers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from appliance.errors import ActError, HomeError
from appliance.home.announced import Announced, as_number, neat
from appliance.home.binding import MISSING, STATE, Binding, Decay, Encode, Message, Update
from appliance.home.setting import degrees
from appliance.messages import NOTHING, Json
from appliance.text import read_json

_REMOTE_CODES = ("REMOTE_CODE", "REMOTE_CODE_TEXT")
"""Not codes: the panel itself compares the digits or the text."""
_ARM_MODES = ("home", "away", "night", "vacation", "custom_bypass")
_ARMED_STATES = (
    *(f"armed_{mode}" for mode in _ARM_MODES), "disarmed", "pending", "triggered", "arming", "disarming",
)  # fmt: skip


def first(data: Mapping[str, Json], *keys: str) -> Json:
    """The first of the keys that a command's data has; raises ActError when it has none."""
    for key in keys:
        if data.get(key) is not None:
            return data[key]
    message = f"the command lacks its {keys[0].replace('_', ' ')}"
    raise ActError(message)


def build_switch(config: Announced) -> Binding:
    """Compile a switch."""
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    states = {
        config.text("state_on", on): {STATE: "on"},
        config.text("state_off", off): {STATE: "off"},
        "None": {STATE: "unknown"},
    }
    config.read("state_topic", "value_template", lambda value: states.get(value, {}))
    writer = config.writer("command_topic", "command_template")
    commands: dict[str, Encode] = {}
    if writer is not None:
        commands = {"turn_on": lambda _d, _n: (writer(on),), "turn_off": lambda _d, _n: (writer(off),)}
    return Binding(tuple(config.readers), commands)


def build_siren(config: Announced) -> Binding:
    """Compile a siren: without a command template its commands are JSON objects."""
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    states = {config.text("state_on", on): "on", config.text("state_off", off): "off"}
    try:
        template = config.template("state_value_template")
    except HomeError as error:
        config.notes.append(f"unreadable: {error}")
        template = None

    def read(message: Message, _now: Mapping[str, Json]) -> Update:
        value = message.render(template)
        if template is None and isinstance(message.json, dict):
            value = str(message.json.get("state", ""))
        return {STATE: states[value]} if value in states else {}

    config.read_with("state_topic", read)
    writer = config.writer("command_topic", "command_template")
    commands: dict[str, Encode] = {}
    if writer is not None:

        def send(state: str) -> Encode:
            payload = state if writer.templated else json.dumps({"state": state})
            return lambda _data, _now: (writer(payload),)

        commands = {"turn_on": send(on), "turn_off": send(off)}
        if config.text("command_off_template"):
            # a template of its own: the other one may sound the alarm whatever it is told
            silence = config.writer("command_topic", "command_off_template")
            del commands["turn_off"]
            if silence is not None:
                commands["turn_off"] = lambda _data, _now: (silence(off),)
    return Binding(tuple(config.readers), commands, attributes=_given(config, "available_tones"))


def build_sensor(config: Announced) -> Binding:
    """Compile a sensor. Its state keeps the digits it was reported with."""
    attributes: dict[str, Json] = {}
    for key in ("unit_of_measurement", "state_class"):
        if config.text(key):
            attributes[key] = config.text(key)[:64]
    digits = config.number("suggested_display_precision", -1)
    numeric = bool(attributes)

    def change(value: str) -> Update:
        if value in {"None", "nan", "null"}:
            return {STATE: "unknown"}
        if digits >= 0 and numeric:
            return {STATE: f"{as_number(value):.{min(9, int(digits))}f}"}
        return {STATE: value[:255]}

    config.read("state_topic", "value_template", change)
    expires = config.number("expire_after", 0)
    return Binding(
        tuple(config.readers),
        attributes=attributes | _given(config, "options"),
        decay=Decay(expires, "unavailable") if expires > 0 else None,
    )


def build_binary_sensor(config: Announced) -> Binding:
    """Compile a binary sensor."""
    states = {
        config.text("payload_on", "ON"): {STATE: "on"},
        config.text("payload_off", "OFF"): {STATE: "off"},
        "None": {STATE: "unknown"},
    }
    config.read("state_topic", "value_template", lambda value: states.get(value, {}))
    expires, off_delay = config.number("expire_after", 0), config.number("off_delay", 0)
    decay = None
    if off_delay > 0:
        decay = Decay(off_delay, "off", only_from="on")
    elif expires > 0:
        decay = Decay(expires, "unavailable")
    return Binding(tuple(config.readers), decay=decay)


def build_button(config: Announced) -> Binding:
    """Compile a button."""
    payload = config.text("payload_press", "PRESS")
    writer = config.writer("command_topic", "command_template")
    commands: Mapping[str, Encode] = NOTHING
    if writer is not None:
        commands = {"press": lambda _data, _now: (writer(payload),)}
    return Binding(commands=commands)


def build_scene(config: Announced) -> Binding:
    """Compile a scene."""
    payload = config.text("payload_on", "ON")
    writer = config.writer("command_topic", "command_template")
    commands: Mapping[str, Encode] = NOTHING
    if writer is not None:
        commands = dict.fromkeys(("activate", "turn_on"), lambda _data, _now: (writer(payload),))
    return Binding(commands=commands)


def build_number(config: Announced) -> Binding:
    """Compile a number with its limits."""
    low, high, step = config.number("min", 1), config.number("max", 100), config.number("step", 1)
    reset = config.text("payload_reset", "None")
    config.read(
        "state_topic",
        "value_template",
        lambda value: {STATE: "unknown" if value == reset else str(neat(as_number(value)))},
    )
    writer = config.writer("command_topic", "command_template")

    def set_value(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        value = float(first(data, "value"))
        if not low <= value <= high:
            message = f"{neat(value)} is outside {neat(low)} to {neat(high)}"
            raise ActError(message)
        return (writer(neat(value)),) if writer is not None else ()

    attributes: dict[str, Json] = {"min": neat(low), "max": neat(high), "step": neat(step)}
    if config.text("unit_of_measurement"):
        attributes["unit_of_measurement"] = config.text("unit_of_measurement")[:64]
    return Binding(
        tuple(config.readers), {"set_value": set_value} if writer is not None else NOTHING, attributes=attributes
    )


def build_select(config: Announced) -> Binding:
    """Compile a choice of options."""
    options = config.texts("options")
    states = {"None": "unknown"} | {option: option for option in options}
    config.read("state_topic", "value_template", lambda value: {STATE: states[value]} if value in states else {})
    writer = config.writer("command_topic", "command_template")

    def select(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        option = str(first(data, "option"))
        if option not in options:
            message = f"{option!r} is none of its options: {', '.join(options)}"
            raise ActError(message)
        return (writer(option),) if writer is not None else ()

    return Binding(
        tuple(config.readers),
        {"select_option": select} if writer is not None else NOTHING,
        attributes={"options": options},
    )


def build_tracker(config: Announced) -> Binding:
    """Compile a device tracker: home, not_home or the name of a zone; where only a position is told, home or not_home by that."""
    states = {
        config.text("payload_home", "home"): "home",
        config.text("payload_not_home", "not_home"): "not_home",
        config.text("payload_reset", "None"): "unknown",
    }
    named = config.read("state_topic", "value_template", lambda value: {STATE: states.get(value, value)[:255]})
    template = config.reading_template("json_attributes_template")
    location = config.setting.location

    def position(message: Message, _now: Mapping[str, Json]) -> Update:
        said = read_json(message.render(template) or "")
        latitude, longitude = (degrees(said.get(key), most) for key, most in (("latitude", 90), ("longitude", 180)))
        if latitude is None or longitude is None:
            return {}
        accuracy = degrees(said.get("gps_accuracy"), math.inf) or 0.0
        update: dict[str, Json] = {"latitude": latitude, "longitude": longitude, "gps_accuracy": neat(accuracy)}
        if location is not None and not named:
            update[STATE] = location.state(latitude, longitude, accuracy)
        return update

    tells = config.read_with("json_attributes_topic", position)
    if tells and not named and location is None:
        config.notes.append("only its position is told; give [home] latitude and longitude, to know who is at home")
    return Binding(tuple(config.readers))


def build_alarm(config: Announced) -> Binding:
    """Compile an alarm panel. A code that the announcement holds is compared here and sent only by a template."""
    config.read("state_topic", "value_template", lambda value: {STATE: value} if value in _ARMED_STATES else {})
    writer = config.writer("command_topic", "command_template")
    secret = config.text("code")
    remote = secret in _REMOTE_CODES
    supported = config.texts("supported_features") or tuple(f"arm_{mode}" for mode in _ARM_MODES)
    payloads = {
        mode: config.text(f"payload_arm_{mode}", f"ARM_{mode.upper()}")
        for mode in _ARM_MODES
        if f"arm_{mode}" in supported
    }
    disarm_payload = config.text("payload_disarm", "DISARM")
    needed = {
        "arm": config.flag("code_arm_required", default=True),
        "disarm": config.flag("code_disarm_required", default=True),
    }

    def send(command: str, action: str, data: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        code = str(data.get("code") or "")
        if secret and needed[command] and (not code if remote else code != secret):
            message = "the alarm panel wants its code" if not code else "that is not the alarm panel's code"
            raise ActError(message)
        return (writer(action, action=action, code=code or None),) if writer is not None else ()

    def arm(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        mode = str(data.get("mode") or "away").removeprefix("armed_").removeprefix("arm_")
        if mode not in payloads:
            message = f"this alarm panel is armed as {', '.join(payloads) or 'nothing'}, not {mode!r}"
            raise ActError(message)
        return send("arm", payloads[mode], data)

    commands: dict[str, Encode] = {}
    if writer is not None:
        commands = {"arm": arm, "disarm": lambda data, _now: send("disarm", disarm_payload, data)}
    attributes: dict[str, Json] = {}
    if secret:
        attributes["code_arm_required"] = needed["arm"]
        attributes["code_format"] = "number" if secret.isdigit() or secret == _REMOTE_CODES[0] else "text"
    return Binding(tuple(config.readers), commands, attributes=attributes)


def json_object(message: Message) -> Mapping[str, Json]:
    """The message as a JSON object; empty when it is none."""
    said = message.json
    return said if said is not MISSING and isinstance(said, dict) else {}


def _given(config: Announced, key: str) -> dict[str, Json]:
    values = config.texts(key)
    return {key: values} if values else {}
