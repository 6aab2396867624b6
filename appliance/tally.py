"""What became of the requests, counted, and written to the journal with fields of their own."""

from __future__ import annotations

import logging
import statistics
import threading
from collections import Counter, deque
from collections.abc import Mapping

from appliance.messages import Json, Reply, Request

log = logging.getLogger(__name__)

_LATEST = 200
"""Requests whose times are remembered."""
_MOST = 1000
"""Characters of a field."""


class Tally:
    """Counts requests and their results; thread-safe."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._lock = threading.Lock()
        self._routes: Counter[str] = Counter()
        self._results: Counter[str] = Counter()
        self._understand: deque[float] = deque(maxlen=_LATEST)
        self._total: deque[float] = deque(maxlen=_LATEST)

    def note(self, request: Request, reply: Reply) -> None:
        """Count one handled request, and log it."""
        with self._lock:
            self._routes[reply.route] += 1
            self._results.update(action.result.value for action in reply.actions)
            if reply.route == "command":
                self._understand.append(reply.ms.get("understand", 0.0))
            self._total.append(reply.ms.get("total", 0.0))
        log.info(
            "heard %r from %s: %s", request.text[:200], request.source, reply.text[:200], extra=fields(request, reply)
        )

    def report(self) -> dict[str, Json]:
        """The counts: ``requests`` by route, ``results`` of actions, milliseconds of the latest requests (None: there were none)."""
        with self._lock:
            return {
                "requests": dict(self._routes),
                "results": dict(self._results),
                "understand_ms": _median(self._understand),
                "total_ms": _median(self._total),
            }


def _median(times: deque[float]) -> float | None:
    return round(statistics.median(times), 2) if times else None


def fields(request: Request, reply: Reply) -> Mapping[str, str]:
    """The journal fields of a handled request: ``journalctl -u ternd HEARD=…``, ``-o json`` shows them all."""
    return {
        "REQUEST": request.id,
        "SOURCE": request.source,
        "HEARD": request.text[:_MOST],
        "ROUTE": reply.route,
        "UNDERSTOOD": "; ".join(
            " ".join([intent.name, *(f"{key}={value}" for key, value in intent.slots.items())])
            for intent in reply.intents
        )[:_MOST],
        "SENT": "; ".join(
            f"{action.topic or (f'pin {action.pin}' if action.pin is not None else '-')} {action.payload or ''}".strip()
            for action in reply.actions
            if action.topic is not None or action.pin is not None
        )[:_MOST],
        "RESULT": "; ".join(f"{action.entity} {action.result.value}" for action in reply.actions)[:_MOST],
        "REFUSED": "; ".join(reply.refusals)[:_MOST],
        "REPLY": reply.text[:_MOST],
    }
