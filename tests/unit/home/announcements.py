"""Announcements in the shapes that the known programs document, for the tests of discovery."""

from __future__ import annotations

import json

from appliance.home import Registry
from appliance.messages import Action, Entity, Json, Publish

ZIGBEE_DEVICE: dict[str, Json] = {
    "identifiers": ["zigbee2mqtt_0x00158d0001a2b3c4"],
    "manufacturer": "IKEA",
    "model": "TRADFRI bulb",
    "name": "Kitchen ceiling",
    "via_device": "zigbee2mqtt_bridge_0x00124b0018ed2b3c",
}
ZIGBEE: dict[str, Json] = {
    "availability": [
        {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
        {"topic": "zigbee2mqtt/Kitchen ceiling/availability", "value_template": "{{ value_json.state }}"},
    ],
    "availability_mode": "all",
    "device": ZIGBEE_DEVICE,
    "origin": {"name": "Zigbee2MQTT", "sw": "2.1.0", "url": "https://www.zigbee2mqtt.io"},
}
ZIGBEE_LIGHT: dict[str, Json] = {
    **ZIGBEE,
    "brightness": True,
    "brightness_scale": 254,
    "command_topic": "zigbee2mqtt/Kitchen ceiling/set",
    "default_entity_id": "light.kitchen_ceiling",
    "max_mireds": 454,
    "min_mireds": 250,
    "name": None,
    "schema": "json",
    "state_topic": "zigbee2mqtt/Kitchen ceiling",
    "supported_color_modes": ["xy", "color_temp"],
    "unique_id": "0x00158d0001a2b3c4_light_zigbee2mqtt",
}
ZIGBEE_CONTACT: dict[str, Json] = {
    **ZIGBEE,
    "device": ZIGBEE_DEVICE | {"name": "Hall window", "identifiers": ["zigbee2mqtt_0x2"]},
    "availability": [{"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"}],
    "device_class": "window",
    "payload_off": True,
    "payload_on": False,
    "state_topic": "zigbee2mqtt/Hall window",
    "unique_id": "0x2_contact_zigbee2mqtt",
    "value_template": "{{ value_json.contact }}",
}
ZIGBEE_THERMOSTAT: dict[str, Json] = {
    **ZIGBEE,
    "device": ZIGBEE_DEVICE | {"name": "Bedroom radiator", "identifiers": ["zigbee2mqtt_0x3"]},
    "availability": [],
    "action_template": "{% set values = {None:None,'idle':'idle','heat':'heating'} %}{{ values[value_json.running_state] }}",
    "action_topic": "zigbee2mqtt/Bedroom radiator",
    "current_temperature_template": "{{ value_json.local_temperature }}",
    "current_temperature_topic": "zigbee2mqtt/Bedroom radiator",
    "max_temp": "30",
    "min_temp": "5",
    "mode_command_topic": "zigbee2mqtt/Bedroom radiator/set/system_mode",
    "mode_state_template": "{{ value_json.system_mode }}",
    "mode_state_topic": "zigbee2mqtt/Bedroom radiator",
    "modes": ["off", "heat", "auto"],
    "name": None,
    "temp_step": 0.5,
    "temperature_command_topic": "zigbee2mqtt/Bedroom radiator/set/occupied_heating_setpoint",
    "temperature_state_template": "{{ value_json.occupied_heating_setpoint }}",
    "temperature_state_topic": "zigbee2mqtt/Bedroom radiator",
    "temperature_unit": "C",
    "unique_id": "0x3_climate_zigbee2mqtt",
}
ZIGBEE_BLIND: dict[str, Json] = {
    **ZIGBEE,
    "device": ZIGBEE_DEVICE | {"name": "Study blind", "identifiers": ["zigbee2mqtt_0x4"]},
    "availability": [],
    "command_topic": "zigbee2mqtt/Study blind/set",
    "device_class": "blind",
    "name": None,
    "position_template": "{{ value_json.position }}",
    "position_topic": "zigbee2mqtt/Study blind",
    "set_position_template": '{ "position": {{ position }} }',
    "set_position_topic": "zigbee2mqtt/Study blind/set",
    "state_closing": "DOWN",
    "state_opening": "UP",
    "state_stopped": "STOP",
    "state_topic": "zigbee2mqtt/Study blind",
    "unique_id": "0x4_cover_zigbee2mqtt",
    "value_template": '{% if "moving" in value_json and value_json.moving %} {{ value_json.moving }} {% else %} STOP {% endif %}',
}
ZIGBEE_CHILD_LOCK: dict[str, Json] = {
    **ZIGBEE,
    "command_topic": "zigbee2mqtt/Kitchen ceiling/set",
    "entity_category": "config",
    "name": "Power-on behavior",
    "unique_id": "0x_child_lock",
}

ESPHOME_FAN: dict[str, Json] = {
    "avty_t": "porch-board/status",
    "dev": {
        "ids": "a4cf12b5e3f0",
        "name": "porch-board",
        "sw": "esphome v2024.6.0",
        "mdl": "esp32dev",
        "mf": "Espressif",
    },
    "name": "Porch fan",
    "opt": True,
    "pct_cmd_t": "porch-board/fan/porch_fan/speed_level/command",
    "pct_stat_t": "porch-board/fan/porch_fan/speed_level/state",
    "spd_rng_max": 3,
    "osc_cmd_t": "porch-board/fan/porch_fan/oscillation/command",
    "osc_stat_t": "porch-board/fan/porch_fan/oscillation/state",
    "stat_t": "porch-board/fan/porch_fan/state",
    "cmd_t": "porch-board/fan/porch_fan/command",
    "uniq_id": "ESPfanporch_fan",
}

ZWAVE_DIMMER: dict[str, Json] = {
    "brightness_command_topic": "zwave/Hall/Dimmer/38/0/targetValue/set",
    "brightness_scale": 99,
    "brightness_state_topic": "zwave/Hall/Dimmer/38/0/currentValue",
    "brightness_value_template": "{{ (value_json.value | round(0)) if value_json.value is defined else 0 }}",
    "command_topic": "zwave/Hall/Dimmer/38/0/targetValue/set",
    "device": {
        "identifiers": ["zwavejs2mqtt_0xe6_node7"],
        "manufacturer": "Fibaro",
        "model": "Dimmer 2",
        "name": "Hall-Dimmer",
    },
    "name": "Hall-Dimmer",
    "on_command_type": "brightness",
    "payload_off": 0,
    "state_topic": "zwave/Hall/Dimmer/38/0/currentValue",
    "state_value_template": "{{ 'ON' if value_json.value > 0 else 0 }}",
    "unique_id": "zwavejs2mqtt_0xe6_7-38-0-currentValue",
}

GATEWAY_SENSOR: dict[str, Json] = {
    "dev_cla": "temperature",
    "device": {"ids": ["A4C138112233"], "name": "LYWSD03MMC-112233", "mf": "Xiaomi", "via_device": "OMG"},
    "exp_aft": 60,
    "name": "LYWSD03MMC-tempc",
    "stat_cla": "measurement",
    "stat_t": "+/+/BTtoMQTT/A4C138112233",
    "uniq_id": "A4C138112233-tempc",
    "unit_of_meas": "°C",
    "val_tpl": "{{ value_json.tempc | is_defined }}",
}

DEVICE_FORM: dict[str, Json] = {
    "dev": {"ids": ["boiler-1"], "name": "Boiler", "sa": "Utility room"},
    "o": {"name": "boilerd", "sw": "1.0"},
    "avty": [{"t": "boiler/status"}],
    "stat_t": "boiler/state",
    "cmps": {
        "heat": {
            "p": "switch",
            "uniq_id": "boiler_heat",
            "name": "Hot water",
            "cmd_t": "boiler/heat/set",
            "val_tpl": "{{ value_json.heat }}",
        },
        "pressure": {
            "p": "sensor",
            "uniq_id": "boiler_pressure",
            "dev_cla": "pressure",
            "unit_of_meas": "bar",
            "val_tpl": "{{ value_json.bar | round(1) }}",
        },
        "old": {"p": "sensor"},
    },
}

TASMOTA_PLUG: dict[str, Json] = {
    "ip": "192.168.1.20", "dn": "Plug 7", "fn": ["Coffee maker", None, None], "hn": "tasmota-7", "mac": "AABBCCDDEEFF", "md": "Nous A1T",
    "if": 0, "ofln": "Offline", "onln": "Online", "state": ["OFF", "ON", "TOGGLE", "HOLD"], "sw": "13.4.0", "t": "plug7",
    "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"], "rl": [1, 0, 0, 0], "swc": [-1], "btn": [0, 0], "ty": 0,
    "so": {"4": 0, "11": 0, "13": 0, "17": 0, "20": 0, "30": 0, "68": 0, "73": 0, "82": 0, "114": 0, "117": 0},
    "lk": 0, "lt_st": 0, "sho": [0, 0, 0, 0], "ver": 1,
}  # fmt: skip


def announce(registry: Registry, topic: str, payload: dict[str, Json]) -> bool:
    """Feed one announcement."""
    return registry.feed(topic, json.dumps(payload).encode(), retain=True)


def announced(kind: str, **keys: Json) -> Registry:
    """A registry in which one component is announced."""
    registry = Registry()
    announce(registry, f"homeassistant/{kind}/x/config", {"name": "Thing", "unique_id": "x", **keys})
    return registry


def the_entity(registry: Registry, entity_id: str | None = None) -> Entity:
    """The entity with an id, or the only one."""
    entities = registry.snapshot().entities
    if entity_id is None:
        [entity] = entities
        return entity
    return next(entity for entity in entities if entity.id == entity_id)


def sent(registry: Registry, entity_id: str, command: str, **data: Json) -> list[tuple[str, str]]:
    """Topic and payload of each message that a command becomes."""
    messages = registry.encode(Action(entity_id, command, data))
    return [(one.topic, one.payload.decode()) for one in messages if isinstance(one, Publish)]
