"""Spans that were cut short or forgotten: the home's own names, where they stand in the sentence, mend them.

Of "meeting room 1 blinds down" the model may copy "meeting room", and of "everything off in the open plan" no place at all. The sentence
and the home together leave no doubt, so the full name is put in. Nothing is put in where the words as they were copied mean
something already, or where a word would serve two purposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from appliance.messages import Call, Quantity, Target
from appliance.resolver.contradictions import CUES
from appliance.resolver.kinds import PASSIVE, of_kind
from appliance.resolver.leftovers import telling
from appliance.resolver.names import Stage
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import Stems, every_word, is_plural, stems
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS

_NUMBERING = frozenset({"number", "nr"})
_SWITCHING = frozenset("turn switch put flip power bring get go keep leave have it them".split())
_EACH = frozenset({"every", "each", "any"})
_BEFORE_PLACES = frozenset("in at from of inside within around".split())


def widened(call: Call, situation: Situation) -> Call:
    """Return `call` with the names of the home that its target is only a part of."""
    sentence = tuple(word for word in situation.sentence if word not in _NUMBERING)
    target = call.target
    if target.name:
        name = _full_name(target.name, _entity_names(sentence, situation), sentence, situation)
        target = replace(target, name=name) if name else target
    if target.area:
        area = _full_area(target.area, sentence, situation)
        target = replace(target, area=area) if area else target
        name = _forgotten_name(replace(target, area=area or target.area), sentence, situation)
        target = replace(target, name=name, domain=None, device_class=None) if name else target
    elif not (target.name or target.floor or target.here or target.it or target.other):
        group = _group(target, situation)
        target = replace(target, name=group, domain=None, device_class=None) if group else target
        area = None if group else _forgotten_area(target, sentence, situation)
        target = replace(target, area=area) if area else target
    if target == call.target or _serves_twice(target, call):
        return call
    values = {key: _shortened(value, target) if key == "color" else value for key, value in call.values.items()}
    return replace(call, target=target, values=values)


def _entity_names(sentence: Stems, situation: Situation) -> set[Stems]:
    return {name for name, _ in situation.index.said_in(sentence) if len(name) > 1}


def _full_name(span: str, names: Iterable[Stems], sentence: Stems, situation: Situation) -> str | None:
    said = tuple(word for word in stems(span) if word not in _NUMBERING)
    if situation.index.entities(said, accept=lambda match: match.stage <= Stage.ROOMLESS):
        return None
    return _longest(said, names, sentence)


def _full_area(span: str, sentence: Stems, situation: Situation) -> str | None:
    said = tuple(word for word in stems(span) if word not in _NUMBERING)
    if situation.index.area(said) is not None or situation.index.floor_ids(said):
        return None
    if situation.groups is not None and situation.groups.places(span):
        return None
    return _longest(said, situation.index.areas_said_in(sentence), sentence)


def _longest(span: Stems, names: Iterable[Stems], sentence: Stems) -> str | None:
    """The one longest name with all of `span` and more that stands wherever `span` stands; None: there is none, or several."""
    places = [set(range(at, at + len(span))) for at in _places(span, sentence)]
    touching = [
        name
        for name in names
        if set(span) <= set(name)
        and len(name) > len(span)
        and all(any(place & set(range(at, at + len(name))) for at in _places(name, sentence)) for place in places)
    ]
    if not touching or not places:
        return None
    best = max(map(len, touching))
    longest = {name for name in touching if len(name) == best}
    return " ".join(longest.pop()) if len(longest) == 1 else None


def _group(target: Target, situation: Situation) -> str | None:
    """The things that the sentence calls by a word of their names though the target is all of a kind: "how many bench lights are on"."""
    if situation.calls > 1 or not (target.generic or target.everything):
        return None
    nouns = {*DOMAIN_WORDS.get(target.domain or "", ()), *CLASS_WORDS.get(target.device_class or "", ())}
    names = [
        {word for called in entity.names for word in stems(called)}
        for entity in of_kind(situation.home.entities, target.domain, target.device_class)
        if target.generic or entity.domain not in PASSIVE
    ]
    spoken = every_word(situation.text)
    last = (
        next((at for at, word in enumerate(spoken) if word in CUES), len(spoken))
        if situation.excepting
        else len(spoken)
    )
    found = set()
    for at, (word, raw) in enumerate(zip(situation.words, spoken, strict=True)):
        after = situation.words[at + 1] if at + 1 < len(situation.words) else ""
        counted = sum(word in name for name in names)
        if at >= last or not telling(word) or word in NOUNS or word in nouns or word in situation.index.place_words:
            continue
        counts = is_plural(raw) or (at > 0 and spoken[at - 1] in _EACH)
        if 1 < counted < len(names) and ((after in nouns and is_plural(spoken[at + 1])) or counts):
            found.add(f"{raw} {spoken[at + 1]}" if after in nouns else raw)
    return found.pop() if len(found) == 1 else None


def _forgotten_area(target: Target, sentence: Stems, situation: Situation) -> str | None:
    """The one area that the sentence says after a preposition, in words that nothing else was copied from or stands for."""
    kind = CLASS_WORDS.get(target.device_class or "", ())
    found = {
        name
        for name in situation.index.areas_said_in(sentence)
        if situation.spans.isdisjoint(name)
        and not set(name) <= set(kind)
        and any(_stands_apart(sentence[:at]) for at in _places(name, sentence))
    }
    return " ".join(found.pop()) if len(found) == 1 else None


def _forgotten_name(target: Target, sentence: Stems, situation: Situation) -> str | None:
    """The one thing of the area that the sentence names in words that nothing else was copied from."""
    if target.name or target.everything or not target.area:
        return None
    area = situation.index.area(stems(target.area))
    generic = {*DOMAIN_WORDS.get(target.domain or "", ()), *CLASS_WORDS.get(target.device_class or "", ())}
    found = {
        name
        for name, entity in situation.index.said_in(sentence)
        if situation.by_id[entity].area == area
        and situation.by_id[entity].domain in {target.domain, "switch", "light", "fan", "media_player"} - {None}
        and bool(of_kind([situation.by_id[entity]], target.domain, target.device_class))
        and situation.spans.isdisjoint(name)
        and not set(name) <= generic
    }
    return " ".join(found.pop()) if len(found) == 1 else None


def _stands_apart(before: Sequence[str]) -> bool:
    """Whether the words before a name make it a place: "in", or an "on" that switches nothing."""
    last, verb = (*before[-1:], ""), (*before[-2:-1], "")
    return last[0] in _BEFORE_PLACES or (last[0] == "on" and verb[0] not in _SWITCHING)


def _places(part: Sequence[str], whole: Sequence[str]) -> list[int]:
    """Where `part` begins in `whole`."""
    size = len(part)
    return [at for at in range(len(whole) - size + 1) if size and tuple(whole[at : at + size]) == tuple(part)]


def _serves_twice(target: Target, call: Call) -> bool:
    """Whether a number of the widened target is also a value of the call."""
    added = _words(target) - _words(call.target)
    values = [value.words for value in call.values.values() if isinstance(value, Quantity)]
    return any(word.isdigit() and word in stems(value) for word in added for value in values)


def _words(target: Target) -> set[str]:
    return {word for span in (target.name, target.area) if span for word in stems(span)}


def _shortened(value: Quantity | str | tuple[str, ...], target: Target) -> Quantity | str | tuple[str, ...]:
    """A colour without words at its beginning that belong to the widened name."""
    if not isinstance(value, str):
        return value
    name, rest = _words(target), value.split()
    while len(rest) > 1 and set(stems(rest[0])) <= name:
        rest = rest[1:]
    return " ".join(rest)
