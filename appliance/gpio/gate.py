"""The gate: every change of a pin passes here, and a thread of its own enforces the limits of each output."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from appliance.config import GpioSettings, InputSettings, OutputSettings
from appliance.errors import ActError
from appliance.gpio.board import Board, InputPin, OutputPin, drive, open_board
from appliance.gpio.inputs import NEVER, Input
from appliance.gpio.outputs import input_entity, level_of, output_entity, state_of
from appliance.messages import NOTHING, Entity, Json, PinChange

log = logging.getLogger(__name__)

BEAT_S = 5.0
"""The guarding thread shows that it lives at least this often."""
FAULT_RETRY_S = 1.0
"""Pause between attempts to bring an output with a fault to its safe state."""
FIRST_RETRY_S = 1.0
LAST_RETRY_S = 60.0
STOP_S = 2.0
"""How long listeners are waited for at the end."""
COUNTS_S = 1.0
"""Counters are reported at most this often …"""
SAVE_S = 60.0
"""… and saved at most this often."""


class Report(Protocol):
    """Takes the state of an entity. It is never called by the thread that guards the outputs, so it may hang."""

    def __call__(self, entity_id: str, state: str, attributes: Mapping[str, Json], /) -> None:
        """Note the state and attributes of the entity."""


def entities(settings: GpioSettings) -> tuple[Entity, ...]:
    """Return the entities of all configured pins; their areas are the configured names, not looked up yet."""
    return (*map(output_entity, settings.output), *map(input_entity, settings.input))


class _Output:
    """One output and what must be known to guard it."""

    def __init__(self, settings: OutputSettings) -> None:
        self.settings = settings
        self.safe = float(settings.safe_state == "on")
        self.pin: OutputPin | None = None
        self.level: float | None = None
        """As last driven and read back; None: not usable."""
        self.fault = ""
        """Why it is not usable although the board is."""
        self.changed_at = float("-inf")
        self.safe_at = float("inf")
        """When the guard must drive the safe state."""


class Gate:
    """The node's pins: outputs by :meth:`change` alone, inputs by reports.

    Missing hardware is said once and looked for again with growing pauses; until then every change is refused.
    """

    def __init__(
        self,
        settings: GpioSettings,
        report: Report,
        *,
        trigger: Callable[[InputSettings], None] = lambda _input: None,
        beat: Callable[[], None] = lambda: None,
        counts: Mapping[str, int] = NOTHING,
        save: Callable[[Mapping[str, int]], None] = lambda _counts: None,
        board: Callable[[], Board] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Store the parts.

        Args:
            settings: the pins.
            report: takes states.
            trigger: told of each input that triggers.
            beat: called by the guard, for the watchdog.
            counts: pulses of the counters so far.
            save: is to keep the pulses of all counters.
            board: opens the pins.
            clock: monotonic seconds.
        """
        self._settings = settings
        self._report = report
        self._trigger = trigger
        self._beat = beat
        self._save = save
        self._open_board = board if board is not None else lambda: open_board(settings.factory)
        self._clock = clock
        self._outputs = {output.id: _Output(output) for output in settings.output}
        self._inputs = {item.id: Input(item, counts.get(item.id, 0)) for item in settings.input}
        self._input_pins: dict[str, InputPin] = {}
        self._news: deque[Callable[[], None]] = deque()
        self._telling = threading.RLock()
        self._edges = threading.Lock()
        self._has_news = threading.Event()
        self._saved = {key: item.pulses for key, item in self._inputs.items() if item.settings.kind == "counter"}
        self._save_at = self._counts_at = float("-inf")
        self._teller: threading.Thread | None = None
        self._board: Board | None = None
        self._problem = "the GPIO gate has not been started"
        self._retry_s = FIRST_RETRY_S
        self._retry_at = float("-inf")
        self._wake = threading.Condition(threading.RLock())
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def problem(self) -> str | None:
        """Why the pins cannot be used, or None."""
        return self._problem or None

    def pin(self, entity_id: str) -> int | None:
        """Return the BCM number of an output, None for other entities."""
        output = self._outputs.get(entity_id)
        return output.settings.pin if output else None

    def start(self) -> None:
        """Drive all outputs to their safe state and begin to guard them. Without any pins this does nothing."""
        if not self._outputs and not self._settings.input:
            self._problem = "no pins are configured"
            return
        with self._wake:
            self._open()
        self.flush()
        self._thread = threading.Thread(target=self._guard, name="gpio-guard", daemon=True)
        self._thread.start()
        self._teller = threading.Thread(target=self._tell_news, name="gpio-reports", daemon=True)
        self._teller.start()

    def stop(self) -> None:
        """Drive all outputs to their safe state and give the pins back."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._wake:
            for output in self._outputs.values():
                if output.pin is not None:
                    self._make_safe(output, "stopping")
            self._keep_counts()
            self._close("the GPIO gate was stopped")
        self._has_news.set()
        if self._teller is not None:
            self._teller.join(STOP_S)
            if self._teller.is_alive():
                log.warning("GPIO: what happened last could not be told")
            else:
                self.flush()
            self._teller = None

    def change(self, change: PinChange) -> Mapping[str, Json]:
        """Drive an output, read it back, and return its state and attributes. Raises :class:`ActError`."""
        try:
            with self._wake:
                return self._change(change)
        finally:
            self._flush_unless_busy()

    def flush(self) -> None:
        """Tell all news that wait, in their order."""
        with self._telling:
            while self._news:
                tell = self._news.popleft()
                try:
                    tell()
                except Exception:  # one listener's trouble must not silence the others
                    log.exception("a change of a pin could not be told")

    def _flush_unless_busy(self) -> None:
        """The same, but whoever is being told something by another thread is not waited for: it may wait for this one."""
        if self._telling.acquire(blocking=False):
            try:
                self.flush()
            finally:
                self._telling.release()
        if self._news:
            self._has_news.set()

    # --- below: only with the lock held

    def _change(self, change: PinChange) -> Mapping[str, Json]:
        output = self._outputs.get(change.entity)
        if output is None:
            raise ActError(f"{change.entity} is no output of this node")
        level = level_of(output.settings, change)
        if output.pin is None or output.level is None:
            raise ActError(f"{output.settings.name} cannot be switched: {output.fault or self._problem}")
        if level != output.level:
            self._check(output, level)
            self._drive(output, level)
            self._wake.notify_all()
        state, attributes = state_of(output.settings, output.level)
        return {"state": state, **attributes}

    def _check(self, output: _Output, level: float) -> None:
        """Raise :class:`ActError` when a limit of the output forbids the change."""
        wait = output.changed_at + output.settings.min_interval_s - self._clock()
        if wait > 0 and level != output.safe:
            raise ActError(f"{output.settings.name} changed a moment ago; it may change again in {wait:.1f} s")
        group = output.settings.interlock
        if group is None or level == 0:
            return
        for other in self._outputs.values():
            if other is not output and other.settings.interlock == group and other.level != 0:
                state = "on" if other.level else "in an unknown state"
                raise ActError(
                    f"{output.settings.name} must not be on together with {other.settings.name}, which is {state}"
                )

    def _drive(self, output: _Output, level: float) -> None:
        """Drive and read back. On failure the output has a fault, until the guard gets it to its safe state; raises."""
        if output.pin is None:
            raise ActError(self._problem)
        now = self._clock()
        try:
            drive(output.pin, level)
        except ActError as error:
            if output.fault != str(error):
                self._say(logging.ERROR, f"{output.settings.name} has a fault: {error}")
            output.fault, output.level, output.safe_at = str(error), None, now + FAULT_RETRY_S
            if level != output.safe:
                with contextlib.suppress(ActError):
                    drive(output.pin, output.safe)
            self._tell(output)
            raise ActError(f"{output.settings.name}: {error}") from None
        if level == output.safe:
            output.safe_at = float("inf")
        elif output.settings.max_on_s and output.safe_at == float("inf"):
            output.safe_at = now + output.settings.max_on_s
        output.fault, output.level, output.changed_at = "", level, now
        self._tell(output)

    def _make_safe(self, output: _Output, why: str) -> None:
        if output.level == output.safe:
            return
        with contextlib.suppress(ActError):  # the fault has been logged, and the guard tries again
            self._drive(output, output.safe)
            self._say(logging.INFO, f"{output.settings.name} is {output.settings.safe_state} again: {why}")

    def _tell(self, output: _Output) -> None:
        self._tell_state(output.settings.id, *state_of(output.settings, output.level))

    def _say(self, level: int, message: str) -> None:
        """Log it, but not from the thread that guards: the journal may be stuck, too."""
        self._news.append(lambda: log.log(level, "%s", message))

    def _tell_state(self, entity_id: str, state: str, attributes: Mapping[str, Json]) -> None:
        self._news.append(lambda: self._report(entity_id, state, attributes))

    def _open(self) -> None:
        """Open the board and claim all pins; on failure say so once and plan the next attempt."""
        try:
            self._board = self._open_board()
            for output in self._outputs.values():
                settings = output.settings
                output.pin = self._board.output(
                    settings.pin, level=output.safe, active_high=settings.active_high, pwm=settings.kind == "pwm"
                )
                drive(output.pin, output.safe)
                output.fault, output.level, output.safe_at = "", output.safe, float("inf")
            for item_id, one in self._inputs.items():
                item = one.settings
                self._input_pins[item_id] = self._board.input(
                    item.pin, active_high=item.active_high, debounce_s=item.debounce_s, changed=self._on_input(one)
                )
            active = {item_id: pin.read() for item_id, pin in self._input_pins.items()}
        except ActError as error:
            self._lose(str(error))
            return
        if self._retry_s > FIRST_RETRY_S:
            self._say(logging.INFO, "the GPIO pins can be used now")
        self._problem, self._retry_s, self._retry_at = "", FIRST_RETRY_S, float("inf")
        for output in self._outputs.values():
            self._tell(output)
        for item_id, is_active in active.items():
            self._tell_input(self._inputs[item_id], active=is_active)

    def _lose(self, problem: str) -> None:
        """Take all pins for unusable, and plan to open them again."""
        if problem != self._problem:
            self._say(logging.WARNING, f"GPIO is not available: {problem}; trying again in the background")
        self._close(problem)
        self._retry_at = self._clock() + self._retry_s
        self._retry_s = min(self._retry_s * 2, LAST_RETRY_S)
        self._wake.notify_all()

    def _close(self, problem: str) -> None:
        self._problem = problem
        for output in self._outputs.values():
            output.pin, output.level, output.safe_at = None, None, float("inf")
            self._tell(output)
        for item in self._inputs.values():
            item.held_at, item.told = NEVER, -1
            self._tell_state(item.settings.id, "unavailable", NOTHING)
        self._input_pins.clear()
        if self._board is not None:
            self._board.close()
            self._board = None

    # --- threads

    def _tell_input(self, item: Input, *, active: bool) -> None:
        if item.settings.kind == "counter":
            item.told = item.pulses
            self._tell_state(item.settings.id, *item.count())
        else:
            self._tell_state(item.settings.id, "on" if active else "off", NOTHING)

    def _tell_trigger(self, item: InputSettings) -> None:
        self._news.append(lambda: self._trigger(item))

    def _on_input(self, item: Input) -> Callable[[bool], None]:
        """What the library calls, from a thread of its own."""

        def changed(active: bool) -> None:
            with self._edges:  # not the guard's lock: that one is held while the library is used
                if item.settings.kind != "counter":  # the guard reports what was counted, now and then
                    self._tell_input(item, active=active)
                if item.edge(self._clock(), active=active):
                    self._tell_trigger(item.settings)
            self._has_news.set()

        return changed

    # --- threads

    def _guard(self) -> None:
        """Until stopped: bring back what was on too long, reopen what was lost, show progress.

        Nothing here waits for another part of the node: a hung assistant or registry cannot keep an output on.
        """
        with self._wake:
            while not self._stopping:
                self._wake.wait(self.guard_once())

    def guard_once(self) -> float:
        """Do what is due, and return the seconds until something may be due again."""
        with self._wake:
            now = self._clock()
            if self._board is None and now >= self._retry_at:
                self._open()
            for output in self._outputs.values():
                if now >= output.safe_at:
                    self._make_safe(
                        output, "its fault is gone" if output.fault else f"max_on_s = {output.settings.max_on_s:g}"
                    )
            with self._edges:
                for item in self._inputs.values():
                    if now >= item.held_at and item.triggers(now):
                        self._tell_trigger(item.settings)
                counting = self._count(now)
            due = [output.safe_at for output in self._outputs.values()]
            due += [item.held_at for item in self._inputs.values()]
            if self._board is None:
                due.append(self._retry_at)
            if counting:
                due.append(now + COUNTS_S)
            if self._news:
                self._has_news.set()
            self._beat()
            return min(BEAT_S, max(0.0, min(due, default=float("inf")) - now))

    def _count(self, now: float) -> bool:
        """Report counters that moved, at most every :data:`COUNTS_S`; whether there are some to be looked at again soon."""
        moved = [item for item in self._inputs.values() if item.settings.kind == "counter" and item.pulses != item.told]
        if moved and now >= self._counts_at:
            self._counts_at = now + COUNTS_S
            for item in moved:
                self._tell_input(item, active=True)
            moved = []
        if now >= self._save_at and self._keep_counts():
            self._save_at = now + SAVE_S
        return bool(moved)

    def _keep_counts(self) -> bool:
        """Have the counts saved, if they changed."""
        counts = {item.settings.id: item.pulses for item in self._inputs.values() if item.settings.kind == "counter"}
        if counts == self._saved:
            return False
        self._saved = counts
        self._news.append(lambda: self._save(counts))
        return True

    def _tell_news(self) -> None:
        """Until stopped: tell what happened to those who may take their time."""
        while not self._stopping:
            self._has_news.wait()
            self._has_news.clear()
            self.flush()
            with self._wake:
                self._wake.notify_all()  # an edge may have something due later
