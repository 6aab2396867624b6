from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from appliance.demo.devices import HOME_FILE, load_demo_home, parse_demo_home, stations
from appliance.demo.wire import Fault
from appliance.errors import HomeError

SMALL: dict[str, Any] = {
    "floors": [{"id": "ground", "name": "Ground"}],
    "areas": [{"id": "den", "name": "Den", "floor": "ground"}],
    "devices": [
        {"kind": "zigbee_light", "name": "Lamp", "area": "den"},
        {"kind": "tasmota", "name": "Heater", "watts": 900},
    ],
    "scenes": [{"name": "Cosy", "members": {"Lamp": {"brightness": 40}}}],
}


def changed(section: str, entry: object) -> dict[str, Any]:
    home = copy.deepcopy(SMALL)
    home[section] = [*home[section], entry]
    return home


def test_the_shipped_home_is_complete() -> None:
    home = load_demo_home()
    assert len(home.devices) + len(home.scenes) + len(home.pins) >= 30
    assert len(home.areas) >= 8
    assert len(home.floors) == 2
    kinds = {device.kind for device in home.devices}
    assert {"zigbee_lock", "zigbee_thermostat", "zigbee_cover", "tasmota", "valetudo", "board"} <= kinds
    assert sum("fan" in device.kind for device in home.devices) == 1
    kitchen_light = next(device for device in home.devices if device.name == "Kitchen ceiling light")
    assert kitchen_light.area == "kitchen"
    assert {pin.kind for pin in home.pins} == {"relay", "led"}


def test_every_station_has_its_own_client_id_and_topics() -> None:
    found = stations(load_demo_home())
    assert len({station.client_id for station in found}) == len(found)
    assert all(station.topics for station in found)


@pytest.mark.parametrize(
    ("home", "complaint"),
    [
        ([], "sections"),
        ({"devices": [], "rooms": []}, "sections"),
        ({"devices": {}}, "devices must be a list"),
        (changed("devices", 7), "no mapping"),
        (changed("devices", {"kind": "toaster", "name": "T"}), "no such kind: toaster"),
        (changed("devices", {"kind": "tasmota"}), "needs a name"),
        (changed("devices", {"kind": "tasmota", "name": "a/b"}), "needs a name"),
        (changed("devices", {"kind": "tasmota", "name": "Lamp"}), "two devices are called 'Lamp'"),
        (changed("devices", {"kind": "tasmota", "name": "X", "area": "attic"}), "unknown area 'attic'"),
        (changed("devices", {"kind": "tasmota", "name": "X", "colour": 1}), "'X'.*colour"),
        (changed("devices", {"kind": "tasmota", "name": "X", "light": "neon"}), "no such light"),
        (changed("devices", {"kind": "board", "name": "X", "parts": [{"part": "wheel"}]}), "no such part: wheel"),
        (changed("scenes", {"name": "S", "members": {"Ghost": {}}}), "unknown device 'Ghost'"),
        (changed("areas", {"id": "x"}), "areas: .*name"),
    ],
)
def test_a_wrong_home_is_explained(home: object, complaint: str) -> None:
    with pytest.raises(HomeError, match=complaint):
        parse_demo_home(home)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    for name, text in (("broken.yaml", b"{"), ("binary.yaml", b"\xff\xfe")):
        (tmp_path / name).write_bytes(text)
        with pytest.raises(HomeError, match=name):
            load_demo_home(tmp_path / name)
    with pytest.raises(HomeError, match="missing"):
        load_demo_home(tmp_path / "missing.yaml")


def test_faults_go_to_devices_by_name() -> None:
    home = parse_demo_home(SMALL).with_faults({"Lamp": Fault(silent=True)})
    assert [device.fault.silent for device in home.devices] == [True, False]
    with pytest.raises(HomeError, match="'Ghost'"):
        home.with_faults({"Ghost": Fault()})


def test_no_key_of_the_shipped_home_is_a_yaml_boolean() -> None:
    def keys(value: object) -> list[object]:
        if isinstance(value, dict):
            return [*value, *(key for item in value.values() for key in keys(item))]
        return [key for item in value for key in keys(item)] if isinstance(value, list) else []

    assert all(isinstance(key, str) for key in keys(yaml.safe_load(HOME_FILE.read_text())))
