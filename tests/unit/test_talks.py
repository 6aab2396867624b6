"""Talks of several turns through the shipped model, the resolver and what a talk remembers: by one path with the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from appliance.batch import Batch
from appliance.opening import open_batch
from tests.understanding.score import Sentence, exact, read

TALKS = Path(__file__).with_name("talks")
HOMES = Path(__file__).parents[1] / "homes"
CASES = [(path.stem, sentence) for path in sorted(TALKS.glob("*.txt")) for sentence in read(path)]


@cache
def batch(home: str) -> Batch:
    """The batch interface over one home."""
    return open_batch(HOMES / f"{home}.yaml")


@pytest.fixture(scope="module", autouse=True)
def _models_are_closed() -> Iterator[None]:
    """Let go of the models while there is still an interpreter to close them."""
    yield
    batch.cache_clear()


@pytest.mark.parametrize(("home", "talk"), CASES, ids=[" >> ".join((*talk.before, talk.text)) for _, talk in CASES])
def test_talks(home: str, talk: Sentence) -> None:
    got = batch(home).run(talk.text, talk.area, talk.before)
    assert exact(got["intents"], talk.expected), (got["intents"], got["speech"], got["line"])
    assert talk.expected or not got["intents"]
