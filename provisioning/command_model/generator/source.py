"""Examples without end: a call is drawn by its share, one of its templates, names, and then the noise of people."""

from __future__ import annotations

import random
import re
from bisect import bisect
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from provisioning.command_model.generator import hassil_source, noise
from provisioning.command_model.generator.mix import CLAUSES, LATER, SHARES
from provisioning.command_model.generator.naming import Names
from provisioning.command_model.generator.notation import Draw, Grammar
from provisioning.command_model.generator.paraphrase import OPEN_ENDED, paraphrase, skeleton
from provisioning.command_model.generator.productions import register
from provisioning.command_model.generator.sentence import append, draft, line
from provisioning.command_model.generator.store import part, phrases, read_templates, read_vocabulary

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from provisioning.command_model.generator.notation import Node, Piece
    from provisioning.command_model.generator.sentence import Draft

_HERE = Path(__file__).parent
_SPOKEN = 0.6
_DIGITS_SPOKEN = 0.25
_DIGITS_TYPED = 0.75
_TAG = re.compile(r"<(except|it|other|up|down|times)>|<(ask|why):(\w+)>")
_PHENOMENA = {
    "except": "exception",
    "it": "pronoun",
    "other": "pronoun",
    "up": "relative",
    "down": "relative",
    "times": "relative",
    "ask": "question",
    "why": "none",
}
_MAX_WORDS = 60
_LONGEST_IN_TALK = 10
"""Blanks in a command that has talk around it."""

Templates = dict[str, tuple[list["Node"], list[float]]]
"""Section to its productions and the running sum of their weights."""

_SEVERAL = 0.18
"""Share of sentences in which commands stand side by side."""
_PARAPHRASED = 0.8
"""Share of the training clauses that are said otherwise where they can be."""
_HELD_SAMPLE = 60_000
"""Held-out clauses drawn to know what must not be said."""
_CORRECTED = 0.035
"""Share of the sentences in which the speaker corrects himself."""
_CORRECTABLE = frozenset(
    {"name", "area", "floor", "brightness", "percentage", "position", "temperature", "volume", "duration"}
)
_MENDS = (
    "no", ", no ,", "no wait", ", no wait ,", "wait no", "sorry", "no sorry", "i mean", ", i mean ,", "i meant", "er no", "uh no", "or rather", "no actually",
    ", actually", "make that", "no make that", "scratch that", "oops", "oops i mean", "hang on", "no not that", "correction",
)  # fmt: skip
_RESTARTS = (
    "no wait", ", no wait ,", "no", ", no ,", "scratch that", ". scratch that ,", "actually no", ", actually", "forget that", "sorry i mean", "i mean", "hang on", "wait", "wait no",
    "no no", "on second thought", "oops no", "strike that", "never mind that", "cancel that", "instead",
)  # fmt: skip
_WITHDRAWALS = (
    "never mind", ", never mind", "nevermind", "forget it", ", forget it", "no forget it", "actually don't", ", actually don't", "no don't", "oh never mind", "scratch that", "no leave it",
    "actually forget it", "wait no never mind", "actually no", "no stop never mind", "cancel that", "forget i said that",
)  # fmt: skip

PUBLISHED_SHARE = 0.2
"""Share of the training examples that come from :mod:`.hassil_source` where it has any."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and what it means."""

    text: str
    """As typed, or as speech recognition writes it."""
    line: str
    """Its calls in the command language, spans as normalised words, without the end token."""
    tags: frozenset[str]
    """The calls' names, and phenomena: ``multi exception pronoun relative question none noise unseen delayed``."""


class Generator:
    """The compiled templates."""

    def __init__(self, templates: Path, vocabulary: Path) -> None:
        """Read and compile both directories."""
        self.names = Names(read_vocabulary(vocabulary))
        self._grammar = Grammar()
        self._templates: tuple[Templates, Templates] = ({}, {})
        register(self._grammar, self.names, self._clause, self._command)
        published_rules, published = hassil_source.read()
        for name, pattern in published_rules.items():
            self._add_rule(name, ((pattern, 1, False),))
        sections = read_templates(templates)
        known = {
            phrase
            for section in sections
            if section.is_rule
            for line, _, _ in section.lines
            for phrase in phrases(line)
        }
        for section in sections:
            if section.is_rule:
                self._add_rule(section.name, section.lines)
            else:
                self._add_templates(section.name, *part(section.lines, known))
        self._published: dict[str, list[Node]] = {}
        for call, pattern in published:
            self._published.setdefault(call, []).append(self._grammar.compile(pattern))
        self._grammar.verify()
        self._published_wheel = _wheel(SHARES, self._published)
        self._wheel, self._clause_wheel, self._later_wheel = (
            self._wheels(shares) for shares in (SHARES, CLAUSES, LATER)
        )

    @property
    def has_published(self) -> bool:
        """Whether Home Assistant's templates are among the sources."""
        return bool(self._published)

    def _add_rule(self, name: str, lines: tuple[tuple[str, int, bool], ...]) -> None:
        nodes = [node for pattern, weight, _ in lines for node in [self._grammar.compile(pattern)] * weight]
        if name in self._grammar.rules:
            message = f"rule {name!r} is defined twice"
            raise ValueError(message)

        def draw(context: Draw, out: list[Piece]) -> None:
            nodes[int(context.random() * len(nodes))](context, out)

        self._grammar.rules[name] = draw

    def _add_templates(self, name: str, *shares: list[tuple[str, float]]) -> None:
        call, _, detail = name.partition(":")
        opening = "" if call == "Mixed" else f"<@{call}>"
        opening += f"<why:{detail}>" if call == "None" else ""
        for templates, wordings in zip(self._templates, shares, strict=True):
            nodes, sums = templates.setdefault(name, ([], []))
            for wording, weight in wordings:
                nodes.append(self._grammar.compile(opening + wording))
                sums.append(weight + (sums[-1] if sums else 0.0))

    def _wheels(self, shares: Mapping[str, float]) -> list[list[str]]:
        """Return the wheels of training, and of the held-out share: each section as often as its held-out wordings are in all of it."""
        trained, held = self._templates
        rare = {
            name: share * held[name][1][-1] / (held[name][1][-1] + trained[name][1][-1])
            for name, share in shares.items()
        }
        return [_wheel(shares, trained), _wheel(rare, held, 2000)]

    def _clause(self, draw: Draw, out: list[Piece]) -> None:
        """Append a command that can be delayed: one that begins with its verb, most of the time."""
        for _ in range(4):
            clause: list[Piece] = []
            self._single(draw, self._later_wheel, clause)
            opening = next((text.split()[0] for text, _ in clause if text), "")
            if opening in noise.IMPERATIVES:
                break
        out += clause

    def _command(self, draw: Draw, out: list[Piece]) -> None:
        """Append a short command that begins with its verb and ends before whatever is said next."""
        while True:
            clause: list[Piece] = []
            self._single(draw, self._later_wheel, clause)
            said = [(text, mark) for text, mark in clause if text]
            words = " ".join(text for text, _ in said)
            if (
                words.split()[0] in noise.IMPERATIVES
                and words.count(" ") < _LONGEST_IN_TALK
                and "," not in words
                and _key(said[-1][1] or " ") not in OPEN_ENDED
            ):
                break
        out += clause

    def _single(self, draw: Draw, wheels: list[list[str]], out: list[Piece]) -> None:
        wheel = wheels[draw.held]
        nodes, sums = self._templates[draw.held][wheel[int(draw.random() * len(wheel))]]
        nodes[bisect(sums, draw.random() * sums[-1], hi=len(sums) - 1)](draw, out)

    def example(self, draw: Draw) -> Example | None:
        """Draw one example; None where the draw came out too long."""
        spoken = draw.random() < _SPOKEN
        draw.digits = draw.random() < (_DIGITS_SPOKEN if spoken else _DIGITS_TYPED)
        draw.tags = set()
        clauses: list[list[Piece]] = [[]]
        if self._published_wheel and not draw.held and draw.random() < PUBLISHED_SHARE:
            nodes = self._published[self._published_wheel[draw.below(len(self._published_wheel))]]
            nodes[draw.below(len(nodes))](draw, clauses[0])
        elif draw.random() < _SEVERAL:
            clauses = self._several(draw)
        else:
            clauses = [self.clause(draw)]
        if draw.random() < _CORRECTED:
            self._correct(draw, clauses[0])
        made = self.said(draw, clauses[0])
        for index, clause in enumerate(clauses[1:], 1):
            last = index == len(clauses) - 1
            joint = _JOINTS[draw.below(len(_JOINTS))] if last or draw.random() < 0.3 else ","
            append(made, joint, self.said(draw, clause))
        if not made.words or len(made.words) > _MAX_WORDS:
            return None
        tags = made.tags = {call.name for call in made.calls} | draw.tags
        if len(made.calls) > 1:
            tags.add("multi")
        target = line(made)
        for flag, key, value in _TAG.findall(target):
            tags.add(_PHENOMENA[flag or key])
            if key == "why":
                tags.add(value)
        text = noise.dress(made, draw, spoken=spoken)
        return Example(text, line(made), frozenset(tags))

    def said(self, draw: Draw, pieces: list[Piece]) -> Draft:
        """Return the sentence of one clause; in training some are said otherwise, though never in a held-out wording."""
        made = draft(pieces)
        if draw.held or "correction" in draw.tags or draw.random() > _PARAPHRASED:
            return made
        said = paraphrase(made, draw, self.names, lambda call: self._another(draw, call))
        return made if skeleton(said) in self.held_skeletons else said

    def clause(self, draw: Draw) -> list[Piece]:
        """Draw one clause of any section."""
        pieces: list[Piece] = []
        self._single(draw, self._wheel, pieces)
        return pieces

    def _another(self, draw: Draw, call: str) -> Draft | None:
        """Return another clause of a call."""
        if call not in self._templates[draw.held]:
            return None
        pieces: list[Piece] = []
        self._single(draw, [[call], [call]], pieces)
        return draft(pieces)

    @cached_property
    def held_skeletons(self) -> frozenset[str]:
        """Held-out wordings with blanks for their spans, as many as a large sample has."""
        draw = Draw(random.Random("held-out wordings").random, 1)
        found: set[str] = set()
        for _ in range(_HELD_SAMPLE):
            found.add(skeleton(draft(self.clause(draw))))
        return frozenset(found)

    def _several(self, draw: Draw) -> list[list[Piece]]:
        """Return two to four commands that stand side by side."""
        clauses: list[list[Piece]] = []
        for index in range((2, 2, 2, 2, 3, 3, 4)[draw.below(7)]):
            clause: list[Piece] = []
            self._single(draw, self._clause_wheel, clause)
            while index and (any(map(_points_back, clause)) or (_ends_placed(clause) and any(map(_unplaced, clauses)))):
                clause.clear()  # "it" would be the thing just named, and the place hold for the lights before, too
                self._single(draw, self._clause_wheel, clause)
            clauses.append(clause)
        return clauses

    def _correct(self, draw: Draw, pieces: list[Piece]) -> None:
        """Let the speaker slip and mend it: a wrong word before the right one, a wrong command, or a wish taken back."""
        kind = draw.below(8)
        if kind < 5:
            places = [i for i, (text, mark) in enumerate(pieces) if text and mark and _key(mark) in _CORRECTABLE]
            if places:
                place = places[draw.below(len(places))]
                if wrong := self._other(draw, _key(pieces[place][1] or "")):
                    pieces[place:place] = [(wrong, None), (_MENDS[draw.below(len(_MENDS))], None)]
                    draw.tags.add("correction")
            return
        wrong_clause: list[Piece] = []
        self._single(draw, self._clause_wheel, wrong_clause)
        said = [(text, None) for text, _ in (wrong_clause if kind < 7 else pieces) if text]
        draw.tags.add("correction")
        if kind < 7:
            pieces[:0] = [*said, (_RESTARTS[draw.below(len(_RESTARTS))], None)]
        else:
            draw.tags.discard("unseen")
            pieces[:] = [("", "!@Nevermind"), *said, (_WITHDRAWALS[draw.below(len(_WITHDRAWALS))], None)]

    def _other(self, draw: Draw, key: str) -> str | None:
        """Another text for a span of this key; None where a few clauses have none."""
        for _ in range(12):
            clause: list[Piece] = []
            self._single(draw, self._clause_wheel, clause)
            for text, mark in clause:
                if text and mark and _key(mark) == key:
                    return text
        return None


def _key(mark: str) -> str:
    """Key of a span's mark; empty for other marks."""
    return mark[1:].partition(":")[0] if mark[0] == "=" else ""


def _ends_placed(clause: list[Piece]) -> bool:
    """Whether the last words of a clause are a place."""
    said = [mark for text, mark in clause if text]
    return bool(said) and said[-1] in ("=area", "=floor")


def _unplaced(clause: list[Piece]) -> bool:
    """Whether a clause is about a generic thing of no place."""
    marks = {mark for _, mark in clause if mark}
    return not marks & {"=name", "=area", "=floor", "!here"} and any(
        mark.startswith(("!domain", "!class", "!all")) for mark in marks
    )


def _points_back(piece: Piece) -> bool:
    text, mark = piece
    return mark in ("!it", "!other") or (mark is None and " it " in f" {text} ")


_JOINTS = (
    "and", "and", "and", "and", "and", "and then", "then", ", then", ", and", "and also", "also", ", also", ".", "plus", "and please", "as well as", "after that", "and after that",
    ". also", ". then", ", and please", "and could you", "and can you", "followed by", ", afterwards", "and while you're at it", "and don't forget to", "next", "oh and", "and finally",
)  # fmt: skip


def _wheel(shares: Mapping[str, float], table: Container[str], scale: int = 20) -> list[str]:
    """Return the names of `shares` that have templates, each as often as its share says."""
    return [name for name, share in shares.items() if name in table for _ in range(round(share * scale))]


def sources() -> tuple[str, ...]:
    """Return the names of the sources of templates that training draws from on this machine."""
    return ("own", "home-assistant-intents") if the_generator().has_published else ("own",)


@cache
def the_generator() -> Generator:
    """Return the generator of this package's templates and vocabulary."""
    return Generator(_HERE / "templates", _HERE.parent / "vocabulary")


def examples(seed: int, split: Literal["train", "heldout"]) -> Iterator[Example]:
    """Yield examples of a split without end: the same ones for the same seed."""
    if split not in ("train", "heldout"):
        message = f"there is no split {split!r}: use 'train' or 'heldout'"
        raise ValueError(message)
    generator = the_generator()
    source = random.Random(f"{split}:{seed}")
    draw = Draw(source.random, int(split == "heldout"))
    while True:
        example = generator.example(draw)
        if example is not None:
            yield example
