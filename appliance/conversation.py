"""What a source said before, and what its next sentence takes up of it. Nothing here can act."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from appliance.abilities import abilities
from appliance.followups import Followup, Said, followup, rewritten, step_of
from appliance.interpreter import Interpretation, Interpreter, Judged, Reading
from appliance.messages import Call, Entity, Home, Intent, Request, Step, Target, Task
from appliance.resolver import Memory
from appliance.undo import restored

CONTEXT_SECONDS = 300.0
"""How long "it" and "the other one" remember the turn before."""
MAX_SOURCES = 64
"""Sources whose context is remembered; the oldest is forgotten first."""
_CANCELS = frozenset({"Nevermind", "Deny"})


@dataclass(slots=True)
class Turn:
    """What is remembered of one source."""

    at: float
    memory: Memory = field(default_factory=Memory)
    said: Said = field(default_factory=Said)


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence as it is to be carried out."""

    turn: Turn
    text: str = ""
    """The sentence, with what it takes up of the one before written out."""
    readings: Sequence[Reading] = ()
    first: tuple[Judged, ...] = ()
    """Steps that come before those of the readings."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A reading that no model wrote."""

    calls: Sequence[Call]
    confidence: float = 1.0
    refusal: str = ""
    line: str = ""


class Conversation:
    """The turns of all sources; call it from one thread."""

    def __init__(self, interpreter: Interpreter, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Store the parts."""
        self._interpreter = interpreter
        self._clock = clock
        self._turns: OrderedDict[str, Turn] = OrderedDict()

    def __len__(self) -> int:
        """Sources that are remembered."""
        return len(self._turns)

    def hear(self, request: Request, home: Home, *, asked: bool) -> Heard:
        """Understand a sentence; `asked`: a question to its source is open, "no …" answers that."""
        turn = self._turn(request.source if request.by == "person" else f"{request.by} {request.source}")
        found = followup(request.text) if request.by == "person" else None
        if found is not None and not (asked and found.kind == "instead"):
            heard = self._taken_up(found, turn, home)
            if heard is not None:
                return heard
        return Heard(turn, request.text, self._interpreter.understand(request.text, home))

    def decide(self, heard: Heard, home: Home, area: str | None) -> Interpretation:
        """What a sentence comes to; remembered for the next one."""
        turn = heard.turn
        if not heard.readings:
            return Interpretation(heard.first, turn.memory, 1.0)
        found = self._interpret(heard, heard.readings, home, area)
        if _failed(found) and (pointed := _pointing(heard.readings, turn.memory)):
            again = self._interpret(heard, pointed, home, area)
            found = found if _failed(again) else again
        cancelled = _cancelled(found, turn.memory)
        turn.memory = Memory() if cancelled else found.memory
        calls = next((reading.calls for reading in heard.readings if reading.line == found.line), ())
        if any(judged.step.intent is not None for judged in found.steps):
            touched = {action.entity for judged in found.steps for action in judged.step.actions}
            before = tuple(entity for entity in home.entities if entity.id in touched) or turn.said.before
            turn.said = Said(heard.text, tuple(calls), before)
        return replace(found, steps=(*heard.first, *(cancelled or found.steps)))

    def undone(self, turn: Turn, before: Sequence[Entity]) -> None:
        """Note what an undo would bring back: the next undo undoes this one."""
        turn.said = replace(turn.said, before=tuple(before))

    # --- follow-ups

    def _taken_up(self, found: Followup, turn: Turn, home: Home) -> Heard | None:
        """A follow-up as a whole sentence or as finished steps; None: it is read as it stands."""
        match found.kind:
            case "help":
                return Heard(turn, first=(Judged(Step(answer=abilities(home))),))
            case "explain":
                return Heard(turn, first=(Judged(Step(task=Task("Explain"))),))
            case "who":
                return self._who(found, turn, home)
            case "undo":
                return Heard(turn, first=self._undo(turn, home))
            case "again":
                return self._read(turn, turn.said.text, home) if turn.said.calls else None
            case "more" | "less":
                return self._step(turn, more=found.kind == "more")
            case "repeat":
                text = rewritten(turn.said, found.words, home) if turn.said.calls else ""
                return self._read(turn, text, home) if text else None
            case "instead":
                return self._instead(found, turn, home)

    def _read(self, turn: Turn, text: str, home: Home, first: tuple[Judged, ...] = ()) -> Heard:
        return Heard(turn, text, self._interpreter.understand(text, home), first)

    def _step(self, turn: Turn, *, more: bool) -> Heard | None:
        made = step_of(turn.said, more=more)
        if made is None or not turn.memory.entities:
            return None
        text, value, amount = made
        name = next(call.name for call in reversed(turn.said.calls) if value in call.values)
        return Heard(turn, text, (_Made((Call(name, Target(it=True), values={value: amount}),)),))

    def _instead(self, found: Followup, turn: Turn, home: Home) -> Heard | None:
        if not turn.said.before or not turn.said.calls:
            return None
        back = self._undo(turn, home)
        if not found.words:
            return Heard(turn, first=(*back, Judged(Step(answer="Which one, then?"))))
        text = rewritten(turn.said, found.words, home)
        return self._read(turn, text, home, back) if text else None

    def _undo(self, turn: Turn, home: Home) -> tuple[Judged, ...]:
        if not turn.said.before:
            return (Judged(Step(refusal="There is nothing that I could undo.")),)
        now = {entity.id: entity for entity in home.entities}
        actions = tuple(
            action for entity in turn.said.before if entity.id in now and (action := restored(entity)) is not None
        )
        lost = [entity.name for entity in turn.said.before if restored(entity) is None]
        self.undone(turn, [now[entity.id] for entity in turn.said.before if entity.id in now])
        steps = [Judged(Step(actions=actions))] if actions else []
        if lost:
            steps.append(Judged(Step(refusal=f"I cannot undo what {' and '.join(lost)} did.")))
        return tuple(steps)

    def _who(self, found: Followup, turn: Turn, home: Home) -> Heard | None:
        """What the action log knows about a thing of the home."""
        text = f"is the {found.words.removeprefix('the ').removeprefix('my ')} on"
        seen = self._interpreter.decide(self._interpreter.understand(text, home), home, text=text)
        intents = [judged.step.intent for judged in seen.steps if judged.step.intent is not None]
        entities = [entity for intent in intents for entity in intent.entities]
        names = {entity.id: entity.name for entity in home.entities}
        if len(entities) != 1 or entities[0] not in names:
            return None
        task = Task("WhyEntity", {"entity": entities[0], "name": names[entities[0]]})
        return Heard(turn, first=(Judged(Step(task=task)),))

    # --- turns

    def _interpret(self, heard: Heard, readings: Sequence[Reading], home: Home, area: str | None) -> Interpretation:
        return self._interpreter.decide(readings, home, text=heard.text, area=area, memory=heard.turn.memory)

    def _turn(self, source: str) -> Turn:
        now = self._clock()
        turn = self._turns.pop(source, None)
        if turn is None or now - turn.at > CONTEXT_SECONDS:
            turn = Turn(now)
        turn.at = now
        self._turns[source] = turn
        while len(self._turns) > MAX_SOURCES:
            self._turns.popitem(last=False)
        return turn


def _failed(found: Interpretation) -> bool:
    return all(judged.step.refusal for judged in found.steps) and not found.declined


def _pointing(readings: Sequence[Reading], memory: Memory) -> Sequence[Reading]:
    """The readings with "it" for a target that was not said at all: "brighter", after a lamp was spoken of."""
    if not memory.entities:
        return ()
    return [
        _Made([replace(call, target=Target(it=True)) for call in reading.calls], reading.confidence, line=reading.line)
        for reading in readings
        if reading.calls and all(call.target == Target() and call.values for call in reading.calls)
    ]


def _cancelled(found: Interpretation, memory: Memory) -> tuple[Judged, ...]:
    """Ends the timer that was just spoken of: a "cancel it" is no idle word then."""
    tasks = [judged.step.task for judged in found.steps]
    if not memory.timers or len(tasks) != 1 or tasks[0] is None or tasks[0].name not in _CANCELS:
        return ()
    return (Judged(Step(intent=Intent("HassCancelTimer"), task=Task("CancelTimer", {"last": True}))),)
