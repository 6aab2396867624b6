"""Telemetry of pins in the whole daemon on a real Mosquitto: outages, restarts, crashes. Nothing lost, nothing out of order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from appliance.config import (
    GpioSettings,
    HistorySettings,
    LimitsSettings,
    MqttSettings,
    NodeSettings,
    OutputSettings,
    Settings,
    StoreSettings,
    TelemetrySettings,
)
from appliance.daemon import Daemon
from appliance.database import Database
from appliance.home import Registry
from appliance.messages import PinChange, Publish, Request, Result
from appliance.mqtt import MqttClient, Receipt
from appliance.watch.waiting import Waiting
from tests.broker import Mosquitto, MosquittoOptions, eventually
from tests.flow.test_mqtt_client import Bystander

PATIENCE = 30.0
LEVELS = 40


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with Mosquitto(MosquittoOptions(persistence=True)) as running:
        yield running


class Recorder:
    """Hears everything of the node in a session that outlives the broker."""

    def __init__(self, broker: Mosquitto) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="recorder", clean_session=False)
        self._client.on_message = lambda _c, _d, m: self.heard.append((m.topic, bytes(m.payload)))
        self._client.on_connect = lambda client, *_: client.subscribe([("ternd/n/telemetry/#", 1), ("pump/set", 1)])
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        assert eventually(self._client.is_connected, PATIENCE)

    def announce(self, lamp: str) -> None:
        """A lamp that is commanded on ``<lamp>/set``."""
        config = {"name": lamp, "unique_id": lamp, "command_topic": f"{lamp}/set", "state_topic": lamp}
        self._client.publish(
            f"homeassistant/switch/{lamp}/config", json.dumps(config), 1, retain=True
        ).wait_for_publish(9)

    def commands(self) -> list[bytes]:
        return [payload for topic, payload in self.heard if topic.endswith("/set")]

    def readings(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for topic, payload in self.heard if topic.startswith("ternd/n/telemetry/")]

    def levels(self) -> list[int]:
        """The brightnesses in the order in which each was heard first."""
        found = (reading.get("brightness") for reading in self.readings() if reading["state"] == "on")
        return list(dict.fromkeys(int(level) for level in found if level is not None))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def recorder(broker: Mosquitto) -> Iterator[Recorder]:
    made = Recorder(broker)
    yield made
    made.close()


def settings_of(port: int, directory: Path, *, max_waiting: int = 20_000) -> Settings:
    return Settings(
        node=NodeSettings(id="n"),
        mqtt=MqttSettings(port=port),
        limits=LimitsSettings(confirm_timeout_s=0.3),
        gpio=GpioSettings(
            factory="mock", output=(OutputSettings(id="light.porch", name="Porch light", pin=18, kind="pwm"),)
        ),
        store=StoreSettings(path=directory / "ternd.sqlite"),
        history=HistorySettings(path=directory / "history.sqlite"),
        telemetry=TelemetrySettings(max_waiting=max_waiting),
    )


@contextmanager
def daemon(broker: Mosquitto, directory: Path, *, max_waiting: int = 20_000) -> Iterator[Daemon]:
    running = Daemon(settings_of(broker.port, directory, max_waiting=max_waiting))
    running.start()
    try:
        yield running
    finally:
        running.stop()


def dim(running: Daemon, levels: range) -> None:
    for level in levels:
        running.change(PinChange("light.porch", "turn_on", {"brightness": level}))


def test_an_outage_and_a_restart_in_it_lose_nothing(broker: Mosquitto, recorder: Recorder, tmp_path: Path) -> None:
    with daemon(broker, tmp_path) as running:
        assert running.wait_ready(PATIENCE)
        dim(running, range(1, 10))
        assert eventually(lambda: recorder.levels() == [*range(1, 10)], PATIENCE)
        recorder.announce("pump")
        assert eventually(lambda: "switch.pump" in {entity.id for entity in running.home().entities}, PATIENCE)
        broker.stop()
        assert eventually(lambda: running.connects() == 0, PATIENCE)
        dim(running, range(10, 30))
        assert eventually(lambda: running.health()["telemetry_waiting"] == 20, PATIENCE)
        pump = running.ask(Request("b", "turn on the pump", "cli"))
        assert [action.result for action in pump.actions] == [Result.FAILED]
    with daemon(broker, tmp_path) as running:
        dim(running, range(30, LEVELS))
        broker.start()
        assert running.wait_ready(PATIENCE)
        assert eventually(lambda: len(recorder.levels()) == LEVELS - 1, PATIENCE)
        assert recorder.levels() == [*range(1, LEVELS)]
        assert eventually(lambda: running.health()["telemetry_waiting"] == 0, PATIENCE)
    assert recorder.commands() == [], "a command of the outage is not done after it"
    times = [reading["at"] for reading in recorder.readings()]
    assert times == sorted(times)


def test_a_broker_that_breaks_again_and_again(broker: Mosquitto, recorder: Recorder, tmp_path: Path) -> None:
    with daemon(broker, tmp_path) as running:
        assert running.wait_ready(PATIENCE)
        for round_ in range(4):
            dim(running, range(1 + 60 * round_, 31 + 60 * round_))
            broker.restart()
            dim(running, range(31 + 60 * round_, 61 + 60 * round_))
        assert running.wait_ready(PATIENCE)
        assert eventually(lambda: len(recorder.levels()) == 240, PATIENCE)
    assert recorder.levels() == [*range(1, 241)]


def test_a_broker_that_stands_still(broker: Mosquitto, recorder: Recorder, tmp_path: Path) -> None:
    with daemon(broker, tmp_path) as running:
        assert running.wait_ready(PATIENCE)
        assert broker._process is not None
        broker._process.send_signal(signal.SIGSTOP)
        try:
            dim(running, range(1, LEVELS))
            assert eventually(lambda: running._store.database.read(_rows) > 0, PATIENCE), "it is on disk soon"
        finally:
            broker._process.send_signal(signal.SIGCONT)
        assert eventually(lambda: len(recorder.levels()) == LEVELS - 1, PATIENCE)
        assert eventually(lambda: running.health()["telemetry_waiting"] == 0, PATIENCE)
        if running.connects() == 1:
            told = [reading["brightness"] for reading in recorder.readings() if reading["state"] == "on"]
            assert told == [*range(1, LEVELS)], "each once, for no connection broke"
    assert recorder.levels() == [*range(1, LEVELS)]


def test_a_long_outage_keeps_the_latest(broker: Mosquitto, recorder: Recorder, tmp_path: Path) -> None:
    broker.stop()
    with daemon(broker, tmp_path, max_waiting=100) as running:
        for _ in range(2):
            dim(running, range(1, 151))
        assert eventually(lambda: running.health()["telemetry_dropped"] > 0, PATIENCE)
        broker.start()
        assert running.wait_ready(PATIENCE)
        assert eventually(lambda: recorder.levels()[-1:] == [150], PATIENCE)
        assert running.health()["telemetry_dropped"] >= 200
    assert len(recorder.readings()) <= 101
    assert recorder.levels() == [*range(51, 151)]


def test_a_kill_in_an_outage_costs_the_last_moments_at_most(
    broker: Mosquitto, recorder: Recorder, tmp_path: Path
) -> None:
    broker.stop()
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from appliance.daemon import Daemon
        from tests.broker import eventually
        from tests.flow.test_telemetry import PATIENCE, _rows, dim, settings_of
        daemon = Daemon(settings_of(int(sys.argv[1]), Path(sys.argv[2])))
        daemon.start()
        dim(daemon, range(1, 61))
        assert eventually(lambda: daemon._store.database.read(_rows) == 60, PATIENCE)
        for level in range(61, 250):
            dim(daemon, range(level, level + 1))
            print(level, flush=True)
        sys.stdin.read()
        """
    )
    command = [sys.executable, "-c", script, str(broker.port), str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            if int(line) == 90:
                os.kill(victim.pid, signal.SIGKILL)
    broker.start()
    with daemon(broker, tmp_path) as running:
        assert running.wait_ready(PATIENCE)
        dim(running, range(255, 256))
        assert eventually(lambda: recorder.levels()[-1:] == [255], PATIENCE)
    heard = recorder.levels()[:-1]
    assert heard == [*range(1, len(heard) + 1)], "no gap, and in order"
    assert len(heard) >= 60, "what is a second old is on disk while it runs"


class Link:
    """What the daemon is for the watches, with nothing else."""

    def __init__(self, client: MqttClient) -> None:
        self._client = client

    def publish(self, message: Publish) -> Receipt:
        return self._client.publish(message)

    def connects(self) -> int:
        return self._client.stats().connects if self._client.connected else 0


def test_a_message_that_ends_every_connection_holds_nothing_up() -> None:
    waiting = Waiting(Database(None, ""), "telemetry", 100)
    with Mosquitto(MosquittoOptions(max_packet_size=1000)) as broker, Bystander(broker, "ternd/n/telemetry/#") as heard:
        settings = MqttSettings(host=broker.host, port=broker.port, protocol="3.1.1", announce=False)
        client = MqttClient(settings, "n", home=Registry(), on_ask=lambda _r, _a: None, backoff_s=0.05)
        client.start()
        try:
            waiting.put(
                *(Publish(f"ternd/n/telemetry/{name}", b"x" * size) for name, size in (("a", 9), ("b", 2000), ("c", 9)))
            )
            deadline = time.monotonic() + 2 * PATIENCE
            while len(waiting) and time.monotonic() < deadline:
                client.wait_connected(1)
                waiting.forward(Link(client))
                time.sleep(0.05)
            assert (len(waiting), waiting.dropped) == (0, 1)
            assert eventually(lambda: len(heard.on("ternd/n/telemetry/c")) >= 1, PATIENCE)
            assert heard.on("ternd/n/telemetry/a")
            assert heard.on("ternd/n/telemetry/b") == []
        finally:
            client.stop()


def _rows(db: Any) -> int:
    return int(db.execute("SELECT count(*) FROM telemetry").fetchone()[0])
