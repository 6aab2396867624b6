import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.intents.numbers import grown, number, numbers_of, quantity
from appliance.messages import Quantity
from appliance.text import words


def said(text: str) -> list[str]:
    return [word.text for word in words(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("twenty five", 25),
        ("twentyfive", 25),
        ("one hundred fortytwo", 142),
        ("ate", 8),
        ("25", 25),
        ("2.5", 2.5),
        ("6,5", 6.5),
        ("2,700", 2700),
        ("half", 0.5),
        ("a half", 0.5),
        ("half a", 0.5),
        ("a third", 1 / 3),
        ("two thirds", 2 / 3),
        ("three quarters", 0.75),
        ("1/2", 0.5),
        ("2 1/2", 2.5),
        ("two and a half", 2.5),
        ("twenty one and a half", 21.5),
        ("hundred", 100),
        ("a hundred and twenty", 120),
        ("twenty seven hundred", 2700),
        ("two thousand seven hundred", 2700),
        ("a dozen", 12),
        ("two dozen", 24),
        ("a couple", 2),
        ("minus five", -5),
        ("-5", -5),
        ("sixty-five", 65),
        ("one point five", 1.5),
        ("19 point 5", 19.5),
        ("nineteen point five", 19.5),
        ("ninety nine", 99),
        ("one hundred and one", 101),
        ("a couple of", 2),
        ("zero", 0),
    ],
)
def test_reads_numbers(text: str, value: float) -> None:
    assert number(said(text)) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "and",
        "five twenty",
        "twenty zero",
        "lamp",
        "twenty lamps",
        "point",
        "five point lamp",
        "1/0",
        "9" * 40,
        "half lamp",
    ],
)
def test_reads_nothing_into_other_words(text: str) -> None:
    assert number(said(text)) is None


@given(st.integers(0, 999_999))
def test_reads_digits_and_their_spelling(value: int) -> None:
    assert number([str(value)]) == value
    assert number(said(f"{value:,}")) == value
    assert number(spelled(value)) == value


def spelled(value: int) -> list[str]:
    small = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
    tens = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
    if value < 20:
        return [small[value]]
    if value < 100:
        return [tens[value // 10], *(spelled(value % 10) if value % 10 else [])]
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            return [*spelled(value // size), name, *(spelled(value % size) if value % size else [])]
    raise AssertionError


@given(
    st.lists(
        st.sampled_from("a and half point two twenty hundred thousand third - / 5 dozen of minus one".split()),
        max_size=8,
    )
)
def test_never_fails(text: list[str]) -> None:
    value = number(text)
    assert value is None or isinstance(value, float)


@pytest.mark.parametrize(
    ("key", "text", "direction", "value", "unit"),
    [
        ("brightness", "half", "set", 50, "%"),
        ("brightness", "max", "set", 100, "%"),
        ("brightness", "minimum", "set", 1, "%"),
        ("brightness", "the lowest setting", "set", 1, "%"),
        ("brightness", "a third", "set", 33.3333, "%"),
        ("brightness", "one hundred percent", "set", 100, "%"),
        ("brightness", "half", "times", 0.5, ""),
        ("brightness", "twice", "times", 2, ""),
        ("volume", "20 percent", "set", 20, "%"),
        ("volume", "minimum", "set", 0, "%"),
        ("percentage", "medium", "set", 50, "%"),
        ("percentage", "low", "set", 33, "%"),
        ("percentage", "high", "set", 100, "%"),
        ("position", "all the way", "set", 100, "%"),
        ("position", "three quarters", "set", 75, "%"),
        ("kelvin", "warm white", "set", 2700, "kelvin"),
        ("kelvin", "2700", "set", 2700, "kelvin"),
        ("temperature", "half", "up", 0.5, ""),
        ("temperature", "70 degrees fahrenheit", "set", 70, "fahrenheit"),
        ("temperature", "21 °C", "set", 21, "celsius"),
    ],
)
def test_reads_amounts_of_slots(key: str, text: str, direction: str, value: float, unit: str) -> None:
    read = quantity(key, said(text), direction)
    assert read.value == pytest.approx(value)
    assert (read.mode, read.unit, read.words) == (direction, unit, " ".join(said(text)))


def test_a_direction_alone_has_no_value() -> None:
    assert quantity("brightness", [], "up") == Quantity(None, "up", "", "")


def test_what_only_the_home_knows_keeps_its_words() -> None:
    assert quantity("temperature", ["maximum"], "set") == Quantity(None, "set", "", "maximum")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("half way", 50),
        ("halfway", 50),
        ("half open", 50),
        ("half closed", 50),
        ("a quarter", 25),
        ("a quarter open", 25),
        ("a quarter closed", 75),
        ("three quarters", 75),
        ("two thirds shut", 33.3333),
        ("all the way", 100),
        ("all the way open", 100),
        ("all the way closed", 0),
        ("fully", 100),
        ("fully closed", 0),
        ("wide open", 100),
        ("open", 100),
        ("closed", 0),
        ("40 percent closed", 60),
        ("ninety nine percent", 99),
        ("lamp open", None),
    ],
)
def test_positions_are_how_far_it_is_open(text: str, value: float | None) -> None:
    read = quantity("position", said(text)).value
    assert read == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("to 19 point 5 degrees", "19 point", "19 point 5"),
        ("to 19 point 5 degrees", "19", "19 point 5"),
        ("to one point two five", "one point two", "one point two five"),
        ("to twenty five please", "twenty", "twenty five"),
        ("to minus five degrees", "five", "minus five"),
        ("to twenty one and a half degrees", "twenty one", "twenty one and a half"),
        ("to twenty and the fan", "twenty", "twenty"),
        ("to twenty and a lamp", "twenty", "twenty"),
        ("to 20 5 times", "20", "20"),
        ("to half and half", "half", "half"),
        ("to max five", "max", "max"),
        ("white at two thousand seven hundred kelvin", "seven hundred", "two thousand seven hundred"),
        ("white at two thousand seven hundred kelvin", "two thousand", "two thousand seven hundred"),
        ("white at two thousand and dim", "two thousand", "two thousand"),
    ],
)
def test_a_number_that_was_cut_short_is_read_whole(text: str, part: str, whole: str) -> None:
    sentence, piece = said(text), said(part)
    first = next(i for i in range(len(sentence)) if sentence[i : i + len(piece)] == piece)
    start, end = grown(sentence, first, first + len(piece))
    assert sentence[start:end] == said(whole)


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("blind a quarter closed please", "quarter", "quarter closed"),
        ("blind 40 percent closed", "40", "40 percent closed"),
        ("blind to 40 percent", "40", "40"),
        ("blind to 40 and closed", "40", "40"),
    ],
)
def test_a_position_goes_on_to_the_word_it_is_measured_from(text: str, part: str, whole: str) -> None:
    sentence, piece = said(text), said(part)
    start, end = grown(sentence, sentence.index(piece[0]), sentence.index(piece[-1]) + 1, "position")
    assert sentence[start:end] == said(whole)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("set it to 40 and the other to sixty", {"40", "sixty"}),
        ("bring it down from seventy to forty", {"forty"}),
        ("all but the two in the hall", set()),
        ("I heard it a hundred times", set()),
        ("set a timer four ten minutes", {"ten"}),
        ("twenty four degrees", {"twenty", "four"}),
        ("turn on the two", {"two"}),
    ],
)
def test_numbers_that_give_no_value_are_left_out(text: str, found: set[str]) -> None:
    assert numbers_of(text) == found
