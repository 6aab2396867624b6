"""The demo end to end: a sentence in, a simulated device moved, its report confirmed, the right exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.broker import mosquitto_program

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(mosquitto_program() is None, reason="mosquitto is not installed")


def demo(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``ternd demo`` as people do."""
    command = [sys.executable, "-m", "appliance", "demo", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)


def demo_with(**options: Any) -> subprocess.CompletedProcess[str]:
    """Run the demo with options that the command line does not have."""
    program = f"import sys; from appliance.demo.main import run_demo; sys.exit(run_demo(**{options!r}))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120, env=environment
    )


def test_two_commands_in_one_sentence_are_confirmed() -> None:
    done = demo("--once", "turn on the kitchen ceiling light and set the fan to half")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "zigbee2mqtt/Kitchen ceiling light/set" in done.stdout
    assert done.stdout.count("✓") == 2
    stages = [line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert stages == ["heard", "intents", "sent", "state", "reply", "time"]
    assert "HassTurnOn" in done.stdout
    assert "percentage=50" in done.stdout


def test_a_reply_as_json() -> None:
    done = demo("--json", "--once", "turn on the garden pump")
    reply = json.loads(done.stdout)
    assert done.returncode == 0
    assert reply["actions"][0]["result"] == "confirmed"
    assert reply["actions"][0]["pin"] == 17
    assert set(reply["ms"]) >= {"understand", "decide", "act", "confirm", "total"}


def test_what_is_not_done_is_no_success() -> None:
    done = demo("--json", "--once", "unlock the front door")
    assert done.returncode == 3, done.stdout + done.stderr
    assert [action["result"] for action in json.loads(done.stdout)["actions"]] == ["pending"]


@pytest.mark.parametrize("fault", ["silent", "offline"])
def test_a_device_that_does_not_answer_is_no_success(fault: str) -> None:
    sentence = "turn on the kitchen ceiling light"
    done = demo_with(once=sentence, as_json=True, faults=(f"Kitchen ceiling light={fault}",), confirm_timeout_s=0.4)
    assert done.returncode in (3, 4), done.stdout + done.stderr
    assert "confirmed" not in {action["result"] for action in json.loads(done.stdout)["actions"]}


def test_a_slow_device_is_waited_for() -> None:
    done = demo("--json", "--fault", "Kitchen ceiling light=slow", "--once", "turn on the kitchen ceiling light")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["ms"]["confirm"] > 1000


def test_a_conversation_at_the_prompt() -> None:
    said = (
        "is the front door locked",
        "unlock the front door",
        "yes",
        "is the front door locked",
        "turn on the sauna stove",
        "quit",
    )
    done = demo("--json", stdin="\n".join(said))
    before, asked, unlocked, after, sauna = (json.loads(line) for line in done.stdout.splitlines())
    assert [reply["actions"] for reply in (before, after, sauna)] == [[], [], []]
    assert before["text"].lower().startswith("yes")
    assert [action["result"] for action in asked["actions"]] == ["pending"]
    assert [action["result"] for action in unlocked["actions"]] == ["confirmed"]
    assert after["text"].lower().startswith("no")
    assert sauna["intents"] == []
    assert done.returncode == 3  # the worst of them: the door was asked about, the sauna is not there


def test_the_area_where_it_is_said() -> None:
    done = demo("--json", "--area", "Garage", "--once", "turn on the light")
    reply = json.loads(done.stdout)
    assert [action["entity"] for action in reply["actions"]] == ["light.garage_light"]


def test_bytes_that_are_no_text_do_no_harm() -> None:
    command = [sys.executable, "-m", "appliance", "demo", "--json"]
    lines = b"\xff\xfe lamp\narea dungeon\narea garage\nturn on the light\n"
    done = subprocess.run(command, input=lines, capture_output=True, check=False, timeout=120, cwd=ROOT)
    noise, unknown, place, light = done.stdout.decode().splitlines()
    assert json.loads(noise)["actions"] == []
    assert "dungeon" in unknown
    assert "Garage" in place
    assert [action["entity"] for action in json.loads(light)["actions"]] == ["light.garage_light"]
    assert done.stderr == b""


def test_wrong_arguments() -> None:
    assert demo("--once").returncode == 2
    for fault in ("Kitchen ceiling light", "Kitchen ceiling light=purple", "=silent", "Ghost=silent"):
        wrong = demo("--fault", fault, "--once", "turn on the light")
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert fault.split("=")[0] in wrong.stderr
    unknown = demo("--area", "Dungeon", "--once", "turn on the light")
    assert unknown.returncode == 2
    assert "Dungeon" in unknown.stderr
    missing = demo("--home", "nowhere.yaml", "--once", "turn on the light")
    assert missing.returncode == 2
    assert "nowhere.yaml" in missing.stderr


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    tmp_path.chmod(0o755)
    command = [sys.executable, "-m", "appliance", "demo", "--once", "turn on the hall light"]
    subprocess.run(command, capture_output=True, check=False, timeout=120, cwd=ROOT, env=environment)
    assert list(tmp_path.iterdir()) == []


def test_without_mosquitto_the_python_broker_does() -> None:
    pytest.importorskip("amqtt")
    done = demo_with(once="turn on the kitchen ceiling light", as_json=True, broker="amqtt")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [action["result"] for action in json.loads(done.stdout)["actions"]] == ["confirmed"]
