"""Conversions between the colour spaces that lights speak: sRGB, hue and saturation, CIE 1931 xy, mireds, kelvin."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence

from appliance.messages import Json

_LINEAR_KNEE = 0.04045
_GAMMA_KNEE = 0.0031308
_MIRED = 1_000_000.0

RGB = tuple[int, int, int]
"""Red, green, blue, each 0-255."""
Pair = tuple[float, float]
"""Hue 0-360 with saturation 0-100, or CIE x with y."""


def rgb_to_hs(rgb: RGB) -> Pair:
    """Hue in degrees and saturation in percent."""
    hue, saturation, _value = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
    return round(hue * 360, 3), round(saturation * 100, 3)


def hs_to_rgb(hs: Pair) -> RGB:
    """The colour at full brightness."""
    red, green, blue = colorsys.hsv_to_rgb(hs[0] % 360 / 360, min(100.0, max(0.0, hs[1])) / 100, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def rgb_to_xy(rgb: RGB) -> Pair:
    """CIE 1931 chromaticity of an sRGB colour (white point D65, IEC 61966-2-1); black counts as white."""
    red, green, blue = (_linear(part / 255) for part in (rgb if any(rgb) else (255, 255, 255)))
    big_x = 0.4124564 * red + 0.3575761 * green + 0.1804375 * blue
    big_y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    big_z = 0.0193339 * red + 0.1191920 * green + 0.9503041 * blue
    total = big_x + big_y + big_z
    return round(big_x / total, 4), round(big_y / total, 4)


def xy_to_rgb(xy: Pair) -> RGB:
    """The brightest sRGB colour of a chromaticity."""
    x, y = xy[0], max(xy[1], 1e-6)
    big_x, big_z = x / y, (1 - x - y) / y
    red = 3.2404542 * big_x - 1.5371385 - 0.4985314 * big_z
    green = -0.9692660 * big_x + 1.8760108 + 0.0415560 * big_z
    blue = 0.0556434 * big_x - 0.2040259 + 1.0572252 * big_z
    parts = [max(0.0, part) for part in (red, green, blue)]
    brightest = max(parts) or 1.0
    return to_rgb([255 * _gamma(part / brightest) for part in parts])


def mired_to_kelvin(mired: float) -> int:
    """Colour temperature; raises ValueError for what is none."""
    if mired <= 0:
        message = "a colour temperature is positive"
        raise ValueError(message)
    return round(_MIRED / mired)


def kelvin_to_mired(kelvin: float) -> int:
    """Reciprocal megakelvin; raises ValueError for what is none."""
    return mired_to_kelvin(kelvin)


def color_attributes(*, rgb: RGB | None = None, hs: Pair | None = None, xy: Pair | None = None) -> dict[str, Json]:
    """One colour as the three attributes of Home Assistant; the given one is kept as it is, the others follow."""
    if rgb is not None:
        return {"rgb_color": rgb, "hs_color": rgb_to_hs(rgb), "xy_color": rgb_to_xy(rgb)}
    if hs is not None:
        rgb = hs_to_rgb(hs)
        return {"rgb_color": rgb, "hs_color": hs, "xy_color": rgb_to_xy(rgb)}
    if xy is not None:
        rgb = xy_to_rgb(xy)
        return {"rgb_color": rgb, "hs_color": rgb_to_hs(rgb), "xy_color": xy}
    return {}


def wanted_rgb(data: Mapping[str, Json]) -> RGB | None:
    """The colour that a command's data asks for, in any of the three spaces; raises ValueError, TypeError."""
    if data.get("rgb_color") is not None:
        return to_rgb(_numbers(data["rgb_color"], 3))
    if data.get("hs_color") is not None:
        hue, saturation = _numbers(data["hs_color"], 2)
        return hs_to_rgb((hue, saturation))
    if data.get("xy_color") is not None:
        x, y = _numbers(data["xy_color"], 2)
        return xy_to_rgb((x, y))
    return None


def reported_color(color: Mapping[str, Json]) -> dict[str, Json]:
    """The attributes of a reported ``{"r","g","b"}``, ``{"h","s"}``, ``{"hue","saturation"}`` or ``{"x","y"}``."""
    if "x" in color and "y" in color:
        return color_attributes(xy=(float(color["x"]), float(color["y"])))
    if "r" in color and "g" in color and "b" in color:
        return color_attributes(rgb=to_rgb([float(color[part]) for part in "rgb"]))
    if "h" in color and "s" in color:
        return color_attributes(hs=(float(color["h"]), float(color["s"])))
    if "hue" in color and "saturation" in color:
        return color_attributes(hs=(float(color["hue"]), float(color["saturation"])))
    return {}


def to_rgb(parts: Sequence[float]) -> RGB:
    """Three numbers as a colour, within its bounds; raises ValueError for another number of them."""
    red, green, blue = (min(255, max(0, round(part))) for part in parts)
    return red, green, blue


def _numbers(value: Json, count: int) -> list[float]:
    numbers = [float(part) for part in value]
    if len(numbers) != count:
        message = f"a colour of {count} numbers was expected, not {value!r}"
        raise ValueError(message)
    return numbers


def _linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_KNEE else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    return part * 12.92 if part <= _GAMMA_KNEE else float(1.055 * part ** (1 / 2.4) - 0.055)
