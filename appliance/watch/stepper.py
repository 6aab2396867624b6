"""A thread that does a step every second, at once when it is woken, and a last one at the end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

TICK_S = 1.0
GATHER_S = 0.05
"""Pause after each step: what comes meanwhile is done together."""
_JOIN_S = 10.0


class Stepper:
    """One such thread. :meth:`wake` may be called from any thread and never waits."""

    def __init__(
        self,
        name: str,
        step: Callable[[], None],
        last: Callable[[], None],
        pause: Callable[[], float] = lambda: GATHER_S,
    ) -> None:
        """Store the parts; nothing happens until :meth:`start`.

        Args:
            name: of the thread, and of the steps in the log.
            step: what is done; when it fails, the next one comes all the same.
            last: what is done instead when it ends.
            pause: seconds to the next step at the least.
        """
        self._name = name
        self._step = step
        self._last = last
        self._pause = pause
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Do the last step and end; without :meth:`start` nothing."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_JOIN_S)

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(TICK_S)
            self._wake.clear()
            try:
                self._step()
            except Exception:  # it goes on whatever one step ran into
                log.exception("%s: a step failed", self._name)
                self._stopping.wait(TICK_S)
            self._stopping.wait(self._pause())
        self._last()
