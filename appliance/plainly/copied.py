"""Values taken from another thing: "as bright as the pendant", "to whatever the hall's is set to", "two degrees warmer than the study".

What another thing is set to only the home says, so such a wish becomes the value itself before the command model reads the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.intents.numbers import number
from appliance.messages import Entity
from appliance.resolver.amounts import attribute, clamp
from appliance.resolver.lookup import Lookup
from appliance.resolver.recast import SETTING
from appliance.resolver.spelling import stem, stems
from appliance.resolver.vocabulary import NOUNS
from appliance.text import words

_KEYS = {
    **dict.fromkeys("bright dim dark brightness brighter dimmer darker".split(), "brightness"),
    **dict.fromkeys("loud quiet volume louder quieter".split(), "volume"),
    **dict.fromkeys("warm hot cool cold temperature warmer hotter cooler colder".split(), "temperature"),
    **dict.fromkeys("fast slow strong speed faster slower stronger weaker".split(), "percentage"),
    **dict.fromkeys(("open", "wide", "far open", "far", "far down", "far up", "position", "wide open"), "position"),
    **dict.fromkeys("humid humidity".split(), "humidity"),
}
"""Words for a value to its key."""
_LESS = frozenset("dimmer darker quieter cooler colder slower weaker lower less".split())

_TIMES = {"half": 0.5, "twice": 2.0, "double": 2.0, "three times": 3.0}
_HOW = "bright|dim|dark|loud|quiet|warm|hot|cool|cold|fast|slow|strong|wide open|far open|far down|far up|open|wide|far|humid"
_MORE = "brighter|dimmer|darker|louder|quieter|warmer|hotter|cooler|colder|faster|slower|stronger|weaker|higher|lower|more|less"
_OF = "value|level|temperature|brightness|volume|speed|position|humidity|setting|amount"
_LEAD = r"(?:(?:please|just|now|then|can you|could you|would you|will you|i want you to|let's)[ ,]+)*"
_VERB = (
    r"(?:make|set|turn|put|bring|get|have|dim|brighten|change|adjust|open|close|raise|lower|pull|move|run|spin|play|drive|heat|cool"
    r"|i want|i'd like|could|can|should)"
)
_X = r"(?P<x>(?:the |my |our )?[^,;:.?!]+?)"
_IS = r"(?: (?:is|are|has|have|does|do)(?: (?:set to|set at|set|at|on|to|now|right now|currently|got|running at|running))*)?"
_Y = rf"(?P<y>[^,;:.?!]+?){_IS}(?:,? (?:please|too|as well|now))*[.!?]?"
_MUST = r"(?:(?:should|must|shall|ought to|has to|have to|needs? to) be|to be|be)"
_JUST = rf"(?: (?:{_MUST}|exactly|just|about|roughly|precisely|equally|up|down|to))*"
_STEP = r"(?:percent|%|degrees?|points?|percentage points?)"
_SHARE = r"(?: (?P<times>half|twice|double|three times))?"
_FORMS = tuple(
    re.compile(rf"{_LEAD}{form}", re.IGNORECASE)
    for form in (
        rf"(?:{_VERB} )?{_X}{_JUST}(?: (?P<times>half|twice|double|three times))? as (?P<how>{_HOW}) as {_Y}",
        rf"(?:{_VERB} )?{_X}{_JUST} (?P<by>\S+(?: and a half)?) {_STEP} (?P<how>{_MORE}) than {_Y}",
        rf"(?:{_VERB} )?(?:it )?(?:just |exactly )?as (?P<how>{_HOW}) in {_X} as (?:it is )?in {_Y}",
        rf"(?:{_VERB} )?(?:the )?same (?P<how>{_OF}) (?:(?:in|for|on) )?{_X} as (?:it is )?(?:in |for |on )?{_Y}",
        rf"(?:{_VERB} )?{_X} (?:to|at|on) (?:exactly )?(?:whatever|what) it(?: is|'s)(?: set to| set at| at)? (?:in|on|at) {_Y}",
        rf"(?:{_VERB} )?{_X} (?:to|at|on) (?:exactly )?(?:whatever|what) (?:(?P<how>{_OF}) )?{_Y}",
        rf"(?:{_VERB} )?{_X}(?: up| down)? to (?:exactly )?where {_Y}",
        rf"(?:{_VERB} |give )?{_X}(?: up| down)?(?: (?:to|at|on))?(?: exactly)? the same(?: (?P<how>{_OF}))? (?:as|that) {_Y}",
        rf"(?:{_VERB} )?{_X}(?: up| down)? (?:to|at|on)(?: exactly)?{_SHARE} the (?P<of>{_OF}) of {_Y}",
        rf"give {_X} the (?P<of>{_OF}) of {_Y}",
        rf"(?:{_VERB}|let) {_X} (?:to )?match {_Y}",
        rf"match {_X} (?:to|with) {_Y}",
    )
)
_VAGUE = re.compile(rf"{_LEAD}(?:{_VERB} )?{_X}{_JUST} (?P<how>{_MORE}) than {_Y}", re.IGNORECASE)
"""More than another thing, and nobody says how much."""
_EXTREME = (
    r"as (?P<how>warm|hot|cool|cold) as (?:it|they) (?:gets?|goes?|go|can(?: (?:get|go|be))?)"
    r"|as (?P<as>warm|hot|cool|cold) as possible"
)
_EXTREMES = tuple(
    re.compile(rf"{_LEAD}{form}(?: please)?[.!]?", re.IGNORECASE)
    for form in (rf"(?:{_EXTREME}) (?:for|on|in|with) {_X}", rf"(?:{_VERB} )?{_X} (?:{_EXTREME})")
)
_TELLING = frozenset(
    "is are was were isn't aren't it's that's not if when why how what which who does do did until as than".split()
)
"""Words of a thing that tells or asks something instead of being one."""
_POINTING = frozenset("it they this that them now before usual possible always normal ever yesterday earlier".split())
_IT = frozenset({"it", "that", "this"})
_HERE = frozenset({"here", "in here", "this room", "it in here"})
_AS_IT_WAS = re.compile(
    r"(?:it|that|they) (?:was|were)(?: .*)?|before|usual|normal(?:ly)?|yesterday|earlier", re.IGNORECASE
)
_UNITS = {"temperature": "degrees"}
_ONE = re.compile(r"(?:'s?)? ones?$", re.IGNORECASE)
_INSIDE = re.compile(r"(?P<noun>.+?) (?:in|on|at|of) (?:the |my |our )?(?P<place>.+)", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|my|our) ", re.IGNORECASE)
_PROPER = re.compile(r"^(?:all |both |the |my |our )|'s$|^ones? (?:in|on|at) (?:the |my |our )?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Copied:
    """A sentence with the value that was taken from another thing."""

    text: str
    refusal: str = ""
    """Why there is no such value."""


def copied(text: str, lookup: Lookup) -> Copied | None:
    """`text` with the value of another thing in place of the words for it; None: it takes none, or nobody can tell of which thing."""
    said = text.strip().replace("’", "'")
    for form in _EXTREMES:
        if (found := form.fullmatch(said)) and (set_to := _warmest(found, lookup)):
            return Copied(set_to)
    for form in _FORMS:
        found = form.fullmatch(said)
        if found is None or not _TELLING.isdisjoint(word.text for word in words(found["x"])):
            continue
        given = found.groupdict()
        key = _KEYS.get((given.get("how") or given.get("of") or "").lower(), "")
        key = key or ("temperature" if given.get("by") and " degree" in found[0] else "")
        if _AS_IT_WAS.fullmatch(found["y"]) and (found["x"].lower() in _IT or _things(found["x"], lookup)):
            return Copied(text, "I do not know how it was before.")
        if not _is_thing(found["y"]):
            continue
        x = found["x"].lower()
        pointed = (key == "temperature" and x in _HERE) or (key and x in _IT)
        if pointed and (others := _of_key(_things(found["y"], lookup), key)):
            return _taken(found, key, others)
        things = _of_key(_things(found["x"], lookup), key)
        key = key or (SETTING[things[0].domain][1] if things else "")
        others = _of_key(_others(found["y"], found["x"], things, lookup), key)
        if given.get("how") and others and not things:
            return Copied(text, f"I do not know what shall be like {others[0].name}. Please name it.")
        if things and others and not {thing.id for thing in things} & {thing.id for thing in others}:
            return _taken(found, key, others)
        if things and not others and given.get("how") and _ARTICLE.match(found["y"]):
            return Copied(text, f"I do not know what {found['y']} is set to.")
    return _by_how_much(text, said, lookup)


def _by_how_much(text: str, said: str, lookup: Lookup) -> Copied | None:
    """The question that "brighter than the pendant" leaves open; None: it is no such sentence."""
    found = _VAGUE.fullmatch(said)
    if found is None or not _TELLING.isdisjoint(word.text for word in words(found["x"])) or not _is_thing(found["y"]):
        return None
    key = _KEYS.get(found["how"].lower(), "")
    things = _of_key(_things(found["x"], lookup), key)
    if not things or not _of_key(_others(found["y"], found["x"], things, lookup), key):
        return None
    return Copied(text, f"How much {found['how'].lower()} than {found['y']}? Please say a value.")


def _taken(found: re.Match[str], key: str, others: Sequence[Entity]) -> Copied | None:
    values = {value for other in others if (value := _value(other, key)) is not None}
    if len(values) > 1 or (len(others) > 1 and not values):
        return None
    if not values:
        off = key == "brightness" or others[0].state == "off"
        return Copied(
            found[0], f"{others[0].name} is off." if off else f"I do not know what {others[0].name} is set to."
        )
    value, given = values.pop(), found.groupdict()
    if given.get("times"):
        value *= _TIMES[found["times"].lower()]
    if given.get("by"):
        by = number([word.text for word in words(found["by"])])
        if by is None:
            return None
        value += -by if found["how"].lower() in _LESS else by
    value = value if key == "temperature" else clamp(value, 0, 100)
    thing = found["x"]
    if thing.lower() in _HERE:
        thing = "the temperature in here"
    if key == "volume":
        thing = "its volume" if thing.lower() in _IT else f"the volume of {thing}"
    return Copied(f"set {thing} to {value:g} {_UNITS.get(key, 'percent')}")


def _value(thing: Entity, key: str) -> float | None:
    """What a thing is set to, in percent or degrees; None: nothing, or nobody knows."""
    if key == "brightness":
        value = attribute(thing, "brightness")
        return None if thing.state != "on" or value is None else round(value / 2.55)
    if key == "volume":
        value = attribute(thing, "volume_level")
        return None if value is None else round(100 * value)
    if key == "position":
        return attribute(thing, "current_position")
    if key == "percentage" and thing.state == "off":
        return None
    return attribute(thing, key)


def _is_thing(said: str) -> bool:
    spoken = {word.text for word in words(said)}
    return bool(spoken) and _TELLING.isdisjoint(spoken) and not spoken <= _POINTING | {"the"}


def _of_key(things: Sequence[Entity], key: str) -> list[Entity]:
    """Those of some things that have a value of this key, or any; none where they have several."""
    found = [thing for thing in things if thing.domain in SETTING and key in {"", SETTING[thing.domain][1]}]
    return found if len({thing.domain for thing in found}) == 1 else []


def _things(said: str, lookup: Lookup) -> list[Entity]:
    """What words may mean: by name, as all in a place, or as a kind of thing in one."""
    bare = _place_or_bare(said, lookup)
    whole = lookup.named(_ARTICLE.sub("", said))  # "reading lamp one"
    if len(whole) == 1 and stems(whole[0].name) == stems(_ARTICLE.sub("", said)):
        return whole
    if found := lookup.named(bare) or lookup.named(_ONE.sub("", bare)):
        return found
    bare = bare if lookup.is_place(bare) else _bare(_ONE.sub("", bare))
    placed = _INSIDE.fullmatch(bare)
    if placed is not None and lookup.is_place(place := _place_or_bare(placed["place"], lookup)):
        if within := lookup.named(placed["noun"], [thing.id for thing in lookup.inside(place)]):
            return within
        bare = f"{place} {placed['noun']}"
    spoken = bare.split()
    for at in range(len(spoken), 0, -1):
        place, noun = " ".join(spoken[:at]), NOUNS.get(" ".join(map(stem, spoken[at:])))
        if lookup.is_place(_place_or_bare(place, lookup)) and (at == len(spoken) or noun is not None):
            inside = lookup.inside(_place_or_bare(place, lookup))
            return [thing for thing in inside if noun is None or thing.domain == noun.domain]
    return []


def _others(said: str, beside: str, things: Sequence[Entity], lookup: Lookup) -> list[Entity]:
    """What words mean that a value is taken from, as near to the things that get it as the home has such."""
    noun = words(beside)[-1].text if beside else ""
    domains = {thing.domain for thing in things}
    bare = _place_or_bare(said, lookup)
    if lookup.is_place(bare) and len(things) == 1:  # "the one in lab 3" of a lamp called "Lab 2 bench light"
        home = stems(lookup.place_of(things[0]))
        rest = " ".join(word for word in stems(things[0].name) if word not in home)
        inside = [thing.id for thing in lookup.inside(bare) if thing.domain in domains]
        if rest and len(alike := lookup.named(rest, inside)) == 1:
            return alike
    for spoken in (said, bare, f"{_bare(_ONE.sub('', bare))} {noun}"):
        found = [
            thing
            for thing in _things(spoken, lookup)
            if thing.domain in (domains or {thing.domain}) and thing not in things
        ]
        near = [thing for thing in found if thing.area in {other.area for other in things}]
        whole = [thing for thing in found if stems(thing.name) == stems(spoken)]
        if found:
            return whole or near or found
    return []


def _place_or_bare(said: str, lookup: Lookup) -> str:
    """`said` as a place where it is one: "cell one" is no cell of several."""
    place = _ARTICLE.sub("", said)
    return place if lookup.is_place(place) else _bare(said)


def _bare(said: str) -> str:
    was = ""
    while said != was:
        was, said = said, _PROPER.sub("", said).strip()
    return said


def _warmest(found: re.Match[str], lookup: Lookup) -> str:
    """The warmest or coldest white of lamps; empty: it is about something else."""
    lamps = _things(found["x"], lookup) if _is_thing(found["x"]) else []
    cold = (found["how"] or found["as"]).lower() in {"cool", "cold"}
    ends = [attribute(lamp, "max_color_temp_kelvin" if cold else "min_color_temp_kelvin") for lamp in lamps]
    known = [end for end in ends if end is not None]
    if not known or len(known) != len(ends) or any(lamp.domain != "light" for lamp in lamps):
        return ""
    return f"set {found['x']} to {(min if cold else max)(known):g} kelvin"
