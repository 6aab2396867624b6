from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.demo.tasmota import Tasmota
from appliance.demo.wire import Fault
from tests.unit.demo.fakes import FakePort, started


def device(**options: object) -> tuple[Tasmota, FakePort, str]:
    """A started device, its port and its topic."""
    station = Tasmota("Pump", **options)  # type: ignore[arg-type]
    topic = str(station.config()["t"])
    return station, started(station), topic


def test_discovery_has_tasmotas_keys_and_is_retained() -> None:
    station, port, topic = device(watts=100)
    message = next(one for one in port.sent if one.topic == f"tasmota/discovery/{station.mac}/config")
    payload = json.loads(message.payload)
    assert message.retain
    assert (payload["dn"], payload["fn"][0], payload["t"], payload["mac"]) == ("Pump", "Pump", topic, station.mac)
    assert (payload["ft"], payload["tp"], payload["state"]) == (
        "%prefix%/%topic%/",
        ["cmnd", "stat", "tele"],
        ["OFF", "ON", "TOGGLE", "HOLD"],
    )
    assert payload["rl"] == [1] + [0] * 31
    assert (payload["ofln"], payload["onln"]) == ("Offline", "Online")
    sensors = port.last_json(f"tasmota/discovery/{station.mac}/sensors")
    assert sensors["sn"]["ENERGY"]["Voltage"] == 231


@pytest.mark.parametrize(("light", "subtype"), [("dimmer", 1), ("ct", 2), ("rgb", 3)])
def test_a_light_announces_its_subtype(light: str, subtype: int) -> None:
    station, _, _ = device(light=light)
    assert (station.config()["lt_st"], station.config()["rl"][0]) == (subtype, 2)


def test_it_comes_online_with_its_state() -> None:
    _, port, topic = device()
    assert port.sent[0].retain
    assert port.on(f"tele/{topic}/LWT") == ["Online"]
    assert port.last_json(f"tele/{topic}/STATE")["POWER"] == "OFF"


@pytest.mark.parametrize(
    ("payload", "power"), [("ON", "ON"), ("1", "ON"), ("off", "OFF"), ("TOGGLE", "ON"), ("", "OFF"), ("BANANA", "OFF")]
)
def test_power(payload: str, power: str) -> None:
    station, port, topic = device()
    station.receive(f"cmnd/{topic}/POWER", payload)
    assert port.last_json(f"stat/{topic}/RESULT") == {"POWER": power}
    assert port.last(f"stat/{topic}/POWER") == power


@pytest.mark.parametrize(
    ("light", "command", "payload", "expected"),
    [
        ("dimmer", "Dimmer", "40", {"POWER": "ON", "Dimmer": 40}),
        ("dimmer", "Dimmer", "0", {"POWER": "OFF"}),
        ("dimmer", "Dimmer", "400", {"POWER": "OFF", "Dimmer": 100}),
        ("ct", "CT", "400", {"POWER": "ON", "CT": 400}),
        ("rgb", "HSBColor", "240,100,50", {"POWER": "ON", "HSBColor": "240,100,50", "Dimmer": 50, "Color": "000080"}),
        ("rgb", "Color2", "255,0,0", {"POWER": "ON", "HSBColor": "0,100,100"}),
        ("rgb", "Color", "#00FF00", {"HSBColor": "120,100,100"}),
        ("rgb", "HSBColor", "1,2", {"POWER": "OFF"}),
    ],
)
def test_lights(light: str, command: str, payload: str, expected: dict[str, object]) -> None:
    station, port, topic = device(light=light)
    station.receive(f"cmnd/{topic}/{command}", payload)
    result = port.last_json(f"stat/{topic}/RESULT")
    assert {key: result[key] for key in expected} == expected


def test_a_relay_knows_no_dimmer() -> None:
    station, port, topic = device()
    station.receive(f"cmnd/{topic}/Dimmer", "40")
    assert port.last_json(f"stat/{topic}/RESULT")["Command"] == "Unknown"


def test_backlog_does_one_after_the_other() -> None:
    station, port, topic = device(light="dimmer")
    station.receive(f"cmnd/{topic}/Backlog", "NoDelay;Fade2 1;NoDelay;Dimmer 30;POWER OFF")
    assert port.last_json(f"stat/{topic}/RESULT")["POWER"] == "OFF"
    assert port.on(f"stat/{topic}/RESULT")[-2:] == ['{"POWER": "ON", "Dimmer": 30}', '{"POWER": "OFF"}']


def test_status_answers() -> None:
    station, port, topic = device(watts=60, is_on=True)
    station.receive(f"cmnd/{topic}/STATUS", "10")
    assert port.last_json(f"stat/{topic}/STATUS10")["StatusSNS"]["ENERGY"]["Power"] == pytest.approx(60, abs=3)
    station.receive(f"cmnd/{topic}/STATUS", "11")
    assert port.last_json(f"stat/{topic}/STATUS11")["StatusSTS"]["POWER"] == "ON"
    station.receive(f"cmnd/{topic}/STATE", "")
    assert port.last_json(f"stat/{topic}/RESULT")["POWER"] == "ON"


def test_telemetry_comes_now_and_then() -> None:
    _, port, topic = device(watts=60, is_on=True)
    before = len(port.on(f"tele/{topic}/SENSOR"))
    port.wait(100)
    assert len(port.on(f"tele/{topic}/SENSOR")) == before + 3


@given(
    st.sampled_from(["POWER", "Dimmer", "CT", "HSBColor", "Color", "Backlog", "STATUS", "Nonsense"]),
    st.text(max_size=30),
)
def test_no_payload_breaks_it(command: str, payload: str) -> None:
    for light in (None, "dimmer", "ct", "rgb"):
        station, port, topic = device(light=light)
        station.receive(f"cmnd/{topic}/{command}", payload)
        station.receive(f"cmnd/{topic}/POWER", "ON")
        assert port.last_json(f"stat/{topic}/RESULT")["POWER"] == "ON"


def test_faults() -> None:
    station, port, topic = device(fault=Fault(silent=True))
    station.receive(f"cmnd/{topic}/POWER", "ON")
    assert port.on(f"stat/{topic}/RESULT") == ['{"POWER": "OFF"}']
    _, port, topic = device(fault=Fault(offline=True))
    assert port.on(f"tele/{topic}/LWT") == ["Offline"]


def test_an_unknown_light_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such light: neon"):
        Tasmota("Pump", light="neon")
