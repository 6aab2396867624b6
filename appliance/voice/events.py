"""The words of a talk: what happens (heard, said, pressed), and what is to be done. Also how sound is cut into frames."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

RATE = 16_000
"""Samples per second of everything between microphone and models."""
FRAME = 512
"""Samples of one frame: what the detector of speech takes at once."""
FRAME_S = FRAME / RATE


class State(StrEnum):
    """Where the talk is."""

    IDLE = "idle"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    FOLLOW_UP = "follow-up"
    RINGING = "ringing"
    MUTED = "muted"


# --- what happens ----------------------------------------------------------------------------------


class Heard(IntEnum):
    """How much of a sentence was heard."""

    SOMETHING = 0
    COMMAND = 1
    """A whole command, which may go on: "turn off the lights" – "in the kitchen"."""
    ALL = 2
    """A whole sentence, and no other that may be said to this home begins with it and goes on."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One frame passed."""

    speech: float
    """Probability that somebody speaks, 0-1; 0 while the appliance's own voice is in the room."""
    heard: Heard = Heard.SOMETHING
    """What was recognised so far: how short a silence may end the sentence."""


@dataclass(frozen=True, slots=True)
class Woken:
    """A wake word was heard."""

    word: str


@dataclass(frozen=True, slots=True)
class Button:
    """The talk button moved."""

    pressed: bool


@dataclass(frozen=True, slots=True)
class Recognised:
    """Speech became words; an empty text: nothing that could be understood."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The assistant answered what was asked last."""

    speech: str
    question: bool = False
    """It asks something: the next sentence needs no wake word."""
    confirms: bool = False
    """It asks for a yes or a no: without the wake word nothing else is taken for an answer."""
    understood: bool = True
    """False: there was nothing to do in what was said."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The speaker has fallen silent."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Something is to be said that nobody asked for just now."""

    text: str


@dataclass(frozen=True, slots=True)
class Rings:
    """A timer is over."""

    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Hearing met a defect: the sentence is lost."""


@dataclass(frozen=True, slots=True)
class Mute:
    """The microphone was switched off or on by a person."""

    on: bool


Event = Sound | Woken | Button | Recognised | Answered | Spoken | Announced | Rings | Mute | Failed

# --- what is to be done ----------------------------------------------------------------------------


class Cue(StrEnum):
    """A short sign, heard or seen."""

    LISTENING = "listening"
    DONE = "done"
    NOT_UNDERSTOOD = "not understood"


@dataclass(frozen=True, slots=True)
class Show:
    """The state changed."""

    state: State


@dataclass(frozen=True, slots=True)
class Sign:
    """Give a cue."""

    cue: Cue


@dataclass(frozen=True, slots=True)
class Open:
    """Begin to recognise."""

    pre_roll: bool
    """Begin with the sound just before now: the sentence has begun already."""


@dataclass(frozen=True, slots=True)
class Close:
    """The sentence is over: recognise it and report :class:`Recognised`."""

    cut: bool = False
    """It was as long as it may be."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget the sentence."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Hand the words to the assistant and report :class:`Answered`."""

    text: str


@dataclass(frozen=True, slots=True)
class Say:
    """Speak, and report :class:`Spoken`."""

    text: str


@dataclass(frozen=True, slots=True)
class Hush:
    """Fall silent at once."""


@dataclass(frozen=True, slots=True)
class Bell:
    """Sound the bell once."""


Effect = Show | Sign | Open | Close | Drop | Ask | Say | Hush | Bell
