"""The published zigbee2mqtt program against ternd: ``python -m tests.system.zigbee2mqtt.check [FOLDER]``.

Installs zigbee2mqtt from npm into FOLDER (``/var/cache/ternd-zigbee2mqtt``; once), together with the Node.js it wants, and runs it as it
is on a private Mosquitto. Only the adapter below its Zigbee stack is replaced (``coordinator.cjs``): no radio, devices that obey. ternd's
client then has to find them, switch them, and follow when one is renamed or removed or the program ends. Needs npm and the network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from appliance.config import MqttSettings
from appliance.home import Registry
from appliance.messages import Action, Entity, Json, Publish
from appliance.mqtt import MqttClient
from tests.broker import Mosquitto, eventually

CACHE = Path("/var/cache/ternd-zigbee2mqtt")
PACKAGES = ("zigbee2mqtt@2.14.1", "node@22")
PATIENCE_S = 90.0
LIGHT, COLOR, PLUG, COVER, CLIMATE, LOCK = (
    [0, 3, 4, 5, 6, 8],
    [768],
    [0, 3, 4, 5, 6],
    [0, 1, 258],
    [0, 1, 513],
    [0, 1, 257],
)
DEVICES: Mapping[str, tuple[str, str, list[int]]] = {
    "Kitchen ceiling": ("IKEA of Sweden", "TRADFRI bulb E27 WS opal 980lm", LIGHT + COLOR),
    "Sofa lamp": ("Philips", "LCT015", LIGHT + COLOR),
    "Fan plug": ("IKEA of Sweden", "TRADFRI control outlet", PLUG),
    "Study blind": ("IKEA of Sweden", "FYRTUR block-out roller blind", COVER),
    "Bedroom radiator": ("Danfoss", "eTRV0100", CLIMATE),
    "Front door": ("Yale", "YRD226/246 TSDB", LOCK),
    "Hall window": ("LUMI", "lumi.sensor_magnet.aq2", [0, 3, 6]),
    "Bathroom climate": ("LUMI", "lumi.weather", [0, 1026, 1027, 1029]),
}
"""Name to manufacturer, model and clusters, as the devices tell them."""
COMMANDS: tuple[tuple[str, str, Mapping[str, Json], Mapping[str, Json]], ...] = (
    ("light.kitchen_ceiling", "turn_on", {"brightness": 128}, {"state": "on", "brightness": 128}),
    ("light.kitchen_ceiling", "turn_on", {"color_temp_kelvin": 2700}, {"state": "on", "color_temp_kelvin": 2700}),
    ("light.kitchen_ceiling", "turn_off", {}, {"state": "off"}),
    ("light.sofa_lamp", "turn_on", {"rgb_color": (255, 0, 0)}, {"state": "on", "rgb_color": (255, 0, 0)}),
    ("switch.fan_plug", "turn_on", {}, {"state": "on"}),
    ("cover.study_blind", "set_position", {"position": 40}, {"position": 40}),
    ("climate.bedroom_radiator", "set_temperature", {"temperature": 21.5}, {"temperature": 21.5}),
    ("lock.front_door", "lock", {}, {"state": "locked"}),
)
"""Entity, command, data, and what is to be reported."""


def install(folder: Path) -> None:
    """Install the program, once."""
    if (folder / "node_modules" / "zigbee2mqtt").is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"name": "check", "private": true}\n')
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--omit=optional", *PACKAGES], cwd=folder, check=True)


def furnish(data: Path, port: int) -> None:
    """Write the program's database and configuration."""
    data.mkdir(parents=True, exist_ok=True)
    part = {"profId": 260, "outClusterList": [], "clusters": {}, "binds": [], "configuredReportings": [], "meta": {}}
    records: list[Json] = [
        {
            "id": 1, "type": "Coordinator", "ieeeAddr": "0x00124b00f0f0f0f0", "nwkAddr": 0, "manufId": 0, "epList": [1],
            "endpoints": {"1": {**part, "epId": 1, "devId": 5, "inClusterList": []}}, "interviewCompleted": True,
            "interviewState": "SUCCESSFUL", "meta": {},
        }
    ]  # fmt: skip
    names = []
    for number, (name, (maker, model, clusters)) in enumerate(DEVICES.items(), start=2):
        ident = f"0x00158d00{number:08x}"
        names.append(f"  '{ident}': {{friendly_name: '{name}'}}")
        records.append(
            {
                "id": number, "type": "Router", "ieeeAddr": ident, "nwkAddr": 1000 + number, "manufId": 4476, "manufName": maker,
                "powerSource": "Mains (single phase)", "modelId": model, "epList": [1],
                "endpoints": {"1": {**part, "epId": 1, "devId": 256, "inClusterList": clusters}}, "interviewCompleted": True,
                "interviewState": "SUCCESSFUL", "meta": {"configured": 1}, "lastSeen": round(time.time() * 1000),
            }
        )  # fmt: skip
    (data / "database.db").write_text("\n".join(map(json.dumps, records)))
    (data / "configuration.yaml").write_text(
        f"""version: 5
onboarding: false
homeassistant: {{enabled: true}}
frontend: {{enabled: false}}
availability: {{enabled: true}}
mqtt: {{server: 'mqtt://127.0.0.1:{port}', base_topic: zigbee2mqtt}}
serial: {{port: /dev/null, adapter: ember}}
advanced:
  log_level: warning
  log_output: [console]
  channel: 11
  pan_id: 6754
  network_key: [1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 13]
  ext_pan_id: [221, 221, 221, 221, 221, 221, 221, 221]
devices:
"""
        + "\n".join(names)
        + "\n"
    )


class Check:
    """Prints a line for each thing that has to be so."""

    def __init__(self) -> None:
        self.failed = 0

    def __call__(self, what: str, condition: Callable[[], bool], patience: float = PATIENCE_S) -> bool:
        held = eventually(condition, patience)
        self.failed += not held
        print(f"{'ok    ' if held else 'FAILED'}  {what}", flush=True)
        return held


def main(folder: Path) -> int:
    """Install, run, check; return the number of failures."""
    install(folder)
    check = Check()
    home = Registry()

    def entities() -> dict[str, Entity]:
        return {entity.id: entity for entity in home.snapshot().entities}

    def has(entity_id: str, *states: str) -> bool:
        entity = entities().get(entity_id)
        return entity is not None and (entity.state in states if states else entity.state != "unavailable")

    with Mosquitto() as broker:
        furnish(folder / "data", broker.port)
        client = MqttClient(
            MqttSettings(host=broker.host, port=broker.port), "check", home=home, on_ask=lambda _request, _respond: None
        )
        client.start()
        program = subprocess.Popen(
            [
                folder / "node_modules" / "node" / "bin" / "node",
                "--require",
                Path(__file__).with_name("coordinator.cjs"),
                folder / "node_modules" / "zigbee2mqtt" / "index.js",
            ],
            cwd=folder,
            env={**os.environ, "ZIGBEE2MQTT_DATA": str(folder / "data")},
        )

        def request(what: str, payload: Json) -> None:
            client.publish(Publish(f"zigbee2mqtt/bridge/request/{what}", json.dumps(payload).encode()))

        try:
            for entity_id in dict.fromkeys(item[0] for item in COMMANDS):
                check(f"{entity_id} is announced and there", partial(has, entity_id))
            for entity_id in ("binary_sensor.hall_window_contact", "sensor.bathroom_climate_temperature"):
                check(f"{entity_id} is announced", partial(has, entity_id, "unknown", "unavailable", "on", "off", "0"))
            problems = home.problems()
            check(f"everything is readable {[problem.reason for problem in problems]}", lambda: not problems, 0)
            for entity_id, command, data, expect in COMMANDS:
                since = home.serial(entity_id)
                for message in home.encode(Action(entity_id, command, data)):
                    if isinstance(message, Publish):
                        client.publish(message)
                confirmed, shown = home.wait(entity_id, expect, 20, since)
                check(f"{entity_id} {command} {dict(data)}: {dict(shown)}", partial(bool, confirmed), 0)
            request("device/rename", {"from": "Fan plug", "to": "Desk fan", "homeassistant_rename": True})
            renamed = check("a renamed device follows", lambda: "Desk fan" in {e.name for e in entities().values()}, 20)
            if not renamed:
                print([(e.id, e.name) for e in entities().values() if e.domain == "switch"], home.problems())
            request("device/remove", {"id": "Sofa lamp", "force": True})
            check("a removed device disappears", lambda: "light.sofa_lamp" not in entities())
            program.terminate()
            check("when the program ends its devices are gone", lambda: has("light.kitchen_ceiling", "unavailable"))
        finally:
            program.kill()
            program.wait()
            client.stop()
    print("failed: " + str(check.failed) if check.failed else "all is well")
    return check.failed


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]) if len(sys.argv) > 1 else CACHE)))
