"""What a resumed session brings: requests that waited at the broker while we were cut off, and such that come a second time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from appliance.mqtt.connection import Connection, Incoming

ARRIVAL_S = 2.0
"""What waited comes within this time after the connection."""
_TAKEN = 64
"""More requests than a broker has under way at once without an acknowledgement."""


class Backlog:
    """Tells old requests from new ones, over all connections of one run."""

    def __init__(self, heard_at: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`heard_at`: when the run before heard of the broker last, if that is known; `clock`: monotonic seconds."""
        self._clock = clock
        self._taken: deque[tuple[int, str, bytes, bytes | None]] = deque(maxlen=_TAKEN)
        self._heard_at = heard_at
        self._cut_off_at: float | None = None
        self._connection: Connection | None = None

    @property
    def heard_at(self) -> float | None:
        """When something came from the broker last, in monotonic seconds; None: never, as far as is known."""
        return (
            self._connection.heard_at if self._connection is not None and self._connection.heard_at else self._heard_at
        )

    @property
    def resumable(self) -> bool:
        """Whether there was a connection whose session may be gone on with: how old its requests are is known then."""
        return self.heard_at is not None

    def begin(self, connection: Connection) -> None:
        """A new connection is about to be opened."""
        self._cut_off_at = self._heard_at = self.heard_at
        self._connection = connection

    def known(self, incoming: Incoming) -> bool:
        """Whether this very message was taken already, and only its acknowledgement got lost."""
        if not incoming.mid:
            return False
        key = (incoming.mid, incoming.topic, incoming.payload, incoming.correlation)
        if incoming.again and key in self._taken:
            return True
        self._taken.append(key)
        return False

    def sent_at(self, incoming: Incoming) -> float:
        """When the message was sent at the earliest, in monotonic seconds."""
        now, connection = self._clock(), self._connection
        if self._cut_off_at is None or connection is None or not connection.resumed:
            return now
        return self._cut_off_at if incoming.again or now < connection.up_at + ARRIVAL_S else now
