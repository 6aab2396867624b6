"""What a sentence is resolved in: the home at this moment, the words, the place, and the turn before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from appliance.messages import Call, Entity, Gap, Home, Json, Quantity, Step, Target
from appliance.resolver.groups import Groups
from appliance.resolver.names import NameIndex
from appliance.resolver.spelling import Stems, plain

MOST_MENTIONS = 12
"""Calls of a talk that are remembered."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A call of this talk, and what it was about."""

    turn: int
    """Number of the sentence it stood in."""
    call: Call
    entities: tuple[str, ...] = ()
    """Empty for timers and lists."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a talk has spoken of: what "it", "them", "there", "the other one" and "the lamp" may refer to."""

    entities: tuple[str, ...] = ()
    """What the last call was about."""
    others: tuple[str, ...] = ()
    """Its neighbours that it left out: same kind, same area."""
    slots: Mapping[str, Json] = field(default_factory=dict)
    """The target slots of the last call."""
    area: str | None = None
    """Area id that was last spoken of."""
    place: str | None = None
    """Name of the area or floor that was last spoken of."""
    timers: bool = False
    """The last call was about a timer, not about a device."""
    mentions: tuple[Mention, ...] = ()
    """The calls so far, the newest last."""
    turn: int = 0
    """Number of the sentence that is being resolved."""
    going_on: bool = False
    """That sentence goes on with what was done last: "and the bedside light, too"."""

    def noted(self, call: Call, entities: tuple[Entity, ...] = ()) -> Memory:
        """This memory with one call more; a pronoun in it gives way to what it meant."""
        if len(entities) == 1 and (call.target.it or call.target.other):
            call = replace(call, target=Target(name=entities[0].name))
        mention = Mention(self.turn, call, tuple(entity.id for entity in entities))
        return replace(self, mentions=(*self.mentions, mention)[-MOST_MENTIONS:])


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a target could not be found, as one sentence for the person who asked."""

    text: str
    hand_over: bool = False
    candidates: tuple[Entity, ...] = ()
    """Where several things may be meant: all of them."""
    near: tuple[Entity, ...] = ()
    """Other things that an answer may name."""
    missing: str = ""
    """Key of the value that is asked for."""

    def step(self, call: Call) -> Step:
        """The refusal it comes to; a question back, where `call` lacks something that can be named."""
        ids = tuple(entity.id for entity in self.candidates or self.near)
        gap = Gap(call, self.missing, ids) if ids or self.missing else None
        return Step(refusal=self.text, hand_over=self.hand_over, gap=gap)


@dataclass(frozen=True, slots=True)
class Selection:
    """The entities that a target means."""

    entities: tuple[Entity, ...]
    """In the order of the home."""
    slots: Mapping[str, Json] = field(default_factory=dict)
    """Target slots of the intent: name, area, floor, domain, device_class."""
    named: bool = False
    """One entity was meant by its name."""

    @classmethod
    def of(cls, entity: Entity) -> Selection:
        """One entity by its name."""
        return cls((entity,), {"name": entity.name}, named=True)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that stays the same while the calls of one sentence are resolved."""

    home: Home
    index: NameIndex
    text: str
    """The sentence as it was said."""
    sentence: Stems
    """Its words, as names are compared."""
    area: str | None = None
    """Id of the area where it was said."""
    by_id: Mapping[str, Entity] = field(default_factory=dict)
    claimed: frozenset[str] = frozenset()
    """Stems of the words that the calls copied from the sentence."""
    meant: frozenset[str] = frozenset()
    """The same without the words of exceptions, which may repeat a noun: "all bench lights but bench light 2"."""
    alone: bool = False
    """The sentence holds one call only."""
    spoken_names: frozenset[str] = frozenset()
    """Words of names and places that were copied, as they were said: "off" in a name switches nothing."""
    spans: frozenset[str] = frozenset()
    """Stems of everything that was copied: names, places, values, exceptions."""
    calls: int = 1
    """How many calls the sentence holds."""
    excepting: bool = False
    """One of them exempts something."""
    exempted: tuple[Stems, ...] = ()
    """The names of what they exempt."""
    spare: tuple[Stems, ...] = ()
    """Words of the names that no sweep turns off."""
    words: Stems = ()
    """All words of the sentence in the singular, articles included."""
    memory: Memory = field(default_factory=Memory)
    """The talk so far."""
    groups: Groups | None = None
    """The phrases of the home for several like rooms; None: they are not looked for."""

    def area_name(self, area: str) -> str:
        """How the home spells an area."""
        return self.index.areas[area].name

    def floor_of(self, entity: Entity) -> str | None:
        """Floor id of an entity."""
        area = self.index.areas.get(entity.area or "")
        return area.floor if area is not None else None

    def says(self, words: Iterable[str]) -> bool:
        """Whether one of `words` stands in the sentence, in just this form."""
        return not set(words).isdisjoint(plain(self.text))


def sited(found: Selection, situation: Situation) -> Selection:
    """`found` with the home's name of its floor, where words for several floors led to one ("upstairs")."""
    if "floor" not in found.slots or found.slots["floor"] in {floor.name for floor in situation.home.floors}:
        return found
    floors = {situation.floor_of(entity) for entity in found.entities}
    floor = situation.index.floors.get(floors.pop() or "") if len(floors) == 1 else None
    return found if floor is None else replace(found, slots={**found.slots, "floor": floor.name})


def available(entity: Entity) -> bool:
    """Whether its device can be reached."""
    return entity.state != "unavailable"


def join(names: Iterable[str], last: str = "and") -> str:
    """Names as people list them: A, B and C."""
    items = list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def labels(entities: Iterable[Entity], situation: Situation) -> list[str]:
    """Names for people: with the area where two of the home would sound the same."""
    things = list(entities)
    names = Counter((entity.domain, entity.name) for entity in situation.home.entities) if things else Counter()
    return [
        f"{thing.name} in {situation.area_name(thing.area)}"
        if thing.area in situation.index.areas and names[thing.domain, thing.name] > 1
        else thing.name
        for thing in things
    ]


def listed(entities: Iterable[Entity], situation: Situation, limit: int = 5) -> str:
    """Up to `limit` names, and how many more."""
    names = labels(entities, situation)
    if len(names) <= limit:
        return join(names)
    return f"{', '.join(names[: limit - 1])} and {len(names) - limit + 1} more"


def quantity(values: Mapping[str, Quantity | str | tuple[str, ...]], name: str) -> Quantity | None:
    """The quantity under `name`, if it is one."""
    value = values.get(name)
    return value if isinstance(value, Quantity) else None


def spoken(values: Mapping[str, Quantity | str | tuple[str, ...]], name: str) -> str:
    """The text under `name`; pieces are joined, a quantity gives its words."""
    value = values.get(name)
    if isinstance(value, Quantity):
        return value.words
    if isinstance(value, tuple):
        return " ".join(value)
    return value or ""
