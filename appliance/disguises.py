"""Things that are not what they call themselves: a lamp that announces the command topic of a lock is that lock."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from appliance.errors import ActError
from appliance.messages import COMMANDS, Action, Entity, Home, Json, PinChange, Publish
from appliance.policy import ASKED, DENIED, action_kind, dangers

_RELAY = re.compile(r"power\d*")
_ALL_RELAYS = re.compile(r"power0|backlog\d?|event|br")
"""Tasmota's commands that move whichever relay their payload or a rule names."""
_DATA: Mapping[str, Sequence[Mapping[str, Json]]] = {
    "turn_on": ({"brightness": 128}, {"rgb_color": (255, 0, 0)}, {"color_temp_kelvin": 3000}, {"effect": "x"}, {"transition": 1}),
    "set_position": ({"position": 50},), "set_tilt": ({"tilt_position": 50},), "set_percentage": ({"percentage": 50},),
    "oscillate": ({"oscillating": True},), "set_temperature": ({"temperature": 20},), "set_humidity": ({"humidity": 50},),
}  # fmt: skip
"""Data of commands, to see what is sent with them."""
_CHOICES = {
    "select_option": ("option", "options"), "set_hvac_mode": ("hvac_mode", "hvac_modes"), "set_fan_mode": ("fan_mode", "fan_modes"),
    "set_swing_mode": ("swing_mode", "swing_modes"), "set_mode": ("mode", "preset_modes"),
}  # fmt: skip
"""And for those that take one of a list, the attribute that holds it."""
_WITHOUT_DATA = frozenset("turn_on turn_off open close stop lock unlock press activate".split())
_FIXED = "denied, and always sent the same"
"""Of things on a topic that a whole gateway for radio or infrared may share: other payloads are for other things, or for this one."""
_OUTPUT = r"\d+|default|l\d+|ep\d+|left|right|cent(?:er|re)|(?:(?:cent(?:er|re)|top|bottom)_)?(?:left|right)|top|bottom"
"""What zigbee2mqtt calls the outputs of a device that has several; each has a number, too."""
_SETTING = re.compile(rf"(?P<name>.+?)(?:/(?P<output>{_OUTPUT}))?/set(?:/(?P<key>[^/]+))?")
_KEY = re.compile(rf"(?P<key>.+?)(?:_(?P<output>{_OUTPUT}))?", re.DOTALL)
_ANY = "*"
_ZIGBEE_ADDRESS = re.compile(r"(0x[0-9a-f]{16})(?![0-9a-f])")
_TASMOTA_BOARD = re.compile(r"tasmota_[0-9A-F]{6}([0-9A-F]{6})_")


class Topics(Protocol):
    """Where an entity is commanded."""

    @property
    def commands(self) -> Sequence[str]:
        """Its command topics."""

    @property
    def unique_id(self) -> str:
        """Of its announcement; empty: it was not announced."""


class Wired(Protocol):
    """What must be known of the home: how its things are commanded."""

    def wiring(self, entity_id: str) -> Topics:
        """The entity's topics and identity."""

    def encode(self, action: Action) -> Sequence[Publish | PinChange]:
        """What the doors take; raises :class:`ActError`."""


class Disguises:
    """Compares messages with those that guarded entities would get. Looks at the home anew when its structure changes."""

    def __init__(self, home: Wired, restriction: Callable[[Entity], str] = lambda _entity: "") -> None:
        """Store the home, and what the configuration says of commands to an entity (:meth:`Policy.restriction`)."""
        self._home = home
        self._restriction = restriction
        self._structure: int | None = None
        self._guarded = _Guarded(())

    def behind(self, action: Action, home: Home) -> tuple[str, str]:
        """What another entity that would get this one's message is guarded by (kind of action, or restriction), and its id; or nothing."""
        if self._structure != home.structure:
            self._structure = home.structure
            self._guarded = _Guarded(one for entity in home.entities for one in self._watched(entity))
        found = [
            (_to_the_letter(message, guarded) if kind == _FIXED else kind, entity_id)
            for message in self._messages(action)
            for entity_id, kind, guarded in self._guarded.near(message.topic)
            if entity_id != action.entity and same_message(message, guarded)
        ]
        return min(found, key=lambda one: (one[0] != DENIED, one[0] == ASKED), default=("", ""))

    def _watched(self, entity: Entity) -> list[_One]:
        return [*self._dangerous(entity), *self._restricted(entity)]

    def _restricted(self, entity: Entity) -> Iterator[_One]:
        """All that may be sent to an entity that the configuration has a rule for."""
        restriction = self._restriction(entity)
        if not restriction:
            return
        if restriction == DENIED and (entity.features or COMMANDS) <= _WITHOUT_DATA:
            restriction = _FIXED
        wiring, known = self._home.wiring(entity.id), set[str]()
        for action in _possible(entity):
            for message in self._messages(action):
                known.add(message.topic)
                for also in (message, *_by_address(message, wiring.unique_id)):
                    yield entity.id, restriction, also
        for topic in set(wiring.commands) - known:  # what goes there depends on more than is known here
            yield entity.id, restriction, Publish(topic, b"")

    def _dangerous(self, entity: Entity) -> list[_One]:
        """Entity id, kind and message of all that is guarded in one entity.

        Where its messages cannot be known, as of an alarm that wants its code, whatever goes to its topics counts.
        """
        guarded, unique_id = dangers(entity), self._home.wiring(entity.id).unique_id
        found = [
            (entity.id, action_kind(danger, entity), known)
            for danger in guarded
            for message in self._messages(danger)
            for known in (message, *_by_address(message, unique_id))
        ]
        if found or not guarded:
            return found
        kind = action_kind(guarded[0], entity)
        return [(entity.id, kind, Publish(topic, b"")) for topic in self._home.wiring(entity.id).commands]

    def _messages(self, action: Action) -> list[Publish]:
        try:
            return [message for message in self._home.encode(action) if isinstance(message, Publish)]
        except ActError:
            return []


_One = tuple[str, str, Publish]
"""Entity id, kind or restriction, and a message that it would get."""


class _Guarded:
    """Messages by their topics, so that not all have to be compared with each."""

    def __init__(self, messages: Iterable[_One]) -> None:
        self._by_topic: dict[str, list[_One]] = {}
        for one in messages:
            for place in self._places(one[2].topic):
                self._by_topic.setdefault(place, []).append(one)

    def near(self, topic: str) -> Iterator[_One]:
        """Those that could be the same as one on this topic."""
        for place in self._places(topic):
            yield from self._by_topic.get(place, ())

    @staticmethod
    def _places(topic: str) -> set[str]:
        """The topic, the one above it, and what zigbee2mqtt takes for the name of its device."""
        folded = topic.casefold()
        setting = _SETTING.fullmatch(folded)
        return {folded, folded.rpartition("/")[0] + "/", *([f"{setting['name']}/set"] if setting else ())}


def _possible(entity: Entity) -> Iterator[Action]:
    """Commands that the entity may take, with each of their data."""
    for command in sorted(COMMANDS & (entity.features or COMMANDS)):
        yield Action(entity.id, command)
        for data in _DATA.get(command, ()):
            yield Action(entity.id, command, data)
        if command in _CHOICES:
            key, listed = _CHOICES[command]
            for choice in tuple(entity.attributes.get(listed) or ())[:1]:
                yield Action(entity.id, command, {key: choice})
        if command == "set_value":
            yield Action(entity.id, command, {"value": entity.attributes.get("min", 1)})


def _to_the_letter(message: Publish, denied: Publish) -> str:
    """The restriction of a message, where another one is denied: only asked about where it differs on the same topic."""
    if message.topic.casefold() != denied.topic.casefold() or not denied.payload:
        return DENIED
    return DENIED if _value(message.payload) == _value(denied.payload) else ASKED


def _value(payload: bytes) -> Json:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return payload.decode(errors="replace").strip().casefold()


def _by_address(message: Publish, unique_id: str) -> list[Publish]:
    """The same message by the other names of its device.

    zigbee2mqtt takes the radio address in place of the name; Tasmota hears its fallback topic and that of the group of all.
    """
    base, name, rest = (*message.topic.split("/", 2), "", "")[:3]
    address, board = _ZIGBEE_ADDRESS.match(unique_id), _TASMOTA_BOARD.match(unique_id)
    if board is not None:
        command = message.topic.rpartition("/")[2]
        group = [f"{base}/tasmotas/{rest}"] if rest and "/" not in rest else []
        return [replace(message, topic=topic) for topic in (f"cmnd/DVES_{board[1]}_fb/{command}", *group)]
    if address is None or not rest or name == address[1]:
        return []
    return [replace(message, topic=f"{base}/{address[1]}/{rest}")]


def same_message(one: Publish, other: Publish) -> bool:
    """Whether two messages may command the same thing: one topic, and one payload or JSON objects with a common key.

    Gateways know a topic by several spellings: zigbee2mqtt also takes the key, and which of several outputs is meant, from the topic;
    Tasmota takes capital and small letters, and commands that move all relays.
    """
    left, right = one.topic.casefold(), other.topic.casefold()
    if left == right:
        mine, others = _keys(one.payload), _keys(other.payload)
        return mine is None or others is None or not mine.isdisjoint(others)
    return _is_one_setting(one, other) or _is_one_relay(left.rpartition("/"), right.rpartition("/"))


def _is_one_setting(one: Publish, other: Publish) -> bool:
    """Whether two messages to a zigbee2mqtt set the same of one device: ``…/set``, ``…/set/state``, ``…/1/set``, ``…/left/set``."""
    mine, others = _settings(one), _settings(other)
    if mine is None or others is None or mine[0] != others[0]:
        return False
    return any(
        (left == right or _ANY in (left, right)) and _may_be_one(here, there)
        for left, here in mine[1]
        for right, there in others[1]
    )


def _settings(message: Publish) -> tuple[str, set[tuple[str, str]]] | None:
    """The device's name, and the keys that are set with the output that each is for (empty: not said); None: it is no such message."""
    topic = _SETTING.fullmatch(message.topic.casefold())
    if topic is None:
        return None
    keys = {topic["key"]} if topic["key"] else _keys(message.payload) if message.payload else {_ANY}
    parts = (
        _KEY.fullmatch(key.casefold()) for key in (keys if keys is not None else {"state"})
    )  # a bare word sets the state
    return topic["name"], {(part["key"], part["output"] or topic["output"] or "") for part in parts if part is not None}


def _may_be_one(one: str, other: str) -> bool:
    """Whether two names of outputs may be the same one: a number may be that of any name."""
    numbers = one.isdigit() + other.isdigit()
    return one == other or numbers == 1 or not {one, other}.isdisjoint({"", "default"})


def _is_one_relay(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    """Whether two of Tasmota's commands (device, slash, command) may move the same relay."""
    left, right = (re.sub(r"^power1?$", "power", last) for _, _, last in (one, other))
    if one[0] != other[0] or not (_RELAY.fullmatch(left) or _RELAY.fullmatch(right)):
        return False
    return left == right or any(_ALL_RELAYS.fullmatch(last) for last in (left, right))


def _keys(payload: bytes) -> frozenset[str] | None:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return frozenset(value) if isinstance(value, dict) else None
