"""Everything else: a command for a place less what those beside it are for, "the spots on, everything else in the den off"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from appliance.messages import Call

_ELSE = re.compile(
    r"\b(?:everything|anything) else\b|\bother (?:lights|lamps|blinds|shutters|curtains)\b|\bthe (?:rest|others)\b",
    re.IGNORECASE,
)
_SWEEPING = frozenset({"TurnOn", "TurnOff", "Open", "Close", "LightSet", "SetPosition"})


def apart(calls: Sequence[Call], text: str) -> Sequence[Call]:
    """`calls`, of which the one for everything else in a place leaves out what the others name."""
    if len(calls) == 1 or _ELSE.search(text) is None:
        return calls
    swept = [call for call in calls if _sweeps(call)]
    named = tuple(replace(call.target, everything=False) for call in calls if call.target.name)
    if len(swept) != 1 or len(named) + 1 != len(calls):
        return calls
    return [replace(call, excepts=named) if call is swept[0] else call for call in calls]


def _sweeps(call: Call) -> bool:
    target = call.target
    placed = target.area or target.floor or target.here
    return call.name in _SWEEPING and not call.excepts and not target.name and bool(placed)
