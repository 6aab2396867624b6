"""Changes that hold for a while."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.intents.whiles import can_last, lasting


@pytest.mark.parametrize(
    ("text", "key", "seconds", "rest"),
    [
        ("set the lamp to 20% for an hour", "duration", 3600, "set the lamp to 20%"),
        ("make the lamp blue for ten minutes please", "duration", 600, "make the lamp blue"),
        ("set the heating to 21 until half past nine", "until", 34200, "set the heating to 21"),
        ("mute the tv till noon", "until", 43200, "mute the tv"),
        ("make the lamp red for the next hour", "duration", 3600, "make the lamp red"),
        ("mute the tv for five minutes, i'm on the phone", "duration", 300, "mute the tv, i'm on the phone"),
        ("keep the heater on until nine", "until", 32400, "turn the heater on"),
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


@pytest.mark.parametrize(
    ("text", "line", "able"),
    [
        ("dim the lamp to 20", "<LightSet> <name> lamp <brightness> 20", True),
        ("turn off the lamp and the fan", "<TurnOff> <name> lamp <;> <TurnOff> <name> fan", True),
        ("turn off the lamp and turn on the fan", "<TurnOff> <name> lamp <;> <TurnOn> <name> fan", False),
        ("turn on the lamp for ten minutes", "<TurnOn> <name> lamp <duration> ten minutes", False),
        ("play jazz", "<MediaSearch> <search> jazz", False),
        ("hello", "<None> <why:talk>", False),
    ],
)
def test_what_can_be_set_back(text: str, line: str, able: bool) -> None:
    assert can_last(parse_line(line, text)) is able


def test_every_call_gets_the_length() -> None:
    found = lasting("dim the lamp to 20 until nine")
    assert found is not None
    (call,) = parse_line("<LightSet> <name> lamp <brightness> 20", found.rest)
    assert found.hold(call).values == {**call.values, "until": found.length}
    assert not can_last(())
