"""The home file: strict reading with helpful errors, and writing that reads back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import HomeError
from appliance.home import dump_home, load_home, parse_home
from appliance.messages import Area, Entity, Floor, Home

EXAMPLE = """
floors:   [{id: ground, name: Ground Floor, level: 0}]
areas:    [{id: kitchen, name: Kitchen, floor: ground, aliases: [cooking room]}]
entities:
  - {id: light.kitchen_ceiling, name: Kitchen ceiling, area: kitchen, state: "on", aliases: [big light], attributes: {brightness: 128}}
  - {id: switch.fan_plug, state: off}
  - {id: climate.hall, name: Hall, state: heat, attributes: {hvac_modes: [off, heat], temperature: 20.5}, features: [set_temperature]}
"""


def test_reads_floors_areas_and_entities(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(EXAMPLE)
    home = load_home(path)
    assert home.floors == (Floor("ground", "Ground Floor", (), 0),)
    assert home.areas == (Area("kitchen", "Kitchen", ("cooking room",), "ground"),)
    light, plug, hall = home.entities
    assert (light.name, light.state, light.attributes["brightness"]) == ("Kitchen ceiling", "on", 128)
    assert (plug.name, plug.state, plug.features) == ("Fan plug", "off", None)
    assert hall.attributes["hvac_modes"] == ["off", "heat"]
    assert hall.features == frozenset({"set_temperature"})


@pytest.mark.parametrize(
    ("written", "read"), [("on", "on"), ("off", "off"), ("yes", "on"), ("21.5", "21.5"), ("3", "3"), ('"on"', "on")]
)
def test_states_are_texts_whatever_yaml_makes_of_them(written: str, read: str) -> None:
    assert parse_home(f"entities: [{{id: switch.a, state: {written}}}]").home.entities[0].state == read


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("entitys: []", "entitys.*did you mean 'entities'"),
        ("entities: [{id: light.a, arae: x}]", "light.a.*'arae'.*did you mean 'area'"),
        ("areas: [{id: kitchen}]\nentities: [{id: light.a, area: kichen}]", "'kichen'.*did you mean 'kitchen'"),
        ("areas: [{id: a, floor: nowhere}]", "floor.*nowhere"),
        (
            "entities:\n- {id: light.a}\n- id: light.b\n  stat: x",
            r"entry 2 \(light\.b\), line 3: .*did you mean 'state'",
        ),
        ("entities: [{id: light.a}, {id: light.a}]", "used twice"),
        ("areas: [{id: a}, {id: a}]", "used twice"),
        ("entities: [{id: light.a, id: light.b}]", "stands twice"),
        ("entities: [{id: Light.A}]", "must be like"),
        ("entities: [{id: light}]", "must be like"),
        ("entities: [{name: x}]", "must be like"),
        ("entities: {id: light.a}", "must be a list"),
        ("entities: [7]", "must be a mapping"),
        ("[1, 2]", "must be a mapping"),
        ("entities: [{id: light.a, aliases: lamp}]", "list of texts"),
        ("entities: [{id: light.a, attributes: {when: 2020-01-01}}]", "quotes"),
        ("entities: [{id: light.a, attributes: {1: x}}]", "texts"),
        ("entities: [{id: light.a, state: .nan}]", "finite"),
        ("entities: [{id: light.a, state: [on]}]", "text or a number"),
        ("entities: [{id: light.a, features: [turn_onn]}]", "did you mean 'turn_on'"),
        ("floors: [{id: a, level: high}]", "whole number"),
        ("temperature_unit: kelvin", "kelvin"),
        ("entities: [", "not valid YAML.*line"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("entities: !!python/object/apply:os.system [ls]", "not valid YAML"),
        ("entities: " + "[" * 5000, "not valid YAML|nested"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, complaint: str) -> None:
    with pytest.raises(HomeError, match=f"(?s){complaint}"):
        parse_home(text)


def test_errors_of_files_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    with pytest.raises(HomeError, match=r"home\.yaml.*cannot be read"):
        load_home(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HomeError, match="UTF-8"):
        load_home(path)
    path.write_text("x: 1")
    with pytest.raises(HomeError, match=r"home\.yaml: the file: unknown key"):
        load_home(path)


def test_an_empty_file_is_an_empty_home() -> None:
    assert parse_home("").home.entities == ()


def test_mqtt_keys_are_kept_apart() -> None:
    text = "entities: [{id: switch.pump, mqtt: {command_topic: pump/set, state_topic: pump/state}}]"
    assert parse_home(text).mqtt == {"switch.pump": {"command_topic": "pump/set", "state_topic": "pump/state"}}


_NAMES = st.text(min_size=1, max_size=20).map(str.strip).filter(bool)
_ENTITIES = st.builds(
    Entity,
    id=st.from_regex(r"(light|switch|cover)\.[a-z0-9_]{1,12}", fullmatch=True),
    name=_NAMES.filter(lambda name: name.isprintable()),
    aliases=st.lists(_NAMES.filter(lambda name: name.isprintable()), max_size=2).map(tuple),
    state=st.sampled_from(["on", "off", "yes", "null", "~", "21.5", "1e3", "unknown", "012", "open", "a: b", "#x"]),
    attributes=st.dictionaries(
        _NAMES.filter(lambda name: name.isprintable()),
        st.integers() | st.booleans() | st.floats(-1e6, 1e6) | st.lists(st.integers(), max_size=3),
        max_size=3,
    ),
    features=st.none() | st.frozensets(st.sampled_from(["turn_on", "turn_off", "brightness"])),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_ENTITIES, max_size=4, unique_by=lambda entity: entity.id))
def test_what_is_written_reads_back(entities: list[Entity]) -> None:
    areas = (Area("kitchen", "Kitchen", ("cook",), "ground"),)
    home = Home((Floor("ground", "Ground", (), 0),), areas, tuple(entities), structure=1, temperature_unit="fahrenheit")
    assert parse_home(dump_home(home)).home == home


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        file = parse_home(text)
    except HomeError:
        return
    assert parse_home(dump_home(file.home)).home == file.home
