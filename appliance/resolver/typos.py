"""Typing errors in the words that commands are made of, mended before the command model reads a sentence.

"Wgat is the weathre" has one word of a command too few for the model. A word is mended when no training sentence and no name of the home
has it and a single word of commands is one slip away. Names stay as they are: the resolver compares them with those of the home.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from functools import lru_cache

from appliance.resolver.spelling import distance, stem
from appliance.resolver.standins import StoodIn
from appliance.text import words

_SHORT = 4
"""Letters of a word in which only swapped letters count as a slip; in shorter ones none does."""


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
        if len(word) < _SHORT or not (word.isascii() and word.isalpha()) or {word, stem(word)} & self._known:
            return word
        near = [
            other
            for length in range(len(word) - 1, len(word) + 2)
            for other in self._commanding[length]
            if distance(word, other, 1) == 1
        ]
        swapped = [other for other in near if sorted(other) == sorted(word)]
        likely = swapped or (near if len(word) > _SHORT else [])
        return likely[0] if len(likely) == 1 else word
