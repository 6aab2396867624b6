"""The publish gate, receipts and what is sent again."""

from __future__ import annotations

import json

import pytest

from appliance.errors import ActError
from appliance.messages import Publish
from appliance.mqtt.announce import HEALTH_SENSORS, announcement
from appliance.mqtt.gate import check, packet_bytes
from appliance.mqtt.receipts import Ledger, Outbox, Receipt


def message(number: int = 0) -> Publish:
    return Publish(f"t/{number}", b"x")


def test_good_messages_pass() -> None:
    check(message(), max_payload=1, max_packet=None)
    check(message(), max_payload=1, max_packet=packet_bytes(message()))


@pytest.mark.parametrize("topic", ["", "a\0b", "a\x01b", "a\uffff", "a/+", "a/#", "$SYS/x", "x" * 257])
def test_poison_topics_stay_here(topic: str) -> None:
    with pytest.raises(ActError, match="topic"):
        check(Publish(topic, b""), max_payload=10, max_packet=None)


def test_sizes_are_bounded_by_us_and_by_the_broker() -> None:
    with pytest.raises(ActError, match="larger than 3"):
        check(Publish("t", b"1234"), max_payload=3, max_packet=None)
    with pytest.raises(ActError, match="broker takes"):
        check(Publish("t", b"1234", correlation=b"x" * 100), max_payload=1000, max_packet=100)
    with pytest.raises(ActError, match="QoS"):
        check(Publish("t", b"", qos=2), max_payload=10, max_packet=None)


def test_an_answer_settles_a_receipt() -> None:
    ledger = Ledger()
    good, bad = Receipt(message(1)), Receipt(message(2))
    assert not ledger.sent(1, good)
    assert not ledger.sent(2, bad)
    assert ledger.answered(1, "") is good
    assert ledger.answered(2, "no") is bad
    assert good.wait(0)
    assert not bad.wait(0)
    assert (bad.refusal, len(ledger)) == ("no", 0)


def test_an_answer_may_come_before_the_publisher_knows_the_number() -> None:
    ledger = Ledger()
    receipt = Receipt(message())
    assert ledger.answered(1, "") is None
    assert ledger.sent(1, receipt)
    assert receipt.wait(0)


def test_a_broken_connection_settles_everything() -> None:
    ledger = Ledger()
    receipts = [Receipt(message(number)) for number in range(3)]
    for number, receipt in enumerate(receipts):
        ledger.sent(number, receipt)
    assert ledger.abandon("gone") == receipts
    assert {(receipt.refusal, receipt.lost) for receipt in receipts} == {("gone", True)}
    assert len(ledger) == 0
    with pytest.raises(ActError, match="went away"):  # handed over at that very moment: nobody would ever answer
        ledger.sent(4, Receipt(message(4)))


def test_replies_wait_for_the_broker_up_to_a_number() -> None:
    outbox = Outbox(2)
    assert [outbox.put(message(number)) for number in range(3)] == [True, True, False]
    assert outbox.dropped == 1
    assert [outbox.take(), outbox.take(), outbox.take()] == [message(0), message(1), None]


def test_what_breaks_the_connection_twice_is_set_aside() -> None:
    outbox = Outbox(2)
    poison = message()
    outbox.sent(poison)
    assert outbox.lost(poison)
    assert outbox.take() is poison
    outbox.sent(poison)
    assert not outbox.lost(poison)
    assert (outbox.quarantined, len(outbox)) == (1, 0)


def test_what_was_under_way_when_the_network_went_is_sent_again_and_again() -> None:
    outbox = Outbox(2)
    reply = message()
    for _ in range(5):
        outbox.sent(reply)
        assert outbox.lost(reply, quickly=False)
        assert outbox.take() is reply
    assert outbox.quarantined == 0


def test_what_could_not_leave_is_no_attempt() -> None:
    outbox = Outbox(1)
    poison = message()
    for _ in range(3):
        outbox.sent(poison)
        assert outbox.back(poison)
        assert outbox.take() is poison
    outbox.sent(poison)
    assert outbox.lost(poison)
    assert outbox.take() is poison
    outbox.sent(poison)
    assert outbox.back(poison)
    assert outbox.take() is poison
    outbox.sent(poison)
    assert not outbox.lost(poison), "but it had one before"


def test_commands_are_not_sent_again() -> None:
    assert not Outbox(2).lost(message())


def test_a_finished_reply_is_forgotten() -> None:
    outbox = Outbox(2)
    outbox.sent(message())
    outbox.done(message(1))
    reply = message(2)
    outbox.sent(reply)
    outbox.done(reply)
    assert not outbox.lost(reply)


def test_the_announcement_is_home_assistants_device_form() -> None:
    published = announcement("pi-4", area="Kitchen")
    assert (published.topic, published.retain) == ("homeassistant/device/ternd_pi-4/config", True)
    said = json.loads(published.payload)
    assert said["dev"]["ids"] == ["ternd_pi-4"]
    assert said["dev"]["sa"] == "Kitchen"
    assert said["o"]["name"] == "ternd"
    assert said["avty"] == [{"t": "ternd/pi-4/status"}]
    assert said["cmps"]["ask"]["cmd_t"] == "ternd/pi-4/ask"
    assert said["cmps"]["reply"]["stat_t"] == "ternd/pi-4/reply"
    assert set(said["cmps"]) == {"ask", "reply", *HEALTH_SENSORS}
    for component in said["cmps"].values():
        assert {"p", "uniq_id", "name"} <= set(component)
