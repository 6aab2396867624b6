"""What a command means for a pin, and what a pin's level means for people: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from appliance.config import InputSettings, OutputSettings
from appliance.errors import ActError
from appliance.messages import NOTHING, Entity, Json, PinChange

_COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType({"valve": ("open", "close"), "lock": ("unlock", "lock")})
"""Domain → commands for on and off, where they are not ``turn_on`` and ``turn_off``."""

_STATES: Mapping[str, tuple[str, str]] = MappingProxyType({"valve": ("open", "closed"), "lock": ("unlocked", "locked")})

_DEVICE_CLASSES: Mapping[str, str | None] = MappingProxyType(
    {"button": None, "motion": "motion", "door": "door", "window": "window", "contact": "opening"}
)
"""Kind of input → Home Assistant's device class."""


def domain(output: OutputSettings) -> str:
    """Return the domain of the output's entity."""
    return output.id.partition(".")[0]


def level_of(output: OutputSettings, change: PinChange) -> float:
    """Return the level, 0-1, that `change` asks for. Raises :class:`ActError` for what the output cannot do."""
    on, off = _COMMANDS.get(domain(output), ("turn_on", "turn_off"))
    if change.command == off:
        return 0.0
    dimmable = output.kind == "pwm"
    if change.command == "set_percentage" and dimmable and domain(output) == "fan":
        return _share(change.data, "percentage", 100)
    if change.command == on:
        for key, scale in (("brightness", 255), ("percentage", 100)):
            if change.data.get(key) is not None:
                share = _share(change.data, key, scale)
                return share if dimmable else float(share > 0)
        return 1.0
    raise ActError(f"{output.name} cannot {change.command.replace('_', ' ')}")


def _share(data: Mapping[str, Json], key: str, scale: float) -> float:
    value: Any = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= scale:
        raise ActError(f"{key} must be a number from 0 to {scale:g}, not {value!r}")
    return float(value / scale)


def state_of(output: OutputSettings, level: float | None) -> tuple[str, dict[str, Json]]:
    """Return state and attributes that belong to `level`; None: the pin cannot be used."""
    if level is None:
        return "unavailable", {}
    states = _STATES.get(domain(output), ("on", "off"))
    attributes: dict[str, Json] = {}
    if output.kind == "pwm":
        if domain(output) == "fan":
            attributes["percentage"] = round(level * 100)
        elif level > 0:
            attributes["brightness"] = max(1, round(level * 255))
    return states[0 if level > 0 else 1], attributes


def output_entity(output: OutputSettings) -> Entity:
    """Return the entity of an output, its state not yet known."""
    features = set(_COMMANDS.get(domain(output), ("turn_on", "turn_off")))
    attributes: dict[str, Json] = {}
    if domain(output) == "light":
        attributes["supported_color_modes"] = ["brightness" if output.kind == "pwm" else "onoff"]
    if output.kind == "pwm":
        features.add("brightness" if domain(output) == "light" else "set_percentage")
    return Entity(
        id=output.id,
        name=output.name,
        aliases=output.aliases,
        area=output.area,
        attributes=attributes,
        features=frozenset(features),
        origin="gpio",
    )


def input_entity(item: InputSettings) -> Entity:
    """Return the entity of an input, its state not yet known."""
    return Entity(
        id=item.id,
        name=item.name,
        aliases=item.aliases,
        area=item.area,
        device_class=_DEVICE_CLASSES.get(item.kind),
        attributes={"unit_of_measurement": item.unit} if item.unit else NOTHING,
        features=frozenset(),
        origin="gpio",
    )
