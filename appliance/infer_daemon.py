"""The process that only runs the command model, for a daemon elsewhere on the machine: ``ternd infer``."""

from __future__ import annotations

import contextlib
import signal
import threading
from pathlib import Path

from appliance.infer import listen, serve
from appliance.opening import open_command_model
from appliance.systemd import Notifier, Watchdog, start_logging


def serve_model(directory: Path | None, path: Path | None) -> int:
    """Serve the command model on a socket until SIGTERM or SIGINT; what ``ternd infer`` does. It needs no configuration."""
    start_logging("info")
    notifier = Notifier.from_environment()
    watchdog = Watchdog.from_environment(notifier)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with contextlib.ExitStack() as parts:
        isa, command = open_command_model(directory, parts)
        listener = parts.enter_context(listen(path))
        watchdog.register("model")
        notifier.ready(f"engine {isa}")
        serve(command, listener, stop, beat=lambda: watchdog.progress("model"))
        notifier.stopping()
    return 0
