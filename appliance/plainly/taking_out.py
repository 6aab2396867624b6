"""What a correction takes out of the command before it: "leave the altar spot on", "not the den", and "not 2, 4" for what it was not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.plainly.exempting import sweeps
from appliance.plainly.namesakes import is_same
from appliance.plainly.pieces import Parted, Piece, Pieces, of_kind
from appliance.resolver.spelling import stems
from appliance.text import words

NOTHING = "never mind"
"""What a sentence comes to that takes all of it back."""

AS_IT_IS = r"(?: (?:on|off|open|closed|shut|running|playing|lit|up|down|alone|out|be|as (?:it is|they are)|where (?:it is|they are)))*"
_DONE_TO = "touch|turn|switch|open|close|shut|start|stop|lock|unlock|move|change|dim"
_LEFT_OUT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:but |just |only |please )*(?:leave|keep|except(?: for)?|but not|without) (?P<x>.+?){AS_IT_IS}",
        rf"(?:but |please )*(?:don't|do not) (?:{_DONE_TO})(?: (?:on|off|up|down))? (?P<x>.+?)(?: (?:on|off|up|down))?",
        rf"(?P<x>.+?) (?:(?:can|should|may|must|shall|has to|have to|is to|are to) )?(?:stays?|remains?|keeps?){AS_IT_IS}",
    )
)
_NOT = re.compile(r"not (?P<x>.+)", re.IGNORECASE)
_INSTEAD = re.compile(r"^[ ,]*(?:(?:but|it's|rather) )?")
_BESIDE = re.compile(r"^(?:in|on|at) | ones?$")


def left_out(pieces: Pieces, before: str, after: str) -> str | None:
    """`before` without the thing or place that `after` wants left as it is; None: it wants none so."""
    for pattern in _LEFT_OUT:
        if (found := pattern.fullmatch(after)) and (left := without(pieces, before, found["x"])):
            return left
    return None


def without(pieces: Pieces, before: str, left: str) -> str | None:
    """`before` without the things or places that `left` names; None: it names none of them."""
    named = [piece for piece in pieces.of(left) if piece.kind not in {"joint", "other"}]
    if not named or any(piece.kind not in {"thing", "place"} for piece in named):
        return None
    for piece in named:
        said = pieces.part(before)
        hits = [
            (clause, old)
            for clause in said.clauses
            for old in of_kind(clause, piece.kind)
            if is_same(_bare(piece), old)
        ]
        if len(hits) != 1:
            return f"{before} except {left}" if len(named) == 1 and not hits and sweeps(before) else None
        clause, old = hits[0]
        group = of_kind(clause, piece.kind)
        if rest := [other for other in group if other is not old]:
            before = regrouped(said, clause, rest)
        elif len(said.clauses) > 1:
            before = joined(said, [other for other in said.clauses if other is not clause])
        else:
            return NOTHING
    return before


def denied(pieces: Pieces, before: str, after: str) -> tuple[Piece, str, str] | None:
    """Of "not 2, 4": what of `before` it is not, the words for that, and what it is instead; None: `after` denies nothing of it."""
    found = _NOT.fullmatch(after)
    said = pieces.part(before)
    for word in reversed(words(found["x"])) if found is not None else ():
        spoken = found["x"][: word.end] if found is not None else ""
        if (old := _only(said, spoken)) is not None:
            return old, spoken, _INSTEAD.sub("", after[len("not ") + word.end :])
    return None


def _only(said: Parted, spoken: str) -> Piece | None:
    """The only piece of a sentence that some words are; of verbs, states, values and places the last."""
    span = stems(_BESIDE.sub("", spoken))
    things = [piece for piece in said.all("thing") if is_same(span, piece)]
    if things:
        return things[0] if len(things) == 1 else None
    hits = [piece for piece in said.all("verb", "state", "value", "place") if piece.stems == span]
    return hits[-1] if hits else None


def _bare(piece: Piece) -> tuple[str, ...]:
    """The words of a piece without "one"."""
    return tuple(word for word in piece.stems if word != "1" or "one" not in piece.said)


def regrouped(said: Parted, clause: Sequence[Piece], rest: Sequence[Piece]) -> str:
    """The text with only the `rest` of the things or places of a clause; things that were said by their number alone by their names."""
    group = of_kind(clause, rest[0].kind)
    between = clause[clause.index(group[0]) : clause.index(group[-1]) + 1]
    if any(piece.kind not in {group[0].kind, "joint"} for piece in between):
        return _cut(said, clause, [piece for piece in group if piece not in rest])
    if group[0].kind == "place":
        return (
            f"{said.text[: group[0].start]}{listed([said.core(piece) for piece in rest])}{said.text[group[-1].end :]}"
        )
    spoken = [piece.named if piece.implied else f"{said.lead(piece)}{said.core(piece)}" for piece in rest]
    return said.swapped(group[0], group[-1], listed(spoken))


def _cut(said: Parted, clause: Sequence[Piece], gone: Sequence[Piece]) -> str:
    """The text without the parts of a clause, between its joints, that hold some pieces."""
    parts: list[list[Piece]] = [[]]
    for piece in clause:
        if piece.kind == "joint":
            parts.append([])
        else:
            parts[-1].append(piece)
    kept = [said.whole(part) for part in parts if part and not any(piece in gone for piece in part)]
    return said.swapped(clause[0], clause[-1], listed(kept)) if kept else said.text


def joined(said: Parted, clauses: Sequence[Sequence[Piece]]) -> str:
    """Some clauses of a sentence."""
    return " and ".join(said.whole(clause) for clause in clauses)


def listed(texts: Sequence[str]) -> str:
    """Several things as people say them."""
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
