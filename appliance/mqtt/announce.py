"""ternd's own announcement: Home Assistant's discovery, device form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from appliance import __version__
from appliance.messages import Json, Publish
from appliance.mqtt.own import OwnEntity

HEALTH_SENSORS: Mapping[str, Mapping[str, Json]] = {
    "queue": {"name": "Waiting requests", "val_tpl": "{{ value_json.queue | default(0) }}", "stat_cla": "measurement"},
    "rss_mb": {
        "name": "Memory",
        "val_tpl": "{{ value_json.rss_mb | default(0) }}",
        "unit_of_meas": "MB",
        "dev_cla": "data_size",
        "stat_cla": "measurement",
    },
    "temperature": {
        "name": "Processor temperature",
        "val_tpl": "{{ value_json.temperature | default(None) }}",
        "unit_of_meas": "°C",
        "dev_cla": "temperature",
        "stat_cla": "measurement",
    },
    "alerts": {
        "name": "Raised alerts",
        "val_tpl": "{{ value_json.alerts | default(0) }}",
        "stat_cla": "measurement",
    },
    "disk": {"name": "Disk", "val_tpl": "{{ (value_json.disk | default('ok', true))[:250] }}"},
    "last_error": {"name": "Last error", "val_tpl": "{{ (value_json.last_error | default('none', true))[:250] }}"},
}
"""Key of the health report to the sensor that shows it."""


def announcement(
    node: str, own: Sequence[OwnEntity] = (), *, prefix: str = "homeassistant", area: str | None = None
) -> Publish:
    """What makes the node appear in Home Assistant: a text to ask with, the last reply, its health, and what else it has."""
    base = f"ternd/{node}"
    device: dict[str, Json] = {"ids": [f"ternd_{node}"], "name": f"ternd {node}", "mdl": "ternd", "sw": __version__}
    if area:
        device["sa"] = area
    components: dict[str, Json] = {
        "ask": {
            "p": "text",
            "uniq_id": f"ternd_{node}_ask",
            "name": "Ask",
            "cmd_t": f"{base}/ask",
            "max": 255,
            "ic": "mdi:message-question",
        },
        "reply": {
            "p": "sensor",
            "uniq_id": f"ternd_{node}_reply",
            "name": "Last reply",
            "stat_t": f"{base}/reply",
            "val_tpl": "{{ value_json.speech[:250] }}",
            "json_attr_t": f"{base}/reply",
            "ic": "mdi:message-reply-text",
        },
    }
    for key, sensor in HEALTH_SENSORS.items():
        components[key] = {
            "p": "sensor",
            "uniq_id": f"ternd_{node}_{key}",
            "stat_t": f"{base}/health",
            "ent_cat": "diagnostic",
            **sensor,
        }
    for one in own:
        components[one.key] = {"uniq_id": f"ternd_{node}_{one.key}", **one.component}
    payload = {
        "dev": device,
        "o": {"name": "ternd", "sw": __version__},
        "avty": [{"t": f"{base}/status"}],
        "qos": 1,
        "cmps": components,
    }
    return Publish(
        f"{prefix}/device/ternd_{node}/config", json.dumps(payload, ensure_ascii=False).encode(), retain=True
    )
