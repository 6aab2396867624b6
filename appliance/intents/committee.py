"""Several command models that read a sentence together.

Models that learnt from different sentences err at different places: where they agree they are mostly right, where they differ each has
its share of the votes (:mod:`appliance.interpreter`), so that what only one of them believes is rarely acted upon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Protocol

from appliance.intents.command_model import Understanding


class Member(Protocol):
    """One command model."""

    def understand(self, text: str) -> Understanding:
        """The likeliest reading."""

    def readings(self, text: str, *, guess: str = "") -> Iterator[Understanding]:
        """Readings, the likeliest first, lazily; `guess`: a line that may be the first, which only saves time."""


class Committee:
    """Reads as one command model does. Only one iterator of readings may be in use at a time."""

    def __init__(self, members: Sequence[Member]) -> None:
        """Take at least one member; each has the same say."""
        self._members = tuple(members)

    def understand(self, text: str) -> Understanding:
        """Return the reading that most of them share, or the surest."""
        return next(self.readings(text))

    def readings(self, text: str) -> Iterator[Understanding]:
        """Give the readings of all, those that they begin with first and equal ones as one; confidences are shares of one."""
        each: list[Iterator[Understanding]] = []
        begun: list[Understanding] = []
        for member in self._members:  # they mostly begin alike
            each.append(member.readings(text, guess=begun[0].line if begun else ""))
            begun.append(next(each[-1]))
        refused = next((reading for reading in begun if reading.refusal), None)
        if refused is not None:
            yield refused
            return
        shared: dict[str, Understanding] = {}
        for reading in map(self._share, begun):
            known = shared.get(reading.line)
            shared[reading.line] = (
                replace(known, confidence=known.confidence + reading.confidence) if known else reading
            )
        yield from sorted(shared.values(), key=lambda reading: -reading.confidence)
        for reading in chain.from_iterable(zip_longest(*each)):
            if reading is not None:
                yield self._share(reading)

    def _share(self, reading: Understanding) -> Understanding:
        share = reading.confidence / len(self._members)
        return Understanding(reading.calls, share, reading.line, reading.refusal)
