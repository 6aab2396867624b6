"""The simulated home on a real broker: what stands on the wire is what real devices put there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from appliance.demo.broker import Broker, start_broker
from appliance.demo.devices import Simulation, load_demo_home
from appliance.demo.tasmota import Tasmota
from appliance.demo.wire import Clock, Fault, Wire
from appliance.demo.zigbee2mqtt import Bridge, address
from appliance.demo.zigbee_devices import Light


class Ear:
    """A client that keeps the last message of each topic."""

    def __init__(self, broker: Broker) -> None:
        self.heard: dict[str, str] = {}
        self.retained: set[str] = set()
        self._changed = threading.Condition()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        self._client.on_message = self._on_message
        self._client.connect(broker.host, broker.port)
        self._client.subscribe("#", 1)
        self._client.loop_start()

    def say(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload, qos=1)

    def json(self, topic: str) -> Any:
        return json.loads(self.heard.get(topic, "null"))

    def await_(self, condition: Callable[[], object], seconds: float = 5.0) -> bool:
        """Whether the condition becomes true in time."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(condition()), seconds)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: object, _user: object, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.heard[message.topic] = message.payload.decode()
            if message.retain:
                self.retained.add(message.topic)
            self._changed.notify_all()


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    running = start_broker(prefer="mosquitto")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def home(broker: Broker) -> Iterator[Simulation]:
    simulation = Simulation(load_demo_home(), broker.host, broker.port)
    simulation.start()
    yield simulation
    simulation.stop()


@pytest.fixture
def ear(broker: Broker, home: Simulation) -> Iterator[Ear]:
    del home
    listening = Ear(broker)
    yield listening
    listening.close()


def test_a_late_client_finds_discovery_and_states_retained(ear: Ear) -> None:
    wanted = {
        "light",
        "switch",
        "cover",
        "lock",
        "climate",
        "fan",
        "vacuum",
        "sensor",
        "binary_sensor",
        "scene",
        "device",
    }
    assert ear.await_(
        lambda: wanted <= {topic.split("/")[1] for topic in ear.retained if topic.startswith("homeassistant/")}
    )
    assert ear.await_(lambda: sum(topic.startswith("tasmota/discovery/") for topic in ear.retained) >= 10)
    assert ear.await_(lambda: "zigbee2mqtt/Smoke detector" in ear.retained and "garage/door/state" in ear.retained)
    lights = [ear.json(topic) for topic in ear.retained if topic.startswith("homeassistant/light/")]
    there = [f"zigbee2mqtt/{light['device']['name']}/availability" for light in lights]
    assert ear.await_(lambda: all(ear.heard.get(topic) == '{"state": "online"}' for topic in there))


@pytest.mark.parametrize(
    ("command", "payload", "state", "expected"),
    [
        (
            "zigbee2mqtt/Kitchen ceiling light/set",
            '{"state": "ON", "brightness": 120}',
            "zigbee2mqtt/Kitchen ceiling light",
            {"brightness": 120},
        ),
        (
            "zigbee2mqtt/Floor lamp/set",
            '{"color": {"r": 0, "g": 0, "b": 255}}',
            "zigbee2mqtt/Floor lamp",
            {"color": {"x": 0.15, "y": 0.06}},
        ),
        (
            "zigbee2mqtt/Dining room blind/set",
            '{"position": 40}',
            "zigbee2mqtt/Dining room blind",
            {"position": 40, "state": "OPEN"},
        ),
        ("zigbee2mqtt/Front door/set", "UNLOCK", "zigbee2mqtt/Front door", {"lock_state": "unlocked"}),
        (
            "zigbee2mqtt/Living room thermostat/set/system_mode",
            "auto",
            "zigbee2mqtt/Living room thermostat",
            {"system_mode": "auto"},
        ),
    ],
)
def test_zigbee_devices_obey_and_report(
    ear: Ear, command: str, payload: str, state: str, expected: dict[str, object]
) -> None:
    ear.say(command, payload)
    assert ear.await_(lambda: expected.items() <= (ear.json(state) or {}).items()), ear.heard.get(state)


def test_tasmota_devices_obey_and_report(ear: Ear) -> None:
    mac = Tasmota("Coffee machine").mac
    assert ear.await_(lambda: f"tasmota/discovery/{mac}/config" in ear.retained)
    machine = ear.json(f"tasmota/discovery/{mac}/config")["t"]
    assert ear.await_(lambda: ear.heard.get(f"tele/{machine}/LWT") == "Online")
    ear.say(f"cmnd/{machine}/POWER", "ON")
    assert ear.await_(lambda: ear.json(f"stat/{machine}/RESULT") == {"POWER": "ON"})
    ear.say(f"cmnd/{machine}/STATUS", "10")
    assert ear.await_(lambda: ear.json(f"stat/{machine}/STATUS10"))
    assert ear.json(f"stat/{machine}/STATUS10")["StatusSNS"]["ENERGY"]["Power"] > 1000


def test_boards_fans_and_vacuums_obey_and_report(ear: Ear) -> None:
    for topic, payload in (
        ("garage/door/set", "OPEN"),
        ("garden/sprinkler/set", "OPEN"),
        ("living-room-fan/fan/living_room_fan/speed_level/command", "50"),
        ("valetudo/robot-vacuum/hass/robot-vacuum_vacuum/command", "START"),
    ):
        ear.say(topic, payload)
    assert ear.await_(lambda: ear.heard.get("garage/door/state") == "open")
    assert ear.await_(lambda: ear.heard.get("garden/sprinkler/state") == "open")
    assert ear.await_(lambda: ear.heard.get("living-room-fan/fan/living_room_fan/speed_level/state") == "50")
    assert ear.await_(
        lambda: (ear.json("valetudo/robot-vacuum/hass/robot-vacuum_vacuum/state") or {}).get("state") == "cleaning"
    )


def test_nonsense_is_ignored_and_the_home_lives_on(ear: Ear) -> None:
    for payload in ("", "BANANA", "{", "[" * 5000, '{"brightness": []}', "\x00"):
        ear.say("zigbee2mqtt/Garage light/set", payload)
    ear.say("zigbee2mqtt/Nobody/set", "ON")
    ear.say("zigbee2mqtt/Garage light/set", "ON")
    assert ear.await_(lambda: (ear.json("zigbee2mqtt/Garage light") or {}).get("state") == "ON")


def test_the_last_will_speaks_when_a_station_is_cut_off(broker: Broker) -> None:
    clock = Clock()
    clock.start()
    wire = Wire(clock, Bridge([Light("Spare lamp", fault=Fault())], base="z2m-spare"), broker.host, broker.port)
    wire.start()
    assert wire.wait_announced(5)
    ear = Ear(broker)
    assert ear.await_(lambda: ear.json("z2m-spare/bridge/state") == {"state": "online"})
    assert ear.await_(lambda: ear.json(f"homeassistant/light/{address('Spare lamp')}/light/config"))
    wire.cut()
    assert ear.await_(lambda: ear.json("z2m-spare/bridge/state") == {"state": "offline"})
    ear.close()
    clock.stop()


def test_the_home_runs_on_the_python_broker_too() -> None:
    pytest.importorskip("amqtt")
    broker = start_broker(prefer="amqtt")
    simulation = Simulation(load_demo_home(), broker.host, broker.port)
    simulation.start()
    ear = Ear(broker)
    assert ear.await_(lambda: "zigbee2mqtt/Garage light" in ear.heard)
    ear.say("zigbee2mqtt/Garage light/set", "ON")
    assert ear.await_(lambda: (ear.json("zigbee2mqtt/Garage light") or {}).get("state") == "ON")
    ear.close()
    simulation.stop()
    broker.stop()
