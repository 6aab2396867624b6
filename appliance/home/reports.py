"""What reports change about entities: their states, whether they are there, and what becomes of a state that nobody renews."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from appliance.home.binding import STATE, Message
from appliance.home.commands import COMMAND_EXPIRY_S
from appliance.home.live import Live
from appliance.messages import Json, Publish

log = logging.getLogger(__name__)

_READ_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What a reader may raise over a message of the wrong shape: the message says nothing then."""


class Reports:
    """Lets entities read messages. Not thread-safe: the registry's lock guards it."""

    def __init__(self, clock: Callable[[], float], wall: Callable[[], float], changed: Callable[[], None]) -> None:
        """Store the clocks, and what is called whenever an entity shows something else."""
        self._clock = clock
        self._wall = wall
        self._changed = changed
        self._serial = 0
        self._due: float | None = None
        self._unheard: dict[str, Live] = {}

    def expect(self, live: Live) -> None:
        """An entity is new: it is to be asked for its state unless that is known."""
        if live.binding is not None and live.binding.polls and STATE not in live.heard:
            self._unheard[live.base.id] = live

    def forget(self, live: Live) -> None:
        """An entity is gone."""
        if self._unheard.get(live.base.id) is live:
            del self._unheard[live.base.id]

    def unheard(self) -> bool:
        """Whether some entity is to be asked."""
        return bool(self._unheard)

    def polls(self) -> tuple[Publish, ...]:
        """What makes those report that have not told their state; each is returned once."""
        wanted: dict[tuple[str, str], None] = {}
        for live in self._unheard.values():
            if live.binding is not None:
                wanted |= dict.fromkeys(live.binding.polls)
        self._unheard.clear()
        return tuple(Publish(topic, payload.encode(), expiry_s=COMMAND_EXPIRY_S) for topic, payload in wanted)

    def read(self, live: Live, message: Message, listened: str) -> None:
        """Let an entity read a message that came on the topic or filter `listened`."""
        binding = live.binding
        if binding is None:
            return
        for index, item in enumerate(binding.availability.topics):
            if item.topic == listened:
                there = item.read(message)
                if there is not None:
                    if there and live.said.get(index) is False and binding.polls:
                        self._unheard[live.base.id] = live  # it was away and may have changed
                    live.said[index] = there
                    live.latest = index
                    self.show(live, stored=message.stored)
        for reader in binding.readers:
            if reader.topic != listened:
                continue
            try:
                update = reader.read(message, {**live.values, STATE: live.values.get(STATE, "unknown")})
            except _READ_ERRORS as error:
                log.debug("%s: %s cannot be read as announced: %s", live.base.id, message.topic, error)
                continue
            if update:
                self.update(live, update, stored=message.stored)

    def update(self, live: Live, update: Mapping[str, Json], *, stored: bool = False) -> None:
        """Take in what an entity reports."""
        self._serial += 1
        live.take(update, self._serial)
        if STATE in update:
            self._unheard.pop(live.base.id, None)
        decay = live.binding.decay if live.binding is not None else None
        if decay is not None:
            applies = decay.only_from is None or live.values.get(STATE) == decay.only_from
            live.due = self._clock() + decay.after_s if applies else None
            if live.due is not None:
                self._due = live.due if self._due is None else min(self._due, live.due)
        self.show(live, stored=stored)

    def show(self, live: Live, *, stored: bool = False) -> None:
        """Let snapshots show what has become of an entity; `stored`: nobody knows when."""
        live.show(None if stored else self._wall())
        self._changed()

    def decay(self, lives: Iterable[Live]) -> None:
        """Let states go that nobody renewed in time."""
        now = self._clock()
        if self._due is None or now < self._due:
            return
        self._due = None
        for live in lives:
            if live.due is None or live.binding is None or live.binding.decay is None:
                continue
            if now >= live.due:
                live.due = None
                live.values[STATE] = live.binding.decay.state
                self.show(live)
            elif self._due is None or live.due < self._due:
                self._due = live.due
