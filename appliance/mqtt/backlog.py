"""What a resumed session brings: requests that waited at the broker while we were cut off, and such that come a second time."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable

from appliance.mqtt.connection import Connection, Incoming

SESSION_S = 60.0
"""How long the broker is to keep the session of a broken connection: longer than a restart takes on the smallest board."""
ARRIVAL_S = 30.0
"""What waited comes within this time after the connection, if the marker behind it does not come back."""
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
        self._over = False
        self.marker = b""
        """To be published to ourselves once the connection is up: what comes before it had waited."""

    @property
    def heard_at(self) -> float | None:
        """When something came from the broker last, in monotonic seconds; None: never, as far as is known."""
        return (
            self._connection.heard_at if self._connection is not None and self._connection.heard_at else self._heard_at
        )

    def begin(self, connection: Connection) -> None:
        """A new connection is about to be opened."""
        self._cut_off_at = self._heard_at = self.heard_at
        self._connection = connection
        self._over, self.marker = False, f"backlog {secrets.token_hex(8)}".encode()

    def ends(self, payload: bytes) -> bool:
        """Take a message to ourselves; whether it is the marker, and all that waited has come."""
        self._over = self._over or payload == self.marker
        return payload == self.marker

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
        """When the message was sent at the earliest, in monotonic seconds; minus infinity: nobody knows."""
        now, connection = self._clock(), self._connection
        if connection is None or not connection.resumed:
            return now
        if not incoming.again and (self._over or now >= connection.up_at + ARRIVAL_S):
            return now
        return self._cut_off_at if self._cut_off_at is not None else float("-inf")
