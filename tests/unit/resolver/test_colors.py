"""Colours in answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from appliance.messages import Area, Call, Entity, Home, Json, Target
from appliance.resolver import Resolver
from appliance.resolver.colors import nearest


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ((255, 0, 0), "red"),
        ((90, 0, 0), "red"),
        ((0, 255, 0), "green"),
        ((0, 100, 0), "green"),
        ((20, 30, 240), "blue"),
        ((255, 160, 20), "orange"),
        ((250, 248, 240), "white"),
        ((120, 0, 130), "purple"),
        ([0, 0, 0], None),
        ([255, 0], None),
        (["red", 0, 0], None),
        ([True, 0, 0], None),
    ],
)
def test_the_nearest_everyday_name(color: Sequence[object], name: str | None) -> None:
    assert nearest(color) == name


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"brightness": 128, "rgb_color": (255, 0, 0)}, "Strip is red."),
        ({"brightness": 128, "rgb_color": (255, 0, 0), "color_mode": "rgb"}, "Strip is red."),
        ({"rgb_color": (255, 166, 87), "color_mode": "color_temp", "color_temp_kelvin": 2700}, "Strip is white at 2700 kelvin."),
        ({"brightness": 128, "rgb_color": "red"}, "Strip is on at 50 percent."),
        ({"brightness": 128}, "Strip is on at 50 percent."),
    ],
)  # fmt: skip
def test_a_question_for_a_colour_is_answered_with_it(attributes: Mapping[str, Json], said: str) -> None:
    home = Home(
        areas=(Area("byre", "Byre"),),
        entities=(Entity("light.strip", "Strip", area="byre", state="on", attributes=attributes),),
    )
    steps, _ = Resolver().decide(
        [Call("GetState", Target(name="strip"), values={"ask": "one"})], home, text="what colour is the strip"
    )
    assert [step.answer for step in steps] == [said]
