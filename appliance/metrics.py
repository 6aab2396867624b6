"""Counters for Prometheus on a loopback port; off unless ``[metrics] port`` says so. The numbers are those of the health report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from appliance.messages import Json

if TYPE_CHECKING:
    from prometheus_client.core import Metric

log = logging.getLogger(__name__)

ADDRESS = "127.0.0.1"
GAUGES: Mapping[str, tuple[str, str, float]] = {
    "entities": ("ternd_entities", "Entities of the home.", 1),
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
}
"""Key of the health report to name and help of a counter."""
LABELLED: Mapping[str, tuple[str, str, str]] = {
    "requests": ("ternd_requests", "Requests by the way they were understood.", "route"),
    "results": ("ternd_actions", "Actions by their result.", "result"),
}
"""Key of the health report to name, help and label of a family of counters."""


class HealthCollector:
    """Makes metrics of a health report whenever they are asked for."""

    def __init__(self, report: Callable[[], Mapping[str, Json]]) -> None:
        """`report` is called from the thread of the server."""
        self._report = report

    def collect(self) -> Iterator[Metric]:
        """The metrics of the report; what it does not hold is left out."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

        report = self._report()
        for key, (name, text, scale) in GAUGES.items():
            if _is_number(report.get(key)):
                yield GaugeMetricFamily(name, text, value=report[key] * scale)
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
    return isinstance(value, int | float) and not isinstance(value, bool)


def start(port: int, report: Callable[[], Mapping[str, Json]]) -> Callable[[], None] | None:
    """Serve ``http://127.0.0.1:<port>/metrics``; returns what ends it. None: it cannot be served, and the log says why."""
    try:
        from prometheus_client import CollectorRegistry, start_http_server
    except ImportError:
        log.error('[metrics] port is set, but prometheus-client is missing; run: pip install "ternd[metrics]"')  # noqa: TRY400
        return None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HealthCollector(report))
    try:
        server, thread = start_http_server(port, ADDRESS, registry)
    except OSError as error:
        log.error("no metrics: port %d of %s cannot be used: %s", port, ADDRESS, error)  # noqa: TRY400
        return None
    log.info("metrics on http://%s:%d/metrics", ADDRESS, port)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(2)

    return stop
