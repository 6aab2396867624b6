"""Numbers and units of time that were misheard: "for tend minutes", "twenty too degrees", "5 minuets"."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from types import MappingProxyType

from appliance.resolver import vocabulary
from appliance.resolver.mended import Mended, replaced
from appliance.resolver.phones import apart, phones
from appliance.resolver.spelling import distance
from appliance.text import NUMERALS, Word, words

_COUNTED = frozenset("minute minutes hour hours second seconds percent degrees degree %".split())
_MEASURED = _COUNTED | {"per"}
_COUNTING = frozenset("for to at of in by timer after".split())
_MISHEARD_NUMBER = MappingProxyType(
    {"for": "four", "to": "two", "too": "two", "won": "one", "ate": "eight", "fore": "four"}
)
"""Between a word of _COUNTING and one of _COUNTED."""
_SOUNDING_NUMBERS = MappingProxyType({phones([word]): word for word in NUMERALS})
"""The numbers by how they sound."""
_TENS = frozenset("twenty thirty forty fourty fifty sixty seventy eighty ninety".split())
"""Numbers that another may follow: "twenty too degrees"."""
_NO_NUMBERS = frozenset(
    """a an few couple half quarter several some more less many another the first last next other same two three of and point about around
    exactly roughly another zero full no fewer""".split()
)
"""Words before a unit that are no numbers, and none that was misheard."""
_NEAR_NUMBER = 0.4
"""How far from a number what is said in its place may sound."""
_UNITS = ("minutes", "minute", "seconds", "second")
"""After a number a word that is a slip away from one of these is it."""
_HOURS = MappingProxyType({"ours": "hours"})
_NUMERAL = re.compile(r"\d+|\w+(?:teen|ty)|fourty")


def numbers(text: str) -> Mended | None:
    """`text` with "for for minutes" as "for four minutes": between preposition and unit stands a number; "5 minuets" are minutes."""
    said = words(text)
    made = {
        at: _MISHEARD_NUMBER[word.text]
        for at, word in enumerate(said[:-1])
        if at
        and word.text in _MISHEARD_NUMBER
        and said[at + 1].text in _COUNTED
        and (said[at - 1].text in _COUNTING or said[at - 1].text in _TENS)
    }
    made |= {
        at: _MISHEARD_NUMBER[word.text]
        for at, word in enumerate(said)
        if at > 1
        and said[at - 1].text in _TENS
        and (word.text in {"ate", "won", "fore"} or (at + 1 == len(said) and word.text in {"for", "to"}))
        and said[at - 2].text in _COUNTING
    }
    for at, word in enumerate(said):
        if word.text in _MEASURED and at not in made:
            made |= _misheard_number(said, at, made)
    made |= {
        at: unit
        for at, word in enumerate(said)
        if at and _is_number(said[at - 1].text) and (unit := _unit(word.text)) and unit != word.text
    }
    return replaced(text, said, made)


def _misheard_number(said: Sequence[Word], unit: int, made: Container[int]) -> dict[int, str]:
    """The number that one or two strange words before a unit sound like: "for tend minutes", "to for tea percent"."""
    for length in (2, 1):
        start = unit - length
        run = [word.text for word in said[max(start, 0) : unit]]
        if start < 1 or said[start - 1].text not in _COUNTING or any(at in made for at in range(start, unit)):
            continue
        known = any(_is_number(word) or word in _NO_NUMBERS or not word.isalpha() for word in run)
        sounds = phones(run)
        bound = 0.0 if length > 1 else _NEAR_NUMBER
        near = {word: far for key, word in _SOUNDING_NUMBERS.items() if (far := apart(sounds, key, bound)) <= bound}
        likely = [word for word, far in near.items() if far == min(near.values())]
        if not known and len(likely) == 1:
            return {start: likely[0], **dict.fromkeys(range(start + 1, unit), "")}
    return {}


def _unit(word: str) -> str:
    """The unit of time that a word after a number is; empty: none."""
    slips = (unit for unit in _UNITS if distance(word, unit, 1) <= 1)
    return word if word in _UNITS else _HOURS.get(word) or next(slips, "")


def _is_number(word: str) -> bool:
    return word in vocabulary.NUMBER_WORDS or _NUMERAL.fullmatch(word) is not None
