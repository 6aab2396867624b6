import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.intents import language
from appliance.intents.parse import LineError, parse_line
from appliance.messages import Call, Quantity, Target


def test_several_calls_with_exception() -> None:
    text = "Turn off the lamp and the fan in the bedroom, except the night light"
    line = "<TurnOff> <name> lamp <;> <TurnOff> <area> bedroom <domain:fan> <except> <name> night light <end>"
    assert parse_line(line, text) == (
        Call("TurnOff", Target(name="lamp")),
        Call("TurnOff", Target(area="bedroom", domain="fan"), (Target(name="night light"),)),
    )


def test_flags_of_a_target() -> None:
    (call,) = parse_line("<TurnOn> <floor> upstairs <all> <class:blind>", "all the blinds upstairs")
    assert call.target == Target(floor="upstairs", everything=True, device_class="blind")
    (call,) = parse_line("<TurnOn> <here> <it> <other>", "x")
    assert call.target == Target(here=True, it=True, other=True)


def test_texts_keep_the_characters_of_the_sentence() -> None:
    (call,) = parse_line(
        "<ListAdd> <item> crème fraîche <item> m & m's <list> einkauf", "Add Crème Fraîche, M&M’s to Einkauf"
    )
    assert call.values == {"item": ("Crème Fraîche", "M&M’s"), "list": "Einkauf"}


def test_a_repeated_piece_is_found_where_it_comes_next() -> None:
    (call,) = parse_line("<ListAdd> <item> milk <item> milk", "add Milk and then MILK")
    assert call.values == {"item": ("Milk", "MILK")}


def test_amounts() -> None:
    (call,) = parse_line(
        "<LightSet> <it> <brightness> <down> ten <color> dark red", "make it ten percent darker and dark red"
    )
    assert call.values == {"brightness": Quantity(10, "down", "", "ten"), "color": "dark red"}
    (call,) = parse_line("<LightSet> <it> <brightness> <up>", "brighter")
    assert call.values == {"brightness": Quantity(None, "up", "", "")}


def test_lengths_and_times() -> None:
    text = "in an hour and a half turn the oven off, at half past six"
    (call,) = parse_line(
        "<StartTimer> <duration> an hour and a half <command> turn the oven off <at> half past six", text
    )
    assert call.values == {
        "duration": Quantity(5400, unit="s", words="an hour and a half"),
        "command": ("turn the oven off",),
        "at": Quantity(23400, unit="clock", words="half past six"),
    }


def test_flags_are_values() -> None:
    (call,) = parse_line("<GetState> <class:window> <ask:any> <state:open>", "any windows open")
    assert call == Call("GetState", Target(device_class="window"), (), {"ask": "any", "state": "open"})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "<end>",
        "hello",
        "<TurnOn> <name>",
        "<TurnOn> <name> kitchen lamp",
        "<TurnOn> <name> lamp kitchen",
        "<TurnOn> <name> lamp <name> kitchen",
        "<TurnOn> <brightness> ten",
        "<LightSet> <brightness>",
        "<TurnOn> <;>",
        "<TurnOn> <end> <TurnOn>",
        "<GetTime> <name> lamp",
        "<Nonsense>",
        "<TurnOn> <except>",
        "<begin>",
        "<pad>",
    ],
)
def test_illegal_lines_are_refused(line: str) -> None:
    with pytest.raises(LineError, match="not a line of the command language"):
        parse_line(line, "turn on the lamp in the kitchen")


@given(st.lists(st.sampled_from([*language.tokens(), "lamp", "on", "<", "x"]), max_size=10), st.text(max_size=30))
def test_any_line_is_calls_or_an_error(pieces: list[str], text: str) -> None:
    try:
        calls = parse_line(" ".join(pieces), "turn on the lamp " + text)
    except LineError:
        return
    assert calls


@pytest.mark.parametrize(
    ("text", "line", "mode", "value"),
    [
        ("thermostat to minus ten", "<ClimateSet> <name> thermostat <temperature> <down> ten", "set", -10),
        ("thermostat to - 10", "<ClimateSet> <name> thermostat <temperature> 10", "set", -10),
        ("fan at minus twenty percent", "<FanSetSpeed> <domain:fan> <percentage> <down> twenty", "set", -20),
        ("a brightness of negative 5", "<LightSet> <it> <brightness> 5", "set", -5),
        ("brightness minus ten", "<LightSet> <it> <brightness> <down> ten", "down", 10),
        ("brightness minus ten", "<LightSet> <it> <brightness> <down> minus ten", "down", 10),
        ("turn it down by ten", "<LightSet> <it> <brightness> <down> ten", "down", 10),
        ("turn it down to ten", "<LightSet> <it> <brightness> ten", "set", 10),
    ],
)
def test_values_below_zero_and_steps(text: str, line: str, mode: str, value: float) -> None:
    (call,) = parse_line(line, text)
    (wish,) = call.values.values()
    assert isinstance(wish, Quantity)
    assert (wish.mode, wish.value) == (mode, value)


@pytest.mark.parametrize(
    ("text", "line", "seconds"),
    [
        ("a timer for minus five minutes", "<StartTimer> <duration> five minutes", -300),
        ("a timer of negative ten seconds", "<StartTimer> <duration> ten seconds", -10),
        ("minus five minutes on the timer", "<DecreaseTimer> <duration> five minutes", 300),
        ("five minutes", "<StartTimer> <duration> five minutes", 300),
    ],
)
def test_lengths_below_zero(text: str, line: str, seconds: float) -> None:
    (call,) = parse_line(line, text)
    length = call.values["duration"]
    assert isinstance(length, Quantity)
    assert length.value == seconds
