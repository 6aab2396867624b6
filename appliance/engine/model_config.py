"""The shape of a model, as ``config.json`` gives it (the keys are those of Hugging Face).

Only what the engine uses is read; keys it does not know are left alone, keys that would change the
result (attention bias, scaled RoPE, another activation) are refused.
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
_ACTIVATIONS: Final = ("relu2", "silu")
_OWN_KEYS: Final = frozenset({"packing", "sub_norms"})


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
    sub_norms = own.get("sub_norms")
    if not isinstance(sub_norms, bool):
        raise ModelError("config.json: ternd.sub_norms must be true or false")
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
        sub_norms=sub_norms,
        rope_theta=_number(_rope(raw), "rope_theta", lambda value: value >= 1.0),
        norm_eps=_number(raw, "rms_norm_eps", lambda value: 0.0 < value < 1.0),
    )


def dump_config(config: ModelConfig, *, tied: bool) -> bytes:
    """Return ``config.json`` for `config`; `parse_config` reads it back to the same value."""
    raw = {
        "architectures": ["BitNetForCausalLM" if config.sub_norms else "LlamaForCausalLM"],
        "model_type": "bitnet" if config.sub_norms else "llama",
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
        "ternd": {"packing": PACKING, "sub_norms": config.sub_norms},
    }
    return (json.dumps(raw, indent=2) + "\n").encode()


def _refuse_unsupported(raw: Mapping[str, Any]) -> None:
    if raw.get("hidden_act") not in _ACTIVATIONS:
        raise ModelError(
            f"config.json: hidden_act is {raw.get('hidden_act')!r}; supported are {', '.join(_ACTIVATIONS)}"
        )
    for key in ("attention_bias", "mlp_bias"):
        if raw.get(key):
            raise ModelError(f"config.json: {key} is not supported")
    if raw.get("rope_scaling"):
        raise ModelError("config.json: rope_scaling is not supported")


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
