"""Commands with a condition about how something is at this moment: "if the kitchen window is open, turn off the heating".

Such a condition can be looked up: it is a question, and the command counts where its answer is yes, or the measure that it tells is
beyond a limit ("if it is below 18 in the study"). What may yet happen is left to watches (:mod:`appliance.resolver.conditions`), and so
is a condition that says when it is to hold, or for how long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.intents.numbers import number
from appliance.resolver.spelling import stems
from appliance.text import words

_STATE = (
    r"on|off|open|closed|shut|locked|unlocked|running|playing|paused|(?:at )?home|away|heating|cooling|cleaning|mowing|docked"
    r"|armed|disarmed|wet|low"
)
_NOW = r"(?: (?:right now|at the moment|now|currently|at present))?"
_IS = re.compile(
    r"(?P<subject>(?!it\b|that\b|this\b|there\b|they\b|you\b)[\w' -]+?)(?: (?P<be>is|are)|(?<=\w)'s)(?P<no> not|n't)?"
    r"(?: (?:still|already|currently|really|now))?"
    rf" (?P<state>{_STATE})(?P<where> (?:in|at|on) (?:the |my |our )?[\w' ]+?| upstairs| downstairs| outside)?{_NOW}",
    re.IGNORECASE,
)
_THERE = re.compile(rf"there(?: is|'s| are) (?P<what>(?!no\b|not\b|nobody\b|nothing\b)[\w' -]+?){_NOW}", re.IGNORECASE)
_FIRST = re.compile(
    r"(?:(?:and|but|so|please|ok|okay|well|hey),? )*(?P<word>(?:only )?if|unless) (?P<condition>[^,;.]+?)(?:[,;] *(?:then,? )?| then )"
    r"(?P<command>[^,;.?]+(?:, ?[^,;.?]+)*)[.!]?",
    re.IGNORECASE,
)
_OPENED = re.compile(r"(?:(?:and|but|so|please|ok|okay|well|hey),? )*(?P<word>(?:only )?if|unless) ", re.IGNORECASE)
_LAST = re.compile(
    r"(?P<command>[^;.?]+?),? (?<!even )(?<!as )(?<!what )(?<!see )(?<!check )(?:but )?(?P<word>(?:only )?if|unless) "
    r"(?P<condition>[^,;.?]+?)(?: please)?[.!]?",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"(?:(?:please|just|then|kindly|could you|can you|would you|will you|be an? \w+ and|be so \w+ (?:as )?to|do me a favou?r and"
    r"|i(?:'d like| want| need) you to) )*"
    r"(?:turn|switch|put|set|make|dim|brighten|open|close|shut|start|stop|pause|resume|play|mute|raise|lower|lock|unlock|run|kill|cut|activate|send)\b",
    re.IGNORECASE,
)
_MEASURE = (
    r"temperature|humidity|co2(?: level)?|carbon dioxide|battery(?: level)?|power|brightness|illuminance|pressure"
)
_SIDES = {
    **dict.fromkeys(("below", "under", "less than", "lower than", "colder than", "cooler than"), "<"),
    **dict.fromkeys(("above", "over", "more than", "higher than", "warmer than", "hotter than"), ">"),
    "at least": ">=", "at most": "<=",
}  # fmt: skip
_LIMIT = re.compile(
    rf"(?:it|the (?P<measure>{_MEASURE})(?P<of> (?:of|in|on|at) (?:the |my |our )?[\w' ]+?| outside| upstairs| downstairs)?)(?: is|'s)"
    rf"(?P<no> not|n't)?(?: (?:still|already|currently|now))? (?P<side>{'|'.join(_SIDES)}) (?P<value>[\w. -]+?)"
    r"(?: (?:degrees?(?: celsius| fahrenheit)?|percent|watts?|ppm|lux)| ?%)?"
    rf"(?P<where> (?:in|at|on) (?:the |my |our )?[\w' ]+?| in here| here| outside| upstairs| downstairs)?{_NOW}",
    re.IGNORECASE,
)
_SOMETIME = frozenset(
    """always whenever every each when once until till unless if while after before otherwise else future tonight tomorrow later soon today
    minute minutes hour hours second seconds o'clock am pm by morning evening noon midnight timer remind don't dont never""".split()
)
"""Words of a condition or command that is not, or not only, for now."""
_NOBODY = frozenset({"nobody", "no one", "no-one", "none"})
_PEOPLE = frozenset({"somebody", "someone", "anybody", "anyone", "everybody", "everyone", "people"})
_POINTING = re.compile(r"\b(?:it|them)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a measure is compared with."""

    side: str
    value: float

    def holds(self, measured: float) -> bool:
        """Whether the measure lies on that side."""
        beyond = measured < self.value if self.side.startswith("<") else measured > self.value
        return beyond or (self.side.endswith("=") and measured == self.value)


@dataclass(frozen=True, slots=True)
class Supposition:
    """A command, and what it depends on."""

    command: str
    condition: str
    """In the words that were said."""
    question: str
    """Asks for the condition, or for its opposite."""
    wanted: bool
    """The answer with which the command counts."""
    limit: Limit | None = None
    """The question is for a measure, and this the condition for it."""


def supposition(text: str) -> Supposition | None:
    """The condition and the command of `text`; None: it has none that can be looked up now."""
    text = text.replace("’", "'").strip()
    for word, condition, command in _parted(text):
        if _COMMAND.match(command) is None or not _is_for_now(command):
            continue
        asked = _question(condition) if _is_for_now(condition) else None
        if asked is None:
            continue
        points = _POINTING.search(command) is not None
        if points and not asked.subject:
            return None
        meant = _POINTING.sub(asked.subject, command, count=1) if points else command
        wanted = asked.holds is not (word.lower() == "unless")
        return Supposition(meant, condition, asked.text, wanted, asked.limit)
    return None


def _parted(text: str) -> Iterator[tuple[str, str, str]]:
    """The word, the condition and the command that `text` may consist of; spoken sentences have no comma between the two."""
    for form in (_FIRST, _LAST):
        if (found := form.fullmatch(text)) is not None:
            yield found["word"], found["condition"].strip(), found["command"].strip()
    if (opened := _OPENED.match(text)) is not None:
        rest = text[opened.end() :].rstrip(".!")
        for at in (found.start() for found in re.finditer(r"(?<= )\w", rest)):
            if _COMMAND.match(rest, at) is not None:
                yield opened["word"], rest[:at].strip(" ,"), rest[at:].strip()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question for a condition."""

    text: str
    holds: bool
    """The answer with which the condition holds."""
    subject: str = ""
    """The thing that it is about."""
    limit: Limit | None = None


def _question(condition: str) -> _Asked | None:
    """The question for a condition; None: nothing can be asked."""
    if found := _LIMIT.fullmatch(condition):
        value = number(found["value"].lower().replace("-", " ").split())
        where = found["of"] or found["where"] or ""
        if value is None or (found["measure"] is None and not where) or (found["of"] and found["where"]):
            return None
        text = f"what is the {(found['measure'] or 'temperature').lower()}{where}"
        return _Asked(text, found["no"] is None, limit=Limit(_SIDES[found["side"].lower()], float(value)))
    if found := _IS.fullmatch(condition):
        subject, where = found["subject"].strip(), found["where"] or ""
        if any(word.isdigit() for word in stems(where)):
            return None
        holds = found["no"] is None
        several = re.sub(r"^(?:any|some|all(?: of)?(?: the)?) ", "the ", subject, flags=re.IGNORECASE)
        thing = "" if {subject.lower()} & (_NOBODY | _PEOPLE) else f"{several}{where}"
        if subject.lower() in _NOBODY:
            subject, holds = "anybody", not holds
        elif re.match(r"no (?!one\b)", subject, re.IGNORECASE):
            subject, holds, thing = f"any {subject[3:]}", not holds, ""
        return _Asked(f"{(found['be'] or 'is').lower()} {subject} {found['state']}{where}", holds, thing)
    if found := _THERE.fullmatch(condition):
        return _Asked(f"is there {found['what']}", holds=True)
    return None


def _is_for_now(said: str) -> bool:
    return _SOMETIME.isdisjoint(word.text for word in words(said))
