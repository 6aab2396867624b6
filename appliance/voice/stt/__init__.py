"""Speech to text behind one small interface: Vosk, pocketsphinx, or a Wyoming server on the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from appliance.messages import Home
from appliance.voice.detectors import Frame


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was recognised of one sentence."""

    text: str
    """Words in lower case; empty: nothing, or nothing that was certain enough."""
    how: str = ""
    """Which way it was heard: ``grammar``, ``open``, ``rejected``, or the engine's name."""
    heard: str = ""
    """What an open ear made of it, for people who look into it."""
    margin: float = 0.0
    """How much better the open ear explains the sound than the grammar does, per second; 0 where there is none."""


class Recognizer(Protocol):
    """Turns one sentence after the other into words; used by one thread."""

    name: str
    repeats: bool
    """Whether a sentence may be finished for a try, and begun again when it goes on."""

    def set_home(self, home: Home) -> None:
        """Expect the names of this home from the next sentence on."""

    def start(self) -> None:
        """Begin a sentence; what was fed before is forgotten."""

    def feed(self, frame: Frame) -> None:
        """Take the next frame."""

    def partial(self) -> str:
        """The words so far; empty: none, or the engine cannot tell yet."""

    def closed(self, text: str) -> bool:
        """Whether `text` is all: a whole sentence, and no other that may be said to this home begins so and goes on."""

    def finish(self) -> Transcript:
        """End the sentence. Never raises: what cannot be recognised is an empty text."""

    def close(self) -> None:
        """Give memory and connections back."""
