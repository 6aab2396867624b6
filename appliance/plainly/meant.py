"""A sentence as its speaker left it: without what was taken back, without what people do themselves, with the values of other things."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.plainly.copied import copied
from appliance.plainly.namely import exactly
from appliance.plainly.own_doing import without_own_doing
from appliance.plainly.repairs import LONGEST, Repairs
from appliance.plainly.unwanted import as_wanted
from appliance.resolver.lookup import Lookup


@dataclass(frozen=True, slots=True)
class Meant:
    """What is left of a sentence to be read."""

    text: str
    correction: str = ""
    """Words that take something back, where nobody can tell what."""
    one_of: str = ""
    """What was said before it, where only one of the things of that is meant and nobody knows which."""
    refusal: str = ""
    """Why what it asks for cannot be known."""
    told: bool = False
    """It only tells what its speaker does, or asks what somebody heard."""


def meant(text: str, repairs: Repairs, lookup: Lookup) -> Meant:
    """`text` as it was left, in the home of `repairs` and `lookup` as it is now."""
    if len(text) > LONGEST:
        return Meant(text)
    mended = repairs.put(exactly(as_wanted(text)))
    if mended.unclear:
        return Meant(mended.text, mended.unclear, mended.one_of)
    rest = without_own_doing(mended.text)
    if not rest:
        return Meant(mended.text, told=True)
    taken = copied(rest, lookup)
    return Meant(rest) if taken is None else Meant(taken.text, refusal=taken.refusal)
