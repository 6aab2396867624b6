"""What names of a home have in common: "Cell one" to "Cell six" share a noun and differ in a number.

Words are compared one by one, so that the places of what differs are known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from appliance.resolver.spelling import ORDINAL_ENDINGS, Stems, folded, stem
from appliance.resolver.vocabulary import RIGID
from appliance.text import words

_ORDINALS = tuple("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split())
ORDINALS: Mapping[str, int] = MappingProxyType({word: at for at, word in enumerate(_ORDINALS, 1)})
SIDES: Mapping[str, str] = MappingProxyType(
    {"northern": "north", "southern": "south", "eastern": "east", "western": "west", "lefthand": "left", "righthand": "right",
     "leftmost": "left", "rightmost": "right"}
)  # fmt: skip
_APOSTROPHES = frozenset("'’`´ʼ")
Edit = tuple[int, int, str]
"""First character, the one after the last, the words instead."""
LEAST = 2
"""How many make a group."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a sentence, as names are compared."""

    fold: str
    """In the singular, numbers as digits."""
    raw: str
    start: int
    end: int

    @property
    def owns(self) -> bool:
        """Whether it is a possessive."""
        return self.raw.endswith(("'s", "s'"))


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of `text`; the ending of an ordinal or a possessive joins its number."""
    found: list[Token] = []
    for word in words(text):
        if word.text in ORDINAL_ENDINGS and found and found[-1].raw.isdigit():
            at = int(found[-1].raw)
            last = found.pop()
            fold = _ORDINALS[at - 1] if 0 < at <= len(_ORDINALS) else last.fold
            found.append(Token(fold, text[last.start : word.end].lower(), last.start, word.end))
        elif (
            word.text == "s" and found and found[-1].fold.isdigit() and text[found[-1].end : word.start] in _APOSTROPHES
        ):
            number = found.pop()
            found.append(Token(number.fold, f"{number.raw}'s", number.start, word.end))
        else:
            found.append(Token(folded(word.text.removesuffix("'s")), word.text, word.start, word.end))
    return tuple(found)


def folds(said: Iterable[Token]) -> Stems:
    """Words as names are compared."""
    return tuple(token.fold for token in said)


def spelt_alike(name: str) -> Stems:
    """The words of a name by which it is looked up."""
    return tuple(token.fold for token in tokens(name) if token.fold not in {"-", "the"})


def edited(text: str, edits: Iterable[Edit]) -> str:
    """`text` with other words in some of its places."""
    for start, end, instead in sorted(edits, reverse=True):
        text = text[:start] + instead + text[end:]
    return text


class Alike:
    """The names of one kind of thing (areas, or the entities of a home), and what they share. Immutable after construction."""

    def __init__(
        self, named: Sequence[tuple[str, str]], kind: Callable[[str], str], loose: Iterable[tuple[Stems, str]] = ()
    ) -> None:
        """Take names with their ids; `kind`: what all members of a group must have in common; `loose`: words that may mean them, too."""
        self.names: dict[Stems, str] = {}
        doubled: set[Stems] = set()
        self.raw: set[Stems] = set()
        self.called: dict[str, str] = {}
        """The name by id; the first where there are several."""
        for name, id_ in named:
            self.called.setdefault(id_, name)
            span = spelt_alike(name)
            if self.names.setdefault(span, id_) != id_:
                doubled.add(span)
            self.raw.add(tuple(token.raw for token in tokens(name)))
        for span in doubled:
            del self.names[span]
        shorter: dict[Stems, set[str]] = defaultdict(set)
        for span, id_ in loose:
            shorter[span].add(id_)
        self.names |= {span: min(ids) for span, ids in shorter.items() if len(ids) == 1 and span not in self.names}
        self.kind = kind
        self.vocabulary = frozenset(word for name in self.names for word in name)

    def begins(self, said: Sequence[Token], at: int, most: int) -> tuple[str, int]:
        """The id of the longest name of `most` words that begins at word `at` and owns nothing, and the word behind; empty: none does."""
        for end in range(min(len(said), at + most), at, -1):
            if not said[end - 1].owns and (id_ := self.names.get(folds(said[at:end]))) is not None:
                return id_, end
        return "", at

    def numbered(self, said: Stems) -> dict[int, str]:
        """Ids by number, of the names that are `said` and a number somewhere in it; none where they do not begin with one and two."""
        best: dict[int, str] = {}
        for cut in range(len(said), -1, -1):
            row = {
                int(name[cut]): id_
                for name, id_ in self.names.items()
                if len(name) == len(said) + 1 and name[cut].isdigit() and name[:cut] + name[cut + 1 :] == said
            }
            best = max(best, row, key=len)
        return best if {1, LEAST} <= best.keys() else {}

    def in_order(self, ordinal: str, said: Stems) -> str | None:
        """The id of the `ordinal` or last of those; None where its number is not that of its place."""
        row = self.numbered(said)
        if ordinal == "last":
            return row[max(row)] if row else None
        at = ORDINALS[ordinal]
        return row.get(at) if row.keys() >= set(range(1, at + 1)) else None

    def member(self, before: Stems, item: Stems, after: Stems) -> str | None:
        """The id of the one thing called `before`, `item` and `after`, in other words for the item, too."""
        for said in dict.fromkeys((item, tuple(SIDES.get(word, word) for word in item))):
            if (id_ := self.names.get((*before, *said, *after))) is not None:
                return id_
        if len(item) == 1 and item[0] in ORDINALS:
            return self.in_order(item[0], (*before, *after))
        if not after and len(item) == 1 and item[0].isdigit():  # "bay lights 1 and 2" of a Bay 1 light
            inside = (self.names.get((*before[:cut], *item, *before[cut:])) for cut in range(len(before) - 1, 0, -1))
            return next((id_ for id_ in inside if id_ is not None), None)
        return None

    def family(self, before: Stems, after: Stems) -> tuple[str, ...]:
        """Ids of the things called `before`, a number or side, and `after`."""
        length = len(before) + 1 + len(after)
        return tuple(
            id_
            for name, id_ in self.names.items()
            if len(name) == length
            and name[: len(before)] == before
            and name[length - len(after) :] == after
            and tells_alone(name[len(before) : len(before) + 1])
        )

    def one_kind(self, ids: Sequence[str]) -> bool:
        """Whether all are of one kind."""
        return len({self.kind(id_) for id_ in ids}) == 1


def is_number(word: str) -> bool:
    """Whether a word is a number, or a letter by itself."""
    return word.isdigit() or (len(word) == 1 and word.isalpha())


def tells_alone(item: Stems) -> bool:
    """Whether an item tells things apart wherever it stands: a number, a letter, a side."""
    return len(item) == 1 and (is_number(item[0]) or item[0] in RIGID or item[0] in SIDES or item[0] in ORDINALS)


def is_plural(token: Token) -> bool:
    """Whether a word is a noun in the plural."""
    return not token.owns and not token.raw.isdigit() and token.raw.endswith("s") and stem(token.raw) != token.raw
