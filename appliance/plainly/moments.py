"""Moments of the day that somebody tells of, where the home has one scene or script for them: "I'm off to bed" starts Bedtime."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.messages import Home
from appliance.resolver.spelling import stems
from appliance.text import key

_WE = r"(?:(?:i'm|i am|we're|we are|everyone's|everybody's|i'll be|we'll be) )?(?:just |all |now |finally |about )*"
_BEHIND = r"(?:,? (?:now|then|again|everyone|everybody|all|please|house|home|folks|guys|tonight))*"


@dataclass(frozen=True, slots=True)
class _Moment:
    told: re.Pattern[str]
    names: frozenset[tuple[str, ...]]
    """How scenes and scripts for it are called, without a noun such as "mode"."""


def _moment(told: str, names: str) -> _Moment:
    return _Moment(
        re.compile(rf"(?:{told}){_BEHIND}", re.IGNORECASE), frozenset(stems(name) for name in names.split(", "))
    )


_MOMENTS: tuple[_Moment, ...] = (
    _moment(
        rf"{_WE}(?:(?:off|going|heading|ready|ready to go|gone|on my way|on our way) to (?:bed|sleep)|off to bed|turning in(?: for the night)?"
        r"|(?:going to hit|hitting|gonna hit) the (?:hay|sack)|calling it a night)|(?:it's |it is )?(?:time for|time to go to) bed|(?:it's |it is )?bed ?time"
        r"|good ?night|night night|nighty night|sleep (?:well|tight)",
        "bed, bedtime, good night, goodnight, night night, sleep, sleeping, go to bed, going to bed, night, to bed, sleep well",
    ),
    _moment(
        rf"{_WE}(?:leaving(?: home| the house)?|heading out|heading off|going out|off out|off to (?:work|school|the office)|to leave|out the door)"
        r"|(?:i'm|we're|i am|we are) off|goodbye|bye bye",
        "leaving, leave, leaving home, leave home, away, goodbye, bye, going out, departure, i am leaving, leave the house, all out",
    ),
    _moment(
        r"(?:honey,? )?(?:i'm|i am|we're|we are|everyone's) (?:finally |just )?(?:home|back|back home)",
        "home, i am home, im home, welcome, welcome home, arrive, arrival, arriving, coming home, come home, back home, homecoming",
    ),
    _moment(
        r"good morning|morning everyone|(?:i'm|i am|we're|we are) (?:up|awake)|rise and shine|wakey wakey|(?:it's |it is )?time to (?:get|wake) up"
        r"|i(?:'ve| have)? just (?:woke|woken|got) up",
        "good morning, morning, wake up, wakeup, waking up, get up, rise and shine, rise",
    ),
    _moment(
        r"(?:let's|time to|we're going to|i'm going to|we want to|we're about to|i want to) watch (?:a|the|that) (?:movie|film)"
        r"|(?:the |our )?(?:movie|film)(?:'s| is) (?:starting|about to start|on)|(?:it's |it is )?(?:movie|film|cinema) (?:time|night)",
        "movie, film, cinema, movie night, film night, movie time, cinema night, home cinema, watch a movie, watching tv",
    ),
    _moment(
        r"(?:dinner|supper|tea|food)(?:'s| is) (?:ready|served|on the table|up)|(?:it's |it is )?(?:dinner|supper) ?time"
        r"|(?:it's |it is )?time (?:for|to eat|to have) (?:dinner|supper)|we're (?:having|sitting down to|about to have) (?:dinner|supper)",
        "dinner, supper, dinner time, dinnertime, supper time, eating, dining",
    ),
    _moment(
        r"(?:let's|time to|i'm going to|we're going to) (?:relax|chill|chill out|unwind|wind down)",
        "relax, relaxing, chill, chill out, unwind, wind down, relaxation",
    ),
)  # fmt: skip
_NOUNS = frozenset("scene script mode routine time".split())
_LEAD = re.compile(r"^(?:(?:ok|okay|right|well|so|hey|oh|alright|all right|um|uh)[ ,]+)+", re.IGNORECASE)


class Moments:
    """The scenes and scripts of one home by their moments. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through the names of `home`."""
        self._names: Mapping[_Moment, str] = {}
        for moment in _MOMENTS:
            found = {
                entity.id: entity.name
                for entity in home.entities
                if entity.domain in {"scene", "script"} and any(_bare(name) in moment.names for name in entity.names)
            }
            if len(found) == 1:
                self._names = {**self._names, moment: next(iter(found.values()))}

    def put(self, text: str) -> str:
        """`text` as the command for the one scene or script that is meant; as it is where there is none."""
        said = _LEAD.sub("", text.strip().rstrip(".!").replace("’", "'"))
        for moment, name in self._names.items():
            if moment.told.fullmatch(said) and key(said) != key(name):
                return f"activate {name}"
        return text


def _bare(name: str) -> tuple[str, ...]:
    """The words of a name without a noun that all of its kind may have."""
    said = stems(name)
    rest = tuple(word for word in said if word not in _NOUNS)
    return rest or said
