"""What stands between the broker and the worker: nothing is lost, nothing done before the home is known."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from appliance.inbox import Inbox
from appliance.messages import Reply, Request
from appliance.reception import INTERRUPTED, Answer, Reception, noting
from tests.broker import eventually

ASKED = Request(id="a", text="turn on the lamp", source="mqtt:reply/x")


@dataclass
class Rig:
    """A worker, a broker and a log that remember."""

    inbox: Inbox
    broker_there: threading.Event = field(default_factory=threading.Event)
    submitted: list[tuple[Request, Answer]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    arrived: list[Callable[[], None]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def reception(self, most: int = 8) -> Reception:
        def answer(request: Request, reply: Reply, delivered: Callable[[], None]) -> None:
            self.said.append((request.id, reply.text))
            self.arrived.append(delivered)

        return Reception(
            self.inbox,
            lambda request, answer: self.submitted.append((request, answer)),
            answer=answer,
            record=lambda request, _reply: self.logged.append(request.id),
            wait_ready=self.broker_there.wait,
            most=most,
        )


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr("appliance.reception.HOME_S", 0.0)
    return Rig(Inbox(None))


def test_a_request_is_open_until_its_reply_has_arrived(rig: Rig) -> None:
    rig.broker_there.set()
    reception = rig.reception()
    reception.start()
    reception.accept(ASKED)
    assert eventually(lambda: len(rig.submitted) == 1)
    request, answer = rig.submitted[0]
    handle = noting(rig.inbox, lambda request: Reply(id=request.id, text="done", speech="done"))
    assert [left.begun for left in rig.inbox.left()] == [False]
    reply = handle(request)
    assert [left.begun for left in rig.inbox.left()] == [True]
    answer(reply)
    assert rig.said == [("a", "done")]
    assert [left.reply for left in rig.inbox.left()] == [reply]
    rig.arrived[0]()
    assert rig.inbox.left() == ()


def test_what_comes_before_the_home_is_known_waits_in_its_order(rig: Rig) -> None:
    reception = rig.reception(most=2)
    reception.start()
    for ident in "abc":
        reception.accept(replace(ASKED, id=ident))
    assert [request.id for request, _ in rig.submitted] == ["c"], "no more than the queue of the worker would hold"
    reception.accept(replace(ASKED, id="t", by="timer"))
    assert [request.id for request, _ in rig.submitted] == ["c", "t"], "timers have decided what they do"
    rig.broker_there.set()
    assert eventually(lambda: [request.id for request, _ in rig.submitted] == ["c", "t", "a", "b"])


def test_after_a_kill_each_is_dealt_with_by_how_far_it_got(rig: Rig) -> None:
    rig.broker_there.set()
    for ident in ("waiting", "begun", "answered"):
        rig.inbox.take(replace(ASKED, id=ident))
    for ident in ("begun", "answered"):
        rig.inbox.begin(replace(ASKED, id=ident))
    rig.inbox.answered(replace(ASKED, id="answered"), Reply(id="answered", text="It is on.", speech="It is on."))
    rig.reception().start()
    assert rig.said == [("begun", INTERRUPTED), ("answered", "It is on.")]
    assert rig.logged == ["begun"]
    assert eventually(lambda: [request.id for request, _ in rig.submitted] == ["waiting"])


def test_at_the_end_what_waits_is_handed_on_to_be_refused(rig: Rig) -> None:
    reception = rig.reception()
    reception.start()
    reception.accept(ASKED)
    reception.stop()
    assert [request.id for request, _ in rig.submitted] == ["a"]
