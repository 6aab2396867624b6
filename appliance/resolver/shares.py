"""What a share is of: "half of what it's doing now", "a third brighter", "down by a quarter", "close it two thirds".

The command model copies the words of an amount. Whether they are where something shall be, how much more or less of what it is
now, or how far a cover is to be closed stands around them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from appliance.messages import Quantity
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import every_word

_PARTS = frozenset(
    f"{part}{ending}" for part in "third quarter fourth fifth sixth eighth tenth".split() for ending in ("", "s")
)
_CUES = _PARTS | frozenset("half percent again of close shut draw".split())
"""Words one of which is in each sentence with such an amount."""
_THAN_NOW = {
    **dict.fromkeys("more higher brighter lighter louder faster stronger warmer".split(), 1),
    **dict.fromkeys("less lower dimmer darker quieter softer slower weaker cooler colder".split(), -1),
}
"""Comparatives, and whether they mean more or less."""
_MORE = frozenset("up raise increase add brighten lift boost open extend".split()) | {
    w for w, way in _THAN_NOW.items() if way > 0
}
_LESS = frozenset("take knock shave down drop reduce decrease cut dim darken slow close shut retract".split()) | {
    w for w, way in _THAN_NOW.items() if way < 0
}
_OF_NOW = frozenset("halve halved by its it current present again as less what more".split())
"""Words of a share of the present value: "by half", "half its volume"."""
_UNITED = frozenset({("half", "a"), ("half", "an")})
"""What makes a half an amount: "by half a bar"."""
_VALUE = "volume|brightness|speed|level|loudness|setting|position|value"
_NOW = re.compile(
    r"(?:percent )?(?:of (?:what(?:ever)?|where|how \w+) (?:its|it|theyre|they|thats|that|hes|he|shes|she)\b(?! (?:was|were|used|had))"
    rf"|(?:of )?(?:its|their|his|her|the) (?:current|present|existing)\b"
    rf"|(?:of )?the (?:{_VALUE}) (?:it|they|that)\b(?! (?:was|were|used|had)))"
)
_HALF_ITS = re.compile(rf"of (?:its|their) (?:{_VALUE})\b")
_AGAIN = re.compile(r"as \w+ again\b")
_JOINT = re.compile(r"\b(?:and|then|but)\b")
_BY = re.compile(r"\bby(?: about| around| roughly)?$|\b(?:up|down|in|out)$")
_ARTICLE = re.compile(r" (?:a|an|one|the)$")
_CLOSING = re.compile(
    r"\b(?:close|shut|draw)\b(?! back| open)(?!.*\b(?:to|at|on|until|till|leave|leaving|except|all but)\b)"
)
_OPENED = re.compile(r"open|uncovered|free|visible")
_NUMBER = re.compile(r"\d")
_SAID_ALONE = re.compile(
    rf"\b(?P<before>by(?: about| around| roughly)? )?(?:(?P<many>a|one|two|three) )?(?P<part>{'|'.join(sorted(_PARTS))})(?P<after> \w+)?"
)  # fmt: skip
_MANY = {"two": 2, "three": 3}
_PART = {
    "third": 1 / 3,
    "quarter": 1 / 4,
    "fourth": 1 / 4,
    "fifth": 1 / 5,
    "sixth": 1 / 6,
    "eighth": 1 / 8,
    "tenth": 1 / 10,
}


def meant(wish: Quantity, key: str, situation: Situation) -> Quantity:
    """A wish for the value `key` as the words around it have it.

    "Half bright" is 50 percent and no half of what is, "all the way up" is 100 percent and no step. A share of a cover is one of all
    the way, of anything else one of its present value.
    """
    words = wish.words.split()
    if wish.mode == "up" and wish.value == 100 and "all" in words:
        return replace(wish, mode="set")
    if situation.says(_CUES):
        found = _around(wish, key, situation)
        if found is not None:
            return found
    if wish.mode == "times" and words[:1] == ["half"]:
        said = every_word(situation.text)
        if len(words) == 1 + ("a" in words) and wish.value is not None and not situation.says(_OF_NOW):
            return replace(wish, mode="set", value=50.0, unit="%")
        if not _UNITED.isdisjoint(pairwise(said)):
            way = "down" if situation.says(_LESS) else "up" if situation.says(_MORE) else ""
            return replace(wish, mode=way, value=0.5) if way else wish
    if wish.mode == "set" and words == ["half"] and _half_of_now(situation):
        return replace(wish, mode="times", value=0.5, unit="")
    return wish


def _half_of_now(situation: Situation) -> bool:
    """Whether half of what is was said: "half its volume"."""
    said = every_word(situation.text)
    return not {("half", "its"), ("half", "their")}.isdisjoint(pairwise(said))


def _around(wish: Quantity, key: str, situation: Situation) -> Quantity | None:
    """What the words before and after a wish make of it; None: nothing, or not the same everywhere they stand."""
    said = " ".join(every_word(situation.text))
    if not wish.words:
        return _unread(wish, key, said) if situation.calls == 1 and wish.mode in {"up", "down"} else None
    if wish.value is None:
        return None
    found = {_of(wish, key, before, after) for before, after in _places(" ".join(every_word(wish.words)), said)}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=64)
def _places(span: str, said: str) -> tuple[tuple[str, str], ...]:
    """The clause before each place where `span` stands, and what follows it."""
    found = []
    for match in re.finditer(rf"\b{re.escape(span)}\b", said):
        before = _JOINT.split(said[: match.start()])[-1].rstrip()
        found.append((_ARTICLE.sub("", before), said[match.end() :].lstrip()))
    return tuple(found)


def _of(wish: Quantity, key: str, before: str, after: str) -> Quantity | None:
    words = wish.words.split()
    share = _share(wish)
    if share is None:
        return None
    if wish.mode != "times" and (_NOW.match(after) or (words == ["half"] and _HALF_ITS.match(after))):
        return replace(wish, mode="times", value=share, unit="")
    if _AGAIN.match(after) and wish.mode == "times":
        return replace(wish, value=1 + share)
    half = "half" in words
    if key == "number" and not half and not after and before.endswith(" by") and _way(before):
        return _changed(wish, key, _way(before) * share)
    if key in {"temperature", "number"} or not (half or not _PARTS.isdisjoint(words)):
        return _closed(wish, key, before, after) if _NUMBER.match(wish.words) else None
    if after.startswith(("a ", "an ")) or (half and wish.mode == "up" and not _BY.search(before)):
        return None
    if after.startswith("off "):
        return _changed(wish, key, -share)
    if not half and (way := _THAN_NOW.get(after.partition(" ")[0])):
        return _changed(wish, key, way * share)
    another = before.endswith(" another")
    if another or _BY.search(before) or (wish.mode in {"up", "down"} and not half):
        way = _way(before) or {"up": 1, "down": -1}.get(wish.mode, 0)
        if way and not (
            not another and key == "position" and re.search(r"\b(?:close|shut|open)\b", before) and wish.mode == "set"
        ):
            return _changed(wish, key, way * share)
    return _closed(wish, key, before, after)


def _share(wish: Quantity) -> float | None:
    if wish.value is None or wish.unit not in {"", "%"}:
        return None
    return wish.value / 100 if wish.mode != "times" and (wish.unit == "%" or wish.value > 1) else wish.value


def _changed(wish: Quantity, key: str, share: float) -> Quantity:
    if key == "position" and share == -1 / 2:
        return replace(wish, mode="times", value=0.5, unit="")
    if key == "position":
        return replace(wish, mode="up" if share > 0 else "down", value=round(100 * abs(share), 4), unit="%")
    return replace(wish, mode="times", value=1 + share, unit="")


def _way(before: str) -> int:
    """Whether the words before an amount want more (1) or less (-1); 0: they do not say."""
    said = before.split()
    if said[-1:] == ["by"]:
        said = said[:-1]
    if said[-1:] in (["in"], ["out"]):
        return 1 if said[-1] == "out" else -1
    for word in reversed(said):
        if word in _MORE | _LESS:
            return 1 if word in _MORE else -1
    return 0


def _closed(wish: Quantity, key: str, before: str, after: str) -> Quantity | None:
    """The position of what is to be closed by so much."""
    if key != "position" or wish.mode != "set" or wish.value is None or not _CLOSING.search(before):
        return None
    if {"closed", "shut", "open"} & set(wish.words.split()) or _OPENED.match(after):
        return None
    return replace(wish, value=100 - wish.value, unit="%")


def _unread(wish: Quantity, key: str, said: str) -> Quantity | None:
    """The share of which the model copied only its direction."""
    if key in {"temperature", "number"}:
        return None
    found = list(_SAID_ALONE.finditer(said))
    if len(found) != 1:
        return None
    (match,) = found
    after = (match["after"] or "").strip()
    if not match["before"] and after not in _THAN_NOW:
        return None
    share = _MANY.get(match["many"], 1) * _PART[match["part"].removesuffix("s")]
    return _changed(replace(wish, words=match["part"]), key, share if wish.mode == "up" else -share)
