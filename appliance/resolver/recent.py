"""What a talk spoke of last: which things "them" and "both" are, which lamp "the lamp" is, where "there" is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from appliance.messages import Call, Entity, Target
from appliance.resolver.kinds import Kind, of_kind
from appliance.resolver.pointing import PLAYERS
from appliance.resolver.situation import Memory, Mention, Selection, Situation
from appliance.resolver.spelling import every_word, is_plural, stem, stems
from appliance.resolver.vocabulary import NOUN_WORDS, NOUNS
from appliance.text import key

_MANY = frozenset("them they these those both".split())
_INDEFINITE = frozenset("a an another any some every each which other all".split())
"""Words before a noun that stand for none that was spoken of."""
_ADJECTIVES = 2
"""Words that may stand between an article and its noun."""
_PRONOUNS = frozenset("him her he she it them they that this these those both".split())
_PRONOUN_PHRASES = frozenset({"that one", "this one", "both of them", "all of them", "them both", "them all"})
_ALL_OF_THEM = re.compile(
    r"\b(?:all|both|each|every one) of (?:them|those|these)\b|\b(?:them|those|these) (?:all|both)\b"
)
_PLAY = frozenset("play playing put listen hear".split())
_SWITCHED_OFF = frozenset({"TurnOff"})
_PAIR = 2

_THERE = frozenset("there in over up down that same room place".split())
_ELSEWHERE = frozenset("Stop VacuumReturn VacuumPause MowerStart MowerPause MowerDock".split())
"""Calls about things that "there" does not place."""
_SAYS_THERE = re.compile(
    r"\b(?:in|over|up|down) there\b|(?<!\bis )(?<!\bare )(?<!\bwas )\bthere(?: too| as well| also| please| now)*$"
    r"|\bin (?:that|the same) (?:room|place)\b"
    r"|\b(?:the|that|a|an|all|any|every|both) (?:(?!is\b|are\b|was\b)\w+ ){1,3}there (?:on|off|up|down|to|at|by|in)\b"
)
_THAT_ROOM = re.compile(r"\b(?:that|the same) (?:room|place)\b")


# --- pronouns --------------------------------------------------------------------------------------


def pointing(target: Target, situation: Situation) -> Target:
    """`target` with a pronoun made one that was copied as a name ("pause him") or taken for everything ("all of them")."""
    bare = replace(target, domain=None, device_class=None)
    if bare == Target(everything=True) and _before(situation.memory) and _ALL_OF_THEM.search(key(situation.text)):
        return Target(it=True)
    said = " ".join(every_word(target.name or ""))
    if said not in _PRONOUNS | _PRONOUN_PHRASES:
        return target
    return replace(target, name=None, it=True)


def meant(memory: Memory, situation: Situation) -> tuple[str, ...]:
    """Ids of what "it" stands for, or "them" and "both": several things, also of several calls and sentences."""
    if not memory.entities or not situation.says(_MANY):
        return memory.entities
    told = [mention for mention in memory.mentions if mention.entities]
    if not told or told[-1].entities != memory.entities:
        return memory.entities
    same = [mention for mention in told if mention.turn == told[-1].turn]
    together = _ids(same)
    if _ALL_OF_THEM.search(key(situation.text)) and not situation.says({"both"}):
        return _ids(_alike(told))
    if situation.says({"both"}):
        return together if _PAIR in {len(together), len(same)} else _pair(told)
    if len(together) > 1 or any(is_plural(situation.by_id[id_].name) for id_ in together if id_ in situation.by_id):
        return together
    return _ids(_alike(told))


def _ids(mentions: Iterable[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entity for mention in mentions for entity in mention.entities))


def _pair(told: Sequence[Mention]) -> tuple[str, ...]:
    """The last two things, if each was spoken of by itself; else none."""
    found: tuple[str, ...] = ()
    for mention in reversed(told):
        if len(mention.entities) != 1:
            break
        found = tuple(dict.fromkeys((*mention.entities, *found)))
        if len(found) == _PAIR:
            return found
    return ()


def _alike(told: Sequence[Mention]) -> list[Mention]:
    """The last mentions in which the same was done, one sentence after the other."""
    found = [told[-1]]
    for mention in reversed(told[:-1]):
        if mention.call.name != told[-1].call.name or found[0].turn - mention.turn > 1:
            break
        found.insert(0, mention)
    return found


# --- things without a name -------------------------------------------------------------------------


def last_spoken(candidates: Sequence[Entity], situation: Situation) -> list[Entity]:
    """Of several things that "the lamp" may be, the one that was spoken of last, if there is just one."""
    if not _definite(situation):
        return []
    for mention in _before(situation.memory):
        said = [entity for entity in candidates if entity.id in mention.entities]
        if said:
            here = situation.area is not None and any(entity.area == situation.area for entity in candidates)
            far = here and said[0].area != situation.area
            return said if len(said) == 1 and not far else []
    return []


_GOES_ON = re.compile(r"^(?:and|also|then)\b|\b(?:too|as well|also)(?: please)?$")


def same_room(candidates: Sequence[Entity], situation: Situation) -> list[Entity]:
    """Of several things that "and the bedside light, too" may be, the one in the room that was spoken of last."""
    last = next(iter(_before(situation.memory)), None)
    if last is None or situation.area is not None:
        return []
    if not (situation.memory.going_on or _GOES_ON.search(key(situation.text))):
        return []
    areas = {situation.by_id[id_].area for id_ in last.entities if id_ in situation.by_id}
    said = [entity for entity in candidates if entity.area in areas]
    return said if len(areas) == 1 and len(said) == 1 and said[0].id not in last.entities else []


def _before(memory: Memory) -> list[Mention]:
    """The mentions of earlier sentences, the newest first: within one sentence things are told apart by their own words."""
    return [mention for mention in reversed(memory.mentions) if mention.turn < memory.turn]


def _definite(situation: Situation) -> bool:
    words = every_word(situation.text)
    return not any(
        word in _INDEFINITE and any(stem(noun) in NOUN_WORDS for noun in words[at + 1 : at + 2 + _ADJECTIVES])
        for at, word in enumerate(words)
    )


def gone_on_with(call: str, kind: Kind, situation: Situation) -> Selection | None:
    """What a call without any target goes on with: the player of "carry on", where one was spoken of."""
    memory = situation.memory
    if (
        situation.calls > 1
        or not PLAYERS.isdisjoint(situation.words)
        or (call == "MediaSearch" and not situation.says(_PLAY))
    ):
        return None
    for mention in _before(memory):
        found = [situation.by_id[id_] for id_ in mention.entities if id_ in situation.by_id]
        if not found or any(entity.domain not in kind.domains for entity in found):
            continue
        if mention.call.name in _SWITCHED_OFF and call != "MediaPlay":
            continue
        if len(found) == 1:
            return Selection.of(found[0])
        newest = tuple(entity.id for entity in found) == memory.entities
        return Selection(tuple(found), memory.slots) if newest and not kind.one else None
    return None


# --- places ----------------------------------------------------------------------------------------


def there(target: Target, call: Call, situation: Situation, memory: Memory) -> Target:
    """`target` in the place that was last spoken of, where the sentence says "there" and the call names no other."""
    if memory.place is None or target.it or target.other or target.floor or call.name in _ELSEWHERE:
        return target
    if target.here:
        elsewhere = _THAT_ROOM.search(key(situation.text))
        return replace(target, here=False, area=memory.place) if elsewhere else target
    if target.area:
        said = set(every_word(target.area))
        known = situation.index.exact_area(stems(target.area)) is not None
        points = not known and said <= _THERE and said & {"there", "that", "same"}
        return replace(target, area=memory.place) if points else target
    generic = not target.name or stems(target.name) in {tuple(stems(noun)) for noun in NOUNS}
    if generic and not target.everything and _SAYS_THERE.search(" ".join(every_word(situation.text))):
        return replace(target, area=memory.place)
    if generic and not target.everything and situation.area is None:
        return _alongside(target, situation, memory)
    return target


def _alongside(target: Target, situation: Situation, memory: Memory) -> Target:
    """`target` in the place of the call before in the same sentence: "close the curtains in the library and turn the lights off"."""
    last = memory.mentions[-1] if memory.mentions else None
    place = last.call.target.area if last is not None and last.turn == memory.turn else None
    noun = NOUNS.get(" ".join(stems(target.name))) if target.name else None
    domain, device_class = (noun.domain, noun.device_class) if noun else (target.domain, target.device_class)
    if last is None or not place or not (domain or device_class) or situation.calls < _PAIR:
        return target
    if not re.search(rf"\b(?:in|at|of|on) (?:the |my |our )?{re.escape(key(place))}(?!\w)", key(situation.text)):
        return target
    areas = {situation.by_id[id_].area for id_ in last.entities if id_ in situation.by_id}
    inside = [e for e in situation.home.entities if e.area in areas and e.id not in last.entities]
    return replace(target, area=place) if of_kind(inside, domain, device_class) else target
