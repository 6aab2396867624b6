"""Conditions that can be looked up, and those that cannot."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Call, Entity, Home, Target
from appliance.plainly.suppositions import Limit, supposition
from appliance.resolver import Resolver

HOME = Home(
    areas=(Area("byre", "Byre"),),
    entities=(
        Entity("light.beacon", "Beacon", area="byre", state="on"),
        Entity("light.lantern", "Lantern", area="byre", state="off"),
        Entity("switch.churn", "Churn", area="byre", state="unavailable"),
    ),
)


@pytest.mark.parametrize(
    ("said", "command", "question", "wanted"),
    [
        ("if the hatch is open, turn off the churn", "turn off the churn", "is the hatch open", True),
        ("if the hatch is still open right now, please shut the hatch", "please shut the hatch", "is the hatch open", True),
        ("if the stable door isn't locked, lock it", "lock the stable door", "is the stable door locked", False),
        ("if the churn is off, be a dear and turn it on", "be a dear and turn the churn on", "is the churn off", True),
        ("if any lights are on upstairs, turn them off", "turn the lights upstairs off", "are any lights on upstairs", True),
        ("turn off the churn if the windows are open", "turn off the churn", "are the windows open", True),
        ("turn off the churn only if nobody is home", "turn off the churn", "is anybody home", False),
        ("unless the churn is running, open the hatch", "open the hatch", "is the churn running", False),
        ("unless the hatch isn't shut, start the churn", "start the churn", "is the hatch shut", True),
        ("if no light is on in the byre then turn on the beacon", "turn on the beacon", "is any light on in the byre", False),
        ("if there's motion in the byre, turn on the beacon", "turn on the beacon", "is there motion in the byre", True),
        # without a comma, as they are heard
        ("if the hatch is open turn off the churn", "turn off the churn", "is the hatch open", True),
        ("unless the stable door is locked close the hatch", "close the hatch", "is the stable door locked", False),
    ],
)  # fmt: skip
def test_a_condition_of_this_moment_is_a_question(said: str, command: str, question: str, *, wanted: bool) -> None:
    found = supposition(said)
    assert found is not None
    assert (found.command, found.question, found.wanted) == (command, question, wanted)


@pytest.mark.parametrize(
    ("said", "question", "wanted", "limit"),
    [
        ("if it is below 18 in the byre, turn on the churn", "what is the temperature in the byre", True, Limit("<", 18)),
        ("turn on the churn if it's not warmer than twenty degrees outside", "what is the temperature outside", False, Limit(">", 20)),
        ("if the humidity in the byre is at least 70 percent open the hatch", "what is the humidity in the byre", True, Limit(">=", 70)),
        ("unless the temperature outside is under 5.5 degrees, open the hatch", "what is the temperature outside", False, Limit("<", 5.5)),
    ],
)  # fmt: skip
def test_a_limit_is_a_question_for_the_measure(said: str, question: str, *, wanted: bool, limit: Limit) -> None:
    found = supposition(said)
    assert found is not None
    assert (found.question, found.wanted, found.limit) == (question, wanted, limit)


@pytest.mark.parametrize(
    ("limit", "measured", "holds"),
    [("<", 17.9, True), ("<", 18, False), (">", 18, False), (">", 18.1, True), (">=", 18, True), ("<=", 18.1, False)],
)
def test_a_limit(limit: str, measured: float, *, holds: bool) -> None:
    assert Limit(limit, 18).holds(measured) is holds


@pytest.mark.parametrize(
    "said",
    [
        # of what may yet happen
        "if it gets below 18 in the byre, turn on the churn", "if it falls under 5 degrees outside close the hatch",
        "if it is below 18, turn on the churn", "if it is below freezing outside, close the hatch",
        "if the hatch opens, turn off the churn",
        "if it rains, close the hatch",
        "when the hatch is open, turn off the churn",
        "whenever the hatch is open, turn off the churn",
        "if the churn is done, turn it off",
        "always turn off the churn if the hatch is open",
        "if the hatch is open at ten, turn off the churn",
        "if the hatch is open in ten minutes, shut it",
        "if Anna is not home by six, lock the door",
        "once the churn is off, open the hatch", "if the hatch is open until six, turn off the churn",
        # done later, or otherwise, or not at all
        "if the hatch is open, turn off the churn in ten minutes",
        "if the hatch is open, turn on the churn, otherwise turn it off",
        "if the hatch is open, don't turn on the churn", "turn on the churn even if the hatch is open",
        # of nothing that is named
        "if it is dark, turn on the beacon", "if that is on, turn it off", "if somebody is home, turn it off",
        # no command
        "if the hatch is open, we freeze",
        "tell me if the hatch is open",
        "check if the stable door is locked",
        "is the hatch open",
        "if I were you I'd turn on the beacon",
    ],
)  # fmt: skip
def test_what_cannot_be_looked_up_is_no_such_condition(said: str) -> None:
    assert supposition(said) is None


@pytest.mark.parametrize(
    ("target", "form", "state", "truth"),
    [
        (Target(name="beacon"), "yesno", "on", True),
        (Target(name="lantern"), "yesno", "on", False),
        (Target(domain="light"), "any", "on", True),
        (Target(domain="light"), "all", "on", False),
        (Target(domain="light"), "yesno", "on", None),
        (Target(domain="light"), "which", "on", None),
        (Target(name="churn"), "yesno", "on", None),
    ],
)
def test_only_a_plain_answer_is_true_or_false(target: Target, form: str, state: str, *, truth: bool | None) -> None:
    call = Call("GetState", target, values={"ask": form, "state": state})
    (step,), _ = Resolver().decide((call,), HOME, text="are they on")
    assert step.truth is truth
