"""Pins with a kernel behind them: the daemon on lines of gpio-sim, looked at from the other side.

Run as root on a machine with the kernel module gpio-sim, gpiozero and lgpio, from the root of the checkout (or with ternd
installed for this Python)::

    modprobe gpio-sim && python3 tests/system/inside/gpio_sim.py

Prints one line a check; exit status 0: all passed. A simulated line that nobody holds falls back to its pull, while a
Raspberry Pi keeps the last level: what a program drives just before it ends is therefore taken from the kernel's trace.
``tests/system/gpio`` runs this on an emulated machine.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CONFIGFS = Path("/sys/kernel/config")
TRACING = Path("/sys/kernel/tracing")
DEBUG = Path("/sys/kernel/debug/gpio")
ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 600.0
"""The machine may be emulated, and busy."""

CONFIG = """
[mqtt]
enabled = false
[store]
path = "{directory}/ternd.sqlite"
[gpio]
factory = "lgpio"
[[gpio.output]]
id = "switch.relay"
name = "Relay"
pin = 17
max_on_s = {max_on}
[[gpio.output]]
id = "switch.low"
name = "Low relay"
pin = 27
active_high = false
[[gpio.input]]
id = "binary_sensor.button"
name = "Button"
pin = 4
kind = "button"
rest_s = 0.1
do = ["toggle switch.relay"]
[[gpio.input]]
id = "binary_sensor.second"
name = "Second button"
pin = 5
kind = "button"
rest_s = 0.1
do = ["toggle switch.low"]
"""

MORE = """
[[gpio.output]]
id = "light.strip"
name = "Strip"
pin = 18
kind = "pwm"
[[gpio.output]]
id = "light.sign"
name = "Sign"
pin = 23
kind = "led"
[[gpio.output]]
id = "switch.horn"
name = "Horn"
pin = 22
kind = "buzzer"
max_on_s = 2.0
[[gpio.output]]
id = "switch.up"
name = "Blind up"
pin = 24
interlock = "blind"
[[gpio.output]]
id = "switch.down"
name = "Blind down"
pin = 25
interlock = "blind"
[[gpio.input]]
id = "binary_sensor.said"
name = "Button that says something"
pin = 6
kind = "button"
rest_s = 0.1
ask = "set the strip to thirty percent"
[[gpio.input]]
id = "binary_sensor.motion"
name = "Motion"
pin = 13
kind = "motion"
active_high = true
do = ["turn_on switch.horn"]
[[gpio.input]]
id = "binary_sensor.door"
name = "Door"
pin = 16
kind = "door"
when = "change"
rest_s = 0.0
do = ["toggle light.sign"]
[[gpio.input]]
id = "binary_sensor.first"
name = "First button"
pin = 19
kind = "button"
do = ["turn_on switch.up"]
[[gpio.input]]
id = "binary_sensor.other"
name = "Other button"
pin = 20
kind = "button"
do = ["turn_on switch.down"]
[[gpio.input]]
id = "sensor.water"
name = "Water meter"
pin = 26
kind = "counter"
debounce_s = 0.01
"""
"""A pin of every other kind."""


class Chip:
    """One simulated chip of 28 lines."""

    def __init__(self) -> None:
        self.folder = CONFIGFS / "gpio-sim" / "ternd"
        bank = self.folder / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text("28")
        (self.folder / "live").write_text("1")
        name = (bank / "chip_name").read_text().strip()
        device = (self.folder / "dev_name").read_text().strip()
        self.lines = Path("/sys/devices/platform") / device / name
        self.node = Path("/dev") / name
        listed = re.search(rf"^{name}: GPIOs (\d+)-", DEBUG.read_text(), re.MULTILINE)
        if listed is None:
            raise RuntimeError(f"{DEBUG} does not list {name}")
        self.first = int(listed[1])
        """Number of its first line in the kernel's records."""

    def close(self) -> None:
        (self.folder / "live").write_text("0")
        (self.folder / "bank0").rmdir()
        self.folder.rmdir()

    def value(self, line: int) -> int:
        return int((self.lines / f"sim_gpio{line}" / "value").read_text())

    def pull(self, line: int, *, up: bool) -> None:
        (self.lines / f"sim_gpio{line}" / "pull").write_text("pull-up" if up else "pull-down")

    def press(self, line: int) -> None:
        """A button to ground, pressed for a moment."""
        self.pull(line, up=False)
        time.sleep(0.3)
        self.pull(line, up=True)


class Checks:
    """Counts what failed."""

    def __init__(self) -> None:
        self.failed = 0

    def expect(self, what: str, condition: Callable[[], bool], patience: float = PATIENCE_S) -> None:
        begin = time.monotonic()
        while not (good := condition()) and time.monotonic() - begin < patience:
            time.sleep(0.02)
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'}  {what:60} {time.monotonic() - begin:7.2f} s", flush=True)


@contextlib.contextmanager
def gpiochip(chip: Chip) -> Iterator[None]:
    """The simulated chip under the numbers that gpiozero opens."""
    links = [Path(f"/dev/gpiochip{number}") for number in (0, 4)]
    moved = []
    for link in links:
        if link != chip.node and (link.exists() or link.is_symlink()):
            aside = link.with_name(link.name + ".aside")
            link.rename(aside)
            moved.append((aside, link))
        if link != chip.node:
            link.symlink_to(chip.node)
    try:
        yield
    finally:
        for link in links:
            if link.is_symlink():
                link.unlink()
        for aside, link in moved:
            aside.rename(link)


@contextlib.contextmanager
def board() -> Iterator[None]:
    """A revision of a Raspberry Pi in /proc/cpuinfo, without which gpiozero knows no pins."""
    if "Revision" in Path("/proc/cpuinfo").read_text():
        yield
        return
    with tempfile.NamedTemporaryFile("w", suffix=".cpuinfo") as file:
        file.write(Path("/proc/cpuinfo").read_text() + "\nRevision\t: d04171\n")
        file.flush()
        subprocess.run(["mount", "--bind", file.name, "/proc/cpuinfo"], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "/proc/cpuinfo"], check=True)


def start(config: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
    with config.with_name("log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "appliance", "run", "-c", str(config)], env=environment, stderr=log
        )


def stop(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    daemon.wait(PATIENCE_S)


def helped(config: Path) -> None:
    """What systemd runs after the service has ended in any way."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
    subprocess.run([sys.executable, "-m", "appliance.gpio.safe_state", str(config)], check=True, env=environment)


def driven_while(chip: Chip, line: int, work: Callable[[], None]) -> list[tuple[float, int]]:
    """Seconds and levels that a line was driven to while something was done: the kernel's own record, for some last a millisecond."""
    events = TRACING / "events/gpio/gpio_value/enable"
    (TRACING / "trace").write_text("")
    events.write_text("1")
    try:
        work()
    finally:
        events.write_text("0")
    found = re.findall(r" (\d+\.\d+): gpio_value: (\d+) set (\d)", (TRACING / "trace").read_text())
    return [(float(at), int(level)) for at, number, level in found if int(number) == chip.first + line]


def last_of(levels: list[tuple[float, int]]) -> int | None:
    return levels[-1][1] if levels else None


def share_on(levels: list[tuple[float, int]]) -> float:
    """The share of time that a line was high between the first and the last change."""
    spans = [(after - at, level) for (at, level), (after, _) in itertools.pairwise(levels)]
    whole = sum(span for span, _ in spans)
    return sum(span for span, level in spans if level) / whole if whole else -1.0


def counted(directory: Path) -> int:
    """The pulses of the counter that the daemon has kept."""
    with contextlib.closing(sqlite3.connect(directory / "ternd.sqlite")) as database:
        row = database.execute("SELECT value FROM kept WHERE name = 'counts'").fetchone()
    return int(json.loads(row[0]).get("sensor.water", -1)) if row else -1


def every_kind(chip: Chip, checks: Checks, config: Path) -> None:
    """A pin of every kind, what triggers what, and what excludes what."""
    config.write_text(CONFIG.format(directory=config.parent, max_on=3.0) + MORE)
    for line in (4, 5, 6, 16, 19, 20, 26):
        chip.pull(line, up=True)
    chip.pull(13, up=False)
    daemon = start(config)

    def said() -> str:
        return config.with_name("log").read_text()

    try:
        checks.expect("a daemon with pins of every kind is ready", lambda: "ready:" in said())
        chip.press(6)
        checks.expect(
            "a sentence is understood and sets the duty of a line", lambda: "Strip is at 30 percent" in said()
        )
        share = share_on(driven_while(chip, 18, lambda: time.sleep(5.0)))
        checks.expect(f"to thirty percent: high for {100 * share:.0f} % of the time", lambda: 0.15 < share < 0.45, 0)
        chip.pull(16, up=False)
        checks.expect("an opened door lights the sign", lambda: chip.value(23) == 1)
        chip.pull(16, up=True)
        checks.expect("a closed one darkens it", lambda: chip.value(23) == 0)
        chip.pull(13, up=True)
        checks.expect("motion sounds the horn", lambda: chip.value(22) == 1)
        checks.expect("max_on_s silences it although motion lasts", lambda: chip.value(22) == 0)
        chip.press(19)
        checks.expect("one of an interlock group is on", lambda: chip.value(24) == 1)
        chip.press(20)
        checks.expect("the other is refused", lambda: "must not be on together" in said())
        checks.expect("and has not been on", lambda: chip.value(25) == 0, 0)
        for _ in range(7):
            chip.press(26)
            time.sleep(0.2)
        levels = driven_while(chip, 24, lambda: stop(daemon))
        checks.expect("a stop switches the group off", lambda: last_of(levels) == 0, 0)
        checks.expect(
            f"seven pulses were counted and kept: {counted(config.parent)}", lambda: counted(config.parent) == 7, 0
        )
    finally:
        if daemon.poll() is None:
            daemon.kill()
            daemon.wait()
    if checks.failed:
        print(said())


def run(chip: Chip, directory: Path) -> int:
    checks = Checks()
    config = directory / "ternd.toml"
    config.write_text(CONFIG.format(directory=directory, max_on=3.0))
    for line, up in ((4, True), (5, True), (17, True), (27, False)):  # both relays float to "on"
        chip.pull(line, up=up)
    daemon = start(config)
    try:
        checks.expect("an active-low relay starts off", lambda: chip.value(27) == 1)
        checks.expect("a relay starts off", lambda: chip.value(17) == 0)
        checks.expect("the daemon is ready", lambda: "ready:" in config.with_name("log").read_text())
        chip.press(4)
        checks.expect("a button switches the relay on", lambda: chip.value(17) == 1)
        checks.expect("max_on_s switches it off", lambda: chip.value(17) == 0)
        chip.press(5)
        checks.expect("a second button pulls the active-low one down", lambda: chip.value(27) == 0)
        chip.press(4)
        checks.expect("on again", lambda: chip.value(17) == 1)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        chip.pull(17, up=True)  # as if the line kept its last level, on
        levels = driven_while(chip, 17, lambda: helped(config))
        checks.expect("after kill -9 the helper drives the relay off", lambda: last_of(levels) == 0, 0)
        chip.pull(27, up=False)
        daemon = start(config)
        checks.expect("the daemon starts again with the active-low relay off", lambda: chip.value(27) == 1)
        checks.expect("the daemon is ready again", lambda: "ready:" in config.with_name("log").read_text())
        chip.press(4)
        checks.expect("and its button works", lambda: chip.value(17) == 1)
        chip.pull(17, up=True)
        levels = driven_while(chip, 17, lambda: stop(daemon))
        checks.expect("a stop drives it off before it lets go", lambda: last_of(levels) == 0, 0)
        checks.expect("and is no failure", lambda: daemon.returncode == 0, 0)
    finally:
        if daemon.poll() is None:
            daemon.kill()
            daemon.wait()
    if checks.failed:
        print(config.with_name("log").read_text())
    every_kind(chip, checks, config)
    return 1 if checks.failed else 0


def main() -> int:
    missing = [str(path) for path in (CONFIGFS / "gpio-sim", TRACING / "trace", DEBUG) if not path.exists()]
    if os.geteuid() != 0 or missing:
        print(
            "This needs root, the kernel module gpio-sim (modprobe gpio-sim), and configfs, tracefs and debugfs:",
            *missing,
        )
        return 2
    chip = Chip()
    try:
        with tempfile.TemporaryDirectory() as directory, gpiochip(chip), board():
            return run(chip, Path(directory))
    finally:
        chip.close()


if __name__ == "__main__":
    sys.exit(main())
