"""What an input's edges mean: states, counted pulses, and when it triggers. Plain data and arithmetic, no pins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.config import InputSettings
from appliance.messages import Action, Json

NEVER = float("inf")
MAX_PULSES = 1 << 53
_EXPECT: Mapping[str, str] = {
    "turn_on": "on",
    "turn_off": "off",
    "open": "open",
    "close": "closed",
    "lock": "locked",
    "unlock": "unlocked",
    "disarm": "disarmed",
}
_ACTIVE = {"on": "turn_off", "open": "close", "opening": "close", "unlocked": "lock"}
_PASSIVE = {"open": "open", "closed": "open", "closing": "open", "locked": "unlock"}


def action_of(do: str, state: str) -> Action:
    """The action of a configured ``do`` ("toggle light.hall") for an entity that is in `state`."""
    command, _, entity = do.partition(" ")
    if command == "toggle":
        command = _ACTIVE.get(state) or _PASSIVE.get(state, "turn_on")
    expect = {"state": _EXPECT[command]} if command in _EXPECT else {}
    return Action(entity, command, expect=expect)


def restore_counts(kept: Json) -> dict[str, int]:
    """The pulses of the counters as they were kept; whatever else is there is dropped."""
    if not isinstance(kept, dict):
        return {}
    return {str(item): count for item, count in kept.items() if type(count) is int and 0 <= count < MAX_PULSES}


@dataclass(slots=True)
class Input:
    """One input, and what is remembered of its edges."""

    settings: InputSettings
    pulses: int = 0
    """Edges counted so far, also by earlier runs."""
    held_at: float = NEVER
    """When the present state will have lasted ``held_s``."""
    rests_until: float = float("-inf")
    told: int = field(default=-1)
    """Pulses when they were last reported."""

    def edge(self, now: float, *, active: bool) -> bool:
        """Take in a change; whether it triggers at once."""
        settings = self.settings
        if active and settings.kind == "counter":
            self.pulses += 1
        self.held_at = NEVER
        if settings.when != "change" and active != (settings.when == "active"):
            return False
        if settings.held_s > 0:
            self.held_at = now + settings.held_s
            return False
        return self.triggers(now)

    def triggers(self, now: float) -> bool:
        """Whether it may trigger now; counts as done then."""
        self.held_at = NEVER
        if not (self.settings.ask or self.settings.do) or now < self.rests_until:
            return False
        self.rests_until = now + self.settings.rest_s
        return True

    def count(self) -> tuple[str, dict[str, Json]]:
        """State and attributes of a counter."""
        value = self.pulses * self.settings.per_pulse
        shown = f"{value:.6f}".rstrip("0").rstrip(".")
        attributes: dict[str, Json] = {"pulses": self.pulses}
        if self.settings.unit:
            attributes["unit_of_measurement"] = self.settings.unit
        return shown, attributes
