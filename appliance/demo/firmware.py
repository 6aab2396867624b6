"""Devices that announce themselves: what they share, ESPHome with ``mqtt:``, and a vacuum with Valetudo."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence

from appliance.demo.wire import Fault, Job, Message, Port
from appliance.messages import Json


class Announcer:
    """A station that is one device with retained states, the same faults and the same beginning."""

    def __init__(self, name: str, area: str | None, fault: Fault | None) -> None:
        self.name = name
        self.node = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        self._area = area
        self._fault = fault or Fault()
        self._port: Port | None = None

    @property
    def client_id(self) -> str:
        """MQTT client id."""
        return self.node

    @property
    def will(self) -> Message:
        """The retained last will."""
        return Message(self.status_topic, self.words[1], retain=True)

    @property
    def words(self) -> tuple[str, str]:
        """How it says that it is there, and not."""
        return ("online", "offline")

    @property
    def status_topic(self) -> str:
        """Where its availability is."""
        return f"{self.node}/status"

    @property
    def topics(self) -> tuple[str, ...]:
        """Topic filters of its commands."""
        raise NotImplementedError

    def announcements(self) -> Sequence[Message]:
        """Its discovery."""
        raise NotImplementedError

    def states(self) -> Sequence[Message]:
        """All its states."""
        raise NotImplementedError

    def obey(self, topic: str, payload: str) -> bool:
        """Apply a command; whether the states are to be reported now."""
        raise NotImplementedError

    def start(self, port: Port) -> None:
        """Announce, then report."""
        first = self._port is None
        self._port = port
        for message in self.announcements():
            port.publish(message)
        port.publish(Message(self.status_topic, self.words[self._fault.offline], retain=True))
        self.report()
        if first:
            self.begin(port)

    def begin(self, port: Port) -> None:
        """First start: plan what happens by itself."""

    def receive(self, topic: str, payload: str) -> None:
        """A command."""
        if self._fault.silent or self._fault.offline:
            return
        self.later(self._fault.delay_s, lambda: self._obey(topic, payload))

    def _obey(self, topic: str, payload: str) -> None:
        if self.obey(topic, payload):
            self.report()

    def report(self) -> None:
        """Publish all states."""
        if self._port is not None:
            for message in self.states():
                self._port.publish(message)

    def later(self, seconds: float, job: Job) -> None:
        """Do something after a while."""
        if self._port is not None:
            self._port.later(seconds, job)


class EspHomeFan(Announcer):
    """A fan on an ESPHome node: single-component discovery with abbreviated keys, one topic for each property."""

    def __init__(self, name: str, *, area: str | None = None, speeds: int = 100, fault: Fault | None = None) -> None:
        super().__init__(name, area, fault)
        self._on = False
        self._level = speeds
        self._speeds = speeds
        self._oscillating = False
        self._base = f"{self.node}/fan/{self.node.replace('-', '_')}"

    @property
    def topics(self) -> tuple[str, ...]:
        """State, speed and oscillation."""
        return (f"{self._base}/command", f"{self._base}/speed_level/command", f"{self._base}/oscillation/command")

    def announcements(self) -> Sequence[Message]:
        """ESPHome's fan."""
        mac = f"{zlib.crc32(self.name.encode()):08x}"
        device = {"ids": f"a020a6{mac[:6]}", "name": self.name, "sw": "2025.10.3", "mdl": "esp32dev", "mf": "Espressif"}
        payload: dict[str, Json] = {
            "name": None, "~": self._base, "stat_t": "~/state", "cmd_t": "~/command", "osc_stat_t": "~/oscillation/state",
            "osc_cmd_t": "~/oscillation/command", "pct_stat_t": "~/speed_level/state", "pct_cmd_t": "~/speed_level/command",
            "spd_rng_max": self._speeds, "avty_t": self.status_topic, "uniq_id": f"ESPfan{mac}",
            "def_ent_id": f"fan.{self.node.replace('-', '_')}", "dev": device | ({"sa": self._area} if self._area else {}),
        }  # fmt: skip
        return [
            Message(
                f"homeassistant/fan/{self.node}/{self.node.replace('-', '_')}/config", json.dumps(payload), retain=True
            )
        ]

    def states(self) -> Sequence[Message]:
        """All three."""
        return [
            Message(f"{self._base}/state", "ON" if self._on else "OFF", retain=True),
            Message(f"{self._base}/speed_level/state", str(self._level), retain=True),
            Message(
                f"{self._base}/oscillation/state", f"oscillate_{'on' if self._oscillating else 'off'}", retain=True
            ),
        ]

    def obey(self, topic: str, payload: str) -> bool:
        """ON, OFF, TOGGLE; a speed; oscillate_on, oscillate_off."""
        wanted = payload.strip().upper()
        if topic.endswith("/speed_level/command"):
            if not wanted.isascii() or not wanted.isdigit() or int(wanted) > self._speeds:
                return False
            self._level = int(wanted) or self._level
            self._on = int(wanted) > 0
        elif topic.endswith("/oscillation/command"):
            if wanted not in ("OSCILLATE_ON", "OSCILLATE_OFF"):
                return False
            self._oscillating = wanted.endswith("_ON")
        elif wanted in ("ON", "OFF", "TOGGLE"):
            self._on = wanted == "ON" or (wanted == "TOGGLE" and not self._on)
        else:
            return False
        return True


class Valetudo(Announcer):
    """A robot vacuum with Valetudo; a cleaning here takes seconds."""

    _CLEANING_S = 60.0
    _RETURNING_S = 2.0

    def __init__(self, name: str, *, area: str | None = None, fault: Fault | None = None) -> None:
        super().__init__(name, area, fault)
        self._base = f"valetudo/{self.node}"
        self._state = "docked"
        self._fan_speed = "medium"
        self._errand = 0

    @property
    def words(self) -> tuple[str, str]:
        """Valetudo's Homie-like states."""
        return ("ready", "lost")

    @property
    def status_topic(self) -> str:
        """Valetudo's availability."""
        return f"{self._base}/$state"

    @property
    def topics(self) -> tuple[str, ...]:
        """The Home Assistant handle's commands."""
        return (f"{self._base}/hass/{self.node}_vacuum/command", f"{self._base}/hass/{self.node}_vacuum/set_fan_speed")

    def announcements(self) -> Sequence[Message]:
        """The vacuum and its battery."""
        device = {
            "manufacturer": "Dreame",
            "model": "L10 Pro",
            "name": self.name,
            "identifiers": [self.node],
            "sw_version": "Valetudo 2025.09.0",
        }
        if self._area:
            device["suggested_area"] = self._area
        common = {
            "availability_topic": self.status_topic,
            "payload_available": "ready",
            "payload_not_available": "lost",
            "device": device,
        }
        vacuum: dict[str, Json] = common | {
            "name": None, "unique_id": f"{self.node}_vacuum", "default_entity_id": f"vacuum.{self.node.replace('-', '_')}",
            "supported_features": ["start", "pause", "stop", "return_home", "status", "locate", "fan_speed", "send_command"],
            "command_topic": self.topics[0], "state_topic": f"{self._base}/hass/{self.node}_vacuum/state",
            "set_fan_speed_topic": self.topics[1], "fan_speed_list": ["low", "medium", "high", "max"],
            "payload_start": "START", "payload_pause": "PAUSE", "payload_stop": "STOP", "payload_return_to_base": "HOME",
            "payload_locate": "LOCATE",
        }  # fmt: skip
        battery: dict[str, Json] = common | {
            "name": "Battery level", "unique_id": f"{self.node}_battery", "device_class": "battery", "unit_of_measurement": "%",
            "state_class": "measurement", "entity_category": "diagnostic", "state_topic": f"{self._base}/BatteryStateAttribute/level",
        }  # fmt: skip
        return [
            Message(f"homeassistant/vacuum/{self.node}/{self.node}_vacuum/config", json.dumps(vacuum), retain=True),
            Message(f"homeassistant/sensor/{self.node}/{self.node}_battery/config", json.dumps(battery), retain=True),
        ]

    def states(self) -> Sequence[Message]:
        """State and battery."""
        state = json.dumps({"state": self._state, "fan_speed": self._fan_speed})
        return [
            Message(f"{self._base}/hass/{self.node}_vacuum/state", state, retain=True),
            Message(f"{self._base}/BatteryStateAttribute/level", "94", retain=True),
        ]

    def obey(self, topic: str, payload: str) -> bool:
        """START, PAUSE, STOP, HOME, or a fan speed."""
        if topic.endswith("/set_fan_speed"):
            self._fan_speed = payload if payload in ("low", "medium", "high", "max") else self._fan_speed
            return True
        match payload.strip().upper():
            case "START":
                self._become("cleaning", (self._CLEANING_S, "returning"), (self._RETURNING_S, "docked"))
            case "PAUSE" if self._state == "cleaning":
                self._become("paused")
            case "STOP":
                self._become("idle")
            case "HOME" if self._state != "docked":
                self._become("returning", (self._RETURNING_S, "docked"))
            case "PAUSE" | "HOME":
                return True
            case _:
                return False
        return False

    def _become(self, state: str, *then: tuple[float, str]) -> None:
        self._errand += 1
        errand = self._errand
        self._state = state
        self.report()
        if then:
            (seconds, following), *rest = then
            self.later(seconds, lambda: self._become(following, *rest) if errand == self._errand else None)
