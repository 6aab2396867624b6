"""Brightness, colour and colour temperature of lights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.messages import Action, Call, Entity, Json, Quantity
from appliance.resolver import colors, switching
from appliance.resolver.amounts import (
    KELVIN_STEPS,
    PERCENT_STEPS,
    START_KELVIN,
    attribute,
    clamp,
    mean,
    number,
    percent,
    size,
    wanted,
)
from appliance.resolver.situation import Problem, Selection, Situation, quantity, spoken
from appliance.resolver.switching import Outcome, light_can

_COLDEST, _WARMEST = 10_000.0, 1_000.0
_WHITE_KELVIN = 4000


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked of every light of a selection."""

    dims: bool
    """Brightness was asked."""
    brightness: Mapping[str, float | None]
    """Percent by entity id, for the lights it concerns; None: not known from where to step."""
    rgb: tuple[int, int, int] | None
    kelvin: Mapping[str, float]
    """Kelvin by entity id; empty when it was not asked."""
    exact_kelvin: bool
    """A number was said: outside the limits of a lamp it is refused, not clamped."""
    color: str
    many: bool
    """More than one light: those that cannot dim are switched instead."""


def set_light(
    call: Call, found: Selection, situation: Situation
) -> tuple[str, Mapping[str, Json], Callable[[Entity], Outcome]] | Problem:
    """Resolve a ``LightSet`` call."""
    dim, warmth, color = (
        quantity(call.values, "brightness"),
        quantity(call.values, "kelvin"),
        spoken(call.values, "color"),
    )
    rgb = None
    if color:
        rgb, white = colors.rgb(color), colors.kelvin(color)
        if white is not None:
            warmth, rgb, color = Quantity(float(white), words=color), None, ""
        elif rgb is None:
            return Problem(f"I do not know the colour {color}.")
    if dim is None and warmth is None and not color:
        return Problem("How shall the light be? Say for example: set it to 40 percent.", missing="brightness")
    if dim is not None and dim.mode == "set":
        value = percent(dim)
        if value is None or not 0 <= value <= 100:
            return Problem("Brightness is between 0 and 100 percent.")
    kelvins = {} if warmth is None else _kelvins(warmth, found, situation)
    if isinstance(kelvins, Problem):
        return kelvins
    wish = _Wish(
        dim is not None,
        _brightness(dim, found, situation) if dim is not None else {},
        rgb,
        kelvins,
        warmth is not None
        and warmth.mode == "set"
        and warmth.value is not None
        and not color
        and colors.kelvin(warmth.words) is None,
        color,
        len(found.entities) > 1,
    )
    slots: dict[str, Json] = {}
    average = mean(value for value in wish.brightness.values() if value is not None)
    if average is not None:
        slots["brightness"] = number(round(average))
    if color:
        slots["color"] = color.lower()
    if kelvins:
        slots["temperature"] = number(round(mean(kelvins.values()) or 0))
    return "HassLightSet", slots, lambda entity: _lit(entity, wish)


def _brightness(dim: Quantity, found: Selection, situation: Situation) -> dict[str, float | None]:
    """Percent for each light it concerns: relative wishes leave lights alone that are off while others are on."""
    lit = [entity for entity in found.entities if entity.state == "on"]
    step = PERCENT_STEPS[size(situation)]
    results: dict[str, float | None] = {}
    for entity in found.entities:
        if dim.mode == "set":
            results[entity.id] = percent(dim)
        elif entity.state == "on" or (dim.mode == "up" and not lit):
            value = wanted(dim, _present(entity), step)
            results[entity.id] = None if value is None else round(clamp(value, 1, 100))
    return results


def _present(entity: Entity) -> float:
    """Brightness in percent; a light that is on and says nothing is fully on."""
    if entity.state != "on":
        return 0.0
    value = attribute(entity, "brightness")
    return 100.0 if value is None else round(value / 2.55)


def _kelvins(warmth: Quantity, found: Selection, situation: Situation) -> dict[str, float] | Problem:
    named = colors.kelvin(warmth.words) if warmth.words else None
    results = {}
    for entity in found.entities:
        low, high = (
            attribute(entity, "min_color_temp_kelvin") or _WARMEST,
            attribute(entity, "max_color_temp_kelvin") or _COLDEST,
        )
        if warmth.mode == "set":
            asked = float(named) if warmth.value is None and named else warmth.value
            if asked is None:
                return Problem(f"I do not know the white {warmth.words}.")
        else:
            asked = wanted(
                warmth, attribute(entity, "color_temp_kelvin") or START_KELVIN, KELVIN_STEPS[size(situation)]
            )
            if asked is None:
                return Problem("I do not know how warm the light is.")
            asked = clamp(asked, low, high)
        results[entity.id] = clamp(asked, low, high) if named else asked
    return results


def _lit(entity: Entity, wish: _Wish) -> Outcome:
    data: dict[str, Json] = {}
    expect: dict[str, Json] = {"state": "on"}
    if wish.dims:
        if entity.id not in wish.brightness:
            return None if wish.many else f"{entity.name} is off."
        value = wish.brightness[entity.id]
        if value is None:
            return f"I do not know how bright {entity.name} is."
        if value == 0:
            return switching.turn(entity, on=False)
        if light_can(entity, "brightness"):
            data["brightness"] = max(1, round(255 * value / 100))
        elif not (wish.many or value == 100):
            return f"{entity.name} can only be turned on and off, not dimmed."
    if wish.kelvin:
        reason = _warmth(entity, wish, data)
        if reason:
            return reason
    if wish.rgb is not None:
        if light_can(entity, "color"):
            data["rgb_color"] = list(wish.rgb)
        elif wish.rgb == (255, 255, 255) and light_can(entity, "color_temp"):
            low, high = (
                attribute(entity, "min_color_temp_kelvin") or _WARMEST,
                attribute(entity, "max_color_temp_kelvin") or _COLDEST,
            )
            data["color_temp_kelvin"] = round(clamp(_WHITE_KELVIN, low, high))
        else:
            return f"{entity.name} cannot change its colour."
    expect.update(data)
    return switching.checked(entity, Action(entity.id, "turn_on", data, expect))


def _warmth(entity: Entity, wish: _Wish, data: dict[str, Json]) -> str:
    """Add the colour temperature to `data`; the reason when it cannot be had."""
    if not light_can(entity, "color_temp"):
        return f"{entity.name} cannot change the warmth of its white."
    low, high = (
        attribute(entity, "min_color_temp_kelvin") or _WARMEST,
        attribute(entity, "max_color_temp_kelvin") or _COLDEST,
    )
    value = wish.kelvin[entity.id]
    if wish.exact_kelvin and not low <= value <= high:
        return f"{entity.name} takes {number(low)} to {number(high)} kelvin, not {number(value)}."
    data["color_temp_kelvin"] = round(clamp(value, low, high))
    return ""
