"""Delays that a sentence says and a reading loses: "turn on the kettle and in ten minutes turn it off".

A length after "in" or "after" puts off what it stands beside. Where the command model reads an action now and a timer of nothing, or no
length at all, the words of the sentence say better what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest

from appliance.intents.clauses import OPENERS, Part
from appliance.intents.command_model import Understanding
from appliance.intents.durations import duration
from appliance.intents.stated import NO_COMMAND
from appliance.messages import Call, Quantity
from appliance.text import Word, words

_PUTTING_OFF = frozenset({"in", "after"})
_JOINTS = frozenset({"and", "then", ",", "but", "also"})
_BEHIND = (("from", "now", "on"), ("from", "now"), ("later",), (",",), ("please",))
"""What may follow the length."""
_TAKING_UP = frozenset({"it", "them", "again", "back"})
"""Words of a clause that is about what the one before it is about."""
_LONGEST = 8
"""Words of a length."""
TIMERS = frozenset("timer timers alarm countdown remind reminder stopwatch wake ping beep alert tell".split())
"""Words of a sentence that wants a timer of its own."""
_TIMED = frozenset(
    "StartTimer CancelTimer IncreaseTimer DecreaseTimer PauseTimer UnpauseTimer TimerStatus CancelAllTimers".split()
)
_QUOTING = frozenset({"item", "message", "search", "topic", "command", "at"})


@dataclass(frozen=True, slots=True)
class Delay:
    """A length that puts something off, and what stands around it."""

    length: Quantity
    before: str
    after: str
    """Without the words that only belong to the length."""
    joined: bool
    """"And" or the like stands before the preposition: what comes before is for now."""

    @property
    def rest(self) -> str:
        """The sentence without its delay."""
        return f"{self.before} {self.after}".strip()


@lru_cache(maxsize=64)
def delay(text: str) -> Delay | None:
    """The one delay that `text` says; None: it says none, or several."""
    said = words(text)
    found = [
        made
        for at, word in enumerate(said[:-1])
        if word.text in _PUTTING_OFF and (made := _delay(text, said, at)) is not None
    ]
    return _parted(found[0]) if len(found) == 1 else None


def _parted(found: Delay) -> Delay:
    """A delay at the end belongs to the last clause alone where that takes back what the one before it does."""
    if found.after:
        return found
    said = words(found.before)
    joint = max((at for at, word in enumerate(said) if word.text in _JOINTS), default=0)
    tail = {word.text for word in said[joint + 1 :]}
    if not joint or _TAKING_UP.isdisjoint(tail):
        return found
    last = joint
    while last and said[last - 1].text in _JOINTS:
        last -= 1
    before, after = found.before[: said[last - 1].end], found.before[said[joint].end :]
    return Delay(found.length, before.strip(), after.strip(), joined=True)


def _delay(text: str, said: Sequence[Word], at: int) -> Delay | None:
    for end in range(min(len(said), at + 1 + _LONGEST), at + 1, -1):
        seconds = duration([word.text for word in said[at + 1 : end]])
        if seconds is not None:
            break
    else:
        return None
    after = end
    while ending := next(
        (part for part in _BEHIND if tuple(word.text for word in said[after : after + len(part)]) == part), ()
    ):
        after += len(ending)
    last = at
    while last and said[last - 1].text in _JOINTS:
        last -= 1
    before = text[: said[last - 1].end] if last else ""
    later = text[said[after].start :] if after < len(said) else ""
    spoken = text[said[at + 1].start : said[end - 1].end]
    return Delay(Quantity(seconds, unit="s", words=spoken), before.strip(), later.strip(), joined=last < at)


_AT_ONCE = frozenset({"now", "immediately"})
_SHARED = frozenset("turn switch power put".split())
"""Verbs that are whole with their "on" or "off"."""


@dataclass(frozen=True, slots=True)
class _Timed:
    """A clause and what it is put off by."""

    command: str
    length: Quantity | None
    """None: it is for now."""


@lru_cache(maxsize=64)
def _timed(text: str) -> tuple[_Timed, ...]:
    """The clauses of a sentence that each say when, two or more; empty: it is no such sentence."""
    said = words(text)
    marks = sorted(_marks(text, said))
    if len(marks) < 2 or all(length is None for _, _, length in marks):
        return ()
    clauses: list[_Timed] = []
    begin = 0
    for (start, end, length), following in zip_longest(marks, marks[1:]):
        if following is None:
            stop = len(said)
        elif end < following[0] and said[end].text in _JOINTS:
            stop = end
        elif said[following[0] - 1].text in _JOINTS:
            stop = following[0] - 1
        else:
            return ()
        rest = [word for at, word in enumerate(said[begin:stop], begin) if not start <= at < end]
        while rest and rest[0].text in _JOINTS:
            rest = rest[1:]
        while rest and rest[-1].text in _JOINTS:
            rest = rest[:-1]
        if not rest:
            return ()
        command = " ".join(text[word.start : word.end] for word in rest)
        if clauses and rest[0].text not in OPENERS:
            command = _with_verb(command, clauses[0].command)
        clauses.append(_Timed(command, length))
        begin = stop
    return tuple(clauses)


def _marks(text: str, said: Sequence[Word]) -> Iterator[tuple[int, int, Quantity | None]]:
    """Where a sentence says when: first word, the one after the last, and the length."""
    for at, word in enumerate(said):
        if word.text in _PUTTING_OFF and at + 1 < len(said) and (found := _delay(text, said, at)) is not None:
            yield at, at + 1 + len(words(found.length.words)), found.length
        elif word.text in _AT_ONCE and (at + 1 == len(said) or said[at + 1].text in _JOINTS):
            yield at - (at > 0 and said[at - 1].text == "right"), at + 1, None


def _with_verb(thing: str, command: str) -> str:
    """`thing` with the verb of `command`, and its "on" or "off"."""
    said = [word.text for word in words(command)]
    if words(thing)[0].text in {"on", "off"} and said[0] in _SHARED:
        return f"{said[0]} it {thing}"
    ways = [word for word in (said[-1], said[1] if len(said) > 1 else "") if word in {"on", "off"}]
    if said[0] not in _SHARED or not ways or words(thing)[-1].text in {"on", "off"}:
        return f"{said[0]} {thing}"
    return f"{said[0]} {ways[0]} {thing}"


def _read_each(text: str, understand: Callable[[str], Part]) -> Understanding | None:
    """Read a sentence of which each clause says when: "the kettle off in five minutes and the heater in an hour"."""
    calls: list[Call] = []
    lines: list[str] = []
    confidence = 1.0
    for clause in _timed(text):
        part = understand(clause.command)
        if not _commands(part):
            return None
        confidence *= part.confidence
        if clause.length is None:
            calls += part.calls
            lines.append(part.line)
        else:
            command = _named(clause.command, calls[-1:])
            calls.append(Call("StartTimer", values={"duration": clause.length, "command": (command,)}))
            lines.append(f"<StartTimer> <duration> {clause.length.words} <command> {command}")
    return Understanding(tuple(calls), confidence, " <;> ".join(lines)) if calls else None


def read_by_delay(text: str, understand: Callable[[str], Part]) -> Understanding | None:
    """Read what comes before the delay as a command for now and what comes after it as one for later; None: it is not so."""
    if TIMERS.isdisjoint(_words(text)) and (each := _read_each(text, understand)) is not None:
        return each
    found = delay(text)
    if found is None or not (found.joined and found.before and found.after) or not TIMERS.isdisjoint(_words(text)):
        return None
    now, then = understand(found.before), understand(found.after)
    if not (_commands(now) and _commands(then)):
        return None
    if back := _back_after(now.calls, found.after, found.length):
        return Understanding(back, now.confidence * then.confidence, f"{now.line} <duration> {found.length.words}")
    command = _named(found.after, now.calls)
    later = Call("StartTimer", values={"duration": found.length, "command": (command,)})
    line = f"{now.line} <;> <StartTimer> <duration> {found.length.words} <command> {command}"
    return Understanding((*now.calls, later), now.confidence * then.confidence, line)


def put_off(calls: Sequence[Call], text: str) -> tuple[Call, ...]:
    """`calls` without a timer of nothing: where the sentence puts something off and wants no timer, the timer does the rest of it.

    What only takes back what is done now becomes its length: later nobody knows what "it" was.
    """
    calls = _to_its_end(_taken_back(calls), text)
    idle = [call for call in calls if call.name == "StartTimer" and set(call.values) == {"duration"}]
    others = [call for call in calls if call.name not in _TIMED]
    if len(idle) != 1 or not others or len(others) + 1 != len(calls) or not TIMERS.isdisjoint(_words(text)):
        return tuple(calls)
    found = delay(text)
    if found is None or any(not _QUOTING.isdisjoint(call.values) for call in others):
        return tuple(calls)
    if found.joined and found.before and found.after:
        if back := _back_after(others, found.after, found.length):
            return back
        later = replace(idle[0], values={"duration": found.length, "command": (_named(found.after, others[:1]),)})
        return (others[0], later) if len(others) == 1 else tuple(calls)
    return (replace(idle[0], values={"duration": found.length, "command": (found.rest,)}),)


_BACK = re.compile(
    r"(?:please )?(?:(?:turn|switch|shut|put|flip|power|go) (?:{it} )?(?:back )?(?P<way>on|off)(?: {it})?|(?:back )?(?P<short>on|off)"
    r"|(?P<moved>open|close|shut) {it}(?: back)?(?: up)?)(?: (?:again|now|then|please|for me))*[.!]?".replace(
        "{it}", "(?:it|them|that|those)"
    ),
    re.IGNORECASE,
)
_TURNED = {("TurnOn", "off"), ("TurnOff", "on"), ("Open", "close"), ("Open", "shut"), ("Close", "open")}
"""A call and what takes it back."""


def _back_after(calls: Sequence[Call], command: str, length: object) -> tuple[Call, ...]:
    """`calls` for a while, where `command` takes them back after `length`; empty: it does something else."""
    found = _BACK.fullmatch(command.strip())
    if found is None or not isinstance(length, Quantity) or any(call.values or call.excepts for call in calls):
        return ()
    way = (found["way"] or found["short"] or found["moved"]).lower()
    if {(call.name, way) for call in calls} & _TURNED and len({call.name for call in calls}) == 1:
        several = len(calls) == 1 or not {"them", "those"}.isdisjoint(command.lower().split())
        return tuple(replace(call, values={"duration": length}) for call in calls) if several else ()
    return ()


def _taken_back(calls: Sequence[Call]) -> Sequence[Call]:
    """`calls` for a while where the last of them is a delayed command that takes back the others."""
    if len(calls) < len(("now", "then")) or calls[-1].name != "StartTimer":
        return calls
    command = calls[-1].values.get("command")
    if not isinstance(command, tuple) or set(calls[-1].values) != {"duration", "command"}:
        return calls
    return _back_after(calls[:-1], " ".join(command), calls[-1].values["duration"]) or calls


_COURTEOUS = frozenset(
    "please thanks thank cheers ok okay now will would could can you for me if when mate then".split()
)


def _to_its_end(calls: Sequence[Call], text: str) -> Sequence[Call]:
    """`calls` with a delayed command to its end where the model cut it short: "put the rail to 16 degrees in the loft in an hour"."""
    spoken = calls[0].values.get("command") if len(calls) == 1 and calls[0].name == "StartTimer" else None
    command = spoken[0] if isinstance(spoken, tuple) and len(spoken) == 1 else ""
    found = delay(text) if command else None
    if found is None or found.joined or bool(found.before) == bool(found.after):
        return calls
    said = found.before or found.after
    start = said.find(command)
    left = said[start + len(command) :] if start >= 0 else ""
    if not left.startswith(" ") or re.search(r"[,;.!?]", left) or not _COURTEOUS.isdisjoint(_words(left)):
        return calls
    return (replace(calls[0], values={**calls[0].values, "command": (said[start:].strip(),)}),)


def lost(calls: Sequence[Call], text: str) -> bool:
    """Whether `calls` do at once what the sentence puts off, or put off a part that still says when."""
    if all(call.name in NO_COMMAND for call in calls):
        return False
    if TIMERS.isdisjoint(_words(text)) and (clauses := _timed(text)):
        later = sum("duration" in call.values for call in calls)
        return later < sum(clause.length is not None for clause in clauses) or len(calls) < len(clauses)
    found = delay(text)
    if found is None:
        return False
    for call in calls:
        command = call.values.get("command", ())
        if isinstance(command, tuple) and any(found.length.words in piece for piece in command):
            return True
    return not any("duration" in call.values or not _QUOTING.isdisjoint(call.values) for call in calls) and not any(
        call.name in _TIMED or call.name.startswith(("Get", "ClimateGet")) for call in calls
    )


def _commands(part: Part) -> bool:
    return bool(part.calls) and all(
        call.name not in NO_COMMAND | _TIMED and not call.name.startswith("Get") for call in part.calls
    )


def _named(command: str, calls: Sequence[Call]) -> str:
    """`command` with the name of what was spoken of in place of "it": later nobody knows what it was."""
    names = [call.target.name or call.target.area for call in calls]
    if len(names) != 1 or not names[0] or (calls[0].target.area and not calls[0].target.name):
        return command
    return re.sub(r"\b(?:it|them)\b", f"the {names[0]}", command, count=1, flags=re.IGNORECASE)


def _words(text: str) -> set[str]:
    return {word.text for word in words(text)}
