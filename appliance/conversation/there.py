"""Follow-ups about the place that was spoken of: "and the radio there off", "and lab 2's", "same for red and green".

Pure functions over words and the memory of a talk. They put the place, or what is in it, by its name; where that cannot be told the
words stay as they were said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.conversation.ellipsis import last_length
from appliance.conversation.followups import Said
from appliance.intents.delays import delay
from appliance.intents.durations import duration
from appliance.intents.whiles import can_last, lasting
from appliance.messages import Call, Entity
from appliance.resolver import Lookup, Memory
from appliance.resolver.spelling import stems

_GO_ON = r"(?:(?:and|now|then|also|so|ok|okay|please|right|well)[ ,]+)*"
_PLACED = re.compile(
    rf"(?P<lead>{_GO_ON})(?P<thing>(?:the|my|our) [\w' -]+?) (?:in )?there,? "
    r"(?P<rest>on|off|out|open|closed|shut|up|down|too|as well|also)(?P<end>[ ,]*(?:please|again|now)?[.!]?)",
    re.IGNORECASE,
)
_ONLY = re.compile(
    rf"{_GO_ON}(?:the|my|our) (?P<noun>lights?|lamps?|lighting|blinds?|shutters?|curtains?|fans?)(?: in)? there[ ,]+"
    r"(?:(?:just|only) (?:the )?(?P<just>[\w' ]+?)|(?:just )?(?:the )?(?P<which>[\w' ]+?) only)"
    r"[ ,]+(?P<rest>(?:at|to) .+|on|off|open|closed|shut)",
    re.IGNORECASE,
)
_WHOSE = re.compile(
    rf"(?P<lead>{_GO_ON}(?:(?:and|what about|how about) ))(?P<owner>(?:the )?[\w' -]+?)['’]s(?P<end>\?|(?: too| as well)?[.?!]?)",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:(?:and|so|ok) )*(?:(?:how|what) about|and) (?P<thing>(?:the|my|our) [\w' ]+?) (?P<is>is|are) (?:it|that|they|those) "
    r"(?P<state>[\w ]+?)(?: now)*"
)
_MOVED = {"open": "open", "up": "open", "closed": "close", "shut": "close", "down": "close"}
_MORE = re.compile(
    r"(?:(?:and|now|then|oh|ok|please|can you|could you) )*(?:give|grant|allow|let) (?:it|them|him|her|that|us|me)(?: all)?(?: have)? "
    r"(?:(?:an )?(?:extra|additional|another) (?P<extra>.+?)|(?P<more>.+?) more(?P<unit>(?: (?:seconds?|minutes?|hours?))?))"
    r"(?: please| then| now)*"
)
_ADDED = re.compile(
    r"(?:(?:and|now|then|oh|ok|please|can you|could you) )*add (?:another |an extra )?(?P<extra>[\w-]+)(?: more)?"
    r"(?: please| to (?:it|that))*"
)
"""So many more of the unit that was said."""
_LEFT = re.compile(
    r"(?:(?:and|so|ok) )*how (?:much|many minutes|long)(?: time| longer)?(?: (?:is|are|has|have|do|does|will))?"
    r"(?: (?:it|that|they|there|them|we))?(?: (?:still|got|have))*(?: (?:left|remaining|to go))?"
    r"(?: (?:on|for|of|with) (?:it|that|them|this))?(?: now| still| left)*"
)
_PAUSED = re.compile(
    r"(?:(?:and|now|ok|please|no|wait) )*(?:pause|hold|freeze|halt) (?:it|that|them|this)"
    r"(?: (?:for now|for|for the moment|for the time being"
    r"|there|please|right there))*"
)


def placed(text: str, memory: Memory, lookup: Lookup) -> str:
    """`text` with the place that "there" is, or the thing of the place whose it is, by its name."""
    if found := _WHOSE.fullmatch(text.strip()):
        owner = re.sub(r"^the ", "", found["owner"], flags=re.IGNORECASE)
        thing = _same_in(owner, memory, lookup)
        placed_before = bool(memory.mentions and memory.mentions[-1].call.target.area)
        if thing is None:
            return text
        return f"{found['lead']}{f'in {owner}' if placed_before else f'the {thing.name}'}{found['end']}"
    place = _last_place(memory, lookup)
    if not place:
        return text
    if found := _ONLY.fullmatch(text.strip(" .!")):
        thing = _one_called(found["just"] or found["which"], place, lookup)
        return text if thing is None else _stated(f"the {thing.name}", found["rest"])
    found = _PLACED.fullmatch(text.strip())
    if found is None:
        return text
    inside = f"{found['thing']} in the {place}"
    if found["rest"].lower() in {"too", "as well", "also"}:
        if re.search(r"\bin there\b", text, re.IGNORECASE):  # the model knows that
            return text
        verb = _VERBS.get(memory.mentions[-1].call.name)
        return f"{verb} {inside}" if verb else f"{found['lead']}{inside} {found['rest']}"
    return _stated(inside, found["rest"])


def asked_there(words: Sequence[str], memory: Memory, lookup: Lookup) -> str:
    """The question for a thing of the place that was spoken of: "what about the extractor, is it running"; empty: it is none."""
    found, place = _ASKED.fullmatch(" ".join(words)), _last_place(memory, lookup)
    thing = _one_called(found["thing"], place, lookup) if found is not None and place else None
    if found is None or thing is None:
        return ""
    state = _UPRIGHT.get(found["state"], found["state"]) if thing.domain == "cover" else found["state"]
    return f"{found['is']} the {thing.name} {state}"


def listed(words: str, memory: Memory, lookup: Lookup) -> str:
    """Elliptic words for several places, "red and green" after the blue dorm, by their names; as they are where they are no such."""
    said = re.sub(r"^(?:in|for|to|with) ", "", words)
    parts = [part for part in re.split(r",? and |, ", said) if part]
    if len(parts) < 2:
        return words
    named = [_place(part, _last_place(memory, lookup), lookup) for part in parts]
    return " and ".join(f"the {name}" for name in named) if all(named) else words


def timed(words: Sequence[str], memory: Memory) -> Call | None:
    """The call for the timer that was spoken of: "give them ten more", "pause that for now"; None: it is about none."""
    last = memory.mentions[-1].call if memory.timers and memory.mentions else None
    if last is None:
        return None
    plain = " ".join(words)
    named = {key: value for key, value in last.values.items() if key == "timer"}
    if _PAUSED.fullmatch(plain):
        return Call("PauseTimer", values=named)
    if _LEFT.fullmatch(plain):
        return Call("TimerStatus", values=named)
    if (added := _ADDED.fullmatch(plain)) and (length := last_length(added["extra"], last)) is not None:
        return Call("IncreaseTimer", values={**named, "duration": length})
    found = _MORE.fullmatch(plain) or _MORE.fullmatch(_BECAUSE.split(plain, maxsplit=1)[0])
    if found is None:
        return None
    length = last_length((found["extra"] or f"{found['more']}{found['unit']}").strip(), last)
    return None if length is None else Call("IncreaseTimer", values={**named, "duration": length})


def for_a_while(words: Sequence[str], said: Said) -> str:
    """The command before with a length behind it: "for half an hour" after "turn on the towel rail"; empty: it is no such."""
    found = _FOR.fullmatch(" ".join(words))
    before = said.text.rstrip(" .!")
    if found is None or not before or not can_last(said.calls) or duration(found["length"].split()) is None:
        return ""
    return "" if delay(before) is not None or lasting(before) is not None else f"{before} for {found['length']}"


_FOR = re.compile(r"(?:(?:and|but|just|only|ok|yes|make that) )*for (?:about )?(?P<length>.+?)(?: please| only| then)*")
_VERBS = {"TurnOn": "turn on", "TurnOff": "turn off", "Open": "open", "Close": "close", "Lock": "lock"}
_UPRIGHT = {"up": "open", "down": "closed"}
_BECAUSE = re.compile(
    r"(?<=more)(?: (?:seconds?|minutes?|hours?))? (?=(?:they|it|he|she|i|we|the|my|our|because|since|as|there)\b)"
)


def _stated(thing: str, rest: str) -> str:
    """The command for a thing and how it is to be."""
    state = rest.lower()
    if state in _MOVED:
        return f"{_MOVED[state]} {thing}"
    return (
        f"set {thing} {re.sub(r'^at ', 'to ', rest)}"
        if " " in rest
        else f"turn {thing} {'off' if state == 'out' else rest}"
    )


def _last_place(memory: Memory, lookup: Lookup) -> str:
    """The name of the one room of what was spoken of last; empty: there is none."""
    things = lookup.entities(memory.mentions[-1].entities) if memory.mentions else []
    places = {lookup.place_of(thing) for thing in things}
    return places.pop() if len(places) == 1 else ""


def _one_called(words: str, place: str, lookup: Lookup) -> Entity | None:
    """The one thing in a place whose name holds some words."""
    said = set(stems(re.sub(r"^(?:the|my|our) ", "", words)))
    found = [thing for thing in lookup.inside(place) if said and said <= set(stems(thing.name))]
    return found[0] if len(found) == 1 else None


def _same_in(owner: str, memory: Memory, lookup: Lookup) -> Entity | None:
    """What is in a place and called like the one thing that was spoken of last."""
    last = lookup.entities(memory.mentions[-1].entities) if memory.mentions else []
    if len(last) != 1 or not lookup.is_place(owner):
        return None
    noun = stems(last[0].name)[-1:]
    alike = [
        thing for thing in lookup.inside(owner) if thing.domain == last[0].domain and stems(thing.name)[-1:] == noun
    ]
    return alike[0] if len(alike) == 1 else None


def _place(words: str, known: str, lookup: Lookup) -> str:
    """The name of the room that words mean beside a `known` one: "red" beside the Blue dorm; empty: none."""
    bare, parts = re.sub(r"^(?:the |in the |in )| ones?$", "", words), known.split()
    for called in (bare, " ".join((bare, *parts[1:])), " ".join((*parts[:-1], bare))):
        inside = lookup.inside(called) if lookup.is_place(called) else []
        if inside and stems(lookup.place_of(inside[0])) == stems(called):
            return lookup.place_of(inside[0])
    return ""
