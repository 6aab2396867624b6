"""Several timers in one breath: "two timers, five minutes for the eggs and twenty for the rice" is two commands.

The command model reads one timer after the other where each is said in full. A list of lengths, with what each is for or without, becomes
that.
"""

from __future__ import annotations

import re

from appliance.intents.durations import duration

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


def one_by_one(text: str) -> str:
    """`text` with each of its timers said in full; as it is where it is no list of timers."""
    if (clock := _ON_THE_CLOCK.fullmatch(text)) and duration(clock["length"].lower().split()) is not None:
        return f"set a timer for {clock['length']}"
    if re.search(r"\btimer\b", text, re.IGNORECASE):
        text = _ONE_CALLED.sub(" timer ", text)
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
