"""Text to sound: espeak-ng as a subprocess, or piper where it is installed. Sound is handed on while it is being made."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from appliance.errors import VoiceError

log = logging.getLogger(__name__)

_CHUNK = 2048
"""Bytes read at once: 46 ms at 22,050 Hz."""
_HEADER = 44
"""Of the WAV that espeak-ng writes to a pipe; its length fields are not true there."""
_LOOK_S = 0.1
"""A voice that makes nothing is asked so often whether anybody still listens."""
_END_S = 5.0
"""How long the end of its process is awaited."""
HANGS_S = 20.0
"""A voice that makes nothing for so long will not do so any more; piper loads its model for some seconds."""
MAX_SPOKEN = 1000
"""Characters of the longest text that is spoken."""


class Synthesizer(Protocol):
    """Makes speech."""

    rate: int
    """Samples per second of what it makes."""

    def speak(self, text: str) -> Iterator[npt.NDArray[np.int16]]:
        """Yield the sound of `text` piece by piece, empty ones while it is being waited for; raises :class:`VoiceError`.

        Closing the iterator ends the work.
        """


class Espeak:
    """The default voice: no download, a first sound within some 50 ms."""

    rate = 22_050

    def __init__(self, voice: str, words_per_minute: int, program: str = "espeak-ng") -> None:
        """Speak with `voice` (``en-us``, ``en-gb+f3``, …); raises :class:`VoiceError` when the program is missing."""
        path = shutil.which(program)
        if path is None:
            raise VoiceError(f"{program} is missing, so nothing can be said; install it: sudo apt install espeak-ng")
        self._command = [path, "-v", voice, "-s", str(words_per_minute), "--stdin", "--stdout"]

    def speak(self, text: str) -> Iterator[npt.NDArray[np.int16]]:
        """Yield the sound of `text`."""
        yield from _piped(self._command, speakable(text), header=_HEADER)


class Piper:
    """A more natural voice, where ``piper-tts`` and one of its voices are installed."""

    def __init__(self, voice: Path) -> None:
        """Speak with the voice file `voice` (``….onnx``); raises :class:`VoiceError` when something is missing."""
        if importlib.util.find_spec("piper") is None:
            pip = Path(sys.prefix) / "bin" / "pip"
            raise VoiceError(
                f'piper is missing; install it: {pip} install piper-tts, or set voice.speaker = "espeak-ng"'
            )
        if not voice.is_file():
            raise VoiceError(f'{voice}: no such piper voice; download one, or set voice.speaker = "espeak-ng"')
        self.rate = _rate_of(voice.with_name(f"{voice.name}.json"))
        self._command = [sys.executable, "-m", "piper", "--model", str(voice), "--output-raw"]

    def speak(self, text: str) -> Iterator[npt.NDArray[np.int16]]:
        """Yield the sound of `text`."""
        yield from _piped(self._command, speakable(text), header=0)


def _rate_of(description: Path) -> int:
    """Samples per second of a piper voice: 16,000 of the small ones, 22,050 of others."""
    try:
        return int(json.loads(description.read_text("utf-8"))["audio"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VoiceError(
            f"{description} cannot be read ({error!r}); download it again, it comes with the voice"
        ) from error


def speakable(text: str) -> str:
    """`text` as a voice can read it: no control characters, no signs read by name, not endless."""
    plain = (
        re.sub(r"[\x00-\x1f<>|\\{}\[\]]+", " ", text)
        .replace("_", " ")
        .replace("°C", " degrees")
        .replace("°", " degrees")
    )
    plain = " ".join(plain.split())
    if len(plain) <= MAX_SPOKEN:
        return plain
    return plain[:MAX_SPOKEN].rsplit(" ", 1)[0] + ", and so on."


def _piped(command: list[str], text: str, *, header: int) -> Iterator[npt.NDArray[np.int16]]:
    """Run `command` with `text` on its stdin, yield its stdout as samples, kill it when nobody listens any more."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
    except OSError as error:
        raise VoiceError(f"{command[0]} cannot be started: {error.strerror}") from error
    if process.stdin is None or process.stdout is None:
        raise VoiceError(f"{command[0]} has no pipes")
    try:
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(text.encode("utf-8", "replace") + b"\n")
        skip, odd = header, b""
        until = time.monotonic() + HANGS_S
        while True:
            if not select.select([process.stdout], [], [], _LOOK_S)[0]:
                if time.monotonic() >= until:
                    raise VoiceError(f"{Path(command[0]).name} says nothing; try: {' '.join(command)}")
                yield np.zeros(0, np.int16)
                continue
            if not (data := process.stdout.read(_CHUNK)):
                break
            until = time.monotonic() + HANGS_S
            if skip:
                skipped = min(skip, len(data))
                skip, data = skip - skipped, data[skipped:]
            data = odd + data
            whole = len(data) // 2 * 2
            odd = data[whole:]
            if whole:
                yield np.frombuffer(data[:whole], "<i2").astype(np.int16)
        with contextlib.suppress(subprocess.TimeoutExpired):
            if process.wait(_END_S):
                raise VoiceError(
                    f"{Path(command[0]).name} failed (exit status {process.returncode}); try: {' '.join(command)}"
                )
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait(_END_S)
