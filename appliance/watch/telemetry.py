"""Readings of the node's own pins, each told to the broker with its time, in order, also those of an outage.

The retained state of a pin (``ternd/<node>/gpio/…/state``) is what it is now; telemetry is what it was, for whoever records.
While the broker is there, a reading goes to it and touches no disk. What the broker has not acknowledged waits on disk.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from appliance.messages import Json, Publish
from appliance.watch.ports import Link
from appliance.watch.stepper import GATHER_S, TICK_S, Stepper
from appliance.watch.waiting import Waiting

MAX_FRESH = 10_000
"""Readings in memory, on their way to broker or disk; the oldest go first."""


@dataclass(frozen=True, slots=True)
class _Reading:
    entity: str
    state: str
    attributes: Mapping[str, Json]
    at: float
    """Wall-clock second."""


class Telemetry:
    """Tells readings. :meth:`note` may be called from any thread and never waits."""

    def __init__(
        self,
        node: str,
        waiting: Waiting,
        link: Link,
        *,
        every_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Store the parts; nothing happens until :meth:`start`.

        Args:
            node: the node id in the topics.
            waiting: keeps what the broker does not have; nobody else forwards it.
            link: the way to the broker.
            every_s: a number is told at most so often, the latest of that time; other states are told at once.
            clock: monotonic seconds.
            wall: wall-clock seconds.
        """
        self._base = f"ternd/{node}/telemetry"
        self._waiting = waiting
        self._link = link
        self._every_s = every_s
        self._clock = clock
        self._wall = wall
        self._lock = threading.Lock()
        self._fresh: deque[_Reading] = deque()
        self._latest: dict[str, tuple[str, Mapping[str, Json]]] = {}
        self._held: dict[str, _Reading] = {}
        self._due: dict[str, float] = {}
        self._dropped = 0
        # without a broker readings are written together: what a crash may cost, and what a card has to bear
        self._steps = Stepper("telemetry", self.step, self._finish, lambda: GATHER_S if link.connects() else TICK_S)

    def start(self) -> None:
        """Begin to tell."""
        self._steps.start()

    def stop(self) -> None:
        """End the thread; what the broker does not have is on disk."""
        self._steps.stop()

    def note(self, entity_id: str, state: str, attributes: Mapping[str, Json]) -> None:
        """Take a reading; one that tells nothing new is no reading."""
        reading = _Reading(entity_id, state, dict(attributes), self._wall())
        now = self._clock()
        with self._lock:
            if self._latest.get(entity_id) == (state, reading.attributes):
                return
            self._latest[entity_id] = (state, reading.attributes)
            held = self._held.pop(entity_id, None)
            if _is_number(state):
                if now < self._due.get(entity_id, now):
                    self._held[entity_id] = reading
                    return
                self._due[entity_id] = now + self._every_s
            elif held is not None:
                self._add(held)
            self._add(reading)
        self._steps.wake()

    def _add(self, reading: _Reading) -> None:
        if len(self._fresh) >= MAX_FRESH:
            self._fresh.popleft()
            self._dropped += 1
        self._fresh.append(reading)

    # --- the thread

    def step(self) -> None:
        """Tell or write what is there."""
        now = self._clock()
        with self._lock:
            for entity_id in [one for one in self._held if now >= self._due[one]]:
                self._due[entity_id] = now + self._every_s
                self._add(self._held.pop(entity_id))
            messages = [self._message(reading) for reading in self._fresh]
            self._fresh.clear()
        if messages and not len(self._waiting) and self._link.connects():
            self._waiting.hand_over(self._link, messages)
        elif messages:
            self._waiting.put(*messages)
        if self._link.connects():
            self._waiting.forward(self._link)

    def _finish(self) -> None:
        with self._lock:
            for reading in self._held.values():
                self._add(reading)
            self._held.clear()
        self.step()

    def _message(self, reading: _Reading) -> Publish:
        at = datetime.fromtimestamp(reading.at).astimezone().isoformat(timespec="milliseconds")
        content = {
            "entity": reading.entity,
            "state": float(reading.state) if _is_number(reading.state) else reading.state,
            **reading.attributes,
            "at": at,
        }
        topic = f"{self._base}/{reading.entity.partition('.')[2]}"
        return Publish(topic, json.dumps(content, ensure_ascii=False).encode())

    # --- what others read

    @property
    def waiting(self) -> int:
        """Readings that the broker does not have."""
        return len(self._waiting) + len(self._fresh)

    @property
    def dropped(self) -> int:
        """Readings that found no room."""
        return self._dropped + self._waiting.dropped


def _is_number(state: str) -> bool:
    try:
        return math.isfinite(float(state))
    except ValueError:
        return False
