"""Colours by name: RGB for hues, kelvin for whites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from appliance.resolver.spelling import stems

RGB: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "orange": (255, 165, 0), "yellow": (255, 255, 0),
        "green": (0, 128, 0), "blue": (0, 0, 255), "purple": (128, 0, 128), "brown": (165, 42, 42), "pink": (255, 192, 203),
        "turquoise": (64, 224, 208), "cyan": (0, 255, 255), "magenta": (255, 0, 255), "violet": (238, 130, 238), "indigo": (75, 0, 130),
        "lime": (0, 255, 0), "gold": (255, 215, 0), "silver": (192, 192, 192), "gray": (128, 128, 128), "teal": (0, 128, 128),
        "navy": (0, 0, 128), "maroon": (128, 0, 0), "olive": (128, 128, 0), "aqua": (0, 255, 255), "fuchsia": (255, 0, 255),
        "coral": (255, 127, 80), "salmon": (250, 128, 114), "crimson": (220, 20, 60), "scarlet": (255, 36, 0), "lavender": (230, 230, 250),
        "plum": (221, 160, 221), "orchid": (218, 112, 214), "mauve": (224, 176, 255), "lilac": (200, 162, 200), "beige": (245, 245, 220),
        "ivory": (255, 255, 240), "peach": (255, 218, 185), "apricot": (251, 206, 177), "amber": (255, 191, 0), "tan": (210, 180, 140),
        "chocolate": (210, 105, 30), "mint": (152, 255, 152), "emerald": (80, 200, 120), "sky blue": (135, 206, 235),
        "light blue": (173, 216, 230), "dark blue": (0, 0, 139), "royal blue": (65, 105, 225), "steel blue": (70, 130, 180),
        "midnight blue": (25, 25, 112), "baby blue": (137, 207, 240), "electric blue": (125, 249, 255), "navy blue": (0, 0, 128),
        "light green": (144, 238, 144), "dark green": (0, 100, 0), "forest green": (34, 139, 34), "lime green": (50, 205, 50),
        "sea green": (46, 139, 87), "olive green": (128, 128, 0), "spring green": (0, 255, 127), "dark red": (139, 0, 0),
        "hot pink": (255, 105, 180), "deep pink": (255, 20, 147), "light pink": (255, 182, 193), "rose": (255, 0, 127),
        "dark orange": (255, 140, 0), "light yellow": (255, 255, 224), "rebecca purple": (102, 51, 153), "khaki": (240, 230, 140),
        "ruby": (224, 17, 95), "sapphire": (15, 82, 186), "burgundy": (128, 0, 32), "cherry": (222, 49, 99),
    }
)  # fmt: skip
"""Name in folded spelling to red, green, blue (0-255); CSS values where CSS has the name."""

KELVIN: Mapping[str, int] = MappingProxyType(
    {
        "candle light": 1900, "candlelight": 1900, "candle": 1900, "sunset": 2200, "extra warm white": 2200, "very warm white": 2200,
        "warm white": 2700, "warm": 2700, "soft white": 2700, "soft": 2700, "cosy": 2700, "cozy": 2700, "warmer": 2700,
        "incandescent": 2700,
        "halogen": 3000, "neutral white": 3500, "neutral": 3500, "natural white": 4000, "natural": 4000, "cool white": 4000,
        "cool": 4000, "cooler": 4000,
        "bright white": 5000, "cold white": 5500, "cold": 5500, "colder": 5500, "daylight": 6500, "day light": 6500, "ice white": 6500,
    }
)  # fmt: skip
"""Names of whites to kelvin."""

_NOT_COLORS = {"color", "light", "bright", "tone", "hue", "shade"}


def kelvin(name: str) -> int | None:
    """The colour temperature a white's name stands for."""
    folded = " ".join(stems(name))
    return KELVIN.get(folded)


# Green in CSS is dark; lime is what lights call green.
_PLAIN = "white red orange yellow green lime cyan blue purple pink magenta".split()


def nearest(color: Sequence[object]) -> str | None:
    """The everyday name that is nearest to red, green and blue (0-255 each), however bright; None where these are no such numbers."""
    parts = [float(part) for part in color if isinstance(part, int | float) and not isinstance(part, bool)]
    if len(parts) != len(color) or len(parts) != len("rgb") or max(parts) <= 0:
        return None
    full = [255 * part / max(parts) for part in parts]

    def distance(name: str) -> float:
        known = RGB[name]
        return sum((255 * one / max(known) - other) ** 2 for one, other in zip(known, full, strict=True))

    found = min(_PLAIN, key=distance)
    return "green" if found == "lime" else found


def rgb(name: str) -> tuple[int, int, int] | None:
    """Red, green and blue of a colour's name; joined and split spellings are one."""
    folded = stems(name)
    for words in (folded, tuple(word for word in folded if word not in _NOT_COLORS)):
        found = RGB.get(" ".join(words)) or _JOINED.get("".join(words))
        if found is not None:
            return found
    return None


_JOINED = {name.replace(" ", ""): value for name, value in RGB.items()}
_NAMES = {value: name for name, value in reversed(tuple(RGB.items()))}


def name(value: Sequence[int]) -> str:
    """What a colour of the table is called; empty for others."""
    return _NAMES.get((value[0], value[1], value[2]), "") if len(value) == 3 else ""
