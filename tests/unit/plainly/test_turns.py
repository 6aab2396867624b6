"""Turns of phrase and the plainer words for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.plainly.turns import plainer


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("make the porch light as bright as it goes", "make the porch light at maximum brightness"),
        ("Radio as loud as possible!", "Radio at maximum volume!"),
        ("the lamps as dim as they'll go please", "the lamps at minimum brightness please"),
        ("tower fan as slow as it can possibly go", "tower fan at minimum speed"),
        ("tower fan as fast as possible", "tower fan at maximum speed"),
        ("the nursery heater as warm as it gets", "the nursery heater at maximum temperature"),
        ("boiler as low as can be", "boiler at minimum temperature"),
        ("make it as cold as possible", "make it at minimum temperature"),
        ("tv as low as it goes", "tv at the lowest setting"),
        ("push the hatch open as far as it will go", "push the hatch open all the way"),
        ("run the attic fan flat out", "run the attic fan at full power"),
        ("heating flat out, please", "heating at maximum temperature, please"),
        ("start the kiln three quarters of an hour from now", "start the kiln in three quarters of an hour"),
        ("20 minutes from now, open the hatch", "in 20 minutes, open the hatch"),
        ("the fountain doesn't need to be on any longer", "the fountain can go off"),
        ("it needn't stay on", "it can go off"),
        ("there's no need for the fountain to stay on", "the fountain can go off"),
        ("chuck another three degrees on the stove", "three more degrees on the stove"),
        ("turn the radio right up please", "turn the radio all the way up please"),
        ("blinds right down", "blinds all the way down"),
        ("dim the hatch lamp to between 20 and 30 percent", "dim the hatch lamp to 25 percent"),
        ("hatch lamp somewhere between forty and fifty percent, I don't mind", "hatch lamp to 45 percent"),
        ("something between 3000 and 3500 kelvin on the spot", "set the spot to 3250 kelvin"),
        ("stove at between 19 and 20 degrees please", "stove to 19.5 degrees"),
        ("open the hatch somewhere between a third and a half", "open the hatch to 42 percent"),
        ("radio half as loud as it is now", "radio half as loud"),
        ("spot ten percentage points brighter", "spot ten percent brighter"),
        ("the spot a bit less bluish, more candle-like please", "the spot a bit warmer please"),
        ("spot at 4000 K and 70 percent", "spot at 70 percent with 4000 kelvin"),
        (
            "set the spot to forty percent and 5000 kelvin please",
            "set the spot at forty percent with 5000 kelvin please",
        ),
        ("make the spot less yellowish", "make the spot a bit cooler"),
        ("the porch light no longer needs to stay switched on", "the porch light can go off"),
        ("everybody's gone to bed so the hall lamp can go off", "everybody's gone to bed, turn the hall lamp off"),
        (
            "no one is out there any more so Ida's radio may be switched off now",
            "no one is out there, turn Ida's radio off now",
        ),
        (
            "kiln as hot as it goes and the radio as quiet as it goes",
            "kiln at maximum temperature and the radio at minimum volume",
        ),
    ],
)
def test_plainer(said: str, plain: str) -> None:
    found = plainer(said)
    assert found is not None
    assert found.text == plain
    assert all(saying in said for _, saying in found.changed)
    assert all(words in plain for words, _ in found.changed)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("give me green on the bar lamp please", "set the bar lamp to green please"),
        ("can we have some deep pink in Ida's room?", "set Ida's room to deep pink"),
        ("okay i'd like blue for the strip", "okay set the strip to blue"),
    ],
)
def test_a_colour_before_its_lamp(said: str, plain: str) -> None:
    found = plainer(said, {"green", "deep pink", "blue"}.__contains__)
    assert found is not None
    assert found.text == plain


def test_what_is_no_colour_stays() -> None:
    assert plainer("give me music in the kitchen", {"green"}.__contains__) is None


@pytest.mark.parametrize(
    "said",
    [
        "turn on the lamp",
        "is it between 18 and 22 degrees in there",
        "set a timer for between five and ten minutes",
        "turn off the lamp between the sofa and the door",
        "add more golden syrup to the list",
        "the sea is as quiet as it gets",  # a statement
        "turn the lights off as fast as possible",  # anything may be done fast
        "she is as tall as he can be",
        "make the lamp as warm as possible",  # a white, not a temperature
        "I am as quiet as possible",
        "from now on the lamp is yours",
        "an hour from now the train leaves",
        "the alarm doesn't need to be on",
        "open it in an hour from now",
        "call me ages from now",
        "if we leave the fountain doesn't need to stay on",
        "why does the fountain need to stay on",
        "who said the fountain doesn't need to stay on?",
        "you don't need to be on time",
        "Granny doesn't need to be on the balcony",
        "the fountain doesn't need to stay off",
        "I rewired it so the lamp can go off",  # what for, not why
        "don't touch the plug so the lamp can go off",
        "we're flat out today",
        "I'm coming right up",
        "the button on the right up there",
        "there's no need for the fountain to stay dry",
        "",
    ],
)
def test_no_saying(said: str) -> None:
    found = plainer(said)
    assert found is None or found.text == said


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    found = plainer(text)
    assert found is None or found.changed


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        (
            "tonight I'd like the spot in orange and the strip in blue, both at full brightness",
            "set the spot to orange at full brightness and set the strip to blue at full brightness",
        ),
        (
            "spot red, strip blue and lantern orange, all at 40 percent please",
            "set spot to red at 40 percent and set strip to blue at 40 percent and set lantern to orange at 40 percent please",
        ),
        ("spot and strip, both at 40 percent", None),
        ("the spot was red and the strip blue, both at 40 percent", None),
    ],
)
def test_how_bright_several_colours_are(said: str, plain: str | None) -> None:
    found = plainer(said, {"red", "blue", "orange"}.__contains__)
    assert (found.text if found else None) == plain
