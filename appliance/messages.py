"""The values that the parts of ternd hand to each other: small, frozen, without behaviour.

Scales are Home Assistant's: states and attributes of entities use its attribute scales (``brightness``
0-255, ``volume_level`` 0-1, ``percentage`` and ``current_position`` 0-100, ``color_temp_kelvin``), while the
slots of intents are in percent, as its intents are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

Json = Any
"""A value that `json.loads` can return."""

NOTHING: Mapping[str, Json] = MappingProxyType({})
"""The shared empty mapping for frozen defaults."""


def _nothing() -> Mapping[str, Json]:
    """Return :data:`NOTHING`; as a factory, because Python 3.11 takes a mapping proxy for a mutable default."""
    return NOTHING


# --- a request and its reply ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One sentence from one source, on its way to :meth:`Assistant.handle`."""

    id: str
    """``[a-zA-Z0-9_-]{1,64}``, unique per source."""
    text: str
    """What was said or typed: decoded, not empty, at most ``limits.max_text`` characters."""
    source: str
    """Where it came from and where the reply returns (``cli``, ``mqtt:<reply topic>``, ``voice``); a
    confirmation must come from the source that was asked."""
    area: str | None = None
    """Id or name of the area where it was said, for "here" and for targets without a place."""
    deadline: float | None = None
    """`time.monotonic` seconds after which nothing may be actuated any more."""
    dry_run: bool = False
    """Understand and decide, but touch nothing."""
    confirm: str | None = None
    """The nonce of the question that this sentence answers."""
    private: bool = True
    """False: others speak as this source, too; a "yes" must then quote the question's code or nonce."""
    by: str = "person"
    """Who speaks: a ``person``, or a ``timer``, ``input`` or ``watch`` of the node or an ``outside command`` for one of its pins, which
    cannot answer questions."""
    actions: tuple[Action, ...] = ()
    """Commands that the configuration decided already (a button's ``do``): nothing is understood then, policy still decides."""
    confirmed: bool = False
    """The configuration says yes to what `actions` would be asked about."""
    correlation: bytes | None = None
    """MQTT 5 correlation data, which the reply quotes."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What was understood, with Home Assistant's names and slots."""

    name: str
    """``HassTurnOn``, ``HassLightSet``, …"""
    slots: Mapping[str, Json] = field(default_factory=_nothing)
    """Slot name to value; names and areas as the home spells them, percentages as integers."""
    entities: tuple[str, ...] = ()
    """Ids of the entities that *decide* would touch, or that a question is about."""
    confidence: float = 1.0
    """Probability of the model's call under the grammar, 0-1."""


class Result(StrEnum):
    """How an action ended."""

    CONFIRMED = "confirmed"
    """The device reported the state that was asked for."""
    UNCHANGED = "unchanged"
    """The device was already in that state and said so."""
    SENT = "sent"
    """The command left, the device has not answered in time (or has no state topic)."""
    FAILED = "failed"
    """The command could not be handed over."""
    REFUSED = "refused"
    """Policy forbade it."""
    PENDING = "pending"
    """Waits for a confirmation."""
    DRY_RUN = "dry_run"
    """Decided, deliberately not sent."""


@dataclass(frozen=True, slots=True)
class Action:
    """One command for one entity, decided by plain code; not yet a topic or a pin."""

    entity: str
    """Entity id."""
    command: str
    """One of :data:`COMMANDS`."""
    data: Mapping[str, Json] = field(default_factory=_nothing)
    """Arguments in Home Assistant's *attribute* scales (``brightness`` 0-255, …)."""
    expect: Mapping[str, Json] = field(default_factory=_nothing)
    """State and attributes that prove success: ``state`` plus attribute names; empty: nothing to wait for."""


COMMANDS = frozenset(
    """turn_on turn_off open close stop set_position set_tilt lock unlock set_percentage oscillate set_temperature
    set_hvac_mode set_fan_mode set_swing_mode set_humidity set_mode start pause return_to_base clean_area start_mowing dock
    media_play media_pause media_next media_previous volume_set volume_mute play_media press activate set_value
    select_option arm disarm""".split()
)
"""Every command that an :class:`Action` may carry."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One hand-over to the world: a publish or a pin change, and what came of it."""

    entity: str
    result: Result
    topic: str | None = None
    payload: str | None = None
    pin: int | None = None
    """BCM number, for GPIO entities."""
    state: Mapping[str, Json] = field(default_factory=_nothing)
    """What the device reported afterwards."""
    detail: str = ""
    """One line for people: why it was refused or failed."""
    ms: float = 0.0
    """From hand-over to report."""
    also: tuple[tuple[str, str], ...] = ()
    """Topic and payload of further messages of the same command."""
    reports: bool = True
    """False: nothing will be reported back of this command; ``sent`` is all that can be known."""


@dataclass(frozen=True, slots=True)
class Question:
    """What must be answered before some actions of a reply happen."""

    nonce: str
    """An answer that quotes it (``"confirm"`` of a request) answers this question and no other, once."""
    code: str
    """Four digits for people on a shared source: "yes 4821"."""
    expires_s: float
    """Seconds during which an answer counts."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request."""

    id: str
    text: str
    """For reading."""
    speech: str
    """For speaking: no symbols, no ids."""
    intents: tuple[Intent, ...] = ()
    actions: tuple[Delivery, ...] = ()
    route: str = "none"
    """``command``, ``chat`` or ``none``: which model understood the request."""
    ms: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds of each stage: ``understand decide act confirm answer total``."""
    refusals: tuple[str, ...] = ()
    """What of the request was left undone before any action, and why; part of ``text`` too."""
    question: Question | None = None
    """What waits for a "yes"."""
    hand_over: bool = False
    """Nothing was done or answered, and the chat model may have an answer."""


# --- what the model wrote ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it was said: absolute, or relative to the present state."""

    value: float | None
    """The number; None where only a direction was said ("a bit brighter")."""
    mode: str = "set"
    """``set`` (absolute), ``up`` or ``down`` (relative, in the same unit), ``times`` (factor)."""
    unit: str = ""
    """``%``, ``kelvin``, ``celsius``, ``fahrenheit`` or empty when it was not said."""
    words: str = ""
    """The words it was read from ("twenty five percent")."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which things a call is about, in the words of the sentence; all given fields must hold."""

    name: str | None = None
    area: str | None = None
    floor: str | None = None
    domain: str | None = None
    """From a generic noun ("the lights" is ``light``)."""
    device_class: str | None = None
    """From a generic noun ("the blinds" is ``blind``)."""
    everything: bool = False
    """"all", "every", "everything" was said."""
    here: bool = False
    """"here", "in this room"."""
    it: bool = False
    """A pronoun: the target of the turn before."""
    other: bool = False
    """"the other one": what the turn before left out."""

    @property
    def generic(self) -> bool:
        """Whether a generic noun says what it is."""
        return bool(self.domain or self.device_class)


@dataclass(frozen=True, slots=True)
class Call:
    """One call that a model wrote about a sentence: untrusted, not yet matched with any home."""

    name: str
    """A call of :mod:`appliance.intents.language` such as ``TurnOn``."""
    target: Target = Target()
    excepts: tuple[Target, ...] = ()
    """What the sentence exempts ("except the hall light")."""
    values: Mapping[str, Quantity | str | tuple[str, ...]] = field(default_factory=dict)
    """Slot key of the language to its value. Texts are verbatim pieces of the sentence; ``duration`` and ``start`` are quantities
    in seconds (unit ``s``), ``at`` is one in seconds after midnight (unit ``clock``, value None when it is no time of day); ``item`` and
    ``command`` hold a tuple of pieces."""
    confidence: float = 1.0

    @property
    def relative(self) -> bool:
        """Whether it counts from what is now."""
        return any(isinstance(value, Quantity) and value.mode != "set" for value in self.values.values())


# --- the home --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """What a home has and people speak of."""

    id: str
    """Of an entity ``<domain>.<object id>``."""
    name: str
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, then its aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Floor(Named):
    """One storey."""

    level: int | None = None
    """0 is the ground; used for "upstairs" and "downstairs"."""


@dataclass(frozen=True, slots=True)
class Area(Named):
    """One room or place."""

    floor: str | None = None
    """Floor id."""


@dataclass(frozen=True, slots=True)
class Entity(Named):
    """One thing that can be commanded or asked about, with its last reported state."""

    area: str | None = None
    """Area id."""
    device_class: str | None = None
    state: str = "unknown"
    """Home Assistant's state string: ``on``, ``off``, ``open``, ``locked``, ``21.5``, ``unavailable``, …"""
    attributes: Mapping[str, Json] = field(default_factory=_nothing)
    """Home Assistant's attributes, also the limits (``min_temp``, ``effect_list``, ``unit_of_measurement``)."""
    features: frozenset[str] | None = None
    """The :data:`COMMANDS` it takes, plus ``brightness``, ``color``, ``color_temp`` for lights; None: not known, the domain's usual ones."""
    origin: str = "config"
    """Who announced it: ``config``, ``gpio``, ``zigbee2mqtt``, ``tasmota``, …"""
    last_changed: float | None = None
    """Unix seconds at which the state was seen to become what it is. None: it was not seen, it has been like that since the start, or
    since a time without a connection."""
    twin_of: str = ""
    """The id that it would have, had not another announced thing taken it; empty: it has the id of its name."""

    @property
    def domain(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Home:
    """A snapshot of the whole home. Cheap to pass around, replaced (never changed) on every change."""

    floors: tuple[Floor, ...] = ()
    areas: tuple[Area, ...] = ()
    entities: tuple[Entity, ...] = ()
    structure: int = 0
    """Grows when names, areas or entities change, not when states do: the key for caches of name indexes."""
    temperature_unit: str = "celsius"
    """``celsius`` or ``fahrenheit``."""

    @property
    def places(self) -> tuple[Named, ...]:
        """Its areas and floors."""
        return (*self.areas, *self.floors)

    @property
    def named(self) -> tuple[Named, ...]:
        """All that has a name: its places and things."""
        return (*self.places, *self.entities)


# --- what was decided ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Task:
    """Something the appliance does itself, with no entity: timers, lists, time, broadcast, confirmations."""

    name: str
    """The call that asks for it: ``StartTimer``, ``ListAdd``, ``GetTime``, ``Nevermind``, ``Confirm``, …"""
    data: Mapping[str, Json] = field(default_factory=_nothing)
    """Its arguments, parsed: ``seconds`` for lengths, ``start_seconds``, ``name``, ``command``, ``items``, ``list``, ``message``, …"""


@dataclass(frozen=True, slots=True)
class Gap:
    """What a refusal asks back for: the next sentence of the same source may fill it."""

    call: Call
    """The call that lacks it."""
    value: str = ""
    """Key of the missing value, or ``area``; empty: which thing is meant."""
    candidates: tuple[str, ...] = ()
    """Ids of the entities that may be meant, in the order in which they were named."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one call comes to in this home: exactly one of actions, answer, task or refusal carries the outcome."""

    intent: Intent | None = None
    """None: nothing that Home Assistant would call an intent (a refusal)."""
    actions: tuple[Action, ...] = ()
    answer: str = ""
    """The finished answer to a question about the home's state."""
    truth: bool | None = None
    """With an answer: whether it is yes or no; None: it is neither, or not known."""
    task: Task | None = None
    refusal: str = ""
    """Why nothing happens, as one sentence for the person who asked."""
    hand_over: bool = False
    """With a refusal: the chat model may have a better answer."""
    offered: tuple[Action, ...] = ()
    """With a refusal that is a question: what a yes would do."""
    gap: Gap | None = None
    """With a refusal: it is a question back."""


# --- what goes out ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Publish:
    """One MQTT message for the publish gate."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None
    """MQTT 5 message expiry: a command that could not be delivered in time is dropped by the broker."""
    correlation: bytes | None = None
    """MQTT 5 correlation data of the request this answers."""


@dataclass(frozen=True, slots=True)
class PinChange:
    """One change of an output for the GPIO gate. The pin itself is known to the gate alone."""

    entity: str
    command: str
    data: Mapping[str, Json] = field(default_factory=_nothing)
