"""``ternd listen``: what is heard and what it would lead to, step by step. It never acts."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from appliance.anticipation import Anticipation
from appliance.batch import Batch
from appliance.config import Settings, VoiceSettings, state_directory
from appliance.errors import TerndError
from appliance.home import load_home
from appliance.intents.phrases import Phrases
from appliance.messages import Home, Intent, Json, Reply
from appliance.mqtt import observe
from appliance.opening import make_interpreter, make_registry, open_command_model, open_phrases
from appliance.voice import files
from appliance.voice.events import RATE, Answered, Cue, State
from appliance.voice.parts import make_dialogue, open_ears, options
from appliance.voice.pipeline import Pipeline, Trace
from appliance.voice.service import Voice, World, answered

_DISCOVER_S = 1.5
"""How long devices announce themselves before listening begins."""
_AFTER_S = 2.0
"""Silence after a file: its last sentence ends by silence."""

Print = Callable[[str], None]


def listen_file(path: Path, settings: Settings, home: Path | None, out: Print, *, wake: bool) -> int:
    """Run a sound file through the pipeline and print each stage; returns how many sentences were understood.

    Args:
        path: a WAV file.
        settings: the configuration.
        home: a home file; None: what the configuration and the broker know.
        out: takes each line.
        wake: wait for a wake word; otherwise speech alone begins a sentence.

    Raises:
        TerndError: the file, a package or a model is missing.
    """
    samples = files.read(path)
    voice = settings.voice if wake else _without_wake(settings.voice)
    phrases = open_phrases(settings.model.phrases)
    ears = open_ears(voice, state_directory(), phrases)
    snapshot = find_home(settings, home, out)
    start = time.perf_counter()
    ears.recognizer.set_home(snapshot)
    out(f"{path.name}: {len(samples) / RATE:.1f} s; {ears.recognizer.name} learnt the home in {_ms(start)}")
    hands = _Hands(settings, snapshot, phrases, out)
    pipeline = Pipeline(
        make_dialogue(voice),
        wake=ears.wake,
        speech=ears.speech,
        recognizer=ears.recognizer,
        hands=hands,
        options=options(voice),
        trace=lambda trace: out(line(trace)),
    )
    start = time.perf_counter()
    for frame in itertools.chain(files.frames(samples), files.frames(np.zeros(int(RATE * _AFTER_S), np.int16))):
        pipeline.feed(frame)
    spent, length = time.perf_counter() - start, pipeline.seconds
    out(f"{hands.understood} of {hands.asked} sentences understood; {spent:.2f} s for {length:.1f} s of sound")
    return hands.understood


def listen_live(settings: Settings, home: Path | None, out: Print) -> int:
    """Listen to the microphone until Ctrl-C and print what is heard.

    Raises:
        TerndError: nothing can be heard.
    """
    snapshot = find_home(settings, home, out)
    phrases = open_phrases(settings.model.phrases)
    reader = _Reader(settings, snapshot, phrases)
    world = World(
        ask=lambda text, respond: respond(reader.reply(text, out)),
        anticipate=reader.anticipate,
        doubts=reader.doubts,
        home=lambda: snapshot,
        phrases=phrases,
    )
    voice = Voice(
        dataclasses.replace(settings.voice, speaker="none", sounds=False, led=None, pixels="none", keep_audio=False),
        world,
        state=state_directory(),
        trace=lambda trace: out(line(trace)),
    )
    stop = threading.Event()
    previous = signal.signal(signal.SIGINT, lambda _number, _frame: stop.set())
    voice.start()
    out(f"listening for {', '.join(settings.voice.wake_words) or 'speech'}; Ctrl-C ends")
    problem = ""
    try:
        while not stop.wait(0.2):
            said = str(voice.status()["problem"])
            if said not in (problem, "not started"):
                problem = said
                out(f"problem  {said}" if said else "the microphone is there")
            if voice.problem:
                return 1
    finally:
        signal.signal(signal.SIGINT, previous)
        voice.stop()
    return 0


def find_home(settings: Settings, home: Path | None, out: Print) -> Home:
    """The home to listen for: a file's, or the configured one with what is announced on the broker."""
    if home is not None:
        return load_home(home)
    registry = make_registry(settings)
    if settings.mqtt.enabled:
        try:
            observe(settings.mqtt, registry, _DISCOVER_S)
        except TerndError as error:
            out(f"no devices from the broker: {error}")
    return registry.snapshot()


def line(trace: Trace) -> str:
    """One step as it is printed."""
    spent = f"  {trace.ms:.1f} ms" if trace.ms else ""
    return f"{trace.at:8.2f}  {trace.stage:10} {trace.text}{spent}".rstrip()


def _without_wake(voice: VoiceSettings) -> VoiceSettings:
    return dataclasses.replace(voice, wake_words=(), always_listen=True)


def _ms(since: float) -> str:
    return f"{1000 * (time.perf_counter() - since):.0f} ms"


class _Reader:
    """The first half of the assistant: understands and decides, and never acts."""

    def __init__(self, settings: Settings, home: Home, phrases: Phrases) -> None:
        _, model = open_command_model(settings.model.directory, contextlib.ExitStack())
        read_as = phrases.read_as
        self._anticipation = Anticipation(model, read_as=read_as)
        self._batch = Batch(
            make_interpreter(self._anticipation, settings.model, spare=settings.policy.spare, read_as=read_as),
            home,
        )
        self._area = settings.node.area
        self.anticipate = self._anticipation.prepare
        self.doubts = self._anticipation.doubts

    def reply(self, text: str, out: Print) -> Reply:
        """What would be answered, and what would be done, printed."""
        found: Mapping[str, Json] = self._batch.run(text, self._area)
        for intent in found["intents"]:
            slots = " ".join(f"{key}={value}" for key, value in intent["slots"].items())
            out(f"{'':10}intent     {intent['name']} {slots} → {', '.join(intent['entities']) or '-'}")
        intents = tuple(Intent(intent["name"]) for intent in found["intents"])
        speech = str(found["speech"])
        return Reply(id="listen", text=speech, speech=speech, intents=intents, refusals=() if intents else (speech,))


class Silent:
    """Hands without sound and light, for a recording: what would be said is over at once, for nobody waits for it."""

    def show(self, state: State) -> None:
        """No light."""

    def sign(self, cue: Cue) -> None:
        """Neither."""

    def say(self, _text: str, done: Callable[[], None]) -> None:
        """It is over."""
        done()

    def hush(self) -> None:
        """Nothing sounds."""

    def bell(self) -> None:
        """Nor does this."""

    def sounding(self) -> bool:
        """Nothing does."""
        return False

    def says_wake_word(self) -> bool:
        """Nothing is said."""
        return False


class _Hands(Silent):
    """Hands that only count and print."""

    def __init__(self, settings: Settings, home: Home, phrases: Phrases, out: Print) -> None:
        self._reader = _Reader(settings, home, phrases)
        self._out = out
        self.asked = self.understood = 0

    def ask(self, text: str, done: Callable[[Answered], None]) -> None:
        """Understand, print, answer."""
        answer = answered(self._reader.reply(text, self._out))
        self.asked += 1
        self.understood += answer.understood
        done(answer)

    def anticipate(self, text: str) -> bool:
        """Read along."""
        return self._reader.anticipate(text)

    def doubts(self, text: str) -> bool:
        """Whether it is hardly a command."""
        return self._reader.doubts(text)
