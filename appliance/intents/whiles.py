"""Changes that hold for a while: "dim the lamp to 20 percent for an hour", "keep the heating on until nine".

The command model knows lengths of switching and opening. Anything else it takes for a command that is put off, so the sentence is read
without its length, which its calls then get.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.intents.delays import TIMERS, delay
from appliance.intents.durations import clock, duration
from appliance.messages import Call, Quantity
from appliance.text import Word, words

_LONGEST = 8
"""Words of a length or a time."""
_LASTING = frozenset(
    """TurnOn TurnOff Open Close Lock Unlock LightSet SetPosition FanSetSpeed ClimateSet SetNumber SelectOption SetVolume Mute
    MediaPause""".split()
)
_CLOSING = frozenset({"please", "thanks", "o'clock"})
"""What may follow the length."""


@dataclass(frozen=True, slots=True)
class While:
    """How long a change is to hold, and the sentence without that."""

    key: str
    """``duration`` (a length in seconds) or ``until`` (seconds after midnight)."""
    length: Quantity
    rest: str

    def hold(self, call: Call) -> Call:
        """`call` with the length."""
        return replace(call, values={**call.values, self.key: self.length})


def can_last(calls: Sequence[Call]) -> bool:
    """Whether `calls` are one change, of one thing or several, that can be set back."""
    same = all(call.name == calls[0].name and call.values == calls[0].values for call in calls)
    return bool(calls) and same and calls[0].name in _LASTING and "duration" not in calls[0].values


def lasting(text: str) -> While | None:
    """The length for which, or the time until which, `text` wants something to hold; None: it says none, or wants a timer."""
    said = words(text)
    if delay(text) is not None or not TIMERS.isdisjoint(word.text for word in said):
        return None
    for at, word in enumerate(said[:-1]):
        if at and word.text in {"for", "until", "till"} and (found := _while(text, said, at)) is not None:
            return found
    return None


def _while(text: str, said: Sequence[Word], at: int) -> While | None:
    """What begins at `at` and ends with its clause."""
    end = next((index for index in range(at, len(said)) if said[index].text == ","), len(said))
    rest = (
        (text[: said[at].start].rstrip(" ,") + text[said[end].start :])
        if end < len(said)
        else text[: said[at].start].rstrip(" ,")
    )
    while end > at and said[end - 1].text in _CLOSING:
        end -= 1
    spoken = [word.text for word in said[at + 1 : end]]
    lengthy = said[at].text == "for"
    if lengthy and spoken[:2] == ["the", "next"]:
        spoken = spoken[2:]
    seconds = (duration(spoken) if lengthy else clock(spoken)) if len(spoken) <= _LONGEST else None
    if seconds is None or (lengthy and seconds <= 0):
        return None
    length = Quantity(seconds, unit="s", words=" ".join(spoken))
    return While("duration" if lengthy else "until", length, _switched(rest))


def _switched(text: str) -> str:
    """Keeping a lamp on means to turn it on where the sentence says for how long, not to leave it alone."""
    said = words(text)
    keeps = len(said) > 2 and said[0].text in {"keep", "leave", "have"} and said[-1].text in {"on", "off"}
    return f"turn{text[said[0].end :]}" if keeps else text
