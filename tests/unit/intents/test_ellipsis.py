import pytest

from appliance.intents.ellipsis import filled
from appliance.intents.parse import parse_line


def read(text: str, line: str) -> list[tuple[str | None, str | None, float | None]]:
    calls = filled(parse_line(line, text))
    lengths = [getattr(call.values.get("duration"), "value", None) for call in calls]
    return [(call.target.name, call.target.area, length) for call, length in zip(calls, lengths, strict=True)]


@pytest.mark.parametrize(
    ("text", "line", "names"),
    [
        (
            "left bedside lamp to 10 right one to 50",
            "<LightSet> <name> left bedside lamp <brightness> 10 <;> <LightSet> <name> right <brightness> 50",
            ["left bedside lamp", "right bedside lamp"],
        ),
        (
            "the upper shelf light off the lower one on",
            "<TurnOff> <name> upper shelf light <;> <TurnOn> <name> lower",
            ["upper shelf light", "lower shelf light"],
        ),
        (
            "big fan on kettle off",
            "<TurnOn> <name> big fan <;> <TurnOff> <name> kettle",
            ["big fan", "kettle"],
        ),
        (
            "reading lamp on right off",
            "<TurnOn> <name> reading lamp <;> <TurnOff> <name> right",
            ["reading lamp", "right"],
        ),
        (
            "front door lamp on the left one off",
            "<TurnOn> <name> front door lamp <;> <TurnOff> <name> left",
            ["front door lamp", "left"],
        ),
    ],
)
def test_a_side_stands_for_the_name_before_it(text: str, line: str, names: list[str]) -> None:
    assert [name for name, _, _ in read(text, line)] == names


def test_the_place_goes_with_the_name() -> None:
    text = "left blind in the study up the right one down"
    line = "<Open> <name> left blind <area> study <;> <Close> <name> right"
    assert read(text, line)[1][:2] == ("right blind", "study")


@pytest.mark.parametrize(
    ("text", "line", "lengths"),
    [
        (
            "a timer for ten minutes and another for twenty",
            "<StartTimer> <duration> ten minutes <;> <StartTimer> <duration> twenty",
            [600, 1200],
        ),
        (
            "timer for 1 hour and one more for 2",
            "<StartTimer> <duration> 1 hour <;> <StartTimer> <duration> 2",
            [3600, 7200],
        ),
        (
            "a timer for ten minutes and another for twenty seconds",
            "<StartTimer> <duration> ten minutes <;> <StartTimer> <duration> twenty seconds",
            [600, 20],
        ),
        (
            "a timer for one hour and ten minutes and another for twenty",
            "<StartTimer> <duration> one hour and ten minutes <;> <StartTimer> <duration> twenty",
            [4200, None],
        ),
    ],
)
def test_a_number_takes_the_unit_of_the_timer_before_it(text: str, line: str, lengths: list[float | None]) -> None:
    assert [length for _, _, length in read(text, line)] == lengths


@pytest.mark.parametrize(
    ("text", "line", "domain", "name"),
    [
        (
            "the fan in the snug off and the one in the byre on",
            "<TurnOff> <area> snug <domain:fan> <;> <TurnOn> <area> byre",
            "fan",
            None,
        ),
        (
            "turn off the big telly in the snug and the one in the byre",
            "<TurnOff> <name> big telly <area> snug <;> <TurnOff> <area> byre",
            None,
            "telly",
        ),
        ("fan off in the snug and the byre on", "<TurnOff> <domain:fan> <;> <TurnOn> <area> byre", None, None),
    ],
)
def test_the_one_in_a_place_is_what_was_spoken_of(text: str, line: str, domain: str | None, name: str | None) -> None:
    last = filled(parse_line(line, text), text)[-1]
    assert (last.target.domain, last.target.name) == (domain, name)


@pytest.mark.parametrize(
    ("text", "line", "asked"),
    [
        ("are the urn and the fan off", "<GetState> <name> urn <ask:yesno> <state:off> <;> <TurnOff> <name> fan", True),
        ("are the urn and the fan off", "<TurnOff> <name> urn <;> <TurnOff> <name> fan", True),
        ("are the urn and the fan off", "<TurnOff> <name> urn <;> <TurnOn> <name> fan", False),
        ("is the urn on turn the fan off", "<GetState> <name> urn <ask:yesno> <state:on> <;> <TurnOff> <name> fan", False),
        ("the urn and the fan off", "<TurnOff> <name> urn <;> <TurnOff> <name> fan", False),
    ],
)  # fmt: skip
def test_a_question_for_several_things_asks_for_each(text: str, line: str, *, asked: bool) -> None:
    assert all(call.name == "GetState" for call in filled(parse_line(line, text), text)) is asked


@pytest.mark.parametrize(
    ("line", "exempting"),
    [
        ("<TurnOff> <area> byre <domain:light> <;> <TurnOff> <area> snug <domain:light> <except> <name> beacon", 2),
        ("<TurnOff> <floor> upstairs <all> <;> <TurnOff> <floor> downstairs <all> <except> <area> snug", 2),
        ("<TurnOff> <area> byre <domain:fan> <;> <TurnOff> <area> snug <domain:light> <except> <name> beacon", 1),
        ("<TurnOn> <area> byre <domain:light> <;> <TurnOff> <area> snug <domain:light> <except> <name> beacon", 1),
        ("<TurnOff> <name> churn <area> byre <;> <TurnOff> <area> snug <domain:light> <except> <name> beacon", 1),
    ],
)
def test_an_exception_behind_several_places_is_for_all_of_them(line: str, exempting: int) -> None:
    text = "in the byre, the snug, upstairs and downstairs, except the beacon or churn"
    assert sum(bool(call.excepts) for call in filled(parse_line(line, text), text)) == exempting
