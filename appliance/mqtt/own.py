"""The node's own entities on the broker: what is announced of them, how their states are written and their commands read.

A command that comes in here is a wish like any other: it becomes an :class:`~appliance.messages.Action`, and policy and
the gate decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.errors import RequestError
from appliance.messages import NOTHING, Action, Entity, Json

MAX_COMMAND_BYTES = 1024
"""Longest command."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "valve": {"OPEN": "open", "CLOSE": "close"},
    "lock": {"LOCK": "lock", "UNLOCK": "unlock"},
}
"""Domain to the words of its commands, where they are not ON and OFF."""
_ON_OFF: Mapping[str, str] = {"ON": "turn_on", "OFF": "turn_off"}
_EXPECTED: Mapping[str, str] = {
    "turn_on": "on", "turn_off": "off", "open": "open", "close": "closed", "lock": "locked", "unlock": "unlocked",
}  # fmt: skip
_NUMBERS: Mapping[str, tuple[str, str, float]] = {
    "brightness": ("light", "turn_on", 255), "percentage": ("fan", "set_percentage", 100),
}  # fmt: skip
"""Key of a command object to the domain and command that take it, and its largest value."""


@dataclass(frozen=True, slots=True)
class OwnEntity:
    """One entity that the node announces besides requests, replies and health."""

    key: str
    """``[a-z0-9_]+``, unique in the node."""
    component: Mapping[str, Json]
    """Its keys in the node's announcement, without ``uniq_id``."""
    command_topic: str | None = None
    """Where it is commanded; None: nowhere."""
    take: Callable[[bytes], None] = lambda _payload: None
    """Takes the payload of a command; raises TerndError to refuse it. Called on the client's thread: it must not wait."""


def pin_topic(node: str, entity: Entity) -> str:
    """The beginning of the topics of a pin's entity: ``…/state`` and ``…/set``."""
    return f"ternd/{node}/gpio/{entity.id.partition('.')[2]}"


def pin(node: str, entity: Entity, take: Callable[[Action], None]) -> OwnEntity:
    """Announce one of the node's pins; `take` is given each command for it."""
    base = pin_topic(node, entity)
    component: dict[str, Json] = {
        "p": _platform(entity),
        "name": entity.name,
        "def_ent_id": entity.id,
        "stat_t": f"{base}/state",
        "avty": [
            {"t": f"ternd/{node}/status"},
            {"t": f"{base}/state", "val_tpl": "{{ 'offline' if value_json.state == 'unavailable' else 'online' }}"},
        ],
        "avty_mode": "all",
    }
    if entity.device_class:
        component["dev_cla"] = entity.device_class
    component |= _reading(entity, f"{base}/state")
    if not entity.features:
        return OwnEntity(f"gpio_{entity.id.replace('.', '_')}", component)
    topic = f"{base}/set"
    component |= {"cmd_t": topic} | _commanding(entity, topic)
    return OwnEntity(
        f"gpio_{entity.id.replace('.', '_')}", component, topic, lambda payload: take(read_command(entity, payload))
    )


def switch(node: str, key: str, name: str, take: Callable[[bool], None], *, icon: str) -> OwnEntity:
    """Announce a switch of the node itself, such as the one that mutes it; its state is kept on ``ternd/<node>/<key>``."""
    topic = f"ternd/{node}/{key}/set"
    component = {"p": "switch", "name": name, "stat_t": f"ternd/{node}/{key}", "cmd_t": topic, "ic": icon}
    return OwnEntity(key, component, topic, lambda payload: take(_is_on(payload)))


def _is_on(payload: bytes) -> bool:
    word = payload.strip().upper()
    if word not in {b"ON", b"OFF"}:
        raise RequestError("the command is neither ON nor OFF")
    return word == b"ON"


def _platform(entity: Entity) -> str:
    # a humidifier of Home Assistant needs a target humidity, which a relay does not have
    return "switch" if entity.domain == "humidifier" else entity.domain


def _reading(entity: Entity, topic: str) -> dict[str, Json]:
    if entity.domain == "light":
        return {"schema": "json"}
    if entity.domain == "fan":
        keys = {"stat_val_tpl": "{{ value_json.state }}"}
        if "set_percentage" in (entity.features or ()):
            keys |= {"pct_stat_t": topic, "pct_val_tpl": "{{ value_json.percentage | default('None') }}"}
        return keys
    unit = entity.attributes.get("unit_of_measurement")
    template = "stat_val_tpl" if entity.domain == "siren" else "val_tpl"
    return {template: "{{ value_json.state }}"} | ({"unit_of_meas": unit} if unit else {})


def _commanding(entity: Entity, topic: str) -> dict[str, Json]:
    features = entity.features or frozenset()
    if entity.domain == "light" and "brightness" in features:
        return {"brightness": True, "sup_clrm": ["brightness"]}
    if entity.domain == "fan" and "set_percentage" in features:
        return {"pct_cmd_t": topic, "pct_cmd_tpl": '{"percentage": {{ value }}}'}
    return {}


def state_payload(entity: Entity) -> bytes:
    """The state of a pin's entity as it is kept on the broker."""
    # Sirens, switches, sensors and lights say ON and OFF there, valves and locks what Home Assistant expects of them.
    state = entity.state if entity.domain == "valve" or entity.state == "unavailable" else entity.state.upper()
    state = "None" if entity.state == "unknown" else state  # what controllers take for unknown
    known = {key: entity.attributes[key] for key in _NUMBERS if entity.attributes.get(key) is not None}
    shown = known if entity.state == "on" else {}
    return json.dumps({"state": state, **shown}).encode()


def read_command(entity: Entity, payload: bytes) -> Action:
    """Read a command for a pin: a word (``ON``), or an object with ``state``, ``brightness`` or ``percentage``.

    Raises:
        RequestError: it is none; the message says what to send.
    """
    if len(payload) > MAX_COMMAND_BYTES:
        raise RequestError(f"the command is longer than {MAX_COMMAND_BYTES} bytes")
    try:
        text = payload.decode().strip()
        said = json.loads(text) if text.startswith("{") else {"state": text}
    except (ValueError, RecursionError) as error:
        raise RequestError("the command is neither a word nor a JSON object") from error
    commands = _WORDS.get(entity.domain, _ON_OFF)
    word = said.get("state")
    command = commands.get(word.upper()) if isinstance(word, str) else None
    data: Mapping[str, Json] = NOTHING
    if word is None or command == "turn_on":
        for key, (domain, numeric, largest) in _NUMBERS.items():
            value = said.get(key)
            if value is None or entity.domain != domain:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= largest:
                raise RequestError(f"{key} must be a number from 0 to {largest:g}")
            command, data = numeric, {key: value}
    if command is None or command not in (entity.features or ()):
        raise RequestError(f"the command is none of {', '.join(commands)}")
    return Action(entity.id, command, data, _expected(command, data))


def _expected(command: str, data: Mapping[str, Json]) -> Mapping[str, Json]:
    if command == "set_percentage":
        return data
    return {"state": _EXPECTED[command], **data} if any(data.values()) or not data else {"state": "off"}
