"""What a sentence does not bid is not done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.messages import Area, Call, Entity, Home, Quantity, Target
from appliance.resolver import Resolver

HOME = Home(
    areas=(Area("byre", "Byre"), Area("snug", "Snug")),
    entities=(
        Entity("light.beacon", "Beacon", area="byre", state="on", attributes={"brightness": 90}),
        Entity("light.his", "His nightstand", area="snug", state="on", attributes={"brightness": 90}),
        Entity("light.hers", "Her nightstand", area="snug", state="on", attributes={"brightness": 90}),
        Entity("switch.churn", "Churn", area="byre", state="off"),
        Entity("switch.urn", "Urn", area="byre", state="off"),
    ),
)
LIGHTS = Target(domain="light")


def touched(text: str, *calls: Call) -> set[str]:
    steps, _ = Resolver().decide(calls, HOME, text=text)
    return {action.entity for step in steps for action in step.actions}


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("turn on the churn or the urn", False),
        ("either the churn or the urn on", False),
        ("turn on the churn and the urn", True),
        ("turn on the churn and the urn or I shall scream", True),
    ],
)
def test_of_two_things_neither_is_chosen(text: str, *, moved: bool) -> None:
    calls = [Call("TurnOn", Target(name=name)) for name in ("churn", "urn")]
    assert touched(text, *calls) == ({"switch.churn", "switch.urn"} if moved else set())


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("the film was so dark that I saw nothing", False),
        ("the neighbours had all their lights on", False),
        ("we should get some more lights", False),
        ("lights off", True),
        ("I was just leaving, turn the lights off", True),
        ("all the lights should be off", True),
    ],
)
def test_what_only_tells_of_something_sweeps_nothing(text: str, *, moved: bool) -> None:
    assert bool(touched(text, Call("TurnOff", LIGHTS))) is moved


def test_a_room_may_be_told_of() -> None:
    wish = Call("LightSet", Target(area="snug", domain="light"), values={"brightness": Quantity(None, "up")})
    assert touched("it was so dark in the snug", wish) == {"light.his", "light.hers"}


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("turn off the nightstands, not his", False),
        ("turn off the nightstands, not his though", False),
        ("turn off the nightstands, not the churn", True),
        ("turn off the nightstands", True),
    ],
)
def test_what_is_left_alone_at_the_end_is_not_moved(text: str, *, moved: bool) -> None:
    assert bool(touched(text, Call("TurnOff", Target(name="nightstands")))) is moved


METERED = Home(
    areas=(Area("wash", "Wash house"),),
    entities=(
        Entity("switch.bosch", "Bosch washer", area="wash", state="on", aliases=("washing machine",)),
        Entity("sensor.watts", "Washer power", area="wash", state="412", device_class="power"),
        Entity("sensor.other", "Sump power", area="wash", state="3", device_class="power"),
    ),
)


def test_the_power_of_a_thing_is_that_of_its_meter() -> None:
    call = Call("GetState", Target(name="washing machine", device_class="power"), values={"ask": "one"})
    steps, _ = Resolver().decide([call], METERED, text="what does the washing machine draw")
    assert [step.intent and step.intent.entities for step in steps] == [("sensor.watts",)]


@pytest.mark.parametrize(
    "text", ["turn everything off in the snug, her son is still reading", "all off in the snug, kate is still up"]
)
def test_somebody_who_goes_on_is_asked_about(text: str) -> None:
    moved = touched(text, Call("TurnOff", Target(area="snug", everything=True)))
    assert bool(moved) is ("reading" not in text)


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("Anna said she'd turn on the churn at ten, so don't worry", False),
        ("I'd love to turn on the churn, but it's broken", False),
        ("we could turn on the churn, but Anna is asleep", False),
        ("since we have guests you mustnt turn on the churn", False),
        ("we shouldn't turn on the churn at night", False),
        ("the manual says, turn on the churn after ten minutes", False),
        ("I can't turn on the churn myself, so turn it on", True),
        ("I'd like the churn on", True),
        ("I'd love some butter, but first turn on the churn", True),
    ],
)
def test_what_others_do_or_nobody_does_is_left(text: str, *, moved: bool) -> None:
    assert bool(touched(text, Call("TurnOn", Target(name="churn")))) is moved


@pytest.mark.parametrize(
    ("text", "started"),
    [
        ("switch on the churn at eight", True),
        ("if the vet comes at eight, switch on the churn", False),
        ("Anna said she'd switch on the churn at eight", False),
    ],
)
def test_a_command_for_later_waits_for_nothing_else(text: str, *, started: bool) -> None:
    call = Call("StartTimer", values={"at": Quantity(8 * 3600, words="eight"), "command": "switch on the churn"})
    steps, _ = Resolver().decide((call,), HOME, text=text)
    assert any(step.task is not None for step in steps) is started


def test_what_is_told_to_somebody_is_not_announced() -> None:
    call = Call("Broadcast", values={"message": "the guests leave at six"})
    told, _ = Resolver().decide((call,), HOME, text="did you hear that, the guests leave at six")
    announced, _ = Resolver().decide((call,), HOME, text="announce that the guests leave at six")
    assert told[0].task is None
    assert announced[0].task is not None


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("shall I turn on the churn", False),
        ("darling, should we turn on the churn", True),
        ("do you want me to turn on the churn", False),
        ("would you turn on the churn", True),
    ],
)
def test_what_somebody_offers_to_do_is_left_to_them(text: str, *, moved: bool) -> None:
    assert touched(text, Call("TurnOn", Target(name="churn"))) == ({"switch.churn"} if moved else set())


def test_a_number_for_nothing_that_was_spoken_of_is_not_for_the_only_thing_with_such_a_value() -> None:
    fan = Entity("fan.mill", "Mill", area="byre", state="on", attributes={"percentage": 40})
    home = replace(HOME, entities=(*HOME.entities, fan))
    call = Call("FanSetSpeed", Target(it=True), values={"percentage": Quantity(20.0)})
    asked, _ = Resolver().decide([call], home, text="put it on 20")
    assert [(step.refusal, step.actions) for step in asked] == [
        ("I do not know what you mean by that. Please name the fan.", ())
    ]
    told, _ = Resolver().decide([call], home, text="make it blow at 20")
    assert [action.entity for step in told for action in step.actions] == ["fan.mill"]


@pytest.mark.parametrize(
    ("text", "command"),
    [("start milking in an hour", "activate milking"), ("start a milking timer for an hour", None)],
)
def test_a_scene_is_no_timer_unless_a_timer_was_said(text: str, command: str | None) -> None:
    home = replace(HOME, entities=(*HOME.entities, Entity("scene.milking", "Milking")))
    call = Call("StartTimer", values={"duration": Quantity(3600.0, words="an hour"), "timer": "milking"})
    (step,), _ = Resolver().decide([call], home, text=text)
    assert step.intent is not None
    assert step.intent.slots.get("conversation_command") == command


def test_of_things_together_one_is_exempted() -> None:
    spots = tuple(Entity(f"light.spot{n}", f"Spot {n}", area="byre", state="on") for n in (1, 2, 3))
    home = replace(HOME, entities=(*HOME.entities, *spots, Entity("light.spots", "Spots", area="byre", state="on")))
    off = Call("TurnOff", Target(name="spots"), excepts=(Target(name="spot 2"),))
    steps, _ = Resolver().decide([off], home, text="turn off the spots except spot 2")
    assert {action.entity for step in steps for action in step.actions} == {"light.spot1", "light.spot3"}
    other = replace(off, excepts=(Target(name="beacon"),))
    steps, _ = Resolver().decide([other], home, text="turn off the spots except the beacon")
    assert {action.entity for step in steps for action in step.actions} == {"light.spots"}


def test_an_exception_that_no_reading_has_is_asked_about() -> None:
    assert touched("turn off his nightstand except hers", Call("TurnOff", Target(name="his nightstand"))) == set()
