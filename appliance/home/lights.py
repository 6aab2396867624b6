"""Lights of MQTT discovery: the default schema (a topic per quality) and the JSON schema; the template schema is apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from appliance.errors import ActError, HomeError
from appliance.home.announced import Announced, Writer, as_number
from appliance.home.binding import MISSING, STATE, Binding, Encode, Message, Update
from appliance.home.colors import (
    RGB,
    color_attributes,
    kelvin_to_mired,
    mired_to_kelvin,
    reported_color,
    rgb_to_hs,
    rgb_to_xy,
    to_rgb,
    wanted_rgb,
)
from appliance.home.template_light import build_template_light
from appliance.messages import Json

FULL = 255
"""Brightness of a light that is fully on, in Home Assistant's scale."""
_COLOR_MODES = ("rgb", "rgbw", "rgbww", "hs", "xy")


def build_light(config: Announced) -> Binding:
    """Compile a light; raises HomeError."""
    schema = config.text("schema", "basic")
    if schema == "json":
        return _JsonLight(config).build()
    if schema in {"basic", "default"}:
        return _BasicLight(config).build()
    if schema == "template":
        return build_template_light(config)
    message = f"lights of the schema {schema!r} are not supported"
    raise HomeError(message)


def _kelvin_limits(config: Announced) -> dict[str, Json]:
    low = config.number("min_kelvin", 0) or mired_to_kelvin(max(1.0, config.number("max_mireds", 500)))
    high = config.number("max_kelvin", 0) or mired_to_kelvin(max(1.0, config.number("min_mireds", 153)))
    return {"min_color_temp_kelvin": round(min(low, high)), "max_color_temp_kelvin": round(max(low, high))}


def _scaled(value: float, scale: float) -> int:
    return min(FULL, max(0, round(value * FULL / scale)))


def _brightness(data: Mapping[str, Json]) -> int | None:
    value = data.get("brightness")
    return None if value is None else min(FULL, max(0, round(float(value))))


def _scale(config: Announced) -> float:
    scale = config.number("brightness_scale", FULL)
    if scale < 1:
        message = "brightness_scale must be at least 1"
        raise HomeError(message)
    return scale


class _JsonLight:
    """One state and one command topic that carry JSON objects."""

    def __init__(self, config: Announced) -> None:
        self._config = config
        self._scale = _scale(config)
        modes = set(config.texts("supported_color_modes"))
        modes |= {mode for mode in ("rgb", "hs", "xy") if config.flag(mode)}
        if config.flag("color_temp"):
            modes.add("color_temp")
        self._modes = modes
        self._kelvin = config.flag("color_temp_kelvin")
        dims = config.flag("brightness") or bool(modes - {"onoff"})
        self._capabilities = frozenset(
            name
            for name, there in (
                ("brightness", dims),
                ("color", bool(modes.intersection(_COLOR_MODES))),
                ("color_temp", "color_temp" in modes),
            )
            if there
        )

    def build(self) -> Binding:
        config = self._config
        attributes: dict[str, Json] = {}
        if self._modes:
            attributes["supported_color_modes"] = sorted(self._modes)
        if "color_temp" in self._capabilities:
            attributes |= _kelvin_limits(config)
        if config.flag("effect") and (effects := config.texts("effect_list")):
            attributes["effect_list"] = effects
        config.read_with("state_topic", self._read)
        topic = config.command_topic("command_topic")
        commands: dict[str, Encode] = {}
        if topic is not None:
            commands = {
                "turn_on": lambda data, _now: ((topic, json.dumps(self._turned_on(data))),),
                "turn_off": lambda data, _now: ((topic, json.dumps({"state": "OFF"} | _transition(data))),),
            }
        return Binding(tuple(config.readers), commands, self._capabilities, attributes)

    def _read(self, message: Message, _now: Mapping[str, Json]) -> Update:
        said = message.json
        if said is MISSING or not isinstance(said, dict):
            return {}
        update: dict[str, Json] = {}
        state = said.get("state")
        if isinstance(state, str) and state.upper() in {"ON", "OFF"}:
            update[STATE] = state.lower()
        elif "state" in said and state is None:
            update[STATE] = "unknown"
        if isinstance(said.get("brightness"), int | float):
            update["brightness"] = _scaled(said["brightness"], self._scale)
        try:
            if isinstance(said.get("color"), dict) and said.get("color_mode") != "color_temp":
                update |= reported_color(said["color"])
            if isinstance(said.get("color_temp"), int | float):
                value = float(said["color_temp"])
                update["color_temp_kelvin"] = round(value) if self._kelvin else mired_to_kelvin(value)
        except (TypeError, ValueError, OverflowError):
            pass  # the rest of the report is still good
        for key in ("color_mode", "effect"):
            if isinstance(said.get(key), str):
                update[key] = said[key]
        return update

    def _turned_on(self, data: Mapping[str, Json]) -> dict[str, Json]:
        payload: dict[str, Json] = {"state": "ON"}
        brightness = _brightness(data)
        if brightness is not None:
            _need("brightness", self._capabilities)
            payload["brightness"] = max(1, round(brightness * self._scale / FULL)) if brightness else 0
        rgb = wanted_rgb(data)
        if rgb is not None:
            _need("color", self._capabilities)
            payload["color"] = self._color(rgb)
        elif data.get("color_temp_kelvin") is not None:
            _need("color_temp", self._capabilities)
            kelvin = round(float(data["color_temp_kelvin"]))
            payload["color_temp"] = kelvin if self._kelvin else kelvin_to_mired(kelvin)
        if data.get("effect") is not None:
            payload["effect"] = str(data["effect"])
        return payload | _transition(data)

    def _color(self, rgb: tuple[int, int, int]) -> dict[str, Json]:
        if self._modes & {"rgb", "rgbw", "rgbww"}:
            return {"r": rgb[0], "g": rgb[1], "b": rgb[2]}
        if "hs" in self._modes:
            hue, saturation = rgb_to_hs(rgb)
            return {"h": hue, "s": saturation}
        x, y = rgb_to_xy(rgb)
        return {"x": x, "y": y}


def _transition(data: Mapping[str, Json]) -> dict[str, Json]:
    return {"transition": float(data["transition"])} if data.get("transition") is not None else {}


def _need(capability: str, capabilities: frozenset[str]) -> None:
    if capability not in capabilities:
        message = f"this light has no {capability.replace('_', ' ')}"
        raise ActError(message)


class _BasicLight:
    """A topic for each quality; payloads are plain values."""

    def __init__(self, config: Announced) -> None:
        self._config = config
        self._on = config.text("payload_on", "ON")
        self._off = config.text("payload_off", "OFF")
        self._scale = _scale(config)
        self._kelvin = config.flag("color_temp_kelvin")
        self._order = config.text("on_command_type", "last")
        self._power = config.writer("command_topic", "command_template")
        self._dim = config.writer("brightness_command_topic", "brightness_command_template")
        self._temperature = config.writer("color_temp_command_topic", "color_temp_command_template")
        self._effect = config.writer("effect_command_topic", "effect_command_template")
        self._colors: dict[str, Writer] = {}
        for space in ("rgb", "hs", "xy", "rgbw", "rgbww"):
            writer = config.writer(f"{space}_command_topic", f"{space}_command_template")
            if writer is not None:
                self._colors[space] = writer
        self._dims_by_color = self._dim is None and "rgb" in self._colors

    def build(self) -> Binding:
        self._read()
        attributes: dict[str, Json] = {}
        capabilities = set()
        if self._dim is not None or self._dims_by_color:
            capabilities.add("brightness")
        if self._colors:
            capabilities.add("color")
        if self._temperature is not None:
            capabilities.add("color_temp")
            attributes |= _kelvin_limits(self._config)
        if self._effect is not None and (effects := self._config.texts("effect_list")):
            attributes["effect_list"] = effects
        commands: dict[str, Encode] = {}
        if self._power is not None:
            commands = {"turn_on": self._turn_on, "turn_off": self._turn_off}
        return Binding(tuple(self._config.readers), commands, frozenset(capabilities), attributes)

    def _read(self) -> None:
        config = self._config
        states = {self._on: {STATE: "on"}, self._off: {STATE: "off"}, "None": {STATE: "unknown"}}
        config.read("state_topic", "state_value_template", lambda value: states.get(value, {}))
        config.read(
            "brightness_state_topic",
            "brightness_value_template",
            lambda value: {"brightness": _scaled(as_number(value), self._scale)},
        )
        config.read("color_temp_state_topic", "color_temp_value_template", self._temperature_read)
        readers: dict[str, Callable[[list[float]], Update]] = {
            "rgb": _rgb_with_brightness if self._dims_by_color else lambda parts: color_attributes(rgb=to_rgb(parts)),
            "hs": lambda parts: color_attributes(hs=(parts[0], parts[1])),
            "xy": lambda parts: color_attributes(xy=(parts[0], parts[1])),
            "rgbw": lambda parts: color_attributes(rgb=to_rgb(parts[:3])),
            "rgbww": lambda parts: color_attributes(rgb=to_rgb(parts[:3])),
        }
        for space, reader in readers.items():
            config.read(f"{space}_state_topic", f"{space}_value_template", _parts_read(space, reader))
        config.read("effect_state_topic", "effect_value_template", lambda value: {"effect": value})
        config.read("color_mode_state_topic", "color_mode_value_template", lambda value: {"color_mode": value})

    def _temperature_read(self, value: str) -> Update:
        number = as_number(value)
        return {"color_temp_kelvin": round(number) if self._kelvin else mired_to_kelvin(number)}

    def _turn_off(self, _data: Mapping[str, Json], _now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        return (self._power(self._off),) if self._power is not None else ()

    def _level(self, brightness: float) -> int:
        """A brightness as the device counts it: what is not quite off stays on."""
        return max(1, round(brightness * self._scale / FULL)) if brightness else 0

    def _turn_on(self, data: Mapping[str, Json], now: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
        messages = []
        brightness = _brightness(data)
        rgb = wanted_rgb(data)
        by_brightness = self._order == "brightness" and self._dim is not None
        if self._dims_by_color and (rgb is not None or brightness is not None):
            level = brightness if brightness is not None else now.get("brightness") or FULL
            rgb, brightness = _dimmed(rgb or now.get("rgb_color") or (FULL,) * 3, level), None
        if rgb is not None:
            messages.append(self._colored(rgb))
        elif data.get("color_temp_kelvin") is not None:
            if self._temperature is None:
                _need("color_temp", frozenset())
            else:
                kelvin = round(float(data["color_temp_kelvin"]))
                messages.append(self._temperature(kelvin if self._kelvin else kelvin_to_mired(kelvin)))
        if data.get("effect") is not None and self._effect is not None:
            messages.append(self._effect(str(data["effect"])))
        if brightness is not None:
            if self._dim is None:
                _need("brightness", frozenset())
            else:
                messages.append(self._dim(self._level(brightness)))
        elif by_brightness and self._dim is not None:
            messages.append(self._dim(self._level(now.get("brightness") or FULL)))  # this is what switches it on
        if self._power is None or by_brightness:
            return tuple(messages)
        power = self._power(self._on)
        return (power, *messages) if self._order == "first" else (*messages, power)

    def _colored(self, rgb: tuple[int, int, int]) -> tuple[str, str]:
        if "rgb" in self._colors:
            writer = self._colors["rgb"]
            return writer(",".join(map(str, rgb)), red=rgb[0], green=rgb[1], blue=rgb[2])
        if "hs" in self._colors:
            hue, saturation = rgb_to_hs(rgb)
            return self._colors["hs"](f"{hue:g},{saturation:g}", hue=hue, sat=saturation)
        if "xy" in self._colors:
            x, y = rgb_to_xy(rgb)
            return self._colors["xy"](f"{x:g},{y:g}", x=x, y=y)
        for space in ("rgbw", "rgbww"):
            if space in self._colors:  # a colour that was named has no share of white
                whites = (0,) * (len(space) - 3)
                named = dict(
                    zip(("red", "green", "blue", "white", "cold_white", "warm_white"), (*rgb, 0, 0, 0), strict=True)
                )
                return self._colors[space](",".join(map(str, (*rgb, *whites))), **named)
        message = "this light has no color"
        raise ActError(message)


def _dimmed(rgb: Sequence[float], brightness: float) -> RGB:
    """The colour of a light that is dimmed by nothing else; never quite black unless that is meant."""
    return to_rgb([max(bool(part and brightness), part * brightness / FULL) for part in rgb])


def _rgb_with_brightness(parts: Sequence[float]) -> Update:
    """Take a reported colour apart: its brightest part is the brightness."""
    brightness = min(FULL, max(0, round(max(parts))))
    if not brightness:
        return {"brightness": 0}
    return {"brightness": brightness, **color_attributes(rgb=to_rgb([part * FULL / brightness for part in parts]))}


def _parts_read(space: str, reader: Callable[[list[float]], Update]) -> Callable[[str], Update]:
    def read(value: str) -> Update:
        parts = [as_number(part) for part in value.split(",")]
        return reader(parts) if len(parts) == len(space) else {}

    return read
