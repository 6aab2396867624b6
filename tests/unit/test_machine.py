"""Silent failures of a machine, in a made-up root directory each: found, named, with what mends them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.machine import Finding, Machine, examine, reachable

NOW = 1_790_000_000.0
PI = "Raspberry Pi 5 Model B Rev 1.0\0"
UNIT = Path(__file__).resolve().parents[2] / "systemd" / "ternd.service"


def put(root: Path, name: str, text: str = "", mode: int | None = None) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if mode is not None:
        path.chmod(mode)
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Machine:
    """A Pi 5 on which all is well."""
    put(tmp_path, "proc/device-tree/model", PI)
    put(tmp_path, "proc/cpuinfo", "processor : 0\nFeatures\t: fp asimd aes crc32 asimddp\n")
    put(tmp_path, "sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n")
    put(tmp_path, "etc/systemd/system.conf.d/watchdog.conf", "[Manager]\nRuntimeWatchdogSec=14s\n")
    put(tmp_path, "etc/systemd/journald.conf", "[Journal]\n#Storage=auto\n")
    (tmp_path / "var/log/journal").mkdir(parents=True)
    put(tmp_path, "run/systemd/timesync/synchronized")
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Zurich")
    put(tmp_path, "etc/ternd/ternd.toml", "", 0o640)
    (tmp_path / "etc/ternd/secrets").mkdir(mode=0o700)
    put(tmp_path, "dev/gpiochip0", "", 0o660)
    put(tmp_path, "etc/group", "root:x:0:\ngpio:x:990:pi,ternd\nternd:x:991:\n")
    put(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", "0\n")
    put(tmp_path, "etc/systemd/system/ternd.service", UNIT.read_text())
    wants = tmp_path / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir()
    (wants / "ternd.service").symlink_to("/etc/systemd/system/ternd.service")
    (tmp_path / "opt/ternd").mkdir(parents=True)
    (tmp_path / "opt/ternd/current").symlink_to("/opt/ternd/releases/1")
    return Machine(root=tmp_path, architecture="aarch64", page_size=16_384, now=NOW, isa="neon_dotprod", pins=True)


def bad(machine: Machine) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(machine) if not finding.ok}


def test_a_sound_machine_has_nothing_to_mend(sound: Machine) -> None:
    assert bad(sound) == {}
    assert {finding.what for finding in examine(sound)} == {
        "system", "engine", "memory", "watchdog", "journal", "clock", "modes", "gpiochip", "power", "service",
    }  # fmt: skip


def test_an_empty_root_is_no_crash(tmp_path: Path) -> None:
    assert [
        finding.what for finding in examine(Machine(root=tmp_path, now=NOW)) if not finding.ok and finding.grave
    ] == []


@pytest.mark.parametrize(
    ("name", "text", "what", "says", "mends"),
    [
        ("sys/fs/cgroup/cgroup.controllers", "cpu pids", "memory", "do nothing", "cgroup_enable=memory"),
        ("etc/systemd/system.conf.d/watchdog.conf", "[Manager]\nRuntimeWatchdogSec=1min\n", "watchdog", "there is none", "14s"),
        ("etc/systemd/system.conf.d/watchdog.conf", "", "watchdog", "stays frozen", "RuntimeWatchdogSec"),
        ("etc/systemd/system.conf.d/watchdog.conf", "no section\n", "watchdog", "stays frozen", "RuntimeWatchdogSec"),
        ("etc/systemd/journald.conf.d/x.conf", "[Journal]\nStorage=volatile\n", "journal", "gone after a reboot", "journald"),
        ("sys/devices/platform/soc/soc:firmware/get_throttled", "50000", "power", "too little voltage", "power supply"),
        ("sys/devices/platform/soc/soc:firmware/get_throttled", "0x80008", "power", "too hot (now)", "cool"),
        ("etc/group", "gpio:x:990:pi\nternd:x:1:\n", "gpiochip", "not in the group", "usermod"),
        ("etc/systemd/system/ternd.service.d/x.conf", "[Service]\nWatchdogSec=0\n", "service", "switched off", "WatchdogSec"),
        ("etc/systemd/system/ternd.service.d/x.conf", "[Service]\nExecStopPost=\n", "service", "safe state", "again"),
    ],
)  # fmt: skip
def test_each_silent_failure_is_loud(sound: Machine, name: str, text: str, what: str, says: str, mends: str) -> None:
    put(sound.root, name, text)
    found = bad(sound)
    assert list(found) == [what]
    assert says in found[what].detail
    assert mends in found[what].mend


def test_what_comes_last_wins_in_the_settings_of_systemd(sound: Machine) -> None:
    put(sound.root, "usr/lib/systemd/system.conf.d/40-early.conf", "[Manager]\nRuntimeWatchdogSec=2min\n")
    assert "watchdog" not in bad(sound)
    put(sound.root, "usr/lib/systemd/system.conf.d/zz.conf", "[Manager]\nRuntimeWatchdogSec=2min\n")
    assert "watchdog" in bad(sound)


def test_a_journal_without_a_directory_is_volatile(sound: Machine) -> None:
    (sound.root / "var/log/journal").rmdir()
    assert "journal" in bad(sound)
    put(sound.root, "etc/systemd/journald.conf.d/ternd.conf", "[Journal]\nStorage=persistent\n")
    assert "journal" not in bad(sound)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"architecture": "armv7l"}, "system"), ({"bits": 32}, "system"), ({"page_size": 2**20}, "system"),
        ({"isa": "neon"}, "engine"), ({"now": 1e9}, "clock"),
    ],
)  # fmt: skip
def test_what_no_file_tells(sound: Machine, change: dict[str, int | float | str], what: str) -> None:
    assert what in bad(replace(sound, **change))  # type: ignore[arg-type]


def test_a_pi_4_has_no_dotprod_and_that_is_all_right(sound: Machine) -> None:
    put(sound.root, "proc/cpuinfo", "Features : fp asimd evtstrm crc32 cpuid\n")
    assert bad(replace(sound, isa="neon")) == {}


def test_a_clock_that_nobody_set(sound: Machine) -> None:
    (sound.root / "run/systemd/timesync/synchronized").unlink()
    assert "timers run right" in bad(sound)["clock"].mend
    put(sound.root, "sys/class/rtc/rtc0")
    assert "clock" not in bad(sound)


def test_no_time_zone_is_said(sound: Machine) -> None:
    (sound.root / "etc/localtime").unlink()
    assert "UTC" in bad(sound)["clock"].detail


@pytest.mark.parametrize(("name", "mode"), [("ternd.toml", 0o644), ("ternd.toml", 0o660), ("secrets", 0o750)])
def test_open_modes_are_said_with_the_command_that_closes_them(sound: Machine, name: str, mode: int) -> None:
    (sound.root / "etc/ternd" / name).chmod(mode)
    found = bad(sound)["modes"]
    assert found.grave
    assert f"/etc/ternd/{name}" in found.mend


def test_pins_without_a_chip(sound: Machine) -> None:
    (sound.root / "dev/gpiochip0").chmod(0o600)
    assert "udev" in bad(sound)["gpiochip"].mend
    (sound.root / "dev/gpiochip0").unlink()
    assert "gpiochip" in bad(sound)
    assert "gpiochip" not in bad(replace(sound, pins=False))


def test_a_service_that_does_not_start_with_the_machine(sound: Machine) -> None:
    (sound.root / "etc/systemd/system/multi-user.target.wants/ternd.service").unlink()
    assert "enable" in bad(sound)["service"].mend


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("192.168.1.4", True), ("::1", True), ("fd00::1", True), ("8.8.8.8", False), ("2a00::1", False)],
)  # fmt: skip
def test_what_the_unit_lets_the_service_reach(sound: Machine, address: str, expected: bool) -> None:
    assert reachable(sound.root, address) is expected


def test_what_was_added_to_the_unit_counts(sound: Machine) -> None:
    put(sound.root, "etc/systemd/system/ternd.service.d/far.conf", "[Service]\nIPAddressAllow=8.8.8.8\n")
    assert reachable(sound.root, "8.8.8.8")
    put(
        sound.root,
        "etc/systemd/system/ternd.service.d/local.conf",
        "[Service]\nIPAddressAllow=\nIPAddressAllow=localhost\n",
    )
    assert not reachable(sound.root, "192.168.1.4")
    assert reachable(sound.root, "127.0.0.1")


def test_without_a_unit_everything_is_in_reach(tmp_path: Path) -> None:
    assert reachable(tmp_path, "8.8.8.8")
