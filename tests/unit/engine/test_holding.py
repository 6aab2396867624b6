"""Weights in huge pages: the same bits, only where there is room, and never a reason to fail."""

import os
from pathlib import Path

import numpy as np
import pytest

from appliance.engine import Model, Session, binding, model_directory
from appliance.engine.model_directory import read_directory
from appliance.engine.synthetic import SHAPES, write_synthetic

HUGE = Path("/sys/kernel/mm/transparent_hugepage")
LAYERS = ("layers.",)


@pytest.fixture(name="directory", scope="module")
def _directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers of the smallest published shape, 14 MB of weights."""
    path = tmp_path_factory.mktemp("large") / "model"
    write_synthetic(path, SHAPES["0.7b"], layers=2)
    return path


def has_huge_pages() -> bool:
    return HUGE.exists() and "[never]" not in (HUGE / "enabled").read_text() and page_size() <= 2 << 20


def page_size() -> int:
    return int((HUGE / "hpage_pmd_size").read_text())


def bits(directory: Path, *, hold: bool) -> bytes:
    tokens = np.arange(12, dtype=np.int32)
    with Model.open(directory, hold=hold) as model, Session(model, n_ctx=32, n_threads=2) as session:
        session.append(tokens)
        few = session.logits(tokens)
        return few.tobytes() + session.logits().tobytes()


def test_held_weights_give_the_same_bits(directory: Path) -> None:
    assert bits(directory, hold=True) == bits(directory, hold=False)


@pytest.mark.skipif(not has_huge_pages(), reason="this kernel gives no huge pages of 2 MB")
def test_layers_and_head_are_held(directory: Path) -> None:
    opened = read_directory(directory)
    before = bytes(opened.weights)
    layers = sum(len(tensor.data) for tensor in opened.tensors if tensor.name.startswith(LAYERS))
    assert layers - 3 * page_size() < opened.hold(LAYERS) <= layers
    assert opened.hold(("embed",)) > 0
    assert bytes(opened.weights) == before


def test_nothing_is_held_where_memory_is_short(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_directory, "_available", lambda: 16 << 20)
    assert read_directory(directory).hold(LAYERS) == 0
    monkeypatch.setattr(model_directory, "_available", lambda: 1 << 40)
    assert read_directory(directory).hold(LAYERS) > 0 or not has_huge_pages()


def test_a_file_that_cannot_be_read_stays_mapped(directory: Path) -> None:
    opened = read_directory(directory)
    other = os.open(os.devnull, os.O_RDONLY)
    os.dup2(other, opened.file.descriptor)
    os.close(other)
    before = bytes(opened.weights[: 1 << 20])
    assert opened.hold(LAYERS) == 0
    assert bytes(opened.weights[: 1 << 20]) == before


def test_only_what_was_asked_for_is_held(directory: Path) -> None:
    opened = read_directory(directory)
    runs = list(opened._runs(LAYERS))
    assert sum(end - begin for begin, end in runs) >= sum(
        len(tensor.data) for tensor in opened.tensors if tensor.name.startswith(LAYERS)
    )
    for tensor in opened.tensors:
        begin = binding.offset(opened.weights, tensor.data)
        inside = any(first <= begin < end for first, end in runs)
        assert inside == tensor.name.startswith(LAYERS)
