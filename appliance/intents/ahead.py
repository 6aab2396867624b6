"""Evaluates a line while it is written: what it is guessed to be in one batch, the rest as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

MOST_GUESSED = 63
"""Tokens of a guess that are evaluated; with the one before them as many as an engine's session takes at once."""


class Session(Protocol):
    """What this needs of an engine's session."""

    def sync(self, tokens: Sequence[int], /) -> int:
        """Make the cache hold exactly `tokens`."""

    def append(self, tokens: Sequence[int], /) -> None:
        """Evaluate more tokens."""

    def append_every(self, tokens: Sequence[int], /) -> None:
        """Evaluate more tokens so that each can be selected."""

    def select(self, index: int, /) -> None:
        """Let the logits be those of one of the last :meth:`append_every`."""

    def truncate(self, length: int, /) -> None:
        """Drop the tokens from `length` on."""


class Ahead:
    """Keeps the logits of a session behind a line that grows."""

    def __init__(self, session: Session, prompt: Sequence[int], guess: Sequence[int] = ()) -> None:
        """Evaluate lines after `prompt`, of two tokens at least. `guess`: what the line may begin with, which only saves time."""
        self._session = session
        self._prompt = prompt
        self._guess = guess[:MOST_GUESSED]
        self._done: int | None = None
        """Tokens of the line that are evaluated; None: not even the prompt is."""

    def reach(self, line: Sequence[int]) -> None:
        """Let the logits be those behind `line`, which begins with what it was before."""
        if self._done is None:
            self._done = self._begin(line)
        at = self._done
        while at < len(line) and line[at : at + 1] == self._guess[at : at + 1]:
            at += 1
        if self._guess and at == len(line):
            self._session.select(at)
        elif at < len(line):
            if self._guess:
                self._session.truncate(len(self._prompt) + at)
                self._guess = ()
            self._session.append(line[at:])
        self._done = len(line)

    def _begin(self, line: Sequence[int]) -> int:
        if not self._guess:
            self._session.sync([*self._prompt, *line])
            return len(line)
        self._session.sync(self._prompt[:-1])
        self._session.append_every([self._prompt[-1], *self._guess])
        return 0
