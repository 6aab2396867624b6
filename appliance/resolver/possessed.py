"""What is whose, by the names of the home: "lab three's extractor" is its Lab 3 extractor, "Piet's" behind "Anouk's lamp" is Piet's lamp.

Rooms, things and people own what is called after them. A second one may leave out what it is, "classroom A's projector and D's", and so
do the rooms behind a word for several: "in the children's rooms, Ella's and Toby's". The owner may be said last: "the lamp of Priya",
"the lamp on for Priya". Sentences are looked through before corrections,
which may be about an owner, and again once misheard names are mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise

from appliance.messages import Home
from appliance.resolver.alike import Edit, Token, edited, is_number, is_plural, spelt_alike, tokens
from appliance.resolver.groups import Groups
from appliance.resolver.spelling import ARTICLES, Stems, stems
from appliance.resolver.vocabulary import NOUNS

_MOST_WORDS = 4
"""Words of an owner, and of what is owned."""
_BEHIND = frozenset(
    """, : and or on off up down please too also only open closed shut is are excluded not but then now to at a an half
    halfway two three as by instead""".split()
)
"""What may follow "the blue dorm's" where its noun is left out."""
_MOST_TURNED = 6
"""Words of a name that is said before its owner."""
_LEAST_FOR = 5
"""Words of a sentence that ends in "for Eli"."""
_EXEMPTING = frozenset("except excepting apart aside other besides but bar not save excluding".split())
_ROOM = re.compile(r"(?P<owner>[^\W\d_]+['’]s?) (?:room|bedroom|study|office|den)", re.IGNORECASE)
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
        self._rooms: dict[Stems, str] = {}
        for name in (name for area in home.areas for name in area.names):
            if (room := _ROOM.fullmatch(name)) is not None:
                self._rooms.setdefault(stems(room["owner"]), name)

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

    # --- the owner last

    def turned(self, text: str) -> str:
        """`text` with names whose owner was said last, and with a person's room for the things of which it leaves some out."""
        for rule in (self._of, self._in_their_room, self._for):
            text = edited(text, islice(rule(tokens(text)), 1)).strip()
        return text

    def _of(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the desk lamp of Priya"."""
        for at, token in enumerate(said):
            for start in range(max(0, at - _MOST_TURNED), at) if token.raw == "of" else ():
                for end in range(min(len(said), at + 3), at + 1, -1):
                    if (name := self._called(said[start:at], said[at + 1 : end])) and not _goes_on(said, end):
                        yield said[_with_article(said, start)].start, said[end - 1].end, name

    def _for(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "put the star projector on for Eli"."""
        if len(said) < _LEAST_FOR or said[-2].raw != "for":
            return
        for start in range(len(said) - 3):
            for end in range(min(len(said) - 2, start + _MOST_TURNED), start, -1):
                if name := self._called(said[start:end], said[-1:]):
                    rest = [token.raw for token in said[end:-2]]
                    yield said[_with_article(said, start)].start, said[-1].end, " ".join((name, *rest))

    def _called(self, what: Sequence[Token], owner: Sequence[Token]) -> str:
        """The name of what somebody owns; empty: there is none of these words."""
        if what[0].raw in ARTICLES or not what[0].raw[0].isalnum():
            return ""
        return self._things.get(tuple(t.fold for t in (*owner, *what) if t.raw not in ARTICLES), "")

    def _in_their_room(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "all of Freya's lights other than the unicorn": all the lights in Freya's room."""
        if _EXEMPTING.isdisjoint(token.raw for token in said):
            return
        for at, (owner, noun) in enumerate(pairwise(said)):
            room = self._rooms.get(stems(owner.raw)) if owner.owns else None
            if room is None or not is_plural(noun) or noun.fold not in NOUNS or _folds((owner, noun)) in self._things:
                continue
            start = at
            while start and said[start - 1].raw in {"all", "of", "the"}:
                start -= 1
            yield said[start].start, noun.end, f"all the {noun.raw} in {room}"

    def _each_room(self, found: re.Match[str]) -> str:
        owners = [found["one"], *found["more"].split(", ")[1:], found["last"]]
        rooms = [self._rooms.get(stems(owner)) for owner in owners]
        return found[0] if None in rooms else " and ".join(room for room in rooms if room)


def stands_alone(said: Sequence[Token], at: int) -> bool:
    """Whether a noun may be left out behind word `at`: nothing follows in the same clause, or a word that begins no name."""
    return at + 1 == len(said) or said[at + 1].raw in _BEHIND or said[at + 1].start > said[at].end + 1


def _with_article(said: Sequence[Token], start: int) -> int:
    return start - (start > 0 and said[start - 1].raw in ARTICLES)


def _goes_on(said: Sequence[Token], at: int) -> bool:
    """Whether a number or letter is joined to the word before `at`: in "the doors of cells one and two" no cell is alone."""
    joint = at
    while at < len(said) and said[at].raw in {",", "and", "&", "to", "through", "or"}:
        at += 1
    return joint < at < len(said) and is_number(said[at].fold)


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
