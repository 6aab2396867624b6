"""Connections that only listen, apart from the one with the requests: a flood of readings must not drown these.

A broker throws away what it cannot send to a client in time, whatever its QoS, and what is behind it in the queue comes late. So what
may come in floods, and may be lost in them, has connections of its own. They live while the one with the requests does.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

from paho.mqtt.enums import MQTTProtocolVersion

from appliance.config import MqttSettings
from appliance.errors import TerndError
from appliance.mqtt.connection import Connection, Incoming

log = logging.getLogger(__name__)

MAX_BACKOFF_S = 15.0
"""Longest pause between two attempts to connect."""
HANG_S = 10.0
"""Who takes longer for one message hangs."""
_CONNACK_S = 10.0
_BEAT_S = 5.0
"""How often the broker is asked for a sign of life."""
_PROOF_S = 1.0
"""A connection that seems dead is looked at once more after this time."""
_STOP_S = 5.0
"""An attempt to connect that hangs is left behind when we stop."""


class Ear(Protocol):
    """What is done with one connection that listens. :meth:`take` is called by paho's thread, all others by one of ours."""

    def start(self) -> None:
        """Subscribe."""
        ...

    def take(self, incoming: Incoming) -> bool:
        """Take a message; return whether there is work now."""
        ...

    def due(self) -> float | None:
        """Seconds until :meth:`work` has something to do; None: when it is told, or never."""
        ...

    def work(self) -> None:
        """Do what is due."""
        ...


class Listener:
    """Keeps one such connection up, with a thread of its own."""

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        ear: Callable[[Connection], Ear],
        *,
        backoff_s: float,
        silent_s: float,
        on_change: Callable[[], None],
    ) -> None:
        """Store the parts; nothing happens until :meth:`start`.

        Args:
            settings: the broker.
            client_id: of no other client.
            ear: what is done with each connection.
            backoff_s: first pause after a failed attempt; doubles up to :data:`MAX_BACKOFF_S`.
            silent_s: how long the broker may leave us without a sign of life.
            on_change: called whenever the connection comes up or goes down.
        """
        self._settings = settings
        self._client_id = client_id
        self._ear_of = ear
        self._backoff_s = backoff_s
        self._silent_s = silent_s
        self._on_change = on_change
        self._wake = threading.Condition()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._hears = False
        self.ear: Ear | None = None
        """Of the connection that is up."""
        self.connects = self.received = self.ignored = 0
        """Times the connection came up; messages that came; such that were too large."""
        self.problem = ""
        """Why there is no connection; empty: there is one."""
        self._said = ""
        self._taking_since: float | None = None

    @property
    def stuck(self) -> bool:
        """Whether it hangs in a message."""
        since = self._taking_since
        return since is not None and time.monotonic() - since > HANG_S

    @property
    def connected(self) -> bool:
        """Whether it hears what it wanted to hear at first."""
        connection = self._connection
        return connection is not None and connection.up and self._hears

    def start(self, protocol: MQTTProtocolVersion) -> None:
        """Begin to connect, and keep at it until :meth:`stop`."""
        self._stop = threading.Event()  # an attempt that was left behind has its own
        self._thread = threading.Thread(
            target=self._run, args=(protocol, self._stop), name=self._client_id, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Begin to end the connection and the thread; :meth:`join` waits for that."""
        self._stop.set()
        self._notify()

    def join(self) -> None:
        """Wait until they have ended."""
        if self._thread is not None:
            self._thread.join(_STOP_S)
            self._thread = None

    def _run(self, protocol: MQTTProtocolVersion, stop: threading.Event) -> None:
        pause = self._backoff_s
        while not stop.is_set():
            began = time.monotonic()
            try:
                reason = self._session(protocol, stop)
            except Exception:  # a defect costs one connection
                log.exception("MQTT: %s", self._client_id)
                reason = "something went wrong inside"
            if time.monotonic() - began > MAX_BACKOFF_S:
                pause, self._said = self._backoff_s, ""
            if not stop.wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311 - where all connections are gone, we are stopped by then
                self._trouble(reason)
            pause = min(MAX_BACKOFF_S, pause * 2)

    def _session(self, protocol: MQTTProtocolVersion, stop: threading.Event) -> str:
        """Make one connection and stay with it until it ends; return why it did."""
        connection = Connection(
            self._settings,
            client_id=self._client_id,
            protocol=protocol,
            will=None,
            on_message=self._take,
            on_change=self._notify,
        )
        try:
            connection.open()
        except (OSError, TerndError) as error:
            return str(error)
        with self._wake:
            self._wake.wait_for(lambda: connection.up or connection.down or stop.is_set(), _CONNACK_S)
        if connection.up and not stop.is_set():
            self.connects += 1
            self.problem = ""
            self._connection = connection
        try:
            if self._connection is connection:
                self._serve(connection, self._ear_of(connection), stop)
        finally:
            if self._connection is connection:
                self.ear = self._connection = None
                self._hears = False
                self._notify()
            connection.close()
        return connection.reason or "the broker does not answer"

    def _serve(self, connection: Connection, ear: Ear, stop: threading.Event) -> None:
        self.ear = ear  # before anything is subscribed to
        ear.start()
        beat_at = answered_by = time.monotonic() + _BEAT_S
        doubted_at: float | None = None
        while not stop.is_set() and not connection.down:
            with self._wake:
                if not (stop.is_set() or connection.down or (connection.subscribed and not self._hears)):
                    self._wake.wait(self._pause(ear) if doubted_at is None else min(self._pause(ear), _PROOF_S))
            now = time.monotonic()
            if not self._hears and (
                connection.subscribed or now >= answered_by
            ):  # the answer may have been thrown away, too
                self._hears = True
                self._on_change()
            ear.work()
            if now >= beat_at:
                beat_at = now + _BEAT_S
                connection.probe()
            silent_since = connection.silent_since
            if silent_since is None or now - silent_since < self._silent_s:
                doubted_at = None
            elif doubted_at is None:
                doubted_at = now  # where everything stood still, what has come meanwhile is only read now
            elif now - doubted_at >= _PROOF_S:
                connection.abandon(f"nothing has come from the broker for {self._silent_s:g} seconds")

    def _pause(self, ear: Ear) -> float:
        due = ear.due()
        return max(0.0, min(due if due is not None else _BEAT_S, _BEAT_S, self._silent_s))

    def _trouble(self, reason: str) -> None:
        """Say once what is wrong, and again only when that changes."""
        self.problem = reason
        if reason != self._said:
            self._said = reason
            log.warning("MQTT: %s does not hear: %s; trying again in the background", self._client_id, reason)

    def _take(self, incoming: Incoming) -> None:
        self.received += 1
        ear = self.ear
        if len(incoming.payload) > self._settings.max_payload or ear is None:
            self.ignored += 1
            return
        self._taking_since = time.monotonic()
        try:
            if ear.take(incoming):
                self._notify()
        except Exception:
            # paho's thread must survive whatever one message does to us
            log.exception("MQTT: a message on %r could not be handled", incoming.topic[:200])
        finally:
            self._taking_since = None

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()
        self._on_change()
