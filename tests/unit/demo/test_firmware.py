from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.demo.boards import Board, Door, Gauge, Humidifier, Valve
from appliance.demo.firmware import EspHomeFan, Valetudo
from appliance.demo.wire import Fault
from tests.unit.demo.fakes import started, tell

FAN = "office-fan/fan/office_fan"


def test_an_esphome_fan_is_announced_with_abbreviations() -> None:
    port = started(EspHomeFan("Office fan", area="Office"))
    payload = port.last_json("homeassistant/fan/office-fan/office_fan/config")
    assert (payload["~"], payload["cmd_t"], payload["pct_cmd_t"], payload["spd_rng_max"]) == (
        FAN,
        "~/command",
        "~/speed_level/command",
        100,
    )
    assert payload["dev"]["sa"] == "Office"
    assert port.last("office-fan/status") == "online"


@pytest.mark.parametrize(
    ("suffix", "payload", "expected"),
    [
        ("command", "ON", ("ON", "3", "oscillate_off")),
        ("command", "toggle", ("ON", "3", "oscillate_off")),
        ("speed_level/command", "2", ("ON", "2", "oscillate_off")),
        ("speed_level/command", "0", ("OFF", "3", "oscillate_off")),
        ("speed_level/command", "4", ("OFF", "3", "oscillate_off")),
        ("speed_level/command", "-1", ("OFF", "3", "oscillate_off")),
        ("speed_level/command", "²", ("OFF", "3", "oscillate_off")),
        ("oscillation/command", "oscillate_on", ("OFF", "3", "oscillate_on")),
        ("oscillation/command", "ON", ("OFF", "3", "oscillate_off")),
        ("command", "", ("OFF", "3", "oscillate_off")),
    ],
)
def test_the_fan_obeys(suffix: str, payload: str, expected: tuple[str, str, str]) -> None:
    fan = EspHomeFan("Office fan", speeds=3)
    port = started(fan)
    tell(fan, port, f"{FAN}/{suffix}", payload)
    assert (
        port.last(f"{FAN}/state"),
        port.last(f"{FAN}/speed_level/state"),
        port.last(f"{FAN}/oscillation/state"),
    ) == expected


def test_the_vacuum_cleans_and_comes_home() -> None:
    robot = Valetudo("Robby")
    port = started(robot)
    config = port.last_json("homeassistant/vacuum/robby/robby_vacuum/config")
    state = config["state_topic"]
    tell(robot, port, config["command_topic"], config["payload_start"], 1)
    assert port.last_json(state)["state"] == "cleaning"
    tell(robot, port, config["command_topic"], config["payload_pause"], 100)
    assert port.last_json(state)["state"] == "paused"
    tell(robot, port, config["command_topic"], config["payload_return_to_base"], 0)
    assert port.last_json(state)["state"] == "returning"
    port.wait(3)
    assert port.last_json(state)["state"] == "docked"


def test_a_cleaning_ends_by_itself() -> None:
    robot = Valetudo("Robby")
    port = started(robot)
    tell(robot, port, robot.topics[0], "START", 120)
    states = [json.loads(payload)["state"] for payload in port.on("valetudo/robby/hass/robby_vacuum/state")]
    assert states == ["docked", "cleaning", "returning", "docked"]


def test_a_board_announces_all_its_components_in_one_message() -> None:
    parts = (
        Door("door", name="door"),
        Valve("tap"),
        Gauge("t", value=1, device_class="temperature", unit="°C"),
        Humidifier("mist"),
    )
    port = started(Board("Shed", parts, area="Garden"))
    payload = port.last_json("homeassistant/device/shed/config")
    assert {key: part["p"] for key, part in payload["cmps"].items()} == {
        "door": "cover",
        "tap": "valve",
        "t": "sensor",
        "mist": "humidifier",
    }
    assert payload["dev"]["sa"] == "Garden"
    assert payload["o"]["name"]
    assert len({part["uniq_id"] for part in payload["cmps"].values()}) == 4


def test_a_door_takes_its_time_and_can_be_stopped() -> None:
    board = Board("Shed", [Door("door")])
    port = started(board)
    tell(board, port, "shed/door/set", "OPEN")
    assert port.last("shed/door/state") == "opening"
    port.wait(2)
    assert port.last("shed/door/state") == "open"
    tell(board, port, "shed/door/set", "CLOSE", 0.5)
    tell(board, port, "shed/door/set", "STOP", 5)
    assert port.last("shed/door/state") == "open"


def test_a_valve_and_a_humidifier_obey() -> None:
    board = Board("Shed", [Valve("tap"), Humidifier("mist")])
    port = started(board)
    tell(board, port, "shed/tap/set", "OPEN", 1)
    tell(board, port, "shed/mist/set", "ON")
    tell(board, port, "shed/mist/set/target", "62")
    tell(board, port, "shed/mist/set/target", "99")
    tell(board, port, "shed/mist/set/mode", "sleep")
    states = [port.last(f"shed/{topic}") for topic in ("tap/state", "mist/state", "mist/target", "mist/mode")]
    assert states == ["open", "ON", "62", "sleep"]


@given(
    st.sampled_from(["tap/set", "mist/set", "mist/set/target", "door/set", "nothing/set", "door/set/x"]),
    st.text(max_size=20),
)
def test_no_payload_breaks_a_board(topic: str, payload: str) -> None:
    board = Board("Shed", [Valve("tap"), Humidifier("mist"), Door("door")])
    port = started(board)
    tell(board, port, f"shed/{topic}", payload, 5)
    tell(board, port, "shed/mist/set", "ON")
    assert port.last("shed/mist/state") == "ON"


def test_faults_of_a_board() -> None:
    board = Board("Shed", [Valve("tap")], fault=Fault(offline=True))
    port = started(board)
    tell(board, port, "shed/tap/set", "OPEN", 5)
    assert (port.last("shed/status"), port.last("shed/tap/state")) == ("offline", "closed")
