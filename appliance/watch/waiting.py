"""Messages that wait on disk for the broker: in order, bounded, kept over a restart. Commands are never among them."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Sequence

from appliance.database import Database
from appliance.errors import ActError, UnsendableError
from appliance.messages import Publish
from appliance.watch.ports import Link, Receipt

log = logging.getLogger(__name__)

RECEIPT_S = 5.0
"""How long the broker's answer is awaited."""
WINDOW = 32
"""Messages that are on their way at once."""
MAX_BREAKS = 5
"""A message that was alone on its way so often when the connection broke is taken for the reason."""


class Waiting:
    """A queue in a table of its own. Not to be forwarded by two threads."""

    def __init__(self, database: Database, table: str, most: int) -> None:
        """Use `table` of `database` for at most `most` messages; the oldest go first."""
        self._database = database
        self._table = table
        self._most = most
        self._breaks = 0
        self.dropped = 0
        """Messages that found no room or that no connection survived."""
        database.create(
            f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL,"
            " payload BLOB NOT NULL, retain INTEGER NOT NULL)"
        )
        self._count = database.read(self._counted)

    def __len__(self) -> int:
        """Messages that wait."""
        return self._count

    def put(self, *messages: Publish) -> None:
        """Keep messages until the broker has them. A retained one replaces an older one of its topic that still waits."""

        def change(db: sqlite3.Connection) -> int:
            for message in messages:
                if message.retain:
                    db.execute(f"DELETE FROM {self._table} WHERE topic = ? AND retain = 1", (message.topic,))  # noqa: S608
                db.execute(
                    f"INSERT INTO {self._table} (topic, payload, retain) VALUES (?,?,?)",  # noqa: S608
                    (message.topic, message.payload, int(message.retain)),
                )
            count = self._counted(db)
            over = max(0, count - self._most)
            if over:
                db.execute(
                    f"DELETE FROM {self._table} WHERE id IN (SELECT id FROM {self._table} ORDER BY id LIMIT ?)",  # noqa: S608
                    (over,),
                )
            self.dropped += over
            return count - over

        self._count = self._database.write(change)

    def heads(self, count: int) -> list[tuple[int, Publish]]:
        """The oldest waiting messages and their numbers, oldest first."""
        if not self._count:
            return []
        rows = self._database.read(
            lambda db: db.execute(
                f"SELECT id, topic, payload, retain FROM {self._table} ORDER BY id LIMIT ?",  # noqa: S608
                (count,),
            ).fetchall()
        )
        return [(row[0], Publish(row[1], bytes(row[2]), retain=bool(row[3]))) for row in rows]

    def done(self, numbers: Sequence[int]) -> None:
        """The broker has these, or will never take them."""

        def change(db: sqlite3.Connection) -> int:
            db.executemany(f"DELETE FROM {self._table} WHERE id = ?", [(number,) for number in numbers])  # noqa: S608
            return self._counted(db)

        if numbers:
            self._count = self._database.write(change)

    def forward(self, link: Link) -> None:
        """Bring what waits to the broker, in order, each kept until the broker has it; returns when it can go no further.

        What was on its way when the connection broke is sent again: twice perhaps, never out of order. After a break one
        message goes at a time, so that one which breaks every connection is found and set aside.
        """
        while batch := self.heads(1 if self._breaks else WINDOW):
            connection = link.connects()
            finished = hand_over(link, [message for _, message in batch])
            self.done([number for number, _ in batch[:finished]])
            if finished:
                self._breaks = 0
            elif link.connects() != connection:
                self._breaks += 1
            if self._breaks > MAX_BREAKS:
                number, message = batch[0]
                log.error("%s is set aside: each connection broke while it was published", message.topic)
                self.done([number])
                self.dropped += 1
                self._breaks = 0
            elif finished < len(batch):
                return

    def _counted(self, db: sqlite3.Connection) -> int:
        return int(db.execute(f"SELECT count(*) FROM {self._table}").fetchone()[0])  # noqa: S608


def hand_over(link: Link, messages: Sequence[Publish], patience: float = RECEIPT_S) -> int:
    """Publish messages in order; returns how many of them, from the first one on, are finished: taken, or refused for good."""
    connection = link.connects()
    sent: list[Receipt | None] = []
    for message in messages:
        try:
            sent.append(link.publish(message))
        except UnsendableError as error:
            log.warning("%s is given up: %s", message.topic, error)
            sent.append(None)
        except ActError as error:
            log.debug("%s has to wait: %s", message.topic, error)
            break
    end = time.monotonic() + patience
    for number, receipt in enumerate(sent):
        if receipt is None or receipt.wait(max(0.0, end - time.monotonic())):
            continue
        if not receipt.refusal or link.connects() != connection:
            return number
        log.warning("%s is given up: %s", messages[number].topic, receipt.refusal)
    return len(sent)
