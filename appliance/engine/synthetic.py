"""Synthetic models of the exact shapes of published ones: random ternary weights cost what trained ones do.

They are written as streams, so that a model of two thousand million weights needs no memory to make.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from appliance.engine import safetensors
from appliance.engine.binding import Dtype, pack, packed_size
from appliance.engine.model_config import ModelConfig
from appliance.engine.model_directory import INT4_BLOCK, INT4_COLS, write_stored
from appliance.engine.safetensors import Stream, Tensor
from appliance.errors import ModelError

Vocabulary = Literal["i8", "i4", "t2"]
"""How embedding and head are stored: int8 rows, 4-bit rows, or ternary."""

Packing = Literal["t2", "t5", "t8", "t2c", "t5c", "t8c", "t1"]
"""How ternary matrices are stored: 2 bits a weight, 5 bits for three or 8 for five (native/PACKING.md); with c, `down` is stored by columns
at 2 bits, so that columns of zeros are skipped. t1: weights without zeros at one bit, with groups of scales."""

_CHUNK: Final = 320 << 14  # whole tiles of every packing
_TOKENIZER: Final = b'{"version":"1.0"}'


@dataclass(frozen=True, slots=True)
class Shape:
    """A published model's shape."""

    name: str
    """What ``ternd bench --shape`` takes."""
    title: str
    """The model it is the shape of."""
    config: ModelConfig
    vocabulary: Vocabulary
    """As it is stored unless asked otherwise."""
    own_head: bool = False
    """Whether the head is a matrix of its own."""


SHAPES: Final[dict[str, Shape]] = {
    shape.name: shape
    for shape in (
        Shape(
            "2b-4t",
            "BitNet-b1.58-2B-4T",
            ModelConfig(
                n_layers=30,
                d_model=2560,
                d_ff=6912,
                n_heads=20,
                n_kv_heads=5,
                head_dim=128,
                n_vocab=128256,
                max_context=4096,
                rope_theta=5e5,
            ),
            "i8",
        ),
        Shape(
            "falcon-e-1b",
            "Falcon-E-1B",
            ModelConfig(
                n_layers=24,
                d_model=2048,
                d_ff=8192,
                n_heads=16,
                n_kv_heads=2,
                head_dim=128,
                n_vocab=32768,
                max_context=4096,
                activation="silu",
                sub_norms=False,
                rope_theta=1e6,
            ),
            "i8",
            own_head=True,
        ),
        Shape(
            "bonsai-1.7b",
            "Ternary-Bonsai-1.7B",
            ModelConfig(
                n_layers=28,
                d_model=2048,
                d_ff=6144,
                n_heads=16,
                n_kv_heads=8,
                head_dim=128,
                n_vocab=151936,
                max_context=4096,
                activation="silu",
                sub_norms=False,
                qk_norms=True,
                group_size=128,
                rope_theta=1e6,
            ),
            "t2",
        ),
        Shape(
            "0.7b",
            "bitnet_b1_58-large",
            ModelConfig(
                n_layers=24,
                d_model=1536,
                d_ff=4096,
                n_heads=16,
                n_kv_heads=16,
                head_dim=96,
                n_vocab=32002,
                max_context=2048,
                activation="silu",
                rope_theta=1e4,
            ),
            "i8",
        ),
    )
}
"""By name. Falcon-E's is inferred from its published sizes."""


def find_shape(name: str) -> Shape:
    """Return the shape of this name; `ModelError` lists those there are."""
    shape = SHAPES.get(name)
    if shape is None:
        raise ModelError(f"no shape is called {name!r}; there are {', '.join(SHAPES)}")
    return shape


def matrix_shapes(config: ModelConfig) -> dict[str, tuple[int, int]]:
    """Return the ternary matrices of one layer as (rows, columns)."""
    heads, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    return {
        "q": (heads, config.d_model),
        "k": (keys, config.d_model),
        "v": (keys, config.d_model),
        "o": (config.d_model, heads),
        "gate": (config.d_ff, config.d_model),
        "up": (config.d_ff, config.d_model),
        "down": (config.d_model, config.d_ff),
    }


def norm_widths(config: ModelConfig) -> dict[str, int]:
    """Return the norms of one layer with their widths."""
    widths = {"attn_norm": config.d_model, "ffn_norm": config.d_model}
    if config.sub_norms:
        widths |= {"attn_sub_norm": config.n_heads * config.head_dim, "ffn_sub_norm": config.d_ff}
    if config.input_norms:
        widths |= {f"{name}_in_norm": config.d_model for name in ("q", "k", "v", "gate", "up")}
    if config.qk_norms:
        widths |= {"q_norm": config.head_dim, "k_norm": config.head_dim}
    return widths


def write_synthetic(
    directory: Path, shape: Shape, *, packing: Packing = "t2", vocabulary: Vocabulary | None = None, layers: int = 0
) -> None:
    """Write a model directory of `shape`, with `layers` layers unless that is 0, always the same for the same arguments.

    Raises `OSError` where there is no room (2B-4T takes 0.85 GB), `ModelError` for a packing that does not go with the
    shape's scales.
    """
    config = shape.config if layers == 0 else replace(shape.config, n_layers=layers)
    if packing not in {"t2", "t1"} and config.group_size:
        raise ModelError(f"{shape.name} has scales for groups of columns: only t2 and t1 hold them")
    if packing == "t1" and config.group_size not in {128, 256}:
        raise ModelError(f"{shape.name} has no scales for groups of 128 or 256 columns: t1 needs them")
    if packing.endswith("c") and config.activation != "relu2":
        raise ModelError(f"{shape.name} has no squared ReLU: its zeros are too few to store anything by columns")
    stored: list[Tensor] = []
    packed: dict[str, tuple[int, int]] = {}
    kind = Dtype[packing[:2].upper()]
    chunks = {dtype: _random_tiles(dtype) for dtype in (kind, Dtype.C2)}
    for name in ("embed", "head") if shape.own_head else ("embed",):
        stored += _vocabulary(name, config, vocabulary or shape.vocabulary, packed)
    stored.append(_norm("final_norm", config.d_model))
    for layer in range(config.n_layers):
        for name, (rows, cols) in matrix_shapes(config).items():
            dtype = Dtype.C2 if name == "down" and packing.endswith("c") else kind
            stored += _ternary(f"layers.{layer}.{name}", rows, cols, config.group_size, chunks[dtype], packed, dtype)
        stored += [_norm(f"layers.{layer}.{name}", width) for name, width in norm_widths(config).items()]
    write_stored(directory, config, stored, packed, _TOKENIZER)


def _ternary(
    name: str,
    rows: int,
    cols: int,
    group_size: int,
    chunk: bytes,
    packed: dict[str, tuple[int, int]],
    dtype: Dtype,
) -> list[Tensor]:
    packed[f"{dtype.name.lower()}.{name}"] = rows, cols
    size = packed_size(rows, cols, dtype)
    scale = 1.5 / math.sqrt(cols)
    tensor = Tensor(name, "U8", (size,), _repeat(chunk, size))
    if not group_size:
        return [tensor, safetensors.Tensor(name + "_scale", "F32", (1,), np.array([scale], "<f4").tobytes())]
    scales = np.full((-(-rows // 4), -(-cols // group_size), 4), scale, "<f2")
    return [tensor, Tensor(name + "_scale", "F16", scales.shape, scales.tobytes())]


def _vocabulary(name: str, config: ModelConfig, kind: Vocabulary, packed: dict[str, tuple[int, int]]) -> list[Tensor]:
    random = np.random.default_rng(2)
    rows, cols = config.n_vocab, config.d_model
    if kind == "t2":
        return _ternary(name, rows, cols, config.group_size, _random_tiles(Dtype.T2), packed, Dtype.T2)
    if kind == "i4":
        packed[f"q4.{name}"] = rows, cols
        size = rows * -(-cols // INT4_COLS) * INT4_BLOCK
        return [
            Tensor(name, "U8", (size,), _repeat(random.bytes(_CHUNK), size)),
            Tensor(name + "_scale", "F32", (rows,), np.full(rows, 1 / 512, "<f4").tobytes()),
        ]
    return [
        Tensor(name, "I8", (rows, cols), _repeat(random.bytes(_CHUNK), rows * cols)),
        Tensor(name + "_scale", "F32", (rows,), np.full(rows, 1 / 127, "<f4").tobytes()),
    ]


def _norm(name: str, width: int) -> Tensor:
    values: npt.NDArray[np.float32] = np.ones(width, "<f4")
    return Tensor(name, "F32", (width,), values.tobytes())


def _random_tiles(dtype: Dtype) -> bytes:
    """A chunk of whole tiles of random weights."""
    random = np.random.default_rng(1)
    if dtype is Dtype.T5:
        return pack(random.integers(-1, 2, (4, _CHUNK // 40 * 48), np.int8), Dtype.T5)
    if dtype is Dtype.T8:
        return pack(random.integers(-1, 2, (4, _CHUNK // 64 * 80), np.int8), Dtype.T8)
    if dtype is Dtype.T1:
        return random.bytes(_CHUNK)  # every byte is eight weights
    codes = np.frombuffer(random.bytes(_CHUNK), np.uint8)
    threes = codes & codes >> 1 & 0x55
    return (codes & ~(threes << 1)).astype(np.uint8).tobytes()


def _repeat(chunk: bytes, size: int) -> Stream:
    """A stream of `size` bytes that repeats `chunk`, which is larger than any cache but the last one."""

    def chunks() -> Iterator[memoryview]:
        view = memoryview(chunk)
        for start in range(0, size, len(chunk)):
            yield view[: min(len(chunk), size - start)]

    return Stream(size, chunks)
