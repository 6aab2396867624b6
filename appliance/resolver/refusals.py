"""Refusals that several parts word alike."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.messages import Entity
from appliance.resolver.situation import Problem, Situation, listed


def which(candidates: Sequence[Entity], situation: Situation) -> Problem:
    """Names the candidates, so that the next sentence can."""
    return Problem(f"Which one do you mean: {listed(candidates, situation)}?", candidates=tuple(candidates))


_DOES = {
    "TurnOn": "turned on", "TurnOff": "turned off", "Toggle": "toggled", "Open": "opened", "Close": "closed", "Stop": "stopped",
    "Lock": "locked", "Unlock": "unlocked", "Activate": "activated", "Press": "pressed", "LightSet": "dimmed or coloured",
    "SetPosition": "moved to a position", "FanSetSpeed": "set to a speed", "ClimateSet": "set to a temperature",
}  # fmt: skip


_CALLED = {"binary_sensor": "sensor", "climate": "thermostat", "input_boolean": "switch"}
"""Domains that people call otherwise."""


def wrong_kind(entity: Entity, call: str) -> str:
    """Why this entity does not take the command."""
    if entity.domain == "lock":
        return f"{entity.name} is a lock. Please say lock or unlock."
    if entity.domain == "alarm_control_panel":
        return f"{entity.name} is an alarm panel. Please say arm or disarm."
    what = _CALLED.get(entity.domain, entity.domain.removeprefix("input_").replace("_", " "))
    article = "an" if what[:1] in "aeiou" else "a"
    return f"{entity.name} is {article} {what} and cannot be {_DOES.get(call, 'used that way')}."
