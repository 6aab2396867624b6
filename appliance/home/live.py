"""One entity of the live home, with all that changes about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from appliance.home.binding import STATE, Binding, Update
from appliance.messages import Entity, Json
from appliance.text import whole

UNAVAILABLE = "unavailable"
"""The state of an entity whose device says that it is gone."""
MAX_VALUE = 1024
"""Longest text of an attribute, in characters; states are shorter."""
UNKNOWN = "unknown"
"""The state of an entity that has not been heard of."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """The topics of an entity, and who it is."""

    states: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    unique_id: str = ""


@dataclass(slots=True)
class Live:
    """One entity with all that changes about it."""

    entity: Entity
    """As it was last shown."""
    base: Entity
    """Its unchanging part, without state."""
    binding: Binding | None = None
    """None: from the home file or the node's pins."""
    unique_id: str | None = None
    """Of the announcement; None: from the home file or the node's pins."""
    pinned: bool = False
    """It is one of the node's own pins."""
    values: dict[str, Json] = field(default_factory=dict)
    """Last reported state and attributes."""
    heard: dict[str, int] = field(default_factory=dict)
    """Serial number of the last report of each value."""
    serial: int = 0
    """Serial number of the last report of anything."""
    said: dict[int, bool] = field(default_factory=dict)
    """What each availability topic said last."""
    latest: int = -1
    due: float | None = None
    """`time.monotonic` at which the state decays."""
    settled: str = ""
    """The last state that said something; empty: none yet."""
    settled_at: float | None = None
    """Unix seconds at which `settled` was seen to begin; None: not seen."""

    def take(self, update: Update, serial: int) -> None:
        """Note a report under its serial number."""
        self.serial = serial
        for key, value in update.items():
            self.values[key] = whole(value[:MAX_VALUE]) if isinstance(value, str) else value
            self.heard[key] = serial

    def take_over(self, before: Live) -> None:
        """Go on with the state of the same entity as it was described before."""
        self.values, self.heard, self.serial = before.values, before.heard, before.serial
        self.settled, self.settled_at, self.due = before.settled, before.settled_at, before.due
        if self.binding is not None and before.binding is not None:
            same = self.binding.availability == before.binding.availability
            self.said, self.latest = (before.said, before.latest) if same else (self.said, self.latest)

    def show(self, now: float | None) -> None:
        """Make :attr:`entity` show the last reports; `now`: Unix seconds of the change, None where they are not known."""
        state = str(self.values.get(STATE, self.base.state))
        if self.binding is not None and self.binding.availability.judge(self.said, self.latest) is False:
            state = UNAVAILABLE
        attributes: dict[str, Json] = {**self.base.attributes}
        attributes |= {key: value for key, value in self.values.items() if key != STATE}
        self.entity = replace(
            self.base, state=state, attributes=MappingProxyType(attributes), last_changed=self._changed(state, now)
        )

    def _changed(self, state: str, now: float | None) -> float | None:
        """When `state` began. A device that was away for a while goes on with the time of its old state."""
        if state == UNAVAILABLE:
            return self.entity.last_changed if self.entity.state == state else now
        if state == UNKNOWN:
            return None
        if state != self.settled:
            self.settled_at = now if self.settled else None  # the first report says nothing about when
            self.settled = state
        return self.settled_at

    @property
    def wiring(self) -> Wiring:
        """Its topics."""
        if self.binding is None:
            return Wiring()
        return Wiring(
            tuple(dict.fromkeys(reader.topic for reader in self.binding.readers)),
            tuple(item.topic for item in self.binding.availability.topics),
            self.binding.command_topics,
            self.unique_id or "",
        )

    @property
    def shown(self) -> Mapping[str, Json]:
        """State and attributes in one mapping."""
        return {STATE: self.entity.state, **self.entity.attributes}
