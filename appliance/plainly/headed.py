"""A room said first and what is to be done there behind it: "cell six: lamp on, shutter closed" is "turn lamp on in cell six, …"."""

from __future__ import annotations

import re
from collections.abc import Callable

from appliance.resolver.alike import folds, tokens
from appliance.resolver.groups import Groups

_CLAUSES = re.compile(r",? and |, ?")
_ENDING = re.compile(r"[,.! ]*(?:please|thanks|thank you)?[.! ]*$", re.IGNORECASE)
_MOST_WORDS = 4


def headed(text: str, groups: Groups, written_out: Callable[[str], str | None]) -> str:
    """`text` with the room that opens it behind each of its commands; as it is where it is anything else.

    `written_out` gives a command without a verb with one, or None.
    """
    head, rest = _parted(text, groups)
    if not head or groups.find(rest):
        return text
    clauses = [clause for clause in _CLAUSES.split(_ENDING.sub("", rest)) if clause]
    commands = [written_out(clause) for clause in clauses]
    if not commands or any(command is None or "," in command or " and " in command for command in commands):
        return text
    return ", ".join(f"{command} in {head}" for command in commands)


def _parted(text: str, groups: Groups) -> tuple[str, str]:
    """The room or rooms that open `text`, and what is behind the colon or comma; empty: nothing of the kind."""
    said = tokens(text)
    first = 0
    while first < len(said) and said[first].raw in {"in", "the", "on", "my", "our"}:
        first += 1
    for at in range(first + 1, min(len(said), first + 4 * _MOST_WORDS)):
        if said[at].raw not in {":", ","}:
            continue
        head, rest = text[said[first].start : said[at - 1].end], text[said[at].end :].strip()
        several = bool(groups.places(head) or groups.levels(head))
        one = folds(said[first:at]) in groups.areas.names
        if several or (one and (said[at].raw == ":" or _CLAUSES.search(rest))):
            return ("the " if said[first - 1 : first] and said[first - 1].raw == "the" else "") + head, rest
    return "", ""
