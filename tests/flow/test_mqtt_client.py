"""The MQTT client against a real Mosquitto."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from appliance.config import LimitsSettings, MqttSettings, NodeSettings, Settings
from appliance.errors import ActError, RequestError
from appliance.home import Registry
from appliance.messages import Delivery, Publish, Reply, Request, Result
from appliance.mqtt import MqttClient, Receipt, ask_daemon
from appliance.mqtt.ports import Respond
from tests.broker import Mosquitto, MosquittoOptions, eventually

PATIENCE = 10.0


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    with Mosquitto() as running:
        yield running


@dataclass
class Heard:
    """What a bystander received."""

    topic: str
    payload: bytes
    retain: bool
    correlation: bytes | None


class Bystander:
    """Another MQTT client on the same broker."""

    def __init__(
        self, broker: Mosquitto, *topics: str, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
    ) -> None:
        self.heard: list[Heard] = []
        self._granted = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(500)
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        for topic in topics:
            if protocol == MQTTProtocolVersion.MQTTv5:
                self._client.subscribe(topic, options=SubscribeOptions(qos=1, retainAsPublished=True))
            else:
                self._client.subscribe(topic, 1)
        assert eventually(lambda: self._granted == len(topics), PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_arguments: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_subscribe(self, *_arguments: object) -> None:
        self._granted += 1

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        correlation = getattr(message.properties, "CorrelationData", None)
        self.heard.append(Heard(message.topic, bytes(message.payload), message.retain, correlation))

    def say(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        response: str | None = None,
        correlation: bytes | None = None,
    ) -> None:
        properties = None
        if response is not None or correlation is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            if response is not None:
                properties.ResponseTopic = response
            if correlation is not None:
                properties.CorrelationData = correlation
        self._client.publish(topic, payload, 1, retain, properties).wait_for_publish(PATIENCE)

    def on(self, topic: str) -> list[Heard]:
        return [heard for heard in self.heard if heard.topic == topic]

    def hears(self, topic: str, count: int = 1) -> list[Heard]:
        assert eventually(lambda: len(self.on(topic)) >= count, PATIENCE), (
            f"{len(self.on(topic))} of {count} on {topic}"
        )
        return self.on(topic)


@dataclass
class Desk:
    """Stands for the assistant: answers at once, or as a test wants."""

    asked: list[Request] = field(default_factory=list)

    def take(self, request: Request, respond: Respond) -> None:
        self.asked.append(request)
        respond(Reply(request.id, f"You said: {request.text}", request.text))


@contextmanager
def running(
    broker: Mosquitto,
    desk: Desk,
    *,
    node: str = "pi",
    registry: Registry | None = None,
    settings: MqttSettings | None = None,
) -> Iterator[MqttClient]:
    settings = settings or MqttSettings(host=broker.host, port=broker.port)
    client = MqttClient(settings, node, home=registry or Registry(), on_ask=desk.take, backoff_s=0.05)
    client.start()
    try:
        assert client.wait_connected(PATIENCE)
        with Bystander(broker, f"ternd/{node}/status") as bystander:  # it subscribed before it said "online"
            assert eventually(lambda: any(heard.payload == b"online" for heard in bystander.heard), PATIENCE)
        yield client
    finally:
        client.stop()


@pytest.mark.parametrize("protocol", [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311])
def test_a_sentence_is_answered_on_the_reply_topic(broker: Mosquitto, protocol: MQTTProtocolVersion) -> None:
    desk = Desk()
    with running(broker, desk), Bystander(broker, "ternd/pi/reply", protocol=protocol) as user:
        user.say("ternd/pi/ask", b"turn on the light")
        [reply] = user.hears("ternd/pi/reply")
        assert json.loads(reply.payload)["text"] == "You said: turn on the light"
        assert desk.asked[0].source == "mqtt:ternd/pi/reply"
        assert desk.asked[0].deadline is not None


def test_response_topic_and_correlation_data(broker: Mosquitto) -> None:
    with running(broker, Desk()), Bystander(broker, "reply/me", "ternd/pi/reply") as user:
        user.say("ternd/pi/ask", b'{"text": "hello", "id": "q1"}', response="reply/me", correlation=b"\x00\x07")
        [reply] = user.hears("reply/me")
        assert (json.loads(reply.payload)["id"], reply.correlation) == ("q1", b"\x00\x07")
        assert not user.on("ternd/pi/reply")


def test_a_response_topic_that_is_not_allowed_is_refused(broker: Mosquitto) -> None:
    desk = Desk()
    with running(broker, desk) as client, Bystander(broker, "ternd/pi/reply", "zigbee2mqtt/lock/set") as user:
        user.say("ternd/pi/ask", b"open up", response="zigbee2mqtt/lock/set", correlation=b"x")
        [reply] = user.hears("ternd/pi/reply")
        assert "response topic" in json.loads(reply.payload)["error"]
        assert not user.on("zigbee2mqtt/lock/set")
        assert (desk.asked, client.stats().refused) == ([], 1)


def test_bad_requests_are_answered_with_the_reason(broker: Mosquitto) -> None:
    desk = Desk()
    with running(broker, desk), Bystander(broker, "ternd/pi/reply") as user:
        payloads = [b"", b"\xff\xfe", b'{"text": 5, "id": "mine"}', b"[1]", b"word " * 10_000, b"x" * 5_000_000]
        for payload in payloads:
            user.say("ternd/pi/ask", payload)
        replies = [json.loads(heard.payload) for heard in user.hears("ternd/pi/reply", len(payloads))]
        assert all(reply["error"] for reply in replies)
        assert replies[2]["id"] == "mine"
        assert "5000000 bytes" in replies[5]["error"]
        assert desk.asked == []


def test_a_defect_is_answered_too(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()

    def defective(_request: Request, _respond: Respond) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(desk, "take", defective)
    with running(broker, desk, node="defect"), Bystander(broker, "ternd/defect/reply") as user:
        user.say("ternd/defect/ask", b"hello")
        [reply] = user.hears("ternd/defect/reply")
        assert "went wrong" in json.loads(reply.payload)["error"]


def test_retained_requests_are_ignored(broker: Mosquitto) -> None:
    desk = Desk()
    with Bystander(broker, "ternd/ghost/reply") as user:
        user.say("ternd/ghost/ask", b"open the garage", retain=True)
        with running(broker, desk, node="ghost") as client:
            user.say("ternd/ghost/ask", b"open it again", retain=True)
            user.say("ternd/ghost/ask", b"what time is it")
            user.hears("ternd/ghost/reply")
            assert [request.text for request in desk.asked] == ["what time is it"]
            assert client.stats().ignored == 1
        user.say("ternd/ghost/ask", b"", retain=True)


def test_requests_to_all_are_shared(broker: Mosquitto) -> None:
    desks = [Desk(), Desk()]
    with (
        running(broker, desks[0], node="one"),
        running(broker, desks[1], node="two"),
        Bystander(broker, "reply/shared") as user,
    ):
        for number in range(10):
            user.say("ternd/ask", f"sentence {number}".encode(), response="reply/shared")
        user.hears("reply/shared", 10)
        assert sorted(len(desk.asked) for desk in desks) == [5, 5]


def test_a_thousand_requests_at_once_are_each_answered_or_told_busy(broker: Mosquitto) -> None:
    accepted: list[Respond] = []
    lock = threading.Lock()

    class Small(Desk):
        def take(self, request: Request, respond: Respond) -> None:
            with lock:
                if len(self.asked) >= 16:
                    raise RequestError("I am busy.")
                self.asked.append(request)
                accepted.append(respond)

    desk = Small()
    with running(broker, desk) as client, Bystander(broker, "ternd/pi/reply") as listener, Bystander(broker) as user:
        for number in range(1000):
            user._client.publish("ternd/pi/ask", json.dumps({"text": "hello", "id": f"r{number}"}), 1)
        assert eventually(lambda: len(listener.heard) >= 984, 30)
        for request, respond in zip(desk.asked, accepted, strict=True):
            respond(Reply(request.id, "done", "done"))
        replies = [json.loads(heard.payload) for heard in listener.hears("ternd/pi/reply", 1000)]
        assert {reply["id"] for reply in replies} == {f"r{number}" for number in range(1000)}
        assert sum(reply["text"] == "I am busy." for reply in replies) == 984
        assert client.stats().dropped == 0


def test_presence_announcement_and_health_are_retained(broker: Mosquitto) -> None:
    with running(broker, Desk(), node="seen") as client:
        client.publish_health({"queue": 3})
        with Bystander(broker, "ternd/seen/#", "homeassistant/device/ternd_seen/config") as user:
            [status] = user.hears("ternd/seen/status")
            assert (status.payload, status.retain) == (b"online", True)
            assert json.loads(user.hears("ternd/seen/health")[0].payload) == {"queue": 3}
            [announced] = user.hears("homeassistant/device/ternd_seen/config")
            assert announced.retain
            user.heard.clear()
            user.say("homeassistant/status", b"online")
            user.hears("homeassistant/device/ternd_seen/config")
    with Bystander(broker, "ternd/seen/status") as user:
        assert user.hears("ternd/seen/status")[0].payload == b"offline"


def test_the_will_speaks_when_the_process_is_killed(broker: Mosquitto) -> None:
    program = (
        "import sys, time\n"
        "from appliance.config import MqttSettings\n"
        "from appliance.home import Registry\n"
        "from appliance.mqtt import MqttClient\n"
        "MqttClient(MqttSettings(port=int(sys.argv[1]), host='127.0.0.1'), 'doomed', home=Registry(), on_ask=print).start()\n"
        "time.sleep(60)\n"
    )
    with Bystander(broker, "ternd/doomed/status") as user:
        with subprocess.Popen(
            [sys.executable, "-c", program, str(broker.port)], env=os.environ | {"PYTHONPATH": str(Path.cwd())}
        ) as process:
            user.hears("ternd/doomed/status")
            process.send_signal(signal.SIGKILL)
        assert [heard.payload for heard in user.hears("ternd/doomed/status", 2)] == [b"online", b"offline"]


def test_the_home_is_fed_and_commands_reach_devices(broker: Mosquitto) -> None:
    registry = Registry()
    with Bystander(broker, "lamp/set") as device, running(broker, Desk(), registry=registry) as client:
        for number in range(200):
            config = {
                "name": f"Lamp {number}",
                "uniq_id": f"u{number}",
                "cmd_t": "lamp/set",
                "stat_t": f"lamp/{number}",
            }
            device._client.publish(f"homeassistant/switch/l{number}/config", json.dumps(config), 1, retain=True)
            device._client.publish(f"lamp/{number}", "ON", 1, retain=True)
        assert eventually(lambda: sum(entity.state == "on" for entity in registry.snapshot().entities) == 200, PATIENCE)
        receipt = client.publish(Publish("lamp/set", b"OFF", expiry_s=5))
        assert receipt.wait(PATIENCE)
        assert device.hears("lamp/set")[0].payload == b"OFF"
        device.say("homeassistant/switch/l7/config", b"", retain=True)
        assert eventually(lambda: len(registry.snapshot().entities) == 199, PATIENCE)
        for number in range(200):
            device._client.publish(f"homeassistant/switch/l{number}/config", b"", 1, retain=True)
            device._client.publish(f"lamp/{number}", b"", 1, retain=True)


def test_it_starts_without_a_broker_and_comes_back_after_a_restart() -> None:
    desk, registry = Desk(), Registry()
    with Mosquitto() as broker:
        broker.stop()
        client = MqttClient(
            MqttSettings(host=broker.host, port=broker.port), "pi", home=registry, on_ask=desk.take, backoff_s=0.05
        )
        client.start()
        try:
            assert eventually(lambda: client.stats().last_error != "", PATIENCE)
            with pytest.raises(ActError, match="broker is away"):
                client.publish(Publish("lamp/set", b"ON"))
            client.deliver(Publish("ternd/pi/alert/frost", b"cold"))
            client.publish_health({"queue": 0})
            broker.start()
            assert client.wait_connected(PATIENCE)
            with Bystander(broker, "ternd/pi/#", "lamp/set") as user:
                user.hears("ternd/pi/health")
                assert not user.on("lamp/set")
            broker.restart()
            assert eventually(lambda: client.stats().connects == 2, PATIENCE)
            with Bystander(broker, "ternd/pi/#") as user:
                assert user.hears("ternd/pi/status")[-1].payload == b"online"
                user.say("ternd/pi/ask", b"still there?")
                user.hears("ternd/pi/reply")
        finally:
            client.stop()


def test_replies_that_wait_are_delivered_after_the_reconnect() -> None:
    with Mosquitto(MosquittoOptions(persistence=True)) as broker, running(broker, Desk()) as client:
        broker.stop()
        assert eventually(lambda: not client.connected, PATIENCE)
        client.deliver(Publish("ternd/pi/alert/frost", b"cold", retain=True))
        broker.start()
        with Bystander(broker, "ternd/pi/alert/frost") as user:
            assert user.hears("ternd/pi/alert/frost")[0].payload == b"cold"
        assert client.stats().dropped == 0


@pytest.mark.parametrize("topic", ["a\x01b", "a\uffffb"])
def test_a_poison_topic_is_stopped_at_the_gate_and_would_not_disable_us_either(topic: str) -> None:
    with Mosquitto() as broker:
        settings = MqttSettings(host=broker.host, port=broker.port)
        with running(broker, Desk()) as client:
            with pytest.raises(ActError, match="topic"):
                client.publish(Publish(topic, b"x"))
            assert client.publish(Publish("good/topic", b"x")).wait(PATIENCE)
            assert client.stats().connects == 1
        careless = MqttClient(settings, "pi", home=Registry(), on_ask=Desk().take, backoff_s=0.02)
        careless._sender._check = lambda message: None  # type: ignore[method-assign]  # no gate
        careless.start()
        try:
            assert careless.wait_connected(PATIENCE)
            receipt = careless.publish(Publish(topic, b"command"))
            assert not receipt.wait(PATIENCE)
            assert eventually(lambda: careless.stats().connects == 2 and careless.connected, PATIENCE)
            careless.deliver(Publish(topic, b"reply"))
            assert eventually(lambda: careless.stats().quarantined == 1 and careless.connected, PATIENCE)
            with Bystander(broker, "good/topic") as user:
                assert careless.publish(Publish("good/topic", b"fine")).wait(PATIENCE)
                user.hears("good/topic")
        finally:
            careless.stop()


def test_the_brokers_largest_packet_is_kept() -> None:
    with Mosquitto(MosquittoOptions(max_packet_size=2000)) as broker, running(broker, Desk()) as client:
        with pytest.raises(ActError, match="2000 bytes that the broker takes"):
            client.publish(Publish("big", b"x" * 1990))
        assert client.publish(Publish("small", b"x" * 1900)).wait(PATIENCE)
        assert client.stats().connects == 1


def test_a_reply_that_is_too_long_for_the_broker_is_shortened() -> None:
    class Talkative(Desk):
        def take(self, request: Request, respond: Respond) -> None:
            deeds = tuple(Delivery(f"light.lamp_{number}", Result.CONFIRMED) for number in range(100))
            respond(Reply(request.id, "All lamps are on.", "", actions=deeds))

    with (
        Mosquitto(MosquittoOptions(max_packet_size=2000)) as broker,
        running(broker, Talkative()),
        Bystander(broker, "ternd/pi/reply") as user,
    ):
        user.say("ternd/pi/ask", b"all lamps on")
        said = json.loads(user.hears("ternd/pi/reply")[0].payload)
        assert (said["text"], said["actions"]) == ("All lamps are on.", [])


def test_more_replies_than_fit_at_once_all_arrive(broker: Mosquitto) -> None:
    settings = MqttSettings(host=broker.host, port=broker.port, max_queued=50)
    with running(broker, Desk(), settings=settings, node="flood") as client, Bystander(broker, "flood/#") as user:
        for number in range(100):
            client.deliver(Publish(f"flood/{number}", b"x"))
            assert eventually(lambda: len(client._sender.outbox) < 50, PATIENCE)
        assert eventually(lambda: len({heard.topic for heard in user.heard}) == 100, PATIENCE)
        assert client.stats().dropped == 0


def test_a_reply_that_cannot_leave_just_now_leaves_later(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(broker, Desk(), node="later") as client, Bystander(broker, "later/#") as user:
        connection = client._sender._connection
        assert connection is not None
        publish, refusals = connection.publish, iter(range(5))

        def full(message: Publish) -> Receipt:
            if message.topic == "later/reply" and next(refusals, None) is not None:
                text = "not published: too many messages wait for the broker"
                raise ActError(text)
            return publish(message)

        monkeypatch.setattr(connection, "publish", full)
        client.deliver(Publish("later/reply", b"x"))
        assert user.hears("later/reply")
        assert client.stats().dropped == 0


def test_a_publish_that_the_broker_forbids_is_told() -> None:
    with Mosquitto() as plain:
        acl = plain._path("acl")
        acl.write_text("topic readwrite ternd/#\ntopic readwrite homeassistant/#\ntopic read forbidden/#\n", "utf-8")
        acl.chmod(0o644)
        plain.options = replace(plain.options, extra=f"acl_file {acl}")
        plain.restart()
        with running(plain, Desk()) as client:
            receipt = client.publish(Publish("forbidden/lamp/set", b"ON"))
            assert not receipt.wait(PATIENCE)
            assert "Not authorized" in receipt.refusal


def test_messages_that_are_not_acknowledged_are_bounded(broker: Mosquitto) -> None:
    settings = MqttSettings(host=broker.host, port=broker.port, max_queued=5)
    with running(broker, Desk(), settings=settings, node="few") as client:
        assert client._sender._connection is not None
        for number in range(5):
            client._sender._connection.ledger.sent(
                60_000 + number, client._sender._connection.publish(Publish("x", b"", qos=0))
            )
        with pytest.raises(ActError, match="too many"):
            client.publish(Publish("x", b""))
        assert client.stats().dropped == 1


def test_asking_a_daemon(broker: Mosquitto) -> None:
    settings = Settings(
        node=NodeSettings(id="asked"), mqtt=MqttSettings(host=broker.host, port=broker.port), limits=LimitsSettings()
    )
    desk = Desk()
    with running(broker, desk, node="asked") as client:
        answer = ask_daemon(settings, "turn on the fan", area="Hall", dry_run=True)
        assert answer["text"] == "You said: turn on the fan"
        assert (desk.asked[0].area, desk.asked[0].dry_run) == ("Hall", True)
        odd = ask_daemon(settings, "fan \udcff on")  # a byte that is no text, as a terminal hands it over
        assert odd["text"] == "You said: fan ? on"
        receipt = client.publish_health({"last_error": "no such file: \udcff"})
        assert receipt is not None
        assert receipt.wait(5)
    with pytest.raises(ActError, match="is not running"):
        ask_daemon(settings, "hello", timeout=5)
    nobody = replace(settings, node=NodeSettings(id="nobody"))
    with pytest.raises(ActError, match="no answer within"):
        ask_daemon(nobody, "hello", timeout=0.1)
    nowhere = replace(settings, mqtt=MqttSettings(host=broker.host, port=1))
    with pytest.raises(ActError, match="cannot be reached"):
        ask_daemon(nowhere, "hello")
