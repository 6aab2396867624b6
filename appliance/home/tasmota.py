"""Tasmota's own discovery: ``tasmota/discovery/<MAC>/config`` and ``…/sensors``, state on ``stat/…`` and ``tele/…``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.errors import HomeError
from appliance.home.discovery import MAX_ANNOUNCEMENT
from appliance.home.setting import Setting
from appliance.home.spec import Spec
from appliance.home.tasmota_board import Board
from appliance.home.tasmota_lights import relays
from appliance.home.tasmota_movers import fans, shutters
from appliance.home.tasmota_sensors import battery, sensors, switches
from appliance.home.topics import CommandTopics
from appliance.messages import Json
from appliance.text import read_json

PREFIX = "tasmota/discovery"
"""Where devices announce themselves."""

_TOPIC = re.compile(rf"{PREFIX}/(?P<mac>[0-9A-Fa-f]{{12}})/(?P<part>config|sensors)")


def is_tasmota(topic: str) -> bool:
    """Whether `topic` belongs to Tasmota's discovery."""
    return topic.startswith(PREFIX + "/")


@dataclass(frozen=True, slots=True)
class TasmotaDevice:
    """What both discovery messages of one device say; frozen, replaced when one of them changes."""

    mac: str
    config: Mapping[str, Json] | None = None
    sensors: Mapping[str, Json] | None = None


def parse_tasmota(topic: str, payload: bytes) -> tuple[str, str, Mapping[str, Json] | None]:
    """Return (MAC, ``config`` or ``sensors``, keys); keys are None for an empty payload, which removes.

    Raises:
        HomeError: the topic or the payload is none of Tasmota's.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        message = f"the topic is not {PREFIX}/<MAC>/config or /sensors"
        raise HomeError(message)
    if not payload.strip():
        return match["mac"].upper(), match["part"], None
    if len(payload) > MAX_ANNOUNCEMENT:
        message = f"the announcement is larger than {MAX_ANNOUNCEMENT} bytes"
        raise HomeError(message)
    try:
        said = read_json(payload)
    except (ValueError, RecursionError) as error:
        message = "the announcement is not valid JSON"
        raise HomeError(message) from error
    if not isinstance(said, dict):
        message = "the announcement is not a JSON object"
        raise HomeError(message)
    return match["mac"].upper(), match["part"], said


def tasmota_specs(device: TasmotaDevice, topics: CommandTopics, setting: Setting | None = None) -> tuple[Spec, ...]:
    """The entities of a device; none while its config is not known. Raises HomeError."""
    if device.config is None:
        return ()
    board = Board(device.mac, device.config, topics)
    found = [*fans(board), *relays(board), *shutters(board), *switches(board), *battery(board)]
    if device.sensors is not None:
        found.extend(sensors(board, device.sensors, (setting or Setting()).unit))
    return tuple(found)
