"""Grammars that a reply must follow, by llguidance: JSON schemas, regular expressions, Lark grammars.

llguidance is an extra (``pip install 'ternd[chat]'``) with wheels for x86-64 and aarch64.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from appliance.errors import ModelError
from appliance.models.text import TextTokenizer

MAX_GRAMMAR_BYTES = 1 << 20


class Constraint(Protocol):
    """What generation asks a grammar."""

    def forced(self) -> Sequence[int]:
        """Tokens that are the only way to go on; they need no logits."""

    def allowed(self) -> npt.NDArray[np.int32]:
        """Ids of the tokens that may come next, those that end the reply among them where it may end."""

    def advance(self, tokens: Sequence[int]) -> None:
        """Note that these tokens were written."""

    @property
    def done(self) -> bool:
        """Whether nothing more can come."""


class Grammar:
    """A compiled grammar for one tokenizer; `begin` gives a fresh constraint."""

    def __init__(self, tokenizer: TextTokenizer, text: str) -> None:
        """Compile `text`, what one of the makers below gave; `ModelError` says what is wrong with it."""
        guidance = _library()
        stops = sorted(tokenizer.stops)
        if not stops:
            raise ModelError("the model has no token that ends a reply, so it cannot write under a grammar")
        try:
            self._tokenizer = guidance.LLTokenizer(tokenizer.to_json(), n_vocab=tokenizer.n_vocab, eos_token=stops)
        except Exception as error:  # what it raises is not documented
            raise ModelError(f"the tokenizer cannot be used with a grammar: {error}") from error
        self._stops = np.array(stops, np.int32)
        self._matcher = guidance.LLMatcher(self._tokenizer, text, log_level=0)
        if self._matcher.is_error():
            raise ModelError(f"the grammar cannot be used: {self._matcher.get_error()}")

    def begin(self) -> Constraint:
        """Return a constraint at the beginning of a reply."""
        return _Walk(self._matcher.deep_copy(), self._stops)


def json_schema(data: bytes) -> str:
    """Return the grammar of a JSON schema, written compactly; `ModelError` when it is none."""
    try:
        schema = json.loads(data)
        grammar: str = _library().LLMatcher.grammar_from_json_schema(schema, overrides={"whitespace_flexible": False})
    except (ValueError, RecursionError) as error:
        raise ModelError(f"this is no JSON schema: {error}") from error
    return grammar


def regex(pattern: str) -> str:
    """Return the grammar of a regular expression."""
    grammar: str = _library().LLMatcher.grammar_from_regex(pattern)
    return grammar


def lark(text: str) -> str:
    """Return the grammar of a Lark grammar."""
    grammar: str = _library().LLMatcher.grammar_from_lark(text)
    return grammar


class _Walk:
    """A place in a grammar."""

    def __init__(self, matcher: Any, stops: npt.NDArray[np.int32]) -> None:
        self._matcher = matcher
        self._stops = stops

    def forced(self) -> Sequence[int]:
        tokens: Sequence[int] = self._matcher.compute_ff_tokens()
        return tokens

    def allowed(self) -> npt.NDArray[np.int32]:
        if self._matcher.is_stopped():
            self._check()
            return self._stops
        bits = np.unpackbits(np.frombuffer(self._matcher.compute_bitmask(), np.uint8), bitorder="little")
        self._check()
        return np.flatnonzero(bits).astype(np.int32)

    def advance(self, tokens: Sequence[int]) -> None:
        self._matcher.consume_tokens(list(tokens))
        self._check()

    @property
    def done(self) -> bool:
        return bool(self._matcher.is_stopped())

    def _check(self) -> None:
        if self._matcher.is_error():
            raise ModelError(f"the grammar cannot be followed: {self._matcher.get_error()}")


def _library() -> Any:
    try:
        import llguidance  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise ModelError("grammars need llguidance: pip install 'ternd[chat]' (or pip install llguidance)") from error
    return llguidance
