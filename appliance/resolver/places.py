"""Places: where a target is, and where a sentence was said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from appliance.messages import Entity, Json, Target
from appliance.resolver.groups import Groups
from appliance.resolver.situation import Problem, Situation, join
from appliance.resolver.spelling import Stems, stems


@dataclass(frozen=True, slots=True)
class Place:
    """Where a target is: areas, or all areas of some floors."""

    areas: frozenset[str]
    words: Stems
    """What was said of it; empty when it was not said."""
    slots: Mapping[str, Json]
    label: str
    """For messages: "in Kitchen"."""
    several: bool = False
    """They were spoken of as several like rooms: "cells two and five"."""

    def holds(self, entity: Entity, *, by_name: bool = False) -> bool:
        """Whether an entity is there; `by_name` also takes one without an area whose name says so."""
        if entity.area is not None or not by_name:
            return entity.area in self.areas
        return bool(self.words) and set(self.words) <= set(stems(entity.name))


_HERE = frozenset("room space place area here spot".split())
_HERE_WITH = frozenset("this in same current own right".split())
_WHOLE = frozenset("house home apartment flat building everywhere anywhere property".split())
_WHOLE_WITH = frozenset("whole entire all of around complete in this".split())
_ENTIRE = frozenset({"whole", "entire", "all"})
_STOREYS = frozenset({"floor", "level", "storey", "story"})
_THIS = "this floor"
_THIS_STOREY = re.compile(
    r"\b(?:on|across|of|for|all over|throughout)(?: all(?: of)?)? (?:this|our|the same)(?: \w+)? (?:floor|level|storey|story)\b",
    re.IGNORECASE,
)


def settled(target: Target, situation: Situation) -> Target:
    """`target` with places that are none led back: "this space" is here, "the whole house" is no place at all."""
    if not target.area or situation.index.exact_area(stems(target.area)) is not None:
        return target
    if situation.groups is not None and situation.groups.places(target.area):
        return target
    words = set(stems(target.area))
    entire = words & _WHOLE or ("place" in words and words & _ENTIRE)
    if entire and words <= _WHOLE | _WHOLE_WITH | {"place"}:
        return replace(target, area=None, everything=target.everything or not target.name)
    own = stems(situation.area_name(situation.area)) if situation.area is not None else ()
    this_one = len(words) > 1 and words - {"this"} <= set(own) and "this" in words
    if this_one or (words & _HERE and words <= _HERE | _HERE_WITH):
        return replace(target, area=None, here=True)
    return target


def on_this_storey(target: Target, situation: Situation) -> Target:
    """`target` on the floor where the sentence was said, where that is what was said: "all lights off on this floor"."""
    said = target.floor is not None and _STOREYS.issuperset(set(stems(target.floor)) - {"this", "our", "same"})
    placeless = not (target.name or target.area or target.floor or target.here)
    if not (said or placeless) or _THIS_STOREY.search(situation.text) is None:
        return target
    return replace(target, floor=_THIS)


def exempted(target: Target, situation: Situation) -> Target:
    """A target that is left out, its area taken as a name where the home has no such place but a thing of that name: "all but the shed"."""
    target = settled(target, situation)
    if not target.area or target.name or place_called(target.area, situation) is not None:
        return target
    return replace(target, area=None, name=target.area) if situation.index.entities(stems(target.area)) else target


def find_place(target: Target, situation: Situation) -> Place | Problem | None:
    """Where a target is, or None when nothing was said of it."""
    if target.area:
        return place_called(target.area, situation) or Problem(f"I know no room called {target.area}.")
    if target.floor == _THIS:
        return _own_storey(situation)
    if target.floor:
        return place_called(target.floor, situation) or Problem(f"I know no floor called {target.floor}.")
    if target.here:
        if situation.area is None:
            return Problem("I do not know which room you are in. Please name it.", missing="area")
        return area_place(situation.area, situation)
    return None


def _own_storey(situation: Situation) -> Place | Problem:
    """The floor where the sentence was said."""
    area = situation.index.areas.get(situation.area or "")
    floor = situation.index.floors.get((area.floor if area is not None else None) or "")
    if floor is None:
        return Problem("I do not know which floor you are on. Please name it.", missing="area")
    areas = frozenset(area.id for area in situation.index.areas.values() if area.floor == floor.id)
    return Place(areas, stems(floor.name), {"floor": floor.name}, f"on {floor.name}")


def place_called(text: str, situation: Situation) -> Place | None:
    """The area or floor that some words mean: exact areas, floors, then areas that were said in other words."""
    span, index = stems(text), situation.index
    if situation.groups is not None and (several := _several(text, situation.groups, situation)) is not None:
        return several if several.areas else None
    exact = index.exact_area(span)
    counted = all(map(str.isdigit, span)) and _STOREYS.isdisjoint((*span, *situation.words))  # "and cell two"
    floors = () if exact else index.floor_ids(span) or (() if counted else index.floors_by_level(span, situation.area))
    area = exact or (None if floors else index.area(span))
    if area:
        return area_place(area, situation, span)
    if not floors:
        return None
    names = [index.floors[floor].name for floor in floors]
    areas = frozenset(area.id for area in index.areas.values() if area.floor in floors)
    return Place(areas, span, {"floor": names[0] if len(names) == 1 else text}, f"on {join(names)}")


def _several(text: str, groups: Groups, situation: Situation) -> Place | None:
    """The rooms or floors that a phrase for several stands for, or the other one of two; a place of no areas: the home lacks them."""
    span, index = stems(text), situation.index
    if groups.lacks(text):
        return Place(frozenset(), span, {}, "")
    if span[:1] == ("other",) and (beside := groups.sibling(text, situation.area or situation.memory.area)) is not None:
        return area_place(beside, situation, span)
    areas = groups.places(text) or groups.beside(text, _spoken(situation))
    levels = groups.levels(text)
    if areas:
        names = [area.name for area in index.areas.values() if area.id in areas]
        return Place(frozenset(areas), span, {"area": join(names)}, f"in {join(names)}", several=True)
    if levels:
        names = [floor.name for floor in index.floors.values() if floor.id in levels]
        inside = frozenset(area.id for area in index.areas.values() if area.floor in levels)
        return Place(inside, span, {"floor": join(names)}, f"on {join(names)}", several=True)
    return Place(frozenset(), span, {}, "") if span[:1] == ("other",) else None


def _spoken(situation: Situation) -> set[str | None]:
    """Ids of the areas that were spoken of last, and of the one where the sentence was said."""
    last = situation.memory.mentions[-1].entities if situation.memory.mentions else ()
    areas = {situation.by_id[id_].area for id_ in last if id_ in situation.by_id}
    return areas or {situation.area}


def area_place(area: str, situation: Situation, words: Stems = ()) -> Place:
    """One area as a place."""
    name = situation.area_name(area)
    return Place(frozenset({area}), words, {"area": name}, f"in {name}")
