"""Numbers as people say and type them: "twenty five", "2.5", "two and a half", "a third", "max".

Values follow Home Assistant: maximum is 100 %, minimum brightness 1 %, warm white 2700 K.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from appliance.messages import Quantity
from appliance.text import words as words_of

Words = Sequence[str]
"""Normalised words, as :func:`appliance.text.words` makes them."""

_ONES = {
    word: float(value)
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen""".split()
    )
} | {"a": 1.0, "an": 1.0, "single": 1.0, "couple": 2.0, "dozen": 12.0}
_TENS = {
    word: 10.0 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
} | {"fourty": 40.0}
_ONES |= {
    tens + ones: _TENS[tens] + _ONES[ones]
    for tens in _TENS
    for ones in "one two three four five six seven eight nine".split()
}
_ONES |= {"won": 1.0, "tree": 3.0, "fife": 5.0, "ate": 8.0, "nein": 9.0}  # as speech recognition hears them
_POWERS = {"hundred": 100.0, "thousand": 1000.0, "grand": 1000.0}
_PARTS = {
    "half": 0.5, "halves": 0.5, "third": 1 / 3, "quarter": 0.25, "fourth": 0.25, "fifth": 0.2, "sixth": 1 / 6,
    "eighth": 0.125, "tenth": 0.1,
}  # fmt: skip
_NUMERIC = frozenset(
    {*_ONES, *_TENS, *_POWERS, *_PARTS, *(f"{part}s" for part in _PARTS), *"- / minus negative and of point".split()}
)
"""Words that numbers are made of, beside those in digits."""
_FACTORS = {"double": 2.0, "twice": 2.0, "doubled": 2.0, "triple": 3.0, "thrice": 3.0, "halve": 0.5, "halved": 0.5}

_DIGITS = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_MOST_DIGITS = 12
"""Longer digit strings are no amounts."""

_HIGHEST = frozenset(
    """max maximum full fully highest brightest top loudest fastest completely entirely hundred maximal warmest hottest
    most strongest total wide""".split()
)
_LOWEST = frozenset("min minimum lowest dimmest quietest slowest minimal coolest coldest least weakest".split())
_LEVELS = {"low": 33.0, "slow": 33.0, "medium": 50.0, "middle": 50.0, "mid": 50.0, "halfway": 50.0, "high": 100.0}
_LEVELS |= {"fast": 100.0, "none": 0.0, "nothing": 0.0, "off": 0.0}
_LEVELS |= {"all": 100.0, "everything": 100.0}
_IDLE = frozenset("the way setting level speed brightness volume position power of its to at all percent".split())
"""Words that add nothing to a level: "the lowest setting", "all the way"."""

_OPENED = frozenset({"open", "opened"})
_SHUT = frozenset({"closed", "shut"})
"""What a position is measured from: "a quarter closed" is three quarters open."""

_KELVIN = {
    "candle light": 1900.0, "candlelight": 1900.0, "candle": 1900.0, "warm white": 2700.0, "warm": 2700.0,
    "soft white": 2700.0, "neutral white": 3500.0, "neutral": 3500.0, "cold white": 5500.0, "cool white": 4000.0,
    "cold": 5500.0, "cool": 4000.0, "daylight": 6500.0, "day light": 6500.0,
}  # fmt: skip

_UNITS = {
    "percent": "%", "%": "%", "percentage": "%", "pct": "%",
    "kelvin": "kelvin", "kelvins": "kelvin", "k": "kelvin",
    "celsius": "celsius", "centigrade": "celsius", "c": "celsius",
    "fahrenheit": "fahrenheit", "f": "fahrenheit",
    "degrees": "", "degree": "", "°": "", "points": "", "point": "", "notches": "", "times": "",
}  # fmt: skip

_PERCENT_KEYS = frozenset("brightness position percentage volume humidity".split())
_LOWEST_OF = {"brightness": 1.0, "percentage": 1.0}
"""What "minimum" means where it is not zero: the least that is still on."""


def number(words: Words) -> float | None:
    """Read all of `words` as one number; None when they are none."""
    if not all(word in _NUMERIC or word[:1].isdigit() for word in words):
        return None
    words = [word for word in words if word != "-"] if len(words) > 1 and words[0] != "-" else list(words)
    if words and words[0] in ("-", "minus", "negative"):
        value = _unsigned(words[1:])
        return None if value is None else -value
    return _unsigned(words)


def digits(word: str) -> float | None:
    """Read a number written in digits: "20", "6.5", "6,5", "2,700"."""
    if not _DIGITS.fullmatch(word) or len(word) > _MOST_DIGITS:
        return None
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", word):
        word = word.replace(",", "")
    word = word.replace(",", ".")
    return float(word) if word.count(".") <= 1 else None


def _unsigned(words: Sequence[str]) -> float | None:
    if not words:
        return None
    if "and" in words:
        cut = len(words) - 1 - list(reversed(words)).index("and")
        part = _fraction(words[cut + 1 :])
        if part is not None and part < 1:
            whole = _whole(words[:cut])
            return None if whole is None else whole + part
    if "point" in words:
        return _decimal(words)
    part = _fraction(words)
    if part is not None:
        return part
    if "/" in words and words[-3:-2]:  # "1 1 / 2"
        part = _fraction(words[-3:])
        whole = _whole(words[:-3])
        return None if part is None or whole is None else whole + part
    return _whole(words)


def _fraction(words: Sequence[str]) -> float | None:
    """Read "half", "a half", "two thirds", "3 quarters", "1 / 2"."""
    if len(words) == 3 and words[1] == "/":
        above, below = digits(words[0]), digits(words[2])
        return above / below if above is not None and below else None
    words = [word for word in words if word not in ("of", "a", "an", "one")] if words[-1:] != ["one"] else list(words)
    if not words or (words[-1].removesuffix("s") not in _PARTS and words[-1] not in _PARTS):
        return None
    part = _PARTS.get(words[-1], _PARTS.get(words[-1].removesuffix("s"), 0.0))
    if len(words) == 1:
        return part
    many = _whole(words[:-1])
    return None if many is None or many != int(many) else many * part


def _decimal(words: Sequence[str]) -> float | None:
    cut = list(words).index("point")
    whole = _whole(words[:cut]) if cut else 0.0
    places = [_ONES.get(word, digits(word)) for word in words[cut + 1 :]]
    if whole is None or not places or any(place is None or not 0 <= place < 10 for place in places):
        return None
    return float(f"{int(whole)}." + "".join(str(int(place or 0)) for place in places))


def _whole(words: Sequence[str]) -> float | None:
    """Read a number without fractions: "a hundred and twenty", "twenty seven hundred", "2,700", "two thousand"."""
    words = [word for word in words if word not in ("and", "of")]
    if (
        words[:1] in (["a"], ["an"])
        and len(words) > 1
        and words[1] not in _POWERS
        and words[1] not in ("dozen", "couple")
    ):
        return None
    total, part, last = 0.0, None, 1000.0
    for i, word in enumerate(words):
        value = digits(word)
        if word in _POWERS:
            part = (1.0 if part is None else part) * _POWERS[word]
            if word != "hundred":
                total, part = total + part, None
            last = _POWERS[word]
        elif word in ("a", "an") and i + 1 < len(words):
            continue
        elif word == "dozen" and part is not None:
            part *= 12
        else:
            if value is None:
                value = _TENS.get(word, _ONES.get(word))
            if value is None or (part is not None and not _fits(last, value)):
                return None
            part = value + (part or 0.0)
            last = 10.0 if word in _TENS else 1.0
    return total + part if part is not None else (total or None)


def _fits(last: float, value: float) -> bool:
    """Whether `value` may follow a number word worth `last`: "twenty five" and "hundred five", not "five twenty"."""
    return 0 < value < last if last > 1 else False


def grown(words: Words, first: int, last: int, key: str = "") -> tuple[int, int]:
    """The bounds of the whole amount of the slot `key` of which ``words[first:last]`` may be only a part: "19 point" of "19 point 5"."""
    if first > 0 and (words[first - 1] in ("minus", "negative") or (words[first] != "-" and below_zero(words, first))):
        first -= 1
    if first > 1 and words[first - 1] == "thousand" and number(words[first - 2 : last]) is not None:
        first -= 2  # "seven hundred" of "two thousand seven hundred"
    while last < len(words):
        start = _continued(words[first:last], words[last : last + _LONGEST_REST])
        if not start:
            break
        last += start
    if key == "position":  # "a quarter closed", "40 percent closed"
        rest = [word for word in words[last : last + 2] if word not in ("percent", "%")]
        if rest and rest[0] in _SHUT:
            last = words.index(rest[0], last) + 1
    return first, last


_NO_NUMBERS = frozenset("1 one a an single couple off second half third quarter".split())
"""Words that are often no numbers: "the other one"."""


@lru_cache(maxsize=64)
def numbers_of(text: str) -> frozenset[str]:
    """The words of `text` that are numbers, each by itself, without those that only count or tell where something comes from."""
    said = ["", *(word.text for word in words_of(text)), ""]
    return frozenset(
        word
        for before, word, after in zip(said, said[1:], said[2:], strict=False)
        if word not in _NO_NUMBERS and number([word]) is not None and not _is_beside(before, word, after)
    )


_COUNTED = frozenset({"the", "both", "those", "these", "all"})
_PLACED_AFTER = frozenset({"in", "on", "at", "of", "from", "outside", "upstairs", "downstairs"})


def _is_beside(before: str, word: str, after: str) -> bool:
    """Whether a number is no value: "from seventy to ...", "the two in the hall", "a hundred times", "a timer four ten minutes"."""
    if before in {"from", "other"} or after == "times":
        return True
    if before in _COUNTED and after in _PLACED_AFTER:
        return True
    return word == "four" and number([after]) is not None and number([before]) is None


_BELOW = ("minus", "negative", "-")
_VALUED = ("to", "at", "of", "is", "be")


def below_zero(words: Words, first: int) -> bool:
    """Whether the amount that begins at `first` is a value below zero and no step: "to minus ten", not "ten less"."""
    sign = first if words[first] in _BELOW else first - 1
    return sign > 0 and words[sign] in _BELOW and words[sign - 1] in _VALUED


_LONGEST_REST = 3


def _continued(read: Words, rest: Words) -> int:
    """How many words of `rest` belong to the number `read`; 0 when it ends."""
    if read[-1:] == ["point"]:
        return int(number([*read, rest[0]]) is not None)
    if number(read) is None:
        return 0
    if "point" in read or rest[0] == "point":
        more = 1 if "point" in read else 2
        return more if len(rest) >= more and number([*read, *rest[:more]]) is not None else 0
    if rest[0] == "and" and rest[1:2] and rest[-1] in _PARTS and number([*read, *rest]) is not None:
        return len(rest)
    if read[-1] == "thousand" and rest[1:2] == ["hundred"] and number([*read, *rest[:2]]) is not None:
        return 2
    ones = 0 < _ONES.get(rest[0], 0.0) < 10 and rest[0] not in ("a", "an", "single", "couple")
    return int(read[-1] in _TENS and ones)


def quantity(key: str, words: Words, direction: str = "set") -> Quantity:
    """Read the words of the slot `key`.

    The value is None where there is no number, or where only the home can say it, as for the maximum of a
    thermostat: `words` still has "maximum".
    """
    said = " ".join(words)
    unit = ""
    bare: list[str] = []
    for word in words:
        if word in _UNITS and (bare or word in ("%", "°")) and not (word == "point" and word != words[-1]):
            unit = _UNITS[word] or unit
        else:
            bare.append(word)
    closed = key == "position" and bool(set(bare) & _SHUT)
    if key == "position":
        bare = [word for word in bare if word not in _SHUT and word not in _OPENED]
        bare = bare or ["none" if closed else "full" for _ in words[:1]]
    bare = [word for word in bare if word != "way"] if bare[:1] == ["half"] else bare
    value = number(bare)
    if direction == "times":
        return Quantity(_factor(bare, value, unit), "times", "", said)
    if key == "kelvin":
        value = value if value is not None else _KELVIN.get(" ".join(bare))
        return Quantity(value, direction, "kelvin", said)
    if key not in _PERCENT_KEYS:
        return Quantity(value, direction, unit, said)
    if value is None:
        value, unit = _level(key, bare), "%"
    elif _is_fraction(bare):
        value, unit = round(value * 100, 4), "%"
    if closed and value is not None and direction == "set":
        value = 0.0 if set(bare) & (_HIGHEST | _IDLE | {"none"}) else 100.0 - value
    return Quantity(value, direction, unit if value is not None else "", said)


def _is_fraction(words: Sequence[str]) -> bool:
    return bool(words) and "and" not in words and _fraction(words) is not None


def _factor(words: Sequence[str], value: float | None, unit: str) -> float | None:
    if value is None and len(words) == 1:
        return _FACTORS.get(words[0])
    if value is not None and unit == "%":
        return value / 100
    return value


def _level(key: str, words: Sequence[str]) -> float | None:
    if list(words) == ["all", "the", "way"]:
        return 100.0
    named = [word for word in words if word not in _IDLE] or [word for word in words if word == "all"]
    if len(named) != 1:
        return None
    if named[0] in _HIGHEST:
        return 100.0
    if named[0] in _LOWEST:
        return _LOWEST_OF.get(key, 0.0)
    return _LEVELS.get(named[0])
