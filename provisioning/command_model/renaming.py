"""Unfamiliar words in familiar places: training sentences whose names hold a word that belongs elsewhere.

A model that has learnt the names of its training data reads other people's homes badly. So in some of the sentences one word within
a copied span gives way to another one: a word of other names, or two halves of such words put together. Heads of names and
areas stay, since they tell what a thing is; words of areas never enter a name, since "kitchen lights" is an area's lights.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.text import words

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADED = frozenset(("<name>", "<area>"))
"""Spans whose last word stays."""
_FREE = frozenset(("<item>", "<search>", "<message>", "<timer>", "<list>"))
"""Spans of which any word may change."""
_SHARE = 0.35
"""Of the sentences."""
_INVENTED = 0.4
"""Of the new words."""
_MOST_OUTSIDE = 0.02
"""A word that stands outside of copied spans in a larger share of the sentences means something there and stays."""


@dataclass(frozen=True, slots=True)
class _Spans:
    changeable: frozenset[str]
    """Words that may give way."""
    modifiers: frozenset[str]
    """Words before the head of a name: what may take a place."""
    places: frozenset[str]
    """Words of areas and floors."""


def rename(pairs: Sequence[tuple[str, str]], seed: int) -> list[tuple[str, str]]:
    """Return `pairs` of sentence and line with some words replaced in both; the same for the same seed."""
    generator = random.Random(seed)
    spans = [_spans(line.split()) for _, line in pairs]
    places = frozenset().union(*(span.places for span in spans))
    outside: dict[str, int] = {}
    for (text, line), _ in zip(pairs, spans, strict=True):
        for word in {word.text for word in words(text)} - set(line.split()):
            outside[word] = outside.get(word, 0) + 1
    common = {word for word, count in outside.items() if count > _MOST_OUTSIDE * len(pairs) / 10}
    pool = sorted({w for span in spans for w in span.modifiers if w.isalpha() and len(w) > 2} - places - common)
    if not pool:
        return list(pairs)
    return [
        _renamed(pair, span, pool, common, generator) if generator.random() < _SHARE else pair
        for pair, span in zip(pairs, spans, strict=True)
    ]


def _spans(pieces: Sequence[str]) -> _Spans:
    changeable: set[str] = set()
    modifiers: set[str] = set()
    places: set[str] = set()
    fixed: set[str] = set()
    key, span = "", list[str]()
    for piece in (*pieces, "<end>"):
        if not piece.startswith("<") or piece == "<":
            span.append(piece)
            continue
        if key in _HEADED:
            changeable.update(span[:-1])
            fixed.update(span[-1:])
        elif key in _FREE:
            changeable.update(span)
        else:
            fixed.update(span)
        if key == "<name>":
            modifiers.update(span[:-1])
        if key in ("<area>", "<floor>"):
            places.update(span)
        key, span = piece, []
    return _Spans(frozenset(changeable - fixed), frozenset(modifiers), frozenset(places))


def _renamed(
    pair: tuple[str, str], span: _Spans, pool: Sequence[str], common: set[str], generator: random.Random
) -> tuple[str, str]:
    text, line = pair
    candidates = sorted(w for w in span.changeable if w.isalpha() and len(w) > 2 and w not in common)
    if not candidates:
        return pair
    old, new = generator.choice(candidates), generator.choice(pool)
    if generator.random() < _INVENTED:
        other = generator.choice(pool)
        new = new[: max(2, len(new) // 2)] + other[len(other) // 2 :]
    if new in line.split():
        return pair
    made, last = [], 0
    for word in words(text):
        if word.text == old:
            made += [text[last : word.start], new.capitalize() if text[word.start].isupper() else new]
            last = word.end
    return "".join([*made, text[last:]]), " ".join(new if piece == old else piece for piece in line.split())
