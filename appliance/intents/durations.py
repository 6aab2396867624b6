"""Lengths of time and times of day as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.intents.numbers import digits, number

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = {
    **dict.fromkeys(("second", "seconds", "sec", "secs", "s"), 1.0),
    **dict.fromkeys(("minute", "minutes", "min", "mins", "m"), 60.0),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), 3600.0),
    **dict.fromkeys(("day", "days", "d"), 86400.0),
    **dict.fromkeys(("week", "weeks"), 604800.0),
}
_SMALLER = {604800.0: 86400.0, 86400.0: 3600.0, 3600.0: 60.0, 60.0: 1.0}
"""The unit of a number that follows without one: "an hour twenty"."""

_FILLERS = frozenset(
    ("about", "around", "exactly", "roughly", "just", "the", "full", "more", "extra", "another", "additional")
)
_PARTS_OF_DAY = {
    ("in", "the", "morning"): "am", ("this", "morning"): "am", ("am",): "am", ("a", "m"): "am",
    ("pm",): "pm", ("p", "m"): "pm", ("in", "the", "afternoon"): "pm", ("this", "afternoon"): "pm",
    ("in", "the", "evening"): "pm", ("this", "evening"): "pm", ("tonight",): "pm", ("at", "night"): "pm",
}  # fmt: skip
_NAMED = {"noon": 12, "midday": 12, "midnight": 0}
_DAY = 86400


def duration(words: Sequence[str]) -> float | None:
    """Read all of `words` as a length in seconds; None when they are none.

    "an hour and a half", "one hour, 5 minutes", "quarter of an hour", "90 seconds", "1:30" (minutes and seconds).
    """
    words = [word for word in words if word not in ("-", ",") and word not in _FILLERS]
    if ":" in words:
        return _colons(words)
    total = 0.0
    unit = 0.0
    chunk: list[str] = []
    for word in words:
        value = _SECONDS.get(word)
        if value is None:
            chunk.append(word)
            continue
        if chunk[:1] == ["and"]:
            chunk = chunk[1:]
        many = _many(chunk, alone=len(words) == 1)
        if many is None or (unit and value >= unit):
            return None
        total += many * value
        unit = value
        chunk = []
    if chunk:
        if not unit:
            return None
        rest = chunk[1:] if chunk[0] == "and" else chunk
        many = number(rest)
        if many is None:
            return None
        # "an hour and a half" is half an hour more, "an hour twenty" twenty minutes
        total += many * (unit if 0 < many < 1 else _SMALLER.get(unit, 0.0))
    return total if total > 0 else None


_BEFORE = (("half",), ("quarter", "of"), ("quarters", "of"))
"""What "an hour" may be a part of."""
_AFTER = (("and", "a", "half"), ("and", "a", "quarter"))


def whole_length(words: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """The bounds of the length of which ``words[first:last]`` may be only a part: "an hour" of "half an hour", "10" of "10 minutes"."""
    if words[last : last + 1] and words[last] in _SECONDS and words[last - 1] not in _SECONDS:
        last += 1
    if words[first] in ("a", "an"):
        first -= next((len(part) for part in _BEFORE if tuple(words[max(0, first - len(part)) : first]) == part), 0)
        if words[first] in ("quarter", "quarters") and number(words[max(0, first - 1) : first + 1]) is not None:
            first -= 1
    last += next((len(part) for part in _AFTER if tuple(words[last : last + len(part)]) == part), 0)
    return (first, last) if "timers" in words else _joined(words, first, last)


_LONGEST_PART = 6
"""Words of one unit of a length: "and one hundred and five minutes"."""


def _joined(words: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """The same with the greater units right before it and the smaller ones right after it."""
    for start in range(max(0, first - _LONGEST_PART), first):
        before = words[first - 2 : first - 1] if words[first - 1] in _AND else words[first - 1 : first]
        if _is_number(words[start]) and _SECONDS.keys() & set(before) and duration(words[start:last]) is not None:
            return _joined(words, start, last)
    for end in range(min(len(words), last + _LONGEST_PART), last, -1):
        goes_on = words[last] in _AND or _is_number(words[last])
        if (
            goes_on
            and words[end - 1] in _SECONDS
            and words[last - 1] in _SECONDS
            and duration(words[first:end]) is not None
        ):
            return _joined(words, first, end)
    return first, last


_AND = ("and", ",")


def _is_number(word: str) -> bool:
    return number([word]) is not None


def _many(words: Sequence[str], *, alone: bool) -> float | None:
    if not words:
        return 1.0 if alone else None
    if len(words) > 1 and words[-1] in ("a", "an"):  # "half an hour", "quarter of an hour"
        words = words[:-1]
    words = [word for word in words if word != "of"]
    return number(words)


def _colons(words: Sequence[str]) -> float | None:
    if len(words) not in (3, 5) or any(word != ":" for word in words[1::2]):
        return None
    numbers = [digits(word) for word in words[::2]]
    total = 0.0
    for value in numbers:
        if value is None or value != int(value):
            return None
        total = total * 60 + value
    return total if total > 0 else None


def clock(words: Sequence[str]) -> float | None:
    """Read all of `words` as a time of day in seconds after midnight; None when they are none.

    "seven pm", "7:30", "half past six", "quarter to seven in the evening", "noon". Without am or pm the hour is taken as it was said.
    """
    words = [word for word in words if word != "-"]
    if words[:1] in (["at"], ["around"], ["about"]):
        words = words[1:]
    half = ""
    for ending, which in _PARTS_OF_DAY.items():
        if len(words) > len(ending) and tuple(words[-len(ending) :]) == ending:
            half, words = which, words[: -len(ending)]
            break
    minutes = _minutes(words)
    if minutes is None:
        return None
    hours = minutes // 60
    if half and not 1 <= hours <= 12:
        return None if half == "am" or hours > 23 or hours == 0 else minutes * 60
    if half:
        minutes += {"am": -720 if hours == 12 else 0, "pm": 0 if hours == 12 else 720}[half]
    return minutes * 60 % _DAY


def _minutes(words: Sequence[str]) -> float | None:
    """Minutes after midnight, of the twelve or twenty-four hours that were said."""
    if not words:
        return None
    for sign, turn in (("past", 1), ("after", 1), ("to", -1), ("before", -1), ("till", -1)):
        if sign in words:
            cut = list(words).index(sign)
            lead = [word for word in words[:cut] if word not in ("minutes", "minute")]
            many = number(lead)
            hour = _minutes(words[cut + 1 :])
            if many is None or hour is None or hour % 60 or not 0 < many < 60:
                return None
            return (hour + turn * (many * 60 if many < 1 else many)) % 1440
    if len(words) == 1 and words[0] in _NAMED:
        return _NAMED[words[0]] * 60
    words = [word for word in words if word not in ("o'clock", "oclock", "hours")]
    if ":" in words:
        hour, minute = number(words[: words.index(":")]), number(words[words.index(":") + 1 :])
    elif len(words) == 1 and "." in words[0]:
        hour, minute = digits(words[0].partition(".")[0]), digits(words[0].partition(".")[2])
    elif number(words) is not None and len(words) == 1:
        hour, minute = number(words), 0.0
    else:
        hour, minute = number(words[:1]), number([word for word in words[1:] if word not in ("oh", "o")])
    if hour is None or minute is None or hour != int(hour) or minute != int(minute):
        return None
    return hour * 60 + minute if 0 <= hour < 24 and 0 <= minute < 60 else None
