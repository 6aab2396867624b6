"""Whose a thing is: "open Oma's curtains and turn her radio off".

A home names things and rooms after people. "Her", "his" and "their" stand for the one of them that was named last, in this sentence or
before it; where nobody was, the words after the pronoun are looked up alone, and of several things the speaker is asked which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from appliance.messages import Call, Entity, Target
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import every_stem, every_word, stem, stems
from appliance.text import words

_THEIRS = frozenset({"her", "his", "their"})
_POSSESSIVE = re.compile(r"(?P<owner>[^\W\d_]{2,})(?:'s|s')")
_NOBODY = frozenset({"it", "that", "let", "what", "here", "there", "who", "where", "how"})


def owned(call: Call, situation: Situation) -> Call:
    """`call` with the name of their owner before things that a pronoun stands before."""
    target = _named(call.target, situation)
    excepts = tuple(_named(left_out, situation) for left_out in call.excepts)
    return call if target is call.target and excepts == call.excepts else replace(call, target=target, excepts=excepts)


def _named(target: Target, situation: Situation) -> Target:
    name, area = _theirs(target.name, situation), _theirs(target.area, situation, known=True)
    return target if (name, area) == (target.name, target.area) else replace(target, name=name, area=area)


def _theirs(span: str | None, situation: Situation, *, known: bool = False) -> str | None:
    """`span` with an owner in place of a pronoun at its beginning or before it, or without that pronoun unless an owner must be `known`."""
    said, plain = every_word(span or ""), every_word(situation.text)
    if _THEIRS.isdisjoint(said) and _THEIRS.isdisjoint(plain):
        return span
    names = stems(span or "")
    if not said or situation.index.exactly(names) or situation.index.exact_area(names) is not None:
        return span
    inside = len(said) > 1 and said[0] in _THEIRS
    at = next((i for i in range(len(plain)) if plain[i : i + len(said)] == said), 0)
    if not inside and plain[at - 1 : at] not in {(pronoun,) for pronoun in _THEIRS}:
        return span
    owner = _last_named(every_stem(situation.text)[:at], situation)
    rest = " ".join(said[1:]) if inside else span
    return f"{owner}'s {rest}" if owner else span if known else rest


def _last_named(before: tuple[str, ...], situation: Situation) -> str | None:
    """The owner who was named last, in the words `before` or in what was said earlier."""
    owners = frozenset(_owners(situation))
    for word in reversed(before):
        if word in owners:
            return word
    for mention in reversed(situation.memory.mentions):
        for entity_id in mention.entities:
            entity = situation.by_id.get(entity_id)
            found = next(_of(entity, situation), None) if entity is not None else None
            if found is not None:
                return found
    return None


def _owners(situation: Situation) -> Iterator[str]:
    """Everybody after whom something of the home is named, in the singular; people by their names."""
    for area in situation.index.areas.values():
        for name in area.names:
            yield from _possessors(name)
    for entity in situation.home.entities:
        yield from _of(entity, situation)


def _of(entity: Entity, situation: Situation) -> Iterator[str]:
    """Whose one thing is: by its own names, then by that of its room."""
    area = situation.index.areas.get(entity.area or "")
    if entity.domain == "person":
        yield from every_stem(entity.name)[:1]
    for name in (*entity.names, *(area.names if area is not None else ())):
        yield from _possessors(name)


def _possessors(name: str) -> Iterator[str]:
    for word in words(name):
        match = _POSSESSIVE.fullmatch(word.text)
        if match and match["owner"] not in _NOBODY:
            yield from every_stem(stem(match["owner"]))
