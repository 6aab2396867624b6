"""From the words of a target to entities of the home, or to the reason why not.

Never guesses: what the home does not know, or knows twice, comes back as a :class:`Problem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from appliance.messages import Entity, Json, Target
from appliance.resolver.kinds import EVERYTHING, GUARDED_CLASSES, PASSIVE, SHADING, SINGLE_DOMAINS, Kind, named_class, of_kind
from appliance.resolver.names import Match, Stage, Stems, is_plural, plain, stem, stems
from appliance.resolver.situation import Memory, Problem, Selection, Situation, join, listed
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS, Noun

_NAMED_ONLY = frozenset({"scene", "script", "automation"})
_NO_DOMAIN_SLOT = frozenset({"climate", "media_player", "vacuum", "lawn_mower", "fan"})
"""Domains whose own intents carry no domain slot (HassClimateSetTemperature, HassSetVolume, …)."""
_MASS = frozenset({"lighting", "heating", "conditioning", "hvac", "ac"})
"""Nouns without a plural that mean all there is."""
_GENERIC_INTENTS = frozenset({"TurnOn", "TurnOff", "Toggle", "Open", "Close", "Stop", "Lock", "Unlock"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a target is: areas, or all areas of some floors."""

    areas: frozenset[str]
    words: Stems
    """What was said of it; empty when it was not said."""
    slots: Mapping[str, Json]
    label: str
    """For messages: "in Kitchen"."""

    def holds(self, entity: Entity, *, by_name: bool = False) -> bool:
        """Whether an entity is there; `by_name` also takes one without an area whose name says so."""
        if entity.area is not None or not by_name:
            return entity.area in self.areas
        return bool(self.words) and set(self.words) <= set(stems(entity.name))


def select(target: Target, call: str, kind: Kind, situation: Situation, memory: Memory) -> Selection | Problem:
    """The entities that `target` means for `call`."""
    if target.it or target.other:
        return _remembered(target, kind, situation, memory)
    place = find_place(target, situation)
    if isinstance(place, Problem):
        if target.area and not target.name:
            named = _by_name(replace(target, name=target.area, area=None), call, kind, None, situation)
            return named if isinstance(named, Selection) else place
        return place
    whole = _whole_name(target, kind, situation)
    if whole is not None:
        return whole
    if target.name:
        return _by_name(target, call, kind, place, situation)
    return _by_kind(target, call, kind, place, situation)


# --- places ----------------------------------------------------------------------------------------


def find_place(target: Target, situation: Situation) -> Place | Problem | None:
    """Where a target is, or None when nothing was said of it."""
    if target.area:
        return _place_called(target.area, situation) or Problem(f"I know no room called {target.area}.")
    if target.floor:
        return _place_called(target.floor, situation) or Problem(f"I know no floor called {target.floor}.")
    if target.here:
        if situation.area is None:
            return Problem("I do not know which room you are in. Please name it.")
        return area_place(situation.area, situation)
    return None


def _place_called(text: str, situation: Situation) -> Place | None:
    span, index = stems(text), situation.index
    exact = index.exact_area(span)
    floors = () if exact else index.floor_ids(span) or index.floors_by_level(span, situation.area)
    area = exact or (None if floors else index.area(span))
    if area:
        return area_place(area, situation, span)
    if not floors:
        return None
    names = [index.floors[floor].name for floor in floors]
    areas = frozenset(area.id for area in index.areas.values() if area.floor in floors)
    return Place(areas, span, {"floor": names[0]}, f"on {join(names)}")


def area_place(area: str, situation: Situation, words: Stems = ()) -> Place:
    """One area as a place."""
    name = situation.area_name(area)
    return Place(frozenset({area}), words, {"area": name}, f"in {name}")


# --- the turn before -------------------------------------------------------------------------------


def _remembered(target: Target, kind: Kind, situation: Situation, memory: Memory) -> Selection | Problem:
    ids = memory.others if target.other else memory.entities
    fitting = [situation.by_id[entity] for entity in ids if entity in situation.by_id]
    fitting = [entity for entity in fitting if entity.domain in kind.domains]
    if target.domain or target.device_class:
        fitting = of_kind(fitting, target.domain, target.device_class)
    if not fitting and target.it and kind.implied:
        implied = _implied(kind, situation, memory)
        if implied is not None:
            return implied
    if not fitting:
        word = "the other one" if target.other else "that"
        return Problem(f"I do not know what you mean by {word}. Please name the {kind.noun}.")
    if target.other and len(fitting) > 1 and not situation.says(("others", "ones")):
        alike = _alike(fitting, memory, situation)
        fitting = alike if len(alike) == 1 else fitting
        if len(fitting) > 1:
            return Problem(f"Which one: {join(e.name for e in fitting[:4])}?" if len(fitting) <= 4 else "Which one? Please name it.")
    if len(fitting) == 1:
        return Selection(tuple(fitting), {"name": fitting[0].name}, named=True)
    if target.it and len(fitting) == len(ids):
        return Selection(tuple(fitting), memory.slots)
    areas = {entity.area for entity in fitting if entity.area in situation.index.areas}
    slots: dict[str, Json] = {"area": situation.area_name(areas.pop() or "")} if len(areas) == 1 else {}
    return Selection(tuple(fitting), {**slots, "domain": fitting[0].domain})


def _implied(kind: Kind, situation: Situation, memory: Memory) -> Selection | Problem | None:
    """ "Make it warmer": the thermostat of the room spoken of, else of the room where it was said, else the only one."""
    usable = [entity for entity in situation.home.entities if entity.domain in kind.bare]
    for area in (memory.area, situation.area):
        if area is not None and any(entity.area == area for entity in usable):
            return _by_kind(Target(), "", kind, area_place(area, situation), situation)
    return _by_kind(Target(), "", kind, None, situation) if len(usable) == 1 else None


def _alike(fitting: Sequence[Entity], memory: Memory, situation: Situation) -> list[Entity]:
    """Those that share a word with what the turn before was about ("left lamp", "right lamp")."""
    said = {word for entity in memory.entities if entity in situation.by_id for word in stems(situation.by_id[entity].name)}
    scored = [(len(said & set(stems(entity.name))), entity) for entity in fitting]
    top = max(score for score, _ in scored)
    return [entity for score, entity in scored if score == top and top > 0]


# --- by name ---------------------------------------------------------------------------------------


def _whole_name(target: Target, kind: Kind, situation: Situation) -> Selection | None:
    """An entity whose full name stands in the sentence, though the target was split ("downstairs hall lamp")."""
    if target.everything or target.here:
        return None
    said = {word for span in (target.name, target.area, target.floor) if span for word in stems(span)}
    generic = target.domain is not None or target.device_class is not None
    nouns = {*DOMAIN_WORDS.get(target.domain or "", ()), *CLASS_WORDS.get(target.device_class or "", ())}
    if not generic and not (target.area or target.floor):
        return None
    sentence = plain(situation.text)
    found: dict[str, int] = {}
    for name, entity_id in situation.index.said_in(situation.sentence):
        entity = situation.by_id[entity_id]
        words = set(name)
        if entity.domain in kind.domains and said <= words and words - said <= nouns and (not generic or _literally(entity, sentence)):
            found[entity_id] = max(found.get(entity_id, 0), len(name))
    longest = [situation.by_id[entity] for entity, length in found.items() if length == max(found.values())]
    if generic and (target.domain or target.device_class):
        longest = of_kind(longest, target.domain, target.device_class) if target.domain else longest
    if len(longest) > 1 and situation.area:
        longest = [entity for entity in longest if entity.area == situation.area] or longest
    if len(longest) != 1 or (not said and longest[0].area not in {None, situation.area} and situation.area):
        return None
    return Selection((longest[0],), {"name": longest[0].name}, named=True)


def _literally(entity: Entity, sentence: Stems) -> bool:
    """Whether a name stands in the sentence with the same plural."""
    for name in map(plain, (entity.name, *entity.aliases)):
        if any(sentence[i : i + len(name)] == name for i in range(len(sentence) - len(name) + 1)):
            return True
    return False


def _by_name(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | Problem:
    text = target.name or ""
    span = stems(text)
    if not span:
        return Problem("Which device do you mean?")
    found = _nearby(target, span, kind, place, situation) or _matches(target, span, kind, place, situation)
    if not found or found[0].stage > Stage.PLACE:
        other = _blocking(span, kind, place, situation) if call != "GetState" else None
        if other is not None:
            return Problem(wrong_kind(other, call))
        as_kind = _as_kind(target, call, kind, place, situation) if not found else None
        if as_kind is not None:
            return as_kind
    if not found:
        return _unknown(target, call, kind, place, situation)
    entities = [situation.by_id[match.entity] for match in found]
    entities = _narrowed(entities, target, kind, place, situation, found[0].stage)
    slots: dict[str, Json] = {"name": entities[0].name if len(entities) == 1 else text}
    if place is not None and place.words and not set(place.words) <= set(stems(entities[0].name)):
        slots.update(place.slots)
    if len(entities) == 1:
        return Selection(tuple(entities), slots, named=True)
    if target.everything or is_plural(text):
        return Selection(tuple(entities), slots)
    return Problem(ambiguous(entities, situation))


def _nearby(target: Target, span: Stems, kind: Kind, place: Place | None, situation: Situation) -> list[Match]:
    """Things in the room where it was said, called without the room's name; they come before the rest of the home."""
    if place is not None or situation.area is None or target.everything:
        return []
    room = area_place(situation.area, situation)
    return [match for match in _matches(target, span, kind, room, situation) if match.stage <= Stage.PLACE]


def _matches(target: Target, span: Stems, kind: Kind, place: Place | None, situation: Situation) -> list[Match]:
    def accept(match: Match) -> bool:
        entity = situation.by_id[match.entity]
        if entity.domain not in kind.domains or (entity.domain in _NAMED_ONLY and match.stage > Stage.NOUN and not kind.one):
            return False
        if target.domain and not of_kind([entity], target.domain, None):
            return False
        if place is None or place.holds(entity, by_name=True):
            return True
        return bool(place.words) and match.stage <= Stage.ORDER and set(place.words) <= set(span)

    if place is not None and place.words:
        full = situation.index.entities((*place.words, *span), accept=lambda match: match.stage <= Stage.NOUN and accept(match))
        if full:
            return full
    return situation.index.entities(span, accept=accept)


def _blocking(span: Stems, kind: Kind, place: Place | None, situation: Situation) -> Entity | None:
    """A lock, cover or the like that bears this very name but does not take the command."""
    def accept(match: Match) -> bool:
        entity = situation.by_id[match.entity]
        wrong = entity.domain not in kind.domains and entity.domain not in PASSIVE
        return wrong and match.stage <= Stage.PLACE and (place is None or place.holds(entity, by_name=True))

    found = situation.index.entities(span, accept=accept)
    return situation.by_id[found[0].entity] if found else None


def _narrowed(
    entities: list[Entity], target: Target, kind: Kind, place: Place | None, situation: Situation, stage: Stage
) -> list[Entity]:
    """Fewer candidates where the place, the class or the kind of command decides; the order of trust is fixed."""
    if target.device_class:
        entities = [e for e in entities if named_class(e) == target.device_class] or entities
    if len(entities) > 1 and place is None and not target.everything and situation.area is not None:
        entities = [entity for entity in entities if entity.area == situation.area] or entities
    if len(entities) > 1 and stage <= Stage.NOUN:
        kept: list[Entity] = []
        by_name = sorted(entities, key=lambda e: (e.area or "", stems(e.name)))
        for _, same in groupby(by_name, key=lambda e: (e.area or "", stems(e.name))):
            kept.append(min(same, key=lambda e: _rank(e, kind)))
        entities = [entity for entity in entities if entity in kept]
    return entities


def _rank(entity: Entity, kind: Kind) -> int:
    return kind.domains.index(entity.domain) if entity.domain in kind.domains else len(kind.domains)


def _as_kind(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | Problem | None:
    """A name that is no name: an area ("turn on the kitchen") or a generic noun ("kitchen lights", "tv")."""
    for span, _ in situation.index.readings(stems(target.name or "")):
        found = _read_as_kind(span, target, call, kind, place, situation)
        if found is not None:
            return found
    return None


def _read_as_kind(
    span: Stems, target: Target, call: str, kind: Kind, place: Place | None, situation: Situation
) -> Selection | Problem | None:
    area = situation.index.exact_area(span)
    noun = NOUNS.get(" ".join(span))
    if area is not None and kind.bare and (noun is None or not _moves(noun, call)):
        return _by_kind(replace(target, name=None, area=target.name), call, kind, area_place(area, situation, span), situation)
    for cut in range(min(3, len(span)), 0, -1):
        for head, tail in ((span[:-cut], span[-cut:]), (span[cut:], span[:cut])):
            noun = NOUNS.get(" ".join(tail))
            if noun is None:
                continue
            there = _place_called(" ".join(head), situation) if head else place
            if head and (there is None or (place is not None and not there.areas <= place.areas)):
                continue
            generic = Target(domain=noun.domain, device_class=noun.device_class, everything=target.everything or is_plural(target.name or ""))
            found = _by_kind(generic, call, kind, there, situation)
            if isinstance(found, Selection):
                return _saying(found, tail, target, situation)
    return None


def _saying(found: Selection, noun: Stems, target: Target, situation: Situation) -> Selection | Problem:
    """Of all lights, those whose name says "lamp", when that was the word."""
    main = NOUNS[" ".join(noun)].domain
    if noun == (main,) or len(found.entities) == 1:
        return found
    said = [entity for entity in found.entities if set(noun) <= set(stems(entity.name))]
    if not said or len(said) == len(found.entities):
        return found
    if len(said) > 1 and not target.everything and not is_plural(target.name or ""):
        return Problem(ambiguous(said, situation))
    slots = {"name": said[0].name} if len(said) == 1 else {**found.slots, "name": target.name}
    return Selection(tuple(said), slots, named=len(said) == 1)


def _moves(noun: Noun, call: str) -> bool:
    return noun.domain == "cover" and call in {"Open", "Close", "Stop", "SetPosition", "GetState"}


def _unknown(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | Problem:
    span = stems(target.name or "")
    somewhere = _place_called(target.name or "", situation) if place is None and kind.bare else None
    if somewhere is not None:
        return _by_kind(replace(target, name=None, area=target.name), call, kind, somewhere, situation)
    passive = [situation.by_id[m.entity] for m in situation.index.entities(span, accept=lambda m: m.stage <= Stage.NOUN)]
    passive = [entity for entity in passive if entity.domain not in kind.domains and (place is None or place.holds(entity))]
    if passive:
        return Problem(wrong_kind(passive[0], call))
    ids = [entity.id for entity in situation.home.entities if entity.domain in kind.domains]
    near = [situation.by_id[entity] for entity in situation.index.nearest(span, ids)]
    where = f" {place.label}" if place is not None else ""
    hint = f" Did you mean {join([e.name for e in near], 'or')}?" if near else ""
    return Problem(f"I know no {kind.noun} called {target.name}{where}.{hint}")


# --- by kind ---------------------------------------------------------------------------------------


def _by_kind(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | Problem:
    if target.domain == "lock" and "lock" not in kind.domains and call in {"TurnOn", "TurnOff", "Toggle", "Open", "Close"}:
        return Problem("A lock is neither on nor off. Please say lock or unlock.")
    candidates = _candidates(target, call, kind, situation, place)
    noun = _noun(target, kind)
    if not candidates:
        return Problem(f"There is no {noun} {place.label}." if place is not None else f"There is no {noun} in this home.")
    slots = _kind_slots(target, call, candidates)
    if place is not None:
        chosen = candidates
        slots = {**place.slots, **slots}
    else:
        chosen, here = _scoped(candidates, target, call, kind, situation)
        if not chosen:
            if situation.area is not None and not kind.one and target.domain not in SINGLE_DOMAINS:
                return Problem(f"There is no {noun} in {situation.area_name(situation.area)}. Please name the room.")
            if kind.noun == "light" or not (target.domain or target.device_class):
                return Problem(f"Which {noun}? Please name it or its room.")
            return Problem(ambiguous(candidates, situation))
        if here is not None:
            slots = {"area": situation.area_name(here), **slots}
    generic = target.domain is not None or target.device_class is not None
    if kind.one and len(chosen) > 1 and not target.everything and not (generic and _said_plural(target, situation)):
        chosen = _preferred(chosen, call, situation)
        if len(chosen) > 1:
            return Problem(ambiguous(chosen, situation))
    if len(chosen) == 1 and _names_single(target, call, chosen[0]):
        slots = {"name": chosen[0].name}
    return Selection(tuple(chosen), slots)


def _candidates(target: Target, call: str, kind: Kind, situation: Situation, place: Place | None) -> list[Entity]:
    inside: Iterable[Entity] = situation.home.entities
    if place is not None:
        inside = [entity for entity in inside if place.holds(entity, by_name=True)]
    usable = [entity for entity in inside if entity.domain in kind.domains and entity.features != frozenset()]
    if kind.domains == ("lock",):
        return _locks(usable, target.device_class)
    if target.domain or target.device_class:
        found = shading(of_kind(usable, target.domain, target.device_class), target.device_class, situation)
        if not found and target.domain == "switch" and target.device_class == "outlet":
            found = of_kind(usable, "switch", None)
        if target.everything and target.device_class is None:
            found = [entity for entity in found if named_class(entity) not in GUARDED_CLASSES]
        return found
    switching = call in {"TurnOn", "TurnOff", "Toggle"}
    if target.everything and switching:
        return [entity for entity in usable if entity.domain in EVERYTHING]
    found = [entity for entity in usable if entity.domain in kind.bare and named_class(entity) not in GUARDED_CLASSES]
    if not found and call == "TurnOff" and place is not None:
        found = [entity for entity in usable if entity.domain in EVERYTHING]
    return found


def shading(found: list[Entity], device_class: str | None, situation: Situation) -> list[Entity]:
    """Blinds stand in for curtains only in a home without curtains."""
    if device_class not in SHADING or not any(e.device_class == device_class for e in situation.home.entities):
        return found
    return [entity for entity in found if entity.device_class == device_class]


def _locks(locks: list[Entity], device_class: str | None) -> list[Entity]:
    """ "The door" to be locked is a lock; "the garage" one whose name says so."""
    if device_class in {None, "door", "lock"}:
        return locks
    return [lock for lock in locks if device_class in stems(lock.name)]


def _scoped(
    candidates: list[Entity], target: Target, call: str, kind: Kind, situation: Situation
) -> tuple[list[Entity], str | None]:
    """Which candidates are meant when no place was said, and the area that decided."""
    if target.everything:
        return candidates, None
    if situation.area is not None:
        near = [entity for entity in candidates if entity.area == situation.area]
        if near:
            return near, situation.area
    if len(candidates) == 1:
        return candidates, None
    preferred = _preferred(candidates, call, situation) if kind.one else candidates
    if len(preferred) == 1:
        return preferred, None
    generic = target.domain is not None or target.device_class is not None
    if situation.area is None and generic and _said_plural(target, situation):
        return candidates, None
    return [], None


def _said_plural(target: Target, situation: Situation) -> bool:
    """Whether the noun stands in the plural, or is one that has none ("lighting", "lock up")."""
    nouns = {*DOMAIN_WORDS.get(target.domain or "", ()), *CLASS_WORDS.get(target.device_class or "", ())}
    nouns.add((target.device_class or target.domain or "").replace("_", " ").split(" ")[-1])
    said = [word for word in plain(situation.text) if stem(word) in nouns]
    if not said:
        return target.domain not in SINGLE_DOMAINS or target.domain == "lock"
    return any(stem(word) != word or word in _MASS for word in said)


def _preferred(candidates: list[Entity], call: str, situation: Situation) -> list[Entity]:
    """The player that plays, the vacuum that cleans: what a call without a name is likely to be about."""
    busy = {
        "MediaPause": {"playing"}, "MediaNext": {"playing", "paused"}, "MediaPrevious": {"playing", "paused"}, "MediaPlay": {"paused"},
        "SetVolume": {"playing"}, "Mute": {"playing"}, "Unmute": {"playing"}, "VacuumPause": {"cleaning"}, "MowerPause": {"mowing"},
        "VacuumReturn": {"cleaning", "paused"}, "MowerDock": {"mowing", "paused"},
    }.get(call, set())  # fmt: skip
    active = [entity for entity in candidates if entity.state in busy]
    near = [entity for entity in active if entity.area == situation.area]
    return near or active or candidates


def _names_single(target: Target, call: str, entity: Entity) -> bool:
    """Vacuums and mowers are named by their intents, and so are things that only a name can start."""
    return entity.domain in {"vacuum", "lawn_mower", "scene", "script", "button", "input_button"} and not target.everything


def _kind_slots(target: Target, call: str, candidates: Sequence[Entity]) -> dict[str, Json]:
    domains = {entity.domain for entity in candidates}
    domain = domains.pop() if len(domains) == 1 else target.domain
    slots: dict[str, Json] = {}
    moving = call in {"Open", "Close", "Stop", "Lock", "Unlock"}
    generic = target.domain is not None or target.device_class is not None or not target.everything or moving
    if domain is not None and generic and (call in _GENERIC_INTENTS or domain not in _NO_DOMAIN_SLOT):
        slots["domain"] = domain
    classes = {entity.device_class for entity in candidates}
    if target.device_class is not None and domain != "lock":
        found = classes.pop() if len(classes) == 1 else target.device_class
        slots["device_class"] = found or target.device_class
    return slots


def _noun(target: Target, kind: Kind) -> str:
    bare = kind.bare[0] if kind.bare and kind.noun == "device" and not target.everything else kind.noun
    return (target.device_class or target.domain or bare).replace("_", " ")


# --- exceptions ------------------------------------------------------------------------------------


def without(selection: Selection, excepts: Sequence[Target], situation: Situation) -> Selection | Problem:
    """`selection` less what the sentence exempts; an exemption that cannot be found stops everything."""
    gone: set[str] = set()
    for target in excepts:
        found = _exempt(target, selection, situation)
        if isinstance(found, Problem):
            return Problem(f"{found.text} So I did nothing.")
        gone |= found
    kept = tuple(entity for entity in selection.entities if entity.id not in gone)
    if not kept:
        return Problem("With that exception nothing is left to do.")
    return replace(selection, entities=kept)


def _exempt(target: Target, selection: Selection, situation: Situation) -> set[str] | Problem:
    place = find_place(target, situation)
    if isinstance(place, Problem):
        return place
    inside = [entity for entity in selection.entities if place is None or place.holds(entity, by_name=True)]
    if target.name is None:
        chosen = of_kind(inside, target.domain, target.device_class) if target.domain or target.device_class else inside
        if chosen or place is not None:
            return {entity.id for entity in chosen}
        return set()
    ids = {entity.id for entity in inside}
    found = situation.index.entities(stems(target.name), accept=lambda match: match.entity in ids)
    if found:
        return {match.entity for match in found}
    anywhere = Kind(tuple({entity.domain for entity in situation.home.entities}), tuple({e.domain for e in selection.entities}))
    wide = _by_name(replace(target, everything=True), "GetState", anywhere, place, situation)
    return wide if isinstance(wide, Problem) else {entity.id for entity in wide.entities}


# --- words for problems ----------------------------------------------------------------------------


def ambiguous(candidates: Sequence[Entity], situation: Situation) -> str:
    """Names the candidates, so that the next sentence can."""
    return f"Which one do you mean: {listed(candidates, situation)}?"


_DOES = {
    "TurnOn": "turned on", "TurnOff": "turned off", "Toggle": "toggled", "Open": "opened", "Close": "closed", "Stop": "stopped",
    "Lock": "locked", "Unlock": "unlocked", "Activate": "activated", "Press": "pressed", "LightSet": "dimmed or coloured",
    "SetPosition": "moved to a position", "FanSetSpeed": "set to a speed", "ClimateSet": "set to a temperature",
}  # fmt: skip


def wrong_kind(entity: Entity, call: str) -> str:
    """Why this entity does not take the command."""
    if entity.domain == "lock":
        return f"{entity.name} is a lock. Please say lock or unlock."
    what = "sensor" if entity.domain in {"sensor", "binary_sensor"} else entity.domain.replace("_", " ")
    article = "an" if what[:1] in "aeiou" else "a"
    return f"{entity.name} is {article} {what} and cannot be {_DOES.get(call, 'used that way')}."
