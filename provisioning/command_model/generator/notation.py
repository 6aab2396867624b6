"""The notation of templates: a line of text with alternatives, options, slots and marks, drawn lazily at random.

::

    (turn|switch) on [all] the {area=kitchen} <domain:light>lights

    (a|b|c)      one of the alternatives, all equally likely
    [a|b]        one of them or nothing: half of the time nothing
    {rule}       whatever the rule, the vocabulary section or the Python production of that name draws
    {key=...}    the same as a pattern, marked as the span of a key of the command language
    {key+=...}   a quantity with the direction `up`; `-=` is `down`, `*=` is `times`
    <flag>       a mark without words: `<domain:light>`, `<brightness:up>`, `<it>` ...
    <&>          a further call of the same kind (shared verb): "the lamp <&>and the fan"
    <^>          the following target is exempted from the call
    <main>       what follows describes the target of the call again: "leave <^>the lamp<main> on, everything else off in the hall"
    <share>      the place said last holds for every call of the shared verb
    <place>      the place is the one of the call before; <place_back> gives it to the call before
    <same>       the target is the one of the call before
    <@Call>      another call begins

A drawn template is a list of pieces ``(text, mark)``: see :mod:`.sentence` for what becomes of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Piece = tuple[str, str | None]
"""Text and its mark: None for plain text, ``=key`` for a span, ``!flag`` for a mark without words."""


@dataclass(slots=True)
class Draw:
    """What a production needs to draw: randomness and the style of the sentence."""

    random: Callable[[], float]
    """Uniform in [0, 1)."""
    held: int
    """0 draws from the training share of every vocabulary, 1 from the held-out share."""
    digits: bool = False
    """Numbers are written as digits."""
    tags: set[str] = field(default_factory=set)
    """Phenomena met while drawing."""

    def below(self, limit: int) -> int:
        """Return an integer in [0, `limit`)."""
        return int(self.random() * limit)


Node = Callable[[Draw, list[Piece]], None]
"""Draws once, appending pieces."""


class NotationError(ValueError):
    """A template that cannot be read."""


class Grammar:
    """The named rules that slots refer to."""

    def __init__(self) -> None:
        """Start without rules."""
        self.rules: dict[str, Node] = {}
        self._referred: set[str] = set()

    def compile(self, pattern: str) -> Node:
        """Return the production of one line of notation."""
        node, position = self._alternatives(pattern, 0)
        if position != len(pattern):
            message = f"unexpected {pattern[position]!r} at {position} in {pattern!r}"
            raise NotationError(message)
        return node

    def _alternatives(self, text: str, at: int) -> tuple[Node, int]:
        options = []
        while True:
            node, at = self._sequence(text, at)
            options.append(node)
            if at < len(text) and text[at] == "|":
                at += 1
                continue
            return _choice(options), at

    def _sequence(self, text: str, at: int) -> tuple[Node, int]:
        parts: list[Node] = []
        literal = at
        while True:
            char = text[at] if at < len(text) else "|"
            if char not in "([{<|)]}":
                at += 1
                continue
            words = " ".join(text[literal:at].split())
            if words:
                parts.append(_text(words))
            if char in "|)]}":
                return _sequence(parts), at
            node, at = self._atom(text, at, char)
            parts.append(node)
            literal = at

    def _atom(self, text: str, at: int, char: str) -> tuple[Node, int]:
        if char == "<":
            end = text.index(">", at)
            return _mark(text[at + 1 : end]), end + 1
        if char == "{":
            return self._slot(text, at)
        node, end = self._alternatives(text, at + 1)
        closing = ")" if char == "(" else "]"
        if end >= len(text) or text[end] != closing:
            message = f"{char!r} at {at} is not closed in {text!r}"
            raise NotationError(message)
        return (node if char == "(" else _optional(node)), end + 1

    def _slot(self, text: str, at: int) -> tuple[Node, int]:
        end = at + 1
        while end < len(text) and (text[end].isalnum() or text[end] in "_+-*"):
            end += 1
        name = text[at + 1 : end]
        if end < len(text) and text[end] == "=":
            node, closed = self._alternatives(text, end + 1)
            if closed >= len(text) or text[closed] != "}":
                message = f"'{{' at {at} is not closed in {text!r}"
                raise NotationError(message)
            return _span(name, node), closed + 1
        if end >= len(text) or text[end] != "}":
            message = f"'{{' at {at} is not closed in {text!r}"
            raise NotationError(message)
        return self._rule(name), end + 1

    def _rule(self, name: str) -> Node:
        self._referred.add(name)
        rules = self.rules

        def draw(context: Draw, out: list[Piece]) -> None:
            rules[name](context, out)

        return draw

    def verify(self) -> None:
        """Raise :class:`NotationError` where a slot names a rule that does not exist."""
        missing = sorted(self._referred - self.rules.keys())
        if missing:
            message = f"no such rules: {', '.join(missing)}"
            raise NotationError(message)


def _text(words: str) -> Node:
    piece: Piece = (words, None)

    def draw(_context: Draw, out: list[Piece]) -> None:
        out.append(piece)

    return draw


def _mark(flag: str) -> Node:
    piece: Piece = ("", "!" + flag)

    def draw(_context: Draw, out: list[Piece]) -> None:
        out.append(piece)

    return draw


def _sequence(parts: list[Node]) -> Node:
    if len(parts) == 1:
        return parts[0]
    fixed = tuple(parts)

    def draw(context: Draw, out: list[Piece]) -> None:
        for part in fixed:
            part(context, out)

    return draw


def _choice(options: list[Node]) -> Node:
    if len(options) == 1:
        return options[0]
    fixed = tuple(options)
    count = len(fixed)

    def draw(context: Draw, out: list[Piece]) -> None:
        fixed[int(context.random() * count)](context, out)

    return draw


def _optional(node: Node) -> Node:
    half = 0.5

    def draw(context: Draw, out: list[Piece]) -> None:
        if context.random() < half:
            node(context, out)

    return draw


DIRECTIONS = {"+": "up", "-": "down", "*": "times"}
"""The signs of ``{key+=...}``."""


def _span(name: str, node: Node) -> Node:
    direction = DIRECTIONS.get(name[-1])
    key = name[:-1] if direction else name
    mark = f"={key}:{direction}" if direction else f"={key}"

    def draw(context: Draw, out: list[Piece]) -> None:
        inner: list[Piece] = []
        node(context, inner)
        text = " ".join([piece[0] for piece in inner if piece[0]])
        out.append((text, mark))

    return draw
