"""The store keeps what was done, bounded, and survives a damaged file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from appliance.messages import Delivery, Intent, Reply, Request, Result
from appliance.store import Store, restore


def record(store: Store, text: str = "hall light on", source: str = "cli") -> None:
    store.record(
        Request(id="r1", text=text, source=source),
        Reply(
            id="r1", text="Done.", speech="Done.", route="command", ms={"total": 12.5},
            intents=(Intent("HassTurnOn", {"name": "Hall light"}, ("light.hall",)),),
            actions=(Delivery("light.hall", Result.CONFIRMED, topic="a/set", payload='{"state":"ON"}', state={"state": "on"}),),
        ),
    )  # fmt: skip


def test_the_log_tells_heard_intents_actions_and_reply(tmp_path: Path) -> None:
    store = Store(tmp_path / "ternd.sqlite")
    record(store)
    store.close()
    (entry,) = Store(tmp_path / "ternd.sqlite").entries()
    assert entry.heard == "hall light on"
    assert entry.intents == [
        {"name": "HassTurnOn", "slots": {"name": "Hall light"}, "entities": ["light.hall"], "confidence": 1.0}
    ]
    assert entry.actions[0]["topic"] == "a/set"
    assert entry.actions[0]["result"] == "confirmed"
    assert entry.reply == "Done."


def test_the_log_is_bounded_and_newest_first() -> None:
    store = Store(None, max_log_rows=10)
    for i in range(350):
        record(store, f"sentence {i}")
    entries = store.entries(1000)
    assert entries[0].heard == "sentence 349"
    assert len(entries) <= 10 + 100


def test_entries_of_one_source() -> None:
    store = Store(None)
    record(store, "mine", "mqtt:a")
    record(store, "theirs", "mqtt:b")
    assert [entry.heard for entry in store.entries(5, "mqtt:a")] == ["mine"]


def test_lists_keep_the_spelling_and_find_any_case() -> None:
    store = Store(None)
    assert store.add_item("shopping list", "Crème fraîche")
    assert store.items("shopping list") == ["Crème fraîche"]
    assert not store.complete_item("shopping list", "milk")
    assert store.complete_item("shopping list", "Crème fraîche")
    assert store.items("shopping list") == []


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "ternd.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    store = Store(path)
    record(store)
    assert len(store.entries()) == 1
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


@pytest.mark.parametrize("kept", [None, 7, "x", [1], [{"a": 1}], {"a": 1, "b": 2}])
def test_restore_drops_what_is_not_whole(kept: object) -> None:
    assert restore(kept, ("a", "b")) == []


def test_values_are_kept_by_name() -> None:
    store = Store(None)
    assert store.kept("timers") is None
    store.keep("timers", [{"a": 1}])
    assert store.kept("timers") == [{"a": 1}]


def test_a_file_of_the_version_before_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "ternd.sqlite"
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE log (id INTEGER PRIMARY KEY, at REAL NOT NULL, request TEXT NOT NULL, source TEXT NOT NULL, "
            "heard TEXT NOT NULL, route TEXT NOT NULL, intents TEXT NOT NULL, actions TEXT NOT NULL, reply TEXT NOT NULL, "
            "ms REAL NOT NULL)"
        )
        old.execute("INSERT INTO log VALUES (1, 5.0, 'r', 'cli', 'old words', 'none', '[]', '[]', 'ok', 1.0)")
    old.close()
    store = Store(path)
    record(store)
    assert [entry.heard for entry in store.entries()] == ["hall light on", "old words"]
    assert store.entries()[1].why == []


def test_what_was_refused_is_kept_with_its_reason() -> None:
    store = Store(None)
    store.record(
        Request(id="r", text="turn on the sauna", source="cli"),
        Reply(id="r", text="I know no device called sauna.", speech="", refusals=("I know no device called sauna.",)),
    )
    assert store.entries()[0].why == ["I know no device called sauna."]


def test_one_entry_for_a_thousand_devices_stays_small() -> None:
    store = Store(None)
    actions = tuple(
        Delivery(
            f"light.lamp_{i}", Result.CONFIRMED, topic=f"lamp/{i}/set", payload="x" * 9999, detail="y" * 9999,
            state={"state": "z" * 9999},
        )
        for i in range(3000)
    )  # fmt: skip
    store.record(
        Request(id="r", text="t" * 99_999, source="s" * 9999),
        Reply("r", "u" * 99_999, "", actions=actions, refusals=("v" * 9999,) * 999, intents=(Intent("I", {}, ("light.a",) * 9999),) * 99),
    )  # fmt: skip
    size = store.database.read(
        lambda db: db.execute("SELECT sum(length(heard||intents||actions||reply||why)) FROM log").fetchone()[0]
    )
    assert size < 2_000_000
    (entry,) = store.entries()
    assert [action["entity"] for action in entry.actions] == [f"light.lamp_{i}" for i in range(1000)]
    assert entry.actions[0]["topic"] == "lamp/0/set"


def test_the_log_is_bounded_in_bytes_and_keeps_the_newest() -> None:
    store = Store(None, max_log_bytes=100_000)
    for i in range(200):
        record(store, f"{i} " + "x" * 1900)
    entries = store.entries(1000)
    assert 40 < len(entries) < 110
    assert entries[0].heard.startswith("199 ")
