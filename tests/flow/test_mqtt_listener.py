"""Requests beside floods of readings, on a real Mosquitto: what listens is on connections of its own."""

from __future__ import annotations

import importlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from appliance.config import MqttSettings
from appliance.home import Registry
from appliance.messages import Reply, Request
from appliance.mqtt import MqttClient
from appliance.mqtt.connection import Connection
from appliance.mqtt.ports import Respond
from tests.broker import HOST, Mosquitto, MosquittoOptions, eventually
from tests.flow.test_mqtt_broken import Wire, config, names
from tests.flow.test_mqtt_client import Bystander

PATIENCE = 15.0
BULK = b"x" * 60_000
FLOOD = 400
"""Together more than all buffers between the broker and us hold, and than the broker keeps."""


class Readings:
    """Takes readings, or is stuck in one of them, as a machine that is far behind."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.taken: list[tuple[str, bytes]] = []

    def topics(self) -> frozenset[str]:
        return frozenset({"plant/#"})

    def feed(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.taken.append((topic, b"" if retain else payload))
        assert self.free.wait(4 * PATIENCE)


class StuckHome(Registry):
    """A home that hangs in one message."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()

    def feed(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        if topic == "lamp/0" and payload == BULK:
            assert self.free.wait(4 * PATIENCE)
        return super().feed(topic, payload, retain)


def ended(broker: Mosquitto) -> bool:
    """Whether the broker has seen all connections go."""
    said = tuple(f"Client ternd-pi{name} disconnected" for name in ("", ".home", ".readings"))
    return all(one in broker.log for one in said)


def answer(request: Request, respond: Respond) -> None:
    respond(Reply(request.id, f"You said: {request.text}", ""))


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """Keeps no more for a client than twenty messages."""
    with Mosquitto(MosquittoOptions(extra="max_queued_messages 20")) as running:
        yield running


@contextmanager
def node(
    port: int, home: Registry, readings: Readings | None = None, *, silent_s: float = 4 * PATIENCE
) -> Iterator[MqttClient]:
    client = MqttClient(
        MqttSettings(host=HOST, port=port),
        "pi",
        home=home,
        readings=readings,
        on_ask=answer,
        backoff_s=0.05,
        silent_s=silent_s,
    )
    client.start()
    try:
        assert client.wait_hearing(PATIENCE)
        yield client
    finally:
        client.stop()


def flood(broker: Mosquitto, topic: str) -> None:
    """More than anybody keeps for a client that takes nothing: the broker drops the rest."""
    publisher = paho.Client(CallbackAPIVersion.VERSION2)
    publisher.connect(broker.host, broker.port)
    publisher.loop_start()
    for _ in range(FLOOD):
        publisher.publish(topic, BULK)
    publisher.publish("flooded", b"", 1).wait_for_publish(4 * PATIENCE)
    publisher.disconnect()
    publisher.loop_stop()


def test_requests_and_states_pass_a_flood_of_readings(broker: Mosquitto) -> None:
    home, readings = Registry(), Readings()
    with Bystander(broker, "ternd/pi/reply") as asker, node(broker.port, home, readings) as client:
        asker.say("homeassistant/switch/l0/config", config(0), retain=True)
        assert eventually(lambda: names(home) == ["Lamp 0"], PATIENCE)
        readings.free.clear()
        flood(broker, "plant/1")
        assert "dropped for client ternd-pi.readings" in broker.log, "the broker is at its limit"
        for number in range(50):
            asker.say("ternd/pi/ask", json.dumps({"text": f"sentence {number}", "id": f"r{number}"}).encode())
        asker.say("lamp/0", b"ON", retain=True)
        replies = asker.hears("ternd/pi/reply", 50)
        assert [json.loads(one.payload)["id"] for one in replies] == [f"r{number}" for number in range(50)]
        assert eventually(lambda: home.report_of("switch.lamp_0").get("state") == "on", PATIENCE)
        assert len(readings.taken) == 1
        readings.free.set()
        assert eventually(lambda: len(readings.taken) > 1, PATIENCE), "the service goes on where it was"
        assert client.stats().connects == 1


def test_who_hangs_in_a_message_is_stuck(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.mqtt.listener.HANG_S", 0.2)
    readings = Readings()
    with Bystander(broker) as plant, node(broker.port, Registry(), readings) as client:
        assert not client.stuck
        readings.free.clear()
        plant.say("plant/1", b"7")
        assert eventually(lambda: client.stuck, PATIENCE)
        readings.free.set()
        assert eventually(lambda: not client.stuck, PATIENCE)


@pytest.mark.parametrize("what", ["appliance.mqtt.homelink.HomeLink.work", "appliance.mqtt.sending.Sender.flush"])
def test_a_defect_costs_one_connection(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    module, name, method = what.rsplit(".", 2)
    owner = getattr(importlib.import_module(module), name)
    sound, defects = getattr(owner, method), iter(range(1))

    def defective(self: object, *rest: object) -> None:
        if next(defects, None) is not None:
            raise ZeroDivisionError
        sound(self, *rest)

    monkeypatch.setattr(owner, method, defective)
    home = Registry()
    with Bystander(broker, "ternd/pi/reply") as asker, node(broker.port, home) as client:
        asker.say("homeassistant/switch/l0/config", config(0), retain=True)
        assert eventually(lambda: names(home) == ["Lamp 0"], PATIENCE)
        asker.say("ternd/pi/ask", b"hello")
        asker.hears("ternd/pi/reply")
        assert not client.stuck


def test_requests_pass_a_home_that_talks_too_much(broker: Mosquitto) -> None:
    home = StuckHome()
    with Bystander(broker, "ternd/pi/reply") as asker, node(broker.port, home):
        asker.say("homeassistant/switch/l0/config", config(0), retain=True)
        assert eventually(lambda: names(home) == ["Lamp 0"], PATIENCE)
        asker.say("lamp/0", b"ON", retain=True)
        assert eventually(lambda: home.report_of("switch.lamp_0").get("state") == "on", PATIENCE)
        flood(broker, "lamp/0")
        for number in range(50):
            asker.say("ternd/pi/ask", b"sentence %d" % number)
        asker.hears("ternd/pi/reply", 50)
        home.free.set()


def test_what_listens_is_connected_again_by_itself(broker: Mosquitto) -> None:
    home, readings = Registry(), Readings()
    with Bystander(broker) as zigbee, node(broker.port, home, readings) as client:
        before = client.hears
        for name in ("home", "readings"):
            thief = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"ternd-pi.{name}")
            thief.connect(broker.host, broker.port)  # with the same id: the broker ends the other
            thief.loop_start()
            assert eventually(lambda: client.hears == 0, PATIENCE)
            thief.disconnect()
            thief.loop_stop()
            assert client.wait_hearing(PATIENCE)
        assert client.hears >= before + 2
        assert client.stats().connects == 1
        zigbee.say("homeassistant/switch/l0/config", config(0), retain=True)
        assert eventually(lambda: names(home) == ["Lamp 0"], PATIENCE)
        zigbee.say("plant/1", b"7")
        assert eventually(lambda: readings.taken == [("plant/1", b"7")], PATIENCE)


def test_half_open_connections_that_listen_are_noticed(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.mqtt.listener._BEAT_S", 0.1)
    readings = Readings()
    with (
        Bystander(broker) as plant,
        Wire(broker) as wire,
        node(wire.port, Registry(), readings, silent_s=1.0) as client,
    ):
        before = client.hears
        for pair in wire.pairs[1:]:  # the first one has the requests
            wire.stuck.update(pair)
        assert eventually(lambda: client.hears >= before + 2, PATIENCE)
        assert client.stats().connects == 1
        plant.say("plant/1", b"7")
        assert eventually(lambda: readings.taken == [("plant/1", b"7")], PATIENCE)


def test_a_process_that_stood_still_reads_first_what_has_come(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.mqtt.listener._BEAT_S", 0.02)
    monkeypatch.setattr("appliance.mqtt.listener._PROOF_S", 0.02)
    looks: Counter[Connection] = Counter()
    silent: set[Connection] = set()

    def silent_since(connection: Connection) -> float | None:
        looks[connection] += 1
        return float("-inf") if looks[connection] == 3 or connection in silent else None

    monkeypatch.setattr(Connection, "silent_since", property(silent_since))
    with node(broker.port, Registry()) as client:
        assert eventually(lambda: any(times > 20 for times in looks.values()), PATIENCE)
        assert client.hears == 1
        silent.update(looks)
        assert eventually(lambda: client.hears == 2, PATIENCE), "one that goes on being silent is given up"


def test_a_broker_that_forbids_our_own_topics_still_gives_signs_of_life(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    rights = broker._path("acl")
    rights.write_text("topic readwrite #\ntopic deny ternd/#\n")
    rights.chmod(0o644)
    broker.options.extra = f"acl_file {rights}"
    broker.restart()
    answers: list[float | None] = []
    probe = Connection.probe
    monkeypatch.setattr("appliance.mqtt.listener._BEAT_S", 0.05)

    def noted(self: Connection) -> None:
        answers.append(self.silent_since)
        probe(self)

    monkeypatch.setattr(Connection, "probe", noted)
    with node(broker.port, Registry()) as client:
        assert eventually(lambda: len(answers) > 20, PATIENCE)
        assert client.hears == 1
    assert answers.count(None) > 10


def test_who_is_behind_sheds_readings_by_count_and_stays(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    lag = [0.0]
    monkeypatch.setattr("appliance.mqtt.readings.LOOK_S", 0.01)
    monkeypatch.setattr(Connection, "lag", property(lambda _self: lag[0]))
    readings = Readings()
    with Bystander(broker) as plant, node(broker.port, Registry(), readings) as client:

        def shedding() -> bool:
            lag[0] = lag[0] + 2
            plant.say("plant/1", b"7")
            return client.stats().shed > 0

        assert eventually(shedding, PATIENCE)
        taken = len(readings.taken)
        plant.say("plant/2", b"8")
        assert eventually(lambda: ("plant/2", b"8") in readings.taken[taken:], PATIENCE), "one that was not heard yet"
        assert client.stats().listener_connects == 2


def test_all_connections_end_with_the_service_and_come_back_with_the_broker(broker: Mosquitto) -> None:
    readings = Readings()
    with node(broker.port, Registry(), readings) as client:
        broker.stop()
        assert eventually(lambda: not client.connected and client.hears == 0, PATIENCE)
        broker.start()
        assert client.wait_hearing(PATIENCE)
        with Bystander(broker) as plant:
            plant.say("plant/1", b"7")
            assert eventually(lambda: readings.taken == [("plant/1", b"7")], PATIENCE)
    assert eventually(lambda: ended(broker), PATIENCE)
