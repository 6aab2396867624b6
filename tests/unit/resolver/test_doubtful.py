"""What leaves open what is to be done, or to which things, is asked about."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Call, Entity, Home, Quantity, Target
from appliance.resolver import Memory, Resolver

HOME = Home(
    areas=(Area("byre", "Byre"), Area("snug", "Snug"), Area("forge", "Front room")),
    entities=(
        Entity("light.beacon", "Beacon", area="byre", state="on", attributes={"brightness": 90}),
        Entity("light.skep", "Skep lamp", area="snug", state="on", attributes={"brightness": 90}),
        Entity("light.strip", "Left side strip", area="forge", state="on"),
        Entity("switch.churn", "Churn", area="byre", state="off"),
        Entity("cover.hatch", "Hatch", area="byre", device_class="shutter", state="open", attributes={"current_position": 100}),
        Entity("cover.gate", "Yard gate", area="byre", device_class="gate", state="closed"),
        Entity("climate.byre", "Byre stove", area="byre", state="heat", attributes={"temperature": 20}),
        Entity("media_player.tv", "Telly", area="snug", device_class="tv", state="playing"),
        Entity("humidifier.loft", "Loft mist", area="snug", state="on", device_class="humidifier", attributes={"humidity": 50}),
        Entity("alarm_control_panel.farm", "Farm alarm", state="armed_away"),
    ),
)  # fmt: skip
LIGHTS = Target(domain="light", everything=True)
ALL = Target(everything=True)
HATCH = Target(name="hatch")


def touched(text: str, *calls: Call, memory: Memory | None = None) -> set[str]:
    steps, _ = Resolver().decide(calls, HOME, text=text, memory=memory)
    return {action.entity for step in steps for action in step.actions}


@pytest.mark.parametrize(
    "text",
    [
        "swap the hatch and the churn",
        "please flash the hatch",
        "make the hatch blink",
        "close the hatch three times",
        "close the hatch twice please",
        "set the hatch and the churn to the same",
        "the hatch should be anything but open",
        "open and close the hatch",
        "close the hatch and back again",
        "open or close the hatch",
        "let the churn finish, then close the hatch",
        "close the hatch just enough for the cat",
        "close the hatch later",
        "hatch closed in a bit please",
        "it is windy, close the hatch soon",
        "close the hatch this evening",
        "close the hatch now and then",
    ],
)
def test_what_is_to_be_done_is_asked(text: str) -> None:
    assert touched(text, Call("Close", HATCH)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "close the hatch, it is twice as warm as the snug",
        "close the hatch, I have told you three times to be kind",
        "close the hatch and then open it in an hour",
        "close the hatch the same way as the churn",
        "close the hatch",
        "close the hatch, I am going out later",
        "we will eat soon so close the hatch",
        "close the hatch as soon as possible",
    ],
)
def test_what_is_clear_is_done(text: str) -> None:
    assert touched(text, Call("Close", HATCH)) == {"cover.hatch"}


@pytest.mark.parametrize(
    "text",
    [
        "all the lights off on this side",
        "turn off all the lights at the back of the house",
        "turn off all the lights in the next room",
        "all the lights off over there",
        "turn off all the unnecessary lights",
        "turn off all the lights we don't need",
        "turn off all the other lights",
        "turn off the other two lights",
        "turn off one third of the lights",
        "all the rest off",
        "turn everything else off",
        "all the lights off but two",
        "turn off all the lights in front of the house",
        "turn off all the lights in the corner",
        "turn off all the lights I can see",
        "turn off all the lights the kids left on",
        "not all the lights should be off",
        "the lights needn't all be off",
    ],
)
def test_part_of_the_home_is_not_all_of_it(text: str) -> None:
    assert touched(text, Call("TurnOff", LIGHTS)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "turn off all the lights",
        "turn off all the lights and the left side strip",
        "turn off all the lights I need to sleep",
        "turn off all the lights for the rest of the day",
    ],
)
def test_all_of_it_is(text: str) -> None:
    assert touched(text, Call("TurnOff", LIGHTS)) == {"light.beacon", "light.skep", "light.strip"}


def test_what_is_outside_a_room_is_not_the_room() -> None:
    snug = Call("TurnOff", Target(area="snug", domain="light"))
    assert touched("turn off the lights outside the snug", snug) == set()
    assert touched("turn off the lights in the snug", snug) == {"light.skep"}


def test_the_others_of_a_kind_are_not_what_is_left_out() -> None:
    assert (
        touched("turn off all the other skep lights", Call("TurnOff", LIGHTS, (Target(name="skep lights"),))) == set()
    )


def test_the_others_are_what_is_left_out() -> None:
    assert touched("beacon on and all other lights off", Call("TurnOff", LIGHTS, (Target(name="beacon"),))) == {
        "light.skep",
        "light.strip",
    }
    assert (
        touched("turn on the beacon and the rest of the byre off", Call("TurnOff", ALL, (Target(area="byre"),)))
        == set()
    )


def test_a_length_without_a_unit_is_no_amount() -> None:
    fifteen = Call("SetPosition", HATCH, values={"position": Quantity(15.0, words="fifteen")})
    assert touched("open the hatch for fifteen", fifteen) == set()
    assert touched("open the hatch to fifteen", fifteen) == {"cover.hatch"}


def test_what_is_no_word_for_the_air_sets_no_humidity() -> None:
    less = Call("HumiditySet", Target(domain="humidifier"), values={"humidity": Quantity(None, "down")})
    assert touched("make the coffee less strong", less) == set()
    assert touched("make the air less damp", less) == {"humidifier.loft"}
    assert touched("a bit less", less, memory=Memory(entities=("humidifier.loft",))) == {"humidifier.loft"}


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("the alarm went off", False),
        ("the alarm should not be off", False),
        ("turn the alarm off", True),
        ("disarm the alarm", True),
    ],
)
def test_an_alarm_that_rings_is_not_disarmed(text: str, *, moved: bool) -> None:
    assert bool(touched(text, Call("AlarmDisarm", Target(name="farm alarm")))) is moved


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("close the shutter or the door", False),
        ("close the shutter or the front room", False),
        ("close the shutter or whatever is open", False),
        ("close the shutter or I shall scream", True),
    ],
)
def test_one_of_two_kinds_is_not_chosen(text: str, *, moved: bool) -> None:
    assert bool(touched(text, Call("Close", Target(device_class="shutter")))) is moved


@pytest.mark.parametrize(
    ("length", "command", "started"),
    [
        (Quantity(1800.0, unit="s", words="half an hour"), "close the hatch half an hour before noon", False),
        (Quantity(600.0, unit="s", words="ten minutes"), "close the hatch over ten minutes", False),
        (Quantity(600.0, unit="s", words="ten minutes"), "close the hatch", True),
    ],
)
def test_a_command_is_not_put_off_by_what_it_says_itself(length: Quantity, command: str, *, started: bool) -> None:
    timer = Call("StartTimer", values={"duration": length, "command": (command,)})
    (step,), _ = Resolver().decide([timer], HOME, text=f"in {length.words} {command}")
    assert bool(step.task) is started


def test_a_command_for_two_times_is_put_off_to_neither() -> None:
    four = Quantity(57600.0, unit="clock", words="four")
    twice = Call("StartTimer", values={"at": four, "command": ("turn the churn on at two and off",)})
    (step,), _ = Resolver().decide([twice], HOME, text="turn the churn on at two and off at four")
    assert step.refusal


@pytest.mark.parametrize(
    "text", ["make the alarm ring", "set off the alarm", "turn the farm alarm up", "snooze the alarm"]
)
def test_an_alarm_is_not_armed_for_its_noise(text: str) -> None:
    arm = Call("AlarmArm", Target(name="farm alarm"))
    assert touched(text, arm) == set()
    assert touched("arm the alarm", arm) == {"alarm_control_panel.farm"}


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("turn off the heating in all rooms", Call("TurnOff", LIGHTS)),
        ("turn the alarm off and on again", Call("TurnOn", Target(domain="light"))),
        ("turn off the heating in all rooms", Call("TurnOff", ALL)),
        ("all machines off", Call("TurnOff", ALL)),
        ("set everything to 20", Call("LightSet", ALL, values={"brightness": Quantity(20.0, words="20")})),
        ("stop everything", Call("TurnOff", ALL)),
    ],
)
def test_another_kind_of_things_is_not_set_all_over_the_home(text: str, call: Call) -> None:
    assert touched(text, call) == set()


def test_everything_is() -> None:
    assert "light.beacon" in touched("switch off all", Call("TurnOff", ALL))
    assert "light.beacon" in touched("everything off and the heating too", Call("TurnOff", ALL))


def test_a_gate_opens_only_for_who_asks_for_that() -> None:
    gate = Call("Open", Target(device_class="gate"))
    assert touched("the gate could use some oil", gate) == set()
    assert touched("open the gate", gate) == {"cover.gate"}


def test_what_is_not_to_be_paused_is_not_paused() -> None:
    pause = Call("MediaPause", Target(name="telly"))
    assert touched("stop the music but not the telly", pause) == set()
    assert touched("stop the telly, not the music", pause) == {"media_player.tv"}


def test_a_time_of_day_that_no_call_knows_of_is_not_now() -> None:
    lock = Call("Close", HATCH)
    assert touched("close the hatch at ten, but only if I am there to see it", lock) == set()
    assert touched("close the hatch, we eat at ten", lock) == {"cover.hatch"}
    dim = Call("LightSet", Target(name="beacon"), values={"brightness": Quantity(10.0, words="ten")})
    assert touched("close the hatch and set the beacon at ten", lock, dim) == {"cover.hatch", "light.beacon"}
