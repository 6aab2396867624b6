"""The command model in a process of its own, without network and devices: what ``ternd infer`` serves and the daemon asks.

Over a Unix socket goes one JSON object a line: ``{"text"}`` there, ``{"readings": [{"line", "confidence"}]}`` or ``{"refusal"}`` back.
The lines are untrusted: the daemon reads each against the grammar and the sentence, as if a stranger had written it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from appliance.errors import ModelError
from appliance.intents.command_model import Understanding
from appliance.intents.parse import parse_line
from appliance.interpreter import MOST_READINGS, SURE, Reader
from appliance.messages import Json

log = logging.getLogger(__name__)

MAX_LINE = 262_144
"""Bytes of a message."""
MOST_CALLERS = 8
ANSWER_S = 10.0
"""How long the daemon waits for readings: then the sentence counts as not understood, and the worker as hung."""
_FIRST_FD = 3
"""The first socket that systemd hands over."""
AWAY = "My understanding is not there just now. Please try again in a moment."


# --- the worker ------------------------------------------------------------------------------------


def listen(path: Path | None) -> socket.socket:
    """The socket that systemd handed over, or one at `path` that its group may use.

    Raises:
        ModelError: there is neither.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return socket.socket(fileno=_FIRST_FD)
    if path is None:
        message = "no socket: start it by its socket unit, or name one with --socket"
        raise ModelError(message)
    listener = socket.socket(socket.AF_UNIX)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists() and not path.is_socket():
            raise FileExistsError(errno.EEXIST, "something else is there")
        before = os.umask(0o117)
        try:
            listener.bind(str(made))
        finally:
            os.umask(before)
        listener.listen(MOST_CALLERS)
        made.rename(path)  # who finds it there is answered
    except OSError as error:
        listener.close()
        message = f"{path}: no socket can be made there: {error.strerror or error}"
        raise ModelError(message) from error
    return listener


def serve(
    model: Reader, listener: socket.socket, stop: threading.Event, *, beat: Callable[[], None] = lambda: None
) -> None:
    """Answer callers, one sentence at a time, until `stop`; `beat` is called at least every second."""
    turn = threading.Lock()
    callers: list[threading.Thread] = []
    listener.settimeout(1.0)
    while not stop.is_set():
        if turn.acquire(timeout=ANSWER_S):  # a model that hangs shows no sign of life
            turn.release()
            beat()
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        callers = [caller for caller in callers if caller.is_alive()]
        if len(callers) >= MOST_CALLERS:
            connection.close()
            continue
        caller = threading.Thread(target=_converse, args=(model, connection, turn), name="caller", daemon=True)
        callers.append(caller)
        caller.start()


def _converse(model: Reader, connection: socket.socket, turn: threading.Lock) -> None:
    with contextlib.suppress(OSError), connection, connection.makefile("rwb") as stream:
        while line := stream.readline(MAX_LINE):
            stream.write(json.dumps(_answer(model, line, turn)).encode() + b"\n")
            stream.flush()


def _answer(model: Reader, line: bytes, turn: threading.Lock) -> dict[str, Json]:
    try:
        text = json.loads(line)["text"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return {"refusal": "The worker was asked something that it cannot read."}
    if not isinstance(text, str):
        return {"refusal": "The worker was asked something that is no text."}
    readings: list[dict[str, Json]] = []
    mass = 0.0
    with turn:
        for reading in model.readings(text):
            if reading.refusal:
                return {"refusal": reading.refusal}
            readings.append({"line": reading.line, "confidence": reading.confidence})
            mass += reading.confidence
            if mass >= SURE or len(readings) == MOST_READINGS:
                break
    return {"readings": readings}


# --- the daemon's side -----------------------------------------------------------------------------


class RemoteModel:
    """A command model behind a socket. Never waits longer than :data:`ANSWER_S`; connects again by itself."""

    def __init__(self, path: Path, *, patience: float = ANSWER_S) -> None:
        """Store where the worker listens."""
        self._path = path
        self._patience = patience
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._said = False

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._hang_up()

    def understand(self, text: str) -> Understanding:
        """The likeliest reading."""
        return next(self.readings(text))

    def readings(self, text: str, /) -> Iterator[Understanding]:
        """The readings of `text`, likeliest first; a single refusal when the worker is away, hangs or writes nonsense."""
        with self._lock:
            answer = self._asked(text)
        yield from _readings(answer, text)

    def _asked(self, text: str) -> Json:
        question = json.dumps({"text": text}).encode() + b"\n"
        fresh = self._socket is None
        try:
            return self._exchange(question)
        except TimeoutError as error:
            return self._away(error)
        except (OSError, ValueError) as error:
            if fresh:
                return self._away(error)
        try:  # the worker was started anew meanwhile
            return self._exchange(question)
        except (OSError, ValueError) as error:
            return self._away(error)

    def _exchange(self, question: bytes) -> Json:
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX)
                self._socket.settimeout(self._patience)
                self._socket.connect(str(self._path))
            self._socket.sendall(question)
            received = bytearray()
            while not received.endswith(b"\n"):
                piece = self._socket.recv(65_536)
                if not piece or len(received) > MAX_LINE:
                    message = "the worker hung up" if not piece else "the worker does not stop talking"
                    raise OSError(message)
                received += piece
            answer = json.loads(received)
        except RecursionError as error:
            self._hang_up()
            message = "the answer is nested too deeply"
            raise ValueError(message) from error
        except (OSError, ValueError):
            self._hang_up()
            raise
        if self._said:
            log.info("the worker of the command model is there again")
            self._said = False
        return answer

    def _away(self, error: Exception) -> Json:
        if not self._said:
            log.error("the worker of the command model at %s does not answer: %s", self._path, error)
            self._said = True
        return {"refusal": AWAY}

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _readings(answer: Json, text: str) -> Sequence[Understanding]:
    """What an answer of the worker says about `text`: only legal lines, only words of the sentence."""
    if not isinstance(answer, dict):
        return (Understanding(refusal=AWAY),)
    if isinstance(answer.get("refusal"), str):
        return (Understanding(refusal=answer["refusal"][:500] or AWAY),)
    readings = answer.get("readings")
    found = [_reading(one, text) for one in (readings[:MOST_READINGS] if isinstance(readings, list) else ())]
    return [reading for reading in found if reading is not None] or (Understanding(refusal=AWAY),)


def _reading(reading: Json, text: str) -> Understanding | None:
    if not isinstance(reading, dict):
        return None
    line, sure = reading.get("line"), reading.get("confidence")
    if not isinstance(line, str) or isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1:
        return None
    try:
        calls = parse_line(line, text)
    except ModelError as error:
        log.warning("the worker wrote a line that is not legal: %s", error)
        return None
    return Understanding(tuple(replace(call, confidence=float(sure)) for call in calls), float(sure), line)
