"""What ``ternd doctor`` says of the voice: cards, packages, models; a level meter; hearing oneself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appliance.config import VoiceSettings
from appliance.errors import VoiceError
from appliance.voice.cards import Card, InUseError, System, choose
from appliance.voice.detectors import Silero
from appliance.voice.events import FRAME, RATE
from appliance.voice.parts import open_recognizer, open_synthesizer, open_wake
from appliance.voice.stt.wyoming import WyomingRecognizer

METER_S = 5.0
_STEP_S = 0.25
_QUIET_DB = -55.0
"""A louder moment than this must come while somebody speaks."""
_CLIPPED = 32_000


def missing_parts(settings: VoiceSettings, state: Path, system: System) -> tuple[list[str], list[str]]:
    """What is there and what is missing, a line each; opens every part but no card."""
    there: list[str] = []
    lacking: list[str] = []

    def card(way: str, name: str) -> str:
        try:
            return f"{way}: {system.choose(name, way).name}"
        except InUseError as error:
            if error.by_ternd:
                return f"{way}: {error}"
            raise

    def recognition() -> str:
        recognizer = open_recognizer(settings, state)
        if isinstance(recognizer, WyomingRecognizer):
            recognizer.reach()
        return f"recognition by {recognizer.name}"

    jobs: list[Callable[[], str]] = [
        lambda: card("input", settings.input),
        lambda: _named("speech detection", Silero()),
        lambda: _named("woken by " + (", ".join(settings.wake_words) or "button"), open_wake(settings)),
        recognition,
    ]
    if settings.speaker != "none":
        jobs += [
            lambda: card("output", settings.output),
            lambda: f"speaks with {type(open_synthesizer(settings)).__name__.lower()}",
        ]
    for job in jobs:
        try:
            there.append(job())
        except VoiceError as error:
            lacking.append(str(error))
    return there, lacking


def _named(what: str, _part: object) -> str:
    return what


def audio(settings: VoiceSettings, out: Callable[[str], None], system: System | None = None) -> bool:
    """List the cards, show a level meter while somebody speaks, play it back; whether the microphone heard anything.

    Raises:
        VoiceError: there is no such card, or it cannot be opened.
    """
    system = system or System()
    for line in listed(system.cards(), settings):
        out(line)
    out(f"Say something: {METER_S:.0f} seconds.")
    samples = record(settings, out, system)
    for line in judged(samples):
        out(line)
    if settings.speaker != "none":
        out("This is what was heard:")
        speaker = system.speaker(settings.output, RATE)
        try:
            for start in range(0, len(samples), FRAME):
                speaker.write(samples[start : start + FRAME])
            speaker.drain()
        finally:
            speaker.close()
    return level_db(samples, loudest=True) > _QUIET_DB


def listed(cards: tuple[Card, ...], settings: VoiceSettings) -> list[str]:
    """The cards, the chosen ones marked."""
    lines = []
    chosen: dict[str, str] = {}
    for way, name in (("input", settings.input), ("output", settings.output)):
        try:
            chosen[way] = choose(cards, name, way).name
        except VoiceError as error:
            lines.append(f"!!  {error}")
    for card in cards:
        marks = [way for way, name in chosen.items() if name == card.name]
        used = f"  ← voice.{' and voice.'.join(marks)}" if marks else ""
        lines.append(f"    {card.name}: {card.inputs} in, {card.outputs} out, {card.rate} Hz{used}")
    return lines or ["    no sound card"]


def record(settings: VoiceSettings, out: Callable[[str], None], system: System) -> npt.NDArray[np.int16]:
    """Record for :data:`METER_S` and print the level every quarter of a second."""
    microphone = system.microphone(settings.input)
    pieces: list[npt.NDArray[np.int16]] = []
    lost = 0
    try:
        until, shown = time.monotonic() + METER_S, np.zeros(0, np.int16)
        while time.monotonic() < until:
            samples, overflowed = microphone.read()
            lost += overflowed
            pieces.append(samples)
            shown = np.concatenate([shown, samples])
            if len(shown) >= _STEP_S * RATE:
                out(meter(level_db(shown)))
                shown = shown[:0]
    finally:
        microphone.close()
    if lost:
        out(f"{lost} times sound was lost: the card is not read fast enough")
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def level_db(samples: npt.NDArray[np.int16], *, loudest: bool = False) -> float:
    """Level in decibels below full scale; with `loudest` of the loudest tenth of a second."""
    if not len(samples):
        return -100.0
    size = RATE // 10
    parts = np.array_split(samples, max(1, len(samples) // size)) if loudest else [samples]
    power = max(float(np.mean((part / 32768.0) ** 2)) for part in parts)
    return max(-100.0, 10 * float(np.log10(max(power, 1e-10))))


def meter(db: float) -> str:
    """A bar: 60 dB on 30 signs."""
    filled = round(min(30.0, max(0.0, (db + 60) / 2)))
    return f"    {'#' * filled}{'.' * (30 - filled)} {db:5.0f} dB"


def judged(samples: npt.NDArray[np.int16]) -> list[str]:
    """What to do about what was recorded."""
    loudest = level_db(samples, loudest=True)
    if loudest <= _QUIET_DB:
        return [f"!!  nothing was heard ({loudest:.0f} dB); raise the microphone: alsamixer, F4, and unmute it"]
    if len(samples) and int(np.abs(samples.astype(np.int32)).max()) >= _CLIPPED:
        return [f"!!  too loud ({loudest:.0f} dB, clipped); lower the microphone: alsamixer, F4"]
    return [f"ok  the loudest moment had {loudest:.0f} dB"]
