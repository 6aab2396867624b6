"""Follow-ups about what was put on a list."""

from __future__ import annotations

import pytest

from appliance.conversation import lists
from appliance.messages import Call, Entity, Home, Target
from appliance.resolver import Memory, Mention, Resolver

LOOKUP = Resolver().lookup(Home(entities=(Entity("light.churn", "Churn lamp"), Entity("switch.kettle", "Kettle"))))


def memory(name: str, *items: str, **values: str) -> Memory:
    """What a talk has spoken of last."""
    return Memory(mentions=(Mention(1, Call(name, values={"item": items, **values}), ()),))


ADDED = memory("ListAdd", "a pear", list="larder")


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ("and put eggs on it as well", ("eggs",)),
        ("put lentils on there as well", ("lentils",)),
        ("please add some feta and olives to that list too", ("feta", "olives")),
        ("and mustard on it too", ("mustard",)),
        ("add bread too", ("bread",)),
        ("and add a kettle too", ("kettle",)),
        ("and add sweep the yard as well", ("sweep the yard",)),
        ("also write down a pack of butter, please.", ("pack of butter",)),
    ],
)
def test_goes_on_the_same_list(said: str, items: tuple[str, ...]) -> None:
    assert lists.onto_it(said, ADDED, LOOKUP) == Call("ListAdd", values={"list": "larder", "item": items})


@pytest.mark.parametrize(
    "said",
    [
        "put the kettle on there",
        "turn the light on there",
        "and the churn lamp on there too",
        "is milk on it",
        "what is on it",
        "put it on there as well",
        "add bread to the shopping list",
        "put eggs on the table as well",
    ],
)
def test_anything_else_does_not(said: str) -> None:
    assert lists.onto_it(said, ADDED, LOOKUP) is None


def test_there_is_a_list_only_where_one_was_spoken_of() -> None:
    lamp = Memory(mentions=(Mention(1, Call("TurnOn", Target(name="churn lamp")), ("light.churn",)),))
    assert lists.onto_it("and put eggs on it as well", lamp, LOOKUP) is None
    assert lists.onto_it("add bread too", Memory(), LOOKUP) is None
    assert lists.corrected("sorry, I meant rice", lamp, LOOKUP) == ()


@pytest.mark.parametrize(
    ("said", "item"),
    [
        ("no, make that rice", "rice"),
        ("sorry, I meant the plums", "plums"),
        ("make it two", "two pear"),
        ("oops, make that a dozen eggs instead", "dozen eggs"),
    ],
)
def test_another_thing_takes_its_place(said: str, item: str) -> None:
    assert lists.corrected(said, ADDED, LOOKUP) == (
        Call("ListRemove", values={"item": ("a pear",), "list": "larder"}),
        Call("ListAdd", values={"item": (item,), "list": "larder"}),
    )


@pytest.mark.parametrize(
    "said",
    [
        "no, rice",
        "make it brighter",
        "no, make it brighter",
        "no, make that red",
        "make it rice",
        "sorry, never mind",
        "actually turn the kettle on",
        "sorry, the kettle",
    ],
)
def test_nothing_takes_its_place_without_saying_so(said: str) -> None:
    assert lists.corrected(said, ADDED, LOOKUP) == ()
    assert lists.corrected("make that rice", memory("ListAdd", "milk", "bread"), LOOKUP) == ()
