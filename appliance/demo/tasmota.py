"""Devices with Tasmota firmware: ``cmnd/``, ``stat/`` and ``tele/`` topics and Tasmota's own discovery."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from datetime import datetime

from appliance.demo import colour
from appliance.demo.wire import Fault, Message, Port
from appliance.messages import Json

VERSION = "14.4.1"
"""The version whose payloads these are."""

_RELAYS = 32
_STATES = ("OFF", "ON", "TOGGLE", "HOLD")
_OPTIONS = ("4", "11", "13", "17", "20", "30", "68", "73", "82", "114", "117")
_LIGHTS = {"dimmer": 1, "ct": 2, "rgb": 3}
"""Kind of light to Tasmota's light subtype."""


class Tasmota:
    """A relay (`light` None) or a light; with `watts` it meters the energy."""

    def __init__(self, name: str, *, light: str | None = None, watts: float | None = None, is_on: bool = False, dimmer: int = 100,
                 telemetry_s: float = 30.0, fault: Fault | None = None) -> None:  # fmt: skip
        if light is not None and light not in _LIGHTS:
            msg = f"{name}: no such light: {light} (there are {', '.join(_LIGHTS)})"
            raise ValueError(msg)
        serial = zlib.crc32(name.encode())
        self.name = name
        self.mac = f"5CCF7F{serial >> 8:06X}"
        self._topic = f"tasmota_{self.mac[-6:]}"
        self._light = light
        self._watts = watts
        self._on = is_on
        self._dimmer = dimmer
        self._ct = 300
        self._hs = (30, 60)
        self._total = round((watts or 0) / 30, 3)
        self._telemetry_s = telemetry_s
        self._fault = fault or Fault()
        self._port: Port | None = None

    @property
    def client_id(self) -> str:
        """MQTT client id, as Tasmota makes it."""
        return f"DVES_{self.mac[-6:]}"

    @property
    def will(self) -> Message:
        """The retained LWT."""
        return Message(f"tele/{self._topic}/LWT", "Offline", retain=True)

    @property
    def topics(self) -> tuple[str, ...]:
        """All its commands, and those for every Tasmota."""
        return (f"cmnd/{self._topic}/+", "cmnd/tasmotas/+")

    def start(self, port: Port) -> None:
        """Online: announce, report, then telemetry now and then."""
        first = self._port is None
        self._port = port
        self._say("tele", "LWT", "Offline" if self._fault.offline else "Online", retain=True)
        port.publish(Message(f"tasmota/discovery/{self.mac}/config", json.dumps(self.config()), retain=True))
        port.publish(
            Message(f"tasmota/discovery/{self.mac}/sensors", json.dumps({"sn": self._sensors(), "ver": 1}), retain=True)
        )
        if self._fault.offline:
            return
        self._say("tele", "STATE", json.dumps(self._status()))
        self._say("stat", "RESULT", json.dumps(self._power()))
        if first:
            self._telemetry()

    def receive(self, topic: str, payload: str) -> None:
        """A command; unknown ones are answered as Tasmota does, wrong values with the unchanged state."""
        command = topic.rsplit("/", 1)[1].upper()
        if self._fault.silent or self._fault.offline or self._port is None:
            return
        if self._fault.delay_s > 0:
            self._port.later(self._fault.delay_s, lambda: self._obey(command, payload))
        else:
            self._obey(command, payload)

    def config(self) -> Mapping[str, Json]:
        """Tasmota's discovery message."""
        return {
            "ip": f"192.168.1.{100 + int(self.mac[-2:], 16) % 100}", "dn": self.name, "fn": [self.name, *[None] * 7],
            "hn": self._topic.replace("_", "-"), "mac": self.mac, "md": "NOUS A1T" if self._watts is not None else "Generic",
            "ty": 0, "if": 0, "cam": 0, "ofln": "Offline", "onln": "Online", "state": list(_STATES), "sw": VERSION, "t": self._topic,
            "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"], "rl": [2 if self._light else 1, *[0] * (_RELAYS - 1)],
            "swc": [-1] * 28, "swn": [None] * 28, "btn": [0] * _RELAYS, "so": dict.fromkeys(_OPTIONS, 0) | {"117": 0}, "lk": 1,
            "lt_st": _LIGHTS[self._light] if self._light else 0, "bat": 0, "dslp": 0, "sho": [], "sht": [], "ver": 1,
        }  # fmt: skip

    def _obey(self, command: str, payload: str) -> None:
        if command in ("BACKLOG", "BACKLOG0"):
            for one in payload.split(";"):
                name, _, value = one.strip().partition(" ")
                if name:
                    self._obey(name.upper(), value)
            return
        answer = self._answer(command, payload.strip())
        if answer is not None:
            self._say("stat", "STATUS" + payload.strip() if command == "STATUS" else "RESULT", json.dumps(answer))
        if command in ("POWER", "POWER1"):
            self._say("stat", "POWER", _STATES[self._on])

    def _answer(self, command: str, value: str) -> Mapping[str, Json] | None:
        match command:
            case "POWER" | "POWER1":
                return self._set_power(value)
            case "STATE":
                return self._status()
            case "STATUS":
                return {
                    "11": {"StatusSTS": self._status()},
                    "10": {"StatusSNS": self._sensors()},
                    "8": {"StatusSNS": self._sensors()},
                }.get(value, {"Status": {"DeviceName": self.name, "Topic": self._topic, "Power": str(int(self._on))}})
            case "NODELAY" | "FADE" | "FADE2" | "SPEED" | "SPEED2":
                return None
        if self._light and self._set_light(command, value):
            return self._power() | self._light_state()
        return {"Command": "Unknown", "Input": command[:40]}

    def _set_power(self, value: str) -> Mapping[str, Json]:
        match value.upper():
            case "ON" | "1" | "TRUE":
                self._on = True
            case "OFF" | "0" | "FALSE":
                self._on = False
            case "TOGGLE" | "2":
                self._on = not self._on
        return self._power()

    def _set_light(self, command: str, value: str) -> bool:
        """Apply a light command; False when this light has no such command. A wrong value changes nothing."""
        numbers = _numbers(value)
        match command:
            case "DIMMER":
                self._dim(numbers[0] if numbers else None)
            case "CT" if self._light == "ct":
                if numbers and 153 <= numbers[0] <= 500:
                    self._ct, self._on = numbers[0], True
            case "HSBCOLOR" if self._light == "rgb":
                if len(numbers) == 3 and numbers[0] <= 360 and max(numbers[1:]) <= 100:
                    self._hs = (numbers[0], numbers[1])
                    self._dim(numbers[2])
            case "HSBCOLOR1" | "HSBCOLOR2" if self._light == "rgb":
                limit = 360 if command == "HSBCOLOR1" else 100
                if numbers and numbers[0] <= limit:
                    self._hs = (numbers[0], self._hs[1]) if limit > 100 else (self._hs[0], numbers[0])
                    self._on = True
            case "COLOR" | "COLOR1" | "COLOR2" if self._light == "rgb":
                self._set_color(value, numbers, keep_brightness=command == "COLOR2")
            case _:
                return False
        return True

    def _set_color(self, value: str, numbers: tuple[int, ...], *, keep_brightness: bool) -> None:
        rgb = numbers if len(numbers) == 3 and max(numbers) <= 255 else colour.parse_hex(value)
        if rgb is not None:
            hue, saturation, brightness = colour.rgb_to_hsb(rgb[0], rgb[1], rgb[2])
            self._hs = (hue, saturation)
            self._dim(self._dimmer if keep_brightness else brightness)

    def _dim(self, level: int | None) -> None:
        if level is None or not 0 <= level <= 100:
            return
        self._on = level > 0
        self._dimmer = level or self._dimmer

    def _power(self) -> dict[str, Json]:
        return {"POWER": _STATES[self._on]}

    def _light_state(self) -> dict[str, Json]:
        if self._light is None:
            return {}
        state: dict[str, Json] = {"Dimmer": self._dimmer}
        lit = self._dimmer if self._on else 0
        if self._light == "ct":
            state |= {"Color": f"{round(lit * 2.55):02X}00", "White": self._dimmer, "CT": self._ct, "Channel": [lit, 0]}
        elif self._light == "rgb":
            red, green, blue = colour.hsb_to_rgb(*self._hs, lit)
            state |= {"Color": f"{red:02X}{green:02X}{blue:02X}", "HSBColor": f"{self._hs[0]},{self._hs[1]},{self._dimmer}",
                      "Channel": [round(channel / 2.55) for channel in (red, green, blue)]}  # fmt: skip
        return state

    def _status(self) -> dict[str, Json]:
        return {
            "Time": _now(), "Uptime": "0T00:10:00", "UptimeSec": 600, "Heap": 26, "SleepMode": "Dynamic", "Sleep": 50,
            "LoadAvg": 19, "MqttCount": 1, **self._power(), **self._light_state(),
            "Wifi": {"AP": 1, "SSId": "demo", "BSSId": "02:00:00:00:00:01", "Channel": 6, "Mode": "11n", "RSSI": 74, "Signal": -63},
        }  # fmt: skip

    def _sensors(self) -> dict[str, Json]:
        if self._watts is None:
            return {"Time": _now()}
        watts = round(self._watts * (0.98 + 0.04 * math.sin(self._total * 100))) if self._on else 0
        self._total = round(self._total + watts / 1e6, 3)
        return {"Time": _now(), "ENERGY": {
            "TotalStartTime": "2026-01-01T00:00:00", "Total": self._total, "Yesterday": 0.41, "Today": 0.2, "Power": watts,
            "ApparentPower": watts, "ReactivePower": 0, "Factor": 1.0 if self._on else 0, "Voltage": 231, "Current": round(watts / 231, 3),
        }}  # fmt: skip

    def _telemetry(self) -> None:
        self._say("tele", "STATE", json.dumps(self._status()))
        self._say("tele", "SENSOR", json.dumps(self._sensors()))
        if self._port is not None:
            self._port.later(self._telemetry_s, self._telemetry)

    def _say(self, prefix: str, suffix: str, payload: str, *, retain: bool = False) -> None:
        if self._port is not None:
            self._port.publish(Message(f"{prefix}/{self._topic}/{suffix}", payload, retain=retain))


def _numbers(value: str) -> tuple[int, ...]:
    """The integers of ``1,2,3``; empty when a piece is none."""
    try:
        return tuple(int(piece) for piece in value.split(",")) if len(value) < 40 else ()
    except ValueError:
        return ()


def _now() -> str:
    return datetime.now().astimezone().strftime("%Y-%m-%dT%H:%M:%S")
