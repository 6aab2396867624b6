"""A talk with a model: turns in, text out as it is written, the oldest turns forgotten when the context is full."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from appliance.engine import Model, Session
from appliance.engine.tune import default_threads
from appliance.errors import CancelledError, ContextFullError, EngineError, ModelError
from appliance.models import chat_format
from appliance.models.chat_format import Format, Turn
from appliance.models.constraint import Grammar
from appliance.models.generation import End, Writing, sync
from appliance.models.sampling import Sampler, Sampling
from appliance.models.text import TextStream, TextTokenizer

log = logging.getLogger(__name__)

DEFAULT_CONTEXT: Final = 2048
DEFAULT_TOKENS: Final = 512
LEAST_PREFIX: Final = 16
"""Tokens of a system text that are worth a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a reply should be written."""

    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int = DEFAULT_TOKENS
    grammar: Grammar | None = None
    seconds: float | None = None
    """The reply ends after so long."""
    drafting: bool = True
    """Guess copied spans; changes nothing but the time."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a reply went."""

    end: End
    cancelled: bool
    tokens: int
    seconds: float
    """For writing these tokens."""
    prompt_tokens: int
    prompt_seconds: float
    forced: int
    drafted: int
    forgotten: int
    """Turns that had to be dropped from the beginning of the talk."""

    @property
    def tokens_per_second(self) -> float:
        """Of the writing."""
        return self.tokens / self.seconds if self.seconds else 0.0


class Chat:
    """One talk with one model; a context manager. One thread at a time, save for `cancel`."""

    def __init__(
        self,
        model: Model,
        session: Session,
        tokenizer: TextTokenizer,
        form: Format,
        system: str = "",
        prefixes: Path | None = None,
    ) -> None:
        """Take over an open model and session; use :meth:`open`."""
        self._prefixes = prefixes
        self._model = model
        self._session = session
        self._tokenizer = tokenizer
        self._form = form
        self._begin = list(tokenizer.begin)
        if system:
            self._begin += chat_format.render([Turn("system", system)], form, tokenizer)
        self._turns: list[list[int]] = []
        """Each with the reply to it."""
        self._cancelled = threading.Event()
        self._cancelling = threading.Lock()
        """Both flags of a cancellation, ours and the engine's, are set before a new reply begins, or after."""
        self.report: Report | None = None
        """Of the last reply."""

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        system: str = "",
        context: int = DEFAULT_CONTEXT,
        threads: int | None = None,
        kv: Literal["f16", "int8"] = "int8",
        form: str | None = None,
        verify: bool = False,
        prefixes: Path | None = None,
        shortlist: bool = False,
    ) -> Self:
        """Open a model directory for a talk.

        `context` is the most tokens of the whole talk, cut to what the model can. `verify` compares digests first, which reads
        the whole model once. `prefixes` is a directory where the evaluated system text is kept for the next time.
        `shortlist` makes free text faster for some memory (:meth:`Model.make_shortlist`). Raises
        `ModelError` or `EngineError` when the model cannot be used.
        """
        with contextlib.ExitStack() as parts:
            model = parts.enter_context(Model.open(directory, verify=verify))
            n_threads = threads or default_threads()
            if shortlist:
                model.make_shortlist(n_threads)
            tokenizer = TextTokenizer.open(model.tokenizer_path, model.config.n_vocab)
            chosen = chat_format.choose(tokenizer, squared_relu=model.config.activation == "relu2", name=form)
            n_ctx = min(context, model.config.max_context)
            session = parts.enter_context(Session(model, n_ctx=n_ctx, n_threads=n_threads, kv=kv))
            parts.pop_all()
        return cls(model, session, tokenizer, chosen, system, prefixes)

    @property
    def tokenizer(self) -> TextTokenizer:
        """The model's tokenizer."""
        return self._tokenizer

    @property
    def form(self) -> Format:
        """How turns are written."""
        return self._form

    @property
    def isa(self) -> str:
        """The kernels it runs on."""
        return self._model.isa

    @property
    def context(self) -> int:
        """The most tokens of the talk."""
        return self._session.n_ctx

    def reset(self) -> None:
        """Forget the talk; the system text stays."""
        self._turns.clear()

    def say(self, text: str, wish: Wish | None = None) -> Iterator[str]:
        """Say something and give out the reply piece by piece; afterwards `report` tells how it went.

        Raises `ContextFullError` when the text alone has no room, and engine errors, as soon as the reply is read. One that is
        not read to its end, is cancelled (from this call on) or is cut short stays part of the talk as far as it came.
        """
        self._begin_reply()
        return self._say(text, wish or Wish())

    def _say(self, text: str, wish: Wish) -> Iterator[str]:
        turn = chat_format.render([Turn("user", text)], self._form, self._tokenizer)
        turn += chat_format.opening(self._form, self._tokenizer)
        forgotten = self._make_room(len(turn), wish.max_tokens)
        with contextlib.suppress(CancelledError):  # the reply ends before it begins
            self.prepare()
        prompt = [*self._begin, *(token for old in self._turns for token in old), *turn]
        writing = self._writing(prompt, wish)
        try:
            yield from self._texts(writing, forgotten)
        finally:
            self._turns.append([*turn, *writing.tokens, *chat_format.ending(self._form, self._tokenizer)])

    def prepare(self) -> None:
        """Evaluate the system text, or take it over from an earlier time; done before the first reply if not before.

        Raises `CancelledError` when the reply it is for is cancelled.
        """
        directory, self._prefixes = self._prefixes, None
        if directory is None or len(self._begin) < LEAST_PREFIX or len(self._begin) >= self.context:
            return
        try:
            if self._session.load_prefix(directory, self._begin) < len(self._begin):
                sync(self._session, self._begin, self._cancelled.is_set)
                self._session.save_prefix(directory)
        except CancelledError:
            self._prefixes = directory  # another time
            raise
        except (EngineError, ModelError) as error:  # it is only slower without
            log.info("the system text is evaluated anew: %s", error)

    def complete(self, text: str, wish: Wish | None = None) -> Iterator[str]:
        """Continue a text as it stands, outside the talk and without its format."""
        self._begin_reply()
        return self._complete(text, wish or Wish())

    def _complete(self, text: str, wish: Wish) -> Iterator[str]:
        prompt = [*self._tokenizer.begin, *self._tokenizer.encode(text)]
        if not prompt:
            raise ModelError("there is nothing to continue: give a text")
        if len(prompt) >= self.context:
            raise _too_long(len(prompt), self.context)
        yield from self._texts(self._writing(prompt, wish), 0)

    def cancel(self) -> None:
        """Stop the reply that is being written, or was asked for and not begun; from any thread."""
        with self._cancelling:
            self._cancelled.set()
            self._session.cancel()

    def _begin_reply(self) -> None:
        """A cancellation from now on is meant for a new reply."""
        with self._cancelling:
            self._cancelled.clear()

    def close(self) -> None:
        """Free session and model."""
        self._session.close()
        self._model.close()

    def __enter__(self) -> Self:
        """Return the talk itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _make_room(self, needed: int, max_tokens: int) -> int:
        """Drop the oldest turns until the new one and a reply have room; return how many."""
        room = self.context - len(self._begin) - needed
        reply = min(max_tokens, self.context // 4)
        if room < min(reply, 16):
            raise _too_long(needed, self.context - len(self._begin))
        forgotten = 0
        while self._turns and sum(map(len, self._turns)) + reply > room:
            self._forget(self._turns.pop(0))
            forgotten += 1
        return forgotten

    def _forget(self, turn: list[int]) -> None:
        """Take the oldest turn out of the cache, so that those after it need not be evaluated again."""
        begin, held = len(self._begin), self._session.tokens.tolist()
        end = begin + len(turn)
        if len(held) > end and held[:end] == [*self._begin, *turn]:
            self._session.evict(begin, len(turn))

    def _writing(self, prompt: list[int], wish: Wish) -> Writing:
        return Writing(
            session=self._session,
            prompt=prompt,
            sampler=Sampler(wish.sampling),
            stops=self._tokenizer.stops,
            max_tokens=wish.max_tokens,
            constraint=wish.grammar.begin() if wish.grammar is not None else None,
            drafting=wish.drafting,
            cancelled=self._cancelled.is_set,
            deadline=None if wish.seconds is None else time.monotonic() + wish.seconds,
        )

    def _texts(self, writing: Writing, forgotten: int) -> Iterator[str]:
        stops = _StopTexts(self._form.stops)
        try:
            yield from stops.cut(self._pieces(writing))
        except CancelledError:
            if not self._cancelled.is_set():
                raise
        finally:
            self.report = Report(
                writing.end,
                self._cancelled.is_set(),
                len(writing.tokens),
                writing.seconds,
                len(writing.prompt),
                writing.prompt_seconds,
                writing.forced,
                writing.drafted,
                forgotten,
            )

    def _pieces(self, writing: Writing) -> Iterator[str]:
        if self._cancelled.is_set():
            return
        stream = TextStream(self._tokenizer)
        first = True
        for token in writing:
            if self._cancelled.is_set():
                return
            piece = stream.push(token)
            if first:
                piece = piece.lstrip()
                first = not piece
            if piece:
                yield piece
        if rest := stream.flush():
            yield rest


class _StopTexts:
    """Ends a stream before one of some texts; holds back what may be the beginning of one."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def cut(self, pieces: Iterator[str]) -> Iterator[str]:
        if not self._texts:
            yield from pieces
            return
        held = ""
        longest = max(map(len, self._texts))
        for piece in pieces:
            held += piece
            at = min((found for text in self._texts if (found := held.find(text)) >= 0), default=-1)
            if at >= 0:
                yield held[:at]
                return
            if len(held) > longest:
                yield held[:-longest]
                held = held[-longest:]
        yield held


def in_background(chat: Chat, pieces: Iterator[str]) -> Iterator[str]:
    """Run a reply in a thread of its own and give out its pieces here, so that Ctrl-C arrives at once.

    When the reader stops, by an exception or by closing the iterator, the reply is cancelled and waited for.
    """
    waiting: queue.Queue[str | BaseException | None] = queue.Queue()

    def work() -> None:
        try:
            for piece in pieces:
                waiting.put(piece)
            waiting.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the reader's thread
            waiting.put(error)

    thread = threading.Thread(target=work, name="chat", daemon=True)
    thread.start()
    try:
        while (item := _next(waiting, thread)) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        if thread.is_alive():
            chat.cancel()
        thread.join()


def _next(waiting: queue.Queue[str | BaseException | None], thread: threading.Thread) -> str | BaseException | None:
    """Wait in pieces: a wait without an end could not be interrupted everywhere."""
    while True:
        with contextlib.suppress(queue.Empty):
            return waiting.get(timeout=0.2)
        if not thread.is_alive() and waiting.empty():
            return None


def _too_long(tokens: int, room: int) -> ContextFullError:
    return ContextFullError(
        f"the text has {tokens} tokens, but the context has room for {max(0, room)}: shorten it, or choose a larger --context"
    )
