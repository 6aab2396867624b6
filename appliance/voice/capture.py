"""The thread that reads the microphone into the ring, whatever happens to the card."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from appliance.errors import VoiceError
from appliance.voice.cards import Microphone
from appliance.voice.ring import Ring

log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 10.0
SILENT_S = 5.0
"""A card that delivers nothing for so long is opened anew."""


class Capture:
    """Keeps a microphone open: a card that is missing, busy or unplugged is waited for and taken up again."""

    def __init__(
        self,
        open_: Callable[[], Microphone],
        ring: Ring,
        *,
        changed: Callable[[str], None] = lambda _problem: None,
    ) -> None:
        """Read what `open_` opens into `ring`; `changed` is told each new problem, and an empty text when it is over."""
        self._open = open_
        self._ring = ring
        self._changed = changed
        self._stop = threading.Event()
        self._may_listen = threading.Event()
        self._may_listen.set()
        self._thread: threading.Thread | None = None
        self.problem = "not started"
        """Why nothing is heard; empty: it is."""
        self.overflows = 0
        """Times the card lost sound because it was not read in time."""
        self.opened = 0
        """Times the card was opened."""

    def start(self) -> None:
        """Begin to read."""
        self._thread = threading.Thread(target=self._run, name="microphone", daemon=True)
        self._thread.start()

    def pause(self, on: bool) -> None:
        """Give the card back for as long as the microphone is switched off."""
        if on:
            self._may_listen.clear()
            self._ring.clear()
        else:
            self._may_listen.set()

    def stop(self) -> None:
        """Give the card back and end the thread; a card that hangs is left behind."""
        self._stop.set()
        self._may_listen.set()
        if self._thread is not None:
            self._thread.join(2)
        self._ring.close()

    def _run(self) -> None:
        pause = FIRST_RETRY_S
        while not self._stop.is_set():
            self._may_listen.wait()
            began = time.monotonic()
            try:
                if not self._stop.is_set():
                    self._read(self._open())
                pause = FIRST_RETRY_S
                continue  # it was switched off: nothing to get over
            except VoiceError as error:
                self._trouble(str(error))
            except Exception as error:  # one card's trouble must not end hearing for good
                if str(error) != self.problem:
                    log.exception("the microphone thread met a defect")
                self._trouble(str(error))
            pause = FIRST_RETRY_S if time.monotonic() - began > LAST_RETRY_S else min(LAST_RETRY_S, pause * 2)
            self._stop.wait(pause)

    def _read(self, microphone: Microphone) -> None:
        self.opened += 1
        try:
            last = time.monotonic()
            while not self._stop.is_set() and self._may_listen.is_set():
                samples, lost = microphone.read()
                self.overflows += lost
                if len(samples):
                    last = time.monotonic()
                    self._trouble("")
                    self._ring.put(samples)
                elif time.monotonic() - last > SILENT_S:
                    raise VoiceError("the microphone delivers nothing; unplug it and plug it in again")
        finally:
            microphone.close()

    def _trouble(self, problem: str) -> None:
        """Say once what is wrong, and once that it is right again."""
        if problem == self.problem:
            return
        if problem:
            log.warning("voice: %s; trying again in the background", problem)
        else:
            log.info("voice: the microphone is there")
        self.problem = problem
        self._changed(problem)
