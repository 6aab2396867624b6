"""``ternd history``: what is kept, what it costs in writes a day, and how many readings this machine takes."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from appliance.config import Settings
from appliance.demo.broker import Broker, start_broker
from appliance.errors import ConfigError, RequestError, TerndError
from appliance.health import rss_mb
from appliance.history import History, Source, Volume
from appliance.opening import history_path, open_history

DAY_S = 86_400.0
DAY_SENSORS = 60
RATE = 1000
"""Readings a second of the bench."""
SERIES = 200
_BURST_S = 0.02
_READY_S = 60.0
_WARM_S = 5.0
"""Memory is looked at for the first time when caches and buffers have had so long to fill."""
_SETTLE_S = 30.0
"""How long nothing may arrive until what has not arrived is taken for lost."""
_DROPPED = "$SYS/broker/publish/messages/dropped"


@dataclass(frozen=True, slots=True)
class Content:
    """What the history holds."""

    path: str
    bytes: int
    """Of the file."""
    series: int
    rows: int
    oldest: float | None
    """Wall-clock second."""
    volumes: tuple[Volume, ...]
    """What was written on the latest days, the last one first."""


def content(settings: Settings) -> Content:
    """Look into the history of the configuration. Raises :class:`ConfigError` when there is none."""
    path = _path(settings)
    history = open_history(settings, copy=True)
    return Content(
        path=str(path),
        bytes=sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*")),
        series=len(history.series()),
        rows=history.count(),
        oldest=history.oldest(),
        volumes=tuple(history.volumes()[:14]),
    )


def content_words(found: Content) -> str:
    """The content for people."""
    oldest = f", the oldest of {_clock(found.oldest)}" if found.oldest is not None else ""
    lines = [
        f"file      {found.path}, {found.bytes / 1e6:.2f} MB",
        f"content   {found.series} series, {found.rows} rows of readings{oldest}",
    ]
    lines += [
        f"written   {one.day}  {one.bytes / 1e6:.2f} MB, {one.rows} rows in {one.seconds / 3600:.1f} h{_a_day(one)}"
        for one in found.volumes
    ]
    if not found.volumes:
        lines.append("written   nothing measured yet: it is noted every ten minutes")
    return "\n".join(lines)


def _a_day(volume: Volume) -> str:
    if volume.seconds < 600:
        return ""
    return f", that is {volume.bytes / 1e6 * DAY_S / volume.seconds:.1f} MB a day"


def rows(settings: Settings, name: str, hours: float, *, as_json: bool) -> Iterator[str]:
    """The rows of a series as lines. Raises :class:`RequestError` when there is no such series."""
    _path(settings)
    history = open_history(settings, copy=True)
    known = history.series()
    found = [one for one in known if name in (one.what.key, one.what.name)] or [
        one for one in known if name.lower() in one.what.name.lower() or name.lower() in one.what.key.lower()
    ]
    if not found:
        raise RequestError(
            f"There is no series {name!r}. There are: {', '.join(one.what.key for one in known[:30]) or 'none'}."
        )
    end = time.time()
    for one in found[:20]:
        if not as_json:
            yield f"{one.what.name}  ({one.what.key})"
        for row in history.rows(one.id, end - 3600 * hours, end):
            if as_json:
                yield json.dumps(
                    {"series": one.what.key, "t": row.t, "n": row.n, "low": row.low, "high": row.high, "mean": row.mean}
                )
            else:
                spread = f"  {row.low:g} to {row.high:g} ({row.n})" if row.n > 1 else ""
                yield f"  {_clock(row.t)}  {row.mean:g} {one.what.unit}{spread}"
        for state in history.states(one.id, end - 3600 * hours, end):
            line = {"series": one.what.key, "t": state.t, "state": state.value}
            yield json.dumps(line) if as_json else f"  {_clock(state.t)}  {state.value}"


def _path(settings: Settings) -> Path:
    path = history_path(settings)
    if not settings.history.enabled:
        raise ConfigError("[history] is switched off in the configuration: nothing is kept on disk")
    if not path.exists():
        raise ConfigError(f"There is no history yet ({path}).")
    return path


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


# --- the bench ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What a flood of readings cost a whole daemon with a real broker."""

    seconds: float
    rate: float
    """Readings published a second."""
    sent: int
    taken: int
    """Readings that reached the watches."""
    dropped: int
    """Messages that the broker dropped, because the daemon or it itself did not get the processor in time."""
    repeated: int
    """Readings that the daemon took for copies of the one before."""
    shed: int
    """Readings that the daemon let go because it was behind."""
    reconnects: int
    """Times that the daemon, or the bench itself, lost the broker meanwhile: what is published then nobody keeps."""
    lost: int
    """Readings that nobody accounts for."""
    late_s: float
    """Seconds after the last reading was sent until a health report told of it; up to 5 are the report's own."""
    core_share: float
    """Processor time of the daemon, as a share of one core."""
    waited_s: float
    """How long the daemon's busiest thread was ready to run but got no processor: others use this machine too."""
    rss_before_mb: float
    rss_after_mb: float
    written_mb: float
    """By the daemon, to files."""
    alerts: int
    """Raised by the way: some of the readings are beyond their threshold."""
    day_mb: float
    """Written for a day of :data:`DAY_SENSORS` sensors that report once a minute."""
    day_file_mb: float
    """Size of the file after that day."""


_BENCH = """
[node]
id = "bench"
[mqtt]
port = {port}
shared_requests = false
announce = false
[store]
path = "{folder}/ternd.sqlite"
[history]
flush_s = 10
[[watch]]
id = "flood"
topics = ["bench/+/value"]
unit = "°C"
window_s = 30
above = 80
hysteresis = 5
rise = 50
zscore = 8
missing_s = 600
"""


def bench(seconds: float) -> BenchReport:
    """Publish :data:`RATE` readings a second to a daemon of its own and look what that costs.

    Raises:
        TerndError: there is no broker program, or the daemon does not start.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ternd-bench-")))
        broker = start_broker()
        stack.callback(broker.stop)
        process = _daemon(folder, broker, stack)
        health: dict[str, Any] = {}
        client = _client(broker, health)
        stack.callback(client.disconnect)
        before, dropped, repeated = health["readings"], health["dropped"], health["readings_repeated"]
        shed = health["readings_shed"]
        connections = health["listener_connects"] + health["connections"]

        def fate() -> int:
            """Readings of which it is known what became of them."""
            known = sum(health[key] for key in ("readings", "dropped", "readings_repeated", "readings_shed"))
            return int(known - before - dropped - repeated - shed)

        first = _usage(process.pid)
        warm = 0.0
        began = time.monotonic()
        sent = 0
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * RATE:
                value = 20 + sent % 17 if sent % 5000 else 99
                if client.publish(f"bench/{sent % SERIES}/value", str(value), qos=0).rc != paho.MQTT_ERR_SUCCESS:
                    break  # there is no connection: it is published when there is one
                sent += 1
            if not warm and passed > min(_WARM_S, seconds / 2):
                warm = rss_mb(process.pid)
            time.sleep(_BURST_S)
        took = time.monotonic() - began
        ended = time.monotonic()
        known, heard_at = fate(), ended
        while known < sent and time.monotonic() < heard_at + _SETTLE_S:
            time.sleep(_BURST_S)
            if fate() != known:  # megabytes may wait between broker and daemon: as long as it goes on, nothing is lost
                known, heard_at = fate(), time.monotonic()
        last = _usage(process.pid)
        day_mb, day_file_mb = day_volume(folder)
        return BenchReport(
            seconds=round(took, 1),
            rate=round(sent / took),
            sent=sent,
            taken=health["readings"] - before,
            dropped=health["dropped"] - dropped,
            repeated=health["readings_repeated"] - repeated,
            shed=health["readings_shed"] - shed,
            reconnects=health["listener_connects"] + health["connections"] - connections,
            lost=sent - fate(),
            late_s=round(heard_at - ended, 1),
            core_share=round((last[0] - first[0]) / took, 3),
            waited_s=round(_waited(process.pid), 1),
            rss_before_mb=warm,
            rss_after_mb=rss_mb(process.pid),
            written_mb=round((last[1] - first[1]) / 1e6, 2),
            alerts=int(health.get("alerts", 0)),
            day_mb=day_mb,
            day_file_mb=day_file_mb,
        )


def bench_words(report: BenchReport) -> str:
    """The report for people."""
    fate = f"{report.taken} taken, the last {report.late_s:.0f} s later, {report.dropped} dropped by the broker"
    if report.repeated:
        fate += f", {report.repeated} taken for copies"
    if report.shed:
        fate += f", {report.shed} let go"
    if report.lost or report.reconnects:
        times = "once" if report.reconnects == 1 else f"{report.reconnects} times"
        fate += (
            f", {report.lost} lost; the connection to the broker was lost {times if report.reconnects else 'not once'}"
        )
    return (
        f"readings  {report.sent} sent in {report.seconds:.0f} s ({report.rate:.0f} a second), {fate}\n"
        f"processor {100 * report.core_share:.0f} % of one core; waited {report.waited_s:.0f} s for one that others used\n"
        f"memory    {report.rss_before_mb:.1f} MB after the first seconds, {report.rss_after_mb:.1f} MB at the end\n"
        f"written   {report.written_mb:.2f} MB to files, {report.alerts} alerts raised at the end\n"
        f"a day     of {DAY_SENSORS} sensors that report once a minute: {report.day_mb:.1f} MB written, {report.day_file_mb:.1f} MB kept"
    )


def day_volume(folder: Path) -> tuple[float, float]:
    """Megabytes written, and kept, for a day of :data:`DAY_SENSORS` sensors; the day passes in seconds."""
    path = folder / "day.sqlite"
    passed = [0.0]
    history = History(path, clock=lambda: passed[0])
    sources = [
        Source(f"home/{number}/temperature", f"Sensor {number}", "°C", "temperature") for number in range(DAY_SENSORS)
    ]
    begin = 1_800_000_000.0
    for minute in range(24 * 60):
        for number, source in enumerate(sources):
            value = 20 + 5 * math.sin(minute / 200 + number)
            history.read(source, round(value, 2), begin + 60 * minute + number)
        passed[0] = 60.0 * (minute + 1)
        history.flush(begin + passed[0])
    written = sum(volume.bytes for volume in history.volumes())
    history.close()
    return round(written / 1e6, 2), round(path.stat().st_size / 1e6, 2)


def _daemon(folder: Path, broker: Broker, stack: contextlib.ExitStack) -> subprocess.Popen[bytes]:
    """A daemon that is ready, ended with the stack."""
    notify = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    address = str(folder / "notify")
    notify.bind(address)
    notify.settimeout(_READY_S)
    settings = folder / "ternd.toml"
    settings.write_text(_BENCH.format(port=broker.port, folder=folder), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "appliance", "run", "--config", str(settings)],
        env={**os.environ, "NOTIFY_SOCKET": address, "STATE_DIRECTORY": str(folder)},
        stderr=subprocess.DEVNULL,
    )
    stack.callback(process.wait, _READY_S)
    stack.callback(process.terminate)
    try:
        while b"READY=1" not in notify.recv(4096):
            pass
    except TimeoutError as error:
        raise TerndError(f"the daemon was not ready within {_READY_S:.0f} seconds") from error
    return process


def _client(broker: Broker, health: dict[str, Any]) -> paho.Client:
    """A client that publishes and hears the health report; it waits until the daemon listens."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="the-plant")
    heard = threading.Event()

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        with contextlib.suppress(ValueError):
            if message.topic == _DROPPED:
                health["dropped"] = int(message.payload)
            else:
                health.update(json.loads(message.payload))
                heard.set()

    def connected(client: paho.Client, *_: object) -> None:
        health["connections"] += 1
        client.subscribe([("ternd/bench/health", 1), (_DROPPED, 0)])

    health["dropped"] = health["connections"] = 0
    client.on_message = take
    client.on_connect = connected
    client.connect(broker.host, broker.port)
    client.loop_start()
    if not heard.wait(_READY_S):
        raise TerndError("the daemon did not come to the broker")
    deadline = time.monotonic() + _READY_S
    while health.get("readings", 0) < 1 and time.monotonic() < deadline:
        client.publish("bench/0/value", "20", qos=1).wait_for_publish(5)
        time.sleep(0.2)
    heard.clear()
    if not heard.wait(_READY_S) or not health.get("readings"):  # the report after the last of these
        raise TerndError("the daemon takes no readings")
    return client


def _usage(pid: int) -> tuple[float, int]:
    """Processor seconds and bytes written to storage so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    written = 0
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/io").read_text("ascii").splitlines():
            if line.startswith("write_bytes:"):
                written = int(line.split()[1])
    return ticks / os.sysconf("SC_CLK_TCK"), written


def _waited(pid: int) -> float:
    """Seconds that the busiest thread of a process has waited for a processor; 0 where the kernel does not tell."""
    threads = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            ran, waited = (int(field) for field in (task / "schedstat").read_text("ascii").split()[:2])
            threads.append((ran, waited))
    return max(threads, default=(0, 0))[1] / 1e9
