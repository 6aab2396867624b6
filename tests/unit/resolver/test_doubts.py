"""What keeps a wrong understanding from becoming a wrong action: contradictions, and words that a span left behind."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.messages import Area, Call, Entity, Home, Target
from appliance.opening import open_typos
from appliance.resolver import Resolver
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


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("turn on the thing in the corner", "<TurnOn> <all>"),
        ("switch that gadget off", "<TurnOff> <all>"),
        ("turn off the stuff over there", "<TurnOff> <all>"),
        ("open the thingy", "<Open> <all>"),
        ("dim the item next to me", "<LightSet> <all> <brightness> <down>"),
    ],
)
def test_a_vague_word_is_not_everything(text: str, line: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert shown == ["! I did not understand what you mean. Please name it."]


@pytest.mark.parametrize(
    "text",
    ["turn everything off", "kill the lot", "shut the whole house down", "power off", "anything that is on goes off", "nothing stays on"],
)  # fmt: skip
def test_a_word_for_everything_is(text: str) -> None:
    shown, _ = outcomes("alder", text, "<TurnOff> <all>")
    assert shown[0].startswith("HassTurnOff | ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("do fish sleep with the lights off", "<TurnOff> <domain:light>"),
        ("do cats see with the lights off", "<TurnOff> <domain:light>"),
        ("so do we ever turn the lights off", "<TurnOff> <domain:light>"),
        ("does the desk lamp go off at night", "<TurnOff> <name> desk lamp"),
        ("did anyone turn on the desk lamp", "<TurnOn> <name> desk lamp"),
        ("do people open the blinds in summer", "<Open> <class:blind>"),
    ],
)
def test_a_question_by_its_form_is_no_command(text: str, line: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert shown == ["! That sounds like a question, so I changed nothing. Please say it in other words."]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("do turn the desk lamp off", "<TurnOff> <name> desk lamp"),
        ("do me a favour and turn off the desk lamp", "<TurnOff> <name> desk lamp"),
        ("do you mind turning off the desk lamp", "<TurnOff> <name> desk lamp"),
        ("could you turn off the desk lamp", "<TurnOff> <name> desk lamp"),
        ("did somebody forget the desk lamp", "<TurnOff> <name> desk lamp"),
        ("does the desk lamp have to be so bright", "<LightSet> <name> desk lamp <brightness> <down>"),
        ("do the lights in the office off", "<TurnOff> <area> office <domain:light>"),
    ],
)
def test_a_wish_that_begins_like_a_question_is_one(text: str, line: str) -> None:
    shown, _ = outcomes("alder", text, line)
    assert not shown[0].startswith("!")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("he came through an unlocked front door", True),
        ("the front door was unlocked all night", True),
        ("they have come through an unlocked front door", True),
        ("unlock the front door", False),
        ("i want the front door unlocked", False),
        ("get the front door unlocked please", False),
    ],
)
def test_a_tale_of_a_lock_opens_none(text: str, *, asked: bool) -> None:
    shown, _ = outcomes("alder", text, "<Unlock> <name> front door")
    assert shown[0].startswith("!") is asked


BENCHES = Home(
    areas=(Area("w", "Workshop"), Area("h", "Hall")),
    entities=(
        *(Entity(f"light.bench_{n}", f"Bench light {n}", area="w", state="on") for n in (1, 2, 3)),
        *(Entity(f"light.aisle_{n}", f"Aisle {n}", area="h", state="off") for n in "ABC"),
        *(Entity(f"cover.b{n}", f"{n} awning", area="w", device_class="awning", state="open") for n in ("Left", "Right")),
        Entity("switch.saw", "Table saw", area="w", state="on"),
    ),
)  # fmt: skip
BENCH = {"light.bench_1", "light.bench_2", "light.bench_3"}
AISLES = {"light.aisle_A", "light.aisle_B", "light.aisle_C"}


@pytest.mark.parametrize(
    ("text", "line", "meant"),
    [
        ("how many bench lights are on", "<GetState> <domain:light> <ask:how_many> <state:on>", BENCH),
        ("are any bench lights on", "<GetState> <domain:light> <ask:any> <state:on>", BENCH),
        ("turn off all bench lights", "<TurnOff> <all> <domain:light>", BENCH),
        ("dim the bench lights", "<LightSet> <domain:light> <brightness> <down>", BENCH),
        ("all the aisles on", "<TurnOn> <all> <domain:light>", AISLES),
        ("turn on every aisle", "<TurnOn> <all>", AISLES),
        ("all the aisles on but aisle c", "<TurnOn> <all> <domain:light> <except> <name> aisle c", AISLES - {"light.aisle_C"}),
        ("aisles on", "<TurnOn> <floor> aisles", AISLES),
        ("turn on aisle a", "<TurnOn> <name> aisle a", {"light.aisle_A"}),
        ("how many lights are on", "<GetState> <domain:light> <ask:how_many> <state:on>", BENCH | AISLES),
        ("all the lights off but the aisles", "<TurnOff> <all> <domain:light> <except> <name> aisles", BENCH),
        ("turn off all lights in the workshop", "<TurnOff> <area> workshop <all> <domain:light>", BENCH),
    ],
)  # fmt: skip
def test_words_of_names_beside_the_noun_say_which_things_of_a_kind(text: str, line: str, meant: set[str]) -> None:
    steps, _ = Resolver().decide(parse_line(line, text), BENCHES, text=text)
    assert {entity for step in steps if step.intent for entity in step.intent.entities} == meant


def test_a_room_that_is_not_there_does_not_become_another() -> None:
    rooms = Home(
        areas=(Area("b", "En suite", ("bathroom",)), Area("s", "Study"), Area("p", "Porch"), Area("h", "Hall")),
        entities=tuple(Entity(f"light.{area}", "Lamp", area=area) for area in "bsph"),
    )
    resolver = Resolver(english=open_typos())
    for room, known in (
        ("ballroom", False), ("stud", False), ("pouch", False), ("hill", False), ("studio", False),
        ("bathroon", True), ("studdy", True), ("poarch", True), ("haul", True),
    ):  # fmt: skip
        text = f"turn on the lamp in the {room}"
        steps, _ = resolver.decide(parse_line(f"<TurnOn> <area> {room} <domain:light>", text), rooms, text=text)
        assert (steps[0].intent is not None) is known, room
        call = Call("TurnOn", Target(area=room))
        assert resolver.guessed(call, rooms) is known
    assert not resolver.guessed(Call("TurnOn", Target(area="study")), rooms)


@pytest.mark.parametrize("text", ["excuse me, the desk lamp is on", "sorry, but the desk lamp is on now"])
def test_a_state_that_is_only_told_is_no_command(text: str) -> None:
    assert outcomes("alder", text, "<TurnOn> <name> desk lamp")[0] == ["! All right. I changed nothing."]
