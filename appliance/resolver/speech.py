"""Finished phrases about entities: how a state sounds, and what an action did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from appliance.messages import Action, Entity, Json
from appliance.resolver import colors
from appliance.resolver.amounts import number
from appliance.resolver.spelling import stem
from appliance.text import words

_UNITS = {
    "°C": "degrees", "°F": "degrees", "%": "percent", "W": "watts", "kW": "kilowatts", "Wh": "watt hours", "kWh": "kilowatt hours",
    "V": "volts", "A": "amperes", "mA": "milliamperes", "lx": "lux", "lux": "lux",
    "hPa": "hectopascal", "mbar": "millibar", "ppm": "parts per million",
    "ppb": "parts per billion", "µg/m³": "micrograms per cubic metre", "m/s": "metres per second", "km/h": "kilometres per hour",
    "mph": "miles per hour", "mm": "millimetres", "L": "litres", "l": "litres", "m³": "cubic metres", "dBm": "dBm", "s": "seconds",
    "min": "minutes", "h": "hours", "kg": "kilograms", "g": "grams", "cm": "centimetres", "m": "metres", "Hz": "hertz",
}  # fmt: skip

_BINARY: Mapping[str, tuple[str, str]] = {
    "door": ("open", "closed"), "window": ("open", "closed"), "garage_door": ("open", "closed"), "opening": ("open", "closed"),
    "lock": ("unlocked", "locked"), "motion": ("detecting motion", "clear"), "occupancy": ("occupied", "clear"),
    "presence": ("home", "away"),
    "moisture": ("wet", "dry"), "smoke": ("detecting smoke", "clear"), "gas": ("detecting gas", "clear"),
    "carbon_monoxide": ("detecting carbon monoxide", "clear"), "battery": ("low", "fine"), "battery_charging": ("charging", "not charging"),
    "connectivity": ("connected", "disconnected"), "plug": ("plugged in", "unplugged"), "power": ("powered", "without power"),
    "problem": ("reporting a problem", "fine"), "safety": ("unsafe", "safe"), "sound": ("detecting sound", "quiet"),
    "vibration": ("vibrating", "still"), "running": ("running", "not running"), "tamper": ("tampered with", "fine"),
    "heat": ("hot", "normal"), "cold": ("cold", "normal"), "light": ("detecting light", "dark"),
    "update": ("due for an update", "up to date"),
    "moving": ("moving", "still"),
}  # fmt: skip
"""Device class of a binary sensor to how ``on`` and ``off`` are said."""

_STATES = {
    "not_home": "away",
    "home": "at home",
    "heat": "heating",
    "cool": "cooling",
    "heat_cool": "on automatic",
    "auto": "on automatic",
    "dry": "drying",
    "fan_only": "ventilating",
}


_PLURALS = frozenset(
    """light lamp bulb blind curtain drape shade shutter awning speaker fan plug switch outlet socket window door lock heater sprinkler
    spot sconce pendant strip led candle lantern valve pump""".split()
)
"""Nouns whose plural is the name of a group."""


def state_words(entity: Entity) -> str:
    """The state as it is said after "is": "on", "open", "21.5 degrees", "at home"."""
    if entity.state == "unavailable":
        return "not reachable"
    if entity.state in {"unknown", ""}:
        return "unknown"
    if entity.domain == "binary_sensor" and entity.state in {"on", "off"}:
        words = _BINARY.get(entity.device_class or "", ("on", "off"))
        return words[0] if entity.state == "on" else words[1]
    if entity.domain in {"sensor", "number", "input_number"}:
        return value_words(entity.state, entity.attributes.get("unit_of_measurement"))
    if entity.domain in {"person", "device_tracker"}:
        return _STATES.get(entity.state, f"at {entity.state}")
    return _STATES.get(entity.state, entity.state.replace("_", " "))


def value_words(value: Json, unit: Json = None) -> str:
    """A number with its unit, spoken: 21.50 and °C is "21.5 degrees"."""
    try:
        shown = str(number(float(value)))
    except (TypeError, ValueError, OverflowError):
        shown = str(value)
    if not isinstance(unit, str) or not unit:
        return shown
    word = _UNITS.get(unit, unit)
    return f"{shown} {word[:-1] if shown == '1' and word in {'degrees', 'watts', 'volts'} else word}"


def _percent(name: str) -> Callable[[Action], str]:
    return lambda action: f"at {number(action.data.get(name, 0))} percent"


def _on(action: Action) -> str:
    parts = []
    if "rgb_color" in action.data:
        parts.append(colors.name(action.data["rgb_color"]) or "in its new colour")
    if "color_temp_kelvin" in action.data:
        parts.append(f"at {action.data['color_temp_kelvin']} kelvin")
    if "brightness" in action.data:
        level = f"{max(1, round(action.data['brightness'] / 2.55))} percent"
        parts.append(f"and {level}" if "color_temp_kelvin" in action.data else f"at {level}")
    return " ".join(parts) or "on"


_DONE: Mapping[str, Callable[[Action], str]] = {
    "turn_on": _on,
    "turn_off": lambda _: "off",
    "open": lambda _: "open",
    "close": lambda _: "closed",
    "stop": lambda _: "stopped",
    "set_tilt": lambda a: f"tilted to {a.data.get('tilt_position', '')} percent",
    "set_position": _percent("position"),
    "lock": lambda _: "locked",
    "unlock": lambda _: "unlocked",
    "set_percentage": _percent("percentage"),
    "oscillate": lambda a: "swinging" if a.data.get("oscillating") else "no longer swinging",
    "set_temperature": lambda a: f"set to {a.data.get('temperature')} degrees",
    "set_hvac_mode": lambda a: (
        "off" if a.data.get("hvac_mode") == "off" else f"set to {str(a.data.get('hvac_mode')).replace('_', ' ')}"
    ),
    "set_swing_mode": lambda a: f"swinging {a.data.get('swing_mode', '')}",
    "set_fan_mode": lambda a: f"set to fan mode {a.data.get('fan_mode')}",
    "set_humidity": lambda a: f"set to {number(a.data.get('humidity', 0))} percent",
    "set_mode": lambda a: f"set to {next(iter(a.data.values()), 'its mode')}",
    "start": lambda _: "on its way",
    "pause": lambda _: "paused",
    "return_to_base": lambda _: "on its way back",
    "clean_area": lambda _: "on its way",
    "start_mowing": lambda _: "mowing",
    "dock": lambda _: "on its way back",
    "media_play": lambda _: "playing",
    "media_pause": lambda _: "paused",
    "media_next": lambda _: "on the next track",
    "media_previous": lambda _: "on the previous track",
    "volume_set": lambda a: f"at volume {round(100 * a.data.get('volume_level', 0))} percent",
    "volume_mute": lambda a: "muted" if a.data.get("is_volume_muted") else "no longer muted",
    "play_media": lambda a: f"playing {a.data.get('media_content_id')}",
    "press": lambda _: "pressed",
    "activate": lambda _: "activated",
    "set_value": lambda a: f"set to {a.data.get('value')}",
    "select_option": lambda a: f"set to {str(a.data.get('option')).replace('_', ' ')}",
    "arm": lambda a: f"armed ({a.data.get('mode', 'away')})",
    "disarm": lambda _: "disarmed",
}
"""Command to what the entity is after it."""


def be(things: Sequence[Entity]) -> str:
    """The verb for some things: "Garden lights" are several though they are one entity."""
    if len(things) != 1:
        return "are"
    nouns = [word for word in words(things[0].name) if stem(word.text) in _PLURALS]
    return "are" if nouns and stem(nouns[-1].text) != nouns[-1].text else "is"


def wish(action: Action, entity: Entity) -> str:
    """What an action is to do: "Kitchen ceiling on", "Bedroom blind at 40 percent"."""
    return f"{entity.name} {_DONE[action.command](action)}"


def describe(action: Action, entity: Entity) -> str:
    """What a done action left: "Kitchen ceiling is on", "Bedroom blind is at 40 percent"."""
    return f"{entity.name} {be([entity])} {_DONE[action.command](action)}"
