"""One connection to the broker, from TCP to the last acknowledgement. Never reconnected: a new one is made.

A client that resends unacknowledged messages on every reconnect is disabled for good by one message that the
broker does not like. So each connection starts empty, and :mod:`appliance.mqtt.client` decides what is sent again.
"""

from __future__ import annotations

import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from appliance.config import MqttSettings, read_secret, secret_path
from appliance.errors import ActError, ConfigError, UnsendableError
from appliance.messages import Publish
from appliance.mqtt.receipts import Ledger, Receipt

log = logging.getLogger(__name__)

MAX_INCOMING = 8 << 20
"""Largest packet that is taken from an MQTT 5 broker, in bytes: large enough to answer an oversized request."""
BATCH = 64
"""Most topic filters of a SUBSCRIBE packet."""
BATCH_BYTES = 900
"""Most bytes of them: a broker with a small limit of its packets closes the connection on a larger one."""
_CONNECT_TIMEOUT_S = 10.0
_FAILURE = 0x80
_DEAF = 4
"""So many times longer than one that is silent a broker may leave a message unacknowledged that still sends."""
_LAG = 20
"""paho still counts a message while it tells us that it has been acknowledged."""
_UNSUPPORTED_PROTOCOL = "Unsupported protocol version"

V5 = MQTTProtocolVersion.MQTTv5
V311 = MQTTProtocolVersion.MQTTv311
PROTOCOLS = {"auto": (V5, V311), "5": (V5,), "3.1.1": (V311,)}
"""What the configuration calls the versions, and in which order they are tried."""


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One received message."""

    topic: str
    payload: bytes
    retain: bool
    response_topic: str | None = None
    correlation: bytes | None = None
    mid: int = 0
    """Packet identifier; 0: QoS 0."""
    again: bool = False
    """The broker sent it before and had no acknowledgement."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One subscription."""

    topic: str
    qos: int = 1
    request: bool = False
    """Messages on it are asked to be done: with MQTT 5, what is retained is not sent, and what somebody retains says so.

    Without it a message carries the retain flag only if the broker had kept it."""


class Connection:
    """A paho client with typed errors. Callbacks come on paho's thread."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        client_id: str,
        protocol: MQTTProtocolVersion,
        will: Publish | None,
        on_message: Callable[[Incoming], None],
        on_change: Callable[[], None],
        on_answer: Callable[[Receipt], None] = lambda _receipt: None,
        session_s: float | None = None,
    ) -> None:
        """Store everything.

        Args:
            settings: where the broker is and how to log in.
            client_id: a second connection with the same id ends the first.
            protocol: of MQTT.
            will: what the broker publishes when the connection breaks; None: nothing.
            on_message: takes each received message.
            on_change: called whenever the connection comes up or goes down, and when the broker has answered a subscription.
            on_answer: called when the broker has taken or refused a message.
            session_s: go on with the session of the connection before, so that what came in meanwhile is sent, and have the broker
                keep it for so long when the connection has broken (MQTT 5); None: neither.
        """
        self._settings = settings
        self._on_message = on_message
        self._on_change = on_change
        self._on_answer = on_answer
        self._session_s = session_s
        self._filters: dict[int, Sequence[Filter]] = {}
        self._probe_topic = f"{client_id}/nothing"
        self._probes: dict[int, float] = {}
        self._answered_after = 0.0
        self._requests: list[str] = []
        self._refused: set[str] = set()
        self._farewell = b""
        self._left = threading.Event()
        self._lock = threading.Lock()
        self.ledger = Ledger()
        self.protocol = protocol
        self.up = False
        """CONNACK came and said yes."""
        self.resumed = False
        """The broker had kept the session."""
        self.up_at = 0.0
        """When CONNACK came, in monotonic seconds."""
        self.heard_at = 0.0
        """When something came from the broker last, in monotonic seconds."""
        self.down = False
        """It is over; `reason` says why."""
        self.reason = ""
        self.refused = False
        """The broker answered, and said no."""
        self.wants_v311 = False
        """The broker does not speak MQTT 5."""
        self.max_packet: int | None = None
        """Largest packet that the broker takes, in bytes; None: it did not say."""
        self.shared = False
        """The broker knows shared subscriptions."""
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol, reconnect_on_failure=False
        )
        self._client.max_queued_messages_set(settings.max_queued + _LAG)
        self._client.connect_timeout = _CONNECT_TIMEOUT_S
        if will is not None:
            self._client.will_set(will.topic, will.payload, will.qos, will.retain)
        self._client.on_socket_open = _hasten
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._failed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._received
        self._client.on_publish = self._published
        self._client.on_subscribe = self._subscribed
        self._client.on_unsubscribe = self._unsubscribed

    # --- life

    def open(self) -> None:
        """Connect by TCP and TLS and start paho's thread; CONNACK comes later.

        Raises:
            ConfigError: a secret or certificate cannot be read.
            OSError: the broker cannot be reached.
        """
        settings = self._settings
        if settings.username is not None:
            password = read_secret(settings.password_file) if settings.password_file is not None else None
            self._client.username_pw_set(settings.username, password)
        if settings.uses_tls:
            files = {key: _file(getattr(settings, key), key) for key in ("tls_ca", "tls_cert", "tls_key")}
            try:
                self._client.tls_set(files["tls_ca"], files["tls_cert"], files["tls_key"])
            except (OSError, ValueError) as error:
                named = ", ".join(f"{key} = {path}" for key, path in files.items() if path is not None)
                message = f"mqtt: a certificate or key cannot be used ({named}): {error}"
                raise ConfigError(message) from error
        properties = None
        if self.protocol == V5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.MaximumPacketSize = max(MAX_INCOMING, settings.max_payload)
            properties.SessionExpiryInterval = round(self._session_s or 0)
        self._client.connect(
            settings.host,
            settings.port,
            keepalive=settings.keepalive_s,
            clean_start=self._session_s is None if self.protocol == V5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
        self._client.loop_start()

    def given_up_at(self, silent_s: float) -> float | None:
        """When the broker is to be taken for gone, unless it answers; None: it owes us nothing.

        One that still sends may have acknowledged: a machine that is behind reads that late. But it is not waited for for ever: of what
        a broker cannot send in time it throws away packets, also acknowledgements.
        """
        oldest = self.ledger.oldest()
        if oldest is None:
            return None
        return min(max(oldest, self.heard_at) + silent_s, oldest + _DEAF * silent_s)

    def probe(self) -> None:
        """Have the broker answer: it is told to end a subscription that there is not.

        A broker in a flood drops answers, too; unlike an unacknowledged message, a lost one is no burden.
        """
        with self._lock:  # the answer may come at once
            result, mid = self._client.unsubscribe(self._probe_topic)
            if result == MQTTErrorCode.MQTT_ERR_SUCCESS and mid is not None:
                self._probes[mid] = time.monotonic()

    @property
    def lag(self) -> float:
        """How many seconds the broker took for the last answer, or has taken for the one that is due, if that is longer."""
        with self._lock:
            oldest = next(iter(self._probes.values()), None)
        return max(self._answered_after, time.monotonic() - oldest if oldest is not None else 0.0)

    @property
    def silent_since(self) -> float | None:
        """Since when the broker owes an answer and nothing has come, in monotonic seconds; None: it owes none."""
        with self._lock:
            oldest = next(iter(self._probes.values()), None)
        return max(oldest, self.heard_at) if oldest is not None else None

    def abandon(self, reason: str) -> None:
        """Take the connection for broken although the network has not said so."""
        self._over(reason)

    def close(self, *, forget: bool = False) -> list[Receipt]:
        """Disconnect if needed, end paho's thread, return the receipts of what was not acknowledged.

        With `forget` the broker is told to drop the session: nobody will come back for what it would keep.
        """
        properties = None
        if forget and self.protocol == V5:
            properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 0
        self._client.disconnect(properties=properties)
        self._client.loop_stop()
        return self.ledger.abandon("the connection to the broker broke before it answered")

    # --- doing

    def publish(self, message: Publish, *, response_topic: str | None = None) -> Receipt:
        """Hand a checked message to the broker; raises ActError."""
        properties = None
        if self.protocol == V5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            if message.expiry_s is not None:
                properties.MessageExpiryInterval = message.expiry_s
            if message.correlation is not None:
                properties.CorrelationData = message.correlation
            if response_topic is not None:
                properties.ResponseTopic = response_topic
        receipt = Receipt(message)
        try:
            info = self._client.publish(message.topic, message.payload, message.qos, message.retain, properties)
        except (ValueError, RuntimeError) as error:
            text = f"not published: {error}"
            raise UnsendableError(text) from error
        if info.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            text = "not published: too many messages wait for the broker"
            raise ActError(text)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            text = "not published: the MQTT broker went away"
            raise ActError(text)
        if message.qos == 0:
            receipt.settle()
        elif self.ledger.sent(info.mid, receipt):
            self._on_answer(receipt)
        return receipt

    def subscribe(self, filters: Iterable[Filter]) -> None:
        """Subscribe in batches; what the broker refuses is counted and logged."""
        for batch in _batches(filters, lambda item: item.topic):
            self._requests += [item.topic for item in batch if item.request]
            with self._lock:  # the answer may come at once
                if self.protocol == V5:
                    result, mid = self._client.subscribe([(item.topic, _options(item)) for item in batch])
                else:
                    result, mid = self._client.subscribe([(item.topic, item.qos) for item in batch])
                if result == MQTTErrorCode.MQTT_ERR_SUCCESS and mid is not None:
                    self._filters[mid] = batch

    @property
    def subscribed(self) -> bool:
        """Whether the broker has answered all subscriptions so far."""
        with self._lock:
            return not self._filters

    def leave(self, through: str, timeout: float) -> bool:
        """Take no more requests; whether all that the broker had taken for us are here.

        What waits in its queue comes first: a message to ourselves on `through`, which is subscribed to, comes last.
        """
        self._farewell = f"farewell {secrets.token_hex(8)}".encode()
        self.unsubscribe(topic for topic in self._requests if topic != through)
        result = self._client.publish(through, self._farewell, 1)
        return result.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and self._left.wait(timeout)

    def unsubscribe(self, topics: Iterable[str]) -> None:
        """Unsubscribe in batches."""
        for batch in _batches(topics, str):
            self._client.unsubscribe(batch)

    # --- paho's callbacks

    def _connected(
        self,
        _client: paho.Client,
        _data: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        said: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.refused = True
            self.wants_v311 = self.protocol == V5 and reason.getName() == _UNSUPPORTED_PROTOCOL
            self._over(f"the broker refused the connection: {reason.getName()}")
            return
        if said is not None:
            self.max_packet = getattr(said, "MaximumPacketSize", None)
        self.resumed = bool(flags.session_present)
        self.up_at = self.heard_at = time.monotonic()
        self.shared = self.protocol == V5 and getattr(said, "SharedSubscriptionAvailable", 1) != 0
        self.up = True
        self._on_change()

    def _failed(self, _client: paho.Client, _data: object) -> None:
        self._over("the connection failed")

    def _disconnected(
        self,
        _client: paho.Client,
        _data: object,
        _flags: paho.DisconnectFlags,
        reason: ReasonCode,
        _said: Properties | None,
    ) -> None:
        name = reason.getName()
        self._over(
            "the broker closed the connection" + (f": {name}" if name not in {"Success", "Unspecified error"} else "")
        )

    def _over(self, reason: str) -> None:
        self.up = False
        if not self.down:
            self.down = True
            self.reason = self.reason or reason
            self._on_change()

    def _received(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return  # no topic of ours
        said = message.properties
        self.heard_at = time.monotonic()
        if self._farewell and message.payload == self._farewell:
            self._left.set()
            return
        self._on_message(
            Incoming(
                topic,
                bytes(message.payload),
                message.retain,
                getattr(said, "ResponseTopic", None),
                getattr(said, "CorrelationData", None),
                message.mid,
                message.dup,
            )
        )

    def _published(
        self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _said: Properties | None
    ) -> None:
        self.heard_at = time.monotonic()
        refusal = f"the broker did not take it: {reason.getName()}" if reason.is_failure else ""
        receipt = self.ledger.answered(mid, refusal)
        topic = receipt.message.topic if receipt is not None else "?"
        if refusal and topic not in self._refused:  # what is published every few seconds is complained of once
            self._refused.add(topic)
            log.warning("MQTT: publish to %s: %s", topic, refusal)
        if receipt is not None:
            self._on_answer(receipt)

    def _subscribed(
        self, _client: paho.Client, _data: object, mid: int, reasons: list[ReasonCode], _said: Properties | None
    ) -> None:
        self.heard_at = time.monotonic()
        with self._lock:
            batch = self._filters.pop(mid, ())
        for item, reason in zip(batch, reasons, strict=False):
            if reason.value >= _FAILURE:
                log.warning("MQTT: the broker refused the subscription to %s: %s", item.topic, reason.getName())
        self._on_change()

    def _unsubscribed(
        self, _client: paho.Client, _data: object, mid: int, _reasons: list[ReasonCode], _said: Properties | None
    ) -> None:
        self.heard_at = time.monotonic()
        with self._lock:
            sent_at = self._probes.get(mid)
            if sent_at is None:
                return
            self._answered_after = self.heard_at - sent_at
            for other in [one for one, at in self._probes.items() if at <= sent_at]:  # answers come in order
                del self._probes[other]


def _hasten(_client: paho.Client, _data: object, opened: paho.SocketLike) -> None:
    """Send small packets at once: together with delayed acknowledgements, waiting for more costs 40 ms a message."""
    if isinstance(opened, socket.socket):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _batches(items: Iterable[Item], topic_of: Callable[[Item], str]) -> Iterator[list[Item]]:
    """The items in packets that are neither too many nor too large."""
    batch: list[Item] = []
    size = 0
    for item in items:
        length = len(topic_of(item).encode()) + 3
        if batch and (len(batch) == BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch


def _options(item: Filter) -> SubscribeOptions:
    retain = SubscribeOptions.RETAIN_DO_NOT_SEND if item.request else SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
    return SubscribeOptions(qos=item.qos, retainAsPublished=item.request, retainHandling=retain)


def _file(path: Path | None, key: str) -> str | None:
    """Where a certificate or key is to be read: the service's credential of that name, if there is one.

    Raises:
        ConfigError: it cannot be read; the library would not say which one.
    """
    if path is None:
        return None
    source = secret_path(path)
    try:
        source.open("rb").close()
    except OSError as error:
        message = f"mqtt.{key}: a certificate or key cannot be used: {source}: {error.strerror}"
        raise ConfigError(message) from error
    return str(source)
