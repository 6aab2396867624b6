"""``ternd doctor``: is everything there that this configuration needs, and if not, what mends it."""

from __future__ import annotations

import contextlib
import importlib
import os
import platform
import shutil
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from appliance import __version__, machine
from appliance.config import Settings, state_directory
from appliance.database import Database
from appliance.errors import ActError, NotAdmittedError, TerndError
from appliance.gpio.board import missing
from appliance.machine import Finding
from appliance.mqtt import observe
from appliance.opening import make_registry, open_command_model, store_path
from appliance.voice.cards import System
from appliance.voice.check import missing_parts

_LISTEN_S = 1.0
_LOW_DISK = 50 * 1024 * 1024
_MENDS = {
    "model": "install ternd again (sudo ./install.sh), or set model.directory to a sound model",
    "home": "correct what is named, and try: ternd config check",
    "broker": "correct what is named in [mqtt], and try: ternd config check",
}
"""What mends an error that does not say it itself."""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Make all checks; none of them changes anything or publishes to a device."""
    checks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("ternd", _release),
        ("model", _model),
        ("database", _database),
        ("home", _home),
        ("broker", _broker),
        ("network", _network),
        ("lgpio", _lgpio),
        ("pins", _pins),
        ("voice", _voice),
    )
    findings = []
    for what, check in checks:
        try:
            findings.append(check(settings))
        except TerndError as error:
            findings.append(
                Finding(what, ok=False, detail=str(error), mend=_MENDS.get(what, "try: ternd config check"))
            )
        except OSError as error:
            findings.append(Finding(what, ok=False, detail=str(error), mend="check the path and its permissions"))
    return (*machine.examine(_machine(settings)), *findings)


def render(findings: tuple[Finding, ...]) -> str:
    """The findings for people, a line each, with what mends what is wrong."""
    lines = []
    for finding in findings:
        lines.append(f"{'ok ' if finding.ok else '!! ' if finding.grave else '!  '} {finding.what:9} {finding.detail}")
        if finding.mend and not finding.ok:
            lines.append(f"              → {finding.mend}")
    return "\n".join(lines)


def as_json(findings: tuple[Finding, ...]) -> list[dict[str, object]]:
    """The findings for scripts."""
    return [asdict(finding) for finding in findings]


def _machine(settings: Settings) -> machine.Machine:
    isa = None
    with contextlib.suppress(TerndError, OSError), contextlib.ExitStack() as parts:
        isa, _ = open_command_model(settings.model.directory, parts)
    return machine.Machine(
        architecture=platform.machine(),
        bits=64 if sys.maxsize > 2**32 else 32,
        page_size=os.sysconf("SC_PAGE_SIZE"),
        now=time.time(),
        isa=isa,
        pins=bool(settings.gpio.output or settings.gpio.input) and settings.gpio.factory != "mock",
    )


def _release(_settings: Settings) -> Finding:
    return Finding(
        "ternd", ok=True, detail=f"{__version__}, Python {platform.python_version()}, {os.cpu_count()} cores"
    )


def _model(settings: Settings) -> Finding:
    start = time.perf_counter()
    with contextlib.ExitStack() as parts:
        isa, model = open_command_model(settings.model.directory, parts)
        opened = 1000 * (time.perf_counter() - start)
        start = time.perf_counter()
        model.understand("turn off the lights in the kitchen")
        once = 1000 * (time.perf_counter() - start)
    return Finding(
        "model", ok=True, detail=f"command model on {isa}: opened in {opened:.0f} ms, a sentence takes {once:.1f} ms"
    )


def _database(settings: Settings) -> Finding:
    path = store_path(settings)
    parent = next(folder for folder in (path.parent, *path.parent.parents) if folder.exists())
    if not os.access(path if path.exists() else parent, os.W_OK):
        return Finding(
            "database", ok=False, detail=f"{path} cannot be written", mend="run as the user ternd, or set store.path"
        )
    strange = [one.name for one in path.parent.glob(f"{path.name}*") if one.stat().st_uid != path.parent.stat().st_uid]
    if strange:
        mend = f"sudo chown --reference={path.parent} {path.parent}/*"
        detail = f"{strange[0]} in {path.parent} belongs to another user: the service may not be able to write it"
        return Finding("database", ok=False, detail=detail, mend=mend)
    if path.exists() and (problem := _damage(path)):
        mend = "nothing to do: the service sets it aside at its next start and begins a new one (sudo systemctl restart ternd)"
        return Finding("database", ok=False, detail=f"{path} is damaged: {problem}", mend=mend)
    free = shutil.disk_usage(parent).free
    if free < _LOW_DISK:
        return Finding(
            "database", ok=False, detail=f"only {free // 2**20} MiB free at {parent}", mend="free some space"
        )
    return Finding("database", ok=True, detail=f"{path}, {free // 2**20} MiB free")


def _damage(path: Path) -> str:
    """What is wrong with the content of a database; it is looked at in a copy."""
    try:
        with contextlib.closing(Database(path, "", copy=True)) as copy:
            said = str(copy.read(lambda db: db.execute("PRAGMA quick_check(1)").fetchone()[0]))
    except TerndError as error:
        return str(error)
    return "" if said == "ok" else said


def _home(settings: Settings) -> Finding:
    home = make_registry(settings).snapshot()
    return Finding(
        "home", ok=True, detail=f"{len(home.areas)} areas and {len(home.entities)} entities from the home file"
    )


def _broker(settings: Settings) -> Finding:
    if not settings.mqtt.enabled:
        return Finding("broker", ok=True, detail="switched off in the configuration")
    registry = make_registry(settings)
    try:
        version = observe(settings.mqtt, registry, _LISTEN_S)
    except ActError as error:
        mend = "set mqtt.host, or start one: sudo apt install mosquitto"
        if isinstance(error, NotAdmittedError):
            mend = "set mqtt.username and mqtt.password_file (or tls_cert and tls_key) to what the broker knows"
        return Finding("broker", ok=False, detail=str(error), mend=mend)
    announced = [entity for entity in registry.snapshot().entities if entity.origin not in ("config", "gpio")]
    problems = len(registry.problems())
    detail = f"{settings.mqtt.host}:{settings.mqtt.port} speaks MQTT {version}; {len(announced)} entities announced"
    detail += f", {problems} announcements unreadable (ternd discover)" if problems else ""
    if not announced:
        detail += " (zigbee2mqtt: set homeassistant.enabled: true)"
    return Finding("broker", ok=True, detail=detail)


def _network(settings: Settings) -> Finding:
    """The unit lets the service reach less than this program does."""
    if not settings.mqtt.enabled:
        return Finding("network", ok=True, detail="no broker is configured")
    try:
        found = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(settings.mqtt.host, settings.mqtt.port)})
    except OSError as error:
        mend = "give its address in mqtt.host: after a power cut a name server may come up late, or never"
        return Finding("network", ok=False, detail=f"{settings.mqtt.host} has no address: {error}", mend=mend)
    barred = [address for address in found if not machine.reachable(Path("/"), address.partition("%")[0])]
    if len(barred) == len(found):
        mend = f"sudo systemctl edit ternd, and write under [Service]: IPAddressAllow={barred[0]}"
        detail = f"the broker is at {barred[0]}, which the unit keeps the service from"
        return Finding("network", ok=False, detail=detail, mend=mend)
    return Finding("network", ok=True, detail=f"the service may reach {settings.mqtt.host}")


def _lgpio(_settings: Settings) -> Finding:
    """On some systems pip installs a package of that name with nothing in it."""
    try:
        library = importlib.import_module("lgpio")
    except ImportError:
        return Finding("lgpio", ok=True, detail="not installed; needed only for pins")
    if hasattr(library, "gpiochip_open"):
        return Finding("lgpio", ok=True, detail="a real one")
    mend = "pip uninstall lgpio; sudo apt install python3-lgpio"
    return Finding("lgpio", ok=False, detail="the installed lgpio is an empty package", mend=mend)


def _voice(settings: Settings) -> Finding:
    if not settings.voice.enabled:
        return Finding("voice", ok=True, detail="switched off in the configuration")
    there, lacking = missing_parts(settings.voice, state_directory(), System())
    if lacking:
        return Finding("voice", ok=False, detail="; ".join(lacking), mend="ternd doctor --audio tries the cards")
    return Finding("voice", ok=True, detail="; ".join(there))


def _pins(settings: Settings) -> Finding:
    gpio = settings.gpio
    count = len(gpio.output) + len(gpio.input)
    if not count:
        return Finding("pins", ok=True, detail="none configured")
    problem = missing(gpio.factory)
    if problem:
        return Finding("pins", ok=False, detail=problem, mend='on a PC set gpio.factory = "mock"')
    return Finding("pins", ok=True, detail=f"{count} configured")
