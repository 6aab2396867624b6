"""Targets that only the turn before explains: "it", "them", "the other one"."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.messages import Entity, Json, Target
from appliance.resolver.generic import by_kind
from appliance.resolver.kinds import Kind, of_kind
from appliance.resolver.places import area_place
from appliance.resolver.recent import meant
from appliance.resolver.situation import Memory, Problem, Selection, Situation, join
from appliance.resolver.spelling import every_word, stems
from appliance.text import NUMERALS

_MOST_LISTED = 4
_OF_ANY_KIND = frozenset(
    """it that this them put set turn get make bring have want need to at on in by a the of and now please just can could would will you i
    id like let do then maybe ok okay hey number value level exactly about around""".split()
)
"""Words that do not tell what kind of thing is meant."""


def remembered(target: Target, kind: Kind, situation: Situation, memory: Memory) -> Selection | Problem:
    """What a pronoun stands for."""
    ids = memory.others if target.other else meant(memory, situation)
    fitting = [situation.by_id[entity] for entity in ids if entity in situation.by_id]
    fitting = [entity for entity in fitting if entity.domain in kind.domains]
    if target.generic:
        fitting = of_kind(fitting, target.domain, target.device_class)
    if not fitting and target.it and kind.implied and not _is_bare_number(situation):
        implied = _implied(kind, situation, memory)
        if implied is not None:
            return implied
    if not fitting:
        word = "the other one" if target.other else "that"
        return Problem(f"I do not know what you mean by {word}. Please name the {kind.noun}.")
    counted = str(len(fitting)) in situation.words and "other" in situation.words  # "the other two"
    if target.other and len(fitting) > 1 and not situation.says(("others", "ones")) and not counted:
        alike = _alike(fitting, memory, situation)
        fitting = alike if len(alike) == 1 else fitting
        if len(fitting) > 1:
            text = "Which one? Please name it."
            if len(fitting) <= _MOST_LISTED:
                text = f"Which one: {join(entity.name for entity in fitting)}?"
            return Problem(text, near=tuple(fitting))
    if len(fitting) == 1:
        return Selection(tuple(fitting), {"name": fitting[0].name}, named=True)
    if target.it and ids == memory.entities and len(fitting) == len(ids) and memory.slots:
        return Selection(tuple(fitting), memory.slots)
    return Selection(tuple(fitting), _told(fitting, situation))


def _is_bare_number(situation: Situation) -> bool:
    """Whether the sentence has a number and no word that tells what kind of value it is: "put it on 20"."""
    said = set(every_word(situation.text))
    told = {word for word in said if not word[:1].isdigit() and word not in NUMERALS}
    return told < said and told <= _OF_ANY_KIND and "%" not in situation.text and "°" not in situation.text


def _told(entities: Sequence[Entity], situation: Situation) -> dict[str, Json]:
    """Slots for several things that no place or kind names together: at least one."""
    areas = {entity.area for entity in entities}
    domains = {entity.domain for entity in entities}
    slots: dict[str, Json] = {}
    if len(areas) == 1 and areas <= situation.index.areas.keys():
        slots["area"] = situation.area_name(areas.pop() or "")
    if len(domains) == 1:
        slots["domain"] = domains.pop()
    return (
        slots if "area" in slots or len(entities) > _MOST_LISTED else {"name": join(e.name for e in entities), **slots}
    )


def _implied(kind: Kind, situation: Situation, memory: Memory) -> Selection | Problem | None:
    """Make it warmer: the thermostat of the room spoken of, else of the room where it was said, else the only one."""
    usable = [entity for entity in situation.home.entities if entity.domain in kind.bare]
    if len(usable) == 1:
        return by_kind(Target(), "", kind, None, situation)
    for area in (memory.area, situation.area):
        if area is not None and any(entity.area == area for entity in usable):
            return by_kind(Target(), "", kind, area_place(area, situation), situation)
    return None


def _alike(fitting: Sequence[Entity], memory: Memory, situation: Situation) -> list[Entity]:
    """Those that share a word with what the turn before was about ("left lamp", "right lamp")."""
    said = {
        word for entity in memory.entities if entity in situation.by_id for word in stems(situation.by_id[entity].name)
    }
    scored = [(len(said & set(stems(entity.name))), entity) for entity in fitting]
    top = max(score for score, _ in scored)
    return [entity for score, entity in scored if score == top and top > 0]
