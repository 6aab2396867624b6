"""One request, from words to a moved relay: understand, decide, act, confirm, answer.

The assistant owns no thread and no socket. What it needs of the world comes in as the small protocols
below; the daemon hands it the real adapters, tests hand it small fakes.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from appliance.conversation import Choice, Conversation, Heard
from appliance.disguises import Disguises, Wired
from appliance.errors import ActError, TerndError
from appliance.interpreter import Interpreter, Judged
from appliance.messages import (
    Action,
    Delivery,
    Home,
    Json,
    PinChange,
    Publish,
    Question,
    Reply,
    Request,
    Result,
    Step,
    Task,
)
from appliance.outcomes import report
from appliance.policy import YES_OR_NO, Pending, Policy, Verdict, action_kind
from appliance.text import key
from appliance.timers import SeveralTimersError

log = logging.getLogger(__name__)

_CONCLUSIONS = frozenset({"Confirm", "Deny", "Nevermind"})
"""Tasks that answer an open question."""
_YES = frozenset(
    """yes yeah yep yup yea aye sure ok okay confirm confirmed affirmative absolutely definitely certainly indeed correct please
    proceed ahead do fine right""".split()
)
_YES_BEGINS = _YES | frozenset("go i i'm im i've that's thats of by all alright very let's lets make".split())
_HESITATING = frozenset("oh ah um uh er erm hm hmm well so and hey".split())
_NO = frozenset(
    "no not don't dont never cancel stop wait nope nevermind isn't won't cannot can't about if whether maybe perhaps you".split()
)
"""What no "yes" holds, doubts and questions ("are you sure", "sure about that") among it."""
_LONGEST_YES = 8
"""Words. Whatever the model makes of it, a longer sentence is no "yes"."""
_CODED = re.compile(r"(?:(?:yes|yeah|yep|ok|okay|sure|confirm|please)[ ,]*)*(\d{4})")
_TOO_MANY = "too many commands in the last minute. Please wait a little"
_TOO_LATE = "it was asked too long ago"


class HomePort(Wired, Protocol):
    """The live home: `appliance.home.Registry`."""

    def snapshot(self) -> Home:
        """The home as it is now."""

    def serial(self, entity_id: str) -> int:
        """Number of the entity's latest report."""

    def observable(self, entity_id: str) -> bool:
        """Whether the entity reports its state at all."""

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
        self._conversation = Conversation(interpreter, clock=clock)
        self._policy = policy
        self._pending = pending
        self._home = home
        self._doors = doors
        self._services = services
        self._record = record
        self._limits = limits or Limits()
        self._clock = clock
        self._admitted: tuple[Request, bool] | None = None
        self._disguises = Disguises(home, policy.restriction)
        self._agreed: dict[tuple[str, str, str], str] = {}
        """What was behind each command of an input when the configuration's yes to it was used first."""

    def handle(self, request: Request) -> Reply:
        """Carry one request out and answer it. Never raises for anything the request contains."""
        watch = _Stopwatch(self._clock)
        # What a terminal could not decode arrives as lone surrogates, which nothing downstream could encode again.
        said = printable(request.text.encode("utf-8", "replace").decode())
        request = replace(request, text=said, dry_run=request.dry_run or self._policy.dry_run)
        home = self._home.snapshot()
        heard = self._hear(request, home)
        watch.lap("understand")
        decision = self._decide(request, heard, home)
        watch.lap("decide")
        sent = [self._act(planned, request) for step in decision.steps for planned in step.planned]
        watch.lap("act")
        deliveries = [self._confirm(item) for item in sent]
        watch.lap("confirm")
        text, refusals = self._answer(request, decision, deliveries, home, heard)
        intents = tuple(item.step.intent for item in decision.steps if item.step.intent is not None)
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
            question=decision.question,
            hand_over=not sent and bool(decision.steps) and all(item.step.hand_over for item in decision.steps),
        )
        self._record(request, reply)
        return reply

    # --- decide

    def _hear(self, request: Request, home: Home) -> Heard | None:
        """Understand; None: there is nothing to understand in what is decided already, a code, or what came too late."""
        if request.actions or self._late(request) or self._code(request):
            return None
        return self._conversation.hear(request, home, asked=self._pending.waiting(request.source))

    def _late(self, request: Request) -> bool:
        return request.deadline is not None and self._clock() > request.deadline

    def _code(self, request: Request) -> str | None:
        """The code of a "yes 4821", if this source has been asked something."""
        if not self._pending.waiting(request.source):
            return None
        said = _CODED.fullmatch(key(request.text))
        return said[1] if said else None

    def _decide(self, request: Request, heard: Heard | None, home: Home) -> _Decision:
        if heard is not None:
            found = self._conversation.decide(heard, home, request.area)
            steps = [self._decided(judged, request, home) for judged in found.steps]
        elif self._late(request):
            steps = [_Decided(Step(refusal=f"I left this undone: {_TOO_LATE}."))]
        elif request.actions:
            steps = [_Decided(Step(actions=request.actions), self._plan(request.actions, request, home))]
        else:
            steps = [self._conclude(Step(task=Task("Confirm")), request, home, self._code(request))]
        return _Decision(steps, self._ask(steps, request))

    def _decided(self, judged: Judged, request: Request, home: Home) -> _Decided:
        step = judged.step
        if step.task is not None and step.task.name in _CONCLUSIONS:
            return self._conclude(step, request, home)
        if step.offered:
            offered = replace(judged, step=Step(actions=step.offered))
            return _Decided(offered.step, self._plan(step.offered, request, home, offered, question=step.refusal))
        return _Decided(step, self._plan(step.actions, request, home, judged))

    def _plan(
        self,
        actions: Sequence[Action],
        request: Request,
        home: Home,
        judged: Judged | None = None,
        *,
        question: str = "",
    ) -> list[_Planned]:
        """Ask policy about each action; an entity that is gone meanwhile is refused. With a `question` nothing is done before a yes."""
        entities = {entity.id: entity for entity in home.entities} if actions else {}
        judged = judged or Judged(Step())
        intent = judged.step.intent
        whole_home = judged.everything and intent is not None and not intent.slots
        planned = []
        for action in actions:
            entity = entities.get(action.entity)
            if entity is None:
                planned.append(_Planned(action, Verdict.refuse(f"{action.entity} is no longer there.")))
                continue
            if not self._is_admitted(request):
                planned.append(_Planned(action, Verdict.refuse(_TOO_MANY)))
                continue
            disguised, other = self._disguises.behind(action, home)
            verdict = self._policy.check(
                action,
                entity,
                request,
                everything=judged.everything,
                whole_home=whole_home,
                guessed=judged.guessed,
                disguised=disguised,
            )
            if question and verdict.kind == "allow":
                verdict = Verdict.confirm(question)
            kind = f"{disguised} {other}" if other else action_kind(action, entity)
            planned.append(self._by(request, _Planned(action, verdict, kind)))
        return planned

    def _by(self, request: Request, planned: _Planned) -> _Planned:
        """`planned`, where those who cannot answer are not asked.

        The yes of the configuration is for what a thing was, and never for another thing that gets its messages.
        """
        if request.by in {"person", "timer"}:
            return planned
        refusal = f"it needs somebody's yes, and an {request.by} cannot give it"
        if request.confirmed and request.actions:
            action, kind = planned.action, planned.kind
            agreed = self._agreed.setdefault((request.source, action.entity, action.command), kind)
            if kind in {"", agreed} and " " not in kind:
                return replace(planned, verdict=Verdict.allow()) if planned.verdict.kind == "confirm" else planned
            refusal = "it has become something else than the configuration said yes to"
        return replace(planned, verdict=Verdict.refuse(refusal)) if planned.verdict.kind == "confirm" else planned

    def _is_admitted(self, request: Request) -> bool:
        """Whether a request may act at all just now; counted once, however much it does."""
        if self._admitted is None or self._admitted[0] is not request:
            self._admitted = (request, self._policy.admit(request))
        return self._admitted[1]

    def _ask(self, decided: Sequence[_Decided], request: Request) -> Question | None:
        """Park what needs a confirmation. A later question, and any later deed, replaces an open one of the same source."""
        planned = [planned for item in decided for planned in item.planned]
        waiting = [one for one in planned if one.verdict.kind == "confirm"]
        if request.dry_run:
            return None
        if waiting:
            return self._pending.put(request.source, [one.action for one in waiting], [one.kind for one in waiting])
        if planned and request.by == "person":
            self._pending.drop(request.source)
        return None

    def _conclude(self, step: Step, request: Request, home: Home, code: str | None = None) -> _Decided:
        """Answer a "yes", "no" or "never mind" to what was asked before."""
        if step.task is not None and step.task.name == "Confirm":
            return self._confirmed(request, home, code)
        if request.by == "person" and self._pending.take(request.source):
            return _Decided(Step(intent=step.intent, answer="All right, I leave it as it is."))
        if step.task is not None and step.task.name == "Nevermind":
            return _Decided(step)
        return _Decided(Step(refusal="There is nothing waiting for an answer."))

    def _confirmed(self, request: Request, home: Home, code: str | None) -> _Decided:
        """Do what was asked about, if a person of the same source really said yes to this very question."""
        if not self._pending.waiting(request.source):
            self._pending.drop(request.source)
            return _Decided(Step(refusal="There is nothing waiting for an answer."))
        if request.by != "person" or (code is None and not affirmed(request.text)):
            return _Decided(Step(refusal="I take that for no answer. Please say yes or no."))
        if not request.private and code is None and request.confirm is None:
            return _Decided(Step(refusal="Others speak here, too: please answer with the code of the question."))
        if request.dry_run:
            return _Decided(Step(answer="I would do it now, but this is a dry run."))
        kinds = self._pending.kinds(request.source)
        actions = self._pending.take(request.source, request.confirm, code)
        if not actions:
            return _Decided(Step(refusal="That answers another question. Please ask again."))
        planned = self._plan(actions, request, home)
        if any(one.kind not in {"", kind} for one, kind in zip(planned, kinds, strict=False)):
            return _Decided(Step(refusal="That has become something else since I asked. Please ask again."))
        confirmed = [_Planned(p.action, Verdict.allow()) if p.verdict.kind == "confirm" else p for p in planned]
        return _Decided(Step(actions=actions), confirmed)

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
        elif self._late(request):
            delivery = Delivery(action.entity, Result.REFUSED, detail=_TOO_LATE)
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
        if delivery.result is not Result.SENT:
            return delivery
        if not action.expect or not self._home.observable(action.entity):
            return replace(delivery, reports=False)
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
        self,
        request: Request,
        decision: _Decision,
        deliveries: Sequence[Delivery],
        home: Home,
        heard: Heard | None,
    ) -> tuple[str, tuple[str, ...]]:
        """The whole answer, and what of it says that something was left undone."""
        entities = {entity.id: entity for entity in home.entities}
        how = YES_OR_NO
        if decision.question is not None and not request.private:
            how = f"Please answer: yes {decision.question.code}."
        left = list(deliveries)
        sentences: list[str] = []
        refusals: list[str] = []
        for decided in decision.steps:
            step = decided.step
            if step.refusal:
                refusals.append(step.refusal)
                sentences.append(step.refusal)
            elif step.answer:
                sentences.append(step.answer)
            elif step.task is not None:
                sentences.append(self._run(step, request, refusals, heard))
            mine, left = left[: len(decided.planned)], left[len(decided.planned) :]
            sentences += report([planned.action for planned in decided.planned], mine, entities, how=how)
        unique = dict.fromkeys(sentence for sentence in sentences if sentence)
        # States and names are told as devices wrote them; nothing in them may steer a terminal or a voice.
        return printable(" ".join(unique)) or "There is nothing to do.", tuple(dict.fromkeys(map(printable, refusals)))

    def _run(self, step: Step, request: Request, refusals: list[str], heard: Heard | None) -> str:
        if request.dry_run or step.task is None:
            return "Nothing was done: this is a dry run."
        try:
            return self._services.run(step.task, request)
        except TerndError as error:
            if isinstance(error, SeveralTimersError) and heard is not None:
                self._conversation.asked_which(heard.turn, Choice(step, error.timers, error.now))
            refusals.append(str(error))
            return str(error)


def printable(text: str) -> str:
    """`text` with a blank for each character that is not to be seen: control and escape characters, changes of direction."""
    return "".join(char if char.isprintable() else " " for char in text)


def affirmed(text: str) -> bool:
    """Whether a sentence says yes in so many words: a model alone cannot make it one."""
    words = key(text).replace("thank you", "thanks").split()
    begins = next((word for word in words if word not in _HESITATING), "")
    if "?" in text or begins not in _YES_BEGINS or len(words) > _LONGEST_YES:
        return False
    return not _YES.isdisjoint(words) and _NO.isdisjoint(words)


@dataclass(frozen=True, slots=True)
class _Planned:
    """An action and what policy says of it."""

    action: Action
    verdict: Verdict
    kind: str = ""
    """Of a guarded action, with the other entity that it would really be for, if it is disguised; empty: it is none."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """A step and its actions with their verdicts."""

    step: Step
    planned: Sequence[_Planned] = ()


@dataclass(frozen=True, slots=True)
class _Decision:
    """Everything that a request comes to."""

    steps: Sequence[_Decided]
    question: Question | None = None


def _with_message(delivery: Delivery, message: Publish) -> Delivery:
    payload = message.payload.decode(errors="replace")
    if delivery.topic is None:
        return replace(delivery, topic=message.topic, payload=payload)
    return replace(delivery, also=(*delivery.also, (message.topic, payload)))


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
