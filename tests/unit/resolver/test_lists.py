"""Lists of the home are named by their entity."""

from __future__ import annotations

import pytest

from appliance.messages import Call, Entity, Home
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
    (step,), _ = Resolver().decide((Call(name, values={"item": ("oats",), "list": said}),), HOME, text=f"oats {said}")
    assert step.intent is not None
    assert (step.intent.name, step.intent.entities) == (intent, entities)
