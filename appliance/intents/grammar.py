"""Which token may come next: the command language as an automaton over token ids.

A :class:`Node` says which special tokens may follow and whether a span may begin or go on there; nodes are made once and shared.
A :class:`Walk` adds what belongs to one sentence: a span is a run of consecutive words of it, so after a span's first
words only the words that follow them somewhere in the sentence, or a token that closes the span, are legal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from appliance.intents import language
from appliance.intents.vocabulary import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

_TARGET_KEYS: tuple[tuple[str, ...], ...] = (
    *((f"<{key}>",) for key in (*language.TARGET_SPANS, *language.TARGET_FLAGS)),
    tuple(f"<domain:{value}>" for value in language.DOMAINS),
    tuple(f"<class:{value}>" for value in language.DEVICE_CLASSES),
)
"""The tokens of a target by rank; a target takes at most one of each rank, in this order."""

_EXCEPT = f"<{language.EXCEPT}>"
_NEEDS_AMOUNT = "times"
"""A direction that says nothing without a span."""


@dataclass(slots=True, eq=False)
class Node:
    """What may follow, independent of the sentence."""

    edges: dict[int, Node] = field(default_factory=dict)
    """Special tokens that may follow, and where they lead."""
    ids: list[int] = field(default_factory=list)
    """The keys of `edges`, for the head."""
    begins: Node | None = None
    """Where the first word of a span leads; None: no span may begin here."""
    in_span: bool = False
    """Inside a span: it may go on; `edges` close it once a word is complete."""


class _Builder:
    """Makes the nodes of all calls; nodes of equal meaning are the same object."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, int, int, str], Node] = {}
        self.start = Node()
        self.end = Node()
        for call in language.VALUES_OF:
            self._link(self.start, f"<{call}>", self.inside(call, 0, 0, "plain"))

    @staticmethod
    def _link(node: Node, token: str, to: Node) -> None:
        node.edges[SPECIAL[token]] = to
        node.ids.append(SPECIAL[token])

    def inside(self, call: str, rank: int, value: int, kind: str) -> Node:
        """Return the node within `call` where target keys from `rank` and values from `value` on are still free.

        `kind`: ``plain`` (after a flag or the call), ``span`` (in a span that may close), ``key`` (a span must begin),
        ``quantity`` (a span or a direction), ``toward`` (a span may begin), ``except`` (an exempted target must begin),
        and the same with ``-x`` within an exempted target.
        """
        handle = (call, rank, value, kind)
        node = self.known.get(handle)
        if node is not None:
            return node
        node = self.known[handle] = Node()
        base, _, exempt = kind.partition("-")
        suffix = "-x" if exempt else ""
        if base in ("key", "quantity", "toward"):
            node.begins = self.inside(call, rank, value, "span" + suffix)
        if base == "quantity":
            for direction in language.DIRECTIONS:
                after = "key" if direction == _NEEDS_AMOUNT else "toward"
                self._link(node, f"<{direction}>", self.inside(call, rank, value, after))
        node.in_span = base == "span"
        if base in ("plain", "span", "toward", "except"):
            self._follow(node, handle, base, suffix)
        return node

    def _follow(self, node: Node, handle: tuple[str, int, int, str], base: str, suffix: str) -> None:
        call, rank, value, _ = handle
        if call not in language.TARGETLESS and value == 0:
            if base == "except":
                suffix = "-x"
            for i in range(rank, len(_TARGET_KEYS)):
                for token in _TARGET_KEYS[i]:
                    spans = token[1:-1] in language.TARGET_SPANS
                    self._link(node, token, self.inside(call, i + 1, 0, ("key" if spans else "plain") + suffix))
            if base == "except":
                return
            self._link(node, _EXCEPT, self.inside(call, 0, 0, "except"))
        keys = language.VALUES_OF[call]
        first = max(0, value - 1)
        for i in range(first, len(keys)):
            if i == value - 1 and keys[i] not in language.REPEATABLE:
                continue
            for token, to in self._value(call, keys[i], i + 1):
                self._link(node, token, to)
        self._link(node, language.SEPARATOR, self.start)
        self._link(node, language.END, self.end)

    def _value(self, call: str, key: str, after: int) -> list[tuple[str, Node]]:
        done = len(_TARGET_KEYS)
        if key in language.FLAGS:
            node = self.inside(call, done, after, "plain")
            return [(f"<{key}:{value}>", node) for value in language.FLAGS[key]]
        kind = "quantity" if key in language.QUANTITIES else "key"
        return [(f"<{key}>", self.inside(call, done, after, kind))]


@cache
def start() -> Node:
    """Return the node at the beginning of a line."""
    return _Builder().start


class Walk:
    """The way of one line through the grammar, over the words of one sentence.

    Words may be of several tokens each: `tokens` are those of the whole sentence, `starts` the indexes of the first token of
    each word. Ids of words and of special tokens must differ.
    """

    def __init__(self, tokens: Sequence[int], starts: Sequence[int]) -> None:
        """Begin a line over the sentence of `tokens`."""
        self.node = start()
        self.at: list[int] = []
        """Within a span: indexes of `tokens` where its last token may stand."""
        self._tokens = tokens
        self._starts = starts
        self._ends = {*(index - 1 for index in starts[1:]), len(tokens) - 1}
        self._firsts = list(dict.fromkeys(tokens[index] for index in starts))

    def again(self) -> Walk:
        """Another line over the same sentence, at its beginning."""
        other = Walk.__new__(Walk)
        other.__dict__.update(self.__dict__)
        other.node, other.at = start(), []
        return other

    @property
    def done(self) -> bool:
        """Whether the line is closed."""
        return not self.node.edges and self.node.begins is None

    def allowed(self) -> list[int]:
        """Return the ids that may come next, without repetition; empty only when the line is done."""
        node = self.node
        if node.in_span:
            ids = [] if self._ends.isdisjoint(self.at) else list(node.ids)
            ids.extend({self._tokens[index + 1]: None for index in self.at if index + 1 < len(self._tokens)})
            return ids
        if node.begins is not None:
            return [*node.ids, *self._firsts]
        return node.ids

    def advance(self, token: int) -> None:
        """Take `token`; `ValueError` when it may not come here."""
        node = self.node
        following = node.edges.get(token)
        if following is not None:
            if node.in_span and self._ends.isdisjoint(self.at):
                message = "a span stops within a word"
                raise ValueError(message)
            self.node = following
            return
        if node.in_span:
            at = [i + 1 for i in self.at if i + 1 < len(self._tokens) and self._tokens[i + 1] == token]
        elif node.begins is not None:
            at = [i for i in self._starts if self._tokens[i] == token]
        else:
            at = []
        if not at:
            message = "the grammar does not allow this token here"
            raise ValueError(message)
        self.at = at
        if node.begins is not None:
            self.node = node.begins
