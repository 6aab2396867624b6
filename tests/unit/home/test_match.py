"""Whether a report shows what was wanted, and the colours it may show it in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.home.colors import hs_to_rgb, kelvin_to_mired, mired_to_kelvin, rgb_to_hs, rgb_to_xy, xy_to_rgb
from appliance.home.match import matches
from appliance.messages import Json


@pytest.mark.parametrize(
    ("expect", "report", "same"),
    [
        ({"state": "on"}, {"state": "on"}, True),
        ({"state": "on"}, {"state": "off"}, False),
        ({"state": "on"}, {"state": "unavailable"}, False),
        ({"state": "on", "brightness": 128}, {"state": "on", "brightness": 126}, True),
        ({"state": "on", "brightness": 128}, {"state": "on", "brightness": 120}, False),
        ({"state": "on", "brightness": 128}, {"state": "on"}, False),
        ({"position": 40}, {"state": "open", "current_position": 41}, True),
        ({"current_position": 40}, {"state": "open", "current_position": 60}, False),
        ({"percentage": 50}, {"state": "on", "percentage": 66, "percentage_step": 33.33}, True),
        ({"percentage": 50}, {"state": "on", "percentage": 100, "percentage_step": 33.33}, False),
        ({"temperature": 21.5}, {"state": "heat", "temperature": 21.5}, True),
        ({"temperature": 21.5}, {"state": "heat", "temperature": 21.0}, False),
        ({"temperature": 21.3}, {"state": "heat", "temperature": 21.5, "target_temp_step": 0.5}, True),
        ({"temperature": 22}, {"state": "heat", "temperature": 21.5, "target_temp_step": 0.5}, False),
        ({"color_temp_kelvin": 2700}, {"state": "on", "color_temp_kelvin": 2703}, True),
        ({"color_temp_kelvin": 2700}, {"state": "on", "color_temp_kelvin": 4000}, False),
        ({"rgb_color": [255, 0, 0]}, {"state": "on", "rgb_color": (250, 3, 0), "hs_color": (0.7, 100)}, True),
        ({"rgb_color": [255, 165, 0]}, {"state": "on", "rgb_color": (255, 130, 0), "hs_color": (40, 98)}, True),
        ({"rgb_color": [255, 0, 0]}, {"state": "on", "rgb_color": (0, 0, 255), "hs_color": (240, 100)}, False),
        ({"rgb_color": [255, 0, 0]}, {"state": "on"}, False),
        ({"oscillating": True}, {"state": "on", "oscillating": True}, True),
        ({"oscillating": True}, {"state": "on", "oscillating": 1}, False),
        ({"state": "5"}, {"state": "5.0"}, True),
        ({"hvac_mode": "heat"}, {"state": "heat"}, True),
        ({"preset_mode": None}, {"state": "on", "preset_mode": None}, True),
        ({}, {"state": "on"}, True),
    ],
)
def test_matches(expect: dict[str, Json], report: dict[str, Json], same: bool) -> None:
    assert matches(expect, report) is same


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_colours_survive_the_way_through_hue_and_xy(rgb: tuple[int, int, int]) -> None:
    full = hs_to_rgb(rgb_to_hs(rgb))
    if max(rgb) == 0:
        assert full == (255, 255, 255)
        return
    brightest = tuple(round(part * 255 / max(rgb)) for part in rgb)
    assert all(abs(one - other) <= 3 for one, other in zip(full, brightest, strict=True))
    if max(rgb) == 255:
        assert all(abs(one - other) <= 12 for one, other in zip(xy_to_rgb(rgb_to_xy(rgb)), rgb, strict=True))


def test_known_points() -> None:
    assert rgb_to_xy((255, 255, 255)) == (0.3127, 0.329)
    assert rgb_to_xy((0, 0, 0)) == (0.3127, 0.329)
    assert (kelvin_to_mired(4000), mired_to_kelvin(250)) == (250, 4000)
    with pytest.raises(ValueError, match="positive"):
        mired_to_kelvin(0)
