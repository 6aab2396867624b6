"""Makes the golden vectors under ``tests/native/golden``: small random models and what `transformers` computes with them.

Run ``python provisioning/golden/make_golden.py tests/native/golden`` with torch and transformers installed (the
versions used stand in ``versions.json`` beside the vectors); the tests themselves need neither.

The oracle is the quantised path of `transformers`: `BitNetForCausalLM` (and `LlamaForCausalLM` for models without
sub-norms) with its `BitLinear` layers, that is ternary weights times per-token int8 activations, all else in float32, save
that keys and values pass through float16 on their way into its cache, as the engine keeps them. Models with a scale for
each group of columns are its `Qwen3ForCausalLM` with `GroupLinear` for the layers, below: `transformers` has none of its own.
Their logits are computed with float activations as well (``float.N``), to tell what rounding these to int8 costs.
Every vector is computed a second time with its other layer, `AutoBitLinear`, which multiplies de-quantised floats: the
same mathematics in another order. How far the two are apart is stored as ``noise``, the measure of the tolerance
in the tests: activations are rounded to int8, so a difference in the last bit of a float can move one of them by a whole
step, and no two implementations agree better than these two do.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # the layers are wrapped in torch.compile, which would need a C++ compiler

import numpy as np
import torch
import transformers
from torch import nn
from transformers import (
    BitNetConfig,
    BitNetForCausalLM,
    BitNetQuantConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers.cache_utils import DynamicCache
from transformers.integrations.bitnet import AutoBitLinear, BitLinear, pack_weights, replace_with_bitnet_linear

LAYER_NAMES = {
    "q": "self_attn.q_proj",
    "k": "self_attn.k_proj",
    "v": "self_attn.v_proj",
    "o": "self_attn.o_proj",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_sub_norm": "self_attn.attn_sub_norm",
    "ffn_sub_norm": "mlp.ffn_sub_norm",
    "q_norm": "self_attn.q_norm",
    "k_norm": "self_attn.k_norm",
}
INPUT_NORMS = {f"{name}_in_norm": LAYER_NAMES[name] + ".rms_norm" for name in ("q", "k", "v", "gate", "up")} | {
    "attn_sub_norm": "self_attn.o_proj.rms_norm",
    "ffn_sub_norm": "mlp.down_proj.rms_norm",
}
"""Where the norms are that `use_rms_norm` puts before every matrix."""
TERNARY = ("q", "k", "v", "o", "gate", "up", "down")


@dataclass(frozen=True)
class Case:
    """One random model and its prompts."""

    name: str
    seed: int
    d_model: int
    d_ff: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    n_vocab: int = 160
    activation: str = "relu2"
    sub_norms: bool = True
    tied: bool = True
    rope_theta: float = 500000.0
    rope_scaling: dict[str, Any] | None = None
    norm_eps: float = 1e-5
    input_norms: bool = False
    sub_norm_eps: float | None = None
    qk_norms: bool = False
    group_size: int = 0
    zeros: float = 0.33
    """Share of zero weights."""
    prompts: tuple[int, ...] = (1, 2, 9, 40)
    """Lengths."""


LLAMA: dict[str, Any] = {"activation": "silu", "sub_norms": False, "norm_eps": 1e-6}
QWEN: dict[str, Any] = {**LLAMA, "qk_norms": True, "rope_theta": 1e6}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}
SCALED: dict[str, Any] = {**LLAMA, "rope_scaling": LLAMA3, "prompts": (9, 90)}
NORMED: dict[str, Any] = {"tied": False, "input_norms": True, "sub_norm_eps": 1e-4, "activation": "silu"}
STRETCHED: dict[str, Any] = {**QWEN, "group_size": 64, "tied": False, "rope_scaling": YARN, "prompts": (9, 90)}
BINARY: dict[str, Any] = {**QWEN, "zeros": 0.0}

CASES = (
    Case("square", 1, d_model=64, d_ff=128, n_layers=2, n_heads=4, n_kv_heads=4, head_dim=16),
    Case("grouped-odd-ffn", 2, d_model=96, d_ff=171, n_layers=2, n_heads=6, n_kv_heads=2, head_dim=16),
    Case("one-kv-head", 3, d_model=160, d_ff=301, n_layers=3, n_heads=5, n_kv_heads=1, head_dim=32, tied=False),
    Case("odd-heads-silu", 4, d_model=84, d_ff=213, n_layers=2, n_heads=6, n_kv_heads=3, head_dim=14, activation="silu", rope_theta=1e4),
    Case("llama", 5, d_model=72, d_ff=131, n_layers=2, n_heads=4, n_kv_heads=2, head_dim=32, **LLAMA),
    Case("sparse-deep", 6, d_model=64, d_ff=95, n_layers=6, n_heads=2, n_kv_heads=1, head_dim=32, zeros=0.9, prompts=(3, 130)),
    Case("falcon-untied", 8, d_model=64, d_ff=120, n_layers=2, n_heads=2, n_kv_heads=1, head_dim=64, tied=False, **LLAMA),
    Case("llama3-rope", 9, d_model=60, d_ff=100, n_layers=2, n_heads=4, n_kv_heads=2, head_dim=20, **SCALED),
    Case("llama-input-norms", 10, d_model=64, d_ff=110, n_layers=2, n_heads=4, n_kv_heads=2, head_dim=16, **NORMED),
    Case("bonsai", 11, d_model=256, d_ff=384, n_layers=2, n_heads=4, n_kv_heads=2, head_dim=64, n_vocab=130, group_size=128, **QWEN),
    Case("bonsai-yarn", 12, d_model=136, d_ff=200, n_layers=2, n_heads=2, n_kv_heads=1, head_dim=32, n_vocab=90, **STRETCHED),
    Case("binary", 13, d_model=128, d_ff=256, n_layers=2, n_heads=2, n_kv_heads=1, head_dim=64, n_vocab=90, group_size=128, **BINARY),
    Case("dense", 7, d_model=128, d_ff=256, n_layers=2, n_heads=2, n_kv_heads=2, head_dim=64, zeros=0.0, n_vocab=64, prompts=(17, 33)),
)  # fmt: skip


class HalfCache(DynamicCache):
    """A KV cache that rounds what it is given to float16."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store the rounded states and return all of them, in float32."""
        return super().update(key_states.half().float(), value_states.half().float(), layer_idx, *args, **kwargs)


class Weights:
    """The random weights of a case, by the engine's names: int8 codes with a scale, float16 and float32 arrays."""

    def __init__(self, case: Case) -> None:
        self._random = np.random.default_rng(case.seed)
        self.arrays: dict[str, np.ndarray] = {}
        for name in ("embed",) if case.tied else ("embed", "head"):
            if case.group_size:
                self._grouped(name, case.n_vocab, case.d_model, case, 1.0)
            else:
                self.arrays[name] = self._matrix(case.n_vocab, case.d_model)
        self.arrays["final_norm"] = self._norm(case.d_model)
        attention, keys = case.n_heads * case.head_dim, case.n_kv_heads * case.head_dim
        shapes = {
            "q": (attention, case.d_model),
            "k": (keys, case.d_model),
            "v": (keys, case.d_model),
            "o": (case.d_model, attention),
            "gate": (case.d_ff, case.d_model),
            "up": (case.d_ff, case.d_model),
            "down": (case.d_model, case.d_ff),
        }
        for layer in range(case.n_layers):
            for name, (rows, cols) in shapes.items():
                if case.group_size:
                    self._grouped(f"layers.{layer}.{name}", rows, cols, case, 1 / np.sqrt((1 - case.zeros) * cols))
                else:
                    self._ternary(f"layers.{layer}.{name}", rows, cols, case.zeros)
            norms = {"attn_norm": case.d_model, "ffn_norm": case.d_model}
            if case.sub_norms:
                norms |= {"attn_sub_norm": attention, "ffn_sub_norm": case.d_ff}
            if case.input_norms:
                norms |= {f"{name}_in_norm": case.d_model for name in ("q", "k", "v", "gate", "up")}
            if case.qk_norms:
                norms |= {"q_norm": case.head_dim, "k_norm": case.head_dim}
            for name, width in norms.items():
                self.arrays[f"layers.{layer}.{name}"] = self._norm(width)

    def _matrix(self, rows: int, cols: int) -> np.ndarray:
        return self._random.normal(0, 1, (rows, cols)).astype(np.float16)

    def _norm(self, width: int) -> np.ndarray:
        return self._random.uniform(0.5, 1.5, width).astype(np.float32)

    def _grouped(self, name: str, rows: int, cols: int, case: Case, middle: float) -> None:
        side = (1 - case.zeros) / 2
        choices = np.array([-1, 0, 1], np.int8)
        self.arrays[name] = self._random.choice(choices, (rows, cols), p=[side, case.zeros, side])
        groups = -(-cols // case.group_size)
        scales = self._random.uniform(0.5, 1.5, (rows, groups)) * middle
        self.arrays[name + "_scale"] = scales.astype(np.float16)

    def _ternary(self, name: str, rows: int, cols: int, zeros: float) -> None:
        side = (1 - zeros) / 2
        codes = self._random.choice(np.array([-1, 0, 1], np.int8), (rows, cols), p=[side, zeros, side])
        scale = self._random.uniform(0.7, 1.3) / np.sqrt(max(0.1, 1 - zeros) * cols)
        self.arrays[name] = codes
        self.arrays[name + "_scale"] = np.array([scale], np.float32)


class GroupLinear(nn.Module):
    """Ternary weights and int8 activations, each with a scale for every group of columns."""

    def __init__(self, codes: np.ndarray, scales: np.ndarray, size: int, how: str) -> None:
        super().__init__()
        self._codes, self._scales = tensor(codes), tensor(scales)
        self._size, self._how = size, how
        self.weight = dequantized(codes, scales, size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Multiply by `how`: whole de-quantised rows, group after group of integers, or float activations."""
        if self._how == "float":
            return nn.functional.linear(x, self.weight)
        total: Any = 0.0
        rounded = []
        for group, begin in enumerate(range(0, x.shape[-1], self._size)):
            part = x[..., begin : begin + self._size]
            scale = 127 / part.abs().amax(dim=-1, keepdim=True).clamp(min=1e-5)
            codes = (part * scale).round().clamp(-128, 127)
            if self._how == "integers":
                dots = nn.functional.linear(codes, self._codes[:, begin : begin + self._size])
                total = total + dots * (1 / scale * self._scales[:, group])
            rounded.append(codes / scale)
        return total if self._how == "integers" else nn.functional.linear(torch.cat(rounded, dim=-1), self.weight)


def dequantized(codes: np.ndarray, scales: np.ndarray, size: int) -> torch.Tensor:
    """Return codes times the scale of their group."""
    return tensor(codes * np.repeat(scales.astype(np.float32), size, axis=1)[:, : codes.shape[1]])


def build_grouped(case: Case, arrays: dict[str, np.ndarray], how: str) -> nn.Module:
    """Return the model of `transformers` with `GroupLinear` for its layers."""
    model = Qwen3ForCausalLM(Qwen3Config(**common(case), head_dim=case.head_dim))

    def linear(name: str) -> GroupLinear:
        return GroupLinear(arrays[name], arrays[name + "_scale"], case.group_size, how)

    model.model.embed_tokens.weight.data = linear("embed").weight
    model.lm_head = linear("embed" if case.tied else "head")
    fill(model, case, arrays, lambda layer, theirs, ours: layer.set_submodule(theirs, linear(ours)))
    return model.eval()


def common(case: Case) -> dict[str, Any]:
    """Return what all configurations have."""
    return {
        "vocab_size": case.n_vocab,
        "hidden_size": case.d_model,
        "intermediate_size": case.d_ff,
        "num_hidden_layers": case.n_layers,
        "num_attention_heads": case.n_heads,
        "num_key_value_heads": case.n_kv_heads,
        "hidden_act": case.activation,
        "max_position_embeddings": 256,
        "rms_norm_eps": case.norm_eps,
        "rope_parameters": {"rope_type": "default"} | (case.rope_scaling or {}) | {"rope_theta": case.rope_theta},
        "tie_word_embeddings": case.tied,
        "attn_implementation": "eager",
        "bos_token_id": None,
        "eos_token_id": None,
    }


def fill(
    model: nn.Module, case: Case, arrays: dict[str, np.ndarray], put_linear: Callable[[nn.Module, str, str], None]
) -> None:
    """Give a model its norms and, by `put_linear`, the matrices of its layers."""
    model.model.norm.weight.data = tensor(arrays["final_norm"])
    names = LAYER_NAMES | INPUT_NORMS if case.input_norms else LAYER_NAMES
    for number, layer in enumerate(model.model.layers):
        for name, theirs in names.items():
            ours = f"layers.{number}.{name}"
            if name in TERNARY:
                put_linear(layer, theirs, ours)
            elif ours in arrays:
                layer.get_submodule(theirs).weight = nn.Parameter(tensor(arrays[ours]), requires_grad=False)


def build(case: Case, arrays: dict[str, np.ndarray], linear_class: str) -> nn.Module:
    """Return the model of `transformers` with these weights in its quantised layers."""
    shape = common(case)
    bitnet, llama = lambda: BitNetConfig(**shape), lambda: LlamaConfig(**shape, head_dim=case.head_dim)
    is_bitnet = case.sub_norms and not case.input_norms
    model = BitNetForCausalLM(bitnet()) if is_bitnet else LlamaForCausalLM(llama())
    quantization = BitNetQuantConfig(
        linear_class=linear_class,
        quantization_mode="offline",
        use_rms_norm=case.input_norms,
        rms_norm_eps=case.sub_norm_eps or case.norm_eps,
    )
    replace_with_bitnet_linear(model, modules_to_not_convert=["lm_head"], quantization_config=quantization)
    model.model.embed_tokens.weight.data = tensor(arrays["embed"])
    model.lm_head.weight.data = tensor(arrays["embed" if case.tied else "head"])
    fill(
        model,
        case,
        arrays,
        lambda layer, theirs, ours: fill_linear(layer.get_submodule(theirs), arrays[ours], arrays[ours + "_scale"]),
    )
    for name, parameter in model.named_parameters():
        if parameter.is_meta:
            raise RuntimeError(f"{name} was not filled")
    return model.eval()


def fill_linear(module: nn.Module, codes: np.ndarray, scale: np.ndarray) -> None:
    """Give a quantised layer its codes and its scale, by the convention of its class."""
    if isinstance(module, AutoBitLinear):
        module.weight = nn.Parameter(tensor(codes), requires_grad=False)
        module.weight_scale = tensor(scale)
    elif isinstance(module, BitLinear):
        rows = codes.shape[0]
        padded = np.concatenate([codes, np.zeros((-rows % 4, codes.shape[1]), np.int8)])
        module.weight = pack_weights(torch.from_numpy(padded.copy()))
        module.weight_scale = tensor(1 / scale)
        if len(padded) != rows:  # the layer packs four rows to a byte; drop those that only fill it up
            module.register_forward_hook(lambda _module, _input, output: output[..., :rows])
    else:
        raise TypeError(f"{module} was not replaced")


def tensor(array: np.ndarray) -> torch.Tensor:
    """Return a float32 tensor."""
    return torch.from_numpy(array.astype(np.float32))


def make(case: Case) -> tuple[dict[str, np.ndarray], float]:
    """Return everything to store for a case, and how far its two oracles are apart."""
    arrays = dict(Weights(case).arrays)
    if case.group_size:
        models = {name: build_grouped(case, arrays, name) for name in ("integers", "rows", "float")}
    else:
        models = {name: build(case, arrays, name) for name in ("bitlinear", "autobitlinear")}
    first, second, *floats = models
    random = np.random.default_rng(1000 + case.seed)
    noise = 0.0
    for number, length in enumerate(case.prompts):
        prompt = random.integers(0, case.n_vocab, length)
        with torch.no_grad():
            logits = {
                name: model(torch.from_numpy(prompt)[None], past_key_values=HalfCache(), use_cache=True)
                .logits[0]
                .numpy()
                .astype(np.float32)
                for name, model in models.items()
            }
        arrays[f"prompt.{number}"] = prompt.astype(np.int32)
        arrays[f"logits.{number}"] = logits[first]
        noise = max(noise, float(np.abs(logits[first] - logits[second]).max()))
        for name in floats:
            arrays[f"{name}.{number}"] = logits[name]
    return arrays, noise


def main() -> None:
    """Write one ``.npz`` per case and ``versions.json``."""
    parser = argparse.ArgumentParser(description="Make the golden vectors of the engine's tests.")
    parser.add_argument("directory", type=Path, help="where to write, usually tests/native/golden")
    directory = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for case in CASES:
        arrays, noise = make(case)
        arrays["case"] = np.array(json.dumps(asdict(case)))
        arrays["noise"] = np.array(noise, np.float32)
        path = directory / f"{case.name}.npz"
        np.savez_compressed(path, **arrays)
        deviation = max(float(arrays[f"logits.{number}"].std()) for number in range(len(case.prompts)))
        print(
            f"{case.name:18} {path.stat().st_size:7} bytes, logits deviate by {deviation:.2f}, oracles differ by {noise:.2e}"
        )
    versions = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    (directory / "versions.json").write_text(json.dumps(versions, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
