"""In which ways a model of a shape can be stored, for ``ternd bench --shape``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from appliance.engine.synthetic import Packing, Shape, Vocabulary
from appliance.errors import EngineError

SHORT: Final = "+short"
"""Ends the name of a variant with a shortlist."""
_PACKINGS: Final = get_args(Packing)
_VOCABULARIES: Final = get_args(Vocabulary)


@dataclass(frozen=True, slots=True)
class Variant:
    """How a model of the shape is stored."""

    packing: Packing
    """Of the ternary matrices."""
    vocabulary: Vocabulary
    """Of embedding and head."""
    short: bool = False
    """Whether a shortlist spares most of the head."""

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.packing}+{self.vocabulary}{SHORT if self.short else ''}"

    @property
    def options(self) -> tuple[str, ...]:
        """What a measurement of it is called with."""
        return ("--shortlist",) if self.short else ()


def parse_variants(text: str) -> list[Variant]:
    """Parse ``t2+i8,t8c+i4+short``; raises `EngineError` for anything else."""
    variants = []
    for part in text.split(","):
        packing, _, vocabulary = part.removesuffix(SHORT).partition("+")
        if packing not in _PACKINGS or vocabulary not in _VOCABULARIES:
            raise EngineError(
                f"{part!r} is no variant; write {', '.join(_PACKINGS)}, a plus and {', '.join(_VOCABULARIES)}, for a shortlist {SHORT} "
                "behind it, with commas between"
            )
        variants.append(Variant(packing, vocabulary, part.endswith(SHORT)))  # type: ignore[arg-type]
    return variants


def default_variants(shape: Shape) -> list[Variant]:
    """The variants that make sense for a shape."""
    if shape.config.group_size:
        return [Variant("t2", shape.vocabulary), Variant("t1", shape.vocabulary)]
    if shape.config.activation == "relu2":
        return [
            Variant("t2", "i8"),
            Variant("t2", "i4"),
            Variant("t2c", "i4"),
            Variant("t8c", "i4"),
            Variant("t8c", "i4", short=True),
            Variant("t5", "i4"),
            Variant("t8", "i4"),
        ]
    return [Variant("t2", "i8"), Variant("t5", "i8")]
