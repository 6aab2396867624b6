"""Speech to text by a server on the network that speaks the Wyoming protocol (https://github.com/OHF-Voice/wyoming).

The protocol is small: a JSON line for each event, with the lengths of the data and the payload that follow it.
"""

from __future__ import annotations

import json
import logging
import socket
import time
from dataclasses import dataclass
from typing import BinaryIO

from appliance.errors import VoiceError
from appliance.messages import Home, Json
from appliance.voice.detectors import Frame
from appliance.voice.dialogue import RATE
from appliance.voice.stt import Transcript

log = logging.getLogger(__name__)

CONNECT_S = 2.0
ANSWER_S = 15.0
"""How long a transcript is awaited."""
MAX_LINE = 1 << 16
MAX_DATA = 1 << 20
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
    until = time.monotonic() + ANSWER_S  # a server may talk without end
    while time.monotonic() < until and (event := read(stream)) is not None:
        if event.type == "transcript":
            text = str(event.data.get("text", ""))
            return " ".join("".join(char if char.isprintable() else " " for char in text).split())
        if event.type == "error":
            raise VoiceError(str(event.data.get("text", "it reports an error")) or "it reports an error")
    raise VoiceError("it gave no answer")


class WyomingRecognizer:
    """Streams each sentence to the server while it is spoken. A server that is away costs the sentence, nothing more."""

    name = "wyoming"

    def __init__(self, host: str, port: int) -> None:
        """Use the server at `host`:`port`; it is connected to for each sentence."""
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._problem = ""

    def set_home(self, home: Home) -> None:
        """The server has a model of its own: nothing to do."""

    def start(self) -> None:
        """Begin a sentence."""
        self.close()
        self._problem = ""
        try:
            self._socket = socket.create_connection(self._address, CONNECT_S)
            self._send(Event("transcribe", {"language": "en"}), Event("audio-start", dict(_FORMAT)))
        except OSError as error:
            self._fail(error)

    def feed(self, frame: Frame) -> None:
        """Take the next frame."""
        self._send(Event("audio-chunk", dict(_FORMAT), frame.tobytes()))

    def partial(self) -> str:
        """Not told before the end."""
        return ""

    def finish(self) -> Transcript:
        """End the sentence and wait for the words."""
        self._send(Event("audio-stop", {}))
        text = ""
        if self._socket is not None:
            try:
                self._socket.settimeout(ANSWER_S)
                with self._socket.makefile("rb") as stream:
                    text = transcript(stream)
            except (OSError, VoiceError) as error:
                self._fail(error)
        self.close()
        if self._problem:
            log.warning("voice: no words from the Wyoming server at %s:%d: %s", *self._address, self._problem)
        return Transcript(text, self.name if text else "rejected", self._problem or text)

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *events: Event) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendall(b"".join(map(encode, events)))
        except OSError as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._problem = str(error)
        self.close()
