"""What a question is about: the words of a target to series of the history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.history import Series
from appliance.messages import Entity, Home
from appliance.recall.grammar import Bound, Question
from appliance.resolver.answers import holds
from appliance.resolver.spelling import stems

_FILLERS = frozenset(
    "in of at on for to from inside within is was it there the a an my our all any every sensor device thing room area place one".split()
)
"""Words of a target that tell nothing apart."""
_KINDS: Mapping[str, str] = {
    "light": "light lamp bulb", "switch": "switch plug outlet socket", "fan": "fan", "lock": "lock door",
    "cover": "cover blind shade curtain",
    "climate": "thermostat heating radiator climate",
    "media_player": "player tv television speaker music", "vacuum": "vacuum robot cleaner",
    "person": "person", "valve": "valve", "humidifier": "humidifier", "weather": "weather", "alarm_control_panel": "alarm",
    "door": "door contact", "window": "window contact", "garage_door": "garage door", "garage": "garage door", "motion": "motion movement",
    "occupancy": "motion occupancy presence", "smoke": "smoke detector", "moisture": "leak water", "opening": "door window",
    "temperature": "temperature thermometer", "humidity": "humidity", "illuminance": "brightness light", "power": "power consumption",
    "energy": "energy consumption", "pressure": "pressure", "carbon_dioxide": "co2 air", "battery": "battery", "vibration": "vibration",
}  # fmt: skip
"""Domain or device class to nouns for it."""
_OUTSIDE = frozenset({"outside", "outdoor", "garden", "yard", "terrace", "balcony", "patio", "porch"})
_OPENING = frozenset({"door", "window", "garage_door", "garage", "opening", "gate"})
_CLOSING = frozenset({"open", "closed"})
_UNITLESS = {"temperature": ("°C", "°F", "K"), "humidity": ("%",), "power": ("W", "kW"), "illuminance": ("lx", "lux")}


@dataclass(frozen=True, slots=True)
class Thing:
    """A series that may be meant."""

    series: Series
    name: str
    """What people call it, with its room where names alone do not tell."""
    entity: Entity | None
    """None: it is no entity of the home, or none any more."""
    is_number: bool

    def is_so(self, state: str, value: str) -> bool:
        """Whether the kept state `value` is what was asked for."""
        if self.entity is None:
            return value.lower() == state or (state == "on" and value.lower() in {"on", "open", "true", "1"})
        return holds(replace(self.entity, state=value), state) is True


def find(question: Question, home: Home, all_series: Sequence[Series], numbers: frozenset[int]) -> list[Thing]:
    """The series that a question is about, as many as it can mean; none: it is about nothing that is known.

    Args:
        question: what was asked.
        home: the home at this moment.
        all_series: of the history.
        numbers: ids of the series that hold numbers.
    """
    entities = {entity.id: entity for entity in home.entities}
    wants_number = not question.state
    things = [
        _thing(series, entities.get(series.what.key.partition("#")[0]), series.id in numbers) for series in all_series
    ]
    fitting = [
        thing
        for thing in things
        if thing.is_number is wants_number and _measures(thing, question) and _can(thing, question.state)
    ]
    wanted = frozenset(stems(question.target)) - _FILLERS
    if not wanted and not question.which and (question.target or question.state):
        return []  # "it" alone
    scored = [(score, thing) for thing in fitting if (score := _score(thing, wanted, question, home)) is not None]
    best = max((score for score, _ in scored), default=0)
    found = [thing for score, thing in scored if score == best]
    return _told_apart(found, home)


def _thing(series: Series, entity: Entity | None, is_number: bool) -> Thing:
    return Thing(series, entity.name if entity is not None else series.what.name, entity, is_number)


def _measures(thing: Thing, question: Question) -> bool:
    """Whether it measures what was asked; what was not said is taken from the unit of a threshold."""
    what = thing.series.what
    if not question.measure:
        return True
    if what.measure:
        return what.measure == question.measure
    return what.unit in _UNITLESS.get(question.measure, ())


def _can(thing: Thing, state: str) -> bool:
    """Whether it can be in a state at all: a lock is not what stands open."""
    if not state or thing.entity is None:
        return True
    domain, kind = thing.entity.domain, thing.entity.device_class or ""
    if state in _CLOSING:
        return domain in {"cover", "valve"} or (domain == "binary_sensor" and kind in _OPENING)
    if state in {"locked", "unlocked"}:
        return domain == "lock" or (domain == "binary_sensor" and kind == "lock")
    if state in {"home", "not_home"}:
        return domain in {"person", "device_tracker"}
    if state in {"heating", "cooling"}:
        return domain in {"climate", "water_heater"}
    if state == "cleaning":
        return domain in {"vacuum", "lawn_mower"}
    if state == "playing":
        return domain == "media_player"
    return domain not in {"lock", "cover", "person", "device_tracker", "weather"}


def _score(thing: Thing, wanted: frozenset[str], question: Question, home: Home) -> int | None:
    """How well the words fit; None: a word says that it is something else."""
    names = _names(thing)
    own = frozenset(word for name in names for word in name)
    place = _place_words(thing, home)
    kinds = frozenset(_kind_words(thing))
    if not wanted <= own | place | kinds | frozenset(stems(question.measure.replace("_", " "))):
        return None
    score = 2 * len(wanted & own) + len(wanted & place) + len(wanted & kinds - own)
    if wanted and any(frozenset(name) - _FILLERS == wanted for name in names):
        score += 100
    elif wanted and wanted <= place:
        score += 50  # the very room, not a thing that bears its name
    return score


def _names(thing: Thing) -> list[tuple[str, ...]]:
    entity = thing.entity
    spoken = entity.names if entity is not None else ()
    return [stems(name) for name in (thing.series.what.name, *spoken) if name]


def _kind_words(thing: Thing) -> Iterable[str]:
    what = thing.series.what
    keys = [what.measure]
    if thing.entity is not None:
        keys += [thing.entity.domain, thing.entity.device_class or ""]
    for key in keys:
        yield from stems(_KINDS.get(key, key.replace("_", " "))) if key else ()


def _place_words(thing: Thing, home: Home) -> frozenset[str]:
    area = next((area for area in home.areas if thing.series.what.area in {area.id, area.name}), None)
    found = set(stems(thing.series.what.area.replace("_", " "))) if thing.series.what.area else set()
    if thing.entity is None and thing.series.what.source == "watch":
        found |= set(stems(spaced(thing.series.what.key.partition("#")[0])))  # plant/cold/2 is also "the cold plant"
    if area is not None:
        for name in area.names:
            found |= set(stems(name))
        floor = next((floor for floor in home.floors if floor.id == area.floor), None)
        for name in floor.names if floor is not None else ():
            found |= set(stems(name))
    if found & _OUTSIDE or {"outside", "outdoor"} & set(stems(thing.series.what.name)):
        found |= {"outside", "outdoor"}
    return frozenset(found)


def spaced(topic: str) -> str:
    """The words of a topic: ``plant/pump3/temp`` is "plant pump 3 temp"."""
    return " ".join(re.findall(r"[^\W\d_]+|\d+", topic))


def _told_apart(things: Sequence[Thing], home: Home) -> list[Thing]:
    """The same with the room beside names that occur twice."""
    names = [thing.name for thing in things]
    areas = {area.id: area.name for area in home.areas}
    return [
        replace(thing, name=f"{thing.name} in {areas.get(thing.series.what.area, thing.series.what.area)}")
        if names.count(thing.name) > 1 and thing.series.what.area
        else thing
        for thing in things
    ]


def by_room(things: Sequence[Thing], home: Home) -> list[Thing]:
    """Things called by their rooms, for "which room was the warmest"; those of no room are left out."""
    areas = {area.id: area.name for area in home.areas}
    return [replace(thing, name=areas[thing.series.what.area]) for thing in things if thing.series.what.area in areas]


def bound_in(bound: Bound, unit: str) -> Bound:
    """A threshold in the unit of a series: watts of kilowatts."""
    if bound.unit == "watt" and unit == "kW":
        return replace(bound, value=bound.value / 1000)
    return replace(bound, value=bound.value * 1000) if bound.unit == "kilowatt" and unit == "W" else bound
