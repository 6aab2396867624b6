"""What a sentence only quotes, out of the way of the command model: "put X on the shopping list", "play X in the kitchen".

Things for lists, titles and messages are any words: names of the home's things, commands, numbers, "and". Where the words around such a
text leave no doubt about where it begins and ends, an everyday one stands in for it while the sentence is read, and it comes back whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from appliance.intents.clauses import OPENERS, mended
from appliance.intents.lists import any_list, headed, moved
from appliance.messages import Call, Home
from appliance.text import any_of, key, words

_STANDINS = {"item": ("milk", "bread"), "search": ("jazz", "mozart"), "message": ("dinner is ready", "lunch is ready")}
"""Key of the quoting value to everyday texts."""
_MOST_WORDS = 16
"""Words of a text that is quoted."""
_BEFORE = frozenset(
    """and then also please you to now just kindly so or we i'd i'll i lets let's okay ok hey hi robot house computer forget remember plus
    next finally afterwards but well right quickly me could can would will""".split()
)
"""Words after which a command begins."""
_VERBS = OPENERS - frozenset(
    "what what's which is are how i it's there's please could can would get give show check tell send return".split()
)
"""Words that open a command and do not stand in what is told."""
_POINTING = frozenset("it that this them these those one ones both some more something anything everything".split())
_CUT_SHORT = frozenset("to of at for from with and the a an my".split())
_PARTICLES = frozenset("on off in into up down back".split())
_PLACING = frozenset("in on at for to over out through via from inside around down up back off".split())
_NO_FIRST = {
    "item": frozenset("back down off on up me us".split()),
    "search": frozenset("back down up off on".split()),
    "message": _PLACING,
}
"""Words that no such text begins with: they belong to the verb, or say to whom."""
_NOT_QUOTED = re.compile(
    r"(?:a )?(?:line|tick|check ?mark|cross) (?:through|by|beside|next to)\b|(?:the )?following\b|rid of\b"
    r"|.*\b(?:off|to|from|on) (?:the|my|our) \w+ and\b"
    r"|.*[,;] (?:we|i|it|they|there|he|she|that|this|who|so|because)\b"
    r"|.*\bwith the (?:other|rest)\b|.*\b(?:add|write down|note down|jot down)\b",
    re.IGNORECASE,
)
_UNSURE = frozenset("um uh er erm hmm uhm ah oh dont".split())
"""Words of people who may say something twice, or not mean it."""
_LONGEST = 400
"""Characters of a sentence."""
_PLAYING = (
    r"(?P<verb>play|put on|listen to|hear|watch|queue up|stream|start playing)\s+(?P<quoted>\S.*)\s+"
    r"(?:on|in|over|through|via|using|at)\s+(?:(?:the|my|our) )?(?:{players}|{areas})"
    r"(?=\s*(?:$|[,.;!?]|(?:please|now|and|then|also|for)\b))"
)
_PUTTING = (
    r"(?P<verb>put)\s+(?P<quoted>\S(?:(?!\bon\b).)*)\s+on\s+(?:(?:the|my|our) )?(?:{players})"
    r"(?=\s*(?:$|[,.;!?]|(?:please|now|and|then)\b))"
)
_NOT_ALONE = """in on at through via over from to for with again back it that this louder quieter softer slower faster please now
    artist album track song songs playlist podcast movie film tv show series radio station genre band music""".split()
"""Words that stand in no title which ends a sentence, beyond doubt."""
_WATCHING = r"(?P<verb>play|listen to|watch)\s+(?P<quoted>(?:(?!{placing})\S+\s+){{2,}}(?!{placing})\S+)$"
_TELLING = (
    r"(?P<verb>(?:tell\s+{all}|let\s+{all}\s+know)(?:(?:\s+that\b)+|\s+to\b|\s*:)?|make\s+(?:everyone|everybody)\s+aware(?:\s+that\b)?"
    r"|(?:make|send|do)\s+an\s+announcement(?:\s+that\b|\s*:))\s+(?P<quoted>\S.*)$"
)
_PLAYER_NOUNS = r"(?:[\w'-]+ ){0,2}?(?:speakers?|tv|telly|television|stereo)"
_KIND_BEFORE = re.compile(
    r"(?:me )?(?:(?:the|a|an|some) )?(?:album|song|track|playlist|podcast|movie|film|artist|band|radio station|station|show|series"
    r"|tv show|tv series|genre"
    r"|audiobook) (?:called |named )?(?!(?:from|by|for|with|about|of)\b)",
    re.IGNORECASE,
)
_TO_DO = re.compile(r"(?:(?:the )?items? |to |more |some more )?", re.IGNORECASE)
"""What stands before a thing for a list and is no part of it."""
_LEADING = re.compile(
    r"(?:(?:me|us) )?(?:some|a bit of|a little|a little bit of|lots of|plenty of|more) |(?:me|us) ", re.IGNORECASE
)
"""What stands before a title and is no part of it."""
_NO_TITLES = re.compile(
    r"(?:(?:the|my|our|some|a|any|this|that|more) )?(?:music|songs?|tunes?|tracks?|radio|tv|telly|television|sound|volume|playlist|podcast"
    r"|video|film|movie|something|anything|lights?|lamps?|heating|fan|timer|alarm|blinds?|thing|news station|announcement|message)"
    r"|(?:the )?(?:next|previous|last|first) .*|(?:some )?(?:music|songs?) and .*|.*[.;,] .*|.*\b(?:percent|degrees|volume)\b.*|[\d ]+%?"
    r"|.* (?:album|playlist|podcast|movie|film|radio|station|show|series|genre|next|scene|script)",
    re.IGNORECASE,
)
"""What players are asked for without a search, or with a word for the kind of it behind, which the command model knows."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence with everyday texts in place of those that it quotes."""

    text: str
    quoted: tuple[tuple[str, str, str], ...]
    """Key of the value, the everyday text and what was said in its place."""

    def line_back(self, line: str) -> str:
        """The line that the model wrote, with what was said."""
        for _, everyday, said in self.quoted:
            line = line.replace(f" {everyday}", f" {key(said)}", 1)
        return line

    def back(self, calls: Sequence[Call], parted: Mapping[str, tuple[str, ...]]) -> tuple[tuple[Call, ...], bool]:
        """`calls` with what was said, and whether they quote all of it. `parted`: the things for a list that a text is."""
        left = {(name, everyday): said for name, everyday, said in self.quoted}
        done: list[Call] = []
        for call in calls:
            values = dict(call.values)
            for name in _STANDINS:
                value = values.get(name)
                if isinstance(value, str) and (said := left.pop((name, key(value)), None)) is not None:
                    values[name] = said
                elif isinstance(value, tuple):
                    found = [(one, left.pop((name, key(one)), None)) for one in value]
                    values[name] = tuple(
                        item for one, said in found for item in ((one,) if said is None else parted[said])
                    )
            done.append(replace(call, values=values))
        return tuple(done), not left


class Quoting:
    """Finds what sentences quote in one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        lists = [name for entity in home.entities if entity.domain == "todo" for name in entity.names]
        lists += [name.lower().removesuffix(" list") for name in lists]
        players = [n for e in home.entities if e.domain == "media_player" for n in e.names]
        areas = [name for area in home.areas for name in area.names]
        parts = {
            "players": f"{any_of(players)}\\b|{_PLAYER_NOUNS}\\b" if players else _PLAYER_NOUNS,
            "all": "(?:everyone|everybody|them all|the (?:whole )?(?:house|family)|the (?:kids|children))",
            "placing": rf"(?:{'|'.join(_NOT_ALONE)})\b",
            "areas": f"{any_of(areas)}\\b" if areas else "(?!)",
        }
        called = any_of(lists) if lists else ""
        patterns = [("item", pattern) for pattern in moved(any_list(called))]
        patterns += [("search", pattern.format_map(parts)) for pattern in (_PLAYING, _PUTTING, _WATCHING)]
        patterns += [("message", _TELLING.format_map(parts))]
        self._patterns = tuple((name, re.compile(rf"\b{pattern}", re.IGNORECASE)) for name, pattern in patterns)
        self._at_player = re.compile(
            r"\s+(?:on|over|through|via|using|at|in)\s+(?:(?:the|my|our) )?(?:{players})$".format_map(parts),
            re.IGNORECASE,
        )
        self._headed = re.compile(headed(called or "(?!)"), re.IGNORECASE)
        self._names = frozenset(key(name) for thing in home.named for name in thing.names)
        self._openers = _VERBS - {word for name in self._names for word in name.split()}

    def cut(self, text: str) -> Cut | None:
        """`text` with everyday texts in place of those that it quotes; None: it quotes none, or nobody knows where they end."""
        said = {word.text for word in words(text)}
        if not said.isdisjoint(_UNSURE) or mended(text) or len(text) > _LONGEST:
            return None
        headed = self._headed.match(text)
        if headed is not None and self._is_quotable("item", headed["quoted"]) and not _goes_on(headed["quoted"]):
            everyday = _STANDINS["item"][0]
            return Cut(f"add {everyday} to the {headed['list']}", (("item", everyday, headed["quoted"]),))
        found: list[tuple[int, int, str]] = []
        for name, pattern in self._patterns:
            for start, end in self._quotes(name, pattern, text):
                if all(end <= begin or start >= stop for begin, stop, _ in found):
                    found.append((start, end, name))
        made, last = "", 0
        quoted: list[tuple[str, str, str]] = []
        for start, end, name in sorted(found):
            used = {everyday for _, everyday, _ in quoted}
            free = (e for e in _STANDINS[name] if e not in used and e not in self._names and e.split()[0] not in said)
            everyday = next(free, "")
            if not everyday:
                continue
            quoted.append((name, everyday, text[start:end]))
            made += text[last:start] + everyday
            last = end
        return Cut(made + text[last:], tuple(quoted)) if quoted else None

    def _quotes(self, name: str, pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
        at = 0
        while (found := pattern.search(text, at)) is not None:
            if name == "search" and (joint := _goes_on(found["quoted"])):
                end = found.start("quoted") + joint
                found = pattern.search(text[:end].rstrip(), at) or found
            at = found.start("verb") + 1
            if not _begins(text[: found.start()]):
                continue
            start, end = found.span("quoted")
            end = start + len(found["quoted"].rstrip(" .!"))
            if name == "item":
                start = _last_verb(found, pattern, text)
                start = lead.end() if (lead := _TO_DO.match(text, start)) else start
            elif name == "search":
                if at_player := self._at_player.search(text, start, end):  # "... on the tv in the lounge"
                    end = at_player.start()
                start, end = _title(text, start, end)
            said = text[start:end]
            if self._is_quotable(name, said):
                yield start, end
                at = end

    def _is_quotable(self, name: str, said: str) -> bool:
        told = [word.text for word in words(said)]
        if not 0 < len(told) <= _MOST_WORDS or _POINTING.issuperset(told) or " list" in said.lower():
            return False
        if told[0] in _NO_FIRST[name] or told[-1] in _CUT_SHORT or _NOT_QUOTED.match(said):
            return False
        if name == "item":
            return True
        if told[-1] in _PARTICLES:
            return False
        if name == "message":
            return self._openers.isdisjoint(told[1:])
        bare = key(said).removeprefix("the ").removeprefix("my ")
        return not (_goes_on(said) or bare in self._names or _NO_TITLES.fullmatch(said))


def _begins(before: str) -> bool:
    """Whether a command may begin after `before`."""
    told = before.rstrip()
    return not told or told[-1] in ",;.:!?" or words(told)[-1:] == [] or words(told)[-1].text in _BEFORE


def _goes_on(said: str) -> int:
    """Where a joint stands in `said` behind which another command may begin; 0: nowhere."""
    joints = re.finditer(
        r"(?:[,;.]|\band\b|\bthen\b|\balso\b)(?: (?:and|then|also|please))* (?P<next>[\w']+)", said, re.IGNORECASE
    )
    return next((joint.start() for joint in joints if joint["next"].lower() in OPENERS), 0)


def _last_verb(found: re.Match[str], pattern: re.Pattern[str], text: str) -> int:
    """Where the text begins that the last such command before the list is about."""
    start, end = found.span("quoted")
    for joint in re.finditer(r"(?:[,;.]|\band\b|\bthen\b|\balso\b)\s+", text[start:end], re.IGNORECASE):
        later = pattern.match(text, start + joint.end())
        if later is not None and later.end("quoted") == end:
            start = later.start("quoted")
    return start


def _title(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of a title without the words for its kind."""
    for kind in (_LEADING, _KIND_BEFORE):
        if (found := kind.match(text, start, end)) is not None:
            start = found.end()
    return start, end
