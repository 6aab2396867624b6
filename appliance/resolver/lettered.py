"""Rooms by their letter or number: "every classroom but the one in D", whose noun is elsewhere, and "class D", whose noun is cut short.

A letter or a number tells a room where names of the home share a noun and differ in it. The noun goes before it, so that the words are
the room's name; a number counts only behind a word for a place, since it may be anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from appliance.resolver.alike import Edit, Token, folds, is_number, is_plural
from appliance.resolver.groups import Groups
from appliance.resolver.possessed import stands_alone
from appliance.resolver.spelling import Stems

_JOINTS = frozenset({",", "and", "or", "&", "plus", "to", "through", "thru", "-", "nor"})
_WITHIN = frozenset({"in", "of", "for", "from"})
_LEFT_OUT = frozenset({"except", "but", "not", "bar", "than", "without", "excluding", "save", "besides", "from"})
_BEHIND = frozenset(
    ", : and or on off up down please too also only open closed shut is are excluded not but then now".split()
)
_CLIPPED = 4
"""Letters of what is left of a noun."""
_LEFT = frozenset("on off open closed shut running alone as be".split())
"""What may follow "leave C"."""
_MEANT = (("i", "mean"), ("that", "is"), ("i", "meant"))


def rooms_named(said: Sequence[Token], groups: Groups) -> Iterator[Edit]:
    """The places before which a noun is missing, and the clauses that only add it."""
    lone = _unspoken(groups)
    for head, told in groups.heads.items():
        items = {item[0] for item in told if len(item) == 1 and (item[0].isdigit() or len(item[0]) == 1)}
        spoken = next((at for at in range(len(said)) if _is_at(said, at, head)), None)
        if items and spoken is None and head == lone:
            for start, end in _chains(said, items, head):
                if start and said[start - 1].raw in {"in", "leave"}:
                    yield said[start].start, said[start].start, f"{' '.join(head)}{'s' if end - start > 1 else ''} "
        if not items or spoken is None:
            continue
        noun = " ".join(token.raw.removesuffix("'s").removesuffix("'") for token in said[spoken : spoken + len(head)])
        single = noun[:-1] if is_plural(said[spoken + len(head) - 1]) else noun
        for start, end in _chains(said, items, head):
            whole = f"{single}s" if end - start > 1 else single
            yield said[start].start, said[start].start, f"{whole} "
        yield from _added(said, spoken, head)
        return


def rooms_clipped(said: Sequence[Token], groups: Groups) -> Iterator[Edit]:
    """Rooms with the whole noun for its beginning: "class B" is Classroom B, where nothing else is called so."""
    known = (groups.areas.names, groups.floors.names, groups.things.names)
    for noun, which in pairwise(said):
        if len(noun.fold) < _CLIPPED or not is_number(which.fold) or which.owns:
            continue
        whole = (f"{noun.fold}room", which.fold) in groups.areas.names
        if whole and not any((noun.fold, which.fold) in names for names in known):
            yield noun.start, noun.end, f"{noun.raw}room"


def _unspoken(groups: Groups) -> Stems:
    """The only noun whose rooms have letters, where no room is named: "the projector in D"."""
    lettered = [
        head
        for head, told in groups.heads.items()
        if any(len(item) == 1 and len(item[0]) == 1 and item[0].isalpha() for item in told)
    ]
    return lettered[0] if len(lettered) == 1 and len(lettered[0]) == 1 else ()


def _is_at(said: Sequence[Token], at: int, head: Stems) -> bool:
    return folds(said[at : at + len(head)]) == head


def _chains(said: Sequence[Token], items: set[str], head: Stems) -> Iterator[tuple[int, int]]:
    """Runs of items joined to each other that have no noun before them."""
    at = 0
    while at < len(said):
        end = at
        while end < len(said) and _is_item(said, end, items, at):
            joint = end + 1
            while joint < len(said) and said[joint].raw in _JOINTS:
                joint += 1
            if joint == end + 1 or joint >= len(said) or not _is_item(said, joint, items, at):
                end += 1
                break
            end = joint
        if end > at and _alone(said, at, end, head):
            yield at, end
        at = max(end, at + 1)


def _is_item(said: Sequence[Token], at: int, items: set[str], first: int) -> bool:
    token = said[at]
    if token.fold not in items:
        return False
    if token.raw not in {"a", "i"}:
        return True
    behind = said[at + 1].raw if at + 1 < len(said) else ""
    return (
        at > first
        or behind in {",", "and", "to", "through"}
        or (at > 0 and said[at - 1].raw == "leave" and behind in _LEFT)
    )


def _alone(said: Sequence[Token], at: int, end: int, head: Stems) -> bool:
    """Whether the run from word `at` to `end` stands for rooms, and its noun is not before it."""
    before = at
    while before and said[before - 1].raw in _JOINTS | {"the", "number"}:
        before -= 1
    lead = said[before - 1].raw if before else ""
    if before >= len(head) and _is_at(said, before - len(head), head):
        return False
    if said[end - 1].owns and said[end - 1].raw != "'s":
        return stands_alone(said, end - 1) and (
            not said[end - 1].fold.isdigit() or any(token.owns for token in said[:at])
        )
    behind = said[end].raw if end < len(said) else ","
    if lead == "leave":
        return behind in _LEFT
    if behind not in _BEHIND:
        return False
    lettered = not any(token.fold.isdigit() for token in said[at:end])
    if before == at and lead in _WITHIN:
        return lettered or lead == "in"
    if not lettered:
        return False
    return lead in _LEFT_OUT or behind in {"excluded", "not"} or (before < at and behind in {"excluded", "only"})


def _added(said: Sequence[Token], spoken: int, head: Stems) -> Iterator[Edit]:
    """As in "in A, B and D, the classrooms I mean": the noun went before them, so the clause goes."""
    first = spoken - (spoken > 0 and said[spoken - 1].raw == "the")
    end = spoken + len(head)
    meant = tuple(token.raw for token in said[end : end + 2]) in _MEANT
    if first and said[first - 1].raw == "," and meant and end + 2 == len(said):
        yield said[first - 1].start, said[-1].end, ""
