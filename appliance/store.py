"""What outlives a restart: the action log, lists and timers, in one SQLite file.

The log is bounded by rows. A damaged file is set aside, a full disk is outlived in memory (:mod:`appliance.database`),
because an assistant without a memory is worth more than none.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appliance.database import Database
from appliance.messages import Delivery, Json, Reply, Request

_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, request TEXT NOT NULL, source TEXT NOT NULL, heard TEXT NOT NULL,
    route TEXT NOT NULL, intents TEXT NOT NULL, actions TEXT NOT NULL, reply TEXT NOT NULL, ms REAL NOT NULL, why TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, list TEXT NOT NULL, item TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

MAX_LOG_ROWS = 10_000
_TRIM_EVERY = 100
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

    def __init__(self, path: Path | None, *, max_log_rows: int = MAX_LOG_ROWS) -> None:
        """Open `path`, or a memory-only store for None (demo, tests)."""
        self._max_log_rows = max_log_rows
        self._writes = 0
        self.database = Database(path, _SCHEMA)
        self.database.write(_upgrade)

    def close(self) -> None:
        """Close the file; further calls fail."""
        self.database.close()

    # --- the action log

    def record(self, request: Request, reply: Reply) -> None:
        """Append one handled request."""
        row = (
            time.time(), request.id, request.source, request.text[:2000], reply.route,
            json.dumps(
                [
                    {"name": i.name, "slots": dict(i.slots), "entities": list(i.entities), "confidence": round(i.confidence, 3)}
                    for i in reply.intents
                ]
            ),
            json.dumps([_delivery_json(action) for action in reply.actions]), reply.text[:2000],
            float(reply.ms.get("total", 0.0)), json.dumps(reply.refusals),
        )  # fmt: skip
        self._writes += 1
        trim = self._writes % _TRIM_EVERY == 1

        def change(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO log (at, request, source, heard, route, intents, actions, reply, ms, why) VALUES (?,?,?,?,?,?,?,?,?,?)",
                row,
            )
            if trim:
                db.execute("DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - ?", (self._max_log_rows,))

        self.database.write(change)

    def entries(self, limit: int = 20, source: str | None = None) -> list[Entry]:
        """The latest entries (of one source), newest first."""
        where, args = ("WHERE source = ?", (source, limit)) if source is not None else ("", (limit,))
        rows = self.database.read(
            lambda db: db.execute(
                f"SELECT at, source, heard, route, intents, actions, reply, ms, why FROM log {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - `where` is one of two constants
                args,
            ).fetchall()
        )
        return [
            Entry(r[0], r[1], r[2], r[3], json.loads(r[4]), json.loads(r[5]), r[6], r[7], json.loads(r[8] or "[]"))
            for r in rows
        ]

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


def _delivery_json(delivery: Delivery) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "entity": delivery.entity,
        "topic": delivery.topic,
        "pin": delivery.pin,
        "payload": delivery.payload,
        "result": delivery.result.value,
        "state": dict(delivery.state),
        "detail": delivery.detail,
    }
    return {name: value for name, value in fields.items() if value not in (None, "", {})}


def _upgrade(db: sqlite3.Connection) -> None:
    """Bring a file of an earlier version up to date."""
    columns = {row[1] for row in db.execute("PRAGMA table_info(log)")}
    if "why" not in columns:
        db.execute("ALTER TABLE log ADD COLUMN why TEXT NOT NULL DEFAULT ''")


def restore(kept: Json, fields: Iterable[str]) -> list[dict[str, Json]]:
    """The records of a kept list that have all `fields`; anything else in it is dropped."""
    wanted = set(fields)
    return [r for r in kept if isinstance(r, dict) and wanted <= r.keys()] if isinstance(kept, list) else []
