"""Things by what tells them apart inside their rooms: the "second bunk lamp" of the green dorm is its Green bunk lamp 2.

A room's things are often called after it, with a word or number of their own. In a phrase that names the room or several of them, these
words alone are enough: "the bench lights in labs 1 and 2" are the one in each of both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from appliance.messages import Home
from appliance.resolver.alike import ORDINALS, Token, is_plural, tokens
from appliance.resolver.spelling import Stems
from appliance.resolver.vocabulary import NOUNS

_SILENT = frozenset({"the", "number", "nr", "#", "-"})
_UNMOVED = frozenset("sensor binary_sensor weather person todo scene script button event".split())
"""Domains of what nobody switches or sets."""
_DIGITS = {word: str(number) for word, number in ORDINALS.items()}
_Rest = tuple[Stems, Stems]
"""The words of a name and its numbers, without those of its room."""


class Placed:
    """What the things of one home are called inside their rooms. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        rooms = {area.id: {token.fold for name in area.names for token in tokens(name)} for area in home.areas}
        self._by_rest: dict[tuple[str, _Rest], set[str]] = defaultdict(set)
        for entity in home.entities:
            if entity.domain in _UNMOVED:
                continue
            for name in entity.names:
                own = [t.fold for t in tokens(name) if t.fold not in rooms.get(entity.area or "", ())]
                words, numbers = _parted(own)
                bare = tuple(word for word in words if word not in NOUNS)
                kinds = tuple(word for word in words if word in NOUNS) if numbers else ()
                for kept in {words, bare, kinds}:
                    if kept and entity.area:
                        self._by_rest[entity.area, (kept, numbers)].add(entity.id)
            if entity.domain == "valve" and entity.device_class and entity.area:
                self._by_rest[entity.area, ((entity.device_class,), ())].add(entity.id)
        self.words = frozenset(word for _, (words, _) in self._by_rest for word in words)

    def one(self, said: Sequence[Token], area: str) -> str | None:
        """The id of the thing in `area` that words mean there; None: they tell none apart, or several."""
        if (rest := _rest(said)) is None:
            return None
        found = self._by_rest.get((area, rest), set())
        return next(iter(found)) if len(found) == 1 else None

    def row(self, said: Sequence[Token], area: str) -> Mapping[str, str]:
        """The numbered things in `area` that words mean there, by number: the "bunk lamps" of a dorm."""
        if (rest := _rest(said)) is None or rest[1]:
            return {}
        row = {
            numbers[0]: ids
            for (room, (words, numbers)), ids in self._by_rest.items()
            if room == area and words == rest[0] and len(numbers) == 1
        }
        return {number: next(iter(ids)) for number, ids in row.items() if len(ids) == 1}

    def in_each(self, said: Sequence[Token], areas: Iterable[str]) -> tuple[str, ...]:
        """Ids of what words mean in each of `areas`, one or a whole row in every one; empty: not in all."""
        ids: list[str] = []
        for area in areas:
            if (one := self.one(said, area)) is not None:
                ids.append(one)
            elif is_plural(said[-1]) and len(row := self.row(said, area)) > 1:
                ids += [row[number] for number in sorted(row, key=int)]
            else:
                return ()
        return tuple(ids)

    def lasts(self, said: Sequence[Token], area: str) -> str | None:
        """The id of the last of a row in `area`."""
        row = self.row(said, area)
        return row[max(row, key=int)] if len(row) > 1 else None

    def spans(self, said: Sequence[Token], at: int, most: int) -> Iterator[int]:
        """Where a run of words may end that begins at word `at` and is made of words of such names, the longest first."""
        end = at
        while end < min(len(said), at + most) and self._known(said[end]):
            end += 1
        yield from range(end, at, -1)

    def _known(self, token: Token) -> bool:
        word = token.fold
        return not token.owns and (
            word in self.words or word in _SILENT or word in _DIGITS or word.isdigit() or word == "last"
        )


def _parted(folded: Iterable[str]) -> _Rest:
    """The words and the numbers among words, an ordinal as its number."""
    words: list[str] = []
    numbers: list[str] = []
    for word in folded:
        if word in _SILENT:
            continue
        digit = _DIGITS.get(word, word)
        (numbers if digit.isdigit() else words).append(digit)
    return tuple(words), tuple(numbers)


def _rest(said: Sequence[Token]) -> _Rest | None:
    """What words are compared by; None: they are a kind of thing or a number and no more."""
    words, numbers = _parted(token.fold for token in said)
    return None if not words or (not numbers and NOUNS.keys() >= set(words)) else (words, numbers)
