"""Who is to get through a door, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Entity, Home
from appliance.plainly.access import Access

ACCESS = Access(
    Home(
        areas=(),
        entities=(
            Entity("lock.barn", "Barn door", aliases=("stable door",)),
            Entity("lock.porch", "Porch"),
            Entity("light.porch", "Porch light"),
        ),
    )
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("nobody should be able to get in through the barn door tonight", "lock the barn door"),
        ("I don't want anyone wandering in by the stable door", "lock the stable door"),
        ("make sure that no one comes in through the barn door", "lock the barn door"),
        ("we would not like the dog getting out through the barn door", "lock the barn door"),
        ("I can't get out, the barn door's locked", "unlock the barn door"),
        ("the barn door is still locked and I cannot get in", "unlock the barn door"),
        ("we're locked out, the barn door", "unlock the barn door"),
        ("let me in, the stable door is locked", "unlock the stable door"),
        ("Sanne is at the barn door, can she come in", "unlock the barn door"),
        ("the barn door's locked", "the barn door is locked"),
    ],
)
def test_what_is_said_of_getting_through_a_door_is_done_with_its_lock(said: str, meant: str) -> None:
    assert ACCESS.put(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "nobody should unlock the barn door",
        "nobody should open the barn door",
        "I can't get out of the bath",
        "we're locked out of the wifi",
        "I got in and the barn door is locked",
        "I don't want anyone coming in by the cellar door",
        "nobody should be able to see the porch light",
        "is the barn door locked, I can't get out?",
    ],
)
def test_other_talk_of_doors_is_left_as_it_is(said: str) -> None:
    assert ACCESS.put(said) == said
