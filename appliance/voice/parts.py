"""The parts of the voice as the configuration wants them; each one that is missing says so in one line."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from appliance.config import VoiceSettings
from appliance.errors import VoiceError
from appliance.intents.phrases import NO_PHRASES, Phrases
from appliance.voice.detectors import MicroWakeWords, Silero, SpeechDetector, WakeDetector
from appliance.voice.dialogue import Dialogue, Manners
from appliance.voice.pipeline import Options
from appliance.voice.stt import Recognizer
from appliance.voice.synthesis import Espeak, Piper, Synthesizer
from appliance.voice.talk import concludes, silences

log = logging.getLogger(__name__)

_REQUEST_SHARE = 2.5
"""The open words may be a request up to so many times ``reject_margin``."""
VOSK_MODELS = "https://alphacephei.com/vosk/models"


@dataclass(frozen=True, slots=True)
class Ears:
    """What hearing needs."""

    wake: WakeDetector | None
    speech: SpeechDetector
    recognizer: Recognizer


def open_ears(settings: VoiceSettings, state: Path, own: Phrases = NO_PHRASES) -> Ears:
    """Load all models.

    Args:
        settings: what is wanted.
        state: directory in which models are looked for.
        own: the household's own phrases.

    Raises:
        VoiceError: nothing can be heard without what is missing.
    """
    # One name for each, at once: a detector that is freed while the exception of another part passes by eats that exception.
    speech = Silero()
    wake = open_wake(settings)
    recognizer = open_recognizer(settings, state, own)
    return Ears(wake, speech, recognizer)


def open_wake(settings: VoiceSettings) -> WakeDetector | None:
    """The wake words, if there are any; a missing package is only a warning where there is another way to be woken."""
    if not settings.wake_words:
        if not (settings.button or settings.always_listen):
            raise VoiceError("nothing can wake the voice: set voice.wake_words, voice.button or voice.always_listen")
        return None
    try:
        return MicroWakeWords(settings.wake_words, settings.sensitivity)
    except VoiceError as error:
        if not (settings.button or settings.always_listen):
            raise
        log.warning("voice: no wake word: %s", error)
        return None


def open_recognizer(settings: VoiceSettings, state: Path, own: Phrases = NO_PHRASES) -> Recognizer:
    """The recogniser that was chosen, or for ``auto`` the best one that is there; it expects `own` phrases, too."""
    wanted = settings.recognizer
    directory = vosk_directory(settings, state)
    if wanted == "auto":
        wanted = "vosk" if directory is not None else "pocketsphinx"
    if wanted == "vosk":
        from appliance.voice.stt.vosk import Margins, VoskRecognizer  # noqa: PLC0415 - loads what it needs itself

        if directory is None:
            raise VoiceError(
                f"no Vosk model in {settings.vosk_model or state / 'vosk'}; unpack a small one from {VOSK_MODELS} there"
            )
        margins = Margins(settings.reject_margin, _REQUEST_SHARE * settings.reject_margin)
        return VoskRecognizer(directory, margins, own)
    if wanted == "wyoming":
        from appliance.voice.stt.wyoming import WyomingRecognizer  # noqa: PLC0415

        host, _, port = settings.wyoming.rpartition(":")
        return WyomingRecognizer(host.strip("[]"), int(port))
    from appliance.voice.stt.sphinx import SphinxRecognizer  # noqa: PLC0415

    return SphinxRecognizer(own)


def vosk_directory(settings: VoiceSettings, state: Path) -> Path | None:
    """Where a Vosk model is; None: nowhere."""
    candidates = [settings.vosk_model] if settings.vosk_model is not None else [state / "vosk"]
    for candidate in candidates:
        if candidate is None or not candidate.is_dir():
            continue
        inner = sorted(path.parent.parent for path in candidate.glob("*/am/final.mdl"))  # as it was in the archive
        if (candidate / "am" / "final.mdl").is_file():
            return candidate
        if inner:
            return inner[0]
    return None


def open_synthesizer(settings: VoiceSettings) -> Synthesizer:
    """The voice; raises :class:`VoiceError`."""
    if settings.speaker == "piper" and settings.piper_voice is not None:
        return Piper(settings.piper_voice)
    return Espeak(settings.espeak_voice, settings.words_per_minute)


def make_dialogue(settings: VoiceSettings) -> Dialogue:
    """The talk with the configured limits."""
    manners = Manners(
        threshold=settings.speech_threshold,
        start_s=settings.start_s,
        silence_s=settings.silence_s,
        ready_silence_s=min(settings.ready_silence_s, settings.silence_s),
        certain_silence_s=min(settings.certain_silence_s, settings.ready_silence_s, settings.silence_s),
        longest_s=settings.longest_s,
        follow_up_s=settings.follow_up_s,
        ring_s=settings.ring_s,
        always=settings.always_listen,
    )
    return Dialogue(manners, silences=silences, concludes=concludes)


def options(settings: VoiceSettings) -> Options:
    """How the pipeline hears."""
    return Options(wake_words=settings.wake_words, pre_roll_s=settings.pre_roll_s)
