"""The tables of the history: its rows and states as they are kept, and the statements that change them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SCHEMA = """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, unit TEXT NOT NULL, measure TEXT NOT NULL,
    area TEXT NOT NULL, source TEXT NOT NULL, since REAL NOT NULL);
CREATE TABLE IF NOT EXISTS readings (
    t INTEGER NOT NULL, series INTEGER NOT NULL, span INTEGER NOT NULL, n INTEGER NOT NULL,
    low REAL, high REAL, mean REAL, last REAL NOT NULL, PRIMARY KEY (t, series)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS states (
    id INTEGER PRIMARY KEY, t INTEGER NOT NULL, series INTEGER NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS states_of ON states (series, t);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS writes (day TEXT PRIMARY KEY, bytes INTEGER NOT NULL, rows INTEGER NOT NULL, seconds INTEGER NOT NULL);
"""
MEDIUM_MS = 300_000
COARSE_MS = 3_600_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Source:
    """What a series is, for those who ask."""

    key: str
    """Unique: an entity id (with ``#attribute``), or a topic (with ``#value path``)."""
    name: str
    """What people call it."""
    unit: str = ""
    measure: str = ""
    """Home Assistant's device class: ``temperature``, ``power``, ``door``, …"""
    area: str = ""
    """Area id or name; empty: not known."""
    source: str = "watch"
    """``watch`` or ``entity``."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series with its number in the file."""

    id: int
    what: Source


@dataclass(frozen=True, slots=True)
class Row:
    """Readings of one series that lie close together."""

    t: float
    """Wall-clock second of the first of them."""
    span: float
    """Seconds to the last of them."""
    n: int
    low: float
    high: float
    mean: float
    last: float


@dataclass(frozen=True, slots=True)
class State:
    """A change of a state."""

    t: float
    """Wall-clock second."""
    value: str


Raw = tuple[int, int, int, int, float | None, float | None, float | None, float]
"""As in the table: milliseconds; no minimum, maximum and mean where there is one reading only."""
RawState = tuple[int, int, str]
"""Milliseconds, number of the series, state."""


def as_row(raw: Raw) -> Row:
    """A row as it is told."""
    t, _, span, n, low, high, mean, last = raw
    return Row(
        t / 1000, span / 1000, n, last if low is None else low, last if high is None else high,
        last if mean is None else mean, last,
    )  # fmt: skip


def all_series(db: sqlite3.Connection) -> list[Series]:
    """All series."""
    found = db.execute("SELECT id, key, name, unit, measure, area, source FROM series").fetchall()
    return [Series(row[0], Source(*row[1:])) for row in found]


def latest_states(db: sqlite3.Connection) -> dict[int, str]:
    """Number of each series that holds states to its latest."""
    found = db.execute("SELECT series, value FROM states WHERE id IN (SELECT max(id) FROM states GROUP BY series)")
    return dict(found.fetchall())


def insert_first(
    db: sqlite3.Connection,
    series: Sequence[Series],
    states: Sequence[RawState],
    volumes: Sequence[tuple[str, int, int, int]],
    now: float,
) -> None:
    """What rows refer to, the changes of states, and what was written before."""
    db.executemany(
        "INSERT INTO series VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET key=excluded.key, name=excluded.name, "
        "unit=excluded.unit, measure=excluded.measure, area=excluded.area, source=excluded.source",
        [(one.id, w.key, w.name, w.unit, w.measure, w.area, w.source, now) for one in series for w in (one.what,)],
    )
    db.executemany("INSERT INTO states (t, series, value) VALUES (?,?,?)", states)
    db.executemany(
        "INSERT INTO writes VALUES (?,?,?,?) ON CONFLICT (day) DO UPDATE SET bytes=bytes+excluded.bytes, "
        "rows=rows+excluded.rows, seconds=seconds+excluded.seconds",
        volumes,
    )


def insert(db: sqlite3.Connection, rows: Sequence[Raw]) -> None:
    """Add rows; one of the same series and time is replaced."""
    db.executemany("INSERT OR REPLACE INTO readings VALUES (?,?,?,?,?,?,?,?)", rows)


def used(db: sqlite3.Connection) -> int:
    """Bytes of the file without its free pages."""
    (pages,), (free,), (size,) = (
        db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def drop_oldest(db: sqlite3.Connection) -> None:
    """Drop the oldest tenth of the readings and of the states; the latest state of each series stays."""
    (count,) = db.execute("SELECT count(*) FROM readings").fetchone()
    oldest = db.execute("SELECT t FROM readings ORDER BY t LIMIT 1 OFFSET ?", (max(0, count // 10 - 1),)).fetchone()
    if oldest is not None:
        db.execute("DELETE FROM readings WHERE t <= ?", oldest)
    (changes,) = db.execute("SELECT count(*) FROM states").fetchone()
    db.execute(
        "DELETE FROM states WHERE id IN (SELECT id FROM states ORDER BY id LIMIT ?) "
        "AND id NOT IN (SELECT max(id) FROM states GROUP BY series)",
        (changes // 10,),
    )
    db.execute("DELETE FROM writes WHERE day NOT IN (SELECT day FROM writes ORDER BY day DESC LIMIT 366)")


def thin_slice(db: sqlite3.Connection, name: str, horizon: int, step: int) -> bool:
    """Put the rows of the next slice before `horizon` together; return whether there may be more."""
    found = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    done = found[0] if found is not None else 0
    (start,) = db.execute("SELECT min(t) FROM readings WHERE t >= ? AND t < ?", (done, horizon)).fetchone()
    if start is None:
        if horizon > done + _DAY_MS:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, horizon))
        return False
    start = start // step * step
    end = start + step
    rows = db.execute("SELECT * FROM readings WHERE t >= ? AND t < ? ORDER BY series, t", (start, end)).fetchall()
    merged = list(_merged(rows))
    if len(merged) < len(rows):
        db.execute("DELETE FROM readings WHERE t >= ? AND t < ?", (start, end))
        insert(db, merged)
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, end))
    return True


def _merged(rows: Sequence[Raw]) -> Iterator[Raw]:
    """One row for each run of rows of the same series."""
    run: list[Raw] = []
    for raw in rows:
        if run and raw[1] != run[0][1]:
            yield _together(run)
            run = []
        run.append(raw)
    if run:
        yield _together(run)


def _together(run: Sequence[Raw]) -> Raw:
    if len(run) == 1:
        return run[0]
    rows = [as_row(raw) for raw in run]
    n = sum(row.n for row in rows)
    end = max(raw[0] + raw[2] for raw in run)
    mean = sum(row.mean * row.n for row in rows) / n
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    return (run[0][0], run[0][1], end - run[0][0], n, low, high, mean, rows[-1].last)
