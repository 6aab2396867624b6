"""Answers to a question back, and commands that leave something open: "set a timer" – "for how long?" – "seven minutes".

Pure functions. A filled call goes through the resolver and policy as everything else does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.conversation.ellipsis import split_items
from appliance.conversation.followups import begins_like_a_sentence
from appliance.intents.durations import clock, duration
from appliance.intents.language import QUANTITIES
from appliance.intents.numbers import quantity
from appliance.messages import Call, Entity, Gap, Quantity, Target
from appliance.resolver import Lookup
from appliance.resolver.recast import SETTING
from appliance.resolver.situation import join

_MOST_WORDS = 10
_MOST_OFFERED = 5
"""Things that a question names; "all of them" answers no longer one."""
_LEAD = re.compile(
    r"(?:(?:i mean|i meant|make it|make that|just|only|it's|its|um|the one called|say|to|for|about|at|by|of) )+"
)
_BOTH = frozenset({"both", "both of them", "both please", "the two", "them both"})
_ALL = frozenset(
    {"all", "all of them", "all of those", "every one", "everyone", "each of them", "all three", "all four", "all five"}
)
_NO_ANSWER = re.compile(
    r"(?:yes|yeah|yep|no|nope|ok|okay|sure|stop|cancel|never|nothing|none|neither|forget|thanks|thank|what|sorry|hello|hi|bye|good|i|you)\b.*"
)
_DISMISSED = frozenset(
    {"stop", "stop it", "cancel", "cancel that", "cancel it", "none", "none of them", "neither", "nothing"}
)
FREE = frozenset({"item", "message", "search"})
"""Values that may be any words."""

_SO = r"(?:(?:can|could|would|will) you |please |i need to |i want to |let's )*"
_TIMER = re.compile(
    rf"{_SO}(?:set|start|make|create|give me|i need|i want|i'd like|add|put on|run|begin)(?: me)?(?: up| going)?"
    r"(?: (?:a|an|another|the|my|one|new))*(?: (?P<name>(?!for\b)[a-z]+))? ?(?:timer|countdown)(?: for (?:me|us))?"
)
_NO_NAME = frozenset("new kitchen quick short little long separate second a an another the my one".split())
_LIST = re.compile(
    rf"{_SO}(?:add|put|write)(?: (?:something|an item|a thing|things))? (?:to|on|onto) (?:the|my|our)(?: (?P<list>.+))? list"
)
_SET = re.compile(rf"{_SO}(?:set|change|adjust|put)(?: (?:the|my|our))? (?P<x>.+)")
_AMOUNTS = {
    "volume": "SetVolume", "brightness": "LightSet", "temperature": "ClimateSet", "heating": "ClimateSet", "thermostat": "ClimateSet",
    "humidity": "HumiditySet",
}  # fmt: skip
_SAY = re.compile(
    rf"{_SO}(?:announce|broadcast)(?: something)?|{_SO}(?:make|do) an announcement|{_SO}say something over the speakers"
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A call with what was missing, or the question again."""

    call: Call
    entities: tuple[str, ...] = ()
    """What the pronoun in `call` stands for."""
    still: tuple[Entity, ...] = ()
    """Things that the answer leaves open: it is to be asked again."""


def filled(gap: Gap, words: Sequence[str], lookup: Lookup) -> Filled | None:
    """The call of `gap` with what an answer gives; None when the words are no answer to it."""
    said = " ".join(words)
    lead = _LEAD.match(f"{said} ")
    bare = said[lead.end() :].strip() if lead else said
    if len(words) > _MOST_WORDS or _NO_ANSWER.fullmatch(bare) or begins_like_a_sentence(bare.split()):
        return None
    if not gap.value:
        return _which(gap, said, bare, lookup)
    value = _value(gap, said, bare, lookup)
    if value is None:
        return None
    if isinstance(value, Target):
        return Filled(replace(gap.call, target=value))
    return Filled(replace(gap.call, values={**gap.call.values, **value}))


def freely(gap: Gap, text: str, words: Sequence[str]) -> Call | None:
    """The call of `gap` with any words for an answer, where that may be any."""
    said = " ".join(words)
    if gap.value not in FREE or _NO_ANSWER.fullmatch(said) or begins_like_a_sentence(words):
        return None
    if gap.value == "message":
        return replace(gap.call, values={**gap.call.values, "message": text.strip()})
    items = split_items(said)
    if not items:
        return None
    value: str | tuple[str, ...] = items if gap.value == "item" else said
    return replace(gap.call, values={**gap.call.values, gap.value: value})


def dismissed(words: Sequence[str]) -> bool:
    """Whether an answer takes the command back."""
    return " ".join(words) in _DISMISSED


def _which(gap: Gap, said: str, bare: str, lookup: Lookup) -> Filled | None:
    offered = lookup.entities(gap.candidates)
    if said in _BOTH | _ALL:
        several = len(offered) == 2 if said in _BOTH else len(offered) <= _MOST_OFFERED
        return _it(gap, offered) if several else None
    place = re.sub(r"^(?:the one |the ones |that |those )?(?:in |on |at |from |of )?(?:the |my )?", "", bare)
    place = re.sub(r" ones?$", "", place)
    target = gap.call.target
    if lookup.is_place(place) and not target.name and (target.generic or not target.area):
        if lookup.inside(place, gap.candidates):
            return Filled(replace(gap.call, target=replace(target, area=place, here=False)))
        return None
    chosen = lookup.chosen(bare, gap.candidates)
    if len(chosen) > 1:
        return Filled(gap.call, still=tuple(chosen)) if len(chosen) < len(offered) else None
    return _it(gap, chosen) if chosen else None


def _it(gap: Gap, entities: Sequence[Entity]) -> Filled:
    target = replace(gap.call.target, name=None, domain=None, device_class=None, everything=False, it=True)
    return Filled(replace(gap.call, target=target), tuple(entity.id for entity in entities))


def question(entities: Sequence[Entity]) -> str:
    """Which of these is meant."""
    return f"Which one do you mean: {join(entity.name for entity in entities)}?"


def _value(gap: Gap, said: str, bare: str, lookup: Lookup) -> dict[str, Quantity] | Target | None:
    if gap.value == "area":
        place = re.sub(r"^(?:in |on |at |from |of )?(?:the |my )?", "", bare)
        return replace(gap.call.target, area=place, here=False) if lookup.is_place(place) else None
    if gap.value == "duration":
        seconds = duration(bare.split())
        if seconds is not None:
            return {"duration": Quantity(seconds, unit="s", words=bare)}
        until = re.match(r"(?:at|until|till|to|for) (?P<at>.+)", said)
        at = clock(until["at"].split()) if until and gap.call.name == "StartTimer" else None
        return {"at": Quantity(at, unit="clock", words=said)} if at is not None else None
    if gap.value in QUANTITIES:
        value = quantity(gap.value, bare.split())
        return {gap.value: value} if value.value is not None else None
    return None


# --- commands that leave something open ------------------------------------------------------------


def unfinished(words: Sequence[str], lookup: Lookup) -> Call | None:
    """The call of a sentence that says what is to be done but not how long, how much or with what; None for any other."""
    said = " ".join(words)
    if match := _TIMER.fullmatch(said):
        name = match["name"] or ""
        return Call("StartTimer", values={"timer": name} if name and name not in _NO_NAME else {})
    if match := _LIST.fullmatch(said):
        return Call("ListAdd", values={"list": match["list"]} if match["list"] else {})
    if _SAY.fullmatch(said):
        return Call("Broadcast")
    match = _SET.fullmatch(said)
    return _setting(match["x"], lookup) if match else None


def _setting(thing: str, lookup: Lookup) -> Call | None:
    domains = lookup.domains(thing)
    if len(domains) == 1 and domains <= SETTING.keys():
        return Call(SETTING[domains.pop()][0], Target(name=thing))
    return Call(_AMOUNTS[thing]) if thing in _AMOUNTS else None
