"""A command model that has read the sentence before it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from appliance.anticipation import Anticipation
from appliance.messages import Call


@dataclass(frozen=True)
class Reading:
    """A way to read a sentence."""

    confidence: float
    name: str = "TurnOn"
    refusal: str = ""
    line: str = ""

    @property
    def calls(self) -> tuple[Call, ...]:
        return (Call(self.name),)


@dataclass
class Model:
    """Counts how often it is asked."""

    found: tuple[Reading, ...]
    asked: list[str] = field(default_factory=list)

    def readings(self, text: str, /) -> Iterator[Reading]:
        self.asked.append(text)
        yield from self.found


def test_what_was_read_ahead_is_not_read_again() -> None:
    model = Model((Reading(0.99),))
    ahead = Anticipation(model, read_as=lambda text: text.replace("bedtime", "lights off"))
    assert ahead.prepare("bedtime")
    assert [reading.confidence for reading in ahead.readings("lights off")] == [0.99]
    assert model.asked == ["lights off"]
    assert ahead.hits == 1


def test_only_as_many_readings_as_it_takes_to_be_sure() -> None:
    model = Model((Reading(0.6), Reading(0.36), Reading(0.02)))
    assert len(list(Anticipation(model).readings("x"))) == 2


def test_only_the_latest_sentences_are_kept() -> None:
    model = Model((Reading(0.99),))
    ahead = Anticipation(model)
    for number in range(20):
        ahead.prepare(str(number))
    list(ahead.readings("0"))
    assert len(model.asked) == 21


@pytest.mark.parametrize(
    ("reading", "ready", "doubtful"),
    [
        (Reading(0.95), True, False),
        (Reading(0.5), False, True),
        (Reading(0.95, "None"), False, False),
        (Reading(0.3, "None"), False, False),
        (Reading(1.0, refusal="too long"), False, False),
    ],
)
def test_ready_and_doubtful(reading: Reading, ready: bool, doubtful: bool) -> None:
    ahead = Anticipation(Model((reading,)))
    assert ahead.prepare("x") is ready
    assert ahead.doubts("x") is doubtful


def test_a_model_that_reads_nothing_is_neither() -> None:
    ahead = Anticipation(Model(()))
    assert not ahead.prepare("x")
    assert not ahead.doubts("x")
