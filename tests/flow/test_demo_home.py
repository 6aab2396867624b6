from __future__ import annotations

from collections import Counter

from appliance.demo.announced import announced_home
from appliance.demo.devices import load_demo_home
from appliance.demo.main import DemoOptions, demo, demo_home


def test_the_registry_reads_the_whole_shipped_home() -> None:
    demo, home = load_demo_home(), announced_home()
    domains = Counter(entity.domain for entity in home.entities)
    assert domains["light"] >= 12
    assert set(domains) >= {
        "switch",
        "cover",
        "lock",
        "climate",
        "fan",
        "vacuum",
        "valve",
        "humidifier",
        "sensor",
        "binary_sensor",
        "scene",
    }
    assert {entity.name for entity in home.entities} >= {
        "Kitchen ceiling light",
        "Garage door",
        "Garden pump",
        "Movie time",
    }
    names = [entity.name.lower() for entity in home.entities]
    assert all(any(name.startswith(device.name.lower()) for name in names) for device in demo.devices)
    assert len({entity.id for entity in home.entities}) == len(names)


def test_every_entity_stands_where_its_device_does_and_has_a_state() -> None:
    home = announced_home()
    for entity in home.entities:
        if entity.domain != "scene":
            assert entity.area in {area.id for area in home.areas}, entity.id
        if entity.domain not in ("scene", "sensor"):
            assert entity.state not in ("unknown", "unavailable"), entity.id


def test_the_running_demo_shows_the_same_home() -> None:
    with demo(load_demo_home(), DemoOptions()) as running:
        live = running.home()
    still = demo_home()
    assert {(one.id, one.name, one.area, one.device_class) for one in live.entities} == {
        (one.id, one.name, one.area, one.device_class) for one in still.entities
    }
    assert (live.floors, live.areas) == (still.floors, still.areas)
