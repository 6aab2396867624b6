"""Discovery sets of the known programs, each as the program sends it: what is found, what it reports, what it is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.home import Registry
from appliance.messages import Action, Publish

SETS = {path.stem: json.loads(path.read_text("utf-8")) for path in Path(__file__).with_name("recorded").glob("*.json")}
PROGRAMS = pytest.mark.parametrize("name", sorted(SETS))


def wire(payload: Any) -> bytes:
    return (payload if isinstance(payload, str) else json.dumps(payload)).encode()


def installed(recorded: dict[str, Any]) -> Registry:
    registry = Registry()
    for topic, payload in recorded["announced"].items():
        registry.feed(topic, wire(payload), retain=True)
    for topic, payload in recorded["reported"]:
        registry.feed(topic, wire(payload))
    return registry


def test_all_programs_are_here() -> None:
    assert set(SETS) == {"esphome", "openmqttgateway", "tasmota", "zigbee2mqtt", "zwave_js_ui"}


@PROGRAMS
def test_everything_announced_is_readable(name: str) -> None:
    registry = installed(SETS[name])
    assert registry.problems() == ()
    assert all("not used" not in problem.reason for problem in registry.hidden())


@PROGRAMS
def test_entities_with_their_states(name: str) -> None:
    recorded = SETS[name]
    entities = {entity.id: entity for entity in installed(recorded).snapshot().entities}
    for entity_id, wanted in recorded["entities"].items():
        assert entity_id in entities, sorted(entities)
        entity = entities[entity_id]
        shown = {
            "name": entity.name,
            "aliases": entity.aliases,
            "area": entity.area,
            "state": entity.state,
            **entity.attributes,
        }
        found = {key: list(shown[key]) if isinstance(shown[key], tuple) else shown[key] for key in wanted}
        assert found == wanted
    known = set(recorded["entities"])
    extra = {entity_id for entity_id in entities.keys() - known if not entity_id.startswith("sensor.kettle_")}
    assert not extra


@PROGRAMS
def test_commands(name: str) -> None:
    recorded = SETS[name]
    registry = installed(recorded)
    for entity_id, command, data, wanted in recorded["commands"]:
        sent = [
            message for message in registry.encode(Action(entity_id, command, data)) if isinstance(message, Publish)
        ]
        assert [
            [one.topic, json.loads(one.payload) if isinstance(payload, dict) else one.payload.decode()]
            for one, (_, payload) in zip(sent, wanted, strict=True)
        ] == wanted
        assert not any(message.retain for message in sent)


@PROGRAMS
def test_a_gateway_that_goes_takes_its_devices_along(name: str) -> None:
    recorded = SETS[name]
    if not recorded["away"]:
        pytest.skip("the program says nothing of the kind")
    registry = installed(recorded)
    before = sum(entity.state == "unavailable" for entity in registry.snapshot().entities)
    for topic, payload in recorded["away"]:
        registry.feed(topic, wire(payload))
    assert before == 0
    assert any(entity.state == "unavailable" for entity in registry.snapshot().entities)


@PROGRAMS
def test_removed_again_nothing_is_left(name: str) -> None:
    recorded = SETS[name]
    registry = installed(recorded)
    for topic in recorded["announced"]:
        registry.feed(topic, b"", retain=True)
    home = registry.snapshot()
    assert home.entities == ()
    assert home.areas == ()
    assert registry.state_topics() == frozenset()
    assert registry.hidden() == ()
