"""Things by whose they are: "classroom A's blind" is its Classroom A blind, and "C's" behind it that of classroom C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from appliance.resolver.alike import Token
from appliance.resolver.groups import Groups

_Edit = tuple[int, int, str]
_BEHIND = frozenset(
    ", : and or on off up down please too also only open closed shut is are not but then now to at a an half three".split()
)
"""What may follow "the blue dorm's" where its noun is left out."""
_MOST_WORDS = 3


def rooms_things(said: Sequence[Token], groups: Groups, names: Mapping[str, str]) -> Iterator[_Edit]:
    """Names in place of what a room is said to own; `names` by id."""
    for at, token in enumerate(said):
        if not token.owns:
            continue
        for length in range(_MOST_WORDS, 0, -1):
            first = at + 1 - length
            room = tuple(word.fold for word in said[max(first, 0) : at + 1])
            if first < 0 or (area := groups.areas.names.get(room)) is None:
                continue
            behind = next(
                (n for n in range(_MOST_WORDS, 0, -1) if (*room, *_folds(said, at + 1, n)) in groups.things.names), 0
            )
            if behind and at + behind < len(said):
                yield token.start, token.end, token.raw.removesuffix("'s").removesuffix("'")
            elif at + 1 == len(said) or said[at + 1].raw in _BEHIND:
                thing = like_before(said, first, area, groups)
                if thing is not None and groups.alone(thing):
                    yield said[first].start, token.end, names[thing].lower()
            break


def _folds(said: Sequence[Token], at: int, length: int) -> tuple[str, ...]:
    return tuple(token.fold for token in said[at : at + length])


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
