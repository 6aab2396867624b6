import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.intents.durations import clock, duration, whole_length
from appliance.text import words


def said(text: str) -> list[str]:
    return [word.text for word in words(text)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("an hour and a half", 5400),
        ("90 seconds", 90),
        ("one hour, 5 minutes", 3900),
        ("quarter of an hour", 900),
        ("three quarters of an hour", 2700),
        ("2 and a half minutes", 150),
        ("one and a half hours", 5400),
        ("half an hour", 1800),
        ("half a minute", 30),
        ("1:30", 90),
        ("1:00:05", 3605),
        ("an hour twenty", 4800),
        ("1h 30", 5400),
        ("two hours and a quarter", 8100),
        ("five-minute", 300),
        ("10 min", 600),
        ("one hour 15 minutes and 20 seconds", 4520),
        ("a couple of minutes", 120),
        ("hour", 3600),
        ("about ten more minutes", 600),
    ],
)
def test_reads_lengths(text: str, seconds: float) -> None:
    assert duration(said(text)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "five", "a while", "five minutes five hours", "1:lamp", "0 minutes", ":", "minutes five lamps"]
)
def test_reads_no_length_into_other_words(text: str) -> None:
    assert duration(said(text)) is None


@given(st.integers(0, 30), st.integers(0, 59), st.integers(0, 59))
def test_reads_every_sum(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds
    parts = [(hours, "hours"), (minutes, "minutes"), (seconds, "seconds")]
    text = " and ".join(f"{many} {unit}" for many, unit in parts if many)
    assert duration(said(text)) == (total or None)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("seven pm", "19:00"),
        ("7:30", "7:30"),
        ("noon", "12:00"),
        ("midnight", "0:00"),
        ("half past six", "6:30"),
        ("quarter to seven", "6:45"),
        ("quarter to seven in the evening", "18:45"),
        ("ten past five", "5:10"),
        ("twenty to eight tonight", "19:40"),
        ("seven thirty", "7:30"),
        ("seven oh five", "7:05"),
        ("eleven forty five pm", "23:45"),
        ("7 o'clock", "7:00"),
        ("19:45", "19:45"),
        ("12 am", "0:00"),
        ("12 pm", "12:00"),
        ("6 in the morning", "6:00"),
        ("6:30 p.m.", "18:30"),
        ("6.30 pm", "18:30"),
    ],
)
def test_reads_times_of_day(text: str, time: str) -> None:
    hour, minute = map(int, time.split(":"))
    assert clock(said(text)) == hour * 3600 + minute * 60


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "weekend", "25:00", "12:75", "thirty pm", "seven lamps", "past six", "half past half past six"],
)
def test_reads_no_time_into_other_words(text: str) -> None:
    assert clock(said(text)) is None


@given(
    st.lists(
        st.sampled_from("a half past to 7 : 30 pm noon quarter in the evening oh five and hour minutes of".split()),
        max_size=7,
    )
)
def test_never_fails(text: list[str]) -> None:
    time, length = clock(text), duration(text)
    assert time is None or 0 <= time < 86400
    assert length is None or length > 0


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("give it half an hour more", "an hour", "half an hour"),
        ("a timer of three quarters of an hour", "an hour", "three quarters of an hour"),
        ("a quarter of an hour for the eggs", "an hour", "a quarter of an hour"),
        ("wake me in an hour and a half", "an hour", "an hour and a half"),
        ("add 5 minutes to the rice", "5", "5 minutes"),
        ("ten minutes and a halfpenny", "ten minutes", "ten minutes"),
        ("ten minutes and twenty minutes", "ten minutes", "ten minutes"),
        ("at half past six for an hour", "an hour", "an hour"),
        ("in an hour", "an hour", "an hour"),
        ("for 80 hours 82 minutes and 63 seconds", "82 minutes", "80 hours 82 minutes and 63 seconds"),
        ("for one hour and twenty five minutes please", "twenty five minutes", "one hour and twenty five minutes"),
        ("for one hour and twenty five minutes please", "one hour", "one hour and twenty five minutes"),
        ("timers for one hour and five minutes", "one hour", "one hour"),
        ("add 5 minutes to the 1 hour timer", "5 minutes", "5 minutes"),
        ("in 5 minutes 2 lamps on", "5 minutes", "5 minutes"),
        ("in 5 minutes and the lamp in 10 seconds", "5 minutes", "5 minutes"),
    ],
)
def test_a_length_that_was_cut_short_is_made_whole(text: str, part: str, whole: str) -> None:
    sentence, cut = said(text), said(part)
    first = next(i for i in range(len(sentence)) if sentence[i : i + len(cut)] == cut)
    assert sentence[slice(*whole_length(sentence, first, first + len(cut)))] == said(whole)
