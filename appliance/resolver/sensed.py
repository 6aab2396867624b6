"""Questions for what only a sensor of a class can tell: whether the washing machine leaks, whether somebody is on the landing.

That a machine is switched on says nothing about a leak. Such a question is answered by a sensor of the class that belongs to the thing, by
the words of its name or as the one of its room, or by those of the place of that name; where there is none, by nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from appliance.messages import Entity, Target
from appliance.resolver.amounts import attribute
from appliance.resolver.kinds import named_class
from appliance.resolver.places import Place, place_called
from appliance.resolver.situation import Problem, Selection, Situation, listed
from appliance.resolver.spelling import stems

_PRESENCE = ("motion", "occupancy", "presence", "moving")
_ALIKE = dict.fromkeys(_PRESENCE, _PRESENCE) | {
    kind: (kind,)
    for kind in "moisture smoke gas carbon_monoxide heat cold problem safety sound tamper vibration".split()
}
"""Classes of which nothing else can tell, to those that tell the same, the nearest first."""
_WORDS = frozenset(
    """sensor detector alarm leak leakage water flood moisture motion movement presence occupancy smoke gas carbon monoxide co heat cold
    problem safety sound noise tamper vibration status""".split()
)
"""Words of a sensor's name that say no more than its class does."""
_BY_ITSELF = frozenset({"binary_sensor", "climate", "water_heater", "weather"})
"""Things that tell by themselves whether they are hot or in trouble."""
_MEASURED = frozenset("temperature humidity battery power energy voltage current pressure carbon_dioxide pm25".split())
_SWITCHED = frozenset({"switch", "input_boolean", "light", "fan", "media_player", "cover", "valve", "lock"})
"""Things whose state says nothing of a measure."""
_PREDICATES = {
    "leak": "moisture", "leaking": "moisture", "leaky": "moisture", "wet": "moisture", "flooded": "moisture", "smoking": "smoke",
    "vibrating": "vibration",
}  # fmt: skip
_PREDICATED = re.compile(rf"is (?:the |my |our )?(?P<thing>.+?) (?P<how>{'|'.join(_PREDICATES)})[ ?.!]*", re.IGNORECASE)
_SOMEBODY = re.compile(
    r"(?:is|has)(?: there)? (?:any|some)(?:one|body)(?: (?:been|still|there|moving|walking|wandering|creeping|about|around|home))*"
    r" (?:in|on|at|inside|up in|down in) (?P<place>[^,]+?)(?: (?:now|right now|today|tonight|lately|recently|at the moment))?\??",
    re.IGNORECASE,
)


def alike(device_class: str | None) -> tuple[str, ...]:
    """The classes that tell the same as this one, the nearest first."""
    return _ALIKE.get(device_class or "", ())


def classed(target: Target, situation: Situation) -> Target:
    """`target` with the class that the sentence asks for where the reading lost it: "is the kiln smoking", "is anybody on the landing"."""
    if target.device_class in _ALIKE or target.it or target.other:
        return target
    told = _PREDICATED.fullmatch(situation.text)
    if (
        told is not None
        and (target.name or target.area)
        and not situation.index.exactly(stems(f"{told['thing']} {told['how']}"))
    ):
        return Target(name=told["thing"], device_class=_PREDICATES[told["how"].lower()])
    if not target.name:
        return target
    asked = _SOMEBODY.fullmatch(situation.text)
    if asked is not None and situation.index.exact_area(stems(asked["place"])) is not None:
        return replace(target, name=None, area=asked["place"], device_class="motion")
    return target


def sensed(target: Target, place: Place | None, situation: Situation) -> Selection | Problem | None:
    """What answers a question for the class of a named thing; None: others may answer it, too."""
    classes = alike(target.device_class)
    if not classes or not target.name:
        return None
    span = stems(target.name)
    named = [situation.by_id[match.entity] for match in situation.index.entities(span)]
    if any(entity.domain in _BY_ITSELF and _tells(entity, classes) for entity in named):
        return None
    sensors = [e for e in situation.home.entities if e.domain == "binary_sensor" and named_class(e) in classes]
    sensors = [e for e in sensors if place is None or place.holds(e, by_name=True)]
    theirs = [e for e in sensors if any(set(span) <= set(stems(name)) for name in e.names)]
    theirs = theirs or [e for e in sensors if any(_of_room(e, thing, situation) for thing in named)]
    if theirs:
        best = min(classes.index(named_class(e) or "") for e in theirs)
        theirs = [e for e in theirs if named_class(e) == classes[best]]
        slots = {"name": theirs[0].name if len(theirs) == 1 else target.name}
        return Selection(tuple(theirs), slots, named=len(theirs) == 1)
    there = place_called(target.name, situation)
    inside = [e for e in sensors if there is not None and there.holds(e, by_name=True)]
    if there is not None and inside:
        return Selection(
            tuple(inside), {**there.slots, "domain": "binary_sensor", "device_class": inside[0].device_class}
        )
    kind = (target.device_class or "").replace("_", " ")
    where = there.label if there is not None else f"for {named[0].name if len(named) == 1 else target.name}"
    return Problem(f"There is no {kind} sensor {where} that I know of.")


def unmeasured(target: Target, found: Selection | Problem, situation: Situation) -> Problem | None:
    """The refusal of a question for a measure that nothing found has; None: it may tell something of it."""
    measure = target.device_class
    if measure not in _MEASURED or isinstance(found, Problem):
        return None
    names = (measure, f"current_{measure}", f"{measure}_level")
    for entity in found.entities:
        colored = entity.domain == "light" and measure == "temperature"
        if entity.domain not in _SWITCHED or colored or attribute(entity, *names) is not None:
            return None
    return Problem(f"I know no {measure.replace('_', ' ')} of {listed(found.entities, situation)}.")


def _tells(entity: Entity, classes: tuple[str, ...]) -> bool:
    if entity.domain == "binary_sensor":
        return named_class(entity) in classes
    return not {"heat", "cold"}.isdisjoint(classes)


def _of_room(sensor: Entity, thing: Entity, situation: Situation) -> bool:
    """Whether a sensor is one for the whole room of a thing: its name says no more than the room and the class."""
    if sensor.area is None or sensor.area != thing.area:
        return False
    area = situation.index.areas.get(sensor.area)
    room = {word for name in area.names for word in stems(name)} if area is not None else set()
    return set(stems(sensor.name)) <= room | _WORDS | {"floor", "room"}
