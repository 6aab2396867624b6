from __future__ import annotations

import pytest

from appliance.messages import Area, Call, Entity, Home
from appliance.plainly.quoting import Quoting

HOME = Home(
    areas=(Area("kitchen", "Kitchen"), Area("press", "Press house")),
    entities=(
        Entity("todo.shop", "Shopping list"),
        Entity("todo.chores", "Chores"),
        Entity("media_player.radio", "Kitchen radio", area="kitchen"),
        Entity("media_player.tv", "TV", aliases=("telly",)),
        Entity("light.desk", "Desk lamp"),
        Entity("scene.jazz", "Mozart"),
    ),
)


@pytest.mark.parametrize(
    ("said", "text", "quoted"),
    [
        ("add a bulb for the desk lamp to the shopping list", "add milk to the shopping list", ["a bulb for the desk lamp"]),
        ("put turn off the desk lamp on the chores list", "put milk on the chores list", ["turn off the desk lamp"]),
        ("stop the fan and put order new belts on my chores", "stop the fan and put milk on my chores", ["order new belts"]),
        ("write down that on the list for the trip", None, []),
        ("tick off paint the desk from the chores", "tick off milk from the chores", ["paint the desk"]),
        ("chores: sweep the kitchen and wash up", "add milk to the chores", ["sweep the kitchen and wash up"]),
        ("shopping list, two bottles of water please", "add milk to the shopping list", ["two bottles of water"]),
        ("shopping list, milk, turn off the desk lamp", None, []),
        ("shopping list, add eggs, we're baking", None, []),
        ("put eggs on the shopping list and soap on my chores", "put milk on the shopping list and soap on my chores", ["eggs"]),
        ("play in the air tonight in the kitchen", "play jazz in the kitchen", ["in the air tonight"]),
        ("play me some songs from the seventies on the tv", "play me some jazz on the tv", ["songs from the seventies"]),
        ("play the album close the door on the kitchen radio", "play the album jazz on the kitchen radio", ["close the door"]),
        ("put the news on the telly", "put jazz on the telly", ["the news"]),
        ("play rap in the kitchen and mute the telly on the tv", "play jazz in the kitchen and mute the telly on the tv", ["rap"]),
        ("i am tired, can i watch the sound of silence", "i am tired, can i watch jazz", ["the sound of silence"]),
        ("play a bit louder", None, []),
        ("play rainy day blues on the telly in the kitchen", "play jazz on the telly in the kitchen", ["rainy day blues"]),
        ("play tv show the good place", None, []),
        ("play the tv show close the door on the telly", "play the tv show jazz on the telly", ["close the door"]),
        ("check clean the desk off from the chores", "check milk off from the chores", ["clean the desk"]),
        ("play the game mode scene", None, []),
        ("tell everyone to come to the press house", "tell everyone to dinner is ready", ["come to the press house"]),
        ("let everybody know that the bath is free.", "let everybody know that dinner is ready.", ["the bath is free"]),
        # nobody knows where these end, or they are none
        ("tell everyone dinner is ready turn off the desk lamp", None, []),
        ("let the family room go dark", None, []),
        ("play the next song in the kitchen", None, []),
        ("play the kitchen radio in the kitchen", None, []),
        ("put the music down on the telly", None, []),
        ("put the desk lamp on", None, []),
        ("we need gym socks, add some to the chores", None, []),
        ("add milk no wait eggs to the shopping list", None, []),
        ("put a line through eggs on the shopping list", None, []),
        ("add eggs to the fridge", None, []),
        ("add " + "very " * 100 + "old eggs to the shopping list", None, []),
    ],
)  # fmt: skip
def test_what_is_quoted_gives_way(said: str, text: str | None, quoted: list[str]) -> None:
    cut = Quoting(HOME).cut(said)
    assert (cut and cut.text, [what for _, _, what in cut.quoted] if cut else []) == (text, quoted)


def test_what_was_quoted_comes_back() -> None:
    cut = Quoting(HOME).cut("add eggs and flour to the chores and play hit the lights in the kitchen")
    assert cut is not None
    read = (
        Call("ListAdd", values={"item": ("milk",), "list": "chores"}),
        Call("MediaSearch", values={"search": "jazz"}),
    )
    calls, whole = cut.back(read, {"eggs and flour": ("eggs", "flour")})
    assert whole
    assert [call.values.get("item") or call.values["search"] for call in calls] == [("eggs", "flour"), "hit the lights"]
    assert cut.line_back("<ListAdd> <item> milk") == "<ListAdd> <item> eggs and flour"
    assert not cut.back(read[:1], {"eggs and flour": ("eggs",)})[1]


def test_a_text_that_names_something_stands_in_for_none() -> None:
    home = Home(entities=(Entity("scene.jazz", "Jazz"), Entity("media_player.tv", "TV")))
    cut = Quoting(home).cut("play hit the lights on the tv")
    assert cut is not None
    assert cut.text == "play mozart on the tv"
