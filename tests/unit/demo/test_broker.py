from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from appliance.demo.broker import Amqtt, Broker, BrokerError, Mosquitto, answers, mosquitto_program, start_broker

needs_mosquitto = pytest.mark.skipif(mosquitto_program() is None, reason="mosquitto is not installed")


def until(condition: object, seconds: float = 5.0) -> bool:
    """Whether `condition` becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


@needs_mosquitto
def test_mosquitto_serves_on_loopback_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # root starts the broker as another user
        monkeypatch.setattr(tempfile, "tempdir", directory)
        broker = start_broker()
        assert isinstance(broker, Mosquitto)
        pid = broker.pid
        assert pid is not None
        assert (broker.host, answers(broker.port)) == ("127.0.0.1", True)
        assert os.getpgid(pid) != os.getpgid(0)  # Ctrl-C at the prompt must not reach it
        assert list(Path(directory).iterdir()) == []
    broker.stop()
    broker.stop()
    assert not answers(broker.port)
    assert not Path(f"/proc/{pid}").exists()


@needs_mosquitto
def test_mosquitto_dies_with_its_parent_however_that_dies() -> None:
    program = (
        "from appliance.demo.broker import start_broker\n"
        "broker = start_broker(prefer='mosquitto')\n"
        "print(broker.port, broker.pid, flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        port, pid = (int(word) for word in parent.stdout.readline().split())
        assert answers(port)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert until(lambda: not answers(port))
    assert until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_amqtt_serves_too() -> None:
    pytest.importorskip("amqtt")
    broker: Broker = start_broker(prefer="amqtt")
    assert isinstance(broker, Amqtt)
    assert answers(broker.port)
    broker.stop()
    assert until(lambda: not answers(broker.port))


def test_a_program_that_does_not_start_is_reported() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # root starts the broker as another user
        program = Path(directory, "mosquitto")
        program.write_text("#!/bin/sh\necho out of order >&2\nexit 3\n")
        program.chmod(0o755)
        with pytest.raises(BrokerError, match="out of order"):
            Mosquitto(str(program)).start()


def test_without_any_broker_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr("appliance.demo.broker._SBIN", os.devnull)
    with pytest.raises(BrokerError, match="apt install mosquitto"):
        start_broker(prefer="mosquitto")
