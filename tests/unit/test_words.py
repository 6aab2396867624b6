"""Words of a text."""

from __future__ import annotations

from appliance.text import words


def test_offsets_lead_back_to_the_text() -> None:
    text = "Dim Kid`s lamp to 2,700K, 40% ﬁrst"
    assert [word.text for word in words(text)] == "dim kid's lamp to 2,700 k , 40 % first".split()
    assert [text[word.start : word.end] for word in words(text)] == "Dim Kid`s lamp to 2,700 K , 40 % ﬁrst".split()


def test_each_caller_has_words_of_its_own() -> None:
    words("turn on the lamp").clear()
    assert len(words("turn on the lamp")) == 4


def test_signs_of_ascii_count_alone_and_among_others() -> None:
    plain = "don`t - dim: the 1st lamp, 6.5 (please)"
    assert words(plain) == words(f"{plain} é")[:-1]
