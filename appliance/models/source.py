"""A model that is to be converted, whatever container it came in: matrices that are read by rows, never as a whole.

A container (`gguf_source`, `hf_source`) names its tensors as the engine does and says how their rows are read;
here is decided which scales the weights have. Nothing is rounded: what a file gives as ternary weights stays exactly these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from appliance.engine import ModelConfig
from appliance.errors import ModelError

Codes: TypeAlias = npt.NDArray[np.int8]
Floats: TypeAlias = npt.NDArray[np.float32]

CHUNK_WEIGHTS: Final = 1 << 21
"""About so many weights are decoded at a time."""
GROUPS: Final = (64, 128, 256)
"""Columns to one scale that the engine knows, besides all."""
MAX_LAYERS: Final = 512
MOST_AT_ONCE: Final = 1 << 27
"""Weights of the fewest rows that can be read together."""
_LEAST_MEAN: Final = 1e-5
"""Of the magnitudes of a trained matrix, so that a matrix of zeros divides by something."""


@dataclass(frozen=True, slots=True)
class TernaryRows:
    """A matrix of weights ``code * scale``."""

    rows: int
    cols: int
    read: Callable[[int, int], tuple[Codes, Floats]]
    """Rows from, to: codes [n, cols], scales [n, cols / group]; with `group` 0 the scales [n, 1] are all `scale`."""
    group: int
    """Columns to one scale; 0: the whole matrix has one."""
    scale: float = 1.0
    """With `group` 0."""
    step: int = 4
    """Rows are read in multiples of this, save the last."""
    binary: bool = False
    """No code is 0."""


@dataclass(frozen=True, slots=True)
class FloatRows:
    """A matrix, or a vector as one row, of plain numbers."""

    rows: int
    cols: int
    read: Callable[[int, int], Floats]
    """Rows from, to: values [n, cols]."""
    type: str
    """``F32``, ``F16``, ``BF16``, or the block format they came in."""
    step: int = 4


Matrix: TypeAlias = TernaryRows | FloatRows


@dataclass(frozen=True, slots=True)
class Source:
    """Everything a conversion needs; its readers work as long as the file it came from is open."""

    family: str
    """For people: the architecture as the file calls it."""
    config: ModelConfig
    """The shape; `group_size` follows from the matrices, see `settled`."""
    matrices: Mapping[str, Matrix]
    """Of the layers, by the engine's names."""
    vocabularies: Mapping[str, Matrix]
    """``embed``, and ``head`` when it is not the same."""
    norms: Mapping[str, Floats]
    """And ``rope_factors``."""
    tokenizer: bytes
    """``tokenizer.json``."""


def chunks(matrix: Matrix) -> Iterator[tuple[int, int]]:
    """Give row ranges that cover the matrix in order."""
    step = max(matrix.step, CHUNK_WEIGHTS // matrix.cols // matrix.step * matrix.step)
    for start in range(0, matrix.rows, step):
        yield start, min(start + step, matrix.rows)


def _wanted(source: Source) -> dict[str, tuple[int, ...]]:
    """The tensors of a configuration, with their shapes."""
    c = source.config
    heads, keys = c.n_heads * c.head_dim, c.n_kv_heads * c.head_dim
    linears = {"q": (heads, c.d_model), "k": (keys, c.d_model), "v": (keys, c.d_model), "o": (c.d_model, heads)}
    linears |= {"gate": (c.d_ff, c.d_model), "up": (c.d_ff, c.d_model), "down": (c.d_model, c.d_ff)}
    norms = {"attn_norm": c.d_model, "ffn_norm": c.d_model}
    if c.sub_norms:
        norms |= {"attn_sub_norm": heads, "ffn_sub_norm": c.d_ff}
    if c.input_norms:
        norms |= dict.fromkeys(("q_in_norm", "k_in_norm", "v_in_norm", "gate_in_norm", "up_in_norm"), c.d_model)
    if c.qk_norms:
        norms |= {"q_norm": c.head_dim, "k_norm": c.head_dim}
    wanted: dict[str, tuple[int, ...]] = {"embed": (c.n_vocab, c.d_model), "final_norm": (c.d_model,)}
    if c.rope_factors:
        wanted["rope_factors"] = (c.head_dim // 2,)
    if "head" in source.vocabularies:
        wanted["head"] = (c.n_vocab, c.d_model)
    for layer in range(c.n_layers):
        wanted |= {f"layers.{layer}.{name}": shape for name, shape in linears.items()}
        wanted |= {f"layers.{layer}.{name}": (width,) for name, width in norms.items()}
    return wanted


def check(source: Source) -> None:
    """Raise `ModelError` unless the tensors are those of the configuration, each with its shape."""
    n_layers = source.config.n_layers
    if n_layers > MAX_LAYERS:
        raise ModelError(f"the model says it has {n_layers} layers; at most {MAX_LAYERS} are read")
    wanted = _wanted(source)
    found: dict[str, tuple[int, ...]] = {name: values.shape for name, values in source.norms.items()}
    found |= {name: (m.rows, m.cols) for name, m in (*source.matrices.items(), *source.vocabularies.items())}
    for name in wanted.keys() - found.keys():
        raise ModelError(f"the tensor {name} is missing: the file is incomplete, or of a kind that is not supported")
    for name in found.keys() - wanted.keys():
        raise ModelError(f"the tensor {name} has no place in a model of {n_layers} layers of this kind")
    for matrix in (*source.matrices.values(), *source.vocabularies.values()):
        if matrix.step * matrix.cols > MOST_AT_ONCE:
            raise ModelError(f"a matrix has rows of {matrix.cols} weights, which is more than any model has")
    for name, shape in wanted.items():
        if found[name] != shape:
            raise ModelError(
                f"the tensor {name} is {list(found[name])}; by the model's configuration it is {list(shape)}"
            )


def settled(source: Source, report: Callable[[int], None] = lambda _weights: None, *, absmean: bool) -> Source:
    """Return the source with every matrix of the layers ternary and with scales of one kind.

    Matrices whose groups all have the same scale get one scale. Floats are ternary when every group of them has one
    magnitude besides zero; otherwise, with `absmean`, they are the master weights of a BitNet model and are rounded as in training.
    Without it they are refused. `report` is called with the number of weights that were looked at.
    """
    found: dict[str, TernaryRows] = {}
    for name, matrix in source.matrices.items():
        exact = matrix if isinstance(matrix, TernaryRows) else _from_floats(name, matrix, absmean=absmean)
        found[name] = _one_scale(exact) or exact
        report(matrix.rows * matrix.cols)
    group = min((matrix.group for matrix in found.values() if matrix.group), default=0)
    if group and group not in GROUPS:
        raise ModelError(f"groups of {group} weights to a scale are not supported; {', '.join(map(str, GROUPS))} are")
    vocabularies = {name: _vocabulary(name, matrix, group) for name, matrix in source.vocabularies.items()}
    matrices = {name: _grouped(name, matrix, group) for name, matrix in found.items()}
    return replace(
        source, config=replace(source.config, group_size=group), matrices=matrices, vocabularies=vocabularies
    )


# --- scales ----------------------------------------------------------------------------------------


def _one_scale(matrix: TernaryRows) -> TernaryRows | None:
    """Return the matrix with one scale when it has only one besides zero; None when it has several."""
    if not matrix.group:
        return matrix
    scale: float | None = None
    for start, stop in chunks(matrix):
        _, scales = matrix.read(start, stop)
        used = scales[scales != 0]
        if not used.size:
            continue
        if scale is None:
            scale = float(used.flat[0])
        if not (used == np.float32(scale)).all():
            return None

    def read(start: int, stop: int) -> tuple[Codes, Floats]:
        codes, scales = matrix.read(start, stop)
        lit = np.repeat(scales != 0, matrix.cols // scales.shape[1], axis=1)
        return codes * lit, np.full((stop - start, 1), scale or 0.0, np.float32)

    return replace(matrix, read=read, group=0, scale=scale or 0.0, binary=False)


def _vocabulary(name: str, matrix: Matrix, group: int) -> Matrix:
    """Keep an embedding or a head ternary where the engine can hold its scales beside those of the layers."""
    if isinstance(matrix, TernaryRows):
        exact = _one_scale(matrix) or matrix
        return _to_floats(matrix) if exact.group and not group else _grouped(name, exact, group)
    ternary = _exact(matrix, group) if group and matrix.cols % group == 0 else None
    return ternary or matrix


def _to_floats(matrix: TernaryRows) -> FloatRows:
    """Return the weights as plain numbers."""

    def read(start: int, stop: int) -> Floats:
        codes, scales = matrix.read(start, stop)
        return codes.astype(np.float32) * np.repeat(scales, matrix.cols // scales.shape[1], axis=1)

    return FloatRows(matrix.rows, matrix.cols, read, "F16", matrix.step)


def _grouped(name: str, matrix: TernaryRows, group: int) -> TernaryRows:
    """Return the matrix with a scale for every `group` columns, each the one it had."""
    if matrix.group == group:
        return matrix
    if matrix.cols % group:
        raise ModelError(f"{name}: {matrix.cols} columns are no whole number of groups of {group}")

    def read(start: int, stop: int) -> tuple[Codes, Floats]:
        codes, scales = matrix.read(start, stop)
        return codes, np.repeat(scales, matrix.cols // group // scales.shape[1], axis=1)

    return replace(matrix, read=read, group=group)


# --- floats ----------------------------------------------------------------------------------------


def _from_floats(name: str, matrix: FloatRows, *, absmean: bool) -> TernaryRows:
    """Return floats as ternary: exactly, where they are such already, or rounded as BitNet's training does."""
    for group in (0, *reversed(GROUPS)):
        if group and matrix.cols % group:
            continue
        exact = _exact(matrix, group)
        if exact is not None:
            return exact
    if not absmean:
        raise ModelError(
            f"{name} holds plain {matrix.type} numbers, not ternary weights: this is no ternary model (quantising one takes training)"
        )
    return _absmean(matrix)


def _exact(matrix: FloatRows, group: int) -> TernaryRows | None:
    """Return floats whose groups have one magnitude besides zero; None when some have more."""

    def read(start: int, stop: int) -> tuple[Codes, Floats]:
        values = matrix.read(start, stop).reshape(stop - start, -1, group or matrix.cols)
        scales = np.abs(values).max(axis=2)
        return np.sign(values).astype(np.int8).reshape(stop - start, -1), scales

    whole, binary = 0.0, True
    for start, stop in chunks(matrix):
        values = matrix.read(start, stop).reshape(stop - start, -1, group or matrix.cols)
        scales = np.abs(values).max(axis=2, keepdims=True)
        if group == 0:
            whole = whole or float(scales.max())
            scales = np.full_like(scales, whole)
        if not ((values == 0) | (np.abs(values) == scales)).all():
            return None
        binary = binary and bool(values.all())

    def read_whole(start: int, stop: int) -> tuple[Codes, Floats]:
        codes, _ = read(start, stop)
        return codes, np.full((stop - start, 1), whole, np.float32)

    if group == 0:
        return TernaryRows(matrix.rows, matrix.cols, read_whole, 0, whole, matrix.step)
    return TernaryRows(matrix.rows, matrix.cols, read, group, step=matrix.step, binary=binary)


def _absmean(matrix: FloatRows) -> TernaryRows:
    """Round as BitNet b1.58 does (arXiv:2402.17764): scale = mean |w|, code = w / scale, rounded half to even and clipped."""
    total = math.fsum(float(np.abs(matrix.read(start, stop)).sum(dtype=np.float64)) for start, stop in chunks(matrix))
    scale = np.float32(max(total / (matrix.rows * matrix.cols), _LEAST_MEAN))

    def read(start: int, stop: int) -> tuple[Codes, Floats]:
        codes = np.clip(np.rint(matrix.read(start, stop) * (np.float32(1) / scale)), -1, 1)
        return codes.astype(np.int8), np.full((stop - start, 1), scale, np.float32)

    return TernaryRows(matrix.rows, matrix.cols, read, 0, float(scale), matrix.step)
