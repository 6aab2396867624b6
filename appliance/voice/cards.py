"""Sound cards by sounddevice (PortAudio on ALSA): chosen by name, found again when they were unplugged.

Only blocking reads and writes are used: a callback would need memory that is writable and executable at once, which
the service is forbidden. PortAudio looks for cards only when it is started, so finding a re-plugged one means
starting it anew, and that ends every open stream: one lock keeps the microphone from doing that to the speaker.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from appliance.errors import VoiceError
from appliance.voice.detectors import missing
from appliance.voice.events import RATE
from appliance.voice.resample import Resampler

log = logging.getLogger(__name__)

READ_S = 0.01
"""Seconds of one blocking read: the wake word looks at sound in steps of this length, and a cue shall not wait for more."""
WRITE_S = 0.032
"""Seconds of one blocking write."""
RATES = (16_000, 48_000, 44_100, 32_000, 96_000, 8_000)
"""Tried in this order."""
_ITSELF = "ternd"
LOOK_AGAIN_S = 60.0
"""For a speaker that is not there the microphone is closed and opened at most this often, so that new cards are seen."""


@dataclass(frozen=True, slots=True)
class Card:
    """One device as PortAudio lists it."""

    index: int
    """Changes with every plug; never stored."""
    name: str
    inputs: int
    outputs: int
    rate: int
    """Its usual samples per second."""


class InUseError(VoiceError):
    """A card is there, but another process holds it."""

    def __init__(self, card: str, held_by: str) -> None:
        """`held_by` is a name and number of a process."""
        super().__init__(f"{card} is in use by {held_by}")
        self.by_ternd = held_by.startswith(_ITSELF)


class Microphone(Protocol):
    """An open input."""

    def read(self) -> tuple[npt.NDArray[np.int16], bool]:
        """Wait for the next piece, mono at 16 kHz; whether sound was lost before it. Raises :class:`VoiceError`."""

    def close(self) -> None:
        """Give the card back."""


class System:
    """PortAudio, loaded when first used."""

    def __init__(self, alsa: Path = Path("/proc/asound")) -> None:
        """Nothing is loaded yet; `alsa` is where the kernel tells of its cards."""
        self._alsa = alsa
        self._lock = threading.RLock()
        self._open = 0
        """Streams that a restart would break."""
        self._module: Any = None
        self._asked_at = float("-inf")
        self._look_again = False
        """The microphone is to be opened anew, because PortAudio may not know all cards."""
        self._forms: dict[tuple[str, str, int | None], tuple[int, int]] = {}
        """Channels and rate that a card took before: many take few, and each vain attempt delays the sound."""

    def cards(self, *, again: bool = False) -> tuple[Card, ...]:
        """All cards; with `again` PortAudio is restarted first, if no stream is open.

        Raises:
            VoiceError: the package or the PortAudio library is missing.
        """
        with self._lock:
            device = self._sounddevice()
            try:
                if again and not self._open:
                    with contextlib.suppress(Exception):  # an earlier attempt may have ended half-way
                        device._terminate()  # noqa: SLF001 - there is no public way to look for new cards
                    device._initialize()  # noqa: SLF001
                    self._look_again = False
                return tuple(
                    Card(
                        index,
                        str(item["name"]),
                        int(item["max_input_channels"]),
                        int(item["max_output_channels"]),
                        int(item["default_samplerate"]),
                    )
                    for index, item in enumerate(device.query_devices())
                )
            except Exception as error:  # PortAudio has one class of errors for all
                raise VoiceError(f"PortAudio cannot list the sound cards: {error}") from error

    def microphone(self, name: str) -> Microphone:
        """Open the input of the card `name`; raises :class:`VoiceError`."""
        with self._lock:
            card = self.choose(name, "input")
            stream = _Input(*self._stream("RawInputStream", card, card.inputs), self._release, lambda: self._look_again)
            self._open += 1
            return stream

    def speaker(self, name: str, rate: int) -> _Output:
        """Open the output of the card `name` for mono sound of `rate`; raises :class:`VoiceError`."""
        with self._lock:
            try:
                card = self.choose(name, "output")
                stream = _Output(*self._stream("RawOutputStream", card, card.outputs, first=rate), rate, self._release)
            except VoiceError:
                now = time.monotonic()
                if (
                    self._open and now - self._asked_at >= LOOK_AGAIN_S
                ):  # it may have come after the microphone was opened
                    self._asked_at, self._look_again = now, True
                raise
            self._open += 1
            return stream

    def choose(self, name: str, way: str) -> Card:
        """The card `name` for `way`, newly looked for; a card that another program holds is not listed, but told of.

        Raises:
            VoiceError: there is none.
        """
        try:
            return choose(self.cards(again=True), name, way)
        except VoiceError as error:
            wanted = "" if name == "default" else name.casefold()
            for card, held_by in holders(self._alsa, way):
                if wanted in card.casefold():
                    raise InUseError(card, held_by) from error
            raise

    def _release(self) -> None:
        with self._lock:
            self._open -= 1

    def _stream(self, kind: str, card: Card, channels: int, first: int | None = None) -> tuple[Any, int, int]:
        """An open and started stream, its channels and rate: what the card can, mono and the first rate if it may be."""
        make = getattr(self._sounddevice(), kind)
        reads = kind == "RawInputStream"
        known = self._forms.get((kind, card.name, first))
        counts, rates = (1, min(2, channels), channels), ((first or RATE), *RATES, card.rate)
        forms = dict.fromkeys((*([known] if known else []), *itertools.product(counts, rates)))
        reason = ""
        for count, rate in forms:
            stream = None
            try:
                stream = make(
                    samplerate=rate, blocksize=int(rate * (READ_S if reads else WRITE_S)), device=card.index,
                    channels=count, dtype="int16", latency="low" if reads else None,
                )  # fmt: skip
                stream.start()
            except Exception as error:  # noqa: BLE001 - PortAudioError and ValueError alike: try the next form
                reason = reason or str(error)
                if stream is not None:
                    _close(stream, lambda: None)  # or it would hold the card against the next attempt
            else:
                self._forms[kind, card.name, first] = (count, rate)
                return stream, count, rate
        for name, held_by in holders(self._alsa, "input" if reads else "output"):
            if name in card.name:
                raise InUseError(name, held_by)
        raise VoiceError(f"{card.name} cannot be opened ({reason}); is another program using it? fuser -v /dev/snd/*")

    def _sounddevice(self) -> Any:
        if self._module is None:
            try:
                import sounddevice  # noqa: PLC0415 - an optional package
            except ImportError as error:
                raise VoiceError(missing("sounddevice", error)) from error
            except OSError as error:
                raise VoiceError(
                    f"PortAudio is missing ({error}); install it: sudo apt install libportaudio2"
                ) from error
            except Exception as error:  # PortAudio is started when the package is imported
                raise VoiceError(f"PortAudio cannot be started: {error}") from error
            self._module = sounddevice
        return self._module


def choose(cards: tuple[Card, ...], name: str, way: str) -> Card:
    """The card whose name holds `name` (case does not matter), or the usual one for ``default``.

    Raises:
        VoiceError: there is none; the message lists what there is.
    """
    fitting = [card for card in cards if (card.inputs if way == "input" else card.outputs) > 0]
    wanted = name.casefold()
    named = [card for card in fitting if wanted in card.name.casefold()]
    exact = [card for card in named if card.name.casefold() == wanted]
    if name == "default":
        usual = exact or [card for card in fitting if "(hw:" in card.name] or fitting
        if usual:
            return usual[0]
    elif exact or named:
        return (exact or named)[0]
    there = ", ".join(card.name for card in fitting) or "none"
    raise VoiceError(
        f'no sound card for {way} is called "{name}"; there: {there}. Set voice.{way} (ternd doctor --audio)'
    )


def holders(alsa: Path, way: str) -> list[tuple[str, str]]:
    """Cards whose sound some process takes or gives just now, as the kernel tells: name, and who it is."""
    try:
        listed = (alsa / "cards").read_text("utf-8", "replace")
    except OSError:
        return []
    names = {
        number: name.strip() for number, name in re.findall(r"^ *(\d+) \[.*?\]: .*? - (.*)$", listed, re.MULTILINE)
    }
    found = []
    for path in sorted(alsa.glob(f"card*/pcm*{'c' if way == 'input' else 'p'}/sub*/status")):
        with contextlib.suppress(OSError):
            owner = re.search(r"owner_pid *: *(\d+)", path.read_text("utf-8", "replace"))
            if owner is not None:
                number = path.parts[-4].removeprefix("card")
                found.append((names.get(number, f"card {number}"), _process(owner[1])))
    return found


def _process(pid: str) -> str:
    """What is known of a process: of another user's, maybe only its number."""
    try:
        command = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return f"process {pid}"
    if any(Path(os.fsdecode(part)).name == "ternd" for part in command[:3]):
        return f"{_ITSELF} (process {pid}); sudo systemctl stop ternd ends it"
    return f"{Path(os.fsdecode(command[0])).name or 'a process'} (process {pid})"


class _Input:
    def __init__(
        self, stream: Any, channels: int, rate: int, release: Callable[[], None], outdated: Callable[[], bool]
    ) -> None:
        self._stream, self._channels, self._release, self._outdated = stream, channels, release, outdated
        self._block = int(rate * READ_S)
        self._resampler = Resampler(rate, RATE)

    def read(self) -> tuple[npt.NDArray[np.int16], bool]:
        if self._outdated():
            raise VoiceError("the microphone is opened anew, to find the speaker")
        try:
            data, overflowed = self._stream.read(self._block)
        except Exception as error:  # whatever PortAudio says, the card is gone
            raise VoiceError(f"the microphone is gone: {error}") from error
        samples = np.frombuffer(data, np.int16).reshape(-1, self._channels)
        mono = samples[:, 0] if self._channels == 1 else np.asarray(samples.mean(axis=1), np.int16)
        return self._resampler.feed(mono), bool(overflowed)

    def close(self) -> None:
        _close(self._stream, self._release)


class _Output:
    """An open output."""

    def __init__(self, stream: Any, channels: int, card_rate: int, rate: int, release: Callable[[], None]) -> None:
        self._stream, self._channels, self._release = stream, channels, release
        self._resampler = Resampler(rate, card_rate)

    def write(self, samples: npt.NDArray[np.int16]) -> None:
        """Play mono samples; returns when they are handed over. Raises :class:`VoiceError`."""
        made = self._resampler.feed(samples)
        try:
            self._stream.write(np.repeat(made, self._channels).tobytes())
        except Exception as error:
            raise VoiceError(f"the speaker is gone: {error}") from error

    def drain(self) -> None:
        """Wait until everything has been heard."""
        try:
            self._stream.stop()
        except Exception as error:  # noqa: BLE001
            log.debug("the speaker could not be drained: %s", error)

    def abort(self) -> None:
        """Fall silent at once."""
        try:
            self._stream.abort()
        except Exception as error:  # noqa: BLE001
            log.debug("the speaker could not be stopped: %s", error)

    def close(self) -> None:
        """Give the card back."""
        _close(self._stream, self._release)


def _close(stream: Any, release: Callable[[], None]) -> None:
    try:
        stream.close()
    except Exception as error:  # noqa: BLE001 - the card may have gone first
        log.debug("a stream could not be closed: %s", error)
    finally:
        release()
