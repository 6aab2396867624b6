"""Conversion: a published model, read by rows, written as a model directory. Streams from file to file.

The new directory appears under its name only when it is complete; an interrupted conversion leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from appliance.engine import Model
from appliance.engine.binding import Dtype, pack, packed_size
from appliance.engine.model_directory import INT4_BLOCK, INT4_COLS, MANIFEST, group_columns, pack_groups, write_stored
from appliance.engine.safetensors import Stream, Tensor
from appliance.engine.tune import default_packing
from appliance.errors import ModelError
from appliance.models.gguf_source import is_bitnet, open_gguf
from appliance.models.hf_source import masters_are_bitnet, open_directory
from appliance.models.hf_tokenizer import read_file
from appliance.models.source import FloatRows, Floats, Matrix, Source, TernaryRows, check, chunks, settled
from appliance.models.text import TextTokenizer

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the weights done and the weights in all."""
Accept: TypeAlias = Callable[[Path], None]
"""Called with the new directory before it takes its place; what it raises leaves everything as it was."""

Precision: TypeAlias = Literal["f16", "int8", "int4"]
Packing: TypeAlias = Literal["t2", "t5", "t8"]
Down: TypeAlias = Literal["auto", "rows", "columns"]
_LARGE: Final = 1 << 22
"""Weights of a matrix from which on it is thought to be read from memory."""
_SPARE_BYTES: Final = 64 << 20
"""That must stay free on the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may decide about a conversion."""

    embedding: Precision = "int8"
    """How the rows of the embedding are stored; ternary ones stay ternary."""
    head: Precision | None = None
    """How the head is stored; None: as the embedding, and with a tied head as the same rows."""
    packing: Packing | None = "t2"
    """How ternary matrices are packed: ``t5`` takes a sixth less memory and more work, ``t8`` a fifth less and more work
    still; only for models without groups of scales. None: what ``ternd bench --tune`` found to be faster here."""
    down: Down = "auto"
    """By columns, zeros of squared ReLU are skipped when decoding; ``auto``: where there are such and the matrix is large."""
    activation: str | None = None
    """``relu2`` or ``silu``, against what the file says."""
    tokenizer: Path | None = None
    """A ``tokenizer.json`` to use instead of the model's."""
    replace: bool = False
    """Take the place of a model that is there already."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of a conversion."""

    family: str
    """The architecture as the source calls it."""
    weights: int
    """Of all matrices."""
    size: int
    """Bytes written."""


def convert(
    source: Path,
    target: Path,
    options: Options,
    progress: Progress = lambda _done, _all: None,
    accept: Accept = lambda _directory: None,
) -> Converted:
    """Convert the GGUF file or Hugging Face directory `source` into the model directory `target`.

    Raises `ModelError` with the reason when the model cannot be loaded, the disk has no room, or `target` is there; and what
    `accept` raises.
    """
    try:
        return _convert(source, target, options, progress, accept)
    except MemoryError as error:
        raise ModelError(f"{source} cannot be converted: there is not enough memory for one of its tensors") from error


def _convert(source: Path, target: Path, options: Options, progress: Progress, accept: Accept) -> Converted:
    with _building(target, replace=options.replace) as part, open_source(source, options) as (found, absmean):
        parts = [*found.matrices.values(), *found.vocabularies.values()]
        weights = sum(matrix.rows * matrix.cols for matrix in parts)
        meter = _Meter(progress, weights + sum(m.rows * m.cols for m in found.matrices.values()))
        check(found)
        TextTokenizer.parse(found.tokenizer, found.config.n_vocab, "the tokenizer")
        model = settled(found, meter.add, absmean=absmean)
        stored, packed = _stored(model, options, meter)
        size = sum(len(tensor.data) for tensor in stored) + len(model.tokenizer)
        free = shutil.disk_usage(part).free
        if free < size + _SPARE_BYTES:
            raise ModelError(f"the model needs {size >> 20} MB, but only {free >> 20} MB are free at {target.parent}")
        write_stored(part, model.config, stored, packed, model.tokenizer)
        with Model.open(part, verify=False, hold=False):
            pass  # the engine takes it
        accept(part)
        _sync(part)
        return Converted(model.family, weights, size)


@contextmanager
def open_source(path: Path, options: Options) -> Iterator[tuple[Source, bool]]:
    """Open what is to be converted; also whether plain floats in it are BitNet's master weights."""
    tokenizer = None if options.tokenizer is None else read_file(options.tokenizer)
    if path.is_dir():
        if (path / MANIFEST).exists():
            raise ModelError(f"{path} is a converted model already")
        with open_directory(path, tokenizer=tokenizer) as source:
            yield source, masters_are_bitnet(path)
    elif path.suffix == ".safetensors":
        raise ModelError(
            f"{path} is only the weights; name the directory, with config.json and tokenizer.json beside it"
        )
    else:
        with open_gguf(path, activation=options.activation, tokenizer=tokenizer) as source:
            yield source, is_bitnet(source.family)


@dataclass(slots=True)
class _Meter:
    """Counts weights."""

    progress: Progress
    total: int
    done: int = 0

    def add(self, weights: int) -> None:
        self.done = min(self.total, self.done + weights)
        self.progress(self.done, self.total)


# --- the new directory -----------------------------------------------------------------------------


@contextmanager
def _building(target: Path, *, replace: bool) -> Iterator[Path]:
    """Give a directory to fill, and put it in the target's place when that went well."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not (target.is_dir() and not any(target.iterdir())) and not replace:
            raise ModelError(f"{target} is there already; remove it, choose another name, or use --replace")
        if target.exists() and not target.is_dir():
            raise ModelError(f"{target} is no directory")
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error.strerror}") from error
    part = target.with_name(f".{target.name}.part")
    with _locked(target.with_name(f".{target.name}.lock"), target):
        try:
            _remove(part)  # of a conversion that was killed
            part.mkdir()
            yield part
            old = target.with_name(f".{target.name}.old")
            _remove(old)
            if target.exists():
                target.rename(old)
            part.rename(target)
            _remove(old)
        except OSError as error:
            raise ModelError(f"{target} cannot be written: {error}") from error
        finally:
            _remove(part)


@contextmanager
def _locked(path: Path, target: Path) -> Iterator[None]:
    """Let only one process write a target at a time."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(descriptor), path.stat()):
                raise FileNotFoundError(path)  # it was unlocked and deleted, and may be another's by now
        except OSError as error:
            raise ModelError(f"{target} is being written by another process") from error
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink()  # while it is still locked
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def _sync(directory: Path) -> None:
    """Have the disk hold everything before the directory gets its name."""
    for path in [*directory.iterdir(), directory]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- tensors as the file holds them ----------------------------------------------------------------


def _stored(model: Source, options: Options, meter: _Meter) -> tuple[list[Tensor], dict[str, tuple[int, int]]]:
    """Return all tensors, and the shapes of the packed ones."""
    stored = [Tensor(name, "F32", values.shape, values.astype("<f4").tobytes()) for name, values in model.norms.items()]
    packed: dict[str, tuple[int, int]] = {}
    vocabularies = [(name, matrix, options.embedding) for name, matrix in model.vocabularies.items()]
    if options.head is not None:
        embed = model.vocabularies["embed"]
        head = model.vocabularies.get("head", embed)
        if head is not embed or (isinstance(head, FloatRows) and options.head != options.embedding):
            vocabularies = [("embed", embed, options.embedding), ("head", head, options.head)]
    if model.config.group_size and (options.packing in {"t5", "t8"} or options.down == "columns"):
        raise ModelError("the model has groups of scales: only packing t2, by rows, can hold them")
    for name, matrix, precision in [*((n, m, "f16") for n, m in model.matrices.items()), *vocabularies]:
        if isinstance(matrix, TernaryRows):
            packing = _packing(name, matrix, model, options)
            stored += _ternary(name, matrix, packing, meter)
            packed[f"{packing.name.lower()}.{name}"] = matrix.rows, matrix.cols
        elif precision == "int8":
            stored += _int8(name, matrix, meter)
        elif precision == "int4":
            stored += _int4(name, matrix, meter)
            packed[f"q4.{name}"] = matrix.rows, matrix.cols
        else:
            stored.append(_float(name, matrix, meter))
    return stored, packed


def _packing(name: str, matrix: TernaryRows, model: Source, options: Options) -> Dtype:
    """By columns where squared ReLU leaves most of them zero and the matrix is read from memory, not from a cache.

    At one bit where no weight is zero and the groups are wide enough.
    """
    if matrix.group or name in {"embed", "head"}:
        return Dtype.T1 if matrix.binary and matrix.group in {128, 256} and name not in {"embed", "head"} else Dtype.T2
    pays = model.config.activation == "relu2" and matrix.rows * matrix.cols >= _LARGE
    if name.endswith(".down") and (options.down == "columns" or (options.down == "auto" and pays)):
        return Dtype.C2
    return Dtype[(options.packing or default_packing()).upper()]


def _ternary(name: str, matrix: TernaryRows, packing: Dtype, meter: _Meter) -> list[Tensor]:
    size = packed_size(matrix.rows, matrix.cols, packing)

    def parts() -> Iterator[bytes]:
        codes = (matrix.read(*rows)[0] for rows in _metered(matrix, meter))
        if packing is Dtype.C2:  # a column needs all rows
            yield pack(np.concatenate(list(codes)), packing)
        else:
            yield from (pack(part, packing) for part in codes)

    data = Stream(size, parts)
    if not matrix.group:
        scales: bytes | Stream = np.array([matrix.scale], "<f4").tobytes()
        return [Tensor(name, "U8", (size,), data), Tensor(name + "_scale", "F32", (1,), scales)]
    shape = (-(-matrix.rows // 4), -(-matrix.cols // matrix.group), 4)
    scales = Stream(2 * math.prod(shape), lambda: (_group_scales(name, matrix, *rows) for rows in chunks(matrix)))
    return [Tensor(name, "U8", (size,), data), Tensor(name + "_scale", "F16", shape, scales)]


def _group_scales(name: str, matrix: TernaryRows, start: int, stop: int) -> bytes:
    """Scales of rows as [rows / 4, groups, 4] in float16."""
    _, scales = matrix.read(start, stop)
    with np.errstate(over="ignore"):
        halves = scales.astype("<f2")
    if not (halves.astype(np.float32) == scales).all():
        raise ModelError(f"{name}: its scales do not fit into float16 unchanged")
    padded = np.concatenate([halves, np.zeros((-len(halves) % 4, halves.shape[1]), "<f2")])
    return padded.reshape(-1, 4, halves.shape[1]).swapaxes(1, 2).tobytes()


def _int8(name: str, matrix: FloatRows, meter: _Meter) -> list[Tensor]:
    """One scale a row: the largest magnitude is 127."""

    def scales(values: Floats) -> Floats:
        largest = np.abs(values).max(axis=1) / np.float32(127)
        return np.where(largest > 0, largest, np.float32(1))

    def codes(values: Floats) -> bytes:
        rounded: npt.NDArray[np.int8] = np.rint(values / scales(values)[:, None]).astype(np.int8)
        return rounded.tobytes()

    data = Stream(matrix.rows * matrix.cols, lambda: (codes(matrix.read(*rows)) for rows in _metered(matrix, meter)))
    factors = Stream(
        4 * matrix.rows, lambda: (scales(matrix.read(*rows)).astype("<f4").tobytes() for rows in chunks(matrix))
    )
    return [
        Tensor(name, "I8", (matrix.rows, matrix.cols), data),
        Tensor(name + "_scale", "F32", (matrix.rows,), factors),
    ]


def _int4(name: str, matrix: FloatRows, meter: _Meter) -> list[Tensor]:
    """A scale for each row and an int8 factor for each of its groups; a group's value of largest magnitude becomes code -8."""

    def steps(groups: Floats) -> Floats:
        extreme = np.take_along_axis(groups, np.abs(groups).argmax(axis=2)[:, :, None], axis=2)[:, :, 0]
        return extreme / np.float32(-8)

    def scales(wanted: Floats) -> Floats:
        largest = np.abs(wanted).max(axis=1) / np.float32(127)
        return np.where(largest > 0, largest, np.float32(1))

    def rows(values: Floats) -> bytes:
        groups = group_columns(values)
        wanted = steps(groups)
        scale = scales(wanted)[:, None]
        factors = np.rint(wanted / scale)
        step = (factors * scale)[:, :, None]
        codes = np.rint(np.divide(groups, step, out=np.zeros_like(groups), where=step != 0))
        return pack_groups(np.clip(codes, -8, 7).astype(np.int8), factors.astype(np.int8)).tobytes()

    def row_scales(values: Floats) -> bytes:
        return scales(steps(group_columns(values))).astype("<f4").tobytes()

    size = matrix.rows * -(-matrix.cols // INT4_COLS) * INT4_BLOCK
    data = Stream(size, lambda: (rows(matrix.read(*part)) for part in _metered(matrix, meter)))
    factors = Stream(4 * matrix.rows, lambda: (row_scales(matrix.read(*part)) for part in chunks(matrix)))
    return [Tensor(name, "U8", (size,), data), Tensor(name + "_scale", "F32", (matrix.rows,), factors)]


def _float(name: str, matrix: FloatRows, meter: _Meter) -> Tensor:
    """As it came where that is a 16-bit type, else in float16."""
    kind = "BF16" if matrix.type == "BF16" else "F16"

    def data(values: Floats) -> bytes:
        if kind == "BF16":
            return (values.view(np.uint32) >> 16).astype("<u2").tobytes()
        with np.errstate(over="ignore"):
            halves = values.astype("<f2")
        if not np.isfinite(halves).all():
            raise ModelError(f"{name} has values beyond float16; store it as int8 instead")
        return halves.tobytes()

    size = 2 * matrix.rows * matrix.cols
    stream = Stream(size, lambda: (data(matrix.read(*rows)) for rows in _metered(matrix, meter)))
    return Tensor(name, kind, (matrix.rows, matrix.cols), stream)


def _metered(matrix: Matrix, meter: _Meter) -> Iterator[tuple[int, int]]:
    for start, stop in chunks(matrix):
        yield start, stop
        meter.add((stop - start) * matrix.cols)
