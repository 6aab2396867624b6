"""A kind of thing that was heard where the sentence speaks of another: "gas on everywhere" is not for all lights."""

from __future__ import annotations

import re

from appliance.messages import Call
from appliance.resolver.places import place_called
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import stems
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS

_OWNED = re.compile(r"(?<=\w)(?:['’`´]s|(?<=s)['’`´])$")
_ANYTHING = frozenset(
    """thing stuff device appliance electric power electricity everything all it he she him her clean vacuum hoover sweep mop dust dirt
    crumb floor robot mow cut grass lawn tidy start go round work job""".split()
)
_ROBOTS = {"VacuumStart": "vacuum", "VacuumCleanArea": "vacuum", "MowerStart": "lawn_mower"}


def ownerless(call: Call, situation: Situation) -> bool:
    """Whether `call` is for what a room owns and does not say what of it: "the west bathroom's off" is not all its lights."""
    name = call.target.name or ""
    owner = _OWNED.sub("", name)
    if call.name not in {"TurnOn", "TurnOff", "Toggle"}:
        return False  # "open sofia's blind and close liam's": a room's blinds are one kind of thing
    return owner != name and not situation.index.entities(stems(name)) and place_called(owner, situation) is not None


def strayed(call: Call, situation: Situation) -> bool:
    """Whether `call` is for all things of a kind that the sentence has no word for, though it has words of names of other kinds only."""
    target = call.target
    domain = _ROBOTS.get(call.name) or (target.domain if target.everything else None)
    if target.name or domain is None or target.device_class is not None:
        return False
    said = set(situation.words)
    own = {*DOMAIN_WORDS.get(domain, ()), *CLASS_WORDS.get(domain, ())}
    own |= {word for word, noun in NOUNS.items() if noun.domain == domain}
    if said & (own | _ANYTHING):
        return False
    places = {word for area in situation.home.areas for name in area.names for word in stems(name)}
    named: dict[bool, set[str]] = {True: set(), False: set()}
    for entity in situation.home.entities:
        for name in entity.names:
            named[entity.domain == domain].update(stems(name))
    return bool(said & (named[False] - named[True] - places)) and not said & (named[True] - places)
