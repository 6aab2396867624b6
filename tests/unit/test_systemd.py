"""Notification, watchdog and journal, with real sockets in place of systemd."""

from __future__ import annotations

import logging
import os
import socket
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.systemd import JournalHandler, Notifier, PriorityFormatter, Watchdog, start_logging


class Manager:
    """A service manager that keeps what it is told."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(5)

    def heard(self) -> str:
        return self.socket.recv(4096).decode()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[Manager, Notifier]]:
    path = str(tmp_path / "notify")
    manager = Manager(path)
    yield manager, Notifier.from_environment({"NOTIFY_SOCKET": path})
    manager.socket.close()


def test_states(manager: tuple[Manager, Notifier]) -> None:
    systemd, notifier = manager
    notifier.ready("3 models\n10 devices")
    assert systemd.heard() == "READY=1\nSTATUS=3 models 10 devices"
    notifier.status("queue 0")
    assert systemd.heard() == "STATUS=queue 0"
    notifier.extend_timeout(1.5)
    assert systemd.heard() == "EXTEND_TIMEOUT_USEC=1500000"
    notifier.stopping()
    assert systemd.heard() == "STOPPING=1"


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_an_abstract_socket() -> None:
    name = f"ternd-test-{os.getpid()}"
    systemd = Manager("\0" + name)
    Notifier.from_environment({"NOTIFY_SOCKET": "@" + name}).alive()
    assert systemd.heard() == "WATCHDOG=1"
    systemd.socket.close()


def test_without_a_manager_nothing_is_sent() -> None:
    Notifier.from_environment({}).ready("fine")


def test_a_manager_that_went_away_is_no_reason_to_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Notifier(str(tmp_path / "gone")).ready("fine")
    assert "cannot be told" in caplog.text


class Fed:
    def __init__(self, interval_s: float | None = 30) -> None:
        self.times = 0
        self.now = 0.0
        self.watchdog = Watchdog(self._feed, interval_s, lambda: self.now)

    def _feed(self) -> None:
        self.times += 1


def test_the_watchdog_is_fed_when_all_parts_advanced() -> None:
    fed = Fed()
    fed.watchdog.register("model")
    fed.watchdog.register("mqtt")
    for _ in range(5):
        fed.watchdog.progress("mqtt")
        fed.now += 5
    assert fed.times == 0
    assert fed.watchdog.waiting_for() == ("model",)
    fed.watchdog.progress("model")
    assert fed.times == 1
    fed.now += 5
    fed.watchdog.progress("model")
    assert fed.times == 1, "each feed needs all parts anew"
    fed.watchdog.progress("mqtt")
    assert fed.times == 2


def test_a_busy_part_does_not_flood_systemd() -> None:
    fed = Fed()
    fed.watchdog.register("model")
    for _ in range(1000):
        fed.now += 0.01
        fed.watchdog.progress("model")
    assert fed.times == 4, "10 s at one feed per 3 s"


def test_a_part_that_ended_is_not_waited_for() -> None:
    fed = Fed()
    fed.watchdog.register("model")
    fed.watchdog.register("mqtt")
    fed.watchdog.remove("mqtt")
    fed.watchdog.progress("mqtt")
    assert fed.times == 0
    fed.watchdog.progress("model")
    assert fed.times == 1


@pytest.mark.parametrize(
    ("environment", "fed"),
    [
        ({"WATCHDOG_USEC": "30000000"}, True),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({}, False),
    ],
)
def test_the_environment_decides(manager: tuple[Manager, Notifier], environment: dict[str, str], *, fed: bool) -> None:
    systemd, notifier = manager
    watchdog = Watchdog.from_environment(notifier, environment)
    watchdog.register("main")
    watchdog.progress("main")
    notifier.status("end")
    assert systemd.heard() == ("WATCHDOG=1" if fed else "STATUS=end")


def record(level: int, message: str, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("appliance.test", level, __file__, 7, message, (), None, "here")
    vars(made).update(extra)
    return made


def test_each_line_has_its_priority() -> None:
    formatter = PriorityFormatter("%(message)s")
    assert formatter.format(record(logging.ERROR, "first\nsecond")) == "<3>first\n<3>second"
    assert formatter.format(record(logging.DEBUG, "")) == "<7>"


def test_fields_reach_the_journal() -> None:
    sent: list[tuple[str, dict[str, str]]] = []

    def send(message: str, CODE_FILE: str, CODE_LINE: int, CODE_FUNC: str, **fields: str) -> None:  # noqa: N803 - as in systemd.journal
        assert all(isinstance(value, str) for value in fields.values())
        sent.append((f"{message} {Path(CODE_FILE).name}:{CODE_LINE:d} {CODE_FUNC}", fields))

    JournalHandler(send).emit(record(logging.WARNING, "no answer", REQUEST="a1", lower="no"))
    ((message, fields),) = sent
    assert message == "no answer test_systemd.py:7 here"
    assert fields["REQUEST"] == "a1"
    assert fields["PRIORITY"] == "4"
    assert fields["LOGGER"] == "appliance.test"
    assert "lower" not in fields


def test_a_journal_that_fails_does_not_end_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(message: str, **fields: str) -> None:
        raise OSError(message, fields)

    JournalHandler(fail).emit(record(logging.INFO, "hello"))
    assert "OSError" in capsys.readouterr().err


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_where_the_log_goes(root: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    start_logging("warning", {})
    assert root.level == logging.WARNING
    assert not isinstance(root.handlers[0].formatter, PriorityFormatter)
    monkeypatch.setitem(sys.modules, "systemd.journal", None)
    start_logging("info", {"JOURNAL_STREAM": "8:1"})
    assert isinstance(root.handlers[0].formatter, PriorityFormatter)
    fake = types.ModuleType("systemd.journal")
    fake.send = print  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "systemd", types.ModuleType("systemd"))
    monkeypatch.setitem(sys.modules, "systemd.journal", fake)
    start_logging("info", {"JOURNAL_STREAM": "8:1"})
    assert isinstance(root.handlers[0], JournalHandler)
    assert len(root.handlers) == 1
