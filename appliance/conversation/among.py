"""Which of the things that were spoken of are meant: "the first one", "all of those", "the other two", "the bedside light too".

Pure functions over words and the memory of a talk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from appliance.intents.numbers import quantity
from appliance.messages import Call, Entity, Target
from appliance.resolver import Lookup, Memory, Mention
from appliance.resolver.kinds import MOVED, SWITCHED
from appliance.resolver.recast import SETTING
from appliance.resolver.spelling import is_plural, stems

_ORDER: Mapping[str, int] = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "latter": -1, "last": -1}
_IN_ORDER = re.compile(
    rf"\bthe (?P<which>{'|'.join(_ORDER)})(?: ones?\b(?! (?:in|on the|at the|from)\b)| of (?:them|those|these|the two)\b"
    r"|(?= (?:on|off|to|at|up|down|again|too|please)\b|[,.!?]|$))",
    re.IGNORECASE,
)
_MANY: Mapping[str, int] = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_COUNT = r"(?:two|three|four|five|six)"
_NOUNS = r"(?: (?:rooms|lights|lamps|blinds|shades|shutters|curtains|fans|speakers))?"
_SET = (
    rf"(?P<set>(?:all|both) (?:of )?(?:them|those|these)(?: {_COUNT})?{_NOUNS}|(?:them|those|these) (?:all|both|{_COUNT}){_NOUNS}"
    rf"|(?:all|the|both|all the) {_COUNT}(?: of them|{_NOUNS})|both{_NOUNS}|the (?:whole )?lot(?: of (?:them|those))?|everything|all)"
)
_LEAD = r"(?:(?:and|now|then|so|please|just|can you|could you|actually) )*"
_TAIL = r"(?P<tail>(?: again| now| then| back| please)*)"
_STATES: Mapping[str, str] = {
    "on": "TurnOn", "off": "TurnOff", "out": "TurnOff", "open": "Open", "up": "Open", "closed": "Close", "shut": "Close", "down": "Close",
    "close": "Close", "lock": "Lock", "resume": "MediaPlay", "pause": "MediaPause", "mute": "Mute", "unmute": "Unmute",
}  # fmt: skip
_FRAMES = tuple(
    re.compile(_LEAD + frame + _TAIL)
    for frame in (
        rf"(?:turn|switch|put) {_SET} (?P<state>on|off|out)",
        rf"(?:turn|switch|put) (?P<state>on|off) {_SET}",
        rf"{_SET} (?P<state>on|off|open|up|closed|shut|down)",
        rf"(?P<state>open|close|shut|lock|resume|pause|mute|unmute) {_SET}(?: up)?",
    )
)
_VALUED = re.compile(
    rf"{_LEAD}(?:(?:turn|set|put|dim|bring|make) )?{_SET}(?: down| up)? (?:to|at) (?P<value>.+?)(?: please| too| again)*"
)
_SWEEPING = frozenset({"all", "everything"})
"""What means the whole home, unless it is to be so "again"."""
_DOMAINS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("TurnOn", "TurnOff"), SWITCHED),
    **dict.fromkeys(("Open", "Close"), MOVED),
    "Lock": frozenset({"lock"}),
    **dict.fromkeys(("MediaPlay", "MediaPause", "Mute", "Unmute"), frozenset({"media_player"})),
}  # fmt: skip
_REST = re.compile(
    r"(?:all )?the (?:rest|others|remaining(?: ones)?)(?: of (?:them|those|it))?|all the (?:other ones|others)"
)
_OTHERS = re.compile(rf"the other (?P<count>{_COUNT})")
_ASKED = re.compile(
    r"(?:(?:and|so|ok) )*(?:how|what) about (?P<x>.+?) (?P<is>is|are) (?:it|that|this|they|those) "
    r"(?P<state>[\w ]+?)(?: too| as well| now)*"
)
_BARE_PLACE = re.compile(r"(?P<at>in |at |for )?(?:the )?(?:number )?(?P<x>\w+)(?: one)?")


def by_order(text: str, memory: Memory, lookup: Lookup) -> str:
    """`text` with the name of the thing that "the first one" is among those last spoken of."""
    found = _IN_ORDER.search(text)
    told = [mention for mention in _alike(memory) if mention.entities]
    if found is None or not told:
        return text
    answered = told[-1].call.name == "GetState" and len(memory.entities) > 1 and " " in found[0].removeprefix("the ")
    if answered:  # a question for several, whose answer named them
        things = lookup.entities(memory.entities)
    elif len(told) < 2 or any(len(mention.entities) != 1 for mention in told):
        return text
    else:
        things = lookup.entities(dict.fromkeys(mention.entities[0] for mention in told))
    at = _ORDER[found["which"].lower()]
    if not -len(things) <= at < len(things) or any(found["which"].lower() in stems(thing.name) for thing in things):
        return text
    name = things[at].name
    return f"{text[: found.start()]}the {name}{text[found.end() :]}" if _is_one(name, lookup) else text


def together(words: Sequence[str], memory: Memory, lookup: Lookup) -> tuple[Call, tuple[str, ...]] | None:
    """The call for all, both or some of the things that were spoken of one after the other, and their ids; None: it is for no such."""
    plain = " ".join(words)
    found = next((match for frame in _FRAMES if (match := frame.fullmatch(plain))), None)
    if found is None and (valued := _VALUED.fullmatch(plain)) is not None:
        return _set_together(valued, memory, lookup)
    if found is None or (found["set"] in _SWEEPING and "again" not in found["tail"]):
        return None
    name = _STATES[found["state"]]
    ids = _these(found["set"], memory)
    domains = {thing.domain for thing in lookup.entities(ids)}
    if len(ids) < 2:
        return None
    if name in {"TurnOn", "TurnOff"} and domains <= MOVED:
        name = "Open" if name == "TurnOn" else "Close"
    return (Call(name, Target(it=True)), ids) if domains and domains <= _DOMAINS[name] else None


def _set_together(found: re.Match[str], memory: Memory, lookup: Lookup) -> tuple[Call, tuple[str, ...]] | None:
    """The call that sets several things that were spoken of to one value: "all three to 20 percent"."""
    ids = _these(found["set"], memory) if found["set"] not in _SWEEPING else ()
    domains = {thing.domain for thing in lookup.entities(ids)}
    if len(ids) < 2 or len(domains) != 1 or not domains <= SETTING.keys():
        return None
    name, key = SETTING[domains.pop()]
    value = quantity(key, found["value"].split())
    return None if value.value is None else (Call(name, Target(it=True), values={key: value}), ids)


def _these(said: str, memory: Memory) -> tuple[str, ...]:
    """The things that "all of those", "both" or "the three" are."""
    count = next((_MANY[word] for word in said.split() if word in _MANY), None)
    return _counted(_alike(memory), count, rooms="rooms" in said)


def _counted(told: Sequence[Mention], count: int | None, *, rooms: bool) -> tuple[str, ...]:
    """The things of all mentions, or of the last ones that are `count` things, or mentions; none where it may be either."""
    if count is None:
        return _ids(told)
    by_turn = _ids(told[-count:]) if len(told) >= count else ()
    by_thing = next((ids for at in range(1, len(told) + 1) if len(ids := _ids(told[-at:])) == count), ())
    if rooms or not by_thing:
        return by_turn
    return by_thing if not by_turn or by_turn == by_thing else ()


def _ids(told: Sequence[Mention]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entity for mention in told for entity in mention.entities))


def completed(words: str, memory: Memory, lookup: Lookup) -> str:
    """Elliptic words with what was last spoken of: "the rest", "the other two", the place of "six" after cell five, the light beside it."""
    others = _OTHERS.fullmatch(words)
    if _REST.fullmatch(words) or (others is not None and _MANY[others["count"]] == len(memory.others)):
        return "the others"
    last = lookup.entities(memory.mentions[-1].entities) if memory.mentions else []
    if numbered := _numbered(words, last, lookup):
        return numbered
    place = re.fullmatch(_BARE_PLACE, words)
    if place is not None and not lookup.is_place(place["x"]):
        for known in (memory.place or "", *(lookup.place_of(thing) for thing in last)):
            other = " ".join((*known.split()[:-1], place["x"]))
            if known.split()[1:] and lookup.is_place(other):
                return f"in {other}"
    if _owned(words, last, lookup):
        return "in " + words.removesuffix("'s")
    if is_plural(words) or len({thing.area for thing in last}) != 1:
        return words
    bare = re.sub(r"^(?:the |my |our )", "", words)
    meant = lookup.named(bare) if not lookup.is_place(bare) else []
    near = [thing for thing in meant if thing.area == last[0].area and thing not in last]
    switched = (
        memory.mentions[-1].call.name in {"TurnOn", "TurnOff"}
        and {last[0].domain, *(thing.domain for thing in near)} <= SWITCHED
    )
    alike = switched or (near[:1] and near[0].domain == last[0].domain)
    fits = len(meant) > 1 and len(near) == 1 and alike and _is_one(near[0].name, lookup)
    return f"the {near[0].name.lower()}" if fits else words


def asked_of(words: Sequence[str], memory: Memory, lookup: Lookup) -> str:
    """The question for another thing in whole words: "how about cell four's, is it closed"; empty: it is none."""
    found = _ASKED.fullmatch(" ".join(words))
    last = lookup.entities(memory.mentions[-1].entities) if memory.mentions else []
    if found is None or not last:
        return ""
    noun = last[0].name.lower().split()[-1]
    about = _owned(found["x"], last, lookup) or re.sub(r" ones?$", f" {noun}", found["x"])
    about = f"{about} {noun}" if about.endswith("'s") else about
    return f"{found['is']} {about} {found['state']}"


def _numbered(words: str, last: Sequence[Entity], lookup: Lookup) -> str:
    """The things called like the last one that a few numbers mean: "2 and 3" after desk lamp 1; empty: they mean none."""
    said = re.fullmatch(r"(?:(?:the|number|numbers|nr) )*(?P<numbers>\w+(?:(?: and|,)+ \w+)*)(?: ones?)?", words)
    own = stems(last[-1].name) if last else ()
    if said is None or len(own) < 2 or not (own[-1].isdigit() or len(own[-1]) == 1):
        return ""
    names = []
    for number in re.split(r"(?: and|,)+ ", said["numbers"]):
        wanted = (*own[:-1], *stems(number))
        fits = [thing for thing in lookup.named(" ".join(wanted)) if stems(thing.name) == wanted]
        if len(fits) != 1 or fits[0].domain != last[-1].domain:
            return ""
        names.append(f"the {fits[0].name.lower()}")
    return " and ".join(names)


def _owned(words: str, last: Sequence[Entity], lookup: Lookup) -> str:
    """The thing like the one last spoken of that "cell four's" is; empty: there is none, or not one only."""
    owner = re.sub(r"^(?:the |my |our )", "", words.removesuffix("'s"))
    if not last or not words.endswith("'s") or not lookup.is_place(owner):
        return ""
    inside = _ends_in(last[0].name.lower().split()[-1], lookup.inside(owner))
    return f"the {inside[0].name.lower()}" if len(inside) == 1 else ""


def _ends_in(noun: str, things: Sequence[Entity]) -> list[Entity]:
    return [thing for thing in things if thing.name.lower().split()[-1:] == [noun]]


def _is_one(name: str, lookup: Lookup) -> bool:
    """Whether a name is that of one thing only."""
    return sum(stems(thing.name) == stems(name) for thing in lookup.named(name)) == 1


def _alike(memory: Memory) -> list[Mention]:
    """The last mentions in which the same was done, one sentence after the other."""
    found: list[Mention] = []
    for mention in reversed(memory.mentions):
        if found and (mention.call.name != found[0].call.name or found[0].turn - mention.turn > 1):
            break
        found.insert(0, mention)
    return found
