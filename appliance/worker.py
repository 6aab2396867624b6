"""The bounded queue between the sources of requests and the assistant, and the one thread that serves it."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from appliance.messages import Reply, Request

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""The thread shows that it lives at least this often while there is nothing to do."""

Answer = Callable[[Reply], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    answer: Answer


class Worker:
    """Serves requests in the order of their arrival. Nothing that was accepted stays without an answer."""

    def __init__(
        self, handle: Callable[[Request], Reply], *, size: int, beat: Callable[[], None] = lambda: None
    ) -> None:
        """Serve with `handle`; at most `size` requests wait. `beat` is called after each turn, for the watchdog."""
        self._handle = handle
        self._beat = beat
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(size)
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.served = 0
        self.refused = 0
        """Requests turned away because too many were waiting."""

    @property
    def depth(self) -> int:
        """Requests that wait."""
        return self._queue.qsize()

    def start(self) -> None:
        """Begin to serve."""
        self._thread = threading.Thread(target=self._run, name="assistant", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Answer what still waits with a refusal and end the thread."""
        self._stopping = True
        with contextlib.suppress(queue.Full):  # the thread is awake then anyway
            self._queue.put_nowait(None)
        if self._thread is not None:
            self._thread.join(timeout)

    def submit(self, request: Request, answer: Answer) -> None:
        """Take a request; `answer` is called once, from the serving thread, or at once when there is no room."""
        try:
            if self._stopping:
                raise queue.Full
            self._queue.put_nowait(_Waiting(request, answer))
        except queue.Full:
            self.refused += 1
            answer(sorry(request, "I am busy. Please ask again in a moment."))

    def ask(self, request: Request, timeout: float) -> Reply:
        """Submit and wait for the answer; a refusal when it takes longer than `timeout` seconds."""
        answered: queue.Queue[Reply] = queue.Queue(1)
        self.submit(request, answered.put)
        try:
            return answered.get(timeout=timeout)
        except queue.Empty:
            return sorry(request, "That took too long.")

    def _run(self) -> None:
        while True:
            try:
                waiting = self._queue.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                waiting = None
            self._beat()
            if waiting is None:
                if self._stopping and self._queue.empty():
                    return
                continue
            self._serve(waiting)
            self._beat()

    def _serve(self, waiting: _Waiting) -> None:
        request = waiting.request
        if self._stopping:
            reply = sorry(request, "I am shutting down.")
        else:
            try:
                reply = self._handle(request)
                self.served += 1
            except Exception:  # a defect must cost one answer, not the appliance
                log.exception("request %s from %s could not be handled", request.id, request.source)
                reply = sorry(request, "Something went wrong inside; it is in the log.")
        try:
            waiting.answer(reply)
        except Exception:  # the asker's trouble
            log.exception("the answer to %s from %s could not be delivered", request.id, request.source)


def sorry(request: Request, why: str) -> Reply:
    """A reply that did nothing."""
    return Reply(id=request.id, text=why, speech=why)
