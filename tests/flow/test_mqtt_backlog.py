"""Requests around a broken connection, through a hop that can go bad, on a real Mosquitto."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from appliance.config import LimitsSettings, MqttSettings
from appliance.home import Registry
from appliance.messages import Reply, Request
from appliance.mqtt import MqttClient
from appliance.mqtt.backlog import ARRIVAL_S, Backlog
from appliance.mqtt.connection import Incoming
from appliance.mqtt.ports import Respond
from tests.broker import HOST, Mosquitto, eventually, free_port
from tests.system.inside.rig import Proxy


class Desk:
    """Takes requests; can be made to hang, as a machine that is very busy."""

    def __init__(self) -> None:
        self.taken: list[Request] = []
        self.free = threading.Event()
        self.free.set()

    def take(self, request: Request, respond: Respond) -> None:
        self.taken.append(request)
        self.free.wait(10)
        respond(Reply(id=request.id, text="done", speech="done"))


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with Mosquitto() as started:
        yield started


def hop(broker: Mosquitto) -> tuple[Proxy, int]:
    port = free_port()
    proxy = Proxy((HOST, port), (broker.host, broker.port))
    proxy.start()
    return proxy, port


def asker(broker: Mosquitto) -> tuple[paho.Client, list[dict[str, str]]]:
    replies: list[dict[str, str]] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="asker", protocol=MQTTProtocolVersion.MQTTv5)
    online = threading.Event()

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if message.topic == "ternd/pi/status":
            online.set()  # it has subscribed to requests before
        else:
            replies.append(json.loads(message.payload))

    client.on_message = take
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.subscribe([("ternd/pi/reply", 1), ("ternd/pi/status", 1)])
    assert online.wait(10)
    return client, replies


def test_a_request_sent_while_cut_off_is_answered_with_the_deadline_of_then(broker: Mosquitto) -> None:
    proxy, port = hop(broker)
    desk = Desk()
    limits = LimitsSettings(reply_timeout_s=20)
    node = MqttClient(
        MqttSettings(host=HOST, port=port, protocol="5"),
        "pi",
        home=Registry(),
        on_ask=desk.take,
        limits=limits,
        backoff_s=0.5,
    )
    node.start()
    assert node.wait_connected(10)
    client, replies = asker(broker)
    client.publish("ternd/pi/ask", '{"text": "one", "id": "one"}', 1).wait_for_publish(5)
    assert eventually(lambda: len(replies) == 1)
    proxy.mode = "drop"
    assert eventually(lambda: not node.connected)
    cut_off = time.monotonic()
    client.publish("ternd/pi/ask", '{"text": "two", "id": "two"}', 1).wait_for_publish(5)
    proxy.mode = "pass"
    assert eventually(lambda: len(replies) == 2, 20)
    assert [request.text for request in desk.taken] == ["one", "two"]
    deadline = desk.taken[1].deadline
    assert deadline is not None
    assert deadline <= cut_off + limits.reply_timeout_s
    client.disconnect()
    node.stop()


def test_a_message_whose_acknowledgement_got_lost_is_taken_once(broker: Mosquitto) -> None:
    proxy, port = hop(broker)
    desk = Desk()
    node = MqttClient(
        MqttSettings(host=HOST, port=port, protocol="5"), "pi", home=Registry(), on_ask=desk.take, backoff_s=0.2
    )
    node.start()
    assert node.wait_connected(10)
    client, replies = asker(broker)
    desk.free.clear()
    client.publish("ternd/pi/ask", '{"text": "one", "id": "one"}', 1).wait_for_publish(5)
    assert eventually(lambda: len(desk.taken) == 1)
    proxy.mode = "drop"  # before the acknowledgement, which follows what the desk does
    time.sleep(0.2)
    desk.free.set()
    assert eventually(lambda: not node.connected)
    proxy.mode = "pass"
    assert eventually(lambda: node.connected and len(replies) == 1, 20)
    client.publish("ternd/pi/ask", '{"text": "two", "id": "two"}', 1).wait_for_publish(5)
    assert eventually(lambda: len(replies) == 2)
    assert [request.text for request in desk.taken] == ["one", "two"]
    client.disconnect()
    node.stop()


def test_a_broker_that_was_silent_for_a_while_is_not_taken_for_an_old_one(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.mqtt.client._CONNACK_V5_S", 0.3)
    proxy, port = hop(broker)
    node = MqttClient(
        MqttSettings(host=HOST, port=port), "pi", home=Registry(), on_ask=Desk().take, backoff_s=0.05, silent_s=0.5
    )
    node.start()
    assert node.wait_connected(10)
    proxy.mode = "drop"
    assert eventually(lambda: not node.connected)
    proxy.mode = "frozen"
    time.sleep(2)  # several attempts that nobody answers
    proxy.mode = "pass"
    assert node.wait_connected(20)
    assert node.stats().protocol == "5"
    node.stop()


def node_at(port: int, desk: Desk, *, heard_at: float | None = None) -> MqttClient:
    """A node whose requests are old after half a second."""
    settings = MqttSettings(host=HOST, port=port, protocol="5")
    limits = LimitsSettings(reply_timeout_s=0.5)
    return MqttClient(
        settings, "pi", home=Registry(), on_ask=desk.take, limits=limits, backoff_s=0.1, heard_at=heard_at
    )


def test_requests_of_a_long_outage_come_too_late_but_come(broker: Mosquitto) -> None:
    proxy, port = hop(broker)
    desk = Desk()
    node = node_at(port, desk)
    node.start()
    assert node.wait_connected(10)
    client, replies = asker(broker)
    proxy.mode = "drop"
    assert eventually(lambda: not node.connected)
    for number in range(30):
        client.publish("ternd/pi/ask", json.dumps({"text": "x", "id": f"r{number}"}), 1).wait_for_publish(5)
    time.sleep(2)
    proxy.mode = "pass"
    assert eventually(lambda: len(replies) == 30, 20)
    assert [request.id for request in desk.taken] == [f"r{number}" for number in range(30)]
    assert all(request.deadline is not None and request.deadline < time.monotonic() for request in desk.taken)
    client.publish("ternd/pi/ask", '{"text": "new", "id": "new"}', 1).wait_for_publish(5)
    assert eventually(lambda: len(replies) == 31)
    deadline = desk.taken[-1].deadline
    assert deadline is not None
    assert deadline > time.monotonic() - 0.5, "what was sent afterwards is not old"
    client.disconnect()
    node.stop()


def test_a_backlog_that_comes_slowly_is_as_old(broker: Mosquitto) -> None:
    proxy, port = hop(broker)
    desk = Desk()
    node = node_at(port, desk)
    node.start()
    assert node.wait_connected(10)
    client, replies = asker(broker)
    proxy.mode = "drop"
    assert eventually(lambda: not node.connected)
    cut_off = time.monotonic()
    for number in range(8):
        client.publish("ternd/pi/ask", json.dumps({"text": "x", "id": f"r{number}"}), 1).wait_for_publish(5)
    take = desk.take

    def slowly(request: Request, respond: Respond) -> None:
        time.sleep(0.5)
        take(request, respond)

    node._requests._on_ask = slowly
    proxy.mode = "pass"
    assert eventually(lambda: len(replies) == 8, 20)
    assert all(request.deadline is not None and request.deadline <= cut_off + 0.5 for request in desk.taken)
    client.disconnect()
    node.stop()


def test_what_waited_over_a_reboot_is_too_late_for_nobody_knows_its_age(broker: Mosquitto) -> None:
    proxy, port = hop(broker)
    first, desk = Desk(), Desk()
    node = node_at(port, first)
    node.start()
    assert node.wait_connected(10)
    client, replies = asker(broker)
    proxy.mode = "drop"  # the power fails: no goodbye
    assert eventually(lambda: not node.connected)
    node.stop()
    client.publish("ternd/pi/ask", '{"text": "old", "id": "old"}', 1).wait_for_publish(5)
    proxy.mode = "pass"
    again = node_at(port, desk)
    again.start()
    assert eventually(lambda: len(replies) == 1, 10)
    assert desk.taken[0].deadline == float("-inf")
    client.publish("ternd/pi/ask", '{"text": "new", "id": "new"}', 1).wait_for_publish(5)
    assert eventually(lambda: len(replies) == 2)
    deadline = desk.taken[1].deadline
    assert deadline is not None
    assert deadline > time.monotonic() - 0.5
    client.disconnect()
    again.stop()


def test_what_comes_again_is_known_by_its_number_and_content() -> None:
    backlog = Backlog()
    one = Incoming("a/ask", b"one", retain=False, mid=7)
    assert not backlog.known(one)
    assert not backlog.known(one), "the number was used again for a new message of the same words"
    assert backlog.known(Incoming("a/ask", b"one", retain=False, mid=7, again=True))
    assert not backlog.known(Incoming("a/ask", b"two", retain=False, mid=8, again=True)), "it had not reached us"
    assert not backlog.known(Incoming("a/ask", b"one", retain=False, again=True)), "QoS 0 never comes again"
    assert ARRIVAL_S > 0
