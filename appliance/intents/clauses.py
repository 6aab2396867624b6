"""A long sentence read clause by clause: "turn on the lamp, open the blinds and mute the tv" is three short ones.

The command model reads single commands far better than several at once. Where it is not sure of a sentence, its clauses are read by
themselves and put together as one more reading. They part at "and", "then", commas, and at words that open a command, since speech has no
commas. What ties clauses together is left to the whole sentence: a place or a length that holds for both, a slip that is mended, a
delay, anything that is no command by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from appliance.intents.command_model import Understanding
from appliance.intents.stated import NO_COMMAND, UNSTATED, unstated
from appliance.messages import Call
from appliance.text import Word, words

WEIGHT = 0.7
"""What a reading by clauses counts, relative to its probability: the clauses were not seen together."""
MOST_CLAUSES = 8

_JOINTS = tuple(
    tuple(joint.split())
    for joint in (
        "and while you're at it", "while you're at it", "and don't forget to", "don't forget to", "and after that", "after that",
        "and could you", "and can you", "and then", "and also", "and please", "followed by", "as well as", "oh and", ",", "and",
        "then", "also", "plus", "next", "finally", "afterwards", "&", "+",
    )
)  # fmt: skip
"""What stands between clauses, the longest first."""
OPENERS = frozenset(
    """turn switch put set make dim brighten open close shut lock unlock start stop pause resume play skip mute unmute raise lower increase
    decrease reduce add remove cancel activate run arm disarm vacuum clean send return check tell what what's which is are how show give get
    bring change adjust toggle press announce broadcast remind create please could can would power kill cut flip i it's there's""".split()
)
"""Words that may open a command or question, where no joint says that one begins."""
_MENDING = frozenset(
    "no not don't wait scratch actually sorry mean meant instead forget rather oops correction never nevermind if when unless".split()
)
"""Words that may take something back or hold it off."""
_PLACED = frozenset("in at of inside outside upstairs downstairs from within".split())
_ARTICLES = frozenset("the a an my our your his her their".split())
_TYING = frozenset({"command", "at"})
_OWN_LENGTH = frozenset("StartTimer IncreaseTimer DecreaseTimer".split())


class Part(Protocol):
    """How a part of a sentence was read."""

    @property
    def calls(self) -> Sequence[Call]:
        """The calls."""

    @property
    def confidence(self) -> float:
        """Its probability."""

    @property
    def line(self) -> str:
        """What the model wrote."""


@dataclass(frozen=True, slots=True)
class _Best:
    """The best way to part the sentence up to some clause."""

    confidence: float
    parts: tuple[Part, ...] = ()


def read_by_clauses(text: str, understand: Callable[[str], Part]) -> Understanding | None:
    """Return the reading of `text` that its clauses come to, or None where it has none or something ties them together.

    `understand` reads one sentence. Clauses that only make sense together ("the lamp and the fan off") stay together.
    """
    found = words(text)
    spans = _spans(found)
    if not 1 < len(spans) <= MOST_CLAUSES:
        return None
    if any(_MENDING.intersection(word.text for word in found[start:end]) for start, end in spans):
        return None
    best = [_Best(1.0)] + [_Best(0.0)] * len(spans)
    for end in range(1, len(spans) + 1):
        for start in range(end):
            if best[start].confidence <= best[end].confidence or (start == 0 and end == len(spans)):
                continue
            piece = text[found[spans[start][0]].start : found[spans[end - 1][1] - 1].end]
            part = understand(piece)
            confidence = best[start].confidence * part.confidence * UNSTATED ** unstated(part.calls, piece)
            if confidence > best[end].confidence and _stands_alone(part, last=end == len(spans)):
                best[end] = _Best(confidence, (*best[start].parts, part))
    parts = best[-1].parts
    if not parts or _placed_apart(found, parts):
        return None
    calls = tuple(chain.from_iterable(part.calls for part in parts))
    return Understanding(calls, WEIGHT * best[-1].confidence, " <;> ".join(part.line for part in parts))


def mended(text: str) -> bool:
    """Whether a sentence holds words that may take back or hold off what else it says."""
    return not _MENDING.isdisjoint(word.text for word in words(text))


def _spans(found: Sequence[Word]) -> list[tuple[int, int]]:
    """The runs of words that may be clauses: first, after the last."""
    said = [word.text for word in found]
    begin = 0
    at = 0
    spans: list[tuple[int, int]] = []
    while at < len(said):
        joint = next((len(joint) for joint in _JOINTS if tuple(said[at : at + len(joint)]) == joint), 0)
        if joint or (said[at] in OPENERS and at > begin + 1):
            spans.append((begin, at))
            begin = at + joint
        at += joint or 1
    spans.append((begin, len(said)))
    return [(start, end) for start, end in spans if start < end]


def _stands_alone(part: Part, *, last: bool) -> bool:
    """Whether a clause is a command or question of its own that says nothing about its neighbours."""
    return bool(part.calls) and all(
        call.name not in NO_COMMAND
        and not _TYING & call.values.keys()
        and ("duration" not in call.values or call.name in _OWN_LENGTH)
        and (last or call.name != "Broadcast")
        for call in part.calls
    )


def _placed_apart(found: Sequence[Word], parts: Sequence[Part]) -> bool:
    """Whether a place is said apart from its thing ("in the kitchen …"), so that it may hold for other clauses, too."""
    calls = [call for part in parts for call in part.calls]
    if all(map(_has_place, calls)):
        return False
    said = [word.text for word in found]
    return any(
        call.target.here
        or _apart(said, call.target.area or "", _PLACED)
        or _apart(said, call.target.floor or "", _PLACED | {"on"})
        for call in calls
    )


def _has_place(call: Call) -> bool:
    return bool(call.target.area or call.target.floor or call.target.here)


def _apart(said: Sequence[str], place: str, prepositions: AbstractSet[str]) -> bool:
    """Whether `place` is itself a place word, or stands after one of `prepositions`."""
    span = [word.text for word in words(place)]
    if not span:
        return False
    if span[0] in prepositions:
        return True
    for at in range(len(said) - len(span) + 1):
        if list(said[at : at + len(span)]) == span:
            before = [word for word in said[:at] if word not in _ARTICLES][-1:]
            if before and before[0] in prepositions:
                return True
    return False
