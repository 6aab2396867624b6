"""Values taken from another thing, in a home that no other test has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.messages import Area, Entity, Home
from appliance.plainly.copied import copied
from appliance.resolver import Resolver

HOME = Home(
    areas=(Area("galley", "Galley"), Area("saloon", "Saloon"), Area("berth", "Berth one")),
    entities=(
        Entity("light.hatch", "Hatch lamp", area="galley", state="on", attributes={"brightness": 102}),
        Entity("light.stove", "Stove lamp", area="galley", state="off"),
        Entity(
            "light.chart",
            "Chart lamp",
            area="saloon",
            state="on",
            attributes={"brightness": 204, "min_color_temp_kelvin": 2200, "max_color_temp_kelvin": 6000},
        ),
        Entity("light.bunk_left", "Left bunk light", area="berth", state="on", attributes={"brightness": 51}),
        Entity("light.bunk_right", "Right bunk light", area="berth", state="off"),
        Entity("climate.saloon", "Saloon heater", area="saloon", state="heat", attributes={"temperature": 19.5}),
        Entity("climate.berth", "Berth radiator", area="berth", state="heat", attributes={"temperature": 16}),
        Entity("media_player.deck", "Deck radio", area="saloon", state="playing", attributes={"volume_level": 0.3}),
        Entity("media_player.horn", "Horn speaker", area="galley", state="playing", attributes={"volume_level": 0.8}),
        Entity("cover.port", "Port blind", area="saloon", state="open", attributes={"current_position": 70}),
        Entity("cover.starboard", "Starboard blind", area="saloon", state="closed", attributes={"current_position": 0}),
        Entity("light.lantern_1", "Lantern one", area="berth", state="off"),
        Entity("light.lantern_2", "Lantern two", area="berth", state="on", attributes={"brightness": 153}),
        Entity("light.galley_sill", "Galley sill light", area="galley", state="off"),
        Entity("light.saloon_sill", "Saloon sill light", area="saloon", state="on", attributes={"brightness": 153}),
        Entity("fan.bilge", "Bilge fan", area="galley", state="on", attributes={"percentage": 60}),
        Entity("fan.hood", "Hood fan", area="galley", state="off"),
    ),
)
LOOKUP = Resolver().lookup(HOME)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("make the hatch lamp as bright as the chart lamp", "set the hatch lamp to 80 percent"),
        ("hatch lamp exactly as bright as the chart lamp please", "set hatch lamp to 80 percent"),
        ("chart lamp half as bright as the hatch lamp", "set chart lamp to 20 percent"),
        ("make the right bunk light as bright as the left one", "set the right bunk light to 20 percent"),
        ("could the deck radio be as loud as the horn speaker", "set the volume of the deck radio to 80 percent"),
        ("set the berth radiator to whatever the saloon heater is set to", "set the berth radiator to 19.5 degrees"),
        ("set the berth radiator to what the saloon's is set to", "set the berth radiator to 19.5 degrees"),
        ("berth radiator two degrees warmer than the saloon heater", "set berth radiator to 21.5 degrees"),
        ("open the starboard blind as far as the port one", "set the starboard blind to 70 percent"),
        ("set the hood fan to the same speed as the bilge fan", "set the hood fan to 60 percent"),
        ("turn the chart lamp down to the level of the hatch lamp", "set the chart lamp to 40 percent"),
        ("match the hatch lamp to the chart lamp", "set the hatch lamp to 80 percent"),
        ("set the deck radio to half the volume of the horn speaker", "set the volume of the deck radio to 40 percent"),
        ("all the lights in the galley as bright as the chart lamp", "set all the lights in the galley to 80 percent"),
        ("the hatch lamp should be as bright as the chart lamp", "set the hatch lamp to 80 percent"),
        ("dim the chart lamp to match the hatch lamp", "set the chart lamp to 40 percent"),
        ("heating in the berth one to what it is in the saloon", "set heating in the berth one to 19.5 degrees"),
        ("hatch lamp as bright as the chart lamp, please", "set hatch lamp to 80 percent"),
        ("run the hood fan at the same speed as the bilge fan", "set the hood fan to 60 percent"),
        ("move the starboard blind to where the port one is", "set the starboard blind to 70 percent"),
        ("put berth one at the same temperature as the saloon", "set berth one to 19.5 degrees"),
        ("make it as warm in berth one as in the saloon", "set berth one to 19.5 degrees"),
        ("same temperature in here as in the saloon please", "set the temperature in here to 19.5 degrees"),
        ("set berth one one degree lower than the saloon is set", "set berth one to 18.5 degrees"),
        ("lantern one as bright as lantern two", "set lantern one to 60 percent"),
        ("match the galley sill light to the one in the saloon", "set the galley sill light to 60 percent"),
        ("make it as bright as the chart lamp", "set it to 80 percent"),
        ("make it as loud as the deck radio", "set its volume to 30 percent"),
        ("chart lamp as cold as it gets", "set chart lamp to 6000 kelvin"),
        ("as warm as possible for the chart lamp", "set the chart lamp to 2200 kelvin"),
    ],
)
def test_the_value_of_another_thing(said: str, meant: str) -> None:
    found = copied(said, LOOKUP)
    assert found is not None
    assert (found.text, found.refusal) == (meant, "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("make the hatch lamp as bright as the stove lamp", "Stove lamp is off."),
        ("make the gong as bright as the hatch lamp", "I do not know what shall be like Hatch lamp. Please name it."),
        ("make the hatch lamp as bright as the lighthouse", "I do not know what the lighthouse is set to."),
        (
            "make the hatch lamp brighter than the chart lamp",
            "How much brighter than the chart lamp? Please say a value.",
        ),
        ("hatch lamp as bright as it was before", "I do not know how it was before."),
        ("set the bilge fan to the same speed as the hood fan", "Hood fan is off."),
    ],
)
def test_there_is_no_such_value(said: str, why: str) -> None:
    found = copied(said, LOOKUP)
    assert found is not None
    assert found.refusal == why


@pytest.mark.parametrize(
    "said",
    [
        "is the hatch lamp as bright as the chart lamp",
        "the hatch lamp is as bright as the chart lamp",
        "make the hatch lamp as bright as day",
        "make the hatch lamp as bright as possible",
        "saloon heater as warm as it gets",
        "make the hatch lamp as loud as the chart lamp",
        "set the hatch lamp to whatever you like",
        "make the hatch lamp brighter than before",
        "make the hatch lamp brighter than 50 percent",
        "is the hatch lamp brighter than the chart lamp",
        "halve the brightness of the hatch lamp",
        "turn up the volume of the deck radio",
        "set the brightness of the hatch lamp to 20",
        "what's the brightness of the hatch lamp",
        "hatch lamp as well as the chart lamp",
    ],
)
def test_takes_nothing(said: str) -> None:
    assert copied(said, LOOKUP) is None


SPOKEN = """make set the as bright loud warm same of to whatever what is it in half twice two degrees percent warmer than match hatch
    chart lamp saloon galley berth one left right bunk light heater radio and on off was before possible gets""".split()


@given(st.lists(st.sampled_from(SPOKEN), max_size=14).map(" ".join))
def test_any_words(said: str) -> None:
    found = copied(said, LOOKUP)
    assert found is None or found.text
