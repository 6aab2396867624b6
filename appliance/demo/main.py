"""The demo, put together: broker, simulated home, the daemon as it is, and a prompt or one sentence."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import yaml

from appliance import text
from appliance.config import (
    ChatSettings,
    GpioSettings,
    HomeSettings,
    LimitsSettings,
    LogSettings,
    MqttSettings,
    NodeSettings,
    PolicySettings,
    Settings,
    StoreSettings,
    WatchSettings,
)
from appliance.daemon import Daemon
from appliance.demo.announced import announced_home
from appliance.demo.broker import Broker, start_broker
from appliance.demo.devices import DemoHome, Simulation, load_demo_home, outputs
from appliance.demo.from_home import simulated
from appliance.demo.prompt import Prompt, greeting, reader, wants_colour
from appliance.demo.render import Paint, exit_code
from appliance.demo.wire import Fault
from appliance.errors import HomeError, TerndError
from appliance.home import load_home
from appliance.messages import Home, Reply, Request
from appliance.mqtt.ask import render_reply

NODE = "demo"
"""Node id of the demo's daemon."""

WATCHES = (
    WatchSettings(id="garage-left-open", entities=("cover.garage_door",), equals="open", for_s=20),
    WatchSettings(id="heater-left-on", entities=("switch.towel_heater",), equals="on", for_s=60, severity="info"),
    WatchSettings(
        id="frost", entities=("sensor.garden_temperature",), unit="°C", below=2, hysteresis=1, missing_s=3600
    ),
)
"""What the demo's daemon looks after: leave the garage open for 20 seconds and it says so."""

_READY_S = 10.0
_DEVICES_S = 3.0
"""How long a device may take to be known: one that is silent from the beginning never is."""
_STATELESS = ("scene", "button")
_FAULTS: Mapping[str, Fault] = {
    "silent": Fault(silent=True),
    "offline": Fault(offline=True),
    "slow": Fault(delay_s=1.5),
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the command line says."""

    once: str | None = None
    """One sentence instead of the prompt."""
    area: str | None = None
    """Id or name of the area where the sentences are said."""
    home: Path | None = None
    """Another simulated home: written like the demo's own ``home.yaml``, or a home file with entities."""
    as_json: bool = False
    """Replies as JSON lines."""
    faults: tuple[str, ...] = ()
    """``Device name=silent``, ``…=offline`` or ``…=slow``."""
    broker: str | None = None
    """``mosquitto`` or ``amqtt``; None: whichever is there."""
    confirm_timeout_s: float = 3.0
    """How long a device may take to answer."""


def run_demo(**options: Any) -> int:
    """Run the demo to its end; takes the fields of :class:`DemoOptions`.

    Returns the exit code: 0 done and confirmed (or the prompt was left), 1 the demo could not start, 2 bad arguments,
    3 not understood, refused or waiting for a confirmation, 4 not confirmed by a device.
    """
    chosen = DemoOptions(**options)
    try:
        home = open_home(chosen.home).with_faults(parse_faults(chosen.faults))
        area = find_area(home, chosen.area)
    except HomeError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with _terminated():
        try:
            with demo(home, replace(chosen, area=area)) as running:
                return _talk(chosen, running)
        except TerndError as error:
            sys.stderr.write(f"The demo cannot start: {error}\n")
            return 1
        except KeyboardInterrupt:
            return 130


def open_home(path: Path | None) -> DemoHome:
    """The shipped simulated home, another one, or one made from a home file with entities; raises :class:`HomeError`."""
    if path is None:
        return load_demo_home()
    try:
        is_home_file = bool(re.search(r"^entities\s*:", path.read_text(encoding="utf-8"), re.MULTILINE))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: {error}"
        raise HomeError(msg) from error
    return simulated(load_home(path)) if is_home_file else load_demo_home(path)


def demo_home() -> Home:
    """The shipped simulated home as its devices announce it."""
    return announced_home()


def find_area(home: DemoHome, wanted: str | None) -> str | None:
    """The id of the area with this id, name or alias; raises :class:`HomeError` for an unknown one."""
    if wanted is None:
        return None
    for area in home.areas:
        if text.key(wanted) in {text.key(name) for name in (area.id, area.name, *area.aliases)}:
            return area.id
    msg = f"there is no area {wanted!r} (there are {', '.join(area.name for area in home.areas)})"
    raise HomeError(msg)


@dataclass(slots=True)
class RunningDemo:
    """A broker, devices and a daemon that know each other."""

    simulated: DemoHome
    broker: Broker
    daemon: Daemon
    area: str | None = None
    """Id of the area where the sentences are said."""

    def ask(self, sentence: str) -> Reply:
        """Have one sentence carried out; bytes that were no UTF-8 become replacement characters."""
        readable = sentence.encode(errors="surrogateescape").decode(errors="replace")
        return self.daemon.ask(Request(id=uuid.uuid4().hex, text=readable, source="demo", area=self.area))

    def go_to(self, area: str) -> str:
        """Speak from another area from now on, from none with an empty name; what to tell people."""
        try:
            self.area = find_area(self.simulated, area or None)
        except HomeError as error:
            return str(error)
        names = [one.name for one in self.simulated.areas if one.id == self.area]
        return f"You are in the area {names[0]}." if names else "You are nowhere in particular."

    def home(self) -> Home:
        """The home as the daemon sees it."""
        return self.daemon.home()


@contextlib.contextmanager
def demo(home: DemoHome, options: DemoOptions) -> Iterator[RunningDemo]:
    """Start everything, and end it in reverse order."""
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ternd-demo-")))
        broker = start_broker(prefer=options.broker)
        stack.callback(broker.stop)
        simulation = Simulation(home, broker.host, broker.port)
        stack.callback(simulation.stop)
        daemon = Daemon(settings(home, broker, directory, options))
        simulation.start()
        daemon.start()
        stack.callback(daemon.stop)
        daemon.wait_ready(_READY_S)
        running = RunningDemo(home, broker, daemon, options.area)
        _wait_for_devices(running, home)
        yield running


def settings(home: DemoHome, broker: Broker, directory: Path, options: DemoOptions) -> Settings:
    """The daemon's configuration: everything it keeps is in `directory`."""
    (directory / "home.yaml").write_text(yaml.safe_dump(places(home), allow_unicode=True), encoding="utf-8")
    return Settings(
        node=NodeSettings(id=NODE),
        home=HomeSettings(file=directory / "home.yaml", areas=dict(home.area_of())),
        mqtt=MqttSettings(host=broker.host, port=broker.port, protocol=broker.protocol),
        chat=ChatSettings(enabled=False),  # a model of gigabytes is not loaded for a demo
        limits=LimitsSettings(confirm_timeout_s=options.confirm_timeout_s),
        policy=PolicySettings(per_source_per_minute=10_000, per_entity_per_minute=10_000, total_per_minute=10_000),
        gpio=GpioSettings(factory="mock", output=outputs(home)),
        store=StoreSettings(path=directory / "ternd.sqlite"),
        log=LogSettings(level="warning"),
        watch=WATCHES,
    )


def places(home: DemoHome) -> dict[str, list[dict[str, object]]]:
    """Floors and areas as a home file has them; the entities are left to discovery."""
    floors = [{"id": one.id, "name": one.name, "aliases": list(one.aliases), "level": one.level} for one in home.floors]
    areas = [{"id": one.id, "name": one.name, "aliases": list(one.aliases), "floor": one.floor} for one in home.areas]
    return {"floors": [_known(one) for one in floors], "areas": [_known(one) for one in areas]}


def parse_faults(faults: Sequence[str]) -> Mapping[str, Fault]:
    """``Device name=kind`` to faults; raises :class:`HomeError` for another shape or kind."""
    parsed = {}
    for fault in faults:
        name, _, kind = fault.rpartition("=")
        if not name or kind not in _FAULTS:
            msg = f"a fault is DEVICE=KIND with the kinds {', '.join(_FAULTS)}, not {fault!r}"
            raise HomeError(msg)
        parsed[name] = _FAULTS[kind]
    return parsed


def missing_devices(seen: Home, home: DemoHome) -> list[str]:
    """Simulated devices of which the daemon knows no entity with a state yet."""
    known = [
        entity.name.lower() for entity in seen.entities if entity.state != "unknown" or entity.domain in _STATELESS
    ]
    wanted = (
        [device.name for device in home.devices]
        + [scene.name for scene in home.scenes]
        + [pin.name for pin in home.pins]
    )
    return [name for name in wanted if not any(one.startswith(name.lower()) for one in known)]


def _known(entry: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in entry.items() if value is not None}


def _forgive(*streams: object) -> None:
    """Let bytes that are no text pass as replacement characters instead of ending the demo."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _talk(options: DemoOptions, running: RunningDemo) -> int:
    _forgive(sys.stdin, sys.stdout)
    paint = Paint(colour=wants_colour(sys.stdout))
    show = _as_json if options.as_json else reader(paint=paint)
    if options.once is not None:
        reply = running.ask(options.once)
        sys.stdout.write(show(reply, options.once) + "\n")
        return exit_code(reply)
    if not options.as_json:
        sys.stdout.write(greeting(running.home(), running.broker.program, running.broker.port, paint) + "\n")
    return Prompt(running, show=show, spaced=not options.as_json).run()


def _as_json(reply: Reply, heard: str) -> str:
    return json.dumps({"heard": heard} | json.loads(render_reply(reply)), ensure_ascii=False)


def _wait_for_devices(running: RunningDemo, home: DemoHome) -> None:
    patience = time.monotonic() + _DEVICES_S
    while (missing := missing_devices(running.home(), home)) and time.monotonic() < patience:
        time.sleep(0.02)
    if missing:
        _log.warning("these devices are not known yet: %s", ", ".join(missing))


@contextlib.contextmanager
def _terminated() -> Iterator[None]:
    """SIGTERM and SIGHUP end the demo as Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
