"""Looking at a broker for a moment without taking part: what ``ternd discover`` and ``ternd doctor`` do."""

from __future__ import annotations

import threading
import time
import uuid

from appliance.config import MqttSettings
from appliance.errors import ActError, NotAdmittedError
from appliance.mqtt.connection import PROTOCOLS, V5, Connection, Filter, Incoming
from appliance.mqtt.ports import Observed

_CONNECT_S = 5.0
_LOOK_S = 0.1


def observe(settings: MqttSettings, home: Observed, seconds: float) -> str:
    """Feed `home` with what the broker has retained and receives in `seconds`; return the version of MQTT it speaks.

    Raises:
        ActError: the broker cannot be reached or, as NotAdmittedError, does not let us in.
        ConfigError: its secrets cannot be read.
    """
    where = f"the MQTT broker at {settings.host}:{settings.port}"
    reason = "no answer"
    for protocol in PROTOCOLS[settings.protocol]:
        changed = threading.Event()

        def take(incoming: Incoming, changed: threading.Event = changed) -> None:
            if home.feed(incoming.topic, incoming.payload, incoming.retain):
                changed.set()

        up = threading.Event()
        connection = Connection(
            settings,
            client_id=f"ternd-look-{uuid.uuid4().hex[:12]}",
            protocol=protocol,
            will=None,
            on_message=take,
            on_change=up.set,
        )
        try:
            connection.open()
        except OSError as error:
            raise ActError(f"{where} cannot be reached: {error}") from error
        try:
            up.wait(_CONNECT_S)
            if not connection.up:
                reason = connection.reason or reason
                continue
            _follow(connection, home, changed, time.monotonic() + seconds)
            return "5" if protocol == V5 else "3.1.1"
        finally:
            connection.close()
    raise NotAdmittedError(f"{where} does not let us in: {reason}")


def _follow(connection: Connection, home: Observed, changed: threading.Event, deadline: float) -> None:
    """Keep the subscriptions at what the home wants until the deadline."""
    subscribed: frozenset[str] = frozenset()
    while True:
        changed.clear()
        wanted, fresh = home.topics(), home.fresh_topics()
        connection.subscribe(Filter(topic, qos=0) for topic in sorted((wanted - subscribed) | (fresh & wanted)))
        subscribed |= wanted
        left = deadline - time.monotonic()
        if left <= 0 or connection.down:
            return
        changed.wait(left)
        time.sleep(min(max(0.0, deadline - time.monotonic()), _LOOK_S))
