"""Which of the things that were just asked about: "are any windows open" — "which ones", "are all the doors locked" — "which one isn't"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from appliance.messages import Call

WHICH = re.compile(
    r"(?:and |so |ok |okay |yes |no )*(?:which|what|where)(?: (?:ones?|of (?:them|those|these)))?"
    r"(?: (?:exactly|are (?:they|those|these)|is (?:it|that|this)|would that be|are we talking about))?"
    r"(?P<not> (?:isn't|isnt|aren't|arent|is not|are not))?"
)
_OPPOSITE: Mapping[str, str] = {
    "on": "off", "off": "on", "open": "closed", "closed": "open", "locked": "unlocked", "unlocked": "locked",
}  # fmt: skip
_COUNTED = frozenset({"any", "how_many", "yesno"})


def which_of(calls: Sequence[Call], said: str) -> Call | None:
    """The question for the names of what the last one only counted; None: it named them, or asked something else."""
    if len(calls) != 1 or calls[0].name != "GetState" or calls[0].target.name:
        return None
    (call,) = calls
    state, form = call.values.get("state"), call.values.get("ask")
    found = WHICH.fullmatch(said)
    if found is None or not isinstance(state, str) or form not in _COUNTED | {"all"}:
        return None
    if found["not"] or form == "all":
        state = _OPPOSITE.get(state, "")
    return replace(call, values={**call.values, "ask": "which", "state": state}) if state else None
