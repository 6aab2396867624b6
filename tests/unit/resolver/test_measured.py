"""Questions that a sensor of the home answers, and wishes that are no questions."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.resolver import Resolver
from appliance.resolver.contradictions import unasked
from appliance.resolver.leftovers import spans_of
from tests.unit.resolver.tables import home


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("how deep is the lake", "Lake depth"),
        ("and how deep is the lake at the jetty right now", "Lake depth"),
        ("what is the lake depth", "Lake depth"),
        ("what's the depth of the lake today", "Lake depth"),
        ("how deep is the lake of geneva", None),
        ("how deep is the sea", None),
        ("how deep is it", None),
        ("how heavy is the lake", None),
        ("what is the meaning of lake depth", None),
        ("what is love", None),
        ("what is a mermaid lamp", None),  # no sensor
        ("the lake is deep", None),
        ("how", None),
        ("", None),
    ],
)
def test_what_a_sensor_measures(text: str, name: str | None) -> None:
    call = Resolver().measured(text, home("lodge"))
    assert (call and call.target.name) == name


@pytest.mark.parametrize(
    ("text", "line", "wished"),
    [
        ("give me red on the mermaid lamp", "<GetState> <name> mermaid lamp <ask:one>", True),
        ("40 percent on the mermaid lamp", "<GetState> <name> mermaid lamp <ask:one>", True),
        ("is the mermaid lamp red", "<GetState> <name> mermaid lamp <ask:yesno>", False),
        ("the mermaid lamp, is it red", "<GetState> <name> mermaid lamp <ask:one>", False),
        ("mermaid lamp red?", "<GetState> <name> mermaid lamp <ask:one>", False),
        ("the state of the red lamp", "<GetState> <name> red lamp <ask:one>", False),
        ("red lamp report", "<GetState> <name> red lamp <ask:one>", False),
        ("battery percent of the scooter please", "<GetState> <name> scooter <ask:one>", False),
        ("mermaid lamp red", "<LightSet> <name> mermaid lamp <color> red", False),
    ],
)
def test_a_wish_that_was_read_as_a_question(text: str, line: str, *, wished: bool) -> None:
    calls = parse_line(line, text)
    assert unasked(calls, text, spans_of(calls)) is wished
