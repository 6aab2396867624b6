"""Times of the past in words: "last night", "yesterday between 2 and 4", "in the last three hours". Pure, local time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PARTS: Mapping[str, tuple[float, float]] = {
    "morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (20, 32),
}  # fmt: skip
"""Part of a day to its hours; the night ends on the next day."""
_UNITS = {"second": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}
_SOON = 7
"""Of an hour said without am or pm about another day, up to this one is after noon."""

_CLOCK = r"(?:\d{1,2}(?: ?: ?\d\d)?(?: o'clock)?(?: ?[ap] ?m)?|noon|midday|midnight)"
_LEAD = r"(?:(?:in|during|over|for|of|from|within|the|all|about|around|through) )*"
"""Without "on": what was on yesterday was not on on yesterday."""
_REL = re.compile(
    rf"\b{_LEAD}(?:last|past|previous) (?:(?P<n>\d+(?:\.\d+)?|few|couple of|half) ?(?:an )?)?"
    r"(?P<unit>second|minute|min|hour|day|week|month)s?\b"
)
_AGO = re.compile(rf"\b{_LEAD}(?P<n>\d+(?:\.\d+)?|an?|half an) (?P<unit>second|minute|min|hour|day|week|month)s? ago\b")
_RANGE = re.compile(rf"\b(?:between|from) (?P<a>{_CLOCK}) (?:and|to|till|until|-) (?P<b>{_CLOCK})\b")
_EDGE = re.compile(
    rf"\b(?P<edge>since|before|after|until|till|at|around|about) (?P<a>{_CLOCK})(?![\d.]| (?:degree|percent|watt))\b"
)
_DAY = re.compile(
    rf"\b(?P<since>since )?{_LEAD}(?:"
    r"(?P<night>last night|overnight|over night|the night)"
    r"|(?P<tonight>tonight)"
    r"|this (?P<this>morning|afternoon|evening|night)"
    rf"|(?P<day>today|yesterday|(?:the )?day before yesterday|(?:on |last |on last )?(?:{'|'.join(_WEEKDAYS)}))(?:'s)?"
    r"(?: (?P<part>morning|afternoon|evening|night))?"
    r"|(?P<which>last|this) (?P<long>week|month)"
    r")\b"
)


@dataclass(frozen=True, slots=True)
class When:
    """A time of the past."""

    start: float
    """Wall-clock second."""
    end: float
    words: str
    """As it is said in an answer: "last night", "yesterday between 14:00 and 16:00"."""
    point: bool = False
    """A moment was asked for; `start` and `end` are it."""


def find_when(text: str, now: float) -> tuple[When | None, str]:
    """The time in a normalised sentence, and the sentence without it; None and the sentence: there is none.

    `text` is in lower case, numbers in digits, without punctuation but the colon of a clock.
    """
    relative = _relative(text, now)
    if relative is not None:
        return relative
    today = _local(now)
    day, rest = _day(text, today)
    clock = _RANGE.search(rest) or _EDGE.search(rest)
    if clock is None:
        if day is None:
            return None, text
        end = min(day.end, now) if not day.since else now
        words = f"since {day.words}" if day.since else day.words
        return When(min(day.start, now), end, words), rest
    when = _clocked(clock, day, today)
    if when is None:
        return None, text
    return when, _tidy(rest[: clock.start()] + " " + rest[clock.end() :])


def _relative(text: str, now: float) -> tuple[When, str] | None:
    ago = _AGO.search(text)
    if ago is not None:
        seconds = _amount(ago["n"]) * _UNITS[ago["unit"]]
        words = re.sub(rf"^{_LEAD}", "", ago.group())
        return When(now - seconds, now - seconds, words, point=True), _cut(text, ago)
    found = _REL.search(text)
    if found is None or (found["n"] is None and found["unit"] in {"week", "month", "day"}):
        return None
    seconds = _amount(found["n"] or "1") * _UNITS[found["unit"]]
    words = re.sub(rf"^{_LEAD}", "", found.group())
    return When(now - seconds, now, f"in the {words}"), _cut(text, found)


def _amount(word: str) -> float:
    known = {"a": 1.0, "an": 1.0, "few": 3.0, "couple of": 2.0, "half": 0.5, "half an": 0.5}
    return known[word] if word in known else float(word)


@dataclass(frozen=True, slots=True)
class _Day:
    start: float
    end: float
    words: str
    midnight: datetime
    """Of the day that hours are counted from."""
    part: str = ""
    since: bool = False
    is_today: bool = False


def _day(text: str, today: datetime) -> tuple[_Day | None, str]:
    found = _DAY.search(text)
    if found is None:
        return None, text
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    since = found["since"] is not None
    rest = _cut(text, found)
    if found["long"]:
        return _long(found, midnight, since=since), rest
    if found["night"]:
        base = midnight - timedelta(days=1)
        return _part(base, "night", "last night", since=since), rest
    if found["tonight"]:
        return _part(midnight, "evening", "tonight", since=since, is_today=True), rest
    if found["this"]:
        return _part(midnight, found["this"], f"this {found['this']}", since=since, is_today=True), rest
    name = found["day"].removeprefix("the ").removeprefix("on ").removeprefix("last ")
    back = {"today": 0, "yesterday": 1, "day before yesterday": 2}.get(name)
    words = "the day before yesterday" if back == 2 else name
    if back is None:
        back = (today.weekday() - _WEEKDAYS.index(name)) % 7 or 7
        words = f"on {name.capitalize()}"
    base = midnight - timedelta(days=back)
    if found["part"]:
        return _part(base, found["part"], f"{words} {found['part']}", since=since, is_today=back == 0), rest
    end = base + timedelta(days=1)
    return _Day(base.timestamp(), end.timestamp(), words, base, since=since, is_today=back == 0), rest


def _part(base: datetime, part: str, words: str, *, since: bool, is_today: bool = False) -> _Day:
    first, last = _PARTS[part]
    start, end = base + timedelta(hours=first), base + timedelta(hours=last)
    return _Day(start.timestamp(), end.timestamp(), words, base, part, since, is_today)


def _long(found: re.Match[str], midnight: datetime, *, since: bool) -> _Day:
    words = f"{found['which']} {found['long']}"
    if found["long"] == "week":
        start = midnight - timedelta(days=midnight.weekday())
        before = start - timedelta(days=7)
    else:
        start = midnight.replace(day=1)
        before = (start - timedelta(days=1)).replace(day=1)
    if found["which"] == "last":
        return _Day(before.timestamp(), start.timestamp(), words, before, since=since)
    return _Day(start.timestamp(), (midnight + timedelta(days=1)).timestamp(), words, start, since=since)


# --- clocks -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int
    sure: bool
    """Said with am or pm, or so that it is clear."""


def _read_clock(text: str) -> _Clock | None:
    if text in {"noon", "midday"}:
        return _Clock(12, 0, sure=True)
    if text == "midnight":
        return _Clock(0, 0, sure=True)
    found = re.match(r"(\d{1,2})(?: ?: ?(\d\d))?(?: o'clock)?(?: ?([ap]) ?m)?$", text)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        return _Clock(hour % 12 + (12 if found[3] == "p" else 0), minute, sure=True)
    if hour > 24 or minute > 59:
        return None
    sure = hour > 12 or hour == 0 or (found[2] is not None and found[1].startswith("0"))
    return _Clock(hour % 24, minute, sure=sure)


def _clocked(found: re.Match[str], day: _Day | None, today: datetime) -> When | None:
    first = _read_clock(found["a"])
    if first is None:
        return None
    where = f" {day.words}" if day is not None else ""
    if "b" in found.re.groupindex:
        second = _read_clock(found["b"])
        if second is None:
            return None
        if second.sure and not first.sure and second.hour >= 12 and first.hour + 12 < second.hour:
            first = _Clock(first.hour + 12, first.minute, sure=True)
        start = _placed(first, day, today)
        end = _after(second, start)
        words = f"between {start:%H:%M} and {end:%H:%M}{where or _of_day(start, today)}"
        return When(start.timestamp(), min(end, today).timestamp(), words)
    moment = _placed(first, day, today)
    edge = found["edge"]
    said = f"{moment:%H:%M}{where or _of_day(moment, today)}"
    if edge == "since":
        return When(moment.timestamp(), today.timestamp(), f"since {said}")
    midnight = moment.replace(hour=0, minute=0)
    if edge in {"before", "until", "till"}:
        return When(midnight.timestamp(), moment.timestamp(), f"before {said}")
    if edge == "after":
        end = min(midnight + timedelta(days=1), today)
        return When(moment.timestamp(), end.timestamp(), f"after {said}")
    return When(moment.timestamp(), moment.timestamp(), f"at {said}", point=True)


def _placed(clock: _Clock, day: _Day | None, today: datetime) -> datetime:
    """The moment that a clock means: on its day, or else the latest that is past."""
    if day is not None:
        hour = clock.hour
        if day.part == "night":
            if not clock.sure and 6 < hour < 12:
                hour += 12
            offset = hour + 24 if hour < 12 else hour
            return day.midnight + timedelta(hours=offset, minutes=clock.minute)
        if not clock.sure:
            late = day.part in {"afternoon", "evening"} or (not day.part and not day.is_today and 1 <= hour <= _SOON)
            hour += 12 if late and hour < 12 else 0
        moment = day.midnight + timedelta(hours=hour, minutes=clock.minute)
        later = moment + timedelta(hours=12)
        if day.is_today and not day.part and not clock.sure and hour < 12 and later <= today:
            moment = later
        return moment
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = (clock.hour,) if clock.sure else (clock.hour % 12, clock.hour % 12 + 12)
    moments = [midnight + timedelta(days=back, hours=hour, minutes=clock.minute) for back in (-1, 0) for hour in hours]
    return max((moment for moment in moments if moment <= today), default=moments[0])


def _after(clock: _Clock, start: datetime) -> datetime:
    """The first moment after `start` that a clock can mean."""
    midnight = start.replace(hour=0, minute=0)
    hours = (clock.hour,) if clock.sure else (clock.hour % 12, clock.hour % 12 + 12)
    moments = [midnight + timedelta(days=ahead, hours=hour, minutes=clock.minute) for ahead in (0, 1) for hour in hours]
    return min(moment for moment in moments if moment > start)


def _of_day(moment: datetime, today: datetime) -> str:
    if moment.date() == today.date():
        return ""
    return " yesterday" if moment.date() == today.date() - timedelta(days=1) else f" on {moment:%A}"


def moment_words(at: float, now: float) -> str:
    """A moment as people say it: "at 14:05", "yesterday at 14:05", "on Monday at 14:05", "on 3 November at 14:05"."""
    moment, today = _local(at), _local(now)
    days = (today.date() - moment.date()).days
    clock = f"at {moment:%H:%M}"
    if days == 0:
        return clock
    if days == 1:
        return f"yesterday {clock}"
    if 1 < days < 7:
        return f"on {moment:%A} {clock}"
    year = f" {moment.year}" if moment.year != today.year else ""
    return f"on {moment.day} {moment:%B}{year} {clock}"


def _local(at: float) -> datetime:
    """Local time without a zone: arithmetic follows the clock on the wall, ``timestamp`` knows about summer time."""
    return datetime.fromtimestamp(at)  # noqa: DTZ006


def _cut(text: str, found: re.Match[str]) -> str:
    return _tidy(text[: found.start()] + " " + text[found.end() :])


def _tidy(text: str) -> str:
    return " ".join(text.split())
