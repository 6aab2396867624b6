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


@pytest.mark.parametrize(
    ("text", "line", "touched"),
    [
        ("gas on everywhere", "<TurnOn> <all> <domain:light>", 0),
        ("gas on everywhere", "<VacuumStart>", 0),
        ("lamps on everywhere", "<TurnOn> <all> <domain:light>", 2),
        ("make it bright everywhere", "<TurnOn> <all> <domain:light>", 2),
        ("clean everywhere, the gas man was here", "<VacuumStart>", 1),
        ("let sam go round", "<VacuumStart> <name> sam", 1),
    ],
)
def test_what_is_touched(text: str, line: str, touched: int) -> None:
    steps, _ = Resolver().decide(parse_line(line, text), HOME, text=text)
    assert sum(len(step.actions) for step in steps) == touched
