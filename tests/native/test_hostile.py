"""Whatever the bytes of a model are, opening it ends in a model or in `ModelError`, never in a crash."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import ModelError
from tests.native.hostile_models import CORPUS, evaluate, hostile_seeds, join, split, survives, valid_seed

VALID = valid_seed()
SEEDS = dict(hostile_seeds())
CORPUS_FILES = sorted(CORPUS.glob("*.seed"))


def test_the_seed_model_is_sound() -> None:
    assert survives(VALID)
    assert survives(valid_seed(int8_embedding=True))
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
    assert {path.stem for path in CORPUS_FILES} >= {f"hostile-{name}" for name in SEEDS} | {"valid-f32", "valid-int8"}


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


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(VALID) - 1), st.integers(0, 255))
def test_any_changed_byte_is_a_model_or_an_error(position: int, value: int) -> None:
    survives(VALID[:position] + bytes([value]) + VALID[position + 1 :])


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(VALID) - 1))
def test_any_truncation_is_refused(length: int) -> None:
    assert not survives(VALID[:length])


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    assert not survives(noise)
    assert not survives(join(split(VALID)[0], noise))
