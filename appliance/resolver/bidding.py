"""What a sentence does not bid: one of two things, a thing that it leaves alone, or anything at all where it only tells of something."""

from __future__ import annotations

import re

from appliance.messages import Call
from appliance.resolver.contradictions import SWEEPING
from appliance.resolver.situation import Selection, Situation
from appliance.resolver.spelling import every_word, stems
from appliance.resolver.vocabulary import NOUNS

_WHATEVER = frozenset({"whatever", "whichever", "anything", "something", "another"})


def undecided(situation: Situation) -> str:
    """What to ask where the sentence names two things of which only one is wanted, "the lamp or the fan"; empty: it does not."""
    words = situation.words
    names = set(situation.index.names_in(situation.sentence)) if "or" in words else ()
    places = set(situation.index.areas_said_in(situation.sentence)) if "or" in words else ()
    for at in (at for at, word in enumerate(words) if word == "or"):
        after = at + 1 + (words[at + 1 : at + 2] in {("the",), ("my",), ("our",)})
        one = at > 0 and words[at - 1] in NOUNS
        one = one or any(words[max(0, at - len(name)) : at] == name for name in names)
        other = after < len(words) and (
            words[after][:1].isdigit() or words[after] in NOUNS or words[after] in _WHATEVER
        )
        if one and (other or any(words[after : after + len(name)] == name for name in (*names, *places))):
            return "I am not sure which of the two you want. Please name one."
    return ""


_ORDERING = frozenset(
    """turn switch put set make kill cut shut close open dim brighten lower raise start stop light give get let bring need want would could
    can please lock run change adjust toggle power flip leave keep have on off out up down like everything all every
    pause mute unmute resume""".split()
)
"""Words of which one stands in a command for things all over the home."""
_TELLING_OF = frozenset("was were had hadnt wasnt werent couldnt been neighbours neighbors".split())
_ORDERS = frozenset("turn switch put set make kill shut close open dim brighten lower raise light".split())


def unbidden(found: Selection, call: Call, situation: Situation) -> bool:
    """Whether a sentence that is no command, but tells of something, would move things in several rooms: "the film was so dark"."""
    target = call.target
    placed = target.name or target.area or target.floor or target.here or target.it
    if placed or len({entity.area for entity in found.entities}) == 1:
        return False
    words = set(every_word(situation.text))
    tells = not _TELLING_OF.isdisjoint(words) or words >= {"we", "should"}
    return _ORDERING.isdisjoint(words) or (tells and _ORDERS.isdisjoint(words))


_ANNOUNCED = re.compile(
    r"\b(?:said|says|promised|swore|told (?:me|us|him|her|them|you))(?: that)? (?:he|she|they|i|we|you)"
    r"(?:'d|'ll|'ve| would| will|(?:'s|'re| is| are| was| were) going to| had| has| have)\b",
    re.IGNORECASE,
)
_WERE_IT_NOT = re.compile(
    r"^(?:oh |well |ah )?(?:i|we)(?:(?:'d| would) (?:(?:so |really )?love|like|gladly|happily)| could| might)\b[^,;.]*[,;]? but\b"
    r"(?!.*\b(?:please|you|turn|switch|set|put)\b)",
    re.IGNORECASE,
)
_PRINTED = re.compile(
    r"\b(?:recipe|sign|manual|instructions?|label|note|notice|book|booklet|box|packet|leaflet|website|letter|poster|article)s?"
    r" (?:says?|said|reads?|tells?)\b",
    re.IGNORECASE,
)
_ASKED_OF_OTHERS = re.compile(
    r"^(?:(?:and|so|then|yeah|well|oh)[ ,]+)*(?:he|she|they|somebody|someone|(?:my|the|our) \w+) (?:then )?"
    r"(?:said|says|asked|asks|goes|shouted|shouts|was like|is like|told (?:me|us|him|her|them))[ ,:]+(?:can|could|would"
    r"|will) you\b(?!.*\bplease\b)",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"^(?:(?:and|so|then|well|oh|ok|okay|now|hey|darling|dear|love|mum|dad)[ ,]+)*(?:(?:shall|should|ought) (?:i|he|she|they) (?:to )?"
    r"|(?:do|d'|would) ?(?:you|ya) (?:want|like|need) (?:me|him|her|them|us) to )(?:just |also |maybe )?"
    r"(?:turn|switch|put|set|open|close|shut|start|stop|lock|unlock|dim|raise|lower|leave|bring|get|make|run|draw|pull)\b",
    re.IGNORECASE,
)
"""Something that the speaker would do for another."""
_FORBIDDEN = re.compile(
    r"\b(?:you|we|they|nobody|no one) (?:must ?not|mustn'?t|should ?not|shouldn'?t|may not|oughtn'?t to|(?:are not|aren't) to)"
    r" (?:ever |just |simply )?(?:turn|switch|put|set|open|close|shut|start|stop|lock|unlock|dim|raise|lower|touch)\b",
    re.IGNORECASE,
)

_SOME_ARE = re.compile(
    r"^(?:one|two|three|four|five|[1-5]|some|half|most|several|a few|none) of (?:the|my|our|these|those) [^,;:]+? "
    r"(?:is|are|was|were|has|have|had) (?!to\b)[^,;:]*$",
    re.IGNORECASE,
)
"""A statement about some of several things: "half of the bulbs are broken"."""
_REPORTED = re.compile(
    r"^(?:the|my|our) [^,;:?]+? "
    r"(?:(?:should|could|must|might|would|ought to) have been|only (?:goes|opens|closes|comes|moves|gets|went))\b",
    re.IGNORECASE,
)
"""How something should have been, or is all it can do."""


def left_to_others(text: str) -> bool:
    """Whether a sentence tells what others announced or were asked, what its speaker would do, what is printed or forbidden, or what is."""
    text = text.replace("’", "'")
    forms = (_ANNOUNCED, _ASKED_OF_OTHERS, _OFFERED, _WERE_IT_NOT, _PRINTED, _FORBIDDEN, _SOME_ARE, _REPORTED)
    return any(form.search(text) for form in forms)


_NOT_BEHIND = re.compile(
    r"(?:,| but) (?:but |just |only )*not (?P<what>[\w' ]+?)(?: though| please)?[.!]?$", re.IGNORECASE
)


def _is_first(call: Call, situation: Situation) -> bool:
    """Whether a call is for what is named before a "not", or for nothing by its name."""
    name = call.target.name
    behind = _NOT_BEHIND.search(situation.text)
    return name is None or behind is None or stems(name) != stems(behind["what"]) or call.name in SWEEPING


def kept(found: Selection, call: Call, situation: Situation) -> bool:
    """Whether one of several things is what the sentence ends on leaving alone: "the nightstands off, not his"."""
    alone = situation.excepting or (len(found.entities) == 1 and _is_first(call, situation))
    match = None if alone else _NOT_BEHIND.search(situation.text)
    what = set(stems(match["what"])) if match is not None else set()
    names = [[word for name in entity.names for word in stems(name)] for entity in found.entities]
    return bool(what) and any(what.issubset(words) for words in names)
