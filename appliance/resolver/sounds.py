"""How an English word sounds, roughly: equal keys for "rail" and "rale", "aisle" and "isle", "blue" and "blew".

Letters become classes of sounds by rules, spoken as in the south of England (no r but before a vowel): there more words sound alike.
Unlike Metaphone and its like the key keeps the vowels, for "lamp", "lump" and "limp" are three words. What no rule spells stands in a
table.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ALIKE = tuple(
    frozenset(group.split())
    for group in (
        "aisle isle", "one won", "two to too", "four for fore", "eight ate", "red read", "weather whether", "wood would", "sun son",
        "hour our", "suite sweet", "flour flower", "close clothes", "dye die", "eye i", "buy by bye", "lead led", "bread bred",
        "steel steal", "tow toe", "pear pair pare", "bear bare", "there their", "wear where ware", "rows rose", "road rode",
        "great grate", "break brake", "sole soul", "tire tyre", "key quay", "mail male", "cereal serial", "peace piece",
        "bury berry", "knead need", "route root", "guest guessed", "board bored", "ceiling sealing", "hall haul",
    )
)  # fmt: skip
"""Words of one sound that the rules would part."""
_TABLE = {word: f"={min(group)}" for group in _ALIKE for word in group}

_C = "[bcdfghjklmnpqrstvwxz]"
_RULES = (
    # groups of consonants
    (r"\b[kg](?=n)|\bw(?=r)|\bp(?=s)", ""), (r"wh", "w"), (r"ph", "f"), (r"t?ch", "C"), (r"sh", "S"), (r"th", "T"),
    (r"dg(?=e)", "J"), (r"ck", "k"), (r"qu", "kw"), (r"(?<=m)b(?=s?\b)", ""), (r"sc(?=[eiy])", "s"),
    (r"c(?=[eiy])", "s"), (r"c", "k"), (r"x", "ks"), (r"z", "s"), (r"g(?=es?\b)", "J"), (r"j", "J"), (r"l(?=[km]s?\b)(?<=[ao]l)", ""),
    # vowels with an r that is not spoken, and those that sound like them
    (r"(?<=\b[bcdfgpt][lr])(?:ie|ye|ia)r(?=s?\b)", "2@"),
    (r"[ao]ugh(?=t)|(?:oor|oar|our|ore|or|aw|au)(?![aeiouy])|(?:aw|au)(?=[sz]e\b)|a(?=l[lk])", "O"),
    (r"(?:air|eir)e?|are(?=[sd]?\b)", "E"), (r"(?:ear|eer|ere|ier)(?=[sd]?\b)", "I"),
    (r"(?:ear|er|ir|ur|yr)(?![aeiouyr])", "3"), (r"ar(?![aeiouyr])", "A"),
    # groups of vowels
    (r"eigh|ai|ay|ei|ey(?=\w)", "1"), (r"igh", "2"), (r"ee|ea", "7"), (r"oa|oe(?=s?\b)", "4"), (r"oo|ew|ue|ui", "8"),
    (r"oi|oy", "5"), (r"ou|ow", "6"), (r"gh", ""),
    # a vowel before one consonant and a silent e
    (rf"a(?={_C}e[sd]?\b)", "1"), (rf"e(?={_C}e[sd]?\b)", "7"), (rf"[iy](?=(?:{_C}|th)e[sd]?\b)", "2"),
    (rf"o(?={_C}e[sd]?\b)", "4"), (rf"u(?={_C}e[sd]?\b)", "8"),
    (rf"(?<={_C})(?:ie|ey|y|i)(?=s?\b)", "Y"), (r"(?<=[a-z][a-z])e(?=[sd]?\b)", ""),
)  # fmt: skip
_RULE = re.compile("|".join(f"({pattern})" for pattern, _ in _RULES))
"""One group for each rule; where several fit, the first of them counts."""
_WEAK = (
    (re.compile(rf"(?<={_C})(?:er|or|ar|re|our|ur|a)(s?)$"), r"@\1"),
    (re.compile(rf"(?<={_C})(?:ell?|al|il|le)(s?)$"), r"l\1"),
    (re.compile(rf"(?<={_C})(?:ain|en|in|on|an)(s?)$"), r"n\1"),
)
"""Ends of words that are not stressed: "speaker", "kettle", "curtain"."""
_SOFT = re.compile(r"(?<!^s)c(?=[eiy])")
_FIRST_SYLLABLE = re.compile(rf"{_C}*[aeiouy]+{_C}+")


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """The key of a word in lower case; words that sound alike have the same. Digits and signs sound like themselves."""
    if word in _TABLE:
        return _TABLE[word]
    return _spoken(word) if word.isascii() and word.isalpha() else word


def alike(a: str, b: str) -> bool:
    """Whether two words sound the same."""
    return sound(a) == sound(b)


def _spoken(word: str) -> str:
    key, at = "", 0
    word = _SOFT.sub("s", word)
    first = _FIRST_SYLLABLE.match(word)
    if first and first.end() < len(word):
        for ending, weak in _WEAK:
            word = ending.sub(weak, word) if ending.search(word, first.end() - 1) else word
    while at < len(word):
        found = _RULE.match(word, at)
        if found is not None and found.lastindex is not None:
            at, char = found.end(), _RULES[found.lastindex - 1][1]
        else:
            at, char = at + 1, word[at]
        key += "" if char == key[-1:] and char.isalpha() else char
    return key
