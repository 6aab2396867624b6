"""Commands with a condition about how something is at this moment: "if the kitchen window is open, turn off the heating".

Such a condition can be looked up: it is a question, and the command counts where its answer is yes. What may yet happen is left to
watches (:mod:`appliance.resolver.conditions`), and so is a condition that says when it is to hold, or for how long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
_SOMETIME = frozenset(
    """always whenever every each when once until till unless if while after before otherwise else future tonight tomorrow later soon today
    minute minutes hour hours second seconds o'clock am pm by morning evening noon midnight timer remind don't dont never""".split()
)
"""Words of a condition or command that is not, or not only, for now."""
_NOBODY = frozenset({"nobody", "no one", "no-one", "none"})
_PEOPLE = frozenset({"somebody", "someone", "anybody", "anyone", "everybody", "everyone", "people"})
_POINTING = re.compile(r"\b(?:it|them)\b", re.IGNORECASE)


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


def supposition(text: str) -> Supposition | None:
    """The condition and the command of `text`; None: it has none that can be looked up now."""
    text = text.replace("’", "'").strip()
    for form in (_FIRST, _LAST):
        found = form.fullmatch(text)
        if found is None or _COMMAND.match(found["command"]) is None or not _is_for_now(found["command"]):
            continue
        condition = found["condition"].strip()
        asked = _question(condition) if _is_for_now(condition) else None
        if asked is None:
            return None
        question, holds, subject = asked
        command = found["command"].strip()
        if _POINTING.search(command):
            if not subject:
                return None
            command = _POINTING.sub(subject, command, count=1)
        return Supposition(command, condition, question, holds is not (found["word"].lower() == "unless"))
    return None


def _question(condition: str) -> tuple[str, bool, str] | None:
    """The question for a condition, the answer with which it holds, and the thing that it is about; None: nothing can be asked."""
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
        return f"{(found['be'] or 'is').lower()} {subject} {found['state']}{where}", holds, thing
    if found := _THERE.fullmatch(condition):
        return f"is there {found['what']}", True, ""
    return None


def _is_for_now(said: str) -> bool:
    return _SOMETIME.isdisjoint(word.text for word in words(said))
