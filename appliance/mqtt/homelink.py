"""Keeps the subscriptions of one connection at what the home wants, and asks devices that are silent."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from appliance.errors import ActError
from appliance.messages import Publish
from appliance.mqtt.connection import V311, Connection, Filter, Incoming
from appliance.mqtt.ports import HomeFeed
from appliance.mqtt.rollcall import GRACE_S, RollCall

_SETTLE_S = 0.05
"""Announcements come in floods; their topics are subscribed to together after this pause."""
_POLL_AFTER_S = 1.0
"""Announced devices that have not reported by then (retained or by themselves) are asked."""


class HomeLink:
    """What the home does with a connection that listens: an :class:`appliance.mqtt.listener.Ear`."""

    def __init__(
        self,
        home: HomeFeed,
        connection: Connection,
        publish: Callable[[Publish], object],
        *,
        roll_topic: str,
        grace_s: float = GRACE_S,
    ) -> None:
        """Store the parts.

        Args:
            home: says what is wanted.
            connection: takes the subscriptions, and the markers of the roll call behind them.
            publish: sends what asks devices for their state if it can, and fails in silence.
            roll_topic: where the markers go and come from.
            grace_s: how long a known device may fail to announce itself again.
        """
        self._home = home
        self._connection = connection
        self._publish = publish
        self._roll_topic = roll_topic
        self._roll = RollCall(
            home,
            connection,
            self._mark,
            at_once=connection.protocol == V311,
            grace_s=grace_s,
        )
        self._touched_at: float | None = None
        self._poll_at: float | None = None
        self.subscribed: frozenset[str] = frozenset()
        """The topics of states that are subscribed to."""

    @property
    def called(self) -> bool:
        """Whether the first roll call is over; until then states are not subscribed to one by one as they become known."""
        return self._roll.done

    def start(self) -> None:
        """Subscribe to what is wanted, and call the roll."""
        self._connection.subscribe([Filter(self._roll_topic, qos=0)])
        self._subscribe()
        self._roll.start()

    def take(self, incoming: Incoming) -> bool:
        """Take what a device said, or a marker that came back; return whether there is work now."""
        if incoming.topic == self._roll_topic:
            return self._roll.heard(incoming.payload)
        changed = self._home.feed(incoming.topic, incoming.payload, incoming.retain)
        if changed:
            self._touched_at = self._touched_at or time.monotonic()
        return changed

    def due(self) -> float | None:
        """Seconds until :meth:`work` has something to do; None: when it is told, or never."""
        waits = [self._roll.due(), self._until_poll()]
        if self._touched_at is not None and self.called:
            waits.append(max(0.0, self._touched_at + _SETTLE_S - time.monotonic()))
        return min((wait for wait in waits if wait is not None), default=None)

    def work(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        changed = self._roll.due() == 0 and self._roll.work()
        if self._touched_at is not None and self.called and now >= self._touched_at + _SETTLE_S:
            self._touched_at, changed = None, True
        if changed:
            self._subscribe()
        if self._poll_at is not None and now >= self._poll_at:
            self._poll_at = None
            for message in self._home.polls():
                self._publish(message)

    def _mark(self, marker: bytes) -> None:
        with suppress(ActError):
            self._connection.publish(Publish(self._roll_topic, marker, qos=0))

    def _until_poll(self) -> float | None:
        """Seconds until silent devices are to be asked; None: no one is silent."""
        if not self._home.unheard():
            self._poll_at = None
            return None
        now = time.monotonic()
        if self._poll_at is None:
            self._poll_at = now + _POLL_AFTER_S
        return max(0.0, self._poll_at - now)

    def _subscribe(self) -> None:
        wanted = self._home.state_topics() - {self._roll_topic}  # whose subscription must survive the home's
        gone = self.subscribed - wanted
        new = (wanted - self.subscribed) | (self._home.fresh_topics() & wanted)
        if gone:
            self._connection.unsubscribe(sorted(gone))
        # QoS 0: a broker bounds what of QoS 1 may wait for us, and drops the rest of a large home's states without a word
        self._connection.subscribe(Filter(topic, qos=0) for topic in sorted(new))
        self.subscribed = frozenset(wanted)
