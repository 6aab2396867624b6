from __future__ import annotations

import threading

from appliance.demo.wire import Clock


def test_jobs_run_in_the_order_of_their_time() -> None:
    clock, done, order = Clock(), threading.Event(), list[str]()
    clock.later(0.03, lambda: order.append("second"))
    clock.later(0.01, lambda: order.append("first"))
    clock.later(0.05, done.set)
    clock.start()
    assert done.wait(5)
    clock.stop()
    assert order == ["first", "second"]


def test_a_failing_job_does_not_stop_the_others() -> None:
    clock, done = Clock(), threading.Event()

    def fail() -> None:
        raise RuntimeError

    clock.start()
    clock.later(0, fail)
    clock.later(0, done.set)
    assert done.wait(5)
    clock.stop()


def test_what_is_planned_is_dropped_at_the_end() -> None:
    clock, ran = Clock(), threading.Event()
    clock.start()
    clock.later(60, ran.set)
    clock.stop()
    assert not ran.is_set()
    Clock().stop()  # never started
