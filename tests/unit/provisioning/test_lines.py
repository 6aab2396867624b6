from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.intents.grammar import Walk
from appliance.intents.parse import parse_line
from appliance.intents.vocabulary import Vocabulary
from appliance.text import words
from provisioning.command_model import tokenizer
from provisioning.command_model.data import Split
from provisioning.command_model.generator import examples

VOCABULARY = Vocabulary(tokenizer.train((example.text for example in islice(examples(1, "train"), 2000)), 2048))


@pytest.mark.parametrize("split", ["train", "heldout"])
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**31))
def test_the_grammar_accepts_what_the_generator_writes(split: Split, seed: int) -> None:
    for example in islice(examples(seed, split), 15):
        calls = parse_line(example.line, example.text)
        assert len(calls) == example.line.split().count("<;>") + 1


@pytest.mark.parametrize("split", ["train", "heldout"])
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**31))
def test_and_so_it_does_token_by_token(split: Split, seed: int) -> None:
    for example in islice(examples(seed, split), 10):
        tokens: list[int] = []
        starts: list[int] = []
        for word in words(example.text):
            starts.append(len(tokens))
            tokens.extend(VOCABULARY.word(word.text))
        walk = Walk(tokens, starts)
        for token in VOCABULARY.line(example.line + " <end>"):
            assert token in walk.allowed()
            walk.advance(token)
        assert walk.done
