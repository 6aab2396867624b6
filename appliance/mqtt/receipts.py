"""What became of published messages: receipts, acknowledgements, and what is sent again."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from appliance.errors import ActError
from appliance.messages import Publish

MAX_ATTEMPTS = 2
"""A kept message that the broker twice answered by closing the connection is set aside."""
QUICK_S = 5.0
"""A connection that breaks so soon after a message was sent may have broken of it."""


@dataclass(slots=True, eq=False)
class Receipt:
    """The broker's answer to one published message."""

    message: Publish
    sent_at: float = field(default_factory=time.monotonic)
    """`time.monotonic` of the hand-over."""
    refusal: str = ""
    """Why the broker did not take it; empty: it did, or has not answered yet."""
    lost: bool = False
    """The connection broke before the broker answered."""
    _done: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout: float) -> bool:
        """Wait for the broker's answer; return whether it took the message. QoS 0 has no answer and counts as taken."""
        return self._done.wait(timeout) and not self.refusal

    @property
    def answered(self) -> bool:
        """Whether the broker has answered."""
        return self._done.is_set()

    def settle(self, refusal: str = "", *, lost: bool = False) -> None:
        """Note the answer; only the first counts."""
        if not self._done.is_set():
            self.refusal, self.lost = refusal, lost
            self._done.set()


class Ledger:
    """Receipts by packet identifier of one connection. Thread-safe.

    An acknowledgement may come before the publisher has learnt the packet identifier; it is kept until then.
    """

    def __init__(self) -> None:
        """Start with nothing open."""
        self._lock = threading.Lock()
        self._open: dict[int, Receipt] = {}
        self._early: OrderedDict[int, str] = OrderedDict()
        self._abandoned = False

    def __len__(self) -> int:
        """Messages that the broker has not answered."""
        with self._lock:
            return len(self._open)

    def oldest(self) -> float | None:
        """`time.monotonic` at which the oldest message left that the broker has not answered; None: it answered all."""
        with self._lock:
            return next(iter(self._open.values())).sent_at if self._open else None

    def sent(self, mid: int, receipt: Receipt) -> bool:
        """Remember a message that left; return whether the broker has answered it already.

        Raises:
            ActError: the connection has gone meanwhile.
        """
        with self._lock:
            if self._abandoned:
                text = "not published: the MQTT broker went away"
                raise ActError(text)
            if mid in self._early:
                receipt.settle(self._early.pop(mid))
                return True
            self._open[mid] = receipt
            return False

    def answered(self, mid: int, refusal: str) -> Receipt | None:
        """Note the broker's answer; return the receipt if its message is known."""
        with self._lock:
            receipt = self._open.pop(mid, None)
            if receipt is None:
                self._early[mid] = refusal
                while len(self._early) > 64:
                    self._early.popitem(last=False)
                return None
        receipt.settle(refusal)
        return receipt

    def abandon(self, reason: str) -> list[Receipt]:
        """The connection is gone: settle all open receipts as refused and return them, oldest first."""
        with self._lock:
            self._abandoned = True
            lost = list(self._open.values())
            self._open.clear()
            self._early.clear()
        for receipt in lost:
            receipt.settle(reason, lost=True)
        return lost


class Outbox:
    """Replies that must not be lost with a connection: bounded, sent again once, then set aside. Thread-safe."""

    def __init__(self, size: int) -> None:
        """Keep at most `size` messages."""
        self._lock = threading.Lock()
        self._waiting: deque[Publish] = deque()
        self._attempts: dict[int, tuple[Publish, int]] = {}
        self._size = size
        self.dropped = 0
        """Messages for which there was no room."""
        self.quarantined = 0
        """Messages set aside because the connection broke each time they were sent."""

    def __len__(self) -> int:
        """Messages that wait for a connection."""
        with self._lock:
            return len(self._waiting)

    def put(self, message: Publish) -> bool:
        """Keep a message until there is a connection; False: no room, dropped."""
        with self._lock:
            if len(self._waiting) >= self._size:
                self.dropped += 1
                return False
            self._waiting.append(message)
            return True

    def take(self) -> Publish | None:
        """The oldest waiting message."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def sent(self, message: Publish) -> None:
        """Count an attempt."""
        with self._lock:
            attempts = self._attempts.get(id(message), (message, 0))[1] + 1
            self._attempts[id(message)] = (message, attempts)

    def back(self, message: Publish) -> bool:
        """It could not leave, so that was no attempt: keep it; False: no room, dropped."""
        with self._lock:
            _same, attempts = self._attempts.pop(id(message), (message, 0))
        kept = self.put(message)
        if kept and attempts > 1:
            with self._lock:
                self._attempts[id(message)] = (message, attempts - 1)
        return kept

    def done(self, message: Publish) -> None:
        """The broker took or refused it: it is finished."""
        with self._lock:
            self._attempts.pop(id(message), None)

    def lost(self, message: Publish, *, quickly: bool = True) -> bool:
        """The connection broke before the broker answered; return whether the message will be sent again.

        Where it did not break quickly (:data:`QUICK_S`), the message is not the reason.
        """
        with self._lock:
            _same, attempts = self._attempts.get(id(message), (message, 0))
            if attempts == 0:
                return False  # not one of ours
            if attempts >= MAX_ATTEMPTS and quickly:
                del self._attempts[id(message)]
                self.quarantined += 1
                return False
            if len(self._waiting) >= self._size:
                del self._attempts[id(message)]
                self.dropped += 1
                return False
            if not quickly:
                self._attempts[id(message)] = (message, attempts - 1)
            self._waiting.append(message)
            return True
