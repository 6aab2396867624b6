"""What every fault needs: the service in a container with everything around it, and the names of the faults."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.inside.rig import (
    BROKER,
    PROXY,
    Home,
    Lines,
    Proxy,
    Recorder,
    Requests,
    Service,
    Stillness,
    run,
    until,
)

CONFIG = Path("/etc/ternd/ternd.toml")
STATE = Path("/var/lib/ternd")
DROP_IN = Path("/etc/systemd/system/ternd.service.d")
LINES = Path("/run/ternd-lines")
PUMP, FAN = 17, 27
FAN_S = 4
ANSWER_S = 60.0
PATIENCE_S = 150.0
"""A service that has not recovered by then has not recovered."""
SAFE_S = 15.0
"""After its end every output must be safe within so many seconds."""
RATE = 3.0
"""Requests a second while a fault is on."""

CONFIGURATION = f"""
[node]
id = "node"
[mqtt]
port = {PROXY[1]}
[policy]
per_source_per_minute = 10000
total_per_minute = 10000
per_entity_per_minute = 10000
[[gpio.output]]
id = "switch.pump"
name = "Pump"
pin = {PUMP}
[[gpio.output]]
id = "fan.blower"
name = "Blower"
pin = {FAN}
max_on_s = {FAN_S}
[[watch]]
id = "plant"
topics = ["plant/+/value"]
window_s = 30
above = 1000
"""

UNIT = f"""
[Unit]
StartLimitIntervalSec=0
[Service]
RestartSec=1
Environment=PYTHONPATH=/usr/local/src/ternd/tests/system/inside/lines TERND_LINES={LINES}/lines
ReadWritePaths={LINES}
"""


@dataclass
class Outcome:
    """What a fault found out besides the account."""

    times: int = 1
    recovery: list[float] = field(default_factory=list)
    """Seconds from the end of the fault (or its stroke) to the first answer."""
    driven: list[float] = field(default_factory=list)
    """Seconds that an output stayed on after the service had died."""
    unsafe: int = 0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What else is to be said of it."""


class Rig:
    """All parts, and what every fault needs."""

    def __init__(self, kills: int) -> None:
        self.kills = kills
        self.service = Service()
        self.lines = Lines(LINES / "lines")
        self.proxy = Proxy(PROXY, BROKER)
        self.home = Home()
        self.requests = Requests()
        self.recorder = Recorder()
        self.stillness = Stillness()

    def start(self) -> None:
        """Configure the service and start everything."""
        self.stillness.start()
        LINES.mkdir(exist_ok=True)
        self.lines.path.write_bytes(bytes(128))
        shutil.chown(LINES, "ternd", "ternd")
        shutil.chown(self.lines.path, "ternd", "ternd")
        DROP_IN.mkdir(exist_ok=True)
        (DROP_IN / "rig.conf").write_text(UNIT)
        CONFIG.write_text(CONFIGURATION)  # keeps owner and mode
        run("systemctl", "daemon-reload")
        run("systemctl", "start", "mosquitto")
        self.proxy.start()
        self.home.start()
        self.requests.start()
        self.recorder.start()
        self.service.control("restart")
        if self.recovered() is None:
            message = "the service does not answer at all"
            raise RuntimeError(message)

    def recovered(self, patience: float = PATIENCE_S) -> float | None:
        """Seconds until a question is answered; None: never."""
        start = time.monotonic()
        asked = []
        while time.monotonic() < start + patience:
            asked.append(self.requests.ask("what time is it", dry_run=True))
            until(lambda: any(one is not None and one.replies for one in asked), 0.7, 0.02)
            if any(one is not None and one.replies and "error" not in one.replies[0] for one in asked):
                return time.monotonic() - start
        return None

    def note_recovery(self, outcome: Outcome, patience: float = PATIENCE_S) -> None:
        """Wait for an answer and write down how long it took."""
        took = self.recovered(patience)
        if took is None:
            outcome.failures.append(f"no answer within {patience:.0f} s")
        else:
            outcome.recovery.append(took)

    def turn_on(self, name: str, line: int) -> bool:
        """Have an output driven; whether it is."""
        for attempt in range(15):
            if self.lines.driven_high(line):
                return True
            time.sleep(min(attempt, 1))  # just after a long outage even new requests may be taken for old ones
            self.requests.answered(self.requests.ask(f"turn on the {name}"), 10)
        return self.lines.driven_high(line)

    @contextlib.contextmanager
    def reading_without_broker(self, outcome: Outcome) -> Iterator[None]:
        """An output goes off by itself while the broker is away: that must be told afterwards, with the time at which it was."""
        if not self.turn_on("blower", FAN):
            outcome.failures.append("the blower could not be turned on")
        began = time.time()
        yield
        ended = time.time()

        def told() -> bool:
            return any(one[:2] == ("fan.blower", "off") and began < one[2] < ended for one in self.recorder.heard)

        if not until(told, ANSWER_S, 0.5):
            outcome.failures.append("a reading of the outage was lost")

    def note_safe(self, outcome: Outcome, line: int = PUMP) -> None:
        """Wait until the output is no longer driven, and write down how long it took."""
        start = time.monotonic()
        if until(lambda: not self.lines.driven_high(line), SAFE_S, 0.01):
            outcome.driven.append(time.monotonic() - start)
        else:
            outcome.unsafe += 1


Fault = Callable[[Rig], Outcome]
FAULTS: dict[str, Fault] = {}


def fault(name: str) -> Callable[[Fault], Fault]:
    """Name a fault for the table."""

    def enter(function: Fault) -> Fault:
        FAULTS[name] = function
        return function

    return enter
