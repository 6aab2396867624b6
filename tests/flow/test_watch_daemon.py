"""Sensor watches in the whole daemon on a real Mosquitto: alerts, outages of the broker, restarts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from appliance.config import (
    GpioSettings,
    HistorySettings,
    MqttSettings,
    NodeSettings,
    OutputSettings,
    Settings,
    StoreSettings,
    WatchSettings,
)
from appliance.daemon import Daemon
from appliance.messages import Request
from tests.broker import Mosquitto, MosquittoOptions, eventually

COLD = WatchSettings(
    id="cold", topics=("plant/+/temp",), name="Store {1}", unit="°C", measure="temperature", above=8.0, missing_s=3600
)


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with Mosquitto(MosquittoOptions(persistence=True)) as running:
        yield running


@contextmanager
def daemon(
    broker: Mosquitto, directory: Path, *watches: WatchSettings, protocol: Literal["auto", "3.1.1"] = "auto"
) -> Iterator[Daemon]:
    settings = Settings(
        node=NodeSettings(id="n"),
        mqtt=MqttSettings(host=broker.host, port=broker.port, protocol=protocol),
        gpio=GpioSettings(factory="mock"),
        store=StoreSettings(path=directory / "ternd.sqlite"),
        history=HistorySettings(path=directory / "history.sqlite"),
        watch=watches or (COLD,),
    )
    running = Daemon(settings)
    running.start()
    try:
        assert running.wait_ready(10)
        yield running
    finally:
        running.stop()


class Plant:
    """Sensors, and somebody who hears the alerts."""

    def __init__(self, broker: Mosquitto) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="plant")
        self._client.on_message = lambda _c, _d, m: self.heard.append((m.topic, json.loads(m.payload)))
        self._client.on_connect = lambda client, *_: client.subscribe("ternd/n/alert/#", qos=1)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def say(self, place: str, value: object) -> None:
        self._client.publish(f"plant/{place}/temp", str(value), qos=1).wait_for_publish(10)

    def connected(self) -> bool:
        return self._client.is_connected()

    def state(self) -> str:
        found = [content["state"] for topic, content in self.heard if topic == "ternd/n/alert/cold"]
        return str(found[-1]) if found else ""

    def events(self) -> list[str]:
        return [content["event"] for topic, content in self.heard if topic == "ternd/n/alert/cold/event"]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def plant(broker: Mosquitto) -> Iterator[Plant]:
    made = Plant(broker)
    yield made
    made.close()


def test_an_alert_over_a_restart_of_broker_and_daemon(broker: Mosquitto, plant: Plant, tmp_path: Path) -> None:
    with daemon(broker, tmp_path) as running:
        assert eventually(lambda: plant.state() == "clear")
        assert eventually(lambda: listens(running, plant))
        plant.say("west", 9.5)
        assert eventually(lambda: plant.state() == "raised")
        broker.restart()
        assert eventually(plant.connected, 20)
        assert running.wait_ready(20)
        assert eventually(lambda: listens(running, plant), 20)
        plant.say("west", 5)
        assert eventually(lambda: plant.state() == "clear", 20)
        plant.say("west", 10)
        assert eventually(lambda: plant.state() == "raised", 20)
    with daemon(broker, tmp_path) as running:
        assert eventually(lambda: listens(running, plant))
        plant.say("west", 4)
        assert eventually(lambda: plant.state() == "clear", 20)
    assert plant.events() == ["raised", "cleared", "raised", "cleared"]


def told(running: Daemon, before: int) -> int:
    """Messages that both watches took for a reading."""
    return (running.watched().readings - before) // 2


def listens(running: Daemon, plant: Plant) -> bool:
    """Whether a reading arrives."""
    before = running.watched().readings
    plant.say("test", 1)
    return eventually(lambda: running.watched().readings > before, 0.5)


@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
def test_two_watches_over_one_topic_hear_each_reading_once(
    broker: Mosquitto, plant: Plant, tmp_path: Path, protocol: Literal["auto", "3.1.1"]
) -> None:
    """To a client of MQTT 5 this broker sends a copy for each subscription, to one of 3.1.1 a single one.

    Equal readings that come in a burst are no copies. With 3.1.1 they cannot be told from copies, and are counted as such.
    """
    wide = WatchSettings(id="wide", topics=("plant/#",), above=100)
    with daemon(broker, tmp_path, COLD, wide, protocol=protocol) as running:
        assert eventually(lambda: listens(running, plant))
        assert eventually(lambda: protocol != "auto" or running.watched().repeated == running.watched().readings // 2)
        before, copies = running.watched().readings, running.watched().repeated
        for value in [5] * 20 + [6, 7] * 10:
            plant.say("west", value)
        plant.say("north", 1)
        many = 2 * 41 if protocol == "auto" else 41
        assert eventually(lambda: told(running, before) + running.watched().repeated - copies >= many)
        assert told(running, before) + running.watched().repeated - copies == many, (
            "each is a reading or counted as a copy"
        )
        assert told(running, before) == 41 if protocol == "auto" else told(running, before) >= 31


def test_a_disk_that_cannot_be_written_costs_the_past_not_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no directory")
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "file" / "state"))
    running = Daemon(
        Settings(
            mqtt=MqttSettings(enabled=False),
            gpio=GpioSettings(factory="mock", output=(OutputSettings(id="switch.pump", name="Pump", pin=17),)),
            watch=(WatchSettings(id="pump", entities=("switch.pump",), equals="on"),),
        )
    )
    running.start()
    try:
        assert running.ask(Request("a", "turn on the pump", "cli")).text == "Pump is on."
        assert eventually(lambda: running.watched().alerts == 1)
        assert running.ask(Request("b", "since when is the pump on", "cli")).text.startswith("Pump is on since ")
        assert running.ask(Request("c", "any alerts", "cli")).text.startswith("Pump is on")
        assert "cannot be written" in running.health()["disk"]
        assert "cannot be written" in running.status()
    finally:
        running.stop()
