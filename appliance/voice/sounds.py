"""The appliance's own sounds, computed: short tones for its cues, a bell for timers."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from appliance.voice.events import RATE, Cue

Samples = npt.NDArray[np.int16]


@cache
def cue(which: Cue) -> Samples:
    """The sound of a cue: rising for listening, high for done, falling for not understood; mono at 16 kHz, under 0.2 s."""
    notes = {
        Cue.LISTENING: ((660, 0.05), (880, 0.06)),
        Cue.DONE: ((1175, 0.07),),
        Cue.NOT_UNDERSTOOD: ((440, 0.08), (330, 0.1)),
    }[which]
    return _notes(notes, 0.12)


@cache
def bell() -> Samples:
    """What a timer sounds like: three strokes in 0.9 s."""
    return _notes(((1047, 0.15), (0, 0.1), (1047, 0.15), (0, 0.1), (1319, 0.3)), 0.35)


def _notes(notes: tuple[tuple[int, float], ...], loud: float) -> Samples:
    parts = []
    for pitch, length in notes:
        time = np.arange(int(RATE * length)) / RATE
        edge = np.minimum(1, np.minimum(time, length - time) / 0.008)  # no clicks
        parts.append(loud * edge * np.sin(2 * np.pi * pitch * time) * np.exp(-time * 4))
    return np.asarray(np.concatenate(parts) * 32767, np.int16)
