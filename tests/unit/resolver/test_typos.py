"""Typing errors in the words of commands."""

from __future__ import annotations

import pytest

from appliance.messages import Call, Target
from appliance.opening import open_typos
from appliance.resolver.typos import Typos

KNOWN = Typos(["+weather", "+turn", "+light", "+switch", "+night", "+play", "+lock", "+dock", "sight", "milk", "siren"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("What is the weathre?", "What is the weather?"),
        ("swich it", "switch it"),
        ("trun the lihgt off", "turn the light off"),
        ("paly", "play"),
    ],
)
def test_slips_in_words_of_commands_are_mended(typed: str, meant: str) -> None:
    mended = KNOWN.mended(typed)
    assert mended is not None
    assert mended.text == meant


@pytest.mark.parametrize(
    "text",
    [
        "turn the light off",
        "a sight",  # a word that is one
        "sirens",  # its plural
        "tight",  # a light, a night
        "lurn",  # too short for anything but swapped letters
        "sw1tch",
        "wéather",
        "",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert KNOWN.mended(text) is None


def test_names_of_the_home_are_no_slips() -> None:
    assert KNOWN.mended("play swich", {"swich"}) is None


def test_quoted_texts_come_back_as_they_were_typed_and_targets_do_not() -> None:
    mended = KNOWN.mended("Ad Swich to the list")
    assert mended is not None
    assert mended.text == "Ad switch to the list"
    (call,) = mended.back([Call("ListAdd", Target(name="switch"), values={"item": ("switch",), "list": "list"})])
    assert call == Call("ListAdd", Target(name="switch"), values={"item": ("Swich",), "list": "list"})
    assert mended.line_back("<ListAdd> <item> switch") == "<ListAdd> <item> switch"


def test_a_word_that_was_also_spelt_right_is_not_misspelt_on_the_way_back() -> None:
    mended = KNOWN.mended("swich on the switch")
    assert mended is not None
    assert mended.names == ()
    assert mended.back([Call("ListAdd", values={"item": ("switch",)})])[0].values == {"item": ("switch",)}


def test_the_shipped_words_know_plain_english() -> None:
    typos = open_typos()
    for text in (
        "turn off the kitchen light and set the bedroom to twenty degrees",
        "add milk, bread and a bottle of red wine to my shopping list",
        "is the garage door open",
        "play some jazz on the living room speaker",
    ):
        assert typos.mended(text) is None
    mended = typos.mended("trun of the kitchen lihgts")
    assert mended is not None
    assert mended.text == "turn of the kitchen lights"
