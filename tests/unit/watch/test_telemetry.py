"""Telemetry of the node's own pins: what is told, when, in which order, and what an outage, a refusal and a full disk do to it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.database import Database
from appliance.messages import Publish
from appliance.watch import telemetry, waiting
from appliance.watch.telemetry import Telemetry
from appliance.watch.waiting import MAX_BREAKS, WINDOW, Waiting
from tests.unit.watch.fakes import NOW, FakeLink, FakeReceipt


class Bench:
    """Telemetry on clocks that are moved by hand."""

    def __init__(self, database: Database | None = None, *, most: int = 1000, link: FakeLink | None = None) -> None:
        self.t = 0.0
        self.link = link or FakeLink()
        self.waiting = Waiting(database or Database(None, ""), "telemetry", most)
        self.telemetry = Telemetry(
            "n", self.waiting, self.link, every_s=10, clock=lambda: self.t, wall=lambda: NOW + self.t
        )

    def note(self, entity: str, state: object, *, after: float = 1.0, **attributes: Any) -> None:
        self.t += after
        self.telemetry.note(entity, str(state), attributes)
        self.telemetry.step()

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(message.payload) for message in self.link.published]

    def states(self) -> list[object]:
        return [content["state"] for content in self.told()]


class DyingLink(FakeLink):
    """Each connection ends with the message that the broker cannot take, and another comes."""

    poison = ""

    def publish(self, message: Publish) -> FakeReceipt:
        if json.loads(message.payload)["state"] == self.poison:
            self.connection += 1
            return FakeReceipt(refusal="the connection broke", lost=True)
        return super().publish(message)


def test_a_reading_has_its_entity_its_state_and_its_time() -> None:
    bench = Bench()
    bench.note("binary_sensor.door", "on")
    bench.note("sensor.water", "12.5", pulses=25, unit_of_measurement="l")
    door, water = bench.told()
    assert [message.topic for message in bench.link.published] == ["ternd/n/telemetry/door", "ternd/n/telemetry/water"]
    assert not any(message.retain for message in bench.link.published), "what was is no state"
    assert datetime.fromisoformat(door.pop("at")).timestamp() == NOW + 1
    assert door == {"entity": "binary_sensor.door", "state": "on"}
    assert (water["state"], water["pulses"], water["unit_of_measurement"]) == (12.5, 25, "l")


def test_what_tells_nothing_new_is_not_told() -> None:
    bench = Bench()
    for state in ("on", "on", "off", "off", "on"):
        bench.note("switch.pump", state)
    assert bench.states() == ["on", "off", "on"]


def test_numbers_are_told_now_and_then_the_latest_of_each_time() -> None:
    bench = Bench()
    for count in range(25):
        bench.note("sensor.water", count)
    assert bench.states() == [0, 10, 20]
    bench.t += 10
    bench.telemetry.step()
    assert bench.states() == [0, 10, 20, 24], "the last one, too, though nothing follows it"
    times = [datetime.fromisoformat(content["at"]).timestamp() - NOW for content in bench.told()]
    assert times == [1, 11, 21, 25], "when it was read, not when it was told"


def test_a_number_that_waits_is_told_before_the_sensor_fails() -> None:
    bench = Bench()
    for state in (1, 2, "unavailable", "nan", "inf"):
        bench.note("sensor.water", state)
    assert bench.states() == [1, 2, "unavailable", "nan", "inf"]
    json.loads(bench.link.published[-1].payload, parse_constant=lambda _word: 1 / 0)


def test_readings_of_an_outage_come_in_order_before_those_after_it() -> None:
    bench = Bench()
    bench.link.connection = 0
    for level in range(3 * WINDOW):
        bench.note("light.porch", "on", brightness=level)
    assert (bench.link.published, bench.telemetry.waiting) == ([], 3 * WINDOW)
    bench.link.connection = 2
    bench.note("light.porch", "off")
    assert [content.get("brightness") for content in bench.told()] == [*range(3 * WINDOW), None]
    assert bench.telemetry.waiting == 0


def test_while_the_broker_takes_them_readings_touch_no_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", "")
    bench = Bench(database)
    before = database.read(lambda db: db.total_changes)
    for level in range(20):
        bench.note("light.porch", "on", brightness=level)
    assert len(bench.told()) == 20
    assert database.read(lambda db: db.total_changes) == before


def test_what_the_broker_does_not_acknowledge_is_told_again_on_the_next_connection() -> None:
    bench = Bench()
    slow = bench.link.receipt = FakeReceipt(answered=False)
    bench.note("switch.pump", "on")
    assert bench.telemetry.waiting == 1, "it is on disk"
    bench.note("switch.pump", "off")
    assert bench.states() == ["on", "off"], "a slow broker is not sent the same again and again"
    slow.refusal, slow.lost = "the connection broke", True
    bench.link.connection, bench.link.receipt = 2, FakeReceipt()
    bench.link.published.clear()
    bench.telemetry.step()
    assert bench.states() == ["on", "off"]
    assert bench.telemetry.waiting == 0


def test_what_a_slow_broker_acknowledges_at_last_is_not_told_again() -> None:
    bench = Bench()
    slow = bench.link.receipt = FakeReceipt(answered=False)
    for state in ("on", "off", "on"):
        bench.note("switch.pump", state)
    assert bench.telemetry.waiting == 3
    slow.answered = True
    bench.link.receipt = FakeReceipt()
    bench.note("switch.pump", "off")
    assert bench.states() == ["on", "off", "on", "off"]
    assert bench.telemetry.waiting == 0


def test_what_is_refused_for_good_holds_nothing_up() -> None:
    bench = Bench()
    bench.link.receipt = FakeReceipt(refusal="Not authorized")
    bench.note("switch.pump", "on")
    bench.link.error = "not published: the payload is too large"
    bench.note("switch.pump", "off")
    assert bench.telemetry.waiting == 0
    bench.link.receipt, bench.link.error = FakeReceipt(), ""
    bench.note("switch.pump", "on")
    assert bench.states()[-1] == "on"


def test_a_reading_that_no_connection_survives_is_set_aside() -> None:
    link = DyingLink(poison := 1)
    link.poison = "bad"
    bench = Bench(link=link)
    bench.link.connection = 0
    for state in ("a", "bad", "b", "c"):
        bench.note(f"switch.{state}", state)
    bench.link.connection = poison
    for _ in range(MAX_BREAKS + 2):
        bench.telemetry.step()
    assert list(dict.fromkeys(bench.states())) == ["a", "b", "c"]
    assert (bench.telemetry.waiting, bench.telemetry.dropped) == (0, 1)


def test_a_broker_that_falls_silent_again_and_again_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "QUICK_S", 0.0)
    bench = Bench()
    bench.link.connection = 0
    for number in range(5):
        bench.note("switch.pump", f"s{number}")
    for connection in range(20):
        bench.link.connection = connection % 2
        bench.link.receipt = FakeReceipt(refusal="the connection broke", lost=True)
        bench.telemetry.step()
    bench.link.published.clear()
    bench.link.connection, bench.link.receipt = 21, FakeReceipt()
    bench.telemetry.step()
    assert bench.states() == [f"s{number}" for number in range(5)]


def test_what_waits_is_bounded_and_the_oldest_go() -> None:
    bench = Bench(most=10)
    bench.link.connection = 0
    for number in range(25):
        bench.note("switch.pump", f"s{number}")
    assert (bench.telemetry.waiting, bench.telemetry.dropped) == (10, 15)
    bench.link.connection = 2
    bench.telemetry.step()
    assert bench.states() == [f"s{number}" for number in range(15, 25)]


def test_memory_is_bounded_when_the_thread_hangs() -> None:
    bench = Bench(most=100_000)
    bench.link.connection = 0
    for number in range(telemetry.MAX_FRESH + 7):
        bench.telemetry.note("switch.pump", f"s{number}", {})
    assert (bench.telemetry.waiting, bench.telemetry.dropped) == (telemetry.MAX_FRESH, 7)


def test_a_number_that_waits_for_its_time_is_not_lost_by_a_stop(tmp_path: Path) -> None:
    bench = Bench(Database(tmp_path / "a.sqlite", ""))
    bench.link.connection = 0
    bench.telemetry.note("sensor.water", "1", {})
    bench.telemetry.note("sensor.water", "2", {})
    bench.telemetry.start()
    bench.telemetry.stop()
    again = Bench(Database(tmp_path / "a.sqlite", ""))
    again.telemetry.step()
    assert again.states() == [1, 2]


def test_a_damaged_file_costs_what_waited_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    database = Database(path, "", pragmas=("journal_mode=DELETE",))
    bench = Bench(database)
    bench.link.connection = 0
    for number in range(2000):
        bench.telemetry.note("switch.pump", f"s{number}", {})
    bench.telemetry.step()
    path.write_bytes(path.read_bytes()[:100] + bytes(path.stat().st_size - 100))
    bench.note("switch.pump", "after")
    bench.link.connection = 2
    bench.note("switch.pump", "last")
    assert bench.states()[-2:] == ["after", "last"]
    assert bench.telemetry.waiting == 0
