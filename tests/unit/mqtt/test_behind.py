"""When a broker is given up: silent, or deaf."""

from __future__ import annotations

import time

import pytest

from appliance.config import MqttSettings
from appliance.messages import Publish
from appliance.mqtt.connection import V5, Connection
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
