"""Sampling rates: whatever a card or a file delivers becomes 16 kHz, the rate of every model here."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
"""Mono sound."""

_ZEROS = 12
"""Zero crossings of the windowed sinc on each side: over 60 dB of attenuation with a Kaiser window of beta 8."""
_BETA = 8.0


class Resampler:
    """A polyphase windowed-sinc filter that takes a stream piece by piece; every piece continues the one before."""

    def __init__(self, source: int, target: int) -> None:
        """Convert from `source` to `target` samples per second, both at least 1."""
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        cutoff = min(1.0, target / source)
        half = int(np.ceil(_ZEROS / cutoff))
        self._taps = 2 * half
        offsets = np.arange(self._taps)[None, :] - half + 1 - np.arange(self._up)[:, None] / self._up
        window = np.kaiser(2 * 4096 + 1, _BETA)[np.clip((offsets / half + 1) * 4096, 0, 2 * 4096).astype(int)]
        kernel = cutoff * np.sinc(offsets * cutoff) * window
        self._kernel = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
        """[up, taps]: one filter for each position between two samples."""
        self._rest = np.zeros(self._taps - 1, np.float32)
        self._position = 0
        """Of the next output, in steps of 1/up input samples, from the first sample of the rest."""

    def feed(self, samples: Samples) -> Samples:
        """Convert the next piece of mono int16 samples; the filter's delay is less than a millisecond at 16 kHz."""
        if self._up == self._down:
            return samples
        data = np.concatenate([self._rest, samples.astype(np.float32)])
        available = len(data) - self._taps + 1
        count = max(0, -(-(available * self._up - self._position) // self._down))
        steps = self._position + self._down * np.arange(count)
        index, phase = steps // self._up, steps % self._up
        pieces = (
            np.lib.stride_tricks.sliding_window_view(data, self._taps)[index] if count else np.empty((0, self._taps))
        )
        out = np.einsum("nt,nt->n", pieces, self._kernel[phase])
        used = max(0, available)
        self._position += self._down * count - used * self._up
        self._rest = data[used:]
        made: Samples = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        return made


def resample(samples: Samples, source: int, target: int) -> Samples:
    """Convert a whole recording; its length is rounded up."""
    return resampled((samples[start : start + source] for start in range(0, len(samples), source)), source, target)


def resampled(pieces: Iterable[Samples], source: int, target: int) -> Samples:
    """Convert a recording that comes in pieces; each takes memory for a moment only, 72 times its own from 48 kHz."""
    converter, count = Resampler(source, target), 0
    out = [np.zeros(0, np.int16)]
    for piece in pieces:
        count += len(piece)
        out.append(converter.feed(piece))
    out.append(converter.feed(np.zeros(2 * _ZEROS * max(1, source // target + 1), np.int16)))
    return np.concatenate(out)[: -(-count * target // source)]
