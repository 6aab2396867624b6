import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from appliance.errors import ModelError
from appliance.intents import language
from appliance.intents.command_model import MAX_OUTPUT, MAX_WORDS, CommandModel
from appliance.intents.parse import parse_line
from appliance.intents.vocabulary import SPECIAL, Vocabulary
from appliance.text import key, words
from provisioning.command_model import tokenizer

TRAINED = tokenizer.train(["turn on the kitchen lamp", "set the bedroom lights to 25 percent"] * 3, 700)


class RandomSession:
    """Logits from a seeded random generator: what an untrained model might say."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.tokens: list[int] = []

    def sync(self, tokens: Sequence[int], /) -> int:
        self.tokens = list(tokens)
        return len(tokens)

    def append(self, tokens: Sequence[int], /) -> None:
        assert len(tokens) > 0
        self.tokens.extend(tokens)

    def append_every(self, tokens: Sequence[int], /) -> None:
        self.tokens.extend(tokens)

    def select(self, index: int, /) -> None:
        pass

    def truncate(self, length: int, /) -> None:
        del self.tokens[length:]

    def logits(self, ids: Sequence[int] | None = None, /) -> npt.NDArray[np.float32]:
        assert ids is not None
        assert len(ids) > 1
        return self.random.normal(0, 4, len(ids)).astype(np.float32)


class ScriptSession(RandomSession):
    """Wants one line, whatever the sentence."""

    def __init__(self, line: list[int]) -> None:
        super().__init__(0)
        self.line = line
        self.prompt = 0

    def sync(self, tokens: Sequence[int], /) -> int:
        self.prompt = len(tokens)
        return super().sync(tokens)

    def logits(self, ids: Sequence[int] | None = None, /) -> npt.NDArray[np.float32]:
        assert ids is not None
        wanted = self.line[len(self.tokens) - self.prompt]
        return np.array([1.0 if token == wanted else 0.0 for token in ids], np.float32)


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=80), st.integers(0, 2**32))
def test_whatever_the_logits_the_line_is_legal(text: str, seed: int) -> None:
    model = CommandModel(RandomSession(seed), Vocabulary(TRAINED))
    understood = model.understand(text)
    if understood.refusal:
        assert not understood.calls
        return
    assert 0 <= understood.confidence <= 1
    again = parse_line(understood.line, text)
    assert len(again) == len(understood.calls)
    for call in understood.calls:
        for target in (call.target, *call.excepts):
            for span in (target.name, target.area, target.floor):
                assert span is None or f" {span} " in f" {key(text)} "


def test_follows_the_model() -> None:
    vocabulary = Vocabulary(TRAINED)
    line = "<TurnOn> <name> kitchen lamp <;> <LightSet> <area> bedroom <domain:light> <brightness> 25 <end>"
    session = ScriptSession(vocabulary.line(line))
    understood = CommandModel(session, vocabulary).understand(
        "turn on the Kitchen lamp, set the bedroom lights to 25 %"
    )
    assert understood.line + " <end>" == line
    assert [call.name for call in understood.calls] == ["TurnOn", "LightSet"]
    assert understood.confidence == pytest.approx(math.prod(call.confidence for call in understood.calls))
    assert 0 < understood.confidence < 1


def test_evaluates_what_it_writes_once_and_forced_words_in_one_batch() -> None:
    vocabulary = Vocabulary(TRAINED)
    line = vocabulary.line("<TurnOn> <name> zyqua <end>")
    batches: list[int] = []

    class Counting(ScriptSession):
        def append(self, tokens: Sequence[int], /) -> None:
            batches.append(len(tokens))
            super().append(tokens)

    assert len(vocabulary.word("zyqua")) > 2
    session = Counting(line)
    CommandModel(session, vocabulary).understand("zyqua")
    assert session.tokens[session.prompt :] == line[: len(session.tokens) - session.prompt]
    assert max(batches) > len(vocabulary.word("zyqua"))  # the key <name> leaves one choice, and so do the word's tokens


@pytest.mark.parametrize("text", ["", " \n", "!?", "...", "\x00"])
def test_no_words_are_refused(text: str) -> None:
    understood = CommandModel(RandomSession(1), Vocabulary(TRAINED)).understand(text)
    assert understood.refusal
    assert not understood.calls


@pytest.mark.parametrize("text", ["on " * (MAX_WORDS + 1), "word " * 10_000, "龘" * 400])
def test_long_sentences_are_refused_before_the_model(text: str) -> None:
    session = RandomSession(1)
    assert CommandModel(session, Vocabulary(TRAINED)).understand(text).refusal
    assert not session.tokens


def test_a_line_without_end_is_refused() -> None:
    vocabulary = Vocabulary(TRAINED)
    session = ScriptSession(vocabulary.line("<ListAdd>" + " <item> on" * MAX_OUTPUT))
    understood = CommandModel(session, vocabulary).understand("on on")
    assert understood.refusal
    assert not understood.calls


def test_nan_logits_are_no_confidence() -> None:
    class NanSession(RandomSession):
        def logits(self, ids: Sequence[int] | None = None, /) -> npt.NDArray[np.float32]:
            return np.full(len(ids or []), np.nan, np.float32)

    understood = CommandModel(NanSession(1), Vocabulary(TRAINED)).understand("lamp on")
    assert understood.refusal or understood.confidence == 0


@given(st.text(max_size=40))
def test_words_survive_their_tokens(text: str) -> None:
    vocabulary = Vocabulary(TRAINED)
    line = " ".join(["<TurnOn>", "<name>", *(word.text for word in words(text)), "<end>"])
    assert vocabulary.text(vocabulary.line(line)) == line


def test_a_word_has_the_same_tokens_everywhere() -> None:
    vocabulary = Vocabulary(TRAINED)
    whole = [token for word in words("turn on the kitchen lamp 25") for token in vocabulary.word(word.text)]
    assert vocabulary.line("turn on the kitchen lamp 25") == whole
    assert len(vocabulary.word("25")) == 2


def test_a_foreign_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read"):
        Vocabulary.open(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match="tokenizer"):
        Vocabulary.parse(b"{}")
    with pytest.raises(ModelError, match="not a tokenizer"):
        Vocabulary.parse(b"\xff")
    other = Tokenizer.from_str(TRAINED.to_str().replace(language.BEGIN, "<start>"))
    with pytest.raises(ModelError, match="export the model again"):
        Vocabulary(other)


def test_specials_are_the_first_ids() -> None:
    assert [TRAINED.token_to_id(token) for token in language.tokens()] == list(SPECIAL.values())
