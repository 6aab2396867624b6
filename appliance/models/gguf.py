"""Reading of the GGUF container, hardened against hostile files. `parse` is pure: it sees bytes, never a file.

The format (ggml's ``docs/gguf.md``): magic, version, counts; metadata of typed values under keys; for each tensor its name,
dimensions (innermost first), type and offset; padding to ``general.alignment``; the data. All of it is little-endian.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from appliance.errors import ModelError
from appliance.models import blocks
from appliance.models.blocks import Format

MAGIC: Final = b"GGUF"
MAX_KEYS: Final = 4096
MAX_TENSORS: Final = 8192
MAX_NAME: Final = 256
MAX_STRING: Final = 1 << 20
MAX_ITEMS: Final = 1 << 21
"""Elements of all arrays together: more than the vocabulary, scores, types and merges of any model. As Python objects each takes
many times what it takes in the file."""
MAX_HEADER_BYTES: Final = 256 << 20
MAX_RANK: Final = 4
MAX_DIMENSION: Final = 1 << 32

_STRING, _ARRAY = 8, 9
_SCALARS: Final[Mapping[int, struct.Struct]] = {
    number: struct.Struct("<" + code)
    for number, code in ((0, "B"), (1, "b"), (2, "H"), (3, "h"), (4, "I"), (5, "i"), (6, "f"), (7, "B"), (10, "Q"), (11, "q"), (12, "d"))
}  # fmt: skip
_BOOL = 7


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Where one tensor lies and how it is stored."""

    name: str
    shape: tuple[int, ...]
    """Outermost dimension first, unlike in the file."""
    format: Format
    offset: int
    """Of its first byte in the file."""
    size: int
    """Bytes, trailing scale included."""


@dataclass(frozen=True, slots=True)
class Gguf:
    """The checked header of a file."""

    metadata: Mapping[str, Any]
    """Numbers, booleans, strings, and lists of these."""
    tensors: Mapping[str, TensorInfo]
    """By name; every one lies inside the file."""


def parse(data: memoryview, file_size: int) -> Gguf:
    """Parse the header in `data`, the beginning of a file of `file_size` bytes (usually all of it, mapped).

    Raises `ModelError` for whatever is broken, too large or of a type that is not read.
    """
    reader = _Reader(data)
    if reader.take(4) != MAGIC:
        raise ModelError("this is no GGUF file: it does not begin with GGUF")
    version = reader.number(_SCALARS[4])
    if version not in {2, 3}:
        what = "a big-endian file" if version & 0xFFFF == 0 else f"version {version}"
        raise ModelError(f"GGUF: {what} is not read; versions 2 and 3, little-endian, are")
    n_tensors, n_keys = reader.count(MAX_TENSORS, "tensors"), reader.count(MAX_KEYS, "metadata keys")
    metadata: dict[str, Any] = {}
    for _ in range(n_keys):
        key = reader.name()
        if key in metadata:
            raise ModelError(f"GGUF: the key {key!r} is there twice")
        metadata[key] = reader.value(reader.number(_SCALARS[4]))
    raw = [_raw_tensor(reader) for _ in range(n_tensors)]
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 8 <= alignment <= 1 << 16 or alignment & (alignment - 1):
        raise ModelError("GGUF: general.alignment must be a power of two from 8 to 65536")
    start = -(-reader.position // alignment) * alignment
    return Gguf(metadata, _place(raw, start, file_size, alignment))


@dataclass(frozen=True, slots=True)
class _RawTensor:
    name: str
    shape: tuple[int, ...]
    type: int
    offset: int
    """From the start of the data."""


def _raw_tensor(reader: _Reader) -> _RawTensor:
    name = reader.name()
    rank = reader.number(_SCALARS[4])
    if not 1 <= rank <= MAX_RANK:
        raise ModelError(f"GGUF: tensor {name!r} has {rank} dimensions; 1 to {MAX_RANK} are read")
    shape = tuple(reader.number(_SCALARS[10]) for _ in range(rank))[::-1]
    if not all(1 <= size <= MAX_DIMENSION for size in shape) or math.prod(shape) > 1 << 40:
        raise ModelError(f"GGUF: tensor {name!r} has an impossible shape {list(shape)}")
    return _RawTensor(name, shape, reader.number(_SCALARS[4]), reader.number(_SCALARS[10]))


def _place(raw: Sequence[_RawTensor], start: int, file_size: int, alignment: int) -> Mapping[str, TensorInfo]:
    """Give every tensor its format and its place; tensors may not overlap, and must lie in the file."""
    ordered = sorted(raw, key=lambda tensor: tensor.offset)
    ends = [tensor.offset for tensor in ordered[1:]] + [max(0, file_size - start)]
    group = _group_of_q2(ordered, ends, alignment)
    result: dict[str, TensorInfo] = {}
    for tensor, end in zip(ordered, ends, strict=True):
        kind = blocks.format_of(tensor.type, group)
        if kind is None:
            reason = blocks.why_not(tensor.type)
            raise ModelError(f"GGUF: tensor {tensor.name!r} is of type {tensor.type}, which is not read: {reason}")
        size = _size(tensor, kind)
        if tensor.name in result:
            raise ModelError(f"GGUF: tensor {tensor.name!r} is there twice")
        if tensor.offset % alignment:
            raise ModelError(f"GGUF: tensor {tensor.name!r} is not aligned to {alignment} bytes")
        if tensor.offset + size > end:
            problem = "overlaps the next one" if end < file_size - start else "lies outside the file: it is cut short"
            raise ModelError(f"GGUF: tensor {tensor.name!r} {problem}")
        result[tensor.name] = TensorInfo(tensor.name, tensor.shape, kind, start + tensor.offset, size)
    return result


def _size(tensor: _RawTensor, kind: Format) -> int:
    items = math.prod(tensor.shape)
    run = items if kind.flat else tensor.shape[-1]
    if run % kind.block:
        raise ModelError(
            f"GGUF: tensor {tensor.name!r} {list(tensor.shape)} is no whole number of {kind.name} blocks of {kind.block}"
        )
    return items // kind.block * kind.block_bytes + kind.tail


def _group_of_q2(ordered: Sequence[_RawTensor], ends: Sequence[int], alignment: int) -> int:
    """Return the group size of type 42: 64 in mainline files, 128 in some; only the room the tensors take tells."""
    possible = {64, 128}
    for tensor, end in zip(ordered, ends, strict=True):
        if tensor.type != blocks.Q2_0:
            continue
        items = math.prod(tensor.shape)
        for group in tuple(possible):
            kind = blocks.format_of(blocks.Q2_0, group)
            size = items // group * kind.block_bytes if kind is not None else 0
            room = end - tensor.offset
            if tensor.shape[-1] % group or not size <= room < size + alignment:
                possible.discard(group)
    if not possible:
        raise ModelError(
            "GGUF: the tensors of type 42 (Q2_0) have neither groups of 64 nor of 128: the file is damaged"
        )
    return min(possible)


class _Reader:
    """A cursor over bytes; every step is checked against their end."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._end = min(len(data), MAX_HEADER_BYTES)
        self._items_left = MAX_ITEMS
        self.position = 0

    def take(self, size: int) -> bytes:
        position = self.position
        if size > self._end - position:
            self._short()
        self.position = position + size
        return bytes(self._data[position : position + size])

    def number(self, kind: struct.Struct) -> Any:
        return kind.unpack(self.take(kind.size))[0]

    def count(self, largest: int, what: str) -> int:
        value: int = self.number(_SCALARS[10])
        if value > largest:
            raise ModelError(f"GGUF: {value} {what}; at most {largest} are read")
        return value

    def text(self, largest: int = MAX_STRING) -> str:
        # Vocabularies may hold strings that are no UTF-8; the lone surrogates say so to whoever uses them.
        return self.take(self.count(largest, "bytes in a string")).decode("utf-8", "surrogateescape")

    def name(self) -> str:
        name = self.text(MAX_NAME)
        if not name or not name.isascii() or not name.isprintable():
            raise ModelError(f"GGUF: {name[:60]!r} is no usable name")
        return name

    def value(self, kind: int) -> Any:
        if kind == _ARRAY:
            item = self.number(_SCALARS[4])
            count = self.count(self._items_left, "more items in arrays")
            self._items_left -= count
            return self._array(item, count)
        return self._item(kind)()

    def _item(self, kind: int) -> Callable[[], Any]:
        if kind == _STRING:
            return self.text
        if kind == _BOOL:
            return lambda: bool(self.number(_SCALARS[_BOOL]))
        scalar = _SCALARS.get(kind)
        if scalar is None:
            raise ModelError(f"GGUF: metadata of type {kind} is not read")
        return lambda: self.number(scalar)

    def _array(self, kind: int, count: int) -> list[Any]:
        if kind in _SCALARS:
            scalar = _SCALARS[kind]
            values = [value for (value,) in scalar.iter_unpack(self.take(scalar.size * count))]
            return [bool(value) for value in values] if kind == _BOOL else values
        if kind != _STRING:
            raise ModelError(f"GGUF: arrays of type {kind} are not read")
        if count * 8 > self._end - self.position:
            self._short()
        return [self.text() for _ in range(count)]

    def _short(self) -> NoReturn:
        raise ModelError("GGUF: the file ends within its header: it is cut short")
