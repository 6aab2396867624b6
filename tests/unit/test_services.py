"""Tasks are done and answered in one sentence; what is missing is asked for."""

from __future__ import annotations

import time

import pytest

from appliance.errors import RequestError
from appliance.messages import Json, Request, Task
from appliance.services import Services
from appliance.store import Store
from appliance.timers import spoken

REQUEST = Request(id="1", text="x", source="cli")


@pytest.fixture
def announced() -> list[str]:
    return []


@pytest.fixture
def services(announced: list[str]) -> Services:
    return Services(Store(None), ring=lambda _timer: None, announce=announced.append, now=lambda: 1_000_000.0)


def run(services: Services, call: str, /, **data: Json) -> str:
    return services.run(Task(call, data), REQUEST)


def test_timers_are_named_in_every_answer(services: Services) -> None:
    assert run(services, "StartTimer", seconds=720, name="BBQ") == "The BBQ timer is set for 12 minutes."
    assert run(services, "StartTimer", seconds=90) == "A timer is set for 1 minute and 30 seconds."
    assert run(services, "IncreaseTimer", seconds=60, name="bbq") == "The BBQ timer now has 13 minutes left."
    assert "13 minutes left on the BBQ timer" in run(services, "TimerStatus")
    assert run(services, "CancelTimer", start_seconds=90) == "The 1 minute and 30 second timer is cancelled."
    assert run(services, "CancelAllTimers") == "1 timer cancelled."
    assert run(services, "TimerStatus") == "There is no timer."


def test_a_delayed_command_says_what_it_will_do(services: Services) -> None:
    assert run(services, "StartTimer", seconds=600, command="turn off the oven") == "In 10 minutes: turn off the oven."


def test_a_time_of_day_is_its_next_occurrence(services: Services) -> None:
    now = time.localtime(1_000_000.0)
    passed = 3600 * now.tm_hour + 60 * now.tm_min + now.tm_sec
    run(services, "StartTimer", at=(passed + 600) % 86_400, name="soon")
    run(services, "StartTimer", at=(passed - 600) % 86_400, name="tomorrow")
    assert run(services, "TimerStatus", name="soon") == "10 minutes left on the soon timer."
    assert run(services, "TimerStatus", name="tomorrow") == "23 hours and 50 minutes left on the tomorrow timer."


def test_timers_are_taken_up_after_a_restart() -> None:
    store = Store(None)
    first = Services(store, ring=lambda _timer: None, announce=lambda _text: None, now=lambda: 1000.0)
    first.run(Task("StartTimer", {"seconds": 600, "name": "tea"}), REQUEST)
    second = Services(store, ring=lambda _timer: None, announce=lambda _text: None, now=lambda: 1060.0)
    second.start()
    assert second.run(Task("TimerStatus"), REQUEST) == "9 minutes left on the tea timer."
    second.stop()


def test_items_keep_their_spelling(services: Services) -> None:
    assert (
        run(services, "ListAdd", items=["Crème fraîche", "6 eggs"])
        == "Crème fraîche and 6 eggs added to the shopping list."
    )
    assert run(services, "ListGet") == "On the shopping list: Crème fraîche, 6 eggs."
    assert run(services, "ListComplete", items=["crème Fraîche"]) == "Crème fraîche ticked off on the shopping list."
    assert run(services, "ListRemove", items=["bread"]) == "bread is not on the shopping list."
    assert run(services, "ListGet", list="Packing") == "The packing list is empty."


def test_missing_arguments_are_asked_for(services: Services) -> None:
    with pytest.raises(RequestError, match="how long"):
        run(services, "StartTimer")
    with pytest.raises(RequestError, match="item"):
        run(services, "ListAdd", items=[" "])
    with pytest.raises(RequestError, match="announce"):
        run(services, "Broadcast", message="  ")
    with pytest.raises(RequestError, match="cannot"):
        run(services, "Teleport")


def test_broadcasts_go_out(services: Services, announced: list[str]) -> None:
    run(services, "Broadcast", message="dinner is ready")
    assert announced == ["dinner is ready"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"), (1, "1 second"), (60, "1 minute"), (5400, "1 hour and 30 minutes"),
        (90_061, "1 day, 1 hour, 1 minute and 1 second"),
    ],
)  # fmt: skip
def test_lengths_as_people_say_them(seconds: float, words: str) -> None:
    assert spoken(seconds) == words
