"""One of several like rooms or things by what was named before: "the other bathroom", "the third", "the one in cell five"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from appliance.resolver.alike import LEAST, ORDINALS, SIDES, Edit, Token, folds, tokens
from appliance.resolver.groups import Groups
from appliance.resolver.possessed import like_before
from appliance.resolver.spelling import Stems
from appliance.resolver.vocabulary import NOUNS

_WITHIN = frozenset({"in", "of", "at", "from", "for"})
_BEHIND = frozenset(", and on off up down to at please too also instead as open closed shut then but".split())
"""What may follow "the third" where its noun is left out."""
_MOST_WORDS = 4


class Antecedents:
    """Puts the names of one home for what a sentence has named before. Immutable after construction."""

    def __init__(self, groups: Groups) -> None:
        """Store the names of the home."""
        self._groups = groups

    def other(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the other bathroom, the west one," and, of two, "the other bathroom" behind the one."""
        for at, token in enumerate(said):
            for length in (2, 1):
                head = folds(said[at + 1 : at + 1 + length])
                told = self._groups.heads.get(head)
                if token.raw != "other" or told is None or len(head) < length:
                    continue
                first = at + 3 + length
                rest = [t.raw for t in said[at + 1 + length : first]]
                item = folds(said[first : first + 1])
                if rest == [",", "the"] and item in told and [t.raw for t in said[first + 1 : first + 2]] == ["one"]:
                    end = first + 1
                    end += end + 1 < len(said) and said[end + 1].raw == ","
                    yield token.start, said[end].end, self._groups.areas.called[told[item]].lower()
                    break
                before = folds(said[:at])
                left = [area for area in dict.fromkeys(told.values()) if not self._stands(area, before)]
                if len(left) == 1 and len(set(told.values())) == LEAST:
                    yield token.start, said[at + length].end, self._groups.areas.called[left[0]].lower()
                    break

    def one(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "off in the west one", of the bathroom that was named before."""
        for at in range(2, len(said)):
            if said[at].raw not in {"one", "1"} or said[at - 1].raw in {"the", "a"}:
                continue
            first = at - 1
            if said[first - 1].raw != "the" or said[first - 2].raw not in _WITHIN:
                continue
            if area := self._sibling_of(said[: first - 1], said[first]):
                yield said[first].start, said[at].end, self._groups.areas.called[area].lower()

    def sibling(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the red dorm to eighteen and the green one to twenty", of dorms that are rooms."""
        for at in range(3, len(said)):
            joined = said[at - 2].raw == "the" and said[at - 3].raw in {",", "and"}
            behind = said[at + 1].raw if at + 1 < len(said) else ","
            if said[at].raw != "one" or not joined or behind not in _BEHIND:
                continue
            if area := self._sibling_of(said[: at - 2], said[at - 1]):
                yield said[at - 1].start, said[at].end, self._groups.areas.called[area].lower()

    def _sibling_of(self, before: Sequence[Token], told_by: Token) -> str:
        """The one area that a word tells apart from another that was named `before`; empty: there is none."""
        item = (SIDES.get(told_by.fold, told_by.fold),)
        spoken = folds(before)
        found = {
            told[item]
            for told in self._groups.heads.values()
            if item in told and any(self._stands(id_, spoken) for other, id_ in told.items() if other != item)
        }
        return found.pop() if len(found) == 1 else ""

    def _stands(self, area: str, before: Stems) -> bool:
        names = [name for name, id_ in self._groups.areas.names.items() if id_ == area]
        return any(before[at : at + len(name)] == name for name in names for at in range(len(before)))

    def one_in(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "the lamp in cell four on, the one in cell five off": the lamp in cell five."""
        for at in range(1, len(said) - 1):
            if said[at].raw != "one" or said[at - 1].raw != "the":
                continue
            behind = at + 1 + 2 * ([token.raw for token in said[at + 1 : at + 3]] == ["next", "door"])
            if behind + 1 >= len(said) or said[behind].raw not in {"in", "at", "on"}:
                continue
            within = [n for n in range(1, at) if said[n].raw == said[behind].raw and said[n - 1].fold in NOUNS]
            place = area_from(said, behind + 1, self._groups)[0]
            if within and place and self._siblings(place, area_from(said, within[-1] + 1, self._groups)[0]):
                yield said[at].start, said[at].end, said[within[-1] - 1].raw
            elif place and (id_ := like_before(said, at - 1, place, self._groups)):
                _, end = area_behind(said, behind, self._groups)
                if said[at - 2].raw == "," and self._ends_on(
                    said, at - 2, id_
                ):  # "the reading light, the one in the bedroom"
                    yield said[at - 2].start, said[max(end, at + 1) - 1].end, ""
                elif self._groups.alone(id_):
                    yield said[at - 1].start, said[max(end, at + 1) - 1].end, self._groups.things.called[id_].lower()
                else:
                    yield said[at].start, said[at].end, self._groups.things.called[id_].lower()

    def _ends_on(self, said: Sequence[Token], at: int, id_: str) -> bool:
        """Whether the words before `at` end on the name of the thing."""
        spans = (folds(said[max(0, at - length) : at]) for length in range(1, _MOST_WORDS + 1))
        return any(self._groups.things.names.get(span) == id_ for span in spans)

    def _siblings(self, area: str, other: str) -> bool:
        """Whether two areas share a noun."""
        return any({area, other} <= set(told.values()) for told in self._groups.heads.values())

    def elided(self, said: Sequence[Token]) -> Iterator[Edit]:
        """As in "turn off the first two table lamps and switch on the third"."""
        for at in range(2, len(said)):
            if (said[at].fold not in ORDINALS and said[at].raw != "last") or said[at - 1].raw != "the":
                continue
            end = at + (at + 1 < len(said) and said[at + 1].raw == "one")
            if end + 1 < len(said) and said[end + 1].raw not in _BEHIND:
                continue
            row = self._row_before(said[: at - 1])
            number = max(row, default=0) if said[at].raw == "last" else ORDINALS[said[at].fold]
            if number in row:
                yield said[at - 1].start, said[end].end, self._groups.things.called[row[number]].lower()

    def _row_before(self, said: Sequence[Token]) -> dict[int, str]:
        """The numbered things of which some were spoken of last in these words."""
        for end in range(len(said), 0, -1):
            for start in range(max(0, end - _MOST_WORDS - 1), end):
                span = folds(said[start:end])
                if (id_ := self._groups.things.names.get(span)) and any(map(str.isdigit, span)):
                    return self._rows(id_)
        groups = self._groups.among(said)
        return self._rows(groups[-1].things[0]) if groups and groups[-1].things else {}

    def _rows(self, id_: str) -> dict[int, str]:
        span = tuple(token.fold for token in tokens(self._groups.things.called[id_]) if not token.fold.isdigit())
        return self._groups.things.numbered(span)


def area_from(said: Sequence[Token], at: int, groups: Groups) -> tuple[str, int]:
    """The id of the area that is named from word `at` on, and the word behind; empty: none is."""
    at += at < len(said) and said[at].raw == "the"
    return groups.areas.begins(said, at, _MOST_WORDS)


def area_behind(said: Sequence[Token], at: int, groups: Groups) -> tuple[str, int]:
    """The same of "in the green dorm" that begins at word `at`."""
    within = at < len(said) and said[at].raw in _WITHIN
    return area_from(said, at + 1, groups) if within else ("", at)
