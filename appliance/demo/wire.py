"""What simulated devices stand on: one thread of time for all of them, one broker connection for each station."""

from __future__ import annotations

import heapq
import itertools
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

_log = logging.getLogger(__name__)

Job = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message of a device."""

    topic: str
    payload: str
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """How a device misbehaves, for tests and for trying out what the assistant says then."""

    silent: bool = False
    """Takes no notice of commands."""
    offline: bool = False
    """Says that it is not available, and takes no notice of commands."""
    delay_s: float = 0.0
    """Seconds by which it obeys late."""


NO_FAULT = Fault()
"""As it should be."""


class Port(Protocol):
    """A station's way to the world."""

    def publish(self, message: Message) -> None:
        """Hand one message to the broker."""

    def later(self, seconds: float, job: Job) -> None:
        """Run `job` on the station's thread after a while."""


class Station(Protocol):
    """Something with one connection to the broker: a bridge for many devices, or one device."""

    @property
    def client_id(self) -> str:
        """MQTT client id, unique on the broker."""

    @property
    def will(self) -> Message | None:
        """What the broker says when the connection breaks."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Topic filters of the commands it takes."""

    def start(self, port: Port) -> None:
        """Connected and subscribed: announce, and report the first states."""

    def receive(self, topic: str, payload: str) -> None:
        """A message on one of :attr:`topics`."""


class Clock:
    """The one thread on which all stations live, so that none needs a lock."""

    def __init__(self) -> None:
        self._jobs: list[tuple[float, int, Job]] = []
        self._serial = itertools.count()
        self._changed = threading.Condition()
        self._running = False
        self._thread = threading.Thread(target=self._run, name="demo-devices", daemon=True)

    def start(self) -> None:
        """Let time pass."""
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        """Drop what is planned and end the thread."""
        with self._changed:
            self._running = False
            self._jobs.clear()
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(5)

    def later(self, seconds: float, job: Job) -> None:
        """Run `job` after so many seconds; from any thread."""
        with self._changed:
            heapq.heappush(self._jobs, (time.monotonic() + seconds, next(self._serial), job))
            self._changed.notify()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:  # noqa: BLE001 - one broken device must not stop the others
                _log.exception("a simulated device failed")

    def _next(self) -> Job | None:
        with self._changed:
            while self._running:
                wait = self._jobs[0][0] - time.monotonic() if self._jobs else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._jobs)[2]
                self._changed.wait(wait)
        return None


class Wire:
    """The broker connection of one station. It reconnects by itself and announces anew then, as devices do."""

    def __init__(self, clock: Clock, station: Station, host: str, port: int) -> None:
        self._clock = clock
        self._station = station
        self._address = (host, port)
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=station.client_id, protocol=paho.MQTTv311)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.on_socket_open = _at_once
        self._client.reconnect_delay_set(1, 10)
        if station.will is not None:
            self._client.will_set(station.will.topic, station.will.payload, qos=1, retain=station.will.retain)
        self._ready = threading.Event()
        self._last: paho.MQTTMessageInfo | None = None

    def start(self) -> None:
        """Connect in the background."""
        self._client.connect_async(*self._address, keepalive=15)
        self._client.loop_start()

    def wait_announced(self, timeout: float) -> bool:
        """Wait until the station is subscribed and the broker has its announcements."""
        if not self._ready.wait(timeout) or self._last is None:
            return False
        self._last.wait_for_publish(timeout)
        return self._last.is_published()

    def stop(self) -> None:
        """Leave as a device that is switched off cleanly: its last word first."""
        if self._station.will is not None and self._client.is_connected():
            self.publish(self._station.will)
        self._client.disconnect()
        self._client.loop_stop()

    def cut(self) -> None:
        """Lose the connection without a good-bye, so that the broker speaks the last will."""
        self._client.loop_stop()
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def publish(self, message: Message) -> None:
        """Hand one message to the broker."""
        self._last = self._client.publish(message.topic, message.payload, qos=1, retain=message.retain)

    def later(self, seconds: float, job: Job) -> None:
        """Run `job` on the devices' thread after a while."""
        self._clock.later(seconds, job)

    def _on_connect(
        self, client: paho.Client, _user: object, _flags: object, reason: ReasonCode, _props: object
    ) -> None:
        if reason.is_failure:
            _log.warning("%s: the broker refused: %s", self._station.client_id, reason)
            return
        client.subscribe([(topic, 1) for topic in self._station.topics])

    def _on_subscribe(self, *_args: object) -> None:
        self._clock.later(0, self._announce)

    def _announce(self) -> None:
        self._station.start(self)
        self._ready.set()

    def _on_message(self, _client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        try:
            payload = message.payload.decode()
        except UnicodeDecodeError:
            return
        topic = message.topic
        self._clock.later(0, lambda: self._station.receive(topic, payload))


def _at_once(_client: paho.Client, _user: object, sock: paho.SocketLike) -> None:
    """Do not let an acknowledgement hold back the report that follows it (Nagle's algorithm: 40 ms)."""
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
