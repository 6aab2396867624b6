"""The live home with watches over its entities."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.home import Registry
from appliance.messages import NOTHING, Json
from appliance.watch.service import Watches


class WatchedHome(Registry):
    """A registry that tells the watches, once there are any, that something may have changed."""

    watches: Watches | None = None

    def feed(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        """Take in one MQTT message."""
        changed = super().feed(topic, payload, retain)
        if self.watches is not None:
            self.watches.touch()
        return changed

    def report(self, entity_id: str, state: str, attributes: Mapping[str, Json] = NOTHING) -> None:
        """Take in the state of one of the node's own pins."""
        super().report(entity_id, state, attributes)
        if self.watches is not None:
            self.watches.touch()
