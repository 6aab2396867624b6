"""A Hugging Face model directory as the source of a conversion: packed uint8 weights or bfloat16 masters."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.engine import ModelConfig, safetensors
from appliance.engine.model_config import rope_factors
from appliance.engine.strict_json import loads_strict
from appliance.errors import ModelError
from appliance.models.files import SourceFile
from appliance.models.hf_tokenizer import read_tokenizer
from appliance.models.source import Codes, FloatRows, Floats, Matrix, Source, TernaryRows

_MAX_JSON: Final = 8 << 20
_MAX_SHARDS: Final = 64
_MOST_IN_VECTOR: Final = 1 << 24
_SHARD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.safetensors")
_MODEL_TYPES: Final = frozenset({"bitnet", "llama", "qwen3"})
_OUTER: Final[Mapping[str, str]] = {
    "model.embed_tokens.weight": "embed",
    "lm_head.weight": "head",
    "model.norm.weight": "final_norm",
}
_INNER: Final[Mapping[str, str]] = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_norm": "q_norm",
    "self_attn.k_norm": "k_norm",
    "self_attn.attn_sub_norm": "attn_sub_norm",
    "self_attn.inner_attn_ln": "attn_sub_norm",
    "self_attn.o_proj.rms_norm": "attn_sub_norm",
    "mlp.ffn_sub_norm": "ffn_sub_norm",
    "mlp.ffn_layernorm": "ffn_sub_norm",
    "mlp.down_proj.rms_norm": "ffn_sub_norm",
    "self_attn.q_proj.rms_norm": "q_in_norm",
    "self_attn.k_proj.rms_norm": "k_in_norm",
    "self_attn.v_proj.rms_norm": "v_in_norm",
    "mlp.gate_proj.rms_norm": "gate_in_norm",
    "mlp.up_proj.rms_norm": "up_in_norm",
    "self_attn.q_proj": "q",
    "self_attn.k_proj": "k",
    "self_attn.v_proj": "v",
    "self_attn.o_proj": "o",
    "mlp.gate_proj": "gate",
    "mlp.up_proj": "up",
    "mlp.down_proj": "down",
}
_LAYER: Final = re.compile(r"model\.layers\.([0-9]{1,3})\.([a-z_.]+)\.(weight|weight_scale)")
_MATRICES: Final = frozenset({"q", "k", "v", "o", "gate", "up", "down"})
_FLOATS: Final = frozenset({"F32", "F16", "BF16"})


@contextmanager
def open_directory(path: Path, *, tokenizer: bytes | None = None) -> Iterator[Source]:
    """Open a directory with ``config.json``, ``tokenizer.json`` and safetensors.

    `tokenizer` is a ``tokenizer.json`` to use instead. Raises `ModelError` with the reason for whatever cannot be loaded.
    """
    raw = _Config(loads_strict(_read_json(path / "config.json"), "config.json"))
    with contextlib.ExitStack() as files:
        tensors: dict[str, _Tensor] = {}
        for name in _shards(path):
            file = files.enter_context(SourceFile(path / name))
            for entry in _entries(file):
                if entry.name in tensors:
                    raise ModelError(f"{path}: the tensor {entry.name!r} is there twice")
                tensors[entry.name] = _Tensor(file, entry)
        text = tokenizer if tokenizer is not None else read_tokenizer(path)
        yield _describe(raw, tensors, text)


def masters_are_bitnet(path: Path) -> bool:
    """Whether floats in this directory are the master weights of BitNet's training, to be rounded as it does."""
    raw = _Config(loads_strict(_read_json(path / "config.json"), "config.json"))
    return raw.is_bitnet


# --- files -----------------------------------------------------------------------------------------


def _read_json(path: Path) -> bytes:
    with SourceFile(path) as file:
        if file.size > _MAX_JSON:
            raise ModelError(f"{path} has {file.size} bytes; at most {_MAX_JSON} are read")
        return file.read(0, file.size)


def _shards(path: Path) -> list[str]:
    if (path / "model.safetensors").exists():
        return ["model.safetensors"]
    index = path / "model.safetensors.index.json"
    if not index.exists():
        pickled = any(path.glob("*.bin")) or any(path.glob("*.pt"))
        reason = "pickled weights (.bin, .pt) can run code and are not read" if pickled else "it is not there"
        raise ModelError(f"{path / 'model.safetensors'} is needed: {reason}")
    places = loads_strict(_read_json(index), index.name).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise ModelError(f"{index} has no weight_map")
    names = sorted(set(places.values()))
    if len(names) > _MAX_SHARDS or not all(_SHARD.fullmatch(name) for name in names):
        raise ModelError(f"{index} names files that are no shards of a model")
    return names


def _entries(file: SourceFile) -> tuple[safetensors.Entry, ...]:
    prefix = file.read(0, min(safetensors.LENGTH_BYTES, file.size))
    length = safetensors.header_length(prefix, file.size)
    return safetensors.parse(file.read(safetensors.LENGTH_BYTES, length), file.size).entries


# --- the shape -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Config:
    """``config.json`` with messages that name the key."""

    raw: Mapping[str, Any]

    @property
    def quantization(self) -> Mapping[str, Any]:
        value = self.raw.get("quantization_config")
        return value if isinstance(value, dict) else {}

    @property
    def is_bitnet(self) -> bool:
        return self.quantization.get("quant_method") == "bitnet" or self.raw.get("weight_bits") == 1

    @property
    def inverse_scales(self) -> bool:
        """Whether a packed weight is divided by its scale: the older convention."""
        linear_class = self.quantization.get("linear_class", "bitlinear")
        if linear_class not in {"bitlinear", "autobitlinear"}:
            raise ModelError(f"config.json: quantization_config.linear_class is {str(linear_class)[:40]!r}")
        return bool(linear_class == "bitlinear")

    @property
    def tied(self) -> bool | None:
        """None: the file does not say, so a missing head means yes."""
        value = self.raw.get("tie_word_embeddings")
        return value if isinstance(value, bool) else None

    @property
    def rope(self) -> Mapping[str, Any]:
        value = self.raw.get("rope_parameters") or self.raw.get("rope_scaling")
        return value if isinstance(value, dict) else {}

    def integer(self, key: str, default: int | None = None) -> int:
        value = self.raw.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1 << 24:
            raise ModelError(f"config.json: {key} must be a number of 1 or more")
        return value

    def number(self, key: str, default: float) -> float:
        return _number(self.raw.get(key, default), key)


def _number(value: object, key: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # JSON's integers have no end
            if math.isfinite(number := float(value)):
                return number
    raise ModelError(f"config.json: {key} must be a number")


def _config(raw: _Config, n_vocab: int, names: frozenset[str]) -> ModelConfig:
    kind, activation = raw.raw.get("model_type"), raw.raw.get("hidden_act")
    if kind not in _MODEL_TYPES:
        raise ModelError(
            f"config.json: model_type is {str(kind)[:40]!r}; {', '.join(sorted(_MODEL_TYPES))} are supported"
        )
    if activation not in {"relu2", "silu"}:
        raise ModelError(f"config.json: hidden_act is {str(activation)[:40]!r}; relu2 and silu are supported")
    for key in ("attention_bias", "mlp_bias", "use_sliding_window"):
        if raw.raw.get(key):
            raise ModelError(f"config.json: {key} is not supported")
    d_model, n_heads = raw.integer("hidden_size"), raw.integer("num_attention_heads")
    return ModelConfig(
        n_layers=raw.integer("num_hidden_layers"),
        d_model=d_model,
        d_ff=raw.integer("intermediate_size"),
        n_heads=n_heads,
        n_kv_heads=raw.integer("num_key_value_heads", n_heads),
        head_dim=raw.integer("head_dim", max(1, d_model // n_heads)),
        n_vocab=n_vocab,
        max_context=raw.integer("max_position_embeddings"),
        activation=activation,
        sub_norms="layers.0.attn_sub_norm" in names,
        input_norms="layers.0.q_in_norm" in names,
        qk_norms="layers.0.q_norm" in names,
        rope_theta=_number(raw.rope.get("rope_theta", raw.raw.get("rope_theta", 10000.0)), "rope_theta"),
        norm_eps=raw.number("rms_norm_eps", 1e-6),
        sub_norm_eps=_Config(raw.quantization).number("rms_norm_eps", 1e-6) if "layers.0.q_in_norm" in names else None,
    )


# --- the tensors -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tensor:
    """Where a tensor lies."""

    file: SourceFile
    entry: safetensors.Entry

    def bytes(self, start: int, stop: int, row_bytes: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        data = self.file.read(self.entry.begin + start * row_bytes, (stop - start) * row_bytes)
        return np.frombuffer(data, np.uint8)

    def floats(self, start: int, stop: int, cols: int) -> Floats:
        """Rows of `cols` numbers."""
        kind = self.entry.dtype
        data = self.bytes(start, stop, cols * safetensors.ITEM_SIZES[kind])
        if kind == "BF16":
            values = (data.view("<u2").astype(np.uint32) << 16).view(np.float32)
        elif kind in _FLOATS:
            values = data.view("<f4" if kind == "F32" else "<f2").astype(np.float32)
        else:
            raise ModelError(f"the tensor {self.entry.name!r} is {kind}, where plain numbers are needed")
        if not np.isfinite(values).all():
            raise ModelError(f"the tensor {self.entry.name!r} holds a value that is no finite number")
        return values.reshape(stop - start, cols)

    def vector(self) -> Floats:
        size = math.prod(self.entry.shape)
        if size > _MOST_IN_VECTOR:
            raise ModelError(f"the tensor {self.entry.name!r} has {size} numbers, where a vector is needed")
        return self.floats(0, 1, size).reshape(-1)


def _describe(raw: _Config, tensors: Mapping[str, _Tensor], tokenizer: bytes) -> Source:
    tied = raw.tied if raw.tied is not None else "lm_head.weight" not in tensors
    named, scales = _named(tensors, tied=tied)
    embed = named.get("embed")
    if embed is None or len(embed.entry.shape) != 2:
        raise ModelError("the tensor model.embed_tokens.weight is missing or no matrix")
    if not tied and "head" not in named:
        raise ModelError("the tensor lm_head.weight is missing, though config.json does not tie it to the embedding")
    config = _config(raw, embed.entry.shape[0], frozenset(named))
    if config.input_norms != bool(raw.quantization.get("use_rms_norm", False)):
        raise ModelError("config.json: quantization_config.use_rms_norm does not fit the norms that are in the file")
    matrices: dict[str, Matrix] = {}
    vocabularies: dict[str, Matrix] = {}
    norms: dict[str, Floats] = {}
    for name, tensor in named.items():
        kind = name.rpartition(".")[2]
        if kind in _MATRICES:
            matrices[name] = _matrix(tensor, scales.get(name), inverse=raw.inverse_scales)
        elif kind in {"embed", "head"}:
            vocabularies[name] = _matrix(tensor, scales.get(name), inverse=raw.inverse_scales)
        else:
            norms[name] = tensor.vector()
    scaled = rope_factors(
        raw.rope, head_dim=config.head_dim, rope_theta=config.rope_theta, max_context=config.max_context
    )
    if scaled is not None:
        norms["rope_factors"] = np.array(scaled[0], np.float32)
        config = replace(config, rope_factors=True, rope_amplitude=scaled[1])
    return Source(f"{raw.raw.get('model_type')} (Hugging Face)", config, matrices, vocabularies, norms, tokenizer)


def _named(tensors: Mapping[str, _Tensor], *, tied: bool) -> tuple[dict[str, _Tensor], dict[str, _Tensor]]:
    """Return the tensors by the engine's names, and the scales of packed ones."""
    named: dict[str, _Tensor] = {}
    scales: dict[str, _Tensor] = {}
    for name, tensor in tensors.items():
        layer = _LAYER.fullmatch(name)
        if name.endswith(".rotary_emb.inv_freq") or (name == "lm_head.weight" and tied):
            continue
        if name in _OUTER:
            named[_OUTER[name]] = tensor
        elif name == "lm_head.weight_scale":
            scales["head"] = tensor
        elif layer is not None and layer[2] in _INNER:
            ours = f"layers.{int(layer[1])}.{_INNER[layer[2]]}"
            if layer[3] == "weight_scale" and ours.rpartition(".")[2] not in _MATRICES:
                raise ModelError(f"the tensor {name!r} has no place in the engine: only matrices have scales")
            place = named if layer[3] == "weight" else scales
            if ours in place:
                raise ModelError(f"the tensor {name!r} is there twice, by another name")
            place[ours] = tensor
        else:
            reason = "biases are not supported" if name.endswith(".bias") else "this kind of model is not supported"
            raise ModelError(f"the tensor {name!r} has no place in the engine: {reason}")
    if orphans := scales.keys() - named.keys() - ({"head"} if tied else set()):
        raise ModelError(f"there is a scale of {min(orphans)}, but not the tensor")
    return named, scales


def _matrix(tensor: _Tensor, scale: _Tensor | None, *, inverse: bool) -> Matrix:
    name, kind, shape = tensor.entry.name, tensor.entry.dtype, tensor.entry.shape
    if len(shape) != 2 or not all(shape):
        raise ModelError(f"the tensor {name!r} must be a matrix, not {list(shape)}")
    if kind in _FLOATS:
        if scale is not None:
            raise ModelError(f"the tensor {name!r} has a scale but is not packed")
        return FloatRows(*shape, lambda start, stop: tensor.floats(start, stop, shape[1]), kind)
    if kind != "U8" or scale is None:
        raise ModelError(
            f"the tensor {name!r} is {kind} and has {'no' if scale is None else 'a'} scale: this is no packing of BitNet"
        )
    value = scale.vector()
    if len(value) != 1 or not value[0] > 0:
        raise ModelError(f"the tensor {scale.entry.name!r} must be one number above 0")
    with np.errstate(over="ignore"):
        factor = float(np.float32(1) / value[0]) if inverse else float(value[0])
    if not math.isfinite(factor):
        raise ModelError(f"the tensor {scale.entry.name!r} is too small to divide by")
    return _packed(tensor, *shape, factor)


def _packed(tensor: _Tensor, strides: int, cols: int, scale: float) -> TernaryRows:
    """Four rows to a byte: bits 2i of packed row r are row ``i * strides + r``, as code + 1."""
    rows = 4 * strides

    def read(start: int, stop: int) -> tuple[Codes, Floats]:
        parts = []
        while start < stop:
            quarter, row = divmod(start, strides)
            count = min(stop - start, strides - row)
            parts.append(tensor.bytes(row, row + count, cols) >> np.uint8(2 * quarter) & 3)
            start += count
        codes = np.concatenate(parts).reshape(-1, cols).astype(np.int8) - np.int8(1)
        if codes.max(initial=0) > 1:
            raise ModelError(f"the tensor {tensor.entry.name!r} holds a code that is no ternary weight")
        return codes, np.full((len(codes), 1), scale, np.float32)

    return TernaryRows(rows, cols, read, 0, scale)
