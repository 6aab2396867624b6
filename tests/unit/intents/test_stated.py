"""Clauses that a reading leaves out."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.intents.stated import unstated


@pytest.mark.parametrize(
    ("text", "line", "missing"),
    [
        ("water on in the shed, vent open, lamp off", "<Open> <name> vent <;> <TurnOff> <name> lamp", 1),
        ("water on in the shed, vent open, lamp off", "<TurnOn> <name> water <;> <Open> <name> vent <;> <TurnOff> <name> lamp", 0),
        ("open curtain, turn ceiling on, turn bunk two off", "<Open> <class:curtain> <;> <TurnOff> <name> bunk two", 1),
        ("lamp on and fan off", "<TurnOn> <name> lamp", 1),
        ("lamp and fan on", "<TurnOn> <name> lamp", 0),
        ("turn the first and the third lamp off up in the loft", "<TurnOff> <name> lamp", 0),
        ("lamp on and off", "<TurnOn> <name> lamp", 0),
        ("lamp on, not the fan on the left", "<TurnOn> <name> lamp", 0),
        ("lamp on, fan on if it is warm", "<TurnOn> <name> lamp", 0),
        ("lamp on, fan off?", "<TurnOn> <name> lamp", 0),
        ("lamp on and fan off", "<None> <why:talk>", 0),
        ("lamp on and heating down 20", "<LightSet> <name> lamp <brightness> 20", 0),
    ],
)  # fmt: skip
def test_clauses_left_out(text: str, line: str, missing: int) -> None:
    assert unstated(parse_line(line, text), text) == missing
