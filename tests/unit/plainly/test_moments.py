from __future__ import annotations

import pytest

from appliance.messages import Entity, Home
from appliance.plainly.moments import Moments

MOMENTS = Moments(
    Home(
        entities=(
            Entity("script.bed", "Bedtime routine"),
            Entity("scene.away", "Away mode"),
            Entity("scene.welcome", "Welcome home"),
            Entity("scene.film", "Cinéma"),
            Entity("scene.dinner", "Dinner"),
            Entity("scene.supper", "Supper"),
            Entity("light.morning", "Morning"),
        )
    )
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I'm off to bed", "activate Bedtime routine"), ("right, we're going to bed now", "activate Bedtime routine"),
        ("good night everyone", "activate Bedtime routine"), ("time for bed", "activate Bedtime routine"),
        ("I'm leaving now", "activate Away mode"), ("we're off out", "activate Away mode"), ("honey, I'm home", "activate Welcome home"),
        ("let's watch a film", "activate Cinéma"), ("the movie is about to start", "activate Cinéma"),
    ],
)  # fmt: skip
def test_its_scene_is_started(said: str, meant: str) -> None:
    assert MOMENTS.put(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "good morning", "dinner is ready", "Leo is off to bed", "the kids went to bed", "I was going to bed", "is it time for bed?",
        "I'm off to bed, Leo",
        "when I'm home turn on the light",
        "I'm home alone", "my bed is cold", "we watched a film", "see you later", "I'm not leaving",
    ],
)  # fmt: skip
def test_without_one_scene_for_it_nothing_is_meant(said: str) -> None:
    assert MOMENTS.put(said) == said
