"""The shape of a model, as ``config.json`` gives it (the keys are those of Hugging Face).

Only what the engine uses is read; keys it does not know are left alone, keys that would change the
result (attention bias, scaled RoPE, another activation) are refused. What Hugging Face has no key for stands under
``ternd``; ``docs/model-directory.md`` lists all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from appliance.engine.strict_json import loads_strict
from appliance.errors import ModelError

PACKING: Final = "t2/1"
"""Name of the 2-bit packing of this engine, in ``config.json`` under ``ternd.packing``; described in ``native/PACKING.md``."""

MAX_CONFIG_BYTES: Final = 1 << 16
_MAX_DIMENSION: Final = 1 << 24
_MAX_HEAD_DIM: Final = 1024
_ACTIVATIONS: Final = ("relu2", "silu")
_GROUP_SIZES: Final = (0, 64, 128, 256)
_SWITCHES: Final = ("sub_norms", "input_norms", "qk_norms", "rope_factors")
_OWN_KEYS: Final = frozenset({"packing", *_SWITCHES, "group_size", "rope_amplitude", "sub_norm_eps"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """What the engine must know of a model besides its tensors."""

    n_layers: int
    """Transformer blocks."""
    d_model: int
    """Width of the residual stream."""
    d_ff: int
    """Width inside the feed-forward network."""
    n_heads: int
    """Query heads."""
    n_kv_heads: int
    """Key and value heads; divides `n_heads`."""
    head_dim: int
    """Width of a head, even."""
    n_vocab: int
    """Rows of the embedding and of the head."""
    max_context: int
    """Most tokens a session may hold."""
    activation: str = "relu2"
    """Of the gate: ``relu2`` (squared ReLU) or ``silu``."""
    sub_norms: bool = True
    """Whether a norm stands before the output and the down projection (BitNet) or not (Llama)."""
    rope_theta: float = 500000.0
    """Base of the rotary frequencies."""
    norm_eps: float = 1e-5
    """Added to the mean square in every RMSNorm."""
    input_norms: bool = False
    """Whether q, k, v, gate and up each have a norm of their own before them, after the block's."""
    qk_norms: bool = False
    """Whether each head of q and k is normed before the rotation (Qwen3)."""
    group_size: int = 0
    """Columns that share a scale: 64, 128 or 256; 0: one scale for each matrix and for each token's activations."""
    rope_factors: bool = False
    """Whether a tensor ``rope_factors`` divides the rotary frequencies."""
    rope_amplitude: float = 1.0
    """Multiplies cosine and sine of the rotation (YaRN), up to 100."""
    sub_norm_eps: float | None = None
    """Of sub-norms and input norms; None: `norm_eps`."""


def parse_config(data: bytes) -> ModelConfig:
    """Parse ``config.json``; raise `ModelError` that names the key for whatever does not fit."""
    if len(data) > MAX_CONFIG_BYTES:
        raise ModelError(f"config.json has {len(data)} bytes; at most {MAX_CONFIG_BYTES} are accepted")
    raw = loads_strict(data, "config.json")
    own = raw.get("ternd")
    if not isinstance(own, dict):
        raise ModelError('config.json has no "ternd" object: this is no converted model directory')
    for key in own.keys() - _OWN_KEYS:
        raise ModelError(f"config.json: unknown key ternd.{key}")
    if own.get("packing") != PACKING:
        raise ModelError(
            f"config.json: ternd.packing is {own.get('packing')!r}; this engine reads {PACKING!r}: convert the model again"
        )
    switches = {name: own.get(name, False) for name in _SWITCHES}
    for name, value in switches.items():
        if not isinstance(value, bool) or "sub_norms" not in own:
            raise ModelError(f"config.json: ternd.{name} must be true or false")
    group_size = own.get("group_size", 0)
    if not isinstance(group_size, int) or isinstance(group_size, bool) or group_size not in _GROUP_SIZES:
        raise ModelError(f"config.json: ternd.group_size must be one of {_GROUP_SIZES}, not {_short(group_size)}")
    amplitude = _number({"rope_amplitude": 1.0} | own, "rope_amplitude", lambda value: 0.0 < value <= 100.0)
    _refuse_unsupported(raw)
    d_model, n_heads = _dimension(raw, "hidden_size"), _dimension(raw, "num_attention_heads")
    if raw.get("head_dim") is None and d_model % n_heads != 0:
        raise ModelError("config.json: hidden_size is no multiple of num_attention_heads and head_dim is missing")
    return ModelConfig(
        n_layers=_dimension(raw, "num_hidden_layers"),
        d_model=d_model,
        d_ff=_dimension(raw, "intermediate_size"),
        n_heads=n_heads,
        n_kv_heads=_dimension(raw, "num_key_value_heads", default=n_heads),
        head_dim=_dimension(raw, "head_dim", default=d_model // n_heads),
        n_vocab=_dimension(raw, "vocab_size"),
        max_context=_dimension(raw, "max_position_embeddings"),
        activation=raw["hidden_act"],
        **switches,
        group_size=group_size,
        rope_amplitude=amplitude,
        sub_norm_eps=None if own.get("sub_norm_eps") is None else _number(own, "sub_norm_eps", _is_epsilon),
        rope_theta=_number(_rope(raw), "rope_theta", lambda value: value >= 1.0),
        norm_eps=_number(raw, "rms_norm_eps", _is_epsilon),
    )


def dump_config(config: ModelConfig, *, tied: bool) -> bytes:
    """Return ``config.json`` for `config`; `parse_config` reads it back to the same value."""
    family = "Qwen3" if config.qk_norms else "BitNet" if config.sub_norms and not config.input_norms else "Llama"
    own: dict[str, Any] = {"packing": PACKING, "sub_norms": config.sub_norms}
    own |= {name: True for name in ("input_norms", "qk_norms", "rope_factors") if getattr(config, name)}
    if config.group_size:
        own["group_size"] = config.group_size
    if config.rope_amplitude != 1.0:
        own["rope_amplitude"] = config.rope_amplitude
    if config.sub_norm_eps is not None:
        own["sub_norm_eps"] = config.sub_norm_eps
    raw = {
        "architectures": [f"{family}ForCausalLM"],
        "model_type": family.lower(),
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
        "tie_word_embeddings": tied,
        "ternd": own,
    }
    return (json.dumps(raw, indent=2) + "\n").encode()


def rope_factors(
    parameters: Mapping[str, Any], *, head_dim: int, rope_theta: float, max_context: int
) -> tuple[list[float], float] | None:
    """Turn Hugging Face's ``rope_scaling`` (or ``rope_parameters``) into what the engine takes.

    Returns the divisors of the `head_dim` / 2 frequencies and the amplitude of cosine and sine, or None when nothing
    is scaled. Knows ``default``, ``linear``, ``llama3`` and ``yarn`` (https://arxiv.org/abs/2309.00071); raises
    `ModelError` for other types and for values that make no sense.
    """
    kind = parameters.get("rope_type", parameters.get("type", "default"))
    if kind == "default":
        return None
    if head_dim > _MAX_HEAD_DIM:
        raise ModelError(f"heads of {head_dim} dimensions are not supported; up to {_MAX_HEAD_DIM} are")
    half = head_dim // 2
    factor = _number(parameters, "factor", lambda value: value >= 1.0)
    if kind == "linear":
        return [factor] * half, 1.0
    wavelengths = [2 * math.pi * rope_theta ** (2 * i / head_dim) for i in range(half)]
    original = _number(
        {"original_max_position_embeddings": max_context} | dict(parameters),
        "original_max_position_embeddings",
        lambda value: value >= 1.0,
    )
    if kind == "llama3":
        low = _number(parameters, "low_freq_factor", lambda value: value > 0.0)
        high = _number(parameters, "high_freq_factor", lambda value: value > low)
        smooth = [min(1.0, max(0.0, (original / length - low) / (high - low))) for length in wavelengths]
        return [1.0 / ((1.0 - part) / factor + part) for part in smooth], 1.0
    if kind == "yarn":
        return _yarn(parameters, factor, original, head_dim=head_dim, rope_theta=rope_theta)
    raise ModelError(f"config.json: rope_type {_short(kind)} is not supported (default, linear, llama3 and yarn are)")


def _yarn(
    parameters: Mapping[str, Any], factor: float, original: float, *, head_dim: int, rope_theta: float
) -> tuple[list[float], float]:
    if parameters.get("mscale") or parameters.get("mscale_all_dim"):
        raise ModelError("config.json: yarn with mscale is not supported")
    given = {"beta_fast": 32.0, "beta_slow": 1.0, "attention_factor": 0.1 * math.log(factor) + 1.0}
    given |= {key: value for key, value in parameters.items() if value is not None}
    fast = _number(given, "beta_fast", lambda value: 1e-3 <= value <= 1e6)
    slow = _number(given, "beta_slow", lambda value: 1e-3 <= value <= 1e6)
    if rope_theta <= 1.0:
        raise ModelError("config.json: yarn needs a rope_theta above 1")
    amplitude = _number(given, "attention_factor", lambda value: 0.0 < value <= 100.0)

    def dimension(rotations: float) -> float:
        return head_dim * math.log(original / (rotations * 2 * math.pi)) / (2 * math.log(rope_theta))

    low, high = dimension(fast), dimension(slow)
    if parameters.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, head_dim - 1)
    width = high - low if high != low else 0.001
    ramps = [min(1.0, max(0.0, (i - low) / width)) for i in range(head_dim // 2)]
    return [1.0 / (ramp / factor + (1.0 - ramp)) for ramp in ramps], amplitude


def _is_epsilon(value: float) -> bool:
    return 0.0 < value < 1.0


def _refuse_unsupported(raw: Mapping[str, Any]) -> None:
    if raw.get("hidden_act") not in _ACTIVATIONS:
        raise ModelError(
            f"config.json: hidden_act is {raw.get('hidden_act')!r}; supported are {', '.join(_ACTIVATIONS)}"
        )
    for key in ("attention_bias", "mlp_bias"):
        if raw.get(key):
            raise ModelError(f"config.json: {key} is not supported")
    if raw.get("rope_scaling"):
        raise ModelError("config.json: rope_scaling is not supported here: converting turns it into rope_factors")


def _rope(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object that holds ``rope_theta``: the file itself, or its newer ``rope_parameters``."""
    parameters = raw.get("rope_parameters")
    if parameters is None:
        return raw
    if not isinstance(parameters, dict) or parameters.get("rope_type", "default") != "default":
        raise ModelError("config.json: only the default rope_type is supported")
    return parameters


def _dimension(raw: Mapping[str, Any], key: str, default: int | None = None) -> int:
    value = raw.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MAX_DIMENSION:
        raise ModelError(f"config.json: {key} must be an integer from 1 to {_MAX_DIMENSION}, not {_short(value)}")
    return value


def _number(raw: Mapping[str, Any], key: str, accept: Callable[[float], bool]) -> float:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelError(f"config.json: {key} must be a number, not {_short(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number > 1e12 or not accept(number):
        raise ModelError(f"config.json: {key} is out of range: {_short(value)}")
    return number


def _short(value: object) -> str:
    """Return a value for a message, cut where a hostile file would make the message huge."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 40 else text[:40] + "…"
