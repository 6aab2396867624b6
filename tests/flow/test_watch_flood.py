"""Readings in a flood, through everything between the broker's message and the file, with memory that stays."""

from __future__ import annotations

from pathlib import Path

from appliance.config import WatchSettings
from appliance.history import History, Keep
from tests.unit.watch.fakes import Bench

RATE = 1000
SECONDS = 60
SERIES = 200


def test_a_minute_of_a_thousand_readings_a_second(tmp_path: Path) -> None:
    """Time is moved by hand, so this says nothing about speed: `ternd history --bench` does."""
    history = History(tmp_path / "history.sqlite", Keep(max_bytes=2_000_000))
    watch = WatchSettings(
        id="flood",
        topics=("bench/+/value",),
        above=80,
        hysteresis=5,
        rise=50,
        zscore=8,
        window_s=30,
        missing_s=600,
        flat_s=600,
    )
    bench = Bench(watch, history=history)
    for number in range(RATE * SECONDS):
        bench.t += 1 / RATE
        value = 99 if number % 15_000 == 14_999 else 20 + number % 17
        bench.watches.feed(f"bench/{number % SERIES}/value", str(value).encode())
        if number % RATE == 0:
            bench.watches.step()
    bench.wait(60)
    status = bench.watches.status()
    assert status.readings == RATE * SECONDS
    assert status.dropped == 0
    assert len(bench.watches._engine) == SERIES
    assert bench.link.events("flood"), "spikes were among them"
    rows = [row for series in history.series() for row in history.rows(series.id, 0, 4e9)]
    assert sum(row.n for row in rows) == RATE * SECONDS, "nothing is lost on the way to the file"
    assert len(rows) <= SERIES * (SECONDS // 10 + 2)
    assert max(row.high for row in rows) == 99
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 4_000_000
