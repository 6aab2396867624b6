"""Takes requests on behalf of the worker: each is noted until it is answered, and none is done before the home is known."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from appliance.inbox import Inbox
from appliance.messages import Reply, Request

log = logging.getLogger(__name__)

Answer = Callable[[Reply], None]

READY_S = 60.0
"""How long the broker is waited for at the start."""
HOME_S = 1.0
"""Announcements that the broker kept have come in so long after it is there."""
INTERRUPTED = "I was interrupted while I did that, and cannot tell how far I got. Please look, and ask again."


class Reception:
    """Stands between the sources of requests that must not get lost and the worker."""

    def __init__(
        self,
        inbox: Inbox,
        submit: Callable[[Request, Answer], None],
        *,
        answer: Callable[[Request, Reply, Callable[[], None]], None],
        record: Callable[[Request, Reply], None],
        wait_ready: Callable[[float], bool],
        most: int,
    ) -> None:
        """Store the parts.

        Args:
            inbox: where open requests are noted.
            submit: the worker.
            answer: sends the reply of a request, and calls its last argument when it has arrived.
            record: the action log.
            wait_ready: waits for the broker.
            most: requests that may wait for the home.
        """
        self._inbox = inbox
        self._submit = submit
        self._answer = answer
        self._record = record
        self._wait_ready = wait_ready
        self._most = most
        self._early: list[tuple[Request, Answer]] | None = []
        self._lock = threading.Lock()

    def start(self) -> None:
        """Answer what the run before did not: do what it had not begun, tell of what it had. Before anything new comes in."""
        for left in self._inbox.left():
            if left.reply is not None:
                self._say(left.request, left.reply)
            elif not left.begun:
                self._queue(left.request)
            else:
                log.warning("%s was interrupted: %s", left.request.id, left.request.text)
                reply = Reply(id=left.request.id, text=INTERRUPTED, speech=INTERRUPTED)
                self._record(left.request, reply)
                self._say(left.request, reply)
        threading.Thread(target=self._settle, name="settle", daemon=True).start()

    def accept(self, request: Request) -> None:
        """Take a request that will be answered, even if the service is killed before."""
        self._inbox.take(request)
        self._queue(request)

    def _say(self, request: Request, reply: Reply) -> None:
        self._inbox.answered(request, reply)
        self._answer(request, reply, partial(self._inbox.done, request))

    def _queue(self, request: Request) -> None:
        answer = partial(self._say, request)

        with self._lock:
            if self._early is not None and request.by == "person" and len(self._early) < self._most:
                self._early.append((request, answer))
                return
        self._submit(request, answer)

    def _settle(self) -> None:
        """Have what came in early done when the home is known: devices are announced after the connection is up."""
        self._wait_ready(READY_S)
        time.sleep(HOME_S)
        self._release()

    def stop(self) -> None:
        """Hand what still waits to the worker, which says that it is ending. While the broker can still be answered."""
        self._release()

    def _release(self) -> None:
        with self._lock:
            early, self._early = self._early or [], None
        for request, answer in early:
            self._submit(request, answer)


def noting(inbox: Inbox, handle: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """What handles requests, after it was noted that something may be done from now on."""

    def begin(request: Request) -> Reply:
        inbox.begin(request)
        return handle(request)

    return begin
