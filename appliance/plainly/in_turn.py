"""One thing for a while and another one after it: "run line 1 for ten minutes, then line 2" starts the second in ten minutes, not now."""

from __future__ import annotations

import re

from appliance.intents.clauses import OPENERS
from appliance.intents.durations import duration
from appliance.text import words

_LEAD = r"(?:(?:please|and|so|now|can you|could you|would you|will you|let's)[ ,]+)*"
_LENGTH = (
    r"(?:the next )?(?P<length>[\w-]+(?: [\w-]+){0,4}? (?P<unit>seconds?|secs?|minutes?|mins?|hours?)(?: and a half)?)"
)
_TURNS = re.compile(
    rf"(?P<lead>{_LEAD})(?P<first>[^,;]+?) for {_LENGTH},?(?: and)? (?:then|after that|afterwards) (?P<second>[^,;]+?)[.!]?",
    re.IGNORECASE,
)
_WAIT = re.compile(
    rf"(?P<first>[^;]+?),?(?: and| then)* wait (?:for )?{_LENGTH},?(?: and| then)* (?P<second>[^,;]+?)[.!]?",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"(?P<verb>(?:turn|switch|put|power) (?:on|off)|open|close|shut|run|start|water|mute|pause|lock|unlock)\b"
    r"|(?P<turn>turn|switch|put|power)?\b.* (?P<way>on|off)$",
    re.IGNORECASE,
)
_TAKING_BACK = frozenset("it them that those back again off on stop".split())
_NO_UNIT = re.compile(r" for \w+$", re.IGNORECASE)
_TO = re.compile(r" to [\w. ]+$", re.IGNORECASE)


def in_turn(text: str) -> str:
    """`text` with a delay for what comes second; as it is where that takes back what comes first."""
    waiting = _WAIT.fullmatch(text)
    if waiting is not None and duration([word.text for word in words(waiting["length"])]) is not None:
        return f"{waiting['first']} and in {waiting['length']} {waiting['second']}"
    found = _TURNS.fullmatch(text)
    if found is None or duration([word.text for word in words(found["length"])]) is None:
        return text
    first, second, length = found["first"], found["second"], found["length"]
    said = [word.text for word in words(second)]
    if said[0] == "to" and _TO.search(first):
        second = _TO.sub(f" {second}", first)
    elif not _TAKING_BACK.isdisjoint(said) and (said[0] not in OPENERS or not {"it", "them", "that"}.isdisjoint(said)):
        return text
    elif said[0] not in OPENERS:
        verb = _VERB.match(first)
        if verb is None:
            return text
        doing = verb["verb"] or f"turn {verb['way']}"
        second = f"{doing} {second}"
    if _NO_UNIT.search(second):
        second = f"{second} {found['unit'].removesuffix('s')}s"
    return f"{found['lead']}{first} for {length} and in {length} {second}"
