"""Home Assistant's MQTT discovery: what an announcement on ``homeassistant/…/config`` says.

Two forms: one component per topic (``<prefix>/<component>/[<node id>/]<object id>/config``) and one device with its
components per topic (``<prefix>/device/<object id>/config``). Keys may be abbreviated. Everything is untrusted: sizes and counts are
capped, types are checked, and whatever cannot be used is an error or a note, never an exception of another kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from appliance.errors import HomeError
from appliance.home.abbreviations import DEVICE_KEYS, KEYS, ORIGIN_KEYS
from appliance.home.announced import Announced
from appliance.home.binding import Availability, AvailabilityTopic, Binding
from appliance.home.climates import build_climate, build_fan, build_humidifier, build_water_heater
from appliance.home.hints import nearest
from appliance.home.lights import build_light
from appliance.home.movers import build_cover, build_lock, build_mower, build_vacuum, build_valve
from appliance.home.setting import Setting
from appliance.home.simple import (
    build_alarm,
    build_binary_sensor,
    build_button,
    build_number,
    build_scene,
    build_select,
    build_sensor,
    build_siren,
    build_switch,
    build_tracker,
)
from appliance.home.topics import CommandTopics
from appliance.messages import Json
from appliance.text import read_json

MAX_ANNOUNCEMENT = 131_072
"""Longest announcement, in bytes."""
MAX_COMPONENTS = 256
"""Most components of one device."""
MAX_AVAILABILITY = 8
"""Most availability topics of one component."""

_TOPIC = re.compile(
    r"(?P<component>[a-z_]{1,32})/(?:(?P<node>[a-zA-Z0-9_-]{1,128})/)?(?P<object>[a-zA-Z0-9_-]{1,128})/config"
)
_POLLED = frozenset({"cover", "fan", "light", "lock", "switch", "valve"})
"""Kinds of components that Zigbee2MQTT can ask for their state."""
_READ_BY = ("temperature_state_template", "position_template", "state_value_template", "value_template")
"""Keys of the templates that name the value to ask for."""
_VALUE = re.compile(r"value_json(?:\.|\[[\"'])(\w+)")
_SHARED = (
    "availability", "availability_mode", "availability_template", "availability_topic", "command_topic", "encoding",
    "origin", "payload_available", "payload_not_available", "qos", "state_topic",
)  # fmt: skip

BUILDERS: Mapping[str, Callable[[Announced], Binding]] = {
    "alarm_control_panel": build_alarm,
    "binary_sensor": build_binary_sensor,
    "button": build_button,
    "climate": build_climate,
    "cover": build_cover,
    "device_tracker": build_tracker,
    "fan": build_fan,
    "humidifier": build_humidifier,
    "lawn_mower": build_mower,
    "light": build_light,
    "lock": build_lock,
    "number": build_number,
    "scene": build_scene,
    "select": build_select,
    "sensor": build_sensor,
    "siren": build_siren,
    "switch": build_switch,
    "vacuum": build_vacuum,
    "valve": build_valve,
    "water_heater": build_water_heater,
}
"""The components that ternd uses; others are ignored."""


@dataclass(frozen=True, slots=True)
class Component:
    """One announced entity."""

    kind: str
    """``light``, ``sensor``, …; empty: a component of a device does not say it."""
    unique_id: str
    """Unique in the home; its own or, for want of one, the topic's ids."""
    config: Mapping[str, Json]
    """Its keys by their full names, ``~`` expanded."""
    object_id: str
    """The id in the topic, for want of a name."""

    @property
    def device(self) -> Mapping[str, Json]:
        """What it says about its device; a part of a device with a name of its own goes by that."""
        device = self.config.get("device")
        if not isinstance(device, dict):
            return {}
        child = device.get("child_device")
        return device | {key: child[key] for key in ("name",) if key in child} if isinstance(child, dict) else device

    @property
    def origin(self) -> str:
        """Who announced it: the name of the software."""
        origin = self.config.get("origin")
        name = origin.get("name") if isinstance(origin, dict) else None
        return name.strip().lower()[:64] if isinstance(name, str) and name.strip() else "mqtt"


def is_discovery(topic: str, prefix: str) -> bool:
    """Whether `topic` is a configuration topic under the discovery `prefix`."""
    return topic.startswith(prefix + "/") and topic.endswith("/config")


def parse_discovery(topic: str, payload: bytes, prefix: str = "homeassistant") -> tuple[Component, ...]:
    """Return the components that a message announces; none for an empty payload, which removes.

    Raises:
        HomeError: the announcement is too large, no JSON object, or lacks what it must have.
    """
    match = _TOPIC.fullmatch(topic.removeprefix(prefix + "/"))
    if match is None:
        message = "the topic is not <component>/[<node id>/]<object id>/config"
        raise HomeError(message)
    if not payload.strip():
        return ()
    config = _expand(_load(payload), KEYS)
    if config.keys() == {"migrate_discovery"}:
        return ()  # it is about to be announced in the other form
    owner = "_".join(part for part in (match["node"], match["object"]) if part)
    if match["component"] == "device":
        return tuple(_device_components(config, owner))
    return (_component(match["component"], config, match["object"], owner),)


def configured(entity_id: str, name: str, keys: Mapping[str, Json]) -> Component:
    """The component of an entity of the home file, whose keys are those of an announcement.

    Raises:
        HomeError: a key is unknown.
    """
    known = {*KEYS, *KEYS.values(), "~"}
    for key in keys:
        if key not in known:
            message = f"unknown key {key!r}{nearest(key, known)}"
            raise HomeError(message)
    kind, _dot, object_id = entity_id.partition(".")
    return _component(kind, {"name": name, **_expand(keys, KEYS)}, object_id, object_id)


def _load(payload: bytes) -> Mapping[str, Json]:
    if len(payload) > MAX_ANNOUNCEMENT:
        message = f"the announcement is larger than {MAX_ANNOUNCEMENT} bytes"
        raise HomeError(message)
    try:
        config = read_json(payload)
    except (ValueError, RecursionError) as error:
        message = "the announcement is not valid JSON"
        raise HomeError(message) from error
    if not isinstance(config, dict):
        message = "the announcement is not a JSON object"
        raise HomeError(message)
    return config


def _expand(config: Mapping[str, Json], table: Mapping[str, str]) -> dict[str, Json]:
    """Write keys out in full; a full key wins over its abbreviation."""
    full = {table[key]: value for key, value in config.items() if key in table and table[key] not in config}
    full |= {key: value for key, value in config.items() if table.get(key, key) == key}
    for key, keys in (("device", DEVICE_KEYS), ("origin", ORIGIN_KEYS), ("child_device", DEVICE_KEYS)):
        if isinstance(full.get(key), dict):
            full[key] = _expand(full[key], keys)
    if "availability" in full:
        listed = full["availability"] if isinstance(full["availability"], list) else [full["availability"]]
        full["availability"] = [_expand(item, KEYS) if isinstance(item, dict) else item for item in listed]
    return full


def _with_base(config: dict[str, Json]) -> dict[str, Json]:
    """Replace ``~`` at either end of the topics by the base topic."""
    base = config.pop("~", None)
    if not isinstance(base, str):
        return config
    out = {key: _based(key, value, base) for key, value in config.items()}
    if isinstance(out.get("availability"), list):
        out["availability"] = [
            {key: _based(key, value, base) for key, value in item.items()} if isinstance(item, dict) else item
            for item in out["availability"]
        ]
    return out


def _based(key: str, value: Json, base: str) -> Json:
    if not key.endswith("topic") or not isinstance(value, str):
        return value
    if value.startswith("~"):
        return base + value[1:]
    return value[:-1] + base if value.endswith("~") else value


def _device_components(config: dict[str, Json], owner_id: str) -> Iterator[Component]:
    device, origin = config.get("device"), config.get("origin")
    if not isinstance(device, dict) or not (device.get("identifiers") or device.get("connections")):
        message = "a device needs dev with ids or cns"
        raise HomeError(message)
    if not isinstance(origin, dict) or not isinstance(origin.get("name"), str):
        message = "a device needs o with a name"
        raise HomeError(message)
    parts = list(_parts(config, device))
    if not parts:
        message = "a device needs at least one component in cmps"
        raise HomeError(message)
    if len(parts) > MAX_COMPONENTS:
        message = f"a device has more than {MAX_COMPONENTS} components"
        raise HomeError(message)
    shared = {key: config[key] for key in (*_SHARED, "~") if key in config}
    for key, part, owner in parts:
        own = _expand(part, KEYS) if isinstance(part, dict) else {}
        platform = own.pop("platform", None)
        if not own and (isinstance(platform, str) or part in ({}, "", None)):
            continue  # nothing, or only the platform: this component is removed
        kind = platform if isinstance(platform, str) else ""
        yield _component(kind, shared | {"device": owner} | own, key, f"{owner_id}_{key}")


def _parts(config: Mapping[str, Json], device: Mapping[str, Json]) -> Iterator[tuple[str, Json, Mapping[str, Json]]]:
    """Each component with its key and its device: those of the device itself, then those of the devices that are part of it."""
    own, children = config.get("components"), config.get("child_devices", [])
    if isinstance(own, dict):
        yield from ((key, part, device) for key, part in own.items())
    for child in children if isinstance(children, list) else [children]:
        said = _expand(child, {**DEVICE_KEYS, **KEYS}) if isinstance(child, dict) else {}
        parts = said.get("components")
        if isinstance(parts, dict):
            named = {"child_device": {key: said[key] for key in ("identifiers", "name") if key in said}}
            yield from ((key, part, {**device, **named}) for key, part in parts.items())


def _component(kind: str, config: dict[str, Json], object_id: str, owner: str) -> Component:
    unique = config.get("unique_id")
    return Component(
        kind=kind,
        unique_id=unique[:256] if isinstance(unique, str) and unique else f"{kind}_{owner}",
        config=_with_base(dict(config)),
        object_id=object_id,
    )


def bind(component: Component, topics: CommandTopics, setting: Setting | None = None) -> Binding:
    """Compile how to read and command a component.

    Raises:
        HomeError: its kind is not used here, or a key is of the wrong type.
    """
    builder = BUILDERS.get(component.kind)
    if builder is None:
        message = f"components of the kind {component.kind!r} are not used"
        raise HomeError(message)
    config = Announced(component.config, topics, setting)
    availability = _availability(config)
    binding = builder(config)
    asks = _polls(component, config) if binding.commands else ()
    polls = tuple(ask for ask in asks if topics.fault(ask[0]) is None)
    return replace(
        binding,
        availability=availability,
        polls=polls,
        notes=(*binding.notes, *config.notes),
        command_topics=tuple(config.command_topics),
    )


def _polls(component: Component, config: Announced) -> tuple[tuple[str, str], ...]:
    """Zigbee2MQTT does not retain states, but every ``…/set`` has a ``…/get`` that asks the device for one of its values."""
    topic = config.text("command_topic") or config.text("temperature_command_topic")
    base = topic.rpartition("/set")[0]
    if component.origin != "zigbee2mqtt" or not base:
        return ()
    template = next((config.text(key) for key in _READ_BY if config.text(key)), "")
    value = _VALUE.search(template)
    name = value[1] if value else "state"
    if component.kind == "climate" or (component.kind in _POLLED and name.partition("_")[0] in {"state", "position"}):
        return ((f"{base}/get", json.dumps({name: ""})),)
    return ()


def _availability(config: Announced) -> Availability:
    listed = config.config.get("availability")
    if listed is None:
        only = _availability_topic(config, "availability_topic", "availability_template")
        return Availability((only,) if only is not None else ())
    if not isinstance(listed, list) or len(listed) > MAX_AVAILABILITY:
        message = f"availability must be a list of at most {MAX_AVAILABILITY} topics"
        raise HomeError(message)
    found = []
    for item in listed:
        if not isinstance(item, dict):
            message = "availability must be a list of objects with a topic"
            raise HomeError(message)
        keys = Announced(item, CommandTopics())
        one = _availability_topic(keys, "topic", "value_template")
        config.notes.extend(f"availability: {note}" for note in keys.notes)
        if one is not None:
            found.append(one)
    mode = config.text("availability_mode", "latest")
    return Availability(tuple(found), mode if mode in {"all", "any"} else "latest")


def _availability_topic(keys: Announced, topic_key: str, template_key: str) -> AvailabilityTopic | None:
    topic, before = keys.state_topic(topic_key), len(keys.notes)
    template = keys.reading_template(template_key)
    if topic is None or len(keys.notes) > before:
        return None  # it is taken for there, as one that says nothing about it
    return AvailabilityTopic(
        topic, keys.text("payload_available", "online"), keys.text("payload_not_available", "offline"), template
    )
