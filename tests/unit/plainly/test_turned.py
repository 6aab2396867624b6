"""Commands the usual way round."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly.turned import turned
from appliance.resolver.groups import Groups

HOME = Home(
    areas=(Area("smithy", "Smithy"), Area("barn", "Barn"), Area("yard", "Yard")),
    entities=(
        Entity("light.smithy", "Smithy beam", area="smithy"),
        Entity("media_player.radio", "Old radio", area="smithy"),
        Entity("cover.hatch", "Hay hatch", area="barn"),
        Entity("cover.gate", "Yard gate", area="yard", device_class="gate"),
    ),
)
GROUPS = Groups(HOME)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("everything in the barn, please switch it off", "switch off everything in the barn"),
        ("all the blinds, close them please", "close all the blinds please"),
        ("both radios, mute them", "mute both radios"),
        ("everything that lights up the smithy off", "all the lights in the smithy off"),
        ("resume the old radio at thirty percent volume", "resume the old radio and set the volume of the old radio to thirty percent"),
        ("crack the hay hatch open, twenty percent will do", "set the hay hatch to twenty percent"),
        ("open the hay hatch, about 40% is enough please", "set the hay hatch to 40% please"),
        ("old radio quieter, please, there's a baby asleep", "make old radio quieter"),
        ("smithy beam a bit brighter, i'm reading", "make smithy beam a bit brighter"),
        ("close the hay hatch before the swallows come in", "close the hay hatch"),
        ("lock up the barn, before the fox comes", "lock up the barn"),
        ("let the cart in, open the gate to the yard", "open the yard gate"),
        ("turn the radio off in the smithy and dim the beam in there", "turn the radio off in the smithy and dim the beam in the smithy"),
        # as they were said
        ("resume the old radio at half past ten", "resume the old radio at half past ten"),
        ("crack the safe open, twenty percent will do", "crack the safe open, twenty percent will do"),
        ("is it warm in there", "is it warm in there"),
        ("lights on in the barn and the smithy, is it warm in there", "lights on in the barn and the smithy, is it warm in there"),
        ("everything in the barn, i switch it off myself", "everything in the barn, i switch it off myself"),
        ("close the hay hatch before it rains", "close the hay hatch before it rains"),
        ("open the gate to the meadow", "open the gate to the meadow"),
        ("let the cat in", "let the cat in"),
        ("the price is lower, there's a sale", "the price is lower, there's a sale"),
    ],
)  # fmt: skip
def test_turned(said: str, meant: str) -> None:
    assert turned(said, GROUPS, GROUPS.is_called) == meant
