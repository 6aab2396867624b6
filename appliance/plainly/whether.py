"""Conditions about how something is at this moment, as questions that the home can answer: "the window is open and it's below ten outside".

What may yet happen ("the window opens", "it gets cold") is none of them, nor is what holds only at some time or for some time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from appliance.intents.numbers import number
from appliance.plainly.oclock import Hours, hours
from appliance.resolver.spelling import is_plural, stems
from appliance.text import words

OPPOSITES = MappingProxyType(
    {
        one: other
        for pair in ("on off", "open shut", "open closed", "locked unlocked", "playing paused", "home away", "armed disarmed")
        for one, other in (pair.split(), reversed(pair.split()))
    }
)  # fmt: skip
SKIES = MappingProxyType(
    {
        **dict.fromkeys(("dark", "night", "night time", "nighttime"), "dark"),
        **dict.fromkeys(("light", "bright", "day", "daytime", "daylight", "still day"), "light"),
        **dict.fromkeys(("raining", "rainy", "pouring", "pouring down", "drizzling", "pouring with rain"), "rain"),
        **dict.fromkeys(("snowing", "snowy"), "snow"),
        **dict.fromkeys(("sunny", "clear"), "clear"),
        **dict.fromkeys(("cloudy", "overcast"), "cloud"),
        **dict.fromkeys(("windy", "stormy"), "wind"),
        **dict.fromkeys(("foggy", "misty"), "fog"),
    }
)
"""What people say of the sky, and what is looked for there."""

_STATE = (
    r"on|off|open|closed|shut|locked|unlocked|running|playing|paused|idle|muted|heating|cooling|cleaning|mowing|docked"
    r"|armed|disarmed|triggered|leaking|wet|dry|low|lit|drawn|up|down|(?:at |back )?home|in|out|away|back|here"
)
_PLAIN = MappingProxyType(
    {
        "lit": "on",
        "drawn": "closed",
        "at home": "home",
        "back home": "home",
        "in": "home",
        "back": "home",
        "here": "home",
        "out": "away",
    }
)
_SHADES = re.compile(r"\b(?:blind|shutter|shade|curtain|awning|roller|store|screen|door|gate)s?\b", re.IGNORECASE)
_NOW = r"(?: (?:right now|at the moment|now|currently|at present|as well|too|any ?more|at all|yet))*"
_STILL = r"(?: (?:still|already|currently|really|now|actually|also|both|all|left|standing|wide|switched|turned|just))*"
_WHERE = r" (?:in|at|on) (?:the |my |our )?[\w' ]+?| (?:(?:right |over )?here|in here)| (?:up|down)stairs| (?:outside|outdoors|out there)"
_IS = re.compile(
    r"(?P<subject>(?!there\b|you\b)[\w'-]+(?: (?!is\b|are\b|isn't\b|aren't\b)[\w'-]+)*?)"
    r"(?: (?P<be>is|are|has been|have been|was|were)|(?<=\w)'(?:s|re|ve)(?: been)?)"
    rf"(?P<no> not|n't)?{_STILL} (?P<state>{_STATE})(?P<where>{_WHERE})?{_NOW}",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"there(?: is|'s| are|'re)(?P<no> no| not|n't)?(?: any)?"
    rf" (?P<what>(?!nobody\b|nothing\b|none\b|no one\b|no-one\b|enough\b|more\b|less\b|fewer\b)[\w' -]+?){_NOW}",
    re.IGNORECASE,
)
_SOMEONE = (
    r"(?P<who>somebody|someone|anybody|anyone|nobody|no one|no-one|noone|none of us|everybody|everyone|people"
    r"|we|we all|all of us|they)"
)
_PRESENT = re.compile(
    rf"(?:there(?: is|'s| are) )?{_SOMEONE}(?:(?: is| are|'s|'re)(?P<no> not|n't)?)?(?: (?:still|already|all|currently|even))*"
    r" (?P<where>(?:at |back )?home|in the house|in|away|out|(?:in|at|on) (?:the |my |our )?(?!house\b|bed\b|way\b|phone\b)[\w' ]+?)"
    rf"{_NOW}",
    re.IGNORECASE,
)
_MOTION = re.compile(
    r"(?P<none>no )?(?:any )?(?:motion|movement) (?:is|was|has been)(?P<no> not|n't)? (?:being )?(?:detected|registered|seen|sensed)"
    r" (?:in|at|on) (?P<place>(?:the |my |our )?[\w' ]+)",
    re.IGNORECASE,
)
_OCCUPIED = re.compile(
    r"(?P<place>(?:the |my |our )?[\w' ]+?)(?: is|(?<=\w)'s)(?P<no> not|n't)?(?: (?:still|currently))? (?P<how>empty|occupied|vacant)",
    re.IGNORECASE,
)
_SKY = re.compile(
    rf"(?:it|the weather|the sky)(?: is|'s)(?P<no> not|n't)?(?: (?:still|already|currently|getting to be|at))* (?P<sky>{'|'.join(SKIES)})"
    rf"(?: (?:out|outside|outdoors))?{_NOW}",
    re.IGNORECASE,
)
_SUN = re.compile(
    r"the sun(?: is|'s| has)(?P<no> not|n't)?(?: (?:still|already|gone|currently))* (?P<how>up|down|set|risen|out|shining)(?: yet)?",
    re.IGNORECASE,
)

_MEASURES = MappingProxyType(
    {
        "temperature": "temperature", "humidity": "humidity", "humid": "humidity", "open": "position",
        "co2": "carbon_dioxide", "co2 level": "carbon_dioxide",
        "carbon dioxide": "carbon_dioxide",
        "battery": "battery", "battery level": "battery", "power": "power", "power consumption": "power", "brightness": "brightness",
        "illuminance": "illuminance", "pressure": "pressure", "volume": "volume", "moisture": "moisture", "wind speed": "wind_speed",
        "level": "", "charge": "battery", "consumption": "power",
    }
)  # fmt: skip
_MEASURE = "|".join(sorted(_MEASURES, key=len, reverse=True))
_SIDES = {
    **dict.fromkeys(("below", "under", "less than", "lower than", "fewer than", "beneath"), "<"),
    **dict.fromkeys(("colder than", "cooler than", "quieter than", "dimmer than", "darker than"), "<"),
    **dict.fromkeys(("above", "over", "more than", "higher than", "greater than", "beyond"), ">"),
    **dict.fromkeys(("warmer than", "hotter than", "louder than", "brighter than"), ">"),
    **dict.fromkeys(("at least", "no less than", "not less than", "no lower than"), ">="),
    **dict.fromkeys(("at most", "no more than", "not more than", "no higher than"), "<="),
}  # fmt: skip
_OR = {
    **dict.fromkeys(("more", "above", "higher", "over", "warmer", "hotter", "up"), ">="),
    **dict.fromkeys(("less", "below", "lower", "under", "colder", "cooler"), "<="),
}
_UNIT = r"(?: ?(?:degrees?(?: celsius| fahrenheit| centigrade)?|°(?: ?[cf])?|percent|per cent|%|watts?|w|ppm|lux|hectopascals?|hpa|km/h))?"
_SIDE = r"|".join(sorted(_SIDES, key=len, reverse=True))
_BOUND = (
    rf"(?:(?P<side>{_SIDE}) (?P<value>[\w.-]+(?: [\w.-]+){{0,3}}?){_UNIT}"
    rf"|(?:at )?(?P<least>[\w.-]+(?: [\w.-]+){{0,2}}?){_UNIT} or (?P<beyond>{'|'.join(_OR)})"
    rf"|between (?P<from>[\w.-]+(?: [\w.-]+)??){_UNIT} and (?P<to>[\w.-]+(?: [\w.-]+)??){_UNIT}"
    r"|(?P<frost>freezing))"
)
_LIMIT = re.compile(
    rf"(?:(?P<before>outside|outdoors|(?:in|on|at) (?:the |my |our )?[\w' ]+?),? )?"
    rf"(?P<subject>(?!there\b)[\w'-]+(?: (?!is\b|are\b)[\w'-]+)*?)(?: is| are|(?<=\w)'s)(?P<no> not|n't)?"
    rf"(?: (?:still|already|currently|now|actually))*(?P<goal> set(?: to| at)?)? {_BOUND}"
    rf"(?: (?P<measure>humidity|humid|co2|open))?(?P<where>{_WHERE})?{_NOW}",
    re.IGNORECASE,
)
_USES = re.compile(
    rf"(?P<subject>[\w' -]+?) (?:uses|draws|pulls|consumes|is (?:still )?(?:using|drawing|pulling|consuming)) {_BOUND}{_NOW}",
    re.IGNORECASE,
)
_HAS = re.compile(
    rf"(?P<subject>[\w' -]+?) has (?:got )?{_BOUND}(?: (?:battery|charge|power))?(?: left)?{_NOW}", re.IGNORECASE
)
_OF = re.compile(
    rf"(?:the )?(?P<measure>{_MEASURE})s?(?: (?:of|in|on|at|from|for) (?P<thing>.+)"
    rf"| (?P<out>outside|outdoors|upstairs|downstairs|in here|here))?",
    re.IGNORECASE,
)
_LAST = re.compile(rf"(?P<thing>.+?) (?P<measure>{_MEASURE})", re.IGNORECASE)
OUTSIDE = frozenset({"outside", "outdoors"})

_SOMETIME = frozenset(
    """always whenever every each when once until till unless if while after before otherwise else future tonight tomorrow later soon
    today minute minutes hour hours second seconds o'clock am pm by timer remind don't dont never""".split()
)
"""Words of a condition or command that is not, or not only, for now."""
_ANY = re.compile(r"(?:any|some|one|at least one|either)(?: of)?(?: the| my| our)? ", re.IGNORECASE)
_ALL = re.compile(r"(?:all|every|each|both)(?: of)?(?: the| my| our)? ", re.IGNORECASE)
_NONE = re.compile(r"(?:no(?! one\b)|none of(?: the| my| our)?) ", re.IGNORECASE)
POINTING = frozenset("it they them that this those these he she".split())
_NUMBERED = re.compile(r"\w|\d+|two|three|four|five|six|seven|eight|nine|ten", re.IGNORECASE)
"""The second of two that share their noun: "lamps 1 and 2"."""
_MOST = 3
"""Conditions that a sentence may join."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a measure is compared with."""

    side: str
    """``<``, ``<=``, ``>``, ``>=``; ``..``: from `value` to `last`."""
    value: float
    last: float = 0.0
    frost: bool = False
    """`value` is where water freezes, in degrees Celsius."""

    def holds(self, measured: float) -> bool:
        """Whether the measure lies on that side."""
        if self.side == "..":
            return self.value <= measured <= self.last
        beyond = measured < self.value if self.side.startswith("<") else measured > self.value
        return beyond or (self.side.endswith("=") and measured == self.value)


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition, as what tells whether it holds: one of a question, the clock and the sky."""

    question: str = ""
    holds: bool = True
    """The answer with which the condition holds."""
    subject: str = ""
    """The thing that it is about: what "it" means in the command."""
    state: str = ""
    head: str = ""
    """The words before the state or limit: what a second one without its own is said of."""
    limit: Limit | None = None
    """The question is for a measure, and this the condition for it."""
    measure: str = ""
    """Device class of that measure; empty: whatever is called `thing`."""
    thing: str = ""
    """What the measure is said of, as it was named."""
    place: str = ""
    """Where the measure is taken."""
    hours: Hours | None = None
    sky: str = ""
    some: bool = False
    """Of several things that differ, one is enough: they are all to be put right, "if the blinds are open, close them"."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Facts that are to hold together, or of which one is enough."""

    facts: tuple[Fact, ...]
    either: bool = False

    @property
    def subject(self) -> str:
        """The one thing that it is about; empty: it is about none, or several."""
        subjects = dict.fromkeys(fact.subject for fact in self.facts if fact.subject)
        return next(iter(subjects)) if len(subjects) == 1 else ""

    def meant(self, command: str, it: str) -> str:
        """The thing that a pronoun means in a command: of several the one that is not yet as it is to be, "them" all of them."""
        if self.subject:
            return self.subject
        if it.startswith(("them", "those", "both")):
            return " and ".join(dict.fromkeys(fact.subject for fact in self.facts if fact.subject))
        said = {word.text for word in words(command)}
        wanted = {"open" if "open" in said else "", "closed" if said & {"close", "shut"} else ""} | (
            said & {"on", "off", "locked"}
        )
        fitting = {fact.subject for fact in self.facts if fact.subject and OPPOSITES.get(fact.state) in wanted}
        return fitting.pop() if len(fitting) == 1 else ""


def condition(said: str, it: str = "") -> Condition | None:
    """What tells whether a condition holds; None: nothing can be asked. `it`: the thing that it points at."""
    said = re.sub(r"^(?:that|it is the case that) (?=\w+ )", "", said.strip(" ,"), flags=re.IGNORECASE)
    if found := re.fullmatch(
        r"neither (?P<one>.+?) nor (?P<rest>.+?(?P<be> is| are)\b)(?P<state> .+)", said, re.IGNORECASE
    ):
        said = f"{found['one']}{found['be']} not{found['state']} and {found['rest']} not{found['state']}"
    for either, joint in ((False, r",? (?:and|but)(?: also| if)? "), (True, r",? or(?: if)? ")):
        if (facts := next(_joined(said, joint, it), None)) is not None:
            return Condition(facts, either)
    fact = _fact(said, it)
    return None if fact is None else Condition((fact,))


_PART_OF_DAY = re.compile(
    r"\b(?:in the|this|at|around|towards) (?:morning|afternoon|evening|noon|midnight|night)\b", re.IGNORECASE
)
_STEP = re.compile(
    r"\b(?:(?P<way>up|down|louder|quieter|brighter|dimmer|warmer|cooler|higher|lower) by (?=\w)"
    r"|by (?=[\w.]+ ?(?:degrees?|percent|%|points?)))",
    re.IGNORECASE,
)
"""Before an amount, which is no time: "down by ten"."""


def for_now(said: str) -> bool:
    """Whether words say nothing of another time than now."""
    said = _STEP.sub(lambda found: f"{found['way'] or ''} ", said)
    return _PART_OF_DAY.search(said) is None and _SOMETIME.isdisjoint(word.text for word in words(said))


def _joined(said: str, joint: str, it: str) -> Iterator[tuple[Fact, ...]]:
    """The facts that a condition joins, two or three."""
    said = re.sub(r"^(?:both|either) ", "", said, flags=re.IGNORECASE)
    for found in re.finditer(joint, said, re.IGNORECASE):
        first = _fact(said[: found.start()], it)
        if first is None:
            first = _shared(said[: found.start()], said[found.end() :], it)
            if first is None:
                continue
        rest = said[found.end() :]
        second = _fact(rest, first.subject or it)
        if second is None:
            whole = "," not in found[0]
            second = next(
                (fact for one in _completed(rest, first, whole=whole) if (fact := _fact(one, it)) is not None), None
            )
        if second is not None:
            yield first, second
        elif (more := next(_joined(rest, joint, first.subject or it), None)) is not None and len(more) < _MOST:
            yield first, *more


def _shared(thing: str, rest: str, it: str) -> Fact | None:
    """A fact of the first of two things that share what is said of them: "the fan and the lamp are on"."""
    found = _IS.fullmatch(rest)
    if found is None or _NUMBERED.fullmatch(found["subject"]) or re.search(r"\b(?:is|are|isn't|aren't)\b|'s ", thing):
        return None
    return _fact(f"{thing} is{found['no'] or ''} {found['state']}{found['where'] or ''}", it)


def _completed(part: str, first: Fact, *, whole: bool) -> Iterator[str]:
    """A second condition with what it shares with the first: "and the lamp off", "and below 90", "but the radio isn't".

    `whole`: it may be only a thing, "or the door".
    """
    if first.state and (found := re.fullmatch(r"so (?P<be>is|are) (?P<thing>[\w' -]+)", part, re.IGNORECASE)):
        yield f"{found['thing']} {found['be']} {first.state}"
    if first.head:
        yield f"{first.head} {part}"
    if found := re.fullmatch(rf"(?P<thing>[\w' -]+?) (?P<state>{_STATE})", part, re.IGNORECASE):
        yield f"{found['thing']} is {found['state']}"
    if first.state:
        if bare := re.fullmatch(r"(?P<thing>[\w' -]+? (?:is|are)(?:n't| not)?)(?: too| as well)?", part, re.IGNORECASE):
            yield f"{bare['thing']} {first.state}"
        elif whole and re.match(r"(?:the|my|our|any|an?) ", part, re.IGNORECASE):
            yield f"{part} is {first.state}"


def _fact(said: str, it: str = "") -> Fact | None:
    said = said.strip(" ,")
    if (told := hours(said)) is not None:
        return Fact(holds=told[1], hours=told[0], head="it is")
    if not said or not for_now(said):
        return None
    if found := _SUN.fullmatch(said):
        up = found["how"].lower() in {"up", "risen", "out", "shining"}
        sky = "clear" if found["how"].lower() in {"out", "shining"} else "light"
        return Fact(holds=up is (found["no"] is None), sky=sky)
    if found := _SKY.fullmatch(said):
        return Fact(holds=found["no"] is None, sky=SKIES[found["sky"].lower()], head="it is")
    return _limited(said) or _present(said) or _state(said, it)


def _state(said: str, it: str) -> Fact | None:
    """A fact of a state that things are in."""
    if found := _IS.fullmatch(said):
        return _of_things(found, it)
    if (found := _THERE.fullmatch(said)) is None:
        return None
    what = re.sub(r"^(?:an?|some|any) ", "", found["what"], flags=re.IGNORECASE)
    holds = found["no"] is None
    if of_one := re.fullmatch(rf"(?P<things>[\w' ]+?) (?P<state>{_STATE})(?P<where>{_WHERE})?", what, re.IGNORECASE):
        thing = "" if found["no"] else f"the {of_one['things']}{of_one['where'] or ''}"
        return Fact(f"is any {of_one['things']} {of_one['state']}{of_one['where'] or ''}", holds, thing)
    return Fact(f"is there {found['what']}", holds)


def _of_things(found: re.Match[str], it: str) -> Fact | None:
    subject, where, state = found["subject"].strip(), found["where"] or "", found["state"].lower()
    if any(word.isdigit() for word in stems(where)):
        return None
    if subject.lower() in POINTING:
        if not it:
            return None
        subject = it
    holds = found["no"] is None
    if state in {"up", "down"}:
        if not _SHADES.search(subject):
            return None
        state = "open" if state == "up" else "closed"
    state = _PLAIN.get(state, state)
    asked, holds, thing = ("home", not holds, subject) if state == "away" else (state, holds, subject)
    be = (
        "are"
        if (found["be"] or "is").lower() in {"are", "were", "have been"} and (is_plural(subject) or " and " in subject)
        else "is"
    )
    if none := _NONE.match(subject):
        subject, holds, thing = f"any {subject[none.end() :]}", not holds, ""
    elif some := _ANY.match(subject):
        subject, thing = f"any {subject[some.end() :]}", f"the {subject[some.end() :]}"
    elif every := _ALL.match(subject):
        subject, thing = f"all the {subject[every.end() :]}", f"the {subject[every.end() :]}"
        be = "are"
    elif re.match(r"an? ", subject, re.IGNORECASE):
        subject = re.sub(r"^an? ", "any ", subject, flags=re.IGNORECASE)
        thing = re.sub(r"^any ", "the ", subject)
    elif re.search(r"\b(?:are|were) [\w ]*\ball\b", found[0], re.IGNORECASE):
        subject = f"all {subject}"
    head = found[0][: found.start("state") - found.start()].strip()
    place = re.sub(r"^ (?:in|at|on) ", "", where, flags=re.IGNORECASE)
    return Fact(f"{be} {subject} {asked}{where}", holds, f"{thing}{where}" if thing else "", state, head, place=place)


def _present(said: str) -> Fact | None:
    """A fact of who is at home, or in a room."""
    if found := _OCCUPIED.fullmatch(said):
        if found["place"].lower() in {"it", "that", "this"}:
            return None
        occupied = (found["how"].lower() == "occupied") is (found["no"] is None)
        return _anyone(found["place"], present=occupied)
    if found := _MOTION.fullmatch(said):
        return _anyone(found["place"], present=found["none"] is None and found["no"] is None)
    if (found := _PRESENT.fullmatch(said)) is None:
        return None
    who, where, said_so = found["who"].lower(), found["where"].lower(), found["no"] is None
    every = who in {"everybody", "everyone", "we", "we all", "all of us", "they"}
    if who in {"nobody", "no one", "no-one", "noone", "none of us"}:
        said_so = not said_so
    if where in {"home", "at home", "back home", "in the house", "in"}:
        return Fact(f"is {'everybody' if every else 'anybody'} home", said_so)
    if where in {"away", "out"}:
        return Fact(f"is {'anybody' if every else 'everybody'} home", not said_so)
    if every or (found["no"] and who in {"somebody", "someone"}):
        return None
    return _anyone(re.sub(r"^(?:in|at|on) ", "", found["where"], flags=re.IGNORECASE), present=said_so)


def _anyone(place: str, *, present: bool) -> Fact | None:
    if re.sub(r"^(?:the|our|my) ", "", place.lower()) in {"house", "home", "flat", "apartment", "place"}:
        return Fact("is anybody home", present)
    return Fact(f"is there motion in {place}", present, place=place)


def _limited(said: str) -> Fact | None:
    """A fact of a measure on one side of a limit."""
    for form, measure in ((_USES, "power"), (_HAS, "battery"), (_LIMIT, "")):
        if (found := form.fullmatch(said)) is not None:
            return _measured(found, measure)
    return None


def _measured(found: re.Match[str], measure: str) -> Fact | None:
    said = found.groupdict()
    limit, subject = _limit(found), found["subject"].strip()
    if limit is None or subject.lower() in POINTING - {"it"}:
        return None
    of = _of_what(found, measure)
    if of is None:
        return None
    measure, thing, where = of
    where = where or (said.get("before") or said.get("where") or "").strip()
    where = re.sub(r"^out there$", "outside", where, flags=re.IGNORECASE)
    if thing.lower() in OUTSIDE | {"inside"}:
        where, thing = thing, ""
    spoken = measure.replace("carbon_dioxide", "co2").replace("_", " ")
    question = f"what is the {spoken}{' of ' if thing else ''}{thing}" if measure else f"what is {subject}"
    question = f"what is {subject} set to" if measure == "goal" else f"{question} {where}".strip()
    itself = subject.lower() == "it"
    return Fact(
        question,
        said.get("no") is None,
        "" if itself or _OF.fullmatch(subject) else thing,
        head=found[0][: next(found.start(name) for name in ("side", "least", "from", "frost") if found[name])].strip(),
        limit=limit,
        measure=measure,
        thing="" if itself else subject,
        place=re.sub(r"^(?:in|at|on) ", "", where, flags=re.IGNORECASE) or thing,
    )


def _of_what(found: re.Match[str], measure: str) -> tuple[str, str, str] | None:
    """A measure, the thing that it is of, and where; None: it is no measure of such a thing."""
    said, subject = found.groupdict(), found["subject"].strip()
    if subject.lower() in {"it", "the air", "temperatures", "the weather"}:
        measure = _MEASURES[(said.get("measure") or "temperature").lower()]
        return None if measure == "temperature" and re.search(r"%|per ?cent", found[0]) else (measure, "", "")
    if of := _OF.fullmatch(subject):
        return _MEASURES[of["measure"].lower()], of["thing"] or "", of["out"] or ""
    if not measure and (last := _LAST.fullmatch(subject)):
        return _MEASURES[last["measure"].lower()], last["thing"], ""
    if said.get("goal"):
        return "goal", subject, ""
    return measure or _meant_by(found[0], said.get("measure")), subject, ""


def _meant_by(said: str, measure: str | None) -> str:
    """The measure that a comparison speaks of, where none is named; empty: that of the thing itself."""
    if measure:
        return _MEASURES[measure.lower()]
    if re.search(r"\b(?:louder|quieter)\b", said, re.IGNORECASE):
        return "volume"
    if re.search(r"\b(?:brighter|dimmer|darker)\b", said, re.IGNORECASE):
        return "brightness"
    return "" if re.search(r"%|\bper ?cent\b", said, re.IGNORECASE) else "temperature"


def _limit(found: re.Match[str]) -> Limit | None:
    if found["frost"]:
        return Limit("<=", 0.0, frost=True)
    if found["from"]:
        first, last = _value(found["from"]), _value(found["to"])
        return None if first is None or last is None else Limit("..", first, last)
    value = _value(found["value"] or found["least"])
    side = _SIDES[found["side"].lower()] if found["side"] else _OR[found["beyond"].lower()]
    return None if value is None else Limit(side, value, frost=(found["value"] or "").lower().startswith("freezing"))


def _value(said: str) -> float | None:
    if said.lower() in {"zero", "freezing", "freezing point"}:
        return 0.0
    if said.lower() in {"half", "halfway"}:
        return 50.0
    said = re.sub(r"(?<=\d)[cf%]$", "", said.lower())
    value = number(re.sub(r"^(-)(?=\d)", r"\1 ", said).replace("-", " - " if said.startswith("-") else " ").split())
    return None if value is None else float(value)
