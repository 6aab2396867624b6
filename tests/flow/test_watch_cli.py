"""The commands about alerts and history, on files that a daemon left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.config import HistorySettings, Settings, StoreSettings
from appliance.database import Database
from appliance.errors import ConfigError, RequestError
from appliance.history import History, Keep, Source, Volume
from appliance.history_report import Content, content, content_words, rows
from appliance.watch.spool import Alert, Spool

NOW = time.time()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    history = History(tmp_path / "history.sqlite", Keep(resolution_s=0))
    for minute in range(5):
        history.read(Source("plant/1/temp", "Pump 1", "°C", "temperature"), 60.0 + minute, NOW - 60 * (5 - minute))
    history.state(Source("light.hall", "Hall light", source="entity"), "on", NOW - 100)
    history.close()
    return Settings(store=StoreSettings(path=tmp_path / "ternd.sqlite"))


def test_what_is_kept(settings: Settings) -> None:
    found = content(settings)
    assert (found.series, found.rows) == (2, 5)
    words = content_words(found)
    assert "2 series, 5 rows of readings" in words
    assert "nothing measured yet" in words or "written" in words


def test_what_is_written_is_told_for_a_day() -> None:
    volumes = (Volume("2026-11-22", 2_000_000, 500, 43_200), Volume("2026-11-21", 100, 1, 60))
    words = content_words(Content("h", 1_500_000, 2, 5, None, volumes))
    assert "2.00 MB, 500 rows in 12.0 h, that is 4.0 MB a day" in words
    assert words.endswith("0.00 MB, 1 rows in 0.0 h"), "too short to tell"


def test_rows_of_a_series_by_key_name_or_part(settings: Settings) -> None:
    for name in ("plant/1/temp", "Pump 1", "pump"):
        lines = list(rows(settings, name, 1, as_json=True))
        assert [json.loads(line)["mean"] for line in lines] == [60, 61, 62, 63, 64]
    assert list(rows(settings, "Hall light", 1, as_json=False))[1].endswith("on")
    with pytest.raises(RequestError, match="There is no series 'boiler'"):
        list(rows(settings, "boiler", 1, as_json=False))


def test_no_history_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no history yet"):
        content(Settings(store=StoreSettings(path=tmp_path / "none" / "ternd.sqlite")))
    with pytest.raises(ConfigError, match="switched off"):
        content(Settings(history=HistorySettings(enabled=False)))


def test_alerts_are_listed(tmp_path: Path) -> None:
    database = Database(tmp_path / "ternd.sqlite", "")
    spool = Spool(database)
    spool.raised(
        Alert(0, "cold", "plant/1/temp", "Pump 1", "above", NOW - 100, None, "9", "Pump 1 is at 9 °C, above 8 °C.")
    )
    spool.raised(
        Alert(0, "old", "plant/2/temp", "Pump 2", "above", NOW - 900, None, "9", "Pump 2 is at 9 °C, above 8 °C.")
    )
    spool.cleared("old", "plant/2/temp", "above", NOW - 500)
    database.close()
    config = tmp_path / "ternd.toml"
    config.write_text(f'[store]\npath = "{tmp_path}/ternd.sqlite"\n[[watch]]\nid = "cold"\ntopics = ["plant/+/temp"]\n')
    program = [sys.executable, "-m", "appliance", "watch", "-c", str(config)]
    environment = {**os.environ, "STATE_DIRECTORY": str(tmp_path)}
    done = subprocess.run(program, capture_output=True, text=True, check=True, env=environment)
    first, second, third = done.stdout.splitlines()
    assert first == "1 watches configured, 0 messages wait for the broker"
    assert "still raised" in second
    assert "cold: Pump 1 is at 9 °C" in second
    assert "old (no longer configured): Pump 2" in third
    as_json = subprocess.run([*program, "--json"], capture_output=True, text=True, check=True, env=environment)
    assert [json.loads(line)["watch"] for line in as_json.stdout.splitlines()] == ["old", "cold"]
