"""Several timers in one breath: "two timers, five minutes for the eggs and twenty for the rice" is two commands.

The command model reads one timer after the other where each is said in full. A list of lengths, with what each is for or without, becomes
that.
"""

from __future__ import annotations

import re

from appliance.intents.durations import duration
from appliance.intents.numbers import number

_COUNT = r"(?:two|three|four|five|2|3|4|5|a couple of|some)"
_LEAD = re.compile(
    rf"(?:(?:please|can you|could you|i need|i want|i'd like|give me|set|start|set me|start me|make) )*"
    rf"(?:{_COUNT} timers?|(?P<bare>timers))(?:(?: please)?[,:;]| for)? (?:one (?:for )?|for )?(?P<rest>.+?)(?: please)?[.!]?",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:(?:one|another|the other)(?: one)? )?(?:for |of |with )?(?P<length>.+?)(?:,? for (?:the |my |our )?(?P<name>(?!the\b)[a-z' ]+))?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\b(?:hour|minute|second|min|sec)s?\b", re.IGNORECASE)
_ONE_CALLED = re.compile(
    r"(?<=\b(?:minute|second)) one (?=(?:called|named|for)\b)|(?<=\bhour) one (?=(?:called|named|for)\b)", re.IGNORECASE
)
_ON_THE_CLOCK = re.compile(
    r"(?:(?:please|give me|gimme|put|set|i need|i want) )*(?P<length>[\w ]+?) on the clock(?:,? (?:a )?timer)?(?:,? please)?[.!]?",
    re.IGNORECASE,
)


_NAMED = r"for (?:the |my |our )?(?P<name{0}>(?:(?!for\b|and\b)[a-z']+ ){{1,3}}?)(?:for )?(?P<length{0}>\S.*?)"
_NAME_FIRST = re.compile(
    r"(?:(?:please|set|start|make|i need) )*(?:a )?timers? "
    rf"{_NAMED.format(1)}(?:,| and|, and) (?:one )?{_NAMED.format(2)}(?: please)?[.!]?",
    re.IGNORECASE,
)


def _name_first(text: str) -> str | None:
    """Two timers whose names stand before their lengths: "a timer for the rice 20 minutes and for the chicken 45"."""
    found = _NAME_FIRST.fullmatch(text)
    if found is None:
        return None
    unit = next(iter(_UNIT.findall(found["length1"])), "")
    lengths = [
        length if _UNIT.search(length) else f"{length} {unit}" for length in (found["length1"], found["length2"])
    ]
    if any(duration(length.lower().split()) is None for length in lengths):
        return None
    return " and ".join(f"set a timer called {found[f'name{n}'].strip()} for {lengths[n - 1]}" for n in (1, 2))


_AND_WITHOUT_UNIT = re.compile(
    r"(?P<first>\btimers? (?:for|of) (?:\w+ )?\w+ (?P<unit>minutes?|hours?|seconds?)\b.*?(?:,| and|, and) "
    r"(?:(?:an?|one|another|the other)(?: one| timer)?|[\w' ]+? timer)(?: for [a-z']+)? (?:for|of) (?P<length>[\w-]+))"
    r"(?P<end>(?: please)?[.!]?)$",
    re.IGNORECASE,
)


def _with_unit(text: str) -> str:
    """A second timer with the unit of the first: "a pasta timer for 9 minutes and a sauce timer for 20"."""
    found = _AND_WITHOUT_UNIT.search(text)
    if found is None or number([found["length"].lower()]) is None:
        return text
    unit = f"{found['unit'].lower().rstrip('s')}s"
    return f"{text[: found.start()]}{found['first']} {unit}{found['end']}"


def one_by_one(text: str) -> str:
    """`text` with each of its timers said in full; as it is where it is no list of timers."""
    text = _with_unit(text)
    if (clock := _ON_THE_CLOCK.fullmatch(text)) and duration(clock["length"].lower().split()) is not None:
        return f"set a timer for {clock['length']}"
    if re.search(r"\btimer\b", text, re.IGNORECASE):
        text = _ONE_CALLED.sub(" timer ", text)
    if (named := _name_first(text)) is not None:
        return named
    lead = _LEAD.fullmatch(text)
    if lead is None:
        return text
    parts = [part for said in re.split(r",? and |, ", lead["rest"]) if (part := _PART.fullmatch(said)) is not None]
    if len(parts) != len(re.split(r",? and |, ", lead["rest"])) or len(parts) == 1:
        return text
    units = {unit.lower().rstrip("s") for unit in _UNIT.findall(lead["rest"])}
    made = []
    for part in parts:
        length = part["length"]
        if not _UNIT.search(length) and len(units) == 1:
            length = f"{length} {next(iter(units))}s"
        if duration(length.lower().split()) is None:
            return text
        name = f" called {part['name']}" if part["name"] else ""
        made.append(f"set a timer{name} for {length}")
    return " and ".join(made)
