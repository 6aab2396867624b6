"""Commands without a verb, written out: "desk lamp to 20, fan off" is "set desk lamp to 20, turn fan off".

The command model takes many such sentences for talk. A sentence is written out when all of it is things and how they are to be, one
pair after the other; a word that belongs to neither leaves it as it was said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from appliance.intents.numbers import number
from appliance.messages import Home
from appliance.plainly.pieces import JOINTS
from appliance.resolver import colors
from appliance.resolver.amounts import texts
from appliance.resolver.spelling import Stems, stems, stems_of
from appliance.resolver.vocabulary import NOUNS
from appliance.text import Word, words

_ENDINGS = (
    ("please", "and", "thank", "you"), ("please", "and", "thanks"), ("thank", "you"), ("thanks",),
    ("please",), ("now",), ("quick",), ("quickly",),
)  # fmt: skip
_ARTICLES = frozenset("the a an my our your his her their".split())
_POSSESSIVES = frozenset("its his her their".split())
_LINKS = frozenset({"of", "in"})
"""Words inside a thing: "lamp in the hall"."""
_UNITS = frozenset(
    "percent % degrees degree ° celsius fahrenheit c f kelvin k bar bars watt watts amp amps volts lux minutes hours seconds".split()
)
_TO = frozenset({"to", "at", "on"})
_OTHER = frozenset("one ones left right other upper lower front back big small".split())
_VERBS = frozenset("heat cool warm lower raise dim brighten".split())
"""Words that open a command though they may be part of a name, too."""
_STOPPING = frozenset(
    """to at on off up down by is are was be been what which who when where why how if i you we he she they it this that there here not
    no dont don't isn't aren't put set turn switch make let get go and or but with from for while until because so can could will would
    please open close shut lock unlock start stop play pause add""".split()
)
"""Words that are no part of a thing."""
_MOST_WORDS = 6
"""Words of a thing."""
_MOST_VALUE = 3
"""Words of a value that is no number: "warm white"."""
_COVERS = frozenset(word for word, noun in NOUNS.items() if noun.domain == "cover") | {"window", "door", "skylight"}
_SHARES = {"a quarter": 25, "quarter": 25, "a third": 33, "half": 50, "two thirds": 67, "three quarters": 75}
_MOVES = {
    "down": "close", "closed": "close", "shut": "close", "up": "open", "open": "open", "locked": "lock", "unlocked": "unlock",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Clause:
    """A thing and how it is to be, as a command, and where the next clause may begin."""

    thing: Stems
    command: str
    end: int
    valued: bool
    """It gives a value."""
    spoken: str = ""
    """The thing as it was said."""


class Terse:
    """Writes out what is said in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._places = frozenset(stems(name) for place in home.places for name in place.names)
        self._names = frozenset(stems(name) for entity in home.entities for name in entity.names)
        self._firsts = frozenset(name[0] for name in self._names if name)
        self._known = frozenset(word for thing in home.named for name in thing.names for word in stems(name)) | {
            entity.device_class for entity in home.entities if entity.domain == "valve" and entity.device_class
        }

        self._movers = frozenset(
            stems(name)
            for entity in home.entities
            if entity.domain in {"cover", "lock", "valve"}
            for name in entity.names
        )
        self._options = {
            stems(name): {stems(option) for option in texts(entity, "options")}
            for entity in home.entities
            if entity.domain in {"select", "input_select"}
            for name in entity.names
        }

    def written_out(self, text: str) -> str | None:
        """`text` with a verb in each clause; None: it has verbs, or something in it is no thing and no value."""
        if "?" in text:
            return None
        said = _bare(words(text))
        clauses: list[_Clause] = []
        joints: list[str] = []
        at = 0
        while at < len(said):
            start = at
            at = _past_joints(said, at)
            joint = " ".join(word.text for word in said[start:at])
            found = self._clauses(text, said, at) or self._elsewhere(text, said, at, clauses)
            if not found or (joint and not clauses) or (clauses and not joint and found[0].thing in self._places):
                return None
            joints += [joint, *("and" for _ in found[1:])]
            clauses += found
            at = found[-1].end
        if not clauses:
            return None
        made = clauses[0].command
        for joint, clause in zip(joints[1:], clauses[1:], strict=True):
            made += (", " if joint == "," else f" {joint or 'and'} ") + clause.command
        return made

    def _clauses(self, text: str, said: Sequence[Word], at: int) -> list[_Clause]:
        """The clause that begins at word `at`; one for each thing, where several share how they are to be: "lamp 1 and lamp 2 off"."""
        shared: list[str] = []
        while (end := self._named(said, at)) and (after := _past_joints(said, end)) > end:
            shared.append(text[said[at].start : said[end - 1].end])
            at = after
        start = at
        while at < len(said) and said[at].text in _ARTICLES:
            at += 1
        if at < len(said) and said[at].text in _STOPPING:
            return []
        ends = [*range(min(len(said) - 1, at + _MOST_WORDS), at, -1)]
        named = self._named(said, at)
        for end in (end for end in (named, *ends) if at < end < len(said)):
            if end == named or self._is_thing([word.text for word in said[at:end]]):
                things = [*shared, text[said[start].start : said[end - 1].end]]
                stated = [self._stated(text, said, end, thing) for thing in things]
                if all(stated):
                    return [clause for clause in stated if clause is not None]
        return []

    def _elsewhere(self, text: str, said: Sequence[Word], at: int, before: Sequence[_Clause]) -> list[_Clause]:
        """The clause that leaves out its thing: "lights off in the kitchen and on in the study"."""
        if (
            not before
            or at >= len(said)
            or said[at].text not in {"on", "off"}
            or (end := self._placed(said, at + 1)) == at + 1
        ):
            return []
        thing = before[-1].spoken
        return [
            _Clause(
                stems(thing),
                f"turn {thing} {text[said[at].start : said[end - 1].end]}",
                end,
                valued=False,
                spoken=thing,
            )
        ]

    def _placed(self, said: Sequence[Word], at: int) -> int:
        """Where "in the kitchen" ends that begins at word `at`; `at` itself: it does not."""
        if at < len(said) and said[at].text in {"in", "at"}:
            for end in range(min(len(said), at + _MOST_WORDS), at + 1, -1):
                if stems_of(said[at + 1 : end]) in self._places:
                    return end
        return at

    def _named(self, said: Sequence[Word], at: int) -> int:
        """Where the whole name of a thing ends that begins at word `at`; 0: none does."""
        first = said[at].text if at < len(said) else ""
        if first.isalpha() and first not in _ARTICLES and stems(first)[0] not in self._firsts:
            return 0
        for end in range(min(len(said), at + _MOST_WORDS), at, -1):
            name = stems_of(said[at:end])
            if said[end - 1].text not in JOINTS and name in self._names and name not in self._places:
                return end
        return 0

    def _is_thing(self, said: Sequence[str]) -> bool:
        """Whether words may be what a clause is about: some of a name or noun, and none of another part of speech."""
        inside = [
            word
            for at, word in enumerate(said)
            if at == 0 or not (word in _LINKS or (said[at - 1] in _LINKS and word in _ARTICLES))
        ]
        if said[0] in _VERBS | _LINKS or said[-1] in _LINKS | _ARTICLES or said[-1].endswith("'s"):
            return False
        if not _STOPPING.isdisjoint(inside) or not _ARTICLES.isdisjoint(inside):
            return False
        found = [word for spoken in inside if spoken not in _OTHER for word in stems(spoken)]
        return all(word in self._known or word in NOUNS for word in found) and not all(
            word.isdigit() for word in stems(" ".join(inside))
        )

    def _stated(self, text: str, said: Sequence[Word], at: int, thing: str) -> _Clause | None:
        """The clause of a thing whose words end before `at`: its state may have a place, and be an option that it has."""
        clause = _stated(text, said, at, thing, moved=stems(thing) in self._movers)
        if (
            clause is not None
            and said[at].text in {"on", "off"}
            and (end := self._placed(said, clause.end)) > clause.end
        ):
            command = f"{clause.command} {text[said[clause.end].start : said[end - 1].end]}"
            return replace(clause, command=command, end=end, spoken=thing)
        for end in range(min(len(said), at + _MOST_VALUE), at, -1) if clause is None else ():
            option = text[said[at].start : said[end - 1].end]
            if stems(option) in self._options.get(stems(thing), ()):
                return _Clause(stems(thing), f"set {thing} to {option}", end, valued=True)
        return clause


def _stated(text: str, said: Sequence[Word], at: int, thing: str, *, moved: bool) -> _Clause | None:
    """The clause of a thing whose words end before `at`; `moved`: it is known to open and close."""
    first = said[at].text
    after = said[at + 1].text if at + 1 < len(said) else ""
    if first in {"on", "off"} and not _value(said, at + 1):
        return _Clause(stems(thing), f"turn {thing} {first}", at + 1, valued=False)
    if first in {"up", "down"}:
        by = at + 1 + (after == "by")
        length = _value(said, by)
        if length:
            amount = text[said[by].start : said[by + length - 1].end]
            return _Clause(stems(thing), f"turn {thing} {first} by {amount}", by + length, valued=True)
    moved = moved or not _COVERS.isdisjoint(stems(thing))
    if first in _MOVES and moved and (after in JOINTS or not after):
        return _Clause(stems(thing), f"{_MOVES[first]} {thing}", at + 1, valued=False)
    if moved and (share := _share(said, at)):
        return _Clause(stems(thing), f"set {thing} to {share[0]} percent", share[1], valued=True)
    if first == "halfway" and moved:
        end = at + 1 + (after in {"open", "up", "down"})
        return _Clause(stems(thing), f"open {thing} halfway", end, valued=True)
    length = _value(said, at + 1 + (after == "at"))
    if colors.rgb(first) is not None and first.isalpha() and (length or not after or after in JOINTS):
        value = at + 1 + (after == "at")
        level = f" at {text[said[value].start : said[value + length - 1].end]}" if length else ""
        return _Clause(
            stems(thing), f"set {thing} to {first}{level}", value + length if length else at + 1, valued=True
        )
    to = at + (first in _TO)
    length = _value(said, to) or (_words_of_value(said, to) if to > at and first == "to" else 0)
    if not length:
        return None
    amount = text[said[to].start : said[to + length - 1].end]
    return _Clause(stems(thing), f"set {thing} to {amount}", to + length, valued=True)


def _share(said: Sequence[Word], at: int) -> tuple[int, int] | None:
    """How far something is to be open that begins at word `at`, in percent, and the word behind: "three quarters open"."""
    for length in (2, 1):
        share = _SHARES.get(" ".join(word.text for word in said[at : at + length]))
        if share is not None and len(said) >= at + length:
            end = at + length + (at + length < len(said) and said[at + length].text in {"open", "up"})
            return (share, end) if end == len(said) or said[end].text in JOINTS else None
    return None


def _value(said: Sequence[Word], at: int) -> int:
    """How many words from `at` on are a number with its unit; 0: none."""
    for end in range(min(len(said), at + 6), at, -1):
        amount = [word.text for word in said[at:end]]
        while amount and amount[-1] in _UNITS:
            amount.pop()
            amount = amount[:-1] if amount[-1:] == ["a"] else amount
        if amount and amount[0] not in {"a", "an"} and _number(amount):
            return end - at
    return 0


def _number(amount: Collection[str]) -> bool:
    read = list(amount)
    return read[0] not in JOINTS and read[-1] not in JOINTS and number(read) is not None


def _words_of_value(said: Sequence[Word], at: int) -> int:
    """How many words up to the next joint are a value such as "eco" or "warm white"; 0: none are."""
    end = at
    while end < len(said) and said[end].text not in JOINTS:
        end += 1
    fits = 0 < end - at <= _MOST_VALUE and (_STOPPING | _POSSESSIVES).isdisjoint(word.text for word in said[at:end])
    return end - at if fits else 0


def _past_joints(said: Sequence[Word], at: int) -> int:
    """The first word from `at` on that joins no clauses."""
    while at < len(said) and said[at].text in JOINTS:
        at += 1
    return at


def _bare(said: Sequence[Word]) -> Sequence[Word]:
    """`said` without what is only polite at its end."""
    while ending := next((e for e in _ENDINGS if tuple(word.text for word in said[-len(e) :]) == e), ()):
        said = said[: -len(ending)]
    while said and said[-1].text == ",":
        said = said[:-1]
    return said
