"""Counters for Prometheus on a loopback port; off unless ``[metrics] port`` says so. The numbers are those of the health report.

One thread serves a few connections at a time, each for a few seconds: whoever opens many, sends slowly or never reads costs
neither threads nor memory, and nobody else the answer for long.
"""

from __future__ import annotations

import contextlib
import logging
import math
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from appliance.messages import Json

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
MAX_CLIENTS = 8
"""Connections that are served at a time; the next one takes the place of the oldest."""
MAX_REQUEST = 8192
"""Longest request, in bytes."""
CLIENT_S = 3.0
"""How long a connection may take in all."""
_PIECE = 4096
_BACKLOG = 16
_IDLE_S = 60.0
_REST_S = 0.1
"""Rest after a connection that could not be taken: it would be tried again without end."""

GAUGES: Mapping[str, tuple[str, str, float]] = {
    "entities": ("ternd_entities", "Entities of the home.", 1),
    "connected": ("ternd_broker_connected", "Whether the broker is there.", 1),
    "queue": ("ternd_queue_requests", "Requests that wait.", 1),
    "rss_mb": ("ternd_resident_bytes", "Resident memory.", 1e6),
    "temperature": ("ternd_processor_celsius", "Temperature of the processor.", 1),
    "uptime_s": ("ternd_uptime_seconds", "Time since the start.", 1),
    "understand_ms": ("ternd_understand_seconds", "Median time to understand, of the latest requests.", 1e-3),
    "total_ms": ("ternd_request_seconds", "Median time of the latest requests.", 1e-3),
    "series": ("ternd_series", "Series in the history.", 1),
    "alerts": ("ternd_alerts", "Alerts that are raised.", 1),
    "alerts_waiting": ("ternd_alert_messages_waiting", "Messages about alerts that wait for the broker.", 1),
    "telemetry_waiting": ("ternd_telemetry_waiting", "Readings of own pins that wait for the broker.", 1),
    "history_mb": ("ternd_history_bytes", "Size of the history.", 1e6),
}
"""Key of the health report to name, help and scale of a gauge."""
COUNTERS: Mapping[str, tuple[str, str]] = {
    "served": ("ternd_served", "Requests served."),
    "drops": ("ternd_dropped", "Requests and messages that were dropped."),
    "connects": ("ternd_broker_connects", "Times the connection to the broker came up."),
    "readings": ("ternd_readings", "Readings taken by watches."),
    "unreadable": ("ternd_readings_unreadable", "Messages on watched topics that held no reading."),
    "readings_dropped": ("ternd_readings_dropped", "Readings and messages about them for which there was no room."),
    "telemetry_dropped": ("ternd_telemetry_dropped", "Readings of own pins for which there was no room."),
}
"""Key of the health report to name, without ``_total``, and help of a counter."""
LABELLED: Mapping[str, tuple[str, str, str]] = {
    "requests": ("ternd_requests", "Requests by the way they were understood.", "route"),
    "results": ("ternd_actions", "Actions by their result.", "result"),
}
"""Key of the health report to name, help and label of a family of counters."""
SOUND: Mapping[str, tuple[str, str]] = {
    "disk": ("ternd_disk_ok", "Whether the databases can be written."),
    "pins": ("ternd_pins_ok", "Whether the pins can be used."),
}
"""Key of the health report, which holds ``ok`` or what is wrong, to name and help of a gauge."""


def render(report: Mapping[str, Json]) -> str:
    """A health report in Prometheus' text format 0.0.4; what it does not hold is left out."""
    return "".join(_families(report))


def _families(report: Mapping[str, Json]) -> Iterator[str]:
    for key, (name, text, scale) in GAUGES.items():
        if _is_number(report.get(key)):
            yield _family(name, text, "gauge", [("", report[key] * scale)])
    for key, (name, text) in SOUND.items():
        if key in report:
            yield _family(name, text, "gauge", [("", report[key] == "ok")])
    for key, (name, text) in COUNTERS.items():
        if _is_number(report.get(key)):
            yield _family(f"{name}_total", text, "counter", [("", report[key])])
    for key, (name, text, label) in LABELLED.items():
        counts = dict(report.get(key) or {})
        yield _family(f"{name}_total", text, "counter", [(_label(label, value), counts[value]) for value in counts])
    yield _family("ternd_info", "The release.", "gauge", [(_label("version", report.get("version", "")), 1)])


def _family(name: str, text: str, kind: str, samples: list[tuple[str, float]]) -> str:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    return "\n".join([*lines, *(f"{name}{labels} {_value(value)}" for labels, value in samples), ""])


def _label(name: str, value: Json) -> str:
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{{name}="{escaped}"}}'


def _value(value: float) -> str:
    number = float(value)
    if math.isfinite(number):
        return repr(number)
    return "NaN" if math.isnan(number) else f"{'+' if number > 0 else '-'}Inf"


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float)


def answer(request: bytes, report: Callable[[], Mapping[str, Json]]) -> bytes:
    """The whole HTTP response to a request, of which at least the first line and all headers have come."""
    words = request.split(b"\r\n", 1)[0].split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        return _response("400 Bad Request", "This is no request.\n")
    method, target = words[0], words[1].split(b"?", 1)[0]
    if method not in {b"GET", b"HEAD"}:
        return _response("405 Method Not Allowed", "Use GET.\n", "Allow: GET, HEAD\r\n")
    if target not in {b"/metrics", b"/"}:
        return _response("404 Not Found", "There is only /metrics.\n")
    try:
        text = render(report())
    except Exception:  # a defect must not end the thread that serves
        log.exception("no metrics just now")
        return _response("500 Internal Server Error", "The report failed; see the log.\n")
    whole = _response("200 OK", text)
    return whole if method == b"GET" else whole[: whole.index(b"\r\n\r\n") + 4]


def _response(status: str, text: str, more: str = "") -> bytes:
    body = text.encode("utf-8", "replace")
    kind = "text/plain; version=0.0.4; charset=utf-8"
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
    )
    return head.encode() + body


def start(port: int, report: Callable[[], Mapping[str, Json]]) -> Callable[[], None] | None:
    """Serve ``http://127.0.0.1:<port>/metrics``; returns what ends it. None: it cannot be served, and the log says why.

    `report` is called from the thread of the server.
    """
    try:
        listening = socket.create_server((ADDRESS, port), backlog=_BACKLOG)
    except OSError as error:
        log.error("no metrics: port %d of %s cannot be used: %s", port, ADDRESS, error)  # noqa: TRY400
        return None
    server = _Server(listening, report)
    thread = threading.Thread(target=server.run, name="metrics", daemon=True)
    thread.start()
    log.info("metrics on http://%s:%d/metrics", ADDRESS, port)

    def stop() -> None:
        server.stop()
        thread.join(2)

    return stop


@dataclass(eq=False)
class _Client:
    """One connection: what came, and what of the answer is still to go."""

    connection: socket.socket
    ends_at: float
    came: bytes = b""
    going: memoryview | None = field(default=None)
    """None: the request is not there yet; empty: the other end is to close."""


class _Server:
    """Answers on one thread; nothing waits for one client alone."""

    def __init__(self, listening: socket.socket, report: Callable[[], Mapping[str, Json]]) -> None:
        self._listening = listening
        self._report = report
        self._selector = selectors.DefaultSelector()
        self._clients: dict[_Client, None] = {}
        self._wake, self._woken = socket.socketpair()

    def stop(self) -> None:
        """Let :meth:`run` return."""
        with contextlib.suppress(OSError):
            self._wake.send(b"x")

    def run(self) -> None:
        """Serve until :meth:`stop`."""
        self._listening.setblocking(False)
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        try:
            while self._step():
                pass
        finally:
            for client in list(self._clients):
                self._close(client)
            for end in (self._selector, self._listening, self._wake, self._woken):
                end.close()

    def _step(self) -> bool:
        now = time.monotonic()
        first = next(iter(self._clients), None)
        for chosen, _events in self._selector.select(max(0.0, first.ends_at - now) if first else _IDLE_S):
            if chosen.fileobj is self._woken:
                return False
            if chosen.fileobj is self._listening:
                self._accept()
            elif chosen.data in self._clients:
                self._serve(chosen.data)
        now = time.monotonic()
        for client in [client for client in self._clients if client.ends_at <= now]:
            self._close(client)
        return True

    def _accept(self) -> None:
        try:
            connection, _address = self._listening.accept()
        except OSError as error:  # it went away again, or there are no more files: whoever is oldest makes room
            log.debug("no connection for metrics: %s", error)
            self._close_oldest()
            time.sleep(_REST_S)
            return
        if len(self._clients) >= MAX_CLIENTS:
            self._close_oldest()
        connection.setblocking(False)
        client = _Client(connection, time.monotonic() + CLIENT_S)
        self._clients[client] = None
        self._selector.register(connection, selectors.EVENT_READ, client)

    def _close_oldest(self) -> None:
        for client in list(self._clients)[:1]:
            self._close(client)

    def _serve(self, client: _Client) -> None:
        try:
            if client.going:
                self._send(client, client.going)
            else:
                self._receive(client)
        except BlockingIOError:
            pass
        except OSError:
            self._close(client)

    def _receive(self, client: _Client) -> None:
        piece = client.connection.recv(_PIECE)
        if not piece:
            self._close(client)
        elif client.going is None:
            client.came += piece
            if b"\r\n\r\n" in client.came or len(client.came) > MAX_REQUEST:
                said = client.came if len(client.came) <= MAX_REQUEST else b""
                self._selector.modify(client.connection, selectors.EVENT_WRITE, client)
                self._send(client, memoryview(answer(said, self._report)))

    def _send(self, client: _Client, going: memoryview) -> None:
        client.going = going
        client.going = going[client.connection.send(going) :]
        if not client.going:  # what it still sends is read, not refused: that could cost it the answer
            client.connection.shutdown(socket.SHUT_WR)
            self._selector.modify(client.connection, selectors.EVENT_READ, client)

    def _close(self, client: _Client) -> None:
        self._clients.pop(client, None)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(client.connection)
        client.connection.close()
