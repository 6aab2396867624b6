"""Asks the command model: as many readings as it takes to be sure, those with everyday names for the names of a home first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from appliance.intents.delays import put_off
from appliance.intents.ellipsis import timed
from appliance.intents.lists.items import is_one_item, items
from appliance.interpreter.read import Read, Reader, Reading, given_back, with_parted_items
from appliance.resolver.ear import Ear, Heard

SURE = 0.95
"""No further readings are asked for once those at hand have this probability together."""

MOST_READINGS = 16

AS_SAID = 0.5
"""Weight of a reading of the sentence as it was said where it was also read with everyday names for those of the home."""

PLAIN = 0.8
"""Probability from which the things for a list that a text holds are known."""

MOST_PARTINGS = 3
"""Ways to part a text into things for a list that are thought of."""


class Model:
    """A command model, and what else reads a sentence that it is not sure of."""

    def __init__(self, reader: Reader, by_clauses: Callable[[str], Reading | None], most_readings: int) -> None:
        """Store the parts."""
        self._reader = reader
        self._by_clauses = by_clauses
        self._most_readings = most_readings

    def heard(self, heard: Heard, ear: Ear, said: str) -> tuple[Read, ...]:
        """The readings of what was heard where somebody `said` something."""
        readings = self._understood(heard.text, ear)
        if heard.text == said:
            return readings
        return tuple(
            replace(given_back(reading, heard.back), text=heard.text, guessed=heard.guessed) for reading in readings
        )

    def _understood(self, text: str, ear: Ear) -> tuple[Read, ...]:
        grouped = ear.standins.grouped(text) if ear.standins is not None else None
        if grouped is not None:
            return tuple(given_back(reading, grouped) for reading in self._in_everyday_names(grouped.text, ear))
        return self._in_everyday_names(text, ear)

    def _in_everyday_names(self, text: str, ear: Ear) -> tuple[Read, ...]:
        as_said = self._readings(text)
        stood_in = ear.standins.applied(text) if ear.standins is not None else None
        if stood_in is None or any(reading.refusal for reading in as_said):
            return as_said
        renamed = [given_back(reading, stood_in) for reading in self._readings(stood_in.text) if reading.calls]
        return (*renamed, *(replace(reading, confidence=AS_SAID * reading.confidence) for reading in as_said))

    def _readings(self, text: str) -> tuple[Read, ...]:
        readings: list[Reading] = []
        mass = 0.0
        for reading in self._reader.readings(text):
            readings.append(reading)
            mass += reading.confidence
            if mass >= SURE or len(readings) == self._most_readings or reading.refusal:
                break
        if len(readings) > 1 and (parted := self._by_clauses(text)) is not None:
            readings.append(parted)
        return tuple(
            Read(with_parted_items(timed(put_off(r.calls, text), text)), r.line, r.confidence, r.refusal)
            for r in readings
        )

    def partings(self, texts: Sequence[str]) -> list[tuple[dict[str, tuple[str, ...]], float]]:
        """The likeliest ways to part each of `texts` into things for a list, and their shares."""
        ways: list[tuple[dict[str, tuple[str, ...]], float]] = [({}, 1.0)]
        for text in texts:
            found = self._items(text)
            ways = [({**known, text: way}, share * found[way]) for known, share in ways for way in found]
        return ways

    def _items(self, text: str) -> dict[tuple[str, ...], float]:
        """The things for a list that `text` may be, each way with its share."""
        if is_one_item(text):
            return {items(text, ()): 1.0}
        ways: dict[tuple[str, ...], float] = {}
        for reading in self._readings(f"add {text} to the shopping list"):
            found = [call.values.get("item") for call in reading.calls if call.name == "ListAdd"]
            way = items(text, [item for value in found if isinstance(value, tuple) for item in value])
            ways[way] = ways.get(way, 0.0) + reading.confidence
        total = sum(ways.values())
        likeliest = sorted(ways, key=ways.__getitem__, reverse=True)[:MOST_PARTINGS]
        return {way: ways[way] / total for way in likeliest}
