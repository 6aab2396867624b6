"""Taking stock of the announcements that the broker keeps, after each connection.

Two things go wrong with one subscription to all of them. Mosquitto drops without a word what exceeds its queue for one client
(1000 messages of QoS 1 by default, fewer than a large Zigbee network announces), and a device that was removed while
nobody listened is missed by nobody. So the kinds of components are subscribed to one after the other with QoS 0, each
followed by a message to ourselves, which comes back behind what the broker had kept. What was known before and has not come again is
asked for by name after a while, and forgotten if it does not come then either.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from appliance.mqtt.connection import BATCH, Filter

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""A marker that has not come back by then will not come: it may be forbidden by the broker. Nothing is forgotten in that round."""
GRACE_S = 30.0
"""Devices get this long to announce themselves again: a broker without persistence forgets them all when it restarts."""


class Announced(Protocol):
    """What is asked of the home: :class:`appliance.home.Registry`."""

    def announcement_filters(self) -> Sequence[Sequence[str]]:
        """The subscriptions by which devices announce themselves, in portions."""
        ...

    def begin_roll_call(self) -> None:
        """From now on note what is announced."""
        ...

    def missing(self) -> Sequence[str]:
        """Topics of announcements that are known, but have not come since :meth:`begin_roll_call`."""
        ...

    def forget(self, topics: Iterable[str]) -> bool:
        """Take these announcements for removed; return whether the wanted topics changed."""
        ...


class Broker(Protocol):
    """What is asked of the connection."""

    def subscribe(self, filters: Iterable[Filter]) -> None:
        """Subscribe."""
        ...

    def unsubscribe(self, topics: Iterable[str]) -> None:
        """Unsubscribe."""
        ...


class RollCall:
    """One round over one connection. :meth:`work` is called by one thread, :meth:`heard` may be called by another."""

    def __init__(
        self,
        home: Announced,
        broker: Broker,
        mark: Callable[[bytes], object],
        *,
        at_once: bool = False,
        grace_s: float = GRACE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Store the parts.

        Args:
            home: knows what has been announced.
            broker: takes subscriptions.
            mark: publishes a marker to ourselves; it may fail in silence.
            at_once: subscribe to all kinds together; a small broker that stumbles over many subscriptions has few announcements.
            grace_s: how long after the first pass what is missing is asked for by name.
            clock: monotonic seconds.
        """
        self._home = home
        self._broker = broker
        self._mark = mark
        self._at_once = at_once
        self._grace_s = grace_s
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting_for: bytes | None = None
        self._deadline = 0.0
        self._sound = True
        self._portions: list[Sequence[str]] = []
        self._named: tuple[str, ...] = ()
        self._recall_at: float | None = None
        self.done = False
        """All portions have been subscribed to once; what is kept of them has been heard."""

    def start(self) -> None:
        """Begin the first pass."""
        self._home.begin_roll_call()
        self._portions = list(self._home.announcement_filters())
        if self._at_once:
            self._portions = [[topic for portion in self._portions for topic in portion]]
        self._next()

    def heard(self, marker: bytes) -> bool:
        """Take a marker that came back; return whether there is work now."""
        with self._lock:
            if marker != self._waiting_for:
                return False
            self._waiting_for = None
            return True

    def due(self) -> float | None:
        """Seconds until :meth:`work` has something to do; None: when a marker comes, or never."""
        with self._lock:
            if self._waiting_for is not None:
                return max(0.0, self._deadline - self._clock())
        if self._portions or self._named or not self.done:
            return 0.0
        return None if self._recall_at is None else max(0.0, self._recall_at - self._clock())

    def work(self) -> bool:
        """Do what is due; return whether the topics that the home wants changed."""
        with self._lock:
            if self._waiting_for is not None:
                if self._clock() < self._deadline:
                    return False
                self._waiting_for, self._sound = None, False
        if self._portions:
            self._next()
            return False
        if not self.done:
            self.done = True
            if self._sound and self._home.missing():
                self._recall_at = self._clock() + self._grace_s
            return False
        if self._named:
            return self._conclude()
        if self._recall_at is not None and self._clock() >= self._recall_at:
            self._recall_at = None
            self._named = tuple(self._home.missing())
            self._portions = [self._named[start : start + BATCH] for start in range(0, len(self._named), BATCH)]
            if self._portions:
                self._next()
        return False

    def _next(self) -> None:
        """Subscribe to a portion, and send a marker behind it."""
        portion: Sequence[str]
        if not self._sound:  # no marker comes back: it is no use to wait for more of them
            portion = [topic for portion in self._portions for topic in portion]
            self._portions = []
        else:
            portion = self._portions.pop(0)
        marker = uuid.uuid4().hex.encode()
        with self._lock:
            self._waiting_for, self._deadline = marker, self._clock() + PATIENCE_S
        self._broker.subscribe(Filter(topic, qos=0) for topic in portion)
        self._mark(marker)

    def _conclude(self) -> bool:
        named, self._named = self._named, ()
        self._broker.unsubscribe(named)
        gone = sorted(set(self._home.missing()) & set(named)) if self._sound else []
        if gone:
            log.info("MQTT: %d announcements are gone since the last connection: %s", len(gone), ", ".join(gone[:5]))
        return self._home.forget(gone)
