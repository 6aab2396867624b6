"""What the broker is to keep about this node: told at each connection, without a message that ends every connection."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator

from appliance.messages import Publish
from appliance.mqtt.receipts import Receipt

log = logging.getLogger(__name__)

MAX_BREAKS = 3
"""A message that was alone on its way so often when the connection broke is not sent any more."""


class Introduction:
    """Status, announcement and states of the node."""

    def __init__(self, status_topic: str, announcement: Publish | None) -> None:
        """Begin with `online` on `status_topic` and the announcement, if there is to be one."""
        self._first = (Publish(status_topic, b"online", retain=True), *([announcement] if announcement else ()))
        self._kept: dict[str, bytes] = {}
        self._breaks: Counter[str] = Counter()

    def keep(self, topic: str, payload: bytes) -> Publish | None:
        """Note a state; returns the message to be sent now. None: the broker does not bear it."""
        self._kept[topic] = payload
        return Publish(topic, payload, retain=True) if self._breaks[topic] < MAX_BREAKS else None

    def tell(
        self, send: Callable[[Publish], Receipt | None], answered: Callable[[Receipt], bool], *, one_by_one: bool
    ) -> None:
        """Send everything.

        Args:
            send: hands a message over; None: it could not.
            answered: waits for the broker's answer; whether there was one.
            one_by_one: the connection before broke at once: find out whether one of the messages is the reason.
        """
        for message in self._all():
            receipt = send(message)
            if receipt is None or not one_by_one:
                continue
            if not answered(receipt):
                self._blame(message)
                return
            self._breaks.pop(message.topic, None)

    def _all(self) -> Iterator[Publish]:
        kept = [Publish(topic, payload, retain=True) for topic, payload in list(self._kept.items())]
        return (message for message in (*self._first, *kept) if self._breaks[message.topic] < MAX_BREAKS)

    def _blame(self, message: Publish) -> None:
        self._breaks[message.topic] += 1
        if self._breaks[message.topic] == MAX_BREAKS:
            log.error(
                "MQTT: %s is not published any more: each time the broker closed the connection. Does it take %d bytes?",
                message.topic,
                len(message.payload),
            )
