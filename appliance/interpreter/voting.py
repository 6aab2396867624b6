"""The vote of the readings: those that come to the same in a home count together, for less where they leave something out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from appliance.intents.clauses import mended
from appliance.intents.delays import lost
from appliance.intents.directions import misdirected
from appliance.intents.ellipsis import filled
from appliance.intents.numbers import numbers_of
from appliance.intents.remainder import apart
from appliance.intents.stated import NO_COMMAND, unstated
from appliance.interpreter.outcomes import (
    Interpretation,
    Judged,
    Outcome,
    each_once,
    engulfs,
    goes_on,
    is_done,
    is_open_question,
    is_sweep,
    key_of,
    offer,
    plain_forms,
    rated,
    shining,
    sweeps,
)
from appliance.interpreter.read import UNREAD, Read, Reading, is_guess, noted_as_read, scene_called, text_of
from appliance.messages import Call, Home, Json, Step
from appliance.resolver import Memory, Resolver
from appliance.resolver.contradictions import unasked
from appliance.resolver.leftovers import spans_of, untold

UNSURE = "I am not sure what you mean. Please say it in other words."

LIKELY_ENOUGH = 0.25
"""What is less likely is not asked about: people are to say it in other words."""

PARTLY = 0.4
"""Most that may be believed of what leaves a part of the sentence out in every reading."""

CLEARLY = 2.0
"""A command that cannot be done and is so much likelier than no command at all gets its own answer: which thing is missing, and why."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and where it was said."""

    text: str
    home: Home
    area: str | None
    """Area id."""
    memory: Memory
    """Of earlier turns."""


class Vote:
    """Has readings vote. Immutable after construction."""

    def __init__(self, resolver: Resolver, min_confidence: float) -> None:
        """Store the parts. What gets less than `min_confidence` of the votes is asked about."""
        self._resolver = resolver
        self._min_confidence = min_confidence

    def weighed(self, readings: Sequence[Reading], said: Said) -> Interpretation:
        """Have the readings vote."""
        if refusal := next((reading.refusal for reading in readings if reading.refusal), ""):
            return Interpretation((Judged(Step(refusal=refusal)),), said.memory)
        if (scene := scene_called(said.text, said.home)) is not None:
            readings = (scene, *readings)
        if (noted := noted_as_read(said.text, said.home)) is not None:
            readings = (noted,)
        outcomes: dict[Json, Outcome] = {}
        for reading, found, share in self._each(readings, said):
            outcome = outcomes.setdefault(key_of(found), Outcome(found))
            from_earlier_turns = not reading.line
            outcome.whole = outcome.whole or share == 1.0 or from_earlier_turns
            outcome.add(found, reading.confidence * share)
        total = sum(outcome.weight for outcome in outcomes.values())
        best = max(outcomes.values(), key=lambda outcome: outcome.weight, default=None)
        if best is None or not best.found.steps:
            return Interpretation((Judged(Step(refusal="I did not understand that.", hand_over=True)),), said.memory)
        if best.found.declined:
            failed = max((o for o in outcomes.values() if not o.acts), key=lambda outcome: outcome.mass)
            best = failed if failed.mass > CLEARLY * best.mass else best
        if (
            is_open_question(best.found, readings)
            and (call := self._resolver.measured(said.text, said.home)) is not None
        ):
            return self.resolved(Read((call,), best.found.line), said)
        if sweeps(best.found):
            failed = max((o for o in outcomes.values() if not o.acts), key=lambda outcome: outcome.mass, default=best)
            best = failed if failed.mass > CLEARLY * best.mass else best
        confidence = round(best.weight / total, 4) if total else 0.0
        if not best.whole:
            confidence = min(confidence, PARTLY)
        if best.acts and confidence < self._min_confidence:
            unsure = offer(best.found, said.home) if confidence >= LIKELY_ENOUGH else None
            unsure = unsure or Judged(Step(refusal=UNSURE, hand_over=True))
            return Interpretation((unsure,), said.memory, confidence, best.found.line)
        steps = tuple(replace(judged, step=rated(judged.step, confidence)) for judged in best.found.steps)
        return replace(best.found, steps=steps, confidence=confidence)

    def _each(self, readings: Sequence[Reading], said: Said) -> Iterator[tuple[Reading, Interpretation, float]]:
        """What each reading comes to, and its share for what it leaves out; those with the same calls are resolved once."""
        known: list[tuple[object, Interpretation, float]] = []
        for reading in readings:
            text = text_of(reading, said.text)
            calls = [(call.name, call.target, call.excepts, call.values) for call in reading.calls]
            read = text, is_guess(reading), calls
            same = next((one for one in known if one[0] == read), None)
            if same is None:
                found = self.resolved(reading, said)
                same = read, found, self._share_read(reading.calls, found, said.home, text)
                known.append(same)
            yield reading, same[1], same[2]

    def _share_read(self, calls: Sequence[Call], found: Interpretation, home: Home, text: str) -> float:
        """Less than 1 where a reading leaves out what the sentence holds, unless the speaker took something back."""
        if all(call.name in NO_COMMAND for call in calls) or mended(text):
            return 1.0
        touched = [judged.step.intent.entities for judged in found.steps if judged.step.intent is not None]
        single = [entities[0] for entities in touched if len(entities) == 1]
        missing: int = (
            self._resolver.unread(calls, home, text, numbers_of(text), single) + lost(calls, text) + engulfs(found)
        )
        missing += (
            unstated(calls, text)
            + untold(calls, text)
            + misdirected(calls, text)
            + unasked(calls, text, spans_of(calls))
        )
        return float(UNREAD**missing)

    def resolved(self, reading: Reading, said: Said) -> Interpretation:
        """What one reading comes to."""
        judged: list[Judged] = []
        text, home, memory = text_of(reading, said.text), said.home, said.memory
        guessed = is_guess(reading)
        calls = apart(self._resolver.told_apart(filled(reading.calls, text), home), text)
        done: dict[str, Json] = {}
        for call in each_once(calls):
            steps, memory = self._resolver.decide([call], home, text=text, area=said.area, memory=memory, among=calls)
            unclear = guessed or self._resolver.guessed(call, home)
            fresh = [step for step in steps if goes_on(call) or not is_done(step, done)]
            done |= {action.entity: tuple(plain_forms(step)) for step in fresh for action in step.actions}
            judged += [Judged(step, call.target.everything or is_sweep(step), unclear) for step in fresh]
        declined = all(call.name == "None" for call in reading.calls)
        return Interpretation(tuple(shining(judged)), memory, line=reading.line, declined=declined)
