"""The health report of a node: what ``ternd/<node>/health`` shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from appliance import __version__
from appliance.messages import Json

_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")


class Queue(Protocol):
    """What is asked of the worker."""

    served: int
    refused: int

    @property
    def depth(self) -> int:
        """Requests that wait."""


class Connection(Protocol):
    """What is asked of the MQTT client's counters."""

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""

    @property
    def connects(self) -> int:
        """Times the connection came up."""

    @property
    def listener_connects(self) -> int:
        """Times one of those came up on which home and readings are heard."""

    @property
    def shed(self) -> int:
        """Readings that were let go because more came than could be taken."""

    @property
    def behind_s(self) -> float:
        """How old readings are when they come."""

    @property
    def dropped(self) -> int:
        """Messages that found no room or no connection in time."""

    @property
    def refused(self) -> int:
        """Requests refused before they reached the assistant."""

    @property
    def last_error(self) -> str:
        """Why there is no connection."""


class Watched(Protocol):
    """What is asked of the watches."""

    @property
    def series(self) -> int:
        """Series in the history."""

    @property
    def readings(self) -> int:
        """Readings since the start."""

    @property
    def unreadable(self) -> int:
        """Messages on watched topics without one."""

    @property
    def repeated(self) -> int:
        """Messages on watched topics taken for copies."""

    @property
    def alerts(self) -> int:
        """Alerts that are raised."""

    @property
    def waiting(self) -> int:
        """Messages that wait for the broker."""

    @property
    def dropped(self) -> int:
        """Readings and messages for which there was no room."""

    @property
    def problem(self) -> str:
        """What is wrong with the disk."""


class Told(Protocol):
    """What is asked of the telemetry."""

    @property
    def waiting(self) -> int:
        """Readings that wait for the broker."""

    @property
    def dropped(self) -> int:
        """Readings for which there was no room."""


def of_watches(watched: Watched, *, telemetry: Told | None, history_bytes: int, disk: str) -> dict[str, Json]:
    """The part of the report about readings, alerts and the disk; `disk` is the problem of the other database."""
    told = {"telemetry_waiting": telemetry.waiting, "telemetry_dropped": telemetry.dropped} if telemetry else {}
    return {
        "series": watched.series,
        "readings": watched.readings,
        "unreadable": watched.unreadable,
        "readings_repeated": watched.repeated,
        "alerts": watched.alerts,
        "alerts_waiting": watched.waiting,
        "readings_dropped": watched.dropped,
        "history_mb": round(history_bytes / 1e6, 2),
        "disk": disk or watched.problem or "ok",
        **told,
    }


def report(
    *, isa: str, worker: Queue, mqtt: Connection, entities: int, pins: str | None, uptime_s: float
) -> dict[str, Json]:
    """Make the report. `rss_mb` is resident memory, `temperature` the processor's in degrees Celsius or None."""
    return {
        "version": __version__,
        "models": {"command": isa},
        "entities": entities,
        "queue": worker.depth,
        "served": worker.served,
        "drops": worker.refused + mqtt.refused + mqtt.dropped,
        "connected": mqtt.connected,
        "connects": mqtt.connects,
        "listener_connects": mqtt.listener_connects,
        "readings_shed": mqtt.shed,
        "readings_behind_s": mqtt.behind_s,
        "rss_mb": rss_mb(),
        "temperature": temperature(),
        "pins": pins or "ok",
        "last_error": mqtt.last_error,
        "uptime_s": round(uptime_s),
    }


def rss_mb(pid: int | str = "self") -> float:
    """Resident memory of a process in MB (10^6 bytes); 0 where /proc does not tell."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return round(int(line.split()[1]) * 1024 / 1e6, 1)
    except (OSError, ValueError, IndexError):
        pass
    return 0.0


def temperature() -> float | None:
    """Temperature of the processor in degrees Celsius, where the kernel tells."""
    try:
        return round(int(_THERMAL.read_text()) / 1000, 1)
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class _NoBroker:
    connected: bool = False
    connects: int = 0
    listener_connects: int = 0
    shed: int = 0
    behind_s: float = 0.0
    dropped: int = 0
    refused: int = 0
    last_error: str = "MQTT is switched off"


NO_BROKER = _NoBroker()
"""The counters of a node whose MQTT is switched off."""
