"""The whole way in real time: a FIFO-fed ALSA device, PortAudio, the daemon's voice, the broker, devices that answer.

ALSA needs no card here: its ``file`` device captures from a FIFO and plays into a file, paced in real time.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from appliance.config import VoiceSettings
from appliance.daemon import Daemon
from appliance.demo.broker import start_broker
from appliance.demo.devices import Simulation, load_demo_home
from appliance.demo.main import NODE, DemoOptions, settings
from appliance.gpio.board import GpiozeroBoard
from appliance.voice.events import RATE
from appliance.voice.ring import PIECE
from appliance.voice.service import Voice as Service
from tests.voice.fixture.speech import HELD_OUT, Samples, Voice, trimmed

Speak = Callable[[str, Voice, float], Samples]
LED, LED_PIN = "light.status_led", 27
"""As in the demo's home."""

ALSA_CONF = """</usr/share/alsa/alsa.conf>
pcm.!default {{ type plug slave.pcm "rig" }}
pcm.rig {{ type asym playback.pcm "rigout" capture.pcm "rigin" }}
pcm.rigin {{ type file slave.pcm {{ type null }} file "/dev/null" infile "{folder}/in.fifo" format "raw" }}
pcm.rigout {{ type file slave.pcm {{ type null }} file "{folder}/out.raw" format "raw" }}
ctl.!default {{ type hw card 0 }}
"""


class Feeder:
    """Feeds the microphone in real time: silence, and what is to be said."""

    def __init__(self, fifo: Path) -> None:
        self._fifo = fifo
        self._waiting: list[Samples] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.spoken_at = 0.0
        """Monotonic second at which the last sample of what was said would have left a microphone that delivers in such blocks."""
        self.silent = threading.Event()

    def start(self) -> None:
        """Begin to feed."""
        self._thread.start()

    def stop(self) -> None:
        """End feeding."""
        self._stop.set()
        self._thread.join(2)

    def say(self, samples: Samples) -> None:
        """Say it, after what waits already."""
        with self._lock:
            self.silent.clear()
            self._waiting.append(samples)

    def _run(self) -> None:
        # Opened for both: PortAudio opens and closes the device while it looks for cards.
        fifo = os.open(self._fifo, os.O_RDWR)
        block = PIECE  # what is read at once: ALSA fills up what it could not read in full with silence
        due = time.monotonic()
        playing = np.zeros(0, np.int16)
        try:
            while not self._stop.is_set():
                with self._lock:
                    if not len(playing) and self._waiting:
                        playing = self._waiting.pop(0)
                piece, playing = playing[:block], playing[block:]
                filling = block - len(piece)
                os.write(fifo, np.pad(piece, (0, filling)).tobytes())
                due += block / RATE
                if len(piece) and not len(playing):
                    self.spoken_at = time.monotonic() - filling / RATE
                    self.silent.set()
                time.sleep(max(0.0, due - time.monotonic()))
        finally:
            os.close(fifo)


@dataclass
class Seen:
    """What the broker saw, with monotonic seconds."""

    states: list[tuple[float, str]] = field(default_factory=list)
    commands: list[tuple[float, str, str]] = field(default_factory=list)

    def take(self, _client: Any, _data: Any, message: Any) -> None:
        """Note a message."""
        now = time.monotonic()
        if message.topic == f"ternd/{NODE}/voice":
            self.states.append((now, str(json.loads(message.payload)["state"])))
        elif message.topic.endswith(("/STATE", "/STATUS")):
            pass  # a device is asked how it is
        elif message.topic.endswith(("/set", "/command")) or message.topic.startswith("cmnd/"):
            self.commands.append((now, message.topic, message.payload.decode(errors="replace")))

    def state_after(self, when: float, state: str) -> float | None:
        """When the state was first shown after `when`."""
        return next((at for at, shown in self.states if at >= when and shown == state), None)

    def reached(self, when: float, *states: str) -> bool:
        """Whether the states were shown one after the other since `when`."""
        at: float | None = when
        for state in states:
            at = None if at is None else self.state_after(at, state)
        return at is not None

    def commanded(self, when: float) -> bool:
        """Whether a command came since `when`."""
        return any(at >= when for at, _, _ in self.commands)


@contextlib.contextmanager
def rig(voice: VoiceSettings) -> Iterator[tuple[Feeder, Daemon, Seen]]:
    """Start a fed microphone, a broker, the demo's devices and a daemon that listens."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ternd-voice-")))
        os.mkfifo(folder / "in.fifo")
        (folder / "asound.conf").write_text(ALSA_CONF.format(folder=folder))
        os.environ["ALSA_CONFIG_PATH"] = str(folder / "asound.conf")
        feeder = Feeder(folder / "in.fifo")
        feeder.start()
        stack.callback(feeder.stop)
        broker = start_broker(prefer="mosquitto")
        stack.callback(broker.stop)
        home = load_demo_home()
        simulation = Simulation(home, broker.host, broker.port)
        stack.callback(simulation.stop)
        seen = Seen()
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.on_message = seen.take
        client.connect(broker.host, broker.port)
        client.subscribe("#")
        client.loop_start()
        stack.callback(client.loop_stop)
        simulation.start()
        wanted = settings(home, broker, folder, DemoOptions())
        daemon = Daemon(replace(wanted, voice=replace(voice, led=LED)))
        daemon.start()
        stack.callback(daemon.stop)
        daemon.wait_ready(10)
        yield feeder, daemon, seen


def measure(voice: VoiceSettings, speak: Speak, texts: Sequence[str]) -> None:
    """Say each text after the wake word, in real time, and print when what happened."""
    end_to_action: list[float] = []
    detected_to_action: list[float] = []
    known_to_sound: list[float] = []
    end_to_sound: list[float] = []
    acted = 0
    with rig(voice) as (feeder, daemon, seen):
        eventually(lambda: listening(daemon), 120)
        speaker, cues = voice_of(daemon)._speaker, Cues(daemon, feeder, seen)
        for number, text in enumerate(texts):
            spoken = Voice(HELD_OUT[number % len(HELD_OUT)], 150)
            sentence = np.concatenate([np.zeros(RATE // 4, np.int16), trimmed(speak(text, spoken, 0.0))])
            before = cues.wake(trimmed(speak("okay nabu", replace(spoken, speed=140), 0.0)), sentence)
            eventually(partial(seen.reached, before, "thinking"), 15)
            ended_at = feeder.spoken_at
            eventually(partial(seen.commanded, before), 3)
            eventually(partial(seen.reached, before, "thinking", "idle"), 15)
            thinking = seen.state_after(before, "thinking")
            action = next((at for at, _, _ in seen.commands if at >= before), None)
            if action is not None and thinking is not None:
                acted += 1
                end_to_action.append(1000 * (action - ended_at))
                detected_to_action.append(1000 * (action - thinking))
            sound = speaker.first_sound_ms
            if sound is not None:
                known_to_sound.append(sound)
            if speaker.sounded_at > ended_at:
                end_to_sound.append(1000 * (speaker.sounded_at - ended_at))
            print(
                f"    [{text}] {spoken.name}: {[topic for at, topic, _ in seen.commands if at >= before]}", flush=True
            )
            time.sleep(0.2)
        overflows = dict(voice_of(daemon).status())
    print(f"through ALSA in real time: {acted} of {len(texts)} sentences led to a command; {overflows}")
    cues.tell()
    for name, values in (
        ("last sound of the sentence → command at the broker", end_to_action),
        ("detected end of speech → command at the broker", detected_to_action),
        ("last sound of the sentence → first sound of the reply", end_to_sound),
        ("reply handed to the speaker → first sound", known_to_sound),
    ):
        tell(name, values)


def measure_cues(voice: VoiceSettings, words: Sequence[Samples]) -> None:
    """Say nothing but the wake word, in real time, and print when light and tone came; nobody recognises anything."""
    deaf = replace(voice, recognizer="wyoming", wyoming="127.0.0.1:9", start_s=1.0)
    with rig(deaf) as (feeder, daemon, seen):
        eventually(lambda: listening(daemon), 120)
        cues = Cues(daemon, feeder, seen)
        for word in words:
            before = cues.wake(word, np.zeros(0, np.int16))
            eventually(partial(seen.reached, before, "listening", "idle"), 5)
            time.sleep(1.0)  # one word wakes once, and its own tone shall be over
    print(f"through ALSA in real time: woken by {len(cues.state)} of {len(words)} wake words")
    cues.tell()


class Cues:
    """How long after the last sound of the wake word its cues came, in milliseconds."""

    def __init__(self, daemon: Daemon, feeder: Feeder, seen: Seen) -> None:
        self._feeder, self._seen, self._led = feeder, seen, pin(daemon)
        self._speaker = voice_of(daemon)._speaker
        self.light, self.tone, self.state = list[float](), list[float](), list[float]()

    def wake(self, word: Samples, sentence: Samples) -> float:
        """Say the wake word and the sentence, wait for the cues; the monotonic second before all that."""
        before = time.monotonic()
        self._led.clear_states()
        self._feeder.say(word)
        if len(sentence):
            self._feeder.say(sentence)
        self._feeder.silent.wait(10)
        woken_at = self._feeder.spoken_at
        eventually(lambda: self._seen.reached(before, "listening"), 2)
        eventually(lambda: self._speaker.sounded_at > before, 0.3)
        state, light = self._seen.state_after(before, "listening"), lit_since(self._led, before)
        for values, at in ((self.state, state), (self.light, light), (self.tone, self._speaker.sounded_at)):
            if at is not None and at > before:
                values.append(1000 * (at - woken_at))
        return before

    def tell(self) -> None:
        """Print them."""
        tell("last sound of the wake word → light", self.light)
        tell("last sound of the wake word → tone at the card", self.tone)
        tell("last sound of the wake word → state at the broker", self.state)


def tell(name: str, ms: list[float]) -> None:
    """Print median and 95th percentile."""
    if ms:
        print(f"  {name}: p50 {np.percentile(ms, 50):.0f} ms, p95 {np.percentile(ms, 95):.0f} ms", flush=True)


def pin(daemon: Daemon) -> Any:
    """The simulated pin of the status LED."""
    board = daemon._gate._board
    if not isinstance(board, GpiozeroBoard):
        raise SystemExit("the node has no pins")
    return board.factory.pin(f"GPIO{LED_PIN}")


def lit_since(led: Any, cleared_at: float) -> float | None:
    """The monotonic second at which the LED was first lit; it notes for each change how long after the one before."""
    at = cleared_at
    for state in led.states[1:]:
        at += state.timestamp
        if state.state:
            return float(at)
    return None


def voice_of(daemon: Daemon) -> Service:
    """The voice inside the daemon."""
    voice = daemon._voice
    if voice is None:
        raise SystemExit("the daemon has no voice")
    return voice


def listening(daemon: Daemon) -> bool:
    """Whether it hears and has learnt the home."""
    voice = voice_of(daemon)
    if voice.problem:
        raise SystemExit(voice.problem)
    return voice._learnt == daemon.home().structure and not voice._capture.problem


def eventually(condition: Callable[[], bool], timeout: float) -> bool:
    """Wait for a condition."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.01)
    return False
