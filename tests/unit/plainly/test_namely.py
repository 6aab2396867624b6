"""A place that is said once more, more exactly."""

from __future__ import annotations

import pytest

from appliance.plainly.namely import exactly


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("blinds down in the byre and in ours, I mean the loft", "blinds down in the byre and in the loft"),
        ("lamp on in mine, that is the snug", "lamp on in the snug"),
        ("lamp on in the snug, I mean the loft", "lamp on in the snug, I mean the loft"),
    ],
)
def test_the_place_itself(said: str, meant: str) -> None:
    assert exactly(said) == meant
