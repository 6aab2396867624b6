"""Follow-ups with a state of their own, and things spoken of by their owner alone."""

from __future__ import annotations

import pytest

from appliance.conversation.anew import for_one, restated, stated, whose
from appliance.messages import Call, Target
from appliance.resolver import Mention

OFF = Mention(1, Call("TurnOff", Target(name="Ella's ceiling light")), ("light.ella",))
NAMES = ("Ella's ceiling light", "Toby's ceiling light", "Toby's night light", "Corner lamp")


@pytest.mark.parametrize(
    ("words", "is_stated"),
    [("the corner lamp off", True), ("on in the bedroom", True), ("the right one down", True), ("the corner lamp", False),
     ("toby's", False)],
)  # fmt: skip
def test_a_state_of_its_own_is_seen(words: str, *, is_stated: bool) -> None:
    assert stated(words) is is_stated


@pytest.mark.parametrize(
    ("words", "thing", "call"),
    [("the other one on", "the other one", "TurnOn"), ("toby's on", "toby's", "TurnOn"), ("on in the hall", "in the hall", "TurnOn"),
     ("the corner lamp on", "", ""), ("the other one down", "", "")],
)  # fmt: skip
def test_only_what_needs_the_turn_before_is_put_beside_it(words: str, thing: str, call: str) -> None:
    assert restated(words, [OFF]) == (thing, call)


@pytest.mark.parametrize(
    ("words", "name"),
    [("toby's", "toby's ceiling light"), ("toby's one", "toby's ceiling light"), ("grandpa's", "grandpa's"), ("the hall", "the hall")],
)  # fmt: skip
def test_an_owner_alone_stands_for_the_same_thing_of_theirs(words: str, name: str) -> None:
    assert whose(words, [OFF], NAMES) == name


@pytest.mark.parametrize(
    ("words", "single"), [("the one in the den off", True), ("the ones in the den off", False), ("the den off", False)]
)
def test_one_thing_told_by_its_place(words: str, *, single: bool) -> None:
    assert for_one(words) is single
