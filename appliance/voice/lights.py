"""What the lights show: a pattern for each state, and one thread that blinks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from appliance.voice.events import Cue, State

log = logging.getLogger(__name__)

Colour = tuple[int, int, int]
"""Red, green, blue, 0-255 each."""
Lamp = Callable[[Colour], None]
"""Shows a colour; a lamp without colours is on for any but black. It may raise anything."""

BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A colour and its rhythm."""

    colour: Colour
    period_s: float = 0.0
    """Of one blink; 0: steady."""
    share: float = 0.5
    """Of the period that it is lit."""

    def at(self, seconds: float) -> Colour:
        """The colour `seconds` after the pattern began."""
        lit = self.period_s == 0 or seconds % self.period_s < self.share * self.period_s
        return self.colour if lit else BLACK


PATTERNS = {
    State.IDLE: Pattern(BLACK),
    State.LISTENING: Pattern((0, 0, 255)),
    State.THINKING: Pattern((0, 120, 160), 0.24),
    State.SPEAKING: Pattern((0, 160, 0), 1.0, 0.8),
    State.FOLLOW_UP: Pattern((0, 0, 160), 1.0, 0.7),
    State.RINGING: Pattern((255, 120, 0), 0.6),
    State.MUTED: Pattern((60, 0, 0), 4.0, 0.05),
}
NOT_UNDERSTOOD = Pattern((255, 0, 0), 0.2)
NOT_UNDERSTOOD_S = 0.6
_STEP_S = 0.04


class Lights:
    """Shows the state on lamps; a lamp that fails is said once and left alone."""

    def __init__(self, lamps: tuple[Lamp, ...]) -> None:
        """Show on `lamps`; without any, nothing runs."""
        self._lamps = list(lamps)
        self._changed = threading.Condition()
        self._pattern = PATTERNS[State.IDLE]
        self._flash_until = 0.0
        self._since = time.monotonic()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to show."""
        if self._lamps:
            self._thread = threading.Thread(target=self._run, name="lights", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Dark, and the end of the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(1)
        self._put(BLACK)

    def show(self, state: State) -> None:
        """Show a state."""
        with self._changed:
            self._pattern, self._since = PATTERNS[state], time.monotonic()
            self._changed.notify()

    def sign(self, cue: Cue) -> None:
        """Show a cue: only what was not understood needs a light of its own."""
        if cue is Cue.NOT_UNDERSTOOD:
            with self._changed:
                self._flash_until = time.monotonic() + NOT_UNDERSTOOD_S
                self._changed.notify()

    def _run(self) -> None:
        shown: Colour | None = None
        while True:
            with self._changed:
                now = time.monotonic()
                flashes = now < self._flash_until
                pattern = NOT_UNDERSTOOD if flashes else self._pattern
                colour = pattern.at(now - self._since)
                if self._stopping:
                    return
                if colour == shown:
                    steady = pattern.period_s == 0
                    self._changed.wait(None if steady else _STEP_S)
                    continue
            self._put(colour)
            shown = colour

    def _put(self, colour: Colour) -> None:
        for lamp in tuple(self._lamps):
            try:
                lamp(colour)
            except Exception as error:  # noqa: BLE001 - one lamp's trouble must not darken the others
                log.warning("voice: a light is given up: %s", error)
                self._lamps.remove(lamp)
