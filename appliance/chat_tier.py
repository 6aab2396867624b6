"""The second tier: questions that the command model hands on are answered by a chat model, in a thread of its own.

A chat model takes seconds to minutes on a small board; commands must not wait for it. It only ever writes words: what it says
acts on nothing, and when it claims to have acted, the claim is not passed on.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Protocol, Self

from appliance.errors import TerndError
from appliance.messages import Home, Json, Reply, Request
from appliance.text import key

log = logging.getLogger(__name__)

Answer = Callable[[Reply], None]

MOST_WAITING: Final = 4
MAX_TEXT: Final = 1500
"""Characters of an answer."""
_QUESTION: Final = re.compile(
    r"(?:please |hey |ok(?:ay)? |and |so |now )*"
    r"(?:who|whom|whose|what|whats|when|where|why|how|which|is|are|was|were|do|does|did|has|have|tell me|explain|describe|define|"
    r"summari[sz]e|compare|translate|write|give me|name|recommend|suggest|should|can you (?:tell|explain|name|recommend)|"
    r"could you (?:tell|explain|name|recommend)|do you)\b"
)
_CLAIM: Final = re.compile(
    r"\bI(?:'ve| have| just|'ll| will|'m going to)? ?(?:also |now |just )?"
    r"(?:turn|switch|open|clos|lock|unlock|set|dim|start|stop|activat|adjust|disarm|arm)(?:e?d|ned|ped|med|ting|ing|s)?\b"
    r"|\b(?:done|sure)[,!.]|\bis now (?:on|off|open|closed|locked|unlocked)\b",
    re.IGNORECASE,
)
"""What sounds as if something had been done."""


class Talker(Protocol):
    """A chat model: `appliance.models.talker.HomeTalker`."""

    @property
    def name(self) -> str:
        """Of the model."""

    @property
    def tokens_per_second(self) -> float | None:
        """Speed of the last answer; None: there was none yet."""

    def answer(self, text: str, home: Home, seconds: float) -> str:
        """Answer a question in a few sentences within some seconds; may raise :class:`TerndError`."""

    def cancel(self) -> None:
        """Stop the answer that is being written; from any thread."""

    def close(self) -> None:
        """Let go of the model."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A question that waits for the chat model."""

    request: Request
    reply: Reply
    """What is said when the chat model has no answer either."""
    answer: Answer


class ChatTier:
    """Stands between those who ask and the worker. Nothing that was accepted stays without an answer."""

    def __init__(
        self,
        open_talker: Callable[[], Talker | None],
        submit: Callable[[Request, Answer], None],
        *,
        home: Callable[[], Home],
        record: Callable[[Request, Reply], None],
        seconds: float,
    ) -> None:
        """Store the parts.

        Args:
            open_talker: loads the chat model, in the tier's thread; None: there is none.
            submit: the worker of the first tier.
            home: the home as it is now.
            record: the action log.
            seconds: that an answer may take.
        """
        self._open_talker = open_talker
        self._submit = submit
        self._home = home
        self._record = record
        self._seconds = seconds
        self._queue: queue.Queue[_Open | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._talker: Talker | None = None
        self._stopping = False
        self.answered = 0

    def start(self) -> None:
        """Begin to load the model; until it is there, questions get the first tier's answer."""
        self._thread = threading.Thread(target=self._run, name="chat-tier", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Stop writing, answer what still waits with what the first tier said, and end the thread."""
        self._stopping = True
        if self._talker is not None:
            self._talker.cancel()
        with contextlib.suppress(queue.Full):  # the thread is awake then anyway
            self._queue.put_nowait(None)
        if self._thread is not None:
            self._thread.join(timeout)

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def submit(self, request: Request, answer: Answer) -> None:
        """Have a request handled by the first tier, and by this one what it hands on."""
        self._submit(request, lambda reply: self._second(request, reply, answer))

    def say(self, text: str) -> str:
        """Have the model answer a text of our own, past the first tier; empty: there is none, or it has no answer.

        Waits for the answer: not to be called from the worker's thread.
        """
        if self._talker is None or self._stopping:
            return ""
        said: queue.Queue[str] = queue.Queue(1)
        request = Request(id=uuid.uuid4().hex, text=text, source="watch", by="watch")
        nothing = Reply(request.id, "", "")
        try:
            self._queue.put_nowait(_Open(request, nothing, lambda reply: said.put(reply.text)))
            return said.get(timeout=(MOST_WAITING + 1) * self._seconds)
        except (queue.Full, queue.Empty):
            return ""

    def report(self) -> dict[str, Json]:
        """For the health report."""
        talker = self._talker
        return {
            "chat_model": talker.name if talker is not None else None,
            "chat_answered": self.answered,
            "chat_waiting": self._queue.qsize(),
            "chat_tokens_per_s": talker.tokens_per_second if talker is not None else None,
        }

    def _second(self, request: Request, reply: Reply, answer: Answer) -> None:
        wanted = reply.hand_over and request.by == "person" and _QUESTION.match(key(request.text)) is not None
        if wanted and self._talker is not None and not self._stopping:
            with contextlib.suppress(queue.Full):
                self._queue.put_nowait(_Open(request, reply, answer))
                return
        answer(reply)

    def _run(self) -> None:
        try:
            self._talker = self._open_talker()
        except TerndError as error:
            log.warning("the chat model cannot be used: %s", error)
        if self._talker is None:
            return
        while (item := self._queue.get()) is not None:
            self._deliver(item, self._answered(item, self._talker))
            if self._stopping:
                break
        while not self._queue.empty():
            if (left := self._queue.get()) is not None:
                self._deliver(left, left.reply)
        self._talker.close()

    def _answered(self, item: _Open, talker: Talker) -> Reply:
        """The chat model's reply, or that of the first tier."""
        if self._stopping:
            return item.reply
        started = time.monotonic()
        try:
            text = talker.answer(item.request.text, self._home(), self._seconds).strip()
        except TerndError as error:
            log.warning("the chat model has no answer to %s: %s", item.request.id, error)
            return item.reply
        except Exception:  # a defect must cost one answer, not the tier
            log.exception("the chat model failed at %s", item.request.id)
            return item.reply
        if not text or _CLAIM.search(text):
            log.info("an answer of the chat model is not passed on: %r", text[:200])
            return item.reply
        text = " ".join(text.split())[:MAX_TEXT]
        ms = {**item.reply.ms, "chat": round(1000 * (time.monotonic() - started), 2)}
        self.answered += 1
        return replace(item.reply, text=text, speech=text, route="chat", ms=ms, refusals=())

    def _deliver(self, item: _Open, reply: Reply) -> None:
        try:
            if reply is not item.reply:
                self._record(item.request, reply)
            item.answer(reply)
        except Exception:  # the asker's trouble
            log.exception("the answer to %s from %s could not be delivered", item.request.id, item.request.source)
