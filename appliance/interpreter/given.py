"""Whether the conditions of a sentence hold in a home, and which of its commands count then."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.interpreter.outcomes import Interpretation
from appliance.interpreter.read import Part
from appliance.messages import Entity, Home, Step
from appliance.plainly.whether import OUTSIDE, Fact
from appliance.resolver.answers import holds
from appliance.resolver.conditions import WAITING
from appliance.resolver.speech import be, value_words
from appliance.resolver.spelling import stems

_SKIES = {
    "rain": frozenset("rainy pouring lightning-rainy snowy-rainy hail".split()),
    "snow": frozenset("snowy snowy-rainy".split()),
    "clear": frozenset("sunny clear-night clear".split()),
    "cloud": frozenset("cloudy partlycloudy".split()),
    "wind": frozenset("windy windy-variant".split()),
    "fog": frozenset({"fog"}),
}
"""What is said of the sky to the states of a weather entity."""
_BY_DAY = {"clear-night": False, "sunny": True}
"""States of the weather that tell whether the sun is up."""
_SENSED = frozenset(
    "temperature humidity carbon_dioxide battery power illuminance pressure moisture wind_speed".split()
)
_LEVELS = {
    "media_player": ("volume_level", 1.0),
    "light": ("brightness", 255.0),
    "fan": ("percentage", 100.0),
    "cover": ("current_position", 100.0),
}
"""What a percentage is said of, and what of it is all."""
_OF_LEVELS = frozenset({"", "position", "volume", "brightness"})
_LOST = frozenset({"unavailable", "unknown", ""})


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a condition holds, and what tells it."""

    holds: bool | None
    """None: nobody can tell."""
    answer: str = ""
    """How it is, as a sentence."""
    why: str = ""
    """Why nobody can tell, as a sentence."""


def chosen(part: Part, known: Sequence[Told], *, alone: bool) -> tuple[bool, str]:
    """Which branch of a command counts, the first or the other one; or why none does. `alone`: there is no other command."""
    held = part.held
    if held.condition is None:
        return True, ""
    decisive = held.condition.either
    truths = [told.holds for told in known]
    met = decisive if decisive in truths else None if None in truths else not decisive
    nothing = "changed nothing" if alone else "left that as it is"
    if met is None:
        answer = next((told.answer for told in known if told.holds is None and told.answer), "")
        why = next((told.why for told in known if told.why), "")
        return (
            True,
            f"{answer} So I {nothing}."
            if answer
            else f"I cannot tell whether {held.said}, so I {nothing}. {why}".strip(),
        )
    branch = met is held.wanted
    if held.command if branch else held.otherwise:
        return branch, ""
    said = " ".join(dict.fromkeys(told.answer for told in known if told.holds is met and told.answer))
    if held.awaited:
        return branch, f"{said} {WAITING}".strip()
    return branch, f"{said} So I {nothing}.".strip()


def is_for_later(found: Interpretation) -> bool:
    """Whether a command is for later: then its condition is, too."""
    tasks = [judged.step.task for judged in found.steps]
    return any(task is not None and "command" in task.data for task in tasks)


def joined(found: Sequence[Interpretation]) -> Interpretation:
    """Several commands as one."""
    if len(found) == 1:
        return found[0]
    done = [one for one in found if not one.declined]
    return Interpretation(
        tuple(judged for one in found for judged in one.steps),
        found[-1].memory,
        min((one.confidence for one in done), default=0.0),
        " <;> ".join(one.line for one in done),
        declined=not done,
        calls=tuple(call for one in done for call in one.calls),
        said=next((one.said for one in done if any(judged.step.gap for judged in one.steps)), ""),
    )


def placed(part: Part, home: Home) -> str | None:
    """Where a measure of the condition is taken, if that is a room: what a command names no place for is meant there."""
    for fact in part.held.facts:
        place = stems(fact.place) if fact.place else ()
        for area in home.areas if place else ():
            if place in {stems(name) for name in area.names}:
                return area.id
    return None


def by_clock(fact: Fact, now: time.struct_time) -> Told:
    """What the clock tells."""
    if fact.hours is None:
        return Told(None)
    day = len(fact.hours.days) < 7
    return Told(fact.hours.hold(now) is fact.holds, time.strftime("It is %A." if day else "It is %H:%M.", now))


def by_sky(fact: Fact, home: Home) -> Told:
    """What the sun and the weather tell."""
    weather = next((e for e in home.entities if e.domain == "weather" and e.state not in _LOST), None)
    if fact.sky in {"dark", "light"}:
        sun = next((e for e in home.entities if e.domain == "sun" and e.state not in _LOST), None)
        day = (
            sun.state == "above_horizon"
            if sun is not None
            else _BY_DAY.get(weather.state)
            if weather is not None
            else None
        )
        if day is None:
            return Told(None)
        return Told((day is (fact.sky == "light")) is fact.holds, f"The sun is {'up' if day else 'down'}.")
    if weather is None:
        return Told(None)
    there = weather.state in _SKIES[fact.sky]
    if not there and fact.sky == "wind":
        return Told(None)
    shown = weather.state.replace("-", " ").replace("partlycloudy", "partly cloudy")
    return Told(there is fact.holds, f"It is {shown}.")


def measured_by_name(fact: Fact, home: Home) -> Told | None:
    """What the one sensor tells that is called as the measure was; None: none is, or it is a question for others."""
    name = stems(fact.thing) if fact.limit is not None and fact.thing else ()
    found = [
        entity
        for entity in home.entities
        if name
        and (
            entity.domain in {"sensor", "number", "input_number"}
            or (entity.domain in _LEVELS and fact.measure in _OF_LEVELS)
        )
        and name in {stems(called) for called in entity.names}
    ]
    if len(found) != 1:
        return None
    (entity,) = found
    value = _measured(entity, fact.measure)
    at, unit = (
        ("at ", "%") if entity.domain in _LEVELS else ("", str(entity.attributes.get("unit_of_measurement") or ""))
    )
    told = "" if value is None else f"{entity.name} {be([entity])} {at}{value_words(round(value, 1), unit)}."
    return _compared(fact, entity, told, home)


def by_answer(fact: Fact, found: Interpretation, home: Home) -> Told:
    """What the answer to the question of a fact tells."""
    steps = [judged.step for judged in found.steps]
    if not steps or not all(step.answer for step in steps):
        return Told(
            None, why=next((s.refusal for s in steps if not (s.hand_over or s.gap or s.refusal.endswith("?"))), "")
        )
    if fact.limit is None:
        truths = [_truth(step, fact, home) for step in steps]
        answer = " ".join(step.answer for step in steps)
        return Told(False if (not fact.holds) in truths else None if None in truths else True, answer)
    (step, *more) = steps
    things = [] if more else _things(step, home)
    if len(things) != 1 or (fact.place.lower() in OUTSIDE and not _is_outside(things[0])):
        return Told(None)
    return _compared(fact, things[0], step.answer, home)


def _truth(step: Step, fact: Fact, home: Home) -> bool | None:
    """Whether the answer to a question for a state is yes."""
    state = str(step.intent.slots.get("state", "")) if step.intent is not None else ""
    if step.truth is not None or not fact.some or not state:
        return step.truth
    return any(holds(thing, state) is fact.holds for thing in _things(step, home)) is fact.holds


def _things(step: Step, home: Home) -> list[Entity]:
    ids = step.intent.entities if step.intent is not None else ()
    return [entity for entity in home.entities if entity.id in ids]


def _compared(fact: Fact, entity: Entity, answer: str, home: Home) -> Told:
    value = _measured(entity, fact.measure)
    if value is None or fact.limit is None:
        return Told(None)
    if fact.limit.frost and home.temperature_unit == "fahrenheit":
        value = (value - 32) / 1.8
    return Told(fact.limit.holds(value) is fact.holds, answer)


def _measured(entity: Entity, measure: str) -> float | None:
    """A measure of a thing; None: it does not tell it."""
    if measure == "goal":
        told = entity.attributes.get("humidity" if entity.domain == "humidifier" else "temperature")
    elif entity.domain in {"climate", "water_heater", "humidifier"}:
        told = entity.attributes.get(f"current_{measure or 'temperature'}")
    elif entity.domain == "weather":
        told = entity.attributes.get(measure or "temperature")
    elif entity.domain in _LEVELS:
        name, whole = _LEVELS[entity.domain]
        level = entity.attributes.get(name, 0 if entity.state == "off" else None)
        told = 100 * level / whole if isinstance(level, float | int) else None
    elif entity.domain == "sensor" and measure in _SENSED and entity.device_class in _SENSED - {measure}:
        return None
    else:
        told = entity.state
    try:
        value = float(str(told))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _is_outside(entity: Entity) -> bool:
    words = {word for name in (*entity.names, entity.area or "") for word in stems(name)}
    return entity.domain == "weather" or bool(
        words
        & {"outside", "outdoor", "outdoors", "exterior", "garden", "terrace", "patio", "yard", "balcony", "weather"}
    )
