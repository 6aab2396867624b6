"""Hesitations inside a name of the home: "the cell six um lamp" is the cell six lamp.

Between two names they may mean that the first is taken back ("door 1, er, door 2"), so only those go that part a name, or stand before
one is begun.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from appliance.resolver.spelling import Stems
from appliance.text import Word

HESITATIONS = frozenset("um umm uh uhh er err erm uhm ehm hm hmm mm".split())
_BEFORE = frozenset("the a an my our your in on at of to turn switch put set".split())
"""Words behind which a name is still to come."""
_MOST_WORDS = 5
"""Of a name, on either side."""


def hesitations(
    said: Sequence[Word], heard: Sequence[str], names: Collection[Stems], named: Collection[str]
) -> set[int]:
    """The positions of hesitations, and of commas beside them, that part a name or stand before one.

    Args:
        said: The words of the sentence.
        heard: The same as names are compared.
        names: The names of the home.
        named: Words of names, which are no hesitations.
    """
    gone: set[int] = set()
    at = 0
    while at < len(said):
        end = at
        while end < len(said) and (
            said[end].text == "," or (said[end].text in HESITATIONS and heard[end] not in named)
        ):
            end += 1
        run = range(at, end)
        if any(said[index].text in HESITATIONS for index in run) and at > 0 and end < len(said):
            bare = said[at].text != "," and said[end - 1].text != ","
            if (said[at - 1].text in _BEFORE and bare) or _parts(heard, at, end, names):
                gone.update(run)
        at = end + 1
    return gone


def _parts(heard: Sequence[str], start: int, end: int, names: Collection[Stems]) -> bool:
    """Whether a name stands on both sides of the run from `start` to `end`."""
    return any(
        (*heard[start - before : start], *heard[end : end + after]) in names
        for before in range(1, min(_MOST_WORDS, start) + 1)
        for after in range(1, min(_MOST_WORDS, len(heard) - end) + 1)
    )
