"""A household's own phrases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import ConfigError
from appliance.intents.phrases import Phrases, load_phrases, parse_phrases

if TYPE_CHECKING:
    from pathlib import Path

PHRASES = parse_phrases(
    {
        "phrases": [
            {"say": ["Party on!", "let's party"], "do": "turn on the disco ball"},
            {"say": "give me {amount} in the {room}", "do": "set the {room} lights to {amount} percent"},
            {"say": "{thing} o'clock somewhere", "do": "turn on {thing}"},
        ]
    }
)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("party on", "turn on the disco ball"),
        ("Please, party on.", "turn on the disco ball"),
        ("Let’s party, please!", "turn on the disco ball"),
        ("Give me 20 in the living room", "set the living room lights to 20 percent"),
        ("five o'clock somewhere", "turn on five"),
        ("party on tomorrow", "party on tomorrow"),
        ("we had a party on", "we had a party on"),
        ("give me in the", "give me in the"),
        ("please", "please"),
        ("", ""),
    ],
)
def test_a_phrase_stands_for_a_sentence(said: str, read: str) -> None:
    """Whole sentences only; what fits nothing stays as it was."""
    assert PHRASES.read_as(said) == read


@pytest.mark.parametrize(
    ("say", "said", "aloud"),
    [
        ("Lights at 50%", ["lights at 50 %", "lights at fifty percent"], ("lights at fifty percent",)),
        ("{room}: 2 lamps", ["den 2 lamps", "den two lamps"], ("", "room", "two lamps")),
        ("channel 250", ["channel 250"], ()),
        ("it costs $5", ["it costs $5"], ()),
    ],
)
def test_a_phrase_is_said_in_words(say: str, said: list[str], aloud: tuple[str, ...]) -> None:
    """Numbers and signs, too; what is said in too many ways is only written."""
    phrases = parse_phrases({"phrases": [{"say": say, "do": "turn on the disco ball"}]})
    assert phrases.all[0].aloud == aloud
    assert [phrases.read_as(text) for text in said] == ["turn on the disco ball"] * len(said)
    assert all(phrases.fit(text) for text in said)
    assert not phrases.fit("lights on")


def test_a_blank_takes_at_most_six_words() -> None:
    """So no phrase swallows a speech."""
    said = f"give me {'one ' * 6}in the den"
    assert PHRASES.read_as(said).startswith("set the den")
    assert PHRASES.read_as(f"give me {'one ' * 7}in the den").startswith("give me")


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    """And without phrases nothing changes."""
    PHRASES.read_as(text)
    assert Phrases().read_as(text) == text


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (None, "one list"),
        ({"phrases": [], "other": 1}, "one list"),
        ({"phrases": ["party"]}, "phrase 1 needs"),
        ({"phrases": [{"say": "a", "do": "b"}, {"say": "c"}]}, "phrase 2 needs"),
        ({"phrases": [{"say": "a", "do": ""}]}, "'do:' is one sentence"),
        ({"phrases": [{"say": 7, "do": "b"}]}, "'say:' is a sentence"),
        ({"phrases": [{"say": "a {x}", "do": "b {y}"}]}, "{y}"),
        ({"phrases": [{"say": "{x} {y}", "do": "b {y}"}]}, "every sentence"),
        ({"phrases": [{"say": "a {x} {x}", "do": "b"}]}, "different blanks"),
        ({"phrases": [{"say": [f"a {'b' * i}" for i in range(1, 1002)], "do": "b"}]}, "'say:'"),
    ],
)
def test_what_is_no_phrase_is_named(document: object, told: str) -> None:
    """The message says which entry and why."""
    with pytest.raises(ConfigError, match=r".*".join(told.split()).replace("{", r"\{")):
        parse_phrases(document)


@pytest.mark.parametrize("content", [b"phrases: [", b"\xff\xfe\x00", b"x" * 300_000, b"- " * 3000])
def test_broken_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """With the name of the file."""
    path = tmp_path / "phrases.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"phrases\.yaml"):
        load_phrases(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(ConfigError, match="No such file"):
        load_phrases(tmp_path / "none.yaml")
