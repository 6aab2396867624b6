"""The doctor on this machine: the parts that no root directory can stand for."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from appliance import doctor
from appliance.config import GpioSettings, ModelSettings, MqttSettings, Settings, StoreSettings
from appliance.machine import Finding
from appliance.messages import Reply, Request
from appliance.store import Store
from tests.broker import Mosquitto, MosquittoOptions, free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(mqtt=MqttSettings(enabled=False), store=StoreSettings(path=tmp_path / "ternd.sqlite"))


def found(settings: Settings, what: str) -> Finding:
    return next(finding for finding in doctor.examine(settings) if finding.what == what)


def test_all_that_is_wrong_says_what_mends_it(settings: Settings) -> None:
    wrong = replace(settings, mqtt=MqttSettings(host="127.0.0.1", port=free_port()))
    findings = doctor.examine(wrong)
    assert [finding.what for finding in findings if not finding.ok and not finding.mend] == []
    shown = doctor.render(findings)
    assert "!!  broker" in shown
    assert all({"what", "ok", "detail", "mend", "grave"} == set(one) for one in doctor.as_json(findings))


def test_a_damaged_database_is_said(settings: Settings) -> None:
    path = settings.store.path
    assert path is not None
    with contextlib.closing(Store(path)) as store:
        for number in range(200):
            store.record(Request(f"r{number}", "x" * 200, "cli"), Reply(f"r{number}", "y", "y"))
    assert found(settings, "database").ok
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(len(content) - 100))
    finding = found(settings, "database")
    assert "damaged" in finding.detail
    assert finding.mend


def test_a_damaged_model_says_what_mends_it(settings: Settings, tmp_path: Path) -> None:
    finding = found(replace(settings, model=ModelSettings(directory=tmp_path)), "model")
    assert not finding.ok
    assert "install ternd again" in finding.mend


def test_a_broker_that_wants_a_name_is_not_taken_for_a_missing_one(settings: Settings) -> None:
    with Mosquitto(MosquittoOptions(extra="allow_anonymous false")) as broker:
        finding = found(replace(settings, mqtt=MqttSettings(host=broker.host, port=broker.port)), "broker")
    assert "does not let us in" in finding.detail
    assert "mqtt.username" in finding.mend


def test_a_stub_of_lgpio_is_not_taken_for_lgpio(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", ModuleType("lgpio"))
    assert "empty package" in found(settings, "lgpio").detail


def test_pins_without_a_board_are_said(settings: Settings) -> None:
    assert found(replace(settings, gpio=GpioSettings(factory="mock")), "pins").ok


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user's file")
def test_a_database_of_another_user_is_said(settings: Settings) -> None:
    path = settings.store.path
    assert path is not None
    path.touch()
    assert found(settings, "database").ok
    os.chown(path, 65_534, 65_534)
    assert "chown" in found(settings, "database").mend
