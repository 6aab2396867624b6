"""Sentences put plainly before the command model reads them: ways of speaking that it knows badly, and commands without a verb."""

from __future__ import annotations

from appliance.messages import Home
from appliance.plainly.sayings import Sayings
from appliance.plainly.terse import Terse


class Plainly:
    """Puts the sentences of one home plainly. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._sayings = Sayings(home)
        self._terse = Terse(home)

    def put(self, text: str) -> str:
        """`text` in the words that the command model reads best; as it is where they are no better."""
        text = self._sayings.put(text)
        return self._terse.written_out(text) or text
