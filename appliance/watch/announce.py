"""How watches appear in Home Assistant."""

from __future__ import annotations

import json

from appliance.config import WatchSettings
from appliance.messages import Json, Publish


def discovery(watch: WatchSettings, node: str, prefix: str) -> Publish:
    """What makes the alert of a watch appear in Home Assistant, as a problem sensor of the node."""
    topic = f"ternd/{node}/alert/{watch.id}"
    payload: dict[str, Json] = {
        "name": f"Alert {watch.name.replace('{1}', '').replace('{2}', '').strip() or watch.id}",
        "uniq_id": f"ternd_{node}_alert_{watch.id}",
        "stat_t": topic,
        "val_tpl": "{{ value_json.state }}",
        "pl_on": "raised",
        "pl_off": "clear",
        "dev_cla": "problem",
        "json_attr_t": topic,
        "avty": [{"t": f"ternd/{node}/status"}],
        "dev": {"ids": [f"ternd_{node}"], "name": f"ternd {node}"},
        "o": {"name": "ternd"},
    }
    return Publish(
        discovery_topic(watch.id, node, prefix),
        json.dumps(payload, ensure_ascii=False).encode(),
        retain=True,
    )


def discovery_topic(watch: str, node: str, prefix: str) -> str:
    """Where a watch is announced."""
    return f"{prefix}/binary_sensor/ternd_{node}/alert_{watch}/config"
