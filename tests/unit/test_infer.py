"""The command model behind a socket: the same readings, and nothing that a bad worker could make of it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import ModelError
from appliance.infer import AWAY, MAX_LINE, RemoteModel, _answer, _readings, listen, serve
from appliance.intents.command_model import Understanding
from appliance.intents.parse import parse_line

SENTENCES = {
    "turn on the kitchen lamp": ("<TurnOn> <name> kitchen lamp", 0.7),
    "unlock the front door": ("<Unlock> <name> front door", 0.99),
}


class Model:
    """Knows two sentences; hangs on a third."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def readings(self, text: str, /) -> Iterator[Understanding]:
        if text == "hang":
            self.release.wait(20)
        if text not in SENTENCES:
            yield Understanding(refusal="That is too long.")
            return
        line, sure = SENTENCES[text]
        yield Understanding(parse_line(line, text), sure, line)
        yield Understanding(parse_line("<None> <why:talk>", text), 1 - sure, "<None> <why:talk>")


class Worker:
    """A worker in a thread, at a path."""

    def __init__(self, path: Path) -> None:
        self.model = Model()
        self.beats = 0
        self._stop = threading.Event()
        self._listener = listen(path)
        self._thread = threading.Thread(
            target=serve, args=(self.model, self._listener, self._stop), kwargs={"beat": self._beat}
        )
        self._thread.start()

    def _beat(self) -> None:
        self.beats += 1

    def stop(self) -> None:
        self.model.release.set()
        self._stop.set()
        self._thread.join(10)
        self._listener.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "infer.sock"


@pytest.fixture
def worker(path: Path) -> Iterator[Worker]:
    worker = Worker(path)
    yield worker
    worker.stop()


@pytest.fixture
def remote(path: Path) -> Iterator[RemoteModel]:
    remote = RemoteModel(path, patience=10)
    yield remote
    remote.close()


def test_readings_come_through_as_they_are(worker: Worker, remote: RemoteModel) -> None:
    found = list(remote.readings("turn on the kitchen lamp"))
    assert [reading.line for reading in found] == ["<TurnOn> <name> kitchen lamp", "<None> <why:talk>"]
    assert found[0].calls[0].target.name == "kitchen lamp"
    assert (found[0].confidence, found[0].calls[0].confidence) == (0.7, 0.7)
    assert len(list(remote.readings("unlock the front door"))) == 1, "it was sure"
    assert remote.understand("x " * 70).refusal == "That is too long."
    assert worker.beats > 0


def test_a_worker_that_is_not_there_is_said_once(
    remote: RemoteModel, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert remote.understand("turn on the kitchen lamp").refusal == AWAY
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    worker = Worker(path)
    assert remote.understand("turn on the kitchen lamp").calls
    worker.stop()


def test_a_worker_that_starts_anew_is_found_again(remote: RemoteModel, path: Path) -> None:
    first = Worker(path)
    assert remote.understand("turn on the kitchen lamp").calls
    first.stop()
    remote.close()
    second = Worker(path)
    assert remote.understand("turn on the kitchen lamp").calls
    second.stop()


def test_a_worker_that_hangs_is_not_waited_for(worker: Worker, path: Path) -> None:
    impatient = RemoteModel(path, patience=0.1)
    assert impatient.understand("hang").refusal == AWAY
    worker.model.release.set()
    patient = RemoteModel(path, patience=10)
    assert patient.understand("turn on the kitchen lamp").calls
    impatient.close()
    patient.close()


def one_answer(path: Path, send: Callable[[socket.socket], None]) -> threading.Thread:
    """A bad worker: whatever it is asked, `send` is all it does."""
    listener = listen(path)

    def run() -> None:
        with listener:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                send(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"{\n",
        b"[]\n",
        b"null\n",
        b'{"readings": 7}\n',
        b'{"readings": [7, null, {"line": 3}]}\n',
        b"\xff\xfe\n",
        b"[" * 50_000 + b"\n",
    ],
)
def test_nonsense_is_no_reading(path: Path, answer: bytes) -> None:
    thread = one_answer(path, lambda connection: connection.sendall(answer))
    remote = RemoteModel(path, patience=10)
    assert remote.understand("turn on the kitchen lamp").refusal == AWAY
    thread.join(10)
    remote.close()


def test_a_worker_that_does_not_stop_talking_is_hung_up_on(path: Path) -> None:
    hung_up = threading.Event()

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for _ in range(10 * MAX_LINE // 1000):
                connection.sendall(b"x" * 1000)
        hung_up.set()

    thread = one_answer(path, talk)
    remote = RemoteModel(path, patience=10)
    assert remote.understand("turn on the kitchen lamp").refusal == AWAY
    assert hung_up.wait(10)
    thread.join(10)
    remote.close()


@pytest.mark.parametrize(
    "line", ["<Unlock> <name> back door", "<Unlock> <area> everywhere", "unlock the front door", "<Reboot>", "<TurnOn> <name>", "<end>"]
)  # fmt: skip
def test_a_worker_cannot_say_what_the_sentence_does_not(line: str) -> None:
    found = _readings({"readings": [{"line": line, "confidence": 1.0}]}, "turn on the kitchen lamp")
    assert all(not reading.calls for reading in found)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["line", "<TurnOn> <name> kitchen lamp"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["line", "confidence", "readings", "refusal"]), inner)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_answer_is_read_or_refused(answer: Any) -> None:
    found = _readings(answer, "turn on the kitchen lamp")
    assert found
    assert all(0 <= reading.confidence <= 1 for reading in found)


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_question_is_answered(line: bytes) -> None:
    assert _answer(Model(), line, threading.Lock()).keys() <= {"readings", "refusal"}


def test_a_socket_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no socket can be made there"):
        listen(tmp_path / "nowhere" / "x.sock")
    with pytest.raises(ModelError, match="name one with --socket"):
        listen(None)
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ModelError, match="no socket can be made there"):
        listen(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"


def test_only_the_group_may_use_the_socket(path: Path) -> None:
    with listen(path):
        assert path.stat().st_mode & 0o777 == 0o660
