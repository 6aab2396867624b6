"""How an entity is read and commanded over MQTT, apart from what it is called.

An announcement (Home Assistant's or Tasmota's) is compiled once to a :class:`Binding`: readers that turn a message
on a topic into new states and attributes, and encoders that turn a command into messages. Both are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from appliance.home.templates import Template
from appliance.messages import NOTHING, Json
from appliance.text import read_json

MAX_STATE_BYTES = 262_144
"""Longer state messages are not read."""

STATE = "state"
"""The key of an entity's state in an update; all other keys are attributes."""

MISSING = object()
"""The JSON of a message that is none."""


class Message:
    """One received message, decoded once however many entities read it."""

    def __init__(self, topic: str, payload: bytes, *, stored: bool = False) -> None:
        """Store the message as received; `stored`: the broker had kept it for whoever subscribes."""
        self.topic = topic
        self.stored = stored
        self._payload = payload

    @cached_property
    def text(self) -> str | None:
        """The payload as UTF-8 text; None when it is none or too long."""
        if len(self._payload) > MAX_STATE_BYTES:
            return None
        try:
            return self._payload.decode()
        except UnicodeDecodeError:
            return None

    @cached_property
    def json(self) -> Json:
        """The payload as JSON, or :data:`MISSING`."""
        try:
            return MISSING if self.text is None else read_json(self.text)
        except (ValueError, RecursionError):
            return MISSING

    def render(self, template: Template | None) -> str | None:
        """The value that `template` reads from the message; None where there is none."""
        if self.text is None:
            return None
        if template is None:
            return self.text.strip()
        scope: dict[str, Json] = {"value": self.text}
        if self.json is not MISSING:
            scope["value_json"] = self.json
        return template.render(scope)


Update = Mapping[str, Json]
"""What a message says: :data:`STATE` and attributes. Empty: nothing."""
Read = Callable[[Message, Mapping[str, Json]], Update]
"""Read a message; the second argument is the entity's present state and attributes."""
Encode = Callable[[Mapping[str, Json], Mapping[str, Json]], tuple[tuple[str, str], ...]]
"""Turn the data of a command and the entity's present state and attributes into (topic, payload) pairs. Raises ActError."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One topic that an entity listens to."""

    topic: str
    read: Read


@dataclass(frozen=True, slots=True)
class Decay:
    """What becomes of a state when nothing more is heard."""

    after_s: float
    state: str
    only_from: str | None = None
    """The state that decays; None: every one."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Where a device says whether it is there."""

    topics: tuple[AvailabilityTopic, ...] = ()
    mode: str = "latest"
    """``all``, ``any`` or ``latest``."""

    def judge(self, said: Mapping[int, bool], latest: int) -> bool | None:
        """Decide from what each topic (by index) said last; None: not known yet."""
        if not said:
            return None
        if self.mode == "latest":
            return said.get(latest)
        if self.mode == "any":
            return any(said.values())
        return False if not all(said.values()) else (True if len(said) == len(self.topics) else None)


@dataclass(frozen=True, slots=True)
class AvailabilityTopic:
    """One availability topic and its two payloads."""

    topic: str
    available: str = "online"
    gone: str = "offline"
    template: Template | None = None

    def read(self, message: Message) -> bool | None:
        """Say whether the device is there; None: the message does not tell."""
        value = message.render(self.template)
        if value == self.available:
            return True
        return False if value == self.gone else None


@dataclass(frozen=True, slots=True)
class Binding:
    """Everything that an announcement says about reading and commanding one entity."""

    readers: tuple[Reader, ...] = ()
    commands: Mapping[str, Encode] = field(default_factory=lambda: NOTHING)
    """Command of :data:`appliance.messages.COMMANDS` to its encoder."""
    capabilities: frozenset[str] = frozenset()
    """``brightness``, ``color``, ``color_temp`` of lights."""
    attributes: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    """Limits and lists that never change (``min_temp``, ``effect_list``, …)."""
    availability: Availability = Availability()
    decay: Decay | None = None
    polls: tuple[tuple[str, str], ...] = ()
    """(topic, payload) pairs that make the device report its state; they change nothing."""
    notes: tuple[str, ...] = ()
    """What of the announcement cannot be used, and why."""
    command_topics: tuple[str, ...] = ()
    """Where its commands go."""

    @property
    def features(self) -> frozenset[str]:
        """What the entity takes, as in :attr:`appliance.messages.Entity.features`."""
        return frozenset(self.commands) | self.capabilities if self.commands else frozenset()

    @property
    def topics(self) -> frozenset[str]:
        """The topics to subscribe to."""
        return frozenset(reader.topic for reader in self.readers) | {item.topic for item in self.availability.topics}
