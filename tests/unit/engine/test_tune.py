from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine import tune
from appliance.errors import EngineError

FOUND = tune.Tuning(tune.processor(), "t5", 2, {"t2/1": 3.0, "t5/1": 2.5, "t2/2": 2.0, "t5/2": 1.5})


def test_a_result_is_kept_for_this_machine_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tune.json"
    assert tune.load(path) is None
    tune.save(FOUND, path)
    assert tune.load(path) == FOUND
    tune.save(replace(FOUND, processor="another"), path)
    assert tune.load(path) is None
    assert "t5 with 2 threads" in tune.render(FOUND)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="cannot be written"):
        tune.save(FOUND, tmp_path / "file" / "tune.json")


@given(st.binary(max_size=200) | st.sampled_from([b"{}", b"[1]", b'{"processor": 1}', b"[" * 9000]))
def test_damaged_files_are_no_result(data: bytes) -> None:
    assert tune.parse(data) is None


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ({"t2/1": 2.0, "t5/1": 2.0}, ("t2", 1)),
        ({"t2/1": 2.0, "t5/1": 1.9, "t2/2": 1.89, "t5/2": 1.95}, ("t5", 1)),
        ({"t2/1": 2.0, "t5/1": 3.0, "t2/2": 1.0, "t5/2": 1.5, "t2/4": 1.4}, ("t2", 2)),
    ],
)
def test_threads_and_lookups_must_pay(steps: dict[str, float], wanted: tuple[str, int]) -> None:
    assert tune.choose(steps) == wanted


def test_the_machine_is_measured(tmp_path: Path) -> None:
    found = tune.measure(folder=tmp_path, layers=1)
    assert tune.choose(found.step_ms) == (found.packing, found.n_threads)
    assert {"t2/1", "t5/1", "t8/1"} <= found.step_ms.keys()
    assert not list(tmp_path.iterdir())


def test_defaults_follow_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "file", lambda: tmp_path / "tune.json")
    assert tune.default_packing() == "t2"
    assert 1 <= tune.default_threads() <= tune.MOST_THREADS
    tune.save(replace(FOUND, n_threads=3), tmp_path / "tune.json")
    assert (tune.default_packing(), tune.default_threads()) == ("t5", 3)
