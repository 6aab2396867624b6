"""The bounded ring between the thread that reads the microphone and the one that listens."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from appliance.voice.detectors import Frame
from appliance.voice.events import RATE

PIECE = 160
"""Samples of one piece: 10 ms, a step of the wake word's."""


class Ring:
    """Cuts sound of any length into pieces; when the listener is too slow the oldest pieces go, and are counted."""

    def __init__(self, seconds: float = 4.0) -> None:
        """Hold at most `seconds` of sound."""
        self._pieces: deque[Frame] = deque(maxlen=max(1, int(seconds * RATE / PIECE)))
        self._rest = np.zeros(0, np.int16)
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0
        """Pieces that nobody took in time."""

    def put(self, samples: Frame) -> None:
        """Take mono samples at 16 kHz; called by the reading thread."""
        data = np.concatenate([self._rest, samples])
        whole = len(data) // PIECE * PIECE
        self._rest = data[whole:]
        with self._changed:
            for start in range(0, whole, PIECE):
                if len(self._pieces) == self._pieces.maxlen:
                    self.dropped += 1
                self._pieces.append(data[start : start + PIECE])
            self._changed.notify()

    def take(self, timeout: float) -> Frame | None:
        """The oldest piece; None: none came within `timeout` seconds, or the ring is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._closed, timeout)
            return self._pieces.popleft() if self._pieces else None

    def __len__(self) -> int:
        """Samples that wait."""
        return len(self._pieces) * PIECE

    def clear(self) -> None:
        """Forget what waits: it is too old, or the appliance's own voice."""
        with self._changed:
            self._pieces.clear()

    def close(self) -> None:
        """Wake the listener up for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
