"""A command model that has read the sentence before it is asked: what is being said is read while it is said."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

from appliance.interpreter import MOST_READINGS, SURE, Reader, Reading

_KEPT = 4
"""Sentences whose readings are kept."""
_READY = 0.9
"""Probability from which a reading counts as understood before the sentence is over."""


class Anticipation:
    """Stands before a command model, which only one thread may use at a time; nothing here acts."""

    def __init__(self, model: Reader, *, read_as: Callable[[str], str] = str) -> None:
        """Read with `model`; `read_as` gives the sentence that a sentence stands for, as in the interpreter."""
        self._model = model
        self._read_as = read_as
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Reading, ...]] = OrderedDict()
        self.hits = 0
        """Sentences that were read before they were asked for."""

    def prepare(self, text: str) -> bool:
        """Read what was said so far, from any thread; whether it is a whole command already."""
        readings = self._read(self._read_as(text))
        first = readings[0] if readings else None
        if first is None or first.refusal or first.confidence < _READY:
            return False
        return bool(first.calls) and all(call.name != "None" for call in first.calls)

    def doubts(self, text: str) -> bool:
        """Whether `text` may be a command, but hardly is: what was heard by mistake mostly reads so."""
        first = next(iter(self._read(self._read_as(text))), None)
        if first is None or first.refusal or all(call.name == "None" for call in first.calls):
            return False
        return first.confidence < _READY

    def readings(self, text: str, /) -> Iterator[Reading]:
        """The readings of `text`, likeliest first: as many as an interpreter asks for."""
        if text in self._kept:
            self.hits += 1
        yield from self._read(text)

    def understand(self, text: str) -> Reading:
        """The likeliest reading of `text` alone."""
        with self._lock:
            return next(iter(self._model.readings(text)))

    def _read(self, text: str) -> tuple[Reading, ...]:
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
            found: list[Reading] = []
            mass = 0.0
            for reading in self._model.readings(text):
                found.append(reading)
                mass += reading.confidence
                if mass >= SURE or len(found) == MOST_READINGS or reading.refusal:
                    break
            if any(reading.refusal for reading in found):  # it may be understood the next time
                return tuple(found)
            self._kept[text] = tuple(found)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return self._kept[text]
