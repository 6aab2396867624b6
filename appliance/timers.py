"""Timers: kitchen timers and delayed commands, with names, pauses and one thread that rings them.

A timer is named by its name, by the length it was started with, or is the only one that runs. Times are
seconds of a wall clock that the caller passes in, so that timers outlive a restart.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.errors import RequestError
from appliance.messages import Json
from appliance.text import key

log = logging.getLogger(__name__)

_SET_S = 2.0
"""A wall clock that differs so much from the steady one was set."""
MAX_TIMERS = 64
MAX_SECONDS = 7 * 24 * 3600
STALE_S = 120.0
"""A delayed command that is later than this is told instead of done."""
_ENDING = frozenset({"turn_off", "close"})
_MOST_NAMED = 5
"""Timers that a question back names one by one."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One timer; replaced, never changed."""

    id: int
    length: float
    """Seconds it was started with: what "my five minute timer" refers to."""
    ends: float
    """Wall-clock second at which it rings; meaningless while paused."""
    name: str = ""
    command: str = ""
    """A sentence to be obeyed when it rings, instead of ringing."""
    actions: tuple[Mapping[str, Json], ...] = ()
    """What `command` comes to, decided when the timer was set: as fields of :class:`~appliance.messages.Action`. Empty: it is read then."""
    source: str = ""
    """Source of the request that started it; the ring returns there."""
    area: str | None = None
    left: float | None = None
    """Seconds left while paused, else None."""

    def remaining(self, now: float) -> float:
        """Seconds until it rings, never below 0."""
        return self.left if self.left is not None else max(0.0, self.ends - now)

    def is_stale(self, now: float) -> bool:
        """Whether a delayed command is too late to be done, because the node was off; the end of "on for an hour" never is."""
        ends_something = bool(self.actions) and all(action.get("command") in _ENDING for action in self.actions)
        return bool(self.command) and now - self.ends > STALE_S and not ends_something


@dataclass(frozen=True, slots=True)
class Which:
    """How a sentence names a timer; nothing given: the only one."""

    name: str = ""
    start_seconds: float | None = None
    area: str | None = None
    id: int | None = None
    """This very one: that was just spoken of, or chosen after a question back."""


class SeveralTimersError(RequestError):
    """More than one timer may be meant; the message asks which."""

    def __init__(self, timers: Sequence[Timer], now: float) -> None:
        """Those that may be meant, in the order in which they are named, and the wall-clock second of the question."""
        super().__init__(which_one(timers, now))
        self.timers = tuple(timers)
        self.now = now


class Timers:
    """All timers of the node. Every method is thread-safe."""

    def __init__(
        self,
        ring: Callable[[Timer], None],
        *,
        save: Callable[[tuple[Timer, ...]], None] = lambda _timers: None,
        now: Callable[[], float] = time.time,
        steady: Callable[[], float] | None = None,
    ) -> None:
        """Store the callbacks: `ring` is called from the timers' own thread, `save` after each change.

        `now` is the wall clock; `steady` runs as it does but is never set (None: neither is `now`).
        """
        self._ring = ring
        self._save = save
        self._now = now
        self._steady = steady or now
        self._offset = now() - self._steady()
        self._of_this_run: set[int] = set()
        self._timers: dict[int, Timer] = {}
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def _time(self) -> float:
        """The wall clock; when it was set, the timers of this run keep what they had left. To be called with the lock held.

        Timers of the run before go by the wall clock: the machine was off for a while that only it knows.
        """
        now = self._now()
        moved = now - self._steady() - self._offset
        if abs(moved) > _SET_S:
            self._offset += moved
            for timer in list(self._timers.values()):
                if timer.id in self._of_this_run:
                    self._timers[timer.id] = replace(timer, ends=timer.ends + moved)
            log.warning("the clock was set by %+.0f seconds", moved)
            self._save(tuple(self._timers.values()))
        return now

    def start_thread(self, saved: Iterable[Timer] = ()) -> None:
        """Take over the timers of the run before (those that are over ring at once) and begin to ring."""
        with self._changed:
            for timer in itertools.islice(saved, MAX_TIMERS):
                fresh = replace(timer, id=next(self._ids))
                self._timers[fresh.id] = fresh
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; timers stay saved."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def all(self) -> tuple[Timer, ...]:
        """Every timer, soonest first, paused ones last."""
        with self._changed:
            now = self._time()
            return tuple(sorted(self._timers.values(), key=lambda t: (t.left is not None, t.remaining(now))))

    def add(
        self,
        seconds: float,
        *,
        name: str = "",
        command: str = "",
        actions: Iterable[Mapping[str, Json]] = (),
        source: str = "",
        area: str | None = None,
    ) -> Timer:
        """Start a timer.

        Raises:
            RequestError: the length is not between one second and a week, or there are too many timers.
        """
        if not 1 <= seconds <= MAX_SECONDS:
            msg = "A timer runs from one second to one week."
            raise RequestError(msg)
        with self._changed:
            if len(self._timers) >= MAX_TIMERS:
                msg = f"There are already {MAX_TIMERS} timers; cancel one first."
                raise RequestError(msg)
            ends = self._time() + seconds
            timer = Timer(next(self._ids), seconds, ends, name, command, tuple(actions), source, area)
            self._of_this_run.add(timer.id)
            self._put(timer)
            return timer

    def find(self, which: Which) -> Timer:
        """The one timer that `which` describes.

        Raises:
            RequestError: there is none.
            SeveralTimersError: more than one fits.
        """
        found = self.matching(which)
        if not found:
            raise RequestError("There is no timer." if not self._timers else "There is no such timer.")
        if len(found) > 1:
            raise SeveralTimersError(found, self._now())
        return found[0]

    def matching(self, which: Which) -> tuple[Timer, ...]:
        """All timers that `which` describes, soonest first."""
        with self._changed:
            fitting = {timer.id for timer in self._matching(which)}
        return tuple(timer for timer in self.all() if timer.id in fitting)

    def cancel(self, which: Which) -> Timer:
        """End one timer without ringing."""
        timer = self.find(which)
        with self._changed:
            self._timers.pop(timer.id, None)
            self._after_change()
        return timer

    def cancel_all(self, area: str | None = None) -> int:
        """End all timers (of an area); returns how many there were."""
        with self._changed:
            gone = [t.id for t in self._timers.values() if area is None or _same_area(t.area, area)]
            for timer_id in gone:
                del self._timers[timer_id]
            self._after_change()
        return len(gone)

    def change(self, which: Which, seconds: float) -> Timer:
        """Lengthen (or, with negative `seconds`, shorten) a timer; it never ends in the past."""
        timer = self.find(which)
        left = timer.remaining(self._time()) + seconds
        if left > MAX_SECONDS:
            msg = "A timer runs for one week at most."
            raise RequestError(msg)
        left = max(0.0, left)
        with self._changed:
            paused = timer.left is not None
            changed = replace(timer, left=left) if paused else replace(timer, ends=self._time() + left)
            self._put(changed)
        return changed

    def pause(self, which: Which) -> Timer:
        """Stop a timer's clock."""
        timer = self.find(which)
        with self._changed:
            paused = replace(timer, left=timer.remaining(self._time()))
            self._put(paused)
        return paused

    def resume(self, which: Which) -> Timer:
        """Let a paused timer run on."""
        timer = self.find(which)
        with self._changed:
            running = replace(timer, ends=self._time() + timer.remaining(self._time()), left=None)
            self._put(running)
        return running

    def _matching(self, which: Which) -> list[Timer]:
        timers = list(self._timers.values())
        if which.id is not None:
            timers = [t for t in timers if t.id == which.id]
        if which.name:
            wanted = key(which.name)
            timers = [t for t in timers if key(t.name) == wanted] or [t for t in timers if wanted in key(t.command)]
        if which.start_seconds is not None:
            timers = [t for t in timers if t.length == which.start_seconds]
        if which.area is not None:
            timers = [t for t in timers if _same_area(t.area, which.area)]
        return timers

    def _put(self, timer: Timer) -> None:
        self._timers[timer.id] = timer
        self._after_change()

    def _after_change(self) -> None:
        self._save(tuple(self._timers.values()))
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                now = self._time()
                running = [t for t in self._timers.values() if t.left is None]
                due = [t for t in running if t.ends <= now]
                for timer in due:
                    del self._timers[timer.id]
                    self._of_this_run.discard(timer.id)
                if due:
                    self._after_change()
                elif self._stopping:
                    return
                else:
                    pause = min((t.ends - now for t in running), default=3600.0)
                    # The wall clock may be set while we wait (a Pi has none at boot): look again now and then.
                    self._changed.wait(min(pause, 60.0))
            for timer in due:
                try:
                    self._ring(timer)
                except Exception:  # one timer's trouble must not silence the others
                    log.exception("timer %s could not ring", timer.name or timer.id)


def _same_area(one: str | None, other: str) -> bool:
    """Whether both mean one place: requests call it by its name or by its id, "Living room" or ``living_room``."""
    return one is not None and key(one) == key(other)


# --- how timers are called -------------------------------------------------------------------------


def spoken(seconds: float) -> str:
    """A length as people say it: 5400 is "1 hour and 30 minutes"."""
    parts = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in _parts(seconds)]
    return _listed(parts, "and") or "0 seconds"


def timer_name(timer: Timer) -> str:
    """How to call a timer: its name, else the length it was started with, "the 5 minute timer"."""
    length = _listed([f"{count} {unit}" for count, unit in _parts(timer.length)], "and")
    return f"the {timer.name or length} timer"


def which_one(timers: Sequence[Timer], now: float) -> str:
    """The question which of several timers is meant; those that would be called the same are told by what is left of them."""
    if len(timers) > _MOST_NAMED:
        return f"There are {len(timers)} of them: which timer do you mean, by its name or its length?"
    names = [f'the one for "{timer.command}"' if timer.command else timer_name(timer) for timer in timers]
    told = [
        f"{name} with {spoken(timer.remaining(now))} left" if names.count(name) > 1 else name
        for name, timer in zip(names, timers, strict=True)
    ]
    return f"Which timer do you mean: {_listed(told, 'or')}?"


def _parts(seconds: float) -> list[tuple[int, str]]:
    """Days, hours, minutes and seconds of a length, without those that are none."""
    left = round(seconds)
    parts = []
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append((count, unit))
    return parts


def _listed(parts: Sequence[str], last: str) -> str:
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)
