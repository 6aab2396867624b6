"""How much of something, said in other words than the command model knows: "half the speed for the fan", "telly down a little".

Also temperatures that are wished for a room or for every room with a radiator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from appliance.intents.numbers import number
from appliance.messages import Home
from appliance.resolver.spelling import Stems, stems

_SOFT = r"(?:(?:please|just|now|so|then|and) )*"
_END = r"(?:,? (?:please|now|then|for now|thanks|thank you))*[.! ]*"
_HALF = re.compile(
    rf"{_SOFT}(?:(?:give (?:me|us)|i want|i(?:'d| would) like|let's have|use) )?(?P<share>half|twice|double) (?:of )?the "
    rf"(?P<what>speed|brightness|volume) (?:for|of|on|from) (?P<thing>[^,;]+?){_END}"
    rf"|{_SOFT}(?:run|put|turn|have|set|keep|let) (?P<first>(?:the |my |our )?[^,;]+?) (?:run )?(?:at|to|on) "
    r"(?P<times>half|twice|double) (?:of )?the "
    rf"(?P<how>speed|brightness|volume)(?: (?:it (?:has|is|is at|is on|runs at)|of)(?: now)?)?{_END}",
    re.IGNORECASE,
)
_SO_MUCH = re.compile(
    rf"{_SOFT}(?:(?:make|have|set|run|turn|get) )?(?P<thing>(?:the |my |our )?[^,;]+?) (?:only |just )?"
    r"(?P<share>(?:a|one|two|three|four) (?:third|quarter|fifth)s?|[a-z0-9-]+ ?(?:percent|%)) as (?P<how>bright|loud|fast)"
    rf"(?: as (?:it is|it['’]s)(?: (?:now|right now|at the moment))?)?{_END}",
    re.IGNORECASE,
)
_AS = {"speed": "fast", "brightness": "bright", "volume": "loud"}
_VALUES = {how: value for value, how in _AS.items()}
_MOVED = re.compile(
    rf"{_SOFT}(?P<thing>(?:the |my |our )?[^,;]+?) (?P<way>up|down)(?P<much> (?:just )?(?:a|one) (?:little(?: bit)?|bit|touch|tad|notch))?"
    rf"(?:,? please)?(?:[,;.] (?P<why>[^?]+?)|{_END})",
    re.IGNORECASE,
)
_TELLING = re.compile(
    r"(?:(?:because|since|as|cos) )?(?:(?:the |my |our )?[\w'’-]+(?: [\w-]+){0,3}"
    r"(?:['’]s|['’]re|['’]m| is| are| am| has| wants| needs| can't)\b|[iw]e? ).*",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"\b(?:turn|switch|put|set|make|open|close|shut|dim|start|stop|raise|lower|play|pause|mute|lock|unlock|send|add|remind|tell|say|not|don't"
    r"|never|if|when|until|unless|but|and|on|off)\b",
    re.IGNORECASE,
)
"""Words of a reason that may be more than one."""
_NICER = re.compile(
    r"(?:[^?]*(?:, (?:and |but )?|\band |\bbut ))?(?P<thing>(?:the |my |our )?[\w'’ ]+?)(?:['’]s| is| are) "
    r"(?:far |much |a bit |a little |way )?(?:too|awfully|terribly|very|so|rather|really|quite) \w+[,;.] "
    r"(?:and |so |maybe |perhaps |i think )*"
    r"(?P<value>[\w-]+(?: [\w-]+)? ?(?:percent|%|degrees)) "
    r"(?:would|will|should|is|might)(?: be)? "
    rf"(?:nicer|better|enough|plenty|fine|do|perfect|nice|ideal|more like it){_END}",
    re.IGNORECASE,
)
_WISHED = re.compile(
    rf"{_SOFT}(?:(?:i|we)(?:'d| would) (?:like|love|prefer|want)(?: to have)?|(?:i|we) (?:want|need)|let's have"
    r"|(?:can|could) (?:i|we) have|give (?:me|us)) (?P<room>(?:the |my |our )?[\w'’ ]+?) (?:at|to|on) (?P<value>[\w. -]+?)"
    rf"(?: degrees?(?: celsius| fahrenheit)?)?{_END}",
    re.IGNORECASE,
)
_EACH_ROOM = re.compile(
    rf"{_SOFT}(?:(?:make it|turn it|i want it|set it) )?(?P<much>\w+(?: and a half)? degrees?|a (?:bit|little|touch)) "
    r"(?P<how>warmer|cooler|colder|hotter) in (?:every|each|all(?: of)?(?: the)?) rooms?(?P<where> [\w ]+?)??"
    r"(?:,? (?:that|which) (?:has|have)(?: got)? (?:a|an|its own|their own|one|some) "
    rf"(?:radiators?|heaters?|thermostats?|heating))?{_END}",
    re.IGNORECASE,
)
_CHANGING = re.compile(
    rf"{_SOFT}(?:(?:can|could|would|will) you )?{_SOFT}"
    r"(?:raise|lower|increase|decrease|reduce|set|put|bring|turn|take|drop|bump|nudge|change|adjust|move|push)\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"\btarget(?: \w+)? (?:up|down|to)\b", re.IGNORECASE)
_HOLDING = frozenset({"humidifier", "climate", "water_heater"})
"""Domains of things that keep what they are set to."""
_HOLDERS = (
    "humidifier",
    "dehumidifier",
    "thermostat",
    "radiator",
    "heater",
    "boiler",
    "water heater",
    "air conditioner",
)
_TARGET = r"target(?: (?:humidity|temperature|value|level|setting))?"
_FLOOR_WHERE = re.compile(r" (?:upstairs|downstairs|(?:on|of) the [\w ]+)")
_NOUNS = ("radiator", "heater", "thermostat")
_PLAUSIBLE = {"fahrenheit": (55, 85), "celsius": (12, 28)}


class Gradual:
    """Puts such wishes plainly in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._domains: dict[Stems, str] = {
            stems(name): entity.domain for entity in home.entities for name in entity.names
        }
        heated = {entity.area for entity in home.entities if entity.domain == "climate"}
        self._heated: Mapping[Stems, str] = {
            stems(name): name
            for area in home.areas
            if area.id in heated
            for name in area.names
            if stems(name) not in self._domains
        }
        holding = {name.lower() for e in home.entities if e.domain in _HOLDING for name in e.names if name} | set(
            _HOLDERS
        )
        names = "|".join(map(re.escape, sorted(holding, key=len, reverse=True)))
        self._targets = re.compile(
            rf"\b(?P<thing>{names})['’]s {_TARGET}"
            rf"|\b(?P<article>the |my |our )?{_TARGET} (?:of|for|on) (?:(?:the|my|our) )?(?P<of>{names})\b",
            re.IGNORECASE,
        )
        called = [stems(entity.name)[-1:] for entity in home.entities if entity.domain == "climate"]
        self._noun = max(_NOUNS, key=lambda noun: called.count((noun,)))
        self._low, self._high = _PLAUSIBLE.get(home.temperature_unit, _PLAUSIBLE["celsius"])

    def put(self, text: str) -> str:
        """`text` in the words for how much of a thing it wants; as it is where it is no such wish."""
        if "target" in text.lower() and (_CHANGING.match(text) or _CHANGED.search(text)):
            text = self._targets.sub(lambda at: at["thing"] or f"{at['article'] or ''}{at['of']}", text)
        if found := _HALF.fullmatch(text):
            thing = found["thing"] or found["first"]
            if _bare(thing) in self._domains:
                share, what = found["share"] or found["times"], found["what"] or found["how"]
                return f"make {thing} {share.lower().replace('double', 'twice')} as {_AS[what.lower()]}"
        if " as " in text and (found := _SO_MUCH.fullmatch(text)) and _bare(found["thing"]) in self._domains:
            return f"set {found['thing']} to {found['share']} of its current {_VALUES[found['how'].lower()]}"
        if (found := _MOVED.fullmatch(text)) and self._domains.get(_bare(found["thing"])) == "media_player":
            why = found["why"] or ""
            if not why or (_TELLING.fullmatch(why) and not _OTHERWISE.search(why)):
                return f"turn {found['way']} the volume of {found['thing']}"
        if (
            (found := _NICER.fullmatch(text))
            and _bare(found["thing"]) in self._domains
            and not _OTHERWISE.search(found["thing"])
        ):
            return f"set {found['thing']} to {found['value']}"
        if (found := _WISHED.fullmatch(text)) and _bare(found["room"]) in self._heated:
            degrees = number(found["value"].lower().replace("-", " ").split())
            if degrees is not None and self._low <= degrees <= self._high:
                return f"set the temperature in {found['room']} to {found['value']} degrees"
        if (found := _EACH_ROOM.fullmatch(text)) and (not found["where"] or _FLOOR_WHERE.fullmatch(found["where"])):
            way = "up" if found["how"].lower() in {"warmer", "hotter"} else "down"
            return f"turn {way} all the {self._noun}s{found['where'] or ''} by {found['much']}"
        return text


def _bare(thing: str) -> Stems:
    return stems(re.sub(r"^(?:the|my|our) ", "", thing.strip(), flags=re.IGNORECASE))
