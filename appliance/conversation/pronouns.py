"""Verbs without a thing: "stop", "carry on", "off again", "tick them off", about what was spoken of last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from appliance.conversation.followups import Followup
from appliance.messages import Call, Target
from appliance.resolver import Lookup, Memory, Mention
from appliance.resolver.kinds import SWITCHED
from appliance.resolver.tasks import TIMER_CALLS

_PAUSES = {
    "media_player": "MediaPause", "vacuum": "VacuumPause", "lawn_mower": "MowerPause", "cover": "Stop", "valve": "Stop",
}  # fmt: skip
_VERBS: Mapping[str, Mapping[str, str]] = {
    "stop": _PAUSES,
    "pause": {**_PAUSES, "timer": "PauseTimer"},
    "resume": {"media_player": "MediaPlay", "vacuum": "VacuumStart", "lawn_mower": "MowerStart", "timer": "UnpauseTimer"},
    "home": {"vacuum": "VacuumReturn", "lawn_mower": "MowerDock"},
    "on": dict.fromkeys(SWITCHED, "TurnOn"),
    "off": dict.fromkeys(SWITCHED, "TurnOff"),
    "open": {"cover": "Open", "valve": "Open"},
    "close": {"cover": "Close", "valve": "Close"},
}  # fmt: skip
"""What was said, and the domain of the thing, to the call."""
_STOPPED: Mapping[str, str] = {
    **dict.fromkeys(("fan", "switch", "light", "input_boolean", "humidifier", "siren"), "TurnOff"), "timer": "CancelTimer",
}  # fmt: skip
"""What "stop it" is of things that a bare "stop" is not about."""
_LISTS = {"ticked": "ListComplete", "removed": "ListRemove"}
_ADDED = "ListAdd"
_ONE = frozenset({"it", "that", "this"})


def gone_on(found: Followup, memory: Memory, lookup: Lookup) -> Call | None:
    """The call that a verb without a thing comes to; None when what was spoken of last takes no such."""
    last = memory.mentions[-1] if memory.mentions else None
    if last is None:
        return None
    domains = {"timer"} if last.call.name in TIMER_CALLS else {e.domain for e in lookup.entities(last.entities)}
    calls = dict(_VERBS[found.kind])
    if found.kind == "stop" and found.words:
        calls |= _STOPPED
    if not domains or not domains <= calls.keys():
        return None
    names = {calls[domain] for domain in domains}
    return Call(names.pop(), Target() if domains == {"timer"} else Target(it=True)) if len(names) == 1 else None


def listed(found: Followup, memory: Memory) -> Call | None:
    """The end of what was last added to a list: of one thing, or of all that were named one after the other."""
    added: list[Mention] = []
    for mention in reversed(memory.mentions):
        if mention.call.name != _ADDED or (
            added and added[0].call.values.get("list") != mention.call.values.get("list")
        ):
            break
        added.insert(0, mention)
        if found.words in _ONE:
            break
    items: list[str] = []
    for mention in added:
        value = mention.call.values.get("item", ())
        items += (
            [value]
            if isinstance(value, str)
            else [item for item in value if isinstance(item, str)]
            if isinstance(value, tuple)
            else []
        )
    if not items:
        return None
    values = {**added[-1].call.values, "item": tuple(dict.fromkeys(items))}
    return replace(added[-1].call, name=_LISTS[found.kind], values=values)
