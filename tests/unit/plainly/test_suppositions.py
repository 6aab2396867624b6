"""Conditions that can be looked up, and those that cannot."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Call, Entity, Home, Target
from appliance.plainly.suppositions import Supposition, suppositions, untold_condition
from appliance.plainly.whether import Limit
from appliance.resolver import Resolver

HOME = Home(
    areas=(Area("byre", "Byre"),),
    entities=(
        Entity("light.beacon", "Beacon", area="byre", state="on"),
        Entity("light.lantern", "Lantern", area="byre", state="off"),
        Entity("switch.churn", "Churn", area="byre", state="unavailable"),
    ),
)


def one(said: str) -> Supposition:
    """The only part of a sentence."""
    (found,) = suppositions(said)
    return found


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
        ("if a hatch is open, shut it", "shut the hatch", "is any hatch open", True),
        ("if the hatches are all shut, start the churn", "start the churn", "are all the hatches shut", True),
        ("if the roller blind is down, raise it", "raise the roller blind", "is the roller blind closed", True),
        ("if a lamp is on in the byre, turn the churn there off", "turn the churn in the byre off", "is any lamp on in the byre", True),
        # without a comma, as they are heard
        ("if the hatch is open turn off the churn", "turn off the churn", "is the hatch open", True),
        ("unless the stable door is locked close the hatch", "close the hatch", "is the stable door locked", False),
        # in other words
        ("turn off the churn as long as the hatch is open", "turn off the churn", "is the hatch open", True),
        ("provided that the hatch is shut, start the churn", "start the churn", "is the hatch shut", True),
        ("in case the hatch is open, shut it", "shut the hatch", "is the hatch open", True),
        ("could you, if the hatch is open, turn off the churn", "could you turn off the churn", "is the hatch open", True),
        ("turn the churn, if it's on, down to 3", "turn the churn down to 3", "is the churn on", True),
        ("set the churn to 3 if it is running", "set the churn to 3", "is the churn running", True),
        ("check if the hatch is open and if so, shut it", "shut the hatch", "is the hatch open", True),
        ("is the hatch open? if not, open it", "open the hatch", "is the hatch open", False),
        # of people
        ("if Anna isn't in, turn off the churn", "turn off the churn", "is Anna home", False),
        ("if Anna is out, turn off the churn", "turn off the churn", "is Anna home", False),
        ("if everyone is out, turn off the churn", "turn off the churn", "is anybody home", False),
        ("if somebody is away, turn off the churn", "turn off the churn", "is everybody home", False),
        ("if there's nobody in the byre, turn off the churn", "turn off the churn", "is there motion in the byre", False),
        ("if Anna isn't back yet, turn off the churn", "turn off the churn", "is Anna home", False),
        ("should the hatch be open, shut it", "shut the hatch", "is the hatch open", True),
        ("if the hatch's been left open, shut it", "shut the hatch", "is the hatch open", True),
        ("the hatch is open? then shut it", "shut the hatch", "is the hatch open", True),
        ("if the hatch is open, turn the stove up by 2 degrees", "turn the stove up by 2 degrees", "is the hatch open", True),
        ("if the hatch is open, turn up the stove by 2 degrees", "turn up the stove by 2 degrees", "is the hatch open", True),
        ("if lamps 1 and 2 are on, start the churn", "start the churn", "are lamps 1 and 2 on", True),
        ("if Anna's out, turn her lamp off", "turn Anna's lamp off", "is Anna home", False),
        ("the hatch is open, isn't it? if so, shut it", "shut the hatch", "is the hatch open", True),
        ("if the churn is on, turn it down by 5", "turn the churn down by 5", "is the churn on", True),
        ("if the hatch is shut, turn on the quiet evening scene", "turn on the quiet evening scene", "is the hatch shut", True),
        ("if no motion is detected in the byre, turn off the churn", "turn off the churn", "is there motion in the byre", False),
        ("if the radio is idle, play some jazz on it", "play some jazz on the radio", "is the radio idle", True),
        ("if the byre is occupied, turn on the beacon", "turn on the beacon", "is there motion in the byre", True),
    ],
)  # fmt: skip
def test_a_condition_of_this_moment_is_a_question(said: str, command: str, question: str, *, wanted: bool) -> None:
    found = one(said)
    (fact,) = found.facts
    assert (found.command, fact.question, fact.holds is found.wanted) == (command, question, wanted)


@pytest.mark.parametrize(
    ("said", "question", "wanted", "limit"),
    [
        ("if it is below 18 in the byre, turn on the churn", "what is the temperature in the byre", True, Limit("<", 18)),
        ("turn on the churn if it's not warmer than twenty degrees outside", "what is the temperature outside", False, Limit(">", 20)),
        ("if the humidity in the byre is at least 70 percent open the hatch", "what is the humidity of the byre", True, Limit(">=", 70)),
        ("unless the temperature outside is under 5.5 degrees, open the hatch", "what is the temperature outside", False, Limit("<", 5.5)),
        ("if the byre humidity is over 70, open the hatch", "what is the humidity of the byre", True, Limit(">", 70)),
        ("if the byre is colder than minus 2, shut the hatch", "what is the temperature of the byre", True, Limit("<", -2)),
        ("if it's below 5 out there, shut the hatch", "what is the temperature outside", True, Limit("<", 5)),
        ("if the lamp battery is at 15 percent or less, start the churn", "what is the battery of the lamp", True, Limit("<=", 15)),
        ("if it's 25 degrees or more in the byre, open the hatch", "what is the temperature in the byre", True, Limit(">=", 25)),
        ("if outside it's between 5 and 10 degrees, shut the hatch", "what is the temperature outside", True, Limit("..", 5, 10)),
        ("if it is below freezing outside, close the hatch", "what is the temperature outside", True, Limit("<", 0, frost=True)),
        ("if the churn is using less than 5 watts, turn it off", "what is the power of the churn", True, Limit("<", 5)),
        ("if the lamp has less than 20 percent left, turn it off", "what is the battery of the lamp", True, Limit("<", 20)),
        ("if the byre is more than 60 percent humid, open the hatch", "what is the humidity of the byre", True, Limit(">", 60)),
        ("if the lamp is brighter than 30 percent, dim it to 20", "what is the brightness of the lamp", True, Limit(">", 30)),
        ("if the radio is louder than 30, turn it down to 20", "what is the volume of the radio", True, Limit(">", 30)),
        ("when it's warmer than 25 in the byre, open the hatch", "what is the temperature in the byre", True, Limit(">", 25)),
    ],
)  # fmt: skip
def test_a_limit_is_a_question_for_the_measure(said: str, question: str, *, wanted: bool, limit: Limit) -> None:
    found = one(said)
    (fact,) = found.facts
    assert (fact.question, fact.holds is found.wanted, fact.limit) == (question, wanted, limit)


@pytest.mark.parametrize(
    ("said", "facts", "either"),
    [
        ("the churn is on and the beacon is off", [("is the churn on", True), ("is the beacon off", True)], False),
        ("the churn is on but the beacon isn't", [("is the churn on", True), ("is the beacon on", False)], False),
        ("the churn is on and so is the beacon", [("is the churn on", True), ("is the beacon on", True)], False),
        ("the churn is on and the beacon off", [("is the churn on", True), ("is the beacon off", True)], False),
        ("the churn and the beacon are on", [("is the churn on", True), ("is the beacon on", True)], False),
        ("either the churn or the beacon is on", [("is the churn on", True), ("is the beacon on", True)], True),
        ("neither the churn nor the beacon is on", [("is the churn on", False), ("is the beacon on", False)], False),
        ("the hatch is shut and locked", [("is the hatch shut", True), ("is the hatch locked", True)], False),
        ("the hatch is open or nobody is home", [("is the hatch open", True), ("is anybody home", False)], True),
        ("it is raining or snowing", [("", True), ("", True)], True),
    ],
)
def test_conditions_are_joined(said: str, facts: list[tuple[str, bool]], *, either: bool) -> None:
    found = one(f"if {said}, turn on the lantern").condition
    assert found is not None
    assert ([(fact.question, fact.holds) for fact in found.facts], found.either) == (facts, either)


@pytest.mark.parametrize(
    ("said", "branches"),
    [
        ("if the hatch is open, shut it, otherwise turn on the beacon", [("shut the hatch", "turn on the beacon")]),
        ("if the hatch is open turn off the churn or else set it to 3", [("turn off the churn", "set the churn to 3")]),
        ("if the hatch is open, start the churn, and if it isn't, leave it as it is", [("start the churn", "")]),
        ("if the churn is on leave it on, if not turn it on", [("", "turn the churn on")]),
        ("set the churn to 3 if the hatch is open, otherwise to 5", [("set the churn to 3", "set the churn to 5")]),
        ("turn on the beacon if the hatch is open, else off", [("turn on the beacon", "turn off the beacon")]),
        # with other commands
        ("turn off the churn and, if the hatch is open, shut it", [("turn off the churn", ""), ("shut the hatch", "")]),
        ("if the hatch is open, shut it, and by the way start the churn", [("shut the hatch", ""), ("start the churn", "")]),
        ("shut the hatch if it's running, and start the churn", [("shut the hatch", ""), ("start the churn", "")]),
        ("if the hatch is open stop the churn, and if it's shut set it to 5", [("stop the churn", ""), ("set the churn to 5", "")]),
        ("if the churn is on and the beacon is off, turn it on", [("turn the beacon on", "")]),
        ("if the churn and the beacon are on, turn them off", [("turn the churn and the beacon off", "")]),
        ("if the hatch is open, shut it, and if it's shut leave it", [("shut the hatch", "")]),
        ("if the churn is on and the beacon is too, turn both off", [("turn the churn and the beacon off", "")]),
        ("if the hatch is open, start the churn, otherwise leave it running", [("start the churn", "")]),
        ("if the hatch is open, start the churn and set it to 3", [("start the churn and set it to 3", "")]),
    ],
)  # fmt: skip
def test_branches_and_other_commands(said: str, branches: list[tuple[str, str]]) -> None:
    assert [(found.command, found.otherwise) for found in suppositions(said)] == branches


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
        "if it gets dark, turn on the beacon", "as soon as it is below 18 outside, start the churn",
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
        # done later, or not at all
        "if the hatch is open, turn off the churn in the evening",
        "if the hatch is open, turn off the churn in ten minutes",
        "if the hatch is open, turn on the churn, otherwise turn it off in ten minutes",
        "lock the stable door in case the hatch is open",
        "if the hatch is open, don't turn on the churn", "turn on the churn even if the hatch is open",
        # of nothing that is named
        "if that is on, turn it off", "if somebody is home, turn it off", "if the hatch is open or Anna is home, turn it off",
        "if the churn is on and the hatch is open or the beacon is off, start the lantern",
        # what holds nothing off, and titles
        "play if it's love",
        "turn off the churn if it's on", "if you don't mind, turn off the churn",
        # no command
        "if the hatch is open, we freeze",
        "tell me if the hatch is open",
        "check if the stable door is locked",
        "is the hatch open",
        "if I were you I'd turn on the beacon",
    ],
)  # fmt: skip
def test_what_cannot_be_looked_up_is_no_such_condition(said: str) -> None:
    assert suppositions(said) == ()


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("if it's cold outside, start the churn", "it's cold outside"),
        ("turn off the churn if it's been on for an hour", "it's been on for an hour"),
        ("if the byre is too warm open the hatch", "the byre is too warm"),
        # of what may yet happen
        ("if the churn is done, turn it off", ""),
        ("if it's going to rain, shut the hatch", ""),
        ("if it rains, shut the hatch", ""),
        ("when it's cold outside, start the churn", ""),
        # courtesies, talk, and what can be looked up
        ("if it's not too much trouble, start the churn", ""),
        ("if the mood is right, start the churn", ""),
        ("turn off the churn if it's on", ""),
        ("if it's cold outside, we freeze", ""),
        ("start the churn", ""),
    ],
)
def test_what_nobody_can_look_up_is_told(said: str, condition: str) -> None:
    assert untold_condition(said) == condition


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
