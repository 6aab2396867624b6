"""A bounded ring of recordings on disk, only for people who switched it on to find out what goes wrong."""

from __future__ import annotations

import logging
import os
import time
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appliance.voice.events import RATE

log = logging.getLogger(__name__)

_NOTICE = """ternd keeps what it hears here because voice.keep_audio = true.
Every sentence that it listened to is kept: after the wake word, the button or a question, while a timer rings, and
with always_listen whatever is said in the room. The latest {count} are kept; older ones are deleted.
Set voice.keep_audio = false and delete this folder to end it.
"""


class Recordings:
    """The latest sentences as WAV files that only the service's user can read."""

    def __init__(self, folder: Path, count: int) -> None:
        """Keep at most `count` recordings in `folder`."""
        self._folder = folder
        self._count = count
        self._number = 0

    def announce(self) -> None:
        """Say clearly that sound is stored, in the log and beside the files."""
        log.warning("voice.keep_audio is on: the latest %d sentences are stored in %s", self._count, self._folder)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            (self._folder / "README.txt").write_text(_NOTICE.format(count=self._count))
        except OSError as error:
            log.warning("voice: recordings cannot be kept in %s: %s", self._folder, error.strerror)

    def keep(self, samples: npt.NDArray[np.int16]) -> None:
        """Store one sentence and delete the oldest; a full disk costs the recording, nothing else."""
        self._number += 1
        path = self._folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{self._number:06d}.wav"
        try:
            with (
                os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
                wave.open(raw, "wb") as file,
            ):
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes(samples.tobytes())
            for old in sorted(self._folder.glob("*.wav"))[: -self._count]:
                old.unlink()
        except OSError as error:
            log.warning("voice: a recording was not kept: %s", error.strerror)
