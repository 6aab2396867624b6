"""Which of several timers is meant: "which timer do you mean: the pizza timer or the 5 minute timer?" – "the second one".

Pure functions over words. What is chosen is a task with the timer's number in it; it is done as any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.conversation.followups import begins_like_a_sentence
from appliance.intents.durations import duration
from appliance.messages import Area, Intent, Json, Quantity, Step, Task
from appliance.resolver.spelling import stems
from appliance.resolver.tasks import length_slots
from appliance.text import key
from appliance.timers import Timer, which_one

_MOST_WORDS = 12
_ORDER = {
    "first": 0, "1 st": 0, "former": 0, "number one": 0, "number 1": 0,
    "second": 1, "2 nd": 1, "number two": 1, "number 2": 1,
    "third": 2, "3 rd": 2, "number three": 2, "number 3": 2,
    "fourth": 3, "4 th": 3, "number four": 3, "number 4": 3,
    "fifth": 4, "5 th": 4, "number five": 4, "number 5": 4,
    "last": -1, "latter": -1,
}  # fmt: skip
_PAIR = {"both", "both of them", "the two", "them both", "the two of them"}
_ALL = {
    "all",
    "all of them",
    "them all",
    "all timers",
    "all the timers",
    "every one",
    "everyone",
    "each of them",
    "all three",
    "all four",
    "all five",
}
_LEAD = re.compile(r"^(?:(?:i mean|i meant|it's|its|just|only|um|uh|say|the|my|our|that|this) )+")
_ABOUT = re.compile(
    r"^(?:(?:one|timer|countdown) )?"
    r"(?:(?:for|of|with|called|named|that's|which is|set for|set to|about|to|that will|that says) )+(?:(?:the|my|a|an) )*"
)
_TAIL = re.compile(r"(?: (?:ones?|timers?|countdown|i think))+$")
_AGAIN: Mapping[str, re.Pattern[str]] = {
    "CancelTimer": re.compile(r"(?:cancel|stop|end|delete|remove|kill) (?=(?:the|my|that|number|both|all)\b)"),
    "PauseTimer": re.compile(r"(?:pause|hold|stop) (?=(?:the|my|that|number|both|all)\b)"),
    "UnpauseTimer": re.compile(r"(?:resume|unpause|continue|start|go on with) (?=(?:the|my|that|number|both|all)\b)"),
}
"""The verb of what was asked for, said again in the answer."""
_LEFT = re.compile(r"(?P<length>.+?) (?:left|remaining|to go|on it)(?: on it)?")
_LATER = frozenset({"newest", "latest", "newer", "later", "most recent", "one i just set", "one i set last", "new"})
_EARLIER = frozenset({"oldest", "older", "earlier", "one i set first", "old"})
_TELLING: Mapping[str, Callable[[Timer], bool]] = {
    "paused": lambda timer: timer.left is not None,
    "one that's paused": lambda timer: timer.left is not None,
    "running": lambda timer: timer.left is None,
    "one that's running": lambda timer: timer.left is None,
}
_NEAR = 0.1
"""Share by which "with three minutes left" may be off, and one minute at least where minutes are said."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A task that may mean each of several timers, as it was asked about."""

    step: Step
    timers: tuple[Timer, ...]
    """In the order in which they were named."""
    now: float
    """Wall-clock second of the question."""


def answered(
    choice: Choice, words: Sequence[str], areas: Sequence[Area]
) -> tuple[tuple[Step, ...], Choice | None] | None:
    """What an answer comes to, or the question again if it leaves several; None: it is no answer."""
    said = " ".join(words)
    verb = _AGAIN.get(choice.step.task.name if choice.step.task else "")
    said = said[match.end() :] if verb and (match := verb.match(said)) else said
    if said in _ALL or (said in _PAIR and len(choice.timers) == len(("one", "other"))):
        return tuple(_done(choice.step, timer) for timer in choice.timers), None
    found = _chosen(said, choice, areas)
    if len(found) > 1:
        again = replace(choice, timers=found)
        return (Step(refusal=which_one(found, choice.now)),), again
    return (tuple(_done(choice.step, timer) for timer in found), None) if found else None


def _done(step: Step, timer: Timer) -> Step:
    """The task about this one timer."""
    task, intent = step.task or Task(""), step.intent
    data: dict[str, Json] = {
        name: value for name, value in task.data.items() if name not in {"last", "name", "start_seconds", "area"}
    }
    named: dict[str, Json] = {"name": timer.name} if timer.name else {}
    if not timer.name and not timer.command:
        named = length_slots(Quantity(timer.length, unit="s"), "start_")
    slots = (
        {}
        if intent is None
        else {
            name: value
            for name, value in intent.slots.items()
            if name not in {"name", "area"} and not name.startswith("start_")
        }
    )
    return replace(
        step,
        task=Task(task.name, {**data, "id": timer.id}),
        intent=None if intent is None else Intent(intent.name, {**slots, **named}, (), intent.confidence),
    )


def _chosen(said: str, choice: Choice, areas: Sequence[Area]) -> tuple[Timer, ...]:
    """Those that an answer may mean; none: it is no answer."""
    ways = _ways(said)
    if len(said.split()) > _MOST_WORDS or not ways or begins_like_a_sentence(ways[0].split()):
        return ()
    for way in ways:
        for kind in (_by_name, _by_order, _by_length, _by_what_is_left, _by_age, _by_words):
            if found := kind(way, choice):
                return tuple(found)
    return tuple(timer for timer in choice.timers if timer.area is not None and _is_in(ways[0], timer.area, areas))


def _ways(said: str) -> list[str]:
    """The words of an answer without what leads to them, in several ways: "one for the pizza" is "pizza", too."""
    whole = _LEAD.sub("", said)
    plain = _TAIL.sub("", whole)
    found = [plain, _TAIL.sub("", _ABOUT.sub("", plain)), whole]
    return [way for way in dict.fromkeys(found) if way and way not in {"one", "timer", "countdown"}]


def _by_name(said: str, choice: Choice) -> list[Timer]:
    return [timer for timer in choice.timers if timer.name and key(timer.name) == said]


def _by_order(said: str, choice: Choice) -> Sequence[Timer]:
    at = _ORDER.get(said)
    if at is None or at >= len(choice.timers):
        return ()
    return (choice.timers[at],)


def _by_length(said: str, choice: Choice) -> list[Timer]:
    length = duration(said.split())
    return [timer for timer in choice.timers if timer.length == length]


def _by_what_is_left(said: str, choice: Choice) -> list[Timer]:
    """The nearest to "with four minutes left", if it is near."""
    match = _LEFT.fullmatch(said)
    wanted = duration(match["length"].split()) if match else None
    if wanted is None:
        return []
    off = {timer.id: abs(timer.remaining(choice.now) - wanted) for timer in choice.timers}
    least = min(off.values())
    fine = least <= max(60.0, _NEAR * wanted)
    return [timer for timer in choice.timers if fine and off[timer.id] == least]


def _by_age(said: str, choice: Choice) -> list[Timer]:
    """Those that "the longer one", "the next one", "the one I just set" or "the paused one" is."""
    if said in _TELLING:
        return [timer for timer in choice.timers if _TELLING[said](timer)]
    measures: list[tuple[frozenset[str], Callable[[Timer], float]]] = [
        (frozenset({"longest", "longer", "long"}), lambda timer: -timer.length),
        (frozenset({"shortest", "shorter", "short"}), lambda timer: timer.length),
        (frozenset({"next", "soonest"}), lambda timer: timer.remaining(choice.now)),
        (_LATER, lambda timer: -timer.id),
        (_EARLIER, lambda timer: timer.id),
    ]
    measure = next((measure for words, measure in measures if said in words), None)
    if measure is None:
        return []
    least = min(map(measure, choice.timers))
    return [timer for timer in choice.timers if measure(timer) == least]


def _by_words(said: str, choice: Choice) -> list[Timer]:
    """By words of its name, or of what it is to do: "the oven one"."""
    wanted = set(stems(said))
    return [timer for timer in choice.timers if wanted and wanted <= set(stems(f"{timer.name} {timer.command}"))]


def _is_in(said: str, area: str, areas: Sequence[Area]) -> bool:
    said = re.sub(r"^(?:one |timer )?(?:in|from|of) (?:the |my )?", "", said)
    names = {key(name) for one in areas if key(area) in {key(one.id), key(one.name)} for name in one.names}
    return said in names | {key(area)}
