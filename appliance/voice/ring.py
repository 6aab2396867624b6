"""The bounded ring between the thread that reads the microphone and the one that listens."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from appliance.voice.detectors import Frame
from appliance.voice.dialogue import FRAME, FRAME_S


class FrameRing:
    """Cuts sound of any length into frames; when the listener is too slow the oldest frames go, and are counted."""

    def __init__(self, seconds: float = 4.0) -> None:
        """Hold at most `seconds` of sound."""
        self._frames: deque[Frame] = deque(maxlen=max(1, int(seconds / FRAME_S)))
        self._rest = np.zeros(0, np.int16)
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0
        """Frames that nobody took in time."""

    def put(self, samples: Frame) -> None:
        """Take mono samples at 16 kHz; called by the reading thread."""
        data = np.concatenate([self._rest, samples])
        whole = len(data) // FRAME * FRAME
        self._rest = data[whole:]
        with self._changed:
            for start in range(0, whole, FRAME):
                if len(self._frames) == self._frames.maxlen:
                    self.dropped += 1
                self._frames.append(data[start : start + FRAME])
            self._changed.notify()

    def take(self, timeout: float) -> Frame | None:
        """The oldest frame; None: none came within `timeout` seconds, or the ring is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._closed, timeout)
            return self._frames.popleft() if self._frames else None

    def clear(self) -> None:
        """Forget what waits: it is too old, or the appliance's own voice."""
        with self._changed:
            self._frames.clear()

    def close(self) -> None:
        """Wake the listener up for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
