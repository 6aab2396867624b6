"""Sentences put plainly before the command model reads them: ways of speaking that it knows badly, and commands without a verb."""

from __future__ import annotations

from appliance.messages import Home
from appliance.plainly.felt import Felt
from appliance.plainly.moments import Moments
from appliance.plainly.sayings import Sayings
from appliance.plainly.spelt import spelt
from appliance.plainly.terse import Terse
from appliance.plainly.turns import plainer
from appliance.plainly.wishes import Wishes
from appliance.text import words

__all__ = ["Felt", "Plainly", "plainer", "spelt"]

_LEADS = ("so", "then", "and")
_HOLDING = frozenset("if when whenever once unless until after before as not don't no instead".split())
"""Words of a clause that may say when or whether the one after it counts."""


class Plainly:
    """Puts the sentences of one home plainly. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self.felt = Felt(home)
        self._moments = Moments(home)
        self._sayings = Sayings(home)
        self._terse = Terse(home)
        self._wishes = Wishes(home, self.felt)

    def put(self, text: str) -> str:
        """`text` in the words that the command model reads best; as it is where they are no better."""
        text = self._wishes.put(self._sayings.put(self._moments.put(text)))
        if (whole := self._terse.written_out(text)) is not None:
            return whole
        for comma in (at for at, char in enumerate(text) if char == ","):
            before, rest = text[: comma + 1], text[comma + 1 :].strip()
            lead = next((f"{lead} " for lead in _LEADS if rest.startswith(f"{lead} ")), "")
            last = self._terse.written_out(rest.removeprefix(lead))
            if last is not None and _HOLDING.isdisjoint(word.text for word in words(before)):
                return f"{before} {lead}{last}"
        return text
