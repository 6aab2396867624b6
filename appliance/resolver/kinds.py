"""Which kinds of things each call may be about, and what belongs to "everything"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from appliance.messages import Entity
from appliance.resolver.spelling import stems
from appliance.resolver.vocabulary import CLASS_WORDS

EVERYTHING = frozenset({"light", "switch", "fan", "media_player", "input_boolean", "humidifier"})
"""What "everything" switches. Never locks, covers, valves, climate, alarms, scenes or scripts."""

GUARDED_CLASSES = frozenset({"garage", "garage_door", "gate", "door"})
"""Cover classes that let people in: opened only one by one and by name or class."""

SHADING = frozenset({"blind", "curtain", "shade", "shutter"})
"""Cover classes that stand in for each other where there is only one of them."""

ROBOTS = frozenset({"vacuum", "lawn_mower"})

MOVED = frozenset({"cover", "valve"})
"""What is open or closed."""

SWITCHED = frozenset({"light", "switch", "fan", "media_player", "input_boolean", "humidifier", "siren", "climate"})
"""What is on or off."""

IN_DEGREES = frozenset({"climate", "water_heater", "number", "input_number"})
"""What is set in degrees."""

SPARED_DOMAINS = frozenset({"switch", "input_boolean", "fan"})
"""Domains whose things may be spared by a sweep, by the words of their names."""

_SWITCHABLE = (
    "light", "switch", "fan", "media_player", "input_boolean", "climate", "humidifier", "siren", "cover", "valve", "scene", "script",
    "automation", "water_heater", "vacuum", "lawn_mower", "remote", "group",
)  # fmt: skip
_PLAYERS = ("media_player",)
_MOVED = ("cover", "valve")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a call acts on."""

    domains: tuple[str, ...]
    """Domains that a name may lead to; the first wins between two things of one name in one area."""
    bare: tuple[str, ...] = ()
    """Domains meant when only a place was said ("turn on the kitchen")."""
    one: bool = False
    """With several candidates and no "all" the call needs one of them."""
    noun: str = "device"
    """For messages."""
    implied: bool = False
    """The call alone says what it is about: "make it warmer" needs no turn before."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "TurnOn": Kind(_SWITCHABLE, ("light",)),
        "TurnOff": Kind(_SWITCHABLE, ("light",)),
        "Toggle": Kind(_SWITCHABLE, ("light",)),
        "Open": Kind(_MOVED, ("cover",), noun="cover or valve"),
        "Close": Kind(_MOVED, ("cover",), noun="cover or valve"),
        "Stop": Kind((*_MOVED, "vacuum", "lawn_mower", "media_player"), ("cover",), noun="cover"),
        "Lock": Kind(("lock",), ("lock",), noun="lock"),
        "Unlock": Kind(("lock",), ("lock",), one=True, noun="lock"),
        "Activate": Kind(("scene", "script", "automation"), one=True, noun="scene or script"),
        "Press": Kind(("button", "input_button"), ("button", "input_button"), one=True, noun="button"),
        "LightSet": Kind(("light",), ("light",), noun="light", implied=True),
        "SetPosition": Kind(_MOVED, ("cover",), noun="cover"),
        "FanSetSpeed": Kind(("fan",), ("fan",), noun="fan", implied=True),
        "ClimateSet": Kind(("climate", "water_heater"), ("climate",), one=True, noun="thermostat", implied=True),
        "HumiditySet": Kind(("humidifier",), ("humidifier",), one=True, noun="humidifier", implied=True),
        "SetNumber": Kind(("number", "input_number"), ("number", "input_number"), one=True, noun="number"),
        "SelectOption": Kind(("select", "input_select"), ("select", "input_select"), one=True, noun="setting"),
        "VacuumStart": Kind(("vacuum",), ("vacuum",), one=True, noun="vacuum", implied=True),
        "VacuumPause": Kind(("vacuum",), ("vacuum",), one=True, noun="vacuum", implied=True),
        "VacuumReturn": Kind(("vacuum",), ("vacuum",), one=True, noun="vacuum", implied=True),
        "VacuumCleanArea": Kind(("vacuum",), ("vacuum",), one=True, noun="vacuum", implied=True),
        "MowerStart": Kind(("lawn_mower",), ("lawn_mower",), one=True, noun="lawn mower", implied=True),
        "MowerPause": Kind(("lawn_mower",), ("lawn_mower",), one=True, noun="lawn mower", implied=True),
        "MowerDock": Kind(("lawn_mower",), ("lawn_mower",), one=True, noun="lawn mower", implied=True),
        "MediaPlay": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "MediaPause": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "MediaNext": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "MediaPrevious": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "MediaSearch": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "SetVolume": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "Mute": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "Unmute": Kind(_PLAYERS, _PLAYERS, one=True, noun="media player", implied=True),
        "AlarmArm": Kind(("alarm_control_panel",), ("alarm_control_panel",), one=True, noun="alarm panel"),
        "AlarmDisarm": Kind(("alarm_control_panel",), ("alarm_control_panel",), one=True, noun="alarm panel"),
    }
)
"""The calls that act on entities."""

SINGLE_DOMAINS = frozenset(
    {"fan", "climate", "lock", "vacuum", "lawn_mower", "media_player", "humidifier", "valve", "siren", "water_heater"}
)
"""A bare singular noun of these ("the fan") means one of them; of lights, switches and blinds it means all there are."""

PASSIVE = frozenset(
    {
        "sensor",
        "binary_sensor",
        "person",
        "device_tracker",
        "weather",
        "sun",
        "zone",
        "update",
        "event",
        "image",
        "todo",
    }
)
"""Domains that only report."""


def named_class(entity: Entity) -> str | None:
    """The device class, under one name for garage doors of covers and of sensors."""
    return "garage" if entity.device_class == "garage_door" else entity.device_class


def is_guarded(entity: Entity) -> bool:
    """Whether it lets people, water or gas in: opened only one by one."""
    return entity.domain in {"lock", "valve"} or named_class(entity) in GUARDED_CLASSES


def of_kind(entities: Iterable[Entity], domain: str | None, device_class: str | None) -> list[Entity]:
    """Those of a domain and device class.

    Where no entity carries the class, things whose name says it stand in ("Kitchen blind" without a class), then
    shadings of the one other class there is: people do not part blinds from shades.
    """
    inside = [entity for entity in entities if domain is None or _in_domain(entity, domain)]
    if device_class is None:
        return inside
    found = [entity for entity in inside if named_class(entity) == device_class]
    if found:
        return found
    nouns = set(CLASS_WORDS.get(device_class, (device_class,)))
    found = [entity for entity in inside if not entity.device_class and _says(entity, nouns, device_class)]
    if found or device_class not in SHADING:
        return found
    covers = [entity for entity in inside if entity.domain == "cover"]
    classed = [cover for cover in covers if cover.device_class in SHADING]
    if classed:
        return classed if len({cover.device_class for cover in classed}) == 1 else []
    return [cover for cover in covers if may_shade(cover)]


def may_shade(cover: Entity) -> bool:
    """A cover without a class whose name says nothing else."""
    return not cover.device_class and not {"garage", "gate", "door", "window", "vent", "hatch", "pool"} & set(
        stems(cover.name)
    )


def _says(entity: Entity, nouns: set[str], device_class: str) -> bool:
    if device_class in {"speaker", "receiver"}:
        return entity.domain == "media_player" and not {"tv"} & set(stems(entity.name))
    if device_class == "outlet":
        return entity.domain == "switch" and bool(nouns & set(stems(entity.name)))
    if device_class == "garage":
        return entity.domain == "cover" and "garage" in stems(entity.name)
    return entity.domain in {"cover", "media_player"} and bool(nouns & set(stems(entity.name)))


def _in_domain(entity: Entity, domain: str) -> bool:
    if domain == "button":
        return entity.domain in {"button", "input_button"}
    if domain == "number":
        return entity.domain in {"number", "input_number"}
    if domain == "select":
        return entity.domain in {"select", "input_select"}
    if domain == "script":
        return entity.domain in {"script", "automation"}
    if domain == "person":
        return entity.domain in {"person", "device_tracker"}
    return entity.domain == domain
