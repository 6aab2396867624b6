"""Guesses evaluated ahead change what is evaluated at once, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.engine import Model, Session
from appliance.intents.ahead import MOST_GUESSED, Ahead
from tests.native.models import SMALL, write_random

TOKENS = st.lists(st.integers(0, 5), max_size=12)


@pytest.fixture(name="model", scope="module")
def _model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    directory = write_random(tmp_path_factory.mktemp("ahead") / "model", SMALL, int8_embedding=True)
    with Model.open(directory) as model:
        yield model


def logits(session: Session, ahead: Ahead, line: Sequence[int], steps: Sequence[int]) -> list[bytes]:
    found = []
    for length in steps:
        ahead.reach(line[:length])
        found.append(session.logits().tobytes())
    return found


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=6), TOKENS, TOKENS, st.data())
def test_a_guess_changes_no_bit(
    model: Model, prompt: list[int], line: list[int], guess: list[int], data: st.DataObject
) -> None:
    guess = data.draw(st.sampled_from([guess, line, line[:3] + guess, line + guess]))
    steps = [0, *sorted(data.draw(st.sets(st.integers(0, len(line)))) - {0})]
    with Session(model, n_ctx=64) as one, Session(model, n_ctx=64) as other:
        assert logits(one, Ahead(one, prompt, guess), line, steps) == logits(other, Ahead(other, prompt), line, steps)


class Counting:
    """Notes what is evaluated."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def sync(self, tokens: Sequence[int], /) -> int:
        self.calls.append(("sync", len(tokens)))
        return len(tokens)

    def append(self, tokens: Sequence[int], /) -> None:
        self.calls.append(("append", len(tokens)))

    def append_every(self, tokens: Sequence[int], /) -> None:
        self.calls.append(("every", len(tokens)))

    def select(self, index: int, /) -> None:
        self.calls.append(("select", index))

    def truncate(self, length: int, /) -> None:
        self.calls.append(("truncate", length))


def test_a_right_guess_is_evaluated_at_once_and_a_wrong_one_up_to_where_it_differs() -> None:
    session = Counting()
    ahead = Ahead(session, [1, 2, 3], [4, 5, 6])
    for line in ([], [4], [4, 5]):
        ahead.reach(line)
    assert session.calls == [("sync", 2), ("every", 4), ("select", 0), ("select", 1), ("select", 2)]
    ahead.reach([4, 5, 7, 8])
    ahead.reach([4, 5, 7, 8, 9])
    assert session.calls[5:] == [("truncate", 5), ("append", 2), ("append", 1)]


def test_no_more_is_guessed_than_a_session_takes_at_once(model: Model) -> None:
    with Session(model) as session:
        Ahead(session, [1, 2], [3] * 200).reach([])
        assert session.length == 2 + MOST_GUESSED
        assert np.isfinite(session.logits()).all()
