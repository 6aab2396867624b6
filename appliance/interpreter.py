"""From a sentence to steps: the command model and the resolver together. Nothing here can act.

The model is asked for its likeliest readings, the resolver says what each comes to in this home, and readings that come
to the same vote together: what one wording of the model misses, another finds, and what the home does not have counts little.
Both the assistant, which acts on the steps, and the batch interface, which prints them, read sentences by this one way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Protocol

from appliance.intents.clauses import mended
from appliance.intents.delays import lost, put_off
from appliance.intents.directions import misdirected
from appliance.intents.ellipsis import filled, timed
from appliance.intents.items import is_one_item, items
from appliance.intents.noting import noted
from appliance.intents.numbers import numbers_of
from appliance.intents.stated import unstated
from appliance.intents.whiles import While, can_last, lasting
from appliance.messages import Call, Gap, Home, Json, Quantity, Step, Target
from appliance.plainly import Plainly, plainer, spelt
from appliance.plainly.meant import Meant, meant
from appliance.plainly.quoting import Cut
from appliance.plainly.repairs import UNCLEAR
from appliance.resolver import Lookup, Memory, Resolver
from appliance.resolver.colors import rgb
from appliance.resolver.conditions import WAITING, waits, without_courtesies
from appliance.resolver.contradictions import unasked
from appliance.resolver.ear import Ear, Heard
from appliance.resolver.leftovers import spans_of, telling, untold
from appliance.resolver.situation import join
from appliance.resolver.speech import wish
from appliance.resolver.spelling import stems
from appliance.resolver.standins import StoodIn
from appliance.resolver.suppositions import Supposition, supposition
from appliance.resolver.typos import Typos
from appliance.text import key

UNSURE = "I am not sure what you mean. Please say it in other words."
MOST_OFFERED = 4
"""Things that a question back may name."""
LIKELY_ENOUGH = 0.25
"""What is less likely is not asked about: people are to say it in other words."""

SURE = 0.95
"""No further readings are asked for once those at hand have this probability together."""
MOST_READINGS = 16
UNRESOLVED = 0.15
"""Weight of a reading that finds nothing, or not one thing, in this home: people mostly speak of what is there."""

AS_SAID = 0.5
"""Weight of a reading of the sentence as it was said where it was also read with everyday names for those of the home."""

_SPEAKING_OF_NOTHING = frozenset("None Nevermind Confirm Deny Repeat Explain".split())

_ASKING = frozenset("GetState ClimateGet GetWeather GetTime GetDate TimerStatus ListGet".split())

_STEPPING = frozenset("Toggle Press MediaNext MediaPrevious IncreaseTimer DecreaseTimer".split())
"""Calls that do something else the second time."""

PLAIN = 0.8
"""Probability from which the things for a list that a text holds are known."""

MOST_PARTINGS = 3
"""Ways to part a text into things for a list that are thought of."""

UNREAD = 0.1
"""Weight of a reading for each name of the home, or delay, that the sentence holds and none of its calls speaks of."""

PARTLY = 0.4
"""Most that may be believed of what leaves a part of the sentence out in every reading."""

SUPPOSED = 0.8
"""Confidence from which a command counts that only comes of words which were taken for others that sound alike."""

LIKELY = 0.6
"""And the probability that its line must have."""

CLEARLY = 2.0
"""A command that cannot be done and is so much likelier than no command at all gets its own answer: which thing is missing, and why."""


class Reading(Protocol):
    """One way to read a sentence."""

    @property
    def calls(self) -> Sequence[Call]:
        """The calls."""

    @property
    def confidence(self) -> float:
        """Its probability."""

    @property
    def refusal(self) -> str:
        """Why the sentence could not be read at all; empty: it could."""

    @property
    def line(self) -> str:
        """What the model wrote, for people who look into it."""


class Reader(Protocol):
    """A command model."""

    def readings(self, text: str, /) -> Iterator[Reading]:
        """Read one sentence: the likeliest reading first, lazily."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A step and how the sentence spoke of its things."""

    step: Step
    everything: bool = False
    """"all" or "everything" was said, or meant by naming no place: policy is stricter then."""
    guessed: bool = False
    """What it is about was misheard or mistyped: policy asks before what is delicate."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a sentence comes to in a home."""

    steps: tuple[Judged, ...]
    memory: Memory
    """For the next turn."""
    confidence: float = 0.0
    """Share of the readings that comes to these steps, each weighted by its probability and by what it finds."""
    line: str = ""
    """What the model wrote, in the likeliest reading of these."""
    declined: bool = False
    """The model found nothing to do in the sentence: talk, a report, a prohibition."""
    calls: tuple[Call, ...] = ()
    """What was made of it where no model wrote that."""


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
    ) -> None:
        """Store the parts. An interpretation below `min_confidence` is not acted on but asked for again.

        `by_clauses` gives one more reading of a sentence that the model is not sure of, or None.
        `read_as` gives the sentence that a sentence stands for: the household's own phrases. `typos` mends typing errors.
        """
        self._read_as = read_as
        self._by_clauses = by_clauses
        self._typos = typos
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
            return (_Read((), "", refusal=left.refusal),)
        if left.told:
            return (_Read((Call("None", values={"why": "report"}),), "<None> <why:report>"),)
        if left.one_of:
            readings = self._heard(left.one_of, home)
            return tuple(replace(reading, text=reading.text or left.one_of, one_of=True) for reading in readings)
        if left.correction:
            return self._as_corrected(left.text, left.correction, home)
        text = left.text if self._plainly is None else self._plainly.request(left.text)
        if (held := supposition(text)) is not None:
            given = Given(held, self._quoted(held.question, home))
            readings = self._quoted(held.command, home)
            return tuple(replace(reading, text=reading.text or held.command, given=given) for reading in readings)
        readings = self._quoted(text, home)
        if text == left.text:
            return readings
        return tuple(replace(reading, text=reading.text or text) for reading in readings)

    def _quoted(self, text: str, home: Home | None) -> tuple[_Read, ...]:
        """What a request comes to, with what it only quotes."""
        cut = self._plainly.quoting.cut(text) if self._plainly is not None else None
        if cut is None:
            return self._at_once(text, home)
        read = self._at_once(cut.text, home)
        partings = self._partings([said for name, _, said in cut.quoted if name == "item"])
        readings = tuple(_quoting(cut, one, parted, share) for parted, share in partings for one in read)
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

    def _at_once(self, text: str, home: Home | None) -> tuple[_Read, ...]:
        """What a request comes to, with a length that it holds for."""
        if (found := lasting(text)) is not None:
            readings = self._heard(found.rest, home)
            best = max(readings, key=lambda reading: reading.confidence, default=None)
            if best is not None and can_last(best.calls):
                return tuple(_lasting(reading, found) for reading in readings)
        return self._heard(text, home)

    def mended(self, text: str, home: Home) -> str:
        """`text` without what its speaker took back in it; as it is where nobody can tell what that is."""
        return self._meant(text, home).text

    def _meant(self, text: str, home: Home | None) -> Meant:
        self._ear_of(home)
        if home is None or self._plainly is None:
            return Meant(text)
        return meant(text, self._plainly.repairs, self.lookup(home))

    def _as_corrected(self, text: str, correction: str, home: Home | None) -> tuple[_Read, ...]:
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
        return kept if acting else (_Read((), "", refusal=UNCLEAR),)

    def _heard(self, text: str, home: Home | None) -> tuple[_Read, ...]:
        ear = self._ear_of(home)
        heard = _in_plain_turns(ear.heard(text))
        if self._plainly is not None:
            heard = replace(heard, text=self._plainly.put(heard.text))
        readings = self._as_heard(heard, ear, text)
        supposed = ear.supposed(heard) if _may_be_misheard(readings) else None
        if supposed is not None and self._plainly is not None:
            supposed = replace(supposed, text=self._plainly.put(supposed.text))
        if supposed is None or home is None:
            return readings
        found = self.decide(readings, home, text=text)
        if _acts(found) and not (supposed.renamed and _sweeps(found)):
            return readings
        return (*readings, *(replace(reading, supposed=True) for reading in self._as_heard(supposed, ear, text)))

    def _as_heard(self, heard: Heard, ear: Ear, said: str) -> tuple[_Read, ...]:
        readings = self._understood(heard.text, ear)
        if heard.text == said:
            return readings
        return tuple(
            replace(_given_back(reading, heard.back), text=heard.text, guessed=heard.guessed) for reading in readings
        )

    def _understood(self, text: str, ear: Ear) -> tuple[_Read, ...]:
        grouped = ear.standins.grouped(text) if ear.standins is not None else None
        if grouped is not None:
            return tuple(_given_back(reading, grouped) for reading in self._in_everyday_names(grouped.text, ear))
        return self._in_everyday_names(text, ear)

    def _in_everyday_names(self, text: str, ear: Ear) -> tuple[_Read, ...]:
        as_said = self._readings(text)
        stood_in = ear.standins.applied(text) if ear.standins is not None else None
        if stood_in is None or any(reading.refusal for reading in as_said):
            return as_said
        renamed = [_given_back(reading, stood_in) for reading in self._readings(stood_in.text) if reading.calls]
        return (*renamed, *(replace(reading, confidence=AS_SAID * reading.confidence) for reading in as_said))

    def _readings(self, text: str) -> tuple[_Read, ...]:
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
            _Read(_parted(timed(put_off(r.calls, text), text)), r.line, r.confidence, r.refusal) for r in readings
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
        given = next((reading.given for reading in readings if isinstance(reading, _Read) and reading.given), None)
        if given is not None and (unmet := self._unmet(given, home, area, memory)):
            return Interpretation((Judged(Step(refusal=unmet)),), memory, declined=True)
        if any(isinstance(reading, _Read) and reading.one_of for reading in readings):
            return _which(self._weighed(readings, home, text, area, memory), readings, home)
        if (wanted := self._wanted(readings, text, home, area, memory)) is not None:
            found = self._resolve(wanted, home, text, area, memory)
            return replace(found, confidence=1.0, calls=tuple(wanted.calls))
        found = self._weighed([r for r in readings if not _is_supposed(r)], home, text, area, memory)
        found = self._asked(found, readings, home, text, area, memory)
        found = found if memory.entities else self._doubted(found, readings, home, text)
        supposed = [reading for reading in readings if _is_supposed(reading)]
        if not supposed or (_acts(found) and not _sweeps(found)):
            return found if _acts(found) or not waits(without_courtesies(text)) else _waiting(found)
        again = self._weighed(supposed, home, text, area, memory)
        mass = sum(reading.confidence for reading in supposed if reading.line == again.line)
        return again if _acts(again) and again.confidence >= SUPPOSED and mass >= LIKELY else found

    def _unmet(self, given: Given, home: Home, area: str | None, memory: Memory) -> str:
        """Why a command does not count whose condition is not met, or not known; empty: it counts."""
        found = self.decide(given.asked, home, text=given.held.question, area=area, memory=memory)
        steps = [judged.step for judged in found.steps]
        if len(steps) != 1 or not steps[0].answer:
            return f"I cannot tell whether {given.held.condition}, so I changed nothing."
        return "" if steps[0].truth is given.held.wanted else f"{steps[0].answer} So I changed nothing."

    def _wanted(
        self, readings: Sequence[Reading], text: str, home: Home, area: str | None, memory: Memory
    ) -> _Read | None:
        """What is to be done about conditions that somebody complains of; None: nobody does."""
        self._ear_of(home)
        if self._plainly is None or not all(isinstance(reading, _Read) for reading in readings):
            return None
        heard = next((_text_of(reading, text) for reading in readings), text)
        felt = self._plainly.felt
        calls = felt.calls(heard, home, area, going_on=bool(memory.entities))
        if calls is None and felt.only_told(heard):
            calls = (Call("None", values={"why": "report"}),)
        return (
            None if calls is None else _Read(calls, " <;> ".join(f"<{call.name}> felt" for call in calls), text=heard)
        )

    def _doubted(self, found: Interpretation, readings: Sequence[Reading], home: Home, text: str) -> Interpretation:
        """`found` as a question back where the sentence only tells of a condition, and nobody knows whether it is a wish."""
        heard = next((_text_of(reading, text) for reading in readings), text)
        changing = any(judged.step.actions for judged in found.steps)
        if not changing or self._plainly is None or not self._plainly.felt.unclear(heard):
            return found
        unsure = _offer(found, home) or Judged(Step(refusal=UNSURE, hand_over=True))
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
        heard = next((_text_of(reading, text) for reading in readings), text)
        call = self._resolver.compared(heard, home) or (None if _acts(found) else self._resolver.inquiry(heard, home))
        if call is None:
            return found
        asked = self._resolve(
            _Read((call,), f"<GetState> <name> {call.target.name} <ask:one>", text=heard), home, text, area, memory
        )
        return replace(asked, confidence=1.0) if _acts(asked) else found

    def _weighed(
        self, readings: Sequence[Reading], home: Home, text: str, area: str | None, memory: Memory
    ) -> Interpretation:
        """Have the readings vote."""
        if refusal := next((reading.refusal for reading in readings if reading.refusal), ""):
            return Interpretation((Judged(Step(refusal=refusal)),), memory)
        if (scene := _scene_called(text, home)) is not None:
            readings = (scene, *readings)
        if (noted := _noted(text, home)) is not None:
            readings = (noted,)
        outcomes: dict[Json, _Outcome] = {}
        for reading, found, share in self._each(readings, home, text, area, memory):
            outcome = outcomes.setdefault(_key(found), _Outcome(found))
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
        if _is_open_question(best.found, readings) and (call := self._resolver.measured(text, home)) is not None:
            return self._resolve(_Read((call,), best.found.line), home, text, area, memory)
        if _sweeps(best.found):
            failed = max((o for o in outcomes.values() if not o.acts), key=lambda outcome: outcome.mass, default=best)
            best = failed if failed.mass > CLEARLY * best.mass else best
        confidence = round(best.weight / total, 4) if total else 0.0
        if not best.whole:
            confidence = min(confidence, PARTLY)
        if best.acts and confidence < self._min_confidence:
            unsure = _offer(best.found, home) if confidence >= LIKELY_ENOUGH else None
            unsure = unsure or Judged(Step(refusal=UNSURE, hand_over=True))
            return Interpretation((unsure,), memory, confidence, best.found.line)
        steps = tuple(replace(judged, step=_rated(judged.step, confidence)) for judged in best.found.steps)
        return replace(best.found, steps=steps, confidence=confidence)

    def _each(
        self, readings: Sequence[Reading], home: Home, text: str, area: str | None, memory: Memory
    ) -> Iterator[tuple[Reading, Interpretation, float]]:
        """What each reading comes to, and its share for what it leaves out; those with the same calls are resolved once."""
        known: list[tuple[object, Interpretation, float]] = []
        for reading in readings:
            said = _text_of(reading, text)
            calls = [(call.name, call.target, call.excepts, call.values) for call in reading.calls]
            read = said, _is_guess(reading), calls
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
        text = _text_of(reading, text)
        guessed = _is_guess(reading)
        calls = self._resolver.told_apart(filled(reading.calls, text), home)
        done: dict[str, Json] = {}
        for call in _once(calls):
            steps, memory = self._resolver.decide([call], home, text=text, area=area, memory=memory, among=calls)
            unclear = guessed or self._resolver.guessed(call, home)
            fresh = [step for step in steps if _goes_on(call) or not _is_done(step, done)]
            done |= {action.entity: tuple(_plain(step)) for step in fresh for action in step.actions}
            judged += [Judged(step, call.target.everything or _is_sweep(step), unclear) for step in fresh]
        declined = all(call.name == "None" for call in reading.calls)
        return Interpretation(tuple(judged), memory, line=reading.line, declined=declined)


@dataclass(frozen=True, slots=True)
class Given:
    """What a command depends on."""

    held: Supposition
    asked: tuple[_Read, ...]
    """The readings of its question."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A reading, and how it came about."""

    calls: Sequence[Call]
    line: str
    confidence: float = 1.0
    refusal: str = ""
    text: str = ""
    """The sentence that was read; empty: the one that was said."""
    guessed: bool = False
    """Names or words of it were mended."""
    given: Given | None = None
    """It counts only where this is so."""
    one_of: bool = False
    """Only one of its things is meant, and nobody said which."""
    supposed: bool = False
    """It counts only where the sentence comes to nothing as it was heard."""
    whole: bool = False
    """All that the sentence only quotes is in its calls."""


def _which(found: Interpretation, readings: Sequence[Reading], home: Home) -> Interpretation:
    """`found` as the question which one of its things is meant."""
    ids = tuple(dict.fromkeys(action.entity for judged in found.steps for action in judged.step.actions))
    calls = next((reading.calls for reading in readings if reading.line == found.line), ())
    names = [entity.name for entity in home.entities if entity.id in ids]
    asked = Step(refusal=UNCLEAR, hand_over=True)
    if len(names) > 1 and calls and all((call.name, call.values) == (calls[0].name, calls[0].values) for call in calls):
        asked = Step(refusal=f"Which one do you mean: {join(names)}?", gap=Gap(calls[0], candidates=ids))
    return replace(found, steps=(Judged(asked),))


def _in_plain_turns(heard: Heard) -> Heard:
    """`heard` with turns of phrase in plainer words."""
    plain = plainer(heard.text, lambda words: rgb(words) is not None)
    return heard if plain is None else replace(heard, text=plain.text, changed=(*heard.changed, *plain.changed))


def _waiting(found: Interpretation) -> Interpretation:
    """`found`, which does nothing, with the reason that the sentence waits for something unless it has a better one."""
    if not all(judged.step.hand_over for judged in found.steps):
        return found
    return replace(found, steps=(Judged(Step(refusal=WAITING)),))


def _lasting(reading: _Read, found: While) -> _Read:
    """`reading` of a sentence without its length as one of the whole."""
    if not can_last(reading.calls):
        return replace(reading, text=reading.text or found.rest)
    line = f"{reading.line} <{found.key}> {found.length.words}"
    return replace(reading, calls=tuple(map(found.hold, reading.calls)), line=line, text=reading.text or found.rest)


def _quoting(cut: Cut, reading: _Read, parted: Mapping[str, tuple[str, ...]], share: float) -> _Read:
    """A reading of a sentence with everyday texts as one of what was said."""
    calls, whole = cut.back(reading.calls, parted)
    weight = share * (1.0 if whole or not reading.calls else UNREAD)
    return replace(
        reading,
        calls=calls,
        line=cut.line_back(reading.line),
        confidence=weight * reading.confidence,
        text=reading.text or cut.text,
        whole=whole,
    )


def _parted(calls: Sequence[Call]) -> tuple[Call, ...]:
    """`calls` with the things for a list one by one: "the milk and the bread" are two."""
    return tuple(
        replace(call, values={**call.values, "item": tuple(one for item in value for one in items(item, (item,)))})
        if isinstance(value := call.values.get("item"), tuple)
        else call
        for call in calls
    )


def _is_supposed(reading: Reading) -> bool:
    return isinstance(reading, _Read) and reading.supposed


def _is_guess(reading: Reading) -> bool:
    return isinstance(reading, _Read) and reading.guessed


def _text_of(reading: Reading, said: str) -> str:
    """The sentence that a reading is of."""
    return (reading.text if isinstance(reading, _Read) else "") or said


def _is_open_question(found: Interpretation, readings: Sequence[Reading]) -> bool:
    """Whether the model took the sentence for a question about the world, in the likeliest reading that came to `found`."""
    calls = next((reading.calls for reading in readings if reading.line == found.line), ())
    return found.declined and any(call.values.get("why") == "open_question" for call in calls)


def _may_be_misheard(readings: Sequence[Reading]) -> bool:
    """Whether nothing speaks against a second look: no prohibition, no question for others, no refusal of the model."""
    best = max(readings, key=lambda reading: reading.confidence, default=None)
    if best is None or best.refusal:
        return False
    return all(call.values.get("why") not in {"forbid", "open_question"} for call in best.calls)


def _acts(found: Interpretation) -> bool:
    """Whether anything would be done or answered."""
    return any(judged.step.intent is not None or judged.step.task is not None for judged in found.steps)


def _once(calls: Sequence[Call]) -> Iterator[Call]:
    """The calls without those that say the last one again, as people and models do, where once is enough.

    A complaint goes, too, where the next call says how it is to be: "the lamp is too bright, bring it down to 5 percent".
    """
    if len(calls) == 1:
        yield calls[0]
        return
    last: Call | None = None
    for call, following in zip_longest(calls, calls[1:]):
        same = replace(call, confidence=1.0)
        if (same != last or _goes_on(call)) and not (following and _settles(following, call)):
            yield call
        last = same


def _settles(call: Call, before: Call) -> bool:
    """Whether `call` gives the value that `before` only gives the direction of."""
    if call.name != before.name or call.values.keys() != before.values.keys() or len(call.values) != 1:
        return False
    ((wish,), (value,)) = (before.values.values(), call.values.values())
    if not (isinstance(wish, Quantity) and isinstance(value, Quantity)):
        return False
    same = call.target.it or call.target == before.target
    return same and wish.mode in {"up", "down"} and wish.value is None and value.mode == "set"


def _is_done(step: Step, done: Mapping[str, Json]) -> bool:
    """Whether the last that was done with each of its things is the same. `done`: what was done last, by entity."""
    return bool(step.actions) and all(done.get(action.entity) == tuple(_plain(step)) for action in step.actions)


def _goes_on(call: Call) -> bool:
    """Whether doing it twice differs from doing it once."""
    relative = any(isinstance(value, Quantity) and value.mode != "set" for value in call.values.values())
    return call.name in _STEPPING or call.target.other or relative


def _offer(found: Interpretation, home: Home) -> Judged | None:
    """A question back about a few plain deeds; None where there is more to it than a yes could answer."""
    steps = [judged.step for judged in found.steps]
    entities = {entity.id: entity for entity in home.entities}
    actions = tuple(action for step in steps for action in step.actions)
    if not 0 < len(actions) <= MOST_OFFERED or any(not step.actions for step in steps):
        return None
    if any(judged.everything for judged in found.steps) or any(step.task for step in steps):
        return None
    wanted = " and ".join(wish(action, entities[action.entity]) for action in actions)
    offer = Step(refusal=f"Did you mean: {wanted}?", offered=actions)
    return Judged(offer, guessed=any(judged.guessed for judged in found.steps))


def _given_back(reading: _Read, stood_in: StoodIn) -> _Read:
    """A reading of the sentence with everyday names as one of what was said."""
    return replace(reading, calls=stood_in.back(reading.calls), line=stood_in.line_back(reading.line))


_CALLING = frozenset("run start activate execute launch trigger".split())


def _scene_called(text: str, home: Home) -> _Read | None:
    """A scene or script whose name is all that was said, its room with it or not: "movie time, please"."""
    said = key(text).removeprefix("please ").removesuffix(" please").removesuffix(" ,").removeprefix("the ")
    verb, _, rest = said.partition(" ")
    bare = rest.removeprefix("the ")
    called = {said, bare, bare.removesuffix(" script")} if verb in _CALLING else {said}
    scenes = [entity for entity in home.entities if entity.id.startswith(("scene.", "script."))]
    rooms = {area.id: (area.name, *area.aliases) for area in home.areas} if scenes else {}
    for entity in scenes:
        for name in map(key, (entity.name, *entity.aliases)):
            for room in ("", *map(key, rooms.get(entity.area or "", ()))):
                if f"{room} {name}".strip() in called:
                    line = f"<Activate> <name> {name}" + (f" <area> {room}" if room else "")
                    return _Read((Call("Activate", Target(name=name, area=room or None)),), line)
    return None


def _noted(text: str, home: Home) -> _Read | None:
    """What a sentence puts on a list of the home, where the command model would copy too much."""
    lists = [name for entity in home.entities if entity.domain == "todo" for name in (entity.name, *entity.aliases)]
    call = noted(text, lists)
    return None if call is None else _Read((call,), f"<ListAdd> <item> {text} <list> {call.values['list']}")


@dataclass(slots=True)
class _Outcome:
    """Readings that come to the same."""

    found: Interpretation
    """Of those of them that call the things in the likeliest way."""
    mass: float = 0.0
    whole: bool = False
    """One of them speaks of all that the sentence holds."""
    ways: dict[Json, float] = field(default_factory=dict)
    """The mass of each way to call the things."""

    def add(self, found: Interpretation, mass: float) -> None:
        """Count one more reading that comes to the same."""
        way = tuple(judged.step.intent and repr(sorted(judged.step.intent.slots.items())) for judged in found.steps)
        self.mass += mass
        self.ways[way] = self.ways.get(way, 0.0) + mass
        if found is self.found:
            return
        likeliest = self.ways[way] >= max(self.ways.values())
        steps = (_strictest(found, self.found) if likeliest else _strictest(self.found, found)).steps
        self.found = replace(self.found, steps=steps)  # with the memory of the first, which is the likeliest by itself

    @property
    def acts(self) -> bool:
        """Whether it would do or answer anything."""
        return _acts(self.found)

    @property
    def weight(self) -> float:
        """What it counts in the choice."""
        failed = any(judged.step.refusal for judged in self.found.steps) or not self.found.steps
        return self.mass * (UNRESOLVED if failed and not self.found.declined else 1.0)


def _key(found: Interpretation) -> Json:
    """Equal for interpretations that do the same."""
    if found.declined:
        return "declined"
    return tuple((plain, judged.step.refusal) for judged in found.steps for plain in _plain(judged.step))


def _strictest(found: Interpretation, same: Interpretation) -> Interpretation:
    """`found`, of everything and of a guess where `same`, which does the same, is."""
    if len(found.steps) != len(same.steps):  # things for a list stand in one of them together: then in the answer, too
        fewer = min(found, same, key=lambda one: len(one.steps))
        everything = any(judged.everything for judged in (*found.steps, *same.steps))
        guessed = any(judged.guessed for judged in (*found.steps, *same.steps))
        return replace(found, steps=tuple(replace(one, everything=everything, guessed=guessed) for one in fewer.steps))
    pairs = zip(found.steps, same.steps, strict=True)
    steps = (replace(a, everything=a.everything or b.everything, guessed=a.guessed or b.guessed) for a, b in pairs)
    return replace(found, steps=tuple(steps))


def _plain(step: Step) -> Iterator[Json]:
    """What a step does, however its things were called; one for each item, where several are put on a list together or one by one."""
    intent = step.intent
    if intent is None:
        yield step.task and step.task.name
    elif step.answer:
        yield intent.name, intent.entities, step.answer
    elif step.actions:
        yield (
            intent.name,
            *((action.entity, action.command, repr(sorted(action.data.items()))) for action in step.actions),
        )
    else:
        items = intent.slots.get("item")
        for item in items if isinstance(items, list) else [items]:
            slots = {**intent.slots, "item": item}
            yield intent.name, tuple(sorted((name, repr(value)) for name, value in slots.items())), intent.entities


def _is_sweep(step: Step) -> bool:
    """Whether it would touch several things anywhere in the home, named neither by themselves nor by a place."""
    intent = step.intent
    return intent is not None and len(intent.entities) > 1 and not {"name", "area", "floor"} & intent.slots.keys()


def _sweeps(found: Interpretation) -> bool:
    """Whether it would touch things all over the home: no second choice for what names a place that is not there."""
    return any(_is_sweep(judged.step) for judged in found.steps)


def _rated(step: Step, confidence: float) -> Step:
    return step if step.intent is None else replace(step, intent=replace(step.intent, confidence=confidence))
