"""From an MQTT payload to a reading. Pure; payloads are hostile."""

from __future__ import annotations

import json
import math

from appliance.messages import Json
from appliance.watch.rules import Value

MAX_BYTES = 65_536
"""Larger payloads hold no reading."""
MAX_TEXT = 255
"""Longer texts are no states."""

_NOTHING = frozenset({"nan", "-nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "null"})
"""What broken sensors and their programs write instead of a number."""


def reading(payload: bytes, path: str = "") -> Value | None:
    """The number or text in a payload; None: there is none.

    Args:
        payload: a plain number or text, or JSON.
        path: keys and indexes into the JSON, joined by dots (a key may have dots of its own: ``PMS5003.PM2.5``); empty: the payload
            is the value.
    """
    if not payload or len(payload) > MAX_BYTES:
        return None
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        return None
    if not path:
        number = _number(text)
        if number is not None:
            return number
        if text[:1] != '"':
            return _text(text) if text and text[0] not in "{[" else None
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return None
    steps = path.split(".") if path else []
    while steps:
        if isinstance(value, dict):
            taken = next((n for n in range(1, len(steps) + 1) if ".".join(steps[:n]) in value), 0)
            value = value.get(".".join(steps[:taken]))
        elif isinstance(value, list) and steps[0].isascii() and steps[0].isdigit() and int(steps[0][:9]) < len(value):
            taken, value = 1, value[int(steps[0][:9])]
        else:
            return None
        if not taken:
            return None
        steps = steps[taken:]
    return _value(value)


def _value(value: Json) -> Value | None:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    if isinstance(value, str):
        said = _number(value.strip())
        if said is not None:
            return said
        return _text(value)
    return None


def _text(text: str) -> str | None:
    if not text or len(text) > MAX_TEXT or not text.isprintable() or text.strip().lower() in _NOTHING:
        return None
    return text


def _number(text: str) -> float | None:
    """A finite number as sensors write it; ``nan`` and ``1_000`` are none."""
    if not text or len(text) > 64 or not text.isascii() or "_" in text or text[0].isalpha():
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
