"""Calls that set something to an amount or an option: positions, speeds, humidity, numbers, selections."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from appliance.messages import Action, Call, Entity, Json, Quantity
from appliance.resolver import switching
from appliance.resolver.amounts import (
    PERCENT_STEPS,
    START_HUMIDITY,
    START_POSITION,
    START_SPEED,
    attribute,
    clamp,
    mean,
    number,
    size,
    texts,
    wanted,
)
from appliance.resolver.situation import Problem, Selection, Situation, join, quantity, spoken
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.switching import Outcome, checked

Made = tuple[str, Mapping[str, Json], Callable[[Entity], Outcome]]
"""Intent name, its value slots, and what to do with each entity."""


def averaged(slot: str, results: Sequence[float]) -> Mapping[str, Json]:
    """The slot with the average of what the entities are set to, a whole number."""
    value = mean(results)
    return {} if value is None else {slot: number(round(value))}


def set_position(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    """Move covers and valves to a position in percent."""
    wish = quantity(call.values, "position")
    if wish is None:
        return Problem("To which position? Say for example: set the blind to 40 percent.", missing="position")
    step = PERCENT_STEPS[size(situation)]
    results: dict[str, float] = {}
    for entity in found.entities:
        now = attribute(entity, "current_position")
        if now is None:
            now = {"open": 100.0, "closed": 0.0}.get(entity.state, START_POSITION)
        value = wanted(wish, now, step)
        if value is not None:
            results[entity.id] = round(clamp(value, 0, 100))
    if wish.mode == "set" and not in_percent(wanted(wish, None, step)):
        return Problem("A position is between 0 and 100 percent.")

    def do(entity: Entity) -> Outcome:
        value = results.get(entity.id)
        if value is None:
            return f"I do not understand how far {entity.name} shall be open."
        if not switching.takes(entity, "set_position"):
            if value in {0, 100}:
                return switching.move(entity, opened=value == 100)
            return f"{entity.name} can only be opened and closed."
        return Action(entity.id, "set_position", {"position": int(value)}, {"current_position": int(value)})

    return "HassSetPosition", averaged("position", list(results.values())), do


def in_percent(value: float | None) -> bool:
    """Whether there is a value and it is a percentage."""
    return value is not None and 0 <= value <= 100


_SMALLEST_STAGE = 10
"""Percent of a step from which a fan has stages rather than a range."""
_MOST_STAGES = 10
_STAGE = re.compile(r"\b(?:speed|level|setting|stage|step|gear|notch)(?: number)? (?P<stage>[\w-]+)", re.IGNORECASE)


def _stage(wish: Quantity, entity: Entity, situation: Situation) -> float | None:
    """The percentage of a stage: "speed 2" of a fan with three is 67 percent; None: it is no stage of this fan."""
    step = attribute(entity, "percentage_step")
    if wish.mode != "set" or wish.value is None or step is None or step < _SMALLEST_STAGE:
        return None
    told = wish.value == int(wish.value) and 1 <= wish.value <= round(100 / step)
    return wish.value * step if told and not wish.unit and not _in_percent_said(situation) else None


def _is_stage_of_none(wish: Quantity, found: Selection, situation: Situation) -> bool:
    """Whether a stage is said of fans that do not tell how many they have."""
    said = _STAGE.search(situation.text)
    if (
        said is None
        or wish.mode != "set"
        or wish.value is None
        or wish.value > _MOST_STAGES
        or _in_percent_said(situation)
    ):
        return False
    named = said["stage"].lower() in {wish.words.lower(), f"{wish.value:g}"}
    return named and not all(attribute(entity, "percentage_step") for entity in found.entities)


def _in_percent_said(situation: Situation) -> bool:
    return "%" in situation.text or situation.says(("percent", "percentage"))


def set_fan(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    """Set the speed of fans in percent, or whether they swing."""
    wish, swing = quantity(call.values, "percentage"), spoken(call.values, "oscillate")
    if wish is None and swing in {"on", "off"}:
        state = {"oscillating": swing == "on"}
        return "HassFanSetSpeed", state, lambda entity: checked(entity, Action(entity.id, "oscillate", state, state))
    if wish is None:
        return Problem("How fast? Say for example: set the fan to 50 percent.", missing="percentage")
    if wish.mode == "set" and not in_percent(wanted(wish, None, 0)):
        return Problem("A fan speed is between 0 and 100 percent.")
    if _is_stage_of_none(wish, found, situation):
        return Problem("I do not know how many speeds it has. Please say it in percent.", missing="percentage")
    results: dict[str, float] = {}
    for entity in found.entities:
        step = attribute(entity, "percentage_step") or 25.0
        said = attribute(entity, "percentage")
        now = 0.0 if entity.state == "off" else START_SPEED if said is None else said
        if wish.mode != "set" and entity.state == "off" and wish.mode == "down":
            continue
        stage = _stage(wish, entity, situation)
        value = wanted(wish, now, max(step, 10.0)) if stage is None else stage
        if value is not None:
            smallest = attribute(entity, "percentage_step") or 1.0 if wish.mode == "times" else step
            least = 0 if wish.mode == "set" else min(smallest, 100)
            results[entity.id] = round(clamp(value, least, 100))

    def do(entity: Entity) -> Outcome:
        value = results.get(entity.id)
        if value is None:
            return f"{entity.name} is off." if entity.state == "off" else f"How fast shall {entity.name} be?"
        if value == 0:
            return switching.turn(entity, on=False)
        if not switching.takes(entity, "set_percentage"):
            return f"{entity.name} has no speeds to set."
        return Action(entity.id, "set_percentage", {"percentage": int(value)}, {"percentage": int(value)})

    return "HassFanSetSpeed", averaged("percentage", list(results.values())), do


def set_humidity(call: Call, found: Selection, _situation: Situation) -> Made | Problem:
    """Set the target of humidifiers in percent, or their mode."""
    wish, mode = quantity(call.values, "humidity"), spoken(call.values, "mode")
    if wish is None and mode:
        return chosen("HassHumidifierMode", "mode", "available_modes", "set_mode", mode, found)
    if wish is None:
        return Problem("Which humidity? Say for example: set the humidifier to 45 percent.", missing="humidity")
    return limited(
        "HassHumidifierSetpoint", "humidity", "set_humidity", found,
        lambda entity: wanted(wish, _present(entity, "humidity", START_HUMIDITY), PERCENT_STEPS["small"]),
        ("min_humidity", 0.0), ("max_humidity", 100.0), strict=wish.mode == "set",
    )  # fmt: skip


def _present(entity: Entity, name: str, usual: float) -> float:
    """An attribute, or where it usually is."""
    value = attribute(entity, name)
    return usual if value is None else value


def set_number(call: Call, found: Selection, _situation: Situation) -> Made | Problem:
    """Set number entities inside their limits."""
    wish = quantity(call.values, "number")
    if wish is None:
        return Problem("To which number?", missing="number")

    def value(entity: Entity) -> float | None:
        try:
            now: float | None = float(entity.state)
        except ValueError:
            now = None
        return wanted(wish, now, attribute(entity, "step") or 1.0)

    return limited(
        "HassSetNumber",
        "value",
        "set_value",
        found,
        value,
        ("min", float("-inf")),
        ("max", float("inf")),
        strict=wish.mode == "set",
    )


def limited(
    intent: str, slot: str, command: str, found: Selection, value_of: Callable[[Entity], float | None],
    low: tuple[str, float], high: tuple[str, float], *, strict: bool,
) -> Made | Problem:  # fmt: skip
    """A number between two limits that are attributes of the entity; absolute values outside are refused."""
    results: dict[str, float] = {}
    for entity in found.entities:
        value = value_of(entity)
        if value is None:
            continue
        stated = attribute(entity, low[0]), attribute(entity, high[0])
        least = low[1] if stated[0] is None else stated[0]
        most = high[1] if stated[1] is None else stated[1]
        if strict and not least <= value <= most:
            return Problem(f"{entity.name} takes values from {number(least)} to {number(most)}.")
        results[entity.id] = clamp(value, least, most)

    def do(entity: Entity) -> Outcome:
        value = results.get(entity.id)
        if value is None:
            return f"I do not know the present value of {entity.name}."
        plain = number(value)
        expect = {"state": str(plain)} if command == "set_value" else {slot: plain}
        return checked(entity, Action(entity.id, command, {slot: plain}, expect))

    value = mean(results.values())
    return intent, {} if value is None else {slot: number(value)}, do


_USUAL: Mapping[str, tuple[str, ...]] = {
    "fan_modes": ("auto", "on", "off", "low", "medium", "high", "top", "middle", "focus", "diffuse")
}
"""Options that Home Assistant knows, for things that do not say which of them they have."""
_LEAST_AKIN = 3
"""Letters of the shorter of two words that begin alike."""


def _akin(option: Stems, said: Stems) -> bool:
    """Whether two options are the same but for endings: "automatic" is auto, "diffused" diffuse."""
    return len(option) == len(said) and all(
        (min(len(a), len(b)) >= _LEAST_AKIN and (a.startswith(b) or b.startswith(a))) or a == b
        for a, b in zip(option, said, strict=True)
    )


def chosen(intent: str, slot: str, attribute_name: str, command: str, said: str, found: Selection) -> Made | Problem:
    """One of a list of options that the entity announces."""
    wanted_words = stems(said)
    results: dict[str, str] = {}
    for entity in found.entities:
        options = texts(entity, attribute_name)
        if attribute_name not in entity.attributes:
            options = _USUAL.get(attribute_name, options)
        same = [option for option in options if stems(option.replace("_", " ")) == wanted_words]
        part = [option for option in options if set(wanted_words) <= set(stems(option.replace("_", " ")))]
        kin = [option for option in options if _akin(stems(option.replace("_", " ")), wanted_words)]
        match = same or (part if len(part) == 1 else kin if len(kin) == 1 else [])
        if match:
            results[entity.id] = match[0]
        elif options:
            return Problem(
                f"{entity.name} knows {join(option.replace('_', ' ') for option in options)}, but not {said}."
            )
        else:
            return Problem(f"{entity.name} does not say which options it has.")
    value = next(iter(results.values()))

    def do(entity: Entity) -> Outcome:
        option = results[entity.id]
        expect = {"state": option} if command in {"select_option", "set_hvac_mode"} else {slot: option}
        return checked(entity, Action(entity.id, command, {slot: option}, expect))

    return intent, {slot: value}, do


def set_option(call: Call, found: Selection, _situation: Situation) -> Made | Problem:
    """Choose one of the options of select entities."""
    return chosen("HassSelectOption", "option", "options", "select_option", spoken(call.values, "option"), found)
