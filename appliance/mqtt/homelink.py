"""Keeps the subscriptions of one connection at what the home wants, and asks devices that are silent."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from appliance.messages import Publish
from appliance.mqtt.connection import V311, Connection, Filter
from appliance.mqtt.ports import HomeFeed
from appliance.mqtt.rollcall import GRACE_S, RollCall

_SETTLE_S = 0.05
"""Announcements come in floods; their topics are subscribed to together after this pause."""
_POLL_AFTER_S = 1.0
"""Announced devices that have not reported by then (retained or by themselves) are asked."""


class HomeLink:
    """One connection's side of the home. :meth:`work` is called by one thread; :meth:`heard` and :meth:`touched` may be by another."""

    def __init__(
        self,
        home: HomeFeed,
        connection: Connection,
        publish: Callable[[Publish], object],
        *,
        roll_topic: str,
        reserved: AbstractSet[str],
        grace_s: float = GRACE_S,
    ) -> None:
        """Store the parts.

        Args:
            home: says what is wanted.
            connection: takes the subscriptions.
            publish: sends a message if it can, and fails in silence.
            roll_topic: where the markers of the roll call go and come from.
            reserved: topics that the client has subscribed to for itself.
            grace_s: how long a known device may fail to announce itself again.
        """
        self._home = home
        self._connection = connection
        self._publish = publish
        self._reserved = reserved
        self._roll = RollCall(
            home,
            connection,
            lambda marker: publish(Publish(roll_topic, marker, qos=0)),
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
        self._subscribe()
        self._roll.start()

    def touched(self) -> None:
        """The home wants other topics now."""
        self._touched_at = self._touched_at or time.monotonic()

    def heard(self, marker: bytes) -> bool:
        """Take a marker that came back; return whether there is work now."""
        return self._roll.heard(marker)

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
        wanted = self._home.state_topics() - self._reserved  # the client's own subscriptions must survive the home's
        gone = self.subscribed - wanted
        new = (wanted - self.subscribed) | (self._home.fresh_topics() & wanted)
        if gone:
            self._connection.unsubscribe(sorted(gone))
        # QoS 0: a broker bounds what of QoS 1 may wait for us, and drops the rest of a large home's states without a word
        self._connection.subscribe(Filter(topic, qos=0) for topic in sorted(new))
        self.subscribed = frozenset(wanted)
