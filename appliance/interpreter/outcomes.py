"""What readings come to in a home, and which of these count as the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from appliance.interpreter.read import Reading
from appliance.messages import Call, Gap, Home, Json, Quantity, Step
from appliance.plainly.repairs import UNCLEAR
from appliance.resolver import Memory
from appliance.resolver.conditions import WAITING
from appliance.resolver.situation import join
from appliance.resolver.speech import wish

MOST_OFFERED = 4
"""Things that a question back may name."""

UNRESOLVED = 0.15
"""Weight of a reading that finds nothing, or not one thing, in this home: people mostly speak of what is there."""

_STEPPING = frozenset("Toggle Press MediaNext MediaPrevious IncreaseTimer DecreaseTimer".split())
"""Calls that do something else the second time."""


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
    said: str = ""
    """The command without its condition, where it had one."""


def which_of(found: Interpretation, readings: Sequence[Reading], home: Home) -> Interpretation:
    """`found` as the question which one of its things is meant."""
    ids = tuple(dict.fromkeys(action.entity for judged in found.steps for action in judged.step.actions))
    calls = next((reading.calls for reading in readings if reading.line == found.line), ())
    names = [entity.name for entity in home.entities if entity.id in ids]
    asked = Step(refusal=UNCLEAR, hand_over=True)
    if len(names) > 1 and calls and all((call.name, call.values) == (calls[0].name, calls[0].values) for call in calls):
        asked = Step(refusal=f"Which one do you mean: {join(names)}?", gap=Gap(calls[0], candidates=ids))
    return replace(found, steps=(Judged(asked),))


def waiting(found: Interpretation) -> Interpretation:
    """`found`, which does nothing, with the reason that the sentence waits for something unless it has a better one."""
    if not all(judged.step.hand_over for judged in found.steps):
        return found
    return replace(found, steps=(Judged(Step(refusal=WAITING)),))


def acts(found: Interpretation) -> bool:
    """Whether anything would be done or answered."""
    return any(judged.step.intent is not None or judged.step.task is not None for judged in found.steps)


def each_once(calls: Sequence[Call]) -> Iterator[Call]:
    """The calls without those that say the last one again, as people and models do, where once is enough.

    A complaint goes, too, where the next call says how it is to be: "the lamp is too bright, bring it down to 5 percent".
    """
    if len(calls) == 1:
        yield calls[0]
        return
    last: Call | None = None
    for call, following in zip_longest(calls, calls[1:]):
        same = replace(call, confidence=1.0)
        if (same != last or goes_on(call)) and not (following and settles(following, call)):
            yield call
        last = same


def settles(call: Call, before: Call) -> bool:
    """Whether `call` gives the value that `before` only gives the direction of."""
    if call.name != before.name or call.values.keys() != before.values.keys() or len(call.values) != 1:
        return False
    ((wish,), (value,)) = (before.values.values(), call.values.values())
    if not (isinstance(wish, Quantity) and isinstance(value, Quantity)):
        return False
    same = call.target.it or call.target == before.target
    return same and wish.mode in {"up", "down"} and wish.value is None and value.mode == "set"


def is_done(step: Step, done: Mapping[str, Json]) -> bool:
    """Whether the last that was done with each of its things is the same. `done`: what was done last, by entity."""
    return bool(step.actions) and all(done.get(action.entity) == tuple(plain_forms(step)) for action in step.actions)


def goes_on(call: Call) -> bool:
    """Whether doing it twice differs from doing it once."""
    return call.name in _STEPPING or call.target.other or call.relative


def shining(judged: Sequence[Judged]) -> list[Judged]:
    """The steps with one for the same lights where several set different things of them: a colour, and then how bright."""
    found: list[Judged] = []
    for one in judged:
        before = [at for at, other in enumerate(found) if _touched(other) & _touched(one)]
        joint = [_with(found[at], one) for at in before]
        whole = sum(len(_touched(found[at])) for at in before) == len(_touched(one))
        alike = len(before) == 1 or len({repr(action.data) for action in one.step.actions}) == 1
        if before and whole and alike and all(joint):
            for at, both in zip(before, joint, strict=True):
                found[at] = both or found[at]
        else:
            found.append(one)
    return found


def _touched(judged: Judged) -> set[str]:
    return {action.entity for action in judged.step.actions}


def _with(judged: Judged, more: Judged) -> Judged | None:
    """A step for lights that also sets what another one does; None: these are no two parts of one wish."""
    first, second = judged.step.intent, more.step.intent
    if first is None or second is None or {first.name, second.name} != {"HassLightSet"}:
        return None
    adding = {action.entity: action for action in more.step.actions}
    actions = []
    for action in judged.step.actions:
        added = adding.get(action.entity)
        if (
            added is None
            or added.command != action.command
            or {"rgb_color", "color_temp_kelvin"} <= {*action.data, *added.data}
        ):
            return None
        if added.data.keys() <= action.data.keys() or any(
            added.data.get(key, value) != value for key, value in action.data.items()
        ):
            return None
        actions.append(replace(action, data={**action.data, **added.data}, expect={**action.expect, **added.expect}))
    slots = {**{key: value for key, value in second.slots.items() if key in _SHINE}, **first.slots}
    step = replace(judged.step, intent=replace(first, slots=slots), actions=tuple(actions))
    return Judged(step, judged.everything or more.everything, judged.guessed or more.guessed)


_SHINE = frozenset({"brightness", "color", "temperature"})


def offer(found: Interpretation, home: Home) -> Judged | None:
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


@dataclass(slots=True)
class Outcome:
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
        steps = (strictest(found, self.found) if likeliest else strictest(self.found, found)).steps
        self.found = replace(self.found, steps=steps)  # with the memory of the first, which is the likeliest by itself

    @property
    def acts(self) -> bool:
        """Whether it would do or answer anything."""
        return acts(self.found)

    @property
    def weight(self) -> float:
        """What it counts in the choice."""
        failed = any(judged.step.refusal for judged in self.found.steps) or not self.found.steps
        return self.mass * (UNRESOLVED if failed and not self.found.declined else 1.0)


def key_of(found: Interpretation) -> Json:
    """Equal for interpretations that do the same."""
    if found.declined:
        return "declined"
    return tuple((plain, judged.step.refusal) for judged in found.steps for plain in plain_forms(judged.step))


def strictest(found: Interpretation, same: Interpretation) -> Interpretation:
    """`found`, of everything and of a guess where `same`, which does the same, is."""
    if len(found.steps) != len(same.steps):  # things for a list stand in one of them together: then in the answer, too
        fewer = min(found, same, key=lambda one: len(one.steps))
        everything = any(judged.everything for judged in (*found.steps, *same.steps))
        guessed = any(judged.guessed for judged in (*found.steps, *same.steps))
        return replace(found, steps=tuple(replace(one, everything=everything, guessed=guessed) for one in fewer.steps))
    pairs = zip(found.steps, same.steps, strict=True)
    steps = (replace(a, everything=a.everything or b.everything, guessed=a.guessed or b.guessed) for a, b in pairs)
    return replace(found, steps=tuple(steps))


def plain_forms(step: Step) -> Iterator[Json]:
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


def is_sweep(step: Step) -> bool:
    """Whether it would touch several things anywhere in the home, named neither by themselves nor by a place."""
    intent = step.intent
    return intent is not None and len(intent.entities) > 1 and not {"name", "area", "floor"} & intent.slots.keys()


def sweeps(found: Interpretation) -> bool:
    """Whether it would touch things all over the home: no second choice for what names a place that is not there."""
    return any(is_sweep(judged.step) for judged in found.steps)


def engulfs(found: Interpretation) -> bool:
    """Whether it does to everything in the home what it also does to one thing: nobody says both, so "everything" was no wish.

    "He fell asleep with everything on, so turn off his lamp".
    """
    intents = [judged.step.intent for judged in found.steps if judged.step.actions and judged.step.intent is not None]
    return any(
        is_sweep(judged.step) and judged.everything and "domain" not in sweep.slots
        and any(one.name == sweep.name and set(one.entities) < set(sweep.entities) for one in intents)
        for judged in found.steps
        if (sweep := judged.step.intent) is not None
    )  # fmt: skip


def rated(step: Step, confidence: float) -> Step:
    """A step with the confidence of what it is of."""
    return step if step.intent is None else replace(step, intent=replace(step.intent, confidence=confidence))


def is_open_question(found: Interpretation, readings: Sequence[Reading]) -> bool:
    """Whether the model took the sentence for a question about the world, in the likeliest reading that came to `found`."""
    calls = next((reading.calls for reading in readings if reading.line == found.line), ())
    return found.declined and any(call.values.get("why") == "open_question" for call in calls)


def may_be_misheard(readings: Sequence[Reading]) -> bool:
    """Whether nothing speaks against a second look: no prohibition, no question for others, no refusal of the model."""
    best = max(readings, key=lambda reading: reading.confidence, default=None)
    if best is None or best.refusal:
        return False
    return all(call.values.get("why") not in {"forbid", "open_question"} for call in best.calls)
