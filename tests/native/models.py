"""Small models for the tests of the engine: random ones and the golden ones."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appliance.engine.model_config import ModelConfig, rope_factors
from appliance.engine.model_directory import GroupTernary, Int8Rows, Ternary, Weights, write_model
from appliance.engine.synthetic import matrix_shapes, norm_widths

GOLDEN = Path(__file__).parent / "golden"
TOKENIZER = b'{"version":"1.0"}'

TINY = ModelConfig(
    n_layers=1, d_model=8, d_ff=10, n_heads=2, n_kv_heads=1, head_dim=4, n_vocab=12, max_context=16, rope_theta=1e4
)
"""The smallest model that has everything: grouped heads, sub-norms, a width that is no multiple of four."""

SMALL = ModelConfig(
    n_layers=3, d_model=48, d_ff=101, n_heads=4, n_kv_heads=2, head_dim=12, n_vocab=50, max_context=300, rope_theta=1e4
)
"""Small, but with several layers and an odd width, for the invariants of a session."""


RICH = dataclasses.replace(
    TINY, activation="silu", sub_norms=False, qk_norms=True, group_size=64, rope_factors=True, rope_amplitude=1.1
)
"""What TINY has not: scales by groups, norms of heads, scaled rotation."""


def random_weights(config: ModelConfig, seed: int = 0, *, int8_embedding: bool = False) -> dict[str, Weights]:
    """Return weights for every tensor of a model with a tied head."""
    random = np.random.default_rng(seed)
    embed = random.normal(0, 1, (config.n_vocab, config.d_model)).astype(np.float32)
    weights: dict[str, Weights] = {"embed": embed, "final_norm": np.ones(config.d_model, np.float32)}
    if config.rope_factors:
        weights["rope_factors"] = random.uniform(1, 4, config.head_dim // 2).astype(np.float32)
    if int8_embedding:
        scales = np.abs(embed).max(axis=1) / np.float32(127)
        weights["embed"] = Int8Rows(np.rint(embed / scales[:, None]).astype(np.int8), scales)
    for layer in range(config.n_layers):
        for name, (rows, cols) in matrix_shapes(config).items():
            codes = random.integers(-1, 2, (rows, cols)).astype(np.int8)
            scale = float(1.2 / np.sqrt(cols))
            weights[f"layers.{layer}.{name}"] = Ternary(codes, scale)
            if config.group_size:
                groups = -(-cols // config.group_size)
                scales = random.uniform(0.5 * scale, 1.5 * scale, (rows, groups)).astype(np.float16)
                weights[f"layers.{layer}.{name}"] = GroupTernary(codes, scales)
        for name, width in norm_widths(config).items():
            weights[f"layers.{layer}.{name}"] = random.uniform(0.5, 1.5, width).astype(np.float32)
    return weights


def write_random(directory: Path, config: ModelConfig = TINY, seed: int = 0, *, int8_embedding: bool = False) -> Path:
    """Write a random model directory and return it."""
    write_model(directory, config, random_weights(config, seed, int8_embedding=int8_embedding), TOKENIZER)
    return directory


@dataclass(frozen=True)
class Golden:
    """A golden model, its prompts and the oracle's logits."""

    name: str
    config: ModelConfig
    weights: Mapping[str, Weights]
    prompts: tuple[npt.NDArray[np.int32], ...]
    logits: tuple[npt.NDArray[np.float32], ...]
    """[tokens, n_vocab] for each prompt."""
    float_logits: tuple[npt.NDArray[np.float32], ...]
    """The same with activations that are not rounded, for models with groups; else empty."""
    noise: float
    """Largest difference between the two implementations of the oracle."""


def golden_names() -> list[str]:
    """Return the names of the committed golden models."""
    return sorted(path.stem for path in GOLDEN.glob("*.npz"))


def load_golden(name: str) -> Golden:
    """Read a golden model as ``provisioning/golden/make_golden.py`` wrote it."""
    with np.load(GOLDEN / f"{name}.npz", allow_pickle=False) as file:
        arrays = dict(file)
    case = json.loads(str(arrays.pop("case")))
    fields = {field.name for field in dataclasses.fields(ModelConfig)}
    shape: dict[str, Any] = {key: value for key, value in case.items() if key in fields}
    weights: dict[str, Weights] = {}
    if case.get("rope_scaling"):
        scaled = rope_factors(
            case["rope_scaling"], head_dim=case["head_dim"], rope_theta=case["rope_theta"], max_context=256
        )
        assert scaled is not None
        weights["rope_factors"] = np.array(scaled[0], np.float32)
        shape |= {"rope_factors": True, "rope_amplitude": scaled[1]}
    config = ModelConfig(max_context=256, **shape)
    noise = float(arrays.pop("noise"))
    count = len(case["prompts"])
    prompts = tuple(arrays.pop(f"prompt.{number}") for number in range(count))
    logits = tuple(arrays.pop(f"logits.{number}") for number in range(count))
    floats = tuple(arrays.pop(f"float.{number}") for number in range(count) if f"float.{number}" in arrays)
    for key, array in arrays.items():
        scales = arrays.get(key + "_scale")
        if scales is not None:
            weights[key] = GroupTernary(array, scales) if scales.ndim == 2 else Ternary(array, float(scales[0]))
        elif not key.endswith("_scale"):
            weights[key] = array
    return Golden(name, config, weights, prompts, logits, floats, noise)
