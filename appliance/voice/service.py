"""The voice of the daemon: all parts of it on their threads, and the hands that do what the talk wants done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.config import VoiceSettings
from appliance.errors import VoiceError
from appliance.intents.phrases import NO_PHRASES, Phrases
from appliance.messages import Home, Json, Reply, Result
from appliance.voice.capture import Capture
from appliance.voice.cards import System
from appliance.voice.events import FRAME_S, Announced, Answered, Button, Cue, Mute, Rings, State
from appliance.voice.keep import Recordings
from appliance.voice.lights import BLACK, Colour, Lamp, Lights
from appliance.voice.parts import make_dialogue, open_ears, open_synthesizer, options
from appliance.voice.pipeline import Pipeline, Trace
from appliance.voice.pixels import open_pixels
from appliance.voice.ring import Ring
from appliance.voice.sounds import bell, cue
from appliance.voice.speaker import Speaker
from appliance.voice.talk import names_itself

log = logging.getLogger(__name__)

NO_SOUND_S = 0.5
"""Without a microphone time goes on in steps of this length: announcements and bells need no ear."""
NEW_HOME_S = 2.0
"""A home is learnt when its names have not changed for so long: announcements of devices come in floods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the voice needs of the daemon; all of it may be called from any thread and must not wait."""

    ask: Callable[[str, Callable[[Reply], None]], None]
    """Hand a sentence to the assistant; the callback is called once."""
    anticipate: Callable[[str], bool]
    """Read a sentence that is still being said; whether it is a whole command."""
    home: Callable[[], Home]
    doubts: Callable[[str], bool] = lambda _text: False
    """Whether words that no grammar expected are hardly a command: they are not acted upon then."""
    publish: Callable[[Mapping[str, Json]], None] = lambda _state: None
    """Publish the state of the voice, retained."""
    light: Callable[[bool], None] | None = None
    """Switch the status LED."""
    beat: Callable[[], None] = lambda: None
    """Shows the watchdog that the voice lives."""
    remember_mute: Callable[[bool], None] = lambda _muted: None
    """Keep over a restart whether the microphone was switched off over MQTT."""
    phrases: Phrases = NO_PHRASES
    """The household's own."""


def answered(reply: Reply) -> Answered:
    """What the talk needs to know of a reply."""
    confirms = any(action.result is Result.PENDING for action in reply.actions)
    question = confirms or reply.speech.rstrip().endswith("?")
    understood = bool(reply.intents or reply.actions) or not reply.refusals
    return Answered(reply.speech, question=question, confirms=confirms, understood=understood)


class Voice:
    """Ear and mouth of one node. What is missing is said in one line; the rest of the daemon runs on."""

    def __init__(
        self,
        settings: VoiceSettings,
        world: World,
        *,
        state: Path,
        muted: bool = False,
        system: System | None = None,
        trace: Callable[[Trace], None] = lambda _trace: None,
    ) -> None:
        """Store the parts; nothing is loaded until :meth:`start`.

        Args:
            settings: ``[voice]``.
            world: the daemon.
            state: directory for models and recordings.
            muted: as it was before the restart.
            system: the sound cards.
            trace: gets each step, for people who watch.
        """
        self._settings = settings
        self._world = world
        self._state_folder = state
        self._system = system or System()
        self._trace = trace
        self._ring = Ring()
        self._capture = Capture(lambda: self._system.microphone(settings.input), self._ring, changed=self._microphone)
        self._speaker = Speaker(
            lambda rate: self._system.speaker(settings.output, rate),
            lambda: open_synthesizer(settings),
            settings.volume,
        )
        self._lights = Lights(())
        self._pipeline: Pipeline | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._switch: bool | None = False
        """The mute switch; None: it cannot be read."""
        self._told_muted = muted
        self._muting = threading.Lock()
        self._shown = State.IDLE
        self._structure: tuple[int, float] | None = None
        self._learnt: int | None = None
        self._saying = ""
        self._failed, self._defect = False, ""
        self.problem = ""
        """Why nothing can be heard at all; empty: all parts are there."""

    # --- life

    def start(self) -> None:
        """Load the models in the background and begin to listen."""
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all threads and give the cards back."""
        self._stop.set()
        self._ring.close()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        settings = self._settings
        self._lights = Lights(self._lamps())
        self._lights.start()
        cue(Cue.LISTENING)  # made once, and not while somebody waits for it
        if self._sounds:
            self._speaker.start()
        try:
            ears = open_ears(settings, self._state_folder, self._world.phrases)
        except VoiceError as error:
            self.problem = str(error)
            log.warning("voice: %s", error)
            self._publish()
            self._serve_deaf()
            return
        except Exception:
            self.problem = "the voice could not be started; it is in the log"
            log.exception("the voice could not be started")
            self._publish()
            self._serve_deaf()
            return
        keep = None
        if settings.keep_audio:
            recordings = Recordings(self._state_folder / "audio", settings.keep_count)
            recordings.announce()
            keep = recordings.keep
        self._recognizer = ears.recognizer
        pipeline = Pipeline(
            make_dialogue(settings),
            wake=ears.wake,
            speech=ears.speech,
            recognizer=ears.recognizer,
            hands=self,
            options=options(settings),
            keep=keep,
            trace=self._trace,
        )
        self._pipeline = pipeline
        if self._muted:
            pipeline.post(Mute(on=True))
        self._capture.pause(self._muted)
        self._capture.start()
        log.info(
            "voice: listening with %s, woken by %s", ears.recognizer.name, ", ".join(settings.wake_words) or "button"
        )
        self._publish()
        try:
            while not self._stop.is_set():
                self._world.beat()
                self._step(pipeline)
        finally:
            self._capture.stop()
            self._speaker.stop()
            self._lights.stop()
            ears.recognizer.close()

    def _step(self, pipeline: Pipeline) -> None:
        """One frame; a defect costs the sentence, not the voice, and is told once however often it comes."""
        try:
            if self._failed:
                self._failed = False
                pipeline.fail()
            frame = self._ring.take(NO_SOUND_S)
            if frame is not None:
                pipeline.feed(frame)
            else:
                pipeline.pass_time(round(NO_SOUND_S / FRAME_S))
            if pipeline.state is State.IDLE:
                self._learn(pipeline.seconds)
        except Exception as error:
            if repr(error) != self._defect:
                log.exception("the voice met a defect")
            self._failed, self._defect = True, repr(error)
            self._stop.wait(0.1)

    def _serve_deaf(self) -> None:
        """Without ears the mouth still serves."""
        while not self._stop.wait(1.0):
            self._world.beat()
        self._speaker.stop()
        self._lights.stop()

    def _learn(self, now: float) -> None:
        """Give the recogniser the names of the home when they have changed and settled."""
        home = self._world.home()
        if home.structure == self._learnt:
            return
        if self._structure is None or self._structure[0] != home.structure:
            self._structure = (home.structure, now)
        elif now - self._structure[1] >= NEW_HOME_S or self._learnt is None:
            self._learnt = home.structure  # also when it cannot be learnt: the next one may
            self._recognizer.set_home(home)

    # --- what comes in

    def announce(self, text: str) -> None:
        """Say something that nobody asked for just now."""
        self._post_or_say(Announced(text), text)

    def ring(self, text: str) -> None:
        """A timer is over: ring until somebody stops it."""
        self._post_or_say(Rings(text), text)

    def input(self, entity: str, *, active: bool | None) -> None:
        """An input of the node changed; only the talk button and the mute switch matter.

        A switch that cannot be read (None) mutes: nobody may be heard who has switched the microphone off.
        """
        if entity == self._settings.button and self._pipeline is not None:
            self._pipeline.post(Button(bool(active)))
        if entity == self._settings.mute_switch:
            self._switch = active
            self._mute_changed()

    def mute(self, *, on: bool) -> None:
        """Switch the microphone off or on, as a person asked over MQTT."""
        self._told_muted = on
        self._world.remember_mute(on)
        self._mute_changed()

    @property
    def _sounds(self) -> bool:
        """Whether anything is ever heard of it: what is handed to a speaker that does not run would sound for ever."""
        return self._settings.speaker != "none" or self._settings.sounds

    @property
    def _muted(self) -> bool:
        return self._switch is not False or self._told_muted

    def _mute_changed(self) -> None:
        with self._muting:  # switch and MQTT may move at once: what is done last must be what is true
            self._capture.pause(self._muted)
            if self._pipeline is not None:
                self._pipeline.post(Mute(on=self._muted))
        self._publish()

    def _post_or_say(self, event: Announced | Rings, text: str) -> None:
        if self._pipeline is not None:
            self._pipeline.post(event)
        elif self._settings.speaker != "none":
            if isinstance(event, Rings):
                self.bell()
            self._speaker.say(text, lambda: None)

    # --- hands of the pipeline

    def show(self, state: State) -> None:
        """Let lights and the broker know the state."""
        self._shown = state
        self._lights.show(state)
        self._publish()

    def sign(self, cue_: Cue) -> None:
        """Give a cue."""
        self._lights.sign(cue_)
        if self._settings.sounds:
            self._speaker.play(cue(cue_))

    def ask(self, text: str, done: Callable[[Answered], None]) -> None:
        """Hand a sentence to the assistant."""
        self._world.ask(text, lambda reply: done(answered(reply)))

    def anticipate(self, text: str) -> bool:
        """Let the command model read what was said so far."""
        return self._world.anticipate(text)

    def doubts(self, text: str) -> bool:
        """Whether the command model takes it for a command, but is not sure."""
        return self._world.doubts(text)

    def say(self, text: str, done: Callable[[], None]) -> None:
        """Speak."""
        if self._settings.speaker == "none":
            done()
        else:
            self._saying = text
            self._speaker.say(text, done)

    def hush(self) -> None:
        """Fall silent."""
        self._speaker.hush()

    def bell(self) -> None:
        """Sound the bell once."""
        if self._sounds:
            self._speaker.play(bell())

    def sounding(self) -> bool:
        """Whether the appliance's own voice is in the room."""
        return self._speaker.sounding(self._settings.echo_s)

    def says_wake_word(self) -> bool:
        """Whether what is being said would wake the appliance itself."""
        return self.sounding() and names_itself(self._saying, self._settings.wake_words)

    # --- what others see

    def status(self) -> Mapping[str, Json]:
        """The state for MQTT."""
        return {
            "state": "off" if self.problem else self._shown.value,
            "muted": "ON" if self._muted else "OFF",
            "problem": self.problem or self._ear_problem() or self._speaker.problem,
            "overflows": self._capture.overflows,
            "dropped": self._ring.dropped,
        }

    def _ear_problem(self) -> str:
        if self._switch is None:
            return f"{self._settings.mute_switch} cannot be read, so the microphone stays off; ternd doctor looks at the pins"
        return "" if self._muted else self._capture.problem

    def _microphone(self, _problem: str) -> None:
        self._publish()

    def _publish(self) -> None:
        self._world.publish(self.status())

    def _lamps(self) -> tuple[Lamp, ...]:
        lamps: list[Lamp] = []
        light = self._world.light
        if light is not None:

            def led(colour: Colour) -> None:
                light(colour != BLACK)

            lamps.append(led)
        if self._settings.pixels != "none":
            try:
                lamps.append(open_pixels(self._settings.pixels, self._settings.pixel_count))
            except VoiceError as error:
                log.warning("voice: %s", error)
        return tuple(lamps)
