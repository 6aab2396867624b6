"""Conditions that the clock and the calendar tell: "if it's after eight", "unless it's the weekend"."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from appliance.intents.numbers import number

_DAY = 24 * 60
_HALF = 12 * 60
_LATE, _SMALL_HOURS = 18 * 60, 4 * 60
"""At two in the night it is still after ten in the evening."""
_MORNING = 6 * 60
"""Then it is no longer "after midnight"."""
_IT = r"(?:it|the time)(?: is|'s)(?P<no> not|n't)?(?: (?:already|still|now|currently|yet|only))?"
_TIME = (
    r"(?:(?P<part>half|quarter|\w+)(?: minutes?)? (?P<beside>past|to) )?(?P<hour>[a-z]+|\d{1,2})"
    r"(?:[:. ](?P<minutes>\d\d|(?!o'?clock|[ap]\.?m\b|in\b|at\b)[a-z]+(?:[ -](?!in\b|at\b|[ap]m\b)[a-z]+)?))?"
    r"(?: ?o'?clock)?(?: ?(?P<half>a\.?m\.?|p\.?m\.?|in the morning|in the afternoon|in the evening|at night))?"
)
_SIDE = re.compile(rf"{_IT} (?P<side>after|past|gone|later than|before|earlier than) (?P<time>{_TIME})", re.IGNORECASE)
_BETWEEN = re.compile(rf"{_IT} between (?P<one>[\w:. ']+?) and (?P<other>[\w:. ']+)", re.IGNORECASE)
_ON = re.compile(
    rf"(?:{_IT}|today(?: is|'s)(?P<not> not|n't)?) (?:in |at |on )?(?:a |an |the )?(?P<when>[a-z]+?)(?: ?time)?(?: (?:today|now|already))*",
    re.IGNORECASE,
)
_CLOCK = re.compile(_TIME, re.IGNORECASE)
_NAMED = {"noon": 12 * 60, "midday": 12 * 60, "midnight": 0}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = {
    **{day: frozenset({at}) for at, day in enumerate(_DAYS)},
    "weekend": frozenset({5, 6}), "weekday": frozenset(range(5)), "workday": frozenset(range(5)),
}  # fmt: skip
_PARTS = {"morning": (5 * 60, 12 * 60), "afternoon": (12 * 60, 18 * 60), "evening": (18 * 60, 23 * 60)}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said."""

    minutes: int
    """Since midnight."""
    certain: bool
    """False: it may as well be twelve hours later or earlier."""

    def against(self, now: int) -> int:
        """Minutes from this time to `now`, negative before it; of two times that may be meant the nearer one counts."""
        if self.certain:
            return now - self.minutes + (_DAY if self.minutes >= _LATE and now < _SMALL_HOURS else 0)
        return (now - self.minutes + _HALF // 2) % _HALF - _HALF // 2


@dataclass(frozen=True, slots=True)
class Hours:
    """When a condition of the clock holds."""

    since: Clock | None = None
    until: Clock | None = None
    days: frozenset[int] = frozenset(range(7))
    """Of the week, Monday is 0."""

    def hold(self, now: time.struct_time) -> bool:
        """Whether they do at that moment."""
        minutes = 60 * now.tm_hour + now.tm_min
        if self.since is not None and self.until is not None and self.since.certain and self.until.certain:
            return (minutes - self.since.minutes) % _DAY < (self.until.minutes - self.since.minutes) % _DAY
        if self.until is None and self.since is not None and self.since.certain and self.since.minutes < _SMALL_HOURS:
            return self.since.minutes <= minutes < _MORNING
        after = self.since is None or self.since.against(minutes) >= 0
        before = self.until is None or self.until.against(minutes) < 0
        return now.tm_wday in self.days and after and before


def hours(condition: str) -> tuple[Hours, bool] | None:
    """When a condition holds, and whether it is said to; None: the clock does not tell it."""
    if found := _SIDE.fullmatch(condition):
        clock = _clock(found["time"])
        if clock is None:
            return None
        late = found["side"].lower() in {"after", "past", "gone", "later than"}
        return Hours(since=clock) if late else Hours(until=clock), found["no"] is None
    if found := _BETWEEN.fullmatch(condition):
        one, other = _clock(found["one"]), _clock(found["other"])
        if one is None or other is None or not (one.certain and other.certain):
            return None
        return Hours(one, other), found["no"] is None
    if (found := _ON.fullmatch(condition)) is not None:
        when = found["when"].lower()
        said = found["no"] is None and found["not"] is None
        if when in _WEEK:
            return Hours(days=_WEEK[when]), said
        if when in _PARTS:
            first, last = _PARTS[when]
            return Hours(Clock(first, certain=True), Clock(last, certain=True)), said
    return None


def _clock(said: str) -> Clock | None:
    said = said.lower().strip()
    if said in _NAMED:
        return Clock(_NAMED[said], certain=True)
    if (found := _CLOCK.fullmatch(said)) is None:
        return None
    hour, minutes = _whole(found["hour"]), _whole(found["minutes"]) if found["minutes"] else 0
    if hour is None or minutes is None or hour >= 24 or minutes >= 60:
        return None
    beside = {"half": 30, "quarter": 15}.get(found["part"] or "", _whole(found["part"])) if found["part"] else 0
    if beside is None:
        return None
    half = (found["half"] or "").replace(".", "")
    certain = bool(half) or hour > 12 or hour == 0
    if half and hour <= 12:
        hour = hour % 12 + (
            0 if half in {"am", "in the morning"} or (half == "at night" and hour in {12, 1, 2, 3, 4}) else 12
        )
    at = 60 * hour + minutes + (-beside if found["beside"] == "to" else beside)
    return Clock(at % _DAY, certain)


def _whole(said: str | None) -> int | None:
    value = number((said or "").replace("-", " ").split())
    return None if value is None or value != int(value) or value < 0 else int(value)
