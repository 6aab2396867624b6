from pathlib import Path

from appliance.home import load_home
from provisioning.command_model import matching
from provisioning.command_model.matching import Matching

MATCHING = Matching(load_home(Path(matching.__file__).with_name("published_home.yaml")))


def test_an_area_and_a_domain_reach_all_there_is() -> None:
    assert MATCHING.reached("HassTurnOn", {"area": "Kitchen", "domain": "light"}, None) == [
        "light.kitchen_counter",
        "light.kitchen_ceiling",
    ]


def test_a_floor_reaches_its_areas() -> None:
    slots = {"floor": "Basement", "domain": "cover", "device_class": "shutter"}
    assert MATCHING.reached("HassTurnOff", slots, None) == ["cover.workshop_shutter"]
    assert MATCHING.reached("HassTurnOff", {**slots, "device_class": "awning"}, None) is None


def test_a_name_twice_needs_the_area_where_it_was_said() -> None:
    slots = {"name": "Ceiling Light"}
    assert MATCHING.reached("HassTurnOn", slots, None) is None
    assert MATCHING.reached("HassTurnOn", slots, "office") is None
    assert MATCHING.reached("HassTurnOn", slots, "bedroom") == ["light.bedroom_ceiling"]
    assert MATCHING.reached("HassTurnOn", {**slots, "area": "Kitchen"}, "bedroom") == ["light.kitchen_ceiling"]


def test_what_one_is_wanted_of_must_be_one() -> None:
    assert MATCHING.reached("HassSetVolumeRelative", {"floor": "Ground Floor"}, None) is None
    assert MATCHING.reached("HassSetVolumeRelative", {"floor": "First Floor"}, None) == ["media_player.bedroom_speaker"]
    assert MATCHING.reached("HassSetVolume", {"floor": "Ground Floor"}, None) == [
        "media_player.kitchen_radio",
        "media_player.tv",
    ]


def test_a_vacuum_cleans_the_areas_of_its_floor() -> None:
    assert MATCHING.reached("HassVacuumCleanArea", {"area": "Kitchen"}, None) == ["vacuum.dusty"]
    assert MATCHING.reached("HassVacuumCleanArea", {"area": "Garden"}, None) is None
    assert MATCHING.reached("HassVacuumCleanArea", {"area": "Garden", "name": "Scrubby"}, None) == ["vacuum.scrubby"]


def test_timers_reach_nothing() -> None:
    assert MATCHING.reached("HassStartTimer", {"minutes": 5}, "kitchen") == []
