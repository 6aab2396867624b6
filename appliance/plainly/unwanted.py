"""Wishes that say how nothing is to be, as commands for how it then is: "none of the blinds should be open" is "close the blinds".

The command model hears the state and not the "none" before it, and would bring about what nobody wants.
"""

from __future__ import annotations

import re
from types import MappingProxyType

_LEAD = r"(?:(?:please|and|so|then|ok|okay|well|right|hey|oh|now)[ ,]+)*"
_END = r"(?P<end>(?:,? (?:please|any ?more|any longer|at all|now|right now|tonight|today|overnight))*)[.!]?"
_MAY = (
    r"(?:(?:should|must|may|can|shall|ought to|needs? to|is to|are to|is allowed to|are allowed to|is supposed to"
    r"|are supposed to) be)"
)
_WORD = r"(?!(?:and|or|but|if|when|until|unless|nor|that|not)\b)[\w'’-]+"
_THING = rf"(?P<thing>{_WORD}(?: {_WORD}){{0,6}}?)"
_STATE = r"(?:left )?(?P<state>on|off|lit|burning|running|playing|open|up|closed|shut|down|unlocked|locked)"
_WHERE = (
    r"(?P<where>(?: (?:in|on|at) (?:the |my |our )?[\w'’ -]+?| upstairs| downstairs| outside| (?:in )?here| anywhere)?)"
)
_VERBS = MappingProxyType(
    {
        **dict.fromkeys(("on", "lit", "burning", "running", "playing"), "turn off"),
        **dict.fromkeys(("open", "up"), "close"), **dict.fromkeys(("closed", "shut", "down"), "open"),
        "off": "turn on", "unlocked": "lock", "locked": "do not lock",
    }
)  # fmt: skip
"""A state, and what ends it."""
_NONE_OF = re.compile(rf"{_LEAD}none of {_THING} {_MAY} {_STATE}{_WHERE}{_END}", re.IGNORECASE)
_NOT_ONE = re.compile(rf"{_LEAD}(?:no|not (?:a single|one|any)) {_THING} {_MAY} {_STATE}{_WHERE}{_END}", re.IGNORECASE)
_NEITHER = re.compile(
    rf"{_LEAD}neither (?:of {_THING}|(?P<one>{_WORD}(?: {_WORD}){{0,4}}?) nor (?P<other>{_WORD}(?: {_WORD}){{0,4}}?)) {_MAY} "
    rf"{_STATE}{_WHERE}{_END}",
    re.IGNORECASE,
)
_RATHER_NOT = re.compile(
    rf"{_LEAD}(?:i|we)(?:(?:['’]d| would) (?:really |much )?(?:(?:rather not have|prefer not to have|prefer to not have)"
    rf"(?: any of)? {_THING}"
    rf"|hate (?:for |to see |to have )?(?P<hated>{_WORD}(?: {_WORD}){{0,6}}?)(?: to be| being)?"
    rf"|(?:like|prefer|love) (?P<liked>{_WORD}(?: {_WORD}){{0,6}}?) (?:not to|to not) be)) {_STATE}{_WHERE}{_END}",
    re.IGNORECASE,
)
_NO_WATER = re.compile(
    rf"{_LEAD}let (?:no (?:more )?water|nothing)(?: run| flow)? (?:through|into|out of|from) {_THING}{_END}",
    re.IGNORECASE,
)
_MOVES = MappingProxyType(
    {
        "closing": "close", "shutting": "close", "opening": "open", "locking": "lock", "unlocking": "unlock",
        "turning off": "turn off", "switching off": "turn off", "going off": "turn off", "running": "turn on",
        "turning on": "turn on", "switching on": "turn on", "coming on": "turn on", "going on": "turn on", "starting": "turn on",
    }
)  # fmt: skip
_PREVENT = re.compile(
    rf"{_LEAD}(?P<how>prevent|stop|keep|hinder) {_THING} (?:from )?(?:ever )?(?P<move>{'|'.join(_MOVES)}|turning itself (?:on|off)"
    rf"|switching itself (?:on|off)){_END}",
    re.IGNORECASE,
)
_BARE_VERB = r"(?:open|close|shut|lock|unlock|dim|pause|mute|stop|start|arm|disarm|raise|lower)"
_NO_LOUDER = re.compile(
    rf"{_LEAD}{_THING} (?:must not|mustn['’]t|should not|shouldn['’]t|may not|cannot|can['’]t|is not to) be (?:any )?louder than "
    r"(?P<value>[\w-]+(?: [\w-]+)?)(?: percent| ?%)?[.!]?",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    rf"(?P<lead>{_LEAD})(?P<verb>(?:turn|switch|put) (?:on|off)|{_BARE_VERB}) (?:none of|neither(?: of)?|no|nothing)\b"
    r"(?! (?:but|except|other|more|further|less)\b)(?P<rest>[^,;]*)",
    re.IGNORECASE,
)
_SEVERAL = frozenset({"nobody", "anybody", "anyone", "people", "them", "it"})

_VERB = r"(?:turn|switch|put|mute|unmute|close|shut|open|lock|unlock|dim|pause|stop|lower|raise|arm|disarm)"
_DOING = (
    r"(?:turning|switching|putting|muting|unmuting|closing|shutting|opening|locking|unlocking|dimming|pausing|stopping|lowering|raising"
    r"|arming|disarming)"
)
_CONTRAST = re.compile(
    rf"{_LEAD}(?:i (?:said|meant|told you to|asked you to)[ ,]+)?(?P<command>{_VERB}\b[^,;]*?)(?:"
    rf",? (?:rather than|instead of)(?: just| simply)? (?:{_DOING}\b[^,;]*|{_VERB}\b[^,;]*|on|off|up|down|open|closed)"
    rf"|, not (?:to )?{_VERB}\b[^,;]*?"
    r"|,? (?:and |but )?not (?:now|later|yet|in (?:[\w-]+ ){1,4}(?:seconds?|minutes?|hours?|days?)|until (?:later|tomorrow|tonight))"
    rf"|(?:,| and|,? but) (?:please )?(?:do not|don['’]t|never) {_VERB} (?:it|them|that)\b(?: \w+){{0,2}})[.!]?",
    re.IGNORECASE,
)
"""A command, and another that is not meant: "turn it down rather than off"."""


def as_wanted(text: str) -> str:
    """`text` as the command that it comes to where it says what is not to be; as it is where it does not."""
    if found := _NONE_OF.fullmatch(text):
        return _ended(found, found["thing"])
    if found := _RATHER_NOT.fullmatch(text):
        return _ended(found, found["thing"] or found["hated"] or found["liked"])
    if found := _NOT_ONE.fullmatch(text):
        thing = found["thing"]
        return _ended(found, f"all the {thing}" if thing.endswith("s") else f"every {thing}")
    if found := _NEITHER.fullmatch(text):
        return _ended(found, found["thing"] or f"{found['one']} and {found['other']}")
    if found := _NO_WATER.fullmatch(text):
        return f"close {found['thing']}{found['end']}"
    if (found := _PREVENT.fullmatch(text)) and found["thing"].lower() not in _SEVERAL:
        return _held(found) or text
    if found := _NOTHING.fullmatch(text):
        return f"{found['lead']}do not {found['verb']}{found['rest'] or ' anything'}"
    if found := _NO_LOUDER.fullmatch(text):
        return f"set the volume of {found['thing']} to {found['value']} percent"
    if found := _CONTRAST.fullmatch(text):
        return found["command"]
    return text


def _ended(found: re.Match[str], thing: str) -> str:
    where = "" if found["where"].strip() == "anywhere" else found["where"]
    return f"{_VERBS[found['state'].lower()]} {thing}{where}{found['end']}"


def _held(found: re.Match[str]) -> str:
    """What is not to happen, forbidden; what is not to run, switched off. Empty: it may be moving already, and is to stop."""
    move = found["move"].lower().replace(" itself", "")
    verb = _MOVES[move]
    if found["how"].lower() == "stop" and verb in {"open", "close"}:
        return ""
    return f"turn off {found['thing']}{found['end']}" if verb == "turn on" else f"do not {verb} {found['thing']}"
