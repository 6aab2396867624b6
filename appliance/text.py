"""Words of a sentence as every part of ternd sees them: the one normalisation of text.

The command model reads `words(text)`, names of the home are compared by their words, and a span that
the model copied leads back to the characters it came from.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

_WORD = re.compile(
    r"""\d+(?:[.,]\d+)*     # 20  6.5  2,700
      | [^\W\d_]+(?:['’`´ʼ][^\W\d_]+)*['’]?   # don't  o'clock  kids'
      | [%°,:+\-/&#$€£]""",
    re.VERBOSE,
)

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMERALS = (*_ONES[1:], *_TENS[2:])
"""The words that numbers up to 99 are made of."""
_ALOUD = {"%": "percent", "°": "degrees"}
"""Signs that are said where they stand."""


@dataclass(frozen=True, slots=True)
class Word:
    """One normalised word and the characters it came from."""

    text: str
    """Lower case, apostrophes straight, composed (NFKC)."""
    start: int
    """Offset of its first character in the original text."""
    end: int
    """Offset after its last character."""


_LONGEST_KEPT = 256
"""Characters of a text whose words are remembered."""
_UNDECOMPOSED = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


@lru_cache(maxsize=8192)
def unaccented(word: str) -> str:
    """A word in lower case without accents, as keyboards and speech recognition write it: "Zoë" is "zoe"."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word.translate(_UNDECOMPOSED))
    return "".join(char for char in parts if not unicodedata.combining(char))


def words(text: str) -> list[Word]:
    """Split `text` into words: runs of letters, numbers, and the few signs that carry meaning.

    Letters and digits part ("2700k" is two words), all other punctuation separates and is dropped. Offsets refer
    to `text` as given; characters whose composed form has another length keep the offsets of their original.
    """
    return list(_sentence(text)) if len(text) <= _LONGEST_KEPT else _split(text)


@lru_cache(maxsize=256)
def _sentence(text: str) -> tuple[Word, ...]:
    """The words of a sentence, which every part asks for."""
    return tuple(_split(text))


def _split(text: str) -> list[Word]:
    if text.isascii():
        return [Word(found[0].lower().replace("`", "'"), *found.span()) for found in _WORD.finditer(text)]
    folded: list[str] = []
    origin: list[int] = []
    for i, char in enumerate(text):
        for piece in unicodedata.normalize("NFKC", char):
            folded.append(piece)
            origin.append(i)
    found = []
    for match in _WORD.finditer("".join(folded)):
        token = match.group().lower()
        for mark in "’`´ʼ":
            token = token.replace(mark, "'")
        found.append(Word(token, origin[match.start()], origin[match.end() - 1] + 1))
    return found


@lru_cache(maxsize=512)
def key(text: str) -> str:
    """The words of `text` joined by single blanks: equal for names that read alike."""
    return " ".join(word.text for word in words(text))


def any_of(names: Iterable[str]) -> str:
    """A pattern for any of `names`, the longest first; one that fits nothing where there are none."""
    return f"(?:{'|'.join(re.escape(name) for name in sorted(set(names), key=len, reverse=True)) or '(?!)'})"


@cache
def numeral(value: int) -> str:
    """A whole number of 0-100 in words: 45 is "forty five"."""
    if value < 20:
        return _ONES[value]
    if value == 100:
        return "one hundred"
    return _TENS[value // 10] + (f" {_ONES[value % 10]}" if value % 10 else "")


def aloud(word: str) -> str:
    """A word, number or sign as it is said, in words that a lexicon may have; empty: it is not said, or in too many ways."""
    if re.fullmatch(r"\d{1,3}", word) and int(word) <= 100:
        return numeral(int(word))
    if re.fullmatch(r"[^\W\d_]+(?:'[^\W\d_]+)*'?", word):
        return word.rstrip("'")
    return _ALOUD.get(word, "")


def whole(text: str) -> str:
    """`text` with a question mark for each half of a character: JSON can name such, no file and no broker takes them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def read_json(text: str | bytes) -> Any:
    """Read JSON, and leave whole all texts in it.

    Raises:
        ValueError: it is none, or no UTF-8.
        RecursionError: it is nested too deeply.
    """
    said = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    value = json.loads(said)
    return json.loads(whole(json.dumps(value, ensure_ascii=False))) if "\\ud" in said.lower() else value
