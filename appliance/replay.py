"""``ternd replay`` and ``ternd record``: recorded messages through watches and assistant, with no hardware and no broker.

A recording is JSON lines: ``{"t": seconds, "topic": …, "payload": …, "retain"?: true}``. `t` is a wall-clock second, or counts
from any beginning; a payload is a text, any other JSON value, or ``{"base64": …}`` for bytes. Time is taken from the lines,
so an hour is replayed in moments. Nothing is published or switched: what would be sent is printed.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from appliance import opening
from appliance.assistant import Assistant, Limits
from appliance.config import Settings
from appliance.errors import RequestError, TerndError
from appliance.gpio import entities
from appliance.history import History, Keep
from appliance.messages import Json, PinChange, Publish, Reply, Request
from appliance.mqtt import observe, parse_ask
from appliance.policy import Pending, Policy
from appliance.recall.answers import Historian
from appliance.recall.service import Recall, first
from appliance.services import Services
from appliance.store import Store
from appliance.watch.home import WatchedHome
from appliance.watch.service import Watches
from appliance.watch.spool import Spool
from appliance.watch.stepper import TICK_S

MAX_LINE = 1_000_000
"""Characters of one line."""
_EPOCH = 1_000_000_000.0
"""Smaller times count from a beginning of their own."""
_COARSE_TICK_S = 10.0
_FINE_GAP_S = 600.0
"""In longer silences rules are looked at less often."""
_MOST_TICKS = 10_000
"""Looks in one silence: a recording may hold a jump of the clock by years."""
_MAX_T = 1e11


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded message."""

    t: float
    topic: str
    payload: bytes
    retain: bool = False


def parse_line(line: str, number: int) -> Recorded:
    """Read one line of a recording.

    Raises:
        RequestError: it is none; the message names the line and says what is expected.
    """
    where = f"line {number}"
    try:
        found = json.loads(line) if len(line) <= MAX_LINE else None
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{where}: this is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise RequestError(f'{where}: expected an object such as {{"t": 0, "topic": "a/b", "payload": "21.5"}}')
    t, topic = found.get("t"), found.get("topic")
    if isinstance(t, bool) or not isinstance(t, int | float) or not 0 <= t < _MAX_T:
        raise RequestError(f'{where}: "t" must be a number of seconds, from 0 on')
    if not isinstance(topic, str) or not topic or set(topic) & {"+", "#", "\0"}:
        raise RequestError(f'{where}: "topic" must be a topic without wildcards')
    if "payload" not in found:
        raise RequestError(f'{where}: "payload" is missing')
    try:
        payload = _payload(found["payload"])
    except (ValueError, binascii.Error) as error:
        raise RequestError(f"{where}: the payload cannot be read: {error}") from error
    return Recorded(float(t), topic, payload, found.get("retain") is True)


def _payload(value: Json) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, dict) and set(value) == {"base64"} and isinstance(value["base64"], str):
        return base64.b64decode(value["base64"], validate=True)
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def written(message: Recorded) -> str:
    """The line of a message, without its end."""
    content: dict[str, Json] = {"t": round(message.t, 3), "topic": message.topic}
    try:
        content["payload"] = message.payload.decode("utf-8")
    except UnicodeDecodeError:
        content["payload"] = {"base64": base64.b64encode(message.payload).decode("ascii")}
    if message.retain:
        content["retain"] = True
    return json.dumps(content, ensure_ascii=False)


# --- replaying -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """What a replay came to."""

    messages: int = 0
    seconds: float = 0.0
    """Recorded time."""
    took_s: float = 0.0
    """Real time."""
    asked: int = 0
    raised: int = 0
    cleared: int = 0
    unreadable: int = 0
    sent: int = 0
    """Commands that would have been sent."""
    events: list[Mapping[str, Json]] = field(default_factory=list)


@dataclass(slots=True)
class _Receipt:
    refusal: str = ""
    lost: bool = False

    def wait(self, timeout: float) -> bool:
        """Taken at once."""
        return timeout >= 0


class _ReplayHome(WatchedHome):
    """A home whose waiting is done in recorded time: while a device is waited for, the recording goes on."""

    on_wait: Callable[[float], bool] = staticmethod(lambda _deadline: False)
    now: Callable[[], float] = staticmethod(time.monotonic)

    def wait(
        self, entity_id: str, expect: Mapping[str, Json], timeout: float, since: int
    ) -> tuple[bool, Mapping[str, Json]]:
        """Let recorded messages come until one confirms, or `timeout` recorded seconds are over."""
        deadline = self.now() + timeout
        while True:
            confirmed, state = super().wait(entity_id, expect, 0, since)
            if confirmed or timeout <= 0 or not self.on_wait(deadline):
                return confirmed, state


class Replay:
    """Everything of a node but its hardware, on a clock of its own."""

    def __init__(self, settings: Settings, tell: Callable[[Mapping[str, Json]], None]) -> None:
        """Put the parts together; `tell` takes each event: ``{"t", "event", …}``."""
        self._settings = settings
        self._tell = tell
        self._t = 0.0
        self._begin: float | None = None
        self._wall_base = 0.0
        self._queue: deque[Recorded] = deque()
        self._source: Iterator[Recorded] = iter(())
        self._waiting: deque[Recorded] = deque()
        self._tick_at = 0.0
        self.report = Report()
        self._home = opening.registry_of(_ReplayHome, settings, clock=self._clock)
        for entity in entities(settings.gpio):
            self._home.add(entity)
        self._home.on_wait = self._go_on
        self._home.now = self._clock
        self._parts = contextlib.ExitStack()
        self._handle: Callable[[Request], Reply] | None = None
        wanted = settings.history
        keep = Keep(
            resolution_s=wanted.resolution_s, fine_s=86_400 * wanted.fine_days, medium_s=86_400 * wanted.medium_days
        )
        self._history = History(None, keep, clock=self._clock)
        self._store = Store(None)
        self._spool = Spool(self._store.database)
        self._home.watches = self._watches = Watches(
            settings.watch,
            node=settings.node.id,
            history=self._history,
            spool=self._spool,
            link=self,
            home=self._home.snapshot,
            settings=settings.history,
            clock=self._clock,
            wall=self._wall,
        )

    def run(self, messages: Iterable[Recorded]) -> Report:
        """Replay all messages, in the order of the file."""
        began = time.perf_counter()
        self._source = iter(messages)
        with self._parts:
            while (message := self._next()) is not None:
                self._take(message)
                while self._waiting:
                    self._ask(self._waiting.popleft())
            self._watches.step()
        self.report.took_s = time.perf_counter() - began
        self.report.seconds = self._t
        self.report.unreadable = self._watches.status().unreadable
        return self.report

    # --- time

    def _clock(self) -> float:
        return self._t

    def _wall(self) -> float:
        return self._wall_base + self._t

    def _advance(self, t: float) -> None:
        """Let time pass until `t`, with the rules looking at it every now and then."""
        coarse = max(_COARSE_TICK_S, (t - self._t) / _MOST_TICKS)
        while self._tick_at <= t:
            self._t = max(self._t, self._tick_at)
            self._watches.step()
            self._tick_at = self._t + (TICK_S if t - self._t < _FINE_GAP_S else coarse)
        self._t = max(self._t, t)

    # --- messages

    def _next(self) -> Recorded | None:
        return self._queue.popleft() if self._queue else next(self._source, None)

    def _take(self, message: Recorded) -> None:
        if self._begin is None:
            self._begin = message.t
            self._wall_base = message.t if message.t >= _EPOCH else time.time()
            self._watches.resume()
        self.report.messages += 1
        self._advance(message.t - self._begin)
        if message.topic in (f"ternd/{self._settings.node.id}/ask", "ternd/ask"):
            self._waiting.append(message)
            return
        self._home.feed(message.topic, message.payload, message.retain)
        self._watches.feed(message.topic, message.payload, retain=message.retain)
        self._watches.step()

    def _go_on(self, deadline: float) -> bool:
        """Take the next message if it came before `deadline`; else time goes on to it."""
        message = self._next()
        if message is not None and self._begin is not None and message.t - self._begin <= deadline:
            self._take(message)
            return True
        if message is not None:
            self._queue.append(message)
        self._advance(deadline)
        return False

    # --- sentences

    def _ask(self, message: Recorded) -> None:
        self.report.asked += 1
        if message.retain:
            self._event("refused", text="a retained request is ignored", topic=message.topic)
            return
        limits = self._settings.limits
        try:
            request = parse_ask(
                message.payload,
                source="replay",
                new_id=f"replay-{self.report.asked}",
                max_text=limits.max_text,
                deadline=self._t + limits.reply_timeout_s,
            )
        except TerndError as error:
            self._event("refused", text=str(error), topic=message.topic)
            return
        self._event("heard", text=request.text)
        if self._handle is None:
            self._handle = self._assistant()
        reply = self._handle(request)
        intents = [{"name": i.name, "slots": dict(i.slots), "entities": list(i.entities)} for i in reply.intents]
        results = {action.entity: action.result.value for action in reply.actions}
        self._event("reply", text=reply.text, intents=intents, results=results, route=reply.route)

    def _assistant(self) -> Callable[[Request], Reply]:
        settings = self._settings
        _, model = opening.open_command_model(settings.model.directory, self._parts)
        assistant = Assistant(
            interpreter=opening.make_interpreter(
                model,
                settings.model,
                spare=settings.policy.spare,
                read_as=opening.open_phrases(settings.model.phrases).read_as,
                wall=lambda: time.localtime(self._wall()),
            ),
            policy=Policy(settings.policy, clock=self._clock, wall=lambda: time.localtime(self._wall())),
            pending=Pending(settings.policy.confirm_expiry_s, clock=self._clock),
            home=self._home,
            doors=self,
            services=Services(self._store, ring=lambda _timer: None, announce=lambda _text: None, now=self._wall),
            record=self._store.record,
            limits=Limits(confirm_timeout_s=settings.limits.confirm_timeout_s),
            clock=self._clock,
        )
        recall = Recall(Historian(self._history), home=self._home.snapshot, alerts=self._spool.between, wall=self._wall)
        return first(recall, assistant.handle, self._store.record)

    # --- where doors would be

    def publish(self, message: Publish) -> _Receipt:
        """Tell what would be published."""
        base = f"ternd/{self._settings.node.id}/"
        if not message.topic.startswith(base):
            self.report.sent += 1
            self._event("send", topic=message.topic, payload=message.payload.decode(errors="replace"))
        elif message.topic.endswith("/event"):
            content: dict[str, Any] = json.loads(message.payload)
            self.report.raised += content["event"] == "raised"
            self.report.cleared += content["event"] == "cleared"
            self._event(**content)
        elif message.topic.startswith(f"{base}summary/"):
            self._event("summary", text=json.loads(message.payload)["text"])
        return _Receipt()

    def change(self, change: PinChange) -> int:
        """Tell which pin would be driven; it is taken to obey, as pins do."""
        self.report.sent += 1
        state = {
            "turn_on": "on",
            "turn_off": "off",
            "open": "open",
            "close": "closed",
            "lock": "locked",
            "unlock": "unlocked",
        }
        if change.command in state:
            self._home.report(change.entity, state[change.command], dict(change.data))
        self._event("send", entity=change.entity, payload=change.command)
        output = next((item for item in self._settings.gpio.output if item.id == change.entity), None)
        return output.pin if output is not None else -1

    def connects(self) -> int:
        """There is always a broker."""
        return 1

    def hears(self) -> int:
        """And it is heard."""
        return 1

    def _event(self, event: str, **content: Json) -> None:
        self._tell({"t": round(self._wall() if self._wall_base >= _EPOCH else self._t, 3), "event": event, **content})


def lines_of(source: Iterable[str]) -> Iterator[Recorded]:
    """The messages of a recording; empty lines are skipped. Raises :class:`RequestError` at a bad line."""
    for number, line in enumerate(source, 1):
        if line.strip():
            yield parse_line(line, number)


def rendered(event: Mapping[str, Json]) -> str:
    """An event as a line for people."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event["t"]))
    kind = str(event["event"])
    if kind == "send":
        return f"{moment}  would send  {event.get('topic', event.get('entity'))}  {event['payload']}"
    if kind in {"raised", "cleared"}:
        return f"{moment}  {kind:10}  {event['watch']}: {event['text']}"
    return f"{moment}  {kind:10}  {event.get('text', '')}"


def summed_up(report: Report) -> str:
    """The end of a replay, for people."""
    speed = report.seconds / report.took_s if report.took_s > 0 else 0.0
    rate = report.messages / report.took_s if report.took_s > 0 else 0.0
    how_fast = f"{speed:.0f} times real time, {rate:.0f} messages/s"
    return (
        f"{report.messages} messages of {report.seconds:.0f} s in {report.took_s:.1f} s ({how_fast}): "
        f"{report.raised} alerts raised, {report.cleared} cleared, {report.asked} sentences, {report.sent} commands that were not sent, "
        f"{report.unreadable} readings unreadable"
    )


# --- recording ---------------------------------------------------------------------------------------------------


class _Tape:
    """Writes down what comes; what :func:`appliance.mqtt.observe` takes for a home."""

    def __init__(self, filters: Iterable[str], out: TextIO) -> None:
        self._filters = frozenset(filters)
        self._out = out
        self.count = 0

    def topics(self) -> frozenset[str]:
        """What is recorded."""
        return self._filters

    def fresh_topics(self) -> frozenset[str]:
        """None: nobody begins to listen later."""
        return frozenset()

    def feed(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        """Write one message."""
        self._out.write(written(Recorded(time.time(), topic, payload, retain)) + "\n")
        self.count += 1
        return False


def record(settings: Settings, filters: Iterable[str], seconds: float, out: TextIO) -> int:
    """Write what the broker has retained and receives in `seconds` to `out`; returns how many messages.

    Raises:
        ActError: the broker cannot be reached or does not let us in.
    """
    tape = _Tape(filters, out)
    try:
        observe(settings.mqtt, tape, seconds)
    finally:
        out.flush()
    return tape.count
