"""The GPIO gate: the one door to the node's own pins."""

from appliance.gpio.gate import Gate, entities

__all__ = ["Gate", "entities"]
