from hypothesis import given
from hypothesis import strategies as st

from appliance.intents import language
from appliance.intents.vocabulary import Vocabulary
from provisioning.command_model import tokenizer

TEXTS = ["turn on the kitchen lamp", "set the bedroom lights to 25 percent", "turn the lamp on"] * 4


def test_training_is_repeatable() -> None:
    assert tokenizer.train(TEXTS, 600).to_str() == tokenizer.train(reversed(TEXTS), 600).to_str()


def test_frequent_words_become_single_tokens() -> None:
    vocabulary = Vocabulary(tokenizer.train(TEXTS, 700))
    assert len(vocabulary.word("lamp")) == 1
    assert len(vocabulary) <= 700


@given(st.integers(0, 10**9))
def test_every_digit_is_a_token(value: int) -> None:
    assert len(VOCABULARY.word(str(value))) == len(str(value))


@given(st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=12))
def test_any_word_can_be_written_and_read_back(word: str) -> None:
    ids = VOCABULARY.word(word)
    assert ids
    assert min(ids) >= len(language.tokens())


VOCABULARY = Vocabulary(tokenizer.train(TEXTS, 600))
