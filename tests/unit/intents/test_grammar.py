from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.intents import language
from appliance.intents.grammar import Walk, start
from appliance.intents.vocabulary import SPECIAL

FIRST = len(SPECIAL)
SENTENCES = st.lists(
    st.lists(st.integers(FIRST, FIRST + 5), min_size=1, max_size=3), min_size=1, max_size=8
)  # words of one to three tokens from a small alphabet, so that words repeat and begin alike


def walk_over(sentence: list[list[int]]) -> Walk:
    starts: list[int] = []
    tokens: list[int] = []
    for word in sentence:
        starts.append(len(tokens))
        tokens.extend(word)
    return Walk(tokens, starts)


@settings(deadline=None)
@given(SENTENCES, st.randoms(use_true_random=False))
def test_any_way_through_copies_whole_words_that_stand_together(sentence: list[list[int]], random: Random) -> None:
    walk = walk_over(sentence)
    line: list[int] = []
    for _ in range(60):
        allowed = walk.allowed()
        assert len(set(allowed)) == len(allowed) > 0
        token = random.choice(allowed)
        walk.advance(token)
        line.append(token)
        if walk.done:
            assert token == SPECIAL[language.END]
            assert not walk.allowed()
            break
    runs = [
        [token for word in sentence[i:j] for token in word]
        for i in range(len(sentence))
        for j in range(i + 1, len(sentence) + 1)
    ]
    span: list[int] = []
    for token in line:
        if token >= FIRST:
            span.append(token)
        elif span:
            assert span in runs
            span = []


@settings(deadline=None)
@given(SENTENCES, st.randoms(use_true_random=False), st.integers(0, FIRST + 6))
def test_what_is_not_allowed_is_refused(sentence: list[list[int]], random: Random, token: int) -> None:
    walk = walk_over(sentence)
    for _ in range(random.randrange(12)):
        if walk.done:
            break
        walk.advance(random.choice(walk.allowed()))
    if token not in walk.allowed():
        with pytest.raises(ValueError, match=r"allow|within"):
            walk.advance(token)


def test_a_line_begins_with_any_call_and_nothing_else() -> None:
    assert set(start().ids) == {SPECIAL[f"<{call}>"] for call in language.VALUES_OF}


def allowed_after(*tokens: str) -> set[str]:
    names = language.tokens()
    walk = Walk([FIRST], [0])
    for piece in tokens:
        walk.advance(FIRST if piece == "word" else SPECIAL[piece])
    return {"word" if token >= FIRST else names[token] for token in walk.allowed()}


def test_a_span_must_have_a_word() -> None:
    assert allowed_after("<TurnOn>", "<name>") == {"word"}


def test_keys_keep_their_order_and_come_once() -> None:
    after = allowed_after("<TurnOn>", "<area>", "word")
    assert "<area>" not in after
    assert "<name>" not in after
    assert {"<floor>", "<domain:light>", "<except>", "<;>", "<end>"} <= after


def test_values_close_the_target() -> None:
    after = allowed_after("<LightSet>", "<it>", "<brightness>", "<up>")
    assert after == {"word", "<color>", "<kelvin>", "<;>", "<end>"}


def test_an_exempted_target_is_not_empty() -> None:
    after = allowed_after("<TurnOff>", "<all>", "<except>")
    assert "<end>" not in after
    assert "<name>" in after


def test_times_needs_an_amount() -> None:
    assert allowed_after("<SetVolume>", "<volume>", "<times>") == {"word"}


def test_items_repeat_and_names_of_lists_do_not() -> None:
    assert "<item>" in allowed_after("<ListAdd>", "<item>", "word")
    assert allowed_after("<ListAdd>", "<list>", "word") == {"<;>", "<end>"}


def test_calls_without_a_target_take_none() -> None:
    assert allowed_after("<GetTime>") == {"<;>", "<end>"}
