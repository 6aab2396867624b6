"""Calls that touch no device: timers, lists, the time, announcements, answers to the assistant's own questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from appliance.messages import Call, Intent, Json, Quantity, Step, Task
from appliance.resolver.amounts import number
from appliance.resolver.bidding import left_to_others
from appliance.resolver.conditions import WAITING, awaits, without_courtesies
from appliance.resolver.contradictions import TOLD
from appliance.resolver.places import find_place
from appliance.resolver.situation import Memory, Problem, Situation, quantity, spoken
from appliance.resolver.spelling import every_word, stems
from appliance.text import key

_UNITS = (
    ("hours", 3600, {"hour", "hr", "h"}),
    ("minutes", 60, {"minute", "min", "m"}),
    ("seconds", 1, {"second", "sec", "s"}),
)
_SHOPPING_LIST = frozenset({"shopping", "list"})
_SHOPPING = _SHOPPING_LIST | {"grocery"}
"""What the shopping list is called, where no list of the home has a name of its own that is said."""
TIMER_CALLS = frozenset(
    "StartTimer CancelTimer CancelAllTimers IncreaseTimer DecreaseTimer PauseTimer UnpauseTimer TimerStatus".split()
)

LIST_CALLS = frozenset("ListAdd ListComplete ListRemove".split())
_CHANGES = TIMER_CALLS - {"StartTimer", "CancelAllTimers", "TimerStatus"}
_LISTED = frozenset("list todo do chore task job errand grocery shopping reminder note".split())
"""Words that are for lists by themselves."""
_ANYTHING = frozenset(
    {"something", "anything", "something else", "a thing", "thing", "things", "stuff", "some stuff", "some things", "item",
     "an item", "a new item", "new item", "one thing", "announcement", "an announcement", "a message", "message"}
)  # fmt: skip
"""Items and messages that are none: the sentence leaves open what is meant."""
_BEFORE_PLACES = frozenset("in on at from the my our".split())
_ANNOUNCING = re.compile(
    r"\W*(?:(?:please|can|could|would|will|you|now|and|then|i'd|like|to|want)\W+)*(?:broadcast|announce)\b(?:\W+(?:everywhere|that)\b)*\W*",
    re.IGNORECASE,
)
_HEARD = re.compile(
    r"\W*(?:\w+\W+)?(?:did|have|do) you (?:\w+ )?(?:hear|heard|know|see|seen|notice|noticed)\b", re.IGNORECASE
)
"""Begins what is told to somebody."""
_ADDRESSING = frozenset(
    "in to at on over that everyone everybody message messages following announcement say saying".split()
)
"""Words between the verb and the message that say to whom or what, and are no part of it."""
_AFTERWARDS = frozenset("in at to on over through via after and then please for".split())
"""Words that may follow a message without being part of it."""
_POINTING = re.compile(
    r"(?:(?:tick|check|cross|strike|scratch|take|remove|delete|get) )?(?:it|them|that|those|these)(?: off)?|tick|cross|strike|scratch"
)

_WHY = {
    "talk": "I heard nothing to do.",
    "report": "All right. I changed nothing.",
    "forbid": "All right, I leave it as it is.",
    "unclear": "I did not understand that. Please say it again.",
    "open_question": "I can only answer questions about this home; a chat model answers others (ternd model list).",
}


def task(call: Call, situation: Situation, memory: Memory) -> tuple[Step, Memory]:
    """Resolve one call of :data:`MAKERS`; also what the talk has spoken of then."""
    step = MAKERS[call.name](call, situation)
    if step.task is None:
        return step, memory
    if call.name in _CHANGES and memory.timers and not step.task.data.keys() & {"name", "start_seconds", "area"}:
        step = replace(step, task=replace(step.task, data={**step.task.data, "last": True}))
    if call.name in TIMER_CALLS:
        return step, replace(memory.noted(call), entities=(), others=(), slots={}, timers=True)
    return step, memory.noted(call) if call.name in LIST_CALLS | {"ListGet"} else memory


def _step(
    call: Call, intent: str | None, slots: Mapping[str, Json], data: Mapping[str, Json], entities: tuple[str, ...] = ()
) -> Step:
    understood = None if intent is None else Intent(intent, slots, entities, call.confidence)
    return Step(intent=understood, task=Task(call.name, data))


# --- timers ----------------------------------------------------------------------------------------


def length_slots(length: Quantity, prefix: str = "") -> dict[str, Json]:
    """Hours, minutes and seconds of a length, in the unit that was said ("90 minutes" is 90 minutes)."""
    if length.value is None:
        return {}
    total = round(length.value)
    said = set(stems(length.words))
    named = [(slot, size) for slot, size, words in _UNITS if said & words]
    if len(named) == 1 and total % named[0][1] == 0:
        return {prefix + named[0][0]: total // named[0][1]}
    slots = {}
    for slot, size, _ in _UNITS:
        count, total = divmod(total, size)
        if count:
            slots[prefix + slot] = count
    return slots


def _which(call: Call, situation: Situation) -> tuple[dict[str, Json], dict[str, Json]] | Problem:
    """Slots and data that name a timer: its name, the length it was started with, its area."""
    slots: dict[str, Json] = {}
    data: dict[str, Json] = {}
    start, name = quantity(call.values, "start"), spoken(call.values, "timer") or call.target.name or ""
    if start is not None:
        if start.value is None:
            return Problem(f"I do not know a timer of {start.words}.")
        slots.update(length_slots(start, "start_"))
        data["start_seconds"] = number(start.value)
    if name:
        slots["name"] = data["name"] = name
    place = find_place(call.target, situation)
    if isinstance(place, Problem):
        return place
    if place is not None and "area" in place.slots:
        slots["area"] = place.slots["area"]
        data["area"] = next(iter(place.areas))
    return slots, data


_CLOCK = re.compile(
    r"\bat (?:noon|midnight|\d{1,2}(?::\d\d)?(?: ?[ap]m)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
    r"(?!(?: ?%| percent| degrees))",
    re.IGNORECASE,
)


_AT_ONCE = re.compile(r"\b(?:now|immediately|right away|at once)[.!]?$", re.IGNORECASE)


def _says_when(command: str, length: Quantity | None, at: Quantity | None) -> bool:
    """Whether a command that is put off says itself when it is for: it would be put off once more, or done at another time."""
    if length is not None and length.words and length.words.lower() in command.lower():
        return True
    if _AT_ONCE.search(command):
        return True
    return at is not None and _CLOCK.search(command) is not None


def _start_timer(call: Call, situation: Situation) -> Step:
    length, at = quantity(call.values, "duration"), quantity(call.values, "at")
    name, command = spoken(call.values, "timer"), spoken(call.values, "command")
    if name and not command and _is_scene(name, situation):
        name, command = "", f"activate {name}"
    if command and left_to_others(situation.text):
        return Step(refusal=TOLD)
    if command and awaits(without_courtesies(situation.text), situation.spoken_names):
        return Step(refusal=WAITING)
    if command and _says_when(command, length, at):
        return Step(refusal="I am not sure when you mean that. Please say it in other words.")
    slots: dict[str, Json] = {}
    data: dict[str, Json] = {}
    if length is not None and length.value is not None and length.value < 0:
        return Step(refusal="A timer cannot run backwards. Say for example: ten minutes.")
    if length is not None and length.value is not None and length.value > 0:
        slots.update(length_slots(length))
        data["seconds"] = number(length.value)
    elif at is not None and at.value is not None:
        data["at"] = number(at.value)
    else:
        said = (length or at or Quantity(None)).words
        text = f"I do not understand the time {said}." if said else "For how long? Say for example: ten minutes."
        return Problem(text, missing="duration").step(call)
    if name:
        slots["name"] = data["name"] = name
    if command:
        slots["conversation_command"] = data["command"] = command
    return _step(call, "HassStartTimer", slots, data)


_TIMED = frozenset("timer reminder remind alarm countdown called named".split())


def _is_scene(name: str, situation: Situation) -> bool:
    """Whether what was taken for a timer's name is a scene or script of the home that is to be started then: "start bedtime in an hour"."""
    found = situation.index.exactly(stems(name))
    scenes = [id_ for id_ in found if id_.partition(".")[0] in {"scene", "script"}]
    return bool(scenes) and _TIMED.isdisjoint(every_word(situation.text))


def _change_timer(call: Call, situation: Situation) -> Step:
    which = _which(call, situation)
    if isinstance(which, Problem):
        return Step(refusal=which.text)
    slots, data = which
    length = quantity(call.values, "duration")
    if call.name in {"IncreaseTimer", "DecreaseTimer"}:
        if length is None or length.value is None:
            return Problem("By how much? Say for example: five minutes.", missing="duration").step(call)
        slots = {**length_slots(length), **slots}
        data["seconds"] = number(length.value)
    return _step(call, f"Hass{call.name}", slots, data)


# --- lists -----------------------------------------------------------------------------------------


_EMPTYING = re.compile(
    r"\b(?:(?:clear|empty|wipe|erase|reset|delete|clean)(?: (?:out|off|up))?|(?:take|remove|delete|clear|cross|tick) (?:everything|it all)"
    r"(?: off| from| on)*) (?:(?:the|my|our|all of the|the whole|the entire) )?(?:(?!(?:on|off|from|in|to)\b)[\w'-]+ ){0,2}list\b",
    re.IGNORECASE,
)
"""Asks for everything to be taken off a list."""


def _list(call: Call, situation: Situation) -> Step:
    said = spoken(call.values, "list")
    shopping = set(stems(said)) <= _SHOPPING
    own = () if set(stems(said)) <= _SHOPPING_LIST else _own_list(said, situation)
    name = situation.by_id[own[0]].name if own else "" if shopping else said
    if name and not own and not _is_list(said, situation.text):
        return Problem(f"I know no list called {said}.").step(call)
    data: dict[str, Json] = {"list": name} if name else {}
    if call.name != "ListAdd" and _EMPTYING.search(situation.text):
        return Problem("I take things off a list by their names. Please say which.").step(call)
    if call.name == "ListGet":
        return _step(call, "HassListGetItems", {"name": name} if name else {}, data, own)
    value = call.values.get("item")
    items = [value] if isinstance(value, str) else list(value) if isinstance(value, tuple) else []
    items = [item for item in items if not _is_anything(item)]
    if not items:
        return Problem("Which item?", missing="item").step(call)
    data["items"] = items
    slots: dict[str, Json] = {"item": items[0] if len(items) == 1 else items}
    if name:
        slots["name"] = name
        return _step(
            call,
            {"ListAdd": "HassListAddItem", "ListComplete": "HassListCompleteItem"}.get(call.name, "HassListRemoveItem"),
            slots,
            data,
            own,
        )
    return _step(
        call, "HassShoppingListAddItem" if call.name == "ListAdd" else "HassShoppingListCompleteItem", slots, data
    )


def _is_list(said: str, text: str) -> bool:
    """Whether words for a list that the home does not have are called one, or are for things to do: "put the pot on the stand" has none."""
    if not _LISTED.isdisjoint(stems(said)):
        return True
    called = " ".join(map(re.escape, key(said).split()))
    return (
        re.search(rf"\b{called}(?:'s)? list\b|\blists? (?:called |named |for )?(?:the |my |our )?{called}\b", key(text))
        is not None
    )


def _is_anything(said: str) -> bool:
    words = " ".join(every_word(said))
    return words in _ANYTHING or _POINTING.fullmatch(words) is not None


def _own_list(said: str, situation: Situation) -> tuple[str, ...]:
    """The one list of the home that is called so; empty: there is none."""
    lists = {entity.id for entity in situation.home.entities if entity.domain == "todo"}
    found = situation.index.entities(stems(said), accept=lambda match: match.entity in lists) if stems(said) else []
    return (found[0].entity,) if len(found) == 1 else ()


# --- the rest --------------------------------------------------------------------------------------


def _fixed(intent: str | None) -> Callable[[Call, Situation], Step]:
    return lambda call, _situation: _step(call, intent, {}, {})


_SUN = frozenset("sunset sunrise dawn dusk sundown sunup moonrise twilight".split())


def _time(call: Call, situation: Situation) -> Step:
    if not _SUN.isdisjoint(every_word(situation.text)):
        return Step(refusal="I do not know when the sun rises or sets.", hand_over=True)
    return _step(call, "HassGetCurrentTime", {}, {})


def _broadcast(call: Call, situation: Situation) -> Step:
    message = spoken(call.values, "message")
    if not message or _is_anything(message):
        return Problem("What shall I announce?", missing="message").step(call)
    if _HEARD.match(situation.text):
        return Step(refusal=TOLD)
    place = call.target.area or call.target.floor
    message = _with_place(message, place, situation.text)
    if situation.calls == 1:
        message = _to_its_ends(message, place or "", situation.text)
    return _step(call, "HassBroadcast", {"message": message}, {"message": message})


def _with_place(message: str, place: str | None, text: str) -> str:
    """The message to its end where a place that was taken from it ends the sentence: all rooms hear it, wherever it speaks of."""
    at = text.find(message)
    rest = text[at + len(message) :]
    if place is None or at < 0:
        return message
    said = [word for word in every_word(rest) if word not in _BEFORE_PLACES]
    return text[at:].strip(" .!") if said and tuple(said) == every_word(place) else message


def _to_its_ends(message: str, place: str, text: str) -> str:
    """The message with words at its ends that the model left out: all that follows "announce" or "broadcast" is said."""
    at = text.find(message)
    opened = _ANNOUNCING.match(text[:at]) if at >= 0 else None
    if opened is None:
        return message
    left, right = every_word(text[opened.end() : at]), every_word(text[at + len(message) :])
    begin = at if set(left) & _ADDRESSING or set(every_word(place)) & set(left) else opened.end()
    end = at + len(message) if right[:1] and right[0] in _AFTERWARDS else len(text)
    return text[begin:end].strip(" .!")


def _nothing(call: Call, _situation: Situation) -> Step:
    why = spoken(call.values, "why") or "unclear"
    return Step(refusal=_WHY.get(why, _WHY["unclear"]), hand_over=why in {"open_question", "talk", "unclear"})


MAKERS: Mapping[str, Callable[[Call, Situation], Step]] = {
    "StartTimer": _start_timer,
    **dict.fromkeys(sorted(TIMER_CALLS - {"StartTimer"}), _change_timer),
    "ListAdd": _list, "ListComplete": _list, "ListRemove": _list, "ListGet": _list,
    "Broadcast": _broadcast,
    "GetTime": _time, "GetDate": _fixed("HassGetCurrentDate"), "Nevermind": _fixed("HassNevermind"),
    "Confirm": _fixed(None), "Deny": _fixed(None), "Repeat": _fixed(None), "Explain": _fixed(None),
    "None": _nothing,
}  # fmt: skip
