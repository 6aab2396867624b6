"""Questions for a temperature, inside and outside, and for the weather."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.messages import Call, Entity, Intent, Step, Target
from appliance.resolver.amounts import attribute
from appliance.resolver.answers import temperature_words, values
from appliance.resolver.compared import foremost
from appliance.resolver.kinds import named_class
from appliance.resolver.names import Match, Stage
from appliance.resolver.places import area_place, find_place
from appliance.resolver.situation import Memory, Problem, Selection, Situation, available, sited
from appliance.resolver.spelling import stems
from appliance.resolver.vocabulary import NOUNS

OUTSIDE = frozenset({"outside", "outdoor", "outdoors", "exterior"})


def outside(target: Target, situation: Situation) -> Selection | None:
    """Outside, where no area is called so: sensors whose names say it, else the weather."""
    words = {stems(word)[0] for word in OUTSIDE}
    said = [e for e in situation.home.entities if words & set(stems(e.name)) and named_class(e) == target.device_class]
    found = said or [
        e
        for e in situation.home.entities
        if e.domain == "weather" and attribute(e, target.device_class or "") is not None
    ]
    return Selection(tuple(found[:1]), {"name": found[0].name}, named=True) if found else None


def temperature(call: Call, situation: Situation, memory: Memory) -> tuple[Step, Selection | None]:
    """Resolve a ``ClimateGet`` call: thermostats first, else temperature sensors, else thermostats that do not say how warm it is."""
    found = _thermometers(call.target, situation, memory)
    if isinstance(found, Problem):
        silent = _thermometers(call.target, situation, memory, silent=True)
        if isinstance(silent, Problem):
            return found.step(call), None
        found = silent
    found = sited(found, situation)
    intent = Intent(
        "HassClimateGetTemperature", found.slots, tuple(entity.id for entity in found.entities), call.confidence
    )
    if any(entity.domain in {"sensor", "weather"} for entity in found.entities):
        intent = replace(
            intent,
            name="HassGetState",
            slots={**found.slots, **({} if found.named else {"domain": "sensor", "device_class": "temperature"})},
        )
    measured = Target(device_class="temperature")
    first = foremost(found.entities, measured, situation)
    shown = f"{first} {values(found.entities, measured, situation)}".strip()
    return Step(intent=intent, answer=shown), found


def _thermometers(target: Target, situation: Situation, memory: Memory, *, silent: bool = False) -> Selection | Problem:
    def measures(entity: Entity) -> bool:
        climate = entity.domain == "climate" and (silent or attribute(entity, "current_temperature") is not None)
        return climate or (entity.domain == "sensor" and entity.device_class == "temperature")

    usable = [entity for entity in situation.home.entities if measures(entity)]
    if target.it:
        kept = [entity for entity in usable if entity.id in memory.entities]
        return (
            Selection(tuple(kept), {"name": kept[0].name}, named=True)
            if len(kept) == 1
            else Problem("Which temperature? Please name the room.", missing="area")
        )
    if target.name:
        named = _thermometer_called(target, usable, situation)
        if named is not None:
            return named
    if target.name and not target.area and situation.index.exact_area(stems(target.name)):
        target = replace(target, name=None, area=target.name)
    if target == Target(domain="climate") and (alone := _spoken(usable, situation)) is not None:
        return Selection.of(alone)
    place = find_place(target, situation)
    if isinstance(place, Problem):
        elsewhere = outside(replace(target, device_class="temperature"), situation) if _is_outside(target) else None
        return elsewhere or place
    if target.name:
        return Problem(f"I know no temperature of {target.name}.")
    chosen_place = place or (area_place(situation.area, situation) if situation.area else None)
    near = [entity for entity in usable if chosen_place is not None and chosen_place.holds(entity, by_name=True)]
    if chosen_place is not None and (near or place is not None):
        if not near:
            return Problem(f"There is no thermometer {chosen_place.label}.")
        return Selection(tuple(_thermostats(near)), chosen_place.slots)
    everywhere = [e for e in _thermostats(usable) if not set(stems(e.name)) & {stems(word)[0] for word in OUTSIDE}]
    if not everywhere:
        return Problem("There is no thermometer in this home.")
    return Selection(tuple(everywhere), {})


def _spoken(usable: Sequence[Entity], situation: Situation) -> Entity | None:
    """The one of them whose name is said, whole: "what is the air con set to"; None: there is none, or there are several."""
    said = {id_ for _, id_ in situation.index.said_in(situation.sentence)}
    found = [entity for entity in usable if entity.id in said]
    return found[0] if len(found) == 1 else None


def _thermostats(entities: Sequence[Entity]) -> list[Entity]:
    return [entity for entity in entities if entity.domain == "climate"] or list(entities)


def _is_outside(target: Target) -> bool:
    return bool({stems(word)[0] for word in OUTSIDE} & set(stems(target.area or "")))


def _thermometer_called(target: Target, usable: Sequence[Entity], situation: Situation) -> Selection | Problem | None:
    ids = {entity.id for entity in usable}
    place = find_place(target, situation)
    if isinstance(place, Problem):
        place = None

    def accept(match: Match) -> bool:
        return match.entity in ids and (place is None or place.holds(situation.by_id[match.entity], by_name=True))

    span = stems(target.name or "")
    found = situation.index.entities(span, accept=accept) or situation.index.entities(
        (*span, "temperature"), accept=accept
    )
    if not found or (found[0].stage == Stage.PART and situation.index.exact_area(span)):
        noun = NOUNS.get(" ".join(span))
        single = [entity for entity in usable if entity.domain == "climate"]
        if noun is not None and noun.domain == "climate" and len(single) == 1:
            return Selection.of(single[0])
        return None
    entities = [situation.by_id[match.entity] for match in found]
    entities = _thermostats(entities) if len(entities) > 1 else entities
    if len(entities) > 1 and situation.area:
        entities = [entity for entity in entities if entity.area == situation.area] or entities
    return Selection(tuple(entities), {"name": entities[0].name}, named=True)


def weather(call: Call, situation: Situation) -> Step:
    """Resolve a ``GetWeather`` call from a weather entity, when there is one."""
    sources = [entity for entity in situation.home.entities if entity.domain == "weather"]
    if call.target.name:
        found = situation.index.entities(
            stems(call.target.name), accept=lambda match: match.entity.startswith("weather.")
        )
        sources = [situation.by_id[match.entity] for match in found] or sources
    if not sources:
        return Step(refusal="I have no source of weather in this home.", hand_over=True)
    source = sources[0]
    slots = {"name": source.name} if call.target.name else {}
    intent = Intent("HassGetWeather", slots, (source.id,), call.confidence)
    if not available(source) or source.state == "unknown":
        return Step(intent=intent, answer=f"{source.name} does not report at the moment.")
    words = temperature_words(source, situation)
    told = f"It is {source.state.replace('_', ' ').replace('-', ' ').replace('partlycloudy', 'partly cloudy')}"
    return Step(intent=intent, answer=f"{told}, {words}." if words else f"{told}.")
