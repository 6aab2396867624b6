"""Questions about the home's state, answered from the snapshot.

The intent's ``entities`` are those asked about, whether or not they are in the state asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from appliance.messages import Call, Entity, Intent, Json, Step, Target
from appliance.resolver.amounts import attribute
from appliance.resolver.answers import MEASURES, answer, holds, values
from appliance.resolver.contradictions import TOLD, told, unsaid
from appliance.resolver.generic import shading
from appliance.resolver.kinds import SWITCHED, Kind, named_class, of_kind
from appliance.resolver.leftovers import telling, without_verb
from appliance.resolver.names import Match
from appliance.resolver.places import Place, area_place, find_place
from appliance.resolver.pointing import pointed
from appliance.resolver.sensed import alike, classed, sensed, unmeasured
from appliance.resolver.situation import Memory, Problem, Selection, Situation, sited, spoken
from appliance.resolver.spelling import is_plural, plain, stems
from appliance.resolver.targets import select, whole_phrase
from appliance.resolver.thermometers import OUTSIDE, outside

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

_DOORS = ("door", "doors")
_LOCKED = ("locked", "unlocked")
_ON_OFF = ("on", "off")
_NEVER_ON = frozenset(
    {
        "sensor",
        "person",
        "device_tracker",
        "weather",
        "scene",
        "todo",
        "number",
        "input_number",
        "select",
        "button",
        "lock",
    }
)
_OPEN_CLASSES = frozenset({"door", "window", "garage", "opening", "gate"})
_MOVABLE = frozenset(
    {"awning", "blind", "curtain", "door", "garage", "gate", "shade", "shutter", "window", "tv", "speaker", "outlet"}
)


def ask(call: Call, situation: Situation, memory: Memory) -> tuple[Step, Selection | None]:
    """Resolve a ``GetState`` call."""
    form, state, zone = (spoken(call.values, name) for name in ("ask", "state", "zone"))
    if told(situation):
        return Step(refusal=TOLD), None
    if unsaid(call.target, situation):
        return Step(refusal="I did not understand what you ask about. Please name it.", hand_over=True), None
    if form == "since":
        return Step(refusal="I have no history of that.", hand_over=True), None
    things = [situation.by_id[found] for found in situation.index.exactly(stems(zone))] if zone else []
    if things and call.target.name is None and things[0].domain in {*_OPENINGS, *SWITCHED, "lock"}:
        return Step(refusal=f"I do not know who is at {things[0].name}.", hand_over=True), None
    found = _asked(call, situation, memory, state, form)
    if isinstance(found, Problem):
        return found.step(call), None
    found = sited(found, situation)
    slots = dict(found.slots)
    if state or zone:
        slots["state"] = _state_slot(state, found.entities) if state else zone
    intent = Intent("HassGetState", slots, tuple(entity.id for entity in found.entities), call.confidence)
    said = _said(found, form, state, zone, call.target, situation)
    step = Step(intent=intent, answer=said, truth=_truth(found.entities, form, state))
    return step, _told(found, form, state)


def _said(found: Selection, form: str, state: str, zone: str, target: Target, situation: Situation) -> str:
    """The answer; of windows and gates without a lock of their own it says so, and what the locks there are do."""
    kind = target.device_class
    if kind is None or target.name or state not in _LOCKED or _locks_of(kind, found.entities):
        return answer(found, form, state, zone, target, situation)
    return f"I know of no lock at a {kind.replace('_', ' ')}. {values(found.entities, Target(), situation)}"


def _truth(things: Sequence[Entity], form: str, state: str) -> bool | None:
    """Whether the answer to a question for a state is yes; None where things differ, or some do not report."""
    known = [holds(thing, state) for thing in things] if state and form in {"yesno", "any", "all"} else []
    if not known or None in known:
        return None
    if form == "yesno" and len(set(known)) > 1:
        return None
    return any(known) if form == "any" else all(known)


def _told(found: Selection, form: str, state: str) -> Selection:
    """Those of several things that an answer names, for the sentences to come: of all doors the open ones."""
    wanted = form != "all"
    if not state or form not in {"which", "any", "how_many", "all"} or len(found.entities) == 1:
        return found
    named = tuple(entity for entity in found.entities if holds(entity, state) is wanted)
    return Selection(named) if 0 < len(named) < len(found.entities) else found


# --- what is asked about ---------------------------------------------------------------------------


def _asked(call: Call, situation: Situation, memory: Memory, state: str, form: str) -> Selection | Problem:
    target = _sharpened(classed(call.target, situation), situation)
    domains = tuple(dict.fromkeys(entity.domain for entity in situation.home.entities))
    fitting = tuple(
        domain
        for domain in domains
        if domain in _BY_STATE.get(state, domains) and not (state in _ON_OFF and domain in _NEVER_ON)
    )
    kind = Kind(fitting or domains, noun="device")
    if target.it or target.other:
        return select(target, "GetState", kind, situation, memory)
    place = find_place(target, situation)
    if isinstance(place, Problem) and target.area and set(stems(target.area)) & {stems(word)[0] for word in OUTSIDE}:
        elsewhere = outside(target, situation)
        return elsewhere or place
    if isinstance(place, Problem):
        return _parted(target, kind, situation, memory) or place
    if target.name:
        target = replace(target, name=without_verb(target.name, situation, strange=True) or target.name)
        if (told_by := sensed(target, place, situation)) is not None:
            return told_by
        longer = _spelled_out(target, kind, place, situation) if target.device_class not in MEASURES else None
        if longer is not None:
            return longer
        return _contact(_named(target, kind, place, situation, memory, form), state, situation)
    whole = (
        select(replace(target, name=_phrase(target)), "GetState", kind, situation, memory)
        if _whole(target, situation)
        else None
    )
    if isinstance(whole, Selection) and whole.named:
        return whole
    return _of_kind(target, kind, place, state, form, situation)


def _parted(target: Target, kind: Kind, situation: Situation, memory: Memory) -> Selection | None:
    """The thing whose name was taken for a noun in a place that the home does not have: "the patio door"."""
    if target.name or not (target.device_class or target.domain):
        return None
    for whole in (
        Target(name=_phrase(target), device_class=target.device_class),
        Target(name=whole_phrase(target, situation)),
    ):
        found = select(whole, "GetState", kind, situation, memory) if whole.name else None
        if isinstance(found, Selection) and (found.named or whole.device_class is None):
            return found
    return None


def _sharpened(target: Target, situation: Situation) -> Target:
    """A garage door is one class in questions, whatever it is announced as; its lock may be anywhere."""
    if target.domain == "lock" and target.area and stems(target.area) == ("garage",) and situation.says(_DOORS):
        return replace(target, domain=None, area=None, device_class="garage")
    return replace(target, device_class="garage") if target.device_class == "garage_door" else target


def _phrase(target: Target) -> str:
    return " ".join(
        part
        for part in (target.area or target.floor, (target.device_class or target.domain or "").replace("_", " "))
        if part
    )


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


def _named(
    target: Target, kind: Kind, place: Place | None, situation: Situation, memory: Memory, form: str
) -> Selection | Problem:
    """A named thing, or a value of it ("the battery of the front door sensor")."""
    if target.device_class in MEASURES:
        measured = _measure_of(target, place, situation)
        if measured is not None:
            return measured
    plain_target = replace(target, device_class=None)
    found = select(plain_target, "GetState", kind, situation, memory)
    if isinstance(found, Problem) and target.name and not target.area:
        wide = Kind(tuple(dict.fromkeys(entity.domain for entity in situation.home.entities)))
        again = select(plain_target, "GetState", wide, situation, memory)
        found = again if isinstance(again, Selection) and again.named else found
    if isinstance(found, Problem) and found.candidates:
        slots = {"name": target.name or "", **(place.slots if place is not None else {})}
        return Selection(found.candidates, slots)
    if isinstance(found, Problem) and form == "where":
        return Problem(f"I know nobody called {target.name}.")
    return unmeasured(target, found, situation) or found


def _spelled_out(target: Target, kind: Kind, place: Place | None, situation: Situation) -> Selection | None:
    """The one thing with a longer name than was copied, all of whose words the sentence has: "has the dishwasher sprung a leak"."""
    span = frozenset(stems(target.name or ""))
    free = frozenset(situation.sentence) - situation.spans | span
    longer = {
        entity.id: (len(name), entity)
        for entity in situation.home.entities
        if entity.domain in kind.domains and (place is None or place.holds(entity, by_name=True))
        for name in (frozenset(stems(called)) for called in entity.names)
        if span < name <= free and all(map(telling, name - span))
    }
    most = max((length for length, _ in longer.values()), default=0)
    found = [entity for length, entity in longer.values() if length == most]
    return Selection.of(found[0]) if len(found) == 1 else None


def _contact(found: Selection | Problem, state: str, situation: Situation) -> Selection | Problem:
    """Whether a door is open its contact knows, not its lock: the one contact of a door beside the lock that was found."""
    if isinstance(found, Problem) or state not in {"open", "closed"} or [e.domain for e in found.entities] != ["lock"]:
        return found
    area = found.entities[0].area
    contacts = [
        entity
        for entity in situation.home.entities
        if area is not None
        and entity.area == area
        and entity.domain == "binary_sensor"
        and entity.device_class in {"door", "opening"}
    ]
    return Selection.of(contacts[0]) if len(contacts) == 1 else found


def _measure_of(target: Target, place: Place | None, situation: Situation) -> Selection | None:
    """The sensor of a class whose name contains the name said, else the device's own attribute."""

    def accept(match: Match) -> bool:
        entity = situation.by_id[match.entity]
        return (
            entity.domain == "sensor"
            and named_class(entity) == target.device_class
            and (place is None or place.holds(entity))
        )

    span = (*stems(target.name or ""), *stems((target.device_class or "").replace("_", " ")))
    for words in (span, stems(target.name or "")):
        found = situation.index.entities(words, accept=accept)
        if len(found) == 1:
            entity = situation.by_id[found[0].entity]
            return Selection.of(entity)
    return _meter_of(target, situation)


def _meter_of(target: Target, situation: Situation) -> Selection | None:
    """The one sensor of a class in the room of a thing, and with a word of one of its names: the "washer power" of the washing machine."""
    named = [situation.by_id[match.entity] for match in situation.index.entities(stems(target.name or ""))]
    things = [entity for entity in named if entity.domain in {"switch", "light", "fan", "media_player"}]
    if len(things) != 1 or target.device_class not in {"power", "energy", "current", "voltage"}:
        return None
    thing = things[0]
    words = {word for name in thing.names for word in stems(name) if telling(word)}
    meters = [
        entity
        for entity in situation.home.entities
        if entity.domain == "sensor"
        and named_class(entity) == target.device_class
        and entity.area == thing.area
        and not words.isdisjoint(stems(entity.name))
    ]
    return Selection.of(meters[0]) if len(meters) == 1 else None


def _of_kind(
    target: Target, kind: Kind, place: Place | None, state: str, form: str, situation: Situation
) -> Selection | Problem:
    inside = [entity for entity in situation.home.entities if place is None or place.holds(entity, by_name=True)]
    fitting = _fitting(target, kind, inside, place, state, situation)
    slots: dict[str, Json] = dict(place.slots) if place is not None else {}
    told = pointed(fitting, target, situation) if situation.calls == 1 else []
    if len(told) == 1:
        return Selection.of(told[0])
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


def _fitting(
    target: Target, kind: Kind, inside: Sequence[Entity], place: Place | None, state: str, situation: Situation
) -> list[Entity]:
    usable = [entity for entity in inside if entity.domain in kind.domains]
    if target.device_class and state in _LOCKED:
        locks = [entity for entity in usable if entity.domain == "lock"] or of_kind(usable, "binary_sensor", "lock")
        return _locks_of(target.device_class, locks) or locks
    if target.device_class:
        found = shading(of_kind(usable, target.domain, target.device_class), target.device_class, place, situation)
        if target.device_class in MEASURES and state != "low":
            found = [entity for entity in found if entity.domain != "binary_sensor"] or found
            found = found or _with_value(inside, target.device_class)
        same = (of_kind(usable, "binary_sensor", name) for name in alike(target.device_class))
        return found or next((others for others in same if others), _called(target.device_class, usable))
    if target.domain == "sensor":
        return [entity for entity in usable if entity.domain in {"sensor", "binary_sensor"}]
    if target.domain:
        return of_kind(usable, target.domain, None)
    if state in {"open", "closed"}:
        return [e for e in usable if e.domain in {"cover", "valve"} or named_class(e) in _OPEN_CLASSES]
    if state in _BY_STATE:
        return [e for e in usable if e.domain != "binary_sensor"]
    return [e for e in usable if e.domain in SWITCHED] if state in {"on", "off"} else []


def _called(noun: str, usable: Sequence[Entity]) -> list[Entity]:
    """Sensors of openings that carry a noun as their name, whatever class they have: a garden gate among the doors."""
    openings = [
        entity for entity in usable if entity.domain == "binary_sensor" and named_class(entity) in _OPEN_CLASSES
    ]
    return [e for e in openings if any(stems(name)[-1:] == (noun,) for name in e.names)]


def _locks_of(device_class: str, locks: Sequence[Entity]) -> list[Entity]:
    """The locks of what has this class: those of doors are all, those of other things say so in their names."""
    doors = device_class in {"door", "lock"}
    return [lock for lock in locks if doors or device_class in stems(lock.name)]


def _with_value(inside: Sequence[Entity], device_class: str) -> list[Entity]:
    """Devices that carry the measure as an attribute: a thermostat its temperature, a plug its power."""
    names = {"temperature": ("current_temperature",), "humidity": ("current_humidity",)}.get(
        device_class, (device_class, f"current_{device_class}")
    )
    return [
        entity
        for entity in inside
        if entity.domain not in {"sensor", "light"} and attribute(entity, *names) is not None
    ]


def _state_slot(state: str, entities: Sequence[Entity]) -> str:
    """The state as Home Assistant's entities have it: binary sensors are on or off."""
    if entities and all(entity.domain == "binary_sensor" for entity in entities):
        return {"open": "on", "unlocked": "on", "low": "on", "triggered": "on", "closed": "off", "locked": "off"}.get(
            state, state
        )
    return state
