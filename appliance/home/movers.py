"""Components of MQTT discovery that move: covers, valves, locks, vacuums, lawn mowers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping

from appliance.errors import ActError, HomeError
from appliance.home.announced import Announced, Writer, as_number, neat
from appliance.home.binding import STATE, Binding, Encode, Message, Reader, Update
from appliance.home.simple import first, json_object
from appliance.messages import NOTHING, Json
from appliance.text import key as spoken
from appliance.text import read_json

POSITION = "current_position"
"""0 is closed, 100 is open."""
TILT = "current_tilt_position"
"""Of the slats: 0 is closed, 100 is open."""
_VACUUM_STATES = frozenset({"cleaning", "docked", "paused", "idle", "returning", "error"})
_MOWER_STATES = frozenset({"mowing", "paused", "docked", "returning", "error"})
_FULL = 100


def _from_position(position: float) -> Update:
    shown = round(min(_FULL, max(0.0, position)))
    return {POSITION: shown, STATE: "closed" if shown == 0 else "open"}


class _Range:
    """Positions as the device counts them."""

    def __init__(self, config: Announced) -> None:
        self.closed = config.number("position_closed", 0)
        self.open = config.number("position_open", 100)
        if self.closed == self.open:
            message = "position_open and position_closed are the same"
            raise HomeError(message)

    def percent(self, position: float) -> float:
        return (position - self.closed) * _FULL / (self.open - self.closed)

    def device(self, percent: float) -> int:
        return round(self.closed + percent * (self.open - self.closed) / _FULL)


def _payload_command(config: Announced, key: str, default: str, topic: str | None) -> Encode | None:
    payload = config.payload(key, default)
    if topic is None or payload is None:
        return None
    return lambda _data, _now: ((topic, payload),)


def _present(commands: Mapping[str, Encode | None]) -> dict[str, Encode]:
    return {name: encode for name, encode in commands.items() if encode is not None}


def build_cover(config: Announced) -> Binding:
    """Compile a cover. The slats of one that has nothing else are what opens and closes."""
    places = _Range(config)
    known = {
        config.text("state_open", "open"): "open",
        config.text("state_opening", "opening"): "opening",
        config.text("state_closed", "closed"): "closed",
        config.text("state_closing", "closing"): "closing",
    }
    stopped = config.text("state_stopped", "stopped")
    try:
        template = config.template("value_template")
    except HomeError as error:
        config.notes.append(f"unreadable: {error}")
    else:

        def read(message: Message, now: Mapping[str, Json]) -> Update:
            value = message.render(template) or ""
            if value == stopped:
                if isinstance(now.get(POSITION), int | float):
                    return {STATE: "closed" if now[POSITION] == 0 else "open"}
                return {STATE: "closed" if now.get(STATE) in {"closing", "closed"} else "open"}
            return {STATE: known[value]} if value in known else {}

        config.read_with("state_topic", read)
    has_state = bool(config.readers)

    def placed(value: str) -> Update:
        said = _json_or_none(value)
        tilted = slats.read(str(said["tilt_position"])) if "tilt_position" in said else {}
        if said and "position" not in said:
            return tilted
        update = _from_position(places.percent(as_number(str(said.get("position", value)))))
        return {**tilted, **({POSITION: update[POSITION]} if has_state else update)}

    slats = _Slats(config)
    if config.read("position_topic", "position_template", placed):
        plain = config.readers.pop()
        config.readers.append(Reader(plain.topic, lambda message, now: _with_state(plain.read(message, now), now)))
    config.read("tilt_status_topic", "tilt_status_template", slats.read)
    topic = config.command_topic("command_topic")
    position = config.writer("set_position_topic", "set_position_template")

    def set_position(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        target = places.device(_percent(first(data, "position", POSITION)))
        if position is None:
            return ()
        return (position(target, position=target, position_open=places.open, position_closed=places.closed),)

    commands = _present(
        {
            "open": _payload_command(config, "payload_open", "OPEN", topic),
            "close": _payload_command(config, "payload_close", "CLOSE", topic),
            "stop": _payload_command(config, "payload_stop", "STOP", topic),
            "set_position": set_position if position is not None else None,
        }
    )
    if position is not None:
        commands.setdefault("open", lambda _data, now: set_position({"position": _FULL}, now))
        commands.setdefault("close", lambda _data, now: set_position({"position": 0}, now))
    tilt = config.writer("tilt_command_topic", "tilt_command_template")
    if tilt is not None:
        commands["set_tilt"] = lambda data, _now: (slats.write(tilt, _percent(first(data, "tilt_position"))),)
        if topic is None and position is None:
            commands["open"] = lambda _data, _now: (tilt(slats.opened),)
            commands["close"] = lambda _data, _now: (tilt(slats.closed),)
    return Binding(tuple(config.readers), commands)


class _Slats:
    """The tilt of a cover's slats as the device counts it, against percent."""

    def __init__(self, config: Announced) -> None:
        self.low, self.high = config.number("tilt_min", 0), config.number("tilt_max", 100)
        self.closed = neat(config.number("tilt_closed_value", 0))
        self.opened = neat(config.number("tilt_opened_value", 100))
        if self.low == self.high:
            message = "tilt_min and tilt_max are the same"
            raise HomeError(message)

    def read(self, value: str) -> Update:
        percent = (as_number(value) - self.low) * _FULL / (self.high - self.low)
        return {TILT: round(min(_FULL, max(0.0, percent)))}

    def write(self, writer: Writer, percent: float) -> tuple[str, str]:
        target = round(self.low + percent * (self.high - self.low) / _FULL)
        return writer(target, tilt_position=neat(percent), tilt_min=neat(self.low), tilt_max=neat(self.high))


def _with_state(update: Update, now: Mapping[str, Json]) -> Update:
    """A position says whether the cover is open, as long as nothing else has said so."""
    if POSITION in update and STATE not in update and now.get(STATE, "unknown") == "unknown":
        return {**update, STATE: "closed" if update[POSITION] == 0 else "open"}
    return update


def _json_or_none(value: str) -> Mapping[str, Json]:
    """The object that a position topic may carry instead of a number; empty when it is none."""
    if not value.startswith("{"):
        return NOTHING
    said = read_json(value)  # a ValueError says that the message is to be left out
    return said if isinstance(said, dict) else NOTHING


def _percent(value: Json) -> float:
    percent = float(value)
    if not 0 <= percent <= _FULL:
        message = f"a position is 0 to 100, not {value}"
        raise ActError(message)
    return percent


def build_valve(config: Announced) -> Binding:
    """Compile a valve: by words, or by position when it reports one."""
    places = _Range(config)
    by_position = config.flag("reports_position")
    known = {config.text(f"state_{state}", state): state for state in ("open", "opening", "closed", "closing")}
    try:
        template = config.template("value_template")
    except HomeError as error:
        config.notes.append(f"unreadable: {error}")
    else:

        def read(message: Message, _now: Mapping[str, Json]) -> Update:
            said = json_object(message) if template is None else {}
            value = str(said.get("state", "")) if said else (message.render(template) or "")
            update: dict[str, Json] = {}
            if by_position:
                number = said.get("position", value)
                with contextlib.suppress(ValueError):  # it may tell only its state
                    update |= _from_position(places.percent(as_number(str(number))))
            if value in known:
                update[STATE] = known[value]
            return update

        config.read_with("state_topic", read)
    writer = config.writer("command_topic", "command_template")
    if writer is None:
        return Binding(tuple(config.readers))

    def set_position(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        return (writer(places.device(_percent(first(data, "position", POSITION)))),)

    def word(key: str, default: str) -> Encode | None:
        payload = config.payload(key, default)
        return None if payload is None else lambda _data, _now: (writer(payload),)

    if by_position:
        commands: dict[str, Encode | None] = {
            "open": lambda _data, now: set_position({"position": _FULL}, now),
            "close": lambda _data, now: set_position({"position": 0}, now),
            "set_position": set_position,
            "stop": word("payload_stop", "STOP") if "payload_stop" in config.config else None,
        }
    else:
        commands = {
            "open": word("payload_open", "OPEN"),
            "close": word("payload_close", "CLOSE"),
            "stop": word("payload_stop", "STOP") if "payload_stop" in config.config else None,
        }
    return Binding(tuple(config.readers), _present(commands))


def build_lock(config: Announced) -> Binding:
    """Compile a lock."""
    states = {
        config.text("state_locked", "LOCKED"): {STATE: "locked"},
        config.text("state_unlocked", "UNLOCKED"): {STATE: "unlocked"},
        config.text("state_locking", "LOCKING"): {STATE: "locking"},
        config.text("state_unlocking", "UNLOCKING"): {STATE: "unlocking"},
        config.text("state_jammed", "JAMMED"): {STATE: "jammed"},
        config.text("state_open", "OPEN"): {STATE: "open"},
        config.text("state_opening", "OPENING"): {STATE: "opening"},
        "None": {STATE: "unknown"},
    }
    config.read("state_topic", "value_template", lambda value: states.get(value, {}))
    writer = config.writer("command_topic", "command_template")
    commands: dict[str, Encode] = {}
    wants_code = bool(config.text("code_format"))  # the pattern itself is not tried: it comes from outside
    if writer is not None:

        def send(payload: str) -> Encode:
            def encode(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
                if wants_code and not data.get("code"):
                    message = "the lock wants its code, which it is not told here"
                    raise ActError(message)
                return (writer(payload, code=data.get("code")),)

            return encode

        commands = {
            "lock": send(config.text("payload_lock", "LOCK")),
            "unlock": send(config.text("payload_unlock", "UNLOCK")),
        }
        if opened := config.payload("payload_open", ""):
            commands["open"] = send(opened)
    return Binding(tuple(config.readers), commands)


def build_vacuum(config: Announced) -> Binding:
    """Compile a vacuum: one JSON state topic, plain commands."""

    def read(message: Message, _now: Mapping[str, Json]) -> Update:
        said = json_object(message)
        update: dict[str, Json] = {}
        if said.get("state") in _VACUUM_STATES:
            update[STATE] = said["state"]
        if isinstance(said.get("fan_speed"), str):
            update["fan_speed"] = said["fan_speed"]
        level = said.get("battery_level")
        if isinstance(level, int | float) and 0 <= level <= _FULL:
            update["battery_level"] = round(level)
        if rooms.writer is not None and isinstance(said.get("segments"), dict):
            update["segments"] = {str(key)[:64]: str(name)[:64] for key, name in list(said["segments"].items())[:64]}
        return update

    rooms = _Rooms(config)

    config.read_with("state_topic", read)
    topic = config.command_topic("command_topic")
    supported = config.texts("supported_features")
    usual = {
        "start": _payload_command(config, "payload_start", "start", topic),
        "stop": _payload_command(config, "payload_stop", "stop", topic),
        "pause": _payload_command(config, "payload_pause", "pause", topic),
        "return_to_base": _payload_command(config, "payload_return_to_base", "return_to_base", topic),
    }
    names = {"return_to_base": "return_home"}
    if supported:
        usual = {name: encode for name, encode in usual.items() if {name, names.get(name, name)} & set(supported)}
    commands = _present(usual)
    speeds = config.texts("fan_speed_list")
    speed_topic = config.command_topic("set_fan_speed_topic")
    attributes: Mapping[str, Json] = NOTHING
    if speed_topic is not None and speeds:
        attributes = {"fan_speed_list": speeds}

        def set_speed(data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
            speed = str(first(data, "fan_speed", "mode", "fan_mode"))
            if speed not in speeds:
                message = f"{speed!r} is none of its speeds: {', '.join(speeds)}"
                raise ActError(message)
            return ((speed_topic, speed),)

        commands["set_mode"] = set_speed
    if rooms.writer is not None:
        commands["clean_area"] = rooms.clean
    return Binding(tuple(config.readers), commands, attributes=attributes)


class _Rooms:
    """The rooms that a vacuum knows: it reports their names, and takes their keys as a list."""

    def __init__(self, config: Announced) -> None:
        self.writer = config.writer("clean_segments_command_topic", "clean_segments_command_template")

    def clean(self, data: Mapping[str, Json], now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        known: Mapping[str, str] = now.get("segments") or NOTHING
        wanted = _words(str(first(data, "area")))
        keys = [ident for ident, name in known.items() if _words(name) == wanted]
        if not keys:
            rooms = ", ".join(known.values()) or "none yet"
            message = f"it knows no room of that name; it has reported: {rooms}"
            raise ActError(message)
        if self.writer is None:
            return ()
        return (self.writer(keys if self.writer.templated else json.dumps(keys)),)


def _words(name: str) -> str:
    return spoken(name.replace("_", " "))


def build_mower(config: Announced) -> Binding:
    """Compile a lawn mower."""
    config.read("activity_state_topic", "activity_value_template", lambda v: {STATE: v} if v in _MOWER_STATES else {})
    commands: dict[str, Encode] = {}
    for command in ("start_mowing", "pause", "dock", "stop"):
        writer = config.writer(f"{command}_command_topic", f"{command}_command_template")
        if writer is not None:
            message = writer(command)
            commands[command] = lambda _data, _now, message=message: (message,)  # type: ignore[misc]
    return Binding(tuple(config.readers), commands)
