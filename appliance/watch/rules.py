"""The rules of sensor watches: pure, over numbers or texts and a clock that never goes back.

A rule says of each reading whether it is bad, good, or between (hysteresis: as before). A :class:`Condition` turns
that into "raised" and "cleared", with the times for which it must last. All times are seconds of one monotonic clock.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from appliance.config import WatchSettings

Value = float | str
SLOTS = 32
"""A sliding window keeps this many summaries instead of all its readings."""
ENOUGH = 30
"""Readings before a deviation from the usual can be told."""
_DULL = 0.01
"""Share of the mean below which a spread counts as none: the steps of a sensor are no surprise."""
_STUBBORN = 0.1
"""How much slower the usual is learnt from what is unusual."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says at one moment."""

    bad: bool
    """It should be raised, once this has lasted."""
    good: bool
    """It may be cleared, once this has lasted. Neither: between the two thresholds."""
    value: Value | None = None
    """What was compared: a reading, a mean, a change, a number of deviations."""
    limit: Value | None = None
    """What it was compared with."""


class Rule(Protocol):
    """One rule over one series; it may keep a bounded memory."""

    @property
    def name(self) -> str:
        """``above``, ``below``, ``equals``, ``rise``, ``fall``, ``missing``, ``flat`` or ``zscore``."""

    def judge(self, value: Value, t: float) -> Verdict | None:
        """Take one reading; None: it says nothing (a text for a rule over numbers)."""

    def idle(self, t: float) -> Verdict | None:
        """What the passing of time alone says; None: nothing."""


# --- from verdicts to alerts ---------------------------------------------------------------------


class Condition:
    """Raised after it was bad for `for_s` without a break, cleared after it was good for `clear_for_s`."""

    def __init__(self, for_s: float = 0.0, clear_for_s: float = 0.0) -> None:
        """Begin as cleared."""
        self._for_s = for_s
        self._clear_for_s = clear_for_s
        self.raised = False
        self.since: float | None = None
        """When what is about to change, or has changed last, began."""
        self.verdict = Verdict(bad=False, good=True)

    def take(self, verdict: Verdict, t: float) -> bool:
        """Note a verdict; return whether :attr:`raised` changed."""
        before, self.verdict = self.verdict, verdict
        turning = verdict.good if self.raised else verdict.bad
        was_turning = before.good if self.raised else before.bad
        if turning and (self.since is None or not was_turning):
            self.since = t
        return self.tick(t)

    def tick(self, t: float) -> bool:
        """Let time pass; return whether :attr:`raised` changed."""
        turning = self.verdict.good if self.raised else self.verdict.bad
        patience = self._clear_for_s if self.raised else self._for_s
        if not turning or self.since is None or t - self.since < patience:
            return False
        self.raised = not self.raised
        return True

    def restore(self, since: float) -> None:
        """Go on as raised, as before a restart."""
        self.raised, self.since = True, since
        self.verdict = Verdict(bad=True, good=False)


# --- the rules ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Threshold:
    """Above or below a limit; cleared when back by `hysteresis`."""

    name: str
    """``above`` or ``below``."""
    limit: float
    hysteresis: float = 0.0

    def judge(self, value: Value, t: float) -> Verdict | None:  # noqa: ARG002
        """Compare one reading."""
        if isinstance(value, str):
            return None
        sign = 1.0 if self.name == "above" else -1.0
        over = sign * (value - self.limit)
        return Verdict(bad=over > 0, good=over <= -self.hysteresis, value=value, limit=self.limit)

    def idle(self, t: float) -> Verdict | None:  # noqa: ARG002
        """Nothing: what was above stays above until it is heard of again."""
        return None


@dataclass(frozen=True, slots=True)
class Equals:
    """The reading is a certain text or number."""

    limit: str
    name: str = "equals"

    def judge(self, value: Value, t: float) -> Verdict | None:  # noqa: ARG002
        """Compare one reading, case and outer blanks aside."""
        same = value == _number(self.limit) if isinstance(value, float) else _plain(value) == _plain(self.limit)
        return Verdict(bad=same, good=not same, value=value, limit=self.limit)

    def idle(self, t: float) -> Verdict | None:  # noqa: ARG002
        """Nothing: it stays so until it is heard of again."""
        return None


def _plain(text: str) -> str:
    return text.strip().lower()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


class Change:
    """A rise or fall by more than `limit` within `per_s` seconds; cleared at half of it."""

    def __init__(self, name: str, limit: float, per_s: float) -> None:
        """`name` is ``rise`` or ``fall``."""
        self.name = name
        self._limit = limit
        self._window = Window(per_s)

    def judge(self, value: Value, t: float) -> Verdict | None:
        """Compare a reading with the least or greatest of the window."""
        if isinstance(value, str):
            return None
        self._window.add(value, t)
        return self._verdict(value)

    def idle(self, t: float) -> Verdict | None:
        """The window moves on: without readings nothing changes any more."""
        last = self._window.last
        if last is None:
            return None
        self._window.forget(t)
        return self._verdict(last)

    def _verdict(self, value: float) -> Verdict:
        moved = value - self._window.low if self.name == "rise" else self._window.high - value
        return Verdict(bad=moved > self._limit, good=moved <= self._limit / 2, value=moved, limit=self._limit)


class Missing:
    """Nothing heard for so long."""

    name = "missing"

    def __init__(self, seconds: float, t: float) -> None:
        """Wait from `t` on."""
        self._seconds = seconds
        self.heard = t

    def judge(self, value: Value, t: float) -> Verdict | None:  # noqa: ARG002
        """A reading, whatever it says."""
        return self.alive(t)

    def alive(self, t: float) -> Verdict:
        """Any sign of life."""
        self.heard = t
        return Verdict(bad=False, good=True, value=0.0, limit=self._seconds)

    def idle(self, t: float) -> Verdict | None:
        """Silence. However short it is, it is no sign of life: only a reading ends it."""
        silent = t - self.heard
        return Verdict(bad=silent > self._seconds, good=False, value=silent, limit=self._seconds)


class Flat:
    """Readings come, but do not change by more than `band` for so long: a sensor that hangs."""

    name = "flat"

    def __init__(self, seconds: float, band: float) -> None:
        """Begin with the first reading."""
        self._seconds = seconds
        self._band = band
        self._since: float | None = None
        self._low = self._high = 0.0
        self._count = 0
        self._moved = False

    def judge(self, value: Value, t: float) -> Verdict | None:
        """Take one reading."""
        if isinstance(value, str):
            return None
        self._low, self._high = min(self._low, value), max(self._high, value)
        self._count += 1
        if self._since is None or self._high - self._low > self._band:
            self._moved = self._since is not None
            self._since, self._low, self._high, self._count = t, value, value, 1
        lasted = t - self._since
        flat = lasted >= self._seconds and self._count > 2
        # an alert of the run before is over when the readings move, not because this run has seen few of them
        return Verdict(bad=flat, good=self._moved and not flat, value=value, limit=self._seconds)

    def idle(self, t: float) -> Verdict | None:  # noqa: ARG002
        """Nothing: silence is the matter of ``missing``."""
        return None


class Outlier:
    """Further from its own mean than so many standard deviations; cleared at half of it.

    Mean and variance fade exponentially over `over_s`, and learn slowly from what is unusual, so that a lasting change
    becomes the new usual at last.
    """

    name = "zscore"

    def __init__(self, limit: float, over_s: float) -> None:
        """Learn from the first reading on; say nothing before :data:`ENOUGH` readings."""
        self._limit = limit
        self._over_s = over_s
        self._count = 0
        self._mean = self._variance = 0.0
        self._t = 0.0

    def seed(self, mean: float, deviation: float, count: int, t: float) -> None:
        """Take over what was usual before a restart."""
        self._mean, self._variance, self._count, self._t = mean, deviation * deviation, count, t

    @property
    def usual(self) -> tuple[float, float] | None:
        """Mean and standard deviation; None: not enough readings yet."""
        return (self._mean, math.sqrt(self._variance)) if self._count >= ENOUGH else None

    def judge(self, value: Value, t: float) -> Verdict | None:
        """Compare one reading with the usual, then learn from it; None: what is usual is not known yet."""
        if isinstance(value, str):
            return None
        if self._count < ENOUGH:
            self._learn(value, t, unusual=False)
            return None
        spread = max(math.sqrt(self._variance), _DULL * abs(self._mean), 1e-9)
        score = (value - self._mean) / spread
        self._learn(value, t, unusual=abs(score) > self._limit)
        return Verdict(bad=abs(score) > self._limit, good=abs(score) <= self._limit / 2, value=score, limit=self._limit)

    def _learn(self, value: float, t: float, *, unusual: bool) -> None:
        weight = 1.0
        if self._count:
            weight = max(1.0 / (self._count + 1), 1.0 - math.exp(-max(0.0, t - self._t) / self._over_s))
            if self._count >= 4 * ENOUGH:
                weight = 1.0 - math.exp(-max(0.0, t - self._t) / self._over_s)
        if unusual:
            weight *= _STUBBORN
        self._count += 1
        self._t = t
        step = value - self._mean
        self._mean += weight * step
        self._variance = (1.0 - weight) * (self._variance + weight * step * step)

    def idle(self, t: float) -> Verdict | None:  # noqa: ARG002
        """Nothing."""
        return None


@dataclass(slots=True)
class _Slot:
    """The readings of one piece of a window."""

    start: float
    count: int
    total: float
    low: float
    high: float


class Window:
    """The readings of the last `span` seconds as at most :data:`SLOTS` summaries: memory does not grow with the rate."""

    def __init__(self, span: float) -> None:
        """Begin empty."""
        self._span = span
        self._slots: deque[_Slot] = deque()
        self.last: float | None = None

    def add(self, value: float, t: float) -> None:
        """Take one reading."""
        self.last = value
        self.forget(t)
        slots = self._slots
        if slots and t - slots[-1].start < self._span / SLOTS:
            slot = slots[-1]
            slot.count += 1
            slot.total += value
            slot.low, slot.high = min(slot.low, value), max(slot.high, value)
        else:
            slots.append(_Slot(t, 1, value, value, value))

    def forget(self, t: float) -> None:
        """Drop what is older than the span; the latest stays."""
        while len(self._slots) > 1 and t - self._slots[0].start > self._span:
            self._slots.popleft()
        if len(self._slots) == 1 and self.last is not None and t - self._slots[0].start > self._span:
            self._slots[0] = _Slot(t, 1, self.last, self.last, self.last)

    @property
    def low(self) -> float:
        """Least reading."""
        return min(slot.low for slot in self._slots)

    @property
    def high(self) -> float:
        """Greatest reading."""
        return max(slot.high for slot in self._slots)

    @property
    def mean(self) -> float:
        """Mean of the readings."""
        return sum(slot.total for slot in self._slots) / sum(slot.count for slot in self._slots)


# --- one series ---------------------------------------------------------------------------------------


def takes(watch: WatchSettings, value: Value) -> bool:
    """Whether a value is a reading of a watch: to one that is about numbers alone, words like "unavailable" are none."""
    numeric = (watch.above, watch.below, watch.rise, watch.fall, watch.zscore or None, watch.flat_s or None)
    return isinstance(value, float) or watch.equals is not None or all(rule is None for rule in numeric)


def rules_of(watch: WatchSettings, t: float) -> list[tuple[Rule, Condition]]:
    """The rules of a watch for one new series, each with its condition."""
    lasting = (watch.for_s, watch.clear_for_s)
    made: list[tuple[Rule, Condition]] = []
    if watch.above is not None:
        made.append((Threshold("above", watch.above, watch.hysteresis), Condition(*lasting)))
    if watch.below is not None:
        made.append((Threshold("below", watch.below, watch.hysteresis), Condition(*lasting)))
    if watch.equals is not None:
        made.append((Equals(watch.equals), Condition(*lasting)))
    if watch.rise is not None:
        made.append((Change("rise", watch.rise, watch.per_s), Condition(*lasting)))
    if watch.fall is not None:
        made.append((Change("fall", watch.fall, watch.per_s), Condition(*lasting)))
    if watch.zscore > 0:
        made.append((Outlier(watch.zscore, watch.zscore_over_s), Condition(*lasting)))
    if watch.flat_s > 0:
        made.append((Flat(watch.flat_s, watch.flat_band), Condition()))
    if watch.missing_s > 0:
        made.append((Missing(watch.missing_s, t), Condition()))
    return made
