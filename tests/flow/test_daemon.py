"""The whole daemon on a real Mosquitto with the demo's devices: what comes in over MQTT, good and bad."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from appliance.demo.broker import mosquitto_program
from appliance.demo.devices import load_demo_home
from appliance.demo.main import DemoOptions, RunningDemo, demo
from tests.broker import eventually

pytestmark = pytest.mark.skipif(mosquitto_program() is None, reason="mosquitto is not installed")

ASK = "ternd/demo/ask"


class Caller:
    """A client of the node: asks and collects what comes back."""

    def __init__(
        self, running: RunningDemo, name: str, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
    ) -> None:
        self.replies: queue.Queue[dict[str, Any]] = queue.Queue()
        self.correlations: list[bytes] = []
        self.inbox = f"reply/{name}"
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol)
        self._client.on_message = self._take
        self._client.connect(running.broker.host, running.broker.port)
        self._client.loop_start()
        self.v5 = protocol == MQTTProtocolVersion.MQTTv5
        _, mid = self._client.subscribe(self.inbox if self.v5 else "ternd/demo/reply", qos=1)
        assert mid
        time.sleep(0.05)

    def _take(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        properties = message.properties
        if properties is not None and hasattr(properties, "CorrelationData"):
            self.correlations.append(properties.CorrelationData)
        self.replies.put(json.loads(message.payload))

    def send(self, payload: bytes | str, *, retain: bool = False, correlation: bytes = b"") -> None:
        properties = None
        if self.v5:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.ResponseTopic = self.inbox
            if correlation:
                properties.CorrelationData = correlation
        self._client.publish(ASK, payload, qos=1, retain=retain, properties=properties).wait_for_publish(10)

    def ask(self, payload: bytes | str, correlation: bytes = b"") -> dict[str, Any]:
        self.send(payload, correlation=correlation)
        return self.replies.get(timeout=15)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningDemo]:
    with demo(load_demo_home(), DemoOptions(broker="mosquitto", confirm_timeout_s=2.0)) as started:
        yield started


@pytest.fixture
def caller(running: RunningDemo) -> Iterator[Caller]:
    client = Caller(running, "caller")
    yield client
    client.close()


def state(running: RunningDemo, entity_id: str) -> str:
    return next(entity.state for entity in running.home().entities if entity.id == entity_id)


def test_a_sentence_moves_a_device_and_the_answer_returns_to_the_asker(running: RunningDemo, caller: Caller) -> None:
    reply = caller.ask("turn on the coffee machine", b"\x00\x01 mine")
    assert [action["result"] for action in reply["actions"]] == ["confirmed"]
    assert reply["intents"][0]["name"] == "HassTurnOn"
    assert reply["intents"][0]["entities"] == ["switch.coffee_machine"]
    assert caller.correlations == [b"\x00\x01 mine"]
    assert state(running, "switch.coffee_machine") == "on"
    caller.ask("turn off the coffee machine")
    assert state(running, "switch.coffee_machine") == "off"


def test_mqtt_3_1_1_is_answered_on_the_reply_topic(running: RunningDemo) -> None:
    old = Caller(running, "old", MQTTProtocolVersion.MQTTv311)
    reply = old.ask('{"text": "turn on the garden pump", "id": "abc"}')
    old.close()
    assert reply["id"] == "abc"
    assert reply["actions"][0]["pin"] == 17


def test_dry_run_touches_nothing(running: RunningDemo, caller: Caller) -> None:
    before = state(running, "switch.coffee_machine")
    reply = caller.ask(json.dumps({"text": "turn on the coffee machine", "dry_run": True}))
    assert reply["actions"][0]["result"] == "dry_run"
    assert state(running, "switch.coffee_machine") == before


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"   ", b"\xff\xfe\x00bad", b"{", b'{"text": 7}', b'{"text": "lights on", "area": 3}', b"[1, 2]", b"null",
        b'{"txet": "lights on"}', ("word " * 10_000).encode(), b"x" * 5_000_000, b'{"text": "' + b"[" * 50_000 + b'"}',
        b"\x00\x01\x02", "🔥".encode() * 400, b'{"text": "turn on the coffee machine", "id": "../../x"}',
    ],
)  # fmt: skip
def test_bad_input_gets_an_answer_and_moves_nothing(running: RunningDemo, caller: Caller, payload: bytes) -> None:
    before = {
        entity.id: entity.state for entity in running.home().entities if entity.domain in ("light", "switch", "cover")
    }
    reply = caller.ask(payload)
    assert reply["text"]
    assert reply["actions"] == []
    after = {entity.id: entity.state for entity in running.home().entities if entity.id in before}
    assert after == before
    assert caller.ask("is the front door locked")["intents"], "the daemon goes on"


def test_an_unknown_area_is_no_area(caller: Caller) -> None:
    reply = caller.ask(json.dumps({"text": "turn on the lights", "area": "the moon"}))
    assert reply["text"]
    assert all(action["result"] in ("confirmed", "unchanged") for action in reply["actions"])


def test_a_lock_opens_only_after_the_same_source_said_yes(running: RunningDemo, caller: Caller) -> None:
    assert caller.ask("unlock the front door")["actions"][0]["result"] == "pending"
    other = Caller(running, "other")
    assert other.ask("yes")["actions"] == []
    other.close()
    assert state(running, "lock.front_door") == "locked"
    assert caller.ask("yes")["actions"][0]["result"] == "confirmed"
    assert state(running, "lock.front_door") == "unlocked"
    assert caller.ask("lock the front door")["actions"][0]["result"] == "confirmed"


def test_a_retained_request_is_ignored(running: RunningDemo, caller: Caller) -> None:
    caller.ask("turn off the garden pump")
    caller.send("turn on the garden pump", retain=True)
    assert "locked" in caller.ask("is the front door locked")["text"], "the retained one has no answer before this one"
    assert state(running, "switch.garden_pump") == "off"
    caller.send("", retain=True)


def test_a_thousand_requests_at_once_are_each_answered(running: RunningDemo, caller: Caller) -> None:
    before = {entity.id: entity.state for entity in running.home().entities if entity.domain != "sensor"}
    for number in range(1000):
        caller.send(json.dumps({"text": "is the front door locked", "id": f"n{number}"}))
    answers = [caller.replies.get(timeout=30) for _ in range(1000)]
    assert {answer["id"] for answer in answers} == {f"n{number}" for number in range(1000)}
    assert all("locked" in answer["text"] or "busy" in answer["text"] for answer in answers)
    assert caller.ask("is the front door locked")["intents"]
    after = {entity.id: entity.state for entity in running.home().entities if entity.id in before}
    changed = {entity_id for entity_id in after if after[entity_id] != before[entity_id]}
    assert not {entity_id for entity_id in changed if entity_id.startswith(("lock.", "switch.", "light.", "cover."))}


def test_status_and_health_are_retained(running: RunningDemo) -> None:
    seen: dict[str, bytes] = {}
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="watcher")
    client.on_message = lambda _client, _data, message: seen.update({message.topic: bytes(message.payload)})
    client.connect(running.broker.host, running.broker.port)
    client.loop_start()
    client.subscribe("ternd/demo/#")
    assert eventually(lambda: "ternd/demo/status" in seen)
    client.disconnect()
    client.loop_stop()
    assert seen["ternd/demo/status"] == b"online"
