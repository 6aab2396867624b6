"""Changes that hold for a while: "dim the lamp to 20 percent for an hour", "keep the heating on until nine".

The command model knows lengths of switching and opening. Anything else it takes for a command that is put off, so the sentence is read
without its length, which the call then gets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from appliance.intents.clauses import Part
from appliance.intents.command_model import Understanding
from appliance.intents.delays import TIMERS, delay
from appliance.intents.durations import clock, duration
from appliance.messages import Quantity
from appliance.text import Word, words

_LONGEST = 8
"""Words of a length or a time."""
_LASTING = frozenset(
    """TurnOn TurnOff Open Close Lock Unlock LightSet SetPosition FanSetSpeed ClimateSet SetNumber SelectOption SetVolume Mute
    MediaPause""".split()
)
_CLOSING = frozenset({"please", "thanks", ",", "o'clock"})
"""What may follow the length at the end of a sentence."""
_LEAST = 0.5
"""So likely must be what the rest of the sentence is read as."""


@dataclass(frozen=True, slots=True)
class While:
    """How long a change is to hold, and the sentence without that."""

    key: str
    """``duration`` (a length in seconds) or ``until`` (seconds after midnight)."""
    length: Quantity
    rest: str


def lasting(text: str) -> While | None:
    """The length for which, or the time until which, `text` wants something to hold; None: it says none, or wants a timer."""
    said = words(text)
    if delay(text) is not None or not TIMERS.isdisjoint(word.text for word in said):
        return None
    for at, word in enumerate(said[:-1]):
        if word.text not in {"for", "until", "till"}:
            continue
        end = len(said)
        while end > at and said[end - 1].text in _CLOSING:
            end -= 1
        if at and end - at <= _LONGEST and (found := _while(text, said, at, end)) is not None:
            return found
    return None


def _while(text: str, said: Sequence[Word], at: int, end: int) -> While | None:
    spoken = [word.text for word in said[at + 1 : end]]
    lengthy = said[at].text == "for"
    seconds = duration(spoken) if lengthy else clock(spoken)
    if seconds is None or (lengthy and seconds <= 0):
        return None
    length = Quantity(seconds, unit="s", words=" ".join(spoken))
    return While("duration" if lengthy else "until", length, text[: said[at].start].rstrip(" ,"))


def read_while(text: str, understand: Callable[[str], Part]) -> Understanding | None:
    """Read a change and how long it is to hold; None: it is no such sentence."""
    found = lasting(text)
    part = None if found is None else understand(_switched(found.rest))
    if found is None or part is None or part.confidence < _LEAST or len(part.calls) != 1:
        return None
    (call,) = part.calls
    if call.name not in _LASTING or "duration" in call.values:
        return None
    held = replace(call, values={**call.values, found.key: found.length})
    return Understanding((held,), part.confidence, f"{part.line} <{found.key}> {found.length.words}")


def _switched(text: str) -> str:
    """Keeping a lamp on means to turn it on where the sentence says for how long, not to leave it alone."""
    said = words(text)
    keeps = len(said) > 2 and said[0].text in {"keep", "leave", "have"} and said[-1].text in {"on", "off"}
    return f"turn{text[said[0].end :]}" if keeps else text
