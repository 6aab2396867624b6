"""What the service tells systemd: readiness, status, the watchdog and the journal.

Everything here does nothing, or writes to stderr, when the process was not started by systemd.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""Python's log level → syslog's, highest first; below are debug messages, 7."""


class Notifier:
    """Sends state changes to the service manager over the socket named by ``NOTIFY_SOCKET``."""

    def __init__(self, address: str | None) -> None:
        """`address` is a path, or ``@name`` in the abstract namespace; None or empty: nobody listens."""
        self._address = address or None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Notifier:
        """Return the notifier for the manager that started this process."""
        return cls(environment.get("NOTIFY_SOCKET"))

    def ready(self, status: str) -> None:
        """Start-up has finished."""
        self._send(f"READY=1\nSTATUS={_one_line(status)}")

    def status(self, status: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={_one_line(status)}")

    def stopping(self) -> None:
        """Shut-down has begun."""
        self._send("STOPPING=1")

    def extend_timeout(self, seconds: float) -> None:
        """Start-up or shut-down needs up to so many more seconds from now."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def alive(self) -> None:
        """Feed the watchdog; for :class:`Watchdog` alone."""
        self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.settimeout(5)
                channel.sendto(message.encode(), name)
        except OSError as error:
            log.warning("systemd cannot be told %r: %s", message.split("\n", 1)[0], error)


def _one_line(text: str) -> str:
    return " ".join(text.split())


class Watchdog:
    """Feeds systemd's watchdog when every registered part has advanced, and only then.

    There is no thread of its own that could go on feeding while the others hang: the last part to advance feeds.
    """

    def __init__(
        self, feed: Callable[[], None], interval_s: float | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`interval_s` is systemd's limit; each part must advance at least every half of it. None: no watchdog."""
        self._feed = feed
        self._interval_s = interval_s
        self._clock = clock
        self._lock = threading.Lock()
        self._parts: set[str] = set()
        self._advanced: set[str] = set()
        self._fed_at = float("-inf")

    @classmethod
    def from_environment(cls, notifier: Notifier, environment: Mapping[str, str] = os.environ) -> Watchdog:
        """Return the watchdog that systemd asked this process for."""
        interval_s = None
        with contextlib.suppress(KeyError, ValueError):
            if environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid()):
                interval_s = int(environment["WATCHDOG_USEC"]) / 1_000_000
        return cls(notifier.alive, interval_s)

    def register(self, part: str) -> None:
        """From now on the watchdog waits for `part` too."""
        with self._lock:
            self._parts.add(part)

    def remove(self, part: str) -> None:
        """Wait for `part` no longer: it has ended as it should."""
        with self._lock:
            self._parts.discard(part)
            self._advanced.discard(part)

    def progress(self, part: str) -> None:
        """Note that `part` has done a round of its work; callable from any thread."""
        with self._lock:
            if self._interval_s is None or part not in self._parts:
                return
            self._advanced.add(part)
            now = self._clock()
            if self._advanced != self._parts or now < self._fed_at + self._interval_s / 10:
                return
            self._advanced.clear()
            self._fed_at = now
        self._feed()

    def waiting_for(self) -> tuple[str, ...]:
        """Return the parts that have not advanced since the last feed."""
        with self._lock:
            return tuple(sorted(self._parts - self._advanced))


# --- logging ---------------------------------------------------------------------------------------


def start_logging(level: str, environment: Mapping[str, str] = os.environ) -> None:
    """Send all log records at least as severe as `level` to the journal, or to stderr outside of a service.

    Attributes of a record with upper-case names (``extra={"REQUEST": request.id}``) become fields of the journal
    where systemd-python is installed.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(_handler(environment))
    root.setLevel(level.upper())


def _handler(environment: Mapping[str, str]) -> logging.Handler:
    if "JOURNAL_STREAM" not in environment:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
        return handler
    try:
        return JournalHandler(importlib.import_module("systemd.journal").send)
    except ImportError:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(PriorityFormatter("%(name)s: %(message)s"))
        return handler


def _priority(level: int) -> int:
    return next((priority for least, priority in _PRIORITIES if level >= least), 7)


class PriorityFormatter(logging.Formatter):
    """Puts ``<priority>`` before each line, as the journal reads it from stderr."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of the record, each with its prefix."""
        prefix = f"<{_priority(record.levelno)}>"
        return "\n".join(prefix + line for line in super().format(record).splitlines() or [""])


class JournalHandler(logging.Handler):
    """Writes records with their fields by systemd-python's ``journal.send``."""

    def __init__(self, send: Callable[..., Any]) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record."""
        try:
            fields = {key: str(value) for key, value in vars(record).items() if key.isupper() and key[0] != "_"}
            fields["PRIORITY"] = str(_priority(record.levelno))
            fields["SYSLOG_IDENTIFIER"] = "ternd"
            fields["LOGGER"] = record.name
            fields["THREAD_NAME"] = str(record.threadName)
            self._send(
                self.format(record),
                CODE_FILE=record.pathname,
                CODE_LINE=record.lineno,
                CODE_FUNC=record.funcName,
                **fields,
            )
        except Exception:  # noqa: BLE001 - logging must not end the program; handleError says it on stderr
            self.handleError(record)
