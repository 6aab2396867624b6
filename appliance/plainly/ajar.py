"""How far something is to be open, where that is not said in percent: "a crack", "almost shut", "until only a third is uncovered".

The command model gives the position that it hears: of a blind that is to be closed by three quarters the same as of one that is to be
open so far. Here such wishes for covers of the home become positions.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from appliance.intents.numbers import number
from appliance.text import words

AJAR = 10
"""Percent that "a crack" is open."""
ALMOST = 10
"""Percent that "almost" leaves."""
MOSTLY = 20
"""Percent that "most of the way" leaves."""

_THING = r"(?P<thing>(?:[\w'’-]+ ){0,6}?[\w'’-]+)"
_BEGIN = r"(?:^|(?<=, )|(?<=\band )|(?<=\bthen )|(?<=\bplease )|(?<=\byou )|(?<=\bto ))"
_END = r"(?=(?: please| now| though)?(?:$|[.,!?]| and\b| but\b| then\b))"
_CLOSE = r"(?:close|shut|draw|pull|lower|bring|put|have|get|make)"
_OPEN = r"(?:open|raise|leave|keep|have|put|get|make|set|crack|let|pull)"
_SHARE_ALONE = r"(?:a|an|one|two|three|four|five|seven) (?:third|quarter|fifth|sixth|eighth|tenth)s?"
_SHARE = rf"(?:about |around |roughly )?(?P<share>{_SHARE_ALONE})"
_TENS = r"(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?"
_PERCENT = rf"(?P<percent>\d+(?:\.\d+)?|{_TENS}) ?(?:percent|per cent|%)"
_NO_ONE = r"(?!(?:i|we|you|he|she|it|they|there|that|what|how|why|who|if|when|because|set|put|get|have|make|want|like|need)\b)"
_OF_IT = "(?: of (?:it|them))?"
_WANTED = r"(?:(?:i|we)(?:'d| would) (?:like|prefer)|(?:i|we) want|let's have)"
_MOVE = r"(?:lower|raise|pull|bring|let|draw|close|shut|open|put|drop|roll|wind|move|set)"
_SO_THAT = r"(?:until|till|so(?: that)?|such that)(?: only| just| about)*"
_FREE = r"(?:(?:is|stays|remains|are)(?: left)? (?:uncovered|open|free|visible|clear|showing)|shows)"
_COVERED = r"(?:is|stays|remains|are) (?:covered|closed|shut|hidden|blocked)"
_MAY = r"(?:should|can|could|must|may|ought to)"
_SHUT = r"(?:closed|shut|down)"
_NEARLY = r"(?:almost|nearly|practically|very nearly|not quite)(?: (?:fully|completely|entirely|all the way))?"
_BIT = (
    r"(?:just |only |by )?(?:a |an |the |one )?(?:tiny |little |wee |small )?"
    r"(?:crack|sliver|slit|chink|inch|smidge|tad|notch|hair|foot|hand|hand's width|few inches|couple of inches)"
)
_FOR = (
    r"(?: for (?:air|ventilation|(?:the|my|our|some) "
    r"(?!(?:next|whole|rest|minute|hour|second|while|moment|time|night|day|evening|weekend|now)\b)"
    r"[\w'’]+(?: (?!and\b|but\b|then\b)[\w'’]+)?))?"
)
"""For whom a gap is left, not how long."""
_WINDOW = r"(?:it|(?:the|my|our) (?:window|glass|pane|opening|view|doorway|door))"
_LITTLE = rf"(?:(?:just |only |ever so )?slightly|(?:just|only) a (?:little|tiny)? ?bit|(?:just|only) a little|{_BIT})"

_WISHES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], float | None]], ...] = tuple(
    (re.compile(_BEGIN + pattern + _FOR + _END, re.IGNORECASE), value)
    for pattern, value in (
        (rf"(?:close|shut|draw|lower) {_THING} (?:by )?{_SHARE}(?: of the way)(?: {_SHUT})?", lambda m: _rest(m["share"])),
        (rf"(?:close|shut|draw) {_THING} (?:by )?{_SHARE}", lambda m: _rest(m["share"])),
        (rf"{_CLOSE} {_THING} {_SHARE}(?: of the way)? {_SHUT}", lambda m: _rest(m["share"])),
        (rf"set {_THING} (?:to|at) {_SHARE} {_SHUT}", lambda m: _rest(m["share"])),
        (rf"{_WANTED} {_THING} {_SHARE}(?: of the way)? {_SHUT}", lambda m: _rest(m["share"])),
        (rf"{_NO_ONE}{_THING}(?: {_MAY} be)? {_SHARE}(?: of the way)? {_SHUT}", lambda m: _rest(m["share"])),
        (rf"{_CLOSE} {_THING},? (?:but|and) leave (?:just |only |about )*{_SHARE}{_OF_IT} (?:open|uncovered)", lambda m: _part(m["share"])),
        (rf"(?:only |just )?(?:leave|keep) (?:just |only )*{_SHARE} of {_THING} (?:open|uncovered|up)", lambda m: _part(m["share"])),
        (rf"{_MOVE} {_THING}(?: down| up| shut| in| out)? {_SO_THAT} {_SHARE} of {_WINDOW} {_FREE}", lambda m: _part(m["share"])),
        (rf"{_MOVE} {_THING}(?: down| up| shut| in| out)? {_SO_THAT} {_SHARE} of {_WINDOW} {_COVERED}", lambda m: _rest(m["share"])),
        (rf"(?:close|shut) {_THING} {_PERCENT}(?: of the way)?", lambda m: _rest(m["percent"])),
        (rf"{_CLOSE} {_THING} {_NEARLY}(?: {_SHUT}| to)?", lambda _: ALMOST),
        (rf"{_NEARLY} (?:close|shut) {_THING}", lambda _: ALMOST),
        (rf"{_THING} {_MAY} be {_NEARLY} {_SHUT}", lambda _: ALMOST),
        (rf"(?:close|shut|draw|lower) {_THING} most of the way(?: {_SHUT})?", lambda _: MOSTLY),
        (rf"{_OPEN} {_THING} most of the way(?: open| up)?", lambda _: 100 - MOSTLY),
        (rf"{_OPEN} {_THING} {_NEARLY} (?:open|up)", lambda _: 100 - ALMOST),
        (rf"open {_THING} {_NEARLY}", lambda _: 100 - ALMOST),
        (rf"(?:open|raise|crack) {_THING}(?: open)? {_BIT}(?: open)?", lambda _: AJAR),
        (rf"crack {_THING} open", lambda _: AJAR),
        (rf"crack open {_THING}", lambda _: AJAR),
        (rf"(?:leave|keep|have|put|get|set|make|let) {_THING} (?:be )?(?:open {_LITTLE}|{_LITTLE} open|ajar)", lambda _: AJAR),
        (rf"{_THING} {_MAY} (?:be|stay) (?:open(?:ed)? {_LITTLE}|{_LITTLE} open(?:ed)?|ajar)", lambda _: AJAR),
        (rf"{_THING} open {_BIT}", lambda _: AJAR),
    )
)  # fmt: skip

_AND_THEN = re.compile(
    rf"{_BEGIN}(?P<verb>close|shut|draw) {_THING} (?:by )?{_SHARE} and "
    rf"(?=(?:the |my |our )?(?:[\w'’]+ ){{1,4}}?(?:by )?{_SHARE_ALONE}{_END})",
    re.IGNORECASE,
)
"""Another cover behind it that is closed by a share, too."""
_STEP = re.compile(
    rf"{_BEGIN}(?P<verb>raise|lift|lower|drop) {_THING}(?: up| down)?(?: by)? {_SHARE}{_END}", re.IGNORECASE
)

_CUES = frozenset(
    """third quarter fifth sixth eighth tenth thirds quarters fifths sixths eighths tenths percent cent % almost nearly practically quite
    most slightly little bit ajar crack sliver slit chink inch inches smidge tad notch hair foot hand hand's""".split()
)
"""Words one of which is in each wish."""


def in_percent(text: str, is_cover: Callable[[str], bool]) -> str:
    """`text` with such wishes for what `is_cover` knows as "set the blind to 25 percent"; the rest as it is."""
    if _CUES.isdisjoint(word.text for word in words(text)):
        return text
    text = _AND_THEN.sub(r"\g<0>\g<verb> ", text)
    for step in reversed(list(_STEP.finditer(text))):
        if (part := _part(step["share"])) is not None and is_cover(step["thing"]):
            text = f"{text[: step.start()]}{step['verb']} {step['thing']} by {part:g} percent{text[step.end() :]}"
    for wish, value in _WISHES:
        for match in reversed(list(wish.finditer(text))):
            percent = value(match)
            if percent is not None and is_cover(match["thing"]):
                text = f"{text[: match.start()]}set {match['thing']} to {percent:g} percent{text[match.end() :]}"
    return text


def _rest(share: str) -> float | None:
    """What is left of all when `share` is taken from it, in percent."""
    part = _part(share)
    return None if part is None else 100 - part


def _part(share: str) -> float | None:
    """`share` of all in percent."""
    said = share.lower().replace("-", " ").split()
    value = number(said)
    if value is None:
        return None
    part = value * 100 if value < 1 and not said[0][0].isdigit() else value
    return round(part) if 0 < part <= 100 else None
