"""One thing for a while, another one after it."""

from __future__ import annotations

import pytest

from appliance.plainly.in_turn import in_turn


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("turn on the urn for an hour, then the churn", "turn on the urn for an hour and in an hour turn on the churn"),
        ("please open the tap for an hour and then close the hatch", "please open the tap for an hour and in an hour close the hatch"),
        ("urn on for the next 5 minutes, then the churn for 2", "urn on for 5 minutes and in 5 minutes turn on the churn for 2 minutes"),
        ("heat the byre to 22 for an hour and then to 18", "heat the byre to 22 for an hour and in an hour heat the byre to 18"),
        ("turn on the urn for an hour, then turn off the churn", "turn on the urn for an hour and in an hour turn off the churn"),
        ("turn on the urn, wait five seconds, turn it off", "turn on the urn and in five seconds turn it off"),
        ("open the tap and then wait for an hour and shut the hatch", "open the tap and in an hour shut the hatch"),
    ],
)  # fmt: skip
def test_the_second_waits_for_the_first(said: str, meant: str) -> None:
    assert in_turn(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "turn on the urn for ten minutes and then turn it off",
        "turn on the urn for ten minutes, then off",
        "turn on the urn for ten minutes, then back to normal",
        "turn on the urn for Ida, then the churn",
        "turn on the urn, then the churn",
        "turn on the urn for ten minutes",
    ],
)
def test_what_takes_it_back_or_has_no_length_stays(said: str) -> None:
    assert in_turn(said) == said
