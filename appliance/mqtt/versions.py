"""Which version of MQTT a broker is asked with."""

from __future__ import annotations

from appliance.mqtt.connection import V5, V311, Connection

_SILENT_CLOSES = 2
"""A broker that closes the connection without a word so often does not know the version."""


class Versions:
    """Begins with MQTT 5 and falls back to 3.1.1 with a broker that refuses or silently drops it, and the other way round."""

    def __init__(self, wanted: str) -> None:
        """`wanted`: ``auto``, ``5`` or ``3.1.1``; only ``auto`` ever changes."""
        self._may_change = wanted == "auto"
        self._silent_closes = 0
        self._knows_v5 = False
        """The broker has taken a connection of MQTT 5 in this run."""
        self.current = V311 if wanted == "3.1.1" else V5
        """The version of the next connection."""

    def came_up(self, connection: Connection) -> None:
        """The broker has taken this one."""
        self._silent_closes = 0
        self._knows_v5 = self._knows_v5 or connection.protocol == V5

    def failed(self, connection: Connection) -> None:
        """It did not come up: choose what the next one is tried with."""
        if not self._may_change:
            return
        if self._knows_v5 and not connection.wants_v311:
            self.current = V5  # it is silent or gone, not old
            return
        other = V311 if self.current == V5 else V5
        if connection.wants_v311 or not connection.down:
            self.current, self._silent_closes = other, 0
        elif not connection.refused:
            self._silent_closes += 1
            if self._silent_closes >= _SILENT_CLOSES:
                self.current, self._silent_closes = other, 0
