"""Whether a word is one of English: what somebody meant to say is no slip, however near a name of the home it is."""

from __future__ import annotations

from functools import lru_cache


class English:
    """A list of words. Immutable after construction; kept as one text, which takes a tenth of a set's memory."""

    def __init__(self, text: str) -> None:
        """Take the lines of ``data/english.txt``: one word each, in lower case."""
        self._lines = f"\n{text.strip()}\n"
        self._holds = lru_cache(maxsize=4096)(lambda word: f"\n{word}\n" in self._lines)

    def __contains__(self, word: object) -> bool:
        """Whether `word`, in lower case and in just this form, is listed."""
        return isinstance(word, str) and self._holds(word)


NOTHING = English("")
"""Knows no word."""
