"""The installer's functions, called one by one in a shell that has sourced the file."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from appliance import __version__
from appliance.cli import main
from appliance.config import parse

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "install.sh"


def run(
    *arguments: str, cwd: Path = CHECKOUT, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", *arguments],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def function(code: str, cwd: Path = CHECKOUT, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("-c", f"source {SCRIPT}; {code}", cwd=cwd, environment=environment)


def test_help_from_any_folder(tmp_path: Path) -> None:
    shown = run(str(SCRIPT), "--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert "--uninstall --purge" in shown.stdout


@pytest.mark.parametrize("arguments", [["tset"], ["--uninstall", "--all"], ["--uninstall", "--purge", "now"]])
def test_a_slip_of_the_pen_does_nothing(arguments: list[str]) -> None:
    answer = run(str(SCRIPT), *arguments)
    assert answer.returncode == 1
    assert "unknown" in answer.stderr


def test_sourcing_runs_nothing() -> None:
    answer = function("true")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_an_old_python_is_passed_over(tmp_path: Path) -> None:
    for name, version in (("python-old", "3, 9"), ("python-new", "3, 12")):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nexec python3 -c "import sys; sys.version_info = ({version}); ${{2}}"\n')
        program.chmod(0o755)
    found = function("find_python python-none python-old python-new", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert found.stdout.strip() == str(tmp_path / "python-new")
    assert function("find_python python-none python-old", PATH=f"{tmp_path}:{os.environ['PATH']}").returncode == 1


def test_missing_packages_are_named(tmp_path: Path) -> None:
    bare = tmp_path / "python-bare"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    assert function(f"missing_packages {bare}", CC="false").stdout.split() == [
        "python3-venv",
        "python3-dev",
        "gcc",
        "libc6-dev",
    ]
    assert function('missing_packages ""', CC="true").stdout.split() == ["python3", "python3-venv", "python3-dev"]


def test_without_root_one_line_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "apt-get").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "apt-get").chmod(0o755)
    answer = function("is_root() { false; }; need_packages gcc python3-dev", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert answer.returncode == 1
    assert "\n  sudo apt-get install -y gcc python3-dev\n" in answer.stderr


def test_a_folder_that_is_no_wheelhouse_is_refused(tmp_path: Path) -> None:
    answer = function(f"check_wheelhouse {tmp_path} abc")
    assert answer.returncode == 1
    assert "--make-wheelhouse" in answer.stderr


def test_a_wheelhouse_of_other_sources_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("ternd==0 --hash=sha256:00\n")
    (tmp_path / "sources.sha256").write_text("abc\n")
    assert function(f"check_wheelhouse {tmp_path} abc").returncode == 0
    answer = function(f"check_wheelhouse {tmp_path} abd")
    assert answer.returncode == 1
    assert "other sources" in answer.stderr


def test_a_wheelhouse_is_not_made_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    answer = function(f"make_wheelhouse {tmp_path} ''")
    assert answer.returncode == 1
    assert "not empty" in answer.stderr


@pytest.mark.parametrize("arguments", [["--wheelhouse"], ["--wheelhouse", "/nowhere"], ["--make-wheelhouse"]])
def test_a_wheelhouse_needs_a_folder(arguments: list[str]) -> None:
    answer = run(str(SCRIPT), *arguments)
    assert answer.returncode == 1
    assert "say where" in answer.stderr


def test_the_service_needs_root() -> None:
    answer = function("is_root() { false; }; install_service")
    assert answer.returncode == 1
    assert "needs root" in answer.stderr


def test_the_environment_is_made_anew_when_its_sources_change(tmp_path: Path) -> None:
    (tmp_path / "native").mkdir()
    (tmp_path / "pyproject.toml").write_text("a")
    source = tmp_path / "native" / "a.c"
    source.write_text("int a;")

    def digest() -> str:
        return function('environment_digest "$(command -v python3)"', cwd=tmp_path).stdout

    first = digest()
    assert re.fullmatch(r"[0-9a-f]{64}\n", first)
    assert digest() == first
    source.write_text("int b;")
    assert digest() != first


def test_what_is_prepared_is_known_by_its_stamps(tmp_path: Path) -> None:
    program = tmp_path / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    (tmp_path / ".venv" / "ternd-test.stamp").write_text("abc\n")

    def prepared(digest: str, extras: str) -> bool:
        return function(f"is_prepared {digest} '{extras}'", cwd=tmp_path).returncode == 0

    assert prepared("abc", "test")
    assert prepared("abc", ""), "the tests' environment holds all that the demo needs"
    assert not prepared("abc", "demo")
    assert not prepared("abd", "test")


def test_the_release_has_the_version_of_the_package() -> None:
    assert function("version_of").stdout.strip() == __version__


def test_a_release_holds_every_file_it_is_made_of() -> None:
    listed = function("release_sources").stdout.split("\0")
    for needed in (
        "pyproject.toml",
        "README.md",
        "appliance/data/defaults.toml",
        "native/include/tern.h",
        "systemd/ternd.service",
        "provisioning/udev/60-ternd.rules",
        "provisioning/first-boot/ternd-first-boot",
        "systemd/ternd-first-boot.service",
    ):
        assert needed in listed
    assert not [name for name in listed if name.endswith((".so", ".pyc"))]
    built = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["setuptools"]["ext-modules"][0]
    assert set(built["sources"]) <= set(listed)


def test_files_are_replaced_only_when_they_differ(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "deep" / "b"
    source.write_text("one")
    assert function(f"place {source} {target}").returncode == 0
    before = target.stat().st_mtime_ns
    function(f"place {source} {target}")
    assert target.stat().st_mtime_ns == before
    source.write_text("two")
    function(f"place {source} {target}")
    assert target.read_text() == "two"


def test_the_installed_configuration_is_sound() -> None:
    text = (CHECKOUT / "provisioning" / "ternd.toml").read_text()
    parse(text, "ternd.toml")
    example = text.replace("# ", "").partition("A relay")[2].partition("\n")[2]
    assert parse(example, "example").gpio.output[0].id == "switch.pump"


def test_the_unit_calls_the_command_line_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    unit = (CHECKOUT / "systemd" / "ternd.service").read_text()
    called = re.search(r"^ExecStart=/opt/ternd/current/bin/ternd (.*)$", unit, re.MULTILINE)
    assert called
    with pytest.raises(SystemExit) as ended:
        main([*called[1].split(), "--help"])
    assert ended.value.code == 0
    assert "--config" in capsys.readouterr().out
