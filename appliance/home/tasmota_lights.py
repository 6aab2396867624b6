"""Relays and lights of devices with Tasmota."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from appliance.errors import ActError
from appliance.home.binding import Binding, Message, Update
from appliance.home.colors import color_attributes, kelvin_to_mired, mired_to_kelvin, wanted_rgb
from appliance.home.simple import json_object
from appliance.home.spec import Spec
from appliance.home.tasmota_board import LIGHT, RELAY, Board
from appliance.messages import Json

_DIMMABLE, _COLORS, _COLOR_TEMPERATURES, _COLOR_AND_WHITE = 1, {3, 4, 5}, {2, 5}, 4
_FULL = 255
_PERCENT = 100
_MIREDS, _FEWER_MIREDS = (153, 500), (200, 380)
"""Range of colour temperatures, and that with SetOption82."""


@dataclass(frozen=True, slots=True)
class _Lamp:
    """How one of the lights of a device is commanded, and what it can."""

    capabilities: frozenset[str]
    dimmer: str = "Dimmer"
    """Command of its brightness."""
    dimmed: str = "Dimmer"
    """Key of its brightness in reports."""
    color_end: str = ""
    """``=`` leaves the white channels alone."""


def relays(board: Board) -> Iterator[Spec]:
    """Switches and lights."""
    has_fan = board.config.get("if") == 1
    linked = board.whole("lk", 1) == 1 and not board.has("68")  # all channels are one light
    lights = [relay for relay, kind in enumerate(board.relays) if kind == LIGHT]
    for relay, kind in enumerate(board.relays):
        is_fans_lamp = has_fan and relay == 0
        if kind == LIGHT and not is_fans_lamp:
            if relay == lights[0] or not linked:
                lamp = _lamp(board, relay, relay - lights[0])
                yield board.spec(
                    "light", f"light_{relay + 1}", board.friendly(relay, relay + 1), _light(board, lamp, relay)
                )
        elif kind == RELAY or (kind == LIGHT and is_fans_lamp):
            domain = "light" if board.has("30") or is_fans_lamp else "switch"
            yield board.spec(domain, f"relay_{relay + 1}", board.friendly(relay, relay + 1), _relay(board, relay))


def _relay(board: Board, relay: int) -> Binding:
    return Binding(
        board.reports(lambda message, _now: board.power_of(json_object(message), relay)),
        board.power_commands(relay),
        availability=board.availability,
        polls=board.poll,
        notes=board.notes,
    )


def _lamp(board: Board, relay: int, part: int) -> _Lamp:
    """What a light is; `part` counts the lights of the device from 0."""
    subtype = board.whole("lt_st")
    if board.has("68"):  # each channel is a light of its own
        channel = f"Channel{relay + 1}"
        return _Lamp(frozenset({"brightness"}), channel, channel)
    if board.whole("lk", 1) != 1 and subtype >= _COLOR_AND_WHITE and part < 2:  # colour and white apart
        white = {"color_temp"} if subtype in _COLOR_TEMPERATURES else set()
        own = {"color"} if part == 0 else white
        dimmer = f"Dimmer{part + 1}"
        return _Lamp(frozenset({"brightness", *own}), dimmer, dimmer, "" if part else "=")
    capabilities = {"brightness"} if subtype >= _DIMMABLE else set()
    capabilities |= {"color"} if subtype in _COLORS else set()
    capabilities |= {"color_temp"} if subtype in _COLOR_TEMPERATURES else set()
    return _Lamp(frozenset(capabilities), "Dimmer3" if board.whole("ty") == 1 else "Dimmer")


def _light(board: Board, lamp: _Lamp, relay: int) -> Binding:
    mireds = _FEWER_MIREDS if board.has("82") else _MIREDS
    attributes: dict[str, Json] = {}
    if "color_temp" in lamp.capabilities:
        limits = zip(("max_color_temp_kelvin", "min_color_temp_kelvin"), map(mired_to_kelvin, mireds), strict=True)
        attributes = dict(limits)

    def read(message: Message, _now: Mapping[str, Json]) -> Update:
        said = json_object(message)
        update = dict(board.power_of(said, relay))
        dimmed = said.get(lamp.dimmed)
        if isinstance(dimmed, int | float) and "brightness" in lamp.capabilities:
            update["brightness"] = min(_FULL, max(0, round(dimmed * _FULL / _PERCENT)))
        color = said.get("HSBColor")
        if isinstance(color, str) and "color" in lamp.capabilities:
            hue, saturation, _bright = (float(part) for part in color.split(","))
            update |= color_attributes(hs=(hue, saturation))
        if isinstance(said.get("CT"), int | float) and "color_temp" in lamp.capabilities:
            update["color_temp_kelvin"] = mired_to_kelvin(said["CT"])
        return update

    commands = board.power_commands(relay)
    if commands:
        commands["turn_on"] = lambda data, _now: _turned_on(board, lamp, relay, data, mireds)
    return Binding(
        board.reports(read),
        commands,
        lamp.capabilities,
        attributes,
        board.availability,
        polls=board.poll,
        notes=board.notes,
    )


def _turned_on(
    board: Board, lamp: _Lamp, relay: int, data: Mapping[str, Json], mireds: tuple[int, int]
) -> tuple[tuple[str, str], ...]:
    sent = []
    rgb = wanted_rgb(data)
    if rgb is not None:
        _need("color", lamp.capabilities)
        sent.append((board.cmnd + "Color2", ",".join(map(str, rgb)) + lamp.color_end))
    elif data.get("color_temp_kelvin") is not None:
        _need("color_temp", lamp.capabilities)
        mired = kelvin_to_mired(float(data["color_temp_kelvin"]))
        sent.append((board.cmnd + "CT", str(min(mireds[1], max(mireds[0], mired)))))
    if data.get("brightness") is not None:
        _need("brightness", lamp.capabilities)
        brightness = float(data["brightness"])
        if brightness <= 0:
            return ((board.cmnd + board.power(relay), board.off),)
        percent = round(brightness * _PERCENT / _FULL)
        sent.append((board.cmnd + lamp.dimmer, str(min(_PERCENT, max(1, percent)))))  # 0 would switch it off
    return (*sent, (board.cmnd + board.power(relay), board.on))


def _need(capability: str, capabilities: frozenset[str]) -> None:
    if capability not in capabilities:
        message = f"this light has no {capability.replace('_', ' ')}"
        raise ActError(message)
