"""Reading and writing of the safetensors container, hardened against hostile files.

The format: eight bytes, little-endian, with the length of the header; the header, one JSON object of
``name → {"dtype", "shape", "data_offsets": [begin, end]}`` plus ``__metadata__`` of strings; then the data, that
the tensors cover without gap or overlap. `parse` is pure: it sees the header and the size of the file only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from appliance.engine.strict_json import loads_strict
from appliance.errors import ModelError

MAX_HEADER_BYTES: Final = 2 << 20
MAX_TENSORS: Final = 8192
MAX_NAME: Final = 200
MAX_RANK: Final = 4
MAX_DIMENSION: Final = 1 << 40
LENGTH_BYTES: Final = 8

ITEM_SIZES: Final[Mapping[str, int]] = {"F32": 4, "F16": 2, "BF16": 2, "I8": 1, "U8": 1}
"""Bytes of one element for every dtype that is read; the others of the format are refused."""

_ALIGNMENT: Final = 64
"""The data section starts at a multiple of this, and so do tensors whose predecessors' sizes allow it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one tensor lies."""

    name: str
    """Its name, printable ASCII."""
    dtype: str
    """A key of `ITEM_SIZES`."""
    shape: tuple[int, ...]
    """Outermost dimension first."""
    begin: int
    """Offset of its first byte in the file."""
    end: int
    """Offset after its last byte."""


@dataclass(frozen=True, slots=True)
class Index:
    """The checked header of a file."""

    entries: tuple[Entry, ...]
    """Tensors in the order of their data."""
    metadata: Mapping[str, str]
    """The free strings of ``__metadata__``."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Data that is made while it is written, so that it never lies in memory as a whole."""

    size: int
    """Bytes in all."""
    chunks: Callable[[], Iterator[bytes | memoryview]]
    """Gives them, in order."""

    def __len__(self) -> int:
        """Return the size."""
        return self.size


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor to write."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes | memoryview | Stream
    """Its elements, little-endian and contiguous."""


def header_length(prefix: bytes, file_size: int) -> int:
    """Return the length of the header from the first eight bytes of a file of `file_size` bytes."""
    if len(prefix) < LENGTH_BYTES or file_size < LENGTH_BYTES + 2:
        raise ModelError(f"safetensors: the file is too short ({file_size} bytes)")
    length = int.from_bytes(prefix[:LENGTH_BYTES], "little")
    if length > min(MAX_HEADER_BYTES, file_size - LENGTH_BYTES):
        raise ModelError(f"safetensors: a header of {length} bytes does not fit (file of {file_size} bytes)")
    return length


def parse(header: bytes, file_size: int) -> Index:
    """Check a header against the size of its file and return where the tensors lie.

    `header` is the JSON text without the length before it. Every offset returned lies inside the file, every
    tensor's size is that of its shape, and none overlap. Raises `ModelError` otherwise.
    """
    if not header.startswith(b"{"):
        raise ModelError("safetensors: the header is no JSON object")
    raw = loads_strict(header, "safetensors: the header")
    metadata = _metadata(raw.pop("__metadata__", {}))
    if len(raw) > MAX_TENSORS:
        raise ModelError(f"safetensors: {len(raw)} tensors; at most {MAX_TENSORS} are accepted")
    start = LENGTH_BYTES + len(header)
    entries = sorted(
        (_entry(name, value, start, file_size) for name, value in raw.items()),
        key=lambda entry: (entry.begin, entry.end),
    )
    position = start
    for entry in entries:
        if entry.begin != position:
            problem = "overlaps another" if entry.begin < position else "leaves a gap before it"
            raise ModelError(f"safetensors: tensor {entry.name!r} {problem}")
        position = entry.end
    if position != file_size:
        raise ModelError(f"safetensors: the data ends at byte {position}, the file at {file_size}")
    return Index(tuple(entries), metadata)


def write(file: BinaryIO, tensors: Sequence[Tensor], metadata: Mapping[str, str]) -> None:
    """Write `tensors` and `metadata`; the order of the data is by falling alignment, then as given."""
    ordered = sorted(tensors, key=lambda tensor: -_alignment_of(len(tensor.data)))
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    position = 0
    for tensor in ordered:
        _check_writable(tensor, header)
        header[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [position, position + len(tensor.data)],
        }
        position += len(tensor.data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(LENGTH_BYTES + len(text)) % _ALIGNMENT)
    if len(text) > MAX_HEADER_BYTES:
        raise ModelError(
            f"safetensors: the header would have {len(text)} bytes; at most {MAX_HEADER_BYTES} are read back"
        )
    file.write(len(text).to_bytes(LENGTH_BYTES, "little") + text)
    for tensor in ordered:
        if isinstance(tensor.data, Stream):
            _write_stream(file, tensor.name, tensor.data)
        else:
            file.write(tensor.data)


def _write_stream(file: BinaryIO, name: str, data: Stream) -> None:
    left = data.size
    for chunk in data.chunks():
        left -= len(chunk)
        if left < 0:
            break
        file.write(chunk)
    if left:
        raise ModelError(f"safetensors: tensor {name!r} gave {data.size - left} bytes instead of {data.size}")


def _check_writable(tensor: Tensor, header: Mapping[str, Any]) -> None:
    if not _is_name(tensor.name) or tensor.name in header:
        raise ModelError(f"safetensors: {tensor.name!r} is no usable name for one more tensor")
    if len(tensor.shape) > MAX_RANK:
        raise ModelError(f"safetensors: tensor {tensor.name!r} has rank {len(tensor.shape)}")
    if tensor.dtype not in ITEM_SIZES or len(tensor.data) != math.prod(tensor.shape) * ITEM_SIZES[tensor.dtype]:
        raise ModelError(f"safetensors: the data of tensor {tensor.name!r} is not {tensor.dtype} {list(tensor.shape)}")


def _alignment_of(size: int) -> int:
    """Return the alignment that a tensor of `size` bytes keeps for the one after it."""
    return math.gcd(size, _ALIGNMENT) if size else _ALIGNMENT


def _metadata(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ModelError("safetensors: __metadata__ must hold strings")
    return value


def _is_name(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME and name.isascii() and name.isprintable() and name != "__metadata__"


def _entry(name: str, value: Any, start: int, file_size: int) -> Entry:
    if not _is_name(name):
        raise ModelError(f"safetensors: a tensor name is empty, too long or not printable: {name[:MAX_NAME]!r}")
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data_offsets"}:
        raise ModelError(f"safetensors: tensor {name!r} needs dtype, shape and data_offsets and nothing else")
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in ITEM_SIZES:
        raise ModelError(f"safetensors: tensor {name!r} has a dtype that is not one of {', '.join(ITEM_SIZES)}")
    if not isinstance(shape, list) or len(shape) > MAX_RANK or not all(map(_is_count, shape)):
        raise ModelError(f"safetensors: tensor {name!r} has no usable shape")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_count, offsets)):
        raise ModelError(f"safetensors: tensor {name!r} has no usable data_offsets")
    begin, end = offsets
    if not begin <= end <= file_size - start:
        raise ModelError(f"safetensors: tensor {name!r} lies outside the file")
    if end - begin != math.prod(shape) * ITEM_SIZES[dtype]:
        raise ModelError(f"safetensors: tensor {name!r} has {end - begin} bytes, not those of {dtype} {shape}")
    if (start + begin) % ITEM_SIZES[dtype] != 0:
        raise ModelError(f"safetensors: tensor {name!r} is not aligned to its elements")
    return Entry(name, dtype, tuple(shape), start + begin, start + end)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_DIMENSION
