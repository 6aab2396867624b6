"""``ternd log``: shows what was done, finds what is looked for, and leaves the file of a running service alone."""

from __future__ import annotations

import json
import logging
import sqlite3
from pathlib import Path

import pytest

from appliance import config, log_report
from appliance.cli import main
from appliance.config import Settings
from appliance.errors import ConfigError, TerndError
from appliance.log_report import Wish
from appliance.messages import Delivery, Intent, Reply, Request, Result
from appliance.store import Store


def settings_of(path: Path) -> Settings:
    return config.parse(f'[store]\npath = "{path}"\n', "test")


def handled(
    store: Store, text: str, *actions: Delivery, source: str = "voice", route: str = "command", why: str = ""
) -> None:
    intents = (Intent("HassTurnOn", {"name": "x"}, ("light.x",)),) if route == "command" else ()
    refusals = (why,) if why else ()
    store.record(
        Request(id="r", text=text, source=source),
        Reply("r", f"Reply to {text}", "", route=route, intents=intents, actions=actions, refusals=refusals),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ternd.sqlite"
    store = Store(path)
    handled(store, "hall on", Delivery("light.hall", Result.CONFIRMED, topic="hall/set", payload="ON"))
    handled(
        store,
        "pump on",
        Delivery("switch.pump", Result.FAILED, pin=17, detail="the line does not follow"),
        source="timer:x",
    )
    handled(
        store, "movie scene", Delivery("scene.movie", Result.SENT, topic="m/set", reports=False), source="mqtt:reply/a"
    )
    handled(store, "lamp on", Delivery("light.lamp", Result.SENT, topic="l/set"), source="mqtt:reply/b")
    handled(store, "open sesame", route="none")
    handled(store, "sauna on", why="I know no device called Sauna.")
    store.close()
    return path


def heard(path: Path, **wish: object) -> list[str]:
    return [entry.heard for entry in log_report.entries(settings_of(path), Wish(**wish))]  # type: ignore[arg-type]


def test_the_newest_come_first(path: Path) -> None:
    assert heard(path, most=2) == ["sauna on", "open sesame"]


def test_by_source(path: Path) -> None:
    assert heard(path, source="mqtt") == ["lamp on", "movie scene"]
    assert heard(path, source="mqtt:reply/a") == ["movie scene"]
    assert heard(path, source="mq") == []


@pytest.mark.parametrize(
    ("about", "found"), [("HALL/SET", ["hall on"]), ("pin 17", ["pump on"]), ("sauna", ["sauna on"]), ("zzz", [])]
)
def test_by_what_it_is_about(path: Path, about: str, found: list[str]) -> None:
    assert heard(path, about=about) == found


def test_what_was_not_done(path: Path) -> None:
    assert heard(path, undone=True) == ["sauna on", "open sesame", "lamp on", "pump on"]


def test_by_age(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE log SET at = at - 7200 WHERE heard != 'sauna on'")
    db.close()
    assert heard(path, hours=1) == ["sauna on"]
    assert len(heard(path, hours=3)) == 6


def test_people_and_scripts_see_all_of_it(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ternd.toml"
    file.write_text(f'[store]\npath = "{path}"\n')
    assert main(["log", "--config", str(file), "-n", "5", "--about", "pump"]) == 0
    out = capsys.readouterr().out
    for part in (
        "timer:x",
        "pump on",
        "HassTurnOn name=x",
        "pin 17",
        "→ failed",
        "does not follow",
        "Reply to pump on",
    ):
        assert part in out
    assert main(["log", "--config", str(file), "--json", "--source", "timer"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["actions"][0]["result"] == "failed"


@pytest.mark.parametrize("count", ["0", "-1", "x", "1e3", str(10**30)])
def test_a_count_that_is_none_is_wrong_usage(count: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["log", "-n", count])
    assert ended.value.code == 2


def test_what_was_heard_cannot_command_the_terminal(path: Path) -> None:
    store = Store(path)
    handled(
        store,
        "a\x1b[2Jb",
        Delivery("light.\x1b]0;x\x07", Result.FAILED, topic="t", payload="\x1b[31m"),
        source="mqtt:\x1b[1m",
    )
    store.close()
    (entry,) = log_report.entries(settings_of(path), Wish(most=1))
    assert all(line.isprintable() for line in log_report.lines(entry))
    assert log_report.as_json(entry).isprintable()


def test_halves_of_characters_neither_stop_the_log_nor_its_readers(path: Path) -> None:
    store = Store(path)
    handled(
        store,
        "say \ud800",
        Delivery("light.a", Result.FAILED, detail="\udfff", state={"state": "\ud83d"}),
        source="mqtt:\ud800",
    )
    store.close()
    (entry,) = log_report.entries(settings_of(path), Wish(most=1))
    assert entry.heard == "say ?"
    for line in (*log_report.lines(entry), log_report.as_json(entry)):
        line.encode()


def test_a_damaged_file_is_said_and_left_to_the_service(tmp_path: Path) -> None:
    path = tmp_path / "ternd.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(TerndError, match="cannot be read"):
        log_report.entries(settings_of(path), Wish())
    assert [file.name for file in tmp_path.iterdir()] == ["ternd.sqlite"]


def test_there_may_be_none_yet(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no log yet"):
        log_report.entries(settings_of(tmp_path / "x.sqlite"), Wish())


def test_what_the_service_has_not_yet_put_into_the_file_is_seen(path: Path) -> None:
    store = Store(path)
    handled(store, "just now")
    assert heard(path, most=1) == ["just now"]
    handled(store, "and now")
    assert heard(path, most=1) == ["and now"]
    store.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("intents", "[{"), ("intents", "[7, {}]"), ("actions", '{"a": 1}'), ("actions", "[null]"), ("why", ""),
        ("at", "never"), ("ms", b"\xff"), ("heard", 7),
    ],
)  # fmt: skip
def test_an_entry_that_was_damaged_costs_only_itself(path: Path, column: str, value: object) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"UPDATE log SET {column} = ? WHERE id = 2", (value,))  # noqa: S608 - of the list above
    db.close()
    found = log_report.entries(settings_of(path), Wish())
    assert len(found) == 6
    for entry in found:
        assert list(log_report.lines(entry))


def test_nothing_is_logged_as_an_error_when_only_read(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.chmod(0o400)
    with caplog.at_level(logging.WARNING):
        assert len(heard(path)) == 6
    assert not caplog.records
