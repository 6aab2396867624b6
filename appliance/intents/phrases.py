"""A household's own phrases: what is said in its words, done as a sentence that the command model reads.

::

    phrases:
      - say: [party on, let's party]
        do: turn on the disco ball and set the living room lights to purple
      - say: "give me {amount} in the {room}"
        do: "set the {room} lights to {amount} percent"

A phrase applies to a whole sentence. Case, punctuation and a "please" at either end do not matter; ``{word}`` stands for one to six
words that go into the other sentence. What comes out is read, decided and confirmed like any other sentence, so a phrase can do
nothing that could not be said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from appliance.errors import ConfigError
from appliance.messages import Json
from appliance.text import aloud, words

MAX_BYTES = 200_000
"""Longest file."""
MAX_PHRASES = 1000
"""Most ways to say something."""
MAX_TEXT = 400
"""Longest sentence, in characters."""
MAX_BLANKS = 4
"""Most ``{word}`` of one phrase."""

_BLANK = re.compile(r"\{([a-z_]{1,30})\}")
_WORDS = r"(?P<{}>\S+(?: \S+){{0,5}}?)"
_SIGNS = frozenset("%°$€£")
_POLITE = re.compile(r"^(?:please )?(.*?)(?: please)?$")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say something."""

    pattern: re.Pattern[str]
    """Matches the normalised words of the whole sentence."""
    do: str
    """The sentence that is read instead, with its blanks."""
    aloud: tuple[str, ...]
    """The words as they are said: what stands before the first blank, its name, what stands between it and the next, …; nothing: it has
    numbers above a hundred or signs, which are said in too many ways."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """All phrases of a household, in the order of their file: the first that fits counts."""

    all: tuple[Phrase, ...] = ()

    def read_as(self, text: str) -> str:
        """Return the sentence that `text` stands for: `text` itself where no phrase fits."""
        if not self.all:
            return text
        fitting = self._fitting(text)
        if fitting is None:
            return text
        phrase, found = fitting
        return _BLANK.sub(lambda blank: found[blank.group(1)], phrase.do)

    def fit(self, text: str) -> bool:
        """Whether `text` stands for another sentence."""
        return self._fitting(text) is not None

    def _fitting(self, text: str) -> tuple[Phrase, re.Match[str]] | None:
        match = _POLITE.match(_said(text))
        said = match.group(1) if match else ""
        for phrase in self.all:
            if found := phrase.pattern.fullmatch(said):
                return phrase, found
        return None


NO_PHRASES = Phrases()


def load_phrases(path: Path) -> Phrases:
    """Read a file of phrases.

    Raises:
        ConfigError: it cannot be read or says something that is no phrase; the message names the entry.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ConfigError(f"{path}: more than {MAX_BYTES} bytes of phrases")
        document = yaml.safe_load(raw)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: not YAML: {' '.join(str(error).split())[:200]}") from error
    try:
        return parse_phrases(document)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse_phrases(document: Json) -> Phrases:
    """Read ``{"phrases": [{"say": …, "do": …}, …]}``.

    Raises:
        ConfigError: the message names the entry and what is wrong with it.
    """
    entries = document.get("phrases") if isinstance(document, Mapping) else None
    if not isinstance(entries, list) or set(document) != {"phrases"}:
        raise ConfigError("a file of phrases holds one list, 'phrases:', of entries with 'say:' and 'do:'")
    found: list[Phrase] = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, Mapping) or set(entry) != {"say", "do"}:
            raise ConfigError(f"phrase {number} needs 'say:' and 'do:' and nothing else")
        do, say = entry["do"], entry["say"]
        if not isinstance(do, str) or not words(do) or len(do) > MAX_TEXT:
            raise ConfigError(f"phrase {number}: 'do:' is one sentence of at most {MAX_TEXT} characters")
        found.extend(_phrase(said, do, number) for said in (say if isinstance(say, list) else [say]))
    if len(found) > MAX_PHRASES:
        raise ConfigError(f"at most {MAX_PHRASES} ways to say something, these are {len(found)}")
    return Phrases(tuple(found))


def _said(text: str) -> str:
    """The words of `text` without signs such as commas."""
    return " ".join(word.text for word in words(text) if word.text[0].isalnum() or word.text in _SIGNS)


def _phrase(said: Json, do: str, number: int) -> Phrase:
    if not isinstance(said, str) or not words(said) or len(said) > MAX_TEXT:
        raise ConfigError(f"phrase {number}: 'say:' is a sentence of at most {MAX_TEXT} characters, or a list of them")
    parts = _BLANK.split(said)
    blanks = parts[1::2]
    if len(blanks) > MAX_BLANKS or len(set(blanks)) < len(blanks):
        raise ConfigError(f"phrase {number}: at most {MAX_BLANKS} different blanks in {said!r}")
    if unknown := set(_BLANK.findall(do)) - set(blanks):
        raise ConfigError(f"phrase {number}: 'do:' has {{{min(unknown)}}}, but {said!r} has not")
    if not any(words(part) for part in parts[::2]):
        raise ConfigError(f"phrase {number}: {said!r} would fit every sentence, add a word of its own")
    loud = [part if index % 2 else _aloud(part) for index, part in enumerate(parts)]
    pieces = [_WORDS.format(part) if index % 2 else _either(part, loud[index]) for index, part in enumerate(parts)]
    sayable = all(bool(one) or not _said(part) for one, part in zip(loud, parts, strict=True))
    return Phrase(re.compile(" ".join(piece for piece in pieces if piece)), do, tuple(loud) if sayable else ())


def _aloud(part: str) -> str:
    """The words of a part as they are said; empty: one of them cannot be."""
    loud = [aloud(word) for word in _said(part).split()]
    return " ".join(loud) if all(loud) else ""


def _either(part: str, loud: str) -> str:
    """A pattern of a part as it is written and as it is said: "50 %", "fifty percent"."""
    ways = [re.escape(way) for way in dict.fromkeys((_said(part), loud)) if way]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})" if ways else ""
