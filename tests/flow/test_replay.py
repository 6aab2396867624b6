"""Recorded messages through watches and assistant: no broker, no hardware, time from the recording."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import GpioSettings, NodeSettings, OutputSettings, Settings, WatchSettings
from appliance.errors import RequestError
from appliance.replay import Recorded, Replay, lines_of, parse_line, rendered, summed_up, written

BASE = 1_795_370_400.0
STORE = WatchSettings(
    id="cold", topics=("plant/+/temp",), name="Store {1}", unit="°C", above=8, for_s=60, missing_s=900
)
SETTINGS = Settings(
    node=NodeSettings(id="n"),
    watch=(STORE,),
    gpio=GpioSettings(factory="mock", output=(OutputSettings(id="switch.pump", name="Pump", pin=17),)),
)
LAMP = {
    "name": None, "unique_id": "0x1_light", "state_topic": "zigbee2mqtt/Lamp", "command_topic": "zigbee2mqtt/Lamp/set", "schema": "json",
    "brightness": True, "device": {"identifiers": ["x"], "name": "Lamp"},
}  # fmt: skip


def line(t: float, topic: str, payload: object, **more: object) -> str:
    return json.dumps({"t": t, "topic": topic, "payload": payload, **more})


def play(*lines: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    Replay(SETTINGS, lambda event: events.append(dict(event))).run(lines_of(lines))
    return events


def test_hours_of_readings_raise_what_they_would_have_raised() -> None:
    readings = [line(BASE + t, "plant/west/temp", "9.5" if 1800 <= t < 3600 else 5) for t in range(0, 7200, 30)]
    readings.append(line(BASE + 10_000, "plant/east/temp", 5))
    events = play(*readings)
    assert [(event["event"], event["rule"], round(event["t"] - BASE)) for event in events] == [
        ("raised", "above", 1860),
        ("cleared", "above", 3600),
        ("raised", "missing", pytest.approx(7170 + 900, abs=12)),
    ]


def test_a_jump_of_the_clock_by_decades_is_a_silence_like_any_other() -> None:
    events = play(line(0, "plant/west/temp", 5), line(1.7e9, "plant/west/temp", 5))
    assert [(event["event"], event["rule"]) for event in events] == [("raised", "missing"), ("cleared", "missing")]


def test_a_sentence_is_carried_out_to_the_door_and_confirmed_by_the_recording() -> None:
    events = play(
        line(0, "homeassistant/light/0x1/light/config", LAMP, retain=True),
        line(1, "zigbee2mqtt/Lamp", {"state": "OFF"}),
        line(10, "ternd/n/ask", "turn on the lamp"),
        line(10.4, "zigbee2mqtt/Lamp", {"state": "ON"}),
        line(20, "ternd/n/ask", '{"text": "turn off the lamp"}'),
        line(60, "ternd/n/ask", "since when is the lamp on"),
        line(61, "ternd/n/ask", "turn on the pump", retain=True),
        line(62, "ternd/n/ask", ""),
    )
    said = [event["text"] for event in events if event["event"] == "reply"]
    assert said == [
        "Lamp is on.",
        "Sent, but there is no answer from Lamp.",
        "Lamp is on since " + said[2].split("since ")[1].split(",")[0] + ", for 50 seconds.",
    ]
    sent = [(event["topic"], event["payload"]) for event in events if event["event"] == "send"]
    assert sent == [("zigbee2mqtt/Lamp/set", '{"state": "ON"}'), ("zigbee2mqtt/Lamp/set", '{"state": "OFF"}')]
    assert [event["event"] for event in events[-2:]] == ["refused", "refused"]


def test_pins_are_not_driven_either() -> None:
    events = play(line(0, "ternd/n/ask", "turn on the pump"))
    assert [event["event"] for event in events] == ["heard", "send", "reply"]
    assert (events[1]["entity"], events[1]["payload"]) == ("switch.pump", "turn_on")
    assert events[2]["text"] == "Pump is on."


def test_what_was_asked_meanwhile_is_answered_after() -> None:
    events = play(
        line(0, "homeassistant/light/0x1/light/config", LAMP),
        line(1, "zigbee2mqtt/Lamp", {"state": "OFF"}),
        line(10, "ternd/n/ask", "turn on the lamp"),
        line(10.1, "ternd/n/ask", "is the lamp on"),
        line(10.4, "zigbee2mqtt/Lamp", {"state": "ON"}),
    )
    assert [event["text"] for event in events if event["event"] == "reply"] == ["Lamp is on.", "Yes, Lamp is on."]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "line 3: this is not JSON"), ("[]", "line 3: expected an object"), ('{"topic": "a", "payload": 1}', '"t" must be a number'),
        ('{"t": true, "topic": "a", "payload": 1}', '"t" must be a number'), ('{"t": 1e300, "topic": "a", "payload": 1}', '"t" must be'),
        ('{"t": NaN, "topic": "a", "payload": 1}', '"t" must be'),
        ('{"t": -1, "topic": "a", "payload": 1}', "from 0 on"), ('{"t": 0, "topic": "a/#", "payload": 1}', "without wildcards"),
        ('{"t": 0, "topic": "", "payload": 1}', '"topic" must be'), ('{"t": 0, "topic": "a"}', '"payload" is missing'),
        ('{"t": 0, "topic": "a", "payload": {"base64": "?"}}', "the payload cannot be read"), ("[" * 100_000, "line 3"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named(text: str, complaint: str) -> None:
    with pytest.raises(RequestError, match="line 3") as caught:
        parse_line(text, 3)
    assert complaint in str(caught.value)


@given(st.floats(0, 4e9), st.text(min_size=1, max_size=20), st.binary(max_size=50), st.booleans())
def test_what_is_recorded_is_replayed_the_same(t: float, topic: str, payload: bytes, retain: bool) -> None:
    if set(topic) & {"+", "#", "\0"} or any(0xD800 <= ord(char) <= 0xDFFF for char in topic):
        return
    again = parse_line(written(Recorded(t, topic, payload, retain)), 1)
    assert again == Recorded(round(t, 3), topic, payload, retain)


@given(st.text(max_size=200))
def test_any_line_is_read_or_refused(text: str) -> None:
    try:
        message = parse_line(text, 1)
    except RequestError:
        return
    assert message.topic


def test_bytes_are_kept_as_base64() -> None:
    assert json.loads(written(Recorded(1, "a", b"\xff\x00")))["payload"] == {
        "base64": base64.b64encode(b"\xff\x00").decode()
    }


def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[node]\nid = "n"\n[[watch]]\nid = "w"\ntopics = ["a"]\nabove = 1\n')
    recording = tmp_path / "r.jsonl"
    recording.write_text(line(0, "a", 5) + "\n\n" + line(1, "a", 0) + "\n")
    program = [sys.executable, "-m", "appliance", "replay", "-c", str(tmp_path / "c.toml"), "--json"]
    environment = {**os.environ, "STATE_DIRECTORY": str(tmp_path)}
    done = subprocess.run([*program, str(recording)], capture_output=True, text=True, check=True, env=environment)
    assert [json.loads(one)["event"] for one in done.stdout.splitlines()] == ["raised", "cleared"]
    assert "2 messages" in done.stderr
    recording.write_text("nonsense\n")
    bad = subprocess.run([*program, str(recording)], capture_output=True, text=True, check=False, env=environment)
    assert bad.returncode == 1
    assert "line 1: this is not JSON" in bad.stderr


def test_events_for_people() -> None:
    report = Replay(SETTINGS, lambda _event: None).run(lines_of(io.StringIO(line(0, "plant/a/temp", 1) + "\n")))
    assert report.messages == 1
    assert summed_up(report).startswith("1 messages of 0 s")
    assert rendered({"t": 0, "event": "send", "topic": "a", "payload": "x"}).endswith("would send  a  x")
    assert rendered({"t": 0, "event": "raised", "watch": "w", "text": "hot"}).endswith("w: hot")
