"""What the names of a home share, and which phrases stand for several of its rooms or things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from appliance.messages import Home
from appliance.resolver.alike import (
    LEAST,
    Alike,
    Token,
    folds,
    is_number,
    spelt_alike,
    tokens,
)
from appliance.resolver.placed import Placed
from appliance.resolver.several import ARTICLES, NUMBER, Group, Several, told_key
from appliance.resolver.spelling import Stems
from appliance.resolver.vocabulary import NOUNS, RIGID

_NO_HEADS = frozenset("room floor area space zone house home level side place light lamp door".split())
"""Words that many names end in though nobody means all of these by the plural."""
_MOST_WORDS = 3
"""Words that areas share."""
_MOST_KEPT = 512
"""Phrases that are remembered."""


class Groups:
    """The phrases for several like rooms or things of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self.room_of = {entity.id: entity.area or "" for entity in home.entities}
        """Id of the area of a thing; empty: it is in none."""
        self.areas = Alike([(name, area.id) for area in home.areas for name in area.names], lambda _id: "area")
        self.things = Alike(
            [(name, entity.id) for entity in home.entities for name in entity.names],
            lambda id_: id_.partition(".")[0],
            self._roomless(home),
        )
        self.floors = Alike([(name, floor.id) for floor in home.floors for name in floor.names], lambda _id: "floor")
        self.heads = self._heads()
        self.placed = Placed(home)
        self._several = Several(self.areas, self.things, self.floors, self.heads, self.placed)
        self.among = self._several.among
        """The phrases among words for several areas or things, in their order."""
        self._wholes: dict[str, Group] = {}
        self._found: dict[str, list[Group]] = {}

    @staticmethod
    def _roomless(home: Home) -> Iterator[tuple[Stems, str]]:
        """Names without the words of their room, where a side or number is left to tell them apart: "left blind"."""
        places = {area.id: {token.fold for name in area.names for token in tokens(name)} for area in home.areas}
        for entity in home.entities:
            span = folds(tokens(entity.name))
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
        span = tuple(token.fold for token in tokens(text) if token.raw not in ARTICLES)
        return any(span in alike.names for alike in (self.areas, self.things)) or self._whole(text) != Group(0, 0)

    def sibling(self, words_: str, area: str | None) -> str | None:
        """Id of the area that is called like `area` but for `words_`: beside cell five "six" is cell six, of two "the other"."""
        said = [t for t in tokens(words_) if t.raw not in ARTICLES | NUMBER | {"in", "one", "ones"} or t.raw == words_]
        span = folds(said)
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
        found = {
            told[told_key(said, told)] for told in self.heads.values() if told_key(said, told) and area in told.values()
        }
        return found.pop() if len(found) == 1 else None

    def less(self, text: str, exception: str) -> str:
        """`text` with `exception` right behind its only phrase for several rooms, one of which that is; at its end otherwise."""
        rooms = [group for group in self.find(text) if group.areas and not group.missing]
        span = tuple(token.fold for token in tokens(exception) if token.raw not in ARTICLES)
        if len(rooms) == 1 and self.areas.names.get(span) in rooms[0].areas:
            end = rooms[0].end
            return f"{text[:end]} except {exception}{text[end:]}"
        return f"{text} except {exception}"

    def alone(self, thing: str) -> bool:
        """Whether the name of a thing is that of no other."""
        return self.things.names.get(spelt_alike(self.things.called[thing])) == thing

    def others(self, words_: str, plural: Sequence[Token]) -> list[str]:
        """The names of all that some plural means but the one that "the middle one", "the last" of it is; empty: nobody knows."""
        item = [token.fold for token in tokens(words_) if token.raw not in ARTICLES | NUMBER | {"one", "ones"}]
        span = folds(plural)
        if len(item) != 1:
            return []
        row = self.things.numbered(span)
        ids = [row[number] for number in sorted(row)] or list(self.things.family((), span))
        ids += [middle] if not row and (middle := self.things.names.get(("middle", *span))) else []
        id_ = self.things.in_order("last", span) if item[0] == "last" else self.things.member((), (item[0],), span)
        id_ = row.get(int(item[0])) if item[0].isdigit() else id_
        return (
            [self.things.called[one] for one in ids if one != id_] if id_ in ids and self.things.one_kind(ids) else []
        )

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

    def _whole(self, text: str) -> Group:
        if text not in self._wholes:
            if len(self._wholes) >= _MOST_KEPT:
                self._wholes.clear()
            self._wholes[text] = self._several.whole(text)
        return self._wholes[text]
