"""Commands with a condition about how something is at this moment: "if the kitchen window is open, turn off the heating".

Such a condition can be looked up: it is a question (:mod:`appliance.plainly.whether`), and the command counts where its answer is yes,
or the measure that it tells is beyond a limit; what is to be done "otherwise" counts where it is no. What may yet happen is left to watches
(:mod:`appliance.resolver.conditions`), and so is a condition that says when it is to hold, or for how long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from appliance.plainly.whether import OPPOSITES, POINTING, Condition, Fact, condition, for_now
from appliance.resolver.conditions import without_courtesies
from appliance.text import words

_MAY_BE = (
    "if ", "unless ", "when", "long as ", "provid", "assuming ", "supposing ", "in case ", "on condition", "whether ", "? ", "should ",
)  # fmt: skip
"""One of them is in each sentence that may have a condition: those without are not looked at any further."""
_LONGEST = 400
"""Characters of a sentence that is parted: people say less in one breath."""
_WORD = (
    r"(?:(?:but )?(?:only |just )?(?P<if>if|when|(?:as|so) long as|provid(?:ed|ing)(?: that)?|assuming(?: that)?|supposing(?: that)?"
    r"|in case|on (?:the )?condition that)|(?P<unless>unless|except (?:if|when)|but not if))"
)
_OPENING = re.compile(rf"(?<![\w']){_WORD} ", re.IGNORECASE)
_NO_CONDITION = re.compile(
    r"\b(?:even|as|what|see|check|know|knows|wonder|ask|asked|tell me|sure|out|whether|only|just|like|feels?|looks?|matter|care|say) $",
    re.IGNORECASE,
)
"""Before an "if" that means whether, or that holds nothing off."""
_LEADS = r"(?:(?:and|but|so|then|please|ok|okay|well|hey|oh|also),? )*"
_FRAME = (
    r"(?:(?:please|just|then|kindly|also|could you|can you|would you|will you|be an? \w+ and|be so \w+ (?:as )?to|do me a favou?r and"
    r"|i(?:'d like| want| need| would like) you to),? )*"
)
_VERB = (
    r"(?:turn|switch|put|set|make|dim|brighten|open|close|shut|start|stop|pause|resume|play|mute|unmute|raise|lower|lock|unlock|run|kill|cut"
    r"|activate|send|change|increase|decrease|reduce|bring|give|arm|disarm|announce|pull|roll|crank|move|toggle|add)"
)
_ALSO_NOUNS = r"(?:light|water|vacuum|mow|dock|draw|power|ring|press|sound|say|broadcast)"
_COMMAND = re.compile(rf"{_LEADS}{_FRAME}{_VERB}\b", re.IGNORECASE)
_AFTER_COMMA = re.compile(rf"{_LEADS}{_FRAME}{_ALSO_NOUNS} (?!is\b|are\b)", re.IGNORECASE)
_BARE = re.compile(
    r"(?:(?:i(?:'d| would) like|i want|we want|can (?:i|we) have|let's have|have) )?(?:the |my |our |all |every )?(?!if\b|unless\b)"
    r"[\w' -]+ (?:on|off|up|down|open|closed|to [\w ]+)(?: please)?",
    re.IGNORECASE,
)
"""A command without a verb: "lights off"."""
_UNFINISHED = re.compile(
    r"(?:\b(?:is|are|been|left|half|wide|fully|not|still|already|both|all|either|and|or|but|the|a|an)|'(?:s|re)|n't)$",
    re.IGNORECASE,
)
"""Ends what is no whole condition: its "open" is no verb."""
_FRAME_ONLY = re.compile(rf"{_LEADS}{_FRAME.removesuffix('*')}+", re.IGNORECASE)
_NOTHING = re.compile(
    r"(?:(?:please|just|then|simply|you can),? )*(?:(?:leave|keep) [\w' ]+?"
    r" (?:on|off|open|closed|running|playing|going|alone|be"
    r"|as (?:it|they|is|are)(?: (?:is|are|stands?|was|were))?|that way|like that|how it is)"
    r"|(?:leave|keep) (?:it|them|that|things|everything|all|the [\w' ]+)|do nothing|don'?t do anything|nothing|never ?mind"
    r"|don'?t bother|don'?t"
    r"|forget (?:it|about it|that)|(?:that's|it's) (?:fine|ok|okay|alright|all right)|skip (?:it|that)|ignore (?:it|that)|no need(?: to)?)"
    r"(?: (?:please|then|for now|at all))*",
    re.IGNORECASE,
)
"""What leaves all as it is."""
_IF_SO = (
    r"(?:if (?:so|yes|it (?:is|does)|they (?:are|do)|that(?:'s| is) (?:so|the case|true)|he is|she is|it's the case)"
    r"|in that case|then)"
)
_IF_NOT = (
    r"(?:otherwise|or else|else|if (?:not|no)|if (?:it|that|he|she|they|there)(?: (?:is|are|does|do) not|'s not|'re not"
    r"| isn't| aren't| doesn't| don't"
    r"| wasn't)(?: the case)?|in (?:any|the|all) other cases?)"
)
_ELSE = re.compile(rf"(?:[,;.:]|,? ?(?:and|but|or)(?= ))* ?(?<![\w']){_IF_NOT}[,:]? (?:then,? )?", re.IGNORECASE)
_ANYWAY = re.compile(
    r"[,;.] *(?:and |but |oh |also )*(?:by the way|either way|anyway|in any case|regardless|whatever happens|in both cases),? ",
    re.IGNORECASE,
)
"""Before what is to be done whether a condition holds or not."""
_CLAUSE = re.compile(
    r"(?:it|there|(?:the|my|our|all|any|some|no) (?!mood\b|spirit\b|fancy\b)[\w' -]+?)(?: (?:is|are|isn't|aren't|has|have)|'s|'re) "
    r"(?!(?:at all )?(?:going to|gonna|done|finished|ready|over|gone|ok|okay|fine|alright|possible|convenient|you)\b)[\w' .-]+",
    re.IGNORECASE,
)
"""What somebody says of how things are now."""
_AND = re.compile(r"(?:[.;]|[,;.]? ?\b(?:and|plus|but)(?: (?:then|also|please))*,?|, ?(?:then|also))$", re.IGNORECASE)
"""Between a command that is for now and a condition for the next one."""
_CHECKED = re.compile(
    rf"{_LEADS}{_FRAME}(?:check|see|look|find out|have a look|go and see|make sure to check)(?: up)? (?:if|whether) (?P<condition>[^;.?]+?)"
    rf"(?:,? and|[,;.?]) (?:please )?(?:{_IF_SO}|(?P<not>{_IF_NOT})),? (?P<rest>.+)",
    re.IGNORECASE,
)
"""A question for the condition before the command: "check if it is open, and if so, close it"."""
_ASKED = re.compile(
    rf"(?P<be>is|are) (?P<subject>[\w' -]+?) (?P<state>(?:still |really )?[\w]+(?: (?:in|at|on) [\w' ]+?| outside| (?:up|down)stairs)?)\?"
    rf" *(?:and )?(?:{_IF_SO}|(?P<not>{_IF_NOT})),? (?P<rest>.+)",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    rf"(?P<condition>(?!is\b|are\b|check\b)[^?;.]+?)(?:,? (?:is|isn't|are|aren't) (?:it|they|he|she))?\? *"
    rf"(?:{_IF_SO}|(?P<not>{_IF_NOT})),? (?P<rest>.+)",
    re.IGNORECASE,
)
_SHOULD = re.compile(r"should (?P<subject>[\w' -]+?) (?:still )?be (?P<state>[^,;.]+), (?P<rest>.+)", re.IGNORECASE)
_OBJECT = re.compile(
    rf"{_LEADS}{_FRAME}(?:{_VERB}|leave|keep)(?: (?:on|off|up|down|out|away))?(?: the (?:volume|brightness|speed) (?:of|on))?"
    r" (?P<object>(?!it\b|them\b|that\b)[\w' -]+?)"
    r"(?: (?:on|off|up|down|to|at|by|open|closed|fully|completely|a bit|half|please|back"
    r"|(?:\d+|[a-z-]+) ?(?:%|percent|degrees))(?!\w).*)?$",
    re.IGNORECASE,
)
_POINTING = re.compile(r"\b(?:it|them)\b", re.IGNORECASE)
_FIRST_OBJECT = re.compile(
    rf"{_LEADS}{_FRAME}(?:{_VERB}|leave|keep)(?: (?:on|off|up|down))? (?:the (?:volume|brightness|speed) (?:of|on) )?"
    r"(?P<it>it|them|him|both(?: of them)?(?= |$)|(?:that|those|her)(?! (?!(?:off|on|up|down|home|back|to|too|please|and|at|by)\b)\w))\b",
    re.IGNORECASE,
)
_DONE_BY = re.compile(
    rf"{_LEADS}{_FRAME}(?P<verb>turn|switch|shut|close|open|lock|unlock)\b(?:.*?\b(?P<way>on|off)\b)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Supposition:
    """A command, and what it depends on."""

    command: str
    """Empty: nothing is to be done then."""
    condition: Condition | None = None
    """None: it is to be done in any case."""
    said: str = ""
    """The condition in the words that were said."""
    wanted: bool = True
    """Whether the command is for a condition that holds."""
    otherwise: str = ""
    """What is to be done instead where it does not."""
    awaited: bool = False
    """Said with "when": where the condition does not hold yet, it is waited for."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Of the condition."""
        return self.condition.facts if self.condition is not None else ()


def suppositions(text: str) -> tuple[Supposition, ...]:
    """The commands of `text` with their conditions; empty: it has no condition, or one that cannot be looked up now."""
    if not _may_have_condition(text):
        return ()
    text = _asked_first(text.replace("’", "'").strip())
    parts = _parted(re.sub(r"[.!?]+$", "", text)) or ()
    return tuple(part for part in parts if part.command or part.otherwise)


def untold_condition(text: str) -> str:
    """A condition of this moment that `text` has and nobody can look up, where it is a command; empty: it has none."""
    if not _may_have_condition(text):
        return ""
    text = re.sub(r"[.!?]+$", "", without_courtesies(text.replace("’", "'").strip()))
    opened = next((one for one in _OPENING.finditer(text) if not _NO_CONDITION.search(text[: one.start()])), None)
    if opened is None or (opened["if"] or "if").lower() in {"when", "in case"}:
        return ""
    before, after = text[: opened.start()].strip(" ,"), text[opened.end() :].strip()
    if re.fullmatch(_LEADS, f"{before} ") or not before:
        said = next((said for said, rest in _behind(after) if _is_command(_branches(rest)[0])), "")
    else:
        said = _branches(after)[0] if " " in before and _is_command(before) else ""
    return said if _CLAUSE.fullmatch(said) else ""


def _may_have_condition(text: str) -> bool:
    lowered = text.lower()
    return len(text) <= _LONGEST and any(word in lowered for word in _MAY_BE)


def _asked_first(text: str) -> str:
    """A command after a question for its condition as one with that condition."""
    if found := _CHECKED.fullmatch(text):
        return f"{'unless' if found['not'] else 'if'} {found['condition'].strip(' ,')}, {found['rest']}"
    if found := _TAGGED.fullmatch(text):
        return f"{'unless' if found['not'] else 'if'} {found['condition'].strip(' ,')}, {found['rest']}"
    if found := _SHOULD.fullmatch(text):
        return f"if {found['subject']} is {found['state']}, {found['rest']}"
    if found := _ASKED.fullmatch(text):
        holds = f"{found['subject']} {found['be']} {found['state']}"
        return f"{'unless' if found['not'] else 'if'} {holds}, {found['rest']}"
    return text


def _parted(text: str, it: str = "", done: str = "") -> tuple[Supposition, ...] | None:
    """The parts of a sentence; None: one of them is no command, or has a condition that cannot be looked up."""
    opened = next((one for one in _OPENING.finditer(text) if not _NO_CONDITION.search(text[: one.start()])), None)
    if opened is None:
        return None
    before, after = text[: opened.start()].strip(), text[opened.end() :].strip()
    if re.fullmatch(_LEADS, f"{before} ") or _FRAME_ONLY.fullmatch(f"{before} ") or not before:
        return _first(opened, before.rstrip(" ,") if "you" in before else "", after, it, done)
    if (joint := _AND.search(before)) is not None:
        first = before[: joint.start()].strip(" ,")
        if _is_command(first) and (rest := _first(opened, "", after, it or _object(first))) is not None:
            return Supposition(first), *rest
    if _is_in_case(opened) or " " not in before:
        return None
    return _last(opened, before.rstrip(" ,"), after)


def _first(opened: re.Match[str], frame: str, after: str, it: str, done: str = "") -> tuple[Supposition, ...] | None:
    """A condition, and what depends on it behind it; spoken sentences have no comma between the two."""
    for said, rest in _behind(after):
        command, otherwise, more = _branches(rest)
        command = f"{frame} {command}".strip(" ,")
        held = condition(said, it or _object(command))
        if held is None:
            continue
        points = said.split(maxsplit=1)[0].partition("'")[0].lower() in POINTING
        part = _supposed(opened, said, held, command, otherwise, done if points else "")
        return None if part is None else _with_more(part, more)
    return None


def _last(opened: re.Match[str], command: str, after: str) -> tuple[Supposition, ...] | None:
    """A condition behind what depends on it, or in its midst."""
    said, otherwise, more = _branches(after)
    thing = _object(command)
    if (held := condition(re.sub(r" please$", "", said), thing)) is not None:
        if _goes_without_saying(said, command):
            return None
        part = _supposed(opened, said, held, command, otherwise)
        return None if part is None else _with_more(part, more)
    for joint in re.finditer(r",? (?:and |but |plus |then |also )+|, ", said):
        held = condition(said[: joint.start()], thing)
        if held is None:
            continue
        behind = said[joint.end() :]
        if not _COMMAND.match(behind):
            linked = f"{command}{' and' if 'and' in joint[0] else ''} {behind}"
            part = _supposed(opened, said[: joint.start()], held, linked, otherwise)
            return None if part is None else (part,)
        part = _supposed(opened, said[: joint.start()], held, command, "") if not otherwise else None
        return None if part is None else _with_more(part, behind)
    return None


def _with_more(part: Supposition, more: str) -> tuple[Supposition, ...] | None:
    """A part with those behind it; None: one of them is no command."""
    if not more:
        return (part,)
    subject = part.condition.subject if part.condition is not None else ""
    rest = _parted(more, subject, part.command) if _OPENING.search(more) else _plain(more)
    return None if rest is None else (part, *rest)


def _plain(command: str) -> tuple[Supposition, ...] | None:
    return (Supposition(command.strip()),) if _is_command(command) else None


def _supposed(
    opened: re.Match[str], said: str, held: Condition, command: str, otherwise: str, before: str = ""
) -> Supposition | None:
    """A condition with its branches; None: one of them is no command for now, or speaks of nobody knows what."""
    when = (opened["if"] or "").lower() == "when"
    if when and not all(fact.limit for fact in held.facts):
        return None
    if (
        held.facts[0].question.startswith("are ")
        and (them := _FIRST_OBJECT.match(command))
        and them["it"].lower() == "them"
    ):
        held = replace(held, facts=tuple(replace(fact, some=True) for fact in held.facts))
    first = command
    if _NOTHING.fullmatch(command):
        command = ""
    elif _is_command(command):
        first = command = _named(command, held, before)
    else:
        return None
    if not otherwise or _NOTHING.fullmatch(otherwise):
        otherwise = ""
    elif other := _opposite(first, otherwise):
        otherwise = other
    elif _is_command(otherwise):
        otherwise = _named(otherwise, held, first)
    else:
        return None
    if "?" in (command, otherwise):
        return None
    return Supposition(command, held, said.strip(" ,"), opened["unless"] is None, otherwise, when)


def _behind(after: str) -> Iterator[tuple[str, str]]:
    """The ways to part what follows an "if" into a condition and the rest, those at a comma first."""
    found = []
    for at in (one.start() for one in re.finditer(r"(?<= )[\w']", after)):
        said, rest = after[:at].strip(), re.sub(r"^then,? ", "", after[at:], flags=re.IGNORECASE)
        parted = said.endswith((",", ";", " then"))
        said = re.sub(r"[,;]?(?: then)?,?$", "", said)
        head = _branches(rest)[0]
        if not parted and _UNFINISHED.search(said):
            continue
        if _COMMAND.match(rest) or _NOTHING.fullmatch(head) or (parted and _is_command(head)):
            found.append((not parted, said, rest))
    yield from ((said, rest) for _, said, rest in sorted(found, key=itemgetter(0)))


def _branches(rest: str) -> tuple[str, str, str]:
    """What is to be done, what otherwise, and what besides that."""
    rest, more = rest.strip(" ,;.!"), ""
    if found := _ANYWAY.search(rest):
        rest, more = rest[: found.start()], rest[found.end() :]
    if found := _ELSE.search(rest):
        return rest[: found.start()].strip(" ,;."), rest[found.end() :].strip(" ,;.!"), more
    if not more and (found := re.search(rf"(?:[,;.]|,? and|,? but)+ (?={_WORD} )", rest, re.IGNORECASE)):
        rest, more = rest[: found.start()], rest[found.end() :]
    return rest.strip(" ,;."), "", more


def _is_command(said: str) -> bool:
    """Whether words are a command for now without a condition of its own."""
    return for_now(said) and (_COMMAND.match(said) or _AFTER_COMMA.match(said) or _BARE.fullmatch(said)) is not None


def _is_in_case(opened: re.Match[str]) -> bool:
    """A precaution: behind a command it holds nothing off."""
    return (opened["if"] or "").lower() == "in case"


def _object(command: str) -> str:
    """What a command is about; empty: it is about several things, or what it speaks of nobody knows."""
    found = _OBJECT.match(command)
    thing = found["object"].strip() if found is not None else ""
    return "" if re.search(r"\b(?:and|or|all|every\w*|it|them)\b", thing) else thing


def _opposite(command: str, otherwise: str) -> str:
    """A command with another state or value: "on, otherwise off", "to 22, otherwise to 18"; empty: that is none."""
    for other, said in (
        (r"(?:on|off)", r"\b(?:on|off)\b"),
        (r"to [\w. ]+", r"\bto [\w. ]+$"),
        (r"open|closed?", r"^(?:open|close)\b"),
    ):
        if re.fullmatch(other, otherwise, re.IGNORECASE):
            changed, times = re.subn(said, otherwise.replace("closed", "close"), command, flags=re.IGNORECASE)
            return changed if times == 1 else ""
    return ""


def _named(command: str, held: Condition, before: str = "") -> str:
    """A command with what its "it" and "there" mean, else what the command `before` is about, or the condition; "?": nobody knows."""
    if held.subject:
        owners = "his|her|their|its" if held.facts[0].state in {"home", "away"} else "its"
        command = re.sub(rf"\b(?:{owners}) (?=\w)", f"{held.subject}'s ", command, flags=re.IGNORECASE)
        command = re.sub(r"(?<=\bon )it$", held.subject, command) if re.search(r"\bplay\b", command) else command
    if place := next((fact.place for fact in held.facts if fact.place), ""):
        command = re.sub(r"\b(?:in )?there\b", f"in {place}", command, flags=re.IGNORECASE)
    found = _FIRST_OBJECT.match(command)
    if found is None:
        return command
    thing = (before and _object(before)) or held.meant(command, found["it"].lower())
    return command[: found.start("it")] + thing + command[found.end("it") :] if thing else "?"


def _goes_without_saying(said: str, command: str) -> bool:
    """Whether doing a command anyway changes nothing: "turn off the TV if it's on"."""
    if said.split(maxsplit=1)[0].partition("'")[0].lower() not in POINTING:
        return False
    found = _DONE_BY.match(command)
    if found is None or without_courtesies(f"{command} if {said}") == f"{command} if {said}":
        return False
    verb, way = found["verb"].lower(), (found["way"] or "").lower()
    done = way or {"close": "closed", "shut": "closed", "open": "open", "lock": "locked", "unlock": "unlocked"}.get(
        verb, ""
    )
    state = {"shut": "closed"}.get(last := words(said)[-1].text, last)
    denied = any(word.text in {"not", "isn't", "aren't"} for word in words(said))
    return bool(done) and (state == done if denied else OPPOSITES.get(state) == done)
