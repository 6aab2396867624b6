"""Follow-ups that say more than another thing: "and the corner lamp off" has a state of its own, "and Toby's" leaves out what of Toby's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from appliance.resolver import Mention
from appliance.resolver.spelling import stems
from appliance.text import key

_STATES: Mapping[str, str] = {
    "on": "TurnOn", "off": "TurnOff", "open": "Open", "up": "Open", "closed": "Close", "shut": "Close",
    "down": "Close", "locked": "Lock", "unlocked": "Unlock",
}  # fmt: skip
_OPPOSITES = {
    "TurnOn": "TurnOff",
    "TurnOff": "TurnOn",
    "Open": "Close",
    "Close": "Open",
    "Lock": "Unlock",
    "Unlock": "Lock",
}
_ONE_OF = "|".join(_STATES)
_STATED = re.compile(
    rf"(?P<thing>.+?) (?:(?:back|all|turned|switched) )*(?P<state>{_ONE_OF})(?: (?:again|now|then|too|as well))*"
)
_LED = re.compile(rf"(?P<state>{_ONE_OF}) (?P<thing>(?:in|at|on) .+)")
_OWNER = re.compile(r"(?P<owner>.+?['’]s?)(?: one)?")
_OWNED = re.compile(r"(?:the |my |our )?(?P<owner>\S+['’]s?) (?P<what>.+)")
_ELLIPTIC = re.compile(r".*(?:\bones?\b|['’]s?$).*")


def stated(words: str) -> bool:
    """Whether `words` say how something is to be, whatever was said before: "the corner lamp off"."""
    return (_STATED.fullmatch(words) or _LED.fullmatch(words)) is not None


def for_one(words: str) -> bool:
    """Whether `words` are for one thing, told only by where it is: "the one in the den off"."""
    return re.match(r"(?:and |but )?(?:the|that) one (?:in|at|on|from|of)\b", words) is not None


def restated(words: str, done: Iterable[Mention]) -> tuple[str, str]:
    """The thing that `words` name only beside what was `done`, and the call for its own state; empty: they need nothing from before."""
    found = _LED.fullmatch(words) or _STATED.fullmatch(words)
    if found is None or not (found.re is _LED or _ELLIPTIC.fullmatch(found["thing"])):
        return "", ""
    names = {mention.call.name for mention in done}
    name = _STATES[found["state"]]
    return (found["thing"], name) if names and names <= {name, _OPPOSITES[name]} else ("", "")


def whose(words: str, done: Iterable[Mention], names: Iterable[str]) -> str:
    """A thing of somebody, spoken of by its owner alone, by its name: of the kind that was `done` something with last."""
    said = _OWNER.fullmatch(words)
    if said is None:
        return words
    known = {stems(name): name for name in names}
    for mention in done:
        owned = _OWNED.fullmatch(key(mention.call.target.name or ""))
        if owned is not None and (name := known.get(stems(f"{said['owner']} {owned['what']}"))) is not None:
            return key(name)
    return words
