"""Boards that announce all they have in one message: Home Assistant's device form."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from appliance.demo.firmware import Announcer
from appliance.demo.wire import Fault, Message, Port
from appliance.messages import Json


class Component(Protocol):
    """One entity of a :class:`Board`."""

    key: str
    name: str | None

    def config(self, base: str) -> Mapping[str, Json]:
        """Its part of the device payload; `base` is the root of its topics."""

    def states(self) -> Mapping[str, str]:
        """Topic below its root to payload."""

    def obey(self, suffix: str, payload: str, later: Callable[[float, Callable[[], bool]], None]) -> bool:
        """Apply a command; whether to report now. `later` runs a job and reports when the job says so."""

    def drift(self, chance: random.Random) -> None:
        """Let the world move on."""


class Board(Announcer):
    """A board that announces all its entities in one message of the device form."""

    _DRIFT_S = 25.0

    def __init__(
        self, name: str, components: Sequence[Component], *, area: str | None = None, fault: Fault | None = None
    ) -> None:
        super().__init__(name, area, fault)
        self._components = {component.key: component for component in components}
        self._chance = random.Random(2)

    @property
    def topics(self) -> tuple[str, ...]:
        """Every component's commands."""
        return (f"{self.node}/+/set", f"{self.node}/+/set/+")

    def announcements(self) -> Sequence[Message]:
        """One payload for all."""
        device: dict[str, Json] = {
            "ids": [f"board-{self.node}"],
            "name": self.name,
            "mf": "Demo",
            "mdl": "ESP32-C3",
            "sw": "1.4.0",
        }
        if self._area:
            device["sa"] = self._area
        parts = {}
        for key, component in self._components.items():
            own = {"name": component.name, "uniq_id": f"{self.node}_{key}"}
            parts[key] = own | dict(component.config(f"{self.node}/{key}"))
        payload = {
            "dev": device,
            "o": {"name": "demo-board", "sw": "1.4.0"},
            "avty": [{"t": self.status_topic}],
            "qos": 1,
            "cmps": parts,
        }
        return [Message(f"homeassistant/device/{self.node}/config", json.dumps(payload), retain=True)]

    def states(self) -> Sequence[Message]:
        """Every component's."""
        return [Message(f"{self.node}/{key}/{suffix}", payload, retain=True)
                for key, component in self._components.items() for suffix, payload in component.states().items()]  # fmt: skip

    def obey(self, topic: str, payload: str) -> bool:
        """Hand the command to its component."""
        _, key, suffix = topic.split("/", 2)
        component = self._components.get(key)
        return component is not None and component.obey(suffix, payload, self._later)

    def begin(self, port: Port) -> None:
        """Readings wander."""
        del port
        self.later(self._DRIFT_S, self._drift)

    def _later(self, seconds: float, job: Callable[[], bool]) -> None:
        def run() -> None:
            if job():
                self.report()

        self.later(seconds, run)

    def _drift(self) -> None:
        for component in self._components.values():
            component.drift(self._chance)
        self.report()
        self.later(self._DRIFT_S, self._drift)


class Gauge:
    """A reading of a board."""

    def __init__(
        self, key: str, *, value: float, device_class: str, unit: str, name: str | None = None, wander: float = 0.0
    ) -> None:
        self.key = key
        self.name: str | None = name or device_class.replace("_", " ")
        self._value = value
        self._class = device_class
        self._unit = unit
        self._wander = wander

    def config(self, base: str) -> Mapping[str, Json]:
        """A sensor."""
        return {
            "p": "sensor",
            "stat_t": f"{base}/state",
            "dev_cla": self._class,
            "unit_of_meas": self._unit,
            "stat_cla": "measurement",
        }

    def states(self) -> Mapping[str, str]:
        """Its value."""
        return {"state": f"{self._value:.1f}"}

    def obey(self, suffix: str, payload: str, later: Callable[[float, Callable[[], bool]], None]) -> bool:
        """Sensors take no commands."""
        del suffix, payload, later
        return False

    def drift(self, chance: random.Random) -> None:
        """Wander a little."""
        self._value += chance.uniform(-self._wander, self._wander)


class Door:
    """A garage door or gate without position: opening and closing take a moment."""

    _TRAVEL_S = 1.2

    def __init__(
        self, key: str, *, name: str | None = None, device_class: str = "garage", is_open: bool = False
    ) -> None:
        self.key = key
        self.name = name
        self._class = device_class
        self._state = "open" if is_open else "closed"
        self._errand = 0

    def config(self, base: str) -> Mapping[str, Json]:
        """A cover with the standard words."""
        return {"p": "cover", "dev_cla": self._class, "cmd_t": f"{base}/set", "stat_t": f"{base}/state"}

    def states(self) -> Mapping[str, str]:
        """Home Assistant's cover states."""
        return {"state": self._state}

    def obey(self, suffix: str, payload: str, later: Callable[[float, Callable[[], bool]], None]) -> bool:
        """OPEN, CLOSE, STOP."""
        del suffix
        if payload not in ("OPEN", "CLOSE", "STOP"):
            return False
        self._errand += 1
        errand = self._errand
        if payload == "STOP":
            self._state = "open" if self._state in ("opening", "closing", "open") else "closed"
            return True
        goal, moving = ("open", "opening") if payload == "OPEN" else ("closed", "closing")
        if self._state == goal:
            return True
        self._state = moving

        def arrive() -> bool:
            if errand != self._errand:
                return False
            self._state = goal
            return True

        later(self._TRAVEL_S, arrive)
        return True

    def drift(self, chance: random.Random) -> None:
        """Doors stay."""
        del chance


class Valve:
    """A water valve: open or closed after half a second."""

    _TURN_S = 0.5

    def __init__(self, key: str, *, name: str | None = None, device_class: str = "water") -> None:
        self.key = key
        self.name = name
        self._class = device_class
        self._state = "closed"

    def config(self, base: str) -> Mapping[str, Json]:
        """A valve without position."""
        return {"p": "valve", "dev_cla": self._class, "cmd_t": f"{base}/set", "stat_t": f"{base}/state"}

    def states(self) -> Mapping[str, str]:
        """Home Assistant's valve states."""
        return {"state": self._state}

    def obey(self, suffix: str, payload: str, later: Callable[[float, Callable[[], bool]], None]) -> bool:
        """OPEN, CLOSE."""
        del suffix
        if payload not in ("OPEN", "CLOSE"):
            return False

        def turn() -> bool:
            self._state = "open" if payload == "OPEN" else "closed"
            return True

        later(self._TURN_S, turn)
        return False

    def drift(self, chance: random.Random) -> None:
        """Valves stay."""
        del chance


class Humidifier:
    """A humidifier with a target and modes."""

    _MODES = ("normal", "eco", "boost", "sleep")

    def __init__(self, key: str, *, name: str | None = None, target: int = 50) -> None:
        self.key = key
        self.name = name
        self._on = False
        self._target = target
        self._mode = "normal"

    def config(self, base: str) -> Mapping[str, Json]:
        """A humidifier with one topic for each property."""
        return {
            "p": "humidifier", "dev_cla": "humidifier", "cmd_t": f"{base}/set", "stat_t": f"{base}/state", "modes": list(self._MODES),
            "hum_cmd_t": f"{base}/set/target", "hum_stat_t": f"{base}/target",
            "mode_cmd_t": f"{base}/set/mode", "mode_stat_t": f"{base}/mode",
            "min_hum": 30, "max_hum": 80,
        }  # fmt: skip

    def states(self) -> Mapping[str, str]:
        """Power, target, mode."""
        return {"state": "ON" if self._on else "OFF", "target": str(self._target), "mode": self._mode}

    def obey(self, suffix: str, payload: str, later: Callable[[float, Callable[[], bool]], None]) -> bool:
        """ON and OFF, a target, a mode."""
        del later
        if suffix == "set/target" and payload.isascii() and payload.isdigit() and 30 <= int(payload) <= 80:
            self._target = int(payload)
        elif suffix == "set/mode" and payload in self._MODES:
            self._mode = payload
        elif suffix == "set" and payload in ("ON", "OFF"):
            self._on = payload == "ON"
        else:
            return False
        return True

    def drift(self, chance: random.Random) -> None:
        """Settings stay."""
        del chance
