"""Questions for the most and the least of several: "which cell's radiator is set highest", "is it colder in the chapel or in the study"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from appliance.messages import Call, Entity, Target
from appliance.resolver.amounts import attribute
from appliance.resolver.situation import Situation, labels
from appliance.resolver.speech import be
from appliance.resolver.spelling import stem
from appliance.resolver.vocabulary import NOUNS
from appliance.text import key

_MOST = "highest higher warmest warmer hottest hotter brightest brighter loudest louder fastest faster"
_LEAST = "lowest lower coldest colder coolest cooler dimmest dimmer darkest darker quietest quieter slowest slower"
_SIDES: Mapping[str, bool] = {**dict.fromkeys(_MOST.split(), True), **dict.fromkeys(_LEAST.split(), False)}
_WARM = frozenset("warmest warmer hottest hotter coldest colder coolest cooler".split())
SUPERLATIVES = frozenset(word for word in _SIDES if word.endswith("est"))
_WORD = rf"(?P<side>{'|'.join(_SIDES)})"
_WHICH = re.compile(
    r"(?:which|what) (?:of the )?(?P<noun>[a-z]+(?: [a-z]+)?)(?: (?:in|on|of|at) (?P<place>[\w', ]+?))? (?:is|are|runs|run)"
    rf"(?: set| turned)?(?: up| down)?(?: to| at)?(?: the)? {_WORD}(?: (?:now|right now|at the moment))?"
)
_EITHER = re.compile(
    rf"(?:where )?is it {_WORD}(?: ,)? (?:in|at|on) (?:the )?(?P<one>[\w' ]+?) or (?:in |at |on )?(?:the )?(?P<other>[\w' ]+)"
)
_THAN = re.compile(
    rf"is (?:it )?(?:in )?(?:the )?(?P<one>[\w' ]+?) {_WORD} than (?:it is )?(?:in )?(?:the )?(?P<other>[\w' ]+)"
)
_MEASURES: Mapping[str, str] = {
    **dict.fromkeys(
        ("air", "air quality", "co2", "co 2", "co2 level", "co 2 level", "carbon dioxide", "co2 value", "co 2 value"), "carbon_dioxide"
    ),
    **dict.fromkeys(("humidity", "humidity level", "moisture"), "humidity"),
}  # fmt: skip
_HAS = re.compile(
    r"(?:which|what) (?:of the )?(?P<noun>[a-z]+)(?: (?:in|on|of|at) (?P<place>[\w' ]+?))? (?:has|have|is having)(?: got)? (?:the )?"
    rf"(?P<side>worst|best|most|least|highest|lowest) (?P<what>{'|'.join(sorted(_MEASURES, key=len, reverse=True))})"
    r"(?:,? (?:going|judging|measured) by (?:the )?[\w ]+)?(?: (?:now|right now|at the moment))?"
)
_RANKED: Mapping[str, bool] = {**_SIDES, "worst": True, "best": False, "most": True, "least": False}
_RANKING: Mapping[bool, str] = {True: "highest", False: "lowest"}
_GOAL = frozenset({"set", "turned"})


def compared(text: str) -> Call | None:
    """The question for the things of which `text` asks which has the most or the least of something; None: it asks no such thing."""
    said = key(text)
    match = _EITHER.fullmatch(said) or _THAN.fullmatch(said)
    if match and match["side"] in _WARM:
        target = Target(area=f"{match['one']} and {match['other']}", device_class="temperature")
        return Call("GetState", target, values={"ask": "one"})
    if match := _HAS.fullmatch(said.replace(" ,", ",")):
        anywhere = match["noun"] in {"room", "rooms"}
        place = match["place"] or (None if anywhere else f"all {match['noun'].removesuffix('s')}s")
        return Call("GetState", Target(area=place, device_class=_MEASURES[match["what"]]), values={"ask": "one"})
    match = _WHICH.fullmatch(said)
    if match is None:
        return None
    if match["noun"] in {"room", "rooms"} and match["side"] in _WARM:
        return Call("ClimateGet", Target(area=match["place"]))
    noun = NOUNS.get(" ".join(map(stem, match["noun"].split())))
    if noun is None:
        return None
    target = Target(area=match["place"], domain=noun.domain, device_class=noun.device_class)
    return Call("GetState", target, values={"ask": "one"})


def foremost(things: Sequence[Entity], target: Target, situation: Situation) -> str:
    """Which of several things has the most or the least of what the sentence asks for; empty: it asks for no such."""
    ranked = _RANKED if _HAS.fullmatch(key(situation.text).removesuffix("?").replace(" ,", ",")) else _SIDES
    side = next((word for word in situation.words if word in ranked), "")
    goal = not _GOAL.isdisjoint(situation.words)
    found = [(value, thing) for thing in things if (value := _amount(thing, target, goal=goal)) is not None]
    if not side or len(found) < 2:
        return ""
    best = (max if ranked[side] else min)(value for value, _ in found)
    first = [thing for value, thing in found if value == best]
    if len(first) == len(found):
        return "They are all the same."
    names = labels(first, situation)
    told = side if side in _SIDES else _RANKING[ranked[side]]
    return f"{' and '.join(names)} {be(first)} {told}." if len(first) <= 2 else ""


def _amount(entity: Entity, target: Target, *, goal: bool) -> float | None:
    """What is compared of a thing."""
    if entity.domain == "sensor":
        try:
            return float(entity.state)
        except ValueError:
            return None
    if entity.domain == "climate":
        wanted = goal and target.device_class is None
        return attribute(entity, "temperature") if wanted else attribute(entity, "current_temperature")
    names = {"light": "brightness", "media_player": "volume_level", "fan": "percentage", "cover": "current_position"}
    if entity.domain not in names:
        return None
    return 0.0 if entity.state in {"off", "closed"} else attribute(entity, names[entity.domain])
