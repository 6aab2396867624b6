"""The words with which people take back what they just said: "no wait", "sorry", "I mean"."""

from __future__ import annotations

import re

from appliance.text import NUMERALS

_GAP = r"[\s,.;:!…–—-]"
_HUM = r"(?:u+m+|u+h+|er+m?|h+m+|ehm|oh|ah|well)"
_MOMENT = r"(?: a (?:minute|second|moment|sec))?"
_SURE = (
    rf"(?:no,? wait{_MOMENT}|wait,? no|oh,? wait|oh,? no|no,? no|hang on{_MOMENT}|hold on{_MOMENT}|wait a (?:minute|second|moment|sec)"
    r"|(?:i )?beg your pardon|(?:scratch|strike|cancel) that|i mean(?:t)?(?: to say)?|or rather|or better|(?:no,? )?make that|correction"
    r"|on second thoughts?"
    r"|actually,? no|no,? actually|no,? sorry|sorry,? no|(?:no,? )?not that(?: one)?|oops|whoops|my mistake|my bad"
    r"|that(?:'s| is| was) (?:wrong|the wrong (?:one|way)|not right)|i(?:'m| am) (?:confusing|mixing) (?:them|that|it|things|those)(?: up)?"
    r"|i(?:'ve| have)? (?:mixed|got|muddled) (?:them|that|it|those|this)(?: all)? (?:up|wrong|confused|mixed up)|i misspoke|change of plan"
    r"|(?<=[,.;] )(?:the )?wrong (?:one|lamp|light|room|door|blind|way)(?=[,.;])"
    r"|i take (?:that|it) back|forget (?:that|what i said)|what am i saying|silly me|(?:ignore|disregard) that"
    r"|(?:never ?mind|forget it|cancel)(?=[,.;]+ *\w)|let me (?:rephrase|correct) that|that came out wrong)"
)
_NO_NO = (
    r"one|more|longer|need|matter|idea|problem|doubt|hurry|rush|later|less|way|thanks?|thank you|worries|pressure|stress|big deal|kidding"
    r"|joke|good|use|fun|wonder|question|chance|fuss"
)
"""What follows a "no" that takes nothing back."""
_NUMERALS = "|".join(NUMERALS)
_FOR_A_WHILE = r"for|until|till|and|a bit|a while|\w+ (?:seconds?|minutes?|hours?)"
_MAYBE = (
    rf"(?:(?<!is )(?<!are )(?<!'s )(?<!with )(?<!say )(?<!has )(?<!have )(?<!be )(?<!make )no(?! (?:{_NO_NO})\b)"
    rf"|nope|nah|pardon(?: me)?|excuse me|(?<=[,.;!…] )(?:i said|better(?: yet| still)?(?= (?:\d|{_NUMERALS})))"
    r"|sorry(?! (?:for|about|to|but|if)\b)"
    rf"|wait(?! (?:{_FOR_A_WHILE})\b)|actually|(?<!'d )(?<!would )rather(?! (?:than|have)\b))"
)
CUE = re.compile(
    rf"(?:(?<={_GAP})|^)(?:(?:{_HUM}{_GAP}+)*(?P<cue>{_SURE}|{_MAYBE})(?:{_GAP}+(?:{_SURE}|{_MAYBE}|{_HUM}))*"
    rf"|(?<=[,.;…–—-] ){_HUM})(?={_GAP}|$)",
    re.IGNORECASE,
)
_IS_SURE = re.compile(_SURE, re.IGNORECASE)


def is_sure(text: str, cue: re.Match[str]) -> bool:
    """Whether a cue always takes something back: "scratch that", or a "no" set off by itself."""
    if cue["cue"] is None:
        return False
    set_off = text[: cue.start()].rstrip(" ")[-1:] in set(",.;…–—-")
    return _IS_SURE.search(cue[0]) is not None or (set_off and cue["cue"].lower() in {"no", "nope", "nah"})
