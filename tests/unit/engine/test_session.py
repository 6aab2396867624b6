import dataclasses
import gc
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import engine
from appliance.engine import Cpu, Model, Session, binding, cpu_features
from appliance.errors import CancelledError, ContextFullError, EngineError
from tests.native.models import SMALL, write_random

SHIPPED = Path(engine.__file__).parents[1] / "data" / "command"


@pytest.fixture(name="model", scope="module")
def _model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    directory = write_random(tmp_path_factory.mktemp("session") / "model", SMALL, int8_embedding=True)
    with Model.open(directory) as model:
        yield model


@pytest.fixture(name="session")
def _session(model: Model) -> Iterator[Session]:
    with Session(model, n_ctx=64) as session:
        yield session


TOKENS = st.lists(st.integers(0, SMALL.n_vocab - 1), min_size=1, max_size=40)


def logits_of(model: Model, tokens: list[int]) -> np.ndarray:
    with Session(model, n_ctx=64) as session:
        session.sync(tokens)
        return session.logits()


@settings(deadline=None, max_examples=25)
@given(st.lists(TOKENS, min_size=1, max_size=5), st.sampled_from([1, 2, 5]))
def test_any_history_gives_the_logits_of_a_fresh_session(
    model: Model, histories: list[list[int]], n_threads: int
) -> None:
    with Session(model, n_ctx=64, n_threads=n_threads) as session:
        for tokens in histories:
            session.sync(tokens)
            assert session.length == len(tokens)
        assert np.array_equal(session.logits(), logits_of(model, histories[-1]))


def test_a_shortlist_keeps_what_can_be_the_greatest(tmp_path: Path) -> None:
    config = dataclasses.replace(SMALL, n_vocab=700, d_model=192, head_dim=48)
    directory = write_random(tmp_path / "model", config, int8_embedding=True)
    with Model.open(directory) as plain, Model.open(directory) as brief:
        with Session(brief, n_ctx=64) as before:
            brief.make_shortlist(2)
            with pytest.raises(EngineError):
                brief.make_shortlist()
            before.sync([1, 5])
            assert np.array_equal(before.logits(), logits_of(plain, [1, 5]))  # it has none
        with Session(plain, n_ctx=64) as whole, Session(brief, n_ctx=64) as short:
            for token in range(0, 700, 50):
                for session in (whole, short):
                    session.sync([token, 5])
                exact, coarse = whole.logits(), short.logits()
                assert whole.rows_read == 700
                assert short.rows_read <= 700
                best = int(exact.argmax())
                assert int(coarse.argmax()) == best
                assert coarse[best] == exact[best]
                assert np.array_equal(short.logits([3, 699]), exact[[3, 699]])
                assert short.rows_read == 2
            assert not np.array_equal(exact, coarse)


def test_sync_evaluates_only_what_is_new(session: Session) -> None:
    assert session.sync([1, 2, 3]) == 3
    assert session.sync([1, 2, 3, 4, 5]) == 2
    assert session.sync([1, 2, 9]) == 1
    assert session.sync([1, 2, 9]) <= 1
    assert session.length == 3


def test_sync_after_truncate_brings_the_logits_back(model: Model, session: Session) -> None:
    session.sync([4, 5, 6, 7])
    session.truncate(2)
    assert session.length == 2
    with pytest.raises(EngineError):
        session.logits()
    session.sync([4, 5])
    assert np.array_equal(session.logits(), logits_of(model, [4, 5]))


@pytest.mark.parametrize("tokens", [[-1], [SMALL.n_vocab], [1, 1 << 31], [1 << 70], ["a"], [1.5], [None], [[1]]])
def test_bad_tokens_are_refused(session: Session, tokens: list[Any]) -> None:
    with pytest.raises(EngineError):
        session.sync(tokens)
    with pytest.raises(EngineError):
        session.append(tokens)
    assert session.sync([1]) == 1


@pytest.mark.parametrize("array", [np.array([[1, 2]], np.int32), np.array([1.5]), np.array([1 << 40])])
def test_bad_arrays_are_refused(session: Session, array: Any) -> None:
    with pytest.raises(EngineError):
        session.sync(array)


def test_arrays_of_other_integers_and_strides_are_taken(model: Model, session: Session) -> None:
    session.sync(np.array([3, 0, 4, 0, 5], np.int32)[::2])
    assert np.array_equal(session.logits(), logits_of(model, [3, 4, 5]))
    session.sync(np.array([3, 4, 6], np.uint16))
    assert np.array_equal(session.logits(), logits_of(model, [3, 4, 6]))


def test_bad_rows_of_the_head_are_refused(session: Session) -> None:
    session.sync([1])
    for ids in ([-1], [SMALL.n_vocab], [1 << 40]):
        with pytest.raises(EngineError):
            session.logits(ids)
    assert session.logits([]).shape == (0,)


def test_a_full_context_says_so_and_stays_usable(model: Model) -> None:
    with Session(model, n_ctx=4) as session:
        session.append([1, 2, 3])
        with pytest.raises(ContextFullError, match="room for 4"):
            session.append([4, 5])
        with pytest.raises(ContextFullError):
            session.sync(list(range(5)))
        session.sync([1, 2, 3, 4])
        assert np.array_equal(session.logits(), logits_of(model, [1, 2, 3, 4]))


def test_logits_need_a_token(session: Session) -> None:
    with pytest.raises(EngineError):
        session.logits()


@pytest.mark.parametrize(
    "arguments",
    [
        {"n_ctx": 0},
        {"n_ctx": -1},
        {"n_ctx": SMALL.max_context + 1},
        {"n_ctx": 1 << 40},
        {"n_threads": 0},
        {"n_threads": 65},
        {"n_threads": -1},
        {"kv": "f64"},
    ],
)
def test_impossible_sessions_are_refused(model: Model, arguments: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        Session(model, **arguments)


@pytest.mark.parametrize("length", [-1, 2, 1 << 40])
def test_impossible_lengths_are_refused(session: Session, length: int) -> None:
    session.sync([1])
    with pytest.raises(EngineError):
        session.truncate(length)


def test_cancel_stops_the_next_call_and_no_more(model: Model, session: Session) -> None:
    session.sync([1, 2])
    session.cancel()
    with pytest.raises(CancelledError):
        session.sync([1, 2, 3])
    session.sync([1, 2, 3])
    assert np.array_equal(session.logits(), logits_of(model, [1, 2, 3]))


def test_cancel_from_another_thread_ends_the_work(tmp_path: Path) -> None:
    with Model.open(write_random(tmp_path / "model", SMALL)) as model, Session(model) as session:
        stopped = threading.Event()

        def work() -> None:
            tokens = [number % SMALL.n_vocab for number in range(SMALL.max_context)]
            try:
                while True:
                    session.truncate(0)
                    session.append(tokens)
            except CancelledError:
                stopped.set()

        worker = threading.Thread(target=work)
        worker.start()
        session.cancel()
        worker.join(30)
        assert stopped.is_set()


def test_a_session_serves_one_thread_at_a_time(session: Session) -> None:
    with session._turn:
        with pytest.raises(EngineError, match="in use"):
            session.sync([1])
        session.cancel()
    with pytest.raises(CancelledError):
        session.sync([1])


def test_closed_things_say_so(model: Model, tmp_path: Path) -> None:
    session = Session(model, n_ctx=4)
    session.close()
    session.close()
    session.cancel()
    with pytest.raises(EngineError, match="closed"):
        session.sync([1])
    other = Model.open(write_random(tmp_path / "model"))
    other.close()
    other.close()
    with pytest.raises(EngineError, match="closed"):
        Session(other)


def test_a_session_keeps_its_model_alive(tmp_path: Path) -> None:
    model = Model.open(write_random(tmp_path / "model"))
    session = Session(model, n_ctx=4)
    model.close()
    del model
    gc.collect()
    session.sync([1, 2])
    assert np.isfinite(session.logits()).all()
    session.close()


def test_sessions_of_one_model_do_not_disturb_each_other(model: Model) -> None:
    results: list[bool] = []
    tokens = [7, 8, 9, 10]
    expected = logits_of(model, tokens)

    def work() -> None:
        results.extend(np.array_equal(logits_of(model, tokens), expected) for _ in range(10))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == [True] * 40


def test_the_path_can_be_forced(tmp_path: Path) -> None:
    directory = write_random(tmp_path / "model")
    names = set()
    for mask in (Cpu.REFERENCE, *(flag for flag in Cpu if flag in cpu_features())):
        with Model.open(directory, cpu=mask) as model:
            names.add(model.isa)
    assert len(names) >= 1 + bool(cpu_features())


def test_a_forced_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    absent = next(flag for flag in Cpu if flag not in cpu_features())
    directory = write_random(tmp_path / "model")
    with pytest.raises(EngineError):
        Model.open(directory, cpu=absent)


def test_the_library_has_a_version() -> None:
    assert binding.version()


def test_forgotten_tokens_make_room_and_the_rest_need_not_be_evaluated(model: Model) -> None:
    tokens = list(range(20))
    with Session(model, n_ctx=20) as session:
        session.sync(tokens)
        last = session.logits()
        with pytest.raises(ContextFullError):
            session.append([1])
        session.evict(4, 10)
        assert np.array_equal(session.logits(), last)
        left = tokens[:4] + tokens[14:]
        assert session.tokens.tolist() == left
        assert session.sync([*left, 1, 2]) == 2
        for keep, count in ((0, 12), (12, 0), (-1, 1), (0, 1 << 33)):
            with pytest.raises(EngineError):
                session.evict(keep, count)
        assert session.length == 12


def test_the_example_in_the_documentation_runs(tmp_path: Path) -> None:
    lines = str(engine.__doc__).splitlines()
    code = textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))
    assert code.count("\n") <= 11
    names = {**vars(engine), "path": SHIPPED, "text": "turn on the light", "cache": tmp_path}
    for _ in range(2):  # the second time with a saved prefix
        exec(code, names)  # noqa: S102 - our own words
        assert isinstance(names["continued"], str)
    assert len(list(tmp_path.iterdir())) == 1


def test_bytes_per_token_are_those_of_layers_and_rows(tmp_path: Path) -> None:
    path = write_random(tmp_path, SMALL, int8_embedding=True)
    with Model.open(path) as opened:
        row = SMALL.d_model + 4
        layers = opened.bytes_per_token(0) - row
        assert layers > SMALL.n_layers * SMALL.d_ff * SMALL.d_model * 3 / 4
        assert opened.bytes_per_token(10) == layers + 11 * row
        assert opened.bytes_per_token() == opened.bytes_per_token(1 << 30) == layers + (SMALL.n_vocab + 1) * row
