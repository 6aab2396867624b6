"""Calls that change the home: each entity's action, and the intent with absolute slot values.

Where one call sets several things differently (each lamp "a bit brighter"), there is an intent for each value; over all the home, where
what is touched is told by no place, one with their average.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from appliance.messages import Action, Call, Entity, Intent, Json, Quantity, Step, Target
from appliance.resolver import switching
from appliance.resolver.amounts import START_VOLUME, VOLUME_STEPS, attribute, clamp, number, size, wanted
from appliance.resolver.bidding import kept, left_to_others, unbidden, undecided
from appliance.resolver.climate import NO_TEMPERATURE, set_mode, set_temperature
from appliance.resolver.contradictions import TOLD, contradicted, unsaid, vague
from appliance.resolver.doubtful import doubtful
from appliance.resolver.kinds import EVERYTHING, KINDS, is_guarded
from appliance.resolver.leftovers import stripped, without_verb
from appliance.resolver.lights import set_light
from appliance.resolver.names import Stage
from appliance.resolver.places import find_place
from appliance.resolver.recast import recast
from appliance.resolver.refusals import which
from appliance.resolver.settings import (
    Made,
    averaged,
    chosen,
    in_percent,
    set_fan,
    set_humidity,
    set_number,
    set_option,
    set_position,
)
from appliance.resolver.shares import meant
from appliance.resolver.situation import (
    Memory,
    Problem,
    Selection,
    Situation,
    available,
    listed,
    quantity,
    sited,
    spoken,
)
from appliance.resolver.spelling import every_word, stem, stems
from appliance.resolver.strayed import ownerless, strayed
from appliance.resolver.switching import Outcome, checked, mute
from appliance.resolver.targets import select, without
from appliance.resolver.vocabulary import NOUNS
from appliance.text import key

_SHARED = frozenset({"brightness", "position", "percentage", "volume", "humidity", "number", "temperature"})
_OPENING = frozenset({"TurnOn", "Open", "Toggle", "Unlock"})


def change(call: Call, situation: Situation, memory: Memory) -> tuple[list[Step], Selection | None]:
    """Resolve one call that acts on entities."""
    call = _as_meant(recast(call, situation, memory), situation)
    if unsaid(call.target, situation):
        return [Step(refusal="I did not understand what shall be moved. Please name it.", hand_over=True)], None
    if vague(call, situation) or strayed(call, situation) or ownerless(call, situation):
        return [Step(refusal="I did not understand what you mean. Please name it.", hand_over=True)], None
    if left_to_others(situation.text):
        return [Step(refusal=TOLD)], None
    doubt = contradicted(call, situation) or undecided(situation) or doubtful(call, situation)
    if doubt:
        return [Step(refusal=doubt)], None
    found = _found(call, situation, memory)
    if isinstance(found, Problem):
        return [found.step(call)], None
    found = sited(found, situation)
    if (refusal := _forbidden(found, call, situation)) is not None:
        return [refusal], None
    if call.name == "ClimateSet":
        steps = [step for like in _alike(call, found, situation) for step in _climate_steps(call, like, situation)]
        return steps, found
    steps = []
    for part in _parts(call):
        for like in _alike(part, found, situation):
            made = _MAKERS[call.name](part, like, situation)
            if isinstance(made, Problem):
                return [made.step(part)], None
            steps += _steps(part, like, made, situation)
    return steps, found


_PLACED = frozenset({"name", "area", "floor"})
_SEVERAL = 2


def _alike(call: Call, found: Selection, situation: Situation) -> list[Selection]:
    """What was found in parts that a relative call sets to the same: "one degree cooler" is for each from its own value."""
    if not call.relative or len(found.entities) == 1 or _PLACED.isdisjoint(found.slots):
        return [found]
    made = (
        set_temperature(call, found, situation)
        if call.name == "ClimateSet"
        else _MAKERS[call.name](call, found, situation)
    )
    if isinstance(made, Problem):
        return [found]
    done = [(entity, made[2](entity)) for entity in found.entities if available(entity)]
    parts: dict[str, list[Entity]] = {}
    for entity, outcome in done:
        if isinstance(outcome, Action):
            parts.setdefault(repr(sorted(outcome.data.items())), []).append(entity)
    if len(parts) < _SEVERAL or len(done) != sum(map(len, parts.values())):
        return [found]
    return [replace(found, entities=tuple(entities)) for entities in parts.values()]


def _forbidden(found: Selection, call: Call, situation: Situation) -> Step | None:
    """Why what was found is not moved though it could be."""
    if unbidden(found, call, situation):
        return Step(refusal="I heard nothing to do.", hand_over=True)
    if kept(found, call, situation):
        return Step(refusal="I am not sure what you want to leave out. Please say it in other words.")
    if _some_of(situation) and len(found.entities) > 1:
        return which(found.entities, situation).step(call)
    if _some_of(situation) and "of" in stems(call.target.name or ""):
        return Step(refusal="I do not know which of them you mean. Please name them.")
    guarded = [entity for entity in found.entities if is_guarded(entity)]
    gates = any(entity.domain == "cover" for entity in guarded) and not situation.memory.entities
    if gates and call.name in {"Open", "TurnOn"} and _OPENING_SAID.isdisjoint(every_word(situation.text)):
        return Step(refusal="I heard of something to open, but nobody asks for that. Please say open.")
    if guarded and call.name in _OPENING and (call.target.everything or len(found.entities) > 1):
        text = f"I open or unlock such things only one by one. Please name it: {listed(guarded, situation)}."
        return Step(refusal=text)
    return None


_OPENING_SAID = frozenset(
    """open opens opened opening up raise raised lift unlock unlocked unlatch release free undo let in out through on ajar crack wide roll
    get set go way half halfway quarter activate start enable press trigger flip toggle lower shut closed""".split()
)
"""Words of which one stands in a request to open a gate or door."""
_SOME_OF = re.compile(
    r"\b(?:(?:(?:one|a|two|three) (?:third|quarter|fifth)s?|one|two|three|four|five|[1-5]|some|half|most|several|few|couple) of|half)"
    r" (?:the|my|our|these|those) (?P<what>\w+(?: \w+){0,3})"
)


def _some_of(situation: Situation) -> bool:
    """Whether the sentence speaks of some of several things and does not say which: "one of the lamps"."""
    said = _SOME_OF.search(key(situation.text))
    return said is not None and any(word != stem(word) and stem(word) in NOUNS for word in said["what"].split())


def _as_meant(call: Call, situation: Situation) -> Call:
    """`call` with shares and extremes as the sentence has them."""
    values = {
        key: meant(value, key, situation) if key in _SHARED and isinstance(value, Quantity) else value
        for key, value in call.values.items()
    }
    return replace(call, values=values)


def _parts(call: Call) -> list[Call]:
    """A call whose values are commands of their own (a speed and swinging, a humidity and a mode), one by one."""
    if call.name not in {"FanSetSpeed", "HumiditySet"} or len(call.values) < 2:
        return [call]
    return [replace(call, values={key: value}) for key, value in call.values.items()]


def _found(call: Call, situation: Situation, memory: Memory) -> Selection | Problem:
    kind = KINDS[call.name]
    target = call.target
    bare = _without_stray(target, call, situation)
    if bare is not None:
        call, target = replace(call, target=bare), bare
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


def _without_stray(target: Target, call: Call, situation: Situation) -> Target | None:
    """`target` without hesitations and the like around its name, where the name as it was copied means nothing."""
    span = stems(target.name or "")
    if not span or situation.index.entities(span, accept=lambda match: match.stage <= Stage.NOUN):
        return None
    amounts = [value.value for value in call.values.values() if isinstance(value, Quantity)]
    rest = stripped(span, amounts, situation)
    bare = " ".join(rest) if rest is not None else without_verb(target.name or "", situation)
    return None if bare is None else replace(target, name=bare)


def _started(target: Target, problem: Problem, situation: Situation, memory: Memory) -> Selection | Problem:
    """Start the coffee maker: that is no scene but a switch of this name."""
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
            return Selection((near[0],), place.slots, named=True)
        return which(vacuums, situation)
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


# --- on, off, open, closed, locked -----------------------------------------------------------------


def _plain(intent: str, do: Callable[[Entity], Outcome]) -> Callable[[Call, Selection, Situation], Made]:
    return lambda _call, _found, _situation: (intent, {}, do)


def _command(intent: str, command: str, **expect: Json) -> Callable[[Call, Selection, Situation], Made]:
    return _plain(intent, lambda entity: checked(entity, Action(entity.id, command, expect=expect)))


def _clean_area(_call: Call, found: Selection, situation: Situation) -> Made | Problem:
    area = found.slots.get("area")
    if area is None:
        return Problem("Which room shall be cleaned?", missing="area")
    ids = [a.id for a in situation.home.areas if a.name == area]
    data = {"area": ids[0] if ids else area}
    return (
        "HassVacuumCleanArea",
        {},
        lambda entity: checked(entity, Action(entity.id, "clean_area", data, {"state": "cleaning"})),
    )


def _vacuum_start(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    if "area" in found.slots:
        return _clean_area(call, found, situation)
    mode = spoken(call.values, "mode")
    if mode:
        return chosen("HassVacuumStart", "fan_speed", "fan_speed_list", "set_mode", mode, found)
    return "HassVacuumStart", {}, partial(switching.turn, on=True)


# --- climate ---------------------------------------------------------------------------------------


def _climate_steps(call: Call, found: Selection, situation: Situation) -> list[Step]:
    mode, fan_mode = spoken(call.values, "mode"), spoken(call.values, "fan_mode")
    steps: list[Step] = []
    for made in (
        set_mode(mode, found) if mode else None,
        set_temperature(call, found, situation) if "temperature" in call.values else None,
        chosen("HassClimateSetFanMode", "fan_mode", "fan_modes", "set_fan_mode", fan_mode, found) if fan_mode else None,
    ):
        if isinstance(made, Problem):
            return [made.step(call)]
        if made is not None:
            steps += _steps(call, found, made, situation)
    return steps or [NO_TEMPERATURE.step(call)]


# --- players and alarms ----------------------------------------------------------------------------


def _volume(call: Call, found: Selection, situation: Situation) -> Made | Problem:
    wish = quantity(call.values, "volume")
    if wish is None:
        return Problem("How loud? Say for example: set the volume to 30 percent.", missing="volume")
    wish = _directed(wish, situation)
    if wish.mode == "set" and not in_percent(wanted(wish, None, 0)):
        return Problem("The volume is between 0 and 100 percent.")
    results: dict[str, float] = {}
    for entity in found.entities:
        now = attribute(entity, "volume_level")
        value = wanted(wish, START_VOLUME if now is None else 100 * now, VOLUME_STEPS[size(situation)])
        if value is not None:
            results[entity.id] = round(clamp(value, 0, 100)) / 100

    def do(entity: Entity) -> Outcome:
        if entity.id not in results:
            return f"I do not understand how loud {entity.name} shall be."
        data = {"volume_level": results[entity.id]}
        return checked(entity, Action(entity.id, "volume_set", data, data))

    if wish.mode in {"up", "down"}:
        sign = 1 if wish.mode == "up" else -1
        return (
            "HassSetVolumeRelative",
            {"volume_step": wish.mode if wish.value is None else number(sign * wish.value)},
            do,
        )
    return "HassSetVolume", averaged("volume_level", [100 * value for value in results.values()]), do


_UNTIL = frozenset({"to", "too", "at", "set", "make"})
_LOUDER = frozenset({"increase", "raise", "up", "louder"})
_QUIETER = frozenset({"decrease", "reduce", "lower", "down", "quieter", "softer"})


def _directed(wish: Quantity, situation: Situation) -> Quantity:
    """What the volume is to become stands after "to"; "increase the volume 20" is by that much."""
    if wish.mode != "set" or wish.value is None or situation.calls > 1 or situation.says(_UNTIL):
        return wish
    louder, quieter = situation.says(_LOUDER), situation.says(_QUIETER)
    return wish if louder == quieter else replace(wish, mode="up" if louder else "down")


def _search(call: Call, _found: Selection, _situation: Situation) -> Made | Problem:
    query, media = spoken(call.values, "search"), spoken(call.values, "media")
    where = call.target.area or call.target.name or ""
    if not query or re.fullmatch(
        rf"(?:in|on|at|from|through) (?:(?:the|my|our) )?{re.escape(where)}", query, re.IGNORECASE
    ):
        return Problem("What shall I play?", missing="search")
    slots: dict[str, Json] = {"search_query": query}
    data: dict[str, Json] = {"media_content_id": query, "media_content_type": media or "music"}
    if media:
        slots["media_class"] = media
    return (
        "HassMediaSearchAndPlay",
        slots,
        lambda entity: checked(entity, Action(entity.id, "play_media", data, {"state": "playing"})),
    )


_ARM_MODES = {
    "home": "home",
    "stay": "home",
    "away": "away",
    "night": "night",
    "vacation": "vacation",
    "holiday": "vacation",
    "leaving": "away",
}


def _arm(call: Call, _found: Selection, _situation: Situation) -> Made | Problem:
    said = spoken(call.values, "mode") or "away"
    mode = next((_ARM_MODES[word] for word in stems(said) if word in _ARM_MODES), None)
    if mode is None:
        return Problem(f"The alarm knows home, away, night and vacation, but not {said}.")
    data = {"mode": mode, **_code(call)}
    return (
        "HassAlarmArm",
        {"mode": mode},
        lambda entity: checked(entity, Action(entity.id, "arm", data, {"state": f"armed_{mode}"})),
    )


def _disarm(call: Call, _found: Selection, _situation: Situation) -> Made:
    return (
        "HassAlarmDisarm",
        {},
        lambda entity: checked(entity, Action(entity.id, "disarm", _code(call), {"state": "disarmed"})),
    )


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
    "SetPosition": set_position,
    "FanSetSpeed": set_fan,
    "HumiditySet": set_humidity,
    "SetNumber": set_number,
    "SelectOption": set_option,
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
    "Mute": _plain("HassMediaPlayerMute", lambda e: mute(e, muted=True)),
    "Unmute": _plain("HassMediaPlayerUnmute", lambda e: mute(e, muted=False)),
    "AlarmArm": _arm,
    "AlarmDisarm": _disarm,
}
"""Call name to what it does with the entities found; ``ClimateSet`` may be several intents and has its own way."""
