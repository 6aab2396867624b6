"""Several things for a list said in one breath: where each of them begins and ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.intents.lists import DEEDS
from appliance.text import Word, words

_ARTICLES = frozenset("a an the my our your some both".split())
_QUANTITIES = _ARTICLES | frozenset(
    "more another few two three four five six seven eight nine ten eleven twelve dozen half".split()
)
"""Words with which another thing begins."""
_JOINTS = tuple(
    tuple(joint.split())
    for joint in (
        ", and also", ", and then", ", and", ", plus", ", also", ", then", ",", "as well as", "along with", "and also", "and then", "and",
        "together with", "plus", "also", "then", "&", "+",
    )
)  # fmt: skip
"""What stands between the things for a list, the longest first."""
_TRAILING = frozenset("too please".split())
_DISHES = re.compile(
    r"\b(?:mac(?:aroni)? and cheese|salt and \w+|bread and butter|cheese and onion|fish and chips|gin and tonic|sweet and sour"
    r"|rum and raisin|cookies and cream|peanut butter and jelly|bits and \w+|nuts and bolts|pen and paper|black and white)\b",
    re.IGNORECASE,
)
"""What is one thing in spite of its "and"."""
_FEW = 3
"""Words of a thing that is one beyond doubt."""


def is_one_item(text: str) -> bool:
    """Whether `text` is one thing for a list beyond doubt: a few words, or something to do, without anything that joins."""
    said = words(text)
    joins = any(_joint(said, at) for at in range(len(said)))
    return not joins and (len(said) <= _FEW or said[0].text in DEEDS)


def parted(text: str) -> tuple[str, ...]:
    """The things for a list that `text` is as far as words alone tell: those that "and" joins are two but for a dish."""
    return items(text, _DISHES.findall(text))


def items(text: str, read: Sequence[str]) -> tuple[str, ...]:
    """The things for a list that `text` is, each whole. `read`: those that the command model sees in it, which may be cut short.

    They part at commas, at "and" unless one of `read` spans it ("mac and cheese"), and where one of `read` follows another.
    """
    said = words(text)
    owner = _owners(said, read)
    pieces: list[list[int]] = [[]]
    at = 0
    while at < len(said):
        joint = _joint(said, at)
        follows = said[at + joint].text if joint and at + joint < len(said) else ""
        spanned = owner[at] is not None and said[at].text != "," and not _begins_another(follows)
        if joint and at and follows and not spanned:
            pieces.append([])
            at += joint
            continue
        known = [index for index in pieces[-1] if owner[index] is not None]
        if owner[at] is not None and known and owner[known[-1]] != owner[at]:
            pieces[-1:] = [
                [index for index in pieces[-1] if index <= known[-1]],
                [index for index in pieces[-1] if index > known[-1]],
            ]
        pieces[-1].append(at)
        at += 1
    return tuple(filter(None, (_bare(text, said, piece) for piece in pieces)))


def _owners(said: Sequence[Word], read: Sequence[str]) -> list[int | None]:
    """Which of `read` each word belongs to."""
    owner: list[int | None] = [None] * len(said)
    last = 0
    for index, item in enumerate(read):
        span = [word.text for word in words(item)]
        ends = range(last, len(said) - len(span) + 1)
        place = next((at for at in ends if [word.text for word in said[at : at + len(span)]] == span), None)
        if place is not None:
            last = place + len(span)
            owner[place:last] = [index] * len(span)
    return owner


def _joint(said: Sequence[Word], at: int) -> int:
    """How many words stand between two things at `at`."""
    return next(
        (len(joint) for joint in _JOINTS if tuple(word.text for word in said[at : at + len(joint)]) == joint), 0
    )


def _begins_another(word: str) -> bool:
    return word in _QUANTITIES or word.isdigit()


def _bare(text: str, spoken: Sequence[Word], piece: list[int]) -> str:
    """The words of one thing without articles before and courtesies behind it."""
    while len(piece) > 1 and spoken[piece[0]].text in _ARTICLES:
        piece = piece[1:]
    while len(piece) > 1 and spoken[piece[-1]].text in _TRAILING:
        piece = piece[:-1]
    return text[spoken[piece[0]].start : spoken[piece[-1]].end] if piece else ""
