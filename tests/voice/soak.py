"""A day in a few minutes: the whole voice on speech, noise, silence and a card that is unplugged again and again.

    python -m tests.voice.soak MODEL [--hours 24] [--cache FOLDER]

Sound comes as fast as the pipeline takes it. Printed are the memory every simulated hour, how often the card went and came
back, how many sentences were asked; the exit status is 1 when the talk got stuck, memory grew, or a thread died.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appliance.config import VoiceSettings
from appliance.errors import VoiceError
from appliance.health import rss_mb
from appliance.messages import Intent, Reply
from appliance.voice import capture
from appliance.voice.cards import System
from appliance.voice.events import RATE, State
from appliance.voice.pipeline import Trace
from appliance.voice.service import Voice, World
from tests.voice.bench import Cache, Understanding, non_commands, sentences, with_wake
from tests.voice.fixture import speech
from tests.voice.fixture.speech import HELD_OUT, Samples
from tests.voice.fixture.speech import Voice as Speaker

BLOCK = 4096
FULL = 30_000
"""Samples that may wait before the fast microphone pauses."""
GROWTH_MB = 25.0
"""What the memory may grow by after the first quarter."""
STUCK_S = 180.0
"""Seconds of sound in one state other than idle that count as stuck."""


class Day:
    """Endless sound: a command, talk, television, noise, silences of all lengths; now and then the card goes."""

    def __init__(self, cache: Cache) -> None:
        self._draw = random.Random(5)
        self._said = [
            with_wake(cache, one.text, Speaker(HELD_OUT[i % len(HELD_OUT)])) for i, one in enumerate(sentences()[::3])
        ]
        self._other = [samples for _, samples in non_commands(cache)][::5]
        self.heard_s = 0.0
        self.losses = 0

    def pieces(self) -> Iterator[Samples]:
        """Blocks of sound without end."""
        while True:
            kind = self._draw.random()
            if kind < 0.12:
                sound = self._draw.choice(self._said)
            elif kind < 0.3:
                sound = self._draw.choice(self._other)
            else:
                quiet = speech.noise("pink", 8 * RATE, self._draw.randint(0, 9)) * self._draw.choice((0, 5, 40))
                sound = np.tile(np.asarray(quiet, np.int16), self._draw.randint(1, 8))
            for start in range(0, len(sound), BLOCK):
                yield sound[start : start + BLOCK]

    def loses_card(self) -> bool:
        """Whether the card is unplugged now: about every ten minutes of sound."""
        gone = self._draw.random() < BLOCK / RATE / 600
        self.losses += gone
        return gone


class FastMicrophone:
    """Delivers as fast as somebody listens."""

    def __init__(self, day: Day, sound: Iterator[Samples], voice: list[Voice]) -> None:
        self._day, self._sound, self._voice = day, sound, voice

    def read(self) -> tuple[npt.NDArray[np.int16], bool]:
        """The next piece."""
        while self._voice and len(self._voice[0]._ring) > FULL:
            time.sleep(0.001)
        if self._day.loses_card():
            raise VoiceError("the microphone is gone: unplugged")
        piece = next(self._sound)
        self._day.heard_s += len(piece) / RATE
        return piece, False

    def close(self) -> None:
        """Nothing to give back."""


class Silent:
    """A speaker that takes everything at once."""

    def write(self, _samples: npt.NDArray[np.int16], /) -> None:
        """Swallow it."""

    def drain(self) -> None:
        """It is over already."""

    def abort(self) -> None:
        """It is over already."""

    def close(self) -> None:
        """Nothing to give back."""


class FastCards(System):
    """Cards of a simulated day."""

    def __init__(self, day: Day, voice: list[Voice]) -> None:
        super().__init__()
        self._day, self._sound, self._voice = day, day.pieces(), voice

    def microphone(self, _name: str) -> FastMicrophone:
        """A microphone."""
        return FastMicrophone(self._day, self._sound, self._voice)

    def speaker(self, _name: str, _rate: int) -> Silent:  # type: ignore[override]
        """A speaker."""
        return Silent()


class Watch:
    """Notes states and sentences as they pass."""

    def __init__(self) -> None:
        self.state, self.since, self.stuck = State.IDLE.value, 0.0, ""
        self.asked = self.woken = self.defects = 0

    def note(self, trace: Trace) -> None:
        """Take one step."""
        if trace.stage == "state":
            self._look(trace.at)
            self.state, self.since = trace.text, trace.at
        self.asked += trace.stage == "asked"
        self.woken += trace.stage == "wake"

    def _look(self, at: float) -> None:
        if self.state != State.IDLE.value and at - self.since > STUCK_S:
            self.stuck = f"{at - self.since:.0f} s in {self.state}"


def main() -> int:
    """Live through the hours that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    capture.FIRST_RETRY_S, capture.LAST_RETRY_S = 0.02, 0.05  # a lost card comes back as fast as time passes here
    understanding, day, watch, voices = Understanding(), Day(Cache(given.cache)), Watch(), list[Voice]()
    settings = VoiceSettings(enabled=True, vosk_model=given.model.absolute())
    world = World(
        ask=lambda text, respond: respond(
            Reply("soak", text, "Done." if len(text) % 3 else "Shall I?", (Intent("Any"),))
        ),
        anticipate=understanding.prepare,
        doubts=understanding.doubts,
        home=lambda: understanding.home,
    )
    with tempfile.TemporaryDirectory() as folder:
        voice = Voice(settings, world, state=Path(folder), system=FastCards(day, voices), trace=watch.note)
        voices.append(voice)
        before, start = threading.active_count(), time.monotonic()
        voice.start()
        memory: list[float] = []
        while day.heard_s < 3600 * given.hours and not watch.stuck and not voice.problem:
            time.sleep(0.2)
            if day.heard_s >= 3600 * given.hours * (len(memory) + 1) / 12:
                memory.append(rss_mb())
                print(
                    f"{day.heard_s / 3600:6.2f} h of sound in {time.monotonic() - start:5.0f} s: {memory[-1]:.0f} MB, woken "
                    f"{watch.woken}, asked {watch.asked}, card lost {day.losses}, opened {voice._capture.opened}, "
                    f"dropped {voice._ring.dropped}, {watch.state}",
                    flush=True,
                )
        threads = threading.active_count() - before
        voice.stop()
    grown = max(memory[3:], default=0) - memory[2] if len(memory) > 3 else 0.0
    problems = [watch.stuck, voice.problem, f"memory grew by {grown:.0f} MB" if grown > GROWTH_MB else ""]
    if day.losses and voice._capture.opened < day.losses:
        problems.append("the card was not taken up again")
    bad = [problem for problem in problems if problem]
    print(
        f"{threads} threads; memory grew by {grown:.1f} MB after the first quarter; "
        + ("; ".join(bad) or "no stuck state")
    )
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
