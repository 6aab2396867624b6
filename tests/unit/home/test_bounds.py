"""What a flood of announcements can do: nothing lasting. And areas that come and go."""

from __future__ import annotations

import pytest

from appliance.home import Registry, announcements, parse_home, places
from appliance.messages import Json
from tests.unit.home.announcements import announce, announced, the_entity


def lamp(registry: Registry, number: int, **keys: Json) -> None:
    config = {
        "name": f"Lamp {number}",
        "uniq_id": f"u{number}",
        "cmd_t": f"lamp{number}/set",
        "stat_t": f"lamp{number}",
    }
    announce(registry, f"homeassistant/switch/s{number}/config", config | keys)


def areas(registry: Registry) -> list[str]:
    return [area.id for area in registry.snapshot().areas]


def test_an_area_goes_with_its_last_device() -> None:
    registry = Registry(parse_home("areas: [{id: den, name: Den}]").home)
    lamp(registry, 1, dev={"name": "x", "sa": "Office"})
    assert areas(registry) == ["den", "office"]
    lamp(registry, 1, dev={"name": "x", "sa": "Studio"})
    assert areas(registry) == ["den", "studio"]
    registry.feed("homeassistant/switch/s1/config", b"")
    assert areas(registry) == ["den"]


def test_one_device_cannot_bring_areas_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_AREAS", 3)
    registry = Registry()
    for number in range(10):
        lamp(registry, 1, dev={"name": "x", "sa": f"Area {number}"})
    assert len(areas(registry)) <= 1
    for number in range(10):
        lamp(registry, number, dev={"name": "x", "sa": f"Area {number}"})
    assert len(areas(registry)) <= 3
    assert len(registry.snapshot().entities) == 10


def test_an_area_that_becomes_known_later_takes_in_what_is_named_after_it() -> None:
    registry = Registry()
    lamp(registry, 1, name="Blue salon lamp")
    assert the_entity(registry).area is None
    structure = registry.snapshot().structure
    lamp(registry, 2, dev={"name": "x", "sa": "Blue salon"})
    found = {entity.name: entity.area for entity in registry.snapshot().entities}
    assert found == {"Blue salon lamp": "blue_salon", "x Lamp 2": "blue_salon"}
    assert registry.snapshot().structure > structure


def test_components_are_counted_even_if_they_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "MAX_SPECS", 5)
    registry = Registry()
    parts = {f"c{n}": {"p": "switch", "uniq_id": f"c{n}", "name": f"C {n}", "cmd_t": f"c/{n}"} for n in range(4)}
    for device in ("a", "b"):
        keys = {key: part | {"uniq_id": f"{device}{key}"} for key, part in parts.items()}
        announce(
            registry,
            f"homeassistant/device/{device}/config",
            {"dev": {"ids": [device]}, "o": {"name": "x"}, "cmps": keys},
        )
    assert len(registry.snapshot().entities) == 4
    assert "more than 5 components" in registry.problems()[0].reason
    registry.feed("homeassistant/device/a/config", b"")
    lamp(registry, 1)
    assert [entity.name for entity in registry.snapshot().entities] == ["Lamp 1"]


def test_long_texts_in_states_are_cut() -> None:
    registry = announced("light", schema="json", cmd_t="l/set", stat_t="l")
    registry.feed("l", b'{"state": "ON", "effect": "' + b"x" * 100_000 + b'"}')
    assert len(the_entity(registry).attributes["effect"]) == 1024


def test_what_steers_the_gateway_itself_is_no_device_of_the_home() -> None:
    registry = Registry()
    bridge = {"identifiers": ["zigbee2mqtt_bridge_0x1"], "name": "Zigbee2MQTT Bridge"}
    lamp(registry, 1, name="Permit join", dev=bridge)
    assert registry.snapshot().entities == ()
    assert "steers the gateway" in registry.hidden()[0].reason
    announce(registry, "homeassistant/binary_sensor/x/config", {"name": "Connection", "stat_t": "x", "dev": bridge})
    assert the_entity(registry).name == "Zigbee2MQTT Bridge Connection"
