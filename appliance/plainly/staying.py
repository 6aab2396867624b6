"""What is said to stay as it is beside a command for other things: "the outer pendants to a quarter, the middle one stays untouched".

Such a clause asks for nothing where none of its things is among those of the command, and is left out. Where some of them are, it is an
exception; where nobody can tell, it stays for those who look for exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.resolver.alike import SIDES, Token, folds, is_plural, tokens
from appliance.resolver.groups import Groups
from appliance.resolver.vocabulary import NOUNS

_THING = r"(?P<thing>(?:(?:the|my|our) )?(?:[\w'’-]+ ){0,4}?[\w'’-]+)"
_MAY = r"(?:(?:can|should|shall|must|may|has to|have to|is to|are to) )?(?:just )?"
_SO = (
    r"(?:as (?:it is|it was|they are|they were|is)|(?:the way|where|how) (?:it is|they are)|untouched|alone|unchanged"
    r"|on|off|open|closed|shut|locked|running|playing)"
)
_END = r"(?: please| though| thanks)?[.!]?$"
_CLAUSES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:,| but|, but|, and| and|, while| while) {_THING} {_MAY}(?:stays?|remains?|be left|keeps?) {_SO}{_END}",
        rf"(?:,| but|, but|, and| and) (?:please )?(?:just )?(?:leave|keep|leaving|keeping) {_THING} {_SO}{_END}",
        rf"(?:,| but|, but|, and| and) (?:please )?(?:do not|don't|don’t) (?:touch|move|change|bother(?: with)?) {_THING}{_END}",
        rf"(?:,| but|, but|, and| and) not {_THING}{_END}",
    )
)
_FIRST = re.compile(
    rf"(?:please )?(?:just )?(?:leave|keep) {_THING} {_SO}(?:, and|, but| and| but|[,;]) "
    r"(?P<rest>(?:please |just )?(?:turn|switch|put|open|close|shut|lock|start|stop|dim|set) .+)",
    re.IGNORECASE,
)
"""Such a clause before the command."""
_OTHERS = frozenset(
    (
        "others|the others|the other|the rest|other ones|the other ones|the other one|the other two|any of the others"
        "|anything else|everything else"
    ).split("|")
)
_ALL = frozenset("all every each everything everywhere".split())
_ARTICLES = frozenset({"the", "my", "our", "these", "those"})
_MOST_WORDS = 5


_ONLY = re.compile(
    r"only (?P<thing>.+) (?:should|shall|must|has to|is to) be (?P<state>closed|shut|open|on|off)", re.IGNORECASE
)
_VERBS = {"closed": "close", "shut": "close", "open": "open", "on": "turn on", "off": "turn off"}


def without_staying(text: str, groups: Groups) -> str:
    """`text` without a clause for things that stay as they are, or with it as an exception where they are among those of its command."""
    if first := _FIRST.fullmatch(text):
        rest = first["rest"]
        return rest if without_staying(f"{rest} and leave {first['thing']} alone", groups) == rest else text
    for clause in _CLAUSES:
        found = clause.search(text)
        if found is None or not text[: found.start()].strip():
            continue
        command = text[: found.start()]
        front = tokens(command)
        meant = _things(front, groups)
        specific = bool(meant) and not _sweeps(front, groups)
        if specific and found["thing"].lower() in _OTHERS:
            return _ONLY.sub(lambda only: f"{_VERBS[only['state'].lower()]} {only['thing']}", command)
        staying = _staying(tokens(found["thing"]), meant, groups) if specific else set()
        if staying and not staying & meant:
            return command
        if not meant and (rest := _without_one(found["thing"], command, front, groups)):
            return rest
    return text


def _without_one(said: str, command: str, front: Sequence[Token], groups: Groups) -> str:
    """`command` with the names of all but the one that is left out of its things in the plural: of pendants "the middle one"."""
    for at, token in enumerate(front):
        if not is_plural(token) or token.fold in NOUNS:
            continue
        for begin in range(max(0, at - 2), at + 1):
            if names := groups.others(said, front[begin : at + 1]):
                first = begin
                while first and front[first - 1].raw in _ARTICLES | {"all", "of", "both"}:
                    first -= 1
                return f"{command[: front[first].start]}{' and '.join(names)}{command[token.end :]}"
    return ""


def _things(said: Sequence[Token], groups: Groups) -> set[str]:
    """Ids of the things that words name or list."""
    ids = {id_ for group in groups.among(said) for id_ in group.things if not group.missing}
    at = 0
    while at < len(said):
        spans = (folds(said[at : at + n]) for n in range(_MOST_WORDS, 0, -1))
        span = next((span for span in spans if span in groups.things.names), ())
        if span and not is_plural(said[at + len(span) - 1]):
            ids.add(groups.things.names[span])
        at += len(span) or 1
    return ids


def _sweeps(said: Sequence[Token], groups: Groups) -> bool:
    """Whether words may stand for more than they name: rooms, or all of a kind."""
    found = groups.among(said)
    if any(group.areas or group.floors or group.missing for group in found):
        return True
    listed = [group for group in found if group.things]
    plural = (token for token in said if token.fold in NOUNS and is_plural(token))
    loose = any(not any(group.start <= token.start < group.end for group in listed) for token in plural)
    return loose or (not listed and not _ALL.isdisjoint(token.raw for token in said))


def _staying(said: Sequence[Token], meant: set[str], groups: Groups) -> set[str]:
    """Ids of the things that words of such a clause mean; empty: nobody knows."""
    if found := _things(said, groups):
        return found
    bare = tuple(token.fold for token in said if token.raw not in _ARTICLES)
    if said and said[-1].raw in {"one", "ones"} and len(bare) > 1:
        item = tuple(SIDES.get(word, word) for word in bare[:-1])
        names = [name for name, id_ in groups.things.names.items() if id_ in meant]
        beside = {groups.things.names.get((*item, *name[1:])) for name in names if len(name) > 1}
        return {id_ for id_ in beside if id_ is not None}
    if said and is_plural(said[-1]):
        return {id_ for name, id_ in groups.things.names.items() if set(bare) <= set(name)}
    return set()
