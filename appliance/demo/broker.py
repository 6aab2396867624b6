"""A private MQTT broker on loopback that ends with the process that started it, however that ends."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Protocol

from appliance.errors import TerndError

_HOST = "127.0.0.1"
_ATTEMPTS = 5
_PATIENCE_S = 5.0
_SBIN = "/usr/sbin:/usr/local/sbin"

_DIE_WITH_PARENT = """
import ctypes, os, pwd, signal, sys
if os.geteuid() == 0:
    try:
        user = pwd.getpwnam("mosquitto")
    except KeyError:
        user = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Runs before the broker's program. PR_SET_PDEATHSIG (1) survives execv but not a change of user, which Mosquitto makes when root
starts it: so the user is changed before. The parent may be gone already."""


class BrokerError(TerndError):
    """No broker could be started."""


class Broker(Protocol):
    """A running broker."""

    host: str
    port: int
    program: str
    """What it is, for people."""
    protocol: str
    """MQTT versions it speaks: ``auto`` (5 and 3.1.1) or ``3.1.1``."""

    def stop(self) -> None:
        """End it and remove what it left."""


def start_broker(*, prefer: str | None = None) -> Broker:
    """Start Mosquitto if it is installed, else amqtt (Python, MQTT 3.1.1 only); `prefer` insists on ``mosquitto`` or ``amqtt``.

    Call it from the main thread: Linux ends the broker with the *thread* that started it.
    """
    program = mosquitto_program() if prefer in (None, "mosquitto") else None
    if program is not None:
        return Mosquitto(program).start()
    if prefer != "mosquitto" and importlib.util.find_spec("amqtt") is not None:
        return Amqtt().start()
    msg = "no MQTT broker for the demo: install one (sudo apt install mosquitto, or pip install 'ternd[demo]')"
    raise BrokerError(msg)


def mosquitto_program() -> str | None:
    """Path of Mosquitto; Debian keeps it where only root's PATH looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=_SBIN)


class Mosquitto:
    """The mosquitto program."""

    def __init__(self, program: str) -> None:
        self.host = _HOST
        self.port = 0
        self.program = "mosquitto"
        self.protocol = "auto"
        self._path = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Mosquitto:
        """Start on a free port; another process may snatch it, so try a few.

        Mosquitto reads its directory at the start only, so nothing is left of it even when this process is killed later.
        """
        with tempfile.TemporaryDirectory(prefix="ternd-broker-") as directory:
            for _ in range(_ATTEMPTS):
                self.port = free_port()
                if self._launch(Path(directory)):
                    return self
            log = Path(directory, "log").read_text(errors="replace").strip()
        msg = f"mosquitto does not start: {log[-300:] or 'it says nothing'}"
        raise BrokerError(msg)

    def stop(self) -> None:
        """End it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None else None

    def _launch(self, directory: Path) -> bool:
        config = directory / "mosquitto.conf"
        directory.chmod(0o755)
        lines = ("set_tcp_nodelay true", f"listener {self.port} {_HOST}", "allow_anonymous true", "persistence false",
                 "log_dest stderr", "log_type error")  # fmt: skip
        config.write_text("\n".join(lines) + "\n")
        command = [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), self._path, "-c", str(config)]
        with (directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        patience = time.monotonic() + _PATIENCE_S
        while time.monotonic() < patience and self._process.poll() is None:
            if answers(self.port):
                return self._process.poll() is None
            time.sleep(0.01)
        self._process.kill()
        self._process.wait()
        return False


class Amqtt:
    """The amqtt package in a thread of this process."""

    def __init__(self) -> None:
        self.host = _HOST
        self.port = 0
        self.program = "amqtt"
        self.protocol = "3.1.1"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-broker", daemon=True)
        self._broker: Any = None

    def start(self) -> Amqtt:
        """Start on a free port."""
        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._thread.start()
        for _ in range(_ATTEMPTS):
            self.port = free_port()
            try:
                asyncio.run_coroutine_threadsafe(self._launch(), self._loop).result(_PATIENCE_S)
            except Exception as error:  # noqa: BLE001 - amqtt raises what its plugins raise
                failure = error
            else:
                return self
        self.stop()
        msg = f"amqtt does not start: {failure}"
        raise BrokerError(msg)

    def stop(self) -> None:
        """Shut it down and end its thread."""
        if self._broker is not None:
            with contextlib.suppress(TimeoutError):  # it may wait for a client that does not leave
                asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(1)
            self._broker = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_S)

    async def _launch(self) -> None:
        from amqtt.broker import Broker as AmqttBroker  # noqa: PLC0415 - an optional extra, slow to import

        config = {
            "listeners": {"default": {"type": "tcp", "bind": f"{_HOST}:{self.port}", "max_connections": 100}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
        broker = AmqttBroker(config)
        await broker.start()
        self._broker = broker


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as sock:
        sock.bind((_HOST, 0))
        return int(sock.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((_HOST, port), 0.2).close()
    except OSError:
        return False
    return True
