"""Which way each thing of a sentence is switched."""

from __future__ import annotations

import pytest

from appliance.intents.directions import misdirected
from appliance.messages import Call, Target


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
        ("lamp on, fan off", ("off lamp", "off fan"), 0),
        ("turn on the lamp and set the fan off", ("on lamp", "off fan"), 0),
        ("turn on the lamp", ("off lamp",), 0),
        ("turn on the lamp and turn on the lamp", ("off lamp", "off lamp"), 0),
        ("flip off the beacon then power on the skep", ("off beacon", "off skep"), 1),
    ],
)
def test_the_verb_beside_its_way_counts(text: str, made: tuple[str, ...], wrong: int) -> None:
    assert misdirected(calls(*made), text) == wrong
