"""What is counted of requests, and what the journal and Prometheus get to see."""

from __future__ import annotations

import logging
import urllib.request
from typing import Any

import pytest

from appliance import health
from appliance.messages import Delivery, Intent, Reply, Request, Result
from appliance.metrics import COUNTERS, GAUGES, HealthCollector, start
from appliance.tally import Tally, fields
from tests.broker import free_port

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


class _Watched:
    series, readings, unreadable, alerts, waiting, dropped, problem = 3, 100, 1, 2, 0, 0, ""


class _Told:
    waiting, dropped = 3, 0


class _Queue:
    served, refused, depth = 5, 0, 1


def test_metrics_are_served_on_loopback_and_end() -> None:
    report = {
        **health.report(isa="x", worker=_Queue(), mqtt=health.NO_BROKER, entities=7, pins=None, uptime_s=60),
        **health.of_watches(_Watched(), telemetry=_Told(), history_bytes=2_000_000, disk=""),
        "requests": {"command": 4},
        "results": {"confirmed": 3},
    }
    port = free_port()
    stop = start(port, lambda: report)
    assert stop is not None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    finally:
        stop()
    assert "ternd_entities 7.0" in lines
    assert "ternd_readings_total 100.0" in lines
    assert 'ternd_requests_total{route="command"} 4.0' in lines
    assert "ternd_history_bytes 2e+06" in lines
    assert "ternd_telemetry_waiting 3.0" in lines
    assert "ternd_processor_celsius" not in " ".join(lines) or health.temperature() is not None
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)


def test_a_port_in_use_is_said_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    stop = start(port, dict)
    assert stop is not None
    assert start(port, dict) is None
    assert "cannot be used" in caplog.text
    stop()


def test_metrics_are_those_of_the_health_report() -> None:
    report = health.report(isa="x", worker=_Queue(), mqtt=health.NO_BROKER, entities=7, pins=None, uptime_s=60)
    watched = health.of_watches(_Watched(), telemetry=_Told(), history_bytes=0, disk="")
    known = {*report, *watched, *Tally().report()}
    assert set(GAUGES) | set(COUNTERS) <= known
    assert list(HealthCollector(dict).collect())
