"""Which entities listen to which topics."""

from __future__ import annotations

from collections.abc import Iterable, KeysView

from appliance.home.topics import overlaps

MAX_WILD = 500
"""Most filters with a wildcard: each may have to be compared with each message."""


class Routes:
    """Topics and filters with the wildcard ``+``, each with the ids of its listeners."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: dict[str, dict[str, None]] = {}
        self._wild: dict[tuple[int, str], dict[str, None]] = {}
        self._wild_count = 0

    def topics(self) -> KeysView[str]:
        """All topics and filters that somebody listens to."""
        return self._listeners.keys()

    def add(self, listener: str, topics: Iterable[str]) -> None:
        """Let `listener` hear messages on `topics`."""
        for topic in topics:
            if topic not in self._listeners and "+" in topic:
                if self._wild_count >= MAX_WILD:
                    continue
                self._wild_count += 1
                self._wild.setdefault(_bucket(topic), {})[topic] = None
            self._listeners.setdefault(topic, {})[listener] = None

    def remove(self, listener: str, topics: Iterable[str]) -> None:
        """Undo :meth:`add`."""
        for topic in topics:
            listeners = self._listeners.get(topic)
            if listeners is None:
                continue
            listeners.pop(listener, None)
            if not listeners:
                del self._listeners[topic]
                if "+" in topic:
                    self._wild_count -= 1
                    self._wild[_bucket(topic)].pop(topic, None)

    def heard(self, topic: str) -> tuple[tuple[str, str], ...]:
        """Pairs of the topic or filter that matches `topic` and a listener to it."""
        found = [(topic, listener) for listener in self._listeners.get(topic, ())]
        if self._wild_count:
            levels, last = _bucket(topic)
            for bucket in ((levels, last), (levels, "+")):
                for wild in self._wild.get(bucket, ()):
                    if overlaps(wild, topic):
                        found.extend((wild, listener) for listener in self._listeners[wild])
        return tuple(found)


def _bucket(topic: str) -> tuple[int, str]:
    """Number of levels and last level: few filters share both."""
    return topic.count("/") + 1, topic.rpartition("/")[2]
