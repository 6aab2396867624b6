"""How words are compared: folded spelling, singular, sound, and the distance of typing errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from appliance.resolver import vocabulary
from appliance.text import Word, unaccented, words

Stems = tuple[str, ...]
"""Words of a name or span: folded spelling, singular, numbers as digits."""

ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_SIGNS = frozenset("%°,:+-/#$€£")
ARTICLES = frozenset({"the", "a", "an", "my", "our", "your"})
_AFTER_NAMES = frozenset("on off and or to at in up down is are please".split())
"""Words that follow a name and no article."""


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Singular of a regular English noun; possessive endings go too."""
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """A word as names are compared: in folded spelling and the singular, a number as digits."""
    bare = unaccented(vocabulary.SPELLINGS.get(word, word).replace("'", ""))
    bare = vocabulary.SPELLINGS.get(bare, bare)
    single = stem(vocabulary.NUMBER_WORDS.get(bare, bare))
    return vocabulary.SPELLINGS.get(single, single)


@lru_cache(maxsize=4096)
def plain(text: str) -> Stems:
    """The words of `text`, folded but not yet in the singular; articles and signs are dropped."""
    found: list[str] = []
    for said in words(text):
        word = unaccented(said.text.replace("'", ""))
        if word in ORDINAL_ENDINGS and found and found[-1].isdigit():
            found[-1] = vocabulary.ORDINALS.get(found[-1] + word, found[-1])
        elif word not in _SIGNS:
            spelt = vocabulary.SPELLINGS.get(word, word)
            found.append(vocabulary.NUMBER_WORDS.get(spelt, spelt))
    kept = tuple(word for at, word in enumerate(found) if word not in ARTICLES or _is_letter(found, at))
    return kept or tuple(found)


def _is_letter(said: Sequence[str], at: int) -> bool:
    """Whether an "a" is a letter, as in "aisle a on": no noun follows it."""
    return said[at] == "a" and at > 0 and (at + 1 == len(said) or said[at + 1] in _AFTER_NAMES)


@lru_cache(maxsize=256)
def every_word(text: str) -> Stems:
    """All words of a sentence in lower case, without signs and apostrophes."""
    return tuple(unaccented(word.text.replace("'", "")) for word in words(text) if word.text not in _SIGNS)


@lru_cache(maxsize=256)
def every_stem(text: str) -> Stems:
    """All words of a sentence as names are compared, articles included."""
    return tuple(folded(word.text) for word in words(text) if word.text not in _SIGNS)


@lru_cache(maxsize=4096)
def stems(text: str) -> Stems:
    """The words of `text` as the index compares them."""
    return tuple(vocabulary.SPELLINGS.get(stem(word), stem(word)) for word in plain(text))


def stems_of(said: Iterable[Word]) -> Stems:
    """The same of words of a sentence."""
    return stems(" ".join(word.text for word in said))


def is_plural(text: str) -> bool:
    """Whether the last word of a span is a plural ("bedside lamps")."""
    last = plain(text)[-1:]
    return (
        bool(last)
        and not last[0].isdigit()
        and stem(last[0]) != last[0]
        and stem(last[0]) not in {"stair", "downstair", "upstair"}
    )


_FAR = 2
"""Words whose lengths differ by more are not alike."""


@lru_cache(maxsize=16384)
def likeness(a: str, b: str) -> float:
    """How alike two words are, 0 to 1, for suggestions."""
    if a == b:
        return 1.0
    if abs(len(a) - len(b)) > _FAR:
        return 0.0
    bound = 1 if min(len(a), len(b)) < 6 else 2
    return 0.7 if min(len(a), len(b)) >= 3 and distance(a, b, bound) <= bound else 0.0


def distance(a: str, b: str, bound: int) -> int:
    """Edit distance (with swaps of neighbours) of two words, or `bound` + 1 when it is larger."""
    if abs(len(a) - len(b)) > bound or len(set(a) - set(b)) > bound:
        return bound + 1
    if a == b:
        return 0
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
        if min(row) > bound:
            return bound + 1
    return min(row[-1], bound + 1)


@lru_cache(maxsize=4096)
def phonetic(word: str) -> str:
    """A rough key of how an English word sounds: first sound, then consonants without doubles."""
    for old, new in (
        ("ph", "f"),
        ("gh", ""),
        ("kn", "n"),
        ("wr", "r"),
        ("ck", "k"),
        ("q", "k"),
        ("x", "ks"),
        ("z", "s"),
        ("v", "f"),
    ):
        word = word.replace(old, new)
    word = word.replace("ce", "se").replace("ci", "si").replace("c", "k").replace("dg", "g").replace("j", "g")
    key = word[:1]
    for char in word[1:]:
        if char not in "aeiouyhw" and char != key[-1:]:
            key += char
    return key
