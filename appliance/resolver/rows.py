"""Some of what is numbered or told apart by sides: "the first two table lamps", "even-numbered lamp posts", "the two outer pendants"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from appliance.resolver.alike import LEAST, Alike, Token, folds, is_plural
from appliance.resolver.spelling import Stems

_MOST_WORDS = 3
"""Words of the noun."""


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase among the words of a sentence."""

    end: int
    """The word after its last."""
    members: tuple[str, ...]
    told: Mapping[Stems, str]
    """What tells its members apart, to them."""
    named: bool = False
    """Its members were listed."""
    missing: bool = False
    """The home does not have all that it speaks of; `members` are others of the name."""


def row(said: Sequence[Token], at: int, count: int, alike: Alike) -> Iterator[Found]:
    """As in "all four table lamps", of things that are numbered from one on."""
    for length in range(_MOST_WORDS, 0, -1) if count else ():
        head = said[at : at + length]
        found = alike.numbered(folds(head)) if len(head) == length else {}
        if found and is_plural(head[-1]):
            told: dict[Stems, str] = {(str(number),): id_ for number, id_ in found.items()}
            yield Found(at + length, tuple(found[number] for number in sorted(found)), told)
            return


def counted(said: Sequence[Token], at: int, alike: Alike) -> Iterator[Found]:
    """As in "the first two table lamps", "the outer two", of what is numbered from one on."""
    which = said[at].raw if at < len(said) else ""
    if (
        which not in {"first", "last", "outer", "inner", "middle"}
        or at + 2 >= len(said)
        or not said[at + 1].fold.isdigit()
    ):
        return
    many = int(said[at + 1].fold)
    for length in range(_MOST_WORDS, 0, -1):
        head = said[at + 2 : at + 2 + length]
        row = alike.numbered(folds(head)) if len(head) == length else {}
        if not row or not is_plural(head[-1]):
            continue
        order = sorted(row)
        chosen = {
            "first": order[:many],
            "last": order[-many:],
            "outer": [order[0], order[-1]],
            "inner": order[1:-1],
            "middle": order[1:-1],
        }[which]
        if LEAST <= many == len(chosen) and order == list(range(1, len(order) + 1)):
            yield Found(at + 2 + length, tuple(row[number] for number in chosen), {}, named=True)
        return


def outer(said: Sequence[Token], at: int, alike: Alike) -> Iterator[Found]:
    """As in "the two outer pendants", of three that are told apart by their sides."""
    at += at < len(said) and said[at].fold == str(LEAST)
    if at >= len(said) or said[at].raw != "outer":
        return
    first = at + 1 + (at + 1 < len(said) and said[at + 1].fold == "2")
    for length in range(_MOST_WORDS, 0, -1):
        head = said[first : first + length]
        span = folds(head)
        if len(head) < length or not is_plural(head[-1]) or ("middle", *span) not in alike.names:
            continue
        ids = tuple(id_ for id_ in alike.family((), span) if id_ != alike.names["middle", *span])
        if len(ids) == LEAST and alike.one_kind(ids):
            yield Found(first + length, ids, {}, named=True)


def by_parity(said: Sequence[Token], at: int, alike: Alike) -> Iterator[Found]:
    """As in "even-numbered lamp posts"."""
    parity, first = parity_of(said, at)
    for length in range(_MOST_WORDS, 0, -1) if parity is not None else ():
        head = said[first : first + length]
        row = alike.numbered(folds(head)) if len(head) == length else {}
        ids = tuple(row[number] for number in sorted(row) if number % 2 == parity)
        if len(row) >= LEAST and ids and is_plural(head[-1]):
            yield Found(first + length, ids, {}, named=True)


def parity_of(said: Sequence[Token], at: int) -> tuple[int | None, int]:
    """0 for "even-numbered", 1 for "odd", None for neither; and the word behind."""
    if at >= len(said) or said[at].raw not in {"even", "odd"}:
        return None, at
    parity = int(said[at].raw == "odd")
    at += 1
    while at < len(said) and said[at].raw in {"-", "numbered", "number"}:
        at += 1
    return parity, at
