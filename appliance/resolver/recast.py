"""A command for another kind of thing than the one that was named: the "brightness 45" of a dehumidifier.

The model does not know the home and may take a fan for a lamp. A thing that is named says itself what can be set on it and how
it is started; only such a thing, or a noun of another kind in the call, changes the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from appliance.messages import Call, Entity, Quantity, Target
from appliance.resolver.contradictions import COMPLAINTS
from appliance.resolver.kinds import IN_DEGREES, KINDS, PASSIVE
from appliance.resolver.names import Match, Stage
from appliance.resolver.places import find_place
from appliance.resolver.situation import Memory, Problem, Situation
from appliance.resolver.spelling import every_word, stems
from appliance.resolver.vocabulary import DOMAIN_WORDS

_AMOUNTS = ("brightness", "position", "percentage", "volume", "humidity", "temperature", "number")
SETTING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "light": ("LightSet", "brightness"), "fan": ("FanSetSpeed", "percentage"), "cover": ("SetPosition", "position"),
        "valve": ("SetPosition", "position"), "media_player": ("SetVolume", "volume"), "humidifier": ("HumiditySet", "humidity"),
        "climate": ("ClimateSet", "temperature"), "water_heater": ("ClimateSet", "temperature"),
        "number": ("SetNumber", "number"), "input_number": ("SetNumber", "number"),
    }
)  # fmt: skip
"""Domain to the call that sets its amount, and the key of that amount."""
_SETS = frozenset(call for call, _ in SETTING.values()) | {"SelectOption"}
_NUMBERS = frozenset({"number", "input_number"})
_MODES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "climate": ("ClimateSet", "mode"), "humidifier": ("HumiditySet", "mode"), "select": ("SelectOption", "option"),
        "input_select": ("SelectOption", "option"),
    }
)  # fmt: skip

_STARTS: Mapping[str, str] = MappingProxyType(
    {
        "vacuum": "VacuumStart", "lawn_mower": "MowerStart", "scene": "Activate", "script": "Activate", "automation": "Activate",
        "button": "Press", "input_button": "Press",
        **dict.fromkeys(("switch", "input_boolean", "light", "fan", "humidifier", "climate", "siren", "media_player"), "TurnOn"),
    }
)  # fmt: skip
"""Domain to the call that starts it."""
_STARTERS = frozenset({*_STARTS.values(), "MediaPlay"})
_NO_TITLE = frozenset("the a an my our some".split())
_MACHINE_CALLS = {"PauseTimer": "MediaPause", "UnpauseTimer": "MediaPlay"}
_OWN_DIRECTIONS = frozenset(
    "warmer cooler colder hotter brighter dimmer darker lighter louder quieter softer faster slower".split()
)
_STARTING = frozenset("start run begin launch send".split())
_ENDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "vacuum": {"MowerPause": "VacuumPause", "MediaPause": "VacuumPause", "MowerDock": "VacuumReturn", "MediaPlay": "VacuumStart"},
        "lawn_mower": {"VacuumPause": "MowerPause", "MediaPause": "MowerPause", "VacuumReturn": "MowerDock", "MediaPlay": "MowerStart"},
        "media_player": {"VacuumPause": "MediaPause", "MowerPause": "MediaPause"},
        "valve": {"Stop": "Close"},
    }
)  # fmt: skip

_STOPPED = frozenset({"switch", "input_boolean", "light", "fan", "humidifier", "siren"})
"""Domains of things that stop by being switched off."""
_CANCELLED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_STOPPED, "TurnOff"),
        "media_player": "MediaPause",
        "vacuum": "VacuumPause",
        "lawn_mower": "MowerDock",
    }
)
"""Domain to the call that stops a thing which was taken for a timer."""
_STOPPING = frozenset({"Stop", "MowerDock", "MowerPause", "VacuumPause", "MediaPause"})


def recast(call: Call, situation: Situation, memory: Memory) -> Call:
    """`call` as the kind of thing that its target names takes it; unchanged where nothing better is certain."""
    call = _as_directed(call, situation)
    target = call.target
    if call.name == "MediaSearch" and _NO_TITLE.issuperset(every_word(str(call.values.get("search", "")))):
        return replace(call, name="MediaPlay", values={})
    if call.name == "VacuumCleanArea" and target.everything and not (target.area or target.floor or target.here):
        return replace(call, name="VacuumStart")
    domain = _spoken_of(call, situation, memory) if target.it else _domain(call, situation)
    if domain is None:
        return call
    if call.name in _SETS:
        percent = "%" in situation.text or situation.says(("percent", "percentage"))
        degrees = situation.says(("degree", "degrees"))
        if percent and domain in _NUMBERS and _counts_percent(target, situation):
            return _as_number(call) or call
        other = (percent and domain in IN_DEGREES) or (degrees and domain not in IN_DEGREES)
        return call if other else _set(call, domain) or call
    if call.name in {"VacuumStart", "AlarmArm"} and domain in _MODES and (mode := call.values.get("mode")):
        name, key = _MODES[domain]
        return replace(call, name=name, values={key: mode})
    if call.name in _STARTERS and domain in _STARTS:
        own = _STARTS[domain]
        accepts = domain in KINDS[call.name].domains
        if own == call.name or (accepts and not (call.name == "TurnOn" and situation.says(_STARTING))):
            return call
        return replace(call, name=own, values={})
    if call.name in _STOPPING and domain in _STOPPED and situation.says(("stop",)):
        return replace(call, name="TurnOff", values={})
    ended = _ENDS.get(domain, {}).get(call.name)
    if ended is None or (call.name == "Stop" and _moves(situation, target)):
        return call
    return replace(call, name=ended, values={})


_WORKING = frozenset("mow mowing cut cutting hoover hoovering vacuum vacuuming clean cleaning sweep sweeping".split())
_RESTING = frozenset(
    "dock base home back stop cancel stopped enough done finish finished return park charge charging rest off no not".split()
)
_BEFORE_IN = frozenset("pull bring wind roll crank draw take get reel put let send run back".split())


def _as_directed(call: Call, situation: Situation) -> Call:
    """`call` the way that other words of the sentence say: an awning goes in or out, a machine that is to mow stays not in its dock."""
    words = every_word(situation.text)
    if call.name in {"MowerDock", "VacuumReturn"} and not _WORKING.isdisjoint(words) and _RESTING.isdisjoint(words):
        return replace(call, name="MowerStart" if call.name == "MowerDock" else "VacuumStart")
    if (
        call.name in {"Open", "Close"}
        and "awning" in situation.words
        and situation.calls == 1
        and not {"in", "out"} <= set(words)
    ):
        for at, word in enumerate(words):
            ends = at + 1 == len(words) or words[at + 1] in {"please", "now", "again", "all"}
            if word in {"in", "out"} and (ends or (at and words[at - 1] in _BEFORE_IN)):
                return replace(call, name="Close" if word == "in" else "Open")
    return call


def _counts_percent(target: Target, situation: Situation) -> bool:
    """Whether what is named is a number of percent."""
    found = situation.index.exactly(stems(target.name or ""))
    return len(found) == 1 and situation.by_id[found[0]].attributes.get("unit_of_measurement") == "%"


def _as_number(call: Call) -> Call | None:
    amounts = [value for value in call.values.values() if isinstance(value, Quantity)]
    if len(call.values) != 1 or len(amounts) != 1:
        return None
    return replace(call, name="SetNumber", values={"number": replace(amounts[0], unit="")})


def _moves(situation: Situation, target: Target) -> bool:
    """Whether what is named is on its way."""
    found = situation.index.exactly(stems(target.name or ""))
    return any(situation.by_id[entity].state in {"opening", "closing"} for entity in found)


def machine_call(call: Call, situation: Situation) -> Call:
    """`call` of a timer as one of a machine: "pause the scrubber" where something is called so and nobody says timer."""
    name = call.values.get("timer")
    if call.name not in {*_MACHINE_CALLS, "CancelTimer"} or not isinstance(name, str) or "timer" in situation.words:
        return call
    domains = {situation.by_id[entity].domain for entity in situation.index.exactly(stems(name))}
    if call.name == "CancelTimer":
        ended = {_CANCELLED.get(domain) for domain in domains}
        stopped = ended.pop() if len(ended) == 1 and situation.says(("stop",)) else None
        return replace(call, name=stopped, target=Target(name=name), values={}) if stopped else call
    if domains & {"vacuum", "lawn_mower", "media_player"}:
        return replace(call, name=_MACHINE_CALLS[call.name], target=Target(name=name), values={})
    return call


def _set(call: Call, domain: str) -> Call | None:
    if set(call.values) <= {"mode", "option"} and domain in _MODES:
        name, key = _MODES[domain]
        said = call.values.get("mode", call.values.get("option", ""))
        return None if name == call.name or not said else replace(call, name=name, values={key: said})
    amount = next((key for key in _AMOUNTS if key in call.values), None)
    name, key = SETTING.get(domain, ("", ""))
    if amount is None or not name or name == call.name or len(call.values) > 1:
        return None
    wish = call.values[amount]
    if not isinstance(wish, Quantity):
        return None
    if domain in IN_DEGREES and (wish.unit in {"%", "kelvin"} or (wish.value is None and wish.mode == "set")):
        return None
    if domain not in IN_DEGREES and wish.unit not in {"", "%"}:
        return None
    return replace(call, name=name, values={key: wish})


def _spoken_of(call: Call, situation: Situation, memory: Memory) -> str | None:
    """The domain of what "it" is, where the call is for another one: "make it 50" of a fan is no light.

    A direction whose word belongs to the call ("warmer") stays what it is: it may be about the room.
    """
    entities = [situation.by_id[entity] for entity in memory.entities if entity in situation.by_id]
    domains = {entity.domain for entity in entities}
    nouns = (
        {word for domain in KINDS[call.name].domains for word in DOMAIN_WORDS.get(domain, ())}
        if call.name in KINDS
        else set()
    )
    if call.target.domain or call.target.device_class or not nouns.isdisjoint(situation.words):
        return None
    if call.name not in _SETS or len(domains) != 1 or domains & {*KINDS[call.name].domains, *PASSIVE}:
        return None
    relative = [
        key for key, value in call.values.items() if isinstance(value, Quantity) and value.mode in {"up", "down"}
    ]
    own = _OWN_DIRECTIONS.union(*(side for key in relative for side in COMPLAINTS.get(key, ())))
    return None if relative and situation.says(own) else domains.pop()


def _domain(call: Call, situation: Situation) -> str | None:
    """The domain of what the call names, when it is one."""
    target = call.target
    kind = KINDS[call.name]
    if target.other or target.everything:
        return None
    if not target.name:
        noun = target.domain or ("media_player" if target.device_class in {"tv", "speaker", "receiver"} else None)
        return noun if noun is not None and noun not in kind.domains else None
    place = find_place(target, situation)
    if isinstance(place, Problem):
        return None
    span = stems(target.name)

    def accept(match: Match) -> bool:
        entity = situation.by_id[match.entity]
        if entity.domain in PASSIVE or match.stage > Stage.NOUN or entity.domain in {"lock", "alarm_control_panel"}:
            return False
        return place is None or place.holds(entity, by_name=True)

    found: list[Entity] = [situation.by_id[match.entity] for match in situation.index.entities(span, accept=accept)]
    domains = {entity.domain for entity in found}
    if domains & set(kind.domains) and len(domains) > 1:
        return None
    return domains.pop() if len(domains) == 1 else None
