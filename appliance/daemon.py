"""The daemon, put together: every part is made here, started in order and torn down in reverse.

Nobody else knows all parts; the parts know each other only as small protocols.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import signal
import threading
import time
import uuid
from collections.abc import Callable, Mapping

from appliance import config, health, metrics
from appliance.anticipation import Anticipation
from appliance.assistant import Assistant, Limits
from appliance.chat_tier import ChatTier
from appliance.config import Settings, WatchSettings
from appliance.errands import Errands
from appliance.errors import ActError
from appliance.gpio import Gate, entities, restore_counts, safe_state
from appliance.inbox import Inbox, inbox_path
from appliance.intents.phrases import Phrases
from appliance.messages import Action, Home, Json, PinChange, Publish, Reply, Request
from appliance.mqtt import SOURCE, MqttClient, OwnEntity, Receipt, pin, pin_topic, state_payload, switch
from appliance.opening import (
    make_interpreter,
    open_history,
    open_phrases,
    open_reader,
    open_talker,
    registry_of,
    store_path,
)
from appliance.policy import Pending, Policy
from appliance.recall.answers import Historian
from appliance.recall.service import Recall, first
from appliance.reception import Reception, noting
from appliance.services import Services
from appliance.store import Store
from appliance.systemd import Notifier, Watchdog, start_logging
from appliance.tally import Tally
from appliance.text import whole
from appliance.voice.service import Voice, World
from appliance.watch.explain import ChatExplainer
from appliance.watch.home import WatchedHome
from appliance.watch.ports import Status
from appliance.watch.service import Watches
from appliance.watch.spool import Spool
from appliance.watch.telemetry import Telemetry
from appliance.watch.waiting import Waiting
from appliance.worker import Worker

log = logging.getLogger(__name__)

TICK_S = 5.0
"""The main loop shows that it lives and reports health this often."""
_ROUND_TRIP_S = 4.0
_START_S = 60.0
VOICE = "voice"
"""Source of what was said to the node's own microphone."""


class Daemon:
    """All parts of one node."""

    def __init__(self, settings: Settings, watchdog: Watchdog | None = None) -> None:
        """Store the settings and make the parts; the work starts in :meth:`start`."""
        self._settings = settings
        self._watchdog = watchdog or Watchdog(lambda: None, None)
        self._running = contextlib.ExitStack()
        self._started_at = time.monotonic()
        self._tally = Tally()
        self._telemetry: Telemetry | None = None
        self._errands = Errands(
            self,
            area=settings.node.area,
            reply_topic=f"ternd/{settings.node.id}/reply",
            patience_s=settings.limits.reply_timeout_s,
            voice=VOICE,
        )

    def start(self) -> None:
        """Open the model, the store and the pins, begin to serve, and look for the broker.

        Missing hardware and a missing broker are said once and waited for.

        Raises:
            TerndError: the model, the home file or the database cannot be used.
        """
        settings = self._settings
        with contextlib.ExitStack() as parts:
            self.model_isa, model = open_reader(settings.model, parts)
            phrases = open_phrases(settings.model.phrases)
            self._anticipation = Anticipation(model, read_as=phrases.read_as)
            self._store = Store(store_path(settings), max_log_rows=settings.store.max_entries)
            parts.callback(self._store.close)
            self._registry = registry_of(WatchedHome, settings)
            for entity in entities(settings.gpio):
                self._registry.add(entity)
            store = self._store
            self._voice = self._make_voice(phrases) if settings.voice.enabled else None
            self._gate = Gate(
                settings.gpio,
                self._pin_reports,
                trigger=self._errands.trigger,
                beat=self._beat("gpio"),
                counts=restore_counts(store.kept("counts")),
                save=lambda counts: store.keep("counts", dict(counts)),
            )
            self._services = Services(self._store, ring=self._errands.ring, announce=self.announce)
            assistant = Assistant(
                interpreter=make_interpreter(
                    self._anticipation, settings.model, spare=settings.policy.spare, read_as=phrases.read_as
                ),
                policy=Policy(settings.policy),
                pending=Pending(settings.policy.confirm_expiry_s),
                home=self._registry,
                doors=self,
                services=self._services,
                record=self._record,
                limits=Limits(confirm_timeout_s=settings.limits.confirm_timeout_s),
            )
            self._history = open_history(settings)
            parts.callback(self._history.close)
            spool = Spool(self._store.database)
            self._registry.watches = self._watches = self._make_watches(spool)
            handle = self._past_first(assistant.handle, spool)
            self._inbox = Inbox(inbox_path())
            parts.callback(self._inbox.close)
            self._worker = Worker(noting(self._inbox, handle), size=settings.limits.queue, beat=self._beat("assistant"))
            self._chat = parts.enter_context(self._make_chat())
            self._reception = Reception(
                self._inbox,
                self._chat.submit,
                answer=self._answer,
                record=self._store.record,
                wait_ready=self.wait_ready,
                most=settings.limits.queue,
            )
            self._mqtt = self._client() if settings.mqtt.enabled else None
            self._watchdog.register("main")
            self._watchdog.register("assistant")
            if settings.gpio.output or settings.gpio.input:
                self._watchdog.register("gpio")
            self._watches.start()
            parts.callback(self._watches.stop)
            self._start_telemetry(parts)
            self._gate.start()
            parts.callback(self._gate.stop)
            self._services.start()
            parts.callback(self._services.stop)
            self._worker.start()
            self._reception.start()
            if self._mqtt is not None:
                self._watchdog.register("mqtt")
                self._mqtt.start()
                parts.callback(self._mqtt.stop)
            parts.callback(self._worker.stop)  # before the broker goes: what still waits is answered
            parts.callback(self._reception.stop)
            if self._voice is not None:
                self._voice.start()
                parts.callback(self._voice.stop)
            self._serve_metrics(parts)
            self._running = parts.pop_all()

    def stop(self) -> None:
        """End every part, the last one first; outputs go to their safe state."""
        for part in ("main", "assistant", "gpio", "mqtt", "voice"):
            self._watchdog.remove(part)
        self._running.close()

    def run(self, stop: threading.Event, show: Callable[[str], None] = lambda _status: None) -> None:
        """Report health and show the watchdog that all parts live, until `stop`; `show` is told the status when it changes."""
        shown = ""
        while not stop.is_set():
            self._watchdog.progress("main")
            if self._mqtt is not None and (heard_at := self._mqtt.heard_at) is not None:
                self._inbox.heard(heard_at)
            if self._round_trip():
                self._watchdog.progress("mqtt")
            status = self.status()
            if status != shown:
                shown = status
                show(status)
            stop.wait(TICK_S)

    # --- what people and tests need

    def ask(self, request: Request) -> Reply:
        """Have one sentence carried out, after those that wait already."""
        limits = self._settings.limits
        return self._worker.ask(request, limits.reply_timeout_s + 4 * limits.confirm_timeout_s)

    def home(self) -> Home:
        """The home as it is now."""
        return self._registry.snapshot()

    def wait_ready(self, timeout: float) -> bool:
        """Wait for the broker; return whether it is there, and what devices say can be heard."""
        return self._mqtt is None or self._mqtt.wait_hearing(timeout)

    def status(self) -> str:
        """One line for ``systemctl status``."""
        parts = [f"{len(self.home().entities)} entities", f"{self._worker.depth} waiting", f"engine {self.model_isa}"]
        watched = self._watches.status()
        if watched.alerts:
            parts.append(f"{watched.alerts} alert{'' if watched.alerts == 1 else 's'} raised")
        if self._mqtt is not None and not self._mqtt.connected:
            parts.append("no broker")
        elif self._mqtt is not None and not self._mqtt.hears:
            parts.append("devices are not heard")
        if disk := self._store.database.problem or watched.problem:
            parts.append(disk)
        return ", ".join(parts)

    # --- the doors of the assistant

    def publish(self, message: Publish) -> Receipt:
        """Hand a command to the broker."""
        if self._mqtt is None:
            raise ActError("MQTT is switched off in the configuration")
        return self._mqtt.publish(message)

    def change(self, change: PinChange) -> int:
        """Drive an output and note what was read back; returns its pin."""
        shown = dict(self._gate.change(change))
        self._registry.report(change.entity, str(shown.pop("state", "unknown")), shown)
        self._show_pin(change.entity)
        pin = self._gate.pin(change.entity)
        if pin is None:
            raise ActError(f"{change.entity} is no output of this node")
        return pin

    def watched(self) -> Status:
        """The watches in numbers."""
        return self._watches.status()

    def connects(self) -> int:
        """Which connection to the broker it is, counted; 0: there is none."""
        return self._mqtt.stats().connects if self._mqtt is not None and self._mqtt.connected else 0

    def hears(self) -> int:
        """On which connections home and readings are heard, counted; 0: they are not."""
        return self._mqtt.hears if self._mqtt is not None else 0

    # --- the ways of errands

    def submit(self, request: Request, answer: Callable[[Reply], None]) -> None:
        """Have a request done after those that wait."""
        self._worker.submit(request, answer)

    def accept(self, request: Request) -> None:
        """Have a request done at most once, also if the service ends meanwhile."""
        self._reception.accept(request)

    def announce(self, text: str, *, rings: bool = False) -> None:
        """Say something that nobody asked for just now; with `rings` until somebody silences it."""
        log.info("announcement: %s", text)
        if self._voice is not None:
            (self._voice.ring if rings else self._voice.announce)(text)
        if self._mqtt is not None:
            payload = whole(json.dumps({"text": text}, ensure_ascii=False)).encode()
            self._mqtt.deliver(Publish(f"ternd/{self._settings.node.id}/announce", payload))

    # --- what comes in by itself

    def _commanded(self, action: Action) -> None:
        """A command of another system for a pin: whoever sent it sees the state that came of it."""
        self._errands.command(action, lambda: self._show_pin(action.entity))

    def _past_first(self, otherwise: Callable[[Request], Reply], spool: Spool) -> Callable[[Request], Reply]:
        """Questions about the past are answered from history, which cannot act; the rest is the assistant's."""
        recall = Recall(Historian(self._history), home=self._registry.snapshot, alerts=spool.between)
        return first(recall, otherwise, self._record)

    def _serve_metrics(self, parts: contextlib.ExitStack) -> None:
        port = self._settings.metrics.port
        stop = metrics.start(port, self.health) if port else None
        if stop is not None:
            parts.callback(stop)

    def _make_watches(self, spool: Spool) -> Watches:
        settings = self._settings
        return Watches(
            settings.watch,
            node=settings.node.id,
            history=self._history,
            spool=spool,
            link=self,
            home=self._registry.snapshot,
            settings=settings.history,
            prefix=settings.mqtt.discovery_prefix if settings.mqtt.announce else None,
            on_alert=self._alerted,
            explainer=ChatExplainer(self._explained),
        )

    def _start_telemetry(self, parts: contextlib.ExitStack) -> None:
        """Only for pins that somebody may want to record."""
        node, chosen, pins = self._settings.node, self._settings.telemetry, self._settings.gpio
        if chosen.enabled and self._settings.mqtt.enabled and (pins.output or pins.input):
            waiting = Waiting(self._store.database, "telemetry", chosen.max_waiting)
            self._telemetry = Telemetry(node.id, waiting, self, every_s=chosen.every_s)
            self._telemetry.start()
            parts.callback(self._telemetry.stop)

    def _make_chat(self) -> ChatTier:
        return ChatTier(
            lambda: open_talker(self._settings.chat),
            self._worker.submit,
            home=self._registry.snapshot,
            record=self._record,
            seconds=self._settings.chat.seconds,
        )

    def _client(self) -> MqttClient:
        settings = self._settings
        return MqttClient(
            settings.mqtt,
            settings.node.id,
            home=self._registry,
            on_ask=self._asked,
            readings=self._watches,
            limits=settings.limits,
            area=settings.node.area,
            own=self._own_entities(),
            heard_at=self._last_contact(),
        )

    def _last_contact(self) -> float | None:
        """When the run before heard of the broker last: older than that is nothing that the broker kept for us."""
        heard_at = self._inbox.heard_at()
        if heard_at is None:
            self._inbox.heard(time.monotonic())
        return heard_at

    def _own_entities(self) -> list[OwnEntity]:
        """What the node announces besides requests, replies and health."""
        node = self._settings.node.id
        own = [pin(node, entity, self._commanded) for entity in entities(self._settings.gpio)]
        voice = self._voice
        if voice is not None:
            own.append(switch(node, "mute", "Mute", lambda on: voice.mute(on=on), icon="mdi:microphone-off"))
            shown = {"p": "sensor", "name": "Voice", "ic": "mdi:account-voice", "stat_t": f"ternd/{node}/voice"}
            own.append(OwnEntity("voice", {**shown, "val_tpl": "{{ value_json.state }}"}))
        return own

    def _show_pin(self, entity_id: str) -> None:
        """Let the broker keep the state of a pin."""
        entity = next((entity for entity in self.home().entities if entity.id == entity_id), None)
        if entity is not None and self._mqtt is not None:
            self._mqtt.keep(f"{pin_topic(self._settings.node.id, entity)}/state", state_payload(entity))

    def _asked(self, request: Request, _respond: Callable[[Reply], None]) -> None:
        if request.area is None and self._settings.node.area is not None:
            request = dataclasses.replace(request, area=self._settings.node.area)
        self._reception.accept(request)

    def _answer(self, request: Request, reply: Reply, delivered: Callable[[], None]) -> None:
        if self._mqtt is not None and request.source.startswith(SOURCE) and request.by == "person":
            self._mqtt.answer(request, reply, delivered)
        else:
            self.announce(reply.speech)
            delivered()

    def _explained(self, text: str) -> str:
        return self._chat.say(text)

    def _alerted(self, watch: WatchSettings, text: str) -> None:
        """An alert was raised: what is critical is said, too."""
        if watch.severity == "critical":
            self.announce(text)

    # --- the voice

    def _make_voice(self, phrases: Phrases) -> Voice:
        settings = self._settings
        world = World(
            ask=self._voice_asks,
            anticipate=self._anticipation.prepare,
            doubts=self._anticipation.doubts,
            home=self.home,
            publish=self._voice_shows,
            light=self._light if settings.voice.led is not None else None,
            beat=self._voice_lives,
            remember_mute=lambda muted: self._store.keep("muted", muted),
            phrases=phrases,
        )
        return Voice(settings.voice, world, state=config.state_directory(), muted=self._store.kept("muted") is True)

    def _voice_asks(self, text: str, respond: Callable[[Reply], None]) -> None:
        request = Request(
            id=uuid.uuid4().hex,
            text=text[: self._settings.limits.max_text],
            source=VOICE,
            area=self._settings.node.area,
            deadline=time.monotonic() + self._settings.limits.reply_timeout_s,
        )
        self._chat.submit(request, respond)

    def _voice_shows(self, state: Mapping[str, Json]) -> None:
        if self._mqtt is not None:
            base = f"ternd/{self._settings.node.id}"
            self._mqtt.keep(f"{base}/voice", json.dumps(dict(state)).encode())
            self._mqtt.keep(f"{base}/mute", str(state.get("muted", "OFF")).encode())

    def _voice_lives(self) -> None:
        self._watchdog.register("voice")
        self._watchdog.progress("voice")

    def _light(self, on: bool) -> None:
        led = self._settings.voice.led
        if led is not None:
            self._gate.change(PinChange(led, "turn_on" if on else "turn_off"))

    def _pin_reports(self, entity_id: str, state: str, attributes: Mapping[str, Json]) -> None:
        voice = self._settings.voice
        if self._voice is not None and entity_id in (voice.button, voice.mute_switch):
            self._voice.input(entity_id, active={"on": True, "off": False}.get(state))
        if self._voice is None or entity_id != voice.led:  # its blinking is no news
            self._registry.report(entity_id, state, attributes)
            self._show_pin(entity_id)
            if self._telemetry is not None:
                self._telemetry.note(entity_id, state, attributes)

    # --- health

    def _beat(self, part: str) -> Callable[[], None]:
        return lambda: self._watchdog.progress(part)

    def health(self) -> dict[str, Json]:
        """The health report."""
        report = health.report(
            isa=self.model_isa,
            worker=self._worker,
            mqtt=self._mqtt.stats() if self._mqtt is not None else health.NO_BROKER,
            entities=len(self.home().entities),
            pins=self._gate.problem,
            uptime_s=time.monotonic() - self._started_at,
        )
        watched = health.of_watches(
            self._watches.status(),
            telemetry=self._telemetry,
            history_bytes=self._history.size(),
            disk=self._store.database.problem,
        )
        return {**report, **watched, **self._tally.report(), **self._chat.report()}

    def _record(self, request: Request, reply: Reply) -> None:
        """Keep what was done, count it, and tell the journal."""
        self._store.record(request, reply)
        self._tally.note(request, reply)

    def _round_trip(self) -> bool:
        """Publish the health report; whether the MQTT threads live, and got it through the broker, or have no broker to reach.

        A machine that is behind reads the acknowledgement late: then what came meanwhile shows that the thread lives.
        """
        if self._mqtt is None:
            return True
        began = time.monotonic()
        receipt = self._mqtt.publish_health(self.health())
        if self._mqtt.stuck:
            return False
        if receipt is None or receipt.wait(_ROUND_TRIP_S) or not self._mqtt.connected:
            return True
        heard_at = self._mqtt.heard_at
        return heard_at is not None and heard_at > began


def serve(settings: Settings) -> int:
    """Run the daemon until SIGTERM or SIGINT; what ``ternd run`` does."""
    start_logging(settings.log.level)
    notifier = Notifier.from_environment()
    daemon = Daemon(settings, Watchdog.from_environment(notifier))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    notifier.extend_timeout(_START_S)
    safe_state.note(settings.gpio, safe_state.note_path())
    daemon.start()
    notifier.ready(daemon.status())
    log.info("ready: %s", daemon.status())
    try:
        daemon.run(stop, notifier.status)
    finally:
        notifier.stopping()
        daemon.stop()
    return 0
