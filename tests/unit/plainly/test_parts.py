"""Positions, exceptions, robots and valves put plainly, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Entity, Home
from appliance.plainly import Plainly

NAMES = {
    "light": ("Beacon", "Skep", "Byre strip"),
    "switch": ("Churn", "Urn"),
    "cover": ("Hatch blind", "Loft shutter", "Portcullis"),
    "vacuum": ("Crumb", "Roborock"),
    "lawn_mower": ("Billy",),
    "valve": ("Brook sluice", "Trough"),
}
HOME = Home(
    entities=tuple(Entity(f"{domain}.n{at}", name) for domain, names in NAMES.items() for at, name in enumerate(names))
)
PLAINLY = Plainly(HOME)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        # closed by a share is open by the rest
        ("close the hatch blind three quarters of the way", "set the hatch blind to 25 percent"),
        ("shut the portcullis two thirds of the way", "set the portcullis to 33 percent"),
        ("close the loft shutter a third of the way please", "set the loft shutter to 67 percent please"),
        ("close the hatch blind two thirds and churn off", "set the hatch blind to 33 percent and churn off"),
        ("close the hatch blind 80 percent", "set the hatch blind to 20 percent"),
        ("close the hatch blind eighty five percent", "set the hatch blind to 15 percent"),
        ("set the hatch blind to a quarter closed", "set the hatch blind to 75 percent"),
        ("have the blinds three quarters shut", "set the blinds to 25 percent"),
        ("turn off the urn and close the hatch blind a quarter of the way", "turn off the urn and set the hatch blind to 75 percent"),
        ("close the hatch blind to a third", "close the hatch blind to 33 percent"),
        ("close the hatch blind by 20 percent", "close the hatch blind by 20 percent"),
        ("open the hatch blind three quarters of the way", "open the hatch blind three quarters of the way"),
        ("close the deal three quarters of the way", "close the deal three quarters of the way"),
        ("the hatch blind two thirds closed please", "set the hatch blind to 33 percent please"),
        ("I want the loft shutter three quarters shut", "set the loft shutter to 25 percent"),
        ("hatch blind a quarter of the way down", "set hatch blind to 75 percent"),
        ("my aunt likes the beacon three quarters shut", "my aunt likes the beacon three quarters shut"),
        ("leave only a fifth of the hatch blind open", "set the hatch blind to 20 percent"),
        ("leave only a fifth of the cake", "leave only a fifth of the cake"),
        ("lower the hatch blind until only a third of the window is uncovered", "set the hatch blind to 33 percent"),
        ("pull the hatch blind down so that a quarter of the glass is covered", "set the hatch blind to 75 percent"),
        ("close the hatch blind but leave a quarter open", "set the hatch blind to 25 percent"),
        ("raise the hatch blind a fifth", "raise the hatch blind by 20 percent"),
        (
            "close the hatch blind by a third and the loft shutter by two thirds",
            "set the hatch blind to 67 percent and set the loft shutter to 33 percent",
        ),
        ("raise the hatch blind by a fifth", "raise the hatch blind by 20 percent"),
        ("leave the garage door open just a crack for the cat", "set the garage door to 10 percent"),
        ("leave the garage door open just a crack for the next hour", "leave the garage door open just a crack for the next hour"),
        # nearly, and hardly
        ("pull the loft shutter almost shut", "set the loft shutter to 10 percent"),
        ("almost close the hatch blind", "set the hatch blind to 10 percent"),
        ("the hatch blind should be nearly closed", "set the hatch blind to 10 percent"),
        ("close the curtains most of the way", "set the curtains to 20 percent"),
        ("open the curtains most of the way", "set the curtains to 80 percent"),
        ("open the loft shutter a crack", "set the loft shutter to 10 percent"),
        ("crack open the skylight", "set the skylight to 10 percent"),
        ("leave the garage door open just a crack", "set the garage door to 10 percent"),
        ("leave the hatch blind ajar", "set the hatch blind to 10 percent"),
        ("the loft shutter can be opened slightly", "set the loft shutter to 10 percent"),
        ("open the hatch blind a bit", "open the hatch blind a bit"),
        ("leave the hatch blind open", "leave the hatch blind open"),
        ("the beacon should be nearly closed", "the beacon should be nearly closed"),
        ("crack open the wine", "crack open the wine"),
        ("shut the hatch blind about a third of the way", "set the hatch blind to 67 percent"),
        ("hatch blind open a hand's width", "set hatch blind to 10 percent"),
        # what is left out
        ("turn off everything in the byre, only the churn should keep running", "turn off everything in the byre except the churn"),
        ("turn off all the lights, the beacon can stay on", "turn off all the lights except the beacon"),
        ("lights off in the byre, not the beacon though", "lights off in the byre except the beacon"),
        ("close every blind, not anouk's", "close every blind except anouk's"),
        ("turn off all the lights, i still need the one in the byre", "turn off all the lights except the one in the byre"),
        ("all the lights off but leave the skep burning", "all the lights off except the skep"),
        ("turn off all the lights and leave the beacon alone", "turn off all the lights except the beacon"),
        ("all but the beacon off in the byre", "turn off everything in the byre except the beacon"),
        ("turn all lights except the skep off upstairs please", "turn off all lights upstairs except the skep please"),
        ("all the blinds but the hatch one down on the quay", "close all the blinds on the quay except the hatch blind"),
        ("leave the urn on and turn everything else off in the byre", "turn everything off in the byre except the urn"),
        ("the churn is not to be touched, everything else off", "everything off except the churn"),
        ("close every blind, the beacon excluded", "close every blind except the beacon"),
        ("close every blind, every one of them but anouk's", "close every blind except anouk's"),
        ("without touching the beacon, turn off all the lights", "turn off all the lights except the beacon"),
        ("turn off everything that is a light in the byre", "turn off all the lights in the byre"),
        ("turn off the churn, the urn can stay on", "turn off the churn"),
        ("turn off all the lights, not now", "turn off all the lights, not now"),
        ("set all the lights to 20, not too bright", "set all the lights to 20, not too bright"),
        ("turn off the churn, i need the beacon", "turn off the churn, i need the beacon"),
        ("turn off all the lights and turn on the urn", "turn off all the lights and turn on the urn"),
        # questions for one or the other, and numbered commands
        ("is either the churn or the urn on?", "are the churn and the urn on"),
        ("is the churn on or off", "is the churn on or off"),
        ("first turn off the churn, second the urn and third the beacon", "first turn off the churn, the urn and the beacon"),
        # robots
        ("send billy out", "start billy"),
        ("bring billy in", "send billy back to the dock"),
        ("call crumb back in and send billy out", "send crumb back to the dock and start billy"),
        ("send crumb home and billy out", "send crumb back to the dock and start billy"),
        ("send billy out and crumb home", "start billy and send crumb back to the dock"),
        ("back to your dock, crumb", "send crumb back to the dock"),
        ("crumb, go home", "send crumb back to the dock"),
        ("crumb can come home now", "send crumb back to the dock"),
        ("send anouk out", "send anouk out"),
        ("send crumb into the byre", "send crumb into the byre"),
        ("is billy out", "is billy out"),
        ("bring the beacon in", "bring the beacon in"),
        # water
        ("run the trough", "open the trough"),
        ("fill the trough and shut the brook sluice", "open the trough and shut the brook sluice"),
        ("stop the trough", "close the trough"),
        ("cut the water to the trough", "close the trough"),
        ("run the urn", "run the urn"),
        # timers
        ("two timers, five minutes for the eggs and twenty for the rice",
         "set a timer called eggs for five minutes and set a timer called rice for twenty minutes"),
        ("set two timers, one for five minutes and one for eight", "set a timer for five minutes and set a timer for eight minutes"),
        ("timers for five and ten minutes please", "set a timer for five minutes and set a timer for ten minutes"),
        ("start a two minute timer called tea and a ten minute one called rice",
         "start a two minute timer called tea and a ten minute timer called rice"),
        ("thirty seconds on the clock, timer please", "set a timer for thirty seconds"),
        ("two timers, one for the eggs and one for the rice", "two timers, one for the eggs and one for the rice"),
        ("timer for the rice 20 minutes and for the soup 45",
         "set a timer called rice for 20 minutes and set a timer called soup for 45 minutes"),
        ("put the photo on the clock", "put the photo on the clock"),
    ],
)  # fmt: skip
def test_parts_are_put_plainly(said: str, meant: str) -> None:
    assert PLAINLY.put(said).lower() == meant
