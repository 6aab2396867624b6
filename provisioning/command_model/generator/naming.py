"""Names of devices, places and people, composed anew for every sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioning.command_model.generator.store import is_held

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provisioning.command_model.generator.notation import Draw

Shares = tuple[tuple[str, ...], tuple[str, ...]]
"""Training and held-out entries of a section."""

_ONSETS = (
    "b", "bl", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "fr", "g", "gl", "gr", "h", "j", "k", "kl", "kr", "l", "m", "n", "p", "pl", "pr", "qu", "r", "s",
    "sch", "sh", "sk", "sl", "sm", "sn", "sp", "st", "str", "sw", "t", "th", "tr", "tw", "v", "w", "wh", "x", "y", "z", "", "", "",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "y", "ai", "au", "ea", "ee", "ei", "ie", "oa", "oo", "ou", "ö", "ü", "é", "å")
_CODAS = (
    "", "", "", "b", "ck", "d", "ff", "g", "k", "l", "ll", "lm", "ln", "m", "mp", "n", "nd", "ng", "nk", "nt", "p", "r", "rd", "rk", "rn", "rt", "s", "sh", "ss", "st", "t", "tch",
    "th", "tz", "v", "x", "zz", "lo", "ra", "ix", "us", "ette", "ino", "ora", "bot", "ster", "ly", "son", "berg", "tron", "ify",
)  # fmt: skip

_ORDINALS = ("one", "two", "three", "four", "five", "1", "2", "3", "4", "a", "b", "c", "d", "10", "12", "six", "seven", "x", "pro", "mini", "plus", "max", "v2", "mk2")

_KINDS = {
    "light": ("light_modifiers", "light_nouns"),
    "fan": ("fan_modifiers", ("fan", "fan", "fan", "fans", "ventilator", "blower")),
    "cover": ("cover_modifiers", "cover_nouns"),
}


class Names:
    """Draws names from the vocabulary, of which every draw sees only the share of its split."""

    def __init__(self, vocabulary: Mapping[str, Shares]) -> None:
        """Use the sections of `vocabulary`."""
        self._shares = vocabulary

    def entry(self, draw: Draw, section: str) -> str:
        """Return an entry of a section."""
        words = self._shares[section][draw.held]
        return words[int(draw.random() * len(words))]

    def pseudo(self, draw: Draw) -> str:
        """Return an invented word that belongs to the split."""
        draw.tags.add("unseen")
        while True:
            word = "".join(
                _one(draw, _ONSETS) + _one(draw, _VOWELS) + _one(draw, _CODAS) for _ in range(1 + int(draw.random() * 2.3))
            )
            if len(word) > 2 and is_held(word) == bool(draw.held):
                return word

    def person(self, draw: Draw) -> str:
        """Return what a person is called."""
        if draw.random() < 0.15:
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
        if chance < 0.10:
            name = self.pseudo(draw) if draw.random() < 0.6 else f"{self.pseudo(draw)} {self.pseudo(draw)}"
            if parts and draw.random() < 0.4:
                name += " " + self._noun(draw, parts[1])
        elif parts:
            name = self._composed(draw, parts[0], parts[1])
        else:
            name = self.entry(draw, kind)
        return self._varied(draw, name)

    def _composed(self, draw: Draw, modifiers: str, nouns: str | tuple[str, ...]) -> str:
        noun = self._noun(draw, nouns)
        chance = draw.random()
        if chance < 0.08 and not draw.held:
            return noun if nouns == "light_nouns" and noun not in ("light", "lights", "lamps") else f"{self.entry(draw, modifiers)} {noun}"
        if chance < 0.16:
            return f"{self.owner(draw)} {noun}"
        if chance < 0.26:
            return f"{self.pseudo(draw)} {noun}"
        if chance < 0.36:
            return f"{self.entry(draw, modifiers)} {self.entry(draw, modifiers)} {noun}"
        if chance < 0.44:
            return f"{self._core_room(draw)} {self.entry(draw, modifiers)} {noun}"
        return f"{self.entry(draw, modifiers)} {noun}"

    def _core_room(self, draw: Draw) -> str:
        rooms = self._shares["rooms"][0]
        return rooms[int(draw.random() * len(rooms))]

    def _noun(self, draw: Draw, nouns: str | tuple[str, ...]) -> str:
        words = self._shares[nouns][0] if isinstance(nouns, str) else nouns
        return words[int(draw.random() * len(words))]

    def _varied(self, draw: Draw, name: str) -> str:
        chance = draw.random()
        if chance < 0.05:
            return f"{name} {_one(draw, _ORDINALS)}"
        if chance < 0.08:
            return f"{self.owner(draw)} {name}" if "'" not in name else name
        if chance < 0.12:
            return f"{self._core_room(draw)} {name}"
        if chance < 0.14:
            return f"{self.pseudo(draw)} {name}"
        if chance < 0.15:
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
        if chance < 0.93:
            return self.entry(draw, "places")
        if chance < 0.95:
            return f"{self.entry(draw, 'room_heads')} {_one(draw, ('one', 'two', 'three', '1', '2', '3', '101', '204', 'a', 'b'))}"
        return self.pseudo(draw)


def _one(draw: Draw, options: tuple[str, ...]) -> str:
    return options[int(draw.random() * len(options))]


DeviceRule = Callable[["Draw"], str] if TYPE_CHECKING else object
