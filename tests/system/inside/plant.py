"""A plant full of sensors: ``python -m tests.system.inside.plant RATE SECONDS`` publishes so many readings a second.

Prints a JSON object: how many were sent, how many the service took and shed, how many the broker dropped, and how often the
service had to connect again meanwhile: what waited in the connection before is lost then.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.system.inside.rig import BROKER, NODE

SENSORS = 500
BURST_S = 0.01
SETTLE_S = 60.0
"""How long nothing may arrive until what has not arrived is taken for lost."""
_HEALTH = f"ternd/{NODE}/health"
_DROPPED = "$SYS/broker/publish/messages/dropped"


class Plant:
    """Sensors, and somebody who reads what became of their readings."""

    def __init__(self) -> None:
        self.taken = self.shed = self.dropped = self.connects = 0
        self._heard = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="plant")
        self._client.on_message = self._told
        self._client.on_connect = lambda client, *_: client.subscribe([(_HEALTH, 1), (_DROPPED, 0)])

    def start(self) -> None:
        self._client.connect(*BROKER)
        self._client.loop_start()
        if not self._heard.wait(SETTLE_S):
            raise RuntimeError("the service does not report")

    def send(self, rate: float, seconds: float) -> int:
        """Publish, and return how many went out."""
        sent = 0
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * rate:
                info = self._client.publish(f"plant/{sent % SENSORS}/value", str(20 + sent % 17), qos=0)
                if info.rc != paho.MQTT_ERR_SUCCESS:
                    break
                sent += 1
                if (
                    sent % 1000 == 0
                ):  # no more than the broker takes: what waited in this process would not have been sent
                    self._client.publish("plant/sent", b"", 1).wait_for_publish(SETTLE_S)
            time.sleep(BURST_S)
        return sent

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _told(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if message.topic == _DROPPED:
            self.dropped = int(message.payload)
        else:
            health = json.loads(message.payload)
            self.taken, self.shed = int(health["readings"]), int(health["readings_shed"])
            self.connects = int(health["listener_connects"])
            self._heard.set()


def main() -> None:
    """Publish, wait for what became of it, print it."""
    rate, seconds = map(float, sys.argv[1:3])
    plant = Plant()
    plant.start()
    time.sleep(11)  # the broker tells its counters every ten seconds
    taken, shed, dropped, connects = plant.taken, plant.shed, plant.dropped, plant.connects
    sent = plant.send(rate, seconds)
    known, deadline = -1, 0.0
    while known < sent and (known < 0 or time.monotonic() < deadline):
        found = plant.taken - taken + plant.shed - shed + plant.dropped - dropped
        if found != known:
            known, deadline = found, time.monotonic() + SETTLE_S
        time.sleep(0.1)
    told = {"sent": sent, "taken": plant.taken - taken, "shed": plant.shed - shed, "dropped": plant.dropped - dropped}
    print(json.dumps(told | {"reconnects": plant.connects - connects}))
    plant.stop()


if __name__ == "__main__":
    main()
