"""``ternd log``: what was heard, understood, sent and confirmed, and why something was not; for people and for scripts."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from appliance.config import Settings
from appliance.demo.render import clean
from appliance.errors import ConfigError
from appliance.messages import Json
from appliance.opening import store_path
from appliance.store import Entry, Store
from appliance.text import whole

_DONE = frozenset({"confirmed", "unchanged", "dry_run"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which entries are wanted."""

    most: int = 20
    hours: float | None = None
    """Not older than so many hours."""
    source: str | None = None
    """Where the request came from, or the beginning of it (``mqtt``)."""
    about: str = ""
    """A text somewhere in what was heard, done or answered, in any case of letters."""
    undone: bool = False
    """Only what was refused, not understood or not confirmed."""

    def meets(self, entry: Entry) -> bool:
        """Whether an entry is one of those."""
        if self.source is not None and entry.source != self.source and not entry.source.startswith(f"{self.source}:"):
            return False
        if self.undone and not _is_undone(entry):
            return False
        return not self.about or self.about.casefold() in _all_texts(entry).casefold()


def entries(settings: Settings, wish: Wish) -> list[Entry]:
    """The entries of the configured store, newest first; the service may be writing it.

    Raises:
        TerndError: there is no log, or it cannot be read.
    """
    path = store_path(settings)
    if not path.exists():
        raise ConfigError(f"There is no log yet ({path}).")
    since = time.time() - 3600 * wish.hours if wish.hours is not None else -math.inf
    return Store(path, copy=True).entries(wish.most, since=since, wanted=wish.meets)


def as_json(entry: Entry) -> str:
    """One entry as a line of JSON."""
    return whole(json.dumps(asdict(entry), ensure_ascii=False))


def lines(entry: Entry) -> Iterator[str]:
    """One entry for people. What came from outside cannot command the terminal."""
    yield f"{_clock(entry.at)}  {clean(entry.source)}  {entry.ms:.0f} ms"
    yield f"  heard   {clean(entry.heard)}"
    for intent in entry.intents:
        slots = " ".join(f"{key}={value}" for key, value in intent["slots"].items())
        sure = (
            f" ({100 * intent['confidence']:.0f} % sure)" if isinstance(intent.get("confidence"), int | float) else ""
        )
        yield f"  intent  {clean(str(intent['name']))} {clean(slots)}{sure}"
    if not entry.intents:
        told = f"the answer came from {clean(entry.route)}" if entry.route != "none" else "nothing to do was understood"
        yield f"  intent  none: {told}"
    for why in entry.why:
        yield f"  refused {clean(why)}"
    for action in entry.actions:
        yield f"  action  {clean(_action(action))}"
    yield f"  reply   {clean(entry.reply)}"


def _action(action: Json) -> str:
    where = action.get("topic") or (f"pin {action['pin']}" if "pin" in action else "-")
    return f"{action['entity']}: {where} {action.get('payload', '')} → {action['result']} {action.get('detail', '')}"


def _is_undone(entry: Entry) -> bool:
    return bool(entry.why) or entry.route == "none" or not all(map(_is_done, entry.actions))


def _is_done(action: Json) -> bool:
    """Whether all is well: what reports nothing can only be sent."""
    return action["result"] in _DONE or (action["result"] == "sent" and action.get("reports") is False)


def _all_texts(entry: Entry) -> str:
    parts = [entry.heard, entry.reply, *entry.why, *map(_action, entry.actions)]
    parts += [str(intent["name"]) for intent in entry.intents]
    return "\n".join(parts)


def _clock(at: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    except (OverflowError, ValueError, OSError):
        return "at no time"
