"""The words of a correction without what leads them in and out: "it's number two that I want started" is "number two"."""

from __future__ import annotations

import re

from appliance.intents.numbers import number
from appliance.plainly.pieces import Pieces
from appliance.text import words

_LEAD = re.compile(
    r"(?:(?:oh|um|uh|er|erm|hm+|well|please|then|so|and|but|rather|instead|maybe|perhaps|better|i think|i guess|say|of course"
    r"|(?:let's|let us|let me|we'll|i'll|we'd better|we can)(?: (?:say|do|have|take|use|try|go (?:for|with)))?"
    r"|it(?:'s| is| should be)|that(?:'s| is| should be)|i (?:want(?:ed)?|need|mean(?:t)?)|i'd (?:like|prefer|rather have)|go (?:for|with)"
    r"|the one called|(?P<only>just|only))[ ,]+)+",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:just|only)\b", re.IGNORECASE)
_MAKE_IT = re.compile(r"(?:(?:do|make|set|put|turn) (?:it|that|them)|do|go) ", re.IGNORECASE)
_PREFERRED = (
    r"(?:is|are|would be|will be|looks|ought to be|should be)(?: much| a bit| quite)? "
    r"(?:nicer|better|enough|plenty|fine|ok|okay|right|sufficient)|will do|would do|suffices"
)
_TRAIL = re.compile(
    r"[ ,]+(?:instead|rather|please|thanks|thank you|i think|i mean(?:t)?|of course|sorry|for now|after all|then|though|yes(?: .*)?"
    rf"|{_PREFERRED})[.!?]*$",
    re.IGNORECASE,
)
_WANTED = r"(?: (?:on|off|open|closed|started|running|done|to \w+(?: \w+)?))?"
_CLEFT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"it(?:'s| is| was) (?P<x>.+?) (?:that |which )?(?:i|we)(?:'d)?(?: really)? (?:want|mean|need|like)(?:ed|t)?{_WANTED}",
        rf"(?P<x>.+?) (?:is|was) (?:what|the one) (?:i|we) (?:want|need|mean)(?:ed|t)?{_WANTED}",
        r"(?:what |the one )(?:i|we) (?:meant|wanted|want|mean)(?: was| is) (?P<x>.+)",
    )
)
_BEING = r"'s(?= (?:not|still|just|already|been|so|too|very|in|at|on|out|here|there|away|asleep|using|\w+ing|\w+ed)\b)"
"""An "is" that is no possessive: "the potter's still here", not "the potter's lamp"."""
_TELLING = (
    r"(?:(?:(?:i|we|he|she|they|you|there|(?P<it>it|that)|someone|somebody|nobody)"
    r"(?:'m|'re|'s|'ve|'ll|'d| am| need| forgot| just| still)"
    rf"|(?:i|we|he|she|they|you|there|it|that|someone|somebody|nobody|(?:the|my|our) \w+)(?:{_BEING}"
    r"| are| is| was| were| have| has| had| needs| can't| cannot| don't| still"
    r"| haven't| hasn't| hadn't| didn't| isn't| aren't| wasn't| won't| doesn't))\b)"
)
_SOMEBODY = (
    r"(?:(?!(?:and|then|but|or|the one|that|which)\b)(?:(?:the|my|our|his|her) )?\w+"
    rf"(?:{_BEING}| is| are| was| has| have| had| needs| wants| comes| sleeps"
    r"| isn't| aren't| wasn't| hasn't| haven't| doesn't| won't| can't)\b"
    r"(?! (?:one|ones)\b)(?= ))"
)
"""Who else a reason is about."""
_TOO_MUCH = re.compile(
    r"(?:it|that)(?:'s| is| was| would be) (?:(?:far|much|way|a bit|a little) )*"
    r"(?:too (?:much|little|\w+)|not \w+ enough|enough)\s*[,.;]\s*(?=\S)",
    re.IGNORECASE,
)
_REASON_FIRST = re.compile(rf"(?:{_TELLING}|{_SOMEBODY})[^,;.]*[,;.]\s*(?=\S)", re.IGNORECASE)
_REASON_LAST = re.compile(
    rf"\s*[,;.]\s*(?:(?:because|as|since|for) .+|(?:{_TELLING}|{_SOMEBODY})[^,;]*)$", re.IGNORECASE
)
_AGAIN = re.compile(r"(?P<number>[\w -]+?),? (?P<digits>\w+(?: \w+){1,2})")
_MOST_DIGIT = 9


def cleaned(after: str, pieces: Pieces) -> tuple[str, bool]:
    """`after` without what leads it in and out, and whether "just" or "only" led it in."""
    only = False
    for cleft in _CLEFT:
        if found := cleft.fullmatch(after):
            after = found["x"]
    while True:
        was = after
        after = _without_reason(after, pieces)
        if found := _LEAD.match(after):
            only = only or _ONLY.search(found[0]) is not None
            after = after[found.end() :]
        after = _REASON_LAST.sub("", _TRAIL.sub("", after)).strip(" ,.;!?")
        if found := _MAKE_IT.match(after):
            kinds = {piece.kind for piece in pieces.of(after[found.end() :])}
            after = after[found.end() :] if kinds in ({"value"}, {"state"}) else after
        if after == was:
            return _once_spelt(after), only


def _without_reason(after: str, pieces: Pieces) -> str:
    """`after` without a statement before what it says: "I'm still reading, just the chandelier"."""
    after = _TOO_MUCH.sub("", after, count=1) if _TOO_MUCH.match(after) else after
    found = _REASON_FIRST.match(after)
    if found is None:
        return after
    about = {piece.kind for piece in pieces.of(found[0])} - {"other", "joint", "it", "verb", "state"}
    return after if found["it"] and about else after[found.end() :]


def _once_spelt(text: str) -> str:
    """`text` without the digits that say its number again: "sixteen, one six"."""
    found = _AGAIN.fullmatch(text)
    value = number([word.text for word in words(found["number"])]) if found is not None else None
    if found is None or value is None:
        return text
    digits = [number([word]) for word in found["digits"].lower().split()]
    known = [f"{digit:.0f}" for digit in digits if digit is not None and 0 <= digit <= _MOST_DIGIT]
    return found["number"] if len(known) == len(digits) and "".join(known) == f"{value:.0f}" else text
