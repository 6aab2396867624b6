"""One of several like rooms or things, said otherwise than its name has it: "the second desk lamp", "the southern cloister", "number five".

What a home has several of, people tell apart by order and place. Such words become those of the name before the sentence is read. An
ordinal stands for a number only where names of the home count from one on; where no name comes of the words, they stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, takewhile

from appliance.messages import Home
from appliance.resolver.alike import LEAST, ORDINALS, SIDES, Edit, Token, folds, is_plural, tokens
from appliance.resolver.antecedents import Antecedents, area_behind
from appliance.resolver.compared import SUPERLATIVES
from appliance.resolver.groups import Groups
from appliance.resolver.lettered import rooms_named
from appliance.resolver.mended import Mended
from appliance.resolver.possessed import Possessed
from appliance.resolver.several import BEFORE_ALL
from appliance.resolver.spelling import Stems
from appliance.resolver.vocabulary import NOUNS, NUMBER_WORDS, RIGID

_Rule = Callable[[Sequence[Token]], Iterator[Edit]]
_NUMBER = frozenset({"number", "nr", "#"})
_UNITS = frozenset("percent % degree ° minute hour second am pm o'clock oclock kelvin".split())
_MOST_WORDS = 4
_MOST_PLACED = 5
"""Words for a thing before its room."""
_THAT_IS = ({"that's", "thats", "which's"}, {"that", "which"}, {"is", "are", "hangs", "stands"})
_ASKING = frozenset({"which", "what", "many"})
_ARTICLES = frozenset({"the", "their", "its", "a", "an"})
_BEING = frozenset("on off open closed shut locked unlocked".split())
_SOUNDING = {"for": "4", "fore": "4", "to": "2", "too": "2", "won": "1", "ate": "8"}
_LEFT_OUT = frozenset("only except but bar from than not leave keep without".split())
_PARITY = frozenset({"even", "odd", "-", "numbered", "number"})
_STATED = frozenset("on off up down open closed shut to at".split())
_IN_WORDS = {digit: word for word, digit in NUMBER_WORDS.items()}
_POINTING = RIGID | {"middle", "last", *ORDINALS}


class Singles:
    """Puts the names of one home for what is told apart otherwise. Immutable after construction."""

    def __init__(self, home: Home, groups: Groups) -> None:
        """Look through `home`."""
        self._groups = groups
        self._owned_by = Possessed(home, groups)
        self._before = Antecedents(groups)
        self._names = groups.areas.names.keys() | groups.things.names.keys() | groups.floors.names.keys()
        self._told = [frozenset(name) for name in groups.things.names if not RIGID.isdisjoint(name) or "middle" in name]

    def put(self, text: str) -> Mended | None:
        """`text` with names for what it tells apart otherwise; None: it tells nothing apart so."""
        before = self._before
        rules: tuple[_Rule, ...] = (
            self._heard, self._lettered, self._owned_by.edits, self._which_of, self._whose, self._which_rooms, self._number, self._one_of,
            self._pointed, self._sides, self._ordinal, before.other, before.one, before.one_in, self._inside, self._apposed, before.elided,
            self._placed, self._parities, self._counted_on, before.sibling, self._same_noun,
        )  # fmt: skip
        changed: list[tuple[str, str]] = []
        put, said = text, tokens(text)
        for rule in rules:
            for start, end, name in sorted(rule(said), reverse=True):
                changed.append((name, put[start:end]))
                put = put[:start] + name + put[end:]
                said = tokens(put)
        return Mended(put, tuple(changed)) if put != text else None

    def _lettered(self, said: Sequence[Token]) -> Iterator[Edit]:
        yield from rooms_named(said, self._groups)

    def _placed(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the second bunk lamp in the green dorm", "the green dorm's second bunk lamp" of a Green bunk lamp 2."""
        placed = self._groups.placed
        for at in range(len(said)):
            for end in placed.spans(said, at, _MOST_PLACED):
                area, after = area_behind(said, end, self._groups)
                counted = any(t.fold.isdigit() or t.fold in ORDINALS or t.raw == "last" for t in said[at:end])
                left_out = not _LEFT_OUT.isdisjoint(token.raw for token in said[max(0, at - 4) : at])
                if not area or is_plural(said[end - 1]) or not (counted or left_out):
                    continue
                last = said[at].raw == "last" and end > at + 1
                id_ = placed.lasts(said[at + 1 : end], area) if last else placed.one(said[at:end], area)
                named = self._groups.things.names.get(folds(said[at:end])) is not None
                if id_ and not named and self._groups.alone(id_):
                    yield said[at].start, said[after - 1].end, self._groups.things.called[id_].lower()
                    return

    # --- numbers

    def _heard(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "cell for lamp" of a Cell four lamp: what sounds like a number within a name."""
        for at in range(1, len(said) - 1):
            number = _SOUNDING.get(said[at].raw)
            if number is None:
                continue
            before, behind = ([t.fold for t in part] for part in (said[:at], said[at + 1 :]))
            names = self._groups.things.names
            if any(
                (*before[-n:], number, *behind[:m]) in names and len(before) >= n and len(behind) >= m
                for n in range(1, _MOST_WORDS)
                for m in range(1, _MOST_WORDS)
            ):
                yield said[at].start, said[at].end, _IN_WORDS[number]

    def _number(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "cell number five", "number five's bedside light", "in number five"."""
        for at in range(len(said) - 1):
            number = said[at + 1]
            if said[at].raw not in _NUMBER or not number.fold.isdigit():
                continue
            before = next((n for n in range(1, _MOST_WORDS) if self._named(said[max(0, at - n) : at], number)), 0)
            if before:
                yield said[at].start, number.start, ""
            elif number.owns:
                yield from self._owned(said, at, number)
            elif at and said[at - 1].raw in {"in", "at"} and not self._counts(said, at + 2):
                areas = {id_ for name, id_ in self._groups.areas.names.items() if number.fold in name}
                if len(areas) == 1:
                    yield said[at].start, number.end, self._groups.areas.called[areas.pop()].lower()

    def _named(self, before: Sequence[Token], number: Token) -> bool:
        return (*(token.fold for token in before), number.fold) in self._names if before else False

    def _owned(self, said: Sequence[Token], at: int, number: Token) -> Iterator[Edit]:
        for length in range(_MOST_WORDS, 0, -1):
            behind = said[at + 2 : at + 2 + length]
            wanted = {number.fold, *(token.fold for token in behind)}
            found = {id_ for name, id_ in self._groups.things.names.items() if wanted <= set(name)}
            if len(behind) == length and len(found) == 1:
                yield said[at].start, behind[-1].end, self._groups.things.called[found.pop()].lower()
                return

    @staticmethod
    def _counts(said: Sequence[Token], at: int) -> bool:
        return at < len(said) and said[at].fold in _UNITS

    # --- questions

    def _which_of(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "which of the two dryers is running": are the dryers running; the answer tells them apart."""
        if [token.raw for token in said[:3]] != ["which", "of", "the"]:
            return
        first = 3 + (len(said) > 3 and said[3].fold.isdigit())
        for end in range(first + 1, min(len(said), first + 1 + _MOST_WORDS)):
            span = folds(said[first:end])
            if said[end].raw in {"is", "are"} and is_plural(said[end - 1]) and self._groups.things.numbered(span):
                yield said[0].start, said[first].start, "are the "
                yield said[end].start, said[end + 1 if end + 1 < len(said) else end].start, ""
                return

    def _whose(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "which cell's radiator": which radiator in the cells."""
        for before, owner, noun in zip(said, said[1:], said[2:], strict=False):
            head = (owner.fold,)
            if before.raw in _ASKING and owner.owns and head in self._groups.heads and noun.fold in NOUNS:
                yield owner.start, noun.end, f"{noun.raw} in the {owner.fold}s"

    def _which_rooms(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "which cell is the coldest", which room in the cells is, and "which cells have their window open"."""
        for at in range(1, len(said) - 2):
            head = said[at]
            if said[at - 1].raw not in _ASKING or head.owns or (head.fold,) not in self._groups.heads:
                continue
            behind = [token for token in said[at + 1 :] if token.raw not in _ARTICLES]
            if len(behind) < LEAST:
                continue
            if behind[0].raw in {"is", "are"} and behind[1].raw in SUPERLATIVES:
                yield head.start, head.end, f"room in the {head.fold}s"
            if behind[0].raw in {"has", "have"} and len(behind) == len(("have", "window", "open")):
                _, noun, state = behind
                if noun.fold in NOUNS and state.raw in _BEING:
                    yield head.start, state.end, f"{noun.fold}s in the {head.fold}s are {state.raw}"

    def _apposed(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the outer two desk lamps, 1 and 4," once more by their numbers."""
        marks = [at for at, token in enumerate(said) if token.raw == ","]
        for first, last in pairwise(marks):
            numbers = {token.fold for token in said[first + 1 : last] if token.raw != "and"}
            if not numbers or not all(number.isdigit() for number in numbers):
                continue
            for group in self._groups.among(said[:first]):
                names = [tokens(self._groups.things.called[id_]) for id_ in group.things]
                if names and {token.fold for name in names for token in name if token.fold.isdigit()} == numbers:
                    yield said[first].start, said[last].end, ""

    # --- order

    def _ordinal(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the second desk lamp", "the last corridor light", "the fourth cell"."""
        at = 0
        while at < len(said):
            edit, after = self._in_order(said, at)
            if edit is not None:
                yield edit
            at = max(after, at + 1)

    def _in_order(self, said: Sequence[Token], at: int) -> tuple[Edit | None, int]:
        if said[at].fold not in ORDINALS and said[at].raw != "last":
            return None, at
        for length in range(_MOST_WORDS, 0, -1):
            behind = said[at + 1 : at + 1 + length]
            if len(behind) < length or any(token.raw in {",", "and"} for token in behind) or is_plural(behind[-1]):
                continue
            if self._listed(said, at) or (at and said[at - 1].raw in {"every", "each"}):
                return None, at
            span = folds(behind)
            after = said[at + 1 + length].fold if at + 1 + length < len(said) else ""
            if (said[at].fold, *span) in self._names or "floor" in span[:1]:
                return None, at
            for alike in (self._groups.areas, self._groups.things):
                if not after.isdigit() and (id_ := alike.in_order(said[at].fold, span)):
                    name = _owning(alike.called[id_].lower()) if behind[-1].owns else alike.called[id_].lower()
                    return (said[at].start, behind[-1].end, name), at + 1 + length
        return None, at

    @staticmethod
    def _listed(said: Sequence[Token], at: int) -> bool:
        """Whether an ordinal goes on a list of such: "the first and the third"."""
        before = [token for token in said[max(0, at - 3) : at] if token.raw != "the"]
        return len(before) > 1 and before[-1].raw in {",", "and"} and before[-2].fold in ORDINALS

    def _parities(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "even numbered lamp posts off, odd numbered ones on"."""
        heads = [
            [t.raw for t in said if group.start <= t.start < group.end and t.raw not in _PARITY]
            for group in self._groups.among(said)
            if group.things and said[0].start <= group.start and self._is_parity(said, group.start)
        ]
        for at, token in enumerate(said):
            if heads and token.raw == "ones" and at and said[at - 1].raw in _PARITY:
                yield token.start, token.end, " ".join(heads[0])

    @staticmethod
    def _is_parity(said: Sequence[Token], start: int) -> bool:
        return any(token.start == start and token.raw in {"even", "odd"} for token in said)

    def _counted_on(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "reading lamps two and four on, one and three off"."""
        for group in self._groups.among(said):
            inside = [token for token in said if group.start <= token.start < group.end]
            head = list(takewhile(lambda token: not token.fold.isdigit(), inside))
            row = self._groups.things.numbered(folds(head)) if group.things and head else {}
            after = next((n for n, token in enumerate(said) if token.start >= group.end), len(said))
            for at in range(after, len(said) - 2 if row else 0):
                if said[at].raw not in {",", "and"} or not said[at + 1].fold.isdigit() or said[at - 1].fold.isdigit():
                    continue
                end = at + 1
                while end < len(said) and (said[end].raw in {",", "and"} or said[end].fold.isdigit()):
                    end += 1
                numbers = [int(token.fold) for token in said[at + 1 : end] if token.fold.isdigit()]
                if end < len(said) and said[end].raw in _STATED and row.keys() >= set(numbers):
                    yield said[at + 1].start, said[at + 1].start, " ".join(token.raw for token in head) + " "

    def _same_noun(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "half a degree more in lab 1 and lab 2": in labs 1 and 2."""
        for head, told in self._groups.heads.items():
            length = len(head)
            for at in range(1, len(said) - 2 * length - 2):
                joint = at + length + 1
                first, second = said[at:joint], said[joint + 1 : joint + 2 + length]
                numbered = all(self._is_room(name, head, told) for name in (first, second))
                end = joint + 2 + length
                if said[at - 1].raw in {"in", "for"} and said[joint].raw == "and" and numbered and end == len(said):
                    noun = " ".join(token.raw for token in first[:-1])
                    yield first[0].start, second[-1].end, f"{noun}s {first[-1].raw} and {second[-1].raw}"

    @staticmethod
    def _is_room(name: Sequence[Token], head: Stems, told: Mapping[Stems, str]) -> bool:
        return folds(name[:-1]) == head and (name[-1].fold,) in told if name else False

    # --- sides

    def _one_of(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the right one of the blinds", "the first of the two refectory fans"."""
        for at, token in enumerate(said):
            if token.fold not in _POINTING and token.fold not in SIDES:
                continue
            of = at + 1 + (at + 1 < len(said) and said[at + 1].raw in {"one", "ones"})
            if [t.raw for t in said[of : of + 2]] not in (["of", "the"], ["of", "these"], ["of", "my"], ["of", "our"]):
                continue
            first = of + 2
            first += first < len(said) and said[first].fold.isdigit()
            for length in range(_MOST_WORDS, 0, -1):
                behind = said[first : first + length]
                known = (
                    length == 1 and behind and behind[-1].fold in NOUNS
                )  # nothing may be called so: then it is asked
                if len(behind) == length and is_plural(behind[-1]) and (known or self._tells(token, behind)):
                    span = [t.raw for t in behind[:-1]] + [behind[-1].fold]
                    yield token.start, behind[-1].end, " ".join([token.raw, *span])
                    break

    def _pointed(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the curtain that's on the left"."""
        for at in range(1, len(said)):
            first, second, third = _THAT_IS
            is_ = at + 1 if said[at].raw in first else 0
            if not is_ and said[at].raw in second and at + 1 < len(said) and said[at + 1].raw in third:
                is_ = at + 2
            behind = [token.raw for token in said[is_ : is_ + 2]]
            if not is_ or behind not in (["on", "the"], ["to", "the"], ["in", "the"]) or is_ + 2 >= len(said):
                continue
            side, noun = said[is_ + 2], said[at - 1]
            if noun.fold in NOUNS and side.fold in RIGID | {"middle"} and self._tells(side, [noun]):
                end = is_ + 2
                rest = [token.raw for token in said[end + 1 : end + 3]]
                end += 2 if rest == ["hand", "side"] else int(rest[:1] == ["side"])
                yield noun.start, said[end].end, f"{side.raw} {noun.raw}"

    def _tells(self, side: Token, behind: Sequence[Token]) -> bool:
        """Whether something is named by a side and a noun; an ordinal is looked at later."""
        wanted = {SIDES.get(side.fold, side.fold), behind[-1].fold}
        if side.fold in ORDINALS or side.raw == "last":
            span = folds(behind)
            return any(alike.in_order(side.fold, span) for alike in (self._groups.areas, self._groups.things))
        return any(wanted <= name for name in self._told)

    def _sides(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the southern cloister" of a South cloister."""
        for at, token in enumerate(said):
            side = SIDES.get(token.fold)
            if side is None:
                continue
            for length in range(_MOST_WORDS, 0, -1):
                span = folds(said[at + 1 : at + 1 + length])
                if len(span) == length and (side, *span) in self._names and (token.fold, *span) not in self._names:
                    yield token.start, token.end, side
                    break

    def _inside(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "every cell door" is every door in the cells, "the cloister doors" those in the cloisters."""
        at = 0
        while at < len(said):
            after = at + 1
            for length in (3, 2, 1):
                head = said[at : at + length]
                span = folds(head)
                noun = said[at + length] if at + length < len(said) else None
                if span not in self._groups.heads or noun is None or noun.fold not in NOUNS or noun.owns:
                    continue
                before = said[at - 1].raw if at else ""
                several = is_plural(noun) or before in {"every", "each"}
                whole = span in self._names or (*span, noun.fold) in self._names
                if several and not whole and self._opens(said, at):
                    rooms = " ".join(t.raw for t in head).removesuffix("'").removesuffix("'s")
                    rooms = rooms if rooms.endswith("s") else f"{rooms}s"
                    yield head[0].start, noun.end, f"{noun.raw} in the {rooms}"
                    after = at + length + 1
                    break
            at = after

    @staticmethod
    def _opens(said: Sequence[Token], at: int) -> bool:
        """Whether no word before tells some of the rooms apart: "east bathroom lights"."""
        return at == 0 or said[at - 1].raw in BEFORE_ALL


def _owning(name: str) -> str:
    """The possessive of a name; a number at its end in words, as digits have none."""
    *before, last = name.split()
    return " ".join([*before, _IN_WORDS.get(last, last)]) + "'s"
