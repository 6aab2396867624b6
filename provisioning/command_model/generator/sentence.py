"""From drawn pieces to a sentence and its line in the command language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance import text as words_of
from appliance.intents import language

if TYPE_CHECKING:
    from provisioning.command_model.generator.notation import Piece

TARGET_KEYS = (*language.TARGET_SPANS, *language.TARGET_FLAGS, "domain", "class")
"""Target keys in the order in which a line writes them."""

_PLACE = ("area", "floor", "here")

_WITHOUT_ARTICLE = frozenset({"name", "area", "floor", "zone", "timer", "list", "item"})
_ARTICLES = ("the ", "a ", "an ", "my ", "our ", "some ")
_DETERMINERS = frozenset("the a an my our some any no more another".split())
"""After these words a span has no article of its own."""

Target = dict[str, "int | str"]
"""Key to the number of its span, or to the token of a flag."""


@dataclass(slots=True)
class CallDraft:
    """One call while its sentence is put together."""

    name: str
    targets: list[Target]
    """The target, then the exempted ones."""
    values: list[tuple[str, str, int]] = field(default_factory=list)
    """Key, direction or enumeration, and number of the span (-1: none)."""
    said: int = 0
    """Number of the target that is being described."""

    def copy(self) -> CallDraft:
        """A copy to change."""
        return CallDraft(self.name, [dict(target) for target in self.targets], list(self.values), self.said)


@dataclass(slots=True)
class Draft:
    """A sentence as words that know which span they belong to, and its calls."""

    words: list[str] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    """For each word the number of its span, -1 outside of all spans."""
    keys: list[str] = field(default_factory=list)
    """Key of each span."""
    calls: list[CallDraft] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)

    def copy(self) -> Draft:
        """A copy to change, made by its parts: `copy.deepcopy` was a quarter of the generator's profile."""
        calls = [call.copy() for call in self.calls]
        return Draft(list(self.words), list(self.spans), list(self.keys), calls, set(self.tags))


class DraftError(ValueError):
    """Pieces that make no legal line."""


def draft(pieces: list[Piece]) -> Draft:
    """Read the marks of `pieces`."""
    made = Draft()
    group = 0  # first call of the shared verb
    for said, mark in pieces:
        text, span = said, -1
        if mark is not None:
            if mark[0] == "=":
                span = len(made.keys)
                key, _, direction = mark[1:].partition(":")
                made.keys.append(key)
                _add(made, key, direction, span)
            else:
                group = _flag(made, mark[1:], group)
        if text:
            if span >= 0 and key in _WITHOUT_ARTICLE and text.startswith(_ARTICLES):
                article, text = text.split(" ", 1)
                if not made.words or made.words[-1] not in _DETERMINERS:
                    made.words.append(article)
                    made.spans.append(-1)
            for word in text.split():
                made.words.append(word)
                made.spans.append(span)
    _share_values(made, group)
    return made


def insert(made: Draft, at: int, text: str, span: int = -1) -> None:
    """Put words before position `at`, as part of a span or (-1) of none."""
    words = text.split()
    made.words[at:at] = words
    made.spans[at:at] = [span] * len(words)


def append(made: Draft, joint: str, other: Draft) -> None:
    """Put another sentence behind `made`, after the words of `joint`."""
    insert(made, len(made.words), joint)
    shift = len(made.keys)
    made.words += other.words
    made.spans += [span + shift if span >= 0 else -1 for span in other.spans]
    made.keys += other.keys
    for call in other.calls:
        targets: list[Target] = [
            {key: value + shift if isinstance(value, int) else value for key, value in target.items()}
            for target in call.targets
        ]
        values = [(key, detail, span + shift if span >= 0 else -1) for key, detail, span in call.values]
        made.calls.append(CallDraft(call.name, targets, values))


def _add(made: Draft, key: str, direction: str, span: int) -> None:
    if not made.calls:
        message = f"<{key}> before the first call"
        raise DraftError(message)
    call = made.calls[-1]
    if key in language.TARGET_SPANS:
        call.targets[call.said][key] = span
    else:
        call.values.append((key, direction, span))


def _flag(made: Draft, flag: str, group: int) -> int:
    calls = made.calls
    if flag[0] == "@":
        _share_values(made, group)
        calls.append(CallDraft(flag[1:], [{}]))
        return len(calls) - 1
    if flag == "&":
        calls.append(CallDraft(calls[-1].name, [{}]))
    elif flag == "^":
        calls[-1].targets.append({})
        calls[-1].said = len(calls[-1].targets) - 1
    elif flag == "main":
        calls[-1].said = 0
    elif flag == "same":
        calls[-1].targets[0].update(calls[-2].targets[0])
    elif flag in ("place", "place_back"):
        there, here = (calls[-2], calls[-1]) if flag == "place" else (calls[-1], calls[-2])
        here.targets[0].update({key: value for key, value in there.targets[0].items() if key in _PLACE})
    elif flag == "share":
        said = {key: value for key, value in calls[-1].targets[0].items() if key in _PLACE}
        for call in calls[group:-1]:
            call.targets[0].update(said)
    elif flag in language.TARGET_FLAGS:
        calls[-1].targets[calls[-1].said][flag] = f"<{flag}>"
    else:
        key, _, value = flag.partition(":")
        if key in ("domain", "class"):
            calls[-1].targets[calls[-1].said][key] = f"<{flag}>"
        else:
            calls[-1].values.append((key, value, -1))
    return group


def _share_values(made: Draft, group: int) -> None:
    """Give every call of a shared verb the values that any of them got."""
    members = made.calls[group:]
    if len(members) > 1:
        values = [value for call in members for value in call.values]
        for call in members:
            call.values = values


def normal(text: str) -> str:
    """Return the normalised words of `text`, parted by blanks."""
    if text.isascii() and text.replace(" ", "").isalpha():
        return text.lower()
    return words_of.key(text)


def line(made: Draft) -> str:
    """Return the target line of a draft, without the end token."""
    texts: list[list[str]] = [[] for _ in made.keys]
    for word, span in zip(made.words, made.spans, strict=True):
        if span >= 0:
            texts[span].append(word)
    spans = [normal(" ".join(parts)) for parts in texts]
    return f" {language.SEPARATOR} ".join(_call(call, spans) for call in made.calls)


def _call(call: CallDraft, spans: list[str]) -> str:
    parts = [f"<{call.name}>"]
    for number, target in enumerate(() if call.name in language.TARGETLESS else call.targets):
        if number:
            parts.append(f"<{language.EXCEPT}>")
        for key in TARGET_KEYS:
            value = target.get(key)
            if isinstance(value, int):
                parts += (f"<{key}>", spans[value])
            elif value is not None:
                parts.append(value)
    for key in language.VALUES_OF[call.name]:
        parts += (_value(key, detail, spans[span] if span >= 0 else "") for k, detail, span in call.values if k == key)
    return " ".join(parts)


def _value(key: str, detail: str, span: str) -> str:
    if key in language.FLAGS:
        return f"<{key}:{detail}>"
    direction = f" <{detail}>" if detail else ""
    return f"<{key}>{direction} {span}".rstrip()
