"""Passwords, certificates and two clients of one name, against a real Mosquitto."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config import MqttSettings
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


def test_two_nodes_of_one_name_are_told_why_they_lose_the_connection() -> None:
    with Mosquitto() as broker:
        settings = MqttSettings(host=broker.host, port=broker.port)
        with client(settings) as one:
            assert one.wait_connected(PATIENCE)
            with client(settings):
                assert eventually(lambda: "another ternd" in one.stats().last_error, PATIENCE)
