"""Numbers, lengths of time and times of day as people write and say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provisioning.command_model.generator.notation import Draw

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_HUNDRED = 100
_THOUSAND = 1000


def in_words(number: int, hyphen: str = " ", link: str = " ") -> str:
    """Return a number below a million in words."""
    if number < len(_ONES):
        return _ONES[number]
    if number < _HUNDRED:
        ten, one = divmod(number, 10)
        return _TENS[ten] + (hyphen + _ONES[one] if one else "")
    if number < _THOUSAND:
        hundred, rest = divmod(number, _HUNDRED)
        return f"{_ONES[hundred]} hundred" + (link + in_words(rest, hyphen) if rest else "")
    thousand, rest = divmod(number, _THOUSAND)
    return f"{in_words(thousand)} thousand" + (" " + in_words(rest, hyphen, link) if rest else "")


def number(draw: Draw, value: int) -> str:
    """Return `value` as digits or words, as the style has it."""
    if draw.digits:
        return str(value)
    chance = draw.random()
    if value == _HUNDRED:
        return ("a hundred", "one hundred", "hundred")[int(chance * 3)]
    return in_words(value, "-" if chance < 0.05 else " ", " and " if chance < 0.3 else " ")


def percent(draw: Draw) -> str:
    """Return a share of 0-100, mostly round."""
    chance = draw.random()
    if chance < 0.5:
        return number(draw, 10 * (1 + draw.below(10)))
    if chance < 0.75:
        return number(draw, 5 * (1 + draw.below(20)))
    return number(draw, draw.below(101))


def step(draw: Draw) -> str:
    """Return a change in percent."""
    return number(draw, (5, 10, 10, 10, 15, 20, 20, 25, 30, 40, 50, 1, 2, 3, 8, 12)[draw.below(16)])


def degrees(draw: Draw) -> str:
    """Return a temperature that a room or a device may have."""
    chance = draw.random()
    if chance < 0.62:
        value = 16 + draw.below(11)
    elif chance < 0.85:
        value = 60 + draw.below(20)
    else:
        value = draw.below(96)
    if draw.random() < 0.1:
        half = ".5" if draw.digits else (" point five", " and a half")[draw.below(2)]
        return number(draw, value) + half
    return number(draw, value)


def few_degrees(draw: Draw) -> str:
    """Return a change of temperature."""
    chance = draw.random()
    if chance < 0.12:
        return "0.5" if draw.digits else ("half", "one and a half")[draw.below(2)]
    if chance < 0.25 and not draw.digits:
        return ("a couple of", "one", "two")[draw.below(3)]
    return number(draw, 1 + draw.below(5))


def kelvin(draw: Draw) -> str:
    """Return a colour temperature."""
    value = (
        1800,
        2000,
        2200,
        2400,
        2500,
        2700,
        2700,
        2800,
        3000,
        3000,
        3500,
        4000,
        4000,
        4500,
        5000,
        5000,
        5500,
        6000,
        6500,
        6500,
    )[draw.below(20)]
    if draw.digits or draw.random() < 0.5:
        return str(value)
    if draw.random() < 0.4 and value % _THOUSAND:
        return f"{in_words(value // _HUNDRED)} hundred"
    return in_words(value)


def plain(draw: Draw) -> str:
    """Return any number that a setting may take."""
    chance = draw.random()
    if chance < 0.5:
        return number(draw, draw.below(21))
    if chance < 0.8:
        return number(draw, 5 * draw.below(41))
    if chance < 0.9:
        return (
            f"{draw.below(30)}.{1 + draw.below(9)}"
            if draw.digits
            else f"{number(draw, draw.below(20))} point {_ONES[1 + draw.below(9)]}"
        )
    return number(draw, draw.below(2000))


def count(draw: Draw) -> str:
    """Return a small number of things."""
    return number(draw, 2 + draw.below(11))


_UNITS = {
    "hour": (("hour", "hours"), ("hr", "hrs"), 12),
    "minute": (("minute", "minutes"), ("min", "mins"), 60),
    "second": (("second", "seconds"), ("sec", "secs"), 60),
}


def _amount(draw: Draw, unit: str) -> int:
    limit = _UNITS[unit][2]
    chance = draw.random()
    if unit == "hour":
        return 1 + draw.below(3) if chance < 0.8 else 1 + draw.below(24)
    if chance < 0.55:
        return (5, 10, 15, 20, 30, 45, 2, 3, 1, 25)[draw.below(10)]
    return 1 + draw.below(limit if chance < 0.9 else 100)


def _with_unit(draw: Draw, value: int, unit: str) -> str:
    long, short, _ = _UNITS[unit]
    forms = short if draw.digits and draw.random() < 0.12 else long
    word = forms[0] if value == 1 else forms[1]
    if value == 1 and draw.random() < 0.5:
        return f"{'an' if unit == 'hour' else 'a'} {word}"
    return f"{number(draw, value)} {word}"


_SPECIAL = (
    "half an hour", "half an hour", "an hour and a half", "an hour and a half", "a quarter of an hour", "quarter of an hour", "three quarters of an hour", "half a minute",
    "a minute and a half", "two and a half hours", "one and a half hours", "two and a half minutes", "three and a half minutes", "one and a half minutes", "two hours and a half",
    "a couple of minutes", "a couple of hours", "a couple minutes", "one hour and a half", "an hour and a quarter", "a half hour", "a dozen minutes", "half hour",
    "an hour and forty five minutes", "two and a quarter hours", "one half hour", "five and a half minutes", "four and a half hours", "ninety minutes",
)  # fmt: skip


def duration(draw: Draw) -> str:
    """Return a length of time."""
    chance = draw.random()
    if chance < 0.12:
        return _SPECIAL[draw.below(len(_SPECIAL))]
    if chance < 0.14 and draw.digits:
        return ("1.5 hours", "2.5 minutes", "0.5 hours", "1 1/2 hours", "1.5 minutes", "2.5 hours")[draw.below(6)]
    if chance < 0.62:
        return _with_unit(draw, _amount(draw, "minute"), "minute")
    if chance < 0.74:
        return _with_unit(draw, _amount(draw, "hour"), "hour")
    if chance < 0.82:
        return _with_unit(draw, _amount(draw, "second"), "second")
    pair = (("hour", "minute"), ("minute", "second"), ("hour", "second"))[min(int(draw.random() * 2.2), 2)]
    link = (" and ", " and ", " ", ", ")[draw.below(4)]
    text = link.join(_with_unit(draw, _amount(draw, unit), unit) for unit in pair)
    if chance > 0.97 and pair == ("hour", "minute"):
        text += (" and ", " ")[draw.below(2)] + _with_unit(draw, _amount(draw, "second"), "second")
    return text


def length_name(draw: Draw) -> str:
    """Return the length that names a timer, in the singular: "five minute"."""
    unit = ("minute", "minute", "minute", "hour", "second")[draw.below(5)]
    value = _amount(draw, unit)
    chance = draw.random()
    if chance < 0.06:
        return ("half hour", "half an hour", "two and a half minute", "one and a half hour")[draw.below(4)]
    if chance < 0.16:
        other = {"hour": "minute", "minute": "second"}.get(unit)
        if other:
            link = (" ", " and ")[draw.below(2)]
            return f"{number(draw, value)} {unit}{link}{number(draw, _amount(draw, other))} {other}"
    hyphen = "-" if draw.digits and chance > 0.85 else " "
    return f"{number(draw, value)}{hyphen}{unit}"


def clock(draw: Draw) -> str:
    """Return a time of day."""
    hour = 1 + draw.below(12)
    minute = (0, 0, 0, 30, 15, 45, 20, 10, 5, 50, 25, 40, 55, 35)[draw.below(14)]
    chance = draw.random()
    if chance < 0.06:
        return ("noon", "midnight", "midday")[draw.below(3)]
    if chance < 0.16 and minute:
        relation = {
            30: "half past",
            15: "quarter past",
            45: "quarter to",
            20: "twenty past",
            10: "ten past",
            5: "five past",
            50: "ten to",
            40: "twenty to",
            55: "five to",
            25: "twenty five past",
            35: "twenty five to",
        }
        text = f"{relation[minute]} {number(draw, hour)}"
        return text if draw.random() < 0.8 else text + " in the morning"
    part = draw.random()
    if draw.digits:
        if part < 0.25:
            return f"{draw.below(24)}:{minute:02d}"
        text = f"{hour}:{minute:02d}" if minute else str(hour)
        suffix = (
            (" am", " pm", " a.m.", " p.m.", " o'clock", "")[draw.below(6)]
            if not minute
            else (" am", " pm", "", "pm")[draw.below(4)]
        )
        return text + suffix
    text = in_words(hour) + (f" {in_words(minute) if minute >= 10 else 'oh ' + in_words(minute)}" if minute else "")
    if minute:
        return text + (" am", " pm", "", " in the morning", " p m")[draw.below(5)]
    return (
        text + (" am", " pm", " o'clock", " o'clock", " in the morning", " in the evening", " p m", "")[draw.below(8)]
    )
