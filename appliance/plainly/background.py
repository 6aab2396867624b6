"""Long sentences that hold one request: greetings, apologies and reasons are left out before the command model reads them.

"I've got to get up at five, so be so good as to turn the bed light off" asks for the lamp, and the time belongs to the reason. A
sentence is parted into clauses, and each is judged by its form: a request is a polite frame or none, and a verb of commands; an idle
clause greets or apologises; background tells something, with a subject and a verb of its own. Where any clause is none of these (a
condition, a prohibition, a question, words that are quoted, a slip that is mended), the sentence is left as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from appliance.messages import Home
from appliance.plainly.courtesies import (
    AT_VALUE,
    BECAUSE,
    COMPLAINING,
    CONCLUDING,
    COURTESY_IF,
    EASY_FRAME,
    FINITE,
    FOR_WHOM,
    FRAME,
    GOING_ON,
    HAVING,
    HOLDING,
    HOLDING_FIRST,
    IDLE,
    IS_STATE,
    LEADS,
    LEFT_OFF,
    MISTAKEN,
    OF_NO_USE,
    OUTRIGHT,
    POINTING,
    QUOTING,
    SUBJECT,
    VERBS,
    WHATEVER,
    WISHING,
    WOULD_MIND,
    base_of,
)
from appliance.plainly.entreating import OPENING, entreated
from appliance.plainly.exempting import sweeps
from appliance.resolver.spelling import Stems, stems
from appliance.resolver.vocabulary import NOUNS
from appliance.text import words

_MOST_WORDS = 6
"""Words of a name."""
_SHORT = 2
"""Idle words that the command model takes well enough."""
_SOFTLY = r"(?:(?:please|just|kindly) )*"
_VERB = re.compile(rf"{_SOFTLY}(?P<verb>{'|'.join(sorted(VERBS, key=len, reverse=True))})\b(?!')", re.IGNORECASE)
_STOP = re.compile(r"\s*(?:[,;!]|[.](?!\d)| [-–—] |(?<=\w)[—])+\s*")
_MARKED = re.compile(r"\s+(?=(?:because|since|seeing (?:that|as)|given that|now that) )", re.IGNORECASE)
_FRAMED = rf"(?:{FRAME.pattern}|{EASY_FRAME.pattern}|{HAVING.pattern})"
_SO = re.compile(
    rf"\s+(?=(?:and )?so {_SOFTLY}(?:(?:now|then|please) )*(?:{_VERB.pattern.replace('?P<verb>', '?:')}|{_FRAMED}|please|let's))",
    re.IGNORECASE,
)
_ASKING = re.compile(rf"\s+(?=(?:(?:and|but) )?(?:any(?:way|how),? )?{_FRAMED}|{OPENING.pattern})", re.IGNORECASE)
_LAST_REASON = re.compile(
    r"(?:,? because|, (?:since|seeing that|given that|now that)) (?P<reason>[^,;.?]+)[.!]?$", re.IGNORECASE
)
_QUOTED = re.compile(r"\b(?:announce|broadcast|tell|say|remind|message|shout|let \w+ know)\b", re.IGNORECASE)
"""What follows may be a message with its thanks."""
_PARTING = re.compile(r"\bgood (?:night|morning|evening|day)\b", re.IGNORECASE)
"""At the end it may be the name of a scene."""
_EVERYTHING = frozenset("everything all everywhere anything list lists".split())
"""Words that a request may be about beside names and nouns."""
_SOMEBODY = re.compile(
    r"(?:(?:mr|mrs|ms|miss|dr|doctor|sir|madam|father|brother|sister|mother|uncle|aunt|auntie|old|little|poor) )*(?P<who>[^\W\d]+)"
    r"(?:'s| (?:is|has|was|had|needs|wants|likes|teaches|speaks|sleeps|lives|stays|works|comes|arrives|starts|plays|reads)) ",
    re.IGNORECASE,
)
"""Somebody of whom a clause tells."""
_SAME_OF = re.compile(
    r"(?:the )?[\w ]+['’]s (?:on|off|open|closed|shut|up|down|(?:to|at) .+)(?: too| as well| again| please)*",
    re.IGNORECASE,
)
"""What the request is for somebody else's: "papa's off"."""
_WHOLE = re.compile(r"\b(?:all|both|every|each)\b", re.IGNORECASE)
"""In a request for what is called so wherever it is."""
_TIMERS = frozenset("timer timers alarm remind".split())
_THE_THING = re.compile(r"\b(?:it|that|this|(?:the|that|this) (?:thing|one))\b", re.IGNORECASE)
_THERE = re.compile(r"\b(?:(?:in|over|up|down|out) )?there\b", re.IGNORECASE)
_WHOSE = re.compile(r"\b(?:her|his|their|its) (?P<what>\w+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Clause:
    """Some words of a sentence, and what they are."""

    said: str
    """As it was said."""
    request: str = ""
    """What it asks for, without its frame; empty: nothing."""
    concluding: bool = False
    """It says that the clauses before it are reasons."""
    framed: bool = False
    """It is asked in words that the command model knows badly."""
    idle: bool = False


class Background:
    """Finds the requests of sentences in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through the names of `home`."""
        self._things = {stems(name) for e in home.entities for name in e.names}
        ends: dict[Stems, set[str]] = {}
        for entity in home.entities:
            for called in map(stems, entity.names):
                for at in range(1, len(called)):
                    ends.setdefault(called[at:], set()).add(entity.id)
        self._ends = {
            end
            for end, owners in ends.items()
            if len(owners) == 1 and " ".join(end) not in NOUNS and not end[-1].isdigit()
        }
        self._heads = {end for end, owners in ends.items() if len(owners) > 1 and not end[-1].isdigit()} | {
            called[:-1] for called in self._things if len(called) > 1 and called[-1].isdigit()
        }
        self._places = {stems(name) for place in home.places for name in place.names}
        self._listed = {
            stems(name)[:-1] or stems(name)
            for e in home.entities
            if e.domain == "todo"
            for name in e.names
            if stems(name)[-1:] == ("list",)
        }

        self._known = self._things | self._places | self._listed | self._ends

    def without(self, text: str) -> str:
        """The request of `text` alone; where any of its clauses may be more than background, `text` without "because …" at its end."""
        alone = self._alone(text)
        return self._without_last(_without_idle(text)) if alone == text else alone

    def _without_last(self, text: str) -> str:
        """`text` without a reason at its end that names nothing of the home: what it says of the time is no delay."""
        plain = text.replace("’", "'")
        found = _LAST_REASON.search(plain)
        if found is None or HOLDING_FIRST.match(plain):
            return text
        said = found["reason"]
        held = HOLDING.search(said) or GOING_ON.search(said) or self._names(said)
        told = SUBJECT.match(said) and FINITE.search(said)
        return text[: found.start()] if told and not held else text

    def _alone(self, text: str) -> str:
        plain = text.replace("’", "'").rstrip(" .!")
        clauses = [self._read(clause) for clause in _parted(plain)]
        asking = [at for at, clause in enumerate(clauses) if clause.request]
        if not asking:
            return text
        first, last = asking[0], asking[-1]
        concluded = max((at for at in asking if clauses[at].concluding), default=-1)
        told: list[str] = []
        kept: list[str] = []
        open_end = False
        for at, clause in enumerate(clauses):
            if clause.request:
                kept.append(clause.request)
                open_end = True
            elif clause.idle:
                continue
            elif self._tells(clause.said, before=at < concluded, behind=at > first):
                told.append(clause.said)
                open_end = False
            elif open_end and self._goes_on(clause.said):
                kept.append(clause.said)
            else:
                return text
        quoting = any(QUOTING.search(said) for said in told)
        if quoting and not clauses[last].concluding:
            return text
        framed = any(clause.framed for clause in clauses)
        idle = sum(
            len(words(clause.said)) + _SHORT * bool(MISTAKEN.match(clause.said)) for clause in clauses if clause.idle
        )
        if not (framed or told) and idle <= _SHORT:
            return text
        return self._about(kept, told) or text

    # --- clauses

    def _read(self, said: str) -> _Clause:
        """A clause with what it asks for."""
        lead = LEADS.match(said)
        clause = _Clause(said, concluding=CONCLUDING.match(said) is not None)
        if IDLE.fullmatch(said):
            return replace(clause, idle=True)
        for start in (0, lead.end() if lead else 0):
            rest = COURTESY_IF.sub("", said[start:], count=1)
            if (minded := WOULD_MIND.match(rest)) and (verb := base_of(minded["verb"].lower())):
                return replace(clause, request=_plainly(verb + rest[minded.end() :]), framed=True)
            if asked := entreated(rest):
                return replace(clause, request=asked, framed=True)
            if having := HAVING.match(rest):
                return replace(clause, request=_state(rest[having.end() :]) or rest)
            hard = FRAME.match(rest)
            if frame := hard or EASY_FRAME.match(rest):
                rest = rest[frame.end() :]
            if _VERB.match(rest):
                return replace(clause, request=_plainly(rest), framed=hard is not None)
        rest = said[lead.end() :] if lead else said
        return replace(clause, request=rest) if self._is_terse(rest) else clause

    def _is_terse(self, said: str) -> bool:
        """Whether a clause is a thing of the home and how it is to be, without a verb: "right blind to 40 percent"."""
        found = AT_VALUE.fullmatch(said) or IS_STATE.fullmatch(said)
        name = stems(found["thing"]) if found is not None else ()
        return bool(name) and (name in self._known or name[-1] in NOUNS)

    def _tells(self, said: str, *, before: bool, behind: bool) -> bool:
        """Whether a clause tells a reason or an aside. `before`: a conclusion follows; `behind`: it follows a request."""
        lead = LEADS.match(said)
        rest = said[lead.end() :] if lead else said
        marked = BECAUSE.match(rest)
        rest = rest[marked.end() :] if marked else rest
        names = self._names(rest)
        bare = self._without(rest, names)
        if HOLDING.search(rest) or HOLDING_FIRST.match(rest) or self._wishes(bare, names):
            return False
        if behind and _SAME_OF.fullmatch(rest):
            return False
        if behind and not before and not marked and (names or GOING_ON.search(rest)):
            return len(names) == 1 and OF_NO_USE.fullmatch(bare.strip()) is not None
        if FINITE.search(bare) and (before or SUBJECT.match(rest) or bare.startswith(" _ ") or _SOMEBODY.match(rest)):
            return True
        return before and not names and not _VERB.match(rest)

    def _wishes(self, bare: str, names: Sequence[str]) -> bool:
        """Whether a clause may wish for something of the home by itself: "we must close the shutters"."""
        nouns = any(" ".join(stems(word.text)) in NOUNS for word in words(bare))
        verb = re.search(_VERB.pattern, WISHING.split(bare, maxsplit=1)[-1], re.IGNORECASE)
        return bool(WISHING.search(bare) and verb and (names or nouns))

    def _goes_on(self, said: str) -> bool:
        """Whether a clause is one more thing of the request before it: "the fan in the study"."""
        names = self._names(said)
        nouns = any(" ".join(stems(word.text)) in NOUNS for word in words(said))
        bare = self._without(said, names)
        return (
            (bool(names) or nouns)
            and not re.search(r"\b(?:is|are|was|were|has|have)\b|'(?:s|re) ", bare)
            and not (HOLDING.search(said) or re.search(r"\b(?:no|not|but|just|leave|keep)\b", said, re.IGNORECASE))
        )

    # --- what they are about

    def _about(self, kept: Sequence[str], told: Sequence[str]) -> str:
        """The requests, with what they take up of the reasons by its name; empty: that is not certain."""
        asked = _joined(kept)
        if sweeps(asked) and any(
            OF_NO_USE.fullmatch(self._without(clause, self._names(clause)).strip()) for clause in told
        ):
            return ""
        spoken = self._names(asked)
        bare = FOR_WHOM.sub("", self._without(asked, spoken))
        named = {stems(name): name for clause in told for name in self._names(clause)}
        things = [name for key, name in named.items() if key in self._things | self._ends - self._places]
        places = [name for key, name in named.items() if key in self._places and key not in self._things]
        complaining = any(COMPLAINING.search(clause) for clause in told)
        if POINTING.search(bare) and told and len(kept) == 1 and OUTRIGHT.search(asked) and not complaining:
            if (whose := _WHOSE.search(asked)) and " ".join(stems(whose["what"])) in NOUNS and len(places) == 1:
                asked = f"{asked[: whose.start()]}the {whose['what']} in {_article(places[0])}{asked[whose.end() :]}"
            elif (found := _THERE.search(asked)) and len(places) == 1:
                asked = f"{asked[: found.start()]}in {_article(places[0])}{asked[found.end() :]}"
            elif (found := _THE_THING.search(asked)) and len(things) == 1 and not places and not spoken:
                asked = f"{asked[: found.start()]}{_article(things[0])}{asked[found.end() :]}"
            else:
                return ""
            spoken = self._names(asked)
            bare = FOR_WHOM.sub("", self._without(asked, spoken))
        if POINTING.search(bare) and told and not self._points_back(kept):
            return ""
        nouns = [word.text for word in words(bare) if " ".join(stems(word.text)) in NOUNS]
        placed = any(stems(name) in self._places for name in spoken)
        if nouns and places and not placed:
            return ""
        if spoken or not told:
            return asked
        said = {word.text for word in words(bare)}
        timed = not _TIMERS.isdisjoint(said) and any(word.isdigit() for word in stems(bare))
        if self._heads_of(bare) and not complaining and (not named or _WHOLE.search(asked)):
            return asked
        if nouns or timed or not _EVERYTHING.isdisjoint(said):
            return asked if not named and not complaining else ""
        return ""

    def _points_back(self, kept: Sequence[str]) -> bool:
        """Whether a later request is about the one thing that the first names: "resume the radio, turn it up"."""
        names = self._names(kept[0])
        return len(kept) > 1 and len(names) == 1 and not POINTING.search(self._without(kept[0], names))

    def _heads_of(self, said: str) -> bool:
        """Whether a clause names what several things of the home are called: "lamp posts"."""
        spoken = stems(said)
        return any(spoken[at : at + n] in self._heads for n in (1, 2, 3) for at in range(len(spoken) - n + 1))

    def _names(self, said: str) -> list[str]:
        """What of the home a clause names, as it says it: the longest names first, none inside another."""
        found = words(said)
        taken: set[int] = set()
        names: list[str] = []
        for length in range(min(_MOST_WORDS, len(found)), 0, -1):
            for at in range(len(found) - length + 1):
                run = range(at, at + length)
                name = said[found[at].start : found[at + length - 1].end]
                called = stems(name)
                plain = length == len(called) and found[at].text[0].isalnum()
                if plain and taken.isdisjoint(run) and called in self._known:
                    taken.update(run)
                    names.append(name)
        return names

    def _without(self, said: str, names: Sequence[str]) -> str:
        """A clause without the names it holds."""
        for name in names:
            said = re.sub(rf"\b{re.escape(name)}(?!\w)", " _ ", said)
        return said


def _without_idle(text: str) -> str:
    """`text` without a greeting before it, and thanks behind it."""
    parts = re.split(rf"({_STOP.pattern})", text.replace("’", "'").strip(" .!"))
    kept = parts[:]
    while len(kept) > 1 and IDLE.fullmatch(kept[0]):
        kept = kept[2:]
    while len(kept) > 1 and IDLE.fullmatch(kept[-1]) and not _PARTING.search(kept[-1]):
        kept = kept[:-2]
    gone = len(words("".join(parts))) - len(words("".join(kept)))
    if gone <= _SHORT + 1 or IDLE.fullmatch(kept[0]) or _QUOTED.search(text):
        return text
    lead = LEADS.match(kept[0])
    return "".join(kept)[lead.end() if lead else 0 :]


def _parted(text: str) -> Iterator[str]:
    """The clauses of a sentence."""
    for part in _STOP.split(text):
        for piece in _cut(part):
            if piece.strip():
                yield piece.strip()


def _cut(part: str) -> Iterator[str]:
    """A part between commas, cut where a reason or a request begins in it."""
    cuts = sorted({found.end() for rule in (_MARKED, _SO, _ASKING) for found in rule.finditer(part)})
    start = 0
    for cut in cuts:
        lead = part[start:cut].strip().lower()
        if LEADS.fullmatch(lead) or IDLE.fullmatch(lead):
            continue
        yield part[start:cut]
        start = cut
    yield part[start:]


def _plainly(request: str) -> str:
    request = LEFT_OFF.sub(r"\g<soft>resume \g<thing>", request)
    return WHATEVER.sub(lambda found: found["thing"] or "", request)


def _state(wish: str) -> str:
    """A command for a wish for a state: "the hall at 18 degrees"; empty: it is none."""
    if found := AT_VALUE.fullmatch(wish):
        return f"set {found['thing']} to {found['value']}"
    if found := IS_STATE.fullmatch(wish):
        verb = {"on": "turn on", "off": "turn off", "open": "open", "locked": "lock"}.get(
            found["state"].lower(), "close"
        )
        return f"{verb} {found['thing']}"
    return ""


def _joined(requests: Sequence[str]) -> str:
    made = requests[0]
    for request in requests[1:]:
        made += (" " if re.search(r"\b(?:and|then)$", made) or re.match(r"(?:and|then)\b", request) else ", ") + request
    return made


def _article(name: str) -> str:
    return name if re.search(r"['’]s?\b", name) else f"the {name}"
