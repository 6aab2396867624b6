"""Text to tokens and back: what people write never becomes a control token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from tokenizers import Tokenizer

from appliance.errors import ModelError
from appliance.models.files import SourceFile

STOPS: Final = ("<|eot_id|>", "<|im_end|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>", "</s>", "<|eom_id|>")
"""Names of tokens that end a reply, in the models that are known."""
MAX_TOKENIZER_BYTES: Final = 128 << 20
_BROKEN: Final = "\ufffd"
_LOOK_BACK: Final = 8
"""Tokens before a new one that may change how it is written: a character of four bytes may be as many tokens."""


@contextmanager
def _no_panic(what: str) -> Iterator[None]:
    """Turn what the library raises over a damaged file into an error of ours: bare exceptions, and panics, which are none."""
    try:
        yield
    except MemoryError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ModelError(f"{what}: {error}") from error
        raise


class TextTokenizer:
    """A model's tokenizer. Immutable once opened; one may be shared by threads."""

    def __init__(self, tokenizer: Tokenizer, n_vocab: int) -> None:
        """Take over a tokenizer for a model of `n_vocab` rows; use :meth:`open`."""
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self._n_vocab = n_vocab
        self._controls = {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
        self.stops = frozenset(number for number in map(tokenizer.token_to_id, STOPS) if number is not None)
        """Tokens that end a reply."""
        self.begin: tuple[int, ...] = tuple(tokenizer.encode("").ids)
        """What stands before every text: the begin token, or nothing."""

    @classmethod
    def open(cls, path: Path, n_vocab: int) -> Self:
        """Read a ``tokenizer.json``; `ModelError` when it is none or has more tokens than the model."""
        with SourceFile(path) as file:
            if file.size > MAX_TOKENIZER_BYTES:
                raise ModelError(f"{path} has {file.size} bytes; at most {MAX_TOKENIZER_BYTES} are read")
            return cls.parse(file.read(0, file.size), n_vocab, str(path))

    @classmethod
    def parse(cls, data: bytes, n_vocab: int, name: str = "tokenizer.json") -> Self:
        """Parse a ``tokenizer.json``; `name` stands in error messages."""
        with _no_panic(f"{name} is no tokenizer that can be read"):
            found = cls(Tokenizer.from_buffer(data), n_vocab)
            size = found._tokenizer.get_vocab_size()
        if size > n_vocab:
            raise ModelError(f"{name} has {size} tokens, its model only {n_vocab} rows: they do not belong together")
        return found

    @property
    def n_vocab(self) -> int:
        """Rows of the model; some may be no token."""
        return self._n_vocab

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text, without a begin token."""
        text = text.encode("utf-8", "replace").decode()
        with _no_panic("the tokenizer cannot read a text"):
            tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        if self._controls.isdisjoint(tokens):
            return tokens
        # A vocabulary that holds a control token as if it were a word: no single character is one.
        return [
            token
            for character in text
            for token in self._tokenizer.encode(character, add_special_tokens=False).ids
            if token not in self._controls
        ]

    def control(self, name: str) -> list[int]:
        """Return the control token of this name, or its text in tokens when the model has none."""
        number = self._tokenizer.token_to_id(name)
        return self.encode(name) if number is None else [number]

    def has(self, *names: str) -> bool:
        """Whether the model has all these tokens."""
        return all(self._tokenizer.token_to_id(name) is not None for name in names)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens; control tokens have none."""
        with _no_panic("the tokenizer cannot write its tokens"):
            text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text

    def to_json(self) -> str:
        """Return the ``tokenizer.json`` again."""
        text: str = self._tokenizer.to_str()
        return text


class TextStream:
    """Turns tokens into text as they come; a character is given out when all its bytes are there."""

    def __init__(self, tokenizer: TextTokenizer) -> None:
        """Begin with nothing written."""
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        self._given = 0
        """Of the tokens, those whose text is out."""

    def push(self, token: int) -> str:
        """Take one more token; return the text that is new."""
        self._tokens.append(token)
        start = max(0, self._given - _LOOK_BACK)
        before = self._tokenizer.decode(self._tokens[start : self._given])
        after = self._tokenizer.decode(self._tokens[start:])
        if after.endswith(_BROKEN) and len(self._tokens) - self._given < _LOOK_BACK:
            return ""
        self._given = len(self._tokens)
        return after[len(before) :]

    def flush(self) -> str:
        """Return what is left, even if it is only a part of a character."""
        start = max(0, self._given - _LOOK_BACK)
        before = self._tokenizer.decode(self._tokens[start : self._given])
        self._given = len(self._tokens)
        return self._tokenizer.decode(self._tokens[start:])[len(before) :]
