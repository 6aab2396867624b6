"""Clauses that say whether or when something is to be done: "if it gets windy", "once the film is over", "if you don't mind".

Waiting for things to happen is what watches do, so a command with such a clause is not done now. Some clauses hold nothing off:
courtesies, and conditions under which doing it anyway changes nothing ("if it isn't off already").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache

from appliance.text import Word, words

WAITING = "I cannot wait for something to happen, so I changed nothing. A watch can do that."

_IF = frozenset("if when whenever once unless".split())
_AWAITING = _IF | frozenset("until till after".split())
_MOMENTS = (
    ("as", "soon", "as"), ("as", "long", "as"), ("the", "moment"), ("the", "minute"), ("the", "second"), ("the", "instant"),
    ("every", "time"), ("each", "time"), ("any", "time"), ("the", "next", "time"), ("next", "time"),
)  # fmt: skip
"""Conjunctions of several words."""
_MOMENTS_BY_FIRST: dict[str, list[tuple[str, ...]]] = defaultdict(list)
for _moment in _MOMENTS:
    _MOMENTS_BY_FIRST[_moment[0]].append(_moment)
_SUBJECTS = frozenset(
    """i we he she they it there this that someone somebody anyone anybody nobody everyone everybody the a an my our your his
    her their""".split()
)
_HAPPENS = frozenset(
    "is are isn't aren't has have comes gets goes leaves arrives returns wakes rings opens closes starts stops ends finishes".split()
)
_WITHOUT_SUBJECT = frozenset("is are was did does do will can not more again then all".split())
"""Words after which "when", "once" or "after" begins a question or is no conjunction."""
_PAST = frozenset(
    "was were came had did didn't got left went tried asked told said looked walked arrived woke heard saw forgot".split()
)
"""A tale of what has been is no condition, unless it will have been: "when the guests have left"."""
_PERFECT = frozenset("has have having 've".split())
_ASKING = frozenset(
    "me us check checking see seeing know knows wonder wondering ask asking sure verify confirm out question matter say".split()
)
"""Before an "if" that means whether."""
_EVENTS = frozenset("sunset sunrise dusk dawn dark dinner lunch breakfast supper tea work school bedtime".split())
_COURTEOUS = frozenset(
    """you i we it that this 's 're is are not don't wouldn't isn't aren't mind please may like want wish have get find a an the some
    second sec moment minute chance time opportunity would could can will to kindly so kind able free done finished ready busy
    possible ok okay fine alright all right no bother trouble problem convenient hassle too much ask for with me at do""".split()
)
_COURTESY = frozenset("you possible ok okay fine alright trouble bother problem convenient hassle may".split())
"""One of them is in each courtesy."""
_SAME_ANYWAY = frozenset(
    """it they that them any of there you 's 're is are isn't aren't not haven't hasn't have been done so still already yet now on off
    open closed shut locked unlocked running playing lit needed necessary""".split()
)
_SAME = frozenset(
    "on off open closed shut locked unlocked running playing lit needed necessary isn't aren't haven't hasn't not any".split()
)
_UNITS = ("second", "minute", "hour", "day", "week")
_COMMANDS = frozenset(
    "turn switch put set make dim open close shut lock unlock start stop pause play mute raise lower run".split()
)
_POLITE = frozenset("please then just could can would will kindly get give let leave i you".split())
_TELLING = frozenset("i we they he she people to the a".split())
_OPEN_END = frozenset("say tell further".split())


@lru_cache(maxsize=64)
def without_courtesies(text: str) -> str:
    """`text` without clauses that hold nothing off; as it is where there are none, or nothing else would be left of it."""
    said = words(text)
    kept: list[Word] = []
    at = 0
    while at < len(said):
        end = _harmless(said, at)
        kept += said[at : at + 1] if end == at else ()
        at = max(end, at + 1)
    while kept and kept[0].text == ",":
        del kept[0]
    while kept and kept[-1].text == ",":
        del kept[-1]
    if len(kept) < 2 or len(kept) == len(said):
        return text
    runs, last = [""], None
    for word in kept:
        gap = "" if last is None else text[last.end : word.start]
        runs.append((gap if gap.isspace() or not gap else " ") + text[word.start : word.end])
        last = word
    return "".join(runs)


def _harmless(said: Sequence[Word], at: int) -> int:
    """Where the clause that begins at `at` and holds nothing off ends; `at`: there is none."""
    first = said[at].text
    following = [word.text for word in said[at + 1 : at + 3]]
    if (first == "in" and following[:1] == ["case"]) or (first in {"until", "till"} and _OPEN_END & set(following)):
        return _end(said, at)
    if first not in _IF:
        return at
    for vocabulary, needed in ((_COURTEOUS, _COURTESY), (_SAME_ANYWAY, _SAME)):
        end = at + 1
        while end < len(said) and said[end].text != "," and set(_parts(said[end].text)) <= vocabulary:
            end += 1
        clause = {part for word in said[at + 1 : end] for part in _parts(word.text)}
        whole = end == len(said) or said[end].text == "," or (at == 0 and _goes_on(said[end].text, vocabulary))
        if whole and clause & needed and (vocabulary is _COURTEOUS or first in {"if", "unless"}):
            return end
    return at


def _goes_on(word: str, vocabulary: Collection[str]) -> bool:
    """Whether a command may begin at a word behind a clause without a comma: "if it's not cold" is no "if it's not"."""
    return vocabulary is _COURTEOUS or word in _COMMANDS or word in _POLITE


def _parts(word: str) -> tuple[str, ...]:
    """A word without its short verb, and that."""
    stem, mark, ending = word.partition("'")
    return (stem, f"'{ending}") if mark and ending in {"s", "re", "ve"} else (word,)


def _end(said: Sequence[Word], at: int) -> int:
    return next((index for index in range(at, len(said)) if said[index].text == ","), len(said))


def awaits(text: str, names: Collection[str] = ()) -> bool:
    """Whether `text` wants something done only once, or only if, something else is so. `names`: words that are parts of names."""
    said = [word.text for word in words(text)]
    return any(said[at] not in names and _is_condition(said, at) for at in range(len(said)))


def waits(text: str) -> bool:
    """Whether `text` is a command that waits for something, not talk in which something happens."""
    said = [word.text for word in words(text)]
    commanded = any(word in _COMMANDS and (not at or said[at - 1] not in _TELLING) for at, word in enumerate(said))
    return commanded and awaits(text)


def _is_condition(said: Sequence[str], at: int) -> bool:
    forms = _MOMENTS_BY_FIRST.get(said[at], ())
    long = next((len(form) for form in forms if tuple(said[at : at + len(form)]) == form), 0)
    if not long and said[at] not in _AWAITING:
        return False
    clause = said[at + (long or 1) : _comma(said, at)]
    if said[at] == "after" and set(clause[:2]) & _EVENTS:
        return True
    if len(clause) < 2 or clause[0] in _WITHOUT_SUBJECT or (at and said[at - 1] in _ASKING):
        return False
    if any(word.startswith(_UNITS) for word in clause[:4]) or (said[at] == "after" and clause[0] in {"that", "this"}):
        return False
    subject = _parts(clause[0])[0] in _SUBJECTS
    told = any(
        word in _PAST and not _PERFECT & {*clause[:place], *_parts(clause[0])} for place, word in enumerate(clause[:5])
    )
    return (subject or bool(_HAPPENS & set(clause[1:3]))) and not told


def _comma(said: Sequence[str], at: int) -> int:
    return next((index for index in range(at, len(said)) if said[index] == ","), len(said))
