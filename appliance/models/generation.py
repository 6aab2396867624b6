"""Writing: tokens one after the other, under a grammar where one is given, stopped by whoever no longer needs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from appliance.errors import CancelledError
from appliance.models.constraint import Constraint
from appliance.models.drafting import Lookup
from appliance.models.sampling import Sampler

WIDE_ROWS: Final = 16_384
"""With more tokens allowed than this, the whole head is computed: it is read in one stream."""


class Session(Protocol):
    """What generation needs of `appliance.engine.Session`."""

    @property
    def n_ctx(self) -> int:
        """Tokens that the cache can hold."""

    def sync(self, tokens: Sequence[int], /) -> int:
        """Make the cache hold exactly `tokens`."""

    def append(self, tokens: Sequence[int], /) -> None:
        """Evaluate more tokens, in one batch."""

    def append_every(self, tokens: Sequence[int], /) -> None:
        """Evaluate a few more tokens so that `select` can choose among them."""

    def select(self, index: int, /) -> None:
        """Let `logits` be those of token `index` of the last `append_every`."""

    def truncate(self, length: int, /) -> None:
        """Drop the tokens from `length` on."""

    def logits(self, ids: npt.NDArray[np.int32] | None = None, /) -> npt.NDArray[np.float32]:
        """Return the logits of the last token, for `ids` alone."""


def sync(session: Session, tokens: Sequence[int], cancelled: Callable[[], bool]) -> None:
    """Make the cache hold exactly `tokens`, whatever cancellation was meant for the reply before and came too late for it."""
    try:
        session.sync(tokens)
    except CancelledError:
        if cancelled():
            raise
        session.sync(tokens)


class End(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    """The model ended it, or the grammar did."""
    LENGTH = "length"
    """It has as many tokens as were asked for."""
    FULL = "full"
    """The context is full."""
    TIME = "time"
    """The deadline passed."""


@dataclass(slots=True)
class Writing:
    """One reply in the making: iterate over it for its tokens, then read how it went."""

    session: Session
    prompt: Sequence[int]
    """All tokens before the reply."""
    sampler: Sampler
    stops: frozenset[int]
    """Tokens that end the reply; they are not given out."""
    max_tokens: int
    constraint: Constraint | None = None
    drafting: bool = True
    """Guess spans that were copied from before, and check them in one batch; the text is the same without."""
    deadline: float | None = None
    """`time.monotonic` seconds."""
    clock: Callable[[], float] = time.monotonic
    cancelled: Callable[[], bool] = lambda: True
    """Whether a cancellation is meant for this reply: the engine remembers one that came too late for the last."""
    end: End = End.STOP
    tokens: list[int] = field(default_factory=list)
    """What was given out so far."""
    prompt_seconds: float = 0.0
    seconds: float = 0.0
    """Since the prompt was read."""
    forced: int = 0
    """Tokens that the grammar left no choice about."""
    drafted: int = 0
    """Tokens that were guessed right."""

    def __iter__(self) -> Iterator[int]:
        """Evaluate the prompt and give out the tokens of the reply; engine errors pass through."""
        started = self.clock()
        sync(self.session, self.prompt, self.cancelled)
        ready = self.clock()
        self.prompt_seconds = ready - started
        try:
            for token in self._write():
                self.tokens.append(token)
                self.seconds = self.clock() - ready
                yield token
        finally:
            self.seconds = self.clock() - ready

    def _write(self) -> Iterator[int]:
        lookup = Lookup(self.prompt if self.drafting else ())
        length = len(self.prompt)  # tokens of the cache that belong to the text for good
        ahead: list[int] = []  # guesses behind these, evaluated with them
        index = 0  # of the token before `ahead` in its batch
        while (reason := self._over(length)) is None:
            forced = list(self.constraint.forced()) if self.constraint is not None else []
            forced = forced[: min(self.max_tokens - len(self.tokens), self.session.n_ctx - length)]
            if forced and not ahead:
                self.forced += len(forced)
                for token in forced:
                    lookup.add(token)
                    yield token
                self._advance(forced)
                self.session.append(forced)
                length += len(forced)
                continue
            token = forced[0] if forced else self._choose()
            if token in self.stops:
                return
            yield token
            self._advance([token])
            lookup.add(token)
            if ahead and ahead[0] == token:
                ahead.pop(0)
                self.drafted += 1
                length += 1
                index += 1
                self.session.select(index)
                if not ahead:
                    lookup.judge(right=True)
                continue
            if ahead:
                lookup.judge(right=False)
                self.session.truncate(length)
                ahead = []
            if self._over(length) is not None:
                continue
            ahead = lookup.guess(self._room(length) - 1) if self.drafting else []
            if ahead:
                self.session.append_every([token, *ahead])
                self.session.select(0)
                index = 0
            else:
                self.session.append([token])
            length += 1
        self.end = reason

    def _room(self, length: int) -> int:
        """Tokens that may still be evaluated usefully."""
        return min(self.max_tokens - len(self.tokens), self.session.n_ctx - length)

    def _over(self, length: int) -> End | None:
        """Why nothing more may be written, if so."""
        if len(self.tokens) >= self.max_tokens:
            return End.LENGTH
        if length >= self.session.n_ctx:
            return End.FULL
        if self.deadline is not None and self.clock() > self.deadline:
            return End.TIME
        return None

    def _choose(self) -> int:
        if self.constraint is None:
            return self.sampler.choose(self.session.logits())
        allowed = self.constraint.allowed()
        return int(allowed[self.sampler.choose(self._logits(allowed))])

    def _logits(self, allowed: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """The logits of these tokens; the same whichever way they are computed."""
        if len(allowed) > WIDE_ROWS:
            return self.session.logits()[allowed]
        return self.session.logits(allowed)

    def _advance(self, tokens: Sequence[int]) -> None:
        if self.constraint is not None:
            self.constraint.advance(tokens)
