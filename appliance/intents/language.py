"""The language that the command model writes: one token per call, slot key and enumeration.

A sentence becomes zero or more calls::

    turn off the lamp and the fan in the bedroom except the night light
    <TurnOff> <name> lamp <area> bedroom <;> <TurnOff> <domain:fan> <area> bedroom <except> <name> night light <end>

    line     = call { "<;>" call } "<end>"
    call     = "<Call>" { target } { "<except>" target { target } } { value }
    target   = key span | flag                  (TARGET_SPANS, TARGET_FLAGS, DOMAINS, DEVICE_CLASSES)
    value    = key [direction] [span] | flag    (VALUES_OF[call]; `direction` only with quantities)
    span     = one or more consecutive words of the sentence, copied

The order inside a call is the order of the tables below; each key occurs at most once in a target or call,
except ``item`` (several items of one list) and ``command`` (pieces of a split command, to be joined).
Articles and possessives ("the", "my") are left out at the beginning of a span, and a preposition never belongs
to it. Whatever a person may call a thing is a ``name`` ("kitchen ceiling light", "big lamp"); only a bare generic
noun ("the lights", "all blinds", "fan") is a domain or class token. The model never sees the home: what a span means is
decided by the resolver.

This file is the single source of the vocabulary: training, grammar and parser all read it.
"""

from __future__ import annotations

# --- target ------------------------------------------------------------------------------------

DOMAINS = (
    "light", "switch", "fan", "cover", "valve", "lock", "climate", "humidifier", "vacuum", "lawn_mower", "media_player",
    "scene", "script", "button", "alarm_control_panel", "todo", "sensor", "binary_sensor", "person", "weather",
    "input_boolean", "number", "select", "siren", "water_heater",
)  # fmt: skip
"""``<domain:X>``: what a bare generic noun says ("the lights", "the fan", "any sensors")."""

DEVICE_CLASSES = (
    # covers
    "awning", "blind", "curtain", "door", "garage", "gate", "shade", "shutter", "window",
    # binary sensors
    "battery", "battery_charging", "carbon_monoxide", "cold", "connectivity", "gas", "heat", "light", "lock", "moisture",
    "motion", "moving", "occupancy", "opening", "plug", "power", "presence", "problem", "running", "safety", "smoke",
    "sound", "tamper", "update", "vibration",
    # sensors
    "temperature", "humidity", "illuminance", "energy", "voltage", "current", "pressure", "carbon_dioxide", "pm25",
    "aqi", "volatile_organic_compounds", "water", "weight", "wind_speed", "precipitation", "speed", "distance", "duration", "signal_strength", "uv_index",
    # plugs and speakers
    "outlet", "tv", "speaker", "receiver",
)  # fmt: skip
"""``<class:X>``: Home Assistant's device classes, for bare generic nouns ("the blinds", "any windows", "the humidity")."""

TARGET_SPANS = ("name", "area", "floor")
"""Keys followed by a span."""

TARGET_FLAGS = ("all", "here", "it", "other")
"""Tokens that stand alone: "all / every / everything", "here / in this room", a pronoun, "the other one"."""

EXCEPT = "except"
"""Opens an exempted target: "everything except the hall light"."""

# --- values ------------------------------------------------------------------------------------

DIRECTIONS = ("up", "down", "times")
"""Before (or instead of) the span of a quantity: "ten percent brighter" is ``<brightness> <up> ten``, "a bit dimmer" is
``<brightness> <down>``, "half as bright" is ``<brightness> <times> half``. Absolute values have none."""

QUANTITIES = ("brightness", "kelvin", "temperature", "position", "percentage", "volume", "humidity", "number")
"""Keys whose span is read as a number: "twenty five", "25", "half", "max", "medium", "2 and a half". The span is the
number's words without the unit, save for ``kelvin`` ("warm white", "2700") and where the word is the number ("half", "maximum", "low")."""

TEXTS = (
    "color", "mode", "fan_mode", "duration", "start", "timer", "item", "list", "message", "search", "zone", "at",
    "command", "option", "code", "topic",
)  # fmt: skip
"""Keys whose span stays text. ``duration``: the whole length ("an hour and a half"); ``start``: the length that names a
timer ("my five minute timer": ``five minute``); ``timer``: a timer's name ("pizza"); ``at``: a time of day ("seven pm"); ``command``:
the words of a delayed command; ``zone``: where a person may be; ``mode``: climate, humidifier, alarm or vacuum mode;
``topic``: what an open question is about."""

STATES = (
    "on", "off", "open", "closed", "opening", "closing", "locked", "unlocked", "jammed", "home", "not_home", "playing", "paused", "idle",
    "cleaning", "docked", "returning", "mowing", "heating", "cooling", "armed", "disarmed", "triggered", "low", "unavailable",
)  # fmt: skip
"""``<state:X>``: the state a question asks about. Binary sensors use on and off only ("is the window open" of a sensor is
decided by the resolver; the model writes what was said: ``<state:open>``); "wet", "detected", "occupied" are ``on``, "dry", "clear", "empty" ``off``."""

ASKS = ("any", "all", "which", "how_many", "one", "yesno", "where", "since")
"""``<ask:X>``: the form of a question, as Home Assistant's responses name them; ``one``: the value of something,
``yesno``: whether one thing is in a state, ``where``: where a person is, ``since``: since when."""

OSCILLATE = ("on", "off")
"""``<oscillate:X>`` of a fan."""

MEDIA_CLASSES = ("artist", "album", "track", "playlist", "podcast", "movie", "tv_show", "radio", "genre")
"""``<media:X>``: what kind of thing is searched for, where it was said."""

REASONS = ("talk", "report", "forbid", "unclear", "open_question")
"""``<why:X>`` of ``<None>``: small talk or speech meant for others; a report ("I turned it off"); a prohibition ("don't
open the door"); cut off or half-heard; a question for the chat model ("who wrote hamlet")."""

FLAGS = {"ask": ASKS, "state": STATES, "oscillate": OSCILLATE, "media": MEDIA_CLASSES, "why": REASONS}
"""Enumerated value keys: ``<key:X>`` is one token."""

# --- calls -------------------------------------------------------------------------------------

_TIMER = ("start", "timer")

VALUES_OF: dict[str, tuple[str, ...]] = {
    "TurnOn": ("duration",), "TurnOff": ("duration",), "Toggle": (),                         # duration: and back after it
    "Open": ("duration",), "Close": ("duration",), "Stop": (),                               # covers, valves, gates; Stop stops their motion
    "Lock": (), "Unlock": (),
    "Activate": (),                               # scenes and scripts ("movie time", "run good night")
    "Press": (),                                  # buttons
    "LightSet": ("brightness", "color", "kelvin"),
    "SetPosition": ("position",),
    "FanSetSpeed": ("percentage", "oscillate"),
    "ClimateSet": ("temperature", "mode", "fan_mode"),
    "ClimateGet": ("ask",),
    "HumiditySet": ("humidity", "mode"),
    "SetNumber": ("number",), "SelectOption": ("option",),
    "VacuumStart": ("mode",), "VacuumPause": (), "VacuumReturn": (), "VacuumCleanArea": (),   # the room is the target's area
    "MowerStart": (), "MowerPause": (), "MowerDock": (),
    "MediaPlay": (), "MediaPause": (), "MediaNext": (), "MediaPrevious": (),                  # MediaPlay resumes
    "MediaSearch": ("media", "search"),
    "SetVolume": ("volume",), "Mute": (), "Unmute": (),
    "AlarmArm": ("mode", "code"), "AlarmDisarm": ("code",),
    "GetState": ("ask", "state", "zone"),
    "GetWeather": ("at",), "GetTime": (), "GetDate": (),
    "StartTimer": ("duration", "timer", "command", "at"),
    "CancelTimer": _TIMER, "CancelAllTimers": (),
    "IncreaseTimer": ("duration", *_TIMER), "DecreaseTimer": ("duration", *_TIMER),
    "PauseTimer": _TIMER, "UnpauseTimer": _TIMER, "TimerStatus": _TIMER,
    "ListAdd": ("item", "list"), "ListComplete": ("item", "list"), "ListRemove": ("item", "list"), "ListGet": ("list",),
    "Broadcast": ("message",),
    "Nevermind": (), "Confirm": (), "Deny": (), "Repeat": (), "Explain": (),   # Explain: "what did you just do and why"
    "None": ("why", "topic"),
}  # fmt: skip
"""Each call with the value keys it may carry, in order. Relative brightness, volume, temperature and so on are the same
calls with a direction; ``FanSetSpeed``, ``HumiditySet``, ``SetPosition`` likewise."""

REPEATABLE = ("item", "command")
"""Value keys that may occur more than once in a call."""

TARGETLESS = frozenset(
    """GetTime GetDate StartTimer ListAdd ListComplete ListRemove ListGet Nevermind Confirm Deny Repeat Explain None
    """.split()
)
"""Calls without a target; all others may have one."""

SEPARATOR = "<;>"
END = "<end>"
BEGIN = "<begin>"
"""Closes the sentence and opens the calls: prompt = words of the sentence, then ``<begin>``."""
PAD = "<pad>"


def tokens() -> tuple[str, ...]:
    """Every special token in a fixed order: the first ids of the vocabulary."""
    return (
        PAD,
        BEGIN,
        END,
        SEPARATOR,
        *(f"<{call}>" for call in VALUES_OF),
        *(f"<{key}>" for key in (*TARGET_SPANS, *TARGET_FLAGS, EXCEPT, *QUANTITIES, *TEXTS, *DIRECTIONS)),
        *(f"<domain:{value}>" for value in DOMAINS),
        *(f"<class:{value}>" for value in DEVICE_CLASSES),
        *(f"<{key}:{value}>" for key, values in FLAGS.items() for value in values),
    )
