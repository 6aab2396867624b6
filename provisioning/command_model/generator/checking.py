"""Proves that an example keeps the rules of the command language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.intents import language
from appliance.text import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from provisioning.command_model.generator.source import Example

_NEEDS_VALUE = frozenset(
    """LightSet SetPosition FanSetSpeed ClimateSet HumiditySet SetNumber SelectOption MediaSearch SetVolume GetState StartTimer
    IncreaseTimer DecreaseTimer ListAdd ListComplete ListRemove Broadcast None""".split()
)
"""Calls that say nothing without a value."""

_Item = tuple[str, str, str, list[str]]
"""Key, enumeration, direction, span."""

_TOKENS = frozenset(language.tokens())
_FLAG_ORDER = (*language.TARGET_SPANS, *language.TARGET_FLAGS, "domain", "class")


class IllegalExample(ValueError):  # noqa: N818 - it names the example, not the act
    """An example whose line is not a legal call sequence over its sentence."""


def check(example: Example) -> None:
    """Raise :class:`IllegalExample` unless the example's line is legal and all its spans stand in its sentence."""
    sentence = [word.text for word in words(example.text)]
    if not sentence:
        raise IllegalExample(f"no words: {example.text!r}")
    calls = example.line.split(f" {language.SEPARATOR} ")
    for call in calls:
        _check_call(call.split(), sentence, example)


def _check_call(parts: list[str], sentence: list[str], example: Example) -> None:
    def fail(why: str) -> IllegalExample:
        return IllegalExample(f"{why}: {example.text!r} -> {example.line!r}")

    name = parts[0].strip("<>")
    if name not in language.VALUES_OF:
        raise fail(f"no call {parts[0]!r}")
    items = _items(parts[1:], fail)
    _check_order(name, items, fail)
    for key, detail, directed, span in items:
        if span:
            _check_span(span, sentence, fail)
        if key in language.VALUES_OF[name]:
            _check_value(key, detail, directed, span, fail)
        elif (key in language.TARGET_SPANS) != bool(span):
            raise fail(f"<{key}> with a wrong span")
    if name in _NEEDS_VALUE and not any(item[0] in language.VALUES_OF[name] for item in items):
        raise fail(f"{name} without a value")
    if items and items[-1][0] == language.EXCEPT:
        raise fail("empty exception")


def _check_order(name: str, items: list[_Item], fail: Callable[[str], IllegalExample]) -> None:
    """Refuse keys that the call has not, twice or out of their order."""
    values = language.VALUES_OF[name]
    place, in_values = -1, False
    for key, *_ in items:
        if key in values:
            rank = values.index(key)
            if in_values and (rank < place or (rank == place and key not in language.REPEATABLE)):
                raise fail(f"value <{key}> out of order")
            in_values, place = True, rank
        elif in_values or name in language.TARGETLESS:
            raise fail(f"<{key}> is misplaced or no key of {name}")
        elif key == language.EXCEPT:
            place = -1
        elif key not in _FLAG_ORDER or _FLAG_ORDER.index(key) <= place:
            raise fail(f"target <{key}> out of order or unknown")
        else:
            place = _FLAG_ORDER.index(key)


def _items(parts: list[str], fail: Callable[[str], IllegalExample]) -> list[_Item]:
    """Group tokens into (key, enumeration, direction, span)."""
    items: list[_Item] = []
    for part in parts:
        if part in _TOKENS:
            key, _, detail = part[1:-1].partition(":")
            if key in language.DIRECTIONS and items and not items[-1][3]:
                last = items[-1]
                items[-1] = (last[0], last[1], key, last[3])
            else:
                items.append((key, detail, "", []))
        elif not items or part.startswith("<"):
            raise fail(f"stray {part!r}")
        else:
            items[-1][3].append(part)
    return items


def _check_value(key: str, detail: str, directed: str, span: list[str], fail: Callable[[str], IllegalExample]) -> None:
    if key in language.FLAGS:
        legal = bool(detail) and not span and not directed
    elif key in language.QUANTITIES:
        legal = bool(span) or directed in ("up", "down")
    else:
        legal = bool(span) and not directed
    if not legal:
        raise fail(f"value <{key}> is malformed")


def _check_span(span: list[str], sentence: list[str], fail: Callable[[str], IllegalExample]) -> None:
    length = len(span)
    if not any(sentence[i : i + length] == span for i in range(len(sentence) - length + 1)):
        raise fail(f"span {' '.join(span)!r} does not stand in the sentence")
