"""Things that are not what they call themselves: a lamp that announces the command topic of a lock is that lock."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from appliance.errors import ActError
from appliance.messages import Action, Entity, Home, PinChange, Publish
from appliance.policy import action_kind, dangers

_RELAY = re.compile(r"power\d*")
_ALL_RELAYS = re.compile(r"power0|backlog\d?|event|br")
"""Tasmota's commands that move whichever relay their payload or a rule names."""
_ZIGBEE_ADDRESS = re.compile(r"(0x[0-9a-f]{16})(?![0-9a-f])")


class Topics(Protocol):
    """Where an entity is commanded."""

    @property
    def commands(self) -> Sequence[str]:
        """Its command topics."""

    @property
    def unique_id(self) -> str:
        """Of its announcement; empty: it was not announced."""


class Wired(Protocol):
    """What must be known of the home: how its things are commanded."""

    def wiring(self, entity_id: str) -> Topics:
        """The entity's topics and identity."""

    def encode(self, action: Action) -> Sequence[Publish | PinChange]:
        """What the doors take; raises :class:`ActError`."""


class Disguises:
    """Compares messages with those that guarded entities would get. Looks at the home anew when its structure changes."""

    def __init__(self, home: Wired) -> None:
        """Store the home."""
        self._home = home
        self._structure: int | None = None
        self._guarded: list[tuple[str, str, Publish]] = []

    def behind(self, action: Action, home: Home) -> tuple[str, str]:
        """Kind of the guarded action that this one's message would be for another entity, and that entity's id; both empty: of none."""
        if self._structure != home.structure:
            self._structure = home.structure
            self._guarded = [one for entity in home.entities for one in self._dangerous(entity)]
        for message in self._messages(action) if self._guarded else ():
            for entity_id, kind, guarded in self._guarded:
                if entity_id != action.entity and same_message(message, guarded):
                    return kind, entity_id
        return "", ""

    def _dangerous(self, entity: Entity) -> list[tuple[str, str, Publish]]:
        """Entity id, kind and message of all that is guarded in one entity.

        Where its messages cannot be known, as of an alarm that wants its code, whatever goes to its topics counts.
        """
        guarded, unique_id = dangers(entity), self._home.wiring(entity.id).unique_id
        found = [
            (entity.id, action_kind(danger, entity), known)
            for danger in guarded
            for message in self._messages(danger)
            for known in (message, *_by_address(message, unique_id))
        ]
        if found or not guarded:
            return found
        kind = action_kind(guarded[0], entity)
        return [(entity.id, kind, Publish(topic, b"")) for topic in self._home.wiring(entity.id).commands]

    def _messages(self, action: Action) -> list[Publish]:
        try:
            return [message for message in self._home.encode(action) if isinstance(message, Publish)]
        except ActError:
            return []


def _by_address(message: Publish, unique_id: str) -> list[Publish]:
    """The same message with the radio address in place of the device's name: zigbee2mqtt takes both."""
    address = _ZIGBEE_ADDRESS.match(unique_id)
    base, name, rest = (*message.topic.split("/", 2), "", "")[:3]
    if address is None or not rest or name == address[1]:
        return []
    return [replace(message, topic=f"{base}/{address[1]}/{rest}")]


def same_message(one: Publish, other: Publish) -> bool:
    """Whether two messages may command the same thing: one topic, and one payload or JSON objects with a common key.

    Gateways know a topic by several spellings: zigbee2mqtt also takes ``…/set/state`` for the key of that name, Tasmota capital and
    small letters, and commands that move all relays.
    """
    left, right = one.topic.casefold(), other.topic.casefold()
    if left == right:
        mine, others = _keys(one.payload), _keys(other.payload)
        return mine is None or others is None or not mine.isdisjoint(others)
    return (
        _is_key_of(left, right, _keys(other.payload))
        or _is_key_of(right, left, _keys(one.payload))
        or _is_one_relay(left.rpartition("/"), right.rpartition("/"))
    )


def _is_key_of(longer: str, topic: str, keys: frozenset[str] | None) -> bool:
    """Whether `longer` is `topic` with one of the keys that its message sets; a bare word sets the state."""
    above, _, last = longer.rpartition("/")
    return above == topic and topic.endswith("/set") and last in (keys if keys is not None else {"state"})


def _is_one_relay(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    """Whether two of Tasmota's commands (device, slash, command) may move the same relay."""
    left, right = (re.sub(r"^power1?$", "power", last) for _, _, last in (one, other))
    if one[0] != other[0] or not (_RELAY.fullmatch(left) or _RELAY.fullmatch(right)):
        return False
    return left == right or any(_ALL_RELAYS.fullmatch(last) for last in (left, right))


def _keys(payload: bytes) -> frozenset[str] | None:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return frozenset(value) if isinstance(value, dict) else None
