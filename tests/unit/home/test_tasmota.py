"""Tasmota: its own discovery, states and commands."""

from __future__ import annotations

import json

import pytest

from appliance.errors import ActError
from appliance.home import Registry
from appliance.messages import Json
from tests.unit.home.announcements import TASMOTA_PLUG, sent, the_entity

CONFIG = "tasmota/discovery/AABBCCDDEEFF/config"
SENSORS = "tasmota/discovery/AABBCCDDEEFF/sensors"


def device(**changes: Json) -> Registry:
    registry = Registry()
    assert registry.feed(CONFIG, json.dumps(TASMOTA_PLUG | changes).encode(), retain=True)
    return registry


def test_a_plug() -> None:
    registry = device()
    plug = the_entity(registry)
    assert (plug.id, plug.name, plug.origin, plug.state) == (
        "switch.coffee_maker",
        "Coffee maker",
        "tasmota",
        "unknown",
    )
    registry.feed("tele/plug7/LWT", b"Online")
    registry.feed("stat/plug7/RESULT", b'{"POWER":"ON"}')
    assert the_entity(registry).state == "on"
    registry.feed("tele/plug7/STATE", b'{"Time":"2026-01-01T00:00:00","POWER":"OFF","Wifi":{"RSSI":70}}')
    assert the_entity(registry).state == "off"
    registry.feed("tele/plug7/LWT", b"Offline")
    assert the_entity(registry).state == "unavailable"
    assert sent(registry, plug.id, "turn_on") == [("cmnd/plug7/POWER", "ON")]


def test_a_device_that_came_back_is_asked() -> None:
    registry = device()
    assert [(poll.topic, poll.payload) for poll in registry.polls()] == [("cmnd/plug7/STATE", b"")]
    for payload in (b"Offline", b"Online"):
        registry.feed("tele/plug7/LWT", payload)
    assert [poll.topic for poll in registry.polls()] == ["cmnd/plug7/STATE"]


def test_several_relays_have_their_own_names_and_commands() -> None:
    registry = device(rl=[1, 1, 0], fn=["Left socket", "Right socket"])
    left, right = registry.snapshot().entities
    assert (left.name, right.name) == ("Left socket", "Right socket")
    registry.feed("stat/plug7/RESULT", b'{"POWER2":"ON"}')
    assert [entity.state for entity in registry.snapshot().entities] == ["unknown", "on"]
    assert sent(registry, right.id, "turn_off") == [("cmnd/plug7/POWER2", "OFF")]


def test_a_light_with_colour() -> None:
    registry = device(rl=[2], lt_st=5, lk=1, fn=["Hall lamp"])
    light = the_entity(registry)
    assert light.features == frozenset({"turn_on", "turn_off", "brightness", "color", "color_temp"})
    registry.feed("stat/plug7/RESULT", b'{"POWER":"ON","Dimmer":40,"HSBColor":"120,100,40","CT":250}')
    light = the_entity(registry)
    assert (light.state, light.attributes["brightness"], light.attributes["rgb_color"]) == ("on", 102, (0, 255, 0))
    assert sent(registry, light.id, "turn_on", brightness=255) == [
        ("cmnd/plug7/Dimmer", "100"),
        ("cmnd/plug7/POWER", "ON"),
    ]
    assert sent(registry, light.id, "turn_on", rgb_color=[255, 0, 0])[0] == ("cmnd/plug7/Color2", "255,0,0")
    assert sent(registry, light.id, "turn_on", color_temp_kelvin=1000)[0] == ("cmnd/plug7/CT", "500")


def test_a_dimmer_has_no_colour() -> None:
    registry = device(rl=[2], lt_st=1, lk=1)
    with pytest.raises(ActError, match="no color"):
        sent(registry, "light.coffee_maker", "turn_on", rgb_color=[1, 2, 3])


def test_a_relay_may_be_declared_a_light() -> None:
    assert the_entity(device(so={"30": 1})).domain == "light"


@pytest.mark.parametrize(("options", "reported", "shown"), [([0], 30, 30), ([1], 30, 70)])
def test_a_shutter(options: list[int], reported: int, shown: int) -> None:
    registry = device(rl=[3, 3], fn=["Patio shutter"], sho=options)
    shutter = the_entity(registry)
    assert (shutter.id, shutter.device_class) == ("cover.patio_shutter", "shutter")
    registry.feed(
        "stat/plug7/RESULT", json.dumps({"Shutter1": {"Position": reported, "Direction": 1, "Target": 90}}).encode()
    )
    assert (the_entity(registry).state, the_entity(registry).attributes["current_position"]) == ("opening", shown)
    registry.feed("tele/plug7/SENSOR", json.dumps({"Shutter1": {"Position": reported, "Direction": 0}}).encode())
    assert the_entity(registry).state == "open"
    assert sent(registry, shutter.id, "set_position", position=shown) == [
        ("cmnd/plug7/ShutterPosition1", str(reported))
    ]
    assert sent(registry, shutter.id, "open") == [("cmnd/plug7/ShutterOpen1", "")]
    assert sent(registry, shutter.id, "stop") == [("cmnd/plug7/ShutterStop1", "")]


def test_sensors_come_with_the_second_message() -> None:
    registry = Registry()
    said = {
        "sn": {
            "Time": "x",
            "ENERGY": {"Total": 1.2, "Power": 5, "Period": 1},
            "AM2301": {"Temperature": 70, "Humidity": 4},
            "TempUnit": "F",
        }
    }
    assert not registry.feed(SENSORS, json.dumps(said).encode())
    registry.feed(CONFIG, json.dumps(TASMOTA_PLUG).encode())
    registry.feed("tele/plug7/SENSOR", b'{"ENERGY":{"Power":1200.5},"AM2301":{"Temperature":71.2}}')
    found = {entity.id: entity for entity in registry.snapshot().entities}
    assert found["sensor.coffee_maker_power"].state == "1200.5"
    temperature = found["sensor.coffee_maker_temperature"]
    assert (temperature.state, temperature.attributes["unit_of_measurement"]) == ("71.2", "°F")
    assert found["sensor.coffee_maker_humidity"].state == "unknown"
    registry.feed("stat/plug7/STATUS10", b'{"StatusSNS":{"AM2301":{"Humidity":41}}}')
    assert the_entity(registry, "sensor.coffee_maker_humidity").state == "41"
    registry.feed(SENSORS, b"")
    assert [entity.domain for entity in registry.snapshot().entities] == ["switch"]


def test_it_goes_with_an_empty_config() -> None:
    registry = device()
    registry.feed(CONFIG, b"")
    assert registry.snapshot().entities == ()
    assert registry.topics() == registry.discovery_topics()


def test_the_full_topic_is_composed() -> None:
    registry = device(ft="home/%topic%/%prefix%", t="k", tp=["c", "s", "t"], onln="here", ofln="away")
    assert {"home/k/s/RESULT", "home/k/t/STATE", "home/k/t/LWT"} < registry.topics()
    registry.feed("home/k/t/LWT", b"away")
    assert the_entity(registry).state == "unavailable"


def test_option_4_reports_on_the_command() -> None:
    registry = device(so={"4": 1})
    registry.feed("stat/plug7/POWER", b'{"POWER":"ON"}')
    assert the_entity(registry).state == "on"


@pytest.mark.parametrize(
    "changes",
    [
        {"tp": ["a"]}, {"tp": "abc"}, {"rl": 7}, {"rl": [1] * 99}, {"t": ""}, {"t": 5}, {"t": "a/#"}, {"ft": "%prefix%/\u0001/"},
        {"t": "x" * 300}, {"fn": 7, "dn": 8},
    ],
)  # fmt: skip
def test_hostile_configs_are_refused(changes: dict[str, Json]) -> None:
    registry = Registry()
    registry.feed(CONFIG, json.dumps(TASMOTA_PLUG | changes).encode())
    assert registry.snapshot().entities == ()
    assert registry.problems()


def test_a_device_cannot_command_ternd() -> None:
    registry = device(ft="%prefix%/ask/", tp=["ternd", "stat", "tele"])
    assert the_entity(registry).features == frozenset()
    assert registry.problems()


@pytest.mark.parametrize(
    "payload", [b"{", b"[]", b"7", b'{"POWER":{"a":1}}', b"\xff", b'{"Dimmer":"x"}', b'{"HSBColor":"1,2"}', b'{"CT":0}']
)
def test_strange_states_say_nothing(payload: bytes) -> None:
    registry = device(rl=[2], lt_st=5, lk=1)
    registry.feed("stat/plug7/RESULT", payload)
    assert the_entity(registry).state == "unknown"


@pytest.mark.parametrize(
    "topic", ["tasmota/discovery/x/config", "tasmota/discovery/AABBCCDDEEFF/other", "tasmota/discovery/AABBCCDDEEFF"]
)
def test_other_topics_are_refused(topic: str) -> None:
    registry = Registry()
    registry.feed(topic, json.dumps(TASMOTA_PLUG).encode())
    assert registry.snapshot().entities == ()
