"""The index of a home's names: which entities, areas and floors a few words may mean.

Built once per structure of a home; it knows names and places, never states. Matching goes in stages, from the exact
name to corrected typing errors, and a later stage is only looked at when all earlier ones found nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from appliance.messages import Area, Entity, Home
from appliance.resolver.rereading import Rereadings
from appliance.resolver.spelling import Stems, likeness, stems
from appliance.resolver.vocabulary import (
    AREA_NOUNS,
    AREA_SYNONYMS,
    CLASS_WORDS,
    DOMAIN_WORDS,
    LOOSE_WORDS,
    NOUN_WORDS,
    NOUNS,
)

_SHORTEST_SOUND = 3
"""Words below this length stand for too much."""
_SPANS_KEPT, _SENTENCES_KEPT = 256, 32
"""Spans and sentences of which is kept what they mean: readings of a sentence copy the same spans."""
_NEAR = 0.45
"""Least likeness of a name that is suggested."""


class Stage(IntEnum):
    """How well words and a name agree; lower is better."""

    EXACT = 1
    """The same words."""
    ORDER = 2
    """The same words in another order."""
    PLACE = 3
    """The same but for the words of the entity's own area or floor."""
    ROOMLESS = 4
    """The same once the name's own room is left out, though nobody said the room ("ceiling", "Bedroom ceiling")."""
    NOUN = 5
    """The same but for a noun that says no more than the domain ("bedside", "bedside lamp")."""
    LOOSE = 6
    """The same but for a noun people also use for such a thing ("christmas tree lights" on a smart plug)."""
    PART = 7
    """All words occur in the name, which has more."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entity that some words may mean."""

    entity: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class _Named:
    """One name or alias of an entity, prepared for comparison."""

    entity: str
    stems: Stems
    place: frozenset[str]
    """Stems of the names of the entity's area and floor."""
    nouns: frozenset[str]
    """Stems that say no more than its domain and class."""
    loose: frozenset[str]


class NameIndex:
    """Names of one home. Immutable after construction."""

    def __init__(self, home: Home, english: Container[str] = frozenset()) -> None:
        """Index `home`; about 10 µs per entity. `english`: words that are no typing errors."""
        self.areas = {area.id: area for area in home.areas}
        self.floors = {floor.id: floor for floor in home.floors}
        self._area_names = [(stems(name), area.id) for area in home.areas for name in area.names]
        self._floor_names = [(stems(name), floor.id) for floor in home.floors for name in floor.names]
        self._named: list[_Named] = []
        self._by_stems: dict[Stems, list[int]] = defaultdict(list)
        self._by_joined: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._order = {entity.id: at for at, entity in enumerate(home.entities)}
        place_of = {area.id: self._place_words(area) for area in home.areas}
        for entity in home.entities:
            self._add(entity, place_of.get(entity.area or "", frozenset()))
        self.vocabulary = frozenset(self._by_word) | {
            word for name, _ in (*self._area_names, *self._floor_names) for word in name
        }
        self.place_words = frozenset(word for name, _ in (*self._area_names, *self._floor_names) for word in name)
        self.readings = Rereadings(self.vocabulary, english).of
        """A span as it stands, then as it may have been meant."""
        self._neighbours: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for entity in home.entities:
            self._neighbours[entity.domain, entity.area].append(entity.id)
        self._area_stems = frozenset(name for name, _ in self._area_names if name)
        self._longest_area = max(map(len, self._area_stems), default=0)
        self._match = lru_cache(maxsize=_SPANS_KEPT)(self._matches)
        self.exact_area = lru_cache(maxsize=_SPANS_KEPT)(self._exact_area)
        """Id of the area with just this name, compounds split or joined."""
        self.area = lru_cache(maxsize=_SPANS_KEPT)(self._area)
        """Id of the one area that a span means, or None."""
        self.floor_ids = lru_cache(maxsize=_SPANS_KEPT)(self._floor_ids)
        """Id of the one floor that bears a name."""
        self.guessed = lru_cache(maxsize=_SPANS_KEPT)(self._guessed)
        """Whether only a corrected reading of a span means anything here."""
        self.said_in = lru_cache(maxsize=_SENTENCES_KEPT)(self._said_in)
        """Every name that occurs word by word in a sentence, with its entity."""
        self.areas_said_in = lru_cache(maxsize=_SENTENCES_KEPT)(self._areas_said_in)
        """Every name of an area that occurs word by word in a sentence."""
        self.names_in = lru_cache(maxsize=_SENTENCES_KEPT)(self._names_in)
        """The names of things, areas and floors that stand one after the other in a sentence, the longest first; bare nouns are none."""

    def _place_words(self, area: Area) -> frozenset[str]:
        names = [*area.names]
        floor = self.floors.get(area.floor or "")
        if floor is not None:
            names += floor.names
        found = {word for name in names for word in stems(name)}
        return frozenset(found - {"and", "of", "floor", "level"})

    def _add(self, entity: Entity, place: frozenset[str]) -> None:
        nouns = frozenset((*DOMAIN_WORDS.get(entity.domain, ()), *CLASS_WORDS.get(entity.device_class or "", ())))
        loose = frozenset(LOOSE_WORDS.get(entity.domain, ()))
        for name in dict.fromkeys(stems(name) for name in entity.names):
            if not name:
                continue
            at = len(self._named)
            self._named.append(_Named(entity.id, name, place, nouns, loose))
            self._by_stems[name].append(at)
            self._by_joined["".join(name)].append(at)
            for word in set(name):
                self._by_word[word].append(at)

    # --- entities

    def entities(self, span: Stems, *, accept: Callable[[Match], bool] = lambda _match: True) -> list[Match]:
        """All entities of the best stage that `span` may mean, among those `accept` takes.

        Spelling as it stands comes first, then split and joined compounds, then sound-alikes and typing errors; a
        corrected reading counts only when it leads to one name.
        """
        for reading, corrected in self.readings(span):
            found = [match for match in self._match(reading) if accept(match)]
            if found:
                best = min(match.stage for match in found)
                kept = [match for match in found if match.stage == best]
                if not corrected or best <= Stage.LOOSE or len(kept) == 1:
                    return kept
        return []

    def rivals(self, span: Stems, found: Iterable[Match], *, numbered: bool = False) -> list[str]:
        """Ids of other things whose names end in what was said, where `found` fits only without the name of its own room.

        Nobody said that room: beside the boot dryer of the boot room the tumble dryer is no less a dryer. `numbered`: those whose
        names only have a number more, too.
        """
        stages = {match.entity: match.stage for match in found}
        if not set(stages.values()) <= {Stage.ROOMLESS, Stage.NOUN}:
            return []
        for reading, _ in self.readings(span):
            asked = frozenset(reading)
            matched = [
                named
                for named in self._named
                if named.entity in stages and _compare(named, asked, asked & NOUN_WORDS) == stages[named.entity]
            ]
            if not matched:
                continue
            if not any(set(named.stems) & named.place - asked for named in matched):
                return []
            ending = [
                named.entity
                for named in self._named
                if named.entity not in stages
                and (
                    _ends(named, reading, bare=Stage.NOUN in stages.values())
                    or (numbered and named.stems[:-1] == reading and named.stems[-1].isdigit())
                )
            ]
            return list(dict.fromkeys(ending))
        return []

    def exactly(self, span: Stems) -> list[str]:
        """Ids of the entities with just this name."""
        found = self._by_stems.get(span) or self._by_joined.get("".join(span)) or ()
        return list(dict.fromkeys(self._named[at].entity for at in found))

    def called(self, name: str) -> list[str]:
        """Ids of the entities that `name` means without doubt: just so, or but for a noun that says nothing more."""
        span = stems(name)
        if not span or " ".join(span) in NOUNS:
            return []
        return [match.entity for match in self._match(span) if match.stage <= Stage.NOUN]

    def neighbours(self, domain: str, area: str | None) -> Sequence[str]:
        """Ids of the things of a domain in an area, in the order of the home."""
        return self._neighbours.get((domain, area), ())

    def _said_in(self, sentence: Stems) -> tuple[tuple[Stems, str], ...]:
        longest = 8
        return tuple(
            (sentence[start:end], self._named[at].entity)
            for start in range(len(sentence))
            for end in range(start + 1, min(len(sentence), start + longest) + 1)
            for at in self._by_stems.get(sentence[start:end], ())
        )

    def _areas_said_in(self, sentence: Stems) -> frozenset[Stems]:
        sizes = range(1, self._longest_area + 1)
        return self._area_stems & {sentence[at : at + size] for at in range(len(sentence)) for size in sizes}

    def _names_in(self, sentence: Stems) -> tuple[Stems, ...]:
        names = {name for name, _ in self.said_in(sentence)} | self.areas_said_in(sentence)
        names |= {name for name, _ in self._floor_names}
        found = []
        at = 0
        while at < len(sentence):
            here = [name for name in names if sentence[at : at + len(name)] == name]
            name = max(here, key=len, default=())
            if name and not NOUN_WORDS.issuperset(name):
                found.append(name)
            at += len(name) or 1
        return tuple(found)

    def _matches(self, span: Stems) -> tuple[Match, ...]:
        exact = self.exactly(span)
        best: dict[str, Stage] = dict.fromkeys(exact, Stage.EXACT)
        asked = frozenset(span)
        nouns = asked & NOUN_WORDS
        near: set[int] = {at for word in asked for at in self._by_word.get(word, ())}
        for at in near:
            named = self._named[at]
            stage = _compare(named, asked, nouns)
            if stage is not None and stage < best.get(named.entity, Stage.PART + 1):
                best[named.entity] = stage
        return tuple(Match(entity, best[entity]) for entity in sorted(best, key=lambda entity: self._order[entity]))

    def nearest(self, span: Stems, ids: Iterable[str], limit: int = 3) -> list[str]:
        """Ids of the entities whose names look most like `span`, best first; none when nothing is close."""
        allowed = set(ids)
        alike: dict[int, float] = defaultdict(float)
        for word in set(span):
            best: dict[int, float] = {}
            for other, places in self._by_word.items():
                score = likeness(word, other)
                if score:
                    for at in places:
                        best[at] = max(score, best.get(at, 0.0))
            for at, score in best.items():
                alike[at] += score
        scores: dict[str, float] = {}
        for at, total in alike.items():
            named = self._named[at]
            score = 2 * total / (len(span) + len(named.stems))
            if named.entity in allowed and score >= _NEAR:
                scores[named.entity] = max(score, scores.get(named.entity, 0.0))
        return sorted(scores, key=lambda entity: (-scores[entity], self._order[entity]))[:limit]

    # --- areas and floors

    def _area(self, span: Stems) -> str | None:
        return _one(self._area_candidates(span)) or self._floor_less_area(span)

    def _area_candidates(self, span: Stems) -> set[str]:
        for reading, _ in self.readings(span):
            found = _places(reading, self._area_names)
            if found:
                return found
        return set()

    def _floor_less_area(self, span: Stems) -> str | None:
        """An area called by a synonym ("lounge"), when just one area of the home answers to it."""
        said = " ".join(span)
        group = {
            stems(name)
            for names in AREA_SYNONYMS
            if said in {" ".join(stems(name)) for name in names}
            for name in names
        }
        return _one({area for name, area in self._area_names if name in group})

    def _exact_area(self, span: Stems) -> str | None:
        joined = "".join(span)
        return _one({area for name, area in self._area_names if name == span or "".join(name) == joined})

    def _floor_ids(self, span: Stems) -> tuple[str, ...]:
        for reading, _ in self.readings(span):
            found = _places(
                tuple(word for word in reading if word != "floor") or reading, self._floor_names, {"floor", "level"}
            )
            if len(found) == 1:
                return tuple(found)
        return ()

    def floors_by_level(self, span: Stems, here: str | None) -> tuple[str, ...]:
        """Ids of the floors that "upstairs", "top floor", "level 2" mean; every word must belong to such a phrase.

        Args:
            span: The words.
            here: Area id where it was said; "upstairs" from the first floor is what lies above it.
        """
        levels = {floor.id: floor.level for floor in self.floors.values() if floor.level is not None}
        if not levels:
            return ()
        said = set(span) - {"floor", "level", "storey", "story"}
        if not said:
            return ()
        area = self.areas.get(here or "")
        own = levels.get(area.floor or "") if area is not None else None
        low, high = min(levels.values()), max(levels.values())
        wanted: set[int] = set()
        if said <= {"upstair", "up"}:
            reference = own if own is not None and 0 < own < high else 0
            wanted = {level for level in levels.values() if level > reference} or {high}
        elif said <= {"downstair", "down"}:
            below = {level for level in levels.values() if own is not None and own <= 0 and level < own}
            wanted = below or ({0} if 0 in levels.values() else {low})
        elif said <= {"top", "highest", "uppermost"}:
            wanted = {high}
        elif said <= {"bottom", "lowest"}:
            wanted = {low}
        elif said <= {"basement", "cellar"}:
            wanted = {low} if low < 0 else set()
        elif said <= {"ground", "main"}:
            wanted = {0}
        elif said <= set(_LEVELS):
            wanted = {_LEVELS[word] for word in said}
        return tuple(floor for floor, level in levels.items() if level in wanted)

    def _guessed(self, span: Stems) -> bool:
        for reading, corrected in self.readings(span):
            if self._match(reading) or _places(reading, self._area_names) or _places(reading, self._floor_names):
                return corrected
        return False


_LEVELS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "0": 0, "1": 1, "2": 2, "3": 3, "4": 4}


def telling_part(name: Stems) -> frozenset[str]:
    """The words of a name that are no generic nouns; all where it has no others."""
    return frozenset(name) - NOUN_WORDS or frozenset(name)


def _compare(named: _Named, asked: frozenset[str], nouns: frozenset[str]) -> Stage | None:
    name = frozenset(named.stems)
    if name == asked:
        return Stage.ORDER
    place = named.place
    asked_core, name_core = asked - place, name - place
    if "floor" in asked and asked & place - name:
        asked_core -= {"floor"}
    if asked_core and asked_core == name_core:
        return Stage.PLACE if asked & place else Stage.ROOMLESS
    asked_left, name_left = asked_core - named.nouns, name_core - named.nouns
    strange = (nouns - named.nouns) - name
    if name < asked and asked - name <= named.nouns | place:
        return Stage.NOUN  # "desk lamp light"
    if not asked_left:
        return None
    if not strange and asked_left == name_left:
        return Stage.NOUN
    same = name_left - named.loose
    if strange <= named.loose | place and asked_left & named.loose and same and asked_left - named.loose == same:
        return Stage.LOOSE
    if strange <= place and asked_left <= name and any(len(word) > 1 and not word.isdigit() for word in asked_left):
        return Stage.PART
    return None


def _ends(named: _Named, span: Stems, *, bare: bool) -> bool:
    """Whether a name is longer than `span` and ends in it; `bare`: both without a noun at the end."""
    if bare:
        name, span = _without_noun(named.stems, named.nouns), _without_noun(span, named.nouns)
        return len(name) > len(span) and name[-len(span) :] == span
    return len(named.stems) > len(span) and named.stems[-len(span) :] == span


def _without_noun(words: Stems, nouns: frozenset[str]) -> Stems:
    while len(words) > 1 and words[-1] in nouns:
        words = words[:-1]
    return words


def _places(span: Stems, names: Sequence[tuple[Stems, str]], nouns: frozenset[str] | set[str] = AREA_NOUNS) -> set[str]:
    joined = "".join(span)
    found = {place for name, place in names if name == span or "".join(name) == joined}
    if found:
        return found
    core = frozenset(span) - nouns
    if not core:
        return set()
    found = {place for name, place in names if frozenset(name) - nouns == core}
    if found:
        return found
    if not any(len(word) >= _SHORTEST_SOUND and not word.isdigit() for word in core):
        return set()
    return {place for name, place in names if core < frozenset(name)}


def _one(found: set[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None
