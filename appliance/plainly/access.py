"""Who is to get through a door, as what is to be done with its lock: "nobody should come in by the back door" is "lock the back door".

Whoever stands before a locked door and cannot get through wants it unlocked; that a door is locked, alone, is only told.
"""

from __future__ import annotations

import re

from appliance.messages import Home
from appliance.resolver.spelling import Stems, stems

_WORD = r"(?!(?:and|then|but|is|so)\b)[\w'-]+"
_DOOR = rf"(?P<door>{_WORD}(?: {_WORD}){{0,4}}?)"
_BEHIND = (
    r"(?:,? (?:please|now|right now|tonight|today|overnight|at night|any ?more|any longer|again|while [\w' ]+|until [\w' ]+"
    r"|from now on))*"
)
_LEAD = r"(?:(?:please|just|and|so|hey|oh|well|right|ok|okay|look|listen|i think|quick|help|damn)[ ,]+)*"
_THROUGH = r"(?:through|by|via|at|using|over|from)"
_MOVING = (
    r"(?:walk|com|gett|enter|sneak|wander|barg|break|burst|creep|slipp|go|runn|march|waltz)ing(?: back| straight"
    r"| right)?(?: in| out| inside| into the (?:house|flat|home))?"
)
_MOVE = (
    r"(?:walk|come|get|enter|sneak|wander|barge|break|burst|creep|slip|go|run)s?(?: back| straight| right)?(?: in| out| inside"
    r"| into the (?:house|flat|home))?"
)
_ANY = (
    r"(?:anybody|anyone|any(?: of the)? \w+|people|strangers?|burglars?|visitors|intruders|the (?:kids|children|dogs?|cats?"
    r"|neighbou?rs|guests|little one|toddler)|him|her|them|\w+)"
)
_NONE = r"(?:nobody|no one|no-one|none of [\w' ]+?)"
_MAY = r"(?:can|could|should(?: be able to)?|may|must|is (?:able|allowed|supposed|meant) to|is to|will|shall|ought to)"
_SHUT_OUT = tuple(
    re.compile(rf"{_LEAD}{pattern}{_BEHIND}", re.IGNORECASE)
    for pattern in (
        (
            rf"(?:i|we)(?:'d| would)? (?:really )?(?:don't|do not|dont|wouldn't|would not|rather not) (?:want|like|have"
            rf"|need)(?: to have)? {_ANY} {_MOVING}(?: {_THROUGH})? {_DOOR}"
        ),
        (
            rf"(?:(?:make|be) (?:quite |absolutely )?(?:sure|certain)|see to it"
            rf"|ensure)(?: that)? {_NONE} (?:{_MAY} )?{_MOVE}(?: {_THROUGH})? {_DOOR}"
        ),
        rf"{_NONE} {_MAY} {_MOVE}(?: {_THROUGH})? {_DOOR}",
        rf"(?:stop|keep|prevent) {_ANY} (?:from )?{_MOVING}(?: {_THROUGH})? {_DOOR}",
    )
)
_PERSON = r"(?:i|we|he|she|they|the \w+|[A-Z]\w+)"
_STUCK = (
    rf"(?:{_PERSON} (?:can't|cannot|can not|can hardly|couldn't) (?:get|come|go)(?: back)? (?:in|out|inside|outside"
    rf"|through)(?: there| here)?"
    rf"|{_PERSON}(?:'s|'m|'re| is| am| are) (?:locked out|stuck outside|shut out|standing outside|locked in))"
)
_IS_LOCKED = rf"{_DOOR}(?:'s| is)(?: still| already| been)? (?:locked|bolted|shut tight)"
_LET_THROUGH = tuple(
    re.compile(rf"{_LEAD}{pattern}{_BEHIND}", re.IGNORECASE)
    for pattern in (
        rf"{_STUCK}(?:,? (?:because|cause|since|as|and))?,? {_IS_LOCKED}",
        rf"{_IS_LOCKED},? (?:and|so) (?:now )?{_STUCK}",
        rf"{_STUCK}(?: (?:through|by|at|of|via)|,) {_DOOR},?(?: (?:it's|it is|because it's) (?:locked|bolted))?",
        rf"(?:let|can you let|could you let|please let) (?:me|us|him|her|them|\w+) (?:in|out)(?: (?:through|by|at|via))?,? {_IS_LOCKED}",
        (
            rf"{_PERSON}(?:'s|'re| is| are) (?:at|outside|waiting at|standing at) {_DOOR},? (?:and |so )?(?:can|could"
            rf"|may) (?:he|she|they|you let (?:him|her|them)) (?:come |get |go )?in"
        ),
    )
)
_LOCKED = re.compile(
    rf"{_LEAD}{_DOOR}'s (?:still |already |now )?(?P<state>locked|unlocked|open|shut|closed){_BEHIND}[.!]?",
    re.IGNORECASE,
)
_MAY_SAY = re.compile(r"lock|bolt|shut|in\b|ing\b|out\b|get|come|walk|through", re.IGNORECASE)


class Access:
    """What people say of getting through the doors of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through the locks of `home`."""
        locks = [entity for entity in home.entities if entity.domain == "lock"]
        self._locks: set[Stems] = {stems(name) for lock in locks for name in lock.names}

    def put(self, text: str) -> str:
        """`text` as a command for the lock it is about; as it is where it says nothing of getting in or out."""
        if not self._locks or "?" in text or _MAY_SAY.search(text) is None:
            return text
        said = text.replace("’", "'").strip(" .!")
        for verb, patterns in (("lock", _SHUT_OUT), ("unlock", _LET_THROUGH)):
            for pattern in patterns:
                found = pattern.fullmatch(said)
                if found is not None and (door := found["door"].strip()) and self._is_lock(door):
                    return f"{verb} {door}"
        if (told := _LOCKED.fullmatch(said)) is not None and self._is_lock(told["door"]):
            return f"{told['door'].strip()} is {told['state']}"
        return text

    def _is_lock(self, door: str) -> bool:
        return stems(door) in self._locks
