"""Discovery: announcements of the known programs, abbreviations, removal, and hostile payloads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.home import CommandTopics, Registry
from appliance.home.announcements import MAX_TOPICS
from appliance.home.discovery import BUILDERS, MAX_ANNOUNCEMENT, parse_discovery
from appliance.messages import Json
from tests.unit.home.announcements import (
    DEVICE_FORM,
    ESPHOME_FAN,
    GATEWAY_SENSOR,
    ZIGBEE_BLIND,
    ZIGBEE_CHILD_LOCK,
    ZIGBEE_CONTACT,
    ZIGBEE_LIGHT,
    ZIGBEE_THERMOSTAT,
    ZWAVE_DIMMER,
    announce,
    sent,
    the_entity,
)


def test_a_zigbee2mqtt_light() -> None:
    registry = Registry()
    assert announce(registry, "homeassistant/light/0x00158d0001a2b3c4/light/config", ZIGBEE_LIGHT)
    light = the_entity(registry)
    assert (light.id, light.name, light.area, light.origin) == (
        "light.kitchen_ceiling",
        "Kitchen ceiling",
        "kitchen",
        "zigbee2mqtt",
    )
    assert light.features == frozenset({"turn_on", "turn_off", "brightness", "color", "color_temp"})
    assert (light.attributes["min_color_temp_kelvin"], light.attributes["max_color_temp_kelvin"]) == (2203, 4000)
    assert {"zigbee2mqtt/Kitchen ceiling", "zigbee2mqtt/bridge/state"} < registry.topics()
    registry.feed(
        "zigbee2mqtt/Kitchen ceiling", b'{"state":"ON","brightness":127,"color_mode":"color_temp","color_temp":370}'
    )
    light = the_entity(registry)
    assert (light.state, light.attributes["brightness"], light.attributes["color_temp_kelvin"]) == ("on", 128, 2703)
    registry.feed("zigbee2mqtt/bridge/state", b'{"state":"online"}')
    assert the_entity(registry).state == "on"
    registry.feed("zigbee2mqtt/Kitchen ceiling/availability", b'{"state":"offline"}')
    assert the_entity(registry).state == "unavailable"
    registry.feed("zigbee2mqtt/Kitchen ceiling/availability", b'{"state":"online"}')
    assert the_entity(registry).state == "on"
    topic = "zigbee2mqtt/Kitchen ceiling/set"
    assert sent(registry, light.id, "turn_off") == [(topic, '{"state": "OFF"}')]
    assert sent(registry, light.id, "turn_on", brightness=128) == [(topic, '{"state": "ON", "brightness": 127}')]
    assert sent(registry, light.id, "turn_on", color_temp_kelvin=2700) == [
        (topic, '{"state": "ON", "color_temp": 370}')
    ]
    assert sent(registry, light.id, "turn_on", rgb_color=[255, 0, 0]) == [
        (topic, '{"state": "ON", "color": {"x": 0.64, "y": 0.33}}')
    ]


def test_silent_zigbee_devices_are_asked_once() -> None:
    registry = Registry()
    announce(registry, "homeassistant/light/0x1/light/config", ZIGBEE_LIGHT)
    assert [(poll.topic, poll.payload) for poll in registry.polls()] == [
        ("zigbee2mqtt/Kitchen ceiling/get", b'{"state": ""}')
    ]
    assert not registry.polls()
    announce(registry, "homeassistant/light/0x1/light/config", ZIGBEE_LIGHT | {"max_mireds": 500})
    registry.feed("zigbee2mqtt/Kitchen ceiling", b'{"state":"ON"}')
    assert not registry.polls()


def test_a_zigbee2mqtt_contact_is_on_when_open() -> None:
    registry = Registry()
    announce(registry, "homeassistant/binary_sensor/0x2/contact/config", ZIGBEE_CONTACT)
    assert the_entity(registry).name == "Hall window"
    for payload, state in ((b'{"contact":false}', "on"), (b'{"contact":true}', "off"), (b'{"battery":9}', "off")):
        registry.feed("zigbee2mqtt/Hall window", payload)
        assert the_entity(registry).state == state


def test_a_zigbee2mqtt_thermostat() -> None:
    registry = Registry()
    announce(registry, "homeassistant/climate/0x3/climate/config", ZIGBEE_THERMOSTAT)
    registry.feed(
        "zigbee2mqtt/Bedroom radiator",
        b'{"system_mode":"heat","occupied_heating_setpoint":21.5,"local_temperature":19.8,"running_state":"heat"}',
    )
    radiator = the_entity(registry)
    assert radiator.state == "heat"
    wanted = {"temperature": 21.5, "current_temperature": 19.8, "hvac_action": "heating", "min_temp": 5, "max_temp": 30}
    assert wanted.items() <= dict(radiator.attributes).items()
    base = "zigbee2mqtt/Bedroom radiator/set"
    assert sent(registry, radiator.id, "set_temperature", temperature=22) == [
        (f"{base}/occupied_heating_setpoint", "22")
    ]
    assert sent(registry, radiator.id, "set_hvac_mode", hvac_mode="off") == [(f"{base}/system_mode", "off")]


def test_a_zigbee2mqtt_blind() -> None:
    registry = Registry()
    announce(registry, "homeassistant/cover/0x4/cover/config", ZIGBEE_BLIND)
    for payload, state, position in (
        (b'{"position":40,"state":"OPEN","moving":"UP"}', "opening", 40),
        (b'{"position":60,"state":"OPEN","moving":"STOP"}', "open", 60),
        (b'{"position":0,"state":"CLOSE"}', "closed", 0),
    ):
        registry.feed("zigbee2mqtt/Study blind", payload)
        blind = the_entity(registry)
        assert blind.attributes["current_position"] == position
        registry.feed("zigbee2mqtt/Study blind", payload)
        assert the_entity(registry).state == state
    assert sent(registry, blind.id, "set_position", position=30) == [
        ("zigbee2mqtt/Study blind/set", '{ "position": 30 }')
    ]
    assert sent(registry, blind.id, "close") == [("zigbee2mqtt/Study blind/set", "CLOSE")]


def test_settings_of_devices_are_not_part_of_the_home() -> None:
    registry = Registry()
    announce(registry, "homeassistant/select/0x1/power/config", ZIGBEE_CHILD_LOCK | {"options": ["on", "off"]})
    assert registry.snapshot().entities == ()
    assert [problem.reason for problem in registry.hidden()] == ["a config entity of its device"]
    assert registry.problems() == ()


def test_an_esphome_fan_by_abbreviations() -> None:
    registry = Registry()
    announce(registry, "homeassistant/fan/porch-board/porch_fan/config", ESPHOME_FAN)
    fan = the_entity(registry)
    assert (fan.id, fan.name, fan.area) == ("fan.porch_fan", "Porch fan", "porch")
    registry.feed("porch-board/fan/porch_fan/state", b"ON")
    registry.feed("porch-board/fan/porch_fan/speed_level/state", b"2")
    fan = the_entity(registry)
    assert (fan.state, fan.attributes["percentage"]) == ("on", 66)
    base = "porch-board/fan/porch_fan"
    assert sent(registry, fan.id, "set_percentage", percentage=50) == [(f"{base}/speed_level/command", "2")]
    assert sent(registry, fan.id, "set_percentage", percentage=0) == [(f"{base}/command", "OFF")]
    assert sent(registry, fan.id, "oscillate", oscillating=True) == [(f"{base}/oscillation/command", "oscillate_on")]
    registry.feed("porch-board/fan/porch_fan/state", b"OFF")
    assert sent(registry, fan.id, "set_percentage", percentage=100) == [
        (f"{base}/command", "ON"),
        (f"{base}/speed_level/command", "3"),
    ]


def test_a_zwave_dimmer_with_plain_topics() -> None:
    registry = Registry()
    announce(registry, "homeassistant/light/Hall-Dimmer/dimmer/config", ZWAVE_DIMMER)
    registry.feed("zwave/Hall/Dimmer/38/0/currentValue", b'{"time":1,"value":49}')
    light = the_entity(registry)
    assert (light.name, light.state, light.attributes["brightness"], light.area) == ("Hall Dimmer", "on", 126, "hall")
    topic = "zwave/Hall/Dimmer/38/0/targetValue/set"
    assert sent(registry, light.id, "turn_on", brightness=255) == [(topic, "99")]
    assert sent(registry, light.id, "turn_off") == [(topic, "0")]


def test_a_gateway_sensor_with_wildcards_that_expires() -> None:
    now = 0.0
    registry = Registry(clock=lambda: now)
    announce(registry, "homeassistant/sensor/A4C138112233-tempc/config", GATEWAY_SENSOR)
    assert "+/+/BTtoMQTT/A4C138112233" in registry.topics()
    registry.feed("home/gateway1/BTtoMQTT/A4C138112233", b'{"tempc":21.4,"hum":40}')
    registry.feed("home/gateway1/BTtoMQTT/A4C138112233", b'{"hum":41}')
    registry.feed("home/gateway1/BTtoMQTT/A4C138999999", b'{"tempc":99}')
    assert the_entity(registry).state == "21.4"
    now = 61.0
    assert the_entity(registry).state == "unavailable"
    registry.feed("home/gateway2/BTtoMQTT/A4C138112233", b'{"tempc":20}')
    assert the_entity(registry).state == "20"


def test_a_device_with_its_components() -> None:
    registry = Registry()
    announce(registry, "homeassistant/device/boiler/config", DEVICE_FORM)
    heat, pressure = registry.snapshot().entities
    assert (heat.id, heat.name, heat.area) == ("switch.boiler_hot_water", "Boiler Hot water", "utility_room")
    assert heat.aliases == ("Hot water",)
    assert (pressure.name, pressure.attributes["unit_of_measurement"]) == ("Boiler pressure", "bar")
    registry.feed("boiler/state", b'{"heat":"ON","bar":1.4567}')
    assert [entity.state for entity in registry.snapshot().entities] == ["on", "1.5"]
    registry.feed("boiler/status", b"offline")
    assert {entity.state for entity in registry.snapshot().entities} == {"unavailable"}
    parts = dict(DEVICE_FORM["cmps"])
    parts["pressure"] = {"p": "sensor"}
    announce(registry, "homeassistant/device/boiler/config", DEVICE_FORM | {"cmps": parts})
    assert [entity.id for entity in registry.snapshot().entities] == ["switch.boiler_hot_water"]
    registry.feed("homeassistant/device/boiler/config", b"")
    assert registry.snapshot().entities == ()
    assert registry.topics() == registry.discovery_topics()


def test_a_base_topic_is_put_in_at_either_end() -> None:
    registry = Registry()
    keys = {
        "~": "house/pump",
        "name": "Pump",
        "cmd_t": "~/set",
        "stat_t": "state/~",
        "pl_on": "~",
        "avty": [{"t": "~/status"}],
    }
    announce(registry, "homeassistant/switch/pump/config", keys)
    assert {"state/house/pump", "house/pump/status"} < registry.topics()
    assert sent(registry, "switch.pump", "turn_on") == [("house/pump/set", "~")]


@pytest.mark.parametrize(
    "topic", ["ternd/pi/ask", "$SYS/x", "homeassistant/light/y/config", "a/#", "a\x01b", "x" * 300]
)
def test_a_command_topic_that_is_not_allowed_makes_it_read_only(topic: str) -> None:
    registry = Registry()
    announce(
        registry, "homeassistant/switch/x/config", {"name": "Trap", "command_topic": topic, "state_topic": "x/state"}
    )
    registry.feed("x/state", b"ON")
    trap = the_entity(registry)
    assert (trap.state, trap.features) == ("on", frozenset())
    assert "command_topic" in registry.problems()[0].reason


def test_the_allow_list_of_the_configuration_counts() -> None:
    registry = Registry(command_topics=CommandTopics(allowed=("zigbee2mqtt/",)))
    announce(registry, "homeassistant/light/0x1/light/config", ZIGBEE_LIGHT)
    announce(registry, "homeassistant/fan/x/config", ESPHOME_FAN)
    features = {entity.domain: entity.features for entity in registry.snapshot().entities}
    assert features["light"]
    assert features["fan"] == frozenset()


def test_templates_that_are_not_read_leave_the_rest() -> None:
    registry = Registry()
    keys = {"name": "Lamp", "cmd_t": "lamp/set", "stat_t": "lamp", "val_tpl": "{{ states('x') }}"}
    announce(registry, "homeassistant/switch/lamp/config", keys)
    assert the_entity(registry).features == frozenset({"turn_on", "turn_off"})
    assert "states" in registry.problems()[0].reason
    assert not registry.observable("switch.lamp")


HOSTILE: list[bytes] = [
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"name":' + b'"' + b"x" * MAX_ANNOUNCEMENT + b'"}',
    b'{"name":{"a":1},"cmd_t":"x"}',
    b'{"name":"\\u0000\\u0007","cmd_t":"x"}',
    b'{"name":"x","cmd_t":7,"stat_t":["a"]}',
    b'{"name":"x","avty":"online"}',
    b'{"name":"x","avty":[1,2]}',
    b'{"name":"x","avty":[{"t":{"a":1}}]}',
    b'{"name":"x","dev":"me","o":[]}',
    b'{"name":"x","unique_id":{"a":1},"device_class":[1]}',
    b'{"name":"x","min":"a","max":null,"step":{}}',
    b'{"name":"x","stat_t":"s","val_tpl":{"a":1}}',
    b'{"name":"x","schema":"template"}',
    b'{"name":"x","brightness_scale":0,"schema":"json"}',
    b'{"name":"x","brightness_scale":1e999}',
    b'{"name":"x","speed_range_min":5,"speed_range_max":2}',
    b'{"name":"x","position_open":1,"position_closed":1}',
    b'{"name":"x","min_mireds":0,"max_mireds":-5,"clr_temp_cmd_t":"t"}',
    b'{"name":"x","options":"abc","modes":7,"cmd_t":"t"}',
    b'{"name":"x","~":7,"stat_t":"~/a"}',
    b'{"name":"x","min_temp":"NaN","temp_cmd_t":"t"}',
]


@pytest.mark.parametrize("payload", HOSTILE)
@pytest.mark.parametrize("component", [*BUILDERS, "device", "unheard_of"])
def test_hostile_announcements_harm_nothing(component: str, payload: bytes) -> None:
    registry = Registry()
    topic = f"homeassistant/{component}/evil/config"
    registry.feed(topic, payload)
    registry.feed("s", b'{"state":1e999}')
    for entity in registry.snapshot().entities:
        assert entity.name
    registry.feed(topic, b"")
    assert registry.snapshot().entities == ()
    assert registry.problems() == ()


_KEYS = st.sampled_from(
    "name cmd_t stat_t val_tpl avty dev o cmps p uniq_id schema brightness bri_scl modes min max options pos_t pct_cmd_t ~ e en".split()
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("x/y"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*BUILDERS, "device"]),
    st.dictionaries(_KEYS, _VALUES, max_size=8),
    st.binary(max_size=20) | st.just(b'{"state":"ON","position":5}'),
)
def test_no_announcement_and_no_state_raises(component: str, config: dict[str, Json], state: bytes) -> None:
    registry = Registry()
    registry.feed(f"homeassistant/{component}/x/config", json.dumps(config).encode())
    for topic in registry.topics() - registry.discovery_topics():
        registry.feed(topic.replace("+", "a"), state)
    assert registry.snapshot().structure > 0


def test_the_number_of_announcements_is_bounded() -> None:
    registry = Registry()
    for number in range(MAX_TOPICS + 5):
        registry.feed(f"homeassistant/event/e{number}/config", b'{"name":"x"}')
    assert "more than" in registry.problems()[-1].reason


def test_topics_of_the_wrong_form_are_refused() -> None:
    for topic in ("homeassistant/light/config", "homeassistant/li ght/x/config", "homeassistant/a/b/c/d/config"):
        registry = Registry()
        assert not registry.feed(topic, b'{"name":"x"}')
        assert len(registry.problems()) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"p": "device_automation", "automation_type": "trigger", "topic": "desk/button", "type": "button_short_press", "subtype": "1"},
        {"p": "switch", "name": "No id", "cmd_t": "desk/odd/set"}, {"name": "No platform", "uniq_id": "odd"}, {"p": 7, "uniq_id": "odd"},
        {}, None, "odd", [], {"p": "sensor"},
    ],
)  # fmt: skip
def test_one_odd_component_costs_the_others_of_its_device_nothing(odd: Json) -> None:
    registry = Registry()
    device = {
        "dev": {"ids": ["d"], "name": "Desk"},
        "o": {"name": "board"},
        "cmps": {"odd": odd, "lamp": {"p": "light", "uniq_id": "lamp", "name": None, "cmd_t": "desk/lamp/set"}},
    }
    announce(registry, "homeassistant/device/desk/config", device)
    assert "light.desk" in {entity.id for entity in registry.snapshot().entities}
    assert not registry.problems() or "lacks its p" in registry.problems()[0].reason


def test_a_component_that_is_announced_empty_is_removed() -> None:
    registry = Registry()
    parts = {
        name: {"p": "switch", "uniq_id": name, "name": name, "cmd_t": f"d/{name}"} for name in ("a", "b", "c", "d")
    }
    device = {"dev": {"ids": ["d"], "name": "Desk"}, "o": {"name": "board"}}
    announce(registry, "homeassistant/device/desk/config", device | {"cmps": parts})
    assert len(registry.snapshot().entities) == 4
    announce(
        registry,
        "homeassistant/device/desk/config",
        device | {"cmps": parts | {"a": {}, "b": {"p": "switch"}, "d": None}},
    )
    assert [entity.id for entity in registry.snapshot().entities] == ["switch.desk_c"]
    assert registry.problems() == ()


def test_ids_come_from_the_topic_where_none_is_given() -> None:
    [component] = parse_discovery("homeassistant/switch/node/thing/config", b'{"name":"x"}')
    assert component.unique_id == "switch_node_thing"


@pytest.mark.parametrize(
    "kind",
    ["event", "text", "update", "camera", "image", "tag", "device_automation", "notify", "date", "strange_new_kind"],
)
def test_kinds_that_are_not_used_cost_the_others_of_their_device_nothing(kind: str) -> None:
    registry = Registry()
    device = {
        "dev": {"ids": ["d"], "name": "Desk"}, "o": {"name": "board"}, "stat_t": "desk/lamp",
        "cmps": {
            "odd": {"p": kind, "uniq_id": "odd", "name": "Odd", "event_types": [1, {}], "stat_t": ["no topic"], "cmd_t": "ternd/x/ask"},
            "lamp": {"p": "light", "uniq_id": "lamp", "name": None, "cmd_t": "desk/lamp/set"},
        },
    }  # fmt: skip
    announce(registry, "homeassistant/device/desk/config", device)
    announce(
        registry, f"homeassistant/{kind}/alone/config", {"uniq_id": "alone", "name": "Alone", "stat_t": "desk/alone"}
    )
    assert [entity.id for entity in registry.snapshot().entities] == ["light.desk"]
    assert sorted(hidden.topic for hidden in registry.hidden()) == sorted(
        ["homeassistant/device/desk/config odd", f"homeassistant/{kind}/alone/config alone"]
    )
    assert all(repr(kind) in hidden.reason for hidden in registry.hidden())
    assert registry.problems() == ()
    assert registry.state_topics() == {"desk/lamp"}
    announce(
        registry, "homeassistant/device/desk/config", device | {"cmps": {"lamp": {"p": "light"}, "odd": {"p": kind}}}
    )
    assert registry.snapshot().entities == ()
    assert len(registry.hidden()) == 1
