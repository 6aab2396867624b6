"""Requests that ask about the past: read, answered, or left to others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from appliance.messages import Home, Intent, Reply, Request
from appliance.recall.answers import Answer, Historian
from appliance.recall.grammar import Question, parse
from appliance.recall.times import When, find_when, moment_words

INTENT = "TerndGetHistory"
"""Name of the intent in replies; Home Assistant has none for this."""
ROUTE = "history"
_MOST = 5


class Alert(Protocol):
    """What is asked of an alert."""

    @property
    def raised(self) -> float:
        """Wall-clock second."""

    @property
    def cleared(self) -> float | None:
        """Wall-clock second; None: it is raised still."""

    @property
    def text(self) -> str:
        """What it says."""


class Recall:
    """Answers what was; it has no way to act. Call it from one thread."""

    def __init__(
        self,
        historian: Historian,
        *,
        home: Callable[[], Home],
        alerts: Callable[[float, float], Sequence[Alert]],
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Store the parts.

        Args:
            historian: answers from the history.
            home: as it is now.
            alerts: those raised at some time between two wall-clock seconds, oldest first.
            wall: wall-clock seconds.
        """
        self._historian = historian
        self._home = home
        self._alerts = alerts
        self._wall = wall

    def handle(self, request: Request) -> Reply | None:
        """Answer a question about the past; None: it is no such question, or about nothing that is known."""
        began = time.perf_counter()
        now = self._wall()
        question = parse(request.text, now)
        if question is None:
            return None
        if question.form in {"alerts", "summary"}:
            answer: Answer | None = self._told(question, now)
        else:
            answer = self._historian.answer(question, self._home(), now)
        if answer is None:
            return None
        total = round(1000 * (time.perf_counter() - began), 2)
        return Reply(
            id=request.id,
            text=answer.text,
            speech=answer.text,
            intents=(Intent(INTENT, _slots(question), answer.entities),),
            route=ROUTE,
            ms={"understand": 0.0, "answer": total, "total": total},
        )

    def _told(self, question: Question, now: float) -> Answer | None:
        """The alerts of a time, or those raised now."""
        if question.target:
            return None
        when = question.when
        if question.form == "summary" and when is None:
            when, _ = find_when("today", now)
        alerts = list(self._alerts(when.start, when.end) if when is not None else self._alerts(now, now))
        if when is None:
            alerts = [alert for alert in alerts if alert.cleared is None]
        if not alerts:
            return Answer("There is no alert." if when is None else f"There was no alert {when.words}.")
        shown = [_alert_words(alert, when, now) for alert in alerts[-_MOST:]]
        count = f"{len(alerts)} alerts{f' {when.words}' if when is not None else ''}. " if len(alerts) > 1 else ""
        more = f" And {len(alerts) - _MOST} before them." if len(alerts) > _MOST else ""
        return Answer(count + " ".join(shown) + more)


def _alert_words(alert: Alert, when: When | None, now: float) -> str:
    began = moment_words(alert.raised, now)
    if when is None or alert.cleared is None:
        return f"{alert.text} (Since {began.removeprefix('at ')}.)"
    return f"{began[:1].upper()}{began[1:]}: {alert.text}"


def _slots(question: Question) -> dict[str, str | float]:
    bound = question.bound
    slots: dict[str, str | float] = {
        "question": question.form,
        "name": question.target,
        "state": question.state,
        "device_class": question.measure,
        "time": question.when.words if question.when is not None else "",
    }
    if bound is not None:
        slots["above" if bound.above else "below"] = bound.value
    return {name: value for name, value in slots.items() if value != ""}


def first(
    recall: Recall, otherwise: Callable[[Request], Reply], record: Callable[[Request, Reply], None]
) -> Callable[[Request], Reply]:
    """Let `recall` answer what it can, recorded, and `otherwise` handle the rest."""

    def handle(request: Request) -> Reply:
        reply = None if request.actions else recall.handle(request)
        if reply is None:
            return otherwise(request)
        record(request, reply)
        return reply

    return handle
