"""Which of several things the sentence itself points at: the "tower" of "tower fan to full speed".

The model may copy less than was said. Where that leaves several candidates, the words that tell them apart decide, when
they stand beside the noun and no other part of the sentence has a claim on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from appliance.messages import Entity, Target
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS

_BETWEEN = frozenset("the 1 and on at by to".split())
"""Words that part no noun phrase: "left one", "the left and the right blind", "the lamp on the left"."""
PLAYERS = frozenset("tv radio speaker stereo receiver projector soundbar".split())
"""Kinds of players that people part from each other."""
_AT_ONCE = frozenset({"now", "away"})
"""After "right" these make it a word of time."""


def pointed(candidates: Sequence[Entity], target: Target, situation: Situation) -> list[Entity]:
    """Those of `candidates` that the sentence tells apart from the others; none when it does not."""
    if len(candidates) < 2:
        return []
    own = frozenset(stems(target.name or ""))
    taken = situation.spans - own
    words = _words(situation.words)
    called = {entity.id: [stems(name) for name in entity.names] for entity in candidates}
    said = [frozenset(word for name in names for word in name) for names in called.values()]
    common = frozenset.intersection(*said)
    beside = frozenset.union(*said) - taken | _BETWEEN
    return [
        entity
        for entity in candidates
        if any(_stands(name, own | beside, common, taken, _nouns(entity), words) for name in called[entity.id])
    ]


def spoken_of(players: Sequence[Entity], situation: Situation) -> list[Entity]:
    """Of media players, the only one whose kind the sentence says though the call does not: "turn the radio up"."""
    said = set(situation.words) & PLAYERS - situation.spans
    found = [
        player
        for player in players
        if said & {player.device_class, *(word for name in player.names for word in stems(name))}
    ]
    return found if len(found) == 1 else []


def called_so(things: Sequence[Entity], situation: Situation) -> list[Entity]:
    """Of things of one kind, the only one whose name has the noun that was said: the thermostat among radiators."""
    said = set(situation.words) - situation.spans
    found = [entity for entity in things if any(said & _nouns(entity) & set(stems(name)) for name in entity.names)]
    return found if len(found) == 1 and len(things) > 1 else []


def _nouns(entity: Entity) -> frozenset[str]:
    return _generic(entity.domain, entity.device_class)


@lru_cache(maxsize=256)
def _generic(domain: str, device_class: str | None) -> frozenset[str]:
    generic = {*DOMAIN_WORDS.get(domain, ()), *CLASS_WORDS.get(device_class or "", ())}
    return frozenset(generic | ({"fan", "speed"} if domain == "fan" else set()))


def _words(words: Stems) -> Stems:
    """The sentence, with the "right" of "right now" made nobody's word."""
    after = (*words, "")[1:]
    return tuple("" if word == "right" and then in _AT_ONCE else word for word, then in zip(words, after, strict=True))


def _stands(
    name: Stems,
    beside: frozenset[str],
    common: frozenset[str],
    taken: frozenset[str],
    nouns: frozenset[str],
    words: Stems,
) -> bool:
    """Whether the words of `name` that no other candidate has stand in one run with its noun.

    Args:
        name: One name of a candidate.
        beside: Words that may stand in the run: of the call's own span, of the other candidates, and small ones.
        common: Words that all candidates share.
        taken: Words that belong to other parts of the sentence.
        nouns: Generic nouns for the candidate.
        words: The sentence.
    """
    telling = frozenset(name) - common - nouns
    if not telling or not telling.issubset(words) or telling & taken or telling <= NOUNS.keys():
        return False
    anchors = (common & frozenset(name)) | nouns
    allowed = frozenset(name) | nouns | beside
    run: set[str] = set()
    for word in (*words, ""):
        if word in allowed:
            run.add(word)
            continue
        if telling <= run and (run & (anchors | beside - _BETWEEN) - telling or (len(name) > 1 and set(name) <= run)):
            return True
        run.clear()
    return False
