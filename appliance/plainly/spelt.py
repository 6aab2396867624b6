"""What is typed otherwise than it is said, as it is said, before a sentence is read: "1/2 an hour", "5-minute timer", "wheres Emma"."""

from __future__ import annotations

import re

_HALF = re.compile(r"(?<![\d/⁄.,])(?:1[/⁄]2|½)(?![\d/⁄])")
_WITH_HALF = re.compile(r"(?<=\d)½")
_NUMBER_BEFORE = re.compile(r"\d\s*$")
_HYPHEN = re.compile(r"(?<=\w)-(?=(?:hour|minute|second)s?\b)", re.IGNORECASE)
_ASKING = re.compile(r"\b(where|who|how|when|what)s\b", re.IGNORECASE)


def spelt(text: str) -> str:
    """`text` with halves that stand by themselves in words ("2 1/2" stays), lengths without hyphens, question words with apostrophes."""
    text = _HYPHEN.sub(" ", text)
    text = _WITH_HALF.sub(" 1/2", text)
    text = _HALF.sub(lambda half: half[0] if _NUMBER_BEFORE.search(text[: half.start()]) else "half", text)
    return _ASKING.sub(r"\1's", text)
