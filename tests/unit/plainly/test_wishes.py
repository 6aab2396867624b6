"""Wishes that are no commands, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly.felt import Felt
from appliance.plainly.wishes import Wishes

HOME = Home(
    areas=(Area("snug", "Snug"), Area("dairy", "Dairy")),
    entities=(
        Entity("switch.urn", "Urn", aliases=("coffee machine",), area="snug"),
        Entity("switch.churn", "Churn", area="dairy"),
        Entity("switch.quilt", "Heated quilt", area="snug"),
        Entity("light.beacon", "Beacon", area="snug"),
        Entity("vacuum.broom", "Broom", area="snug"),
        Entity("lawn_mower.goat", "Goat"),
        Entity("lock.stable", "Stable door"),
        Entity("cover.tarp", "Awning", device_class="awning"),
        Entity("cover.hatch", "Hatch", area="snug", device_class="window"),
        Entity("fan.dairy", "Blower", area="dairy"),
        Entity("humidifier.misty", "Misty", area="snug"),
        Entity("climate.stove", "Stove", area="snug"),
        Entity("valve.trough", "Sprinkler"),
    ),
)
WISHES = Wishes(HOME, Felt(HOME))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("my feet are like ice, the heated quilt would be nice", "turn on the Heated quilt"),
        ("it's cold, the heated quilt wouldn't hurt", "turn on the Heated quilt"),
        ("crumbs everywhere, Broom had better have a go", "start Broom"),
        ("crumbs all over the snug, Broom should take care of it", "start Broom"),
        ("it's time for Broom to do his rounds", "start Broom"),
        ("rain's on the way, the goat can come in", "send the Goat back to the dock"),
        ("Broom has done enough for today", "send Broom back to the dock"),
        ("Broom has done enough for one day, send him to bed", "send Broom back to the dock"),
        ("I fancy an espresso, warm the machine up for me", "turn on the Urn"),
        ("I could do with a coffee so start warming up the machine", "turn on the Urn"),
        ("get the churn going please", "turn on the Churn"),
        ("the lawn could do with a drink, sprinkler please", "open Sprinkler"),
        ("the grass is all brown, sprinkler please", "open Sprinkler"),
        ("I'd fancy a cup of soup, so the churn please", "turn on the Churn"),
        ("the air in here is awfully dry, Misty could do a bit more", "turn Misty up"),
        ("the sun is blinding me, awning please", "open Awning"),
        ("our guests are standing at the stable door, let them in", "unlock the Stable door"),
        ("somebody has left the stable door unlocked, sort that out", "lock the stable door"),
        ("I think the hatch is still open, see to it", "close the hatch"),
        ("it's cold in the snug, put the radiator on", "put the radiator on in the Snug"),
        ("it's steamy in the dairy, get the fan going", "turn on the fan in the Dairy"),
    ],
)
def test_wished_for(said: str, meant: str) -> None:
    assert WISHES.put(said).casefold() == meant.casefold()


@pytest.mark.parametrize(
    "said",
    [
        "a holiday would be nice", "the heated quilt would be nice if we had one", "the heated quilt would be nice",
        "Broom could have a go when we are out", "the urn should be in the dairy", "Leo had better come in", "let them in",
        "it's raining, let him in", "fix that", "somebody left the milk out, sort it out", "the urn would not fit",
        "he said the goat can come in", "turn off the beacon, the churn can stay", "I fancy an espresso", "get the kids going",
        "I don't think the goat should come in", "the book is cold, put the kettle on", "awning please",
        "warm up the stove", "crank up the blower",
    ],
)  # fmt: skip
def test_left_as_it_was_said(said: str) -> None:
    assert WISHES.put(said) == said
