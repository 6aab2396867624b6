"""A model on disk: a directory as on Hugging Face, with weights in the packing of the kernels.

=====================  =====================================================================================
``config.json``        the shape, with Hugging Face's keys and a ``ternd`` object (`model_config`)
``tokenizer.json``     of the ``tokenizers`` library; only its digest is looked at here
``model.safetensors``  tensors named as in ``tern.h``; ternary ones are ``U8`` and their unpacked shape stands in
                       the metadata under ``t2.<name>`` as ``ROWSxCOLS``
``manifest.json``      size and SHA-256 of the other three, checked before anything in them is parsed
=====================  =====================================================================================

The weights are mapped; `OpenDirectory.hold` puts those of a large model into memory instead. Replace
a model by renaming files over it (as `write_model` does), never in place: a mapped file that shrinks takes the process
with it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import mmap
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from appliance.engine import binding, safetensors
from appliance.engine.binding import Dtype, NativeTensor, content_is_valid, pack
from appliance.engine.model_config import MAX_CONFIG_BYTES, ModelConfig, dump_config, parse_config
from appliance.engine.strict_json import loads_strict
from appliance.errors import EngineError, ModelError

log = logging.getLogger(__name__)

CONFIG: Final = "config.json"
TOKENIZER: Final = "tokenizer.json"
WEIGHTS: Final = "model.safetensors"
MANIFEST: Final = "manifest.json"

_LISTED: Final = (CONFIG, TOKENIZER, WEIGHTS)
INT4_COLS: Final = 128
"""Columns of a block of 4-bit rows."""
INT4_BLOCK: Final = 68
"""Bytes of one."""

_MAX_MANIFEST_BYTES: Final = 1 << 16
_MAX_TOKENIZER_BYTES: Final = 128 << 20
_ROOM: Final = 1.25
"""Weights are held only where so many times their size is available."""
_PART_BYTES: Final = 26_214 * 320  # whole tiles of every packing
_SHAPE: Final = re.compile(r"([1-9][0-9]{0,11})x([1-9][0-9]{0,11})")
_TERNARY: Final = (Dtype.T2, Dtype.T5, Dtype.T8, Dtype.C2)  # of which some codes are none
_PACKED_KEYS: Final = {
    "t2.": Dtype.T2,
    "t5.": Dtype.T5,
    "t8.": Dtype.T8,
    "t1.": Dtype.T1,
    "c2.": Dtype.C2,
    "q4.": Dtype.I4,
}
_NO_LONGER_READ: Final = "i4."
"""4-bit rows whose scales were f16, one for 32 columns."""

_Element = TypeVar("_Element", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Ternary:
    """A ternary matrix to write: weight = code * scale."""

    codes: npt.NDArray[np.int8]
    """[rows, cols], each -1, 0 or +1."""
    scale: float
    """One for the whole matrix."""
    packing: Dtype = Dtype.T2
    """T2, T5, T8 or, for down projections, C2."""


@dataclass(frozen=True, slots=True)
class GroupTernary:
    """A ternary matrix to write whose scales are one for each group of columns of a row: weight = code * scale."""

    codes: npt.NDArray[np.int8]
    """[rows, cols], each -1, 0 or +1."""
    scales: npt.NDArray[np.float16]
    """[rows, groups]; the group's width is the `group_size` of the configuration."""
    packing: Dtype = Dtype.T2
    """T2 or, without zeros and with groups of 128 or 256, T1."""


@dataclass(frozen=True, slots=True)
class Int4Rows:
    """An embedding or a head to write at 4 bits: weight = code * its group's factor * its row's scale."""

    codes: npt.NDArray[np.int8]
    """[rows, cols], each -8 to 7."""
    factors: npt.NDArray[np.int8]
    """[rows, 4 for each 128 columns, rounded up]: of the columns that `group_columns` puts together."""
    scales: npt.NDArray[np.float32]
    """[rows]"""


@dataclass(frozen=True, slots=True)
class Int8Rows:
    """An embedding or a head to write in int8: weight = code * its row's scale."""

    codes: npt.NDArray[np.int8]
    """[rows, cols]"""
    scales: npt.NDArray[np.float32]
    """[rows]"""


@dataclass(frozen=True, slots=True)
class BFloat16:
    """A matrix to write in bfloat16, which NumPy does not know."""

    bits: npt.NDArray[np.uint16]
    """The upper half of each float32."""


Weights: TypeAlias = (
    Ternary | GroupTernary | Int4Rows | Int8Rows | BFloat16 | npt.NDArray[np.float32] | npt.NDArray[np.float16]
)


class OpenFile:
    """A descriptor that is closed when the last reference goes."""

    def __init__(self, descriptor: int) -> None:
        """Take over `descriptor`."""
        self.descriptor = descriptor

    def __del__(self) -> None:
        """Close it."""
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class OpenDirectory:
    """A model directory whose files were checked."""

    config: ModelConfig
    """Its shape."""
    tensors: tuple[NativeTensor, ...]
    """Its weights, in mapped memory that lives as long as they do."""
    weights: memoryview
    """All of the mapped file that the tensors lie in."""
    file: OpenFile
    """That file, to read from."""
    tokenizer_path: Path
    """Its tokenizer file."""
    digest: bytes
    """SHA-256 over the digests of its configuration and weights, as the manifest gives them."""

    def let_go(self) -> None:
        """Take what was touched of the weights out of this process's memory; it stays in the system's. Not after `hold`."""
        if isinstance(self.weights.obj, mmap.mmap):
            self.weights.obj.madvise(mmap.MADV_DONTNEED)

    def hold(self, prefixes: tuple[str, ...]) -> int:
        """Take tensors whose names begin so into huge pages of this process, where they are read faster (decision 25).

        Returns how many bytes were taken: small tensors are left in the mapping, and all where memory is short, huge pages are
        not given or the file cannot be read now.
        """
        runs = list(self._runs(prefixes))
        if _ROOM * sum(end - begin for begin, end in runs) > _available():
            return 0
        held = 0
        try:
            for begin, end in runs:
                held += binding.hold(self.weights, begin, end, self.file.descriptor)
        except EngineError as error:
            log.info("weights stay in mapped memory: %s", error)
        return held

    def _runs(self, prefixes: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """Where in the file neighbours whose names begin so lie: first byte and the one after the last."""
        wanted: tuple[int, int] | None = None
        for tensor in sorted(self.tensors, key=lambda tensor: binding.offset(self.weights, tensor.data)):
            begin = binding.offset(self.weights, tensor.data)
            if tensor.name.startswith(prefixes):
                wanted = wanted[0] if wanted else begin, begin + len(tensor.data)
            elif wanted:
                yield wanted
                wanted = None
        if wanted:
            yield wanted


def read_directory(path: Path, *, verify: bool = True) -> OpenDirectory:
    """Map a model directory; raise `ModelError` for whatever is missing, damaged or not as it should be.

    `verify` compares every file with its SHA-256 first and then looks at every weight, in parts, so that little of
    the file is in memory at any time. Without it (a model verified before, on a slow device) sizes are compared still and
    everything is parsed as distrustfully as ever, but no weight is touched before it is used: one that is damaged
    gives wrong numbers, nothing worse.
    """
    manifest = parse_manifest(_read(path / MANIFEST, _MAX_MANIFEST_BYTES))
    config = _read(path / CONFIG, MAX_CONFIG_BYTES)
    manifest[CONFIG].check(path / CONFIG, len(config), verify=verify)
    tokenizer, _ = _map(path / TOKENIZER)
    if len(tokenizer) > _MAX_TOKENIZER_BYTES:
        raise ModelError(f"{path / TOKENIZER} is larger than {_MAX_TOKENIZER_BYTES} bytes")
    manifest[TOKENIZER].check(path / TOKENIZER, len(tokenizer), verify=verify)
    weights, file = _map(path / WEIGHTS)
    manifest[WEIGHTS].check(path / WEIGHTS, len(weights), verify=verify)
    tensors = parse_weights(weights)
    if verify:
        _check_content(weights, tensors)
    digest = hashlib.sha256((manifest[CONFIG].sha256 + manifest[WEIGHTS].sha256).encode()).digest()
    return OpenDirectory(parse_config(config), tensors, weights, file, path / TOKENIZER, digest)


def parse_weights(data: memoryview) -> tuple[NativeTensor, ...]:
    """Return the tensors in the bytes of a ``model.safetensors``, as views into them."""
    length = safetensors.header_length(bytes(data[: safetensors.LENGTH_BYTES]), len(data))
    start = safetensors.LENGTH_BYTES
    index = safetensors.parse(bytes(data[start : start + length]), len(data))
    packed: dict[str, tuple[Dtype, tuple[int, int]]] = {}
    for key, value in index.metadata.items():
        dtype, name = _PACKED_KEYS.get(key[:3]), key[3:]
        if key.startswith(_NO_LONGER_READ):
            raise ModelError(
                f"{WEIGHTS}: {name[:80]!r} is stored at 4 bits in a layout that is not read any more;"
                " convert or pull the model again, with --replace"
            )
        if dtype is not None:
            if name in packed:
                raise ModelError(f"{WEIGHTS}: tensor {name[:80]!r} is packed in two ways")
            packed[name] = dtype, _packed_shape(key, value)
    tensors = []
    for entry in index.entries:
        found = packed.pop(entry.name, None)
        if (found is not None) != (entry.dtype == "U8"):
            raise ModelError(f"{WEIGHTS}: tensor {entry.name!r} is U8 without a packed shape, or the reverse")
        dtype, shape = found or (Dtype[entry.dtype], entry.shape)
        tensors.append(NativeTensor(entry.name, dtype, shape, data[entry.begin : entry.end]))
    if packed:
        raise ModelError(f"{WEIGHTS}: the metadata tells of packed tensors that are not there")
    return tuple(tensors)


def write_model(directory: Path, config: ModelConfig, tensors: Mapping[str, Weights], tokenizer: bytes) -> None:
    """Write a model directory that `read_directory` opens; the manifest comes last.

    `tensors` has the names of ``tern.h``; the ``…_scale`` tensors are made here. Ternary codes and scales are taken as
    they are: nothing is rounded. Whether they make a complete model is checked by opening it.
    """
    stored: list[safetensors.Tensor] = []
    shapes: dict[str, tuple[int, int]] = {}
    for name, weights in tensors.items():
        stored += _stored(name, weights)
        if isinstance(weights, Ternary | GroupTernary | Int4Rows):
            rows, cols = weights.codes.shape
            shapes[_key_of(weights) + name] = rows, cols
    write_stored(directory, config, stored, shapes, tokenizer)


def write_stored(
    directory: Path,
    config: ModelConfig,
    stored: Sequence[safetensors.Tensor],
    packed: Mapping[str, tuple[int, int]],
    tokenizer: bytes,
) -> None:
    """Write a model directory of tensors as the file holds them, which may be streams.

    `packed` has the unpacked shapes of the packed ones, under ``t2.<name>``, ``t5.<name>``, ``t8.<name>``, ``t1.<name>``, ``c2.<name>`` or
    ``q4.<name>``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    metadata = {"format": "ternd", **{key: f"{rows}x{cols}" for key, (rows, cols) in packed.items()}}
    with _replacing(directory / WEIGHTS) as part, part.open("wb") as file:
        safetensors.write(file, stored, metadata)
    tied = all(tensor.name != "head" for tensor in stored)
    for name, data in ((CONFIG, dump_config(config, tied=tied)), (TOKENIZER, tokenizer)):
        with _replacing(directory / name) as part:
            part.write_bytes(data)
    with _replacing(directory / MANIFEST) as part:
        part.write_bytes(make_manifest(directory))


@dataclass(frozen=True, slots=True)
class Digest:
    """What the manifest says of one file."""

    size: int
    """Bytes."""
    sha256: str
    """Lower-case hexadecimal."""

    def check(self, path: Path, size: int, *, verify: bool) -> None:
        """Raise `ModelError` unless a file has this size and, with `verify`, this digest."""
        if size != self.size:
            raise ModelError(
                f"{path.name} has {size} bytes, its manifest says {self.size}: fetch or build the model again"
            )
        if verify and _sha256(path) != self.sha256:
            raise ModelError(f"{path.name} does not match the SHA-256 in its manifest: fetch or build the model again")


def parse_manifest(data: bytes) -> dict[str, Digest]:
    """Parse ``manifest.json``, which lists exactly the three files of a model."""
    files = loads_strict(data, MANIFEST).get("files")
    if not isinstance(files, dict) or files.keys() != set(_LISTED):
        raise ModelError(f"{MANIFEST} must list {', '.join(_LISTED)} and nothing else")
    result = {}
    for name, value in files.items():
        size, digest = (value.get("size"), value.get("sha256")) if isinstance(value, dict) else (None, None)
        if not isinstance(size, int) or isinstance(size, bool) or not isinstance(digest, str):
            raise ModelError(f"{MANIFEST}: {name} needs a size and a sha256")
        result[name] = Digest(size, digest)
    return result


def make_manifest(directory: Path) -> bytes:
    """Return the manifest of the files in `directory`."""
    files = {}
    for name in _LISTED:
        with (directory / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            files[name] = {"size": file.tell(), "sha256": digest}
    return (json.dumps({"files": files}, indent=2) + "\n").encode()


def _available() -> int:
    """Return how much memory the system says it can give, in bytes; 0 when it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def _check_content(weights: memoryview, tensors: Sequence[NativeTensor]) -> None:
    """Look at every weight, letting go of the pages of the mapping `weights` that were read."""
    for tensor in tensors:
        for begin in range(0, len(tensor.data), _PART_BYTES):
            if not content_is_valid(tensor.dtype, tensor.data[begin : begin + _PART_BYTES]):
                what = "a code that is no ternary weight" if tensor.dtype in _TERNARY else "what is no finite number"
                raise ModelError(f"tensor {tensor.name} holds {what}")
            if isinstance(weights.obj, mmap.mmap) and len(tensor.data) > _PART_BYTES:
                weights.obj.madvise(mmap.MADV_DONTNEED)


def _sha256(path: Path) -> str:
    """Return a file's digest, read and not mapped: it leaves nothing in this process's memory."""
    with _regular_file(path) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(name: str, weights: Weights) -> Sequence[safetensors.Tensor]:
    """Return the tensors that a file holds for one tensor of the model."""
    match weights:
        case Ternary(codes, scale, packing):
            packed = pack(codes, packing)
            scales = np.array([scale], dtype="<f4")
            return safetensors.Tensor(name, "U8", (len(packed),), packed), _scale(name, scales)
        case GroupTernary(codes, scales, packing):
            packed = pack(codes, packing)
            half = interleave_scales(scales)
            stored = safetensors.Tensor(name, "U8", (len(packed),), packed)
            return stored, safetensors.Tensor(name + "_scale", "F16", half.shape, half.tobytes())
        case Int4Rows(codes, factors, scales):
            rows = pack_int4(codes, factors)
            stored = safetensors.Tensor(name, "U8", (rows.size,), rows.tobytes())
            return stored, _scale(name, scales.astype("<f4"))
        case Int8Rows(codes, scales):
            return safetensors.Tensor(name, "I8", codes.shape, codes.tobytes()), _scale(name, scales.astype("<f4"))
        case BFloat16(bits):
            return (safetensors.Tensor(name, "BF16", bits.shape, bits.astype("<u2").tobytes()),)
    if weights.dtype == np.float16:
        return (safetensors.Tensor(name, "F16", weights.shape, weights.astype("<f2").tobytes()),)
    if weights.dtype == np.float32:
        return (safetensors.Tensor(name, "F32", weights.shape, weights.astype("<f4").tobytes()),)
    raise ModelError(f"tensor {name!r}: {weights.dtype} cannot be stored; convert it to float32 or float16")


def _key_of(weights: Ternary | GroupTernary | Int4Rows) -> str:
    match weights:
        case Ternary() | GroupTernary():
            return weights.packing.name.lower() + "."
    return "q4."


def interleave_scales(scales: npt.NDArray[np.float16]) -> npt.NDArray[np.float16]:
    """Put the scales [rows, groups] of a ternary matrix in the order of its tiles: [rows / 4 rounded up, groups, 4]."""
    rows, groups = scales.shape
    padded = np.zeros((-(-rows // 4) * 4, groups), "<f2")
    padded[:rows] = scales
    return np.ascontiguousarray(padded.reshape(-1, 4, groups).transpose(0, 2, 1))


def group_columns(values: npt.NDArray[_Element]) -> npt.NDArray[_Element]:
    """Return [rows, groups, 32]: of each 128 columns, padded with zeros, four groups of columns 16 g to 16 g + 15 and these plus 64."""
    rows, cols = values.shape
    padded = np.zeros((rows, -(-cols // INT4_COLS) * INT4_COLS), values.dtype)
    padded[:, :cols] = values
    return padded.reshape(rows, -1, 2, 4, 16).swapaxes(2, 3).reshape(rows, -1, 32)


def pack_int4(codes: npt.NDArray[np.int8], factors: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Pack rows [rows, cols] of codes from -8 to 7 and their groups' factors [rows, groups]: [rows, 68 bytes for each 128 columns]."""
    if codes.ndim != 2 or codes.size == 0 or codes.min() < -8 or codes.max() > 7:
        raise ModelError(f"4-bit rows take a filled matrix of -8 to 7, not one of shape {codes.shape}")
    groups = group_columns(codes)
    if factors.shape != groups.shape[:2]:
        raise ModelError(f"4-bit rows of shape {codes.shape} have no factors of shape {factors.shape}")
    return pack_groups(groups, factors)


def pack_groups(codes: npt.NDArray[np.int8], factors: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """Pack the codes [rows, groups, 32] of columns that `group_columns` put together, and their factors."""
    rows = len(codes)
    groups = (codes + 8).astype(np.uint8)
    nibbles = (groups[:, :, :16] | groups[:, :, 16:] << 4).reshape(rows, -1, 64)
    return np.concatenate([nibbles, factors.view(np.uint8).reshape(rows, -1, 4)], axis=2).reshape(rows, -1)


def _scale(name: str, scales: npt.NDArray[np.float32]) -> safetensors.Tensor:
    return safetensors.Tensor(name + "_scale", "F32", scales.shape, scales.tobytes())


def _packed_shape(key: str, value: str) -> tuple[int, int]:
    match = _SHAPE.fullmatch(value)
    if match is None:
        raise ModelError(f"{WEIGHTS}: {key[:80]!r} is not of the form ROWSxCOLS")
    return int(match[1]), int(match[2])


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Give a path to write, and put it in `target`'s place when that went well."""
    part = target.with_name(target.name + ".part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _regular_file(path: Path) -> Iterator[int]:
    """Open for reading what must be a regular file; a FIFO or a device must not hang the process."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelError(f"{path}: {reason}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ModelError(f"{path} is no regular file")
        yield descriptor
    finally:
        os.close(descriptor)


def _read(path: Path, limit: int) -> bytes:
    """Read a small file, at most `limit` bytes."""
    with _regular_file(path) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ModelError(f"{path} is larger than {limit} bytes")
    return data


def _map(path: Path) -> tuple[memoryview, OpenFile]:
    """Map a file; the mapping ends when the last view into it goes."""
    with _regular_file(path) as descriptor:
        if os.fstat(descriptor).st_size == 0:
            raise ModelError(f"{path} is empty")
        try:
            return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)), OpenFile(os.dup(descriptor))
        except (OSError, ValueError) as error:
            raise ModelError(f"{path} cannot be mapped: {error}") from error
