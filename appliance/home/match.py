"""Whether a reported state shows what a command was to bring about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from appliance.home.binding import STATE
from appliance.home.colors import rgb_to_hs
from appliance.messages import Json

TOLERANCES: Final[Mapping[str, float]] = {
    "brightness": 3,
    "current_position": 2,
    "position": 2,
    "current_tilt_position": 2,
    "tilt_position": 2,
    "temperature": 0.05,
    "target_temp_low": 0.05,
    "target_temp_high": 0.05,
    "humidity": 1,
    "percentage": 1,
    "volume_level": 0.02,
}
"""How far a report may be from the wish, in the attribute's unit: devices round to their own steps."""
_KELVIN_SHARE = 0.03
_HUE_DEGREES = 12
_SATURATION = 10
_XY = 0.03
_RGB = 20
_ALIASES: Final[Mapping[str, str]] = {
    "position": "current_position",
    "tilt_position": "current_tilt_position",
    "mode": "preset_mode",
    "hvac_mode": STATE,
}
_HALF_TURN = 180


def reported(key: str, report: Mapping[str, Json]) -> str:
    """The key under which `report` holds what is expected as `key`."""
    return _ALIASES.get(key, key) if key not in report else key


def matches(expect: Mapping[str, Json], report: Mapping[str, Json]) -> bool:
    """Whether `report` (state and attributes) shows all that is expected."""
    return all(_same(key, wanted, report.get(reported(key, report)), report) for key, wanted in expect.items())


def _same(key: str, wanted: Json, found: Json, report: Mapping[str, Json]) -> bool:
    if wanted is None:
        return found is None
    if found is None:
        return False
    if key in {"rgb_color", "hs_color", "xy_color"}:
        return _same_color(key, wanted, found, report)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    try:
        difference = abs(float(found) - float(wanted))
    except (TypeError, ValueError):
        return str(found).strip().lower() == str(wanted).strip().lower()
    return difference <= _tolerance(key, float(wanted), report)


def _tolerance(key: str, wanted: float, report: Mapping[str, Json]) -> float:
    if key == "color_temp_kelvin":
        return wanted * _KELVIN_SHARE
    allowed = TOLERANCES.get(key, 1e-6)
    if key == "percentage" and isinstance(report.get("percentage_step"), int | float):
        return max(allowed, float(report["percentage_step"]))
    if key == "temperature" and isinstance(report.get("target_temp_step"), int | float):
        return max(allowed, float(report["target_temp_step"]) / 2)
    if key == STATE and isinstance(report.get("step"), int | float):
        return max(allowed, float(report["step"]) / 2)  # numbers snap to their step
    return allowed


def _same_color(key: str, wanted: Json, found: Json, report: Mapping[str, Json]) -> bool:
    try:
        if key == "hs_color":
            return _near_hs(_pair(wanted), _pair(found))
        if key == "rgb_color" and _near(wanted, found, _RGB):
            return True
        if key == "xy_color":
            return _near(wanted, found, _XY)
        from_rgb = report.get("hs_color")
        return from_rgb is not None and _near_hs(_hs_of(wanted), _pair(from_rgb))
    except (TypeError, ValueError):
        return False


def _near(wanted: Json, found: Json, allowed: float) -> bool:
    return len(wanted) == len(found) and all(
        abs(float(one) - float(other)) <= allowed for one, other in zip(wanted, found, strict=True)
    )


def _near_hs(wanted: tuple[float, float], found: tuple[float, float]) -> bool:
    if abs(wanted[1] - found[1]) > _SATURATION:
        return False
    turn = abs(wanted[0] - found[0]) % (2 * _HALF_TURN)
    return min(turn, 2 * _HALF_TURN - turn) <= _HUE_DEGREES or max(wanted[1], found[1]) <= _SATURATION


def _pair(value: Json) -> tuple[float, float]:
    first, second = value
    return float(first), float(second)


def _hs_of(rgb: Json) -> tuple[float, float]:
    red, green, blue = (int(part) for part in rgb)
    return rgb_to_hs((red, green, blue))
