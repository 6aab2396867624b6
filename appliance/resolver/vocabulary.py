"""What everyday English words mean in Home Assistant's terms: generic nouns, synonyms, sound-alikes.

Tables only. A home's own names always come first; these words help where a name is not spelled out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Noun:
    """A generic noun as a domain or a device class or both."""

    domain: str | None = None
    device_class: str | None = None


_LIGHT = Noun("light")
_SWITCH = Noun("switch")
_OUTLET = Noun("switch", "outlet")
_CLIMATE = Noun("climate")
_PLAYER = Noun("media_player")
_TV = Noun("media_player", "tv")
_SPEAKER = Noun("media_player", "speaker")

NOUNS: Mapping[str, Noun] = MappingProxyType(
    {
        "light": _LIGHT, "lamp": _LIGHT, "lighting": _LIGHT, "bulb": _LIGHT, "luminaire": _LIGHT,
        "switch": _SWITCH,
        "plug": _OUTLET, "outlet": _OUTLET, "socket": _OUTLET, "smart plug": _OUTLET, "power outlet": _OUTLET,
        "fan": Noun("fan"), "ventilator": Noun("fan"),
        "cover": Noun("cover"),
        "blind": Noun("cover", "blind"), "curtain": Noun("cover", "curtain"), "drape": Noun("cover", "curtain"),
        "shade": Noun("cover", "shade"), "shutter": Noun("cover", "shutter"), "awning": Noun("cover", "awning"),
        "roller": Noun("cover", "shade"), "roller blind": Noun("cover", "blind"), "roller shutter": Noun("cover", "shutter"),
        "garage door": Noun("cover", "garage"), "garage": Noun("cover", "garage"), "gate": Noun("cover", "gate"),
        "window": Noun(None, "window"), "door": Noun(None, "door"),
        "valve": Noun("valve"),
        "lock": Noun("lock"), "door lock": Noun("lock"),
        "thermostat": _CLIMATE, "heating": _CLIMATE, "heat": _CLIMATE, "heater": _CLIMATE, "radiator": _CLIMATE,
        "ac": _CLIMATE, "a c": _CLIMATE, "air con": _CLIMATE, "aircon": _CLIMATE, "air conditioner": _CLIMATE,
        "air conditioning": _CLIMATE, "hvac": _CLIMATE, "climate": _CLIMATE, "heat pump": _CLIMATE,
        "tv": _TV, "telly": _TV, "tele": _TV, "television": _TV,
        "speaker": _SPEAKER, "music": _PLAYER, "stereo": _PLAYER, "media player": _PLAYER, "player": _PLAYER,
        "receiver": Noun("media_player", "receiver"), "radio": _PLAYER,
        "vacuum": Noun("vacuum"), "vacuum cleaner": Noun("vacuum"), "hoover": Noun("vacuum"), "robot vacuum": Noun("vacuum"),
        "mower": Noun("lawn_mower"), "lawn mower": Noun("lawn_mower"), "lawnmower": Noun("lawn_mower"),
        "robot mower": Noun("lawn_mower"),
        "humidifier": Noun("humidifier"), "dehumidifier": Noun("humidifier", "dehumidifier"),
        "scene": Noun("scene"), "script": Noun("script"), "routine": Noun("script"), "button": Noun("button"),
        "alarm": Noun("alarm_control_panel"), "siren": Noun("siren"), "water heater": Noun("water_heater"),
        "boiler": Noun("water_heater"), "sensor": Noun("sensor"),
        "temperature": Noun(None, "temperature"), "humidity": Noun(None, "humidity"), "battery": Noun(None, "battery"),
        "power": Noun(None, "power"), "energy": Noun(None, "energy"), "motion": Noun(None, "motion"),
        "smoke": Noun(None, "smoke"), "weather": Noun("weather"),
    }
)  # fmt: skip
"""Generic noun, in the singular, to its meaning."""
NOUN_WORDS = frozenset(word for noun in NOUNS for word in noun.split())
"""The words that such nouns are made of."""

DOMAIN_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "light": ("light", "lamp", "lighting", "bulb", "luminaire"),
        "switch": ("switch", "plug", "outlet", "socket"),
        "input_boolean": ("switch", "toggle", "helper"),
        "fan": ("fan", "ventilator", "speed"),
        "cover": ("cover",),
        "valve": ("valve",),
        "lock": ("lock", "door"),
        "climate": (
            "thermostat", "heating", "heat", "heater", "radiator", "ac", "aircon", "air", "conditioner", "conditioning", "hvac",
            "climate", "temperature",
        ),
        "media_player": ("tv", "telly", "television", "speaker", "music", "stereo", "player", "media", "receiver", "radio", "volume"),
        "vacuum": ("vacuum", "cleaner", "hoover", "robot"),
        "lawn_mower": ("mower", "lawn", "lawnmower", "robot"),
        "humidifier": ("humidifier", "dehumidifier", "humidity"),
        "scene": ("scene", "mode"),
        "script": ("script", "routine", "mode"),
        "automation": ("automation",),
        "button": ("button",),
        "input_button": ("button",),
        "alarm_control_panel": ("alarm", "panel"),
        "siren": ("siren", "alarm"),
        "water_heater": ("water", "heater", "boiler"),
        "sensor": ("sensor", "level", "reading", "value", "meter"),
        "binary_sensor": ("sensor", "detector", "status"),
        "todo": ("list",),
        "weather": ("weather", "forecast"),
        "number": ("number", "level", "setting", "value"),
        "input_number": ("number", "level", "setting", "value"),
        "select": ("setting", "mode", "option"),
        "input_select": ("setting", "mode", "option"),
    }
)  # fmt: skip
"""Words that say no more than the domain does: "bedside" and "bedside lamp" are one light."""

CLASS_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "blind": ("blind",), "curtain": ("curtain", "drape"), "shade": ("shade",), "shutter": ("shutter",), "awning": ("awning",),
        "garage": ("garage", "door"), "garage_door": ("garage", "door"), "gate": ("gate",), "door": ("door",), "window": ("window",),
        "temperature": ("temperature", "thermometer"), "humidity": ("humidity", "hygrometer"),
        "battery": ("battery", "level"), "power": ("power",),
        "motion": ("motion",), "occupancy": ("occupancy",), "smoke": ("smoke",), "moisture": ("moisture", "leak", "water"),
        "outlet": ("plug", "outlet", "socket"), "tv": ("tv", "television", "telly"),
    }
)  # fmt: skip
"""Words that say no more than the device class does."""

LOOSE_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "switch": ("light", "lamp", "fan", "heater", "pump", "machine", "maker", "outlet", "socket", "plug"),
        "input_boolean": ("light", "mode"),
        "light": ("switch", "strip"),
        "fan": ("switch",),
        "scene": ("light", "lighting", "scene", "time"),
        "cover": ("blind", "curtain", "shade", "shutter", "drape"),
        "climate": ("fan",),
        "media_player": ("sound", "audio"),
    }
)  # fmt: skip
"""Nouns people also use for things of a domain (a lamp on a smart plug is a switch)."""

FILLERS = frozenset("please device the a an my our your that this these those one ones of in on at by for both".split())
"""Words that tell no two things apart inside a span; left out when the words as they stand match nothing."""

AREA_NOUNS = frozenset("room area space zone".split())
"""Nouns that may be missing or extra in the name of an area."""

AREA_SYNONYMS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split(" | "))
    for group in (
        "living room | lounge | sitting room | family room | front room",
        "bathroom | washroom | restroom | bath",
        "toilet | loo | restroom | powder room | cloakroom | wc",
        "hall | hallway | corridor | entryway | entrance | entrance hall | foyer",
        "garden | yard | backyard | back yard | back garden",
        "basement | cellar",
        "attic | loft",
        "kids room | childrens room | children room | nursery | kid bedroom | children bedroom",
        "master bedroom | main bedroom | primary bedroom",
        "office | study | home office | workroom",
        "utility room | laundry room | laundry",
        "patio | terrace | deck",
        "outside | outdoor | exterior",
        "guest room | guest bedroom | spare room | spare bedroom",
        "carport | garage",
    )
)
"""Areas that people call by each other's names; used only when exactly one of a home's areas is meant."""

NUMBER_WORDS: Mapping[str, str] = MappingProxyType(
    {word: str(i) for i, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split())}
)  # fmt: skip
ORDINALS: Mapping[str, str] = MappingProxyType(
    {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}
)

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "colour": "color", "centre": "center", "grey": "gray", "television": "tv", "telly": "tv", "lite": "light", "nite": "night",
        "doorbell": "doorbell", "wifi": "wifi", "aircon": "ac", "theatre": "theater", "n": "and", "&": "and", "bedrm": "bedroom",
        "lightbulb": "bulb", "xmas": "christmas", "kids'": "kids", "storey": "floor", "hoover": "vacuum",
    }
)  # fmt: skip
"""Spellings folded into one, in names and in sentences alike."""

SOUND_ALIKES: Mapping[str, str] = MappingProxyType(
    {
        "knight": "night", "haul": "hall", "whole": "hall", "fam": "fan", "van": "fan", "blinds": "blind", "lamb": "lamp", "lump": "lamp",
        "son": "sun", "sunn": "sun", "rite": "right", "write": "right", "led": "lead", "lead": "led", "two": "2", "to": "2", "too": "2",
        "for": "4", "fore": "4", "won": "1", "ate": "8", "flour": "flower", "flower": "flour", "stares": "stair", "stair": "stare",
        "loc": "lock", "look": "lock", "gait": "gate", "patty": "patio", "sauna": "sauna", "plugged": "plug", "coughing": "coffee",
        "cereal": "serial", "pain": "pane", "reed": "read", "reeding": "reading", "redding": "reading", "seeling": "ceiling",
        "sealing": "ceiling", "floor": "floor", "dinning": "dining", "dinner": "dining", "bath": "bath", "isle": "island",
        "curtin": "curtain", "wall": "wall", "dest": "desk", "disk": "desk", "bead": "bed", "bad": "bed", "bored": "board",
    }
)  # fmt: skip
"""What speech recognition writes for a word of a name; tried only when the words as they stand match nothing."""

RIGID = frozenset(
    "left right front back rear upper lower top bottom north south east west inner outer big small old new first second third "
    "upstairs downstairs hot cold up down".split()
)
"""Words that tell two devices apart: never produced or changed by the correction of typing errors."""
