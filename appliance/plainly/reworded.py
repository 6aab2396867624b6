"""Corrections within words that a sentence only quotes: "add butter, no, margarine to the list", "play Queen, hang on, ABBA in the den".

What goes on a list, a title, the name of a timer and a message are any words, so nothing in the home says what takes the place of what.
The last thing of a list gives way to the one behind the repair word, a title or name as a whole; in a message only like gives way to like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from appliance.intents.clauses import OPENERS
from appliance.intents.lists import NOTING
from appliance.intents.numbers import number
from appliance.messages import Home
from appliance.plainly.cues import CUE, is_sure
from appliance.text import any_of, words

_TAKEN = r"(?:take|tick|check|cross|strike|remove|delete|drop)(?: off)?"
_LISTS = r"(?:(?:the|my|our) (?:[\w'-]+ ){{0,3}}?list\b|(?:(?:the|my|our) )?(?:{lists})(?: list)?(?=\s*(?:$|[,.;!?])| please))"
_PLAYED = r"(?:(?:start )?play(?:ing)?|listen to|watch|stream|queue up)"
_AT = r"(?:on|in|over|through|via) (?:(?:the|my|our) )?(?:{players}|{areas})(?=\s*(?:$|[,.;!?]|(?:please|and|now|then)\b))"
_SET = r"(?:set|start|make|create|begin|give me)(?: me| us)? (?:an?|the|my|another|one)"
_TOLD = (
    r"(?:(?:announce|broadcast|make an announcement|say|let (?:everyone|everybody) know"
    r"|tell (?:everyone|everybody|them all|the (?:kids|children|family|others)|all of them))(?:,? that|:)?)"
)
_REMINDED = r"remind (?:me|us)(?: (?:in|at) [\w ]+?)? to"
_BEFORE = (
    r"(?:^|(?<=[,.;!?] )|(?<=\band )|(?<=\bplease )|(?<=\bto )|(?<=\byou )|(?<=\bthen )|(?<=\balso )|(?<=\bjust ))"
)
_WHOLE = re.compile(
    r"(?:never ?mind|forget|do(?:n't| not)|leave|keep|stop|cancel|that|it|i|we|not now)\b", re.IGNORECASE
)
"""What takes back more than a thing, or gives a reason."""
_LEAD = re.compile(
    r"(?:(?:well|so|please|rather|better|it's|it is|make (?:that|it)|let's (?:say|have|make (?:that|it))|let's|say|i mean(?:t)?|i said|play"
    r"|add|put|of course|not that)[ ,]+)+",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"[ ,]+(?:instead|rather|please|thanks|i mean(?:t)?|of course|sorry|after all|then)[.!]*$", re.IGNORECASE
)
_ONLY = re.compile(r"(?:just|only) ", re.IGNORECASE)
_NOT = re.compile(
    r"(?:not|no) (?:the |any )?(?P<old>[^,;]+?)(?:[,;]+| but)\s+(?:(?:but|rather) )*(?P<new>.+)", re.IGNORECASE
)
_ARTICLE = re.compile(r"(?:an?|the|my|our|some) ", re.IGNORECASE)
_JOINT = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)
_AND_AT_END = re.compile(r"\s+and\s+$", re.IGNORECASE)
_CONTRASTS = (
    re.compile(r"(?P<new>\S[^,]*?)(?:, (?:and |but )?| and | but )not (?:the |any )?(?P<old>[^,;]+)", re.IGNORECASE),
    re.compile(r"not (?:the |any )?(?P<old>[^,;]+?),? but (?P<new>[^;]+)", re.IGNORECASE),
)
_DANGLING = re.compile(r"[\s,]+(?:and|or|but)?[\s,]*$", re.IGNORECASE)
_NEVER_ITEMS = frozenset("nope sorry wait actually rather".split())
_EDGE = " \t,.;:!…–—-"
_PLACED = frozenset("to on onto in into at from off for".split())
_FEW = 4
"""Words of a thing that only comes behind its list."""
_DEEDS = frozenset(
    "call ring phone text email buy get order pay book fix repair wash water feed pack fetch meet wake".split()
)
"""Verbs of what people are to be reminded of, which open no command."""
_ALIKE = tuple(
    frozenset(group.split())
    for group in (
        "monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight", "breakfast lunch dinner supper tea brunch",
        "upstairs downstairs outside inside", "morning afternoon evening night noon midnight",
    )
)  # fmt: skip
"""Words of a message of which one stands for another."""


class Reworded:
    """Mends what sentences quote in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        parts = {
            "lists": any_of(_names(home, "todo")),
            "players": any_of(_names(home, "media_player"))
            + r"|(?:[\w'-]+ ){0,2}?(?:speakers?|tv|telly|television|radio|stereo)",
            "areas": any_of(name for area in home.areas for name in area.names),
        }
        lists, at = (form.format_map(parts) for form in (_LISTS, _AT))
        self._listed = re.compile(
            rf"{_BEFORE}(?:{NOTING}|{_TAKEN}) (?P<said>\S.*?),? (?:(?:to|on|onto|off|from) {lists})(?P<behind>.*)",
            re.IGNORECASE,
        )
        self._played = re.compile(rf"{_BEFORE}{_PLAYED} (?P<said>\S.*?),? {at}", re.IGNORECASE)
        self._timed = re.compile(rf"{_BEFORE}{_SET} (?P<said>\S.*?),? timer\b", re.IGNORECASE)
        self._told = re.compile(rf"{_BEFORE}(?:{_TOLD}|{_REMINDED}) (?P<said>\S.*)$", re.IGNORECASE)

    def put(self, text: str) -> str:
        """`text` with what is taken back in the words it quotes left out; as it is where it takes nothing back, or not for sure."""
        for form, mended in (
            (self._listed, _of_a_list), (self._played, _as_a_whole), (self._timed, _of_a_timer), (self._told, _like_for_like),
        ):  # fmt: skip
            for found in form.finditer(text):
                start, end = found.span("said")
                set_off = form is self._told
                for before, after in _corrections(text, start, end, hums=form is self._timed, set_off=set_off):
                    if (new := mended(before, after)) is not None:
                        return self.put(f"{text[:start]}{new}{text[end:].removeprefix(',')}")
                contrast = next((match for one in _CONTRASTS if (match := one.fullmatch(found["said"]))), None)
                if form is self._listed and contrast is not None:
                    return f"{text[:start]}{contrast['new']}{text[end:].removeprefix(',')}"
                if form is self._listed and (new := _behind(found)) is not None:
                    return f"{text[:start]}{new}{text[end : found.start('behind')]}"
        return text


def _names(home: Home, domain: str) -> list[str]:
    return [name for entity in home.entities if entity.domain == domain for name in entity.names]


def _corrections(text: str, start: int, end: int, *, hums: bool, set_off: bool) -> Iterator[tuple[str, str]]:
    """What stands before and behind the first repair word of a quoted text that is not one of its own words.

    `hums`: an "er" is one, too; `set_off`: only behind a mark.
    """
    at = start
    while (cue := CUE.search(text, at, end)) is not None:
        at = cue.end()
        before, after = _DANGLING.sub("", text[start : cue.start()]).rstrip(_EDGE), text[cue.end() : end].strip(_EDGE)
        marked = text[: cue.start()].rstrip()[-1:] in set(",.;:…–—-")
        alone = marked and text[cue.end() : cue.end() + 1] in set(",.;:…–—-")
        word = (cue["cue"] or "").lower()
        sure = (is_sure(text, cue) and word not in {"no", "nah"}) or alone or (marked and word in _NEVER_ITEMS)
        if not any(char.isalnum() for char in before) or not after or CUE.fullmatch(before):
            continue
        if ((sure and word) or (hums and not word)) and (marked or not set_off):
            yield before, _TRAIL.sub("", after)
            return


def _without_lead(after: str) -> str:
    return after[found.end() :] if (found := _LEAD.match(after)) else after


def _key(said: str) -> str:
    return _ARTICLE.sub("", " ".join(word.text for word in words(said)))


def _numbered(said: str) -> bool:
    """Whether words begin with a number."""
    return number([word.text for word in words(said)[:1]]) is not None


def _parted(said: str) -> tuple[str, str]:
    """The first of several things, and the rest with what joins it."""
    joint = _JOINT.search(said)
    return (said, "") if joint is None else (said[: joint.start()], said[joint.start() :])


def _of_a_list(before: str, after: str) -> str | None:
    """Things for a list, the last of which gives way to what is behind the repair word."""
    if _WHOLE.match(after):
        return None
    if only := _ONLY.match(after):
        return after[only.end() :]
    if denied := _NOT.fullmatch(after):
        return _instead(before, denied["old"], denied["new"])
    after = _without_lead(after)
    first, rest = _parted(after)
    ends = [joint.end() for joint in _JOINT.finditer(before)]
    begin = ends[-1] if ends else 0
    last = before[begin:]
    if rest and _key(first) == _key(last):  # "bananas, no, no bananas, grapes"
        first, rest = _parted(rest.lstrip(" ,"))
    if not first or words(first)[-1].text in _PLACED:
        return None
    if number([word.text for word in words(first)]) is not None and len(words(last)) > 1 and _numbered(last):
        first = f"{first} {last.split(' ', 1)[1]}"  # "two bottles of milk, no, three"
    told = words(first)
    same = [word for word in words(last)[1:-1] if word.text == told[0].text]
    if same and len(told) > 1:  # "read chapter 3, no, chapter 4"
        first = f"{last[: same[0].start]}{first}"
    return f"{_AND_AT_END.sub(', ', before[:begin])}{first}{rest}"


def _instead(before: str, old: str, new: str) -> str | None:
    """Things of which one gives way to another."""
    spans = [(found.start(), found.end()) for found in re.finditer(r"(?:(?! and )[^,])+", before)]
    for start, end in spans:
        said = re.sub(r"^\s*(?:and )?", "", before[start:end])
        if _key(said) == _key(old):
            return f"{before[: end - len(said)]}{new}{before[end:]}"
    return None


def _behind(found: re.Match[str]) -> str | None:
    """The things of a list that are corrected only behind it: "add butter to the list, sorry, I mean margarine"."""
    behind = found["behind"]
    cue = CUE.match(behind.lstrip(_EDGE)) if behind[:1] in ",.;:…–—-" else None
    if cue is None or cue["cue"] is None:
        return None
    after = _TRAIL.sub("", _without_lead(behind.lstrip(_EDGE)[cue.end() :].strip(_EDGE)))
    said = [word.text for word in words(after)]
    few = 0 < len(said) <= _FEW and not {",", "and", "not", "list"} & set(said)
    if not few or said[0] in OPENERS | _PLACED or _WHOLE.match(after):
        return None
    return _of_a_list(found["said"], after)


def _as_a_whole(before: str, after: str) -> str | None:
    """A title in the place of another."""
    new = _without_lead(after)
    if denied := _NOT.fullmatch(after):
        return denied["new"] if _key(denied["old"]) == _key(before) else None
    first = next((word.text for word in words(new)), "")
    return None if not first or first in OPENERS or _WHOLE.match(new) else new


def _of_a_timer(before: str, after: str) -> str | None:
    """The name or length of a timer in the place of another."""
    new = _ARTICLE.sub("", _without_lead(after))
    if not new or " for " in new or _WHOLE.match(new) or _numbered(before) != _numbered(new):
        return None
    return new


def _like_for_like(before: str, after: str) -> str | None:
    """A message in which words give way to their like: a time to a time, "the dog" to "the cat", one word to a word of its kind."""
    new = _without_lead(after)
    if denied := _NOT.fullmatch(after):
        at = before.lower().rfind(denied["old"].lower())
        return None if at < 0 else f"{before[:at]}{denied['new']}{before[at + len(denied['old']) :]}"
    said, fresh = words(before), words(new)
    if not fresh or _WHOLE.match(new):
        return None
    first, last = fresh[0].text, said[-1]
    if len(said) == 1 or first in next((group for group in _ALIKE if last.text in group), ()):
        return f"{before[: said[0].start if len(said) == 1 else last.start]}{new}"
    same = [word for word in said if word.text == first]
    if same:
        return f"{before[: same[-1].start]}{new}"
    if _numbered(new) and number([last.text]) is not None:
        return f"{before[: last.start]}{new}"
    return f"{said[0].text} {new}" if _does_one_thing(before, new) else None


def _does_one_thing(before: str, new: str) -> bool:
    """Whether words are a verb with one short object, of which `new` may be another: "call Anna"."""
    said = [word.text for word in words(before)]
    return len(said) == 2 and said[0] in _DEEDS and words(new)[0].text not in _DEEDS | OPENERS
