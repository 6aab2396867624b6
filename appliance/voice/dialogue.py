"""A talk as a state machine: what is heard, said and pressed in; what is to be done out. No sound, no thread, no clock.

Time passes by frames of sound (:data:`FRAME_S` each), so that a recording runs at any speed through the very same machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.voice.events import (
    FRAME_S,
    Announced,
    Answered,
    Ask,
    Bell,
    Button,
    Close,
    Cue,
    Drop,
    Effect,
    Event,
    Failed,
    Heard,
    Hush,
    Mute,
    Open,
    Recognised,
    Rings,
    Say,
    Show,
    Sign,
    Sound,
    Spoken,
    State,
    Woken,
)

THINKING_S = 60.0
"""An answer that takes longer is no longer waited for, and not spoken when it comes."""
SPEAKING_S = 300.0
"""A speaker that never reports the end of an answer is taken for silent."""
RING_EVERY_S = 3.0
"""A ringing timer sounds this often; between two sounds a word may silence it."""
MOST_WAITING = 8
"""Announcements that wait for the end of a talk; of a flood of alerts the rest is on the broker only."""
RING_TALK_S = 4.0
"""While a timer rings, talk in the room is listened to for so long at once, or a television would keep the bell silent."""
GO_ON_S = 0.25
"""After an early end the answer waits for so long whether somebody goes on speaking; it must still begin within 0.3 s."""
TAP_S = 0.35
"""A shorter press of the button is a tap: speech then ends by silence, not by letting go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """Limits of a talk, in seconds."""

    threshold: float = 0.5
    """Probability of speech from which a frame counts as speech."""
    start_s: float = 5.0
    """After the wake word: how long to wait for the first word."""
    silence_s: float = 0.7
    """Silence that ends a sentence."""
    ready_silence_s: float = 0.45
    """The same when a whole command has been heard."""
    certain_silence_s: float = 0.16
    """The same when no other sentence begins so and goes on."""
    longest_s: float = 12.0
    """A longer sentence is cut."""
    follow_up_s: float = 8.0
    """How long an answer to a question is awaited without a wake word."""
    ring_s: float = 60.0
    """How long a timer rings."""
    always: bool = False
    """Listen without a wake word."""


ONSET_S = 0.1
"""Speech this long, without a wake word, is the beginning of a sentence."""


class Dialogue:
    """One talk at a time. Feed events to :meth:`on`, do the effects in their order."""

    def __init__(self, manners: Manners, *, silences: Callable[[str], bool], concludes: Callable[[str], bool]) -> None:
        """Store the limits and what words mean.

        Args:
            manners: the limits.
            silences: whether words, said while a timer rings, mean that it shall stop.
            concludes: whether words answer a question that wants a yes or a no.
        """
        self._manners = manners
        self._silences = silences
        self._concludes = concludes
        self.state = State.IDLE
        self._in_state = 0.0
        """Seconds in this state."""
        self._speech = 0.0
        """Seconds of speech in this sentence."""
        self._silence = 0.0
        """Seconds since the last speech."""
        self._may_go_on = 0.0
        """Seconds in which speech goes on with what was just said: the sentence was ended early."""
        self._answer: Answered | None = None
        """Waits for these seconds to pass."""
        self._goes_on = False
        """This sentence goes on with the one before, whose answer is said after it."""
        self._held: float | None = None
        """Seconds that the button is held; None: it is not."""
        self._waking = False
        """The sentence was opened by a wake word, a button or a question: not hearing anything is worth a sign."""
        self._ringing: str = ""
        """What rings."""
        self._ring_left = 0.0
        self._bell_in = 0.0
        self._into_ring = ""
        """How the sentence came into a ringing timer: by ``talk`` between two sounds of the bell, or by ``waking`` it."""
        self._question = False
        self._confirms = False
        """What was asked last wants a yes or a no."""
        self._concluding = False
        """This sentence came without a wake word after such a question."""
        self._later: list[str] = []
        """Announcements that wait for the end of the talk."""

    @property
    def attentive(self) -> bool:
        """Whether it matters just now that somebody speaks."""
        waits = self.state in (State.LISTENING, State.FOLLOW_UP, State.RINGING) or self._may_go_on > 0
        return waits or (self.state is State.IDLE and self._manners.always)

    @property
    def pause(self) -> float:
        """Seconds of silence behind what was said of a sentence; 0: somebody speaks, or a button tells the end."""
        waits = self.state is State.LISTENING and self._held is None and self._speech >= ONSET_S
        return self._silence if waits else 0.0

    def on(self, event: Event) -> list[Effect]:
        """Take one event; return what is to be done now."""
        match event:
            case Sound():
                return self._sound(event)
            case Mute():
                return self._mute(event.on)
            case Failed():
                return self._give_up() if self.state in (State.LISTENING, State.THINKING) else []
            case _ if self.state is State.MUTED and not isinstance(event, Answered | Spoken | Announced | Rings):
                return []
            case Woken():
                return self._woken()
            case Button():
                return self._button(event.pressed)
            case Recognised():
                return self._recognised(event.text)
            case Answered():
                return self._answered(event)
            case Spoken():
                return self._spoken()
            case Announced():
                return self._announce(event.text)
            case Rings():
                return self._rings(event.text)

    # --- time

    def _sound(self, sound: Sound) -> list[Effect]:
        self._in_state += FRAME_S
        if self._held is not None:
            self._held += FRAME_S
        if self.state is State.RINGING or self._overhears:
            self._ring_left -= FRAME_S
            self._bell_in -= FRAME_S
        speaks = sound.speech >= self._manners.threshold
        match self.state:
            case State.LISTENING:
                return self._listen(speaks, sound.heard)
            case State.FOLLOW_UP:
                if self._onset(speaks):
                    return self._open(pre_roll=True, concluding=self._confirms)
                return self._rest() if self._in_state >= self._manners.follow_up_s else []
            case State.IDLE if self._manners.always:
                return self._open(pre_roll=True, waking=False) if self._onset(speaks) else []
            case State.RINGING:
                return self._ring(speaks)
            case State.THINKING if self._may_go_on > 0:
                return self._listen_on(speaks)
            case State.THINKING:
                return self._rest() if self._in_state >= THINKING_S else []
            case State.SPEAKING:
                return [Hush(), *self._spoken()] if self._in_state >= SPEAKING_S else []
            case _:
                return []

    def _listen(self, speaks: bool, heard: Heard) -> list[Effect]:
        manners = self._manners
        if speaks:
            self._speech += FRAME_S
            self._silence = 0.0
        else:
            self._silence += FRAME_S
        if self._in_state >= (RING_TALK_S if self._overhears else manners.longest_s):
            return self._close(cut=True)
        if self._held is not None:
            return []  # the person says by letting go when the sentence is over
        if self._speech < ONSET_S:
            return self._give_up() if self._in_state >= manners.start_s else []
        enough = (manners.silence_s, manners.ready_silence_s, manners.certain_silence_s)[heard]
        if self._silence < enough:
            return []
        left = min(GO_ON_S, manners.ready_silence_s - self._silence) if heard is Heard.ALL else 0.0
        effects = self._close()
        self._may_go_on = left
        return effects

    def _listen_on(self, speaks: bool) -> list[Effect]:
        """After an early end: who begins to speak again at once is listened to, without a wake word."""
        if self._onset(speaks):
            if self._answer is not None:
                self._put_off(self._answer)
            effects = self._open(pre_roll=True, waking=False, concluding=self._concluding)
            self._goes_on = True
            return effects
        self._may_go_on = max(self._may_go_on - FRAME_S, FRAME_S if speaks else 0.0)
        answer = self._answer
        return [] if self._may_go_on > 0 or answer is None else self._answered(answer)

    def _onset(self, speaks: bool) -> bool:
        self._speech = self._speech + FRAME_S if speaks else 0.0
        return self._speech >= ONSET_S

    @property
    def _overhears(self) -> bool:
        """Whether it listens to talk in the room only because that may silence the bell."""
        return self.state is State.LISTENING and self._into_ring == "talk"

    def _ring(self, speaks: bool) -> list[Effect]:
        if self._ring_left <= 0:
            self._ringing = ""
            return self._rest()
        if self._bell_in <= 0:
            self._bell_in = RING_EVERY_S
            return [Bell()]
        if self._onset(speaks):
            self._into_ring = "talk"
            return self._open(pre_roll=True, waking=False)
        return []

    # --- people

    def _woken(self) -> list[Effect]:
        """A wake word opens the ear in every state; a voice or bell that sounds is cut off."""
        hush: list[Effect] = []
        if self.state in (State.SPEAKING, State.RINGING):
            hush = [Hush()]
        elif self.state is State.LISTENING:
            hush = [Drop()]
        self._into_ring = "waking" if self.state is State.RINGING else ""
        show, open_ = self._enter(State.LISTENING), self._open(pre_roll=False)
        return [*hush, *show, Sign(Cue.LISTENING), *open_]  # the light before the sound: it needs no card

    def _button(self, pressed: bool) -> list[Effect]:
        if pressed:
            self._held = 0.0
            return self._woken()
        held, self._held = self._held, None
        if self.state is State.LISTENING and held is not None and held >= TAP_S:
            return self._close()
        return []

    def _mute(self, on: bool) -> list[Effect]:
        if on == (self.state is State.MUTED):
            return []
        effects: list[Effect] = []
        if self.state is State.LISTENING:
            effects.append(Drop())
        if self.state in (State.SPEAKING, State.RINGING):
            effects.append(Hush())
        self._ringing, self._held, self._question, self._into_ring = "", None, False, ""
        if not on:
            return effects + self._rest()
        waiting, self._later = self._later, []
        return [*effects, *self._enter(State.MUTED), *map(Say, waiting)]

    # --- the sentence

    def _open(self, *, pre_roll: bool, waking: bool = True, concluding: bool = False) -> list[Effect]:
        self._waking, self._concluding = waking, concluding
        self._question = False
        effects = self._enter(State.LISTENING)
        if pre_roll:
            self._speech = ONSET_S
        return [*effects, Open(pre_roll)]

    def _close(self, *, cut: bool = False) -> list[Effect]:
        self._held = None
        return [*self._enter(State.THINKING), Close(cut)]

    def _give_up(self) -> list[Effect]:
        self._held, self._into_ring = None, ""
        return [Drop(), Sign(Cue.NOT_UNDERSTOOD), *self._rest()]

    def _recognised(self, text: str) -> list[Effect]:
        if self.state is not State.THINKING:
            return []  # it was dropped meanwhile
        if self._concluding and not self._concludes(text):
            text = ""  # a television must not command anything just because a door waits for a yes
        came, self._into_ring = self._into_ring, ""
        if self._ringing and came:
            if text and self._silences(text):
                self._ringing = ""
                return [Sign(Cue.DONE), *self._rest()]
            if came == "talk":
                return self._enter(State.RINGING)  # talk in the room, maybe the bell itself: it rings on
            self._ringing = ""  # a wake word and a sentence: whoever says that has heard the bell
        if not text:
            return [*([Sign(Cue.NOT_UNDERSTOOD)] if self._waking else []), *self._rest()]
        return [Ask(text)]

    def _answered(self, answer: Answered) -> list[Effect]:
        if self.state is State.MUTED:
            return []
        if self.state is State.LISTENING and self._goes_on:
            self._put_off(answer)
        if self.state is not State.THINKING:
            return []  # somebody speaks again already, or it took too long: an answer now would be out of place
        if self._may_go_on > 0:
            self._answer = answer
            return []
        if not answer.understood and not self._waking:
            return self._rest()  # talk that was not meant for us
        cue = Cue.DONE if answer.understood else Cue.NOT_UNDERSTOOD
        if not answer.speech:
            return [Sign(cue), *self._rest()]
        self._question, self._confirms = answer.question, answer.confirms
        signs: list[Effect] = [] if answer.understood else [Sign(cue)]
        return [*signs, *self._enter(State.SPEAKING), Say(answer.speech)]

    def _put_off(self, answer: Answered) -> None:
        """Say an answer after the sentence that goes on; a question among them then needs the wake word."""
        if answer.speech and (answer.understood or self._waking) and len(self._later) < MOST_WAITING:
            self._later.append(answer.speech)

    # --- the voice

    def _spoken(self) -> list[Effect]:
        if self.state is not State.SPEAKING:
            return []
        if self._question:
            return self._enter(State.FOLLOW_UP)
        return self._rest()

    def _announce(self, text: str) -> list[Effect]:
        if self.state is State.MUTED:
            return [Say(text)]
        if text not in self._later and len(self._later) < MOST_WAITING:
            self._later.append(text)
        return self._rest() if self.state is State.IDLE else []

    def _rings(self, text: str) -> list[Effect]:
        self._ringing = text
        self._ring_left = self._manners.ring_s
        self._bell_in = RING_EVERY_S
        if self.state is State.MUTED:
            self._ringing = ""
            return [Bell(), Say(text)]
        if self.state in (State.IDLE, State.RINGING):
            self._later.insert(0, text)
            return self._rest(bell=True)
        self._later.insert(0, text)
        return []

    # --- between talks

    def _rest(self, *, bell: bool = False) -> list[Effect]:
        """Nothing is going on: say what waits, ring on, or be idle."""
        if self._later:
            text = self._later.pop(0)
            self._question = False
            first: list[Effect] = [Bell()] if bell else []
            return [*self._enter(State.SPEAKING), *first, Say(text)]
        return self._enter(State.RINGING if self._ringing else State.IDLE)

    def _enter(self, state: State) -> list[Effect]:
        changed = state is not self.state
        self.state = state
        self._in_state = self._speech = self._silence = self._may_go_on = 0.0
        self._answer, self._goes_on = None, False
        return [Show(state)] if changed else []
