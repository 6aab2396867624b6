"""Clauses that hold a command off, and those that do not."""

from __future__ import annotations

import pytest

from appliance.resolver.conditions import WAITING, awaits, waits, without_courtesies
from tests.unit.resolver.tables import outcomes


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("turn on the tower fan if you don't mind", "turn on the tower fan"),
        ("If you wouldn't mind, dim the Porch light", "dim the Porch light"),
        ("when you have a moment, turn the tv off, please", "turn the tv off, please"),
        ("turn the tv off if it's not too much trouble and lock the door", None),
        ("if it isn't already turn the lamp on", "turn the lamp on"),
        ("close the window if it is still open", "close the window"),
        ("if it's not cold outside turn off the heating", None),
        ("turn off the lights if there are any on", "turn off the lights"),
        ("once you're done, turn off the tv", "turn off the tv"),
        ("close the blinds in case it gets sunny", "close the blinds"),
        ("run the fan until I say stop", "run the fan"),
        ("if it's dark turn the lamp on", None),
        ("turn the lamp on once it is done", None),
        ("turn the heating off if the window is open", None),
        ("if you please", None),
        ("turn on the lamp", None),
        ("", None),
    ],
)
def test_clauses_that_hold_nothing_off_are_left_out(text: str, plain: str | None) -> None:
    assert without_courtesies(text) == (text if plain is None else plain)


@pytest.mark.parametrize(
    "text",
    [
        "turn the lamp on if it's dark",
        "unlock the front door if someone rings",
        "when I get home turn on the kitchen lights",
        "turn off the tv when the movie ends",
        "turn off the kitchen lights unless someone is there",
        "turn on the lamp once it gets dark",
        "turn off the kettle after it is done",
        "lock the front door as soon as Noah is home",
        "turn the tv off whenever I leave",
        "turn on the lamp after dinner",
        "every time it rains close the awning",
        "heat the bath until it is warm",
        "when the last guest has left the bar, turn off the lights in there",
        "as soon as the bus has arrived, open the gate",
        "when I have left, close the gate",
        "once they've gone, lock the front door",
    ],
)
def test_what_waits_for_something_is_not_done_now(text: str) -> None:
    assert awaits(text)
    assert waits(text) or not text.startswith(("turn", "unlock", "lock", "when"))


def test_the_resolver_does_nothing_of_it() -> None:
    line = "<Unlock> <name> front door"
    assert outcomes("alder", "unlock the front door if someone rings", line)[0] == [f"! {WAITING}"]
    assert outcomes("alder", "unlock the front door if you don't mind", line)[0] != [f"! {WAITING}"]


@pytest.mark.parametrize(
    "text",
    [
        "tell me if the front door is locked",
        "check if the window is open and close it",
        "when is the bin collected",
        "when did the washing machine finish",
        "after that turn on the tv",
        "after you close the garage door lock the front door",
        "turn it on again after an hour",
        "turn the lamp off and once more on",
        "switch on the lamp because when I came in it was dark",
        "turn off the tv and the lamp after it",
        "make sure the front door is locked",
        "",
    ],
)
def test_what_waits_for_nothing(text: str) -> None:
    assert not awaits(text)


def test_words_of_names_are_no_conditions() -> None:
    assert awaits("run when the lights go down")
    assert not awaits("run when the lights go down", {"when", "the", "lights", "go", "down"})


def test_talk_in_which_something_happens_is_no_command() -> None:
    assert awaits("i love it when it rains")
    assert not waits("i love it when it rains")
