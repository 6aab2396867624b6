"""Which sentences ask about the past, and what they ask. Pure; a sentence that fits no form whole is not taken.

Only questions have a form here, so a command can never be taken for one, and what is taken is never acted on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.recall.times import When, find_when
from appliance.resolver.vocabulary import NUMBER_WORDS
from appliance.text import words

MAX_WORDS = 40
"""Longer sentences are no questions of this kind."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A threshold that was asked about."""

    above: bool
    value: float
    unit: str = ""
    """As it was said, in the singular: ``degree``, ``percent``, ``watt``; empty: not said."""

    def holds(self, value: float) -> bool:
        """Whether a reading is beyond it."""
        return value > self.value if self.above else value < self.value


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    form: str
    """``extreme``, ``mean``, ``range``, ``at``, ``since``, ``last``, ``count``, ``duration``, ``whether``, ``summary``, ``alerts``."""
    target: str = ""
    """The words for what is asked about; empty: everything."""
    when: When | None = None
    """None: no time was said."""
    which: bool = False
    """Which of several, not what value."""
    at: bool = False
    """When it was so, not how much it was."""
    highest: bool = True
    """For ``extreme``: the greatest, not the least."""
    measure: str = ""
    """Home Assistant's device class; empty: not said."""
    word: str = ""
    """The superlative as it was said: ``hottest``."""
    state: str = ""
    """The state asked about: ``on``, ``open``, …"""
    bound: Bound | None = None
    """The threshold asked about instead of a state."""


# --- words --------------------------------------------------------------------------------------------------

_MEASURES: Mapping[str, str] = {
    "temperature": "temperature", "temp": "temperature", "heat": "temperature", "humidity": "humidity", "moisture": "humidity",
    "brightness": "illuminance", "illuminance": "illuminance", "light level": "illuminance", "power": "power", "consumption": "power",
    "power consumption": "power", "wattage": "power", "energy": "energy", "electricity": "energy", "pressure": "pressure",
    "co2": "carbon_dioxide", "co 2": "carbon_dioxide", "carbon dioxide": "carbon_dioxide", "voltage": "voltage", "current": "current",
    "battery": "battery", "vibration": "vibration", "speed": "speed", "wind": "wind_speed", "wind speed": "wind_speed",
    "level": "", "value": "", "reading": "",
}  # fmt: skip
_ADJECTIVES: Mapping[str, tuple[str, bool]] = {
    "hot": ("temperature", True), "warm": ("temperature", True), "cold": ("temperature", False), "cool": ("temperature", False),
    "humid": ("humidity", True), "damp": ("humidity", True), "wet": ("humidity", True), "dry": ("humidity", False),
    "bright": ("illuminance", True), "dark": ("illuminance", False), "high": ("", True), "low": ("", False), "loud": ("sound", True),
    "windy": ("wind_speed", True),
}  # fmt: skip
_SUPERLATIVES: Mapping[str, tuple[str, bool]] = {
    **{f"{word}est": of for word, of in _ADJECTIVES.items() if not word.endswith("y")},
    "hottest": ("temperature", True), "driest": ("humidity", False), "dryest": ("humidity", False), "wettest": ("humidity", True),
    "maximum": ("", True), "max": ("", True), "peak": ("", True), "top": ("", True), "greatest": ("", True), "most": ("", True),
    "minimum": ("", False), "min": ("", False), "least": ("", False), "lowest": ("", False),
}  # fmt: skip
_VERBS: Mapping[str, str] = {
    "open": "open", "opened": "open", "opening": "open", "unlocked": "unlocked", "unlock": "unlocked", "locked": "locked", "lock": "locked",
    "close": "closed", "closed": "closed", "shut": "closed", "on": "on", "off": "off", "turn on": "on", "turned on": "on",
    "switch on": "on",
    "switched on": "on", "come on": "on", "go on": "on", "gone on": "on", "running": "on", "run": "on", "active": "on", "start": "on",
    "started": "on", "turn off": "off", "turned off": "off", "switch off": "off", "switched off": "off", "go off": "off", "stop": "off",
    "stopped": "off", "heating": "heating", "heat": "heating", "cooling": "cooling", "cool": "cooling", "playing": "playing",
    "play": "playing", "home": "home", "at home": "home", "come home": "home", "arrive home": "home", "away": "not_home",
    "leave": "not_home", "left": "not_home", "leave home": "not_home", "detect motion": "on", "detect movement": "on", "triggered": "on",
    "cleaning": "cleaning", "clean": "cleaning", "charging": "charging", "wet": "on",
}  # fmt: skip

_MEASURE = "|".join(sorted(map(re.escape, _MEASURES), key=len, reverse=True))
_BEING = "ran|run|runs|was|were|is|are|got|has been|had been|became"
_HAVING = "had|has|used|uses|consumed|took|drew|showed|reached"
_GETTING = "get|go|become|rise|fall|drop"
_FINE = "ok|okay|all right|alright|normal|fine"
_SUPER = "|".join(sorted(_SUPERLATIVES, key=len, reverse=True))
_ADJ = "|".join(_ADJECTIVES)
_VERB = "|".join(sorted(map(re.escape, _VERBS), key=len, reverse=True))
_NUMBER = r"(?:minus )?-?\d+(?:\.\d+)?"
_BOUND = (
    r"(?P<side>above|over|more than|higher than|warmer than|hotter than|greater than|exceeding|below|under|less than|lower than|"
    rf"colder than|cooler than) (?P<number>{_NUMBER}) ?(?P<unit>degree|percent|%|watt|kilowatt|lux|ppm|volt|bar|ampere)?s?"
    r"(?: (?:celsius|fahrenheit))?"
)  # fmt: skip
_COND = rf"(?:{_BOUND}|(?P<verb>{_VERB}))"
_PAST = "was|were|did|has|have|had"
_PLACE = "(?:in|of|at|for|on|inside|from|by)"

# --- forms -------------------------------------------------------------------------------------------------------

Form = tuple[re.Pattern[str], Callable[[re.Match[str], "When | None"], "Question | None"]]


def parse(text: str, now: float) -> Question | None:
    """Read a question about the past; None: it is none, or has no form that is known here.

    `now` is a wall-clock second.
    """
    normal = normalised(text)
    if not normal or len(normal.split()) > MAX_WORDS:
        return None
    when, rest = find_when(normal, now)
    for candidate, said in ((rest, when), (normal, None)) if when is not None else ((normal, None),):
        for pattern, make in _FORMS:
            found = pattern.fullmatch(candidate)
            if found is not None:
                question = make(found, said)
                if question is not None:
                    return question
    return None


def normalised(text: str) -> str:
    """The sentence in lower case, numbers to twelve in digits, without politeness and punctuation."""
    line = " ".join(NUMBER_WORDS.get(word.text, word.text) for word in words(text) if word.text not in {",", "&"})
    line = line.replace("what's", "what is").replace("when's", "when is")
    line = re.sub(r"(?<=\d) (?:° ?[cf]?|[cf])(?= |$)", " degrees", line)
    line = re.sub(r"\b(\d+) : (\d\d)\b", r"\1:\2", line).replace(" : ", " ")
    line = re.sub(
        r"^(?:(?:please|hey|ok|okay|so|and|well|can you|could you|do you know|tell me|say|show me|i want to know) )+",
        "",
        line,
    )
    return re.sub(r"(?: please)+$", "", line).strip()


def _super(word: str) -> tuple[str, bool]:
    return _SUPERLATIVES[word]


def _condition(found: re.Match[str]) -> tuple[str, Bound | None]:
    if found["number"] is None:
        return _VERBS[found["verb"]], None
    value = float(found["number"].replace("minus ", "-").replace("--", "-"))
    above = found["side"] not in {"below", "under", "less than", "lower than", "colder than", "cooler than"}
    return "", Bound(above, value, (found["unit"] or "").replace("%", "percent"))


def _measure_of_bound(bound: Bound | None, side: str) -> str:
    if bound is None:
        return ""
    if bound.unit == "degree" or side.startswith(("warm", "hot", "cold", "cool")):
        return "temperature"
    return {"watt": "power", "lux": "illuminance", "ppm": "carbon_dioxide", "volt": "voltage"}.get(bound.unit, "")


def _conditional(form: str, found: re.Match[str], when: When | None, *, at: bool = False) -> Question:
    state, bound = _condition(found)
    measure = _measure_of_bound(bound, found["side"] or "")
    return Question(form, found["target"], when, state=state, bound=bound, measure=measure, at=at)


def _since(found: re.Match[str], when: When | None) -> Question | None:
    return _conditional("since", found, when) if when is None else None


def _last(found: re.Match[str], when: When | None) -> Question:
    return _conditional("last", found, when)


def _count(found: re.Match[str], when: When | None) -> Question:
    return _conditional("count", found, when)


def _duration(found: re.Match[str], when: When | None) -> Question | None:
    return _conditional("duration", found, when)


def _whether(found: re.Match[str], when: When | None) -> Question | None:
    """Without a time it is about now, which others answer."""
    return _conditional("whether", found, when) if when is not None else None


def _which(found: re.Match[str], when: When | None) -> Question:
    measure, highest = _super(found["super"])
    measure = _MEASURES.get((found["measure"] or "").strip(), "") or measure
    return Question("extreme", found["target"], when, which=True, highest=highest, measure=measure, word=found["super"])


def _extreme(found: re.Match[str], when: When | None) -> Question:
    measure, highest = _super(found["super"])
    measure = _MEASURES.get((found["measure"] or "").strip(), "") or measure
    return Question("extreme", found["target"] or "", when, highest=highest, measure=measure, word=found["super"])


def _extreme_at(found: re.Match[str], when: When | None) -> Question:
    measure, highest = _super(found["super"])
    return Question(
        "extreme", found["target"] or "", when, highest=highest, measure=measure, word=found["super"], at=True
    )


def _mean(found: re.Match[str], when: When | None) -> Question:
    return Question("mean", found["target"] or "", when, measure=_MEASURES.get((found["measure"] or "").strip(), ""))


def _how(found: re.Match[str], when: When | None) -> Question | None:
    """Read "how hot did it get", an extreme, and "how warm was it", at a moment or over a time."""
    measure, highest = _ADJECTIVES[found["adj"]]
    measure = _MEASURES.get((found["measure"] or "").strip(), "") or measure
    target = found["target"] or ""
    if found["get"]:
        return Question("extreme", target, when, highest=highest, measure=measure, word=found["adj"])
    if when is None:
        return None
    return Question("at" if when.point else "range", target, when, measure=measure, highest=highest)


def _was(found: re.Match[str], when: When | None) -> Question | None:
    if when is None:
        return None
    measure = _MEASURES[found["measure"].strip()]
    return Question("at" if when.point else "range", found["target"] or "", when, measure=measure)


def _summary(found: re.Match[str], when: When | None) -> Question | None:
    return Question("summary", found["target"] or "", when) if when is not None else None


def _alerts(_found: re.Match[str], when: When | None) -> Question:
    return Question("alerts", "", when)


_THE = r"(?:the |my |our |this |that )?"
_TARGET = rf"{_THE}(?P<target>[^\W_].*?)"
_IN = rf"(?: (?:{_PLACE} )?{_TARGET})?"


def _form(pattern: str, make: Callable[[re.Match[str], When | None], Question | None]) -> Form:
    return re.compile(pattern), make


_FORMS: tuple[Form, ...] = (
    _form(rf"(?:since|from) when (?:is|are|has|have|was|were) {_TARGET} (?:been )?{_COND}", _since),
    _form(rf"(?:for )?how long (?:has|have|is|are) {_TARGET} (?:been )?{_COND}(?: for)?", _since),
    _form(rf"(?:for )?how long (?:was|were|did|had) {_TARGET} (?:been |stay |remain )?{_COND}(?: for)?", _duration),
    _form(rf"when was it (?:the )?(?P<super>{_SUPER})(?: {_PLACE} {_TARGET})?", _extreme_at),
    _form(rf"when was {_TARGET} (?:the |at its |its )?(?P<super>{_SUPER})", _extreme_at),
    _form(rf"when (?:did|was|were|has|have) {_TARGET} (?:been )?last (?:been )?{_COND}", _last),
    _form(rf"when (?:did|was|were|has|have) {_TARGET} (?:been )?{_COND}(?: last| the last time)?", _last),
    _form(rf"when was the last time (?:that )?{_TARGET} (?:was |were |got |had been )?{_COND}", _last),
    _form(rf"how (?:often|many times) (?:{_PAST}) {_TARGET} (?:been )?{_COND}", _count),
    _form(
        rf"(?:which|what) (?P<target>.+?) (?:{_BEING}) (?:the )?(?P<super>{_SUPER})(?P<measure>)",
        _which,
    ),
    _form(
        rf"(?:which|what) (?P<target>.+?) (?:{_HAVING}) (?:the )?(?P<super>{_SUPER})(?P<measure> (?:{_MEASURE}))?",
        _which,
    ),
    _form(rf"(?:what|how (?:high|low)) (?:is|was|were) (?:the )?(?P<super>{_SUPER})(?P<measure> (?:{_MEASURE}))?{_IN}", _extreme),
    _form(rf"what (?:is|was|were) (?:the )?(?:average|mean|typical)(?P<measure> (?:{_MEASURE}))?{_IN}", _mean),
    _form(rf"how (?P<adj>{_ADJ}) did it (?P<get>get|become|go) (?:{_PLACE} )?{_TARGET}(?P<measure>)", _how),
    _form(
        rf"how (?P<adj>{_ADJ}) (?:(?:did (?:it|the (?P<measure>{_MEASURE}))(?: {_PLACE} {_TARGET})? (?P<get>{_GETTING})))",
        _how,
    ),
    _form(
        rf"how (?P<adj>{_ADJ}) (?P<get>(?!))?(?:did|was|were|is) (?:it|the (?P<measure>{_MEASURE}))(?: (?:{_PLACE} )?{_TARGET})?", _how
    ),
    _form(rf"how (?P<adj>{_ADJ}) did {_TARGET} (?P<get>get|run|become|go)(?P<measure>)", _how),
    _form(rf"how (?P<adj>{_ADJ}) (?:was|were) {_TARGET}(?P<get>(?!))?(?P<measure>)", _how),
    _form(rf"what was (?:the )?(?P<measure>{_MEASURE}){_IN}", _was),
    _form(rf"(?:{_PAST}) (?:it|the temperature) (?:been |ever |get |go |rise |fall )*{_COND} (?:{_PLACE} )?{_TARGET}", _whether),
    _form(rf"(?:was|were|did|has|had) {_TARGET} (?:been |ever |get |go |rise |fall )*{_COND}", _whether),
    _form(rf"have {_TARGET} (?:been |ever )+{_COND}", _whether),  # "have the lamp on till nine" is a wish
    _form(rf"(?:what happened|what has happened)(?: (?:{_PLACE}|to|with) {_TARGET})?", _summary),
    _form(rf"(?:give me |what is )?(?:a |the )?summar(?:y|ise|ize)(?: (?:of|for) {_TARGET})?", _summary),
    _form(
        r"(?:what|which|are there|is there|were there|have there been|any|how many)(?: any| an)? (?:alert|alarm message|warning)s?"
        r"(?: (?:are|were|is|was)(?: there| raised| active| open)?| there| now| right now| active| raised| open)*",
        _alerts,
    ),
    _form(rf"(?:is|was) (?:there )?anything (?:wrong|unusual|out of the ordinary)|is everything (?:{_FINE})", _alerts),
)  # fmt: skip
