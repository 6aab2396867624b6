"""Which things, places and amounts a few words name in a home: for sentences that no model reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from appliance.messages import Entity, Home
from appliance.resolver.groups import Groups
from appliance.resolver.names import NameIndex, Stage
from appliance.resolver.places import place_called
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import stems
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS
from appliance.text import key

_ORDER = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "latter": -1, "former": 0}
_FILLING = frozenset("the a of in at on from".split())


class Lookup:
    """The names of one home."""

    def __init__(self, home: Home, index: NameIndex, by_id: Mapping[str, Entity], groups: Groups | None = None) -> None:
        """Store the parts."""
        self._index = index
        self._by_id = by_id
        self._groups = groups
        self._nowhere = Situation(home, index, "", (), by_id=by_id, groups=groups)

    def beside(self, words: str, area: str | None) -> str:
        """`words`, or the name of the room that they tell apart from `area`: beside cell five "in six" is in cell six."""
        found = self._groups.sibling(words, area) if self._groups is not None and not self.is_place(words) else None
        return words if found is None else f"in {key(self._index.areas[found].name)}"

    def entities(self, ids: Iterable[str]) -> list[Entity]:
        """Those of the entities that are there."""
        return [self._by_id[entity] for entity in ids if entity in self._by_id]

    def is_place(self, words: str) -> bool:
        """Whether `words` name a room or a floor, and nothing else."""
        span = stems(words)
        if not span or (self._index.exact_area(span) is None and self._index.exactly(span)):
            return False
        return place_called(words, self._nowhere) is not None

    def inside(self, words: str, ids: Iterable[str] | None = None) -> list[Entity]:
        """Those of the entities, or of all, that are in the place of this name."""
        place = place_called(words, self._nowhere)
        entities = self._by_id.values() if ids is None else self.entities(ids)
        return [entity for entity in entities if place is not None and place.holds(entity, by_name=True)]

    def place_of(self, entity: Entity) -> str:
        """The name of the room that a thing is in; empty: none is known."""
        area = self._index.areas.get(entity.area or "")
        return area.name if area is not None else ""

    def named(self, words: str, ids: Iterable[str] | None = None) -> list[Entity]:
        """The things that `words` may mean, of these or of all."""
        allowed = None if ids is None else set(ids)
        found = self._index.entities(stems(words), accept=lambda match: allowed is None or match.entity in allowed)
        return self.entities(match.entity for match in found)

    def domains(self, words: str) -> set[str]:
        """The domains of what `words` may mean, by name or as a generic noun."""
        found = {entity.domain for entity in self.named(words)}
        noun = NOUNS.get(" ".join(stems(words)))
        if found or noun is None:
            return found
        return {entity.domain for entity in self._by_id.values() if entity.domain == noun.domain}

    def chosen(self, words: str, ids: Iterable[str]) -> list[Entity]:
        """Those of several things that an answer means: by name, by place, by both, by order."""
        offered = list(ids)
        bare = re.sub(r"\bones?\b", "", words)
        span = tuple(word for word in stems(bare) if word not in _FILLING)
        if (
            len(span) == 1
            and span[0] in _ORDER
            and offered
            and not any(span[0] in stems(entity.name) for entity in self.entities(offered))
        ):
            at = _ORDER[span[0]]
            return self.entities(offered[at:][:1])
        if self.is_place(" ".join(span)) and (inside := self.inside(" ".join(span), offered)):
            return inside
        exact = self._index.entities(span, accept=lambda match: match.entity in offered and match.stage < Stage.PART)
        if exact:
            return self.entities(match.entity for match in exact)
        placed = [
            entity
            for entity in self.entities(offered)
            if span and set(span) <= set(stems(entity.name)) | self._place_words(entity) | _nouns(entity)
        ]
        return placed or self.named(" ".join(span), offered)

    def _place_words(self, entity: Entity) -> set[str]:
        area = self._index.areas.get(entity.area or "")
        return {word for name in area.names for word in stems(name)} if area is not None else set()


def _nouns(entity: Entity) -> set[str]:
    return {*DOMAIN_WORDS.get(entity.domain, ()), *CLASS_WORDS.get(entity.device_class or "", ())}
