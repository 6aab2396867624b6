"""The command model: a sentence in, calls out, decoded greedily under the grammar.

The engine's session and the tokenizer are handed in, so that this part knows neither files nor native code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Protocol

import numpy as np

from appliance.intents import language
from appliance.intents.grammar import Walk
from appliance.intents.parse import parse_pieces
from appliance.intents.vocabulary import SPECIAL, Vocabulary
from appliance.text import Word, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from appliance.messages import Call

MAX_WORDS = 64
"""Longer sentences are refused before the model sees them."""
MAX_PROMPT = 320
"""Tokens of the longest sentence; words of unknown script may take many."""
MAX_OUTPUT = 128
"""Tokens of the longest line."""
CONTEXT = MAX_PROMPT + MAX_OUTPUT + 1
"""Tokens that the session must have room for."""

_BEGIN = SPECIAL[language.BEGIN]
_END = SPECIAL[language.END]
_SEPARATOR = SPECIAL[language.SEPARATOR]
_LEAST_BRANCH = -4.0
"""Log probability, relative to the likeliest token, from which on another token is worth a branch."""


class Session(Protocol):
    """What the command model needs of an engine's session; :class:`appliance.engine.Session` is one."""

    def sync(self, tokens: Sequence[int], /) -> int:
        """Make the cache hold exactly `tokens`."""

    def append(self, tokens: Sequence[int], /) -> None:
        """Evaluate more tokens."""

    def truncate(self, length: int, /) -> None:
        """Drop the tokens from `length` on."""

    def logits(self, ids: Sequence[int] | None = None, /) -> npt.NDArray[np.float32]:
        """Return the logits of the last token, for `ids` alone."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the command model made of one sentence."""

    calls: tuple[Call, ...] = ()
    """In the order of the sentence, each with its own confidence; empty when refused."""
    confidence: float = 0.0
    """Probability of the whole line under the grammar."""
    line: str = ""
    """The line as the model wrote it."""
    refusal: str = ""
    """Why the sentence was not understood at all, for people: empty, too long."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence ready to be decoded."""

    text: str
    words: Sequence[Word]
    tokens: list[int]
    starts: list[int]


@dataclass(frozen=True, slots=True, order=True)
class _Branch:
    """A line that was not taken: the best one that begins with `prefix`."""

    cost: float
    """Minus the log probability of the prefix: no line of this branch is likelier."""
    prefix: tuple[int, ...]
    shares: tuple[float, ...]
    """Log probability of each call of the prefix."""


@dataclass(slots=True)
class _Line:
    """A decoded line."""

    tokens: list[int]
    shares: list[float]
    """Log probability of each call."""
    branches: list[_Branch]
    """Where it could have gone another way."""


class CommandModel:
    """Understands one sentence at a time; deterministic."""

    def __init__(self, session: Session, vocabulary: Vocabulary) -> None:
        """Decode with `session`, whose model must have been exported together with `vocabulary`."""
        self._session = session
        self._vocabulary = vocabulary

    def understand(self, text: str) -> Understanding:
        """Return the calls that `text` asks for. Engine errors pass through; nothing else is raised."""
        return next(self.readings(text))

    def readings(self, text: str, floor: float = 0.02) -> Iterator[Understanding]:
        """Give the readings of `text`, the greedy one first, then others of at least `floor` of its probability.

        A branch is followed greedily from where it leaves the line it belongs to, likeliest branch first: what beam search
        finds, at the price of the readings that are asked for. Only one iterator may be in use at a time.
        """
        sentence = self._prepare(text)
        if isinstance(sentence, Understanding):
            yield sentence
            return
        line = self._decode(sentence, _Branch(0.0, (), (0.0,)))
        if not line.tokens:
            yield Understanding(refusal="That asks for too much at once; say it in parts.")
            return
        yield self._understanding(line, sentence)
        dearest = -sum(line.shares) - math.log(floor)
        open_branches = [branch for branch in line.branches if branch.cost <= dearest]
        heapify(open_branches)
        while open_branches:
            line = self._decode(sentence, heappop(open_branches))
            if not line.tokens or -sum(line.shares) > dearest:
                continue
            yield self._understanding(line, sentence)
            for branch in line.branches:
                if branch.cost <= dearest:
                    heappush(open_branches, branch)

    def _prepare(self, text: str) -> _Sentence | Understanding:
        found = words(text)
        if not found:
            return Understanding(refusal="I heard no words.")
        if len(found) > MAX_WORDS:
            return Understanding(refusal=f"That is too long for one request: at most {MAX_WORDS} words, please.")
        tokens: list[int] = []
        starts: list[int] = []
        for word in found:
            starts.append(len(tokens))
            tokens.extend(self._vocabulary.word(word.text))
        if len(tokens) > MAX_PROMPT:
            return Understanding(refusal="I cannot read that: too many unusual words.")
        return _Sentence(text, found, tokens, starts)

    def _decode(self, sentence: _Sentence, branch: _Branch) -> _Line:
        """Complete a branch greedily: at each step the likeliest token that the grammar allows."""
        walk = Walk(sentence.tokens, sentence.starts)
        for token in branch.prefix:
            walk.advance(token)
        line = _Line(list(branch.prefix), list(branch.shares), [])
        self._session.sync([*sentence.tokens, _BEGIN, *line.tokens])
        waiting: list[
            int
        ] = []  # written but not yet evaluated: where the grammar leaves one choice no logits are needed
        if walk.done:
            return line
        while len(line.tokens) < MAX_OUTPUT:
            allowed = walk.allowed()
            best = 0
            if len(allowed) > 1:
                if waiting:
                    self._session.append(waiting)
                    waiting = []
                best = self._choose(allowed, line)
            token = allowed[best]
            walk.advance(token)
            line.tokens.append(token)
            waiting.append(token)
            if token == _END:
                return line
            if token == _SEPARATOR:
                line.shares.append(0.0)
        return _Line([], [], [])

    def _choose(self, allowed: list[int], line: _Line) -> int:
        """Return the index of the likeliest token; note its probability, and the likeliest others as branches."""
        logits = self._session.logits(allowed)
        best = int(logits.argmax())
        logs = logits - logits[best]
        total = math.log(float(np.exp(logs).sum()))
        before = tuple(line.shares)
        for index in np.flatnonzero(logs > _LEAST_BRANCH):
            if index != best:
                shares = (*before[:-1], before[-1] + float(logs[index]) - total)
                line.branches.append(
                    _Branch(-sum(shares), (*line.tokens, allowed[index]), _next_call(shares, allowed[index]))
                )
        line.shares[-1] -= total
        return best

    def _understanding(self, line: _Line, sentence: _Sentence) -> Understanding:
        pieces = self._vocabulary.text(line.tokens).split()
        calls = parse_pieces(pieces, sentence.text, sentence.words)
        rated = tuple(
            replace(call, confidence=_probability(share)) for call, share in zip(calls, line.shares, strict=True)
        )
        return Understanding(rated, _probability(sum(line.shares)), " ".join(pieces[:-1]))


def _next_call(shares: tuple[float, ...], token: int) -> tuple[float, ...]:
    return (*shares, 0.0) if token == _SEPARATOR else shares


def _probability(share: float) -> float:
    return math.exp(share) if math.isfinite(share) else 0.0
