from __future__ import annotations

import pytest

from appliance.intents.lists.items import is_one_item, items


@pytest.mark.parametrize(
    ("text", "read", "things"),
    [
        ("oat milk", (), ("oat milk",)),
        ("a bulb for the desk lamp", ("bulb",), ("bulb for the desk lamp",)),
        ("mac and cheese and fish fingers", ("mac and cheese", "fish fingers"), ("mac and cheese", "fish fingers")),
        ("flour and yeast", (), ("flour", "yeast")),
        ("a kilo of onions, garlic and 3 lemons", ("kilo of onions", "garlic and 3 lemons"), ("kilo of onions", "garlic", "3 lemons")),
        ("the milk and the bread", ("milk and the bread",), ("milk", "bread")),
        ("cotton pads dryer sheets and soap", ("cotton pads", "sheets", "soap"), ("cotton pads", "dryer sheets", "soap")),
        ("eggs, and some butter too", ("eggs",), ("eggs", "butter")),
        ("knives to be sharpened", ("knives",), ("knives to be sharpened",)),
        ("the", (), ("the",)),
        ("", (), ()),
    ],
)  # fmt: skip
def test_things_for_a_list_are_whole(text: str, read: tuple[str, ...], things: tuple[str, ...]) -> None:
    assert items(text, read) == things


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("oat milk", True),
        ("call the plumber about the dripping tap", True),
        ("turn off the water main before winter", True),
        ("six packets of burgers and a lemon", False),
        ("milk, eggs", False),
        ("cotton pads dryer sheets", False),
    ],
)
def test_one_thing_is_known_as_one(text: str, one: bool) -> None:
    assert is_one_item(text) is one
