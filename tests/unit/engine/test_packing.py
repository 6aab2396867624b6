import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.binding import Dtype, content_is_valid, pack, packed_size, unpack
from appliance.errors import EngineError, ModelError


@pytest.mark.parametrize("dtype", [Dtype.T2, Dtype.T5, Dtype.T8])
@given(rows=st.integers(1, 9), cols=st.integers(1, 130), seed=st.integers(0, 99))
def test_what_is_packed_is_unpacked(dtype: Dtype, rows: int, cols: int, seed: int) -> None:
    codes = np.random.default_rng(seed).integers(-1, 2, (rows, cols)).astype(np.int8)
    packed = pack(codes, dtype)
    assert len(packed) == packed_size(rows, cols, dtype)
    assert content_is_valid(dtype, packed)
    assert np.array_equal(unpack(packed, rows, cols, dtype), codes)


@given(rows=st.integers(1, 9), cols=st.integers(1, 260), seed=st.integers(0, 99))
def test_weights_without_zeros_are_packed_at_one_bit(rows: int, cols: int, seed: int) -> None:
    codes = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (rows, cols))
    packed = pack(codes, Dtype.T1)
    assert len(packed) == packed_size(rows, cols, Dtype.T1)
    assert content_is_valid(Dtype.T1, packed)
    assert np.array_equal(unpack(packed, rows, cols, Dtype.T1), codes)
    codes[rows - 1, cols - 1] = 0
    with pytest.raises(EngineError):
        pack(codes, Dtype.T1)


def test_weights_take_the_bits_that_are_promised() -> None:
    assert packed_size(2560, 6912, Dtype.T5) * 8 == 2560 * 6912 * 5 // 3
    assert packed_size(6912, 2560, Dtype.T8) * 8 == 2560 * 6912 * 8 // 5
    assert packed_size(2560, 6912) * 8 == 2560 * 6912 * 2
    assert packed_size(2560, 6912, Dtype.T1) * 8 == 2560 * 6912


def test_unpacking_checks_size_and_codes() -> None:
    with pytest.raises(EngineError, match="no packed matrix"):
        unpack(bytes(63), 1, 1)
    with pytest.raises(ModelError):
        unpack(bytes([255]) * 40, 1, 1, Dtype.T5)
    with pytest.raises(ModelError):
        unpack(bytes([1]) * 64, 1, 1, Dtype.T8)
