from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.demo.wire import Fault, Message
from appliance.demo.zigbee2mqtt import Bridge, Scene, ZigbeeDevice, address, parse_command
from appliance.demo.zigbee_devices import Cover, Light, Lock, Plug, Sensor, Thermostat
from tests.unit.demo.fakes import FakePort, started, tell

LAMP = "zigbee2mqtt/Lamp"


def bridge_of(*devices: ZigbeeDevice, scenes: tuple[Scene, ...] = ()) -> tuple[Bridge, FakePort]:
    bridge = Bridge(devices, scenes)
    return bridge, started(bridge)


def colour_lamp(fault: Fault | None = None) -> Light:
    return Light("Lamp", mireds=(153, 500), colours=True, fault=fault)


def discovery(port: FakePort, component: str, name: str, object_id: str) -> dict[str, object]:
    payload: dict[str, object] = port.last_json(f"homeassistant/{component}/{address(name)}/{object_id}/config")
    return payload


# --- discovery


def test_a_light_is_announced_with_the_keys_of_zigbee2mqtt() -> None:
    _, port = bridge_of(colour_lamp())
    payload = discovery(port, "light", "Lamp", "light")
    assert payload["schema"] == "json"
    assert payload["name"] is None
    assert payload["brightness_scale"] == 254
    assert payload["supported_color_modes"] == ["xy", "color_temp"]
    assert (payload["min_mireds"], payload["max_mireds"]) == (153, 500)
    assert payload["state_topic"] == LAMP
    assert payload["command_topic"] == f"{LAMP}/set"
    assert payload["availability_mode"] == "all"
    assert payload["unique_id"] == f"{address('Lamp')}_light_zigbee2mqtt"


def test_a_dimmable_light_has_no_colour() -> None:
    _, port = bridge_of(Light("Lamp"))
    assert discovery(port, "light", "Lamp", "light")["supported_color_modes"] == ["brightness"]


def test_discovery_is_retained_and_precedes_the_state() -> None:
    _, port = bridge_of(colour_lamp())
    topics = [message.topic for message in port.sent]
    configs = [message for message in port.sent if message.topic.endswith("/config")]
    assert configs
    assert all(message.retain for message in configs)
    assert topics[0] == "zigbee2mqtt/bridge/state"
    assert max(topics.index(message.topic) for message in configs) < topics.index(LAMP)


def test_a_contact_sensor_is_on_when_there_is_no_contact() -> None:
    _, port = bridge_of(Sensor("Window", readings={"contact": True}, device_class="window"))
    payload = discovery(port, "binary_sensor", "Window", "contact")
    assert (payload["payload_on"], payload["payload_off"], payload["device_class"]) == (False, True, "window")


def test_home_assistants_birth_brings_everything_again() -> None:
    bridge, port = bridge_of(colour_lamp())
    port.sent.clear()
    tell(bridge, port, "homeassistant/status", "online")
    assert port.on(LAMP)
    assert discovery(port, "light", "Lamp", "light")


def test_an_address_is_stable_and_differs() -> None:
    assert address("Lamp") == address("Lamp")
    assert address("Lamp") != address("lamp")
    assert len(address("Lamp")) == len("0x00158d0001020304")


# --- lights


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("ON", {"state": "ON"}),
        ("toggle", {"state": "ON"}),
        ('{"state":"ON","brightness":100,"transition":2}', {"state": "ON", "brightness": 100}),
        ('{"brightness":255}', {"state": "ON", "brightness": 254}),
        ('{"brightness":0}', {"state": "OFF"}),
        ('{"color_temp":400}', {"state": "ON", "color_temp": 400, "color_mode": "color_temp"}),
        ('{"color_temp":9000}', {"color_temp": 500}),
        ('{"color_temp":"coolest"}', {"color_temp": 153}),
        ('{"color":{"r":255,"g":0,"b":0}}', {"color": {"x": 0.64, "y": 0.33}, "color_mode": "xy", "state": "ON"}),
        ('{"color":{"x":0.3,"y":0.6}}', {"color": {"x": 0.3, "y": 0.6}}),
        ('{"color":{"hue":0,"saturation":100}}', {"color": {"x": 0.64, "y": 0.33}}),
        ('{"color":"#ff0000"}', {"color": {"x": 0.64, "y": 0.33}}),
    ],
)
def test_a_light_obeys(payload: str, expected: dict[str, object]) -> None:
    bridge, port = bridge_of(colour_lamp())
    tell(bridge, port, f"{LAMP}/set", payload)
    state = port.last_json(LAMP)
    assert {key: pytest.approx(state[key], abs=0.001) if key == "color" else state[key] for key in expected} == expected


@pytest.mark.parametrize(
    "payload",
    ["", "BANANA", "[1]", "{", '{"brightness":"much"}', '{"brightness":300}', '{"brightness":true}', '{"state":"PURPLE"}',
     '{"color":{"r":300,"g":0,"b":0}}', '{"color":7}', '{"position":50}', '{"brightness":null}', "[" * 10_000],
)  # fmt: skip
def test_a_malformed_command_changes_nothing_and_is_logged(payload: str) -> None:
    bridge, port = bridge_of(colour_lamp())
    before = port.on(LAMP)
    tell(bridge, port, f"{LAMP}/set", payload)
    assert port.on(LAMP) == before
    assert port.last_json("zigbee2mqtt/bridge/logging")["level"] == "error"


def test_what_is_right_in_a_half_wrong_command_is_done() -> None:
    bridge, port = bridge_of(Light("Lamp"))
    tell(bridge, port, f"{LAMP}/set", '{"state":"ON","color":{"r":1,"g":2,"b":3}}')
    assert port.last_json(LAMP)["state"] == "ON"
    assert "color" in port.last("zigbee2mqtt/bridge/logging")


def test_get_reports_the_state() -> None:
    bridge, port = bridge_of(colour_lamp())
    before = len(port.on(LAMP))
    tell(bridge, port, f"{LAMP}/get", '{"state":""}')
    assert len(port.on(LAMP)) == before + 1


def test_a_single_key_can_be_set_by_topic() -> None:
    bridge, port = bridge_of(colour_lamp())
    tell(bridge, port, f"{LAMP}/set/brightness", "77")
    assert port.last_json(LAMP)["brightness"] == 77


@given(st.text(max_size=40), st.one_of(st.none(), st.text(max_size=8)))
def test_commands_are_read_without_a_crash(payload: str, key: str | None) -> None:
    command = parse_command(payload, key)
    assert command is None or isinstance(command, dict)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=4), children, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    ["state", "brightness", "color", "color_temp", "position", "system_mode", "current_heating_setpoint", "x"]
)


@given(st.dictionaries(keys, json_values, max_size=4))
def test_no_command_breaks_a_device(command: dict[str, object]) -> None:
    devices = [colour_lamp(), Plug("Plug", watts=5), Cover("Blind"), Lock("Door"), Thermostat("Warmth")]
    bridge, port = bridge_of(*devices)
    for device in devices:
        tell(bridge, port, f"zigbee2mqtt/{device.name}/set", json.dumps(command), 2)
        assert json.loads(port.last(f"zigbee2mqtt/{device.name}"))


# --- the other devices


def test_a_cover_moves_and_reports_on_its_way() -> None:
    bridge, port = bridge_of(Cover("Blind", position=100))
    port.sent.clear()
    tell(bridge, port, "zigbee2mqtt/Blind/set", '{"position":30}', 3)
    positions = [json.loads(payload)["position"] for payload in port.on("zigbee2mqtt/Blind")]
    assert positions[-1] == 30
    assert positions == sorted(positions, reverse=True)
    assert len(positions) >= 3


def test_a_cover_stops_where_it_is() -> None:
    bridge, port = bridge_of(Cover("Blind", position=100))
    tell(bridge, port, "zigbee2mqtt/Blind/set", "CLOSE", 0.45)
    tell(bridge, port, "zigbee2mqtt/Blind/set", "STOP", 3)
    state = port.last_json("zigbee2mqtt/Blind")
    assert 0 < state["position"] < 100
    assert state["state"] == "OPEN"


def test_a_lock_needs_a_moment() -> None:
    bridge, port = bridge_of(Lock("Door"))
    tell(bridge, port, "zigbee2mqtt/Door/set", "UNLOCK")
    assert port.last_json("zigbee2mqtt/Door")["lock_state"] == "locked"
    port.wait(1)
    assert port.last_json("zigbee2mqtt/Door")["lock_state"] == "unlocked"


def test_a_plug_meters() -> None:
    bridge, port = bridge_of(Plug("Kettle", watts=2000))
    assert port.last_json("zigbee2mqtt/Kettle")["power"] == 0
    tell(bridge, port, "zigbee2mqtt/Kettle/set", "ON")
    assert port.last_json("zigbee2mqtt/Kettle")["power"] == 2000


def test_a_thermostat_heats_the_room() -> None:
    bridge, port = bridge_of(Thermostat("Warmth", setpoint=20, room=20))
    tell(bridge, port, "zigbee2mqtt/Warmth/set/current_heating_setpoint", "21.3")
    state = port.last_json("zigbee2mqtt/Warmth")
    assert (state["current_heating_setpoint"], state["running_state"]) == (21.5, "heat")
    port.wait(20 * 20)
    state = port.last_json("zigbee2mqtt/Warmth")
    assert state["local_temperature"] == pytest.approx(21.5, abs=0.2)


def test_a_thermostat_refuses_what_is_out_of_range() -> None:
    bridge, port = bridge_of(Thermostat("Warmth", setpoint=20))
    tell(bridge, port, "zigbee2mqtt/Warmth/set/current_heating_setpoint", "90")
    assert port.last_json("zigbee2mqtt/Warmth")["current_heating_setpoint"] == 20


def test_sensors_report_now_and_then() -> None:
    _, port = bridge_of(Sensor("Air", readings={"temperature": 20.0, "humidity": 50.0}))
    before = len(port.on("zigbee2mqtt/Air"))
    port.wait(100)
    assert len(port.on("zigbee2mqtt/Air")) > before
    assert port.last_json("zigbee2mqtt/Air")["temperature"] == pytest.approx(20, abs=2)


def test_an_unknown_reading_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such reading: wisdom"):
        Sensor("Air", readings={"wisdom": 1})


def test_a_scene_sets_its_members() -> None:
    scene = Scene(3, "Movie time", {"Lamp": {"state": "ON", "brightness": 40}, "Blind": {"state": "CLOSE"}})
    bridge, port = bridge_of(colour_lamp(), Cover("Blind"), scenes=(scene,))
    payload = port.last_json(f"homeassistant/scene/{address('Scenes')}/scene_3/config")
    tell(bridge, port, payload["command_topic"], payload["payload_on"], 3)
    assert port.last_json(LAMP)["brightness"] == 40
    assert port.last_json("zigbee2mqtt/Blind")["position"] == 0


# --- faults


def test_a_silent_device_says_nothing() -> None:
    bridge, port = bridge_of(colour_lamp(Fault(silent=True)))
    before = port.on(LAMP)
    tell(bridge, port, f"{LAMP}/set", "ON", 60 * 60)
    assert port.on(LAMP) == before
    assert port.last_json(f"{LAMP}/availability") == {"state": "online"}


def test_an_offline_device_says_so() -> None:
    bridge, port = bridge_of(colour_lamp(Fault(offline=True)))
    tell(bridge, port, f"{LAMP}/set", "ON")
    assert port.last_json(f"{LAMP}/availability") == {"state": "offline"}
    assert port.last_json(LAMP)["state"] == "OFF"


def test_a_slow_device_obeys_late() -> None:
    bridge, port = bridge_of(colour_lamp(Fault(delay_s=2)))
    tell(bridge, port, f"{LAMP}/set", "ON", 1.9)
    assert port.last_json(LAMP)["state"] == "OFF"
    port.wait(0.2)
    assert port.last_json(LAMP)["state"] == "ON"


def test_the_will_of_the_bridge() -> None:
    assert Bridge(()).will == Message("zigbee2mqtt/bridge/state", '{"state":"offline"}', retain=True)
