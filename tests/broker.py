"""A real Mosquitto on a free loopback port, for tests."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

HOST = "127.0.0.1"
_PATIENCE_S = 10.0


def mosquitto_program() -> str | None:
    """The Mosquitto of this machine; it is often in a directory that only root's path holds."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A TCP port that nobody listens on at the moment.

    It lies below the range from which the kernel gives ports to outgoing connections, so that none of these takes it
    while a broker restarts.
    """
    for _attempt in range(100):
        port = random.randrange(20_000, 32_000)  # noqa: S311
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    pytest.fail("no free port was found")


def eventually(condition: Callable[[], bool], timeout: float = 5.0) -> bool:
    """Wait until `condition` holds; return whether it did."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@dataclass
class MosquittoOptions:
    """What the configuration file of the broker is to say."""

    max_packet_size: int | None = None
    """Bytes; None: no limit."""
    persistence: bool = False
    """Keep retained messages over a restart."""
    extra: str = ""
    """Further lines, such as an ``acl_file``."""


class Mosquitto:
    """A broker as a context manager; :meth:`restart` keeps the port."""

    def __init__(self, options: MosquittoOptions | None = None) -> None:
        self.options = options or MosquittoOptions()
        self.host = HOST
        self.port = free_port()
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if mosquitto_program() is None:
            pytest.skip("mosquitto is not installed")
        self._directory = Path(tempfile.mkdtemp(prefix="ternd-broker-"))
        self._directory.chmod(0o777)  # started by root, Mosquitto changes to a user of its own
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def log(self) -> str:
        """What the broker said so far."""
        path = self._path("log")
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def start(self) -> None:
        """Start and wait until it listens."""
        lines = [
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            f"persistence {'true' if self.options.persistence else 'false'}",
            f"persistence_location {self._path('')}/",
            "max_queued_messages 10000",
            "set_tcp_nodelay true",
        ]
        if self.options.max_packet_size is not None:
            lines.append(f"max_packet_size {self.options.max_packet_size}")
        config = self._path("mosquitto.conf")
        config.write_text("\n".join([*lines, self.options.extra]) + "\n", encoding="utf-8")
        config.chmod(0o644)
        with self._path("log").open("ab") as log:
            self._process = subprocess.Popen([str(mosquitto_program()), "-c", str(config)], stdout=log, stderr=log)
        if not eventually(self._listens, _PATIENCE_S):
            pytest.fail(f"mosquitto does not listen: {self.log}")

    def stop(self) -> None:
        """End it; connections break."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def _path(self, name: str) -> Path:
        if self._directory is None:
            pytest.fail("the broker is used outside its context")
        return self._directory / name

    def _listens(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            pytest.fail(f"mosquitto ended: {self.log}")
        try:
            with socket.create_connection((self.host, self.port), 0.5):
                return True
        except OSError:
            return False
