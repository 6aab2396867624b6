"""Answers to questions about the past, as sentences, from stored history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.history import History, Row, State
from appliance.messages import Home
from appliance.recall.grammar import Question
from appliance.recall.things import Thing, bound_in, by_room, find
from appliance.recall.times import When, find_when, moment_words
from appliance.resolver.situation import join
from appliance.resolver.speech import state_words, value_words

DAY_S = 86_400.0
_NEAR_S = 3600.0
"""A reading this much before or after a moment still tells how it was then."""
_LONG_S = 14 * DAY_S
"""How far back "since when" is looked for."""
_MOST = 5
"""More things are not told one by one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, and what it is about."""

    text: str
    entities: tuple[str, ...] = ()
    """Keys of the series, entity ids where they are entities."""
    found: bool = True
    """False: nothing is known about it; `text` says so."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A time for which something was so."""

    start: float
    end: float
    open_start: bool = False
    """It was so already when the time asked about began."""
    open_end: bool = False
    """It is so still."""


@dataclass(frozen=True, slots=True)
class _Peak:
    thing: Thing
    value: float
    at: float


class Historian:
    """Answers questions; it reads the history and does nothing else."""

    def __init__(self, history: History) -> None:
        """Store the history."""
        self._history = history
        self._forms: Mapping[str, Callable[[Question, list[Thing], Home, float], Answer]] = {
            "extreme": self._extreme,
            "mean": self._mean,
            "range": self._range,
            "at": self._at,
            "since": self._since,
            "last": self._last,
            "count": self._count,
            "duration": self._duration,
            "whether": self._whether,
        }

    def answer(self, question: Question, home: Home, now: float) -> Answer | None:
        """Answer a question at wall-clock second `now`; None: nothing known is asked about."""
        form = self._forms.get(question.form)
        if form is None:
            return None
        things = find(question, home, self._history.series(), self._numbers())
        return form(question, things, home, now) if things else None

    def _numbers(self) -> frozenset[int]:
        texts = self._history.texts()
        return frozenset(series.id for series in self._history.series() if series.id not in texts)

    # --- numbers

    def _extreme(self, question: Question, things: list[Thing], home: Home, now: float) -> Answer:
        if question.which and question.target.split()[-1:] in (["room"], ["rooms"], ["area"], ["areas"], ["place"]):
            things = by_room(things, home) or things
        when = question.when
        peaks = [peak for thing in things if (peak := self._peak(thing, question, when, now)) is not None]
        if not peaks:
            return _nothing(things, when)
        peaks.sort(key=lambda peak: peak.value, reverse=question.highest)
        first = peaks[0]
        value = _words(first.thing, first.value)
        span = _over(when)
        if when is None:
            others = [f"{peak.thing.name} {_words(peak.thing, peak.value)}" for peak in peaks[1:3]]
            more = f", then {join(others)}" if question.which and others else ""
            return _told(f"{first.thing.name} with {value} now{more}.", peaks)
        if question.at:
            return _told(
                f"{first.thing.name} was {_superlative(question)}{span} {moment_words(first.at, now)}, at {value}.",
                [first],
            )
        if question.which:
            others = [f"{peak.thing.name} {_words(peak.thing, peak.value)}" for peak in peaks[1:3]]
            more = f" After it: {join(others)}." if others else ""
            return _told(f"{first.thing.name}, with {value} {moment_words(first.at, now)}.{more}", peaks)
        which = f" ({first.thing.name})" if len(things) > 1 else ""
        side = "highest" if question.highest else "lowest"
        name = "" if len(things) > 1 else f" of {first.thing.name}"
        return _told(f"The {side}{name}{span} was {value}{which}, {moment_words(first.at, now)}.", peaks)

    def _peak(self, thing: Thing, question: Question, when: When | None, now: float) -> _Peak | None:
        if when is None:
            row = self._history.row_before(thing.series.id, now)
            return _Peak(thing, row.last, row.t) if row is not None and now - row.t < DAY_S else None
        rows = self._rows(thing, when)
        if not rows:
            return None
        pick = max(rows, key=lambda row: row.high) if question.highest else min(rows, key=lambda row: row.low)
        return _Peak(thing, pick.high if question.highest else pick.low, max(pick.t, when.start))

    def _rows(self, thing: Thing, when: When) -> list[Row]:
        """The rows of a time; that of an entity holds until it reports again, so the one before counts too."""
        rows = self._history.rows(thing.series.id, when.start, when.end)
        before = self._history.row_before(thing.series.id, when.start)
        if before is not None and thing.entity is not None and when.start - before.t < DAY_S:
            held = Row(when.start, 0, 1, before.last, before.last, before.last, before.last)
            return [held, *rows]
        return rows

    def _mean(self, question: Question, things: list[Thing], _home: Home, now: float) -> Answer:
        when = question.when or When(now - DAY_S, now, "in the last 24 hours")
        parts, used = [], []
        for thing in things[:_MOST]:
            rows = self._rows(thing, when)
            if rows:
                parts.append(f"{thing.name} {_words(thing, _average(rows, thing, when))}")
                used.append(_Peak(thing, 0, 0))
        if not parts:
            return _nothing(things, when)
        if len(parts) == 1:
            return _told(
                f"{used[0].thing.name} was at {parts[0].removeprefix(used[0].thing.name + ' ')} on average {when.words}.",
                used,
            )
        return _told(f"On average {when.words}: {join(parts)}.", used)

    def _range(self, question: Question, things: list[Thing], _home: Home, _now: float) -> Answer:
        when = question.when
        parts, used = [], []
        for thing in things[:_MOST] if when is not None else ():
            rows = self._rows(thing, when) if when is not None else []
            if not rows:
                continue
            low, high = min(row.low for row in rows), max(row.high for row in rows)
            used.append(_Peak(thing, high, 0))
            if round(low, 1) == round(high, 1):
                parts.append(f"{thing.name} was at {_words(thing, high)} {_span_words(when)}")
            else:
                mean = _words(thing, _average(rows, thing, when)) if when is not None else ""
                between = f"between {value_words(round(low, 1))} and {_words(thing, high)}"
                parts.append(f"{thing.name} was {between} {_span_words(when)}, {mean} on average")
        return _told("; ".join(parts) + ".", used) if parts else _nothing(things, when)

    def _at(self, question: Question, things: list[Thing], _home: Home, now: float) -> Answer:
        when = question.when
        parts, used = [], []
        for thing in things[:_MOST] if when is not None else ():
            row = self._history.row_before(thing.series.id, when.start + 1) if when is not None else None
            if row is not None and when is not None and when.start - row.t < (DAY_S if thing.entity else _NEAR_S):
                parts.append(f"{thing.name} was at {_words(thing, row.last)} {moment_words(when.start, now)}")
                used.append(_Peak(thing, row.last, row.t))
        return _told("; ".join(parts) + ".", used) if parts else _nothing(things, when)

    # --- since when, how often, for how long

    def _since(self, question: Question, things: list[Thing], _home: Home, now: float) -> Answer:
        parts = []
        for thing in things[:_MOST]:
            runs = list(self._runs(thing, question, now - _LONG_S, now))
            what = _condition(question, thing)
            if runs and runs[-1].open_end:
                run = runs[-1]
                least = "at least " if run.open_start else ""
                lasted = f"for {least}{_lasting(now - run.start)}"
                parts.append(
                    f"{thing.name} is {what} since {least}{moment_words(run.start, now).removeprefix('at ')}, {lasted}"
                )
            elif runs:
                parts.append(
                    f"{thing.name} is not {what}{self._now(thing, now)}; it last was {moment_words(runs[-1].end, now)}"
                )
            else:
                parts.append(f"{thing.name} is not {what}{self._now(thing, now)}")
        return _told(". ".join(parts) + ".", [_Peak(thing, 0, 0) for thing in things])

    def _last(self, question: Question, things: list[Thing], _home: Home, now: float) -> Answer:
        start = question.when.start if question.when is not None else now - 365 * DAY_S
        end = question.when.end if question.when is not None else now
        parts = []
        for thing in things[:_MOST]:
            runs = [run for run in self._runs(thing, question, start, end) if not run.open_start]
            if runs:
                parts.append(f"{thing.name} last {_turned(question, thing)[0]} {moment_words(runs[-1].start, now)}")
            else:
                parts.append(
                    f"I have not seen {thing.name} {_turned(question, thing)[1]}{self._reach(thing, question.when, now)}"
                )
        return _told(". ".join(parts) + ".", [_Peak(thing, 0, 0) for thing in things])

    def _count(self, question: Question, things: list[Thing], _home: Home, now: float) -> Answer:
        when = question.when or _today(now)
        parts = []
        for thing in things[:_MOST]:
            count = sum(not run.open_start for run in self._runs(thing, question, when.start, when.end))
            times = {0: "not once", 1: "once", 2: "twice"}.get(count, f"{count} times")
            parts.append(f"{thing.name} {_turned(question, thing)[0]} {times} {_span_words(when)}")
        return _told("; ".join(parts) + ".", [_Peak(thing, 0, 0) for thing in things])

    def _duration(self, question: Question, things: list[Thing], _home: Home, now: float) -> Answer:
        when = question.when or _today(now)
        parts = []
        for thing in things[:_MOST]:
            seconds = sum(run.end - run.start for run in self._runs(thing, question, when.start, when.end))
            what = _condition(question, thing)
            lasted = f"for {_lasting(seconds)}" if seconds >= 1 else "at no time"
            parts.append(f"{thing.name} was {what} {lasted} {_span_words(when)}")
        return _told("; ".join(parts) + ".", [_Peak(thing, 0, 0) for thing in things])

    def _whether(self, question: Question, things: list[Thing], _home: Home, now: float) -> Answer:
        when = question.when or _today(now)
        parts = []
        for thing in things[:_MOST]:
            runs = list(self._runs(thing, question, when.start, max(when.end, when.start + 1)))
            what = _condition(question, thing)
            if not runs:
                parts.append(f"No, {thing.name} was not {what} {_span_words(when)}")
                continue
            seconds = sum(run.end - run.start for run in runs)
            first = runs[0]
            whole = first.open_start and seconds >= when.end - when.start - 1
            how = "all the time" if whole else f"for {_lasting(seconds)}"
            began = "" if first.open_start else f", first {moment_words(first.start, now)}"
            parts.append(
                f"Yes, {thing.name} was {what} {how} {_span_words(when)}{began}"
                if not when.point
                else f"Yes, {thing.name} was {what}"
            )
        return _told(". ".join(parts) + ".", [_Peak(thing, 0, 0) for thing in things])

    def _now(self, thing: Thing, now: float) -> str:
        """What it is now, in brackets."""
        if thing.is_number:
            row = self._history.row_before(thing.series.id, now + 1)
            return f" (it is at {_words(thing, row.last)})" if row is not None else ""
        state = self._history.state_before(thing.series.id, now + 1)
        return f" (it is {_said(thing, state.value)})" if state is not None else ""

    def _reach(self, thing: Thing, when: When | None, now: float) -> str:
        if when is not None:
            return f" {when.words}"
        found = self._history.rows if thing.is_number else self._history.states
        known: Sequence[Row | State] = found(thing.series.id, 0, now)
        return f" since I began to look, {moment_words(known[0].t, now)}" if known else ""

    # --- runs

    def _runs(self, thing: Thing, question: Question, start: float, end: float) -> Iterator[_Run]:
        """The times within `start` to `end` for which the condition of a question held, oldest first."""
        held: float | None = None
        open_start = False
        for at, so, known in self._moments(thing, question, start, end):
            if so and held is None:
                held, open_start = at, known
            elif not so and held is not None:
                if at > held:
                    yield _Run(held, at, open_start)
                held = None
        if held is not None:
            yield _Run(held, end, open_start, open_end=True)

    def _moments(
        self, thing: Thing, question: Question, start: float, end: float
    ) -> Iterator[tuple[float, bool, bool]]:
        """When the condition was looked at, whether it held, and whether it may have held before."""
        number = thing.series.id
        if question.bound is not None:
            bound = bound_in(question.bound, thing.series.what.unit)
            before = self._history.row_before(number, start)
            if before is not None:
                yield start, bound.holds(before.last), True
            for index, row in enumerate(self._history.rows(number, start, end)):
                touched = bound.holds(row.high if bound.above else row.low)
                yield row.t, touched, index == 0 and before is None
                if touched and not bound.holds(row.last):
                    yield row.t + row.span, False, False
            return
        state = self._history.state_before(number, start)
        if state is not None:
            yield start, thing.is_so(question.state, state.value), True
        for index, change in enumerate(self._history.states(number, start, end)):
            yield change.t, thing.is_so(question.state, change.value), index == 0 and state is None


# --- words --------------------------------------------------------------------------------------------------------


def _told(text: str, peaks: Sequence[_Peak]) -> Answer:
    keys = dict.fromkeys(peak.thing.series.what.key.partition("#")[0] for peak in peaks)
    return Answer(text[:1].upper() + text[1:], tuple(keys))


def _nothing(things: Sequence[Thing], when: When | None) -> Answer:
    names = join([thing.name for thing in things[:_MOST]])
    return Answer(f"I have no readings of {names}{_over(when)}.", found=False)


def _over(when: When | None) -> str:
    return f" {when.words}" if when is not None else ""


def _span_words(when: When | None) -> str:
    return when.words if when is not None else "now"


def _words(thing: Thing, value: float) -> str:
    return value_words(round(value, 1), thing.series.what.unit)


def _superlative(question: Question) -> str:
    return {"high": "highest", "low": "lowest", "hot": "hottest", "cold": "coldest", "warm": "warmest"}.get(
        question.word, question.word
    )


def _condition(question: Question, thing: Thing) -> str:
    """The condition of a question as an answer says it: "above 8 degrees", "open"."""
    bound = question.bound
    if bound is not None:
        side = "above" if bound.above else "below"
        return f"{side} {value_words(bound.value, thing.series.what.unit or bound.unit)}"
    return _said(thing, question.state)


_TURNS: Mapping[str, tuple[str, str]] = {
    "on": ("went on", "go on"), "off": ("went off", "go off"), "open": ("opened", "open"), "closed": ("closed", "close"),
    "locked": ("was locked", "being locked"), "unlocked": ("was unlocked", "being unlocked"), "home": ("came home", "come home"),
    "not_home": ("left", "leave"), "playing": ("began to play", "begin to play"), "heating": ("began to heat", "begin to heat"),
    "cooling": ("began to cool", "begin to cool"), "cleaning": ("began to clean", "begin to clean"),
    "charging": ("began to charge", "begin to charge"),
}  # fmt: skip
"""State to what a thing did that came into it: as it is told, and after "I have not seen it"."""


def _turned(question: Question, thing: Thing) -> tuple[str, str]:
    if question.bound is not None:
        what = _condition(question, thing)
        return f"went {what}", f"go {what}"
    if thing.entity is not None and thing.entity.domain == "binary_sensor" and question.state in {"on", "off"}:
        what = _said(thing, question.state)
        return (f"went {what}", f"go {what}") if what in {"on", "off"} else (f"was {what}", f"being {what}")
    return _TURNS.get(question.state, (f"became {question.state}", f"become {question.state}"))


def _said(thing: Thing, state: str) -> str:
    """A state as it is said of a thing."""
    if thing.entity is not None and thing.entity.domain == "binary_sensor" and state in {"on", "off"}:
        return state_words(replace(thing.entity, state=state))
    return {"not_home": "away", "home": "at home"}.get(state, state.replace("_", " "))


def _average(rows: Sequence[Row], thing: Thing, when: When) -> float:
    """The mean over a time. Entities report when something changes: theirs is weighted by how long a value held."""
    if thing.entity is None:
        return sum(row.mean * row.n for row in rows) / sum(row.n for row in rows)
    ends = [*(row.t for row in rows[1:]), when.end]
    weights = [max(0.001, end - row.t) for row, end in zip(rows, ends, strict=True)]
    return sum(row.mean * weight for row, weight in zip(rows, weights, strict=True)) / sum(weights)


def _lasting(seconds: float) -> str:
    left = max(0, round(seconds))
    parts: list[str] = []
    for name, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
        if len(parts) == 2:
            break
    return " and ".join(parts) or "0 seconds"


def _today(now: float) -> When:
    when, _ = find_when("today", now)
    return when or When(now - DAY_S, now, "in the last 24 hours")
