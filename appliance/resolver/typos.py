"""Typing errors in the words that commands are made of, mended before the command model reads a sentence.

"Wgat is the weathre" has one word of a command too few for the model. A word is mended when it is no everyday word, no training
sentence and no name of the home has it, and a single word of commands is one slip away. Names are another matter (:mod:`mishearing`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache

from appliance.resolver.spelling import distance, stem
from appliance.resolver.standins import StoodIn
from appliance.text import words

_SHORT = 4
"""Letters of a word in which only swapped letters count as a slip; in shorter ones none does, but for :data:`_SMALL`."""
_SMALL = ("the", "and", "for", "off", "all", "not", "can", "set", "put", "you", "out", "on")
"""Short words whose letters are swapped or doubled: "teh", "onn"."""


class Typos:
    """Knows the words of commands. Immutable after construction."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Take the lines of ``data/spelling.txt``: one word each, those that errors are mended to with ``+`` before them."""
        self._known: set[str] = set()
        self._commanding: dict[int, list[str]] = defaultdict(list)
        for line in lines:
            word = line.removeprefix("+")
            self._known.add(word)
            if word != line:
                self._commanding[len(word)].append(word)
        self._nearest = lru_cache(maxsize=1024)(self._found)

    def __contains__(self, word: object) -> bool:
        """Whether `word` is one that somebody may mean to write."""
        return word in self._known

    @property
    def commanding(self) -> Iterator[str]:
        """The words that commands are made of."""
        return (word for near in self._commanding.values() for word in near)

    def mended(self, text: str, names: Container[str] = frozenset()) -> StoodIn | None:
        """`text` without typing errors; None: it has none. `names`: words that are none, in lower case.

        Texts that calls quote (things to buy, messages) come back as they were typed.
        """
        made, last = "", 0
        said: list[tuple[str, str]] = []
        found = words(text)
        for word in found:
            meant = word.text if word.text in names else self._nearest(word.text)
            if meant != word.text:
                typed = text[word.start : word.end]
                made += text[last : word.start] + meant
                last = word.end
                if all(other.text != meant for other in found):
                    said.append((meant, typed))
        return StoodIn(made + text[last:], tuple(said), quoted_only=True) if last else None

    def _found(self, word: str) -> str:
        """The word of commands that `word` is a slip of, or itself."""
        if not (word.isascii() and word.isalpha()) or word in self or stem(word) in self:
            return word
        if len(word) < _SHORT:
            small = [other for other in _SMALL if _slipped(word, other)]
            return small[0] if len(small) == 1 else word
        near = [
            other
            for length in range(len(word) - 1, len(word) + 2)
            for other in self._commanding[length]
            if distance(word, other, 1) == 1
        ]
        swapped = [other for other in near if sorted(other) == sorted(word)]
        likely = swapped or (near if len(word) > _SHORT else [])
        return likely[0] if len(likely) == 1 else word


def _slipped(word: str, other: str) -> bool:
    """Whether a short word is `other` with two letters swapped or one doubled."""
    return distance(word, other, 1) == 1 and (
        sorted(word) == sorted(other) or (set(word) == set(other) and len(word) > len(other))
    )
