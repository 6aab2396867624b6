"""The common shapes of Home Assistant's templates, read by a small parser of our own.

Templates arrive in retained MQTT messages, so they are untrusted: no template engine ever sees them. Understood are
literals, names, ``.x`` and ``['x']``, comparisons, ``and or not in``, arithmetic, ``a if b else c``, dictionaries and lists, the
filters and methods of :mod:`appliance.home.template_values`, and the statements ``if``/``elif``/``else`` and ``set``. There are no
loops, no calls of anything else and no attributes of Python objects, so the work is bounded by the length of the
template. Everything else is a :class:`~appliance.errors.HomeError` that says what was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from appliance.errors import HomeError
from appliance.home.expressions import MAX_NESTING, Expression, ExpressionParser, Scope
from appliance.home.template_values import MAX_TEXT, UNDEFINED, NoValueError, text
from appliance.messages import Json

MAX_TEMPLATE = 4096
"""Longest template that is read, in characters."""

_PIECE = re.compile(r"(\{\{-?.*?-?\}\}|\{%-?.*?-?%\}|\{#.*?#\})", re.DOTALL)
_SET = re.compile(r"set\s+([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)

Block = Callable[[Scope, list[Json]], None]


class _BlockParser:
    """Turns the pieces of a template into one function that appends what they render to a list."""

    def __init__(self, source: str) -> None:
        self._pieces = [piece for piece in _PIECE.split(source) if piece and not piece.startswith("{#")]
        self._at = 0

    def whole(self) -> Block:
        block, closer = self._block(0)
        if closer:
            message = f"a template has {closer!r} without an if"
            raise HomeError(message)
        return block

    def _block(self, depth: int) -> tuple[Block, str]:
        """Parse up to the statement that closes this block; return both."""
        if depth > MAX_NESTING:
            message = "a template is nested too deeply"
            raise HomeError(message)
        steps: list[Block] = []
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            if piece.startswith(("{{", "{%")) and not piece.endswith(("}}", "%}")):
                raise HomeError("a template's expression is cut off")
            if piece.startswith("{{"):
                steps.append(_shown(ExpressionParser(piece[2:-2].removeprefix("-").removesuffix("-")).whole()))
            elif piece.startswith("{%"):
                statement = piece[2:-2].strip("-").strip()
                word = statement.split(maxsplit=1)[0] if statement else ""
                if word in {"elif", "else", "endif"}:
                    return _sequence(steps), statement
                steps.append(self._statement(word, statement, depth))
            else:
                steps.append(_literal(piece))
        return _sequence(steps), ""

    def _statement(self, word: str, statement: str, depth: int) -> Block:
        if word == "set" and (match := _SET.fullmatch(statement)):
            return _assigned(match[1], ExpressionParser(match[2]).whole())
        if word != "if":
            message = f"the statement {word!r} is not supported"
            raise HomeError(message)
        branches: list[tuple[Expression, Block]] = []
        condition = ExpressionParser(statement[2:]).whole()
        while True:
            block, closer = self._block(depth + 1)
            branches.append((condition, block))
            if closer == "endif":
                return _branched(branches)
            if closer == "else":
                condition = lambda _scope: True  # noqa: E731
            elif closer.startswith("elif "):
                condition = ExpressionParser(closer[5:]).whole()
            else:
                message = "a template's if has no endif"
                raise HomeError(message)


def _shown(expression: Expression) -> Block:
    return lambda scope, out: out.append(expression(scope))


def _literal(piece: str) -> Block:
    return lambda _scope, out: out.append(piece)


def _assigned(name: str, expression: Expression) -> Block:
    def assign(scope: Scope, _out: list[Json]) -> None:
        scope[name] = expression(scope)

    return assign


def _sequence(steps: Sequence[Block]) -> Block:
    def run(scope: Scope, out: list[Json]) -> None:
        for step in steps:
            step(scope, out)

    return run


def _branched(branches: Sequence[tuple[Expression, Block]]) -> Block:
    def run(scope: Scope, out: list[Json]) -> None:
        for condition, block in branches:
            if condition(scope):
                block(scope, out)
                return

    return run


def _joined(items: Sequence[Json]) -> str:
    pieces: list[str] = []
    length = 0
    for item in items:
        pieces.append(text(item))
        length += len(pieces[-1])
        if length > MAX_TEXT:
            message = "text too long"
            raise ValueError(message)
    return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Template:
    """One parsed template; made by :func:`parse`."""

    source: str
    """As announced."""
    _run: Block = field(repr=False, compare=False)

    def render(self, scope: Mapping[str, Json]) -> str | None:
        """Render with the names in `scope`; None where a missing key or a wrong type leaves no value."""
        out: list[Json] = []
        try:
            self._run(dict(scope), out)
            if any(item is UNDEFINED for item in out) and all(item is UNDEFINED or not item for item in out):
                return None
            return _joined(out).strip()
        except (NoValueError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
            return None


@lru_cache(maxsize=512)
def parse(source: str) -> Template:
    """Parse a template, or raise HomeError naming what is not supported. Most devices announce the same few."""
    if len(source) > MAX_TEMPLATE:
        message = f"a template is longer than {MAX_TEMPLATE} characters"
        raise HomeError(message)
    try:
        return Template(source, _BlockParser(source).whole())
    except RecursionError:
        message = "a template is nested too deeply"
        raise HomeError(message) from None
