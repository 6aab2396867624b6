"""What takes a change back: its opposite, or what was before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.intents.parse import parse_line
from appliance.messages import Area, Entity, Home, Quantity, Step
from appliance.resolver import Resolver

HOUR = Quantity(3600, unit="s", words="an hour")
HOME = Home(
    areas=(Area("s", "Study"),),
    entities=(
        Entity("light.desk", "Desk lamp", area="s", state="on", attributes={"brightness": 200}),
        Entity("light.shelf", "Shelf lamp", area="s", state="off"),
        Entity("climate.study", "Radiator", area="s", state="heat", attributes={"temperature": 19, "hvac_modes": ["heat", "off"]}),
        Entity("lock.door", "Study door", area="s", state="locked"),
        Entity("media_player.radio", "Radio", area="s", state="paused", attributes={"volume_level": 0.2}),
        Entity("media_player.tv", "Television", area="s", state="playing", attributes={"volume_level": 0.4}),
    ),
)  # fmt: skip


def _steps(text: str, line: str, key: str = "duration", length: Quantity = HOUR) -> list[Step]:
    (call,) = parse_line(line, text)
    steps, _ = Resolver().decide([replace(call, values={**call.values, key: length})], HOME, text=text)
    return list(steps)


@pytest.mark.parametrize(
    ("text", "line", "command", "data"),
    [
        ("dim the desk lamp to 20 for an hour", "<LightSet> <name> desk lamp <brightness> 20", "turn_on", {"brightness": 200}),
        ("dim the shelf lamp to 20 for an hour", "<LightSet> <name> shelf lamp <brightness> 20", "turn_off", {}),
        ("set the radiator to 22 for an hour", "<ClimateSet> <name> radiator <temperature> 22", "set_temperature", {"temperature": 19}),
        ("unlock the study door for an hour", "<Unlock> <name> study door", "lock", {}),
        ("mute the television for an hour", "<Mute> <name> television", "volume_mute", {"is_volume_muted": False}),
        ("pause the television for an hour", "<MediaPause> <name> television", "media_play", {}),
        ("radio volume to 10 for an hour", "<SetVolume> <name> radio <volume> 10", "volume_set", {"volume_level": 0.2}),
        ("television volume to 10 for an hour", "<SetVolume> <name> television <volume> 10", "volume_set", {"volume_level": 0.4}),
    ],
)  # fmt: skip
def test_a_change_for_a_while_is_taken_back(text: str, line: str, command: str, data: dict[str, object]) -> None:
    now, later = _steps(text, line)
    assert now.actions
    assert later.task is not None
    (back,) = later.task.data["actions"]
    assert (later.task.data["seconds"], back["command"], back["data"]) == (3600, command, data)


def test_a_change_until_a_time_of_day() -> None:
    _, later = _steps(
        "dim the desk lamp to 20 until nine",
        "<LightSet> <name> desk lamp <brightness> 20",
        "until",
        Quantity(32400, unit="s"),
    )
    assert later.task is not None
    assert later.intent is not None
    assert later.task.data["at"] == 32400
    assert "seconds" not in later.task.data
    assert later.intent.slots == {"conversation_command": "set back Desk lamp"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("lock the study door for an hour", "<Lock> <name> study door"),
        ("set the radiator to heat for an hour", "<ClimateSet> <name> radiator <mode> heat"),
    ],
)
def test_what_is_not_taken_back_by_itself(text: str, line: str) -> None:
    assert _steps(text, line)[-1].refusal.endswith("cannot be changed back by itself, please do that later.")
