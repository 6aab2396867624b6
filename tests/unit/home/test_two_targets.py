"""Thermostats with two targets: they heat below one and cool above the other, and people name one temperature."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import ActError
from appliance.home import Registry
from appliance.messages import Action, Json, Publish
from tests.unit.home.announcements import announced, sent, the_entity

KEYS: dict[str, Json] = {
    "modes": ["off", "heat", "cool", "heat_cool"], "mode_stat_t": "t/mode", "mode_cmd_t": "t/mode/set", "min_temp": 10, "max_temp": 30,
    "temp_lo_stat_t": "t/low", "temp_lo_cmd_t": "t/low/set", "temp_hi_stat_t": "t/high", "temp_hi_cmd_t": "t/high/set",
}  # fmt: skip


def thermostat(mode: str = "", low: float | None = None, high: float | None = None, **keys: Json) -> Registry:
    registry = announced("climate", **(KEYS | keys))
    for topic, value in (("t/mode", mode), ("t/low", low), ("t/high", high)):
        if value is not None:
            registry.feed(topic, str(value).encode())
    return registry


def wish(registry: Registry, temperature: float) -> list[tuple[str, str]]:
    return sent(registry, the_entity(registry).id, "set_temperature", temperature=temperature)


def target(registry: Registry) -> Json:
    return the_entity(registry).attributes.get("temperature")


def test_both_targets_are_told_and_the_one_that_people_speak_of() -> None:
    registry = thermostat("heat_cool", 19, 24)
    attributes = the_entity(registry).attributes
    assert (attributes["target_temp_low"], attributes["target_temp_high"], attributes["temperature"]) == (19, 24, 21.5)
    registry.feed("t/mode", b"heat")
    assert target(registry) == 19
    registry.feed("t/mode", b"cool")
    assert target(registry) == 24


def test_the_one_that_counts_is_set() -> None:
    assert wish(thermostat("heat", 19, 24), 21) == [("t/low/set", "21")]
    assert wish(thermostat("cool", 19, 24), 22.5) == [("t/high/set", "22.5")]


def test_where_both_count_they_keep_their_distance_and_never_pass_each_other() -> None:
    assert wish(thermostat("heat_cool", 19, 23), 24) == [("t/high/set", "26"), ("t/low/set", "22")]
    assert wish(thermostat("heat_cool", 19, 23), 18) == [("t/low/set", "16"), ("t/high/set", "20")]
    assert wish(thermostat("heat_cool"), 20) == [("t/low/set", "19"), ("t/high/set", "21")], (
        "nothing is known of them yet"
    )


def test_one_target_alone_is_the_target() -> None:
    registry = thermostat("heat_cool", 19, temp_hi_cmd_t=None, temp_hi_stat_t=None)
    assert target(registry) == 19
    assert wish(registry, 21) == [("t/low/set", "21")]


def test_a_target_of_its_own_is_used() -> None:
    registry = thermostat("heat_cool", 19, 24, temp_cmd_t="t/set", temp_stat_t="t/target")
    registry.feed("t/target", b"22")
    assert target(registry) == 22
    assert wish(registry, 21) == [("t/set", "21")]


def test_targets_that_are_only_told_cannot_be_set() -> None:
    registry = thermostat("heat_cool", 19, 24, temp_lo_cmd_t=None, temp_hi_cmd_t=None)
    assert target(registry) == 21.5
    assert "set_temperature" not in (the_entity(registry).features or ())


def test_limits_hold() -> None:
    with pytest.raises(ActError, match="outside 10 to 30"):
        wish(thermostat("heat", 19, 24), 31)


def test_a_thermostat_in_fahrenheit_in_a_home_in_celsius() -> None:
    registry = thermostat("heat_cool", 68, 75.2, temp_unit="F", min_temp=50, max_temp=86)
    assert target(registry) == 22
    assert wish(registry, 20) == [("t/low/set", "64.4"), ("t/high/set", "71.6")]


@given(
    st.sampled_from(["heat", "cool", "heat_cool", "off", ""]), st.integers(10, 30), st.integers(10, 30),
    st.integers(20, 60).map(lambda half: half / 2),
)  # fmt: skip
def test_a_wish_that_is_carried_out_is_confirmed(mode: str, low: int, high: int, wanted: float) -> None:
    registry = thermostat(mode, min(low, high), max(low, high))
    entity = the_entity(registry)
    seen = registry.serial(entity.id)
    values = {"low": float(min(low, high)), "high": float(max(low, high))}
    for one in registry.encode(Action(entity.id, "set_temperature", {"temperature": wanted})):
        assert isinstance(one, Publish)
        bound = one.topic.split("/")[1]
        values[bound] = float(one.payload)
        if mode == "heat_cool":
            assert 10 <= values["low"] <= values["high"] <= 30
        registry.feed(f"t/{bound}", one.payload)
    assert registry.wait(entity.id, {"temperature": wanted}, 0, seen)[0]
