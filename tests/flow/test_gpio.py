"""Pins in the whole daemon: inputs that act through policy, outputs that go off although everything else hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.config import Settings, load, parse
from appliance.daemon import Daemon
from appliance.errors import ActError
from appliance.gpio.board import GpiozeroBoard
from appliance.messages import PinChange, Reply, Request, Result
from appliance.mqtt import ask_daemon
from tests.broker import Mosquitto, eventually

ROOT = Path(__file__).parents[2]

CONFIG = """
[node]
id = "bench"
[mqtt]
enabled = false
[limits]
confirm_timeout_s = 0.3
[gpio]
factory = "mock"
[[gpio.output]]
id = "switch.pump"
name = "Pump"
pin = 17
max_on_s = 0.4
[[gpio.output]]
id = "light.hall"
name = "Hall light"
pin = 18
[[gpio.output]]
id = "lock.gate"
name = "Yard lock"
pin = 19
safe_state = "off"
[[gpio.input]]
id = "binary_sensor.bell"
name = "Bell button"
pin = 4
kind = "button"
debounce_s = 0
rest_s = 0
do = ["toggle light.hall"]
[[gpio.input]]
id = "binary_sensor.exit"
name = "Exit button"
pin = 5
kind = "button"
debounce_s = 0
rest_s = 0
do = ["unlock lock.gate"]
[[gpio.input]]
id = "binary_sensor.inside"
name = "Inside button"
pin = 6
kind = "button"
debounce_s = 0
rest_s = 0
do = ["unlock lock.gate"]
confirmed = true
[[gpio.input]]
id = "binary_sensor.said"
name = "Said button"
pin = 12
kind = "button"
debounce_s = 0
rest_s = 0
ask = "unlock the yard lock"
[[gpio.input]]
id = "sensor.water"
name = "Water meter"
pin = 13
kind = "counter"
debounce_s = 0
"""


class Bench:
    """A daemon on mock pins."""

    def __init__(self, directory: Path) -> None:
        settings = parse(f'[store]\npath = "{directory}/t.sqlite"\n{CONFIG}', "test")
        self.daemon = Daemon(settings)
        self.daemon.start()
        board = self.daemon._gate._board
        assert isinstance(board, GpiozeroBoard)
        self.factory = board.factory
        self.replies: list[Reply] = []
        self.daemon._worker._handle = self._noted(self.daemon._worker._handle)

    def _noted(self, handle: Any) -> Any:
        def noted(request: Request) -> Reply:
            reply: Reply = handle(request)
            self.replies.append(reply)
            return reply

        return noted

    def ask(self, text: str) -> Reply:
        return self.daemon.ask(Request("r", text, "cli"))

    def press(self, pin: int) -> Reply:
        """Press a button (active low) and wait for what it leads to."""
        before = len(self.replies)
        self.factory.pin(f"GPIO{pin}").drive_low()
        self.factory.pin(f"GPIO{pin}").drive_high()
        assert eventually(lambda: len(self.replies) > before, 10)
        return self.replies[-1]

    def level(self, pin: int) -> float:
        return float(self.factory.pin(f"GPIO{pin}").state)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.daemon.stop()


def test_a_button_switches_a_light_through_policy_and_log(bench: Bench) -> None:
    reply = bench.press(4)
    assert [action.result for action in reply.actions] == [Result.CONFIRMED]
    assert bench.level(18) == 1
    bench.press(4)
    assert bench.level(18) == 0
    entry = bench.daemon._store.entries(1)[0]
    assert entry.source == "input:binary_sensor.bell"
    assert entry.heard == "toggle light.hall"


def test_a_button_unlocks_only_where_the_configuration_says_yes(bench: Bench) -> None:
    assert bench.press(5).actions[0].result is Result.REFUSED
    assert bench.press(12).actions[0].result is Result.REFUSED, "a sentence of a button is no yes either"
    assert bench.level(19) == 0
    assert bench.ask("yes").refusals, "nothing waits that somebody else could confirm"
    assert bench.level(19) == 0
    assert bench.press(6).actions[0].result is Result.CONFIRMED
    assert bench.level(19) == 1


def test_an_output_goes_off_in_time_although_everything_hangs(bench: Bench) -> None:
    held, release = threading.Event(), threading.Event()

    def hang() -> None:
        with bench.daemon._registry._changed:  # the assistant, the MQTT client and every report wait for this lock
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hang)
    thread.start()
    assert held.wait(10)
    change = threading.Thread(target=bench.daemon._gate.change, args=(PinChange("switch.pump", "turn_on"),))
    change.start()  # drives the pin, and hangs when it tells so
    line = bench.factory.pin("GPIO17")
    assert eventually(lambda: any(state.state == 1 for state in line.states), 20)
    bench.daemon._worker.submit(Request("r", "turn on the hall light", "cli"), lambda _reply: None)
    assert eventually(lambda: bench.level(17) == 0, 20)
    assert not release.is_set()
    assert bench.level(18) == 0, "the assistant hung all the while"
    release.set()
    thread.join(10)
    change.join(10)
    assert eventually(lambda: bench.level(18) == 1, 10), "and went on afterwards"


def test_pulses_are_counted_over_a_restart(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for _ in range(3):
        bench.factory.pin("GPIO13").drive_low()
        bench.factory.pin("GPIO13").drive_high()
    bench.daemon.stop()
    bench = Bench(tmp_path)
    states = {entity.id: entity.state for entity in bench.daemon.home().entities}
    bench.daemon.stop()
    assert states["sensor.water"] == "3"


def test_after_kill_9_the_helper_of_the_service_makes_it_safe(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_bytes(bytes(128))
    places = f"{ROOT}:{ROOT / 'tests/system/inside/lines'}"
    environment = {**os.environ, "PYTHONPATH": places, "TERND_LINES": str(lines), "XDG_RUNTIME_DIR": str(tmp_path)}
    with Mosquitto() as broker:
        config = tmp_path / "ternd.toml"
        config.write_text(
            f'[node]\nid = "bench"\n[mqtt]\nport = {broker.port}\n[store]\npath = "{tmp_path}/t.sqlite"\n'
            '[gpio]\nfactory = "lgpio"\n[[gpio.output]]\nid = "switch.pump"\nname = "Pump"\npin = 17\n'
            '[[gpio.output]]\nid = "switch.frost"\nname = "Frost guard"\npin = 27\nactive_high = false\nsafe_state = "on"\n',
        )
        run = [sys.executable, "-m", "appliance", "run", "-c", str(config)]
        daemon = subprocess.Popen(run, env=environment, cwd=ROOT)
        try:
            settings = load(config)
            assert eventually(lambda: _says(settings, "turn on the pump") == "confirmed", 60)
            assert _says(settings, "turn off the frost guard") == "confirmed"
        finally:
            daemon.kill()
            daemon.wait()
    assert (lines.read_bytes()[17], lines.read_bytes()[27]) == (1, 1), "left as they were, as on a Pi"
    helper = [sys.executable, "-P", "-m", "appliance.gpio.safe_state", str(config)]
    subprocess.run(helper, env=environment, cwd=tmp_path, check=True)
    assert (lines.read_bytes()[17], lines.read_bytes()[27]) == (0, 0)


def _says(settings: Settings, sentence: str) -> str:
    try:
        actions = ask_daemon(settings, sentence)["actions"]
    except ActError:
        return "nothing"
    return str(actions[0]["result"]) if actions else "nothing"
