"""What a watch is about: its topics, and what each series of it is called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.config import WatchSettings
from appliance.history import Source

_MEASURES: Mapping[str, str] = {
    "°C": "temperature", "°F": "temperature", "C": "temperature", "F": "temperature", "K": "temperature", "W": "power", "kW": "power",
    "kWh": "energy", "Wh": "energy", "V": "voltage", "mV": "voltage", "A": "current", "mA": "current", "hPa": "pressure", "bar": "pressure",
    "mbar": "pressure", "kPa": "pressure", "lx": "illuminance", "ppm": "carbon_dioxide", "dBm": "signal_strength",
    "µg/m³": "pm25", "m/s": "wind_speed", "km/h": "speed", "Hz": "frequency", "rpm": "speed", "mm/s": "vibration",
}  # fmt: skip
"""Unit to what is measured with it, where that is clear."""

_WORDS = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class Subject:
    """One series of one watch."""

    watch: WatchSettings
    key: str
    """Of the series."""
    source: Source


def matched(topic_filter: str, topic: str) -> tuple[str, ...] | None:
    """What the wildcards of a filter stand for in `topic`; None: it does not match."""
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in {"+", "#"}:
        return None
    found = []
    for i, level in enumerate(wanted):
        if level == "#":
            found.append("/".join(levels[i:]))
            return tuple(found)
        if i >= len(levels) or level not in {"+", levels[i]}:
            return None
        if level == "+":
            found.append(levels[i])
    return tuple(found) if len(levels) == len(wanted) else None


def is_exact(topic_filter: str) -> bool:
    """Whether a filter is one topic."""
    return not {"+", "#"} & set(topic_filter.split("/"))


def of_topic(watch: WatchSettings, topic: str) -> Subject | None:
    """The series that a topic is for a watch; None: it is none of its topics."""
    for one in watch.topics:
        parts = matched(one, topic)
        if parts is not None:
            key = f"{topic}#{watch.value}" if watch.value else topic
            measure = watch.measure or _MEASURES.get(watch.unit, "")
            source = Source(key, _name(watch, parts), watch.unit, measure, watch.area or "")
            return Subject(watch, key, source)
    return None


def _name(watch: WatchSettings, parts: Sequence[str]) -> str:
    """The name of a series: that of the watch with the wildcards filled in, else the wildcards' words, else that of the watch."""
    words = [spaced(part) for part in parts]
    if "{" in watch.name:
        return _filled(watch.name, words)
    if words and any(words):
        name = " ".join(word for word in words if word)
        return name[:1].upper() + name[1:]
    return watch.name or spaced(watch.id)[:1].upper() + spaced(watch.id)[1:]


def _filled(template: str, words: Sequence[str]) -> str:
    def fill(match: re.Match[str]) -> str:
        number = int(match.group(1))
        return words[number - 1] if 1 <= number <= len(words) else ""

    return " ".join(re.sub(r"\{(\d)\}", fill, template).split())


def spaced(text: str) -> str:
    """The words of an identifier: ``pump3_inlet`` is "pump 3 inlet"."""
    return " ".join(_WORDS.findall(text))
