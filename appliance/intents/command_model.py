"""The command model: a sentence in, calls out, decoded greedily under the grammar.

The engine's session and the tokenizer are handed in, so that this part knows neither files nor native code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Protocol

import numpy as np

from appliance.intents import ahead, language
from appliance.intents.grammar import Walk
from appliance.intents.parse import parse_line
from appliance.intents.vocabulary import SPECIAL, Vocabulary
from appliance.messages import Call
from appliance.text import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt


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
_LEAST_DOUBT = 0.99 * math.log1p(math.exp(_LEAST_BRANCH))
"""What the likeliest token costs where there is such another, at least, with a margin for rounding."""


class Session(ahead.Session, Protocol):
    """What the command model needs of an engine's session; :class:`appliance.engine.Session` is one."""

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
    prompt: list[int]
    start: Walk
    """The beginning of a line about it."""


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

    @property
    def cost(self) -> float:
        """Minus its log probability."""
        return -sum(self.shares)


class CommandModel:
    """Understands one sentence at a time; deterministic."""

    def __init__(self, session: Session, vocabulary: Vocabulary) -> None:
        """Decode with `session`, whose model must have been exported together with `vocabulary`."""
        self._session = session
        self._vocabulary = vocabulary

    def understand(self, text: str) -> Understanding:
        """Return the calls that `text` asks for. Engine errors pass through; nothing else is raised."""
        return next(self.readings(text))

    def readings(self, text: str, floor: float = 0.02, *, guess: str = "") -> Iterator[Understanding]:
        """Give the readings of `text`, the greedy one first, then others of at least `floor` of its probability.

        `guess`: a line that may be the first, which only saves time.

        A branch is followed greedily from where it leaves the line it belongs to, likeliest branch first: what beam search
        finds, at the price of the readings that are asked for. Only one iterator may be in use at a time.
        """
        sentence = self._prepare(text)
        if isinstance(sentence, Understanding):
            yield sentence
            return
        line = self._decode(sentence, _Branch(0.0, (), (0.0,)), guess=self._vocabulary.line(guess))
        if not line.tokens:
            yield Understanding(refusal="That asks for too much at once; say it in parts.")
            return
        yield self._understanding(line, sentence)
        dearest = line.cost - math.log(floor)
        open_branches = [branch for branch in line.branches if branch.cost <= dearest]
        heapify(open_branches)
        while open_branches:
            line = self._decode(sentence, heappop(open_branches), dearest)
            if not line.tokens:
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
        return _Sentence(text, [*tokens, _BEGIN], Walk(tokens, starts))

    def _decode(
        self, sentence: _Sentence, branch: _Branch, dearest: float = math.inf, guess: Sequence[int] = ()
    ) -> _Line:
        """Complete a branch greedily: at each step the likeliest token that the grammar allows.

        A line without tokens is one that takes too many or costs more than `dearest`.
        """
        walk = sentence.start.again()
        for token in branch.prefix:
            walk.advance(token)
        line = _Line(list(branch.prefix), list(branch.shares), [])
        if walk.done:
            return line
        evaluated = ahead.Ahead(self._session, sentence.prompt, guess)
        while len(line.tokens) < MAX_OUTPUT:
            allowed = walk.allowed()
            best = 0
            if len(allowed) > 1:  # where the grammar leaves one choice no logits are needed
                evaluated.reach(line.tokens)
                best = self._choose(allowed, line)
                if line.cost > dearest:
                    break
            token = allowed[best]
            walk.advance(token)
            line.tokens.append(token)
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
        total = math.log(float(np.add.reduce(np.exp(logs))))
        if not total < _LEAST_DOUBT:
            *before, last = line.shares
            for index in (logs > _LEAST_BRANCH).nonzero()[0].tolist():
                if index != best:
                    shares = (*before, last + float(logs[index]) - total)
                    line.branches.append(
                        _Branch(-sum(shares), (*line.tokens, allowed[index]), _next_call(shares, allowed[index]))
                    )
        line.shares[-1] -= total
        return best

    def _understanding(self, line: _Line, sentence: _Sentence) -> Understanding:
        written = self._vocabulary.text(line.tokens[:-1])
        calls = parse_line(written, sentence.text)
        rated = tuple(
            Call(call.name, call.target, call.excepts, call.values, _probability(share))
            for call, share in zip(calls, line.shares, strict=True)
        )
        return Understanding(rated, _probability(sum(line.shares)), written)


def _next_call(shares: tuple[float, ...], token: int) -> tuple[float, ...]:
    return (*shares, 0.0) if token == _SEPARATOR else shares


def _probability(share: float) -> float:
    return math.exp(share) if math.isfinite(share) else 0.0
