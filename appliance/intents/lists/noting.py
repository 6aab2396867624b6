"""What is put on a list, in words of which the command model copies too much: "on the shopping list, write chalk and soap".

Only sentences that are nothing else, and name a list, are read here; two things that "and" joins may be one dish: the model knows.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import takewhile

from appliance.intents.lists import DEEDS, TICKING, WHOSE, WRITING, ticked
from appliance.intents.lists.items import parted
from appliance.messages import Call
from appliance.text import key

_SOFTLY = (
    r"(?:(?:please|and|so|now|just|kindly|best|better|maybe|then|could you|can you|would you|let's"
    r"|you can|we should|we'd better|i'd better) )*"
)
_PUT = rf"(?P<put>{_SOFTLY}{WRITING})"
_LIST = rf"{WHOSE}?(?P<list>[\w' -]+?)"
_END = (
    r"(?:,? (?:please|thanks|thank you|(?:and )?(?:that's|that is) (?:all|it|everything)|nothing (?:else|more)"
    r"|just (?:that|those|these)|only (?:that|those|these)"
    r"|(?:just |only )?(?:(?:these|those|the) )?(?:one|two|three|four|five) (?:things?|items?)(?: only)?"
    r"|no (?:hurry|rush)|when you (?:can|get a chance)))*[ .!]*"
)
_ITEMS = r"(?P<item>\S(?:[^:;?]*\S)?)"
_THEM = (
    r"(?P<them>it|that|them|those|these|some|one|more|both(?: of (?:them|those|these))?"
    r"|all (?:of (?:them|those|these)|three|four)|the lot)"
)
_LACKED = (
    r"(?:(?:well|oh|right|so|hey|also|and)[, ]+)?(?:(?:we|i)(?:'ve|'re|'m| have| are| am)? "
    r"(?:just |nearly |almost |all |running |completely |got |getting |a bit |very |rather )*"
    r"(?:(?:run |ran )?out of|low on|short (?:of|on)|need(?: to (?:get|buy))?|no) (?:more |some |any |new )?(?P<lacked>[^;:?]+?)(?: left)?"
    r"|there(?:'s| is|'re| are) no (?:more )?(?P<gone>[^;:?]+?) left"
    r"|the last of the (?P<last>[^,;:?]+?) (?:is|are|has been|was) (?:gone|used up|used|finished|eaten))"
)
_AT_LIST = re.compile(rf"{_PUT} {_ITEMS} (?:to|on|onto) {_LIST}{_END}", re.IGNORECASE)
_HEADED = re.compile(rf"(?:(?:on|onto|to|for) )?{_LIST}(?: list)(?P<mark>[,:]?) (?:{_PUT} )?{_ITEMS}", re.IGNORECASE)
_SHORT = re.compile(rf"{_LACKED}[,;] (?:{_PUT} {_THEM} (?:to|on|onto) )?{_LIST}{_END}", re.IGNORECASE)
_ENDING = re.compile(rf"(?<=\w){_END}$", re.IGNORECASE)
_SOMEBODY = (
    r"(?:(?:we|i|they|it|somebody|someone|he|she|that|there)(?:'\w+)?|(?:(?:the|my|our|\w+'s) )?\w+"
    r"(?=(?: (?:is|are|was|has|have|had|got|does|did|do|brought|bought|took|lent|gave|found|needs?|wants?|already|can|can't|won't|doesn't"
    r"|isn't|\w+ed)|'s (?:not|already|got|brought|bought|been|in|at|\w+ing|\w+ed))\b))"
)
_OFF = re.compile(
    rf"{_SOFTLY}(?P<verb>{TICKING}|remove|delete|drop)(?: off)? {_ITEMS} (?:off|from) {_LIST}"
    r"(?:,| -| –|(?= (?:because|as|since|now that)\b)) "
    rf"(?P<why>(?:(?:because|as|since|now that) )?{_SOMEBODY} \S.*)",
    re.IGNORECASE,
)
"""With a reason behind it, which tells whether it is bought or done, or not wanted any more."""
_DONE = re.compile(
    r"\b(?:bought|done|did|finished|fetched|picked|paid|called|sorted)\b"
    r"|\b(?:i|we)(?:'ve| have)? (?:already |just )?got (?:it|them|those|that)\b",
    re.IGNORECASE,
)
_TICKING = frozenset("tick check cross strike scratch".split())
_ASKED = re.compile(
    rf"{_LIST} list,? what(?:'s| is) (?:on|in) (?:it|there)(?: (?:now|at the moment|so far))?\??", re.IGNORECASE
)
_REASON = re.compile(
    r"(?:(?:because|as|since|so) )?(?:(?:i|we|they|it|he|she|you|that|there)(?:'(?:s|m|re|ve|ll|d))|(?:i|we|they|he|she)(?= )) \S",
    re.IGNORECASE,
)
"""Begins what is said of the things behind them."""
_TOLD = re.compile(
    r"^(?:is|are|was|were|has|have|had|there|what|which|who|how|do|does|did|can|could|should|goes?|i|we|it|he|she|they)\b|'s\b",
    re.IGNORECASE,
)


def noted(text: str, lists: Collection[str]) -> Call | None:
    """The call for things that go on one of the `lists` of a home, which need not be the shopping list; None: left to the model."""
    known = {"shopping", *(key(name).removesuffix(" list") for name in lists)}
    said = text.replace("’", "'").strip()
    if ticked(said) != said:
        return None
    if (
        (found := _SHORT.fullmatch(said))
        and _named(found["list"], known)
        and (found["them"] or "list" in found["list"])
    ):
        return _call(_apart(found["lacked"] or found["gone"] or found["last"]), found["list"])
    if (found := _ASKED.fullmatch(said)) and _named(found["list"], known):
        return Call("ListGet", values={"list": found["list"]})
    if (found := _OFF.fullmatch(said)) and _named(found["list"], known) and "," not in found["item"]:
        done = found["verb"].lower() in _TICKING or _DONE.search(found["why"]) is not None
        values = {"item": _apart(found["item"]), "list": found["list"]}
        return Call("ListComplete" if done else "ListRemove", values=values)
    headed = _HEADED.fullmatch(said)
    if (
        headed
        and (headed["mark"] or headed["put"])
        and (headed["put"] or headed["mark"] == ":")
        and _named(headed["list"], known)
    ):
        item = _ENDING.sub("", headed["item"])
        if not _TOLD.search(item):
            return _call(_apart(item), headed["list"])
    if (found := _AT_LIST.fullmatch(said)) and _named(found["list"], known) and " list" not in found["item"].lower():
        deed = found["item"].split()[0].lower() in DEEDS
        if deed and not (key(found["list"]).startswith("shopping") and re.search(r",| and ", found["item"])):
            return _call((found["item"],), found["list"])
        if not deed and "," in found["item"] and not _TOLD.search(found["item"]):
            return _call(_apart(found["item"]), found["list"])
    return None


def _named(said: str, known: Collection[str]) -> bool:
    return key(said).removesuffix(" list") in known


def _call(items: tuple[str, ...], list_: str) -> Call:
    return Call("ListAdd", values={"item": items, "list": list_})


def _apart(said: str) -> tuple[str, ...]:
    """The things of an enumeration, up to why they are needed."""
    return tuple(takewhile(lambda part: not _REASON.match(part), parted(said)))
