"""What may be done at once, what is asked first, and what is never done. Plain code, no model.

The resolver says what a sentence means; policy says whether that may happen now. It knows nothing of sentences, so a
misheard or injected one is stopped here as surely as a spoken one.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from appliance.config import PolicySettings
from appliance.messages import Action, Entity, Request
from appliance.text import key

MAX_PENDING = 64
"""Sources that may have an open question at once; the oldest is dropped first."""
MAX_WINDOWS = 1024
"""Sources and entities whose rate is remembered."""
WINDOW_S = 60.0

_CLASS_KINDS = {"garage": "open_garage", "garage_door": "open_garage", "gate": "open_gate", "door": "open_door"}
_RELAYS = frozenset({"switch", "button", "input_button", "input_boolean", "script", "scene", "automation"})
_HOT = frozenset("oven stove cooker hob heater kiln sauna kettle iron grill boiler toaster fryer".split())
_HARMLESS = frozenset("light lights lamp lamps sensor camera bell doorbell chime notification notifications".split())
_SENDS_OFF = frozenset({"turn_off", "close", "lock", "stop", "pause", "arm"})
_QUESTIONS = {
    "unlock": "unlock {}", "disarm": "disarm {}", "open_door": "open {}", "open_garage": "open {}", "open_gate": "open {}",
    "open_valve": "open {}", "heat": "heat with {}",
}  # fmt: skip
_REFUSED_TOGETHER = frozenset({"unlock", "disarm", "open_door", "open_garage", "open_gate", "open_valve", "heat"})
"""Kinds of action that "everything" never includes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policy says of one action."""

    kind: Literal["allow", "confirm", "refuse"]
    reason: str = ""
    """``confirm``: the question to ask; ``refuse``: one line for people."""

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
        self._windows: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, action: Action, entity: Entity, request: Request, *, everything: bool) -> Verdict:
        """Whether `action` on `entity` may happen now.

        Args:
            action: What the resolver decided.
            entity: The entity as it is now; its domain and class decide what kind of action this is.
            request: Where it comes from.
            everything: It is part of "all" or "everything"; such a sweep never unlocks, disarms, opens a way in or heats.
        """
        settings = self._settings
        if not _matches(entity.id, settings.allow):
            return Verdict.refuse(f"{entity.name} is not among the things I may command.")
        if _matches(entity.id, settings.deny):
            return Verdict.refuse(f"The configuration forbids commands to {entity.name}.")
        kind = action_kind(action, entity)
        if everything and kind in _REFUSED_TOGETHER:
            return Verdict.refuse(f"{entity.name} is never part of everything. Please name it.")
        if not request.dry_run and not self._within_rates(request.source, entity.id):
            return Verdict.refuse("too many commands in the last minute. Please wait a little.")
        if kind in settings.confirm:
            return Verdict.confirm(f"Shall I {_QUESTIONS[kind].format(entity.name)}? Please say yes or no.")
        if _matches(entity.id, settings.confirm_entities):
            return Verdict.confirm(
                f"Shall I really {action.command.replace('_', ' ')} {entity.name}? Please say yes or no."
            )
        if self._quiet() and _matches(entity.id, settings.quiet_entities) and action.command not in _SENDS_OFF:
            return Verdict.confirm(f"It is quiet time. Shall I use {entity.name} all the same? Please say yes or no.")
        return Verdict.allow()

    def _within_rates(self, source: str, entity: str) -> bool:
        """Count the action against its source and its entity, unless one of them had its share."""
        now = self._clock()
        limits = (
            (f"source {source}", self._settings.per_source_per_minute),
            (f"entity {entity}", self._settings.per_entity_per_minute),
        )
        windows = [(self._window(name, now), limit) for name, limit in limits]
        if any(len(window) >= limit for window, limit in windows):
            return False
        for window, _ in windows:
            window.append(now)
        return True

    def _window(self, name: str, now: float) -> deque[float]:
        window = self._windows.setdefault(name, deque())
        self._windows.move_to_end(name)
        while len(self._windows) > MAX_WINDOWS:
            self._windows.popitem(last=False)
        while window and now - window[0] >= WINDOW_S:
            window.popleft()
        return window

    def _quiet(self) -> bool:
        hours = self._settings.quiet_hours
        if not hours:
            return False
        start, end = (_minutes(part) for part in hours.split("-"))
        wall = self._wall()
        now = 60 * wall.tm_hour + wall.tm_min
        return start <= now < end if start <= end else now >= start or now < end


def action_kind(action: Action, entity: Entity) -> str:
    """The kind of a delicate action, as ``policy.confirm`` names it; empty for all others.

    A relay or button whose name says that it moves a door or a gate counts as one.
    """
    if action.command == "unlock":
        return "unlock"
    if action.command == "disarm":
        return "disarm"
    if entity.domain in {"cover", "valve"}:
        return _opening_kind(action, entity)
    words = set(key(f"{entity.name} {' '.join(entity.aliases)}").split())
    if entity.domain in _RELAYS and not words & _HARMLESS:
        if "gate" in words:
            return "open_gate"
        if "garage" in words and words & {"door", "opener"}:
            return "open_garage"
        if "unlock" in words or ("door" in words and words & {"open", "opener", "release", "strike", "buzzer", "lock"}):
            return "open_door"
        if "disarm" in words:
            return "disarm"
    return "heat" if _heats(action, entity, words) else ""


def _opening_kind(action: Action, entity: Entity) -> str:
    position = action.data.get("position")
    opens = action.command == "open" or (
        action.command == "set_position" and isinstance(position, int | float) and position > 0
    )
    if not opens:
        return ""
    if entity.domain == "valve":
        return "open_valve"
    found = _CLASS_KINDS.get(entity.device_class or "", "")
    if found or entity.device_class:
        return found
    words = set(key(entity.name).split())
    return next((kind for word, kind in _CLASS_KINDS.items() if word in words), "")


def _heats(action: Action, entity: Entity, words: set[str]) -> bool:
    if action.command in _SENDS_OFF or (action.command == "set_hvac_mode" and action.data.get("hvac_mode") == "off"):
        return False
    return entity.domain == "water_heater" or (entity.domain in {"switch", "input_boolean"} and bool(words & _HOT))


def _matches(entity: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(entity, pattern) for pattern in patterns)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes)


# --- questions that wait for an answer ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """Actions that wait for a "yes"."""

    actions: tuple[Action, ...]
    nonce: str
    """Random: an answer that quotes it answers this question and no other."""
    expires: float
    """Seconds of the clock."""


class Pending:
    """Open questions, one per source: same source only, one use, gone after their time."""

    def __init__(self, expiry_s: float = 30.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Store the limits."""
        self._expiry_s = expiry_s
        self._clock = clock
        self._questions: OrderedDict[str, Question] = OrderedDict()

    def put(self, source: str, actions: Sequence[Action]) -> str:
        """Keep `actions` until `source` answers; replaces its open question. Returns the nonce."""
        self._questions.pop(source, None)
        question = Question(tuple(actions), secrets.token_hex(8), self._clock() + self._expiry_s)
        self._questions[source] = question
        while len(self._questions) > MAX_PENDING:
            self._questions.popitem(last=False)
        return question.nonce

    def take(self, source: str, nonce: str | None = None) -> tuple[Action, ...]:
        """The waiting actions of `source`, once; none when there are none, they are too old or the nonce is another's."""
        question = self._questions.pop(source, None)
        if question is None or self._clock() >= question.expires:
            return ()
        if nonce is not None and not secrets.compare_digest(nonce, question.nonce):
            return ()
        return question.actions

    def waiting(self, source: str) -> bool:
        """Whether a question of `source` is open."""
        question = self._questions.get(source)
        return question is not None and self._clock() < question.expires
