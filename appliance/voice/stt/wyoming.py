"""Speech to text by a server on the network that speaks the Wyoming protocol (https://github.com/OHF-Voice/wyoming).

The protocol is small: a JSON line for each event, with the lengths of the data and the payload that follow it.
"""

from __future__ import annotations

import io
import json
import logging
import queue
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from appliance.errors import VoiceError
from appliance.messages import Home, Json
from appliance.voice.detectors import Frame
from appliance.voice.events import RATE
from appliance.voice.stt import Transcript

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

log = logging.getLogger(__name__)

CONNECT_S = 2.0
ANSWER_S = 15.0
"""How long a transcript is awaited."""
MAX_LINE = 1 << 16
MAX_DATA = 1 << 20
MAX_TEXT = 1000
"""Characters of a transcript: nobody says more in one sentence."""
_NO_ANSWER = "it gave no answer"
_FORMAT = {"rate": RATE, "width": 2, "channels": 1}


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the protocol."""

    type: str
    data: dict[str, Json]
    payload: bytes = b""


def encode(event: Event) -> bytes:
    """The bytes of an event."""
    header: dict[str, Json] = {"type": event.type, "version": "1.5.0", "data": event.data}
    if event.payload:
        header["payload_length"] = len(event.payload)
    return json.dumps(header).encode() + b"\n" + event.payload


def read(stream: BinaryIO) -> Event | None:
    """The next event of a stream; None: it ended.

    Raises:
        VoiceError: what came is no event.
    """
    line = stream.readline(MAX_LINE)
    if not line:
        return None
    try:
        header = json.loads(line)
        lengths = [header.get(name) or 0 for name in ("data_length", "payload_length")]
    except (ValueError, AttributeError, RecursionError) as error:
        raise VoiceError(f"the Wyoming server sent something else than an event: {line[:60]!r}") from error
    if any(type(length) is not int or not 0 <= length <= MAX_DATA for length in lengths):
        raise VoiceError(f"the Wyoming server announces impossible lengths: {lengths}")
    more, payload = stream.read(lengths[0]), stream.read(lengths[1])
    data = header.get("data") or {}
    try:
        extra = json.loads(more) if more else {}
    except (ValueError, RecursionError) as error:
        raise VoiceError("the Wyoming server sent unreadable data") from error
    if not isinstance(data, dict) or not isinstance(extra, dict):
        raise VoiceError("the Wyoming server sent unreadable data")
    return Event(str(header.get("type", "")), {**data, **extra}, payload)


def transcript(stream: BinaryIO) -> str:
    """The words that the server understood.

    Raises:
        VoiceError: it sent none.
    """
    while (event := read(stream)) is not None:
        if event.type == "transcript":
            return _plain(event.data.get("text"))
        if event.type == "error":
            raise VoiceError(_plain(event.data.get("text")) or "it reports an error")
    raise VoiceError(_NO_ANSWER)


def _plain(text: Json) -> str:
    """What a server wrote, as one line of text and not an endless one; empty: it is no text."""
    if not isinstance(text, str):
        return ""
    return " ".join("".join(char if char.isprintable() else " " for char in text[:MAX_TEXT]).split())


class _Until(io.RawIOBase):
    """What a connection brings until a moment: a server that sends a byte now and then is not listened to for ever."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection, self._until = connection, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError(_NO_ANSWER)
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        except TimeoutError:
            raise TimeoutError(_NO_ANSWER) from None


class _Sentence:
    """One sentence on its way to the server, by a thread of its own: neither a name service nor a server holds up the voice."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._sound: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._found: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        """The words, and why there are none."""
        self._wanted = True
        threading.Thread(target=self._run, name="wyoming", daemon=True).start()

    def send(self, *events: Event) -> None:
        """Send events as soon as the server takes them."""
        for event in events:
            self._sound.put(encode(event))

    def drop(self) -> None:
        """Hang up: nobody wants to know any more."""
        self._wanted = False
        self._sound.put(None)

    def finish(self) -> tuple[str, str]:
        """Wait for the words; with them, or instead, why there are none."""
        self._sound.put(None)
        try:
            return self._found.get(timeout=ANSWER_S)
        except queue.Empty:
            return "", _NO_ANSWER

    def _run(self) -> None:
        try:
            with socket.create_connection(self._address, CONNECT_S) as connection:
                while (data := self._sound.get()) is not None:
                    connection.sendall(data)
                if self._wanted:
                    stream = io.BufferedReader(_Until(connection, time.monotonic() + ANSWER_S))
                    self._found.put((transcript(stream), ""))
        except (OSError, ValueError, VoiceError) as error:  # a name that is none is a ValueError
            self._found.put(("", str(error) or "the connection failed"))


class WyomingRecognizer:
    """Streams each sentence to the server while it is spoken. A server that is away costs the sentence, nothing more."""

    name = "wyoming"
    repeats = False

    def __init__(self, host: str, port: int) -> None:
        """Use the server at `host`:`port`; it is connected to for each sentence."""
        self._address = (host, port)
        self._sentence: _Sentence | None = None

    def reach(self) -> None:
        """Raise :class:`VoiceError` if nobody answers there."""
        try:
            socket.create_connection(self._address, CONNECT_S).close()
        except (OSError, ValueError) as error:
            where = "{}:{}".format(*self._address)
            raise VoiceError(
                f"no Wyoming server answers at {where} ({error}); start it, or set voice.wyoming"
            ) from error

    def set_home(self, home: Home) -> None:
        """The server has a model of its own: nothing to do."""

    def start(self) -> None:
        """Begin a sentence."""
        self.close()
        self._sentence = _Sentence(self._address)
        self._sentence.send(Event("transcribe", {"language": "en"}), Event("audio-start", dict(_FORMAT)))

    def feed(self, frame: Frame) -> None:
        """Take the next frame."""
        if self._sentence is not None:
            self._sentence.send(Event("audio-chunk", dict(_FORMAT), frame.tobytes()))

    def partial(self) -> str:
        """Not told before the end."""
        return ""

    def closed(self, text: str) -> bool:  # noqa: ARG002 - nothing is expected of a sentence
        """Never known."""
        return False

    def finish(self) -> Transcript:
        """End the sentence and wait for the words."""
        if self._sentence is None:
            return Transcript("", "rejected")
        self._sentence.send(Event("audio-stop", {}))
        text, problem = self._sentence.finish()
        self._sentence = None
        if problem:
            log.warning("voice: no words from the Wyoming server at %s:%d: %s", *self._address, problem)
        return Transcript(text, self.name if text else "rejected", problem or text)

    def close(self) -> None:
        """Hang up."""
        if self._sentence is not None:
            self._sentence.drop()
            self._sentence = None
