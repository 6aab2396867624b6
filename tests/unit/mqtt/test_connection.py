"""What a connection says before it is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.config import MqttSettings
from appliance.errors import ConfigError
from appliance.mqtt.connection import V5, Connection


def opened(settings: MqttSettings) -> None:
    Connection(
        settings, client_id="x", protocol=V5, will=None, on_message=lambda _message: None, on_change=lambda: None
    ).open()


@pytest.mark.parametrize("key", ["tls_ca", "tls_cert", "tls_key"])
def test_a_file_that_is_not_there_is_named(key: str, tmp_path: Path) -> None:
    there = tmp_path / "there.pem"
    there.touch()
    files = dict.fromkeys(("tls_ca", "tls_cert", "tls_key"), there) | {key: tmp_path / "gone.pem"}
    with pytest.raises(ConfigError, match=rf"mqtt\.{key}: .*gone\.pem: No such file"):
        opened(MqttSettings(tls_ca=files["tls_ca"], tls_cert=files["tls_cert"], tls_key=files["tls_key"]))


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("hello")
    with pytest.raises(ConfigError, match=r"tls_ca = .*ca\.pem"):
        opened(MqttSettings(tls_ca=path))
