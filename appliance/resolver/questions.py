"""Questions about the home's state, answered from the snapshot.

The intent's ``entities`` are those asked about, whether or not they are in the state asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from appliance.messages import Call, Entity, Intent, Json, Step, Target
from appliance.resolver.amounts import attribute, number
from appliance.resolver.kinds import Kind, named_class, of_kind
from appliance.resolver.names import Match, Stage, is_plural, plain, stems
from appliance.resolver.situation import Memory, Problem, Selection, Situation, available, join, labels, listed, spoken
from appliance.resolver.speech import state_words, value_words
from appliance.resolver.targets import Place, area_place, find_place, select, shading
from appliance.resolver.vocabulary import NOUNS

_OPENINGS = ("cover", "binary_sensor", "valve")
_BY_STATE: Mapping[str, tuple[str, ...]] = {
    "open": _OPENINGS, "closed": _OPENINGS, "opening": ("cover", "valve"), "closing": ("cover", "valve"),
    "locked": ("lock", "binary_sensor"), "unlocked": ("lock", "binary_sensor"), "jammed": ("lock",),
    "home": ("person", "device_tracker"), "not_home": ("person", "device_tracker"), "playing": ("media_player",), "idle": ("media_player",),
    "paused": ("media_player", "vacuum", "lawn_mower"), "cleaning": ("vacuum",), "docked": ("vacuum", "lawn_mower"),
    "returning": ("vacuum", "lawn_mower"), "mowing": ("lawn_mower",), "heating": ("climate", "water_heater"), "cooling": ("climate",),
    "armed": ("alarm_control_panel",), "disarmed": ("alarm_control_panel",), "triggered": ("alarm_control_panel", "binary_sensor"),
}  # fmt: skip
"""State asked for to the domains that can be in it; others may be in any."""

_ON_OFF = ("on", "off")
_NEVER_ON = frozenset({"sensor", "person", "device_tracker", "weather", "scene", "todo", "number", "input_number", "select", "button", "lock"})
_OPEN_CLASSES = frozenset({"door", "window", "garage", "opening", "gate"})
_MEASURES = frozenset(
    """temperature humidity illuminance energy voltage current pressure carbon_dioxide pm25 aqi volatile_organic_compounds water weight
    wind_speed precipitation speed distance duration signal_strength uv_index power battery""".split()
)
_MOVABLE = frozenset({"awning", "blind", "curtain", "door", "garage", "gate", "shade", "shutter", "window", "tv", "speaker", "outlet"})
_LOW_BATTERY = 20.0
"""Percent up to which a battery counts as low."""
_OUTSIDE = frozenset({"outside", "outdoor", "outdoors", "exterior"})
_SWITCHED = frozenset({"light", "switch", "fan", "media_player", "input_boolean", "humidifier", "siren", "climate"})


def ask(call: Call, situation: Situation, memory: Memory) -> tuple[Step, Selection | None]:
    """Resolve a ``GetState`` call."""
    form, state, zone = (spoken(call.values, name) for name in ("ask", "state", "zone"))
    if form == "since":
        return Step(refusal="I do not keep since when things are as they are.", hand_over=True), None
    found = _asked(call, situation, memory, state, form)
    if isinstance(found, Problem):
        return Step(refusal=found.text, hand_over=found.hand_over), None
    slots = dict(found.slots)
    if state or zone:
        slots["state"] = _state_slot(state, found.entities, slots) if state else zone
    intent = Intent("HassGetState", slots, tuple(entity.id for entity in found.entities), call.confidence)
    return Step(intent=intent, answer=_answer(found, form, state, zone, call.target, situation)), found


# --- what is asked about ---------------------------------------------------------------------------


def _asked(call: Call, situation: Situation, memory: Memory, state: str, form: str) -> Selection | Problem:
    target = _sharpened(call.target)
    domains = tuple(dict.fromkeys(entity.domain for entity in situation.home.entities))
    fitting = tuple(domain for domain in domains if domain in _BY_STATE.get(state, domains) and not (state in _ON_OFF and domain in _NEVER_ON))
    kind = Kind(fitting or domains, noun="device")
    if target.it or target.other:
        return select(target, "GetState", kind, situation, memory)
    place = find_place(target, situation)
    if isinstance(place, Problem) and target.area and set(stems(target.area)) & {stems(word)[0] for word in _OUTSIDE}:
        outside = _outside(target, situation)
        return outside or place
    if isinstance(place, Problem):
        return place
    if target.name:
        return _named(target, kind, place, situation, memory, form)
    whole = select(replace(target, name=_phrase(target)), "GetState", kind, situation, memory) if _whole(target, situation) else None
    if isinstance(whole, Selection) and whole.named:
        return whole
    return _of_kind(target, kind, place, state, form, situation)


def _sharpened(target: Target) -> Target:
    """A garage door is one class in questions, whatever it is announced as."""
    return replace(target, device_class="garage") if target.device_class == "garage_door" else target


def _phrase(target: Target) -> str:
    return " ".join(part for part in (target.area or target.floor, (target.device_class or target.domain or "").replace("_", " ")) if part)


def _whole(target: Target, situation: Situation) -> bool:
    """Whether "kitchen window" is the very name of one entity and was said in the singular."""
    name = stems(_phrase(target))
    return bool(target.area and (target.device_class or target.domain)) and any(
        said == name and len(situation.index.exactly(said)) == 1 and not is_plural(_said_noun(said[-1], situation))
        for said, _ in situation.index.said_in(situation.sentence)
    )


def _said_noun(noun: str, situation: Situation) -> str:
    """The noun as it was said, plural and all."""
    return next((word for word in plain(situation.text) if stems(word) == (noun,)), noun)


def _named(target: Target, kind: Kind, place: Place | None, situation: Situation, memory: Memory, form: str) -> Selection | Problem:
    """A named thing, or a value of it ("the battery of the front door sensor")."""
    if target.device_class in _MEASURES:
        measured = _measure_of(target, place, situation)
        if measured is not None:
            return measured
    plain_target = replace(target, device_class=None)
    found = select(plain_target, "GetState", kind, situation, memory)
    if isinstance(found, Problem) and target.name and not target.area:
        wide = Kind(tuple(dict.fromkeys(entity.domain for entity in situation.home.entities)))
        again = select(plain_target, "GetState", wide, situation, memory)
        found = again if isinstance(again, Selection) and again.named else found
    if isinstance(found, Problem) and form == "where":
        return Problem(f"I know nobody called {target.name}.")
    return found


def _measure_of(target: Target, place: Place | None, situation: Situation) -> Selection | None:
    """The sensor of a class whose name contains the name said, else the device's own attribute."""
    def accept(match: Match) -> bool:
        entity = situation.by_id[match.entity]
        return entity.domain == "sensor" and named_class(entity) == target.device_class and (place is None or place.holds(entity))

    span = (*stems(target.name or ""), *stems((target.device_class or "").replace("_", " ")))
    for words in (span, stems(target.name or "")):
        found = situation.index.entities(words, accept=accept)
        if len(found) == 1:
            entity = situation.by_id[found[0].entity]
            return Selection((entity,), {"name": entity.name}, named=True)
    return None


def _of_kind(target: Target, kind: Kind, place: Place | None, state: str, form: str, situation: Situation) -> Selection | Problem:
    inside = [entity for entity in situation.home.entities if place is None or place.holds(entity, by_name=True)]
    fitting = _fitting(target, kind, inside, state, situation)
    slots: dict[str, Json] = dict(place.slots) if place is not None else {}
    if not fitting:
        noun = (target.device_class or target.domain or "such device").replace("_", " ")
        where = place.label if place is not None else "in this home"
        kind_of_thing = "" if target.device_class in _MOVABLE or not target.device_class else " sensor"
        return Problem(f"There is no {noun}{kind_of_thing} {where} that I know of.")
    if place is None and form in {"one", "yesno"} and len(fitting) > 1 and situation.area:
        near = [entity for entity in fitting if entity.area == situation.area]
        if near:
            fitting, slots = near, dict(area_place(situation.area, situation).slots)
    domains = {entity.domain for entity in fitting}
    if target.domain or len(domains) == 1:
        slots["domain"] = domains.pop() if len(domains) == 1 else target.domain
    if target.device_class and slots.get("domain") != "lock":
        classes = {entity.device_class for entity in fitting}
        slots["device_class"] = classes.pop() if len(classes) == 1 else target.device_class
        slots["device_class"] = slots["device_class"] or target.device_class
    return Selection(tuple(fitting), slots, named=len(fitting) == 1 and form in {"one", "yesno", "where"})


def _fitting(target: Target, kind: Kind, inside: Sequence[Entity], state: str, situation: Situation) -> list[Entity]:
    usable = [entity for entity in inside if entity.domain in kind.domains]
    if target.device_class and state in {"locked", "unlocked"}:
        locks = [entity for entity in usable if entity.domain == "lock"] or of_kind(usable, "binary_sensor", "lock")
        named = [lock for lock in locks if target.device_class in stems(lock.name)]
        return locks if target.device_class in {"door", "lock"} else named
    if target.device_class:
        found = shading(of_kind(usable, target.domain, target.device_class), target.device_class, situation)
        if target.device_class in _MEASURES and state != "low":
            found = [entity for entity in found if entity.domain != "binary_sensor"] or found
            found = found or _with_value(inside, target.device_class)
        return found
    if target.domain == "sensor":
        return [entity for entity in usable if entity.domain in {"sensor", "binary_sensor"}]
    if target.domain:
        return of_kind(usable, target.domain, None)
    if state in {"open", "closed"}:
        return [e for e in usable if e.domain in {"cover", "valve"} or named_class(e) in _OPEN_CLASSES]
    if state in _BY_STATE:
        return [e for e in usable if e.domain != "binary_sensor"]
    return [e for e in usable if e.domain in _SWITCHED] if state in {"on", "off"} else []


def _with_value(inside: Sequence[Entity], device_class: str) -> list[Entity]:
    """Devices that carry the measure as an attribute: a thermostat its temperature, a plug its power."""
    names = {"temperature": ("current_temperature",), "humidity": ("current_humidity",)}.get(device_class, (device_class, f"current_{device_class}"))
    return [entity for entity in inside if entity.domain not in {"sensor", "light"} and attribute(entity, *names) is not None]


def _outside(target: Target, situation: Situation) -> Selection | None:
    """ "Outside" where no area is called so: sensors whose names say it, else the weather."""
    words = {stems(word)[0] for word in _OUTSIDE}
    said = [e for e in situation.home.entities if words & set(stems(e.name)) and named_class(e) == target.device_class]
    found = said or [e for e in situation.home.entities if e.domain == "weather" and attribute(e, target.device_class or "") is not None]
    return Selection(tuple(found[:1]), {"name": found[0].name}, named=True) if found else None


def _state_slot(state: str, entities: Sequence[Entity], slots: dict[str, Json]) -> str:
    """The state as Home Assistant's entities have it: binary sensors are on or off."""
    if entities and all(entity.domain == "binary_sensor" for entity in entities):
        return {"open": "on", "unlocked": "on", "low": "on", "triggered": "on", "closed": "off", "locked": "off"}.get(state, state)
    return state


# --- whether a state holds -------------------------------------------------------------------------


def holds(entity: Entity, state: str) -> bool | None:
    """Whether the entity is in the state asked for; None when that is not known."""
    now = entity.state
    if now in {"unavailable", "unknown", ""}:
        return None
    if entity.domain == "binary_sensor":
        truth = {"closed": False, "off": False, "locked": False, "not_home": False, "idle": False, "disarmed": False}
        return (now == "on") is truth.get(state, True)
    if state == "low":
        try:
            return float(now) <= _LOW_BATTERY
        except ValueError:
            return None
    if entity.domain in {"cover", "valve"}:
        opened = now in {"open", "opening"} or (now == "closing" and state != "closing")
        return {"open": opened, "on": opened, "closed": now == "closed", "off": now == "closed"}.get(state, now == state)
    if entity.domain == "climate":
        action = entity.attributes.get("hvac_action", now)
        return {"heating": action in {"heating", "heat"}, "cooling": action in {"cooling", "cool"}, "on": now != "off"}.get(state, now == state)
    if entity.domain == "media_player" and state in {"on", "off"}:
        return (now not in {"off", "standby"}) is (state == "on")
    if entity.domain in {"vacuum", "lawn_mower"} and state in {"on", "off"}:
        return (now in {"cleaning", "mowing"}) is (state == "on")
    if entity.domain == "alarm_control_panel" and state in {"armed", "on"}:
        return now.startswith("armed")
    if entity.domain == "lock" and state in {"open", "closed"}:
        return (now != "locked") is (state == "open")
    if state == "not_home":
        return now != "home"
    return now == state


# --- the answers -----------------------------------------------------------------------------------


def _answer(found: Selection, form: str, state: str, zone: str, target: Target, situation: Situation) -> str:
    things = found.entities
    if zone and form != "where":
        return _zone_answer(things, zone, form, situation)
    if not state or form in {"where", "one"}:
        return _values(things, target, situation)
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
        shown = said if yes and only.domain != "lock" else _now(only)
        return f"{'Yes' if yes else 'No'}, {only.name} is {shown}."
    if form == "all" or (form == "yesno" and not no):
        if not no:
            return (f"Yes, all {len(yes)} are {said}." if len(yes) > 2 else f"Yes, {listed(yes, situation)} {_be(yes)} {said}.") + doubt
        return f"No, {listed(no, situation)} {_be(no)} not {said}." + doubt
    if not yes and things[0].domain == "person":
        return ("Nobody" if form == "which" else "No, nobody") + f" is {said}." + doubt
    if not yes:
        none = {"which": "None", "how_many": "None"}.get(form, "No, none")
        return f"{none} of the {len(no)} is {said}." + doubt if len(no) > 1 else f"{none}: {listed(no, situation)} is {_now(no[0])}." + doubt
    names = f"{listed(yes, situation)} {_be(yes)} {said}."
    if form == "how_many":
        return f"{len(yes)}: {names}" + doubt
    if form == "which":
        return names + doubt
    if form == "yesno":
        return f"Partly: {names} {listed(no, situation)} {_be(no)} not." + doubt
    return f"Yes, {names}" + doubt


def _be(things: Sequence[Entity]) -> str:
    return "is" if len(things) == 1 else "are"


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
        return f"No, {listed(people, situation)} is {_now(people[0])}." if len(people) == 1 else f"No, nobody is at {zone}."
    return f"{'' if form == 'which' else 'Yes, '}{listed(there, situation)} {_be(there)} at {zone}."


def _values(things: Sequence[Entity], target: Target, situation: Situation, limit: int = 6) -> str:
    shown = list(things[:limit])
    parts = [f"{name} is {_value(entity, target, situation)}" for name, entity in zip(labels(shown, situation), shown, strict=True)]
    more = f", and {len(things) - limit} more" if len(things) > limit else ""
    return f"{join(parts)}{more}."


def _value(entity: Entity, target: Target, situation: Situation) -> str:
    if not available(entity):
        return "not reachable"
    measure = target.device_class
    if measure == "temperature" and entity.domain in {"climate", "weather", "water_heater"}:
        return temperature_words(entity, situation) or "without a temperature"
    if measure in _MEASURES and entity.domain != "sensor":
        value = attribute(entity, measure, f"current_{measure}", f"{measure}_level")
        if value is not None:
            return value_words(value, {"humidity": "%", "battery": "%", "power": "W", "energy": "kWh"}.get(measure))
    if entity.domain == "climate":
        return _climate_words(entity)
    details = state_words(entity)
    level = attribute(entity, "brightness")
    if entity.domain == "light" and entity.state == "on" and level is not None:
        return f"on at {round(level / 2.55)} percent"
    position = attribute(entity, "current_position", "percentage")
    if entity.state in {"open", "on"} and position is not None and position < 100:
        return f"{details} at {number(position)} percent"
    return details


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
    return "" if value is None else value_words(round(value, 1), "°C" if situation.home.temperature_unit == "celsius" else "°F")


# --- temperature and weather -----------------------------------------------------------------------


def temperature(call: Call, situation: Situation, memory: Memory) -> tuple[Step, Selection | None]:
    """Resolve a ``ClimateGet`` call: thermostats first, else temperature sensors."""
    found = _thermometers(call.target, situation, memory)
    if isinstance(found, Problem):
        return Step(refusal=found.text), None
    intent = Intent("HassClimateGetTemperature", found.slots, tuple(entity.id for entity in found.entities), call.confidence)
    if any(entity.domain in {"sensor", "weather"} for entity in found.entities):
        intent = replace(intent, name="HassGetState", slots={**found.slots, **({} if found.named else {"domain": "sensor", "device_class": "temperature"})})
    shown = _values(found.entities, Target(device_class="temperature"), situation)
    return Step(intent=intent, answer=shown), found


def _thermometers(target: Target, situation: Situation, memory: Memory) -> Selection | Problem:
    def measures(entity: Entity) -> bool:
        climate = entity.domain == "climate" and attribute(entity, "current_temperature") is not None
        return climate or (entity.domain == "sensor" and entity.device_class == "temperature")

    usable = [entity for entity in situation.home.entities if measures(entity)]
    if target.it:
        kept = [entity for entity in usable if entity.id in memory.entities]
        return Selection(tuple(kept), {"name": kept[0].name}, named=True) if len(kept) == 1 else Problem("Which temperature? Please name the room.")
    if target.name:
        named = _thermometer_called(target, usable, situation)
        if named is not None:
            return named
    if target.name and not target.area and situation.index.exact_area(stems(target.name)):
        target = replace(target, name=None, area=target.name)
    place = find_place(target, situation)
    if isinstance(place, Problem):
        outside = _outside(replace(target, device_class="temperature"), situation) if _is_outside(target) else None
        return outside or place
    if target.name:
        return Problem(f"I know no temperature of {target.name}.")
    chosen_place = place or (area_place(situation.area, situation) if situation.area else None)
    near = [entity for entity in usable if chosen_place is not None and chosen_place.holds(entity, by_name=True)]
    if chosen_place is not None and (near or place is not None):
        if not near:
            return Problem(f"There is no thermometer {chosen_place.label}.")
        return Selection(tuple(_thermostats(near)), chosen_place.slots)
    everywhere = [e for e in _thermostats(usable) if not set(stems(e.name)) & {stems(word)[0] for word in _OUTSIDE}]
    if not everywhere:
        return Problem("There is no thermometer in this home.")
    return Selection(tuple(everywhere), {})


def _thermostats(entities: Sequence[Entity]) -> list[Entity]:
    return [entity for entity in entities if entity.domain == "climate"] or list(entities)


def _is_outside(target: Target) -> bool:
    return bool({stems(word)[0] for word in _OUTSIDE} & set(stems(target.area or "")))


def _thermometer_called(target: Target, usable: Sequence[Entity], situation: Situation) -> Selection | Problem | None:
    ids = {entity.id for entity in usable}
    place = find_place(target, situation)
    if isinstance(place, Problem):
        place = None

    def accept(match: Match) -> bool:
        return match.entity in ids and (place is None or place.holds(situation.by_id[match.entity], by_name=True))

    span = stems(target.name or "")
    found = situation.index.entities(span, accept=accept) or situation.index.entities((*span, "temperature"), accept=accept)
    if not found or (found[0].stage == Stage.PART and situation.index.exact_area(span)):
        noun = NOUNS.get(" ".join(span))
        single = [entity for entity in usable if entity.domain == "climate"]
        if noun is not None and noun.domain == "climate" and len(single) == 1:
            return Selection((single[0],), {"name": single[0].name}, named=True)
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
        found = situation.index.entities(stems(call.target.name), accept=lambda match: match.entity.startswith("weather."))
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
