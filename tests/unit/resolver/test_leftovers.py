from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.resolver.leftovers import untold


@pytest.mark.parametrize(
    ("text", "line", "left_out"),
    [
        ("timer for porridge 20 mins and mute the tv", "<StartTimer> <duration> 20 mins <;> <Mute> <name> tv", True),
        ("timer for porridge 20 mins", "<StartTimer> <duration> 20 mins <timer> porridge", False),
        ("set a timer for twenty minutes", "<StartTimer> <duration> twenty minutes", False),
        ("set a timer for half an hour", "<StartTimer> <duration> half an hour", False),
        ("a timer for the next 5 minutes", "<StartTimer> <duration> 5 minutes", False),
        ("timer for 5 minutes to mute the tv", "<StartTimer> <duration> 5 minutes <command> mute the tv", False),
        ("timer for rice 5 minutes, one 8 minutes", "<StartTimer> <duration> 5 minutes <;> <StartTimer> <duration> 8 minutes", True),
    ],
)  # fmt: skip
def test_what_a_timer_is_for_is_told(text: str, line: str, left_out: bool) -> None:
    assert untold(parse_line(line, text), text) is left_out
