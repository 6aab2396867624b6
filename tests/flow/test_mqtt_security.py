"""Passwords, certificates and two clients of one name, against a real Mosquitto."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config import MqttSettings, load
from appliance.errors import ConfigError
from appliance.home import Registry
from appliance.mqtt import MqttClient
from tests.broker import Mosquitto, MosquittoOptions, eventually

PATIENCE = 10.0


@contextmanager
def client(settings: MqttSettings, node: str = "pi") -> Iterator[MqttClient]:
    running = MqttClient(settings, node, home=Registry(), on_ask=lambda _request, _respond: None, backoff_s=0.05)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def secret(path: Path, text: str) -> Path:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


@pytest.mark.skipif(shutil.which("mosquitto_passwd") is None, reason="mosquitto_passwd is not installed")
def test_passwords(tmp_path: Path) -> None:
    with Mosquitto() as broker:
        passwords = broker._path("passwords")
        subprocess.run(
            ["mosquitto_passwd", "-c", "-b", str(passwords), "ternd", "right"], check=True, capture_output=True
        )
        passwords.chmod(0o644)
        broker.options = MosquittoOptions(extra=f"password_file {passwords}\nallow_anonymous false")
        broker.restart()
        plain = MqttSettings(host=broker.host, port=broker.port)
        with client(plain) as nobody:
            assert eventually(lambda: "Not authorized" in nobody.stats().last_error, PATIENCE)
            assert nobody.stats().protocol == "5"
        with client(replace(plain, username="ternd", password_file=secret(tmp_path / "wrong", "wrong"))) as stranger:
            assert eventually(lambda: "Not authorized" in stranger.stats().last_error, PATIENCE)
        with client(replace(plain, username="ternd", password_file=secret(tmp_path / "right", "right"))) as friend:
            assert friend.wait_connected(PATIENCE)
        with client(replace(plain, username="ternd", password_file=tmp_path / "missing")) as forgetful:
            assert eventually(lambda: "cannot be read" in forgetful.stats().last_error, PATIENCE)


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_certificates(tmp_path: Path) -> None:
    for name in ("home", "other"):
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(tmp_path / f"{name}.key"), "-out", str(tmp_path / f"{name}.pem"),
        )  # fmt: skip
    with Mosquitto() as broker:
        for name in ("home.pem", "home.key"):
            shutil.copy(tmp_path / name, broker._path(name))
            broker._path(name).chmod(0o644)
        broker.options = MosquittoOptions(
            extra=f"certfile {broker._path('home.pem')}\nkeyfile {broker._path('home.key')}"
        )
        broker.restart()
        settings = MqttSettings(host=broker.host, port=broker.port)
        with client(replace(settings, tls_ca=tmp_path / "home.pem")) as trusting:
            assert trusting.wait_connected(PATIENCE)
        with client(replace(settings, tls_ca=tmp_path / "other.pem")) as careful:
            assert eventually(lambda: "certificate verify failed" in careful.stats().last_error, PATIENCE)
            assert careful.stats().connects == 0
        with client(replace(settings, tls_ca=tmp_path / "missing.pem")) as lost:
            assert eventually(lambda: "certificate or key cannot be used" in lost.stats().last_error, PATIENCE)


def authority(folder: Path, name: str) -> None:
    """A certificate authority of the home: ``<name>.pem`` and ``<name>.key``."""
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"),
    )  # fmt: skip


def certificate(folder: Path, name: str, signer: str) -> None:
    """A certificate of `name` that `signer` signed."""
    openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
        "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.csr"),
    )  # fmt: skip
    extensions = folder / f"{name}.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(
        "x509", "-req", "-in", str(folder / f"{name}.csr"), "-CA", str(folder / f"{signer}.pem"), "-CAkey", str(folder / f"{signer}.key"),
        "-CAcreateserial", "-days", "2", "-extfile", str(extensions), "-out", str(folder / f"{name}.pem"),
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_node_shows_its_own_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("home-ca", "strange-ca"):
        authority(tmp_path, name)
    for name, signer in (("broker", "home-ca"), ("node", "home-ca"), ("stranger", "strange-ca")):
        certificate(tmp_path, name, signer)
    with Mosquitto() as broker:
        for name in ("home-ca.pem", "broker.pem", "broker.key"):
            shutil.copy(tmp_path / name, broker._path(name))
            broker._path(name).chmod(0o644)
        broker.options = MosquittoOptions(
            extra="\n".join(
                [
                    f"cafile {broker._path('home-ca.pem')}",
                    f"certfile {broker._path('broker.pem')}",
                    f"keyfile {broker._path('broker.key')}",
                    "require_certificate true",
                    "use_identity_as_username true",
                ]
            )
        )
        broker.restart()
        plain = MqttSettings(host=broker.host, port=broker.port, tls_ca=tmp_path / "home-ca.pem")
        known = replace(plain, tls_cert=tmp_path / "node.pem", tls_key=tmp_path / "node.key")
        with client(known) as friend:
            assert friend.wait_connected(PATIENCE)
        assert "u'node'" in broker.log, "the broker knows the node by its certificate"
        with client(plain) as nobody:
            assert eventually(lambda: nobody.stats().last_error != "", PATIENCE)
            assert nobody.stats().connects == 0
        strange = replace(plain, tls_cert=tmp_path / "stranger.pem", tls_key=tmp_path / "stranger.key")
        with client(strange) as stranger:
            assert eventually(lambda: stranger.stats().last_error != "", PATIENCE)
            assert stranger.stats().connects == 0
        with client(replace(known, tls_key=tmp_path / "stranger.key")) as mixed:
            assert eventually(lambda: "certificate or key cannot be used" in mixed.stats().last_error, PATIENCE)
        credentials = tmp_path / "credentials"
        credentials.mkdir()
        shutil.move(tmp_path / "node.key", credentials / "secrets_node.key")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
        with client(known) as service:
            assert service.wait_connected(PATIENCE), "the key is a credential of the service"


@pytest.mark.skipif(shutil.which("mosquitto_passwd") is None, reason="mosquitto_passwd is not installed")
def test_the_password_is_a_credential_of_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Mosquitto() as broker:
        passwords = broker._path("passwords")
        subprocess.run(
            ["mosquitto_passwd", "-c", "-b", str(passwords), "ternd", "right"], check=True, capture_output=True
        )
        passwords.chmod(0o644)
        broker.options = MosquittoOptions(extra=f"password_file {passwords}\nallow_anonymous false")
        broker.restart()
        secret(tmp_path / "secrets_mqtt", "right")
        secret(tmp_path / "mqtt", "outdated")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        settings = MqttSettings(host=broker.host, port=broker.port, username="ternd", password_file=tmp_path / "mqtt")
        with client(settings) as service:
            assert service.wait_connected(PATIENCE)


@pytest.mark.parametrize("key", ["password_file", "tls_key"])
def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path, key: str) -> None:
    path = secret(tmp_path / "secret", "x")
    others = {"password_file": 'username = "u"', "tls_key": f'tls_cert = "{path}"'}
    config = tmp_path / "ternd.toml"
    config.write_text(f'[mqtt]\n{key} = "{path}"\n{others[key]}\n')
    assert load(config).mqtt.enabled
    path.chmod(0o644)
    with pytest.raises(ConfigError, match=f"{key}: everybody may read .*chmod o-rwx"):
        load(config)


@pytest.mark.parametrize("host", ["192.168.1.2", "broker.lan", "8.8.8.8", "::2"])
def test_plain_text_leaves_this_machine_only_when_told_so(tmp_path: Path, host: str) -> None:
    config = tmp_path / "ternd.toml"
    config.write_text(f'[mqtt]\nhost = "{host}"\n')
    with pytest.raises(ConfigError, match=r"mqtt\.tls = true"):
        load(config)
    for permission in ("allow_plaintext = true", "tls = true"):
        config.write_text(f'[mqtt]\nhost = "{host}"\n{permission}\n')
        assert load(config).mqtt.host == host


def test_two_nodes_of_one_name_are_told_why_they_lose_the_connection() -> None:
    with Mosquitto() as broker:
        settings = MqttSettings(host=broker.host, port=broker.port)
        with client(settings) as one:
            assert one.wait_connected(PATIENCE)
            with client(settings):
                assert eventually(lambda: "another ternd" in one.stats().last_error, PATIENCE)
