"""Expressions inside templates: recursive descent to closures, nothing evaluated by Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from appliance.errors import HomeError
from appliance.home.template_values import FILTERS, FUNCTIONS, METHODS, UNDEFINED, bounded, formatted, text
from appliance.messages import Json

MAX_NESTING = 32
"""Deepest nesting of expressions and statements."""

Scope = dict[str, Json]
"""Names a template may use, with their values."""
Expression = Callable[[Scope], Json]
"""One parsed expression."""

_CONSTANTS: Final[Mapping[str, Json]] = {
    "true": True, "True": True, "false": False, "False": False, "none": None, "None": None, "null": UNDEFINED,
}  # fmt: skip

_COMPARE: Final[Mapping[str, Callable[[Json, Json], bool]]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}


_COMPARING_TESTS: Final[Mapping[str, str]] = {
    "in": "in", "eq": "==", "equalto": "==", "sameas": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<=",
}  # fmt: skip
"""Tests with an argument (``x is eq 3``) to the comparison they make."""

_LARGEST = 1e18
"""Numbers beyond it are not calculated with: integers would grow without end."""


def _item(value: Json, index: Json) -> Json:
    try:
        if isinstance(value, dict):
            return value.get(index, UNDEFINED)
        if isinstance(value, list | str) and isinstance(index, int):
            return value[index]
    except (IndexError, TypeError):
        pass
    return UNDEFINED


def _arithmetic(sign: str, left: Json, right: Json) -> Json:
    if sign == "~" or (sign == "+" and isinstance(left, str) and isinstance(right, str)):
        return bounded(text(left) + text(right))
    if sign == "%" and isinstance(left, str):
        return formatted(left, right if isinstance(right, list) else [right])
    for value in (left, right):
        if not isinstance(value, int | float):
            message = f"{sign} needs numbers"
            raise TypeError(message)
        if abs(value) > _LARGEST:
            message = "number too large"
            raise OverflowError(message)
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if sign == "/":
        return left / right
    return left // right if sign == "//" else left % right


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d+)
      | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>==|!=|<=|>=|//|[-+*/%~<>|.,:=()\[\]{}])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def _tokens(source: str) -> list[tuple[str, str]]:
    found = []
    position = 0
    end = len(source.rstrip())
    while position < end:
        match = _TOKEN.match(source, position)
        if match is None:
            message = f"cannot read {source[position : position + 20].strip()!r}"
            raise HomeError(message)
        found.append((str(match.lastgroup), str(match.group(str(match.lastgroup)))))
        position = match.end()
    return found


def _scalar(value: Json) -> Json:
    """Return a part of a list or mapping; nested ones could double in size with every statement."""
    if isinstance(value, list | dict):
        message = "lists and mappings cannot be nested"
        raise TypeError(message)
    return value


class ExpressionParser:
    """Recursive descent over one expression; each method parses one level of precedence."""

    def __init__(self, source: str) -> None:
        """Split `source` into tokens."""
        self._tokens = _tokens(source)
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        """Parse all of the source as one expression."""
        parsed = self._conditional()
        if self._at < len(self._tokens):
            raise self._unexpected()
        return parsed

    def _unexpected(self) -> HomeError:
        if self._at < len(self._tokens):
            return HomeError(f"unexpected {self._tokens[self._at][1]!r} in a template")
        return HomeError("a template's expression is cut off")

    def _peek(self, *tokens: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        kind, token = self._tokens[self._at]
        return kind != "string" and token in tokens

    def _take(self, *tokens: str) -> str | None:
        if not self._peek(*tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _need(self, token: str) -> None:
        if self._take(token) is None:
            raise self._unexpected()

    def _name(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "name":
            self._at += 1
            return self._tokens[self._at - 1][1]
        raise self._unexpected()

    def _conditional(self) -> Expression:
        self._depth += 1
        if self._depth > MAX_NESTING:
            message = "a template is nested too deeply"
            raise HomeError(message)
        chosen = self._either()
        if self._take("if"):
            condition = self._either()
            otherwise: Expression = self._conditional() if self._take("else") else lambda _scope: UNDEFINED
            first = chosen
            chosen = lambda scope: first(scope) if condition(scope) else otherwise(scope)  # noqa: E731
        self._depth -= 1
        return chosen

    def _either(self) -> Expression:
        left = self._both()
        while self._take("or"):
            left = _either(left, self._both())
        return left

    def _both(self) -> Expression:
        left = self._negation()
        while self._take("and"):
            left = _both(left, self._negation())
        return left

    def _negation(self) -> Expression:
        negations = 0
        while self._take("not"):
            negations += 1
        inner = self._comparison()
        if negations == 0:
            return inner
        wanted = negations % 2 == 0
        return lambda scope: bool(inner(scope)) is wanted

    def _comparison(self) -> Expression:
        left = self._sum()
        steps: list[tuple[Callable[[Json, Json], bool], Expression]] = []
        while (sign := self._take(*_COMPARE)) is not None:
            steps.append((_COMPARE[sign], self._sum()))
        if steps:
            return _compared(left, steps)
        if self._take("is"):
            negated = self._take("not") is not None
            return self._test(left, negated=negated)
        negated = self._take("not") is not None
        if negated or self._peek("in"):
            self._need("in")
            return _contained(left, self._sum(), negated=negated)
        return left

    def _test(self, left: Expression, *, negated: bool) -> Expression:
        """What follows ``is``: a test of the value alone, or a comparison with another."""
        name = "in" if self._take("in") else self._name()
        compare = _COMPARING_TESTS.get(name)
        if compare is None:
            return _tested(name, left, negated=negated)
        right = self._sum()
        if compare == "in":
            return _contained(left, right, negated=negated)
        same = _COMPARE[compare]
        return lambda scope: same(left(scope), right(scope)) is not negated

    def _sum(self) -> Expression:
        left = self._product()
        while (sign := self._take("+", "-", "~")) is not None:
            left = _calculated(sign, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._signed()
        while (sign := self._take("*", "/", "//", "%")) is not None:
            left = _calculated(sign, left, self._signed())
        return left

    def _signed(self) -> Expression:
        negative = False
        while (sign := self._take("-", "+")) is not None:
            negative ^= sign == "-"
        inner = self._postfixed()
        return _calculated("-", lambda _scope: 0, inner) if negative else inner

    def _postfixed(self) -> Expression:
        value = self._primary()
        while True:
            if self._take("."):
                value = self._member(value)
            elif self._take("["):
                value = self._subscript(value)
            elif self._take("|"):
                name = self._name()
                if name not in FILTERS:
                    message = f"the filter {name!r} is not supported"
                    raise HomeError(message)
                arguments, named = self._arguments()
                value = _called(FILTERS[name], [value, *arguments], named)
            else:
                return value

    def _subscript(self, value: Expression) -> Expression:
        """``[index]``, or a slice ``[first:end]``."""
        index = None if self._peek(":") else self._conditional()
        if index is not None and self._take("]"):
            return _indexed(value, index)
        self._need(":")
        end = None if self._peek("]") else self._conditional()
        self._need("]")
        return _sliced(value, index, end)

    def _member(self, value: Expression) -> Expression:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "number":
            self._at += 1
            index = int(float(self._tokens[self._at - 1][1]))
            return _indexed(value, lambda _scope: index)
        name = self._name()
        if not self._peek("("):
            return _indexed(value, lambda _scope: name)
        if name not in METHODS:
            message = f"the method {name!r} is not supported"
            raise HomeError(message)
        arguments, named = self._arguments()
        return _called(METHODS[name], [value, *arguments], named)

    def _arguments(self) -> tuple[list[Expression], dict[str, Expression]]:
        """Those by position and those by name (``default=0``)."""
        found: list[Expression] = []
        named: dict[str, Expression] = {}
        if not self._take("("):
            return found, named
        while not self._take(")"):
            if self._next_is_named():
                name = self._name()
                self._need("=")
                named[name] = self._conditional()
            else:
                found.append(self._conditional())
            if not self._take(","):
                self._need(")")
                break
        return found, named

    def _next_is_named(self) -> bool:
        ahead = self._tokens[self._at : self._at + 2]
        return len(ahead) == 2 and ahead[0][0] == "name" and ahead[1] == ("sign", "=")

    def _primary(self) -> Expression:
        if self._at >= len(self._tokens):
            raise self._unexpected()
        kind, token = self._tokens[self._at]
        if kind == "sign":
            return self._bracketed()
        self._at += 1
        if kind == "number":
            number = int(token) if token.isdigit() else float(token)
            return lambda _scope: number
        if kind == "string":
            literal = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token[1:-1])
            return lambda _scope: literal
        if token in _CONSTANTS:
            constant = _CONSTANTS[token]
            return lambda _scope: constant
        if self._peek("("):
            if token not in FUNCTIONS:
                message = f"the function {token!r} is not supported"
                raise HomeError(message)
            arguments, named = self._arguments()
            return _called(FUNCTIONS[token], arguments, named)
        return lambda scope: scope.get(token, UNDEFINED)

    def _bracketed(self) -> Expression:
        if self._take("("):
            inner = None if self._peek(")") else self._conditional()
            if inner is not None and self._take(")"):
                return inner
            return self._list(")", [inner] if inner is not None and self._take(",") else [])  # a tuple
        if self._take("["):
            return self._list("]", [])
        if self._take("{"):
            return self._mapping()
        raise self._unexpected()

    def _list(self, closer: str, items: list[Expression]) -> Expression:
        while not self._take(closer):
            items.append(self._conditional())
            if not self._take(","):
                self._need(closer)
                break
        return lambda scope: [_scalar(item(scope)) for item in items]

    def _mapping(self) -> Expression:
        pairs: list[tuple[Expression, Expression]] = []
        while not self._take("}"):
            key = self._conditional()
            self._need(":")
            pairs.append((key, self._conditional()))
            if not self._take(","):
                self._need("}")
                break
        return lambda scope: {_scalar(key(scope)): _scalar(value(scope)) for key, value in pairs}


def _either(left: Expression, right: Expression) -> Expression:
    return lambda scope: left(scope) or right(scope)


def _both(left: Expression, right: Expression) -> Expression:
    return lambda scope: left(scope) and right(scope)


def _compared(left: Expression, steps: Sequence[tuple[Callable[[Json, Json], bool], Expression]]) -> Expression:
    """One comparison, or a chain: ``0 < x <= 9``."""

    def compare(scope: Scope) -> bool:
        value = left(scope)
        for holds, right in steps:
            other = right(scope)
            if not holds(value, other):
                return False
            value = other
        return True

    return compare


def _calculated(sign: str, left: Expression, right: Expression) -> Expression:
    return lambda scope: _arithmetic(sign, left(scope), right(scope))


def _indexed(value: Expression, index: Expression) -> Expression:
    return lambda scope: _item(value(scope), index(scope))


def _sliced(value: Expression, start: Expression | None, end: Expression | None) -> Expression:
    def cut(scope: Scope) -> Json:
        whole = value(scope)
        if not isinstance(whole, str | list):
            return UNDEFINED
        return whole[start(scope) if start is not None else None : end(scope) if end is not None else None]

    return cut


def _called(
    function: Callable[..., Json], arguments: Sequence[Expression], named: Mapping[str, Expression]
) -> Expression:
    return lambda scope: function(
        *(argument(scope) for argument in arguments), **{name: argument(scope) for name, argument in named.items()}
    )


def _contained(left: Expression, right: Expression, *, negated: bool) -> Expression:
    def test(scope: Scope) -> bool:
        value, container = left(scope), right(scope)
        return (isinstance(container, str | list | dict) and value in container) is not negated

    return test


def _tested(name: str, left: Expression, *, negated: bool) -> Expression:
    tests: Mapping[str, Callable[[Json], bool]] = {
        "defined": lambda value: value is not UNDEFINED,
        "undefined": lambda value: value is UNDEFINED,
        "none": lambda value: value is None,
        "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "string": lambda value: isinstance(value, str),
        "mapping": lambda value: isinstance(value, dict),
        "iterable": lambda value: isinstance(value, str | list | dict),
        "boolean": lambda value: isinstance(value, bool),
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "float": lambda value: isinstance(value, float),
        "odd": lambda value: value % 2 == 1,
        "even": lambda value: value % 2 == 0,
        "true": lambda value: value is True,
        "false": lambda value: value is False,
    }
    if name not in tests:
        message = f"the test 'is {name}' is not supported"
        raise HomeError(message)
    test = tests[name]
    return lambda scope: bool(test(left(scope))) is not negated
