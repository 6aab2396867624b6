"""The names of a home by how they sound, for runs of words that were heard in their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from appliance.resolver.phones import SIMILAR, apart, makeup, phones
from appliance.resolver.spelling import Stems

_LEAST_SOUNDS = 5
"""Sounds of a name that other words may stand for."""
_CUT_OTHERWISE, _OF_ENGLISH = 0.1, 0.07
"""How far words may sound from a name that are cut otherwise, in shares of its length; if all are words of English."""
_AT_LEAST, _WHOLE = 0.6, 0.3
"""So far in any case, if one is no word of English; and where as many words as the name has are one word or of English."""
_MOST_MORE = 3
"""So many words more than it has a name may be cut into."""
_LONGER = 2
"""So many sounds more or less."""
_ROUNDING = 1e-9


class _Sounded(NamedTuple):
    """A name by its sounds."""

    makeup: int
    most: int
    """Bits of its makeup that words may have otherwise, and those that are all of English."""
    most_english: int
    name: Stems
    sounds: str


class Soundings:
    """Finds names by their sounds. Immutable after construction."""

    def __init__(self, sounding: Mapping[Stems, str]) -> None:
        """Take names and their sounds."""
        self._by_length: dict[tuple[str, int], list[_Sounded]] = defaultdict(list)
        for name, sounds in sounding.items():
            length = len(sounds)
            if length < _LEAST_SOUNDS:
                continue
            one = _Sounded(makeup(sounds), _bits(length, english=False), _bits(length, english=True), name, sounds)
            for near in range(length - _LONGER, length + _LONGER + 1):
                self._by_length[digits(name), near].append(one)

    def alike(self, said: Sequence[str], number: str, *, strange: int, english: bool) -> list[tuple[Stems, float]]:
        """The names that a run of words sounds like, and how far it is from each.

        `number`: the one at its end; `strange`: how many of its words are in no name; `english`: these are words of English.
        """
        sounds = phones(said)
        names = self._by_length.get((number, len(sounds)), ())
        made = makeup(sounds)
        if english:
            near = [other for other in names if (made ^ other[0]).bit_count() <= other[2]]
        else:
            near = [other for other in names if (made ^ other[0]).bit_count() <= other[1]]
        found: list[tuple[Stems, float]] = []
        for other in near:
            more = len(said) - len(other.name)
            if not -1 <= more <= _MOST_MORE:
                continue
            bound = _bound(len(other.sounds), english=english)
            if more == 0:
                if (english and len(other.name) <= strange) or any(word.endswith("'s") for word in said):
                    continue
                bound = _WHOLE if english or len(other.name) == 1 else _CUT_OTHERWISE * len(other.sounds)
            if (cost := apart(sounds, other.sounds, bound)) <= bound:
                found.append((other.name, cost))
        return found


def _bits(length: int, *, english: bool) -> int:
    return int((_bound(length, english=english) + _ROUNDING) / SIMILAR)


def _bound(length: int, *, english: bool) -> float:
    """How far a run of another number of words may be from a name of `length` sounds."""
    return max(_WHOLE, _OF_ENGLISH * length) if english else max(_AT_LEAST, _CUT_OTHERWISE * length)


def digits(stemmed: Sequence[str]) -> str:
    """The number at the end of a name: it tells two things apart."""
    return stemmed[-1] if stemmed[-1].isdigit() else ""
