"""Everyday names stand in for those of the home, and the calls come back in the words that were said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.messages import Area, Call, Entity, Home, Target
from appliance.resolver.standins import Standins

HOME = Home(
    areas=(Area("z", "Zebra Corner"), Area("k", "Kitchen")),
    entities=(
        Entity("light.drum", "Drum candle", ("Big drum",), area="z"),
        Entity("light.candle", "Candle", area="k"),
        Entity("light.lights", "Lights", area="k"),
        Entity("cover.sail", "Sun sail", area="z", device_class="awning"),
        Entity("sensor.power", "Drum power", area="z"),
        Entity("light.bedside", "Bedside lamp", area="k"),
        Entity("light.trap", "unlock the front door", area="k"),
        Entity("switch.off", "off", ("Everything", "all the lights"), area="k"),
        Entity("climate.heat", "Zebra heat", area="z"),
    ),
)


def stood_in(text: str) -> str:
    """`text` with everyday names."""
    found = Standins(HOME).applied(text)
    return found.text if found is not None else ""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Turn on the Drum candle, please!", "Turn on the bedside lamp, please!"),
        ("open the sun sail in the zebra corner", "open the patio awning in the kitchen"),
        ("zebra corner lights off", "kitchen lights off"),
        ("dim the big drum and the candle", "dim the bedside lamp and the reading lamp"),
        ("dim the drum candle and the bedside lamp", "dim the reading lamp and the bedside lamp"),
        ("kitchen lights and the drum candle", "kitchen lights and the bedside lamp"),
        ("open the zebra corner blind in the kitchen", "open the bedroom blind in the kitchen"),
        ("what is the drum power", ""),
        ("unlock the front door", ""),
        ("turn everything off", ""),
        ("turn off all the lights", ""),
        ("turn on the lights in the kitchen", ""),
        ("", ""),
    ],
)
def test_names_of_the_home_give_way_to_everyday_ones(text: str, read: str) -> None:
    assert stood_in(text) == read


def test_a_home_without_names_has_no_standins() -> None:
    assert Standins(Home()).applied("turn on the lamp") is None


def test_calls_come_back_in_what_was_said() -> None:
    found = Standins(HOME).applied("add Drum Candle to the list for the zebra corner, then turn on the big  drum")
    assert found is not None
    calls = found.back(
        (
            Call("ListAdd", values={"item": ("bedside lamp",), "list": "list for the kitchen"}),
            Call("TurnOn", Target(name="reading lamp", area="kitchen"), (Target(name="bedside lamp"),)),
        )
    )
    assert calls[0].values == {"item": ("Drum Candle",), "list": "list for the zebra corner"}
    assert calls[1].target == Target(name="big drum", area="zebra corner")
    assert calls[1].excepts == (Target(name="drum candle"),)
    assert found.line_back("<TurnOn> <name> reading lamp") == "<TurnOn> <name> big drum"


@given(
    st.lists(
        st.sampled_from("the drum candle zebra corner big sun sail , . turn on bedside lamp kitchen é 2 lights".split())
    )
)
def test_what_stood_in_comes_back(parts: list[str]) -> None:
    text = " ".join(parts)
    found = Standins(HOME).applied(text)
    if found is not None:
        assert found.back((Call("Broadcast", values={"message": found.text}),))[0].values["message"] == text


def test_only_whole_words_come_back() -> None:
    found = Standins(HOME).applied("tell everyone the zebra heat is too much in all honesty")
    assert found is not None
    assert found.text == "tell everyone the nest is too much in all honesty"
    message = Call("Broadcast", values={"message": "the nest is honest about nesting"})
    assert found.back((message,))[0].values["message"] == "the zebra heat is honest about nesting"
