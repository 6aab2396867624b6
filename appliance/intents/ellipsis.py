"""What a command leaves out because the one before it in the sentence said it.

"Left lamp to 10, right one to 50" names the second lamp by one word, "a timer for ten minutes and another for twenty" leaves out the
unit. The command model copies what was said; here the later call gets the words of the earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from appliance.intents.durations import duration
from appliance.messages import Call, Quantity
from appliance.text import words

_SIDES = (
    "left right middle", "upper lower", "top bottom middle", "front back", "big small little large", "inner outer", "first second third",
    "near far", "old new", "tall short", "east west north south",
)  # fmt: skip
_SIDE_GROUPS = tuple(frozenset(group.split()) for group in _SIDES)
_UNITS = ("hour", "minute", "second", "hr", "min", "sec")


def filled(calls: Sequence[Call], text: str = "") -> tuple[Call, ...]:
    """Return `calls`, which were read from `text`, with the names and units that later ones left out; the rest as it is."""
    done: list[Call] = []
    for call in _all_asked(calls, text):
        before = done[-1] if done else None
        if before is not None and _exempts_from(call, before):
            done[-1] = replace(before, excepts=call.excepts)
            continue
        done.append(call if before is None else _timed(_named(_one(call, before, text), before), before))
    return _exempting_alike(done)


def _exempting_alike(calls: Sequence[Call]) -> tuple[Call, ...]:
    """`calls` for several places, all without what the last of them leaves out: "off in the kitchen and the hall except the island"."""
    last = calls[-1] if calls else None
    if last is None or not last.excepts or len(calls) == 1 or not all(_is_alike(call, last) for call in calls[:-1]):
        return tuple(calls)
    return tuple(replace(call, excepts=last.excepts) for call in calls)


def _is_alike(call: Call, last: Call) -> bool:
    """Whether a call does to the same kind of things in another place what `last` does."""
    target, other = call.target, last.target
    placed = bool(target.area or target.floor) and bool(other.area or other.floor)
    same = replace(target, area=None, floor=None) == replace(other, area=None, floor=None) and not target.name
    return placed and same and not call.excepts and (call.name, call.values) == (last.name, last.values)


def timed(calls: Sequence[Call], text: str) -> tuple[Call, ...]:
    """Return `calls` with the unit of the length that the sentence takes back: "for ten minutes, actually fifteen"."""
    units = {word.text for word in words(text) if word.text.startswith(_UNITS)}
    if len(units) != 1:
        return tuple(calls)
    return tuple(_in_units(call, next(iter(units))) for call in calls)


def _in_units(call: Call, unit: str) -> Call:
    length = call.values.get("duration")
    if call.name != "StartTimer" or not isinstance(length, Quantity) or length.value is not None:
        return call
    said = f"{length.words} {unit}"
    seconds = duration(said.split())
    return (
        call
        if seconds is None
        else replace(call, values={**call.values, "duration": replace(length, value=seconds, words=said)})
    )


def _exempts_from(call: Call, before: Call) -> bool:
    """Whether a call for everything only says what the one before it leaves out: "the kitchen lights off, all but the hob"."""
    target, place = call.target, before.target
    bare = target.everything and not (target.name or target.area or target.floor or target.here)
    same = call.name == before.name and call.values == before.values and target.domain in {None, place.domain}
    return bare and same and bool(call.excepts) and not before.excepts and bool(place.area or place.floor or place.here)


_STATES = {
    "TurnOn": "on", "TurnOff": "off", "Open": "open", "Close": "closed", "Lock": "locked", "Unlock": "unlocked",
}  # fmt: skip


_VERBS = frozenset("turn switch put make set get please power flip".split())


def _all_asked(calls: Sequence[Call], text: str) -> Sequence[Call]:
    """`calls` as questions, where some of a question for several things were read as commands: "are the urn and the fan off"."""
    said = [word.text for word in words(text)]
    state = said[-1] if said else ""
    if said[:1] not in (["is"], ["are"]) or state not in _STATES.values() or not _VERBS.isdisjoint(said):
        return calls
    if any((_STATES.get(call.name) or call.values.get("state")) != state for call in calls):
        return calls
    asked = next((call.values for call in calls if call.name == "GetState"), {"ask": "yesno", "state": state})
    return [call if call.name == "GetState" else replace(call, name="GetState", values=asked) for call in calls]


def _one(call: Call, before: Call, text: str) -> Call:
    """The call about the kind of thing before it, where only the place of "the one in the hall" was copied."""
    target, last = call.target, before.target
    if not target.area or target.name or target.generic or target.everything:
        return call
    said = " ".join(word.text for word in words(text))
    place = re.escape(" ".join(word.text for word in words(target.area)))
    if not re.search(rf"\bones? (?:in|on|at) (?:the |my |our )?{place}\b", said):
        return call
    noun = (last.name or "").split()[-1:] if not last.generic else []
    name = noun[0] if noun else None
    return replace(call, target=replace(target, name=name, domain=last.domain, device_class=last.device_class))


def _named(call: Call, before: Call) -> Call:
    """The call with the name before it, but for the side, where only a side was copied."""
    said = (call.target.name or "").removesuffix(" one").split()
    if len(said) != 1 or not before.target.name:
        return call
    groups = [group for group in _SIDE_GROUPS if said[0] in group]
    words = before.target.name.split()
    changed = [said[0] if any(word in group for group in groups) else word for word in words]
    if changed == words or len(words) == 1:
        return call
    area = call.target.area or before.target.area
    return replace(call, target=replace(call.target, name=" ".join(changed), area=area))


def _timed(call: Call, before: Call) -> Call:
    """The timer with the unit of the timer before it, where only a number was copied."""
    length, earlier = call.values.get("duration"), before.values.get("duration")
    if call.name != "StartTimer" or not isinstance(length, Quantity) or not isinstance(earlier, Quantity):
        return call
    units = [word for word in earlier.words.split() if word.startswith(_UNITS)]
    if length.value is not None or len(units) != 1:
        return call
    words = f"{length.words} {units[0]}"
    seconds = duration(words.split())
    if seconds is None:
        return call
    return replace(call, values={**call.values, "duration": replace(length, value=seconds, words=words)})
