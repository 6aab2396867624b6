"""How long a home takes to be ready after connecting to its broker: ``python -m tests.system.discovery [DEVICES]``.

Starts a Mosquitto with its default limits, lets it keep the announcements and states of so many devices (300) as a Zigbee gateway, an
ESPHome board and a Tasmota plug would send them, connects the daemon's client to it, and prints how long it takes until every entity is
there and has its state.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from appliance.config import MqttSettings
from appliance.home import Registry
from appliance.messages import Json
from appliance.mqtt import MqttClient
from tests.broker import Mosquitto, MosquittoOptions

ROOMS = ("Kitchen", "Hall", "Bedroom", "Bathroom", "Office", "Garage", "Attic", "Cellar", "Garden", "Nursery")
PATIENCE_S = 30.0

Kept = Iterator[tuple[str, Json]]


def zigbee(number: int) -> Kept:
    """A bulb with what zigbee2mqtt announces of one: a light and a row of settings and diagnostics."""
    ident, name = f"0x00158d00{number:08x}", f"{ROOMS[number % len(ROOMS)]} bulb {number}"
    base = {
        "availability": [
            {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
            {"topic": f"zigbee2mqtt/{name}/availability", "value_template": "{{ value_json.state }}"},
        ],
        "availability_mode": "all",
        "device": {"identifiers": [f"zigbee2mqtt_{ident}"], "manufacturer": "IKEA", "model": "bulb", "name": name},
        "origin": {"name": "Zigbee2MQTT", "sw": "2.14.1", "url": "https://www.zigbee2mqtt.io"},
        "state_topic": f"zigbee2mqtt/{name}",
    }
    light = {
        "schema": "json",
        "brightness": True,
        "brightness_scale": 254,
        "supported_color_modes": ["color_temp"],
        "name": None,
    }
    yield (
        f"homeassistant/light/{ident}/light/config",
        {**base, **light, "command_topic": f"zigbee2mqtt/{name}/set", "unique_id": f"{ident}_light"},
    )
    for kind, key in (
        ("select", "effect"),
        ("select", "power_on_behavior"),
        ("sensor", "linkquality"),
        ("number", "transition"),
    ):
        yield (
            f"homeassistant/{kind}/{ident}/{key}/config",
            {
                **base, "name": key, "unique_id": f"{ident}_{key}", "value_template": f"{{{{ value_json.{key} }}}}", "options": ["a", "b"],
                "command_topic": f"zigbee2mqtt/{name}/set/{key}", "entity_category": "config",
            },
        )  # fmt: skip
    for key, unit in (("power", "W"), ("energy", "kWh")):
        yield (
            f"homeassistant/sensor/{ident}/{key}/config",
            {
                **base, "unique_id": f"{ident}_{key}", "value_template": f"{{{{ value_json.{key} }}}}", "device_class": key,
                "unit_of_measurement": unit, "state_class": "measurement",
            },
        )  # fmt: skip
    yield f"homeassistant/update/{ident}/update/config", {**base, "unique_id": f"{ident}_update"}
    yield f"zigbee2mqtt/{name}/availability", {"state": "online"}
    yield f"zigbee2mqtt/{name}", {"state": "ON", "brightness": 200, "power": 4.2, "energy": 12.5, "linkquality": 90}


def board(number: int) -> Kept:
    """An ESPHome board with a switch, a temperature and a motion sensor."""
    node, room = f"board-{number}", ROOMS[number % len(ROOMS)]
    device = {"ids": f"mac{number}", "name": node, "sw": "2025.9.1", "mf": "Espressif", "sa": room}
    for kind, key, more in (
        ("switch", "relay", {"cmd_t": f"{node}/switch/relay/command"}),
        ("sensor", "temperature", {"dev_cla": "temperature", "unit_of_meas": "°C"}),
        ("binary_sensor", "motion", {"dev_cla": "motion"}),
    ):
        topic = f"{node}/{kind}/{key}/state"
        yield (
            f"homeassistant/{kind}/{node}/{key}/config",
            {
                "name": f"{room} {key} {number}",
                "stat_t": topic,
                "avty_t": f"{node}/status",
                "uniq_id": f"{node}{key}",
                "dev": device,
                **more,
            },
        )
        yield topic, "21.5" if kind == "sensor" else "ON"
    yield f"{node}/status", "online"


def plug(number: int) -> Kept:
    """A Tasmota plug that measures."""
    mac = f"AABB{number:08X}"
    yield (
        f"tasmota/discovery/{mac}/config",
        {
            "dn": f"Plug {number}", "fn": [f"{ROOMS[number % len(ROOMS)]} plug {number}"], "hn": mac, "t": f"plug{number}",
            "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"], "rl": [1], "state": ["OFF", "ON", "TOGGLE", "HOLD"],
            "onln": "Online", "ofln": "Offline", "so": {"4": 0, "30": 0}, "lk": 0, "lt_st": 0,
        },
    )  # fmt: skip
    yield f"tasmota/discovery/{mac}/sensors", {"sn": {"ENERGY": {"Power": 0, "Total": 1.0}, "TempUnit": "C"}}
    yield f"tele/plug{number}/LWT", "Online"
    yield f"tele/plug{number}/STATE", {"POWER": "ON"}
    yield f"tele/plug{number}/SENSOR", {"ENERGY": {"Power": 5, "Total": 1.5}}


def kept(devices: int) -> Kept:
    """What the broker keeps of so many devices: six of ten Zigbee bulbs, three boards, one plug."""
    yield "zigbee2mqtt/bridge/state", {"state": "online"}
    for number in range(devices):
        yield from (board if number % 10 in {6, 7, 8} else plug if number % 10 == 9 else zigbee)(number)


def main(devices: int) -> int:
    """Fill the broker, connect, print."""
    messages = list(kept(devices))
    configs = sum(topic.startswith(("homeassistant/", "tasmota/")) for topic, _ in messages)
    with Mosquitto(MosquittoOptions(extra="max_queued_messages 1000")) as broker:
        gateway = paho.Client(CallbackAPIVersion.VERSION2)
        gateway.max_queued_messages_set(0)
        gateway.max_inflight_messages_set(200)
        gateway.connect(broker.host, broker.port)
        gateway.loop_start()
        for topic, payload in messages:
            sent = gateway.publish(topic, payload if isinstance(payload, str) else json.dumps(payload), 1, retain=True)
        sent.wait_for_publish(60)
        gateway.disconnect()
        gateway.loop_stop()
        offline = Registry()
        for topic, payload in messages:
            offline.feed(topic, (payload if isinstance(payload, str) else json.dumps(payload)).encode(), retain=True)
        expected = len(offline.snapshot().entities)
        home = Registry()
        client = MqttClient(
            MqttSettings(host=broker.host, port=broker.port), "bench", home=home, on_ask=lambda _request, _respond: None
        )
        before = resource.getrusage(resource.RUSAGE_SELF)
        client.start()
        client.wait_connected(PATIENCE_S)
        began = time.monotonic()
        present = known = 0.0
        while not known and time.monotonic() - began < PATIENCE_S:
            states = [entity.state for entity in home.snapshot().entities]
            elapsed = time.monotonic() - began
            present = present or (elapsed if len(states) == expected else 0.0)
            known = elapsed if present and not {"unknown", "unavailable"} & set(states) else 0.0
            time.sleep(0.05)
        after = resource.getrusage(resource.RUSAGE_SELF)
        silent = [entity.id for entity in home.snapshot().entities if entity.state in {"unknown", "unavailable"}]
        client.stop()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{devices} devices: {configs} announcements, {expected} entities used")
    print(f"all entities present   {present:6.2f} s after connecting")
    print(f"all states known       {known:6.2f} s after connecting")
    if silent:
        print(f"without a state: {len(silent)}, such as {', '.join(silent[:5])}")
    print(f"processor time         {cpu:6.2f} s")
    print(f"memory, at its highest {after.ru_maxrss / 1024:6.0f} MB (whole process, with what filled the broker)")
    return 0 if known else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
