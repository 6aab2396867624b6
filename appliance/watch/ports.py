"""What the watches need of the other parts, and what they tell about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from appliance.messages import Publish


class Receipt(Protocol):
    """What the broker says of a message."""

    @property
    def refusal(self) -> str:
        """Why it did not take it."""

    @property
    def lost(self) -> bool:
        """Whether the connection broke before it said anything."""

    def wait(self, timeout: float) -> bool:
        """Wait for it; whether it took the message."""


class Link(Protocol):
    """The way to the broker."""

    def publish(self, message: Publish) -> Receipt:
        """Hand a message over; raises :class:`ActError`."""

    def connects(self) -> int:
        """Which connection it is, counted; 0: there is none."""


class Hearing(Link, Protocol):
    """The way to the broker, and from it."""

    def hears(self) -> int:
        """Which connection readings come on, counted; 0: they cannot come."""


class Explainer(Protocol):
    """Says more than a template can: the chat model, where there is one. Called on a thread of its own."""

    def explain(self, kind: str, facts: str) -> str:
        """What `facts`, the template's sentences, may mean; `kind` is ``alert`` or ``summary``. Empty: nothing to say."""


@dataclass(frozen=True, slots=True)
class Status:
    """The watches in numbers, for health reports."""

    series: int
    readings: int
    """Values taken since the start."""
    unreadable: int
    """Messages on watched topics without a value."""
    repeated: int
    """Messages taken for copies of the one before: same topic and payload, at once, and more subscriptions than one."""
    alerts: int
    """Raised now."""
    waiting: int
    """Messages that wait for the broker."""
    dropped: int
    """Readings, rows and messages for which there was no room."""
    problem: str
    """What is wrong with the disk; empty: nothing."""
