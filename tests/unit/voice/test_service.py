"""The voice as the daemon has it: threads, cards, mute, lights; and what happens when something is missing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from appliance.config import GpioSettings, InputSettings, MqttSettings, Settings, StoreSettings, VoiceSettings, parse
from appliance.daemon import Daemon
from appliance.errors import ConfigError, VoiceError
from appliance.messages import Delivery, Home, Intent, Json, Reply, Request, Result
from appliance.voice import parts
from appliance.voice.cards import Card
from appliance.voice.check import audio, judged, level_db, listed, meter
from appliance.voice.detectors import Frame
from appliance.voice.parts import Ears
from appliance.voice.service import Voice, World, answered
from appliance.voice.stt.sphinx import SphinxRecognizer
from tests.unit.voice.fakes import SILENCE, SPEECH, ByLoudness, ByMark, Ear, Room, Tongue, eventually


@dataclass
class Node:
    """The daemon, as far as the voice sees it."""

    asked: list[str] = field(default_factory=list)
    states: list[Mapping[str, Json]] = field(default_factory=list)
    light: list[bool] = field(default_factory=list)
    muted: list[bool] = field(default_factory=list)
    structure: int = 1

    @property
    def state(self) -> Json:
        """What the voice published last; empty before it did."""
        return self.states[-1]["state"] if self.states else ""

    def ask(self, text: str, respond: Callable[[Reply], None]) -> None:
        self.asked.append(text)
        threading.Thread(target=respond, args=(Reply("1", "Done.", "Done.", (Intent("HassTurnOn"),)),)).start()

    def world(self) -> World:
        return World(
            ask=self.ask,
            anticipate=lambda _text: False,
            home=lambda: Home(structure=self.structure),
            publish=self.states.append,
            light=self.light.append,
            remember_mute=self.muted.append,
        )


@dataclass
class Rig:
    room: Room
    node: Node
    ear: Ear
    voice: Voice


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Rig]:
    room, node, ear = Room(), Node(), Ear()
    monkeypatch.setattr("appliance.voice.service.open_ears", lambda *_: Ears(ByMark(), ByLoudness(), ear))
    monkeypatch.setattr("appliance.voice.service.open_synthesizer", lambda _settings: Tongue())
    settings = VoiceSettings(
        enabled=True, button="binary_sensor.talk", mute_switch="binary_sensor.mute", led="light.led", echo_s=0.0
    )
    voice = Voice(settings, node.world(), state=tmp_path, system=room)
    voice.start()
    assert eventually(lambda: room.open == 1)
    yield Rig(room, node, ear, voice)
    voice.stop()
    assert room.open == 0, "the card is given back"


def test_from_the_microphone_to_the_speaker(rig: Rig) -> None:
    rig.room.say()
    assert eventually(lambda: rig.node.asked == ["turn on the lamp"])
    assert eventually(lambda: any(sum(card.played) == 2000 * len("Done.") for card in rig.room.played))
    assert eventually(lambda: rig.node.state == "idle")
    shown = [state["state"] for state in rig.node.states]
    assert [one for one in ("listening", "thinking", "speaking") if one in shown] == [
        "listening",
        "thinking",
        "speaking",
    ]
    assert True in rig.node.light


def test_the_home_is_learnt_at_once_and_again_when_it_changed_and_settled(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert eventually(lambda: rig.ear.homes == [1])
    monkeypatch.setattr("appliance.voice.service.NEW_HOME_S", 0.1)
    rig.node.structure = 2
    assert eventually(lambda: rig.ear.homes == [1, 2])


def test_mute_over_mqtt_closes_the_card_and_is_remembered(rig: Rig) -> None:
    rig.voice.mute(on=True)
    assert eventually(lambda: rig.room.open == 0)
    assert rig.node.muted == [True]
    assert rig.voice.status()["muted"] == "ON"
    rig.voice.announce("Dinner.")
    assert eventually(lambda: bool(rig.room.played)), "a muted microphone does not close the mouth"
    rig.voice.mute(on=False)
    assert eventually(lambda: rig.room.open == 1)


def test_the_switch_wins_over_mqtt(rig: Rig) -> None:
    rig.voice.input("binary_sensor.mute", active=True)
    rig.voice.mute(on=False)
    assert eventually(lambda: rig.room.open == 0)
    assert rig.voice.status()["muted"] == "ON"
    rig.voice.input("binary_sensor.mute", active=False)
    assert eventually(lambda: rig.room.open == 1)


def test_a_switch_that_cannot_be_read_closes_the_card(rig: Rig) -> None:
    rig.voice.input("binary_sensor.mute", active=None)
    assert eventually(lambda: rig.room.open == 0)
    assert "binary_sensor.mute cannot be read" in str(rig.voice.status()["problem"])
    rig.voice.input("binary_sensor.mute", active=False)
    assert eventually(lambda: rig.room.open == 1)
    assert rig.voice.status()["problem"] == ""


def test_an_ear_that_fails_costs_the_sentence_and_is_told_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    fed = []

    def broken(frame: Frame) -> None:
        fed.append(frame)
        raise RuntimeError(f"no such ear for {len(frame)} samples")

    rig.ear.feed, works = broken, rig.ear.feed  # type: ignore[method-assign]
    for count in (1, 2):
        rig.room.say()
        assert eventually(lambda count=count: len(fed) == count and rig.node.state == "idle")  # type: ignore[misc]
        assert eventually(rig.room.said.empty)
    assert rig.node.asked == []
    assert caplog.text.count("the voice met a defect") == 1
    rig.ear.feed = works  # type: ignore[method-assign]
    rig.room.say()
    assert eventually(lambda: rig.node.asked == ["turn on the lamp"])


def test_without_a_speaker_a_bell_makes_nobody_deaf(tmp_path: Path) -> None:
    voice = Voice(VoiceSettings(speaker="none", sounds=False), Node().world(), state=tmp_path, system=Room())
    voice.bell()
    assert not voice.sounding()


def test_the_talk_button(rig: Rig) -> None:
    rig.voice.input("binary_sensor.talk", active=True)
    assert eventually(lambda: rig.node.state == "listening")
    for _ in range(30):
        rig.room.said.put(SPEECH)
    assert eventually(rig.room.said.empty)
    rig.voice.input("binary_sensor.talk", active=False)
    assert eventually(lambda: rig.node.asked == ["turn on the lamp"])


def test_a_timer_rings_and_a_word_silences_it(rig: Rig) -> None:
    rig.voice.ring("The pizza timer is over.")
    assert eventually(lambda: rig.node.state == "ringing")
    rig.ear.text = "stop"
    for frame, count in ((SPEECH, 20), (SILENCE, 30)):
        for _ in range(count):
            rig.room.said.put(frame)
    assert eventually(lambda: rig.node.state == "idle")
    assert rig.node.asked == []


def test_what_is_missing_is_one_line_and_the_mouth_still_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def nothing(*_given: object) -> Ears:
        raise VoiceError("vosk is missing; install it")

    monkeypatch.setattr("appliance.voice.service.open_ears", nothing)
    monkeypatch.setattr("appliance.voice.service.open_synthesizer", lambda _settings: Tongue())
    room, node = Room(), Node()
    voice = Voice(VoiceSettings(enabled=True), node.world(), state=tmp_path, system=room)
    voice.start()
    assert eventually(lambda: voice.problem == "vosk is missing; install it")
    assert caplog.text.count("vosk is missing; install it") == 1
    assert node.states[-1]["state"] == "off"
    voice.announce("Dinner.")
    assert eventually(lambda: bool(room.played))
    voice.stop()


def test_a_reply_that_asks_opens_the_ear() -> None:
    asks = Reply("1", "Shall I?", "Shall I unlock Front door?", actions=(Delivery("lock.front", Result.PENDING),))
    assert answered(asks).question
    assert answered(asks).confirms
    assert answered(asks).understood
    assert not answered(Reply("1", "So.", "I heard nothing to do.", refusals=("I heard nothing to do.",))).understood
    which = answered(Reply("1", "Open it.", "Which one, then?"))
    assert (which.question, which.confirms) == (True, False)
    assert answered(Reply("1", "Yes.", "Yes.", actions=(Delivery("lock.front", Result.CONFIRMED),))).understood


def test_the_daemon_runs_on_without_a_voice(tmp_path: Path) -> None:
    settings = Settings(
        mqtt=MqttSettings(enabled=False),
        gpio=GpioSettings(factory="mock", input=(InputSettings(id="binary_sensor.talk", name="Talk", pin=4),)),
        store=StoreSettings(path=tmp_path / "ternd.sqlite"),
        voice=VoiceSettings(
            enabled=True, recognizer="vosk", vosk_model=tmp_path, button="binary_sensor.talk", speaker="none"
        ),
    )
    daemon = Daemon(settings)
    daemon.start()
    try:
        voice = daemon._voice
        assert voice is not None
        assert eventually(lambda: bool(voice.problem))
        assert "; " in voice.problem, "it says what to do"
        assert daemon.ask(Request("1", "what time is it", "cli")).intents
    finally:
        daemon.stop()


def test_parts_that_are_missing_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="unpack a small one"):
        parts.open_recognizer(VoiceSettings(recognizer="vosk"), tmp_path)
    with pytest.raises(VoiceError, match=r"voice\.wake_words, voice\.button"):
        parts.open_wake(VoiceSettings(wake_words=()))
    with pytest.raises(VoiceError, match="piper"):
        parts.open_synthesizer(VoiceSettings(speaker="piper", piper_voice=tmp_path / "no.onnx"))


def test_a_missing_model_is_told_also_with_all_packages_there(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="; "):
        parts.open_ears(VoiceSettings(recognizer="vosk"), tmp_path)


def test_a_vosk_model_is_found_as_it_was_unpacked(tmp_path: Path) -> None:
    assert parts.vosk_directory(VoiceSettings(), tmp_path) is None
    inner = tmp_path / "vosk" / "vosk-model-small-en-us-0.15"
    (inner / "am").mkdir(parents=True)
    (inner / "am" / "final.mdl").touch()
    assert parts.vosk_directory(VoiceSettings(), tmp_path) == inner


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[voice]\nbutton = "binary_sensor.talk"', "voice.button: no [[gpio.input]] has the id binary_sensor.talk"),
        ('[voice]\nrecognizer = "wyoming"', "voice.wyoming: is missing"),
        ('[voice]\nrecognizer = "wyoming"\nwyoming = "x:99999"', "voice.wyoming: ends in a port that is none"),
        (
            '[voice]\nmute_switch = "sensor.water"\n[[gpio.input]]\nid = "sensor.water"\nname = "W"\npin = 4\nkind = "counter"',
            "voice.mute_switch: sensor.water counts pulses",
        ),
        *(
            (
                f'[voice]\nled = "{led}"\n[[gpio.output]]\nid = "{led}"\nname = "L"\npin = 4\n{more}',
                f"voice.led: {led} must be a light without min_interval_s and interlock",
            )
            for led, more in (
                ("lock.front", ""),
                ("valve.garden", ""),
                ("light.hall", "min_interval_s = 2"),
                ("light.hall", 'interlock = "a"'),
            )
        ),
        ('[voice]\nwake_words = ["okay_naboo"]', 'did you mean "okay_nabu"'),
        ('[voice]\nspeaker = "piper"', "voice.piper_voice: is missing"),
    ],
)
def test_the_configuration_is_checked(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "x")
    assert complaint in str(caught.value)


# --- ternd doctor --audio --------------------------------------------------------------------------


def test_the_level_meter() -> None:
    assert level_db(np.zeros(0, np.int16)) == -100
    assert level_db(np.full(16_000, 32_767, np.int16)) == pytest.approx(0, abs=0.1)
    assert meter(-100).count("#") == 0
    assert meter(0).count("#") == 30
    assert judged(np.zeros(16_000, np.int16))[0].startswith("!!  nothing was heard")
    assert "clipped" in judged(np.full(16_000, 32_767, np.int16))[0]
    assert judged(np.full(16_000, 3_000, np.int16))[0].startswith("ok")


def test_cards_are_listed_and_the_chosen_one_is_marked() -> None:
    cards = (Card(0, "HDMI", 0, 2, 44_100), Card(1, "USB mic (hw:1,0)", 1, 0, 48_000))
    lines = listed(cards, VoiceSettings(input="usb", output="hdmi"))
    assert "← voice.output" in lines[0]
    assert "← voice.input" in lines[1]
    assert listed(cards, VoiceSettings(input="nothing"))[0].startswith("!!")


def test_hearing_oneself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.voice.check.METER_S", 0.2)
    room, lines = Room(), list[str]()
    for _ in range(20):
        room.said.put(SPEECH)
    assert audio(VoiceSettings(), lines.append, room)
    assert any("#" in line for line in lines)
    assert room.played[0].drained
    assert room.open == 0


# --- pocketsphinx, where it is installed -----------------------------------------------------------


def test_pocketsphinx_learns_a_home_and_rejects_silence() -> None:
    pytest.importorskip("pocketsphinx")
    ear = SphinxRecognizer()
    ear.set_home(Home(structure=1))
    ear.start()
    for _ in range(30):
        ear.feed(SILENCE)
    assert ear.finish().text == ""
