"""Thermostats: target temperature, mode and fan mode."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from appliance.messages import Action, Call, Entity
from appliance.resolver import switching
from appliance.resolver.amounts import (
    DEGREE_STEPS,
    START_DEGREES,
    attribute,
    clamp,
    degrees,
    mean,
    number,
    size,
    texts,
    wanted,
)
from appliance.resolver.settings import Made, chosen
from appliance.resolver.situation import Problem, Selection, Situation, quantity
from appliance.resolver.spelling import stems
from appliance.resolver.switching import Outcome, checked

_MODES = {
    "heating": "heat", "warm": "heat", "cooling": "cool", "cold": "cool", "automatic": "auto", "drying": "dry", "dehumidify": "dry",
    "fan": "fan_only", "fan only": "fan_only", "heat cool": "heat_cool", "ventilation": "fan_only",
}  # fmt: skip


_EXTREMES = {"max": "high", "maximum": "high", "highest": "high", "min": "low", "minimum": "low", "lowest": "low"}


_USUAL = {
    "climate": {"celsius": (5.0, 35.0), "fahrenheit": (40.0, 95.0)},
    "water_heater": {"celsius": (43.0, 60.0), "fahrenheit": (110.0, 140.0)},
}
"""What a device without limits of its own may be set to; for water these are Home Assistant's."""


NO_TEMPERATURE = Problem("To which temperature? Say for example: set the heating to 21 degrees.", missing="temperature")


def set_mode(said: str, found: Selection) -> Made | Problem:
    """Heat, cool, off and the like, or a preset the thermostat knows by this name."""
    folded = " ".join(word for word in stems(said) if word != "mode")
    if folded in {"off", "on"}:
        return ("HassTurnOff" if folded == "off" else "HassTurnOn"), {}, partial(switching.turn, on=folded == "on")
    wished = _MODES.get(folded, folded)
    presets = {preset for entity in found.entities for preset in texts(entity, "preset_modes")}
    if wished in presets:
        return chosen("HassClimateSetPreset", "preset_mode", "preset_modes", "set_mode", wished, found)
    return chosen("HassClimateSetHvacMode", "hvac_mode", "hvac_modes", "set_hvac_mode", wished, found)


def set_temperature(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    """Set the target temperature, in the unit of the home and inside the limits of each thermostat."""
    wish = quantity(call.values, "temperature")
    extreme = (
        ""
        if wish is None or wish.value is not None or wish.mode != "set"
        else _EXTREMES.get(wish.words.split(" ")[-1], "")
    )
    if wish is None or wish.mode == "times" or (wish.mode == "set" and wish.value is None and not extreme):
        return NO_TEMPERATURE
    unit = situation.home.temperature_unit
    if not wish.unit and (scale := next((scale for scale in ("celsius", "fahrenheit") if situation.says({scale})), "")):
        wish = replace(wish, unit=scale)
    if wish.value is not None:
        wish = replace(wish, value=degrees(wish.value, wish.unit, unit, difference=wish.mode != "set"))
    step = DEGREE_STEPS.get(unit, DEGREE_STEPS["celsius"])[size(situation)]
    letter = "C" if unit == "celsius" else "F"
    results: dict[str, float] = {}
    for entity in found.entities:
        now = attribute(entity, "temperature")
        grain = attribute(entity, "target_temp_step") or (0.5 if unit == "celsius" else 1.0)
        usual = _USUAL.get(entity.domain, _USUAL["climate"])[unit]
        least, most = attribute(entity, "min_temp"), attribute(entity, "max_temp")
        low, high = usual[0] if least is None else least, usual[1] if most is None else most
        now = attribute(entity, "current_temperature") if now is None else now
        asked = wanted(wish, START_DEGREES.get(unit) if now is None else now, step)
        asked = low if extreme == "low" else high if extreme == "high" else asked
        if asked is None:
            continue
        if not low <= asked <= high:
            return Problem(
                f"{entity.name} can be set from {number(low)} to {number(high)} °{letter}, not to {number(asked)}."
            )
        exact = wish.mode == "set" and wish.unit in {"", unit}
        results[entity.id] = asked if exact else clamp(round(asked / grain) * grain, low, high)

    def do(entity: Entity) -> Outcome:
        if entity.id not in results:
            return f"I do not know which temperature {entity.name} is set to."
        value = number(results[entity.id], 1)
        return checked(entity, Action(entity.id, "set_temperature", {"temperature": value}, {"temperature": value}))

    middle = mean(results.values())
    return "HassClimateSetTemperature", {} if middle is None else {"temperature": number(middle, 1)}, do
