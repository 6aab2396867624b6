"""Questions that compare several things, and their answers."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Call, Entity, Home, Target
from appliance.resolver import Resolver
from appliance.resolver.compared import compared

HOME = Home(
    areas=(Area("one", "Cabin one"), Area("two", "Cabin two"), Area("hall", "Hall")),
    entities=(
        Entity(
            "climate.one",
            "Cabin one radiator",
            area="one",
            state="heat",
            attributes={"temperature": 20, "current_temperature": 17},
        ),
        Entity(
            "climate.two",
            "Cabin two radiator",
            area="two",
            state="heat",
            attributes={"temperature": 18, "current_temperature": 19},
        ),
        Entity("light.one", "Cabin one lamp", area="one", state="on", attributes={"brightness": 50}),
        Entity("light.two", "Cabin two lamp", area="two", state="off"),
        Entity(
            "climate.hall",
            "Hall radiator",
            area="hall",
            state="heat",
            attributes={"temperature": 18, "current_temperature": 19},
        ),
    ),
)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("which radiator in the cabins is set highest", "Cabin one radiator is highest."),
        ("which radiator in the cabins is the coldest", "Cabin one radiator is coldest."),
        ("which radiator is set lowest", "Cabin two radiator and Hall radiator are lowest."),
        ("is it warmer in cabin one or in cabin two", "Cabin two radiator is warmer."),
        ("is cabin one colder than the hall", "Cabin one radiator is colder."),
        ("is it colder in cabin two or the hall", "They are all the same."),
        ("which lamp in the cabins is brightest?", "Cabin one lamp is brightest."),
        ("which room in the cabins is the warmest", "Cabin two radiator is warmest."),
    ],
)
def test_the_most_and_the_least(asked: str, answer: str) -> None:
    call = compared(asked)
    assert call is not None
    (step,), _ = Resolver().decide([call], HOME, text=asked)
    assert step.intent is not None
    assert not step.actions
    assert step.answer.startswith(answer)


@pytest.mark.parametrize(
    "said",
    [
        "make it warmer in cabin one or in cabin two",
        "which cabin is yours",
        "is it raining or snowing",
        "which dragon is the brightest",
        "the warmest room is the hall",
        "",
    ],
)
def test_what_compares_nothing(said: str) -> None:
    assert compared(said) is None


def test_other_answers_stay_as_they_are() -> None:
    call = Call("GetState", Target(area="hall", domain="climate"), values={"ask": "one"})
    (step,), _ = Resolver().decide([call], HOME, text="what is the radiator in the hall set to")
    assert step.answer == "Hall radiator is set to 18 degrees."
