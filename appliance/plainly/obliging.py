"""Requests in a condition that is none: "if you'd kindly cut the radio off, I would be obliged" is "please cut the radio off"."""

from __future__ import annotations

import re

from appliance.plainly.courtesies import PAST

_THANKS = (
    r"(?:i|we)(?:['’]d| would| should) (?:be (?:(?:much|most|ever so|very|so|really|eternally|deeply) )*"
    r"(?:obliged|grateful|thankful|pleased|delighted|happy|glad)(?: to you| for it)?"
    r"|(?:really |very much )?appreciate it(?: very much| a lot)?)"
)
_WOULD = (
    r"if you(?:['’]d| would| could|['’]ll| will) (?:just |only )?(?:kindly|please|be so (?:kind|good) as to|be (?:kind|good) enough to"
    r"|have the kindness to)"
)
_OBLIGED = re.compile(
    rf"\b{_WOULD} (?P<what>[^;?]+?),? (?:then )?{_THANKS}(?=\s*(?:[,.!]|$))"
    rf"|\b{_THANKS},? {_WOULD} (?P<after>[^;?]+)",
    re.IGNORECASE,
)
_DONE = {
    **PAST, "made": "make", "added": "add", "played": "play", "ran": "run", "drew": "draw", "pulled": "pull", "brought": "bring",
    "took": "take", "gave": "give", "left": "leave", "kept": "keep", "let": "let", "told": "tell", "reminded": "remind", "sent": "send",
}  # fmt: skip
_IF_DONE = rf"if you (?:(?:just|only|please|kindly|would) )*(?P<%s>{'|'.join(_DONE)}) (?P<%s>[^;?]+?)"
_WERE_DONE = re.compile(
    rf"\b{_THANKS},? {_IF_DONE % ('did', 'to')}(?=[.!]*$)|\b{_IF_DONE % ('done', 'of')},? (?:then )?{_THANKS}(?=\s*(?:[,.!]|$))",
    re.IGNORECASE,
)
_AND_DONE = re.compile(
    rf"(?P<and>\b(?:and|then) )(?P<did>{'|'.join(_DONE)}) (?=(?:the|my|our|all|both|every|it|them)\b)", re.IGNORECASE
)
"""What somebody would be glad of, as if it were done: "I'd be grateful if you closed the shutters"."""
_MAY = r"(?:might|may|could|can)"
_GLAD_OF = re.compile(
    rf"\b(?:{_THANKS} of|(?:(?:i|we) (?:was |were |am |are )?wonder(?:ing)? (?:if|whether) )?(?:(?:i|we) {_MAY}|{_MAY} (?:i|we))"
    r" (?:trouble|bother|ask) you for|(?:is there |would there be )?any chance of) (?=\S)",
    re.IGNORECASE,
)
"""A wish for a thing or a state."""
_LEFT_ON = re.compile(
    r"^(?P<told>(?!(?:please |and |so )*(?:turn|switch|put|set|open|close|shut|start|run|play|make|leave|go)\b)"
    r"[^,;.]*(?:['’](?:s|ve|re|d)|\b(?:has|have|had|is|was|are|were|went|fell|gone|left)) [^,;.]*?) "
    r"with (?:everything|every \w+|all (?:of )?(?:the |his |her |their |my |our )?\w+|(?:the|his|her|their) \w+) (?:still |left )?"
    r"(?:on|running|open|going|blazing|lit)(?=[^,;.\w]*[,;.])",
    re.IGNORECASE,
)
"""How somebody went and left things, before what is wanted: "he has dropped off with everything on, so …"."""
_FORGOTTEN = re.compile(
    r"^(?:(?:oh|no|damn|oops|dear|god|sorry|blast|wait|hang on|i think|i'm afraid)[ ,]+)*(?:i|we)(?:['’]ve| have)?"
    r"(?: (?:just|totally|completely))? forg(?:ot|otten) to "
    r"(?P<what>(?:turn|switch|put|close|shut|lock|arm|start|stop|open|lower|raise|draw|pull)\b"
    r"(?!.*\b(?:last|yesterday|earlier|when|before|ago|once|the other|this morning|so)\b)[^,;.?]*)[.!]?$",
    re.IGNORECASE,
)
"""What somebody forgot to do, which is still to be done: "oh no, I forgot to lock the back door"."""
_FIRST_IN_TIME = re.compile(
    r"^before (?:the |our |my )?[\w'’]+(?: [\w'’]+){0,2} (?:comes?|arrives?|gets? (?:here|home|in|back)|turns? up)\b[^,;]*, "
    r"(?=(?:(?:i|we)(?:['’]d| would) |(?:could|can|would|will) you |please |turn |switch |put |close |open |set ))",
    re.IGNORECASE,
)
"""In time for what will happen is now."""
_IF_YOU_PLEASE = re.compile(r",? if you please\b(?! \w)", re.IGNORECASE)


def unobliged(text: str) -> str:
    """`text` with plain requests for such ones."""
    text = _FORGOTTEN.sub(r"\g<what>", text)
    text = _LEFT_ON.sub(r"\g<told>", _FIRST_IN_TIME.sub("", text))
    text = _IF_YOU_PLEASE.sub(" please", text)
    text = _GLAD_OF.sub("i would like ", text)
    text = _WERE_DONE.sub(_request, text)
    return _OBLIGED.sub(lambda found: f"please {found['what'] or found['after']}", text)


def _request(found: re.Match[str]) -> str:
    """The request for what would be done."""
    rest = _AND_DONE.sub(lambda more: more["and"] + _DONE[more["did"].lower()] + " ", found["to"] or found["of"])
    return f"please {_DONE[(found['did'] or found['done']).lower()]} {rest}"
