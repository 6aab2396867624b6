"""Lists of the home are named by their entity."""

from __future__ import annotations

import pytest

from appliance.messages import Call, Entity, Home, Target
from appliance.resolver import Resolver

HOME = Home(
    entities=(
        Entity("todo.larder", "Larder", aliases=("larder list",)),
        Entity("todo.shopping", "Shopping list"),
        Entity("switch.churn", "Churn"),
    )
)


@pytest.mark.parametrize(
    ("name", "said", "intent", "entities"),
    [
        ("ListAdd", "larder", "HassListAddItem", ("todo.larder",)),
        ("ListComplete", "larder list", "HassListCompleteItem", ("todo.larder",)),
        ("ListRemove", "larder", "HassListRemoveItem", ("todo.larder",)),
        ("ListAdd", "attic", "HassListAddItem", ()),
        ("ListAdd", "churn", "HassListAddItem", ()),
        ("ListAdd", "shopping list", "HassShoppingListAddItem", ()),
    ],
)
def test_the_list_is_an_entity_where_the_home_has_it(
    name: str, said: str, intent: str, entities: tuple[str, ...]
) -> None:
    (step,), _ = Resolver().decide(
        (Call(name, values={"item": ("oats",), "list": said}),), HOME, text=f"oats on the {said} list"
    )
    assert step.intent is not None
    assert (step.intent.name, step.intent.entities) == (intent, entities)


@pytest.mark.parametrize(
    ("said", "text", "listed"),
    [
        ("churn", "put the oats on the churn", False),
        ("table", "put the oats on the table", False),
        ("table", "put the table on my list", False),
        ("table", "add oats to the table's list", True),
        ("party", "add oats to a list called party", True),
        ("camping list", "add oats to the camping list", True),
        ("chores", "put oats on my chores", True),
    ],
)
def test_what_is_no_list_of_the_home_is_one_only_where_it_is_called_so(said: str, text: str, *, listed: bool) -> None:
    (step,), _ = Resolver().decide((Call("ListAdd", values={"item": ("oats",), "list": said}),), HOME, text=text)
    assert (step.intent is not None) is listed
    assert listed or step.refusal == f"I know no list called {said}."


def test_a_question_for_a_list_is_for_what_is_on_it() -> None:
    (step,), _ = Resolver().decide((Call("GetState", Target(name="larder")),), HOME, text="what is there in the larder")
    assert step.intent is not None
    assert (step.intent.name, step.intent.entities) == ("HassListGetItems", ("todo.larder",))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("clear out the larder list", True),
        ("delete off oats on the larder list", False),
        ("read out the larder list", False),
    ],
)
def test_a_list_is_not_emptied_at_once(text: str, *, asked: bool) -> None:
    (step,), _ = Resolver().decide((Call("ListGet", values={"list": "larder"}),), HOME, text=text)
    assert (step.intent is None) is asked


def test_what_goes_on_a_list_may_be_to_empty_something() -> None:
    call = Call("ListAdd", values={"item": "empty the churn", "list": "larder"})
    (step,), _ = Resolver().decide((call,), HOME, text="add empty churn larder list")
    assert step.intent is not None
    assert step.intent.name == "HassListAddItem"
