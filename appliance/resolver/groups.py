"""Several like rooms or things in one phrase: "cells two and five", "every cloister but the north one", "desk lamps 1 to 3".

What is alike the names of the home say: they share words and differ in a number, a letter or an adjective. A phrase that lists such words
beside the shared ones, or has the shared ones in the plural, stands for all of them; where one of the words leads to no name, it is no
such phrase, and whatever else it may be is left to be found out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from appliance.messages import Area, Entity, Floor, Home
from appliance.resolver import rows
from appliance.resolver.alike import (
    LEAST,
    ORDINALS,
    SIDES,
    Alike,
    Token,
    is_number,
    is_plural,
    spelt_alike,
    tells_alone,
    tokens,
)
from appliance.resolver.placed import Placed
from appliance.resolver.rows import Found
from appliance.resolver.spelling import Stems
from appliance.resolver.vocabulary import NOUNS, RIGID

_ARTICLES = frozenset({"the", "my", "our", "these", "those"})
_JOINTS = frozenset({",", "and", "&", "plus"})
_TO = frozenset({"to", "through", "thru", "till", "until", "-"})
_NUMBER = frozenset({"number", "nr", "no", "#"})
"""Words before a number that say no more: "number two"."""
_EVERY = frozenset({"every", "each"})
_ALL = frozenset({"all", "both"})
BEFORE_ALL = (
    _ARTICLES
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
_NO_HEADS = frozenset("room floor area space zone house home level side place light lamp door".split())
"""Words that many names end in though nobody means all of these by the plural."""
_MOST_WORDS = 3
"""Words before or behind a list that names share."""
_MOST_PLACED = 5
"""Words for a thing before its room."""
_MOST_ITEMS = 12
_MOST_KEPT = 512
"""Phrases that are remembered."""


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


class Groups:
    """The phrases for several like rooms or things of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._home = home
        self.areas = Alike([(name, area.id) for area in home.areas for name in _names(area)], lambda _id: "area")
        self.things = Alike(
            [(name, entity.id) for entity in home.entities for name in _names(entity)],
            lambda id_: id_.partition(".")[0],
            self._roomless(home),
        )
        self.floors = Alike([(name, floor.id) for floor in home.floors for name in _names(floor)], lambda _id: "floor")
        self.heads = self._heads()
        self._pairs = {pair for name in self.things.names for pair in pairwise(name)}
        self.placed = Placed(home)
        self._wholes: dict[str, Group] = {}
        self._found: dict[str, list[Group]] = {}

    @staticmethod
    def _roomless(home: Home) -> Iterator[tuple[Stems, str]]:
        """Names without the words of their room, where a side or number is left to tell them apart: "left blind"."""
        places = {area.id: {token.fold for name in _names(area) for token in tokens(name)} for area in home.areas}
        for entity in home.entities:
            span = tuple(token.fold for token in tokens(entity.name))
            left = tuple(word for word in span if word not in places.get(entity.area or "", ()))
            if (
                len(left) > 1
                and left != span
                and any(word in RIGID or word == "middle" or word.isdigit() for word in left)
            ):
                yield left, entity.id

    def _heads(self) -> dict[Stems, dict[Stems, str]]:
        """What several areas are called, to what tells them apart and their ids: "cell" of cells one to six, "bathroom" of all."""
        heads: dict[Stems, dict[Stems, str]] = defaultdict(dict)
        for name, area in self.areas.names.items():
            for length in range(1, min(_MOST_WORDS, len(name)) + 1):
                heads[name[-length:]].setdefault(name[:-length], area)
                if len(name) > length and is_number(name[length]) and len(name) == length + 1:
                    heads[name[:length]].setdefault(name[length:], area)
        kept = {}
        for head, told in heads.items():
            plain = head[-1] not in NOUNS and not head[-1].isdigit() and head not in self.floors.names
            numbered = all(map(is_number, (word for item in told for word in item)))
            if plain and len(set(told.values())) >= LEAST and (len(head) > 1 or head[0] not in _NO_HEADS or numbered):
                kept[head] = told
        return kept

    # --- whole phrases

    def find(self, text: str) -> list[Group]:
        """The phrases of `text` for several areas or things, in their order."""
        if text not in self._found:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            self._found[text] = self.among(tokens(text))
        return self._found[text]

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

    def places(self, text: str) -> tuple[str, ...]:
        """Ids of the areas that `text` as a whole stands for; empty: it is no such phrase."""
        whole = self._whole(text)
        return () if whole.missing or whole.others else whole.areas

    def beside(self, text: str, spoken: Iterable[str | None]) -> tuple[str, ...]:
        """Ids of the areas that "the other cells" are beside those `spoken` of; empty: `text` is no such phrase, or they are none."""
        whole = self._whole(text)
        left = tuple(area for area in whole.areas if area not in set(spoken))
        fits = whole.others and not whole.missing and len(left) < len(whole.areas)
        return left if fits else ()

    def levels(self, text: str) -> tuple[str, ...]:
        """Ids of the floors that `text` as a whole stands for; empty: it is no such phrase."""
        whole = self._whole(text)
        return () if whole.missing else whole.floors

    def is_called(self, text: str) -> bool:
        """Whether `text` as a whole is a name of the home or stands for several rooms or things."""
        span = tuple(token.fold for token in tokens(text) if token.raw not in _ARTICLES)
        return any(span in alike.names for alike in (self.areas, self.things)) or self._whole(text) != Group(0, 0)

    def sibling(self, words_: str, area: str | None) -> str | None:
        """Id of the area that is called like `area` but for `words_`: beside cell five "six" is cell six, of two "the other"."""
        said = [
            t for t in tokens(words_) if t.raw not in _ARTICLES | _NUMBER | {"in", "one", "ones"} or t.raw == words_
        ]
        span = tuple(token.fold for token in said)
        if not said or span in self.areas.names:
            return None
        if span[0] == "other":
            pairs = {
                frozenset(told.values())
                for head, told in self.heads.items()
                if area in told.values() and span[1:] in {(), head}
            }
            both = pairs.pop() if len(pairs) == 1 else frozenset()
            return next(iter(both - {area})) if len(both) == LEAST else None
        found = {told[_told(said, told)] for told in self.heads.values() if _told(said, told) and area in told.values()}
        return found.pop() if len(found) == 1 else None

    def less(self, text: str, exception: str) -> str:
        """`text` with `exception` right behind its only phrase for several rooms, one of which that is; at its end otherwise."""
        rooms = [group for group in self.find(text) if group.areas and not group.missing]
        span = tuple(token.fold for token in tokens(exception) if token.raw not in _ARTICLES)
        if len(rooms) == 1 and self.areas.names.get(span) in rooms[0].areas:
            end = rooms[0].end
            return f"{text[:end]} except {exception}{text[end:]}"
        return f"{text} except {exception}"

    def area_name(self, area: str) -> str:
        """The name of an area, in small letters; empty: there is none of this id."""
        return next((one.name.lower() for one in self._home.areas if one.id == area), "")

    def room_of(self, thing: str) -> str:
        """Id of the area of a thing; empty: it is in none."""
        return next((entity.area or "" for entity in self._home.entities if entity.id == thing), "")

    def alone(self, thing: str) -> bool:
        """Whether the name of a thing is that of no other."""
        name = next((entity.name for entity in self._home.entities if entity.id == thing), "")
        return self.things.names.get(spelt_alike(name)) == thing

    def others(self, words_: str, plural: Sequence[Token]) -> list[str]:
        """The names of all that some plural means but the one that "the middle one", "the last" of it is; empty: nobody knows."""
        item = [token.fold for token in tokens(words_) if token.raw not in _ARTICLES | _NUMBER | {"one", "ones"}]
        span = tuple(token.fold for token in plural)
        if len(item) != 1:
            return []
        row = self.things.numbered(span)
        ids = [row[number] for number in sorted(row)] or list(self.things.family((), span))
        ids += [middle] if not row and (middle := self.things.names.get(("middle", *span))) else []
        id_ = self.things.in_order("last", span) if item[0] == "last" else self.things.member((), (item[0],), span)
        id_ = row.get(int(item[0])) if item[0].isdigit() else id_
        names = {entity.id: entity.name for entity in self._home.entities}
        return [names[one] for one in ids if one != id_] if id_ in ids and self.things.one_kind(ids) else []

    def lacks(self, text: str) -> bool:
        """Whether `text` as a whole is such a phrase for what the home does not have all of, or for some of what it has."""
        return self._whole(text).missing

    def listed(self, text: str) -> tuple[str, ...]:
        """Ids of the things that `text` as a whole lists by what tells them apart; empty: it does not."""
        whole = self._whole(text)
        return () if whole.missing or whole.counted else whole.things

    def counted(self, text: str) -> tuple[str, ...]:
        """Ids of the things that `text` as a whole counts: "both dryers"; empty: it does not."""
        whole = self._whole(text)
        return whole.things if whole.counted and not whole.missing else ()

    @staticmethod
    def sweeps(text: str) -> bool:
        """Whether such a phrase is for all of a name, or tells its things by their rooms: "in every lab", "in labs 1 and 2"."""
        return not (_ALL | _EVERY | _WITHIN).isdisjoint(token.raw for token in tokens(text))

    def _whole(self, text: str) -> Group:
        if text not in self._wholes:
            if len(self._wholes) >= _MOST_KEPT:
                self._wholes.clear()
            self._wholes[text] = self._read(text)
        return self._wholes[text]

    def _read(self, text: str) -> Group:
        said = tokens(text)
        while said and said[0].raw in _ARTICLES:
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
        while (quantified in _ALL or of) and after < len(said) and said[after].raw in _ARTICLES | {"of"}:
            after += 1
        number = said[after].fold if after < len(said) else ""
        if number.isdigit() and (quantified in _ALL or (after > 0 and said[after - 1].raw in _ARTICLES)):
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
        before = tuple(token.fold for token in head)
        for length in range(_MOST_WORDS + 1):
            behind = said[end : end + length]
            if len(behind) < length or any(token.fold not in alike.vocabulary for token in behind[-1:]):
                return
            if not before and not length:
                continue
            after = tuple(token.fold for token in behind)
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
        if at >= len(said) or said[at].raw in _ARTICLES | _WITHIN:
            return
        before = [token.raw for token in said[max(0, at - 4) : at] if token.raw not in _ARTICLES | _WITHIN]
        if any(tuple(before[-len(cue) :]) == cue for cue in _CUES):
            yield from self._rooms(said, at)

    def _rooms(self, said: Sequence[Token], at: int) -> Iterator[Found]:
        """Rooms of any names, listed from word `at` on."""
        members: list[str] = []
        end = joint = at
        while joint < len(said):
            while joint < len(said) and said[joint].raw in _ARTICLES | {"in", "of"} and (joint > at or not members):
                joint += 1
            length = next((n for n in range(_MOST_WORDS, 0, -1) if self._is_area(said[joint : joint + n], n)), 0)
            if not length:
                return
            members.append(self.areas.names[tuple(token.fold for token in said[joint : joint + length])])
            end = joint = joint + length
            while joint < len(said) and said[joint].raw in {",", "and", "or"}:
                joint += 1
            if joint == end:
                break
        if joint > end:
            return
        if len(set(members)) >= LEAST and not (end < len(said) and said[end].fold in NOUNS):
            yield Found(end, tuple(dict.fromkeys(members)), {}, named=True)

    def _is_area(self, said: Sequence[Token], length: int) -> bool:
        return len(said) == length and not said[-1].owns and tuple(token.fold for token in said) in self.areas.names

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
        while at < len(said) and said[at].raw in _ARTICLES:
            at += 1
        if at < len(said):
            group, after = self._at(said, at)
            if group is not None and group.areas and not group.missing:
                return group.areas, after
        length = next((n for n in range(_MOST_WORDS, 0, -1) if self._is_area(said[at : at + n], n)), 0)
        name = tuple(token.fold for token in said[at : at + length])
        return ((self.areas.names[name],), at + length) if length else ((), at)

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
            told = self.heads.get(tuple(token.fold for token in head))
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
            while at < len(said) and said[at].raw in _ARTICLES | _NUMBER:
                at += 1
            length = next(
                (
                    length
                    for length in range(_MOST_WORDS + 1, 0, -1)
                    if len(said[at : at + length]) == length
                    and not any(token.owns for token in said[at : at + length])
                    and _told(said[at : at + length], told)
                ),
                0,
            )
            if not length:
                return set(), end
            gone.add(told[_told(said[at : at + length], told)])
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
    while before and said[before - 1].raw in _ARTICLES:
        before -= 1
    if before < 2 or said[before - 1].raw != "of":
        return at
    part = said[before - 2]
    return before - 2 if part.raw in _PARTS or part.fold.isdigit() else at


def _told(said: Sequence[Token], told: Mapping[Stems, str]) -> Stems:
    """The key of `told` that words are; empty: they are none."""
    span = tuple(token.fold for token in said)
    for words_ in (span, tuple(SIDES.get(word, word) for word in span)):
        if words_ and words_ in told:
            return words_
    return ()


def _names(thing: Area | Entity | Floor) -> tuple[str, ...]:
    return (thing.name, *thing.aliases)


def _lists(
    said: Sequence[Token], at: int, known: frozenset[str], *, plural: bool, items: tuple[Stems, ...] = ()
) -> Iterator[tuple[tuple[Stems, ...], int]]:
    """What is listed from word `at` on, two or more items, and the word behind; `plural`: a plural is before it."""
    while at < len(said) and said[at].raw in _ARTICLES | _NUMBER and items:
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
        more: tuple[Stems, ...] = (*items, tuple(token.fold for token in span))
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
    if tells_alone((token.fold,)) and token.raw not in {"a", "i"} | _NUMBER:
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
