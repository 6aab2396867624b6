"""What ``ternd discover`` prints."""

from __future__ import annotations

import json

from appliance.discover import _as_json, collisions, table
from appliance.home import Registry


def announce(registry: Registry, kind: str, number: int, **keys: object) -> None:
    config = {"name": "Lamp", "uniq_id": f"{kind}{number}", "cmd_t": f"l/{number}/set", "stat_t": f"l/{number}", **keys}
    registry.feed(f"homeassistant/{kind}/x{number}/config", json.dumps(config).encode())


def home() -> Registry:
    registry = Registry()
    announce(registry, "switch", 1, dev={"name": "Plug", "sa": "Hall"}, o={"name": "Tester"}, avty_t="l/there")
    announce(registry, "switch", 2, name="plug lamp", dev={"sa": "hall"})
    announce(registry, "light", 3, name="Lamp", dev={"sa": "Attic"})
    announce(registry, "sensor", 4, name="Odd", val_tpl="{{ now() }}")
    announce(registry, "update", 5)
    return registry


def test_the_report_has_origin_area_and_state() -> None:
    registry = home()
    lines = table(registry, registry.snapshot()).splitlines()
    assert lines[0].split() == ["entity", "name", "area", "state", "from"]
    assert lines[1].split() == ["switch.plug_lamp", "Plug", "Lamp", "hall", "unknown", "tester"]
    assert "4 entities in 2 areas" in lines


def test_what_cannot_be_used_is_told_with_the_reason() -> None:
    registry = home()
    report = table(registry, registry.snapshot())
    assert "not used: homeassistant/sensor/x4/config sensor4: unreadable: value_template: the function 'now'" in report
    assert "1 announced entities are left out" in report


def test_names_that_several_go_by_are_told_with_their_ids() -> None:
    registry = home()
    [(name, entities)] = collisions(registry.snapshot())
    assert name == "plug lamp"
    assert len(entities) == 2
    report = table(registry, registry.snapshot())
    assert "several are called 'plug lamp' (hall): switch.plug_lamp, switch.plug_lamp_" in report


def test_topics_on_request() -> None:
    registry = home()
    report = table(registry, registry.snapshot(), topics=True)
    assert "reports on        l/1" in report
    assert "is there on       l/there" in report
    assert "takes commands on l/1/set" in report
    assert "reports on" not in table(registry, registry.snapshot())


def test_scripts_get_everything() -> None:
    registry = home()
    said = json.loads(json.dumps(_as_json(registry, registry.snapshot())))
    assert said["entities"][0]["topics"] == {"states": ["l/1"], "availability": ["l/there"], "commands": ["l/1/set"]}
    assert said["collisions"][0]["name"] == "plug lamp"
    assert "components of the kind 'update'" in said["hidden"][0]["reason"]
    assert len(said["problems"]) == 1


def test_devices_cannot_steer_the_terminal() -> None:
    registry = home()
    registry.feed("homeassistant/sensor/evil/config", b'{"name": "Evil", "uniq_id": "e", "stat_t": "evil"}')
    registry.feed("evil", b"\x1b]0;gotcha\x07\x1b[2J")
    report = table(registry, registry.snapshot())
    assert "\x1b" not in report
    assert "\x07" not in report
    assert "gotcha" in report
