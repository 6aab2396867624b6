"""The node's own entities: what is announced, how states are written and commands are read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import RequestError
from appliance.home import Registry
from appliance.messages import Action, Entity, Json
from appliance.mqtt import announcement, pin, pin_topic, state_payload, switch
from appliance.mqtt.own import read_command

ON_OFF = frozenset({"turn_on", "turn_off"})
PUMP = Entity("switch.pump", "Pump", state="off", features=ON_OFF)
LAMP = Entity("light.lamp", "Lamp", state="on", attributes={"brightness": 128}, features=ON_OFF | {"brightness"})
FAN = Entity("fan.loft", "Loft fan", state="on", attributes={"percentage": 40}, features=ON_OFF | {"set_percentage"})
VALVE = Entity("valve.garden", "Garden valve", state="closed", features=frozenset({"open", "close"}))
LOCK = Entity("lock.gate", "Gate", state="locked", features=frozenset({"lock", "unlock"}))
SIREN = Entity("siren.alarm", "Alarm", state="off", features=ON_OFF)
DOOR = Entity("binary_sensor.door", "Door", state="on", device_class="door")
METER = Entity("sensor.gas", "Gas", state="17", attributes={"unit_of_measurement": "l"})
ALL = (PUMP, LAMP, FAN, VALVE, LOCK, SIREN, DOOR, METER)


def nothing(_action: Action) -> None:
    pytest.fail("nothing was commanded")


def test_another_controller_reads_every_pin_as_it_is() -> None:
    """The announcement is read back by ternd's own reader of discovery, under another name of origin."""
    sent = announcement("pi", [pin("pi", entity, nothing) for entity in ALL])
    config = json.loads(sent.payload) | {"o": {"name": "test"}}
    registry = Registry()
    registry.feed(sent.topic, json.dumps(config).encode())
    for entity in ALL:
        registry.feed(f"{pin_topic('pi', entity)}/state", state_payload(entity))
    registry.feed("ternd/pi/status", b"online")
    seen = {entity.id: entity for entity in registry.snapshot().entities}
    assert {entity.id: seen[entity.id].state for entity in ALL} == {entity.id: entity.state for entity in ALL}
    assert seen["light.lamp"].attributes["brightness"] == 128
    assert seen["fan.loft"].attributes["percentage"] == 40
    assert seen["sensor.gas"].attributes["unit_of_measurement"] == "l"
    assert seen["binary_sensor.door"].device_class == "door"
    registry.feed("ternd/pi/status", b"offline")
    assert all(entity.state == "unavailable" for entity in registry.snapshot().entities)


def test_a_pin_without_hardware_is_unavailable() -> None:
    gone = Entity("switch.pump", "Pump", state="unavailable", features=ON_OFF)
    assert json.loads(state_payload(gone)) == {"state": "unavailable"}


def test_a_pin_of_which_nothing_is_known_yet() -> None:
    assert json.loads(state_payload(Entity("sensor.gas", "Gas"))) == {"state": "None"}


@pytest.mark.parametrize(
    ("entity", "payload", "command", "data"),
    [
        (PUMP, "ON", "turn_on", {}),
        (PUMP, " off\n", "turn_off", {}),
        (PUMP, '{"state": "ON"}', "turn_on", {}),
        (LAMP, '{"state": "ON", "brightness": 20}', "turn_on", {"brightness": 20}),
        (LAMP, '{"brightness": 0}', "turn_on", {"brightness": 0}),
        (LAMP, '{"state": "OFF", "brightness": 20}', "turn_off", {}),
        (FAN, '{"percentage": 55}', "set_percentage", {"percentage": 55}),
        (VALVE, "OPEN", "open", {}),
        (VALVE, "CLOSE", "close", {}),
        (LOCK, "UNLOCK", "unlock", {}),
        (SIREN, '{"state": "ON"}', "turn_on", {}),
        (PUMP, '{"state": "ON", "brightness": 3}', "turn_on", {}),
    ],
)
def test_commands(entity: Entity, payload: str, command: str, data: dict[str, Json]) -> None:
    action = read_command(entity, payload.encode())
    assert (action.entity, action.command, dict(action.data)) == (entity.id, command, data)


@pytest.mark.parametrize(
    ("entity", "payload"),
    [
        (PUMP, b""), (PUMP, b"TOGGLE"), (PUMP, b"OPEN"), (VALVE, b"ON"), (LOCK, b"OPEN"), (PUMP, b"{}"), (PUMP, b'{"state": null}'),
        (PUMP, b'{"state": ["ON"]}'), (LAMP, b'{"brightness": 256}'), (LAMP, b'{"brightness": true}'), (LAMP, b'{"brightness": "9"}'),
        (LAMP, b'{"brightness": NaN}'), (FAN, b'{"percentage": -1}'), (VALVE, b'{"percentage": 50}'), (PUMP, b"\xff"), (PUMP, b"{"),
        (PUMP, b"{" * 900), (PUMP, b"ON" + b" " * 2000), (DOOR, b"ON"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(entity: Entity, payload: bytes) -> None:
    with pytest.raises(RequestError):
        read_command(entity, payload)


@given(st.sampled_from(ALL), st.binary(max_size=60))
def test_any_bytes(entity: Entity, payload: bytes) -> None:
    try:
        action = read_command(entity, payload)
    except RequestError:
        return
    assert action.command in (entity.features or ())


def test_a_switch_of_the_node() -> None:
    said: list[bool] = []
    mute = switch("pi", "mute", "Mute", said.append, icon="mdi:microphone-off")
    assert mute.command_topic == "ternd/pi/mute/set"
    part = json.loads(announcement("pi", [mute]).payload)["cmps"]["mute"]
    assert part["stat_t"] == "ternd/pi/mute"
    assert part["uniq_id"] == "ternd_pi_mute"
    mute.take(b"ON")
    mute.take(b"off ")
    assert said == [True, False]
    with pytest.raises(RequestError, match="neither ON nor OFF"):
        mute.take(b"maybe")
