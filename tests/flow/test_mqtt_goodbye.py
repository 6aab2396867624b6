"""A service that is stopped answers what the broker had taken for it: nothing is accepted and then forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from appliance.config import MqttSettings
from appliance.home import Registry
from appliance.messages import Reply, Request
from appliance.mqtt import MqttClient
from appliance.mqtt.ports import Respond
from tests.broker import Mosquitto, eventually

_NOBODY = 0x10
"""Reason code of a broker that took a message for which nobody was subscribed."""


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with Mosquitto() as running:
        yield running


class Asker:
    """Asks all the time, and notes which requests somebody was there for, and which were answered."""

    def __init__(self, broker: Mosquitto) -> None:
        self.accepted: set[int] = set()
        self.answered: set[int] = set()
        self._numbers: dict[int, int] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe("reply/x", 1)
        self._client.on_message = lambda _c, _d, m: self.answered.add(int(getattr(m.properties, "CorrelationData", 0)))
        self._client.on_publish = self._published
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _go(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.ResponseTopic = "reply/x"
            properties.CorrelationData = str(number).encode()
            info = self._client.publish("ternd/pi/ask", f"sentence {number}", 1, properties=properties)
            self._numbers[info.mid] = number
            time.sleep(0.005)

    def _published(self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _said: object) -> None:
        while mid not in self._numbers and not self._stop.is_set():
            time.sleep(0)
        if reason.value < _NOBODY and mid in self._numbers:
            self.accepted.add(self._numbers[mid])


def test_whatever_was_accepted_before_a_stop_is_answered(broker: Mosquitto) -> None:
    def take(request: Request, respond: Respond) -> None:
        time.sleep(0.006)  # slower than they come in: some always wait
        respond(Reply(id=request.id, text="done", speech="done"))

    for _ in range(3):
        client = MqttClient(
            MqttSettings(host=broker.host, port=broker.port), "pi", home=Registry(), on_ask=take, backoff_s=0.05
        )
        client.start()
        assert client.wait_connected(10)
        asker = Asker(broker)
        assert eventually(lambda asker=asker: len(asker.answered) > 30, 20)  # type: ignore[misc]
        client.stop()
        asker.close()
        assert len(asker.accepted) > 30
        assert eventually(lambda asker=asker: asker.accepted <= asker.answered, 10), (  # type: ignore[misc]
            f"{len(asker.accepted - asker.answered)} of {len(asker.accepted)} were forgotten"
        )
