"""What the words of a question say that the call does not: "co2" is carbon dioxide, whatever class the model wrote.

The model picks a device class from a list and may take a neighbour. A word that names one class outweighs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from appliance.messages import Call, Target
from appliance.resolver.kinds import named_class
from appliance.resolver.situation import Situation, spoken
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.vocabulary import CLASS_WORDS

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
_DOCKING = frozenset({"vacuum", "lawn_mower"})


def reworded(call: Call, situation: Situation) -> Call:
    """`call`, a question, with the class or the state that the sentence names."""
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
    robot = target.domain in _DOCKING or _is_robot(target, situation)
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
    return bool(found) and all(situation.by_id[match.entity].domain in _DOCKING for match in found)
