"""Names of devices, places and people, composed anew for every sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from provisioning.command_model.generator.store import is_held

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioning.command_model.generator.notation import Draw

Shares = tuple[tuple[str, ...], tuple[str, ...]]
"""Training and held-out entries of a section."""

_ONSETS = tuple(
    "b c d f g h j k l m n p r s t v w z b d f g k l m n p r s t br dr fl gr kr pl sh st th tr ch sn sk qu y".split()
)
_VOWELS = tuple("a e i o u a e i o u a e i o u y ai ee oo ou ö é ü".split())
_ENDS = (
    "", "", "", "", "n", "r", "l", "s", "x", "k", "m", "t", "p", "ck", "nd", "ng", "sh", "th", "lo", "ra", "ix", "us", "ette", "ino", "ora", "bot", "ster", "ly", "son",
    "berg", "tron", "ify", "ia", "ex", "o", "a",
)  # fmt: skip

_SECOND_HALVES = (
    "wood", "side", "field", "brook", "ton", "ville", "land", "stone", "ford", "worth", "ley", "bury", "mate", "buddy", "bee", "pal", "zilla", "matic", "works", "flow", "tech", "link",
    "hub", "cast", "core", "wave", "kin", "bell", "wing", "tail", "foot", "paws", "puff", "bug", "fang", "quake", "craft", "gate", "top", "horn", "berry", "hausen", "dorf", "mont",
    "ville", "haven", "aroo", "opolis", "inator", "ella", "issimo", "kins", "y", "let", "ling",
)  # fmt: skip
"""What makes another name of a word: "maplewood", "otterbot"."""

_SOURCES = (
    "foods", "food_adjectives", "titles", "places", "room_modifiers", "light_modifiers", "people", "scene_names", "vacuum_names", "mower_names", "genres", "tasks", "timer_names",
    "artists", "colors", "list_names", "odd_words", "brands", "surnames", "first_names", "ensembles",
)  # fmt: skip
"""Sections whose words, taken alone, make odd but readable names ("walnut lamp")."""

_PLAIN_WORDS = frozenset(
    """the a an and or of in on at for to from by with up down off out my your me us it is are be get take put turn set call all any
    every everything bed room rooms kitchen bedroom bathroom living dining hall hallway office garage garden house home floor upstairs
    downstairs light lights lamp lamps time please one two three four five six seven eight nine ten hundred new old more this that
    here there what which who how where not no yes door doors window windows fan switch open close lock unlock play stop pause red
    green blue white warm cool high low half full max min""".split()
)
"""Words that already mean something where names stand."""

_MIN_WORD = 4
_WORD = re.compile(r"[a-zà-ÿ]+")

_ORDINALS = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "1",
    "2",
    "3",
    "4",
    "a",
    "b",
    "c",
    "d",
    "10",
    "12",
    "six",
    "seven",
    "x",
    "pro",
    "mini",
    "plus",
    "max",
    "v2",
    "mk2",
)

_KINDS: dict[str, tuple[str, str | tuple[str, ...]]] = {
    "light": ("light_modifiers", "light_nouns"),
    "fan": ("fan_modifiers", ("fan", "fan", "fan", "fans", "ventilator", "blower")),
    "cover": ("cover_modifiers", "cover_nouns"),
    "sensor": ("light_modifiers", "sensor_nouns"),
}
_TYPED = frozenset(
    {
        "fan",
        "cover",
        "cover_names",
        "climate_names",
        "speaker_names",
        "number_names",
        "select_names",
        "switch_names",
        "valve_names",
    }
)
"""Kinds whose invented names keep a noun: a number alone would not tell them from lights."""


class Names:
    """Draws names from the vocabulary, of which every draw sees only the share of its split."""

    def __init__(self, vocabulary: Mapping[str, Shares]) -> None:
        """Use the sections of `vocabulary`."""
        self._shares = vocabulary
        found = {
            word
            for section in _SOURCES
            for entries in vocabulary[section]
            for word in _WORD.findall(" ".join(entries))
            if len(word) >= _MIN_WORD and word not in _PLAIN_WORDS
        }
        self._words = tuple(tuple(word for word in sorted(found) if is_held(word) == held) for held in (False, True))

    def entry(self, draw: Draw, section: str) -> str:
        """Return an entry of a section."""
        words = self._shares[section][draw.held]
        return words[int(draw.random() * len(words))]

    def pseudo(self, draw: Draw) -> str:
        """Return a word that no one would expect here: an invented one, or any other of the vocabulary."""
        draw.tags.add("unseen")
        if draw.random() < 0.5:
            return _one(draw, self._words[draw.held])
        while draw.random() < 0.3:
            word = _one(draw, self._words[draw.held])
            word = word[: 3 + draw.below(6)] + _one(draw, _SECOND_HALVES)
            if is_held(word) == bool(draw.held):
                return word
        while True:
            count = 1 + int(draw.random() * 2.4)
            word = "".join(_one(draw, _ONSETS) + _one(draw, _VOWELS) for _ in range(count)) + _one(draw, _ENDS)
            if len(word) >= _MIN_WORD and is_held(word) == bool(draw.held):
                return word

    def person(self, draw: Draw) -> str:
        """Return what a person is called."""
        if draw.random() < 0.22:
            return self.pseudo(draw)
        return self.entry(draw, "people")

    def owner(self, draw: Draw) -> str:
        """Return a possessive."""
        person = self.person(draw)
        return person + ("'" if person.endswith("s") and draw.random() < 0.5 else "'s")

    def device(self, draw: Draw, kind: str) -> str:
        """Return a name for a device of a kind: ``light``, ``fan``, ``cover`` or a list of whole names."""
        chance = draw.random()
        parts = _KINDS.get(kind)
        if chance < 0.13:
            name = self.pseudo(draw) if draw.random() < 0.6 else f"{self.pseudo(draw)} {self.pseudo(draw)}"
            if kind in _TYPED or draw.random() < 0.3:
                name += " " + (self._noun(draw, parts[1]) if parts else self.entry(draw, kind))
        elif parts:
            name = self._composed(draw, parts[0], parts[1])
        else:
            name = self.entry(draw, kind)
        return self._varied(draw, name, kind)

    def unplaced(self, draw: Draw, kind: str) -> str:
        """Return a name for a device of a kind that says no room, to stand beside one."""
        while True:
            name = self.device(draw, kind)
            if not any(f" {room} " in f" {name} " for room in self._shares["rooms"][0]):
                return name

    def _composed(self, draw: Draw, modifiers: str, nouns: str | tuple[str, ...]) -> str:
        noun = self._noun(draw, nouns)
        chance = draw.random()
        if chance < 0.08 and not draw.held:
            return (
                noun
                if nouns == "light_nouns" and noun not in ("light", "lights", "lamps")
                else f"{self.entry(draw, modifiers)} {noun}"
            )
        if chance < 0.16:
            return f"{self.owner(draw)} {noun}"
        if chance < 0.26:
            return f"{self.pseudo(draw)} {noun}"
        if chance < 0.36:
            return f"{self.entry(draw, modifiers)} {self.entry(draw, modifiers)} {noun}"
        if chance < 0.44:
            return f"{self._core_room(draw)} {self.entry(draw, modifiers)} {noun}"
        if chance < 0.58:
            return f"{self.entry(draw, 'odd_words')} {noun}"
        return f"{self.entry(draw, modifiers)} {noun}"

    def _core_room(self, draw: Draw) -> str:
        rooms = self._shares["rooms"][0]
        return rooms[int(draw.random() * len(rooms))]

    def _noun(self, draw: Draw, nouns: str | tuple[str, ...]) -> str:
        words = self._shares[nouns][0] if isinstance(nouns, str) else nouns
        return words[int(draw.random() * len(words))]

    def _varied(self, draw: Draw, name: str, kind: str) -> str:
        chance = draw.random()
        if chance < 0.05:
            return f"{name} {_one(draw, _ORDINALS)}"
        if chance < 0.08:
            return f"{self.owner(draw)} {name}" if "'" not in name else name
        if chance < (0.34 if kind == "speaker_names" else 0.16):
            return f"{self._core_room(draw)} {name}"
        if chance > 0.98:
            return f"{self.pseudo(draw)} {name}"
        if chance > 0.97:
            return f"{self.entry(draw, 'floors')} {name}"
        return name

    def area(self, draw: Draw, *, prefix: bool) -> str:
        """Return a place; with `prefix` one that is known for a place before a noun ("kitchen lights")."""
        chance = draw.random()
        if chance < 0.62:
            if not draw.held:
                return self.entry(draw, "rooms")
            return f"{self.entry(draw, 'room_modifiers')} {self.entry(draw, 'room_heads')}"
        if chance < 0.74:
            return f"{self.owner(draw)} {self.entry(draw, 'room_heads')}"
        if chance < 0.84 or (prefix and chance < 0.96):
            return f"{self.entry(draw, 'room_modifiers')} {self.entry(draw, 'room_heads')}"
        if prefix:
            return f"{self.pseudo(draw)} room"
        if chance < 0.92:
            return self.entry(draw, "places")
        if chance < 0.94:
            return f"{self.entry(draw, 'room_heads')} {_one(draw, ('one', 'two', 'three', '1', '2', '3', '101', '204', 'a', 'b'))}"
        return self.pseudo(draw)


def _one(draw: Draw, options: tuple[str, ...]) -> str:
    return options[int(draw.random() * len(options))]
