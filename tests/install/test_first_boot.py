"""A configuration on the boot partition is looked at and moved, or refused with the reason beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "provisioning" / "first-boot" / "ternd-first-boot"
SOUND = '[mqtt]\nhost = "localhost"\n[node]\nid = "attic"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    program = tmp_path / "ternd"
    program.write_text(f'#!/bin/sh\ncd {CHECKOUT} && exec {sys.executable} -m appliance "$@"\n')
    program.chmod(0o755)
    (tmp_path / "boot" / "firmware").mkdir(parents=True)
    (tmp_path / "etc" / "ternd").mkdir(parents=True)
    (tmp_path / "etc" / "ternd" / "ternd.toml").write_text("# old\n")
    return tmp_path


def boot(root: Path) -> str:
    done = subprocess.run(
        ["bash", str(SCRIPT)],
        env={
            **os.environ,
            "TERND_ROOT": str(root),
            "TERND_PROGRAM": str(root / "ternd"),
            "TERND_GROUP": str(os.getgid()),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stderr


def test_nothing_there_is_nothing_done(root: Path) -> None:
    assert boot(root) == ""
    assert (root / "etc/ternd/ternd.toml").read_text() == "# old\n"


@pytest.mark.parametrize("folder", ["boot/firmware", "boot"])
@pytest.mark.parametrize("form", [SOUND.encode(), b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode()])
def test_a_sound_configuration_is_moved(root: Path, folder: str, form: bytes) -> None:
    given = root / folder / "ternd.toml"
    given.write_bytes(form)
    boot(root)
    taken = root / "etc/ternd/ternd.toml"
    assert taken.read_text() == SOUND
    assert taken.stat().st_mode & 0o777 == 0o640
    assert not given.exists()
    assert (root / "etc/ternd/ternd.toml.before").read_text() == "# old\n"
    assert boot(root) == "", "the second boot finds nothing"


@pytest.mark.parametrize("wrong", ["[mqtt]\nprot = 1\n", "[mqtt\n", "\0", "[mqtt]\nport = 0\n"])
def test_a_wrong_one_is_refused_and_says_why_beside_it(root: Path, wrong: str) -> None:
    given = root / "boot/firmware/ternd.toml"
    given.write_text(wrong)
    secrets = root / "boot/firmware/ternd-secrets"
    secrets.mkdir()
    (secrets / "mqtt").write_text("x")
    boot(root)
    assert (root / "etc/ternd/ternd.toml").read_text() == "# old\n"
    assert given.exists()
    complaint = (root / "boot/firmware/ternd-error.txt").read_text()
    assert "ternd.toml" in complaint
    assert "still in force" in complaint
    assert list((root / "etc/ternd").glob(".*")) == []
    given.write_text(SOUND)
    boot(root)
    assert not (root / "boot/firmware/ternd-error.txt").exists()
    assert (root / "etc/ternd/secrets/mqtt").read_text() == "x"


def test_secrets_do_not_stay_where_everybody_can_read_them(root: Path) -> None:
    secrets = root / "boot/firmware/ternd-secrets"
    secrets.mkdir()
    (secrets / "mqtt_password").write_bytes(b"pass word\r\n")
    (secrets / "Bad Name!").write_text("y")
    said = boot(root)
    taken = root / "etc/ternd/secrets/mqtt_password"
    assert taken.read_text() == "pass word\n"
    assert taken.stat().st_mode & 0o777 == 0o600
    assert taken.parent.stat().st_mode & 0o777 == 0o700
    assert not (secrets / "mqtt_password").exists()
    assert "no name for a secret" in said
    assert "pass word" not in said


def test_the_user_data_does_what_the_documentation_says() -> None:
    text = (CHECKOUT / "provisioning/cloud-init/user-data.yaml").read_text()
    assert text.startswith("#cloud-config\n")
    data = yaml.safe_load(text)
    assert set(data) <= {"hostname", "package_update", "packages", "write_files", "runcmd"}
    assert all(isinstance(step, list) and all(isinstance(word, str) for word in step) for step in data["runcmd"])
    journal = next(file["content"] for file in data["write_files"] if "journald" in file["path"])
    snippet = (CHECKOUT / "provisioning/journald/ternd.conf").read_text()
    settings = [line for line in snippet.splitlines() if line and not line.startswith("#")]
    assert journal.split() == "\n".join(settings).split()


def test_the_watchdog_and_the_kept_journal_are_in_force_at_the_first_start() -> None:
    data = yaml.safe_load((CHECKOUT / "provisioning/cloud-init/user-data.yaml").read_text())
    written = [file["path"] for file in data["write_files"]]
    assert any("/system.conf.d/" in path for path in written)
    assert any("/journald.conf.d/" in path for path in written)
    install = next(i for i, step in enumerate(data["runcmd"]) if "install.sh" in step[-1])
    for step in (["systemctl", "daemon-reexec"], ["systemctl", "restart", "systemd-journald.service"]):
        assert step in data["runcmd"][:install]
