"""Questions in other words than the command model knows: "how much oil have we got left", "what is the TV up to, is it on".

A question for a stock or a measure is one for its sensor only where the home has a single one that its words name.
"""

from __future__ import annotations

import re

from appliance.messages import Entity, Home
from appliance.resolver.leftovers import telling
from appliance.resolver.measured import MEASURES
from appliance.resolver.spelling import stems

_HOW_MUCH = re.compile(
    r"how much (?:of )?(?:the |our |my )?(?P<what>[\w' -]+?)"
    r"(?:(?: (?:have|do|is|are|has|we|i|you|got|there|still|left|remaining|over))+)"
    r"(?: (?:in|inside|of) (?:the |our |my )?(?P<where>[\w' -]+?))?(?: now| right now| at the moment)?[?.!]*",
    re.IGNORECASE,
)
_STOCK = frozenset("level tank fill remaining reserve stock supply amount quantity volume contents".split())
"""Words of sensors for what is left of something."""
_TOO = re.compile(
    r"(?:is|are) (?:the |our |my )?(?P<what>[\w' -]+?) (?:(?:much|far|a bit|getting|already|too|very|really|awfully) )*(?P<how>\w+)"
    r"(?: (?:now|right now|again|already))?[?.!]*",
    re.IGNORECASE,
)
_DRAWING = re.compile(
    r"(?:what (?:is|are)|how much (?:power |electricity |current |energy )?(?:is|are|does|do)) (?:the |our |my )?(?P<what>[\w' -]+?)"
    r" (?:producing|generating|making|yielding|drawing|using|consuming|pulling|draw|use|consume|pull|produce|generate|yield|need)"
    r"(?: (?:now|right now|at the moment|just now|currently))?[?.!]*",
    re.IGNORECASE,
)
_POWER = frozenset("power wattage consumption production output".split())
_PLAIN = frozenset({"panel", "cell", "roof"})
"""Words that add nothing to what makes power."""
_UP_TO = re.compile(
    r"(?:what(?:'s| is| are)|how(?:'s| is| are)) (?P<thing>[\w' -]+?) (?:up to|doing|at|getting on)(?: (?:now|right now|there|today))?"
    r"[?!.,;]+ *(?:and )?"
    r"(?P<be>is|are) (?:it|he|she|they) (?P<rest>[\w' -]+?)[?.!]*",
    re.IGNORECASE,
)

_LED = re.compile(
    r"(?:(?:so|and|but|oh|hey|right|ok|okay|well)[, ]+)*"
    r"(?:(?:before|while|since|as|because|seeing as|now that|just (?:so|to|out of)|so that|so i|out of|for (?:my|the"
    r"|peace)|in order|to (?:be|put|make|settle)"
    r"|(?:i|we)(?:'m| am|'re| are|'ve| have| was| were)? (?:just |only |already )?(?:wonder|wondering|not sure|unsure"
    r"|can't remember|cannot remember|forget|forgot|curious|about|going|leaving|off|heading|worried|afraid))"
    r"\b(?! (?:you|if|whether)\b)[^,?;]*|remind me|quick question|one question|a question|tell me|question|can you tell me"
    r"|do you know)[,:;] "
    r"(?P<asked>(?:(?:is|are|was|were|did|does|do|has|have|what|which|how|who|where)\b|(?:what|where|who|how)'s\b).+)",
    re.IGNORECASE,
)
"""A question with what leads up to it: "before I walk down there, is the gate shut"."""
_LEFT_IN = re.compile(
    r"(?:what(?:'s| is| has)|how much(?: charge| power| juice| life)?(?: is|'s| has| does)?)(?: there)?(?: still)?"
    r"(?: (?:the |my |our )?(?P<owner>[\w' -]+?) (?:got |have )?(?:left|remaining) (?:in|on|of) (?:its|his|her|the) battery"
    r"| (?:left|remaining)(?: over)? (?:in|on|of) (?:the |my |our )?(?P<thing>[\w' -]+?) batter(?:y|ies))(?: now)?[?.!]*",
    re.IGNORECASE,
)
"""What is left in a battery."""


_OPPOSITE = {
    "locked": "unlocked", "unlocked": "locked", "closed": "open", "shut": "open", "open": "closed", "on": "off", "off": "on", "lit": "off",
    "running": "off",
}  # fmt: skip
_NOT_SO = re.compile(
    r"(?P<asked>(?:(?:and|so|can you|could you|please|tell me|show me|check) )*"
    r"(?:which|what|how many|(?:is|are) there any\w*|do we have any|(?:is|are) any\w*|any\w*)\b[^,;]*?) "
    r"(?:(?P<be>is|are|has been|have been|has|have)(?:n['’]?t| not)|not)(?: been)? (?:yet |all )?"
    rf"(?P<state>{'|'.join(_OPPOSITE)})\b(?P<rest>[^,;]*)",
    re.IGNORECASE,
)
"""A question for what is not so, which is a question for what is the opposite: "which doors aren't locked"."""


class Asking:
    """Puts the questions of one home plainly. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through the sensors of `home`."""
        areas = {area.id: frozenset(w for name in area.names for w in stems(name)) for area in home.areas}
        self._sensors = tuple(
            (entity, frozenset(stems(name)), areas.get(entity.area or "", frozenset()))
            for entity in home.entities
            if entity.domain in {"sensor", "number", "input_number"}
            for name in entity.names
        )

    def put(self, text: str) -> str:
        """`text` as a question that the command model knows; as it is where it is none of these."""
        said = text.replace("’", "'")
        if led := _LED.fullmatch(said):
            text = said = led["asked"]
        if unlike := _NOT_SO.fullmatch(said):
            be = {"": "", "are": " are", "have": " are", "have been": " are"}.get((unlike["be"] or "").lower(), " is")
            return f"{unlike['asked']}{be} {_OPPOSITE[unlike['state'].lower()]}{unlike['rest']}"
        if battery := _LEFT_IN.fullmatch(said):
            return f"what is the battery level of the {battery['owner'] or battery['thing']}"
        if found := _UP_TO.fullmatch(said):
            return f"{found['be']} {found['thing']} {found['rest']}"
        if found := _HOW_MUCH.fullmatch(said):
            asked = f"{found['what']} {found['where'] or ''}"
            sensor = self._one(asked, _STOCK)
        elif found := _DRAWING.fullmatch(said):
            sensor = self._one(found["what"], _POWER)
        elif found := _TOO.fullmatch(said):
            sensor = self._one(found["what"], MEASURES.get(found["how"].lower(), frozenset()))
        else:
            return text
        return text if sensor is None else f"what is the {sensor.name}"

    def _one(self, asked: str, measures: frozenset[str]) -> Entity | None:
        """The one sensor of such a measure that is named by all words of `asked`, but for those of its place."""
        wanted = frozenset(word for word in stems(asked) if telling(word) and word not in _PLAIN)
        found = {
            sensor.id: sensor
            for sensor, name, place in self._sensors
            if name & measures and wanted & name - place and wanted <= name | place
        }
        return next(iter(found.values())) if len(found) == 1 else None
