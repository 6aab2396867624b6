"""Requests among greetings, apologies and reasons, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly.background import Background

HOME = Home(
    areas=(Area("snug", "Snug"), Area("dairy", "Dairy"), Area("loft", "Hay loft")),
    entities=(
        Entity("switch.churn", "Churn", area="dairy"),
        Entity("light.beacon", "Beacon", area="snug"),
        Entity("light.rafters", "Rafter lights", area="loft"),
        Entity("cover.hatch", "Hatch", area="loft"),
        Entity("climate.dairy", "Dairy radiator", area="dairy"),
        Entity("media_player.wireless", "Wireless", area="snug"),
        Entity("lock.stable", "Stable door"),
        Entity("switch.press", "Cider press", area="dairy"),
        Entity("todo.larder", "Larder list"),
    ),
)
BACKGROUND = Background(HOME)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("hello, sorry to bother you, but if it isn't too much bother could you possibly put the beacon out", "put the beacon out"),
        ("since the vet arrives in ten minutes, would you be so kind as to open the hatch", "open the hatch"),
        ("I've got to get up at four, so be so good as to turn the beacon off", "turn the beacon off"),
        ("please lock the stable door, because there are foxes about", "please lock the stable door"),
        ("as nobody has milked for weeks I'd like the churn off", "turn off the churn"),
        ("we'd better save some oil, so let's have the dairy at 18 degrees from now on", "set the dairy to 18 degrees"),
        ("you know what would be lovely, a glass of cider, so be a dear and switch the cider press on", "switch the cider press on"),
        ("the cows complain so please, for heaven's sake, turn the wireless to five percent", "turn the wireless to five percent"),
        ("right, so, we are about to eat, would you please pause whatever is on at the wireless", "pause the wireless"),
        ("the churn has been rattling for hours, please just switch the thing off", "please just switch the churn off"),
        ("the press is leaking, so switch it off", "switch the press off"),
        ("Anna sleeps in the dairy and she feels the cold, so set her radiator to 22", "set the radiator in the dairy to 22"),
        ("would you mind awfully dimming the rafter lights to ten percent", "dim the rafter lights to ten percent"),
        ("the vet comes at six, so I'd like the beacon on and the churn off", "I'd like the beacon on and the churn off"),
        ("as you know the churn leaks, hence I need you to turn off the churn", "turn off the churn"),
        ("turn off the beacon at six, I always forget", "turn off the beacon at six"),
        ("turn on the beacon, the churn is broken", "turn on the beacon"),
        ("turn off the beacon, the rafter lights are enough", "turn off the beacon"),
        # what should be so
        ("we have guests in the snug, so I'd be grateful if the wireless in there could be muted", "mute the wireless in the snug"),
        ("Mrs Pell sleeps in the dairy and would need the churn there switched off",
         "switch the churn in the dairy off"),
        ("the vet is particular, so would you please make sure that the churn runs", "turn on the churn"),
        ("I'd appreciate it if the wireless could be turned down to twenty percent, we have an exam",
         "turn the wireless down to twenty percent"),
        ("since the dairy has been cold all day, might you put the radiator in there up to twenty",
         "put the radiator in the dairy up to twenty"),
        ("turn the beacon on, no hurry", "turn the beacon on"),
        ("hatch to 40 percent, because the vet arrives in half an hour", "hatch to 40 percent"),
        ("the wireless is too loud, turn it down, because the vet comes at six", "the wireless is too loud, turn it down"),
        ("hello, sorry to bother you again, but the snug is cold", "the snug is cold"),
        ("is the beacon on, thank you so much", "is the beacon on"),
        ("the vet comes at six, so turn the dairy radiator to twenty one", "turn the dairy radiator to twenty one"),
        ("the vet comes at seven, so dairy to nineteen and a half degrees", "dairy to nineteen and a half degrees"),
        ("is it possible to turn the beacon on", "turn the beacon on"),
        ("might you turn the wireless back on where it left off, well, I paused it, so resume it", "resume the wireless, resume it"),
        ("could you, please, and I mean it, lock the stable door, there have been foxes", "lock the stable door"),
        ("my brother said he's cold, so turn on the beacon", "turn on the beacon"),
        ("we're out of oats, add oats to the larder list", "add oats to the larder list"),
        ("the dough needs a rest, so set a timer for ten minutes", "set a timer for ten minutes"),
        ("the vet comes, would you be so kind as to turn on the beacon, the churn too", "turn on the beacon, the churn too"),
    ],
)  # fmt: skip
def test_only_the_request_is_left(said: str, asked: str) -> None:
    assert BACKGROUND.without(said) == asked


@pytest.mark.parametrize(
    "said",
    [
        # no request, or none of this home's
        "I've got to get up at four, so good night",
        "hello, sorry to bother you",
        "announce that supper is ready, thank you so much",
        "we used to leave the beacon on, so the bill was enormous",
        "it's late, so turn around", "Anna, it's getting late, so be a dear and fetch my glasses",
        "turn off all the lights, the beacon is enough",
        "turn on the churn, the cider press is better",
        "has the beacon been on, since we left at six",
        "turn it down, because the wireless is loud",
        "turn on the churn because the milk is warm but not before six",
        "the guests in the snug had the wireless muted yesterday", "Mrs Pell said the churn would need repair",
        # conditions, prohibitions, quotations, slips
        "if the vet comes at four, please open the hatch",
        "before the vet comes, please open the hatch",
        "please open the hatch, when you hear the vet",
        "the next time the vet comes, open the hatch",
        "don't open the hatch, because there are foxes",
        "the sign says, please lock the stable door",
        "my mother told me, turn off the beacon",
        "turn on the churn, I'm confusing them, it's the press that I want",
        "turn off the rafter lights, Anna is still reading",
        "start the churn, no wait, the press", "we must open the hatch, so turn on the beacon",
        # what the reason tells is needed: which, where, which way, how long
        "I'm going to the dairy, so turn the light on",
        "I'm done in the dairy, so lamp off and churn off",
        "the wireless is too loud, turn it down",
        "it's too cold in the dairy, turn the heating up there",
        "the bread needs forty minutes, set a timer", "there are foxes in the loft, so shut it",
        # plain commands
        "turn on the beacon",
        "turn on the beacon, the churn and the rafter lights",
        "could you turn on the beacon please",
        "is the beacon on",
    ],
)  # fmt: skip
def test_left_as_it_was_said(said: str) -> None:
    assert BACKGROUND.without(said) == said
