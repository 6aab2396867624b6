"""Corrections within what a sentence quotes: things for lists, titles, names of timers, messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.messages import Area, Entity, Home
from appliance.plainly.repairs import Repairs
from appliance.plainly.reworded import Reworded

HOME = Home(
    areas=(Area("den", "Den"),),
    entities=(
        Entity("media_player.g", "Gramophone", area="den"),
        Entity("todo.shed", "Shed jobs"),
        Entity("light.lantern", "Lantern", area="den"),
    ),
)
REWORDED = Reworded(HOME)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        # things for a list: the last gives way
        ("add butter, no hang on, margarine to the shopping list", "add margarine to the shopping list"),
        ("add butter, no, margarine to the shopping list", "add margarine to the shopping list"),
        ("add butter no wait margarine to the shopping list", "add margarine to the shopping list"),
        ("put eggs, flour, sorry, rice flour and butter on the list", "put eggs, rice flour and butter on the list"),
        ("put apples and pears, I mean plums, on my shopping list", "put apples, plums on my shopping list"),
        ("add six, no, twelve eggs to the shopping list", "add twelve eggs to the shopping list"),
        ("add two tins of beans, no, three, to the shopping list", "add three tins of beans to the shopping list"),
        ("add milk and, oh no, oat milk to my list", "add oat milk to my list"),
        ("add butter and jam, no, not butter, margarine, to the list", "add margarine and jam to the list"),
        ("add butter and jam, no, just jam, to the list", "add jam to the list"),
        ("add sweep the yard, sorry, rake the yard to the shed jobs", "add rake the yard to the shed jobs"),
        ("take the milk, no, the bread off the shopping list", "take the bread off the shopping list"),
        ("turn on the lantern and add tea, no, coffee to the list", "turn on the lantern and add coffee to the list"),
        ("add tea to the shopping list, sorry, I mean coffee", "add coffee to the shopping list"),
        ("add one pear to the shopping list, no, make that two", "add two pear to the shopping list"),
        ("add nuts and raisins, scratch that, almonds to the list", "add nuts, almonds to the list"),
        ("add bananas, no, no bananas, grapes to the list", "add grapes to the list"),
        ("put yoghurt, and not cream, on the list", "put yoghurt on the list"),
        ("put not butter but margarine on the list", "put margarine on the list"),
        ("add read chapter 3, no, chapter 4 to the shed jobs", "add read chapter 4 to the shed jobs"),
        # a title, the name of a timer
        ("play Queen, hang on, ABBA on the gramophone", "play ABBA on the gramophone"),
        ("play some Bach, no, some Vivaldi in the den", "play some Vivaldi in the den"),
        ("set a rice, er, pasta timer for 9 minutes", "set a pasta timer for 9 minutes"),
        ("start a pizza, no, a lasagne timer", "start a lasagne timer"),
        # messages and reminders: like for like
        ("announce that dinner is at seven, no, at eight", "announce that dinner is at eight"),
        ("tell everyone lunch, I mean dinner is ready", "tell everyone dinner is ready"),
        ("tell everyone we leave at nine, I mean ten", "tell everyone we leave at ten"),
        ("tell everyone the bus leaves in ten, sorry, five minutes", "tell everyone the bus leaves in five minutes"),
        ("announce that we eat on monday, no, tuesday", "announce that we eat on tuesday"),
        ("remind me to call Anna, no wait, Bert in ten minutes", "remind me to call Bert in ten minutes"),
        ("broadcast that the pizza, I mean the lasagne is done", "broadcast that the lasagne is done"),
        ("remind me in an hour to feed the cat, no, the dog", "remind me in an hour to feed the dog"),
    ],
)  # fmt: skip
def test_put_in_its_place(said: str, meant: str) -> None:
    assert REWORDED.put(said) == meant
    assert Repairs(HOME).put(said).text == meant


@pytest.mark.parametrize(
    "said",
    [
        "add no-bake cheesecake base to the shopping list",
        "add salt, no sugar biscuits and tea to the shopping list",
        "add eggs, er, butter and um milk to the shopping list",
        "add tea to the shopping list, no, never mind",
        "put the not so sweet jam on the list",
        "add tea to the shopping list, no, turn on the lantern",
        "add tea to the shopping list, sorry, we have some",
        "play No, No, No on the gramophone",
        "play Sorry in the den",
        "play jazz in the den, no, in the kitchen",
        "tell everyone there's no wait at the bathroom",
        "tell everyone dinner is late, sorry",
        "announce that I'm sorry, no cake today",
        "set a ten minute, no, a pizza timer",
        "remind me to buy red wine, no, whisky",
    ],
)
def test_left_alone_where_nothing_is_taken_back_for_sure(said: str) -> None:
    assert REWORDED.put(said) == said


@given(
    st.lists(
        st.sampled_from("add put play tell everyone list to the on no , sorry wait tea set a timer and I mean".split())
    )
)
def test_any_words(said: list[str]) -> None:
    text = " ".join(said)
    assert REWORDED.put(REWORDED.put(text)) == REWORDED.put(text)
