"""A database outlives damage, a full disk and a file that cannot be opened, and says so."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from appliance.database import RETRY_S, Database, Unwritten

SCHEMA = "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"


def add(database: Database, text: str) -> None:
    database.write(lambda db: db.execute("INSERT INTO notes (text) VALUES (?)", (text,)))


def notes(database: Database) -> list[str]:
    return database.read(lambda db: [row[0] for row in db.execute("SELECT text FROM notes ORDER BY id")])


def fill(database: Database) -> None:
    """Let the disk be full from now on."""

    def limit(db: sqlite3.Connection) -> None:
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count={pages}")

    database.read(limit)


def test_a_full_disk_is_said_and_outlived_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    database = Database(tmp_path / "a.sqlite", SCHEMA, clock=lambda: now[0])
    add(database, "before")
    fill(database)
    add(database, "x" * 50_000)
    add(database, "after")
    assert [len(text) for text in notes(database)] == [6, 50_000, 5]
    assert "disk is full" in database.problem
    assert len([record for record in caplog.records if "cannot be written" in record.message]) == 1
    now[0] += RETRY_S
    add(database, "space again")
    assert database.problem == ""
    database.close()
    again = Database(tmp_path / "a.sqlite", SCHEMA)
    assert [text[:5] for text in notes(again)] == ["befor", "xxxxx", "after", "space"]


def test_without_carrying_the_caller_keeps_its_data(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", SCHEMA, carry=False)
    fill(database)
    with pytest.raises(Unwritten, match="full"):
        add(database, "x" * 50_000)
    assert database.problem
    assert notes(database) == []


def test_a_file_that_cannot_be_opened_is_no_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no directory")
    database = Database(tmp_path / "file" / "a.sqlite", SCHEMA)
    add(database, "in memory")
    assert notes(database) == ["in memory"]
    assert "until the service is restarted" in database.problem
    assert caplog.records[0].levelno == logging.ERROR


def test_damage_found_while_running_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    first = Database(path, SCHEMA)
    for number in range(300):
        add(first, f"{number}" * 100)
    first.close()
    database = Database(path, SCHEMA)
    whole = bytearray(path.read_bytes())
    whole[4096:] = b"\xa5" * (len(whole) - 4096)
    path.write_bytes(whole)
    assert notes(database) == []
    add(database, "goes on")
    assert notes(database) == ["goes on"]
    assert len(list(tmp_path.glob("*.damaged-*"))) >= 1


def test_a_wrong_statement_is_a_defect_not_damage(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", SCHEMA, carry=False)
    with pytest.raises(sqlite3.IntegrityError):
        database.write(lambda db: db.execute("INSERT INTO notes (text) VALUES (NULL)"))
    assert not list(tmp_path.glob("*.damaged-*"))


def test_another_part_may_add_its_tables(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite", SCHEMA)
    database.create("CREATE TABLE IF NOT EXISTS more (x)")
    database.write(lambda db: db.execute("INSERT INTO more VALUES (1)"))
    database.close()
    again = Database(tmp_path / "a.sqlite", SCHEMA)
    assert again.read(lambda db: db.execute("SELECT x FROM more").fetchone()) == (1,)


def test_a_connection_keeps_few_pages(tmp_path: Path) -> None:
    """What it keeps looks like a leak until it is full."""
    database = Database(tmp_path / "a.sqlite", SCHEMA)
    assert database.read(lambda db: db.execute("PRAGMA cache_size").fetchone()) == (-512,)
