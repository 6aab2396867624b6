"""Token ids of words and special tokens: the command model's tokenizer as decoding needs it.

Every word is encoded by itself, so its ids are the same in a sentence and in a span copied from it. The special
tokens of :func:`appliance.intents.language.tokens` are the first ids, in that order.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from appliance.errors import ModelError
from appliance.intents import language

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKENS = language.tokens()

SPECIAL: dict[str, int] = {token: index for index, token in enumerate(_TOKENS)}
"""Id of every special token, fixed by the language itself."""

_KEPT_WORDS = 4096
"""Words whose ids are remembered; the cache starts anew beyond it."""
_KEPT_SPANS = 512
"""Spans whose words are remembered."""


class Vocabulary:
    """The ids of words, and the way back."""

    def __init__(self, tokenizer: Tokenizer, *, kept_words: int = _KEPT_WORDS) -> None:
        """Use `tokenizer`, whose first ids must be the language's tokens in their order; remember `kept_words` words."""
        if tuple(tokenizer.id_to_token(i) for i in range(len(_TOKENS))) != _TOKENS:
            message = "tokenizer.json does not begin with the tokens of the command language; export the model again"
            raise ModelError(message)
        self._tokenizer = tokenizer
        self._kept_words = kept_words
        self._ids: dict[str, tuple[int, ...]] = {}
        self._read = lru_cache(maxsize=_KEPT_SPANS)(self._decoded)

    @classmethod
    def open(cls, path: Path | str) -> Vocabulary:
        """Read a ``tokenizer.json``."""
        try:
            data = Path(path).read_bytes()
            return cls.parse(data)
        except OSError as error:
            message = f"cannot read the tokenizer {path}: {error.strerror}"
            raise ModelError(message) from error

    @classmethod
    def parse(cls, data: bytes) -> Vocabulary:
        """Make a vocabulary from the bytes of a ``tokenizer.json``."""
        try:
            tokenizer = Tokenizer.from_str(data.decode())
        except Exception as error:  # the library raises bare Exception for every defect of the file
            message = f"tokenizer.json is not a tokenizer: {error}"
            raise ModelError(message) from error
        return cls(tokenizer)

    def __len__(self) -> int:
        """Count all tokens, special ones included."""
        return int(self._tokenizer.get_vocab_size())

    def word(self, word: str) -> tuple[int, ...]:
        """Return the ids of one normalised word (as :func:`appliance.text.words` makes them), never empty."""
        ids = self._ids.get(word)
        if ids is None:
            ids = tuple(self._tokenizer.encode([word], is_pretokenized=True, add_special_tokens=False).ids)
            if len(self._ids) >= self._kept_words:
                self._ids.clear()
            self._ids[word] = ids
        return ids

    def line(self, line: str) -> list[int]:
        """Return the ids of a line of the command language; what is no special token is a word."""
        found: list[int] = []
        for piece in line.split():
            special = SPECIAL.get(piece)
            found.extend(self.word(piece) if special is None else (special,))
        return found

    def text(self, ids: Iterable[int]) -> str:
        """Return the line that `ids` stand for."""
        pieces: list[str] = []
        word: list[int] = []
        for token in (*ids, SPECIAL[language.PAD]):
            if token < len(_TOKENS):
                if word:
                    pieces += self._read(tuple(word))
                    word.clear()
                pieces.append(_TOKENS[token])
            else:
                word.append(token)
        return " ".join(pieces[:-1])

    def _decoded(self, ids: tuple[int, ...]) -> tuple[str, ...]:
        """The words that `ids` spell."""
        return tuple(self._tokenizer.decode(ids).split())
