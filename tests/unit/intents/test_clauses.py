"""Readings by clauses, with a reader that knows a few short sentences."""

from __future__ import annotations

import pytest

from appliance.intents.clauses import WEIGHT, read_by_clauses
from appliance.intents.command_model import Understanding
from appliance.intents.parse import parse_line

KNOWN = {
    "turn on the lamp": "<TurnOn> <name> lamp",
    "turn on the lamp in the den": "<TurnOn> <name> lamp <area> den",
    "turn on the kitchen lights": "<TurnOn> <area> kitchen <domain:light>",
    "open the blinds": "<Open> <class:blind>",
    "mute the tv": "<Mute> <name> tv",
    "the lamp and the fan off": "<TurnOff> <name> lamp <;> <TurnOff> <name> fan",
    "in ten minutes open the blinds": "<StartTimer> <duration> ten minutes <command> open the blinds",
    "open the blinds for ten minutes": "<Open> <class:blind> <duration> ten minutes",
    "in the den open the blinds": "<Open> <area> den <class:blind>",
    "set a timer for ten minutes": "<StartTimer> <duration> ten minutes",
    "announce that dinner is ready": "<Broadcast> <message> dinner is ready",
    "forget it": "<Nevermind>",
}


def understand(text: str) -> Understanding:
    """Know the sentences above, each with probability 0.9, and nothing else."""
    line = KNOWN.get(text.lower(), "<None> <why:unclear>")
    return Understanding(parse_line(line, text), 0.9, line)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("Turn on the lamp and open the blinds", ["TurnOn", "Open"]),
        ("turn on the lamp, then open the blinds and mute the tv.", ["TurnOn", "Open", "Mute"]),
        ("mute the tv and the lamp and the fan off", ["Mute", "TurnOff", "TurnOff"]),
        ("turn on the kitchen lights and open the blinds", ["TurnOn", "Open"]),
        ("set a timer for ten minutes and open the blinds", ["StartTimer", "Open"]),
        ("open the blinds and announce that dinner is ready", ["Open", "Broadcast"]),
        ("turn on the lamp open the blinds", ["TurnOn", "Open"]),
        ("turn on the lamp after that mute the tv and while you're at it open the blinds", ["TurnOn", "Mute", "Open"]),
        ("mute the tv and don't forget to open the blinds", ["Mute", "Open"]),
    ],
)
def test_clauses_that_stand_alone_are_put_together(text: str, calls: list[str]) -> None:
    """In their order, with the product of their probabilities."""
    found = read_by_clauses(text, understand)
    assert found is not None
    assert [call.name for call in found.calls] == calls
    assert found.confidence == pytest.approx(WEIGHT * 0.9 ** (2 if len(calls) == 2 or "fan" in text else 3))


@pytest.mark.parametrize(
    "text",
    [
        "turn on the lamp",
        "turn on the lamp and the fan",
        "turn on the lamp and open the blinds please and tell me a story",
        "turn on the lamp, no, open the blinds",
        "don't turn on the lamp and open the blinds",
        "turn on the lamp and forget it",
        "in ten minutes open the blinds and mute the tv",
        "mute the tv don't open the blinds",
        "mute the tv and open the blinds for ten minutes",
        "in the den open the blinds and mute the tv",
        "open the blinds and turn on the lamp in the den",
        "announce that dinner is ready and mute the tv",
        " and ".join(["mute the tv"] * 9),
        ", and",
        "",
    ],
)
def test_what_may_belong_together_is_left_to_the_whole_sentence(text: str) -> None:
    """Places and lengths at an edge, slips, delays, messages, and clauses that are none."""
    assert read_by_clauses(text, understand) is None
