"""From a sentence to steps: the command model and the resolver together. Nothing here can act.

The model is asked for its likeliest readings, the resolver says what each comes to in this home, and readings that come
to the same vote together: what one wording of the model misses, another finds, and what the home does not have counts little.
Both the assistant, which acts on the steps, and the batch interface, which prints them, read sentences by this one way.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from appliance.intents.delays import delay
from appliance.intents.stated import NO_COMMAND
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
from appliance.interpreter.model import AS_SAID, MOST_READINGS, PLAIN, SURE, Model
from appliance.interpreter.outcomes import (
    Interpretation,
    Judged,
    acts,
    may_be_misheard,
    offer,
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
    in_plain_turns,
    is_supposed,
    lasting_as_read,
    quoting,
    text_of,
)
from appliance.interpreter.voting import UNSURE, Said, Vote
from appliance.messages import Call, Home, Step
from appliance.plainly import Plainly, spelt
from appliance.plainly.meant import Meant, meant
from appliance.plainly.repairs import UNCLEAR
from appliance.plainly.suppositions import Supposition, suppositions, untold_condition
from appliance.plainly.whether import Fact
from appliance.resolver import Lookup, Memory, Resolver
from appliance.resolver.conditions import WAITING, waits, without_courtesies
from appliance.resolver.ear import Ear
from appliance.resolver.leftovers import spans_of, telling
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

_ASKING = frozenset("GetState ClimateGet GetWeather GetTime GetDate TimerStatus ListGet".split())

SUPPOSED = 0.8
"""Confidence from which a command counts that only comes of words which were taken for others that sound alike."""

LIKELY = 0.6
"""And the probability that its line must have."""


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
        self._typos = typos
        self._wall = wall
        self._model = Model(model, by_clauses, most_readings)
        self._vote = Vote(resolver, min_confidence)
        self._resolver = resolver
        self._home: Home | None = None
        self._ear: tuple[object, Ear] | None = None
        self._plainly: Plainly | None = None

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
        readings = self._explained(text, self._quoted(text, home), home)
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

    def _explained(self, text: str, readings: tuple[Read, ...], home: Home | None) -> tuple[Read, ...]:
        """The readings, and those of what a sentence asks for without its explanation, where the whole comes to nothing."""
        asked = self._plainly.tails.request(text) if home is not None and self._plainly is not None else ""
        if home is None or not asked:
            return readings
        if delay(asked) is not None:
            return tuple(replace(one, text=one.text or asked) for one in self._quoted(asked, home))
        if acts(self.decide(readings, home, text=text)):
            return readings
        alone = self._quoted(asked, home)
        return (*readings, *(replace(one, text=one.text or asked, supposed=True) for one in alone if not one.supposed))

    def _quoted(self, text: str, home: Home | None) -> tuple[Read, ...]:
        """What a request comes to, with what it only quotes."""
        cut = self._plainly.quoting.cut(text) if self._plainly is not None else None
        if cut is None:
            return self._at_once(text, home)
        read = self._at_once(cut.text, home)
        partings = self._model.partings([said for name, _, said in cut.quoted if name == "item"])
        readings = tuple(quoting(cut, one, parted, share) for parted, share in partings for one in read)
        whole = sum(reading.confidence for reading in readings if reading.whole)
        if partings[0][1] >= PLAIN and 2 * whole >= sum(reading.confidence for reading in readings):
            return readings
        as_said = self._at_once(text, home)
        return (*readings, *(replace(one, confidence=AS_SAID * one.confidence) for one in as_said))

    def _at_once(self, text: str, home: Home | None) -> tuple[Read, ...]:
        """What a request comes to, with a length that it holds for."""
        if (found := lasting(text)) is not None:
            readings = self._heard(found.rest, home)
            best = max(readings, key=lambda reading: reading.confidence, default=None)
            if best is not None and can_last(best.calls):
                return tuple(lasting_as_read(reading, found) for reading in readings)
        return self._heard(text, home)

    def asked(self, text: str, home: Home) -> str:
        """What `text` asks for, be it a single word, without an explanation behind it; empty: it has none."""
        self._ear_of(home)
        return self._plainly.tails.request(text, least=1) if self._plainly is not None else ""

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
        first, _, rest = correction.partition(",")
        denied = stems(first) if re.match(r"not\b", first.strip(), re.IGNORECASE) else ()
        said = {word for word in stems(rest if denied else first) if word.isdigit() or telling(word)}.difference(denied)
        kept = tuple(
            reading
            for reading in self._heard(text, home)
            if all(
                call.name in NO_COMMAND | _ASKING or said & spans_of([call])  # or it does what was taken back
                for call in reading.calls
            )
        )
        acting = any(call.name not in NO_COMMAND for reading in kept for call in reading.calls)
        return kept if acting else (Read((), "", refusal=UNCLEAR),)

    def _heard(self, text: str, home: Home | None) -> tuple[Read, ...]:
        ear = self._ear_of(home)
        heard = in_plain_turns(ear.heard(text))
        if self._plainly is not None:
            heard = replace(heard, text=self._plainly.put(heard.text))
        readings = self._model.heard(heard, ear, text)
        supposed = ear.supposed(heard) if may_be_misheard(readings) else None
        if supposed is not None and self._plainly is not None:
            supposed = replace(supposed, text=self._plainly.put(supposed.text))
        if supposed is None or home is None:
            return readings
        found = self.decide(readings, home, text=text)
        if acts(found) and not (supposed.renamed and sweeps(found)):
            return readings
        return (*readings, *(replace(reading, supposed=True) for reading in self._model.heard(supposed, ear, text)))

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
        said = Said(self.mended(spelt(self._read_as(text)), home), home, area, memory or Memory())
        if any(reading.refusal for reading in readings):
            return self._vote.weighed(readings, said)
        if parts := next((reading.parts for reading in readings if isinstance(reading, Read) and reading.parts), ()):
            return self._in_parts(parts, said)
        if any(isinstance(reading, Read) and reading.one_of for reading in readings):
            return which_of(self._vote.weighed(readings, said), readings, home)
        heard = next((text_of(reading, said.text) for reading in readings), said.text)
        if (wanted := self._wanted(readings, heard, said)) is not None:
            return replace(self._vote.resolved(wanted, said), confidence=1.0, calls=tuple(wanted.calls))
        found = self._vote.weighed([reading for reading in readings if not is_supposed(reading)], said)
        found = self._asked(found, heard, said)
        found = found if said.memory.entities else self._doubted(found, heard, home)
        supposed = [reading for reading in readings if is_supposed(reading)]
        if not supposed or (acts(found) and not sweeps(found)):
            return found if acts(found) or not waits(without_courtesies(said.text)) else waiting(found)
        again = self._vote.weighed(supposed, said)
        mass = sum(reading.confidence for reading in supposed if reading.line == again.line)
        return again if acts(again) and again.confidence >= SUPPOSED and mass >= LIKELY else found

    def _in_parts(self, parts: Sequence[Part], said: Said) -> Interpretation:
        """What commands with conditions come to, one after the other."""
        found: list[Interpretation] = []
        for part in parts:
            facts = zip(part.held.facts, part.asked, strict=True)
            known = [self._told(fact, asked, said) for fact, asked in facts]
            branch, refusal = chosen(part, known, alone=len(parts) == 1)
            if refusal:
                found.append(Interpretation((Judged(Step(refusal=refusal)),), said.memory, declined=True))
                continue
            place = placed(part, said.home) or said.area
            text, readings = (part.held.command, part.command) if branch else (part.held.otherwise, part.otherwise)
            done = self.decide(readings, said.home, text=text, area=place, memory=said.memory)
            if part.held.condition is not None and is_for_later(done):
                found.append(Interpretation((Judged(Step(refusal=WAITING)),), said.memory, declined=True))
                continue
            calls = next((reading.calls for reading in readings if reading.line == done.line), done.calls)
            found.append(replace(done, calls=tuple(calls), said=text))
            said = replace(said, memory=done.memory)
        return joined(found)

    def _told(self, fact: Fact, asked: Sequence[Read], said: Said) -> Told:
        """Whether a fact of a condition holds, as far as the home tells."""
        if fact.hours is not None:
            return by_clock(fact, self._wall())
        if fact.sky:
            return by_sky(fact, said.home)
        if (named := measured_by_name(fact, said.home)) is not None:
            return named
        found = self.decide(asked, said.home, text=fact.question, area=said.area, memory=said.memory)
        return by_answer(fact, found, said.home)

    def _wanted(self, readings: Sequence[Reading], heard: str, said: Said) -> Read | None:
        """What is to be done about conditions that somebody complains of; None: nobody does."""
        self._ear_of(said.home)
        if self._plainly is None or not all(isinstance(reading, Read) for reading in readings):
            return None
        felt = self._plainly.felt
        calls = felt.calls(heard, said.home, said.area, going_on=bool(said.memory.entities))
        if calls is None and felt.only_told(heard):
            calls = (Call("None", values={"why": "report"}),)
        return None if calls is None else Read(calls, " <;> ".join(f"<{call.name}> felt" for call in calls), text=heard)

    def _doubted(self, found: Interpretation, heard: str, home: Home) -> Interpretation:
        """`found` as a question back where the sentence only tells of a condition, and nobody knows whether it is a wish."""
        changing = any(judged.step.actions for judged in found.steps)
        if not changing or self._plainly is None or not self._plainly.felt.unclear(heard):
            return found
        unsure = offer(found, home) or Judged(Step(refusal=UNSURE, hand_over=True))
        return replace(found, steps=(unsure,))

    def _asked(self, found: Interpretation, heard: str, said: Said) -> Interpretation:
        """`found`, or what a question for a thing by its name comes to where nothing else was found."""
        call = self._resolver.compared(heard, said.home)
        call = call or (None if acts(found) else self._resolver.inquiry(heard, said.home))
        if call is None:
            return found
        read = Read((call,), f"<GetState> <name> {call.target.name} <ask:one>", text=heard)
        asked = self._vote.resolved(read, said)
        return replace(asked, confidence=1.0) if acts(asked) else found
