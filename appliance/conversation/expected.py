"""What things were told to be and have not reported yet: "one degree more" counts from the 21 that was just asked for.

Only for amounts, and only until the device reports anything else: what it says then is the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from appliance.messages import Action, Entity, Home, Json

_AMOUNTS = frozenset(
    "brightness color_temp_kelvin percentage current_position temperature volume_level humidity value".split()
)
_BY_STATE = frozenset({"light", "fan", "number", "input_number"})
"""Domains whose state an amount is counted from, too."""


@dataclass(slots=True)
class Expectations:
    """Of the things that one talk commanded."""

    _told: dict[str, tuple[Entity, Mapping[str, Json]]] = field(default_factory=dict)
    """Entity id to the entity as it was, and what it was told to be."""

    def clear(self) -> None:
        """Forget all of it."""
        self._told.clear()

    def note(self, actions: Iterable[Action], home: Home) -> None:
        """Remember what commands will come to."""
        entities = {entity.id: entity for entity in home.entities}
        for action in actions:
            entity = entities.get(action.entity)
            told = {
                name: value for name, value in action.expect.items() if entity is not None and _counts(entity, name)
            }
            if entity is None or not told:
                continue
            if action.entity in self._told and not _reported(entity, *self._told[action.entity]):
                entity, before = self._told[action.entity]
                told = {**before, **told}
            self._told[action.entity] = (entity, told)

    def seen(self, home: Home) -> Home:
        """`home` as it will be once everything has reported."""
        if not self._told:
            return home
        return replace(home, entities=tuple(self._ahead(entity) for entity in home.entities))

    def _ahead(self, entity: Entity) -> Entity:
        if entity.id not in self._told or _reported(entity, *self._told[entity.id]):
            return entity
        told = dict(self._told[entity.id][1])
        state = str(told.pop("state", entity.state))
        return replace(entity, state=state, attributes={**entity.attributes, **told})


def _counts(entity: Entity, name: str) -> bool:
    return name in _AMOUNTS or (name == "state" and entity.domain in _BY_STATE)


def _reported(now: Entity, before: Entity, told: Mapping[str, Json]) -> bool:
    """Whether a thing has said anything about what it was told."""
    return any(
        now.state != before.state if name == "state" else now.attributes.get(name) != before.attributes.get(name)
        for name in told
    )
