"""From a spoken quantity and the present value to the value that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from appliance.messages import Entity, Json, Quantity
from appliance.resolver.situation import Situation

_SMALL = frozenset("bit little slightly touch tad hair smidge notch somewhat".split())
_LARGE = frozenset("much lot way lots significantly far considerably loads".split())

PERCENT_STEPS: Mapping[str, float] = MappingProxyType({"small": 10.0, "usual": 20.0, "large": 40.0})
"""Steps of brightness, position and humidity where only a direction was said."""
VOLUME_STEPS: Mapping[str, float] = MappingProxyType({"small": 5.0, "usual": 10.0, "large": 20.0})
DEGREE_STEPS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "celsius": MappingProxyType({"small": 0.5, "usual": 1.0, "large": 2.0}),
        "fahrenheit": MappingProxyType({"small": 1.0, "usual": 1.0, "large": 3.0}),
    }
)
START_VOLUME = 30.0
START_POSITION = 50.0
START_SPEED = 50.0
START_HUMIDITY = 50.0
START_KELVIN = 3000.0
START_DEGREES: Mapping[str, float] = MappingProxyType({"celsius": 20.0, "fahrenheit": 68.0})
"""From where a relative wish starts when the device does not say where it is: the middle of what is usual, in percent."""
KELVIN_STEPS: Mapping[str, float] = MappingProxyType({"small": 300.0, "usual": 500.0, "large": 1000.0})

_WORDS = MappingProxyType(
    {
        "half": 50.0, "halfway": 50.0, "middle": 50.0, "medium": 50.0, "full": 100.0, "fully": 100.0, "max": 100.0, "maximum": 100.0,
        "highest": 100.0, "min": 1.0, "minimum": 1.0, "lowest": 1.0,
    }
)  # fmt: skip


def size(situation: Situation) -> str:
    """How large a step the sentence asks for: ``small``, ``usual`` or ``large``."""
    if situation.says(_SMALL):
        return "small"
    return "large" if situation.says(_LARGE) else "usual"


def percent(wish: Quantity) -> float | None:
    """The absolute percentage of a quantity, None when it has none ("brighter")."""
    if wish.value is not None:
        return float(wish.value)
    return _WORDS.get(wish.words.strip().lower())


def wanted(wish: Quantity, now: float | None, step: float) -> float | None:
    """The value asked for, before limits.

    Args:
        wish: What was said.
        now: The present value, None when it is not known.
        step: How far "a bit more" goes.

    Returns:
        The new value; None when it is relative and the present value is not known, or when no number can be read.
    """
    if wish.mode == "set":
        return percent(wish)
    if now is None:
        return None
    if wish.mode == "times":
        return None if wish.value is None else now * wish.value
    change = step if wish.value is None else float(wish.value)
    return now + change if wish.mode == "up" else now - change


def clamp(value: float, low: float, high: float) -> float:
    """`value` inside its limits."""
    return max(low, min(high, value))


def number(value: float, digits: int = 2) -> int | float:
    """Whole numbers as int, for slots and speech."""
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def attribute(entity: Entity, *names: str) -> float | None:
    """The first numeric attribute of these names."""
    for name in names:
        value = entity.attributes.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def texts(entity: Entity, name: str) -> tuple[str, ...]:
    """A list attribute as texts (``hvac_modes``, ``options``)."""
    value: Json = entity.attributes.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()


def mean(values: Iterable[float]) -> float | None:
    """The average, or None of nothing."""
    items = list(values)
    return sum(items) / len(items) if items else None


def degrees(value: float, unit: str, home_unit: str, *, difference: bool = False) -> float:
    """A temperature said in `unit` (may be empty) in the home's unit."""
    if unit == "celsius" and home_unit == "fahrenheit":
        return value * 9 / 5 + (0 if difference else 32)
    if unit == "fahrenheit" and home_unit == "celsius":
        return (value - (0 if difference else 32)) * 5 / 9
    return value
