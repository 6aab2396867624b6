"""Things told only beside the one before in the same sentence."""

from __future__ import annotations

import pytest

from appliance.messages import Entity, Home
from appliance.plainly.elided import Elided
from appliance.plainly.pieces import Pieces

NAMES = {
    "cover": ("Blackout blind", "Street blind", "Left barn shutter", "Right barn shutter"),
    "climate": ("Study stove", "Ida's stove", "Nils's stove"),
    "light": ("Lamp 1", "Lamp 2", "Ida's side", "Nils's side", "Blackout lamp"),
    "fan": ("East bath fan", "West bath fan"),
}
HOME = Home(
    entities=tuple(Entity(f"{domain}.n{at}", name) for domain, names in NAMES.items() for at, name in enumerate(names))
)
ELIDED = Elided(Pieces(HOME))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("raise the blackout blind and shut the street one", "raise the blackout blind and shut the Street blind"),
        ("turn the study stove up to 22 and Ida's down to 20", "turn the study stove up to 22 and Ida's stove down to 20"),
        ("set Ida's stove to 20 and Nils's to 18.5", "set Ida's stove to 20 and Nils's stove to 18.5"),
        ("Ida's side on and Nils's off", "Ida's side on and Nils's side off"),
        ("turn the east bath fan on and the west one off", "turn the east bath fan on and the West bath fan off"),
        ("open the left barn shutter and close the right one", "open the left barn shutter and close the Right barn shutter"),
        ("Ida's side green and Nils's red", "Ida's side green and Nils's side red"),
        ("turn on lamp 1 and turn 2 off", "turn on lamp 1 and turn Lamp 2 off"),
        ("lamp 1 blue and 2 green", "lamp 1 blue and Lamp 2 green"),
        ("lamp 1 to 20 and 2 to 40", "lamp 1 to 20 and Lamp 2 to 40"),
        ("turn lamp 1 off and 2 on", "turn lamp 1 off and Lamp 2 on"),
    ],
)  # fmt: skip
def test_has_its_whole_name(said: str, meant: str) -> None:
    assert ELIDED.put(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "shut the street one",
        "raise the blackout blind and shut the other one",
        "raise the blackout blind and shut that one",
        "raise the blackout blind and shut the kitchen one",
        "turn on lamp 1 and open the street one",
        "lamp 1 on, one and 2 off",
        "set lamp 1 to 20 and 2 minutes later off",
        "raise the blackout blind, it's Ida's turn",
    ],
)
def test_stays_as_it_is_where_no_name_comes_of_it(said: str) -> None:
    assert ELIDED.put(said) == said
