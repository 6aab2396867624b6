"""When a broker is given up: silent, or deaf; and what is let go where too much comes."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from paho.mqtt.enums import MQTTErrorCode

from appliance.config import MqttSettings
from appliance.messages import Publish
from appliance.mqtt.connection import V5, Connection
from appliance.mqtt.readings import MOST_GAP_S, Thinning
from appliance.mqtt.receipts import Receipt

SILENT_S = 15.0


class Clock:
    """Stands until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


class Client:
    """What a connection asks of paho's client, with nothing behind it."""

    mid = 0

    def unsubscribe(self, _topic: str) -> tuple[MQTTErrorCode, int]:
        self.mid += 1
        return MQTTErrorCode.MQTT_ERR_SUCCESS, self.mid


def probing() -> tuple[Connection, Callable[[int], None]]:
    """A connection, and what answers one of its questions for a sign of life."""
    connection = made()
    connection._client = Client()  # type: ignore[assignment]
    return connection, lambda mid: connection._unsubscribed(None, None, mid, [], None)  # type: ignore[arg-type]


def made() -> Connection:
    return Connection(
        MqttSettings(), client_id="x", protocol=V5, will=None, on_message=lambda _one: None, on_change=lambda: None
    )


def test_a_broker_that_owes_nothing_is_not_given_up(clock: Clock) -> None:
    connection = made()
    clock.now += 3600
    assert connection.given_up_at(SILENT_S) is None


def test_a_silent_broker_is_given_up_and_one_that_sends_later(clock: Clock) -> None:
    connection = made()
    connection.ledger.sent(1, Receipt(Publish("a", b""), clock.now))
    assert connection.given_up_at(SILENT_S) == 1015
    for _ in range(5):
        clock.now += 10
        connection.heard_at = clock.now
        assert connection.given_up_at(SILENT_S) == min(clock.now + SILENT_S, 1060)


def test_a_machine_that_was_behind_and_has_caught_up_stays(clock: Clock) -> None:
    connection = made()
    connection.ledger.sent(1, Receipt(Publish("a", b""), clock.now))
    assert connection.given_up_at(SILENT_S) == 1015
    clock.now += 20
    connection.heard_at = clock.now
    connection.ledger.answered(1, "")
    assert connection.given_up_at(SILENT_S) is None


def test_lag_is_that_of_the_last_answer_or_of_the_one_that_is_due(clock: Clock) -> None:
    connection, answer = probing()
    assert connection.lag == 0
    connection.probe()
    clock.now += 3
    answer(1)
    assert connection.lag == 3
    connection.probe()
    clock.now += 2
    assert connection.lag == 3
    clock.now += 5
    assert connection.lag == 7


def test_an_answer_that_a_flooded_broker_dropped_is_no_burden(clock: Clock) -> None:
    connection, answer = probing()
    for _ in range(3):
        connection.probe()
        clock.now += 1
    answer(3)
    assert connection.lag == 1
    assert connection.silent_since is None
    answer(1)
    assert connection.lag == 1


def test_only_a_broker_from_which_nothing_comes_is_silent(clock: Clock) -> None:
    connection, _answer = probing()
    assert connection.silent_since is None
    connection.probe()
    assert connection.silent_since == 1000
    clock.now = connection.heard_at = 1500
    assert connection.silent_since == 1500


def test_nothing_is_shed_while_the_machine_keeps_up(clock: Clock) -> None:
    thinning = Thinning(clock)
    for _ in range(10):
        thinning.behind(0.2)
        assert not thinning.sheds("a")
    assert thinning.shed == 0


def test_topics_that_speak_often_are_shed_and_those_that_speak_seldom_are_not(clock: Clock) -> None:
    thinning = Thinning(clock)
    for lag in range(2, 6):
        thinning.behind(lag)
    taken = {"often": 0, "seldom": 0}
    for tick in range(1000):
        clock.now += 0.01
        for topic, every in (("often", 1), ("seldom", 100)):
            if tick % every == 0 and not thinning.sheds(topic):
                taken[topic] += 1
    assert taken["seldom"] == 10
    assert 10 < taken["often"] < 50
    assert thinning.shed == 1000 - taken["often"]


def test_the_gap_grows_while_the_lag_does_and_goes_when_the_machine_has_caught_up(clock: Clock) -> None:
    thinning = Thinning(clock)
    for lag in range(2, 30):
        thinning.behind(lag)
    assert thinning.gap_s == MOST_GAP_S
    thinning.behind(10)
    assert thinning.gap_s == MOST_GAP_S
    for _ in range(10):
        thinning.behind(0.1)
    assert thinning.gap_s == 0
    assert not thinning.sheds("a")
    assert not thinning.sheds("a")
