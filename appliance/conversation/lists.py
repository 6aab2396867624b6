"""Follow-ups about what was put on a list: "and put eggs on it as well", "add bread too", "no, make that rice".

Pure functions over words and the memory of a talk.
"""

from __future__ import annotations

import re
from dataclasses import replace

from appliance.conversation.ellipsis import split_items
from appliance.intents.clauses import OPENERS
from appliance.intents.lists import NOTING
from appliance.intents.numbers import number
from appliance.messages import Call
from appliance.plainly.pieces import STATES
from appliance.resolver import Lookup, Memory
from appliance.resolver.colors import rgb
from appliance.resolver.tasks import LIST_CALLS
from appliance.text import words

_LEAD = r"(?:(?:and|also|now|then|please|oh|ok|okay|could you|can you|just)[ ,]+)*"
_TOO = r"(?:,? (?:too|as well|also))"
_POLITE = r"(?:,? please)?[ .!]*"
_THERE = r"(?:on|to|onto|on to|in) (?:it|there|that|that one|(?:that|this|the same) list|the list)"
_FORMS = (
    rf"{_LEAD}(?:{NOTING} )?(?P<item>\S.*?) {_THERE}{_TOO}*{_POLITE}",
    rf"{_LEAD}(?P<verb>add|write|note)(?: down)? (?P<item>\S.*?){_TOO}+{_POLITE}",
    rf"{_LEAD}also (?P<verb>add|write|note)(?: down)? (?P<item>\S.*?){_POLITE}",
)
_ONTO = tuple(re.compile(form, re.IGNORECASE) for form in _FORMS)
_IS_SAID_TO = re.compile(rf"{_LEAD}{NOTING} ", re.IGNORECASE)
_CORRECTED = re.compile(
    r"(?P<no>(?:no|nope|oh|wait|hang on)[ ,]+)*"
    r"(?:(?:sorry|oops|i mean|i meant|make (?:it|that)|actually|rather)[ ,]+)+(?:the )?(?P<item>\S.*?)"
    rf"(?:,? (?:instead|i mean|i meant|rather))?{_POLITE}",
    re.IGNORECASE,
)
_MADE = re.compile(r"(?:(?:no|nope|oh|wait|hang on)[ ,]+)*make\b", re.IGNORECASE)
"""As in "make it brighter", which is about no list."""
_NO_ITEMS = OPENERS | frozenset(
    "it that this them those these i we you he she they no not never thanks thank one some both all".split()
)
_FEW = 4
"""Words of a thing that takes the place of another."""


def onto_it(text: str, memory: Memory, lookup: Lookup) -> Call | None:
    """The call for what goes on the list that was spoken of last; None: it is about something else."""
    last = memory.mentions[-1].call if memory.mentions else None
    if last is None or last.name not in LIST_CALLS | {"ListGet"}:
        return None
    found = next((match for form in _ONTO if (match := form.fullmatch(text.strip()))), None)
    if found is None:
        return None
    said = found["item"]
    first = words(said)[:1]
    written = found.groupdict().get("verb") is not None
    if (
        not first
        or (written and first[0].text in {"it", "that", "this", "them", "those"})
        or (not written and lookup.named(said))
        or (not written and first[0].text in (OPENERS if _IS_SAID_TO.match(text) else _NO_ITEMS))
    ):
        return None
    items = split_items(said)
    listed = {name: value for name, value in last.values.items() if name == "list"}
    return Call("ListAdd", values={**listed, "item": items}) if items and items[0] not in _NO_ITEMS - OPENERS else None


def corrected(text: str, memory: Memory, lookup: Lookup) -> tuple[Call, ...]:
    """The calls that put another thing in the place of the one that just went on a list; none: it is about something else."""
    last = memory.mentions[-1].call if memory.mentions else None
    found = _CORRECTED.fullmatch(text.strip())
    if found is None or last is None or last.name != "ListAdd":
        return ()
    value = last.values.get("item")
    items = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    said = [word.text for word in words(found["item"])]
    if len(items) != 1 or not 0 < len(said) <= _FEW or said[0] in _NO_ITEMS - {"one"} or lookup.named(found["item"]):
        return ()
    item = found["item"]
    if (
        number(said) is None
        and _MADE.match(text.strip())
        and (found["no"] is None or not STATES.isdisjoint(said) or rgb(item))
    ):
        return ()
    if number(said) is not None:
        *before, rest = str(items[0]).split(" ", 1)
        counted = before and (number([before[0].lower()]) is not None or before[0].lower() in {"a", "an", "some"})
        item = f"{item} {rest if counted else items[0]}"
    new = split_items(item)
    return (
        (replace(last, name="ListRemove"), replace(last, values={**last.values, "item": new})) if len(new) == 1 else ()
    )
