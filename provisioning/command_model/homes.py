"""A random home for a sentence: one in which what the sentence speaks of exists, among things that it does not.

The model never sees a home; evaluation needs one, because people judge what a sentence does, not how the model wrote it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from appliance.messages import Area, Call, Entity, Floor, Home, Json, Target
from appliance.resolver.kinds import KINDS
from provisioning.command_model.generator.store import read_vocabulary

_OTHERS = 12
"""Things in the home that the sentence does not speak of."""
_VOCABULARY = Path(__file__).with_name("vocabulary")
_FLOORS = {"upstairs": "first", "first floor": "first", "downstairs": "ground", "ground floor": "ground"}
_COVERS = frozenset("awning blind curtain door garage gate shade shutter window".split())
_READINGS = frozenset(
    """temperature humidity illuminance energy voltage current pressure carbon_dioxide pm25 aqi volatile_organic_compounds
    water weight wind_speed precipitation speed distance duration signal_strength uv_index power battery""".split()
)
_STATE_DOMAIN = {
    "locked": "lock", "unlocked": "lock", "jammed": "lock", "open": "cover", "closed": "cover", "opening": "cover", "closing": "cover",
    "playing": "media_player", "paused": "media_player", "idle": "media_player",
    "cleaning": "vacuum", "docked": "vacuum", "returning": "vacuum",
    "mowing": "lawn_mower", "heating": "climate", "cooling": "climate", "armed": "alarm_control_panel", "disarmed": "alarm_control_panel",
    "triggered": "alarm_control_panel", "home": "person", "not_home": "person", "low": "sensor",
}  # fmt: skip
_ATTRIBUTES: dict[str, dict[str, Json]] = {
    "light": {
        "brightness": 120, "supported_color_modes": ["rgb", "color_temp"],
        "min_color_temp_kelvin": 1500, "max_color_temp_kelvin": 9000,
    },
    "climate": {
        "temperature": 20, "current_temperature": 19.5, "min_temp": 0, "max_temp": 110,
        "hvac_modes": ["off", "heat", "cool", "auto", "heat_cool", "dry", "fan_only"],
        "fan_modes": ["auto", "low", "medium", "high", "on", "off"],
        "preset_modes": ["eco", "away", "boost", "sleep", "comfort", "home"],
    },
    "cover": {"current_position": 40},
    "fan": {"percentage": 40, "oscillating": False},
    "media_player": {"volume_level": 0.4},
    "humidifier": {
        "humidity": 45, "min_humidity": 0, "max_humidity": 100,
        "available_modes": ["auto", "normal", "sleep", "eco", "boost", "baby"],
    },
    "number": {"min": 0, "max": 10_000},
    "water_heater": {"temperature": 50, "min_temp": 0, "max_temp": 200},
}  # fmt: skip
_STATES = {
    "light": "on", "fan": "on", "humidifier": "on", "lock": "locked", "cover": "open", "vacuum": "docked",
    "lawn_mower": "docked", "climate": "heat", "person": "home",
    "media_player": "playing", "alarm_control_panel": "disarmed", "sensor": "21.5", "weather": "sunny",
}  # fmt: skip


@dataclass
class _Builder:
    random: random.Random
    floors: dict[str, Floor] = field(default_factory=dict)
    areas: dict[str, Area] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)

    def floor(self, name: str) -> str:
        """Return the id of a floor of this name."""
        slug = _slug(name)
        self.floors.setdefault(slug, Floor(slug, name))
        return slug

    def area(self, name: str, floor: str | None = None) -> str:
        """Return the id of an area of this name."""
        slug = _slug(name)
        known = self.areas.get(slug)
        if known is None or (floor is not None and known.floor != floor):
            self.areas[slug] = Area(slug, name, floor=floor or self.random.choice(("ground", "first")))
        return slug

    def thing(self, domain: str, name: str, area: str | None, device_class: str | None = None) -> None:
        """Add an entity."""
        slug = f"{domain}.{_slug(name)}"
        while slug in self.entities and self.entities[slug].area != area:
            slug += "_2"
        attributes = dict(_ATTRIBUTES.get(domain, {}))
        if domain in ("select", "vacuum"):
            attributes |= {"options": self.options, "fan_speed_list": self.options}
        self.entities[slug] = Entity(
            slug, name, area=area, device_class=device_class, state=_STATES.get(domain, "off"), attributes=attributes
        )


def home_for(calls: Sequence[Call], seed: str) -> tuple[Home, str]:
    """Make a home for the calls of one sentence; returns it and the area where the sentence is said."""
    builder = _Builder(random.Random(seed))
    builder.floors = {
        "ground": Floor("ground", "Ground floor", ("downstairs",), 0),
        "first": Floor("first", "First floor", ("upstairs",), 1),
    }
    builder.options = [
        value
        for call in calls
        for key, value in call.values.items()
        if key in ("option", "mode") and isinstance(value, str)
    ]
    names, rooms = _shared_names()
    for name in builder.random.sample(rooms, 4):
        builder.area(name)
    here = builder.random.choice(list(builder.areas))
    for name in builder.random.sample(names, _OTHERS):
        domain = builder.random.choice(("light", "switch", "light", "fan", "cover", "sensor", "lock", "media_player"))
        builder.thing(domain, name, builder.random.choice(list(builder.areas)))
    for call in calls:
        for target in (call.target, *call.excepts):
            _furnish(builder, call, target, here)
    builder.thing("weather", "Forecast", None)
    home = Home(tuple(builder.floors.values()), tuple(builder.areas.values()), tuple(builder.entities.values()))
    return home, here


def _furnish(builder: _Builder, call: Call, target: Target, here: str) -> None:
    """Add what one target speaks of."""
    floor = None
    if target.floor:
        said = re.sub(r"^(the|my|our) ", "", target.floor.lower())
        floor = _FLOORS.get(said) or builder.floor(said)
    area = builder.area(target.area, floor) if target.area else None
    if area is None:
        area = builder.area(f"{floor} gallery", floor) if floor else here
    kind = KINDS.get(call.name)
    if target.name:
        domain = target.domain or _named_domain(call, target)
        builder.thing(
            domain, target.name, area, target.device_class if domain in ("cover", "sensor", "binary_sensor") else None
        )
        return
    for domain, device_class in _generic(call, target, kind.bare if kind else ()):
        several = not (kind is not None and kind.one) and (target.everything or target.area or target.floor)
        for place in ("Left", "Back") if several else ("Left",):
            builder.thing(domain, f"{place} {(device_class or domain).replace('_', ' ')}", area, device_class)


def _named_domain(call: Call, target: Target) -> str:
    """The domain of a thing that is only called by its name."""
    kind = KINDS.get(call.name)
    if kind is not None:
        return kind.domains[0]
    if call.name == "ClimateGet" or target.device_class in _READINGS:
        return "sensor"
    state = call.values.get("state")
    return _STATE_DOMAIN.get(str(state), "light" if state else "sensor")


def _generic(call: Call, target: Target, bare: Iterable[str]) -> list[tuple[str, str | None]]:
    """Domains and classes that a target without a name speaks of."""
    if target.device_class:
        device_class = target.device_class
        if device_class in _READINGS and call.values.get("state") is None:
            return [("sensor", device_class)]
        if device_class == "outlet":
            return [("switch", device_class)]
        if device_class in ("tv", "speaker", "receiver"):
            return [("media_player", device_class)]
        return [("cover" if device_class in _COVERS else "binary_sensor", device_class)]
    if target.domain:
        return [(target.domain, None)]
    if target.everything:
        return [("light", None), ("switch", None), ("lock", None)]
    if call.name == "ClimateGet":
        return [("climate", None)]
    return [(domain, None) for domain in bare]


@cache
def _shared_names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of things and rooms that any home may have."""
    vocabulary = read_vocabulary(_VOCABULARY)
    names = [
        name
        for section in ("plug_names", "speaker_names", "cover_names", "lock_names")
        for name in vocabulary[section][0]
    ]
    return tuple(dict.fromkeys(names)), vocabulary["rooms"][0]


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_") or "x"
