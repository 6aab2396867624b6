"""Words that sound alike, and those that do not."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.resolver.sounds import alike, sound


@pytest.mark.parametrize(
    "words",
    [
        "rail rale", "door dore", "saw sore", "blue blew", "pause paws", "turn tern", "night knight nite", "light lite", "aisle isle",
        "mirror mirrer", "speaker speeker", "kettle kettel", "curtain curtin", "kitchen kichen kitchin", "cellar seller",
        "floor flaw", "stairs stares", "right rite write", "heating heeting", "mute mewt", "porch portch", "sauna sawna", "wine whine",
        "board bored", "dusty dustie", "pane pain", "center centre", "table tabel", "one won", "side sighed",
        "dryer drier", "flyers fliers",
    ],
)  # fmt: skip
def test_alike(words: str) -> None:
    assert all(alike(a, b) for a, b in combinations(words.split(), 2))


@pytest.mark.parametrize(
    "words",
    [
        "lamp lump limp", "bed bad bead bid", "left lift", "right light", "desk dusk", "fan van fin", "hall hell",
        "ball bath", "red rid road", "pier plier",
        "off on", "porch pouch", "rail role rule", "kitchen chicken", "one two three", "1 2 10",
    ],
)  # fmt: skip
def test_not_alike(words: str) -> None:
    assert not any(alike(a, b) for a, b in combinations(words.split(), 2))


@given(st.text(max_size=20))
def test_any_text_has_a_key(word: str) -> None:
    assert sound(word) == sound(word)
    assert alike(word, word)


@given(st.from_regex("[a-z]{1,12}", fullmatch=True))
def test_a_doubled_consonant_at_the_end_changes_nothing(word: str) -> None:
    if word[-1] in "bdfgmnptz" and word[-1:] != word[-2:-1]:
        assert len(sound(word + word[-1])) <= len(sound(word)) + 2  # "anan" ends weakly, "anann" does not
