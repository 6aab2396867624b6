"""Requests before what only explains them, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly.tails import Tails

TAILS = Tails(
    Home(
        areas=(Area("byre", "Byre"),),
        entities=(
            Entity("switch.churn", "Churn"),
            Entity("light.beacon", "Beacon"),
            Entity("person.anouk", "Anouk"),
        ),
    )
)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("turn the churn off, Anouk's finished with it", "turn the churn off"),
        ("make the beacon blue, it's her birthday tea", "make the beacon blue"),
        ("dim the beacon a bit, Anouk says it's staring at her", "dim the beacon a bit"),
        ("the churn and the beacon both off, I'll be out all morning", "the churn and the beacon both off"),
        ("cancel that timer, he's woken up by himself", "cancel that timer"),
        ("turn the beacon off, there's nothing but repeats", "turn the beacon off"),
        ("pause the egg timer. there's someone at the door", "pause the egg timer"),
        ("I'd like the beacon at half, she will be here any minute", "I'd like the beacon at half"),
        ("we want the churn off, it rattles so", "we want the churn off"),
        ("ring the dinner bell, I want to hear if it still works", "ring the dinner bell"),
    ],
)
def test_what_is_asked_for_stands_before_what_explains_it(said: str, asked: str) -> None:
    assert TAILS.request(said) == asked


@pytest.mark.parametrize(
    "said",
    [
        "turn the churn off",
        "turn the churn off, she said",
        "turn the churn off, it's the beacon I want",
        "turn the churn off, but leave it warm",
        "turn the churn off, not the other one",
        "turn the churn off, we could turn it on later",
        "turn the churn off, I mean the press",
        "turn the churn off, if it's still warm",
        "I turned the churn off, it was too loud",
        "the churn is off, I am finished with it",
        "turn the churn off, it should stay like that until nine",
        "I want you to listen, it was the churn",
    ],
)
def test_what_may_change_the_request_is_no_explanation(said: str) -> None:
    assert TAILS.request(said) == ""
