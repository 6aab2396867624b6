"""Times of the past in words."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.recall.times import find_when, moment_words

NOW = datetime(2026, 11, 23, 15, 0).timestamp()  # noqa: DTZ001 - local time, a Monday


def span(text: str, now: float = NOW) -> tuple[str, str, str]:
    """Start, end (both as day and clock) and the words of a time."""
    when, _rest = find_when(text, now)
    assert when is not None, text
    start, end = (datetime.fromtimestamp(t) for t in (when.start, when.end))  # noqa: DTZ006
    return f"{start:%d %H:%M}", f"{end:%d %H:%M}", when.words


@pytest.mark.parametrize(
    ("text", "start", "end", "words"),
    [
        ("today", "23 00:00", "23 15:00", "today"),
        ("yesterday", "22 00:00", "23 00:00", "yesterday"),
        ("the day before yesterday", "21 00:00", "22 00:00", "the day before yesterday"),
        ("last night", "22 20:00", "23 08:00", "last night"),
        ("overnight", "22 20:00", "23 08:00", "last night"),
        ("this morning", "23 05:00", "23 12:00", "this morning"),
        ("this afternoon", "23 12:00", "23 15:00", "this afternoon"),
        ("yesterday evening", "22 18:00", "23 00:00", "yesterday evening"),
        ("on sunday", "22 00:00", "23 00:00", "on Sunday"),
        ("last monday", "16 00:00", "17 00:00", "on Monday"),
        ("on friday night", "20 20:00", "21 08:00", "on Friday night"),
        ("last week", "16 00:00", "23 00:00", "last week"),
        ("this month", "01 00:00", "23 15:00", "this month"),
        ("in the last 3 hours", "23 12:00", "23 15:00", "in the last 3 hours"),
        ("over the past hour", "23 14:00", "23 15:00", "in the past hour"),
        ("2 hours ago", "23 13:00", "23 13:00", "2 hours ago"),
        ("half an hour ago", "23 14:30", "23 14:30", "half an hour ago"),
        ("between 2 and 4", "23 14:00", "23 15:00", "between 14:00 and 16:00"),
        ("between 2 and 4 pm yesterday", "22 14:00", "22 16:00", "between 14:00 and 16:00 yesterday"),
        ("from 10 to 2", "23 10:00", "23 14:00", "between 10:00 and 14:00"),
        ("last night between 2 and 4", "23 02:00", "23 04:00", "between 02:00 and 04:00 last night"),
        ("between 10 and 1 last night", "22 22:00", "23 01:00", "between 22:00 and 01:00 last night"),
        ("yesterday between 9 and 11", "22 09:00", "22 11:00", "between 09:00 and 11:00 yesterday"),
        ("since 8", "23 08:00", "23 15:00", "since 08:00"),
        ("since 8 pm", "22 20:00", "23 15:00", "since 20:00 yesterday"),
        ("since yesterday", "22 00:00", "23 15:00", "since yesterday"),
        ("since noon", "23 12:00", "23 15:00", "since 12:00"),
        ("since this morning", "23 05:00", "23 15:00", "since this morning"),
        ("at 3 pm yesterday", "22 15:00", "22 15:00", "at 15:00 yesterday"),
        ("at 14:30", "23 14:30", "23 14:30", "at 14:30"),
        ("yesterday at 3", "22 15:00", "22 15:00", "at 15:00 yesterday"),
        ("yesterday at noon", "22 12:00", "22 12:00", "at 12:00 yesterday"),
        ("before 6 am today", "23 00:00", "23 06:00", "before 06:00 today"),
        ("after 10 pm yesterday", "22 22:00", "23 00:00", "after 22:00 yesterday"),
    ],
)
def test_a_time_in_words(text: str, start: str, end: str, words: str) -> None:
    assert span(text) == (start, end, words)


def test_in_the_small_hours_last_night_is_the_one_that_ends() -> None:
    now = datetime(2026, 11, 23, 2, 0).timestamp()  # noqa: DTZ001
    assert span("last night", now)[:2] == ("22 20:00", "23 02:00")
    assert span("at 11", now)[0] == "22 23:00"


def test_the_rest_of_the_sentence_is_left() -> None:
    assert find_when("which pump ran hottest last night", NOW)[1] == "which pump ran hottest"
    assert find_when("what was the highest temperature in the barn in the last 3 hours", NOW)[1] == (
        "what was the highest temperature in the barn"
    )
    assert find_when("was the door open between 2 and 4 yesterday", NOW)[1] == "was the door open"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "turn on the light",
        "since when is it on",
        "the last light",
        "at 8 degrees",
        "at 99",
        "from 30 to 40",
        "for 5 minutes",
    ],
)
def test_no_time(text: str) -> None:
    assert find_when(text, NOW) == (None, text)


@given(
    st.lists(
        st.sampled_from(
            "last night yesterday between from to and 2 4 12 25 : 30 pm am since at before monday week hour ago the in half an".split()
        ),
        max_size=10,
    ),
    st.floats(1e9, 4e9),
)
def test_any_words_are_a_time_of_the_past_or_none(words: list[str], now: float) -> None:
    when, _rest = find_when(" ".join(words), now)
    assert when is None or when.end <= now + 1 or when.start <= when.end + 86_400


def test_moments_as_people_say_them() -> None:
    hour = 3600.0
    assert moment_words(NOW - hour, NOW) == "at 14:00"
    assert moment_words(NOW - 24 * hour, NOW) == "yesterday at 15:00"
    assert moment_words(NOW - 72 * hour, NOW) == "on Friday at 15:00"
    assert moment_words(NOW - 20 * 24 * hour, NOW) == "on 3 November at 15:00"
    assert moment_words(NOW - 400 * 24 * hour, NOW).startswith("on 19 October 2025 at ")
