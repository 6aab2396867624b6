"""Counters for Prometheus: the format as its own parser reads it, and a server that nobody can wear out."""

from __future__ import annotations

import contextlib
import http.client
import math
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from appliance import health, metrics
from appliance.messages import Json
from appliance.metrics import COUNTERS, GAUGES, LABELLED, SOUND, HealthCollector, start
from appliance.tally import Tally
from tests.broker import free_port


class _Watched:
    series, readings, unreadable, repeated, alerts, waiting, dropped, problem = 3, 100, 1, 0, 2, 0, 0, ""


class _Told:
    waiting, dropped = 3, 0


class _Queue:
    served, refused, depth = 5, 0, 1


REPORT: dict[str, Json] = {
    **health.report(isa="x", worker=_Queue(), mqtt=health.NO_BROKER, entities=7, pins=None, uptime_s=60),
    **health.of_watches(_Watched(), telemetry=_Told(), history_bytes=2_000_000, disk=""),
    "requests": {"command": 4},
    "results": {"confirmed": 3},
}


def render(report: Mapping[str, Json]) -> str:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HealthCollector(lambda: report))
    text: str = generate_latest(registry).decode()
    return text


def samples(report: Mapping[str, Json]) -> dict[str, float]:
    """What Prometheus' own parser reads."""
    found = {}
    for family in text_string_to_metric_families(render(report)):
        assert family.documentation
        assert family.type in {"gauge", "counter"}
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


# --- the format


def test_the_numbers_are_those_of_the_health_report() -> None:
    read = samples(REPORT)
    assert read["ternd_entities"] == 7
    assert read["ternd_readings_total"] == 100
    assert read["ternd_requests_total{route=command}"] == 4
    assert read["ternd_history_bytes"] == 2e6
    assert read["ternd_telemetry_waiting"] == 3
    assert read["ternd_broker_connected"] == 0
    assert (read["ternd_disk_ok"], read["ternd_pins_ok"]) == (1, 1)
    assert ("ternd_processor_celsius" in read) is (health.temperature() is not None)
    assert samples({**REPORT, "disk": "full", "connected": True})["ternd_disk_ok"] == 0


def test_every_key_is_one_of_the_report() -> None:
    known = {*REPORT, *Tally().report()}
    assert set(GAUGES) | set(COUNTERS) | set(LABELLED) | set(SOUND) <= known


def test_each_family_is_described_once_and_before_its_samples() -> None:
    lines = render(REPORT).splitlines()
    assert render(REPORT).endswith("\n")
    described: list[str] = []
    for line in lines:
        if line.startswith("# HELP "):
            described.append(line.split()[2])
        elif line.startswith("# TYPE "):
            assert line.split()[2] == described[-1]
        else:
            assert line.partition("{")[0].split()[0] == described[-1]
    assert len(described) == len(set(described))


def test_an_empty_report_is_no_error() -> None:
    assert samples({}) == {"ternd_info{version=}": 1}


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 10**12), max_size=5))
def test_labels_are_escaped(results: dict[str, int]) -> None:
    read: dict[str, float] = {}
    for family in text_string_to_metric_families(render({"results": results})):
        read |= {
            sample.labels["result"]: sample.value for sample in family.samples if sample.name == "ternd_actions_total"
        }
    assert read == results


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e300, -0.0])
def test_numbers_of_all_kinds_can_be_read(value: float) -> None:
    read = samples({"entities": value})["ternd_entities"]
    assert read == value or (math.isnan(read) and math.isnan(value))


# --- the server


@pytest.fixture(autouse=True)
def _slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for tests that are about it."""
    monkeypatch.setattr(metrics, "CLIENT_S", 60.0)


@contextlib.contextmanager
def serving(report: Callable[[], Mapping[str, Json]] = lambda: REPORT) -> Iterator[int]:
    port = free_port()
    stop = start(port, report)
    assert stop is not None
    try:
        yield port
    finally:
        stop()


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as said:
        assert said.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text: str = said.read().decode()
    return text


def scrape_in_time(port: int) -> str:
    """What comes once those who hold the connections have had their time."""
    ends = time.monotonic() + 60
    while True:
        try:
            return scrape(port)
        except OSError:
            assert time.monotonic() < ends
            time.sleep(0.1)


def test_it_serves_on_loopback_and_ends() -> None:
    before = threading.active_count()
    with serving() as port:
        assert scrape(port) == render(REPORT)
        assert scrape(port) == render(REPORT)
    assert threading.active_count() == before
    with pytest.raises(OSError, match="refused"):
        scrape(port)
    assert metrics.ADDRESS == "127.0.0.1"


def test_the_port_can_be_taken_again_at_once() -> None:
    with serving() as port:
        scrape(port)
    stop = start(port, dict)
    assert stop is not None
    stop()


def test_a_port_in_use_is_said_and_no_end(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as port:
        assert start(port, dict) is None
    assert "cannot be used" in caplog.text


def test_a_report_that_fails_is_an_answer_and_no_end() -> None:
    reports: list[Mapping[str, Json]] = []
    with serving(reports.pop) as port:
        with pytest.raises((urllib.error.URLError, http.client.HTTPException, ConnectionError)):
            scrape(port)
        reports.append(REPORT)
        assert scrape(port)


def test_connections_that_say_nothing_cost_few_threads_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "CLIENT_S", 0.5)
    with serving() as port:
        before = threading.active_count()
        idle = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(100)]
        assert threading.active_count() <= before + metrics.MAX_CLIENTS
        assert scrape_in_time(port)
        for connection in idle:
            connection.close()


@pytest.mark.parametrize(
    "said", [b"\r\n\r\n", b"GET\r\n\r\n", b"\xff\x00 / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + b"x" * 70_000 + b"\r\n\r\n"]
)
def test_what_is_no_request_harms_nobody(said: bytes) -> None:
    with serving() as port:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection, contextlib.suppress(OSError):
            connection.sendall(said)
            connection.recv(99)
        assert scrape_in_time(port)


def test_who_never_reads_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "CLIENT_S", 0.5)
    large: dict[str, Json] = {"requests": {f"{i}": i for i in range(200_000)}}
    with serving(lambda: large) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as deaf:
        before = threading.active_count()
        deaf.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        ends = time.monotonic() + 60
        while threading.active_count() > before and time.monotonic() < ends:
            time.sleep(0.1)
        assert threading.active_count() <= before


def test_a_connection_ends_in_time_however_slowly_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "CLIENT_S", 0.5)
    with serving() as port, socket.create_connection(("127.0.0.1", port), timeout=5) as slow:
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - began < 30:
                slow.sendall(b"x")
                time.sleep(0.05)
                slow.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    if slow.recv(1) == b"":
                        break
                slow.settimeout(5)
        assert time.monotonic() - began < 15


def test_a_large_answer_comes_whole() -> None:
    large: dict[str, Json] = {"requests": {f"{i}": i for i in range(5_000)}}
    with serving(lambda: large) as port:
        assert scrape(port) == render(large)
