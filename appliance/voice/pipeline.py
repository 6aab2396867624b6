"""One piece of sound after the other: wake word, speech, words, and what the talk makes of them.

The pipeline owns no thread and no card. Sound is fed by whoever has it (the microphone's thread, a file); what
happens elsewhere (an answer, a button, the end of a spoken sentence) is posted from any thread and taken up with the
next piece, so that the talk itself is only ever touched by the feeding thread.
"""

from __future__ import annotations

import logging
import queue
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from appliance.voice.detectors import Frame, SpeechDetector, WakeDetector, after_word
from appliance.voice.dialogue import Dialogue
from appliance.voice.events import (
    FRAME,
    FRAME_S,
    Answered,
    Ask,
    Bell,
    Close,
    Cue,
    Drop,
    Effect,
    Event,
    Failed,
    Heard,
    Hush,
    Open,
    Recognised,
    Say,
    Show,
    Sign,
    Sound,
    Spoken,
    State,
    Woken,
)
from appliance.voice.stt import Recognizer, Transcript
from appliance.voice.talk import without_wake_word

log = logging.getLogger(__name__)

PARTIAL_EVERY = 2
"""Frames between two looks at the words so far: 64 ms."""
PAUSE_S = 0.09
"""After so much silence it is tried whether the sentence is over: three frames, for the closure of a "k" has one or two."""
MOST_TRIES = 4
"""Pauses of one sentence at which that is tried: each one that was not its end is paid with hearing it again."""
_MARKS = {Heard.SOMETHING: "", Heard.COMMAND: " ✓", Heard.ALL: " ✓✓"}


class Hands(Protocol):
    """What the pipeline needs done; none of it may wait."""

    def show(self, state: State) -> None:
        """Let lights and the broker know the state."""

    def sign(self, cue: Cue) -> None:
        """Give a cue."""

    def ask(self, text: str, answered: Callable[[Answered], None]) -> None:
        """Hand a sentence to the assistant; `answered` is called once, from any thread."""

    def anticipate(self, text: str) -> bool:
        """Let the command model read what was said so far; whether it is a whole command already."""

    def doubts(self, text: str) -> bool:
        """Whether the command model takes `text` for a command, but is not sure."""

    def say(self, text: str, done: Callable[[], None], /) -> None:
        """Speak; `done` is called once."""

    def hush(self) -> None:
        """Fall silent."""

    def bell(self) -> None:
        """Sound the bell once."""

    def sounding(self) -> bool:
        """Whether the appliance's own voice is in the room."""

    def says_wake_word(self) -> bool:
        """Whether what is being said would wake the appliance itself."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One step of the pipeline, for people who look into it (``ternd listen``) and for measurements."""

    at: float
    """Seconds of sound since the start."""
    stage: str
    """``wake``, ``listening``, ``partial``, ``pause``, ``end``, ``heard``, ``asked``, ``answer``, ``state``, ``cue``, …"""
    text: str = ""
    ms: float = 0.0
    """How long the step took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the pipeline hears."""

    wake_words: tuple[str, ...] = ()
    """Removed from the beginning of a sentence."""
    pre_roll_s: float = 0.5
    """Sound from before the moment when speech was noticed."""


class Pipeline:
    """From frames to effects. :meth:`feed` is called by one thread; :meth:`post` by any."""

    def __init__(
        self,
        dialogue: Dialogue,
        *,
        wake: WakeDetector | None,
        speech: SpeechDetector,
        recognizer: Recognizer,
        hands: Hands,
        options: Options | None = None,
        keep: Callable[[npt.NDArray[np.int16]], None] | None = None,
        trace: Callable[[Trace], None] = lambda _trace: None,
    ) -> None:
        """Store the parts; `wake` may be missing (button, always listening), `keep` gets each sentence's sound."""
        self._dialogue = dialogue
        self._wake = wake
        self._speech = speech
        self._recognizer = recognizer
        self._hands = hands
        self._options = options or Options()
        self._keep = keep
        self._trace_to = trace
        self._events: queue.SimpleQueue[tuple[Event, Callable[[], bool]]] = queue.SimpleQueue()
        """What happened, and whether it still matters when it is taken up."""
        self._recent: deque[Frame] = deque(maxlen=max(1, round(self._options.pre_roll_s / FRAME_S)))
        self._sentence: list[Frame] | None = None
        """Frames of the sentence that is being recognised."""
        self._rest: Frame = np.zeros(0, np.int16)
        """Sound that is no whole frame yet."""
        self._partial = ""
        self._heard = Heard.SOMETHING
        self._over: Transcript | None = None
        """What was heard, if the sentence is over unless somebody goes on speaking: the recogniser has had nothing since."""
        self._tried = False
        """Whether this pause was looked at."""
        self._tries = 0
        self._frames = 0
        self._asked = 0
        """Number of the latest question: an answer to an older one is not spoken."""
        self._said = 0
        """Number of the latest thing said: the end of an older one is not the end of this."""

    @property
    def state(self) -> State:
        """Where the talk is."""
        return self._dialogue.state

    @property
    def seconds(self) -> float:
        """Seconds of sound heard."""
        return self._frames * FRAME_S

    def post(self, event: Event, matters: Callable[[], bool] = lambda: True) -> None:
        """Note something that happened; it is taken up with the next sound, if it `matters` by then."""
        self._events.put((event, matters))

    def fail(self) -> None:
        """After a defect: give the sentence up and go on; called by the feeding thread."""
        self._do(self._dialogue.on(Failed()))

    def feed(self, samples: Frame) -> None:
        """Take sound of any length: the wake word is looked for in it at once, all else waits for whole frames."""
        self._drain()
        muted = self._dialogue.state is State.MUTED
        word = "" if self._wake is None or muted else self._wake.heard(samples)
        if word and not self._hands.says_wake_word():
            self._trace("wake", word)
            late = after_word(list(self._recent))  # the sentence may have begun before the word was noticed
            self._recent.clear()
            self._do(self._dialogue.on(Woken(word)))
            for frame in late:
                self._hear(frame)
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= FRAME:
            frame, self._rest = self._rest[:FRAME], self._rest[FRAME:]
            self._frames += 1
            self._hear(frame)
        self._drain()

    def _hear(self, frame: Frame) -> None:
        """Take one frame into the sentence and the talk."""
        deaf = self._dialogue.state is State.MUTED or (self._sentence is None and self._hands.sounding())
        if deaf:
            self._recent.clear()  # the appliance's own voice never becomes the beginning of a sentence
        else:
            self._recent.append(frame)
        listens = self._dialogue.attentive and not deaf  # an idle appliance only waits for its name
        probability = self._speech.probability(frame) if listens else 0.0
        if self._sentence is not None:
            self._sentence.append(frame)
            if self._over is None:
                self._recognizer.feed(frame)
                self._look_ahead()
        self._do(self._dialogue.on(Sound(probability, self._heard)))
        if self._sentence is not None:
            self._try_end(self._sentence)

    def pass_time(self, frames: int) -> None:
        """Let time go on without sound: there is no microphone, or it is switched off."""
        self._rest = self._rest[:0]
        for _ in range(frames):
            self._frames += 1
            self._drain()
            self._do(self._dialogue.on(Sound(0.0)))
        self._drain()

    def _drain(self) -> None:
        while True:
            try:
                event, matters = self._events.get_nowait()
            except queue.Empty:
                return
            if matters():
                self._do(self._dialogue.on(event))

    def _look_ahead(self) -> None:
        """Let the command model read along, so that it has understood when the person stops."""
        if self._frames % PARTIAL_EVERY:
            return
        text = without_wake_word(self._recognizer.partial(), self._options.wake_words)
        if text == self._partial:
            return
        self._partial = text
        start = time.perf_counter()
        self._heard = Heard.COMMAND if text and self._hands.anticipate(text) else Heard.SOMETHING
        self._trace("partial", text + _MARKS[self._heard], start)

    def _try_end(self, sentence: list[Frame]) -> None:
        """In a pause, recognise as if the sentence was over: its words are at hand then when it is.

        The words so far lag behind the sound, and are those of the best path, which may be no sentence at all.
        """
        pause = self._dialogue.pause
        if pause == 0:
            self._tried = False
            if self._over is not None:
                self._over, self._partial, self._heard = None, "", Heard.SOMETHING
                self._recognise(sentence)
        if pause < PAUSE_S or self._tried or self._tries == MOST_TRIES or not self._recognizer.repeats:
            return
        self._tried, self._tries = True, self._tries + 1
        start = time.perf_counter()
        transcript = self._recognizer.finish()
        text = without_wake_word(transcript.text, self._options.wake_words)
        if text and self._recognizer.closed(text):
            self._over, self._heard = transcript, Heard.ALL
            self._hands.anticipate(text)
        else:
            if text and self._hands.anticipate(text):
                self._heard = max(self._heard, Heard.COMMAND)
            self._recognise(sentence)
        self._trace("pause", text + _MARKS[self._heard], start)

    def _recognise(self, sentence: list[Frame]) -> None:
        self._recognizer.start()
        for frame in sentence:
            self._recognizer.feed(frame)

    def _forget(self) -> None:
        self._sentence, self._partial, self._heard = None, "", Heard.SOMETHING
        self._over, self._tried, self._tries = None, False, 0

    # --- effects

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Show():
                    self._trace("state", effect.state.value)
                    self._hands.show(effect.state)
                case Sign():
                    self._trace("cue", effect.cue.value)
                    self._hands.sign(effect.cue)
                case Open():
                    self._begin(effect.pre_roll)
                case Close():
                    self._end(effect.cut)
                case Drop():
                    self._forget()
                case Ask():
                    self._ask(effect.text)
                case Say():
                    self._say(effect.text)
                case Hush():
                    self._hands.hush()
                case Bell():
                    self._trace("bell")
                    self._hands.bell()

    def _begin(self, pre_roll: bool) -> None:
        self._forget()
        self._sentence = list(self._recent) if pre_roll else []
        self._recognise(self._sentence)
        if not pre_roll:
            self._speech.reset()

    def _end(self, cut: bool) -> None:
        start = time.perf_counter()
        sentence = self._sentence or []
        self._trace("end", "cut: it was too long" if cut else "")
        transcript = self._over or self._recognizer.finish()
        self._forget()
        text = without_wake_word(transcript.text, self._options.wake_words)
        self._trace("heard", _described(transcript, text), start)
        if transcript.how == "open" and text and self._hands.doubts(text):
            self._trace("doubted", text)
            text = ""
        self._recent.clear()  # who goes on speaking begins another sentence
        self._do(self._dialogue.on(Recognised(text)))
        if self._keep is not None and sentence:
            self._keep(np.concatenate(sentence))

    def _ask(self, text: str) -> None:
        self._asked += 1
        number, start = self._asked, time.perf_counter()
        self._trace("asked", text)

        def answered(answer: Answered) -> None:
            self._trace("answer", answer.speech, start)
            self.post(answer, lambda: number == self._asked)

        self._hands.ask(text, answered)

    def _say(self, text: str) -> None:
        self._said += 1
        number = self._said
        self._trace("say", text)
        self._hands.say(text, lambda: self.post(Spoken(), lambda: number == self._said))

    def _trace(self, stage: str, text: str = "", since: float | None = None) -> None:
        spent = 0.0 if since is None else 1000 * (time.perf_counter() - since)
        self._trace_to(Trace(self.seconds, stage, text, spent))


def _described(transcript: Transcript, text: str) -> str:
    if transcript.how == "rejected":
        return f"(rejected) {transcript.heard}"
    return (
        f"{text} ({transcript.how}, margin {transcript.margin:g})"
        if transcript.how == "grammar"
        else f"{text} ({transcript.how})"
    )
