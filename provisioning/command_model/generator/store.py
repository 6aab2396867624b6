"""Reads the vocabularies and the templates, and parts both into a training and a held-out share.

Vocabulary files: ``[section]`` opens a list of entries, parted by commas and line ends; ``[section*]`` one of
which about 15 % of the entries occur only in held-out sentences.

Template files: ``:rule`` opens a rule with one alternative a line; ``@Call`` opens the templates of a call,
``@Call:tag`` those of a call with a tag (``@None:report`` also gives the reason). A leading ``3x`` makes a line three times as
likely, a leading ``!`` keeps a template out of the held-out share (the plainest phrasings of all); one with words that no training
template has is kept out as well, see :func:`held_patterns`. ``#`` opens a comment.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HELD_SHARE = 15
"""Percent of templates and of split vocabulary that only the held-out split uses."""

_WEIGHT = re.compile(r"(\d+)x ")


def is_held(text: str) -> bool:
    """Tell whether `text` belongs to the held-out share: a stable property of the text itself."""
    return zlib.crc32(text.encode()) % 100 < HELD_SHARE


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


def held_patterns(lines: tuple[tuple[str, int, bool], ...], known: set[str]) -> set[str]:
    """Choose the patterns of a section that only the held-out split uses.

    A pattern whose words occur nowhere in training (`known`, and the section's other patterns) is trained: the split is to
    measure new sentences, not words and idioms that nobody could know unheard.
    """
    drawn = {pattern for pattern, _, kept in lines if not kept and is_held(pattern)}
    known = known.union(*(phrases(pattern) for pattern, _, _ in lines if pattern not in drawn))
    return {pattern for pattern in drawn if phrases(pattern) <= known}


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
