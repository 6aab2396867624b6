"""The same over a real Mosquitto: a stranger publishes, another client writes down every command that reaches the broker."""

from __future__ import annotations

import itertools
import json
import queue
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import yaml
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from appliance.config import Settings, parse
from appliance.daemon import Daemon
from appliance.mqtt import ask_daemon
from tests.broker import Mosquitto, eventually
from tests.safety.home import STATES, announcements

CORPUS = yaml.safe_load(Path(__file__).with_name("over_mqtt.yaml").read_text("utf-8"))
ATTEMPTS: Sequence[Sequence[Mapping[str, Any]]] = CORPUS["attempts"]


def settings(broker: Mosquitto, directory: Path, *, weak: bool) -> Settings:
    """A node; a weak one asks nothing and answers wherever it is told to."""
    whole = parse(
        f"""
        [node]
        id = "bench"
        [mqtt]
        port = {broker.port}
        [limits]
        confirm_timeout_s = 0.05
        [store]
        path = "{directory}/t.sqlite"
        [policy]
        per_source_per_minute = 10000
        per_entity_per_minute = 10000
        total_per_minute = 10000
        """,
        "test",
    )
    if not weak:
        return whole
    mqtt = replace(whole.mqtt, response_prefixes=("zigbee2mqtt/", "homeassistant/", "reply/", "ternd/"))
    return replace(whole, mqtt=mqtt, policy=replace(whole.policy, confirm=()))


class Stranger:
    """Publishes what an attempt says, and writes down what the node publishes."""

    def __init__(self, broker: Mosquitto) -> None:
        self.replies: queue.Queue[dict[str, Any]] = queue.Queue()
        self.commands: list[tuple[str, str]] = []
        self._own: set[tuple[str, bytes]] = set()
        self._ids = itertools.count()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="stranger", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = self._take
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        for topic in ("zigbee2mqtt/+/set", "homeassistant/#", "ternd/bench/ask", "reply/sync"):
            self._client.subscribe(topic, qos=1)

    def _take(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        if message.topic == "reply/sync":
            self.replies.put(json.loads(message.payload))
        elif (message.topic, bytes(message.payload)) not in self._own and not message.topic.startswith(
            "homeassistant/device/ternd_bench/"
        ):
            self.commands.append((message.topic, message.payload.decode("utf-8", "replace")))

    def publish(self, message: Mapping[str, Any]) -> None:
        said = message["payload"]
        payload = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if "response" in message:
            properties.ResponseTopic = message["response"]
        if "correlation" in message:
            properties.CorrelationData = message["correlation"].encode()
        topic = message.get("topic", "ternd/bench/ask")
        self._own.add((topic, payload))
        sent = self._client.publish(topic, payload, qos=1, retain=bool(message.get("retain")), properties=properties)
        sent.wait_for_publish(10)

    def settle(self) -> None:
        """Wait until the node has dealt with all that was sent before."""
        ident = f"sync{next(self._ids)}"
        self.publish({"payload": {"text": "what time is it", "id": ident}, "response": "reply/sync"})
        while self.replies.get(timeout=30)["id"] != ident:
            pass

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def succeeded(directory: Path, *, weak: bool) -> dict[str, list[tuple[str, str]]]:
    """All attempts one after another; those that got a command out, with what they got out."""
    with Mosquitto() as broker:
        stranger = Stranger(broker)
        for topic, payload in announcements():
            stranger.publish({"topic": topic, "payload": payload.decode(), "retain": True})
        for name, state in STATES.items():
            stranger.publish({"topic": f"zigbee2mqtt/{name}", "payload": {"state": state}, "retain": True})
        for message in CORPUS["before"]:
            stranger.publish(message)
        daemon = Daemon(settings(broker, directory, weak=weak))
        daemon.start()
        try:
            assert daemon.wait_ready(10)
            assert eventually(lambda: len(daemon.home().entities) >= 12, 10)
            stranger.settle()
            found = {"before": list(stranger.commands)} if stranger.commands else {}
            for attempt in ATTEMPTS:
                stranger.commands.clear()
                for message in attempt:
                    stranger.publish(message)
                stranger.settle()
                if stranger.commands:
                    found[json.dumps(attempt)] = list(stranger.commands)
        finally:
            daemon.stop()
            stranger.close()
    return found


def test_a_stranger_moves_nothing(tmp_path: Path) -> None:
    assert succeeded(tmp_path, weak=False) == {}
    assert len(ATTEMPTS) + len(CORPUS["before"]) >= 40


def test_the_stranger_would_move_a_weaker_node(tmp_path: Path) -> None:
    assert len(succeeded(tmp_path, weak=True)) >= CORPUS["weak_caught"]


def test_people_at_the_command_line_can_say_yes(tmp_path: Path) -> None:
    with Mosquitto() as broker:
        stranger = Stranger(broker)
        for topic, payload in announcements():
            stranger.publish({"topic": topic, "payload": payload.decode(), "retain": True})
        chosen = settings(broker, tmp_path, weak=False)
        daemon = Daemon(replace(chosen, mqtt=replace(chosen.mqtt, command_topic_deny=("zigbee2mqtt/Hall lamp/",))))
        daemon.start()
        try:
            assert daemon.wait_ready(10)
            assert eventually(lambda: len(daemon.home().entities) >= 12, 10)
            asked = ask_daemon(chosen, "unlock the front door")
            assert asked["question"]["expires_s"] == 30
            assert ask_daemon(chosen, "yes")["actions"][0]["result"] == "sent"
            unlocked = ("zigbee2mqtt/Front door/set", '{"state": "UNLOCK"}')
            assert eventually(lambda: unlocked in stranger.commands)
            denied = ask_daemon(chosen, "turn on the hall lamp")
            assert {action["result"] for action in denied["actions"]} <= {"failed", "refused"}
            stranger.settle()
            commands = [command for command in stranger.commands if command[0].startswith("zigbee2mqtt/")]
            assert commands == [unlocked]
        finally:
            daemon.stop()
            stranger.close()
