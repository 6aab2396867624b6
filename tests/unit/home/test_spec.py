"""What announced entities are called."""

from __future__ import annotations

import pytest

from appliance.home import Registry
from appliance.home.spec import readable, slug
from appliance.messages import Json
from tests.unit.home.announcements import announce, the_entity


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Kitchen ceiling", "Kitchen ceiling"),
        ("living_room_lamp", "Living room lamp"),
        ("kitchen/ceiling", "Kitchen ceiling"),
        ("Hall-Dimmer", "Hall Dimmer"),
        ("A/C", "A/C"),
        ("Wi-Fi 2.4", "Wi-Fi 2.4"),
        ("iPad", "iPad"),
        ("  two\tblanks\n ", "two blanks"),
        ("_", ""),
        ("Büro_Lampe", "Büro Lampe"),
    ],
)
def test_technical_names_become_readable(raw: str, name: str) -> None:
    assert readable(raw) == name


def test_slugs_are_ascii() -> None:
    assert [slug(text) for text in ("Café Lamp", "A  b--C", "日本", "x" * 80)] == ["cafe_lamp", "a_b_c", "", "x" * 64]


@pytest.mark.parametrize(
    ("kind", "name", "device", "device_class", "shown", "aliases"),
    [
        ("light", None, "Desk", None, "Desk", ()),
        ("light", "Reading light", "Desk", None, "Desk Reading light", ("Reading light",)),
        ("light", "Desk light", "Desk", None, "Desk light", ("Desk",)),
        ("light", "Hall-Dimmer_dimmer", "Hall-Dimmer", None, "Hall Dimmer dimmer", ("Hall Dimmer",)),
        ("switch", "Strip left", "Strip", None, "Strip left", ()),
        ("number", "Desk light", "Desk", None, "Desk light", ()),
        ("cover", "Awning", "esp-porch", None, "Esp porch Awning", ("Awning",)),
        ("switch", "Relay", "esp-porch", None, "Esp porch Relay", ()),
        ("switch", "Left", "Wall switch", None, "Wall switch Left", ()),
        ("cover", "Door", "Garage", "garage", "Garage Door", ()),
        ("vacuum", "Robot", "Valetudo Robot", None, "Valetudo Robot", ()),
        ("light", "Lamp", "Hall-Lamp", None, "Hall Lamp", ()),
        ("switch", "Amp", "Hall lamp", None, "Hall lamp Amp", ()),
        ("light", "Porch light", "esp-porch", None, "Porch light", ()),
        ("sensor", "Porch temperature", "esp-porch", "temperature", "Porch temperature", ()),
        ("sensor", "Temperature", "esp-porch", "temperature", "Esp porch Temperature", ()),
        ("light", "Lamp", "", None, "Lamp", ()),
    ],
)
def test_names_are_composed(
    kind: str, name: str | None, device: str, device_class: str | None, shown: str, aliases: tuple[str, ...]
) -> None:
    registry = Registry()
    keys: dict[str, Json] = {
        "name": name,
        "device_class": device_class,
        "device": {"name": device},
        "cmd_t": "x/set",
        "stat_t": "x",
    }
    announce(registry, f"homeassistant/{kind}/x/config", keys)
    entity = the_entity(registry)
    assert (entity.name, entity.aliases) == (shown, aliases)


@pytest.mark.parametrize(
    ("device", "device_class", "shown"),
    [
        ("Hall climate", "temperature", "Hall climate temperature"),
        ("Hall motion", "motion", "Hall motion"),
        ("Kitchen window", "window", "Kitchen window"),
        ("Sink", "moisture", "Sink moisture"),
    ],
)
def test_a_sensor_without_a_name_is_called_after_what_it_measures(device: str, device_class: str, shown: str) -> None:
    registry = Registry()
    keys: dict[str, Json] = {"device_class": device_class, "device": {"name": device}, "stat_t": "x"}
    announce(registry, "homeassistant/binary_sensor/x/config", keys)
    assert the_entity(registry).name == shown


def test_a_thing_without_any_name_is_called_by_its_topic() -> None:
    registry = Registry()
    announce(registry, "homeassistant/switch/garden_pump/config", {"cmd_t": "p"})
    assert (the_entity(registry).id, the_entity(registry).name) == ("switch.garden_pump", "Garden pump")


def test_a_name_without_words_is_refused() -> None:
    registry = Registry()
    announce(registry, "homeassistant/switch/__/config", {"name": "!!!", "cmd_t": "p"})
    assert "no name" in registry.problems()[0].reason


@pytest.mark.parametrize(
    ("kind", "keys", "there"),
    [
        ("sensor", {"ent_cat": "diagnostic", "dev_cla": "battery"}, True),
        ("sensor", {"ent_cat": "diagnostic", "dev_cla": "signal_strength"}, False),
        ("sensor", {"ent_cat": "diagnostic"}, False),
        ("switch", {"ent_cat": "config"}, False),
        ("switch", {"ent_cat": "diagnostic", "dev_cla": "outlet"}, False),
        ("switch", {"en": False}, False),
        ("switch", {"o": {"name": "ternd"}}, False),
        ("switch", {"o": {"name": "other"}}, True),
    ],
)
def test_what_is_for_technicians_is_left_out(kind: str, keys: dict[str, Json], there: bool) -> None:
    registry = Registry()
    announce(registry, f"homeassistant/{kind}/x/config", {"name": "Thing", "cmd_t": "x/set", "stat_t": "x", **keys})
    assert bool(registry.snapshot().entities) is there
    assert bool(registry.hidden()) is not there
