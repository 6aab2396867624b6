from __future__ import annotations

from pathlib import Path

import pytest

from appliance.demo.devices import stations
from appliance.demo.from_home import simulated
from appliance.home import load_home
from appliance.messages import Area, Entity, Home

HOMES = Path(__file__).parents[2] / "homes"


def test_entities_become_devices_of_their_kind_and_state() -> None:
    home = simulated(
        Home(
            areas=(Area("den", "Den"),),
            entities=(
                Entity("light.a", "Lamp", area="den", state="on", attributes={"brightness": 128}),
                Entity("cover.b", "Blind", device_class="blind", state="open", attributes={"current_position": 30}),
                Entity("binary_sensor.c", "Window", device_class="window", state="on"),
                Entity("climate.d", "Heating", state="dry", attributes={"temperature": 99}),
                Entity("scene.e", "Cosy"),
                Entity("media_player.f", "Radio"),
            ),
        )
    )
    found = {device.name: (device.kind, dict(device.options)) for device in home.devices}
    assert found["Lamp"][1]["brightness"] == 128 * 254 // 255
    assert found["Lamp"][1]["is_on"]
    assert found["Blind"] == ("zigbee_cover", {"position": 30, "device_class": "blind"})
    assert found["Window"][1]["readings"] == {"contact": False}
    assert found["Heating"][1] == {"setpoint": 30.0, "room": 30.0, "mode": "heat"}
    assert "Radio" not in found
    assert [scene.name for scene in home.scenes] == ["Cosy"]


@pytest.mark.parametrize("path", sorted(HOMES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_sample_homes_can_be_simulated(path: Path) -> None:
    home = load_home(path)
    made = simulated(home)
    assert len(made.devices) > len(home.entities) / 4
    assert stations(made)
