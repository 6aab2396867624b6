"""Temperatures of devices that do not say what they may be set to."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.messages import Area, Entity, Home
from appliance.resolver import Resolver

HOME = Home(
    areas=(Area("c", "Cellar"),),
    entities=(Entity("water_heater.boiler", "Boiler", area="c"), Entity("climate.cellar", "Radiator", area="c")),
)


@pytest.mark.parametrize(
    ("name", "degrees", "able"),
    [
        ("boiler", 55, True),
        ("boiler", 20, False),
        ("boiler", 90, False),
        ("radiator", 20, True),
        ("radiator", 55, False),
    ],
)
def test_water_is_set_hotter_than_a_room(name: str, degrees: int, able: bool) -> None:
    call = parse_line(
        f"<ClimateSet> <name> {name} <temperature> {degrees}", text := f"set the {name} to {degrees} degrees"
    )
    (step,), _ = Resolver().decide(call, HOME, text=text)
    assert bool(step.actions) is able
    assert able or "can be set from" in step.refusal
