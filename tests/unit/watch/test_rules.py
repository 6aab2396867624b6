"""The rules of watches: when alerts are raised and cleared."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from appliance.config import WatchSettings
from appliance.watch.engine import MAX_SERIES, AlertChange, Engine
from appliance.watch.rules import SLOTS, Condition, Verdict, Window

STEPS = st.lists(st.tuples(st.floats(0, 50), st.booleans(), st.booleans()), max_size=60)


def engine(**keys: Any) -> Engine:
    return Engine([WatchSettings(id="w", topics=("x",), **keys)])


def run(watch: Engine, *readings: tuple[float, float | str]) -> list[tuple[float, str, bool]]:
    """Feed readings of one series; the changes as time, rule, raised."""
    changes: list[AlertChange] = []
    for t, value in readings:
        changes += watch.tick(t)
        changes += watch.take("w", "x", value, t)
    return [(change.t, change.rule, change.raised) for change in changes]


def test_above_is_raised_and_cleared_with_hysteresis() -> None:
    changes = run(engine(above=8, hysteresis=1), (0, 5), (1, 8), (2, 8.1), (3, 7.5), (4, 8.2), (5, 7), (6, 9))
    assert changes == [(2, "above", True), (5, "above", False), (6, "above", True)]


def test_below_is_the_other_way_round() -> None:
    assert run(engine(below=2, hysteresis=0.5), (0, 2), (1, 1.9), (2, 2.2), (3, 2.5)) == [
        (1, "below", True), (3, "below", False),
    ]  # fmt: skip


def test_it_must_last_without_a_break() -> None:
    watch = engine(above=8, for_s=10)
    assert run(watch, (0, 9), (5, 7), (6, 9), (15, 9)) == []
    assert run(watch, (16, 9)) == [(16, "above", True)]


def test_time_alone_raises_what_lasts() -> None:
    watch = engine(above=8, for_s=10)
    assert run(watch, (0, 9)) == []
    assert [change.raised for change in watch.tick(10)] == [True]
    assert watch.tick(11) == []


def test_it_must_be_over_for_a_while_to_be_cleared() -> None:
    watch = engine(above=8, clear_for_s=5)
    assert run(watch, (0, 9), (1, 7), (3, 9), (4, 7), (8, 7)) == [(0, "above", True)]
    (cleared,) = watch.tick(9)
    assert not cleared.raised
    assert cleared.since == 4


def test_a_change_tells_what_was_compared() -> None:
    (change,) = engine(above=8).take("w", "x", 9.5, 3.0)
    assert (change.value, change.limit, change.reading, change.since) == (9.5, 8, 9.5, 3.0)


def test_the_mean_of_a_window_forgives_a_single_spike() -> None:
    readings = [(float(t), 5.0) for t in range(20)]
    readings[10] = (10.0, 40.0)
    assert run(engine(above=8, window_s=10), *readings[:15]) == [(10, "above", True)]
    assert run(engine(above=8), *readings[:15]) == [(10, "above", True), (11, "above", False)]
    assert run(engine(above=10, window_s=60), *readings) == []


def test_a_fast_rise_and_a_fast_fall() -> None:
    watch = engine(rise=3, fall=3, per_s=60)
    assert run(watch, (0, 20), (30, 22), (59, 23.5)) == [(59, "rise", True)]
    assert run(watch, (200, 23.5)) == [(200, "rise", False)]
    assert run(watch, (210, 19)) == [(210, "fall", True)]


def test_a_slow_rise_is_none() -> None:
    assert run(engine(rise=3, per_s=60), *[(t * 60.0, 20.0 + t) for t in range(30)]) == []


def test_silence_is_missed_and_ended() -> None:
    watch = engine(missing_s=30)
    assert run(watch, (0, 1), (30, 1)) == []
    (missed,) = watch.tick(61)
    assert (missed.rule, missed.raised, missed.since) == ("missing", True, 61)
    assert run(watch, (70, 1)) == [(70, "missing", False)]


def test_a_topic_that_was_never_heard_is_missed_too() -> None:
    watch = engine(missing_s=30)
    watch.expect("w", "x", 0)
    assert watch.tick(30) == []
    assert [change.rule for change in watch.tick(31)] == ["missing"]


def test_while_nobody_listens_silence_says_nothing() -> None:
    watch = engine(missing_s=30)
    run(watch, (0, 1))
    for t in range(0, 1000, 10):
        assert watch.tick(t, listening=False) == []
    assert watch.tick(1010) == []
    assert [change.rule for change in watch.tick(1030)] == ["missing"]


def test_a_source_that_tells_its_going_away_may_be_silent() -> None:
    watch = engine(missing_s=30)
    watch.alive("w", "x", True, 0)
    assert watch.tick(500) == []
    watch.alive("w", "x", False, 500)
    assert watch.tick(530) == []
    assert [change.raised for change in watch.tick(531)] == [True]
    watch.alive("w", "x", True, 540)
    assert [change.raised for change in watch.tick(541)] == [False]


def test_readings_that_never_change() -> None:
    watch = engine(flat_s=100, flat_band=0.1)
    assert run(watch, *[(float(t), 20.0 + 0.05 * (t % 2)) for t in range(0, 99, 3)]) == []
    assert run(watch, (101, 20.0)) == [(101, "flat", True)]
    assert run(watch, (105, 20.5)) == [(105, "flat", False)]


def test_a_text_that_is_an_alert() -> None:
    assert run(engine(equals="open"), (0, "closed"), (1, " OPEN "), (2, "closed")) == [
        (1, "equals", True), (2, "equals", False),
    ]  # fmt: skip
    assert run(engine(equals="1"), (0, 1.0)) == [(0, "equals", True)]


def test_texts_say_nothing_to_rules_over_numbers() -> None:
    assert run(engine(above=1, rise=1, zscore=3, flat_s=1, below=0), *[(float(t), "nan?") for t in range(50)]) == []


def test_what_is_unusual_for_this_sensor() -> None:
    watch = engine(zscore=5, zscore_over_s=3600)
    normal = [(10.0 * n, 60 + 2 * math.sin(n)) for n in range(200)]
    assert run(watch, *normal) == []
    assert run(watch, (2000, 75)) == [(2000, "zscore", True)]
    assert run(watch, (2010, 60)) == [(2010, "zscore", False)]


def test_a_step_of_a_calm_sensor_is_no_surprise() -> None:
    assert run(engine(zscore=5), *[(10.0 * n, 20.0 + (0.1 if n % 40 == 39 else 0)) for n in range(200)]) == []


def test_a_lasting_change_becomes_usual() -> None:
    watch = engine(zscore=5, zscore_over_s=3600)
    run(watch, *[(10.0 * n, 60 + 2 * math.sin(n)) for n in range(200)])
    changes = run(watch, *[(2000 + 10.0 * n, 90 + 2 * math.sin(n)) for n in range(20_000)])
    assert [raised for _t, _rule, raised in changes] == [True, False]


def test_an_alert_of_the_run_before_goes_on() -> None:
    watch = engine(above=8)
    assert watch.restore("w", "x", "above", 0, since=-100)
    assert run(watch, (1, 9)) == []
    assert run(watch, (2, 5)) == [(2, "above", False)]
    assert not watch.restore("w", "x", "below", 0, since=0)
    assert not watch.restore("gone", "x", "above", 0, since=0)


def test_neither_an_outage_nor_a_restart_is_a_sign_of_life() -> None:
    watch = engine(missing_s=30)
    watch.expect("w", "x", 0)
    assert [change.raised for change in watch.tick(31)] == [True]
    assert watch.tick(40, listening=False) == []
    assert watch.tick(41) == []
    again = engine(missing_s=30)
    again.expect("w", "x", 100)
    assert again.restore("w", "x", "missing", 100, since=31)
    assert again.tick(101) == []
    assert again.take("w", "x", 1.0, 102, fresh=False) == []  # retained: nobody knows when it was sent
    assert run(again, (103, 1.0)) == [(103, "missing", False)]


def test_a_restart_moves_no_sensor_that_hangs() -> None:
    watch = engine(flat_s=60)
    assert watch.restore("w", "x", "flat", 0, since=-60)
    assert run(watch, (1, 5.0), (2, 5.0)) == []
    assert run(watch, (3, 5.1)) == [(3, "flat", False)]


def test_what_is_usual_must_be_known_before_something_is_usual_again() -> None:
    watch = engine(zscore=5)
    assert watch.restore("w", "x", "zscore", 0, since=-60)
    assert run(watch, *[(60.0 * n, 20 + n % 2) for n in range(29)]) == []
    assert [raised for _t, _rule, raised in run(watch, (2000, 20.0), (2060, 20.0))] == [False]


def test_a_number_equals_however_it_is_written() -> None:
    assert run(engine(equals="21.0"), (0, 21.0)) == [(0, "equals", True)]
    assert run(engine(equals="1234567"), (0, 1234567.0)) == [(0, "equals", True)]
    assert run(engine(equals=" Open "), (0, "open")) == [(0, "equals", True)]
    assert run(engine(equals="open"), (0, 21.0)) == []


def test_series_are_bounded() -> None:
    watch = engine(above=8)
    for number in range(MAX_SERIES + 10):
        watch.take("w", f"x{number}", 1.0, 0.0)
    assert len(watch) == MAX_SERIES
    assert watch.refused == 10


# --- what always holds ----------------------------------------------------------------------------------


@given(STEPS, st.floats(0, 30), st.floats(0, 30))
def test_a_condition_changes_only_after_its_patience(
    steps: list[tuple[float, bool, bool]], for_s: float, clear_for_s: float
) -> None:
    condition = Condition(for_s, clear_for_s)
    t, streak, raised = 0.0, 0.0, False
    last = Verdict(bad=False, good=True)
    began: float | None = None
    for pause, bad, good in steps:
        t += pause
        verdict = Verdict(bad=bad, good=good and not bad)
        turning = verdict.good if raised else verdict.bad
        was = last.good if raised else last.bad
        if turning and (began is None or not was):
            began = t
        streak = t - began if turning and began is not None else 0.0
        changed = condition.take(verdict, t)
        last = verdict
        if changed:
            assert turning
            assert streak >= (clear_for_s if raised else for_s)
            raised = not raised
        assert condition.raised is raised


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1e6, 1e6)), min_size=1, max_size=300), st.floats(1, 1000))
def test_a_window_keeps_its_bounds_and_its_size(readings: list[tuple[float, float]], span: float) -> None:
    window = Window(span)
    t, seen = 0.0, []
    for pause, value in readings:
        t += pause
        window.add(value, t)
        seen.append((t, value))
        recent = [v for at, v in seen if t - at <= span - span / SLOTS]
        around = [v for at, v in seen if t - at <= span + span / SLOTS]
        assert min(around) <= window.low <= min(recent)
        assert max(recent) <= window.high <= max(around)
        assert window.low - 1e-6 <= window.mean <= window.high + 1e-6
        assert len(window._slots) <= SLOTS + 2


@given(
    st.lists(st.tuples(st.floats(-10, 100), st.floats(-100, 100) | st.text(max_size=5)), max_size=80),
    st.fixed_dictionaries(
        {},
        optional={
            "above": st.floats(0, 50), "below": st.floats(-50, 0), "rise": st.floats(0, 50), "zscore": st.floats(0.5, 9),
            "missing_s": st.floats(1, 60), "flat_s": st.floats(1, 60), "for_s": st.floats(0, 20), "window_s": st.floats(0, 60),
        },
    ),
)  # fmt: skip
def test_raised_and_cleared_alternate_whatever_comes(
    readings: list[tuple[float, float | str]], keys: dict[str, float]
) -> None:
    watch = engine(**keys)
    state: dict[str, bool] = {}
    t = 0.0
    for pause, value in readings:
        t += pause  # the clock may even go back
        for change in [*watch.tick(t), *watch.take("w", "x", value, t)]:
            assert state.get(change.rule, False) is not change.raised
            state[change.rule] = change.raised
    assert {rule for _w, _s, rule in watch.raised()} == {rule for rule, raised in state.items() if raised}
