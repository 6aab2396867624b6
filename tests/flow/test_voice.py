"""The voice in the whole daemon: real broker, real command model, mock pins; a room and an ear that hear what the test says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from appliance.config import (
    GpioSettings,
    InputSettings,
    MqttSettings,
    NodeSettings,
    OutputSettings,
    Settings,
    StoreSettings,
    VoiceSettings,
)
from appliance.daemon import Daemon
from appliance.gpio.board import GpiozeroBoard
from appliance.voice.parts import Ears
from tests.broker import Mosquitto, eventually
from tests.flow.test_mqtt_client import Bystander
from tests.unit.voice.fakes import SPEECH, ByLoudness, ByMark, Ear, Room, Tongue

PATIENCE = 15.0
DEVICES = {
    "light": {"name": "Floor lamp", "uniq_id": "lamp", "cmd_t": "room/lamp/set", "stat_t": "room/lamp"},
    "lock": {"name": "Front door", "uniq_id": "door", "cmd_t": "room/door/set", "stat_t": "room/door"},
}
TALK, MUTE, LED = 4, 5, 18
ENTITIES = len(DEVICES) + 3
"""With the pins."""


@dataclass
class House:
    """A node with ears, and who else is on the broker."""

    user: Bystander
    room: Room
    ear: Ear
    daemon: Daemon

    def say(self, text: str, *, woken: bool = True) -> None:
        """Somebody says `text` in the room."""
        self.ear.text = text
        self.room.say(woken=woken)

    @property
    def voice(self) -> dict[str, Any]:
        """What is published of the voice."""
        shown = self.user.on("ternd/node/voice")
        return json.loads(shown[-1].payload) if shown else {}

    def commands(self, device: str) -> list[bytes]:
        return [heard.payload for heard in self.user.on(f"room/{device}/set")]

    def shown(self) -> list[str]:
        """All states that were published: some last for less than it takes to look."""
        return [json.loads(heard.payload)["state"] for heard in self.user.on("ternd/node/voice")]

    def rests(self) -> bool:
        return eventually(lambda: self.voice.get("state") == "idle", PATIENCE)

    def spoken(self) -> str:
        """What was said last: the voice of the tests says a number of samples for each letter."""
        return self.daemon._voice._saying if self.daemon._voice is not None else ""

    def pin(self, number: int) -> Any:
        board = self.daemon._gate._board
        assert isinstance(board, GpiozeroBoard)
        return board.factory.pin(f"GPIO{number}")


def settings(broker: Mosquitto, folder: Path) -> Settings:
    return Settings(
        node=NodeSettings(id="node"),
        mqtt=MqttSettings(host=broker.host, port=broker.port),
        gpio=GpioSettings(
            factory="mock",
            output=(OutputSettings(id="light.status", name="Status", pin=LED),),
            input=(
                InputSettings(id="binary_sensor.talk", name="Talk", pin=TALK, kind="button", debounce_s=0, rest_s=0),
                InputSettings(id="binary_sensor.mute", name="Mute switch", pin=MUTE, debounce_s=0, rest_s=0),
            ),
        ),
        store=StoreSettings(path=folder / "store.sqlite"),
        voice=VoiceSettings(
            enabled=True, button="binary_sensor.talk", mute_switch="binary_sensor.mute", led="light.status", echo_s=0.0
        ),
    )


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    room, ear = Room(), Ear()
    monkeypatch.setattr("appliance.voice.service.open_ears", lambda *_: Ears(ByMark(), ByLoudness(), ear))
    monkeypatch.setattr("appliance.voice.service.open_synthesizer", lambda _settings: Tongue())
    monkeypatch.setattr("appliance.voice.service.System", lambda: room)
    with Mosquitto() as broker, Bystander(broker, "ternd/#", "room/#") as user:
        for kind, described in DEVICES.items():
            user.say(f"homeassistant/{kind}/x/config", json.dumps(described).encode(), retain=True)
        daemon = Daemon(settings(broker, tmp_path))
        daemon.start()
        try:
            assert daemon.wait_ready(PATIENCE)
            assert eventually(lambda: room.open == 1 and len(daemon.home().entities) >= ENTITIES, PATIENCE)
            yield House(user, room, ear, daemon)
        finally:
            daemon.stop()


def test_a_spoken_sentence_becomes_a_command_at_the_broker_and_the_light_shows_it(house: House) -> None:
    house.pin(LED).clear_states()
    house.say("turn on the floor lamp")
    assert eventually(lambda: house.commands("lamp") == [b"ON"], PATIENCE)
    assert house.rests()
    shown = house.shown()
    for state in ("listening", "thinking", "speaking", "idle"):
        assert state in shown
    assert house.user.on("ternd/node/voice")[-1].retain
    lit = [state.state for state in house.pin(LED).states]
    assert lit.count(True) >= 2, "on while it listens, blinking while it thinks or speaks"
    assert eventually(lambda: not house.pin(LED).states[-1].state, PATIENCE), "dark again"


def test_without_the_wake_word_nothing_is_done(house: House) -> None:
    house.say("turn on the floor lamp", woken=False)
    assert eventually(house.room.said.empty, PATIENCE)
    house.say("turn off the floor lamp")
    assert eventually(lambda: house.commands("lamp") == [b"OFF"], PATIENCE)


@pytest.mark.parametrize(("answer", "sent"), [("yes", [b"UNLOCK"]), ("no", [])])
def test_what_needs_a_yes_is_asked_and_answered_without_the_wake_word(
    house: House, answer: str, sent: list[bytes]
) -> None:
    house.say("unlock the front door")
    assert eventually(lambda: house.voice.get("state") == "follow-up", PATIENCE)
    assert house.commands("door") == []
    house.say(answer, woken=False)
    assert eventually(lambda: house.commands("door") == sent and house.voice.get("state") != "follow-up", PATIENCE)
    assert house.rests()
    assert house.commands("door") == sent


def test_what_was_said_is_repeated_and_explained(house: House) -> None:
    house.say("what time is it")
    assert eventually(lambda: house.spoken() != "" and house.voice.get("state") == "idle", PATIENCE)
    time = house.spoken()
    house.say("repeat that")
    assert eventually(lambda: house.shown().count("speaking") == 2, PATIENCE)
    assert house.spoken() == time
    assert house.rests()
    house.say("turn on the floor lamp")
    assert eventually(lambda: house.commands("lamp") == [b"ON"], PATIENCE)
    assert house.rests()
    house.say("what did you do and why")
    assert eventually(lambda: "turn on the floor lamp" in house.spoken(), PATIENCE), house.spoken()


def test_a_timer_rings_in_the_room_and_is_silenced_by_a_word(house: House) -> None:
    house.say("set a timer for one second")
    assert eventually(lambda: house.voice.get("state") == "ringing", PATIENCE)
    house.say("my dog likes the garden", woken=False)
    assert eventually(house.room.said.empty, PATIENCE)
    assert eventually(lambda: house.voice.get("state") == "ringing", PATIENCE)
    house.say("stop", woken=False)
    assert house.rests()


def test_mute_over_mqtt_gives_the_card_back_and_outlives_a_restart(house: House) -> None:
    house.user.say("ternd/node/mute/set", b"ON")
    assert eventually(lambda: house.room.open == 0 and house.voice["muted"] == "ON", PATIENCE)
    assert house.user.on("ternd/node/mute")[-1].payload == b"ON"
    house.daemon.stop()
    shown = len(house.user.on("ternd/node/voice"))
    again = Daemon(house.daemon._settings)
    again.start()
    try:
        assert eventually(lambda: len(again.home().entities) >= ENTITIES, PATIENCE)
        assert eventually(lambda: len(house.user.on("ternd/node/voice")) > shown, PATIENCE)
        assert eventually(lambda: house.voice["state"] == "muted" and house.room.open == 0, PATIENCE)
        house.user.say("ternd/node/mute/set", b"OFF")
        assert eventually(lambda: house.room.open == 1, PATIENCE)
    finally:
        again.stop()


def test_the_switch_closes_the_card_whatever_mqtt_says(house: House) -> None:
    house.pin(MUTE).drive_low()
    assert eventually(lambda: house.room.open == 0 and house.voice["muted"] == "ON", PATIENCE)
    house.user.say("ternd/node/mute/set", b"OFF")
    house.say("turn on the floor lamp")
    assert not eventually(lambda: house.room.open > 0 or house.commands("lamp") != [], 1.0)
    house.pin(MUTE).drive_high()
    assert eventually(lambda: house.commands("lamp") == [b"ON"], PATIENCE), "it hears again"


def test_the_talk_button_needs_no_wake_word(house: House) -> None:
    house.ear.text = "turn on the floor lamp"
    house.pin(TALK).drive_low()
    assert eventually(lambda: house.voice.get("state") == "listening", PATIENCE)
    for _ in range(40):
        house.room.said.put(SPEECH)
    assert eventually(house.room.said.empty, PATIENCE)
    house.pin(TALK).drive_high()
    assert eventually(lambda: house.commands("lamp") == [b"ON"], PATIENCE)
