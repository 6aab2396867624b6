"""Connections that break, or that only look whole: a real Mosquitto behind a wire that can be cut and frozen."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest

from appliance.config import MqttSettings
from appliance.home import Registry
from appliance.messages import Publish
from appliance.mqtt import MqttClient
from tests.broker import HOST, Mosquitto, MosquittoOptions, eventually
from tests.flow.test_mqtt_client import Bystander

PATIENCE = 15.0


class Wire:
    """A TCP relay to the broker: frozen it swallows everything and closes nothing; cut it takes no connection.

    Muffled it swallows what goes to the broker.
    """

    def __init__(self, broker: Mosquitto) -> None:
        self._target = (broker.host, broker.port)
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self.frozen = threading.Event()
        self.muffled = threading.Event()
        self.cut = threading.Event()
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        self.stuck: set[socket.socket] = set()
        """Ends of connections that are frozen, with all others open."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_arguments: object) -> None:
        self._listener.close()
        self.break_all()

    def break_all(self) -> None:
        for pair in self.pairs:
            for end in pair:
                end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
                if self.cut.is_set():
                    near.close()
                    continue
                pair = (near, socket.create_connection(self._target))
            except OSError:
                return
            self.pairs.append(pair)
            threading.Thread(target=self._relay, args=pair, daemon=True).start()

    def _relay(self, near: socket.socket, far: socket.socket) -> None:
        started_frozen = False
        try:
            while True:
                ready, _, _ = select.select([near, far], [], [], 0.1)
                for end in ready:
                    data = end.recv(65_536)
                    if not data:
                        return
                    started_frozen = started_frozen or self.frozen.is_set() or end in self.stuck
                    if not started_frozen and not (end is near and self.muffled.is_set()):
                        (far if end is near else near).sendall(data)
        except (OSError, ValueError):
            return
        finally:
            near.close()
            far.close()


@contextmanager
def running(wire: Wire, home: Registry, *, silent_s: float = 10.0, grace_s: float = 0.1) -> Iterator[MqttClient]:
    settings = MqttSettings(host=HOST, port=wire.port)
    client = MqttClient(
        settings,
        "pi",
        home=home,
        on_ask=lambda _request, _respond: None,
        backoff_s=0.05,
        grace_s=grace_s,
        silent_s=silent_s,
    )
    client.start()
    try:
        assert client.wait_connected(PATIENCE)
        yield client
    finally:
        client.stop()


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with Mosquitto() as running_broker:
        yield running_broker


def config(number: int) -> bytes:
    keys = {
        "name": f"Lamp {number}",
        "uniq_id": f"l{number}",
        "cmd_t": f"lamp/{number}/set",
        "stat_t": f"lamp/{number}",
    }
    return json.dumps(keys).encode()


def names(home: Registry) -> list[str]:
    return sorted(entity.name for entity in home.snapshot().entities)


def test_a_device_that_was_removed_while_nobody_listened_disappears(broker: Mosquitto) -> None:
    home = Registry()
    with Bystander(broker) as zigbee, Wire(broker) as wire, running(wire, home) as client:
        for number in range(3):
            zigbee.say(f"homeassistant/switch/l{number}/config", config(number), retain=True)
        zigbee.say("lamp/0", b"ON", retain=True)
        assert eventually(lambda: names(home) == ["Lamp 0", "Lamp 1", "Lamp 2"], PATIENCE)
        assert eventually(lambda: home.report_of("switch.lamp_0")["state"] == "on", PATIENCE)
        wire.cut.set()
        wire.break_all()
        assert eventually(lambda: not client.connected, PATIENCE)
        zigbee.say("homeassistant/switch/l1/config", b"", retain=True)
        renamed = json.loads(config(2)) | {"name": "Desk lamp"}
        zigbee.say("homeassistant/switch/l2/config", json.dumps(renamed).encode(), retain=True)
        wire.cut.clear()
        assert client.wait_connected(PATIENCE)
        assert eventually(lambda: names(home) == ["Desk lamp", "Lamp 0"], PATIENCE)
        assert home.report_of("switch.lamp_0")["state"] == "on"


def test_a_broker_that_forgot_everything_does_not_empty_the_home_at_once(broker: Mosquitto) -> None:
    home = Registry()
    with Wire(broker) as wire, running(wire, home, grace_s=60.0) as client:
        with Bystander(broker) as zigbee:
            zigbee.say("homeassistant/switch/l0/config", config(0), retain=True)
            assert eventually(lambda: names(home) == ["Lamp 0"], PATIENCE)
        broker.restart()
        assert eventually(lambda: client.stats().connects >= 2 and client.connected, PATIENCE)
        assert eventually(lambda: getattr(client._listeners[0].ear, "called", False), PATIENCE)
        assert names(home) == ["Lamp 0"]


def test_a_half_open_connection_is_noticed_and_replaced(broker: Mosquitto) -> None:
    home = Registry()
    with Wire(broker) as wire, running(wire, home, silent_s=0.5) as client:
        assert client.publish_health({"n": 1}) is not None
        wire.frozen.set()
        receipt = client.publish(Publish("lamp/set", b"ON"))
        began = time.monotonic()
        assert eventually(lambda: client.stats().connects == 1 and not client.connected, PATIENCE)
        assert not receipt.wait(PATIENCE)
        assert "broke" in receipt.refusal
        assert time.monotonic() - began < PATIENCE
        wire.frozen.clear()
        assert eventually(lambda: client.stats().connects >= 2 and client.connected, PATIENCE)
        assert client.publish(Publish("lamp/set", b"OFF")).wait(PATIENCE)


def test_a_broker_that_still_sends_is_not_given_up(broker: Mosquitto) -> None:
    """A machine that is behind has its acknowledgement in what it has not read yet; but not for ever."""
    home = Registry()
    with Bystander(broker) as zigbee, Wire(broker) as wire, running(wire, home, silent_s=0.5) as client:
        zigbee.say("homeassistant/switch/l0/config", config(0), retain=True)
        assert eventually(lambda: names(home) == ["Lamp 0"], PATIENCE)
        zigbee.say("lamp/0", b"ON", retain=True)
        assert eventually(lambda: home.report_of("switch.lamp_0")["state"] == "on", PATIENCE)
        wire.muffled.set()
        client.publish(Publish("lamp/set", b"ON"))
        began = time.monotonic()
        while time.monotonic() < began + 1.0:  # twice the silence that ends a connection
            zigbee.say("lamp/0", b"OFF")
            assert client.connected
            time.sleep(0.1)
        while time.monotonic() < began + 10.0 and client.connected:
            zigbee.say("lamp/0", b"ON")
            time.sleep(0.1)
        assert 1.5 < time.monotonic() - began < 10.0
        assert not client.connected


def test_a_large_home_is_heard_whole_although_the_broker_bounds_its_queue() -> None:
    """Mosquitto keeps at most 1000 messages for one client by default; one subscription of QoS 1 to 2000 announcements loses half."""
    count = 2000
    home = Registry()
    with Mosquitto() as broker, Bystander(broker) as zigbee, Wire(broker) as wire:
        broker.options.extra = "max_queued_messages 1000"
        broker.restart()
        assert eventually(zigbee._client.is_connected, PATIENCE)
        for number in range(count):
            zigbee._client.publish(f"homeassistant/switch/l{number}/config", config(number), 1, retain=True)
        zigbee.say("filled", b"")
        with running(wire, home):
            assert eventually(lambda: len(home.snapshot().entities) == count, 60)


def test_many_subscriptions_do_not_exceed_what_the_broker_takes_at_once() -> None:
    count = 100
    home = Registry()
    with (
        Mosquitto(MosquittoOptions(max_packet_size=1000)) as broker,
        Bystander(broker) as zigbee,
        Wire(broker) as wire,
    ):
        for number in range(count):
            keys = {
                "name": f"Lamp {number}",
                "uniq_id": f"l{number}",
                "cmd_t": "x/set",
                "stat_t": f"house/{number:050d}",
            }
            zigbee._client.publish(f"homeassistant/switch/l{number}/config", json.dumps(keys), 1, retain=True)
            zigbee._client.publish(f"house/{number:050d}", "ON", 1, retain=True)
        zigbee.say("filled", b"")
        with running(wire, home) as client:
            assert eventually(lambda: [one.state for one in home.snapshot().entities] == ["on"] * count, 30)
            assert client.stats().connects == 1


def test_a_sensor_that_joins_later_reads_what_was_kept_for_the_others_of_its_device(broker: Mosquitto) -> None:
    home = Registry()
    with Bystander(broker) as zigbee, Wire(broker) as wire:
        shared = {"stat_t": "zigbee2mqtt/plug", "val_tpl": "{{ value_json.state }}"}
        switch = {"name": "Plug", "uniq_id": "p1", "cmd_t": "zigbee2mqtt/plug/set", **shared}
        zigbee.say("homeassistant/switch/p/plug/config", json.dumps(switch).encode(), retain=True)
        zigbee.say("zigbee2mqtt/plug", b'{"state": "ON", "power": 42}', retain=True)
        with running(wire, home):
            assert eventually(lambda: home.report_of("switch.plug").get("state") == "on", PATIENCE)
            power = {"name": "Plug power", "uniq_id": "p2", **shared, "val_tpl": "{{ value_json.power }}"}
            zigbee.say("homeassistant/sensor/p/power/config", json.dumps(power).encode(), retain=True)
            assert eventually(lambda: home.report_of("sensor.plug_power").get("state") == "42", PATIENCE)
