"""Changes that hold for a while."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.intents.command_model import Understanding
from appliance.intents.parse import parse_line
from appliance.intents.whiles import lasting, read_while


@pytest.mark.parametrize(
    ("text", "key", "seconds", "rest"),
    [
        ("set the lamp to 20% for an hour", "duration", 3600, "set the lamp to 20%"),
        ("make the lamp blue for ten minutes please", "duration", 600, "make the lamp blue"),
        ("set the heating to 21 until half past nine", "until", 34200, "set the heating to 21"),
        ("mute the tv till noon", "until", 43200, "mute the tv"),
    ],
)
def test_how_long_a_change_is_to_hold(text: str, key: str, seconds: float, rest: str) -> None:
    found = lasting(text)
    assert found is not None
    assert (found.key, found.length.value, found.rest) == (key, seconds, rest)


@pytest.mark.parametrize(
    "text",
    [
        "set a timer for ten minutes", "remind me for dinner at 8", "turn off the tv for good", "turn on the fan for the baby",
        "turn on the lamp until i say stop", "in ten minutes turn on the lamp for an hour", "for an hour", "turn on the lamp", "for", "",
    ],
)  # fmt: skip
def test_what_says_no_length(text: str) -> None:
    assert lasting(text) is None


def _reader(line: str, confidence: float = 0.9) -> Callable[[str], Understanding]:
    return lambda text: Understanding(parse_line(line, text), confidence, line)


def test_the_length_goes_to_the_one_change() -> None:
    found = read_while("dim the lamp to 20 for an hour", _reader("<LightSet> <name> lamp <brightness> 20"))
    assert found is not None
    (call,) = found.calls
    assert (call.name, call.values["duration"].value) == ("LightSet", 3600)  # type: ignore[union-attr]
    assert found.line == "<LightSet> <name> lamp <brightness> 20 <duration> an hour"


def test_keeping_on_for_a_while_is_switching_on() -> None:
    asked: list[str] = []

    def understand(text: str) -> Understanding:
        asked.append(text)
        return Understanding(parse_line("<TurnOn> <name> heater", text), 0.9, "")

    assert read_while("keep the heater on until nine", understand)
    assert asked == ["turn the heater on"]


@pytest.mark.parametrize(
    ("text", "line", "confidence"),
    [
        ("play jazz for an hour", "<MediaSearch> <search> jazz", 0.9),
        ("dim the lamp for an hour", "<LightSet> <name> lamp <brightness> <down>", 0.4),
        ("turn off the lamp and the fan for an hour", "<TurnOff> <name> lamp <;> <TurnOff> <name> fan", 0.9),
    ],
)
def test_what_is_no_single_change_is_left_to_the_model(text: str, line: str, confidence: float) -> None:
    assert read_while(text, _reader(line, confidence)) is None
