"""A sentence with some of its words as they were meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.text import Word


@dataclass(frozen=True, slots=True)
class Mended:
    """A sentence with words as they were meant."""

    text: str
    changed: tuple[tuple[str, str], ...] = ()
    """What each word became, and as what it was said."""


def replaced(text: str, said: Sequence[Word], made: Mapping[int, str]) -> Mended | None:
    """`text` with the words of `made` in place of those at these positions; an empty word goes."""
    if not made:
        return None
    result, last = "", 0
    changed = []
    for at in sorted(made):
        result += text[last : said[at].start] + made[at]
        result = result.rstrip() if not made[at] else result
        last = said[at].end
        changed.append((made[at], text[said[at].start : said[at].end]))
    return Mended(result + text[last:], tuple(changed))
