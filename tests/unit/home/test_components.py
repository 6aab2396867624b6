"""Each kind of component: how its messages are read and its commands written."""

# ruff: noqa: E501  (tables read best with a row per case)

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from appliance.errors import ActError
from appliance.home import Registry, parse_home
from appliance.messages import Action, Json, Publish
from tests.unit.home.announcements import announce, announced, the_entity


def write(registry: Registry, command: str, data: Mapping[str, Json]) -> list[tuple[str, str]]:
    messages = registry.encode(Action(the_entity(registry).id, command, data))
    return [(message.topic, message.payload.decode()) for message in messages if isinstance(message, Publish)]


BASIC_LIGHT: dict[str, Json] = {
    "cmd_t": "l/set", "stat_t": "l", "bri_cmd_t": "l/bri/set", "bri_stat_t": "l/bri", "bri_scl": 100,
    "rgb_cmd_t": "l/rgb/set", "rgb_stat_t": "l/rgb", "clr_temp_cmd_t": "l/ct/set", "clr_temp_stat_t": "l/ct",
    "fx_cmd_t": "l/fx/set", "fx_list": ["party"],
}  # fmt: skip
TEMPLATE_LIGHT: dict[str, Json] = {
    "schema": "template", "cmd_t": "l/set", "stat_t": "l", "stat_tpl": "{{ value.split(',')[0] }}", "bri_tpl": "{{ value.split(',')[1] }}",
    "cmd_on_tpl": "on{% if brightness is defined %},{{ brightness }}{% endif %}{% if red is defined %},{{ red }}-{{ green }}-{{ blue }}{% endif %}",
    "cmd_off_tpl": "off", "r_tpl": "{{ value.split(',')[2] }}", "g_tpl": "{{ value.split(',')[3] }}", "b_tpl": "{{ value.split(',')[4] }}",
}  # fmt: skip
COVER: dict[str, Json] = {"cmd_t": "c/set", "stat_t": "c", "pos_t": "c/pos", "set_pos_t": "c/pos/set"}
LOCK: dict[str, Json] = {"cmd_t": "k/set", "stat_t": "k"}
CLIMATE: dict[str, Json] = {
    "mode_cmd_t": "t/mode/set", "mode_stat_t": "t/mode", "modes": ["off", "heat"], "temp_cmd_t": "t/temp/set", "temp_stat_t": "t/temp",
    "fan_mode_cmd_t": "t/fan/set", "fan_modes": ["low", "high"], "pr_mode_cmd_t": "t/preset/set", "pr_modes": ["eco"],
}  # fmt: skip
HUMIDIFIER: dict[str, Json] = {
    "cmd_t": "h/set", "stat_t": "h", "hum_cmd_t": "h/target/set", "hum_stat_t": "h/target", "min_hum": 30, "max_hum": 70,
    "mode_cmd_t": "h/mode/set", "modes": ["sleep"],
}  # fmt: skip
ALARM: dict[str, Json] = {"cmd_t": "a/set", "stat_t": "a"}


@pytest.mark.parametrize(
    ("kind", "keys", "command", "data", "sent"),
    [
        ("light", BASIC_LIGHT, "turn_on", {}, [("l/set", "ON")]),
        ("light", BASIC_LIGHT, "turn_off", {}, [("l/set", "OFF")]),
        ("light", BASIC_LIGHT, "turn_on", {"brightness": 128}, [("l/bri/set", "50"), ("l/set", "ON")]),
        ("light", BASIC_LIGHT, "turn_on", {"rgb_color": [1, 2, 3]}, [("l/rgb/set", "1,2,3"), ("l/set", "ON")]),
        ("light", BASIC_LIGHT, "turn_on", {"color_temp_kelvin": 4000}, [("l/ct/set", "250"), ("l/set", "ON")]),
        ("light", BASIC_LIGHT | {"clr_temp_k": True}, "turn_on", {"color_temp_kelvin": 4000}, [("l/ct/set", "4000"), ("l/set", "ON")]),
        ("light", BASIC_LIGHT, "turn_on", {"effect": "party"}, [("l/fx/set", "party"), ("l/set", "ON")]),
        ("light", BASIC_LIGHT | {"on_cmd_type": "first"}, "turn_on", {"brightness": 255}, [("l/set", "ON"), ("l/bri/set", "100")]),
        ("light", {"cmd_t": "l/set", "hs_cmd_t": "l/hs"}, "turn_on", {"rgb_color": [255, 0, 0]}, [("l/hs", "0,100"), ("l/set", "ON")]),
        ("light", {"cmd_t": "l/set", "xy_cmd_t": "l/xy"}, "turn_on", {"rgb_color": [255, 0, 0]}, [("l/xy", "0.64,0.33"), ("l/set", "ON")]),
        ("light", TEMPLATE_LIGHT, "turn_on", {}, [("l/set", "on")]),
        ("light", TEMPLATE_LIGHT, "turn_on", {"brightness": 9, "rgb_color": [1, 2, 3]}, [("l/set", "on,9,1-2-3")]),
        ("light", TEMPLATE_LIGHT, "turn_off", {}, [("l/set", "off")]),
        ("switch", {"cmd_t": "s/set", "pl_on": "1"}, "turn_on", {}, [("s/set", "1")]),
        ("switch", {"cmd_t": "s/set", "cmd_tpl": '{"v":"{{ value }}"}'}, "turn_off", {}, [("s/set", '{"v":"OFF"}')]),
        ("siren", {"cmd_t": "s/set"}, "turn_on", {}, [("s/set", '{"state": "ON"}')]),
        ("siren", {"cmd_t": "s/set", "cmd_tpl": "{{ value }}"}, "turn_off", {}, [("s/set", "OFF")]),
        ("cover", COVER, "open", {}, [("c/set", "OPEN")]),
        ("cover", COVER, "stop", {}, [("c/set", "STOP")]),
        ("cover", COVER, "set_position", {"position": 40}, [("c/pos/set", "40")]),
        ("cover", COVER | {"pos_open": 0, "pos_clsd": 255}, "set_position", {"position": 0}, [("c/pos/set", "255")]),
        ("cover", {"set_pos_t": "c/pos/set"}, "open", {}, [("c/pos/set", "100")]),
        ("valve", {"cmd_t": "v/set"}, "close", {}, [("v/set", "CLOSE")]),
        ("valve", {"cmd_t": "v/set", "reports_position": True}, "set_position", {"position": 30}, [("v/set", "30")]),
        ("lock", LOCK, "lock", {}, [("k/set", "LOCK")]),
        ("lock", LOCK, "unlock", {}, [("k/set", "UNLOCK")]),
        ("lock", LOCK | {"cod_form": "^[0-9]{4}$", "cmd_tpl": "{{ value }} {{ code }}"}, "unlock", {"code": "1234"}, [("k/set", "UNLOCK 1234")]),
        ("lock", LOCK | {"pl_open": "OPEN"}, "open", {}, [("k/set", "OPEN")]),
        ("climate", CLIMATE, "set_temperature", {"temperature": 21.5}, [("t/temp/set", "21.5")]),
        ("climate", CLIMATE, "set_temperature", {"temperature": 21, "hvac_mode": "heat"}, [("t/mode/set", "heat"), ("t/temp/set", "21")]),
        ("climate", CLIMATE, "set_hvac_mode", {"hvac_mode": "off"}, [("t/mode/set", "off")]),
        ("climate", CLIMATE, "turn_on", {}, [("t/mode/set", "heat")]),
        ("climate", CLIMATE, "set_fan_mode", {"fan_mode": "high"}, [("t/fan/set", "high")]),
        ("climate", CLIMATE, "set_mode", {"mode": "eco"}, [("t/preset/set", "eco")]),
        ("climate", CLIMATE | {"pow_cmd_t": "t/power"}, "turn_off", {}, [("t/power", "OFF")]),
        ("water_heater", {"temp_cmd_t": "w/temp", "max_temp": 70}, "set_temperature", {"temperature": 55}, [("w/temp", "55")]),
        ("fan", {"cmd_t": "f/set", "pct_cmd_t": "f/pct"}, "turn_on", {"percentage": 30}, [("f/set", "ON"), ("f/pct", "30")]),
        ("fan", {"cmd_t": "f/set", "pr_mode_cmd_t": "f/mode", "pr_modes": ["eco"]}, "set_mode", {"preset_mode": "eco"}, [("f/mode", "eco")]),
        ("fan", {"cmd_t": "f/set", "osc_cmd_t": "f/osc"}, "oscillate", {"oscillating": False}, [("f/osc", "oscillate_off")]),
        ("humidifier", HUMIDIFIER, "turn_on", {}, [("h/set", "ON")]),
        ("humidifier", HUMIDIFIER, "set_humidity", {"humidity": 45}, [("h/target/set", "45")]),
        ("humidifier", HUMIDIFIER, "set_mode", {"mode": "sleep"}, [("h/mode/set", "sleep")]),
        ("vacuum", {"cmd_t": "r/cmd"}, "start", {}, [("r/cmd", "start")]),
        ("vacuum", {"cmd_t": "r/cmd"}, "return_to_base", {}, [("r/cmd", "return_to_base")]),
        ("vacuum", {"cmd_t": "r/cmd", "set_fan_spd_t": "r/fan", "fanspd_lst": ["max"]}, "set_mode", {"mode": "max"}, [("r/fan", "max")]),
        ("lawn_mower", {"dock_cmd_t": "m/dock"}, "dock", {}, [("m/dock", "dock")]),
        ("lawn_mower", {"strt_mw_cmd_t": "m/go", "strt_mw_cmd_tpl": '{"do":"{{ value }}"}'}, "start_mowing", {}, [("m/go", '{"do":"start_mowing"}')]),
        ("button", {"cmd_t": "b/press"}, "press", {}, [("b/press", "PRESS")]),
        ("scene", {"cmd_t": "z/set", "pl_on": "1"}, "activate", {}, [("z/set", "1")]),
        ("number", {"cmd_t": "n/set", "min": 0, "max": 10}, "set_value", {"value": 4.5}, [("n/set", "4.5")]),
        ("select", {"cmd_t": "o/set", "ops": ["a", "b"]}, "select_option", {"option": "b"}, [("o/set", "b")]),
        ("alarm_control_panel", ALARM, "arm", {"mode": "night"}, [("a/set", "ARM_NIGHT")]),
        ("alarm_control_panel", ALARM | {"code": "1234"}, "disarm", {"code": "1234"}, [("a/set", "DISARM")]),
        ("alarm_control_panel", ALARM | {"code": "REMOTE_CODE", "cmd_tpl": "{{ action }} {{ code }}"}, "disarm", {"code": "99"}, [("a/set", "DISARM 99")]),
    ],
)  # fmt: skip
def test_commands(
    kind: str, keys: dict[str, Json], command: str, data: dict[str, Json], sent: list[tuple[str, str]]
) -> None:
    registry = announced(kind, **keys)
    assert command in (the_entity(registry).features or ())
    assert write(registry, command, data) == sent


@pytest.mark.parametrize(
    ("kind", "keys", "command", "data", "complaint"),
    [
        ("light", {"cmd_t": "l"}, "turn_on", {"brightness": 9}, "no brightness"),
        ("light", {"cmd_t": "l", "schema": "json"}, "turn_on", {"rgb_color": [1, 2, 3]}, "no color"),
        ("light", BASIC_LIGHT, "turn_on", {"rgb_color": [1, 2]}, "makes no sense"),
        ("light", BASIC_LIGHT, "turn_on", {"brightness": "very"}, "makes no sense"),
        ("cover", COVER, "set_position", {"position": 140}, "0 to 100"),
        ("cover", COVER, "set_position", {}, "lacks its position"),
        ("cover", {"cmd_t": "c", "pl_stop": None}, "stop", {}, "does not take stop"),
        ("climate", CLIMATE, "set_temperature", {"temperature": 60}, "outside 7 to 35"),
        ("climate", CLIMATE, "set_hvac_mode", {"hvac_mode": "dry"}, "none of off, heat"),
        ("humidifier", HUMIDIFIER, "set_humidity", {"humidity": 90}, "outside 30 to 70"),
        ("fan", {"pct_cmd_t": "f"}, "set_percentage", {"percentage": 101}, "0 to 100"),
        ("number", {"cmd_t": "n", "max": 10}, "set_value", {"value": 11}, "outside 1 to 10"),
        ("select", {"cmd_t": "o", "ops": ["a"]}, "select_option", {"option": "z"}, "none of its options"),
        ("alarm_control_panel", ALARM, "arm", {"mode": "loud"}, "is armed as"),
        ("alarm_control_panel", ALARM | {"code": "1234"}, "disarm", {}, "wants its code"),
        ("alarm_control_panel", ALARM | {"code": "1234"}, "disarm", {"code": "0000"}, "not the alarm panel's code"),
        ("lock", LOCK | {"code_format": "(a+)+$"}, "unlock", {}, "wants its code"),
        ("vacuum", {"cmd_t": "r", "sup_feat": ["start"]}, "pause", {}, "does not take pause"),
        ("sensor", {"stat_t": "s"}, "turn_on", {}, "does not take turn on"),
    ],
)
def test_senseless_commands_are_refused(
    kind: str, keys: dict[str, Json], command: str, data: dict[str, Json], complaint: str
) -> None:
    with pytest.raises(ActError, match=complaint):
        write(announced(kind, **keys), command, data)


@pytest.mark.parametrize(
    ("kind", "keys", "messages", "state", "attributes"),
    [
        ("light", BASIC_LIGHT, [("l", "ON"), ("l/bri", "50"), ("l/rgb", "255,0,0")], "on", {"brightness": 128, "rgb_color": (255, 0, 0), "hs_color": (0, 100)}),
        ("light", BASIC_LIGHT, [("l", "OFF"), ("l/ct", "250")], "off", {"color_temp_kelvin": 4000}),
        ("light", {"schema": "json", "stat_t": "l"}, [("l", '{"state":"ON","effect":"x","brightness":"bad"}')], "on", {"effect": "x"}),
        ("light", {"schema": "json", "stat_t": "l", "clr_temp_k": True}, [("l", '{"state":"OFF","color_temp":2700}')], "off", {"color_temp_kelvin": 2700}),
        ("light", {"schema": "json", "stat_t": "l"}, [("l", '{"state":"ON","color":{"h":240,"s":100}}')], "on", {"rgb_color": (0, 0, 255)}),
        ("light", TEMPLATE_LIGHT, [("l", "on,200,255,0,0")], "on", {"brightness": 200, "rgb_color": (255, 0, 0)}),
        ("light", TEMPLATE_LIGHT, [("l", "on,200,255,0,0"), ("l", "off")], "off", {"brightness": 200}),
        ("switch", {"stat_t": "s", "stat_on": "1", "stat_off": "0"}, [("s", "1"), ("s", "x")], "on", {}),
        ("switch", {"stat_t": "s"}, [("s", "None")], "unknown", {}),
        ("siren", {"stat_t": "s"}, [("s", '{"state":"ON"}')], "on", {}),
        ("siren", {"stat_t": "s"}, [("s", "OFF")], "off", {}),
        ("cover", COVER, [("c", "closing"), ("c/pos", "30"), ("c", "stopped")], "open", {"current_position": 30}),
        ("cover", {"pos_t": "p", "pos_open": 0, "pos_clsd": 100}, [("p", "100")], "closed", {"current_position": 0}),
        ("valve", {"stat_t": "v"}, [("v", "opening")], "opening", {}),
        ("valve", {"stat_t": "v", "reports_position": True}, [("v", '{"state":"closing","position":40}')], "closing", {"current_position": 40}),
        ("valve", {"stat_t": "v", "reports_position": True}, [("v", "0")], "closed", {"current_position": 0}),
        ("lock", LOCK, [("k", "JAMMED")], "jammed", {}),
        ("climate", CLIMATE, [("t/mode", "heat"), ("t/temp", "21.0")], "heat", {"temperature": 21}),
        ("fan", {"stat_t": "f", "pct_stat_t": "p", "spd_rng_max": 4}, [("f", "ON"), ("p", "3")], "on", {"percentage": 75}),
        ("fan", {"stat_t": "f", "osc_stat_t": "o"}, [("f", "OFF"), ("o", "oscillate_on")], "off", {"oscillating": True}),
        ("humidifier", HUMIDIFIER, [("h", "ON"), ("h/target", "45")], "on", {"humidity": 45}),
        ("vacuum", {"stat_t": "r"}, [("r", '{"state":"idle","battery_level":93}'), ("r", '{"battery_level":1e300}')], "idle", {"battery_level": 93}),
        ("vacuum", {"stat_t": "r"}, [("r", '{"state":"docked","battery_level":93,"fan_speed":"max"}')], "docked", {"battery_level": 93, "fan_speed": "max"}),
        ("lawn_mower", {"act_stat_t": "m"}, [("m", "mowing")], "mowing", {}),
        ("sensor", {"stat_t": "s", "unit_of_meas": "W"}, [("s", "12.50")], "12.50", {"unit_of_measurement": "W"}),
        ("sensor", {"stat_t": "s", "unit_of_meas": "W", "sug_dsp_prc": 1}, [("s", "12.5678")], "12.6", {}),
        ("sensor", {"stat_t": "s"}, [("s", "washing"), ("s", "")], "washing", {}),
        ("binary_sensor", {"stat_t": "b"}, [("b", "ON")], "on", {}),
        ("number", {"stat_t": "n"}, [("n", "4.0"), ("n", "x")], "4", {"min": 1, "max": 100}),
        ("select", {"stat_t": "o", "ops": ["a", "b"]}, [("o", "b"), ("o", "z")], "b", {"options": ("a", "b")}),
        ("device_tracker", {"stat_t": "d"}, [("d", "home")], "home", {}),
        ("device_tracker", {"stat_t": "d"}, [("d", "Office")], "Office", {}),
        ("alarm_control_panel", ALARM, [("a", "armed_away"), ("a", "bogus")], "armed_away", {}),
    ],
)  # fmt: skip
def test_states(
    kind: str, keys: dict[str, Json], messages: list[tuple[str, str]], state: str, attributes: dict[str, Json]
) -> None:
    registry = announced(kind, **keys)
    for topic, payload in messages:
        registry.feed(topic, payload.encode())
    entity = the_entity(registry)
    assert entity.state == state
    assert attributes.items() <= dict(entity.attributes).items()


def test_the_code_of_an_alarm_is_in_no_attribute() -> None:
    registry = announced("alarm_control_panel", **ALARM, code="1234")
    assert "1234" not in json.dumps(dict(the_entity(registry).attributes))


def test_motion_that_never_says_off_ends_by_itself() -> None:
    now = 0.0
    registry = Registry(clock=lambda: now)
    announce(registry, "homeassistant/binary_sensor/m/config", {"name": "Hall motion", "stat_t": "m", "off_dly": 30})
    registry.feed("m", b"ON")
    now = 29.0
    assert the_entity(registry).state == "on"
    now = 31.0
    assert the_entity(registry).state == "off"


def test_degrees_are_the_homes() -> None:
    registry = Registry(parse_home("temperature_unit: fahrenheit").home)
    keys = CLIMATE | {"name": "Stove", "temp_unit": "C", "min_temp": 5, "max_temp": 30}
    announce(registry, "homeassistant/climate/x/config", keys)
    registry.feed("t/temp", b"20")
    stove = the_entity(registry)
    assert (stove.attributes["temperature"], stove.attributes["min_temp"], stove.attributes["max_temp"]) == (68, 41, 86)
    assert write(registry, "set_temperature", {"temperature": 70}) == [("t/temp/set", "21.1")]


@pytest.mark.parametrize(
    ("mode", "said", "state"),
    [
        ("all", {"a": "online"}, "on"),
        ("all", {"a": "online", "b": "offline"}, "unavailable"),
        ("any", {"a": "online", "b": "offline"}, "on"),
        ("any", {"a": "offline", "b": "offline"}, "unavailable"),
        ("latest", {"a": "offline", "b": "online"}, "on"),
        ("latest", {"a": "online", "b": "offline"}, "unavailable"),
        ("latest", {"a": "nonsense"}, "on"),
    ],
)
def test_availability_modes(mode: str, said: dict[str, str], state: str) -> None:
    registry = announced("switch", stat_t="s", avty=[{"t": "a"}, {"t": "b"}], avty_mode=mode)
    registry.feed("s", b"ON")
    for topic, payload in said.items():
        registry.feed(topic, payload.encode())
    assert the_entity(registry).state == state
