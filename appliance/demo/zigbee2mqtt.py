"""Zigbee devices behind a simulated zigbee2mqtt 2.x: its topics, its discovery payloads, its manners.

``<base>/<friendly name>`` carries the whole state as JSON; ``/set`` and ``/set/<key>`` take commands, ``/get`` asks for the
state, ``/availability`` tells whether the device is there. What it cannot apply is reported on ``<base>/bridge/logging`` and
otherwise ignored.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.demo.wire import Fault, Job, Message, Port
from appliance.messages import Json

VERSION = "2.1.3"
"""The version whose payloads these are."""

_WORDS = frozenset(("on", "off", "toggle", "open", "close", "stop", "lock", "unlock"))
"""Payloads that ``/set`` takes without JSON: they mean the state."""

_SIGNAL = 120
"""Link quality that every simulated device reports (0-255)."""


@dataclass(frozen=True, slots=True)
class Expose:
    """One entity that a device offers."""

    component: str
    object_id: str
    payload: Mapping[str, Json]
    """Discovery keys of its own; the bridge adds topics, device, origin and availability."""


class Unsupported(Exception):  # noqa: N818 - it is answered with a log line, not raised to anybody
    """A key or value for which the device has no converter."""


class ZigbeeDevice(Protocol):
    """What the bridge needs of a device."""

    name: str
    """Friendly name, also a level of its topics."""
    model: tuple[str, str, str]
    """Manufacturer, description, model id."""
    fault: Fault
    state: dict[str, Json]
    """The JSON that is published."""
    report: Callable[[], None]
    """Set by the bridge: publish the state."""
    later: Callable[[float, Job], None]
    """Set by the bridge: do something after a while."""

    def exposes(self) -> Sequence[Expose]:
        """Its entities."""

    def set(self, key: str, value: Json) -> None:
        """Apply one key of a command; raises :class:`Unsupported`."""

    def drift(self, chance: random.Random) -> bool:
        """Let the world move on; whether there is something to report."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A stored scene of a group."""

    id: int
    name: str
    members: Mapping[str, Mapping[str, Json]]
    """Friendly name to the command it gets."""


class Bridge:
    """The station: all Zigbee devices of the home."""

    def __init__(self, devices: Sequence[ZigbeeDevice], scenes: Sequence[Scene] = (), *, group: str = "Scenes",
                 base: str = "zigbee2mqtt", prefix: str = "homeassistant", retain: bool = True, drift_s: float = 20.0) -> None:  # fmt: skip
        self._devices = {device.name: device for device in devices}
        self._scenes = tuple(scenes)
        self._group = group
        self._base = base
        self._prefix = prefix
        self._retain = retain
        self._drift_s = drift_s
        self._chance = random.Random(1)
        self._port: Port | None = None

    @property
    def client_id(self) -> str:
        """MQTT client id."""
        return "zigbee2mqtt_demo"

    @property
    def will(self) -> Message:
        """The bridge is gone."""
        return Message(f"{self._base}/bridge/state", '{"state":"offline"}', retain=True)

    @property
    def topics(self) -> tuple[str, ...]:
        """Commands, questions, and Home Assistant's birth message."""
        return (f"{self._base}/+/set", f"{self._base}/+/set/+", f"{self._base}/+/get", f"{self._prefix}/status")

    def start(self, port: Port) -> None:
        """Announce every device and report its state."""
        first = self._port is None
        self._port = port
        port.publish(Message(f"{self._base}/bridge/state", '{"state":"online"}', retain=True))
        for device in self._devices.values():
            device.report = lambda device=device: self._report(device)  # type: ignore[misc]
            device.later = port.later
        self._announce()
        if first:
            port.later(self._drift_s, self._drift)

    def receive(self, topic: str, payload: str) -> None:
        """Take a command, a question or Home Assistant's birth."""
        if topic == f"{self._prefix}/status":
            if payload == "online":
                self._announce()
            return
        name, verb, *rest = topic.removeprefix(f"{self._base}/").split("/")
        device = self._devices.get(name)
        if device is None:
            self._recall(name, payload) if verb == "set" else None
            return
        if device.fault.silent or device.fault.offline:
            return
        if verb == "get":
            self._report(device)
            return
        command = parse_command(payload, rest[0] if rest else None)
        if command is None:
            self._log(f"Invalid JSON in MQTT message '{payload[:80]}' on '{topic}'")
        elif device.fault.delay_s > 0:
            self._require_port().later(device.fault.delay_s, lambda: self._apply(device, command))
        else:
            self._apply(device, command)

    def _apply(self, device: ZigbeeDevice, command: Mapping[str, Json]) -> None:
        applied = False
        for key, value in command.items():
            try:
                device.set(key, value)
                applied = True
            except Unsupported as reason:
                self._log(f"Publish 'set' '{key}' to '{device.name}' failed: '{reason}'")
        if applied:
            device.report()

    def _recall(self, group: str, payload: str) -> None:
        command = parse_command(payload, None) or {}
        scene = next(
            (scene for scene in self._scenes if group == self._group and scene.id == command.get("scene_recall")), None
        )
        if scene is None:
            self._log(f"Entity '{group}' is unknown")
            return
        for name, wanted in scene.members.items():
            device = self._devices[name]
            if not (device.fault.silent or device.fault.offline):
                self._apply(device, wanted)

    def _announce(self) -> None:
        port = self._require_port()
        for device in self._devices.values():
            for expose in (*device.exposes(), _link_quality()):
                port.publish(Message(f"{self._prefix}/{expose.component}/{address(device.name)}/{expose.object_id}/config",
                                     json.dumps(self._payload(device, expose)), retain=True))  # fmt: skip
            online = "offline" if device.fault.offline else "online"
            port.publish(
                Message(f"{self._base}/{device.name}/availability", json.dumps({"state": online}), retain=True)
            )
            device.report()
        for scene in self._scenes:
            port.publish(Message(f"{self._prefix}/scene/{address(self._group)}/scene_{scene.id}/config",
                                 json.dumps(self._scene_payload(scene)), retain=True))  # fmt: skip

    def _payload(self, device: ZigbeeDevice, expose: Expose) -> dict[str, Json]:
        topic = f"{self._base}/{device.name}"
        payload = {
            key: value.replace("%topic%", topic) if isinstance(value, str) else value
            for key, value in expose.payload.items()
        }
        main = payload.get("name", "") is None
        maker, description, model_id = device.model
        object_id = _slug(device.name if main else f"{device.name} {expose.object_id}")
        return payload | {
            "availability": [
                {"topic": f"{self._base}/bridge/state", "value_template": "{{ value_json.state }}"},
                {"topic": f"{topic}/availability", "value_template": "{{ value_json.state }}"},
            ],
            "availability_mode": "all",
            "default_entity_id": f"{expose.component}.{object_id}",
            "device": {
                "identifiers": [f"zigbee2mqtt_{address(device.name)}"],
                "manufacturer": maker,
                "model": description,
                "model_id": model_id,
                "name": device.name,
                "via_device": f"zigbee2mqtt_bridge_{address('bridge')}",
            },
            "object_id": object_id,
            "origin": self._origin(),
            "state_topic": topic,
            "unique_id": f"{address(device.name)}_{expose.object_id}_{self._base}",
        }

    def _scene_payload(self, scene: Scene) -> dict[str, Json]:
        return {
            "availability": [{"topic": f"{self._base}/bridge/state", "value_template": "{{ value_json.state }}"}],
            "command_topic": f"{self._base}/{self._group}/set",
            "default_entity_id": f"scene.{_slug(scene.name)}",
            "name": scene.name,
            "object_id": _slug(scene.name),
            "origin": self._origin(),
            "payload_on": json.dumps({"scene_recall": scene.id}),
            "unique_id": f"{address(self._group)}_scene_{scene.id}_{self._base}",
        }

    def _origin(self) -> dict[str, str]:
        return {"name": "Zigbee2MQTT", "sw": VERSION, "url": "https://www.zigbee2mqtt.io"}

    def _report(self, device: ZigbeeDevice) -> None:
        state = device.state | {"linkquality": _SIGNAL}
        self._require_port().publish(Message(f"{self._base}/{device.name}", json.dumps(state), retain=self._retain))

    def _log(self, text: str) -> None:
        line = {"level": "error", "message": f"z2m: {text}", "namespace": "z2m"}
        self._require_port().publish(Message(f"{self._base}/bridge/logging", json.dumps(line)))

    def _drift(self) -> None:
        for device in self._devices.values():
            if not device.fault.offline and device.drift(self._chance):
                device.report()
        self._require_port().later(self._drift_s, self._drift)

    def _require_port(self) -> Port:
        if self._port is None:
            msg = "the bridge has not been started"
            raise RuntimeError(msg)
        return self._port


def parse_command(payload: str, key: str | None) -> Mapping[str, Json] | None:
    """What a message on ``/set`` (or ``/set/<key>``) asks for; None when it cannot be read."""
    if key is not None:
        try:
            return {key: json.loads(payload)}
        except (ValueError, RecursionError):
            return {key: payload}
    if payload.lower() in _WORDS:
        return {"state": payload}
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def address(name: str) -> str:
    """A stable IEEE address for a device of this name."""
    number = 0
    for byte in name.encode():
        number = (number * 257 + byte) % (1 << 40)
    return f"0x00158d{number:010x}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _link_quality() -> Expose:
    return Expose("sensor", "linkquality", {
        "name": "Linkquality", "enabled_by_default": False, "entity_category": "diagnostic", "icon": "mdi:signal",
        "state_class": "measurement", "unit_of_measurement": "lqi", "value_template": "{{ value_json.linkquality }}",
    })  # fmt: skip
