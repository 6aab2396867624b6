"""Requests before what only explains them: "turn the stairlift off, Walter's finished with it".

What comes behind the last comma is an explanation where it tells something, with a subject and a verb of its own, names nothing of the
home, and has no word that restricts, corrects, puts off or takes back. The request alone is one more way to read the sentence, which
counts only where the whole comes to nothing.
"""

from __future__ import annotations

import re

from appliance.messages import Home
from appliance.plainly.courtesies import FINITE, HOLDING_FIRST, SUBJECT
from appliance.resolver.spelling import stems
from appliance.resolver.vocabulary import NOUNS
from appliance.text import words

_CUT = re.compile(r"[,;–—]+ +| - |[.!?]+ +(?=\w)")
_SOMEBODY = re.compile(
    r"[A-Z][\w-]+(?:'s|'ll|'d| (?:is|has|was|had|will|would|can|can't|needs?|wants?|likes?|\w+s|\w+ed)\b)"
)
_LED = re.compile(
    r"(?:(?:because|since|as|for|so|and|only|you see|honestly|really|actually|well)[ ,]+)+", re.IGNORECASE
)
_RESTRICTING = re.compile(
    r"\b(?:except|apart|only|unless|(?<!hear )(?<!see )(?<!know )(?<!check )(?<!sure )(?:if|whether)|until|till|instead"
    r"|rather|leave|leaving|keep|keeping|wait|other|others|mean|meant|sorry|scratch"
    r"|tomorrow|later|then|also|too|as well|(?:said|says|told|tells|asked|asks|thinks|thought)(?! (?:it|that|this|they|he"
    r"|she|his|her|the|my)\b)|never|nobody|none|should|shall|must|ought|better"
    r"|turn|switch|put|set|open|close|shut|start|stop|lock|unlock|dim|raise|lower|play|pause|off it|on it|on them"
    r"|which one|wrong|joking|kidding"
    r"|before|after|when|while|once|again|degrees?|percent|(?<!any )minutes?|hours?)\b|(?<!nothing )\bbut\b|^not?\b|\bor\b",
    re.IGNORECASE,
)
"""Words that may change what is asked for, put it off, or belong to another request or another speaker."""
_ABOUT = re.compile(
    r"\b(?:at|to|from|behind|through) the (?:front |back |garden )?door\b|\b(?:on|by) the phone\b|\bin the air\b",
    re.IGNORECASE,
)
"""Where somebody is, or what: no thing to be switched."""
_ASKING = re.compile(
    r"^(?:(?:and|so|then|ok|okay|please|oh|hey|now|just|right|well|yes)[ ,]+)*(?:i|we|he|she|they|it|you|there|this|that|the|my|our|his|her"
    r"|their|who|what|which|why|how|when|where|if|when|is|are|was|were|do|does|did|don't|never|not|no)(?:'\w+)?\b",
    re.IGNORECASE,
)
"""How nothing begins that asks to have something done."""
_WISH = re.compile(
    r"^(?:(?:and|so|then|ok|okay|please|oh|hey|now|just|right|well|yes)[ ,]+)*(?:i|we)(?:(?:'d| would| should)"
    r" (?:really |so |quite |rather )?(?:like|love|prefer)| (?:want|need))\b(?! (?:you|him|her|them|it if)\b)",
    re.IGNORECASE,
)
"""How a wish begins that is a request."""
_THING = re.compile(r"(?:the|my|our) .+ (?:to|at|on|off|up|down|open|closed|shut)\b", re.IGNORECASE)
"""A thing and how it is to be, without a verb."""
_LEAST = 3
"""Words of a request, and of an explanation."""


class Tails:
    """The names of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        named = [entity for entity in home.entities if entity.domain not in {"person", "device_tracker"}]
        self._named = {stems(name) for thing in (*named, *home.places) for name in thing.names}
        self._longest = max(map(len, self._named), default=0)

    def request(self, text: str, *, least: int = _LEAST) -> str:
        """What `text` asks for in `least` words or more, without the explanation at its end; empty: it has none, or may have more to it."""
        plain = text.replace("’", "'").strip()
        for cut in _CUT.finditer(plain):
            head, tail = plain[: cut.start()], plain[cut.end() :].rstrip(" .!?")
            asking = _ASKING.match(head) is None or _WISH.match(head) is not None
            asking = asking or (_THING.match(head) is not None and FINITE.search(head) is None)
            if asking and len(words(head)) >= least and self._explains(tail):
                return head
        return ""

    def _explains(self, tail: str) -> bool:
        """Whether words behind a request only tell why."""
        told = _LED.sub("", tail, count=1) if _LED.match(tail) else tail
        if len(words(told)) < _LEAST - 1 or _RESTRICTING.search(told) or HOLDING_FIRST.match(told):
            return False
        subject = SUBJECT.match(told) or _SOMEBODY.match(told)
        return subject is not None and FINITE.search(told) is not None and not self._names(told)

    def _names(self, said: str) -> bool:
        """Whether words name a thing or room of the home, or a kind of thing."""
        spoken = stems(_ABOUT.sub("", said))
        spans = (spoken[at : at + n] for n in range(1, self._longest + 1) for at in range(len(spoken) - n + 1))
        return any(span in self._named or " ".join(span) in NOUNS for span in spans)
