"""Lines of the command language to calls: the values read, the spans led back to the sentence.

A line is untrusted even when it was decoded under the grammar: it is walked through the same automaton again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from appliance.errors import ModelError
from appliance.intents import language
from appliance.intents.durations import clock, duration, whole_length
from appliance.intents.grammar import Walk
from appliance.intents.numbers import below_zero, grown, quantity
from appliance.intents.vocabulary import SPECIAL
from appliance.messages import Call, Quantity, Target
from appliance.text import Word, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LENGTHS = ("duration", "start")
"""Text keys that are read as a length in seconds."""

_TAKING = frozenset({"IncreaseTimer", "DecreaseTimer"})
"""Calls of which "minus five minutes" is a step."""
_CLOCK = "at"
"""The text key that is read as a time of day."""


class LineError(ModelError, ValueError):
    """A line that is not in the command language, or whose spans are not in the sentence."""


@dataclass(slots=True)
class _Open:
    """A call that is being read."""

    name: str
    targets: list[dict[str, str | bool]] = field(default_factory=lambda: [{}])
    """The target, then the exempted ones."""
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Value key to the words (first, after the last) of its spans."""
    directions: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)


@lru_cache(maxsize=64)
def parse_line(line: str, text: str) -> tuple[Call, ...]:
    """Read `line`, with or without its ``<end>``, about the sentence `text`; `LineError` when it is not legal."""
    pieces = line.split()
    if not pieces or pieces[-1] != language.END:
        pieces.append(language.END)
    sentence, ids, start = _sentence(text)
    walk = start.again()
    calls: list[_Open] = []
    key = ""
    length = 0
    """Words of the span so far."""
    for piece in pieces:
        token = SPECIAL.get(piece, ids.get(piece, -1))
        if length and token < len(SPECIAL):
            _close(calls[-1], key, sentence, walk.at, length)
            length = 0
        try:
            walk.advance(token)
        except ValueError as error:
            message = f"not a line of the command language, at {piece!r}: {error}"
            raise LineError(message) from error
        if token >= len(SPECIAL):
            length += 1
        elif piece not in (language.SEPARATOR, language.END):
            key = _take(calls, piece[1:-1], key)
    if not walk.done:
        message = "not a line of the command language: it goes on after <end>"
        raise LineError(message)
    return tuple(_call(opened, text, sentence) for opened in calls)


@lru_cache(maxsize=8)
def _sentence(text: str) -> tuple[Sequence[Word], Mapping[str, int], Walk]:
    """The words of a sentence, an id for each, and the beginning of a line about it."""
    sentence = words(text)
    ids: dict[str, int] = {}
    for word in sentence:
        ids.setdefault(word.text, len(SPECIAL) + len(ids))
    return sentence, ids, Walk([ids[word.text] for word in sentence], range(len(sentence)))


def _take(calls: list[_Open], name: str, key: str) -> str:
    """Note a special token; return the key that a following span belongs to."""
    head, _, value = name.partition(":")
    if name in language.VALUES_OF:
        calls.append(_Open(name))
        return ""
    call = calls[-1]
    if name == language.EXCEPT:
        call.targets.append({})
    elif name in language.TARGET_FLAGS:
        call.targets[-1]["everything" if name == "all" else name] = True
    elif head == "domain":
        call.targets[-1]["domain"] = value
    elif head == "class":
        call.targets[-1]["device_class"] = value
    elif name in language.DIRECTIONS:
        call.directions[key] = name
        return key
    elif value:
        call.flags[head] = value
    if name in language.QUANTITIES:
        call.directions.setdefault(name, "set")
    return name


def _close(call: _Open, key: str, sentence: Sequence[Word], at: Sequence[int], length: int) -> None:
    """Store the span of `length` words that may end at any of `at`: the first after the last span of its key, if any."""
    if key in language.TARGET_SPANS:
        call.targets[-1][key] = " ".join(word.text for word in sentence[at[0] + 1 - length : at[0] + 1])
        return
    after = call.spans[key][-1][1] if call.spans[key] else 0
    last = next((index for index in at if index + 1 - length >= after), at[0])
    call.spans[key].append((last + 1 - length, last + 1))


def _call(opened: _Open, text: str, sentence: Sequence[Word]) -> Call:
    values: dict[str, Quantity | str | tuple[str, ...]] = dict(opened.flags)
    said = [word.text for word in sentence]
    for key, direction in opened.directions.items():
        first, last = (opened.spans.get(key) or [(0, 0)])[0]
        if first < last:
            absolute = direction == "down" and below_zero(said, first)
            first, last = grown(said, first, last, key)
            values[key] = _step(quantity(key, said[first:last], "set" if absolute else direction))
        else:
            values[key] = quantity(key, (), direction)
    for key, spans in opened.spans.items():
        if key in opened.directions:
            continue
        whole = [whole_length(said, *span) for span in spans] if key in _LENGTHS else spans
        pieces = tuple(text[sentence[first].start : sentence[last - 1].end] for first, last in whole)
        if key in _LENGTHS or key == _CLOCK:
            read = said[slice(*whole[0])]
            seconds = clock(read) if key == _CLOCK else duration(read)
            before = said[max(0, whole[0][0] - 1) : whole[0][0]]
            if seconds is not None and before in (["minus"], ["negative"]) and opened.name not in _TAKING:
                seconds = -seconds
            values[key] = Quantity(seconds, unit="clock" if key == _CLOCK else "s", words=pieces[0])
        else:
            values[key] = pieces if key in language.REPEATABLE else pieces[0]
    targets = [Target(**target) for target in opened.targets]  # type: ignore[arg-type]
    return Call(opened.name, targets[0], tuple(targets[1:]), values)


def _step(wish: Quantity) -> Quantity:
    """A step without its sign: "minus ten" is ten down."""
    relative = wish.mode != "set" and wish.value is not None and wish.value < 0
    return replace(wish, value=-(wish.value or 0.0)) if relative else wish
