"""Things said by whose they are, by the names of the home: "lab three's extractor" is the Lab 3 extractor.

A second one may leave out what it is: "classroom A's projector and D's". A room may be said by its letter alone, "in D", and a
classroom as a class.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from appliance.messages import Area, Entity, Floor, Home
from appliance.resolver.alike import Token, tokens
from appliance.resolver.spelling import Stems

_MOST_WORDS = 4
"""Words of an owner, and of what is owned."""
_LETTER = re.compile(
    r"(?<=\bin )[A-Za-z]\b(?=\s*(?:$|[,.;!?]| (?:and|or|too|as well|on|off|open|closed|shut)\b))|(?<=\bleave )[A-Z]\b"
)
_FURTHER = re.compile(r"(?<= and )[A-Z]\b(?=\s*(?:$|[,.;!?]))")

_NUMBERED_ROOM = re.compile(r"(?P<kind>[a-z]{4,})room (?P<which>[a-z]|\d+)", re.IGNORECASE)


class Possessed:
    """The names of one home by their words. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        things: dict[Stems, dict[str, str]] = {}
        for entity in home.entities:
            for name in (entity.name, *entity.aliases):
                said = tokens(name)
                if not any(token.owns for token in said):
                    things.setdefault(_folds(said), {})[entity.id] = name
        self._things: Mapping[Stems, str] = {
            span: next(iter(ids.values())) for span, ids in things.items() if len(ids) == 1
        }
        letters: dict[str, set[str]] = {}
        for area in home.areas:
            last = tokens(area.name)[-1:]
            if last and len(last[0].fold) == 1 and last[0].fold.isalpha() and len(tokens(area.name)) > 1:
                letters.setdefault(last[0].fold, set()).add(area.name)
        self._rooms = {letter: next(iter(names)) for letter, names in letters.items() if len(names) == 1}

        named: tuple[Area | Floor | Entity, ...] = (*home.areas, *home.floors, *home.entities)
        known = {_folds(tokens(one.name)) for one in named}
        self._clipped = {
            clipped: area.name
            for area in home.areas
            if (found := _NUMBERED_ROOM.fullmatch(area.name))
            and _folds(tokens(clipped := f"{found['kind']} {found['which']}".lower())) not in known
        }
        self._clips = re.compile(rf"\b(?:{'|'.join(map(re.escape, self._clipped))})(?!\w|')", re.IGNORECASE)

    def put(self, text: str) -> str:
        """`text` with the names of the home for what is said by its owner."""
        if self._clipped:
            text = self._clips.sub(lambda found: self._clipped[found[0].lower()], text)
        if "'" not in text and "’" not in text:
            return text
        said = tokens(text)
        made, done = "", 0
        owner: Stems = ()
        owned: Stems = ()
        for at, token in enumerate(said):
            if not token.owns or token.start < done:
                continue
            found = self._whole(said, at) or self._short(said, at, owner, owned)
            if found is None:
                continue
            start, end, name, owned = found
            owner = _folds(said[start : at + 1])
            made += text[done : said[start].start] + name
            done = said[end - 1].end
        return made + text[done:]

    def roomed(self, text: str) -> str:
        """`text` with rooms by their names that it says by their letters."""
        if not self._rooms:
            return text
        placed = _LETTER.sub(self._room, text)
        return _FURTHER.sub(self._room, placed) if placed != text else text

    def _room(self, found: re.Match[str]) -> str:
        return self._rooms.get(found[0].lower(), found[0])

    def _whole(self, said: Sequence[Token], at: int) -> tuple[int, int, str, Stems] | None:
        """The longest name around the possessive at `at`: where it begins and ends, the name, and what is owned."""
        for start in range(max(0, at - _MOST_WORDS + 1), at + 1):
            for end in range(min(len(said), at + 1 + _MOST_WORDS), at + 1, -1):
                if (name := self._things.get(_folds(said[start:end]))) is not None:
                    return start, end, name, _folds(said[at + 1 : end])
        return None

    def _short(self, said: Sequence[Token], at: int, owner: Stems, owned: Stems) -> tuple[int, int, str, Stems] | None:
        """The same of a possessive that leaves out what was `owned` the last time, or also what all the owners are called."""
        if not owned:
            return None
        for start in range(max(0, at - _MOST_WORDS + 1), at + 1):
            own = _folds(said[start : at + 1])
            for called in (own, (*owner[:-1], *own)):
                if (name := self._things.get((*called, *owned))) is not None:
                    return start, at + 1, name, owned
        return None


def _folds(said: Sequence[Token]) -> Stems:
    return tuple(token.fold for token in said if token.fold != "-")
