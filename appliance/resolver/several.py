"""Several like rooms or things in one phrase: "cells two and five", "every cloister but the north one", "desk lamps 1 to 3".

What is alike the names of the home say: they share words and differ in a number, a letter or an adjective. A phrase that lists such words
beside the shared ones, or has the shared ones in the plural, stands for all of them; where one of the words leads to no name, it is no
such phrase, and whatever else it may be is left to be found out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from appliance.resolver import rows
from appliance.resolver.alike import (
    LEAST,
    ORDINALS,
    SIDES,
    Alike,
    Token,
    folds,
    is_number,
    is_plural,
    tells_alone,
    tokens,
)
from appliance.resolver.placed import Placed
from appliance.resolver.rows import Found
from appliance.resolver.spelling import Stems
from appliance.resolver.vocabulary import NOUNS

ARTICLES = frozenset({"the", "my", "our", "these", "those"})
_JOINTS = frozenset({",", "and", "&", "plus"})
_TO = frozenset({"to", "through", "thru", "till", "until", "-"})
NUMBER = frozenset({"number", "nr", "no", "#"})
"""Words before a number that say no more: "number two"."""
_EVERY = frozenset({"every", "each"})
_ALL = frozenset({"all", "both"})
BEFORE_ALL = (
    ARTICLES
    | _JOINTS
    | _ALL
    | _EVERY
    | frozenset(
        """in of from for at inside on off up down with to only lock unlock open close shut light dim heat clean vacuum hoover check :
        number turn switch set put start stop make any""".split()
    )
)
"""Words behind which a noun in the plural may stand for all rooms of that name; another word may tell some of them apart."""
_UNITS = frozenset(
    """percent % degree ° minute hour second am pm o'clock oclock kelvin k time day week volt watt bar lux point half quarter
    step notch""".split()
)
"""What follows a number that counts something else."""
_VALUED = frozenset({"to", "at", "by"})
_STATES = frozenset({"on", "off", "up", "down"})
_WITHIN = frozenset({"in", "of"})
_SETTING = frozenset("set dim make change adjust bring raise lower put turn brighten increase decrease".split())
_TELLING = frozenset("we i you they he she nobody that which where who whose".split())
"""What begins a clause behind a noun: "the cells we use"."""
_PARTS = frozenset("half some most several few couple part none one neither either rest".split())
_CUES: tuple[Stems, ...] = tuple(
    tuple(cue.split())
    for cue in (
        "except for|excepting|except|excluding|apart from|aside from|other than|besides|bar|but not|but|save for|save|not counting|minus"
        "|without|leaving out|not"
    ).split("|")
)
_MOST_WORDS = 3
"""Words before or behind a list that names share."""
_MOST_PLACED = 5
"""Words for a thing before its room."""
_MOST_ITEMS = 12


@dataclass(frozen=True, slots=True)
class Group:
    """A phrase that stands for several areas, or for several things of one domain."""

    start: int
    """Its first character."""
    end: int
    """The one after the last."""
    areas: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    counted: bool = False
    """Things that were not told apart one by one: "both dryers"."""
    others: bool = False
    """All but those that were spoken of: "the other cells"."""
    missing: bool = False
    """The home does not have all of them: the ids are those of others that are called alike."""


class Several:
    """Finds such phrases among words. Immutable after construction."""

    def __init__(
        self, areas: Alike, things: Alike, floors: Alike, heads: Mapping[Stems, Mapping[Stems, str]], placed: Placed
    ) -> None:
        """Take what the names of a home share. `heads`: what several areas are called, to what tells them apart and their ids."""
        self.areas = areas
        self.things = things
        self.floors = floors
        self.heads = heads
        self.placed = placed
        self._pairs = {pair for name in things.names for pair in pairwise(name)}

    def among(self, said: Sequence[Token]) -> list[Group]:
        """The phrases among words for several areas or things, in their order."""
        found: list[Group] = []
        at = 0
        while at < len(said):
            group, after = self._at(said, at)
            if group is not None:
                part = _part(said, at)
                found.append(group if part == at else replace(group, start=said[part].start, missing=True))
            at = max(after, at + 1)
        return found

    def whole(self, text: str) -> Group:
        """The phrase that `text` as a whole is; an empty one: it is none."""
        said = tokens(text)
        while said and said[0].raw in ARTICLES:
            said = said[1:]
        found = self.among(said)
        if found and (found[0].start, found[0].end) == (said[0].start, said[-1].end):
            return found[0]
        rooms = next(self._rooms(said, 0), None)
        return Group(0, 0, rooms.members) if rooms is not None and rooms.end == len(said) else Group(0, 0)

    def _at(self, said: Sequence[Token], at: int) -> tuple[Group | None, int]:
        """The phrase that begins at word `at`, the longest, and the word after it."""
        first, quantified, count = self._quantified(said, at)
        if first + 1 < len(said) and (
            said[first].raw == "other" or (quantified in _EVERY and said[first].fold in ORDINALS)
        ):
            alternate = quantified in _EVERY  # "every other cell": every second one, from which on is not said
            for other in self._family(said, first + 1, quantified or "all"):
                group = Group(said[at].start, said[other.end - 1].end, other.members)
                return replace(group, others=not alternate, missing=alternate), other.end
        places = (*self._listed(said, first, self.areas), *self._family(said, first, quantified))
        places += (*self._exempted(said, first), *rows.counted(said, first, self.areas))
        floors = tuple(self._listed(said, first, self.floors))
        things = (
            *self._listed(said, first, self.things),
            *rows.counted(said, first, self.things),
            *rows.row(said, first, count, self.things),
            *self._in_rooms(said, first),
            *rows.outer(said, first, self.things),
            *rows.by_parity(said, first, self.things),
        )
        options = [*places, *things, *floors]
        best = max(options, key=lambda found: (not found.missing, found.end), default=None)
        if best is None:
            return None, at + 1
        if _goes_on(said, best.end):
            best = max(options, key=lambda found: found.end)
        if best.named and quantified in _EVERY:
            return None, best.end
        areas = best in places
        if (told := _told_by_a_clause(said, best.end)) > best.end:
            best = replace(best, end=told, missing=True)
        missing = best.missing or count not in {0, len(best.members)} or _goes_on(said, best.end)
        best = self._less(said, best) if not missing and best.told else best
        group = Group(said[at].start, said[best.end - 1].end, missing=missing)
        if areas:
            return replace(group, areas=best.members), best.end
        if best in floors:
            return replace(group, floors=best.members), best.end
        return replace(group, things=best.members, counted=not best.named), best.end

    def _quantified(self, said: Sequence[Token], at: int) -> tuple[int, str, int]:
        """Where the phrase goes on behind its "all the three", that word, and how many are said to be; 0: it is not said."""
        word = said[at].raw
        quantified = word if word in _ALL | _EVERY else ""
        after = at + bool(quantified)
        count = LEAST if word == "both" else 0
        of = quantified in _EVERY and after < len(said) and said[after].raw == "of"
        while (quantified in _ALL or of) and after < len(said) and said[after].raw in ARTICLES | {"of"}:
            after += 1
        number = said[after].fold if after < len(said) else ""
        if number.isdigit() and (quantified in _ALL or (after > 0 and said[after - 1].raw in ARTICLES)):
            return after + 1, quantified, int(number)
        return after, quantified, count

    # --- lists of what tells names apart

    def _listed(self, said: Sequence[Token], at: int, alike: Alike) -> Iterator[Found]:
        for length in range(_MOST_WORDS + 1):
            before = said[at : at + length]
            if len(before) < length or any(token.fold not in alike.vocabulary or token.owns for token in before):
                return
            plural = bool(before) and is_plural(before[-1])
            for items, end in _lists(said, at + length, alike.vocabulary, plural=plural):
                yield from self._shared(said, before, items, end, alike)

    def _shared(
        self, said: Sequence[Token], head: Sequence[Token], items: Sequence[Stems], end: int, alike: Alike
    ) -> Iterator[Found]:
        """A list behind the words `head` as a group by the words behind it that its names share with it."""
        before = folds(head)
        for length in range(_MOST_WORDS + 1):
            behind = said[end : end + length]
            if len(behind) < length or any(token.fold not in alike.vocabulary for token in behind[-1:]):
                return
            if not before and not length:
                continue
            after = folds(behind)
            if not length and is_number(items[-1][-1]) and end < len(said) and said[end].fold in _UNITS:
                continue
            ids = [alike.member(before, item, after) for item in items]
            if alike is self.things and set(after) <= NOUNS.keys() and self._are_places(before, items):
                continue  # "kitchen and hall lights" are those of both rooms, whatever else is called so
            members = tuple(id_ for id_ in ids if id_ is not None)
            if len(members) == len(ids) == len(set(members)) and alike.one_kind(members):
                yield Found(end + length, members, dict(zip(items, members, strict=True)), named=True)
            elif len(members) < len(ids) and is_plural([*head, *behind][-1]):
                others = alike.family(before, after) if all(map(tells_alone, items)) else ()
                if others:
                    yield Found(end + length, others, {}, named=True, missing=True)

    def _are_places(self, before: Stems, items: Sequence[Stems]) -> bool:
        return not before and all(item in self.areas.names for item in items)

    def _exempted(self, said: Sequence[Token], at: int) -> Iterator[Found]:
        """Rooms of any names where they are left out: "except in the library and the study"."""
        if at >= len(said) or said[at].raw in ARTICLES | _WITHIN:
            return
        before = [token.raw for token in said[max(0, at - 4) : at] if token.raw not in ARTICLES | _WITHIN]
        if any(tuple(before[-len(cue) :]) == cue for cue in _CUES):
            yield from self._rooms(said, at)

    def _rooms(self, said: Sequence[Token], at: int) -> Iterator[Found]:
        """Rooms of any names, listed from word `at` on."""
        members: list[str] = []
        end = joint = at
        while joint < len(said):
            while joint < len(said) and said[joint].raw in ARTICLES | {"in", "of"} and (joint > at or not members):
                joint += 1
            area, joint = self.areas.begins(said, joint, _MOST_WORDS)
            if not area:
                return
            members.append(area)
            end = joint
            while joint < len(said) and said[joint].raw in {",", "and", "or"}:
                joint += 1
            if joint == end:
                break
        if joint > end:
            return
        if len(set(members)) >= LEAST and not (end < len(said) and said[end].fold in NOUNS):
            yield Found(end, tuple(dict.fromkeys(members)), {}, named=True)

    # --- what several rooms have, each one of its own

    def _in_rooms(self, said: Sequence[Token], at: int) -> Iterator[Found]:
        """As in "the bench lights in all the labs", "bunks one and three in the blue dorm"."""
        for end in self.placed.spans(said, at, _MOST_PLACED):
            if end + 1 >= len(said) or said[end].raw not in _WITHIN:
                continue
            rooms, after = self._rooms_from(said, end + 1)
            ids = self.placed.in_each(said[at:end], rooms) if len(rooms) >= LEAST else ()
            if ids and self.things.one_kind(ids):
                yield Found(after, ids, {}, named=True)
        yield from self._listed_in_room(said, at)

    def _rooms_from(self, said: Sequence[Token], at: int) -> tuple[tuple[str, ...], int]:
        """The room, or the rooms, that are named from word `at` on, and the word behind."""
        while at < len(said) and said[at].raw in ARTICLES:
            at += 1
        if at < len(said):
            group, after = self._at(said, at)
            if group is not None and group.areas and not group.missing:
                return group.areas, after
        area, end = self.areas.begins(said, at, _MOST_WORDS)
        return ((area,), end) if area else ((), at)

    def _listed_in_room(self, said: Sequence[Token], at: int) -> Iterator[Found]:
        for length in (1, 2):
            head = said[at : at + length]
            if len(head) < length or not is_plural(head[-1]):
                continue
            for items, end in _lists(said, at + length, frozenset(), plural=True):
                if end + 1 >= len(said) or said[end].raw not in _WITHIN or not all(i[0].isdigit() for i in items):
                    continue
                rooms, after = self._rooms_from(said, end + 1)
                rows = [self.placed.row(head, room) for room in rooms]
                ids = tuple(row.get(item[0], "") for row in rows for item in items)
                if ids and all(ids) and self.things.one_kind(ids):
                    yield Found(after, ids, {}, named=True)

    # --- all that share a noun

    def _family(self, said: Sequence[Token], at: int, quantified: str) -> Iterator[Found]:
        if not quantified and at > 0 and said[at - 1].raw not in BEFORE_ALL:
            return
        parity, at = rows.parity_of(said, at)
        for length in range(_MOST_WORDS, 0, -1):
            head = said[at : at + length]
            if _goes_on(said, at + length, joined=False):
                continue
            if len(head) < length or any(token.owns for token in head):
                continue
            told = self.heads.get(folds(head))
            if told is None or tuple(token.raw for token in head) in self.areas.raw | self.things.raw:
                continue
            if not (is_plural(head[-1]) or quantified in _EVERY):
                continue
            if parity is not None:
                told = {item: id_ for item, id_ in told.items() if len(item) == 1 and item[0].isdigit()}
                told = {item: id_ for item, id_ in told.items() if int(item[0]) % 2 == parity}
            members = tuple(dict.fromkeys(told.values()))
            if len(members) >= LEAST:
                yield Found(at + length, members, told)
                return

    def _less(self, said: Sequence[Token], found: Found) -> Found:
        """`found` without what the sentence leaves out of it right behind it."""
        at = found.end
        at += at < len(said) and said[at].raw == ","
        for cue in _CUES:
            if tuple(token.raw for token in said[at : at + len(cue)]) != cue:
                continue
            gone, end = self._left_out(said, at + len(cue), found)
            members = tuple(id_ for id_ in found.members if id_ not in gone)
            if gone and members:
                return replace(found, end=end, members=members)
        return found

    def _left_out(self, said: Sequence[Token], at: int, found: Found) -> tuple[set[str], int]:
        """Members that are named from word `at` on, joined to each other, and the word after them."""
        told = {**found.told, **{name: id_ for name, id_ in self.areas.names.items() if id_ in found.members}}
        gone: set[str] = set()
        end = at
        while at < len(said):
            while at < len(said) and said[at].raw in ARTICLES | NUMBER:
                at += 1
            length = next(
                (
                    length
                    for length in range(_MOST_WORDS + 1, 0, -1)
                    if len(said[at : at + length]) == length
                    and not any(token.owns for token in said[at : at + length])
                    and told_key(said[at : at + length], told)
                ),
                0,
            )
            if not length:
                return set(), end
            gone.add(told[told_key(said[at : at + length], told)])
            at += length
            at += at < len(said) and said[at].raw in {"one", "ones"}
            end = at
            joint = at
            while at < len(said) and said[at].fold in _JOINTS | {"or", "nor"}:
                at += 1
            if at == joint:
                return self._bare(said, gone, end), end
        return set(), end

    def _bare(self, said: Sequence[Token], gone: set[str], end: int) -> set[str]:
        """`gone`, unless a noun goes on what was said: not the north cloister is left out but its light."""
        noun = end < len(said) and (said[end].fold in NOUNS or (said[end - 1].fold, said[end].fold) in self._pairs)
        return set() if noun else gone


def _goes_on(said: Sequence[Token], at: int, *, joined: bool = True) -> bool:
    """Whether a list goes on at word `at`, behind a joint or without, with a number that is no value."""
    joint = at - (not joined)
    while at < len(said) and said[at].fold in _JOINTS | {"or"}:
        at += 1
    behind = said[at + 1].fold if at + 1 < len(said) else ""
    return at > joint and at < len(said) and said[at].fold.isdigit() and behind not in _UNITS


def _told_by_a_clause(said: Sequence[Token], at: int) -> int:
    """Where a clause ends that begins at word `at` and tells some of what was named: "the cells that nobody sleeps in"."""
    if at >= len(said) or said[at].raw not in _TELLING:
        return at
    return next((end for end in range(at, len(said)) if said[end].raw in {",", ":"}), len(said))


def _part(said: Sequence[Token], at: int) -> int:
    """Where "half of the" begins that stands before word `at` and makes it some of what is named; `at`: nothing such does."""
    before = at
    while before and said[before - 1].raw in ARTICLES:
        before -= 1
    if before < 2 or said[before - 1].raw != "of":
        return at
    part = said[before - 2]
    return before - 2 if part.raw in _PARTS or part.fold.isdigit() else at


def told_key(said: Sequence[Token], told: Mapping[Stems, str]) -> Stems:
    """The key of `told` that words are; empty: they are none."""
    span = folds(said)
    for words_ in (span, tuple(SIDES.get(word, word) for word in span)):
        if words_ and words_ in told:
            return words_
    return ()


def _lists(
    said: Sequence[Token], at: int, known: frozenset[str], *, plural: bool, items: tuple[Stems, ...] = ()
) -> Iterator[tuple[tuple[Stems, ...], int]]:
    """What is listed from word `at` on, two or more items, and the word behind; `plural`: a plural is before it."""
    while at < len(said) and said[at].raw in ARTICLES | NUMBER and items:
        at += 1
    for length in (1, 2):
        span = said[at : at + length]
        if (
            len(span) < length
            or len(items) >= _MOST_ITEMS
            or not all(_tells(token, known, plural=plural) for token in span)
        ):
            return
        after = at + length
        more: tuple[Stems, ...] = (*items, folds(span))
        if length == 1 and (through := _through(said, at, plural=plural)):
            more, after = (*items, *through), at + 3
        if len(more) >= LEAST:
            yield more, after
        joint = after
        while after < len(said) and said[after].fold in _JOINTS:
            after += 1
        run = plural and after < len(said) and said[after - 1].fold.isdigit() and said[after].fold.isdigit()
        if after > joint or run:
            yield from _lists(said, after, known, plural=plural, items=more)


def _tells(token: Token, known: frozenset[str], *, plural: bool) -> bool:
    if plural and token.raw == "a":
        return "a" in known
    if tells_alone((token.fold,)) and token.raw not in {"a", "i"} | NUMBER:
        return not token.owns
    return token.fold in known and token.fold not in _JOINTS and token.raw not in _TO


def _through(said: Sequence[Token], at: int, *, plural: bool) -> tuple[Stems, ...]:
    """The numbers from one to another: "one to three"; none where that may be how something is set."""
    three = said[at : at + 3]
    if len(three) < 3 or three[1].raw not in _TO:
        return ()
    if plural and all(len(three[end].raw) == 1 and three[end].raw.isalpha() for end in (0, 2)):
        letters = range(ord(three[0].raw), min(ord(three[2].raw) + 1, ord(three[0].raw) + _MOST_ITEMS))
        return tuple((chr(letter),) for letter in letters)
    if not (three[0].fold.isdigit() and three[2].fold.isdigit()):
        return ()
    first, last = int(three[0].fold), int(three[2].fold)
    if not 0 <= first < last < first + _MOST_ITEMS:
        return ()
    if three[1].raw == "to":
        rest = {token.raw for token in said[at + 3 :]}
        before = [token.raw for token in said[:at]]
        verb = next((n for n in range(at - 1, -1, -1) if before[n] in _SETTING), at)
        settled = not _WITHIN.isdisjoint(before[verb:]) or not _STATES.isdisjoint(before[verb:])
        if not plural or (verb < at and not settled and rest.isdisjoint(_VALUED | _STATES)):
            return ()
    return tuple((str(number),) for number in range(first, last + 1))


def sweeps(text: str) -> bool:
    """Whether such a phrase is for all of a name, or tells its things by their rooms: "in every lab", "in labs 1 and 2"."""
    return not (_ALL | _EVERY | _WITHIN).isdisjoint(token.raw for token in tokens(text))
