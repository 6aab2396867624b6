"""A daemon that was killed: its next run answers what the broker had been told was taken."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.demo.broker import mosquitto_program
from appliance.demo.devices import load_demo_home
from appliance.demo.main import DemoOptions, RunningDemo, demo
from appliance.inbox import Inbox
from appliance.messages import Request
from appliance.reception import INTERRUPTED
from tests.broker import eventually

pytestmark = pytest.mark.skipif(mosquitto_program() is None, reason="mosquitto is not installed")


ENTITIES = ("switch.coffee_machine", "switch.garden_pump", "switch.printer")


def state(running: RunningDemo, entity: str) -> str:
    return next(one.state for one in running.home().entities if one.id == entity)


def test_what_a_killed_run_left_is_answered_once_and_nothing_is_done_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    killed = Inbox(tmp_path / "inbox.sqlite")
    begun = Request(
        id="begun",
        text="turn on the coffee machine",
        source="mqtt:reply/x",
        deadline=time.monotonic() + 60,
    )
    fresh = replace(begun, id="fresh", text="turn on the garden pump")
    late = replace(begun, id="late", text="turn on the printer", deadline=time.monotonic() - 1)
    for request in (begun, fresh, late):
        killed.take(request)
    killed.begin(begun)
    with demo(load_demo_home(), DemoOptions(broker="mosquitto")) as running:
        entries = running.daemon._store.entries
        assert eventually(lambda: len(entries(10)) == 3, 30)
        said = {entry.heard: entry for entry in entries(10)}
        assert said[begun.text].reply == INTERRUPTED
        assert said[late.text].actions == []
        assert [action["result"] for action in said[fresh.text].actions] == ["confirmed"]
        assert [state(running, one) for one in ENTITIES] == ["off", "on", "off"]
    assert Inbox(tmp_path / "inbox.sqlite").left() == ()
