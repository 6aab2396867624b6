"""Messages that wait on disk for the broker: in order, bounded, kept over a restart. Commands are never among them."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from appliance.database import Database
from appliance.errors import ActError, UnsendableError
from appliance.messages import Publish
from appliance.watch.ports import Link, Receipt

log = logging.getLogger(__name__)

RECEIPT_S = 1.0
"""How long the broker's answer is awaited each time; until the connection breaks nothing is sent again."""
WINDOW = 32
"""Messages that are on their way at once."""
QUICK_S = 5.0
"""A connection that breaks so soon after a message was sent may have broken of it."""
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
        self._under_way: dict[int, _Sent] = {}
        """What the broker has not answered yet, oldest first."""
        self._sent_at = 0.0
        """Monotonic second at which something was sent last."""
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

    def put(self, *messages: Publish) -> list[int]:
        """Keep messages until the broker has them; their numbers. A retained one replaces an older one of its topic that still waits."""
        numbers: list[int] = []

        def change(db: sqlite3.Connection) -> int:
            numbers.clear()
            for message in messages:
                if message.retain:
                    db.execute(f"DELETE FROM {self._table} WHERE topic = ? AND retain = 1", (message.topic,))  # noqa: S608
                row = db.execute(
                    f"INSERT INTO {self._table} (topic, payload, retain) VALUES (?,?,?)",  # noqa: S608
                    (message.topic, message.payload, int(message.retain)),
                )
                numbers.append(row.lastrowid or 0)
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
        return numbers

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

    def hand_over(self, link: Link, messages: Sequence[Publish]) -> None:
        """Bring messages to the broker past the disk, on which nothing waits; what it has not taken soon waits there."""
        self._sent_at = time.monotonic()
        sent = _send(link, messages)
        finished = _finished(sent)
        if finished < len(messages):
            self._under_way = dict(zip(self.put(*messages[finished:]), sent[finished:], strict=False))

    def forward(self, link: Link) -> None:
        """Bring what waits to the broker, in order, each kept until the broker has it; returns when it can go no further.

        What was on its way when the connection broke is sent again: twice perhaps, never out of order. After a break one
        message goes at a time, so that one which breaks every connection is found and set aside.
        """
        while True:
            self._note_break()
            batch = self.heads(1 if self._breaks else WINDOW)
            if not batch:
                return
            if self._breaks > MAX_BREAKS:
                self._set_aside(*batch[0])
            elif self._bring(link, batch) < len(batch):
                return

    def _bring(self, link: Link, batch: Sequence[tuple[int, Publish]]) -> int:
        """Send what of a batch is not on its way already; returns how many from the first one on are finished."""
        numbers = [number for number, _ in batch]
        if not set(numbers) <= set(self._under_way):
            self._sent_at = time.monotonic()
        sent = _send(link, [message for _, message in batch], [self._under_way.get(number) for number in numbers])
        finished = _finished(sent)
        self.done(numbers[:finished])
        self._under_way.update(zip(numbers, sent, strict=False))
        for number in numbers[:finished]:
            del self._under_way[number]
        if finished:
            self._breaks = 0
        return finished

    def _note_break(self) -> None:
        """Where the connection broke, what was on its way is sent again."""
        if not any(one.receipt is not None and one.receipt.lost for one in self._under_way.values()):
            return
        self._under_way = {}
        if time.monotonic() - self._sent_at < QUICK_S:
            self._breaks += 1

    def _set_aside(self, number: int, message: Publish) -> None:
        log.error("%s is set aside: each connection broke while it was published", message.topic)
        self.done([number])
        self.dropped += 1
        self._breaks = 0

    def _counted(self, db: sqlite3.Connection) -> int:
        return int(db.execute(f"SELECT count(*) FROM {self._table}").fetchone()[0])  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message that was handed over; without a receipt it never can be."""

    message: Publish
    receipt: Receipt | None


def _send(link: Link, messages: Sequence[Publish], known: Sequence[_Sent | None] = ()) -> list[_Sent]:
    """Publish messages in order until one cannot be now; those `known` to be on their way are not sent again."""
    sent: list[_Sent] = []
    for message, before in zip_longest(messages, known):
        if before is not None and before.message == message:
            sent.append(before)
            continue
        try:
            sent.append(_Sent(message, link.publish(message)))
        except UnsendableError as error:
            log.warning("%s is given up: %s", message.topic, error)
            sent.append(_Sent(message, None))
        except ActError as error:
            log.debug("%s has to wait: %s", message.topic, error)
            break
    return sent


def _finished(sent: Sequence[_Sent]) -> int:
    """How many, from the first one on, are finished: taken, or refused for good."""
    end = time.monotonic() + RECEIPT_S
    for count, one in enumerate(sent):
        if one.receipt is None or one.receipt.wait(max(0.0, end - time.monotonic())):
            continue
        if not one.receipt.refusal or one.receipt.lost:
            return count
        log.warning("%s is given up: %s", one.message.topic, one.receipt.refusal)
    return len(sent)
