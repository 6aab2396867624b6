"""What "everything" leaves alone, and that the words of other calls are not free."""

from __future__ import annotations

import pytest

from appliance.config import PolicySettings
from appliance.intents.parse import parse_line
from appliance.messages import Call, Entity, Home, Target
from appliance.resolver import Resolver

EVERYTHING = Call("TurnOff", Target(everything=True))


def off(resolver: Resolver, *names: str, domain: str = "switch") -> set[str]:
    """Names of the things that a sweep turns off."""
    things = {f"{domain}.n{at}": name for at, name in enumerate(names)}
    home = Home(entities=tuple(Entity(thing, name, state="on") for thing, name in things.items()))
    steps, _ = resolver.decide([EVERYTHING], home, text="turn off everything")
    return {things[action.entity] for step in steps for action in step.actions}


@pytest.mark.parametrize(
    "name",
    [
        "Garage freezer",
        "Fridge",
        "Freezers",
        "Wifi router plug",
        "Fish tank pump",
        "NAS",
        "Sump pump",
        "Alarm siren power",
        "The Server",
    ],
)
def test_what_must_stay_on_is_spared(name: str) -> None:
    assert off(Resolver(), name, "Kettle") == {"Kettle"}


@pytest.mark.parametrize("name", ["Kettle", "Tank", "Fish fryer", "Nasturtium bed", "Observer"])
def test_other_plugs_are_not(name: str) -> None:
    assert off(Resolver(), name, "Iron") == {name, "Iron"}


def test_a_light_is_never_spared() -> None:
    assert off(Resolver(), "Aquarium light", "Lamp", domain="light") == {"Aquarium light", "Lamp"}


def test_the_words_are_a_setting() -> None:
    assert off(Resolver(spare=()), "Freezer") == {"Freezer"}
    assert off(Resolver(spare=("Beer  Cooler",)), "Freezer", "Beer cooler", "Water cooler") == {
        "Freezer",
        "Water cooler",
    }
    assert "freezer" in PolicySettings().spare


def test_when_nothing_else_is_left_the_reply_says_so() -> None:
    home = Home(entities=(Entity("switch.a", "Freezer", state="on"),))
    steps, _ = Resolver().decide([EVERYTHING], home, text="turn off everything")
    assert [step.refusal for step in steps] == ["Freezer stays on. Please name what shall go off."]


def test_words_of_another_call_point_at_nothing() -> None:
    home = Home(
        entities=(Entity("fan.tower", "Tower fan"), Entity("fan.desk", "Desk fan"), Entity("light.desk", "Desk lamp"))
    )
    text = "desk lamp on and fan off"
    calls = parse_line("<TurnOn> <name> desk lamp <;> <TurnOff> <domain:fan>", text)
    together, _ = Resolver().decide(calls, home, text=text)
    one_by_one, _ = Resolver().decide(calls[1:], home, text=text, among=calls)
    assert [step.refusal for step in together[1:]] == [step.refusal for step in one_by_one]
    assert one_by_one[0].refusal == "Which one do you mean: Tower fan and Desk fan?"
