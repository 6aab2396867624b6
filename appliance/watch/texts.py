"""What an alert says, as a sentence for people."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from appliance.history import Row
from appliance.watch.engine import AlertChange
from appliance.watch.rules import Value

_MANY_DEVIATIONS = 100


def number(value: float) -> str:
    """A number with as many digits as people read: 83.24, 0.0012, 1250."""
    if abs(value) >= 1000 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.1 else f"{value:.3g}"


def shown(value: Value | None, unit: str = "") -> str:
    """A reading with its unit."""
    if isinstance(value, str) or value is None:
        return str(value)
    text = number(value)
    return f"{text} {unit}" if unit and unit != "%" else f"{text}{unit}"


def lasting(seconds: float) -> str:
    """A length in its two largest units: "1 hour and 5 minutes"."""
    left = max(0, round(seconds))
    parts = []
    for name, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
        if len(parts) == 2:
            break
    return " and ".join(parts) or "0 seconds"


def raised(change: AlertChange, name: str, unit: str, usual: tuple[float, float] | None = None) -> str:
    """The sentence of an alert that was raised; `usual` is the range of the day before, where it is known."""
    sentence = _CASES[change.rule](change, name, unit)
    if usual is not None and change.rule in {"above", "below", "rise", "fall", "zscore"}:
        low, high = usual
        sentence += f"; in the day before it was between {number(low)} and {shown(high, unit)}"
    return sentence + "."


def cleared(change: AlertChange, name: str, unit: str, since: float | None, now: float) -> str:
    """The sentence of an alert that is over; `since` and `now` are wall-clock seconds."""
    after = f" after {lasting(now - since)}" if since is not None else ""
    if change.rule == "missing":
        return f"{name} reports again{after}."
    value = f" at {shown(change.reading, unit)}" if change.reading is not None else ""
    return f"{name} is back to normal{value}{after}."


def clock(at: float) -> str:
    """A wall-clock second as local date and time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def summary(name: str, unit: str, rows: list[Row], seconds: float) -> str:
    """What a series did in the last `seconds`."""
    if not rows:
        return f"{name}: no readings in {lasting(seconds)}."
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    count = sum(row.n for row in rows)
    mean = sum(row.mean * row.n for row in rows) / count
    return (
        f"{name}: {number(low)} to {shown(high, unit)}, {shown(mean, unit)} on average, now {shown(rows[-1].last, unit)} "
        f"({count} reading{'' if count == 1 else 's'} in {lasting(seconds)})."
    )


def _beyond(change: AlertChange, name: str, unit: str) -> str:
    lasted = change.t - change.since
    return (
        f"{name} is at {shown(change.value, unit)}, {change.rule} {shown(change.limit, unit)}"
        + (f" for {lasting(lasted)}" if lasted >= 1 else "")
    )  # fmt: skip


def _moved(change: AlertChange, name: str, unit: str) -> str:
    verb = "rose" if change.rule == "rise" else "fell"
    return f"{name} {verb} fast, by {shown(change.value, unit)} to {shown(change.reading, unit)}"


def _equal(change: AlertChange, name: str, _unit: str) -> str:
    lasted = change.t - change.since
    return f"{name} is {change.value}" + (f" for {lasting(lasted)}" if lasted >= 1 else "")


def _missing(change: AlertChange, name: str, _unit: str) -> str:
    silent = change.value if isinstance(change.value, float) else 0.0
    return f"{name} has not been heard of for {lasting(silent)}"


def _flat(change: AlertChange, name: str, unit: str) -> str:
    limit = change.limit if isinstance(change.limit, float) else 0.0
    return f"{name} has not changed from {shown(change.reading, unit)} for {lasting(limit)}; the sensor may hang"


def _unusual(change: AlertChange, name: str, unit: str) -> str:
    score = change.value if isinstance(change.value, float) else 0.0
    side = "high" if score > 0 else "low"
    # of what never changed, any change is an endless number of them
    far = f"{abs(score):.1f}" if abs(score) < _MANY_DEVIATIONS else f"over {_MANY_DEVIATIONS}"
    return f"{name} is unusually {side} at {shown(change.reading, unit)} ({far} standard deviations from its mean)"


_CASES: Mapping[str, Callable[[AlertChange, str, str], str]] = {
    "above": _beyond, "below": _beyond, "rise": _moved, "fall": _moved, "equals": _equal, "missing": _missing, "flat": _flat,
    "zscore": _unusual,
}  # fmt: skip
"""Name of a rule to what is said of it."""
