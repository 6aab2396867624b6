"""The configuration: shipped defaults, one override file, frozen dataclasses.

A key that is not declared here is an error that names the nearest right one; a bad value is an error that
names its key. Secrets are never in the file itself, only the path of a file that holds one.
"""

from __future__ import annotations

from pathlib import Path

from appliance.config.dumper import dump
from appliance.config.machine import SERVICE_STATE, models_directory, read_secret, secret_path, state_directory
from appliance.config.reader import MAX_FILE_BYTES, load, parse
from appliance.config.rules import filters_overlap, is_loopback
from appliance.config.sections import (
    INPUT_KINDS,
    NO_AREAS,
    OUTPUT_DOMAINS,
    ChatSettings,
    GpioSettings,
    HistorySettings,
    HomeSettings,
    InputSettings,
    LimitsSettings,
    LogSettings,
    MetricsSettings,
    ModelSettings,
    MqttSettings,
    NodeSettings,
    OutputSettings,
    PolicySettings,
    Settings,
    StoreSettings,
    TelemetrySettings,
    VoiceSettings,
    WatchSettings,
)
from appliance.config.values import Like, OneOf, Range

DEFAULTS_FILE = Path(__file__).parents[1] / "data" / "defaults.toml"
"""The documented defaults: what a reader copies a key from. Equal to the defaults of the sections."""

SYSTEM_FILE = Path("/etc/ternd/ternd.toml")
"""The override of the installed service."""

__all__ = [
    "DEFAULTS_FILE",
    "INPUT_KINDS",
    "MAX_FILE_BYTES",
    "NO_AREAS",
    "OUTPUT_DOMAINS",
    "SERVICE_STATE",
    "SYSTEM_FILE",
    "ChatSettings",
    "GpioSettings",
    "HistorySettings",
    "HomeSettings",
    "InputSettings",
    "Like",
    "LimitsSettings",
    "LogSettings",
    "MetricsSettings",
    "ModelSettings",
    "MqttSettings",
    "NodeSettings",
    "OneOf",
    "OutputSettings",
    "PolicySettings",
    "Range",
    "Settings",
    "StoreSettings",
    "TelemetrySettings",
    "VoiceSettings",
    "WatchSettings",
    "dump",
    "filters_overlap",
    "is_loopback",
    "load",
    "models_directory",
    "parse",
    "read_secret",
    "secret_path",
    "state_directory",
]
