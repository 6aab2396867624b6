"""Which sentences are questions about the past."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.recall.grammar import Bound, normalised, parse

NOW = 1_800_000_000.0
UNDERSTANDING = Path(__file__).parents[2] / "understanding"
_ACTS = re.compile(r"\|\s*Hass(?!Get|ClimateGet|TimerStatus|GetWeather)")


def test_no_command_is_taken_for_a_question() -> None:
    commands = [
        line.partition("|")[0].strip()
        for file in UNDERSTANDING.glob("*.txt")
        for line in file.read_text("utf-8").splitlines()
        if not line.startswith("#") and _ACTS.search(line)
    ]
    assert len(commands) > 500
    assert [text for text in commands if parse(text, NOW) is not None] == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("have the garden lamps on till nine", False),
        ("have the shutters opened since noon", False),
        ("have the garden lamps been on since noon", True),
        ("have the shutters ever been open today", True),
        ("has the shutter been open today", True),
    ],
)
def test_having_something_so_is_a_wish(text: str, *, asked: bool) -> None:
    assert (parse(text, NOW) is not None) is asked


@pytest.mark.parametrize(
    ("text", "form", "target", "measure", "bound"),
    [
        ("Which pump ran hottest last night?", "extreme", "pump", "temperature", None),
        ("tell me which device used the most power yesterday", "extreme", "device", "power", None),
        (
            "since when is the cold store above minus 5.5 degrees celsius",
            "since",
            "cold store",
            "temperature",
            Bound(True, -5.5, "degree"),
        ),
        ("how long has the office been below 18 °C", "since", "office", "temperature", Bound(False, 18, "degree")),
        ("how often was the oven over 2000 watts this week", "count", "oven", "power", Bound(True, 2000, "watt")),
        (
            "was it warmer than 25 degrees in the attic on Tuesday",
            "whether",
            "attic",
            "temperature",
            Bound(True, 25, "degree"),
        ),
        ("how high did the humidity in the bath get today", "extreme", "bath", "humidity", None),
        ("what was the CO2 in the office at noon", "at", "office", "carbon_dioxide", None),
        ("Could you please tell me how warm the attic was", "", "", "", None),
    ],
)
def test_what_is_asked(text: str, form: str, target: str, measure: str, bound: Bound | None) -> None:
    question = parse(text, NOW)
    if not form:
        assert question is None
        return
    assert question is not None
    assert (question.form, question.target, question.measure, question.bound) == (form, target, measure, bound)


def test_sentences_are_compared_without_politeness_and_signs() -> None:
    assert normalised("OK, please tell me: when's the Garage at 8:30 pm, please?") == "when is the garage at 8:30 pm"
