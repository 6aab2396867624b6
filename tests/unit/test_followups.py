"""What a sentence takes up of the one before, and what an undo comes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.abilities import abilities
from appliance.conversation.ellipsis import rewritten
from appliance.conversation.followups import Followup, Said, followup, ordered_anew
from appliance.conversation.nudges import step_of
from appliance.messages import Area, Call, Entity, Floor, Home, Quantity, Target
from appliance.resolver.restored import restored

HOME = Home(
    floors=(Floor("up", "Upstairs"),),
    areas=(Area("kitchen", "Kitchen"), Area("hall", "Hall", aliases=("entrance",)), Area("bedroom", "Bedroom")),
)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("And the other one too.", "repeat", "the other one"),
        ("the other one", "repeat", "the other one"),
        ("now the other one", "repeat", "the other one"),
        ("and now the other", "repeat", "the other one"),
        ("now the left one", "repeat", "the left one"),
        ("how long do they still need", "left", ""),
        ("is it nearly done?", "left", ""),
        ("and the bedroom as well please", "repeat", "the bedroom"),
        ("what about the hall?", "repeat", "the hall"),
        ("same for the desk lamp", "repeat", "the desk lamp"),
        ("do the same with the fan", "repeat", "the fan"),
        ("the desk lamp too", "repeat", "the desk lamp"),
        ("the desk lamp the same", "repeat", "the desk lamp"),
        ("no wait, the desk lamp", "instead", "the desk lamp"),
        ("hang on, the desk lamp", "instead", "the desk lamp"),
        ("a bit more", "more", ""),
        ("that's too much", "less", ""),
        ("again please", "again", ""),
        ("and the other one in the drying room as well", "repeat", "the other one in the drying room"),
        ("take it off that list again", "removed", "it"),
        ("take them off again, we have some", "removed", "them"),
        ("Undo that!", "undo", ""),
        ("ok undo", "undo", ""),
        ("no, I meant the desk lamp", "instead", "the desk lamp"),
        ("not that one", "instead", ""),
        ("no the other one", "instead", "the other one"),
        ("what can you do?", "help", ""),
        ("Help", "help", ""),
        ("why did you do that", "explain", ""),
        ("what did you do and why?", "explain", ""),
        ("who turned on the hall light", "who", "the hall light"),
        ("why is the garage door open?", "who", "the garage door"),
        ("why did the fan go off", "who", "the fan"),
    ],
)
def test_follow_ups(text: str, kind: str, words: str) -> None:
    assert followup(text) == Followup(kind, words)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "turn on the lamp", "and turn off the fan", "and then open the blinds", "and now turn it off", "turn on the light too",
        "is the door locked", "no",
        "yes", "what time is it", "and", "too", "set a timer for ten minutes", "", "what about", "no don't", "add milk as well",
        "unlock the front door", "stop the music", "never mind", "actually turn off the lamp", "why is it raining", "the lamp",
    ],
)  # fmt: skip
def test_sentences_that_stand_for_themselves(text: str) -> None:
    assert followup(text) is None


@given(st.text(max_size=120))
def test_any_text_is_a_follow_up_or_none(text: str) -> None:
    found = followup(text)
    assert found is None or len(found.words) <= len(text) * 3


def said(text: str, call: str = "TurnOn", *, values: dict[str, Quantity] | None = None, **target: object) -> Said:
    return Said(text, (Call(call, Target(**target), values=values or {}),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "about", "whole"),
    [
        (said("turn on the floor lamp", name="floor lamp"), "the desk lamp", "turn on the desk lamp"),
        (said("Turn on the floor lamp!", name="floor lamp"), "the other one", "turn on the other one"),
        (said("turn on the floor lamp", name="floor lamp"), "in the hall", "turn on the lamp in the hall"),
        (said("turn on the floor lamp", name="floor lamp"), "the bedroom one", "turn on the lamp in the bedroom"),
        (said("turn on the red lamp", name="red lamp"), "the blue one", "turn on the blue lamp"),
        (said("open the blinds in the kitchen", "Open", area="kitchen"), "the bedroom ones", "open the blinds in the bedroom"),
        (said("dim the kitchen lights to 20", area="kitchen"), "the entrance", "dim the entrance lights to 20"),
        (said("turn off the lights", "TurnOff", domain="light"), "upstairs", "turn off the lights upstairs"),
        (said("turn off the lights", "TurnOff", domain="light"), "the fan", "turn off the fan"),
        (said("make it blue", "LightSet", it=True), "the desk lamp", "make the desk lamp blue"),
        (said("turn on the lamp in the kitchen", name="lamp in the kitchen"), "in the hall", "turn on the lamp in the hall"),
        (said("is the front door locked", "GetState", name="front door"), "the back door", "is the back door locked"),
    ],
)  # fmt: skip
def test_whole_sentences(before: Said, about: str, whole: str) -> None:
    assert rewritten(before, about, HOME) == whole


def test_what_cannot_be_put_together_is_left() -> None:
    assert rewritten(Said("turn on a and b", (Call("TurnOn"), Call("TurnOff"))), "the lamp", HOME) == ""
    assert rewritten(said("turn on the lamp", name="words that were not said"), "the fan", HOME) == ""
    assert rewritten(said("lights in the kitchen", area="kitchen", domain="light"), "the fan", HOME) == ""


def test_an_item_more() -> None:
    before = Said("add milk to the list", (Call("ListAdd", values={"item": ("milk",)}),))
    assert rewritten(before, "two lemons", HOME) == "add two lemons to the list"


def test_more_and_less_of_what_was_set() -> None:
    dimmed = said("dim it", "LightSet", values={"brightness": Quantity(None, "down")}, name="lamp")
    assert step_of(dimmed.calls, more=True) == ("make it a bit dimmer", "brightness", Quantity(None, "down"))
    assert step_of(dimmed.calls, more=False) == ("make it a bit brighter", "brightness", Quantity(None, "up"))
    assert step_of(said("turn on the lamp", name="lamp").calls, more=True) is None


def thing(entity_id: str, state: str, **attributes: object) -> Entity:
    features = frozenset({"set_position"}) if "current_position" in attributes else None
    return Entity(entity_id, "Thing", state=state, attributes=attributes, features=features)


@pytest.mark.parametrize(
    ("before", "command", "data"),
    [
        (thing("light.a", "off", brightness=10), "turn_off", {}),
        (thing("light.a", "on", brightness=10, rgb_color=[1, 2, 3]), "turn_on", {"brightness": 10, "rgb_color": [1, 2, 3]}),
        (thing("light.a", "on", color_mode="color_temp", color_temp_kelvin=2700), "turn_on", {"color_temp_kelvin": 2700}),
        (thing("switch.a", "on"), "turn_on", {}),
        (thing("fan.a", "on", percentage=40), "set_percentage", {"percentage": 40}),
        (thing("cover.a", "open", current_position=40), "set_position", {"position": 40}),
        (thing("cover.a", "open", current_position=100), "open", {}),
        (thing("cover.a", "closed", current_position=0), "close", {}),
        (thing("lock.a", "locked"), "lock", {}),
        (thing("lock.a", "unlocked"), "unlock", {}),
        (thing("climate.a", "heat", temperature=20.5), "set_temperature", {"temperature": 20.5}),
        (thing("climate.a", "off", temperature=20.5), "set_hvac_mode", {"hvac_mode": "off"}),
        (thing("media_player.a", "playing", volume_level=0.3), "volume_set", {"volume_level": 0.3}),
        (thing("number.a", "7"), "set_value", {"value": 7.0}),
        (thing("select.a", "eco"), "select_option", {"option": "eco"}),
    ],
)  # fmt: skip
def test_back_as_it_was(before: Entity, command: str, data: dict[str, object]) -> None:
    action = restored(before)
    assert action is not None
    assert (action.command, dict(action.data)) == (command, data)


@pytest.mark.parametrize(
    "before",
    [
        thing("scene.a", "unknown"),
        thing("light.a", "unavailable"),
        thing("lock.a", "jammed"),
        thing("number.a", "much"),
        thing("button.a", "x"),
    ],
)
def test_what_nothing_brings_back(before: Entity) -> None:
    assert restored(before) is None


def test_abilities_speak_of_this_home() -> None:
    lamp = Entity("light.desk", "Desk lamp", features=frozenset({"turn_on", "turn_off", "brightness"}))
    told = abilities(Home(entities=(lamp, Entity("cover.g", "Garage door", device_class="garage"))))
    assert '"dim the desk lamp to thirty percent"' in told
    assert "garage" not in told
    assert "timer" in abilities(Home())


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("no, disarm it again", "disarm it again"),
        ("No no, please close the left one!", "close the left one!"),
        ("oh wait, turn it off", "turn it off"),
        ("no, leave it off", "turn it off"),
        ("leave it off", "leave it off"),
        ("no", "no"),
        ("no, thanks", "no, thanks"),
        ("no, don't open it", "no, don't open it"),
        ("no, red", "no, red"),
        ("nobody opens it", "nobody opens it"),
    ],
)
def test_a_no_before_another_order_says_nothing_more(text: str, order: str) -> None:
    assert ordered_anew(text) == order
