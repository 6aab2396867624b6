"""What is typed or said otherwise than is usual, before a sentence is read: "1/2 an hour", "5-minute timer", "a degree and a half"."""

from __future__ import annotations

import re

from appliance.intents.numbers import number
from appliance.text import NUMERALS

_HALF = re.compile(r"(?<![\d/⁄.,])(?:1[/⁄]2|½)(?![\d/⁄])")
_WITH_HALF = re.compile(r"(?<=\d)½")
_NUMBER_BEFORE = re.compile(r"\d\s*$")
_HYPHEN = re.compile(r"(?<=\w)-(?=(?:hour|minute|second)s?\b)", re.IGNORECASE)
_UNIT_FIRST = re.compile(
    r"\b(?P<many>\w+) (?P<unit>degrees?|percent|bars?)(?P<scale> celsius| fahrenheit)?"
    r" and (?P<part>an? half|half|an? quarter|three quarters)\b"
    r"(?! (?:hours?|minutes?|an? ))",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(
    rf"\b(?P<many>\d\d+|(?:{'|'.join(NUMERALS)})(?:[ -](?:{'|'.join(NUMERALS[:9])}))?) and a half"
    r"(?=\s*(?:$|[,.;!?°%]|(?:degrees|percent|please|in|and|then|now|celsius)\b))",
    re.IGNORECASE,
)
_LEAST_IN_DIGITS = 10
"""What is less is a length or a count, which is read in words."""
_ASKING = re.compile(r"\b(where|who|how|when|what)s\b", re.IGNORECASE)


def spelt(text: str) -> str:
    """`text` with halves in words (but "2 1/2"), lengths without hyphens, units behind fractions, question words with apostrophes."""
    text = _HYPHEN.sub(" ", text)
    text = _WITH_HALF.sub(" 1/2", text)
    text = _HALF.sub(lambda half: half[0] if _NUMBER_BEFORE.search(text[: half.start()]) else "half", text)
    text = _UNIT_FIRST.sub(_unit_last, text)
    text = _AND_A_HALF.sub(_in_digits, text) if "half" in text else text
    return _ASKING.sub(r"\1's", text)


def _in_digits(said: re.Match[str]) -> str:
    """As in "eighteen and a half": 18.5."""
    many = number(said["many"].lower().replace("-", " ").split())
    return said[0] if many is None or many < _LEAST_IN_DIGITS else f"{many:.0f}.5"


def _unit_last(said: re.Match[str]) -> str:
    many = "one" if said["many"].lower() in {"a", "an"} else said["many"]
    if number([many.lower()]) is None:
        return said[0]
    unit = said["unit"].removesuffix("s") + ("" if said["unit"].lower() == "percent" else "s")
    return f"{many} and {said['part']} {unit}{said['scale'] or ''}"
