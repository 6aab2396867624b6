"""Corrections in mid-sentence, in a home that no other test has."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.messages import Area, Entity, Home
from appliance.plainly.repairs import Repairs

AREAS = ("Kiln room", "Glaze room", "Loft", "Porch")
NAMES = {
    "light": ("Wheel lamp 1", "Wheel lamp 2", "Wheel lamp 4", "Kiln room strip", "Glaze room strip", "Lantern", "Sconce", "Drying spot"),
    "cover": ("Left sash blind", "Right sash blind", "Rooflight"),
    "siren": ("Bench A", "Bench B", "Bench C"),
    "fan": ("North extractor", "South extractor"),
    "switch": ("Kiln", "Well pump", "Pug mill", "Slab roller"),
    "climate": ("Kiln room stove", "Loft stove"),
    "media_player": ("Gramophone",),
    "lock": ("Yard gate", "Store gate"),
}  # fmt: skip
THINGS = tuple(Entity(f"{domain}.n{at}", name) for domain, names in NAMES.items() for at, name in enumerate(names))
PROGRAMME = Entity("select.p", "Firing programme", attributes={"options": ["Biscuit", "Glaze", "Slow glaze"]})
REPAIRS = Repairs(Home(areas=tuple(Area(name, name) for name in AREAS), entities=(*THINGS, PROGRAMME)))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        # a value for a value
        ("lantern to thirty, hang on, fifty percent", "lantern to fifty percent"),
        ("loft stove to 18, no, make that 16", "loft stove to 16"),
        ("loft stove up two degrees, hm, one is enough", "loft stove up one degrees"),
        ("gramophone volume to sixty, no sixteen, one six", "gramophone volume to sixteen"),
        ("lantern to green, actually no, blue is nicer", "lantern to blue"),
        ("open the rooflight halfway, no, all the way", "open the rooflight all the way"),
        ("set a timer for five, sorry, fifty minutes", "set a timer for fifty minutes"),
        ("start the kiln in ten minutes, no, in twenty", "start the kiln in twenty minutes"),
        ("lantern to 20, no make it 30, sorry, 25", "lantern to 25"),
        ("set the lantern to 40 and the sconce to 50, no, 60", "set the lantern to 40 and the sconce to 60"),
        ("loft stove to 18, not 21", "loft stove to 18"),
        ("set the loft stove not to 21 but to 18", "set the loft stove to 18"),
        ("lantern to 30, better 20", "lantern to 20"),
        ("turn on the kiln for an hour, no, half an hour", "turn on the kiln for half an hour"),
        ("turn on the kiln for two hours, no wait, just one", "turn on the kiln for one hours"),
        # a state for a state, a verb for a verb
        ("lock the yard gate, I beg your pardon, unlock it", "unlock the yard gate"),
        ("start the kiln, or rather don't, it's the pug mill I want on", "turn on the pug mill"),
        ("start the kiln, or rather don't, it's late", "never mind"),
        ("start the kiln, no, don't, the clay needs ten minutes more", "never mind"),
        ("start the kiln, no, don't, start the pug mill", "start the pug mill"),
        ("switch the kiln on, I mean off", "switch the kiln off"),
        ("open the rooflight, no wait, close it", "close the rooflight"),
        ("turn on, no, off the lantern", "turn off the lantern"),
        ("lantern off... actually just dim it to 20", "dim lantern to 20"),
        ("close the rooflight, sorry not close, put it at forty", "set the rooflight to forty"),
        ("start the kiln, oh no, stop", "never mind"),
        ("make the loft warmer, no, cooler", "make the loft cooler"),
        ("turn on the no wait turn off the lantern", "turn off the lantern"),
        ("arm the alarm away, no, home", "arm the alarm home"),
        ("turn the gramophone up, no wait, down a bit", "turn the gramophone down a bit"),
        ("lantern to 30 and sconce to 40, no, the other way round", "lantern to 40 and sconce to 30"),
        ("the lantern blue please, ah no, purple, yes purple", "the lantern purple please"),
        ("gramophone volume to fifty, I said fifteen", "gramophone volume to fifteen"),
        # what goes on a list
        ("put staples on the shopping list, no, not staples, paper clips", "put paper clips on the shopping list"),
        ("add clay, sand and wire to the shopping list, no, leave out the sand", "add clay, wire to the shopping list"),
        ("put salt and pepper and soap on the shopping list, no, leave out the soap", "put salt and pepper on the shopping list"),
        # a name for a name
        ("turn on the glaze room, er, kiln room's strip", "turn on Kiln room strip"),
        ("light on in the kiln room, I mean the glaze one", "light on in the glaze room"),
        ("close the left, er, right sash blind", "close the right sash blind"),
        ("turn off the north extractor, excuse me, the south one", "turn off the South extractor"),
        ("turn on the lantern, no wait, the sconce", "turn on the sconce"),
        ("close the left, er no, the right sash blind", "close the right sash blind"),
        ("close the left sash blind, I meant the right one", "close the Right sash blind"),
        ("close the left sash blind, no, the other one", "close the Right sash blind"),
        ("close the left sash blind, hang on, both", "close the Left sash blind and the Right sash blind"),
        ("north extractor on, scratch that, the south one off", "turn the South extractor off"),
        ("wheel lamp 1 on, no, 2", "Wheel lamp 2 on"),
        ("turn on wheel lamp 1 and 2, no not 2, 4", "turn on wheel lamp 1 and Wheel lamp 4"),
        ("start the kiln, I'm confusing them, it's the pug mill that I want started", "start the pug mill"),
        ("turn off both wheel lamps, no wait, only number one", "turn off Wheel lamp 1"),
        ("wheel lamp 2 at 20 percent, wheel lamp 4 I mean", "wheel lamp 4 at 20 percent"),
        ("set the lantern to 40, I mean the sconce", "set the sconce to 40"),
        ("turn on the lantern and the sconce, no, the drying spot", "turn on the lantern and the drying spot"),
        ("turn on the lantern and the sconce, no, just the sconce", "turn on the sconce"),
        ("is the left sash blind, no, the right one open", "is the Right sash blind open"),
        ("is the left sash blind open, or rather the right one closed", "is the Right sash blind closed"),
        ("turn the lantern no the sconce off", "turn the sconce off"),
        ("open the left sash blind, I mean the right one to 60", "open the Right sash blind to 60"),
        ("bench a and b on, no, a and c", "Bench A and Bench C on"),
        ("turn the lantern on at, no wait, turn it off at nine", "turn the lantern off at nine"),
        # a place for a place, also in a name
        ("lights off in the kiln room, no, in the loft", "lights off in the loft"),
        ("turn on the kiln room strip, no wait, the other one, glaze room", "turn on the Glaze room strip"),
        ("lights off in the porch and the loft, no wait, not in the loft", "lights off in the porch"),
        # a command for a command
        ("turn on the lantern, actually, dim the sconce to 20", "dim the sconce to 20"),
        ("lights off in the loft, no wait, I'm reading, just the spot off", "turn the spot off in the loft"),
        ("kiln on and pug mill off, no wait, pug mill on and kiln off", "turn pug mill on and kiln off"),
        ("turn on the kiln and close the rooflight, no wait, open the rooflight", "turn on the kiln and open the rooflight"),
        # what is taken out again, or comes on top
        ("turn off the lantern and the sconce, oh wait, leave the sconce on", "turn off the lantern"),
        ("turn off the lantern and the sconce, oh wait, the sconce on", "turn off the lantern and turn the sconce on"),
        ("turn off all the lights, oh wait, leave the sconce on", "turn off all the lights except the sconce"),
        ("turn on the lantern and, actually, also the sconce", "turn on the lantern and the sconce"),
        ("turn on the lantern, oh wait, the sconce too", "turn on the lantern and the sconce"),
        ("turn off the kiln and the loft stove, well, just the stove", "turn off the loft stove"),
        ("switch the kiln on, and the pug mill too, oh no not the pug mill", "switch the kiln on"),
        ("lantern to 30, and the sconce, no, not the sconce", "lantern to 30"),
        ("start the kiln, the pug mill and the slab roller, no wait, not the pug one", "start the kiln and the slab roller"),
        ("lock the yard gate, no, it's already locked, the store gate", "lock the store gate"),
        ("turn off the lantern and the sconce, oh, not the sconce", "turn off the lantern"),
        ("lights off in the loft and the porch, no, the porch and the kiln room", "lights off in the porch and the kiln room"),
        ("lights off in the loft and the porch, no, just the porch", "lights off in the porch"),
        # kept as it is, and something else instead
        ("turn off the lantern, oh, leave that one on, turn off the sconce instead", "turn off the sconce"),
        ("turn off the lantern, no, leave that on, turn off the sconce", "turn off the sconce"),
        ("open the rooflight, ah no, keep it shut and open the left sash blind", "open the left sash blind"),
        ("start the kiln, no, leave that, the pug mill instead", "start the pug mill"),
        ("kiln on and lantern off, no, leave it on, sconce off", "kiln on and turn sconce off"),
        ("lock the yard gate and the store gate, actually no, just the yard gate, Finn isn't back yet", "lock the yard gate"),
        ("lock the yard gate and the store gate, on second thought, only the store gate, the potter's still here", "lock the store gate"),
        ("make the lantern red, or no, let's have orange", "make the lantern orange"),
        ("make the lantern red, hm, no, we'll take pink", "make the lantern pink"),
        ("put the firing programme on glaze, I mean biscuit", "put the firing programme on biscuit"),
        ("set the firing programme to biscuit, or no, slow glaze", "set the firing programme to slow glaze"),
        ("start the kiln, no, forget the kiln, start the pug mill", "start the pug mill"),
        ("turn off the lantern and the sconce, oh, leave the lantern on, open the rooflight", "turn off the sconce and open the rooflight"),
        ("close the left sash blind, sorry, wrong one, the right sash blind", "close the right sash blind"),
        ("start the kiln, ah wait, I haven't filled it yet, the pug mill", "start the pug mill"),
        ("loft stove to 23, actually no, that's too warm, 21", "loft stove to 21"),
        ("set the lantern to 20, the sconce I mean", "set the sconce to 20"),
        ("start the kiln and turn off the lantern, no, not the lantern, the sconce", "start the kiln and turn off the sconce"),
        ("turn on the lantern, not the lantern, the sconce", "turn on the sconce"),
        ("lantern off, kiln on, no, kiln off too", "lantern off and turn kiln off"),
        ("stop the kiln, no, Hilda isn't done yet, stop the pug mill", "stop the pug mill"),
        ("lantern to red, green, no, blue", "lantern to blue"),
        # all of it taken back
        ("open the rooflight, it's raining, no, don't open it", "never mind"),
        ("stop the kiln, no wait, let it finish", "never mind"),
        ("turn on the kiln, scratch that", "never mind"),
        ("lock the yard gate, oh wait, it doesn't matter, don't", "never mind"),
        ("turn off the kiln, no, leave it on", "never mind"),
    ],
)  # fmt: skip
def test_put_in_its_place(said: str, meant: str) -> None:
    found = REPAIRS.put(said)
    assert (found.text, found.unclear) == (meant, "")


@pytest.mark.parametrize(
    "said",
    [
        "turn on the wheel lamps, no, just one",
        "turn off the kiln, no wait, I'm still firing",
        "announce that supper is late, no wait, it's ready",
        "open the rooflight, hang on",
        "unlock the yard gate, no, other way round",
        "turn on the wheel lamp 1, no, the other one",
    ],
)
def test_nobody_can_tell_what_it_replaces(said: str) -> None:
    found = REPAIRS.put(said)
    assert found.text == said
    assert found.unclear


@pytest.mark.parametrize(
    "said",
    [
        "no wait, turn on the lantern",
        "actually turn the lantern on",
        "there is no light in the loft",
        "turn on the lantern, no one is there",
        "turn off the kiln, no need for it any more",
        "turn on the lantern, um, the sconce and the kiln",
        "turn on the lantern, wait five minutes and turn it off",
        "turn on the lantern, sorry for asking",
        "the wind is up, better close the rooflight",
        "turn on the kiln, well pump and lantern",
        "turn on the lantern, no worries if you can't",
        "turn on the lantern, not the sconce",
        "turn on the lantern, never mind the sconce",
        "turn down the gramophone, sorry, I'm on the phone",
        "I'd rather have the lantern on",
        "the electrician says the kiln was wired wrong",
        "so she said to him no the other",
        "remind me to say sorry to Tom",
        "could you turn off the, um",
        "any light on? no? then lock the yard gate",
    ],
)
def test_nothing_is_taken_back(said: str) -> None:
    found = REPAIRS.put(said)
    assert (found.text, found.unclear) == (said, "")


SPOKEN = (
    """turn switch on off set open close the both all not no wait , . I mean sorry just only one two 2 40 percent to in at and or other ones
    left right it them lantern kiln wheel lamp sash blind loft porch stove leave keep except too rather said leave both way round a hour"""
).split()


@given(st.lists(st.sampled_from(SPOKEN), max_size=16).map(" ".join))
@example("loft turn both turn loft no left the loft the turn")
def test_any_words(said: str) -> None:
    found = REPAIRS.put(said)
    assert found.text or not said
    assert not (found.one_of and not found.unclear)


@given(st.text(max_size=80))
def test_any_text(said: str) -> None:
    assert isinstance(REPAIRS.put(said).text, str)


def test_a_noun_that_follows_its_letters_corrects_nothing() -> None:
    assert REPAIRS.put("lights on in A, B and D, the byres I mean").text == "lights on in byres A, B and D"
    assert not REPAIRS.put("lights on in A, B and D, the byres I mean").unclear
