"""Whatever the bytes of a model are, opening it ends in a model or in `ModelError`, never in a crash."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import ModelError
from tests.native import fuzz_model_directory
from tests.native.hostile_models import CORPUS, evaluate, hostile_seeds, join, split, survives, valid_seed, valid_seeds

VALID = valid_seed()
VALIDS = valid_seeds()
SEEDS = dict(hostile_seeds())
CORPUS_FILES = sorted(CORPUS.glob("*.seed"))


def test_the_seed_model_is_sound() -> None:
    assert survives(VALID)
    assert all(map(survives, valid_seeds().values()))
    assert join(*split(VALID)) == VALID


@pytest.mark.parametrize("name", SEEDS)
def test_each_hostile_seed_is_refused_with_a_reason(name: str) -> None:
    assert SEEDS[name] != VALID
    with pytest.raises(ModelError) as caught:
        evaluate(SEEDS[name])
    message = str(caught.value)
    assert 10 < len(message) < 500
    assert message.isprintable()


@pytest.mark.parametrize("path", CORPUS_FILES, ids=lambda path: path.stem)
def test_the_corpus_replays(path: Path) -> None:
    assert survives(path.read_bytes()) == path.stem.startswith("valid-")


def test_the_corpus_is_there() -> None:
    assert {path.stem for path in CORPUS_FILES} >= {f"hostile-{name}" for name in SEEDS} | {
        f"valid-{name}" for name in VALIDS
    }


EDITS = st.lists(
    st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=6
)
"""Each: position, how many bytes go, what comes in their place."""


@settings(deadline=None, max_examples=400)
@given(EDITS)
def test_any_mutation_is_a_model_or_an_error(edits: list[tuple[int, int, bytes]]) -> None:
    seed = VALID
    for position, gone, new in edits:
        seed = seed[:position] + new + seed[position + gone :]
    survives(seed)


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(sorted(VALIDS)), st.integers(0, 1 << 16), st.integers(0, 255))
def test_any_changed_byte_is_a_model_or_an_error(name: str, position: int, value: int) -> None:
    seed = VALIDS[name]
    position %= len(seed)
    survives(seed[:position] + bytes([value]) + seed[position + 1 :])


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(VALID) - 1))
def test_any_truncation_is_refused(length: int) -> None:
    assert not survives(VALID[:length])


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    assert not survives(noise)
    assert not survives(join(split(VALID)[0], noise))


def test_the_fuzz_target_tries_mutations_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seeds = [path.read_bytes() for path in CORPUS_FILES]
    source = random.Random(0)  # noqa: S311 - mutations, no secrets
    for _ in range(300):
        fuzz_model_directory.try_one(fuzz_model_directory.mutate(source, seeds))
    assert not list(tmp_path.iterdir())


def test_the_fuzz_target_keeps_what_breaks_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_seed: bytes) -> bool:
        raise MemoryError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fuzz_model_directory, "survives", broken)
    with pytest.raises(MemoryError):
        fuzz_model_directory.try_one(b"seed")
    assert [path.read_bytes() for path in tmp_path.glob("crash-*.seed")] == [b"seed"]
