"""Requests that were taken and are not answered yet, so that what a crash interrupts is answered, too.

A request is noted before it is acknowledged to the broker and struck out when the broker has its reply. After a crash, those
that were not begun are done if they are still fresh. Those that were begun may have been done in part: they are never done
again, their askers are told. Replies that were under way are sent again. The file belongs into a directory that a reboot
empties (``/run``): nothing old is found there, and no card wears out. Deadlines are of the monotonic clock, which a reboot
starts anew as well.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.database import Database
from appliance.messages import Action, Json, Reply, Request

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, id TEXT NOT NULL, begun INTEGER NOT NULL DEFAULT 0,
    request TEXT NOT NULL, reply TEXT);
CREATE TABLE IF NOT EXISTS contact (id INTEGER PRIMARY KEY, at REAL NOT NULL);
"""
_FIELDS = ("id", "text", "source", "area", "deadline", "dry_run", "confirm", "private", "by", "confirmed")
_SAID = ("id", "text", "speech", "route")
_FIRST = "(SELECT min(number) FROM inbox WHERE source = ? AND id = ? AND begun <= ?)"


@dataclass(frozen=True, slots=True)
class Left:
    """A request that the run before did not answer."""

    request: Request
    begun: bool
    """Something of it may have been done."""
    reply: Reply | None = None
    """What was to be answered, in short; it may have reached the asker."""


class Inbox:
    """The open requests of this node; thread-safe."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Open the file at `path`, or keep them in memory for None; `clock`: monotonic seconds."""
        self._clock = clock
        self._database = Database(path, _SCHEMA, pragmas=("synchronous=OFF",))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def take(self, request: Request) -> None:
        """Note a request that will be answered."""
        row = (request.source, request.id, _packed(request))

        def change(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO inbox (source, id, request) VALUES (?, ?, ?)", row)
            if request.by == "person":  # it came from the broker
                db.execute("INSERT OR REPLACE INTO contact VALUES (1, ?)", (self._clock(),))

        self._database.write(change)

    def begin(self, request: Request) -> None:
        """From now on something of it may have been done."""
        which = (request.source, request.id, 0)
        self._database.write(lambda db: db.execute(f"UPDATE inbox SET begun = 1 WHERE number = {_FIRST}", which))  # noqa: S608 - a constant

    def answered(self, request: Request, reply: Reply) -> None:
        """Its reply is on its way."""
        said = json.dumps({name: getattr(reply, name) for name in _SAID}, ensure_ascii=False)
        which = (said, request.source, request.id, 1)
        self._database.write(lambda db: db.execute(f"UPDATE inbox SET reply = ? WHERE number = {_FIRST}", which))  # noqa: S608 - a constant

    def done(self, request: Request) -> None:
        """Its reply has arrived at the broker."""
        which = (request.source, request.id, 1)
        self._database.write(lambda db: db.execute(f"DELETE FROM inbox WHERE number = {_FIRST}", which))  # noqa: S608 - a constant

    def heard(self, at: float) -> None:
        """Note when the broker was heard of last (monotonic seconds): what it kept since is not older."""
        self._database.write(lambda db: db.execute("INSERT OR REPLACE INTO contact VALUES (1, ?)", (at,)))

    def heard_at(self) -> float | None:
        """When the broker was heard of last; None: this is the first run since the machine or the service was started."""
        row = self._database.read(lambda db: db.execute("SELECT at FROM contact").fetchone())
        return row[0] if row is not None else None

    def left(self) -> tuple[Left, ...]:
        """What is open, in the order of its arrival: at the start, what the run before left behind."""
        rows = self._database.read(
            lambda db: db.execute("SELECT request, begun, reply FROM inbox ORDER BY number").fetchall()
        )
        return tuple(
            Left(_unpacked(request), bool(begun), Reply(**json.loads(reply)) if reply is not None else None)
            for request, begun, reply in rows
        )


def inbox_path(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where the inbox of the service is: in systemd's RuntimeDirectory. None: this is no service."""
    directory = environment.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(directory) / "inbox.sqlite" if directory else None


def _packed(request: Request) -> str:
    fields: dict[str, Json] = {name: getattr(request, name) for name in _FIELDS}
    fields["correlation"] = request.correlation.hex() if request.correlation is not None else None
    fields["actions"] = [
        {"entity": a.entity, "command": a.command, "data": dict(a.data), "expect": dict(a.expect)}
        for a in request.actions
    ]
    return json.dumps(fields, ensure_ascii=False)


def _unpacked(text: str) -> Request:
    fields = json.loads(text)
    correlation = fields.pop("correlation")
    actions = tuple(Action(**action) for action in fields.pop("actions"))
    return Request(
        **fields, actions=actions, correlation=bytes.fromhex(correlation) if correlation is not None else None
    )
