from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("provisioning.command_model.generator")

from appliance.intents import language
from appliance.intents.vocabulary import SPECIAL, Vocabulary
from provisioning.command_model import data, tokenizer

PAIRS = [
    ("turn on the lamp", "<TurnOn> <name> lamp"),
    ("turn off the kitchen fan", "<TurnOff> <area> kitchen <domain:fan>"),
    ("what time is it", "<GetTime>"),
    ("add milk", "<ListAdd> <item> milk"),
] * 25
VOCABULARY = Vocabulary(tokenizer.train((text for text, _ in PAIRS), 600))


@pytest.fixture(name="corpus")
def _corpus() -> data.Corpus:
    return data.encode(PAIRS, VOCABULARY, 160)


def test_an_example_is_sentence_begin_line_end(corpus: data.Corpus) -> None:
    tokens = corpus.example(0).tolist()
    prompt = int(corpus.prompts[0])
    assert tokens[prompt - 1] == SPECIAL[language.BEGIN]
    assert VOCABULARY.text(tokens[: prompt - 1]) == "turn on the lamp"
    assert VOCABULARY.text(tokens[prompt:]) == "<TurnOn> <name> lamp <end>"


def test_long_examples_are_left_out() -> None:
    assert len(data.encode(PAIRS, VOCABULARY, 3)) == 0


def test_a_corpus_survives_its_file(corpus: data.Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "corpus.npz")
    again = data.Corpus.load(tmp_path / "corpus.npz")
    assert np.array_equal(again.ids, corpus.ids)
    assert np.array_equal(again.starts, corpus.starts)
    assert np.array_equal(again.prompts, corpus.prompts)


@pytest.mark.parametrize("world", [1, 2, 3])
def test_an_epoch_has_every_example_once_over_all_processes(corpus: data.Corpus, world: int) -> None:
    seen: list[str] = []
    for rank in range(world):
        for piece in data.batches(corpus, 60, 3, rank, world):
            assert piece.ids.size <= 60
            seen += [VOCABULARY.text(piece.targets[piece.owner == row].tolist()) for row in range(len(piece.ids))]
    assert sorted(seen) == sorted(f"{line} <end>" for _, line in PAIRS)


def test_a_batch_learns_what_follows(corpus: data.Corpus) -> None:
    piece = data.batch(corpus, np.array([0, 1]))
    flat = piece.ids.reshape(-1)
    for position, target, row in zip(piece.where, piece.targets, piece.owner, strict=True):
        offset = int(position) - int(row) * piece.ids.shape[1]
        assert flat[position] == corpus.example(row)[offset]
        assert target == corpus.example(row)[offset + 1]


def test_the_digest_names_the_data() -> None:
    assert data.digest(PAIRS) == data.digest(list(PAIRS))
    assert data.digest(PAIRS) != data.digest(PAIRS[::-1])
