"""Things with a few settings that are put on one of them."""

from __future__ import annotations

import pytest

from appliance.messages import Entity, Home
from appliance.plainly.settings import Settings

DESK = Entity("select.desk", "Standing desk", aliases=("desk",), attributes={"options": ["sit", "stand", "on"]})
LOOM = Entity("select.loom", "Loom pattern", attributes={"options": ["Twill", "Twill 2"]})
SETTINGS = Settings(Home(entities=(DESK, LOOM, Entity("light.desk", "Desk lamp"))))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("put the standing desk on stand", "set the standing desk to stand"),
        ("put my desk to sit please", "set my desk to sit please"),
        ("standing desk on stand please", "set standing desk to stand"),
        ("loom pattern twill 2", "set loom pattern to twill 2"),
        ("switch the loom pattern to twill and turn on the desk lamp", "set the loom pattern to twill and turn on the desk lamp"),
    ],
)  # fmt: skip
def test_is_set_to_it(said: str, meant: str) -> None:
    assert SETTINGS.put(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "turn the desk on",
        "put the desk lamp on stand",
        "put the plates on the standing desk",
        "put the desk on standby",
        "is the desk on stand",
    ],
)  # fmt: skip
def test_anything_else_stays(said: str) -> None:
    assert SETTINGS.put(said) == said
