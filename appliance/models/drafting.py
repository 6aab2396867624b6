"""Guessing the next tokens from what was written before: names, numbers and quotations are mostly copied.

Prompt lookup (Saxena 2023): the last few tokens are looked for further up; what followed them there is the guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

GRAM: Final = 3
"""So many tokens must agree before a guess is made."""
SHORTEST: Final = 2
LONGEST: Final = 8
"""Tokens of a guess: it grows with success and falls back with the first failure, since each wrong one costs work."""


class Lookup:
    """Remembers where each run of tokens was last seen."""

    def __init__(self, tokens: Iterable[int]) -> None:
        """Read what is there already."""
        self._tokens: list[int] = []
        self._seen: dict[tuple[int, ...], int] = {}
        """Run to the position behind it."""
        self._length = SHORTEST
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """Note one more token. The run that ends with it is known from the next token on."""
        if len(self._tokens) >= GRAM:
            self._seen[tuple(self._tokens[-GRAM:])] = len(self._tokens)
        self._tokens.append(token)

    def guess(self, most: int) -> list[int]:
        """Return at most `most` tokens that may come next; often none."""
        at = self._seen.get(tuple(self._tokens[-GRAM:]))
        return [] if at is None else self._tokens[at : at + max(0, min(self._length, most))]

    def judge(self, *, right: bool) -> None:
        """Note whether a guess turned out right to its end."""
        self._length = min(LONGEST, 2 * self._length) if right else SHORTEST
