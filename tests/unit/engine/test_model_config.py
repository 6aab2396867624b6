import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.model_config import ModelConfig, dump_config, parse_config
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
