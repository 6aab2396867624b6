"""Conditions that somebody complains of, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Call, Entity, Floor, Home, Quantity
from appliance.plainly.felt import Felt


def thing(entity: str, name: str, area: str, state: str = "off", kind: str | None = None) -> Entity:
    return Entity(entity, name, area=area, state=state, device_class=kind)


HOME = Home(
    floors=(Floor("up", "Upper floor"),),
    areas=(
        Area("byre", "Byre"),
        Area("snug", "Snug"),
        Area("anouk", "Anouk's room"),
        Area("wash", "Washroom"),
        Area("loft", "Loft", floor="up"),
    ),
    entities=(
        thing("light.strip", "Byre strip", "byre"),
        thing("light.beacon", "Beacon", "snug", "on"),
        thing("light.skep", "Skep", "snug", "on"),
        thing("climate.stove", "Snug stove", "snug"),
        thing("climate.loft", "Loft panel", "loft"),
        thing("switch.heater", "Anouk's heater", "anouk"),
        thing("fan.byre", "Barn blower", "byre"),
        thing("switch.extractor", "Extractor", "wash"),
        thing("humidifier.snug", "Misty", "snug", "off", "humidifier"),
        thing("humidifier.loft", "Dewy", "loft", "on", "humidifier"),
        thing("cover.window", "Roof light", "loft", "closed", "window"),
        thing("cover.hatch", "Hatch blind", "snug", "open", "blind"),
        thing("cover.tarp", "Tarpaulin", "byre", "closed", "awning"),
        thing("media_player.wireless", "Wireless", "snug", "playing"),
        thing("media_player.gramophone", "Gramophone", "loft", "off"),
        thing("vacuum.broom", "Broom", "byre"),
        thing("lawn_mower.goat", "Goat", "byre"),
        thing("valve.drip", "Drip line", "byre"),
        thing("switch.wallbox", "Wallbox", "byre"),
        thing("person.anouk", "Anouk", "byre"),
    ),
)
FELT = Felt(HOME)


def wanted(text: str, area: str | None = None) -> list[str]:
    """The calls that a sentence comes to, in short."""
    return [shown(call) for call in FELT.calls(text, HOME, area) or ()]


def shown(call: Call) -> str:
    target = call.target
    kind = target.device_class or target.domain
    where = "here" if target.here else ""
    wish = " ".join(value.mode for value in call.values.values() if isinstance(value, Quantity))
    parts = (call.name, target.name, kind, target.area, target.floor, where, wish)
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        # light
        ("it's pitch black in the byre", "TurnOn light Byre"),
        ("the byre is far too dark to find anything", "TurnOn light Byre"),
        ("um it's it's like a cave in the the byre", "TurnOn light Byre"),
        ("there isn't enough light in the snug", "LightSet light Snug up"),
        ("it's not exactly bright in the snug", "LightSet light Snug up"),
        ("it's much too bright in the snug for my eyes", "LightSet light Snug down"),
        ("the beacon is blinding me", "LightSet Beacon down"),
        # what is to be done is said
        ("it's stuffy up in the loft, can you let some air in", "Open Roof light"),
        ("let some fresh air into the loft", "Open Roof light"),
        ("we need some air in the washroom", "TurnOn Extractor"),
        ("the byre is full of steam, we need the fan", "TurnOn fan Byre"),
        ("the sun comes straight through the hatch blind and fades the rug, do something about it", "Close Hatch blind"),
        ("the sun is blinding us through the tarpaulin", "Open Tarpaulin"),
        ("Skep is a bit too dim to read by", "LightSet Skep up"),
        ("the skep isn't bright enough for my book", "LightSet Skep up"),
        # warmth
        ("it's freezing in the snug", "ClimateSet Snug up"),
        ("the snug feels like an oven", "ClimateSet Snug down"),
        ("it could be a bit warmer in the snug", "ClimateSet Snug up"),
        ("it isn't warm enough in the snug", "ClimateSet Snug up"),
        ("the guests in the loft say they are cold", "ClimateSet Loft up"),
        ("it's boiling in the byre", "TurnOn Barn blower"),
        ("it's chilly in Anouk's room", "TurnOn Anouk's heater"),
        ("the snug stove is way too hot", "ClimateSet Snug stove down"),
        # air
        ("it's awfully stuffy in the loft", "Open Roof light"),
        ("the byre could do with some fresh air", "TurnOn Barn blower"),
        ("the washroom's all steamed up again", "TurnOn Extractor"),
        ("the mirror in the washroom is fogged up", "TurnOn Extractor"),
        ("the air in the snug is bone dry", "TurnOn Misty"),
        ("the air in the loft is rather dry", "HumiditySet Dewy up"),
        # noise
        ("the wireless is deafening", "SetVolume Wireless down"),
        ("the music is too loud", "SetVolume Wireless down"),
        ("I can barely hear the music", "SetVolume Wireless up"),
        ("the gramophone is much too quiet", "SetVolume Gramophone up"),
        ("that wireless is doing my head in", "SetVolume Wireless down"),
        ("the wireless is so loud I can't think", "SetVolume Wireless down"),
        ("the barn blower is a bit too strong", "FanSetSpeed Barn blower down"),
        # sun, dirt, outside
        ("the sun is right in my eyes in the snug", "Close Hatch blind"),
        ("the neighbours can see right into the snug", "Close Hatch blind"),
        ("the floors are filthy", "VacuumStart"),
        ("there are crumbs all over the snug floor", "VacuumCleanArea Snug"),
        ("dog hair everywhere", "VacuumStart"),
        ("I've dropped rice all over the floor in the snug", "VacuumCleanArea Snug"),
        ("the dog has been shedding again", "VacuumStart"),
        ("the carpet in the snug could do with a hoover", "VacuumCleanArea Snug"),
        ("the lawn needs a trim", "MowerStart"),
        ("the grass out back is getting really long", "MowerStart"),
        ("my tomatoes are thirsty", "TurnOn Drip line"),
        ("the car is nearly empty", "TurnOn Wallbox"),
    ],
)  # fmt: skip
def test_what_is_wanted(said: str, meant: str) -> None:
    assert wanted(said) == [meant]


@pytest.mark.parametrize(
    ("area", "said", "meant"),
    [
        ("byre", "I can't see a thing in here", "TurnOn light here"),
        ("snug", "it's too dark in here", "LightSet light here up"),
        ("snug", "brr, my feet are like ice", "ClimateSet here up"),
        ("loft", "ugh it's airless up here", "Open Roof light"),
        ("byre", "there's a terrible glare on my screen", "Open Tarpaulin"),
        ("snug", "it's too loud in here", "SetVolume Wireless down"),
        ("snug", "it's boiling in here. can you do something about it", "ClimateSet here down"),
    ],
)
def test_what_is_wanted_here(area: str, said: str, meant: str) -> None:
    assert wanted(said, area) == [meant]


def test_two_complaints_of_one_place() -> None:
    assert wanted("it's too dark and stuffy in the byre") == ["TurnOn light Byre", "TurnOn Barn blower"]
    assert wanted("it's dark in the byre, I can't see a thing") == ["TurnOn light Byre"]
    assert wanted("it's dark in the byre and I'm freezing in the snug") == []


NOT_SUFFERED = (
    "it was dark when I came home",
    "the film was so dark that I couldn't see a thing",
    "I was freezing in the snug last night",
    "it's not too dark in the byre",
    "I'm not cold",
    "it's nice and warm in the snug",
    "it's cold outside",
    "it would be too dark in the byre",
    "my coffee is cold",
    "this soup is too hot",
    "I can't see Leo anywhere",
    "I can't hear you",
    "cool",
)


@pytest.mark.parametrize("said", NOT_SUFFERED)
def test_what_is_only_told_asks_for_nothing(said: str) -> None:
    assert wanted(said, "snug") == []
    assert FELT.only_told(said)


@pytest.mark.parametrize(
    "said",
    [
        "is it too dark in the byre?", "if it's too dark in the byre turn on the beacon", "turn on the beacon, it's too dark", "I'm cool",
        "it's bright in here", "the hall is quiet", "it's dark in the crypt", "my brother's flat is too dark", "the washroom is dry",
        "the wireless is quiet", "I've spilled milk on the floor",
        "it's cold today", "people can see the sea from here", "the car is low",
        "it's getting dark early", "the beacon is on", "Leo is cold", "Anouk is hot stuff",
    ],
)  # fmt: skip
def test_what_is_no_complaint(said: str) -> None:
    assert wanted(said) == []


@pytest.mark.parametrize(
    ("playing", "meant"),
    [(("radio",), "SetVolume Oak radio up"), (("radio", "tin"), "SetVolume up"), (("gramophone",), "SetVolume up")],
)
def test_a_radio_is_one_of_the_radios(playing: tuple[str, ...], meant: str) -> None:
    named = {"radio": "Oak radio", "tin": "Tin radio", "gramophone": "Gramophone"}
    home = Home(
        entities=tuple(
            Entity(f"media_player.{id_}", name, state="playing" if id_ in playing else "off")
            for id_, name in named.items()
        )
    )
    calls = Felt(home).calls("I can hardly hear the radio", home, None)
    assert [shown(call) for call in calls or ()] == [meant]


@pytest.mark.parametrize(
    "said",
    [
        "I need some air",
        "let some air out of the tyres",
        "the sun came through the hatch blind",
        "don't let any air in",
    ],
)
def test_what_is_no_wish_for_air_or_shade(said: str) -> None:
    assert wanted(said) == []


def test_it_may_be_what_was_spoken_of_before() -> None:
    assert FELT.calls("it's too dark", HOME, "byre", going_on=True) is None
    assert FELT.calls("it's too dark in here", HOME, "byre", going_on=True) is not None


def test_a_statement_that_may_be_a_wish_is_unclear() -> None:
    assert FELT.unclear("it's so quiet in here")
    assert FELT.unclear("the sun is shining")
    assert not FELT.unclear("the beacon is too bright, dim it")
    assert not FELT.unclear("make it dark in here")
