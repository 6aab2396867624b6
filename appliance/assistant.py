"""One request, from words to a moved relay: understand, decide, act, confirm, answer.

The assistant owns no thread and no socket. What it needs of the world comes in as the small protocols
below; the daemon hands it the real adapters, tests hand it small fakes.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from appliance.errors import ActError, TerndError
from appliance.interpreter import Interpreter, Reading
from appliance.messages import (
    Action,
    Delivery,
    Entity,
    Home,
    Json,
    PinChange,
    Publish,
    Reply,
    Request,
    Result,
    Step,
    Task,
)
from appliance.policy import Pending, Policy, Verdict
from appliance.resolver import Memory, describe

log = logging.getLogger(__name__)

CONTEXT_SECONDS = 300.0
"""How long "it" and "the other one" remember the turn before."""
_CONCLUSIONS = frozenset({"Confirm", "Deny", "Nevermind"})
"""Tasks that answer an open question."""
MAX_SOURCES = 64
"""Sources whose context is remembered; the oldest is forgotten first."""


class HomePort(Protocol):
    """The live home: `appliance.home.Registry`."""

    def snapshot(self) -> Home:
        """The home as it is now."""

    def serial(self, entity_id: str) -> int:
        """Number of the entity's latest report."""

    def encode(self, action: Action) -> Sequence[Publish | PinChange]:
        """What the doors take; raises :class:`ActError`."""

    def wait(
        self, entity_id: str, expect: Mapping[str, Json], timeout: float, since: int
    ) -> tuple[bool, Mapping[str, Json]]:
        """Wait for a report newer than `since` that shows `expect`; the last known state either way."""


class Receipt(Protocol):
    """What the broker says of a message, as soon as it has."""

    @property
    def refusal(self) -> str:
        """Why it did not take it; empty: it did, or has not answered yet."""


class Doors(Protocol):
    """The only two ways into the world. Both raise :class:`ActError`."""

    def publish(self, message: Publish) -> Receipt:
        """Hand a message to the broker."""

    def change(self, change: PinChange) -> int:
        """Drive an output; its BCM pin."""


class Services(Protocol):
    """What the appliance does itself: timers, lists, time."""

    def run(self, task: Task, request: Request) -> str:
        """Do it and answer in one sentence.

        Raises:
            RequestError: it cannot be done; the message is the answer.
        """


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds of one turn."""

    confirm_timeout_s: float = 3.0
    """How long a device may take to report its new state."""
    unchanged_timeout_s: float = 1.0
    """The same for a device that shows that state already: many then say nothing."""


@dataclass(slots=True)
class _Turn:
    """What is remembered of one source."""

    at: float
    memory: Memory


@dataclass(frozen=True, slots=True)
class _Sent:
    """An action whose command left, waiting for its device."""

    action: Action
    delivery: Delivery
    since: int
    """Serial number of the device's latest report before the command."""
    was_so: bool
    """It showed that state already."""
    at: float
    receipts: Sequence[Receipt] = ()


class Assistant:
    """Handles requests one at a time; call it from one thread."""

    def __init__(
        self,
        *,
        interpreter: Interpreter,
        policy: Policy,
        pending: Pending,
        home: HomePort,
        doors: Doors,
        services: Services,
        record: Callable[[Request, Reply], None] = lambda _request, _reply: None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Store the parts; nothing happens until `handle`."""
        self._interpreter = interpreter
        self._policy = policy
        self._pending = pending
        self._home = home
        self._doors = doors
        self._services = services
        self._record = record
        self._limits = limits or Limits()
        self._clock = clock
        self._turns: OrderedDict[str, _Turn] = OrderedDict()

    def handle(self, request: Request) -> Reply:
        """Carry one request out and answer it. Never raises for anything the request contains."""
        watch = _Stopwatch(self._clock)
        # What a terminal could not decode arrives as lone surrogates, which nothing downstream could encode again.
        request = replace(request, text=request.text.encode("utf-8", "replace").decode())
        readings = self._interpreter.understand(request.text)
        watch.lap("understand")
        home = self._home.snapshot()
        turn = self._turn(request.source)
        steps = self._decide(request, readings, home, turn)
        watch.lap("decide")
        sent = [self._act(planned, request) for step in steps for planned in step.planned]
        watch.lap("act")
        deliveries = [self._confirm(item) for item in sent]
        watch.lap("confirm")
        text, refusals = self._answer(request, steps, deliveries, home)
        intents = tuple(item.step.intent for item in steps if item.step.intent is not None)
        watch.lap("answer")
        reply = Reply(
            id=request.id,
            text=text,
            speech=text,
            intents=intents,
            actions=tuple(deliveries),
            route="command" if intents else "none",
            ms=watch.laps(),
            refusals=refusals,
        )
        self._record(request, reply)
        return reply

    # --- decide

    def _turn(self, source: str) -> _Turn:
        now = self._clock()
        turn = self._turns.pop(source, None)
        if turn is None or now - turn.at > CONTEXT_SECONDS:
            turn = _Turn(now, Memory())
        turn.at = now
        self._turns[source] = turn
        while len(self._turns) > MAX_SOURCES:
            self._turns.popitem(last=False)
        return turn

    def _decide(self, request: Request, readings: Sequence[Reading], home: Home, turn: _Turn) -> list[_Decided]:
        interpretation = self._interpreter.decide(
            readings, home, text=request.text, area=request.area, memory=turn.memory
        )
        turn.memory = interpretation.memory
        entities = {entity.id: entity for entity in home.entities}
        decided = []
        for judged in interpretation.steps:
            step = judged.step
            if step.task is not None and step.task.name in _CONCLUSIONS:
                decided.append(self._conclude(step, request, entities))
            else:
                planned = self._plan(step.actions, request, entities, everything=judged.everything)
                decided.append(_Decided(step, planned))
        self._ask(decided, request)
        return decided

    def _plan(
        self, actions: Sequence[Action], request: Request, entities: Mapping[str, Entity], *, everything: bool
    ) -> list[_Planned]:
        """Ask policy about each action; an entity that is gone meanwhile is refused."""
        planned = []
        for action in actions:
            entity = entities.get(action.entity)
            if entity is None:
                planned.append(_Planned(action, Verdict.refuse(f"{action.entity} is no longer there.")))
            else:
                planned.append(_Planned(action, self._policy.check(action, entity, request, everything=everything)))
        return planned

    def _ask(self, decided: Sequence[_Decided], request: Request) -> None:
        """Park what needs a confirmation; a later question replaces an open one of the same source."""
        waiting = [planned for item in decided for planned in item.planned if planned.verdict.kind == "confirm"]
        if waiting and not request.dry_run:
            self._pending.put(request.source, tuple(planned.action for planned in waiting))

    def _conclude(self, step: Step, request: Request, entities: Mapping[str, Entity]) -> _Decided:
        """Answer a "yes", "no" or "never mind" to what was asked before."""
        actions = self._pending.take(request.source)
        if not actions:
            if step.task is not None and step.task.name == "Nevermind":
                return _Decided(step)
            return _Decided(Step(refusal="There is nothing waiting for an answer."))
        if step.task is not None and step.task.name == "Confirm":
            planned = self._plan(actions, request, entities, everything=False)
            confirmed = [_Planned(p.action, Verdict.allow()) if p.verdict.kind == "confirm" else p for p in planned]
            return _Decided(Step(actions=actions), confirmed)
        return _Decided(Step(intent=step.intent, answer="All right, I leave it as it is."))

    # --- act

    def _act(self, planned: _Planned, request: Request) -> _Sent:
        action, verdict = planned.action, planned.verdict
        since, at = self._home.serial(action.entity), self._clock()
        was_so = bool(action.expect) and self._home.wait(action.entity, action.expect, 0, since=-1)[0]
        receipts: list[Receipt] = []
        if verdict.kind == "refuse":
            delivery = Delivery(action.entity, Result.REFUSED, detail=verdict.reason)
        elif request.dry_run:
            delivery = self._handed_over(action, Result.DRY_RUN, None)
        elif verdict.kind == "confirm":
            delivery = Delivery(action.entity, Result.PENDING, detail=verdict.reason)
        elif request.deadline is not None and at > request.deadline:
            delivery = Delivery(action.entity, Result.REFUSED, detail="it was asked too long ago")
        else:
            delivery = self._handed_over(action, Result.SENT, receipts)
        return _Sent(action, delivery, since, was_so, at, receipts)

    def _handed_over(self, action: Action, result: Result, receipts: list[Receipt] | None) -> Delivery:
        """Encode an action and put it through its door, collecting receipts; without a list for them nothing is sent."""
        delivery = Delivery(action.entity, result)
        try:
            for command in self._home.encode(action):
                if isinstance(command, Publish):
                    delivery = _with_message(delivery, command)
                    if receipts is not None:
                        receipts.append(self._doors.publish(command))
                else:
                    delivery = replace(delivery, payload=command.command)
                    if receipts is not None:
                        delivery = replace(delivery, pin=self._doors.change(command))
        except ActError as error:
            return replace(delivery, result=Result.FAILED, detail=str(error))
        return delivery

    # --- confirm

    def _confirm(self, sent: _Sent) -> Delivery:
        """Wait for the device to report what was asked for; all devices share one deadline."""
        action, delivery = sent.action, sent.delivery
        if delivery.result is not Result.SENT or not action.expect:
            return delivery
        patience = self._limits.unchanged_timeout_s if sent.was_so else self._limits.confirm_timeout_s
        left = max(0.0, sent.at + patience - self._clock())
        confirmed, state = self._home.wait(action.entity, action.expect, left, sent.since)
        if refusal := next((receipt.refusal for receipt in sent.receipts if receipt.refusal), ""):
            return replace(delivery, result=Result.FAILED, detail=f"the broker refused it: {refusal}")
        if confirmed:
            result = Result.CONFIRMED
        elif sent.was_so and self._home.wait(action.entity, action.expect, 0, since=-1)[0]:
            result = Result.UNCHANGED
        else:
            result = Result.SENT
        return replace(delivery, result=result, state=state, ms=round(1000 * (self._clock() - sent.at), 1))

    # --- answer

    def _answer(
        self, request: Request, steps: Sequence[_Decided], deliveries: Sequence[Delivery], home: Home
    ) -> tuple[str, tuple[str, ...]]:
        """The whole answer, and what of it says that something was left undone."""
        entities = {entity.id: entity for entity in home.entities}
        left = list(deliveries)
        sentences: list[str] = []
        refusals: list[str] = []
        for decided in steps:
            step = decided.step
            if step.refusal:
                refusals.append(step.refusal)
                sentences.append(step.refusal)
            elif step.answer:
                sentences.append(step.answer)
            elif step.task is not None:
                sentences.append(self._run(step.task, request, refusals))
            mine, left = left[: len(decided.planned)], left[len(decided.planned) :]
            sentences += _report([planned.action for planned in decided.planned], mine, entities)
        unique = dict.fromkeys(sentence for sentence in sentences if sentence)
        return " ".join(unique) or "There is nothing to do.", tuple(dict.fromkeys(refusals))

    def _run(self, task: Task, request: Request, refusals: list[str]) -> str:
        if request.dry_run:
            return ""
        try:
            return self._services.run(task, request)
        except TerndError as error:
            refusals.append(str(error))
            return str(error)


@dataclass(frozen=True, slots=True)
class _Planned:
    """An action and what policy says of it."""

    action: Action
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Decided:
    """A step and its actions with their verdicts."""

    step: Step
    planned: Sequence[_Planned] = ()


def _with_message(delivery: Delivery, message: Publish) -> Delivery:
    payload = message.payload.decode(errors="replace")
    if delivery.topic is None:
        return replace(delivery, topic=message.topic, payload=payload)
    return replace(delivery, also=(*delivery.also, (message.topic, payload)))


MANY = 4
"""From this many like results on, things are counted instead of named."""


def _report(actions: Sequence[Action], deliveries: Sequence[Delivery], entities: Mapping[str, Entity]) -> list[str]:
    """What became of the actions of one step, in sentences: done, not answered, failed, refused, asked."""
    by_result: dict[Result, list[tuple[Action, Delivery]]] = {}
    for action, delivery in zip(actions, deliveries, strict=True):
        by_result.setdefault(delivery.result, []).append((action, delivery))
    sentences = []
    done = by_result.get(Result.CONFIRMED, []) + by_result.get(Result.UNCHANGED, [])
    if len(done) >= MANY and len({action.command for action, _ in done}) == 1:
        names = _names(done, entities)
        sentences.append(f"Done for {len(done)} devices: {names}.")
    else:
        sentences += [
            describe(action, entities[action.entity]) + "." for action, _ in done if action.entity in entities
        ]
    if silent := by_result.get(Result.SENT):
        answerable = [item for item in silent if item[0].expect]
        if answerable:
            sentences.append(f"Sent, but there is no answer from {_names(answerable, entities)}.")
        if len(answerable) < len(silent):
            mute = _names([item for item in silent if not item[0].expect], entities)
            sentences.append(f"Sent to {mute}, which cannot report back.")
    if dry := by_result.get(Result.DRY_RUN):
        sentences.append(f"Would be sent to {_names(dry, entities)}.")
    for result, words in ((Result.FAILED, "did not get the command"), (Result.REFUSED, "was left alone")):
        for action, delivery in by_result.get(result, ()):
            sentences.append(f"{_name(action, entities)} {words}: {delivery.detail}".rstrip(".") + ".")
    if pending := by_result.get(Result.PENDING):
        questions = dict.fromkeys(delivery.detail for _, delivery in pending)
        sentences += list(questions)
    return sentences


def _names(items: Sequence[tuple[Action, Delivery]], entities: Mapping[str, Entity]) -> str:
    names = [_name(action, entities) for action, _ in items]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _name(action: Action, entities: Mapping[str, Entity]) -> str:
    entity = entities.get(action.entity)
    return entity.name if entity is not None else action.entity


class _Stopwatch:
    """Milliseconds of each stage."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = self._last = clock()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = self._clock()
        self._laps[name] = round(1000 * (now - self._last), 2)
        self._last = now

    def laps(self) -> dict[str, float]:
        """All laps and their total."""
        return {**self._laps, "total": round(1000 * (self._last - self._start), 2)}
