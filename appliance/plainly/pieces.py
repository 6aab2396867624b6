"""A sentence as verbs, states, values, things and places, each with where it stands: what a correction may put another in the place of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from appliance.intents.durations import duration
from appliance.intents.numbers import number
from appliance.messages import Home
from appliance.resolver import colors
from appliance.resolver.spelling import Stems, stem, stems, stems_of
from appliance.resolver.vocabulary import NOUNS, RIGID
from appliance.text import Word, key, words

Kind = Literal["verb", "state", "value", "thing", "place", "it", "joint", "other"]

_MOST_WORDS = 6
"""Words of a name or an amount."""
JOINTS = frozenset({",", "and", "then", "also", "plus", "&"})
_ARTICLES = frozenset("the a an my our your his her their both all every each".split())
_OPENING = frozenset({"the", "my", "our", "an"})
"""Words that end no name."""
_AT_PLACES = frozenset("in at on inside from of".split())
_BEFORE_VALUES = frozenset("to at by for".split())
STATES = frozenset(
    """on off open opened closed shut up down out locked unlocked brighter dimmer darker warmer cooler colder louder quieter softer faster
    slower higher lower""".split()
)
VERBS = frozenset(
    """turn switch put set make dim brighten open close shut lock unlock start stop pause resume play mute unmute raise lower increase
    decrease reduce bring change adjust toggle press activate run arm disarm vacuum clean mow send water kill cut flip give get let heat
    cool warm turning switching leave keep show tell is are was were check""".split()
)
_BEFORE_VERBS = frozenset(
    """please you just then now so and to also ok okay oh well can could would will i we want like maybe , & don't not instead rather
    let's only better ternd""".split()
)
A_BIT = frozenset("bit little lot touch tad notch more further slightly".split())
"""Words of how much."""
_IT = frozenset("it them that this those these".split())
_UNITS = {
    "percent": "%", "%": "%", "percentage": "%", "degrees": "degree", "degree": "degree", "°": "degree", "celsius": "degree",
    "fahrenheit": "degree", "kelvin": "kelvin", "k": "kelvin", "points": "%",
    **dict.fromkeys("second seconds sec minute minutes min hour hours".split(), "time"),
}  # fmt: skip
_LEVELS = frozenset("halfway full maximum max minimum min medium low high".split())
_LEVEL_PHRASES = frozenset({"all the way", "half way", "completely", "fully"})
_SHARES = frozenset("half third quarter fifth tenth".split())
_STOPPING = frozenset(
    """to at by in on of from for with off up down out is are was be if when while until because so please no not it them that this
    those these i we you he she they too as well should can must may will would""".split()
)
"""Words that end a noun phrase."""
ONES = frozenset({"one", "ones"})
_NO_OWNERS = frozenset("it's that's there's he's she's what's who's let's here's".split())
_MOST_ARTICLED = 2
"""Words of an amount that begins with an article: "a third"."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of one kind, by the characters of its sentence."""

    kind: Kind
    lead: int
    """Where it begins with its article or preposition."""
    start: int
    end: int
    said: tuple[str, ...]
    """Its words, without article and preposition."""
    unit: str = ""
    """What a value is of: ``% degree kelvin time color level``, or nothing."""
    bare: int = 0
    """Where the number of a value ends."""
    named: str = ""
    """The name of the home that it is, where it is one."""

    @property
    def stems(self) -> Stems:
        """Its words as names are compared."""
        return stems(" ".join(self.said))

    @property
    def name(self) -> Stems:
        """The words of the name that it is; its own, where it is none."""
        return stems(self.named) if self.named else self.stems

    @property
    def implied(self) -> bool:
        """Whether only the number of its name was said."""
        return self.stems != self.name


@dataclass(frozen=True, slots=True)
class Parted:
    """A sentence, or what corrects one, by its clauses."""

    text: str
    clauses: tuple[tuple[Piece, ...], ...]

    @property
    def last(self) -> tuple[Piece, ...]:
        """The last clause."""
        return self.clauses[-1]

    def lead(self, piece: Piece) -> str:
        """The article or preposition of a piece, with its blank."""
        return self.text[piece.lead : piece.start]

    def core(self, piece: Piece) -> str:
        """The words of a piece without that."""
        return self.text[piece.start : piece.end]

    def whole(self, pieces: Sequence[Piece]) -> str:
        """The words from the first of some pieces to the last."""
        return self.text[pieces[0].lead : pieces[-1].end]

    def swapped(self, first: Piece, last: Piece, new: str) -> str:
        """The text with `new` for what reaches from one piece to another."""
        return f"{self.text[: first.lead]}{new}{self.text[last.end :]}"

    def all(self, *kinds: Kind) -> list[Piece]:
        """The pieces of these kinds."""
        return [piece for clause in self.clauses for piece in of_kind(clause, *kinds)]


class Pieces:
    """Parts the sentences of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self.names: dict[Stems, str] = {}
        self.domains: dict[Stems, frozenset[str]] = {}
        for entity in home.entities:
            for name in entity.names:
                span = stems(name)
                self.names.setdefault(span, name)
                self.domains[span] = self.domains.get(span, frozenset()) | {entity.domain}
        self.options = tuple(
            frozenset(key(str(option)) for option in options)
            for entity in home.entities
            if isinstance(options := entity.attributes.get("options"), list | tuple)
        )
        """What each thing with a few settings may be set to."""
        spoken = [name for place in home.places for name in place.names]
        self.places = frozenset(map(stems, spoken))
        self._letters = frozenset(
            name[-1] for name in self.names if len(name) > 1 and len(name[-1]) == 1 and name[-1].isalpha()
        )
        self._known = frozenset(word for name in (*self.names, *self.places) for word in name)

    def of(self, text: str) -> list[Piece]:
        """The pieces of `text`, in order."""
        said = words(text)
        found: list[Piece] = []
        at = 0
        while at < len(said):
            piece, at = self._next(said, at, found)
            found.append(piece)
        return found

    def part(self, text: str) -> Parted:
        """`text` by its clauses."""
        pieces = self.of(text)
        found: list[list[Piece]] = [[]]
        for at, piece in enumerate(pieces):
            if piece.kind == "joint" and _begins(found[-1], pieces[at + 1 :]):
                found.append([])
            else:
                found[-1].append(piece)
        return Parted(text, tuple(clause for clause in map(_trimmed, found) if clause))

    def _next(self, said: Sequence[Word], at: int, before: Sequence[Piece]) -> tuple[Piece, int]:
        """The piece that begins at word `at`, and where it ends."""
        word = said[at].text
        if word in JOINTS:
            return _piece("joint", said, at, at, at + 1), at + 1
        for reader in (self._place, self._thing, self._value, self._verb_or_state, self._phrase):
            if (found := reader(said, at, before)) is not None:
                return found
        return _piece("it" if word in _IT else "other", said, at, at, at + 1), at + 1

    def _place(self, said: Sequence[Word], at: int, before: Sequence[Piece]) -> tuple[Piece, int] | None:
        switched = said[at].text == "on" and before and before[-1].kind == "verb"  # "turn on the kitchen fan"
        start = at + (said[at].text in _AT_PLACES and not switched)
        start += start < len(said) and said[start].text in _ARTICLES
        for end in _ends(said, start):
            span = _stems(said, start, end)
            if start > at and span in self.names and span not in self.places:
                return None
            if span in self.places and (span not in self.names or said[at].text in _AT_PLACES):
                if said[at].text not in _AT_PLACES and self._goes_on(said, end):
                    return None
                return _piece("place", said, at, start, end), end
        return None

    def _goes_on(self, said: Sequence[Word], at: int) -> bool:
        """Whether a noun phrase goes on at word `at`, so that what stands before is no place by itself: "kitchen lights"."""
        word = said[at].text if at < len(said) else ""
        return word in ONES or (word not in STATES | JOINTS and stem(word) in self._known | NOUNS.keys())

    def _thing(self, said: Sequence[Word], at: int, before: Sequence[Piece]) -> tuple[Piece, int] | None:
        """A whole name, or a further number of one: "lamp 1 and 2"."""
        start = at
        while start < len(said) and said[start].text in _ARTICLES:
            start += 1
        for end in _ends(said, start):
            span = _stems(said, start, end)
            if span in self.names and not (end == start + 1 and said[start].text in VERBS | STATES | ONES):
                return _piece("thing", said, at, start, end, named=self.names[span]), end
        things = [piece for piece in before if piece.kind == "thing"][-1:]
        joined = len(before) > 1 and before[-1].kind == "joint" and before[-2] in things
        if joined and things[0].named and (at + 1 == len(said) or said[at + 1].text not in _UNITS):
            base = stems(things[0].named)
            span = (*base[:-1], *stems(said[at].text))
            if _counts(base[-1]) and _counts(span[-1]) and span in self.names:
                return _piece("thing", said, at, at, at + 1, named=self.names[span]), at + 1
        return None

    def _value(self, said: Sequence[Word], at: int, _before: Sequence[Piece]) -> tuple[Piece, int] | None:
        start = at + (said[at].text in _BEFORE_VALUES and at + 1 < len(said))
        for end in _ends(said, start):
            run = [word.text for word in said[start:end]]
            color = " ".join(run)
            colored = colors.rgb(color) is not None or colors.kelvin(color) is not None
            if colored and run[-1] not in JOINTS and run[0] not in _ARTICLES and not self._goes_on(said, end):
                return _piece("value", said, at, start, end, unit="color"), end
            timed = next((i for i, word in enumerate(run) if _UNITS.get(word) == "time"), 0)
            if timed and duration(run) is not None:
                return _piece("value", said, at, start, end, unit="time", bare=said[start + timed - 1].end), end
            if color in _LEVEL_PHRASES:
                return _piece("value", said, at, start, end, unit="level", bare=said[end - 1].end), end
            if run[0] in {"a", "an"} and not (len(run) == _MOST_ARTICLED and run[1] in _SHARES | {"hundred"}):
                continue
            level = len(run) == 1 and run[0] in _LEVELS and not self._goes_on(said, end)
            if not level and (run[-1] in JOINTS or run[0] in JOINTS or number(run) is None):
                continue
            if run == ["one"] and start and said[start - 1].text in _ARTICLES | {"other"}:
                continue
            last = end
            while last < len(said) and said[last].text in _UNITS:
                last += 1
            share = level or not _SHARES.isdisjoint(run)
            unit = _UNITS[said[end].text] if last > end else "level" if share else ""
            return _piece("value", said, at, start, last, unit=unit, bare=said[end - 1].end), last
        return None

    def _verb_or_state(self, said: Sequence[Word], at: int, before: Sequence[Piece]) -> tuple[Piece, int] | None:
        word = said[at].text
        opening = not before or before[-1].kind == "joint" or said[at - 1].text in _BEFORE_VERBS
        if word in VERBS and opening:
            return _piece("verb", said, at, at, at + 1), at + 1
        return (_piece("state", said, at, at, at + 1), at + 1) if word in STATES else None

    def _phrase(self, said: Sequence[Word], at: int, before: Sequence[Piece]) -> tuple[Piece, int] | None:
        """A noun phrase that is no whole name: "the left", "desk lamps", "the west one"."""
        if said[at].text in self._letters and (at + 1 == len(said) or said[at + 1].text in JOINTS | STATES):
            return _piece("thing", said, at, at, at + 1), at + 1
        start = at
        while start < len(said) and said[start].text in _ARTICLES:
            start += 1
        end = start
        while end < len(said) and end - start < _MOST_WORDS and self._in_phrase(said[end].text, led=start > at):
            end += 1
        if start < end < len(said) and said[end - 1].text == "number" and number([said[end].text]) is not None:
            end += 1
        led = start > at or (before and before[-1].kind == "verb")
        if not led and end == start + 1 and said[start].text in RIGID and before and before[-1].named:
            return None  # "send Rosie back"
        if {word.text for word in said[start:end]} <= A_BIT:
            return None
        telling = any(self._tells(word.text) for word in said[start:end])
        return (_piece("thing", said, at, start, end), end) if end > start and (telling or led) else None

    def _in_phrase(self, word: str, *, led: bool) -> bool:
        if word in _STOPPING | JOINTS | STATES | _LEVELS | _UNITS.keys() or not (word[0].isalnum()):
            return False
        return led or self._tells(word) or word in ONES

    def _tells(self, word: str) -> bool:
        """Whether a word may be part of what names a thing."""
        single = stem(word.replace("'", "").removesuffix("s") if word.endswith("'s") else word)
        return not {single, word}.isdisjoint(self._known | NOUNS.keys() | RIGID | {"other", "others", "number"}) or (
            word.endswith("'s") and word not in _NO_OWNERS
        )


def _piece(
    kind: Kind, said: Sequence[Word], lead: int, start: int, end: int, *, unit: str = "", bare: int = 0, named: str = ""
) -> Piece:
    spoken = tuple(word.text for word in said[start:end])
    return Piece(kind, said[lead].start, said[start].start, said[end - 1].end, spoken, unit, bare, named)


def _ends(said: Sequence[Word], start: int) -> Iterator[int]:
    """Where a run of words from `start` may end, the longest first."""
    return iter(range(min(len(said), start + _MOST_WORDS), start, -1))


def _stems(said: Sequence[Word], start: int, end: int) -> Stems:
    run = [word.text for word in said[start:end]]
    if "," in run or run[-1] in JOINTS | _OPENING or run[0] in JOINTS:
        return ()
    return stems_of(said[start:end])


def _counts(word: str) -> bool:
    """Whether a word is the number or letter at the end of a name."""
    return word.isdigit() or len(word) == 1


def of_kind(clause: Sequence[Piece], *kinds: Kind) -> list[Piece]:
    """The pieces of a clause that are of some kinds."""
    return [piece for piece in clause if piece.kind in kinds]


def _begins(clause: Sequence[Piece], rest: Sequence[Piece]) -> bool:
    """Whether `rest` begins a clause of its own behind `clause`."""
    end = next((at for at, piece in enumerate(rest) if piece.kind == "joint"), len(rest))
    kinds = {piece.kind for piece in rest[:end]}
    opening = next((piece.kind for piece in rest[:end] if piece.kind != "other"), "other")
    stated = {"state", "value"}
    done = not stated.isdisjoint(piece.kind for piece in clause)
    return opening == "verb" or (done and not stated.isdisjoint(kinds) and not {"thing", "place"}.isdisjoint(kinds))


def _trimmed(clause: Sequence[Piece]) -> tuple[Piece, ...]:
    """A clause without joints at its ends."""
    inside = [at for at, piece in enumerate(clause) if piece.kind != "joint"]
    return tuple(clause[inside[0] : inside[-1] + 1]) if inside else ()
