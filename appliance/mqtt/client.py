"""The MQTT client of the daemon: keeps its connections, and puts what comes and goes on them together."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from appliance.config import LimitsSettings, MqttSettings
from appliance.errors import ActError, TerndError
from appliance.messages import Json, Publish, Reply, Request
from appliance.mqtt.announce import announcement
from appliance.mqtt.backlog import SESSION_S, Backlog
from appliance.mqtt.connection import V5, V311, Connection
from appliance.mqtt.homelink import HomeLink
from appliance.mqtt.introduction import Introduction
from appliance.mqtt.listener import MAX_BACKOFF_S, Ear, Listener
from appliance.mqtt.own import OwnEntity
from appliance.mqtt.ports import HomeFeed, MqttStats, Respond
from appliance.mqtt.readings import Readings, ReadingsEar, Thinning
from appliance.mqtt.receipts import Receipt
from appliance.mqtt.requests import Addresses, Requests
from appliance.mqtt.rollcall import GRACE_S
from appliance.mqtt.sending import Sender
from appliance.mqtt.versions import Versions
from appliance.text import whole

log = logging.getLogger(__name__)

_CLIENT_ID = "ternd-{}"
_STABLE_S = 10.0
"""A connection that lasted this long resets the pause: two nodes with one id must not throw each other out in a tight loop."""
_CONNACK_S = 10.0
_CONNACK_V5_S = 3.0
"""Some brokers of version 3.1.1 misread the longer CONNECT of version 5 and wait for the rest of it for ever."""
_GOODBYE_S = 2.0
_STOP_S = 5.0
"""An attempt to connect that hangs is left behind when we stop."""
_TURN_S = 180.0
"""Attempts to connect, and pauses between them, are shorter, also with name servers and addresses that do not answer."""
_SILENT_S = 15.0
"""A broker that has not acknowledged a message by then, nor sent anything, is gone, even if the network does not say so."""
_LOOK_S = 5.0
"""How often that is looked at."""
_SUSPICIOUS = 3
"""So many connections in a row that were closed soon after they came up have a cause of their own."""


class MqttClient:
    """One broker, kept connected by a thread of its own."""

    def __init__(
        self,
        settings: MqttSettings,
        node: str,
        *,
        home: HomeFeed,
        on_ask: Callable[[Request, Respond], None],
        readings: Readings | None = None,
        limits: LimitsSettings | None = None,
        area: str | None = None,
        own: Sequence[OwnEntity] = (),
        backoff_s: float = 0.5,
        grace_s: float = GRACE_S,
        silent_s: float = _SILENT_S,
        heard_at: float | None = None,
    ) -> None:
        """Store the parts; nothing happens until :meth:`start`.

        Args:
            settings: the broker.
            node: the node id in the topics.
            home: is fed with what devices say.
            on_ask: takes each request; may raise TerndError to refuse it.
            readings: are fed with the topics that they want; None: nothing is wanted.
            limits: lengths and times of requests.
            area: where the node stands, for its announcement.
            own: what the node announces besides requests, replies and health.
            backoff_s: first pause after a failed attempt; doubles up to :data:`MAX_BACKOFF_S`.
            grace_s: how long a known device may fail to announce itself again after a reconnect.
            silent_s: how long the broker may leave a message unacknowledged.
            heard_at: when the run before heard of the broker last (monotonic seconds): its session is gone on with.
        """
        self._settings = settings
        self._node = node
        self._home = home
        self._limits = limits or LimitsSettings()
        told = announcement(node, own, prefix=settings.discovery_prefix, area=area) if settings.announce else None
        self._addresses = Addresses(f"ternd/{node}", f"{settings.discovery_prefix}/status")
        self._introduction = Introduction(self._addresses.status, told)
        self._backoff_s = backoff_s
        self._grace_s = grace_s
        self._silent_s = silent_s
        self._wake = threading.Condition()
        self._stopping = False
        self._announce_again = False
        self._sender = Sender(settings, self._wake)
        self._versions = Versions(settings.protocol)
        self._backlog = Backlog(heard_at)
        self._requests = Requests(
            settings,
            node,
            self._addresses,
            limits=self._limits,
            own={one.command_topic: one for one in own if one.command_topic is not None},
            backlog=self._backlog,
            sender=self._sender,
            on_ask=on_ask,
            on_birth=self._announce_soon,
        )
        self._thinning = Thinning()
        self._listeners = [self._listener("home", self._home_ear)]
        if readings is not None and readings.topics():
            self._listeners.append(self._listener("readings", partial(ReadingsEar, readings, self._thinning)))
        self._thread: threading.Thread | None = None
        self._connects = 0
        self._last_error = ""
        self._said = ""
        self._brief = 0
        self._turned_at = 0.0

    def _listener(self, name: str, ear: Callable[[Connection], Ear]) -> Listener:
        return Listener(
            self._settings,
            f"{_CLIENT_ID.format(self._node)}.{name}",  # a dot is in no node id
            ear,
            backoff_s=self._backoff_s,
            silent_s=self._silent_s,
            on_change=self._notify,
        )

    def _home_ear(self, connection: Connection) -> HomeLink:
        return HomeLink(
            self._home, connection, self._sender.try_to, roll_topic=self._addresses.sync, grace_s=self._grace_s
        )

    # --- life

    def start(self) -> None:
        """Begin to connect, and keep at it. A missing broker is no error."""
        self._turned_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Say "offline", disconnect, end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(_STOP_S)
            self._thread = None

    @property
    def connected(self) -> bool:
        """Whether the broker is there: requests are heard, and messages can be sent."""
        return self._sender.connected

    @property
    def hears(self) -> int:
        """On how many connections home and readings have been heard so far; 0: one of them is not heard now."""
        if not all(listener.connected for listener in self._listeners):
            return 0
        return sum(listener.connects for listener in self._listeners)

    @property
    def stuck(self) -> bool:
        """Whether one of our threads hangs, or has ended: only a new start would help."""
        if self._thread is None or self._stopping:
            return False
        late = time.monotonic() - self._turned_at > _TURN_S
        return late or not self._thread.is_alive() or any(listener.stuck for listener in self._listeners)

    @property
    def heard_at(self) -> float | None:
        """When something came from the broker last, in monotonic seconds; None: never."""
        return self._backlog.heard_at

    def wait_connected(self, timeout: float) -> bool:
        """Wait for the broker; return whether it is there."""
        with self._wake:
            return self._wake.wait_for(lambda: self.connected, timeout)

    def wait_hearing(self, timeout: float) -> bool:
        """Wait until home and readings are heard, too; return whether they are."""
        with self._wake:
            return self._wake.wait_for(lambda: self.connected and self.hears > 0, timeout)

    def stats(self) -> MqttStats:
        """The counters."""
        return MqttStats(
            connected=self.connected,
            protocol="5" if self._versions.current == V5 else "3.1.1",
            connects=self._connects,
            listener_connects=sum(listener.connects for listener in self._listeners),
            received=self._requests.received + sum(listener.received for listener in self._listeners),
            published=self._sender.published,
            dropped=self._sender.dropped,
            quarantined=self._sender.outbox.quarantined,
            refused=self._requests.refused,
            shed=self._thinning.shed,
            behind_s=round(self._thinning.lag, 1),
            ignored=self._requests.ignored + sum(listener.ignored for listener in self._listeners),
            last_error=self._last_error or next((one.problem for one in self._listeners if one.problem), ""),
        )

    # --- what goes out

    def publish(self, message: Publish) -> Receipt:
        """See :meth:`Sender.publish`."""
        return self._sender.publish(message)

    def deliver(self, message: Publish) -> None:
        """See :meth:`Sender.deliver`."""
        self._sender.deliver(message)

    def answer(self, request: Request, reply: Reply, delivered: Callable[[], None] | None = None) -> None:
        """See :meth:`Sender.answer`."""
        self._sender.answer(request, reply, delivered)

    def publish_health(self, health: Mapping[str, Json]) -> Receipt | None:
        """Publish the health report as :meth:`keep` does. None: no broker."""
        payload = whole(json.dumps(health, ensure_ascii=False, default=str)).encode()
        return self.keep(f"{self._addresses.base}/health", payload)

    def keep(self, topic: str, payload: bytes) -> Receipt | None:
        """Publish a state of the node, retained; published again after every reconnect. None: no broker."""
        message = self._introduction.keep(topic, payload)
        return self._sender.try_to(message) if message is not None else None

    # --- the thread

    def _run(self) -> None:
        pause = self._backoff_s
        while not self._stopping:
            protocol = self._versions.current
            self._turned_at = time.monotonic()
            try:
                stable = self._session()
            except Exception:  # a defect costs one connection
                log.exception("MQTT: the connection is given up")
                stable = False
            if protocol != self._versions.current:
                continue  # the other version of MQTT is tried at once
            if stable or 0 < self._brief < _SUSPICIOUS:  # a broker that was started again is there at once
                pause = self._backoff_s
            with self._wake:
                self._wake.wait_for(lambda: self._stopping, pause * random.uniform(0.8, 1.2))  # noqa: S311
            pause = min(MAX_BACKOFF_S, pause * 2)

    def _session(self) -> bool:
        """Make one connection and stay with it until it ends; return whether it lasted."""
        connection = Connection(
            self._settings,
            client_id=_CLIENT_ID.format(self._node),
            protocol=self._versions.current,
            will=Publish(self._addresses.status, b"offline", retain=True),
            on_message=self._requests.take,
            on_change=self._notify,
            on_answer=self._sender.answered,
            session_s=max(SESSION_S, self._limits.reply_timeout_s),
        )
        self._backlog.begin(connection)
        try:
            connection.open()
        except (OSError, TerndError) as error:
            self._trouble(str(error))
            return False
        self._sender.use(connection)
        with self._wake:
            patience = _CONNACK_S if connection.protocol == V311 else _CONNACK_V5_S
            self._wake.wait_for(lambda: connection.up or connection.down or self._stopping, patience)
        came_up, began = connection.up, time.monotonic()
        try:
            if came_up:
                self._welcome(connection)
                for listener in self._listeners:
                    listener.start(connection.protocol)
                self._serve(connection)
        finally:
            for listener in self._listeners:
                listener.stop()
            for listener in self._listeners:
                listener.join()
            self._close(connection)
        if self._stopping:
            return True
        stable = came_up and time.monotonic() - began > _STABLE_S
        self._explain(connection, came_up=came_up, stable=stable)
        return stable

    def _welcome(self, connection: Connection) -> None:
        self._connects += 1
        self._versions.came_up(connection)
        version = "5" if connection.protocol == V5 else "3.1.1"
        log.info("MQTT: connected to %s:%d (MQTT %s)", self._settings.host, self._settings.port, version)
        self._last_error = ""
        connection.subscribe(self._requests.filters(connection))
        if connection.resumed:
            self._sender.try_to(Publish(self._addresses.sync, self._backlog.marker))
        self._introduce()
        self._notify()

    def _introduce(self) -> None:
        """Publish everything that is retained about this node."""
        self._introduction.tell(self._sender.try_to, self._sender.is_answered, one_by_one=self._brief > 0)

    def _serve(self, connection: Connection) -> None:
        """Do what the callbacks asked for, until the connection is down."""
        while not self._stopping and not connection.down:
            self._turn()
            self._sender.flush(self._turn)
            with self._wake:
                self._wake.wait_for(lambda: self._has_work(connection), self._pause(connection))
                again, self._announce_again = self._announce_again, False
            if again:
                self._introduce()
            self._listen(connection)

    def _turn(self) -> None:
        self._turned_at = time.monotonic()

    def _pause(self, connection: Connection) -> float:
        """Seconds until the broker may have to be given up."""
        over = connection.given_up_at(self._silent_s)
        return max(0.0, min(_LOOK_S, over - time.monotonic())) if over is not None else _LOOK_S

    def _has_work(self, connection: Connection) -> bool:
        return self._stopping or connection.down or self._announce_again or len(self._sender.outbox) > 0

    def _listen(self, connection: Connection) -> None:
        """Notice a half-open connection: nobody closes it, and nothing comes any more."""
        over = connection.given_up_at(self._silent_s)
        if over is not None and time.monotonic() >= over:
            connection.abandon(f"the broker has not acknowledged a message for {self._silent_s:g} seconds")

    def _close(self, connection: Connection) -> None:
        """End a connection: politely when we stop, else by noting what was lost."""
        if self._stopping and connection.up:
            connection.leave(self._addresses.sync, _GOODBYE_S)
            self._sender.flush(self._turn)
            try:
                self.publish(Publish(self._addresses.status, b"offline", retain=True)).wait(_GOODBYE_S)
            except ActError as error:
                log.debug("MQTT: %s", error)
        self._sender.use(None)
        self._sender.lost(connection.close(forget=self._stopping))

    def _explain(self, connection: Connection, *, came_up: bool, stable: bool) -> None:
        """Find out why the connection ended, say so, and choose the version of MQTT to go on with."""
        if not came_up:
            self._versions.failed(connection)
        self._brief = self._brief + 1 if came_up and not stable else 0
        if stable:
            self._said = ""
        reason = connection.reason or "the broker does not answer"
        if self._brief >= _SUSPICIOUS:
            reason += f", again and again; does another ternd use the node id {self._node!r}, or the broker the user as client id?"
        self._trouble(reason)

    def _trouble(self, reason: str) -> None:
        """Say once what is wrong with the broker, and again only when that changes."""
        self._last_error = reason
        if reason != self._said:
            self._said = reason
            log.warning(
                "MQTT: no connection to %s:%d: %s; trying again in the background",
                self._settings.host,
                self._settings.port,
                reason,
            )

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()

    def _announce_soon(self) -> None:
        with self._wake:
            self._announce_again = True
            self._wake.notify_all()
