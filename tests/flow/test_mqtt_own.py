"""The node's own pins on the broker: announced, shown, commanded through policy and gate. Real Mosquitto, mock pins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.config import GpioSettings, MqttSettings, NodeSettings, OutputSettings, Settings, StoreSettings
from appliance.daemon import Daemon
from appliance.home import Registry
from tests.broker import Mosquitto, eventually
from tests.flow.test_mqtt_client import Bystander

PATIENCE = 15.0
OUTPUTS = (
    OutputSettings(id="switch.pump", name="Garden pump", pin=17),
    OutputSettings(id="light.porch", name="Porch light", pin=18, kind="pwm"),
    OutputSettings(id="valve.pool", name="Pool valve", pin=22),
)


@dataclass
class Scene:
    """A running daemon and a client that hears everything of it."""

    broker: Mosquitto
    user: Bystander
    daemon: Daemon

    def shown(self, name: str) -> dict[str, Any]:
        """The last state of a pin on the broker."""
        heard = self.user.on(f"ternd/node/gpio/{name}/state")
        return json.loads(heard[-1].payload) if heard else {}

    def shows(self, name: str, **wanted: object) -> bool:
        return eventually(lambda: self.shown(name) == wanted, PATIENCE)

    def state(self, entity_id: str) -> str:
        return next(entity.state for entity in self.daemon.home().entities if entity.id == entity_id)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("own")
    with Mosquitto() as broker, Bystander(broker, "ternd/#", "homeassistant/device/#") as user:
        settings = Settings(
            node=NodeSettings(id="node"),
            mqtt=MqttSettings(host=broker.host, port=broker.port),
            gpio=GpioSettings(factory="mock", output=OUTPUTS),
            store=StoreSettings(path=folder / "store.sqlite"),
        )
        daemon = Daemon(settings)
        daemon.start()
        try:
            assert daemon.wait_ready(PATIENCE)
            yield Scene(broker, user, daemon)
        finally:
            daemon.stop()


def test_the_pins_are_announced_as_another_controller_can_use_them(scene: Scene) -> None:
    heard = scene.user.hears("homeassistant/device/ternd_node/config")[-1]
    assert heard.retain
    parts = json.loads(heard.payload)["cmps"]
    assert {key: part["p"] for key, part in parts.items() if key.startswith("gpio_")} == {
        "gpio_switch_pump": "switch",
        "gpio_light_porch": "light",
        "gpio_valve_pool": "valve",
    }
    other = Registry(command_topics=None)
    foreign = {**json.loads(heard.payload), "o": {"name": "a controller's view"}}
    other.feed("homeassistant/device/ternd_node/config", json.dumps(foreign).encode())
    reasons = " ".join(problem.reason for problem in other.problems())
    assert "commands to ternd/" in reasons, "another ternd does not command this one's pins by announcement"
    assert other.snapshot().entities


def test_a_switch(scene: Scene) -> None:
    assert scene.shows("pump", state="OFF")
    scene.user.say("ternd/node/gpio/pump/set", b"ON")
    assert scene.shows("pump", state="ON")
    assert scene.state("switch.pump") == "on"
    scene.user.say("ternd/node/gpio/pump/set", b'{"state": "off"}')
    assert scene.shows("pump", state="OFF")


def test_a_light_with_brightness(scene: Scene) -> None:
    scene.user.say("ternd/node/gpio/porch/set", b'{"state": "ON", "brightness": 128}')
    assert scene.shows("porch", state="ON", brightness=128)
    scene.user.say("ternd/node/gpio/porch/set", b'{"state": "OFF"}')
    assert scene.shows("porch", state="OFF")


def test_what_needs_a_yes_is_refused_and_the_state_is_shown_again(scene: Scene) -> None:
    before = len(scene.user.hears("ternd/node/gpio/pool/state"))
    scene.user.say("ternd/node/gpio/pool/set", b"OPEN")
    scene.user.hears("ternd/node/gpio/pool/state", before + 1)
    assert scene.shown("pool") == {"state": "closed"}
    assert scene.state("valve.pool") == "closed"


@pytest.mark.parametrize(
    "payload", [b"", b"TOGGLE", b"{", b'{"state": 3}', b'{"brightness": 300}', b"\xff", b"x" * 5000]
)
def test_nonsense_moves_nothing(scene: Scene, payload: bytes) -> None:
    scene.user.say("ternd/node/gpio/porch/set", payload)
    scene.user.say("ternd/node/gpio/pump/set", b"ON")
    assert scene.shows("pump", state="ON")
    scene.user.say("ternd/node/gpio/pump/set", b"OFF")
    assert scene.shows("pump", state="OFF")
    assert scene.state("light.porch") == "off"


def test_a_retained_command_is_not_carried_out(scene: Scene) -> None:
    scene.user.say("ternd/node/gpio/pump/set", b"ON", retain=True)
    scene.user.say("ternd/node/gpio/pump/set", b"", retain=True)
    scene.user.say("ternd/node/gpio/porch/set", b"ON")
    assert scene.shows("porch", state="ON", brightness=255)
    assert scene.state("switch.pump") == "off"
    scene.user.say("ternd/node/gpio/porch/set", b"OFF")
    assert scene.shows("porch", state="OFF")


def test_the_birth_of_a_controller_is_answered_with_everything(scene: Scene) -> None:
    before = {topic: len(scene.user.on(topic)) for topic in ("ternd/node/gpio/pump/state", "ternd/node/status")}
    config = "homeassistant/device/ternd_node/config"
    announced = len(scene.user.on(config))
    scene.user.say("homeassistant/status", b"online")
    scene.user.hears(config, announced + 1)
    for topic, count in before.items():
        scene.user.hears(topic, count + 1)


def test_what_was_done_is_in_the_log(scene: Scene) -> None:
    scene.user.say("ternd/node/gpio/pump/set", b"OFF")
    assert scene.shows("pump", state="OFF")
    entries = scene.daemon._store.entries(50)
    assert any(entry.source == "mqtt:switch.pump" and "turn_on" in entry.heard for entry in entries)
