"""From the words of a target to entities of the home, or to the reason why not.

Never guesses: what the home does not know, or knows twice, comes back as a :class:`Problem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from appliance.messages import Entity, Target
from appliance.resolver.alike import tokens
from appliance.resolver.generic import by_kind, together
from appliance.resolver.kinds import PASSIVE, Kind, of_kind
from appliance.resolver.leftovers import completed
from appliance.resolver.naming import by_name, counted, kind_here, nouns, whole_name
from appliance.resolver.places import Place, find_place, place_called
from appliance.resolver.recalled import remembered
from appliance.resolver.recent import gone_on_with
from appliance.resolver.situation import Memory, Problem, Selection, Situation
from appliance.resolver.spelling import every_word, is_plural, stem, stems

_POSSESSOR = re.compile(r"['’`´](?:s|$)|s['’`´]$", re.IGNORECASE)


def select(target: Target, call: str, kind: Kind, situation: Situation, memory: Memory) -> Selection | Problem:
    """The entities that `target` means for `call`."""
    if target.it or target.other:
        return remembered(target, kind, situation, memory)
    if target == Target() and kind.implied and (spoken := gone_on_with(call, kind, situation)) is not None:
        return spoken
    place = find_place(target, situation)
    if isinstance(place, Problem):
        if (target.area or target.floor) and not (target.name or place.missing):
            called = replace(target, name=target.area or target.floor, area=None, floor=None)
            named = by_name(called, call, kind, None, situation)
            if isinstance(named, Problem) and (phrase := whole_phrase(target, situation)):
                named = by_name(Target(name=phrase, everything=target.everything), call, kind, None, situation)
            return named if isinstance(named, Selection) else place
        if not _benefits(target, situation):
            return place
        target, place = replace(target, area=None), None
    if place is not None and place.several and (target.name or target.generic or kind.one):
        target = replace(target, everything=True)
    whole = whole_name(target, kind, situation)
    if whole is not None:
        return whole
    both = together(target, call, kind, place, situation)
    if both is not None:
        return both
    full = completed(target, nouns(target), situation) if call != "GetState" else None
    if full is not None:
        bare = replace(target, name=full, domain=None, device_class=None)
        return by_name(bare, call, kind, place, situation)
    if target.name:
        target = _placed_here(target, place, situation)
        return (
            counted(target, call, kind, place, situation)
            or kind_here(target, call, kind, place, situation)
            or by_name(target, call, kind, place, situation)
        )
    found = by_kind(target, call, kind, place, situation)
    return _named_so(target, call, kind, place, situation) or found if isinstance(found, Problem) else found


def _benefits(target: Target, situation: Situation) -> bool:
    """Whether the place of a thing by its own name is only whom or what it is for: "the sprinkler on for the hydrangeas"."""
    if not (target.area and target.name and len(situation.index.exactly(stems(target.name))) == 1):
        return False
    return re.search(rf"\bfor (?:the |my |our )?{re.escape(target.area)}\b", situation.text, re.IGNORECASE) is not None


def _placed_here(target: Target, place: Place | None, situation: Situation) -> Target:
    """`target` by its name where no name is what was said, but one thing of its room is called so there: "the second lamp"."""
    areas = place.areas if place is not None else {situation.area} if situation.area and not target.everything else ()
    if not areas or situation.index.exactly(stems(target.name or "")):
        return target
    id_ = _placed(target.name or "", areas, situation)
    name = next((entity.name for entity in situation.home.entities if entity.id == id_), None)
    return target if name is None else replace(target, name=name)


def whole_phrase(target: Target, situation: Situation) -> str:
    """The words of a place that the home does not have with the noun said behind them: "patio heaters" of the patio's heating."""
    span, said = stems(target.area or target.floor or target.name or ""), every_word(situation.text)
    heard = tuple(map(stem, said))
    for at in range(len(said) - len(span)):
        if span and heard[at : at + len(span)] == span and heard[at + len(span)] in nouns(target):
            return " ".join(said[at : at + len(span) + 1])
    return ""


def _named_so(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | None:
    """A thing of another domain that is named after the noun: a television on a switched plug."""
    if target.everything or call not in {"TurnOn", "TurnOff", "Toggle"} or not (target.device_class or target.domain):
        return None
    wanted = target.device_class or target.domain or ""
    if any(
        entity.domain in kind.domains for entity in of_kind(situation.home.entities, target.domain, target.device_class)
    ):
        return None
    name = wanted.replace("_", " ")
    found = by_name(Target(name=name, area=target.area), call, kind, place, situation)
    return found if isinstance(found, Selection) and found.named else None


# --- exceptions ------------------------------------------------------------------------------------


def without(selection: Selection, excepts: Sequence[Target], situation: Situation) -> Selection | Problem:
    """`selection` less what the sentence exempts; an exemption that cannot be found stops everything."""
    gone: set[str] = set()
    for target in excepts:
        found = _exempt(target, selection, situation)
        if isinstance(found, Problem):
            return Problem(f"{found.text} So I did nothing.")
        gone |= found
    if members := _members(selection, gone, situation):
        selection = replace(selection, entities=members, named=False)
    kept = tuple(entity for entity in selection.entities if entity.id not in gone)
    if not kept:
        return Problem("With that exception nothing is left to do.")
    return replace(selection, entities=kept)


def _members(selection: Selection, gone: set[str], situation: Situation) -> tuple[Entity, ...]:
    """The things one by one that a thing stands for which is called like all of them, where one of these is exempted.

    "The den spots except den spot 2", where the home has both spots and an entity for them together.
    """
    if len(selection.entities) != 1 or not is_plural(selection.entities[0].name):
        return ()
    group = selection.entities[0]
    called = stems(group.name)
    members = tuple(
        entity
        for entity in situation.home.entities
        if entity.domain == group.domain and entity.id != group.id and stems(entity.name)[: len(called)] == called
    )
    return members if gone & {entity.id for entity in members} else ()


def _exempt(target: Target, selection: Selection, situation: Situation) -> set[str] | Problem:
    place = find_place(target, situation)
    if isinstance(place, Problem) and not target.name and (phrase := whole_phrase(target, situation)):
        target, place = Target(name=phrase), None
    if isinstance(place, Problem):
        return place
    if numbered := _numbered(target.name or "", selection):
        return {numbered.id}
    inside = [entity for entity in selection.entities if place is None or place.holds(entity, by_name=True)]
    if target.name is None:
        chosen = of_kind(inside, target.domain, target.device_class) if target.generic else inside
        if chosen or place is not None:
            return {entity.id for entity in chosen}
        return set()
    ids = {entity.id for entity in inside}
    found = {
        match.entity for match in situation.index.entities(stems(target.name), accept=lambda match: match.entity in ids)
    }
    found |= _owned(target.name, inside, situation)
    if found:
        return found
    if (placed := _placed(target.name, [entity.area for entity in inside], situation)) in ids:
        return {placed}
    anywhere = Kind(
        tuple({entity.domain for entity in situation.home.entities}), tuple({e.domain for e in selection.entities})
    )
    wide = by_name(replace(target, everything=True), "GetState", anywhere, place, situation)
    if isinstance(wide, Problem) and (phrase := whole_phrase(target, situation)):
        wide = by_name(Target(name=phrase, everything=True), "GetState", anywhere, place, situation)
    if isinstance(wide, Problem):
        return wide
    if all(entity.domain in PASSIVE and entity.id not in ids for entity in wide.entities):
        return Problem(f"I do not know what of it {target.name} is.")
    return {entity.id for entity in wide.entities}


def _placed(name: str, areas: Iterable[str | None], situation: Situation) -> str:
    """The id of the one thing that words mean inside these rooms: the "third bunk" of a dorm; empty: none or several."""
    if situation.groups is None:
        return ""
    said = [token for token in tokens(name) if token.raw != "the"]
    found = {situation.groups.placed.one(said, area) for area in set(areas) if area and said} - {None}
    return next(iter(found)) or "" if len(found) == 1 else ""


def _numbered(name: str, selection: Selection) -> Entity | None:
    """The one of several things that only its number stands for: of wall lights "number 2"."""
    number = [word for word in stems(name) if word not in {"number", "nr", "no", "the"}]
    if len(number) != 1 or not number[0].isdigit():
        return None
    found = [entity for entity in selection.entities if stems(entity.name)[-1:] == (number[0],)]
    return found[0] if len(found) == 1 else None


def _owned(name: str, inside: Sequence[Entity], situation: Situation) -> set[str]:
    """Of some things those of a person, where no more than "Tom's" was said: named after them, or in their room."""
    owner = stems(name)
    if not _POSSESSOR.search(name) and not (len(owner) == 1 and is_plural(name)):
        return set()
    theirs = place_called(name, situation)
    return {
        entity.id
        for entity in inside
        if (theirs is not None and theirs.holds(entity))
        or any(stems(called)[: len(owner)] == owner for called in entity.names)
    }
