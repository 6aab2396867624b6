"""Conditions that the clock tells."""

from __future__ import annotations

import time

import pytest

from appliance.plainly.oclock import hours


def at(hour: int, minute: int = 0, day: int = 1) -> time.struct_time:
    """A moment on a Tuesday, or another day of its week."""
    return time.struct_time((2026, 12, 1, hour, minute, 0, day, 335, 0))


@pytest.mark.parametrize(
    ("said", "holds", "fails"),
    [
        ("it's after 8 pm", [at(20), at(23), at(2)], [at(9), at(19, 59)]),
        ("it is later than 20:30", [at(20, 30)], [at(20, 29), at(7)]),
        ("it's before half past seven in the morning", [at(7, 29), at(0)], [at(7, 30), at(20)]),
        ("it's past quarter to nine am", [at(8, 45)], [at(8, 44)]),
        ("it's not before noon", [at(12), at(18)], [at(11, 59)]),
        ("it's after midnight", [at(0), at(5, 59)], [at(6), at(21)]),
        # the nearer one of the two that may be meant
        ("it's after eight", [at(9), at(21), at(8)], [at(7), at(19), at(15)]),
        ("it's gone seven thirty", [at(7, 31), at(20)], [at(7, 29), at(19, 29)]),
        ("it's between ten pm and 6 am", [at(23), at(5, 59)], [at(6), at(21)]),
        ("it's the weekend", [at(12, day=5), at(0, day=6)], [at(12)]),
        ("it isn't a weekday", [at(12, day=5)], [at(12)]),
        ("today is Monday", [at(12, day=0)], [at(12)]),
        ("it's still morning", [at(9)], [at(12), at(3)]),
    ],
)
def test_the_clock_tells(said: str, holds: list[time.struct_time], fails: list[time.struct_time]) -> None:
    found = hours(said)
    assert found is not None
    when, wanted = found
    assert [when.hold(now) is wanted for now in (*holds, *fails)] == [True] * len(holds) + [False] * len(fails)


@pytest.mark.parametrize(
    "said", ["it's after dinner", "it's after 25", "it's before 7:75", "it's on", "the hatch is open"]
)
def test_other_conditions_are_left_to_others(said: str) -> None:
    assert hours(said) is None
