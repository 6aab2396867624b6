"""Ring, files, resampling, cards, capture, speaker, lights, recordings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import VoiceError
from appliance.voice import files
from appliance.voice.capture import Capture
from appliance.voice.cards import Card as Listed
from appliance.voice.cards import choose
from appliance.voice.detectors import cutoff
from appliance.voice.events import RATE, Cue, State
from appliance.voice.keep import Recordings
from appliance.voice.lights import BLACK, PATTERNS, Colour, Lights
from appliance.voice.pixels import apa102, ws2812
from appliance.voice.resample import Resampler, resample
from appliance.voice.ring import PIECE, Ring
from appliance.voice.sounds import bell, cue
from appliance.voice.speaker import Speaker
from appliance.voice.synthesis import MAX_SPOKEN, Espeak, Piper, speakable
from tests.unit.voice.fakes import Card, Loudspeaker, Tongue, eventually

# --- sound -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_a_tone_survives_another_rate(rate: int) -> None:
    tone = (10_000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.int16)
    made = resample(tone, rate, RATE)
    assert len(made) == RATE
    spectrum = np.abs(np.fft.rfft(made.astype(float)))
    assert int(spectrum.argmax()) == 440
    assert np.sort(spectrum)[-1] > 50 * np.sort(spectrum)[-4]


def test_what_a_lower_rate_cannot_hold_is_filtered_out() -> None:
    tone = (10_000 * np.sin(2 * np.pi * 11_000 * np.arange(48_000) / 48_000)).astype(np.int16)
    assert int(np.abs(resample(tone, 48_000, RATE)[200:-200]).max()) < 50


@given(st.lists(st.integers(0, 700), max_size=12), st.sampled_from([22_050, 44_100, 48_000, 8_000, 16_000]))
def test_a_stream_in_pieces_is_the_stream(sizes: list[int], rate: int) -> None:
    noise = np.random.default_rng(1).integers(-9000, 9000, sum(sizes)).astype(np.int16)
    whole = Resampler(rate, RATE).feed(noise)
    stream, start, pieces = Resampler(rate, RATE), 0, [np.zeros(0, np.int16)]
    for size in sizes:
        pieces.append(stream.feed(noise[start : start + size]))
        start += size
    assert np.array_equal(np.concatenate(pieces), whole)


def test_a_ring_cuts_pieces_and_counts_what_nobody_took() -> None:
    ring = Ring(seconds=3 * PIECE / RATE)
    ring.put(np.arange(PIECE - 1, dtype=np.int16))
    assert ring.take(0) is None
    ring.put(np.array([PIECE - 1], np.int16))
    piece = ring.take(0)
    assert piece is not None
    assert piece.tolist() == list(range(PIECE))
    ring.put(np.zeros(5 * PIECE, np.int16))
    assert ring.dropped == 2
    assert len(ring) == 3 * PIECE
    ring.close()
    assert sum(ring.take(0) is not None for _ in range(9)) == 3


def test_sounds_are_short_and_end_in_silence() -> None:
    assert all(len(cue(one)) < 0.2 * RATE for one in Cue)
    assert int(np.abs(cue(Cue.LISTENING)[-1])) < 500
    assert len(bell()) < RATE


def test_sensitivity_goes_through_what_the_model_was_tuned_for() -> None:
    assert cutoff(0.85, 0.5) == pytest.approx(0.85)
    assert cutoff(0.85, 0) == pytest.approx(0.99)
    assert cutoff(0.85, 1) == pytest.approx(0.5)


# --- cards -----------------------------------------------------------------------------------------

CARDS = (
    Listed(0, "vc4-hdmi: MAI PCM (hw:0,0)", 0, 2, 44_100),
    Listed(1, "seeed-2mic: bcm2835 (hw:1,0)", 2, 2, 48_000),
    Listed(2, "USB Speaker (hw:2,0)", 0, 2, 48_000),
    Listed(3, "default", 32, 32, 44_100),
)


def test_cards_are_chosen_by_name() -> None:
    assert choose(CARDS, "SEEED", "input").index == 1
    assert choose(CARDS, "usb", "output").index == 2
    assert choose(CARDS, "default", "input").index == 3
    assert choose(CARDS[:3], "default", "input").index == 1


def test_a_missing_card_names_what_is_there() -> None:
    with pytest.raises(VoiceError, match=r'no sound card for input is called "usb"; there: seeed-2mic.*voice\.input'):
        choose(CARDS, "usb", "input")
    with pytest.raises(VoiceError, match="there: none"):
        choose((), "default", "output")


def test_an_unplugged_card_is_taken_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.voice.capture.FIRST_RETRY_S", 0.001)
    monkeypatch.setattr("appliance.voice.capture.LAST_RETRY_S", 0.002)
    cards = [Card(3), Card(0, overflow=True), Card(100_000, overflow=True)]
    opened: list[Card] = []
    problems: list[str] = []

    def open_() -> Card:
        if len(opened) == 1 and not problems[-1].startswith("no card"):
            problems.append("no card")
            raise VoiceError("no card")
        opened.append(cards[len(opened)])
        return opened[-1]

    capture = Capture(open_, ring := Ring(), changed=problems.append)
    capture.start()
    assert eventually(lambda: len(opened) == 3 and capture.problem == "")
    assert eventually(lambda: capture.overflows > 0)
    capture.stop()
    assert ring.take(0) is not None
    assert all(card.closed for card in opened)
    assert "the microphone is gone: unplugged" in problems


def test_a_switched_off_microphone_gives_the_card_back() -> None:
    cards: list[Card] = []

    def open_() -> Card:
        cards.append(Card(100_000))
        return cards[-1]

    capture = Capture(open_, Ring())
    capture.start()
    assert eventually(lambda: capture.problem == "")
    capture.pause(on=True)
    assert eventually(lambda: cards[0].closed)
    assert len(cards) == 1
    capture.pause(on=False)
    assert eventually(lambda: len(cards) == 2)
    capture.stop()


def test_a_microphone_that_is_switched_off_and_on_is_there_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.voice.capture.FIRST_RETRY_S", 1000.0)
    monkeypatch.setattr("appliance.voice.capture.LAST_RETRY_S", 1000.0)
    cards: list[Card] = []

    def open_() -> Card:
        cards.append(Card(100_000))
        return cards[-1]

    capture = Capture(open_, Ring())
    capture.start()
    for count in (1, 2, 3):
        assert eventually(lambda count=count: len(cards) == count)  # type: ignore[misc]
        capture.pause(on=True)
        assert eventually(lambda: cards[-1].closed)
        capture.pause(on=False)
    capture.stop()


# --- speaker ---------------------------------------------------------------------------------------


class Busy:
    """A speaker on a fake card."""

    def __init__(self) -> None:
        self.cards: list[Loudspeaker] = []
        self.rates: list[int] = []
        self.broken = False
        self.slow = False
        self.done = threading.Semaphore(0)
        self.speaker = Speaker(self.open, Tongue)
        self.speaker.start()

    def open(self, rate: int) -> Loudspeaker:
        card = Loudspeaker(broken=self.broken)
        if not self.slow:
            card.gate.set()
        self.rates.append(rate)
        self.cards.append(card)
        return card

    def said(self) -> bool:
        return self.done.acquire(timeout=10)


@pytest.fixture
def busy() -> Iterator[Busy]:
    fixture = Busy()
    yield fixture
    for card in fixture.cards:
        card.gate.set()
    fixture.speaker.stop()


def test_what_is_said_is_played_and_reported_once(busy: Busy) -> None:
    busy.speaker.say("hi", busy.done.release)
    assert busy.said()
    assert sum(busy.cards[0].played) == 4000
    assert busy.cards[0].drained
    assert busy.cards[0].closed
    assert busy.speaker.first_sound_ms is not None
    assert busy.speaker.sounded_at > 0
    assert not busy.done.acquire(timeout=0.05)


def test_it_falls_silent_at_once_and_says_so(busy: Busy) -> None:
    busy.slow = True
    busy.speaker.say("a long answer", busy.done.release)
    busy.speaker.say("another", busy.done.release)
    assert eventually(lambda: bool(busy.cards))
    assert busy.speaker.sounding(0)
    busy.speaker.hush()
    assert busy.said(), "what waited counts as done"
    busy.cards[0].gate.set()
    assert busy.said(), "what was cut off counts as done"
    assert busy.cards[0].aborted
    assert sum(busy.cards[0].played) <= 2048


def test_what_is_said_after_a_hush_does_not_let_the_old_sound_go_on(busy: Busy) -> None:
    busy.slow = True
    busy.speaker.say("a long answer", busy.done.release)
    assert eventually(lambda: bool(busy.cards))
    busy.speaker.hush()
    busy.slow = False
    busy.speaker.say("new", busy.done.release)
    busy.cards[0].gate.set()
    assert busy.said()
    assert busy.said()
    assert busy.cards[0].aborted
    assert sum(busy.cards[1].played) == 6000


def test_a_broken_speaker_holds_nothing_up(busy: Busy, caplog: pytest.LogCaptureFixture) -> None:
    busy.broken = True
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            busy.speaker.say("hi", busy.done.release)
            assert busy.said()
    assert busy.speaker.problem == "the speaker is gone"
    assert caplog.text.count("the speaker is gone") == 1, "said once"
    busy.broken = False
    busy.speaker.say("hi", busy.done.release)
    assert busy.said()
    assert busy.speaker.problem == ""


def test_the_echo_counts_as_its_voice(busy: Busy) -> None:
    assert not busy.speaker.sounding(60)
    busy.speaker.play(np.zeros(100, np.int16), busy.done.release)
    assert busy.said()
    assert eventually(lambda: not busy.speaker.sounding(0))
    assert busy.speaker.sounding(60)


@given(st.text(max_size=2000))
def test_any_text_can_be_handed_to_a_voice(text: str) -> None:
    made = speakable(text)
    assert len(made) <= MAX_SPOKEN + 20
    assert not set(made) & set("<>|\\\x00\n")


def test_signs_are_said_as_words() -> None:
    assert speakable("It is 21 °C in living_room") == "It is 21 degrees in living room"


def program(folder: Path, lines: str) -> str:
    """A program that stands for espeak-ng."""
    path = folder / "espeak-ng"
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return str(path)


def test_a_voice_that_hangs_is_cut_off_as_any_other(tmp_path: Path) -> None:
    voice = Espeak("en-us", 165, program(tmp_path, "exec sleep 600"))
    done = threading.Event()
    speaker = Speaker(lambda _rate: Loudspeaker(), lambda: voice)
    speaker.start()
    speaker.say("hello", done.set)
    assert not done.wait(0.3)
    speaker.hush()
    assert done.wait(10)
    assert not speaker.sounding(0), "what never sounded makes nobody deaf"
    speaker.stop()


def test_a_voice_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.voice.synthesis.HANGS_S", 0.05)
    with pytest.raises(VoiceError, match="espeak-ng says nothing; try: "):
        list(Espeak("en-us", 165, program(tmp_path, "exec sleep 600")).speak("hello"))


def test_a_voice_that_is_killed_in_the_middle_has_said_what_it_had(tmp_path: Path) -> None:
    pieces = Espeak("en-us", 165, program(tmp_path, "head -c 1044 /dev/zero; kill -9 $$")).speak("hello")
    heard: list[int] = []
    with pytest.raises(VoiceError, match=r"espeak-ng failed \(exit status -9\)"):
        heard.extend(len(piece) for piece in pieces)
    assert sum(heard) == 500


@pytest.mark.parametrize(
    "text", ["-v de hello", "--help", "`id`; $(id)", "a\nb\r\nc", "<speak>x</speak>", '"quoted"', "[[h@l'oU]]"]
)
def test_no_text_is_an_argument_or_a_second_line_of_a_voice(text: str, tmp_path: Path) -> None:
    voice = Espeak(
        "en-us", 165, program(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/arguments; cat > {tmp_path}/text')
    )
    assert sum(map(len, voice.speak(text))) == 0
    assert (tmp_path / "arguments").read_text().split() == ["-v", "en-us", "-s", "165", "--stdin", "--stdout"]
    said = (tmp_path / "text").read_text()
    assert said.count("\n") == 1
    assert not set("<>[]") & set(said)


def test_a_piper_voice_is_played_at_the_rate_it_was_made_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "piper.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    voice = tmp_path / "small.onnx"
    voice.touch()
    with pytest.raises(VoiceError, match=r"small\.onnx\.json cannot be read"):
        Piper(voice)
    (tmp_path / "small.onnx.json").write_text('{"audio": {"sample_rate": 16000}}')
    assert Piper(voice).rate == 16_000


# --- lights, recordings ----------------------------------------------------------------------------


def test_lights_show_the_state_and_go_dark_at_the_end() -> None:
    shown: list[Colour] = []
    lights = Lights((shown.append,))
    lights.start()
    lights.show(State.LISTENING)
    assert eventually(lambda: PATTERNS[State.LISTENING].colour in shown)
    lights.show(State.THINKING)
    assert eventually(lambda: shown.count(PATTERNS[State.THINKING].colour) >= 2), "it blinks"
    lights.stop()
    assert shown[-1] == BLACK


@pytest.mark.parametrize("kind", [VoiceError, OSError, ValueError])
def test_a_lamp_that_fails_is_left_alone(kind: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    def broken(_colour: Colour) -> None:
        raise kind("no lamp")

    shown: list[Colour] = []
    lights = Lights((broken, shown.append))
    lights.start()
    lights.show(State.LISTENING)
    assert eventually(lambda: "no lamp" in caplog.text and PATTERNS[State.LISTENING].colour in shown)
    lights.stop()
    assert caplog.text.count("no lamp") == 1


def test_frames_of_coloured_lights() -> None:
    frame = apa102((1, 2, 3), 2)
    assert frame[:4] == bytes(4)
    assert frame[4:12] == bytes([0xE8, 3, 2, 1]) * 2
    assert len(frame[12:]) >= 5
    assert (
        ws2812((0, 255, 0), 1)[:9]
        == bytes([0b11011011, 0b01101101, 0b10110110]) + bytes([0b10010010, 0b01001001, 0b00100100]) * 2
    )


def test_recordings_are_a_bounded_private_ring_with_a_notice(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "audio"
    folder.mkdir(mode=0o755)
    recordings = Recordings(folder, 2)
    recordings.announce()
    assert folder.stat().st_mode & 0o077 == 0
    for value in range(4):
        recordings.keep(np.full(100, value, np.int16))
    kept = sorted(folder.glob("*.wav"))
    assert len(kept) == 2
    assert int(files.read(kept[-1])[0]) == 3
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert "voice.keep_audio" in caplog.text
    notice = (folder / "README.txt").read_text()
    assert "keep_audio = false" in notice
    assert "with always_listen whatever is said in the room" in notice.replace("\n", " ")


def test_a_disk_that_takes_nothing_costs_only_the_recording(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "audio").write_text("a file where the folder should be")
    recordings = Recordings(tmp_path / "audio", 2)
    recordings.announce()
    recordings.keep(np.zeros(10, np.int16))
    assert "was not kept" in caplog.text
