"""Other ways to say the same: synonyms, places elsewhere or added, further targets, the target first.

Templates fix words and their order, and a model that sees only templates learns them by heart. So a share of the training clauses is
said anew, outside of the copied spans; the meaning stays, or is changed in sentence and calls alike. Held-out clauses are never touched, and
what comes to a held-out wording is thrown away (:mod:`.source`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioning.command_model.generator.noise import IMPERATIVES
from provisioning.command_model.generator.sentence import CallDraft, insert
from provisioning.command_model.generator.synonyms import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from provisioning.command_model.generator.naming import Names
    from provisioning.command_model.generator.notation import Draw
    from provisioning.command_model.generator.sentence import Draft, Target

_ARTICLES = frozenset({"the", "a", "an", "my", "our", "your", "this", "that"})
_PLACED = ("area", "floor", "here")
_PREPOSITIONS = frozenset({"in", "on", "at", "inside", "from", "of", "within", "around"})
_BEFORE_PREPOSITIONS = frozenset({"over", "out", "back", "inside"})
_SAID_PREPOSITIONS = (
    "in", "in", "in", "in", "in", "in", "at", "of", "inside", "over in", "up in", "down in", "out in", "from", "within",
)  # fmt: skip
_HERE = ("in here", "here", "in this room", "in the room", "over here", "around here")
_SHARED = frozenset(
    """TurnOn TurnOff Toggle Open Close Stop Lock Unlock LightSet SetPosition FanSetSpeed ClimateSet HumiditySet SetVolume Mute Unmute
    MediaPlay MediaPause Press""".split()
)
"""Calls of which one verb may have several targets."""
_PLACEABLE = _SHARED | frozenset(
    "SetNumber SelectOption MediaNext MediaPrevious GetState ClimateGet VacuumStart".split()
)
"""Calls of a named thing to which a place may be added."""
OPEN_ENDED = frozenset(
    {"message", "search", "command", "topic", "item", "list", "timer", "at", "zone", "option", "mode"}
)
"""Keys whose span, where it ends a sentence, would swallow what follows."""
_GOING_ON = frozenset("and because before but if like or since so then i we".split())
"""What begins another clause."""
_DROPPED = frozenset({"the", "to", "please", "of", "is", "are", "a", "that", "at"})

_MORE_TARGETS, _ADD_PLACE, _MOVE_PLACE, _TARGET_FIRST = 0.1, 0.16, 0.4, 0.08
_EACH_SYNONYM, _DROP = 0.5, 0.05
"""Shares of the sentences in which each is tried, and of the phrases that give way."""


def paraphrase(made: Draft, draw: Draw, names: Names, another: Callable[[str], Draft | None]) -> Draft:
    """Return `made` or a copy of it that is said otherwise; `another(call)` gives a further clause of a call."""
    said = made.copy()
    if len(said.calls) == 1:
        if draw.random() < _ADD_PLACE:
            _add_place(said, draw, names)
        elif draw.random() < _MOVE_PLACE:
            _move_place(said, draw)
        if draw.random() < _MORE_TARGETS:
            _add_targets(said, draw, another)
        elif draw.random() < _TARGET_FIRST:
            _target_first(said, draw)
    _replace(said, draw)
    if draw.random() < _DROP:
        _drop(said, draw)
    return said


def skeleton(made: Draft) -> str:
    """Return the words of `made` with a blank for each of its spans."""
    parts: list[str] = []
    last = -1
    for word, span in zip(made.words, made.spans, strict=True):
        if span < 0:
            if stripped := word.strip(",.;:?!"):
                parts.append(stripped)
        elif span != last:
            parts.append("_")
        last = span
    return " ".join(parts)


# --- the place ---------------------------------------------------------------------------------------


def _add_place(made: Draft, draw: Draw, names: Names) -> None:
    call = made.calls[0]
    target = call.targets[0]
    if (
        call.name not in _PLACEABLE
        or len(call.targets) > 1
        or set(target) - {"name", "domain", "class"}
        or "name" not in target
    ):
        return
    if any(value in ("where", "since") for key, value, _ in call.values if key == "ask"):
        return
    key, words, is_span = _place(draw, names)
    at = _position(made, target, draw)
    if at is None:
        return
    opening, place = words
    if is_span:
        made.keys.append(key)
        target[key] = len(made.keys) - 1
    else:
        target[key] = f"<{key}>"
    insert(made, at, place, len(made.keys) - 1 if is_span else -1)
    insert(made, at, opening)
    if at == 0 and draw.random() < 0.4:
        end = len(opening.split()) + len(place.split())
        insert(made, end, ",")


def _place(draw: Draw, names: Names) -> tuple[str, tuple[str, str], bool]:
    """Return a key, the words before the span and its own, and whether there is a span."""
    chance = draw.random()
    if chance < 0.1:
        return "here", (_HERE[draw.below(len(_HERE))], ""), False
    if chance < 0.22:
        return "floor", ("", ("upstairs", "downstairs")[draw.below(2)]), True
    if chance < 0.4:
        return "floor", ("on the", names.entry(draw, "on_floors")), True
    area = names.area(draw, prefix=False)
    article = "" if "'" in area.split()[0] else ("the", "the", "the", "my", "our", "")[draw.below(6)]
    return "area", (f"{_SAID_PREPOSITIONS[draw.below(len(_SAID_PREPOSITIONS))]} {article}", area), True


def _position(made: Draft, target: Target, draw: Draw) -> int | None:
    """Where a place may be said: at the end, the beginning, or after the name."""
    chance = draw.random()
    last = made.spans[-1]
    name = [i for i, span in enumerate(made.spans) if span == target["name"]]
    if chance < 0.5 and not (last >= 0 and made.keys[last] in OPEN_ENDED) and name and not _goes_on(made, name[-1] + 1):
        return len(made.words)
    if chance < 0.78:
        return 0
    return name[-1] + 1 if name else None


def _goes_on(made: Draft, start: int) -> bool:
    """Whether something else is said from word `start` on, to which a place at the end would belong."""
    return any(word[0] in ",.:" or word in _GOING_ON for word in made.words[start:])


def _move_place(made: Draft, draw: Draw) -> None:
    """Say a place that stands at the end first, or the other way round."""
    found = _place_phrase(made)
    if found is None:
        return
    start, end = found
    words, spans = made.words[start:end], made.spans[start:end]
    left_words, left_spans = made.words[:start] + made.words[end:], made.spans[:start] + made.spans[end:]
    if not any(word.strip(",") for word in left_words):
        return
    if end == len(made.words):
        if words[0] == "of":  # no sentence begins with "of the kitchen"
            words[0] = "in"
        comma = ([","], [-1]) if draw.random() < 0.4 else ([], [])
        made.words, made.spans = words + comma[0] + left_words, spans + comma[1] + left_spans
    elif start == 0 and not (left_spans[-1] >= 0 and made.keys[left_spans[-1]] in OPEN_ENDED):
        while left_words and left_words[0] == ",":
            left_words, left_spans = left_words[1:], left_spans[1:]
        made.words, made.spans = left_words + words, left_spans + spans


def _place_phrase(made: Draft) -> tuple[int, int] | None:
    """Where the only place of the sentence stands with its preposition, if it has one."""
    target = made.calls[0].targets[0]
    if len(made.calls[0].targets) > 1:
        return None
    numbers = [target[key] for key in _PLACED if isinstance(target.get(key), int)]
    if len(numbers) == 1:
        where = [i for i, span in enumerate(made.spans) if span == numbers[0]]
        if not where:
            return None
        start = where[0]
        if start and made.words[start - 1] in _ARTICLES:
            start -= 1
        if made.words[start] not in (
            "upstairs",
            "downstairs",
        ):  # those need no preposition: "on upstairs" is the "on" of a verb
            if not start or made.words[start - 1] not in _PREPOSITIONS:
                return None
            start -= 1
            if start and made.spans[start - 1] < 0 and made.words[start - 1] in _BEFORE_PREPOSITIONS:
                start -= 1
        return start, where[-1] + 1
    if "here" in target and not numbers:
        for phrase in _HERE:
            words = phrase.split()
            if made.words[-len(words) :] == words and max(made.spans[-len(words) :]) < 0:
                return len(made.words) - len(words), len(made.words)
    return None


# --- the target --------------------------------------------------------------------------------------


def _name_phrase(made: Draft) -> tuple[int, int] | None:
    """Where the name of the first call's target stands, with its article."""
    number = made.calls[0].targets[0].get("name")
    where = [i for i, span in enumerate(made.spans) if span == number and span >= 0]
    if not where:
        return None
    start = where[0] - (where[0] > 0 and made.spans[where[0] - 1] < 0 and made.words[where[0] - 1] in _ARTICLES)
    return start, where[-1] + 1


def _add_targets(made: Draft, draw: Draw, another: Callable[[str], Draft | None]) -> None:
    """Let the verb have one or two targets more."""
    call = made.calls[0]
    if call.name not in _SHARED or len(call.targets) > 1 or "all" in call.targets[0]:
        return
    others = [found for _ in range(1 + (draw.random() < 0.25)) if (found := _named(another(call.name))) is not None]
    phrase = _name_phrase(made)
    if phrase is None or not others:
        return
    at = phrase[1]
    for index, (article, name) in enumerate(others):
        made.keys.append("name")
        number = len(made.keys) - 1
        target = {key: value for key, value in call.targets[0].items() if key in _PLACED} | {"name": number}
        made.calls.append(CallDraft(call.name, [target], list(call.values)))
        for text, span in (("and" if index == len(others) - 1 else ",", -1), (article, -1), (name, number)):
            insert(made, at, text, span)
            at += len(text.split())


def _named(made: Draft | None) -> tuple[str, str] | None:
    """Article and name of the target of a clause, where it has nothing but a name."""
    if made is None or len(made.calls) != 1 or set(made.calls[0].targets[0]) != {"name"}:
        return None
    phrase = _name_phrase(made)
    if phrase is None:
        return None
    words = made.words[phrase[0] : phrase[1]]
    has_article = made.spans[phrase[0]] < 0
    return (words[0], " ".join(words[1:])) if has_article else ("", " ".join(words))


def _target_first(made: Draft, draw: Draw) -> None:
    """Name the thing first and point at it: "the lamp, turn it on"."""
    phrase = _name_phrase(made)
    if phrase is None or phrase[0] == 0 or made.words[0] not in IMPERATIVES or "it" in made.words:
        return
    start, end = phrase
    words, spans = made.words[start:end], made.spans[start:end]
    pronoun = ("it", "it", "that", "them")[draw.below(4)]
    made.words = [*words, ",", *made.words[:start], pronoun, *made.words[end:]]
    made.spans = [*spans, -1, *made.spans[:start], -1, *made.spans[end:]]


# --- words -------------------------------------------------------------------------------------------


def _replace(made: Draft, draw: Draw) -> None:
    """Say some of the words outside of the spans by others of their group."""
    calls = {call.name for call in made.calls}
    at = 0
    while at < len(made.words):
        for phrase, options in GROUPS.get(made.words[at], ()) if made.spans[at] < 0 else ():
            length = len(phrase)
            if tuple(made.words[at : at + length]) != phrase or max(made.spans[at : at + length]) >= 0:
                continue
            if not options.fits(calls, at, made.words):
                continue
            if draw.random() < _EACH_SYNONYM:
                said = options.phrases[draw.below(len(options.phrases))]
                del made.words[at : at + length], made.spans[at : at + length]
                insert(made, at, said)
                length = len(said.split())
            at += length - 1
            break
        at += 1


def _drop(made: Draft, draw: Draw) -> None:
    """Leave out one of the words that speech and haste leave out."""
    places = [
        i
        for i, (word, span) in enumerate(zip(made.words, made.spans, strict=True))
        if span < 0 and word in _DROPPED and i
    ]
    if places and len(made.words) > 2:
        at = places[draw.below(len(places))]
        del made.words[at], made.spans[at]
