"""The names of a home by how they sound, for runs of words that were heard in their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.resolver.phones import SIMILAR, apart, firm, phones
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


@dataclass(frozen=True, slots=True)
class _Sounded:
    """A name and how it sounds."""

    at: int
    """Its place among the names."""
    name: Stems
    sounds: str
    firm: int


class Soundings:
    """Finds names by their sounds. Immutable after construction."""

    def __init__(self, sounding: Mapping[Stems, str]) -> None:
        """Take names and their sounds."""
        self._by_length: dict[tuple[str, int], list[_Sounded]] = defaultdict(list)
        for at, (name, sounds) in enumerate(sounding.items()):
            if len(sounds) >= _LEAST_SOUNDS:
                self._by_length[digits(name), len(sounds)].append(_Sounded(at, name, sounds, firm(sounds)))

    def alike(self, said: Sequence[str], number: str, *, strange: int, english: bool) -> list[tuple[Stems, float]]:
        """The names that a run of words sounds like, and how far it is from each.

        `number`: the one at its end; `strange`: how many of its words are in no name; `english`: these are words of English.
        """
        sounds = phones(said)
        hard, possessive = firm(sounds), any(word.endswith("'s") for word in said)
        found: list[tuple[int, Stems, float]] = []
        for length in range(len(sounds) - _LONGER, len(sounds) + _LONGER + 1):
            for other in self._by_length.get((number, length), ()):
                more = len(said) - len(other.name)
                if not -1 <= more <= _MOST_MORE or (more == 0 and possessive):
                    continue
                if more:
                    bound = max(_WHOLE, _OF_ENGLISH * length) if english else max(_AT_LEAST, _CUT_OTHERWISE * length)
                elif len(other.name) > strange or not english:
                    bound = _WHOLE if english or len(other.name) == 1 else _CUT_OTHERWISE * length
                else:
                    continue
                if (hard ^ other.firm).bit_count() * SIMILAR > 2 * bound:
                    continue
                if (cost := apart(sounds, other.sounds, bound)) <= bound:
                    found.append((other.at, other.name, cost))
        return [(name, cost) for _, name, cost in sorted(found)]


def digits(stemmed: Sequence[str]) -> str:
    """The number at the end of a name: it tells two things apart."""
    return stemmed[-1] if stemmed[-1].isdigit() else ""
