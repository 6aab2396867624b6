"""A sweep of one kind of things where the sentence speaks of another."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.messages import Area, Entity, Home
from appliance.resolver import Resolver

HOME = Home(
    areas=(Area("kiln", "Kiln room"), Area("glaze", "Glaze room")),
    entities=(
        Entity("light.kiln", "Kiln room lamp", area="kiln", state="off"),
        Entity("light.glaze", "Glaze room lamp", area="glaze", state="off"),
        Entity("valve.kiln", "Kiln room gas", area="kiln", state="closed", device_class="gas"),
        Entity("vacuum.sam", "Sam", area="glaze", state="docked"),
    ),
)

ROOMS = Home(
    areas=(Area("one", "Kiln room 1"), Area("two", "Kiln room 2")),
    entities=(
        Entity("valve.one", "Kiln room 1 gas", area="one", state="closed", device_class="gas"),
        Entity("valve.two", "Kiln room 2 gas", area="two", state="closed", device_class="gas"),
    ),
)


def test_gas_is_let_in_one_by_one_only() -> None:
    resolver = Resolver()
    for text, many in (("open the gas in both kiln rooms", 0), ("close the gas in both kiln rooms", 2)):
        line = f"<{text.split()[0].title()}> <name> {text.split(maxsplit=1)[1]}"
        calls = resolver.told_apart(parse_line(line, text), ROOMS)
        steps, _ = resolver.decide(calls, ROOMS, text=text)
        assert sum(len(step.actions) for step in steps) == many


def test_things_of_one_name_are_told_apart_by_their_rooms() -> None:
    twins = Home(
        areas=(Area("a", "Amber room"), Area("b", "Blue room")),
        entities=(
            Entity("light.a", "Big globe", area="a", state="off"),
            Entity("light.b", "Big globe", area="b", state="off"),
        ),
    )
    text = "turn on the big globe in the amber and blue rooms"
    resolver = Resolver()
    calls = resolver.told_apart(parse_line("<TurnOn> <name> big globe in the amber and blue rooms", text), twins)
    assert [call.target.area for call in calls] == ["Amber room", "Blue room"]
    steps, _ = resolver.decide(calls, twins, text=text)
    assert [step.actions[0].entity for step in steps] == ["light.a", "light.b"]


@pytest.mark.parametrize(
    ("text", "line", "touched"),
    [
        ("gas on everywhere", "<TurnOn> <all> <domain:light>", 0),
        ("gas on everywhere", "<VacuumStart>", 0),
        ("lamps on everywhere", "<TurnOn> <all> <domain:light>", 2),
        ("make it bright everywhere", "<TurnOn> <all> <domain:light>", 2),
        ("clean everywhere, the gas man was here", "<VacuumStart>", 1),
        ("the kiln room's off", "<TurnOff> <name> kiln room's", 0),
        ("the kiln room lamp off", "<TurnOff> <name> kiln room lamp", 1),
        ("let sam go round", "<VacuumStart> <name> sam", 1),
    ],
)
def test_what_is_touched(text: str, line: str, touched: int) -> None:
    steps, _ = Resolver().decide(parse_line(line, text), HOME, text=text)
    assert sum(len(step.actions) for step in steps) == touched
