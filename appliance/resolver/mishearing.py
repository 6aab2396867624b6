"""Names of the home that were misheard or mistyped, and words of commands that sound like others.

"Swich on the towel rale": the home has a Towel rail, and nothing else it has is so near. Before the sentence is read, such words become
those of the name, so that model and resolver see what was meant. A word of English becomes another one only when the two sound the same
and the rest of the name stands beside it; what tells two things apart (left and right, numbers) never becomes something else.

Words of commands are more delicate: "of" and "paws" mean what they say in most sentences. :meth:`Mishearing.supposed` gives the sentence
with all of them mended, for a second look at sentences that come to nothing as they were said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from appliance.messages import Area, Entity, Home
from appliance.resolver import vocabulary
from appliance.resolver.hesitations import hesitations
from appliance.resolver.mended import Mended, replaced
from appliance.resolver.phones import phones
from appliance.resolver.soundings import Soundings, digits
from appliance.resolver.sounds import sound
from appliance.resolver.spelling import Stems, distance, folded, phonetic, stem, stems
from appliance.resolver.vocabulary import NOUNS, RIGID
from appliance.text import NUMERALS, Word, words

_SHORTEST = 3
"""Letters of a word that is compared by its letters at all."""
_ALONE = 4
"""Letters of a name of one word that is."""
_LONG = 7
"""Letters from which on a word may have two slips."""
_SAME, _SOUNDS, _SLIP = 0, 1, 2
"""What a word costs: it is the same, it sounds the same, it is a slip away; each further slip costs one more."""
_MOST_KEPT = 4096

_NEVER_FIRST = frozenset(
    "the a an my our on off and to in of at for with by turn switch set put open close please".split()
)
"""Words with which no name begins that is cut otherwise."""
_LEAST_SOUNDS = 5
"""Sounds of a name that other words may stand for."""
_MARGIN = 1.0
"""How much further the next name must be."""
_OFTEN_MISHEARD = frozenset("whole roll her role".split())
_MOST_WORDS = 7
"""Words that a name may be cut into."""

_NUMBERS = MappingProxyType({"won": "1", "ate": "8", "fore": "4"})
"""Numbers of names as speech recognition writes them; "to" and "for" mean themselves too often."""
_INNER_NUMBERS = MappingProxyType({"for": "4", "to": "2", "too": "2", **_NUMBERS})
"""The same between two other words of a name."""
_SPELT = MappingProxyType(
    {"ay": "a", "bee": "b", "cee": "c", "see": "c", "sea": "c", "dee": "d", "gee": "g", "jay": "j", "kay": "k", "tee": "t", "tea": "t",
     "pee": "p", "vee": "v", "ex": "x", "el": "l", "em": "m", "en": "n"}
)  # fmt: skip
"""Letters by their names: "aisle bee", "tee vee"."""
_SHORT_FORMS = frozenset({"tv", "ac", "pc", "cd", "dvd", "led"})
_FUNCTION = frozenset(
    """the a an my our your this that these those it in on off at of to for from with by and or not no up down out all every is are was be
    do does please turn switch set put make open close shut start stop what which who how when where why there here now then light lamp
    room one some any only just me you we they he she him her his its them us i if so but as than can could would will
    many much more most each both""".split()
)
"""Words that are no slips, and that no slip in a name leads to."""
_ARTICLES = frozenset({"the", "a", "an"})
_NEVER_LAST = _ARTICLES | {"or"}
"""Words with which no such name ends: "the charger or" is no charger alone."""

_SWITCHING = frozenset("turn switch shut power flip flick knock put".split())
_MISHEARD_SWITCH = MappingProxyType({"of": "off", "own": "on", "won": "on"})
"""After a word of switching, or at the end of a sentence."""
_HOMOPHONES = MappingProxyType(
    {
        "clothes": "close",
        "cloths": "close",
        "hover": "hoover",
        "read": "red",
        "reed": "red",
        "wring": "ring",
        "pores": "pause",
    }
)
"""Words that the sound of words alone does not lead to those of commands."""
_MORE_COMMANDS = frozenset("add mute dim red blue green white pink orange yellow purple".split())
"""Words of commands that are short, or copied as values."""


@dataclass(frozen=True, slots=True)
class _Name:
    """One way to call something of the home."""

    stems: Stems
    spelt: tuple[str, ...]
    """Its words as the home spells them, in lower case; as many as `stems`."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """A run of words of the sentence that a name may be."""

    start: int
    words: tuple[str, ...]
    """What the run becomes."""
    cost: int


class Mishearing:
    """What may have been misheard in one home. Immutable after construction."""

    def __init__(self, home: Home, commanding: Iterable[str] = (), known: Container[str] = ()) -> None:
        """Look through `home`. `commanding`: words that commands are made of; `known`: words that are no slips."""
        self._known = known
        self._commanding = frozenset(commanding)
        self._plain = self._commanding | _FUNCTION
        self._names: dict[Stems, _Name] = {}
        for name in _names(home):
            self._names.setdefault(name.stems, name)
        self._by_word: dict[str, list[tuple[_Name, int]]] = defaultdict(list)
        for name in self._names.values():
            for at, word in enumerate(name.stems):
                self._by_word[word].append((name, at))
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_consonants: dict[str, list[str]] = defaultdict(list)
        for word in self._by_word:
            self._by_sound[sound(word)].append(word)
            if len(word) >= _ALONE and word.isalpha() and not (word in RIGID or word in _FUNCTION or word in NOUNS):
                self._by_consonants[phonetic(_clipped(word))].append(word)
        self._commands: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._commanding | _MORE_COMMANDS):
            self._commands[sound(word)].append(word)
        sounding = {
            name.stems: phones([word.text for word in words(" ".join(name.spelt))]) for name in self._names.values()
        }
        self._soundings = Soundings(sounding)
        self._joined_names: dict[str, list[_Name]] = defaultdict(list)
        for name in self._names.values():
            if len(name.stems) > 1 and len("".join(name.stems)) > _LONG:
                self._joined_names["".join(name.stems)].append(name)
        self._by_sounds: dict[str, set[Stems]] = defaultdict(set)
        for stemmed, sounds in sounding.items():
            self._by_sounds[sounds].add(stemmed)
        self._near = lru_cache(maxsize=_MOST_KEPT)(self._found_near)

    # --- names

    def fluent(self, text: str) -> str:
        """`text` without hesitations inside the names of the home, or before one."""
        said = words(text)
        gone = hesitations(said, [folded(word.text) for word in said], self._names, self._by_word)
        left = replaced(text, said, dict.fromkeys(gone, ""))
        return text if left is None else left.text

    def names(self, text: str) -> Mended | None:
        """`text` with the names of the home that were misheard; None: there is none, or more than one thing is as near."""
        said = words(text)
        heard = [folded(word.text) for word in said]
        made: dict[int, str] = {}
        taken: set[int] = set()
        for at, whole in self._parted(said, heard):
            taken.update((at, at + 1))
            made |= {at: whole, at + 1: ""}
        for start, end, name in self._cut_otherwise(said, heard):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                made |= {start: " ".join(name.spelt), **dict.fromkeys(range(start + 1, end), "")}
        for at, single in enumerate(heard):
            if at not in taken and (joined := self._written_as_one(single)) is not None:
                taken.add(at)
                made[at] = " ".join(joined.spelt)
        for fit in self._best(said, heard):
            run = range(fit.start, fit.start + len(fit.words))
            if taken.isdisjoint(run):
                taken.update(run)
                made |= {at: word for at, word in zip(run, fit.words, strict=True) if word != said[at].text}
        made |= {
            at: word for at, word in _letters(said, self._by_word) if at not in taken and heard[at] not in self._by_word
        }
        return replaced(text, said, made)

    def _cut_otherwise(self, said: Sequence[Word], heard: Sequence[str]) -> Iterator[tuple[int, int, _Name]]:
        """Runs of words that sound just like a name of fewer words: "fest tune lights" and "black out blinds"."""
        for start, word in enumerate(said):
            if word.text in _NEVER_FIRST or not word.text.isalpha():
                continue
            sign = next((at for at in range(start, len(said)) if not said[at].text[0].isalnum()), len(said))
            for end in range(min(sign, start + _MOST_WORDS), start + 1, -1):
                run = [other.text for other in said[start:end]]
                if run[-1] in _NEVER_LAST or all(single in self._by_word for single in heard[start:end]):
                    continue
                sounds = phones(run)
                if len(sounds) < _LEAST_SOUNDS or sounds not in self._by_sounds:
                    continue
                numbers_said = digits(heard[start:end])
                fits = [
                    self._names[name]
                    for name in self._by_sounds[sounds]
                    if len(name) < len(run) and digits(name) == numbers_said
                ]
                if len(fits) == 1 and not self._inside(heard, start, end - start):
                    yield start, end, fits[0]

    def _parted(self, said: Sequence[Word], heard: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Pairs of words that are one of a name, where not both are English: "lese lampe"."""
        for at in range(len(said) - 1):
            both = heard[at] + heard[at + 1]
            foreign = not (self._is_word(said[at].text) and self._is_word(said[at + 1].text))
            if len(both) >= _LONG and both.isalpha() and foreign and both in self._by_word:
                name, within = self._by_word[both][0]
                yield at, name.spelt[within]

    def _written_as_one(self, word: str) -> _Name | None:
        """The name of several words that a strange word is a slip of: "trackligths"."""
        if len(word) <= _LONG or not word.isalpha() or word in self._by_word or self._is_word(word):
            return None
        near = [
            name for joined, names in self._joined_names.items() for name in names if 0 < distance(word, joined, 1) <= 1
        ]
        return near[0] if len(near) == 1 else None

    def _best(self, said: Sequence[Word], heard: Sequence[str]) -> Iterator[_Fit]:
        """Fits that no other contradicts, the longest and surest first."""
        fits: dict[tuple[int, int], dict[tuple[str, ...], int]] = defaultdict(dict)
        for at, word in enumerate(heard):
            for near in self._near(word):
                for name, within in self._by_word[near]:
                    fit = self._fit(name, at - within, said, heard)
                    if fit is not None:
                        fits[fit.start, len(fit.words)][fit.words] = fit.cost
            for name, within in self._by_word.get(_INNER_NUMBERS.get(word, ""), ()):
                fit = self._fit(name, at - within, said, heard) if 0 < within < len(name.stems) - 1 else None
                if fit is not None:
                    fits[fit.start, len(fit.words)][fit.words] = fit.cost
        for (start, length), found in sorted(fits.items(), key=lambda item: (-item[0][1], min(item[1].values()))):
            least = min(found.values())
            likely = [made for made, cost in found.items() if cost == least]
            exact = self._names.get(tuple(heard[start : start + length]))
            if len(likely) == 1 and exact is None and not self._inside(heard, start, length):
                yield _Fit(start, likely[0], least)

    def _inside(self, heard: Sequence[str], start: int, length: int) -> bool:
        """Whether a longer or other name that was said just so overlaps the run."""
        for name in self._names.values():
            size = len(name.stems)
            for at in range(max(0, start - size + 1), min(start + length, len(heard) - size + 1)):
                if size >= length and tuple(heard[at : at + size]) == name.stems:
                    return True
        return False

    def _fit(self, name: _Name, start: int, said: Sequence[Word], heard: Sequence[str]) -> _Fit | None:
        """`name` where the sentence may say it from word `start` on; None: it does not."""
        end = start + len(name.stems)
        if start < 0 or end > len(heard):
            return None
        total = exact = 0
        made = []
        real = False
        for at, (meant, spelt) in enumerate(zip(name.stems, name.spelt, strict=True), start):
            inner = start < at < end - 1 and meant.isdigit() and _INNER_NUMBERS.get(said[at].text) == meant
            cost = _SOUNDS if inner else self._cost(heard[at], meant)
            if cost is None:
                return None
            total += cost
            exact += cost == _SAME
            real |= cost > _SAME and self._is_word(said[at].text)
            if cost > _SOUNDS and self._is_word(heard[at]) and self._belongs(said[at].text, heard, at):
                return None
            alone = cost > _SOUNDS and len(name.stems) == 1
            if alone and (min(len(heard[at]), len(meant)) < _ALONE or self._near_command(heard[at])):
                return None
            made.append(said[at].text if cost == _SAME else spelt)
        if real and (len(name.stems) == 1 or not exact):
            return None
        if exact < len(name.stems) - 2 or not total:
            return None
        return _Fit(start, tuple(made), total)

    def _belongs(self, spoken: str, heard: Sequence[str], at: int) -> bool:
        """Whether a word is part of something else: somebody's name ("Peter's"), or a name that was split ("bed side")."""
        pairs = ("".join(heard[first : first + 2]) for first in (at - 1, at) if 0 <= first < len(heard) - 1)
        return spoken.endswith("'s") or any(pair in self._by_word for pair in pairs)

    def _cost(self, word: str, meant: str) -> int | None:
        if word == meant:
            return _SAME
        return self._near(word).get(meant)

    def _found_near(self, word: str) -> Mapping[str, int]:
        """The words of names that `word` may be a slip of, and what each costs."""
        if word in _FUNCTION or word in RIGID or word.isdigit():
            return {}
        if word in _NUMBERS:
            return {_NUMBERS[word]: _SOUNDS}
        found = {meant: _SOUNDS for meant in self._by_sound.get(sound(word), ()) if meant != word}
        if word in _SPELT and _SPELT[word] in self._by_word:
            found[_SPELT[word]] = _SOUNDS
        if len(word) < _SHORTEST or word in self._by_word or not word.isalpha():
            return found
        if self._is_word(word):
            return found | {meant: _SLIP for meant in self._nearly(word) if meant not in found}
        for meant in self._by_word:
            if len(meant) < _SHORTEST or meant.isdigit() or meant in found:
                continue
            bound = 2 if min(len(word), len(meant)) >= _LONG and meant not in RIGID else 1
            apart = distance(word, meant, bound)
            if apart <= bound:
                found[meant] = _SLIP + apart - 1
        return found

    def _nearly(self, word: str) -> list[str]:
        """The words of names that differ by little but a vowel: "ferry" and "fairy", "hole" and "hall"."""
        if len(word) < _ALONE:
            return []
        clipped = _clipped(word)
        near = self._by_consonants.get(phonetic(clipped), ())
        return [meant for meant in near if distance(clipped, _clipped(meant), 2) <= 2]

    def _near_command(self, word: str) -> bool:
        """Whether a word of commands is a slip away, too: "trun" is rather "turn" than the Trunk."""
        return any(distance(word, command, 1) <= 1 for command in self._commanding)

    def _is_word(self, word: str) -> bool:
        return word in self._known or stem(word) in self._known

    def resounded(self, text: str) -> Mended | None:
        """`text` with the one name that words of it sound like as a whole, however they are cut: "fest tune lights" for Festoon lights."""
        said = [word for word in words(text) if word.text[0].isalnum()]
        spoken = [word.text for word in said]
        heard = tuple(map(folded, spoken))
        strange = [at for at, word in enumerate(spoken) if self._is_strange(word, heard[at])]
        found: dict[Stems, tuple[float, int, int]] = {}
        for start in range(len(said)):
            first = next((at for at in strange if at >= start), len(said))
            for end in range(first + 1, min(len(said), start + _MOST_WORDS) + 1):
                for name, cost in self._sounds_like(spoken[start:end], heard[start:end]):
                    if _holds(heard, name):
                        return None
                    if name not in found or cost < found[name][0]:
                        found[name] = cost, start, end
        if not found:
            return None
        best = min(found, key=lambda name: (found[name][0], -len(name)))
        cost, start, end = found[best]
        rivals = [
            name
            for name in found
            if self._names[name].spelt != self._names[best].spelt and found[name][0] < cost + _MARGIN / 2
        ]
        if any(not set(name) <= set(best) for name in rivals):
            return None
        spelt = " ".join(self._names[best].spelt)
        was = text[said[start].start : said[end - 1].end]
        return Mended(text[: said[start].start] + spelt + text[said[end - 1].end :], ((spelt, was),))

    def _is_strange(self, word: str, stemmed: str) -> bool:
        """Whether neither commands nor names of the home have a word, or it is one that often stands for another."""
        if word in _OFTEN_MISHEARD:
            return True
        known = stemmed in self._by_word or word in self._plain
        return not known and not stemmed.isdigit() and word not in NUMERALS

    def _sounds_like(self, said: Sequence[str], heard: Stems) -> list[tuple[Stems, float]]:
        """The names that a run of words sounds like, and how far it is from each."""
        if heard in self._names or said[0] in _ARTICLES or said[-1] in _ARTICLES:
            return []
        strange = [word for word in heard if word not in self._by_word]
        if not strange:
            return []
        english = all(map(self._is_word, strange))
        return self._soundings.alike(said, digits(heard), strange=len(strange), english=english)

    # --- words of commands

    def supposed(self, text: str) -> Mended | None:
        """`text` with words of commands in place of those that sound like them; None: no word does, or it speaks of nothing here."""
        said = words(text)
        heard = [folded(word.text) for word in said]
        if not any(word in self._by_word or word in NOUNS for word in heard):
            return None
        made: dict[int, str] = {}
        for at, word in enumerate(said):
            before = said[at - 1].text if at else ""
            meant = _HOMOPHONES.get(word.text)
            if word.text in _MISHEARD_SWITCH and (before in _SWITCHING or at == len(said) - 1):
                meant = _MISHEARD_SWITCH[word.text]
            elif meant is None and word.text not in self._plain and heard[at] not in self._by_word:
                alike = self._commands.get(sound(word.text), ())
                meant = alike[0] if len(alike) == 1 else None
            if meant is not None and meant != word.text:
                made[at] = meant
        joined = self._joined(said, made)
        return replaced(text, said, made | joined)

    def _joined(self, said: Sequence[Word], made: Container[int]) -> dict[int, str]:
        """Two words that sound like one of commands: "can sell" for "cancel"."""
        found: dict[int, str] = {}
        for at in range(len(said) - 1):
            both = said[at].text + said[at + 1].text
            alike = self._commands.get(sound(both), ()) if both.isalpha() and at not in made else ()
            if len(alike) == 1 and len(both) > _LONG - 1:
                found |= {at: alike[0], at + 1: ""}
        return found


def _clipped(word: str) -> str:
    """`word` with "in" for "ing": "Brother Dusting" is Brother Dustin."""
    return word.removesuffix("g") if word.endswith("ing") else word


def _letters(said: Sequence[Word], known: Container[str]) -> Iterator[tuple[int, str]]:
    """Short forms that were spelt letter by letter: "tee vee"."""
    for at in range(len(said) - 1):
        pair = [_SPELT.get(word.text, word.text if len(word.text) == 1 else "") for word in said[at : at + 2]]
        joined = "".join(pair)
        if (
            all(pair)
            and (joined in known or joined in _SHORT_FORMS)
            and any(len(w.text) > 1 for w in said[at : at + 2])
        ):
            yield at, joined
            yield at + 1, ""


def _holds(heard: Sequence[str], name: Stems) -> bool:
    return any(tuple(heard[at : at + len(name)]) == name for at in range(len(heard) - len(name) + 1))


def _names(home: Home) -> Iterator[_Name]:
    """All names of a home, and those of its things without the words of their rooms."""
    places = {area.id: _words_of(area) for area in home.areas}
    for thing in home.named:
        room = places.get(thing.area or "", frozenset()) if isinstance(thing, Entity) else frozenset[str]()
        for called in thing.names:
            pairs = [(folded(word.text), word.text) for word in words(called) if word.text[0].isalnum()]
            pairs = [pair for at, pair in enumerate(pairs) if pair[0] not in _ARTICLES or at + 1 == len(pairs)]
            yield from _name(pairs)
            inside = [pair for pair in pairs if pair[0] not in room]
            if 1 < len(inside) < len(pairs):
                yield from _name(inside)


def _words_of(area: Area) -> frozenset[str]:
    return frozenset(word for name in area.names for word in stems(name))


def _name(pairs: Sequence[tuple[str, str]]) -> Iterator[_Name]:
    """A name, and the same with words that others stand for as they are spelt: "television" is a tv."""
    if pairs and not all(single in _FUNCTION or single in NOUNS for single, _ in pairs):
        yield _Name(tuple(single for single, _ in pairs), tuple(spelt for _, spelt in pairs))
    unfolded = tuple(stem(spelt) if spelt in vocabulary.SPELLINGS else single for single, spelt in pairs)
    if unfolded and unfolded != tuple(single for single, _ in pairs):
        yield _Name(unfolded, tuple(spelt for _, spelt in pairs))
