"""Clauses that say how something is to be and that a reading leaves out: "water on, vent open, lamp off" is three things to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.messages import Call
from appliance.text import words

NO_COMMAND = frozenset("None Nevermind Confirm Deny Repeat Explain".split())
"""Calls that ask for nothing to be done."""
UNSTATED = 0.1
"""Weight of a reading by clauses for each clause that none of its calls is of."""
_JOINTS = frozenset({",", "and"})
_STATES = frozenset("on off open closed shut up down locked unlocked".split())
_VERBS = frozenset("turn switch open close shut lock unlock".split())
_TYING = frozenset(
    """if when while until unless except but not no don't only just leave keep stay stays remain actually wait sorry mean is are was were
    either or which what how why who all every each both any everything whether""".split()
)
"""Words of a sentence whose clauses may hang together or tell something."""
_PLACED = re.compile(r"(?:on|off|open|closed|shut) (?:in|at|on|upstairs|downstairs)\b.*")
_LEAST = 2


def unstated(calls: Sequence[Call], text: str) -> int:
    """How many clauses of `text` with a thing and its state are more than there are `calls`."""
    if not calls or any(call.name in NO_COMMAND or call.name.startswith("Get") or call.values for call in calls):
        return 0
    said = [word.text for word in words(text)]
    if not _TYING.isdisjoint(said) or "?" in text:
        return 0
    clauses: list[list[str]] = [[]]
    for word in said:
        if word in _JOINTS:
            clauses.append([])
        else:
            clauses[-1].append(word)
    return max(0, sum(map(_stated, clauses)) - len(calls))


def _stated(clause: Sequence[str]) -> bool:
    """Whether words are a thing and how it is to be: "vent open", "water on in the shed"."""
    if len(clause) < _LEAST:
        return False
    if clause[0] in _VERBS:
        return True
    state = next((at for at, word in enumerate(clause) if at and word in _STATES), 0)
    return bool(state) and (state == len(clause) - 1 or _PLACED.fullmatch(" ".join(clause[state:])) is not None)
