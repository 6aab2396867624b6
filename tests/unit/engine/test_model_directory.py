import dataclasses
import gc
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from appliance.engine import Cpu, Model, Session
from appliance.engine.binding import Dtype
from appliance.engine.model_directory import (
    CONFIG,
    MANIFEST,
    TOKENIZER,
    WEIGHTS,
    BFloat16,
    Int4Rows,
    make_manifest,
    parse_manifest,
    read_directory,
    write_model,
)
from appliance.errors import EngineError, ModelError
from tests.native.models import TINY, random_weights, write_random


@pytest.fixture(name="directory")
def _directory(tmp_path: Path) -> Path:
    return write_random(tmp_path / "model")


def test_a_written_directory_reads_back(directory: Path) -> None:
    opened = read_directory(directory)
    assert opened.config == TINY
    assert opened.tokenizer_path == directory / TOKENIZER
    tensors = {tensor.name: tensor for tensor in opened.tensors}
    assert tensors["layers.0.gate"].dtype is Dtype.T2
    assert tensors["layers.0.gate"].shape == (TINY.d_ff, TINY.d_model)
    assert tensors["layers.0.gate_scale"].shape == (1,)
    embed = random_weights(TINY)["embed"]
    assert isinstance(embed, np.ndarray)
    assert bytes(tensors["embed"].data) == embed.tobytes()
    assert not list(directory.glob("*.part"))


def test_writing_again_replaces_the_files(directory: Path) -> None:
    before = read_directory(directory)
    kept = bytes(before.tensors[0].data)
    write_random(directory, seed=1)
    assert bytes(before.tensors[0].data) == kept
    assert read_directory(directory).config == TINY


def test_rows_are_read_from_the_file_that_was_opened(directory: Path) -> None:
    gc.collect()  # what others left open
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Model.open(directory) as model, Session(model, n_ctx=8) as session:
        write_random(directory, seed=1)  # another file in its place
        session.append([1, 2, 3])
        rows = session.logits([5, 0, 5])
        assert np.array_equal(rows, session.logits()[[5, 0, 5]])
    del model, session
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_that_is_cut_off_while_it_is_used_is_an_error(tmp_path: Path) -> None:
    directory = write_random(tmp_path / "model")
    with Model.open(directory) as model, Session(model, n_ctx=8) as session:
        os.truncate(directory / WEIGHTS, 100)
        with pytest.raises(EngineError, match="file could not be read"):
            session.append([1])  # before anything is taken from the mapping, which is gone, too
        assert session.length == 0


WIDE = dataclasses.replace(TINY, d_model=200)


def _with_4_bit_head(directory: Path) -> Int4Rows:
    rows = Int4Rows(
        (np.arange(WIDE.n_vocab * WIDE.d_model).reshape(WIDE.n_vocab, -1) * 7 % 16 - 8).astype(np.int8),
        (np.arange(WIDE.n_vocab * 8).reshape(WIDE.n_vocab, -1) * 29 % 256 - 128).astype(np.int8),
        np.linspace(0.01, 0.02, WIDE.n_vocab, dtype=np.float32),
    )
    write_model(directory, WIDE, {**random_weights(WIDE), "head": rows}, b"{}")
    return rows


@pytest.mark.parametrize("cpu", [None, Cpu.REFERENCE])
def test_a_4_bit_head_multiplies_what_its_rows_stand_for(tmp_path: Path, cpu: Cpu | None) -> None:
    rows = _with_4_bit_head(tmp_path / "four")
    factors = rows.factors[:, [col // 128 * 4 + col % 64 // 16 for col in range(WIDE.d_model)]].astype(np.float32)
    exact = rows.codes * factors * rows.scales[:, None]
    write_model(tmp_path / "floats", WIDE, {**random_weights(WIDE), "head": exact.astype(np.float32)}, b"{}")
    found = []
    for name in ("four", "floats"):
        with Model.open(tmp_path / name, cpu=cpu) as model, Session(model, n_ctx=4) as session:
            session.sync([1, 2, 3])
            found.append(session.logits())
    assert np.abs(found[0] - found[1]).max() <= 1e-4 * np.abs(found[1]).max()
    assert np.abs(found[1]).max() > 0.01


def test_4_bits_in_the_layout_of_before_are_refused_with_what_to_do(tmp_path: Path) -> None:
    directory = tmp_path / "model"
    _with_4_bit_head(directory)
    weights = directory / WEIGHTS
    weights.write_bytes(weights.read_bytes().replace(b'"q4.head"', b'"i4.head"'))
    (directory / MANIFEST).write_bytes(make_manifest(directory))
    with pytest.raises(
        ModelError, match=r"'head' is stored at 4 bits .* convert or pull the model again, with --replace"
    ):
        read_directory(directory)


def test_other_types_of_embedding_are_stored(tmp_path: Path) -> None:
    weights = random_weights(TINY)
    half = np.zeros((TINY.n_vocab, TINY.d_model), np.float16)
    write_model(tmp_path / "f16", TINY, weights | {"embed": half}, b"{}")
    write_model(tmp_path / "bf16", TINY, weights | {"embed": BFloat16(half.view(np.uint16))}, b"{}")
    write_model(tmp_path / "i8", TINY, random_weights(TINY, int8_embedding=True), b"{}")
    for name, dtype in (("f16", Dtype.F16), ("bf16", Dtype.BF16), ("i8", Dtype.I8)):
        tensors = {tensor.name: tensor for tensor in read_directory(tmp_path / name).tensors}
        assert tensors["embed"].dtype is dtype
    with pytest.raises(ModelError, match="float64"):
        write_model(tmp_path / "f64", TINY, {"embed": np.zeros((2, 2))}, b"{}")  # type: ignore[dict-item]


@pytest.mark.parametrize("name", [CONFIG, TOKENIZER, WEIGHTS, MANIFEST])
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: No such file"):
        read_directory(directory)


@pytest.mark.parametrize("name", [CONFIG, TOKENIZER, WEIGHTS])
def test_a_changed_byte_is_found_by_the_digest(directory: Path, name: str) -> None:
    data = bytearray((directory / name).read_bytes())
    data[len(data) // 2] ^= 1
    (directory / name).write_bytes(data)
    with pytest.raises(ModelError, match=f"{name} does not match"):
        read_directory(directory)


@pytest.mark.parametrize("name", [CONFIG, TOKENIZER, WEIGHTS])
def test_a_truncated_file_is_found_even_without_digests(directory: Path, name: str) -> None:
    os.truncate(directory / name, 1)
    with pytest.raises(ModelError, match=f"{name} has 1 bytes"):
        read_directory(directory, verify=False)


@pytest.mark.parametrize("name", [CONFIG, TOKENIZER, WEIGHTS, MANIFEST])
def test_what_is_no_file_does_not_hang(directory: Path, name: str) -> None:
    (directory / name).unlink()
    os.mkfifo(directory / name)
    with pytest.raises(ModelError, match="no regular file"):
        read_directory(directory)
    (directory / name).unlink()
    (directory / name).mkdir()
    with pytest.raises(ModelError, match="no regular file"):
        read_directory(directory)


def test_an_empty_or_absent_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No such file"):
        read_directory(tmp_path)
    with pytest.raises(ModelError, match="null"):
        read_directory(Path("model\0"))


def test_swapped_files_are_refused(directory: Path, tmp_path: Path) -> None:
    other = write_random(tmp_path / "other", seed=1)
    shutil.copy(other / WEIGHTS, directory / WEIGHTS)
    with pytest.raises(ModelError, match="does not match"):
        read_directory(directory)


def test_an_oversized_manifest_is_not_read(directory: Path) -> None:
    (directory / MANIFEST).write_bytes(b" " * 100_000)
    with pytest.raises(ModelError, match="larger than"):
        read_directory(directory)


ONE = {"size": 1, "sha256": "0"}


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"files": []},
        {"files": {}},
        {"files": {CONFIG: ONE, TOKENIZER: ONE}},
        {"files": {CONFIG: ONE, TOKENIZER: ONE, WEIGHTS: ONE, "../../etc/passwd": ONE}},
        {"files": {CONFIG: ONE, TOKENIZER: ONE, WEIGHTS: "0"}},
        {"files": {CONFIG: ONE, TOKENIZER: ONE, WEIGHTS: {"size": True, "sha256": "0"}}},
        {"files": {CONFIG: ONE, TOKENIZER: ONE, WEIGHTS: {"size": 1, "sha256": 0}}},
    ],
)
def test_a_manifest_of_the_wrong_shape_is_refused(manifest: object) -> None:
    with pytest.raises(ModelError, match="manifest"):
        parse_manifest(json.dumps(manifest).encode())


def test_the_manifest_can_be_made_anew(directory: Path) -> None:
    assert (directory / MANIFEST).read_bytes() == make_manifest(directory)


def test_a_weight_that_is_no_number_is_found_in_a_directory_with_the_right_digests(directory: Path) -> None:
    offset = (directory / WEIGHTS).read_bytes().index(random_weights(TINY)["embed"].tobytes())  # type: ignore[union-attr]
    with (directory / WEIGHTS).open("r+b") as file:
        file.seek(offset)
        file.write(np.array([np.nan], "<f4").tobytes())
    (directory / MANIFEST).write_bytes(make_manifest(directory))
    with pytest.raises(ModelError, match="tensor embed holds what is no finite number"):
        read_directory(directory)
    assert read_directory(directory, verify=False).config == TINY


RESIDENT = """
import sys
from pathlib import Path
from appliance.engine import Model, Session

def resident():
    pages = Path("/proc/self/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in pages.splitlines() if line.startswith("Rss:")) * 1024

before = resident()
with Model.open(sys.argv[1], verify=sys.argv[2] == "1") as model, Session(model, n_ctx=8) as session:
    print(resident() - before)
"""


@pytest.mark.parametrize("verify", [False, True])
def test_opening_does_not_bring_the_weights_into_memory(tmp_path: Path, verify: bool) -> None:
    large = dataclasses.replace(TINY, n_vocab=60_000, d_model=256, n_heads=1, n_kv_heads=1, head_dim=8)
    write_random(tmp_path / "large", large)
    weights = (tmp_path / "large" / WEIGHTS).stat().st_size
    command = [sys.executable, "-c", RESIDENT, str(tmp_path / "large"), str(int(verify))]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert weights > 60_000_000
    assert int(printed.stdout) < weights / 3
