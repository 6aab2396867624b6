"""The live home with watches over it: what it hears, they hear."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.home import Registry
from appliance.messages import NOTHING, Json
from appliance.watch.service import Watches


class WatchedHome(Registry):
    """A registry that passes everything on to the watches, once there are any."""

    watches: Watches | None = None

    def feed(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        """Take in one MQTT message, for the home and for the watches."""
        changed = super().feed(topic, payload, retain)
        if self.watches is not None:
            self.watches.feed(topic, payload, retain=retain, others=self.filters)
            self.watches.touch()
        return changed

    def report(self, entity_id: str, state: str, attributes: Mapping[str, Json] = NOTHING) -> None:
        """Take in the state of one of the node's own pins."""
        super().report(entity_id, state, attributes)
        if self.watches is not None:
            self.watches.touch()

    def state_topics(self) -> frozenset[str]:
        """The subscriptions to states and watched topics."""
        return super().state_topics() | (self.watches.topics() if self.watches is not None else frozenset())
