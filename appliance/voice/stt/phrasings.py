"""What may be said to this home: rules made of its names, for recognisers that listen better when they know what to expect.

A rule is a sequence of slots, a slot is a choice of wordings (an empty one: nothing). The rules need not hold every
sentence: recognisers that take a list of phrases learn from it which words follow each other, and the open recogniser
hears what is not in it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from appliance.intents.phrases import Phrases
from appliance.messages import Entity, Home
from appliance.text import aloud, numeral, words

Slot = tuple[str, ...]
Rule = tuple[Slot, ...]

MOST_PHRASES = 600
"""Of one rule; of a larger one a sample is taken that has every wording."""

_THE: Slot = ("the", "")
_NAME: Slot = ("<name>",)
_ON = ("turn on", "switch on", "put on")
_OFF = ("turn off", "switch off", "shut off")
_COLOURS = "red green blue yellow orange purple pink white turquoise".split()
_PLACED = ("in the", "in")
_SWITCHED = frozenset(
    "light switch fan media_player humidifier siren input_boolean climate water_heater vacuum".split()
)
_GROUPS = {
    "light": ("lights", "light", "lamps"),
    "cover": ("blinds", "curtains", "shades", "covers"),
    "fan": ("fans", "fan"),
    "switch": ("plugs", "outlets"),
    "lock": ("doors", "locks"),
}
_MEASURES = {
    "temperature": ("temperature",),
    "humidity": ("humidity",),
    "illuminance": ("brightness",),
    "carbon_dioxide": ("air quality",),
}
_FIXED: tuple[Rule, ...] = (
    (("yes", "no", "yes please", "no thanks", "sure", "okay", "yeah", "do it", "never mind", "cancel", "cancel that", "stop"),),
    (("what time is it", "what's the time", "what day is it", "what's the date today", "what is the date"),),
    (("repeat that", "say that again", "what did you say", "what did you do and why", "why did you do that", "what did you do"),),
    (("set", "start"), ("a timer", "a pizza timer", "an egg timer", "a pasta timer", "a tea timer", "a laundry timer"), ("for",)),
    (("stop", "cancel", "pause", "resume"), ("the timer", "all timers", "the pizza timer", "the egg timer", "my timer")),
    (("how much time is left", "how long is left on the timer", "how much time is left on the timer"),),
    (("add",), ("milk", "eggs", "bread", "butter", "cheese", "coffee", "tea", "sugar", "oat milk"), ("to the shopping list", "and")),
    (("what's on", "what is on", "read"), ("the shopping list", "my shopping list")),
    (("turn everything off", "turn off everything", "turn off all the lights", "turn all the lights off", "turn on all the lights"),),
    (("make it",), ("warmer", "colder", "cooler", "brighter", "darker", "a bit warmer", "a little brighter", "two degrees warmer")),
    (("turn it off", "turn it on", "open it", "close it", "turn them off", "turn them on", "dim it", "make it blue"),),
    (("announce that", "tell everyone that"), ("dinner is ready",)),
)  # fmt: skip
_POLITE: tuple[Rule, ...] = (
    (("please", "could you", "can you", "would you", "could you please", "can you please", "i want to"),),
    (("turn", "switch", "set", "open", "close", "dim", "lock", "start", "stop", "make", "what", "is"),),
)


def spoken(name: str) -> str:
    """A name as it is said, in words that a lexicon may have: lower case, numbers in words, no signs."""
    return " ".join(filter(None, (aloud(word.text) for word in words(name) if word.text[0].isalnum())))


def rules(home: Home) -> tuple[Rule, ...]:
    """Rules for everything that can be said to `home`."""
    found: list[Rule] = []
    for entity in home.entities:
        found += _entity_rules(entity, _names(entity.name, entity.aliases))
    return (*found, *_common_rules(home))


def _common_rules(home: Home) -> tuple[Rule, ...]:
    """Rules that name no single entity."""
    places = _unique(itertools.chain.from_iterable(_names(area.name, area.aliases) for area in home.areas))
    floors = _unique(itertools.chain.from_iterable(_names(floor.name, floor.aliases) for floor in home.floors))
    polite = (_POLITE[0][0], _POLITE[1][0])
    inside: tuple[Rule, ...] = ((_PLACED, places),) if places else ()
    return (*_place_rules(home, places, floors), *_FIXED, *_numbers(), *inside, polite)


def _merged_rules(home: Home) -> Iterator[Rule]:
    """The same rules with the names of all entities of which the same can be said in one slot: a smaller grammar."""
    named: dict[Rule, list[str]] = {}
    for entity in home.entities:
        names = _names(entity.name, entity.aliases)
        for rule in _entity_rules(entity, names):
            named.setdefault(tuple(_NAME if slot is names else slot for slot in rule), []).extend(names)
    for rule, found in named.items():
        yield tuple(_unique(found) if slot is _NAME else slot for slot in rule)
    yield from _common_rules(home)


def phrases(home: Home) -> tuple[str, ...]:
    """Phrases of all rules, for recognisers that take a list; each once, in a stable order."""
    return _unique(phrase for rule in rules(home) for phrase in expand(rule))


def own_rules(home: Home, own: Phrases) -> tuple[Rule, ...]:
    """Rules for the household's own phrases; where anything may stand, what is named in the home, numbers and colours."""
    anything = _unique(
        itertools.chain(
            *(_names(area.name, area.aliases) for area in home.areas),
            *(_names(floor.name, floor.aliases) for floor in home.floors),
            *(_names(entity.name, entity.aliases) for entity in home.entities),
            (numeral(value) for value in range(101)),
            _COLOURS,
        )
    )
    return tuple(
        tuple(anything if number % 2 else (part,) for number, part in enumerate(phrase.aloud) if part)
        for phrase in own.all
        if phrase.aloud
    )


def expand(rule: Rule, most: int = MOST_PHRASES) -> Iterator[str]:
    """The sentences of a rule; of more than `most` an evenly spread sample, in which every wording occurs."""
    sizes = [len(slot) for slot in rule]
    total = prod(sizes)
    chosen: Iterable[Sequence[int]]
    if total <= most:
        chosen = itertools.product(*(range(size) for size in sizes))
    else:
        spread = (divided(index * total // most, sizes) for index in range(most))
        chosen = itertools.chain(spread, ([i % size for size in sizes] for i in range(max(sizes))))
    for indices in chosen:
        yield " ".join(slot[i] for slot, i in zip(rule, indices, strict=True) if slot[i])


def divided(index: int, sizes: Sequence[int]) -> list[int]:
    """The digits of `index` in the mixed base `sizes`."""
    digits = []
    for size in reversed(sizes):
        index, digit = divmod(index, size)
        digits.append(digit)
    return digits[::-1]


class Sentences:
    """Tells whole sentences of the rules from their parts.

    A list of phrases becomes a bigram in Vosk, for which "turn the lamp" is fine, being part of "turn the lamp on".
    """

    def __init__(self, all_rules: Iterable[Rule], own: Iterable[Rule] = ()) -> None:
        """Index the rules by their first words; nothing may follow or go before those of `own` but a "please"."""
        every = _indexed(all_rules)
        self._first = {word: found for word, found in every.items() if word not in _TAILS}
        self._tails = {word: found for word, found in every.items() if word in _TAILS}
        self._own = _indexed(own)

    def whole(self, text: str) -> bool:
        """Whether `text` is one or several sentences of the rules, each with what may follow it."""
        if self.own(text):
            return True
        said = _request(text)
        return bool(said) and said[-1] not in _OPEN_ENDS and self._reads(said)[0]

    def closed(self, text: str) -> bool:
        """Whether `text` is :meth:`whole`, and no other rule begins with all of it and goes on.

        What may follow any sentence does not count (another one, a time), nor do words that the same rule may end with or
        not: "halfway", "a bit".
        """
        said = _request(text)
        return self.whole(text) and not self._reads(said)[1] and not _ends(said, 0, self._own)[1]

    def own(self, text: str) -> bool:
        """Whether `text` is a phrase of the household's own."""
        said = tuple(word for word in text.split() if word not in _LOOSE)
        return len(said) in _ends(said, 0, self._own)[0]

    def _reads(self, said: tuple[str, ...]) -> tuple[bool, bool]:
        """Whether rules make up all of `said`, and whether one may go on from there."""
        ends, longer = _ends(said, 0, self._first)
        seen: set[int] = set()
        while ends - seen:
            at = min(ends - seen)
            seen.add(at)
            if at == len(said):
                continue
            parts = [_ends(said, at, self._tails)]
            if said[at - 1] in _OPEN_ENDS:  # "set the lamp to" and "to forty percent" share a word
                found, more = _ends(said, at - 1, self._tails)
                parts.append(({end for end in found if end > at}, more))
            if said[at] in _JOINTS:
                parts.append(_ends(said, at + 1, self._first))
            for found, more in parts:
                ends |= found
                longer = longer or more
        return len(said) in ends, longer


_Split = tuple[tuple[tuple[str, ...], ...], ...]
"""A rule whose wordings are split into words."""
_Index = dict[str, list[_Split]]


def _request(text: str) -> tuple[str, ...]:
    """The words of a sentence without what is only polite."""
    polite = max((wording for wording in _POLITE[0][0] if text.startswith(f"{wording} ")), key=len, default="")
    return tuple(word for word in text[len(polite) :].split() if word not in _LOOSE)


def _ends(said: tuple[str, ...], start: int, index: _Index) -> tuple[set[int], bool]:
    """Where a rule that begins at `start` may end, and whether one begins with all that follows and needs more words."""
    found: set[int] = set()
    longer = False
    for rule in index.get(said[start], ()) if start < len(said) else ():
        ends, follows = {start}, False
        for slot in rule:
            after: set[int] = set()
            for end in ends:
                for wording in slot:
                    if said[end : end + len(wording)] == wording:
                        after.add(end + len(wording))
                    elif end == len(said):
                        follows = True
                    elif len(wording) > len(said) - end and wording[: len(said) - end] == said[end:]:
                        longer = True
            ends = after
            if not ends:
                break
        found |= ends
        longer = longer or (follows and len(said) not in ends)
    return found - {start}, longer


def _indexed(all_rules: Iterable[Rule]) -> _Index:
    """Rules by the words with which they may begin."""
    found: _Index = {}
    slots: dict[Slot, tuple[tuple[str, ...], ...]] = {}  # many rules share a long one
    for rule in all_rules:
        for slot in rule:
            if slot not in slots:
                slots[slot] = tuple(tuple(word for word in wording.split() if word not in _LOOSE) for wording in slot)
        split = tuple(slots[slot] for slot in rule)
        for word in _first_words(split):
            found.setdefault(word, []).append(split)
    return found


def _first_words(rule: _Split) -> set[str]:
    """Words with which a rule may begin."""
    found: set[str] = set()
    for slot in rule:
        found |= {wording[0] for wording in slot if wording}
        if () not in slot:
            break
    return found


_TAILS = frozenset({"to", "for", "by", "in", "except", "a", "halfway", "again", "now", "here"})
_COMMON_STARTS = _TAILS | {"i"}
"""Words that begin other sentences much more often than requests: of "i want to" the first one says nothing."""
_OPEN_ENDS = frozenset({"to", "for", "by", "in", "the", "and", "a"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What sentences of a grammar look like, word by word."""

    pairs: frozenset[tuple[str, str]]
    """Words that follow each other in some phrase."""
    starts: frozenset[str]
    """First words of phrases; of those that begin with a word that begins much else, too, the first two."""

    def holds(self, text: str) -> bool:
        """Whether every word of `text` follows the one before as in some phrase; parts may be joined by "and"."""
        said = [word for word in text.split() if word not in _LOOSE]
        follows = itertools.pairwise(said)
        return all(pair in self.pairs or pair[0] in _JOINTS or pair[1] in _JOINTS for pair in follows)

    def begins(self, text: str) -> bool:
        """Whether `text` begins as requests do."""
        said = text.split()
        first = next((word for word in said if word not in _LOOSE), "")
        return not {first, " ".join(said[:2])}.isdisjoint(self.starts | _OPENERS)


_FREE = (
    re.compile(r"(add )(.+)( to (?:the|my) .*list)"),
    re.compile(r"((?:set|start) an? )(.+)( timer.*)"),
    re.compile(r"((?:announce|tell everyone) that )(.+)()"),
)
"""Sentences in whose middle anything may stand, of which the rules only have the usual."""


def differ_in_free_words(expected: str, heard: str) -> bool:
    """Whether two sentences are the same but for words that the rules cannot know: what is bought, what a timer is for."""
    for frame in _FREE:
        one, other = frame.fullmatch(expected), frame.fullmatch(heard)
        if one is not None and other is not None:
            return one[2] != other[2] and (one[1], one[3]) == (other[1], other[3])
    return False


_LOOSE = frozenset({"please"})
_JOINTS = frozenset({"and", "then"})
_OPENERS = frozenset(
    phrase.strip()
    for phrase in """put | give | bring | remind | tell | say | show | play | pause | resume | mute | unmute | skip | next | cancel |
    remove | delete | take off | check off | tick off | arm | disarm | activate | run | who | where | when | which | what | what's |
    how | how's | why | is | are | did | does | do | has | have you | can | could | would | will you | i want | i'd like | i need |
    i would | don't | never | everything | all | wake | increase | decrease""".split("|")
)
"""First words of requests that the rules lack, or first two."""


def shape(phrases_: Iterable[str]) -> Shape:
    """The shape of a list of phrases."""
    pairs: set[tuple[str, str]] = set()
    starts: set[str] = set()
    for phrase in phrases_:
        said = phrase.split()
        pairs.update(itertools.pairwise(said))
        starts.add(" ".join(said[: 2 if said[0] in _COMMON_STARTS else 1]))
    return Shape(frozenset(pairs), frozenset(starts))


def jsgf(home: Home, known: frozenset[str], own: Iterable[Rule] = ()) -> str:
    """Whole sentences of the rules as a JSGF grammar over `known` words; wordings with other words are left out."""
    whole, tails = list[str](), list[str]()
    begun: dict[str, list[str]] = {"to": [], "for": []}
    """Sentences that end in a word with which only tails go on."""
    ended: dict[str, list[str]] = {"to": [], "for": []}
    for rule in _merged_rules(home):
        slots = _known_slots(rule, known)
        if not all(slots) or rule[0] == _POLITE[0][0]:
            continue
        *before, last = slots
        if {wording.split()[0] for wording in slots[0] if wording} <= _TAILS:
            tails.append(_jsgf_slots(slots))
            for word, ends in ended.items():
                if word in slots[0]:
                    ends.append(_jsgf_slots(slots[1:]))
            continue
        if closed := tuple(wording for wording in last if not (_OPEN_ENDS & set(wording.split()[-1:]))):
            whole.append(_jsgf_slots([*before, closed]))
        for word, starts in begun.items():
            if opened := tuple(wording for wording in last if wording.split()[-1:] == [word]):
                starts.append(_jsgf_slots([*before, opened]))
    sentences = [f"({_jsgf_any(whole)}) [{_jsgf_any(tails)}]"]
    sentences += [f"({_jsgf_any(begun[word])}) ({_jsgf_any(ended[word])})" for word in ended if begun[word]]
    polite = " | ".join(_POLITE[0][0])
    sentences = [f"[{polite}] ({_jsgf_any(sentences)})"]
    sentences += [_jsgf_slots(slots) for slots in (_known_slots(rule, known) for rule in own) if all(slots)]
    return f"#JSGF V1.0;\ngrammar home;\npublic <command> = (\n{_jsgf_any(sentences)}\n) [please];\n"


def _known_slots(rule: Rule, known: frozenset[str]) -> list[Slot]:
    return [tuple(wording for wording in slot if set(wording.split()) <= known) for slot in rule]


def _jsgf_any(alternatives: Iterable[str]) -> str:
    return "\n  | ".join(dict.fromkeys(alternatives))


def _jsgf_slots(slots: Iterable[Slot]) -> str:
    return " ".join(_jsgf_slot(slot) for slot in slots if any(slot))


def _jsgf_slot(slot: Slot) -> str:
    wordings = " | ".join(wording for wording in slot if wording)
    return f"[{wordings}]" if "" in slot else f"({wordings})"


def _names(name: str, aliases: Iterable[str]) -> Slot:
    return _unique(spoken(text) for text in (name, *aliases))


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(texts) if text)


def _entity_rules(entity: Entity, names: Slot) -> list[Rule]:
    if not names:
        return []
    domain, found = entity.domain, list[Rule]()
    if domain in _SWITCHED:
        found += [
            ((*_ON, *_OFF), _THE, names),
            (("turn", "switch"), ("the",), names, ("on", "off")),
            (names, ("on", "off")),
            (("is",), ("the",), names, ("on", "off")),
        ]
    if domain == "light":
        found += [
            (("dim", "brighten"), ("the",), names, ("", "a bit", "a little")),
            (("set", "dim"), ("the",), names, ("to",)),
            (("make", "turn", "set"), ("the",), names, tuple(_COLOURS)),
            (("make",), ("the",), names, ("brighter", "darker", "a bit brighter", "warmer", "dimmer")),
        ]
    if domain in ("cover", "valve"):
        found += [
            (("open", "close", "raise", "lower", "stop", "shut"), _THE, names, ("", "halfway")),
            (("is",), ("the",), names, ("open", "closed")),
            (("set",), ("the",), names, ("to",)),
        ]
    if domain == "lock":
        found += [(("lock", "unlock"), _THE, names), (("is",), ("the",), names, ("locked", "unlocked"))]
    if domain in ("fan", "climate", "humidifier", "media_player", "number", "water_heater"):
        found.append((("set", "turn"), ("the",), names, ("to",)))
    if domain in ("scene", "script"):
        found.append((("", "activate", "start", "turn on", "set", "run"), names))
    if domain == "vacuum":
        found.append((("start", "stop", "pause", "send"), ("the",), names, ("", "home", "back to base")))
    if domain in ("sensor", "binary_sensor", "climate", "weather"):
        found.append((("what is", "what's", "how is", "is"), ("the",), names))
    if domain == "binary_sensor":
        found.append((("is",), ("the",), names, ("open", "closed")))
    return found


def _place_rules(home: Home, places: Slot, floors: Slot) -> list[Rule]:
    found: list[Rule] = []
    domains = {entity.domain for entity in home.entities}
    anywhere = _unique((*places, *floors))
    groups = _unique(noun for domain, nouns in _GROUPS.items() if domain in domains for noun in nouns)
    if anywhere and groups:
        verbs = ("turn on", "turn off", "switch on", "switch off", "open", "close", "dim", "brighten", "lock")
        found += [
            (verbs, ("the", "all the"), groups, _PLACED, anywhere),
            (verbs, ("the", "all the"), anywhere, groups),
            (("turn", "switch"), ("the",), anywhere, groups, ("on", "off")),
            (anywhere, groups, ("on", "off")),
            (("are", "is"), ("the", "any"), groups, ("on", "off", "open", "closed"), _PLACED, anywhere),
            (("which",), groups, ("are on", "are off", "are open"), ("", "upstairs", "downstairs")),
            (("turn", "turn off", "switch off"), ("everything",), ("off", "", "on"), _PLACED, anywhere),
            (("turn off",), ("everything", "all the lights"), anywhere, ("except the",)),
            (("set the",), groups, _PLACED, anywhere, ("to",)),
            (("except the",), groups, _PLACED, anywhere),
        ]
    if groups:
        found += [(("turn on", "turn off", "open", "close", "dim", "brighten"), ("the", "all the"), groups)]
    measured = _unique(noun for entity in home.entities for noun in _MEASURES.get(entity.device_class or "", ()))
    if measured and places:
        found += [
            (("what is the", "what's the"), measured, _PLACED, places),
            (("how warm is it", "how cold is it", "how hot is it"), _PLACED, places),
            (("make it",), ("warmer", "colder", "cooler"), _PLACED, places),
        ]
    return found


def _numbers() -> tuple[Rule, ...]:
    """Numbers with what stands before and after them: in a list of phrases they meet every "to" and "for"."""
    to_hundred = tuple(numeral(value) for value in range(101))
    lengths = tuple(numeral(value) for value in (*range(1, 21), 25, 30, 35, 40, 45, 50, 60, 90))
    return (
        (("to",), to_hundred, ("percent", "degrees")),
        (("to",), tuple(_COLOURS)),
        (("to",), ("half", "full", "maximum", "minimum", "low", "medium", "high")),
        (("for", "by"), lengths, ("minutes", "seconds", "hours")),
        (("for", "in"), ("one minute", "an hour", "half an hour", "one hour", "a minute")),
        (("in",), lengths, ("minutes", "hours")),
    )
