"""Things by their names, or by a noun that is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from appliance.messages import Entity, Json, Target
from appliance.resolver.generic import by_kind, preferred, spared
from appliance.resolver.kinds import PASSIVE, Kind, named_class, of_kind
from appliance.resolver.names import Match, Stage
from appliance.resolver.places import Place, area_place, place_called
from appliance.resolver.pointing import pointed
from appliance.resolver.recent import last_spoken, same_room
from appliance.resolver.refusals import which, wrong_kind
from appliance.resolver.situation import Problem, Selection, Situation, join, listed
from appliance.resolver.spelling import Stems, every_word, is_plural, plain, stems
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS, Noun

_NAMED_ONLY = frozenset({"scene", "script", "automation"})
_BOTH = 2
"""How many "both" are."""


def nouns(target: Target) -> set[str]:
    """Words that say no more than the generic noun of a target does."""
    return {*DOMAIN_WORDS.get(target.domain or "", ()), *CLASS_WORDS.get(target.device_class or "", ())}


def whole_name(target: Target, kind: Kind, situation: Situation) -> Selection | None:
    """An entity whose full name stands in the sentence, though the target was split ("downstairs hall lamp")."""
    if target.everything or target.here:
        return None
    said = {word for span in (target.name, target.area, target.floor) if span for word in stems(span)}
    empty = nouns(target)
    if not target.generic and not (target.area or target.floor):
        return None
    sentence = plain(situation.text)
    found: dict[str, int] = {}
    for name, entity_id in situation.index.said_in(situation.sentence):
        entity = situation.by_id[entity_id]
        words = set(name)
        if (
            entity.domain in kind.domains
            and said <= words
            and words - said <= empty
            and (not target.generic or _literally(entity, sentence))
        ):
            found[entity_id] = max(found.get(entity_id, 0), len(name))
    longest = [situation.by_id[entity] for entity, length in found.items() if length == max(found.values())]
    if target.generic:
        longest = of_kind(longest, target.domain, target.device_class) if target.domain else longest
    if len(longest) > 1 and situation.area:
        longest = [entity for entity in longest if entity.area == situation.area] or longest
    if len(longest) != 1 or (not said and longest[0].area not in {None, situation.area} and situation.area):
        return None
    slots = {"name": longest[0].name}
    if target.area and longest[0].area in situation.index.areas and _twice(stems(target.area), situation):
        slots["area"] = situation.area_name(longest[0].area or "")
    return Selection((longest[0],), slots, named=True)


def _literally(entity: Entity, sentence: Stems) -> bool:
    """Whether a name stands in the sentence with the same plural."""
    return any(
        sentence[at : at + len(name)] == name for name in map(plain, entity.names) for at in range(len(sentence))
    )


def by_name(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | Problem:
    """The things that the name of `target` may mean, or why nobody knows."""
    text = target.name or ""
    span = stems(text)
    if not span:
        return Problem("Which device do you mean?")
    found = _nearby(target, span, kind, place, situation) or _matches(target, span, kind, place, situation)
    if not found or found[0].stage > Stage.PLACE:
        by_noun = _by_noun(target, span, call, kind, place, situation)
        if by_noun is not None:
            return by_noun
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
    entities += _rivals(found, target, span, kind, place, situation)
    entities = _narrowed(entities, target, kind, place, situation, found[0].stage)
    slots: dict[str, Json] = {"name": entities[0].name if len(entities) == 1 else text}
    if place is not None and place.words and _apart(place.words, entities[0], situation):
        slots.update(place.slots)
    if len(entities) == 1:
        if place is None and (area := _said_within(span, entities[0], situation)):
            slots["area"] = area
        return Selection(tuple(entities), slots, named=True)
    if target.everything or is_plural(text):
        two = len(entities) == _BOTH or situation.calls > 1 or not situation.says({"both"})
        return Selection(tuple(entities), slots) if two else which(entities, situation)
    likely = preferred(entities, call, situation)
    if len(likely) == 1:
        return Selection(tuple(likely), {**slots, "name": likely[0].name}, named=True)
    return _told(entities, target, situation)


def counted(
    target: Target, call: str, kind: Kind, place: Place | None, situation: Situation
) -> Selection | Problem | None:
    """All of "three desk lamps" where there are so many, else a question back; the number is none of a name's."""
    span = stems(target.name or "")
    ids = situation.groups.counted(target.name or "") if situation.groups is not None else ()
    told = tuple(situation.by_id[id_] for id_ in ids)
    if told and all(e.domain in kind.domains and (place is None or place.holds(e, by_name=True)) for e in told):
        return Selection(told, {"name": target.name})
    if (
        len(span) < _BOTH
        or not span[0].isdigit()
        or not is_plural(target.name or "")
        or situation.index.exactly(span[1:])
    ):
        return None
    if situation.groups is not None and situation.groups.things.names.get(span) is not None:
        return None
    rest = " ".join(every_word(target.name or "")[1:])
    found = by_name(replace(target, name=rest), call, kind, place, situation)
    if isinstance(found, Problem) or len(found.entities) == int(span[0]):
        return found
    if len(found.entities) < int(span[0]):
        return Problem(f"I know no {span[0]} of these, only {listed(found.entities, situation)}.")
    return which(found.entities, situation)


def _apart(place: Stems, entity: Entity, situation: Situation) -> bool:
    """Whether a place was said beside the name and not as a part of it."""
    return not set(place) <= set(stems(entity.name)) or _twice(place, situation)


def _twice(place: Stems, situation: Situation) -> bool:
    """Whether the words of a place stand in the sentence once more: "the office shade in the office"."""
    return all(situation.words.count(word) > 1 for word in place)


def _rivals(
    found: Sequence[Match], target: Target, span: Stems, kind: Kind, place: Place | None, situation: Situation
) -> list[Entity]:
    """Things that the words may mean as well as what was found, which they only fit without the name of its room."""
    plural = is_plural(target.name or "")
    rivals = [situation.by_id[entity] for entity in situation.index.rivals(span, found, numbered=plural)]
    return [
        entity
        for entity in rivals
        if entity.domain in kind.domains
        and entity.domain not in _NAMED_ONLY
        and (place is None or place.holds(entity, by_name=True))
        and (not target.domain or of_kind([entity], target.domain, None))
    ]


def _told(entities: Sequence[Entity], target: Target, situation: Situation) -> Selection | Problem:
    """The one of several that other words of the sentence point at, else a question back."""
    told = pointed(entities, target, situation)
    if len(told) != 1:
        told = last_spoken(told or entities, situation) or told
    if len(told) != 1:
        told = same_room(told or entities, situation) or told
    if len(told) == 1:
        return Selection.of(told[0])
    return which(told or entities, situation)


def _said_within(span: Stems, entity: Entity, situation: Situation) -> str | None:
    """Name of the entity's area when it was said as part of the name ("bathroom mirror light" for Mirror light), else None."""
    area = situation.index.areas.get(entity.area or "")
    if area is None:
        return None
    for words in map(stems, area.names):
        outside = not any(set(words) <= set(stems(name)) for name in entity.names)
        if words and len(span) > len(words) and words in (span[: len(words)], span[-len(words) :]) and outside:
            return area.name
    return None


def _nearby(target: Target, span: Stems, kind: Kind, place: Place | None, situation: Situation) -> list[Match]:
    """Things in the room where it was said, called without the room's name; they come before the rest of the home."""
    if place is not None or situation.area is None or target.everything:
        return []
    room = area_place(situation.area, situation)
    return [match for match in _matches(target, span, kind, room, situation) if match.stage <= Stage.ROOMLESS]


def _by_noun(
    target: Target, span: Stems, call: str, kind: Kind, place: Place | None, situation: Situation
) -> Selection | Problem | None:
    """A name that is but a generic noun ("the lamp"): the things whose name says it, the nearest first."""
    noun = NOUNS.get(" ".join(span))
    if noun is None or span == (noun.domain,) or situation.index.exact_area(span) is not None:
        return None
    usable = [entity for entity in situation.home.entities if entity.domain in kind.domains]
    if place is not None:
        usable = [entity for entity in usable if place.holds(entity, by_name=True)]
    elif situation.area is not None and not target.everything:
        here = [entity for entity in usable if entity.area == situation.area]
        usable = here if _called(here, span) or of_kind(here, noun.domain, noun.device_class) else usable
    said = _called(usable, span)
    if len(said) > 1 and call == "TurnOff":
        said = [entity for entity in said if not spared(entity, situation)]
    if not said:
        return None
    if len(said) > 1 and not target.everything and not is_plural(target.name or ""):
        return _told(said, target, situation)
    slots: dict[str, Json] = {"name": said[0].name if len(said) == 1 else target.name}
    if place is not None and place.words and not set(place.words) <= set(stems(said[0].name)):
        slots.update(place.slots)
    return Selection(tuple(said), slots, named=len(said) == 1)


def kind_here(
    target: Target, call: str, kind: Kind, place: Place | None, situation: Situation
) -> Selection | Problem | None:
    """A generic noun ("the lamp") where no such thing here is called so: these are meant, not one elsewhere that is."""
    span, area = stems(target.name or ""), situation.area
    noun = NOUNS.get(" ".join(span))
    if noun is None or place is not None or area is None or target.everything or situation.index.exactly(span):
        return None
    here = [entity for entity in situation.home.entities if entity.domain in kind.domains and entity.area == area]
    if _called(here, span) or not of_kind(here, noun.domain, noun.device_class):
        return None
    return by_kind(Target(domain=noun.domain, device_class=noun.device_class), call, kind, None, situation)


def _called(entities: Sequence[Entity], span: Stems) -> list[Entity]:
    return [entity for entity in entities if any(set(span) <= set(stems(name)) for name in entity.names)]


def _matches(target: Target, span: Stems, kind: Kind, place: Place | None, situation: Situation) -> list[Match]:
    def accept(match: Match) -> bool:
        entity = situation.by_id[match.entity]
        if entity.domain not in kind.domains or (
            entity.domain in _NAMED_ONLY and match.stage > Stage.NOUN and not kind.one
        ):
            return False
        if target.domain and not of_kind([entity], target.domain, None):
            return False
        if place is None or place.holds(entity, by_name=True):
            return True
        return bool(place.words) and match.stage <= Stage.ORDER and set(place.words) <= set(span)

    if place is not None and place.words:
        full = situation.index.entities(
            (*place.words, *span), accept=lambda match: match.stage <= Stage.NOUN and accept(match)
        )
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
        in_order = sorted(entities, key=lambda e: (e.area or "", stems(e.name)))
        for _, same in groupby(in_order, key=lambda e: (e.area or "", stems(e.name))):
            kept.append(min(same, key=lambda e: _rank(e, kind)))
        entities = [entity for entity in entities if entity in kept]
    return entities


def _rank(entity: Entity, kind: Kind) -> int:
    return kind.domains.index(entity.domain) if entity.domain in kind.domains else len(kind.domains)


def _as_kind(
    target: Target, call: str, kind: Kind, place: Place | None, situation: Situation
) -> Selection | Problem | None:
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
        return by_kind(
            replace(target, name=None, area=target.name), call, kind, area_place(area, situation, span), situation
        )
    for cut in range(min(3, len(span)), 0, -1):
        for head, tail in ((span[:-cut], span[-cut:]), (span[cut:], span[:cut])):
            noun = NOUNS.get(" ".join(tail))
            if noun is None:
                continue
            there = place_called(" ".join(head), situation) if head else place
            if head and (there is None or (place is not None and not there.areas <= place.areas)):
                continue
            generic = Target(
                domain=noun.domain,
                device_class=noun.device_class,
                everything=target.everything or is_plural(target.name or ""),
            )
            found = by_kind(generic, call, kind, there, situation)
            if isinstance(found, Selection):
                return _after_place(found, head, target) or _saying(found, tail, target, situation)
    return None


def _after_place(found: Selection, place: Stems, target: Target) -> Selection | None:
    """The one of several that is called just as its place is: of the lights of the porch "the porch light" is the one named Porch."""
    if len(found.entities) == 1 or target.everything or is_plural(target.name or ""):
        return None
    called = [e for e in found.entities if place and place in {stems(name) for name in e.names}]
    return Selection.of(called[0]) if len(called) == 1 else None


def _saying(found: Selection, noun: Stems, target: Target, situation: Situation) -> Selection | Problem:
    """Of all lights, those whose name says "lamp", when that was the word."""
    main = NOUNS[" ".join(noun)].domain
    if noun == (main,) or len(found.entities) == 1:
        return found
    said = [entity for entity in found.entities if set(noun) <= set(stems(entity.name))]
    if not said or len(said) == len(found.entities):
        return found
    if len(said) > 1 and not target.everything and not is_plural(target.name or ""):
        return _told(said, target, situation)
    slots = {"name": said[0].name} if len(said) == 1 else {**found.slots, "name": target.name}
    return Selection(tuple(said), slots, named=len(said) == 1)


def _moves(noun: Noun, call: str) -> bool:
    return noun.domain == "cover" and call in {"Open", "Close", "Stop", "SetPosition", "GetState"}


def _unknown(target: Target, call: str, kind: Kind, place: Place | None, situation: Situation) -> Selection | Problem:
    span = stems(target.name or "")
    somewhere = place_called(target.name or "", situation) if place is None and kind.bare else None
    if somewhere is not None:
        return by_kind(replace(target, name=None, area=target.name), call, kind, somewhere, situation)
    passive = [
        situation.by_id[m.entity] for m in situation.index.entities(span, accept=lambda m: m.stage <= Stage.NOUN)
    ]
    passive = [
        entity for entity in passive if entity.domain not in kind.domains and (place is None or place.holds(entity))
    ]
    if passive:
        return Problem(wrong_kind(passive[0], call))
    ids = [entity.id for entity in situation.home.entities if entity.domain in kind.domains]
    near = [situation.by_id[entity] for entity in situation.index.nearest(span, ids)]
    where = f" {place.label}" if place is not None else ""
    hint = f" Did you mean {join([e.name for e in near], 'or')}?" if near else ""
    return Problem(f"I know no {kind.noun} called {target.name}{where}.{hint}", near=tuple(near))
