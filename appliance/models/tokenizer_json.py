"""Builds ``tokenizer.json`` files for the ``tokenizers`` library out of vocabularies. Pure functions.

In every file that is written here, all added tokens are marked special: so the library can be told to leave them alone
in text (`encode_special_tokens`), and nothing a user writes becomes a control token.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.engine.strict_json import loads_strict
from appliance.errors import ModelError

SPACE: Final = "\u2581"
"""What SentencePiece writes for a space."""
MAX_PIECE: Final = 256
"""Characters of a SentencePiece piece, each of which is a place to cut it; trained ones have at most some dozens."""

_LLAMA3: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_QWEN2: Final = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_GPT2: Final = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a byte-level BPE cuts text before it merges."""

    pattern: str
    """Regular expression of the pieces."""
    whole_words: bool = False
    """A piece that is in the vocabulary is taken as it is, whatever the merges say."""
    nfc: bool = False
    """Text is normalised to NFC first."""
    begins: bool = False
    """A begin token stands before every text unless the file says otherwise."""


_LLAMA3_SCHEME: Final = Scheme(_LLAMA3, whole_words=True, begins=True)
SCHEMES: Final[Mapping[str, Scheme]] = {
    "llama3": _LLAMA3_SCHEME,
    "llama-v3": _LLAMA3_SCHEME,
    "llama-bpe": _LLAMA3_SCHEME,
    "falcon3": _LLAMA3_SCHEME,
    "falcon-h1": _LLAMA3_SCHEME,
    "qwen2": Scheme(_QWEN2, nfc=True),
    "qwen35": Scheme(
        _QWEN2.replace(r"\p{L}+", r"[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]"), nfc=True
    ),
    "gpt-2": Scheme(_GPT2),
}
"""By the name that GGUF files give under ``tokenizer.ggml.pre``."""


@dataclass(frozen=True, slots=True)
class Special:
    """A token that text cannot produce."""

    id: int
    content: str


def seal(text: bytes) -> bytes:
    """Return a ``tokenizer.json`` with all its added tokens marked special and without padding or truncation."""
    raw = loads_strict(text, "tokenizer.json")
    added = raw.get("added_tokens") or []
    if not isinstance(raw.get("model"), dict) or not isinstance(added, list):
        raise ModelError("tokenizer.json has no model: it is not of the tokenizers library")
    for token in added:
        if not isinstance(token, dict) or not isinstance(token.get("content"), str):
            raise ModelError("tokenizer.json: an added token has no content")
        token["special"] = True
    raw["truncation"] = raw["padding"] = None
    return _dump(raw)


def byte_level(
    tokens: Sequence[str], merges: Sequence[str], specials: Sequence[Special], scheme: Scheme, begin: Special | None
) -> bytes:
    """Return the file of a byte-level BPE; `merges` are pairs with a space between."""
    pairs = [merge.split(" ") for merge in merges]
    if not all(len(pair) == 2 for pair in pairs):
        raise ModelError("the tokenizer has a merge that is no pair")
    cutting = {"type": "Split", "pattern": {"Regex": scheme.pattern}, "behavior": "Isolated", "invert": False}
    bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    return _dump(
        _file(
            specials,
            begin,
            normalizer={"type": "NFC"} if scheme.nfc else None,
            pre_tokenizer={"type": "Sequence", "pretokenizers": [cutting, bytes_]},
            decoder={**bytes_, "add_prefix_space": True, "use_regex": True},
            model=_bpe(_ids(tokens), pairs, ignore_merges=scheme.whole_words),
        )
    )


def sentencepiece(
    pieces: Sequence[str],
    scores: Sequence[float],
    specials: Sequence[Special],
    *,
    unknown: str,
    begin: Special | None,
    add_prefix: bool = True,
) -> bytes:
    """Return the file of a SentencePiece BPE: the pair whose joined piece has the best score is merged first."""
    if not all(isinstance(score, float | int) and math.isfinite(score) for score in scores):
        raise ModelError("the tokenizer has a score that is no finite number")
    ids = _ids(pieces)
    apart = {special.content for special in specials}
    merges: list[tuple[float, int, int, list[str]]] = []
    for piece, score in zip(pieces, scores, strict=True):
        if piece in apart:
            continue
        if len(piece) > MAX_PIECE:
            raise ModelError(f"the tokenizer has a piece of {len(piece)} characters; at most {MAX_PIECE} are read")
        for cut in range(1, len(piece)):
            left, right = piece[:cut], piece[cut:]
            if left in ids and right in ids and left not in apart and right not in apart:
                merges.append((-score, ids[left], ids[right], [left, right]))
    merges.sort(key=lambda merge: merge[:3])
    replace_spaces = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
    prepend = [{"type": "Prepend", "prepend": SPACE}] if add_prefix else []
    strip = [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if add_prefix else []
    restore = {"type": "Replace", "pattern": {"String": SPACE}, "content": " "}
    return _dump(
        _file(
            specials,
            begin,
            normalizer={"type": "Sequence", "normalizers": [*prepend, replace_spaces]},
            pre_tokenizer=None,
            decoder={"type": "Sequence", "decoders": [restore, {"type": "ByteFallback"}, {"type": "Fuse"}, *strip]},
            model=_bpe(ids, [merge[3] for merge in merges], unk_token=unknown, fuse_unk=True, byte_fallback=True),
        )
    )


def _ids(tokens: Sequence[str]) -> dict[str, int]:
    ids = {token: number for number, token in enumerate(tokens)}
    if len(ids) != len(tokens):
        raise ModelError("the tokenizer has two tokens that are the same")
    return ids


def _bpe(ids: Mapping[str, int], merges: Sequence[Sequence[str]], **changes: Any) -> dict[str, Any]:
    missing = next(
        (pair for pair in merges if pair[0] not in ids or pair[1] not in ids or "".join(pair) not in ids), None
    )
    if missing is not None:
        raise ModelError(f"the tokenizer merges {missing} into what is no token")
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        **changes,
        "vocab": dict(ids),
        "merges": [list(pair) for pair in merges],
    }


def _file(specials: Sequence[Special], begin: Special | None, **parts: Any) -> dict[str, Any]:
    processor = None
    if begin is not None:
        first: dict[str, Any] = {"SpecialToken": {"id": begin.content, "type_id": 0}}
        processor = {
            "type": "TemplateProcessing",
            "single": [first, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [first, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {begin.content: {"id": begin.content, "ids": [begin.id], "tokens": [begin.content]}},
        }
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": special.id, "content": special.content, **flags}
            for special in sorted(specials, key=lambda special: special.id)
        ],
        "post_processor": processor,
        **parts,
    }


def _dump(raw: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(raw, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ModelError("the tokenizer has a token that is no valid text") from error
