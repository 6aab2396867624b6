"""The engine against `transformers`, by golden vectors, and against itself: every way to the same tokens agrees.

The tolerance. Activations are rounded to int8 for each token, so where two right implementations differ in the last bit of
a float before that rounding, one activation may move by a whole step (1/127 of the largest). The steps that follow
move others, and the logits end up to a few hundredths of their deviation apart, at that position and, through the cache, at those
after it. The oracle's own two implementations show it: on half of the models they agree to 3e-5, on the others, where one step
fell the other way, they are 0.3 to 0.5 apart with logits that deviate by about 10. So the logits before such a
step must agree to `CLOSE`, those after it to `STEPPED`, and enough positions must lie before one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.engine import Cpu, Model, Session, cpu_features
from appliance.engine.binding import Dtype
from appliance.engine.model_directory import GroupTernary, Weights, read_directory, write_model
from appliance.errors import ModelError
from tests.native.models import TOKENIZER, Golden, golden_names, load_golden

CLOSE = 1e-3
"""Largest difference of a logit where no activation was rounded the other way."""

STEPPED = 0.06
"""Largest difference where one was, as a share of the logits' standard deviation."""


def masks() -> list[Cpu]:
    """Return every instruction set this CPU can be held to, the reference first."""
    return [Cpu.REFERENCE, *(flag for flag in Cpu if flag in cpu_features())]


@pytest.fixture(name="golden", params=golden_names(), scope="module")
def _golden(request: pytest.FixtureRequest) -> Golden:
    return load_golden(request.param)


@pytest.fixture(name="directory", scope="module")
def _directory(golden: Golden, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("golden") / golden.name
    write_model(directory, golden.config, golden.weights, TOKENIZER)
    return directory


@pytest.fixture(name="model", params=masks(), ids=lambda mask: mask.name or "REFERENCE", scope="module")
def _model(request: pytest.FixtureRequest, directory: Path) -> Iterator[Model]:
    with Model.open(directory, cpu=request.param) as model:
        yield model


def step_by_step(session: Session, prompt: np.ndarray) -> np.ndarray:
    """Return the logits after every token, [tokens, n_vocab]."""
    session.truncate(0)
    rows = []
    for token in prompt:
        session.append([int(token)])
        rows.append(session.logits())
    return np.stack(rows)


def test_there_are_golden_models() -> None:
    assert len(golden_names()) >= 13


def test_logits_equal_those_of_transformers(golden: Golden, model: Model) -> None:
    differences = []
    with Session(model) as session:
        for prompt, expected in zip(golden.prompts, golden.logits, strict=True):
            differences.append(np.abs(step_by_step(session, prompt) - expected).max(axis=1))
            assert differences[-1].max() <= STEPPED * expected.std()
    close = np.concatenate(differences) <= CLOSE
    assert close.mean() >= 0.25


def test_most_positions_agree_closely(tmp_path: Path) -> None:
    close: list[bool] = []
    for name in golden_names():
        golden = load_golden(name)
        write_model(tmp_path / name, golden.config, golden.weights, TOKENIZER)
        with Model.open(tmp_path / name) as model, Session(model) as session:
            for prompt, expected in zip(golden.prompts, golden.logits, strict=True):
                difference = np.abs(step_by_step(session, prompt) - expected).max(axis=1)
                close += (difference <= CLOSE).tolist()
    assert len(close) >= 400
    assert np.mean(close) >= 0.6


def test_a_batch_gives_the_bits_of_single_tokens(golden: Golden, model: Model) -> None:
    prompt = golden.prompts[-1]
    with Session(model) as session:
        single = step_by_step(session, prompt)
        for split in sorted({0, 1, 2, len(prompt) // 2, len(prompt) - 1}):
            session.truncate(0)
            if split:
                session.append(prompt[:split])
                assert np.array_equal(session.logits(), single[split - 1])
            session.append(prompt[split:])
            assert np.array_equal(session.logits(), single[-1])


def test_threads_and_paths_do_not_change_a_bit(golden: Golden, model: Model, directory: Path) -> None:
    prompt = golden.prompts[-1]
    with Model.open(directory, cpu=Cpu.REFERENCE) as reference, Session(reference) as session:
        session.sync(prompt)
        expected = session.logits()
    for n_threads in (1, 2, 3, 7):
        with Session(model, n_threads=n_threads) as session:
            session.sync(prompt)
            assert np.array_equal(session.logits(), expected)


def at_one_bit(weights: Mapping[str, Weights], *, vocabulary: bool = False) -> dict[str, Weights]:
    """The same model with the matrices of its layers at one bit a weight."""
    return {
        name: replace(tensor, packing=Dtype.T1)
        if isinstance(tensor, GroupTernary) and (vocabulary or name.startswith("layers."))
        else tensor
        for name, tensor in weights.items()
    }


@pytest.mark.parametrize("cpu", masks(), ids=lambda mask: mask.name or "REFERENCE")
def test_weights_without_zeros_give_the_same_bits_at_one_bit(cpu: Cpu, tmp_path: Path) -> None:
    golden = load_golden("binary")
    write_model(tmp_path / "two", golden.config, golden.weights, TOKENIZER)
    write_model(tmp_path / "one", golden.config, at_one_bit(golden.weights), TOKENIZER)
    kinds = {tensor.dtype for tensor in read_directory(tmp_path / "one").tensors if tensor.name == "layers.1.down"}
    assert kinds == {Dtype.T1}
    with Model.open(tmp_path / "two", cpu=Cpu.REFERENCE) as two, Model.open(tmp_path / "one", cpu=cpu) as one:
        for prompt in golden.prompts:
            with Session(two) as expected, Session(one, n_threads=2) as found:
                expected.sync(prompt)
                found.sync(prompt)
                assert np.array_equal(found.logits(), expected.logits())
                assert np.array_equal(step_by_step(found, prompt)[-1], expected.logits())


def test_one_bit_needs_wide_groups_and_is_for_layers_alone(tmp_path: Path) -> None:
    golden = load_golden("binary")
    write_model(tmp_path / "vocabulary", golden.config, at_one_bit(golden.weights, vocabulary=True), TOKENIZER)
    with pytest.raises(ModelError, match="tensor embed has dtype 9"):
        Model.open(tmp_path / "vocabulary")
    narrow = {
        name: replace(tensor, scales=np.repeat(tensor.scales, 2, axis=1))
        if isinstance(tensor, GroupTernary)
        else tensor
        for name, tensor in golden.weights.items()
    }
    config = replace(golden.config, group_size=64)
    write_model(tmp_path / "two", config, narrow, TOKENIZER)
    Model.open(tmp_path / "two").close()
    write_model(tmp_path / "narrow", config, at_one_bit(narrow), TOKENIZER)
    with pytest.raises(ModelError, match="must be T2"):
        Model.open(tmp_path / "narrow")


def test_some_rows_of_the_head_equal_those_of_all(golden: Golden, model: Model) -> None:
    ids = [golden.config.n_vocab - 1, 0, 5, 5]
    with Session(model, n_ctx=4) as session:
        session.sync([1, 2, 3])
        every = session.logits()
        assert np.array_equal(session.logits(ids), every[ids])
        assert np.array_equal(session.logits(np.array(ids, np.int32)), every[ids])


def greedy(session: Session, prompt: list[int], count: int, *, cached: bool) -> list[int]:
    """Return `count` tokens after a prompt, with the cache or evaluating everything anew for each."""
    tokens = list(prompt)
    session.truncate(0)
    for _ in range(count):
        if not cached:
            session.truncate(0)
        session.sync(tokens)
        tokens.append(int(session.logits().argmax()))
    return tokens[len(prompt) :]


def test_greedy_tokens_are_the_same_with_and_without_the_cache(golden: Golden, model: Model) -> None:
    prompt = golden.prompts[-1].tolist()[:20]
    with Session(model) as session:
        assert greedy(session, prompt, 12, cached=True) == greedy(session, prompt, 12, cached=False)


def test_greedy_tokens_are_those_of_the_oracle(golden: Golden, model: Model) -> None:
    """Wherever the oracle's best logit leads by more than the tolerance, ours is the same."""
    compared = 0
    with Session(model) as session:
        for prompt, expected in zip(golden.prompts, golden.logits, strict=True):
            second, best = np.sort(expected, axis=1)[:, -2:].T
            clear = best - second > 2 * STEPPED * expected.std()
            ours = step_by_step(session, prompt)
            assert np.array_equal(ours.argmax(axis=1)[clear], expected.argmax(axis=1)[clear])
            compared += int(clear.sum())
    assert compared >= 3


def test_an_int8_cache_stays_near_the_f16_one(golden: Golden, model: Model) -> None:
    """Keys and values at 8 bits change every attention a little: the root of the mean square stays under 5 % of the logits'."""
    prompt = golden.prompts[-1]
    with Session(model) as exact, Session(model, kv="int8") as small:
        difference = step_by_step(exact, prompt) - step_by_step(small, prompt)
    assert 0 < float(np.sqrt((difference**2).mean())) <= 0.05 * golden.logits[-1].std()


@pytest.mark.parametrize("name", ["binary", "bonsai", "bonsai-yarn"])
def test_int8_activations_cost_little_where_training_knew_none(name: str, tmp_path: Path) -> None:
    """Models with groups were trained with float activations: a scale for each group keeps the logits within 4 % (root mean square)."""
    golden = load_golden(name)
    write_model(tmp_path, golden.config, golden.weights, TOKENIZER)
    with Model.open(tmp_path) as model, Session(model) as session:
        for prompt, expected in zip(golden.prompts, golden.float_logits, strict=True):
            difference = step_by_step(session, prompt) - expected
            assert 0 < float(np.sqrt((difference**2).mean())) <= 0.04 * expected.std()
