"""How a sentence was read: what the model wrote, and from which words it came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from appliance.intents.lists.items import items
from appliance.intents.lists.noting import noted
from appliance.intents.whiles import While, can_last
from appliance.messages import Call, Home, Target
from appliance.plainly import plainer
from appliance.plainly.quoting import Cut
from appliance.plainly.suppositions import Supposition
from appliance.resolver.colors import rgb
from appliance.resolver.ear import Heard
from appliance.resolver.standins import StoodIn
from appliance.text import key

UNREAD = 0.1
"""Weight of a reading for each name of the home, or delay, that the sentence holds and none of its calls speaks of."""

_WHY = re.compile(r", | because | since | as ")
_CALLING = frozenset("run start activate execute launch trigger".split())


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
class Part:
    """A command of a sentence with a condition, and how all of it was read."""

    held: Supposition
    asked: tuple[tuple[Read, ...], ...]
    """The readings of the question of each fact; none where no question tells it."""
    command: tuple[Read, ...]
    otherwise: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A reading, and how it came about."""

    calls: Sequence[Call]
    line: str
    confidence: float = 1.0
    refusal: str = ""
    text: str = ""
    """The sentence that was read; empty: the one that was said."""
    guessed: bool = False
    """Names or words of it were mended."""
    parts: tuple[Part, ...] = ()
    """Its commands, each with what it depends on."""
    one_of: bool = False
    """Only one of its things is meant, and nobody said which."""
    supposed: bool = False
    """It counts only where the sentence comes to nothing as it was heard."""
    whole: bool = False
    """All that the sentence only quotes is in its calls."""


def in_plain_turns(heard: Heard) -> Heard:
    """`heard` with turns of phrase in plainer words."""
    plain = plainer(heard.text, lambda words: rgb(words) is not None)
    return heard if plain is None else replace(heard, text=plain.text, changed=(*heard.changed, *plain.changed))


def lasting_as_read(reading: Read, found: While) -> Read:
    """`reading` of a sentence without its length as one of the whole."""
    if not can_last(reading.calls):
        return replace(reading, text=reading.text or found.rest)
    line = f"{reading.line} <{found.key}> {found.length.words}"
    return replace(reading, calls=tuple(map(found.hold, reading.calls)), line=line, text=reading.text or found.rest)


def quoting(cut: Cut, reading: Read, parted: Mapping[str, tuple[str, ...]], share: float) -> Read:
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


def with_parted_items(calls: Sequence[Call]) -> tuple[Call, ...]:
    """`calls` with the things for a list one by one: "the milk and the bread" are two."""
    return tuple(
        replace(call, values={**call.values, "item": tuple(one for item in value for one in items(item, (item,)))})
        if isinstance(value := call.values.get("item"), tuple)
        else call
        for call in calls
    )


def is_supposed(reading: Reading) -> bool:
    """Whether it counts only where the sentence comes to nothing as it was heard."""
    return isinstance(reading, Read) and reading.supposed


def is_guess(reading: Reading) -> bool:
    """Whether names or words of it were mended."""
    return isinstance(reading, Read) and reading.guessed


def text_of(reading: Reading, said: str) -> str:
    """The sentence that a reading is of."""
    return (reading.text if isinstance(reading, Read) else "") or said


def given_back(reading: Read, stood_in: StoodIn) -> Read:
    """A reading of the sentence with everyday names as one of what was said."""
    return replace(reading, calls=stood_in.back(reading.calls), line=stood_in.line_back(reading.line))


def scene_called(text: str, home: Home) -> Read | None:
    """A scene or script whose name is all that was said, its room with it or not: "movie time, please"."""
    said = key(text).removeprefix("please ").removesuffix(" please").removesuffix(" ,").removeprefix("the ")
    verb, _, rest = said.partition(" ")
    bare = rest.removeprefix("the ")
    called = {said, bare, bare.removesuffix(" script")} if verb in _CALLING else {said}
    scenes = [entity for entity in home.entities if entity.id.startswith(("scene.", "script."))]
    rooms = {area.id: area.names for area in home.areas} if scenes else {}
    for entity in scenes:
        for name in map(key, entity.names):
            for room in ("", *map(key, rooms.get(entity.area or "", ()))):
                if f"{room} {name}".strip() in called:
                    line = f"<Activate> <name> {name}" + (f" <area> {room}" if room else "")
                    return Read((Call("Activate", Target(name=name, area=room or None)),), line)
    return None


def noted_as_read(text: str, home: Home) -> Read | None:
    """What a sentence puts on a list of the home, where the command model would copy too much."""
    lists = [name for entity in home.entities if entity.domain == "todo" for name in entity.names]
    call = noted(text, lists)
    if call is None:
        return None
    line = f"<ListAdd> <item> {text} <list> {call.values['list']}"
    request, why = (*_WHY.split(text, maxsplit=1), "")[:2]  # who has got it is no part of the request
    people = {key(name) for entity in home.entities if entity.domain == "person" for name in entity.names}
    told = call.name != "ListAdd" and not people.isdisjoint(key(why.split("'")[0]).split()[:1])
    return Read((call,), line, text=request if told else "")
