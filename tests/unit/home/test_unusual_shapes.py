"""Announcements that are rare but legal: what Home Assistant takes is taken here, too."""

from __future__ import annotations

import pytest

from appliance.errors import ActError
from appliance.home import CommandTopics, Registry
from appliance.messages import Action, Json
from tests.unit.home.announcements import announce, announced, sent, the_entity

# --- topics and ids


def test_a_device_may_have_its_topics_beside_its_announcement() -> None:
    # the first example of Home Assistant's documentation
    registry = Registry()
    keys = {
        "~": "homeassistant/light/kitchen",
        "name": "Kitchen",
        "cmd_t": "~/set",
        "stat_t": "~/state",
        "schema": "json",
    }
    announce(registry, "homeassistant/light/kitchen/config", keys)
    registry.feed("homeassistant/light/kitchen/state", b'{"state": "ON"}')
    assert the_entity(registry).state == "on"
    assert sent(registry, "light.kitchen", "turn_off") == [("homeassistant/light/kitchen/set", '{"state": "OFF"}')]


@pytest.mark.parametrize("prefix", ["homeassistant", "ha/discovery"])
def test_no_command_goes_to_announcements_whatever_their_prefix(prefix: str) -> None:
    topics = CommandTopics(discovery=prefix)
    assert topics.fault(f"{prefix}/switch/pump/set") is None
    for topic in (f"{prefix}/switch/pump/config", f"{prefix}/device/a/config", f"{prefix}/status", prefix):
        assert topics.fault(topic) is not None


def test_a_unique_id_is_unique_within_its_kind() -> None:
    registry = Registry()
    announce(registry, "homeassistant/switch/plug/config", {"name": "Plug", "uniq_id": "plug1", "cmd_t": "p/set"})
    power = {"name": "Plug power", "uniq_id": "plug1", "stat_t": "p/power", "unit_of_meas": "W"}
    announce(registry, "homeassistant/sensor/plug/config", power)
    assert {entity.id for entity in registry.snapshot().entities} == {"switch.plug", "sensor.plug_power"}
    assert registry.problems() == ()
    registry.feed("homeassistant/switch/plug/config", b"")
    assert the_entity(registry).id == "sensor.plug_power"


def test_a_device_moves_to_the_other_form() -> None:
    registry = Registry()
    keys = {"name": "Lamp", "uniq_id": "lamp1", "cmd_t": "lamp/set", "stat_t": "lamp"}
    announce(registry, "homeassistant/switch/lamp/config", keys)
    registry.feed("lamp", b"ON")
    announce(registry, "homeassistant/switch/lamp/config", {"migrate_discovery": True})
    device = {"dev": {"ids": "lamp1", "name": "Lamp"}, "o": {"name": "x"}}
    announce(registry, "homeassistant/device/lamp/config", device | {"cmps": {"a": {"p": "switch", **keys}}})
    registry.feed("homeassistant/switch/lamp/config", b"")
    assert the_entity(registry).id == "switch.lamp"
    assert registry.problems() == ()


@pytest.mark.parametrize("keys", [{}, {"name": "D"}, {"icon": "mdi:x"}])
def test_what_has_no_topic_at_all_is_no_device(keys: dict[str, Json]) -> None:
    registry = Registry()
    announce(registry, "homeassistant/switch/x/config", keys)
    assert registry.snapshot().entities == ()
    assert "no topic" in registry.problems()[0].reason


def test_a_name_of_pictures_only_gives_way_to_the_id() -> None:
    registry = Registry()
    announce(registry, "homeassistant/light/porch_lamp/config", {"name": "💡", "cmd_t": "l/set"})
    assert the_entity(registry).name == "Porch lamp"


# --- types


@pytest.mark.parametrize("said", ["true", "True", "on", "1", 1])
def test_truth_may_be_a_word_or_a_number(said: Json) -> None:
    light = the_entity(announced("light", schema="json", cmd_t="l/set", brightness=said))
    assert "brightness" in (light.features or ())


@pytest.mark.parametrize("said", ["false", "no", 0, False])
def test_what_is_disabled_by_default_is_left_out_in_any_wording(said: Json) -> None:
    registry = announced("switch", cmd_t="s/set", en=said)
    assert registry.snapshot().entities == ()
    assert registry.hidden()[0].reason == "disabled by default"


def test_a_flag_that_is_neither_is_named() -> None:
    registry = announced("light", schema="json", cmd_t="l/set", brightness="perhaps")
    assert "brightness must be true or false" in registry.problems()[0].reason


def test_one_of_a_list_may_stand_alone() -> None:
    registry = announced("select", cmd_t="s/set", options="eco")
    assert the_entity(registry).attributes["options"] == ("eco",)


def test_one_availability_topic_may_stand_alone() -> None:
    registry = announced("switch", cmd_t="s/set", avty={"t": "here", "pl_not_avail": "0"})
    registry.feed("here", b"0")
    assert the_entity(registry).state == "unavailable"


def test_an_availability_that_cannot_be_read_costs_only_itself() -> None:
    registry = announced("switch", cmd_t="s/set", stat_t="s", avty_t="a", avty_tpl="{{ now() }}")
    registry.feed("s", b"ON")
    assert the_entity(registry).state == "on"
    assert "availability_template" in registry.problems()[0].reason


# --- kinds


def test_a_light_that_brightness_switches_on() -> None:
    keys = {"cmd_t": "l/set", "stat_t": "l", "bri_cmd_t": "l/dim", "bri_stat_t": "l/level", "bri_scl": 10}
    registry = announced("light", **keys, on_cmd_type="brightness")
    assert sent(registry, "light.thing", "turn_on") == [("l/dim", "10")]
    registry.feed("l/level", b"4")
    assert sent(registry, "light.thing", "turn_on") == [("l/dim", "4")]
    assert sent(registry, "light.thing", "turn_on", brightness=3) == [("l/dim", "1")]  # dim is not off
    assert sent(registry, "light.thing", "turn_off") == [("l/set", "OFF")]


def test_wled_is_switched_on_and_coloured() -> None:
    keys = {
        "cmd_t": "wled/a", "stat_t": "wled/a/g", "bri_cmd_t": "wled/a", "bri_stat_t": "wled/a/g", "bri_val_tpl": "{{value}}",
        "rgb_cmd_t": "wled/a/col", "rgb_stat_t": "wled/a/c", "on_cmd_type": "brightness",
        "rgb_cmd_tpl": "{{'#%02x%02x%02x' | format(red, green, blue)}}",
        "rgb_val_tpl": "{{value[1:3]|int(base=16)}},{{value[3:5]|int(base=16)}},{{value[5:7]|int(base=16)}}",
        "stat_val_tpl": "{{ 'ON' if value | int > 0 else 'OFF' }}",
    }  # fmt: skip
    registry = announced("light", **keys)
    registry.feed("wled/a/g", b"0")
    registry.feed("wled/a/c", b"#FF8000")
    light = the_entity(registry)
    assert (light.state, light.attributes["rgb_color"]) == ("off", (255, 128, 0))
    assert sent(registry, light.id, "turn_on", rgb_color=[0, 0, 255]) == [("wled/a/col", "#0000ff"), ("wled/a", "255")]


def test_a_coloured_light_without_a_dimmer_is_dimmed_by_its_colour() -> None:
    registry = announced("light", cmd_t="l/set", rgb_cmd_t="l/rgb", rgb_stat_t="l/is")
    assert "brightness" in (the_entity(registry).features or ())
    registry.feed("l/is", b"128,64,0")
    light = the_entity(registry)
    assert (light.attributes["brightness"], light.attributes["rgb_color"]) == (128, (255, 128, 0))
    assert sent(registry, light.id, "turn_on", brightness=64) == [("l/rgb", "64,32,0"), ("l/set", "ON")]
    assert sent(registry, light.id, "turn_on", rgb_color=[0, 255, 0])[0] == ("l/rgb", "0,128,0")
    registry.feed("l/is", b"0,0,0")
    assert the_entity(registry).attributes["brightness"] == 0


def test_a_light_of_templates_keeps_what_can_be_read() -> None:
    keys = {"schema": "template", "cmd_t": "l/set", "cmd_on_tpl": "on", "cmd_off_tpl": "off", "stat_t": "l"}
    registry = announced("light", **keys, stat_tpl="{{ value }}", fx_tpl="{{ now() }}")
    registry.feed("l", b"on")
    assert the_entity(registry).state == "on"
    assert "effect_template" in registry.problems()[0].reason


def test_a_water_heater_has_the_usual_modes() -> None:
    registry = announced("water_heater", mode_cmd_t="w/set", mode_stat_t="w")
    registry.feed("w", b"eco")
    assert the_entity(registry).state == "eco"
    assert sent(registry, "water_heater.thing", "turn_off") == [("w/set", "off")]


def test_a_preset_can_be_left() -> None:
    registry = announced("climate", pr_modes=["eco"], pr_mode_cmd_t="c/set")
    assert sent(registry, "climate.thing", "set_mode", mode="none") == [("c/set", "none")]


def test_an_alarm_panel_is_armed_only_as_it_can_be() -> None:
    registry = announced("alarm_control_panel", cmd_t="a/set", sup_feat=["arm_home"])
    assert sent(registry, "alarm_control_panel.thing", "arm", mode="home") == [("a/set", "ARM_HOME")]
    with pytest.raises(ActError, match="armed as home, not 'away'"):
        registry.encode(Action("alarm_control_panel.thing", "arm", {}))


@pytest.mark.parametrize(("kind", "keys"), [("number", {}), ("select", {"options": ["a"]})])
def test_a_value_may_be_unknown_again(kind: str, keys: dict[str, Json]) -> None:
    registry = announced(kind, cmd_t="n/set", stat_t="n", **keys)
    registry.feed("n", b"a" if kind == "select" else b"3")
    registry.feed("n", b"None")
    assert the_entity(registry).state == "unknown"


def test_a_state_still_decays_when_it_is_announced_anew() -> None:
    now = [0.0]
    registry = Registry(clock=lambda: now[0])
    keys = {"name": "Hall motion", "stat_t": "m", "off_dly": 30}
    announce(registry, "homeassistant/binary_sensor/m/config", keys)
    registry.feed("m", b"ON")
    announce(registry, "homeassistant/binary_sensor/m/config", {**keys, "icon": "mdi:run"})
    assert the_entity(registry).state == "on"
    now[0] = 31.0
    assert the_entity(registry).state == "off"


# --- texts that are none

HALF = b"\\ud83d"
"""The first half of a character, as JSON can write it."""


def test_half_a_character_in_a_report_is_a_question_mark() -> None:
    registry = announced("sensor", stat_t="x/note", val_tpl="{{ value_json.note }}")
    registry.feed("x/note", b'{"note": "milk ' + HALF + b'"}')
    assert the_entity(registry).state == "milk ?"
    registry.feed("x/note", b'{"note": "' + HALF + b'\\ude00 \xf0\x9f\x98\x80"}')
    assert the_entity(registry).state == "😀 😀", "two halves are a character"


@pytest.mark.parametrize(
    "template", ["{{ value[0:1] | from_json }}", "{{ ('\"' ~ '\\\\' ~ 'ud83d' ~ '\"') | from_json }}", "{{ '\ud83d' }}"]
)
def test_half_a_character_of_a_template_is_one_too(template: str) -> None:
    registry = announced("sensor", stat_t="x/note", val_tpl=template)
    registry.feed("x/note", b"1")
    the_entity(registry).state.encode()


def test_half_a_character_in_an_announcement_is_a_question_mark() -> None:
    registry = Registry()
    payload = (
        b'{"name": "Fan '
        + HALF
        + b'", "stat_t": "f", "cmd_t": "f/set", "pl_on": "'
        + HALF
        + b'", "unique_id": "'
        + HALF
        + b'"}'
    )
    registry.feed("homeassistant/switch/fan/config", payload)
    fan = the_entity(registry)
    assert fan.name == "Fan ?"
    assert sent(registry, fan.id, "turn_on") == [("f/set", "?")]


def test_an_announcement_is_utf_8() -> None:
    registry = Registry()
    registry.feed("homeassistant/switch/fan/config", '{"name": "Fan", "stat_t": "f"}'.encode("utf-16"))
    registry.feed("homeassistant/switch/fan2/config", b'{"name": "Fan \xed\xa0\xbd", "stat_t": "f"}')
    assert registry.snapshot().entities == ()
    assert len(registry.problems()) == 2


@pytest.mark.parametrize("topic", ["ternd/pi/gpio/pump/set", "tasmota/discovery/x/set", "locked/x/set", "a/#/set"])
def test_nobody_is_asked_for_a_state_where_nothing_may_be_sent(topic: str) -> None:
    registry = Registry(command_topics=CommandTopics(denied=(*CommandTopics().denied, "locked/")))
    keys = {
        "name": "X", "unique_id": "x", "command_topic": topic, "mode_command_topic": "fine/mode", "mode_state_topic": "fine",
        "origin": {"name": "Zigbee2MQTT"},
    }  # fmt: skip
    announce(registry, "homeassistant/climate/x/config", keys)
    assert the_entity(registry).features
    assert not registry.polls()
