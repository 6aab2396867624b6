"""Turns of phrase in plainer words: "as loud as it goes" is "at maximum volume", "an hour from now" is "in an hour".

The command model knows commands, not every way to talk around one. A saying whose sense is certain gives way to the words that the
model reads best, before it reads the sentence. What calls quote (the text of a reminder) comes back as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from appliance.intents.durations import duration
from appliance.intents.numbers import number
from appliance.text import words

_Rule = Callable[[str], Iterator[tuple[int, int, str]]]
"""Finds sayings: first character, the one after the last, plainer words."""


@dataclass(frozen=True, slots=True)
class Plainer:
    """A sentence in plainer words."""

    text: str
    changed: tuple[tuple[str, str], ...]
    """What each saying became, and as what it was said."""


def plainer(text: str, is_color: Callable[[str], bool] = lambda _words: False) -> Plainer | None:
    """`text` with its sayings in plainer words; None: it has none. `is_color` knows the names of colours."""
    said = text.replace("’", "'")
    changed: list[tuple[str, str]] = []
    rules: tuple[_Rule, ...] = (*_RULES, partial(_colored, is_color=is_color), partial(_both, is_color=is_color))
    for rule in rules:
        for start, end, plain in sorted(rule(said), reverse=True):
            changed.append((plain, said[start:end]))
            said = said[:start] + plain + said[end:]
    return Plainer(said, tuple(changed)) if changed else None


# --- the most and the least ------------------------------------------------------------------------

_MOST = {"bright": "brightness", "light": "brightness", "loud": "volume", "fast": "speed", "strong": "speed"}
_LEAST = {
    "dim": "brightness",
    "dark": "brightness",
    "quiet": "volume",
    "soft": "volume",
    "silent": "volume",
    "slow": "speed",
}
_WARMTH = {
    "warm": "maximum",
    "hot": "maximum",
    "high": "maximum",
    "cool": "minimum",
    "cold": "minimum",
    "low": "minimum",
}
_SETTINGS = {"high": "at the highest setting", "low": "at the lowest setting"}
_FULLY = frozenset({"far", "wide"})
_HEATING = re.compile(
    r"\b(?:heating|heaters?|heat|radiators?|thermostats?|stove|boiler|ac|aircon|air con(?:ditioning|ditioner)?)\b",
    re.IGNORECASE,
)
"""Of lamps "warm" is a white, of these a temperature."""
_BLOWING = re.compile(r"\b(?:fans?|ventilators?|hood|blower)\b", re.IGNORECASE)
"""Anything may be done as fast as possible; only these have a speed."""
_AS_IT_GOES = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bam )(?<!'s )(?<!'re )(?<!'m )\bas (?P<how>[a-z]+) as "
    r"(?:(?P<thing>it|they|this|that|those|these|he|she)"
    r"(?:(?:'ll| will| can| could| may)(?: possibly)?(?: go| get| be)?| goes| go| gets| get)|possible|can be)(?![\w'])",
    re.IGNORECASE,
)  # fmt: skip
_FLAT_OUT = re.compile(
    r"(?<!\bam )(?<!\bare )(?<!'m )(?<!'re )\bflat out(?=\s*(?:$|[.,!]|please\b|now\b))", re.IGNORECASE
)

_RIGHT_UP = re.compile(
    r"(?<!\bthe )(?<!\bcoming )\bright (?P<way>up|down)(?=\s*(?:$|[.,!]|please\b|now\b))", re.IGNORECASE
)


def _extremes(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _AS_IT_GOES.finditer(text):
        plain = _extreme(match["how"].lower(), text, thing=match["thing"] is not None)
        if plain:
            yield *match.span(), plain
    for match in _RIGHT_UP.finditer(text):
        yield *match.span(), f"all the way {match['way']}"
    for match in _FLAT_OUT.finditer(text):
        yield *match.span(), "at maximum temperature" if _HEATING.search(text) else "at full power"


def _extreme(how: str, text: str, *, thing: bool) -> str:
    """What "as `how` as it goes" comes to; `thing`: that was said, not "possible"."""
    if how in {"hot", "cold"} or (how in _WARMTH and _HEATING.search(text)):
        return f"at {_WARMTH[how]} temperature"
    if how in _FULLY:
        return "all the way"
    if how == "fast" and not thing and not _BLOWING.search(text):
        return ""
    if how in _MOST:
        return f"at maximum {_MOST[how]}"
    return f"at minimum {_LEAST[how]}" if how in _LEAST else _SETTINGS.get(how, "")


_ANOTHER = re.compile(
    r"\b(?:(?:put|add|chuck|stick|bung|whack|throw) )another (?P<many>(?!few\b)\w+(?: (?:and a half|five))?) "
    r"(?P<unit>degrees?|percent) (?:on ?to|on|to)"
    r"(?= (?:the|my|our|\w+'s) )",
    re.IGNORECASE,
)


def _added(text: str) -> Iterator[tuple[int, int, str]]:
    """So much more of something, whatever the verb."""
    for match in _ANOTHER.finditer(text):
        yield *match.span(), f"{match['many']} more {match['unit']} on"


# --- later -----------------------------------------------------------------------------------------

_LONGEST = 8
"""Words of a length."""
_TELLERS = frozenset("the a an i we he she it they there my our his her".split())
"""How something begins that will happen by itself: "an hour from now the train leaves"."""


def _from_now(text: str) -> Iterator[tuple[int, int, str]]:
    """A length before "from now" is one after "in"."""
    said = words(text)
    plain = [word.text for word in said]
    for at in range(1, len(said) - 1):
        if plain[at : at + 2] != ["from", "now"] or plain[at + 2 : at + 3] == ["on"]:
            continue
        starts = [start for start in range(max(0, at - _LONGEST), at) if duration(plain[start:at]) is not None]
        told = starts[:1] == [0] and plain[at + 2 : at + 3] and plain[at + 2] in _TELLERS
        if starts and not told and plain[starts[0] - 1 : starts[0]] not in (["in"], ["after"], ["for"]):
            start, end = said[starts[0]].start, said[at - 1].end
            yield start, said[at + 1].end, f"in {text[start:end]}"


# --- no longer needed ------------------------------------------------------------------------------

_HOLDING = re.compile(
    r"\b(?:if|when|whenever|unless|until|while|always|usually|never|who|why|what|which|timer|alarms?|remind|told?|tell|say|said)\b",
    re.IGNORECASE,
)
"""Words of a sentence that sets a rule, asks or tells something: it wants nothing now."""
_AT_AN_END = r"(?=\s*(?:$|[.,!;]|(?:now|please|and|so|then|tonight|all)\b))"
"""Nothing follows that "on" belongs to: "on the list"."""
_NOT_NEEDED = re.compile(
    r"(?<!\bi )(?<!\bwe )(?<!\byou )(?<!\bhe )(?<!\bshe )\b"
    r"(?:(?:doesn'?t|don'?t|does not|do not) (?:need|have) to|no longer (?:needs?|has|have) to"
    rf"|needn'?t|need not) (?:stay|be|remain|be left)(?: turned| switched)? on(?: any ?more| any longer)?{_AT_AN_END}",
    re.IGNORECASE,
)  # fmt: skip
_NO_NEED = re.compile(
    r"\b(?:there'?s|there is) no (?:more |longer (?:a |any )?)?need for "
    r"(?P<what>(?:the|my|our|\w+'s) (?:\w+ ){1,4}?)to (?:stay|be|remain) on"
    rf"(?: any ?more| any longer)?{_AT_AN_END}",
    re.IGNORECASE,
)
_SO = re.compile(
    r"^(?P<why>(?:nobody|no one|everybody|everyone|they|there|we|i)(?:'s|'re|'m| is| are| am)\b[^,]*?)(?: any ?more| any longer)?,? so "
    r"(?P<what>(?:the|my|our|all the|[\w]+'s) (?:\w+ ){1,4}?)(?:can|could|may) (?:go|be (?:turned|switched)) (?P<state>off|out|on)"
    r"(?P<rest>(?: now| please| then)*[.!]?)$",
    re.IGNORECASE,
)  # fmt: skip


def _not_needed(text: str) -> Iterator[tuple[int, int, str]]:
    """What need not stay on can go off."""
    if not _HOLDING.search(text) and "?" not in text:
        for match in _NOT_NEEDED.finditer(text):
            yield *match.span(), "can go off"
        for match in _NO_NEED.finditer(text):
            yield *match.span(), f"{match['what']}can go off"


def _so(text: str) -> Iterator[tuple[int, int, str]]:
    """A reason, and what may be done therefore."""
    match = _SO.match(text) if not _HOLDING.search(text) else None
    if match:
        state = "on" if match["state"].lower() == "on" else "off"
        yield match.end("why"), match.end(), f", turn {match['what']}{state}{match['rest']}"


# --- a colour before its lamp ----------------------------------------------------------------------

_GIVE_ME = re.compile(
    r"(?:give (?:me|us)|can (?:i|we) (?:have|get)|i(?:'d| would) like|let's have) (?:a |some )?"
    r"(?P<color>\w+(?: \w+)?) (?:on|for|in|from|at) "
    r"(?P<thing>(?:the|my|our|\w+'s) [\w' ]+?)(?P<rest>(?: now| please)*[.!?]?)$",
    re.IGNORECASE,
)


def _colored(text: str, is_color: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    match = _GIVE_ME.search(text)
    if match and is_color(match["color"]):
        yield match.start(), match.end(), f"set {match['thing']} to {match['color']}{match['rest'].rstrip('?')}"


_FULLY_LIT = r"(?:full|half|maximum|max|minimum|min)(?: brightness| power)?"
_SHINE = rf"(?:at|to|on) (?:{_FULLY_LIT}|[a-z0-9-]+(?: [a-z]+)? ?(?:percent|%))(?: brightness)?"
_BOTH = re.compile(
    rf"(?P<things>.+?),? (?:and |but )?(?:both|all|each)(?: (?:of them|three|four))? (?P<shine>{_SHINE})(?P<rest>(?: now| please)*[.!?]?)$",
    re.IGNORECASE,
)
_TOGETHER = ("both ", "all ", "each ")
_FOUR_DIGITS = re.compile(r"\d{4}")
_BESIDE = re.compile(r",? and |, ")
_PERCENT = r"[a-z0-9-]+(?: [a-z]+)? ?(?:percent|%)"
_JOINED = r",? (?:(?:and|with|at) )*"
_KELVINS = re.compile(
    r"(?P<thing>(?:(?!\band\b)[^,;])+?) (?:at|to) "
    rf"(?:(?P<kelvin>\d{{4,5}}) ?k(?:elvins?)?{_JOINED}(?P<level>{_PERCENT})"
    rf"|(?P<first>{_PERCENT}){_JOINED}(?P<then>\d{{4,5}}) ?k(?:elvins?)?)"
    r"(?P<rest>(?: now| please)*[.!?]?)$",
    re.IGNORECASE,
)
_PAINTED = re.compile(
    r"(?:(?:please |then |now |can you |could you )*(?:make|turn|set|put|change|have|light|paint|colour|color) "
    r"|(?:.*[ ,])?(?:(?:i|we)(?:'d| would) (?:like|love)|(?:i|we) want|let's have|(?:can|could) (?:i|we) have|give (?:me|us)) )?"
    r"(?P<thing>(?:the |my |our )?[\w'-]+(?: [\w'-]+){0,4}?)(?: (?:to|in|on|into))?",
    re.IGNORECASE,
)
_NO_THING = frozenset(
    "i we you it they is are was make turn set put change have let want like in on to if when".split()
)


def _both(text: str, is_color: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    """How bright several things with a colour each shall be, said for all of them at the end."""
    match = _BOTH.match(text) if any(word in text for word in _TOGETHER) else None
    pieces = [_painted(piece, is_color) for piece in _BESIDE.split(match["things"])] if match else []
    if match and len(pieces) > 1 and all(pieces):
        shining = " and ".join(f"set {piece} {match['shine']}" for piece in pieces)
        yield *match.span(), f"{shining}{match['rest']}"


def _painted(piece: str, is_color: Callable[[str], bool]) -> str:
    """A thing and its colour as what it is to be set to; empty: it is anything else."""
    said = piece.split()
    for count in (2, 1):
        color = " ".join(said[-count:])
        match = _PAINTED.fullmatch(" ".join(said[:-count])) if is_color(color) else None
        if match and _NO_THING.isdisjoint(match["thing"].lower().split()):
            return f"{match['thing']} to {color}"
    return ""


def _warmth_first(text: str) -> Iterator[tuple[int, int, str]]:
    """A white and how bright it shall be, as one wish with the white last."""
    match = _KELVINS.match(text) if _FOUR_DIGITS.search(text) else None
    if match:
        level, kelvin = match["level"] or match["first"], match["kelvin"] or match["then"]
        yield *match.span(), f"{match['thing']} at {level} with {kelvin} kelvin{match['rest']}"


# --- ranges, steps, whites -------------------------------------------------------------------------

_NUMBER = r"(?:\d+(?:\.\d+)?|[a-z]+(?:[ -](?!percent|degree|kelvin|and\b)[a-z]+)?)"
_RANGE = rf"between (?P<low>{_NUMBER}) and (?P<high>{_NUMBER})(?P<unit> ?(?:percent|%|degrees?|kelvin|k)\b)?"
_ANY = r"(?:(?:some|any)(?:thing|where) )?(?:in )?"
_WHATEVER = (
    r"(?:[,.;]? (?:i (?:don't|do not) (?:care|mind)(?: (?:exactly|which|where))?|it doesn't matter(?: much| exactly)?"
    r"|either (?:is|will be) fine|whatever|roughly|you choose|your choice))?(?: please)?[.!]?$"
)
_BETWEEN = re.compile(rf"(?P<to>\b(?:to|at) )?\b{_ANY}{_RANGE}{_WHATEVER}", re.IGNORECASE)
_BETWEEN_ON = re.compile(
    rf"^(?:give (?:me|us) |i want |i'd like )?{_ANY}{_RANGE} (?:on|for|in) (?P<thing>[^,;]+?){_WHATEVER}", re.IGNORECASE
)
_NO_RANGE = re.compile(
    r"^(?:is|are|was|what|which|who|how|when|if|does|do|did|why)\b|\b(?:is|are|if|when|while|until|alternate|fade|cycle|random)\b",
    re.IGNORECASE,
)


def _between(text: str) -> Iterator[tuple[int, int, str]]:
    """The middle of a range."""
    match = None if _NO_RANGE.search(text) else _BETWEEN_ON.search(text) or _BETWEEN.search(text)
    if match is None:
        return
    given = match.groupdict()
    low, high = (number(match[side].lower().replace("-", " ").split()) for side in ("low", "high"))
    told = match["unit"] or given.get("to") or "where" in match[0].lower() or "thing" in given
    if low is None or high is None or low >= high or not told:
        return
    middle, unit = (low + high) / 2, match["unit"] or ""
    if high < 1 and not unit:
        middle, unit = 100 * middle, " percent"
    value = f"{middle if 'degree' in unit else round(middle):g}{unit}"
    yield *match.span(), f"set {match['thing']} to {value}" if "thing" in given else f"to {value}"


_AS_NOW = re.compile(
    r"\b(?P<much>(?:half|twice|double|three times) as \w+|\w+ (?:percent|degrees?) \w+er) (?:as|than) (?:(?:it|they|that) (?:is|are)|it's)?"
    r"(?: ?(?:right )?now| at the moment| currently| today)?(?=\s*(?:$|[.,!?]|please\b))",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\bpercentage points?\b", re.IGNORECASE)
_A_BIT = r"(?:(?P<much>a (?:bit|little|touch|tad)|slightly|a lot|much|rather) )?"
_WARMER = (
    r"(?:less (?:blue|bluish|clinical|harsh)"
    r"|more (?:candle[- ]?like|like (?:a )?candle(?: ?light)?|yellowish|orangey|orangeish|golden|cosy))"
)
_COOLER = r"(?:less (?:yellow|yellowish|orange|orangey|orangeish|golden)|more (?:bluish|like daylight|daylight[- ]?like|neutral))"
_END_OF_WISH = r"(?=\s*(?:$|[.,!?]|please\b|for\b|on\b|in\b))"
_WHITES = tuple(
    (
        re.compile(
            rf"\b{_A_BIT}{shade}(?:(?:,| and|, and) (?:a bit |a little )?{shade})*{_END_OF_WISH}", re.IGNORECASE
        ),
        plain,
    )
    for shade, plain in ((_WARMER, "warmer"), (_COOLER, "cooler"))
)

_LESS = {
    **dict.fromkeys(("dark", "dim", "gloomy", "murky"), "brighter"),
    **dict.fromkeys(("cold", "chilly", "freezing"), "warmer"),
    **dict.fromkeys(("hot", "stuffy"), "cooler"),
    **dict.fromkeys(("quiet", "silent"), "louder"),
    "slow": "faster", "dry": "more humid",
}  # fmt: skip
_LESS_OF = re.compile(rf"\b{_A_BIT}less (?P<what>{'|'.join(_LESS)}){_END_OF_WISH}", re.IGNORECASE)
"""A wish for less of what nobody wants more of: the command model only hears that."""


def _steps(text: str) -> Iterator[tuple[int, int, str]]:
    """Shares of what is now, and steps in points."""
    for match in _AS_NOW.finditer(text):
        yield *match.span(), match["much"]
    for match in _POINTS.finditer(text):
        yield *match.span(), "percent"


def _whites(text: str) -> Iterator[tuple[int, int, str]]:
    """Whites by what they are like."""
    for pattern, plain in _WHITES:
        for match in pattern.finditer(text):
            yield *match.span(), f"{match['much'] or 'a bit'} {plain}"


def _less(text: str) -> Iterator[tuple[int, int, str]]:
    """Less of what is bad for more of what is good."""
    for match in _LESS_OF.finditer(text):
        yield *match.span(), f"{match['much'] or 'a bit'} {_LESS[match['what'].lower()]}"


_RULES: tuple[_Rule, ...] = (
    _extremes,
    _added,
    _from_now,
    _not_needed,
    _so,
    _between,
    _steps,
    _whites,
    _less,
    _warmth_first,
)
