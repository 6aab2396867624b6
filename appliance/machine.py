"""What a machine can get wrong without anybody noticing, and what mends it: pure checks over a root directory."""

from __future__ import annotations

import configparser
import ipaddress
import re
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BUILT_IN = 2025
"""No clock that is right shows an earlier year."""
_MOST_WATCHDOG_S = 15.0
"""The hardware watchdog of a Raspberry Pi cannot count further; a longer time means none at all."""
_UNITS_S = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 0.001, "min": 60.0, "m": 60.0, "h": 3600.0}
_UNITS = Path("etc/systemd/system")
_NETWORKS = {
    "any": ("0.0.0.0/0", "::/0"),
    "localhost": ("127.0.0.0/8", "::1/128"),
    "link-local": ("169.254.0.0/16", "fe80::/64"),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
}
"""Names that systemd knows."""
_THROTTLED = Path("sys/devices/platform/soc/soc:firmware/get_throttled")


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    what: str
    ok: bool
    detail: str
    """What was found, or what is wrong."""
    mend: str = ""
    """What to do about it."""
    grave: bool = True
    """False: the service works all the same."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is known of the machine besides its files."""

    root: Path = Path("/")
    """Everything is looked for under it."""
    architecture: str = "x86_64"
    """As ``uname -m`` says."""
    bits: int = 64
    """Of the programs, which may be fewer than the kernel's."""
    page_size: int = 4096
    now: float = 0.0
    """Wall-clock seconds."""
    isa: str | None = None
    """Instruction set that the engine has chosen; None: it is not known."""
    pins: bool = False
    """GPIO lines are configured."""

    @property
    def model(self) -> str:
        """What the board calls itself, or nothing."""
        return _read(self.root / "proc/device-tree/model").strip("\0 \n")

    @property
    def is_pi(self) -> bool:
        """Whether it is a Raspberry Pi."""
        return "raspberry pi" in self.model.lower()


def examine(machine: Machine) -> tuple[Finding, ...]:
    """Make all checks."""
    checks: tuple[Callable[[Machine], Iterator[Finding]], ...] = (
        _words, _processor, _memory, _watchdog, _journal, _clock, _modes, _lines, _power, _unit,
    )  # fmt: skip
    return tuple(finding for check in checks for finding in check(machine))


def _words(machine: Machine) -> Iterator[Finding]:
    detail = f"{machine.model or 'a computer'}, {machine.architecture}, {machine.bits}-bit programs, {machine.page_size // 1024} KiB pages"
    if machine.architecture not in ("x86_64", "aarch64") or machine.bits != 64:
        yield Finding("system", ok=False, detail=detail, mend="use a 64-bit system: there is no engine for this one")
        return
    if machine.page_size & (machine.page_size - 1) or not 4096 <= machine.page_size <= 65_536:
        yield Finding("system", ok=False, detail=detail, mend="boot a kernel with pages of 4, 16 or 64 KiB")
        return
    yield Finding("system", ok=True, detail=detail)


def _processor(machine: Machine) -> Iterator[Finding]:
    listed = re.search(r"^(?:Features|flags)\s*:(.*)$", _read(machine.root / "proc/cpuinfo"), re.MULTILINE)
    features = set(listed[1].split()) if listed else set()
    best, wanted = ("neon_dotprod", "asimddp") if machine.architecture == "aarch64" else ("avx2", "avx2")
    if wanted in features and machine.isa in ("ref", "neon"):
        yield Finding(
            "engine",
            ok=False,
            detail=f"the processor has {wanted}, but the engine runs on {machine.isa}, which is several times slower",
            mend="install ternd again on this machine",
            grave=False,
        )
    elif wanted not in features and machine.architecture == "aarch64" and features:
        yield Finding(
            "engine", ok=True, detail="no dotprod, as on a Pi 3, 4 or Zero 2: the plain NEON kernels are used"
        )
    elif wanted not in features and features:
        yield Finding(
            "engine",
            ok=False,
            detail=f"the processor has no {wanted}: the engine runs on its plain C kernels, which are slow",
            mend="give the virtual machine the processor type of its host",
            grave=False,
        )
    else:
        yield Finding("engine", ok=True, detail=f"{machine.isa or best} is what this processor does best")


def _memory(machine: Machine) -> Iterator[Finding]:
    controllers = _read(machine.root / "sys/fs/cgroup/cgroup.controllers").split()
    if controllers and "memory" not in controllers:
        yield Finding(
            "memory",
            ok=False,
            detail="the memory cgroup is off: MemoryMax= and MemoryHigh= of any unit do nothing",
            mend="add cgroup_enable=memory to the line in /boot/firmware/cmdline.txt, and reboot",
            grave=False,
        )
    elif controllers:
        yield Finding("memory", ok=True, detail="the memory cgroup is on")


def _watchdog(machine: Machine) -> Iterator[Finding]:
    if not machine.is_pi and not (machine.root / "dev/watchdog0").exists():
        return
    said = _setting(machine.root, "system.conf", "Manager", "RuntimeWatchdogSec")
    seconds = _seconds(said)
    mend = "write RuntimeWatchdogSec=14s under [Manager] into /etc/systemd/system.conf.d/watchdog.conf, and reboot"
    if seconds is None or seconds == 0:
        yield Finding(
            "watchdog",
            ok=False,
            detail="nobody feeds the hardware watchdog: a frozen kernel stays frozen",
            mend=mend,
            grave=False,
        )
    elif machine.is_pi and seconds > _MOST_WATCHDOG_S:
        detail = f"RuntimeWatchdogSec={said} is more than the Pi's watchdog can count ({_MOST_WATCHDOG_S:g} s): there is none"
        yield Finding("watchdog", ok=False, detail=detail, mend=mend, grave=False)
    else:
        yield Finding("watchdog", ok=True, detail=f"a frozen kernel is restarted after {seconds:g} s")


def _journal(machine: Machine) -> Iterator[Finding]:
    if not (machine.root / "etc/systemd").is_dir():
        return
    storage = (_setting(machine.root, "journald.conf", "Journal", "Storage") or "auto").lower()
    kept = storage == "persistent" or (storage == "auto" and (machine.root / "var/log/journal").is_dir())
    if kept:
        yield Finding("journal", ok=True, detail="kept over a reboot")
    else:
        yield Finding(
            "journal",
            ok=False,
            detail=f"Storage={storage}: the journal is gone after a reboot, and with it why the machine went down",
            mend="install provisioning/journald/ternd.conf into /etc/systemd/journald.conf.d/, systemctl restart systemd-journald",
            grave=False,
        )


def _clock(machine: Machine) -> Iterator[Finding]:
    shown = time.strftime("%Y-%m-%d %H:%M", time.gmtime(machine.now)) + " UTC"
    if time.gmtime(machine.now).tm_year < BUILT_IN:
        mend = "connect it to a time server (timedatectl set-ntp true), or fit a battery for its clock"
        yield Finding("clock", ok=False, detail=f"it shows {shown}: that is wrong", mend=mend)
        return
    synchronized = (machine.root / "run/systemd/timesync/synchronized").exists()
    has_battery = any((machine.root / "sys/class/rtc").glob("rtc*"))
    if not synchronized and not has_battery and (machine.root / "run/systemd").is_dir():
        yield Finding(
            "clock",
            ok=False,
            detail=f"it shows {shown}, but was set by nobody since the start, and there is no battery-backed one",
            mend="timedatectl set-ntp true; times of day are wrong until it is set, timers run right",
            grave=False,
        )
        return
    zone = machine.root / "etc/localtime"
    place = str(zone.readlink()).partition("zoneinfo/")[2] if zone.is_symlink() else ""
    if place in ("", "UTC", "Etc/UTC"):
        mend = "timedatectl set-timezone Europe/Berlin, or where you are"
        detail = f"{shown}; no time zone is set, so times of day are said and meant in UTC"
        yield Finding("clock", ok=False, detail=detail, mend=mend, grave=False)
        return
    yield Finding("clock", ok=True, detail=f"{shown}, {place}")


def _modes(machine: Machine) -> Iterator[Finding]:
    complaints = []
    for name, forbidden in (("ternd.toml", stat.S_IWGRP | stat.S_IRWXO), ("secrets", stat.S_IRWXG | stat.S_IRWXO)):
        path = machine.root / "etc/ternd" / name
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & forbidden:
            complaints.append(
                (f"/etc/ternd/{name} has mode {mode:04o}", f"chmod {mode & ~forbidden:04o} /etc/ternd/{name}")
            )
    if complaints:
        detail = ", ".join(what for what, _ in complaints) + ": others can read or change it"
        yield Finding("modes", ok=False, detail=detail, mend="sudo " + " && sudo ".join(mend for _, mend in complaints))
    elif (machine.root / "etc/ternd").is_dir():
        yield Finding("modes", ok=True, detail="the configuration and secrets are not for everybody")


def _lines(machine: Machine) -> Iterator[Finding]:
    if not machine.pins:
        return
    chips = sorted((machine.root / "dev").glob("gpiochip*"))
    if not chips:
        mend = 'boot with GPIO, or set gpio.factory = "mock" on a computer without pins'
        yield Finding("gpiochip", ok=False, detail="there is no /dev/gpiochip*", mend=mend)
        return
    members = _members(machine.root, "gpio")
    closed = [chip for chip in chips if not chip.stat().st_mode & stat.S_IWGRP]
    if closed and len(closed) == len(chips):
        mend = "install provisioning/udev/60-ternd.rules into /etc/udev/rules.d/, then: sudo udevadm trigger --subsystem-match=gpio"
        yield Finding("gpiochip", ok=False, detail=f"/dev/{closed[0].name} is not writable for its group", mend=mend)
    elif members is not None and "ternd" not in members and _members(machine.root, "ternd") is not None:
        mend = "sudo usermod -a -G gpio ternd && sudo systemctl restart ternd"
        yield Finding("gpiochip", ok=False, detail="the user ternd is not in the group gpio", mend=mend)
    else:
        yield Finding("gpiochip", ok=True, detail=", ".join(chip.name for chip in chips))


def _power(machine: Machine) -> Iterator[Finding]:
    said = _read(machine.root / _THROTTLED).strip()
    try:
        bits = int(said, 16)
    except ValueError:
        return
    now, before = bits & 0xF, bits >> 16 & 0xF
    if not now and not before:
        yield Finding("power", ok=True, detail="neither too little voltage nor too hot since the start")
        return
    words = [
        word
        for bit, word in ((1, "too little voltage"), (2, "slowed down"), (4, "throttled"), (8, "too hot"))
        if (now | before) & bit
    ]
    when = "now" if now else "since the start"
    mend = "use the power supply made for this board, and cool it" if (now | before) & 1 else "cool the board"
    yield Finding("power", ok=False, detail=f"{', '.join(words)} ({when})", mend=mend, grave=False)


def _unit(machine: Machine) -> Iterator[Finding]:
    if not (machine.root / "opt/ternd/current").is_symlink():
        return
    units = machine.root / _UNITS
    text = _unit_text(machine.root)
    if not (units / "multi-user.target.wants/ternd.service").is_symlink():
        mend = "sudo systemctl enable ternd"
        yield Finding("service", ok=False, detail="it is installed, but does not start with the machine", mend=mend)
        return
    watchdog = [_seconds(value) for value in re.findall(r"^WatchdogSec=(.*)$", text, re.MULTILINE)]
    if not watchdog or not watchdog[-1]:
        mend = "remove WatchdogSec=0 from /etc/systemd/system/ternd.service.d (systemctl edit ternd)"
        yield Finding("service", ok=False, detail="its watchdog is switched off: a hung service stays hung", mend=mend)
    elif "ExecStopPost=" not in text or re.findall(r"^ExecStopPost=(.*)$", text, re.MULTILINE)[-1:] == [""]:
        mend = "install ternd again: its unit has been changed"
        yield Finding("service", ok=False, detail="nothing brings outputs to their safe state after a crash", mend=mend)
    else:
        yield Finding(
            "service", ok=True, detail=f"starts with the machine, watchdog {watchdog[-1]:g} s, safe state after a crash"
        )


def reachable(root: Path, address: str) -> bool:
    """Whether the installed unit lets the service reach an IP address; True where there is no unit."""
    wanted = ipaddress.ip_address(address)

    def listed(key: str) -> bool:
        words: list[str] = []
        for value in re.findall(rf"^{key}=(.*)$", _unit_text(root), re.MULTILINE):
            words = [*words, *value.split()] if value.strip() else []
        networks = (ipaddress.ip_network(one, strict=False) for word in words for one in _NETWORKS.get(word, (word,)))
        return any(wanted in network for network in networks if network.version == wanted.version)

    return listed("IPAddressAllow") or not listed("IPAddressDeny")


# --- reading ----------------------------------------------------------------------------------------


def _unit_text(root: Path) -> str:
    """The unit of the service and what was added to it."""
    unit = root / _UNITS / "ternd.service"
    return "\n".join(_read(path) for path in (unit, *sorted(unit.with_name("ternd.service.d").glob("*.conf"))))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _setting(root: Path, name: str, section: str, key: str) -> str | None:
    """A key of a configuration file of systemd and its drop-ins; the last one wins."""
    value = None
    main = [root / base / "systemd" / name for base in ("usr/lib", "etc")]
    extra = [
        path
        for base in ("usr/lib", "etc", "run")
        for path in sorted((root / base / f"systemd/{name}.d").glob("*.conf"))
    ]
    for path in (*main, *sorted(extra, key=lambda path: path.name)):
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        try:
            parser.read_string(_read(path))
        except configparser.Error:
            continue
        value = parser.get(section, key, fallback=value)
    return value


def _seconds(said: str | None) -> float | None:
    """A time span of systemd in seconds; None: none, or none that is understood."""
    if said is None or said.strip().lower() in ("off", ""):
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]*)", said.strip().lower())
    return sum(float(number) * _UNITS_S.get(unit, 1.0) for number, unit in parts) if parts else None


def _members(root: Path, group: str) -> set[str] | None:
    """The members of a group; None: there is no such group."""
    for line in _read(root / "etc/group").splitlines():
        fields = line.split(":")
        if len(fields) == 4 and fields[0] == group:
            return set(fields[3].split(","))
    return None
