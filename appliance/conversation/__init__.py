"""What a source said before, and what its next sentence takes up of it. Nothing here can act.

A sentence is tried in several ways, one after the other, until one of them comes to something: as the answer to a question
back, as a follow-up written out as a whole sentence or put together from the calls before, as it stands, as a value alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from appliance.abilities import abilities
from appliance.conversation import among, anew, choices, ellipsis, gaps, lists, nudges, pronouns, there
from appliance.conversation.choices import Choice
from appliance.conversation.followups import (
    ENDING_ITEMS,
    GOING_ON,
    Followup,
    Said,
    bare,
    followup,
    ordered_anew,
    spoken,
)
from appliance.conversation.turns import CONTEXT_SECONDS, MAX_SOURCES, Attempt, Composed, Heard, Turn, Turns, composed
from appliance.conversation.which import which_of
from appliance.interpreter import Interpretation, Interpreter, Judged, Reading
from appliance.messages import Call, Entity, Gap, Home, Intent, Request, Step, Target, Task
from appliance.resolver import Memory
from appliance.resolver.kinds import KINDS
from appliance.resolver.restored import restored
from appliance.resolver.spelling import is_plural

__all__ = ["CONTEXT_SECONDS", "MAX_SOURCES", "Choice", "Conversation", "Heard", "Turn"]

_OTHERS = re.compile(r"(?:the )?other (?:two|three|four|five|[2-5])(?: ones)?")
_CANCELS = frozenset({"Nevermind", "Deny"})


class Conversation:
    """The turns of all sources; call it from one thread."""

    def __init__(self, interpreter: Interpreter, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Store the parts."""
        self._interpreter = interpreter
        self._turns = Turns(clock)

    def __len__(self) -> int:
        """Sources that are remembered."""
        return len(self._turns)

    def hear(self, request: Request, home: Home, *, asked: bool) -> Heard:
        """Understand a sentence; `asked`: a question to its source is open, "no …" answers that."""
        turn = self._turns.of(request.source if request.by == "person" else f"{request.by} {request.source}")
        if request.by != "person":
            return Heard(turn, (self._as_it_stands(request.text, home),))
        request = replace(request, text=self._interpreter.mended(spoken(request.text), home))
        words = bare(request.text)
        heard = self._answered(turn, request.text, words, home)
        if heard is None and not asked and (calls := ellipsis.corrected(turn.memory, " ".join(words))):
            heard = Heard(turn, (composed(request.text, *calls),))
        if heard is None and not asked:
            request = replace(request, text=ordered_anew(request.text) if turn.memory.mentions else request.text)
            request = replace(request, text=there.placed(request.text, turn.memory, self._interpreter.lookup(home)))
            request = replace(request, text=among.by_order(request.text, turn.memory, self._interpreter.lookup(home)))
            heard = self._among(turn, request.text, bare(request.text), home)
        found = followup(request.text) if heard is None else None
        if heard is None and found is None and (explained := self._interpreter.asked(request.text, home)):
            found = followup(explained)
        if found is not None and not (asked and found.kind in {"instead", *GOING_ON}):
            heard = self._taken_up(found, request, turn, home)
        return heard or Heard(turn, (self._as_it_stands(request.text, home),), words=tuple(words))

    def decide(self, heard: Heard, home: Home, area: str | None) -> Interpretation:
        """What a sentence comes to; remembered for the next one."""
        turn = heard.turn
        asked, turn.asked, turn.choice = turn.asked, None, heard.choice
        memory = replace(turn.memory, turn=turn.memory.turn + 1, going_on=False)
        if not heard.attempts:
            found, text = Interpretation(heard.first, memory, 1.0), asked[1] if asked else turn.said.text
        else:
            found, text = self._tried(heard, asked, memory, home, area)
            found = replace(found, steps=(*heard.first, *found.steps))
        open_gaps = [judged.step.gap for judged in found.steps if judged.step.gap is not None]
        turn.asked = (open_gaps[0], found.said or text) if len(open_gaps) == 1 else None
        return found

    def asked_which(self, turn: Turn, choice: Choice) -> None:
        """Note that a task of the last sentence may mean several timers, and that its answer asked which; the next sentence may tell."""
        turn.choice = choice

    def undone(self, turn: Turn, before: Sequence[Entity]) -> None:
        """Note what an undo would bring back: the next undo undoes this one."""
        turn.said = replace(turn.said, before=tuple(before))
        turn.expected.clear()

    # --- one sentence, tried in several ways

    def _tried(
        self, heard: Heard, asked: tuple[Gap, str] | None, memory: Memory, home: Home, area: str | None
    ) -> tuple[Interpretation, str]:
        """What the first attempt comes to that comes to anything, and its sentence."""
        turn = heard.turn
        failed: list[tuple[Interpretation, str]] = []
        for attempt in self._attempts(heard, asked, home):
            readings = attempt.readings
            if readings is None:
                readings = self._interpreter.understand(attempt.text, home)
            found, calls = self._come_to(attempt, readings, turn, memory, home, area)
            if _nothing(found, weak=attempt.weak):
                failed.append((found, attempt.text))
                continue
            if cancelled := _cancelled(found, turn.memory):
                found = replace(found, steps=cancelled, memory=Memory())
            self._remember(turn, attempt, found, calls, home)
            return found, attempt.text
        found, text = next(((found, text) for found, text in failed if not found.declined), failed[0])
        turn.memory = found.memory
        return found, text

    def _attempts(self, heard: Heard, asked: tuple[Gap, str] | None, home: Home) -> Iterator[Attempt]:
        if not heard.words:
            yield from heard.attempts
            return
        lookup, said = self._interpreter.lookup(home), " ".join(heard.words)
        if asked is not None and (call := gaps.freely(asked[0], heard.attempts[0].text, heard.words)) is not None:
            yield from (replace(attempt, weak=True) for attempt in heard.attempts)
            yield composed(asked[1], call)
        else:
            yield from heard.attempts
        if (call := ellipsis.valued(heard.turn.memory, said, lookup)) is not None:
            yield composed(said, call)
        if (call := gaps.unfinished(heard.words, lookup)) is not None:
            yield composed(said, call)

    def _come_to(
        self, attempt: Attempt, readings: Sequence[Reading], turn: Turn, memory: Memory, home: Home, area: str | None
    ) -> tuple[Interpretation, Sequence[Call]]:
        """What one attempt comes to, and its calls."""
        if attempt.memory is not None:
            memory = replace(attempt.memory, turn=memory.turn)
        found = self._interpreter.decide(readings, home, text=attempt.text, area=area, memory=memory)
        read = [call for reading in readings for call in reading.calls if reading.line == found.line]
        if any(call.relative for call in (*read, *found.calls)):
            now, home = home, turn.expected.seen(home)
            if home is not now:
                found = self._interpreter.decide(readings, home, text=attempt.text, area=area, memory=memory)
        if _failed(found) and (pointed := self._pointing(readings, memory, home)):
            again = self._interpreter.decide(pointed, home, text=attempt.text, area=area, memory=memory)
            found, readings = (found, readings) if _failed(again) else (again, pointed)
        calls = next((reading.calls for reading in readings if reading.line == found.line), found.calls)
        if attempt.several is not None:
            found = self._narrowed(found, calls, attempt.several, home)
        return found, calls

    def _pointing(self, readings: Sequence[Reading], memory: Memory, home: Home) -> Sequence[Reading]:
        """The readings with "it" for a target that was not said at all: "brighter", after a lamp was spoken of."""
        domains = {entity.domain for entity in self._interpreter.lookup(home).entities(memory.entities)}
        return [
            Composed(
                [replace(call, target=Target(it=True)) for call in reading.calls], reading.confidence, line=reading.line
            )
            for reading in readings
            if domains and reading.calls and all(_lacks(call, domains) for call in reading.calls)
        ]

    def _narrowed(self, found: Interpretation, calls: Sequence[Call], several: int, home: Home) -> Interpretation:
        """A question back for each step beyond `several` that would touch more than one thing."""
        if len(calls) != len(found.steps):
            return found
        steps: list[Judged] = []
        for call, judged in zip(calls, found.steps, strict=True):
            ids = judged.step.intent.entities if judged.step.intent is not None and judged.step.actions else ()
            wide = len(ids) > 1
            text = gaps.question(self._interpreter.lookup(home).entities(ids)) if wide and several <= 0 else ""
            steps.append(Judged(Step(refusal=text, gap=Gap(call, candidates=ids))) if text else judged)
            several -= wide
        return replace(found, steps=tuple(steps))

    def _remember(self, turn: Turn, attempt: Attempt, found: Interpretation, calls: Sequence[Call], home: Home) -> None:
        turn.memory = found.memory
        steps = [judged.step for judged in found.steps]
        if any(step.intent is not None for step in steps):
            touched = {action.entity for step in steps for action in step.actions}
            before = tuple(entity for entity in home.entities if entity.id in touched) or turn.said.before
            turn.said = Said(attempt.text if attempt.whole else "", tuple(calls), before)
        if any(step.task is not None and step.task.name in _CANCELS for step in steps):
            turn.expected.clear()
        turn.expected.note([action for step in steps for action in step.actions], home)

    def _as_it_stands(self, text: str, home: Home) -> Attempt:
        return Attempt(text, self._interpreter.understand(text, home), whole=True)

    # --- answers

    def _answered(self, turn: Turn, said: str, words: Sequence[str], home: Home) -> Heard | None:
        """A sentence as the answer to what was asked back; None: it is none."""
        if (turn.asked or turn.choice) and gaps.dismissed(words):
            step = Step(intent=Intent("HassNevermind"), task=Task("Nevermind"))
            return Heard(turn, first=(Judged(step),))
        if turn.choice is not None:
            told = choices.answered(turn.choice, words, home.areas)
            if told is not None:
                return Heard(turn, first=tuple(map(Judged, told[0])), choice=told[1])
        if turn.asked is None:
            return None
        gap, text = turn.asked
        if gap.value == "message" and (call := gaps.freely(gap, said, words)) is not None:
            return Heard(turn, (composed(text, call),))
        found = gaps.filled(gap, words, self._interpreter.lookup(home))
        if found is None:
            return None
        if found.still:
            ids = tuple(entity.id for entity in found.still)
            step = Step(refusal=gaps.question(found.still), gap=replace(gap, candidates=ids))
            return Heard(turn, first=(Judged(step),))
        if not found.entities:
            return Heard(turn, (composed(f"{text} {' '.join(words)}", found.call),))
        others = tuple(entity for entity in gap.candidates if entity not in found.entities)
        memory = replace(turn.memory, entities=found.entities, others=others, slots={}, timers=False)
        return Heard(turn, (replace(composed(text, found.call), memory=memory),))

    # --- follow-ups

    def _taken_up(self, found: Followup, request: Request, turn: Turn, home: Home) -> Heard | None:
        """A follow-up as a whole sentence, as calls, or as finished steps; None: it is read as it stands."""
        memory, text = turn.memory, request.text
        if found.kind in GOING_ON:
            return self._with(turn, text, pronouns.gone_on(found, memory, self._interpreter.lookup(home)))
        if found.kind in ENDING_ITEMS:
            return self._with(turn, text, pronouns.listed(found, memory))
        match found.kind:
            case "help" | "explain":
                told = Step(answer=abilities(home)) if found.kind == "help" else Step(task=Task("Explain"))
                return Heard(turn, first=(Judged(told),))
            case "who":
                return self._who(found, turn, home)
            case "undo":
                return Heard(turn, first=self._undo(turn, home))
            case "again":
                return self._again(turn, home)
            case "more" | "less":
                return self._step(turn, more=found.kind == "more")
            case "nudge":
                return self._nudged(found, request, turn, home)
            case "repeat":
                attempts = self._said_again(found.words, turn, home)
                return Heard(turn, (*attempts, Attempt(text, whole=True))) if attempts else None
            case "left":
                return self._with(turn, text, _left(memory))
            case "which":
                return self._with(turn, turn.said.text, which_of(turn.said.calls, found.words))
            case "instead":
                return self._instead(found, turn, home)
        return None

    def _among(self, turn: Turn, text: str, words: Sequence[str], home: Home) -> Heard | None:
        """A sentence about several of the things that were spoken of, or a question about another such."""
        lookup = self._interpreter.lookup(home)
        if (found := among.together(words, turn.memory, lookup)) is not None:
            call, ids = found
            memory = replace(turn.memory, entities=ids, others=(), slots={}, timers=False)
            return Heard(turn, (replace(composed(text, call), memory=memory),))
        valued = ellipsis.valued(turn.memory, " ".join(words), lookup) if words[:1] in (["no"], ["nope"]) else None
        if valued is not None:
            return self._with(turn, text, valued)
        if (listed := lists.onto_it(text, turn.memory, lookup)) is not None:
            return self._with(turn, text, listed)
        if anew_listed := lists.corrected(text, turn.memory, lookup):
            return Heard(turn, (composed(text, *anew_listed),))
        if (timed := there.timed(words, turn.memory)) is not None:
            return Heard(turn, (composed(text, timed),))
        if lasting := there.for_a_while(words, turn.said):
            return Heard(turn, (Attempt(lasting, whole=True),))
        question = there.asked_there(words, turn.memory, lookup) or among.asked_of(words, turn.memory, lookup)
        return Heard(turn, (Attempt(question, whole=True),)) if question else None

    def _with(self, turn: Turn, text: str, call: Call | None) -> Heard | None:
        return None if call is None else Heard(turn, (composed(text, call),))

    def _again(self, turn: Turn, home: Home) -> Heard | None:
        if not turn.said.calls:
            return None
        if turn.said.text:
            return Heard(turn, (self._as_it_stands(turn.said.text, home),))
        calls = [mention.call for mention in ellipsis.last_done(turn.memory)]
        return Heard(turn, (composed("", *calls),)) if calls else None

    def _step(self, turn: Turn, *, more: bool) -> Heard | None:
        made = nudges.step_of(turn.said.calls, more=more)
        if made is None or not turn.memory.entities:
            return None
        text, value, amount = made
        name = next(call.name for call in reversed(turn.said.calls) if value in call.values)
        return Heard(turn, (composed(text, Call(name, Target(it=True), values={value: amount})),))

    def _nudged(self, found: Followup, request: Request, turn: Turn, home: Home) -> Heard | None:
        memory, lookup = turn.memory, self._interpreter.lookup(home)
        if found.nudge is None:
            return None
        made = nudges.applied(found.nudge, memory, lookup)
        if made is None and found.nudge.mode == "times" and memory.entities:
            return Heard(turn, first=(Judged(Step(refusal="I do not know what that would be a share of.")),))
        if made is None:
            beside = nudges.beside(found.nudge, memory, lookup) if request.area is None else None
            return self._with(turn, request.text, beside)
        call, mention = made
        if mention.entities and mention.entities != memory.entities:
            memory = replace(memory, entities=mention.entities, slots={}, timers=False)
        return Heard(turn, (replace(composed(request.text, call), memory=memory),))

    def _said_again(self, words: str, turn: Turn, home: Home) -> list[Attempt]:
        """The last command about what `words` name instead: as a sentence for the model, then as calls."""
        lookup, memory = self._interpreter.lookup(home), turn.memory
        if anew.stated(words):
            as_it_stands = Attempt(words, whole=True, several=0 if anew.for_one(words) else None)
            return [*self._stated_anew(words, turn, home), as_it_stands]
        words = anew.whose(words, ellipsis.last_done(memory), (entity.name for entity in home.entities))
        words = there.listed(words, memory, lookup)
        words = ellipsis.placed_first(lookup.beside(among.completed(words, memory, lookup), memory.area), lookup)
        done = ellipsis.last_done(memory)
        wide = sum(not _one_thing(mention.call, mention.entities) for mention in done)
        several = None if is_plural(words) or _OTHERS.fullmatch(words) else wide
        about = ellipsis.parted(words, done[-1].call, lookup) if done else None
        attempts = []
        text = ellipsis.rewritten(turn.said, words, home) if about is None or about.value is None else ""
        if text and turn.said.calls:
            readings, going_on = self._interpreter.understand(text, home), replace(memory, going_on=True)
            attempts.append(Attempt(text, readings, going_on, whole=True, several=several))
        if about is None and done and done[-1].entities:
            return attempts
        made, phrase = ellipsis.replaced(memory, words, lookup)
        phrase = f"{ellipsis.manner(turn.said.text)} {phrase}".strip()
        return [*attempts, *(replace(composed(phrase, *calls), several=several) for calls in made)]

    def _stated_anew(self, words: str, turn: Turn, home: Home) -> list[Attempt]:
        """Another state for what `words` name beside the thing before: "and the other one off"."""
        done = ellipsis.last_done(turn.memory)
        thing, name = anew.restated(words, done)
        if not thing:
            return []
        thing = anew.whose(thing, done, (entity.name for entity in home.entities))
        several = None if is_plural(thing) else sum(not _one_thing(mention.call, mention.entities) for mention in done)
        made, phrase = ellipsis.replaced(turn.memory, thing, self._interpreter.lookup(home))
        calls = ([replace(call, name=name) for call in one] for one in made)
        return [replace(composed(phrase, *one), several=several) for one in calls]

    def _instead(self, found: Followup, turn: Turn, home: Home) -> Heard | None:
        if found.words and (call := ellipsis.valued(turn.memory, found.words, self._interpreter.lookup(home))):
            return Heard(turn, (composed(found.words, call),))
        if not turn.said.before or not turn.said.calls:
            return None
        if not found.words:
            back = self._undo(turn, home)
            step = Step(answer="Which one, then?", gap=_another(turn, home))
            return Heard(turn, first=(*back, Judged(step)))
        attempts = self._said_again(found.words, turn, home)
        return Heard(turn, attempts, self._undo(turn, home)) if attempts else None

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


def _left(memory: Memory) -> Call | None:
    """The question for the time left of the timer that was spoken of last; None: none was."""
    last = memory.mentions[-1].call if memory.timers and memory.mentions else None
    named = {key: value for key, value in last.values.items() if key == "timer"} if last is not None else {}
    return Call("TimerStatus", values=named) if memory.timers else None


def _one_thing(call: Call, entities: Sequence[str]) -> bool:
    """Whether a call was about one thing, spoken of by itself."""
    return len(entities) == 1 and bool(call.target.name or call.target.it or call.target.other)


def _another(turn: Turn, home: Home) -> Gap | None:
    """The question for another thing of the kind that the last command was about."""
    done = ellipsis.last_done(turn.memory)
    if len(done) != 1 or not done[0].entities:
        return None
    domain = done[0].entities[0].partition(".")[0]
    others = [entity.id for entity in home.entities if entity.domain == domain and entity.id not in done[0].entities]
    return Gap(done[0].call, candidates=tuple(others)) if others else None


def _lacks(call: Call, domains: set[str]) -> bool:
    """Whether a call sets something of no thing, and one of these domains has it."""
    kind = KINDS.get(call.name)
    return kind is not None and call.target == Target() and bool(call.values) and not domains.isdisjoint(kind.domains)


def _nothing(found: Interpretation, *, weak: bool) -> bool:
    """Whether nothing comes of it, not even a question back (which is nothing, too, where `weak`)."""
    return all(judged.step.refusal and (weak or judged.step.gap is None) for judged in found.steps)


def _failed(found: Interpretation) -> bool:
    return all(judged.step.refusal for judged in found.steps) and not found.declined


def _cancelled(found: Interpretation, memory: Memory) -> tuple[Judged, ...]:
    """Ends the timer that was just spoken of: a "cancel it" is no idle word then."""
    tasks = [judged.step.task for judged in found.steps]
    if not memory.timers or len(tasks) != 1 or tasks[0] is None or tasks[0].name not in _CANCELS:
        return ()
    return (Judged(Step(intent=Intent("HassCancelTimer"), task=Task("CancelTimer", {"last": True}))),)
