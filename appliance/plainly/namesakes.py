"""Which thing of a home a few words mean beside another that was just named: "the right one" after the left blind, "2" after lamp 1."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.plainly.pieces import ONES, Parted, Piece, Pieces, of_kind
from appliance.resolver.spelling import Stems, stem, stems
from appliance.resolver.vocabulary import NOUNS, RIGID

_NUMBER = "number"
OTHER = frozenset({"other", "others"})


class Namesakes:
    """The names of one home. Immutable after construction."""

    def __init__(self, pieces: Pieces) -> None:
        """Store the names."""
        self._names = pieces.names
        self._domains = pieces.domains
        self._places = pieces.places

    def is_whole(self, name: str) -> bool:
        """Whether words are the name of a thing that says where it is, too."""
        return stems(name) in self._names and len(stems(name)) > 1

    def akin(self, one: Piece, other: Piece) -> bool:
        """Whether two names are of one domain."""
        return not self._of(one).isdisjoint(self._of(other))

    def begun(self, one: Piece, other: Piece) -> bool:
        """Whether words are those of a name without the noun that another name ends in, too: "the big" of "the big, small shutter"."""
        names = ((*one.stems, *other.name[at:]) for at in range(1, len(other.name)))
        return any(not self._domains.get(name, frozenset()).isdisjoint(self._of(other)) for name in names)

    def _of(self, piece: Piece) -> frozenset[str]:
        return self._domains.get(piece.name, frozenset())

    def thing(self, after: Parted, piece: Piece, old: Piece | None) -> str | None:
        """The thing that a piece of a correction means, in whole words, beside the `old` one; None: it cannot be told."""
        said = _telling(piece)
        if piece.named and (old is None or not old.named or len(piece.stems) > 1 or not self.grafted(old, piece)):
            return piece.named if piece.implied else after.core(piece)
        if not said:
            return None
        if not OTHER.isdisjoint(said):
            vague = {*said[:-1], stem(said[-1])} <= OTHER | NOUNS.keys()
            siblings = self.siblings(old) if old is not None and vague else []
            return siblings[0] if len(siblings) == 1 else None
        if old is not None and (grown := self.grafted(old, piece)):
            return grown
        if piece.said[0] == _NUMBER:
            return None
        noun = old.said[-1] if old is not None and stem(old.said[-1]) in NOUNS else ""
        if len(said) < len(piece.said):
            return f"{' '.join(said)} {noun}" if noun else None
        if set(said) <= RIGID and old is not None:  # "just the left"
            return None if old.named else " ".join((*said, *old.said[:-1], stem(old.said[-1])))
        return after.core(piece)

    def grafted(self, old: Piece, piece: Piece) -> str:
        """The name that `old` becomes with the words of `piece` in the place of some of its own; empty: none, or not one only."""
        new = stems(" ".join(_telling(piece) or piece.said))
        if not new or new == old.name:
            return ""
        for own in dict.fromkeys((old.name if old.implied and len(old.said) == 1 else old.stems, old.name)):
            for length in range(len(own) + 1):
                spans = {(*own[:at], *new, *own[at + length :]) for at in range(len(own) - length + 1)}
                found = [
                    span for span in spans & self._names.keys() - {own, old.name} if length < len(own) or span != new
                ]
                if found:
                    return self._names[found[0]] if len(found) == 1 else ""
        return ""

    def place(self, clause: Sequence[Piece], new: Parted) -> str:
        """The place that "the green one" is beside the blue dorm of a clause; empty: it is a thing, or no such."""
        places = of_kind(clause, "place")
        if len(new.clauses) != 1 or len(new.last) != 1 or not places:
            return ""
        piece = new.last[0]
        things = of_kind(clause, "thing")
        if piece.kind != "thing" or piece.named or any(self.grafted(thing, piece) for thing in things):
            return ""
        old, word = places[-1].stems, stems(" ".join(_telling(piece)))
        spans = {(*old[:at], *word, *old[at + 1 :]) for at in range(len(old))} & self._places - {old}
        return " ".join(spans.pop()) if len(word) == 1 and len(old) > 1 and len(spans) == 1 else ""

    def within_sibling(self, places: Sequence[Piece], thing: Piece) -> bool:
        """Whether a thing is called after a place that is called like the last of these: the Lab 3 extractor beside lab 2."""
        old = places[-1].stems if places else ()
        head = thing.name[: len(old)]
        return bool(thing.named) and 1 < len(old) < len(thing.name) and head in self._places and _differ(head, old) == 1

    def siblings(self, old: Piece) -> list[str]:
        """The names that differ from that of `old` in one word, of the same domain."""
        return [
            spelt
            for name, spelt in self._names.items()
            if _differ(name, old.name) == 1 and not self._domains[name].isdisjoint(self._of(old))
        ]


def _telling(piece: Piece) -> tuple[str, ...]:
    """The words of a piece that tell which thing it is: "2" of "number 2", "west" of "west one"."""
    if piece.said[0] == _NUMBER and len(piece.said) > 1:
        return piece.said[1:]
    return tuple(word for word in piece.said if word not in ONES)


def is_same(span: Stems, old: Piece) -> bool:
    """Whether words stand for a thing of a sentence: all of its words, or some of them."""
    return bool(span) and (span in {old.name, old.stems} or set(span) <= set(old.name))


def _differ(name: Stems, other: Stems) -> int:
    """How many words of two names of one length differ; -1: they have not."""
    return sum(a != b for a, b in zip(name, other, strict=True)) if len(name) == len(other) else -1
