"""Sound files as a microphone."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appliance.errors import VoiceError
from appliance.voice.detectors import Frame
from appliance.voice.dialogue import FRAME, RATE
from appliance.voice.resample import resample

MAX_SECONDS = 3600


def read(path: Path) -> npt.NDArray[np.int16]:
    """A WAV file as mono 16 kHz samples.

    Raises:
        VoiceError: it cannot be read, is no 16-bit PCM, or longer than an hour.
    """
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, count = (
                file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()
            )  # fmt: skip
            if width != 2:
                raise VoiceError(
                    f"{path}: {8 * width}-bit sound; convert it: sox {path.name} -b 16 -r 16000 -c 1 out.wav"
                )
            if count > rate * MAX_SECONDS:
                raise VoiceError(f"{path}: longer than an hour; cut it into pieces")
            data = file.readframes(count)
    except (wave.Error, EOFError) as error:
        raise VoiceError(
            f"{path}: no WAV file ({error}); convert it: sox {path.name} -b 16 -r 16000 -c 1 out.wav"
        ) from error
    except OSError as error:
        raise VoiceError(f"{path}: cannot be read: {error.strerror}") from error
    if channels == 0 or rate == 0:
        raise VoiceError(f"{path}: a WAV file without channels or rate")
    samples = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    return resample(np.asarray(samples.mean(axis=1), np.int16), rate, RATE)


def frames(samples: npt.NDArray[np.int16]) -> Iterator[Frame]:
    """Cut into frames; the last one is filled up with silence."""
    padded = np.concatenate([samples, np.zeros(-len(samples) % FRAME, np.int16)])
    for start in range(0, len(padded), FRAME):
        yield padded[start : start + FRAME]
