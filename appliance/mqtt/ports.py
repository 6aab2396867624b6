"""What the MQTT client needs of the other parts, and what it tells about itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.messages import Publish, Reply
from appliance.mqtt.rollcall import Announced

Respond = Callable[[Reply], None]
"""Answers one request; may be called from any thread, once."""


class Observed(Protocol):
    """What looking at a broker needs of the home."""

    def feed(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        """Take in a message; return whether the wanted topics changed."""
        ...

    def topics(self) -> frozenset[str]:
        """Every subscription that is wanted now, also to all that looks like an announcement."""
        ...

    def fresh_topics(self) -> frozenset[str]:
        """Topics with a new listener: they have to be subscribed to again; each is returned once."""
        ...


class HomeFeed(Announced, Observed, Protocol):
    """What the client needs of the home: :class:`appliance.home.Registry`."""

    def state_topics(self) -> frozenset[str]:
        """The wanted subscriptions to states."""
        ...

    def unheard(self) -> bool:
        """Whether there are devices whose state has to be asked for."""
        ...

    def polls(self) -> Sequence[Publish]:
        """What asks them; each once."""
        ...


@dataclass(frozen=True, slots=True)
class MqttStats:
    """Counters since the start, for health reports."""

    connected: bool
    protocol: str
    """``5`` or ``3.1.1``."""
    connects: int
    """Times the connection came up."""
    listener_connects: int
    """Times one of those came up on which home and readings are heard."""
    received: int
    published: int
    dropped: int
    """Messages that found no room or no connection in time."""
    quarantined: int
    refused: int
    """Requests that were refused before they reached the assistant."""
    shed: int
    """Readings that were let go because more came than could be taken."""
    behind_s: float
    """How old readings are when they come."""
    ignored: int
    """Retained requests and oversized messages."""
    last_error: str
