"""Everyday names in place of a home's own: a sentence as the command model reads it best.

The command model reads "turn on the bedside lamp in the kitchen" better than "turn on the drum candle in the zebra corner". A home
knows which of its names were said word by word, so each gives way to an everyday name of the same kind before the model reads the
sentence, and comes back in the calls that the model writes. What the model makes of the sentence as it was said is asked for, too:
a name may be a word that means something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.messages import Call, Entity, Home, Quantity, Target
from appliance.resolver.groups import Groups
from appliance.resolver.spelling import stems
from appliance.resolver.vocabulary import AREA_SYNONYMS, NOUN_WORDS, NUMBER_WORDS
from appliance.text import key, unaccented, words

_BY_KIND: Mapping[str, tuple[str, ...]] = {
    "light": ("bedside lamp", "reading lamp", "desk lamp", "floor lamp"),
    "switch": ("coffee maker", "kettle", "dishwasher"),
    "input_boolean": ("coffee maker", "kettle", "dishwasher"),
    "fan": ("ceiling fan", "desk fan", "tower fan"),
    "media_player": ("sonos", "soundbar", "google home"),
    "lock": ("side door", "back door"),
    "valve": ("garden valve", "main valve"),
    "climate": ("nest", "tado"),
    "vacuum": ("rosie", "roborock"),
    "scene": ("movie night", "dinner time"),
    "area": ("kitchen", "bedroom", "office", "dining room", "bathroom"),
    # covers by class
    "cover": ("left blind", "right blind"), "blind": ("left blind", "right blind"), "shade": ("left shade", "right shade"),
    "curtain": ("left curtain", "right curtain"), "shutter": ("left shutter", "right shutter"),
    "awning": ("patio awning", "terrace awning"),
    "window": ("roof window", "skylight"), "gate": ("front gate", "side gate"), "garage": ("left garage door", "right garage door"),
}  # fmt: skip
"""Kind of thing to everyday names, of which each sentence takes those that it does not hold itself."""

_KNOWN_PLACES = frozenset(
    {name for group in AREA_SYNONYMS for name in group}
    | set(_BY_KIND["area"])
    | {
        "garage",
        "upstairs",
        "downstairs",
        "first floor",
        "ground floor",
        "study",
        "terrace",
        "balcony",
        "laundry room",
        "guest room",
        "nursery",
    }
)
_COMMANDING = frozenset(
    """turn set put make open close shut lock unlock unlatch start stop run play pause resume mute unmute arm disarm dim raise lower add
    remove cancel activate press toggle send ignore yes confirm""".split()
)
"""A name with such a word keeps it: no device may take the words of a command by being called so."""
_NO_NAMES = NOUN_WORDS | frozenset(
    """the a an all every everything everywhere it them this that here there on off up down in out and or not no please now then to of
    at for by with is are be percent half low high""".split()
)
"""Words that make no name by themselves: "Lights", "everything off"."""

_QUOTING = frozenset({"item", "command", "message", "search", "topic"})
"""Keys whose texts are quoted and not looked up."""

_COUNTED = {**NUMBER_WORDS, **{digit: word for word, digit in NUMBER_WORDS.items()}}
"""Numbers in words to those in digits, and the other way round."""

_Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoodIn:
    """A sentence with everyday names."""

    text: str
    names: tuple[tuple[str, str], ...]
    """Everyday name and what was said in its place."""
    quoted_only: bool = False
    """Only the texts that calls quote become what was said; their targets, and lines, stay as they are."""

    def back(self, calls: Sequence[Call]) -> tuple[Call, ...]:
        """`calls` about `text` as calls about what was said."""
        return tuple(
            replace(
                call,
                target=self._target(call.target),
                excepts=tuple(map(self._target, call.excepts)),
                values={
                    name: self._value(value) if name in _QUOTING or not self.quoted_only else value
                    for name, value in call.values.items()
                },
            )
            for call in calls
        )

    def line_back(self, line: str) -> str:
        """The line that the model wrote, with the names that were said."""
        return line if self.quoted_only else self._said(line, plain=True)

    def _target(self, target: Target) -> Target:
        if self.quoted_only:
            return target
        return replace(
            target,
            name=target.name and self._said(target.name, plain=True),
            area=target.area and self._said(target.area, plain=True),
            floor=target.floor and self._said(target.floor, plain=True),
        )

    def _value(self, value: Quantity | str | tuple[str, ...]) -> Quantity | str | tuple[str, ...]:
        if isinstance(value, str):
            return self._said(value)
        if isinstance(value, tuple):
            return tuple(map(self._said, value))
        return value

    def _said(self, text: str, *, plain: bool = False) -> str:
        said = dict(self.names)
        if not said:
            return text
        names = "|".join(map(re.escape, said))
        return re.sub(
            rf"(?<!\w)(?:{names})(?!\w)", lambda found: key(said[found[0]]) if plain else said[found[0]], text
        )


class Standins:
    """The names of one home that everyday names stand in for. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._kinds: dict[_Words, str] = {}
        self.groups = Groups(home)
        self._by_id = {entity.id: entity for entity in home.entities}
        for area in home.areas:
            for name in area.names:
                if key(name) not in _KNOWN_PLACES:
                    self._add(name, "area")
        for entity in home.entities:
            for name in entity.names:
                self._add(name, _kind(entity))
        self._longest = max(map(len, self._kinds), default=0)
        self.words = frozenset(word.text for thing in home.named for name in thing.names for word in words(name))
        """All words of all names."""

    def _add(self, name: str, kind: str) -> None:
        said = tuple(unaccented(key(name)).split())
        if kind not in _BY_KIND or key(name) in _BY_KIND[kind] or _NO_NAMES.issuperset(stems(name)):
            return
        if _COMMANDING.isdisjoint(said):
            self._kinds[said] = kind
            self._kinds.setdefault(tuple(_COUNTED.get(word, word) for word in said), kind)

    def applied(self, text: str) -> StoodIn | None:
        """`text` with everyday names, the longest names first; None: it holds no name that something could stand in for."""
        found = words(text)
        whole = f" {' '.join(word.text for word in found)} "
        names: list[tuple[str, str]] = []
        made, last, at = "", 0, 0
        while at < len(found):
            length, everyday = self._match(
                [unaccented(word.text) for word in found[at : at + self._longest]], whole, names
            )
            if everyday:
                start, end = found[at].start, found[at + length - 1].end
                names.append((everyday, text[start:end]))
                made += text[last:start] + everyday
                last = end
            at += length
        return StoodIn(made + text[last:], tuple(names)) if names else None

    def grouped(self, text: str) -> StoodIn | None:
        """`text` with one everyday name for each phrase that stands for several rooms or things; None: it has no such phrase."""
        whole = f" {key(text)} "
        names: list[tuple[str, str]] = []
        made, last = "", 0
        for group in self.groups.find(text):
            kind = _kind(self._by_id[group.things[0]]) if group.things else "area"
            used = dict(names)
            phrase = text[group.start : group.end]
            free = (n for n in _BY_KIND.get(kind, ()) if used.get(n, phrase) == phrase and f" {n} " not in whole)
            everyday = next(free, "")
            if everyday:
                article = "" if key(text[: group.start]).endswith("the") else "the "
                names.append((everyday, phrase))
                made += text[last : group.start] + article + everyday
                last = group.end
        return StoodIn(made + text[last:], tuple(names)) if names else None

    def _match(self, ahead: Sequence[str], whole: str, names: Sequence[tuple[str, str]]) -> tuple[int, str]:
        """How many words to go on by, and the everyday name that stands for them; empty: none does."""
        for length in range(len(ahead), 0, -1):
            kind = self._kinds.get(tuple(ahead[:length]))
            if kind is not None:
                used = {everyday for everyday, _ in names}
                free = (name for name in _BY_KIND[kind] if name not in used and f" {name} " not in whole)
                return length, next(free, "")
        return 1, ""


def _kind(entity: Entity) -> str:
    if entity.domain == "cover":
        return entity.device_class or "cover"
    return entity.domain
