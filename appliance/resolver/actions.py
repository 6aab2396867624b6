"""Calls that change the home: each entity's action, and the intent with absolute slot values.

Where one call sets several things differently (each lamp "a bit brighter"), the slot holds their average.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from appliance.messages import Action, Call, Entity, Intent, Json, Step, Target
from appliance.resolver import switching
from appliance.resolver.amounts import (
    DEGREE_STEPS,
    PERCENT_STEPS,
    VOLUME_STEPS,
    attribute,
    clamp,
    degrees,
    mean,
    number,
    size,
    texts,
    wanted,
)
from appliance.resolver.kinds import EVERYTHING, GUARDED_CLASSES, KINDS, named_class
from appliance.resolver.lights import set_light
from appliance.resolver.names import stems
from appliance.resolver.situation import Memory, Problem, Selection, Situation, available, join, listed, quantity, spoken
from appliance.resolver.switching import Outcome, checked
from appliance.resolver.targets import ambiguous, find_place, select, without

Made = tuple[str, Mapping[str, Json], Callable[[Entity], Outcome]]
"""Intent name, its value slots, and what to do with each entity."""

_OPENING = frozenset({"TurnOn", "Open", "Toggle", "Unlock"})


def change(call: Call, situation: Situation, memory: Memory) -> tuple[list[Step], Selection | None]:
    """Resolve one call that acts on entities."""
    found = _found(call, situation, memory)
    if isinstance(found, Problem):
        return [Step(refusal=found.text, hand_over=found.hand_over)], None
    guarded = [entity for entity in found.entities if entity.domain in {"lock", "valve"} or named_class(entity) in GUARDED_CLASSES]
    if guarded and call.name in _OPENING and (call.target.everything or len(found.entities) > 1):
        text = f"I open or unlock such things only one by one. Please name it: {listed(guarded, situation)}."
        return [Step(refusal=text)], None
    if call.name == "ClimateSet":
        return _climate_steps(call, found, situation), found
    made = _MAKERS[call.name](call, found, situation)
    if isinstance(made, Problem):
        return [Step(refusal=made.text)], None
    return _steps(call, found, made, situation), found


def _found(call: Call, situation: Situation, memory: Memory) -> Selection | Problem:
    kind = KINDS[call.name]
    target = call.target
    cleans = call.name == "VacuumCleanArea" or (call.name == "VacuumStart" and not target.name)
    if cleans and (target.area or target.here or target.floor):
        found = _cleaner(call, situation, memory)
    else:
        found = select(target, call.name, kind, situation, memory)
        if isinstance(found, Problem) and call.name == "Activate" and target.name:
            found = _started(target, found, situation, memory)
    if isinstance(found, Selection) and call.excepts:
        return without(found, call.excepts, situation)
    return found


def _started(target: Target, problem: Problem, situation: Situation, memory: Memory) -> Selection | Problem:
    """ "Start the coffee maker" is no scene but a switch of this name."""
    found = select(target, "TurnOn", KINDS["TurnOn"], situation, memory)
    fits = isinstance(found, Selection) and found.named and found.entities[0].domain in EVERYTHING
    return found if fits else problem


def _cleaner(call: Call, situation: Situation, memory: Memory) -> Selection | Problem:
    """The vacuum that is to clean a room: the room is no place of the vacuum."""
    place = find_place(call.target, situation)
    if isinstance(place, Problem):
        return place
    bare = replace(call.target, area=None, floor=None, here=False)
    vacuums = [entity for entity in situation.home.entities if entity.domain == "vacuum"]
    if not bare.name and place is not None and len(vacuums) > 1:
        floors = {situation.index.areas[area].floor for area in place.areas}
        near = [e for e in vacuums if place.holds(e)] or [e for e in vacuums if (situation.floor_of(e) or "") in floors]
        if len(near) == 1:
            return Selection((near[0],), {"name": near[0].name, **place.slots}, named=True)
        return Problem(ambiguous(vacuums, situation))
    found = select(bare, call.name, KINDS[call.name], situation, memory)
    if isinstance(found, Problem) or place is None:
        return found
    return replace(found, slots={**(found.slots if call.target.name else {}), **place.slots})


# --- one step of it --------------------------------------------------------------------------------


def _steps(call: Call, found: Selection, made: Made, situation: Situation) -> list[Step]:
    name, values, do = made
    away = [entity for entity in found.entities if not available(entity)]
    outcomes = [(entity, do(entity)) for entity in found.entities if available(entity)]
    actions = [outcome for _, outcome in outcomes if isinstance(outcome, Action)]
    reasons = [outcome for _, outcome in outcomes if isinstance(outcome, str)]
    if call.target.everything and actions:
        reasons = []  # a sweep takes what it can get; only what is out of reach is worth a word
    if away:
        verb = "is" if len(away) == 1 else "are"
        reasons.append(f"{listed(away, situation)} {verb} not reachable at the moment.")
    refusals = [Step(refusal=" ".join(reasons[:3]))] if reasons else []
    if not actions:
        return refusals or [Step(refusal="There is nothing to change.")]
    slots = {**found.slots, **values}
    touched = tuple(dict.fromkeys(action.entity for action in actions))
    intent = Intent(name, slots, touched, call.confidence)
    return [Step(intent=intent, actions=tuple(actions)), *refusals]


def _averaged(slot: str, results: Sequence[float]) -> Mapping[str, Json]:
    value = mean(results)
    return {} if value is None else {slot: number(round(value))}


# --- on, off, open, closed, locked -----------------------------------------------------------------


def _plain(intent: str, do: Callable[[Entity], Outcome]) -> Callable[[Call, Selection, Situation], Made]:
    return lambda _call, _found, _situation: (intent, {}, do)


def _command(intent: str, command: str, **expect: Json) -> Callable[[Call, Selection, Situation], Made]:
    return _plain(intent, lambda entity: checked(entity, Action(entity.id, command, expect=expect)))


def _clean_area(_call: Call, found: Selection, situation: Situation) -> Made | Problem:
    area = found.slots.get("area")
    if area is None:
        return Problem("Which room shall be cleaned?")
    ids = [a.id for a in situation.home.areas if a.name == area]
    data = {"area": ids[0] if ids else area}
    return "HassVacuumCleanArea", {}, lambda entity: checked(entity, Action(entity.id, "clean_area", data, {"state": "cleaning"}))


def _vacuum_start(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    if "area" in found.slots:
        return _clean_area(call, found, situation)
    return "HassVacuumStart", {}, partial(switching.turn, on=True)


# --- amounts ---------------------------------------------------------------------------------------


def _position(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    wish = quantity(call.values, "position")
    if wish is None:
        return Problem("To which position? Say for example: set the blind to 40 percent.")
    step = PERCENT_STEPS[size(situation)]
    results: dict[str, float] = {}
    for entity in found.entities:
        now = attribute(entity, "current_position")
        if now is None:
            now = {"open": 100.0, "closed": 0.0}.get(entity.state)
        value = wanted(wish, now, step)
        if value is not None:
            results[entity.id] = round(clamp(value, 0, 100))
    if wish.mode == "set" and not _in_percent(wanted(wish, None, step)):
        return Problem("A position is between 0 and 100 percent.")

    def do(entity: Entity) -> Outcome:
        value = results.get(entity.id)
        if value is None:
            return f"I do not know how far {entity.name} is open."
        if not switching.takes(entity, "set_position"):
            if value in {0, 100}:
                return switching.move(entity, opened=value == 100)
            return f"{entity.name} can only be opened and closed."
        return Action(entity.id, "set_position", {"position": int(value)}, {"current_position": int(value)})

    return "HassSetPosition", _averaged("position", list(results.values())), do


def _in_percent(value: float | None) -> bool:
    return value is not None and 0 <= value <= 100


def _fan(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    wish, swing = quantity(call.values, "percentage"), spoken(call.values, "oscillate")
    if wish is None and swing in {"on", "off"}:
        state = {"oscillating": swing == "on"}
        return "HassFanSetSpeed", state, lambda entity: checked(entity, Action(entity.id, "oscillate", state, state))
    if wish is None:
        return Problem("How fast? Say for example: set the fan to 50 percent.")
    if wish.mode == "set" and not _in_percent(wanted(wish, None, 0)):
        return Problem("A fan speed is between 0 and 100 percent.")
    results: dict[str, float] = {}
    for entity in found.entities:
        step = attribute(entity, "percentage_step") or 25.0
        now = 0.0 if entity.state == "off" else attribute(entity, "percentage")
        if wish.mode != "set" and entity.state == "off" and wish.mode == "down":
            continue
        value = wanted(wish, now, max(step, 10.0))
        if value is not None:
            results[entity.id] = round(clamp(value, 0 if wish.mode == "set" else min(step, 100), 100))

    def do(entity: Entity) -> Outcome:
        value = results.get(entity.id)
        if value is None:
            return f"{entity.name} is off." if entity.state == "off" else f"I do not know the speed of {entity.name}."
        if value == 0:
            return switching.turn(entity, on=False)
        if not switching.takes(entity, "set_percentage"):
            return f"{entity.name} has no speeds to set."
        return Action(entity.id, "set_percentage", {"percentage": int(value)}, {"percentage": int(value)})

    return "HassFanSetSpeed", _averaged("percentage", list(results.values())), do


def _humidity(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    wish, mode = quantity(call.values, "humidity"), spoken(call.values, "mode")
    if wish is None and mode:
        return _chosen("HassHumidifierMode", "mode", "available_modes", "set_mode", mode, found)
    if wish is None:
        return Problem("Which humidity? Say for example: set the humidifier to 45 percent.")
    return _limited(
        "HassHumidifierSetpoint", "humidity", "set_humidity", found,
        lambda entity: wanted(wish, attribute(entity, "humidity"), PERCENT_STEPS["small"]),
        ("min_humidity", 0.0), ("max_humidity", 100.0), strict=wish.mode == "set",
    )  # fmt: skip


def _set_number(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    wish = quantity(call.values, "number")
    if wish is None:
        return Problem("To which number?")

    def value(entity: Entity) -> float | None:
        try:
            now: float | None = float(entity.state)
        except ValueError:
            now = None
        return wanted(wish, now, attribute(entity, "step") or 1.0)

    return _limited(
        "HassSetNumber", "value", "set_value", found, value, ("min", float("-inf")), ("max", float("inf")), strict=wish.mode == "set"
    )


def _limited(
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


def _chosen(intent: str, slot: str, attribute_name: str, command: str, said: str, found: Selection) -> Made | Problem:
    """One of a list of options that the entity announces."""
    wanted_words = stems(said)
    results: dict[str, str] = {}
    for entity in found.entities:
        options = texts(entity, attribute_name)
        same = [option for option in options if stems(option.replace("_", " ")) == wanted_words]
        part = [option for option in options if set(wanted_words) <= set(stems(option.replace("_", " ")))]
        match = same or (part if len(part) == 1 else [])
        if match:
            results[entity.id] = match[0]
        elif options:
            return Problem(f"{entity.name} knows {join(option.replace('_', ' ') for option in options)}, but not {said}.")
        else:
            return Problem(f"{entity.name} does not say which options it has.")
    value = next(iter(results.values()))

    def do(entity: Entity) -> Outcome:
        chosen = results[entity.id]
        expect = {"state": chosen} if command in {"select_option", "set_hvac_mode"} else {slot: chosen}
        return checked(entity, Action(entity.id, command, {slot: chosen}, expect))

    return intent, {slot: value}, do


def _option(call: Call, found: Selection, _situation: Situation) -> Made | Problem:
    return _chosen("HassSelectOption", "option", "options", "select_option", spoken(call.values, "option"), found)


# --- climate ---------------------------------------------------------------------------------------

_MODES = {
    "heating": "heat", "warm": "heat", "cooling": "cool", "cold": "cool", "automatic": "auto", "drying": "dry", "dehumidify": "dry",
    "fan": "fan_only", "fan only": "fan_only", "heat cool": "heat_cool", "ventilation": "fan_only",
}  # fmt: skip


_EXTREMES = {"max": "high", "maximum": "high", "highest": "high", "min": "low", "minimum": "low", "lowest": "low"}


def _climate_steps(call: Call, found: Selection, situation: Situation) -> list[Step]:
    mode, fan_mode = spoken(call.values, "mode"), spoken(call.values, "fan_mode")
    steps: list[Step] = []
    for made in (
        _mode(mode, found) if mode else None,
        _temperature(call, found, situation) if "temperature" in call.values else None,
        _chosen("HassClimateSetFanMode", "fan_mode", "fan_modes", "set_fan_mode", fan_mode, found) if fan_mode else None,
    ):
        if isinstance(made, Problem):
            return [Step(refusal=made.text)]
        if made is not None:
            steps += _steps(call, found, made, situation)
    return steps or [Step(refusal="To which temperature? Say for example: set the heating to 21 degrees.")]


def _mode(said: str, found: Selection) -> Made | Problem:
    folded = " ".join(word for word in stems(said) if word != "mode")
    if folded in {"off", "on"}:
        return ("HassTurnOff" if folded == "off" else "HassTurnOn"), {}, partial(switching.turn, on=folded == "on")
    wished = _MODES.get(folded, folded)
    presets = {preset for entity in found.entities for preset in texts(entity, "preset_modes")}
    if wished in presets:
        return _chosen("HassClimateSetPreset", "preset_mode", "preset_modes", "set_mode", wished, found)
    return _chosen("HassClimateSetHvacMode", "hvac_mode", "hvac_modes", "set_hvac_mode", wished, found)


def _temperature(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    wish = quantity(call.values, "temperature")
    extreme = "" if wish is None or wish.value is not None or wish.mode != "set" else _EXTREMES.get(wish.words.split(" ")[-1], "")
    if wish is None or wish.mode == "times" or (wish.mode == "set" and wish.value is None and not extreme):
        return Problem("To which temperature? Say for example: set the heating to 21 degrees.")
    unit = situation.home.temperature_unit
    if wish.value is not None:
        wish = replace(wish, value=degrees(wish.value, wish.unit, unit, difference=wish.mode != "set"))
    step = DEGREE_STEPS.get(unit, DEGREE_STEPS["celsius"])[size(situation)]
    letter = "C" if unit == "celsius" else "F"
    results: dict[str, float] = {}
    for entity in found.entities:
        now = attribute(entity, "temperature")
        grain = attribute(entity, "target_temp_step") or (0.5 if unit == "celsius" else 1.0)
        usual = (5.0, 35.0) if unit == "celsius" else (40.0, 95.0)
        least, most = attribute(entity, "min_temp"), attribute(entity, "max_temp")
        low, high = usual[0] if least is None else least, usual[1] if most is None else most
        asked = wanted(wish, attribute(entity, "current_temperature") if now is None else now, step)
        asked = low if extreme == "low" else high if extreme == "high" else asked
        if asked is None:
            continue
        if not low <= asked <= high:
            return Problem(f"{entity.name} can be set from {number(low)} to {number(high)} °{letter}, not to {number(asked)}.")
        exact = wish.mode == "set" and wish.unit in {"", unit}
        results[entity.id] = asked if exact else clamp(round(asked / grain) * grain, low, high)

    def do(entity: Entity) -> Outcome:
        if entity.id not in results:
            return f"I do not know which temperature {entity.name} is set to."
        value = number(results[entity.id], 1)
        return checked(entity, Action(entity.id, "set_temperature", {"temperature": value}, {"temperature": value}))

    middle = mean(results.values())
    return "HassClimateSetTemperature", {} if middle is None else {"temperature": number(middle, 1)}, do


# --- players and alarms ----------------------------------------------------------------------------


def _volume(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    wish = quantity(call.values, "volume")
    if wish is None:
        return Problem("How loud? Say for example: set the volume to 30 percent.")
    if wish.mode == "set" and not _in_percent(wanted(wish, None, 0)):
        return Problem("The volume is between 0 and 100 percent.")
    results: dict[str, float] = {}
    for entity in found.entities:
        now = attribute(entity, "volume_level")
        value = wanted(wish, None if now is None else 100 * now, VOLUME_STEPS[size(situation)])
        if value is not None:
            results[entity.id] = round(clamp(value, 0, 100)) / 100

    def do(entity: Entity) -> Outcome:
        if entity.id not in results:
            return f"I do not know how loud {entity.name} is, so I cannot change it by steps."
        data = {"volume_level": results[entity.id]}
        return checked(entity, Action(entity.id, "volume_set", data, data))

    if wish.mode in {"up", "down"}:
        sign = 1 if wish.mode == "up" else -1
        return "HassSetVolumeRelative", {"volume_step": wish.mode if wish.value is None else number(sign * wish.value)}, do
    return "HassSetVolume", _averaged("volume_level", [100 * value for value in results.values()]), do


def _search(call: Call, _found: Selection, _situation: Situation) -> Made | Problem:
    query, media = spoken(call.values, "search"), spoken(call.values, "media")
    if not query:
        return Problem("What shall I play?")
    slots: dict[str, Json] = {"search_query": query}
    data: dict[str, Json] = {"media_content_id": query, "media_content_type": media or "music"}
    if media:
        slots["media_class"] = media
    return "HassMediaSearchAndPlay", slots, lambda entity: checked(entity, Action(entity.id, "play_media", data, {"state": "playing"}))


_ARM_MODES = {"home": "home", "stay": "home", "away": "away", "night": "night", "vacation": "vacation", "holiday": "vacation", "leaving": "away"}


def _arm(call: Call, _found: Selection, _situation: Situation) -> Made | Problem:
    said = spoken(call.values, "mode") or "away"
    mode = next((_ARM_MODES[word] for word in stems(said) if word in _ARM_MODES), None)
    if mode is None:
        return Problem(f"The alarm knows home, away, night and vacation, but not {said}.")
    data = {"mode": mode, **_code(call)}
    return "HassAlarmArm", {"mode": mode}, lambda entity: checked(entity, Action(entity.id, "arm", data, {"state": f"armed_{mode}"}))


def _disarm(call: Call, _found: Selection, _situation: Situation) -> Made:
    return "HassAlarmDisarm", {}, lambda entity: checked(entity, Action(entity.id, "disarm", _code(call), {"state": "disarmed"}))


def _code(call: Call) -> dict[str, Json]:
    """The code goes into the command only, never into slots that are logged."""
    code = "".join(stems(spoken(call.values, "code")))
    return {"code": code} if code else {}


_MAKERS: Mapping[str, Callable[[Call, Selection, Situation], Made | Problem]] = {
    "TurnOn": _plain("HassTurnOn", partial(switching.turn, on=True)),
    "TurnOff": _plain("HassTurnOff", partial(switching.turn, on=False)),
    "Toggle": _plain("HassToggle", switching.toggle),
    "Open": _plain("HassTurnOn", partial(switching.move, opened=True)),
    "Close": _plain("HassTurnOff", partial(switching.move, opened=False)),
    "Stop": _plain("HassStopMoving", switching.stop),
    "Lock": _plain("HassTurnOn", partial(switching.bolt, locked=True)),
    "Unlock": _plain("HassTurnOff", partial(switching.bolt, locked=False)),
    "Activate": _plain("HassTurnOn", partial(switching.turn, on=True)),
    "Press": _command("HassTurnOn", "press"),
    "LightSet": set_light,
    "SetPosition": _position,
    "FanSetSpeed": _fan,
    "HumiditySet": _humidity,
    "SetNumber": _set_number,
    "SelectOption": _option,
    "VacuumStart": _vacuum_start,
    "VacuumPause": _command("HassVacuumPause", "pause", state="paused"),
    "VacuumReturn": _plain("HassVacuumReturnToBase", partial(switching.turn, on=False)),
    "VacuumCleanArea": _clean_area,
    "MowerStart": _plain("HassLawnMowerStartMowing", partial(switching.turn, on=True)),
    "MowerPause": _command("HassLawnMowerPause", "pause", state="paused"),
    "MowerDock": _plain("HassLawnMowerDock", partial(switching.turn, on=False)),
    "MediaPlay": _command("HassMediaUnpause", "media_play", state="playing"),
    "MediaPause": _command("HassMediaPause", "media_pause", state="paused"),
    "MediaNext": _command("HassMediaNext", "media_next"),
    "MediaPrevious": _command("HassMediaPrevious", "media_previous"),
    "MediaSearch": _search,
    "SetVolume": _volume,
    "Mute": _plain("HassMediaPlayerMute", lambda e: _muted(e, muted=True)),
    "Unmute": _plain("HassMediaPlayerUnmute", lambda e: _muted(e, muted=False)),
    "AlarmArm": _arm,
    "AlarmDisarm": _disarm,
}
"""Call name to what it does with the entities found; ``ClimateSet`` may be several intents and has its own way."""


def _muted(entity: Entity, *, muted: bool) -> Outcome:
    data = {"is_volume_muted": muted}
    return checked(entity, Action(entity.id, "volume_mute", data, data))
