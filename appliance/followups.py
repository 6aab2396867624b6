"""Sentences that mean nothing without the one before: "and the other one too", "a bit more", "undo that".

Pure functions over words. What they find is put back into a whole sentence for the model, or into a task; it goes the same way
through resolver and policy as everything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from appliance.messages import Call, Entity, Home, Quantity
from appliance.text import key

Kind = Literal["repeat", "again", "more", "less", "instead", "undo", "help", "explain", "who"]

_LEADING = frozenset("hey ok okay oh um uh well so please ternd computer".split())
_TRAILING = frozenset("please thanks now then".split())
_TOO = re.compile(r"(?: too| as well| also)$")
_MOST_WORDS = 8
_VERBS = frozenset(
    """turn switch set make dim brighten open close lock unlock start stop play pause resume add remove put delete cancel toggle raise
    lower increase decrease change activate run press arm disarm mute unmute announce tell say remind wake is are was were what which
    who where when how why can could would will do does did don't not give show skip clean mow vacuum send let get shut leave never
    warm heat cool turned for in at until then now back i you he she we they it's""".split()
)
"""What a whole sentence begins with, and a follow-up does not."""
_LINK = re.compile(
    r"(?:and |also |likewise |then )*(?:(?:do )?(?:the )?same (?:for|with|to|goes for)|what about|how about|and|also|likewise) (?P<x>.+)"
)
_INSTEAD = re.compile(
    r"(?:no |nope |sorry |oops )*(?:(?:i meant|i mean|actually|rather) (?P<x>.+)|not (?:that|this)(?: one)?(?: (?P<y>.+))?"
    r"|(?:no|nope|sorry|oops) (?P<z>(?:the|my) .+)|(?:that's |that is )?(?:the )?wrong (?:one|lamp|light|room))"
)
_FIXED: Mapping[str, Kind] = {
    **dict.fromkeys(
        (
            "more", "a bit more", "a little more", "a little bit more", "even more", "some more", "much more", "a lot more",
            "still more", "further", "a bit further", "even further", "more than that",
        ),
        "more",
    ),
    **dict.fromkeys(
        (
            "less", "a bit less", "a little less", "a little bit less", "even less", "much less", "not so much", "not that much",
            "too much", "that's too much", "that is too much", "a bit too much", "back a bit",
        ),
        "less",
    ),
    **dict.fromkeys(("again", "once more", "one more time", "do it again", "do that again", "and again", "same again"), "again"),
    **dict.fromkeys(
        (
            "undo", "undo that", "undo it", "undo this", "undo the last one", "put it back", "put that back", "change it back",
            "change that back", "set it back", "revert that", "revert it", "take that back", "put it back as it was",
            "put it back how it was", "put it back the way it was", "make it like before",
        ),
        "undo",
    ),
    **dict.fromkeys(
        (
            "help", "help me", "what can you do", "what can i say", "what can i ask", "what can i ask you", "what do you do",
            "what are you able to do", "what can you do for me", "what else can you do", "what do you understand", "what can i do",
            "how do i use you", "what commands are there", "what commands do you know",
        ),
        "help",
    ),
    **dict.fromkeys(
        (
            "what did you do", "what did you just do", "what did you do and why", "what did you just do and why", "why",
            "why did you do that", "why did you do this", "why did you do it", "why did you just do that", "what have you done",
            "what have you just done", "explain", "explain that", "explain yourself", "explain what you did", "what was that",
            "why that", "tell me why", "tell me what you did", "what did you do just now",
        ),
        "explain",
    ),
}  # fmt: skip
_STATES = "on|off|open|closed|shut|locked|unlocked|running|playing|so bright|so dark|so warm|so loud"
_WHO = (
    re.compile(r"(?:who|what) (?:has )?(?:turned|switched|put) (?:on|off) (?P<x>.+)"),
    re.compile(r"(?:who|what) (?:has )?(?:turned|switched|put) (?P<x>.+) (?:on|off)"),
    re.compile(
        r"(?:who|what) (?:has )?(?:opened|closed|shut|locked|unlocked|started|stopped|dimmed|changed|moved) (?P<x>.+)"
    ),
    re.compile(rf"why (?:is|are) (?P<x>.+?) (?:{_STATES})"),
    re.compile(rf"why did (?P<x>.+?) (?:go|turn|switch|come) (?:{_STATES})"),
    re.compile(r"why did you (?:turn|switch) (?:on|off) (?P<x>.+)"),
    re.compile(r"why did you (?:turn|switch) (?P<x>.+) (?:on|off)"),
    re.compile(r"why did you (?:open|close|shut|lock|unlock|start|stop|dim|change|move) (?P<x>.+)"),
)


@dataclass(frozen=True, slots=True)
class Followup:
    """A sentence that needs the one before, or is about the assistant itself."""

    kind: Kind
    words: str = ""
    """What it is about, without what links it to the sentence before."""


@dataclass(slots=True)
class Said:
    """What is remembered of the last sentence that was understood."""

    text: str = ""
    """As it was carried out: follow-ups in it are written out."""
    calls: tuple[Call, ...] = ()
    before: tuple[Entity, ...] = field(default=())
    """The entities it acted on, as they were before."""


def followup(text: str) -> Followup | None:
    """What a sentence takes up of the one before, if it does; None for a sentence that stands for itself."""
    words = key(text).replace(",", "").split()
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    while len(words) > 1 and words[-1] in _TRAILING:
        words = words[:-1]
    plain = " ".join(words)
    if found := _FIXED.get(plain):
        return Followup(found)
    for pattern in _WHO:
        if match := pattern.fullmatch(plain):
            return Followup("who", _thing(match["x"]))
    if len(words) > _MOST_WORDS:
        return None
    if match := _INSTEAD.fullmatch(plain):
        about = _thing(next((match[name] for name in ("x", "y", "z") if match[name]), ""))
        return Followup("instead", about) if not about or _names_something(about) else None
    match = _LINK.fullmatch(plain)
    about = _TOO.sub("", match["x"] if match else plain)
    linked = match is not None or about != plain or about.split()[-2:] in (["other", "one"], ["other", "ones"])
    return Followup("repeat", _thing(about)) if linked and _names_something(about) else None


def _thing(words: str) -> str:
    return re.sub(r"(?: instead| too| as well| also)$", "", words).strip()


def _names_something(words: str) -> bool:
    parts = words.split()
    return bool(parts) and parts[0] not in _VERBS


_ADVERBS = frozenset({"upstairs", "downstairs", "outside", "inside"})
_ONE = re.compile(r"(?P<which>.+) ones?")


# --- whole sentences from them ---------------------------------------------------------------------

_MORE: Mapping[str, tuple[str, str]] = {
    "brightness": ("make it a bit brighter", "make it a bit dimmer"),
    "kelvin": ("make it a bit cooler", "make it a bit warmer"),
    "temperature": ("make it a bit warmer", "make it a bit cooler"),
    "position": ("open it a bit more", "close it a bit more"),
    "percentage": ("make it a bit faster", "make it a bit slower"),
    "volume": ("turn it up a bit", "turn it down a bit"),
    "humidity": ("make it a bit more humid", "make it a bit less humid"),
}
"""Value of a call to the sentences for more and less of it."""


def step_of(said: Said, *, more: bool) -> tuple[str, str, Quantity] | None:
    """What "a bit more" or "a bit less" of the last sentence is.

    Returns the sentence, the value and its direction; None when the last sentence set nothing of which there is more.
    """
    for call in reversed(said.calls):
        for name, value in call.values.items():
            if name in _MORE and isinstance(value, Quantity):
                up = (value.mode != "down") == more
                return _MORE[name][0 if up else 1], name, Quantity(None, "up" if up else "down")
    return None


def rewritten(said: Said, about: str, home: Home) -> str:
    """The last sentence with `about` in the place of what it was about; empty when that cannot be told."""
    if len(said.calls) != 1:
        return ""
    (call,) = said.calls
    sentence, target = key(said.text), call.target
    bare = re.sub(r"^(?:in |on |at )?(?:the |my )?", "", about)
    if (match := _ONE.fullmatch(bare)) and _is_place(match["which"], home):
        bare = match["which"]
    place = _is_place(bare, home)
    if call.name == "ListAdd":
        item = call.values.get("item")
        items = item if isinstance(item, tuple) else (item,) if isinstance(item, str) else ()
        return _swapped(sentence, items[0], bare) if len(items) == 1 else ""
    if target.area and place:
        return _swapped(sentence, target.area, bare)
    if target.name and place:
        return _swapped(sentence, target.name, f"{_noun(target.name)} in the {bare}")
    if target.name and (match := _ONE.fullmatch(bare)) and match["which"] != "other":
        return _swapped(sentence, target.name, f"{match['which']} {_noun(target.name)}")
    if target.name:
        return _swapped(sentence, target.name, bare)
    if place:
        return f"{sentence} {bare}" if bare in _ADVERBS else f"{sentence} in the {bare}"
    if target.it or target.other:
        return re.sub(r"\b(?:it|that|this|them|(?:the )?other ones?)\b", f"the {bare}", sentence, count=1)
    if target.area and not place:
        return ""
    noun = next((word for word in sentence.split() if word in _nouns(call)), "")
    return _swapped(sentence, noun, bare) if noun else ""


def _swapped(sentence: str, old: str, new: str) -> str:
    """`sentence` with the words `old` replaced, its article kept or added."""
    pattern = re.compile(rf"\b(?:(?P<article>the|my|a|an|all the|all) )?{re.escape(key(old))}\b")
    match = pattern.search(sentence)
    if match is None:
        return ""
    article = "" if re.match(r"(?:the|my|all|both) ", new) or match["article"] in {None, "all"} else "the "
    return f"{sentence[: match.start()]}{article}{new}{sentence[match.end() :]}"


def _noun(name: str) -> str:
    return key(name).split()[-1]


def _nouns(call: Call) -> set[str]:
    words = {call.target.domain or "", call.target.device_class or ""} - {""}
    return words | {f"{word}s" for word in words}


def _is_place(words: str, home: Home) -> bool:
    names = {key(name) for area in home.areas for name in (area.name, *area.aliases)}
    names |= {key(name) for floor in home.floors for name in (floor.name, *floor.aliases)}
    return key(words) in names
