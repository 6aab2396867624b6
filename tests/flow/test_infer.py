"""A daemon whose model runs in a process of its own: understood as ever, and nothing stands still without it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.config import parse
from appliance.daemon import Daemon
from appliance.errors import ModelError
from appliance.infer import AWAY
from appliance.messages import Request, Result
from tests.broker import eventually

ROOT = Path(__file__).parents[2]


def start_worker(path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "appliance", "infer", "--socket", str(path)]
    worker = subprocess.Popen(command, cwd=ROOT)
    assert eventually(path.is_socket, 60)
    return worker


def daemon(directory: Path, path: Path) -> Daemon:
    return Daemon(
        parse(
            f"""
            [mqtt]
            enabled = false
            [model]
            socket = "{path}"
            [store]
            path = "{directory}/t.sqlite"
            [gpio]
            factory = "mock"
            [[gpio.output]]
            id = "switch.pump"
            name = "Pump"
            pin = 17
            """,
            "test",
        )
    )


def test_a_worker_may_die_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "model.sock"
    worker = start_worker(path)
    node = daemon(tmp_path, path)
    node.start()
    try:
        assert "in a worker" in node.status()
        assert node.ask(Request("1", "turn on the pump", "cli")).actions[0].result is Result.CONFIRMED
        worker.kill()
        worker.wait()
        path.unlink()
        assert AWAY in node.ask(Request("2", "turn off the pump", "cli")).text
        worker = start_worker(path)
        assert node.ask(Request("3", "turn off the pump", "cli")).actions[0].result is Result.CONFIRMED
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    finally:
        node.stop()
        worker.kill()
        worker.wait()


def test_without_its_worker_the_daemon_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is it running"):
        daemon(tmp_path, tmp_path / "nowhere.sock").start()
