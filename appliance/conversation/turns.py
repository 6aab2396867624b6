"""What is remembered of each source, and the ways in which one sentence of it may be taken."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from appliance.conversation.choices import Choice
from appliance.conversation.expected import Expectations
from appliance.conversation.followups import Said
from appliance.interpreter import Judged, Reading
from appliance.messages import Call, Gap
from appliance.resolver import Memory

__all__ = ["CONTEXT_SECONDS", "MAX_SOURCES", "Attempt", "Composed", "Heard", "Turn", "Turns", "composed"]

CONTEXT_SECONDS = 300.0
"""How long "it" and "the other one" remember the turn before."""
MAX_SOURCES = 64
"""Sources whose context is remembered; the oldest is forgotten first."""


@dataclass(slots=True)
class Turn:
    """What is remembered of one source."""

    at: float
    memory: Memory = field(default_factory=Memory)
    said: Said = field(default_factory=Said)
    asked: tuple[Gap, str] | None = None
    """What the last answer asked back for, and the sentence it was about."""
    choice: Choice | None = None
    """The timers of which the last answer asked which is meant."""
    expected: Expectations = field(default_factory=Expectations)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to take a sentence."""

    text: str
    readings: Sequence[Reading] | None = None
    """None: `text` is still to be read."""
    memory: Memory | None = None
    """Instead of what the talk remembers."""
    whole: bool = False
    """`text` is a sentence that can be said again with other words."""
    several: int | None = None
    """How many of its calls may come to several things; None: all. What would come to more than was spoken of is asked about."""
    weak: bool = False
    """A question back of its own counts as nothing: it is more likely an answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence as it is to be carried out."""

    turn: Turn
    attempts: Sequence[Attempt] = ()
    """The first that comes to something counts."""
    first: tuple[Judged, ...] = ()
    """Steps that come before."""
    words: tuple[str, ...] = ()
    """Of a sentence that may also be a value alone, or the beginning of a command."""
    choice: Choice | None = None
    """It asks again which timer is meant."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A reading that no model wrote."""

    calls: Sequence[Call]
    confidence: float = 1.0
    refusal: str = ""
    line: str = ""


class Turns:
    """The turns of all sources."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Remember nothing yet."""
        self._clock = clock
        self._turns: OrderedDict[str, Turn] = OrderedDict()

    def __len__(self) -> int:
        """Sources that are remembered."""
        return len(self._turns)

    def of(self, source: str) -> Turn:
        """The turn of a source: a new one where its last sentence is too long ago."""
        now = self._clock()
        turn = self._turns.pop(source, None)
        if turn is None or now - turn.at > CONTEXT_SECONDS:
            turn = Turn(now)
        turn.at = now
        self._turns[source] = turn
        while len(self._turns) > MAX_SOURCES:
            self._turns.popitem(last=False)
        return turn


def composed(text: str, *calls: Call) -> Attempt:
    """An attempt with calls that no model wrote."""
    return Attempt(text, (Composed(calls),))
