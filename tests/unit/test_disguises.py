"""What is another thing than it calls itself, by the messages that it would get."""

from __future__ import annotations

import json

import pytest

from appliance.config import PolicySettings
from appliance.disguises import Disguises
from appliance.home import Registry
from appliance.messages import Action
from appliance.policy import Policy

ADDRESS = "0x00158d0001abcdef"
LOCK = {
    "name": None, "unique_id": f"{ADDRESS}_lock_zigbee2mqtt", "command_topic": "zigbee2mqtt/Front door/set", "payload_unlock": "UNLOCK",
    "state_topic": "zigbee2mqtt/Front door", "value_template": "{{ value_json.state }}",
    "device": {"identifiers": [f"zigbee2mqtt_{ADDRESS}"], "name": "Front door"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("zigbee2mqtt/Front door/set", "unlock"),
        (f"zigbee2mqtt/{ADDRESS}/set", "unlock"),
        (f"zigbee2mqtt/{ADDRESS.upper()}/set", "unlock"),
        (f"zigbee2mqtt/{ADDRESS}/set/state", "unlock"),
        ("zigbee2mqtt/Front door/1/set", "unlock"),
        ("zigbee2mqtt/Front door/default/set", "unlock"),
        (f"zigbee2mqtt/{ADDRESS}/1/set/state", "unlock"),
        ("zigbee2mqtt/Front door/2/set/state", "unlock"),
        ("zigbee2mqtt/Front door/set/state_l1", "unlock"),
        ("zigbee2mqtt/Front door/set/child_lock", ""),
        ("zigbee2mqtt/Front door/lamp/set", ""),
        ("zigbee2mqtt/0x00158d0001abcde0/set", ""),
        ("zigbee2mqtt/Back door/set", ""),
    ],
)
def test_a_lamp_on_the_topic_of_a_lock_is_the_lock(topic: str, kind: str) -> None:
    home = Registry()
    lamp = {"name": "Reading lamp", "unique_id": "bad", "command_topic": topic, "payload_on": "UNLOCK"}
    home.feed(f"homeassistant/lock/{ADDRESS}/lock/config", json.dumps(LOCK).encode())
    home.feed("homeassistant/light/bad/config", json.dumps(lamp).encode())
    assert Disguises(home).behind(Action("light.reading_lamp", "turn_on"), home.snapshot())[0] == kind


@pytest.mark.parametrize(
    ("topic", "payload", "steers"),
    [
        ("zigbee2mqtt/bridge/request/device/remove", "Front door", True),
        ("zigbee2mqtt/bridge/config/remove", "Front door", True),
        ("zwave/_CLIENTS/ZWAVE_GATEWAY-home/api/writeValue/set", '{"args": [{"nodeId": 5}, 0]}', True),
        ("zwave/_CLIENTS/ZWAVE_GATEWAY-home/broadcast/98/0/targetMode/set", "0", True),
        ("cmnd/board/Publish", 'zigbee2mqtt/Front door/set {"state": "UNLOCK"}', True),
        ("cmnd/board/WebSend", "[192.168.1.5] POWER ON", True),
        ("cmnd/board/BACKLOG", "Publish cmnd/gate/POWER ON", True),
        ("cmnd/board/Backlog", "POWER1 ON; Delay 10; POWER1 OFF", False),
        ("cmnd/board/POWER", "ON", False),
        ("news/publish", "ON", False),
        ("zigbee2mqtt/bridge lamp/set", "ON", False),
    ],
)
def test_what_steers_the_gateway_is_no_thing_of_the_home(topic: str, payload: str, steers: bool) -> None:
    home = Registry()
    lamp = {"name": "Reading lamp", "unique_id": "bad", "command_topic": topic, "payload_on": payload}
    home.feed("homeassistant/light/bad/config", json.dumps(lamp).encode())
    assert [entity.id for entity in home.snapshot().entities] == ([] if steers else ["light.reading_lamp"])
    assert [problem.reason for problem in home.hidden()] == (["steers the gateway itself"] if steers else [])


@pytest.mark.parametrize(
    ("topic", "payload", "restriction"),
    [
        ("zigbee2mqtt/Server/set", ' { "state" : "ON" } ', "denied"),
        ("zigbee2mqtt/Server/set", "ON", "asked"),
        ("zigbee2mqtt/Server/set", '{"state": "TOGGLE"}', "asked"),
        ("zigbee2mqtt/Server/set/state", "OFF", "denied"),
        ("zigbee2mqtt/Server/set", '{"led_indication": "off"}', ""),
        ("zigbee2mqtt/Server/set/led_indication", "off", ""),
        ("zigbee2mqtt/Other/set", "ON", ""),
    ],
)
def test_what_is_forbidden_is_so_by_any_name_and_its_settings_are_not(
    topic: str, payload: str, restriction: str
) -> None:
    home = Registry()
    server = {
        "name": "Server", "unique_id": "s", "command_topic": "zigbee2mqtt/Server/set", "payload_on": '{"state": "ON"}',
        "payload_off": '{"state": "OFF"}',
    }  # fmt: skip
    lamp = {"name": "Reading lamp", "unique_id": "bad", "command_topic": topic, "payload_on": payload}
    home.feed("homeassistant/switch/s/config", json.dumps(server).encode())
    home.feed("homeassistant/light/bad/config", json.dumps(lamp).encode())
    policy = Policy(PolicySettings(deny=("switch.server",)))
    found = Disguises(home, policy.restriction).behind(Action("light.reading_lamp", "turn_on"), home.snapshot())
    assert found == ((restriction, "switch.server") if restriction else ("", ""))


@pytest.mark.parametrize(
    ("topic", "payload", "is_gate"),
    [
        ("zigbee2mqtt/Relay/l2/set", "ON", True),
        ("zigbee2mqtt/Relay/set", '{"state_l2": "ON"}', True),
        ("zigbee2mqtt/Relay/set/state_l2", "ON", True),
        ("zigbee2mqtt/Relay/2/set", '{"state": "ON"}', True),
        ("zigbee2mqtt/Relay/set", '{"state": "ON"}', True),
        ("zigbee2mqtt/Relay/l1/set", "ON", False),
        ("zigbee2mqtt/Relay/set", '{"state_l1": "ON"}', False),
        ("zigbee2mqtt/Relay/l2/set/power_on_behavior", "on", False),
    ],
)
def test_one_output_of_several_by_all_its_names(topic: str, payload: str, is_gate: bool) -> None:
    home = Registry()
    gate = {"name": "Gate", "unique_id": "g", "command_topic": "zigbee2mqtt/Relay/l2/set", "payload_on": "ON"}
    lamp = {"name": "Reading lamp", "unique_id": "bad", "command_topic": topic, "payload_on": payload}
    home.feed("homeassistant/switch/g/config", json.dumps(gate).encode())
    home.feed("homeassistant/light/bad/config", json.dumps(lamp).encode())
    found = Disguises(home).behind(Action("light.reading_lamp", "turn_on"), home.snapshot())
    assert found == (("open_gate", "switch.gate") if is_gate else ("", ""))


@pytest.mark.parametrize(
    ("topic", "payload", "is_gate"),
    [
        ("cmnd/gate/POWER", "ON", True),
        ("cmnd/DVES_8FB11B_fb/POWER", "ON", True),
        ("cmnd/DVES_8FB11B_fb/Power1", "ON", True),
        ("cmnd/tasmotas/POWER", "ON", True),
        ("cmnd/tasmotas/Backlog", "POWER ON", True),
        ("cmnd/DVES_8FB11C_fb/POWER", "ON", False),
        ("cmnd/others/POWER", "ON", False),
    ],
)
def test_a_board_with_tasmota_by_all_its_topics(topic: str, payload: str, is_gate: bool) -> None:
    home = Registry()
    gate = {
        "dn": "Gate",
        "fn": ["Gate"],
        "t": "gate",
        "ft": "%prefix%/%topic%/",
        "tp": ["cmnd", "stat", "tele"],
        "rl": [1],
    }
    lamp = {"name": "Reading lamp", "unique_id": "bad", "command_topic": topic, "payload_on": payload}
    home.feed("tasmota/discovery/DC4F228FB11B/config", json.dumps(gate).encode())
    home.feed("homeassistant/light/bad/config", json.dumps(lamp).encode())
    found = Disguises(home).behind(Action("light.reading_lamp", "turn_on"), home.snapshot())
    assert found == (("open_gate", "switch.gate") if is_gate else ("", ""))
