"""What the appliance does by itself: timers, lists, the time, announcements, and talk about its own deeds."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from appliance.errors import RequestError
from appliance.messages import Json, Request, Task
from appliance.store import Store, restore
from appliance.text import key
from appliance.timers import MAX_TIMERS, SeveralTimersError, Timer, Timers, Which, spoken, timer_name

SHOPPING = "shopping list"
DAY = 86_400.0
_LOOK_BACK = 20
"""Log entries of a source in which its last deed is looked for."""
_LOOK_FAR_BACK = 300
_ACTED = frozenset({"confirmed", "unchanged", "sent"})
_TIMER_FIELDS = ("length", "ends", "name", "command", "actions", "source", "area", "left")


class Services:
    """Runs the tasks that touch no device."""

    def __init__(
        self,
        store: Store,
        *,
        ring: Callable[[Timer], None],
        announce: Callable[[str], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        """Store the parts: `ring` is told of each timer that is over, `announce` of each broadcast."""
        self._store = store
        self._announce = announce
        self._now = now
        self.timers = Timers(ring, save=self._save_timers, now=now, steady=time.monotonic if now is time.time else None)
        self._spoken_of: OrderedDict[str, int] = OrderedDict()
        self._tasks: Mapping[str, Callable[[Task, Request], str]] = {
            "StartTimer": self._start_timer,
            "CancelTimer": self._cancel_timer,
            "CancelAllTimers": self._cancel_all_timers,
            "IncreaseTimer": lambda task, request: self._change_timer(task, request, 1),
            "DecreaseTimer": lambda task, request: self._change_timer(task, request, -1),
            "PauseTimer": self._pause_timer,
            "UnpauseTimer": self._unpause_timer,
            "TimerStatus": self._timer_status,
            "ListAdd": self._list_add,
            "ListComplete": lambda task, _request: self._list_end(task, self._store.complete_item, "ticked off on"),
            "ListRemove": lambda task, _request: self._list_end(task, self._store.remove_item, "removed from"),
            "ListGet": self._list_get,
            "GetTime": self._time,
            "GetDate": self._date,
            "Broadcast": self._broadcast,
            "Nevermind": lambda _task, _request: "All right.",
            "Repeat": self._repeat,
            "Explain": self._explain,
            "WhyEntity": self._why_entity,
        }

    def start(self) -> None:
        """Take up the timers of the run before."""
        saved = restore(self._store.kept("timers"), _TIMER_FIELDS)
        self.timers.start_thread(Timer(id=0, **{name: record[name] for name in _TIMER_FIELDS}) for record in saved)

    def stop(self) -> None:
        """Stop ringing; timers stay saved."""
        self.timers.stop()

    def run(self, task: Task, request: Request) -> str:
        """Do one task and answer in one sentence.

        Raises:
            RequestError: it cannot be done; the message is the answer.
        """
        do = self._tasks.get(task.name)
        if do is None:
            msg = "I cannot do that yet."
            raise RequestError(msg)
        return do(task, request)

    def _save_timers(self, timers: tuple[Timer, ...]) -> None:
        self._store.keep("timers", [{name: getattr(timer, name) for name in _TIMER_FIELDS} for timer in timers])

    # --- timers

    def _start_timer(self, task: Task, request: Request) -> str:
        seconds = self._seconds(task)
        if seconds is None:
            msg = "For how long? Say for example: set a timer for ten minutes."
            raise RequestError(msg)
        timer = self.timers.add(
            seconds,
            name=str(task.data.get("name") or ""),
            command=str(task.data.get("command") or ""),
            actions=task.data.get("actions") or (),
            source=request.source,
            area=request.area,
        )
        self._speak_of(timer, request)
        if timer.command:
            return f"In {spoken(seconds)}: {timer.command}."
        return f"{_sentence(timer_name(timer)) if timer.name else 'A timer'} is set for {spoken(seconds)}."

    def _seconds(self, task: Task) -> float | None:
        """The length that was asked for, or the time until the next such time of day (``at``: seconds after midnight)."""
        at = _number(task.data.get("at"))
        if at is None:
            return _number(task.data.get("seconds"))
        now = time.localtime(self._now())
        passed = 3600 * now.tm_hour + 60 * now.tm_min + now.tm_sec
        return (at - passed) % DAY or DAY

    def _cancel_timer(self, task: Task, request: Request) -> str:
        return f"{_sentence(timer_name(self.timers.cancel(self._meant(task, request))))} is cancelled."

    def _meant(self, task: Task, request: Request) -> Which:
        """The one timer that a task means: as it names it, or the one that this source spoke of last (``last``), while it runs.

        Raises:
            RequestError: there is none.
            SeveralTimersError: it may mean several.
        """
        which = _which(task)
        last = self._spoken_of.get(request.source) if task.data.get("last") else None
        if last is not None and self.timers.matching(Which(id=last)):
            which = Which(id=last)
        try:
            timer = self.timers.find(which)
        except SeveralTimersError:
            self._spoken_of.pop(request.source, None)
            raise
        self._speak_of(timer, request)
        return Which(id=timer.id)

    def _speak_of(self, timer: Timer, request: Request) -> None:
        self._spoken_of[request.source] = timer.id
        self._spoken_of.move_to_end(request.source)
        while len(self._spoken_of) > MAX_TIMERS:
            self._spoken_of.popitem(last=False)

    def _cancel_all_timers(self, task: Task, _request: Request) -> str:
        area = task.data.get("area")
        count = self.timers.cancel_all(str(area) if area else None)
        if count == 0:
            return "There is no timer."
        return "1 timer cancelled." if count == 1 else f"{count} timers cancelled."

    def _change_timer(self, task: Task, request: Request, sign: int) -> str:
        seconds = _number(task.data.get("seconds"))
        if seconds is None:
            msg = "By how much? Say for example: add five minutes to the timer."
            raise RequestError(msg)
        timer = self.timers.change(self._meant(task, request), sign * seconds)
        return f"{_sentence(timer_name(timer))} now has {spoken(timer.remaining(self._now()))} left."

    def _pause_timer(self, task: Task, request: Request) -> str:
        timer = self.timers.pause(self._meant(task, request))
        return f"{_sentence(timer_name(timer))} is paused with {spoken(timer.remaining(self._now()))} left."

    def _unpause_timer(self, task: Task, request: Request) -> str:
        timer = self.timers.resume(self._meant(task, request))
        return f"{_sentence(timer_name(timer))} goes on, {spoken(timer.remaining(self._now()))} left."

    def _timer_status(self, task: Task, _request: Request) -> str:
        timers = self.timers.matching(_which(task))
        if not timers:
            return "There is no timer." if not self.timers.all() else "There is no such timer."
        now = self._now()
        parts = [
            f"{spoken(t.remaining(now))} left on {timer_name(t)}{' (paused)' if t.left is not None else ''}"
            for t in timers[:5]
        ]
        more = f" and {len(timers) - 5} more" if len(timers) > 5 else ""
        return "; ".join(parts) + more + "."

    # --- lists

    def _list_add(self, task: Task, _request: Request) -> str:
        name, items = _list(task), _items(task)
        full = [item for item in items if not self._store.add_item(name, item)]
        if full:
            msg = f"The {name} is full: {', '.join(full)} did not fit."
            raise RequestError(msg)
        return f"{' and '.join(items)} added to the {name}."

    def _list_end(self, task: Task, end: Callable[[str, str], bool], verb: str) -> str:
        name = _list(task)
        wanted = _items(task)
        on_list = {key(item): item for item in self._store.items(name)}
        done: list[str] = []
        missing: list[str] = []
        for item in wanted:
            spelled = on_list.get(key(item), item)
            (done if end(name, spelled) else missing).append(spelled)
        parts = []
        if done:
            parts.append(f"{' and '.join(done)} {verb} the {name}.")
        if missing:
            parts.append(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not on the {name}.")
        return " ".join(parts)

    def _list_get(self, task: Task, _request: Request) -> str:
        name = _list(task)
        items = self._store.items(name)
        return f"The {name} is empty." if not items else f"On the {name}: {', '.join(items)}."

    # --- the rest

    def _time(self, _task: Task, _request: Request) -> str:
        return "It is " + time.strftime("%H:%M", time.localtime(self._now())) + "."

    def _date(self, _task: Task, _request: Request) -> str:
        today = time.localtime(self._now())
        return f"It is {time.strftime('%A', today)}, {today.tm_mday} {time.strftime('%B %Y', today)}."

    def _broadcast(self, task: Task, _request: Request) -> str:
        message = str(task.data.get("message") or "").strip()
        if not message:
            msg = "What shall I announce?"
            raise RequestError(msg)
        self._announce(message)
        return "Announced."

    def _repeat(self, _task: Task, request: Request) -> str:
        entries = self._store.entries(1, request.source)
        return entries[0].reply if entries else "I have not said anything yet."

    def _explain(self, _task: Task, request: Request) -> str:
        """The last deed of this source, or at least what was last understood of it."""
        entries = [e for e in self._store.entries(_LOOK_BACK, request.source) if e.intents or e.actions]
        deed = next((entry for entry in entries if entry.actions), None)
        entry = deed or next(iter(entries), None)
        if entry is None:
            return "I have not done anything for you yet."
        what = ", ".join(_understood(intent) for intent in entry.intents)
        heard = f'At {_clock(entry.at)} I heard "{entry.heard}"' + (f" and understood {what}. " if what else ". ")
        deeds = " ".join(_deed(action) for action in entry.actions)
        return heard + (deeds or f"I sent nothing and said: {entry.reply}")

    def _why_entity(self, task: Task, _request: Request) -> str:
        """What the log knows about the last command of one entity, whoever asked for it."""
        wanted, name = task.data.get("entity"), task.data.get("name")
        for entry in self._store.entries(_LOOK_FAR_BACK):
            for action in entry.actions:
                if action["entity"] == wanted and action["result"] in _ACTED:
                    by = entry.source.partition(":")[0]
                    return f'That was me, at {_clock(entry.at)}: I heard "{entry.heard}" ({by}). {_deed(action)}'
        return f"That was not me: I have sent nothing to {name} that I remember."


def _clock(at: float) -> str:
    return time.strftime("%H:%M", time.localtime(at))


def _understood(intent: Mapping[str, Json]) -> str:
    slots = ", ".join(f"{name} {value}" for name, value in intent["slots"].items())
    return f"{intent['name']} ({slots})" if slots else str(intent["name"])


def _said(payload: str) -> str:
    """A payload as it can be spoken: ``{"state": "ON", "brightness": 128}`` is "state ON, brightness 128"."""
    try:
        value = json.loads(payload)
    except ValueError:
        return payload
    if not isinstance(value, dict) or not value:
        return payload
    return ", ".join(name if isinstance(one, dict | list) else f"{name} {one}" for name, one in value.items())


def _deed(action: Mapping[str, Json]) -> str:
    """One action of the log as a sentence."""
    name = str(action["entity"]).partition(".")[2].replace("_", " ")
    what = _said(str(action.get("payload") or "a command"))
    sent = f"I sent {what} to {name}"
    detail = action.get("detail") or "no reason was given"
    match action["result"]:
        case "confirmed":
            return f"{sent}, and it reported that it is so."
        case "unchanged":
            return f"{sent}, and it was so already."
        case "sent":
            return f"{sent}, without an answer."
        case "pending":
            return f"I asked first about {name}."
        case "dry_run":
            return f"I would have sent {what} to {name}, but it was a dry run."
        case "failed":
            return f"The command did not reach {name}: {detail}."
        case _:
            return f"I left {name} alone: {detail}."


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _which(task: Task) -> Which:
    area = task.data.get("area")
    return Which(
        name=str(task.data.get("name") or ""),
        start_seconds=_number(task.data.get("start_seconds")),
        id=task.data.get("id"),
        area=str(area) if area else None,
    )


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _items(task: Task) -> list[str]:
    items = [str(item).strip() for item in task.data.get("items") or () if str(item).strip()]
    if not items:
        msg = "Which item?"
        raise RequestError(msg)
    return items


def _list(task: Task) -> str:
    name = key(str(task.data.get("list") or SHOPPING))
    return name if name.endswith("list") else f"{name} list"
