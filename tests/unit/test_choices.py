"""Which of several timers is meant: the question back, and its answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.conversation.choices import Choice, answered
from appliance.conversation.followups import bare
from appliance.messages import Area, Intent, Step, Task
from appliance.timers import Timer, which_one

NOW = 1000.0
PIZZA = Timer(1, 720.0, NOW + 60, name="pizza", area="kitchen")
FIVE = Timer(2, 300.0, NOW + 240, area="bath_room")
OVEN = Timer(3, 3600.0, NOW + 900, command="turn off the oven")
HALF = Timer(4, 5400.0, NOW + 5000, left=1500.0)
TIMERS = (PIZZA, FIVE, OVEN, HALF)
AREAS = (Area("kitchen", "Kitchen"), Area("bath_room", "Bathroom", ("washroom",)))
CANCEL = Step(
    intent=Intent("HassCancelTimer", {"area": "Kitchen"}), task=Task("CancelTimer", {"last": True, "area": "kitchen"})
)


def told(answer: str, *timers: Timer, step: Step = CANCEL) -> list[object]:
    """The numbers of the timers that an answer chooses, or the question again."""
    found = answered(Choice(step, timers or TIMERS, NOW), bare(answer), AREAS)
    if found is None:
        return []
    steps, again = found
    assert (again is not None) == any(step.refusal for step in steps)
    return [step.refusal or (step.task and step.task.data["id"]) for step in steps]


def test_the_question_names_each() -> None:
    assert (
        which_one(TIMERS, NOW) == "Which timer do you mean: the pizza timer, the 5 minute timer, "
        'the one for "turn off the oven" or the 1 hour and 30 minute timer?'
    )


def test_timers_of_one_length_are_told_by_what_is_left() -> None:
    other = Timer(9, 300.0, NOW + 20)
    assert (
        which_one((other, FIVE), NOW)
        == "Which timer do you mean: the 5 minute timer with 20 seconds left or the 5 minute timer with 4 minutes left?"
    )


def test_many_timers_are_not_listed() -> None:
    assert which_one([FIVE] * 6, NOW) == "There are 6 of them: which timer do you mean, by its name or its length?"


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [
        ("the pizza one", [1]), ("pizza", [1]), ("the pizza timer please", [1]), ("the one for the pizza", [1]),
        ("I mean the pizza", [1]),
        ("the one called pizza", [1]), ("the first one", [1]), ("number one", [1]), ("in the kitchen", [1]), ("the kitchen one", [1]),
        ("the second one", [2]), ("second", [2]), ("the one in the bathroom", [2]), ("the 2nd timer", [2]), ("number two", [2]),
        ("the 5 minute one", [2]), ("the five minute timer", [2]), ("5 minutes", [2]), ("the one for five minutes", [2]),
        ("the 5-minute one", [2]), ("um, the five minutes one", [2]), ("the bathroom timer", [2]), ("in the washroom", [2]),
        ("the one with four minutes left", [2]), ("the shortest one", [2]), ("the shorter", [2]),
        ("the oven", [3]), ("the oven one", [3]), ("the one that will turn off the oven", [3]), ("one hour", [3]),
        ("the one hour one", [3]), ("the third one", [3]), ("sixty minutes", [3]),
        ("the last one", [4]), ("the one and a half hour timer", [4]), ("ninety minutes", [4]), ("the longest one", [4]),
        ("the newest one", [4]), ("the one I just set", [4]), ("the paused one", [4]), ("an hour and a half", [4]),
        ("the oldest one", [1]), ("the next one", [1]), ("all of them", [1, 2, 3, 4]), ("all four", [1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_an_answer_chooses(answer: str, chosen: list[int]) -> None:
    assert told(answer) == chosen


@pytest.mark.parametrize(
    "answer",
    [
        "the ten minute one", "the egg timer", "the fifth one", "both", "yes", "no", "what time is it", "turn on the oven", "the timer",
        "set a timer for five minutes", "the hall one", "the one with forty minutes left", "never mind", "", "one", "the 5 degree one",
        "stop", "number nine", "how long is left on the pizza timer",
    ],
)  # fmt: skip
def test_what_answers_nothing_chooses_nothing(answer: str) -> None:
    assert told(answer) == []


def test_an_answer_that_leaves_several_is_asked_again_about_those() -> None:
    other = Timer(9, 300.0, NOW + 30)
    question = (
        "Which timer do you mean: the 5 minute timer with 30 seconds left or the 5 minute timer with 4 minutes left?"
    )
    assert told("the five minute one", PIZZA, other, FIVE) == [question]
    found = answered(Choice(CANCEL, (PIZZA, other, FIVE), NOW), ["five", "minutes"], AREAS)
    assert found is not None
    assert found[1] is not None
    assert told("the second one", *found[1].timers) == [2]
    assert told("both", *found[1].timers) == [9, 2]
    assert told("the one with four minutes left", *found[1].timers) == [2]


def test_the_verb_may_be_said_again_but_no_other() -> None:
    assert told("cancel the second one") == [2]
    assert told("stop the pizza timer") == [1]
    assert told("cancel all of them") == [1, 2, 3, 4]
    assert told("pause the second one") == []
    assert told("pause the second one", step=Step(task=Task("PauseTimer"))) == [2]
    assert told("continue the paused one", step=Step(task=Task("UnpauseTimer"))) == [4]
    assert told("cancel the oven") == [3]


def test_a_name_comes_before_an_order_and_a_length() -> None:
    second = Timer(7, 60.0, NOW + 5, name="second")
    assert told("the second one", PIZZA, FIVE, second) == [7]
    assert told("the ten minute one", Timer(8, 60.0, NOW, name="ten minute"), Timer(9, 600.0, NOW)) == [8]


def test_what_is_done_is_what_was_asked_for() -> None:
    step = Step(
        intent=Intent("HassIncreaseTimer", {"minutes": 5, "name": "x"}),
        task=Task("IncreaseTimer", {"seconds": 300.0, "last": True}),
    )
    found = answered(Choice(step, TIMERS, NOW), ["five", "minutes"], AREAS)
    assert found is not None
    assert found[0][0].task == Task("IncreaseTimer", {"seconds": 300.0, "id": 2})
    assert found[0][0].intent == Intent("HassIncreaseTimer", {"minutes": 5, "start_minutes": 5})
    found = answered(Choice(CANCEL, TIMERS, NOW), ["pizza"], AREAS)
    assert found is not None
    assert found[0][0].intent == Intent("HassCancelTimer", {"name": "pizza"})


@given(
    st.lists(
        st.sampled_from(
            """the one ones two second first last of for with a half hour minute minutes five 5 seconds pizza timer timers left in kitchen
            oven paused longest both all cancel pause that's called and to - : 1 st""".split()
        ),
        max_size=8,
    )
)
def test_whatever_is_said_is_a_choice_of_these_or_none(words: list[str]) -> None:
    found = answered(Choice(CANCEL, TIMERS, NOW), words, AREAS)
    if found is not None:
        steps, again = found
        assert steps
        assert (again is None) == all(step.task is not None and step.task.data["id"] in {1, 2, 3, 4} for step in steps)
        assert again is None or 1 < len(again.timers) <= len(TIMERS)
