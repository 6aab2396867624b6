"""Phrases for people."""

from __future__ import annotations

import pytest

from appliance.messages import COMMANDS, Action, Entity, Json
from appliance.resolver import describe
from appliance.resolver.speech import state_words, value_words


@pytest.mark.parametrize(
    ("command", "data", "said"),
    [
        ("turn_on", {}, "Lamp is on"),
        ("turn_on", {"brightness": 102}, "Lamp is at 40 percent"),
        ("turn_on", {"brightness": 1}, "Lamp is at 1 percent"),
        ("turn_on", {"color_temp_kelvin": 2700}, "Lamp is at 2700 kelvin"),
        ("turn_on", {"rgb_color": [255, 0, 0]}, "Lamp is red"),
        ("turn_on", {"rgb_color": [1, 2, 3]}, "Lamp is in its new colour"),
        ("turn_on", {"rgb_color": [0, 0, 255], "brightness": 102}, "Lamp is blue at 40 percent"),
        ("turn_on", {"color_temp_kelvin": 2700, "brightness": 102}, "Lamp is at 2700 kelvin and 40 percent"),
        ("set_position", {"position": 40}, "Lamp is at 40 percent"),
        ("set_temperature", {"temperature": 21.5}, "Lamp is set to 21.5 degrees"),
        ("volume_set", {"volume_level": 0.15}, "Lamp is at volume 15 percent"),
        ("set_hvac_mode", {"hvac_mode": "off"}, "Lamp is off"),
        ("set_hvac_mode", {"hvac_mode": "heat_cool"}, "Lamp is set to heat cool"),
        ("unlock", {}, "Lamp is unlocked"),
    ],
)
def test_describe(command: str, data: dict[str, Json], said: str) -> None:
    assert describe(Action("light.a", command, data), Entity("light.a", "Lamp")) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Garden lights", "are on"), ("Living room curtains", "are on"), ("Blinds left", "are on"), ("Lights switch", "is on"),
        ("Lamp", "is on"), ("Sonos", "is on"), ("Downstairs", "is on"), ("", "is on"),
    ],
)  # fmt: skip
def test_a_group_is_many(name: str, said: str) -> None:
    assert describe(Action("light.a", "turn_on"), Entity("light.a", name)) == f"{name} {said}"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_can_be_described(command: str) -> None:
    assert describe(Action("x.a", command), Entity("x.a", "Thing")).startswith("Thing is ")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [("21.50", "°C", "21.5 degrees"), ("1", "°C", "1 degree"), (47, "%", "47 percent"), ("1200", None, "1200"), ("cotton", None, "cotton"),
     (3, "furlongs", "3 furlongs"), ("inf", None, "inf"), ("nan", "W", "nan watts")],
)  # fmt: skip
def test_values(value: Json, unit: str | None, said: str) -> None:
    assert value_words(value, unit) == said


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        (Entity("binary_sensor.w", "W", device_class="window", state="on"), "open"),
        (Entity("binary_sensor.m", "M", device_class="motion", state="off"), "clear"),
        (Entity("binary_sensor.x", "X", state="on"), "on"),
        (Entity("person.a", "A", state="not_home"), "away"),
        (Entity("person.a", "A", state="Work"), "at Work"),
        (Entity("light.a", "A", state="unavailable"), "not reachable"),
        (Entity("light.a", "A"), "unknown"),
        (Entity("sensor.t", "T", state="4.2", attributes={"unit_of_measurement": "°C"}), "4.2 degrees"),
    ],
)
def test_states(entity: Entity, said: str) -> None:
    assert state_words(entity) == said
