"""The configuration for Mosquitto does what it promises, on the program itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.broker import HOST, eventually, free_port, mosquitto_program

FOLDER = Path(__file__).resolve().parents[2] / "provisioning" / "mosquitto"
PASSWD = shutil.which("mosquitto_passwd")

pytestmark = pytest.mark.skipif(mosquitto_program() is None or PASSWD is None, reason="mosquitto is not installed")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("mosquitto")
    passwords = folder / "passwd"
    for number, user in enumerate(("ternd", "devices", "anna")):
        subprocess.run(
            [str(PASSWD), "-b", *(["-c"] if number == 0 else []), str(passwords), user, f"secret {user}"], check=True
        )
    acl = (FOLDER / "ternd.acl").read_text().replace("# user anna", "user anna").replace("# topic", "topic")
    (folder / "acl").write_text(acl)
    free = free_port()
    text = (FOLDER / "ternd.conf").read_text().replace("listener 1883", f"listener {free}")
    text = text.replace("/etc/mosquitto/passwd", str(passwords)).replace(
        "/etc/mosquitto/ternd.acl", str(folder / "acl")
    )
    (folder / "mosquitto.conf").write_text(text)
    for path in (folder, *folder.parents[:2], *folder.iterdir()):
        path.chmod(path.stat().st_mode | 0o055 if path.is_dir() else 0o644)
    with subprocess.Popen([str(mosquitto_program()), "-c", str(folder / "mosquitto.conf")]) as broker:
        assert eventually(lambda: connects(free, "ternd", "secret ternd"), 10)
        yield free
        broker.terminate()


def client(user: str | None, password: str) -> paho.Client:
    made = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    if user is not None:
        made.username_pw_set(user, password)
    return made


def connects(port: int, user: str | None, password: str = "") -> bool:
    said: list[bool] = []
    one = client(user, password)
    one.on_connect = lambda _client, _data, _flags, reason, _more: said.append(not reason.is_failure)
    try:
        one.connect(HOST, port)
    except OSError:
        return False
    one.loop_start()
    eventually(lambda: bool(said), 3)
    one.disconnect()
    one.loop_stop()
    return said == [True]


def publishes(port: int, user: str, topic: str, payload: bytes = b"x") -> bool:
    """Whether the broker lets `user` publish there."""
    answers: list[bool] = []
    one = client(user, f"secret {user}")
    one.on_publish = lambda _client, _data, _mid, reason, _more: answers.append(not reason.is_failure)
    one.on_disconnect = lambda *_: answers.append(False)

    def publish(*_: object) -> None:
        one.publish(topic, payload, qos=1)

    one.on_connect = publish
    one.connect(HOST, port)
    one.loop_start()
    assert eventually(lambda: bool(answers), 5)
    one.loop_stop()
    return answers[0]


def test_nobody_unknown_comes_in(port: int) -> None:
    assert connects(port, "ternd", "secret ternd")
    assert not connects(port, None)
    assert not connects(port, "ternd", "wrong")


@pytest.mark.parametrize(
    ("user", "topic", "allowed"),
    [
        ("ternd", "ternd/pi/status", True), ("ternd", "zigbee2mqtt/Lamp/set", True), ("ternd", "reply/anna/1", True),
        ("ternd", "ternd/pi/alert/cold", True), ("ternd", "elsewhere/set", False), ("devices", "zigbee2mqtt/Lamp", True),
        ("devices", "homeassistant/light/a/config", True), ("devices", "ternd/pi/ask", False), ("devices", "ternd/ask", False),
        ("devices", "ternd/pi/reply", False), ("devices", "ternd/pi/switch/pump/set", False), ("anna", "ternd/pi/ask", True),
        ("anna", "ternd/ask", True), ("anna", "zigbee2mqtt/Lamp/set", False), ("anna", "ternd/pi/status", False),
    ],
)  # fmt: skip
def test_who_may_publish_what(port: int, user: str, topic: str, allowed: bool) -> None:
    assert publishes(port, user, topic) is allowed


def test_a_flood_in_one_message_is_cut_off(port: int) -> None:
    assert publishes(port, "devices", "zigbee2mqtt/a", bytes(900_000))
    assert not publishes(port, "devices", "zigbee2mqtt/a", bytes(1_200_000))
