"""What goes out: the one publish gate, and the replies and alerts that wait while the broker is away or slow."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from appliance.config import MqttSettings
from appliance.errors import ActError, UnsendableError
from appliance.messages import Publish, Reply, Request
from appliance.mqtt.ask import SOURCE, render_reply
from appliance.mqtt.connection import Connection
from appliance.mqtt.gate import check
from appliance.mqtt.receipts import QUICK_S, Outbox, Receipt

log = logging.getLogger(__name__)

_ACK_S = 5.0
_FULL_S = 0.05
"""Pause when a message could not leave."""


class Sender:
    """Hands messages to whichever connection there is. Thread-safe."""

    def __init__(self, settings: MqttSettings, wake: threading.Condition) -> None:
        """Store the limits, and what wakes those who wait for the broker."""
        self._settings = settings
        self._wake = wake
        self._connection: Connection | None = None
        self._awaited: dict[int, tuple[Publish, Callable[[], None]]] = {}
        """Replies on their way, by identity, and what is called when the broker has them."""
        self._dropped = 0
        self.outbox = Outbox(settings.max_queued)
        self.published = 0

    @property
    def dropped(self) -> int:
        """Messages that found no room or no connection in time."""
        return self._dropped + self.outbox.dropped

    @property
    def connected(self) -> bool:
        """Whether messages can be sent."""
        connection = self._connection
        return connection is not None and connection.up

    # --- the publish gate

    def publish(self, message: Publish) -> Receipt:
        """Publish a message now. Nothing is queued for a broker that is away: a late command is a ghost.

        Returns:
            The receipt: what the broker answers.

        Raises:
            ActError: the topic or size is not allowed, the broker is away, or too many messages wait for it.
        """
        self._check(message)
        try:
            return self._send(message)
        except ActError:
            self._dropped += 1
            raise

    def try_to(self, message: Publish) -> Receipt | None:
        """Publish a message now, or not at all."""
        try:
            return self.publish(message)
        except ActError as error:
            log.debug("MQTT: %s: %s", message.topic, error)
            return None

    def deliver(self, message: Publish) -> None:
        """Publish a reply or alert; while the broker is away or slow it waits, up to `max_queued` of them."""
        try:
            self._check(message)
        except ActError as error:
            self._dropped += 1
            log.warning("MQTT: a reply was dropped: %s", error)
            return
        self.outbox.sent(message)
        try:
            self._send(message)
        except ActError:
            self._keep_for_later(message)
            self._notify()

    def answer(self, request: Request, reply: Reply, delivered: Callable[[], None] | None = None) -> None:
        """Send the reply to where its request came from; `delivered` is called when the broker has it, or will never take it."""
        message = Publish(request.source.removeprefix(SOURCE), render_reply(reply), correlation=request.correlation)
        try:
            self._check(message)
        except ActError:  # too long for this broker: at least say what was done
            message = replace(message, payload=render_reply(replace(reply, intents=(), actions=(), ms={})))
        if delivered is not None:
            self._awaited[id(message)] = (message, delivered)
        self.deliver(message)

    def _keep_for_later(self, message: Publish) -> None:
        if not self.outbox.back(message):
            log.warning("MQTT: a reply was dropped: too many wait for the broker")

    def _check(self, message: Publish) -> None:
        connection = self._connection
        largest = connection.max_packet if connection is not None else None
        check(message, max_payload=self._settings.max_payload, max_packet=largest)

    def _send(self, message: Publish) -> Receipt:
        connection = self._connection
        if connection is None or not connection.up:
            text = "not sent: the MQTT broker is away"
            raise ActError(text)
        if message.qos and len(connection.ledger) >= self._settings.max_queued:
            text = "not sent: too many messages wait for the MQTT broker"
            raise ActError(text)
        receipt = connection.publish(message)
        self.published += 1
        return receipt

    # --- the connection

    def use(self, connection: Connection | None) -> None:
        """From now on send through this connection; None: through none."""
        self._connection = connection

    def flush(self, turned: Callable[[], None]) -> None:
        """Send waiting replies one by one: if one of them breaks the connection, it is known which. `turned` is told of each."""
        while len(self.outbox) > 0 and self._has_room() and (message := self.outbox.take()) is not None:
            turned()
            self.outbox.sent(message)
            try:
                self._check(message)
                receipt = self._send(message)
            except UnsendableError as error:
                self.outbox.done(message)
                self._dropped += 1
                log.warning("MQTT: a reply was dropped: %s", error)
                return
            except ActError:
                self._keep_for_later(message)
                with self._wake:
                    self._wake.wait(_FULL_S)
                return
            self.is_answered(receipt)

    def is_answered(self, receipt: Receipt) -> bool:
        """Wait a while for the broker to answer; return whether it did."""
        with self._wake:
            self._wake.wait_for(lambda: receipt.answered or not self.connected, _ACK_S)
        return receipt.answered

    def answered(self, receipt: Receipt) -> None:
        """The broker has taken or refused a message."""
        self.outbox.done(receipt.message)
        _, delivered = self._awaited.pop(id(receipt.message), (None, None))
        if delivered is not None:
            delivered()
        self._notify()

    def lost(self, receipts: list[Receipt]) -> None:
        """These the broker had not answered when the connection ended."""
        now = time.monotonic()
        for receipt in receipts:
            self.outbox.lost(receipt.message, quickly=now - receipt.sent_at < QUICK_S)

    def _has_room(self) -> bool:
        """Wait a while for the broker to acknowledge, if too much waits for it; return whether something may be sent."""
        with self._wake:
            self._wake.wait_for(lambda: not self.connected or self._open_receipts() < self._settings.max_queued, _ACK_S)
        return self.connected

    def _open_receipts(self) -> int:
        connection = self._connection
        return len(connection.ledger) if connection is not None else 0

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()
