"""What is typed or said otherwise than is usual, before a sentence is read: "1/2 an hour", "5-minute timer", "a degree and a half"."""

from __future__ import annotations

import re

from appliance.intents.numbers import number

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
_ASKING = re.compile(r"\b(where|who|how|when|what)s\b", re.IGNORECASE)


def spelt(text: str) -> str:
    """`text` with halves in words (but "2 1/2"), lengths without hyphens, units behind fractions, question words with apostrophes."""
    text = _HYPHEN.sub(" ", text)
    text = _WITH_HALF.sub(" 1/2", text)
    text = _HALF.sub(lambda half: half[0] if _NUMBER_BEFORE.search(text[: half.start()]) else "half", text)
    text = _UNIT_FIRST.sub(_unit_last, text)
    return _ASKING.sub(r"\1's", text)


def _unit_last(said: re.Match[str]) -> str:
    many = "one" if said["many"].lower() in {"a", "an"} else said["many"]
    if number([many.lower()]) is None:
        return said[0]
    unit = said["unit"].removesuffix("s") + ("" if said["unit"].lower() == "percent" else "s")
    return f"{many} and {said['part']} {unit}{said['scale'] or ''}"
