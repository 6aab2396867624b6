"""What becomes of the home's entities: from snapshots to readings and states. Pure but for what it remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from appliance.config import WatchSettings
from appliance.history import Source
from appliance.messages import Entity, Home, Json
from appliance.watch.payload import reading
from appliance.watch.rules import Value

_GONE = frozenset({"unavailable", "unknown", ""})
_NUMBERS = frozenset({"sensor", "number", "input_number"})
_MEASURED: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "climate": (("current_temperature", "temperature", ""), ("current_humidity", "humidity", "%")),
    "water_heater": (("current_temperature", "temperature", ""),),
    "humidifier": (("current_humidity", "humidity", "%"),),
    "weather": (("temperature", "temperature", ""), ("humidity", "humidity", "%")),
}
"""Domain to the attributes that are measured: name, device class, unit (empty: the home's degrees)."""
OWN = "ternd"
"""Origin of what nodes announce themselves: an alert about an alert would raise itself."""
_MOMENTARY = frozenset({"scene", "button", "event", "tag", "image", "camera", "update"})
"""Domains without a state worth keeping."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A reading or state of an entity."""

    source: Source
    value: Value | None
    """None: it can no longer be reached."""


class Observer:
    """Compares snapshots of the home; call it from one thread at a time."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Observe the entities whose ids match one of `patterns`."""
        self._patterns = patterns
        self._home: Home | None = None
        self._entities: dict[str, Entity] = {}

    def news(self, home: Home) -> Iterator[Seen]:
        """What entities reported since the snapshot before."""
        if home is self._home:
            return
        self._home = home
        degrees = "°C" if home.temperature_unit == "celsius" else "°F"
        before, self._entities = self._entities, {entity.id: entity for entity in home.entities}
        for entity in home.entities:
            if entity.origin == OWN or before.get(entity.id) is entity:
                continue
            if any(fnmatchcase(entity.id, one) for one in self._patterns):
                yield from seen(entity, degrees)


def seen(entity: Entity, degrees: str) -> Iterator[Seen]:
    """All that an entity says: its state, and what it measures besides."""
    if entity.domain in _MOMENTARY:
        return
    source = Source(
        entity.id,
        entity.name,
        str(entity.attributes.get("unit_of_measurement") or ""),
        entity.device_class or "",
        entity.area or "",
        "entity",
    )
    if entity.state in _GONE:
        yield Seen(source, None)
    else:
        value = reading(entity.state.encode("utf-8", "replace")) if entity.domain in _NUMBERS else entity.state
        if value is not None:
            yield Seen(source, value)
    for name, measure, unit in _MEASURED.get(entity.domain, ()):
        number = _number(entity.attributes.get(name))
        if number is not None and entity.state not in _GONE:
            what = Source(f"{entity.id}#{name}", entity.name, unit or degrees, measure, entity.area or "", "entity")
            yield Seen(what, number)


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def concerns(watch: WatchSettings, key: str) -> bool:
    """Whether a watch is about the entity series `key`."""
    entity, _, attribute = key.partition("#")
    return attribute == watch.value and any(fnmatchcase(entity, pattern) for pattern in watch.entities)
