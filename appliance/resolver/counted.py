"""Questions for some of the things that are called alike: "which lamp posts are lit", "has anyone left a bunk lamp burning in the dorm".

The command model hears a kind of thing in what is the end of several names. Nothing is done by such a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from appliance.messages import Call, Entity, Home, Target
from appliance.resolver.spelling import Stems, stem, stems
from appliance.resolver.vocabulary import NOUNS
from appliance.text import key

_STATES: Mapping[str, str] = {
    "on": "on", "off": "off", "running": "on", "burning": "on", "lit": "on", "going": "on", "playing": "on", "switched on": "on",
    "turned on": "on", "switched off": "off", "turned off": "off", "out": "off", "open": "open", "closed": "closed", "shut": "closed",
}  # fmt: skip
_STATE = rf"(?P<state>{'|'.join(sorted(_STATES, key=len, reverse=True))})"
_OF = r"(?:of )?(?:the |our |my )?(?:two |three |four |five |six )?"
_PLACE = r"(?: (?:in|on|at) (?!the moment|present|the present)(?:the |our |my )?(?P<{}>[\w' ]+?))?"
_WHEN = r"(?: (?:now|right now|at the moment|currently|today|tonight|at present))*"
_STILL = r"(?:still |currently |already |all |now )*"
_IN, _AT = _PLACE.format("in"), f"{_PLACE.format('at')}{_WHEN}"
_NOUN = rf"(?P<noun>[\w' ]+?){_IN}"
_SOMEBODY = r"(?:anyone|anybody|someone|somebody|they|the \w+|we|i)"
_LEFT = rf"(?:has|have|did|is) {_SOMEBODY} (?:left|leave|forget|forgotten|forgot)(?: to turn off)?"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("how_many", re.compile(rf"how many {_OF}{_NOUN} (?:are|is) {_STILL}{_STATE}{_AT}")),
    ("which", re.compile(rf"(?:which|what) {_OF}{_NOUN} (?:are|is) {_STILL}{_STATE}{_AT}")),
    ("any", re.compile(rf"(?:are|is) (?:there )?(?:any|some) {_OF}{_NOUN} {_STILL}{_STATE}{_AT}")),
    ("any", re.compile(rf"{_LEFT} (?:an?|any|one|some|any of|one of) (?:of )?(?:the )?{_NOUN} {_STATE}{_AT}")),
    ("all", re.compile(rf"are (?:both |all )?(?:of )?(?:the |our |my ){_NOUN} {_STILL}{_STATE}{_AT}")),
)


def counted(text: str, home: Home) -> Call | None:
    """The question of `text` for those of several things called alike that are in some state; None: it is no such question."""
    said = key(text).removesuffix("?").strip()
    for form, pattern in _FORMS:
        found = pattern.fullmatch(said)
        if found is None:
            continue
        head = stems(found["noun"])
        things = _called(head, home) if head and " ".join(map(stem, head)) not in NOUNS else []
        if len(things) < 2 or len({thing.domain for thing in things}) > 1:
            continue
        place = found["in"] or found["at"]
        values = {"ask": form, "state": _STATES[found["state"]]}
        return Call("GetState", Target(name=found["noun"], area=place or None), values=values)
    return None


def _called(head: Stems, home: Home) -> list[Entity]:
    """The things whose names end in some words, a number behind them or not, and are not these words alone."""
    return [thing for thing in home.entities if any(_ends(head, stems(name)) for name in thing.names)]


def _ends(head: Stems, name: Stems) -> bool:
    bare = name[:-1] if name[-1:] and name[-1].isdigit() else name
    return bare[-len(head) :] == head and name != head
