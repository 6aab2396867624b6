"""What the fault checks see the service with: a home of simulated devices, requests that are accounted for, a bad network.

Everything here runs inside the container of ``tests/system/faults``, as root, with the packages of the installed release.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import subprocess
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

BROKER = ("127.0.0.1", 1883)
PROXY = ("127.0.0.1", 1884)
"""Where the service believes the broker to be."""
NODE = "node"
LAMPS = (
    "kitchen", "bedroom", "hall", "cellar", "attic", "garage", "bathroom", "office", "porch", "nursery", "library", "pantry",
)  # fmt: skip
_NO_SUBSCRIBERS = 0x10
_LINES = 64


def until(condition: Callable[[], bool], timeout: float, pause: float = 0.05) -> bool:
    """Wait until `condition` holds; return whether it did."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def run(*command: str, check: bool = True) -> str:
    """Run a program and return what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        message = f"{' '.join(command)}: {done.stdout}{done.stderr}"
        raise RuntimeError(message)
    return done.stdout


# --- the service ------------------------------------------------------------------------------------


class Service:
    """The unit under test."""

    def show(self, name: str) -> str:
        """One of its properties."""
        return run("systemctl", "show", "ternd", "-p", name, "--value").strip()

    @property
    def pid(self) -> int:
        """Its main process, or 0."""
        return int(self.show("MainPID") or 0)

    @property
    def active(self) -> bool:
        """Whether systemd calls it active."""
        return self.show("ActiveState") == "active"

    def control(self, verb: str, *, check: bool = True) -> None:
        """``systemctl VERB ternd``; starting again is not held against it."""
        run("systemctl", "reset-failed", "ternd", check=False)
        run("systemctl", verb, "ternd", check=check)

    def rss_mb(self) -> float:
        """Resident memory in MB (10^6 bytes); 0 when it does not run."""
        try:
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024 / 1e6
        except OSError:
            pass
        return 0.0

    def busiest_thread(self, work: Callable[[], None]) -> int:
        """Its thread that spends most processor time while `work` is done: where sentences are understood."""

        def spent() -> Counter[int]:
            times: Counter[int] = Counter()
            for task in Path(f"/proc/{self.pid}/task").iterdir():
                with contextlib.suppress(OSError):
                    times[int(task.name)] = int((task / "schedstat").read_text().split()[0])
            return times

        before = spent()
        work()
        return (spent() - before).most_common(1)[0][0]


# --- lines -----------------------------------------------------------------------------------------


class Lines:
    """The GPIO lines of the stand-in for lgpio, as the world sees them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def driven_high(self, line: int) -> bool:
        """Whether the line is an output and high."""
        levels = self.path.read_bytes()
        return bool(levels[line] and levels[_LINES + line])


# --- the network ------------------------------------------------------------------------------------


class Proxy:
    """A TCP hop between the service and the broker that can go bad."""

    def __init__(self, listen: tuple[str, int], target: tuple[str, int]) -> None:
        self._listen = listen
        self._target = target
        self.mode = "pass"
        """``pass``, ``slow``, ``frozen`` (half-open: connections stay, nothing flows), ``reject`` (new ones are closed at once),
        ``drop`` (open ones, too)."""
        self._server: socket.socket | None = None

    def start(self) -> None:
        """Listen."""
        self._server = socket.create_server(self._listen)
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def refuse(self) -> None:
        """Stop listening: connections are refused."""
        if self._server is not None:
            self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._server = None

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            if self.mode in ("reject", "drop"):
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            while self.mode == "frozen":
                time.sleep(0.1)
            try:
                broker = socket.create_connection(self._target, 5)
            except OSError:
                return
            with broker, contextlib.suppress(OSError):
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                other = {client: broker, broker: client}
                while True:
                    ready, _, _ = select.select([client, broker], [], [], 0.1)
                    if self.mode == "drop":
                        return
                    if self.mode == "frozen":
                        time.sleep(0.1)
                        continue
                    if self.mode == "slow" and ready:
                        time.sleep(0.4)
                    for end in ready:
                        data = end.recv(512 if self.mode == "slow" else 65_536)
                        if not data:
                            return
                        other[end].sendall(data)


def _connect(client: paho.Client) -> None:
    """Connect with a session that outlives the broker: an asker that is away when it is answered has only itself to blame."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 600
    client.connect_async(*BROKER, clean_start=False, properties=properties)


# --- the home ---------------------------------------------------------------------------------------


def _client(name: str) -> paho.Client:
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=f"{name}-{uuid.uuid4().hex[:6]}", protocol=MQTTProtocolVersion.MQTTv5
    )
    client.reconnect_delay_set(1, 1)
    return client


class Home:
    """Lamps that announce themselves, count the commands they get and report their state."""

    def __init__(self) -> None:
        self.executed: Counter[tuple[str, int]] = Counter()
        """Commands: (lamp, percent) → how often."""
        self._latest: deque[tuple[int, str, bytes]] = deque(maxlen=200)
        self._client = _client("home")
        self._client.on_connect = self._connected
        self._client.on_message = self._commanded

    def start(self) -> None:
        """Connect and announce."""
        _connect(self._client)
        self._client.loop_start()

    def _connected(
        self, client: paho.Client, _data: object, _flags: object, _reason: ReasonCode, _said: Properties | None
    ) -> None:
        client.subscribe("rig/+/set", 1)
        for lamp in LAMPS:
            config = {
                "name": f"{lamp} lamp", "unique_id": f"rig_{lamp}", "schema": "json", "brightness": True, "brightness_scale": 100,
                "command_topic": f"rig/{lamp}/set", "state_topic": f"rig/{lamp}", "supported_color_modes": ["brightness"],
            }  # fmt: skip
            client.publish(f"homeassistant/light/rig_{lamp}/config", json.dumps(config), 1, retain=True)
            client.publish(f"rig/{lamp}", json.dumps({"state": "ON", "brightness": 1}), 1, retain=True)

    def _commanded(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        packet = (message.mid, message.topic, bytes(message.payload))
        if message.dup and packet in self._latest:
            return  # the broker itself sends again what it had no acknowledgement for: nobody commanded twice
        self._latest.append(packet)
        lamp = message.topic.split("/")[1]
        wanted = json.loads(message.payload)
        if "brightness" in wanted:
            self.executed[lamp, int(wanted["brightness"])] += 1
        client.publish(f"rig/{lamp}", json.dumps({"state": "ON", "brightness": wanted.get("brightness", 100)}), 1, True)


# --- requests ---------------------------------------------------------------------------------------


@dataclass
class Asked:
    """One request and what became of it."""

    ident: str
    text: str
    wish: tuple[str, int] | None
    """(lamp, percent), for a lamp's command."""
    at: float
    accepted: bool = False
    """The broker had somebody to hand it to."""
    replies: list[dict[str, object]] = field(default_factory=list)


class Requests:
    """Publishes requests and keeps account of their replies."""

    def __init__(self) -> None:
        self.all: dict[str, Asked] = {}
        self._lock = threading.Lock()
        self._mids: dict[int, Asked] = {}
        self._early: dict[int, bool] = {}
        self._client = _client("asker")
        self._client.on_connect = self._connected
        self._client.on_message = self._replied
        self._client.on_publish = self._published
        self._turn = 0
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Connect."""
        _connect(self._client)
        self._client.loop_start()

    def ask(self, text: str, wish: tuple[str, int] | None = None, *, dry_run: bool = False) -> Asked | None:
        """Publish one request; None while the broker is away."""
        if not self._client.is_connected():
            return None
        asked = Asked(uuid.uuid4().hex, text, wish, time.monotonic())
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = "reply/rig"
        properties.CorrelationData = asked.ident.encode()
        self.all[asked.ident] = asked
        payload = json.dumps({"text": text, "id": asked.ident, **({"dry_run": True} if dry_run else {})})
        # not under the lock: the client acknowledges, and would wait for it, while it holds one that publishing waits for
        info = self._client.publish(f"ternd/{NODE}/ask", payload, 1, properties=properties)
        if info.rc:
            return asked
        with self._lock:
            if info.mid in self._early:
                asked.accepted = self._early.pop(info.mid)
            else:
                self._mids[info.mid] = asked
        return asked

    def dim(self) -> Asked | None:
        """Ask for a lamp and a percentage that nobody asked for lately."""
        self._turn += 1
        lamp = LAMPS[self._turn % len(LAMPS)]
        percent = 2 + self._turn // len(LAMPS) % 98
        return self.ask(f"set the {lamp} lamp to {percent} percent", (lamp, percent))

    def answered(self, asked: Asked | None, timeout: float) -> dict[str, object] | None:
        """Wait for the reply."""
        if asked is None:
            return None
        until(lambda: bool(asked.replies), timeout, 0.02)
        return asked.replies[0] if asked.replies else None

    def stream(self, rate: float) -> None:
        """Ask so often a second in the background, until :meth:`quiet`."""
        stop = self._stop = threading.Event()

        def go() -> None:
            while not stop.wait(1 / rate):
                self.dim()

        self._thread = threading.Thread(target=go, daemon=True)
        self._thread.start()

    def quiet(self) -> None:
        """End the stream."""
        if self._stop is not None and self._thread is not None:
            self._stop.set()
            self._thread.join()
            self._stop = self._thread = None

    # --- callbacks

    def _connected(
        self, client: paho.Client, _data: object, _flags: object, _reason: ReasonCode, _said: Properties | None
    ) -> None:
        client.subscribe("reply/rig", 1)

    def _published(
        self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _said: Properties | None
    ) -> None:
        taken = not reason.is_failure and reason.value != _NO_SUBSCRIBERS
        with self._lock:
            asked = self._mids.pop(mid, None)
            if asked is None:
                self._early[mid] = taken
            else:
                asked.accepted = taken

    def _replied(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        ident = getattr(message.properties, "CorrelationData", b"").decode()
        if ident in self.all:
            self.all[ident].replies.append(json.loads(message.payload))


class Recorder:
    """Hears the telemetry of the node's pins in a session that outlives the broker."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, float]] = []
        """Entity, state, and the wall-clock second at which it was read."""
        self._client = _client("recorder")
        self._client.on_connect = lambda client, *_: client.subscribe(f"ternd/{NODE}/telemetry/#", 1)
        self._client.on_message = self._told

    def start(self) -> None:
        """Connect and listen."""
        _connect(self._client)
        self._client.loop_start()

    def _told(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        reading = json.loads(message.payload)
        at = datetime.fromisoformat(reading["at"]).timestamp()
        self.heard.append((reading["entity"], str(reading["state"]), at))


# --- the machine ------------------------------------------------------------------------------------


class Stillness:
    """Notes when this process got no processor: what happened then says more about the machine than about the service."""

    LEAST_S = 2.0

    def __init__(self) -> None:
        self.times: list[tuple[float, float]] = []
        """Monotonic second of its end, and how long it was."""

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._look, daemon=True).start()

    def since(self, begin: float) -> list[float]:
        """How long each was that ended after `begin`, a monotonic second."""
        return [length for end, length in self.times if end >= begin]

    def _look(self) -> None:
        before = time.monotonic()
        while True:
            time.sleep(0.1)
            now = time.monotonic()
            if now - before > self.LEAST_S:
                self.times.append((now, now - before))
            before = now


# --- the account ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the requests of one fault."""

    asked: int
    accepted: int
    lost: int
    """Accepted and never answered."""
    twice: int
    """Commands that a lamp got more than once for one request. A reply that was under way in a crash may come again."""
    untrue: int
    """Replies that said "confirmed" of a command that the lamp never got."""
    undone: int
    """Answered, but with a refusal: busy, too late, interrupted."""


def account(requests: Requests, home: Home, since: float) -> Account:
    """Count what was asked after `since` (monotonic seconds). A lamp's wishes must be distinct within that time."""
    asked = [one for one in requests.all.values() if one.at >= since]
    wished = Counter(one.wish for one in asked if one.wish)
    twice = sum(max(0, home.executed[wish] - count) for wish, count in wished.items())
    untrue = undone = 0
    for one in asked:
        for reply in one.replies[:1]:
            results = [action.get("result") for action in reply.get("actions", ())]  # type: ignore[attr-defined]
            if one.wish and "confirmed" in results and not home.executed[one.wish]:
                untrue += 1
            if one.wish and not {"confirmed", "unchanged"} & set(results):
                undone += 1
    accepted = [one for one in asked if one.accepted]
    return Account(len(asked), len(accepted), sum(not one.replies for one in accepted), twice, untrue, undone)
