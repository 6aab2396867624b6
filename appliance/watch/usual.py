"""What is usual for a series, told from its history."""

from __future__ import annotations

import math
from collections.abc import Sequence

from appliance.history import History, Row

DAY_S = 86_400.0
_RECENT_S = 600.0
"""The time just before an alert is not part of what is usual."""
_ENOUGH_S = 3600.0


def spread_of(rows: Sequence[Row]) -> tuple[float, float, int] | None:
    """Mean, standard deviation and number of the readings in `rows`; None: there are none."""
    count = sum(row.n for row in rows)
    if not count:
        return None
    mean = sum(row.mean * row.n for row in rows) / count
    between = sum(row.n * (row.mean - mean) ** 2 for row in rows) / count
    within = sum(row.n * ((row.high - row.low) / 4) ** 2 for row in rows) / count  # a range is about four deviations
    return mean, math.sqrt(between + within), count


def usual_range(history: History, key: str, at: float) -> tuple[float, float] | None:
    """Least and greatest reading of a series in the day before `at`; None: less than an hour of it is known."""
    number = next((series.id for series in history.series() if series.what.key == key), None)
    if number is None:
        return None
    rows = history.rows(number, at - DAY_S, at - _RECENT_S)
    if not rows or rows[-1].t - rows[0].t < _ENOUGH_S:
        return None
    return min(row.low for row in rows), max(row.high for row in rows)
