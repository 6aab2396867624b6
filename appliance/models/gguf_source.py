"""A GGUF file as the source of a conversion."""

from __future__ import annotations

import math
import mmap
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.engine import ModelConfig
from appliance.engine.model_config import rope_factors
from appliance.errors import ModelError
from appliance.models import blocks, gguf
from appliance.models.files import SourceFile
from appliance.models.gguf_tokenizer import build_tokenizer
from appliance.models.source import Codes, FloatRows, Floats, Matrix, Source, TernaryRows

BITNET: Final = frozenset({"bitnet", "bitnet-25", "bitnet-b1.58"})
ARCHITECTURES: Final = BITNET | {"llama", "qwen3"}
_PERMUTED: Final = frozenset({"llama"})
"""Architectures whose files have the rows of q and k in the order of interleaved rotation."""

_OUTER: Final[Mapping[str, str]] = {
    "token_embd.weight": "embed",
    "output.weight": "head",
    "output_norm.weight": "final_norm",
    "rope_freqs.weight": "rope_factors",
}
_INNER: Final[Mapping[str, str]] = {
    "attn_norm": "attn_norm",
    "attn_q": "q",
    "attn_k": "k",
    "attn_v": "v",
    "attn_q_norm": "q_norm",
    "attn_k_norm": "k_norm",
    "attn_sub_norm": "attn_sub_norm",
    "attn_output": "o",
    "ffn_norm": "ffn_norm",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_sub_norm": "ffn_sub_norm",
    "ffn_down": "down",
}
_LAYER: Final = re.compile(r"blk\.([0-9]{1,3})\.([a-z_]+)\.(weight|scale)")
_MATRICES: Final = frozenset({"q", "k", "v", "o", "gate", "up", "down"})


@contextmanager
def open_gguf(path: Path, *, activation: str | None = None, tokenizer: bytes | None = None) -> Iterator[Source]:
    """Open a GGUF file; `tokenizer` is a ``tokenizer.json`` to use instead of the one in the file.

    `activation` (``relu2`` or ``silu``) overrules what the architecture says, for bitnet files that say too little.
    Raises `ModelError` with the reason for whatever cannot be loaded.
    """
    with SourceFile(path) as file:
        header = parse_file(file)
        yield describe(header, file, activation=activation, tokenizer=tokenizer)


def parse_file(file: SourceFile) -> gguf.Gguf:
    """Parse the header of an open file."""
    if not file.size:
        raise ModelError(f"{file.path} is empty")
    with file.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        data = memoryview(mapped)
        try:
            return gguf.parse(data, file.size)
        finally:
            data.release()


def describe(
    header: gguf.Gguf, file: SourceFile, *, activation: str | None = None, tokenizer: bytes | None = None
) -> Source:
    """Return the source over a parsed header; nothing but norms is read yet."""
    keys = _Keys(header.metadata)
    if keys.architecture not in ARCHITECTURES:
        raise ModelError(
            f"the architecture {keys.architecture!r} is not supported; {', '.join(sorted(ARCHITECTURES))} are"
        )
    tensors, scales = _named(header)
    embed = tensors.get("embed")
    if embed is None:
        raise ModelError("GGUF: the tensor token_embd.weight is missing")
    config = _config(keys, embed.shape[0], frozenset(tensors), activation)
    reader = _Tensors(file, scales)
    matrices: dict[str, Matrix] = {}
    vocabularies: dict[str, Matrix] = {}
    norms: dict[str, Floats] = {}
    for name, info in tensors.items():
        kind = name.rpartition(".")[2]
        if kind in _MATRICES:
            permuted = kind in {"q", "k"} and keys.architecture in _PERMUTED
            matrices[name] = reader.matrix(name, info, config.head_dim if permuted else 0)
        elif kind in {"embed", "head"}:
            vocabularies[name] = reader.matrix(name, info)
        else:
            norms[name] = reader.vector(info)
    scaling = None if "rope_factors" in norms else keys.rope_scaling()
    scaled = scaling and rope_factors(
        scaling, head_dim=config.head_dim, rope_theta=config.rope_theta, max_context=config.max_context
    )
    if scaled:
        norms["rope_factors"] = np.array(scaled[0], np.float32)
        config = replace(config, rope_factors=True, rope_amplitude=scaled[1])
    return Source(
        family=f"{keys.architecture} (GGUF)",
        config=config,
        matrices=matrices,
        vocabularies=vocabularies,
        norms=norms,
        tokenizer=tokenizer if tokenizer is not None else build_tokenizer(header.metadata, config.n_vocab),
    )


def is_bitnet(family: str) -> bool:
    """Whether floats in a source of this family are the master weights of BitNet's training."""
    return family.partition(" ")[0] in BITNET


# --- the shape -------------------------------------------------------------------------------------


class _Keys:
    """The metadata, with messages that name the key."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = metadata
        architecture = metadata.get("general.architecture")
        if not isinstance(architecture, str) or not architecture.isascii() or len(architecture) > 64:
            raise ModelError("GGUF: general.architecture is missing")
        self.architecture = architecture

    def get(self, key: str) -> Any:
        return self._metadata.get(f"{self.architecture}.{key}")

    def integer(self, key: str, default: int | None = None) -> int:
        value = self.get(key)
        if isinstance(value, list) and value and all(item == value[0] for item in value):
            value = value[0]  # some files give one for each layer
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1 << 24:
            raise ModelError(f"GGUF: {self.architecture}.{key} must be a number of 1 or more, the same for all layers")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ModelError(f"GGUF: {self.architecture}.{key} must be a number")
        return float(str(np.float32(value)))  # 1e-5 was rounded to float32, and is meant

    @property
    def has_bpe(self) -> bool:
        return self._metadata.get("tokenizer.ggml.model") == "gpt2"

    def rope_scaling(self) -> dict[str, Any] | None:
        """What Hugging Face calls rope_scaling."""
        kind = self.get("rope.scaling.type")
        factor = self.number("rope.scaling.factor", 1.0)
        if kind is None or kind == "none" or (kind == "linear" and factor == 1.0):
            return None
        scaling = {"rope_type": kind, "factor": factor}
        if (original := self.get("rope.scaling.original_context_length")) is not None:
            scaling["original_max_position_embeddings"] = original
        return scaling


def _config(keys: _Keys, n_vocab: int, names: frozenset[str], activation: str | None) -> ModelConfig:
    d_model, n_heads = keys.integer("embedding_length"), keys.integer("attention.head_count")
    head_dim = keys.integer("attention.key_length", max(1, d_model // n_heads))
    if keys.integer("attention.value_length", head_dim) != head_dim:
        raise ModelError("GGUF: heads whose keys and values differ in width are not supported")
    if keys.integer("rope.dimension_count", head_dim) != head_dim:
        raise ModelError("GGUF: rotation of a part of each head is not supported")
    bitnet = keys.architecture in BITNET
    return ModelConfig(
        n_layers=keys.integer("block_count"),
        d_model=d_model,
        d_ff=keys.integer("feed_forward_length"),
        n_heads=n_heads,
        n_kv_heads=keys.integer("attention.head_count_kv", n_heads),
        head_dim=head_dim,
        n_vocab=n_vocab,
        max_context=keys.integer("context_length"),
        activation=activation or (_activation(keys) if bitnet else "silu"),
        sub_norms="layers.0.attn_sub_norm" in names,
        qk_norms="layers.0.q_norm" in names,
        rope_factors="rope_factors" in names,
        rope_theta=keys.number("rope.freq_base", 10000.0),
        norm_eps=keys.number("attention.layer_norm_rms_epsilon", 1e-5),
    )


def _activation(keys: _Keys) -> str:
    """The models of 2024 (SentencePiece, "bitnet") have SiLU; 2B-4T (Llama-3's tokenizer) has squared ReLU, under any of the names."""
    return "relu2" if keys.architecture != "bitnet" or keys.has_bpe else "silu"


# --- the tensors -----------------------------------------------------------------------------------


def _named(header: gguf.Gguf) -> tuple[dict[str, gguf.TensorInfo], dict[str, gguf.TensorInfo]]:
    """Return the tensors by the engine's names, and the scales that stand beside some of them."""
    tensors: dict[str, gguf.TensorInfo] = {}
    scales: dict[str, gguf.TensorInfo] = {}
    for name, info in header.tensors.items():
        layer = _LAYER.fullmatch(name)
        if name in _OUTER:
            tensors[_OUTER[name]] = info
        elif layer is not None and layer[2] in _INNER:
            ours = f"layers.{int(layer[1])}.{_INNER[layer[2]]}"
            if layer[3] == "scale" and ours.rpartition(".")[2] not in _MATRICES:
                raise ModelError(f"GGUF: the tensor {name!r} has no place in the engine: only matrices have scales")
            place = tensors if layer[3] == "weight" else scales
            if ours in place:
                raise ModelError(f"GGUF: the tensor {name!r} is there twice, by another name")
            place[ours] = info
        else:
            reason = "biases are not supported" if name.endswith(".bias") else "this kind of model is not supported"
            raise ModelError(f"GGUF: the tensor {name!r} has no place in the engine: {reason}")
    if orphans := scales.keys() - tensors.keys():
        raise ModelError(f"GGUF: there is a scale of {min(orphans)}, but not the tensor")
    return tensors, scales


@dataclass(frozen=True, slots=True)
class _Tensors:
    """Makes readers of tensors."""

    file: SourceFile
    scales: Mapping[str, gguf.TensorInfo]

    def vector(self, info: gguf.TensorInfo) -> Floats:
        if info.format.floats is None or len(info.shape) != 1 or info.shape[0] > 1 << 24:
            raise ModelError(f"GGUF: {info.name!r} must be a vector of plain numbers")
        values = _read_floats(self.file, info, 0, 1)
        return values.reshape(-1)

    def matrix(self, name: str, info: gguf.TensorInfo, head_dim: int = 0) -> Matrix:
        """Return a reader; with `head_dim` the rows of each head are put back in the order of NEOX rotation."""
        if len(info.shape) != 2:
            raise ModelError(f"GGUF: {info.name!r} must be a matrix, not {list(info.shape)}")
        rows, cols = info.shape
        step = math.lcm(4, info.format.block // math.gcd(cols, info.format.block) if info.format.flat else 1)
        if head_dim:
            if rows % head_dim or head_dim % 2:
                raise ModelError(f"GGUF: {info.name!r} has {rows} rows, no whole number of heads of {head_dim}")
            step = math.lcm(step, head_dim)
        if info.format.floats is not None:
            if name in self.scales:
                raise ModelError(f"GGUF: {info.name!r} has a scale but is not ternary")
            return self._float_matrix(info, step, head_dim)
        tail = self.file.read(info.offset + info.size - info.format.tail, info.format.tail)
        scale = blocks.i2_s_scale(tail) if info.format.flat else 1.0
        with np.errstate(over="ignore"):
            factor = np.float32(scale) * self._scale(name)
        if not np.isfinite(factor):
            raise ModelError(f"GGUF: the scale of {info.name!r} is no finite number")

        def read(start: int, stop: int) -> tuple[Codes, Floats]:
            codes, scales = _read_ternary(self.file, info, start, stop)
            with np.errstate(over="ignore"):
                scales = scales * factor
            if not np.isfinite(scales).all():
                raise ModelError(f"GGUF: {info.name!r} has scales whose product is no finite number")
            return _unpermuted(codes, head_dim), _unpermuted(scales, head_dim)

        if info.format.flat:
            return TernaryRows(rows, cols, read, 0, float(factor), step)
        return TernaryRows(rows, cols, read, info.format.block, step=step, binary=info.format.binary)

    def _float_matrix(self, info: gguf.TensorInfo, step: int, head_dim: int) -> FloatRows:
        def read(start: int, stop: int) -> Floats:
            values: Floats = _unpermuted(_read_floats(self.file, info, start, stop), head_dim)
            return values

        rows, cols = info.shape
        return FloatRows(rows, cols, read, info.format.name, step)

    def _scale(self, name: str) -> np.float32:
        info = self.scales.get(name)
        if info is None:
            return np.float32(1)
        values = self.vector(info)
        if len(values) != 1:
            raise ModelError(f"GGUF: {info.name!r} must be one number")
        return np.float32(values[0])


def _blocks(file: SourceFile, info: gguf.TensorInfo, start: int, stop: int) -> blocks.Bytes:
    """Return the blocks of rows; `start` and `stop` lie at block boundaries."""
    cols = info.shape[-1]
    first, last = start * cols // info.format.block, stop * cols // info.format.block
    size = info.format.block_bytes
    data = file.read(info.offset + first * size, (last - first) * size)
    return np.frombuffer(data, np.uint8).reshape(-1, size)


def _read_ternary(file: SourceFile, info: gguf.TensorInfo, start: int, stop: int) -> tuple[Codes, Floats]:
    decode = info.format.codes
    if decode is None:
        raise ModelError(f"GGUF: {info.name!r} is not ternary")
    codes, scales = decode(_blocks(file, info, start, stop))
    if codes.size and codes.max() > 1:
        raise ModelError(f"GGUF: {info.name!r} holds a weight of +2 scales: it is a 2-bit tensor, not a ternary one")
    if not np.isfinite(scales).all():
        raise ModelError(f"GGUF: {info.name!r} holds a scale that is no finite number")
    if info.format.flat:
        scales = np.ones(stop - start, np.float32)
    return codes.reshape(stop - start, -1), scales.reshape(stop - start, -1)


def _read_floats(file: SourceFile, info: gguf.TensorInfo, start: int, stop: int) -> Floats:
    decode = info.format.floats
    if decode is None:
        raise ModelError(f"GGUF: {info.name!r} holds no plain numbers")
    values = decode(_blocks(file, info, start, stop)).reshape(stop - start, -1)
    if not np.isfinite(values).all():
        raise ModelError(f"GGUF: {info.name!r} holds a value that is no finite number")
    return values


def _unpermuted(rows: Any, head_dim: int) -> Any:
    """Rows of heads from the order 0, h/2, 1, h/2 + 1, … to 0, 1, …: what GGUF's llama architecture did to q and k."""
    if not head_dim:
        return rows
    return rows.reshape(-1, head_dim // 2, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)
