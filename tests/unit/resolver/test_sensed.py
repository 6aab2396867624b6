"""Questions for what only a sensor of a class tells: no thing answers them by being switched on."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.messages import Area, Entity, Floor, Home
from appliance.resolver import Resolver

HOUSE = Home(
    floors=(Floor("low", "Lower floor"), Floor("high", "Upper floor")),
    areas=(Area("byre", "Byre", floor="low"), Area("gallery", "Gallery", floor="high"), Area("dairy", "Dairy", floor="low")),
    entities=(
        Entity("switch.urn", "Urn", state="on", area="byre"), Entity("switch.churn", "Churn", state="on", area="dairy"),
        Entity("switch.mangle", "Mangle", state="on", area="dairy"),
        Entity("binary_sensor.urn", "Urn leak", state="on", area="byre", device_class="moisture"),
        Entity("binary_sensor.floor", "Dairy floor leak", state="off", area="dairy", device_class="moisture"),
        Entity("light.gallery", "Gallery", state="off", area="gallery"),
        Entity("binary_sensor.gallery", "Gallery motion", state="on", area="gallery", device_class="motion"),
        Entity("switch.loom", "Loom", state="on", area="gallery"),
        Entity("climate.gallery", "Gallery stove", state="heat", area="gallery", attributes={"current_temperature": 18}),
        Entity("climate.floor", "Loom room floor heating", state="heat", area="gallery", attributes={"temperature": 18}),
    ),
)  # fmt: skip

PIERS = Home(
    areas=(Area("pier", "Pier"), Area("shed", "Shed")),
    entities=(
        Entity("switch.one", "Quay heater 1", state="off", area="pier"), Entity("switch.two", "Quay heater 2", state="on", area="pier"),
        Entity("switch.urn", "Urn", state="on", area="shed"), Entity("light.shed", "Shed lamp", state="on", area="shed"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "entities"),
    [
        ("is the urn leaking", "<GetState> <name> urn <class:moisture> <ask:yesno> <state:on>", ["binary_sensor.urn"]),
        ("is the urn leaking", "<GetState> <name> urn leaking <ask:yesno> <state:on>", ["binary_sensor.urn"]),
        ("is the churn wet", "<GetState> <name> churn <class:moisture> <ask:yesno> <state:on>", ["binary_sensor.floor"]),
        ("is the loom leaking", "<GetState> <name> loom <class:moisture> <ask:yesno> <state:on>", []),
        ("is the dairy churn leaking", "<GetState> <area> dairy <class:door> <ask:yesno> <state:on>", []),
        ("is the byre leaking", "<GetState> <area> byre <ask:yesno> <state:on>", ["binary_sensor.urn"]),
        ("is anyone at the churn", "<GetState> <domain:person> <ask:any> <zone> churn", []),
        ("is the urn smoking", "<GetState> <name> urn smoking <ask:yesno> <state:on>", []),
        ("has anybody been about in the gallery",
         "<GetState> <name> gallery <class:moving> <ask:yesno> <state:on>", ["binary_sensor.gallery"]),
        ("is someone in the gallery", "<GetState> <name> gallery <ask:yesno> <state:on>", ["binary_sensor.gallery"]),
        ("is the gallery on", "<GetState> <name> gallery <ask:yesno> <state:on>", ["light.gallery"]),
        ("is anyone in the gallery", "<GetState> <area> gallery <class:occupancy> <ask:any> <state:on>", ["binary_sensor.gallery"]),
        ("is anyone in the dairy", "<GetState> <name> dairy <class:occupancy> <ask:yesno> <state:on>", []),
        ("is the loom hot", "<GetState> <name> loom <class:heat> <ask:yesno> <state:on>", []),
        ("what is the power of the loom", "<GetState> <name> loom <class:power> <ask:one>", []),
        ("is the loom on", "<GetState> <name> loom <ask:yesno> <state:on>", ["switch.loom"]),
    ],
)  # fmt: skip
def test_only_sensors_of_the_class_answer(text: str, line: str, entities: list[str]) -> None:
    steps, _ = Resolver().decide(parse_line(line, text), HOUSE, text=text)
    assert [id_ for step in steps if step.intent for id_ in step.intent.entities] == entities
    assert entities or steps[0].refusal


def test_the_heating_of_a_floor_is_all_of_it() -> None:
    text = "set the heating to 18 on the upper floor"
    line = "<ClimateSet> <floor> upper floor <domain:climate> <temperature> 18"
    steps, _ = Resolver().decide(parse_line(line, text), HOUSE, text=text)
    assert {action.entity for step in steps for action in step.actions} == {"climate.gallery", "climate.floor"}


def test_a_floor_that_no_call_speaks_of_is_missing() -> None:
    text = "turn off the lights on the upper floor"
    for line, missing in (("<TurnOff> <all> <domain:light>", 1), ("<TurnOff> <floor> upper floor <domain:light>", 0)):
        assert Resolver().unread(parse_line(line, text), HOUSE, text) == missing


@pytest.mark.parametrize(
    ("text", "line", "entities"),
    [
        ("quay heaters on", "<TurnOn> <area> quay <domain:climate>", ["switch.one", "switch.two"]),
        ("are the quay heaters on", "<GetState> <area> quay <domain:climate> <ask:yesno> <state:on>", ["switch.one", "switch.two"]),
        ("quay heaters on except number two", "<TurnOn> <area> quay <domain:climate> <except> <name> number two", ["switch.one"]),
        ("turn off everything but the quay heaters", "<TurnOff> <all> <except> <area> quay <domain:climate>", ["switch.urn", "light.shed"]),
        ("quay fans on", "<TurnOn> <area> quay <domain:fan>", []),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_part_of_a_name(text: str, line: str, entities: list[str]) -> None:
    steps, _ = Resolver().decide(parse_line(line, text), PIERS, text=text)
    assert [id_ for step in steps if step.intent for id_ in step.intent.entities] == entities


def test_half_a_percent_is_no_brightness_of_a_room() -> None:
    text = "set gallery to twenty and a half"
    for line, missing in (
        ("<LightSet> <area> gallery <brightness> twenty and a half", 1),
        ("<ClimateSet> <area> gallery <temperature> twenty and a half", 0),
    ):
        assert Resolver().unread(parse_line(line, text), HOUSE, text) == missing


def test_whose_everything_is_must_not_be_lost() -> None:
    home = Home(entities=(Entity("light.a", "Oma's lamp"), Entity("light.b", "Beacon"), Entity("fan.c", "Oma's fan")))
    for text, missing in (("turn off all of oma's things", 1), ("it's late, turn off everything", 0)):
        assert Resolver().unread(parse_line("<TurnOff> <all>", text), home, text) == missing
