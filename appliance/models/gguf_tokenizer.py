"""The tokenizer that a GGUF file carries in its metadata, as a ``tokenizer.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from appliance.errors import ModelError
from appliance.models.tokenizer_json import SCHEMES, Scheme, Special, byte_level, sentencepiece

_CONTROL, _USER_DEFINED, _UNKNOWN = 3, 4, 2
_LLAMA3_TOKENS: Final = 128_256
"""Files from before ``tokenizer.ggml.pre`` existed: this many tokens are Llama 3's."""


def build_tokenizer(metadata: Mapping[str, Any], n_vocab: int) -> bytes:
    """Return the ``tokenizer.json`` for a file's metadata; `ModelError` says what is missing or not known."""
    kind = metadata.get("tokenizer.ggml.model")
    tokens = _texts(metadata, "tokens")
    if len(tokens) > n_vocab:
        raise ModelError(f"GGUF: the tokenizer has {len(tokens)} tokens, the embedding {n_vocab} rows")
    types = metadata.get("tokenizer.ggml.token_type") or [1] * len(tokens)
    if not isinstance(types, list) or len(types) != len(tokens):
        raise ModelError("GGUF: tokenizer.ggml.token_type does not fit the tokens")
    specials = [
        Special(number, token)
        for number, (token, type_) in enumerate(zip(tokens, types, strict=True))
        if type_ in (_CONTROL, _USER_DEFINED) or (type_ == _UNKNOWN and kind == "llama")
    ]
    if kind == "gpt2":
        scheme = _scheme(metadata, len(tokens))
        begin = _begin(metadata, tokens, default=scheme.begins)
        return byte_level(tokens, _texts(metadata, "merges"), specials, scheme, begin)
    if kind == "llama":
        scores = metadata.get("tokenizer.ggml.scores")
        if not isinstance(scores, list) or len(scores) != len(tokens):
            raise ModelError("GGUF: tokenizer.ggml.scores is missing or does not fit the tokens")
        unknown = metadata.get("tokenizer.ggml.unknown_token_id", 0)
        return sentencepiece(
            tokens,
            scores,
            specials,
            unknown=tokens[_id(unknown, tokens)],
            begin=_begin(metadata, tokens, default=True),
            add_prefix=metadata.get("tokenizer.ggml.add_space_prefix", True) is not False,
        )
    raise ModelError(
        f"GGUF: the tokenizer {str(kind)[:40]!r} is not supported (gpt2 and llama are); give its tokenizer.json with --tokenizer"
    )


def _scheme(metadata: Mapping[str, Any], n_tokens: int) -> Scheme:
    name = metadata.get("tokenizer.ggml.pre")
    if (name is None or name == "default") and n_tokens == _LLAMA3_TOKENS:
        name = "llama-bpe"
    scheme = SCHEMES.get(name) if isinstance(name, str) else None
    if scheme is None:
        raise ModelError(
            f"GGUF: how its tokenizer cuts text ({str(name)[:40]!r}) is not known here; give its tokenizer.json with --tokenizer"
        )
    return scheme


def _texts(metadata: Mapping[str, Any], key: str) -> Sequence[str]:
    value = metadata.get(f"tokenizer.ggml.{key}")
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        raise ModelError(
            f"GGUF: tokenizer.ggml.{key} is missing: the file has no usable tokenizer; give a tokenizer.json with --tokenizer"
        )
    return value


def _begin(metadata: Mapping[str, Any], tokens: Sequence[str], *, default: bool) -> Special | None:
    """The token before every text."""
    wanted = metadata.get("tokenizer.ggml.add_bos_token", default)
    number = metadata.get("tokenizer.ggml.bos_token_id")
    if not wanted or number is None:
        return None
    return Special(number, tokens[_id(number, tokens)])


def _id(number: Any, tokens: Sequence[str]) -> int:
    if not isinstance(number, int) or not 0 <= number < len(tokens):
        raise ModelError("GGUF: the tokenizer names a token that is not there")
    return number
