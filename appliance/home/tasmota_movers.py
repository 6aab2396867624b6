"""What moves on devices with Tasmota: the motor of an iFan, shutters and their slats."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from appliance.errors import ActError
from appliance.home.announced import neat
from appliance.home.binding import STATE, Binding, Encode, Message, Update
from appliance.home.movers import POSITION, TILT
from appliance.home.simple import first, json_object
from appliance.home.spec import Spec
from appliance.home.tasmota_board import SHUTTER, Board, whole_number
from appliance.messages import NOTHING, Json

_PERCENT = 100
_FAN_SPEEDS = 3
_INVERTED = 1

Values = Mapping[str, Json]
Sent = tuple[tuple[str, str], ...]


def fans(board: Board) -> Iterator[Spec]:
    """The motor of an iFan: three speeds."""
    if board.config.get("if") == 1:
        yield board.spec("fan", "fan", f"{board.name} fan", _fan(board))


def _fan(board: Board) -> Binding:
    def read(message: Message, _now: Values) -> Update:
        speed = json_object(message).get("FanSpeed")
        if type(speed) is not int or not 0 <= speed <= _FAN_SPEEDS:
            return {}
        return {STATE: "on" if speed else "off", "percentage": _PERCENT * speed // _FAN_SPEEDS}

    def say(speed: int) -> Sent:
        return ((board.cmnd + "FanSpeed", str(speed)),)

    def set_percentage(data: Values, _now: Values) -> Sent:
        return say(math.ceil(_percent(first(data, "percentage"), "speed") * _FAN_SPEEDS / _PERCENT))

    commands: Mapping[str, Encode] = NOTHING
    if not board.notes:
        commands = {
            "turn_on": lambda data, now: set_percentage(data, now) if "percentage" in data else say(2),
            "turn_off": lambda _data, _now: say(0),
            "set_percentage": set_percentage,
        }
    return Binding(
        board.reports(read),
        commands,
        attributes={"percentage_step": round(_PERCENT / _FAN_SPEEDS, 2)},
        availability=board.availability,
        polls=board.poll,
        notes=board.notes,
    )


def shutters(board: Board) -> Iterator[Spec]:
    """Covers: two relays of their kind each."""
    relays = [relay for relay, kind in enumerate(board.relays) if kind == SHUTTER]
    for number, relay in enumerate(relays[::2], start=1):
        inverted = bool(whole_number(_of(board, "sho", number)) & _INVERTED)
        name = board.friendly(relay, number)
        yield board.spec("cover", f"shutter_{number}", name, _shutter(board, number, inverted=inverted), "shutter")


def _of(board: Board, key: str, number: int) -> Json:
    """What a list of the config says of one shutter."""
    listed = board.config.get(key)
    return listed[number - 1] if isinstance(listed, list) and len(listed) >= number else None


def _shutter(board: Board, number: int, *, inverted: bool) -> Binding:
    tilts = _tilts(board, number)

    def percent(value: float) -> int:
        shown = min(_PERCENT, max(0, round(value)))
        return _PERCENT - shown if inverted else shown

    def read(message: Message, _now: Values) -> Update:
        said = json_object(message).get(f"Shutter{number}")
        if not isinstance(said, dict):
            return {}
        update: dict[str, Json] = {}
        if isinstance(said.get("Position"), int | float):
            position = percent(said["Position"])
            direction = said.get("Direction", 0)
            moving = {1: "opening", -1: "closing"} if not inverted else {-1: "opening", 1: "closing"}
            resting = "closed" if position == 0 else "open"
            update = {STATE: moving.get(direction, resting) if type(direction) is int else resting, POSITION: position}
        if tilts is not None and isinstance(said.get("Tilt"), int | float):
            update[TILT] = round(min(_PERCENT, max(0, (said["Tilt"] - tilts[0]) * _PERCENT / (tilts[1] - tilts[0]))))
        return update

    def set_position(data: Values, _now: Values) -> Sent:
        position = _percent(first(data, "position", POSITION), "position")
        return ((f"{board.cmnd}ShutterPosition{number}", str(percent(position))),)

    def word(command: str) -> Encode:
        return lambda _data, _now: ((f"{board.cmnd}{command}{number}", ""),)

    commands: dict[str, Encode] = {}
    if not board.notes:
        commands = {
            "open": word("ShutterOpen"),
            "close": word("ShutterClose"),
            "stop": word("ShutterStop"),
            "set_position": set_position,
        }
        if tilts is not None:
            low, high = tilts

            def set_tilt(data: Values, _now: Values) -> Sent:
                degrees = low + _percent(first(data, "tilt_position"), "tilt") * (high - low) / _PERCENT
                return ((f"{board.cmnd}ShutterTilt{number}", str(round(degrees))),)

            commands["set_tilt"] = set_tilt
    return Binding(
        (*board.reports(read), *board.sensor_reports(read)),
        commands,
        availability=board.availability,
        polls=board.poll_sensors,
        notes=board.notes,
    )


def _tilts(board: Board, number: int) -> tuple[int, int] | None:
    """The angles of closed and open slats; None: it has none."""
    said = _of(board, "sht", number)
    if not isinstance(said, list) or len(said) < 3:
        return None
    low, high, lasts = map(whole_number, said[:3])
    return (low, high) if lasts and low != high else None


def _percent(value: Json, what: str) -> float:
    percent = float(value)
    if not 0 <= percent <= _PERCENT:
        message = f"a {what} is 0 to 100{' percent' if what == 'speed' else ''}, not {neat(percent)}"
        raise ActError(message)
    return percent
