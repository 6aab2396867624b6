"""The history keeps readings and states within its size, coarser with age, and outlives a full disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import history as history_module
from appliance.errors import TerndError
from appliance.history import History, Keep, Row, Source

DAY = 86_400.0
NOW = 1_800_000_000.0
PUMP = Source("plant/pump1/temp", "Pump 1", "°C", "temperature")
DOOR = Source("binary_sensor.front_door", "Front door", measure="door", source="entity")


def number(history: History, what: Source) -> int:
    return next(series.id for series in history.series() if series.what == what)


def test_close_readings_become_one_row(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite", Keep(resolution_s=10))
    for second, value in ((0, 20.0), (1, 30.0), (9.9, 25.0), (10, 40.0)):
        history.read(PUMP, value, NOW + second)
    expected = [Row(NOW, 9.9, 3, 20.0, 30.0, 25.0, 25.0), Row(NOW + 10, 0, 1, 40.0, 40.0, 40.0, 40.0)]
    assert history.rows(number(history, PUMP), NOW, NOW + 60) == expected, "before they are written"
    assert history.flush(NOW + 60)
    assert history.rows(number(history, PUMP), NOW, NOW + 60) == expected
    history.close()
    again = History(tmp_path / "h.sqlite")
    assert again.rows(number(again, PUMP), NOW, NOW + 60) == expected
    assert again.row_before(number(again, PUMP), NOW + 10) == expected[0]
    assert again.row_before(number(again, PUMP), NOW) is None


def test_only_changes_of_a_state_are_kept(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")
    for second, value in ((0, "off"), (5, "off"), (7, "on"), (9, "on")):
        history.state(DOOR, value, NOW + second)
    history.close()
    again = History(tmp_path / "h.sqlite")
    again.state(DOOR, "on", NOW + 100)  # as before the restart
    again.state(DOOR, "off", NOW + 200)
    changes = again.states(number(again, DOOR), NOW, NOW + 1000)
    assert [(change.t - NOW, change.value) for change in changes] == [(0, "off"), (7, "on"), (200, "off")]
    assert again.state_before(number(again, DOOR), NOW + 200) == changes[1]
    again.flush(NOW + 300)
    assert again.states(number(again, DOOR), NOW, NOW + 1000) == changes


def test_half_a_character_costs_no_flush(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")
    history.state(DOOR, "ajar \ud83d", NOW)
    assert history.flush(NOW + 1)
    assert [change.value for change in history.states(number(history, DOOR), NOW, NOW + 1)] == ["ajar ?"]


def test_who_only_reads_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    history = History(path)
    history.read(PUMP, 20.0, NOW)
    history.flush(NOW + 60, everything=True)
    reader = History(path, copy=True)
    assert [row.mean for row in reader.rows(number(reader, PUMP), NOW, NOW + 1)] == [20.0]
    history.close()
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(TerndError, match="sets a damaged file aside"):
        History(path, copy=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["h.sqlite"]


def test_old_rows_are_put_together(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite", Keep(resolution_s=0, fine_s=DAY, medium_s=10 * DAY))
    for minute in range(120):
        history.read(PUMP, float(minute), NOW + 60 * minute)
    history.flush(NOW + 7200, everything=True)
    assert history.count() == 120
    for _ in range(20):
        history.flush(NOW + 7200 + DAY)
    rows = history.rows(number(history, PUMP), NOW, NOW + 8000)
    assert len(rows) == 24
    assert sum(row.n for row in rows) == 120
    assert (min(row.low for row in rows), max(row.high for row in rows)) == (0, 119)
    assert rows[-1].last == 119
    for _ in range(20):
        history.flush(NOW + 7200 + 10 * DAY)
    rows = history.rows(number(history, PUMP), NOW - 1, NOW + 8000)
    assert len(rows) <= 3
    assert sum(row.mean * row.n for row in rows) == pytest.approx(sum(range(120)))


def test_the_oldest_goes_when_the_size_is_reached(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    history = History(path, Keep(max_bytes=1_000_000, resolution_s=0))
    for block in range(20):
        for i in range(4000):
            history.read(PUMP, float(i), NOW + block * 4000 + i)
            if i % 10 == 0:
                history.state(DOOR, str(i), NOW + block * 4000 + i)
        history.flush(NOW + (block + 1) * 4000, everything=True)
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 4_000_000
    assert history.size() <= 1_000_000
    assert path.stat().st_size <= 1_000_000
    oldest = history.oldest()
    assert oldest is not None
    assert oldest > NOW
    assert history.row_before(number(history, PUMP), NOW + 1e6).last == 3999  # type: ignore[union-attr]


def test_what_was_written_is_measured(tmp_path: Path) -> None:
    clock = [0.0]
    history = History(tmp_path / "h.sqlite", clock=lambda: clock[0])
    for minute in range(25):
        clock[0] = 60.0 * minute
        history.read(PUMP, float(minute), NOW + 60 * minute)
        history.flush(NOW + 60 * minute, everything=True)
    if not Path("/proc/thread-self/io").exists():
        assert history.volumes() == []
        return
    (volume,) = history.volumes()
    assert volume.seconds == 1200
    assert 18 <= volume.rows <= 20
    assert 4096 <= volume.bytes <= 1_000_000


def test_a_full_disk_keeps_rows_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MAX_PENDING", 3000)
    history = History(tmp_path / "h.sqlite", Keep(resolution_s=0))
    limit(history, pages=0)
    for i in range(5000):
        history.read(PUMP, float(i), NOW + i)
        history.state(DOOR, str(i), NOW + i)
    assert not history.flush(NOW + 5000, everything=True)
    assert "full" in history.problem
    assert history.dropped > 0
    assert len(history.rows(number(history, PUMP), NOW, NOW + 6000)) == 3000
    limit(history, pages=1_000_000)
    assert history.flush(NOW + 6000, everything=True)
    assert history.problem == ""
    assert [row.last for row in history.rows(number(history, PUMP), NOW, NOW + 6000)][-1] == 4999
    assert history.count() == 3000


def limit(history: History, pages: int) -> None:
    def change(db: sqlite3.Connection) -> None:
        (count,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count={count + pages}")

    history._database.read(change)


def test_a_damaged_file_costs_the_past_not_the_service(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"no database at all" * 500)
    history = History(path)
    history.read(PUMP, 1.0, NOW)
    assert history.flush(NOW + 60)
    assert history.count() == 1
    assert list(tmp_path.glob("*.damaged-*"))


def test_a_file_that_breaks_while_running_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    history = History(path, Keep(resolution_s=0))
    for i in range(2000):
        history.read(PUMP, float(i), NOW + i)
    history.close()
    history = History(path, Keep(resolution_s=0))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    history.read(PUMP, 1.0, NOW + 5000)
    history.flush(NOW + 5060)
    history.read(PUMP, 2.0, NOW + 6000)
    history.flush(NOW + 6060)
    assert [row.last for row in history.rows(number(history, PUMP), NOW, NOW + 9000)][-1] == 2.0
    history.close()
    assert [series.what for series in History(path).series()] == [PUMP]


def test_series_are_bounded_and_may_be_described_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MAX_SERIES", 2)
    history = History(None)
    for i in range(4):
        history.read(Source(f"t{i}", "x"), 1.0, NOW)
    assert len(history.series()) == 2
    assert history.dropped == 2
    history.read(Source("t0", "renamed"), 1.0, NOW)
    assert [series.what.name for series in history.series()] == ["renamed", "x"]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(0, 400), st.floats(-1e6, 1e6), st.sampled_from([PUMP, DOOR])), min_size=1, max_size=80
    ),
    st.sampled_from([0.0, 10.0, 60.0]),
    st.integers(1, 20),
)
def test_nothing_is_lost_or_invented(
    readings: list[tuple[float, float, Source]], resolution: float, flush_every: int
) -> None:
    history = History(None, Keep(resolution_s=resolution, fine_s=3600, medium_s=7200))
    t: float = NOW
    said: dict[Source, list[float]] = {PUMP: [], DOOR: []}
    seen: set[tuple[int, Source]] = set()
    for count, (pause, value, what) in enumerate(readings):
        t += pause
        if resolution == 0 and (int(t * 1000), what) in seen:
            continue  # one row each: two in the same millisecond are one
        seen.add((int(t * 1000), what))
        history.read(what, value, t)
        said[what].append(value)
        if count % flush_every == 0:
            history.flush(t)
    for _ in range(5):
        history.flush(t + 3 * 3600)
    for series in history.series():
        rows = history.rows(series.id, NOW - 4000, t + 1)
        values = said[series.what]
        assert sum(row.n for row in rows) == len(values)
        assert min(row.low for row in rows) == min(values)
        assert max(row.high for row in rows) == max(values)
        assert sum(row.mean * row.n for row in rows) == pytest.approx(sum(values), abs=1e-3, rel=1e-6)
        assert rows[-1].last == values[-1]
