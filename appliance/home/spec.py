"""An announced entity as the registry takes it in: what it is called, where it may be, how it is driven."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.errors import HomeError
from appliance.home.announced import truth
from appliance.home.binding import Binding
from appliance.home.discovery import Component, bind
from appliance.home.setting import Setting
from appliance.home.topics import CommandTopics
from appliance.messages import Json
from appliance.text import key

MAX_NAME = 128
"""Longest name, in characters."""

_SEPARATORS = re.compile(r"[\s_/.-]+")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_DEVICE_CLASS = re.compile(r"[a-z0-9_.]{1,64}")
_TECHNICAL_NAME = re.compile(r"[^\s]*[-_0-9][^\s]*")
"""Host names and serial numbers ("esp-porch", "LYWSD03MMC"): nobody says them."""
READABLE = frozenset({"sensor", "binary_sensor", "device_tracker"})
"""Kinds of components that only report."""
_MAIN = frozenset(
    "alarm_control_panel climate cover fan humidifier lawn_mower light lock siren switch vacuum valve water_heater".split()
)
"""Kinds of components that are what their device is there for."""
_GENERIC = frozenset(
    "channel climate cover dimmer door fan gate light lock main output position relay siren state switch thermostat valve".split()
)
"""Words that say what a part of a device is, not which one."""
_TECHNICAL_CLASSES = frozenset({"signal_strength", "timestamp", "data_rate", "data_size", "update", "duration"})
_GATEWAY = re.compile(
    r"/bridge/(?:request|config|group|device)/|/_clients/.*/(?:api|broadcast|multicast)/"
    r"|(?:^|/)cmnd/(?:.*/)?(?:publish\d?|subscribe|unsubscribe|web(?:send|query)|rule\d?|script|runscript)$"
)
_BACKLOG = re.compile(r"(?:^|/)cmnd/(?:.*/)?(?:backlog\d?|event|br)$")
_MEANS_OTHERS = re.compile(r"publish|subscribe|web(?:send|query)|rule|script")
"""What a row of commands for Tasmota must not hold."""
_OWN_ORIGIN = "ternd"


@dataclass(frozen=True, slots=True)
class Spec:
    """One entity before it has an id."""

    unique_id: str
    """Stays the same when the device is renamed."""
    domain: str
    name: str
    object_id: str
    """What follows the dot of the id, if nothing else has it."""
    binding: Binding
    aliases: tuple[str, ...] = ()
    device_class: str | None = None
    device_name: str = ""
    suggested_area: str | None = None
    origin: str = "mqtt"
    hidden: str = ""
    """Why the entity is not part of the home people speak of; empty: it is."""

    @property
    def identity(self) -> str:
        """What tells it from all others: a unique id is unique within its kind."""
        return f"{self.domain} {self.unique_id}"


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and underscores of `text`; empty when it has none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("_", plain).strip("_")[:64].strip("_")


def printable(text: str) -> str:
    """Return a text without control characters and needless blanks, not longer than a name."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:MAX_NAME].strip()


def readable(name: str) -> str:
    """Return a name as people say it: separators of a technical name become blanks, control characters go."""
    clean = printable(name)
    if (" " not in clean and "_" in clean) or re.fullmatch(r"\w\w+(?:[/.-]\w\w+)+", clean):
        clean = _SEPARATORS.sub(" ", clean).strip()
        if clean.islower():
            clean = clean[0].upper() + clean[1:]
    return clean[:MAX_NAME].strip()


def spec_of(component: Component, topics: CommandTopics, setting: Setting | None = None) -> Spec:
    """Compile a component; raises HomeError. What is hidden is not compiled: it reads and commands nothing."""
    config, device = component.config, component.device
    said_class = _string(config, "device_class")
    device_class = said_class if _DEVICE_CLASS.fullmatch(said_class) else None
    hidden = _hidden(component, device_class)
    binding = Binding() if hidden else bind(component, topics, setting)
    device_name = readable(_string(device, "name"))
    technical = bool(_TECHNICAL_NAME.fullmatch(_string(device, "name")))
    own = readable(_string(config, "name"))
    name, aliases = _names(component, own, device_name, device_class, technical=technical)
    if not key(name):  # nothing but signs and pictures
        name = readable(component.object_id)
    if not key(name):
        message = "it has no name that could be spoken"
        raise HomeError(message)
    wanted = _string(config, "default_entity_id").rpartition(".")[2] or _string(config, "object_id")
    return Spec(
        unique_id=component.unique_id,
        domain=component.kind,
        name=name,
        object_id=slug(wanted) or slug(name) or slug(component.object_id) or "unnamed",
        binding=binding,
        aliases=aliases,
        device_class=device_class,
        device_name=device_name,
        suggested_area=printable(_string(device, "suggested_area")) or None,
        origin=printable(component.origin) or "mqtt",
        hidden=hidden,
    )


def _names(
    component: Component, own: str, device_name: str, device_class: str | None, *, technical: bool
) -> tuple[str, tuple[str, ...]]:
    """The full name as Home Assistant composes it, and what else the thing may be called."""
    if own and device_name and key(own) != key(device_name):
        if key(own).startswith(key(device_name) + " "):
            rest = key(own).removeprefix(key(device_name)).split()
            main = component.kind in _MAIN and all(word in _GENERIC or word.isdigit() for word in rest)
            return own, (device_name,) if main else ()
        if f" {key(device_name)}".endswith(f" {key(own)}"):  # a "Hall lamp" with a "Lamp"
            return device_name, ()
        if technical and len(key(own).split()) > 1:
            return own, ()
        # a single word ("door", "relay") names nothing by itself, unless the device is a board that nobody speaks of
        telling = component.kind not in READABLE and (
            len(key(own).split()) > 1 or (technical and key(own) not in _GENERIC)
        )
        return f"{device_name} {own}"[:MAX_NAME], (own,) if telling else ()
    if own or device_name:
        named = "name" in component.config
        if device_name and not named and device_class and component.kind in READABLE:
            what = device_class.replace("_", " ")
            if f" {key(what)} " not in f" {key(device_name)} ":
                return f"{device_name} {what}"[:MAX_NAME], ()
        return own or device_name, ()
    return readable(component.object_id) or component.kind.replace("_", " "), ()


def _hidden(component: Component, device_class: str | None) -> str:
    config = component.config
    if component.origin == _OWN_ORIGIN:
        return "announced by ternd itself"
    if not truth(config, "enabled_by_default", default=True):
        return "disabled by default"
    if component.kind not in READABLE and (_is_bridge(component) or _steers_bridge(config)):
        return "steers the gateway itself"
    category = config.get("entity_category")
    if category in ("config", "diagnostic"):
        useful = component.kind in READABLE and device_class is not None and device_class not in _TECHNICAL_CLASSES
        return "" if category == "diagnostic" and useful else f"a {category} entity of its device"
    return ""


def _is_bridge(component: Component) -> bool:
    """Whether the device is zigbee2mqtt itself: nobody who turns on "all switches" wants to let strange devices join."""
    identifiers = component.device.get("identifiers")
    listed = identifiers if isinstance(identifiers, list) else [identifiers]
    return any(isinstance(item, str) and item.startswith("zigbee2mqtt_bridge_") for item in listed)


def _steers_bridge(config: Mapping[str, Json]) -> bool:
    """Whether its commands are for a gateway itself, whatever it calls itself, and so for whatever else that can do.

    zigbee2mqtt removes devices and lets others join; zwave-js-ui writes any value of any node; a board with Tasmota publishes what it
    is told.
    """
    topics = [value.casefold() for name, value in config.items() if name.endswith("topic") and isinstance(value, str)]
    if any(_GATEWAY.search(topic) for topic in topics):
        return True
    return any(_BACKLOG.search(topic) for topic in topics) and bool(_MEANS_OTHERS.search(str(config).casefold()))


def _string(config: Mapping[str, Json], name: str) -> str:
    value = config.get(name)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str | int | float):
        return str(value)[: MAX_NAME * 2]
    message = f"{name} must be a string"
    raise HomeError(message)
