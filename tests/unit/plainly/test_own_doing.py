"""What somebody does without the appliance."""

from __future__ import annotations

import pytest

from appliance.plainly.own_doing import without_own_doing


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("I can turn on the kiln myself, thank you", ""),
        ("no thanks, we'll close the hatch ourselves", ""),
        ("Ida can switch the lantern off herself", ""),
        ("I'd rather open the rooflight on my own", ""),
        ("the maid will turn on the kiln by hand", ""),
        ("I'm about to start the pug mill", ""),
        ("we're going to open the yard gate now", ""),
        ("did you hear that, the potters want to leave at six", ""),
        ("do you think we should close the yard gate", ""),
        ("no blinds down yet, please", ""),
        ("no lights on in here while the baby sleeps", ""),
        ("the potter would like the hatch unlocked, but I don't", ""),
        ("I wonder whether to turn off the kiln", ""),
        ("let me turn off the lantern", ""),
        ("note that the kiln should be off", ""),
        ("we usually keep the lantern at 40 percent", ""),
        ("make sure the smoke alarm doesn't go off", ""),
        ("it isn't late enough for the lights to go off", ""),
        ("it's too early to close the blinds", ""),
        ("if you turn off the lantern, I can't see", ""),
        ("when you open the hatch it squeaks", ""),
        ("must the lantern be on?", ""),
        ("let the hatch be", ""),
        ("imagine you could open the hatch", ""),
        ("open the hatch, just kidding", ""),
        ("he said open the hatch", ""),
        ("you could have closed the hatch", ""),
        ("the hatch should have opened", ""),
        ("the yard gate could use some oil", ""),
        ("please avoid opening the hatch", ""),
        ("I'd close the hatch if I were you", ""),
        ("let go of the hatch", ""),
        ("nothing is on in the pottery", ""),
        ("can Ida open the hatch?", ""),
        ("may the children turn on the kiln", ""),
        ("the radio couldn't be louder", ""),
        ("I can do the blinds myself, but turn the kiln off", "turn the kiln off"),
        ("turn on the lantern, I'll close the hatch myself", "turn on the lantern"),
    ],
)
def test_is_left_out(said: str, left: str) -> None:
    assert without_own_doing(said) == left


@pytest.mark.parametrize(
    "said",
    [
        "I can't reach the lantern myself, turn it on",
        "I'm too tired to turn off the kiln myself",
        "mute the gramophone, I can't hear myself think",
        "I want to turn on the lantern",
        "I'm going to bed, turn off the lantern",
        "I'm going to need the lantern on",
        "do you think you could turn on the lantern",
        "have you turned off the kiln",
        "you can turn off the kiln",
        "turn off the lantern by the door",
        "no, blinds down please",
        "no need for the lantern on now",
        "no lights on",
        "I wonder if you could turn off the kiln",
        "we usually eat now, turn on the lantern",
        "we normally have it warmer so turn up the kiln",
        "let me have the lantern on",
        "note milk on the list",
        "turn the alarm off",
        "if you turn off the kiln I would be grateful",
        "when you turn off the kiln, turn off the lantern too",
        "it's not bright enough to read",
        "it's too dark to read",
        "let the hatch be open",
        "could Dusty do the pottery",
        "you could have the hatch closed",
        "the yard gate could use some light",
        "the hatch should be open",
        "can somebody open the hatch",
        "can you open the hatch?",
        "could the hatch be opened",
        "nothing should be on in the pottery",
        "",
    ],
)
def test_nothing_is_left_out(said: str) -> None:
    assert without_own_doing(said) == said
