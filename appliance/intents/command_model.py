"""The command model: a sentence in, calls out, decoded greedily under the grammar.

The engine's session and the tokenizer are handed in, so that this part knows neither files nor native code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from appliance.intents import language
from appliance.intents.grammar import Walk
from appliance.intents.parse import parse_pieces
from appliance.intents.vocabulary import SPECIAL, Vocabulary
from appliance.text import Word, words

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class CommandModel:
    """Understands one sentence at a time; deterministic."""

    def __init__(self, session: Session, vocabulary: Vocabulary) -> None:
        """Decode with `session`, whose model must have been exported together with `vocabulary`."""
        self._session = session
        self._vocabulary = vocabulary

    def understand(self, text: str) -> Understanding:
        """Return the calls that `text` asks for. Engine errors pass through; nothing else is raised."""
        sentence = words(text)
        if not sentence:
            return Understanding(refusal="I heard no words.")
        if len(sentence) > MAX_WORDS:
            return Understanding(refusal=f"That is too long for one request: at most {MAX_WORDS} words, please.")
        tokens: list[int] = []
        starts: list[int] = []
        for word in sentence:
            starts.append(len(tokens))
            tokens.extend(self._vocabulary.word(word.text))
        if len(tokens) > MAX_PROMPT:
            return Understanding(refusal="I cannot read that: too many unusual words.")
        self._session.sync([*tokens, _BEGIN])
        line, shares = self._decode(Walk(tokens, starts))
        if not line:
            return Understanding(refusal="That asks for too much at once; say it in parts.")
        return self._understanding(line, shares, text, sentence)

    def _decode(self, walk: Walk) -> tuple[list[int], list[float]]:
        """Return the likeliest legal line, step by step, and the log probability of each of its calls."""
        line: list[int] = []
        shares = [0.0]
        waiting: list[
            int
        ] = []  # written but not yet evaluated: where the grammar leaves one choice no logits are needed
        while len(line) < MAX_OUTPUT:
            allowed = walk.allowed()
            best = 0
            if len(allowed) > 1:
                if waiting:
                    self._session.append(waiting)
                    waiting = []
                logits = self._session.logits(allowed)
                best = int(logits.argmax())
                shares[-1] -= math.log(float(np.exp(logits - logits[best]).sum()))
            token = allowed[best]
            walk.advance(token)
            line.append(token)
            waiting.append(token)
            if token == _END:
                return line, shares
            if token == _SEPARATOR:
                shares.append(0.0)
        return [], []

    def _understanding(
        self, line: list[int], shares: list[float], text: str, sentence: Sequence[Word]
    ) -> Understanding:
        pieces = self._vocabulary.text(line).split()
        calls = parse_pieces(pieces, text, sentence)
        rated = tuple(replace(call, confidence=_probability(share)) for call, share in zip(calls, shares, strict=True))
        return Understanding(rated, _probability(sum(shares)), " ".join(pieces[:-1]))


def _probability(share: float) -> float:
    return math.exp(share) if math.isfinite(share) else 0.0
