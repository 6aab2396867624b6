"""Small real stand-ins for what is at the edge: ears, a card, a speaker."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from appliance.errors import VoiceError
from appliance.messages import Home
from appliance.voice.cards import Card as Listed
from appliance.voice.cards import System
from appliance.voice.detectors import Frame
from appliance.voice.events import FRAME, Answered, Cue, State
from appliance.voice.stt import Transcript

SILENCE = np.zeros(FRAME, np.int16)
SPEECH = np.full(FRAME, 1000, np.int16)
WAKE = np.full(FRAME, 2000, np.int16)


class ByLoudness:
    """Takes loud frames for speech."""

    def probability(self, frame: Frame) -> float:
        return 0.9 if int(np.abs(frame).max()) >= 500 else 0.0

    def reset(self) -> None:
        pass


class ByMark:
    """Hears its name where :data:`WAKE` begins, in pieces of any length."""

    def __init__(self) -> None:
        self._within = False

    def heard(self, samples: Frame) -> str:
        before, self._within = self._within, int(samples[-1]) == int(WAKE[0])
        return "okay_nabu" if self._within and not before else ""

    def reset(self) -> None:
        pass


@dataclass
class Ear:
    """Recognises the same words in whatever it is fed."""

    text: str = "turn on the lamp"
    name: str = "fake"
    repeats: bool = False
    how: str = "grammar"
    complete: bool = False
    fed: list[Frame] = field(default_factory=list)
    sentences: list[list[Frame]] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)

    def set_home(self, home: Home) -> None:
        self.homes.append(home.structure)

    def start(self) -> None:
        self.fed = []

    def feed(self, frame: Frame) -> None:
        self.fed.append(frame)

    def partial(self) -> str:
        return " ".join(self.text.split()[: len(self.fed) // 8])

    def closed(self, text: str) -> bool:
        return self.complete and text == self.text

    def finish(self) -> Transcript:
        self.sentences.append(self.fed)
        return Transcript(self.text, self.how if self.text else "rejected")

    def close(self) -> None:
        pass


@dataclass
class Hands:
    """Notes what the pipeline wants done; answers when told to."""

    answer: Answered | None = field(default_factory=lambda: Answered("Done."))
    done: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    read_ahead: list[str] = field(default_factory=list)
    own_voice: bool = False
    doubted: str = ""
    own_name: bool = False
    spoken: Callable[[], None] = lambda: None
    respond: Callable[[Answered], None] = lambda _answer: None

    def show(self, state: State) -> None:
        self.done.append(f"show {state.value}")

    def sign(self, cue: Cue) -> None:
        self.done.append(f"sign {cue.value}")

    def ask(self, text: str, done: Callable[[Answered], None]) -> None:
        self.asked.append(text)
        self.respond = done
        if self.answer is not None:
            done(self.answer)

    def anticipate(self, text: str) -> bool:
        self.read_ahead.append(text)
        return text == "turn on the lamp"

    def doubts(self, text: str) -> bool:
        return text == self.doubted

    def say(self, text: str, done: Callable[[], None]) -> None:
        self.done.append(f"say {text}")
        self.spoken = done

    def hush(self) -> None:
        self.done.append("hush")

    def bell(self) -> None:
        self.done.append("bell")

    def sounding(self) -> bool:
        return self.own_voice

    def says_wake_word(self) -> bool:
        return self.own_name


@dataclass
class Card:
    """A microphone that delivers blocks until it is unplugged."""

    blocks: int
    overflow: bool = False
    closed: bool = False

    def read(self) -> tuple[npt.NDArray[np.int16], bool]:
        if self.blocks == 0:
            raise VoiceError("the microphone is gone: unplugged")
        self.blocks -= 1
        time.sleep(0.001)
        return np.zeros(FRAME, np.int16), self.overflow

    def close(self) -> None:
        self.closed = True


@dataclass
class Loudspeaker:
    """Keeps what it plays; can be made to wait."""

    played: list[int] = field(default_factory=list)
    aborted: bool = False
    drained: bool = False
    closed: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    broken: bool = False

    def write(self, samples: npt.NDArray[np.int16], /) -> None:
        if self.broken:
            raise VoiceError("the speaker is gone")
        self.gate.wait(5)
        self.played.append(len(samples))

    def drain(self) -> None:
        self.drained = True

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True


class Tongue:
    """A synthesizer of silence: 100 samples for each character."""

    rate = 16_000

    def speak(self, text: str) -> Iterator[npt.NDArray[np.int16]]:
        yield from (np.zeros(2000, np.int16) for _ in text)


def eventually(condition: Callable[[], bool], timeout: float = 10.0) -> bool:
    """Wait until something is so."""
    until = time.monotonic() + timeout
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return condition()


class Room(System):
    """A card whose microphone hears what the test says, and silence in between."""

    def __init__(self) -> None:
        super().__init__()
        self.said: queue.SimpleQueue[npt.NDArray[np.int16]] = queue.SimpleQueue()
        self.open = 0
        self.played: list[Loudspeaker] = []

    def cards(self, *, again: bool = False) -> tuple[Listed, ...]:
        return (Listed(0, "Room (hw:0,0)", 1, 1, 16_000),)

    def microphone(self, _name: str) -> Room.Ear:
        self.open += 1
        return Room.Ear(self)

    def speaker(self, _name: str, _rate: int) -> Loudspeaker:  # type: ignore[override]
        self.played.append(Loudspeaker())
        self.played[-1].gate.set()
        return self.played[-1]

    def say(self, *, woken: bool = True) -> None:
        """A sentence, after the wake word or without it."""
        for frame, count in ((WAKE, int(woken)), (SPEECH, 40), (SILENCE, 25)):
            for _ in range(count):
                self.said.put(frame)

    @dataclass
    class Ear:
        room: Room

        def read(self) -> tuple[npt.NDArray[np.int16], bool]:
            try:
                return self.room.said.get(timeout=0.01), False
            except queue.Empty:
                return SILENCE, False

        def close(self) -> None:
            self.room.open -= 1
