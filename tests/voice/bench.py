"""What measuring the voice needs: sound that was made before, one pipeline of real parts, and what is said in the tests."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from appliance.anticipation import Anticipation
from appliance.batch import Batch
from appliance.config import ModelSettings, VoiceSettings
from appliance.demo.main import demo_home
from appliance.listen import Silent
from appliance.messages import Json
from appliance.opening import make_interpreter, open_command_model
from appliance.voice.detectors import MicroWakeWords, Silero
from appliance.voice.events import RATE, Answered, Button, Event, Recognised, Sound, Spoken, Woken
from appliance.voice.parts import make_dialogue, options
from appliance.voice.pipeline import Pipeline, Trace
from appliance.voice.ring import PIECE
from appliance.voice.stt import Recognizer
from tests.understanding.score import Sentence, read
from tests.voice.fixture import speech
from tests.voice.fixture.speech import HELD_OUT, Samples, Voice

HERE = Path(__file__).parent
PAUSE_S = 0.25
"""Between the wake word and the sentence, besides the silence that belongs to each of them."""
TAIL_S = 1.2
Begun = Literal["wake word", "button", "question"]
"""What makes it listen: ``question`` is that of a confirmation, which is answered without a wake word."""
NOTHING_TO_SAY = Answered("")
SHALL_I = Answered("Shall I unlock Front door?", question=True, confirms=True)
ASKED: tuple[Event, ...] = (
    Woken("okay_nabu"),
    *[Sound(1.0)] * 20,
    *[Sound(0.0)] * 30,
    Recognised("unlock the front door"),
    SHALL_I,
    Spoken(),
)
"""The talk before that question is answered."""


class Cache:
    """Speech that was made before."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def speak(self, text: str, voice: Voice, silence_s: float = speech.SILENCE_S) -> Samples:
        """As :func:`speech.speak`."""
        if self._folder is None:
            return speech.speak(text, voice, silence_s)
        name = hashlib.sha256(f"{text}|{voice}|{silence_s}".encode()).hexdigest()[:20]
        path = self._folder / f"{name}.npy"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            np.save(path, speech.speak(text, voice, silence_s))
        return np.asarray(np.load(path), np.int16)


class Understanding:
    """The first half of the assistant over the demo's home."""

    def __init__(self) -> None:
        _, model = open_command_model(None, contextlib.ExitStack())
        self.home = demo_home()
        self._model = Anticipation(model)
        self._batch = Batch(make_interpreter(self._model, ModelSettings()), self.home)

    def run(self, text: str) -> list[Json]:
        """The intents of a sentence."""
        intents: list[Json] = self._batch.run(text)["intents"]
        return intents

    def doubts(self, text: str) -> bool:
        """Whether it is hardly a command."""
        return self._model.doubts(text)

    def prepare(self, text: str) -> bool:
        """Read along."""
        return self._model.prepare(text)


@dataclass
class Hands(Silent):
    """Notes what is asked and how long understanding took; nothing is touched."""

    understanding: Understanding
    answer: Answered = NOTHING_TO_SAY
    asked: list[str] = field(default_factory=list)
    intents: list[Json] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def ask(self, text: str, done: Callable[[Answered], None]) -> None:
        """Understand it."""
        start = time.perf_counter()
        found = self.understanding.run(text)
        self.ms.append(1000 * (time.perf_counter() - start))
        self.asked.append(text)
        self.intents += found
        done(self.answer)

    def anticipate(self, text: str) -> bool:
        """Read along."""
        return self.understanding.prepare(text)

    def doubts(self, text: str) -> bool:
        """Whether it is hardly a command."""
        return self.understanding.doubts(text)


@dataclass
class Run:
    """What came of one piece of sound."""

    woken: bool
    asked: list[str]
    intents: list[Json]
    how: str
    end_ms: float
    """From the frame that ended the sentence to the understood intent, in processor time: other work on the machine does not count."""
    last_sound_ms: float
    """From the last sound of all to the same: sound that is waited for, and processor time that comes too late. Of clean speech only."""
    seconds: float
    cpu_s: float


class Bench:
    """One pipeline with real parts, used for one piece of sound after the other."""

    recognizer: Recognizer
    understanding: Understanding
    speech: Silero
    wake: MicroWakeWords

    def __init__(self, settings: VoiceSettings) -> None:
        """The parts are opened by who measures what each of them needs."""
        self._settings = settings

    def run(self, samples: Samples, begun_by: Begun = "wake word", answer: Answered = NOTHING_TO_SAY) -> Run:
        """Run one piece of sound through everything; whatever is asked is answered with `answer`."""
        hands = Hands(self.understanding, answer)
        traces: list[Trace] = []
        self.speech.reset()
        self.wake.reset()
        dialogue = make_dialogue(self._settings)
        if begun_by == "question":
            for event in ASKED:
                dialogue.on(event)
        pipeline = Pipeline(
            dialogue,
            wake=self.wake if begun_by == "wake word" else None,
            speech=self.speech,
            recognizer=self.recognizer,
            hands=hands,
            options=options(self._settings),
            trace=traces.append,
        )
        if begun_by == "button":
            pipeline.post(Button(pressed=True))
            pipeline.post(Button(pressed=False))
        slowest = since_last = ready = 0.0
        last = np.flatnonzero(np.abs(samples.astype(np.int32)) > speech.AUDIBLE)[-1:].sum()
        whole = np.concatenate([samples, np.zeros(int(RATE * TAIL_S), np.int16)])
        cpu = time.process_time()
        for end in range(PIECE, len(whole) + 1, PIECE):  # as the daemon gets it
            asked, start = len(hands.asked), time.thread_time()  # all is done in this thread
            pipeline.feed(whole[end - PIECE : end])
            spent = time.thread_time() - start
            ready = max(ready, end / RATE) + spent  # what took longer than its piece of sound is late for the next one
            if len(hands.asked) > asked:
                slowest, since_last = max(slowest, 1000 * spent), 1000 * (ready - int(last) / RATE)
        heard = [trace.text for trace in traces if trace.stage == "heard"]
        woken = begun_by != "wake word" or any(trace.stage == "wake" for trace in traces)
        cpu = time.process_time() - cpu
        found = "; ".join(heard)
        return Run(woken, hands.asked, hands.intents, found, slowest, since_last, pipeline.seconds, cpu)


def sentences() -> list[Sentence]:
    """The commands."""
    return list(read(HERE / "sentences.txt"))


def talk_lines() -> list[str]:
    """What is said and is no command."""
    return [line for line in (HERE / "talk.txt").read_text().splitlines() if line and not line.startswith("#")]


def non_commands(cache: Cache) -> Iterator[tuple[str, Samples]]:
    """200 pieces of sound that are no command: talk, television, music-like noise, noises, silence."""
    lines = talk_lines()
    for number, text in enumerate(lines):
        samples = cache.speak(text, Voice(HELD_OUT[number % len(HELD_OUT)], 150 + number % 30))
        if number % 3 == 2:  # television: other people and music behind the speaker
            samples = speech.with_noise(samples, "music", 12, number)
        yield text, samples
    for number in range(200 - len(lines)):
        kind = ("music", "pink", "white", "hum", "silence")[number % 5]
        loud = 0 if kind == "silence" else (300, 1500, 5000)[number % 3]
        shape = speech.noise("white" if kind == "silence" else kind, 3 * RATE, number)
        yield f"({kind})", np.clip(shape * loud, -32768, 32767).astype(np.int16)


def talk() -> Iterator[tuple[str, Samples]]:
    """Talk without end, in voices and speeds that change, every third time in front of music."""
    for round_ in itertools.count():
        for number, text in enumerate(talk_lines()):
            voice = Voice(HELD_OUT[(number + round_) % len(HELD_OUT)], 125 + (7 * number + 11 * round_) % 60)
            samples = speech.speak(text, voice)
            yield text, speech.with_noise(samples, "music", 12, number) if number % 3 == 2 else samples


def with_wake(cache: Cache, text: str, voice: Voice) -> Samples:
    """Wake word, a short pause, the sentence."""
    gap = np.zeros(int(RATE * PAUSE_S), np.int16)
    lead = np.zeros(int(RATE * 0.8), np.int16)
    return np.concatenate(
        [lead, cache.speak("okay nabu", replace(voice, speed=140), 0.05), gap, cache.speak(text, voice)]
    )


def with_pause(cache: Cache, first: str, second: str, voice: Voice, pause_s: float) -> Samples:
    """Wake word and two commands, with `pause_s` from the last sound of the one to the first of the other."""
    lead, gap, tail = (np.zeros(int(RATE * length), np.int16) for length in (0.8, pause_s, speech.SILENCE_S))
    one = speech.trimmed(with_wake(cache, first, voice))
    more = speech.trimmed(cache.speak(f"and {second}", voice, 0.0))
    return np.concatenate([lead, one, gap, more, tail])


def straight_after_wake(cache: Cache, text: str, voice: Voice, pause_s: float) -> Samples:
    """Wake word and sentence with `pause_s` from the last sound of the one to the first of the other."""
    lead, gap = (np.zeros(int(RATE * length), np.int16) for length in (0.8, pause_s))
    word = cache.speak("okay nabu", replace(voice, speed=140), 0.0)
    return np.concatenate([lead, speech.trimmed(word), gap, speech.trimmed(cache.speak(text, voice, 0.0))])
