"""WAV files as a microphone: whatever a recorder, a phone or a converter wrote, read piece by piece.

The format: Multimedia Programming Interface and Data Specifications 1.0 (RIFF), WAVEFORMATEXTENSIBLE for the newer form.
"""

from __future__ import annotations

import shlex
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from appliance.errors import VoiceError
from appliance.voice.detectors import Frame
from appliance.voice.events import FRAME, RATE
from appliance.voice.resample import Samples, resampled

MAX_SECONDS = 3600
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_WIDTHS = {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8)}
"""Bytes of a sample."""
_CHANNELS = 32
_RATES = (4_000, 192_000)
_LONGEST_DESCRIPTION = 1024


@dataclass(frozen=True, slots=True)
class Form:
    """How a file writes its samples."""

    kind: int
    """:data:`_PCM` or :data:`_FLOAT`."""
    channels: int
    rate: int
    """Samples per second."""
    width: int
    """Bytes of a sample."""


def read(path: Path) -> Samples:
    """A WAV file as mono 16 kHz samples.

    Raises:
        VoiceError: it cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            return decode(file)
    except VoiceError as error:
        converted = f"sox {shlex.quote(path.name)} -b 16 -r 16000 -c 1 out.wav"
        raise VoiceError(f"{path}: {error}; convert it: {converted}") from error
    except OSError as error:
        raise VoiceError(f"{path}: cannot be read: {error.strerror}") from error


def decode(file: BinaryIO) -> Samples:
    """The samples of a WAV file, mono at 16 kHz; what is missing at its end is missing.

    Raises:
        VoiceError: it is no WAV file, has no sound or is compressed, or is longer than an hour.
    """
    if (start := file.read(12))[:4] not in (b"RIFF", b"RF64") or start[8:] != b"WAVE":
        raise VoiceError("no WAV file")
    form, size = None, 0
    while len(header := file.read(8)) == 8:
        name, size = header[:4], int.from_bytes(header[4:], "little")
        if name == b"data":
            break
        if name == b"fmt ":
            form = _form(file.read(min(size, _LONGEST_DESCRIPTION)))
            size -= min(size, _LONGEST_DESCRIPTION)
        _skip(file, size + size % 2)
    else:
        raise VoiceError("no sound in it")
    if form is None:
        raise VoiceError("a WAV file without a description of its sound")
    samples = resampled(_pieces(file, form, size), form.rate, RATE)
    if not len(samples):
        raise VoiceError("no sound in it")
    return samples


def frames(samples: Samples) -> Iterator[Frame]:
    """Cut into frames; the last one is filled up with silence."""
    for start in range(0, len(samples), FRAME):
        frame = samples[start : start + FRAME]
        yield np.pad(frame, (0, FRAME - len(frame)))


def _form(described: bytes) -> Form:
    if len(described) < 16:
        raise VoiceError("a WAV file with half a description of its sound")
    kind, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", described)
    if kind == _EXTENSIBLE and len(described) >= 26:
        kind = int.from_bytes(described[24:26], "little")
    if kind not in _WIDTHS:
        raise VoiceError(f"compressed sound (format {kind})")
    if not 1 <= channels <= _CHANNELS:
        raise VoiceError(f"{channels} channels")
    if not _RATES[0] <= rate <= _RATES[1]:
        raise VoiceError(f"{rate} Hz")
    width = block // channels
    if bits == 0 or width not in _WIDTHS[kind] or width != -(-bits // 8) or (bits % 8 and width < 3):
        raise VoiceError(f"samples of {bits} bits")
    return Form(kind, channels, rate, width)


def _skip(file: BinaryIO, size: int) -> None:
    """Pass over `size` bytes, of a pipe, too."""
    while size > 0 and (passed := file.read(min(size, 1 << 16))):
        size -= len(passed)


def _pieces(file: BinaryIO, form: Form, size: int) -> Iterator[Samples]:
    """The sound, mono, second by second. A size of 0 says, as many others do, that whoever wrote it did not know."""
    frame, left = form.channels * form.width, size or 0xFFFFFFFF
    for _ in range(MAX_SECONDS):
        data = file.read(min(left, form.rate * frame))
        left -= len(data)
        if len(data) < frame:
            return
        yield _mono(data[: len(data) // frame * frame], form)
    if left >= frame and len(file.read(frame)) == frame:
        raise VoiceError("longer than an hour; cut it into pieces")


def _mono(data: bytes, form: Form) -> Samples:
    values: npt.NDArray[np.float64] | npt.NDArray[np.int16]
    if form.kind == _FLOAT:
        values = np.nan_to_num(np.frombuffer(data, f"<f{form.width}").astype(np.float64), posinf=1.0, neginf=-1.0)
        values = np.clip(values, -1, 1) * 32767
    elif form.width == 1:
        values = (np.frombuffer(data, np.uint8).astype(np.int16) - 128) * 256
    else:  # the upper two bytes of each
        values = np.frombuffer(data, np.uint8).reshape(-1, form.width)[:, -2:].copy().view("<i2")
    return np.asarray(values.reshape(-1, form.channels).mean(axis=1), np.int16)
