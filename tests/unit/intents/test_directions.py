"""Which way each thing of a sentence is switched."""

from __future__ import annotations

import pytest

from appliance.intents.directions import misdirected
from appliance.messages import Call, Quantity, Target


def calls(*each: str) -> list[Call]:
    """Calls written as "on kettle"."""
    return [
        Call("TurnOn" if text.startswith("on ") else "TurnOff", Target(name=text.partition(" ")[2])) for text in each
    ]


@pytest.mark.parametrize(
    ("text", "made", "wrong"),
    [
        ("turn off the lamp and the fan and turn on the kettle", ("off lamp", "off fan", "on kettle"), 0),
        ("turn off the lamp and the fan and turn on the kettle", ("off lamp", "on fan", "on kettle"), 1),
        ("turn off the lamp and the fan and turn on the kettle", ("off lamp", "off fan", "off kettle"), 1),
        ("turn on the urn, switch off the churn", ("off urn", "on churn"), 2),
        ("put on the radio and turn off the tv", ("on radio", "off tv"), 0),
        ("turn the lamp on and the fan off", ("on lamp", "off fan"), 0),
        ("lamp on, fan off", ("off lamp", "off fan"), 1),
        ("turn off the drill and the lamp on for an hour", ("off drill", "off lamp"), 1),
        ("turn off the drill on the bench and the lamp", ("off drill", "off lamp"), 0),
        ("turn on the lamp and set the fan off", ("on lamp", "off fan"), 0),
        ("turn on the lamp", ("off lamp",), 0),
        ("turn on the lamp and turn on the lamp", ("off lamp", "off lamp"), 0),
        ("flip off the beacon then power on the skep", ("off beacon", "off skep"), 1),
    ],
)
def test_the_verb_beside_its_way_counts(text: str, made: tuple[str, ...], wrong: int) -> None:
    assert misdirected(calls(*made), text) == wrong


@pytest.mark.parametrize(
    ("text", "made", "wrong"),
    [
        ("run the urn but shut the churn", ("Close urn", "Close churn"), 1),
        ("run the urn but shut the churn", ("Open urn", "Close churn"), 0),
        ("bring skep in and send beacon out", ("MowerDock skep", "VacuumReturn beacon"), 1),
        ("bring skep in and send beacon out", ("MowerDock skep", "VacuumStart beacon"), 0),
        ("send beacon out", ("VacuumReturn beacon",), 1),
        ("shut the urn and the churn", ("Close urn", "Close churn"), 0),
        ("urn up, churn down", ("Open urn", "Close churn"), 0),
        ("lock the urn and unlock the churn", ("Lock urn", "Lock churn"), 1),
        ("turn the urn down", ("Close urn",), 0),
    ],
)
def test_a_thing_goes_the_way_of_its_clause(text: str, made: tuple[str, ...], wrong: int) -> None:
    each = [Call(name, Target(name=thing)) for name, thing in (one.split(" ") for one in made)]
    assert misdirected(each, text) == wrong


@pytest.mark.parametrize(("modes", "wrong"), [(("up", "up"), 1), (("up", "down"), 0), (("set", "set"), 0)])
def test_both_directions_that_were_said_are_there(modes: tuple[str, ...], wrong: int) -> None:
    each = [Call("ClimateSet", values={"temperature": Quantity(None, mode)}) for mode in modes]
    assert misdirected(each, "warmer upstairs and cooler downstairs") == wrong


@pytest.mark.parametrize(
    ("text", "mode", "wrong"),
    [
        ("give the urn a target of 55 percent", "down", 1),
        ("give the urn a target of 55 percent", "set", 0),
        ("put the urn down by 5", "down", 0),
        ("the urn 5 percent drier", "down", 0),
        ("another 5 percent for the urn", "up", 0),
    ],
)
def test_so_much_more_or_less_needs_a_word_for_it(text: str, mode: str, wrong: int) -> None:
    call = Call("HumiditySet", Target(name="urn"), values={"humidity": Quantity(5.0, mode=mode)})
    assert misdirected([call], text) == wrong
