"""Things told only beside the one before in the same sentence: "raise the blackout blind and shut the street one", "and Oma's to 20".

The name of the home comes of the one before it with the words that were said in the place of some of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from appliance.plainly.namesakes import OTHER, Namesakes
from appliance.plainly.pieces import ONES, Piece, Pieces
from appliance.resolver.spelling import stems

_CUE = re.compile(
    r"\bones?\b|(?:and|,) (?:(?:turn|switch|set) )?\d+ [a-z]"
    r"|(?:\band\b|,).*\w(?:'s|s')(?=\s|[,.;!?]|$)",
    re.IGNORECASE,
)
_POINTING = frozenset("this that these those which any each every both all same first second third last".split())


class Elided:
    """Writes out such things of one home. Immutable after construction."""

    def __init__(self, pieces: Pieces) -> None:
        """Store the names."""
        self._pieces = pieces
        self._namesakes = Namesakes(pieces)

    def put(self, text: str) -> str:
        """`text` with the names of what it tells only beside the thing before; as it is where none comes of it."""
        if _CUE.search(text.replace("’", "'")) is None:
            return text
        made, done = "", 0
        last: Piece | None = None
        pieces = self._pieces.of(text)
        for at, piece in enumerate(pieces):
            if piece.named:
                last = piece
            elif last is not None and _elides(pieces, at) and (name := self._beside(last, piece)):
                made += f"{text[done : piece.start]}{name}"
                done = piece.end
        return made + text[done:]

    def _beside(self, last: Piece, piece: Piece) -> str:
        """The name of the home that the last one becomes with the words of a piece, of the same domain; empty: none."""
        name = self._namesakes.grafted(last, piece)
        domains = self._pieces.domains
        return name if name and not domains[stems(name)].isdisjoint(domains[last.name]) else ""


def _elides(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a piece is words for a thing that leave out what it is; "2 on" behind lamp 1 off is, too."""
    piece, around = pieces[at], [other.kind for other in pieces[max(0, at - 2) : at + 2]]
    if piece.kind == "value" and not piece.unit and piece.lead == piece.start:
        if around == ["value", "joint", "value", "value"]:  # "lamp 1 blue and 2 green", "lamp 1 to 20 and 2 to 40"
            return pieces[at + 1].unit == "color" or pieces[at + 1].lead < pieces[at + 1].start
        return around in (["state", "joint", "value", "state"], ["joint", "verb", "value", "state"])
    if piece.kind != "thing" or not (OTHER | _POINTING).isdisjoint(piece.said):
        return False
    return (piece.said[-1] in ONES and len(piece.said) > 1) or piece.said[-1].endswith(("'s", "s'"))
