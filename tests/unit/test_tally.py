"""What is counted of requests, and what the journal gets to see."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from appliance.messages import Delivery, Intent, Reply, Request, Result
from appliance.tally import Tally, fields

REQUEST = Request(id="r1", text="hall light on", source="mqtt:reply/a")
REPLY = Reply(
    id="r1", text="Hall light is on.", speech="Hall light is on.", route="command", ms={"understand": 0.5, "total": 12.0},
    intents=(Intent("HassTurnOn", {"name": "Hall light"}, ("light.hall",)),),
    actions=(Delivery("light.hall", Result.CONFIRMED, topic="a/set", payload="ON"), Delivery("switch.x", Result.FAILED, pin=17)),
)  # fmt: skip


def test_requests_are_counted_by_route_and_result() -> None:
    tally = Tally()
    assert tally.report() == {"requests": {}, "results": {}, "understand_ms": None, "total_ms": None}
    tally.note(REQUEST, REPLY)
    tally.note(REQUEST, Reply("r2", "No.", "No.", route="none", ms={"total": 2.0}))
    assert tally.report() == {
        "requests": {"command": 1, "none": 1}, "results": {"confirmed": 1, "failed": 1}, "understand_ms": 0.5, "total_ms": 7.0,
    }  # fmt: skip


def test_the_journal_tells_heard_understood_sent_and_result(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Tally().note(REQUEST, REPLY)
    record: Any = caplog.records[0]
    assert record.HEARD == "hall light on"
    assert record.UNDERSTOOD == "HassTurnOn name=Hall light"
    assert record.SENT == "a/set ON; pin 17"
    assert record.RESULT == "light.hall confirmed; switch.x failed"
    assert set(fields(REQUEST, REPLY)) <= set(vars(record))
