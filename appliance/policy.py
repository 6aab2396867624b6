"""What may be done at once, what is asked first, and what is never done. Plain code, no model.

The resolver says what a sentence means; policy says whether that may happen now. It knows nothing of sentences, so a
misheard or injected one is stopped here as surely as a spoken one.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from appliance.config import PolicySettings
from appliance.messages import NOTHING, Action, Entity, Json, Question, Request
from appliance.text import key

MAX_PENDING = 64
"""Sources that may have an open question at once; the oldest is dropped first."""
MAX_WINDOWS = 1024
"""Sources whose rate is remembered, and as many entities."""
WINDOW_S = 60.0

_CLASS_KINDS = {"garage": "open_garage", "garage_door": "open_garage", "gate": "open_gate", "door": "open_door"}
_RELAYS = frozenset({"switch", "button", "input_button", "input_boolean", "script", "scene", "automation"})
_PLUGS = frozenset({"switch", "input_boolean"})
_COOKS = frozenset("oven stove cooker hob cooktop kiln sauna iron grill fryer airfryer".split())
_HOT = frozenset("heater kettle boiler toaster radiator".split())
_WINDOW_COVERS = frozenset("awning blind blinds curtain curtains shade shades shutter shutters".split())
_HARMLESS = frozenset(
    "light lights lamp lamps sensor camera bell doorbell chime notification notifications child".split()
)
_SENDS_OFF = frozenset({"turn_off", "close", "lock", "stop", "pause", "arm"})
_LETS_OFF = frozenset({"disarm", "disarmed", "off", "unlock", "unlocked", "open"})
"""Options of a select that do what a guarded command does."""
_SETTINGS = frozenset({"number", "input_number", "select", "input_select"})
_RESTS = frozenset({"off", "stop", "standby", "idle", "close", "closed"})
"""Options of a select that set nothing going."""
_QUESTIONS = {
    "unlock": "unlock {}", "disarm": "disarm {}", "open_door": "open {}", "open_garage": "open {}", "open_gate": "open {}",
    "open_valve": "open {}", "oven": "switch {} on", "heat": "heat with {}",
    "everything_on": "really switch on everything", "everything_off": "really switch off everything",
}  # fmt: skip
_REFUSED_TOGETHER = frozenset(
    {"unlock", "disarm", "open_door", "open_garage", "open_gate", "open_valve", "oven", "heat"}
)
"""Kinds of action that "everything" never includes."""
_ASKED_IF_GUESSED = _REFUSED_TOGETHER - {"heat"}
"""Kinds of action that are asked about, whatever is configured, where the name or the command was misheard."""
_GUARDED_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "lock": ("unlock", "open"), "alarm_control_panel": ("disarm",), **dict.fromkeys(("cover", "valve"), ("open", "set_position")),
    **dict.fromkeys(_RELAYS, ("turn_on", "turn_off", "press", "activate")),
}  # fmt: skip
_GUARDED_DATA: Mapping[str, Mapping[str, Json]] = {"set_position": {"position": 100}}
DENIED, ASKED = "denied", "asked"
"""What the configuration may say of all commands to an entity."""
YES_OR_NO = "Please say yes or no."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policy says of one action."""

    kind: Literal["allow", "confirm", "refuse"]
    reason: str = ""
    """``confirm``: the question to ask, without how to answer it; ``refuse``: one line for people."""

    @classmethod
    def allow(cls) -> Verdict:
        """Go ahead."""
        return cls("allow")

    @classmethod
    def confirm(cls, question: str) -> Verdict:
        """Ask first."""
        return cls("confirm", question)

    @classmethod
    def refuse(cls, reason: str) -> Verdict:
        """Do not do it."""
        return cls("refuse", reason)


class Policy:
    """The rules of ``[policy]``. Remembers only how often each source and entity acted in the last minute."""

    def __init__(
        self,
        settings: PolicySettings | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], time.struct_time] = time.localtime,
    ) -> None:
        """Store the rules and the clocks: `clock` for rates, `wall` for quiet hours."""
        self._settings = settings or PolicySettings()
        self._clock = clock
        self._wall = wall
        self._sources: OrderedDict[str, deque[float]] = OrderedDict()
        self._entities: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque()

    @property
    def dry_run(self) -> bool:
        """Whether this node only says what it would do."""
        return self._settings.dry_run

    def admit(self, request: Request) -> bool:
        """Count a request that acts; False when its source or the node had its share. What it may do says :meth:`check`."""
        if request.dry_run:
            return True
        now, settings = self._clock(), self._settings
        source = _window(self._sources, request.source)
        if not _room(source, now, settings.per_source_per_minute):
            return False
        if not _counted(self._all, now, settings.total_per_minute):
            return False
        source.append(now)
        return True

    def restriction(self, entity: Entity) -> str:
        """Whether any command to this entity is :data:`DENIED` or :data:`ASKED` about; empty: neither."""
        settings = self._settings
        if not _matches(entity.id, settings.allow) or _means(settings.deny, entity):
            return DENIED
        return ASKED if _means(settings.confirm_entities, entity) else ""

    def check(
        self,
        action: Action,
        entity: Entity,
        request: Request,
        *,
        everything: bool,
        whole_home: bool = False,
        guessed: bool = False,
        disguised: str = "",
    ) -> Verdict:
        """Whether `action` on `entity` may happen now.

        Args:
            action: What the resolver decided.
            entity: The entity as it is now; its domain and class decide what kind of action this is.
            request: Where it comes from.
            everything: It is part of "all" or "everything"; such a sweep never unlocks, disarms, opens a way in or heats.
            whole_home: The sweep names neither a place nor a kind of thing.
            guessed: What it is about was misheard or mistyped, and put right.
            disguised: Kind of the guarded action that the same message would be for another entity (:func:`dangers`), or that
                entity's :meth:`restriction`.
        """
        settings = self._settings
        if not _matches(entity.id, settings.allow):
            return Verdict.refuse(f"{entity.name} is not among the things I may command.")
        if _means(settings.deny, entity):
            return Verdict.refuse(f"The configuration forbids commands to {entity.name}.")
        if disguised == DENIED:
            return Verdict.refuse(f"{entity.name} is commanded like something that the configuration forbids.")
        kind = action_kind(action, entity) if disguised in {"", ASKED} else disguised
        if everything and kind in _REFUSED_TOGETHER:
            return Verdict.refuse(f"{entity.name} is never part of everything. Please name it.")
        if not request.dry_run and not _counted(
            _window(self._entities, entity.id), self._clock(), settings.per_entity_per_minute
        ):
            return Verdict.refuse("too many commands for it in the last minute. Please wait a little.")
        if kind in settings.confirm or (guessed and kind in _ASKED_IF_GUESSED):
            return Verdict.confirm(f"Shall I {_QUESTIONS[kind].format(entity.name)}?")
        if disguised == ASKED or _means(settings.confirm_entities, entity):
            return Verdict.confirm(f"Shall I really {action.command.replace('_', ' ')} {entity.name}?")
        sweep = "everything_off" if action.command in _SENDS_OFF else "everything_on"
        if whole_home and sweep in settings.confirm:
            return Verdict.confirm(f"Shall I {_QUESTIONS[sweep]}?")
        if self._quiet() and _means(settings.quiet_entities, entity) and not _hushes(action):
            return Verdict.confirm(f"It is quiet time. Shall I use {entity.name} all the same?")
        return Verdict.allow()

    def _quiet(self) -> bool:
        hours = self._settings.quiet_hours
        if not hours:
            return False
        start, end = (_minutes(part) for part in hours.split("-"))
        wall = self._wall()
        now = 60 * wall.tm_hour + wall.tm_min
        return start <= now < end if start <= end else now >= start or now < end


def _window(windows: OrderedDict[str, deque[float]], name: str) -> deque[float]:
    window = windows.setdefault(name, deque())
    windows.move_to_end(name)
    while len(windows) > MAX_WINDOWS:
        windows.popitem(last=False)
    return window


def _room(window: deque[float], now: float, limit: int) -> bool:
    while window and now - window[0] >= WINDOW_S:
        window.popleft()
    return len(window) < limit


def _counted(window: deque[float], now: float, limit: int) -> bool:
    if not _room(window, now, limit):
        return False
    window.append(now)
    return True


def action_kind(action: Action, entity: Entity) -> str:
    """The kind of a delicate action, as ``policy.confirm`` names it; empty for all others.

    A relay, button or select whose name says that it moves a door, a gate, a valve or an alarm counts as one. What is not known
    to be harmless for a lock or an alarm is taken for its dangerous direction.
    """
    if entity.domain == "lock" or action.command == "unlock":
        return "" if action.command == "lock" else "unlock"
    if entity.domain == "alarm_control_panel" or action.command == "disarm":
        return "" if action.command == "arm" else "disarm"
    if entity.domain in {"cover", "valve"}:
        return _opening_kind(action, entity)
    words = set(key(f"{entity.name} {' '.join(entity.aliases)}").split())
    if words & _HARMLESS:
        return ""
    if entity.domain in _RELAYS:
        found = _relay_kind(action, words)
        if found:
            return found
    if entity.domain in {"select", "input_select"} and key(str(action.data.get("option", ""))) in _LETS_OFF:
        return "disarm" if "alarm" in words else "unlock" if words & {"lock", "door"} else ""
    if entity.domain in _SETTINGS:
        return _setting_kind(action, words)
    return _heating_kind(action, entity, words)


def _setting_kind(action: Action, words: set[str]) -> str:
    """A number or select by which something is opened or heated."""
    value = action.data.get("value")
    if (isinstance(value, int | float) and value <= 0) or key(str(action.data.get("option", ""))) in _RESTS:
        return ""
    if words & _COOKS:
        return "oven"
    return _relay_kind(action, words) if words & {"position", "opening"} else ""


def _relay_kind(action: Action, words: set[str]) -> str:
    if "gate" in words:
        return "open_gate"
    if "garage" in words and words & {"door", "opener"}:
        return "open_garage"
    if "unlock" in words or "door" in words or "lock" in words:
        return "open_door"
    if "disarm" in words:
        return "disarm"
    opens = action.command not in _SENDS_OFF
    if "alarm" in words and not opens:
        return "disarm"
    return "open_valve" if opens and words & {"valve", "gas"} else ""


def _opening_kind(action: Action, entity: Entity) -> str:
    position = action.data.get("position")
    opens = action.command not in {"close", "stop", "turn_off"} and not (
        action.command == "set_position" and isinstance(position, int | float) and position <= 0
    )
    if not opens:
        return ""
    if entity.domain == "valve":
        return "open_valve"
    found = _CLASS_KINDS.get(entity.device_class or "", "")
    if found:
        return found
    words = set(key(f"{entity.name} {' '.join(entity.aliases)}").split())
    if entity.device_class:  # drives of gates are often announced as shutters; a blind at a door is still a blind
        at_gate = "gate" in words and not words & _WINDOW_COVERS
        return "open_gate" if at_gate else "open_garage" if words >= {"garage", "door"} else ""
    return next((kind for word, kind in _CLASS_KINDS.items() if word in words), "")


def _heating_kind(action: Action, entity: Entity, words: set[str]) -> str:
    if action.command in _SENDS_OFF or (action.command == "set_hvac_mode" and action.data.get("hvac_mode") == "off"):
        return ""
    if entity.domain == "water_heater":
        return "heat"
    if entity.domain in _PLUGS | {"button", "climate"} and words & _COOKS:
        return "oven"
    return "heat" if entity.domain in _PLUGS and words & _HOT else ""


def dangers(entity: Entity) -> tuple[Action, ...]:
    """The commands of an entity that would be guarded: what a disguised entity must not send in its place."""
    commands = _GUARDED_COMMANDS.get(entity.domain, ())
    actions = (Action(entity.id, command, _GUARDED_DATA.get(command, NOTHING)) for command in commands)
    return tuple(action for action in actions if action_kind(action, entity) in _REFUSED_TOGETHER - {"heat"})


def _hushes(action: Action) -> bool:
    """Whether an action makes less noise."""
    if action.command == "volume_mute":
        return bool(action.data.get("is_volume_muted"))
    return action.command in _SENDS_OFF | {"return_to_base", "dock", "media_pause"}


def _means(patterns: Sequence[str], entity: Entity) -> bool:
    """Whether a restriction is for this entity, also where another announced thing of its name has taken its id."""
    return _matches(entity.id, patterns) or _matches(entity.twin_of, patterns)


def _matches(entity: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(entity, pattern) for pattern in patterns)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes)


# --- questions that wait for an answer ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Open:
    """Actions that wait for a "yes"."""

    actions: tuple[Action, ...]
    question: Question
    expires: float
    """Seconds of the clock."""
    kinds: tuple[str, ...] = ()
    """What kind of guarded action each of them was when it was asked about."""


class Pending:
    """Open questions, one per source: same source only, one use, gone after their time."""

    def __init__(self, expiry_s: float = 30.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Store the limits."""
        self._expiry_s = expiry_s
        self._clock = clock
        self._open: OrderedDict[str, Open] = OrderedDict()

    def put(self, source: str, actions: Sequence[Action], kinds: Sequence[str] = ()) -> Question:
        """Keep `actions`, which are of these `kinds` now, until `source` answers; replaces its open question."""
        self.drop(source)
        question = Question(secrets.token_hex(8), f"{secrets.randbelow(10_000):04d}", self._expiry_s)
        self._open[source] = Open(tuple(actions), question, self._clock() + self._expiry_s, tuple(kinds))
        while len(self._open) > MAX_PENDING:
            self._open.popitem(last=False)
        return question

    def take(self, source: str, nonce: str | None = None, code: str | None = None) -> tuple[Action, ...]:
        """The waiting actions of `source`, once; none when there are none, they are too old or nonce or code are another's.

        A wrong nonce or code takes the question away as well: it cannot be guessed at.
        """
        found = self._open.pop(source, None)
        if found is None or self._clock() >= found.expires:
            return ()
        for said, right in ((nonce, found.question.nonce), (code, found.question.code)):
            if said is not None and not secrets.compare_digest(said.encode(), right.encode()):
                return ()
        return found.actions

    def kinds(self, source: str) -> tuple[str, ...]:
        """The kinds of the waiting actions of `source`."""
        found = self._open.get(source)
        return found.kinds if found is not None else ()

    def drop(self, source: str) -> None:
        """Forget the open question of `source`."""
        self._open.pop(source, None)

    def waiting(self, source: str) -> bool:
        """Whether a question of `source` is open."""
        found = self._open.get(source)
        return found is not None and self._clock() < found.expires
