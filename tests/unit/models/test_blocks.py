from pathlib import Path

import numpy as np
import pytest

from appliance.models import blocks
from tests.unit.models.gguf_files import ENCODERS

VECTORS = Path(__file__).with_name("blocks.npz")
NUMBERS = {"F16": 1, "BF16": 30, "Q4_0": 2, "Q8_0": 8, "Q6_K": 14, "Q4_K": 12, "TQ1_0": 34, "TQ2_0": 35}


@pytest.mark.parametrize("name", NUMBERS)
def test_blocks_decode_to_what_the_gguf_package_says(name: str) -> None:
    with np.load(VECTORS) as file:
        data, expected = file[f"{name}.bytes"], file[f"{name}.values"]
    kind = blocks.format_of(NUMBERS[name])
    assert kind is not None
    assert kind.name == name
    if kind.codes is not None:
        codes, scales = kind.codes(data)
        assert np.array_equal(codes * scales[:, None], expected)
    else:
        assert kind.floats is not None
        assert np.array_equal(kind.floats(data), expected)


@pytest.mark.parametrize("name", ENCODERS)
def test_every_packing_gives_back_exactly_the_weights(name: str) -> None:
    number, encode = ENCODERS[name]
    random = np.random.default_rng(3)
    choices = [-1, 1] if name == "Q1_0" else [-1, 0, 1]
    codes = random.choice(np.array(choices, np.int8), (6, 512))
    kind = blocks.format_of(number, 128 if name.endswith("128") else 64)
    assert kind is not None
    assert kind.codes is not None
    data = encode(codes, 0.375)
    assert len(data) == codes.size // kind.block * kind.block_bytes + kind.tail
    decoded, scales = kind.codes(np.frombuffer(data[: len(data) - kind.tail], np.uint8).reshape(-1, kind.block_bytes))
    assert np.array_equal(decoded.reshape(codes.shape), codes)
    if kind.flat:
        assert blocks.i2_s_scale(data[-kind.tail :]) == 0.375
    else:
        assert (scales == 0.375).all()


def test_every_byte_of_five_trits_is_a_code() -> None:
    kind = blocks.format_of(34)
    assert kind is not None
    assert kind.codes is not None
    data = np.tile(np.arange(256, dtype=np.uint8)[:, None], (1, 54))
    data[:, 52:] = 0
    codes, _ = kind.codes(data)
    assert set(np.unique(codes)) == {-1, 0, 1}


def test_unknown_types_are_refused_with_a_reason() -> None:
    assert blocks.format_of(40) is None
    assert "41" in blocks.why_not(40)
    assert blocks.format_of(13) is None
    assert "Q6_K" in blocks.why_not(13)
