"""From a sentence to steps: the command model and the resolver together. Nothing here can act.

The model is asked for its likeliest readings, the resolver says what each comes to in this home, and readings that come
to the same vote together: what one wording of the model misses, another finds, and what the home does not have counts little.
Both the assistant, which acts on the steps, and the batch interface, which prints them, read sentences by this one way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from appliance.intents.clauses import mended
from appliance.intents.delays import lost, put_off
from appliance.intents.directions import misdirected
from appliance.intents.ellipsis import filled, timed
from appliance.intents.items import is_one_item, items
from appliance.intents.numbers import numbers_of
from appliance.intents.stated import unstated
from appliance.intents.whiles import can_last, lasting
from appliance.interpreter.given import (
    Told,
    by_answer,
    by_clock,
    by_sky,
    chosen,
    is_for_later,
    joined,
    measured_by_name,
    placed,
)
from appliance.interpreter.outcomes import (
    Interpretation,
    Judged,
    Outcome,
    acts,
    each_once,
    goes_on,
    is_done,
    is_open_question,
    is_sweep,
    key_of,
    may_be_misheard,
    offer,
    plain_forms,
    rated,
    sweeps,
    waiting,
    which_of,
)
from appliance.interpreter.read import (
    UNREAD,
    Part,
    Read,
    Reader,
    Reading,
    given_back,
    in_plain_turns,
    is_guess,
    is_supposed,
    lasting_as_read,
    noted_as_read,
    quoting,
    scene_called,
    text_of,
    with_parted_items,
)
from appliance.messages import Call, Home, Json, Step
from appliance.plainly import Plainly, spelt
from appliance.plainly.meant import Meant, meant
from appliance.plainly.repairs import UNCLEAR
from appliance.plainly.suppositions import Supposition, suppositions, untold_condition
from appliance.plainly.whether import Fact
from appliance.resolver import Lookup, Memory, Resolver
from appliance.resolver.conditions import WAITING, waits, without_courtesies
from appliance.resolver.contradictions import unasked
from appliance.resolver.ear import Ear, Heard
from appliance.resolver.leftovers import spans_of, telling, untold
from appliance.resolver.spelling import stems
from appliance.resolver.typos import Typos

__all__ = [
    "AS_SAID",
    "MOST_READINGS",
    "SURE",
    "UNREAD",
    "UNSURE",
    "Interpretation",
    "Interpreter",
    "Judged",
    "Reader",
    "Reading",
]

UNSURE = "I am not sure what you mean. Please say it in other words."

LIKELY_ENOUGH = 0.25
"""What is less likely is not asked about: people are to say it in other words."""

SURE = 0.95
"""No further readings are asked for once those at hand have this probability together."""

MOST_READINGS = 16

AS_SAID = 0.5
"""Weight of a reading of the sentence as it was said where it was also read with everyday names for those of the home."""

_SPEAKING_OF_NOTHING = frozenset("None Nevermind Confirm Deny Repeat Explain".split())

_ASKING = frozenset("GetState ClimateGet GetWeather GetTime GetDate TimerStatus ListGet".split())

PLAIN = 0.8
"""Probability from which the things for a list that a text holds are known."""

MOST_PARTINGS = 3
"""Ways to part a text into things for a list that are thought of."""

PARTLY = 0.4
"""Most that may be believed of what leaves a part of the sentence out in every reading."""

SUPPOSED = 0.8
"""Confidence from which a command counts that only comes of words which were taken for others that sound alike."""

LIKELY = 0.6
"""And the probability that its line must have."""

CLEARLY = 2.0
"""A command that cannot be done and is so much likelier than no command at all gets its own answer: which thing is missing, and why."""


class Interpreter:
    """Reads sentences in the light of a home; call it from one thread."""

    def __init__(
        self,
        model: Reader,
        resolver: Resolver,
        *,
        min_confidence: float = 0.0,
        most_readings: int = MOST_READINGS,
        read_as: Callable[[str], str] = str,
        by_clauses: Callable[[str], Reading | None] = lambda _text: None,
        typos: Typos | None = None,
        wall: Callable[[], time.struct_time] = time.localtime,
    ) -> None:
        """Store the parts. An interpretation below `min_confidence` is not acted on but asked for again.

        `by_clauses` gives one more reading of a sentence that the model is not sure of, or None.
        `read_as` gives the sentence that a sentence stands for: the household's own phrases. `typos` mends typing errors.
        `wall` tells the time of day, for conditions.
        """
        self._read_as = read_as
        self._by_clauses = by_clauses
        self._typos = typos
        self._wall = wall
        self._model = model
        self._resolver = resolver
        self._min_confidence = min_confidence
        self._home: Home | None = None
        self._ear: tuple[object, Ear] | None = None
        self._plainly: Plainly | None = None
        self._most_readings = most_readings

    def lookup(self, home: Home) -> Lookup:
        """Which words are names of `home`."""
        return self._resolver.lookup(home)

    def understand(self, text: str, home: Home | None = None) -> tuple[Reading, ...]:
        """Run the model: as many readings as it takes to be sure, those with everyday names for the names of `home` first.

        A sentence that comes to nothing is read again with other words of commands that sound like its own.
        """
        left = self._meant(spelt(self._read_as(text)), home)
        if left.refusal:
            return (Read((), "", refusal=left.refusal),)
        if left.told:
            return (Read((Call("None", values={"why": "report"}),), "<None> <why:report>"),)
        if left.one_of:
            readings = self._heard(left.one_of, home)
            return tuple(replace(reading, text=reading.text or left.one_of, one_of=True) for reading in readings)
        if left.correction:
            return self._as_corrected(left.text, left.correction, home)
        text = left.text if self._plainly is None else self._plainly.request(left.text)
        if parts := tuple(self._part(held, home) for held in suppositions(text)):
            return (Read((), "", parts=parts),)
        if condition := untold_condition(text):
            return (Read((), "", refusal=f"I cannot tell whether {condition}, so I changed nothing."),)
        readings = self._quoted(text, home)
        if text == left.text:
            return readings
        return tuple(replace(reading, text=reading.text or text) for reading in readings)

    def _part(self, held: Supposition, home: Home | None) -> Part:
        """A command with a condition, with the readings of both."""

        def read(text: str) -> tuple[Read, ...]:
            found = self._quoted(text, home) if text else ()
            return tuple(replace(reading, text=reading.text or text) for reading in found)

        asked = tuple(read(fact.question) for fact in held.facts)
        return Part(held, asked, read(held.command), read(held.otherwise))

    def _quoted(self, text: str, home: Home | None) -> tuple[Read, ...]:
        """What a request comes to, with what it only quotes."""
        cut = self._plainly.quoting.cut(text) if self._plainly is not None else None
        if cut is None:
            return self._at_once(text, home)
        read = self._at_once(cut.text, home)
        partings = self._partings([said for name, _, said in cut.quoted if name == "item"])
        readings = tuple(quoting(cut, one, parted, share) for parted, share in partings for one in read)
        whole = sum(reading.confidence for reading in readings if reading.whole)
        if partings[0][1] >= PLAIN and 2 * whole >= sum(reading.confidence for reading in readings):
            return readings
        as_said = self._at_once(text, home)
        return (*readings, *(replace(one, confidence=AS_SAID * one.confidence) for one in as_said))

    def _partings(self, texts: Sequence[str]) -> list[tuple[dict[str, tuple[str, ...]], float]]:
        """The likeliest ways to part each of `texts` into things for a list, and their shares."""
        ways: list[tuple[dict[str, tuple[str, ...]], float]] = [({}, 1.0)]
        for text in texts:
            found = self._items(text)
            ways = [({**known, text: way}, share * found[way]) for known, share in ways for way in found]
        return ways

    def _items(self, text: str) -> dict[tuple[str, ...], float]:
        """The things for a list that `text` may be, each way with its share."""
        if is_one_item(text):
            return {items(text, ()): 1.0}
        ways: dict[tuple[str, ...], float] = {}
        for reading in self._readings(f"add {text} to the shopping list"):
            found = [call.values.get("item") for call in reading.calls if call.name == "ListAdd"]
            way = items(text, [item for value in found if isinstance(value, tuple) for item in value])
            ways[way] = ways.get(way, 0.0) + reading.confidence
        total = sum(ways.values())
        likeliest = sorted(ways, key=ways.__getitem__, reverse=True)[:MOST_PARTINGS]
        return {way: ways[way] / total for way in likeliest}

    def _at_once(self, text: str, home: Home | None) -> tuple[Read, ...]:
        """What a request comes to, with a length that it holds for."""
        if (found := lasting(text)) is not None:
            readings = self._heard(found.rest, home)
            best = max(readings, key=lambda reading: reading.confidence, default=None)
            if best is not None and can_last(best.calls):
                return tuple(lasting_as_read(reading, found) for reading in readings)
        return self._heard(text, home)

    def mended(self, text: str, home: Home) -> str:
        """`text` without what its speaker took back in it; as it is where nobody can tell what that is."""
        return self._meant(text, home).text

    def _meant(self, text: str, home: Home | None) -> Meant:
        self._ear_of(home)
        if home is None or self._plainly is None:
            return Meant(text)
        return meant(text, self._plainly.repairs, self.lookup(home))

    def _as_corrected(self, text: str, correction: str, home: Home | None) -> tuple[Read, ...]:
        """The readings that speak of a correction that only the model may understand; what leaves it out does what was taken back."""
        said = {word for word in stems(correction.split(",", maxsplit=1)[0]) if word.isdigit() or telling(word)}
        kept = tuple(
            reading
            for reading in self._heard(text, home)
            if all(
                call.name in _SPEAKING_OF_NOTHING | _ASKING or said & spans_of([call])  # or it does what was taken back
                for call in reading.calls
            )
        )
        acting = any(call.name not in _SPEAKING_OF_NOTHING for reading in kept for call in reading.calls)
        return kept if acting else (Read((), "", refusal=UNCLEAR),)

    def _heard(self, text: str, home: Home | None) -> tuple[Read, ...]:
        ear = self._ear_of(home)
        heard = in_plain_turns(ear.heard(text))
        if self._plainly is not None:
            heard = replace(heard, text=self._plainly.put(heard.text))
        readings = self._as_heard(heard, ear, text)
        supposed = ear.supposed(heard) if may_be_misheard(readings) else None
        if supposed is not None and self._plainly is not None:
            supposed = replace(supposed, text=self._plainly.put(supposed.text))
        if supposed is None or home is None:
            return readings
        found = self.decide(readings, home, text=text)
        if acts(found) and not (supposed.renamed and sweeps(found)):
            return readings
        return (*readings, *(replace(reading, supposed=True) for reading in self._as_heard(supposed, ear, text)))

    def _as_heard(self, heard: Heard, ear: Ear, said: str) -> tuple[Read, ...]:
        readings = self._understood(heard.text, ear)
        if heard.text == said:
            return readings
        return tuple(
            replace(given_back(reading, heard.back), text=heard.text, guessed=heard.guessed) for reading in readings
        )

    def _understood(self, text: str, ear: Ear) -> tuple[Read, ...]:
        grouped = ear.standins.grouped(text) if ear.standins is not None else None
        if grouped is not None:
            return tuple(given_back(reading, grouped) for reading in self._in_everyday_names(grouped.text, ear))
        return self._in_everyday_names(text, ear)

    def _in_everyday_names(self, text: str, ear: Ear) -> tuple[Read, ...]:
        as_said = self._readings(text)
        stood_in = ear.standins.applied(text) if ear.standins is not None else None
        if stood_in is None or any(reading.refusal for reading in as_said):
            return as_said
        renamed = [given_back(reading, stood_in) for reading in self._readings(stood_in.text) if reading.calls]
        return (*renamed, *(replace(reading, confidence=AS_SAID * reading.confidence) for reading in as_said))

    def _readings(self, text: str) -> tuple[Read, ...]:
        readings: list[Reading] = []
        mass = 0.0
        for reading in self._model.readings(text):
            readings.append(reading)
            mass += reading.confidence
            if mass >= SURE or len(readings) == self._most_readings or reading.refusal:
                break
        if len(readings) > 1 and (parted := self._by_clauses(text)) is not None:
            readings.append(parted)
        return tuple(
            Read(with_parted_items(timed(put_off(r.calls, text), text)), r.line, r.confidence, r.refusal)
            for r in readings
        )

    def _ear_of(self, home: Home | None) -> Ear:
        """Kept while the names and areas of the home stay as they are."""
        if self._ear is not None and home is self._home:
            return self._ear[1]
        named = home and (
            home.structure,
            home.areas,
            tuple((entity.id, entity.name, entity.aliases) for entity in home.entities),
        )
        if self._ear is None or self._ear[0] != named:
            ear = Ear(home, self._typos)
            self._ear = (named, ear)
            groups = ear.standins.groups if ear.standins is not None else None
            self._plainly = Plainly(home, groups) if home is not None else None
        self._home = home
        return self._ear[1]

    def decide(
        self,
        readings: Sequence[Reading],
        home: Home,
        *,
        text: str,
        area: str | None = None,
        memory: Memory | None = None,
    ) -> Interpretation:
        """Match what was understood with `home` and choose; later calls of a sentence may refer to earlier ones."""
        memory = memory or Memory()
        text = self.mended(spelt(self._read_as(text)), home)
        if any(reading.refusal for reading in readings):
            return self._weighed(readings, home, text, area, memory)
        if parts := next((reading.parts for reading in readings if isinstance(reading, Read) and reading.parts), ()):
            return self._in_parts(parts, home, area, memory)
        if any(isinstance(reading, Read) and reading.one_of for reading in readings):
            return which_of(self._weighed(readings, home, text, area, memory), readings, home)
        if (wanted := self._wanted(readings, text, home, area, memory)) is not None:
            found = self._resolve(wanted, home, text, area, memory)
            return replace(found, confidence=1.0, calls=tuple(wanted.calls))
        found = self._weighed([r for r in readings if not is_supposed(r)], home, text, area, memory)
        found = self._asked(found, readings, home, text, area, memory)
        found = found if memory.entities else self._doubted(found, readings, home, text)
        supposed = [reading for reading in readings if is_supposed(reading)]
        if not supposed or (acts(found) and not sweeps(found)):
            return found if acts(found) or not waits(without_courtesies(text)) else waiting(found)
        again = self._weighed(supposed, home, text, area, memory)
        mass = sum(reading.confidence for reading in supposed if reading.line == again.line)
        return again if acts(again) and again.confidence >= SUPPOSED and mass >= LIKELY else found

    def _in_parts(self, parts: Sequence[Part], home: Home, area: str | None, memory: Memory) -> Interpretation:
        """What commands with conditions come to, one after the other."""
        found: list[Interpretation] = []
        for part in parts:
            facts = zip(part.held.facts, part.asked, strict=True)
            known = [self._told(fact, asked, home, area, memory) for fact, asked in facts]
            branch, refusal = chosen(part, known, alone=len(parts) == 1)
            if refusal:
                found.append(Interpretation((Judged(Step(refusal=refusal)),), memory, declined=True))
                continue
            place = placed(part, home) or area
            text, readings = (part.held.command, part.command) if branch else (part.held.otherwise, part.otherwise)
            done = self.decide(readings, home, text=text, area=place, memory=memory)
            if part.held.condition is not None and is_for_later(done):
                found.append(Interpretation((Judged(Step(refusal=WAITING)),), memory, declined=True))
                continue
            calls = next((reading.calls for reading in readings if reading.line == done.line), done.calls)
            found.append(replace(done, calls=tuple(calls), said=text))
            memory = done.memory
        return joined(found)

    def _told(self, fact: Fact, asked: Sequence[Read], home: Home, area: str | None, memory: Memory) -> Told:
        """Whether a fact of a condition holds, as far as the home tells."""
        if fact.hours is not None:
            return by_clock(fact, self._wall())
        if fact.sky:
            return by_sky(fact, home)
        if (named := measured_by_name(fact, home)) is not None:
            return named
        found = self.decide(asked, home, text=fact.question, area=area, memory=memory)
        return by_answer(fact, found, home)

    def _wanted(
        self, readings: Sequence[Reading], text: str, home: Home, area: str | None, memory: Memory
    ) -> Read | None:
        """What is to be done about conditions that somebody complains of; None: nobody does."""
        self._ear_of(home)
        if self._plainly is None or not all(isinstance(reading, Read) for reading in readings):
            return None
        heard = next((text_of(reading, text) for reading in readings), text)
        felt = self._plainly.felt
        calls = felt.calls(heard, home, area, going_on=bool(memory.entities))
        if calls is None and felt.only_told(heard):
            calls = (Call("None", values={"why": "report"}),)
        return None if calls is None else Read(calls, " <;> ".join(f"<{call.name}> felt" for call in calls), text=heard)

    def _doubted(self, found: Interpretation, readings: Sequence[Reading], home: Home, text: str) -> Interpretation:
        """`found` as a question back where the sentence only tells of a condition, and nobody knows whether it is a wish."""
        heard = next((text_of(reading, text) for reading in readings), text)
        changing = any(judged.step.actions for judged in found.steps)
        if not changing or self._plainly is None or not self._plainly.felt.unclear(heard):
            return found
        unsure = offer(found, home) or Judged(Step(refusal=UNSURE, hand_over=True))
        return replace(found, steps=(unsure,))

    def _asked(
        self,
        found: Interpretation,
        readings: Sequence[Reading],
        home: Home,
        text: str,
        area: str | None,
        memory: Memory,
    ) -> Interpretation:
        """`found`, or what a question for a thing by its name comes to where nothing else was found."""
        heard = next((text_of(reading, text) for reading in readings), text)
        call = self._resolver.compared(heard, home) or (None if acts(found) else self._resolver.inquiry(heard, home))
        if call is None:
            return found
        asked = self._resolve(
            Read((call,), f"<GetState> <name> {call.target.name} <ask:one>", text=heard), home, text, area, memory
        )
        return replace(asked, confidence=1.0) if acts(asked) else found

    def _weighed(
        self, readings: Sequence[Reading], home: Home, text: str, area: str | None, memory: Memory
    ) -> Interpretation:
        """Have the readings vote."""
        if refusal := next((reading.refusal for reading in readings if reading.refusal), ""):
            return Interpretation((Judged(Step(refusal=refusal)),), memory)
        if (scene := scene_called(text, home)) is not None:
            readings = (scene, *readings)
        if (noted := noted_as_read(text, home)) is not None:
            readings = (noted,)
        outcomes: dict[Json, Outcome] = {}
        for reading, found, share in self._each(readings, home, text, area, memory):
            outcome = outcomes.setdefault(key_of(found), Outcome(found))
            from_earlier_turns = not reading.line
            outcome.whole = outcome.whole or share == 1.0 or from_earlier_turns
            outcome.add(found, reading.confidence * share)
        total = sum(outcome.weight for outcome in outcomes.values())
        best = max(outcomes.values(), key=lambda outcome: outcome.weight, default=None)
        if best is None or not best.found.steps:
            return Interpretation((Judged(Step(refusal="I did not understand that.", hand_over=True)),), memory)
        if best.found.declined:
            failed = max((o for o in outcomes.values() if not o.acts), key=lambda outcome: outcome.mass)
            best = failed if failed.mass > CLEARLY * best.mass else best
        if is_open_question(best.found, readings) and (call := self._resolver.measured(text, home)) is not None:
            return self._resolve(Read((call,), best.found.line), home, text, area, memory)
        if sweeps(best.found):
            failed = max((o for o in outcomes.values() if not o.acts), key=lambda outcome: outcome.mass, default=best)
            best = failed if failed.mass > CLEARLY * best.mass else best
        confidence = round(best.weight / total, 4) if total else 0.0
        if not best.whole:
            confidence = min(confidence, PARTLY)
        if best.acts and confidence < self._min_confidence:
            unsure = offer(best.found, home) if confidence >= LIKELY_ENOUGH else None
            unsure = unsure or Judged(Step(refusal=UNSURE, hand_over=True))
            return Interpretation((unsure,), memory, confidence, best.found.line)
        steps = tuple(replace(judged, step=rated(judged.step, confidence)) for judged in best.found.steps)
        return replace(best.found, steps=steps, confidence=confidence)

    def _each(
        self, readings: Sequence[Reading], home: Home, text: str, area: str | None, memory: Memory
    ) -> Iterator[tuple[Reading, Interpretation, float]]:
        """What each reading comes to, and its share for what it leaves out; those with the same calls are resolved once."""
        known: list[tuple[object, Interpretation, float]] = []
        for reading in readings:
            said = text_of(reading, text)
            calls = [(call.name, call.target, call.excepts, call.values) for call in reading.calls]
            read = said, is_guess(reading), calls
            same = next((one for one in known if one[0] == read), None)
            if same is None:
                found = self._resolve(reading, home, text, area, memory)
                same = read, found, self._share_read(reading.calls, found, home, said)
                known.append(same)
            yield reading, same[1], same[2]

    def _share_read(self, calls: Sequence[Call], found: Interpretation, home: Home, text: str) -> float:
        """Less than 1 where a reading leaves out what the sentence holds, unless the speaker took something back."""
        if all(call.name in _SPEAKING_OF_NOTHING for call in calls) or mended(text):
            return 1.0
        touched = [judged.step.intent.entities for judged in found.steps if judged.step.intent is not None]
        single = [entities[0] for entities in touched if len(entities) == 1]
        missing: int = self._resolver.unread(calls, home, text, numbers_of(text), single) + lost(calls, text)
        missing += (
            unstated(calls, text)
            + untold(calls, text)
            + misdirected(calls, text)
            + unasked(calls, text, spans_of(calls))
        )
        return float(UNREAD**missing)

    def _resolve(self, reading: Reading, home: Home, text: str, area: str | None, memory: Memory) -> Interpretation:
        judged: list[Judged] = []
        text = text_of(reading, text)
        guessed = is_guess(reading)
        calls = self._resolver.told_apart(filled(reading.calls, text), home)
        done: dict[str, Json] = {}
        for call in each_once(calls):
            steps, memory = self._resolver.decide([call], home, text=text, area=area, memory=memory, among=calls)
            unclear = guessed or self._resolver.guessed(call, home)
            fresh = [step for step in steps if goes_on(call) or not is_done(step, done)]
            done |= {action.entity: tuple(plain_forms(step)) for step in fresh for action in step.actions}
            judged += [Judged(step, call.target.everything or is_sweep(step), unclear) for step in fresh]
        declined = all(call.name == "None" for call in reading.calls)
        return Interpretation(tuple(judged), memory, line=reading.line, declined=declined)
