"""Small random models as the containers of the field hold them."""

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appliance.engine import ModelConfig
from appliance.engine.synthetic import matrix_shapes, norm_widths
from tests.unit.models.gguf_files import ENCODERS, bpe_metadata, write_gguf

Array = npt.NDArray[Any]
SCALE = 0.0625
"""Of every matrix: a power of two, so that every container holds it exactly."""

CONFIG = ModelConfig(
    n_layers=1,
    d_model=256,
    d_ff=256,
    n_heads=2,
    n_kv_heads=1,
    head_dim=128,
    n_vocab=288,
    max_context=512,
    rope_theta=5e5,
)
LLAMA = dataclasses.replace(CONFIG, activation="silu", sub_norms=False)
QWEN = dataclasses.replace(LLAMA, qk_norms=True)

GGUF_NAMES = {"q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output"} | {
    name: f"ffn_{name}" for name in ("gate", "up", "down")
}
HF_NAMES = {
    "embed": "model.embed_tokens",
    "head": "lm_head",
    "final_norm": "model.norm",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_sub_norm": "self_attn.attn_sub_norm",
    "ffn_sub_norm": "mlp.ffn_sub_norm",
    "q_norm": "self_attn.q_norm",
    "k_norm": "self_attn.k_norm",
    **{name: f"self_attn.{name}_proj" for name in "qkvo"},
    **{name: f"mlp.{name}_proj" for name in ("gate", "up", "down")},
    **{f"{name}_in_norm": f"self_attn.{name}_proj.rms_norm" for name in "qkv"},
    **{f"{name}_in_norm": f"mlp.{name}_proj.rms_norm" for name in ("gate", "up")},
}
MATRICES = ("q", "k", "v", "o", "gate", "up", "down")


def random_arrays(
    config: ModelConfig, *, zeros: bool = True, own_head: bool = False, seed: int = 0
) -> dict[str, Array]:
    """Codes (int8) and floats by the engine's names; floats are exact in bfloat16."""
    random = np.random.default_rng(seed)
    choices = np.array([-1, 0, 1] if zeros else [-1, 1], np.int8)

    def floats(*shape: int) -> Array:
        return (random.integers(-96, 97, shape) / 64).astype(np.float32)

    arrays: dict[str, Array] = {"embed": floats(config.n_vocab, config.d_model)}
    if own_head:
        arrays["head"] = floats(config.n_vocab, config.d_model)
    arrays["final_norm"] = 1 + np.abs(floats(config.d_model)) / 2
    for layer in range(config.n_layers):
        for name, shape in matrix_shapes(config).items():
            arrays[f"layers.{layer}.{name}"] = random.choice(choices, shape)
        for name, width in norm_widths(config).items():
            arrays[f"layers.{layer}.{name}"] = (64 + random.integers(-32, 33, width)).astype(np.float32) / 64
    return arrays


def is_matrix(name: str) -> bool:
    return name.rpartition(".")[2] in MATRICES


# --- GGUF ----------------------------------------------------------------------------------------------


def gguf_metadata(architecture: str, config: ModelConfig) -> dict[str, object]:
    prefix = f"{architecture}."
    return {
        "general.architecture": architecture,
        prefix + "block_count": config.n_layers,
        prefix + "embedding_length": config.d_model,
        prefix + "feed_forward_length": config.d_ff,
        prefix + "attention.head_count": config.n_heads,
        prefix + "attention.head_count_kv": config.n_kv_heads,
        prefix + "attention.key_length": config.head_dim,
        prefix + "attention.layer_norm_rms_epsilon": config.norm_eps,
        prefix + "rope.freq_base": config.rope_theta,
        prefix + "context_length": config.max_context,
        **bpe_metadata(config.n_vocab),
    }


def gguf_name(name: str) -> str:
    outer = {"embed": "token_embd", "head": "output", "final_norm": "output_norm"}
    if name in outer:
        return outer[name] + ".weight"
    _, layer, inner = name.split(".")
    return f"blk.{layer}.{GGUF_NAMES.get(inner, inner.replace('q_norm', 'attn_q_norm').replace('k_norm', 'attn_k_norm'))}.weight"


def write_as_gguf(
    path: Path,
    architecture: str,
    config: ModelConfig,
    arrays: Mapping[str, Array],
    packing: str,
    *,
    metadata: Mapping[str, object] = {},
    ternary_vocabulary: bool = False,
) -> Path:
    number, encode = ENCODERS[packing]
    tensors = []
    for name, array in arrays.items():
        stored = array
        if architecture == "llama" and name.rpartition(".")[2] in {"q", "k"}:
            heads = array.reshape(-1, 2, config.head_dim // 2, array.shape[1])
            stored = heads.swapaxes(1, 2).reshape(array.shape)
        if is_matrix(name):
            tensors.append((gguf_name(name), stored.shape, number, encode(stored, SCALE)))
        elif ternary_vocabulary and array.ndim == 2:
            tensors.append((gguf_name(name), stored.shape, number, encode(np.sign(stored).astype(np.int8), SCALE)))
        elif array.ndim == 2:
            tensors.append((gguf_name(name), stored.shape, 1, stored.astype("<f2").tobytes()))
        else:
            tensors.append((gguf_name(name), stored.shape, 0, stored.astype("<f4").tobytes()))
    return write_gguf(path, {**gguf_metadata(architecture, config), **metadata}, tensors)


# --- Hugging Face --------------------------------------------------------------------------------------


def bf16(array: Array) -> bytes:
    return (np.ascontiguousarray(array, np.float32).view(np.uint32) >> 16).astype("<u2").tobytes()


def safetensors_bytes(tensors: Mapping[str, tuple[str, tuple[int, ...], bytes]]) -> bytes:
    """Written here independently of the engine's writer."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(data for _, _, data in tensors.values())


def pack_rows(codes: Array) -> Array:
    """Hugging Face's packing: bits 2i of row r are row i · (rows / 4) + r."""
    quarters = (codes.reshape(4, -1, codes.shape[1]) + 1).astype(np.uint8)
    packed: Array = quarters[0] | quarters[1] << 2 | quarters[2] << 4 | quarters[3] << 6
    return packed


def hf_config(config: ModelConfig, kind: str, **changes: Any) -> dict[str, Any]:
    return {
        "model_type": kind,
        "hidden_size": config.d_model,
        "intermediate_size": config.d_ff,
        "num_hidden_layers": config.n_layers,
        "num_attention_heads": config.n_heads,
        "num_key_value_heads": config.n_kv_heads,
        "head_dim": config.head_dim,
        "vocab_size": config.n_vocab,
        "max_position_embeddings": config.max_context,
        "hidden_act": config.activation,
        "rope_theta": config.rope_theta,
        "rms_norm_eps": config.norm_eps,
        **changes,
    }


def hf_tensors(
    arrays: Mapping[str, Array], matrix: Callable[[Array], Mapping[str, tuple[str, tuple[int, ...], bytes]]]
) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """All tensors by their names there; `matrix` gives what is stored for codes, by suffix."""
    tensors: dict[str, tuple[str, tuple[int, ...], bytes]] = {}
    for name, array in arrays.items():
        prefix, _, last = name.rpartition(".")
        theirs = (f"model.{prefix}." if prefix else "") + HF_NAMES[last]
        if is_matrix(name):
            tensors |= {f"{theirs}.{suffix}": stored for suffix, stored in matrix(array).items()}
        else:
            tensors[theirs + ".weight"] = ("BF16", array.shape, bf16(array))
    return dict(sorted(tensors.items(), key=lambda item: item[1][0] == "U8"))


def packed(scale: float) -> Callable[[Array], dict[str, tuple[str, tuple[int, ...], bytes]]]:
    def store(codes: Array) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
        rows = pack_rows(codes)
        return {
            "weight": ("U8", rows.shape, rows.tobytes()),
            "weight_scale": ("BF16", (1,), bf16(np.array([scale]))),
        }

    return store


def exact_floats(codes: Array) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    return {"weight": ("BF16", codes.shape, bf16(codes * SCALE))}


def masters(codes: Array) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """Floats whose rounding by their mean gives the codes; the mean is what it is."""
    random = np.random.default_rng(codes.size)
    values = np.where(
        codes == 0, random.uniform(-0.02, 0.02, codes.shape), codes * random.uniform(0.06, 0.13, codes.shape)
    )
    return {"weight": ("F32", codes.shape, values.astype("<f4").tobytes())}


def write_as_hf(
    path: Path, config: Mapping[str, Any], tensors: Mapping[str, tuple[str, tuple[int, ...], bytes]], tokenizer: bytes
) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (path / "tokenizer.json").write_bytes(tokenizer)
    (path / "model.safetensors").write_bytes(safetensors_bytes(tensors))
    return path


def mean_scale(values: Array) -> float:
    return math.fsum(np.abs(values.astype(np.float64)).reshape(-1)) / values.size
