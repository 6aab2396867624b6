"""Requests that say what should be so, not what to do: "I'd be grateful if the speaker could be muted" is "mute the speaker".

Each names a thing and its state to be, in the passive, as something that somebody would need, or as what is to be made sure of.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from appliance.plainly.courtesies import PAST

_BASES = {
    **PAST, "lit": "turn on", "open": "open", "running": "turn on", "run": "turn on", "runs": "turn on", "on": "turn on",
    "off": "turn off", "activated": "activate", "rung": "ring", "mowed": "mow", "vacuumed": "vacuum",
}  # fmt: skip
_SOFT = r"(?:(?:please|just|kindly|possibly|perhaps|maybe|also|now|really|very much) )*"
_GLAD = (
    rf"(?:(?:i|we)(?:'d| would) {_SOFT}"
    r"(?:be (?:ever so |so |very |most |really |much )?(?:grateful|glad|happy|obliged|thankful|pleased|delighted)"
    r"|appreciate it(?: very much| a lot)?)|it(?:'d| would) be (?:so |very |really |most )?(?:great|nice|lovely|kind|good|wonderful"
    r"|helpful|handy|best)) if"
)
_WHOSE = r"(?:the|my|our|all|both|every|each|his|her|their|[\w]+'s) "
_PASSIVE = re.compile(
    rf"(?:{_GLAD} |{_SOFT}(?:could|can|may|might) )(?P<thing>{_WHOSE}[^,;]+?) (?:could |can |might |may |were to |would )?be {_SOFT}"
    rf"(?P<verb>{'|'.join(_BASES)})(?P<rest>(?: [^,;]+)?)",
    re.IGNORECASE,
)
_WERE = re.compile(
    rf"{_GLAD} (?P<thing>{_WHOSE}[^,;]+?) (?:were|was|are|is) {_SOFT}(?P<verb>{'|'.join(_BASES)})(?P<rest>(?: [^,;]+)?)",
    re.IGNORECASE,
)
_GOING = re.compile(
    rf"{_SOFT}(?:could|can|may|might|would) (?P<thing>{_WHOSE}[^,;]+?) {_SOFT}(?:go|come) (?P<how>on|off"
    r"|(?:to|up to|down to) (?:full|half|maximum|minimum|max"
    r"|\w+ (?:percent|degrees|power|speed)|\d+|[a-z]+ty(?:-\w+)?|full \w+))(?: please| now)*",
    re.IGNORECASE,
)
"""What might "go on" or "go to full"."""
_NEEDING = re.compile(
    rf"(?:(?:and|but|so|who|which is why (?:he|she|they)) )*(?:(?:i|we|he|she|they)(?: would|'d)|would) "
    rf"{_SOFT}(?:need|like|want|prefer|love)(?: to have)? "
    rf"(?P<thing>{_WHOSE}[^,;]+?) (?:to be )?(?P<verb>{'|'.join(_BASES)})(?P<rest>(?: (?:on|off|up|down|to [^,;]+|again|now|for [^,;]+))*)",
    re.IGNORECASE,
)
_SURE = re.compile(
    rf"(?:(?:could|can|would|will) you )?{_SOFT}(?:make (?:quite |absolutely )?(?:sure|certain)|see(?: to it)?|ensure)(?: that)? "
    rf"(?P<thing>{_WHOSE}[^,;]+?) (?:(?:is|are|be|gets?|stays?|has been|have been) )?"
    rf"(?P<verb>{'|'.join(_BASES)})(?P<rest>(?: [^,;]+)?)",
    re.IGNORECASE,
)
_MUSIC = re.compile(
    r"(?:it(?:'d| would) be (?:so |very |really )?(?:great|nice|lovely|good|wonderful) to (?:have|hear)"
    r"|(?:i|we)(?:'d| would) (?:like|love|enjoy)(?: to (?:have|hear))?) "
    r"(?:some|a bit of|a little) (?P<what>[^,;]+?)(?P<on> (?:on|from|through) (?:the |my |our )[^,;]+?)?"
    r"(?: (?:during|over|for|with|while) [^,;]+)?"
    r"(?:, (?:so |and )?(?:please |could you |would you )*(?:play|put on) (?:some|it|that|them|a bit|something)"
    r"(?: please| then| on)*|(?P<end>$))",
    re.IGNORECASE,
)
_FOR_WHOM = re.compile(
    r"(?P<some>\b(?:play|put on|have|hear) (?:some|a bit of|a little|something|anything|a few|any) [^,;]+?) for (?:me|us"
    r"|her|him|them|everyone|everybody|the (?:kids|children|guests))"
    r"(?= (?:on|in|at|from|through|please|now)\b|[.!?]*$)",
    re.IGNORECASE,
)
_FIRST_MUSIC = re.compile(
    r"(?:it(?:'d| would) be (?:so |very |really )?(?:great|nice|lovely|good|wonderful) to (?:have|hear)"
    r"|(?:i|we)(?:'d| would| should) (?:like|love|enjoy)(?: to (?:have|hear))?|(?:i|we) fancy|let's have|how about) "
    r"(?:some|a bit of|a little) music(?P<on> (?:on|from|through) (?:the |my |our )?[^,;]+?)?(?: now| please| tonight)?"
    r"[,.;]+ (?:so |and |please )*(?:(?:could|can|would|will) you )?(?:please )?(?:play|put on|find)(?: me"
    r"| us)? (?P<what>[^,;]+?)(?: for (?:me|us))?(?: please)?[.?!]*",
    re.IGNORECASE,
)
_SOME = re.compile(r"(?:some|a bit of|a little) ", re.IGNORECASE)
_ON = re.compile(r"^ (?:on|from|through) (?:the |my |our )?", re.IGNORECASE)
OPENING = re.compile(
    rf"(?:{_GLAD} (?={_WHOSE})|(?:and |but )would {_SOFT}(?:need|like|want) (?:to have )?(?={_WHOSE}))", re.IGNORECASE
)
"""What a request of this kind begins with inside a sentence."""
_MOVED = frozenset("switch turn put".split())
_TOLD = re.compile(r" (?:on|off|open|closed|shut|up|down) and ", re.IGNORECASE)
"""One thing's state before another thing: "the lamp on and the fan off"."""


def entreated(said: str) -> str:
    """The command that a clause comes to which says what should be so; empty: it is no such clause."""
    if (going := _GOING.fullmatch(said)) is not None:
        how = going["how"].lower()
        return f"turn {how} {going['thing']}" if how in {"on", "off"} else f"set {going['thing']} {how}"
    for pattern in (_PASSIVE, _WERE, _NEEDING, _SURE):
        if (found := pattern.fullmatch(said)) is not None:
            verb, rest = _BASES[found["verb"].lower()], found["rest"]
            if (verb in _MOVED and not rest) or _TOLD.search(found["thing"]):
                return ""
            return f"{verb} {found['thing']}{rest}"
    return ""


def music_wished(text: str, is_player: Callable[[str], bool]) -> str:
    """The command for music that somebody would love to hear; `text` where it is no such wish. `is_player` knows players by their words."""
    text = _FOR_WHOM.sub(r"\g<some>", text)
    if (music := _FIRST_MUSIC.fullmatch(text)) is not None and _SOME.match(music["what"]):
        return (
            text
            if music["on"] and not is_player(_ON.sub("", music["on"]))
            else f"play {music['what']}{music['on'] or ''}"
        )
    found = _MUSIC.fullmatch(text.rstrip(" .!"))
    if found is None or not (found["on"] or found["end"] is None):
        return text
    if found["on"] and not is_player(_ON.sub("", found["on"])):
        return text
    return f"play {found['what']}{found['on'] or ''}"
