"""Whether a state holds, and the sentences that answer questions about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.messages import Entity, Target
from appliance.resolver.amounts import attribute, number
from appliance.resolver.colors import nearest
from appliance.resolver.compared import foremost
from appliance.resolver.situation import Selection, Situation, available, join, labels, listed
from appliance.resolver.speech import be, state_words, value_words
from appliance.resolver.spelling import stems

MEASURES = frozenset(
    """temperature humidity illuminance energy voltage current pressure carbon_dioxide pm25 aqi volatile_organic_compounds water weight
    wind_speed precipitation speed distance duration signal_strength uv_index power battery""".split()
)
_GOAL = frozenset({"set", "target", "setpoint", "goal"})
"""Words of a question for what a thermostat is to reach, not for what it measures."""
_COLOR = frozenset({"color", "colour", "shade", "hue"})
_LOUD = frozenset({"volume", "loud", "loudness"})
_LOW_BATTERY = 20.0
"""Percent up to which a battery counts as low."""


def holds(entity: Entity, state: str) -> bool | None:
    """Whether the entity is in the state asked for; None when that is not known."""
    now = entity.state
    if now in {"unavailable", "unknown", ""}:
        return None
    domain = entity.domain
    if domain == "binary_sensor":
        truth = {"closed": False, "off": False, "locked": False, "not_home": False, "idle": False, "disarmed": False}
        return (now == "on") is truth.get(state, True)
    if state == "low":
        try:
            return float(now) <= _LOW_BATTERY
        except ValueError:
            return None
    if domain in {"cover", "valve"}:
        opened = now in {"open", "opening"} or (now == "closing" and state != "closing")
        return {"open": opened, "on": opened, "closed": now == "closed", "off": now == "closed"}.get(
            state, now == state
        )
    if domain == "climate":
        action = entity.attributes.get("hvac_action", now)
        return {
            "heating": action in {"heating", "heat"},
            "cooling": action in {"cooling", "cool"},
            "on": now != "off",
        }.get(state, now == state)
    if domain == "media_player" and state in {"on", "off"}:
        return (now not in {"off", "standby"}) is (state == "on")
    if domain in {"vacuum", "lawn_mower"} and state in {"on", "off"}:
        return (now in {"cleaning", "mowing"}) is (state == "on")
    if domain == "alarm_control_panel" and state in {"armed", "on"}:
        return now.startswith("armed")
    if domain == "lock" and state in {"open", "closed"}:
        return (now != "locked") is (state == "open")
    if state == "not_home":
        return now != "home"
    return now == state


def answer(found: Selection, form: str, state: str, zone: str, target: Target, situation: Situation) -> str:
    """The finished answer to a question of this form about the entities found."""
    things = found.entities
    if zone and form != "where":
        return _zone_answer(things, zone, form, situation)
    if not state or form in {"where", "one"}:
        first = foremost(things, target, situation)
        return f"{first} {values(things, target, situation)}".strip()
    yes = [entity for entity in things if holds(entity, state)]
    no = [entity for entity in things if holds(entity, state) is False]
    lost = [entity for entity in things if holds(entity, state) is None]
    said = _state_word(state, things)
    if not yes and not no:
        verb = "does" if len(lost) == 1 else "do"
        return f"I do not know: {listed(lost, situation)} {verb} not report."
    doubt = f" I do not know about {listed(lost, situation)}." if lost else ""
    if len(things) == 1 and form not in {"which", "how_many"}:
        only = things[0]
        if only.domain == "lock" and state in {"open", "closed"} and only.state != "locked":
            return f"I only know that {only.name} {be([only])} {_now(only)}."
        shown = said if yes and only.domain != "lock" else _now(only)
        return f"{'Yes' if yes else 'No'}, {only.name} {be([only])} {shown}."
    if form == "all" or (form == "yesno" and not no):
        if not no:
            return (
                f"Yes, all {len(yes)} are {said}."
                if len(yes) > 2
                else f"Yes, {listed(yes, situation)} {be(yes)} {said}."
            ) + doubt
        return f"No, {listed(no, situation)} {be(no)} not {said}." + doubt
    if not yes and things[0].domain == "person":
        return ("Nobody" if form == "which" else "No, nobody") + f" is {said}." + doubt
    if not yes:
        none = {"which": "None", "how_many": "None"}.get(form, "No, none")
        return (
            f"{none} of the {len(no)} is {said}." + doubt
            if len(no) > 1
            else f"{none}: {listed(no, situation)} {be(no)} {_now(no[0])}." + doubt
        )
    names = f"{listed(yes, situation)} {be(yes)} {said}."
    if form == "how_many":
        return f"{len(yes)}: {names}" + doubt
    if form == "which":
        return names + doubt
    if form == "yesno":
        return f"Partly: {names} {listed(no, situation)} {be(no)} not." + doubt
    return f"Yes, {names}" + doubt


def _now(entity: Entity) -> str:
    words = state_words(entity)
    return "not at home" if words == "away" else words


def _state_word(state: str, things: Sequence[Entity]) -> str:
    """The state as it was asked; of binary sensors as their class says it."""
    if state in {"on", "off"} and things and all(entity.domain == "binary_sensor" for entity in things):
        return state_words(replace(things[0], state=state))
    return {"not_home": "away", "home": "at home"}.get(state, state)


def _zone_answer(people: Sequence[Entity], zone: str, form: str, situation: Situation) -> str:
    there = [person for person in people if stems(person.state) == stems(zone)]
    if not there:
        return (
            f"No, {listed(people, situation)} is {_now(people[0])}."
            if len(people) == 1
            else f"No, nobody is at {zone}."
        )
    return f"{'' if form == 'which' else 'Yes, '}{listed(there, situation)} {be(there)} at {zone}."


def values(things: Sequence[Entity], target: Target, situation: Situation, limit: int = 6) -> str:
    """What each of the things is now, up to `limit` of them."""
    shown = list(things[:limit])
    parts = [
        f"{name} {be([entity])} {_value(entity, target, situation)}"
        for name, entity in zip(labels(shown, situation), shown, strict=True)
    ]
    more = f", and {len(things) - limit} more" if len(things) > limit else ""
    return f"{join(parts)}{more}."


def _value(entity: Entity, target: Target, situation: Situation) -> str:
    if not available(entity):
        return "not reachable"
    measure = target.device_class
    goal = attribute(entity, "temperature") if entity.domain in {"climate", "water_heater"} else None
    if goal is not None and entity.state != "off" and situation.says(_GOAL):
        return f"set to {number(goal, 1)} degrees"
    loud = attribute(entity, "volume_level") if entity.domain == "media_player" else None
    if loud is not None and situation.says(_LOUD):
        return f"at volume {number(round(100 * loud))} percent"
    if measure == "temperature" and entity.domain in {"climate", "weather", "water_heater"}:
        return temperature_words(entity, situation) or "without a temperature"
    if measure in MEASURES and entity.domain != "sensor":
        value = attribute(entity, measure, f"current_{measure}", f"{measure}_level")
        if value is not None:
            return value_words(value, {"humidity": "%", "battery": "%", "power": "W", "energy": "kWh"}.get(measure))
    if entity.domain == "climate":
        return _climate_words(entity)
    details = state_words(entity)
    if entity.domain == "light" and entity.state == "on" and situation.says(_COLOR) and (shade := _shade(entity)):
        return shade
    level = attribute(entity, "brightness")
    if entity.domain == "light" and entity.state == "on" and level is not None:
        return f"on at {round(level / 2.55)} percent"
    position = attribute(entity, "current_position", "percentage")
    if entity.state in {"open", "on"} and position is not None and position < 100:
        return f"{details} at {number(position)} percent"
    return details


def _shade(entity: Entity) -> str:
    """The colour of a light in words; empty: it does not say."""
    kelvin, rgb = attribute(entity, "color_temp_kelvin"), entity.attributes.get("rgb_color")
    if entity.attributes.get("color_mode") == "color_temp" or not isinstance(rgb, list | tuple):
        return f"white at {number(kelvin)} kelvin" if kelvin is not None else ""
    return nearest(rgb) or ""


def _climate_words(entity: Entity) -> str:
    words = state_words(entity)
    goal, now = attribute(entity, "temperature"), attribute(entity, "current_temperature")
    if goal is not None and entity.state != "off":
        words += f", set to {number(goal, 1)} degrees"
    if now is not None:
        words += f", at {number(now, 1)} degrees now"
    return words


def temperature_words(entity: Entity, situation: Situation) -> str:
    """The measured temperature of a climate or weather entity or a sensor; empty when it has none."""
    if entity.domain == "sensor":
        return state_words(entity)
    names = ("temperature",) if entity.domain == "weather" else ("current_temperature",)
    value = attribute(entity, *names)
    return (
        ""
        if value is None
        else value_words(round(value, 1), "°C" if situation.home.temperature_unit == "celsius" else "°F")
    )
