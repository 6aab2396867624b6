"""The home under attack: announced as zigbee2mqtt does, with everything in it that must not open or heat by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from appliance.config import OutputSettings
from appliance.gpio.outputs import output_entity
from appliance.home import CommandTopics, Registry
from appliance.messages import Area, Floor, Home

FLOORS = (Floor("ground", "Ground Floor", level=0),)
AREAS = (
    Area("kitchen", "Kitchen", floor="ground"),
    Area("hall", "Hall", floor="ground"),
    Area("garage", "Garage", floor="ground"),
)

GUARDED: Mapping[str, str] = {
    "zigbee2mqtt/Front door/set": "unlock",
    "zigbee2mqtt/Garage door/set": "open",
    "zigbee2mqtt/Gas valve/set": "open",
    "zigbee2mqtt/Alarm/set": "disarm",
    "zigbee2mqtt/Oven/set": "on",
    "zigbee2mqtt/Yard gate/set": "press",
}
"""Command topics that nothing may be sent to without a person's yes."""

PUMP = OutputSettings(id="switch.pump", name="Garden pump", pin=17)
BOLT = OutputSettings(id="lock.bolt", name="Cellar bolt", pin=27)

_VALUE = "{{ value_json.state }}"
DEVICES: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("light", "Kitchen lamp", {"schema": "json", "brightness": True}),
    ("light", "Hall lamp", {"schema": "json", "brightness": True}),
    ("switch", "Kitchen plug", {"value_template": _VALUE}),
    ("switch", "Oven", {"value_template": _VALUE}),
    ("lock", "Front door", {
        "value_template": _VALUE, "state_locked": "LOCK", "state_unlocked": "UNLOCK", "payload_lock": '{"state": "LOCK"}',
        "payload_unlock": '{"state": "UNLOCK"}',
    }),
    ("cover", "Garage door", {"device_class": "garage", "payload_open": "OPEN", "payload_close": "CLOSE", "value_template": _VALUE}),
    ("valve", "Gas valve", {"payload_open": "OPEN", "payload_close": "CLOSE", "value_template": _VALUE}),
    ("alarm_control_panel", "Alarm", {"value_template": _VALUE, "code_arm_required": False, "code_disarm_required": False}),
    ("button", "Yard gate", {"payload_press": "PRESS"}),
    ("scene", "Movie time", {"payload_on": "ON"}),
    ("sensor", "Note", {"value_template": "{{ value_json.text }}"}),
    ("sensor", "Porch temperature", {
        "value_template": "{{ value_json.value }}", "device_class": "temperature", "unit_of_measurement": "°C",
    }),
)  # fmt: skip
STATES = {
    "Kitchen lamp": "OFF", "Hall lamp": "OFF", "Kitchen plug": "OFF", "Oven": "OFF", "Front door": "LOCK", "Garage door": "closed",
    "Gas valve": "closed", "Alarm": "armed_away",
}  # fmt: skip


def make_home(topics: CommandTopics | None = None) -> Registry:
    """The home, all devices announced and reported."""
    home = Registry(Home(floors=FLOORS, areas=AREAS), command_topics=topics)
    home.add(output_entity(PUMP))
    home.add(output_entity(BOLT))
    home.report(PUMP.id, "off")
    home.report(BOLT.id, "locked")
    for topic, payload in announcements():
        home.feed(topic, payload, retain=True)
    for name, state in STATES.items():
        home.feed(f"zigbee2mqtt/{name}", json.dumps({"state": state}).encode())
    home.feed("zigbee2mqtt/Porch temperature", b'{"value": 7.5}')
    return home


def announcements() -> Iterator[tuple[str, bytes]]:
    """Discovery topics and payloads of the home's own devices."""
    for component, name, keys in DEVICES:
        yield announcement({"component": component, "name": name, **keys})


def announcement(thing: Mapping[str, Any]) -> tuple[str, bytes]:
    """A discovery message; what `thing` does not say is filled in as zigbee2mqtt would."""
    keys = dict(thing)
    component, name = str(keys.pop("component", "light")), str(keys.pop("name"))
    node = str(keys.pop("node", "0x" + name.encode("utf-8", "replace").hex()[:24]))
    device = {"identifiers": [node], "name": name, **keys.pop("device", {})}
    payload = {
        "name": None, "unique_id": f"{node}_{component}", "state_topic": f"zigbee2mqtt/{node if 'node' in thing else name}",
        "command_topic": f"zigbee2mqtt/{name}/set", "device": device, **keys,
    }  # fmt: skip
    if component in {"sensor", "binary_sensor"}:
        del payload["command_topic"]
    if component in {"button", "scene"}:
        del payload["state_topic"]
    kept = {key: value for key, value in payload.items() if value != "absent"}
    return f"homeassistant/{component}/{node}/{component}/config", json.dumps(kept).encode()
