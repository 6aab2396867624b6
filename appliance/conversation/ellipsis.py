"""The last command said again about another thing, place or amount: "same in the bedroom", "and the guest room to 18".

Pure functions. What they find goes through the resolver and policy as everything else does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.conversation.followups import Said
from appliance.intents.durations import duration
from appliance.intents.language import QUANTITIES
from appliance.intents.numbers import number, quantity
from appliance.messages import Call, Entity, Home, Quantity, Target
from appliance.resolver import Lookup, Memory, Mention
from appliance.resolver.colors import kelvin, rgb
from appliance.resolver.recast import SETTING
from appliance.resolver.spelling import is_plural, stem
from appliance.resolver.tasks import LIST_CALLS
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS
from appliance.text import key

_ADVERBS = frozenset({"upstairs", "downstairs", "outside", "inside"})
_ONE = re.compile(r"(?P<which>.+) ones?")
_IN = re.compile(r"(?P<thing>.+?) (?:in|on|at|from|of) (?:the |my |our )?(?P<place>.+)")
_ONE_IN = re.compile(r"(?:the |those |that )?(?P<one>ones?) (?:in|on|at|from) (?:the |my |our )?(?P<place>.+)")
_TO = re.compile(r"(?:(?P<rest>.+) )?(?:to|at|by|for) (?P<value>.+)")
_VALUE_FIRST = re.compile(r"(?:to )?(?P<value>.+?) (?P<rest>(?:in|for|on|at) .+)")
_VALUE_LEAD = re.compile(
    r"(?:(?:no|nope|sorry|oops|wait|actually|rather|i mean|i meant|or rather|make (?:it|that|them)|maybe|just|only|now|then|and|better|say"
    r"|i think|i(?:'d)?(?: would)? (?:prefer|rather have)|i like(?= .+ better)) )*(?:(?:to|at|in) )?(?P<value>.+?)"
    r"(?: (?:(?:is|would be|will be|should be|ought to be|'ll be) (?:plenty|enough|fine|ok|okay|good|all right|alright|sufficient)"
    r"|(?:will|would|should|'ll) (?:do|suffice)|suffices)(?: for(?: me| us| today)?)?)?"
    r"(?: (?:(?:is|was|would be|might be|looks?|suits? it|would (?:look|suit it)|seems) )?(?:much |a bit |even )*"
    r"(?:nicer|better|prettier|lovelier|cosier|more like it))?"
)
_SMALL = re.compile(r"\b(?:a|just a) (?:bit|little|touch|tad)\b|\bslightly\b|\ba lot\b|\bmuch\b")
_ANOTHER = re.compile(
    r"(?:another|a second|a third|one more|one|an|a)(?: (?P<name>(?!one\b|timer\b|for\b)[a-z]+)(?= timer))?(?: one| timer)?"
    r"(?: (?:for|of))? (?P<length>.+)"
)
_ON_LIST = re.compile(r"(?:to|on|onto|in) (?:the|my|our) (?P<list>.+?)(?: list)?")
_CORRECTING = re.compile(
    r"(?:(?:no|nope|sorry|oops|wait|actually|rather|i mean|i meant|make (?:it|that)) )+(?:for )?(?P<value>.+?)(?: instead)?"
)


@dataclass(frozen=True, slots=True)
class About:
    """What an elliptic sentence puts in the place of what was said before."""

    thing: str = ""
    place: str = ""
    value: Quantity | str | None = None


# --- whole sentences -------------------------------------------------------------------------------


def rewritten(said: Said, about: str, home: Home) -> str:
    """The last sentence with `about` in the place of what it was about; empty when that cannot be told."""
    if len(said.calls) != 1 or not said.text or said.calls[0].excepts:
        return ""
    (call,) = said.calls
    sentence, target = key(said.text), call.target
    inside = _IN.fullmatch(target.name or "")
    if inside is not None and not target.area and _is_place(inside["place"], home):  # copied as one
        target = replace(target, name=inside["thing"], area=inside["place"])
    bare = _without_article(about)
    if (match := _ONE.fullmatch(bare)) and _is_place(match["which"], home):
        bare = match["which"]
    place = _is_place(bare, home)
    if call.name == "ListAdd":
        item = call.values.get("item")
        items = item if isinstance(item, tuple) else (item,) if isinstance(item, str) else ()
        return _swapped(sentence, items[0], bare) if len(items) == 1 and not _ON_LIST.fullmatch(about) else ""
    if target.floor:
        return _swapped(sentence, target.floor, bare) if {target.floor, bare} <= _ADVERBS else ""
    if target.area and place:
        return _swapped(sentence, target.area, bare)
    if target.name and place:
        return _swapped(sentence, target.name, f"{_last_word(target.name)} in the {bare}")
    if target.name and (match := _ONE.fullmatch(bare)) and match["which"] != "other":
        return _swapped(sentence, target.name, f"{match['which']} {_last_word(target.name)}")
    if target.name:
        return _swapped(sentence, target.name, bare)
    if place:
        return f"{sentence} {bare}" if bare in _ADVERBS else f"{sentence} in the {bare}"
    if target.it or target.other:
        return re.sub(r"\b(?:it|that|this|them|(?:the )?other ones?)\b", f"the {bare}", sentence, count=1)
    if target.area and not place:
        return ""
    noun = next((word for word in sentence.split() if word in _nouns(call)), "")
    return _swapped(sentence, noun, bare) if noun else ""


def _without_article(words: str) -> str:
    return re.sub(r"^(?:in |on |at |for )?(?:the |my |our )?", "", words)


def _swapped(sentence: str, old: str, new: str) -> str:
    """`sentence` with the words `old` replaced, its article kept or added."""
    pattern = re.compile(rf"\b(?:(?P<article>the|my|a|an|all the|all) )?{re.escape(key(old))}\b")
    match = pattern.search(sentence)
    if match is None:
        return ""
    article = "" if re.match(r"(?:the|my|all|both) ", new) or match["article"] in {None, "all"} else "the "
    return f"{sentence[: match.start()]}{article}{new}{sentence[match.end() :]}"


def _last_word(name: str) -> str:
    return key(name).split()[-1]


def _nouns(call: Call) -> set[str]:
    words = {call.target.domain or "", call.target.device_class or ""} - {""}
    return words | {f"{word}s" for word in words}


def _is_place(words: str, home: Home) -> bool:
    names = {key(name) for area in home.areas for name in area.names}
    names |= {key(name) for floor in home.floors for name in floor.names}
    return key(words) in names


# --- whole calls -----------------------------------------------------------------------------------


def last_done(memory: Memory) -> tuple[Mention, ...]:
    """The calls of the last sentence that was about something."""
    mentions = memory.mentions
    return tuple(mention for mention in mentions if mention.turn == mentions[-1].turn)


def replaced(memory: Memory, words: str, lookup: Lookup) -> tuple[list[list[Call]], str]:
    """The last calls about what `words` say instead, the likelier first; and the words for it. Nothing where that cannot be told."""
    done = last_done(memory)
    if not done:
        return [], ""
    if len(done) == 1 and not done[0].entities:
        call = _listed(done[0].call, words)
        return ([[call]] if call is not None else []), words
    about = parted(words, done[-1].call, lookup)
    if about is None or any(not mention.entities for mention in done):
        return [], ""
    if len(done) > 1 and not (about.place and not about.thing):
        return [], ""
    found: list[list[Call]] = []
    phrases: list[str] = []
    for mention in done:
        entities = lookup.entities(mention.entities)
        targets, phrase = _targets(mention.call.target, entities, about, memory)
        values = _values(mention.call, about)
        phrases.append(phrase)
        calls = [replace(mention.call, target=target, excepts=(), values=values) for target in targets]
        found = [[*before, call] for before in found or [[]] for call in calls]
    return found, " and ".join(phrases)


def placed_first(words: str, lookup: Lookup) -> str:
    """The words "the one in the bedroom" as "the bedroom one", where the home has such a place."""
    match = _ONE_IN.fullmatch(words)
    return f"the {match['place']} {match['one']}" if match and lookup.is_place(match["place"]) else words


def manner(text: str) -> str:
    """How much of something a sentence asks for ("a bit")."""
    match = _SMALL.search(key(text))
    return match[0] if match else ""


def parted(words: str, call: Call, lookup: Lookup) -> About | None:
    """The thing, the place and the value that elliptic words name."""
    bare, value = words, None
    if (match := _TO.fullmatch(words)) and match["rest"]:
        value = value_of(match["value"], call)
        if value is not None:
            bare = match["rest"]
    first = _VALUE_FIRST.fullmatch(words)
    if value is None and first and (value := value_of(first["value"], call)) is not None:
        bare = first["rest"]
    rest = _without_article(bare)
    if value is None and re.match(r"(?:in|at) ", bare) and not lookup.is_place(rest):
        return None
    one = _ONE.fullmatch(rest)
    if lookup.is_place(rest) or (one and lookup.is_place(one["which"])):
        return About(place=one["which"] if one and not lookup.is_place(rest) else rest, value=value)
    inside = _IN.fullmatch(rest)
    if inside and lookup.is_place(inside["place"]):
        return About(inside["thing"], inside["place"], value)
    return About(rest, value=value) if rest else None


def value_of(words: str, call: Call) -> Quantity | str | None:
    """`words` as another value of what `call` sets."""
    name = next((name for name, value in call.values.items() if isinstance(value, Quantity) and name in QUANTITIES), "")
    if name:
        read = quantity(name, words.split())
        return read if read.value is not None else None
    if "color" in call.values and (rgb(words) is not None or kelvin(words) is not None):
        return words
    return None


def _values(call: Call, about: About) -> Mapping[str, Quantity | str | tuple[str, ...]]:
    if about.value is None:
        return call.values
    if isinstance(about.value, str):
        return {"color": about.value}
    name = next(name for name, value in call.values.items() if isinstance(value, Quantity) and name in QUANTITIES)
    return {**call.values, name: about.value}


def _targets(old: Target, entities: Sequence[Entity], about: About, memory: Memory) -> tuple[list[Target], str]:
    """What may be meant in the place of `old`, the likelier first, and the phrase for it."""
    noun = _noun(old, entities)
    if not about.thing:
        phrase = f"{noun} in the {about.place}"
        if old.area or old.floor or old.here:
            return [replace(old, area=about.place, floor=None, here=False)], phrase
        if old.name and noun:
            return [Target(name=noun, area=about.place)], phrase
        if old.name or old.it or old.other:
            return [Target(area=about.place, domain=_domain(entities), device_class=_class(entities))], phrase
        return [replace(old, area=about.place)], phrase
    if about.thing in {"other", "other one", "other ones", "others"}:
        return [Target(other=True)], about.thing
    one = _ONE.fullmatch(about.thing)
    name = f"{one['which']} {noun}".strip() if one else about.thing
    if about.place:
        return [Target(name=name, area=about.place)], f"{name} in the {about.place}"
    near = [Target(name=name, area=memory.place)] if (old.area or old.floor) and memory.place else []
    return [*near, Target(name=name)], name


def _noun(target: Target, entities: Sequence[Entity]) -> str:
    """The generic noun of what was spoken of, as it was said."""
    words = key(target.name or "").split()
    for count in (2, 1):
        tail = words[-count:]
        if len(tail) == count and " ".join([*tail[:-1], stem(tail[-1])]) in NOUNS:
            return " ".join(tail)
    known = CLASS_WORDS.get(target.device_class or _class(entities) or "") or DOMAIN_WORDS.get(
        target.domain or _domain(entities) or ""
    )
    noun = known[0] if known else ""
    many = len(entities) > 1 or (bool(words) and is_plural(target.name or ""))
    return f"{noun}s" if noun and many else noun


def _domain(entities: Sequence[Entity]) -> str | None:
    domains = {entity.domain for entity in entities}
    return domains.pop() if len(domains) == 1 else None


def _class(entities: Sequence[Entity]) -> str | None:
    classes = {entity.device_class for entity in entities if entity.domain in {"cover", "binary_sensor", "sensor"}}
    return classes.pop() if len(classes) == 1 else None


def _listed(call: Call, words: str) -> Call | None:
    """Another item for the same list, or another timer."""
    if call.name in LIST_CALLS:
        if match := _ON_LIST.fullmatch(words):
            return replace(call, values={**call.values, "list": match["list"]})
        items = split_items(words)
        return replace(call, values={**call.values, "item": items}) if items else None
    match = _ANOTHER.fullmatch(words)
    length = last_length(match["length"], call) if match and call.name == "StartTimer" else None
    if match is None or length is None:
        return None
    return Call("StartTimer", values={"duration": length, **({"timer": match["name"]} if match["name"] else {})})


def last_length(words: str, call: Call) -> Quantity | None:
    """A length of time; a bare number is one of the unit that the `call` before used."""
    before = call.values.get("duration")
    unit = before.words.split()[-1:] if isinstance(before, Quantity) else []
    said = words.split()
    for read in (said, [*said, *unit] if number(said) is not None else []):
        seconds = duration(read)
        if seconds is not None:
            return Quantity(seconds, unit="s", words=" ".join(read))
    return None


def corrected(memory: Memory, words: str) -> tuple[Call, ...]:
    """The timer that was just set, set anew: "no, ten minutes"."""
    last = memory.mentions[-1].call if memory.mentions else None
    match = _CORRECTING.fullmatch(words)
    if last is None or match is None or last.name != "StartTimer" or "command" in last.values:
        return ()
    length = last_length(match["value"], last)
    if length is None:
        return ()
    values = {key: value for key, value in last.values.items() if key == "timer"}
    return Call("CancelTimer"), Call("StartTimer", values={**values, "duration": length})


def split_items(words: str) -> tuple[str, ...]:
    """The things of an enumeration."""
    found = (re.sub(r"^(?:some|the|a|an|my) ", "", item.strip()) for item in re.split(r",| and ", words))
    return tuple(item for item in found if item)


# --- values alone ----------------------------------------------------------------------------------


def valued(memory: Memory, words: str, lookup: Lookup) -> Call | None:
    """The last command with another value: "to 18", "halfway", "no, red"; None when the words are no value of it."""
    mention = next((mention for mention in reversed(memory.mentions)), None)
    match = _VALUE_LEAD.fullmatch(words)
    if mention is None or not mention.entities or match is None:
        return None
    domain = _domain(lookup.entities(mention.entities))
    said = match["value"]
    if domain == "light" and (rgb(said) is not None or kelvin(said) is not None):
        return Call("LightSet", Target(it=True), values={"color": said})
    name, own = SETTING.get(domain or "", ("", ""))
    if not name or mention.call.name == "TurnOff":
        return None
    known = own in mention.call.values
    unit = re.search(r"percent|%|degree|°", said) is not None or said in {
        "half",
        "halfway",
        "half way",
        "full",
        "maximum",
    }
    value = quantity(own, said.split())
    if value.value is None or not (known or unit) or (value.unit == "%" and name in {"ClimateSet", "SetNumber"}):
        return None
    return Call(name, Target(it=True), values={own: value})
