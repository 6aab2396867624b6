"""What devices need to know of the home that they are in: its unit of temperature, and where on Earth it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance.messages import Json

_EARTH_M = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Location:
    """Where the home is."""

    latitude: float
    """Degrees, -90 to 90."""
    longitude: float
    """Degrees, -180 to 180."""
    radius_m: float = 100.0
    """Who is within this distance is at home."""

    def state(self, latitude: float, longitude: float, accuracy_m: float = 0.0) -> str:
        """``home`` or ``not_home``. A vague position counts in favour of home, but no more than the radius again."""
        here, there = math.radians(self.latitude), math.radians(latitude)
        half = math.sin((there - here) / 2) ** 2
        half += math.cos(here) * math.cos(there) * math.sin(math.radians(longitude - self.longitude) / 2) ** 2
        distance = 2 * _EARTH_M * math.asin(math.sqrt(min(1.0, half)))
        return "home" if distance <= self.radius_m + min(max(0.0, accuracy_m), self.radius_m) else "not_home"


@dataclass(frozen=True, slots=True)
class Setting:
    """The home as its devices see it."""

    unit: str = "celsius"
    """Of temperatures: ``celsius`` or ``fahrenheit``."""
    location: Location | None = None


def degrees(value: Json, most: float) -> float | None:
    """An angle of a position; None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -most <= value <= most else None
