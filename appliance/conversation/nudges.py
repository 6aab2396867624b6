"""More and less of what was just set: "a bit more", "one degree more", "that's too dark", "another five minutes".

Pure functions over words and the calls of a talk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from appliance.intents.durations import duration
from appliance.intents.numbers import number
from appliance.messages import Call, Entity, Quantity, Target
from appliance.resolver import Lookup, Memory, Mention
from appliance.resolver.contradictions import COMPLAINTS
from appliance.resolver.kinds import IN_DEGREES
from appliance.resolver.recast import SETTING
from appliance.resolver.tasks import TIMER_CALLS

Mode = Literal["up", "down", "times"]

_MORE: Mapping[str, tuple[str, str]] = {
    "brightness": ("make it a bit brighter", "make it a bit dimmer"),
    "kelvin": ("make it a bit cooler", "make it a bit warmer"),
    "temperature": ("make it a bit warmer", "make it a bit cooler"),
    "position": ("open it a bit more", "close it a bit more"),
    "percentage": ("make it a bit faster", "make it a bit slower"),
    "volume": ("turn it up a bit", "turn it down a bit"),
    "humidity": ("make it a bit more humid", "make it a bit less humid"),
    "number": ("make it a bit higher", "make it a bit lower"),
}
"""Value of a call to the sentences for more and less of it."""
_COMPARATIVES: Mapping[str, tuple[str, Mode]] = {
    "more": ("", "up"), "higher": ("", "up"), "up": ("", "up"), "further": ("", "up"),
    "less": ("", "down"), "lower": ("", "down"), "down": ("", "down"),
    "brighter": ("brightness", "up"), "lighter": ("brightness", "up"), "darker": ("brightness", "down"), "dimmer": ("brightness", "down"),
    "louder": ("volume", "up"), "quieter": ("volume", "down"), "softer": ("volume", "down"),
    "warmer": ("temperature", "up"), "hotter": ("temperature", "up"), "cooler": ("temperature", "down"), "colder": ("temperature", "down"),
    "faster": ("percentage", "up"), "slower": ("percentage", "down"), "longer": ("duration", "up"), "shorter": ("duration", "down"),
}  # fmt: skip
_PLAIN_COMPLAINTS: Mapping[str, Mode] = {
    "much": "down", "high": "down", "far": "down", "little": "up", "low": "up", "wide": "down", "long": "down", "short": "up",
}  # fmt: skip
"""What is too much or too little of whatever was set; wanted is the opposite."""
_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("percent", "%", "percentage", "points", "point"), "%"),
    **dict.fromkeys(("degree", "degrees", "°"), "degrees"),
    **dict.fromkeys(("notch", "notches", "step", "steps"), ""),
}
_MOST_WORDS = 9
_ASKING = frozenset({"GetState", "ClimateGet"})
"""Calls that may ask for the value of one thing, of which there may be more."""
_NO_VALUE = frozenset({"yesno", "any", "all", "how_many"})
_IS = (
    r"(?:(?:that|this|it|they|now|still|sorry|no|but|hmm)(?:'s| is| are|'re)? "
    r"|(?:still|now|way|far|much|just|a bit|a little|a tad|rather|really) )*"
)
_TOO = re.compile(rf"{_IS}too (?P<x>[a-z]+)(?: now| still| for (?:me|us))*(?: in there)?")
_NOT_ENOUGH = re.compile(rf"{_IS}(?:not|isn't) (?:quite |nearly )?(?P<x>[a-z]+) enough(?: yet| now| still)*")
_TIMES = re.compile(
    rf"(?:{_IS}(?:too [a-z]+|not so [a-z]+) )?(?:just |only |now |then |and |well )*"
    r"(?:(?:make|set|turn|put|bring|take) (?:it|that|them) (?:up |down )?(?:to )?|try )?"
    r"(?:(?P<times>half|twice|double|triple|three times|(?:a|one|two|three) (?:third|quarter|fifth)s?|[a-z0-9-]+ ?(?:percent|%)) "
    r"(?:of )?(?:it|that|this|them|what it is(?: now)?)|(?P<much>half|twice) as much|(?P<verb>halve|double|triple) (?:it|that|them))"
)
_FACTORS = {"half": 0.5, "halve": 0.5, "twice": 2.0, "double": 2.0, "triple": 3.0, "three times": 3.0}
_THAN = re.compile(r" than (?:that|it|this|now|it is(?: now)?)$")
_OFF = re.compile(
    r"(?:and |now |then )*(?:(?P<less>take|knock|shave) (?P<off>.+?) off(?: (?:it|that|them))?"
    r"|(?P<more>add|put) (?P<on>.+?)(?: (?:to|on|onto) (?:it|that|them)| on))"
)
_LEAD = frozenset("and maybe perhaps make it that set turn them put by give me another".split())


@dataclass(frozen=True, slots=True)
class Nudge:
    """How much more or less of something is wanted."""

    mode: Mode
    key: str = ""
    """Key of the value, where the word says it ("louder"); empty: what was set last."""
    amount: float | None = None
    unit: str = ""
    """``%``, ``degrees`` or ``s``."""
    words: str = ""


def nudged(words: Sequence[str]) -> Nudge | None:
    """What a sentence that is only a wish for more or less says; None for any other, and for a bare "brighter"."""
    if len(words) > _MOST_WORDS:
        return None
    plain = " ".join(words)
    for pattern, too_much in ((_TOO, True), (_NOT_ENOUGH, False)):
        if match := pattern.fullmatch(plain):
            return _complaint(match["x"], too_much=too_much)
    if match := _TIMES.fullmatch(plain):
        return _multiplied(match)
    if match := _OFF.fullmatch(plain):
        words = [*(match["off"] or match["on"]).split(), "less" if match["less"] else "more"]
    elif match := _THAN.search(plain):
        words = plain[: match.start()].split()
    another = "another" in words[:2]
    while len(words) > 1 and words[0] in _LEAD:
        words = words[1:]
    if len(words) > 2 and words[-2] == "more":  # "two more degrees"
        words = [*words[:-2], words[-1], "more"]
    if another and words[-1] not in _COMPARATIVES:
        words = [*words, "more"]
    if len(words) < 2 or words[-1] not in _COMPARATIVES:
        return None
    key, mode = _COMPARATIVES[words[-1]]
    return _measured(words[:-1], key, mode)


def _measured(words: Sequence[str], key: str, mode: Mode) -> Nudge | None:
    said = " ".join(words)
    seconds = duration(words)
    if seconds is not None and key in {"", "duration"}:
        return Nudge(mode, "duration", seconds, "s", said)
    if words[-1] in {"bit", "little", "lot", "touch", "tad"} or (words[-1] in _UNITS and not _UNITS[words[-1]]):
        return Nudge(mode, key, words=said) if key == "" and words[-1] in _UNITS else None
    if key == "duration":
        return None
    unit = _UNITS.get(words[-1], "")
    amount = number(words[:-1] if words[-1] in _UNITS else words)
    return None if amount is None or amount <= 0 else Nudge(mode, key, amount, unit, said)


def _multiplied(match: re.Match[str]) -> Nudge | None:
    """The wish behind "half that" and "two thirds of it"."""
    said = match["times"] or match["much"] or match["verb"]
    if said in _FACTORS:
        return Nudge("times", amount=_FACTORS[said])
    percent = said.endswith(("percent", "%"))
    amount = number(said.removesuffix("%").removesuffix("percent").replace("-", " ").split())
    if amount is None or amount <= 0 or not (percent or amount < 1):
        return None
    return Nudge("times", amount=amount / 100 if percent else amount)


def _complaint(word: str, *, too_much: bool) -> Nudge | None:
    """The wish behind "too dark" and "not warm enough"."""
    if too_much and word in _PLAIN_COMPLAINTS:
        return Nudge(_PLAIN_COMPLAINTS[word])
    for key, (much, little) in COMPLAINTS.items():
        if word in much | little:
            return Nudge("down" if (word in much) == too_much else "up", key)
    return None


def step_of(calls: Sequence[Call], *, more: bool) -> tuple[str, str, Quantity] | None:
    """What "a bit more" or "a bit less" of the last sentence is.

    Returns the sentence, the value and its direction; None when the last sentence set nothing of which there is more.
    """
    for call in reversed(calls):
        for name, value in call.values.items():
            if name in _MORE and isinstance(value, Quantity):
                up = (value.mode != "down") == more
                return _MORE[name][0 if up else 1], name, Quantity(None, "up" if up else "down")
    return None


def applied(nudge: Nudge, memory: Memory, lookup: Lookup) -> tuple[Call, Mention] | None:
    """The call that a nudge comes to, and what it goes on with; None when nothing fits that was spoken of."""
    if nudge.unit == "s":
        last = memory.mentions[-1] if memory.mentions else None
        if last is None or last.call.name not in TIMER_CALLS:
            return None
        name = "IncreaseTimer" if nudge.mode == "up" else "DecreaseTimer"
        return Call(name, values={"duration": Quantity(nudge.amount, unit="s", words=nudge.words)}), last
    named = bool(nudge.key or nudge.unit)
    for mention in reversed(memory.mentions):
        call = _of(nudge, mention, lookup.entities(mention.entities))
        if call is not None:
            return call, mention
        if not named:
            break
    return None


def _of(nudge: Nudge, mention: Mention, entities: Sequence[Entity]) -> Call | None:
    domains = {entity.domain for entity in entities}
    if len(domains) != 1 or mention.call.name == "TurnOff":
        return None
    domain = domains.pop()
    if domain not in SETTING or (nudge.unit and (nudge.unit == "degrees") != (domain in IN_DEGREES)):
        return None
    name, own = SETTING[domain]
    set_last = next(
        (key for key, value in mention.call.values.items() if isinstance(value, Quantity) and key in _MORE), ""
    )
    set_last = own if set_last and set_last != "kelvin" else set_last  # the model may have taken one thing for another
    mode = nudge.mode
    asked = mention.call.name in _ASKING and mention.call.values.get("ask") not in _NO_VALUE and len(entities) == 1
    asked = asked or (nudge.mode == "times" and mention.call.name in {"TurnOn", "Open"})
    key = nudge.key or set_last or (own if nudge.unit or asked else "")
    if key == "temperature" and set_last == "kelvin":
        key, mode = "kelvin", "down" if mode == "up" else "up"  # warm light has few kelvins
    if key not in {own, "kelvin"} or (key == "kelvin" and domain != "light"):
        return None
    unit = "" if nudge.unit == "degrees" else nudge.unit
    return Call(name, Target(it=True), values={key: Quantity(nudge.amount, mode, unit, nudge.words)})


def beside(nudge: Nudge, memory: Memory, lookup: Lookup) -> Call | None:
    """Lights of the place last spoken of, where "too dark" is about nothing that was spoken of itself: never those of the whole home."""
    lights = [entity for entity in lookup.inside(memory.place or "") if entity.domain == "light"]
    if nudge.key != "brightness" or not memory.mentions or not lights:
        return None
    target = Target(area=memory.place, domain="light")
    return Call("LightSet", target, values={nudge.key: Quantity(nudge.amount, nudge.mode)})
