"""Sentences that mean nothing without the one before: "and the other one too", "a bit more", "undo that".

Pure functions over words. What they find is put back into a whole sentence for the model, or into a task; it goes the same way
through resolver and policy as everything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from appliance.conversation.nudges import Nudge, nudged
from appliance.conversation.which import WHICH
from appliance.messages import Call, Entity
from appliance.text import key

Kind = Literal[
    "repeat", "again", "more", "less", "instead", "undo", "help", "explain", "who", "nudge",
    "stop", "pause", "resume", "home", "on", "off", "open", "close", "ticked", "removed", "left", "which",
]  # fmt: skip
GOING_ON: frozenset[Kind] = frozenset({"stop", "pause", "resume", "home", "on", "off", "open", "close"})
"""Kinds that are a verb without a thing."""
ENDING_ITEMS: frozenset[Kind] = frozenset({"ticked", "removed"})
"""Kinds that are about what a list was just given."""

_LEADING = frozenset("hey ok okay oh um uh well so please ternd computer alright right".split())
_TRAILING = frozenset("please thanks now then".split())
_TOO = re.compile(r"(?: too| as well| also)$")
_MOST_WORDS = 8
_MOST_WORDS_SAME = 14
"""Behind "do the same for", where places may be listed."""
_SAME = re.compile(r"(?:and |now |then )*(?:do )?(?:the )?same ")
_VERBS = frozenset(
    """turn switch set make dim brighten open close lock unlock start stop play pause resume add remove put delete cancel toggle raise
    lower increase decrease change activate run press arm disarm mute unmute announce tell say remind wake is are was were what which
    who where when how why can could would will do does did don't not give show skip clean mow vacuum send let get shut leave never
    warm heat cool turned for in at until then now back i you he she we they it's""".split()
)
"""What a whole sentence begins with, and a follow-up does not."""
_PREPOSITIONS = frozenset("in for at until then now".split())
_LINK = re.compile(
    r"(?:and |also |likewise |then |just |now )*(?:(?:do )?(?:the )?(?:exact )?same(?: thing| again)?(?: for| with| to| goes for)?"
    r"|what about|how about|and then|after that|and|also|likewise) (?P<x>.+)"
)
_THE_SAME = re.compile(r"(?P<x>.+?)(?: to)? the same$")
_INSTEAD = re.compile(
    r"(?:no |nope |sorry |oops )*(?:(?:i meant|i mean|actually|rather) (?P<x>.+)|not (?:that|this)(?: one)?(?: (?P<y>.+))?"
    r"|(?:(?:no|nope|sorry|oops|wait|hang on|hold on|scratch that|correction|or rather|make that) )+(?P<z>(?:the|my) .+)"
    r"|(?:(?:no|nope|sorry|oops|wait|hang on|hold on) )+not (?:the |my )?.+? (?:but )?(?P<v>(?:the|my) .+)"
    r"|(?:that's |that is )?(?:the )?wrong (?:one|lamp|light|room)|(?P<w>.+) instead)"
)
_SOMEWHAT = (
    "a bit", "a little", "a little bit", "a touch", "a tad", "a shade", "a smidge", "a smidgen", "a fraction", "a wee bit", "a notch",
    "just a bit", "just a little", "just a touch", "just a tad", "slightly", "even", "still", "much", "a lot", "quite a bit",
)  # fmt: skip
_FIXED: Mapping[str, Kind] = {
    **dict.fromkeys(
        (
            "more", *(f"{much} more" for much in _SOMEWHAT), "some more", "further", *(f"{much} further" for much in _SOMEWHAT),
            "more than that",
        ),
        "more",
    ),
    **dict.fromkeys(
        (
            "less", *(f"{much} less" for much in _SOMEWHAT), "not so much", "not that much",
            "too much", "that's too much", "that is too much", "a bit too much", "back a bit",
        ),
        "less",
    ),
    **dict.fromkeys(("again", "once more", "one more time", "do it again", "do that again", "and again", "same again"), "again"),
    **dict.fromkeys(
        (
            "undo", "undo that", "undo it", "undo this", "undo the last one", "put it back", "put that back", "change it back",
            "change that back", "set it back", "revert that", "revert it", "take that back", "put it back as it was",
            "back to how it was", "back to what it was", "back to where it was", "back to how it was before", "back to before",
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
_IT = "(?:it|that|this|him|her|them|those|these)"
_WHILE = r"(?: for (?:a|one|just a) (?:bit|moment|second|minute|while|sec))?"
_GOING_ON: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "stop",
        re.compile(
            rf"(?:and |now |wait |no )*(?:stop|halt)(?: {_IT})?(?: right)?(?: there| here| now| again)*{_WHILE}"
        ),
    ),
    (
        "stop",
        re.compile(r"that's (?:far |wide |high |low )?enough|(?:far |wide |high |low )enough|that far|that'll do"),
    ),
    ("pause", re.compile(rf"(?:and |now |wait )*(?:pause|hold|freeze)(?: {_IT})?(?: on| there)?{_WHILE}")),
    (
        "resume",
        re.compile(
            r"(?:and |now |then |you can )*"
            r"(?:carry on|go on|keep(?: on)? (?:going|playing|cleaning|mowing|running)|continue|resume|unpause)"
            rf"(?: (?:with )?{_IT})?(?: (?:playing|cleaning|mowing|running|counting))?(?: again| now)*"
            rf"|(?:and |now |then )*let {_IT} (?:run|go|play|continue|carry on|go on|keep going|clean|mow)(?: on| again| now| further)*"
            rf"|(?:and |now |then )*(?:start|resume|unpause) {_IT}(?: up)?(?: again)?"
            rf"|(?:and |now |then |so )*(?:get|set) {_IT} (?:started|going|running|moving|to work)(?: again| now)*"
        ),
    ),
    (
        "home",
        re.compile(
            rf"(?:and |now |then |no |wait |stop |ok |actually )*"
            rf"(?:call|send|bring|get|take) {_IT} (?:back|home|in)(?: home| in| to (?:its|his|her|the) "
            rf"(?:dock|base|station|charger))?(?: again| now)*|(?:and |now |then )*(?:come|go) (?:back|home|back home)(?: again| now)*"
        ),
    ),
)
_BACK = r"(?:and |now |then |wait |no |actually |back |(?:all )?(?:done|finished)(?: \w+ing)? |that's it )*"
_AGAIN = r"(?: again| now| then)*"
_STATE_WORDS: Mapping[str, Kind] = {
    "on": "on", "off": "off", "open": "open", "up": "open", "closed": "close", "shut": "close", "down": "close",
}  # fmt: skip
_STATE = re.compile(rf"(?P<before>{_BACK})(?P<state>{'|'.join(_STATE_WORDS)})(?P<after>(?: with {_IT})?{_AGAIN})")
_THE_ITEMS = "(?:it|that|this|them|those|these|both|both of them|all of them|them all|them both)"
_FROM_LIST = r"(?: (?:off|from)(?: (?:the|my|our|that|this|it)(?:(?: \w+)? list)?)?)"
_WHY = r"(?: (?:because|since|as|we|i|they|it's|there's|there is|there are|she|he)(?:'\w+)? .+)?"
_ENDED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "ticked",
        re.compile(
            rf"(?:and |now |so )*(?:tick|check|cross|strike|scratch|mark) {_THE_ITEMS}{_FROM_LIST}(?: again| now)*{_WHY}"
        ),
    ),
    ("ticked", re.compile(rf"(?:i have|i've|we have|we've) (?:got|bought) {_THE_ITEMS}(?: now| already)*")),
    (
        "removed",
        re.compile(rf"(?:and |now |so |no )*(?:remove|delete|drop) {_THE_ITEMS}{_FROM_LIST}?(?: again| now)*{_WHY}"),
    ),
    ("removed", re.compile(rf"(?:and |now |so |no )*(?:take|get) {_THE_ITEMS}{_FROM_LIST}(?: again| now)*{_WHY}")),
)
_LEFT = re.compile(
    r"(?:and |so )*how (?:much longer|long|much time|much more time) (?:do|does|will|has|have) (?:it|that|they|those|these)"
    r"(?: (?:still|yet|need|needs|take|have|got|be|left|to go|now))+"
    r"|(?:is|are) (?:it|they|that|those)(?: (?:nearly|almost|about|all))* (?:done|ready|finished)(?: yet| now)?"
)
"""Questions for the time that a timer has left, where one was spoken of."""
_INTERJECTED = re.compile(r"^(?:(?:(?P<no>nah|naw)|h+m+|m+h*m+)\b[ ,.…-]*)(?=\w)", re.IGNORECASE)
_MEANWHILE = re.compile(
    r",? (?:while|as long as|since) (?:you're|you are|we're|we are) (?:about|at|on) it[.!]?$", re.IGNORECASE
)
_CORRECTING = re.compile(
    r"^(?:(?:oh|ah|well|ok)[ ,.…-]+)*(?:(?:no|nope|oops|sorry|wait|hang on|actually)[ ,.!…-]+)+(?:please )?"
    r"(?=(?:turn|switch|open|close|shut|lock|unlock|arm|disarm|start|stop|pause|resume|play|mute|unmute|raise|lower|dim"
    r"|send|take|add|remove"
    r"|(?:leave|keep) (?:it|that|them) (?:on|off|open|closed|shut))\b)",
    re.IGNORECASE,
)
_AS_BEFORE = re.compile(r"^(?:leave|keep) (?P<it>it|that|them) (?P<state>on|off|open|closed|shut)\b", re.IGNORECASE)
_ORDERS = {
    "on": "turn {} on", "off": "turn {} off", "open": "open {}", "closed": "close {}", "shut": "close {}",
}  # fmt: skip
"""What is to stay as it was before it was changed is changed back."""
_THE_OTHER = re.compile(r"\bthe other$")
_NOW_ONE = re.compile(r"(?:and )?(?:now|then) (?:the|my) (?:\w+ ){1,3}ones?")
_JOINED = re.compile(r"^(?:(?:and|now|then) )+")
_AND = re.compile(r"^(?:(?:and|now|then|just|no|maybe|perhaps|still) )+")
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
    """What it is about, without what links it to the sentence before; the pronoun of a verb without a thing."""
    nudge: Nudge | None = None
    """How much more or less is wanted."""


@dataclass(slots=True)
class Said:
    """What is remembered of the last sentence that was understood."""

    text: str = ""
    """As it was carried out: follow-ups in it are written out. Empty: it was put together from calls."""
    calls: tuple[Call, ...] = ()
    before: tuple[Entity, ...] = field(default=())
    """The entities it acted on, as they were before."""


def followup(text: str) -> Followup | None:
    """What a sentence takes up of the one before, if it does; None for a sentence that stands for itself."""
    words = bare(text)
    plain = " ".join(words)
    if found := _FIXED.get(plain) or _FIXED.get(_AND.sub("", plain)):
        return Followup(found)
    if (found_kind := _going_on(plain)) is not None:
        return found_kind
    if (nudge := nudged(words)) is not None:
        return Followup("nudge", nudge=nudge)
    if _LEFT.fullmatch(plain):
        return Followup("left")
    if WHICH.fullmatch(plain):
        return Followup("which", plain)
    for pattern in _WHO:
        if match := pattern.fullmatch(plain):
            return Followup("who", _thing(match["x"]))
    told = _TOO.sub("", _JOINED.sub("", plain)).split()
    if len(told) > (_MOST_WORDS_SAME if _SAME.match(plain) else _MOST_WORDS):
        return None
    if match := _INSTEAD.fullmatch(plain):
        about = _thing(next((match[name] for name in ("x", "y", "v", "z", "w") if match[name]), ""))
        return Followup("instead", about) if not about or _names_something(about) else None
    match = _LINK.fullmatch(plain)
    about = _TOO.sub("", match["x"] if match else plain)
    about = same["x"] if (same := _THE_SAME.fullmatch(about)) and _names_something(about) else about
    about = _THE_OTHER.sub("the other one", about)
    other = about.split()[-2:] in (["other", "one"], ["other", "ones"]) or _NOW_ONE.fullmatch(about) is not None
    linked = match is not None or about != plain or other
    about = _JOINED.sub("", about) if other else about
    return Followup("repeat", _thing(about)) if linked and _names_something(about) else None


def spoken(text: str) -> str:
    """`text` without a hum at its beginning and "while you're at it" at its end, and with "no" for "nah"."""
    return _INTERJECTED.sub(lambda said: "no, " if said["no"] else "", _MEANWHILE.sub("", text))


def ordered_anew(text: str) -> str:
    """`text` without the "no" before another order: "no, disarm it again" corrects what was done and answers nothing."""
    order = _CORRECTING.sub("", text)
    return (
        order
        if order == text
        else _AS_BEFORE.sub(lambda left: _ORDERS[left["state"].lower()].format(left["it"]), order)
    )


def bare(text: str) -> list[str]:
    """The words of a sentence without what people say before and after it."""
    words = key(text).replace(",", "").split()
    if words[:2] == ["all", "right"] and len(words) > 2:
        words = words[2:]
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    while len(words) > 1 and words[-1] in _TRAILING:
        words = words[:-1]
    return words


def begins_like_a_sentence(words: Sequence[str]) -> bool:
    """Whether `words` are more than a thing, a place or an amount."""
    return not words or words[0] in _VERBS - _PREPOSITIONS


def _going_on(plain: str) -> Followup | None:
    for kind, pattern in (*_GOING_ON, *_ENDED):
        if pattern.fullmatch(plain):
            pronoun = re.search(rf"\b{_IT}\b", plain)
            return Followup(kind, pronoun[0] if pronoun else "")
    match = _STATE.fullmatch(plain)
    if match is None or not (match["before"] or match["after"] or match["state"] == "off"):
        return None
    return Followup(_STATE_WORDS[match["state"]])


def _thing(words: str) -> str:
    return re.sub(r"(?: instead| too| as well| also)$", "", words).strip()


def _names_something(words: str) -> bool:
    parts = words.split()
    return bool(parts) and parts[0] not in _VERBS - ({"in"} if parts[1:2] and not parts[1][0].isdigit() else set())
