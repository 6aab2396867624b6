"""The talk: what is heard and pressed in, what is to be done out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.voice.dialogue import Dialogue, Manners
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
    Sign,
    Sound,
    Spoken,
    State,
    Woken,
)
from appliance.voice.talk import concludes, silences


def talk(*, always: bool = False) -> Dialogue:
    return Dialogue(Manners(always=always), silences=silences, concludes=concludes)


def sound(dialogue: Dialogue, seconds: float, *, speech: bool = False, heard: Heard = Heard.SOMETHING) -> list[Effect]:
    effects: list[Effect] = []
    for _ in range(round(seconds / FRAME_S)):
        effects += dialogue.on(Sound(0.9 if speech else 0.01, heard))
    return effects


def now(dialogue: Dialogue) -> State:
    """The state, read anew."""
    return dialogue.state


def asked(dialogue: Dialogue, text: str = "lights on") -> Dialogue:
    dialogue.on(Woken("okay_nabu"))
    sound(dialogue, 1, speech=True)
    sound(dialogue, 1)
    dialogue.on(Recognised(text))
    return dialogue


def test_a_sentence_goes_from_wake_word_to_spoken_answer() -> None:
    dialogue = talk()
    opened = dialogue.on(Woken("okay_nabu"))
    assert Sign(Cue.LISTENING) in opened
    assert opened[-1] == Open(pre_roll=False)
    assert sound(dialogue, 1, speech=True) == []
    assert Close() in sound(dialogue, 0.8)
    assert now(dialogue) is State.THINKING
    assert dialogue.on(Recognised("lights on")) == [Ask("lights on")]
    assert Say("The lights are on.") in dialogue.on(Answered("The lights are on."))
    assert now(dialogue) is State.SPEAKING
    dialogue.on(Spoken())
    assert now(dialogue) is State.IDLE


def test_nothing_is_asked_before_the_end_of_the_sentence() -> None:
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    effects = sound(dialogue, 2, speech=True, heard=Heard.ALL)
    assert not any(isinstance(effect, Ask | Close) for effect in effects)


def test_a_whole_command_needs_less_silence() -> None:
    for heard, seconds in ((Heard.SOMETHING, 0.7), (Heard.COMMAND, 0.45), (Heard.ALL, 0.16)):
        dialogue = talk()
        dialogue.on(Woken("okay_nabu"))
        sound(dialogue, 1, speech=True)
        assert Close() not in sound(dialogue, seconds - FRAME_S, heard=heard)
        assert Close() in sound(dialogue, 2 * FRAME_S, heard=heard)


def ended_early() -> Dialogue:
    """After a command from which nothing goes on, and the short silence that ends it."""
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    sound(dialogue, 1, speech=True)
    assert Close() in sound(dialogue, 0.17, heard=Heard.ALL)
    assert dialogue.on(Recognised("lights on")) == [Ask("lights on")], "acted on at once"
    return dialogue


def test_after_an_early_end_the_answer_waits_for_a_moment() -> None:
    dialogue = ended_early()
    assert dialogue.on(Answered("The lights are on.")) == []
    effects = sound(dialogue, 0.26)
    assert [effect for effect in effects if isinstance(effect, Say)] == [Say("The lights are on.")]
    assert now(dialogue) is State.SPEAKING


def test_who_goes_on_speaking_after_an_early_end_is_listened_to_and_hears_both_answers() -> None:
    for early in (True, False):
        dialogue = ended_early()
        if early:
            dialogue.on(Answered("The lights are on."))
        sound(dialogue, 0.1)
        assert Open(pre_roll=True) in sound(dialogue, 0.6, speech=True)
        if not early:
            assert dialogue.on(Answered("The lights are on.")) == []
        assert Close() in sound(dialogue, 0.8)
        assert dialogue.on(Recognised("close the blinds")) == [Ask("close the blinds")]
        assert Say("The blinds are closed.") in dialogue.on(Answered("The blinds are closed."))
        assert Say("The lights are on.") in dialogue.on(Spoken())


def test_a_long_silence_after_an_early_end_is_the_end() -> None:
    dialogue = ended_early()
    sound(dialogue, 0.3)
    assert sound(dialogue, 1, speech=True) == []
    assert Say("The lights are on.") in dialogue.on(Answered("The lights are on."))


def test_what_follows_a_bare_answer_without_a_wake_word_must_be_one_as_well() -> None:
    dialogue = asked(talk(), "unlock the front door")
    dialogue.on(Answered("Shall I unlock Front door?", question=True, confirms=True))
    dialogue.on(Spoken())
    sound(dialogue, 1, speech=True)
    assert Close() in sound(dialogue, 0.17, heard=Heard.ALL)
    assert dialogue.on(Recognised("do it")) == [Ask("do it")]
    assert Open(pre_roll=True) in sound(dialogue, 0.5, speech=True)
    sound(dialogue, 0.8)
    assert not any(isinstance(effect, Ask) for effect in dialogue.on(Recognised("open the garage door")))


def test_a_pause_within_the_sentence_does_not_end_it() -> None:
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    for _ in range(4):
        assert sound(dialogue, 0.5, speech=True) == []
        assert sound(dialogue, 0.4) == []


def test_a_sentence_without_end_is_cut() -> None:
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    assert Close(cut=True) in sound(dialogue, 12.1, speech=True)


def test_silence_after_the_wake_word_gives_up() -> None:
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    effects = sound(dialogue, 5.1)
    assert effects[:2] == [Drop(), Sign(Cue.NOT_UNDERSTOOD)]
    assert now(dialogue) is State.IDLE


def test_without_the_wake_word_nothing_happens() -> None:
    assert sound(talk(), 30, speech=True) == []


def test_always_listening_begins_with_speech_and_keeps_the_beginning() -> None:
    dialogue = talk(always=True)
    assert Open(pre_roll=True) in sound(dialogue, 0.3, speech=True)


def test_talk_that_was_not_meant_is_not_answered() -> None:
    dialogue = talk(always=True)
    sound(dialogue, 1, speech=True)
    sound(dialogue, 1)
    dialogue.on(Recognised("nice weather today"))
    effects = dialogue.on(Answered("I heard nothing to do.", understood=False))
    assert not any(isinstance(effect, Say | Sign) for effect in effects)
    assert now(dialogue) is State.IDLE


def test_what_was_not_understood_after_the_wake_word_is_said_so() -> None:
    effects = asked(talk()).on(Answered("I heard nothing to do.", understood=False))
    assert effects[0] == Sign(Cue.NOT_UNDERSTOOD)
    assert Say("I heard nothing to do.") in effects


def test_unrecognised_speech_is_never_asked() -> None:
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    sound(dialogue, 1, speech=True)
    sound(dialogue, 1)
    assert dialogue.on(Recognised(""))[0] == Sign(Cue.NOT_UNDERSTOOD)
    assert now(dialogue) is State.IDLE


def test_a_question_is_answered_without_wake_word() -> None:
    dialogue = asked(talk(), "unlock the front door")
    dialogue.on(Answered("Shall I unlock Front door?", question=True))
    dialogue.on(Spoken())
    assert now(dialogue) is State.FOLLOW_UP
    assert Open(pre_roll=True) in sound(dialogue, 0.3, speech=True)
    sound(dialogue, 1)
    assert dialogue.on(Recognised("yes")) == [Ask("yes")]


def answering(said: Recognised, question: Answered) -> list[Effect]:
    """What comes of a sentence without a wake word after a question."""
    dialogue = asked(talk(), "unlock the front door")
    dialogue.on(question)
    dialogue.on(Spoken())
    sound(dialogue, 0.5, speech=True)
    sound(dialogue, 1)
    return dialogue.on(said)


SHALL_I = Answered("Shall I unlock Front door? Please say yes or no.", question=True, confirms=True)


@pytest.mark.parametrize("said", ["yes", "yes please", "okay do it", "no", "never mind", "no the back door"])
def test_a_question_for_a_yes_is_answered_without_wake_word(said: str) -> None:
    assert answering(Recognised(said), SHALL_I) == [Ask(said)]


@pytest.mark.parametrize(
    "said", ["turn off the lights", "yes and now the weather", "okay everybody stay calm", "stop the vacuum", ""]
)
def test_whatever_else_a_television_says_to_it_is_not_obeyed(said: str) -> None:
    effects = answering(Recognised(said), SHALL_I)
    assert effects[0] == Sign(Cue.NOT_UNDERSTOOD)
    assert not any(isinstance(effect, Ask) for effect in effects)


def test_without_a_window_every_answer_needs_the_wake_word() -> None:
    dialogue = Dialogue(Manners(follow_up_s=0), silences=silences, concludes=concludes)
    asked(dialogue, "unlock the front door")
    dialogue.on(SHALL_I)
    dialogue.on(Spoken())
    assert not any(isinstance(effect, Open) for effect in sound(dialogue, 8, speech=True))
    dialogue.on(Woken("okay_nabu"))
    sound(dialogue, 1, speech=True)
    sound(dialogue, 1)
    assert dialogue.on(Recognised("yes")) == [Ask("yes")]


def test_what_is_asked_for_more_than_a_yes_takes_any_answer() -> None:
    assert answering(Recognised("the bedroom"), Answered("Which room?", question=True)) == [Ask("the bedroom")]


@pytest.mark.parametrize("how", [Woken("okay_nabu"), Button(pressed=True)])
def test_with_the_wake_word_or_the_button_anything_may_follow_a_question(how: Event) -> None:
    for said in ("turn off the lights", "yes"):
        dialogue = asked(talk(), "unlock the front door")
        dialogue.on(SHALL_I)
        dialogue.on(Spoken())
        dialogue.on(how)
        sound(dialogue, 0.2)
        dialogue.on(Button(pressed=False))
        sound(dialogue, 1, speech=True)
        sound(dialogue, 1)
        assert dialogue.on(Recognised(said)) == [Ask(said)]


def test_a_question_that_nobody_answers_is_forgotten() -> None:
    dialogue = asked(talk())
    dialogue.on(Answered("Shall I?", question=True))
    dialogue.on(Spoken())
    sound(dialogue, 8.1)
    assert now(dialogue) is State.IDLE


def test_a_wake_word_cuts_the_voice_off() -> None:
    dialogue = asked(talk())
    dialogue.on(Answered("A very long answer."))
    effects = dialogue.on(Woken("okay_nabu"))
    assert effects[0] == Hush()
    assert now(dialogue) is State.LISTENING


def test_an_answer_after_a_barge_in_is_not_spoken() -> None:
    dialogue = asked(talk())
    dialogue.on(Woken("okay_nabu"))
    assert dialogue.on(Answered("The lights are on.")) == []
    assert now(dialogue) is State.LISTENING


def test_a_held_button_ends_the_sentence_when_it_is_let_go() -> None:
    dialogue = talk()
    dialogue.on(Button(pressed=True))
    sound(dialogue, 1, speech=True)
    assert not any(isinstance(effect, Close) for effect in sound(dialogue, 2))
    assert Close() in dialogue.on(Button(pressed=False))


def test_a_tapped_button_leaves_the_end_to_silence() -> None:
    dialogue = talk()
    dialogue.on(Button(pressed=True))
    sound(dialogue, 0.1)
    assert dialogue.on(Button(pressed=False)) == []
    sound(dialogue, 1, speech=True)
    assert Close() in sound(dialogue, 0.8)


def test_mute_ends_everything_and_hears_nothing() -> None:
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    assert Drop() in dialogue.on(Mute(on=True))
    assert dialogue.on(Woken("okay_nabu")) == []
    assert dialogue.on(Button(pressed=True)) == []
    dialogue.on(Mute(on=False))
    assert now(dialogue) is State.IDLE


def test_a_muted_appliance_still_announces() -> None:
    dialogue = talk()
    dialogue.on(Mute(on=True))
    assert dialogue.on(Announced("Dinner is ready.")) == [Say("Dinner is ready.")]


def test_announcements_wait_for_the_end_of_the_talk() -> None:
    dialogue = asked(talk())
    assert dialogue.on(Announced("Dinner is ready.")) == []
    dialogue.on(Answered("The lights are on."))
    assert Say("Dinner is ready.") in dialogue.on(Spoken())


def test_a_flood_of_announcements_is_not_read_out_for_hours() -> None:
    dialogue = asked(talk())
    for number in range(10_000):
        dialogue.on(Announced(f"Pump {number % 100} is hot."))
        dialogue.on(Announced("There is smoke in the kitchen."))
    dialogue.on(Rings("The timer is over."))
    said = [effect.text for effect in dialogue.on(Mute(on=True)) if isinstance(effect, Say)]
    assert said[:3] == ["The timer is over.", "Pump 0 is hot.", "There is smoke in the kitchen."]
    assert len(said) == 9
    assert len(set(said)) == 9, "each once"


def test_a_timer_rings_until_it_is_silenced_by_a_word() -> None:
    dialogue = talk()
    assert Bell() in dialogue.on(Rings("The pizza timer is over."))
    dialogue.on(Spoken())
    assert now(dialogue) is State.RINGING
    assert Bell() in sound(dialogue, 3.1)
    sound(dialogue, 0.5, speech=True)
    assert now(dialogue) is State.LISTENING
    sound(dialogue, 1)
    assert dialogue.on(Recognised("stop"))[0] == Sign(Cue.DONE)
    assert now(dialogue) is State.IDLE


def test_other_talk_does_not_silence_a_timer_and_is_not_obeyed() -> None:
    dialogue = talk()
    dialogue.on(Rings("The timer is over."))
    dialogue.on(Spoken())
    sound(dialogue, 0.5, speech=True)
    sound(dialogue, 1)
    effects = dialogue.on(Recognised("turn off the oven"))
    assert not any(isinstance(effect, Ask) for effect in effects)
    assert now(dialogue) is State.RINGING


def test_a_wake_word_while_it_rings_takes_any_sentence() -> None:
    dialogue = talk()
    dialogue.on(Rings("The timer is over."))
    dialogue.on(Spoken())
    assert Hush() in dialogue.on(Woken("okay_nabu"))
    sound(dialogue, 1, speech=True)
    sound(dialogue, 1)
    assert dialogue.on(Recognised("set a timer for two minutes")) == [Ask("set a timer for two minutes")]


def test_a_timer_that_is_over_in_the_middle_of_a_sentence_rings_afterwards() -> None:
    dialogue = talk()
    dialogue.on(Woken("okay_nabu"))
    dialogue.on(Rings("The timer is over."))
    sound(dialogue, 1, speech=True)
    sound(dialogue, 1)
    assert dialogue.on(Recognised("lights on")) == [Ask("lights on")]
    dialogue.on(Answered("The lights are on."))
    assert Say("The timer is over.") in dialogue.on(Spoken())
    dialogue.on(Spoken())
    assert now(dialogue) is State.RINGING


def test_nobody_silences_a_timer_and_it_ends_by_itself() -> None:
    dialogue = talk()
    dialogue.on(Rings("The timer is over."))
    dialogue.on(Spoken())
    sound(dialogue, 61)
    assert now(dialogue) is State.IDLE


def test_a_television_keeps_no_timer_from_ringing_nor_rings_for_ever() -> None:
    """Talk without end is listened to again and again, for a "stop" may be in it; between, and in time, the bell sounds."""
    dialogue = talk()
    dialogue.on(Rings("The timer is over."))
    dialogue.on(Spoken())
    bells, last, longest = 0, 0.0, 0.0
    for number in range(round(70 / FRAME_S)):
        for effect in dialogue.on(Sound(0.9)):
            if isinstance(effect, Close):
                dialogue.on(Recognised("and now the weather"))
            elif isinstance(effect, Bell):
                bells, longest, last = bells + 1, max(longest, number * FRAME_S - last), number * FRAME_S
        if now(dialogue) is State.IDLE:
            break
    assert bells >= 10
    assert longest < 6
    assert now(dialogue) is State.IDLE, "it rang for a minute, and no longer"


def test_what_waits_to_be_said_is_said_when_the_microphone_is_switched_off() -> None:
    dialogue = asked(talk())
    dialogue.on(Announced("There is smoke in the kitchen."))
    assert Say("There is smoke in the kitchen.") in dialogue.on(Mute(on=True))


def test_a_defect_costs_the_sentence_and_holds_nothing_up() -> None:
    dialogue = talk()
    assert dialogue.on(Failed()) == []
    dialogue.on(Woken("okay_nabu"))
    assert Drop() in dialogue.on(Failed())
    assert now(dialogue) is State.IDLE
    asked(dialogue)
    dialogue.on(Failed())
    assert now(dialogue) is State.IDLE


def test_an_assistant_that_never_answers_does_not_hold_the_talk() -> None:
    dialogue = asked(talk())
    sound(dialogue, 61)
    assert now(dialogue) is State.IDLE


def test_a_speaker_that_never_ends_does_not_hold_the_talk() -> None:
    dialogue = asked(talk())
    dialogue.on(Answered("So."))
    assert Hush() in sound(dialogue, 301)
    assert now(dialogue) is State.IDLE


EVENTS = st.one_of(
    st.builds(Sound, st.floats(0, 1), st.booleans()),
    st.just(Woken("okay_nabu")),
    st.builds(Button, st.booleans()),
    st.builds(Recognised, st.sampled_from(["", "stop", "lights on"])),
    st.builds(Answered, st.sampled_from(["", "Done.", "Shall I?"]), st.booleans(), st.booleans(), st.booleans()),
    st.just(Spoken()),
    st.just(Failed()),
    st.builds(Announced, st.just("Dinner.")),
    st.builds(Rings, st.just("The timer is over.")),
    st.builds(Mute, st.booleans()),
)


@given(st.lists(EVENTS, max_size=40), st.booleans())
def test_whatever_happens_the_talk_comes_to_rest(events: list[Event], always: bool) -> None:
    """After any story, silence and a speaker that works bring it back to idle (or it stays switched off)."""
    dialogue = talk(always=always)
    opened = False
    for event in events:
        for effect in dialogue.on(event):
            if isinstance(effect, Open):
                opened = True
            elif isinstance(effect, Close | Drop):
                assert opened, "nothing is closed that was not opened"
            assert not (isinstance(effect, Ask) and not effect.text)
    for _ in range(12):
        for effect in sound(dialogue, 65):
            if isinstance(effect, Say):
                dialogue.on(Spoken())
        dialogue.on(Recognised(""))
        dialogue.on(Spoken())
        if now(dialogue) in (State.IDLE, State.MUTED):
            break
    assert now(dialogue) in (State.IDLE, State.MUTED)
