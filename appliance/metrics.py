"""Counters for Prometheus on a loopback port; off unless ``[metrics] port`` says so. The numbers are those of the health report.

The library makes the text; a few connections at a time, each for a few seconds, bound what any program on this machine can cost.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from appliance.messages import Json

if TYPE_CHECKING:
    from prometheus_client.core import Metric

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
MAX_CLIENTS = 8
"""Connections that are served at a time; further ones are closed."""
CLIENT_S = 3.0
"""How long a connection may take in all."""
_POLL_S = 0.25

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
    "readings_behind_s": ("ternd_readings_behind_seconds", "How old readings are when they come.", 1),
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
    "listener_connects": ("ternd_broker_listener_connects", "Times a connection for home or readings came up."),
    "readings": ("ternd_readings", "Readings taken by watches."),
    "unreadable": ("ternd_readings_unreadable", "Messages on watched topics that held no reading."),
    "readings_repeated": ("ternd_readings_repeated", "Messages on watched topics that were taken for copies."),
    "readings_shed": ("ternd_readings_shed", "Readings that were let go because more came than could be taken."),
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


class HealthCollector:
    """Makes metrics of a health report whenever they are asked for."""

    def __init__(self, report: Callable[[], Mapping[str, Json]]) -> None:
        """`report` is called from the threads of the server."""
        self._report = report

    def collect(self) -> Iterator[Metric]:
        """The metrics of the report; what it does not hold is left out."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

        report = self._report()
        for key, (name, text, scale) in GAUGES.items():
            if _is_number(report.get(key)):
                yield GaugeMetricFamily(name, text, value=report[key] * scale)
        for key, (name, text) in SOUND.items():
            if key in report:
                yield GaugeMetricFamily(name, text, value=report[key] == "ok")
        for key, (name, text) in COUNTERS.items():
            if _is_number(report.get(key)):
                yield CounterMetricFamily(name, text, value=report[key])
        for key, (name, text, label) in LABELLED.items():
            family = CounterMetricFamily(name, text, labels=[label])
            for value, count in dict(report.get(key) or {}).items():
                family.add_metric([str(value)], count)
            yield family
        yield InfoMetricFamily("ternd", "The release.", value={"version": str(report.get("version", ""))})


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float)


class _Server(ThreadingHTTPServer):
    """Few connections, each for a short while."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self._ends_at: dict[socket.socket, float] = {}
        super().__init__((ADDRESS, port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection on a thread of its own, if there are not too many."""
        if len(self._ends_at) >= MAX_CLIENTS:
            self.shutdown_request(request)
            return
        self._ends_at[request] = time.monotonic() + CLIENT_S
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self._ends_at.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End the connections whose time is up, however slowly they send or read."""
        now = time.monotonic()
        for request, ends_at in list(self._ends_at.items()):
            if ends_at <= now:
                with contextlib.suppress(OSError):  # it ended meanwhile
                    request.shutdown(socket.SHUT_RDWR)  # its thread wakes, and closes it

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - as it is called
        """A report that failed, or a connection that was ended: neither ends the server."""
        error = sys.exc_info()[1]
        log.log(
            logging.DEBUG if isinstance(error, OSError) else logging.ERROR,
            "no metrics for %s: %r",
            client_address,
            error,
        )


def start(port: int, report: Callable[[], Mapping[str, Json]]) -> Callable[[], None] | None:
    """Serve ``http://127.0.0.1:<port>/metrics``; returns what ends it. None: it cannot be served, and the log says why."""
    try:
        from prometheus_client import CollectorRegistry, MetricsHandler
    except ImportError:
        log.error('[metrics] port is set, but prometheus-client is missing; run: pip install "ternd[metrics]"')  # noqa: TRY400
        return None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HealthCollector(report))
    try:
        server = _Server(port, MetricsHandler.factory(registry))
    except OSError as error:
        log.error("no metrics: port %d of %s cannot be used: %s", port, ADDRESS, error)  # noqa: TRY400
        return None
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), name="metrics", daemon=True)
    thread.start()
    log.info("metrics on http://%s:%d/metrics", ADDRESS, port)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(2)

    return stop
