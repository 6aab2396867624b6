"""What keeps a wrong understanding from becoming a wrong action: contradictions, and words that a span left behind."""

from __future__ import annotations

import pytest

from tests.unit.resolver.tables import outcomes

ASKED = ("! I am not sure which way you mean it.", "! I am not sure whether you want more or less.")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("drop the bedroom temperature by one degree", "<ClimateSet> <area> bedroom <temperature> <up> one"),
        ("turn the heating up in the bedroom", "<ClimateSet> <area> bedroom <temperature> <down>"),
        ("make the desk lamp brighter", "<LightSet> <name> desk lamp <brightness> <down>"),
        ("lower the tv volume", "<SetVolume> <class:tv> <volume> <up>"),
        ("the tv is way too loud", "<SetVolume> <class:tv> <volume> <up>"),
        ("it's too chilly in the bedroom", "<ClimateSet> <area> bedroom <temperature> <down>"),
        ("the desk lamp off", "<TurnOn> <name> desk lamp"),
        ("please lock the front door", "<Unlock> <name> front door"),
        ("unlock the front door", "<Lock> <name> front door"),
        ("shut the garage door", "<Open> <class:garage>"),
        ("arm the house alarm", "<AlarmDisarm> <name> house alarm"),
        ("don't unlock the front door", "<Lock> <name> front door"),
        ("the front door unlocked", "<Lock> <name> front door"),
        ("you can leave the front door unlocked", "<Lock> <name> front door"),
        ("don't leave it running, turn the desk lamp off", "<TurnOn> <name> desk lamp"),
    ],
)
def test_the_opposite_of_what_was_said_is_not_done(text: str, line: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert shown[0].startswith(ASKED)


def test_what_was_named_before_the_exception_is_not_exempted() -> None:
    text = "all lights off on the ground floor except the hall light"
    shown, _ = outcomes("alder", text, "<TurnOff> <all> <domain:light> <except> <floor> ground floor <domain:light>")
    assert shown == ["! I am not sure what you want to leave out. Please say it in other words."]
    shown, _ = outcomes(
        "alder", "leaving out the hall all lights off", "<TurnOff> <all> <domain:light> <except> <area> hall"
    )
    assert shown[0].startswith("HassTurnOff domain=light | ")


def test_a_thing_that_was_written_as_a_place_is_left_out_by_its_name() -> None:
    text, line = "all lights off but not the desk one", "<TurnOff> <all> <domain:light> <except> <area> "
    shown, _ = outcomes("alder", text, line + "desk")
    assert shown[0].startswith("HassTurnOff")
    assert "light.desk" not in shown[0]
    shown, _ = outcomes("alder", text.replace("desk one", "orangery"), line + "orangery")
    assert shown == ["! I know no room called orangery. So I did nothing."]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("it's too dim in the kitchen", "<LightSet> <area> kitchen <brightness> <up>"),
        ("it's not too dark in the kitchen but dim it anyway", "<LightSet> <area> kitchen <brightness> <down>"),
        ("the tv is too quiet", "<SetVolume> <class:tv> <volume> <up>"),
        ("the bedroom is getting colder", "<ClimateSet> <area> bedroom <temperature> <up>"),
        ("lights out in the garage then on again", "<TurnOn> <area> garage <domain:light>"),
        ("take the lock off the front door", "<Unlock> <name> front door"),
        ("don't leave the front door unlocked", "<Lock> <name> front door"),
        ("the front door needn't be unlocked any more", "<Lock> <name> front door"),
        ("i think the front door is still unlocked, see to it", "<Lock> <name> front door"),
        ("could we not have the front door locked any longer", "<Unlock> <name> front door"),
        ("don't leave the desk lamp off", "<TurnOn> <name> desk lamp"),
        ("the garage door doesn't have to be shut anymore", "<Open> <class:garage>"),
        ("turn off the tv and turn the desk lamp on", "<TurnOff> <class:tv> <;> <TurnOn> <name> desk lamp"),
        ("raise the temperature in the bedroom", "<ClimateSet> <area> bedroom <temperature> <up>"),
    ],
)
def test_what_only_sounds_like_the_opposite_is_done(text: str, line: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert " | " in shown[0]


@pytest.mark.parametrize(
    ("text", "line", "outcome"),
    [
        (
            "turn on the swimming pool heater",
            "<TurnOn> <name> heater",
            "! I know no device called swimming pool heater.",
        ),
        ("turn off the aquarium lights", "<TurnOff> <domain:light>", "! I know no device called aquarium lights."),
        (
            "turn on the left bedside lamp",
            "<TurnOn> <name> lamp",
            "HassTurnOn name=Left bedside lamp | light.bedside_left turn_on",
        ),
        ("turn off the damn tv", "<TurnOff> <class:tv>", "HassTurnOff name=Television | media_player.tv turn_off"),
        (
            "please kill lights in the garage",
            "<TurnOff> <area> garage <domain:light>",
            "HassTurnOff area=Garage domain=light | light.garage turn_off",
        ),
        (
            "turn on the fan lights and fans in the bathroom",
            "<TurnOn> <area> bathroom <domain:fan>",
            "HassTurnOn area=Bathroom domain=fan | fan.bathroom turn_on",
        ),
    ],
)
def test_words_left_behind_are_put_back(text: str, line: str, outcome: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert shown[0].startswith(outcome)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("how loud is the television", "<SetVolume> <name> television <volume> <down>"),
        ("how bright is the desk lamp", "<LightSet> <name> desk lamp <brightness> <up>"),
        ("is the desk lamp on", "<TurnOn> <name> desk lamp"),
        ("are the lights off", "<TurnOff> <domain:light>"),
    ],
)
def test_a_question_does_nothing(text: str, line: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert shown == ["! That sounds like a question, so I changed nothing. Please say it in other words."]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("how about turning on the desk lamp", "<TurnOn> <name> desk lamp"),
        ("is it possible to turn on the desk lamp", "<TurnOn> <name> desk lamp"),
        ("are you able to turn the desk lamp on", "<TurnOn> <name> desk lamp"),
    ],
)
def test_a_polite_question_is_a_request(text: str, line: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert shown == ["HassTurnOn name=Desk lamp | light.desk turn_on"]
