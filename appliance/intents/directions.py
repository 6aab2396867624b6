"""Which way each thing of a sentence is to go: of "turn off the lamp and turn on the kettle" only the kettle goes on.

The command model may give the verb of one clause to a thing of another, or one direction of two to both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from appliance.messages import Call, Quantity
from appliance.text import words

_VERBS = frozenset("turn switch put power flip".split())
_OTHER_VERBS = frozenset(
    "set make dim open close shut lock unlock start stop play pause leave keep get bring let have want take".split()
)
_WAYS = {"on": "TurnOn", "off": "TurnOff"}

_JOINTS = frozenset(", and but then while & + ; . also plus".split())
_ENDING = _JOINTS | {"for", "please", "now", "again", "too", "in", "at", "until", "till"}
"""Words before which a clause may end: an "on" in front of them goes with no noun."""
_BOTH: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "temperature": (frozenset({"warmer", "hotter"}), frozenset({"cooler", "colder"})),
    "brightness": (frozenset({"brighter", "brighten"}), frozenset({"darker", "dimmer"})),
    "volume": (frozenset({"louder"}), frozenset({"quieter", "softer"})),
    "percentage": (frozenset({"faster"}), frozenset({"slower"})),
}
"""Value to the words that want more of it, and those that want less."""

_CHANGING = frozenset(
    """by up down more less another extra add additional plus minus off take knock shave raise raised increase boost bump lift crank
    reduce decrease drop cut dim brighten lighten darken lower nudge notch notches step steps half halve double twice triple too further
    back higher warmer cooler hotter colder brighter dimmer darker louder quieter softer faster slower wider stronger weaker longer shorter
    drier dryer damper moister extend shorten""".split()
)
"""Words of which one stands where a number is how much more or less is wanted."""
_GOING_IN = frozenset("back home in dock docks docked base return returns charger charge rest".split())
_GOING_OUT = frozenset("out start starts go mow cut clean vacuum hoover sweep run mowing cleaning".split())
_OPENING = frozenset("open opens opened up raise lift run start unlock water fill flow flowing let wide on".split())
_CLOSING = frozenset("close closed closes shut shuts down lower drop cut stop off lock draw pull kill turn end".split())
_SAID_BY: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Open": (_OPENING, _CLOSING - _OPENING - {"turn"}),
    "Close": (_CLOSING, _OPENING - _CLOSING),
    "Lock": (frozenset("lock locked secure bolt shut up".split()), frozenset({"unlock"})),
    "Unlock": (frozenset("unlock unlocked open undo unbolt release".split()), frozenset({"lock"})),
    "VacuumReturn": (_GOING_IN, _GOING_OUT),
    "MowerDock": (_GOING_IN, _GOING_OUT),
    "VacuumStart": (_GOING_OUT, _GOING_IN),
    "MowerStart": (_GOING_OUT, _GOING_IN),
}
"""Call to the words of a clause that speak for it, and those that speak against it."""


def misdirected(calls: Sequence[Call], text: str) -> int:
    """How many things `calls` move another way than the words of their clauses say, and directions of which they know only one."""
    said = [word.text for word in words(text)]
    if len(calls) < 2:
        return _opposed(calls, said) + _by_nothing(calls, said)
    return (
        _by_nothing(calls, said)
        + _switched(calls, said)
        + _opposed(calls, said)
        + _one_way(calls, said)
        + _of_two(calls, said)
    )


def _switched(calls: Sequence[Call], said: Sequence[str]) -> int:
    """How many things are switched the other way than the verb with "on" or "off" before them, or the "on" behind them, says."""
    return sum(
        way is not None and call.name in _WAYS.values() and call.name != way
        for call in calls
        if (way := _way(said, [word.text for word in words(call.target.name or "")])) is not None
    )


def _opposed(calls: Sequence[Call], said: Sequence[str]) -> int:
    """How many things are moved though their clause only speaks of the opposite: "run the sprinkler but shut the drip line"."""
    found = 0
    for call in calls:
        name = [word.text for word in words(call.target.name or "")]
        at = _place(said, name)
        if call.name not in _SAID_BY or at is None:
            continue
        begin = max((i + 1 for i in range(at) if said[i] in _JOINTS), default=0)
        end = next((i for i in range(at + len(name), len(said)) if said[i] in _JOINTS), len(said))
        clause = {*said[begin:at], *said[at + len(name) : end]}
        speaking_for, against = _SAID_BY[call.name]
        found += not clause & speaking_for and bool(clause & against)
    return found


def _by_nothing(calls: Sequence[Call], said: Sequence[str]) -> int:
    """How many values are so much more or less than now though the sentence has no word for that: "a target of 55 percent"."""
    if not _CHANGING.isdisjoint(said):
        return 0
    wishes = [wish for call in calls for wish in call.values.values() if isinstance(wish, Quantity)]
    return sum(wish.mode in {"up", "down"} and wish.value is not None for wish in wishes)


def _one_way(calls: Sequence[Call], said: Sequence[str]) -> int:
    """How many values go only up, or only down, though the sentence wants both: "warmer upstairs and cooler downstairs"."""
    found = 0
    for key, (more, less) in _BOTH.items():
        wishes = [call.values[key] for call in calls if key in call.values]
        modes = [wish.mode for wish in wishes if isinstance(wish, Quantity)]
        if not more.isdisjoint(said) and not less.isdisjoint(said) and modes and len(set(modes)) == 1:
            found += modes[0] in {"up", "down"}
    return found


def _of_two(calls: Sequence[Call], said: Sequence[str]) -> int:
    """How many things are moved beside another of which the sentence wants only one: "the lamp or the fan"."""
    names = [[word.text for word in words(call.target.name or "")] for call in calls if not call.name.startswith("Get")]
    places = sorted((at, at + len(name)) for name in names if (at := _place(said, name)) is not None)
    between = (said[end:start] for (_, end), (start, _) in pairwise(places))
    return sum(bool(told) and told[0] == "or" and len(told) <= _BETWEEN for told in between)


_BETWEEN = 3
"""Words of "or in the"."""


def _place(said: Sequence[str], name: Sequence[str]) -> int | None:
    """Where `name` stands in the sentence; None: nowhere, or more than once."""
    places = [at for at in range(len(said) - len(name) + 1) if name and list(said[at : at + len(name)]) == list(name)]
    return places[0] if len(places) == 1 else None


def _way(said: Sequence[str], name: Sequence[str]) -> str | None:
    """The call that the sentence wants for the thing with this name; None: it does not say, or says it twice."""
    place = _place(said, name)
    if place is None:
        return None
    end = place + len(name)
    if said[end : end + 1] and said[end] in _WAYS and (end + 1 == len(said) or said[end + 1] in _ENDING):
        return _WAYS[said[end]]
    for at in range(place - 1, -1, -1):
        if said[at] in _VERBS:
            return _WAYS.get(said[at + 1])
        if said[at] in _OTHER_VERBS or (said[at] in _WAYS and (at == 0 or said[at - 1] not in _VERBS)):
            return None
    return None
