"""The speaker: one thread that plays what is said and signalled, and falls silent when told to."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from appliance.errors import VoiceError
from appliance.voice.events import RATE
from appliance.voice.synthesis import Synthesizer

log = logging.getLogger(__name__)

WAITING = 16
"""Sounds that may wait."""
_PIECE = 1024
"""Samples handed to the card at once: what may still sound after a barge-in."""


class Output(Protocol):
    """An open card."""

    def write(self, samples: npt.NDArray[np.int16], /) -> None:
        """Play; returns when the card took it. Raises :class:`VoiceError`."""

    def drain(self) -> None:
        """Wait until it has been heard."""

    def abort(self) -> None:
        """Fall silent at once."""

    def close(self) -> None:
        """Give the card back."""


@dataclass(frozen=True, slots=True)
class _Job:
    text: str
    """To be spoken; empty: `sound` is to be played."""
    sound: npt.NDArray[np.int16] | None
    done: Callable[[], None]
    since: float
    turn: int
    """Number of hushes before it: a later hush cuts it off."""


class Speaker:
    """Plays one thing after the other. Nothing it meets ends its thread."""

    def __init__(self, open_: Callable[[int], Output], voice: Callable[[], Synthesizer], volume: float = 1.0) -> None:
        """Play on what ``open_(rate)`` opens, speak with what `voice` makes (once, when first needed)."""
        self._open = open_
        self._make_voice = voice
        self._volume = volume
        self._voice: Synthesizer | None = None
        self._queue: queue.Queue[_Job | None] = queue.Queue(WAITING)
        self._lock = threading.Lock()
        self._hushes = 0
        self._open_jobs = 0
        """Sounds that were accepted and are not over."""
        self._stopping = False
        self._silent_at = float("-inf")
        self._thread: threading.Thread | None = None
        self._said = ""
        self.problem = ""
        """Why nothing is heard; empty: it is, as far as is known."""
        self.first_sound_ms: float | None = None
        """Of the latest answer: from being handed over to its first samples at the card."""
        self.sounded_at = float("-inf")
        """Monotonic second at which the card had taken the first samples of the latest sound."""

    def start(self) -> None:
        """Begin to play."""
        self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Fall silent and end the thread."""
        self._stopping = True
        self.hush()
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            log.debug("the speaker's queue is full at the end")
        if self._thread is not None:
            self._thread.join(3)

    def say(self, text: str, done: Callable[[], None]) -> None:
        """Speak; `done` is called once, when it is over, was cut off or could not be said."""
        self._put(text, None, done)

    def play(self, sound: npt.NDArray[np.int16], done: Callable[[], None] = lambda: None) -> None:
        """Play mono samples at 16 kHz."""
        self._put("", sound, done)

    def hush(self) -> None:
        """Fall silent at once and forget what waits; what was cut off counts as done."""
        with self._lock:
            self._hushes += 1
        while True:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                self._over(job)

    def sounding(self, tail_s: float) -> bool:
        """Whether something sounds, or did within the last `tail_s` seconds."""
        return self._open_jobs > 0 or time.monotonic() - self._silent_at < tail_s

    def _put(self, text: str, sound: npt.NDArray[np.int16] | None, done: Callable[[], None]) -> None:
        with self._lock:
            job = _Job(text, sound, done, time.monotonic(), self._hushes)
            self._open_jobs += 1
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            self._over(job)

    def _over(self, job: _Job) -> None:
        with self._lock:
            self._open_jobs -= 1
            self._silent_at = time.monotonic()
        job.done()

    def _run(self) -> None:
        while not self._stopping:
            job = self._queue.get()
            if job is None:
                continue
            try:
                self._play(job)
                self._trouble("")
            except VoiceError as error:
                self._trouble(str(error))
            except Exception as error:  # one sound's trouble must not end speaking for good
                if str(error) != self._said:
                    log.exception("the speaker thread met a defect")
                self._trouble(str(error))
            self._over(job)

    def _play(self, job: _Job) -> None:
        if job.sound is not None:
            self._through(RATE, iter([job.sound]), job)
            return
        if self._voice is None:
            self._voice = self._make_voice()
        with closing(self._voice.speak(job.text)) as pieces:  # type: ignore[type-var]  # a generator
            self._through(self._voice.rate, pieces, job)

    def _through(self, rate: int, pieces: Iterator[npt.NDArray[np.int16]], job: _Job) -> None:
        first, begun = bool(job.text), False
        output = self._open(rate)
        try:
            for piece in pieces:
                if job.turn != self._hushes:
                    output.abort()
                    return
                if first and len(piece):
                    self.first_sound_ms, first = 1000 * (time.monotonic() - job.since), False
                for start in range(0, len(piece), _PIECE):
                    if job.turn != self._hushes:
                        output.abort()
                        return
                    part = piece[start : start + _PIECE]
                    output.write(part if self._volume == 1 else np.asarray(part * self._volume, np.int16))
                    if not begun:
                        self.sounded_at, begun = time.monotonic(), True
            output.drain()
        finally:
            output.close()

    def _trouble(self, problem: str) -> None:
        self.problem = problem
        if problem and problem != self._said:
            log.warning("voice: %s", problem)
        self._said = problem
