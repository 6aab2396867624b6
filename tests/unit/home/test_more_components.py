"""What newer announcements can say: slats, swing, rooms of a vacuum, parts of a device."""

from __future__ import annotations

import json

import pytest

from appliance.errors import ActError
from appliance.home import Registry
from appliance.messages import Action, Json
from tests.unit.home.announcements import announce, announced, sent, the_entity


def test_slats_are_read_and_set_in_percent() -> None:
    registry = announced(
        "cover", cmd_t="c/set", stat_t="c", tilt_cmd_t="c/tilt/set", tilt_status_t="c/tilt", tilt_min=0, tilt_max=180,
        tilt_clsd_val=0, tilt_opnd_val=90,
    )  # fmt: skip
    registry.feed("c/tilt", b"45")
    assert the_entity(registry).attributes["current_tilt_position"] == 25
    assert sent(registry, "cover.thing", "set_tilt", tilt_position=50) == [("c/tilt/set", "90")]
    assert sent(registry, "cover.thing", "open") == [("c/set", "OPEN")]
    with pytest.raises(ActError, match="0 to 100"):
        registry.encode(Action("cover.thing", "set_tilt", {"tilt_position": 101}))
    since = registry.serial("cover.thing")
    registry.feed("c/tilt", b"90")
    assert registry.wait("cover.thing", {"tilt_position": 50}, 0, since)[0]


def test_the_slats_of_a_cover_that_has_nothing_else_open_and_close() -> None:
    registry = announced("cover", tilt_cmd_t="c/set", tilt_cmd_tpl='{"tilt": {{ value }}}', tilt_opnd_val=80)
    assert sent(registry, "cover.thing", "open") == [("c/set", '{"tilt": 80}')]
    assert sent(registry, "cover.thing", "close") == [("c/set", '{"tilt": 0}')]
    assert sent(registry, "cover.thing", "set_tilt", tilt_position=30) == [("c/set", '{"tilt": 30}')]


def test_position_and_tilt_may_come_in_one_object() -> None:
    registry = announced("cover", cmd_t="c/set", pos_t="c/pos", tilt_cmd_t="c/tilt")
    registry.feed("c/pos", b'{"position": 40, "tilt_position": 10}')
    entity = the_entity(registry)
    assert (entity.state, entity.attributes["current_position"]) == ("open", 40)
    assert entity.attributes["current_tilt_position"] == 10
    registry.feed("c/pos", b'{"tilt_position": 20}')
    registry.feed("c/pos", b'{"position": "x"')
    assert the_entity(registry).attributes["current_tilt_position"] == 20


def test_slats_without_a_range_are_not_used() -> None:
    registry = announced("cover", cmd_t="c", tilt_min=5, tilt_max=5)
    assert registry.snapshot().entities == ()
    assert "tilt_min" in registry.problems()[0].reason


def test_swing_modes_of_a_thermostat() -> None:
    registry = announced(
        "climate", mode_cmd_t="a/mode/set", modes=["off", "cool"], swing_modes=["on", "off"], swing_mode_cmd_t="a/swing/set",
        swing_mode_stat_t="a/swing",
    )  # fmt: skip
    registry.feed("a/swing", b"on")
    assert the_entity(registry).attributes["swing_mode"] == "on"
    assert sent(registry, "climate.thing", "set_swing_mode", swing_mode="off") == [("a/swing/set", "off")]
    with pytest.raises(ActError, match="none of on, off"):
        registry.encode(Action("climate.thing", "set_swing_mode", {"swing_mode": "wild"}))


def test_a_vacuum_cleans_the_rooms_that_it_reported() -> None:
    registry = announced("vacuum", stat_t="v", cmd_t="v/set", cln_segmnts_cmd_t="v/rooms")
    assert "clean_area" in (the_entity(registry).features or ())
    with pytest.raises(ActError, match="none yet"):
        registry.encode(Action("vacuum.thing", "clean_area", {"area": "kitchen"}))
    registry.feed("v", json.dumps({"state": "docked", "segments": {"16": "Living room", "17": "Kitchen"}}).encode())
    assert sent(registry, "vacuum.thing", "clean_area", area="living_room") == [("v/rooms", '["16"]')]
    with pytest.raises(ActError, match="Living room, Kitchen"):
        registry.encode(Action("vacuum.thing", "clean_area", {"area": "attic"}))


def test_rooms_by_a_template() -> None:
    registry = announced(
        "vacuum",
        stat_t="v",
        cmd_t="v/set",
        cln_segmnts_cmd_t="v/rooms",
        cln_segmnts_cmd_tpl="clean {{ value | join(',') }}",
    )
    registry.feed("v", b'{"segments": {"1": "Hall"}}')
    assert sent(registry, "vacuum.thing", "clean_area", area="hall") == [("v/rooms", "clean 1")]


def test_a_vacuum_without_rooms_takes_no_room() -> None:
    registry = announced("vacuum", stat_t="v", cmd_t="v/set")
    with pytest.raises(ActError, match="does not take"):
        registry.encode(Action("vacuum.thing", "clean_area", {"area": "hall"}))


def test_a_mower_may_be_stopped() -> None:
    registry = announced("lawn_mower", stop_cmd_t="m/stop", strt_mw_cmd_t="m/go")
    assert sent(registry, "lawn_mower.thing", "stop") == [("m/stop", "stop")]


def test_the_direction_of_a_fan() -> None:
    registry = announced("fan", cmd_t="f/set", dir_stat_t="f/dir")
    registry.feed("f/dir", b"reverse")
    assert the_entity(registry).attributes["direction"] == "reverse"


def test_parts_of_a_device_go_by_their_own_names() -> None:
    registry = Registry()
    payload = {
        "dev": {"ids": ["strip"], "name": "Power strip", "sa": "Office"},
        "o": {"name": "x"},
        "cmps": {"all": {"p": "switch", "uniq_id": "s0", "name": None, "cmd_t": "s/0"}},
        "cdevs": [
            {"ids": ["s1"], "name": "Desk lamp", "cmps": {"one": {"p": "switch", "uniq_id": "s1", "name": None, "cmd_t": "s/1"}}},
            {"ids": ["s2"], "cmps": {"two": {"p": "switch", "uniq_id": "s2", "name": "Socket two", "cmd_t": "s/2"}}},
        ],
    }  # fmt: skip
    announce(registry, "homeassistant/device/strip/config", payload)
    found = {entity.name: entity.area for entity in registry.snapshot().entities}
    assert found == {"Power strip": "office", "Desk lamp": "office", "Power strip Socket two": "office"}
    announce(registry, "homeassistant/switch/x/config", {
        "name": None, "uniq_id": "x", "cmd_t": "x", "dev": {"ids": ["y"], "name": "Board", "cdev": {"ids": ["z"], "name": "Porch lamp"}},
    })  # fmt: skip
    assert "Porch lamp" in {entity.name for entity in registry.snapshot().entities}


@pytest.mark.parametrize("children", ["x", [1], [{"cmps": 3}], [{"name": "a"}]])
def test_children_of_a_wrong_shape_are_no_components(children: Json) -> None:
    registry = Registry()
    payload = {"dev": {"ids": ["strip"]}, "o": {"name": "x"}, "cdevs": children}
    announce(registry, "homeassistant/device/strip/config", payload)
    assert "at least one component" in registry.problems()[0].reason


def test_a_position_is_a_state_until_the_cover_tells_its_own() -> None:
    registry = announced("cover", cmd_t="c/set", stat_t="c", pos_t="c/pos")
    registry.feed("c/pos", b"40")
    assert the_entity(registry).state == "open"
    registry.feed("c", b"closing")
    registry.feed("c/pos", b"20")
    assert the_entity(registry).state == "closing"


@pytest.mark.parametrize(("space", "payload"), [("rgbw", "1,2,3,0"), ("rgbww", "1,2,3,0,0")])
def test_lights_with_whites_of_their_own(space: str, payload: str) -> None:
    registry = announced("light", **{"cmd_t": "l/set", f"{space}_cmd_t": "l/color/set", f"{space}_stat_t": "l/color"})
    assert sent(registry, "light.thing", "turn_on", rgb_color=[1, 2, 3]) == [("l/color/set", payload), ("l/set", "ON")]
    registry.feed("l/color", b"255,0,0" + b",0" * (len(space) - 3))
    assert the_entity(registry).attributes["rgb_color"] == (255, 0, 0)


def test_effects_of_a_template_light() -> None:
    registry = announced(
        "light", schema="template", cmd_t="l/set", stat_t="l", cmd_on_tpl="on,{{ effect | d('') }}", cmd_off_tpl="off", fx_list=["party"],
        fx_tpl="{{ value.split(',')[1] }}", stat_tpl="{{ value.split(',')[0] }}",
    )  # fmt: skip
    registry.feed("l", b"on,party")
    entity = the_entity(registry)
    assert (entity.state, entity.attributes["effect"], entity.attributes["effect_list"]) == ("on", "party", ("party",))
    assert sent(registry, "light.thing", "turn_on", effect="party") == [("l/set", "on,party")]
