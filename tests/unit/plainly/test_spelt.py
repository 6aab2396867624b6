import pytest

from appliance.plainly.spelt import spelt


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("set a timer for 1/2 an hour", "set a timer for half an hour"),
        ("timer for 7 and a 1/2 minutes", "timer for 7 and a half minutes"),
        ("½ an hour", "half an hour"),
        ("2½ hours", "2 1/2 hours"),
        ("2 1/2 hours", "2 1/2 hours"),
        ("11/2 and 1/20", "11/2 and 1/20"),
        ("turn on the lamp", "turn on the lamp"),
        ("a 24-hour 30-minute and twenty-second timer", "a 24 hour 30 minute and twenty second timer"),
        ("the second-hand lamp", "the second-hand lamp"),
        ("Wheres Emma and whats the time", "Where's Emma and what's the time"),
        ("show the lamps", "show the lamps"),
        ("a degree and a half cooler", "one and a half degrees cooler"),
        ("raise it by two degrees celsius and a quarter", "raise it by two and a quarter degrees celsius"),
        ("up 2 degrees and a half", "up 2 and a half degrees"),
        ("dim it by five percent and a half hour later off", "dim it by five percent and a half hour later off"),
        ("two and a half degrees", "two and a half degrees"),
        ("the last degree and a half", "the last degree and a half"),
        ("in an hour and a half", "in an hour and a half"),
        ("the stove to 18 and a half", "the stove to 18.5"),
        ("the stove to twenty-one and a half degrees please", "the stove to 21.5 degrees please"),
        ("eighteen and a half minutes", "eighteen and a half minutes"),
        ("12 and a half pounds of flour", "12 and a half pounds of flour"),
        ("it is 20 and a half of it is gone", "it is 20 and a half of it is gone"),
    ],
)
def test_spells_out_what_is_typed_shorter(text: str, read: str) -> None:
    assert spelt(text) == read
