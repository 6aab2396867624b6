"""Questions for what a sensor of the home measures, in words that the command model takes for a question about the world.

"How deep is the snow" has an answer where a sensor is called Snow depth. Every noun of the question must be in the sensor's name or be its
place, so that the depth of the sea stays a question for others.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from appliance.messages import Call, Entity, Home, Target
from appliance.resolver.leftovers import telling
from appliance.resolver.names import NameIndex
from appliance.resolver.spelling import every_stem, stems
from appliance.resolver.thermometers import OUTSIDE

MEASURES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        adjective: frozenset(nouns.split())
        for adjective, nouns in {
            "deep": "depth level", "high": "height level", "tall": "height", "long": "length", "wide": "width", "heavy": "weight",
            "full": "level fill", "empty": "level fill", "fast": "speed", "strong": "strength speed", "windy": "wind speed",
            "loud": "noise sound loudness", "noisy": "noise sound", "bright": "brightness illuminance", "humid": "humidity",
            "wet": "moisture humidity", "damp": "moisture humidity", "dry": "moisture humidity", "dirty": "quality", "clean": "quality",
            "salty": "salt salinity", "hard": "hardness", "far": "distance",
            "warm": "temperature", "hot": "temperature", "cold": "temperature",
        }.items()
    }
)  # fmt: skip
"""Adjective to the nouns for what it measures."""
_READ_OUT = frozenset({"sensor", "number", "input_number"})
_BESIDES = frozenset("outside today currently now moment right present out tonight".split())
_BEFORE_NAMES = frozenset("is s are the our my a an was of tell me give show".split())


def measured(text: str, home: Home, index: NameIndex) -> Call | None:
    """The question for the one sensor that `text` asks about; None: it asks about none, or may mean several."""
    words = every_stem(text)
    while words and words[0] not in {"how", "what", "whats"} and not telling(words[0]):
        words = words[1:]
    sensors = [entity for entity in home.entities if entity.domain in _READ_OUT]
    if words[:1] == ("how",) and words[1:2] and words[1] in MEASURES:
        asked = frozenset(word for word in words[2:] if telling(word) and word not in OUTSIDE | _BESIDES)
        found = [sensor for sensor in sensors if asked and _measures(sensor, words[1], asked, index)]
    elif words[:1] in (("what",), ("whats",)):
        asked = frozenset(word for word in words[1:] if word not in OUTSIDE | _BESIDES | _BEFORE_NAMES)
        found = [sensor for sensor in sensors if any(frozenset(stems(name)) == asked for name in sensor.names)]
    else:
        return None
    if len(found) != 1:
        return None
    return Call("GetState", Target(name=found[0].name), values={"ask": "one"})


def _measures(sensor: Entity, adjective: str, asked: frozenset[str], index: NameIndex) -> bool:
    """Whether a sensor measures how `adjective` something is, and `asked` says no more than what and where."""
    area = index.areas.get(sensor.area or "")
    place = frozenset(stems(area.name)) if area is not None else frozenset[str]()
    for name in sensor.names:
        words = frozenset(stems(name))
        what = asked & words - place
        if words & MEASURES[adjective] and what and asked <= words | place:
            return True
    return False
