"""What the node sets about without being spoken to: timers that ring, inputs that trigger, commands of other systems for its pins.

Each becomes a request that goes the way of a sentence: through policy, gate and log.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from appliance.config import InputSettings
from appliance.gpio import action_of
from appliance.messages import Action, Home, Reply, Request, Result
from appliance.timers import Timer, timer_name

log = logging.getLogger(__name__)

_BAD = frozenset({Result.REFUSED, Result.FAILED})
_DONE = frozenset({Result.CONFIRMED, Result.UNCHANGED, Result.DRY_RUN})


class Ways(Protocol):
    """Where errands go."""

    def submit(self, request: Request, answer: Callable[[Reply], None]) -> None:
        """Have it done after what waits; `answer` is told what came of it."""

    def accept(self, request: Request) -> None:
        """Have it done at most once, also if the service ends meanwhile; the answer goes to its source."""

    def announce(self, text: str, *, rings: bool = False) -> None:
        """Say something that nobody asked for just now; with `rings` until somebody silences it."""

    def home(self) -> Home:
        """The home as it is now."""


class Errands:
    """Makes requests of what happens."""

    def __init__(self, ways: Ways, *, area: str | None, reply_topic: str, patience_s: float, voice: str) -> None:
        """Store everything.

        Args:
            ways: where errands go.
            area: of the node.
            reply_topic: where replies go that others hear, too.
            patience_s: an errand that waited longer is not done.
            voice: source of what was said to the node.
        """
        self._ways = ways
        self._area = area
        self._shared = f"mqtt:{reply_topic}"
        self._patience_s = patience_s
        self._voice = voice

    def ring(self, timer: Timer) -> None:
        """A timer is over: say so, or do what it was set for."""
        if not timer.command:
            name = timer_name(timer)
            self._ways.announce(f"{name[:1].upper()}{name[1:]} is over.", rings=timer.source == self._voice)
            return
        if timer.is_stale(time.time()):
            self._ways.announce(f"I was off when it was time to {timer.command}, so I left it undone.")
            return
        self._ways.accept(
            Request(
                id=uuid.uuid4().hex,
                text=timer.command,
                source=timer.source,
                area=timer.area,
                by="timer",
                private=timer.source != self._shared,
                actions=tuple(Action(**action) for action in timer.actions),
            )
        )

    def trigger(self, item: InputSettings) -> None:
        """Have done what an input of the node is configured to do: the same way as what people say."""

        def submit(text: str, actions: tuple[Action, ...] = ()) -> None:
            request = Request(
                id=uuid.uuid4().hex,
                text=text,
                source=f"input:{item.id}",
                area=item.area or self._area,
                deadline=time.monotonic() + self._patience_s,
                by="input",
                actions=actions,
                confirmed=item.confirmed and bool(actions),
            )
            self._ways.submit(request, self._tell_unless_done)

        if item.do:
            states = {entity.id: entity.state for entity in self._ways.home().entities}
            submit(
                "; ".join(item.do),
                tuple(action_of(do, states.get(do.partition(" ")[2], "unknown")) for do in item.do),
            )
        if item.ask is not None:
            submit(item.ask)

    def command(self, action: Action, done: Callable[[], None]) -> None:
        """Have a command of another system for a pin carried out; `done` is called when that is settled, either way."""
        request = Request(
            id=uuid.uuid4().hex,
            text=f"{action.command} {action.entity}",
            source=f"mqtt:{action.entity}",
            deadline=time.monotonic() + self._patience_s,
            by="outside command",
            actions=(action,),
        )

        def answered(reply: Reply) -> None:
            if not reply.actions or any(delivery.result in _BAD for delivery in reply.actions):
                log.warning("a command for %s was refused: %s", action.entity, reply.text)
            done()

        self._ways.submit(request, answered)

    def _tell_unless_done(self, reply: Reply) -> None:
        """Announce what an input led to, except that all went well: nobody wants to hear of each motion."""
        went_well = all(action.result in _DONE or not action.reports for action in reply.actions)
        if reply.refusals or not reply.actions or not went_well:
            self._ways.announce(reply.speech)
