"""Requests in a condition that is none: "if you'd kindly cut the radio off, I would be obliged" is "please cut the radio off"."""

from __future__ import annotations

import re

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
_FIRST_IN_TIME = re.compile(
    r"^before (?:the |our |my )?[\w'’]+(?: [\w'’]+){0,2} (?:comes?|arrives?|gets? (?:here|home|in|back)|turns? up)\b[^,;]*, "
    r"(?=(?:(?:i|we)(?:['’]d| would) |(?:could|can|would|will) you |please |turn |switch |put |close |open |set ))",
    re.IGNORECASE,
)
"""In time for what will happen is now."""
_IF_YOU_PLEASE = re.compile(r",? if you please\b(?! \w)", re.IGNORECASE)


def unobliged(text: str) -> str:
    """`text` with plain requests for such ones."""
    text = _FIRST_IN_TIME.sub("", text)
    text = _IF_YOU_PLEASE.sub(" please", text)
    return _OBLIGED.sub(lambda found: f"please {found['what'] or found['after']}", text)
