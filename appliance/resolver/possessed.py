"""What is whose, by the names of the home: "lab three's extractor" is its Lab 3 extractor, "Piet's" behind "Anouk's lamp" is Piet's lamp.

Rooms, things and people own what is called after them. A second one may leave out what it is, "classroom A's projector and D's", and so
do the rooms behind a word for several: "in the children's rooms, Ella's and Toby's". Sentences are looked through before corrections,
which may be about an owner, and again once misheard names are mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from appliance.messages import Home
from appliance.resolver.alike import Edit, Token, edited, spelt_alike, tokens
from appliance.resolver.groups import Groups
from appliance.resolver.spelling import Stems, stems

_MOST_WORDS = 4
"""Words of an owner, and of what is owned."""
_BEHIND = frozenset(
    """, : and or on off up down please too also only open closed shut is are excluded not but then now to at a an half
    halfway two three as by instead""".split()
)
"""What may follow "the blue dorm's" where its noun is left out."""
_ROOM = re.compile(r"(?P<owner>[^\W\d_]+['’]s?) (?:bed)?room", re.IGNORECASE)
_ROOMS = re.compile(
    r"\b(?:the |our |my |all |both |two )*(?:\w+['’]s? )?(?:bed)?rooms(?:,| -|:)?,? (?:that is,? |i mean,? |namely,? )?"
    r"(?P<one>[^\W\d_]+['’]s?)(?P<more>(?:, [^\W\d_]+['’]s?)*),? and (?P<last>[^\W\d_]+['’]s?)(?=\s*(?:[,.;!?]|$| please))",
    re.IGNORECASE,
)


class Possessed:
    """Puts the names of one home for what is said by its owner. Immutable after construction."""

    def __init__(self, home: Home, groups: Groups) -> None:
        """Look through `home`; `groups`: its names."""
        self._groups = groups
        named = ((name, entity.id) for entity in home.entities for name in reversed(entity.names))
        called = {(spelt_alike(name), id_): name for name, id_ in named}
        self._things: Mapping[Stems, str] = {
            span: called.get((span, id_), groups.things.called[id_]) for span, id_ in groups.things.names.items()
        }
        self._rooms: Mapping[Stems, str] = {
            stems(found["owner"]): name
            for area in home.areas
            for name in area.names
            if (found := _ROOM.fullmatch(name))
        }

    def put(self, text: str) -> str:
        """`text` with the names of the home for what is said by its owner."""
        if "'" not in text and "’" not in text:
            return text
        text = _ROOMS.sub(self._each_room, text)
        return edited(text, self.edits(tokens(text)))

    def edits(self, said: Sequence[Token]) -> Iterator[Edit]:
        """Names in place of what is said by its owner, in their order."""
        after = 0
        owner: Stems = ()
        owned: Stems = ()
        for at, token in enumerate(said):
            if not token.owns or at < after:
                continue
            found = self._whole(said, at)
            if found is not None:
                start, after, name = found
                owner, owned = _folds(said[start : at + 1]), _folds(said[at + 1 : after])
            elif stands_alone(said, at) and (found := self._short(said, at, owner, owned)) is not None:
                start, after, name = found
            else:
                continue
            if [(token.fold, token.owns) for token in said[start:after]] != [(t.fold, t.owns) for t in tokens(name)]:
                yield said[start].start, said[after - 1].end, name

    def _whole(self, said: Sequence[Token], at: int) -> tuple[int, int, str] | None:
        """The longest name around the possessive at `at`: where it begins and ends, and the name."""
        for start in range(max(0, at - _MOST_WORDS + 1), at + 1):
            for end in range(min(len(said), at + 1 + _MOST_WORDS), at + 1, -1):
                if (name := self._things.get(_folds(said[start:end]))) is not None:
                    return start, end, name
        return None

    def _short(self, said: Sequence[Token], at: int, owner: Stems, owned: Stems) -> tuple[int, int, str] | None:
        """The same of a possessive that leaves out what was `owned` the last time, or also what all the owners are called."""
        for start in range(max(0, at - _MOST_WORDS + 1), at + 1):
            own = _folds(said[start : at + 1])
            raw = tuple(token.raw for token in said[start : at + 1])
            if raw in self._groups.areas.raw or raw in self._groups.things.raw:
                return None
            for called in (own, (*owner[:-1], *own)):
                if owned and (name := self._things.get((*called, *owned))) is not None:
                    return start, at + 1, name
            if (area := self._groups.areas.names.get(own)) is not None:
                thing = like_before(said, start, area, self._groups)
                return (
                    (start, at + 1, self._groups.things.called[thing])
                    if thing is not None and self._groups.alone(thing)
                    else None
                )
        return None

    def _each_room(self, found: re.Match[str]) -> str:
        owners = [found["one"], *found["more"].split(", ")[1:], found["last"]]
        rooms = [self._rooms.get(stems(owner)) for owner in owners]
        return found[0] if None in rooms else " and ".join(room for room in rooms if room)


def stands_alone(said: Sequence[Token], at: int) -> bool:
    """Whether a noun may be left out behind word `at`: nothing follows in the same clause, or a word that begins no name."""
    return at + 1 == len(said) or said[at + 1].raw in _BEHIND or said[at + 1].start > said[at].end + 1


def _folds(said: Sequence[Token]) -> Stems:
    return tuple(token.fold for token in said if token.fold != "-")


def like_before(said: Sequence[Token], end: int, area: str, groups: Groups) -> str | None:
    """The thing of `area` that is called by the words nearest before word `end` that call one of its things."""
    rooms = [name for name, id_ in groups.areas.names.items() if id_ == area]
    for last in range(end, 0, -1):
        for length in (2, 1):
            span = said[max(0, last - length) : last]
            for room in rooms if len(span) == length else ():
                found = groups.things.names.get((*room, *(token.fold for token in span)))
                if found is not None:
                    return found
            if len(span) == length and (found := groups.placed.one(span, area)) is not None:
                return found
    return None
