"""Time and broker of a simulated device, both held still."""

from __future__ import annotations

import heapq
import itertools
import json
from typing import Any

from appliance.demo.wire import Job, Message, Station


class FakePort:
    """Keeps what is published; time passes only on :meth:`wait`."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.now = 0.0
        self._jobs: list[tuple[float, int, Job]] = []
        self._serial = itertools.count()

    def publish(self, message: Message) -> None:
        self.sent.append(message)

    def later(self, seconds: float, job: Job) -> None:
        heapq.heappush(self._jobs, (self.now + seconds, next(self._serial), job))

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.now + seconds
        while self._jobs and self._jobs[0][0] <= end:
            self.now, _, job = heapq.heappop(self._jobs)
            job()
        self.now = end

    def on(self, topic: str) -> list[str]:
        """Payloads published on a topic, oldest first."""
        return [message.payload for message in self.sent if message.topic == topic]

    def last(self, topic: str) -> str:
        return self.on(topic)[-1]

    def last_json(self, topic: str) -> Any:
        return json.loads(self.last(topic))


def started(station: Station) -> FakePort:
    """A port on which `station` has just announced itself."""
    port = FakePort()
    station.start(port)
    port.wait(0)
    return port


def tell(station: Station, port: FakePort, topic: str, payload: str, seconds: float = 0.0) -> None:
    """Send a command and let it take effect."""
    station.receive(topic, payload)
    port.wait(seconds)
