"""Device trackers: what says where it is, and what only tells a position."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import config
from appliance.errors import ConfigError
from appliance.home import Location, Registry
from appliance.messages import Json
from appliance.opening import make_registry
from tests.unit.home.announcements import announce, the_entity

HOME = Location(52.5163, 13.3777, 100)
KEYS: dict[str, Json] = {"name": "Anna", "uniq_id": "anna", "src_type": "gps", "json_attr_t": "phone/anna"}


def tracker(location: Location | None = HOME, **keys: Json) -> Registry:
    registry = Registry(location=location)
    announce(registry, "homeassistant/device_tracker/anna/config", KEYS | keys)
    return registry


def tell(registry: Registry, **said: Json) -> str:
    registry.feed("phone/anna", json.dumps(said).encode())
    return the_entity(registry).state


def test_a_position_alone_says_who_is_at_home() -> None:
    registry = tracker()
    assert the_entity(registry).state == "unknown"
    assert tell(registry, latitude=52.5163, longitude=13.3777, gps_accuracy=5, battery=80) == "home"
    assert tell(registry, latitude=52.5263, longitude=13.3777) == "not_home", "1.1 km to the north"
    assert the_entity(registry).attributes["latitude"] == 52.5263


def test_a_vague_position_counts_for_home_within_bounds() -> None:
    near = {"latitude": 52.5163 + 150 / 111_195, "longitude": 13.3777}  # 150 m
    assert tell(tracker(), **near) == "not_home"
    assert tell(tracker(), **near, gps_accuracy=60) == "home"
    assert tell(tracker(), latitude=52.5263, longitude=13.3777, gps_accuracy=5000) == "not_home"


@pytest.mark.parametrize(
    "said",
    [
        {}, {"latitude": 1}, {"latitude": True, "longitude": 1}, {"latitude": "52", "longitude": "13"},
        {"latitude": 91, "longitude": 0}, {"latitude": float("nan"), "longitude": 0},
    ],
)  # fmt: skip
def test_what_is_no_position_says_nothing(said: dict[str, Json]) -> None:
    registry = tracker()
    tell(registry, latitude=52.5163, longitude=13.3777)
    assert tell(registry, **said) == "home"
    for payload in (b"", b"[]", b"7", b"\xff", b"{"):
        registry.feed("phone/anna", payload)
    assert the_entity(registry).state == "home"


def test_who_says_where_it_is_is_believed() -> None:
    registry = tracker(stat_t="phone/anna/where")
    registry.feed("phone/anna/where", b"work")
    assert tell(registry, latitude=52.5163, longitude=13.3777) == "work"


def test_a_template_may_take_the_position_out_of_more() -> None:
    registry = tracker(json_attr_tpl="{{ value_json.pos | tojson }}")
    assert tell(registry, pos={"latitude": 52.5163, "longitude": 13.3777}) == "home"


def test_without_a_place_of_the_home_it_is_said_what_is_missing() -> None:
    registry = tracker(None)
    assert tell(registry, latitude=52.5163, longitude=13.3777) == "unknown"
    [problem] = registry.problems()
    assert "[home] latitude" in problem.reason


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_on_earth_is_near_itself_and_no_distance_fails(a: float, b: float, c: float, d: float) -> None:
    assert Location(a, b, 10).state(a, b) == "home"
    assert Location(a, b, 10).state(c, d) == Location(c, d, 10).state(a, b)


def test_across_the_date_line() -> None:
    assert Location(0, 179.9999, 100).state(0, -179.9999) == "home"


def test_the_configuration_says_where_home_is() -> None:
    registry = make_registry(config.parse("[home]\nlatitude = 52.5163\nlongitude = 13.3777\nradius_m = 50\n", "test"))
    announce(registry, "homeassistant/device_tracker/anna/config", KEYS)
    assert tell(registry, latitude=52.5163, longitude=13.3777) == "home"
    for half in ("latitude = 1", "longitude = 1", "latitude = 91\nlongitude = 1"):
        with pytest.raises(ConfigError, match="home"):
            config.parse(f"[home]\n{half}\n", "test")
