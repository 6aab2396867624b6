"""Reads the vocabularies and the templates, and parts both into a training and a held-out share.

Vocabulary files: ``[section]`` opens a list of entries, parted by commas and line ends; ``[section*]`` one of
which about 15 % of the entries occur only in held-out sentences.

Template files: ``:rule`` opens a rule with one alternative a line; ``@Call`` opens the templates of a call,
``@Call:tag`` those of a call with a tag (``@None:report`` also gives the reason). A leading ``3x`` makes a line three times as
likely. A line stands for several *wordings* (:func:`wordings`), of which the held-out share is drawn by a stable hash; a leading ``!``
keeps the first, the plainest one, for training. One with words that no training wording has is trained as well, see
:func:`part`. ``#`` opens a comment.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HELD_SHARE = 15
"""Percent of templates and of split vocabulary that only the held-out split uses."""

_WEIGHT = re.compile(r"(\d+)x ")


_DRAWING = "second drawing"
"""Part of what is hashed. Another one draws another split: after held-out sentences were looked at, they measure nothing any more."""


def is_held(text: str) -> bool:
    """Tell whether `text` belongs to the held-out share: a stable property of the text itself."""
    return zlib.crc32(f"{_DRAWING}: {text}".encode()) % 100 < HELD_SHARE


@dataclass(frozen=True, slots=True)
class Section:
    """The lines below one header of a template file."""

    name: str
    """``:rule``, ``@Call`` or ``@Call:tag``, without its sign."""
    is_rule: bool
    lines: tuple[tuple[str, int, bool], ...]
    """Pattern, weight, and whether it is kept for training."""


def read_templates(directory: Path) -> list[Section]:
    """Return the sections of all template files in the order of their names."""
    sections: list[Section] = []
    for path in sorted(directory.glob("*.txt")):
        sections += _sections(path.read_text(encoding="utf-8"), path.name)
    return sections


def _sections(text: str, file: str) -> list[Section]:
    found: list[tuple[str, list[tuple[str, int, bool]]]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        if line[0] in ":@":
            found.append((line, []))
        elif not found:
            message = f"{file}:{number}: a pattern before the first header"
            raise ValueError(message)
        else:
            found[-1][1].append(_line(line))
    return [Section(header[1:].strip(), header[0] == ":", tuple(lines)) for header, lines in found]


def _line(line: str) -> tuple[str, int, bool]:
    kept = line.startswith("!")
    line = line[1:].lstrip() if kept else line
    weight = 1
    if match := _WEIGHT.match(line):
        weight = int(match.group(1))
        line = line[match.end() :]
    return line, weight, kept


_SLOT = re.compile(r"\{[^{}=]*\}|<[^<>]*>")
_KEY = re.compile(r"\{[a-z_]+[-+*:a-z]*=")
_BREAK = re.compile(r"[()\[\]|{},.:;!?]")
_PARTICLES = frozenset("on off down up out in over away back around through to".split())


def phrases(pattern: str) -> set[str]:
    """Return what must be known to understand the fixed text of a template: its words, and verbs with their particles.

    "power down {thing}" needs ``power``, ``down`` and ``power down``.
    """
    text = _KEY.sub(" | ", _SLOT.sub(" | ", pattern))
    found: set[str] = set()
    for part in _BREAK.split(text):
        words = part.split()
        found.update(words)
        found.update(f"{first} {second}" for first, second in pairwise(words) if second in _PARTICLES)
    return found


_FUNCTION_WORDS = frozenset(
    """a an the my our your his her their some any in on at to of for from with by and or then also too please now just so very really pretty
    it them that this these those is are was were be been has have i we you he she they i'm we're it's that's i've we've""".split()
)
"""Alternatives of these words alone, such as prepositions, make no wording of their own."""
_MOST_WORDINGS = 48


def wordings(pattern: str) -> tuple[str, ...]:
    """Spell out the alternatives of content words that `pattern` fixes: "(set|change) {light} to blue" is two wordings.

    Groups within slots and options are left as they are, and so are those whose alternatives differ in function words or in the
    number alone; at most 48 wordings, the last groups staying unspelt.
    """
    pieces: list[tuple[str, ...]] = []
    count = 1
    for text, is_group in _pieces(pattern):
        options = tuple(_split(text[1:-1])) if is_group else (text,)
        if is_group and count * len(options) <= _MOST_WORDINGS and _tells_apart(options):
            count *= len(options)
            pieces.append(options)
        else:
            pieces.append((text,))
    return tuple("".join(chosen) for chosen in product(*pieces))


def _tells_apart(options: tuple[str, ...]) -> bool:
    contents = [
        frozenset(word.rstrip("s") for word in option.split() if word not in _FUNCTION_WORDS) for option in options
    ]
    return len(set(contents)) == len(contents)


def _pieces(pattern: str) -> Iterator[tuple[str, bool]]:
    """Part `pattern` into its groups of alternatives that stand in no other bracket, and what is between them."""
    depth, start = 0, 0
    for at, char in enumerate(pattern):
        if char in "([{":
            if not depth and char == "(":
                yield pattern[start:at], False
                start = at
            depth += 1
        elif char in ")]}":
            depth -= 1
            if not depth and pattern[start] == "(" and char == ")":
                yield pattern[start : at + 1], True
                start = at + 1
    yield pattern[start:], False


def _split(text: str) -> Iterator[str]:
    """Part `text` at the bars that stand in no bracket."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "|" and not depth:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def part(
    lines: tuple[tuple[str, int, bool], ...], known: set[str]
) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """Part the wordings of a section, with their weights, into those of training and the held-out ones.

    A line drawn by its hash gives all its wordings (a line marked ``!`` is not drawn), of the others each wording is drawn by its own.
    A wording with words or verb-particle pairs that occur nowhere in training (`known`, and the section's trained wordings) is trained:
    the split is to measure new sentences, not words and idioms that nobody could know unheard.
    """
    spelt = [(wording, weight, kept, pattern, number)
             for pattern, weight, kept in lines for number, wording in enumerate(wordings(pattern))]  # fmt: skip
    counts = Counter(pattern for _, _, _, pattern, _ in spelt)
    drawn = {
        wording
        for wording, _, kept, pattern, number in spelt
        if (not kept and is_held(pattern)) or (is_held(wording) and not (kept and number == 0))
    }
    known = known.union(*(phrases(wording) for wording, *_ in spelt if wording not in drawn))
    held = {wording for wording in drawn if phrases(wording) <= known}
    shares: tuple[list[tuple[str, float]], list[tuple[str, float]]] = ([], [])
    for wording, weight, _, pattern, _ in spelt:
        shares[wording in held].append((wording, weight / counts[pattern]))
    if not shares[1]:
        shares[1].append(shares[0][-1])
        if len(shares[0]) > 1:
            shares[0].pop()
    return shares


def read_vocabulary(directory: Path) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return each section's training and held-out entries (the same ones where the section is not split)."""
    entries: dict[str, list[str]] = {}
    split: set[str] = set()
    for path in sorted(directory.glob("*.txt")):
        section = ""
        for raw in path.read_text(encoding="utf-8").splitlines():
            line = raw.split("#", 1)[0].strip()
            if line.startswith("["):
                section = line.strip("[]* ")
                entries.setdefault(section, [])
                if "*" in line:
                    split.add(section)
            elif line:
                entries[section] += [entry.strip() for entry in line.split(",") if entry.strip()]
    shares = {}
    for section, words in entries.items():
        unique = tuple(words)
        held = tuple(word for word in unique if is_held(word))
        if section in split and held and len(held) < len(unique):
            shares[section] = (tuple(word for word in unique if not is_held(word)), held)
        else:
            shares[section] = (unique, unique)
    return shares
