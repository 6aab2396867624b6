"""What is done with readings, and which of them are let go when more come than the machine can take.

A connection that falls behind brings minutes-old readings, and a broker that cannot send drops what it likes. So we say ourselves what
is shed: of a topic that was heard a moment ago the next readings. What speaks seldom is always heard, so that nothing is taken for missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from appliance.mqtt.connection import Connection, Filter, Incoming

LOOK_S = 1.0
"""How often it is found out how far behind we are, while readings come."""
BEHIND_S = 1.0
CAUGHT_UP_S = 0.3
LEAST_GAP_S = 0.05
MOST_GAP_S = 1.0
"""So that at worst one reading a second of each topic is taken, which is what watches are about."""
_MAX_TOPICS = 20_000


class Readings(Protocol):
    """What wants readings: :class:`appliance.watch.service.Watches`."""

    def topics(self) -> frozenset[str]:
        """Their subscriptions; always the same."""
        ...

    def feed(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Take one message."""
        ...


class Thinning:
    """Sheds readings of topics that were heard less than a gap before. The gap follows how far behind we are; 0: nothing is shed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Shed nothing yet."""
        self._clock = clock
        self._taken: dict[str, float] = {}
        self.lag = 0.0
        """How far behind we were when it was last found out, in seconds."""
        self.gap_s = 0.0
        self.shed = 0
        """How many so far."""

    def behind(self, lag: float) -> None:
        """So many seconds ago was sent what comes now."""
        if lag > BEHIND_S and lag > self.lag:
            self.gap_s = min(max(2 * self.gap_s, LEAST_GAP_S), MOST_GAP_S)
        elif lag < CAUGHT_UP_S:
            self.gap_s = self.gap_s / 2 if self.gap_s > LEAST_GAP_S else 0.0
        self.lag = lag
        if not self.gap_s:
            self._taken.clear()

    def sheds(self, topic: str) -> bool:
        """Whether a reading of this topic is let go."""
        if not self.gap_s:
            return False
        now = self._clock()
        if now - self._taken.get(topic, float("-inf")) < self.gap_s:
            self.shed += 1
            return True
        if len(self._taken) >= _MAX_TOPICS:
            self._taken.clear()
        self._taken[topic] = now
        return False


class ReadingsEar:
    """Brings readings to those who watch them."""

    def __init__(self, readings: Readings, thinning: Thinning, connection: Connection) -> None:
        """Store the parts."""
        self._readings = readings
        self._connection = connection
        self._thinning = thinning
        self._look_at: float | None = None

    def start(self) -> None:
        """Subscribe; with QoS 0, for nothing is gained when a broker sends old readings again."""
        self._connection.subscribe(Filter(topic, qos=0) for topic in sorted(self._readings.topics()))

    def take(self, incoming: Incoming) -> bool:
        """Hand it on, unless it is shed; there is work when it is the first for a while."""
        if incoming.retain or not self._thinning.sheds(incoming.topic):
            self._readings.feed(incoming.topic, incoming.payload, retain=incoming.retain)
        if self._look_at is not None:
            return False
        self._look_at = time.monotonic() + LOOK_S
        return True

    def due(self) -> float | None:
        """Seconds until it is to be found out how far behind we are; None: nothing comes."""
        return max(0.0, self._look_at - time.monotonic()) if self._look_at is not None else None

    def work(self) -> None:
        """Shed more or less, and ask the broker anew."""
        if self._look_at is None or time.monotonic() < self._look_at:
            return
        self._look_at = None
        self._thinning.behind(self._connection.lag)
        self._connection.probe()
