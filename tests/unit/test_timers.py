"""Timers ring once, outlive a restart, and are told apart by name and length."""

from __future__ import annotations

import threading

import pytest

from appliance.errors import RequestError
from appliance.timers import MAX_TIMERS, Timer, Timers, Which


class Clock:
    """A wall clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timers(clock: Clock) -> Timers:
    return Timers(lambda _timer: None, now=clock)


def test_the_only_timer_needs_no_name(timers: Timers, clock: Clock) -> None:
    timers.add(300)
    clock.now += 60
    assert timers.find(Which()).remaining(clock.now) == 240


def test_a_timer_is_found_by_its_name_or_by_its_first_length(timers: Timers) -> None:
    timers.add(300, name="Pizza")
    timers.add(600)
    assert timers.find(Which(name="pizza")).length == 300
    assert timers.find(Which(start_seconds=600)).name == ""
    with pytest.raises(RequestError, match="Which timer do you mean: the Pizza timer or the 10 minute timer"):
        timers.find(Which())
    with pytest.raises(RequestError, match="no such timer"):
        timers.find(Which(name="eggs"))


def test_a_place_is_called_by_its_name_or_its_id(timers: Timers) -> None:
    timers.add(300, area="Living room")
    timers.add(600, area="kitchen")
    assert timers.find(Which(area="living_room")).length == 300
    assert timers.find(Which(area="Kitchen")).length == 600
    assert timers.cancel_all("living_room") == 1
    assert [timer.length for timer in timers.all()] == [600]


def test_pause_stops_the_clock_and_resume_goes_on(timers: Timers, clock: Clock) -> None:
    timers.add(100)
    clock.now += 40
    timers.pause(Which())
    clock.now += 1000
    assert timers.find(Which()).remaining(clock.now) == 60
    timers.resume(Which())
    clock.now += 10
    assert timers.find(Which()).remaining(clock.now) == 50


def test_lengthen_and_shorten_never_end_in_the_past(timers: Timers, clock: Clock) -> None:
    timers.add(100)
    assert timers.change(Which(), 60).remaining(clock.now) == 160
    assert timers.change(Which(), -500).remaining(clock.now) == 0


@pytest.mark.parametrize("seconds", [0, -5, 8 * 24 * 3600, float("nan")])
def test_impossible_lengths_are_refused(timers: Timers, seconds: float) -> None:
    with pytest.raises(RequestError):
        timers.add(seconds)


def test_the_number_of_timers_is_bounded(timers: Timers) -> None:
    for _ in range(MAX_TIMERS):
        timers.add(60)
    with pytest.raises(RequestError, match="cancel one"):
        timers.add(60)
    assert timers.cancel_all() == MAX_TIMERS


def test_a_timer_that_ended_while_the_node_was_off_rings_at_start(clock: Clock) -> None:
    rang: list[Timer] = []
    done = threading.Event()

    def ring(timer: Timer) -> None:
        rang.append(timer)
        done.set()

    timers = Timers(ring, now=clock)
    timers.start_thread([Timer(id=7, length=60, ends=clock.now - 5, name="tea")])
    assert done.wait(5)
    timers.stop()
    assert [timer.name for timer in rang] == ["tea"]
    assert timers.all() == ()


def test_trouble_in_one_ring_does_not_silence_the_next(clock: Clock) -> None:
    rang: list[str] = []
    done = threading.Event()

    def ring(timer: Timer) -> None:
        if timer.name == "bad":
            raise RuntimeError(timer.name)
        rang.append(timer.name)
        done.set()

    timers = Timers(ring, now=clock)
    timers.start_thread([Timer(id=1, length=1, ends=0, name="bad"), Timer(id=2, length=1, ends=0, name="good")])
    assert done.wait(5)
    timers.stop()
    assert rang == ["good"]


def test_every_change_is_saved(clock: Clock) -> None:
    saved: list[tuple[Timer, ...]] = []
    timers = Timers(lambda _timer: None, save=saved.append, now=clock)
    timers.add(60)
    timers.cancel(Which())
    assert [len(state) for state in saved] == [1, 0]


def test_setting_the_clock_neither_rings_nor_delays_what_was_set_in_this_run(clock: Clock) -> None:
    steady, rung = Clock(), list[Timer]()
    timers = Timers(rung.append, now=clock, steady=steady)
    timers.add(300)
    for jump in (365 * 86_400.0, -400 * 86_400.0):
        clock.now += jump
        assert timers.all()[0].remaining(clock.now) == 300
    steady.now += 100
    clock.now += 100
    assert timers.all()[0].remaining(clock.now) == 200
    assert not rung


def test_what_a_run_before_set_goes_by_the_clock_that_was_right(clock: Clock) -> None:
    steady, saved = Clock(), list[tuple[Timer, ...]]()
    timers = Timers(lambda _timer: None, now=clock, steady=steady, save=saved.append)
    with timers._changed:
        timers._timers[7] = Timer(7, 300, clock.now + 300)
    clock.now += 120  # the machine was off for two minutes, and learns the time
    assert timers.all()[0].remaining(clock.now) == 180


def test_timers_are_saved_with_the_time_that_was_set(clock: Clock) -> None:
    steady, saved = Clock(), list[tuple[Timer, ...]]()
    timers = Timers(lambda _timer: None, now=clock, steady=steady, save=saved.append)
    timers.add(300)
    clock.now += 86_400
    timers.all()
    assert saved[-1][0].ends == clock.now + 300


@pytest.mark.parametrize(
    ("timer", "stale"),
    [
        (Timer(1, 60, 1000.0, command="open the blinds"), True),
        (Timer(1, 60, 2000.0, command="open the blinds"), False),
        (Timer(1, 60, 1000.0, name="tea"), False),
        (Timer(1, 60, 1000.0, command="turn off x", actions=({"entity": "switch.x", "command": "turn_off"},)), False),
        (Timer(1, 60, 1000.0, command="turn on x", actions=({"entity": "switch.x", "command": "turn_on"},)), True),
    ],
)
def test_a_command_that_comes_too_late_is_not_done(timer: Timer, stale: bool) -> None:
    """A node that was off does not open the blinds in the evening; but what was on for a while goes off, however late."""
    assert timer.is_stale(2050.0) is stale
