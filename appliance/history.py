"""Readings and states over time, in one SQLite file that neither grows nor wears a card out.

Readings of one series that lie close together become one row with minimum, maximum and mean; rows are written together,
in the order of time, so that a flush touches few pages. Old rows are put together to coarser ones, the oldest go when the
file has its size. States (texts) are kept as changes. While the disk is full, rows wait in memory, up to a bound.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.database import Database, Unwritten
from appliance.history_rows import (
    COARSE_MS,
    MEDIUM_MS,
    SCHEMA,
    Raw,
    RawState,
    Row,
    Series,
    Source,
    State,
    all_series,
    as_row,
    drop_oldest,
    insert,
    insert_first,
    latest_states,
    thin_slice,
    used,
)
from appliance.text import whole

__all__ = ["History", "Keep", "Row", "Series", "Source", "State", "Volume"]

log = logging.getLogger(__name__)

_PRAGMAS = ("journal_size_limit=1048576", "wal_autocheckpoint=256", "temp_store=MEMORY", "cache_size=-2000")

MAX_SERIES = 8000
"""Most series; further ones are counted, not kept."""
MAX_PENDING = 50_000
"""Rows that wait in memory while the disk is full; the oldest go first."""
MAX_TEXT = 255
"""Characters of a kept state."""
MEMORY_BYTES = 8_000_000
"""Size of a history that has no file."""
_CHUNK = 5000
"""Rows of one transaction: between two of them the size is looked at."""
NOTE_S = 600.0
"""How often it is noted what was written: noting it is writing, too."""
_WAL_BYTES = 2_000_000
"""What the write-ahead log may take of the size."""
_SLICES = 3
"""Slices of old rows that one flush puts together."""


@dataclass(frozen=True, slots=True)
class Volume:
    """What was written on one day."""

    day: str
    """``2026-11-22``, local time."""
    bytes: int
    """Handed to the kernel for the file and its write-ahead log, as counted by the kernel for the writing thread."""
    rows: int
    seconds: int
    """How much of the day was covered."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept, and how finely."""

    max_bytes: int = 64_000_000
    resolution_s: float = 10.0
    fine_s: float = 2 * 86_400.0
    medium_s: float = 30 * 86_400.0


class _Bucket:
    """Readings that become one row."""

    __slots__ = ("high", "last", "last_t", "low", "n", "t", "total")

    def __init__(self, t: int, value: float) -> None:
        self.t = self.last_t = t
        self.n = 1
        self.total = self.low = self.high = self.last = value

    def add(self, t: int, value: float) -> None:
        self.n += 1
        self.total += value
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.last, self.last_t = value, max(t, self.last_t)

    def row(self, series: int) -> Raw:
        if self.n == 1:
            return (self.t, series, 0, 1, None, None, None, self.last)
        return (self.t, series, self.last_t - self.t, self.n, self.low, self.high, self.total / self.n, self.last)


class History:
    """All series of the node. Thread-safe; only :meth:`flush` and questions touch the disk."""

    def __init__(
        self,
        path: Path | None,
        keep: Keep | None = None,
        *,
        copy: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the file, or keep everything in memory for None.

        Args:
            path: of the file.
            keep: how much, and how finely.
            copy: only read: from a copy in memory.
            clock: monotonic seconds.

        Raises:
            TerndError: with `copy` the file cannot be read.
        """
        self._keep = keep or Keep()
        self._database = Database(path, SCHEMA, carry=False, copy=copy, pragmas=_PRAGMAS, clock=clock)
        in_memory = path is None or bool(self._database.problem)
        size = min(self._keep.max_bytes, MEMORY_BYTES) if in_memory else self._keep.max_bytes
        self._max_bytes = size if in_memory else max(size // 2, size - _WAL_BYTES)
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._series = {series.what.key: series for series in self._database.read(all_series)}
        self._new: list[Series] = []
        self._renewed = self._database.renewed
        self._buckets: dict[int, _Bucket] = {}
        self._pending: deque[Raw] = deque()
        self._writing: list[Raw] = []
        self._pending_states: deque[RawState] = deque()
        self._writing_states: list[RawState] = []
        self._states: dict[int, str] = self._database.read(latest_states)
        self._written: dict[str, tuple[int, int]] = {}
        self._noted_at = clock()
        self._size = self._database.read(used)
        self._clock = clock
        self.readings = 0
        """Readings taken since the start."""
        self.dropped = 0
        """Rows and series for which there was no room."""

    @property
    def problem(self) -> str:
        """Why the file is not written at the moment; empty: all is well."""
        return self._database.problem

    def close(self) -> None:
        """Write what waits and close the file."""
        self.flush(time.time(), everything=True)
        self._database.close()

    # --- what comes in

    def read(self, what: Source, value: float, at: float) -> None:
        """Take one reading; `at` is a wall-clock second. Nothing is written now."""
        with self._lock:
            series = self._of(what)
            if series is None:
                return
            self.readings += 1
            t = int(at * 1000)
            bucket = self._buckets.get(series.id)
            if bucket is not None:
                if 0 <= t - bucket.t < self._keep.resolution_s * 1000:
                    bucket.add(t, value)
                    return
                self._pending.append(bucket.row(series.id))
                self._bound()
            self._buckets[series.id] = _Bucket(t, value)

    def state(self, what: Source, value: str, at: float) -> None:
        """Take a state; only changes are kept."""
        value = whole(value[:MAX_TEXT])
        with self._lock:
            series = self._of(what)
            if series is None or self._states.get(series.id) == value:
                return
            self._states[series.id] = value
            self._pending_states.append((int(at * 1000), series.id, value))
            self._bound()

    def _of(self, what: Source) -> Series | None:
        series = self._series.get(what.key)
        if series is not None and series.what == what:
            return series
        if series is None and len(self._series) >= MAX_SERIES:
            self.dropped += 1
            return None
        number = series.id if series is not None else 1 + max((one.id for one in self._series.values()), default=0)
        series = self._series[what.key] = Series(number, what)
        self._new.append(series)
        return series

    def _bound(self) -> None:
        for waiting in (self._pending, self._pending_states):
            while len(waiting) > MAX_PENDING:
                waiting.popleft()
                self.dropped += 1

    # --- to the disk

    def flush(self, now: float, *, everything: bool = False) -> bool:
        """Write what waits, put old rows together, keep the size; return whether the disk took it.

        Args:
            now: wall-clock second.
            everything: also rows that may still grow.
        """
        with self._flushing:
            before = _bytes_written()
            with self._lock:
                self._close_buckets(now, everything=everything)
                count = len(self._pending) + len(self._pending_states)
            try:
                self._write(now)
                self._thin(now)
            except Unwritten:
                return False
            self._size = self._database.read(used)
            after = _bytes_written()
            if after is not None and before is not None and after > before:
                day = time.strftime("%Y-%m-%d", time.localtime(now))
                size, rows = self._written.get(day, (0, 0))
                self._written[day] = (size + after - before, rows + count)
            return True

    def _close_buckets(self, now: float, *, everything: bool) -> None:
        old = int((now - self._keep.resolution_s) * 1000)
        for number in [n for n, bucket in self._buckets.items() if everything or not old <= bucket.t <= now * 1000]:
            self._pending.append(self._buckets.pop(number).row(number))
        self._bound()

    def _write(self, now: float) -> None:
        with self._lock:
            if self._renewed != self._database.renewed:  # a new file knows no series yet
                self._renewed, self._new = self._database.renewed, list(self._series.values())
            new, self._new = self._new, []
            states, self._writing_states = list(self._pending_states), list(self._pending_states)
            self._pending_states.clear()
        covered = int(self._clock() - self._noted_at)
        last = next(reversed(self._written), "")  # around midnight there are two days: the time counts for one of them
        volumes = [
            (day, size, rows, covered if day == last else 0)
            for day, (size, rows) in self._written.items()
            if covered >= NOTE_S
        ]
        try:
            if new or states or volumes:
                self._trim()
                self._database.write(lambda db: insert_first(db, new, states, volumes, now))
            if volumes:
                self._written.clear()
                self._noted_at = self._clock()
        except Unwritten:
            with self._lock:
                self._new = new + self._new
                self._pending_states.extendleft(reversed(states))
            raise
        finally:
            self._writing_states = []
        while self._pending:
            self._write_chunk()

    def _write_chunk(self) -> None:
        self._trim()
        with self._lock:
            rows = self._writing = [self._pending.popleft() for _ in range(min(_CHUNK, len(self._pending)))]
        try:
            self._database.write(lambda db: insert(db, rows))
        except Unwritten:
            with self._lock:
                self._pending.extendleft(reversed(rows))
                self._bound()
            raise
        finally:
            self._writing = []

    def _trim(self) -> None:
        """Drop the oldest when the file has its size."""
        if self._database.read(used) <= 0.95 * self._max_bytes:
            return
        self._database.write(drop_oldest)

    def _thin(self, now: float) -> None:
        """Put old rows together: to 5 minutes, later to an hour. Some slices at a time."""
        for name, age_s, step in (
            ("medium", self._keep.fine_s, MEDIUM_MS), ("coarse", self._keep.medium_s, COARSE_MS),
        ):  # fmt: skip
            horizon = int((now - age_s) * 1000) // step * step
            for _ in range(_SLICES):
                if not self._database.write(lambda db, n=name, h=horizon, s=step: thin_slice(db, n, h, s)):  # type: ignore[misc]
                    break

    # --- what is asked

    def series(self) -> list[Series]:
        """All series."""
        with self._lock:
            return list(self._series.values())

    def texts(self) -> frozenset[int]:
        """The numbers of the series that hold states, not readings."""
        with self._lock:
            return frozenset(self._states)

    def rows(self, series: int, start: float, end: float) -> list[Row]:
        """The rows of a series that begin within wall-clock seconds `start` to `end`, oldest first."""
        a, b = int(start * 1000), int(end * 1000)
        waiting = self._waiting(series, a, b)
        found: list[Raw] = self._database.read(
            lambda db: db.execute(
                "SELECT t, series, span, n, low, high, mean, last FROM readings WHERE t BETWEEN ? AND ? AND series = ? ORDER BY t",
                (a, b, series),
            ).fetchall()
        )
        known = {raw[0] for raw in found}  # what is being written just now may be found twice
        return [as_row(raw) for raw in (*found, *(one for one in waiting if one[0] not in known))]

    def row_before(self, series: int, at: float) -> Row | None:
        """The latest row of a series that begins before `at`."""
        t = int(at * 1000)
        waiting = self._waiting(series, 0, t - 1)
        if waiting:
            return as_row(waiting[-1])
        raw = self._database.read(
            lambda db: db.execute(
                "SELECT t, series, span, n, low, high, mean, last FROM readings WHERE t < ? AND series = ? ORDER BY t DESC LIMIT 1",
                (t, series),
            ).fetchone()
        )
        return as_row(raw) if raw is not None else None

    def _waiting(self, series: int, start: int, end: int) -> list[Raw]:
        with self._lock:
            rows = [raw for raw in (*self._writing, *self._pending) if raw[1] == series and start <= raw[0] <= end]
            bucket = self._buckets.get(series)
            if bucket is not None and start <= bucket.t <= end:
                rows.append(bucket.row(series))
        return rows

    def states(self, series: int, start: float, end: float) -> list[State]:
        """The changes of a state within `start` to `end`, oldest first."""
        a, b = int(start * 1000), int(end * 1000)
        waiting = [change for change in self._waiting_states(series) if a <= change[0] <= b]
        found = self._database.read(
            lambda db: db.execute(
                "SELECT t, value FROM states WHERE series = ? AND t BETWEEN ? AND ? ORDER BY t, id", (series, a, b)
            ).fetchall()
        )
        return [State(t / 1000, value) for t, value in dict.fromkeys((*found, *waiting))]

    def state_before(self, series: int, at: float) -> State | None:
        """The latest change of a state before `at`."""
        t = int(at * 1000)
        waiting = [change for change in self._waiting_states(series) if change[0] < t]
        if waiting:
            return State(waiting[-1][0] / 1000, waiting[-1][1])
        found = self._database.read(
            lambda db: db.execute(
                "SELECT t, value FROM states WHERE series = ? AND t < ? ORDER BY t DESC, id DESC LIMIT 1", (series, t)
            ).fetchone()
        )
        return State(found[0] / 1000, found[1]) if found is not None else None

    def _waiting_states(self, series: int) -> list[tuple[int, str]]:
        with self._lock:
            changes = (*self._writing_states, *self._pending_states)
            return [(t, value) for t, one, value in changes if one == series]

    def size(self) -> int:
        """Bytes in use at the last flush: of the file without its free pages. Does not wait for the disk."""
        return self._size

    def oldest(self) -> float | None:
        """Wall-clock second of the oldest reading; None: there is none."""
        (t,) = self._database.read(lambda db: db.execute("SELECT min(t) FROM readings").fetchone())
        return t / 1000 if t is not None else None

    def count(self) -> int:
        """How many rows there are."""
        return int(self._database.read(lambda db: db.execute("SELECT count(*) FROM readings").fetchone())[0])

    def volumes(self) -> list[Volume]:
        """What was written day by day, the latest first."""
        rows = self._database.read(lambda db: db.execute("SELECT * FROM writes ORDER BY day DESC LIMIT 366").fetchall())
        return [Volume(*row) for row in rows]


def _bytes_written() -> int | None:
    """Bytes that this thread has handed to the kernel by write calls; None where it does not count them."""
    try:
        for line in Path("/proc/thread-self/io").read_text("ascii").splitlines():
            if line.startswith("wchar:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None
