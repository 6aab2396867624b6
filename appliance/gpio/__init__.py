"""The GPIO gate: the one door to the node's own pins."""

from appliance.gpio.gate import Gate, entities
from appliance.gpio.inputs import action_of, restore_counts

__all__ = ["Gate", "action_of", "entities", "restore_counts"]
