"""Other readings of the same words: compounds split or joined, fillers left out, typing errors and sound-alikes corrected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator

from appliance.resolver import vocabulary
from appliance.resolver.sounds import alike
from appliance.resolver.spelling import Stems, distance, phonetic, stem
from appliance.resolver.vocabulary import FILLERS, NOUN_WORDS, RIGID

_SHORTEST_CORRECTED = 4
"""Words below this length are never corrected: too many of them are one letter apart."""
_SHORTEST_SOUND = 3
"""Phonetic keys below this length stand for too much."""
_MOST_KEPT = 2048
"""Spans and words whose corrections are kept."""


class Rereadings:
    """What words may have been meant as, in the words of one home's names."""

    def __init__(self, known: frozenset[str], english: Container[str]) -> None:
        """Take the words of the names. `english`: words that are no typing errors."""
        self._vocabulary = known
        self._english = english
        self._known = known | NOUN_WORDS
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            self._by_length[len(word)].append(word)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in sorted(known - RIGID):
            if not word.isdigit():
                self._by_sound[phonetic(word)].append(word)
        self._readings: dict[Stems, tuple[tuple[Stems, bool], ...]] = {}
        self._corrections: dict[str, str | None] = {}

    def of(self, span: Stems) -> tuple[tuple[Stems, bool], ...]:
        """`span` as it stands, then as it may have been meant; the flag tells guesses from plain re-spacings."""
        found = self._readings.get(span)
        if found is None:
            if len(self._readings) >= _MOST_KEPT:
                self._readings.clear()
            found = self._readings[span] = tuple(self._read(span))
        return found

    def _read(self, span: Stems) -> Iterator[tuple[Stems, bool]]:
        yield span, False
        seen = {span}
        for joined in self._respaced(span):
            if joined not in seen:
                seen.add(joined)
                yield joined, False
        bare = tuple(word for word in span if word not in FILLERS)
        if bare and bare not in seen:
            for reading in (bare, *self._respaced(bare)):
                seen.add(reading)
                yield reading, False
        if len(span) > 1 and span[-1] == "1" and span[-2] in RIGID:  # "the left one"
            seen.add(span[:-1])
            yield span[:-1], False
        corrected = self._corrected(bare or span)
        if corrected is not None and corrected not in seen:
            seen.add(corrected)
            yield corrected, True
            for joined in self._respaced(corrected):
                if joined not in seen:
                    seen.add(joined)
                    yield joined, True

    def _respaced(self, span: Stems) -> Iterator[Stems]:
        for i in range(len(span) - 1):
            for both in (span[i] + span[i + 1], stem(span[i] + span[i + 1])):
                if both in self._known:
                    yield (*span[:i], vocabulary.SPELLINGS.get(both, both), *span[i + 2 :])
        for i, word in enumerate(span):
            if word in self._vocabulary:
                continue
            for cut in range(2, len(word) - 1):
                head, tail = word[:cut], word[cut:]
                if head in self._known and tail in self._known:
                    yield (*span[:i], head, tail, *span[i + 1 :])

    def _corrected(self, span: Stems) -> Stems | None:
        changed = False
        found = []
        for word in span:
            better = word if word in self._known else self._correct(word) or word
            changed |= better != word
            found.append(better)
        if changed:
            return tuple(found)
        heard = tuple(
            other if (other := vocabulary.SOUND_ALIKES.get(word)) in self._vocabulary and other else word
            for word in span
        )
        return heard if heard != span else None

    def _correct(self, word: str) -> str | None:
        if word not in self._corrections:
            if len(self._corrections) >= _MOST_KEPT:
                self._corrections.clear()
            self._corrections[word] = self._correct_word(word)
        return self._corrections[word]

    def _correct_word(self, word: str) -> str | None:
        heard = vocabulary.SOUND_ALIKES.get(word)
        if heard is not None and heard in self._known:
            return heard
        if len(word) < _SHORTEST_CORRECTED or word.isdigit():
            return None
        if word in self._english:
            alikes = [other for other in self._by_sound.get(phonetic(word), []) if alike(other, word)]
            return alikes[0] if len(alikes) == 1 else None
        bound = 1 if len(word) < 7 else 2
        scored = []
        for length in range(len(word) - bound, len(word) + bound + 1):
            for known in self._by_length.get(length, ()):
                if known.isdigit() or len(known) < _SHORTEST_CORRECTED - 1:
                    continue
                apart = distance(word, known, bound)
                if apart <= (1 if known in RIGID else bound):
                    scored.append((apart, known))
        scored.sort()
        if scored and (len(scored) == 1 or scored[0][0] < scored[1][0]):
            return scored[0][1]
        sound = phonetic(word)
        others = self._by_sound.get(sound, [])
        return others[0] if len(others) == 1 and len(sound) >= _SHORTEST_SOUND else None
