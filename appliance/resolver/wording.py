"""What the words of a sentence say that the call does not: "co2" is carbon dioxide, whatever class the model wrote.

The model picks a device class from a list and may take a neighbour. A word that names one class outweighs it, and so does one that
names all of a domain: players are more than speakers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from appliance.messages import Call, Target
from appliance.resolver.kinds import ROBOTS, named_class
from appliance.resolver.situation import Situation, spoken
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.vocabulary import CLASS_WORDS, NOUNS

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "carbon_dioxide": "co 2|co2|carbon dioxide", "carbon_monoxide": "carbon monoxide", "smoke": "smoke", "gas": "gas",
        "power": "power|watt|wattage", "energy": "energy|kwh|kilowatt hour", "battery": "battery", "humidity": "humidity|humid",
        "illuminance": "illuminance|lux|bright|brightness|light level", "motion": "motion|movement", "occupancy": "occupancy|occupied",
        "voltage": "voltage|volt", "pressure": "pressure", "pm25": "pm 25|pm 2.5|dust|dusty", "aqi": "air quality",
        "volatile_organic_compounds": "voc|vocs",
        "wind_speed": "wind|wind speed|windy", "precipitation": "rain|rainfall|precipitation", "moisture": "leak|moisture|flood|wet",
        "temperature": "temperature|warm|cold|hot|degree", "vibration": "vibration", "signal_strength": "signal|signal strength",
        "uv_index": "uv|uv index", "weight": "weight", "tamper": "tamper", "sound": "noise|sound",
    }
)  # fmt: skip
_PHRASES: tuple[tuple[Stems, str], ...] = tuple(
    (stems(phrase), name) for name, phrases in _CLASSES.items() for phrase in phrases.split("|")
)
_CHARGING = frozenset({"charging", "recharging"})
_BESIDE: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "open": ("opening", ("opening",), ("open", "opened")),
        "closed": ("closing", ("closing", "shutting"), ("closed", "shut")),
        "on": ("off", ("empty", "clear", "unoccupied", "vacant"), ("on", "occupied", "detected", "triggered")),
    }
)
"""State to the one beside it that may be taken for it, the words for that one, and those for the state itself."""


def reworded(call: Call, situation: Situation) -> Call:
    """`call`, a question, with the class or the state that the sentence names; one for a list by its name is for what is on it."""
    name = call.target.name
    if name and call.name == "GetState" and [id_.partition(".")[0] for id_ in situation.index.called(name)] == ["todo"]:
        return replace(call, name="ListGet", target=Target(), values={"list": name})
    call = _as_said(call, situation)
    said = set(_said(situation))
    target = call.target
    if call.name == "ClimateGet":
        if len(said) == 1 and "temperature" not in said and (known := said & _classes(situation)):
            ask = {"ask": call.values.get("ask", "one")}
            return replace(
                call, name="GetState", target=replace(target, domain=None, device_class=known.pop()), values=ask
            )
        return call
    if situation.says(_CHARGING) and spoken(call.values, "state") != "docked":
        return _charging(call, situation)
    if len(said) != 1:
        return call
    name = said.pop()
    if target.device_class is not None:
        own = CLASS_WORDS.get(target.device_class, (target.device_class,))
        if set(own) & set(situation.sentence):
            return call
        if name == "pm25" and name not in _classes(situation):
            return call
        return replace(call, target=replace(target, domain=None, device_class=name))
    if name not in _classes(situation) or target.domain not in {None, "sensor", "binary_sensor"}:
        return call
    if target.name is None or spoken(call.values, "ask") == "one":
        return replace(call, target=replace(target, domain=None, device_class=name))
    return call


def _as_said(call: Call, situation: Situation) -> Call:
    """`call` with the state that was said beside the one that was written: what is "shutting" is not yet closed."""
    beside, words, own = _BESIDE.get(spoken(call.values, "state"), ("", (), ()))
    if not situation.says(words) or situation.says(own):
        return call
    return replace(call, values={**call.values, "state": beside})


_WHOLE = MappingProxyType({"player": "media_player", "cover": "cover"})
"""Nouns that mean every class of a domain."""


def unclassed(call: Call, situation: Situation) -> Call:
    """`call` without a class of things that no word says, where a noun for all of the domain stands in the sentence."""
    target = call.target
    domain = next((_WHOLE[word] for word in situation.words if word in _WHOLE and word not in situation.spans), None)
    if domain is None or target.name or target.device_class is None or target.domain not in {None, domain}:
        return call
    nouns = {word for word, noun in NOUNS.items() if noun.device_class == target.device_class}
    exempt = {word for span in situation.exempted for word in span}
    said = tuple(word for word in situation.words if word not in exempt)
    of_domain = any(NOUNS[noun].domain == domain for noun in nouns)
    if not of_domain or any(
        words == said[at : at + len(words)] for words in map(stems, nouns) for at in range(len(said))
    ):
        return call
    return replace(call, target=replace(target, domain=domain, device_class=None))


def _said(situation: Situation) -> Iterator[str]:
    """Classes that the sentence names outside of names and places."""
    words = situation.sentence
    for phrase, name in _PHRASES:
        if set(phrase) & situation.spans:
            continue
        if any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1)):
            yield name


def _classes(situation: Situation) -> set[str | None]:
    return {named_class(entity) for entity in situation.home.entities if entity.domain in {"sensor", "binary_sensor"}}


def _charging(call: Call, situation: Situation) -> Call:
    """A robot charges in its dock; of other things a sensor says so."""
    target = call.target
    robot = target.domain in ROBOTS or _is_robot(target, situation)
    if robot:
        return replace(call, values={**call.values, "state": "docked"})
    if "battery_charging" not in _classes(situation):
        return call
    return replace(
        call,
        target=replace(target, domain=None, device_class="battery_charging"),
        values={**call.values, "state": "on"},
    )


def _is_robot(target: Target, situation: Situation) -> bool:
    found = situation.index.entities(stems(target.name)) if target.name else []
    return bool(found) and all(situation.by_id[match.entity].domain in ROBOTS for match in found)
