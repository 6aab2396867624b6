"""Corrections of what goes on a list: "put staples on the list, no, not staples, paper clips", "no, leave out the butter".

What is written on a list is free text, so only words that stand among its things take one back, or put another in its place.
"""

from __future__ import annotations

import re

from appliance.intents.lists import WHOSE, WRITING
from appliance.intents.lists.items import parted
from appliance.text import key

_NOTING = re.compile(
    r"(?P<lead>(?:.*?[,.;] )?(?:(?:please|and|now|can you|could you) )*"
    rf"{WRITING} )(?P<items>[^,;]\S*.*?) "
    rf"(?P<list>(?:to|on|onto) {WHOSE}?[\w' -]*?list),? ",
    re.IGNORECASE,
)
_CUE = re.compile(
    r"(?:(?:oh|ah|er|um|well|wait|hang on|hold on|actually|sorry|no|nope|scratch that|i mean)[,.;…–—-]* )+",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"not (?:the |any )?(?P<old>[^,;]+?)(?:,|;| but| rather)+ (?:(?:but|rather|i mean|i meant|it's|make that|of course) )*(?P<new>[^,;]+)",
    re.IGNORECASE,
)
_INSTEAD_OF = re.compile(
    r"(?:(?:i mean|i meant|make that) )?(?P<new>[^,;]+?),? (?:not|instead of|rather than) (?:the |any )?(?P<old>[^,;]+)",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"(?:(?:please |just )?(?:leave (?:out|off)|skip|forget(?: about)?|drop|without|not) (?:the |any )?(?P<x>[^,;]+?)"
    r"|leave (?:the )?(?P<y>[^,;]+?) (?:out|off)|(?:we (?:still )?have|we've (?:still )?got) (?:the )?(?P<z>[^,;]+?))"
    r"(?: (?:after all|then|please|left|already|still))*",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:the|some|a|an|any) ", re.IGNORECASE)


def amended(text: str) -> str | None:
    """`text`, which puts things on a list, with those that it takes back left out; None: it takes none of them back."""
    plain = text.rstrip(" .!")
    found = _NOTING.match(plain)
    cue = _CUE.match(plain, found.end()) if found is not None else None
    if found is None or cue is None:
        return None
    after = plain[cue.end() :].strip()
    items = list(parted(found["items"]))
    for pattern in (_DENIED, _INSTEAD_OF):
        if (change := pattern.fullmatch(after)) and (at := _place(items, change["old"])) is not None:
            items[at] = change["new"].strip()
            return _said(found, items)
    if left := _LEFT.fullmatch(after):
        at = _place(items, left["x"] or left["y"] or left["z"])
        if at is not None and len(items) > 1:
            return _said(found, items[:at] + items[at + 1 :])
    return None


def _place(items: list[str], said: str) -> int | None:
    """Which of the things some words are."""
    return next((at for at, item in enumerate(items) if _bare(item) == _bare(said)), None)


def _bare(item: str) -> str:
    return _ARTICLE.sub("", key(item))


def _said(found: re.Match[str], items: list[str]) -> str:
    return f"{found['lead']}{', '.join(items)} {found['list']}"
