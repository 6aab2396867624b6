"""The alerts of the node, remembered on disk, and what is still to be published about them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.database import Database
from appliance.watch.waiting import Waiting

_SCHEMA = """
CREATE TABLE IF NOT EXISTS alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, watch TEXT NOT NULL, series TEXT NOT NULL, name TEXT NOT NULL, rule TEXT NOT NULL,
    raised REAL NOT NULL, cleared REAL, value TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS watches (id TEXT PRIMARY KEY)
"""
MAX_MESSAGES = 5000
"""Messages about alerts that wait for the broker; the oldest go first."""
MAX_ALERTS = 10_000
"""Alerts that are remembered; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, raised and perhaps cleared."""

    id: int
    watch: str
    series: str
    name: str
    """What the series is called."""
    rule: str
    raised: float
    """Wall-clock second."""
    cleared: float | None
    value: str
    """The reading that raised it."""
    text: str
    """What it says."""


class Spool:
    """The alerts of the node and the messages about them."""

    def __init__(self, database: Database, *, max_messages: int = MAX_MESSAGES) -> None:
        """Use tables of `database`."""
        self._database = database
        self.messages = Waiting(database, "spool", max_messages)
        """What is to be published about alerts."""
        database.create(_SCHEMA)

    # --- watches

    def configured(self, watches: Sequence[str]) -> list[str]:
        """Remember which watches there are; returns those that were there before and are no more."""

        def change(db: sqlite3.Connection) -> list[str]:
            before = [row[0] for row in db.execute("SELECT id FROM watches ORDER BY id")]
            db.execute("DELETE FROM watches")
            db.executemany("INSERT INTO watches VALUES (?)", [(watch,) for watch in dict.fromkeys(watches)])
            return [watch for watch in before if watch not in watches]

        return self._database.write(change)

    # --- alerts

    def raised(self, alert: Alert) -> int:
        """Remember an alert; returns its number (that of `alert` does not count)."""

        def change(db: sqlite3.Connection) -> int:
            cursor = db.execute(
                "INSERT INTO alerts (watch, series, name, rule, raised, value, text) VALUES (?,?,?,?,?,?,?)",
                (alert.watch, alert.series, alert.name, alert.rule, alert.raised, alert.value, alert.text),
            )
            db.execute("DELETE FROM alerts WHERE id <= (SELECT max(id) FROM alerts) - ?", (MAX_ALERTS,))
            return int(cursor.lastrowid or 0)

        return self._database.write(change)

    def cleared(self, watch: str, series: str, rule: str, at: float) -> Alert | None:
        """Note that an alert is over; returns it as it was raised."""

        def change(db: sqlite3.Connection) -> Alert | None:
            row = db.execute(
                "SELECT * FROM alerts WHERE watch = ? AND series = ? AND rule = ? AND cleared IS NULL ORDER BY id DESC LIMIT 1",
                (watch, series, rule),
            ).fetchone()
            db.execute(
                "UPDATE alerts SET cleared = ? WHERE watch = ? AND series = ? AND rule = ? AND cleared IS NULL",
                (at, watch, series, rule),
            )
            return Alert(*row) if row is not None else None

        return self._database.write(change)

    def active(self) -> list[Alert]:
        """The alerts that are raised now, oldest first."""
        rows = self._database.read(
            lambda db: db.execute("SELECT * FROM alerts WHERE cleared IS NULL ORDER BY id").fetchall()
        )
        return [Alert(*row) for row in rows]

    def between(self, start: float, end: float, limit: int = 1000) -> list[Alert]:
        """The alerts that were raised at some time within `start` to `end`, oldest first; the latest `limit` of them."""
        rows = self._database.read(
            lambda db: db.execute(
                "SELECT * FROM alerts WHERE raised <= ? AND (cleared IS NULL OR cleared >= ?) ORDER BY id DESC LIMIT ?",
                (end, start, limit),
            ).fetchall()
        )
        return [Alert(*row) for row in reversed(rows)]
