import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.model_config import ModelConfig, dump_config, parse_config, rope_factors
from appliance.errors import ModelError

DIMENSIONS = st.integers(1, 1 << 20)
CONFIGS = st.builds(
    ModelConfig,
    n_layers=DIMENSIONS,
    d_model=DIMENSIONS,
    d_ff=DIMENSIONS,
    n_heads=DIMENSIONS,
    n_kv_heads=DIMENSIONS,
    head_dim=DIMENSIONS,
    n_vocab=DIMENSIONS,
    max_context=DIMENSIONS,
    activation=st.sampled_from(["relu2", "silu"]),
    sub_norms=st.booleans(),
    rope_theta=st.floats(1, 1e12),
    norm_eps=st.floats(1e-12, 0.5),
    input_norms=st.booleans(),
    qk_norms=st.booleans(),
    group_size=st.sampled_from([0, 64, 128, 256]),
    rope_factors=st.booleans(),
    rope_amplitude=st.floats(1e-3, 100),
    sub_norm_eps=st.none() | st.floats(1e-12, 0.5),
)

PUBLISHED = {
    "hidden_size": 2560,
    "intermediate_size": 6912,
    "num_hidden_layers": 30,
    "num_attention_heads": 20,
    "num_key_value_heads": 5,
    "vocab_size": 128256,
    "max_position_embeddings": 4096,
    "hidden_act": "relu2",
    "rope_theta": 500000.0,
    "rms_norm_eps": 1e-05,
    "ternd": {"packing": "t2/1", "sub_norms": True},
}
"""The shape of BitNet b1.58 2B-4T."""


@given(CONFIGS, st.booleans())
def test_a_written_configuration_reads_back(config: ModelConfig, tied: bool) -> None:
    assert parse_config(dump_config(config, tied=tied)) == config


def test_the_published_keys_are_read_and_others_left_alone() -> None:
    config = parse_config(json.dumps(PUBLISHED | {"torch_dtype": "bfloat16", "use_cache": True}).encode())
    assert (config.d_model, config.head_dim, config.n_kv_heads, config.activation) == (2560, 128, 5, "relu2")


def test_the_newer_place_of_rope_theta_is_read() -> None:
    raw = {key: value for key, value in PUBLISHED.items() if key != "rope_theta"}
    raw["rope_parameters"] = {"rope_type": "default", "rope_theta": 10000.0}
    assert parse_config(json.dumps(raw).encode()).rope_theta == 10000.0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"hidden_size": 0}, "hidden_size"),
        ({"hidden_size": -1}, "hidden_size"),
        ({"hidden_size": True}, "hidden_size"),
        ({"hidden_size": "2560"}, "hidden_size"),
        ({"hidden_size": 2560.0}, "hidden_size"),
        ({"hidden_size": 1 << 70}, "hidden_size"),
        ({"hidden_size": 2561}, "multiple"),
        ({"vocab_size": None}, "vocab_size"),
        ({"hidden_act": "gelu"}, "hidden_act"),
        ({"hidden_act": ["relu2"]}, "hidden_act"),
        ({"rope_theta": 0}, "rope_theta"),
        ({"rope_theta": 10**400}, "rope_theta"),
        ({"rope_theta": None}, "rope_theta"),
        ({"rope_parameters": []}, "rope_type"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "rope_type"),
        ({"rope_scaling": {"factor": 2}}, "rope_scaling"),
        ({"rms_norm_eps": -1e-5}, "rms_norm_eps"),
        ({"rms_norm_eps": "1e-5"}, "rms_norm_eps"),
        ({"attention_bias": True}, "attention_bias"),
        ({"ternd": None}, "ternd"),
        ({"ternd": {"packing": "t2/9", "sub_norms": True}}, "packing"),
        ({"ternd": {"packing": "t2/1", "sub_norms": 1}}, "sub_norms"),
        ({"ternd": {"packing": "t2/1", "sub_norms": True, "sub_norm": True}}, "unknown key"),
    ],
)
def test_a_bad_value_is_refused_by_its_key(change: dict[str, Any], match: str) -> None:
    with pytest.raises(ModelError, match=match):
        parse_config(json.dumps(PUBLISHED | change).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe", b'{"a":1,"a":1}', b'{"a":Infinity}', b" " * 70000])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        parse_config(data)


@given(
    st.sampled_from(sorted(PUBLISHED)), st.none() | st.integers() | st.floats() | st.text() | st.lists(st.integers())
)
def test_any_value_is_parsed_or_refused(key: str, value: Any) -> None:
    try:
        config = parse_config(json.dumps(PUBLISHED | {key: value}).encode())
    except ModelError:
        return
    assert min(config.d_model, config.n_heads, config.n_vocab, config.max_context) >= 1


def test_messages_stay_short_whatever_the_value() -> None:
    with pytest.raises(ModelError) as caught:
        parse_config(json.dumps(PUBLISHED | {"hidden_size": "9" * 9000}).encode())
    assert len(str(caught.value)) < 200


LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
SHAPE: dict[str, Any] = {"head_dim": 128, "rope_theta": 5e5, "max_context": 131072}


def test_rotation_is_scaled_as_its_types_say() -> None:
    """Fast frequencies stay, slow ones are divided by the factor; tests/native/golden has the logits of both."""
    assert rope_factors({"rope_type": "default", "rope_theta": 1e4}, **SHAPE) is None
    assert rope_factors({}, **SHAPE) is None
    assert rope_factors({"type": "linear", "factor": 2.0}, **SHAPE) == ([2.0] * 64, 1.0)
    for parameters, amplitude in ((LLAMA3, 1.0), (YARN, 0.1 * math.log(4) + 1)):
        scaled = rope_factors(parameters, **SHAPE)
        assert scaled is not None
        factors, got = scaled
        assert got == pytest.approx(amplitude)
        assert len(factors) == 64
        assert factors[0] == 1.0
        assert factors[-1] == pytest.approx(parameters["factor"])
        assert factors == sorted(factors)
    assert rope_factors(YARN | {"attention_factor": 1.5}, **SHAPE)[1] == 1.5  # type: ignore[index]


@pytest.mark.parametrize(
    "parameters",
    [
        {"rope_type": "longrope", "factor": 2.0},
        {"rope_type": "linear"},
        {"rope_type": "linear", "factor": 0.5},
        {"rope_type": "linear", "factor": "2"},
        LLAMA3 | {"high_freq_factor": 1.0},
        LLAMA3 | {"low_freq_factor": 0.0},
        YARN | {"mscale": 1.0},
        YARN | {"beta_fast": -1.0},
        YARN | {"beta_slow": 1e-320},
        YARN | {"original_max_position_embeddings": None},
        YARN | {"factor": math.inf},
    ],
)
def test_scaling_that_makes_no_sense_is_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        rope_factors(parameters, **SHAPE)


@given(
    st.fixed_dictionaries(
        {"rope_type": st.sampled_from(["linear", "llama3", "yarn"])},
        optional={
            key: st.none() | st.floats() | st.integers() | st.booleans() | st.text(max_size=3)
            for key in (*LLAMA3, "attention_factor", "beta_fast", "beta_slow", "truncate")
            if key != "rope_type"
        },
    )
)
def test_any_scaling_is_factors_or_an_error(parameters: dict[str, Any]) -> None:
    try:
        scaled = rope_factors(parameters, **SHAPE)
    except ModelError:
        return
    assert scaled is not None
    assert all(math.isfinite(factor) and factor > 0 for factor in scaled[0])
