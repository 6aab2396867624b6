"""The tokenizer of a Hugging Face directory: ``tokenizer.json``, or ``tokenizer.model`` of SentencePiece."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from appliance.errors import ModelError
from appliance.models.files import SourceFile
from appliance.models.tokenizer_json import Special, seal, sentencepiece

_MAX_BYTES: Final = 64 << 20
_MAX_PIECES: Final = 1 << 19
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4


def read_tokenizer(directory: Path) -> bytes:
    """Return the ``tokenizer.json`` of a directory, made from ``tokenizer.model`` when there is no other."""
    path = directory / "tokenizer.json"
    if path.exists():
        return read_file(path)
    if (directory / "tokenizer.model").exists():
        return from_sentencepiece(_read(directory / "tokenizer.model"))
    raise ModelError(f"{path} is missing; fetch it from where the model came from, or give one with --tokenizer")


def read_file(path: Path) -> bytes:
    """Return the ``tokenizer.json`` in a file of that kind."""
    return seal(_read(path))


def _read(path: Path) -> bytes:
    with SourceFile(path) as file:
        if file.size > _MAX_BYTES:
            raise ModelError(f"{path} has {file.size} bytes; at most {_MAX_BYTES} are read")
        return file.read(0, file.size)


def from_sentencepiece(data: bytes) -> bytes:
    """Return the ``tokenizer.json`` for a ``tokenizer.model`` (protobuf ``ModelProto``) of a BPE as Llama's."""
    pieces: list[str] = []
    scores: list[float] = []
    specials: list[Special] = []
    unknown, begin = "", None
    for field, value in _fields(data):
        if field == 2 and isinstance(value, bytes):
            kinds = [kind for number, kind in _fields(value) if number == 3]
            if kinds and kinds[0] != 2:
                raise ModelError("tokenizer.model is no BPE; only SentencePiece BPE models are read")
        if field != 1 or not isinstance(value, bytes):
            continue
        piece, score, kind = _piece(value)
        if kind in {_UNKNOWN, _CONTROL, _USER_DEFINED}:
            specials.append(Special(len(pieces), piece))
        if kind == _UNKNOWN:
            unknown = piece
        if piece == "<s>":
            begin = Special(len(pieces), piece)
        pieces.append(piece)
        scores.append(score)
        if len(pieces) > _MAX_PIECES:
            raise ModelError(f"tokenizer.model has more than {_MAX_PIECES} pieces")
    if not unknown:
        raise ModelError("tokenizer.model holds no SentencePiece vocabulary")
    return sentencepiece(pieces, scores, specials, unknown=unknown, begin=begin)


def _piece(data: bytes) -> tuple[str, float, int]:
    piece, score, kind = "", 0.0, 1
    for field, value in _fields(data):
        if field == 1 and isinstance(value, bytes):
            piece = value.decode("utf-8", "replace")
        elif field == 2 and isinstance(value, bytes) and len(value) == 4:
            score = struct.unpack("<f", value)[0]
        elif field == 3 and isinstance(value, int):
            kind = value
    return piece, score, kind


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Walk over the fields of one protobuf message: numbers, and bytes for all else."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, at = _varint(data, at)
        else:
            if kind == 2:
                size, at = _varint(data, at)
            elif kind in {1, 5}:
                size = 8 if kind == 1 else 4
            else:
                raise ModelError("tokenizer.model is damaged: an unknown kind of field")
            value, at = data[at : at + size], at + size
            if at > len(data):
                raise ModelError("tokenizer.model is cut short")
        yield tag >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            raise ModelError("tokenizer.model is cut short")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise ModelError("tokenizer.model is damaged: a number is too long")
