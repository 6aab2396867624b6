"""Faults, one after the other, while requests come in: what is lost, done twice, left driven, and how long it takes to recover.

:mod:`tests.system.inside.report` runs them and prints what they cost.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.system.inside.rig import Service, run, until
from tests.system.inside.trial import (
    CONFIG,
    CONFIGURATION,
    DROP_IN,
    FAN,
    FAN_S,
    LINES,
    PUMP,
    STATE,
    Outcome,
    Rig,
    fault,
)

MOST_GROWN_MB = 20.0
"""By a flood of readings."""


@fault("kill -9")
def kill(rig: Rig) -> Outcome:
    """At random moments: while it serves, and while it is just starting again."""
    outcome = Outcome(rig.kills)
    for _ in range(rig.kills):
        driven = rig.turn_on("pump", PUMP)
        if not driven:
            outcome.failures.append("the pump could not be turned on")
        time.sleep(random.uniform(0, 1.5))
        victim = rig.service.pid
        if victim:
            os.kill(victim, signal.SIGKILL)
        rig.note_safe(outcome)
        if random.random() < 0.3:
            time.sleep(random.uniform(0, 2.5))
            if rig.service.pid not in (0, victim):
                os.kill(rig.service.pid, signal.SIGKILL)
        rig.note_recovery(outcome)
    return outcome


@fault("broker stopped for 20 s")
def broker_stopped(rig: Rig) -> Outcome:
    """And started again."""
    outcome = Outcome()
    with rig.reading_without_broker(outcome):
        run("systemctl", "stop", "mosquitto")
        time.sleep(20)
        run("systemctl", "start", "mosquitto")
        rig.note_recovery(outcome)
    return outcome


@fault("broker restarted, 5 times")
def broker_restarted(rig: Rig) -> Outcome:
    """Again and again; sooner than that it counts as a quarrel of two nodes with one name, and is tried less often."""
    outcome = Outcome(5)
    for _ in range(5):
        run("systemctl", "restart", "mosquitto")
        rig.note_recovery(outcome)
        time.sleep(11)
    return outcome


@fault("broker half-open for 60 s")
def broker_half_open(rig: Rig) -> Outcome:
    """Connections stay, nothing flows."""
    outcome = Outcome()
    with rig.reading_without_broker(outcome):
        rig.proxy.mode = "frozen"
        time.sleep(60)
        rig.proxy.mode = "pass"
        rig.note_recovery(outcome)
    return outcome


@fault("broker slow for 30 s")
def broker_slow(rig: Rig) -> Outcome:
    """Small pieces, each late."""
    outcome = Outcome()
    rig.requests.quiet()
    rig.proxy.mode = "slow"
    rig.requests.stream(0.3)
    time.sleep(30)
    rig.proxy.mode = "pass"
    rig.note_recovery(outcome)
    return outcome


@fault("broker refusing for 20 s")
def broker_refusing(rig: Rig) -> Outcome:
    """Nobody listens, then somebody hangs up at once."""
    outcome = Outcome()
    with rig.reading_without_broker(outcome):
        rig.proxy.refuse()
        run("systemctl", "restart", "mosquitto")
        time.sleep(10)
        rig.proxy.mode = "reject"
        rig.proxy.start()
        time.sleep(10)
        rig.proxy.mode = "pass"
        rig.note_recovery(outcome)
    return outcome


@contextlib.contextmanager
def small_state() -> Iterator[None]:
    """The state directory as a disk of its own, 16 MB."""
    service = Service()
    service.control("stop")
    run("mount", "-t", "tmpfs", "-o", "size=16M,uid=ternd,gid=ternd,mode=0750", "state", str(STATE))
    service.control("start")
    try:
        yield
    finally:
        service.control("stop")
        run("umount", str(STATE))
        service.control("start")


def _logged(rig: Rig, outcome: Outcome) -> None:
    """One more request must be found in the log on the disk."""
    asked = rig.requests.dim()
    rig.requests.answered(asked, 20)
    if asked is None or not until(lambda: asked.text in run("ternd", "log", "-n", "50", check=False), 20, 1):
        outcome.failures.append("the log on the disk does not go on")


@fault("disk full for 20 s")
def disk_full(rig: Rig) -> Outcome:
    """It must go on without a disk, and write again when there is room."""
    outcome = Outcome()
    with small_state():
        rig.note_recovery(Outcome())
        big = STATE / "big"
        with contextlib.suppress(OSError), big.open("wb") as file:
            while True:
                file.write(bytes(65_536))
                file.flush()
        time.sleep(20)
        rig.note_recovery(outcome)
        big.unlink()
        time.sleep(31)
        _logged(rig, outcome)
    rig.note_recovery(outcome)
    return outcome


@fault("read-only state directory")
def read_only(rig: Rig) -> Outcome:
    """From the start, as after a file system error."""
    outcome = Outcome()
    with small_state():
        rig.service.control("stop")
        run("mount", "-o", "remount,ro", str(STATE))
        rig.service.control("start", check=False)
        rig.note_recovery(outcome, 60)
        time.sleep(5)
        run("mount", "-o", "remount,rw", str(STATE))
        rig.service.control("restart")
        rig.note_recovery(outcome)
        _logged(rig, outcome)
    rig.note_recovery(outcome)
    return outcome


def _spoil(path: Path) -> None:
    """Overwrite all but the first bytes with noise."""
    if path.exists():
        with path.open("r+b") as file:
            size = max(path.stat().st_size, 4096)
            file.seek(100)
            file.write(random.randbytes(size - 100))


@fault("damaged SQLite file, at rest and in use")
def damaged_database(rig: Rig) -> Outcome:
    """Set aside and begun anew."""
    outcome = Outcome(2)
    rig.service.control("stop")
    for path in (*STATE.glob("*.sqlite"), *STATE.glob("*.sqlite-wal")):
        _spoil(path)
    rig.service.control("start")
    rig.note_recovery(outcome)
    _logged(rig, outcome)
    for path in (*STATE.glob("*.sqlite"), *STATE.glob("*.sqlite-wal")):
        _spoil(path)
    time.sleep(5)
    rig.note_recovery(outcome)
    if not list(STATE.glob("*damaged*")):
        outcome.failures.append("nothing was set aside")
    return outcome


@fault("damaged model file")
def damaged_model(rig: Rig) -> Outcome:
    """It does not serve with it, says why, and serves again with a sound one."""
    outcome = Outcome()
    (shipped,) = Path("/opt/ternd/current/lib").glob("python3*/site-packages/appliance/data/command")
    model = STATE / "model"
    shutil.rmtree(model, ignore_errors=True)
    shutil.copytree(shipped, model)
    run("chown", "-R", "ternd:ternd", str(model))
    CONFIG.write_text(CONFIGURATION + f'[model]\ndirectory = "{model}"\n')
    rig.service.control("restart")
    rig.note_recovery(Outcome())
    rig.turn_on("pump", PUMP)
    weights = max(model.iterdir(), key=lambda path: path.stat().st_size)
    sound = weights.read_bytes()
    with weights.open("r+b") as file:
        file.seek(len(sound) // 2)
        file.write(random.randbytes(64))
    rig.service.control("restart", check=False)
    rig.note_safe(outcome)
    if rig.service.active:
        outcome.failures.append("it serves with a damaged model")
    if not until(lambda: "SHA-256" in run("journalctl", "-u", "ternd", "-n", "20", "-o", "cat"), 20, 0.5):
        outcome.failures.append("the journal does not name the model")
    weights.write_bytes(sound)
    rig.service.control("restart", check=False)
    rig.note_recovery(outcome)
    CONFIG.write_text(CONFIGURATION)
    rig.service.control("restart")
    rig.note_recovery(outcome)
    return outcome


@fault("configuration error")
def wrong_configuration(rig: Rig) -> Outcome:
    """It ends with status 2, is not started again and again, and leaves nothing driven."""
    outcome = Outcome()
    rig.turn_on("pump", PUMP)
    CONFIG.write_text(CONFIGURATION.replace("[mqtt]", "[mqtt]\nprot = 1"))
    rig.service.control("restart", check=False)
    rig.note_safe(outcome)
    time.sleep(3)
    if (rig.service.show("ExecMainStatus"), rig.service.show("NRestarts")) != ("2", "0"):
        outcome.failures.append("it is started again and again")
    CONFIG.write_text(CONFIGURATION)
    rig.service.control("restart")
    rig.note_recovery(outcome)
    return outcome


@fault("flood: 10 times the rate for 2 minutes")
def flood(rig: Rig) -> Outcome:
    """All are answered, if only with "busy"."""
    outcome = Outcome()
    rig.requests.quiet()
    rig.requests.stream(50)  # the most that the default limits let through is 5 a second
    time.sleep(120)
    rig.requests.quiet()
    rig.note_recovery(outcome)
    return outcome


@fault("flood of readings: 10,000 a second for 2 minutes")
def flood_of_readings(rig: Rig) -> Outcome:
    """Ten times what is promised: some are shed, the connection and memory stay, requests are served all the same."""
    outcome = Outcome()
    before = rig.service.rss_mb()
    told = json.loads(run(sys.executable, "-m", "tests.system.inside.plant", "10000", "120"))
    rig.note_recovery(outcome)
    grown = rig.service.rss_mb() - before
    if grown > MOST_GROWN_MB:
        outcome.failures.append(f"memory grew by {grown:.0f} MB")
    told["lost"] = told["sent"] - told["taken"] - told["shed"] - told["dropped"]
    if told["reconnects"]:
        said = run("journalctl", "-u", "ternd", "-n", "200", "-o", "cat", "-g", "MQTT:", check=False).strip()
        outcome.failures.append(f"connected again {told['reconnects']} times: {said}")
    if told["lost"] > 0:  # what the broker drops for others counts as dropped, too
        outcome.failures.append(f"nobody knows what became of {told['lost']} readings")
    outcome.notes.append(
        "of {sent} readings {taken} were taken, {shed} shed, {dropped} dropped by the broker".format(**told)
    )
    return outcome


_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_ALL = 0x40000000  # __WALL: threads, too


@contextlib.contextmanager
def hung(thread: int) -> Iterator[None]:
    """One thread of the service stands still; the others go on."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(_SEIZE, thread, None, None) or libc.ptrace(_INTERRUPT, thread, None, None):
        raise OSError(ctypes.get_errno(), f"thread {thread} cannot be halted")
    try:
        yield
    finally:
        libc.ptrace(_DETACH, thread, None, None)


def reaped(thread: int) -> bool:
    """Let a halted thread that was killed go: its process ends only then."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(thread, os.WNOHANG | _ALL)
    return True


@fault("hung inference thread")
def hung_thread(rig: Rig) -> Outcome:
    """Limits of outputs hold meanwhile; the watchdog ends it; outputs are safe."""
    outcome = Outcome()
    rig.requests.quiet()

    def understand() -> None:
        for _ in range(20):
            rig.requests.answered(rig.requests.ask("turn on the pump", dry_run=True), 10)

    thread = rig.service.busiest_thread(understand)
    rig.turn_on("pump", PUMP)
    if not rig.turn_on("blower", FAN):
        outcome.failures.append("the blower could not be turned on")
    with hung(thread):
        start = time.monotonic()
        rig.requests.dim()
        if not until(lambda: not rig.lines.driven_high(FAN), FAN_S + 3, 0.01):
            outcome.failures.append("max_on_s was not kept while the inference hung")
            outcome.unsafe += 1
        victim = rig.service.pid
        if not until(lambda: reaped(thread) and rig.service.pid != victim, 90, 0.1):
            outcome.failures.append("the watchdog did not fire")
    rig.note_safe(outcome)
    rig.note_recovery(outcome)
    outcome.recovery[-1:] = [time.monotonic() - start]
    return outcome


@fault("clock jumps a year ahead, then back")
def clock_jump(rig: Rig) -> Outcome:
    """The wall clock alone, as when a board without a battery learns the time."""
    library = Path("/usr/local/lib/ternd-clock.so")
    clock = LINES / "clock"
    outcome = Outcome(2)
    run("gcc", "-shared", "-fPIC", "-O2", "-o", str(library), str(Path(__file__).with_name("clock.c")))
    clock.write_text("0")
    drop_in = DROP_IN / "clock.conf"
    drop_in.write_text(f"[Service]\nEnvironment=LD_PRELOAD={library} TERND_CLOCK={clock}\n")
    run("systemctl", "daemon-reload")
    try:
        rig.service.control("restart")
        rig.note_recovery(Outcome())
        rig.requests.answered(rig.requests.ask("turn on the pump in two minutes"), 20)
        for shift in (365 * 86_400, 0):
            clock.write_text(str(shift))
            rig.note_recovery(outcome)
            time.sleep(8)
            if rig.lines.driven_high(PUMP):
                outcome.failures.append(f"the jump to {shift:+} s set off a delayed command")
                outcome.unsafe += 1
        reply = rig.requests.answered(rig.requests.ask("how much time is left on the timer"), 20)
        if reply is None or "minute" not in str(reply["speech"]):
            outcome.failures.append(f"the delayed command has gone: {reply and reply['speech']}")
        rig.requests.answered(rig.requests.ask("cancel all timers"), 20)
    finally:
        drop_in.unlink()
        run("systemctl", "daemon-reload")
        rig.service.control("restart")
    rig.note_recovery(outcome)
    return outcome
