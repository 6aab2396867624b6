"""Things for lists: how people say that they go on one or come off it, which they are, and what of them is taken back."""

from __future__ import annotations

import re

from appliance.intents.clauses import OPENERS

DEEDS = OPENERS | frozenset(
    "call ring phone text email buy order pay book fix repair mend wash water feed pack fill".split()
)
"""Verbs of what people note down, and those that open a command."""
_NOTED = "add|put|write|note|jot|stick|pop|chuck"
NOTING = rf"(?:{_NOTED})(?: down)?"
"""Verbs for putting something on a list that mean it by themselves."""
WRITING = rf"(?:{_NOTED}|throw|get|include|place|enter|bung)(?: down)?"
"""These and those that mean it where a list follows."""
TICKING = r"(?:take|tick|check|cross|strike|scratch)"
WHOSE = r"(?:(?:the|my|our|your) )"
"""What stands before the name of a list."""
_LISTS = (
    rf"{WHOSE}(?:(?!(?:and|on|in|into|onto|of|off|put|add|the|my|our|a|an|please|then)\b)[\w'-]+ ){{0,3}}?list\b"
    r"(?: (?:of (?:things to do|tasks|chores|errands|groceries|shopping)|for (?:the )?(?:trip|shopping|party|holidays?|camping trip))\b)?"
)


_LIST_FIRST = re.compile(
    rf"(?:please )?(?:(?:on|from) )?(?P<list>{WHOSE}?(?:(?!(?:on|in|to|into|onto|from|off|for|of|and|the|my|our)\b)[\w'-]+ ){{1,3}}list)"
    rf"(?:[,:] *| )(?:please )?(?:mark|{TICKING})(?: off| out| through)? "
    r"(?P<item>\S.*?)(?: (?:as )?(?:done|completed?|finished|bought)| off| out)?[.!]?",
    re.IGNORECASE,
)


def ticked(text: str) -> str:
    """`text` with the list behind what is ticked off: "chores list, mark bins as done" is "mark bins as done on chores list"."""
    found = _LIST_FIRST.fullmatch(text)
    return text if found is None else f"mark {found['item']} as done on {found['list']}"


def any_list(named: str) -> str:
    """A pattern for a list; `named`: one for the names of those that a home has, or empty."""
    return rf"(?:{WHOSE}?{named}(?: list)?\b|{_LISTS})" if named else _LISTS


def moved(lists: str) -> tuple[str, str]:
    """Patterns for what is said to go on one of `lists`, and to come off it."""
    return (
        rf"(?P<verb>{WRITING})\s+(?P<quoted>\S.*?),?\s+(?:on to|to|onto|on|in|into)\s+{lists}",
        rf"(?P<verb>(?:{TICKING}|remove|delete|drop|kick)(?: off)?)\s+(?P<quoted>\S.*?)\s+(?:off of|off from|off|from)\s+{lists}",
    )


def headed(named: str) -> str:
    """A pattern for the list first: "chores: sweep the yard"; `named`: one for the names of lists."""
    return (
        rf"(?:please )?(?:(?:for|to|on) )?{WHOSE}?(?P<list>(?:{named})(?: list)?(?=\s*:)|(?:to-?do|[\w'-]+) list)\s*[:,]\s*"
        rf"(?:(?:please|add|put)\s+)*(?!(?:{TICKING}|mark|remove|delete|complete|clear|empty|read|what|how|is)\b)"
        r"(?P<quoted>\S.*?)(?: (?:to|on) (?:it|the list))?(?: please)?[.!]?$"
    )
