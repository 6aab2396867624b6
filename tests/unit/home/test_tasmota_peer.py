"""Devices with Tasmota, read by ternd and by hatasmota, with which Home Assistant reads them: the same things, the same commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.demo.tasmota import Tasmota
from appliance.home import Registry
from appliance.messages import Action, Json, Publish
from tests.unit.home.announcements import TASMOTA_PLUG

peer = pytest.importorskip("hatasmota.discovery")
mqtt = pytest.importorskip("hatasmota.mqtt")

OPTIONS: Mapping[str, int] = dict.fromkeys(("4", "11", "13", "17", "20", "30", "68", "73", "82", "114", "117"), 0)


def config(**keys: Json) -> dict[str, Json]:
    """What a device announces."""
    return TASMOTA_PLUG | {"so": dict(OPTIONS)} | keys


@dataclass
class Both:
    """One device as both see it."""

    said: dict[str, Json]

    def ours(self) -> Registry:
        registry = Registry()
        registry.feed(f"tasmota/discovery/{self.said['mac']}/config", json.dumps(self.said).encode(), retain=True)
        return registry

    def theirs(self, platform: str) -> list[Any]:
        checked = peer.TASMOTA_DISCOVERY_SCHEMA(dict(self.said))
        return [entity for entity, _ in peer.get_entities_for_platform(checked, platform) if entity is not None]

    def sent_by_us(self, platform: str, number: int, command: str, **data: Json) -> set[tuple[str, str]]:
        registry = self.ours()
        entity = [one for one in registry.snapshot().entities if one.domain == platform][number]
        messages = [one for one in registry.encode(Action(entity.id, command, data)) if isinstance(one, Publish)]
        return {(_command(one.topic), one.payload.decode()) for one in messages}

    def sent_by_them(self, platform: str, number: int, method: str, *arguments: Any) -> set[tuple[str, str]]:
        sent: list[tuple[str, str]] = []

        async def publish(topic: str, payload: object, _qos: object, _retain: object) -> None:
            word = _command(topic)
            if word == "BACKLOG":
                parts = [part for part in str(payload).split(";") if part != "NoDelay"]
                sent.extend((part.partition(" ")[0], part.partition(" ")[2]) for part in parts)
            else:
                sent.append((word, str(payload)))

        client = mqtt.TasmotaMQTTClient(publish, None, None)
        entity = peer.get_entity(self.theirs(platform)[number], client)
        asyncio.run(getattr(entity, method)(*arguments))
        return {(_first(word), payload) for word, payload in sent}


def _command(topic: str) -> str:
    return _first(topic.rpartition("/")[2])


def _first(word: str) -> str:
    """A command as Tasmota takes it: in any letters, the first of its kind with or without a number."""
    return "POWER" if word.upper() == "POWER1" else word.upper()


def _besides_power(sent: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Both may say "on" as well where it goes without saying."""
    return {one for one in sent if not one[0].startswith("POWER")}


def _lights() -> st.SearchStrategy[dict[str, Json]]:
    """Lights as there are: one of each kind, one in two parts, channels, a dimmer of Tuya, an iFan's."""
    one = st.builds(
        lambda kind, cold, tuya: config(rl=[2], lt_st=kind, lk=1, ty=tuya, so={**OPTIONS, "82": cold}),
        st.integers(0, 5), st.integers(0, 1), st.integers(0, 1),
    )  # fmt: skip
    parted = st.builds(lambda kind: config(rl=[2, 2], lt_st=kind, lk=0), st.integers(4, 5))
    channels = st.builds(
        lambda count, linked: config(rl=[2] * count, lt_st=count, lk=linked, so={**OPTIONS, "68": 1}),
        st.integers(1, 3), st.integers(0, 1),
    )  # fmt: skip
    relays = st.builds(
        lambda kinds, light: config(rl=kinds, so={**OPTIONS, "30": light}),
        st.lists(st.integers(0, 1), min_size=1, max_size=4), st.integers(0, 1),
    )  # fmt: skip
    return one | parted | channels | relays | st.just(config(rl=[2, 0, 0, 0], **{"if": 1}))


@given(_lights())
def test_both_find_the_same_things(said: dict[str, Json]) -> None:
    both = Both(said)
    found = [entity.domain for entity in both.ours().snapshot().entities]
    for platform in ("light", "switch", "fan", "cover"):
        assert found.count(platform) == len(both.theirs(platform)), platform


@given(_lights(), st.integers(1, 100))
def test_both_send_the_same_to_lights(said: dict[str, Json], percent: int) -> None:
    both = Both(said)
    lights = [entity for entity in both.ours().snapshot().entities if entity.domain == "light"]
    for number, light in enumerate(lights):
        assert both.sent_by_us("light", number, "turn_off") == both.sent_by_them(
            "light", number, "set_state", False, {}
        )
        assert both.sent_by_us("light", number, "turn_on") == both.sent_by_them("light", number, "set_state", True, {})
        features = light.features or frozenset()
        wishes: list[tuple[dict[str, Json], dict[str, Any]]] = []
        if "brightness" in features:
            wishes.append(({"brightness": round(percent * 2.55)}, {"brightness": percent}))
        if "color" in features:
            wishes.append(({"rgb_color": [255, 0, percent]}, {"color": [255, 0, percent]}))
        if "color_temp" in features:
            wishes.append(({"color_temp_kelvin": 4000}, {"color_temp": 250}))
        for ours, theirs in wishes:
            we = both.sent_by_us("light", number, "turn_on", **ours)
            they = both.sent_by_them("light", number, "set_state", True, theirs)
            assert _besides_power(we) == _besides_power(they)


@given(st.lists(st.sampled_from([(0,), (1,), (3, 3)]), min_size=1, max_size=4))
def test_both_find_the_same_shutters(groups: list[tuple[int, ...]]) -> None:
    both = Both(config(rl=[kind for group in groups for kind in group], sho=[0, 0, 0, 0]))
    covers = [entity for entity in both.ours().snapshot().entities if entity.domain == "cover"]
    assert len(covers) == len(both.theirs("cover"))
    for number in range(len(covers)):
        for ours, theirs in (("open", "open"), ("close", "close"), ("stop", "stop")):
            words = {word for word, _ in both.sent_by_us("cover", number, ours)}
            assert words == {word for word, _ in both.sent_by_them("cover", number, theirs)}
        moved = both.sent_by_us("cover", number, "set_position", position=30)
        assert moved == both.sent_by_them("cover", number, "set_position", 30)


@pytest.mark.parametrize(("percentage", "speed"), [(0, 0), (20, 1), (33, 1), (50, 2), (100, 3)])
def test_both_turn_a_fan_alike(percentage: int, speed: int) -> None:
    both = Both(config(rl=[2, 0, 0, 0], **{"if": 1}))
    they = both.sent_by_them("fan", 0, "set_speed", speed)
    assert both.sent_by_us("fan", 0, "set_percentage", percentage=percentage) == they == {("FANSPEED", str(speed))}


def test_a_fan_tells_its_speed() -> None:
    registry = Both(config(rl=[2, 0, 0, 0], **{"if": 1})).ours()
    registry.feed("stat/plug7/RESULT", b'{"FanSpeed": 2}')
    registry.feed("tele/plug7/STATE", b'{"POWER1": "ON", "FanSpeed": 1}')
    fan, lamp = sorted(registry.snapshot().entities, key=lambda entity: entity.domain)
    assert (fan.state, fan.attributes["percentage"], lamp.state) == ("on", 33, "on")
    registry.feed("stat/plug7/RESULT", b'{"FanSpeed": "fast"}')
    registry.feed("stat/plug7/RESULT", b'{"FanSpeed": 0}')
    assert next(one for one in registry.snapshot().entities if one.domain == "fan").state == "off"


def test_the_parts_of_a_light_tell_their_own_brightness() -> None:
    registry = Both(config(rl=[2, 2], lt_st=5, lk=0)).ours()
    registry.feed(
        "stat/plug7/RESULT",
        b'{"POWER1":"ON","Dimmer1":40,"POWER2":"OFF","Dimmer2":100,"HSBColor":"120,100,40","CT":250}',
    )
    colour, white = registry.snapshot().entities
    assert (colour.state, colour.attributes["brightness"], colour.attributes["rgb_color"]) == ("on", 102, (0, 255, 0))
    assert (white.state, white.attributes["brightness"], white.attributes["color_temp_kelvin"]) == ("off", 255, 4000)


@given(st.lists(st.integers(-1, 16), max_size=8), st.lists(st.none() | st.just("Door"), max_size=8))
def test_both_find_the_same_detached_switches(modes: list[int], names: list[str | None]) -> None:
    both = Both(config(swc=modes, swn=names))
    ours = [entity for entity in both.ours().snapshot().entities if entity.domain == "binary_sensor"]
    assert len(ours) == len(both.theirs("binary_sensor"))


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("stat/plug7/RESULT", {"Door": {"Action": "ON"}}),
        ("tele/plug7/SENSOR", {"Time": "2026-01-01T00:00:00", "Door": "ON"}),
        ("stat/plug7/STATUS10", {"StatusSNS": {"Door": "ON"}}),
    ],
)
def test_a_contact(topic: str, payload: dict[str, Json]) -> None:
    registry = Both(config(rl=[], swc=[1, -1], swn=["Door", None])).ours()
    [door] = registry.snapshot().entities
    assert (door.domain, door.name, door.features) == ("binary_sensor", "Plug 7 Door", frozenset())
    registry.feed(topic, json.dumps(payload).encode())
    assert registry.snapshot().entities[0].state == "on"
    registry.feed("stat/plug7/RESULT", b'{"Door": {"Action": "OFF"}}')
    assert registry.snapshot().entities[0].state == "off"
    registry.feed("stat/plug7/RESULT", b'{"Door": {"Action": ["ON"]}}')
    assert registry.snapshot().entities[0].state == "off"


@pytest.mark.parametrize("number", range(3))
def test_the_recorded_devices_are_real_enough_for_the_peer(number: int) -> None:
    recorded = json.loads(Path(__file__).with_name("recorded").joinpath("tasmota.json").read_text("utf-8"))
    said = [payload for topic, payload in recorded["announced"].items() if topic.endswith("/config")][number]
    both = Both(said)
    found = [entity.domain for entity in both.ours().snapshot().entities]
    for platform in ("light", "switch", "fan", "cover", "binary_sensor"):
        assert found.count(platform) == len(both.theirs(platform)), platform


@pytest.mark.parametrize("light", [None, "dimmer", "ct", "rgb"])
def test_the_stand_ins_of_the_demo_are_real_enough_for_the_peer(light: str | None) -> None:
    both = Both(dict(Tasmota("Pump", light=light).config()))
    assert len(both.theirs("light" if light else "switch")) == 1


class _Client(mqtt.TasmotaMQTTClient):  # type: ignore[misc,name-defined]
    """Keeps what is subscribed to, so that messages can be handed in."""

    def __init__(self) -> None:
        self.heard: dict[str, Any] = {}

    async def subscribe(self, state: object, topics: Mapping[str, Any]) -> object:
        self.heard = {item["topic"]: item["msg_callback"] for item in topics.values()}
        return state

    async def publish(self, *_arguments: object, **_keys: object) -> None:
        """Nothing."""


@given(
    st.sampled_from([0, 1]), st.integers(0, 100), st.sampled_from([-1, 0, 1]),
    st.sampled_from([[0, 0, 0], [-90, 90, 5], [0, 90, 5], [90, 0, 5]]), st.integers(0, 90),
)  # fmt: skip
def test_both_see_a_shutter_move_alike(option: int, position: int, direction: int, tilts: list[int], tilt: int) -> None:
    both = Both(config(rl=[3, 3], sho=[option], sht=[tilts]))
    client = _Client()
    cover = peer.get_entity(both.theirs("cover")[0], client)
    told: dict[str, Any] = {}
    cover.set_on_state_callback(lambda _state, **keys: told.update(keys))
    asyncio.run(cover.subscribe_topics())
    payload = json.dumps({"Shutter1": {"Position": position, "Direction": direction, "Target": 50, "Tilt": tilt}})
    client.heard["stat/plug7/RESULT"](mqtt.ReceiveMessage("stat/plug7/RESULT", payload, 0, False))
    registry = both.ours()
    registry.feed("stat/plug7/RESULT", payload.encode())
    [ours] = registry.snapshot().entities
    assert ours.attributes["current_position"] == told["position"]
    assert {"opening": 1, "closing": -1}.get(ours.state, 0) == told["direction"]
    assert ("set_tilt" in (ours.features or ())) == cover.supports_tilt
    if cover.supports_tilt:
        assert abs(ours.attributes["current_tilt_position"] - min(100, max(0, told["tilt"]))) <= 0.5
        assert both.sent_by_us("cover", 0, "set_tilt", tilt_position=30) == both.sent_by_them(
            "cover", 0, "set_tilt_position", 30
        )


_MEASURED: dict[str, Json] = {
    "Time": "2026-01-01T00:00:00",
    "ENERGY": {
        "TotalStartTime": "2026-01-01", "Total": 1.2, "Yesterday": 0.1, "Today": 0.2, "Power": [1, 2], "Voltage": 230,
        "Current": [0.1, 0.2],
    },
    "AM2301": {"Temperature": 20.5, "Humidity": 40, "DewPoint": 6.5}, "BMP280": {"Temperature": 21, "Pressure": 760.1},
    "ANALOG": {"Temperature1": 20, "Illuminance2": 9, "CTEnergy1": {"Power": 2300, "Voltage": 230, "Current": 10}},
    "SCD30": {"CarbonDioxide": 420, "eCO2": 430, "Temperature": 22, "Humidity": 50}, "VINDRIKTNING": {"PM2.5": 3},
    "PressureUnit": "mmHg", "TempUnit": "F",
}  # fmt: skip


def test_both_measure_the_same_in_the_same_units() -> None:
    """Of the usual sensors; theirs knows some more."""
    both = Both(config(rl=[1], bat=1))
    registry = both.ours()
    registry.feed(f"tasmota/discovery/{both.said['mac']}/sensors", json.dumps({"sn": _MEASURED, "ver": 1}).encode())
    ours = {entity.id: entity for entity in registry.snapshot().entities if entity.domain == "sensor"}
    checked = peer.TASMOTA_DISCOVERY_SCHEMA(dict(both.said))
    theirs = [one for one, _ in peer.get_sensor_entities({"sn": _MEASURED, "ver": 1}, checked)]
    registry.feed("tele/plug7/SENSOR", json.dumps(_MEASURED).encode())
    values = sorted(
        (registry.report_of(one)["state"], ours[one].attributes["unit_of_measurement"])
        for one in ours
        if "battery" not in one
    )
    units = {"F": "°F", "lux": "lx"}

    def value_at(path: list[Any]) -> Json:
        value: Json = _MEASURED
        for step in path:
            value = value[step]
        return value

    numbers = [(value_at(one.value_path), one.unit) for one in theirs]
    assert values == sorted(
        (str(value), units.get(unit, unit)) for value, unit in numbers if isinstance(value, int | float)
    )
