"""What a command is for, at its end: "dim the living room lights for movie night" dims them, and starts no scene.

It goes where the command is about a room or thing of the home by its name, or where it is one of the things that people do everything
for. Lengths, places, people and values stay: "for ten minutes", "for the bedroom", "for Mia", "for heating".
"""

from __future__ import annotations

import re

from appliance.intents.durations import duration
from appliance.intents.numbers import number
from appliance.messages import Home
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.vocabulary import NOUNS
from appliance.text import words

_COMMAND = re.compile(
    r"(?P<command>(?:(?:please|can you|could you|would you|will you|just|now|and|ok|okay|hey)[ ,]+)*"
    r"(?:turn|switch|put|dim|brighten|open|close|shut|lower|raise|set|make|draw|light up|warm up|heat up"
    r"|cool down)\b(?!.*\b(?:list|scenes?|mood|tone|mode)\b).*?),?"
    r" for (?:(?:the|a|an|my|our|some|this|tonight's) )?(?P<what>[a-z' ]{3,40}?)(?:,? please)?[.!]?",
    re.IGNORECASE,
)
_KEPT = frozenset(
    """next rest hour minute second day week now good ever always me us him her them it that this night
    day while bit moment today tonight tomorrow morning evening weekend heating cooling drying heat cool auto fan dry sleep
    everyone everybody everything each all both list timer alarm reminder""".split()
)
"""Words that say how long, for whom, or how, and not what for."""
_PURPOSES = frozenset(
    """movie film show game dinner lunch breakfast supper cooking reading working studying bedtime guest visitor party kid child baby
    cat dog plant flower privacy light air ventilation homework gaming yoga meditation""".split()
) | {"movie night", "film night", "game night", "date night"}

_MOST_WORDS = 4
"""Words of a name."""


class Purposes:
    """The names of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        things = [entity for entity in home.entities if entity.domain not in {"scene", "script", "todo", "person"}]
        self._named = {stems(name) for thing in (*things, *home.places) for name in thing.names}
        people = {stems(name) for entity in home.entities if entity.domain == "person" for name in entity.names}
        self._words = {word for name in self._named | people for word in name}

    def without(self, text: str) -> str:
        """`text` without what it is for; as it is where that may be more than a purpose."""
        found = _COMMAND.fullmatch(text) if " for " in text else None
        if found is None:
            return text
        what = stems(found["what"])
        if " ".join(what) in _PURPOSES or (what[-1:] and what[-1] in _PURPOSES and self._words.isdisjoint(what)):
            return found["command"]
        return found["command"] if self._is_strange(found["what"], what) and self._is_named(found["command"]) else text

    def _is_named(self, command: str) -> bool:
        """Whether a command says a name of a room or thing, which is no mere noun."""
        said = [word.text for word in words(command)]
        ends = ((at, end) for at in range(len(said)) for end in range(at + 1, min(len(said), at + _MOST_WORDS) + 1))
        spans = (stems(" ".join(said[at:end])) for at, end in ends)
        return any(span in self._named and " ".join(span) not in NOUNS for span in spans)

    def _is_strange(self, what: str, stemmed: Stems) -> bool:
        """Whether words are no length, place, person or value."""
        if (
            not stemmed
            or not self._words.isdisjoint(stemmed)
            or not _KEPT.isdisjoint((*stemmed, *what.lower().split()))
        ):
            return False
        said = [word.text for word in words(what)]
        return duration(said) is None and all(number([word]) is None for word in said)
