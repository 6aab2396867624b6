"""Brokers that speak only MQTT 3.1.1."""

from __future__ import annotations

import importlib.util
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from appliance.config import MqttSettings, NodeSettings, Settings
from appliance.demo.broker import start_broker
from appliance.home import Registry
from appliance.messages import Publish, Reply, Request
from appliance.mqtt import MqttClient, ask_daemon
from appliance.mqtt.ports import Respond
from tests.broker import Mosquitto, MosquittoOptions, eventually
from tests.flow.test_mqtt_client import Bystander

PATIENCE = 15.0


def answer(request: Request, respond: Respond) -> None:
    respond(Reply(request.id, f"You said: {request.text}", ""))


@pytest.mark.skipif(importlib.util.find_spec("amqtt") is None, reason="amqtt is not installed")
def test_a_pure_python_broker_of_the_older_version() -> None:
    broker = start_broker(prefer="amqtt")
    registry = Registry()
    mqtt = MqttSettings(host=broker.host, port=broker.port)
    client = MqttClient(mqtt, "old", home=registry, on_ask=answer, backoff_s=0.05)
    try:
        client.start()
        assert client.wait_connected(PATIENCE)
        assert client.stats().protocol == "3.1.1"
        assert eventually(lambda: client.stats().published >= 2, PATIENCE)
        known = Settings(node=NodeSettings(id="old"), mqtt=replace(mqtt, protocol="3.1.1"))
        assert ask_daemon(known, "hello")["text"] == "You said: hello"
        announced = json.dumps({"name": "Lamp", "cmd_t": "lamp/set", "stat_t": "lamp"}).encode()
        assert client.publish(Publish("homeassistant/switch/lamp/config", announced, retain=True)).wait(PATIENCE)
        assert eventually(lambda: "lamp" in getattr(client._listeners[0].ear, "subscribed", ()), PATIENCE)
    finally:
        client.stop()
        broker.stop()


class RudeBroker:
    """Closes every connection without a word, and remembers which version of MQTT was asked for."""

    def __init__(self) -> None:
        self.levels: list[int] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                packet = connection.recv(64)
                if b"MQTT" in packet:
                    self.levels.append(packet[packet.index(b"MQTT") + 4])

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def rude() -> Iterator[RudeBroker]:
    broker = RudeBroker()
    yield broker
    broker.close()


def test_a_broker_that_hangs_up_is_tried_with_both_versions(rude: RudeBroker, caplog: pytest.LogCaptureFixture) -> None:
    settings = MqttSettings(host="127.0.0.1", port=rude.port)
    client = MqttClient(settings, "pi", home=Registry(), on_ask=answer, backoff_s=0.01)
    client.start()
    try:
        assert eventually(lambda: len(rude.levels) >= 5, PATIENCE)
    finally:
        client.stop()
    assert rude.levels[:5] == [5, 5, 4, 4, 5]
    assert sum("no connection" in record.message for record in caplog.records) == 1


def test_an_announcement_that_ends_every_connection_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """With 3.1.1 nobody is told the largest packet that the broker takes."""
    with Mosquitto(MosquittoOptions(max_packet_size=1000)) as broker:
        settings = MqttSettings(host=broker.host, port=broker.port, protocol="3.1.1")
        client = MqttClient(settings, "pi", home=Registry(), on_ask=answer, backoff_s=0.05)
        client.start()
        client.keep("ternd/pi/health", b"{}")
        try:
            assert eventually(
                lambda: "homeassistant/device/ternd_pi/config is not published any more" in caplog.text, 30
            )
            assert eventually(lambda: client.connected, 30)
            with Bystander(broker, "ternd/pi/health", "ternd/pi/reply", protocol=MQTTProtocolVersion.MQTTv311) as user:
                assert user.hears("ternd/pi/health")[0].payload == b"{}", "what is sound is told all the same"
                connects = client.stats().connects
                user.say("ternd/pi/ask", b"hello")
                assert "You said: hello" in user.hears("ternd/pi/reply")[0].payload.decode()
                assert client.stats().connects == connects
        finally:
            client.stop()
