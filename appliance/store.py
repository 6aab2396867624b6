"""What outlives a restart: the action log, lists and timers, in one SQLite file.

The log is bounded by rows and by size. A damaged file is set aside, a full disk is outlived in memory (:mod:`appliance.database`),
because an assistant without a memory is worth more than none.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.database import Database
from appliance.messages import Delivery, Intent, Json, Reply, Request
from appliance.text import whole

_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, request TEXT NOT NULL, source TEXT NOT NULL, heard TEXT NOT NULL,
    route TEXT NOT NULL, intents TEXT NOT NULL, actions TEXT NOT NULL, reply TEXT NOT NULL, ms REAL NOT NULL, why TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, list TEXT NOT NULL, item TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

MAX_LOG_ROWS = 10_000
MAX_LOG_BYTES = 32_000_000
"""Of the texts in the log, however few rows they are."""
_TRIM_EVERY = 100
_WEIGH_EVERY = MAX_LOG_BYTES // 16
"""Bytes after which the log is weighed: that reads all of it."""
_MAX_ACTIONS, _MAX_BRIEF = 100, 1000
"""Actions of an entry that are kept in full, and those of which only entity and result are kept."""
_MAX_INTENTS, _MAX_WHY = 50, 50
_MAX_TEXT, _MAX_DETAIL = 2000, 500
"""Characters of a sentence, and of one of the many texts in an entry."""
MAX_ITEMS = 1_000
"""Per list."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the action log: heard → intents → topics and pins → states → reply."""

    at: float
    """Wall-clock seconds."""
    source: str
    heard: str
    route: str
    intents: Json
    actions: Json
    reply: str
    ms: float
    why: Json = ()
    """What was left undone, and why."""


class Store:
    """The node's memory; thread-safe, every call one short transaction."""

    def __init__(
        self,
        path: Path | None,
        *,
        max_log_rows: int = MAX_LOG_ROWS,
        max_log_bytes: int = MAX_LOG_BYTES,
        copy: bool = False,
    ) -> None:
        """Open `path`, or a memory-only store for None (demo, tests). `copy`: only to read, while the service runs.

        Raises:
            TerndError: with `copy` the file cannot be read.
        """
        self._max_log_rows = max_log_rows
        self._max_log_bytes = max_log_bytes
        self._writes = 0
        self._unweighed = _WEIGH_EVERY
        self.database = Database(path, _SCHEMA, copy=copy)
        self.database.write(_upgrade)

    def close(self) -> None:
        """Close the file; further calls fail."""
        self.database.close()

    # --- the action log

    def record(self, request: Request, reply: Reply) -> None:
        """Append one handled request."""
        row = (
            time.time(),
            request.id,
            whole(request.source[:_MAX_DETAIL]),
            whole(request.text[:_MAX_TEXT]),
            reply.route,
            json.dumps([_intent_json(intent) for intent in reply.intents[:_MAX_INTENTS]]),
            json.dumps(_deliveries_json(reply.actions)),
            whole(reply.text[:_MAX_TEXT]),
            float(reply.ms.get("total", 0.0)),
            json.dumps([why[:_MAX_DETAIL] for why in reply.refusals[:_MAX_WHY]]),
        )
        self._writes += 1
        self._unweighed += sum(len(field) for field in row if isinstance(field, str))
        trim = self._writes % _TRIM_EVERY == 1
        weigh = self._unweighed >= min(_WEIGH_EVERY, self._max_log_bytes)

        def change(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO log (at, request, source, heard, route, intents, actions, reply, ms, why) VALUES (?,?,?,?,?,?,?,?,?,?)",
                row,
            )
            if trim:
                db.execute("DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?", (self._max_log_rows,))
            if weigh:
                db.execute(_LIGHTEN, (self._max_log_bytes,))

        self.database.write(change)
        self._unweighed = 0 if weigh else self._unweighed

    def entries(
        self,
        limit: int = 20,
        source: str | None = None,
        *,
        since: float = 0.0,
        wanted: Callable[[Entry], bool] = lambda _entry: True,
    ) -> list[Entry]:
        """The latest entries, newest first: of one source, since a wall-clock second, those that are `wanted`.

        What cannot be read of an entry any more is empty in it.
        """

        def query(db: sqlite3.Connection) -> list[Entry]:
            found: list[Entry] = []
            rows = db.execute(
                "SELECT at, source, heard, route, intents, actions, reply, ms, why FROM log "
                "WHERE at >= ? AND (? IS NULL OR source = ?) ORDER BY id DESC",
                (since, source, source),
            )
            while len(found) < limit and (row := rows.fetchone()) is not None:
                entry = _entry(row)
                if wanted(entry):
                    found.append(entry)
            return found

        return self.database.read(query)

    # --- lists

    def add_item(self, name: str, item: str) -> bool:
        """Put an item on a list; False when the list is full."""

        def change(db: sqlite3.Connection) -> bool:
            (count,) = db.execute("SELECT count(*) FROM items WHERE list = ? AND done = 0", (name,)).fetchone()
            if count >= MAX_ITEMS:
                return False
            db.execute("INSERT INTO items (list, item, at) VALUES (?, ?, ?)", (name, item, time.time()))
            db.execute(
                "DELETE FROM items WHERE list = ? AND done = 1 AND id NOT IN "
                "(SELECT id FROM items WHERE list = ? AND done = 1 ORDER BY id DESC LIMIT ?)",
                (name, name, MAX_ITEMS),
            )
            return True

        return self.database.write(change)

    def items(self, name: str) -> list[str]:
        """The open items of a list, oldest first."""
        rows = self.database.read(
            lambda db: db.execute("SELECT item FROM items WHERE list = ? AND done = 0 ORDER BY id", (name,)).fetchall()
        )
        return [row[0] for row in rows]

    def complete_item(self, name: str, item: str) -> bool:
        """Tick an item off; False when it is not on the list."""
        return self._end_item("UPDATE items SET done = 1", name, item)

    def remove_item(self, name: str, item: str) -> bool:
        """Take an item off a list; False when it is not on it."""
        return self._end_item("DELETE FROM items", name, item)

    def _end_item(self, verb: str, name: str, item: str) -> bool:
        return self.database.write(
            lambda db: (
                db.execute(
                    f"{verb} WHERE id = (SELECT min(id) FROM items WHERE list = ? AND done = 0 AND lower(item) = lower(?))",  # noqa: S608 - `verb` is one of two constants
                    (name, item),
                ).rowcount
                > 0
            )
        )

    # --- small values

    def keep(self, name: str, value: Json) -> None:
        """Keep one JSON value under a name."""
        self.database.write(
            lambda db: db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, json.dumps(value)))
        )

    def kept(self, name: str) -> Json:
        """The value kept under a name, or None."""
        row = self.database.read(lambda db: db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone())
        return None if row is None else json.loads(row[0])


_LIGHTEN = """
DELETE FROM log WHERE id IN (SELECT id FROM (
    SELECT id, sum(length(heard) + length(intents) + length(actions) + length(reply) + length(why))
        OVER (ORDER BY id DESC) AS bytes FROM log
) WHERE bytes > ?)
"""


def _intent_json(intent: Intent) -> dict[str, Json]:
    return {
        "name": intent.name,
        "slots": dict(intent.slots),
        "entities": list(intent.entities[:_MAX_BRIEF]),
        "confidence": round(intent.confidence, 3),
    }


def _deliveries_json(deliveries: Sequence[Delivery]) -> list[dict[str, Json]]:
    """The first ones in full, of more only what became of them: "everything off" in a large home is one entry, too."""
    brief = [{"entity": one.entity, "result": one.result.value} for one in deliveries[_MAX_ACTIONS:_MAX_BRIEF]]
    return [*map(_delivery_json, deliveries[:_MAX_ACTIONS]), *brief]


def _delivery_json(delivery: Delivery) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "entity": delivery.entity,
        "topic": delivery.topic,
        "pin": delivery.pin,
        "payload": delivery.payload and delivery.payload[:_MAX_TEXT],
        "result": delivery.result.value,
        "reports": None if delivery.reports else False,
        "state": {
            key: value[:_MAX_DETAIL] if isinstance(value, str) else value for key, value in delivery.state.items()
        },
        "detail": delivery.detail[:_MAX_DETAIL],
    }
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


def _entry(row: Sequence[Json]) -> Entry:
    """The entry in a row, whatever a damaged file made of it."""
    at, source, heard, route, intents, actions, reply, ms, why = row
    return Entry(
        at=float(at) if isinstance(at, int | float) else 0.0,
        source=str(source),
        heard=str(heard),
        route=str(route),
        intents=[
            one
            for one in _listed(intents)
            if isinstance(one, dict) and isinstance(one.get("slots"), dict) and "name" in one
        ],
        actions=[one for one in _listed(actions) if isinstance(one, dict) and one.keys() >= {"entity", "result"}],
        reply=str(reply),
        ms=float(ms) if isinstance(ms, int | float) else 0.0,
        why=[str(one) for one in _listed(why)],
    )


def _listed(text: Json) -> list[Json]:
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return []
    return value if isinstance(value, list) else []


def _upgrade(db: sqlite3.Connection) -> None:
    """Bring a file of an earlier version up to date."""
    columns = {row[1] for row in db.execute("PRAGMA table_info(log)")}
    if "why" not in columns:
        db.execute("ALTER TABLE log ADD COLUMN why TEXT NOT NULL DEFAULT ''")


def restore(kept: Json, fields: Iterable[str]) -> list[dict[str, Json]]:
    """The records of a kept list that have all `fields`; anything else in it is dropped."""
    wanted = set(fields)
    return [r for r in kept if isinstance(r, dict) and wanted <= r.keys()] if isinstance(kept, list) else []
