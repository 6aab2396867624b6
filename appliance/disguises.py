"""Things that are not what they call themselves: a lamp that announces the command topic of a lock is that lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from appliance.errors import ActError
from appliance.messages import Action, Entity, Home, PinChange, Publish
from appliance.policy import action_kind, dangers, same_message


class Topics(Protocol):
    """Where an entity is commanded."""

    @property
    def commands(self) -> Sequence[str]:
        """Its command topics."""


class Wired(Protocol):
    """What must be known of the home: how its things are commanded."""

    def wiring(self, entity_id: str) -> Topics:
        """The entity's topics."""

    def encode(self, action: Action) -> Sequence[Publish | PinChange]:
        """What the doors take; raises :class:`ActError`."""


class Disguises:
    """Compares messages with those that guarded entities would get. Looks at the home anew when its structure changes."""

    def __init__(self, home: Wired) -> None:
        """Store the home."""
        self._home = home
        self._structure: int | None = None
        self._guarded: list[tuple[str, str, Publish]] = []

    def kind(self, action: Action, home: Home) -> str:
        """The kind of the guarded action that this one's message would be for another entity; empty: of none."""
        if self._structure != home.structure:
            self._structure = home.structure
            self._guarded = [one for entity in home.entities for one in self._dangerous(entity)]
        for message in self._messages(action) if self._guarded else ():
            for entity_id, kind, guarded in self._guarded:
                if entity_id != action.entity and same_message(message, guarded):
                    return kind
        return ""

    def _dangerous(self, entity: Entity) -> list[tuple[str, str, Publish]]:
        """Entity id, kind and message of all that is guarded in one entity.

        Where its messages cannot be known, as of an alarm that wants its code, whatever goes to its topics counts.
        """
        guarded = dangers(entity)
        found = [
            (entity.id, action_kind(danger, entity), message)
            for danger in guarded
            for message in self._messages(danger)
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
