"""Colours as devices count them: sRGB, hue and saturation, CIE 1931 xy. Pure arithmetic."""

from __future__ import annotations

import colorsys

_GAMMA_KNEE = 0.04045
_D65_XY = (0.3127, 0.3290)


def rgb_to_xy(red: float, green: float, blue: float) -> tuple[float, float]:
    """Chromaticity of an sRGB colour (0-255 each), four decimals; black is the white point."""
    r, g, b = (_linear(channel / 255) for channel in (red, green, blue))
    x = 0.4124 * r + 0.3576 * g + 0.1805 * b
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = 0.0193 * r + 0.1192 * g + 0.9505 * b
    total = x + y + z
    return (round(x / total, 4), round(y / total, 4)) if total else _D65_XY


def hs_to_rgb(hue: float, saturation: float) -> tuple[int, int, int]:
    """Full-brightness sRGB of a hue (degrees) and saturation (percent)."""
    channels = colorsys.hsv_to_rgb((hue % 360) / 360, min(max(saturation, 0), 100) / 100, 1)
    return _bytes(channels)


def hsb_to_rgb(hue: float, saturation: float, brightness: float) -> tuple[int, int, int]:
    """SRGB of a hue (degrees), saturation and brightness (percent)."""
    channels = colorsys.hsv_to_rgb((hue % 360) / 360, saturation / 100, brightness / 100)
    return _bytes(channels)


def rgb_to_hsb(red: int, green: int, blue: int) -> tuple[int, int, int]:
    """Hue (degrees), saturation and brightness (percent) of an sRGB colour."""
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    return round(hue * 360) % 360, round(saturation * 100), round(value * 100)


def parse_hex(text: str) -> tuple[int, int, int] | None:
    """``#rrggbb`` or ``rrggbb``; None when it is neither."""
    digits = text.removeprefix("#")
    if len(digits) != 6:
        return None
    try:
        value = int(digits, 16)
    except ValueError:
        return None
    return value >> 16, value >> 8 & 255, value & 255


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _GAMMA_KNEE else float(((channel + 0.055) / 1.055) ** 2.4)


def _bytes(channels: tuple[float, float, float]) -> tuple[int, int, int]:
    red, green, blue = (round(channel * 255) for channel in channels)
    return red, green, blue
