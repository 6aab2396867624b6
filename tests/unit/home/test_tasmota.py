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
    registry.feed(CONFIG, json.dumps(TASMOTA_PLUG | changes).encode(), retain=True)
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


@pytest.mark.parametrize(("options", "reported", "shown", "up"), [([0], 30, 30, 1), ([1], 30, 70, -1)])
def test_a_shutter(options: list[int], reported: int, shown: int, up: int) -> None:
    registry = device(rl=[3, 3], fn=["Patio shutter"], sho=options)
    shutter = the_entity(registry)
    assert (shutter.id, shutter.device_class) == ("cover.patio_shutter", "shutter")
    registry.feed(
        "stat/plug7/RESULT", json.dumps({"Shutter1": {"Position": reported, "Direction": up, "Target": 90}}).encode()
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


# --- topics


def test_a_full_topic_without_prefix_keeps_commands_apart_from_reports() -> None:
    registry = device(ft="home/%topic%/")
    registry.feed("home/plug7/RESULT", b'{"POWER":"ON"}')
    assert the_entity(registry).state == "on"
    assert sent(registry, "switch.coffee_maker", "turn_off") == [("home/plug7/cmnd/POWER", "OFF")]


def test_a_full_topic_cannot_listen_to_requests() -> None:
    registry = device(ft="%prefix%/%topic%/", tp=["cmnd", "ternd", "tele"], so={"4": 1})
    assert registry.snapshot().entities == ()
    assert "requests" in registry.problems()[0].reason


def test_option_4_answers_every_command_under_its_own_name() -> None:
    registry = device(rl=[2], lt_st=5, lk=1, so={"4": 1})
    registry.feed("stat/plug7/POWER", b'{"POWER":"ON"}')
    registry.feed("stat/plug7/POWER", b"ON")
    registry.feed("stat/plug7/DIMMER", b'{"POWER":"ON","Dimmer":20}')
    registry.feed("stat/plug7/CT", b'{"CT":250}')
    light = the_entity(registry)
    assert (light.state, light.attributes["brightness"], light.attributes["color_temp_kelvin"]) == ("on", 51, 4000)


def test_an_esp32_may_have_many_relays() -> None:
    registry = device(rl=[1] * 40, fn=[])
    assert len(registry.snapshot().entities) == 40
    assert sent(registry, "switch.plug_7_40", "turn_on") == [("cmnd/plug7/POWER40", "ON")]


# --- lights


def test_the_least_brightness_is_not_off() -> None:
    registry = device(rl=[2], lt_st=1, lk=1)
    assert sent(registry, "light.coffee_maker", "turn_on", brightness=1)[0] == ("cmnd/plug7/Dimmer", "1")
    assert sent(registry, "light.coffee_maker", "turn_on", brightness=0) == [("cmnd/plug7/POWER", "OFF")]


# --- names


def test_a_relay_also_goes_by_the_name_of_its_device_and_its_own() -> None:
    registry = device(dn="Kitchen strip", rl=[1, 1], fn=["Left", "Kitchen strip right"])
    left, right = registry.snapshot().entities
    assert (left.name, left.aliases) == ("Left", ("Kitchen strip Left",))
    assert (right.name, right.aliases) == ("Kitchen strip right", ())
    assert the_entity(device(dn="Tasmota", fn=["Lamp"])).aliases == (), "nobody has named that device"


def test_shutters_without_names_are_counted_as_shutters() -> None:
    registry = device(dn="Patio", rl=[3, 3, 3, 3], fn=[])
    assert [entity.name for entity in registry.snapshot().entities] == ["Patio 1", "Patio 2"]
    assert the_entity(device(dn="Patio", rl=[3, 3], fn=[])).name == "Patio"


def test_a_switch_whose_name_cannot_be_spoken_is_heard_under_it_all_the_same() -> None:
    registry = device(rl=[], swc=[1], swn=["→→"])
    assert the_entity(registry).name == "Plug 7 switch 1"
    registry.feed("stat/plug7/RESULT", '{"→→":{"Action":"ON"}}'.encode())
    assert the_entity(registry).state == "on"


# --- shutters


def test_slats() -> None:
    registry = device(rl=[3, 3], fn=["Blind"], sho=[0], sht=[[-90, 90, 10]])
    registry.feed("stat/plug7/RESULT", b'{"Shutter1":{"Position":100,"Direction":0,"Target":100,"Tilt":0}}')
    assert the_entity(registry).attributes["current_tilt_position"] == 50
    assert sent(registry, "cover.blind", "set_tilt", tilt_position=25) == [("cmnd/plug7/ShutterTilt1", "-45")]
    for none in ([], [[0, 0, 0]], [[90, 90, 5]], [7], [["a", "b", "c"]]):
        assert "set_tilt" not in (the_entity(device(rl=[3, 3], sht=none)).features or ())


# --- sensors


def sensors(said: dict[str, Json], **changes: Json) -> Registry:
    registry = device(**changes)
    registry.feed(SENSORS, json.dumps({"sn": said, "ver": 1}).encode(), retain=True)
    return registry


def states(registry: Registry) -> dict[str, str]:
    return {entity.name: entity.state for entity in registry.snapshot().entities if entity.domain == "sensor"}


def test_a_meter_of_two_phases() -> None:
    registry = sensors({"ENERGY": {"Total": 1.5, "Power": [0, 0], "Voltage": 230}}, rl=[1, 1], fn=["Pump", "Fan"])
    registry.feed("tele/plug7/SENSOR", b'{"ENERGY":{"Total":1.5,"Power":[40,60],"Voltage":230}}')
    assert states(registry) == {
        "Plug 7 energy": "1.5", "Plug 7 1 power": "40", "Plug 7 2 power": "60", "Plug 7 voltage": "230",
    }  # fmt: skip
    registry.feed("tele/plug7/SENSOR", b'{"ENERGY":{"Power":70}}')
    assert states(registry)["Plug 7 1 power"] == "70", "a single value is that of the first"
    assert states(registry)["Plug 7 2 power"] == "60"


def test_two_sensors_of_a_kind_are_told_apart() -> None:
    said = {
        "DS18B20-1": {"Id": "0", "Temperature": None},
        "DS18B20-2": {"Id": "1", "Temperature": 4},
        "BME280": {"Humidity": 3},
    }
    registry = sensors(said, dn="Cellar", rl=[])
    registry.feed("tele/plug7/SENSOR", b'{"DS18B20-1":{"Temperature":21.5},"DS18B20-2":{"Temperature":-3}}')
    assert states(registry) == {
        "Cellar DS18B20 1 temperature": "21.5", "Cellar DS18B20 2 temperature": "-3", "Cellar humidity": "unknown",
    }  # fmt: skip


def test_analog_inputs_are_counted_by_their_pins() -> None:
    said = {
        "ANALOG": {
            "Temperature1": 20,
            "Temperature2": 21,
            "Illuminance": 7,
            "CTEnergy1": {"Power": 5, "Range": 1},
            "A0": 3,
        }
    }
    registry = sensors(said, dn="Barn", rl=[])
    registry.feed("tele/plug7/SENSOR", b'{"ANALOG":{"Temperature1":20,"Temperature2":22,"CTEnergy1":{"Power":2300}}}')
    assert states(registry) == {
        "Barn 1 temperature": "20", "Barn 2 temperature": "22", "Barn illuminance": "unknown", "Barn power": "2300",
    }  # fmt: skip


def test_the_chip_of_the_board_is_no_thermometer() -> None:
    registry = sensors(
        {"ESP32": {"Temperature": 53}, "SHT3X": {"Temperature": 20}, "AS3935": {"Distance": 12}}, dn="Hall", rl=[]
    )
    assert list(states(registry)) == ["Hall temperature"]
    assert [hidden.reason for hidden in registry.hidden()] == ["the temperature of its own processor"]
    registry.feed(SENSORS, b"")
    registry.feed(CONFIG, b"")
    assert registry.hidden() == ()


@pytest.mark.parametrize(
    ("said", "unit"), [("mmHg", "mmHg"), ("inHg", "inHg"), ("hPa", "hPa"), (None, "hPa"), (7, "hPa"), (["hPa"], "hPa")]
)
def test_the_unit_of_pressure(said: Json, unit: str) -> None:
    registry = sensors({"BMP280": {"Pressure": 760}, "PressureUnit": said}, rl=[])
    assert the_entity(registry).attributes["unit_of_measurement"] == unit


def test_what_sleeps_is_there_although_its_last_will_says_that_it_went() -> None:
    registry = sensors({"SHT3X": {"Temperature": 4}}, dn="Garden", rl=[], dslp=1, bat=1)
    registry.feed("tele/plug7/LWT", b"Online")
    registry.feed("tele/plug7/SENSOR", b'{"SHT3X":{"Temperature":4.5}}')
    registry.feed("tele/plug7/STATE", b'{"BatteryPercentage":61}')
    registry.feed("tele/plug7/LWT", b"Offline")
    assert states(registry) == {"Garden battery": "61", "Garden temperature": "4.5"}


@pytest.mark.parametrize(
    "said",
    [
        {"A" * 999: {"Temperature": 1}}, {"x": {"Temperature": {"Temperature": {"Temperature": 1}}}}, {"x": {"Power": [[1], {"a": 1}]}},
        {"x": {"Power": list(range(9999))}}, {"\ud800": {"Power": 1}}, {"ANALOG": {"": 1, "123": 2}}, {"x": {"Power": True}},
    ],
)  # fmt: skip
def test_strange_sensors_cost_nothing(said: dict[str, Json]) -> None:
    registry = sensors(said)
    assert not [problem for problem in registry.problems() if "not foreseen" in problem.reason]
    assert len(registry.snapshot().entities) <= 65
    registry.feed("tele/plug7/SENSOR", json.dumps(said).encode())
    for entity in registry.snapshot().entities:
        entity.name.encode()


# --- what changes


def test_a_device_with_a_new_topic_is_heard_and_commanded_there() -> None:
    registry = device()
    registry.feed("stat/plug7/RESULT", b'{"POWER":"ON"}')
    registry.feed(CONFIG, json.dumps(TASMOTA_PLUG | {"t": "plug8", "fn": ["Tea maker"]}).encode(), retain=True)
    plug = the_entity(registry)
    assert (plug.name, plug.state) == ("Tea maker", "on")
    assert sent(registry, plug.id, "turn_on") == [("cmnd/plug8/POWER", "ON")]
    registry.feed("stat/plug7/RESULT", b'{"POWER":"OFF"}')
    assert the_entity(registry).state == "on"


def test_a_problem_goes_with_what_was_wrong_whichever_message_mends_it() -> None:
    registry = Registry()
    registry.feed(CONFIG, json.dumps(TASMOTA_PLUG | {"tp": 7}).encode())
    registry.feed(SENSORS, b'{"sn":{"ENERGY":{"Power":1}}}')
    assert [problem.topic for problem in registry.problems()] == ["tasmota/discovery/AABBCCDDEEFF"]
    registry.feed(CONFIG, json.dumps(TASMOTA_PLUG).encode())
    assert registry.problems() == ()
    assert len(registry.snapshot().entities) == 2
