import dataclasses
from pathlib import Path

import numpy as np
import pytest

from appliance import engine
from appliance.engine import Model, Session, zeros
from appliance.engine.binding import Dtype, pack, unpack
from appliance.engine.model_directory import Ternary, read_directory, write_model
from appliance.errors import EngineError, ModelError
from tests.native.models import SMALL, TOKENIZER, random_weights

SHIPPED = Path(engine.__file__).parents[1] / "data" / "command"
TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9]


def write(directory: Path, packing: Dtype) -> Path:
    """Write SMALL with its down projections in this packing, and three quarters of the gates zero."""
    weights = random_weights(SMALL)
    for name, weight in weights.items():
        if name.endswith(".gate") and isinstance(weight, Ternary):
            weight.codes[np.arange(SMALL.d_ff) % 4 != 1] = 0
            weight.codes[: SMALL.d_ff // 2] = 0
        if name.endswith(".down") and isinstance(weight, Ternary):
            weights[name] = dataclasses.replace(weight, packing=packing)
    write_model(directory, SMALL, weights, TOKENIZER)
    return directory


def test_skipping_columns_changes_no_bit_and_is_counted(tmp_path: Path) -> None:
    logits = {}
    for packing in (Dtype.T2, Dtype.C2):
        with Model.open(write(tmp_path / packing.name, packing)) as model, Session(model, n_ctx=20) as session:
            session.sync(TOKENS)
            batch = session.logits()
            session.truncate(0)
            session.count_zeros()
            for token in TOKENS:
                session.append([token])
            logits[packing] = session.logits()
            assert np.array_equal(logits[packing], batch)
            counted = session.zeros()
            session.count_zeros(on=False)
            session.append([1])
            assert session.zeros() == counted
        assert len(counted) == SMALL.n_layers
        for layer in counted:
            assert layer.inputs == len(TOKENS) * SMALL.d_ff
            assert 0.85 * layer.inputs < layer.zeros <= layer.zero_codes < layer.inputs
            assert layer.up_rows / 2.2 < layer.up_skipped < layer.up_rows
            assert layer.down_skipped == (layer.zero_codes if packing is Dtype.C2 else 0)
    assert np.array_equal(logits[Dtype.T2], logits[Dtype.C2])


def test_columns_are_packed_and_unpacked() -> None:
    codes = np.random.default_rng(0).integers(-1, 2, (70, 33)).astype(np.int8)
    packed = pack(codes, Dtype.C2)
    assert len(packed) == 33 * 2 * 16
    assert np.array_equal(unpack(packed, 70, 33, Dtype.C2), codes)
    with pytest.raises(EngineError):
        unpack(packed, 64, 33, Dtype.C2)


def test_other_matrices_cannot_be_stored_by_columns(tmp_path: Path) -> None:
    weights = random_weights(SMALL)
    up = weights["layers.0.up"]
    assert isinstance(up, Ternary)
    write_model(tmp_path, SMALL, weights | {"layers.0.up": dataclasses.replace(up, packing=Dtype.C2)}, TOKENIZER)
    assert read_directory(tmp_path).config == SMALL
    with pytest.raises(ModelError, match=r"layers\.0\.up"):
        Model.open(tmp_path)


def test_the_table_of_a_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text"
    text.write_text("turn on the kitchen light\nis the front door locked\n", encoding="utf-8")
    assert zeros.main([str(SHIPPED), str(text)]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.startswith("layer")
    assert len(rows) == 6
    for number, row in enumerate(rows):
        layer, gate, _, rounded, _, up, _, down = row.split()
        assert int(layer) == number
        assert 0 <= int(up) < int(gate) < int(rounded) < 100
        assert down == "-"
    text.write_text("", encoding="utf-8")
    assert zeros.main([str(SHIPPED), str(text)]) == 1
    assert zeros.main([str(tmp_path), str(text)]) == 1
    assert zeros.main([str(SHIPPED), str(tmp_path / "nowhere")]) == 1
    assert "no tokens" in capsys.readouterr().err
