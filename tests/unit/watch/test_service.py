"""Watches at work: from messages to alerts on the broker, over outages and restarts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.config import HistorySettings
from appliance.database import Database
from appliance.errors import ActError
from appliance.history import History, Keep
from appliance.messages import Entity, Home
from appliance.watch.announce import discovery
from appliance.watch.explain import ChatExplainer
from tests.unit.watch.fakes import Bench, FakeReceipt, watch


def test_an_alert_is_raised_told_and_cleared() -> None:
    bench = Bench(watch(above=8, hysteresis=1, name="Cold store {1}"))
    bench.wait(1)
    assert bench.link.state("cold")["state"] == "clear"
    bench.feed("plant/2/temp", 9.5)
    assert bench.link.state("cold")["state"] == "raised"
    assert bench.link.state("cold")["alerts"][0]["name"] == "Cold store 2"
    assert bench.said == ["Cold store 2 is at 9.5 °C, above 8 °C."]
    assert [alert.name for _, alert in bench.watches.raised()] == ["Cold store 2"]
    bench.feed("plant/2/temp", 7.5)
    assert bench.link.state("cold")["state"] == "raised"
    bench.feed("plant/2/temp", 6.0, after=60)
    assert bench.link.state("cold") | {"at": ""} == {
        "watch": "cold", "state": "clear", "severity": "warning", "alerts": [], "count": 0, "at": "", "text": "Everything is normal.",
    }  # fmt: skip
    raised, cleared = bench.link.events("cold")
    assert (raised["event"], raised["reading"], raised["rule"], raised["limit"]) == ("raised", 9.5, "above", 8)
    assert cleared["text"] == "Cold store 2 is back to normal at 6 °C after 1 minute and 1 second."


def test_each_topic_of_a_wildcard_has_its_own_alert() -> None:
    bench = Bench(watch(above=8))
    bench.feed("plant/a/temp", 9)
    bench.feed("plant/b/temp", 10)
    bench.feed("plant/a/temp", 5)
    assert [one["name"] for one in bench.link.state("cold")["alerts"]] == ["B"]


def test_values_come_from_json_and_from_plain_payloads() -> None:
    bench = Bench(
        watch(id="json", topics=["j"], value="data.0.celsius", above=8), watch(id="plain", topics=["p"], equals="open")
    )
    bench.feed("j", b'{"data": [{"celsius": 8.5}]}')
    bench.feed("p", "open")
    assert bench.link.state("json")["state"] == "raised"
    assert bench.link.state("plain")["state"] == "raised"
    for payload in (
        b"",
        b"{",
        b"[1]",
        b'{"data": 7}',
        b"\xff\xfe",
        b"nan",
        b'{"data": [{"celsius": "hot"}]}',
        b"9" * 70_000,
    ):
        bench.feed("j", payload)
    assert bench.watches.status().unreadable == 8
    bench.feed("other/topic", "99")
    assert bench.watches.status().readings == 2


def test_alerts_wait_for_the_broker_in_order_and_commands_cannot() -> None:
    bench = Bench(watch(above=8))
    bench.wait(1)
    bench.link.published.clear()
    bench.link.connection = 0
    for value in (9, 5, 9, 5, 9):
        bench.feed("plant/a/temp", value)
    assert bench.link.published == []
    with pytest.raises(ActError):
        bench.link.publish(discovery(watch(), "n", "homeassistant"))
    bench.link.connection = 2
    bench.wait(1)
    assert [event["event"] for event in bench.link.events("cold")] == [
        "raised",
        "cleared",
        "raised",
        "cleared",
        "raised",
    ]
    states = [one for one in bench.link.published if one.retain]
    assert [json.loads(one.payload)["state"] for one in states] == ["raised"], "only the latest of what is retained"
    assert bench.link.published[-1].retain
    bench.wait(1)
    assert len(bench.link.events("cold")) == 5, "nothing twice"


def test_what_waits_outlives_a_restart(tmp_path: Path) -> None:
    bench = Bench(watch(above=8), database=Database(tmp_path / "a.sqlite", ""))
    bench.link.connection = 0
    bench.feed("plant/a/temp", 9)
    bench.database.close()
    again = Bench(watch(above=8), database=Database(tmp_path / "a.sqlite", ""))
    again.wait(5)
    assert [event["event"] for event in again.link.events("cold")] == ["raised"]
    assert again.link.state("cold")["state"] == "raised"
    again.feed("plant/a/temp", 9)
    assert len(again.link.events("cold")) == 1, "it is the same alert still"
    again.feed("plant/a/temp", 5)
    assert again.link.events("cold")[-1]["event"] == "cleared"
    assert again.link.state("cold")["state"] == "clear"


def test_an_alert_of_a_watch_that_is_gone_is_closed(tmp_path: Path) -> None:
    bench = Bench(watch(above=8), database=Database(tmp_path / "a.sqlite", ""))
    bench.feed("plant/a/temp", 9)
    bench.database.close()
    again = Bench(watch(id="other", above=8), database=Database(tmp_path / "a.sqlite", ""))
    assert again.spool.active() == []
    again.wait(1)
    assert [m.payload for m in again.link.published if m.topic == "ternd/n/alert/cold"] == [b""], (
        "nothing is left at the broker"
    )


def test_a_message_that_the_broker_refuses_does_not_block_the_others() -> None:
    bench = Bench(watch(above=8))
    bench.wait(1)
    bench.link.receipt = FakeReceipt(refusal="Not authorized")
    bench.feed("plant/a/temp", 9)
    assert len(bench.spool.messages) == 0
    bench.link.error = "not published: the payload is too large"
    bench.feed("plant/a/temp", 5)
    assert len(bench.spool.messages) == 0
    bench.link.receipt, bench.link.error = FakeReceipt(answered=False), ""
    bench.feed("plant/a/temp", 9)
    assert len(bench.spool.messages) == 2, "a broker that does not answer gets it again"


def test_what_waits_is_bounded() -> None:
    bench = Bench(watch(above=8))
    bench.spool.messages._most = 10
    bench.link.connection = 0
    for number in range(100):
        bench.feed("plant/a/temp", 9 if number % 2 else 5)
    assert len(bench.spool.messages) == 10
    assert bench.watches.status().dropped > 0
    bench.link.connection = 2
    bench.wait(1)
    assert bench.link.events("cold")[-1]["event"] == "raised"


def test_silence_is_missed_only_while_the_broker_is_there() -> None:
    bench = Bench(watch(topics=["plant/a/temp"], missing_s=30))
    bench.link.connection = 0
    for _ in range(10):
        bench.wait(10)
    bench.link.connection = 2
    bench.wait(1)
    assert bench.link.events("cold") == []
    for _ in range(4):
        bench.wait(10)
    assert [event["rule"] for event in bench.link.events("cold")] == ["missing"]
    bench.feed("plant/a/temp", 5)
    assert "reports again" in bench.link.events("cold")[-1]["text"]


def test_what_was_left_behind_has_a_value_but_no_time() -> None:
    bench = Bench(watch(topics=["plant/a/temp"], above=8, missing_s=30))
    bench.link.connection = 7
    bench.feed("plant/a/temp", 9, retain=True)
    assert bench.link.state("cold")["state"] == "raised"
    assert bench.history.series() == [], "nobody knows when it was measured"
    for _ in range(4):
        bench.wait(10)
    assert {one["rule"] for one in bench.link.state("cold")["alerts"]} == {"above", "missing"}
    bench.feed("plant/a/temp", 5, retain=True)
    assert bench.link.state("cold")["state"] == "clear", "later ones are new, though their sender retains them"


@pytest.mark.parametrize("payload", ["nan", "NaN", "null", "unavailable", "unknown", "error"])
def test_a_sensor_that_sends_no_numbers_any_more_is_missing(payload: str) -> None:
    bench = Bench(watch(missing_s=60, above=8))
    bench.feed("plant/a/temp", 5)
    for _ in range(10):
        bench.feed("plant/a/temp", payload, after=10)
    assert [one["rule"] for one in bench.link.events("cold")] == ["missing"]
    bench.feed("plant/a/temp", 5)
    assert [one["event"] for one in bench.link.events("cold")] == ["raised", "cleared"]


def test_words_are_readings_where_no_rule_is_about_numbers() -> None:
    bench = Bench(watch(missing_s=60, topics=["a"]), watch(id="words", topics=["a"], equals="unavailable", above=8))
    bench.feed("a", "unavailable")
    assert bench.watches.status().readings == 2
    assert [one["rule"] for one in bench.link.events("words")] == ["equals"]


def test_series_that_change_together_are_told_in_one_state() -> None:
    bench = Bench(watch(missing_s=60))
    for place in "abc":
        bench.feed(f"plant/{place}/temp", 5)
    before = len([one for one in bench.link.published if one.topic == "ternd/n/alert/cold"])
    bench.wait(100)
    assert [one["event"] for one in bench.link.events("cold")] == ["raised"] * 3
    assert bench.link.state("cold")["count"] == 3
    assert len([one for one in bench.link.published if one.topic == "ternd/n/alert/cold"]) == before + 1


def test_the_same_message_for_two_subscriptions_counts_once() -> None:
    bench = Bench(watch(topics=["plant/a/#", "plant/+/temp"]))
    bench.feed("plant/a/temp", 5)
    bench.feed("plant/a/temp", 5, after=0.001)
    bench.feed("plant/a/temp", 5, after=1)
    assert bench.watches.status().readings == 2


def test_equal_readings_in_one_burst_are_all_counted() -> None:
    """Sensors that report the same again and again, heard late by a machine that was busy."""
    bench = Bench(watch(topics=["plant/+/temp"]))
    for _ in range(100):
        bench.watches.feed("plant/a/temp", b"5")
    assert bench.watches.status().readings == 100


def test_entities_of_the_home_are_watched_and_kept() -> None:
    bench = Bench(
        watch(id="warm", topics=[], entities=("sensor.*",), above=8, missing_s=30),
        watch(id="door", topics=[], entities=("lock.door",), equals="unlocked", for_s=60),
        watch(id="room", topics=[], entities=("climate.*",), value="current_temperature", below=15),
    )
    home = Home(
        entities=(
            Entity("sensor.cellar", "Cellar", device_class="temperature", state="7", attributes={"unit_of_measurement": "°C"}),
            Entity("lock.door", "Door", state="locked"),
            Entity("climate.hall", "Hall", state="heat", attributes={"current_temperature": 14.0}),
            Entity("scene.movie", "Movie", state="unknown"),
        )
    )  # fmt: skip
    bench.home = home
    bench.wait(1)
    assert bench.link.state("room")["alerts"][0]["name"] == "Hall"
    door = Entity("lock.door", "Door", state="unlocked")
    cellar = Entity("sensor.cellar", "Cellar", state="9.5", attributes={"unit_of_measurement": "°C"})
    bench.t += 10
    bench.home = Home(entities=(cellar, door, *home.entities[2:]))
    bench.wait(0)
    bench.wait(60)
    assert bench.link.state("warm")["text"] == "Cellar is at 9.5 °C, above 8 °C."
    assert bench.link.state("door")["text"] == "Door is unlocked for 1 minute."
    gone = Entity("sensor.cellar", "Cellar", state="unavailable")
    bench.home = Home(entities=(gone, door, *home.entities[2:]))
    bench.wait(0)
    bench.wait(31)
    assert {one["rule"] for one in bench.link.state("warm")["alerts"]} == {"above", "missing"}
    kept = {series.what.key: series.what for series in bench.history.series()}
    assert set(kept) == {"sensor.cellar", "lock.door", "climate.hall", "climate.hall#current_temperature"}
    assert kept["climate.hall#current_temperature"].measure == "temperature"


def test_alerts_of_nodes_are_nothing_to_watch() -> None:
    bench = Bench(watch(topics=[], entities=("binary_sensor.*",), equals="on"))
    own = Entity("binary_sensor.alert", "Alert", state="on", origin="ternd")
    bench.home = Home(entities=(own,))
    bench.wait(1)
    assert bench.link.state("cold")["state"] == "clear"
    bench.home = Home(entities=(own, Entity("binary_sensor.leak", "Leak", state="on")))
    bench.wait(1)
    assert [one["name"] for one in bench.link.state("cold")["alerts"]] == ["Leak"]


def test_entities_may_be_left_out_of_the_history() -> None:
    bench = Bench(watch(topics=[], entities=("sensor.a",), above=1), settings=HistorySettings(entities=("light.*",)))
    bench.home = Home(entities=(Entity("sensor.a", "A", state="2"), Entity("light.b", "B", state="on")))
    bench.wait(1)
    assert [series.what.key for series in bench.history.series()] == ["light.b"]
    assert bench.link.state("cold")["state"] == "raised"


def test_what_was_usual_outlives_a_restart(tmp_path: Path) -> None:
    bench = Bench(watch(zscore=5), history=History(tmp_path / "h.sqlite", Keep(resolution_s=0)))
    for number in range(200):
        bench.feed("plant/a/temp", 60 + number % 5, after=60)
    bench.history.close()
    again = Bench(watch(zscore=5), history=History(tmp_path / "h.sqlite", Keep(resolution_s=0)))
    again.t = bench.t + 60
    again.watches.resume()
    again.feed("plant/a/temp", 75)
    (event,) = again.link.events("cold")
    assert event["rule"] == "zscore"
    assert "in the day before it was between 60 and 64 °C" in event["text"]


def test_summaries_are_published() -> None:
    bench = Bench(watch(summary_s=3600, name="Store {1}"))
    for number in range(61):
        bench.feed("plant/a/temp", number % 10, after=60)
    (summary,) = [json.loads(m.payload) for m in bench.link.published if m.topic == "ternd/n/summary/cold"]
    assert summary["text"].startswith("Store a: 0 to 9 °C, 4.5 °C on average")


def test_a_model_may_say_more() -> None:
    asked: list[str] = []

    def say(text: str) -> str:
        asked.append(text)
        return "The door may be open."

    bench = Bench(watch(above=8, summary_s=60), explainer=ChatExplainer(say))
    bench.feed("plant/a/temp", 9)
    explained(bench)
    assert bench.link.events("cold")[-1] == {
        "event": "explained", "watch": "cold", "name": "A", "series": "plant/a/temp", "text": "The door may be open.",
    }  # fmt: skip
    bench.wait(60)
    explained(bench)
    summaries = [json.loads(m.payload) for m in bench.link.published if m.topic == "ternd/n/summary/cold"]
    assert [one.get("event") for one in summaries] == [None, "explained"]
    assert "A is at 9 °C, above 8 °C." in asked[0]
    assert "Sum them up" in asked[1]


def explained(bench: Bench) -> None:
    assert bench.watches._explaining is not None
    bench.watches._explaining.join(5)
    bench.wait(0)


def test_a_model_without_an_answer_adds_nothing() -> None:
    def broken(_text: str) -> str:
        msg = "no memory"
        raise RuntimeError(msg)

    for say in (broken, lambda _text: ""):
        bench = Bench(watch(above=8), explainer=ChatExplainer(say))
        bench.feed("plant/a/temp", 9)
        explained(bench)
        assert [event["event"] for event in bench.link.events("cold")] == ["raised"]


def test_an_entity_that_never_appears_is_missed() -> None:
    bench = Bench(watch(topics=[], entities=("sensor.cellar",), name="Cellar", missing_s=30))
    for _ in range(4):
        bench.wait(10)
    assert bench.link.events("cold")[0]["text"] == "Cellar has not been heard of for 40 seconds."


def test_the_thread_serves_and_writes_what_waits_when_it_ends() -> None:
    bench = Bench(watch(above=8))
    bench.watches.start()
    bench.watches.feed("plant/a/temp", b"9")
    bench.watches.stop()
    assert bench.link.events("cold")[-1]["event"] == "raised"
    assert bench.history.count() == 1


def test_an_announcement_for_home_assistant() -> None:
    message = discovery(watch(name="Cold store {1}"), "n", "homeassistant")
    assert message.topic == "homeassistant/binary_sensor/ternd_n/alert_cold/config"
    assert json.loads(message.payload)["stat_t"] == "ternd/n/alert/cold"
    assert json.loads(message.payload)["name"] == "Alert Cold store"
