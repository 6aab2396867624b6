"""What the config of a device with Tasmota says of the whole device: its names, topics, relays and options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from appliance.errors import HomeError
from appliance.home.binding import (
    STATE,
    Availability,
    AvailabilityTopic,
    Binding,
    Encode,
    Message,
    Read,
    Reader,
    Update,
)
from appliance.home.simple import json_object
from appliance.home.spec import MAX_NAME, Spec, readable, slug
from appliance.home.topics import CommandTopics, filter_fault, topic_fault
from appliance.messages import NOTHING, Json
from appliance.text import key

RELAY, LIGHT, SHUTTER = 1, 2, 3
"""Kinds of relays in ``rl``."""
MAX_RELAYS = 64
_PREFIX_MARK = "%prefix%"
_UNNAMED = "tasmota"
"""What a device is called that nobody has given a name."""


class Board:
    """Typed access to the config of one device."""

    def __init__(self, mac: str, config: Mapping[str, Json], topics: CommandTopics) -> None:
        """Read what all parts of the device need. Raises HomeError."""
        self.mac = mac
        self.config = config
        self.name = readable(self.text("dn", "") or self.text("hn", mac))
        prefixes = config.get("tp", ["cmnd", "stat", "tele"])
        if not isinstance(prefixes, list) or len(prefixes) != 3 or not all(isinstance(item, str) for item in prefixes):
            message = "tp must be the three topic prefixes"
            raise HomeError(message)
        commands, self.stat, self.tele = prefixes
        self.cmnd = self._full_topic(commands, commands=True)
        self.stat, self.tele = self._full_topic(self.stat), self._full_topic(self.tele)
        states = config.get("state")
        self.off, self.on = ("OFF", "ON")
        if isinstance(states, list) and len(states) >= 2 and all(isinstance(item, str) for item in states[:2]):
            self.off, self.on = states[0], states[1]
        relays = config.get("rl", [])
        if not isinstance(relays, list) or len(relays) > MAX_RELAYS:
            message = "rl must be the list of relays"
            raise HomeError(message)
        self.relays = [whole_number(item) for item in relays]
        options = config.get("so")
        self._options: Mapping[str, Json] = options if isinstance(options, dict) else NOTHING
        self.results = self.stat + ("+" if self.has("4") else "RESULT")
        """Where commands are answered: with SetOption4 under their own names."""
        for listened in (self.results, self.tele + "LWT"):
            if fault := filter_fault(listened):
                raise HomeError(fault)
        will = AvailabilityTopic(self.tele + "LWT", self.text("onln", "Online"), self.text("ofln", "Offline"))
        # what sleeps most of the time says so by its last will, and is there all the same
        self.availability = Availability() if self.whole("dslp") else Availability((will,))
        fault = topics.fault(self.cmnd + "POWER")
        self.notes = (f"cannot be commanded: {fault}",) if fault else ()
        self.poll = () if fault else ((self.cmnd + "STATE", ""),)
        self.poll_sensors = () if fault else ((self.cmnd + "STATUS", "10"),)

    def text(self, name: str, default: str) -> str:
        """A string of the config. Raises HomeError."""
        value = self.config.get(name, default)
        if not isinstance(value, str) or len(value) > MAX_NAME:
            message = f"{name} must be a string of at most {MAX_NAME} characters"
            raise HomeError(message)
        return value

    def whole(self, name: str, default: int = 0) -> int:
        """A whole number of the config."""
        return whole_number(self.config.get(name, default))

    def has(self, option: str) -> bool:
        """Whether a SetOption is on."""
        return self._options.get(option) == 1

    def _full_topic(self, prefix: str, *, commands: bool = False) -> str:
        topic = self.text("ft", f"{_PREFIX_MARK}/%topic%/")
        if commands and _PREFIX_MARK not in topic:
            topic += f"/{_PREFIX_MARK}"  # so that a device does not hear itself
        for mark, text in (
            (_PREFIX_MARK, prefix),
            ("%topic%", self.text("t", "")),
            ("%hostname%", self.text("hn", "")),
            ("%id%", self.mac[-6:]),
        ):
            topic = topic.replace(mark, text)
        topic = (topic if topic.endswith("/") else topic + "/").replace("//", "/")
        fault = topic_fault(topic + "RESULT")
        if fault is not None or not self.text("t", ""):
            message = fault or "t (the topic) is missing"
            raise HomeError(message)
        return topic

    # --- names

    def friendly(self, relay: int, number: int) -> str:
        """The name of what is at a relay, counted from 0; `number`: which one of its kind it is, counted from 1."""
        names = self.config.get("fn")
        name = names[relay] if isinstance(names, list) and relay < len(names) else None
        if isinstance(name, str) and key(readable(name)):
            return readable(name)
        return self.name if self.things <= 1 else f"{self.name} {number}"

    @property
    def things(self) -> int:
        """How many things the relays are: two of a shutter are one."""
        return sum(kind in {RELAY, LIGHT} for kind in self.relays) + self.relays.count(SHUTTER) // 2

    # --- entities

    def spec(
        self, domain: str, part: str, name: str, binding: Binding, device_class: str | None = None, hidden: str = ""
    ) -> Spec:
        """An entity of the device; `part` tells it from the others."""
        own, device = key(name), key(self.name)
        also = (
            f"{self.name} {name}"[:MAX_NAME] if device not in {"", _UNNAMED} and f" {device} " not in f" {own} " else ""
        )
        return Spec(
            unique_id=f"tasmota_{self.mac}_{part}",
            domain=domain,
            name=name,
            object_id=slug(name) or f"tasmota_{self.mac.lower()}_{slug(part)}",
            binding=replace(binding, command_topics=(self.cmnd + "…",) if binding.commands else ()),
            aliases=(also,) if also and domain != "sensor" else (),
            device_class=device_class,
            device_name=self.name,
            origin="tasmota",
            hidden=hidden,
        )

    def reports(self, read: Read) -> tuple[Reader, ...]:
        """Readers of what commands are answered with, and of what is told by and by."""
        return tuple(Reader(topic, read) for topic in (self.results, self.tele + "STATE"))

    def sensor_reports(self, read: Read) -> tuple[Reader, ...]:
        """Readers of what is measured, as told by and by and when asked for."""
        return (
            Reader(self.tele + "SENSOR", read),
            Reader(self.stat + "STATUS10", lambda message, now: read(inner(message, "StatusSNS"), now)),
        )

    def power_of(self, said: Mapping[str, Json], relay: int) -> Update:
        """The state of a relay in a report."""
        value = said.get(f"POWER{relay + 1}")
        if value is None and relay == 0:
            value = said.get("POWER")
        return {STATE: "on" if value == self.on else "off"} if value in (self.on, self.off) else {}

    def power(self, relay: int) -> str:
        """The command of a relay."""
        many = sum(kind in {RELAY, LIGHT} for kind in self.relays) > 1
        return f"POWER{relay + 1}" if many or relay else "POWER"

    def power_commands(self, relay: int) -> dict[str, Encode]:
        """How a relay is switched; nothing where it may not be."""
        if self.notes:
            return {}
        topic = self.cmnd + self.power(relay)
        return {
            "turn_on": lambda _data, _now: ((topic, self.on),),
            "turn_off": lambda _data, _now: ((topic, self.off),),
        }


def inner(message: Message, group: str) -> Message:
    """The message as if only the object under `group` had been sent."""
    return Message(message.topic, json.dumps(json_object(message).get(group)).encode())


def whole_number(value: Json) -> int:
    """A whole number; 0 for anything else."""
    return value if isinstance(value, int) else 0
