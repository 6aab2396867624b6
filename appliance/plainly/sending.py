"""What robots and valves are told in other words than "start" and "open": "send Fritz out", "call Franz in", "run the sprinkler".

The command model reads "send" as "send back" and "fill" as nothing. What depends on what a thing is holds only for the robots and valves of
the home.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.messages import Home
from appliance.resolver.kinds import ROBOTS
from appliance.resolver.spelling import Stems, stems

_ARTICLE = r"(?:(?:the|our|my) )?"
_BEGIN = r"(?:^|(?<=, )|(?<=\band )|(?<=\bbut )|(?<=\bthen )|(?<=\bplease )|(?<=\byou )|(?<=\bto ))"
_END = r"(?=(?: please| now| again)?(?:$|[.,!?]| and\b| but\b| then\b| for\b| in\b))"
_WEATHER = r"(?: before (?:it|the (?:rain|storm|weather|snow|heavens)) [\w' ]+(?=$|[.,!]))?"
"""Why a robot is to come home, which it is to do now."""
_WATERING = frozenset("bed sprinkler drip irrigation hose valve line tap watering water dripper soaker system".split())
_DOCK = r"(?:(?:your|its|his|her|the) )?(?:docking station|charging station|dock|base|charger|station|home)"
_IN = r"(?:back in|back inside|back home|back|in|inside|home|indoors)"
_BACK = rf"(?:back|home|go home|come home|come back|come back in|come in|go back)(?: to {_DOCK})?"
_WATER = re.compile(
    r"(?:(?:can|could|would|will) you )?(?:please )?(?:(?:start|begin) (?:to water|watering)|water) "
    r"(?:the |our |my )?(?P<what>[\w' -]+?)(?=$|[.!,]| (?:for|until|till|now|please|at|in|tonight|but)\b)",
    re.IGNORECASE,
)
_ENOUGH = re.compile(
    r"(?:i think )?(?:the|our|my) (?P<what>[\w' -]+?) (?:has|have)(?: now| surely)? (?:had|got)"
    r" (?:enough|plenty of)(?: water| to drink| watering)?"
    r"(?: for (?:today|now|tonight)| by now| now)?[.!]?",
    re.IGNORECASE,
)
_SOME = r"(?:(?:some|a bit of|a little|a drop of|a drink|a drink of|a good|a) )*(?:water|watering|drink|soak|soaking)"
_POLITELY = r"(?:(?:please|so|and|then|can you|could you|would you|will you|just) )*"
_THIRST = (
    re.compile(
        r"(?:the|our|my) (?P<what>[\w' -]+?) (?:is|are|looks?|seems?)"
        r"(?: all| so| very| too| really| bone| terribly| awfully| completely| quite)*"
        r" (?:dry|parched|thirsty|wilting|dried out|drying out)(?:[,;.]| and\b) *"
        rf"{_POLITELY}(?:(?:let|give) (?:it|them)(?: have| get)? {_SOME}|water (?:it|them))(?: please| now)*[.!]?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_POLITELY}(?:let|give) (?:the|our|my) (?P<what>[\w' -]+?)(?: have| get)? {_SOME}(?: please| now)*[.!]?",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:the|our|my) (?P<what>[\w' -]+?) (?:needs?|wants?|could do with|could use|can have|should have|must have)"
        rf" {_SOME}(?: please| now)*[.!]?",
        re.IGNORECASE,
    ),
)
"""What is to have water."""
_WATERED = re.compile(
    r"(?:(?:(?:can|could) you )?(?:please )?(?:tell me|let me know|check|see) (?:whether|if) (?P<told>.+?) (?:is|are)"
    r"|(?:is|are) (?P<asked>.+?))"
    r"(?: (?:still|currently|already|both|all))? (?:(?:being|getting) (?:watered|irrigated|sprinkled)|getting (?:any |some )?water)"
    r"(?: (?:now|right now|at the moment|at present))?[?.!]*",
    re.IGNORECASE,
)
"""Asks whether things have water now."""
_GREEN = frozenset("plant flower garden lawn grass bed vegetable veg pot border hedge tree herb rose".split())
"""What is watered, in the singular, in a home with one valve for it."""


@dataclass(frozen=True, slots=True)
class _Watering:
    """A valve for watering: its names, and those of its area."""

    names: tuple[str, ...]
    places: frozenset[Stems]


class Sending:
    """Puts such commands plainly in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._cues = tuple(
            name.lower()
            for entity in home.entities
            if entity.domain in ROBOTS | {"valve"}
            for name in entity.names
            if name
        )
        self._rules: tuple[tuple[re.Pattern[str], str], ...] = ()
        self._elliptic: tuple[re.Pattern[str], re.Pattern[str]] | None = None
        if robots := _named(home, ROBOTS):
            away = (
                rf"{_BEGIN}(?:bring|call|fetch|get|take|order|send) {robots} {_IN}(?: to {_DOCK})?{_WEATHER}{_END}",
                rf"{_BEGIN}{robots},? {_BACK}{_END}",
                rf"{_BEGIN}{_BACK},? {robots}{_END}",
                rf"{_BEGIN}{robots} (?:can|may|should|could|must) (?:now )?(?:go|come|head) {_IN}(?: to {_DOCK})?{_END}",
            )
            out = (
                rf"{_BEGIN}(?:send|let|get|take|put) {robots} (?:(?:back )?out|round|around|about)(?: again)?{_END}",
                rf"{_BEGIN}(?:set|let|turn) {robots} (?:loose|going|to work)(?: again)?{_END}",
                rf"{_BEGIN}(?:set|send) {robots} off(?: again)?{_END}",
                rf"{_BEGIN}{robots} (?:can|may|should|could|must) (?:now )?(?:go|head) out{_END}",
            )
            self._rules += tuple((re.compile(one, re.IGNORECASE), r"send \g<name> back to the dock") for one in away)
            self._rules += tuple((re.compile(one, re.IGNORECASE), r"start \g<name>") for one in out)
            self._elliptic = (
                re.compile(rf"(?<=\bdock)(?P<joint>(?:,| and|, and) ){robots} out{_END}", re.IGNORECASE),
                re.compile(rf"(?P<lead>\bstart .+?)(?P<joint>(?:,| and|, and) ){robots} {_IN}{_END}", re.IGNORECASE),
            )
        if valves := _named(home, {"valve"}):
            run = re.compile(
                rf"{_BEGIN}(?:run|fill|start up|let the water (?:run )?into|let) {valves}(?: run| flow)?{_END}",
                re.IGNORECASE,
            )
            stop = re.compile(rf"{_BEGIN}(?:cut|kill|stop) (?:the water to )?{valves}(?: off)?{_END}", re.IGNORECASE)
            self._rules += ((run, r"open \g<name>"), (stop, r"close \g<name>"))
        self._watered = _watered(home)

    def put(self, text: str) -> str:
        """`text` with such commands in plainer words."""
        text = self._about_water(text)
        lowered = text.lower()
        if not any(name in lowered for name in self._cues):
            return text
        for rule, plain in self._rules:
            text = rule.sub(plain, text)
        if self._elliptic is not None:
            out, home = self._elliptic
            text = out.sub(r"\g<joint>start \g<name>", text)
            text = home.sub(r"\g<lead>\g<joint>send \g<name> back to the dock", text)
        return text

    def _about_water(self, text: str) -> str:
        """`text` with the valve for what is to be watered, or has had enough: "water the front lawn for twenty minutes"."""
        if (found := _WATER.match(text)) is not None:
            whole = self._valve(found["what"], named=True)
            parts = re.split(r", (?:and )?| and ", found["what"])
            names = [whole] if whole else [self._valve(what, named=True) for what in parts]
            if all(names):
                return f"{' and '.join(f'open {name}' for name in names)}{text[found.end() :]}"
        if (found := _ENOUGH.fullmatch(text)) is not None and (name := self._valve(found["what"])):
            return f"close {name}"
        if (found := _WATERED.fullmatch(text)) is not None:
            told = re.split(r", (?:and )?| and ", found["told"] or found["asked"])
            names = [self._valve(what) for what in told]
            be = "is" if len(names) == 1 else "are"
            return f"{be} {' and '.join(f'the {name}' for name in names)} open" if all(names) else text
        for form in _THIRST:
            if (found := form.fullmatch(text)) is not None and (name := self._valve(found["what"])):
                return f"open {name}"
        return text

    def _valve(self, what: str, *, named: bool = False) -> str:
        """The one valve whose name has the words of what it waters, or has no others but for watering; empty: none, or several."""
        said = set(stems(what))
        if len(self._watered) == 1 and (said <= _GREEN or stems(what) in self._watered[0].places):
            return self._watered[0].names[0]
        found = {
            valve.names[0]
            for valve in self._watered
            for name in valve.names
            if said and said <= set(stems(name)) and not (named and set(stems(name)) - said - _WATERING)
        }
        return found.pop() if len(found) == 1 else ""


def _watered(home: Home) -> tuple[_Watering, ...]:
    """The valves that water something: all but those of the house."""
    areas = {area.id: frozenset(map(stems, area.names)) for area in home.areas}
    return tuple(
        _Watering(entity.names, areas.get(entity.area or "", frozenset()))
        for entity in home.entities
        if entity.domain == "valve" and {"main", "gas", "shutoff"}.isdisjoint(stems(entity.name))
    )


def _named(home: Home, domains: Iterable[str]) -> str:
    """A pattern for the names of the things of these domains, the longest first; empty: there are none."""
    named = {name for entity in home.entities if entity.domain in domains for name in entity.names if name}
    names = sorted(named | {f"{name}s" for name in named if not name.endswith("s")}, key=len, reverse=True)
    return rf"(?P<name>{_ARTICLE}(?:{'|'.join(map(re.escape, names))}))" if named else ""
