"""An open question through the whole daemon: first tier, chat model, MQTT reply."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config import ChatSettings, LimitsSettings, MqttSettings, NodeSettings, Settings, StoreSettings
from appliance.daemon import Daemon
from appliance.demo.broker import mosquitto_program, start_broker
from appliance.errors import ModelError
from appliance.models.convert import Options, convert
from appliance.mqtt import ask_daemon
from appliance.opening import open_talker
from tests.broker import eventually

pytestmark = pytest.mark.skipif(mosquitto_program() is None, reason="mosquitto is not installed")

TRAINED = Path(__file__).parents[1] / "unit" / "models" / "trained"
QUESTION = "who wrote hamlet"


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    broker = start_broker(prefer="mosquitto")
    yield Settings(
        node=NodeSettings(id="chatty"),
        mqtt=MqttSettings(host=broker.host, port=broker.port, protocol=broker.protocol),
        limits=LimitsSettings(reply_timeout_s=30),
        chat=ChatSettings(max_tokens=24),
        store=StoreSettings(path=tmp_path / "ternd.sqlite"),
    )
    broker.stop()


@pytest.fixture(name="running")
def _running(settings: Settings) -> Iterator[Daemon]:
    daemon = Daemon(settings)
    daemon.start()
    assert daemon.wait_ready(20)
    yield daemon
    daemon.stop()


def test_without_a_chat_model_the_reply_says_how_to_get_one(running: Daemon, settings: Settings) -> None:
    reply = ask_daemon(settings, QUESTION)
    assert reply["route"] == "none"
    assert "ternd model list" in reply["text"]
    assert running.health()["chat_model"] is None


@pytest.fixture(name="installed")
def _installed(tmp_path: Path, settings: Settings) -> Path:
    convert(TRAINED, tmp_path / "models" / "small", Options())
    return tmp_path / "models" / "small"


def test_an_installed_chat_model_answers(installed: Path, running: Daemon, settings: Settings) -> None:
    assert eventually(lambda: running.health()["chat_model"] == installed.name)
    reply = ask_daemon(settings, QUESTION)
    assert reply["route"] == "chat"
    assert reply["text"]
    assert reply["actions"] == []
    assert reply["intents"] == []
    assert running.health()["chat_answered"] == 1
    assert ask_daemon(settings, "turn on the lamp")["route"] != "chat"


def test_a_chat_model_that_is_not_there_is_said(installed: Path) -> None:
    with pytest.raises(ModelError, match="no model 'other'"):
        open_talker(ChatSettings(model="other"))
    assert open_talker(dataclasses.replace(ChatSettings(), enabled=False)) is None
