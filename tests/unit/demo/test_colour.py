from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.demo import colour


@pytest.mark.parametrize(
    ("rgb", "xy"),
    [
        ((255, 0, 0), (0.64, 0.33)),  # the corners of sRGB
        ((0, 255, 0), (0.3, 0.6)),
        ((0, 0, 255), (0.15, 0.06)),
        ((255, 255, 255), (0.3127, 0.329)),
        ((0, 0, 0), (0.3127, 0.329)),
    ],
)
def test_rgb_to_xy_meets_the_corners_of_srgb(rgb: tuple[int, int, int], xy: tuple[float, float]) -> None:
    assert colour.rgb_to_xy(*rgb) == pytest.approx(xy, abs=0.0005)


def test_hue_and_saturation() -> None:
    assert colour.hs_to_rgb(0, 100) == (255, 0, 0)
    assert colour.hs_to_rgb(240, 100) == (0, 0, 255)
    assert colour.hs_to_rgb(120, 0) == (255, 255, 255)
    assert colour.hsb_to_rgb(60, 100, 50) == (128, 128, 0)


@given(st.integers(0, 359), st.integers(50, 100), st.integers(50, 100))
def test_hsb_survives_the_way_over_rgb(hue: int, saturation: int, brightness: int) -> None:
    back = colour.rgb_to_hsb(*colour.hsb_to_rgb(hue, saturation, brightness))
    assert min(abs(back[0] - hue), 360 - abs(back[0] - hue)) <= 2
    assert back[1:] == pytest.approx((saturation, brightness), abs=1)


@pytest.mark.parametrize(("text", "rgb"), [("#ff8000", (255, 128, 0)), ("FF8000", (255, 128, 0))])
def test_parse_hex(text: str, rgb: tuple[int, int, int]) -> None:
    assert colour.parse_hex(text) == rgb


@given(st.text(max_size=8))
def test_parse_hex_takes_anything(text: str) -> None:
    rgb = colour.parse_hex(text)
    assert rgb is None or all(0 <= channel <= 255 for channel in rgb)
