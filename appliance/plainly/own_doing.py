"""What somebody does by hand, is about to do, asks about or does not want: it names things of the home and wants nothing done with them."""

from __future__ import annotations

import re

_DOES = (
    r"(?:turn|switch|put|set|open|close|shut|lock|unlock|start|stop|dim|raise|lower|pull|play|pause|mute|get|do|see to|take care of"
    r"|manage|handle|fix|sort|water|run|make|light|plug|unplug|vacuum|mow|feed|check)"
)
_WHO = r"(?:i|we|he|she|they|you and i|(?:my|our|the) \w+|[^\W\d_]+)"
_WOULD = (
    r"(?:'ll|'d(?: rather| prefer to| like to)?| can| could| will| would(?: rather| prefer to| like to)?| may| might| shall"
    r"| wants? to| prefer to|'m going to|'s going to|'re going to| am going to| is going to| are going to)"
)
_OWN = r"(?:(?:by )?(?:myself|ourselves|himself|herself|themselves)|(?:on|by) (?:my|our|his|her|their) own|by hand)"
_BEFORE = (
    r"(?:(?:no|no thanks|thanks|thank you|no need|don't worry|it's (?:ok|okay|fine|all right)|leave it|ok|okay|oh|well|hang on)"
    r"[ ,]+)*"
)
_BY_HAND = re.compile(
    rf"(?:^|(?<=[,.;]) *|(?<= and ))(?:{_BEFORE})(?!please )(?:{_WHO}{_WOULD}(?: (?:just|also|easily|always|still))? {_DOES}\b)"
    rf"(?![^,.;]*\b(?:not|can't|cannot|too|unable|don't)\b)[^,.;]*?\b{_OWN}\b(?: (?:now|then|later|tonight|anyway))*"
    r"(?:[ ,]+(?:thanks|thank you|thank you very much|please))*(?=[,.;!]|$)",
    re.IGNORECASE,
)
"""A clause of what somebody does without the appliance."""
_ABOUT_TO = re.compile(
    rf"{_BEFORE}(?:i'm|i am|we're|we are) (?:just |now )?(?:going to|about to|gonna) (?:go (?:and )?)?{_DOES} [^,.;]*[.!]?",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:so |and |well |hey |oh )*(?:(?:did|have) you (?:hear|heard|tell|told|announced?)\b.*"
    r"|(?:mum|mummy|mom|mommy|dad|daddy|grandma|grandpa|granny|nan|auntie?),? (?:please )?"
    r"(?:can|may|could) (?:i|we) (?:please )?"
    r"(?:have|go|get|come|stay|watch|eat|use|play)\b(?!.*\b(?:on|off|up|down|open|closed|lights?|lamps?|music|heating|warmer|cooler|louder|timer)\b).*"
    r"|do you think (?:that )?(?:i|we) (?:should|ought to|could|can|need to) .*)",
    re.IGNORECASE,
)
"""Questions for what somebody heard, told or thinks."""
_NO = re.compile(
    r"(?:please[ ,]+)?no (?!(?:one|need|thanks?|thank|way|more|matter|wait|make|turn|switch|put|set|open|close)\b)"
    r"[\w' ]+ (?:on|off|up|down|open|closed|shut|running)(?:,? (?:yet|for now|right now|now|tonight|today|tomorrow|any ?more|please|in here"
    r"|(?:before|after|until|till|while|when) .+))+[.!]?",
    re.IGNORECASE,
)
"""How nothing is to be: "no blinds down yet"."""
_UNWANTED = re.compile(
    r"[^,;]*\b(?:(?:would|'d) (?:like|love|want|prefer|need)|wants?|needs?)\b.*[, ]but (?:i|we) (?:really )?"
    r"(?:don't|do not|won't|wouldn't)(?: want (?:it|that|them))?[.!]?",
    re.IGNORECASE,
)
"""What somebody else would like, and the speaker would not."""

_PONDERED = re.compile(
    rf"{_BEFORE}(?!.*\b(?:so|but|please|then)\b)(?:"
    r"(?:i|we)(?:'m| am|'re| are)? (?:wonder|wondering|not sure|don't know|do not know|debating)"
    r" (?:whether|if) (?!you\b)[^,;]*"
    rf"|(?:just |first )?let me {_DOES}\b[^,;]*"
    r"|(?:(?:write|note|jot)(?: down)?|make a note|keep in mind|bear in mind) that [^,;]*"
    r"|(?:i|we|he|she|they) (?:usually|normally|generally|typically|mostly|ordinarily|tend to|used to)\b[^,;]*"
    r"|(?:(?:make (?:sure|certain)|see to it|ensure)(?: that)? )?(?:the|my|our) (?:[\w'-]+ )?alarm"
    r" (?:(?:does|should|must|may|can|will) ?(?:not|n't)|must never|cannot) go off\b[^,;]*)",
    re.IGNORECASE,
)
"""What somebody thinks about, does first, notes down or does on other days, and that no alarm is to ring."""

_NOT_DUE = re.compile(
    rf"{_BEFORE}(?:"
    rf"(?:it|that)(?:'s| is| isn't| is not)? (?:not |n't )?[^,;]*\benough (?:for|to) (?:(?:the|my|our) [\w' ]+? to )?"
    r"(?:turn|switch|open|close|shut|put|lock|start|stop|go (?:on|off|up|down)|come on|be (?:on|off|open|closed|shut))\b[^,;]*"
    r"|(?:it's|it is|that's|is it|isn't it)[^,;]* too (?:early|late|soon) (?:for|to) [^,;]*"
    rf"|(?:if|when|whenever|every time|each time) (?:you|i|we|he|she|they|somebody|someone) {_DOES}\b[^,;]*?,? (?:then )?"
    r"(?:(?:i|we|he|she|they|it|nobody|everything)(?:'ll|'s|'d)? (?!would|could|should|will you|want|need|like)[^,;]*)"
    r"|(?:must|need) (?:the|my|our) [^,;]* be (?:on|off|open|closed|shut|locked|unlocked)"
    rf"|(?:the|my|our) [^,;]* (?:should|ought to|was supposed to|were supposed to|could|would|must) have [^,;]*"
    r"|(?:you|i|we|he|she|they|somebody|someone) (?:should|could|might|would|must) have \w+(?:ed|t|en|n)\b[^,;]*"
    r"|(?:suppose|supposing|imagine|pretend|assume|assuming|picture)(?: that)? [^,;]*"
    r"|.*,? (?:just|only|i'm|i was|merely) (?:kidding|joking)"
    rf"|(?:he|she|they|somebody|someone|(?:the|my|our) \w+) (?:said|says|shouted|goes|went|yelled|whispered|wrote) (?:to )?{_DOES}\b[^,;]*"
    r"|(?:the|my|our) [^,;]* could (?:use|do with) (?:a|an|some) (?:oil|paint|coat|clean\w*|repair\w*|fix\w*|new|service|polish"
    r"|grease|wash)\b[^,;]*"
    rf"|i(?:'d| would) {_DOES}\b[^,;]*,? if i were you"
    r"|(?:just )?let (?:the|my|our) [^,;]* be|(?:just )?let go of [^,;]*"
    r"|nothing(?:'s| is) (?:on|off|open|running|playing)\b[^,;]*"
    rf"|(?:can|could|may|does|will|would|did|is) (?:he|she|they|(?:the|my|our) (?:kids|children|guests|neighbou?rs)|(?-i:[A-Z])[a-z]+)"
    r" (?:able to |allowed to |also |even )?(?:turn|switch|put|set|open|close|shut|lock|unlock|dim|arm|disarm)\b[^,;]*"
    r"|(?:the|my|our) [^,;]* (?:couldn't|could not|can't|cannot) be (?:any )?\w+er"
    r")[.!?]*",
    re.IGNORECASE,
)
"""What it is not the time for, what comes of something, and how it could not be."""
_AVOIDED = re.compile(
    rf"{_BEFORE}(?:please |try to |better |do |you should |we should )*(?:avoid|refrain from|hold off(?: on)?|think twice (?:about|before)"
    r"|beware of) \w+ing\b[^,;]*",
    re.IGNORECASE,
)
_OBLIGED = re.compile(
    r"\b(?:oblige|grateful|appreciate|happy|glad|pleased|thank|nice|kind|love|delighted|please)", re.IGNORECASE
)


def without_own_doing(text: str) -> str:
    """`text` without what people do themselves; empty where nothing else is in it."""
    said = text.replace("’", "'")
    if any(form.fullmatch(said.strip()) for form in (_ABOUT_TO, _ASKED, _NO, _UNWANTED, _PONDERED, _AVOIDED)):
        return ""
    if _NOT_DUE.fullmatch(said.strip()) and _OBLIGED.search(said) is None:
        return ""
    rest = _BY_HAND.sub("", said)
    if rest == said:
        return text
    rest = re.sub(r"^(?:[ ,.;!]|(?:but|and|so|just)\b(?= ))+|[ ,;]+$", "", rest)
    return rest if re.search(r"\w", rest) else ""
