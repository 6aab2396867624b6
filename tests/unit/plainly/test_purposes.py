"""What commands are for, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly.purposes import Purposes

PURPOSES = Purposes(
    Home(
        areas=(Area("byre", "Byre"), Area("snug", "Snug")),
        entities=(
            Entity("light.beacon", "Beacon", area="snug"),
            Entity("cover.hatch", "Hatch blind", area="byre"),
            Entity("scene.film", "Film night"),
            Entity("person.anouk", "Anouk"),
            Entity("fan.blower", "Blower", area="byre"),
        ),
    )
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("dim the snug lights for film night", "dim the snug lights"),
        ("please turn on the beacon for the vet", "please turn on the beacon"),
        ("lower the blinds for a film", "lower the blinds"),
        ("set the beacon to 40 percent, for my homework please", "set the beacon to 40 percent"),
        ("close the hatch blind for a nap", "close the hatch blind"),
    ],
)
def test_what_a_command_is_for_goes(said: str, meant: str) -> None:
    assert PURPOSES.without(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "turn on the beacon for ten minutes",
        "turn on the lamp for the byre",
        "turn on the lights for Anouk",
        "turn on the beacon for now",
        "switch the beacon on for the night",
        "turn on the lamp for the bed room",
        "put the kettle on the list for the party",
        "play some jazz for dinner",
    ],
)
def test_lengths_places_people_and_what_nobody_knows_stay(said: str) -> None:
    assert PURPOSES.without(said) == said
