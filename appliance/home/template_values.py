"""Values inside templates, and the filters and methods that may be applied to them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from appliance.messages import Json
from appliance.text import read_json

MAX_TEXT = 65536
"""Longest text that a template may produce, in characters."""


class Undefined:
    """What a missing key is: renders as nothing, is false, equals only itself."""

    def __bool__(self) -> bool:
        """Return false."""
        return False

    def __str__(self) -> str:
        """Return nothing."""
        return ""


UNDEFINED: Final = Undefined()
"""The value of a name or key that is not there."""


class NoValueError(Exception):
    """``| is_defined`` met a missing key: the message says nothing about this value."""


def text(value: Json) -> str:
    """Write a value as templates do: Python's ``True``, ``None``; JSON for objects and lists."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _number(value: Json) -> float | int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        text = value.strip()
        try:
            return int(text)
        except ValueError:
            return float(text)
    message = "not a number"
    raise ValueError(message)


def _as_float(value: Json, default: Json = UNDEFINED) -> Json:
    try:
        return float(_number(value))
    except (ValueError, OverflowError):
        if default is UNDEFINED:
            raise
        return default


def _as_int(value: Json, default: Json = UNDEFINED, base: Json = 10) -> Json:
    try:
        if base != 10:
            return int(text(value).strip(), base)
        return int(_number(value))
    except (ValueError, OverflowError):
        if default is UNDEFINED:
            raise
        return default


def _round(value: Json, precision: Json = 0, method: Json = "common", default: Json = UNDEFINED) -> Json:
    try:
        number = float(_number(value))
        digits = int(_number(precision))
        scale = 10.0 ** max(-9, min(9, digits))
        if method == "floor":
            rounded = float(number * scale // 1) / scale
        elif method == "ceil":
            rounded = -float(-number * scale // 1) / scale
        else:
            rounded = round(number, digits)
    except (ValueError, OverflowError):
        if default is UNDEFINED:
            raise
        return default
    return int(rounded) if digits == 0 else rounded


def _default(value: Json, default_value: Json = "", boolean: Json = False) -> Json:
    return default_value if value is UNDEFINED or (boolean and not value) else value


def _is_defined(value: Json) -> Json:
    if value is UNDEFINED:
        raise NoValueError
    return value


def _bool(value: Json, default: Json = UNDEFINED) -> Json:
    lowered = text(value).strip().lower()
    if lowered in {"1", "true", "yes", "on", "enable"}:
        return True
    if lowered in {"0", "false", "no", "off", "disable"}:
        return False
    if default is UNDEFINED:
        message = "not a truth value"
        raise ValueError(message)
    return default


def _iif(value: Json, if_true: Json = True, if_false: Json = False) -> Json:
    return if_true if value and value is not UNDEFINED else if_false


def bounded(result: str) -> str:
    """Return `result` unless it is too long: repeated replacing or quoting grows a text without end."""
    if len(result) > MAX_TEXT:
        message = "text too long"
        raise ValueError(message)
    return result


def _replace(value: Json, old: Json, new: Json) -> Json:
    before, now, then = text(value), text(old), text(new)
    if not now:
        return before
    if len(before) + before.count(now) * (len(then) - len(now)) > MAX_TEXT:
        message = "text too long"
        raise ValueError(message)
    return before.replace(now, then)


def _truncate(value: Json, length: Json = 255, killwords: Json = False, end: Json = "...", leeway: Json = 5) -> Json:
    """Cut a long text; without `killwords` behind a whole word."""
    whole, tail = text(value), text(end)
    size = int(_number(length))
    if len(whole) <= size + int(_number(leeway)):
        return whole
    cut = whole[: max(0, size - len(tail))]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + tail


_CONVERSION = re.compile(r"%[-+ 0#]{0,3}\d{0,2}(?:\.\d{1,2})?[dfgixXs%]")


def formatted(value: Json, arguments: Sequence[Json]) -> str:
    """printf-style formatting as ``format`` and ``%`` do it, with widths that stay small."""
    pattern = text(value)
    if "%" in _CONVERSION.sub("", pattern) or any(isinstance(one, dict | list) for one in arguments):
        message = "only %d, %f, %g, %s and %x of plain values are formatted"
        raise ValueError(message)
    return bounded(pattern % tuple(arguments))


def _listed(values: tuple[Json, ...]) -> Sequence[Json]:
    """What ``min`` and ``max`` look at: one list, or the arguments themselves."""
    return values[0] if len(values) == 1 and isinstance(values[0], list) else values


def _is_number(value: Json) -> Json:
    try:
        return math.isfinite(_number(value))
    except (ValueError, OverflowError):
        return False


def _join(value: Json, mark: Json = "") -> Json:
    if not isinstance(value, list):
        message = "only lists are joined"
        raise TypeError(message)
    pieces, between = [text(item) for item in value], text(mark)
    if sum(map(len, pieces)) + len(between) * len(pieces) > MAX_TEXT:
        message = "text too long"
        raise ValueError(message)
    return between.join(pieces)


def _ends(*, last: bool) -> Callable[[Json], Json]:
    def end(value: Json) -> Json:
        if not isinstance(value, str | list):
            message = "only texts and lists have a first and a last"
            raise TypeError(message)
        return value[-1 if last else 0] if value else UNDEFINED

    return end


def _to_json(value: Json) -> Json:
    return bounded(json.dumps(value, ensure_ascii=False))


def _get(value: Json, key: Json, default: Json = None) -> Json:
    return value.get(key, default) if isinstance(value, dict) else UNDEFINED


FILTERS: Final[Mapping[str, Callable[..., Json]]] = {
    "float": _as_float,
    "int": _as_int,
    "round": _round,
    "default": _default,
    "d": _default,
    "is_defined": _is_defined,
    "lower": lambda value: text(value).lower(),
    "upper": lambda value: text(value).upper(),
    "title": lambda value: text(value).title(),
    "capitalize": lambda value: text(value).capitalize(),
    "trim": lambda value: text(value).strip(),
    "string": text,
    "bool": _bool,
    "abs": lambda value: abs(_number(value)),
    "length": lambda value: len(value) if isinstance(value, str | list | dict) else 0,
    "count": lambda value: len(value) if isinstance(value, str | list | dict) else 0,
    "replace": _replace,
    "iif": _iif,
    "tojson": _to_json,
    "to_json": _to_json,
    "from_json": lambda value: read_json(text(value)),
    "truncate": _truncate,
    "join": _join,
    "first": _ends(last=False),
    "last": _ends(last=True),
    "list": lambda value: list(value) if isinstance(value, str | list | dict) else UNDEFINED,
    "min": lambda *values: min(_listed(values)),
    "max": lambda *values: max(_listed(values)),
    "sum": lambda value: sum(_number(item) for item in value),
    "format": lambda value, *arguments: formatted(value, arguments),
    "is_number": _is_number,
    "bitwise_and": lambda value, mask: int(_number(value)) & int(_number(mask)),
    "bitwise_or": lambda value, mask: int(_number(value)) | int(_number(mask)),
    "add": lambda value, amount: _number(value) + _number(amount),
    "multiply": lambda value, amount: float(_number(value)) * _number(amount),
}
"""Filters by name (``value | name(arguments)``)."""

METHODS: Final[Mapping[str, Callable[..., Json]]] = {
    "get": _get,
    "lower": FILTERS["lower"],
    "upper": FILTERS["upper"],
    "title": FILTERS["title"],
    "strip": lambda value, chars=None: text(value).strip(chars),
    "lstrip": lambda value, chars=None: text(value).lstrip(chars),
    "rstrip": lambda value, chars=None: text(value).rstrip(chars),
    "isdigit": lambda value: text(value).isdigit(),
    "replace": FILTERS["replace"],
    "startswith": lambda value, start: text(value).startswith(text(start)),
    "endswith": lambda value, end: text(value).endswith(text(end)),
    "split": lambda value, mark=" ": list(text(value).split(text(mark))),
    "keys": lambda value: list(value) if isinstance(value, dict) else UNDEFINED,
    "values": lambda value: list(value.values()) if isinstance(value, dict) else UNDEFINED,
}
"""Methods by name (``value.name(arguments)``)."""

FUNCTIONS: Final[Mapping[str, Callable[..., Json]]] = {
    name: FILTERS[name] for name in ("bool", "float", "iif", "int", "is_number", "max", "min")
}
"""Functions by name (``name(arguments)``)."""
