import os
from pathlib import Path

import numpy as np
import pytest

from appliance.engine import Model, Session
from appliance.engine.model import Model as OpenModel
from appliance.errors import EngineError
from tests.native.models import SMALL, write_random

TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9]


@pytest.fixture(name="path", scope="module")
def _path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random(tmp_path_factory.mktemp("model"), SMALL)


def expected(path: Path, tokens: list[int], kv: str = "f16") -> np.ndarray:
    with Model.open(path) as model, Session(model, n_ctx=40, kv=kv) as session:  # type: ignore[arg-type]
        session.sync(tokens)
        return session.logits()


@pytest.mark.parametrize("kv", ["f16", "int8"])
def test_a_saved_prefix_gives_the_same_bits_in_another_process_or_session(path: Path, tmp_path: Path, kv: str) -> None:
    with Model.open(path) as model, Session(model, n_ctx=40, kv=kv) as session:  # type: ignore[arg-type]
        session.sync(TOKENS[:10])
        assert session.tokens.tolist() == TOKENS[:10]
        file = session.save_prefix(tmp_path / "new" / "prefixes")
        assert file.stat().st_mode & 0o777 == 0o600
        session.save_prefix(tmp_path / "new" / "prefixes", length=4)
    with Model.open(path) as model, Session(model, n_ctx=30, kv=kv) as session:  # type: ignore[arg-type]
        assert session.load_prefix(tmp_path / "new" / "prefixes", TOKENS) == 10
        assert np.array_equal(session.logits(), expected(path, TOKENS[:10], kv))
        assert session.sync(TOKENS) == len(TOKENS) - 10
        assert np.array_equal(session.logits(), expected(path, TOKENS, kv))
        assert session.load_prefix(tmp_path / "new" / "prefixes", TOKENS[:9]) == 4
        assert session.length == 4
        assert session.load_prefix(tmp_path / "new" / "prefixes", [0, *TOKENS]) == 0
        assert session.length == 4
        assert session.load_prefix(tmp_path / "nowhere", TOKENS) == 0


def test_another_model_or_type_of_cache_finds_nothing(path: Path, tmp_path: Path) -> None:
    with Model.open(path) as model, Session(model, n_ctx=20) as session:
        session.sync(TOKENS)
        file = session.save_prefix(tmp_path)
        with Session(model, n_ctx=20, kv="int8") as other:
            assert other.load_prefix(tmp_path, TOKENS) == 0
        with Session(model, n_ctx=10) as short:
            assert short.load_prefix(tmp_path, TOKENS) == 0
    with Model.open(write_random(tmp_path / "other", SMALL, seed=1)) as model, Session(model, n_ctx=20) as session:
        assert session.load_prefix(tmp_path, TOKENS) == 0
    assert file.exists()


def test_the_directory_keeps_those_used_last(path: Path, tmp_path: Path) -> None:
    with Model.open(path) as model, Session(model, n_ctx=20) as session:
        session.sync(TOKENS)
        files = [session.save_prefix(tmp_path, length=length, limit=3) for length in (1, 2, 3)]
        for age, file in enumerate(files):
            os.utime(file, (1000 - age, 1000 - age))  # the first is the youngest
        assert session.load_prefix(tmp_path, TOKENS) == 3  # the oldest is used
        session.sync(TOKENS)
        new = session.save_prefix(tmp_path, length=5, limit=3)
        assert set(tmp_path.iterdir()) == {files[0], files[2], new}


def test_a_damaged_prefix_is_deleted_and_means_none(path: Path, tmp_path: Path) -> None:
    with Model.open(path) as model, Session(model, n_ctx=20) as session:
        session.sync(TOKENS)
        for damage in (b"", b"no prefix", None):
            file = session.save_prefix(tmp_path)
            data = bytearray(file.read_bytes())
            data[-1] ^= 1
            file.write_bytes(data if damage is None else damage)
            assert session.load_prefix(tmp_path, TOKENS) == 0
            assert damage == b"" or not file.exists()
        (tmp_path / "directory.prefix").mkdir()
        (tmp_path / "link.prefix").symlink_to("/dev/zero")
        os.mkfifo(tmp_path / "pipe.prefix")
        assert session.load_prefix(tmp_path, TOKENS) == 0
        assert session.length == len(TOKENS)


def test_what_cannot_be_saved_is_told(path: Path, tmp_path: Path) -> None:
    with Model.open(path) as model, Session(model, n_ctx=20) as session:
        with pytest.raises(EngineError, match="holds 0"):
            session.save_prefix(tmp_path)
        session.sync(TOKENS[:5])
        with pytest.raises(EngineError, match="holds 5"):
            session.save_prefix(tmp_path, length=6)
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(EngineError, match="cannot be saved"):
            session.save_prefix(tmp_path / "file")
        nameless = OpenModel(model.handle, model.config, Path())
        with Session(nameless, n_ctx=20) as other:
            other.sync(TOKENS)
            with pytest.raises(EngineError, match="digest"):
                other.save_prefix(tmp_path)
    assert not list(tmp_path.glob("*.part"))


def test_what_killed_processes_left_is_cleared_away_and_what_others_write_is_not(path: Path, tmp_path: Path) -> None:
    """Two that save the same prefix at once write to files of their own: a mapped file that another cuts would kill its process."""
    with Model.open(path) as model, Session(model, n_ctx=20) as session:
        session.sync(TOKENS)
        name = session.save_prefix(tmp_path).stem
        old, young = tmp_path / f"{name}.part", tmp_path / f"{name}x.part"
        for part in (old, young):
            part.write_bytes(b"being written")
        os.utime(old, (1000, 1000))
        assert session.save_prefix(tmp_path).stem == name
        assert not old.exists()
        assert young.read_bytes() == b"being written"
        os.utime(young)
        busy = tmp_path / f"{name}.part"
        busy.write_bytes(b"being written")
        session.save_prefix(tmp_path)
        assert busy.read_bytes() == b"being written"
        assert session.load_prefix(tmp_path, TOKENS) == len(TOKENS)
