"""``ternd doctor``: is everything there that this configuration needs, and if not, what mends it."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from appliance import __version__
from appliance.config import Settings
from appliance.daemon import make_registry, open_command_model, store_path
from appliance.errors import TerndError
from appliance.gpio.board import missing
from appliance.mqtt import observe

_LISTEN_S = 1.0
_LOW_DISK = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    what: str
    ok: bool
    detail: str
    """What was found, or what is wrong."""
    mend: str = ""
    """What to do about it."""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Make all checks; none of them changes anything or publishes to a device."""
    checks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("system", _system),
        ("model", _model),
        ("database", _database),
        ("home", _home),
        ("broker", _broker),
        ("pins", _pins),
    )
    findings = []
    for what, check in checks:
        try:
            findings.append(check(settings))
        except TerndError as error:
            findings.append(Finding(what, ok=False, detail=str(error)))
        except OSError as error:
            findings.append(Finding(what, ok=False, detail=str(error), mend="check the path and its permissions"))
    return tuple(findings)


def render(findings: tuple[Finding, ...]) -> str:
    """The findings for people, a line each, with what mends what is wrong."""
    lines = []
    for finding in findings:
        lines.append(f"{'ok ' if finding.ok else '!! '} {finding.what:9} {finding.detail}")
        if finding.mend and not finding.ok:
            lines.append(f"              → {finding.mend}")
    return "\n".join(lines)


def as_json(findings: tuple[Finding, ...]) -> list[dict[str, object]]:
    """The findings for scripts."""
    return [asdict(finding) for finding in findings]


def _system(_settings: Settings) -> Finding:
    machine = platform.machine()
    detail = f"ternd {__version__}, Python {platform.python_version()}, {machine}, {os.cpu_count()} cores"
    if machine not in ("x86_64", "aarch64"):
        return Finding("system", ok=False, detail=detail, mend="use a 64-bit system: there is no engine for this one")
    return Finding("system", ok=True, detail=detail)


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
    free = shutil.disk_usage(parent).free
    if free < _LOW_DISK:
        return Finding(
            "database", ok=False, detail=f"only {free // 2**20} MiB free at {parent}", mend="free some space"
        )
    return Finding("database", ok=True, detail=f"{path}, {free // 2**20} MiB free")


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
    except TerndError as error:
        return Finding(
            "broker", ok=False, detail=str(error), mend="set mqtt.host, or start one: sudo apt install mosquitto"
        )
    announced = [entity for entity in registry.snapshot().entities if entity.origin not in ("config", "gpio")]
    problems = len(registry.problems())
    detail = f"{settings.mqtt.host}:{settings.mqtt.port} speaks MQTT {version}; {len(announced)} entities announced"
    detail += f", {problems} announcements unreadable (ternd discover)" if problems else ""
    if not announced:
        detail += " (zigbee2mqtt: set homeassistant.enabled: true)"
    return Finding("broker", ok=True, detail=detail)


def _pins(settings: Settings) -> Finding:
    gpio = settings.gpio
    count = len(gpio.output) + len(gpio.input)
    if not count:
        return Finding("pins", ok=True, detail="none configured")
    problem = missing(gpio.factory)
    if problem:
        return Finding("pins", ok=False, detail=problem, mend='on a PC set gpio.factory = "mock"')
    return Finding("pins", ok=True, detail=f"{count} configured")
