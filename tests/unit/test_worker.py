"""The worker answers everything it accepted, once, and stays bounded."""

from __future__ import annotations

import threading

from appliance.messages import Reply, Request
from appliance.worker import Worker


def request(number: int = 0) -> Request:
    return Request(id=str(number), text="x", source="test")


def echo(asked: Request) -> Reply:
    return Reply(id=asked.id, text=asked.id, speech="")


def test_requests_are_answered_in_order() -> None:
    worker = Worker(echo, size=100)
    answers: list[str] = []
    for i in range(50):
        worker.submit(request(i), lambda reply: answers.append(reply.text))
    worker.start()
    assert worker.ask(request(99), 5).text == "99"
    worker.stop()
    assert answers == [str(i) for i in range(50)]


def test_a_full_queue_refuses_at_once_and_counts() -> None:
    worker = Worker(echo, size=3)
    answers: list[Reply] = []
    for i in range(1000):
        worker.submit(request(i), answers.append)
    assert len(answers) == 997
    assert worker.refused == 997
    assert "busy" in answers[0].text
    worker.start()
    worker.ask(request(), 5)
    worker.stop()
    assert len(answers) == 1000


def test_a_defect_costs_one_answer_only() -> None:
    def handle(asked: Request) -> Reply:
        if asked.id == "1":
            raise RuntimeError
        return echo(asked)

    worker = Worker(handle, size=10)
    worker.start()
    assert "went wrong" in worker.ask(request(1), 5).text
    assert worker.ask(request(2), 5).text == "2"
    worker.stop()


def test_an_asker_that_fails_does_not_stop_the_others() -> None:
    worker = Worker(echo, size=10)
    worker.start()

    def fail(_reply: Reply) -> None:
        raise RuntimeError

    worker.submit(request(1), fail)
    assert worker.ask(request(2), 5).text == "2"
    worker.stop()


def test_what_waits_at_the_stop_is_answered() -> None:
    entered, release = threading.Event(), threading.Event()

    def slow(asked: Request) -> Reply:
        entered.set()
        release.wait(5)
        return echo(asked)

    worker = Worker(slow, size=10)
    worker.start()
    answers: list[str] = []
    worker.submit(request(1), lambda reply: answers.append(reply.text))
    assert entered.wait(5)
    worker.submit(request(2), lambda reply: answers.append(reply.text))
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    while not worker._stopping:
        pass
    release.set()
    stopper.join(5)
    assert answers == ["1", "I am shutting down."]
    worker.submit(request(3), lambda reply: answers.append(reply.text))
    assert "busy" in answers[-1]
