"""All watches over all their series: readings and time in, raised and cleared alerts out. Pure, bounded, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appliance.config import WatchSettings
from appliance.watch.rules import Condition, Equals, Missing, Outlier, Rule, Threshold, Value, Window, rules_of

MAX_SERIES = 5000
"""Most series of all watches together; further ones are counted, not watched."""
_SMOOTHED = (Threshold, Outlier)
"""Rules that see the mean of the window instead of single readings."""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that was raised or cleared."""

    watch: str
    """Id of the watch."""
    series: str
    """Key of the series."""
    rule: str
    raised: bool
    """False: cleared."""
    t: float
    """Monotonic second of the change."""
    since: float
    """When what led to it began."""
    value: Value | None
    """What the rule compared: see :class:`appliance.watch.rules.Verdict`."""
    limit: Value | None
    reading: Value | None
    """The last reading itself."""


class _Series:
    """One series of one watch."""

    __slots__ = ("alive", "last", "monitors", "t", "window")

    def __init__(self, watch: WatchSettings, t: float) -> None:
        self.monitors: list[tuple[Rule, Condition]] = rules_of(watch, t)
        self.window = Window(watch.window_s) if watch.window_s > 0 else None
        self.last: Value | None = None
        self.t = t
        self.alive = False
        """Its source says when it goes away, so silence means nothing."""


class Engine:
    """The state of all watches; call it from one thread at a time, with times that do not go back."""

    def __init__(self, watches: Sequence[WatchSettings]) -> None:
        """Know the watches; series come up with their first reading."""
        self._watches: Mapping[str, WatchSettings] = {watch.id: watch for watch in watches}
        self._series: dict[tuple[str, str], _Series] = {}
        self.refused = 0
        """Readings of series for which there was no room."""

    def __len__(self) -> int:
        """How many series there are."""
        return len(self._series)

    def expect(self, watch: str, series: str, t: float) -> None:
        """Wait for a series from `t` on, though it has not been heard yet."""
        self._of(watch, series, t)

    def take(self, watch: str, series: str, value: Value, t: float, *, fresh: bool = True) -> list[AlertChange]:
        """Take one reading of one series; one that is not `fresh` (it was retained) has no time, only a value."""
        one = self._of(watch, series, t)
        if one is None:
            return []
        t = one.t = max(one.t, t)
        one.last = value
        smooth = value
        if one.window is not None and not isinstance(value, str):
            one.window.add(value, t)
            smooth = one.window.mean
        changes = []
        for rule, condition in one.monitors:
            if not fresh and not isinstance(rule, Threshold | Equals):
                continue
            verdict = rule.judge(smooth if isinstance(rule, _SMOOTHED) else value, t)
            if verdict is not None and condition.take(verdict, t):
                changes.append(_change(watch, series, one, rule, condition, t))
        return changes

    def tick(self, t: float, *, listening: bool = True) -> list[AlertChange]:
        """Let time pass. While nobody listens (the broker is away), silence is no sign of anything."""
        changes = []
        for (watch, series), one in self._series.items():
            now = one.t = max(one.t, t)
            for rule, condition in one.monitors:
                if isinstance(rule, Missing) and not one.alive and not listening:
                    rule.heard = now
                    continue
                verdict = rule.alive(now) if isinstance(rule, Missing) and one.alive else rule.idle(now)
                changed = condition.take(verdict, now) if verdict is not None else condition.tick(now)
                if changed:
                    changes.append(_change(watch, series, one, rule, condition, now))
        return changes

    def alive(self, watch: str, series: str, alive: bool, t: float) -> None:
        """Note that a source which reports its going away is there, or gone since `t`."""
        one = self._of(watch, series, t)
        if one is None:
            return
        if one.alive and not alive:
            for rule, _ in one.monitors:
                if isinstance(rule, Missing):
                    rule.alive(t)
        one.alive = alive

    def restore(self, watch: str, series: str, rule: str, t: float, since: float) -> bool:
        """Go on with an alert raised before a restart; False: there is no such rule any more."""
        one = self._of(watch, series, t)
        for mine, condition in one.monitors if one is not None else ():
            if mine.name == rule:
                condition.restore(since)
                return True
        return False

    def seed(self, watch: str, series: str, mean: float, deviation: float, count: int, t: float) -> None:
        """Tell what was usual for a series before a restart."""
        one = self._of(watch, series, t)
        for rule, _ in one.monitors if one is not None else ():
            if isinstance(rule, Outlier):
                rule.seed(mean, deviation, count, t)

    def last(self, watch: str, series: str) -> Value | None:
        """The last reading of a series."""
        one = self._series.get((watch, series))
        return one.last if one is not None else None

    def raised(self) -> Iterator[tuple[str, str, str]]:
        """Watch, series and rule of every alert that is raised."""
        for (watch, series), one in self._series.items():
            for rule, condition in one.monitors:
                if condition.raised:
                    yield watch, series, rule.name

    def _of(self, watch: str, series: str, t: float) -> _Series | None:
        one = self._series.get((watch, series))
        if one is None and watch in self._watches:
            if len(self._series) >= MAX_SERIES:
                self.refused += 1
                return None
            one = self._series[watch, series] = _Series(self._watches[watch], t)
        return one


def _change(watch: str, series: str, one: _Series, rule: Rule, condition: Condition, t: float) -> AlertChange:
    verdict = condition.verdict
    since = condition.since if condition.since is not None else t
    return AlertChange(watch, series, rule.name, condition.raised, t, since, verdict.value, verdict.limit, one.last)
