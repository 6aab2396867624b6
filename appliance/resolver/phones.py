"""How far apart two runs of words sound, whatever words they are cut into: "fest tune" and "festoon", "be a letty" and "Bialetti".

Speech recognition writes words it knows for a name it does not know, and cuts them where it likes. So both runs become one string of
sounds, spelt by rules that leave out what is hardly spoken, and the distance of the two weighs a vowel less than a consonant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from appliance.resolver.vocabulary import NUMBER_WORDS
from appliance.text import unaccented

_NAMES = {digit: word for word, digit in NUMBER_WORDS.items()}
_VOWELS = frozenset("aeiou")
_UNSTRESSED = {"her": "ha", "are": "a", "or": "a", "your": "ya"}
"""Words that are hardly spoken inside others."""
_RULES = tuple(
    (re.compile(pattern), sounds)
    for pattern, sounds in (
        (r"^[kg]n", "n"), (r"^wr", "r"), (r"^who(?=le|m|se|$)", "ho"), (r"^wh", "w"), (r"^ps(?=[aeiouy])", "s"), (r"isl|aisl", "il"),
        (r"sch", "S"), (r"tch", "C"), (r"ch", "C"), (r"sh", "S"), (r"th", "T"), (r"ph", "f"), (r"ti(?=[ao]n)|ci(?=a)", "S"),
        (r"[ae]igh", "e"), (r"igh", "i"), (r"ough|augh", "o"), (r"gh", ""), (r"ck", "k"), (r"qu", "kw"), (r"x", "ks"), (r"dg", "j"),
        (r"sc(?=[eiy])", "s"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"z", "s"), (r"mb$", "m"), (r"(?<=.[^aeiou])e$", ""),
        (r"(?<=..[^aeiou])(?:er|or|ar|our|re)$", "a"), (r"ee|ea|ie|ei", "i"), (r"oo|ou|ew|ue|ui|eu", "u"), (r"oa|ow|aw|au|oh", "o"),
        (r"ai|ay|ey(?=.)", "e"), (r"ey|y$", "i"), (r"y(?=[aeiou])", "y"), (r"y", "i"), (r"([a-zA-Z])\1", r"\1"),
    )
)  # fmt: skip
_TWICE = re.compile(r"(.)\1+")
_ALIKE = {
    frozenset(pair) for pair in ("dt", "bp", "gk", "vf", "sS", "CS", "jC", "mn", "Tt", "Tf", "wv", "jg", "Td", "sT")
}
_WEAK = frozenset("hwy")
"""Sounds that come and go."""
_GROUPS = ("bp", "mn", "sSCjgkTfv", "aeiou")
"""Sounds by what they are like; all others that do not come and go are one more group."""
_GROUPED = str.maketrans({char: group[0] for group in _GROUPS for char in group} | dict.fromkeys("hwyrtd", ""))
_GROUP_BITS = 8
_ROUNDING = 1e-9
_VOWEL, SIMILAR, _SWALLOWED, _SOFT, _EXTRA, _OTHER = 0.25, 0.4, 0.3, 0.35, 0.5, 1.0
"""What a sound costs: another vowel, a consonant made at the same place, a t or d between consonants, a weak sound too many or too few, a
vowel too many or too few, anything else."""


@lru_cache(maxsize=4096)
def _sounds(word: str) -> str:
    if word in _UNSTRESSED:
        return _UNSTRESSED[word]
    folded = unaccented(_NAMES.get(word, word)).replace("'", "")
    if len(folded) > 1 and folded.isalpha() and _VOWELS.isdisjoint(folded) and "y" not in folded:
        return folded
    for pattern, sounds in _RULES:
        folded = pattern.sub(sounds, folded)
    return folded


def phones(said: Sequence[str]) -> str:
    """The sounds of words in lower case as one string; twice the same in a row is once."""
    return _TWICE.sub(r"\1", "".join(map(_sounds, said)))


def makeup(sounds: str) -> int:
    """How often each group of sounds occurs, as many bits as there are of each; those that come and go do not count.

    Two strings are apart by at least :data:`SIMILAR` for each bit that only one has: within a group sounds are alike, all else costs more.
    """
    grouped = sounds.translate(_GROUPED)
    counts = [grouped.count(group[0]) for group in _GROUPS]
    counts.append(len(grouped) - sum(counts))
    return sum((1 << min(count, _GROUP_BITS)) - 1 << _GROUP_BITS * at for at, count in enumerate(counts))


def apart(a: str, b: str, bound: float) -> float:
    """The distance of two strings of sounds, or anything above `bound` where it is larger."""
    far = bound + 1
    size = len(b)
    spare = int(bound / _SWALLOWED + _ROUNDING) - abs(size - len(a))
    if spare < 0:
        return far
    left, right = min(0, size - len(a)) - spare // 2, max(0, size - len(a)) + spare // 2
    """How far from the diagonal is looked: each sound too many on the way there and back costs at least _SWALLOWED."""
    extras_a, extras_b = _extras(a), _extras(b)
    row = [0.0, *accumulate(extras_b)]
    for i, x in enumerate(a, 1):
        before, row = row, [far] * (size + 1)
        extra = extras_a[i - 1]
        if i + left <= 0:
            row[0] = before[0] + extra
        for j in range(max(1, i + left), min(size, i + right) + 1):
            cost = before[j - 1] + _instead(x, b[j - 1])
            if (more := before[j] + extra) < cost:
                cost = more
            if (more := row[j - 1] + extras_b[j - 1]) < cost:
                cost = more
            row[j] = cost
        if min(row) > bound:
            return far
    return row[-1]


@lru_cache(maxsize=4096)
def _instead(x: str, y: str) -> float:
    if x == y:
        return 0.0
    if x in _VOWELS and y in _VOWELS:
        return _VOWEL
    return SIMILAR if frozenset((x, y)) in _ALIKE else _OTHER


@lru_cache(maxsize=4096)
def _extras(sounds: str) -> tuple[float, ...]:
    """What each sound costs where it is one too many."""
    return tuple(_extra(char, before) for before, char in pairwise(" " + sounds))


def _extra(char: str, before: str) -> float:
    if char in "td" and before != " " and before not in _VOWELS:
        return _SWALLOWED
    if char in _WEAK or (char == "r" and before in _VOWELS):
        return _SOFT
    return _EXTRA if char in _VOWELS else _OTHER
