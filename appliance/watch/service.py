"""The watches at work: takes messages and states, keeps history, raises alerts and brings them to the broker.

Messages are taken on the MQTT client's thread and touch no disk; everything that may wait is done by a thread of its own.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from appliance.config import HistorySettings, WatchSettings
from appliance.history import History, Source
from appliance.messages import Home, Json, Publish
from appliance.watch import texts
from appliance.watch.announce import discovery, discovery_topic
from appliance.watch.engine import AlertChange, Engine
from appliance.watch.observer import Observer, concerns
from appliance.watch.payload import reading
from appliance.watch.ports import Explainer, Hearing, Status
from appliance.watch.rules import Value, takes
from appliance.watch.spool import Alert, Spool
from appliance.watch.stepper import TICK_S, Stepper
from appliance.watch.subjects import Subject, is_exact, matched, of_topic
from appliance.watch.usual import spread_of, usual_range

log = logging.getLogger(__name__)

MAX_TOPICS = 20_000
"""Topics whose watches are remembered; beyond, they are looked up each time."""
MAX_CHANGES = 10_000
"""Changes of alerts that wait for the thread."""
_ECHO_S = 0.05
"""The same payload on the same topic within this time may be the same message, delivered for a further subscription."""
_SETTLE_S = 5.0
"""Retained messages that come within this time of connecting were left behind by their senders, who knows when."""
_EXPECT_S = 86_400.0
"""A series of a wildcard that was heard within this time before the start is expected again."""


class Watches:
    """All watches of the node. :meth:`feed` and :meth:`touch` may be called from any thread."""

    def __init__(
        self,
        watches: Iterable[WatchSettings],
        *,
        node: str,
        history: History,
        spool: Spool,
        link: Hearing,
        home: Callable[[], Home] = Home,
        settings: HistorySettings | None = None,
        prefix: str | None = None,
        on_alert: Callable[[WatchSettings, str], None] = lambda _watch, _text: None,
        explainer: Explainer | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Store the parts; nothing happens until :meth:`start`.

        Args:
            watches: from the configuration.
            node: the node id in the topics.
            history: takes all readings and states.
            spool: keeps alerts and messages.
            link: the way to the broker, and from it.
            home: the live home at this moment.
            settings: how often the history is written, and which entities are kept.
            prefix: of Home Assistant's discovery, to announce the watches there; None: not announced.
            on_alert: is told of each alert that is raised.
            explainer: says more about an alert.
            clock: monotonic seconds.
            wall: wall-clock seconds.
        """
        self._watches = {watch.id: watch for watch in watches}
        self._base = f"ternd/{node}"
        self._node = node
        self._history = history
        self._spool = spool
        self._link = link
        self._home = home
        self._settings = settings or HistorySettings()
        self._prefix = prefix
        self._on_alert = on_alert
        self._explainer = explainer
        self._clock = clock
        self._wall = wall
        self._engine = Engine(tuple(self._watches.values()))
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Subject, ...]] = {}
        self._subjects: dict[tuple[str, str], Source] = {}
        watched = [pattern for watch in self._watches.values() for pattern in watch.entities]
        self._observer = Observer([*self._settings.entities, *watched])
        self._echo: dict[str, tuple[float, bytes, int]] = {}
        self._changes: deque[tuple[AlertChange, float]] = deque(maxlen=MAX_CHANGES)
        self._steps = Stepper("watch", self.step, self._finish)
        self._explaining: threading.Thread | None = None
        self._connection = 0
        self._connected_at = float("-inf")
        self._flush_at = self._tick_at = 0.0
        self._summary_at: dict[str, float] = {}
        self._readings = self._unreadable = self._repeated = 0
        self._active: dict[tuple[str, str, str], Alert] = {}

    # --- life

    def start(self) -> None:
        """Take up what was raised before, and begin."""
        self.resume()
        self._steps.start()

    def stop(self) -> None:
        """End the thread; what waits is written."""
        self._steps.stop()

    def resume(self) -> None:
        """Take up the alerts, the series and the usual of the run before."""
        t, at = self._clock(), self._wall()
        self._flush_at = t + self._settings.flush_s
        self._summary_at = {w.id: t + w.summary_s for w in self._watches.values() if w.summary_s > 0}
        for watch in self._watches.values():
            self._expect(watch, t)
        for series in self._history.series():
            for subject in self._of(series.what.key.partition("#")[0]) if series.what.source == "watch" else ():
                self._resume_series(subject, series.id, t, at)
        for alert in self._spool.active():
            since = t - max(0.0, at - alert.raised)
            if self._engine.restore(alert.watch, alert.series, alert.rule, t, since):
                self._active[alert.watch, alert.series, alert.rule] = alert
                self._subjects.setdefault((alert.watch, alert.series), Source(alert.series, alert.name))
            else:
                self._spool.cleared(alert.watch, alert.series, alert.rule, at)
        for gone in self._spool.configured(list(self._watches)):
            self._spool.messages.put(Publish(f"{self._base}/alert/{gone}", b"", retain=True))
            if self._prefix is not None:
                self._spool.messages.put(Publish(discovery_topic(gone, self._node, self._prefix), b"", retain=True))
        for watch in self._watches.values():
            if self._prefix is not None:
                self._spool.messages.put(discovery(watch, self._node, self._prefix))
            self._publish_state(watch, at)

    def _expect(self, watch: WatchSettings, t: float) -> None:
        """Wait for the topics and entities that a watch names exactly, though nothing has been heard of them yet."""
        for topic in filter(is_exact, watch.topics):
            for subject in self._of(topic):
                if subject.watch is watch:
                    self._engine.expect(watch.id, subject.key, t)
        for entity in watch.entities:
            if not set(entity) & set("*?["):
                key = f"{entity}#{watch.value}" if watch.value else entity
                self._engine.expect(watch.id, key, t)
                self._subjects[watch.id, key] = Source(key, watch.name or entity, watch.unit, source="entity")

    def _resume_series(self, subject: Subject, number: int, t: float, at: float) -> None:
        watch = subject.watch
        last = self._history.row_before(number, at)
        if last is None or at - last.t > _EXPECT_S or last.t > at:
            return
        self._engine.expect(watch.id, subject.key, t)
        if watch.zscore > 0:
            spread = spread_of(self._history.rows(number, at - watch.zscore_over_s, at))
            if spread is not None:
                self._engine.seed(watch.id, subject.key, *spread, t)

    # --- what comes in

    def topics(self) -> frozenset[str]:
        """The subscriptions that the watches want."""
        return frozenset(topic for watch in self._watches.values() for topic in watch.topics)

    def feed(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Take one message; it may be about nothing that is watched."""
        subjects = self._of(topic)
        if not subjects:
            return
        t, at = self._clock(), self._wall()
        if self._is_echo(topic, payload, t):
            return
        fresh = not (retain and self._is_settling(t))
        kept: set[str] = set()
        for subject in subjects:
            value = reading(payload, subject.watch.value)
            if value is None or not takes(subject.watch, value):
                self._unreadable += 1
                continue
            self._take(subject, value, t, at, fresh=fresh)
            if fresh and subject.key not in kept:
                kept.add(subject.key)
                self._keep(subject.source, value, at)

    def _observe(self, home: Home) -> None:
        """Take what entities of the home have reported since the last time."""
        t, at = self._clock(), self._wall()
        with self._lock:
            news = list(self._observer.news(home))
        for seen in news:
            entity = seen.source.key.partition("#")[0]
            if seen.value is not None and any(fnmatchcase(entity, one) for one in self._settings.entities):
                self._keep(seen.source, seen.value, at)
            for watch in self._watches.values():
                if watch.entities and concerns(watch, seen.source.key):
                    with self._lock:
                        self._engine.alive(watch.id, seen.source.key, seen.value is not None, t)
                        self._subjects[watch.id, seen.source.key] = seen.source
                    if seen.value is not None:
                        self._take(Subject(watch, seen.source.key, seen.source), seen.value, t, at)

    def touch(self) -> None:
        """Something may have changed in the home: look at it soon."""
        self._steps.wake()

    def _take(self, subject: Subject, value: Value, t: float, at: float, *, fresh: bool = True) -> None:
        self._readings += 1
        with self._lock:
            changes = self._engine.take(subject.watch.id, subject.key, value, t, fresh=fresh)
        self._note(changes, at)

    def _keep(self, source: Source, value: Value, at: float) -> None:
        if isinstance(value, str):
            self._history.state(source, value, at)
        else:
            self._history.read(source, value, at)

    def _note(self, changes: Iterable[AlertChange], at: float) -> None:
        for change in changes:
            self._changes.append((change, at))
            self._steps.wake()

    def _of(self, topic: str) -> tuple[Subject, ...]:
        """The series that a topic is for the watches."""
        subjects = self._known.get(topic)
        if subjects is None:
            found = (of_topic(watch, topic) for watch in self._watches.values())
            subjects = tuple(subject for subject in found if subject is not None)
            if len(self._known) < MAX_TOPICS:
                self._known[topic] = subjects
            for subject in subjects:
                if len(self._subjects) < MAX_TOPICS:
                    self._subjects[subject.watch.id, subject.key] = subject.source
        return subjects

    def _is_echo(self, topic: str, payload: bytes, t: float) -> bool:
        """Whether it is a copy of the message before. There is one for each subscription, and no more.

        Equal readings that come in one burst, because somebody was kept from the processor, are readings all the same.
        """
        before = self._echo.get(topic)
        if before is not None and t - before[0] < _ECHO_S and before[1] == payload:
            copies = sum(matched(one, topic) is not None for one in self.topics())
            if before[2] < copies:
                self._echo[topic] = (before[0], payload, before[2] + 1)
                self._repeated += 1
                return True
        if before is not None or len(self._echo) < MAX_TOPICS:
            self._echo[topic] = (t, payload, 1)
        return False

    def _is_settling(self, t: float) -> bool:
        connection = self._link.hears()
        if connection != self._connection:
            self._connection, self._connected_at = connection, t
        return t - self._connected_at < _SETTLE_S

    # --- the thread

    def _finish(self) -> None:
        self.step()
        self._history.flush(self._wall(), everything=True)

    def step(self) -> None:
        """Do what is due: let time pass for the rules, publish, write."""
        t, at = self._clock(), self._wall()
        listening = self._link.hears() > 0
        self._is_settling(t)
        self._observe(self._home())
        if t >= self._tick_at:
            self._tick_at = t + TICK_S
            with self._lock:
                changes = self._engine.tick(t, listening=listening)
            self._note(changes, at)
        changed: dict[str, None] = {}
        while self._changes:
            change, when = self._changes.popleft()
            self._change(change, when)
            changed[change.watch] = None
        for watch_id in changed:  # once, however many series of it changed together
            self._publish_state(self._watches[watch_id], at)
        self._summarise(t, at)
        if self._link.connects():
            self._spool.messages.forward(self._link)
        if t >= self._flush_at:
            self._flush_at = t + self._settings.flush_s
            self._history.flush(at)

    def _change(self, change: AlertChange, at: float) -> None:
        """Remember an alert that was raised or cleared, and tell about it."""
        watch = self._watches[change.watch]
        source = self._subjects.get((change.watch, change.series)) or Source(change.series, change.series)
        key = (change.watch, change.series, change.rule)
        unit = watch.unit or source.unit
        if change.raised:
            text = texts.raised(change, source.name, unit, usual_range(self._history, source.key, at))
            lasted = (
                change.value
                if change.rule == "missing" and isinstance(change.value, float)
                else change.t - change.since
            )
            began = at - max(0.0, lasted)
            alert = Alert(
                0,
                watch.id,
                change.series,
                source.name,
                change.rule,
                began,
                None,
                texts.shown(change.reading, unit),
                text,
            )
            self._active[key] = alert
            self._spool.raised(alert)
            log.warning("alert %s: %s", watch.id, text, extra={"WATCH": watch.id, "ALERT": "raised"})
        else:
            began_alert = self._active.pop(key, None)
            self._spool.cleared(*key, at)
            since = began_alert.raised if began_alert is not None else None
            text = texts.cleared(change, source.name, unit, since, at)
            log.info("alert %s: %s", watch.id, text, extra={"WATCH": watch.id, "ALERT": "cleared"})
        event = {
            "event": "raised" if change.raised else "cleared",
            "watch": watch.id,
            "name": source.name,
            "series": change.series,
            "rule": change.rule,
            "severity": watch.severity,
            "value": change.value,
            "limit": change.limit,
            "reading": change.reading,
            "unit": unit,
            "at": _iso(at),
            "text": text,
        }
        self._put(f"{self._base}/alert/{watch.id}/event", event)
        if change.raised:
            self._on_alert(watch, text)
            topic = f"{self._base}/alert/{watch.id}/event"
            self._explain("alert", text, topic, {"watch": watch.id, "name": source.name, "series": change.series})

    def _publish_state(self, watch: WatchSettings, at: float) -> None:
        active = [alert for (owner, _, _), alert in self._active.items() if owner == watch.id]
        state = {
            "watch": watch.id,
            "state": "raised" if active else "clear",
            "severity": watch.severity,
            "alerts": [
                {"name": a.name, "series": a.series, "rule": a.rule, "since": _iso(a.raised), "text": a.text}
                for a in active[:50]
            ],
            "count": len(active),
            "at": _iso(at),
            "text": " ".join(alert.text for alert in active[:5]) or "Everything is normal.",
        }
        self._put(f"{self._base}/alert/{watch.id}", state, retain=True)

    def _explain(self, kind: str, facts: str, topic: str, event: dict[str, Json]) -> None:
        """Ask for more than the template says; one at a time, what comes meanwhile has its template."""
        explainer = self._explainer
        if explainer is None or (self._explaining is not None and self._explaining.is_alive()):
            return

        def explain() -> None:
            try:
                said = explainer.explain(kind, facts)
            except Exception:  # an explanation is an extra
                log.exception("watches: no explanation of %s", facts)
                return
            if said:
                self._put(topic, {**event, "event": "explained", "text": said})

        self._explaining = threading.Thread(target=explain, name="explain", daemon=True)
        self._explaining.start()

    def _summarise(self, t: float, at: float) -> None:
        for watch_id, due in self._summary_at.items():
            if t < due:
                continue
            watch = self._watches[watch_id]
            self._summary_at[watch_id] = due + watch.summary_s * (1 + (t - due) // watch.summary_s)
            lines = []
            numbers = {series.what.key: series.id for series in self._history.series()}
            for (owner, key), source in list(self._subjects.items()):
                if owner == watch_id and key in numbers:
                    rows = self._history.rows(numbers[key], at - watch.summary_s, at)
                    lines.append(texts.summary(source.name, watch.unit or source.unit, rows, watch.summary_s))
            summary = {"watch": watch_id, "at": _iso(at), "text": " ".join(lines[:50]), "series": len(lines)}
            topic = f"{self._base}/summary/{watch_id}"
            self._put(topic, summary)
            if lines:
                self._explain("summary", " ".join(lines[:20]), topic, {"watch": watch_id})

    def _put(self, topic: str, content: dict[str, Json], *, retain: bool = False) -> None:
        self._spool.messages.put(Publish(topic, json.dumps(content, ensure_ascii=False).encode(), retain=retain))
        self._steps.wake()

    # --- what others read

    def status(self) -> Status:
        """The watches in numbers."""
        history = self._history
        return Status(
            series=len(history.series()),
            readings=self._readings,
            unreadable=self._unreadable,
            repeated=self._repeated,
            alerts=len(self._active),
            waiting=len(self._spool.messages),
            dropped=history.dropped + self._spool.messages.dropped + self._engine.refused,
            problem=history.problem,
        )

    def raised(self) -> list[tuple[str, Alert]]:
        """The alerts that are raised now, with the ids of their watches."""
        return [(key[0], alert) for key, alert in list(self._active.items())]


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(at))
