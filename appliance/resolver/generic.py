"""Targets without a name: a generic noun ("the lights"), "all", or a place alone ("turn on the kitchen")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from appliance.messages import Entity, Json, Target
from appliance.resolver.alike import ORDINALS
from appliance.resolver.kinds import (
    EVERYTHING,
    GUARDED_CLASSES,
    SHADING,
    SINGLE_DOMAINS,
    SPARED_DOMAINS,
    Kind,
    may_shade,
    named_class,
    of_kind,
)
from appliance.resolver.places import Place
from appliance.resolver.pointing import called_so, pointed, spoken_of
from appliance.resolver.recent import last_spoken
from appliance.resolver.refusals import which, wrong_kind
from appliance.resolver.situation import Problem, Selection, Situation, listed
from appliance.resolver.spelling import plain, stem, stems
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS

_NO_DOMAIN_SLOT = frozenset({"climate", "media_player", "vacuum", "lawn_mower", "fan"})
"""Domains whose own intents carry no domain slot (HassClimateSetTemperature, HassSetVolume, …)."""
_MASS = frozenset({"lighting", "heating", "conditioning", "hvac", "ac"})
"""Nouns without a plural that mean all there is."""
_GENERIC_INTENTS = frozenset({"TurnOn", "TurnOff", "Toggle", "Open", "Close", "Stop", "Lock", "Unlock"})

_SHADES = SHADING | {"drape", "roller", "venetian"}
_PLUGGED = frozenset({"switch", "input_boolean"})
_LIGHTS = frozenset({"light", "lamp", "lighting", "bulb", "lantern", "chandelier", "candle"})

_IN_ORDER = {*ORDINALS, "last"}
_PLAYING = (frozenset({"playing"}), frozenset({"paused"}))
_BUSY: Mapping[str, tuple[frozenset[str], ...]] = {
    "MediaPause": _PLAYING[:1], "MediaNext": _PLAYING, "MediaPrevious": _PLAYING, "MediaPlay": _PLAYING[1:],
    "SetVolume": _PLAYING, "Mute": _PLAYING, "Unmute": _PLAYING,
    "VacuumPause": (frozenset({"cleaning"}),), "VacuumReturn": (frozenset({"cleaning"}), frozenset({"paused", "idle"})),
    "MowerPause": (frozenset({"mowing"}),), "MowerDock": (frozenset({"mowing"}), frozenset({"paused"})),
}  # fmt: skip
"""States in which a thing is likely to be meant by a call that names none, the likeliest first."""
_WHATEVER = frozenset("whatever whatevers whichever anything anythings everything everythings".split())
"""Words for all that are in such a state: "pause whatever is playing"."""


def by_kind(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | Problem:
    """The entities of a kind in a place, or in the home when none was said; several only where several may be meant."""
    if (
        target.domain == "lock"
        and "lock" not in kind.domains
        and call in {"TurnOn", "TurnOff", "Toggle", "Open", "Close"}
    ):
        return Problem("A lock is neither on nor off. Please say lock or unlock.")
    candidates = _candidates(target, call, kind, situation, place)
    if not candidates:
        return Problem(_missing(target, call, kind, place, situation))
    meant = _meant(candidates, target, call, kind, situation)
    if not isinstance(meant, list):
        return meant
    candidates = meant
    noun = _noun(target, kind)
    slots = _kind_slots(target, call, candidates)
    said = last_spoken(candidates, situation) if place is None and _singular(target, situation) else []
    if said:
        return Selection(tuple(said), {"name": said[0].name}, named=True)
    if place is not None:
        chosen = _called_lamps(candidates, target, situation) if place.several else candidates
        slots = {**place.slots, **slots}
    else:
        chosen, here = _scoped(candidates, target, call, kind, situation)
        if not chosen:
            if situation.area is not None and not kind.one and target.domain not in SINGLE_DOMAINS:
                text = f"There is no {noun} in {situation.area_name(situation.area)}. Please name the room."
                return Problem(text, near=tuple(candidates))
            if kind.noun == "light" or not target.generic:
                return Problem(f"Which {noun}? Please name it or its room.", near=tuple(candidates))
            return which(candidates, situation)
        if here is not None and chosen[0].domain != "lawn_mower":
            slots = {"area": situation.area_name(here), **slots}
    return _final(chosen, slots, target, call, kind, situation)


def _final(
    chosen: list[Entity], slots: dict[str, Json], target: Target, call: str, kind: Kind, situation: Situation
) -> Selection | Problem:
    """What is chosen, where it may be several; else the one of it that is meant."""
    told = pointed(chosen, target, situation) if target.generic and not target.everything else []
    if len(told) == 1:
        return Selection.of(told[0])
    if (
        kind.one
        and len(chosen) > 1
        and not target.everything
        and not (target.generic and _said_plural(target, situation))
    ):
        chosen = last_spoken(chosen, situation) or preferred(chosen, call, situation)
        if len(chosen) > 1 and not _whatever(call, situation):
            return which(chosen, situation)
    if (
        len(chosen) > 1
        and target.generic
        and (_one_in_order(target, situation) or _one_shade(chosen, target, situation))
    ):
        return which(chosen, situation)
    if len(chosen) == 1 and _names_single(target, chosen[0], slots):
        slots = {"name": chosen[0].name}
    return Selection(tuple(chosen), slots)


def together(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | None:
    """Several things of a kind that the sentence tells apart and joins: "the left and the right blind"."""
    if target.name or target.everything or not target.generic:
        return None
    told = pointed(_candidates(target, call, kind, situation, place), target, situation)
    if len(told) < 2 or situation.calls > 1 or "and" not in situation.words:
        return None
    slots = {**(place.slots if place is not None else {}), **_kind_slots(target, call, told)}
    return Selection(tuple(told), slots)


def _missing(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> str:
    """Why there is nothing of the kind."""
    locks = [e for e in situation.home.entities if e.domain == "lock" and (place is None or place.holds(e))]
    if target.device_class != "door":
        locks = [lock for lock in locks if target.device_class in stems(lock.name)]
    if target.device_class in {"door", "gate", "garage"} and locks and "lock" not in kind.domains:
        return f"I can lock or unlock {listed(locks, situation)}, but not move such a door."
    others = of_kind(situation.home.entities, target.domain, None) if target.domain and place is None else []
    if others and not any(entity.domain in kind.domains for entity in others):
        return wrong_kind(others[0], call)
    return f"There is no {_noun(target, kind)} {'in this home' if place is None else place.label}."


def _meant(
    candidates: list[Entity], target: Target, call: str, kind: Kind, situation: Situation
) -> list[Entity] | Selection | Problem:
    """Fewer candidates where other words of the sentence, or what must stay on, decide; a selection where one is told."""
    if target.generic and not target.everything:
        told = pointed(candidates, target, situation)
        if len(told) == 1:
            return Selection.of(told[0])
        if len(told) > 1 and situation.calls > 1:
            return which(told, situation)
        candidates = told or candidates
        whole = target.floor is not None and situation.says(_MASS)
        if kind.one and not whole and not any(entity.area == situation.area for entity in candidates if situation.area):
            candidates = called_so(candidates, situation) or candidates
    elif kind.domains == ("media_player",) and not target.everything:
        candidates = spoken_of(candidates, situation) or candidates
    if call != "TurnOff":
        return candidates
    kept = [entity for entity in candidates if not spared(entity, situation)]
    if not kept and (len(candidates) > 1 or target.everything):
        verb = "stays" if len(candidates) == 1 else "stay"
        return Problem(f"{listed(candidates, situation)} {verb} on. Please name what shall go off.")
    return kept or candidates


def _candidates(target: Target, call: str, kind: Kind, situation: Situation, place: Place | None) -> list[Entity]:
    inside: Iterable[Entity] = situation.home.entities
    if place is not None:
        inside = [entity for entity in inside if place.holds(entity, by_name=True)]
    usable = [entity for entity in inside if entity.domain in kind.domains and entity.features != frozenset()]
    if kind.domains == ("lock",):
        return _locks(usable, target.device_class)
    if target.generic:
        found = shading(of_kind(usable, target.domain, target.device_class), target.device_class, place, situation)
        if not found and target.domain == "switch" and target.device_class == "outlet":
            found = of_kind(usable, "switch", None)
        if target.everything and target.device_class is None:
            found = [entity for entity in found if named_class(entity) not in GUARDED_CLASSES]
        return found
    switching = call in {"TurnOn", "TurnOff", "Toggle"}
    if target.everything and switching:
        swept = [entity for entity in usable if entity.domain in EVERYTHING]
        return swept if call == "TurnOff" else _harmless(swept)
    if call in {"Open", "SetPosition"} and target.everything:
        return [e for e in usable if e.device_class in SHADING or (not e.device_class and set(stems(e.name)) & _SHADES)]
    if call in {"Open", "SetPosition"}:
        return [e for e in usable if e.domain == "cover" and (e.device_class in SHADING or may_shade(e))]
    found = [entity for entity in usable if entity.domain in kind.bare and named_class(entity) not in GUARDED_CLASSES]
    if not found and call == "TurnOff" and place is not None:
        found = [entity for entity in usable if entity.domain in EVERYTHING]
    return found


def _harmless(swept: list[Entity]) -> list[Entity]:
    """What "turn on everything" may start: lights, also those on a plug that is named so; fans where there is no light."""
    lights = [e for e in swept if e.domain == "light" or (e.domain in _PLUGGED and set(stems(e.name)) & _LIGHTS)]
    return lights or [entity for entity in swept if entity.domain == "fan"]


def spared(entity: Entity, situation: Situation) -> bool:
    """Whether no sweep turns this off: a freezer, a router, a pump that keeps a cellar dry."""
    if entity.domain not in SPARED_DOMAINS:
        return False
    return any(
        name[i : i + len(words)] == words
        for name in (stems(called) for called in entity.names)
        for words in situation.spare
        for i in range(len(name) - len(words) + 1)
        if words
    )


def shading(found: list[Entity], device_class: str | None, place: Place | None, situation: Situation) -> list[Entity]:
    """Blinds stand in for curtains only in a home without curtains, or in a place that was named and has none."""
    if device_class not in SHADING or not any(e.device_class == device_class for e in situation.home.entities):
        return found
    others = {
        word for e in found if e.device_class != device_class for word in CLASS_WORDS.get(e.device_class or "", ())
    }
    if place is not None and not others & situation.claimed:
        return found
    return [entity for entity in found if entity.device_class == device_class]


def _locks(locks: list[Entity], device_class: str | None) -> list[Entity]:
    """The door to be locked is a lock; "the garage" one whose name says so."""
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
    likely = preferred(candidates, call, situation) if kind.one else candidates
    if len(likely) == 1 or (kind.one and _whatever(call, situation)):
        return likely, None
    if situation.area is None and target.generic and _said_plural(target, situation):
        return candidates, None
    return [], None


def _said_nouns(target: Target, situation: Situation) -> list[str]:
    """The words of the sentence that stand for the kind of thing, as they were said."""
    nouns = {*DOMAIN_WORDS.get(target.domain or "", ()), *CLASS_WORDS.get(target.device_class or "", ())}
    nouns.add((target.device_class or target.domain or "").replace("_", " ").split(" ")[-1])
    return [word for word in plain(situation.text) if stem(word) in nouns]


def _said_plural(target: Target, situation: Situation) -> bool:
    """Whether the noun stands in the plural, or is one that has none ("lighting", "lock up")."""
    said = _said_nouns(target, situation)
    if not said:
        return target.domain not in SINGLE_DOMAINS or target.domain == "lock"
    return any(stem(word) != word or word in _MASS for word in said)


_EVERY = frozenset("all every each both everything whole".split())


def _one_in_order(target: Target, situation: Situation) -> bool:
    """Whether one of several was meant by its place among them, which no name tells: "the last light"."""
    nouns = {noun for noun in _said_nouns(target, situation) if stem(noun) == noun}
    words = plain(situation.text)
    return any(word in _IN_ORDER and after in nouns for word, after in pairwise(words))


def _one_shade(chosen: Sequence[Entity], target: Target, situation: Situation) -> bool:
    """Whether one blind or shutter was spoken of, where a room has several; of lights and curtains people say one for all."""
    classes = {entity.device_class for entity in chosen}
    alone = len({entity.area for entity in chosen}) == 1 and _EVERY.isdisjoint(plain(situation.text))
    return alone and classes <= {"blind", "shutter", "shade"} and _singular(target, situation)


def _called_lamps(lights: list[Entity], target: Target, situation: Situation) -> list[Entity]:
    """Of the lights of several like rooms those whose names say "lamp", where that was the word for all of them."""
    said = {stem(word) for word in _said_nouns(target, situation)}
    if target.domain != "light" or said != {"lamp"}:
        return lights
    return [light for light in lights if any("lamp" in stems(name) for name in light.names)] or lights


def _singular(target: Target, situation: Situation) -> bool:
    """Whether one thing of a kind was spoken of: "the lamp"."""
    return not target.everything and bool(_said_nouns(target, situation)) and not _said_plural(target, situation)


def preferred(candidates: list[Entity], call: str, situation: Situation) -> list[Entity]:
    """The player that plays, the vacuum that cleans: what a call without a name is likely to be about."""
    for states in _BUSY.get(call, ()):
        active = [entity for entity in candidates if entity.state in states]
        if active:
            return [entity for entity in active if entity.area == situation.area] or active
    return candidates


def _whatever(call: str, situation: Situation) -> bool:
    """Whether all things that are in the state of which `call` speaks are meant, however many."""
    return call in _BUSY and not _WHATEVER.isdisjoint(plain(situation.text))


def _names_single(target: Target, entity: Entity, slots: Mapping[str, Json]) -> bool:
    """Whether the one thing that was found stands in the slots by its name.

    So do things that only a name can start, and whatever the slots would not say otherwise ("set the fan to half" in
    a home with one fan). A lawn mower needs none: its intents are for the one there is.
    """
    if target.everything or entity.domain == "lawn_mower":
        return False
    return not slots or entity.domain in {"vacuum", "scene", "script", "button", "input_button"}


def _kind_slots(target: Target, call: str, candidates: Sequence[Entity]) -> dict[str, Json]:
    domains = {entity.domain for entity in candidates}
    domain = domains.pop() if len(domains) == 1 else target.domain
    slots: dict[str, Json] = {}
    moving = call in {"Open", "Close", "Stop", "Lock", "Unlock"}
    generic = target.generic or not target.everything or moving
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
