"""Things of people that leave out what is theirs: "set Ella's radiator to twenty and Toby's to eighteen" names Toby's radiator.

So do the rooms behind a word for several: "in the children's rooms, Ella's and Toby's".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from appliance.messages import Home
from appliance.resolver.spelling import Stems, stems

_OWNED = re.compile(r"(?P<owner>[^\W\d_]+['’]s?) (?P<what>.+)")
_BARE = re.compile(
    r"(?P<owner>\b[^\W\d_]+['’]s?)"
    r"(?= (?:to|at|on|off|up|down|open|closed|shut|and|as well|too|please|by|a bit|a little|is|instead)\b|\s*(?:[,.;!?]|$))"
)
_ROOMS = re.compile(
    r"\b(?:the |our |my |all |both |two )*(?:\w+['’]s? )?(?:bed)?rooms(?:,| -|:)?,? (?:that is,? |i mean,? |namely,? )?"
    r"(?P<one>[^\W\d_]+['’]s?)(?P<more>(?:, [^\W\d_]+['’]s?)*),? and (?P<last>[^\W\d_]+['’]s?)(?=\s*(?:[,.;!?]|$| please))",
    re.IGNORECASE,
)


class Whose:
    """The things and rooms of the people of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._things = {
            stems(name): name
            for entity in home.entities
            for name in (entity.name, *entity.aliases)
            if _OWNED.fullmatch(name)
        }
        named = self._things.keys() | {stems(entity.name) for entity in home.entities}
        self._whole = named | {stems(name) for area in home.areas for name in (area.name, *area.aliases)}
        self._rooms: Mapping[Stems, str] = {
            stems(found["owner"]): name
            for area in home.areas
            for name in (area.name, *area.aliases)
            if (found := _OWNED.fullmatch(name)) and stems(found["what"]) in {("room",), ("bedroom",)}
        }

    def put(self, text: str) -> str:
        """`text` with what is whose in full."""
        if "'" not in text and "’" not in text:
            return text
        text = _ROOMS.sub(self._each_room, text)
        if not self._things:
            return text
        made, done, owned = "", 0, ""
        for found in re.finditer(r"[^\W\d_]+['’]s?", text):
            if what := self._owned(text[found.start() :]):
                owned = what
                continue
            bare = _BARE.match(text, found.start())
            if owned and bare and (name := self._things.get(stems(f"{bare['owner']} {owned}"))) is not None:
                if stems(bare["owner"]) in self._whole:
                    continue
                made += text[done : found.start()] + name
                done = bare.end()
        return made + text[done:]

    def _owned(self, rest: str) -> str:
        """What is owned in the longest name of a thing that `rest` begins with; empty: it begins with none."""
        words = re.findall(r"[\w'’-]+", rest)[:5]
        for count in range(len(words), 1, -1):
            if stems(" ".join(words[:count])) in self._things and rest.startswith(" ".join(words[:count])):
                return " ".join(words[1:count])
        return ""

    def _each_room(self, found: re.Match[str]) -> str:
        owners = [found["one"], *found["more"].split(", ")[1:], found["last"]]
        rooms = [self._rooms.get(stems(owner)) for owner in owners]
        return found[0] if None in rooms else " and ".join(room for room in rooms if room)
