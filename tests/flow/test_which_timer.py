"""Several timers run and one is meant: the question, the answer, what is done. With the shipped model, as the daemon does it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import pytest

from appliance.assistant import Assistant
from appliance.config import ModelSettings, PolicySettings
from appliance.home import Registry
from appliance.interpreter import Interpreter
from appliance.messages import Reply, Request
from appliance.opening import make_interpreter, open_command_model
from appliance.policy import Pending, Policy
from appliance.services import Services
from appliance.store import Store
from tests.flow.fakes import FakeDoors, obedient, registry


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Interpreter]:
    with contextlib.ExitStack() as parts:
        yield make_interpreter(open_command_model(None, parts)[1], ModelSettings())


class Talk:
    """An assistant with timers of its own, and a clock that is moved."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.home: Registry = registry()
        self.doors = FakeDoors(obedient(self.home))
        self.now = 1_000_000.0
        self.services = Services(
            Store(None), ring=lambda _timer: None, announce=lambda _text: None, now=lambda: self.now
        )
        self._assistant = Assistant(
            interpreter=interpreter,
            policy=Policy(PolicySettings()),
            pending=Pending(30),
            home=self.home,
            doors=self.doors,
            services=self.services,
        )

    def say(self, *sentences: str, source: str = "cli", dry_run: bool = False) -> Reply:
        for sentence in sentences:
            reply = self._assistant.handle(Request("r", sentence, source, dry_run=dry_run))
        return reply

    def running(self) -> list[tuple[str, float]]:
        """Names and lengths of the timers that are there, soonest first."""
        return [(timer.name, timer.length) for timer in self.services.timers.all()]


@pytest.fixture
def talk(interpreter: Interpreter) -> Talk:
    """Three timers that another source has set: none of them was just spoken of."""
    talk = Talk(interpreter)
    talk.say(
        "set a timer for five minutes",
        "set a pizza timer for twelve minutes",
        "set a timer for an hour",
        source="voice",
    )
    assert talk.running() == [("", 300), ("pizza", 720), ("", 3600)]
    return talk


QUESTION = "Which timer do you mean: the 5 minute timer, the pizza timer or the 1 hour timer?"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("the pizza one", [300, 3600]),
        ("the second one", [300, 3600]),
        ("the 5 minute one", [720, 3600]),
        ("five minutes", [720, 3600]),
        ("the last one please", [300, 720]),
        ("one hour", [300, 720]),
        ("the pizza timer", [300, 3600]),
        ("cancel the pizza timer", [300, 3600]),
        ("cancel the pizza one", [300, 3600]),
        ("cancel the second one", [300, 3600]),
        ("all of them", []),
    ],
)
def test_the_answer_ends_the_timer_that_is_meant(talk: Talk, answer: str, left: Sequence[float]) -> None:
    asked = talk.say("cancel the timer")
    assert asked.speech == QUESTION
    assert asked.refusals == (QUESTION,)
    reply = talk.say(answer)
    assert [length for _, length in talk.running()] == left, reply.speech
    assert reply.intents[0].name == "HassCancelTimer"
    assert "cancelled" in reply.speech
    assert not reply.refusals


@pytest.mark.parametrize(
    ("asked", "answer", "said"),
    [
        ("pause the timer", "the pizza one", "The pizza timer is paused with 12 minutes left."),
        ("add three minutes to the timer", "the first one", "The 5 minute timer now has 8 minutes left."),
        ("take two minutes off the timer", "the one for the pizza", "The pizza timer now has 10 minutes left."),
    ],
)
def test_what_was_asked_for_is_done_with_it(talk: Talk, asked: str, answer: str, said: str) -> None:
    assert talk.say(asked).speech == QUESTION
    assert talk.say(answer).speech == said


def test_the_chosen_one_is_spoken_of_then(talk: Talk) -> None:
    talk.say("pause the timer", "the pizza one")
    assert talk.say("resume it").speech == "The pizza timer goes on, 12 minutes left."
    assert talk.say("another five minutes").speech == "The pizza timer now has 17 minutes left."
    assert talk.say("cancel it").speech == "The pizza timer is cancelled."
    assert talk.running() == [("", 300), ("", 3600)]


def test_a_timer_that_was_named_is_the_one_that_is_spoken_of(talk: Talk) -> None:
    talk.say("set a timer for two minutes", "pause the pizza timer")
    assert talk.say("continue").speech == "The pizza timer goes on, 12 minutes left."


def test_those_of_one_length_are_told_apart_by_what_is_left(talk: Talk) -> None:
    talk.now += 60
    talk.say("set a timer for five minutes", source="voice")
    assert talk.say("cancel the five minute timer").speech == (
        "Which timer do you mean: the 5 minute timer with 4 minutes left or the 5 minute timer with 5 minutes left?"
    )
    assert talk.say("the one with four minutes left").speech == "The 5 minute timer is cancelled."
    assert [timer.remaining(talk.now) for timer in talk.services.timers.all()] == [300, 660, 3540]


def test_an_answer_that_fits_two_asks_again(talk: Talk) -> None:
    talk.now += 60
    talk.say("set a timer for five minutes", source="voice")
    assert "the pizza timer" in talk.say("cancel the timer").speech
    assert talk.say("the five minute one").speech == (
        "Which timer do you mean: the 5 minute timer with 4 minutes left or the 5 minute timer with 5 minutes left?"
    )
    talk.say("the second one")
    assert [timer.remaining(talk.now) for timer in talk.services.timers.all()] == [240, 660, 3540]


@pytest.mark.parametrize("answer", ["never mind", "none of them", "cancel", "no", "the egg one", "the ten minute one"])
def test_what_chooses_none_ends_none(talk: Talk, answer: str) -> None:
    talk.say("cancel the timer", answer)
    assert len(talk.running()) == 3


def test_another_command_is_done_and_ends_the_question(talk: Talk) -> None:
    talk.say("cancel the timer")
    assert talk.say("turn on the kitchen lamp").actions[0].entity == "light.kitchen_lamp"
    talk.say("the second one")
    assert len(talk.running()) == 3


def test_the_answer_counts_for_its_own_source_only(talk: Talk) -> None:
    talk.say("cancel the timer")
    talk.say("the second one", source="somebody else")
    assert len(talk.running()) == 3
    talk.say("the second one")
    assert len(talk.running()) == 2


def test_a_timer_that_is_over_meanwhile_is_no_other_one(talk: Talk) -> None:
    talk.say("cancel the timer")
    talk.services.timers.cancel_all()
    assert talk.say("the second one").refusals == ("There is no timer.",)


def test_a_dry_run_asks_nothing(talk: Talk) -> None:
    assert talk.say("cancel the timer", dry_run=True).speech == "Nothing was done: this is a dry run."
    talk.say("the second one")
    assert len(talk.running()) == 3


def test_a_delayed_command_may_be_meant(talk: Talk) -> None:
    talk.say("turn off the kitchen lamp in twenty minutes", source="voice")
    asked = talk.say("cancel the timer").speech
    assert "the one for" in asked
    assert "kitchen lamp" in asked
    talk.say("the lamp one")
    assert talk.running() == [("", 300), ("pizza", 720), ("", 3600)]
