"""Delays that a reading lost, with a reader that knows a few short sentences."""

from __future__ import annotations

import pytest

from appliance.intents.command_model import Understanding
from appliance.intents.delays import delay, lost, put_off, read_by_delay
from appliance.intents.parse import parse_line
from appliance.messages import Call, Quantity

KNOWN = {
    "turn on the pump": "<TurnOn> <name> pump",
    "turn it off": "<TurnOff> <it>",
    "turn it off again": "<TurnOff> <it>",
    "open the barn door": "<Open> <name> barn door",
    "turn off the pump": "<TurnOff> <name> pump",
    "turn off the urn": "<TurnOff> <name> urn",
    "turn the pump off": "<TurnOff> <name> pump",
    "turn the pump on": "<TurnOn> <name> pump",
    "close it": "<Close> <it>",
    "toggle it": "<Toggle> <it>",
    "open it wide": "<Open> <it>",
    "lights off in the stable": "<TurnOff> <area> stable <domain:light>",
    "set the heater to 20": "<ClimateSet> <name> heater <temperature> 20",
    "tell me": "<None> <why:unclear>",
}


def understand(text: str) -> Understanding:
    """Know the sentences above, each with probability 0.9, and nothing else."""
    line = KNOWN.get(text.lower(), "<None> <why:unclear>")
    return Understanding(parse_line(line, text), 0.9, line)


def calls(line: str, text: str) -> tuple[Call, ...]:
    return parse_line(line, text)


@pytest.mark.parametrize(
    ("text", "before", "after", "seconds"),
    [
        ("Turn on the pump and in ten minutes turn it off", "Turn on the pump", "turn it off", 600),
        ("turn on the pump, then after half an hour turn it off", "turn on the pump", "turn it off", 1800),
        ("open the barn door and in an hour and a half close it", "open the barn door", "close it", 5400),
        ("open the barn door and close it in 90 seconds", "open the barn door", "close it", 90),
        ("turn on the pump and turn it off again in 20 minutes", "turn on the pump", "turn it off again", 1200),
        ("turn on the pump and two hours later turn it off", None, None, 0),
        ("turn off the pump in ten minutes", "turn off the pump", "", 600),
        ("in two minutes from now the pump off", "", "the pump off", 120),
        ("turn off the pump in the stable", None, None, 0),
        ("in ten minutes the pump and in twenty minutes the fan", None, None, 0),
        ("", None, None, 0),
    ],
)
def test_a_delay_and_what_stands_around_it(text: str, before: str | None, after: str | None, seconds: int) -> None:
    found = delay(text)
    if before is None:
        assert found is None
        return
    assert found is not None
    assert (found.before, found.after, found.length.value) == (before, after, seconds)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("turn on the pump and in ten minutes toggle it", "toggle the pump"),
        ("open the barn door and in 5 minutes set the heater to 20", "set the heater to 20"),
        ("open the barn door and in 5 minutes open it wide", "open the barn door wide"),
    ],
)
def test_one_thing_now_and_one_later(text: str, command: str) -> None:
    found = read_by_delay(text, understand)
    assert found is not None
    now, later = found.calls
    assert now.name in {"TurnOn", "Open"}
    assert later.name == "StartTimer"
    assert later.values["command"] == (command,)
    assert found.confidence == pytest.approx(0.81)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("turn on the pump and in ten minutes turn it off", "TurnOn"),
        ("open the barn door then in an hour close it", "Open"),
        ("turn on the pump and turn it off again in 20 minutes", "TurnOn"),
    ],
)
def test_what_is_taken_back_later_is_for_a_while(text: str, name: str) -> None:
    found = read_by_delay(text, understand)
    assert found is not None
    (call,) = found.calls
    assert (call.name, set(call.values)) == (name, {"duration"})


BOTH = "<TurnOn> <name> pump <;> <TurnOn> <name> lamp"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("<TurnOn> <domain:light> <;> <StartTimer> <duration> a minute <command> switch it off again", ["TurnOn"]),
        ("<TurnOff> <name> pump <;> <StartTimer> <duration> a minute <command> switch it off again", ["TurnOff", "StartTimer"]),
        (f"{BOTH} <;> <StartTimer> <duration> a minute <command> off again", ["TurnOn", "TurnOn", "StartTimer"]),
        (f"{BOTH} <;> <StartTimer> <duration> a minute <command> turn them off", ["TurnOn", "TurnOn"]),
        ("<LightSet> <name> lamp <brightness> a <;> <StartTimer> <duration> a minute <command> off again", ["LightSet", "StartTimer"]),
        ("<StartTimer> <duration> a minute <command> switch it off again", ["StartTimer"]),
    ],
)  # fmt: skip
def test_a_delayed_command_that_takes_back_the_one_before_it_is_its_length(line: str, left: list[str]) -> None:
    text = "switch on the light pump lamp and in a minute switch it off again turn them off"
    assert [call.name for call in put_off(calls(line, text), text)] == left


@pytest.mark.parametrize(
    "text",
    [
        "turn on the pump and in ten minutes tell me",
        "set a timer and in ten minutes turn it off",
        "turn off the pump in ten minutes",
        "the weather is fine and in ten minutes turn it off",
        "turn on the pump in the stable",
    ],
)
def test_not_so(text: str) -> None:
    assert read_by_delay(text, understand) is None


@pytest.mark.parametrize(
    ("text", "line", "command"),
    [
        (
            "lights off in the stable in five minutes",
            "<TurnOff> <area> stable <domain:light> <;> <StartTimer> <duration> five minutes",
            "lights off in the stable",
        ),
        (
            "after an hour open the barn door and the gate",
            "<Open> <name> barn door <;> <Open> <name> gate <;> <StartTimer> <duration> an hour",
            "open the barn door and the gate",
        ),
        (
            "set the heater to 20 in 30 minutes please",
            "<ClimateSet> <name> heater <temperature> 20 <;> <StartTimer> <duration> 30 minutes",
            "set the heater to 20",
        ),
    ],
)
def test_a_timer_of_nothing_does_the_rest_of_the_sentence(text: str, line: str, command: str) -> None:
    (call,) = put_off(calls(line, text), text)
    assert call.name == "StartTimer"
    assert call.values["command"] == (command,)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("set the heater to 20 in the loft in an hour", "set the heater to 20 in the loft"),
        ("in an hour set the heater to 20 around the loft", "set the heater to 20 around the loft"),
        ("could you set the heater to 20 in the loft in an hour", "set the heater to 20 in the loft"),
        ("set the heater to 20 please in an hour", "set the heater to 20"),
        ("set the heater to 20, it is cold, in an hour", "set the heater to 20"),
        ("set the heater to 20 in an hour", "set the heater to 20"),
    ],
)
def test_a_delayed_command_is_whole(text: str, command: str) -> None:
    (call,) = put_off(calls("<StartTimer> <duration> an hour <command> set the heater to 20", text), text)
    assert call.values["command"] == (command,)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("pump off and a timer for five minutes", "<TurnOff> <name> pump <;> <StartTimer> <duration> five minutes"),
        ("pump off and remind me in five minutes", "<TurnOff> <name> pump <;> <StartTimer> <duration> five minutes"),
        ("turn on the pump for five minutes", "<TurnOn> <name> pump <duration> five minutes"),
        ("start a timer for five minutes", "<StartTimer> <duration> five minutes"),
        ("milk on the list in five minutes", "<ListAdd> <item> milk <;> <StartTimer> <duration> five minutes"),
    ],
)
def test_other_timers_stay(text: str, line: str) -> None:
    assert put_off(calls(line, text), text) == calls(line, text)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("pump off in five minutes", "<TurnOff> <name> pump", True),
        ("pump off in five minutes", "<StartTimer> <duration> five minutes <command> pump off", False),
        ("pump on and in an hour off", "<StartTimer> <duration> an hour <command> pump on and in an hour", True),
        ("announce dinner in five minutes", "<Broadcast> <message> dinner in five minutes", False),
        ("what happens in five minutes", "<None> <why:unclear>", False),
        ("pump off in the yard", "<TurnOff> <name> pump <area> yard", False),
    ],
)
def test_a_reading_that_loses_the_delay(text: str, line: str, *, told: bool) -> None:
    assert lost(calls(line, text), text) is told


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("turn off the pump in 5 minutes and the urn in an hour", [(300, "turn off the pump"), (3600, "turn off the urn")]),
        ("in 5 minutes turn off the pump and in an hour turn off the urn", [(300, "turn off the pump"), (3600, "turn off the urn")]),
        ("turn the pump off in 5 minutes and the urn in an hour", [(300, "turn the pump off"), (3600, "turn off the urn")]),
        ("turn off the pump in 5 minutes and the urn now", [(300, "turn off the pump"), (0, "urn")]),
        ("turn on the pump now and turn it off in 5 minutes", [(0, "pump"), (300, "turn the pump off")]),
        ("turn the pump on now and off again in 5 minutes", [(0, "pump"), (300, "turn the pump off again")]),
        ("turn off the pump in 5 minutes and the sofa in an hour", []),
        ("set two timers, one in 5 minutes and one in ten minutes", []),
    ],
)  # fmt: skip
def test_each_clause_is_put_off_by_its_own_delay(text: str, made: list[tuple[int, str]]) -> None:
    found = read_by_delay(text, understand)
    got = [] if found is None else [_told(call) for call in found.calls]
    assert got == made


def _told(call: Call) -> tuple[int, str]:
    length, command = call.values.get("duration"), call.values.get("command")
    if not isinstance(length, Quantity) or not isinstance(command, tuple):
        return 0, call.target.name or ""
    return int(length.value or 0), command[0]


def test_a_reading_that_knows_only_one_of_two_delays_lost_one() -> None:
    text = "in ten minutes turn off the pump and in an hour turn off the urn"
    one = "<StartTimer> <duration> ten minutes <command> turn off the pump"
    assert lost(calls(one, text), text)
    assert not lost(calls(f"{one} <;> <StartTimer> <duration> an hour <command> turn off the urn", text), text)
